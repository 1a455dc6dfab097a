//! A position on WGS 84 as two integers: exact to a centimetre, eight bytes, equal on every machine.

use serde::{Deserialize, Serialize};

/// WGS 84 longitude and latitude in units of 1e-7 degree; both always within their ranges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    lon_e7: i32,
    lat_e7: i32,
}

impl Position {
    /// Returns the position of two degrees; `None` outside ±180 and ±90, or where a number is not finite.
    pub fn new(lon_deg: f64, lat_deg: f64) -> Option<Position> {
        let inside = (-180.0..=180.0).contains(&lon_deg) && (-90.0..=90.0).contains(&lat_deg);
        inside.then(|| Position {
            lon_e7: libm::rint(lon_deg * 1e7) as i32,
            lat_e7: libm::rint(lat_deg * 1e7) as i32,
        })
    }

    /// Returns the position of two numbers in the AIS unit of 1/600,000 degree (ITU-R M.1371-5, table 48); `None` out of
    /// range, as the "not available" values 181° and 91° are.
    pub fn from_ais(lon: i32, lat: i32) -> Option<Position> {
        if lon.unsigned_abs() > 108_000_000 || lat.unsigned_abs() > 54_000_000 {
            return None;
        }
        // 1e7 / 600,000 = 50/3, rounded half away from zero.
        let scale = |v: i32| {
            let n = i64::from(v) * 50;
            ((n + n.signum()) / 3) as i32
        };
        Some(Position { lon_e7: scale(lon), lat_e7: scale(lat) })
    }

    /// Returns whether this is exactly 0N 0E, which receivers and programs write where they have no position.
    pub fn is_null_island(self) -> bool {
        self.lon_e7 == 0 && self.lat_e7 == 0
    }

    /// Longitude in degrees, east positive.
    pub fn lon(self) -> f64 {
        f64::from(self.lon_e7) / 1e7
    }

    /// Latitude in degrees, north positive.
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / 1e7
    }

    /// Longitude and latitude in degrees.
    pub fn lon_lat(self) -> [f64; 2] {
        [self.lon(), self.lat()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ais_units_round_to_the_nearest() {
        for v in [-1, 0, 1, 2, 3, 107_999_999, -107_999_999, 35_423_977] {
            let exact = f64::from(v) * 1e7 / 600_000.0;
            let p = Position::from_ais(v, 0).expect("in range");
            assert!((f64::from(p.lon_e7) - exact).abs() <= 0.5, "{v}: {} {exact}", p.lon_e7);
        }
        assert_eq!(Position::from_ais(108_600_000, 54_600_000), None);
        assert_eq!(Position::new(181.0, 0.0), None);
        assert_eq!(Position::new(f64::NAN, 0.0), None);
    }
}
