//! `shadowing`: a small craft keeps station behind or beside a merchant ship under way.

use serde::{Deserialize, Serialize};

use super::clutter_test::{WEATHER_ECHOES, reason_for_doubt};
use super::conditions::{Check, Conditions};
use super::life_cycle::{Behaviour, Case, CasesByTrack, Statement, Subjects, Verdict};
use super::states::{States, read_layout_1};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::alerts::Handle;
use crate::geodesy::{self, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Angle, Certainty, EndReason, Length, LimitKey, Reason, Rule, Span, Speed, Time, TrackId, TransponderClass,
};
use crate::picture::Picture;

const MAX_DISTANCE: LimitKey<Length> = LimitKey::nautical_miles("max_distance", "1 nm")
    .at_most()
    .doc("The craft is not farther from the ship than this.");
const MIN_DISTANCE: LimitKey<Length> = LimitKey::nautical_miles("min_distance", "0.1 nm")
    .at_least()
    .doc("The craft is at least this far from the ship; nearer is a meeting.");
const ANGLE: LimitKey<Angle> = LimitKey::angle("angle", "25°")
    .at_most()
    .stays_under(90.0, "a craft beyond it is on the other side of the ship")
    .doc("The bearing of the craft from the ship, relative to the ship's course, stays within this of its first value.");
const MAX_RELATIVE_SPEED: LimitKey<Speed> = LimitKey::speed("max_relative_speed", "3 kn")
    .at_most()
    .doc("The relative speed of the two is not higher than this.");
const MIN_SPEED: LimitKey<Speed> =
    LimitKey::speed("min_speed", "5 kn").at_least().may_be_zero().doc("Both are at least this fast.");
const MIN_DURATION: LimitKey<Span> = LimitKey::duration("min_duration", "15 min")
    .at_least()
    .doc("The craft keeps its place for at least this long.");
const SMALL: LimitKey<Length> = LimitKey::metres("small", "30 m")
    .at_most()
    .doc("The craft is no longer than this. An unknown length passes, and so does a longer one that a craft of class B claims or that radars do not see.");
const LARGE: LimitKey<Length> =
    LimitKey::metres("large", "50 m").at_least().doc("The ship is on AIS class A and at least this long.");
const MAX_SILENCE: LimitKey<Span> = limits::MAX_SILENCE
    .with_default("5 min")
    .doc("A craft that is not seen near the ship for this long has gone.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "shadowing",
    doc: "A small craft keeps its place behind or beside a merchant ship under way.",
    caution: "An echo may be the ship's radar ghost, and is not judged, if it keeps exactly her range. The same holds if it stays exactly behind her as seen from the only radar that has it. Put tugs, escorts and pilots on the centre's lists.",
    limits: &[
        MAX_DISTANCE.limit,
        MIN_DISTANCE.limit,
        ANGLE.limit,
        MAX_RELATIVE_SPEED.limit,
        MIN_SPEED.limit,
        MIN_DURATION.limit,
        SMALL.limit,
        LARGE.limit,
        MAX_SILENCE.limit,
    ],
    needs: &[Sensor::Ais],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, Shadowing::new(rule))),
};

/// Interval at which a small craft is looked at.
const CRAFT_LOOK_EVERY: Span = Span::from_secs(20);
/// Time out of its place after which it no longer shadows.
const MISSED_FOR: Span = Span::from_secs(120);
/// Age up to which a position says something about a place kept.
const PLACE_FRESH: Span = Span::from_secs(60);

/// The behaviour: a small craft keeps its place by a ship. Every small craft that is fast enough is a candidate, so that
/// it is looked at at even intervals.
struct Shadowing {
    max_m: f64,
    min_m: f64,
    angle_deg: f64,
    max_relative_kn: f64,
    min_speed_kn: f64,
    min_duration: Span,
    small_m: f64,
    large_m: f64,
}

/// Memory of a small craft.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct SmallCraft {
    next_look: Time,
    follows: Option<Follows>,
}

/// The ship that a small craft keeps its place by.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Follows {
    ship: TrackId,
    bearing_deg: f64,
    furthest_m: f64,
    relative_kn: f64,
}

/// Place of a craft relative to a ship.
struct Place {
    apart_m: f64,
    bearing_deg: f64,
    relative_kn: f64,
}

impl Shadowing {
    fn new(rule: &Rule) -> Shadowing {
        let limits = &rule.limits;
        Shadowing {
            max_m: limits.get(MAX_DISTANCE).m(),
            min_m: limits.get(MIN_DISTANCE).m(),
            angle_deg: limits.get(ANGLE).deg(),
            max_relative_kn: limits.get(MAX_RELATIVE_SPEED).kn(),
            min_speed_kn: limits.get(MIN_SPEED).kn(),
            min_duration: limits.get(MIN_DURATION),
            small_m: limits.get(SMALL).m(),
            large_m: limits.get(LARGE).m(),
        }
    }

    fn is_small(&self, id: TrackId, w: &World<'_>) -> bool {
        let (track, length) = (w.picture.track(id), w.picture.identity(id).length_m());
        let says_small = length.is_none_or(|m| f64::from(m) <= self.small_m);
        let seen_small = track.seen_m > 0 && f64::from(track.seen_m) <= self.small_m;
        // A set of class B on a long ship is a contradiction, and no reason to look away.
        says_small || seen_small || track.class == TransponderClass::B
    }

    fn compare_ship(&self, id: TrackId, w: &World<'_>, c: &mut Conditions<'_>) {
        let track = w.picture.track(id);
        let length_m = || w.picture.identity(id).length_m().map_or(f64::NAN, f64::from);
        let speed_kn = || track.fix.sog_kn().unwrap_or(f64::NAN);
        c.holds(Check::IsShip, || track.is_vessel() && track.on_ais() && track.class == TransponderClass::A);
        c.at_least(LARGE, Length::from_m(self.large_m), || Length::from_m(length_m()));
        c.at_least(MIN_SPEED, Speed::from_kn(self.min_speed_kn), || Speed::from_kn(speed_kn()));
    }

    /// Returns the place of a craft relative to a ship and her course.
    fn place(id: TrackId, ship: TrackId, w: &World<'_>) -> Option<Place> {
        let (own, hers) = (w.picture.track(id).fix, w.picture.track(ship).fix);
        if w.now - hers.time > PLACE_FRESH {
            return None;
        }
        let (u, v) = (w.picture.velocity_kn(id)?, hers.velocity_kn()?);
        let (at, from) = (own.carried_to(w.now), hers.carried_to(w.now));
        let bearing = geodesy::bearing_deg(from.lon_lat(), at.lon_lat());
        Some(Place {
            apart_m: geodesy::distance_m(from, at),
            bearing_deg: geodesy::normal_deg(bearing - hers.cog_deg()?),
            relative_kn: libm::hypot(u[0] - v[0], u[1] - v[1]),
        })
    }

    /// Compares a place with one that a craft keeps; without a place it keeps none.
    fn compare_place(&self, place: Option<&Place>, c: &mut Conditions<'_>) {
        c.holds(Check::Fresh, || place.is_some());
        let Some(place) = place else { return };
        let apart = || Length::from_m(place.apart_m);
        c.at_most(MAX_DISTANCE, Length::from_m(self.max_m), apart);
        c.at_least(MIN_DISTANCE, Length::from_m(self.min_m), apart);
        let relative = || Speed::from_kn(place.relative_kn);
        c.at_most(MAX_RELATIVE_SPEED, Speed::from_kn(self.max_relative_kn), relative);
    }

    /// Returns the nearest ship that a craft keeps company with.
    fn find(&self, id: TrackId, w: &World<'_>) -> Option<Follows> {
        let at = w.picture.track(id).fix.position;
        let mut nearest: Option<Follows> = None;
        w.picture.surface_near(at, self.max_m, |ship| {
            if ship == id {
                return true;
            }
            w.trace_case(id, Some(ship), None);
            let mut c = w.conditions();
            self.compare_ship(ship, w, &mut c);
            if !c.are_met() && !c.are_traced() {
                return true;
            }
            let place = Self::place(id, ship, w);
            self.compare_place(place.as_ref(), &mut c);
            if let Some(place) = place.filter(|_| c.are_met())
                && nearest.as_ref().is_none_or(|nearest| place.apart_m < nearest.furthest_m)
            {
                let Place { apart_m: furthest_m, bearing_deg, relative_kn } = place;
                nearest = Some(Follows { ship, bearing_deg, furthest_m, relative_kn });
            }
            true
        });
        nearest
    }

    /// Brings the place by a ship up to date. Returns whether the craft keeps it.
    fn is_kept(&self, id: TrackId, follows: &mut Follows, w: &World<'_>, c: &mut Conditions<'_>) -> bool {
        let place = Self::place(id, follows.ship, w);
        self.compare_place(place.as_ref(), c);
        if let Some(place) = &place {
            let turned = || geodesy::angle_between_deg(place.bearing_deg, follows.bearing_deg);
            c.at_most(ANGLE, Angle::from_deg(self.angle_deg), || Angle::from_deg(turned()));
        }
        let place = place.filter(|_| c.are_met());
        if let Some(place) = &place {
            follows.furthest_m = follows.furthest_m.max(place.apart_m);
            follows.relative_kn = place.relative_kn;
        }
        place.is_some()
    }

    /// Looks for a ship, or whether the craft is still in its place by the one it follows.
    fn look(&self, id: TrackId, case: &mut Case<SmallCraft>, w: &World<'_>) -> Verdict {
        let Some(mut follows) = case.memory.follows else {
            case.memory.follows = if case.applies { self.find(id, w) } else { None };
            if case.memory.follows.is_none() {
                return Verdict::Waiting;
            }
            case.restart(id, w);
            return if self.min_duration > Span::ZERO { Verdict::Continues } else { Verdict::Fulfilled };
        };
        let mut c = w.conditions();
        let is_kept = w.picture.get(follows.ship).is_some() && self.is_kept(id, &mut follows, w, &mut c);
        let is_missed = w.picture.get(follows.ship).is_some() && w.now - case.last <= MISSED_FOR;
        if !case.applies || !is_kept && !is_missed {
            return Verdict::Restarted(EndReason::Parted);
        }
        case.memory.follows = Some(follows);
        let last = if is_kept { case.last.max(w.now) } else { case.last };
        let lasted = last - case.since;
        c.at_least(MIN_DURATION, self.min_duration, || lasted);
        c.decide();
        match (is_kept, lasted >= self.min_duration) {
            (true, true) => Verdict::Fulfilled,
            (true, false) => Verdict::Continues,
            (false, true) => Verdict::FulfilledBefore,
            (false, false) => Verdict::Paused,
        }
    }
}

impl Behaviour for Shadowing {
    type Memory = SmallCraft;

    const OUTLASTS_SCOPE: bool = true;
    const GOES_ON_LATE: bool = true;
    const DOUBT_FOR: Span = Span::from_secs(180);
    const LAYOUT: u16 = 3;

    fn gate(&self) -> Gate {
        Gate::Fast(libm::ceil(self.min_speed_kn * 10.0) as u16)
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<SmallCraft> {
        let mut c = w.conditions();
        c.holds(Check::IsVessel, || w.picture.track(id).is_vessel());
        c.is(SMALL, || self.is_small(id, w));
        c.are_met().then(SmallCraft::default)
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<SmallCraft>, w: &World<'_>) -> Verdict {
        let mut c = w.conditions();
        c.holds(Check::IsVessel, || w.picture.track(id).is_vessel());
        c.is(SMALL, || self.is_small(id, w));
        if !c.are_met() {
            return Verdict::Ended(EndReason::Identified);
        }
        let next_look = case.memory.next_look;
        if w.now < next_look && next_look - w.now <= CRAFT_LOOK_EVERY {
            return Verdict::Skipped;
        }
        case.memory.next_look = w.now + CRAFT_LOOK_EVERY;
        self.look(id, case, w)
    }

    fn doubt(&self, id: TrackId, _case: &Case<SmallCraft>, w: &World<'_>) -> Option<Reason> {
        reason_for_doubt(w, id, WEATHER_ECHOES)
    }

    fn note_doubt(
        &mut self,
        _id: TrackId,
        case: &mut Case<SmallCraft>,
        reason: Reason,
        _w: &World<'_>,
    ) -> bool {
        case.doubted.replace(reason).is_none()
    }

    fn subjects(&self, id: TrackId, craft: &SmallCraft) -> Subjects {
        Subjects::new(id, craft.follows.map(|follows| follows.ship))
    }

    fn restarted(&mut self, case: &mut Case<SmallCraft>) {
        case.memory.follows = None;
    }

    fn update_base(&self) -> Span {
        self.min_duration
    }

    fn statement(&self, id: TrackId, case: &Case<SmallCraft>, picture: &Picture) -> Statement {
        let (track, lasted) = (picture.track(id), case.lasted());
        let f = case.memory.follows.unwrap_or_default();
        let astern = geodesy::angle_between_deg(f.bearing_deg, 180.0);
        let side = match f.bearing_deg {
            _ if astern <= 45.0 => "astern",
            b if b <= 45.0 || b >= 315.0 => "ahead",
            b if b < 180.0 => "on the starboard side",
            _ => "on the port side",
        };
        Statement {
            position: track.fix.position,
            certainty: Certainty::Likely,
            measured: vec![
                MAX_DISTANCE.measured(Length::from_m(f.furthest_m)),
                MAX_RELATIVE_SPEED.measured(Speed::from_kn(f.relative_kn)),
                MIN_SPEED.measured(Speed::from_kn(track.speed_kn().unwrap_or(0.0))),
                MIN_DURATION.measured(lasted),
            ],
            not_judged: Vec::new(),
            deed: format!(
                "have kept company for {}, the small one within {:.1} nm {side} of the ship at {:.0} kn",
                lasted.words(),
                f.furthest_m / NM_M,
                track.speed_kn().unwrap_or(0.0)
            ),
        }
    }

    fn migrate(
        &mut self,
        version: u16,
        from: &mut &[u8],
    ) -> Result<Option<CasesByTrack<SmallCraft>>, Unreadable> {
        Ok(match version {
            1 => Some(read_layout_1(from, SmallCraftBefore::renewed)?),
            2 => Some(saved::get::<States<SmallCraftBefore>>(from)?.map(SmallCraftBefore::renewed)),
            _ => None,
        })
    }
}

/// Memory of a small craft in layouts 1 and 2.
#[derive(Default, Deserialize)]
struct SmallCraftBefore {
    next_look: Time,
    doubt_until: Time,
    told: bool,
    follows: Option<FollowsBefore>,
}

#[derive(Deserialize)]
struct FollowsBefore {
    #[serde(with = "crate::model::ids::track_and_number")]
    ship: TrackId,
    since: Time,
    last: Time,
    reports: u32,
    bearing_deg: f64,
    furthest_m: f64,
    relative_kn: f64,
    raised: Option<Handle>,
}

impl SmallCraftBefore {
    fn renewed(self) -> Option<Case<SmallCraft>> {
        let SmallCraftBefore { next_look, doubt_until, told, follows: before } = self;
        let seen = next_look - CRAFT_LOOK_EVERY;
        let follows = before.as_ref().map(|b| Follows {
            ship: b.ship,
            bearing_deg: b.bearing_deg,
            furthest_m: b.furthest_m,
            relative_kn: b.relative_kn,
        });
        Some(Case {
            memory: SmallCraft { next_look, follows },
            since: before.as_ref().map_or(seen, |b| b.since),
            last: before.as_ref().map_or(seen, |b| b.last),
            seen,
            reports: before.as_ref().map_or(0, |b| b.reports.saturating_sub(1)),
            doubt_until,
            // Which doubt it was is not saved there; one was counted.
            doubted: told.then_some(Reason::Clutter),
            raised: before.and_then(|b| b.raised),
            now: seen,
            applies: true,
        })
    }
}
