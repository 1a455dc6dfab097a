//! The simulator's geodesy: places in full precision on a sphere of the Earth's mean radius.
//!
//! The simulator does not use `crate::geodesy`. That module works on positions of whole 1e-7 degrees, as AIS sends
//! them; a ship that moves a few centimetres in each step of the simulation would stand still on that grid. A change
//! of the metric would also change every recording that was made from a scenario. The transcendental functions come
//! from `libm`, so that every machine gives the same bytes.

/// Mean radius of the Earth, metres (IUGG, R1).
const RADIUS_M: f64 = 6_371_008.8;

/// A place: longitude and latitude in degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// Longitude, east positive.
    pub lon: f64,
    /// Latitude, north positive.
    pub lat: f64,
}

impl Place {
    /// Returns the great-circle distance in metres (haversine formula).
    pub fn metres_to(self, other: Place) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let dlat = libm::sin((b - a) / 2.0);
        let dlon = libm::sin((other.lon - self.lon).to_radians() / 2.0);
        let h = dlat * dlat + libm::cos(a) * libm::cos(b) * dlon * dlon;
        2.0 * RADIUS_M * libm::asin(libm::sqrt(h.min(1.0)))
    }

    /// Returns the initial bearing of the great circle to another place, degrees true, 0 to below 360.
    pub fn bearing_to(self, other: Place) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let dlon = (other.lon - self.lon).to_radians();
        let y = libm::sin(dlon) * libm::cos(b);
        let x = libm::cos(a) * libm::sin(b) - libm::sin(a) * libm::cos(b) * libm::cos(dlon);
        turn(libm::atan2(y, x).to_degrees())
    }

    /// Returns the place that a great circle from here reaches after so many metres, by its initial bearing.
    pub fn after(self, bearing_deg: f64, metres: f64) -> Place {
        let (bearing, angle) = (bearing_deg.to_radians(), metres / RADIUS_M);
        let lat = self.lat.to_radians();
        let sin_to =
            libm::sin(lat) * libm::cos(angle) + libm::cos(lat) * libm::sin(angle) * libm::cos(bearing);
        let to = libm::asin(sin_to.clamp(-1.0, 1.0));
        let y = libm::sin(bearing) * libm::sin(angle) * libm::cos(lat);
        let dlon = libm::atan2(y, libm::cos(angle) - libm::sin(lat) * sin_to);
        let lon = self.lon + dlon.to_degrees();
        Place {
            lon: if lon > 180.0 {
                lon - 360.0
            } else if lon < -180.0 {
                lon + 360.0
            } else {
                lon
            },
            lat: to.to_degrees(),
        }
    }

    /// Returns the place that lies so many metres east and north.
    pub fn moved(self, east_m: f64, north_m: f64) -> Place {
        let metres = libm::hypot(east_m, north_m);
        if metres == 0.0 { self } else { self.after(libm::atan2(east_m, north_m).to_degrees(), metres) }
    }
}

/// Normalises a direction to 0 to below 360 degrees.
pub fn turn(deg: f64) -> f64 {
    let rest = deg % 360.0;
    let rest = if rest < 0.0 { rest + 360.0 } else { rest };
    if rest >= 360.0 { 0.0 } else { rest }
}

/// Returns the smaller angle from one direction to another, -180 to 180 degrees; clockwise is positive.
pub fn turn_between(from_deg: f64, to_deg: f64) -> f64 {
    let diff = turn(to_deg - from_deg);
    if diff > 180.0 { diff - 360.0 } else { diff }
}

/// Whether a place lies in the polygon of these corners (even-odd rule on a plane: for areas of some miles).
pub fn inside(corners: &[Place], at: Place) -> bool {
    let mut within = false;
    let mut previous = corners.len().wrapping_sub(1);
    for (i, a) in corners.iter().enumerate() {
        let Some(b) = corners.get(previous) else { return false };
        if (a.lat > at.lat) != (b.lat > at.lat)
            && at.lon < (b.lon - a.lon) * (at.lat - a.lat) / (b.lat - a.lat) + a.lon
        {
            within = !within;
        }
        previous = i;
    }
    within
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_there_is_as_long_as_it_was_asked_for() {
        let from = Place { lon: -59.6, lat: 12.95 };
        for bearing in [0.0, 37.0, 90.0, 181.0, 359.0] {
            let to = from.after(bearing, 5_000.0);
            assert!((from.metres_to(to) - 5_000.0).abs() < 1e-3);
            assert!(turn_between(bearing, from.bearing_to(to)).abs() < 1e-6);
        }
        let date_line = Place { lon: 179.999, lat: 0.0 }.after(90.0, 1_000.0);
        assert!(date_line.lon < -179.9, "{date_line:?}");
    }

    #[test]
    fn polygons() {
        let square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(lon, lat)| Place { lon, lat });
        assert!(inside(&square, Place { lon: 0.5, lat: 0.5 }));
        assert!(!inside(&square, Place { lon: 1.5, lat: 0.5 }));
        assert!(!inside(&[], Place { lon: 0.0, lat: 0.0 }));
    }
}
