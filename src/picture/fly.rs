//! What aircraft say: reports by ICAO address to tracks of the air.

use super::contacts::{AIR, State, likeness};
use super::track::{Fix, Track};
use super::{Change, Holders, Kind, Picture, is_in_reach};
use crate::geodesy::{self, NM_M};
use crate::model::{
    AirSource, AircraftReport, Icao, Mmsi, Position, StationKey, Time, TrackId, TransponderClass,
};
use crate::picture::flight::Flight;

/// Addresses of aircraft share a table with MMSIs, which stay below this bit.
const ADDRESS: u32 = 1 << 30;
/// A place that cannot have been reached is believed when it was told so often in a row.
const JUMPS_BELIEVED: u8 = 5;
/// SAR aircraft's two voices are one after so many agreements in a row.
const VOICES_AGREE: u8 = 3;
/// And are looked for within this, metres.
const VOICES_M: f64 = 3.0 * NM_M;

impl Picture {
    /// Returns the track of an aircraft that transmits.
    pub fn aircraft(&self, icao: Icao) -> Option<TrackId> {
        self.by_identity.get(&(ADDRESS | icao.address())).copied()
    }

    /// What is known of a track as an aircraft.
    pub fn flight(&self, id: TrackId) -> Option<&Flight> {
        self.flights.get(&id)
    }

    /// Height of a track at a time, feet; none where nothing tells it.
    pub fn altitude_ft(&self, id: TrackId, now: Time) -> Option<f64> {
        self.flight(id)?.altitude_ft(now)
    }

    pub(super) fn unlist_aircraft(&mut self, id: TrackId) {
        if let Some(icao) = self.track(id).icao {
            self.by_identity.remove(&(ADDRESS | icao.address()));
        }
        self.flights.remove(&id);
        self.voices.remove(&id);
    }

    pub(super) fn list_aircraft(&mut self, id: TrackId, icao: Icao) {
        self.by_identity.insert(ADDRESS | icao.address(), id);
        self.tracks[id.index()].icao = Some(icao);
    }

    /// Takes one report of an aircraft. `holders` keep tracks from being forgotten for it.
    pub fn fly(&mut self, r: &AircraftReport, holders: &dyn Holders) -> Change {
        self.reception.hear(r.feed, r.station, r.time);
        let at = r.kinematics.position;
        let id = match self.aircraft(r.icao) {
            Some(id) => id,
            None => {
                let fix = Fix::new(r.time, at.unwrap_or_default(), &r.kinematics);
                let Some(id) = self.insert(Track::of_aircraft(Mmsi(0), fix), holders) else {
                    return Change::None;
                };
                self.list_aircraft(id, r.icao);
                id
            }
        };
        self.tracks[id.index()].transponds(r.feed, r.station, r.time);
        let flight = self.flights.entry(id).or_default();
        let renamed = flight.take(r);
        let (told, altitude_ft) = (flight.completed(r), flight.altitude_ft(r.time));
        let change = match at {
            Some(at) => self.flown(id, r, Fix::new(r.time, at, &told), altitude_ft),
            None => Change::Heard(id),
        };
        match change {
            Change::Moved(id) if renamed => Change::MovedAndIdentity(id),
            Change::Heard(id) if renamed => Change::Identity(id),
            change => change,
        }
    }

    /// It told where it is.
    fn flown(&mut self, id: TrackId, r: &AircraftReport, fix: Fix, altitude_ft: Option<f64>) -> Change {
        let track = &self.tracks[id.index()];
        let seen = track.sensed > 0;
        let last =
            if seen { self.contacts.fusion(id).and_then(|fusion| fusion.ais) } else { track.ais_fix() };
        if let Some(last) = last {
            if fix.time <= last.time {
                if !seen {
                    let points = self.bounds.history_points;
                    self.histories[id.index()].add(fix.time, fix.position, fix.sog_tenths, points);
                }
                return Change::Late;
            }
            if !is_in_reach(&last, TransponderClass::Aircraft, fix) && !self.believes_jump(id, fix) {
                return Change::Heard(id);
            }
        }
        let flight = self.flights.entry(id).or_default();
        (flight.source, flight.jumps_in_a_row) = (Some(r.source), 0);
        if let Some(last) = last {
            self.tracks[id.index()].note_interval(fix.time - last.time);
        }
        self.learn_air_reach(id, r, fix.position, altitude_ft);
        if seen {
            return self.heard_fused(id, fix);
        }
        let track = &mut self.tracks[id.index()];
        if track.located() {
            track.previous = (track.fix.time, track.fix.position);
        }
        track.fix = fix;
        track.reports = track.reports.saturating_add(1);
        self.place(id, fix);
        Change::Moved(id)
    }

    /// A place out of reach: remembered, and believed when it is told again and again.
    fn believes_jump(&mut self, id: TrackId, fix: Fix) -> bool {
        let flight = self.flights.entry(id).or_default();
        let goes_on = flight.jumped.is_some_and(|(there, then)| {
            is_in_reach(&Fix::new(then, there, &Default::default()), TransponderClass::Aircraft, fix)
        });
        flight.jumps_in_a_row = if goes_on { flight.jumps_in_a_row + 1 } else { 1 };
        flight.jumped = Some((fix.position, fix.time));
        flight.jumps_in_a_row >= JUMPS_BELIEVED
    }

    /// How far beyond an aircraft's own horizon a receiver hears: the height of the aircraft taken out, what one
    /// receiver reaches is one figure for each bearing.
    fn learn_air_reach(&mut self, id: TrackId, r: &AircraftReport, at: Position, altitude_ft: Option<f64>) {
        if r.source == AirSource::AdsB
            && let (Some(site), Some(ft)) = (self.site(r.feed), altitude_ft)
        {
            let key = StationKey::new(r.feed, r.station);
            self.reception.heard_aircraft(key, site, id, at, horizon_m(ft), r.time);
        }
    }

    /// A SAR aircraft on AIS that is where one on ADS-B is, time after time: the two tracks, the older first.
    pub fn two_voices(&mut self, id: TrackId) -> Option<(TrackId, TrackId)> {
        let track = self.track(id);
        if track.kind != Kind::Aircraft || !track.on_ais() || track.icao.is_some() || !track.located() {
            return None;
        }
        let (fix, now) = (track.fix, track.fix.time);
        let mine = State::of_report(&fix, &AIR, None, now);
        let mut best: Option<(f64, TrackId)> = None;
        self.air.near(fix.position, VOICES_M, |other| {
            let theirs = self.track(other);
            if theirs.icao.is_some() && !theirs.on_ais() && theirs.located() {
                let state = State::of_report(&theirs.fix, &AIR, None, now);
                let near = geodesy::distance_m(state.position, fix.position);
                let alike = likeness(&mine, &state).is_some_and(|score| score > 0.0);
                if alike && best.is_none_or(|(nearest, id)| (near, other) < (nearest, id)) {
                    best = Some((near, other));
                }
            }
            true
        });
        let other = best.map(|(_, other)| other);
        let (lean, times) = self.voices.get(&id).copied().unwrap_or((id, 0));
        match other {
            Some(other) if other == lean && times + 1 >= VOICES_AGREE => {
                self.voices.remove(&id);
                let older = self.track(id).first_heard <= self.track(other).first_heard;
                Some(if older { (id, other) } else { (other, id) })
            }
            Some(other) => {
                let times = if other == lean { times + 1 } else { 1 };
                self.voices.insert(id, (other, times));
                None
            }
            None => {
                self.voices.remove(&id);
                None
            }
        }
    }
}

/// How far the horizon is from a height, metres: four thirds of the earth's radius for radio (ITU-R P.453).
pub fn horizon_m(altitude_ft: f64) -> f64 {
    const EARTH_M: f64 = 6_371_000.0 * 4.0 / 3.0;
    (2.0 * EARTH_M * (altitude_ft * 0.3048).max(0.0)).sqrt()
}
