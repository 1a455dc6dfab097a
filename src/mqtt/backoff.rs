//! Waits between tries to connect: doubling, with jitter, so that a coast's clients do not return in step.

use std::time::Duration;

use crate::clock;

/// The first wait before trying again.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait before trying again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A connection that stood for so long, nanoseconds, was a good one: waiting starts from the shortest again.
const GOOD_CONNECTION_NS: i64 = 10_000_000_000;

/// Counts failed tries, and says how long to wait after each.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
    up_since_ns: Option<i64>,
}

impl Backoff {
    /// Notes that the connection stands.
    pub(super) fn up(&mut self) {
        self.up_since_ns = Some(clock::nanos());
    }

    /// Notes that the connection was lost, or could not be made; returns how long to wait.
    pub(super) fn down(&mut self) -> Duration {
        let now = clock::nanos();
        if self.up_since_ns.take().is_some_and(|since| now - since >= GOOD_CONNECTION_NS) {
            self.tries = 0;
        }
        let wait = FIRST_WAIT.saturating_mul(1 << self.tries.min(16)).min(LONGEST_WAIT);
        self.tries = self.tries.saturating_add(1);
        // Half to all of it, by the clock's lower digits.
        wait.mul_f64(0.5 + 0.5 * (now % 1_000_003) as f64 / 1_000_003.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_and_is_bounded() {
        let mut backoff = Backoff::default();
        for tries in 0..12 {
            let full = FIRST_WAIT.saturating_mul(1 << tries).min(LONGEST_WAIT);
            let wait = backoff.down();
            assert!(wait >= full / 2 && wait <= full, "{tries}: {wait:?}");
        }
        backoff.up();
        assert!(backoff.down() > LONGEST_WAIT / 3, "a connection that fell at once does not reset it");
    }
}
