//! What a run is about: a core, its configuration, and the messages that are published for it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::tally::Tally;
use crate::config::{self, Config, Source};
use crate::engine::{Engine, Setup};
use crate::pipeline::Core;
use crate::scenario::globe::Place;
use crate::scenario::sentence::{Fix, position_a, sentences};

/// Topic of the feed.
const FEED: &str = "feed";
/// Topic of officers' actions.
const ACTIONS: &str = "vigie/n/actions/1";
/// Of so many messages, the last is an officer's action.
const ACTION_EVERY: u32 = 10;
/// Targets that the messages for the stand-in tell of.
const TARGETS: u32 = 4;
/// Seconds after the first report at which a vessel reports, and whether she is inside the area.
const PATH: [(i64, bool); 5] = [(0, false), (600, true), (670, true), (1300, false), (1900, false)];
/// Vessels that come together, and the messages and the seconds between one such group and the next.
const GROUP: u32 = 4;
const GROUP_MESSAGES: u32 = GROUP * PATH.len() as u32;
const GROUP_S: i64 = 2500;
/// Time of the first report, seconds: the day before the run, for a time ahead of the clock is not believed.
const BEGIN_S: i64 = 1_767_139_200;

/// The area and the rule of the tests that watch a whole program.
const RULES: &str = include_str!("../../../tests/support/area/rules.toml");
const ZONES: &str = include_str!("../../../tests/support/area/zones.geojson");

/// A core with its configuration and its messages.
pub(super) trait Case {
    type Core: Core;
    /// Seeds that every run of the tests tries.
    const SEEDS: Range<u64>;
    /// The same, for two nodes.
    const PAIR_SEEDS: Range<u64>;
    /// The main file of the configuration, after the node.
    const MAIN: &'static str;

    fn core(setup: &Setup) -> Self::Core;
    /// Returns the payload of a message of the feed.
    fn payload(number: u32) -> String;

    /// Returns the configuration; its state folder is not set.
    fn config() -> Config {
        let main = format!("[node]\nname = \"n\"\nstate = \"BRB\"\n{}", Self::MAIN);
        let files = [("vigie.toml", main.as_str()), ("rules.toml", RULES), ("zones.geojson", ZONES)];
        let files: BTreeMap<_, _> = files.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        config::load_from(&Source::Memory(files), "vigie.toml").expect("is right").0
    }

    /// Returns topic and payload of a message.
    fn message(number: u32) -> (&'static str, String) {
        match number % ACTION_EVERY == ACTION_EVERY - 1 {
            true => (ACTIONS, format!(r#"{{"action":"log","text":"message {number}","by":"Clarke"}}"#)),
            false => (FEED, Self::payload(number)),
        }
    }
}

/// The stand-in, told by a radar of a few targets.
pub(super) struct Counted;

impl Case for Counted {
    type Core = Tally;
    const SEEDS: Range<u64> = 0..100;
    const PAIR_SEEDS: Range<u64> = 0..25;
    const MAIN: &'static str = "[[feed]]\nname = \"f\"\ntopic = \"feed\"\nformat = \"tracks\"";

    fn core(_: &Setup) -> Tally {
        Tally::default()
    }

    /// A radar's report. Its longitude tells which message it is; its time is that of its arrival.
    fn payload(number: u32) -> String {
        let (target, lon) = (1 + number * 7 % 11 % TARGETS, f64::from(number) / 1_000.0);
        format!(
            r#"{{"type": "Feature", "id": {target}, "geometry": {{"type": "Point", "coordinates": [{lon}, 13.1]}},
                "properties": {{"status": "tracking"}}}}"#
        )
    }
}

/// The engine, told by AIS of vessels that enter an area and leave it.
pub(super) struct Vessels;

impl Case for Vessels {
    type Core = Engine;
    const SEEDS: Range<u64> = 0..25;
    const PAIR_SEEDS: Range<u64> = 0..8;
    const MAIN: &'static str =
        "[[feed]]\nname = \"f\"\ntopic = \"feed\"\nformat = \"nmea\"\nown_times = \"always\"
        [zones]\nfiles = [\"zones.geojson\"]\n[rules]\nfiles = [\"rules.toml\"]";

    fn core(setup: &Setup) -> Engine {
        Engine::new(setup.clone())
    }

    fn payload(number: u32) -> String {
        let (group, within) = (number / GROUP_MESSAGES, number % GROUP_MESSAGES);
        let ((after_s, is_inside), beside) = (PATH[(within / GROUP) as usize], within % GROUP);
        let place = Place { lon: if is_inside { -59.59 } else { -59.605 }, lat: 13.1 };
        let fix = Fix { place, sog_kn: 8.0, cog_deg: 90.0, heading_deg: Some(90.0), second: 0 };
        let at_s = BEGIN_S + i64::from(group) * GROUP_S + after_s + i64::from(beside);
        sentences(&position_a(314_001_000 + group * GROUP + beside, 0, fix), "f", at_s * 1000, 0, b'A')
    }
}
