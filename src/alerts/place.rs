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

/// Returns a place in words: `4.1 nm off Ragged Point`, `at Kingstown`, or a position where no place is near.
pub fn in_words(place: &Place, at: Position) -> String {
    match (&place.from, place.distance_nm.map(|miles| miles.0)) {
        (Some(name), Some(nm)) if nm < 0.3 => format!("at {name}"),
        (Some(name), Some(nm)) => format!("{nm:.1} nm off {name}"),
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
    fn positions_as_charts_have_them() {
        let at = Position::new(-59.71, 13.04).unwrap();
        assert_eq!(degrees_minutes(at), "13°02.4'N 059°42.6'W");
        assert_eq!(degrees_minutes(Position::new(0.0, -0.9999).unwrap()), "01°00.0'S 000°00.0'E");
    }
}
