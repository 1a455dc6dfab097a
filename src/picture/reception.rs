//! What each station has heard lately, and from where: absence of data is judged against it.

use rustc_hash::FxHashMap;

use crate::model::{FeedId, Position, Span, StationId, Time, TransponderClass};
use crate::picture::track::station_key;
use crate::sphere;

/// A station that heard nothing for this long was not listening.
pub const HOLE: Span = Span::from_secs(180);
/// What was heard in a cell is remembered for this long.
const MEMORY: Span = Span::from_secs(24 * 3600);
/// Stations at most: others are heard, but nothing is judged by them.
const STATIONS: usize = 4096;
/// Cells remembered per station, at most: a circle of 200 nm for both classes.
const CELLS: usize = 20_000;
/// Cells remembered for all stations, at most.
const ALL_CELLS: usize = 4_000_000;
/// Side of a cell, degrees: 3 nm.
const CELL_DEG: f64 = 0.05;

/// One station's ears.
#[derive(Clone, Debug)]
pub struct Station {
    /// Its newest word.
    pub last_heard: Time,
    /// The newest hole of over [`HOLE`] in what it heard ended then.
    pub hole_ended: Time,
    /// It is on something that moves.
    pub mobile: bool,
    own_position: Option<Position>,
    cells: FxHashMap<u64, Cell>,
}

/// The last two senders heard from a cell, so that a vessel does not witness for itself.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    recent: [(u32, u32); 2],
}

/// All stations.
#[derive(Clone, Debug, Default)]
pub struct Reception {
    stations: FxHashMap<u32, Station>,
    cells: usize,
}

impl Reception {
    /// A station heard something.
    pub fn hear(&mut self, feed: FeedId, station: StationId, time: Time) {
        let key = station_key(feed, station);
        if self.stations.len() >= STATIONS && !self.stations.contains_key(&key) {
            return;
        }
        let entry = self.stations.entry(key).or_insert_with(|| Station {
            last_heard: time,
            hole_ended: time,
            mobile: false,
            own_position: None,
            cells: FxHashMap::default(),
        });
        if time - entry.last_heard > HOLE {
            entry.hole_ended = time;
        }
        entry.last_heard = entry.last_heard.max(time);
    }

    /// A station's own ship is here.
    pub fn own_ship(&mut self, feed: FeedId, station: StationId, at: Position) {
        if let Some(entry) = self.stations.get_mut(&station_key(feed, station)) {
            let first = *entry.own_position.get_or_insert(at);
            entry.mobile |= sphere::distance_m(first, at) > sphere::NM_M;
        }
    }

    /// A station heard a track of a class from a position.
    pub fn heard_from(&mut self, key: u32, slot: u32, class: TransponderClass, at: Position, time: Time) {
        let Some(station) = self.stations.get_mut(&key) else { return };
        let cell = cell_of(at, class);
        if self.cells >= ALL_CELLS && !station.cells.contains_key(&cell) {
            return;
        }
        let before = station.cells.len();
        if before >= CELLS {
            let newest = secs(time);
            station.cells.retain(|_, c| c.recent.iter().any(|r| newest.saturating_sub(r.1) < 6 * 3600));
            if station.cells.len() >= CELLS {
                station.cells.clear();
            }
        }
        let cell = station.cells.entry(cell).or_default();
        let at = cell.recent.iter().position(|r| r.0 == slot);
        let at = at.unwrap_or(usize::from(cell.recent[0].1 > cell.recent[1].1));
        cell.recent[at] = (slot, secs(time));
        self.cells = self.cells + station.cells.len() - before;
    }

    /// A station's state.
    pub fn station(&self, key: u32) -> Option<&Station> {
        self.stations.get(&key)
    }

    /// Whether a station has within a day heard another track of a class in the cell of a position.
    pub fn knows(&self, key: u32, but: u32, class: TransponderClass, at: Position, now: Time) -> bool {
        let cell = self.stations.get(&key).and_then(|s| s.cells.get(&cell_of(at, class)));
        let from = secs(now - MEMORY);
        cell.is_some_and(|c| c.recent.iter().any(|r| r.0 != but && r.1 > from && r.1 > 0))
    }

    /// How many stations there are.
    pub fn len(&self) -> usize {
        self.stations.len()
    }

    /// Whether none has spoken.
    pub fn is_empty(&self) -> bool {
        self.stations.is_empty()
    }
}

fn secs(time: Time) -> u32 {
    (time.0 / 1000).clamp(0, i64::from(u32::MAX)) as u32
}

fn cell_of(at: Position, class: TransponderClass) -> u64 {
    let column = libm::floor((at.lon() + 180.0) / CELL_DEG) as u64;
    let row = libm::floor((at.lat() + 90.0) / CELL_DEG) as u64;
    (column << 32 | row << 8) | u64::from(class == TransponderClass::B)
}
