//! How usual an observation is, as numbers and in words.

use serde::{Deserialize, Serialize};

use super::days::{PAST_DAYS, vessels_in};
use super::{Behaviour, Kind, Observation};
use crate::model::{Attention, Decimals, Severity, Span, Usual};

/// Recent days in which a habit has to show.
const HABIT_OF_DAYS: usize = 14;
/// Days with the behaviour that make a habit.
pub(super) const HABIT_DAYS: usize = 5;
/// Vessels on AIS that make a habit.
const HABIT_VESSELS: u32 = 3;
/// Dark targets on one day that count as several craft: nothing tells them from each other on two days.
const HABIT_DARK: u32 = 2;
/// Watched days from which the absence of a behaviour means that it is rare.
const RARE_OF_DAYS: usize = 10;
/// Days with the behaviour up to which it is rare.
const RARE_DAYS: usize = 1;
/// Days on which the vessel itself did it, from which it is no longer rare.
const OWN_DAYS: usize = 3;

/// How often a behaviour was seen at a place, at a time of day, by a kind of craft, before the day in question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    behaviour: Behaviour,
    kind: Kind,
    /// Craft a day.
    per_day: f64,
    /// Days with the behaviour.
    days: usize,
    /// Days on which the water was watched.
    of_days: usize,
    /// Days on which the vessel itself did it.
    own_days: Option<usize>,
    is_habit: bool,
}

/// Returns whether sets of vessels by day, yesterday's first, are a habit of a kind of craft.
pub(super) fn is_habit(kind: Kind, vessels: &[u16; PAST_DAYS]) -> bool {
    let recent = &vessels[..HABIT_OF_DAYS];
    let at_least = |n: u32| recent.iter().filter(|set| set.count_ones() >= n).count() >= HABIT_DAYS;
    let several = vessels.iter().fold(0, |all, set| all | set).count_ones() >= HABIT_VESSELS;
    match kind {
        Kind::Dark => at_least(HABIT_DARK),
        _ => at_least(1) && several,
    }
}

impl Rate {
    /// Returns the rate of sets of vessels by day, yesterday's first.
    pub(super) fn new(
        seen: &Observation,
        vessels: &[u16; PAST_DAYS],
        of_days: usize,
        own_days: Option<usize>,
    ) -> Rate {
        let days = vessels.iter().filter(|set| **set != 0).count();
        let of_days = of_days.max(days);
        Rate {
            behaviour: seen.behaviour,
            kind: seen.kind,
            per_day: vessels.iter().map(|set| vessels_in(*set)).sum::<f64>() / of_days as f64,
            days,
            of_days,
            own_days,
            is_habit: is_habit(seen.kind, vessels),
        }
    }

    /// Whether the water was watched for long enough to know a habit.
    pub fn is_learnt(&self) -> bool {
        self.of_days >= HABIT_DAYS
    }

    /// Whether many days and several craft make it a habit of the place.
    pub fn is_habit(&self) -> bool {
        self.is_habit
    }

    /// Whether the water was watched for long and the behaviour hardly ever seen there.
    pub fn is_rare(&self) -> bool {
        let own = self.own_days.is_some_and(|days| days >= OWN_DAYS);
        self.of_days >= RARE_OF_DAYS && self.days <= RARE_DAYS && !own
    }

    /// Returns the mean time from one day with the behaviour to the next. `None`: it is no habit of the place.
    pub fn between(&self) -> Option<Span> {
        self.is_habit.then(|| Span::from_secs_f64(86_400.0 * self.of_days as f64 / self.days as f64))
    }

    /// Returns the rate as alerts carry it.
    pub fn usual(&self) -> Usual {
        Usual {
            per_day: Decimals(self.per_day),
            days: self.days as u32,
            of_days: self.of_days as u32,
            own_days: self.own_days.map(|days| days as u32),
            words: self.words(),
        }
    }

    fn words(&self) -> String {
        let (who, did) = (self.kind.words(), self.behaviour.words());
        let n = self.of_days;
        let often = match self.per_day {
            _ if self.days == 0 => format!("not seen here at this time of day in {n} days"),
            rate if rate >= 1.5 => format!("about {rate:.0} times a day here at this time of day"),
            rate if rate >= 1.0 => "about once a day here at this time of day".to_owned(),
            _ => format!("on {} of {n} days here at this time of day", self.days),
        };
        let mut words = format!("{often}: {who} {did}");
        if let Some(own) = self.own_days {
            words += &format!("; this vessel itself on {own}");
        }
        if self.kind == Kind::Dark && self.is_habit {
            words += "; radars cannot tell one such craft from another";
        }
        words
    }
}

/// Returns whether an alert interrupts the officer. Severe and extreme alerts do, and so do those that nothing may make quiet.
/// Moderate ones do where the model does not count such a behaviour, so that it cannot be usual. That a behaviour is rare makes no
/// alert interrupt: what is learnt adds no noise.
pub fn attention(severity: Severity, is_counted: bool, never_quiet: bool) -> Attention {
    let interrupts = match severity {
        Severity::Minor => false,
        Severity::Moderate => !is_counted,
        Severity::Severe | Severity::Extreme => true,
    };
    match interrupts || never_quiet {
        true => Attention::Interrupt,
        false => Attention::Quiet,
    }
}
