//! The only wall clock of the program: stamps what arrives, and serves the health of feeds.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Time;

/// Stamps arrivals in UTC nanoseconds since the Unix epoch, strictly increasing whatever the system's clock does.
#[derive(Debug, Default)]
pub struct Clock {
    last: i64,
}

impl Clock {
    /// A clock that has stamped nothing yet.
    pub fn new() -> Clock {
        Clock::default()
    }

    /// A clock whose stamps come after that one, which an earlier run gave.
    pub fn after(last: i64) -> Clock {
        Clock { last }
    }

    /// The stamp of a message that has just arrived.
    pub fn stamp(&mut self) -> i64 {
        self.last = self.last.max(nanos()).max(self.last + 1);
        self.last
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
        let mut clock = Clock { last: nanos() + 1_000_000_000 };
        let first = clock.stamp();
        assert_eq!(clock.stamp(), first + 1, "a clock set back goes on by a nanosecond");
    }
}
