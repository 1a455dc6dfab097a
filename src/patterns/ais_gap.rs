//! `ais-gap`: silence well past a vessel's own reporting rate where others were still heard.
//!
//! Absence of data is not evidence: silence speaks only where the stations that heard the vessel lived and went on
//! hearing others of its class where it was, and where it was going.

use serde::{Deserialize, Serialize};

use super::company::Company;
use super::conditions::Check;
use super::deadlines::RECENT_RECEPTION;
use super::life_cycle::{Behaviour, Case, CasesByTrack, LifeCycle, Statement, Verdict};
use super::states::{States, read_layout_1};
use super::witness::Lost;
use super::{Deadline, Gate, Pattern, Sensor, Watch, World, limits};
use crate::alerts::{Handle, Resumes};
use crate::geodesy::{self, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Bound, Certainty, EndReason, LimitKey, Position, Reason, Rule, RuleId, Span, Time, TrackId, Words,
    ZoneKind,
};
use crate::picture::{HOLE, Heard, Picture, Station, Track};

const MIN_SILENCE: LimitKey<Span> = LimitKey::duration("min_silence", "30 min")
    .at_least()
    .doc("The vessel sends no report for at least this long.");
const CADENCE_FACTOR: LimitKey<f64> = LimitKey::factor("cadence_factor", "6")
    .at_least()
    .doc("The silence lasts at least this many of the vessel's own intervals, as the station that heard it measured them.");
const MIN_WITNESSES: LimitKey<usize> = LimitKey::count("min_witnesses", "2").at_least().may_be_zero().doc(
    "At least this many vessels of the same class, as far from the same station, are still heard by it.",
);
const COVERAGE: LimitKey<Words> = LimitKey::one_of("coverage", &["required", "ignored"], "required")
    .doc("\"required\" asks for witnesses that were still heard; \"ignored\" raises on the silence alone.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "ais-gap",
    doc: "A vessel falls silent for much longer than a station's own intervals between its reports, while the same station still hears vessels of its class from as far.",
    caution: "The rule cannot judge in these cases: no station that heard the vessel is alive; too few reports came to know how often it is heard; too few witnesses were heard; the course of the vessel leads out of the usual reception of its class; the receiver moves; the vessel lay still at a berth, within half a mile of the coast, or at anchor for an hour within 3 nm of two others on AIS that lie still; within 2 nm of the coast, its course led to land within a quarter of an hour. A feed that passes on few reports has long intervals: a silence is as long as twice the second longest pause lately, or longer. Where fewer than two in five reports came, only witnesses near the vessel and at least as far away count. A witness was heard for 20 minutes before the silence, or a radar sees it. Where five more fell silent within 3 nm and 20 min, the alert of the first stands for all and names them.",
    limits: &[MIN_SILENCE.limit, CADENCE_FACTOR.limit, MIN_WITNESSES.limit, COVERAGE.limit],
    needs: &[Sensor::Ais],
    watch: |rule, number| Box::new(AisGap::new(rule, number)),
};

/// Time for which a vessel must have been heard before its silence means anything.
const MIN_HEARD_FOR: Span = Span::from_secs(600);
/// Time within [`LAY_M`] of the last position after which a vessel lies still.
const LAY: Span = Span::from_secs(300);
const LAY_M: f64 = 100.0;
/// Distance from its last position within which a vessel at anchor swings, metres: across the circle. Time after which it lies at anchor.
const ACROSS_M: f64 = 2.0 * limits::SWINGS_M;
const ANCHORED_FOR: Span = Span::from_secs(3600);
/// Distance from the coast within which a vessel that lies still is at a berth.
const SHORE_M: f64 = 0.5 * NM_M;
/// Distance within which vessels that fall silent together are one group, metres, and the time within which they do.
const TOGETHER_M: f64 = 3.0 * NM_M;
const TOGETHER_WITHIN: Span = Span::from_secs(20 * 60);
/// Time after which one that is not heard belongs to such a group.
const TOGETHER_SILENT_FOR: Span = Span::from_secs(600);
/// Number of vessels of such a group, beside the one that has the alert, from which on its alert stands for all of them.
const TOGETHER: usize = 5;
/// Number of these that an alert names.
const TOGETHER_NAMED: usize = 8;
/// Reasons for which a station says nothing, in the order in which they are asked: of several stations the one that comes
/// furthest gives the reason.
const ASKED_IN_TURN: [Reason; 5] = [
    Reason::FewReports,
    Reason::ReceiverMoves,
    Reason::StationSilent,
    Reason::NoWitnesses,
    Reason::LeavesCoverage,
];
/// Silence after which an open alert is closed: the vessel is gone from the watch.
const GIVEN_UP: Span = Span::from_secs(24 * 3600);

/// Time within which a vessel comes to land on its course, and distance from the coast at which it is there, metres.
const COMES_TO_LAND_IN: Span = Span::from_secs(900);
const AT_LAND_M: f64 = 0.25 * NM_M;
/// Places on that way that are looked at.
const LAND_STEPS: i64 = 6;
/// Distance from the coast beyond which the course of a vessel says nothing about where it goes, metres.
const NEAR_LAND_M: f64 = 2.0 * NM_M;

/// A rule's silences. Every vessel on AIS has a deadline of the rule; a case is held once its silence was judged.
struct AisGap {
    life_cycle: LifeCycle<Gap>,
    cases: CasesByTrack<Silent>,
}

/// The behaviour: silence where others are still heard.
struct Gap {
    min_silence: Span,
    cadence_factor: f64,
    min_witnesses: usize,
    coverage: bool,
}

/// Memory of a silence.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Silent {
    from: Position,
    /// Mean interval at which a station heard the vessel before, seconds.
    used_to_s: f64,
    witnesses: usize,
    /// Whether the vessel was heard again.
    back: bool,
}

/// What is known of a silence.
enum Silence {
    /// The silence is a gap, by this number of witnesses, where the vessel had been heard at this mean interval in seconds.
    Silent(usize, f64),
    /// The silence says nothing before this time.
    NotYet(Time),
    /// The silence says nothing.
    CannotJudge(Reason),
}

/// What one station says of a silence.
enum Testimony {
    /// This number of witnesses.
    Witnesses(usize),
    /// Nothing, for this reason.
    None(Reason),
}

impl Gap {
    /// Returns how long a station may hear nothing of a track; `None` where it heard too little to know.
    fn patience_of(&self, by: Heard) -> Option<Span> {
        by.cadence().unexplained(self.cadence_factor).map(|span| span.max(self.min_silence))
    }

    /// Returns how long a track may be silent: the shortest of what the stations that heard it lately say.
    fn patience(&self, track: &Track) -> Span {
        let shortest = track.received_within(RECENT_RECEPTION).filter_map(|by| self.patience_of(by)).min();
        shortest.unwrap_or(self.min_silence)
    }

    fn judge(&self, id: TrackId, now: Time, w: &World<'_>) -> Silence {
        let track = w.picture.track(id);
        let same = w.picture.same_mmsi(track.mmsi).filter(|&other| other != id);
        if same.into_iter().any(|other| w.picture.track(other).last_heard > track.last_heard) {
            return Silence::CannotJudge(Reason::HeardElsewhere);
        }
        let known_for = track.last_heard - track.first_heard;
        if known_for < MIN_HEARD_FOR {
            return Silence::CannotJudge(Reason::FewReports);
        }
        if self.coverage && at_berth(id, w.picture, now) {
            return Silence::CannotJudge(Reason::AtBerth);
        }
        if self.coverage && is_bound_for_land(track, w.picture) {
            return Silence::CannotJudge(Reason::LeavesCoverage);
        }
        let mut reasons = Vec::new();
        let (mut most, mut next): (Option<(usize, f64)>, Option<Time>) = (None, None);
        for by in track.received_within(RECENT_RECEPTION) {
            if self.coverage && w.picture.reception.station(by.station_key()).is_none() {
                continue;
            }
            let (Some(patience), Some(mean_s)) = (self.patience_of(by), by.cadence().mean_s()) else {
                reasons.push(Reason::FewReports);
                continue;
            };
            let due = by.last() + patience;
            if due > now {
                next = Some(next.map_or(due, |before| before.min(due)));
                continue;
            }
            match self.testimony(id, by, now, w) {
                Testimony::Witnesses(count) if most.is_none_or(|(best, _)| count > best) => {
                    most = Some((count, mean_s));
                }
                Testimony::Witnesses(_) => {}
                Testimony::None(why) => reasons.push(why),
            }
        }
        match (most, next) {
            (Some((witnesses, mean_s)), _) => Silence::Silent(witnesses, mean_s),
            (None, Some(time)) => Silence::NotYet(time),
            (None, None) => {
                let nobody = if self.coverage { Reason::StationSilent } else { Reason::FewReports };
                let furthest = ASKED_IN_TURN.into_iter().rev().find(|asked| reasons.contains(asked));
                Silence::CannotJudge(furthest.unwrap_or(nobody))
            }
        }
    }

    /// Asks a station whether it would still hear a vessel that it heard.
    fn testimony(&self, id: TrackId, by: Heard, now: Time, w: &World<'_>) -> Testimony {
        if !self.coverage {
            return Testimony::Witnesses(0);
        }
        let (key, last_heard) = (by.station_key(), w.picture.track(id).last_heard);
        if w.picture.reception.moves(key) {
            return Testimony::None(Reason::ReceiverMoves);
        }
        let lived = |station: &Station| station.last_heard + HOLE >= now && station.hole_ended <= last_heard;
        if !w.picture.reception.station(key).is_some_and(lived) {
            return Testimony::None(Reason::StationSilent);
        }
        let lost = Lost::new(id, by, now, w.picture);
        let witnesses = lost.witnesses(2 * self.min_witnesses);
        if witnesses < self.min_witnesses {
            return Testimony::None(Reason::NoWitnesses);
        }
        match lost.way_is_covered() {
            true => Testimony::Witnesses(witnesses),
            false => Testimony::None(Reason::LeavesCoverage),
        }
    }

    fn certainty(&self, witnesses: usize) -> Certainty {
        if self.coverage && witnesses >= 2 * self.min_witnesses {
            Certainty::Likely
        } else {
            Certainty::Possible
        }
    }
}

impl Behaviour for Gap {
    type Memory = Silent;

    const RESUMES: Resumes = Resumes::NEVER;

    /// A report about a case that is raised: the vessel is heard again, unless the report is older than the silence.
    fn assess(&mut self, id: TrackId, case: &mut Case<Silent>, w: &World<'_>) -> Verdict {
        let last_heard = w.picture.track(id).last_heard;
        if last_heard <= case.since {
            return Verdict::Skipped;
        }
        case.memory.back = true;
        (case.now, case.last) = (last_heard, last_heard);
        Verdict::Ended(EndReason::Reappeared)
    }

    fn before_end(&mut self, _id: TrackId, case: &mut Case<Silent>, _picture: &Picture) {
        case.last = case.now;
    }

    fn reports(&self, _id: TrackId, _case: &Case<Silent>, _picture: &Picture) -> u32 {
        1
    }

    fn lasted(&self, case: &Case<Silent>) -> Span {
        case.now - case.since
    }

    fn update_base(&self) -> Span {
        self.min_silence
    }

    fn statement(&self, id: TrackId, case: &Case<Silent>, picture: &Picture) -> Statement {
        let (memory, silence, fix) = (case.memory, self.lasted(case), picture.track(id).fix);
        let moved = match geodesy::distance_m(memory.from, fix.position) / NM_M {
            nm if fix.time > case.since => format!(", {nm:.1} nm from where it fell silent"),
            _ => ", its position not yet".to_owned(),
        };
        let used_to = format!("where it was heard every {} before", interval_words(memory.used_to_s));
        let deed = match (memory.back, self.coverage) {
            (true, _) => format!("was heard again after {} of silence{moved}", silence.words()),
            (false, true) => format!(
                "has been silent for {} {used_to}; {} others from as far were still heard",
                silence.words(),
                memory.witnesses
            ),
            (false, false) => format!("has been silent for {} {used_to}", silence.words()),
        };
        Statement {
            position: memory.from,
            certainty: self.certainty(memory.witnesses),
            measured: vec![
                MIN_SILENCE.measured(silence),
                CADENCE_FACTOR.measured(silence.secs() / memory.used_to_s),
                MIN_WITNESSES.measured(memory.witnesses),
            ],
            not_judged: group_in_words(id, case, picture).into_iter().collect(),
            deed,
        }
    }
}

impl AisGap {
    fn new(rule: &Rule, number: RuleId) -> AisGap {
        let gap = Gap {
            min_silence: rule.limits.get(MIN_SILENCE),
            cadence_factor: rule.limits.get(CADENCE_FACTOR),
            min_witnesses: rule.limits.get(MIN_WITNESSES),
            coverage: rule.limits.get(COVERAGE).has("required"),
        };
        let life_cycle = LifeCycle { rule: number, behaviour: gap, max_silence: GIVEN_UP };
        AisGap { life_cycle, cases: States::default() }
    }

    fn take(&mut self, id: TrackId) -> Option<Case<Silent>> {
        self.cases.get(id).and_then(Option::take)
    }

    /// Raises the alert of a vessel whose silence was judged. Returns whether it is open.
    fn raise(&mut self, id: TrackId, witnesses: usize, used_to_s: f64, w: &mut World<'_>) -> bool {
        let track = w.picture.track(id);
        let memory = Silent { from: track.fix.position, used_to_s, witnesses, back: false };
        let mut case = Case::new(memory, id, w);
        (case.since, case.seen) = (track.last_heard, track.last_heard);
        self.life_cycle.raise(id, &mut case, w);
        let is_raised = case.is_raised();
        if is_raised {
            *self.cases.make(id) = Some(case);
            w.engage(self.life_cycle.rule, id, true);
        }
        is_raised
    }

    fn end(&mut self, id: TrackId, reason: EndReason, w: &mut World<'_>) {
        if let Some(mut case) = self.take(id) {
            self.life_cycle.end(id, &mut case, reason, w);
            w.engage(self.life_cycle.rule, id, false);
        }
        self.cases.drop(id);
    }

    /// Whether the silence of a vessel is that of a group whose alert is open: boats that switch off after a race, a fleet that
    /// goes home, or one transmitter that had sent them all.
    fn is_told_of_group(&self, id: TrackId, now: Time, w: &World<'_>) -> bool {
        let (track, mut told) = (w.picture.track(id), false);
        let (since, at) = (track.last_heard, track.fix.position);
        let count = each_silent_with(id, since, at, now, w.picture, |other| {
            told |= self.cases.peek(other).is_some_and(Option::is_some);
        });
        told && count >= TOGETHER
    }

    /// Records what is known of a silence, where the judgement is traced.
    fn trace(&self, id: TrackId, now: Time, silence: &Silence, w: &World<'_>) {
        let mut c = w.conditions();
        if !c.are_traced() {
            return;
        }
        let (gap, track) = (&self.life_cycle.behaviour, w.picture.track(id));
        let (silent, patience) = (now - track.last_heard, gap.patience(track));
        let is_long = !matches!(silence, Silence::NotYet(_));
        // Beyond the shortest silence that the rule asks for, the vessel's own intervals count.
        if patience > gap.min_silence {
            let mean_s = patience.secs() / gap.cadence_factor;
            let (value, limit) = (silent.secs() / mean_s, gap.cadence_factor);
            c.compared(CADENCE_FACTOR, Bound::AtLeast, value, limit, is_long);
        } else {
            let (value, limit) = (silent.secs(), gap.min_silence.secs());
            c.compared(MIN_SILENCE, Bound::AtLeast, value, limit, is_long);
        }
        match silence {
            Silence::Silent(witnesses, _) if gap.coverage => {
                c.at_least(MIN_WITNESSES, gap.min_witnesses, || *witnesses);
            }
            Silence::CannotJudge(reason) => c.can_judge(Some(*reason)),
            Silence::Silent(..) | Silence::NotYet(_) => {}
        }
        c.decide();
    }

    /// Judges the silence of a vessel without a case. Returns when it is looked at again, if it is.
    fn consider(&mut self, id: TrackId, now: Time, w: &mut World<'_>) -> Option<Time> {
        let mut c = w.conditions();
        c.holds(Check::Inside, || w.applies(self.life_cycle.rule, id));
        if !c.are_met() {
            return None;
        }
        let silence = self.life_cycle.behaviour.judge(id, now, w);
        self.trace(id, now, &silence, w);
        match silence {
            Silence::Silent(..) if self.is_told_of_group(id, now, w) => {
                w.conditions().can_judge(Some(Reason::Gathering));
                w.tally.cannot_judge(self.life_cycle.rule, Reason::Gathering);
                None
            }
            Silence::Silent(witnesses, used_to_s) => {
                let again = now + self.life_cycle.behaviour.patience(w.picture.track(id));
                self.raise(id, witnesses, used_to_s, w).then_some(again)
            }
            Silence::NotYet(time) => Some(time),
            Silence::CannotJudge(reason) => {
                // What could not be judged once is not judged until it is heard again.
                w.tally.cannot_judge(self.life_cycle.rule, reason);
                None
            }
        }
    }
}

impl Watch for AisGap {
    fn gate(&self) -> Gate {
        Gate::Once
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        match self.take(id) {
            Some(mut case) => {
                if self.life_cycle.report(id, &mut case, applies, w) {
                    *self.cases.make(id) = Some(case);
                    return true;
                }
                self.cases.drop(id);
                w.engage(self.life_cycle.rule, id, false);
            }
            None if w.now < w.picture.track(id).last_heard => return false,
            None => {}
        }
        let track = w.picture.track(id);
        if track.is_vessel() && track.on_ais() {
            w.arm(self.life_cycle.rule, id, track.last_heard + self.life_cycle.behaviour.patience(track));
        }
        false
    }

    fn heard(&mut self, id: TrackId, w: &mut World<'_>) {
        if self.cases.peek(id).is_some_and(Option::is_some) {
            self.report(id, true, w);
        }
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.end(id, EndReason::Identified, w);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let id = deadline.parties.first();
        let track = w.picture.track(id);
        let (last, patience) = (track.last_heard, self.life_cycle.behaviour.patience(track));
        if !track.is_vessel() || !track.on_ais() {
            return None;
        }
        if last + patience > deadline.time {
            self.trace(id, deadline.time, &Silence::NotYet(last + patience), w);
            return Some(last + patience);
        }
        match self.take(id) {
            Some(case) if last + GIVEN_UP <= deadline.time => {
                *self.cases.make(id) = Some(case);
                self.end(id, EndReason::Lost, w);
                return None;
            }
            Some(mut case) => {
                (case.now, case.last) = (w.now, w.now);
                self.life_cycle.update(id, &case, w);
                *self.cases.make(id) = Some(case);
            }
            None => {
                let next = self.consider(id, deadline.time, w);
                return next.map(|next| next.min(last + GIVEN_UP));
            }
        }
        Some((deadline.time + patience).min(last + GIVEN_UP))
    }

    fn layout(&self) -> u16 {
        3
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&self.cases, out);
    }

    fn load(&mut self, version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        self.cases = match version {
            1 => read_layout_1(from, |before: Option<RaisedBefore>| before.map(Case::from))?,
            2 => saved::get::<States<Option<RaisedBefore>>>(from)?.map(|before| before.map(Case::from)),
            _ => saved::get(from)?,
        };
        Ok(())
    }
}

/// A silence in layouts 1 and 2.
#[derive(Deserialize)]
struct RaisedBefore {
    handle: Handle,
    since: Time,
    from: Position,
    used_to_s: f64,
    witnesses: usize,
}

impl From<RaisedBefore> for Case<Silent> {
    fn from(before: RaisedBefore) -> Case<Silent> {
        let RaisedBefore { handle, since, from, used_to_s, witnesses } = before;
        Case {
            memory: Silent { from, used_to_s, witnesses, back: false },
            since,
            last: since,
            seen: since,
            reports: 0,
            doubt_until: Time::NEVER,
            doubted: None,
            raised: Some(handle),
            now: since,
            applies: true,
        }
    }
}

/// Visits the vessels that fell silent about when one did, and near where it did. Returns their number.
fn each_silent_with(
    id: TrackId,
    since: Time,
    at: Position,
    now: Time,
    picture: &Picture,
    mut visit: impl FnMut(TrackId),
) -> usize {
    let mut count = 0;
    picture.surface_near(at, TOGETHER_M, |other| {
        let track = picture.track(other);
        let apart = track.last_heard - since;
        let is_one = other != id
            && track.is_vessel()
            && track.on_ais()
            && track.sensed == 0
            && apart <= TOGETHER_WITHIN
            && Span(-apart.0) <= TOGETHER_WITHIN
            && now - track.last_heard >= TOGETHER_SILENT_FOR
            && geodesy::distance_m(at, track.fix.position) <= TOGETHER_M;
        if is_one {
            count += 1;
            visit(other);
        }
        true
    });
    count
}

/// Returns a sentence that names the vessels for which the alert of one stands.
fn group_in_words(id: TrackId, case: &Case<Silent>, picture: &Picture) -> Option<String> {
    let mut numbers = Vec::new();
    let count = each_silent_with(id, case.since, case.memory.from, case.now, picture, |other| {
        numbers.push(picture.track(other).mmsi.0);
    });
    numbers.sort_unstable();
    let named: Vec<String> = numbers.iter().take(TOGETHER_NAMED).map(u32::to_string).collect();
    let more = if count > TOGETHER_NAMED { " and others" } else { "" };
    (count >= TOGETHER).then(|| {
        format!("{count} more within 3 nm fell silent within 20 min of it: MMSI {}{more}.", named.join(", "))
    })
}

/// Returns an interval in words: seconds up to three minutes, then minutes.
fn interval_words(seconds: f64) -> String {
    if seconds < 180.5 { format!("{seconds:.0} s") } else { Span::from_secs_f64(seconds).words() }
}

/// Whether a vessel lay still by the shore or among vessels at anchor: AIS goes off at many berths, and where crews sleep.
fn at_berth(id: TrackId, picture: &Picture, now: Time) -> bool {
    let track = picture.track(id);
    let zones = &picture.zones;
    let moored =
        zones.has_kind(track.zones, ZoneKind::Port) || zones.has_kind(track.zones, ZoneKind::Anchorage);
    let by_the_shore = || zones.to_coast_m(track.fix.position, SHORE_M).is_some();
    lay_still(id, picture) && (moored || by_the_shore())
        || lay_within(id, ACROSS_M, ANCHORED_FOR, picture) && Company::lies_at_anchor(picture, &[id], now)
}

/// Whether a vessel lay still, by its reported speed or by its positions: at a berth the speed is noise.
fn lay_still(id: TrackId, picture: &Picture) -> bool {
    let still = picture.track(id).speed_kn().is_none_or(|kn| kn <= limits::STILL_KN);
    still || lay_within(id, LAY_M, LAY, picture)
}

/// Whether a vessel stayed this near to its last position, metres, for so long.
fn lay_within(id: TrackId, metres: f64, lasting: Span, picture: &Picture) -> bool {
    let fix = picture.track(id).fix;
    let near = |at: Position| geodesy::distance_m(at, fix.position) <= metres;
    let points = picture.history(id).since(Time(0)).rev();
    points.take_while(|p| near(p.position())).last().is_some_and(|p| fix.time - p.time() >= lasting)
}

/// Whether a vessel near the coast was bound for it: on its last course it came to land within a quarter of an hour.
fn is_bound_for_land(track: &Track, picture: &Picture) -> bool {
    let fix = track.fix;
    let (Some(sog_kn), Some(cog_deg)) = (fix.sog_kn(), fix.cog_deg()) else { return false };
    let comes_to_land = |step| {
        let lasting = Span(COMES_TO_LAND_IN.0 * step / LAND_STEPS);
        let at = geodesy::dead_reckoned(fix.position, sog_kn, cog_deg, lasting);
        picture.zones.is_inland(at) || picture.zones.to_coast_m(at, AT_LAND_M).is_some()
    };
    picture.zones.to_coast_m(fix.position, NEAR_LAND_M).is_some() && (1..=LAND_STEPS).any(comes_to_land)
}
