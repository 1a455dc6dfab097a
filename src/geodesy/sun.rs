//! Day and night: how high the sun stands, to a hundredth of a degree (Astronomical Almanac, low-precision formulas).

use crate::model::{Position, Time};

/// The sun's upper limb is on the horizon: refraction and half its disc, degrees.
const HORIZON_DEG: f64 = -0.833;
/// 2000-01-01 12:00 UTC, seconds since 1970.
const J2000_S: f64 = 946_728_000.0;

/// The elevation of the sun's centre above the horizon, degrees.
pub fn elevation_deg(at: Position, time: Time) -> f64 {
    let days = (time.0 as f64 / 1000.0 - J2000_S) / 86_400.0;
    let anomaly = (357.528 + 0.985_600_3 * days).to_radians();
    let longitude =
        (280.460 + 0.985_647_4 * days + 1.915 * libm::sin(anomaly) + 0.020 * libm::sin(2.0 * anomaly))
            .to_radians();
    let tilt = (23.439 - 4e-7 * days).to_radians();
    let declination = libm::asin(libm::sin(tilt) * libm::sin(longitude));
    let ascension = libm::atan2(libm::cos(tilt) * libm::sin(longitude), libm::cos(longitude));
    let sidereal = (280.460_618_37 + 360.985_647_366_29 * days) % 360.0;
    let hour_angle = (sidereal + at.lon()).to_radians() - ascension;
    let (sin_lat, cos_lat) = libm::sincos(at.lat().to_radians());
    let sine = sin_lat * libm::sin(declination) + cos_lat * libm::cos(declination) * libm::cos(hour_angle);
    libm::asin(sine.clamp(-1.0, 1.0)).to_degrees()
}

/// Whether the sun is down.
pub fn is_night(at: Position, time: Time) -> bool {
    elevation_deg(at, time) < HORIZON_DEG
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elevation(lon: f64, lat: f64, time: &str) -> f64 {
        elevation_deg(Position::new(lon, lat).unwrap(), Time::parse(time).unwrap())
    }

    #[test]
    fn where_the_sun_is_known_to_stand() {
        // The June solstice over the tropic, at noon by the equation of time (+1 min 50 s late).
        assert!((elevation(0.0, 23.436, "2026-06-21T12:01:50Z") - 90.0).abs() < 0.2);
        // The equinox at the pole: on the horizon.
        assert!(elevation(0.0, 89.9, "2026-03-20T14:46:00Z").abs() < 0.2);
        // Noon at Greenwich in December: 90 - 51.48 - 23.44.
        assert!((elevation(0.0, 51.48, "2026-12-21T11:58:00Z") - 15.08).abs() < 0.1);
    }

    #[test]
    fn night_in_bridgetown() {
        // Twelve hours of light at the equinox, about noon at 59.6 W, 16:06 UTC.
        let night = |time: &str| is_night(Position::new(-59.6, 13.1).unwrap(), Time::parse(time).unwrap());
        assert!(night("2026-03-20T10:00:00Z") && !night("2026-03-20T10:10:00Z"));
        assert!(!night("2026-03-20T22:05:00Z") && night("2026-03-20T22:15:00Z"));
    }
}
