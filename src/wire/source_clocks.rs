//! Clocks of sources against arrival: a clock that is behind is told from reports that are late.
//!
//! A source time far behind arrival has one of two causes. Either the clock of the source is wrong (a GPS receiver that missed
//! the rollover of its week counter, local time in `ZDA`, a computer that has just started), or the report waited on its way
//! (a link that was down, a satellite). The course of the times tells which:
//!
//! | course | cause | report time |
//! | --- | --- | --- |
//! | the times go on from the last right one, and catch up with arrival | reports waited | their own |
//! | the times keep their distance to arrival | the clock is behind | arrival |
//! | the distance changes from report to report | each report waits in its own way | their own |
//!
//! Until the course is known, a source that has never told a right time is taken to have a wrong clock.

use serde::{Deserialize, Serialize};

use super::stations::Name;
use crate::model::{Span, Time};

/// Limit of how far a source time may be behind arrival without a look at its clock: networks of receivers deliver within it.
pub const BEHIND_MAX: Span = Span::from_secs(120);
/// Limit of the age of a report whose source is known to be late: satellites deliver within a day.
const LATE_MAX: Span = Span::from_secs(2 * 86_400);
/// Limit of how far the distance to arrival may vary while a wrong clock runs.
const STEADY_WITHIN: Span = Span::from_secs(10);
/// Time that a run must last to show that times keep their distance.
const STEADY_FOR: Span = Span::from_secs(30);
/// Number of times in a row that show it.
const STEADY_TIMES: u32 = 3;
/// Number of changes of the distance that show a source whose reports wait.
const CHANGES: u8 = 3;
/// Limit of clocks for one topic; a new one replaces the one silent for longest.
const CLOCKS_MAX: usize = 64;

/// Known behaviour of a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Course {
    /// No right time has come, and nothing shows that reports wait.
    #[default]
    Unknown,
    /// The last times were right, or go on from a right one.
    Right,
    /// The times are behind and keep their distance.
    Behind,
    /// The distance changes: reports wait.
    Late,
}

/// Clock of one station of a topic; the empty name stands for the topic's own source.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct SourceClock {
    name: Name,
    course: Course,
    /// Newest own time that was believed.
    newest: Time,
    /// Arrival of the last time.
    heard: Time,
    /// Own time and arrival at the start of the run in which the distance is steady, and the number of times in it.
    run: Option<(Time, Time, u32)>,
    /// Number of changes of the distance.
    changes: u8,
}

impl SourceClock {
    fn new(name: &[u8]) -> SourceClock {
        SourceClock {
            name: Name::new(name),
            course: Course::Unknown,
            newest: Time::NEVER,
            heard: Time::NEVER,
            run: None,
            changes: 0,
        }
    }

    /// Takes a time that is not far behind into account.
    #[inline]
    fn note_right(&mut self, own: Time, at: Time) {
        (self.course, self.heard) = (Course::Right, at);
        self.newest = self.newest.max(own);
        if self.run.is_some() {
            (self.run, self.changes) = (None, 0);
        }
    }

    /// Returns whether a time that is far behind arrival is believed.
    #[cold]
    fn believes(&mut self, own: Time, at: Time) -> bool {
        self.heard = at;
        let (count, lasted) = self.follow(own, at);
        let in_reach = at - own <= LATE_MAX;
        match self.course {
            Course::Right if own >= self.newest - STEADY_WITHIN => {
                // What waited goes on from the last right time; so does a clock that stood still while it was off.
                if count >= STEADY_TIMES && lasted >= STEADY_FOR {
                    self.course = Course::Behind;
                    return false;
                }
                self.newest = self.newest.max(own);
                true
            }
            Course::Right if count < STEADY_TIMES => in_reach,
            Course::Right => {
                self.course = Course::Behind;
                false
            }
            Course::Unknown | Course::Behind if self.changes >= CHANGES => {
                self.course = Course::Late;
                in_reach
            }
            Course::Unknown | Course::Behind => false,
            Course::Late if count >= 10 * STEADY_TIMES && lasted >= STEADY_FOR => {
                self.course = Course::Behind;
                false
            }
            Course::Late => in_reach,
        }
    }

    /// Follows the distance to arrival. Returns how many times in a row kept it, and for how long.
    fn follow(&mut self, own: Time, at: Time) -> (u32, Span) {
        let Some((own_before, at_before, count)) = self.run else {
            self.run = Some((own, at, 1));
            return (1, Span::ZERO);
        };
        let drift = (own - own_before).0 - (at - at_before).0;
        if drift.abs() > STEADY_WITHIN.0 {
            self.run = Some((own, at, 1));
            self.changes = self.changes.saturating_add(1);
            return (1, Span::ZERO);
        }
        self.run = Some((own_before, at_before, count.saturating_add(1)));
        let lasted = at - at_before;
        if lasted >= STEADY_FOR {
            self.changes = 0;
        }
        (count.saturating_add(1), lasted)
    }
}

/// Clocks of the stations of one topic; bounded.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SourceClocks {
    clocks: Vec<SourceClock>,
    /// Place of the clock that was looked up last.
    last: usize,
}

impl SourceClocks {
    /// Returns whether a time that a station told is believed, where it is not ahead of arrival.
    #[inline]
    pub fn believes(&mut self, name: &[u8], own: Time, at: Time) -> bool {
        let known = self.clocks.get(self.last).is_some_and(|clock| clock.name.as_str().as_bytes() == name);
        if !known {
            self.last = self.place_of(name);
        }
        let Some(clock) = self.clocks.get_mut(self.last) else { return true };
        if at - own <= BEHIND_MAX {
            clock.note_right(own, at);
            return true;
        }
        clock.believes(own, at)
    }

    /// Returns the place of the clock of a station, a new one where there is none.
    fn place_of(&mut self, name: &[u8]) -> usize {
        let name = &name[..name.len().min(super::STATION_NAME_MAX)];
        if let Some(place) = self.clocks.iter().position(|clock| clock.name.as_str().as_bytes() == name) {
            return place;
        }
        if self.clocks.len() < CLOCKS_MAX {
            self.clocks.push(SourceClock::new(name));
            return self.clocks.len() - 1;
        }
        let oldest = self.clocks.iter().enumerate().min_by_key(|(_, clock)| clock.heard);
        let place = oldest.map_or(0, |(place, _)| place);
        self.clocks[place] = SourceClock::new(name);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    /// Returns which of the times are believed; each comes with its arrival, in milliseconds.
    fn believed(told: impl IntoIterator<Item = (i64, i64)>) -> Vec<bool> {
        let mut clocks = SourceClocks::default();
        told.into_iter().map(|(own, at)| clocks.believes(b"", Time(own), Time(at))).collect()
    }

    #[test]
    fn a_clock_that_is_behind_from_the_start_is_never_believed() {
        for behind in [5 * 60_000, HOUR, 4 * HOUR, 24 * HOUR, 1024 * 7 * 24 * HOUR] {
            let told = (0..200).map(|n| (n * 10_000 + n % 7 * 300, behind + n * 10_000));
            assert!(believed(told).iter().all(|believed| !believed), "{behind} ms");
        }
    }

    #[test]
    fn what_waited_on_a_link_is_believed_and_so_is_what_follows() {
        let before = (0..10).map(|n| (n * 10_000, n * 10_000 + 500));
        // An hour's reports come within a minute.
        let waited = (10..370).map(|n| (n * 10_000, HOUR + 100_000 + n * 160));
        let after = (371..400).map(|n| (n * 10_000, n * 10_000 + 500));
        assert!(believed(before.chain(waited).chain(after)).iter().all(|believed| *believed));
    }

    #[test]
    fn a_clock_that_steps_back_is_believed_twice_at_most() {
        let before = (0..10).map(|n| (n * 10_000, n * 10_000));
        let behind = (10..200).map(|n| (n * 10_000 - 2 * HOUR, n * 10_000));
        let after = (200..210).map(|n| (n * 10_000, n * 10_000));
        let found = believed(before.chain(behind).chain(after));
        assert_eq!(found.iter().filter(|believed| !**believed).count(), 188);
        assert!(found[..10].iter().chain(&found[200..]).all(|believed| *believed));
    }

    #[test]
    fn a_clock_that_stood_still_while_it_was_off_is_not_believed_for_long() {
        let before = (0..10).map(|n| (n * 10_000, n * 10_000));
        let behind = (10..200).map(|n| (n * 10_000, n * 10_000 + HOUR));
        let found = believed(before.chain(behind));
        assert_eq!(found.iter().filter(|believed| **believed).count(), 10 + 3);
    }

    #[test]
    fn a_service_whose_reports_wait_in_their_own_ways_is_believed_soon_up_to_two_days() {
        let told = (0..50).map(|n: i64| (n * 60_000 - n * 7919 % 40 * 60_000, HOUR + n * 60_000));
        let found = believed(told);
        assert_eq!(found.iter().filter(|believed| !**believed).count(), 3);
        let old = believed((0..50).map(|n: i64| (n * 7919 % 40 * 60_000, 50 * HOUR + n * 60_000)));
        assert!(old.iter().all(|believed| !believed));
    }

    #[test]
    fn a_single_late_report_among_right_ones_is_believed() {
        let told = (0..20).map(|n| (n * 10_000 - if n % 5 == 4 { 600_000 } else { 0 }, n * 10_000));
        assert!(believed(told).iter().all(|believed| *believed));
    }

    #[test]
    fn each_station_has_a_clock_of_its_own_and_their_number_is_bounded() {
        let mut clocks = SourceClocks::default();
        for n in 0..20 {
            assert!(clocks.believes(b"right", Time(n * 10_000), Time(n * 10_000)));
            assert!(!clocks.believes(b"behind", Time(n * 10_000 - HOUR), Time(n * 10_000)));
        }
        for n in 0..500_u32 {
            clocks.believes(n.to_string().as_bytes(), Time(0), Time(0));
        }
        assert_eq!(clocks.clocks.len(), CLOCKS_MAX);
    }
}
