//! `position-mismatch`: AIS says that a vessel is where she cannot be: in two places, after a leap, or where radar sees nothing.

use serde::{Deserialize, Serialize};

use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, World, limits};
use crate::geodesy::{self, NM_M};
use crate::model::{
    Certainty, EndReason, FeedId, Length, LimitKey, MmsiKind, Position, Reason, Rule, Span, Speed, Time,
    TrackId, Words,
};
use crate::picture::{Picture, Signs};

const SIGNS: LimitKey<Words> =
    LimitKey::some_of("signs", &["two-places", "leap", "no-echo"], "two-places, leap, no-echo").doc("Signs that raise an alert. two-places: the vessel is heard from two places at once. leap: the vessel goes on from a place that it cannot have reached. no-echo: a radar that should see the vessel does not.");
const MIN_DURATION: LimitKey<Span> =
    LimitKey::duration("min_duration", "10 min").at_least().doc("The sign lasts at least this long.");
const MIN_APART: LimitKey<Length> = LimitKey::nautical_miles("min_apart", "2 nm")
    .at_least()
    .doc("The two places, or the two ends of the leap, are at least this far apart.");
const MIN_LENGTH: LimitKey<Length> = LimitKey::metres("min_length", "30 m")
    .at_least()
    .doc("For no-echo, the vessel claims to be at least this long.");
const MIN_SPEED: LimitKey<Speed> = LimitKey::speed("min_speed", "3 kn")
    .at_least()
    .may_be_zero()
    .doc("For no-echo, the vessel claims to be at least this fast.");
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
    caution: "An MMSI without a form of ITU-R M.585 is not judged: many devices that nobody programmed share it. A radar is asked only under these conditions: it sees at least min_witnesses vessels, no longer than this one, at her bearing and as far away; the vessel is under way, so that no berth or quay hides her; no echo lies within a mile.",
    limits: &[
        SIGNS.limit,
        MIN_DURATION.limit,
        MIN_APART.limit,
        MIN_LENGTH.limit,
        MIN_SPEED.limit,
        MIN_WITNESSES.limit,
        MAX_SILENCE.limit,
    ],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, Mismatch::new(rule))),
};

/// Radar is asked this often.
const LOOK_EVERY: Span = Span::from_secs(30);
/// Witnesses stand within this of her bearing, and are between these shares of her range.
const SIDE_DEG: f64 = 12.0;
const AS_FAR: std::ops::RangeInclusive<f64> = 0.85..=1.6;
/// An echo within this may be hers, metres.
const HERS_M: f64 = NM_M;
/// A witness was seen within this.
const SEEN_WITHIN: Span = Span::from_secs(30);

struct Mismatch {
    two_places: bool,
    leap: bool,
    no_echo: bool,
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
}

impl Mismatch {
    fn new(rule: &Rule) -> Mismatch {
        let limits = &rule.limits;
        Mismatch {
            two_places: limits.get(SIGNS).has("two-places"),
            leap: limits.get(SIGNS).has("leap"),
            no_echo: limits.get(SIGNS).has("no-echo"),
            min_duration: limits.get(MIN_DURATION),
            min_apart_m: limits.get(MIN_APART).m(),
            min_length_m: limits.get(MIN_LENGTH).m(),
            min_speed_kn: limits.get(MIN_SPEED).kn(),
            min_witnesses: limits.get(MIN_WITNESSES),
            max_silence: limits.get(MAX_SILENCE),
        }
    }

    /// The track that had the MMSI before.
    fn second(&self, id: TrackId, picture: &Picture) -> Option<Sign> {
        let track = picture.track(id);
        if !(self.two_places || self.leap) || !track.signs.has(Signs::SECOND) {
            return None;
        }
        let before = picture.same_mmsi(track.mmsi).find(|&other| {
            let other = picture.track(other);
            !other.tentative && other.located() && other.first_heard < track.first_heard
        })?;
        let first = picture.track(before);
        let apart_m = geodesy::distance_m(first.fix.position, track.fix.position);
        (apart_m >= self.min_apart_m).then_some(Sign::Second {
            first: before,
            last: first.last_heard,
            from: first.fix.position,
            here: track.fix.position,
        })
    }

    /// The first radar that should see her and does not.
    fn unseen(&self, id: TrackId, picture: &Picture, now: Time) -> Option<Sign> {
        let is_asked = self.no_echo && picture.track(id).sensed == 0 && !picture.sensors.is_empty();
        if !is_asked {
            return None;
        }
        picture.sensors.sensors().find_map(|(feed, ..)| {
            let witnesses = self.witnesses(id, feed, picture, now)?;
            Some(Sign::NoEcho { feed, next_look: now + LOOK_EVERY, witnesses })
        })
    }

    /// How many like her a radar sees where she says that she is; `None` where it cannot be asked.
    fn witnesses(&self, id: TrackId, feed: FeedId, picture: &Picture, now: Time) -> Option<usize> {
        let (track, site) = (picture.track(id), picture.site(feed)?);
        let radar = picture.feed(feed)?.radar?;
        let own_m = picture.identity(id).length_m().filter(|&m| f64::from(m) >= self.min_length_m)?;
        let under_way = track.is_vessel() && track.fix.sog_kn().is_some_and(|kn| kn >= self.min_speed_kn);
        let at = track.fix.position;
        let (range_m, bearing_deg) = geodesy::range_and_bearing(site, at);
        let looks = radar.looks_to(bearing_deg) && range_m <= radar.reach_m;
        if !under_way || !looks || has_echo(picture, id, at) {
            return None;
        }
        let mut count = 0;
        picture.surface_near(at, range_m, |other| {
            let theirs = picture.track(other);
            let sees = theirs.on_ais()
                && theirs.sensed > 0
                && now - theirs.fix.time <= SEEN_WITHIN
                && picture.sensors.feeds_of(other).any(|by| by == feed)
                && picture.identity(other).length_m().is_some_and(|m| m <= own_m);
            if sees {
                let (range, bearing) = geodesy::range_and_bearing(site, theirs.fix.position);
                let beside = geodesy::angle_between_deg(bearing, bearing_deg) <= SIDE_DEG;
                count += usize::from(beside && AS_FAR.contains(&(range / range_m)));
            }
            count < self.min_witnesses
        });
        (count >= self.min_witnesses).then_some(count)
    }

    fn goes_on_second(&self, id: TrackId, case: &Case<Sign>, w: &World<'_>) -> Verdict {
        let Sign::Second { first, last, .. } = case.memory else { return Verdict::Paused };
        let before = w.picture.track(first);
        let split = w.picture.track(id).first_heard;
        let goes_on = before.last_heard > split;
        let silent = w.now - before.last_heard > self.max_silence;
        if goes_on && silent {
            return Verdict::Ended(EndReason::Lost);
        }
        let asked = if goes_on { self.two_places } else { self.leap && last <= split };
        let fits = asked && w.now - case.since >= self.min_duration;
        if fits { Verdict::Fulfilled } else { Verdict::Continues }
    }
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
        if self.no_echo { Gate::Always } else { Gate::Signs }
    }

    fn update_base(&self) -> Span {
        self.min_duration
    }

    fn other_party(&self, sign: &Sign) -> Option<TrackId> {
        match sign {
            Sign::Second { first, .. } => Some(*first),
            Sign::NoEcho { .. } => None,
        }
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Sign> {
        let track = w.picture.track(id);
        // Once a look, not at each report of all that is at sea.
        if !track.is_first_in(LOOK_EVERY, track.fix.time) || !track.is_vessel() {
            return None;
        }
        self.second(id, w.picture).or_else(|| self.unseen(id, w.picture, w.now))
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Sign>, w: &World<'_>) -> Verdict {
        let Sign::NoEcho { feed, next_look, .. } = case.memory else {
            return self.goes_on_second(id, case, w);
        };
        if w.picture.track(id).sensed > 0 {
            return Verdict::Ended(EndReason::Identified);
        }
        if w.now < next_look {
            return Verdict::Paused;
        }
        let Some(witnesses) = self.witnesses(id, feed, w.picture, w.now) else {
            return Verdict::Ended(EndReason::Moved);
        };
        case.memory = Sign::NoEcho { feed, next_look: w.now + LOOK_EVERY, witnesses };
        if w.now - case.since >= self.min_duration { Verdict::Fulfilled } else { Verdict::Continues }
    }

    fn doubt(&self, id: TrackId, _held: &Case<Sign>, w: &World<'_>) -> Option<Reason> {
        let kind = w.picture.track(id).mmsi.kind();
        (kind == MmsiKind::Malformed).then_some(Reason::MmsiForm)
    }

    fn statement(&self, id: TrackId, case: &Case<Sign>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let lasted = case.lasted();
        let (sign, certainty, deed) = match &case.memory {
            Sign::Second { first, from, here, last, .. } => {
                let apart_nm = geodesy::distance_m(*from, *here) / NM_M;
                let split = track.first_heard;
                if picture.track(*first).last_heard > split {
                    let words = format!(
                        "have sent one MMSI from two places for {}, {apart_nm:.0} nm apart",
                        lasted.words()
                    );
                    ("two-places", Certainty::Observed, words)
                } else {
                    let minutes = (split - *last).words();
                    let words = format!(
                        "are one MMSI that leapt {apart_nm:.0} nm in {minutes}, and has gone on from there for {}",
                        lasted.words()
                    );
                    ("leap", Certainty::Observed, words)
                }
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
