//! Maths on the ellipsoid at the scale of a coast: offsets, distances, bearings, dead reckoning.
//!
//! One metric serves rules and reported figures: WGS 84's radii of curvature at the mid latitude. Its
//! error against the geodesic is under 0.01 % up to 100 nm away from the poles (measured in the tests against
//! Karney's algorithm); transcendental functions come from `libm`, so every machine gives the same figures.

pub mod sun;

pub use crate::model::{KN_MS, NM_M};
use crate::model::{Position, Span};

const SEMI_MAJOR_M: f64 = 6_378_137.0;
const ECCENTRICITY_2: f64 = 0.006_694_379_990_14;
/// Metres in a degree of latitude at the poles, where it is longest.
const MOST_M_PER_DEGREE: f64 = 111_694.0;
const RAD: f64 = std::f64::consts::PI / 180.0;

/// Metres per degree of longitude and of latitude round a latitude in degrees.
pub fn metres_per_degree(lat_deg: f64) -> [f64; 2] {
    let (sin, cos) = libm::sincos(lat_deg * RAD);
    let w2 = 1.0 - ECCENTRICITY_2 * sin * sin;
    let prime_vertical = SEMI_MAJOR_M / w2.sqrt();
    let meridional = prime_vertical * (1.0 - ECCENTRICITY_2) / w2;
    [prime_vertical * cos * RAD, meridional * RAD]
}

/// East and north metres from one position to another, the short way round.
pub fn offset_m(from: [f64; 2], to: [f64; 2]) -> [f64; 2] {
    let [per_lon, per_lat] = metres_per_degree((from[1] + to[1]) / 2.0);
    let mut d_lon = to[0] - from[0];
    if d_lon > 180.0 {
        d_lon -= 360.0;
    } else if d_lon < -180.0 {
        d_lon += 360.0;
    }
    [d_lon * per_lon, (to[1] - from[1]) * per_lat]
}

/// Distance in metres.
pub fn distance_m(a: Position, b: Position) -> f64 {
    let [east, north] = offset_m(a.lon_lat(), b.lon_lat());
    (east * east + north * north).sqrt()
}

/// Bound of a distance from above, metres, without trigonometry: as if a degree of longitude were as long everywhere as one of latitude
/// at the poles. Two sides of the antimeridian are far from each other.
pub fn distance_at_most_m(a: Position, b: Position) -> f64 {
    let [d_lon, d_lat] = [a.lon() - b.lon(), a.lat() - b.lat()];
    (d_lon * d_lon + d_lat * d_lat).sqrt() * MOST_M_PER_DEGREE
}

/// Returns whether two positions are within a distance of each other, metres. Most that are need no trigonometry.
pub fn is_within(a: Position, b: Position, within_m: f64) -> bool {
    distance_at_most_m(a, b) <= within_m || distance_m(a, b) <= within_m
}

/// Bearing in degrees true, 0 to below 360.
pub fn bearing_deg(from: [f64; 2], to: [f64; 2]) -> f64 {
    let [east, north] = offset_m(from, to);
    normal_deg(libm::atan2(east, north) / RAD)
}

/// Metres and degrees true from one position to another.
pub fn range_and_bearing(from: Position, to: Position) -> (f64, f64) {
    let [east, north] = offset_m(from.lon_lat(), to.lon_lat());
    ((east * east + north * north).sqrt(), normal_deg(libm::atan2(east, north) / RAD))
}

/// An angle brought into 0 to below 360.
pub fn normal_deg(angle: f64) -> f64 {
    let turned = angle % 360.0;
    if turned < 0.0 { turned + 360.0 } else { turned }
}

/// The angle between two directions, 0 to 180 degrees.
pub fn angle_between_deg(a: f64, b: f64) -> f64 {
    let d = normal_deg(a - b);
    if d > 180.0 { 360.0 - d } else { d }
}

/// East and north components of a speed along a course.
pub fn velocity(speed: f64, course_deg: f64) -> [f64; 2] {
    let (sin, cos) = libm::sincos(course_deg * RAD);
    [speed * sin, speed * cos]
}

/// A position moved by metres east and north.
pub fn moved_m(from: Position, [east, north]: [f64; 2]) -> Position {
    let [lon, lat] = from.lon_lat();
    let [_, per_lat] = metres_per_degree(lat);
    let to_lat = (lat + north / per_lat).clamp(-89.999, 89.999);
    let [per_lon, _] = metres_per_degree((lat + to_lat) / 2.0);
    let to_lon = lon + east / per_lon;
    let wrapped = if to_lon.abs() > 180.0 { normal_deg(to_lon + 180.0) - 180.0 } else { to_lon };
    Position::new(wrapped, to_lat).unwrap_or(from)
}

/// Returns the end of the geodesic that leaves a position at a bearing: Vincenty's direct solution (Survey
/// Review 23, 1975), exact to a millimetre, for what radars see beyond the scale of a coast.
pub fn destination(from: Position, bearing_deg: f64, distance_m: f64) -> Position {
    const FLATTENING: f64 = 1.0 / 298.257_223_563;
    const SEMI_MINOR_M: f64 = SEMI_MAJOR_M * (1.0 - FLATTENING);
    // Radians, six micrometres.
    const SAME_ARC: f64 = 1e-12;
    let [lon, lat] = from.lon_lat();
    let (sin_azimuth, cos_azimuth) = libm::sincos(bearing_deg * RAD);
    let reduced = libm::atan((1.0 - FLATTENING) * libm::tan(lat * RAD));
    let (sin_u, cos_u) = libm::sincos(reduced);
    let sigma_1 = libm::atan2(sin_u, cos_u * cos_azimuth);
    let sin_alpha = cos_u * sin_azimuth;
    let cos2_alpha = 1.0 - sin_alpha * sin_alpha;
    let u2 = cos2_alpha * (SEMI_MAJOR_M * SEMI_MAJOR_M / (SEMI_MINOR_M * SEMI_MINOR_M) - 1.0);
    let a = 1.0 + u2 / 16_384.0 * (4096.0 + u2 * (-768.0 + u2 * (320.0 - 175.0 * u2)));
    let b = u2 / 1024.0 * (256.0 + u2 * (-128.0 + u2 * (74.0 - 47.0 * u2)));
    let plain = distance_m / (SEMI_MINOR_M * a);
    let mut sigma = plain;
    // Each turn gains some three digits: what is nearer needs fewer of them.
    for _ in 0..5 {
        let (sin, cos) = libm::sincos(sigma);
        let middle = libm::cos(2.0 * sigma_1 + sigma);
        let m2 = middle * middle;
        let inner = cos * (2.0 * m2 - 1.0) - b / 6.0 * middle * (4.0 * sin * sin - 3.0) * (4.0 * m2 - 3.0);
        let before = std::mem::replace(&mut sigma, plain + b * sin * (middle + b / 4.0 * inner));
        if (sigma - before).abs() < SAME_ARC {
            break;
        }
    }
    let (sin, cos) = libm::sincos(sigma);
    let across = sin_u * sin - cos_u * cos * cos_azimuth;
    let to_lat = libm::atan2(
        sin_u * cos + cos_u * sin * cos_azimuth,
        (1.0 - FLATTENING) * libm::hypot(sin_alpha, across),
    );
    let lambda = libm::atan2(sin * sin_azimuth, cos_u * cos - sin_u * sin * cos_azimuth);
    let c = FLATTENING / 16.0 * cos2_alpha * (4.0 + FLATTENING * (4.0 - 3.0 * cos2_alpha));
    let middle = libm::cos(2.0 * sigma_1 + sigma);
    let turned = sigma + c * sin * (middle + c * cos * (2.0 * middle * middle - 1.0));
    let to_lon = lon + (lambda - (1.0 - c) * FLATTENING * sin_alpha * turned) / RAD;
    let wrapped = if to_lon.abs() > 180.0 { normal_deg(to_lon + 180.0) - 180.0 } else { to_lon };
    Position::new(wrapped, to_lat / RAD).unwrap_or(from)
}

/// Carried on at a speed in knots along a course for a time.
pub fn dead_reckoned(from: Position, sog_kn: f64, cog_deg: f64, lasting: Span) -> Position {
    moved_m(from, velocity(sog_kn * KN_MS * lasting.secs(), cog_deg))
}

/// Distance in metres from the origin to a segment, all in local metres.
pub fn to_segment_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    let d = [b[0] - a[0], b[1] - a[1]];
    let length2 = d[0] * d[0] + d[1] * d[1];
    let along = if length2 > 0.0 { (-(a[0] * d[0] + a[1] * d[1]) / length2).clamp(0.0, 1.0) } else { 0.0 };
    let p = [a[0] + along * d[0], a[1] + along * d[1]];
    (p[0] * p[0] + p[1] * p[1]).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Bearing, Destination, Distance, Geodesic, Point};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_geodesic(lon in -180.0..180.0f64, lat in -60.0..60.0f64, course in 0.0..360.0f64, nm in 0.05..100.0f64) {
            let from = Position::new(lon, lat).expect("in range");
            let to = moved_m(from, velocity(nm * NM_M, course));
            let (p, q) = (Point::from(from.lon_lat()), Point::from(to.lon_lat()));
            let exact = Geodesic.distance(p, q);
            prop_assert!((distance_m(from, to) - exact).abs() < 2e-4 * exact + 0.05, "{exact}");
            prop_assert!(distance_at_most_m(from, to) >= distance_m(from, to));
            let bearing = Geodesic.bearing(p, q);
            prop_assert!(angle_between_deg(bearing_deg(from.lon_lat(), to.lon_lat()), bearing) < 2.0);
        }
    }

    proptest! {
        #[test]
        fn a_destination_is_on_the_geodesic(lon in -180.0..180.0f64, lat in -70.0..70.0f64, course in 0.0..360.0f64, nm in 0.0..300.0f64) {
            let from = Position::new(lon, lat).expect("in range");
            let to = destination(from, course, nm * NM_M);
            let exact = Geodesic.destination(Point::from(from.lon_lat()), course, nm * NM_M);
            // Positions are whole units of 1e-7 degree, a centimetre.
            prop_assert!(Geodesic.distance(exact, Point::from(to.lon_lat())) < 0.012, "{to:?} {exact:?}");
        }
    }

    #[test]
    fn angles_and_the_date_line() {
        assert_eq!(angle_between_deg(350.0, 10.0), 20.0);
        assert_eq!(normal_deg(-10.0), 350.0);
        let (a, b) = (Position::new(179.9, 10.0).unwrap(), Position::new(-179.9, 10.0).unwrap());
        assert!((distance_m(a, b) - 21_923.0).abs() < 20.0);
        assert_eq!(to_segment_m([-1.0, 3.0], [1.0, 3.0]), 3.0);
        assert_eq!(to_segment_m([4.0, 3.0], [9.0, 3.0]), 5.0);
    }
}
