//! The limit `time_of_day`: some rules ask for the night, when fewer are at sea.

use crate::geodesy::sun;
use crate::model::{Limit, LimitKind, Position, Rule, Time};

/// Its declaration.
pub const TIME_OF_DAY: Limit = Limit {
    name: "time_of_day",
    kind: LimitKind::OneOf(&["any", "night", "day"]),
    default: "any",
    doc: "\"night\": between sunset and sunrise where it is.",
};

/// What a rule asks for: the night, the day, or either.
pub struct TimeOfDay {
    night: Option<bool>,
}

impl TimeOfDay {
    /// Of a rule whose pattern declares the limit.
    pub fn of(rule: &Rule) -> TimeOfDay {
        let when = |word| rule.limits.has_word(TIME_OF_DAY.name, word);
        TimeOfDay { night: if when("any") { None } else { Some(when("night")) } }
    }

    /// Whether it is that at a place.
    pub fn is_it(&self, at: Position, time: Time) -> bool {
        self.night.is_none_or(|night| sun::is_night(at, time) == night)
    }
}
