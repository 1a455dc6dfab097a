//! The scenario file as written: every key there is. Units are checked on the way in, sense in `check`.

use serde::Deserialize;
use toml::Spanned;

pub use super::air::file::{AirRadar, Aircraft, Receiver};
pub use super::moves::{Anchor, Drift, Expect, Fish, Join, Leg, Loiter, Race, Sail, Shuttle, Stay};
pub use super::radar::file::{Clutter, Radar};
use super::units::{Angle, Lasting, Length, Moment, Offset, Party, Point, Share, Speed};

/// A whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The exercise's name: letters, digits, `-`.
    pub exercise: String,
    /// The first moment recorded, RFC 3339.
    pub start: Moment,
    /// How long is recorded.
    pub duration: Lasting,
    /// What chance starts from.
    #[serde(default)]
    pub seed: u64,
    /// How much earlier movement begins, unrecorded, so that traffic is already on its way.
    #[serde(default = "none")]
    pub warm_up: Lasting,
    /// Where the wind comes from: anchored vessels lie to it.
    #[serde(default = "trade_wind")]
    pub wind: Angle,
    /// How strong it blows: radars see the sea by it, and rain goes with it.
    #[serde(default = "breeze")]
    pub wind_speed: Speed,
    /// Receivers.
    #[serde(default)]
    pub station: Vec<Spanned<Station>>,
    /// Radars.
    #[serde(default)]
    pub radar: Vec<Spanned<Radar>>,
    /// What radars see that is no vessel.
    #[serde(default)]
    pub clutter: Vec<Spanned<Clutter>>,
    /// Vessels, one by one.
    #[serde(default)]
    pub vessel: Vec<Spanned<Vessel>>,
    /// Vessels by the dozen.
    #[serde(default)]
    pub fleet: Vec<Spanned<Fleet>>,
    /// Aids to navigation.
    #[serde(default)]
    pub aid: Vec<Spanned<Aid>>,
    /// Aircraft.
    #[serde(default)]
    pub aircraft: Vec<Spanned<Aircraft>>,
    /// Receivers of what aircraft broadcast.
    #[serde(default)]
    pub receiver: Vec<Spanned<Receiver>>,
    /// Radars that see aircraft.
    #[serde(default)]
    pub air_radar: Vec<Spanned<AirRadar>>,
    /// What looks suspicious and is not.
    #[serde(default)]
    pub decoy: Vec<Spanned<Decoy>>,
}

/// `[[station]]`: an AIS receiver.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Station {
    /// Its name in TAG blocks: letters, digits, `-`.
    pub name: String,
    /// The topic that its lines come by, in an MCAP recording; `feeds/<exercise>/<name>/ais` where absent.
    pub topic: Option<String>,
    /// Its site.
    pub position: Point,
    /// Its base station's MMSI (`00MIDxxxx`), which speaks every 10 s; none where absent.
    pub mmsi: Option<u32>,
    /// How far class A is heard.
    #[serde(default = "range_a")]
    pub range_a: Length,
    /// How far class B is heard.
    #[serde(default = "range_b")]
    pub range_b: Length,
    /// Messages lost well inside the range; more are lost in its last fifth.
    #[serde(default = "loss")]
    pub loss: Share,
    /// What its clock is ahead.
    #[serde(default)]
    pub clock_offset: Offset,
    /// Land in the way.
    #[serde(default)]
    pub blocked: Vec<Blocked>,
    /// When it hears nothing.
    #[serde(default)]
    pub outage: Vec<Interval>,
    /// When it hears much farther.
    #[serde(default)]
    pub ducting: Vec<Ducting>,
}

/// A sector in which nothing beyond a distance is heard; from `from` clockwise to `to`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocked {
    /// First bearing from the station.
    pub from: Angle,
    /// Last bearing.
    pub to: Angle,
    /// Heard up to here.
    pub beyond: Length,
}

/// From a moment to another.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// First moment.
    pub from: Moment,
    /// The moment after the last.
    pub to: Moment,
}

/// A ducting episode: the range grows and shrinks with it, over a quarter of its time each.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ducting {
    /// First moment.
    pub from: Moment,
    /// The moment after the last.
    pub to: Moment,
    /// The greatest range, of either class.
    pub range: Length,
}

/// Class of AIS station aboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Class {
    /// 12.5 W, types 1, 3 and 5.
    #[default]
    A,
    /// Carrier-sense, 2 W, types 18 and 24.
    B,
    /// None aboard: radars alone can see it.
    #[serde(rename = "none")]
    None,
}

/// `[[vessel]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vessel {
    /// Nine digits; a vessel of class `none` has none.
    pub mmsi: Option<u32>,
    /// What it calls itself; of a vessel without an MMSI, what the file and the truth know it by.
    pub name: String,
    /// Call sign.
    #[serde(default)]
    pub call_sign: String,
    /// IMO number with its check digit.
    pub imo: Option<u32>,
    /// Destination as typed in.
    #[serde(default)]
    pub destination: String,
    /// Where it is when it comes into being.
    pub start: Point,
    /// When that is; the scenario's start where absent.
    pub from: Option<Moment>,
    /// What all vessels have.
    #[serde(default)]
    pub class: Class,
    /// Type of ship and cargo, 0 to 99 (ITU-R M.1371-5 table 53).
    #[serde(default)]
    pub ship_type: u8,
    /// Length over all.
    #[serde(default = "length")]
    pub length: Length,
    /// Deviation of its fixes.
    #[serde(default = "noise")]
    pub noise: Length,
    /// When its AIS is switched off.
    #[serde(default)]
    pub ais_off: Vec<Silence>,
    /// What it deserves all the while that it is there.
    #[serde(default)]
    pub expect: Vec<Spanned<Expect>>,
    /// What it does, one after the other; then it is gone.
    pub leg: Vec<Spanned<Leg>>,
}

/// AIS switched off while the vessel goes on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    /// Switched off.
    pub from: Moment,
    /// Switched on again.
    pub to: Moment,
    /// An alert is due.
    pub expect: Option<Expect>,
}

/// `[[fleet]]`: vessels after one pattern, scattered by chance.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// What decoys call it.
    pub name: String,
    /// How many.
    pub count: u32,
    /// The first MMSI; the others follow by `mmsi_step`. Not for class `none`.
    pub mmsi: Option<u32>,
    /// See `mmsi`.
    #[serde(default = "one")]
    pub mmsi_step: u32,
    /// What they call themselves: `{n}` becomes the number from 1.
    pub called: String,
    /// Class of their AIS.
    #[serde(default)]
    pub class: Class,
    /// Each takes one of these.
    #[serde(default)]
    pub ship_types: Vec<u8>,
    /// Shortest and longest.
    #[serde(default = "lengths")]
    pub length: [Length; 2],
    /// Deviation of their fixes.
    #[serde(default = "noise")]
    pub noise: Length,
    /// The point they start from, unless `area` is given.
    pub start: Option<Point>,
    /// They start from anywhere in this polygon.
    #[serde(default)]
    pub area: Vec<Point>,
    /// They start at least so far apart within `area`.
    #[serde(default = "apart")]
    pub apart: Length,
    /// All points of one are moved alike, by up to this.
    #[serde(default = "no_length")]
    pub spread: Length,
    /// When the first starts; the beginning of the warm-up where absent.
    pub from: Option<Moment>,
    /// How much later each next one starts, give or take a fifth.
    #[serde(default = "none")]
    pub headway: Lasting,
    /// All speeds of one are multiplied alike, by a factor between these.
    #[serde(default = "as_written")]
    pub speed_factor: [f64; 2],
    /// What they do.
    pub leg: Vec<Spanned<Leg>>,
}

/// `[[aid]]`: an aid to navigation, every 3 min.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aid {
    /// `99MIDxxxx`.
    pub mmsi: u32,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub position: Point,
    /// Type of aid, 0 to 31 (ITU-R M.1371-5 table 74).
    #[serde(default = "one_byte")]
    pub kind: u8,
    /// Not there, only broadcast.
    #[serde(default, rename = "virtual")]
    pub is_virtual: bool,
}

impl Vessel {
    /// What names it.
    pub fn party(&self) -> Party {
        self.mmsi.map_or_else(|| Party::Name(self.name.clone()), Party::Mmsi)
    }
}

impl Fleet {
    /// What its vessel with this number, from 0, calls itself.
    pub fn called(&self, n: u32) -> String {
        self.called.replace("{n}", &(n + 1).to_string())
    }

    /// What names that vessel.
    pub fn party(&self, n: u32) -> Party {
        let mmsi = self.mmsi.map(|first| first.saturating_add(n.saturating_mul(self.mmsi_step)));
        mmsi.map_or_else(|| Party::Name(self.called(n)), Party::Mmsi)
    }
}

/// `[[decoy]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoy {
    /// By MMSI, or by name where they have none.
    #[serde(default)]
    pub vessels: Vec<Party>,
    /// Aircraft, by address, or by name where they have none.
    #[serde(default)]
    pub aircraft: Vec<String>,
    /// All vessels of these fleets.
    #[serde(default)]
    pub fleets: Vec<String>,
    /// Why it looks like something and is not.
    pub what: String,
}

fn none() -> Lasting {
    Lasting(crate::model::Span::ZERO)
}
fn trade_wind() -> Angle {
    Angle(80.0)
}
fn breeze() -> Speed {
    Speed(15.0)
}
fn range_a() -> Length {
    nm(40.0)
}
fn range_b() -> Length {
    nm(15.0)
}
fn nm(miles: f64) -> Length {
    Length(miles * super::globe::METRES_PER_NM)
}
fn loss() -> Share {
    Share(0.02)
}
fn length() -> Length {
    Length(0.0)
}
fn lengths() -> [Length; 2] {
    [Length(0.0), Length(0.0)]
}
fn no_length() -> Length {
    Length(0.0)
}
fn noise() -> Length {
    Length(4.0)
}
fn one() -> u32 {
    1
}
fn one_byte() -> u8 {
    1
}
fn apart() -> Length {
    Length(100.0)
}
fn as_written() -> [f64; 2] {
    [1.0, 1.0]
}
