//! `ais-gap`: silence well past a vessel's own reporting rate where others were still heard.
//!
//! Absence of data is not evidence: silence speaks only where the stations that heard the vessel lived and went on
//! hearing others of its class where it was, and where it was going.

use serde::{Deserialize, Serialize};

use super::states::{States, read_layout_1};
use super::witness::Lost;
use super::{Deadline, Gate, Pattern, Watch, World};
use crate::alerts::{Elapsed, Finding, Handle};
use crate::geodesy::{self, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Certainty, EndReason, LimitKey, Position, Reason, Rule, RuleId, Span, Time, TrackId, Words, ZoneKind,
};
use crate::picture::{HOLE, Picture, Track};

const MIN_SILENCE: LimitKey<Span> = LimitKey::duration("min_silence", "30 min")
    .at_least()
    .doc("The vessel sends no report for at least this long.");
const CADENCE_FACTOR: LimitKey<f64> = LimitKey::factor("cadence_factor", "6")
    .at_least()
    .doc("The silence lasts at least this many of the vessel's own reporting intervals.");
const MIN_WITNESSES: LimitKey<usize> = LimitKey::count("min_witnesses", "2")
    .at_least()
    .may_be_zero()
    .doc("At least this many vessels of the same class, at a like range and bearing, are still heard by the same stations.");
const COVERAGE: LimitKey<Words> = LimitKey::one_of("coverage", &["required", "ignored"], "required")
    .doc("\"required\" asks for witnesses that were still heard; \"ignored\" raises on the silence alone.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "ais-gap",
    doc: "A vessel falls silent for much longer than its own reporting interval, while the same stations still hear vessels of its class at a like range and bearing.",
    caution: "The rule cannot judge in these cases: no station that heard the vessel is alive; too few witnesses were heard; the course of the vessel leads out of the usual reception of its class; the receiver moves; the vessel lay still at a berth or within half a mile of the coast. Where reports came thinned, at the edge of the range or through a feed that passes on few of them, only witnesses at least as far away count.",
    limits: &[MIN_SILENCE.limit, CADENCE_FACTOR.limit, MIN_WITNESSES.limit, COVERAGE.limit],
    watch: |rule, number| Box::new(AisGap::new(rule, number)),
};

/// Stations that heard the vessel within this before its last report are asked.
const LATELY: Span = Span::from_secs(600);
/// It lay at a berth: this slow, or this long within this of where it was last; and this near the coast.
const BERTH_KN: f64 = 0.5;
const LAY: Span = Span::from_secs(300);
const LAY_M: f64 = 100.0;
const BERTH_M: f64 = 0.5 * NM_M;
/// Open this long without a word, the alert is closed: the vessel is gone from the watch.
const GIVEN_UP: Span = Span::from_secs(24 * 3600);
struct AisGap {
    rule: RuleId,
    min_silence: Span,
    cadence_factor: f64,
    min_witnesses: usize,
    coverage: bool,
    states: States<Option<Raised>>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Raised {
    handle: Handle,
    since: Time,
    from: Position,
    /// Its reporting interval before, seconds.
    used_to_s: f64,
    witnesses: usize,
}

/// What is known of a silence.
enum Verdict {
    /// It speaks: so many witnesses.
    Silent(usize),
    /// It does not.
    CannotJudge(Reason),
}

impl AisGap {
    fn new(rule: &Rule, number: RuleId) -> AisGap {
        AisGap {
            rule: number,
            min_silence: rule.limits.get(MIN_SILENCE),
            cadence_factor: rule.limits.get(CADENCE_FACTOR),
            min_witnesses: rule.limits.get(MIN_WITNESSES),
            coverage: rule.limits.get(COVERAGE).has("required"),
            states: States::default(),
        }
    }

    /// How long a track may be silent.
    fn patience(&self, track: &Track) -> Span {
        self.min_silence.max(Span::from_secs_f64(self.cadence_factor * track.expected_interval_s()))
    }

    fn judge(&self, id: TrackId, now: Time, w: &World<'_>) -> Verdict {
        let track = w.picture.track(id);
        let same = w.picture.same_mmsi(track.mmsi).filter(|&other| other != id);
        if same.into_iter().any(|other| w.picture.track(other).last_heard > track.last_heard) {
            return Verdict::CannotJudge(Reason::HeardElsewhere);
        }
        if !self.coverage {
            return Verdict::Silent(0);
        }
        if at_berth(id, w.picture) {
            return Verdict::CannotJudge(Reason::AtBerth);
        }
        let mut reason = Reason::StationSilent;
        let mut most = 0;
        for by in track.heard_within(LATELY) {
            let key = by.station_key();
            let Some(station) = w.picture.reception.station(key) else { continue };
            let lived = station.last_heard + HOLE >= now && station.hole_ended <= track.last_heard;
            if station.mobile || !lived {
                reason = if station.mobile { Reason::ReceiverMoves } else { reason };
                continue;
            }
            let lost = Lost::new(id, by, now, w.picture);
            let witnesses = lost.witnesses(2 * self.min_witnesses);
            if witnesses < self.min_witnesses {
                reason = Reason::NoWitnesses;
                continue;
            }
            if !lost.way_is_covered() {
                reason = Reason::LeavesCoverage;
                continue;
            }
            most = most.max(witnesses);
        }
        if most > 0 { Verdict::Silent(most) } else { Verdict::CannotJudge(reason) }
    }

    /// The silence as it is told at a time; `back` where it was heard again then.
    fn finding<'a>(
        &self,
        ids: &'a [TrackId],
        r: &Raised,
        back: bool,
        picture: &Picture,
        now: Time,
    ) -> Finding<'a> {
        let silence = now - r.since;
        let fix = picture.track(ids[0]).fix;
        let moved = match geodesy::distance_m(r.from, fix.position) / NM_M {
            nm if fix.time > r.since => format!(", {nm:.1} nm from where it fell silent"),
            _ => ", its position not yet".to_owned(),
        };
        let used_to = format!("where it used to report every {:.0} s", r.used_to_s);
        let deed = match (back, self.coverage) {
            (true, _) => format!("was heard again after {} of silence{moved}", silence.words()),
            (false, true) => format!(
                "has been silent for {} {used_to}; {} others near it were still heard",
                silence.words(),
                r.witnesses
            ),
            (false, false) => format!("has been silent for {} {used_to}", silence.words()),
        };
        Finding {
            subjects: ids,
            zone: None,
            onset: r.since,
            time: now,
            last: now,
            position: r.from,
            certainty: self.certainty(r.witnesses),
            length: self.length(silence),
            reports: 1,
            measured: vec![
                MIN_SILENCE.measured(silence),
                CADENCE_FACTOR.measured(silence.secs() / r.used_to_s),
                MIN_WITNESSES.measured(r.witnesses),
            ],
            not_judged: Vec::new(),
            deed,
        }
    }

    fn length(&self, silence: Span) -> Elapsed {
        Elapsed { duration_s: silence.secs(), limit_s: self.min_silence.secs() }
    }

    fn certainty(&self, witnesses: usize) -> Certainty {
        if self.coverage && witnesses >= 2 * self.min_witnesses {
            Certainty::Likely
        } else {
            Certainty::Possible
        }
    }

    fn raise(&mut self, id: TrackId, witnesses: usize, w: &mut World<'_>) -> bool {
        let track = w.picture.track(id);
        let (since, from) = (track.last_heard, track.fix.position);
        let used_to_s = track.expected_interval_s();
        let mut raised = Raised { handle: Handle::default(), since, from, used_to_s, witnesses };
        let ids = [id];
        let finding = self.finding(&ids, &raised, false, w.picture, w.now);
        let Some(handle) = w.alerts.raise(w.picture, self.rule, &finding, w.out) else { return false };
        raised.handle = handle;
        *self.states.make(id) = Some(raised);
        w.engage(self.rule, id, true);
        true
    }

    fn end(&mut self, id: TrackId, reason: EndReason, w: &mut World<'_>) {
        let Some(raised) = self.states.get(id).and_then(Option::take) else { return };
        let ids = [id];
        let back = reason == EndReason::Reappeared;
        let now = if back { w.picture.track(id).last_heard } else { w.now };
        let finding = self.finding(&ids, &raised, back, w.picture, now);
        w.alerts.end(w.picture, raised.handle, reason, &finding, w.out);
        self.states.drop(id);
        w.engage(self.rule, id, false);
    }

    /// A silence that was told goes on.
    fn goes_on(&mut self, id: TrackId, raised: &Raised, w: &mut World<'_>) {
        let ids = [id];
        let finding = || self.finding(&ids, raised, false, w.picture, w.now);
        let length = self.length(w.now - raised.since);
        w.alerts.goes_on(w.picture, raised.handle, w.now, length, finding, w.out);
    }
}

impl Watch for AisGap {
    fn gate(&self) -> Gate {
        Gate::Once
    }

    fn report(&mut self, id: TrackId, _applies: bool, w: &mut World<'_>) -> bool {
        let track = w.picture.track(id);
        let silent_since = self.states.get(id).and_then(|raised| Some(raised.as_ref()?.since));
        match silent_since {
            // Older than what was heard of it last, it says nothing of the silence.
            Some(since) if track.last_heard <= since => return true,
            Some(_) => self.end(id, EndReason::Reappeared, w),
            None if w.now < track.last_heard => return false,
            None => {}
        }
        if track.is_vessel() && track.on_ais() {
            w.arm(self.rule, id, track.last_heard + self.patience(track));
        }
        false
    }

    fn heard(&mut self, id: TrackId, w: &mut World<'_>) {
        if self.states.get(id).is_some_and(|raised| raised.is_some()) {
            self.report(id, true, w);
        }
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.end(id, EndReason::Identified, w);
        self.states.drop(id);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let id = deadline.parties.first();
        let track = w.picture.track(id);
        let (last, patience) = (track.last_heard, self.patience(track));
        if !track.is_vessel() || !track.on_ais() {
            return None;
        }
        if last + patience > deadline.time {
            return Some(last + patience);
        }
        match self.states.get(id).copied().flatten() {
            Some(_) if last + GIVEN_UP <= deadline.time => {
                self.end(id, EndReason::Lost, w);
                return None;
            }
            Some(raised) => self.goes_on(id, &raised, w),
            None if !w.applies(self.rule, id) => return None,
            None => match self.judge(id, deadline.time, w) {
                Verdict::Silent(witnesses) if self.raise(id, witnesses, w) => {}
                Verdict::Silent(_) => return None,
                Verdict::CannotJudge(reason) => {
                    // What could not be judged once is not judged until it is heard again.
                    w.tally.cannot_judge(self.rule, reason);
                    return None;
                }
            },
        }
        Some((deadline.time + patience).min(last + GIVEN_UP))
    }

    fn layout(&self) -> u16 {
        2
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&self.states, out);
    }

    fn load(&mut self, version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        self.states = match version {
            1 => read_layout_1(from, |state: Option<Raised>| state)?,
            _ => saved::get(from)?,
        };
        Ok(())
    }
}

/// It lay still by the shore: AIS goes off at many berths. Offshore nothing but an anchorage excuses it.
fn at_berth(id: TrackId, picture: &Picture) -> bool {
    let track = picture.track(id);
    let zones = &picture.zones;
    let moored =
        zones.has_kind(track.zones, ZoneKind::Port) || zones.has_kind(track.zones, ZoneKind::Anchorage);
    lay_still(id, picture) && (moored || zones.to_coast_m(track.fix.position, BERTH_M).is_some())
}

/// By what it says of its speed, or by where it was: at a berth the one is noise.
fn lay_still(id: TrackId, picture: &Picture) -> bool {
    let fix = picture.track(id).fix;
    let still = picture.track(id).speed_kn().is_none_or(|kn| kn <= BERTH_KN);
    let near = |at: Position| geodesy::distance_m(at, fix.position) <= LAY_M;
    still
        || picture
            .history(id)
            .since(Time(0))
            .rev()
            .take_while(|p| near(p.position()))
            .last()
            .is_some_and(|p| fix.time - p.time() >= LAY)
}
