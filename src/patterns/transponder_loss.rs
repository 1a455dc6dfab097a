//! `transponder-loss`: an aircraft's transponder falls silent where it would have been heard.

use serde::{Deserialize, Serialize};

use super::airborne::{at_aerodrome, height_words, in_flight};
use super::conditions::{Check, Conditions};
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::alerts::Resumes;
use crate::geodesy::{self, NM_M};
use crate::model::{
    Bound, Certainty, EndReason, Height, LimitKey, Position, Reason, Rule, Span, StationKey, Time, TrackId,
};
use crate::picture::{Picture, horizon_m};

const MIN_SILENCE: LimitKey<Span> = LimitKey::duration("min_silence", "2 min")
    .at_least()
    .doc("The transponder sends nothing for at least this long.");
const MIN_ALTITUDE: LimitKey<Height> = LimitKey::height("min_altitude", "1500 ft")
    .at_least()
    .doc("The aircraft was at least this high; a lower one may be landing or behind a hill.");
const MAX_SILENCE: LimitKey<Span> = limits::MAX_SILENCE
    .with_default("30 min")
    .doc("An aircraft that is neither seen nor heard for this long is lost.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "transponder-loss",
    doc: "An aircraft whose broadcasts were received falls silent in the air, while a radar still sees it or other aircraft are still received from there.",
    caution: "The silence is longer than six of the intervals at which the receiver heard the aircraft, and than twice its second longest pause lately: a feed that passes on few reports has long ones. Without a radar that still sees the aircraft, two things are needed: the receiver has heard another aircraft since, from as far beyond its horizon; and within a day it has heard others from where the aircraft would be now, at their heights. Otherwise the rule cannot judge. Aircraft that were about to land are left out.",
    limits: &[MIN_SILENCE.limit, MIN_ALTITUDE.limit, MAX_SILENCE.limit],
    needs: &[Sensor::Air],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, TransponderLoss::new(rule))),
};

/// Near an aerodrome, and descending or lower than this above the limit, it is landing.
const APPROACH_M: f64 = 15.0 * NM_M;
const APPROACH_FT: f64 = 5000.0;
/// Longest time for which a silent aircraft is carried on along its course.
const FLIGHT_CARRIED_FOR: Span = Span::from_secs(300);
/// Time before the last report within which a receiver must have heard the aircraft to be asked.
const RECEIVERS_HEARD_WITHIN: Span = Span::from_secs(60);
/// Number of its own intervals that a silence must last.
const INTERVALS: f64 = 6.0;
/// Distance within which other aircraft are asked for, metres.
const AIRCRAFT_ASKED_M: f64 = 250.0 * NM_M;
/// Distance by which a witness may be less far beyond its horizon, metres.
const LIKE_REACH_M: f64 = 5.0 * NM_M;
/// Number of aircraft that are asked at most, of those that the receiver heard.
const MOST_AIRCRAFT_ASKED: usize = 500;

struct TransponderLoss {
    min_silence: Span,
    min_altitude_ft: f64,
}

/// As it was heard last.
#[derive(Serialize, Deserialize)]
struct Heard {
    time: Time,
    at: Position,
    altitude_ft: Option<f64>,
    lost: bool,
}

impl TransponderLoss {
    fn new(rule: &Rule) -> TransponderLoss {
        TransponderLoss {
            min_silence: rule.limits.get(MIN_SILENCE),
            min_altitude_ft: rule.limits.get(MIN_ALTITUDE).ft(),
        }
    }

    fn heard(id: TrackId, w: &World<'_>) -> Option<Heard> {
        let flight = in_flight(w.picture, id, w.now)?;
        let (time, at) = (flight.transponded()?, w.picture.track(id).fix.position);
        Some(Heard { time, at, altitude_ft: flight.altitude_ft(time), lost: false })
    }

    /// Returns the shortest silence that the cadence at its receivers does not explain; `None` where none has heard enough.
    fn unexplained(id: TrackId, w: &World<'_>) -> Option<Span> {
        let receivers = w.picture.track(id).received_within(RECEIVERS_HEARD_WITHIN);
        receivers.filter_map(|by| by.cadence().unexplained(INTERVALS)).max()
    }

    /// Whether a receiver heard another aircraft in the last third of the silence, from as far beyond its horizon.
    fn is_witnessed(
        id: TrackId,
        key: StationKey,
        site: Position,
        beyond_m: f64,
        since: Time,
        w: &World<'_>,
    ) -> bool {
        let late = w.now - Span((w.now - since).0 / 3);
        let (mut found, mut asked) = (false, 0);
        w.picture.aircraft_near(site, AIRCRAFT_ASKED_M, |other| {
            let theirs = w.picture.track(other);
            let heard = other != id
                && theirs.first_heard <= since
                && theirs.heard_by(key).is_some_and(|last| last >= late);
            let height = || w.picture.flight(other).and_then(|flight| flight.altitude_ft(theirs.fix.time));
            asked += usize::from(heard);
            found = heard
                && geodesy::distance_m(site, theirs.fix.position) - horizon_m(height().unwrap_or(0.0))
                    >= beyond_m - LIKE_REACH_M;
            !found && asked < MOST_AIRCRAFT_ASKED
        });
        found
    }

    /// Compares whether it was high enough, and not about to land.
    fn compare_height(&self, heard: &Heard, w: &World<'_>, c: &mut Conditions<'_>) {
        let ft = heard.altitude_ft.unwrap_or(f64::NAN);
        c.at_least(MIN_ALTITUDE, Height::from_ft(self.min_altitude_ft), || Height::from_ft(ft));
        c.holds(Check::NotLanding, || {
            !(ft <= APPROACH_FT && at_aerodrome(w.picture, heard.at, APPROACH_M, heard.time))
        });
    }
}

impl Behaviour for TransponderLoss {
    type Memory = Heard;

    const RESUMES: Resumes = Resumes::NEVER;

    fn reads_heard(&self, _id: TrackId, _w: &World<'_>) -> bool {
        true
    }

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn patience(&self) -> Option<Span> {
        Some(self.min_silence)
    }

    fn update_base(&self) -> Span {
        self.min_silence
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Heard> {
        w.picture.flight(id)?.source?;
        Self::heard(id, w)
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Heard>, w: &World<'_>) -> Verdict {
        let Some(heard) = Self::heard(id, w) else { return Verdict::Ended(EndReason::Moved) };
        let mut c = w.conditions();
        c.at_least(MIN_SILENCE, self.min_silence, || w.now - heard.time);
        if heard.time > case.memory.time {
            if case.is_raised() {
                return Verdict::Ended(EndReason::Reappeared);
            }
            (case.since, case.memory) = (heard.time.min(w.now), heard);
            return Verdict::Continues;
        }
        // Seen, not heard.
        self.compare_height(&case.memory, w, &mut c);
        case.memory.lost |= c.decide();
        if case.memory.lost { Verdict::Fulfilled } else { Verdict::Continues }
    }

    fn assess_silence(&mut self, _id: TrackId, case: &mut Case<Heard>, w: &World<'_>) -> bool {
        let mut c = w.conditions();
        let (silent, asked) = (w.now - case.memory.time, self.min_silence);
        c.compared(MIN_SILENCE, Bound::AtLeast, silent.secs(), asked.secs(), true);
        self.compare_height(&case.memory, w, &mut c);
        case.memory.lost |= c.decide();
        case.memory.lost
    }

    /// A silence that the cadence explains is none yet.
    fn is_refuted(&self, id: TrackId, case: &Case<Heard>, w: &World<'_>) -> bool {
        let mut c = w.conditions();
        let is_explained = |silence: Span| w.now - case.memory.time < silence;
        c.holds(Check::Silent, || !Self::unexplained(id, w).is_some_and(is_explained));
        !c.are_met()
    }

    fn doubt(&self, id: TrackId, case: &Case<Heard>, w: &World<'_>) -> Option<Reason> {
        let track = w.picture.track(id);
        if Self::unexplained(id, w).is_none() {
            return Some(Reason::FewReports);
        }
        if track.sensed > 0 {
            return None;
        }
        let expected = track.fix.carried_to(w.now.min(track.fix.time + FLIGHT_CARRIED_FOR));
        let horizon = horizon_m(case.memory.altitude_ft.unwrap_or(0.0));
        let reception = &w.picture.reception;
        let (mut reached, mut witnessed) = (false, false);
        for heard in track.received_within(RECEIVERS_HEARD_WITHIN) {
            let key = heard.station_key();
            let Some(site) = w.picture.site(heard.feed) else { continue };
            if reception.reaches_aircraft(key, site, id, expected, horizon, w.now) {
                reached = true;
                let beyond_m = geodesy::distance_m(site, expected) - horizon;
                witnessed |= Self::is_witnessed(id, key, site, beyond_m, case.memory.time, w);
            }
        }
        match (reached, witnessed) {
            (true, true) => None,
            (true, false) => Some(Reason::NoWitnesses),
            (false, _) => Some(Reason::LeavesCoverage),
        }
    }

    fn statement(&self, id: TrackId, case: &Case<Heard>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let seen = track.sensed > 0;
        let how = if seen { "radar still sees it" } else { "others near it were still received" };
        Statement {
            position: track.fix.position,
            certainty: if seen { Certainty::Observed } else { Certainty::Possible },
            measured: vec![
                MIN_SILENCE.measured(case.lasted()),
                MIN_ALTITUDE.measured_if_known(case.memory.altitude_ft.map(Height::from_ft)),
            ],
            not_judged: Vec::new(),
            deed: format!(
                "has sent nothing for {} since it was{}; {how}",
                case.lasted().words(),
                height_words(case.memory.altitude_ft)
            ),
        }
    }
}
