//! Zones: which of them hold a position, and how far it is to the nearest edge, coast and named place.
//!
//! Boxes of zones stand in an R-tree; a box that holds the position is asked exactly. Edges stand in a second
//! R-tree: as long as a track has not moved as far as its nearest edge was, its membership stays.

mod edges;

use std::collections::BTreeMap;

use edges::Edges;
use geo::indexed::IntervalTreeMultiPolygon;
use geo::orient::{Direction, Orient};
use geo::{BoundingRect, Contains, Coord};
use rstar::{RTree, primitives::GeomWithData, primitives::Rectangle};
use serde::{Deserialize, Serialize};

use crate::geodesy::{self, NM_M};
use crate::model::{Geography, NamedPlace, Position, Zone, ZoneId, ZoneKind};

/// A set of zones, numbered; equal sets have equal numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ZoneSet(pub u32);

/// Result of a look-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Membership {
    /// Zones that hold the position.
    pub set: ZoneSet,
    /// Distance within which there is no edge, metres: within it the zones are the same.
    pub safe_m: f64,
}

/// Index of the zones, the coast and the named places.
pub struct Zones {
    zones: Vec<Zone>,
    shapes: Vec<IntervalTreeMultiPolygon<f64>>,
    boxes: RTree<GeomWithData<Rectangle<[f64; 2]>, ZoneId>>,
    edges: Edges,
    coast: Edges,
    land: IntervalTreeMultiPolygon<f64>,
    places: Vec<NamedPlace>,
    sets: Vec<Vec<ZoneId>>,
    numbers: BTreeMap<Vec<ZoneId>, ZoneSet>,
    scratch: Vec<ZoneId>,
    /// Middle of each aerodrome, and how far its zone reaches from there, metres.
    aerodromes: Vec<(ZoneId, Position, f64)>,
}

/// Distance beyond which no edge is looked for, metres: to look anew once in so many metres costs less than to measure all edges of a
/// wider box.
const EDGE_WITHIN_M: f64 = 1.25 * NM_M;

/// Distance from any coast from which on a position is well inland, metres.
const INLAND_M: f64 = 500.0;
/// Distance beyond which the distance to the coast does not matter, metres.
const OFFING_M: f64 = 40.0 * geodesy::NM_M;

impl Zones {
    /// Makes the index of a geography.
    pub fn new(geography: Geography) -> Zones {
        let Geography { mut zones, land, places } = geography;
        let land = land.orient(Direction::Default);
        for zone in &mut zones {
            // The shapes count windings: a hole must run against its outer ring, whatever the file had.
            zone.area = zone.area.orient(Direction::Default);
        }
        let shapes = zones.iter().map(|z| IntervalTreeMultiPolygon::new(&z.area)).collect();
        let mut boxes = Vec::new();
        for (number, zone) in zones.iter().enumerate() {
            let number = ZoneId(number as u32);
            for polygon in &zone.area.0 {
                if let Some(r) = polygon.bounding_rect() {
                    let corners = Rectangle::from_corners([r.min().x, r.min().y], [r.max().x, r.max().y]);
                    boxes.push(GeomWithData::new(corners, number));
                }
            }
        }
        Zones {
            shapes,
            boxes: RTree::bulk_load(boxes),
            edges: Edges::new((0..).map(ZoneId).zip(zones.iter().map(|zone| &zone.area))),
            coast: Edges::new([(ZoneId(0), &land)]),
            land: IntervalTreeMultiPolygon::new(&land),
            places,
            sets: vec![Vec::new()],
            numbers: BTreeMap::from([(Vec::new(), ZoneSet(0))]),
            scratch: Vec::new(),
            aerodromes: aerodromes_of(&zones),
            zones,
        }
    }

    /// Returns all zones, in the order of the configuration.
    pub fn all(&self) -> &[Zone] {
        &self.zones
    }

    /// Returns the zones of a set, ascending.
    pub fn of_set(&self, set: ZoneSet) -> &[ZoneId] {
        &self.sets[set.0 as usize]
    }

    /// Returns all sets met, to be saved.
    pub fn sets(&self) -> &[Vec<ZoneId>] {
        &self.sets
    }

    /// Restores saved sets: their numbers stay what they were.
    pub fn restore_sets(&mut self, sets: Vec<Vec<ZoneId>>) {
        self.numbers = sets.iter().cloned().zip((0..).map(ZoneSet)).collect();
        self.sets = sets;
    }

    /// Returns how many sets have been met.
    pub fn set_count(&self) -> usize {
        self.sets.len()
    }

    /// Returns whether a set has a zone of a kind.
    pub fn has_kind(&self, set: ZoneSet, kind: ZoneKind) -> bool {
        self.of_set(set).iter().any(|&z| self.zones[z.index()].kind == kind)
    }

    /// Returns the zones that hold a position, and within which distance they are the same; `before` is the set that is most likely.
    pub fn membership(&mut self, at: Position, before: ZoneSet) -> Membership {
        let [lon, lat] = at.lon_lat();
        let mut found = std::mem::take(&mut self.scratch);
        found.clear();
        for hit in self.boxes.locate_all_at_point([lon, lat]) {
            if self.shapes[hit.data.index()].contains(&Coord { x: lon, y: lat }) {
                found.push(hit.data);
            }
        }
        found.sort_unstable();
        found.dedup();
        let is_as_before = self.sets.get(before.0 as usize) == Some(&found);
        let set = if is_as_before { before } else { self.number(&found) };
        self.scratch = found;
        let edge_m = self.edges.nearest_m(at, EDGE_WITHIN_M, |_| true);
        // A hair less than the distance, for the rounding of both.
        Membership { set, safe_m: (edge_m.unwrap_or(EDGE_WITHIN_M) * 0.998 - 1.0).max(0.0) }
    }

    /// Returns the number of a set; a set that was never met gets the next one.
    fn number(&mut self, found: &[ZoneId]) -> ZoneSet {
        if let Some(set) = self.numbers.get(found) {
            return *set;
        }
        let set = ZoneSet(self.sets.len() as u32);
        self.sets.push(found.to_vec());
        self.numbers.insert(found.to_vec(), set);
        set
    }

    /// Returns the distance to the edge of one zone in metres, if it is within a bound.
    pub fn to_edge_m(&self, zone: ZoneId, at: Position, within_m: f64) -> Option<f64> {
        self.edges.nearest_m(at, within_m, |edge_of| edge_of == zone)
    }

    /// Returns whether the edge of a zone of a kind is within a distance of a position.
    pub fn is_near_kind(&self, kind: ZoneKind, at: Position, within_m: f64) -> bool {
        self.edges.nearest_m(at, within_m, |zone| self.zones[zone.index()].kind == kind).is_some()
    }

    /// Returns the distance to the nearest coast in metres, if it is within a bound.
    pub fn to_coast_m(&self, at: Position, within_m: f64) -> Option<f64> {
        self.coast.nearest_m(at, within_m, |_| true)
    }

    /// Returns the distance to the nearest coast in metres; where there is none within 40 nm, that.
    pub fn off_coast_m(&self, at: Position) -> f64 {
        self.to_coast_m(at, OFFING_M).unwrap_or(OFFING_M)
    }

    /// Returns whether a position is on land, and well away from any coast: charts and sensors are off by a little.
    pub fn is_inland(&self, at: Position) -> bool {
        let [x, y] = at.lon_lat();
        self.land.contains(&Coord { x, y }) && self.to_coast_m(at, INLAND_M).is_none()
    }

    /// Returns whether there is a coast to measure from.
    pub fn has_coast(&self) -> bool {
        !self.coast.is_empty()
    }

    /// Returns the nearest named place within a bound, and how far it is, metres.
    pub fn nearest_place(&self, at: Position, within_m: f64) -> Option<(&NamedPlace, f64)> {
        let distance = |place: &NamedPlace| {
            let [east, north] = geodesy::offset_m(place.lon_lat, at.lon_lat());
            (east * east + north * north).sqrt()
        };
        let all = self.places.iter().map(|place| (place, distance(place)));
        all.filter(|(_, d)| *d <= within_m).min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Returns the aerodromes within a distance of a position, in the order of the configuration.
    pub fn aerodromes_near(&self, at: Position, within_m: f64) -> impl Iterator<Item = &Zone> + '_ {
        let near = move |&&(_, middle, reach_m): &&(ZoneId, Position, f64)| {
            // Most are far off: no trigonometry for those.
            (middle.lat() - at.lat()).abs() < 2.0 && geodesy::distance_m(middle, at) <= within_m + reach_m
        };
        self.aerodromes.iter().filter(near).map(|&(zone, ..)| &self.zones[zone.index()])
    }

    /// Returns about how many bytes it holds.
    pub fn heap_bytes(&self) -> usize {
        self.edges.heap_bytes() + self.coast.heap_bytes()
    }
}

/// Returns the aerodromes: the middle of the box round each, and its reach on the disc within the box.
fn aerodromes_of(zones: &[Zone]) -> Vec<(ZoneId, Position, f64)> {
    let all = zones.iter().enumerate().filter(|(_, zone)| zone.kind == ZoneKind::Aerodrome);
    let placed = all.filter_map(|(number, zone)| {
        let rect = zone.area.bounding_rect()?;
        let middle = Position::new(rect.center().x, rect.center().y)?;
        let corner = Position::new(rect.max().x, rect.max().y)?;
        let reach_m = geodesy::distance_m(corner, middle) * std::f64::consts::FRAC_1_SQRT_2;
        Some((ZoneId(number as u32), middle, reach_m))
    });
    placed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{MultiPolygon, polygon};
    use proptest::prelude::*;

    fn zone(id: &str, area: MultiPolygon<f64>) -> Zone {
        Zone { state: "BRB".into(), ..Zone::new(id, ZoneKind::Area, area) }
    }

    fn sample() -> Zones {
        let outer = polygon!(exterior: [(x: -60.0, y: 12.5), (x: -59.0, y: 12.5), (x: -59.0, y: 13.5), (x: -60.0, y: 13.5)],
                             interiors: [[(x: -59.6, y: 13.0), (x: -59.4, y: 13.0), (x: -59.4, y: 13.2), (x: -59.6, y: 13.2)]]);
        let inner = polygon![(x: -59.9, y: 12.6), (x: -59.7, y: 12.6), (x: -59.8, y: 12.9)];
        let zones = vec![zone("outer", MultiPolygon(vec![outer])), zone("inner", MultiPolygon(vec![inner]))];
        Zones::new(Geography { zones, ..Geography::default() })
    }

    proptest! {
        /// The zones of a position hold wherever one moves within the safe distance.
        #[test]
        fn membership_holds_within_the_safe_distance(lon in -60.2..-58.8f64, lat in 12.3..13.7f64, course in 0.0..360.0f64, share in 0.0..1.0f64) {
            let mut zones = sample();
            let here = Position::new(lon, lat).unwrap();
            let told = zones.membership(here, ZoneSet(0));
            let there = geodesy::moved_m(here, geodesy::velocity(told.safe_m * share, course));
            prop_assert_eq!(zones.membership(there, told.set).set, told.set);
            let plain: Vec<ZoneId> = (0..2).map(ZoneId).filter(|&z| zones.zones[z.index()].area.contains(&Coord { x: there.lon(), y: there.lat() })).collect();
            prop_assert_eq!(zones.of_set(told.set), plain.as_slice());
        }
    }

    #[test]
    fn distances_to_edges() {
        let zones = sample();
        let at = Position::new(-58.99, 13.0).unwrap();
        let metres = zones.to_edge_m(ZoneId(0), at, 5000.0).unwrap();
        assert!((metres - 1085.0).abs() < 3.0, "{metres}");
        assert_eq!(zones.to_edge_m(ZoneId(1), at, 5000.0), None);
        assert_eq!(zones.to_coast_m(at, 5000.0), None);
    }
}
