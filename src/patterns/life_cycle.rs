//! The life cycle of a case: what a rule holds on one track, a pair, or a few tracks, from the first sign of a behaviour
//! to the end of the alert.
//!
//! ```text
//!            begin                 fulfilled, no doubt             ended, out of scope, silent
//!  (nothing) ─────▶ candidate ───────────────────────▶ raised ────────────────────────────────▶ (nothing)
//!                    │   ▲  │                           │   ▲
//!                    │   └──┘ continues, paused         └───┘ continues, paused: updated at twice the
//!                    ▼        or in doubt                     length of the limit, four times, …
//!                (nothing) ended, out of scope, silent
//! ```
//!
//! - *Dwell*: a pattern answers [`Verdict::Fulfilled`] only once the behaviour has lasted as long as its rule asks.
//! - *Hysteresis*: [`Verdict::Paused`] keeps the case where a report does not show the behaviour, up to the pattern's bound.
//! - *Doubt*: [`Behaviour::doubt`] names what speaks against judging; it is counted, and asked again after
//!   [`Behaviour::DOUBT_FOR`].
//! - *Silence*: a case whose tracks are neither seen nor heard ends as lost. The life cycle sets the deadline for that
//!   itself, when a case is raised and at each report, so that no pattern can forget it.
//!
//! A pattern implements [`Behaviour`]. [`LifeCycle`] takes one case through its states. `TrackCases` keeps one case
//! for each track and is all that most patterns need. Patterns with other cases keep them themselves and hand each to the
//! [`LifeCycle`]: `zone` (a track and a zone), `rendezvous` (a pair), `gnss-interference` (one area), and `ais-gap`
//! (a case only once a silence was judged).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::states::States;
use super::{Gate, Outcome, Raising, World, limits};
use crate::alerts::{Elapsed, Finding, Handle, Resumes};
use crate::model::saved::Unreadable;
use crate::model::{
    Certainty, EndReason, Measure, Position, Reason, Rule, RuleId, Span, Time, TrackId, ZoneId,
};
use crate::picture::{Kind, Picture};

/// Answer of a pattern to one report about a case.
pub enum Verdict {
    /// The case is over, and its alert with it.
    Ended(EndReason),
    /// The alert is over; the track stays a candidate.
    Restarted(EndReason),
    /// The report is not looked at: silence counts from the report before.
    Skipped,
    /// The report shows nothing that an update could state; the case goes on.
    Waiting,
    /// The report does not show the behaviour; the case goes on.
    Paused,
    /// The report does not show the behaviour, but what was seen before is all that the rule asks for.
    FulfilledBefore,
    /// The report shows the behaviour.
    Continues,
    /// The report shows the behaviour, and all that the rule asks for is there.
    Fulfilled,
}

/// Tracks that an alert names: one to four, the case's own track first.
#[derive(Clone, Copy)]
pub struct Subjects([TrackId; MOST_SUBJECTS], usize);

/// Number of tracks that an alert names at most.
pub const MOST_SUBJECTS: usize = 4;

impl Subjects {
    /// Returns one track, or two.
    pub fn new(id: TrackId, other: Option<TrackId>) -> Subjects {
        Subjects([id, other.unwrap_or(id), id, id], 1 + usize::from(other.is_some()))
    }

    /// Returns the first [`MOST_SUBJECTS`] of a list that isn't empty.
    pub fn first_of(ids: &[TrackId]) -> Subjects {
        let count = ids.len().min(MOST_SUBJECTS);
        Subjects(std::array::from_fn(|i| ids[i.min(count - 1)]), count)
    }

    fn as_slice(&self) -> &[TrackId] {
        &self.0[..self.1]
    }
}

/// A behaviour that a pattern looks for: when a case begins, goes on and is over, and what its alert states.
pub trait Behaviour: Send {
    /// What the pattern remembers of a case.
    type Memory: Send + Serialize + DeserializeOwned;

    /// Whether a case goes on wherever its track goes and whatever that says it is; `assess` may end it.
    const OUTLASTS_SCOPE: bool = false;

    /// Whether a report that comes after `max_silence`, but before the deadline, goes on with the case.
    const GOES_ON_LATE: bool = false;

    /// Whether the cases are about pairs, each with a deadline of its own that `pair_cases` sets.
    const OF_PAIRS: bool = false;

    /// Whether a vessel that has the name of a net buoy, and goes as one, is judged all the same.
    const OF_NET_BUOYS: bool = false;

    /// Time after which a case in doubt is judged again.
    const DOUBT_FOR: Span = Span::from_secs(60);

    /// When a behaviour that ended and is seen again is the same alert, updated.
    const RESUMES: Resumes = Resumes::WITHIN_AN_HOUR;

    /// Version of the saved layout; see [`Behaviour::migrate`].
    const LAYOUT: u16 = 2;

    /// Which reports of tracks without a case the pattern asks for.
    fn gate(&self) -> Gate {
        Gate::Always
    }

    /// Whether a message without a position is looked at.
    fn reads_heard(&self, _id: TrackId, _w: &World<'_>) -> bool {
        false
    }

    /// Returns the memory of a new case where a report of a track without one is the first sign of the behaviour.
    fn begin(&mut self, _id: TrackId, _w: &World<'_>) -> Option<Self::Memory> {
        None
    }

    /// Judges a report, the first one too.
    fn assess(&mut self, id: TrackId, case: &mut Case<Self::Memory>, w: &World<'_>) -> Verdict;

    /// Returns what speaks against judging a case that is fulfilled.
    fn doubt(&self, _id: TrackId, _case: &Case<Self::Memory>, _w: &World<'_>) -> Option<Reason> {
        None
    }

    /// Whether a case that is fulfilled turns out to be something else; asked again after [`Behaviour::DOUBT_FOR`].
    fn is_refuted(&self, _id: TrackId, _case: &Case<Self::Memory>, _w: &World<'_>) -> bool {
        false
    }

    /// Notes a doubt; returns whether it is counted.
    fn note_doubt(
        &mut self,
        _id: TrackId,
        case: &mut Case<Self::Memory>,
        reason: Reason,
        _w: &World<'_>,
    ) -> bool {
        case.doubted.replace(reason) != Some(reason)
    }

    /// Silence after which a case is looked at. `None`: silence shows nothing, and after `max_silence` the case is lost.
    fn patience(&self) -> Option<Span> {
        None
    }

    /// Whether the silence of a track is what the rule asks for: the case then lasts from the last report on.
    fn assess_silence(&mut self, _id: TrackId, _case: &mut Case<Self::Memory>, _w: &World<'_>) -> bool {
        false
    }

    /// Returns the other party, if there is one. A case whose other party is gone from the picture is over.
    fn other_party(&self, _memory: &Self::Memory) -> Option<TrackId> {
        None
    }

    /// Returns the tracks that the alert names.
    fn subjects(&self, id: TrackId, memory: &Self::Memory) -> Subjects {
        Subjects::new(id, self.other_party(memory))
    }

    /// Returns the zone that makes part of the alert's identity (pattern `zone`).
    fn zone(&self, _memory: &Self::Memory) -> Option<ZoneId> {
        None
    }

    /// Returns how long a case has lasted.
    fn lasted(&self, case: &Case<Self::Memory>) -> Span {
        case.lasted()
    }

    /// Returns the number of reports that a finding rests on.
    fn reports(&self, id: TrackId, case: &Case<Self::Memory>, picture: &Picture) -> u32 {
        picture.track(id).reports.saturating_sub(case.reports).max(1)
    }

    /// Returns what an alert states about a case.
    fn statement(&self, id: TrackId, case: &Case<Self::Memory>, picture: &Picture) -> Statement;

    /// Notes that nothing was raised because the tracks share an open incident of the pattern already.
    fn joined(&mut self, _case: &mut Case<Self::Memory>, _now: Time) {}

    /// Prepares the statement of an alert's end, and notes the end.
    fn before_end(&mut self, _id: TrackId, _case: &mut Case<Self::Memory>, _picture: &Picture) {}

    /// Forgets what a case does not go on with after [`Verdict::Restarted`].
    fn restarted(&mut self, _case: &mut Case<Self::Memory>) {}

    /// Returns the length at which updates begin: they come at twice that, four times, and so on.
    fn update_base(&self) -> Span;

    /// Appends what the pattern holds besides its cases, if anything.
    fn save(&self, _out: &mut Vec<u8>) {}

    /// Reads what [`Behaviour::save`] appended.
    ///
    /// # Errors
    /// It is damaged.
    fn load(&mut self, _saved: &mut &[u8]) -> Result<(), Unreadable> {
        Ok(())
    }

    /// Reads cases of an older layout of the pattern's own. `None`: the layout is one that all patterns share.
    ///
    /// # Errors
    /// They are damaged.
    fn migrate(
        &mut self,
        _version: u16,
        _saved: &mut &[u8],
    ) -> Result<Option<CasesByTrack<Self::Memory>>, Unreadable> {
        Ok(None)
    }
}

/// What a pattern states about a case; the rest of a [`Finding`] follows from the case.
pub struct Statement {
    /// Position of the behaviour.
    pub position: Position,
    /// Certainty of the statement.
    pub certainty: Certainty,
    /// Measured values by limit name without unit, in the rule's units.
    pub measured: Vec<(&'static str, Measure)>,
    /// Sentences about what could not be judged.
    pub not_judged: Vec<String>,
    /// The sentence without its subject.
    pub deed: String,
}

/// One case: a candidate, or raised.
#[derive(Clone, Serialize, Deserialize)]
pub struct Case<M> {
    /// The pattern's own memory.
    pub memory: M,
    /// Time of the first sign.
    pub since: Time,
    /// Time of the last report that showed the behaviour.
    pub last: Time,
    /// Time of the last report that was looked at.
    pub seen: Time,
    /// The track's count of reports before the first sign.
    pub reports: u32,
    /// Time until which a doubt is not asked about again.
    pub doubt_until: Time,
    /// The last doubt.
    pub doubted: Option<Reason>,
    /// The open alert.
    pub raised: Option<Handle>,
    /// Event time of the report or deadline that is being looked at.
    #[serde(skip)]
    pub now: Time,
    /// Whether the rule is about the track, where it is now.
    #[serde(skip)]
    pub applies: bool,
}

impl<M> Case<M> {
    /// Returns a case that begins with the newest report of a track.
    pub fn new(memory: M, id: TrackId, w: &World<'_>) -> Case<M> {
        Case {
            memory,
            since: w.now,
            last: w.now,
            seen: w.now,
            reports: w.picture.track(id).reports.saturating_sub(1),
            doubt_until: Time::NEVER,
            doubted: None,
            raised: None,
            now: w.now,
            applies: true,
        }
    }

    /// Lets the behaviour begin with this report.
    pub fn restart(&mut self, id: TrackId, w: &World<'_>) {
        (self.since, self.last) = (w.now, w.now);
        self.reports = w.picture.track(id).reports.saturating_sub(1);
    }

    /// Whether the case has an open alert.
    pub fn is_raised(&self) -> bool {
        self.raised.is_some()
    }

    /// Returns the time from the first sign to the last.
    pub fn lasted(&self) -> Span {
        self.last - self.since
    }
}

/// Cases by track: at most one for each.
pub type CasesByTrack<M> = States<Option<Case<M>>>;

/// The life cycle of one rule's cases, wherever these are kept.
pub struct LifeCycle<B> {
    /// The rule.
    pub rule: RuleId,
    /// The behaviour that the rule is about.
    pub behaviour: B,
    /// Silence after which a case is lost.
    pub max_silence: Span,
}

impl<B: Behaviour> LifeCycle<B> {
    /// Makes the life cycle of a rule whose pattern declares `max_silence`.
    pub fn new(rule: &Rule, number: RuleId, behaviour: B) -> LifeCycle<B> {
        let max_silence = rule.limits.get(limits::MAX_SILENCE);
        LifeCycle { rule: number, behaviour, max_silence }
    }

    fn finding<'a>(
        &self,
        id: TrackId,
        subjects: &'a Subjects,
        case: &Case<B::Memory>,
        picture: &Picture,
    ) -> Finding<'a> {
        let Statement { position, certainty, measured, not_judged, deed } =
            self.behaviour.statement(id, case, picture);
        Finding {
            subjects: subjects.as_slice(),
            zone: self.behaviour.zone(&case.memory),
            onset: case.since,
            time: case.now,
            last: case.last,
            position,
            certainty,
            length: self.length(case),
            reports: self.behaviour.reports(id, case, picture),
            measured,
            not_judged,
            deed,
            resumes: B::RESUMES,
            was_held: case.doubted == Some(Reason::Flood),
        }
    }

    fn length(&self, case: &Case<B::Memory>) -> Elapsed {
        let limit_s = self.behaviour.update_base().secs();
        Elapsed { duration_s: self.behaviour.lasted(case).secs(), limit_s }
    }

    /// Returns when the silence of a case is looked at.
    pub fn looks_at(&self, case: &Case<B::Memory>) -> Time {
        case.seen + self.behaviour.patience().unwrap_or(self.max_silence)
    }

    /// Returns what speaks against judging a case that is fulfilled.
    fn doubt(&self, id: TrackId, case: &Case<B::Memory>, w: &World<'_>) -> Option<Reason> {
        let is_net_buoy = !B::OF_NET_BUOYS && w.picture.track(id).kind == Kind::NetBuoy;
        if is_net_buoy { Some(Reason::NetBuoy) } else { self.behaviour.doubt(id, case, w) }
    }

    /// Raises the alert of a case that is fulfilled, unless there is a doubt.
    pub fn raise(&mut self, id: TrackId, case: &mut Case<B::Memory>, w: &mut World<'_>) {
        if w.now < case.doubt_until {
            if w.is_explained() && !self.behaviour.is_refuted(id, case, w) {
                w.conditions().can_judge(self.doubt(id, case, w).or(case.doubted));
            }
            return;
        }
        if self.behaviour.is_refuted(id, case, w) {
            case.doubt_until = w.now + B::DOUBT_FOR;
            return;
        }
        let doubt = self.doubt(id, case, w);
        w.conditions().can_judge(doubt);
        if let Some(reason) = doubt {
            case.doubt_until = w.now + B::DOUBT_FOR;
            if self.behaviour.note_doubt(id, case, reason, w) {
                w.tally.cannot_judge(self.rule, reason);
            }
            return;
        }
        let subjects = self.behaviour.subjects(id, &case.memory);
        let finding = self.finding(id, &subjects, case, w.picture);
        match w.raise(self.rule, &finding) {
            Raising::Raised(handle) => {
                case.raised = Some(handle);
                if !B::OF_PAIRS {
                    self.arm(id, case, w);
                }
            }
            Raising::Shared => self.behaviour.joined(case, w.now),
            Raising::Ordinary(reason) => {
                case.doubt_until = w.now + B::DOUBT_FOR;
                if self.behaviour.note_doubt(id, case, reason, w) {
                    w.tally.cannot_judge(self.rule, reason);
                }
            }
        }
    }

    /// States an update of an open alert, where one is due.
    pub fn update(&self, id: TrackId, case: &Case<B::Memory>, w: &mut World<'_>) {
        let Some(handle) = case.raised else { return };
        let subjects = self.behaviour.subjects(id, &case.memory);
        let finding = || self.finding(id, &subjects, case, w.picture);
        w.alerts.goes_on(w.picture, handle, w.now, self.length(case), finding, w.out);
    }

    /// Ends the alert of a case, if it has one, now.
    pub fn end(&mut self, id: TrackId, case: &mut Case<B::Memory>, reason: EndReason, w: &mut World<'_>) {
        case.now = w.now;
        self.end_at_case_time(id, case, reason, w);
    }

    /// Ends the alert of a case, if it has one, at the time in [`Case::now`].
    pub fn end_at_case_time(
        &mut self,
        id: TrackId,
        case: &mut Case<B::Memory>,
        reason: EndReason,
        w: &mut World<'_>,
    ) {
        let Some(handle) = case.raised else { return };
        self.behaviour.before_end(id, case, w.picture);
        let subjects = self.behaviour.subjects(id, &case.memory);
        let finding = self.finding(id, &subjects, case, w.picture);
        w.alerts.end(w.picture, handle, reason, &finding, w.out);
        case.raised = None;
    }

    /// Returns why a case is over before a report is looked at: the silence was too long, or the rule is not about it.
    pub fn lapses(&self, case: &Case<B::Memory>, applies: bool, now: Time) -> Option<EndReason> {
        let is_lost = !B::GOES_ON_LATE && now - case.seen > self.max_silence;
        match applies || B::OUTLASTS_SCOPE {
            true => is_lost.then_some(EndReason::Lost),
            false => Some(EndReason::Left),
        }
    }

    /// Takes a case through one report. Returns whether it goes on.
    pub fn report(
        &mut self,
        id: TrackId,
        case: &mut Case<B::Memory>,
        applies: bool,
        w: &mut World<'_>,
    ) -> bool {
        (case.now, case.applies) = (w.now, applies);
        let other = self.behaviour.other_party(&case.memory);
        self.trace(id, case, other, w);
        let verdict = match other.is_none_or(|other| w.picture.get(other).is_some()) {
            true => self.behaviour.assess(id, case, w),
            false => Verdict::Ended(EndReason::Lost),
        };
        if !matches!(verdict, Verdict::Skipped) {
            // A track that radars part from goes back to its last word on AIS, and in time.
            case.seen = case.seen.max(w.now);
        }
        match verdict {
            Verdict::Ended(reason) => {
                self.end_at_case_time(id, case, reason, w);
                return false;
            }
            Verdict::Restarted(reason) => {
                self.end_at_case_time(id, case, reason, w);
                self.behaviour.restarted(case);
            }
            Verdict::Skipped | Verdict::Waiting => {}
            Verdict::Paused => self.update(id, case, w),
            Verdict::FulfilledBefore => self.raise_or_update(id, case, w),
            Verdict::Continues => {
                case.last = case.last.max(w.now);
                self.update(id, case, w);
            }
            Verdict::Fulfilled => {
                case.last = case.last.max(w.now);
                self.raise_or_update(id, case, w);
            }
        }
        true
    }

    fn raise_or_update(&mut self, id: TrackId, case: &mut Case<B::Memory>, w: &mut World<'_>) {
        if case.is_raised() {
            self.update(id, case, w);
        } else {
            self.raise(id, case, w);
        }
    }

    /// Names the parties of the judgement, where it is traced.
    fn trace(&self, id: TrackId, case: &Case<B::Memory>, other: Option<TrackId>, w: &World<'_>) {
        let Some(tracer) = w.tracer else { return };
        let zone = self.behaviour.zone(&case.memory);
        if B::OF_PAIRS || zone.is_some() {
            tracer.case(id, other, zone, w);
        } else if let Some(other) = other {
            tracer.with_party(other);
        }
        if case.is_raised() {
            tracer.note(Outcome::Open);
        }
    }

    /// Sets the deadline of a track's case, if the rule has none set on the track.
    pub fn arm(&self, id: TrackId, case: &Case<B::Memory>, w: &mut World<'_>) {
        w.arm(self.rule, id, self.looks_at(case));
    }

    /// Takes a case through a deadline. Returns the next one, or `None` where the case is over.
    pub fn deadline(
        &mut self,
        id: TrackId,
        case: &mut Case<B::Memory>,
        deadline: Time,
        w: &mut World<'_>,
    ) -> Option<Time> {
        let (looks_at, lost_at) = (self.looks_at(case), case.seen + self.max_silence);
        if looks_at > deadline {
            return Some(looks_at);
        }
        case.now = w.now;
        self.trace(id, case, self.behaviour.other_party(&case.memory), w);
        let is_it = deadline < lost_at && self.behaviour.assess_silence(id, case, w);
        if is_it {
            if !case.is_raised() {
                case.since = case.seen;
            }
            case.last = deadline;
            self.raise_or_update(id, case, w);
        }
        if is_it || case.is_raised() && deadline < lost_at {
            let again = self.behaviour.patience().unwrap_or(self.max_silence);
            return Some((deadline + again).min(lost_at));
        }
        self.end(id, case, EndReason::Lost, w);
        None
    }
}
