//! The vessels near one that moves: found once, for all rules that ask who is near.

use super::Gate;
use super::company::Support;
use crate::geodesy;
use crate::model::{Span, Time, TrackId};
use crate::picture::{Grid, Picture};
use crate::tracking::resolution;

/// Bounds of the side of a cell, degrees. It is about twice the least distance within which rules ask: so many metres of that make a
/// degree. With the picture's cells of 3 nm the crowded anchorage of `benches/engine` took 1.9 times as long as with a grid for each
/// rule, with these it takes 1.2 times as long; a fleet of 10,000 takes 0.8 times as long.
const LEAST_CELL_DEG: f64 = 0.003;
const MOST_CELL_DEG: f64 = 0.5;
const CELL_M_PER_DEG: f64 = 60_000.0;
/// Interval at which a vessel looks round.
const EVERY: Span = Span::from_secs(30);

/// A vessel near another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// The vessel.
    pub id: TrackId,
    /// Distance to it, metres.
    pub apart_m: f64,
    /// Whether something supports it besides its own messages of the moment.
    pub is_supported: bool,
}

/// Time at which a track looked round last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastRound(u32);

impl LastRound {
    /// Returns the time of a saved number.
    pub const fn of_bits(bits: u32) -> LastRound {
        LastRound(bits)
    }

    /// Returns the time as a number, to be saved: 0 for never, else milliseconds, of which four bytes hold 49 days.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Looks round now, if it is time to. Returns whether it is.
    pub fn look_round(&mut self, now: Time) -> bool {
        let now_ms = (now.0 as u32).max(1);
        let is_due = self.0 == 0 || i64::from(now_ms.wrapping_sub(self.0)) >= EVERY.0;
        if is_due {
            self.0 = now_ms;
        }
        is_due
    }
}

/// The vessels in cells of about the size that rules ask for, and the last answer.
#[derive(Debug)]
pub struct Surroundings {
    grid: Grid,
    /// Whether any rule asks who is near.
    is_asked: bool,
    /// The track that looked round last, and when.
    of: Option<(TrackId, Time)>,
    /// How far it looked, metres.
    reach_m: f64,
    found: Vec<Neighbour>,
    gone: Vec<TrackId>,
}

impl Surroundings {
    /// Returns the surroundings for rules with these gates.
    pub fn new(gates: impl Iterator<Item = Gate>) -> Surroundings {
        let distances = gates.filter_map(|gate| match gate {
            Gate::Near { within_m, .. } => Some(within_m),
            _ => None,
        });
        let least_m = distances.reduce(f64::min);
        let cell_deg = least_m.map_or(MOST_CELL_DEG, |least_m| least_m / CELL_M_PER_DEG);
        Surroundings {
            grid: Grid::new(cell_deg.clamp(LEAST_CELL_DEG, MOST_CELL_DEG)),
            is_asked: least_m.is_some(),
            of: None,
            reach_m: 0.0,
            found: Vec::new(),
            gone: Vec::new(),
        }
    }

    /// Puts a vessel where it is now.
    pub fn place(&mut self, picture: &Picture, id: TrackId) {
        let track = picture.track(id);
        if self.is_asked && track.is_vessel() && track.located() {
            self.grid.place(id, track.fix.position);
        }
    }

    /// Returns what is to be saved of them.
    pub fn saved(&self) -> &Grid {
        &self.grid
    }

    /// Restores what [`Surroundings::saved`] returned, where the rules ask for the same distances; without it the vessels are put where
    /// they are.
    pub fn restore(&mut self, saved: Option<Grid>, picture: &Picture) {
        match saved.filter(|saved| saved.cell_deg() == self.grid.cell_deg()) {
            Some(grid) => self.grid = grid,
            None => picture.ids().for_each(|id| self.place(picture, id)),
        }
    }

    /// Returns the vessels near a track: all within a distance, or what radars cannot tell apart where that is more, and some beyond.
    pub fn of(&mut self, picture: &Picture, id: TrackId, now: Time, reach_m: f64) -> &[Neighbour] {
        if self.of != Some((id, now)) || self.reach_m < reach_m {
            (self.of, self.reach_m) = (Some((id, now)), reach_m);
            self.find(picture, id, now);
        }
        &self.found
    }

    fn find(&mut self, picture: &Picture, id: TrackId, now: Time) {
        let Surroundings { grid, found, gone, .. } = self;
        found.clear();
        let at = picture.track(id).fix.position;
        let reach_m = self.reach_m.max(cells_m(picture, id));
        let mut support = None;
        grid.near(at, reach_m, |other| {
            match picture.get(other) {
                None => gone.push(other),
                Some(track) if other != id => {
                    let apart_m = geodesy::distance_m(at, track.fix.position);
                    if apart_m <= reach_m {
                        let support = support.get_or_insert_with(|| Support::at(picture, at, now));
                        let is_supported = support.has(picture, other, now);
                        found.push(Neighbour { id: other, apart_m, is_supported });
                    }
                }
                Some(_) => {}
            }
            true
        });
        gone.drain(..).for_each(|other| grid.remove(other));
    }
}

/// Returns the distance within which two of a radar's echoes may be one, metres; 0 where no radar sees the track.
pub fn cells_m(picture: &Picture, id: TrackId) -> f64 {
    2.0 * resolution::cell_m(&picture.sensors, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_looks_round_twice_a_minute() {
        let mut last = LastRound::default();
        let at = |ms: i64| Time::from_secs(1_780_000_000) + Span(ms);
        let due: Vec<bool> =
            [0, 10_000, 29_999, 30_000, 59_999, 61_000].map(|ms| last.look_round(at(ms))).to_vec();
        assert_eq!(due, [true, false, false, true, false, true]);
        assert!(last.look_round(at(0)), "a time before the last look is another recording's");
    }
}
