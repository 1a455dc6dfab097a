//! The only wall clock of the program: stamps what arrives, and serves the health of feeds.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::model::{Span, Time};

/// Stamps arrivals in UTC nanoseconds since the Unix epoch, strictly increasing whatever the system's clock does.
///
/// Where the system's clock is behind the last stamp, because it was set back, stamps go on by the monotonic clock, at nine
/// tenths of its rate until the system's clock has caught up.
#[derive(Debug, Default)]
pub struct Clock {
    last: i64,
    /// Moment of the last stamp.
    stamped: Option<Instant>,
    /// True while the system's clock is behind.
    is_ahead: bool,
    /// Time by which the system's clock was found to be behind, nanoseconds, until it is taken.
    step_ns: Option<i64>,
    /// Time by which the last stamp is ahead of the system's clock, nanoseconds.
    ahead_ns: i64,
}

/// Time by which the system's clock must be behind the last stamp to be reported.
const STEP_NS: i64 = 1_000_000_000;

impl Clock {
    /// A clock that has stamped nothing yet.
    pub fn new() -> Clock {
        Clock::default()
    }

    /// A clock whose stamps come after that one, which an earlier run gave.
    pub fn after(last: i64) -> Clock {
        Clock { last, ..Clock::default() }
    }

    /// The stamp of a message that has just arrived.
    pub fn stamp(&mut self) -> i64 {
        self.stamp_at(nanos(), Instant::now())
    }

    /// Returns by how many seconds the system's clock has been found to be set back, once for each time.
    pub fn take_step_s(&mut self) -> Option<f64> {
        self.step_ns.take().map(|behind| behind as f64 / 1e9)
    }

    /// Returns by how much stamps are ahead of the system's clock, since that was set back; `None` once it has caught up.
    pub fn ahead(&self) -> Option<Span> {
        self.is_ahead.then_some(Span(self.ahead_ns / 1_000_000))
    }

    /// Returns the stamp of a message that arrives at a reading of the wall clock and of the monotonic clock.
    pub(crate) fn stamp_at(&mut self, wall: i64, moment: Instant) -> i64 {
        let since = self.stamped.map_or(Duration::ZERO, |before| moment.duration_since(before));
        self.stamped = Some(moment);
        let behind = self.last.saturating_sub(wall);
        if behind > STEP_NS && !self.is_ahead {
            self.step_ns = Some(behind);
        }
        self.is_ahead = behind > STEP_NS || (self.is_ahead && behind > 0);
        // A clock that runs on shows in stamps that grow with it; one set back would hold them for hours.
        let run_on = i64::try_from(since.as_nanos()).unwrap_or(0) / 10 * 9;
        let next = if behind >= 0 { self.last.saturating_add(run_on.max(1)) } else { wall };
        (self.last, self.ahead_ns) = (next, next.saturating_sub(wall));
        next
    }
}

/// Time by which the system's clock must leap ahead of the monotonic clock to be held.
const LEAP_NS: i64 = 5_000_000_000;
/// Time for which a leap is held where nothing speaks for it or against it.
const HELD_FOR: Duration = Duration::from_secs(120);

/// Guard against leaps of the system's clock: time runs on without the leap until something speaks for it, or for two minutes.
///
/// A leap is right where a machine without a battery learns the time, or wakes from sleep. It is wrong where somebody mistypes,
/// or where the time server is wrong. The feeds that tell the time know which.
#[derive(Debug)]
struct Leaps {
    /// Last reading of the system's clock, and its moment.
    last: Option<(i64, Instant)>,
    /// Time by which the system's clock is held to be ahead, nanoseconds.
    held_ns: i64,
    /// Moment of the leap, and moment until which it is held.
    held: Option<(Instant, Instant)>,
    /// Leap that was found and not reported.
    found_ns: Option<i64>,
    /// Leap that was taken over and not reported.
    adopted_ns: Option<i64>,
}

impl Leaps {
    const fn new() -> Leaps {
        Leaps { last: None, held_ns: 0, held: None, found_ns: None, adopted_ns: None }
    }

    /// Returns the time without leaps that are held.
    fn read(&mut self, wall: i64, moment: Instant) -> i64 {
        if let Some((wall_before, before)) = self.last {
            let ran = moment.saturating_duration_since(before).as_nanos();
            let ran = i64::try_from(ran).unwrap_or(i64::MAX);
            let leap = wall.saturating_sub(wall_before).saturating_sub(ran);
            // A clock that is being adjusted runs up to 500 ppm faster.
            if leap > LEAP_NS.saturating_add(ran / 1000) {
                self.held_ns = self.held_ns.saturating_add(leap);
                self.held = Some((moment, moment + HELD_FOR));
                self.found_ns = Some(leap);
            } else if self.held_ns > 0 && leap < -STEP_NS {
                self.held_ns = self.held_ns.saturating_add(leap);
                if self.held_ns < LEAP_NS {
                    (self.held_ns, self.held) = (0, None);
                }
            }
        }
        if self.held.is_some_and(|(_, until)| moment >= until) {
            self.adopt();
        }
        self.last = Some((wall, moment));
        wall.saturating_sub(self.held_ns)
    }

    fn adopt(&mut self) {
        if self.held.take().is_some() {
            self.adopted_ns = Some(std::mem::take(&mut self.held_ns));
        }
    }

    fn refuse(&mut self, moment: Instant) {
        if let Some((_, until)) = &mut self.held {
            *until = moment + HELD_FOR;
        }
    }
}

static LEAPS: Mutex<Leaps> = Mutex::new(Leaps::new());

fn leaps() -> MutexGuard<'static, Leaps> {
    LEAPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns by how much the system's clock leapt ahead and how long ago, while that is held.
pub fn held_leap() -> Option<(Span, Span)> {
    let leaps = leaps();
    let ago = leaps.held?.0.elapsed().as_millis();
    Some((Span(leaps.held_ns / 1_000_000), Span(i64::try_from(ago).unwrap_or(i64::MAX))))
}

/// Takes over a leap that is held: the feeds' clocks agree with it.
pub fn adopt_leap() {
    leaps().adopt();
}

/// Holds a leap for another two minutes: the feeds' clocks contradict it.
pub fn refuse_leap() {
    leaps().refuse(Instant::now());
}

/// Returns a leap that was found, once for each.
pub fn take_leap_found() -> Option<Span> {
    leaps().found_ns.take().map(|ns| Span(ns / 1_000_000))
}

/// Returns a leap that was taken over, once for each.
pub fn take_leap_adopted() -> Option<Span> {
    leaps().adopted_ns.take().map(|ns| Span(ns / 1_000_000))
}

/// Nanoseconds since the Unix epoch, UTC, without a leap of the system's clock that is held.
#[allow(clippy::disallowed_methods)] // the one place
pub fn nanos() -> i64 {
    if let Some(nanos) = simulated::nanos() {
        return nanos;
    }
    let mut leaps = leaps();
    // Before 1970 and after 2262 the clock is wrong anyway.
    let wall = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(0));
    leaps.read(wall, Instant::now())
}

/// Time of a simulation that runs on this thread.
#[cfg(test)]
pub(crate) mod simulated {
    use std::cell::Cell;
    use std::time::Instant;

    thread_local! {
        static NANOS: Cell<Option<i64>> = const { Cell::new(None) };
        static MOMENT: Cell<Option<Instant>> = const { Cell::new(None) };
    }

    /// Returns the time of the simulation, nanoseconds.
    pub fn nanos() -> Option<i64> {
        NANOS.get()
    }

    /// Returns the reading of the simulation's monotonic clock.
    pub fn moment() -> Option<Instant> {
        MOMENT.get()
    }

    /// Sets the wall clock of this thread to a simulation's time, nanoseconds.
    pub fn set(nanos: i64) {
        NANOS.set(Some(nanos));
    }

    /// Sets the monotonic clock of this thread to a simulation's.
    pub fn set_moment(moment: Instant) {
        MOMENT.set(Some(moment));
    }
}

/// Nothing simulates but tests.
#[cfg(not(test))]
mod simulated {
    pub(super) const fn nanos() -> Option<i64> {
        None
    }

    pub(super) const fn moment() -> Option<std::time::Instant> {
        None
    }
}

/// Returns the reading of the monotonic clock.
pub fn moment() -> Instant {
    simulated::moment().unwrap_or_else(Instant::now)
}

/// Now, for the health of feeds and nothing else.
pub fn now() -> Time {
    at(nanos())
}

/// A stamp as a time, in whole milliseconds.
pub fn at(nanos: i64) -> Time {
    Time(nanos.div_euclid(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_strictly_increase() {
        let mut clock = Clock::after(nanos() + 1_000_000_000);
        let first = clock.stamp();
        assert!(clock.stamp() > first);
    }

    #[test]
    fn stamps_run_on_while_the_clock_is_behind_until_it_has_caught_up() {
        let (start, mut clock) = (Instant::now(), Clock::after(10_000 * S));
        let mut stamp =
            |wall_s: i64, run_s: u64| clock.stamp_at(wall_s * S, start + Duration::from_secs(run_s));
        assert_eq!(stamp(2_800, 0), 10_000 * S + 1);
        assert_eq!(stamp(2_900, 100), 10_090 * S + 1);
        assert_eq!(stamp(2_900, 100), 10_090 * S + 2);
        assert_eq!(stamp(3_900, 1_100), 10_990 * S + 2);
        assert_eq!(stamp(12_000, 9_200), 12_000 * S);
        assert_eq!(stamp(12_001, 9_201), 12_001 * S);
        assert_eq!((clock.take_step_s(), clock.take_step_s(), clock.ahead()), (Some(7_200.0), None, None));
        // An earlier run stamped under a clock that was two hours ahead: the first stamp of this one tells.
        let mut clock = Clock::after(10_000 * S);
        clock.stamp_at(2_800 * S, start);
        assert_eq!((clock.take_step_s(), clock.ahead()), (Some(7_200.0), Some(Span::from_secs(7_200))));
        clock.stamp_at(3_800 * S, start + Duration::from_secs(1_000));
        assert_eq!((clock.take_step_s(), clock.ahead()), (None, Some(Span::from_secs(7_100))));
    }

    const S: i64 = 1_000_000_000;

    /// Returns what the guard reads at seconds of the system's clock and of the monotonic clock.
    fn readings<const N: usize>(leaps: &mut Leaps, seconds: [(i64, u64); N]) -> [i64; N] {
        let start = Instant::now();
        seconds.map(|(wall_s, run_s)| leaps.read(wall_s * S, start + Duration::from_secs(run_s)) / S)
    }

    #[test]
    fn a_leap_ahead_is_held_for_two_minutes_and_then_taken_over() {
        let mut leaps = Leaps::new();
        let seconds = [(1_000, 0), (1_010, 10), (8_220, 20), (8_320, 120), (8_339, 139), (8_340, 140)];
        assert_eq!(readings(&mut leaps, seconds), [1_000, 1_010, 1_020, 1_120, 1_139, 8_340]);
        assert_eq!((leaps.found_ns, leaps.adopted_ns), (Some(7_200 * S), Some(7_200 * S)));
    }

    #[test]
    fn a_leap_that_is_taken_back_never_shows() {
        let mut leaps = Leaps::new();
        let seconds = [(1_000, 0), (8_210, 10), (1_020, 20), (1_500, 500)];
        assert_eq!(readings(&mut leaps, seconds), [1_000, 1_010, 1_020, 1_500]);
        assert_eq!((leaps.held_ns, leaps.held, leaps.adopted_ns), (0, None, None));
    }

    #[test]
    fn a_leap_that_feeds_contradict_is_held_on_and_one_that_they_confirm_is_taken_over_at_once() {
        let mut leaps = Leaps::new();
        let start = Instant::now();
        let at = |run_s: u64| start + Duration::from_secs(run_s);
        leaps.read(1_000 * S, start);
        assert_eq!(leaps.read(8_210 * S, at(10)), 1_010 * S);
        for n in 1..100 {
            leaps.refuse(at(10 + n * 100));
            assert_eq!(
                leaps.read((8_210 + n as i64 * 100) * S, at(10 + n * 100)),
                (1_010 + n as i64 * 100) * S
            );
        }
        leaps.adopt();
        assert_eq!(leaps.read(18_111 * S, at(9_911)), 18_111 * S);
    }

    #[test]
    fn a_clock_that_is_adjusted_slowly_does_not_leap() {
        let mut leaps = Leaps::new();
        let seconds = [(0, 0), (40_015, 40_000), (40_018, 40_000)];
        assert_eq!(readings(&mut leaps, seconds), [0, 40_015, 40_018]);
        assert_eq!(leaps.found_ns, None);
    }
}
