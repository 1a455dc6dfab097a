//! The life of a case: what a rule about one track holds, from the first sign to the end of the alert.
//!
//! A pattern's [`Conduct`] says what it sees in a track; raising, doubt, updates, silence and ends are here, once.

use super::states::States;
use super::{Deadline, Gate, Watch, World};
use crate::alerts::{Finding, Handle, Length};
use crate::model::{EndReason, Rule, Span, Time};

/// What could not be judged is looked at again after this.
const DOUBT_FOR: Span = Span::from_secs(60);

/// What a pattern makes of a report.
pub enum Verdict {
    /// It is over.
    Over(EndReason),
    /// Not at this report; it may go on.
    Pauses,
    /// It goes on.
    Goes,
    /// It goes on, and is all that the rule asks for.
    Fits,
}

/// What a pattern sees in one track.
pub trait Conduct: Send {
    /// What it remembers of it.
    type Memory: Clone + Send;

    /// When it is asked about tracks that it remembers nothing of.
    fn gate(&self) -> Gate;

    /// Whether messages without a position are looked at too.
    const HEARD: bool = false;

    /// The first sign of it in a track that nothing is held on.
    fn begins(&mut self, slot: u32, w: &World<'_>) -> Option<Self::Memory>;

    /// A report, the first one too.
    fn goes_on(&mut self, slot: u32, held: &mut Held<Self::Memory>, w: &World<'_>) -> Verdict;

    /// What speaks against judging what fits.
    fn doubt(&self, _slot: u32, _held: &Held<Self::Memory>, _w: &World<'_>) -> Option<&'static str> {
        None
    }

    /// The other party, if there is one.
    fn other(&self, _memory: &Self::Memory) -> Option<u32> {
        None
    }

    /// What is stated of it.
    fn finding<'a>(&self, slots: &'a [u32], held: &Held<Self::Memory>, w: &Stage<'_>) -> Finding<'a>;

    /// Its length at which updates begin: they come at twice that, four times …
    fn doubles_from(&self) -> Span;
}

/// Where a finding is stated: the picture at a time.
pub struct Stage<'a> {
    /// All tracks.
    pub picture: &'a crate::picture::Picture,
    /// Event time.
    pub now: Time,
}

/// What is held on a track.
#[derive(Clone)]
pub struct Held<M> {
    /// The pattern's own.
    pub memory: M,
    /// The first sign.
    pub since: Time,
    /// The last report that was of it.
    pub last: Time,
    /// The last report.
    pub seen: Time,
    /// The track's reports before.
    pub reports: u32,
    /// Whose it is: a slot may become another track's.
    first_heard: Time,
    doubt_until: Time,
    doubted: Option<&'static str>,
    raised: Option<Handle>,
}

impl<M> Held<M> {
    /// Whether there is an alert on it.
    pub fn is_raised(&self) -> bool {
        self.raised.is_some()
    }

    /// How long it has lasted.
    pub fn lasted(&self) -> Span {
        self.last - self.since
    }
}

/// A rule's cases.
pub struct Cases<C: Conduct> {
    rule: u16,
    conduct: C,
    /// Not seen or heard for this long, it is lost.
    max_silence: Span,
    states: States<Option<Held<C::Memory>>>,
}

impl<C: Conduct> Cases<C> {
    /// Of a rule, by its number; its pattern declares `max_silence`.
    pub fn new(rule: &Rule, number: u16, conduct: C) -> Cases<C> {
        let max_silence = Span::from_secs_f64(rule.limits.number("max_silence"));
        Cases { rule: number, conduct, max_silence, states: States::default() }
    }

    fn take(&mut self, slot: u32) -> Option<Held<C::Memory>> {
        self.states.get(slot).and_then(Option::take)
    }

    fn slots(&self, slot: u32, held: &Held<C::Memory>) -> ([u32; 2], usize) {
        match self.conduct.other(&held.memory) {
            Some(other) => ([slot, other], 2),
            None => ([slot, slot], 1),
        }
    }

    fn begin(&mut self, slot: u32, w: &World<'_>) -> Option<Held<C::Memory>> {
        let track = w.picture.track(slot);
        Some(Held {
            memory: self.conduct.begins(slot, w)?,
            since: w.now,
            last: w.now,
            seen: w.now,
            reports: track.reports.saturating_sub(1),
            first_heard: track.first_heard,
            doubt_until: Time::NEVER,
            doubted: None,
            raised: None,
        })
    }

    fn raise(&self, slot: u32, held: &mut Held<C::Memory>, w: &mut World<'_>) {
        if w.now < held.doubt_until {
            return;
        }
        if let Some(reason) = self.conduct.doubt(slot, held, w) {
            held.doubt_until = w.now + DOUBT_FOR;
            if held.doubted.replace(reason) != Some(reason) {
                w.tally.cannot_judge(self.rule, reason);
            }
            return;
        }
        let (slots, count) = self.slots(slot, held);
        let finding = self.conduct.finding(&slots[..count], held, &w.stage());
        held.raised = w.alerts.raise(w.picture, self.rule, &finding, w.out);
    }

    fn tell(&self, slot: u32, held: &Held<C::Memory>, handle: Handle, w: &mut World<'_>) {
        let (slots, count) = self.slots(slot, held);
        let stage = Stage { picture: w.picture, now: w.now };
        let finding = || self.conduct.finding(&slots[..count], held, &stage);
        let limit_s = self.conduct.doubles_from().secs();
        let length = Length { duration_s: held.lasted().secs(), limit_s };
        w.alerts.goes_on(w.picture, handle, w.now, length, finding, w.out);
    }

    fn end(&mut self, slot: u32, reason: EndReason, w: &mut World<'_>) {
        let Some(held) = self.take(slot) else { return };
        self.states.drop(slot);
        if let Some(handle) = held.raised {
            let (slots, count) = self.slots(slot, &held);
            let finding = self.conduct.finding(&slots[..count], &held, &w.stage());
            w.alerts.end(w.picture, handle, reason, &finding, w.out);
        }
    }

    /// A report of a track. Answers whether something is held on it.
    fn look(&mut self, slot: u32, applies: bool, w: &mut World<'_>) -> bool {
        let first_heard = w.picture.track(slot).first_heard;
        let silent = |held: &Held<C::Memory>| w.now - held.seen > self.max_silence;
        if let Some(held) = self.states.get(slot).and_then(|held| held.as_ref())
            && held.first_heard == first_heard
            && (silent(held) || !applies)
        {
            let reason = if applies { EndReason::Lost } else { EndReason::Left };
            self.end(slot, reason, w);
        }
        let known = self.take(slot).filter(|held| held.first_heard == first_heard);
        let Some(mut held) = known.or_else(|| if applies { self.begin(slot, w) } else { None }) else {
            self.states.drop(slot);
            return false;
        };
        // A track that radars part from goes back to its last word on AIS, and in time.
        held.seen = held.seen.max(w.now);
        let verdict = self.conduct.goes_on(slot, &mut held, w);
        if let Verdict::Over(reason) = verdict {
            *self.states.make(slot) = Some(held);
            self.end(slot, reason, w);
            return false;
        }
        if !matches!(verdict, Verdict::Pauses) {
            held.last = held.last.max(w.now);
        }
        match held.raised {
            Some(handle) => self.tell(slot, &held, handle, w),
            None if matches!(verdict, Verdict::Fits) => self.raise(slot, &mut held, w),
            None => {}
        }
        w.arm(self.rule, slot, held.seen + self.max_silence);
        *self.states.make(slot) = Some(held);
        true
    }
}

impl<C: Conduct> Watch for Cases<C> {
    fn gate(&self) -> Gate {
        self.conduct.gate()
    }

    fn report(&mut self, slot: u32, applies: bool, w: &mut World<'_>) -> bool {
        self.look(slot, applies, w)
    }

    fn heard(&mut self, slot: u32, w: &mut World<'_>) {
        if C::HEARD {
            let applies = w.applies(self.rule, slot);
            let holds = self.look(slot, applies, w);
            w.engage(self.rule, slot, holds);
        }
    }

    fn gone(&mut self, slot: u32, _into: u32, w: &mut World<'_>) {
        self.end(slot, EndReason::Identified, w);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let slot = deadline.subject.0;
        let silent_at = self.states.get(slot)?.as_ref()?.seen + self.max_silence;
        if silent_at > deadline.time {
            return Some(silent_at);
        }
        self.end(slot, EndReason::Lost, w);
        w.engage(self.rule, slot, false);
        None
    }
}
