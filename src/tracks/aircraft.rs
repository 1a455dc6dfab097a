//! A track as an aircraft: heights, transponder, and the integrity of its broadcasts.

use serde::{Deserialize, Serialize};

use crate::model::{AirSource, AircraftReport, Emergency, Kinematics, Position, Span, Squawk, Text, Time};

/// Age up to which a height, a code and other figures are current.
const HEIGHT_FRESH: Span = Span::from_secs(60);
/// A change of height beyond this and a fighter's climb is not believed at once, feet and feet a second.
const LEAP_FT: f64 = 1000.0;
const MOST_FT_S: f64 = 500.0;
/// Age up to which a velocity completes a position: they come in messages of their own, twice a second each.
const VELOCITY_FRESH: Span = Span::from_secs(10);
/// Navigation integrity category that an aircraft with GNSS in order sends at least: a containment radius of 0.2 nm
/// (AMC 20-24 for NIC; DO-260B for the categories).
pub const GOOD_NIC: u8 = 7;
/// Navigation accuracy category that an aircraft with GNSS in order sends at least: a position within 0.1 nm.
pub const GOOD_NAC_P: u8 = 7;
/// Navigation integrity category at or below which a position is good for nothing better than miles.
pub const BAD_NIC: u8 = 4;
/// Navigation accuracy category at or below which a position is good for nothing better than miles.
pub const BAD_NAC_P: u8 = 4;

/// A figure and when it was sent.
pub type Dated<T> = Option<(T, Time)>;

/// An aircraft's own figures. Pressure and geometric altitude are kept apart: neither is above the sea.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Flight {
    /// Call sign or registration.
    pub call_sign: Option<Text<8>>,
    /// Mode 3/A code.
    pub squawk: Dated<Squawk>,
    /// Emergency state.
    pub emergency: Dated<Emergency>,
    /// Pressure altitude (1013.25 hPa), feet.
    pub pressure_altitude_ft: Dated<f64>,
    odd_altitude_ft: Option<f64>,
    /// Geometric altitude above the ellipsoid, feet.
    pub geometric_altitude_ft: Dated<f64>,
    /// Rate of climb, feet a minute.
    pub vertical_rate_fpm: Dated<f64>,
    /// Speed over ground, knots, and track, degrees true.
    pub velocity: Dated<[f64; 2]>,
    /// Whether it is on the ground.
    pub on_ground: Dated<bool>,
    /// Source of its newest position; `None` where radars alone detect it.
    pub source: Option<AirSource>,
    /// ADS-B version.
    pub version: Option<u8>,
    /// Navigation integrity category.
    pub nic: Option<u8>,
    /// Navigation accuracy category.
    pub nac_p: Option<u8>,
    /// Time when its integrity was good last.
    pub good_until: Option<Time>,
    /// Time since which its integrity has been bad.
    pub bad_since: Option<Time>,
    /// Newest position that was out of reach.
    pub jumped: Dated<Position>,
    /// Count of positions out of reach in a row.
    pub jumps_in_a_row: u8,
    /// Time when a receiver received its transponder last.
    pub heard: Option<Time>,
    /// Time when a radar that interrogates detected it without an answer last.
    pub unanswered: Option<Time>,
    /// Time when it answered a radar last.
    pub answered: Option<Time>,
}

impl Flight {
    /// Touches each line of memory that a report reads.
    pub(super) fn touch(&self) -> i64 {
        fn at<T>(figure: &Dated<T>) -> i64 {
            figure.as_ref().map_or(0, |(_, at)| at.0)
        }
        let figures =
            at(&self.squawk) ^ at(&self.pressure_altitude_ft) ^ at(&self.velocity) ^ at(&self.on_ground);
        figures ^ at(&self.jumped) ^ self.heard.map_or(0, |at| at.0) ^ i64::from(self.jumps_in_a_row)
    }

    /// Returns the height at a time, feet: pressure altitude, else geometric.
    pub fn altitude_ft(&self, now: Time) -> Option<f64> {
        fresh(self.pressure_altitude_ft, now).or_else(|| fresh(self.geometric_altitude_ft, now))
    }

    /// Returns its Mode 3/A code, if it was sent within a minute.
    pub fn squawk_at(&self, now: Time) -> Option<Squawk> {
        fresh(self.squawk, now)
    }

    /// Returns whether it sent within a minute that it is on the ground.
    pub fn is_on_ground(&self, now: Time) -> bool {
        fresh(self.on_ground, now).unwrap_or(false)
    }

    /// Returns the rate of climb at a time, feet a minute.
    pub fn climb_fpm(&self, now: Time) -> Option<f64> {
        fresh(self.vertical_rate_fpm, now)
    }

    /// Returns a report's kinematics, completed by the velocity of another message shortly before.
    pub fn completed(&self, r: &AircraftReport) -> Kinematics {
        let velocity =
            self.velocity.filter(|(_, told)| (r.time - *told).secs().abs() <= VELOCITY_FRESH.secs());
        let [sog_kn, cog_deg] = velocity.map_or([None; 2], |(velocity, _)| velocity.map(Some));
        let own = r.kinematics;
        Kinematics { sog_kn: own.sog_kn.or(sog_kn), cog_deg: own.cog_deg.or(cog_deg), ..own }
    }

    /// Returns when anything received its transponder last.
    pub fn transponded(&self) -> Option<Time> {
        self.heard.max(self.answered)
    }

    /// Returns this, completed by what another track of the same aircraft knew before.
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

    /// Notes a pressure altitude, feet.
    pub fn note_altitude(&mut self, ft: Option<f64>, time: Time) {
        let Some(ft) = ft else { return };
        // Noise with an aircraft's address passes the parity once in a while; it does not tell the same height twice.
        let leaps = self.pressure_altitude_ft.is_some_and(|(before, then)| {
            let lasted = (time - then).secs().abs();
            lasted <= HEIGHT_FRESH.secs() && (ft - before).abs() > LEAP_FT + MOST_FT_S * lasted
        });
        let again = self.odd_altitude_ft.is_some_and(|odd| (odd - ft).abs() <= LEAP_FT);
        self.odd_altitude_ft = (leaps && !again).then_some(ft);
        if !leaps || again {
            replace_older(&mut self.pressure_altitude_ft, Some(ft), time);
        }
    }

    /// Applies a report but for its position. Returns whether the call sign changed.
    pub fn apply(&mut self, r: &AircraftReport) -> bool {
        self.note_altitude(r.pressure_altitude_ft, r.time);
        replace_older(&mut self.geometric_altitude_ft, r.geometric_altitude_ft, r.time);
        replace_older(&mut self.vertical_rate_fpm, r.vertical_rate_fpm, r.time);
        let Kinematics { sog_kn, cog_deg, .. } = r.kinematics;
        replace_older(&mut self.velocity, sog_kn.zip(cog_deg).map(|(sog, cog)| [sog, cog]), r.time);
        replace_older(&mut self.on_ground, r.on_ground, r.time);
        replace_older(&mut self.squawk, r.squawk, r.time);
        replace_older(&mut self.emergency, r.emergency, r.time);
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

fn fresh<T: Copy>(dated: Dated<T>, now: Time) -> Option<T> {
    dated.filter(|(_, time)| (now - *time).secs().abs() <= HEIGHT_FRESH.secs()).map(|(value, _)| value)
}

fn newer<T>(a: Dated<T>, b: Dated<T>) -> Dated<T> {
    let later = b.as_ref().map(|(_, time)| *time) > a.as_ref().map(|(_, time)| *time);
    if later { b } else { a }
}

fn replace_older<T>(dated: &mut Dated<T>, value: Option<T>, time: Time) {
    if let Some(value) = value
        && dated.as_ref().is_none_or(|(_, before)| *before <= time)
    {
        *dated = Some((value, time));
    }
}
