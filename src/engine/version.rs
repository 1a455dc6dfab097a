//! The version of rules and zones: a hash of their content, the same for the same content whatever the files look like.

use sha2::{Digest, Sha256};

use crate::model::{Geography, Opening, Rule};

/// Hexadecimal digits of a version.
const DIGITS: usize = 12;

/// Digest of zones and land, from which versions are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas([u8; 32]);

impl Areas {
    /// Returns the digest of zones and land. The order of the zones does not count.
    pub fn of(geography: &Geography) -> Areas {
        let mut digests: Vec<[u8; 32]> = geography.zones.iter().map(zone).collect();
        digests.sort_unstable();
        let mut hash = Sha256::new();
        digests.iter().for_each(|digest| hash.update(digest));
        hash.update(points(&geography.land));
        Areas(hash.finalize().into())
    }
}

fn zone(zone: &crate::model::Zone) -> [u8; 32] {
    let opening = Opening::word(zone.opening);
    let texts = [&zone.id, zone.kind.word(), &zone.state, &zone.name, opening];
    let options = [&zone.status, &zone.marking].map(|text| text.as_deref().unwrap_or_default());
    let mut hash = Sha256::new();
    for text in texts.into_iter().chain(options).chain(zone.releasable_to.iter().map(String::as_str)) {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    for height in [zone.floor_ft, zone.ceiling_ft] {
        hash.update(height.map_or([0xff; 8], |feet| feet.to_bits().to_be_bytes()));
    }
    hash.update(points(&zone.area));
    hash.finalize().into()
}

/// Returns the points of an area as bytes, with the length of each ring.
fn points(area: &geo::MultiPolygon<f64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for polygon in &area.0 {
        bytes.extend((polygon.interiors().len() as u64).to_be_bytes());
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            bytes.extend((ring.0.len() as u64).to_be_bytes());
            for point in &ring.0 {
                bytes.extend(point.x.to_bits().to_be_bytes());
                bytes.extend(point.y.to_bits().to_be_bytes());
            }
        }
    }
    bytes
}

/// Returns the version of rules, with all their limits, on zones and land. The order of the rules does not count.
pub fn version(rules: &[Rule], areas: Areas) -> String {
    let mut hashes: Vec<&str> = rules.iter().map(|rule| rule.hash.as_str()).collect();
    hashes.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(areas.0);
    hash.update(hashes.join("\n"));
    let digest: [u8; 32] = hash.finalize().into();
    let hex = digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    hex[..DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Zone, ZoneKind};

    fn square(size: f64) -> geo::MultiPolygon<f64> {
        let ring = vec![(0.0, 0.0), (size, 0.0), (size, size), (0.0, 0.0)];
        geo::Polygon::new(ring.into(), Vec::new()).into()
    }

    fn geography(zones: &[(&str, f64)]) -> Geography {
        let zone = |(id, size): &(&str, f64)| Zone::new(*id, ZoneKind::Area, square(*size));
        Geography { zones: zones.iter().map(zone).collect(), ..Geography::default() }
    }

    #[test]
    fn the_content_names_the_version_and_the_order_does_not() {
        let areas = Areas::of(&geography(&[("a", 1.0), ("b", 2.0)]));
        assert_eq!(areas, Areas::of(&geography(&[("b", 2.0), ("a", 1.0)])));
        assert_ne!(areas, Areas::of(&geography(&[("a", 2.0), ("b", 1.0)])), "another area");
        assert_ne!(areas, Areas::of(&geography(&[("a", 1.0)])), "one zone less");
        let land = Geography { land: square(3.0), ..geography(&[("a", 1.0), ("b", 2.0)]) };
        assert_ne!(areas, Areas::of(&land), "another coast");
        let mut named = geography(&[("a", 1.0), ("b", 2.0)]);
        named.zones[0].name = "Other".to_owned();
        assert_ne!(areas, Areas::of(&named), "another name");
        // Versions of one content are the same in every build: the name is in journals and alerts.
        assert_eq!(version(&[], areas), "d4beb42ce91e");
    }
}
