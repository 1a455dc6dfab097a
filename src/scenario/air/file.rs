//! `[[aircraft]]`, `[[receiver]]` and `[[air_radar]]` as written in the file.

use serde::Deserialize;

use crate::model::{Angle, Length, Span};
use crate::scenario::file::{Expect, Interval};
use crate::scenario::units::{
    Address, AircraftSpeed, Altitude, Code, Direction, Distance, Duration, Moment, Point, Share,
};

/// `[[aircraft]]`: one, or several that follow each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aircraft {
    /// Name in the truth where the aircraft has no address; `{n}` becomes the number, from 1.
    pub name: String,
    /// ICAO address, the first of several; an aircraft without an address has no transponder.
    pub icao: Option<Address>,
    /// Call sign; `{n}` becomes the number from 1.
    #[serde(default)]
    pub call_sign: String,
    /// Mode 3/A code.
    pub squawk: Option<Code>,
    /// Whether the aircraft broadcasts its position (ADS-B); otherwise the transponder only answers.
    #[serde(default = "yes")]
    pub broadcasts: bool,
    /// Number of aircraft, each with the next address.
    #[serde(default = "one")]
    pub count: u32,
    /// Time from the start of one aircraft to that of the next.
    #[serde(default = "none")]
    pub headway: Duration,
    /// Each comes up to this later, by chance.
    #[serde(default = "none")]
    pub late: Duration,
    /// All points of one are moved alike, by up to this, but the last.
    #[serde(default = "no_length")]
    pub spread: Distance,
    /// Act that the aircraft plays a part in.
    pub act: Option<String>,
    /// Whether the aircraft flies again after each 24 h.
    #[serde(default)]
    pub daily: bool,
    /// Position at the start.
    pub start: Point,
    /// Altitude at the start.
    pub altitude: Altitude,
    /// Time of the start.
    pub from: Moment,
    /// Intervals in which the transponder is off.
    #[serde(default)]
    pub silent: Vec<Silent>,
    /// Intervals in which the transponder sends another code.
    #[serde(default)]
    pub squawks: Vec<Sends>,
    /// Alerts that are due as long as the aircraft exists.
    #[serde(default)]
    pub expect: Vec<Expect>,
    /// Legs in order; after the last leg the aircraft has landed or left the scenario.
    pub leg: Vec<Leg>,
}

/// An interval in which the transponder is off.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silent {
    /// First moment.
    pub from: Moment,
    /// The moment after the last.
    pub to: Moment,
    /// An alert is due.
    pub expect: Option<Expect>,
}

/// An interval in which the transponder sends another code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sends {
    /// Code in the interval.
    pub code: Code,
    /// First moment.
    pub from: Moment,
    /// The moment after the last.
    pub to: Moment,
    /// An alert is due.
    pub expect: Option<Expect>,
}

/// Leg to a point.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// There.
    pub to: Point,
    /// Speed of the leg.
    pub speed: AircraftSpeed,
    /// Altitude at the end of the leg.
    pub altitude: Altitude,
    /// An alert is due on it.
    pub expect: Option<Expect>,
}

/// `[[receiver]]`: hears what aircraft broadcast as far as the horizon lets it, and passes SBS lines on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// Name: letters, digits, `-`.
    pub name: String,
    /// The topic that its lines come by; `feeds/<exercise>/<name>/adsb` where absent.
    pub topic: Option<String>,
    /// Position of the site.
    pub position: Point,
    /// The antenna above the sea.
    #[serde(default = "antenna")]
    pub antenna: Distance,
    /// Nothing is heard from farther.
    #[serde(default = "far")]
    pub range: Distance,
    /// Messages lost.
    #[serde(default = "loss")]
    pub loss: Share,
    /// Intervals in which the receiver hears nothing.
    #[serde(default)]
    pub outage: Vec<Interval>,
}

/// `[[air_radar]]`: sends a JSON track message a target and turn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AirRadar {
    /// Name: letters, digits, `-`.
    pub name: String,
    /// The topic that its messages come by; `feeds/<exercise>/<name>/air` where absent.
    pub topic: Option<String>,
    /// Position of the site.
    pub position: Point,
    /// The antenna above the sea.
    #[serde(default = "antenna")]
    pub antenna: Distance,
    /// Nothing farther is seen.
    #[serde(default = "radar_range")]
    pub range: Distance,
    /// Time of a turn.
    #[serde(default = "period")]
    pub period: Duration,
    /// Standard deviation in range.
    #[serde(default = "range_sigma")]
    pub range_sigma: Distance,
    /// Standard deviation in bearing.
    #[serde(default = "bearing_sigma")]
    pub bearing_sigma: Direction,
    /// Seen in a turn by its echo.
    #[serde(default = "detection")]
    pub detection: Share,
    /// Whether the radar interrogates transponders, which answer with code and height.
    #[serde(default = "yes")]
    pub asks: bool,
    /// Standard deviation of the heights that a 3D radar measures.
    pub height_sigma: Option<Altitude>,
    /// Flocks of birds that it follows at any time.
    #[serde(default)]
    pub birds: u32,
}

fn yes() -> bool {
    true
}
fn one() -> u32 {
    1
}
fn none() -> Duration {
    Duration::new(Span::ZERO)
}
fn no_length() -> Distance {
    Distance::new(Length::from_m(0.0))
}
fn antenna() -> Distance {
    Distance::new(Length::from_m(30.0))
}
fn far() -> Distance {
    Distance::new(Length::from_nm(200.0))
}
fn loss() -> Share {
    Share(0.2)
}
fn radar_range() -> Distance {
    Distance::new(Length::from_nm(80.0))
}
fn period() -> Duration {
    Duration::new(Span::from_secs(4))
}
fn range_sigma() -> Distance {
    Distance::new(Length::from_m(60.0))
}
fn bearing_sigma() -> Direction {
    Direction::new(Angle::from_deg(0.1))
}
fn detection() -> Share {
    Share(0.92)
}
