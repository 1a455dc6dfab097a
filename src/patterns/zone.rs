//! `zone`: a vessel entered or left a zone, and held past the dwell.

use serde::{Deserialize, Serialize};

use super::states::{States, read_layout_1};
use super::{Deadline, Gate, Pattern, Watch, World, limits};
use crate::alerts::{Elapsed, Finding, Handle};
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Certainty, EndReason, Length, LimitKey, Rule, RuleId, Span, Time, TrackId, Words, ZoneId,
};
use crate::picture::Picture;

const DWELL: LimitKey<Span> = LimitKey::duration("dwell", "60 s")
    .at_least()
    .may_be_zero()
    .doc("The vessel stays on the new side for at least this long.");
const MARGIN: LimitKey<Length> = LimitKey::metres("margin", "100 m")
    .may_be_zero()
    .doc("A vessel inside has left the zone only beyond this distance from the edge.");
const ON: LimitKey<Words> =
    LimitKey::some_of("on", &["entry", "exit"], "entry").doc("Crossings that raise an alert.");
const MAX_SILENCE: LimitKey<Span> = limits::MAX_SILENCE
    .with_default("30 min")
    .doc("A vessel that is not heard for this long is no longer held to be inside.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "zone",
    doc: "A vessel entered (or left) a zone and stayed on that side for longer than the dwell.",
    caution: "Jitter on the edge raises nothing. A vessel is inside when it was once deeper than the margin, or stayed for ten dwells without a position outside. A vessel has left when it is beyond the margin.",
    limits: &[DWELL.limit, MARGIN.limit, ON.limit, MAX_SILENCE.limit],
    watch: |rule, number| Box::new(Zone::new(rule, number)),
};

/// Never clear of the edge by the margin, it is believed inside after so many dwells without a position outside:
/// a receiver's jitter does not keep to one side for that long.
const SURE_DWELLS: i64 = 10;

struct Zone {
    rule: RuleId,
    dwell: Span,
    margin_m: f64,
    entry: bool,
    exit: bool,
    max_silence: Span,
    states: States<State>,
}

#[derive(Default, Serialize, Deserialize)]
struct State {
    stays: Vec<Stay>,
    last_report: Time,
}

/// A vessel in a zone.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Stay {
    zone: ZoneId,
    since: Time,
    reports: u32,
    /// It was first heard inside: nobody saw it enter.
    appeared: bool,
    /// It was deeper inside than the margin.
    deep: bool,
    /// Held to be inside: past the dwell, and clear of the edge or long enough.
    entered: bool,
    last_inside: Time,
    /// First report beyond the margin since.
    out_since: Option<Time>,
    raised: Option<Handle>,
}

impl Zone {
    fn new(rule: &Rule, number: RuleId) -> Zone {
        Zone {
            rule: number,
            dwell: rule.limits.get(DWELL),
            margin_m: rule.limits.get(MARGIN).m(),
            entry: rule.limits.get(ON).has("entry"),
            exit: rule.limits.get(ON).has("exit"),
            max_silence: rule.limits.get(MAX_SILENCE),
            states: States::default(),
        }
    }

    fn finding<'a>(
        &self,
        ids: &'a [TrackId],
        stay: &Stay,
        leaving: Option<Time>,
        picture: &Picture,
        now: Time,
    ) -> Finding<'a> {
        let track = picture.track(ids[0]);
        let name = &picture.zones.all()[stay.zone.index()].name;
        let onset = leaving.unwrap_or(stay.since);
        let held = now - onset;
        let deed = match leaving {
            None if stay.appeared => {
                format!("was first heard inside {name} and has been there for {}", held.words())
            }
            None => format!("has entered {name} and been there for {}", held.words()),
            Some(_) => format!("has left {name} after {}", (onset - stay.since).words()),
        };
        Finding {
            subjects: ids,
            zone: Some(stay.zone),
            onset,
            time: now,
            last: stay.last_inside.max(onset),
            position: track.fix.position,
            certainty: Certainty::Observed,
            length: self.length(held),
            reports: track.reports - stay.reports + 1,
            measured: vec![DWELL.measured(held)],
            not_judged: Vec::new(),
            deed,
        }
    }

    fn length(&self, held: Span) -> Elapsed {
        Elapsed { duration_s: held.secs(), limit_s: self.dwell.secs().max(1.0) }
    }

    /// A report inside.
    fn stays(&self, id: TrackId, stay: &mut Stay, w: &mut World<'_>) {
        let (ids, fix) = ([id], w.picture.track(id).fix);
        (stay.last_inside, stay.out_since) = (fix.time, None);
        let held = fix.time - stay.since;
        if let Some(handle) = stay.raised {
            let finding = || self.finding(&ids, stay, None, w.picture, w.now);
            w.alerts.goes_on(w.picture, handle, w.now, self.length(held), finding, w.out);
            return;
        }
        if stay.entered {
            return;
        }
        stay.deep |= w.picture.zones.to_edge_m(stay.zone, fix.position, self.margin_m).is_none();
        let surely = stay.deep || held.0 >= SURE_DWELLS * self.dwell.0;
        stay.entered = held >= self.dwell && surely;
        if stay.entered && self.entry {
            let finding = self.finding(&ids, stay, None, w.picture, w.now);
            stay.raised = w.alerts.raise(w.picture, self.rule, &finding, w.out);
        }
    }

    /// Brings the stay in one zone up to a report; false when it is over.
    fn follow(&self, id: TrackId, stay: &mut Stay, inside: bool, w: &mut World<'_>) -> bool {
        let ids = [id];
        let fix = w.picture.track(id).fix;
        if inside {
            self.stays(id, stay, w);
            return true;
        }
        if !stay.entered {
            return false;
        }
        let beyond = w.picture.zones.to_edge_m(stay.zone, fix.position, self.margin_m).is_none();
        if !beyond {
            return true;
        }
        let out_since = *stay.out_since.get_or_insert(fix.time);
        if self.exit && fix.time - out_since < self.dwell {
            return true;
        }
        self.close(id, stay, EndReason::Left, w);
        if self.exit {
            let finding = self.finding(&ids, stay, Some(out_since), w.picture, w.now);
            if let Some(handle) = w.alerts.raise(w.picture, self.rule, &finding, w.out) {
                w.alerts.end(w.picture, handle, EndReason::Left, &finding, w.out);
            }
        }
        false
    }

    fn close(&self, id: TrackId, stay: &mut Stay, reason: EndReason, w: &mut World<'_>) {
        if let Some(handle) = stay.raised.take() {
            let ids = [id];
            let finding = self.finding(&ids, stay, None, w.picture, w.now);
            w.alerts.end(w.picture, handle, reason, &finding, w.out);
        }
    }

    /// All its stays are over.
    fn let_go(&mut self, id: TrackId, reason: EndReason, w: &mut World<'_>) {
        let Some(state) = self.states.get(id) else { return };
        let mut stays = std::mem::take(&mut state.stays);
        for stay in &mut stays {
            self.close(id, stay, reason, w);
        }
        stays.clear();
        self.states.make(id).stays = stays;
        self.states.drop(id);
    }
}

impl Watch for Zone {
    fn gate(&self) -> Gate {
        Gate::Always
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        let track = w.picture.track(id);
        if !track.is_vessel() {
            self.let_go(id, EndReason::Identified, w);
            return false;
        }
        let (fix, reports, set) = (track.fix, track.reports, track.zones);
        let state = self.states.make(id);
        state.last_report = fix.time;
        let mut stays = std::mem::take(&mut state.stays);
        if applies {
            for &zone in w.picture.zones.of_set(set) {
                let new = w.scope.selects(self.rule, zone) && !stays.iter().any(|s| s.zone == zone);
                if new {
                    stays.push(Stay {
                        zone,
                        since: fix.time,
                        reports,
                        appeared: reports == 1,
                        deep: false,
                        entered: false,
                        last_inside: fix.time,
                        out_since: None,
                        raised: None,
                    });
                }
            }
        }
        let members = w.picture.zones.of_set(set);
        stays.retain_mut(|stay| self.follow(id, stay, members.contains(&stay.zone), w));
        let idle = stays.is_empty();
        self.states.make(id).stays = stays;
        if idle {
            self.states.drop(id);
            return false;
        }
        w.arm(self.rule, id, fix.time + self.max_silence);
        true
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.let_go(id, EndReason::Identified, w);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let id = deadline.parties.first();
        let state = self.states.get(id)?;
        let silent_at = state.last_report + self.max_silence;
        if silent_at > deadline.time {
            return Some(silent_at);
        }
        self.let_go(id, EndReason::Lost, w);
        w.engage(self.rule, id, false);
        None
    }

    fn layout(&self) -> u16 {
        2
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&self.states, out);
    }

    fn load(&mut self, version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        self.states = match version {
            1 => read_layout_1(from, |state: State| state)?,
            _ => saved::get(from)?,
        };
        Ok(())
    }
}
