//! Speed of a replay, and the display of its progress.

use std::io::IsTerminal;
use std::str::FromStr;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::model::{Span, Time};

/// Interval between two displays of the progress.
const SHOWN_EVERY: Duration = Duration::from_millis(200);

/// Speed of a replay.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Speed {
    /// No waiting.
    #[default]
    Max,
    /// Multiple of real time.
    Times(f64),
}

/// Fault of a text that is no speed of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a speed is \"max\", or how many times real time: 1, 50, 0.5")]
pub struct NoSpeed;

impl FromStr for Speed {
    type Err = NoSpeed;

    fn from_str(text: &str) -> Result<Speed, NoSpeed> {
        if text == "max" {
            return Ok(Speed::Max);
        }
        let number: Option<f64> = text.strip_suffix('x').unwrap_or(text).parse().ok();
        match number.filter(|times| times.is_finite() && *times > 0.0) {
            Some(times) => Ok(Speed::Times(times)),
            None => Err(NoSpeed),
        }
    }
}

/// Holds a replay to its speed, by saying how long to wait. No output depends on it.
#[derive(Debug, Default)]
pub struct Throttle {
    speed: Speed,
    origin: Option<(Instant, Time)>,
}

impl Throttle {
    /// Starts with the first time that it is asked about.
    pub fn new(speed: Speed) -> Throttle {
        Throttle { speed, origin: None }
    }

    /// Returns the time to wait until what happened at `time` is due.
    pub fn wait_for(&mut self, time: Time) -> Duration {
        let Speed::Times(times) = self.speed else { return Duration::ZERO };
        let now = Instant::now();
        let (started, first) = *self.origin.get_or_insert((now, time));
        let after = Duration::try_from_secs_f64((time - first).secs() / times).unwrap_or_default();
        (started + after).saturating_duration_since(now)
    }
}

/// A bar on a terminal, nothing elsewhere.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: Instant,
    first: Option<Time>,
}

impl Progress {
    /// A bar of `size` bytes on standard error; hidden where that is no terminal or `quiet`.
    pub fn new(size: u64, quiet: bool) -> Progress {
        Progress::of(size, quiet, "{bar:30} {bytes} of {total_bytes}  {msg}")
    }

    /// A bar of so many alerts on standard error; hidden where that is no terminal.
    pub fn of_alerts(count: u64) -> Progress {
        Progress::of(count, false, "{bar:30} {pos} of {len} alerts")
    }

    fn of(length: u64, quiet: bool, template: &str) -> Progress {
        let bar = if quiet || !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(length)
        };
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let now = Instant::now();
        Progress { bar, started: now, shown: now, first: None }
    }

    /// Shows how many alerts were read.
    pub fn at_alert(&mut self, count: u64) {
        if self.is_due() {
            self.bar.set_position(count);
        }
    }

    /// Whether there is a bar, which has stood still for a while.
    fn is_due(&mut self) -> bool {
        let is_due = !self.bar.is_hidden() && self.shown.elapsed() >= SHOWN_EVERY;
        if is_due {
            self.shown = Instant::now();
        }
        is_due
    }

    /// Shows the progress: bytes read of the files, and the recording's time.
    pub fn at(&mut self, bytes: u64, time: Time) {
        let first = *self.first.get_or_insert(time);
        if !self.is_due() {
            return;
        }
        self.bar.set_position(bytes);
        let speed = times_real_time(time - first, self.started.elapsed());
        self.bar.set_message(format!("{}  {speed:.0}x", time.rfc3339()));
    }

    /// Since it was made.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// Returns the ratio of recorded time to the time that the replay took.
pub fn times_real_time(recorded: Span, took: Duration) -> f64 {
    recorded.secs() / took.as_secs_f64().max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("50".parse(), Ok(Speed::Times(50.0)));
        assert_eq!("0.5x".parse(), Ok(Speed::Times(0.5)));
        for wrong in ["", "0", "-1", "fast", "NaN", "inf"] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn paced_on_the_recordings_time() {
        let mut throttle = Throttle::new(Speed::Times(10.0));
        assert_eq!(throttle.wait_for(Time(0)), Duration::ZERO);
        let wait = throttle.wait_for(Time(60_000));
        assert!(wait <= Duration::from_secs(6) && wait > Duration::from_millis(5500), "{wait:?}");
        assert_eq!(throttle.wait_for(Time(-5_000)), Duration::ZERO, "a step back waits for nothing");
        assert_eq!(Throttle::new(Speed::Max).wait_for(Time(60_000)), Duration::ZERO);
    }
}
