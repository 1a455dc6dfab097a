//! Edges of areas: how far it is from a position to the nearest of them.
//!
//! Edges stand in the order of their ring, some to a stretch, and the stretches by their boxes in an R-tree: a coast has
//! edges by the ten thousand, and a box that lies farther off than the nearest edge so far spares all that are in it.

use geo::CoordsIter;
use rstar::{AABB, RTree, RTreeObject};

use crate::geodesy;
use crate::model::{Position, ZoneId};

/// Edges of a stretch at most. Half as many cost about as much among 10,000 zones (`benches/engine`), single ones more.
const STRETCH: usize = 16;
/// Reach of the first look, as a share of the bound, and metres at least; each further look reaches four times as far.
const FIRST_LOOK: (f64, f64) = (1.0 / 32.0, 200.0);
/// Share by which the bound of a box may exceed the nearest edge so far, for the rounding of both.
const ROUNDING: f64 = 1e-9;

/// Edges in a row, of one ring.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// Places of its first and its last corner.
    corners: (u32, u32),
    zone: ZoneId,
    low: [f64; 2],
    high: [f64; 2],
}

impl RTreeObject for Stretch {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.low, self.high)
    }
}

/// Index of the edges of areas.
pub(super) struct Edges {
    /// Corners of all rings, longitude and latitude.
    corners: Vec<[f64; 2]>,
    stretches: RTree<Stretch>,
}

impl Edges {
    /// Indexes the edges of areas.
    pub fn new<'a>(areas: impl IntoIterator<Item = (ZoneId, &'a geo::MultiPolygon<f64>)>) -> Edges {
        let (mut corners, mut stretches) = (Vec::new(), Vec::new());
        for (zone, area) in areas {
            for polygon in area {
                for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                    let first = corners.len();
                    corners.extend(ring.coords_iter().map(|at| [at.x, at.y]));
                    let starts = (first..corners.len().saturating_sub(1)).step_by(STRETCH);
                    stretches.extend(starts.map(|start| {
                        let end = (start + STRETCH).min(corners.len() - 1);
                        Stretch::new(zone, &corners, (start, end))
                    }));
                }
            }
        }
        corners.shrink_to_fit();
        Edges { corners, stretches: RTree::bulk_load(stretches) }
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.corners.is_empty()
    }

    /// Returns about how many bytes they take.
    pub fn heap_bytes(&self) -> usize {
        self.corners.capacity() * size_of::<[f64; 2]>() + self.stretches.size() * size_of::<Stretch>() * 2
    }

    /// Returns the distance from a position to the nearest edge of the wanted zones, metres, if it is within a bound. Looks in boxes that
    /// grow until one has an edge as near as the box reaches.
    pub fn nearest_m(&self, at: Position, within_m: f64, wanted: impl Fn(ZoneId) -> bool) -> Option<f64> {
        let [lon, lat] = at.lon_lat();
        // The metric of the position itself: within the reach its error is far under the margin kept.
        let metric = geodesy::metres_per_degree(lat);
        let local = |p: [f64; 2]| [(p[0] - lon) * metric[0], (p[1] - lat) * metric[1]];
        let mut reach_m = (within_m * FIRST_LOOK.0).max(FIRST_LOOK.1).min(within_m);
        loop {
            let [per_lon, per_lat] = geodesy::metres_per_degree((lat.abs() + reach_m / 111_000.0).min(89.9));
            let side = [reach_m / per_lon * 1.01, reach_m / per_lat * 1.01];
            let envelope = AABB::from_corners([lon - side[0], lat - side[1]], [lon + side[0], lat + side[1]]);
            let mut nearest_m = f64::INFINITY;
            for stretch in self.stretches.locate_in_envelope_intersecting(envelope) {
                let bound_m = stretch.bound_m(local);
                if bound_m > nearest_m * (1.0 + ROUNDING) || !wanted(stretch.zone) {
                    continue;
                }
                let (first, last) = stretch.corners;
                let mut from = local(self.corners[first as usize]);
                for corner in &self.corners[first as usize + 1..=last as usize] {
                    let to = local(*corner);
                    nearest_m = nearest_m.min(geodesy::to_segment_m(from, to));
                    from = to;
                }
            }
            if nearest_m <= reach_m {
                return Some(nearest_m);
            }
            if reach_m >= within_m {
                return None;
            }
            reach_m = (reach_m * 4.0).min(within_m);
        }
    }
}

impl Stretch {
    fn new(zone: ZoneId, corners: &[[f64; 2]], (start, end): (usize, usize)) -> Stretch {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for corner in &corners[start..=end] {
            for axis in 0..2 {
                low[axis] = low[axis].min(corner[axis]);
                high[axis] = high[axis].max(corner[axis]);
            }
        }
        Stretch { corners: (start as u32, end as u32), zone, low, high }
    }

    /// Returns the distance from the origin of a local metric to the box, metres: none of its edges is nearer.
    fn bound_m(&self, local: impl Fn([f64; 2]) -> [f64; 2]) -> f64 {
        let (low, high) = (local(self.low), local(self.high));
        let [east, north] = [0, 1].map(|axis| low[axis].max(-high[axis]).max(0.0));
        (east * east + north * north).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{LineString, LinesIter, MultiPolygon, Polygon};
    use proptest::prelude::*;

    /// A ring of many corners round a place, as a coast is.
    fn ragged(middle: [f64; 2], radius_deg: f64, corners: usize) -> MultiPolygon<f64> {
        let ring = (0..=corners).map(|k| {
            let angle = (k % corners) as f64 / corners as f64 * std::f64::consts::TAU;
            let radius_deg = radius_deg * (1.0 + 0.2 * (angle * 13.0).sin() + 0.05 * (angle * 71.0).cos());
            (middle[0] + radius_deg * angle.cos(), middle[1] + radius_deg * angle.sin())
        });
        MultiPolygon(vec![Polygon::new(LineString::from(ring.collect::<Vec<_>>()), vec![])])
    }

    /// Distance to the nearest edge by looking at each.
    fn plain_m(areas: &[MultiPolygon<f64>], at: Position) -> f64 {
        let metric = geodesy::metres_per_degree(at.lat());
        let local = |c: geo::Coord<f64>| [(c.x - at.lon()) * metric[0], (c.y - at.lat()) * metric[1]];
        let edges = areas.iter().flat_map(|area| area.lines_iter());
        edges.map(|l| geodesy::to_segment_m(local(l.start), local(l.end))).fold(f64::INFINITY, f64::min)
    }

    proptest! {
        #[test]
        fn the_nearest_edge_is_that_of_all(lon in -61.0..-59.0f64, lat in 12.0..14.0f64, within_m in 10.0..90_000.0f64) {
            let areas = [ragged([-60.0, 13.0], 0.3, 400), ragged([-60.9, 13.9], 0.05, 7)];
            let edges = Edges::new((0..).map(ZoneId).zip(&areas));
            let at = Position::new(lon, lat).expect("in range");
            for (wanted, areas) in [(None, &areas[..]), (Some(ZoneId(1)), &areas[1..])] {
                let found = edges.nearest_m(at, within_m, |zone| wanted.is_none_or(|wanted| wanted == zone));
                let plain_m = plain_m(areas, at);
                prop_assert_eq!(found, (plain_m <= within_m).then_some(plain_m));
            }
        }
    }

    #[test]
    fn without_areas_nothing_is_near() {
        let none = Edges::new([]);
        assert!(none.is_empty());
        assert_eq!(none.nearest_m(Position::new(-60.0, 13.0).expect("in range"), 1e6, |_| true), None);
    }
}
