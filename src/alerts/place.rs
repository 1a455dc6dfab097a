//! Places in an officer's terms: the nearest named place and the coast.

use crate::geodesy::{self, NM_M};
use crate::model::{Decimals, Place, Position};
use crate::picture::Zones;

/// Distance within which a named place is looked for, metres.
const PLACE_WITHIN_M: f64 = 60.0 * NM_M;
/// Distance within which a coast is looked for, metres.
const COAST_WITHIN_M: f64 = 250.0 * NM_M;

/// Returns the place of a position.
pub fn place_of(zones: &Zones, at: Position) -> Place {
    let near = zones.nearest_place(at, PLACE_WITHIN_M);
    Place {
        from: near.map(|(place, _)| place.name.clone()),
        bearing_deg: near.map(|(place, _)| Decimals(geodesy::bearing_deg(place.lon_lat, at.lon_lat()))),
        distance_nm: near.map(|(_, metres)| Decimals(metres / NM_M)),
        to_coast_nm: zones.to_coast_m(at, COAST_WITHIN_M).map(|metres| Decimals(metres / NM_M)),
    }
}

/// Returns a place in the words of the Standard Marine Communication Phrases: `bearing 118°, 4.1 miles from Ragged Point`, `at
/// Kingstown`, or a position where no place is near.
pub fn in_words(place: &Place, at: Position) -> String {
    match (&place.from, place.distance_nm, place.bearing_deg) {
        (Some(name), Some(Decimals(nm)), _) if nm < 0.3 => format!("at {name}"),
        (Some(name), Some(Decimals(nm)), Some(Decimals(bearing))) => {
            // 359.7° rounds to 360, which is said as 000.
            format!("bearing {:03.0}°, {nm:.1} miles from {name}", libm::round(bearing) % 360.0)
        }
        _ => format!("at {}", degrees_minutes(at)),
    }
}

/// Returns a position as charts have it: `13°02.4'N 059°42.6'W`.
pub fn degrees_minutes(at: Position) -> String {
    let part = |value: f64, width: usize, signs: [char; 2]| {
        let tenths = libm::round(value.abs() * 600.0) as u32;
        let sign = signs[usize::from(value < 0.0)];
        format!("{:0width$}°{:02}.{}'{sign}", tenths / 600, tenths % 600 / 10, tenths % 10)
    };
    format!("{} {}", part(at.lat(), 2, ['N', 'S']), part(at.lon(), 3, ['E', 'W']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_bearing_and_distance() {
        let at = Position::new(-59.71, 13.04).unwrap();
        let place = |nm, bearing| Place {
            from: Some("Ragged Point".to_owned()),
            bearing_deg: Some(Decimals(bearing)),
            distance_nm: Some(Decimals(nm)),
            to_coast_nm: None,
        };
        assert_eq!(in_words(&place(4.12, 7.6), at), "bearing 008°, 4.1 miles from Ragged Point");
        assert_eq!(in_words(&place(4.12, 359.7), at), "bearing 000°, 4.1 miles from Ragged Point");
        assert_eq!(in_words(&place(0.2, 90.0), at), "at Ragged Point");
    }

    #[test]
    fn positions_as_charts_have_them() {
        let at = Position::new(-59.71, 13.04).unwrap();
        assert_eq!(degrees_minutes(at), "13°02.4'N 059°42.6'W");
        assert_eq!(degrees_minutes(Position::new(0.0, -0.9999).unwrap()), "01°00.0'S 000°00.0'E");
    }
}
