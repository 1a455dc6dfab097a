//! Reports of aircraft (ADS-B and other Mode S): each finds the track of its ICAO address, or makes it one.

use super::Picture;
use super::ais::is_in_reach;
use crate::geodesy::{self, NM_M};
use crate::model::{
    AirSource, AircraftReport, Mmsi, Position, StationId, StationKey, TrackId, TransponderClass,
};
use crate::tracking::{AIR, State, log_likelihood_ratio};
use crate::tracks::{Change, Fix, Holders, Kind, Track};

/// Reports in a row after which a position out of reach is believed.
const JUMPS_BELIEVED: u8 = 5;
/// Reports in a row after which a track on AIS and one on ADS-B are one SAR aircraft.
const AGREEMENTS: u8 = 3;
/// Distance within which the one on ADS-B is looked for, metres.
const SAME_AIRCRAFT_M: f64 = 3.0 * NM_M;

impl Picture {
    /// Applies one report of an aircraft. `holders` keep tracks from being forgotten for it.
    pub fn apply_aircraft(&mut self, r: &AircraftReport, holders: &dyn Holders) -> Change {
        if r.station != StationId::RELAYED {
            self.reception.note_report(r.feed, r.station, r.time);
        }
        let at = r.kinematics.position;
        let id = match self.aircraft(r.icao) {
            Some(id) => id,
            None => {
                if !self.tracks.admits_new(r.feed, r.time) {
                    return Change::None;
                }
                let fix = Fix::new(r.time, at.unwrap_or_default(), &r.kinematics);
                let Some(id) = self.insert(Track::of_aircraft(Mmsi::NONE, fix), holders) else {
                    return Change::None;
                };
                self.tracks.set_icao(id, r.icao);
                id
            }
        };
        self.tracks.track_mut(id).note_transponder(r.feed, r.station, r.time);
        let flight = self.tracks.flight_mut(id);
        let renamed = flight.apply(r);
        let (told, altitude_ft) = (flight.completed(r), flight.altitude_ft(r.time));
        let change = match at {
            Some(at) => self.apply_aircraft_position(id, r, Fix::new(r.time, at, &told), altitude_ft),
            None => Change::Heard(id),
        };
        match change {
            Change::Moved(id) if renamed => Change::MovedAndIdentity(id),
            Change::Heard(id) if renamed => Change::Identity(id),
            change => change,
        }
    }

    /// Applies a position of an aircraft.
    fn apply_aircraft_position(
        &mut self,
        id: TrackId,
        r: &AircraftReport,
        fix: Fix,
        altitude_ft: Option<f64>,
    ) -> Change {
        let track = self.track(id);
        let seen = track.sensed > 0;
        let last =
            if seen { self.sensors.fused(id).and_then(|fused| fused.ais) } else { track.broadcast_fix() };
        if let Some(last) = last {
            if fix.time <= last.time {
                if !seen {
                    self.tracks.add_to_history(id, &fix);
                }
                return Change::Late;
            }
            if !is_in_reach(&last, TransponderClass::Aircraft, fix) && !self.believes_jump(id, fix) {
                return Change::Heard(id);
            }
        }
        let flight = self.tracks.flight_mut(id);
        (flight.source, flight.jumps_in_a_row) = (Some(r.source), 0);
        if let Some(last) = last {
            self.tracks.track_mut(id).update_interval(fix.time - last.time);
        }
        self.note_aircraft_range(id, r, fix.position, altitude_ft);
        if seen {
            return self.apply_ais_fix(id, fix);
        }
        self.tracks.track_mut(id).move_to(fix);
        self.tracks.place(id, fix, &mut self.zones);
        Change::Moved(id)
    }

    /// Remembers a position out of reach. Returns whether it is believed: the aircraft has been there several times in a row.
    fn believes_jump(&mut self, id: TrackId, fix: Fix) -> bool {
        let flight = self.tracks.flight_mut(id);
        let goes_on = flight.jumped.is_some_and(|(there, then)| {
            is_in_reach(&Fix::new(then, there, &Default::default()), TransponderClass::Aircraft, fix)
        });
        flight.jumps_in_a_row = if goes_on { flight.jumps_in_a_row + 1 } else { 1 };
        flight.jumped = Some((fix.position, fix.time));
        flight.jumps_in_a_row >= JUMPS_BELIEVED
    }

    /// Notes how far beyond an aircraft's own horizon a receiver receives it: with the height of the aircraft taken out, the
    /// range of a receiver is one figure for each bearing.
    fn note_aircraft_range(
        &mut self,
        id: TrackId,
        r: &AircraftReport,
        at: Position,
        altitude_ft: Option<f64>,
    ) {
        if r.source == AirSource::AdsB
            && let (Some(site), Some(ft)) = (self.site(r.feed), altitude_ft)
        {
            let key = StationKey::new(r.feed, r.station);
            self.reception.note_aircraft_range(key, site, id, at, horizon_m(ft), r.time);
        }
    }

    /// Returns the two tracks of a SAR aircraft that sends on AIS and on ADS-B, the younger one first: report after report, the
    /// first one is where the second one is.
    pub fn ais_and_adsb_of(&mut self, id: TrackId) -> Option<(TrackId, TrackId)> {
        let track = self.track(id);
        if track.kind != Kind::Aircraft || !track.on_ais() || track.icao.is_some() || !track.located() {
            return None;
        }
        let (fix, now) = (track.fix, track.fix.time);
        let mine = State::of_report(&fix, &AIR, None, now);
        let mut best: Option<(f64, TrackId)> = None;
        self.tracks.air.near(fix.position, SAME_AIRCRAFT_M, |other| {
            let theirs = self.track(other);
            if theirs.icao.is_some() && !theirs.on_ais() && theirs.located() {
                let state = State::of_report(&theirs.fix, &AIR, None, now);
                let near = geodesy::distance_m(state.position, fix.position);
                let alike = log_likelihood_ratio(&mine, &state).is_some_and(|ratio| ratio > 0.0);
                if alike && best.is_none_or(|(nearest, id)| (near, other) < (nearest, id)) {
                    best = Some((near, other));
                }
            }
            true
        });
        let other = best.map(|(_, other)| other);
        let (lean, times) = self.ais_and_adsb.get(&id).copied().unwrap_or((id, 0));
        match other {
            Some(other) if other == lean && times + 1 >= AGREEMENTS => {
                self.ais_and_adsb.remove(&id);
                let older = self.track(id).first_heard <= self.track(other).first_heard;
                Some(if older { (id, other) } else { (other, id) })
            }
            Some(other) => {
                let times = if other == lean { times + 1 } else { 1 };
                self.ais_and_adsb.insert(id, (other, times));
                None
            }
            None => {
                self.ais_and_adsb.remove(&id);
                None
            }
        }
    }
}

/// Returns the distance of the radio horizon from a height, metres: four thirds of the earth's radius (ITU-R P.453).
pub fn horizon_m(altitude_ft: f64) -> f64 {
    const EARTH_M: f64 = 6_371_000.0 * 4.0 / 3.0;
    (2.0 * EARTH_M * (altitude_ft * 0.3048).max(0.0)).sqrt()
}
