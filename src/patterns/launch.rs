//! `launch`: a craft comes out of a vessel's echo that nobody was seen to come to.

use serde::{Deserialize, Serialize};

use super::clutter_test::{WEATHER_ECHOES, is_unsure, reason_for_doubt};
use super::conditions::Check;
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::alerts::Resumes;
use crate::geodesy::{self, KN_MS, NM_M};
use crate::model::{
    Certainty, EndReason, Length, LimitKey, Position, Reason, Rule, Span, Speed, Time, TrackId,
};
use crate::picture::{Origin, Picture};
use crate::tracking::resolution;

const MIN_APART: LimitKey<Length> = LimitKey::nautical_miles("min_apart", "1 nm")
    .at_least()
    .doc("The boat has come at least this far from the ship.");
const WITHIN: LimitKey<Span> =
    LimitKey::duration("within", "20 min").at_most().doc("The boat comes to min_apart within this time.");
const MIN_SPEED: LimitKey<Speed> = LimitKey::speed("min_speed", "5 kn")
    .at_least()
    .may_be_zero()
    .doc("The boat is at least this fast when the alert is raised.");
const LARGE: LimitKey<Option<Length>> =
    LimitKey::metres("large", "none").at_least().or_none().doc("The ship is on AIS and at least this long: by her own word, by the size that a radar sees, or since she is of class A and says nothing.");
const FROM_COAST: LimitKey<Option<Length>> = LimitKey::nautical_miles("from_coast", "none")
    .at_least()
    .or_none()
    .doc("The ship is at least this far from every coast.");
const LOOKBACK: LimitKey<Span> =
    LimitKey::duration("lookback", "30 min").at_most().doc("A craft that radars lost beside the ship within this time came to her, and is the one that leaves. Radars keep lost targets for half an hour.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "launch",
    doc: "A radar target begins within the resolution cell of another vessel and leaves her: a boat was launched or cast off.",
    caution: "The rule raises nothing where radars lost a craft beside the ship within `lookback`: that craft came and leaves again, which the pattern rendezvous looks for. After 90 s the track of the boat must lead back to the ship. Echoes that jump, or that keep station on the ship as her radar ghosts do, are not judged. Pilots, tenders and dive boats leave ships too: use the rule's zones and the centre's lists.",
    limits: &[
        MIN_APART.limit,
        WITHIN.limit,
        MIN_SPEED.limit,
        LARGE.limit,
        FROM_COAST.limit,
        LOOKBACK.limit,
        limits::MAX_SILENCE.with_default("5 min").limit,
    ],
    needs: &[Sensor::Radar],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, Launch::new(rule))),
};

/// A target this young has begun where it was seen first.
const YOUNG: Span = Span::from_secs(180);
/// It is followed for so long before it is told: rain and birds are joined up for less.
const FOLLOWED: Span = Span::from_secs(90);
/// The vessel was there for at least this long.
const STOOD_BY: Span = Span::from_secs(600);
/// Until a tracker follows what has left a cell, it may have gone on for so long, in steps of so long.
const UNSEEN_S: std::ops::RangeInclusive<i64> = 0..=150;
const STEP_S: usize = 10;
/// And so far, metres: 150 s at 40 kn.
const UNSEEN_M: f64 = 1.6 * NM_M;
/// Once its way is known, it must lead to within this share of that.
const SURE: f64 = 0.5;
/// Who came was followed for so many words.
const CAME_REPORTS: u32 = 20;
/// Time after its beginning at which a launch that was raised is over.
const LAUNCH_OVER_AFTER: Span = Span::from_secs(1800);

struct Launch {
    min_apart_m: f64,
    within: Span,
    min_speed_kn: f64,
    large_m: Option<f64>,
    from_coast_m: Option<f64>,
    lookback: Span,
    max_silence: Span,
}

#[derive(Clone, Serialize, Deserialize)]
struct Left {
    #[serde(with = "crate::model::ids::track_and_number")]
    vessel: TrackId,
    cell_m: f64,
    from: Position,
    apart_m: f64,
    /// It was looked at again, from what was seen of it since.
    is_sure: bool,
}

impl Launch {
    fn new(rule: &Rule) -> Launch {
        let limits = &rule.limits;
        Launch {
            min_apart_m: limits.get(MIN_APART).m(),
            within: limits.get(WITHIN),
            min_speed_kn: limits.get(MIN_SPEED).kn(),
            large_m: limits.get(LARGE).map(Length::m),
            from_coast_m: limits.get(FROM_COAST).map(Length::m),
            lookback: limits.get(LOOKBACK),
            max_silence: limits.get(limits::MAX_SILENCE),
        }
    }

    /// Whether the rule looks at what leaves a vessel.
    fn asks_about(&self, vessel: TrackId, picture: &Picture) -> bool {
        picture.track(vessel).is_vessel() && self.large_m.is_none_or(|m| picture.may_be_long(vessel, m))
    }

    /// Whose echo a target has left, by the way that it went at first.
    fn left(&self, id: TrackId, way: Way, is_sure: bool, w: &World<'_>) -> Option<Left> {
        let (picture, first) = (w.picture, w.picture.track(id).first_heard);
        let cell_m = resolution::appears_within_m(&picture.sensors, id);
        let within_m = if is_sure { (SURE * cell_m).max(resolution::HIDDEN_ALONGSIDE_M) } else { cell_m };
        let (mut nearest, mut is_small_beside): (Option<Beside>, bool) = (None, false);
        picture.surface_near(way.at(first), cell_m + 2.0 * UNSEEN_M, |other| {
            let hers = picture.track(other);
            let stood_by = other != id
                && first - hers.first_heard >= STOOD_BY
                && w.now - hers.fix.time <= self.max_silence;
            let is_asked = stood_by && self.asks_about(other, picture);
            is_small_beside |= stood_by && !is_asked;
            if is_asked {
                let beside = way.beside(picture, other, first);
                let nearer = nearest.as_ref().is_none_or(|n| beside.metres < n.metres);
                nearest = if nearer { Some(beside) } else { nearest };
            }
            true
        });
        let mut c = w.conditions();
        c.is(LARGE, || nearest.is_some() || !is_small_beside);
        c.holds(Check::WasBeside, || nearest.is_some() || is_small_beside);
        let Beside { vessel, metres, time, at } = nearest?;
        c.holds(Check::WasBeside, || metres <= within_m);
        if let Some(min) = self.from_coast_m {
            let off = || Length::from_m(picture.zones.off_coast_m(at));
            c.at_least(FROM_COAST, Length::from_m(min), off);
        }
        c.is(LOOKBACK, || !self.came(vessel, cell_m, time, picture));
        c.are_met().then_some(Left { vessel, cell_m, from: at, apart_m: 0.0, is_sure })
    }

    /// Whether somebody came to a vessel before a time, from well away, and was lost beside her.
    fn came(&self, vessel: TrackId, cell_m: f64, then: Time, picture: &Picture) -> bool {
        picture.sensors.lost().any(|(_, lost)| {
            let Some(track) = picture.get(lost) else { return false };
            let last = track.fix.time;
            last <= then
                && then - last <= self.lookback
                && track.reports >= CAME_REPORTS
                && resolution::lost_beside_m(&picture.tracks, lost, vessel) <= cell_m
                && picture.history(lost).since(Time::NEVER).next().is_some_and(|first| {
                    let was = picture.position_at(vessel, first.time());
                    geodesy::distance_m(first.position(), was) > 2.0 * cell_m
                })
        })
    }
}

/// When a young target was nearest to a vessel.
#[derive(Clone, Copy)]
struct Beside {
    vessel: TrackId,
    metres: f64,
    time: Time,
    at: Position,
}

/// A straight way.
#[derive(Clone, Copy)]
struct Way {
    from: Position,
    time: Time,
    /// East and north, metres a second.
    velocity: [f64; 2],
}

impl Way {
    fn at(self, time: Time) -> Position {
        let secs = (time - self.time).secs();
        geodesy::moved_m(self.from, self.velocity.map(|v| v * secs))
    }

    /// When it was nearest to a vessel, carried back to before it was seen first.
    fn beside(self, picture: &Picture, vessel: TrackId, first: Time) -> Beside {
        let steps = UNSEEN_S.step_by(STEP_S).map(|s| {
            let time = first - Span::from_secs(s);
            let at = self.at(time);
            let metres = geodesy::distance_m(at, picture.position_at(vessel, time));
            Beside { vessel, metres, time, at }
        });
        let none = Beside { vessel, metres: f64::INFINITY, time: first, at: self.from };
        steps.fold(none, |nearest, step| if step.metres < nearest.metres { step } else { nearest })
    }
}

/// As its velocity is told: wild while it is young.
fn first_way(picture: &Picture, id: TrackId) -> Way {
    let fix = picture.track(id).fix;
    let velocity = fix.velocity_kn().unwrap_or_default().map(|kn| kn * KN_MS);
    Way { from: fix.position, time: fix.time, velocity }
}

/// As it went from where it was seen first; `None` where nothing is kept of that.
fn seen_way(picture: &Picture, id: TrackId) -> Option<Way> {
    let (fix, first) = (picture.track(id).fix, picture.history(id).since(Time::NEVER).next()?);
    let secs = (fix.time - first.time()).secs();
    let off = geodesy::offset_m(first.position().lon_lat(), fix.position.lon_lat());
    (secs > 0.0).then(|| Way { from: first.position(), time: first.time(), velocity: off.map(|m| m / secs) })
}

impl Behaviour for Launch {
    type Memory = Left;

    const RESUMES: Resumes = Resumes::NEVER;

    fn gate(&self) -> Gate {
        Gate::Seen
    }

    fn update_base(&self) -> Span {
        LAUNCH_OVER_AFTER
    }

    fn other_party(&self, left: &Left) -> Option<TrackId> {
        Some(left.vessel)
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Left> {
        let (picture, track) = (w.picture, w.picture.track(id));
        let young = matches!(track.origin, Origin::Radar { .. })
            && !track.on_ais()
            && w.now - track.first_heard <= YOUNG
            && picture.sensors.formerly(id).is_none()
            && !is_unsure(picture, id);
        if !young {
            return None;
        }
        self.left(id, first_way(picture, id), false, w)
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Left>, w: &World<'_>) -> Verdict {
        let (track, hers) = (w.picture.track(id), w.picture.track(case.memory.vessel));
        // She was left before her boat was seen.
        case.since = track.first_heard;
        let lasted = w.now - track.first_heard;
        let mut c = w.conditions();
        c.at_most(WITHIN, if case.is_raised() { LAUNCH_OVER_AFTER } else { self.within }, || lasted);
        if !c.are_met() {
            return Verdict::Ended(EndReason::Parted);
        }
        if lasted >= FOLLOWED && !case.memory.is_sure {
            let Some(left) = seen_way(w.picture, id).and_then(|way| self.left(id, way, true, w)) else {
                return Verdict::Ended(EndReason::Parted);
            };
            case.memory = left;
            return Verdict::Continues;
        }
        case.memory.apart_m = geodesy::distance_m(track.fix.position, hers.fix.carried_to(w.now));
        c.holds(Check::Followed, || lasted >= FOLLOWED);
        let apart = || Length::from_m(case.memory.apart_m);
        c.at_least(MIN_APART, Length::from_m(self.min_apart_m), apart);
        c.holds(Check::MadeGood, || {
            geodesy::distance_m(track.fix.position, case.memory.from) >= 0.5 * self.min_apart_m
        });
        let speed = || Speed::from_kn(track.speed_kn().unwrap_or(f64::NAN));
        c.at_least(MIN_SPEED, Speed::from_kn(self.min_speed_kn), speed);
        c.holds(Check::SteadySpeed, || !is_unsure(w.picture, id));
        if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
    }

    fn doubt(&self, id: TrackId, _held: &Case<Left>, w: &World<'_>) -> Option<Reason> {
        reason_for_doubt(w, id, WEATHER_ECHOES)
    }

    fn statement(&self, id: TrackId, case: &Case<Left>, picture: &Picture) -> Statement {
        let (track, left) = (picture.track(id), &case.memory);
        let speed_kn = track.speed_kn().unwrap_or(0.0);
        let course = track.fix.cog_deg().map_or(String::new(), |cog| format!(" on course {cog:03.0}°"));
        Statement {
            position: track.fix.position,
            certainty: Certainty::Possible,
            measured: vec![
                MIN_APART.measured(Length::from_m(left.apart_m)),
                WITHIN.measured(case.lasted()),
                MIN_SPEED.measured(Speed::from_kn(speed_kn)),
            ],
            not_judged: Vec::new(),
            deed: format!(
                "were one echo at {} UTC, within {:.0} m, and nobody was seen to come: one has left, {:.1} nm off at {speed_kn:.0} kn{course}",
                case.since.hour_minute(),
                left.cell_m,
                left.apart_m / NM_M
            ),
        }
    }
}
