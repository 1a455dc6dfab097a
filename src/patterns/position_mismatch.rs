//! `position-mismatch`: AIS says that a vessel is where she cannot be: in two places, after a leap, or where radar sees nothing.

use serde::{Deserialize, Serialize};

use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::geodesy::{self, NM_M};
use crate::model::{
    Certainty, EndReason, FeedId, Length, LimitKey, MmsiKind, Position, Reason, Rule, Span, Speed, Time,
    TrackId, Words,
};
use crate::picture::{Picture, Signs};

const SIGNS: LimitKey<Words> =
    LimitKey::some_of("signs", &["two-places", "leap", "no-echo", "displaced"], "two-places, leap, no-echo, displaced").doc("Signs that raise an alert. two-places: the vessel is heard from two places at once. leap: the vessel goes on from a place that it cannot have reached. no-echo: a radar that should see the vessel does not. displaced: an echo without AIS moves as the vessel says that it moves, and a radar sees nothing where it says that it is.");
const MIN_DURATION: LimitKey<Span> =
    LimitKey::duration("min_duration", "10 min").at_least().doc("The sign lasts at least this long.");
const MIN_APART: LimitKey<Length> = LimitKey::nautical_miles("min_apart", "2 nm")
    .at_least()
    .doc("The two places at one time, or the two ends of the leap, are at least this far apart.");
const MIN_LENGTH: LimitKey<Length> = LimitKey::metres("min_length", "30 m")
    .at_least()
    .doc("For no-echo and displaced, the vessel claims to be at least this long.");
const MIN_SPEED: LimitKey<Speed> = LimitKey::speed("min_speed", "3 kn")
    .at_least()
    .may_be_zero()
    .doc("For no-echo and displaced, the vessel claims to be at least this fast.");
const MIN_WITNESSES: LimitKey<usize> = LimitKey::count("min_witnesses", "2")
    .at_least()
    .may_be_zero()
    .doc("For no-echo, the radar sees at least this many vessels as far away as the vessel claims to be.");
const MAX_SILENCE: LimitKey<Span> = limits::MAX_SILENCE
    .with_default("15 min")
    .doc("A vessel that is not heard for this long is lost. The same holds for the second place.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "position-mismatch",
    doc: "AIS puts a vessel where it cannot be: in two places at once, at the end of a leap that no ship makes, or where a radar that sees like vessels sees nothing.",
    caution: "Two senders are several reports from each place, in turns. Late copies of old reports are none; where the second place lies on the course line of the first, and moves as it does, the rule cannot judge. Two places under an MMSI without a form of ITU-R M.585 are not judged: many devices that nobody programmed share it. A radar is asked only under these conditions: it sees at least min_witnesses vessels, no longer than this one, at her bearing and as far away; the vessel is under way, so that no berth or quay hides her; no echo lies within a mile.",
    limits: &[
        SIGNS.limit,
        MIN_DURATION.limit,
        MIN_APART.limit,
        MIN_LENGTH.limit,
        MIN_SPEED.limit,
        MIN_WITNESSES.limit,
        MAX_SILENCE.limit,
    ],
    needs: &[Sensor::Ais],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, Mismatch::new(rule))),
};

/// Interval at which radar is asked.
const RADAR_ASKED_EVERY: Span = Span::from_secs(30);
/// Witnesses stand within this of her bearing, and are between these shares of her range.
const WITNESS_SIDE_DEG: f64 = 12.0;
const AS_FAR: std::ops::RangeInclusive<f64> = 0.85..=1.6;
/// An echo within this may be hers, metres.
const HERS_M: f64 = NM_M;
/// A witness was seen within this.
const SEEN_WITHIN: Span = Span::from_secs(30);
/// An echo that moves as she says is looked for within this, metres.
const TWIN_M: f64 = 10.0 * NM_M;
/// Greatest difference, knots, between the velocity of an echo and the one that a vessel claims, and as a share of the claim, at
/// which the two move alike.
const LIKE_KN: f64 = 0.8;
const LIKE_SHARE: f64 = 0.08;
/// Time after which an echo that moves otherwise is another's.
const UNLIKE_FOR: Span = Span::from_secs(150);
/// Number of reports from each of two places, and of changes between them, that make two senders.
const SENDER_REPORTS: usize = 3;
const PLACE_CHANGES: usize = 4;
/// Number of reports on either side of a leap.
const LEAP_REPORTS: u32 = 5;
/// A place is on a course line if the bearing of it differs by no more than this from the course, degrees.
const ON_LINE_DEG: f64 = 20.0;
/// Below this speed, knots, there is no course line.
const ON_LINE_KN: f64 = 1.5;

struct Mismatch {
    two_places: bool,
    leap: bool,
    no_echo: bool,
    displaced: bool,
    min_duration: Span,
    min_apart_m: f64,
    min_length_m: f64,
    min_speed_kn: f64,
    min_witnesses: usize,
    max_silence: Span,
}

#[derive(Clone, Serialize, Deserialize)]
enum Sign {
    /// Of one MMSI with another track.
    Second {
        #[serde(with = "crate::model::ids::track_and_number")]
        first: TrackId,
        last: Time,
        from: Position,
        here: Position,
    },
    /// Not seen by the radar of a feed.
    NoEcho { feed: FeedId, next_look: Time, witnesses: usize },
    /// Apart from an echo that moves as she says.
    Displaced {
        feed: FeedId,
        next_look: Time,
        #[serde(with = "crate::model::ids::track_and_number")]
        echo: TrackId,
    },
}

impl Mismatch {
    fn new(rule: &Rule) -> Mismatch {
        let limits = &rule.limits;
        Mismatch {
            two_places: limits.get(SIGNS).has("two-places"),
            leap: limits.get(SIGNS).has("leap"),
            no_echo: limits.get(SIGNS).has("no-echo"),
            displaced: limits.get(SIGNS).has("displaced"),
            min_duration: limits.get(MIN_DURATION),
            min_apart_m: limits.get(MIN_APART).m(),
            min_length_m: limits.get(MIN_LENGTH).m(),
            min_speed_kn: limits.get(MIN_SPEED).kn(),
            min_witnesses: limits.get(MIN_WITNESSES),
            max_silence: limits.get(MAX_SILENCE),
        }
    }

    /// The track that had the MMSI before.
    fn second(&self, id: TrackId, w: &World<'_>) -> Option<Sign> {
        let (picture, mut c) = (w.picture, w.conditions());
        let track = picture.track(id);
        if !(self.two_places || self.leap) || !track.signs.has(Signs::SECOND) {
            return None;
        }
        let before = picture.same_mmsi(track.mmsi).find(|&other| {
            let other = picture.track(other);
            !other.tentative && other.located() && other.first_heard < track.first_heard
        })?;
        let [from, here] = places(before, id, picture);
        let last = picture.track(before).last_heard;
        c.at_least(MIN_APART, Length::from_m(self.min_apart_m), || {
            Length::from_m(geodesy::distance_m(from, here))
        });
        c.are_met().then_some(Sign::Second { first: before, last, from, here })
    }

    /// The first radar that should see her and does not.
    fn unseen(&self, id: TrackId, picture: &Picture, now: Time) -> Option<Sign> {
        let is_asked =
            (self.no_echo || self.displaced) && picture.track(id).sensed == 0 && !picture.sensors.is_empty();
        if !is_asked {
            return None;
        }
        let next_look = now + RADAR_ASKED_EVERY;
        picture.sensors.sensors().find_map(|(feed, ..)| {
            let site = self.sees_nothing(id, feed, picture)?;
            let no_echo = || {
                let witnesses = self.witnesses(id, (feed, site), picture, now)?;
                Some(Sign::NoEcho { feed, next_look, witnesses })
            };
            let displaced = || {
                let echo = self.twin(id, feed, picture, now)?;
                Some(Sign::Displaced { feed, next_look, echo })
            };
            let found = if self.no_echo { no_echo() } else { None };
            found.or_else(|| if self.displaced { displaced() } else { None })
        })
    }

    /// Where a radar stands that should see a vessel where she says that she is, and sees nothing there.
    fn sees_nothing(&self, id: TrackId, feed: FeedId, picture: &Picture) -> Option<Position> {
        let (track, site) = (picture.track(id), picture.site(feed)?);
        let radar = picture.feed(feed)?.radar?;
        let is_long = picture.identity(id).is_at_least(self.min_length_m);
        let under_way = track.is_vessel() && track.speed_kn().is_some_and(|kn| kn >= self.min_speed_kn);
        let (range_m, bearing_deg) = geodesy::range_and_bearing(site, track.fix.position);
        let looks = radar.looks_to(bearing_deg) && range_m <= radar.reach_m;
        (is_long && under_way && looks && !has_echo(picture, id, track.fix.position)).then_some(site)
    }

    /// Returns how many like a vessel the radar of a feed at a site sees where the vessel says that it is; `None` where they are
    /// too few.
    fn witnesses(
        &self,
        id: TrackId,
        (feed, site): (FeedId, Position),
        picture: &Picture,
        now: Time,
    ) -> Option<usize> {
        let (at, own_m) = (picture.track(id).fix.position, picture.identity(id).length_m()?);
        let (range_m, bearing_deg) = geodesy::range_and_bearing(site, at);
        let mut count = 0;
        picture.surface_near(at, range_m, |other| {
            let theirs = picture.track(other);
            let sees = theirs.on_ais()
                && is_seen(picture, other, feed, now)
                && picture.identity(other).length_m().is_some_and(|m| m <= own_m);
            if sees {
                let (range, bearing) = geodesy::range_and_bearing(site, theirs.fix.position);
                let beside = geodesy::angle_between_deg(bearing, bearing_deg) <= WITNESS_SIDE_DEG;
                count += usize::from(beside && AS_FAR.contains(&(range / range_m)));
            }
            count < self.min_witnesses
        });
        (count >= self.min_witnesses).then_some(count)
    }

    /// Returns the echo without AIS nearest to a vessel that moves as the vessel says that it moves.
    fn twin(&self, id: TrackId, feed: FeedId, picture: &Picture, now: Time) -> Option<TrackId> {
        let at = picture.track(id).fix.position;
        let mut nearest: Option<(f64, TrackId)> = None;
        picture.surface_near(at, TWIN_M, |other| {
            if self.is_twin(id, other, feed, picture, now) {
                let metres = geodesy::distance_m(at, picture.track(other).fix.position);
                if metres <= TWIN_M && nearest.is_none_or(|best| (metres, other) < best) {
                    nearest = Some((metres, other));
                }
            }
            true
        });
        nearest.map(|(_, other)| other)
    }

    fn is_twin(&self, id: TrackId, echo: TrackId, feed: FeedId, picture: &Picture, now: Time) -> bool {
        let theirs = picture.track(echo);
        if theirs.is_cooperative() || theirs.tentative || !is_seen(picture, echo, feed, now) {
            return false;
        }
        let (Some([u, v]), Some([x, y])) = (picture.track(id).fix.velocity_kn(), theirs.fix.velocity_kn())
        else {
            return false;
        };
        let off_kn = ((u - x) * (u - x) + (v - y) * (v - y)).sqrt();
        off_kn <= LIKE_KN.max(LIKE_SHARE * (u * u + v * v).sqrt())
    }

    fn goes_on_second(&self, id: TrackId, case: &mut Case<Sign>, w: &World<'_>) -> Verdict {
        let Sign::Second { first, last, .. } = case.memory else { return Verdict::Paused };
        let (before, track) = (w.picture.track(first), w.picture.track(id));
        let split = track.first_heard;
        let goes_on = before.last_heard > split;
        if goes_on && w.now - before.last_heard > self.max_silence {
            return Verdict::Ended(EndReason::Lost);
        }
        let [from, here] = places(first, id, w.picture);
        let mut c = w.conditions();
        c.at_least(MIN_APART, Length::from_m(self.min_apart_m), || {
            Length::from_m(geodesy::distance_m(from, here))
        });
        if !c.are_met() {
            return Verdict::Paused;
        }
        case.memory = Sign::Second { first, last, from, here };
        c.is(SIGNS, || match goes_on {
            true => self.two_places && take_turns(first, id, w.picture),
            false => {
                let reports = before.reports.min(track.reports);
                self.leap && last <= split && reports >= LEAP_REPORTS
            }
        });
        c.at_least(MIN_DURATION, self.min_duration, || w.now - case.since);
        if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
    }

    fn goes_on_apart(&self, id: TrackId, case: &mut Case<Sign>, w: &World<'_>) -> Verdict {
        let Sign::Displaced { feed, echo, next_look } = case.memory else { return Verdict::Paused };
        if w.now < next_look {
            return Verdict::Paused;
        }
        case.memory = Sign::Displaced { feed, echo, next_look: w.now + RADAR_ASKED_EVERY };
        let is_apart = self.sees_nothing(id, feed, w.picture).is_some();
        if !is_apart || !self.is_twin(id, echo, feed, w.picture, w.now) {
            // A radar's estimate of a velocity is off now and then, and late in a turn.
            let is_over = w.now - case.last > UNLIKE_FOR;
            return if is_over { Verdict::Ended(EndReason::Moved) } else { Verdict::Paused };
        }
        let mut c = w.conditions();
        c.at_least(MIN_DURATION, self.min_duration, || w.now - case.since);
        if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
    }
}

/// Returns two places of one number: both at one time where both are heard, else the two ends of the leap.
fn places(first: TrackId, second: TrackId, picture: &Picture) -> [Position; 2] {
    let (before, track) = (picture.track(first), picture.track(second));
    if before.last_heard > track.first_heard {
        let time = before.fix.time.min(track.fix.time);
        return [first, second].map(|id| picture.position_at(id, time));
    }
    let landed = picture.history(second).since(track.first_heard - Span::from_secs(1)).next();
    [before.fix.position, landed.map_or(track.fix.position, |point| point.position())]
}

/// Whether two tracks of one number are heard in turns: each several times, and one between reports of the other.
fn take_turns(first: TrackId, second: TrackId, picture: &Picture) -> bool {
    let from = picture.track(second).first_heard;
    let mut theirs = picture.history(first).since(from).map(|point| point.time()).peekable();
    let (mut counts, mut turns, mut before) = ([0, 0], 0, None);
    for point in picture.history(second).since(from) {
        while theirs.next_if(|time| *time <= point.time()).is_some() {
            counts[0] += 1;
            turns += usize::from(before.replace(0) == Some(1));
        }
        counts[1] += 1;
        turns += usize::from(before.replace(1) == Some(0));
    }
    counts.into_iter().all(|count| count >= SENDER_REPORTS) && turns >= PLACE_CHANGES
}

/// Whether the second place lies on the course line of the first, and the second goes the same way: then a report that was
/// passed on late, or dated wrongly, explains it.
fn is_on_course_line(
    first: TrackId,
    second: TrackId,
    [from, here]: [Position; 2],
    picture: &Picture,
) -> bool {
    let [a, b] = [first, second].map(|id| picture.track(id).fix);
    let fast = [a, b].iter().all(|fix| fix.sog_kn().is_none_or(|kn| kn >= ON_LINE_KN));
    let (Some(course), Some(other)) = (a.cog_deg(), b.cog_deg()) else { return false };
    let bearing = geodesy::bearing_deg(from.lon_lat(), here.lon_lat());
    let off = geodesy::angle_between_deg(bearing, course);
    fast && geodesy::angle_between_deg(course, other) <= ON_LINE_DEG && off.min(180.0 - off) <= ON_LINE_DEG
}

/// Whether the radar of a feed sees a track just now.
fn is_seen(picture: &Picture, id: TrackId, feed: FeedId, now: Time) -> bool {
    let track = picture.track(id);
    track.sensed > 0
        && now - track.fix.time <= SEEN_WITHIN
        && picture.sensors.feeds_of(id).any(|by| by == feed)
}

/// Whether an echo lies where she says that she is, or is too near to say that it is another's.
fn has_echo(picture: &Picture, id: TrackId, at: Position) -> bool {
    let mut found = false;
    picture.surface_near(at, HERS_M, |other| {
        let theirs = picture.track(other);
        found = other != id && theirs.sensed > 0 && geodesy::distance_m(theirs.fix.position, at) <= HERS_M;
        !found
    });
    found
}

impl Behaviour for Mismatch {
    type Memory = Sign;

    fn gate(&self) -> Gate {
        if self.no_echo || self.displaced { Gate::Always } else { Gate::Signs }
    }

    fn update_base(&self) -> Span {
        self.min_duration
    }

    fn other_party(&self, sign: &Sign) -> Option<TrackId> {
        match sign {
            Sign::Second { first, .. } => Some(*first),
            Sign::Displaced { echo, .. } => Some(*echo),
            Sign::NoEcho { .. } => None,
        }
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Sign> {
        let track = w.picture.track(id);
        // Once a look, not at each report of all that is at sea.
        if !track.is_first_in(RADAR_ASKED_EVERY, track.fix.time) || !track.is_vessel() {
            return None;
        }
        let sign = self.second(id, w).or_else(|| self.unseen(id, w.picture, w.now));
        if !w.picture.track(id).signs.has(Signs::SECOND) {
            w.conditions().is(SIGNS, || sign.is_some());
        }
        sign
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Sign>, w: &World<'_>) -> Verdict {
        if matches!(case.memory, Sign::Second { .. }) {
            return self.goes_on_second(id, case, w);
        }
        if w.picture.track(id).sensed > 0 {
            return Verdict::Ended(EndReason::Identified);
        }
        let Sign::NoEcho { feed, next_look, .. } = case.memory else {
            return self.goes_on_apart(id, case, w);
        };
        if w.now < next_look {
            return Verdict::Paused;
        }
        let site = self.sees_nothing(id, feed, w.picture);
        let witnesses = site.and_then(|site| self.witnesses(id, (feed, site), w.picture, w.now));
        let Some(witnesses) = witnesses else {
            return Verdict::Ended(EndReason::Moved);
        };
        case.memory = Sign::NoEcho { feed, next_look: w.now + RADAR_ASKED_EVERY, witnesses };
        let mut c = w.conditions();
        c.at_least(MIN_WITNESSES, self.min_witnesses, || witnesses);
        c.at_least(MIN_DURATION, self.min_duration, || w.now - case.since);
        if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
    }

    fn doubt(&self, id: TrackId, case: &Case<Sign>, w: &World<'_>) -> Option<Reason> {
        // Two sets that nobody programmed share a number. What a radar sees does not depend on the number.
        let Sign::Second { first, from, here, .. } = case.memory else { return None };
        if w.picture.track(id).mmsi.kind() == MmsiKind::Malformed {
            return Some(Reason::MmsiForm);
        }
        is_on_course_line(first, id, [from, here], w.picture).then_some(Reason::LateReports)
    }

    fn statement(&self, id: TrackId, case: &Case<Sign>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let lasted = case.lasted();
        let (sign, certainty, deed) = match &case.memory {
            Sign::Second { first, from, here, last } => {
                let (metres, bearing) = geodesy::range_and_bearing(*from, *here);
                let apart =
                    format!("{:.1} nm, bearing {:03.0}°", metres / NM_M, geodesy::normal_deg(bearing));
                let split = track.first_heard;
                if picture.track(*first).last_heard > split {
                    let words = format!(
                        "have sent one MMSI from two places in turns for {}, at one time {apart} apart",
                        lasted.words()
                    );
                    ("two-places", Certainty::Observed, words)
                } else {
                    let words = format!(
                        "are one MMSI that leapt {apart}, within {} at {} UTC, and has gone on from there for {}",
                        (split - *last).words(),
                        split.hour_minute(),
                        lasted.words()
                    );
                    ("leap", Certainty::Observed, words)
                }
            }
            Sign::Displaced { feed, echo, .. } => {
                let radar = picture.feed(*feed).map_or("radar", |feed| &feed.name);
                let theirs = picture.position_at(*echo, track.fix.time);
                let (metres, bearing) = geodesy::range_and_bearing(theirs, track.fix.position);
                let words = format!(
                    "have moved alike for {}: {radar} sees an echo without AIS, and nothing where AIS says, {:.1} nm, bearing {:03.0}° from it",
                    lasted.words(),
                    metres / NM_M,
                    geodesy::normal_deg(bearing)
                );
                ("displaced", Certainty::Likely, words)
            }
            Sign::NoEcho { feed, witnesses, .. } => {
                let radar = picture.feed(*feed).map_or("radar", |feed| &feed.name);
                let words = format!(
                    "is on AIS where {radar} has seen nothing for {}, and sees {witnesses} vessels no longer than it, as far off",
                    lasted.words()
                );
                ("no-echo", Certainty::Likely, words)
            }
        };
        Statement {
            position: track.fix.position,
            certainty,
            measured: vec![SIGNS.measured(vec![sign]), MIN_DURATION.measured(lasted)],
            not_judged: Vec::new(),
            deed,
        }
    }
}
