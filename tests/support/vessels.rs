//! Vessels that enter a restricted area: sentences in, one alert each out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vigie::config::{self, Broker, Config, Source};
use vigie::scenario::globe::Place;
use vigie::scenario::sentence::{Fix, position_a, sentences};

/// The topic of the one feed.
pub const TOPIC: &str = "feeds/bb/ragged-point/ais";

/// 2026-01-01T04:00:00Z, milliseconds.
pub const START_MS: i64 = 1_767_240_000_000;

const MAIN: &str = include_str!("area/vigie.toml");
const RULES: &str = include_str!("area/rules.toml");
const ZONES: &str = include_str!("area/zones.geojson");

/// A configuration with one feed, one area and one rule.
pub fn config(folder: &Path, broker: Broker) -> Config {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let files = [file("vigie.toml", MAIN), file("rules.toml", RULES), file("zones.geojson", ZONES)];
    let source = Source::Memory(BTreeMap::from(files));
    let loaded = config::load_from(&source, "vigie.toml");
    let (mut config, _) = loaded.unwrap_or_else(|problems| panic!("{}", config::lines(&problems)));
    config.broker = Some(broker);
    config.state.folder = folder.join("state");
    config
}

/// The same configuration as files in a folder; the broker's table is `broker`. Returns the main file.
pub fn write_config(folder: &Path, broker: &str) -> PathBuf {
    let state = format!("[state]\nfolder = \"{}\"\n", folder.join("state").display());
    let main = format!("{MAIN}[broker]\n{broker}\n{state}");
    for (name, text) in [("vigie.toml", main.as_str()), ("rules.toml", RULES), ("zones.geojson", ZONES)] {
        std::fs::write(folder.join(name), text).expect("writes");
    }
    folder.join("vigie.toml")
}

/// A report of a vessel inside the area or west of it, so many seconds after the start.
pub fn report(mmsi: u32, inside: bool, second: i64) -> String {
    let place = Place { lon: if inside { -59.59 } else { -59.605 }, lat: 13.1 };
    let fix = Fix { place, sog_kn: 8.0, cog_deg: 90.0, heading_deg: Some(90.0), second: (second % 60) as u8 };
    sentences(&position_a(mmsi, 0, fix), "ragged-point", START_MS + second * 1000, 0, b'A')
}

/// The three reports of an entry, of which the last raises the alert.
pub fn entry(mmsi: u32, second: i64) -> [String; 3] {
    [report(mmsi, false, second), report(mmsi, true, second + 600), report(mmsi, true, second + 670)]
}
