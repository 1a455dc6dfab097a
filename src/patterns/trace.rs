//! The trace of judgements: every condition that a rule compares for a track, as [`super::conditions`] compared it. An explanation is
//! what the pattern itself evaluated.

use std::cell::{Cell, RefCell};

use super::conditions::{Check, Condition};
use super::near_misses::{Histogram, NearMiss, NearMisses};
use super::{Raising, World};
use crate::model::{Icao, Imo, Mmsi, RuleId, Time, TrackId, ZoneId};
use crate::picture::Picture;

/// What came of a judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A condition is not met.
    NotMet,
    /// Every condition that was compared is met, and the pattern waits for more.
    Waits,
    /// An alert was raised.
    Raised,
    /// An alert is open already.
    Open,
    /// The parties share an open incident of the pattern.
    Shared,
}

impl Outcome {
    /// Returns the word in explanations.
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::NotMet => "not-met",
            Outcome::Waits => "waits",
            Outcome::Raised => "raised",
            Outcome::Open => "open",
            Outcome::Shared => "shared",
        }
    }
}

/// One judgement of a rule about a track: the conditions in the order in which the pattern compares them.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The rule.
    pub rule: RuleId,
    /// The track.
    pub track: TrackId,
    /// The other party of a pair.
    pub other: Option<TrackId>,
    /// Subject key of the other party.
    pub other_key: Option<String>,
    /// The zone that the case is about.
    pub zone: Option<ZoneId>,
    /// Event time.
    pub time: Time,
    /// What came of it.
    pub outcome: Outcome,
    /// Number of conditions that are not met; alternatives count as one.
    pub unmet: u32,
    /// The conditions.
    pub conditions: Vec<Condition>,
}

impl Judgement {
    /// Returns the first condition that kept the alert from being raised.
    pub fn first_short(&self) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.is_short())
    }
}

/// A vessel or craft that an explanation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// The vessel with an MMSI.
    Mmsi(Mmsi),
    /// The aircraft with an ICAO address.
    Icao(Icao),
    /// The vessel with an IMO number.
    Imo(Imo),
    /// Every track.
    Any,
    /// The track whose subject key is this, or begins with this and `@`.
    Key(String),
    /// The vessel with a name or a call sign, in capitals.
    Name(String),
    /// The tracks at these places in the picture.
    Places(Vec<u32>),
}

impl Sought {
    /// Whether a track is the one.
    pub fn is(&self, picture: &Picture, id: TrackId) -> bool {
        let (track, identity) = (picture.track(id), picture.identity(id));
        match self {
            Sought::Any => true,
            Sought::Mmsi(mmsi) => track.mmsi == *mmsi,
            Sought::Icao(icao) => track.icao == Some(*icao),
            Sought::Imo(imo) => identity.imo == Some(*imo),
            Sought::Places(places) => places.contains(&id.slot()),
            Sought::Key(key) => {
                let own = picture.key(id);
                own == *key || own.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('@'))
            }
            Sought::Name(name) => {
                let flight = picture.flight(id).and_then(|flight| flight.call_sign);
                identity.name.is_some_and(|own| own.as_str().eq_ignore_ascii_case(name))
                    || identity.call_sign.is_some_and(|own| own.as_str().eq_ignore_ascii_case(name))
                    || flight.is_some_and(|own| own.as_str().eq_ignore_ascii_case(name))
            }
        }
    }
}

/// A vessel about which every judgement within a time is collected.
struct Asked {
    who: Sought,
    from: Time,
    until: Time,
    targets: Vec<TrackId>,
}

/// The judgement that is being recorded.
#[derive(Default)]
struct Open {
    rule: RuleId,
    track: Option<TrackId>,
    other: Option<TrackId>,
    zone: Option<ZoneId>,
    time: Time,
    outcome: Option<Outcome>,
    conditions: Vec<Condition>,
    /// Number of conditions, at the beginning, that each case of the judgement shares.
    shared: usize,
    /// Number of conditions, or groups of alternatives, that are not met.
    unmet: u32,
    /// Whether the pattern compared all that it asks for.
    is_complete: bool,
}

/// Collects the conditions that rules compare.
pub struct Tracer {
    asked: RefCell<Option<Asked>>,
    /// How near each track came to an alert that was not raised, where that is collected.
    near: Option<RefCell<NearMisses>>,
    is_open: Cell<bool>,
    /// Whether the judgement that is being recorded is about a vessel that is asked about.
    is_asked: Cell<bool>,
    open: RefCell<Open>,
    done: RefCell<Vec<Judgement>>,
}

impl Tracer {
    /// Returns a tracer of every judgement about one vessel, from a time to before another.
    pub fn of_vessel(who: Sought, from: Time, until: Time) -> Tracer {
        Tracer::collecting(Some(Asked { who, from, until, targets: Vec::new() }), None)
    }

    /// Returns a tracer of near misses.
    pub fn of_near_misses() -> Tracer {
        Tracer::collecting(None, Some(NearMisses::default()))
    }

    /// Returns a tracer that counts the near misses of a watch; [`Tracer::ask`] lets it record judgements besides.
    pub fn of_watch() -> Tracer {
        Tracer::collecting(None, Some(NearMisses::of_watch()))
    }

    fn collecting(asked: Option<Asked>, near: Option<NearMisses>) -> Tracer {
        Tracer {
            asked: RefCell::new(asked),
            near: near.map(RefCell::new),
            is_open: Cell::new(false),
            is_asked: Cell::new(false),
            open: RefCell::default(),
            done: RefCell::default(),
        }
    }

    /// Records every judgement about some tracks from now on, in place of those that were asked about before; `None` for none.
    pub fn ask(&self, who: Option<Sought>) {
        let asked = |who| Asked { who, from: Time::NEVER, until: Time(i64::MAX), targets: Vec::new() };
        *self.asked.borrow_mut() = who.map(asked);
    }

    /// Whether the near misses of a watch are counted.
    pub fn is_of_watch(&self) -> bool {
        self.near.is_some()
    }

    /// Whether judgements about anybody are recorded one by one, those of rules that are not asked among them.
    pub fn asks(&self) -> bool {
        self.asked.borrow().is_some()
    }

    /// Whether the judgement is recorded by itself: then all of its conditions are evaluated.
    pub fn explains(&self) -> bool {
        self.is_asked.get() || self.near.is_none() && self.asks()
    }

    /// Begins the judgement of a rule about a track, if it is one that is wanted.
    pub fn begin(&self, rule: RuleId, track: TrackId, picture: &Picture, now: Time) {
        self.is_asked.set(self.wants(track, picture, now));
        self.is_open.set(self.is_asked.get() || self.near.is_some());
        let mut open = self.open.borrow_mut();
        let mut conditions = std::mem::take(&mut open.conditions);
        conditions.clear();
        *open = Open { rule, track: Some(track), time: now, conditions, ..Open::default() };
    }

    /// Whether a judgement about a track is recorded by itself.
    pub fn wants(&self, track: TrackId, picture: &Picture, now: Time) -> bool {
        let mut asked = self.asked.borrow_mut();
        let Some(Asked { who, from, until, targets }) = &mut *asked else { return false };
        if now < *from || now >= *until {
            return false;
        }
        if targets.contains(&track) {
            return true;
        }
        let is_it = picture.get(track).is_some() && who.is(picture, track);
        if is_it {
            targets.push(track);
        }
        is_it
    }

    /// Notes that every case of the judgement shares the conditions so far.
    pub fn share(&self) {
        let mut open = self.open.borrow_mut();
        open.shared = open.conditions.len();
    }

    /// Goes on to a case of the judgement: that of a pair, or of a zone.
    pub fn case(&self, track: TrackId, other: Option<TrackId>, zone: Option<ZoneId>, w: &World<'_>) {
        let is_asked = self.asks()
            && (self.is_asked.get()
                || other.is_some_and(|other| self.wants(other, w.picture, w.now))
                || self.wants(track, w.picture, w.now));
        if !is_asked && !self.is_open.get() && self.near.is_none() {
            return;
        }
        let is_begun = {
            let open = self.open.borrow();
            self.is_open.get() && (open.conditions.len() > open.shared || open.outcome.is_some())
        };
        if is_begun {
            self.close(w.picture);
        }
        self.is_open.set(true);
        self.is_asked.set(is_asked);
        let mut open = self.open.borrow_mut();
        let shared = open.shared;
        open.conditions.truncate(shared);
        open.unmet = open.conditions.iter().filter(|condition| condition.is_short()).count() as u32;
        (open.track, open.other, open.zone) = (Some(track), other, zone);
        (open.time, open.outcome, open.is_complete) = (w.now, None, false);
    }

    /// Names the other party of the judgement.
    pub fn with_party(&self, other: TrackId) {
        self.open.borrow_mut().other = Some(other);
    }

    /// Notes that the judgement goes on wherever the track is: the conditions of its scope need not be met.
    pub fn excuse_scope(&self) {
        let mut open = self.open.borrow_mut();
        let shared = open.shared;
        open.conditions[..shared].iter_mut().for_each(|condition| condition.excused = !condition.met);
        open.unmet = open.conditions.iter().filter(|condition| condition.is_short()).count() as u32;
    }

    /// Notes what came of the judgement.
    pub fn note(&self, outcome: Outcome) {
        self.open.borrow_mut().outcome = Some(outcome);
    }

    /// Ends the judgement.
    pub fn end(&self, picture: &Picture) {
        if self.is_open.replace(false) {
            self.close(picture);
        }
        self.is_asked.set(false);
    }

    fn close(&self, picture: &Picture) {
        let mut open = self.open.borrow_mut();
        let is_judged = open.conditions.len() > open.shared || open.unmet > 0 || open.outcome.is_some();
        let Some(track) = open.track.filter(|_| is_judged) else { return };
        let missing = if open.unmet > 0 { Outcome::NotMet } else { Outcome::Waits };
        let outcome = open.outcome.unwrap_or(missing);
        if let Some(near) = &self.near {
            let unmet = if open.is_complete { open.unmet } else { u32::MAX };
            near.borrow_mut().note(open.rule, track, outcome, unmet, &open.conditions);
        }
        if self.is_asked.get() {
            let other = open.other.filter(|other| picture.get(*other).is_some());
            let other_key = other.map(|other| picture.key(other));
            self.done.borrow_mut().push(Judgement {
                rule: open.rule,
                track,
                other: open.other,
                other_key,
                zone: open.zone,
                time: open.time,
                outcome,
                unmet: open.unmet,
                conditions: open.conditions.clone(),
            });
        }
        open.outcome = None;
    }

    /// Records a condition of the judgement.
    pub fn record(&self, condition: Condition) {
        if self.is_open.get() {
            let mut open = self.open.borrow_mut();
            open.unmet += u32::from(condition.is_short());
            open.conditions.push(condition);
        }
    }

    /// Whether a judgement is being recorded.
    pub(super) fn is_recording(&self) -> bool {
        self.is_open.get()
    }

    /// Returns how many conditions the judgement has so far, and how many of them are not met.
    pub(super) fn mark(&self) -> (usize, u32) {
        let open = self.open.borrow();
        (open.conditions.len(), open.unmet)
    }

    /// Counts the conditions since a mark as one, of which one has to be met; where one is, the others are excused.
    pub(super) fn count_as_one(&self, (from, unmet): (usize, u32), is_met: bool) {
        let mut open = self.open.borrow_mut();
        if is_met {
            open.conditions[from..].iter_mut().for_each(|condition| condition.excused = !condition.met);
        }
        open.unmet = unmet + u32::from(!is_met);
    }

    /// Notes that the pattern compared all that it asks for.
    pub(super) fn complete(&self) {
        self.open.borrow_mut().is_complete = true;
    }

    /// Whether a condition after the first unmet one is evaluated.
    pub(super) fn wants_more(&self) -> bool {
        self.explains() || self.open.borrow().unmet < 2
    }

    /// Returns the tracks that were wanted so far.
    pub fn tracks(&self) -> Vec<TrackId> {
        self.asked.borrow().as_ref().map(|asked| asked.targets.clone()).unwrap_or_default()
    }

    /// Takes out the judgements so far, in their order.
    pub fn take_judgements(&self) -> Vec<Judgement> {
        self.done.take()
    }

    /// Returns the near misses so far.
    pub fn near_misses(&self) -> Vec<NearMiss> {
        self.near.as_ref().map(|near| near.borrow().list()).unwrap_or_default()
    }

    /// Returns the near misses of a watch so far, by rule and limit.
    pub fn near_miss_counts(&self) -> Vec<(RuleId, &'static str, Histogram)> {
        self.near.as_ref().map(|near| near.borrow().counts().collect()).unwrap_or_default()
    }
}

impl<'a> World<'a> {
    /// Whether judgements are explained one by one: then a rule states what it otherwise waits with.
    pub fn is_explained(&self) -> bool {
        self.tracer.is_some_and(Tracer::explains)
    }

    /// Goes on to a case of the judgement, where it is traced.
    pub fn trace_case(&self, track: TrackId, other: Option<TrackId>, zone: Option<ZoneId>) {
        if let Some(tracer) = self.tracer {
            tracer.case(track, other, zone, self);
        }
    }

    /// Notes what came of a judgement, where it is traced.
    pub fn trace(&self, outcome: Outcome) {
        if let Some(tracer) = self.tracer {
            tracer.note(outcome);
        }
    }

    /// Notes what became of a finding, where the judgement is traced.
    pub(super) fn trace_raising(&self, raising: Raising) {
        let Some(tracer) = self.tracer else { return };
        match raising {
            Raising::Raised(_) => tracer.note(Outcome::Raised),
            Raising::Shared => tracer.note(Outcome::Shared),
            Raising::Ordinary(reason) => {
                tracer.record(Condition { reason: Some(reason), ..Condition::check(Check::Unusual, false) });
            }
        }
    }
}
