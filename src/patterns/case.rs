//! The life of a case: what a rule about one track holds, from the first sign to the end of the alert.
//!
//! A pattern's [`Conduct`] says what it sees in a track; raising, doubt, updates, silence and ends are here, once.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::states::{States, read_layout_1};
use super::{Deadline, Gate, Watch, World, limits};
use crate::alerts::{Elapsed, Finding, Handle};
use crate::model::saved::{self, Unreadable};
use crate::model::{Certainty, EndReason, Measure, Position, Reason, Rule, RuleId, Span, Time, TrackId};
use crate::picture::Picture;

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
    type Memory: Send + Serialize + DeserializeOwned;

    /// When it is asked about tracks that it remembers nothing of.
    fn gate(&self) -> Gate;

    /// Whether messages without a position are looked at too.
    const HEARD: bool = false;

    /// Once begun, it stays a case wherever the track goes and whatever it says it is.
    const STAYS: bool = false;

    /// The first sign of it in a track that nothing is held on.
    fn begins(&mut self, id: TrackId, w: &World<'_>) -> Option<Self::Memory>;

    /// A report, the first one too.
    fn goes_on(&mut self, id: TrackId, held: &mut Held<Self::Memory>, w: &World<'_>) -> Verdict;

    /// What speaks against judging what fits.
    fn doubt(&self, _id: TrackId, _held: &Held<Self::Memory>, _w: &World<'_>) -> Option<Reason> {
        None
    }

    /// After this much silence a case is looked at; `None`: silence tells nothing, and in the end it is lost.
    fn patience(&self) -> Option<Span> {
        None
    }

    /// Whether a silence of a track is what the rule asks for. It is then the case, from the last word on.
    fn silence(&mut self, _id: TrackId, _held: &mut Held<Self::Memory>, _w: &World<'_>) -> bool {
        false
    }

    /// The other party, if there is one; without it the case is over.
    fn other(&self, _memory: &Self::Memory) -> Option<TrackId> {
        None
    }

    /// What is stated of it.
    fn states(&self, id: TrackId, held: &Held<Self::Memory>, picture: &Picture) -> Statement;

    /// Appends what it holds besides its cases, if anything.
    fn save(&self, _out: &mut Vec<u8>) {}

    /// Takes that up.
    fn load(&mut self, _saved: &mut &[u8]) -> Result<(), Unreadable> {
        Ok(())
    }

    /// Its length at which updates begin: they come at twice that, four times …
    fn doubles_from(&self) -> Span;
}

/// What a pattern states; the rest of a [`Finding`] follows from the case.
pub struct Statement {
    /// Where.
    pub position: Position,
    /// How sure.
    pub certainty: Certainty,
    /// By limit name without unit, in the rule's units.
    pub measured: Vec<(&'static str, Measure)>,
    /// What could not be judged.
    pub not_judged: Vec<String>,
    /// What it did: the sentence without its subject.
    pub deed: String,
}

/// What is held on a track.
#[derive(Serialize, Deserialize)]
pub struct Held<M> {
    /// The pattern's own.
    pub memory: M,
    /// The first sign.
    pub since: Time,
    /// The last report that was of it.
    pub last: Time,
    /// The last report.
    seen: Time,
    /// The track's reports before.
    reports: u32,
    doubt_until: Time,
    doubted: Option<Reason>,
    raised: Option<Handle>,
}

/// What was held on a track in layout 1, with the time of the track's first report in it.
#[derive(Deserialize)]
struct HeldBefore<M> {
    memory: M,
    since: Time,
    last: Time,
    seen: Time,
    reports: u32,
    #[expect(dead_code, reason = "read to get past it")]
    whose: (u32, Time),
    doubt_until: Time,
    doubted: Option<Reason>,
    raised: Option<Handle>,
}

impl<M> From<HeldBefore<M>> for Held<M> {
    fn from(before: HeldBefore<M>) -> Held<M> {
        let HeldBefore { memory, since, last, seen, reports, doubt_until, doubted, raised, .. } = before;
        Held { memory, since, last, seen, reports, doubt_until, doubted, raised }
    }
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
    rule: RuleId,
    conduct: C,
    /// Not seen or heard for this long, it is lost.
    max_silence: Span,
    states: States<Option<Held<C::Memory>>>,
}

impl<C: Conduct> Cases<C> {
    /// Of a rule, by its number; its pattern declares `max_silence`.
    pub fn new(rule: &Rule, number: RuleId, conduct: C) -> Cases<C> {
        let max_silence = rule.limits.get(limits::MAX_SILENCE);
        Cases { rule: number, conduct, max_silence, states: States::default() }
    }

    fn take(&mut self, id: TrackId) -> Option<Held<C::Memory>> {
        self.states.get(id).and_then(Option::take)
    }

    fn finding<'a>(&self, ids: &'a [TrackId], held: &Held<C::Memory>, w: (&Picture, Time)) -> Finding<'a> {
        let (picture, time) = w;
        let Statement { position, certainty, measured, not_judged, deed } =
            self.conduct.states(ids[0], held, picture);
        Finding {
            subjects: ids,
            zone: None,
            onset: held.since,
            time,
            last: held.last,
            position,
            certainty,
            length: self.length(held),
            reports: picture.track(ids[0]).reports.saturating_sub(held.reports).max(1),
            measured,
            not_judged,
            deed,
        }
    }

    fn length(&self, held: &Held<C::Memory>) -> Elapsed {
        Elapsed { duration_s: held.lasted().secs(), limit_s: self.conduct.doubles_from().secs() }
    }

    /// The track and, if there is one, the other party: so many of the two.
    fn subjects(&self, id: TrackId, held: &Held<C::Memory>) -> ([TrackId; 2], usize) {
        match self.conduct.other(&held.memory) {
            Some(other) => ([id, other], 2),
            None => ([id, id], 1),
        }
    }

    /// When its silence is looked at.
    fn looks_at(&self, held: &Held<C::Memory>) -> Time {
        held.seen + self.conduct.patience().unwrap_or(self.max_silence)
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Held<C::Memory>> {
        let track = w.picture.track(id);
        Some(Held {
            memory: self.conduct.begins(id, w)?,
            since: w.now,
            last: w.now,
            seen: w.now,
            reports: track.reports.saturating_sub(1),
            doubt_until: Time::NEVER,
            doubted: None,
            raised: None,
        })
    }

    fn raise(&self, id: TrackId, held: &mut Held<C::Memory>, w: &mut World<'_>) {
        if w.now < held.doubt_until {
            return;
        }
        if let Some(reason) = self.conduct.doubt(id, held, w) {
            held.doubt_until = w.now + DOUBT_FOR;
            if held.doubted.replace(reason) != Some(reason) {
                w.tally.cannot_judge(self.rule, reason);
            }
            return;
        }
        let (ids, count) = self.subjects(id, held);
        let finding = self.finding(&ids[..count], held, (w.picture, w.now));
        held.raised = w.alerts.raise(w.picture, self.rule, &finding, w.out);
    }

    fn tell(&self, id: TrackId, held: &Held<C::Memory>, handle: Handle, w: &mut World<'_>) {
        let ((ids, count), at) = (self.subjects(id, held), (w.picture, w.now));
        let finding = || self.finding(&ids[..count], held, at);
        w.alerts.goes_on(w.picture, handle, w.now, self.length(held), finding, w.out);
    }

    fn end(&mut self, id: TrackId, reason: EndReason, w: &mut World<'_>) {
        let Some(held) = self.take(id) else { return };
        self.states.drop(id);
        if let Some(handle) = held.raised {
            let (ids, count) = self.subjects(id, &held);
            let finding = self.finding(&ids[..count], &held, (w.picture, w.now));
            w.alerts.end(w.picture, handle, reason, &finding, w.out);
        }
    }

    /// A report of a track. Answers whether something is held on it.
    fn look(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        let silent = |held: &Held<C::Memory>| w.now - held.seen > self.max_silence;
        if let Some(held) = self.states.get(id).and_then(|held| held.as_ref())
            && (silent(held) || !applies && !C::STAYS)
        {
            let reason = if applies || C::STAYS { EndReason::Lost } else { EndReason::Left };
            self.end(id, reason, w);
        }
        let known = self.take(id);
        let Some(mut held) = known.or_else(|| if applies { self.begin(id, w) } else { None }) else {
            self.states.drop(id);
            return false;
        };
        // A track that radars part from goes back to its last word on AIS, and in time.
        held.seen = held.seen.max(w.now);
        let other = self.conduct.other(&held.memory);
        let verdict = match other.is_none_or(|other| w.picture.get(other).is_some()) {
            true => self.conduct.goes_on(id, &mut held, w),
            false => Verdict::Over(EndReason::Lost),
        };
        if let Verdict::Over(reason) = verdict {
            *self.states.make(id) = Some(held);
            self.end(id, reason, w);
            return false;
        }
        if !matches!(verdict, Verdict::Pauses) {
            held.last = held.last.max(w.now);
        }
        match held.raised {
            Some(handle) => self.tell(id, &held, handle, w),
            None if matches!(verdict, Verdict::Fits) => self.raise(id, &mut held, w),
            None => {}
        }
        w.arm(self.rule, id, self.looks_at(&held));
        *self.states.make(id) = Some(held);
        true
    }
}

impl<C: Conduct> Watch for Cases<C> {
    fn gate(&self) -> Gate {
        self.conduct.gate()
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        self.look(id, applies, w)
    }

    fn heard(&mut self, id: TrackId, w: &mut World<'_>) {
        if C::HEARD {
            let applies = w.applies(self.rule, id);
            let holds = self.look(id, applies, w);
            w.engage(self.rule, id, holds);
        }
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.end(id, EndReason::Identified, w);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let id = deadline.parties.first();
        let mut held = self.take(id)?;
        let (looks_at, lost_at) = (self.looks_at(&held), held.seen + self.max_silence);
        if looks_at > deadline.time {
            *self.states.make(id) = Some(held);
            return Some(looks_at);
        }
        let is_it = deadline.time < lost_at && self.conduct.silence(id, &mut held, w);
        let goes_on = is_it || held.raised.is_some() && deadline.time < lost_at;
        if is_it {
            if held.raised.is_none() {
                held.since = held.seen;
            }
            held.last = deadline.time;
            match held.raised {
                Some(handle) => self.tell(id, &held, handle, w),
                None => self.raise(id, &mut held, w),
            }
        }
        *self.states.make(id) = Some(held);
        if goes_on {
            let again = self.conduct.patience().unwrap_or(self.max_silence);
            return Some((deadline.time + again).min(lost_at));
        }
        self.end(id, EndReason::Lost, w);
        w.engage(self.rule, id, false);
        None
    }

    fn layout(&self) -> u16 {
        2
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&self.states, out);
        self.conduct.save(out);
    }

    fn load(&mut self, version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        self.states = match version {
            1 => read_layout_1(from, |held: Option<HeldBefore<C::Memory>>| held.map(Held::from))?,
            _ => saved::get(from)?,
        };
        self.conduct.load(from)
    }
}
