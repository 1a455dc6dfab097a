//! What is known of a track as an aircraft: heights, transponder, the integrity of what it broadcasts.

use serde::{Deserialize, Serialize};

use crate::model::{AirSource, AircraftReport, Emergency, Kinematics, Position, Span, Squawk, Text, Time};

/// A height older than this says nothing of now.
const HEIGHT_FRESH: Span = Span::from_secs(60);
/// A height is not believed at once beyond this and a fighter's climb, feet and feet a second.
const LEAP_FT: f64 = 1000.0;
const MOST_FT_S: f64 = 500.0;
/// Position and velocity come in messages of their own, twice a second each.
const VELOCITY_FRESH: Span = Span::from_secs(10);
/// A containment radius of 0.2 nm and a position within 0.1 nm (NIC 7, NACp 7) are what an aircraft with GNSS in order
/// sends at the least (AMC 20-24 for NIC; DO-260B for the categories).
pub const GOOD_NIC: u8 = 7;
/// See [`GOOD_NIC`].
pub const GOOD_NAC_P: u8 = 7;
/// At these and below, the position is good for nothing better than miles.
pub const BAD_NIC: u8 = 4;
/// See [`BAD_NIC`].
pub const BAD_NAC_P: u8 = 4;

/// A figure and when it was told.
pub type Told<T> = Option<(T, Time)>;

/// An aircraft's own figures. Pressure and geometric altitude are kept apart: neither is above the sea.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Flight {
    /// Call sign or registration.
    pub call_sign: Option<Text<8>>,
    /// Mode 3/A code.
    pub squawk: Told<Squawk>,
    /// What it calls for.
    pub emergency: Told<Emergency>,
    /// By 1013.25 hPa, feet.
    pub pressure_altitude_ft: Told<f64>,
    odd_altitude_ft: Option<f64>,
    /// Above the ellipsoid, feet.
    pub geometric_altitude_ft: Told<f64>,
    /// Climb, feet a minute.
    pub vertical_rate_fpm: Told<f64>,
    /// Over ground, knots, and the track, degrees true.
    pub velocity: Told<[f64; 2]>,
    /// On the ground.
    pub on_ground: Told<bool>,
    /// How its newest position came about; none where radars alone tell it.
    pub source: Option<AirSource>,
    /// ADS-B version.
    pub version: Option<u8>,
    /// Navigation integrity category.
    pub nic: Option<u8>,
    /// Navigation accuracy category.
    pub nac_p: Option<u8>,
    /// Its integrity was good last.
    pub good_until: Option<Time>,
    /// It has been bad since then.
    pub bad_since: Option<Time>,
    /// It said that it was where it cannot have come to.
    pub jumped: Told<Position>,
    pub(super) jumps_in_a_row: u8,
    /// A receiver heard its transponder last.
    pub heard: Option<Time>,
    /// A radar that asks saw it and got no answer last.
    pub unanswered: Option<Time>,
    /// A radar's interrogation was answered last.
    pub answered: Option<Time>,
}

impl Flight {
    /// Height at a time: pressure altitude, else geometric; feet.
    pub fn altitude_ft(&self, now: Time) -> Option<f64> {
        fresh(self.pressure_altitude_ft, now).or_else(|| fresh(self.geometric_altitude_ft, now))
    }

    /// Its code, if it was told within a minute.
    pub fn squawk_at(&self, now: Time) -> Option<Squawk> {
        fresh(self.squawk, now)
    }

    /// Whether it said lately that it stands or taxies.
    pub fn is_on_ground(&self, now: Time) -> bool {
        fresh(self.on_ground, now).unwrap_or(false)
    }

    /// Climb at a time, feet a minute.
    pub fn climb_fpm(&self, now: Time) -> Option<f64> {
        fresh(self.vertical_rate_fpm, now)
    }

    /// A report's kinematics with the velocity that another message told a little before.
    pub(super) fn completed(&self, r: &AircraftReport) -> Kinematics {
        let velocity =
            self.velocity.filter(|(_, told)| (r.time - *told).secs().abs() <= VELOCITY_FRESH.secs());
        let [sog_kn, cog_deg] = velocity.map_or([None; 2], |(velocity, _)| velocity.map(Some));
        let own = r.kinematics;
        Kinematics { sog_kn: own.sog_kn.or(sog_kn), cog_deg: own.cog_deg.or(cog_deg), ..own }
    }

    /// When anything heard its transponder last.
    pub fn transponded(&self) -> Option<Time> {
        self.heard.max(self.answered)
    }

    /// With what another track of the same aircraft knew before.
    pub(super) fn with(self, other: Flight) -> Flight {
        let newest = |a: Option<Time>, b: Option<Time>| a.max(b);
        Flight {
            call_sign: self.call_sign.or(other.call_sign),
            squawk: newer(self.squawk, other.squawk),
            pressure_altitude_ft: newer(self.pressure_altitude_ft, other.pressure_altitude_ft),
            geometric_altitude_ft: newer(self.geometric_altitude_ft, other.geometric_altitude_ft),
            heard: newest(self.heard, other.heard),
            answered: newest(self.answered, other.answered),
            ..self
        }
    }

    pub(super) fn note_altitude(&mut self, ft: Option<f64>, time: Time) {
        let Some(ft) = ft else { return };
        // Noise with an aircraft's address passes the parity once in a while; it does not tell the same height twice.
        let leaps = self.pressure_altitude_ft.is_some_and(|(before, then)| {
            let lasted = (time - then).secs().abs();
            lasted <= HEIGHT_FRESH.secs() && (ft - before).abs() > LEAP_FT + MOST_FT_S * lasted
        });
        let again = self.odd_altitude_ft.is_some_and(|odd| (odd - ft).abs() <= LEAP_FT);
        self.odd_altitude_ft = (leaps && !again).then_some(ft);
        if !leaps || again {
            tell(&mut self.pressure_altitude_ft, Some(ft), time);
        }
    }

    /// What a report says beside where it is. Answers whether its call sign changed.
    pub(super) fn take(&mut self, r: &AircraftReport) -> bool {
        self.note_altitude(r.pressure_altitude_ft, r.time);
        tell(&mut self.geometric_altitude_ft, r.geometric_altitude_ft, r.time);
        tell(&mut self.vertical_rate_fpm, r.vertical_rate_fpm, r.time);
        let Kinematics { sog_kn, cog_deg, .. } = r.kinematics;
        tell(&mut self.velocity, sog_kn.zip(cog_deg).map(|(sog, cog)| [sog, cog]), r.time);
        tell(&mut self.on_ground, r.on_ground, r.time);
        tell(&mut self.squawk, r.squawk, r.time);
        tell(&mut self.emergency, r.emergency, r.time);
        self.heard = self.heard.max(Some(r.time));
        self.version = r.version.or(self.version);
        self.note_integrity(r);
        let changed = r.call_sign.is_some() && r.call_sign != self.call_sign;
        self.call_sign = r.call_sign.or(self.call_sign);
        changed
    }

    fn note_integrity(&mut self, r: &AircraftReport) {
        (self.nic, self.nac_p) = (r.nic.or(self.nic), r.nac_p.or(self.nac_p));
        let bad = r.nic.is_some_and(|nic| nic <= BAD_NIC) || r.nac_p.is_some_and(|nac| nac <= BAD_NAC_P);
        let good = r.nic.is_some_and(|nic| nic >= GOOD_NIC) && r.nac_p.is_none_or(|nac| nac >= GOOD_NAC_P);
        if bad {
            self.bad_since = self.bad_since.or(Some(r.time));
        } else if good {
            (self.good_until, self.bad_since) = (self.good_until.max(Some(r.time)), None);
        }
    }
}

fn fresh<T: Copy>(told: Told<T>, now: Time) -> Option<T> {
    told.filter(|(_, time)| (now - *time).secs().abs() <= HEIGHT_FRESH.secs()).map(|(value, _)| value)
}

fn newer<T>(a: Told<T>, b: Told<T>) -> Told<T> {
    let later = b.as_ref().map(|(_, time)| *time) > a.as_ref().map(|(_, time)| *time);
    if later { b } else { a }
}

fn tell<T>(told: &mut Told<T>, value: Option<T>, time: Time) {
    if let Some(value) = value
        && told.as_ref().is_none_or(|(_, before)| *before <= time)
    {
        *told = Some((value, time));
    }
}
