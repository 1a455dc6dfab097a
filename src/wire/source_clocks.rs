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
//! | a receiver's clock (`RMC`, `ZDA`) tells one time again over 5 s later | the clock has stopped | arrival, at once |
//! | the distance changes from report to report | each report waits in its own way | their own |
//!
//! Until the course is known, a source that has never told a right time is taken to have a wrong clock. After a right time
//! neither is taken: a vessel would leap by either, so that the few reports until then have no time.

use serde::{Deserialize, Serialize};

use super::stations::{Name, STATIONS_MAX};
use crate::model::{Span, Time};
use rustc_hash::FxHashMap;

/// Limit of how far a source time may be behind arrival without a look at its clock: networks of receivers deliver within it.
pub const BEHIND_MAX: Span = Span::from_secs(120);
/// Limit of the age of a report whose source is known to be late: satellites deliver within a day.
const LATE_MAX: Span = Span::from_secs(2 * 86_400);
/// Limit of how far the distance to arrival may vary while a wrong clock runs.
const STEADY_WITHIN: Span = Span::from_secs(10);
/// Time that a run must last to show that times keep their distance.
const STEADY_FOR: Span = Span::from_secs(30);
/// Time for which a receiver's clock must stand still to have stopped: the sentences of one moment come together.
const STOPPED_AFTER: Span = Span::from_secs(5);
/// Number of times in a row that show it.
const STEADY_TIMES: u32 = 3;
/// Number of changes of the distance that show a source whose reports wait.
const CHANGES: u8 = 3;
/// Time by which the distance to arrival must shrink to show that reports waited: a receiver that has just started sends on
/// what it heard before it was connected, which is less.
const CAUGHT_UP: Span = Span::from_secs(20);
/// Limit of clocks for one topic: one for each station that there may be, and one for the topic. A new one replaces the one silent
/// for longest.
const CLOCKS_MAX: usize = STATIONS_MAX + 1;

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

/// Time that counts for a report whose source told one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// The time that the source told.
    Own,
    /// The arrival: the clock of the source is behind.
    Arrival,
    /// Neither: the report waited, or the clock is behind, and nothing shows which.
    Unsure,
}

/// Clock of one station of a topic; the empty name stands for the topic's own source.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct SourceClock {
    name: Name,
    course: Course,
    /// Newest own time that was believed.
    newest: Time,
    /// Arrival of the last time, the newest one told again left out.
    heard: Time,
    /// Own time and arrival at the start of the run in which the distance is steady, and the number of times in it.
    run: Option<(Time, Time, u32)>,
    /// Number of changes of the distance.
    changes: u8,
    /// Distance to arrival of the first of the times far behind since the last right one.
    first_distance: Option<Span>,
}

impl SourceClock {
    fn new(name: Name) -> SourceClock {
        SourceClock {
            name,
            course: Course::Unknown,
            newest: Time::NEVER,
            heard: Time::NEVER,
            run: None,
            changes: 0,
            first_distance: None,
        }
    }

    /// Returns whether a receiver's clock stands still: it tells the newest time again, long after. A message that does so may be
    /// that message once more.
    #[inline]
    fn stands_still(&self, own: Time, at: Time, is_held: bool) -> bool {
        is_held && own == self.newest && at - self.heard >= STOPPED_AFTER
    }

    /// Takes a time that is not far behind into account.
    #[inline]
    fn note_right(&mut self, own: Time, at: Time) {
        self.course = Course::Right;
        if own != self.newest {
            self.heard = at;
        }
        self.newest = self.newest.max(own);
        if let Some((_, _, count)) = self.run.take() {
            // A late time or two between right ones are those of reports that waited.
            self.changes = if count < STEADY_TIMES { self.changes.saturating_add(1) } else { 0 };
            self.first_distance = None;
        }
    }

    /// Returns which time counts where the source told one that is far behind arrival.
    #[cold]
    fn weigh(&mut self, own: Time, at: Time, is_held: bool) -> Trust {
        self.heard = at;
        let distance = at - own;
        let shrunk = Span(self.first_distance.get_or_insert(distance).0 - distance.0);
        let (count, lasted) = self.follow(own, at, is_held);
        let is_steady = count >= STEADY_TIMES && lasted >= STEADY_FOR;
        let of_late = if distance <= LATE_MAX { Trust::Own } else { Trust::Arrival };
        let goes_on = own >= self.newest - STEADY_WITHIN;
        let (course, trust) = match self.course {
            Course::Unknown | Course::Behind if self.changes >= CHANGES => (Course::Late, of_late),
            Course::Unknown | Course::Behind => (self.course, Trust::Arrival),
            Course::Right if is_steady => (Course::Behind, Trust::Arrival),
            // What waited goes on from the last right time; so does a clock that stood still while it was off.
            Course::Right if goes_on && shrunk >= CAUGHT_UP => (Course::Late, of_late),
            Course::Right if self.changes >= CHANGES => (Course::Right, of_late),
            Course::Right => (Course::Right, Trust::Unsure),
            Course::Late if is_steady && count >= 10 * STEADY_TIMES => (Course::Behind, Trust::Arrival),
            Course::Late => (Course::Late, of_late),
        };
        self.course = course;
        trust
    }

    /// Follows the distance to arrival. Returns how many times in a row kept it, and for how long.
    fn follow(&mut self, own: Time, at: Time, is_held: bool) -> (u32, Span) {
        let Some((own_before, at_before, count)) = self.run else {
            self.run = Some((own, at, 1));
            return (1, Span::ZERO);
        };
        let drift = (own - own_before).0 - (at - at_before).0;
        // A clock that has stood still from the start; see `stands_still`.
        let has_stopped = is_held && own == own_before;
        if drift.abs() > STEADY_WITHIN.0 && !has_stopped {
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
    /// Place of the clock of each name; made anew from the clocks.
    #[serde(skip)]
    places: FxHashMap<Name, usize>,
    /// Place of the clock that was looked up last.
    last: usize,
    /// True where the time that a line told for those after it may be that of a clock that is behind.
    pub held_is_unsure: bool,
}

impl SourceClocks {
    /// Returns which time counts where a station told one that is not ahead of arrival, in a message (`is_held` false) or for
    /// the messages after it.
    #[inline]
    pub fn weigh(&mut self, name: &[u8], own: Time, at: Time, is_held: bool) -> Trust {
        let known = self.clocks.get(self.last).is_some_and(|clock| clock.name.as_bytes() == name);
        if !known {
            self.last = self.place_of(name);
        }
        let Some(clock) = self.clocks.get_mut(self.last) else { return Trust::Own };
        if clock.stands_still(own, at, is_held) {
            clock.course = Course::Behind;
            return Trust::Arrival;
        }
        if at - own <= BEHIND_MAX {
            clock.note_right(own, at);
            return Trust::Own;
        }
        clock.weigh(own, at, is_held)
    }

    /// Returns the place of the clock of a station, a new one where there is none.
    fn place_of(&mut self, name: &[u8]) -> usize {
        let name = Name::new(&name[..name.len().min(super::STATION_NAME_MAX)]);
        if self.places.len() != self.clocks.len() {
            self.places = self.clocks.iter().enumerate().map(|(place, clock)| (clock.name, place)).collect();
        }
        if let Some(place) = self.places.get(&name) {
            return *place;
        }
        let place = match self.clocks.len() < CLOCKS_MAX {
            true => self.clocks.len(),
            false => {
                let oldest = self.clocks.iter().enumerate().min_by_key(|(_, clock)| clock.heard);
                oldest.map_or(0, |(place, _)| place)
            }
        };
        let clock = SourceClock::new(name);
        match self.clocks.get_mut(place) {
            Some(old) => {
                self.places.remove(&old.name);
                *old = clock;
            }
            None => self.clocks.push(clock),
        }
        self.places.insert(name, place);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    /// Returns which time counts for each of the times; each comes with its arrival, in milliseconds.
    fn weighed(told: impl IntoIterator<Item = (i64, i64)>) -> Vec<Trust> {
        let mut clocks = SourceClocks::default();
        told.into_iter().map(|(own, at)| clocks.weigh(b"", Time(own), Time(at), false)).collect()
    }

    /// Returns how many of the times count themselves, give way to arrival, and are unsure.
    fn counted(found: &[Trust]) -> [usize; 3] {
        [Trust::Own, Trust::Arrival, Trust::Unsure].map(|kind| found.iter().filter(|of| **of == kind).count())
    }

    #[test]
    fn a_clock_that_stops_gives_way_to_arrival_and_a_message_that_comes_again_does_not() {
        let times = |is_held, late: i64| {
            let mut clocks = SourceClocks::default();
            let told = (0..60).map(|n: i64| (n.min(6) * 10_000, n * 10_000 + late));
            told.map(|(own, at)| clocks.weigh(b"", Time(own), Time(at), is_held)).collect::<Vec<_>>()
        };
        // The second telling of a time ten seconds after the first shows it.
        let stopped = times(true, 0);
        assert_eq!((counted(&stopped), stopped[7]), ([7, 53, 0], Trust::Arrival));
        assert_eq!(counted(&times(true, HOUR)), [0, 60, 0], "behind from the start");
        let again = times(false, 0);
        assert!(!again.contains(&Trust::Arrival), "{again:?}");
    }

    /// The sentences of one moment come together, and a receiver that told the wrong time for a while is believed again.
    #[test]
    fn sentences_of_one_moment_are_no_stopped_clock_and_one_that_goes_on_is_right_again() {
        let mut clocks = SourceClocks::default();
        let mut told = |own, at| clocks.weigh(b"", Time(own), Time(at), true);
        assert!((0..60).all(|n: i64| told(n / 4 * 1_000, n * 250) == Trust::Own));
        assert_eq!([told(14_000, 20_000), told(14_000, 30_000)], [Trust::Arrival; 2]);
        assert_eq!(told(31_000, 31_000), Trust::Own);
    }

    #[test]
    fn a_clock_that_is_behind_from_the_start_is_never_believed() {
        for behind in [5 * 60_000, HOUR, 4 * HOUR, 24 * HOUR, 1024 * 7 * 24 * HOUR] {
            let told = (0..200).map(|n| (n * 10_000 + n % 7 * 300, behind + n * 10_000));
            assert_eq!(counted(&weighed(told)), [0, 200, 0], "{behind} ms");
        }
    }

    #[test]
    fn what_waited_on_a_link_is_believed_and_so_is_what_follows() {
        let before = (0..10).map(|n| (n * 10_000, n * 10_000 + 500));
        // An hour's reports come within a minute.
        let waited = (10..370).map(|n| (n * 10_000, HOUR + 100_000 + n * 160));
        let after = (371..400).map(|n| (n * 10_000, n * 10_000 + 500));
        let found = weighed(before.chain(waited).chain(after));
        assert_eq!(counted(&found), [399 - 3, 0, 3]);
        assert_eq!(found[10..13], [Trust::Unsure; 3]);
    }

    /// A clock that is set back, or that stood still while it was off, is never believed, however few reports come.
    #[test]
    fn a_clock_that_falls_behind_is_never_believed() {
        for (every, off) in [(100, 0), (2_000, 0), (10_000, 20 * 60_000), (45_000, 0), (300_000, HOUR)] {
            for behind in [off.max(5 * 60_000), 30 * 60_000, 4 * HOUR, 24 * HOUR] {
                let before = (0..20).map(|n| (n * every, n * every));
                let wrong = (20..2000).map(|n| (n * every + off - behind, n * every + off));
                let after = (2000..2010).map(|n| (n * every + off, n * every + off));
                let found = weighed(before.chain(wrong).chain(after));
                let [own, arrival, unsure] = counted(&found);
                assert_eq!((own, arrival + unsure), (30, 1980), "{every} ms, {behind} ms behind");
                assert!(unsure <= 301.min(30_000 / every as usize + 3).max(2), "{every} ms: {unsure}");
            }
        }
    }

    /// A receiver that has started hears for a while before it is connected, and then sends that on at once.
    #[test]
    fn what_a_receiver_heard_before_it_was_connected_is_no_catching_up() {
        let before = (0..20).map(|n| (n * 1_000, n * 1_000));
        let wrong = (20..600).map(|n| (n * 1_000, HOUR + n.max(35) * 1_000));
        let [own, arrival, unsure] = counted(&weighed(before.chain(wrong)));
        assert_eq!((own, unsure < 60), (20, true), "{arrival} {unsure}");
    }

    #[test]
    fn a_service_whose_reports_wait_in_their_own_ways_is_believed_soon_up_to_two_days() {
        let told = (0..50).map(|n: i64| (n * 60_000 - n * 7919 % 40 * 60_000, HOUR + n * 60_000));
        assert_eq!(counted(&weighed(told)), [47, 3, 0]);
        let old = weighed((0..50).map(|n: i64| (n * 7919 % 40 * 60_000, 50 * HOUR + n * 60_000)));
        assert_eq!(counted(&old), [0, 50, 0]);
    }

    #[test]
    fn late_reports_among_right_ones_are_believed_from_the_fourth_on() {
        let told = (0..50).map(|n| (n * 10_000 - if n % 5 == 4 { 600_000 } else { 0 }, n * 10_000));
        let found = weighed(told);
        assert_eq!(counted(&found), [47, 0, 3]);
        assert!([4, 9, 14].iter().all(|n| found[*n] == Trust::Unsure));
    }

    #[test]
    fn each_station_has_a_clock_of_its_own_and_their_number_is_bounded() {
        let mut clocks = SourceClocks::default();
        for n in 0..20 {
            assert_eq!(clocks.weigh(b"right", Time(n * 10_000), Time(n * 10_000), false), Trust::Own);
            let behind = clocks.weigh(b"behind", Time(n * 10_000 - HOUR), Time(n * 10_000), false);
            assert_eq!(behind, Trust::Arrival);
        }
        for n in 0..4000_u32 {
            clocks.weigh(n.to_string().as_bytes(), Time(0), Time(0), false);
        }
        let kept = clocks.weigh(b"behind", Time(200_000 - HOUR), Time(200_000), false);
        assert_eq!(kept, Trust::Arrival, "as many stations as there may be do not push it out");
        for n in 0..9000_u32 {
            clocks.weigh(n.to_string().as_bytes(), Time(300_000), Time(300_000), false);
        }
        assert_eq!((clocks.clocks.len(), clocks.places.len()), (CLOCKS_MAX, CLOCKS_MAX));
    }
}
