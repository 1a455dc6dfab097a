//! `rendezvous`: two vessels close together, away from ports and anchorages.
//!
//! A vessel that can be a party (the rule applies, slow enough, fresh) stands in a grid of the rule's own and looks
//! round it twice a minute; a pair once found has its own state and is judged at each report of either.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::doubt::doubt;
use super::stance::Stance;
use super::states::{States, read_layout_1};
use super::{Deadline, Gate, Parties, Pattern, Watch, World, limits};
use crate::alerts::{Elapsed, Finding, Handle};
use crate::geodesy::{self, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Certainty, EndReason, Length, LimitKey, Position, Reason, Rule, RuleId, Span, Speed, Time, TrackId, Words,
};
use crate::picture::{Grid, Picture, Track};
use crate::tracking::resolution;

const DISTANCE: LimitKey<Length> =
    LimitKey::metres("distance", "500 m").at_most().doc("The two vessels are not farther apart than this.");
const MAX_SPEED: LimitKey<Option<Speed>> = LimitKey::speed("max_speed", "2 kn")
    .at_most()
    .or_none()
    .doc("Neither vessel is faster than this; \"none\" allows any speed.");
const MAX_RELATIVE_SPEED: LimitKey<Option<Speed>> = LimitKey::speed("max_relative_speed", "none")
    .at_most()
    .or_none()
    .doc("The relative speed of the two is not higher than this.");
const MAX_DRIFT: LimitKey<Option<Length>> =
    LimitKey::metres("max_drift", "none").at_most().or_none().doc("During min_duration neither vessel moves past the other by more than this and the error of the sensors. A ship that overtakes slowly slides past; a ship alongside does not.");
const MIN_DURATION: LimitKey<Span> =
    LimitKey::duration("min_duration", "30 min").at_least().doc("The meeting lasts at least this long.");
const CONVERGED_FROM: LimitKey<Option<Length>> = LimitKey::nautical_miles("converged_from", "none")
    .at_least()
    .more_than(DISTANCE, "they come closer")
    .or_none()
    .doc("The two vessels were at least this far apart within the two hours before.");
const MAX_SILENCE: LimitKey<Span> =
    limits::MAX_SILENCE.with_default("15 min").doc("A pair that could not be judged for this long is over.");
const PARTIES: LimitKey<Words> =
    LimitKey::one_of("parties", &["any", "both-on-ais", "one-on-ais", "none-on-ais"], "any")
        .doc("Number of the two that are, or were, on AIS.");
const LARGE: LimitKey<Option<Length>> = LimitKey::metres("large", "none")
    .at_least()
    .or_none()
    .doc("One of the two is on AIS and at least this long.");
const MAX_COMPANY: LimitKey<usize> = limits::MAX_COMPANY
    .with_default("6")
    .doc("This many vessels within 1 nm, the pair included, make a gathering, which is not judged.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "rendezvous",
    doc: "Two vessels stay close together, away from ports and anchorages.",
    caution: "A craft that radars lost where it came to another one is taken to be beside it; the certainty is then possible. A craft without AIS counts only where radars saw it come a mile, steadily, within the two hours before. A vessel that is silent for over 3 min is not extrapolated further: the pair is not judged until the vessel is heard again, and ends after max_silence. Where max_company vessels or more lie within 1 nm, they are a gathering, which is not judged. Two vessels that were never seen under way, or that lie still within 0.25 nm of a coast, are not judged either. More than two vessels make one incident.",
    limits: &[
        DISTANCE.limit,
        MAX_SPEED.limit,
        MAX_RELATIVE_SPEED.limit,
        MAX_DRIFT.limit,
        MIN_DURATION.limit,
        CONVERGED_FROM.limit,
        MAX_SILENCE.limit,
        PARTIES.limit,
        LARGE.limit,
        MAX_COMPANY.limit,
    ],
    watch: |rule, number| Box::new(Rendezvous::new(rule, number)),
};

/// How often a vessel looks round for partners.
const LOOK_EVERY: Span = Span::from_secs(30);
/// It is over after so many judgements in a row apart, over this time at least: radars speak every few seconds.
const MISSES: u8 = 3;
const APART_FOR: Span = Span::from_secs(30);
/// Apart: beyond this many times the distance, or faster than the speed by [`SLACK_KN`].
const LEAVE_FACTOR: f64 = 1.1;
const SLACK_KN: f64 = 0.5;
/// Partners of one vessel at most; beyond, it is in a crowd anyway.
const PARTNERS: usize = 16;
/// Company is counted within this.
const COMPANY_M: f64 = NM_M;
/// Two vessels neither of which was ever faster than this were found together: nobody saw them meet.
const UNDER_WAY_TENTHS: u16 = 30;
/// A craft without AIS was seen to come when it was steadily under way at this, from this far at least …
const COMES_KN: f64 = 4.0;
const COMES_M: f64 = NM_M;
/// … with so many of the radars' words.
const COMES_REPORTS: u32 = 100;
/// That it is a craft is looked at again after this.
const VOUCHED_FOR: Span = Span::from_secs(600);
/// Both this still, this near a coast: neighbours at a berth.
const BERTH_KN: f64 = 0.5;
const BERTH_M: f64 = 0.25 * NM_M;
/// A pair that is in doubt is left so long.
const DOUBT_FOR: Span = Span::from_secs(60);
/// Convergence is looked for this far back before the meeting.
const LOOK_BACK: Span = Span::from_secs(2 * 3600);

struct Rendezvous {
    rule: RuleId,
    distance_m: f64,
    max_speed_kn: Option<f64>,
    max_relative_kn: Option<f64>,
    max_drift_m: Option<f64>,
    min_duration: Span,
    converged_m: Option<f64>,
    max_silence: Span,
    large_m: Option<f64>,
    max_company: usize,
    /// Of the two on AIS.
    on_ais: std::ops::RangeInclusive<usize>,
    parties: Grid,
    vessels: States<Vessel>,
    pairs: FxHashMap<PairId, Pair>,
    found: Vec<TrackId>,
    gone: Vec<TrackId>,
}

/// Two tracks, in the order of their identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct PairId(TrackId, TrackId);

impl PairId {
    fn of(a: TrackId, b: TrackId) -> PairId {
        PairId(a.min(b), a.max(b))
    }

    fn ids(self) -> [TrackId; 2] {
        [self.0, self.1]
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Vessel {
    partners: Vec<TrackId>,
    next_look: Time,
    crowded: bool,
    /// Without AIS: when it was last seen to come, and nothing spoke against its being a craft.
    came: Option<Time>,
}

#[derive(Serialize, Deserialize)]
struct Pair {
    since: Time,
    reports: u32,
    last_together: Time,
    last_judged: Time,
    nearest_m: f64,
    top_kn: f64,
    top_relative_kn: f64,
    misses: u8,
    /// Not apart, if not together.
    last_near: Time,
    /// Since when they are one echo to the radars.
    melted: Option<Time>,
    converged_m: Option<f64>,
    doubted: bool,
    /// A doubt is looked at again then.
    doubt_until: Time,
    raised: Option<Handle>,
    /// It is over; kept until its deadline, so that there is one only.
    over: bool,
}

/// The judgement on a pair that has been together for long enough.
enum Judgement {
    /// The two meet.
    Meeting,
    /// The two were never apart, or one slides past the other: no meeting.
    NoMeeting,
    /// Nobody can tell.
    CannotJudge(Reason),
}

impl Rendezvous {
    fn new(rule: &Rule, number: RuleId) -> Rendezvous {
        let distance_m = rule.limits.get(DISTANCE).m();
        Rendezvous {
            rule: number,
            distance_m,
            max_speed_kn: rule.limits.get(MAX_SPEED).map(Speed::kn),
            max_relative_kn: rule.limits.get(MAX_RELATIVE_SPEED).map(Speed::kn),
            max_drift_m: rule.limits.get(MAX_DRIFT).map(Length::m),
            min_duration: rule.limits.get(MIN_DURATION),
            converged_m: rule.limits.get(CONVERGED_FROM).map(Length::m),
            max_silence: rule.limits.get(MAX_SILENCE),
            large_m: rule.limits.get(LARGE).map(Length::m),
            max_company: rule.limits.get(MAX_COMPANY),
            on_ais: [("both-on-ais", 2..=2), ("one-on-ais", 1..=1), ("none-on-ais", 0..=0)]
                .into_iter()
                .find(|(word, _)| rule.limits.get(PARTIES).has(word))
                .map_or(0..=2, |(_, count)| count),
            parties: Grid::new((distance_m / 60_000.0).clamp(0.003, 0.5)),
            vessels: States::default(),
            pairs: FxHashMap::default(),
            found: Vec::new(),
            gone: Vec::new(),
        }
    }

    fn stance(&self, picture: &Picture, a: TrackId, b: TrackId, now: Time) -> Option<Stance> {
        Stance::of(picture, a, b, now, self.max_silence)
    }

    /// Whether a party of it is one without AIS.
    fn asks_for_dark(&self) -> bool {
        *self.on_ais.end() < 2
    }

    fn is_together(&self, s: &Stance) -> bool {
        s.apart_m <= self.distance_m.max(s.grain_m)
            && self.max_speed_kn.is_none_or(|max| s.top_kn <= max)
            && self.max_relative_kn.is_none_or(|max| s.relative_kn <= max)
    }

    fn is_apart(&self, s: &Stance) -> bool {
        s.apart_m > LEAVE_FACTOR * self.distance_m.max(s.grain_m)
            || self.max_speed_kn.is_some_and(|max| s.top_kn > max + SLACK_KN)
            || self.max_relative_kn.is_some_and(|max| s.relative_kn > max + SLACK_KN)
    }

    /// Looks round for new partners. In a crowd it looks no further: no pair of it would be judged.
    fn look(&mut self, id: TrackId, w: &mut World<'_>) {
        let track = w.picture.track(id);
        let (at, now) = (track.fix.position, w.now);
        let (mut found, mut gone) = (std::mem::take(&mut self.found), std::mem::take(&mut self.gone));
        found.clear();
        gone.clear();
        self.parties.near(
            at,
            (self.distance_m * LEAVE_FACTOR).max(2.0 * resolution::cell_m(&w.picture.sensors, id)),
            |other| {
                let theirs = w.picture.get(other).filter(|theirs| {
                    w.applies(self.rule, other) && now - theirs.fix.time <= self.max_silence
                });
                let Some(theirs) = theirs else {
                    gone.push(other);
                    return found.len() < self.max_company;
                };
                if other != id && !shares_mmsi(theirs, track) && theirs.is_vessel() {
                    found.push(other);
                }
                found.len() < self.max_company
            },
        );
        for &other in gone.iter().filter(|&&other| other != id) {
            self.parties.remove(other);
        }
        let crowd = found.len() + 1 >= self.max_company;
        let vessel = self.vessels.make(id);
        if crowd && !std::mem::replace(&mut vessel.crowded, crowd) {
            w.tally.cannot_judge(self.rule, Reason::Gathering);
        }
        vessel.crowded = crowd;
        if !crowd {
            found.retain(|&other| {
                let stance = self.stance(w.picture, id, other, now);
                let both = [id, other];
                let on_ais = both.into_iter().filter(|&s| w.picture.track(s).on_ais()).count();
                let is_large = |m: f64| both.into_iter().any(|s| w.picture.identity(s).is_at_least(m));
                self.on_ais.contains(&on_ais)
                    && self.large_m.is_none_or(is_large)
                    && stance.is_some_and(|s| self.is_together(&s))
                    && self.pairs.get(&PairId::of(id, other)).is_none_or(|pair| pair.over)
            });
            found.sort_by_key(|&other| (w.picture.track(other).mmsi, other));
            for &other in &found {
                self.meet(id, other, w);
            }
        }
        (self.found, self.gone) = (found, gone);
    }

    /// Whether a craft without AIS comes, as a craft does.
    fn vouch(&mut self, id: TrackId, w: &World<'_>) {
        let track = w.picture.track(id);
        let vessel = self.vessels.make(id);
        let lately = vessel.came.is_some_and(|came| w.now - came < VOUCHED_FOR);
        let comes = !lately
            && !track.on_ais()
            && track.sensed > 0
            && track.reports >= COMES_REPORTS
            && track.speed_kn().is_some_and(|kn| kn >= COMES_KN)
            && has_come(w.picture, id);
        if comes && doubt(w.picture, id, w.now, self.max_company).is_none() {
            vessel.came = Some(w.now);
        }
    }

    /// Whether a craft without AIS was seen to come, within the time before a meeting that is looked back.
    fn came(&self, id: TrackId, since: Time) -> bool {
        let came = self.vessels.peek(id).and_then(|vessel| vessel.came);
        came.is_some_and(|came| since - came <= LOOK_BACK)
    }

    fn meet(&mut self, a: TrackId, b: TrackId, w: &mut World<'_>) {
        if self.vessels.make(a).partners.len() >= PARTNERS || self.vessels.make(b).partners.len() >= PARTNERS
        {
            return;
        }
        let (pair_id, silent_at) = (PairId::of(a, b), w.now + self.max_silence);
        let pair = Pair {
            since: w.now,
            reports: w.picture.track(a).reports + w.picture.track(b).reports,
            last_together: w.now,
            last_judged: w.now,
            nearest_m: f64::INFINITY,
            top_kn: 0.0,
            top_relative_kn: 0.0,
            misses: 0,
            last_near: w.now,
            melted: None,
            converged_m: self.converged_m.and_then(|_| furthest_apart_m(w.picture, a, b, w.now)),
            doubted: false,
            doubt_until: Time::NEVER,
            raised: None,
            over: false,
        };
        let known = self.pairs.insert(pair_id, pair).is_some();
        self.vessels.make(a).partners.push(b);
        self.vessels.make(b).partners.push(a);
        w.engage(self.rule, b, true);
        if !known {
            w.arm_pair(self.rule, Parties::pair(a, b), silent_at);
        }
    }

    /// Judges a pair at a report of one of them; why it is over, if it is.
    fn judge(&mut self, pair_id: PairId, w: &mut World<'_>) -> Option<EndReason> {
        let stance = self.stance(w.picture, pair_id.0, pair_id.1, w.now)?;
        let (together, apart) = (self.is_together(&stance), self.is_apart(&stance));
        let applies = pair_id.ids().into_iter().all(|id| w.applies(self.rule, id));
        let pair = self.pairs.get_mut(&pair_id)?;
        pair.last_judged = pair.last_judged.max(w.now);
        if apart || !applies {
            pair.misses = pair.misses.saturating_add(1);
            let reason = if apart { EndReason::Parted } else { EndReason::Left };
            let lately = w.now - pair.last_near < APART_FOR;
            return (pair.misses >= MISSES && !lately).then_some(reason);
        }
        (pair.misses, pair.last_near) = (0, pair.last_near.max(w.now));
        pair.melted = if stance.in_one_echo { pair.melted.or(Some(w.now)) } else { None };
        if together {
            pair.last_together = pair.last_together.max(w.now);
            pair.nearest_m = pair.nearest_m.min(stance.apart_m);
            pair.top_kn = pair.top_kn.max(stance.top_kn);
            pair.top_relative_kn = pair.top_relative_kn.max(stance.relative_kn);
        }
        let ids = pair_id.ids();
        let pair = self.pairs.get(&pair_id)?;
        match pair.raised {
            Some(handle) => {
                let finding = || self.finding(&ids, pair, stance.middle, w.picture, w.now);
                w.alerts.goes_on(w.picture, handle, w.now, self.length(pair, w.now), finding, w.out);
            }
            None if together && w.now - pair.since >= self.min_duration => self.consider(pair_id, &stance, w),
            None => {}
        }
        None
    }

    /// Judges a pair that has been together for long enough, and raises an alert on a meeting.
    fn consider(&mut self, pair_id: PairId, stance: &Stance, w: &mut World<'_>) {
        let Some(pair) = self.pairs.get(&pair_id).filter(|pair| w.now >= pair.doubt_until) else { return };
        let judgement = self.judgement(pair_id, pair, stance, w);
        let ids = pair_id.ids();
        let raised = match judgement {
            Judgement::Meeting => {
                let finding = self.finding(&ids, pair, stance.middle, w.picture, w.now);
                w.alerts.raise(w.picture, self.rule, &finding, w.out)
            }
            Judgement::NoMeeting | Judgement::CannotJudge(_) => None,
        };
        let Some(pair) = self.pairs.get_mut(&pair_id) else { return };
        pair.raised = raised;
        pair.doubt_until = w.now + DOUBT_FOR;
        if let Judgement::CannotJudge(reason) = judgement
            && !std::mem::replace(&mut pair.doubted, true)
        {
            w.tally.cannot_judge(self.rule, reason);
        }
    }

    /// Judges whether a pair that has been together for long enough is a meeting.
    fn judgement(&self, pair_id: PairId, pair: &Pair, stance: &Stance, w: &World<'_>) -> Judgement {
        match (self.converged_m, pair.converged_m) {
            (Some(_), None) => return Judgement::CannotJudge(Reason::Convergence),
            (Some(from), Some(had)) if had < from => return Judgement::NoMeeting,
            _ => {}
        }
        let slides = |max: f64| !stance.in_one_echo && self.drift_m(pair_id, w) > max + stance.grain_m;
        if self.max_drift_m.is_some_and(slides) {
            return Judgement::NoMeeting;
        }
        self.doubt(pair_id, pair, stance, w).map_or(Judgement::Meeting, Judgement::CannotJudge)
    }

    /// Returns the reason why nobody can tell a meeting of this pair from something else.
    fn doubt(&self, pair_id: PairId, pair: &Pair, stance: &Stance, w: &World<'_>) -> Option<Reason> {
        let mut tracks = pair_id.ids().into_iter().map(|id| w.picture.track(id));
        if tracks.all(|track| track.top_tenths <= UNDER_WAY_TENTHS) {
            return Some(Reason::NeverUnderWay);
        }
        if stance.top_kn <= BERTH_KN && w.picture.zones.to_coast_m(stance.middle, BERTH_M).is_some() {
            return Some(Reason::AtBerth);
        }
        let crowd = self.max_company;
        // Beside another a craft looks as her ghost does, and turns as hard as clutter jumps: what counts is how it came.
        let dark =
            pair_id.ids().into_iter().find(|&id| !w.picture.track(id).on_ais() && !self.came(id, pair.since));
        if let Some(id) = dark {
            return doubt(w.picture, id, w.now, crowd).or(Some(Reason::NeverUnderWay));
        }
        let slow = self.max_speed_kn.unwrap_or(stance.top_kn) + 5.0;
        (w.company(&pair_id.ids(), COMPANY_M, slow, crowd) >= crowd).then_some(Reason::Gathering)
    }

    /// How far one has moved past the other in the time that a meeting takes, metres.
    fn drift_m(&self, pair_id: PairId, w: &World<'_>) -> f64 {
        let off = |time: Time| {
            let [a, b] = pair_id.ids().map(|id| w.picture.position_at(id, time).lon_lat());
            geodesy::offset_m(a, b)
        };
        let (now, then) = (off(w.now), off(w.now - self.min_duration));
        libm::hypot(now[0] - then[0], now[1] - then[1])
    }

    fn length(&self, pair: &Pair, now: Time) -> Elapsed {
        Elapsed { duration_s: (now - pair.since).secs(), limit_s: self.min_duration.secs() }
    }

    fn finding<'a>(
        &self,
        ids: &'a [TrackId],
        pair: &Pair,
        at: Position,
        picture: &Picture,
        now: Time,
    ) -> Finding<'a> {
        let together = pair.last_together - pair.since;
        let (moving, speed) = (pair.top_kn > 3.0, pair.top_kn);
        Finding {
            subjects: ids,
            zone: None,
            onset: pair.since,
            time: now,
            last: pair.last_together,
            position: at,
            certainty: if pair.melted.is_some() { Certainty::Possible } else { Certainty::Observed },
            length: self.length(pair, now),
            reports: ids.iter().map(|&s| picture.track(s).reports).sum::<u32>().saturating_sub(pair.reports)
                + 2,
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
                .melted
                .map(|since| format!("One echo to the radar since {} UTC.", since.hour_minute()))
                .into_iter()
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

    /// It is no party any more.
    fn part_all(&mut self, id: TrackId, w: &mut World<'_>) {
        self.parties.remove(id);
        for other in std::mem::take(&mut self.vessels.make(id).partners) {
            self.part(PairId::of(id, other), EndReason::Identified, w);
        }
    }

    fn part(&mut self, pair_id: PairId, reason: EndReason, w: &mut World<'_>) {
        if let Some(pair) = self.pairs.get(&pair_id)
            && let Some(handle) = pair.raised
        {
            let ids = pair_id.ids();
            let at = w.picture.track(pair_id.0).fix.position;
            let finding = self.finding(&ids, pair, at, w.picture, w.now);
            w.alerts.end(w.picture, handle, reason, &finding, w.out);
        }
        if let Some(pair) = self.pairs.get_mut(&pair_id) {
            (pair.over, pair.raised) = (true, None);
        }
        for id in pair_id.ids().into_iter() {
            let vessel = self.vessels.make(id);
            vessel.partners.retain(|&p| p != pair_id.0 && p != pair_id.1);
            if vessel.partners.is_empty() {
                w.engage(self.rule, id, false);
            }
        }
    }
}

impl Watch for Rendezvous {
    fn gate(&self) -> Gate {
        match self.max_speed_kn {
            // A craft without AIS is lost in the other's echo at the speed at which it came.
            Some(_) if self.asks_for_dark() => Gate::Always,
            Some(kn) => Gate::Slow(libm::floor(kn * 10.0) as u16),
            None => Gate::Always,
        }
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        let track = w.picture.track(id);
        if !track.is_vessel() {
            self.part_all(id, w);
            return false;
        }
        let slow = self.max_speed_kn.is_none_or(|max| track.speed_kn().is_none_or(|kn| kn <= max));
        let mut partners = std::mem::take(&mut self.vessels.make(id).partners);
        partners.retain(|&other| {
            let pair_id = PairId::of(id, other);
            let over = self.judge(pair_id, w);
            if let Some(reason) = over {
                self.part(pair_id, reason, w);
            }
            over.is_none()
        });
        self.vessels.make(id).partners = partners;
        if applies && (slow || self.asks_for_dark() && !track.on_ais()) {
            self.parties.place(id, track.fix.position);
            let vessel = self.vessels.make(id);
            let left = vessel.next_look - w.now;
            if left <= Span::ZERO || left > LOOK_EVERY {
                vessel.next_look = w.now + LOOK_EVERY;
                self.vouch(id, w);
                self.look(id, w);
            }
        } else {
            self.parties.remove(id);
        }
        !self.vessels.make(id).partners.is_empty()
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.part_all(id, w);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let pair_id = PairId::of(deadline.parties.first(), deadline.parties.second()?);
        let pair = self.pairs.get(&pair_id)?;
        let silent_at = pair.last_judged + self.max_silence;
        if !pair.over && silent_at > deadline.time {
            return Some(silent_at);
        }
        if !pair.over {
            self.part(pair_id, EndReason::Lost, w);
        }
        self.pairs.remove(&pair_id);
        None
    }

    fn layout(&self) -> u16 {
        2
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&(&self.parties, &self.vessels, &self.pairs), out);
    }

    fn load(&mut self, version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        self.parties = saved::get(from)?;
        self.vessels = match version {
            1 => read_layout_1(from, |vessel: Vessel| vessel)?,
            _ => saved::get(from)?,
        };
        self.pairs = saved::get(from)?;
        Ok(())
    }
}

/// Whether an echo goes somewhere: no platform, mooring or boat at its fishing.
fn has_come(picture: &Picture, id: TrackId) -> bool {
    let at = picture.track(id).fix.position;
    picture.history(id).since(Time::NEVER).any(|p| geodesy::distance_m(p.position(), at) >= COMES_M)
}

/// Two tracks of one number are one vessel, or one of them is not who it says.
fn shares_mmsi(a: &Track, b: &Track) -> bool {
    a.on_ais() && a.mmsi == b.mmsi
}

/// How far apart two vessels were at most in the time before, metres; `None` where nothing tells.
fn furthest_apart_m(picture: &Picture, a: TrackId, b: TrackId, now: Time) -> Option<f64> {
    let theirs = picture.history(b);
    let pairs = picture
        .history(a)
        .since(now - LOOK_BACK)
        .filter_map(|p| Some((p.position(), theirs.position_at(p.time())?)));
    pairs.map(|(p, q)| geodesy::distance_m(p, q)).reduce(f64::max)
}
