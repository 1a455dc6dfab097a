//! The limit `time_of_day`: some rules ask for the night, when fewer are at sea.

use crate::geodesy::sun;
use crate::model::{LimitKey, Position, Rule, Time, Words};

/// Time of day at which a rule judges.
pub const TIME_OF_DAY: LimitKey<Words> = LimitKey::one_of("time_of_day", &["any", "night", "day"], "any")
    .doc("Time of day at which the rule judges; \"night\" is between sunset and sunrise at the place.");

/// Time of day that a rule requires: night, day, or either.
pub struct TimeOfDay {
    night: Option<bool>,
}

impl TimeOfDay {
    /// Returns the time of day of a rule whose pattern declares the limit.
    pub fn of(rule: &Rule) -> TimeOfDay {
        let words = rule.limits.get(TIME_OF_DAY);
        let when = |word| words.has(word);
        TimeOfDay { night: if when("any") { None } else { Some(when("night")) } }
    }

    /// Whether it is that at a place.
    pub fn is_it(&self, at: Position, time: Time) -> bool {
        self.night.is_none_or(|night| sun::is_night(at, time) == night)
    }
}
