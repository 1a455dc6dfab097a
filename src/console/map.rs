//! The map's layers as GeoJSON, made and compressed once: land, depths, zones, places; and the coverage of the sensors.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use geo::{LineString, MultiPolygon};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::config::{Feed, SHIPPED};
use crate::geodesy;
use crate::health::Health;
use crate::model::{Geography, Position, Radar};
use crate::picture::reception::StationRanges;

/// A compressed document.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Entity tag: changes with the document.
    pub etag: String,
    /// Document, compressed with gzip.
    pub gzip: axum::body::Bytes,
}

impl Packed {
    /// Compresses a text.
    pub fn new(text: &str) -> Packed {
        Packed::of(text.as_bytes(), Compression::default())
    }

    /// Compresses bytes.
    pub fn of(bytes: &[u8], level: Compression) -> Packed {
        let etag = Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut encoder = GzEncoder::new(Vec::new(), level);
        // Into memory: it does not fail.
        let packed = encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default();
        Packed { etag: format!("\"{etag}\""), gzip: packed.into() }
    }
}

/// The map's layers.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Map {
    pub coast: Packed,
    pub depths: Packed,
    pub zones: Packed,
    pub places: Packed,
}

impl Map {
    /// Makes the layers of a configuration.
    pub fn new(geography: &Geography) -> Map {
        let land = geography.land.iter().map(|polygon| {
            json!({"type": "Feature", "properties": {}, "geometry": geometry(&MultiPolygon(vec![polygon.clone()]))})
        });
        let depths = SHIPPED.get_file("geo/depths.geojson").and_then(|file| file.contents_utf8());
        let none = collection(std::iter::empty());
        let coast = Packed::new(&collection(land));
        let depths = Packed::new(depths.unwrap_or(&none));
        let (zones, places) = zones_and_places(geography);
        Map { coast, depths, zones: Packed::new(&zones), places: Packed::new(&places) }
    }

    /// Returns the layers of another geography. The coast stays: no reload changes it.
    pub fn with(&self, geography: &Geography) -> Map {
        let (zones, places) = zones_and_places(geography);
        Map { zones: Packed::new(&zones), places: Packed::new(&places), ..self.clone() }
    }
}

/// Returns the layers of zones and of places.
fn zones_and_places(geography: &Geography) -> (String, String) {
    let zones = geography.zones.iter().map(|zone| {
            json!({"type": "Feature", "geometry": geometry(&zone.area), "properties": {
                "id": zone.id, "kind": zone.kind.word(), "state": zone.state, "name": zone.name, "status": zone.status,
                "authority": zone.authority, "date": zone.date, "floor_ft": zone.floor_ft, "ceiling_ft": zone.ceiling_ft}})
        });
    let places = geography.places.iter().map(|place| {
        json!({"type": "Feature", "properties": {"name": place.name, "kind": place.kind},
               "geometry": {"type": "Point", "coordinates": place.lon_lat}})
    });
    (collection(zones), collection(places))
}

/// Returns a GeoJSON FeatureCollection.
pub fn collection(features: impl Iterator<Item = Value>) -> String {
    json!({"type": "FeatureCollection", "features": features.collect::<Vec<_>>()}).to_string()
}

fn geometry(area: &MultiPolygon<f64>) -> Value {
    let ring = |line: &LineString<f64>| line.coords().map(|c| [c.x, c.y]).collect::<Vec<_>>();
    let polygons: Vec<Vec<_>> = area
        .iter()
        .map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect())
        .collect();
    json!({"type": "MultiPolygon", "coordinates": polygons})
}

/// Returns the coverage of the sensors: where receivers lately heard vessels, and the reach of radars.
pub fn coverage(feeds: &[Feed], heard: &[(String, StationRanges)], health: &Health) -> String {
    let silent = |name: &str| {
        let feed = health.feeds.iter().find(|feed| feed.name == name);
        feed.is_none_or(|feed| feed.silent_since.is_some() || feed.last_arrival.is_none())
    };
    let mut features = Vec::new();
    for feed in feeds {
        let Some(site) = feed.position else { continue };
        let state = if silent(&feed.name) { "silent" } else { "heard" };
        features.push(
            json!({"type": "Feature", "properties": {"feed": feed.name, "kind": "site", "state": state},
                             "geometry": {"type": "Point", "coordinates": site.lon_lat()}}),
        );
        let mut area = |kind: &str, aircraft: bool, ring: Vec<[f64; 2]>| {
            features.push(json!({"type": "Feature",
                "properties": {"feed": feed.name, "kind": kind, "state": state, "aircraft": aircraft},
                "geometry": {"type": "Polygon", "coordinates": [ring]}}));
        };
        if let Some(radar) = &feed.radar {
            area("reach", false, reach(site, radar));
        }
        for (_, station) in heard.iter().filter(|(name, _)| *name == feed.name) {
            for (aircraft, ranges) in [(false, &station.vessels), (true, &station.aircraft)] {
                if ranges.iter().any(|range| *range > 0.0) {
                    area("heard", aircraft, around(site, ranges));
                }
            }
        }
    }
    collection(features.into_iter())
}

/// Returns the edge of a radar's coverage.
fn reach(site: Position, radar: &Radar) -> Vec<[f64; 2]> {
    let [from, to] = radar.sector_deg.unwrap_or([0.0, 360.0]);
    let turn = if radar.sector_deg.is_some() { (to - from).rem_euclid(360.0) } else { 360.0 };
    let steps = (turn / 5.0).ceil().max(1.0) as u32;
    let edge = (0..=steps).map(|step| from + turn * f64::from(step) / f64::from(steps));
    let mut ring: Vec<_> = edge
        .map(|bearing| rounded(geodesy::destination(site, geodesy::normal_deg(bearing), radar.reach_m)))
        .collect();
    if radar.sector_deg.is_some() {
        ring.insert(0, rounded(site));
        ring.push(rounded(site));
    }
    ring
}

/// Returns the edge of a station's reception, by bearing.
fn around(site: Position, ranges_m: &[f32]) -> Vec<[f64; 2]> {
    let width = 360.0 / ranges_m.len() as f64;
    let corners = ranges_m.iter().enumerate().flat_map(|(sector, range)| {
        [0.0, 1.0].map(|side| {
            let bearing = geodesy::normal_deg((sector as f64 + side) * width);
            rounded(geodesy::destination(site, bearing, f64::from(*range)))
        })
    });
    let mut ring: Vec<_> = corners.collect();
    ring.extend(ring.first().copied());
    ring
}

fn rounded(at: Position) -> [f64; 2] {
    at.lon_lat().map(|degrees| (degrees * 1e4).round() / 1e4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_radar_that_looks_one_way_covers_a_slice() {
        let site = Position::new(-59.5, 13.1).expect("on the globe");
        let radar = Radar { reach_m: 20_000.0, sector_deg: Some([350.0, 20.0]), ..Radar::default() };
        let ring = reach(site, &radar);
        assert_eq!((ring.first(), ring.last(), ring.len()), (Some(&[-59.5, 13.1]), Some(&[-59.5, 13.1]), 9));
        assert!(ring[1..8].iter().all(|[_, lat]| *lat > 13.25), "all to the north: {ring:?}");
        let whole = reach(site, &Radar { sector_deg: None, ..radar });
        assert_eq!((whole.len(), whole.first()), (73, whole.last()));
    }
}
