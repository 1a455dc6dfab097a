//! Detection of an echo by a radar's antenna and receiver: whether a scan yields a plot, where, and from which echoes.
//!
//! Detection is Swerling's first case with one look for each scan (Skolnik, *Introduction to Radar Systems*, 3rd ed., 2.5):
//! `Pd = Pfa ^ (1 / (1 + S))`, where the signal-to-noise ratio falls with the fourth power of the range,
//! `S = S0 (R0 / R)^4`. `R0` is where `Pd` is one half. A radar cross-section grows with the cube of the length, so
//! that `R0 = reach (length / 8 m)^(3/4)`. Within the last tenth before the horizon the signal fades to nothing; the
//! horizon is that of a 4/3 Earth, `4.12 km (sqrt(antenna) + sqrt(target))` with heights in metres.

use super::file::Radar;
use super::{Hit, Source};
use crate::model::Time;
use crate::scenario::chance::Chance;
use crate::scenario::file::Interval;
use crate::scenario::globe::{Place, turn, turn_between};

/// ln of the probability of a false alarm in a cell, 1e-6.
const LN_PFA: f64 = -13.815_510_557_964_274;
/// Signal-to-noise ratio at which `Pd` is one half: `LN_PFA / ln 0.5 - 1`.
const S0: f64 = 18.931_568_569_324_174;
/// The boat that `reach` is told for, metres.
const BOAT_M: f64 = 8.0;
/// The horizon of a 4/3 Earth, metres by the root of a metre.
const HORIZON_M: f64 = 4120.0;

/// The base of a plot: one echo, or several within one resolution cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// Range from the site, metres, with noise and bias.
    pub range_m: f64,
    /// Bearing from the site, degrees true, with noise and bias.
    pub bearing_deg: f64,
    /// Time when the beam passed.
    pub time: Time,
    /// Origins of the echoes, the strongest first.
    pub sources: Vec<Source>,
}

/// Returns the height above the sea of a craft of a length, metres: of a boat's crew, of a ship's bridge.
pub fn height_m(length_m: f64) -> f64 {
    0.5 + 0.12 * length_m
}

impl Radar {
    /// Whether the site looks there at all.
    pub fn covers(&self, range_m: f64, bearing_deg: f64) -> bool {
        let within = |from: f64, to: f64| turn(bearing_deg - from) <= turn(to - from);
        let looks = self.sector.is_none_or(|sector| within(sector.from.deg(), sector.to.deg()));
        let hidden =
            |b: &crate::scenario::file::Blocked| range_m > b.beyond.m() && within(b.from.deg(), b.to.deg());
        range_m <= self.range.m() && range_m > 50.0 && looks && !self.blind.iter().any(hidden)
    }

    /// Signal-to-noise ratio of an echo like that of a vessel so long, so high.
    pub fn signal(&self, range_m: f64, length_m: f64, height_m: f64) -> f64 {
        let root = libm::sqrt(self.antenna.m().max(0.0)) + libm::sqrt(height_m.max(0.0));
        let horizon_m = HORIZON_M * root;
        let above = ((horizon_m - range_m) / (0.1 * horizon_m).max(1.0)).clamp(0.0, 1.0);
        let r0 = self.reach.m() * libm::pow(length_m.max(0.5) / BOAT_M, 0.75);
        let ratio = r0 / range_m.max(1.0);
        S0 * ratio * ratio * ratio * ratio * above
    }

    /// Whether it is off.
    pub fn is_off(&self, now: Time, start: Time) -> bool {
        let within = |i: &Interval| (i.from.after(start)..i.to.after(start)).contains(&now);
        self.outage.iter().any(within)
    }

    /// Measures where a plot is: noise and bias.
    pub fn measure(&self, range_m: f64, bearing_deg: f64, chance: &mut Chance) -> (f64, f64) {
        let range = range_m + self.range_bias.m() + self.range_sigma.m() * chance.normal();
        let bearing = bearing_deg + self.bearing_bias.deg() + self.bearing_sigma.deg() * chance.normal();
        (range.max(1.0), turn(bearing))
    }

    /// Returns the position of a measured range and bearing, on the sphere.
    pub fn place(&self, range_m: f64, bearing_deg: f64) -> Place {
        self.position.0.after(bearing_deg, range_m)
    }
}

/// Probability that one turn sees a signal.
pub fn detection(signal: f64) -> f64 {
    if signal <= 0.0 { 0.0 } else { libm::exp(LN_PFA / (1.0 + signal)) }
}

/// Echoes within the resolution cell of a stronger one become one plot with it, at their centre of power.
pub fn merge(radar: &Radar, mut hits: Vec<Hit>, chance: &mut Chance) -> Vec<Plot> {
    hits.sort_by(|a, b| b.signal.total_cmp(&a.signal).then(a.source.cmp(&b.source)));
    let mut cells: Vec<Vec<Hit>> = Vec::new();
    for hit in hits {
        let same = |cell: &&mut Vec<Hit>| {
            cell.first().is_some_and(|head| {
                (head.range_m - hit.range_m).abs() < radar.range_resolution.m()
                    && turn_between(head.bearing_deg, hit.bearing_deg).abs() < radar.beam_width.deg()
            })
        };
        match cells.iter_mut().find(same) {
            Some(cell) => cell.push(hit),
            None => cells.push(vec![hit]),
        }
    }
    cells.iter().filter_map(|cell| plot(radar, cell, chance)).collect()
}

fn plot(radar: &Radar, cell: &[Hit], chance: &mut Chance) -> Option<Plot> {
    let head = cell.first()?;
    let power: f64 = cell.iter().map(|hit| hit.signal).sum();
    let weigh = |of: &dyn Fn(&Hit) -> f64| {
        cell.iter().map(|hit| of(hit) * hit.signal).sum::<f64>() / power.max(f64::MIN_POSITIVE)
    };
    let range_m = head.range_m + weigh(&|hit| hit.range_m - head.range_m);
    let bearing_deg = head.bearing_deg + weigh(&|hit| turn_between(head.bearing_deg, hit.bearing_deg));
    let (range_m, bearing_deg) = radar.measure(range_m, bearing_deg, chance);
    let sources = cell.iter().map(|hit| hit.source).collect();
    Some(Plot { range_m, bearing_deg, time: head.time, sources })
}
