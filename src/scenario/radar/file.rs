//! `[[radar]]` and `[[clutter]]` as written in the file.

use serde::Deserialize;

use crate::model::{Angle, Length, Span};
use crate::scenario::file::{Blocked, Interval};
use crate::scenario::units::{Direction, Distance, DistanceError, Duration, Moment, Point, Share, ShipSpeed};

/// `[[radar]]`: a coastal radar with a tracker, which sends a sentence a target and turn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Radar {
    /// Name in TAG blocks and of the feed: letters, digits, `-`.
    pub name: String,
    /// The topic that its sentences come by, in an MCAP recording; `feeds/<exercise>/<name>/radar` where absent.
    pub topic: Option<String>,
    /// Position of the site.
    pub position: Point,
    /// The antenna above the sea: the horizon follows from it.
    #[serde(default = "antenna")]
    pub antenna: Distance,
    /// Instrumented range: nothing farther is shown.
    #[serde(default = "range")]
    pub range: Distance,
    /// Range at which a boat of 8 m is detected in every second scan, without the limit of the horizon.
    #[serde(default = "reach")]
    pub reach: Distance,
    /// Sector that the radar sees; all round where absent.
    pub sector: Option<Sector>,
    /// Land in the way.
    #[serde(default)]
    pub blind: Vec<Blocked>,
    /// Intervals in which the radar is off.
    #[serde(default)]
    pub outage: Vec<Interval>,
    /// Time of a turn of the antenna.
    #[serde(default = "period")]
    pub period: Duration,
    /// Standard deviation in range.
    #[serde(default = "range_sigma")]
    pub range_sigma: Distance,
    /// Standard deviation in bearing.
    #[serde(default = "bearing_sigma")]
    pub bearing_sigma: Direction,
    /// Bias of every range; positive is too far.
    #[serde(default)]
    pub range_bias: DistanceError,
    /// Bias of every bearing; positive is clockwise.
    #[serde(default = "no_angle")]
    pub bearing_bias: Direction,
    /// Two targets closer than this in bearing, and than `range_resolution` in range, are one.
    #[serde(default = "beam_width")]
    pub beam_width: Direction,
    /// Resolution in range.
    #[serde(default = "range_resolution")]
    pub range_resolution: Distance,
    /// A target is acquired after plots in `[m, n]`: m of n turns.
    #[serde(default = "acquire")]
    pub acquire: [u32; 2],
    /// Turns without a plot after which a target is lost.
    #[serde(default = "coast")]
    pub coast: u32,
    /// Plots until an acquired target counts as tracked.
    #[serde(default = "settle")]
    pub settle: u32,
    /// The highest target number; no more targets than that are followed.
    #[serde(default = "numbers")]
    pub numbers: u16,
    /// Choice of a free target number for a new target.
    #[serde(default)]
    pub reuse: Reuse,
    /// Spikes of the sea near the site, so many at any time in 15 kn of wind; more with the square of the wind.
    #[serde(default)]
    pub sea_clutter: f64,
    /// Plots of nothing, so many a turn.
    #[serde(default)]
    pub false_plots: f64,
    /// Share of the ships of 100 m and more that have a ghost.
    #[serde(default = "no_share")]
    pub ghosts: Share,
    /// Sentences that the radar sends.
    #[serde(default)]
    pub sentence: Sentence,
}

/// A sector, clockwise from one bearing to another.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sector {
    /// First bearing.
    pub from: Direction,
    /// Last bearing.
    pub to: Direction,
}

/// Choices of a free target number for a new target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reuse {
    /// The lowest.
    #[default]
    Lowest,
    /// The next after the last one given.
    Cyclic,
}

/// The sentence of a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)] // their names in IEC 61162-1
pub enum Sentence {
    #[default]
    #[serde(rename = "TTM")]
    Ttm,
    #[serde(rename = "TLL")]
    Tll,
}

/// `[[clutter]]`: what radars see that is no vessel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clutter {
    /// Name; in the truth `clutter:<name>`.
    pub name: String,
    /// Kind of clutter.
    pub kind: Kind,
    /// Number of rain cells, mats, flocks or objects.
    #[serde(default = "one")]
    pub count: u32,
    /// Each is, or begins, somewhere in this polygon, unless `positions` are given.
    #[serde(default)]
    pub area: Vec<Point>,
    /// Positions, or starts.
    #[serde(default)]
    pub positions: Vec<Point>,
    /// Direction of the drift; down the wind where absent. Flocks fly as they like.
    pub set: Option<Direction>,
    /// Speed of the drift. Where absent: the wind's for rain, half a knot for mats, 20 kn for flocks.
    pub rate: Option<ShipSpeed>,
    /// Length of a boat with the same echo.
    pub length: Option<Distance>,
    /// Radius of a rain cell.
    #[serde(default = "cell")]
    pub radius: Distance,
    /// Time when the clutter appears; the scenario's start where absent.
    pub from: Option<Moment>,
    /// Time when the clutter disappears.
    pub to: Option<Moment>,
}

/// Kinds of clutter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Cells of rain: shapes that come and go within them, and hide the vessels under them.
    Rain,
    /// Mats of weed.
    Sargassum,
    /// Flocks.
    Birds,
    /// Buoys, rigs, islets, wrecks.
    Fixed,
}

/// Returns the fault of a revolution time, if it has one.
pub fn period_fault(period: Duration) -> Option<&'static str> {
    let seconds = Span::from_secs(1)..=Span::from_secs(60);
    (!seconds.contains(&*period)).then_some("period is 1 s to 60 s")
}

impl Radar {
    /// Returns the fault of the declaration, if it has one.
    pub fn faults(&self) -> Vec<&'static str> {
        let [m, n] = self.acquire;
        let tests = [
            (m < 2 || m > n || n > 100, "acquire is [m, n]: m of n turns, from 2 of 2 up to 100"),
            (!(1..=999).contains(&self.numbers), "numbers is 1 to 999"),
            (self.coast > 1000 || self.settle > 1000, "coast and settle are at most 1000 turns"),
            (!(0.0..=100.0).contains(&self.sea_clutter), "sea_clutter is 0 to 100 spikes"),
            (!(0.0..=50.0).contains(&self.false_plots), "false_plots is 0 to 50 a turn"),
            (self.range.m() < 1000.0 || self.range.m() > 200_000.0, "range is 1 km to 200 km"),
            (!(0.0..=10.0).contains(&self.beam_width.deg()), "beam_width is 0 to 10 deg"),
            (!(0.0..=10.0).contains(&self.bearing_sigma.deg()), "bearing_sigma is 0 to 10 deg"),
        ];
        let tests = tests.into_iter().filter_map(|(wrong, what)| wrong.then_some(what));
        period_fault(self.period).into_iter().chain(tests).collect()
    }
}

impl Clutter {
    /// Returns the fault of the declaration, if it has one.
    pub fn faults(&self) -> Vec<&'static str> {
        let tests = [
            (
                self.positions.is_empty() && self.area.len() < 3,
                "clutter has positions, or an area of three corners at least",
            ),
            (self.count > 1000 || self.positions.len() > 1000, "count is at most 1000"),
            (!self.positions.is_empty() && !self.area.is_empty(), "give positions or an area, not both"),
        ];
        tests.into_iter().filter_map(|(wrong, what)| wrong.then_some(what)).collect()
    }
}

fn antenna() -> Distance {
    Distance::new(Length::from_m(60.0))
}
fn range() -> Distance {
    Distance::new(Length::from_nm(24.0))
}
fn reach() -> Distance {
    Distance::new(Length::from_nm(12.0))
}
fn period() -> Duration {
    Duration::new(Span::from_secs(3))
}
fn range_sigma() -> Distance {
    Distance::new(Length::from_m(20.0))
}
fn bearing_sigma() -> Direction {
    Direction::new(Angle::from_deg(0.3))
}
fn no_angle() -> Direction {
    Direction::new(Angle::from_deg(0.0))
}
fn beam_width() -> Direction {
    Direction::new(Angle::from_deg(1.0))
}
fn range_resolution() -> Distance {
    Distance::new(Length::from_m(40.0))
}
fn acquire() -> [u32; 2] {
    [4, 6]
}
fn coast() -> u32 {
    5
}
fn settle() -> u32 {
    12
}
fn numbers() -> u16 {
    200
}
fn no_share() -> Share {
    Share(0.0)
}
fn one() -> u32 {
    1
}
fn cell() -> Distance {
    Distance::new(Length::from_m(1500.0))
}
