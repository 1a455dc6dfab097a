//! Radars: what they see of vessels and of what is none, and what their trackers say of it.
//!
//! ```text
//! vessels, aids, clutter, ghosts -> Echo -> site (seen? where? merged?) -> Plot -> tracker -> Said -> sentence
//!                                                                                     \-> ledger -> truth
//! ```

pub mod chain;
pub mod clutter;
pub mod file;
pub mod ghosts;
pub mod ledger;
pub mod sentence;
pub mod site;
pub mod tracker;

#[cfg(test)]
mod tests;

use self::clutter::Sea;
use self::ledger::Ledger;
use self::site::{Plot, detection, merge};
use self::tracker::{Status, Tracker};
use super::chance::Chance;
use super::helm::Motion;
use crate::model::{Span, Time};

/// Origin of an echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A vessel, by its place in the simulation's list.
    Ship(usize),
    /// An aid to navigation, by its place in the file.
    Aid(usize),
    /// `[[clutter]]`, by its place in the file.
    Clutter(usize),
    /// A ghost of a vessel.
    Ghost(usize),
    /// The sea's surface.
    Sea,
    /// Nothing at all.
    Noise,
}

/// Something that reflects.
#[derive(Clone, Copy, Debug)]
pub struct Echo {
    /// Origin.
    pub source: Source,
    /// Position and motion at the beginning of the present second.
    pub motion: Motion,
    /// Length of a vessel with the same echo, metres.
    pub length_m: f64,
    /// Height, metres.
    pub height_m: f64,
    /// Wander of the centre of reflection between two looks, metres.
    pub jitter_m: f64,
    /// Share of the signal that rain leaves.
    pub clear: f64,
}

/// An echo that was seen.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// Origin.
    pub source: Source,
    /// True range, metres.
    pub range_m: f64,
    /// True bearing, degrees.
    pub bearing_deg: f64,
    /// Signal-to-noise ratio.
    pub signal: f64,
    /// Time when the beam passed.
    pub time: Time,
}

/// A radar at work.
#[derive(Clone, Debug)]
pub struct Radar {
    /// Declaration in the file.
    pub file: file::Radar,
    start: Time,
    turn_ends: Time,
    sea: Sea,
    tracker: Tracker,
    /// Random number that decides which ships have ghosts.
    haunt: u64,
    chance: Chance,
}

impl Radar {
    /// Makes a radar of its declaration in the file; `wind_kn` is the speed of the wind.
    pub fn new(file: file::Radar, start: Time, wind_kn: f64, mut chance: Chance) -> Radar {
        let haunt = (chance.unit() * 4_294_967_296.0) as u64;
        let phase = Span((chance.unit() * file.period.0 as f64) as i64);
        Radar {
            sea: Sea::new(&file, wind_kn),
            tracker: Tracker::new(&file),
            turn_ends: start + phase,
            file,
            start,
            haunt,
            chance,
        }
    }

    /// Whether a turn ends in the second that begins now.
    pub fn turns(&self, now: Time) -> bool {
        self.turn_ends < now + super::ship::SECOND
    }

    /// The turns that end in the second that begins now: their plots, and a line a target with when it is sent.
    pub fn second(
        &mut self,
        (me, now): (usize, Time),
        echoes: &[Echo],
        ledger: &mut Ledger,
        lines: &mut Vec<(Time, String)>,
    ) -> Vec<Plot> {
        let mut all = Vec::new();
        while self.turns(now) {
            let end = self.turn_ends;
            self.turn_ends += *self.file.period;
            let off = self.file.is_off(end, self.start);
            let plots = if off { Vec::new() } else { self.look(now, end, echoes) };
            for said in self.tracker.turn(&plots, end) {
                ledger.note(me, said.number, said.source, said.time);
                if said.status == Status::Lost {
                    ledger.close(me, said.number);
                }
                if !off {
                    lines.push((end, sentence::line(&self.file, &said)));
                }
            }
            all.extend(plots);
        }
        all
    }

    /// Returns the plots of the revolution that ends at `end`.
    fn look(&mut self, now: Time, end: Time, echoes: &[Echo]) -> Vec<Plot> {
        let site = self.file.position.0;
        let mut hits = Vec::new();
        for echo in echoes {
            // Far out of range: not worth an arc tangent.
            let away = site.metres_to(echo.motion.place);
            if away > self.file.range.m() + 2000.0 {
                continue;
            }
            let time = self.passes(site.bearing_to(echo.motion.place), end);
            let mut at = echo.motion.ahead((time - now).secs());
            if echo.jitter_m > 0.0 {
                let (east, north) = (self.chance.normal(), self.chance.normal());
                at = at.moved(east * echo.jitter_m, north * echo.jitter_m);
            }
            let (range_m, bearing_deg) = (site.metres_to(at), site.bearing_to(at));
            let truth = Hit { source: echo.source, range_m, bearing_deg, signal: 0.0, time };
            self.ghost(echo, truth, &mut hits);
            self.see(truth, echo, &mut hits);
        }
        self.sea.step(end, &mut self.chance, |chance, range_m, bearing_deg, source| {
            let covered = self.file.covers(range_m, bearing_deg);
            let time = passes(bearing_deg, end, *self.file.period);
            let signal = chance.between(15.0, 60.0);
            hits.extend(covered.then_some(Hit { source, range_m, bearing_deg, signal, time }));
        });
        merge(&self.file, hits, &mut self.chance)
    }

    fn see(&mut self, hit: Hit, echo: &Echo, hits: &mut Vec<Hit>) {
        if !self.file.covers(hit.range_m, hit.bearing_deg) {
            return;
        }
        let signal = self.file.signal(hit.range_m, echo.length_m, echo.height_m) * echo.clear;
        if self.chance.happens(detection(signal)) {
            hits.push(Hit { signal, ..hit });
        }
    }

    fn ghost(&mut self, echo: &Echo, of: Hit, hits: &mut Vec<Hit>) {
        let Some(ghost) = ghosts::ghost(&self.file, self.haunt, echo, of) else { return };
        if self.file.covers(ghost.range_m, ghost.bearing_deg) && self.chance.happens(detection(ghost.signal))
        {
            hits.push(ghost);
        }
    }

    fn passes(&self, bearing_deg: f64, end: Time) -> Time {
        passes(bearing_deg, end, *self.file.period)
    }
}

/// Returns the time when the beam passed a bearing, in the scan from north to north that ends at `end`.
fn passes(bearing_deg: f64, end: Time, period: Span) -> Time {
    end - Span((period.0 as f64 * (1.0 - bearing_deg / 360.0)) as i64)
}
