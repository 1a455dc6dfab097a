//! The only wall clock of the program: stamps what arrives, and serves the health of feeds.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::model::Time;

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

    fn stamp_at(&mut self, wall: i64, moment: Instant) -> i64 {
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
        self.last = next;
        next
    }
}

/// Nanoseconds since the Unix epoch, UTC.
#[allow(clippy::disallowed_methods)] // the one place
pub fn nanos() -> i64 {
    // Before 1970 and after 2262 the clock is wrong anyway.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(0))
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
        const S: i64 = 1_000_000_000;
        let (start, mut clock) = (Instant::now(), Clock::after(10_000 * S));
        let mut stamp =
            |wall_s: i64, run_s: u64| clock.stamp_at(wall_s * S, start + Duration::from_secs(run_s));
        assert_eq!(stamp(2_800, 0), 10_000 * S + 1);
        assert_eq!(stamp(2_900, 100), 10_090 * S + 1);
        assert_eq!(stamp(2_900, 100), 10_090 * S + 2);
        assert_eq!(stamp(3_900, 1_100), 10_990 * S + 2);
        assert_eq!(stamp(12_000, 9_200), 12_000 * S);
        assert_eq!(stamp(12_001, 9_201), 12_001 * S);
        assert_eq!((clock.take_step_s(), clock.take_step_s()), (Some(7_200.0), None));
    }
}
