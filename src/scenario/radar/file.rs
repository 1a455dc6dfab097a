//! `[[radar]]` and `[[clutter]]` as written in the file.

use serde::Deserialize;

use crate::model::Span;
use crate::scenario::file::{Blocked, Interval};
use crate::scenario::globe::METRES_PER_NM;
use crate::scenario::units::{Angle, Lasting, Length, Moment, Point, Share, Shift, Speed};

/// `[[radar]]`: a coastal radar with a tracker, which sends a sentence a target and turn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Radar {
    /// Its name in TAG blocks and of its feed: letters, digits, `-`.
    pub name: String,
    /// The topic that its sentences come by, in an MCAP recording; `feeds/<exercise>/<name>/radar` where absent.
    pub topic: Option<String>,
    /// Its site.
    pub position: Point,
    /// The antenna above the sea: the horizon follows from it.
    #[serde(default = "antenna")]
    pub antenna: Length,
    /// Instrumented range: nothing farther is shown.
    #[serde(default = "range")]
    pub range: Length,
    /// How far a boat of 8 m is seen in every second turn, were the horizon not in the way.
    #[serde(default = "reach")]
    pub reach: Length,
    /// Where it looks; all round where absent.
    pub sector: Option<Sector>,
    /// Land in the way.
    #[serde(default)]
    pub blind: Vec<Blocked>,
    /// When it is off.
    #[serde(default)]
    pub outage: Vec<Interval>,
    /// Time of a turn of the antenna.
    #[serde(default = "period")]
    pub period: Lasting,
    /// Standard deviation in range.
    #[serde(default = "range_sigma")]
    pub range_sigma: Length,
    /// Standard deviation in bearing.
    #[serde(default = "bearing_sigma")]
    pub bearing_sigma: Angle,
    /// What every range is too great by.
    #[serde(default)]
    pub range_bias: Shift,
    /// What every bearing is too great by: the antenna is not aligned.
    #[serde(default = "no_angle")]
    pub bearing_bias: Angle,
    /// Two targets closer than this in bearing, and than `range_resolution` in range, are one.
    #[serde(default = "beam_width")]
    pub beam_width: Angle,
    /// See `beam_width`.
    #[serde(default = "range_resolution")]
    pub range_resolution: Length,
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
    /// Which free number a new target takes.
    #[serde(default)]
    pub reuse: Reuse,
    /// Spikes of the sea near the site, so many at any time in 15 kn of wind; more with the square of the wind.
    #[serde(default)]
    pub sea_clutter: f64,
    /// Plots of nothing, so many a turn.
    #[serde(default)]
    pub false_plots: f64,
    /// Of ships of 100 m and more, so many have a ghost.
    #[serde(default = "no_share")]
    pub ghosts: Share,
    /// What it sends.
    #[serde(default)]
    pub sentence: Sentence,
}

/// From one bearing clockwise to another.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sector {
    /// First bearing.
    pub from: Angle,
    /// Last bearing.
    pub to: Angle,
}

/// Which free number a new target takes.
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
    /// What the truth calls it: `clutter:<name>`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// How many cells, mats, flocks or objects.
    #[serde(default = "one")]
    pub count: u32,
    /// Each is, or begins, somewhere in this polygon, unless `positions` are given.
    #[serde(default)]
    pub area: Vec<Point>,
    /// Where each is, or begins.
    #[serde(default)]
    pub positions: Vec<Point>,
    /// Where it is carried; down the wind where absent. Flocks go as they like.
    pub set: Option<Angle>,
    /// How fast: rain goes with the wind and mats at half a knot where absent, flocks at 20 kn.
    pub rate: Option<Speed>,
    /// It echoes as a boat so long does.
    pub length: Option<Length>,
    /// Radius of a rain cell.
    #[serde(default = "cell")]
    pub radius: Length,
    /// When it comes; it is there from the start where absent.
    pub from: Option<Moment>,
    /// When it goes.
    pub to: Option<Moment>,
}

/// What clutter is.
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

/// What is wrong with the time of a turn, if anything.
pub fn period_fault(period: Lasting) -> Option<&'static str> {
    let seconds = Span::from_secs(1)..=Span::from_secs(60);
    (!seconds.contains(&period.0)).then_some("period is 1 s to 60 s")
}

impl Radar {
    /// What makes no sense in it.
    pub fn faults(&self) -> Vec<&'static str> {
        let [m, n] = self.acquire;
        let tests = [
            (m < 2 || m > n || n > 100, "acquire is [m, n]: m of n turns, from 2 of 2 up to 100"),
            (!(1..=999).contains(&self.numbers), "numbers is 1 to 999"),
            (self.coast > 1000 || self.settle > 1000, "coast and settle are at most 1000 turns"),
            (!(0.0..=100.0).contains(&self.sea_clutter), "sea_clutter is 0 to 100 spikes"),
            (!(0.0..=50.0).contains(&self.false_plots), "false_plots is 0 to 50 a turn"),
            (self.range.0 < 1000.0 || self.range.0 > 200_000.0, "range is 1 km to 200 km"),
            (!(0.0..=10.0).contains(&self.beam_width.0), "beam_width is 0 to 10 deg"),
            (!(0.0..=10.0).contains(&self.bearing_sigma.0), "bearing_sigma is 0 to 10 deg"),
        ];
        let tests = tests.into_iter().filter_map(|(wrong, what)| wrong.then_some(what));
        period_fault(self.period).into_iter().chain(tests).collect()
    }
}

impl Clutter {
    /// What makes no sense in it.
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

fn antenna() -> Length {
    Length(60.0)
}
fn range() -> Length {
    Length(24.0 * METRES_PER_NM)
}
fn reach() -> Length {
    Length(12.0 * METRES_PER_NM)
}
fn period() -> Lasting {
    Lasting(Span::from_secs(3))
}
fn range_sigma() -> Length {
    Length(20.0)
}
fn bearing_sigma() -> Angle {
    Angle(0.3)
}
fn no_angle() -> Angle {
    Angle(0.0)
}
fn beam_width() -> Angle {
    Angle(1.0)
}
fn range_resolution() -> Length {
    Length(40.0)
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
fn cell() -> Length {
    Length(1500.0)
}
