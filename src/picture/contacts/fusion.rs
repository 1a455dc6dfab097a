//! A track that radars feed, with or without AIS: one estimate from all of them, late words in their place.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::filter::{Filter, Measure};
use crate::model::{Mmsi, SensorTrackId, Span, Time};
use crate::picture::Fix;

/// So many measurements back a late one still finds its place …
const RECENT: usize = 12;
/// … if it is no older than this.
const LATE_MOST: Span = Span::from_secs(60);
/// A measurement this far from the estimate, by its squared distance, is not of this craft: not taken.
const NOT_THIS: f64 = 40.0;
/// So many newer ones in a row that are not taken, and it is the estimate that is wrong: a hard turn, an echo lost in another.
const ASTRAY: u8 = 4;

/// The one estimate of a fused track.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fusion {
    filter: Filter,
    /// The newest measurements, oldest first, and the estimate before each.
    recent: VecDeque<(Measure, Filter)>,
    /// The sightings that feed it, by place.
    pub(super) members: Vec<SensorTrackId>,
    /// What AIS said last, if it is on AIS.
    pub ais: Option<Fix>,
    /// Who it was, if radars alone see it since it parted from a track on AIS, and when it did.
    pub formerly: Option<(Mmsi, Time)>,
    /// What the radar that saw it last can tell apart there, metres.
    pub cell_m: f64,
    /// How it jumped about when the last radar lost it.
    pub(super) unsteadiness: f64,
    /// Measurements refused as not of this craft.
    pub refused: u32,
    /// And newer ones in a row.
    in_a_row: u8,
}

/// What a measurement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    /// The estimate is newer.
    Newer,
    /// The estimate is better, not newer.
    InPlace,
    /// Not taken.
    Refused,
}

impl Fusion {
    pub(super) fn new(filter: Filter, member: SensorTrackId, ais: Option<Fix>) -> Fusion {
        Fusion {
            filter,
            recent: VecDeque::with_capacity(RECENT),
            members: vec![member],
            ais,
            formerly: None,
            cell_m: 0.0,
            unsteadiness: 0.0,
            refused: 0,
            in_a_row: 0,
        }
    }

    /// The estimate.
    pub fn estimate(&self) -> &Filter {
        &self.filter
    }

    /// When it was measured last.
    pub fn time(&self) -> Time {
        self.filter.time
    }

    /// Takes a measurement; a late one is put where it belongs and what followed is worked out again.
    pub fn take(&mut self, m: &Measure) -> Took {
        if m.time >= self.filter.time {
            if self.filter.distance2(m) > NOT_THIS {
                self.refused += 1;
                self.in_a_row = self.in_a_row.saturating_add(1);
                return Took::Refused;
            }
            self.in_a_row = 0;
            self.keep(*m);
            return Took::Newer;
        }
        let at = self.recent.partition_point(|(old, _)| old.time <= m.time);
        let Some(&(_, before)) = self.recent.get(at) else { return Took::Refused };
        let in_place = at > 0 || before.time <= m.time;
        if !in_place || self.filter.time - m.time > LATE_MOST || before.distance2(m) > NOT_THIS {
            self.refused += 1;
            return Took::Refused;
        }
        let mut again = [None; RECENT];
        let count = self.recent.len() - at;
        for (id, (old, _)) in again.iter_mut().zip(self.recent.drain(at..)) {
            *id = Some(old);
        }
        self.filter = before;
        self.keep(*m);
        for old in again.into_iter().take(count).flatten() {
            self.keep(old);
        }
        Took::InPlace
    }

    /// Whether nothing new is taken any more.
    pub(super) fn is_astray(&self) -> bool {
        self.in_a_row >= ASTRAY
    }

    /// The estimate is what one sensor makes of it from here on.
    pub(super) fn begin_anew(&mut self, filter: Filter) {
        (self.filter, self.in_a_row) = (filter, 0);
        self.recent.clear();
    }

    fn keep(&mut self, m: Measure) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((m, self.filter));
        self.filter.take(&m);
    }
}

#[cfg(test)]
mod tests {
    use super::super::mat2::Mat2;
    use super::*;
    use crate::geodesy;
    use crate::model::Position;

    fn measure(secs: i64) -> Measure {
        let jitter = if secs % 2 == 0 { 25.0 } else { -25.0 };
        let start = Position::new(-59.5, 13.0).unwrap();
        Measure {
            time: Time::from_secs(1_000_000 + secs),
            position: geodesy::moved_m(start, [8.0 * secs as f64, jitter]),
            variance: Mat2::round(900.0),
            velocity: None,
        }
    }

    fn taken(order: &[i64]) -> Fusion {
        let mut fusion =
            Fusion::new(Filter::new(&measure(0), None, &super::super::motion::SEA), SensorTrackId(0), None);
        order.iter().for_each(|&secs| assert_ne!(fusion.take(&measure(secs)), Took::Refused, "{secs}"));
        fusion
    }

    #[test]
    fn late_words_give_what_timely_ones_give() {
        let timely = taken(&[3, 6, 9, 12, 15, 18]);
        for order in [[3, 9, 6, 12, 15, 18], [3, 6, 12, 15, 18, 9], [6, 9, 12, 15, 18, 3]] {
            let late = taken(&order);
            assert_eq!(late.estimate(), timely.estimate(), "{order:?}");
        }
    }

    #[test]
    fn too_late_or_too_far_is_refused_and_counted() {
        let mut fusion = taken(&(1..40).collect::<Vec<i64>>());
        let before = *fusion.estimate();
        assert_eq!(fusion.take(&measure(2)), Took::Refused, "beyond what is remembered");
        let mut far = measure(41);
        far.position = geodesy::moved_m(far.position, [0.0, 3000.0]);
        assert_eq!(fusion.take(&far), Took::Refused);
        assert_eq!((*fusion.estimate(), fusion.refused), (before, 2));
    }

    #[test]
    fn an_estimate_that_takes_nothing_any_more_begins_anew() {
        let mut fusion = taken(&(1..40).collect::<Vec<i64>>());
        let beside = |secs: i64| Measure {
            position: geodesy::moved_m(measure(40).position, [0.0, 1500.0]),
            ..measure(secs)
        };
        for secs in 41..44 {
            assert_eq!(fusion.take(&beside(secs)), Took::Refused);
            assert!(!fusion.is_astray());
        }
        assert_eq!((fusion.take(&beside(44)), fusion.is_astray()), (Took::Refused, true));
        fusion.begin_anew(Filter::new(&beside(44), None, &super::super::motion::SEA));
        assert_eq!((fusion.take(&beside(45)), fusion.is_astray()), (Took::Newer, false));
        let one_off = beside(46);
        let far = Measure { position: geodesy::moved_m(one_off.position, [0.0, 3000.0]), ..one_off };
        assert_eq!(fusion.take(&far), Took::Refused, "one alone is no new way");
        assert_eq!((fusion.take(&beside(47)), fusion.is_astray()), (Took::Newer, false));
    }
}
