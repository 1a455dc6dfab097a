//! `[[aircraft]]`, `[[receiver]]` and `[[air_radar]]` as written in the file.

use serde::Deserialize;

use crate::model::Span;
use crate::scenario::file::{Expect, Interval};
use crate::scenario::globe::METRES_PER_NM;
use crate::scenario::units::{Address, Airspeed, Angle, Code, Height, Lasting, Length, Moment, Point, Share};

/// `[[aircraft]]`: one, or several that follow each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aircraft {
    /// What the truth calls it where it has no address; `{n}` becomes the number from 1.
    pub name: String,
    /// Its address, the first of several; without one it has no transponder.
    pub icao: Option<Address>,
    /// Call sign; `{n}` becomes the number from 1.
    #[serde(default)]
    pub call_sign: String,
    /// Its code.
    pub squawk: Option<Code>,
    /// It broadcasts where it is (ADS-B): else its transponder only answers.
    #[serde(default = "yes")]
    pub broadcasts: bool,
    /// How many, each with the next address.
    #[serde(default = "one")]
    pub count: u32,
    /// How much later each next one comes.
    #[serde(default = "none")]
    pub headway: Lasting,
    /// Each comes up to this later, by chance.
    #[serde(default = "none")]
    pub late: Lasting,
    /// All points of one are moved alike, by up to this, but the last.
    #[serde(default = "no_length")]
    pub spread: Length,
    /// Where it comes into being.
    pub start: Point,
    /// At this height.
    pub altitude: Height,
    /// When.
    pub from: Moment,
    /// When its transponder is off.
    #[serde(default)]
    pub silent: Vec<Silent>,
    /// When it sends another code.
    #[serde(default)]
    pub squawks: Vec<Sends>,
    /// What it deserves all the while that it is there.
    #[serde(default)]
    pub expect: Vec<Expect>,
    /// What it does; then it is gone: landed, or out of the scenario.
    pub leg: Vec<Leg>,
}

/// Its transponder is off.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silent {
    /// From then …
    pub from: Moment,
    /// … till then.
    pub to: Moment,
    /// An alert is due.
    pub expect: Option<Expect>,
}

/// It sends another code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sends {
    /// This one.
    pub code: Code,
    /// From then …
    pub from: Moment,
    /// … till then.
    pub to: Moment,
    /// An alert is due.
    pub expect: Option<Expect>,
}

/// To a point.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// There.
    pub to: Point,
    /// At this speed.
    pub speed: Airspeed,
    /// To be at this height there.
    pub altitude: Height,
    /// An alert is due on it.
    pub expect: Option<Expect>,
}

/// `[[receiver]]`: hears what aircraft broadcast as far as the horizon lets it, and passes SBS lines on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// Its name: letters, digits, `-`.
    pub name: String,
    /// The topic that its lines come by; `feeds/<exercise>/<name>/adsb` where absent.
    pub topic: Option<String>,
    /// Its site.
    pub position: Point,
    /// The antenna above the sea.
    #[serde(default = "antenna")]
    pub antenna: Length,
    /// Nothing is heard from farther.
    #[serde(default = "far")]
    pub range: Length,
    /// Messages lost.
    #[serde(default = "loss")]
    pub loss: Share,
    /// When it hears nothing.
    #[serde(default)]
    pub outage: Vec<Interval>,
}

/// `[[air_radar]]`: sends a JSON track message a target and turn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AirRadar {
    /// Its name: letters, digits, `-`.
    pub name: String,
    /// The topic that its messages come by; `feeds/<exercise>/<name>/air` where absent.
    pub topic: Option<String>,
    /// Its site.
    pub position: Point,
    /// The antenna above the sea.
    #[serde(default = "antenna")]
    pub antenna: Length,
    /// Nothing farther is seen.
    #[serde(default = "radar_range")]
    pub range: Length,
    /// Time of a turn.
    #[serde(default = "period")]
    pub period: Lasting,
    /// Standard deviation in range.
    #[serde(default = "range_sigma")]
    pub range_sigma: Length,
    /// Standard deviation in bearing.
    #[serde(default = "bearing_sigma")]
    pub bearing_sigma: Angle,
    /// Seen in a turn by its echo.
    #[serde(default = "detection")]
    pub detection: Share,
    /// It asks transponders, which tell their code and height.
    #[serde(default = "yes")]
    pub asks: bool,
    /// It measures heights (a 3D radar), so well.
    pub height_sigma: Option<Height>,
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
fn none() -> Lasting {
    Lasting(Span::ZERO)
}
fn no_length() -> Length {
    Length(0.0)
}
fn antenna() -> Length {
    Length(30.0)
}
fn far() -> Length {
    Length(200.0 * METRES_PER_NM)
}
fn loss() -> Share {
    Share(0.2)
}
fn radar_range() -> Length {
    Length(80.0 * METRES_PER_NM)
}
fn period() -> Lasting {
    Lasting(Span::from_secs(4))
}
fn range_sigma() -> Length {
    Length(60.0)
}
fn bearing_sigma() -> Angle {
    Angle(0.1)
}
fn detection() -> Share {
    Share(0.92)
}
