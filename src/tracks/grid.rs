//! A grid of cells over the moving tracks: a move costs a few writes, where a tree costs a search.
//!
//! Cells are squares of degrees; a query walks the cells that a box touches. Longitude wraps at 180°.
//! Members of a cell form a list through the two link arrays, so nothing is allocated per move.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::geodesy;
use crate::model::{Position, TrackId};

/// Tracks by cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grid {
    cell_deg: f64,
    columns: i32,
    #[serde(serialize_with = "crate::model::saved::in_order")]
    heads: FxHashMap<u64, TrackId>,
    links: Vec<Link>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Link {
    cell: u64,
    #[serde(with = "crate::model::ids::optional_track")]
    next: Option<TrackId>,
    #[serde(with = "crate::model::ids::optional_track")]
    previous: Option<TrackId>,
    at: Position,
}

const NOWHERE: u64 = u64::MAX;

impl Default for Link {
    fn default() -> Link {
        Link { cell: NOWHERE, next: None, previous: None, at: Position::default() }
    }
}

impl Grid {
    /// Makes a grid whose cells have sides of about this many degrees: a whole number of them goes round the earth.
    pub fn new(cell_deg: f64) -> Grid {
        let columns = libm::floor(360.0 / cell_deg).max(1.0) as i32;
        Grid { cell_deg: 360.0 / f64::from(columns), columns, heads: FxHashMap::default(), links: Vec::new() }
    }

    /// Returns the side of a cell, degrees.
    pub fn cell_deg(&self) -> f64 {
        self.cell_deg
    }

    fn column(&self, lon: f64) -> i32 {
        floor((lon + 180.0) / self.cell_deg)
    }

    fn row(&self, lat: f64) -> i32 {
        floor((lat + 90.0) / self.cell_deg)
    }

    fn cell(&self, column: i32, row: i32) -> u64 {
        // Few searches cross 180°: the others need no remainder.
        let column =
            if (0..self.columns).contains(&column) { column } else { column.rem_euclid(self.columns) };
        ((column as u64) << 32) | u64::from(row as u32)
    }

    /// Puts a track where it is now. Returns whether it came into another cell.
    pub fn place(&mut self, id: TrackId, at: Position) -> bool {
        let cell = self.cell(self.column(at.lon()), self.row(at.lat()));
        let index = id.index();
        if index >= self.links.len() {
            self.links.resize(index + 1, Link::default());
        }
        if self.links[index].cell == cell {
            self.links[index].at = at;
            return false;
        }
        self.remove(id);
        let head = self.heads.insert(cell, id);
        if let Some(head) = head {
            self.links[head.index()].previous = Some(id);
        }
        self.links[index] = Link { cell, next: head, previous: None, at };
        true
    }

    /// Returns whether a track's cell is that of a position.
    pub fn is_in_cell_of(&self, id: TrackId, at: Position) -> bool {
        let cell = self.cell(self.column(at.lon()), self.row(at.lat()));
        self.links.get(id.index()).is_some_and(|link| link.cell == cell)
    }

    /// Takes a track out.
    pub fn remove(&mut self, id: TrackId) {
        let Some(&Link { cell, next, previous, .. }) = self.links.get(id.index()) else { return };
        if cell == NOWHERE {
            return;
        }
        match (previous, next) {
            (Some(previous), _) => self.links[previous.index()].next = next,
            (None, Some(next)) => drop(self.heads.insert(cell, next)),
            (None, None) => drop(self.heads.remove(&cell)),
        }
        if let Some(next) = next {
            self.links[next.index()].previous = previous;
        }
        self.links[id.index()] = Link::default();
    }

    /// Returns whether a track is in the grid.
    pub fn holds(&self, id: TrackId) -> bool {
        self.links.get(id.index()).is_some_and(|l| l.cell != NOWHERE)
    }

    /// Visits every track in the square about a position that a distance fits into: all that were placed so near, and some
    /// in its corners; `visit` returns false to stop. The order is a function of the order of the moves.
    pub fn near(&self, at: Position, within_m: f64, mut visit: impl FnMut(TrackId) -> bool) {
        let [lon, lat] = at.lon_lat();
        let [_, per_lat] = geodesy::metres_per_degree(lat);
        let up = within_m / per_lat * 1.02;
        let far_lat = (lat.abs() + up).min(89.9);
        let [per_lon, _] = geodesy::metres_per_degree(far_lat);
        let side = (within_m / per_lon * 1.02).min(180.0);
        let (west, east) = (self.column(lon - side), self.column(lon + side));
        let east = east.min(west + self.columns - 1);
        for row in self.row(lat - up)..=self.row(lat + up) {
            for column in west..=east {
                let mut member = self.heads.get(&self.cell(column, row)).copied();
                while let Some(id) = member {
                    let link = &self.links[id.index()];
                    let [east, north] = [(link.at.lon() - lon).abs(), (link.at.lat() - lat).abs()];
                    if north <= up && east.min(360.0 - east) <= side && !visit(id) {
                        return;
                    }
                    member = link.next;
                }
            }
        }
    }

    /// Returns the bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.links.capacity() * size_of::<Link>() + self.heads.capacity() * 17
    }
}

/// Returns the whole number at or below a number of cells: in line, where the library's function costs a call for each place. That
/// and the remainder that cells do without spare 3 % of a report's instructions and 6 % of an association cycle's (`tools/instructions`).
fn floor(cells: f64) -> i32 {
    let towards_zero = cells as i32;
    towards_zero - i32::from(f64::from(towards_zero) > cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn position() -> impl Strategy<Value = Position> {
        let crowd = (-60.3..-59.7f64, 12.7..13.3f64);
        let seam = (179.7..180.3f64, -0.3..0.3f64)
            .prop_map(|(lon, lat)| (if lon > 180.0 { lon - 360.0 } else { lon }, lat));
        let north = (-180.0..180.0f64, 84.0..85.0f64);
        prop_oneof![crowd, seam, north].prop_map(|(lon, lat)| Position::new(lon, lat).unwrap())
    }

    proptest! {
        #[test]
        fn answers_like_brute_force(
            moves in prop::collection::vec((0u32..60, prop::option::weighted(0.9, position())), 1..300),
            asked in position(), within_m in 10.0..40_000.0f64, cell_deg in 0.01..0.2f64,
        ) {
            let mut grid = Grid::new(cell_deg);
            let mut truth = std::collections::BTreeMap::new();
            for (slot, to) in moves {
                match to {
                    Some(p) => { grid.place(TrackId::new(slot, 0), p); truth.insert(slot, p); }
                    None => { grid.remove(TrackId::new(slot, 0)); truth.remove(&slot); }
                }
            }
            let mut found = Vec::new();
            grid.near(asked, within_m, |id| {
                let slot = id.slot();
                let metres = geodesy::distance_m(asked, truth[&slot]);
                assert!(metres <= 2.0 * within_m, "{slot} is {metres} m off");
                if metres <= within_m { found.push(slot); }
                true
            });
            found.sort_unstable();
            let expected: Vec<u32> = truth.iter().filter(|(_, p)| geodesy::distance_m(asked, **p) <= within_m).map(|(s, _)| *s).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
