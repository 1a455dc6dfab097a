//! `shadowing`: a small craft keeps station behind or beside a merchant ship under way.

use serde::{Deserialize, Serialize};

use super::doubt::doubt;
use super::states::{States, read_layout_1};
use super::{Deadline, Gate, Pattern, Watch, World, limits};
use crate::alerts::{Elapsed, Finding, Handle};
use crate::geodesy::{self, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Angle, Certainty, EndReason, Length, LimitKey, Rule, RuleId, Span, Speed, Time, TrackId, TransponderClass,
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
    .doc("The craft claims no length over this; an unknown length passes.");
const LARGE: LimitKey<Length> =
    LimitKey::metres("large", "50 m").at_least().doc("The ship is on AIS class A and at least this long.");
const MAX_SILENCE: LimitKey<Span> = limits::MAX_SILENCE
    .with_default("5 min")
    .doc("A craft that is not seen near the ship for this long has gone.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "shadowing",
    doc: "A small craft keeps its place behind or beside a merchant ship under way.",
    caution: "An echo that keeps exactly the range of the ship, or stays exactly behind her as seen from the only radar that has it, may be her radar ghost, and is not judged. Put tugs, escorts and pilots on the centre's lists.",
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
    watch: |rule, number| Box::new(Shadowing::new(rule, number)),
};

/// Looked at this often.
const LOOK_EVERY: Span = Span::from_secs(20);
/// Out of its place for this long, it is over.
const MISSED_FOR: Span = Span::from_secs(120);
/// Positions older than this say nothing of a place kept.
const FRESH: Span = Span::from_secs(60);
/// Echoes that run with it, as a doubt; the ship herself is on AIS.
const COMPANY: usize = 4;
/// What could not be judged is looked at again after this.
const DOUBT_FOR: Span = Span::from_secs(180);

struct Shadowing {
    rule: RuleId,
    max_m: f64,
    min_m: f64,
    angle_deg: f64,
    max_relative_kn: f64,
    min_speed_kn: f64,
    min_duration: Span,
    small_m: f64,
    large_m: f64,
    max_silence: Span,
    states: States<State>,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct State {
    next_look: Time,
    doubt_until: Time,
    told: bool,
    follows: Option<Follows>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Follows {
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

/// How it stands to a ship.
struct Place {
    apart_m: f64,
    bearing_deg: f64,
    relative_kn: f64,
}

impl Shadowing {
    fn new(rule: &Rule, number: RuleId) -> Shadowing {
        let limits = &rule.limits;
        Shadowing {
            rule: number,
            max_m: limits.get(MAX_DISTANCE).m(),
            min_m: limits.get(MIN_DISTANCE).m(),
            angle_deg: limits.get(ANGLE).deg(),
            max_relative_kn: limits.get(MAX_RELATIVE_SPEED).kn(),
            min_speed_kn: limits.get(MIN_SPEED).kn(),
            min_duration: limits.get(MIN_DURATION),
            small_m: limits.get(SMALL).m(),
            large_m: limits.get(LARGE).m(),
            max_silence: limits.get(MAX_SILENCE),
            states: States::default(),
        }
    }

    fn is_small(&self, id: TrackId, w: &World<'_>) -> bool {
        let length = w.picture.identity(id).length_m();
        length.is_none_or(|m| f64::from(m) <= self.small_m)
    }

    fn is_ship(&self, id: TrackId, w: &World<'_>) -> bool {
        let track = w.picture.track(id);
        let length = w.picture.identity(id).length_m();
        track.is_vessel()
            && track.on_ais()
            && track.class == TransponderClass::A
            && length.is_some_and(|m| f64::from(m) >= self.large_m)
            && track.fix.sog_kn().is_some_and(|kn| kn >= self.min_speed_kn)
    }

    /// Where it is from a ship, by her course.
    fn place(&self, id: TrackId, ship: TrackId, w: &World<'_>) -> Option<Place> {
        let (own, hers) = (w.picture.track(id).fix, w.picture.track(ship).fix);
        if w.now - hers.time > FRESH {
            return None;
        }
        let (u, v) = (own.velocity_kn()?, hers.velocity_kn()?);
        let (at, from) = (own.carried_to(w.now), hers.carried_to(w.now));
        let bearing = geodesy::bearing_deg(from.lon_lat(), at.lon_lat());
        Some(Place {
            apart_m: geodesy::distance_m(from, at),
            bearing_deg: geodesy::normal_deg(bearing - hers.cog_deg()?),
            relative_kn: libm::hypot(u[0] - v[0], u[1] - v[1]),
        })
    }

    fn keeps(&self, place: &Place) -> bool {
        (self.min_m..=self.max_m).contains(&place.apart_m) && place.relative_kn <= self.max_relative_kn
    }

    /// The ship whose company it keeps, the nearest one.
    fn find(&self, id: TrackId, w: &World<'_>) -> Option<Follows> {
        let at = w.picture.track(id).fix.position;
        let mut nearest: Option<(f64, Follows)> = None;
        w.picture.surface_near(at, self.max_m, |ship| {
            if ship != id
                && self.is_ship(ship, w)
                && let Some(place) = self.place(id, ship, w).filter(|place| self.keeps(place))
                && nearest.as_ref().is_none_or(|(m, _)| place.apart_m < *m)
            {
                let follows = Follows {
                    ship,
                    since: w.now,
                    last: w.now,
                    reports: w.picture.track(id).reports,
                    bearing_deg: place.bearing_deg,
                    furthest_m: place.apart_m,
                    relative_kn: place.relative_kn,
                    raised: None,
                };
                nearest = Some((place.apart_m, follows));
            }
            true
        });
        nearest.map(|(_, follows)| follows)
    }

    /// It is still where it was, from the same ship; `None`: no longer.
    fn follow(&self, id: TrackId, mut follows: Follows, w: &World<'_>) -> Option<Follows> {
        w.picture.get(follows.ship)?;
        let place = self.place(id, follows.ship, w);
        let kept = place.filter(|place| {
            self.keeps(place)
                && geodesy::angle_between_deg(place.bearing_deg, follows.bearing_deg) <= self.angle_deg
        });
        match kept {
            Some(place) => {
                follows.last = follows.last.max(w.now);
                follows.furthest_m = follows.furthest_m.max(place.apart_m);
                follows.relative_kn = place.relative_kn;
                Some(follows)
            }
            None => (w.now - follows.last <= MISSED_FOR).then_some(follows),
        }
    }

    fn consider(&mut self, id: TrackId, follows: &mut Follows, w: &mut World<'_>) {
        let state = self.states.make(id);
        if follows.last - follows.since < self.min_duration || w.now < state.doubt_until {
            return;
        }
        if let Some(reason) = doubt(w.picture, id, w.now, COMPANY) {
            state.doubt_until = w.now + DOUBT_FOR;
            if !std::mem::replace(&mut state.told, true) {
                w.tally.cannot_judge(self.rule, reason);
            }
            return;
        }
        let ids = [id, follows.ship];
        let finding = self.finding(&ids, follows, w.picture, w.now);
        follows.raised = w.alerts.raise(w.picture, self.rule, &finding, w.out);
    }

    fn finding<'a>(&self, ids: &'a [TrackId], f: &Follows, picture: &Picture, now: Time) -> Finding<'a> {
        let track = picture.track(ids[0]);
        let lasted = f.last - f.since;
        let astern = geodesy::angle_between_deg(f.bearing_deg, 180.0);
        let side = match f.bearing_deg {
            _ if astern <= 45.0 => "astern",
            b if b <= 45.0 || b >= 315.0 => "ahead",
            b if b < 180.0 => "on the starboard side",
            _ => "on the port side",
        };
        Finding {
            subjects: ids,
            zone: None,
            onset: f.since,
            time: now,
            last: f.last,
            position: track.fix.position,
            certainty: Certainty::Likely,
            length: self.length(lasted),
            reports: track.reports.saturating_sub(f.reports) + 1,
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

    fn length(&self, lasted: Span) -> Elapsed {
        Elapsed { duration_s: lasted.secs(), limit_s: self.min_duration.secs() }
    }

    fn end(&mut self, id: TrackId, reason: EndReason, w: &mut World<'_>) {
        let Some(follows) = self.states.get(id).and_then(|state| state.follows.take()) else { return };
        if let Some(handle) = follows.raised {
            let ids = [id, follows.ship];
            let finding = self.finding(&ids, &follows, w.picture, w.now);
            w.alerts.end(w.picture, handle, reason, &finding, w.out);
        }
    }

    fn let_go(&mut self, id: TrackId, reason: EndReason, w: &mut World<'_>) {
        self.end(id, reason, w);
        if let Some(state) = self.states.get(id) {
            *state = State::default();
            self.states.drop(id);
        }
    }
}

impl Watch for Shadowing {
    fn gate(&self) -> Gate {
        Gate::Fast(libm::ceil(self.min_speed_kn * 10.0) as u16)
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        let track = w.picture.track(id);
        if !track.is_vessel() || !self.is_small(id, w) {
            self.let_go(id, EndReason::Identified, w);
            return false;
        }
        let state = *self.states.make(id);
        if w.now < state.next_look && state.next_look - w.now <= LOOK_EVERY {
            return true;
        }
        self.states.make(id).next_look = w.now + LOOK_EVERY;
        w.arm(self.rule, id, w.now + self.max_silence);
        let followed = match state.follows {
            Some(follows) => self.follow(id, follows, w).filter(|_| applies),
            None if applies => self.find(id, w),
            None => None,
        };
        let Some(mut follows) = followed else {
            self.end(id, EndReason::Parted, w);
            return true;
        };
        match follows.raised {
            Some(handle) => {
                let ids = [id, follows.ship];
                let finding = || self.finding(&ids, &follows, w.picture, w.now);
                let length = self.length(follows.last - follows.since);
                w.alerts.goes_on(w.picture, handle, w.now, length, finding, w.out);
            }
            None => self.consider(id, &mut follows, w),
        }
        self.states.make(id).follows = Some(follows);
        true
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.let_go(id, EndReason::Identified, w);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let id = deadline.parties.first();
        let last = self.states.get(id)?.next_look - LOOK_EVERY;
        if last + self.max_silence > deadline.time {
            return Some(last + self.max_silence);
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
