//! Alerts: raised, updated, ended; ids, silence, incidents.
//!
//! A pattern states a [`Finding`]; the alert book makes events of it. The id is fixed when an alert is first raised.

mod continuation;
mod fields;
mod finding;
mod flood;
mod floods;
mod incidents;
pub mod place;
mod resumed;
mod saved;
mod told;
mod usual;
mod versions;

use std::collections::BTreeMap;

use fields::{
    capitalised, evidence_of, false_speed, limits_of, long_claim, over_in_words, spoken_name, subject_of,
    zones_of,
};
pub use finding::{Elapsed, Finding, NotRaised};
use floods::{Admission, Floods};
use incidents::{Incidents, Told};
use resumed::Resting;
pub use resumed::Resumes;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use usual::{Shown, Standing};
use uuid::Uuid;
use versions::Versions;

use crate::model::word::{self, Word};
use crate::model::{
    Action, ActionKind, AlertEvent, Certainty, Deed, EndReason, Measure, Output, Phase, Rule, RuleId,
    Severity, SharedAlert, Span, Subject, Time, TrackId,
};
use crate::normalcy::Normalcy;
use crate::picture::{Picture, ZoneSet};

/// Namespace of alert ids. An id is the UUID v5 of `rule|subject,subject|zone|onset`: subjects in key order, zone empty but
/// for pattern `zone`, onset in RFC 3339 with milliseconds and `Z`.
pub const NAMESPACE: Uuid = Uuid::from_u128(0x5b1a_6f0e_3c52_4d0b_9a57_6c1f_0f7d_2e11);

/// Least event time between two updates.
const UPDATE_EVERY: Span = Span::from_secs(600);

/// An open alert, by its place in the book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handle(u32);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Open {
    id: String,
    rule: RuleId,
    seq: u32,
    ids: Vec<TrackId>,
    keys: Vec<String>,
    onset: Time,
    last_event: Time,
    next_factor: f64,
    certainty: Certainty,
    zones: ZoneSet,
    /// Incident that its newest event told.
    incident: Option<String>,
    dirty: bool,
    /// Whether its newest event gave the position of its first party.
    located: bool,
    /// Whether it was silenced before it was raised: it has no events yet.
    mute: bool,
}

/// What an event of an alert states.
#[derive(Clone, Copy)]
enum Happening {
    Raised,
    Updated,
    /// The behaviour is seen again after a pause.
    Resumed(Span),
    Ended(EndReason),
}

impl Happening {
    fn phase(self) -> Phase {
        match self {
            Happening::Raised => Phase::Raised,
            Happening::Updated | Happening::Resumed(_) => Phase::Updated,
            Happening::Ended(_) => Phase::Ended,
        }
    }

    fn end_reason(self) -> Option<EndReason> {
        if let Happening::Ended(reason) = self { Some(reason) } else { None }
    }
}

/// Description of a rule in the events of its alerts; saved with them, for a rule may be gone when its alert ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Label {
    #[serde(deserialize_with = "word::one")]
    pattern: Word,
    /// Name of the rule.
    pub rule: String,
    /// Hash of the rule's content.
    pub hash: String,
    severity: Severity,
    limits: Vec<(String, Measure)>,
}

impl Label {
    /// Returns the description of a rule.
    pub fn of(rule: &Rule) -> Label {
        Label {
            pattern: rule.pattern,
            rule: rule.name.clone(),
            hash: rule.hash.clone(),
            severity: rule.severity,
            limits: limits_of(rule),
        }
    }
}

/// All open alerts, and the silences that officers asked for.
pub struct AlertBook {
    rules: Vec<Rule>,
    labels: Vec<Label>,
    open: Vec<Option<Open>>,
    free: Vec<u32>,
    /// Ended alerts that may go on.
    resting: Resting,
    incidents: Incidents,
    floods: Floods,
    /// New alerts of a rule and feed that stand apart though nothing supports them.
    lone_alerts: usize,
    /// Count of open alerts that each track is a party of.
    open_on: FxHashMap<TrackId, u16>,
    silences: BTreeMap<String, (Time, Time)>,
    acknowledged: u64,
    /// Model of what is usual, which findings are held against and learnt from.
    pub normalcy: Normalcy,
    /// What was usual when each open alert was raised, by its place in the book.
    standings: BTreeMap<u32, Standing>,
    shown: Shown,
    versions: Versions,
}

impl AlertBook {
    /// Makes an empty book for rules, with the model of what is usual that the configuration gives and the version in force.
    pub fn new(rules: &[Rule], normalcy: Normalcy, lone_alerts: usize, version: String) -> AlertBook {
        AlertBook {
            versions: Versions::new(version),
            normalcy,
            standings: BTreeMap::new(),
            shown: Shown::new(),
            rules: rules.to_vec(),
            labels: rules.iter().map(Label::of).collect(),
            open: Vec::new(),
            free: Vec::new(),
            resting: Resting::default(),
            incidents: Incidents::default(),
            floods: Floods::default(),
            lone_alerts,
            open_on: FxHashMap::default(),
            silences: BTreeMap::new(),
            acknowledged: 0,
        }
    }

    /// Returns how many alerts are open.
    pub fn open_count(&self) -> usize {
        self.open.iter().flatten().count() + self.floods.count()
    }

    /// Returns whether a track is a party of an open alert.
    pub fn is_open_on(&self, id: TrackId) -> bool {
        self.open_on.contains_key(&id)
    }

    /// Returns the parties of all open alerts, in no order.
    pub fn parties(&self) -> impl Iterator<Item = TrackId> + '_ {
        self.open_on.keys().copied()
    }

    /// Counts anew how many open alerts each track is a party of.
    fn count_parties(&mut self) {
        self.open_on.clear();
        for id in self.open.iter().flatten().flat_map(|open| &open.ids) {
            *self.open_on.entry(*id).or_default() += 1;
        }
    }

    fn close_on(&mut self, parties: &[TrackId]) {
        for id in parties {
            if let Some(count) = self.open_on.get_mut(id) {
                *count -= 1;
                if *count == 0 {
                    self.open_on.remove(id);
                }
            }
        }
    }

    /// Returns whether an alert of this id is open.
    pub fn is_open(&self, id: &str) -> bool {
        self.open.iter().flatten().any(|open| open.id == id) || self.floods.is_open(id)
    }

    /// Returns how many acknowledgements came in.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Applies an officer's action. An action of another centre changes nothing: this node judges for itself.
    pub fn act(&mut self, action: &Action) {
        match &action.kind {
            _ if action.centre.is_some() => {}
            ActionKind::Alert { deed: Deed::Acknowledge, .. } => self.acknowledged += 1,
            ActionKind::Silence { subject, lasting } => {
                self.silences.insert(subject.clone(), (action.time, action.time + *lasting));
                let now = action.time;
                self.silences.retain(|_, (_, until)| *until >= now);
            }
            ActionKind::Alert { .. }
            | ActionKind::Mark(_)
            | ActionKind::Unmark { .. }
            | ActionKind::Listed(_)
            | ActionKind::Log { .. } => {}
        }
    }

    /// Returns whether an officer's silence covers an alert. Nobody silences what is extreme, such as a distress.
    fn is_silenced(&self, rule: RuleId, keys: &[String], time: Time) -> bool {
        if self.labels[rule.index()].severity == Severity::Extreme {
            return false;
        }
        let covers = |key: &String| {
            self.silences.get(key).is_some_and(|(from, until)| (*from..*until).contains(&time))
        };
        keys.iter().any(covers)
    }

    /// Raises an alert, or updates the one that the finding continues.
    ///
    /// # Errors
    /// The finding opens no alert.
    pub fn raise(
        &mut self,
        picture: &Picture,
        rule: RuleId,
        finding: &Finding<'_>,
        never_quiet: bool,
        out: &mut Vec<Output>,
    ) -> Result<Handle, NotRaised> {
        let mut parties: Vec<(String, TrackId)> =
            finding.subjects.iter().map(|&s| (picture.key(s), s)).collect();
        parties.sort();
        let (keys, ids): (Vec<String>, Vec<TrackId>) = parties.into_iter().unzip();
        if self.is_chained(rule, &ids) {
            return Err(NotRaised::Chained);
        }
        let zone = zone_id(picture, finding);
        let past = self.resting.take(rule, zone, &keys, finding);
        let admission = match past {
            Some(_) => Admission::Free,
            None => self.admit(picture, rule, finding, out),
        };
        if let Admission::Held(_) = admission {
            return Err(NotRaised::Flood);
        }
        let (id, seq, onset, last_event, happening) = match past {
            Some((past, pause)) => {
                (past.id, past.seq, past.onset, past.last_event, Happening::Resumed(pause))
            }
            None => {
                let id = self.id_of(rule, &keys, finding, zone);
                // Feeds whose clocks differ may tell of the beginning after the rest.
                (id, 0, finding.onset.min(finding.time), finding.time, Happening::Raised)
            }
        };
        let open = Open {
            id,
            rule,
            seq,
            onset,
            last_event,
            next_factor: 2.0,
            certainty: finding.certainty,
            zones: picture.track(ids[0]).zones,
            incident: None,
            dirty: false,
            located: false,
            mute: self.is_silenced(rule, &keys, finding.time),
            ids,
            keys,
        };
        for &id in &open.ids {
            *self.open_on.entry(id).or_default() += 1;
        }
        let at = match self.free.pop() {
            Some(at) => at,
            None => {
                self.open.push(None);
                (self.open.len() - 1) as u32
            }
        };
        self.open[at as usize] = Some(open);
        self.floods.note_raised(at, rule, admission);
        let seen = self.observation(picture, rule, finding);
        self.standings
            .insert(at, self.standing_of(picture, rule, finding.subjects, seen.as_ref(), never_quiet));
        self.learn(seen.as_ref());
        if let Some(seen) = seen.filter(|_| !never_quiet && matches!(happening, Happening::Raised)) {
            self.note_ground(picture, rule, finding, &seen);
        }
        self.state(picture, Handle(at), finding, happening, out);
        Ok(Handle(at))
    }

    fn id_of(&self, rule: RuleId, keys: &[String], finding: &Finding<'_>, zone: &str) -> String {
        let rule = &self.rules[rule.index()].name;
        let text = format!("{rule}|{}|{zone}|{}", keys.join(","), finding.onset.rfc3339_millis());
        Uuid::new_v5(&NAMESPACE, text.as_bytes()).to_string()
    }

    /// Applies an event of another centre's alert: finds the alert's incident, and passes the event on with it.
    pub fn share(&mut self, picture: &Picture, alert: &SharedAlert, out: &mut Vec<Output>) {
        let key = alert.key();
        let mut told = Told::shared(picture, alert, &key);
        for at in 0..alert.message.event.subjects.len() {
            let id = incidents::track_here(picture, alert, at);
            told.continues(at, id.and_then(|id| self.earlier_key(picture, id)));
        }
        let noted = self.incidents.note(told);
        self.mark_moved(&noted.moved);
        let mut alert = alert.clone();
        let event = alert.message.event.to_mut();
        (event.incident, event.joins) = (noted.incident, noted.joins);
        out.push(Output::Shared(Box::new(alert)));
    }

    /// Returns the key under which a craft without AIS was known before.
    fn earlier_key(&self, picture: &Picture, id: TrackId) -> Option<String> {
        let pairs = self.open.iter().flatten().filter(|open| open.ids.len() == 2);
        continuation::earlier_key(picture, id, pairs.map(|open| (&open.ids[..], &open.keys[..])))
    }

    /// Notes that a track turned out to be another one: the incidents of both become one.
    pub fn unite(&mut self, picture: &Picture, gone: TrackId, into: TrackId) {
        let moved = self.incidents.unite(&picture.key(gone), &picture.key(into));
        self.mark_moved(&moved);
    }

    /// Has the open ones of some alerts updated at the next occasion: their incident is another one now.
    fn mark_moved(&mut self, keys: &[String]) {
        for open in self.open.iter_mut().flatten().filter(|open| keys.contains(&open.id)) {
            open.dirty = true;
        }
    }

    /// Notes that the identity of a track changed: its alerts are updated at the next occasion.
    pub fn identity_changed(&mut self, id: TrackId) {
        for open in self.open.iter_mut().flatten().filter(|o| o.ids.contains(&id)) {
            open.dirty = true;
        }
    }

    /// Updates the alert of a behaviour that goes on, if something changed that deserves it and the last event is old enough.
    /// `finding` is asked for only then.
    pub fn goes_on<'a>(
        &mut self,
        picture: &Picture,
        handle: Handle,
        now: Time,
        length: Elapsed,
        finding: impl FnOnce() -> Finding<'a>,
        out: &mut Vec<Output>,
    ) {
        let stands_out = self.stands_out(picture, handle.0, now);
        let Some(Some(open)) = self.open.get(handle.0 as usize) else { return };
        let changed = open.mute
            || open.dirty
            || length.duration_s >= open.next_factor * length.limit_s
            || picture.track(open.ids[0]).zones != open.zones;
        let may = open.mute || now - open.last_event >= UPDATE_EVERY;
        // Who was heard and now says where she is: whoever goes there must know at once.
        let found = !open.located && picture.track(open.ids[0]).located();
        if !(changed && may || found || stands_out) || self.is_silenced(open.rule, &open.keys, now) {
            return;
        }
        let unmuted = open.mute;
        if let Some(Some(open)) = self.open.get_mut(handle.0 as usize) {
            open.mute = false;
        }
        let is_first = unmuted && self.open[handle.0 as usize].as_ref().is_some_and(|open| open.seq == 0);
        let happening = if is_first { Happening::Raised } else { Happening::Updated };
        self.state(picture, handle, &finding(), happening, out);
    }

    /// Ends an alert.
    pub fn end(
        &mut self,
        picture: &Picture,
        handle: Handle,
        reason: EndReason,
        finding: &Finding<'_>,
        out: &mut Vec<Output>,
    ) {
        self.state(picture, handle, finding, Happening::Ended(reason), out);
        if let Some(open) = self.open[handle.0 as usize].take() {
            self.free.push(handle.0);
            self.standings.remove(&handle.0);
            self.floods.note_over(handle.0, open.rule);
            self.close_on(&open.ids);
            self.resting.keep(open, zone_id(picture, finding), reason, finding);
        }
    }

    fn state(
        &mut self,
        picture: &Picture,
        handle: Handle,
        f: &Finding<'_>,
        happening: Happening,
        out: &mut Vec<Output>,
    ) {
        let (phase, end_reason) = (happening.phase(), happening.end_reason());
        let earlier: Vec<Option<String>> = match &self.open[handle.0 as usize] {
            Some(open) if open.seq == 0 && !open.mute => {
                open.ids.iter().map(|&id| self.earlier_key(picture, id)).collect()
            }
            _ => Vec::new(),
        };
        let Some(Some(open)) = self.open.get_mut(handle.0 as usize) else { return };
        if open.mute {
            return;
        }
        // Parties of different feeds: what one says may be older than what was told last.
        let time = f.time.max(open.last_event);
        let at_once = open.seq > 0 && time == open.last_event;
        open.seq += 1;
        open.last_event = time;
        open.dirty = false;
        open.located = picture.track(open.ids[0]).located();
        open.certainty = f.certainty;
        open.zones = picture.track(open.ids[0]).zones;
        while f.length.duration_s >= open.next_factor * f.length.limit_s && open.next_factor < 1e6 {
            open.next_factor *= 2.0;
        }
        let label = &self.labels[open.rule.index()];
        let standing = self.standings.get(&handle.0);
        let subjects: Vec<Subject> =
            open.ids.iter().zip(&open.keys).map(|(&s, key)| subject_of(picture, s, key, time)).collect();
        let times = (open.onset, end_reason.map(|_| f.last), time);
        let mut told = Told::own(picture, &open.id, &open.ids, &subjects, times);
        earlier.into_iter().enumerate().for_each(|(party, earlier)| told.continues(party, earlier));
        let noted = self.incidents.note(told);
        open.incident.clone_from(&noted.incident);
        let place = place::place_of(&picture.zones, f.position);
        let names: Vec<String> = subjects.iter().map(spoken_name).collect();
        let more = match happening {
            Happening::Ended(reason) if !at_once => over_in_words(reason, &subjects, time),
            Happening::Resumed(pause) if pause > Span(0) => format!(" Again after {}.", pause.words()),
            _ => String::new(),
        };
        let claim = self.rules.get(open.rule.index()).and_then(|rule| long_claim(rule, &subjects));
        let at = place::in_words(&place, f.position);
        let at = if open.located { at } else { format!("of unknown position, heard {at}") };
        let claim = claim.unwrap_or_default() + &false_speed(picture, &open.ids, &names).unwrap_or_default();
        let parties = capitalised(&names.join(" and "));
        let summary = format!("{parties} {}{claim}, {at}.{more}", f.deed);
        let limits = self.rules.get(open.rule.index()).map_or(&[][..], |rule| &rule.limits.0);
        let named = |name: &str| {
            limits.iter().find(|(l, _)| l.name == name).map_or(name.to_owned(), |(l, _)| l.name_with_unit())
        };
        out.push(Output::Alert(Box::new(AlertEvent {
            id: open.id.clone(),
            seq: open.seq,
            pattern: label.pattern.into(),
            rule: label.rule.clone(),
            rules_hash: label.hash.clone(),
            rules_version: self.versions.of(&open.id).to_owned(),
            phase,
            end_reason,
            severity: standing.map_or(label.severity, |standing| standing.severity(label.severity)),
            certainty: f.certainty,
            attention: standing.map(Standing::attention).unwrap_or_default(),
            usual: standing.and_then(Standing::usual),
            onset: open.onset,
            time,
            ended: end_reason.map(|_| f.last),
            subjects,
            position: f.position,
            zones: zones_of(picture, open.ids[0], f),
            place,
            not_judged: f.not_judged.clone(),
            incident: noted.incident,
            joins: noted.joins,
            flood: None,
            measured: f.measured.iter().map(|(name, m)| (named(name), m.clone())).collect(),
            limits: label.limits.clone(),
            summary,
            evidence: evidence_of(picture, open.ids[0], f),
        })));
        self.mark_moved(&noted.moved);
    }
}

/// Returns the id of the zone that a finding is about, empty where there is none.
fn zone_id<'a>(picture: &'a Picture, finding: &Finding<'_>) -> &'a str {
    finding.zone.map_or("", |zone| picture.zones.all()[zone.index()].id.as_str())
}
