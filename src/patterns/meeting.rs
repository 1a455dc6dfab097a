//! The behaviour of `rendezvous`: when two vessels are together, apart, or a case that can't be judged.

use serde::{Deserialize, Serialize};

use super::clutter_test::reason_for_doubt;
use super::company::Company;
use super::conditions::{Check, Conditions};
use super::life_cycle::{Behaviour, Case, Statement, Subjects, Verdict};
use super::pair_cases::PairId;
use super::pair_motion::{Midway, PairMotion};
use super::rendezvous::{
    CONVERGED_FROM, DISTANCE, FROM_PORT, LARGE, MAX_COMPANY, MAX_DRIFT, MAX_RELATIVE_SPEED, MAX_SPEED,
    MIN_DURATION, PARTIES,
};
use super::states::States;
use super::{World, limits};
use crate::geodesy::{self, NM_M};
use crate::model::{
    Certainty, EndReason, Length, Reason, Rule, RuleId, Span, Speed, Time, TrackId, ZoneKind,
};
use crate::picture::Picture;
use crate::tracking::resolution;

/// Number of reports in a row that show the vessels apart after which a meeting is over …
const MISSES: u8 = 3;
/// … if they cover this time at least: radars report every few seconds.
const APART_FOR: Span = Span::from_secs(30);
/// Excess over the speed limits at which vessels are apart.
const SLACK_KN: f64 = 0.5;
/// Distance from a meeting within which vessels make it a gathering.
const GATHERING_M: f64 = NM_M;
/// Top speed, in tenths of a knot, up to which two vessels were found together: nobody saw them meet.
const UNDER_WAY_TENTHS: u16 = 30;
/// Speed at which a craft without AIS is under way.
const COMES_KN: f64 = 4.0;
/// Distance that a craft without AIS must have covered.
const COMES_M: f64 = NM_M;
/// Number of the radars' reports that a craft without AIS must have.
const COMES_REPORTS: u32 = 100;
/// Time for which a clutter test of a craft under way stays valid.
const VOUCHED_FOR: Span = Span::from_secs(600);
/// Distance from a coast within which two vessels that lie still are neighbours at a berth.
const QUAY_M: f64 = 0.25 * NM_M;
/// Distance beyond which two craft are not together, however little radars know where they are, metres.
const UNSURE_M: f64 = 500.0;
/// Time before a meeting in which convergence, and a craft's way there, are looked for.
const LOOK_BACK: Span = Span::from_secs(2 * 3600);

/// The limits of a rule, and what its vessels were seen to do before they met.
pub struct Meeting {
    /// The rule.
    pub rule: RuleId,
    /// Distance up to which vessels are together.
    pub distance_m: f64,
    /// Speed up to which vessels can meet.
    pub max_speed_kn: Option<f64>,
    max_relative_kn: Option<f64>,
    max_drift_m: Option<f64>,
    min_duration: Span,
    converged_m: Option<f64>,
    max_silence: Span,
    large_m: Option<f64>,
    from_port_m: Option<f64>,
    /// Number of vessels from which on they are a gathering.
    pub max_company: usize,
    /// How many of the two are on AIS.
    on_ais: std::ops::RangeInclusive<usize>,
    /// Vessels that can be parties, or are.
    pub vessels: States<Vessel>,
}

/// What is known of a vessel that can be a party.
#[derive(Default, Serialize, Deserialize)]
pub struct Vessel {
    /// Vessels with which there is a case.
    pub partners: Vec<TrackId>,
    /// Whether the vessel was in a gathering when it last looked.
    pub crowded: bool,
    /// Time at which a craft without AIS was last seen under way from afar, and passed the clutter test.
    came: Option<Time>,
}

impl Vessel {
    /// Whether the rule wants every report of the vessel.
    pub fn is_held(&self) -> bool {
        !self.partners.is_empty() || self.crowded
    }
}

/// Memory of a pair.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pair {
    other: TrackId,
    nearest_m: f64,
    top_kn: f64,
    top_relative_kn: f64,
    misses: u8,
    /// Time of the last report that did not show them apart.
    last_near: Time,
    /// Time since which the two are one echo to the radars.
    merged_since: Option<Time>,
    /// Furthest that they were apart before they met.
    converged_m: Option<f64>,
    /// Place between them at this report.
    #[serde(skip)]
    middle: Option<Midway>,
}

/// Speed up to which two on AIS that come together among ships at anchor are a lighter, a launch or a supply boat, knots.
const AT_ANCHOR_KN: f64 = 2.5;
/// Number of small craft at work within this distance, metres, one party included, that show two small ones on AIS to be at work.
const AT_WORK: usize = 5;
const AT_WORK_M: f64 = 5.0 * NM_M;
/// A meeting shorter than this is brief: where one echo of the radar is wider than so many times the distance that the rule asks
/// for, two that pass each other look the same.
const BRIEF: Span = Span::from_secs(300);
const BRIEF_CELL: f64 = 3.0;

impl Meeting {
    /// Reads the limits of a rule.
    pub fn new(rule: &Rule, number: RuleId) -> Meeting {
        let given = &rule.limits;
        Meeting {
            rule: number,
            distance_m: given.get(DISTANCE).m(),
            max_speed_kn: given.get(MAX_SPEED).map(Speed::kn),
            max_relative_kn: given.get(MAX_RELATIVE_SPEED).map(Speed::kn),
            max_drift_m: given.get(MAX_DRIFT).map(Length::m),
            min_duration: given.get(MIN_DURATION),
            converged_m: given.get(CONVERGED_FROM).map(Length::m),
            max_silence: given.get(limits::MAX_SILENCE),
            large_m: given.get(LARGE).map(Length::m),
            from_port_m: given.get(FROM_PORT).map(Length::m),
            max_company: given.get(MAX_COMPANY),
            on_ais: [("both-on-ais", 2..=2), ("one-on-ais", 1..=1), ("none-on-ais", 0..=0)]
                .into_iter()
                .find(|(word, _)| given.get(PARTIES).has(word))
                .map_or(0..=2, |(_, count)| count),
            vessels: States::default(),
        }
    }

    /// Whether a party can be a craft without AIS.
    fn asks_for_dark(&self) -> bool {
        *self.on_ais.end() < 2
    }

    /// Returns the distance within which a vessel looks for partners, metres.
    pub fn reach_m(&self) -> f64 {
        self.distance_m * limits::LEAVE_FACTOR
    }

    /// Whether a vessel is slow enough to meet another one. A craft without AIS is lost in the other's echo at the speed at which it
    /// came.
    pub fn can_be_party(&self, id: TrackId, picture: &Picture, c: &mut Conditions<'_>) -> bool {
        let Some(max_kn) = self.max_speed_kn else { return true };
        if self.asks_for_dark() && !picture.track(id).on_ais() {
            return true;
        }
        let speed_kn = picture.least_speed_kn(id).unwrap_or(0.0);
        c.at_most(MAX_SPEED, Speed::from_kn(max_kn), || Speed::from_kn(speed_kn));
        c.are_met()
    }

    fn motion(&self, a: TrackId, b: TrackId, w: &World<'_>) -> Option<PairMotion> {
        let motion = PairMotion::of(w.picture, a, b, w.now, self.max_silence);
        if motion.as_ref().is_some_and(|motion| self.is_together(motion)) {
            return motion;
        }
        // Two that say they are together are, whatever radars make of two hulls side by side.
        let told = PairMotion::by_broadcasts(w.picture, a, b, w.now);
        told.filter(|told| !self.is_apart(told)).or(motion)
    }

    fn is_together(&self, motion: &PairMotion) -> bool {
        let mut c = Conditions::of(None);
        self.compare(motion, &mut c);
        c.are_met()
    }

    /// Compares the motion of two vessels with that of vessels that are together.
    fn compare(&self, motion: &PairMotion, c: &mut Conditions<'_>) {
        let within = Length::from_m(self.distance_m.max(sure_grain_m(motion)));
        c.at_most(DISTANCE, within, || Length::from_m(motion.apart_m));
        if let Some(max) = self.max_speed_kn {
            c.at_most(MAX_SPEED, Speed::from_kn(max), || Speed::from_kn(motion.top_kn));
        }
        if let Some(max) = self.max_relative_kn {
            c.at_most(MAX_RELATIVE_SPEED, Speed::from_kn(max), || Speed::from_kn(motion.relative_kn));
        }
    }

    fn is_apart(&self, motion: &PairMotion) -> bool {
        motion.apart_m > limits::LEAVE_FACTOR * self.distance_m.max(sure_grain_m(motion))
            || self.max_speed_kn.is_some_and(|max| motion.top_kn > max + SLACK_KN)
            || self.max_relative_kn.is_some_and(|max| motion.relative_kn > max + SLACK_KN)
    }

    /// Whether two vessels are what the rule is about, and together.
    pub fn can_meet(&self, id: TrackId, other: TrackId, w: &World<'_>) -> bool {
        let motion = self.motion(id, other, w);
        let both = [id, other];
        let on_ais = both.into_iter().filter(|&s| w.picture.track(s).on_ais()).count();
        let is_large = |m: f64| both.into_iter().any(|s| w.picture.may_be_long(s, m));
        let mut c = w.conditions();
        c.is(PARTIES, || self.on_ais.contains(&on_ais));
        if let Some(m) = self.large_m {
            c.is(LARGE, || is_large(m));
        }
        c.holds(Check::Fresh, || motion.is_some());
        if let Some(motion) = motion {
            self.compare(&motion, &mut c);
        }
        c.are_met()
    }

    /// Begins the case of a vessel and a partner that it found.
    pub fn begin_pair(&self, id: TrackId, other: TrackId, w: &World<'_>) -> Case<Pair> {
        let PairId { first, second } = PairId::of(id, other);
        let memory = Pair {
            other: second,
            nearest_m: f64::INFINITY,
            top_kn: 0.0,
            top_relative_kn: 0.0,
            misses: 0,
            last_near: w.now,
            merged_since: None,
            converged_m: self.converged_m.and_then(|_| furthest_apart_m(w, id, other)),
            middle: None,
        };
        let mut case = Case::new(memory, first, w);
        case.reports = w.picture.track(first).reports + w.picture.track(second).reports;
        case
    }

    /// Notes whether a craft without AIS is under way from afar, as a craft is and clutter is not.
    pub fn note_way(&mut self, id: TrackId, w: &World<'_>) {
        let track = w.picture.track(id);
        let vessel = self.vessels.make(id);
        let lately = vessel.came.is_some_and(|came| w.now - came < VOUCHED_FOR);
        let at = track.fix.position;
        let has_come = || {
            let mut way = w.picture.history(id).since(Time::NEVER);
            way.any(|p| geodesy::distance_m(p.position(), at) >= COMES_M)
        };
        let comes = !lately
            && !track.on_ais()
            && track.sensed > 0
            && track.reports >= COMES_REPORTS
            && track.speed_kn().is_some_and(|kn| kn >= COMES_KN)
            && has_come();
        if comes && reason_for_doubt(w, id, self.max_company).is_none() {
            vessel.came = Some(w.now);
        }
    }

    /// Whether a craft without AIS was seen under way in the time before a meeting.
    fn came(&self, id: TrackId, since: Time) -> bool {
        let came = self.vessels.peek(id).and_then(|vessel| vessel.came);
        came.is_some_and(|came| since - came <= LOOK_BACK)
    }

    /// Returns how far one has moved past the other in the time that a meeting takes, metres.
    fn drift_m(&self, pair: PairId, w: &World<'_>) -> f64 {
        let offset = |time: Time| {
            let [a, b] = pair.ids().map(|id| w.picture.position_at(id, time).lon_lat());
            geodesy::offset_m(a, b)
        };
        let (now, then) = (offset(w.now), offset(w.now - self.min_duration));
        libm::hypot(now[0] - then[0], now[1] - then[1])
    }
}

impl Behaviour for Meeting {
    type Memory = Pair;

    const OF_PAIRS: bool = true;

    fn assess(&mut self, id: TrackId, case: &mut Case<Pair>, w: &World<'_>) -> Verdict {
        let other = case.memory.other;
        let (motion, mut c) = (self.motion(id, other, w), w.conditions());
        c.holds(Check::Fresh, || motion.is_some());
        let Some(motion) = motion else { return Verdict::Skipped };
        self.compare(&motion, &mut c);
        let (together, apart) = (c.are_met(), self.is_apart(&motion));
        c.at_least(MIN_DURATION, self.min_duration, || w.now - case.since);
        let applies = [id, other].into_iter().all(|id| w.applies(self.rule, id));
        let (now, pair) = (w.now, &mut case.memory);
        if apart || !applies {
            pair.misses = pair.misses.saturating_add(1);
            let reason = if apart { EndReason::Parted } else { EndReason::Left };
            let lately = now - pair.last_near < APART_FOR;
            return if pair.misses >= MISSES && !lately { Verdict::Ended(reason) } else { Verdict::Waiting };
        }
        (pair.misses, pair.last_near) = (0, pair.last_near.max(now));
        pair.merged_since = if motion.in_one_echo { pair.merged_since.or(Some(now)) } else { None };
        pair.middle = Some(motion.middle);
        if !together {
            return Verdict::Paused;
        }
        pair.nearest_m = pair.nearest_m.min(motion.apart_m);
        pair.top_kn = pair.top_kn.max(motion.top_kn);
        pair.top_relative_kn = pair.top_relative_kn.max(motion.relative_kn);
        if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
    }

    /// Two that were never apart, that slide past each other, or that are near a port, do not meet. A pair about which another
    /// rule as severe has an open alert is told: ships that came alongside lie together.
    fn is_refuted(&self, id: TrackId, case: &Case<Pair>, w: &World<'_>) -> bool {
        let mut c = w.conditions();
        match (self.converged_m, case.memory.converged_m) {
            (Some(_), None) => return false,
            (Some(from), Some(had)) => {
                c.at_least(CONVERGED_FROM, Length::from_m(from), || Length::from_m(had));
            }
            _ => {}
        }
        if !c.are_met() && !c.are_traced() {
            return true;
        }
        let pair = PairId::of(id, case.memory.other);
        let Some(motion) = self.motion(pair.first, pair.second, w) else { return !c.are_met() };
        if let Some(m) = self.from_port_m {
            c.is(FROM_PORT, || !w.picture.zones.is_near_kind(ZoneKind::Port, motion.middle.position(), m));
        }
        if self.min_duration < BRIEF {
            let cell_m = if motion.in_one_echo { motion.grain_m } else { motion.apart_m };
            c.at_most(DISTANCE, Length::from_m(BRIEF_CELL * self.distance_m), || Length::from_m(cell_m));
        }
        c.holds(Check::NotTold, || !w.alerts.are_told(self.rule, pair.ids()));
        if let Some(max) = self.max_drift_m {
            let drift_m = || if motion.in_one_echo { 0.0 } else { self.drift_m(pair, w) };
            c.at_most(MAX_DRIFT, Length::from_m(max + motion.grain_m), || Length::from_m(drift_m()));
        }
        !c.are_met()
    }

    fn doubt(&self, id: TrackId, case: &Case<Pair>, w: &World<'_>) -> Option<Reason> {
        if self.converged_m.is_some() && case.memory.converged_m.is_none() {
            return Some(Reason::Convergence);
        }
        let pair = PairId::of(id, case.memory.other);
        let motion = self.motion(pair.first, pair.second, w)?;
        let mut tracks = pair.ids().into_iter().map(|id| w.picture.track(id));
        if tracks.all(|track| track.top_tenths <= UNDER_WAY_TENTHS) {
            return Some(Reason::NeverUnderWay);
        }
        let middle = || motion.middle.position();
        if motion.top_kn <= limits::STILL_KN && w.picture.zones.to_coast_m(middle(), QUAY_M).is_some() {
            return Some(Reason::AtBerth);
        }
        if is_her_own_echo(pair, w) {
            return Some(Reason::Ghost);
        }
        let crowd = self.max_company;
        // Beside another a craft looks as her ghost does, and turns as hard as clutter jumps: what counts is how it came.
        let dark =
            pair.ids().into_iter().find(|&id| !w.picture.track(id).on_ais() && !self.came(id, case.since));
        if let Some(id) = dark {
            return reason_for_doubt(w, id, crowd).or(Some(Reason::NeverUnderWay));
        }
        if *self.on_ais.start() == 2 && motion.top_kn <= AT_ANCHOR_KN {
            if Company::lies_at_anchor(w.picture, &pair.ids(), w.now) {
                return Some(Reason::AtBerth);
            }
            let at_work = |id: TrackId| Company::at_work(w.picture, id, AT_WORK_M, AT_WORK, w.now) >= AT_WORK;
            if pair.ids().into_iter().all(at_work) {
                return Some(Reason::WhereOneStops);
            }
        }
        let slow = self.max_speed_kn.unwrap_or(motion.top_kn) + 5.0;
        (w.company(&pair.ids(), GATHERING_M, slow, crowd).known >= crowd).then_some(Reason::Gathering)
    }

    fn note_doubt(&mut self, _id: TrackId, case: &mut Case<Pair>, reason: Reason, _w: &World<'_>) -> bool {
        case.doubted.replace(reason).is_none()
    }

    fn joined(&mut self, case: &mut Case<Pair>, now: Time) {
        case.doubt_until = now + Self::DOUBT_FOR;
    }

    fn subjects(&self, id: TrackId, pair: &Pair) -> Subjects {
        Subjects::new(id, Some(pair.other))
    }

    fn lasted(&self, case: &Case<Pair>) -> Span {
        case.now - case.since
    }

    fn reports(&self, id: TrackId, case: &Case<Pair>, picture: &Picture) -> u32 {
        let reports = picture.track(id).reports + picture.track(case.memory.other).reports;
        reports.saturating_sub(case.reports) + 2
    }

    fn before_end(&mut self, _id: TrackId, case: &mut Case<Pair>, _picture: &Picture) {
        case.memory.middle = None;
    }

    fn update_base(&self) -> Span {
        self.min_duration
    }

    fn statement(&self, id: TrackId, case: &Case<Pair>, picture: &Picture) -> Statement {
        let (pair, together) = (&case.memory, case.lasted());
        let (moving, speed) = (pair.top_kn > 3.0, pair.top_kn);
        let slow = self.max_speed_kn.unwrap_or(speed) + 5.0;
        let company =
            Company::near(picture, &[id, pair.other], GATHERING_M, slow, self.max_company, case.now);
        Statement {
            position: pair.middle.map_or(picture.track(id).fix.position, Midway::position),
            certainty: if pair.merged_since.is_some() { Certainty::Possible } else { Certainty::Observed },
            measured: [
                Some(DISTANCE.measured(Length::from_m(pair.nearest_m))),
                Some(MAX_SPEED.measured(Speed::from_kn(pair.top_kn))),
                Some(MAX_RELATIVE_SPEED.measured(Speed::from_kn(pair.top_relative_kn))),
                Some(MIN_DURATION.measured(together)),
                pair.converged_m.map(|m| CONVERGED_FROM.measured(Length::from_m(m))),
            ]
            .into_iter()
            .flatten()
            .collect(),
            not_judged: pair
                .merged_since
                .map(|since| format!("One echo to the radar since {} UTC.", since.hour_minute()))
                .into_iter()
                .chain(company.in_words(self.max_company))
                .collect(),
            deed: format!(
                "have been together for {}, as near as {:.0} m, {}",
                together.words(),
                pair.nearest_m,
                if moving {
                    format!("under way at up to {speed:.1} kn")
                } else {
                    format!("at {speed:.1} kn or less")
                }
            ),
        }
    }
}

/// Returns the distance below which positions say nothing, as far as a meeting may rest on it; in one echo, the cell of the radar.
fn sure_grain_m(motion: &PairMotion) -> f64 {
    if motion.in_one_echo { motion.grain_m } else { motion.grain_m.min(UNSURE_M) }
}

/// Whether the radar shows one echo where AIS shows a ship: the echo under a number of its own is hers, and nobody can tell
/// whether another craft is in it. Trackers let a number go over from a boat that passes to the ship that she passes.
fn is_her_own_echo(pair: PairId, w: &World<'_>) -> bool {
    let alone = |ship: TrackId, echo: TrackId| {
        let (hers, its) = (w.picture.track(ship), w.picture.track(echo));
        let cell_m = resolution::appears_within_m(&w.picture.sensors, echo);
        hers.on_ais()
            && hers.sensed == 0
            && !its.on_ais()
            && its.sensed > 0
            && geodesy::distance_m(hers.fix.carried_to(w.now), its.fix.carried_to(w.now)) <= cell_m
    };
    alone(pair.first, pair.second) || alone(pair.second, pair.first)
}

/// Returns how far apart two vessels were at most in the time before, metres; `None` where nothing shows it.
fn furthest_apart_m(w: &World<'_>, a: TrackId, b: TrackId) -> Option<f64> {
    let theirs = w.picture.history(b);
    let pairs = w
        .picture
        .history(a)
        .since(w.now - LOOK_BACK)
        .filter_map(|p| Some((p.position(), theirs.position_at(p.time())?)));
    pairs.map(|(p, q)| geodesy::distance_m(p, q)).reduce(f64::max)
}

/// A vessel in layouts 1 to 3 of the saved state.
#[derive(Default, Deserialize)]
pub struct VesselBefore {
    partners: Vec<TrackId>,
    #[expect(dead_code, reason = "read to get past it")]
    next_look: Time,
    crowded: bool,
    came: Option<Time>,
}

impl VesselBefore {
    /// Returns what is known of a vessel.
    pub fn renewed(self) -> Vessel {
        let VesselBefore { partners, crowded, came, .. } = self;
        Vessel { partners, crowded, came }
    }
}

/// A pair in layouts 1 and 2 of the saved state.
#[derive(Deserialize)]
pub struct PairBefore {
    since: Time,
    reports: u32,
    last_together: Time,
    last_judged: Time,
    nearest_m: f64,
    top_kn: f64,
    top_relative_kn: f64,
    misses: u8,
    last_near: Time,
    melted: Option<Time>,
    converged_m: Option<f64>,
    doubted: bool,
    doubt_until: Time,
    raised: Option<crate::alerts::Handle>,
    over: bool,
}

impl PairBefore {
    /// Returns the case of a pair, if it isn't over.
    pub fn renewed(self, pair: PairId) -> Option<Case<Pair>> {
        let memory = Pair {
            other: pair.second,
            nearest_m: self.nearest_m,
            top_kn: self.top_kn,
            top_relative_kn: self.top_relative_kn,
            misses: self.misses,
            last_near: self.last_near,
            merged_since: self.melted,
            converged_m: self.converged_m,
            middle: None,
        };
        let case = Case {
            memory,
            since: self.since,
            last: self.last_together,
            seen: self.last_judged,
            reports: self.reports,
            doubt_until: self.doubt_until,
            // Which doubt it was is not saved there; the first was counted.
            doubted: self.doubted.then_some(Reason::Gathering),
            raised: self.raised,
            now: self.last_judged,
            applies: true,
        };
        (!self.over).then_some(case)
    }
}
