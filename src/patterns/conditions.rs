//! Conditions that patterns compare: value, limit, and whether each is met.
//!
//! Without a tracer [`Conditions`] are a chain of comparisons that stops at the first one that is not met. With a tracer the same
//! comparisons go on after that one, and each is recorded.

use super::World;
use super::trace::Tracer;
use crate::model::{Bound, LimitKey, LimitKind, LimitType, Measure, Reason};

/// Declares the conditions that no limit names: each with its word and its sentence.
macro_rules! checks {
    ($($name:ident = $word:literal, $sentence:literal;)+) => {
        /// A condition that no limit names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Check {
            $(#[doc = $sentence] $name,)+
        }

        impl Check {
            /// Every condition, in the order of their words.
            pub const ALL: &'static [Check] = &[$(Check::$name,)+];

            /// Returns the word in explanations.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Check::$name => $word,)+
                }
            }

            /// Returns the condition as a sentence.
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Check::$name => $sentence,)+
                }
            }
        }
    };
}

// In alphabetical order.
checks! {
    Affected = "affected", "The positions of the track are bad, and were good before.";
    AfterOther = "after-other", "Another vessel stopped before where what it left has drifted to.";
    Asked = "asked", "The reports of the track are such as the pattern looks at.";
    CanJudge = "can-judge", "Nothing speaks against judging.";
    Dark = "dark", "Radars see the craft, and no AIS explains it.";
    Down = "down", "The aircraft has landed, or was lost on its way down.";
    Flies = "flies", "The aircraft is as fast as one that flies.";
    Followed = "followed", "Radars have followed the craft for long enough.";
    Fresh = "fresh", "Both parties were heard or seen just now.";
    GoesWithWater = "goes-with-water", "The vessel moves as neighbours do that are off their headings.";
    HasCourse = "has-course", "The course of the aircraft is known.";
    InFlight = "in-flight", "The track is an aircraft in the air.";
    Inside = "inside", "The track is where the rule holds.";
    IsShip = "is-ship", "The other is a vessel on AIS class A.";
    IsVessel = "is-vessel", "The track is a vessel.";
    Leaps = "leaps", "As many tracks as the rule asks for have leapt.";
    Listed = "listed", "The vessel or aircraft is on a list that the rule looks for.";
    LongInside = "long-inside", "The vessel was inside for ten dwells.";
    MadeGood = "made-good", "The way that the track covered agrees with its speed.";
    NotLanding = "not-landing", "The aircraft was not about to land.";
    NotTold = "not-told", "No other alert says the same.";
    SendsHeading = "sends-heading", "The vessel sends heading and course.";
    Silent = "silent", "The silence is longer than the intervals at the receivers explain.";
    SteadySpeed = "steady-speed", "The speed of the track is known well enough.";
    TimeOfDay = "time-of-day", "The time of day is the one that the rule asks for.";
    UnderWayBefore = "under-way-before", "The vessel was under way before.";
    Unusual = "unusual", "Such a thing is not usual there, and no other alert stands for it.";
    WasBeside = "was-beside", "The craft was in the echo of a vessel when it was first seen.";
    Who = "who", "The rule is about such vessels and aircraft.";
}

/// One condition as it was compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// Key of the limit, or word of the [`Check`].
    pub name: &'static str,
    /// Form of value and limit; `None` for a condition that no limit names.
    pub kind: Option<LimitKind>,
    /// Side of the limit on which the value has to lie.
    pub bound: Bound,
    /// Measured value, in the unit of the kind.
    pub value: Option<f64>,
    /// Limit, in the unit of the kind.
    pub limit: Option<f64>,
    /// Whether the condition is met.
    pub met: bool,
    /// Whether the condition is not met and need not be, since an alternative is.
    pub excused: bool,
    /// Reason why nothing can be judged, or why an alert is not raised.
    pub reason: Option<Reason>,
}

impl Condition {
    /// Returns a condition that no limit names.
    pub const fn check(check: Check, met: bool) -> Condition {
        Condition {
            name: check.word(),
            kind: None,
            bound: Bound::Setting,
            value: None,
            limit: None,
            met,
            excused: false,
            reason: None,
        }
    }

    /// Whether the condition keeps the alert from being raised.
    pub fn is_short(&self) -> bool {
        !self.met && !self.excused
    }

    /// Returns how far the value is from the limit, as a share of the limit; `None` where there are no numbers.
    pub fn shortfall(&self) -> Option<f64> {
        let (value, limit) = self.value.zip(self.limit)?;
        let apart = (value - limit).abs();
        let of = limit.abs();
        (apart.is_finite() && of > 0.0).then(|| apart / of)
    }
}

/// Conditions that are compared one after the other: `ANY` where one of them has to be met, else all.
pub struct Compared<'a, const ANY: bool> {
    tracer: Option<&'a Tracer>,
    met: bool,
}

/// Conditions that all have to be met.
pub type Conditions<'a> = Compared<'a, false>;

/// Conditions of which one has to be met.
pub type Alternatives<'a> = Compared<'a, true>;

impl<const ANY: bool> Compared<'_, ANY> {
    /// Compares a value with a limit that it has to reach.
    pub fn at_least<T: LimitType>(
        &mut self,
        key: LimitKey<T>,
        limit: T::Figure,
        value: impl FnOnce() -> T::Figure,
    ) where
        T::Figure: PartialOrd + Copy,
    {
        self.compare(key, Bound::AtLeast, limit, value, |value, limit| value >= limit);
    }

    /// Compares a value with a limit that it must not exceed.
    pub fn at_most<T: LimitType>(
        &mut self,
        key: LimitKey<T>,
        limit: T::Figure,
        value: impl FnOnce() -> T::Figure,
    ) where
        T::Figure: PartialOrd + Copy,
    {
        self.compare(key, Bound::AtMost, limit, value, |value, limit| value <= limit);
    }

    /// Compares a value with a limit that it has to exceed.
    pub fn over<T: LimitType>(
        &mut self,
        key: LimitKey<T>,
        limit: T::Figure,
        value: impl FnOnce() -> T::Figure,
    ) where
        T::Figure: PartialOrd + Copy,
    {
        self.compare(key, Bound::AtLeast, limit, value, |value, limit| value > limit);
    }

    /// Evaluates a condition under the name of a limit whose values are words.
    pub fn is<T>(&mut self, key: LimitKey<T>, met: impl FnOnce() -> bool) {
        if self.goes_on() {
            let (name, met) = (key.limit.name, met());
            self.add(met, || Condition { name, ..Condition::check(Check::Asked, met) });
        }
    }

    /// Evaluates a condition that no limit names.
    pub fn holds(&mut self, check: Check, met: impl FnOnce() -> bool) {
        if self.goes_on() {
            let met = met();
            self.add(met, || Condition::check(check, met));
        }
    }

    fn compare<T: LimitType>(
        &mut self,
        key: LimitKey<T>,
        bound: Bound,
        limit: T::Figure,
        value: impl FnOnce() -> T::Figure,
        is_met: impl FnOnce(T::Figure, T::Figure) -> bool,
    ) where
        T::Figure: Copy,
    {
        if !self.goes_on() {
            return;
        }
        let value = value();
        let met = is_met(value, limit);
        self.add(met, || {
            let number = |figure| match T::measure(key.limit.kind, figure) {
                Measure::Number(n) => Some(n).filter(|n| n.is_finite()),
                _ => None,
            };
            Condition {
                name: key.limit.name,
                kind: Some(key.limit.kind),
                bound,
                value: number(value),
                limit: number(limit),
                ..Condition::check(Check::Asked, met)
            }
        });
    }

    /// Keeps whether a condition is met. The condition itself is made only for a tracer.
    fn add(&mut self, met: bool, condition: impl FnOnce() -> Condition) {
        if ANY {
            self.met |= met;
        } else {
            self.met &= met;
        }
        if let Some(tracer) = self.tracer {
            tracer.record(condition());
        }
    }

    fn goes_on(&self) -> bool {
        self.met != ANY || self.tracer.is_some_and(Tracer::wants_more)
    }
}

impl<'a> Conditions<'a> {
    /// Returns conditions that are recorded where the judgement is traced.
    pub fn of(tracer: Option<&'a Tracer>) -> Conditions<'a> {
        Conditions { tracer: tracer.filter(|tracer| tracer.is_recording()), met: true }
    }

    /// Evaluates conditions of which one has to be met.
    pub fn any_of(&mut self, evaluate: impl FnOnce(&mut Alternatives<'a>)) {
        if !self.goes_on() {
            return;
        }
        let before = self.tracer.map(Tracer::mark);
        let mut alternatives = Alternatives { tracer: self.tracer, met: false };
        evaluate(&mut alternatives);
        self.met &= alternatives.met;
        if let Some((tracer, before)) = self.tracer.zip(before) {
            tracer.count_as_one(before, alternatives.met);
        }
    }

    /// Notes what speaks against judging. Nothing is judged where something does.
    pub fn can_judge(&mut self, doubt: Option<Reason>) {
        let met = doubt.is_none();
        self.add(met, || Condition { reason: doubt, ..Condition::check(Check::CanJudge, met) });
    }

    /// Records a comparison under the name of a limit, with both figures in the unit of its kind.
    pub fn compared<T>(&mut self, key: LimitKey<T>, bound: Bound, value: f64, limit: f64, met: bool) {
        if self.goes_on() {
            self.add(met, || Condition {
                name: key.limit.name,
                kind: Some(key.limit.kind),
                bound,
                value: Some(value).filter(|n| n.is_finite()),
                limit: Some(limit).filter(|n| n.is_finite()),
                ..Condition::check(Check::Asked, met)
            });
        }
    }

    /// Whether every condition so far is met.
    pub fn are_met(&self) -> bool {
        self.met
    }

    /// Whether every condition is met, where these are all that the rule asks for. Only such judgements count as near misses.
    pub fn decide(&self) -> bool {
        if let Some(tracer) = self.tracer {
            tracer.complete();
        }
        self.met
    }

    /// Whether the judgement is traced: then a pattern states what it otherwise leaves out.
    pub fn are_traced(&self) -> bool {
        self.tracer.is_some()
    }
}

impl<'a> Alternatives<'a> {
    /// Evaluates an alternative that is made of several conditions.
    pub fn all_of(&mut self, evaluate: impl FnOnce(&mut Conditions<'a>)) {
        if self.goes_on() {
            let mut all = Conditions { tracer: self.tracer, met: true };
            evaluate(&mut all);
            self.met |= all.met;
        }
    }
}

impl<'a> World<'a> {
    /// Returns conditions to be compared in a judgement.
    pub fn conditions(&self) -> Conditions<'a> {
        Conditions::of(self.tracer)
    }
}
