//! Event time and lengths of time in whole milliseconds: integers keep the arithmetic exact.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// A moment, milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub i64);

/// A length of time in milliseconds; may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span(pub i64);

impl Time {
    /// Time before all others: the clock of a feed that has not reported yet.
    pub const NEVER: Time = Time(i64::MIN / 4);

    /// Returns the time of whole seconds since the Unix epoch.
    pub const fn from_secs(secs: i64) -> Time {
        Time(secs * 1000)
    }

    /// Renders RFC 3339 in whole seconds, `2026-01-01T04:00:07Z` (rounded down).
    pub fn rfc3339(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%SZ")
    }

    /// Renders RFC 3339 with milliseconds, `2026-01-01T04:00:07.000Z`.
    pub fn rfc3339_millis(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%S.%3fZ")
    }

    /// Renders hour and minute in UTC, `04:00`.
    pub fn hour_minute(self) -> String {
        self.format("%H:%M")
    }

    fn format(self, pattern: &str) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => at.strftime(pattern).to_string(),
            Err(_) => "-".to_owned(),
        }
    }

    /// Reads a time in RFC 3339; `None` for any other text.
    pub fn parse(text: &str) -> Option<Time> {
        let at: jiff::Timestamp = text.parse().ok()?;
        Some(Time(at.as_millisecond()))
    }
}

impl Span {
    /// Zero length.
    pub const ZERO: Span = Span(0);

    /// Returns the length of whole seconds.
    pub const fn from_secs(secs: i64) -> Span {
        Span(secs * 1000)
    }

    /// Returns the length of seconds, rounded towards zero to a millisecond.
    pub fn from_secs_f64(secs: f64) -> Span {
        Span((secs * 1000.0) as i64)
    }

    /// Returns the length in seconds.
    pub fn secs(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Returns the length in hours.
    pub fn hours(self) -> f64 {
        self.0 as f64 / 3_600_000.0
    }

    /// Renders the length for officers: `45 s`, `6 min`, `1 h 0 min`.
    pub fn words(self) -> String {
        // To the nearest second, as figures in alerts are rounded.
        let secs = self.0.max(0).saturating_add(500) / 1000;
        match secs {
            0..=119 => format!("{secs} s"),
            120..=3599 => format!("{} min", secs / 60),
            _ => format!("{} h {} min", secs / 3600, secs % 3600 / 60),
        }
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Span> for Time {
    type Output = Time;
    fn sub(self, span: Span) -> Time {
        Time(self.0.saturating_sub(span.0))
    }
}

impl Sub for Time {
    type Output = Span;
    fn sub(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms() {
        let at = Time::parse("2026-01-01T04:00:07.5Z").expect("RFC 3339");
        assert_eq!(at.rfc3339(), "2026-01-01T04:00:07Z");
        assert_eq!(at.rfc3339_millis(), "2026-01-01T04:00:07.500Z");
        assert_eq!(Span::from_secs(3600).words(), "1 h 0 min");
        assert_eq!(Span::from_secs(45).words(), "45 s");
        assert_eq!(Span::from_secs(360).words(), "6 min");
    }
}
