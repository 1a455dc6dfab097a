//! `unscheduled-landing`: a descent that ends where no aerodrome expects it.

use serde::{Deserialize, Serialize};

use super::airborne::{FROM_AERODROME, at_aerodrome, at_shut_aerodrome, height_words, stands};
use super::conditions::{Check, Conditions};
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::alerts::Resumes;
use crate::geodesy::{self, NM_M};
use crate::model::{Certainty, EndReason, Height, LimitKey, Position, Reason, Rule, Span, Speed, TrackId};
use crate::picture::{Kind, Picture, horizon_m};

const MAX_ALTITUDE: LimitKey<Height> = LimitKey::height("max_altitude", "1000 ft")
    .at_most()
    .doc("The aircraft was last seen at or below this height.");
const MIN_DESCENT: LimitKey<Height> = LimitKey::height("min_descent", "700 ft")
    .at_least()
    .doc("The aircraft descended by at least this in the last 15 minutes.");
const MIN_SPEED: LimitKey<Speed> = LimitKey::speed("min_speed", "60 kn")
    .at_least()
    .may_be_zero()
    .doc("During its descent the aircraft was once at least this fast; birds are slower.");
const MIN_SILENCE: LimitKey<Span> = LimitKey::duration("min_silence", "90 s")
    .at_least()
    .doc("The aircraft is neither seen nor heard for this long.");
const MAX_SILENCE: LimitKey<Span> =
    limits::MAX_SILENCE.with_default("30 min").doc("The alert ends after this long without a report.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "unscheduled-landing",
    doc: "An aircraft descends and lands, or is lost low, away from aerodromes or at one that is closed, private or without lights at that hour.",
    caution: "An aircraft that is lost low has landed only where a sensor would still have seen it: below the horizon of the sensors the rule cannot judge. Put helicopters that land in many places by trade on the centre's list. Heights are above the pressure datum, not above the ground.",
    limits: &[
        MAX_ALTITUDE.limit,
        MIN_DESCENT.limit,
        MIN_SPEED.limit,
        FROM_AERODROME.limit,
        MIN_SILENCE.limit,
        MAX_SILENCE.limit,
    ],
    needs: &[Sensor::Air],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, Landings::new(rule))),
};

/// A descent is of this long at most.
const DESCENT: Span = Span::from_secs(900);
/// Time by which a descent is carried on from its last report to the place of landing.
const DESCENT_CARRIED_FOR: Span = Span::from_secs(60);
/// What a mast of 30 m sees beyond an aircraft's own horizon, metres.
const MAST_HORIZON_M: f64 = 22_500.0;
/// It goes on climbing at this: it was not landing. Feet a minute.
const CLIMBS_FPM: f64 = 200.0;

struct Landings {
    max_altitude_ft: f64,
    min_descent_ft: f64,
    min_speed_kn: f64,
    from_aerodrome_m: f64,
    min_silence: Span,
}

#[derive(Serialize, Deserialize)]
struct Descent {
    /// The greatest height of the last quarter of an hour, and when that was.
    top: (f64, crate::model::Time),
    altitude_ft: f64,
    top_kn: f64,
    at: Position,
    /// It said that it stands.
    stands: bool,
    down: bool,
}

impl Landings {
    fn new(rule: &Rule) -> Landings {
        let limits = &rule.limits;
        Landings {
            max_altitude_ft: limits.get(MAX_ALTITUDE).ft(),
            min_descent_ft: limits.get(MIN_DESCENT).ft(),
            min_speed_kn: limits.get(MIN_SPEED).kn(),
            from_aerodrome_m: limits.get(FROM_AERODROME).m(),
            min_silence: limits.get(MIN_SILENCE),
        }
    }

    /// Compares a descent with one that nobody expects where it ends.
    fn compare(&self, descent: &Descent, at: Position, w: &World<'_>, c: &mut Conditions<'_>) {
        let came_down = || Height::from_ft(descent.top.0 - descent.altitude_ft);
        c.at_least(MIN_DESCENT, Height::from_ft(self.min_descent_ft), came_down);
        c.at_least(MIN_SPEED, Speed::from_kn(self.min_speed_kn), || Speed::from_kn(descent.top_kn));
        c.is(FROM_AERODROME, || {
            !at_aerodrome(w.picture, descent.at, self.from_aerodrome_m, w.now)
                && !at_aerodrome(w.picture, at, self.from_aerodrome_m, w.now)
        });
    }
}

impl Behaviour for Landings {
    type Memory = Descent;

    const RESUMES: Resumes = Resumes::NEVER;

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn patience(&self) -> Option<Span> {
        Some(self.min_silence)
    }

    fn update_base(&self) -> Span {
        DESCENT
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Descent> {
        let track = w.picture.track(id);
        let altitude_ft = w.picture.altitude_ft(id, w.now)?;
        let up = track.kind == Kind::Aircraft && !stands(w.picture, id, w.now);
        up.then_some(Descent {
            top: (altitude_ft, w.now),
            altitude_ft,
            top_kn: 0.0,
            at: track.fix.position,
            stands: false,
            down: false,
        })
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Descent>, w: &World<'_>) -> Verdict {
        let at = w.picture.track(id).fix.position;
        let stands = stands(w.picture, id, w.now);
        let raised = case.is_raised();
        let descent = &mut case.memory;
        (descent.at, descent.stands) = (at, stands);
        if stands {
            let mut c = w.conditions();
            self.compare(descent, at, w, &mut c);
            descent.down |= c.decide();
            return if case.memory.down { Verdict::Fulfilled } else { Verdict::Ended(EndReason::Moved) };
        }
        if raised {
            return Verdict::Ended(EndReason::Reappeared);
        }
        // It flies: a loss that nobody could judge was no landing.
        descent.down = false;
        if let Some(ft) = w.picture.altitude_ft(id, w.now) {
            if ft >= descent.top.0 || w.now - descent.top.1 > DESCENT {
                descent.top = (ft, w.now);
                descent.top_kn = 0.0;
            }
            descent.top_kn = descent.top_kn.max(w.picture.track(id).speed_kn().unwrap_or(0.0));
            descent.altitude_ft = ft;
        }
        w.conditions().holds(Check::Down, || false);
        // Until it is down it has not begun.
        case.since = w.now;
        Verdict::Continues
    }

    fn assess_silence(&mut self, id: TrackId, case: &mut Case<Descent>, w: &World<'_>) -> bool {
        let fix = w.picture.track(id).fix;
        let climbs = w.picture.flight(id).and_then(|flight| flight.vertical_rate_fpm);
        let descent = &mut case.memory;
        let (mut c, altitude) = (w.conditions(), Height::from_ft(descent.altitude_ft));
        c.at_most(MAX_ALTITUDE, Height::from_ft(self.max_altitude_ft), || altitude);
        c.holds(Check::Down, || climbs.is_none_or(|(fpm, _)| fpm < CLIMBS_FPM));
        self.compare(descent, fix.carried_to(fix.time + DESCENT_CARRIED_FOR), w, &mut c);
        descent.down |= c.decide();
        descent.down
    }

    fn doubt(&self, id: TrackId, case: &Case<Descent>, w: &World<'_>) -> Option<Reason> {
        let descent = &case.memory;
        if descent.stands {
            return None;
        }
        let track = w.picture.track(id);
        let reach_m = horizon_m(descent.altitude_ft) + MAST_HORIZON_M;
        let mut sites = track.heard_within(self.min_silence).filter_map(|heard| w.picture.site(heard.feed));
        let seen = sites.any(|site| geodesy::distance_m(site, descent.at) <= reach_m);
        (!seen).then_some(Reason::BelowHorizon)
    }

    fn statement(&self, id: TrackId, case: &Case<Descent>, picture: &Picture) -> Statement {
        let descent = &case.memory;
        let shut = at_shut_aerodrome(picture, descent.at, self.from_aerodrome_m);
        let place = shut.map_or_else(
            || format!("no aerodrome within {:.0} nm", self.from_aerodrome_m / NM_M),
            |name| format!("at {name}"),
        );
        let came_down = descent.top.0 - descent.altitude_ft;
        let how = match descent.stands {
            true => "has landed".to_owned(),
            false => format!("was lost{} on its way down", height_words(Some(descent.altitude_ft))),
        };
        Statement {
            position: picture.track(id).fix.position,
            certainty: if descent.stands { Certainty::Likely } else { Certainty::Possible },
            measured: vec![
                MAX_ALTITUDE.measured(Height::from_ft(descent.altitude_ft)),
                MIN_DESCENT.measured(Height::from_ft(came_down)),
                MIN_SPEED.measured(Speed::from_kn(descent.top_kn)),
                MIN_SILENCE.measured(case.lasted()),
            ],
            not_judged: Vec::new(),
            deed: format!("{how}, {came_down:.0} ft below where it was before, {place}"),
        }
    }
}
