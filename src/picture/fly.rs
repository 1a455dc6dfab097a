//! What aircraft say: reports by ICAO address to tracks of the air.

use super::contacts::{AIR, State, likeness};
use super::track::{Fix, Track, station_key};
use super::{Change, Kind, Picture, is_in_reach};
use crate::model::{AirSource, AircraftReport, Icao, Mmsi, Position, Time, TransponderClass};
use crate::picture::flight::Flight;
use crate::sphere::{self, NM_M};

/// Addresses of aircraft share a table with MMSIs, which stay below this bit.
const ADDRESS: u32 = 1 << 30;
/// A place that cannot have been reached is believed when it was told so often in a row.
const JUMPS_BELIEVED: u8 = 5;
/// SAR aircraft's two voices are one after so many agreements in a row.
const VOICES_AGREE: u8 = 3;
/// And are looked for within this, metres.
const VOICES_M: f64 = 3.0 * NM_M;

impl Picture {
    /// The slot of an aircraft that transmits.
    pub fn aircraft(&self, icao: Icao) -> Option<u32> {
        self.slots.get(&(ADDRESS | icao.address())).copied()
    }

    /// What is known of a track as an aircraft.
    pub fn flight(&self, slot: u32) -> Option<&Flight> {
        self.flights.get(&slot)
    }

    /// Height of a track at a time, feet; none where nothing tells it.
    pub fn altitude_ft(&self, slot: u32, now: Time) -> Option<f64> {
        self.flight(slot)?.altitude_ft(now)
    }

    pub(super) fn unlist_aircraft(&mut self, slot: u32) {
        if let Some(icao) = self.track(slot).icao {
            self.slots.remove(&(ADDRESS | icao.address()));
        }
        self.flights.remove(&slot);
    }

    pub(super) fn list_aircraft(&mut self, slot: u32, icao: Icao) {
        self.slots.insert(ADDRESS | icao.address(), slot);
        self.tracks[slot as usize].icao = Some(icao);
    }

    /// Takes one report of an aircraft.
    pub fn fly(&mut self, r: &AircraftReport) -> Change {
        self.reception.hear(r.feed, r.station, r.time);
        let at = r.kinematics.position;
        let slot = match self.aircraft(r.icao) {
            Some(slot) => slot,
            None => {
                let fix = Fix::new(r.time, at.unwrap_or_default(), &r.kinematics);
                let Some(slot) = self.insert(Track::of_aircraft(Mmsi(0), fix)) else { return Change::None };
                self.list_aircraft(slot, r.icao);
                slot
            }
        };
        self.tracks[slot as usize].transponds(r.feed, r.station, r.time);
        let flight = self.flights.entry(slot).or_default();
        let renamed = flight.take(r);
        let (told, altitude_ft) = (flight.completed(r), flight.altitude_ft(r.time));
        let change = match at {
            Some(at) => self.flown(slot, r, Fix::new(r.time, at, &told), altitude_ft),
            None => Change::Heard(slot),
        };
        match change {
            Change::Moved(slot) if renamed => Change::MovedAndIdentity(slot),
            Change::Heard(slot) if renamed => Change::Identity(slot),
            change => change,
        }
    }

    /// It told where it is.
    fn flown(&mut self, slot: u32, r: &AircraftReport, fix: Fix, altitude_ft: Option<f64>) -> Change {
        let track = &self.tracks[slot as usize];
        let seen = track.sensed > 0;
        let last =
            if seen { self.contacts.fusion(slot).and_then(|fusion| fusion.ais) } else { track.ais_fix() };
        if let Some(last) = last {
            if fix.time <= last.time {
                if !seen {
                    let points = self.bounds.history_points;
                    self.histories[slot as usize].add(fix.time, fix.position, fix.sog_tenths, points);
                }
                return Change::Late;
            }
            if !is_in_reach(&last, TransponderClass::Aircraft, fix) && !self.believes_jump(slot, fix) {
                return Change::Heard(slot);
            }
        }
        let flight = self.flights.entry(slot).or_default();
        (flight.source, flight.jumps_in_a_row) = (Some(r.source), 0);
        if let Some(last) = last {
            self.tracks[slot as usize].note_interval(fix.time - last.time);
        }
        self.learn_air_reach(slot, r, fix.position, altitude_ft);
        if seen {
            return self.heard_fused(slot, fix);
        }
        let track = &mut self.tracks[slot as usize];
        if track.located() {
            track.previous = (track.fix.time, track.fix.position);
        }
        track.fix = fix;
        track.reports = track.reports.saturating_add(1);
        self.place(slot, fix);
        Change::Moved(slot)
    }

    /// A place out of reach: remembered, and believed when it is told again and again.
    fn believes_jump(&mut self, slot: u32, fix: Fix) -> bool {
        let flight = self.flights.entry(slot).or_default();
        let goes_on = flight.jumped.is_some_and(|(there, then)| {
            is_in_reach(&Fix::new(then, there, &Default::default()), TransponderClass::Aircraft, fix)
        });
        flight.jumps_in_a_row = if goes_on { flight.jumps_in_a_row + 1 } else { 1 };
        flight.jumped = Some((fix.position, fix.time));
        flight.jumps_in_a_row >= JUMPS_BELIEVED
    }

    /// How far beyond an aircraft's own horizon a receiver hears: the height of the aircraft taken out, what one
    /// receiver reaches is one figure for each bearing.
    fn learn_air_reach(&mut self, slot: u32, r: &AircraftReport, at: Position, altitude_ft: Option<f64>) {
        if r.source == AirSource::AdsB
            && let (Some(site), Some(ft)) = (self.site(r.feed), altitude_ft)
        {
            let key = station_key(r.feed, r.station);
            self.reception.heard_aircraft(key, site, slot, at, horizon_m(ft), r.time);
        }
    }

    /// A SAR aircraft on AIS that is where one on ADS-B is, time after time: the two slots, the older first.
    pub fn two_voices(&mut self, slot: u32) -> Option<(u32, u32)> {
        let track = self.track(slot);
        if track.kind != Kind::Aircraft || !track.on_ais() || track.icao.is_some() || !track.located() {
            return None;
        }
        let (fix, now) = (track.fix, track.fix.time);
        let mine = State::of_report(&fix, &AIR, None, now);
        let mut best: Option<(f64, u32)> = None;
        self.air.near(fix.position, VOICES_M, |other| {
            let theirs = self.track(other);
            if theirs.icao.is_some() && !theirs.on_ais() && theirs.located() {
                let state = State::of_report(&theirs.fix, &AIR, None, now);
                let near = sphere::distance_m(state.position, fix.position);
                let alike = likeness(&mine, &state).is_some_and(|score| score > 0.0);
                if alike && best.is_none_or(|(nearest, slot)| (near, other) < (nearest, slot)) {
                    best = Some((near, other));
                }
            }
            true
        });
        let other = best.map(|(_, other)| other);
        let (lean, times) = self.voices.get(&slot).copied().unwrap_or((slot, 0));
        match other {
            Some(other) if other == lean && times + 1 >= VOICES_AGREE => {
                self.voices.remove(&slot);
                let older = self.track(slot).first_heard <= self.track(other).first_heard;
                Some(if older { (slot, other) } else { (other, slot) })
            }
            Some(other) => {
                let times = if other == lean { times + 1 } else { 1 };
                self.voices.insert(slot, (other, times));
                None
            }
            None => {
                self.voices.remove(&slot);
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
