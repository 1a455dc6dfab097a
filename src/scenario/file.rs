//! The scenario file as written: every key there is. Units are checked on the way in, sense in `check`.

use serde::Deserialize;
use toml::Spanned;

pub use super::acts::Act;
pub use super::air::file::{AirRadar, Aircraft, Receiver};
pub use super::claims::Claim;
pub use super::daily::Daily;
pub use super::moves::{Anchor, Drift, Expect, Fish, Join, Leg, Loiter, Race, Sail, Shuttle, Stay};
pub use super::radar::file::{Clutter, Radar};
use super::units::{ClockOffset, Direction, Distance, Duration, Moment, Party, Point, Share, ShipSpeed};
use crate::model::{Angle, Length, Speed};

/// A whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The exercise's name: letters, digits, `-`.
    pub exercise: String,
    /// The first moment recorded, RFC 3339.
    pub start: Moment,
    /// Length of the recorded time.
    pub duration: Duration,
    /// Seed of the random numbers.
    #[serde(default)]
    pub seed: u64,
    /// Time before the start in which vessels move unrecorded, so that traffic is already under way.
    #[serde(default = "none")]
    pub warm_up: Duration,
    /// Direction that the wind comes from; anchored vessels lie to it.
    #[serde(default = "trade_wind")]
    pub wind: Direction,
    /// Wind speed: it decides the sea clutter of radars and the drift of rain.
    #[serde(default = "breeze")]
    pub wind_speed: ShipSpeed,
    /// Current, which carries what is under way.
    pub current: Option<Current>,
    /// Acts: a common time and place of vessels and aircraft.
    #[serde(default)]
    pub act: Vec<Spanned<Act>>,
    /// Receivers.
    #[serde(default)]
    pub station: Vec<Spanned<Station>>,
    /// Radars.
    #[serde(default)]
    pub radar: Vec<Spanned<Radar>>,
    /// Clutter: echoes that are no vessel.
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
    /// Decoys: vessels that look suspicious and deserve no alert.
    #[serde(default)]
    pub decoy: Vec<Spanned<Decoy>>,
}

/// `[[station]]`: an AIS receiver.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Station {
    /// Name in TAG blocks: letters, digits, `-`.
    pub name: String,
    /// The topic that its lines come by, in an MCAP recording; `feeds/<exercise>/<name>/ais` where absent.
    pub topic: Option<String>,
    /// Position of the site.
    pub position: Point,
    /// MMSI of the base station (`00MIDxxxx`), which transmits every 10 s; no base station where absent.
    pub mmsi: Option<u32>,
    /// Reception range for class A.
    #[serde(default = "range_a")]
    pub range_a: Distance,
    /// Reception range for class B.
    #[serde(default = "range_b")]
    pub range_b: Distance,
    /// Messages lost well inside the range; more are lost in its last fifth.
    #[serde(default = "loss")]
    pub loss: Share,
    /// Offset of the clock; positive is ahead of UTC.
    #[serde(default)]
    pub clock_offset: ClockOffset,
    /// Land in the way.
    #[serde(default)]
    pub blocked: Vec<Blocked>,
    /// Intervals in which the station hears nothing.
    #[serde(default)]
    pub outage: Vec<Interval>,
    /// Intervals of ducting, in which the station hears much farther.
    #[serde(default)]
    pub ducting: Vec<Ducting>,
    /// Messages lost near the edge of the range, where slots collide; fewer are lost nearer, by the cube of the distance.
    /// The range of each vessel also varies from minute to minute by up to this share.
    #[serde(default = "nothing")]
    pub fading: Share,
    /// Least time between two reports of one kind by one vessel that a service passes on.
    #[serde(default = "none")]
    pub every: Duration,
    /// Shortest and longest time from reception to arrival.
    pub delay: Option<[Duration; 2]>,
    /// Whether the lines of a delayed service are dated when they arrive; otherwise when they were received.
    #[serde(default)]
    pub dated_on_arrival: bool,
    /// Intervals in which the link is down; what was received arrives at their end.
    #[serde(default)]
    pub held: Vec<Interval>,
    /// Intervals in which the clock is wrong, as after a restart.
    #[serde(default)]
    pub clock: Vec<WrongClock>,
}

/// An interval in which a clock is wrong.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongClock {
    /// First moment.
    pub from: Moment,
    /// The moment after the last.
    pub to: Moment,
    /// Offset; positive is ahead of UTC.
    pub offset: ClockOffset,
}

/// `current`: movement of the water.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Current {
    /// Direction that the water moves to.
    pub set: Direction,
    /// Speed.
    pub rate: ShipSpeed,
}

/// A sector in which nothing beyond a distance is heard; from `from` clockwise to `to`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocked {
    /// First bearing from the station.
    pub from: Direction,
    /// Last bearing.
    pub to: Direction,
    /// Heard up to here.
    pub beyond: Distance,
}

/// An interval of time.
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
    pub range: Distance,
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
    /// Name that the vessel sends. Of a vessel without an MMSI, the name in the file and in the truth.
    pub name: String,
    /// Call sign.
    #[serde(default)]
    pub call_sign: String,
    /// IMO number with its check digit.
    pub imo: Option<u32>,
    /// Destination as typed in.
    #[serde(default)]
    pub destination: String,
    /// Position at the start.
    pub start: Point,
    /// Time of the start; the scenario's start where absent.
    pub from: Option<Moment>,
    /// Class of the AIS station aboard.
    #[serde(default)]
    pub class: Class,
    /// Type of ship and cargo, 0 to 99 (ITU-R M.1371-5 table 53).
    #[serde(default)]
    pub ship_type: u8,
    /// Length over all.
    #[serde(default = "length")]
    pub length: Distance,
    /// Deviation of its fixes.
    #[serde(default = "noise")]
    pub noise: Distance,
    /// Intervals in which the AIS is off.
    #[serde(default)]
    pub ais_off: Vec<Silence>,
    /// False statements of its AIS.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// Act that the vessel plays a part in.
    pub act: Option<String>,
    /// The legs are an outing, repeated on other days.
    pub daily: Option<Daily>,
    /// Alerts that are due as long as the vessel exists.
    #[serde(default)]
    pub expect: Vec<Spanned<Expect>>,
    /// Legs in order; after the last leg the vessel is gone.
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
    /// Name that decoys use.
    pub name: String,
    /// Number of vessels.
    pub count: u32,
    /// The first MMSI; the others follow by `mmsi_step`. Not for class `none`.
    pub mmsi: Option<u32>,
    /// Step from one MMSI to the next.
    #[serde(default = "one")]
    pub mmsi_step: u32,
    /// Names that the vessels send; `{n}` becomes the number, from 1.
    pub called: String,
    /// Class of their AIS.
    #[serde(default)]
    pub class: Class,
    /// Each takes one of these.
    #[serde(default)]
    pub ship_types: Vec<u8>,
    /// Shortest and longest.
    #[serde(default = "lengths")]
    pub length: [Distance; 2],
    /// Deviation of their fixes.
    #[serde(default = "noise")]
    pub noise: Distance,
    /// The point they start from, unless `area` is given.
    pub start: Option<Point>,
    /// Polygon in which the vessels start.
    #[serde(default)]
    pub area: Vec<Point>,
    /// Least distance between two starts within `area`.
    #[serde(default = "apart")]
    pub apart: Distance,
    /// All points of one are moved alike, by up to this.
    #[serde(default = "no_length")]
    pub spread: Distance,
    /// Time when the first vessel starts; the beginning of the warm-up where absent.
    pub from: Option<Moment>,
    /// Time from the start of one vessel to that of the next, varied at random by up to a fifth.
    #[serde(default = "none")]
    pub headway: Duration,
    /// All speeds of one are multiplied alike, by a factor between these.
    #[serde(default = "as_written")]
    pub speed_factor: [f64; 2],
    /// The legs are an outing, repeated on other days.
    pub daily: Option<Daily>,
    /// Vessels that keep together: as many have one start, one time and one way, `apart` from each other.
    #[serde(default = "one")]
    pub company: u32,
    /// False statements of their AIS.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// Legs of each vessel.
    pub leg: Vec<Spanned<Leg>>,
}

/// `[[aid]]`: an aid to navigation, every 3 min.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aid {
    /// `99MIDxxxx`.
    pub mmsi: u32,
    /// Name.
    pub name: String,
    /// Position.
    pub position: Point,
    /// Type of aid, 0 to 31 (ITU-R M.1371-5 table 74).
    #[serde(default = "one_byte")]
    pub kind: u8,
    /// Whether the aid is only broadcast, and not there (virtual).
    #[serde(default, rename = "virtual")]
    pub is_virtual: bool,
}

impl Vessel {
    /// Returns the identity of the vessel.
    pub fn party(&self) -> Party {
        self.mmsi.map_or_else(|| Party::Name(self.name.clone()), Party::Mmsi)
    }
}

impl Fleet {
    /// Returns the name of the vessel with this number, from 0.
    pub fn called(&self, n: u32) -> String {
        self.called.replace("{n}", &(n + 1).to_string())
    }

    /// Returns the identity of the vessel with this number, from 0.
    pub fn party(&self, n: u32) -> Party {
        let mmsi = self.mmsi.map(|first| first.saturating_add(n.saturating_mul(self.mmsi_step)));
        mmsi.map_or_else(|| Party::Name(self.called(n)), Party::Mmsi)
    }
}

/// `[[decoy]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoy {
    /// Vessels, by MMSI or by name.
    #[serde(default)]
    pub vessels: Vec<Party>,
    /// Aircraft, by address, or by name where they have none.
    #[serde(default)]
    pub aircraft: Vec<String>,
    /// Fleets; each of their vessels is a decoy.
    #[serde(default)]
    pub fleets: Vec<String>,
    /// Why it looks like something and is not.
    pub what: String,
}

fn none() -> Duration {
    Duration::new(crate::model::Span::ZERO)
}
fn trade_wind() -> Direction {
    Direction::new(Angle::from_deg(80.0))
}
fn breeze() -> ShipSpeed {
    ShipSpeed::new(Speed::from_kn(15.0))
}
fn range_a() -> Distance {
    nm(40.0)
}
fn range_b() -> Distance {
    nm(15.0)
}
fn nm(miles: f64) -> Distance {
    Distance::new(Length::from_nm(miles))
}
fn loss() -> Share {
    Share(0.02)
}
fn nothing() -> Share {
    Share(0.0)
}
fn length() -> Distance {
    Distance::new(Length::from_m(0.0))
}
fn lengths() -> [Distance; 2] {
    [Distance::new(Length::from_m(0.0)), Distance::new(Length::from_m(0.0))]
}
fn no_length() -> Distance {
    Distance::new(Length::from_m(0.0))
}
fn noise() -> Distance {
    Distance::new(Length::from_m(4.0))
}
fn one() -> u32 {
    1
}
fn one_byte() -> u8 {
    1
}
fn apart() -> Distance {
    Distance::new(Length::from_m(100.0))
}
fn as_written() -> [f64; 2] {
    [1.0, 1.0]
}
