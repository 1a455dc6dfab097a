//! Places and times of day: cells of a fiftieth of a degree, blocks of 16 by 16 cells, and eight parts of the solar day.

use serde::{Deserialize, Serialize};

use crate::model::{Position, Time};

/// Cells in a degree: a cell is 1.2 nm high, and 1.2 nm wide at the equator.
const CELLS_IN_DEGREE: f64 = 50.0;
/// Rows of the grid, from the south pole.
pub const ROWS: u16 = 9_001;
/// Columns of the grid, from 180° W.
pub const COLUMNS: u16 = 18_000;
/// Rows and columns of cells in a block: some 19 nm.
const BLOCK: u16 = 16;
/// Parts of the day, three hours each.
pub const PARTS: u8 = 8;

const DAY_MS: i64 = 86_400_000;
const PART_MS: i64 = DAY_MS / PARTS as i64;

/// A cell of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cell {
    /// Row from the south pole.
    pub row: u16,
    /// Column from 180° W.
    pub column: u16,
}

/// A block of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Block {
    /// Row from the south pole.
    pub row: u16,
    /// Column from 180° W.
    pub column: u16,
}

impl Cell {
    /// Returns the cell that holds a position.
    pub fn of(at: Position) -> Cell {
        let row = libm::floor((at.lat() + 90.0) * CELLS_IN_DEGREE) as u16;
        let column = libm::floor((at.lon() + 180.0) * CELLS_IN_DEGREE) as u16;
        Cell { row: row.min(ROWS - 1), column: column % COLUMNS }
    }

    /// Returns the block that holds the cell.
    pub fn block(self) -> Block {
        Block { row: self.row / BLOCK, column: self.column / BLOCK }
    }

    /// Returns the cell and its eight neighbours; over the pole there is none.
    pub fn around(self) -> impl Iterator<Item = Cell> {
        let rows = self.row.saturating_sub(1)..=(self.row + 1).min(ROWS - 1);
        rows.flat_map(move |row| {
            let columns = [self.column, (self.column + 1) % COLUMNS, (self.column + COLUMNS - 1) % COLUMNS];
            columns.map(|column| Cell { row, column })
        })
    }
}

/// A moment as the model sees it: by the mean sun at the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Solar days since 1970.
    pub day: u16,
    /// Part of the day.
    pub hours: u8,
    /// The neighbouring part that is nearer.
    pub next_hours: u8,
}

impl Moment {
    /// Returns the moment of a time at a place.
    pub fn of(at: Position, time: Time) -> Moment {
        let solar_ms = time.0 + libm::round(at.lon() / 360.0 * DAY_MS as f64) as i64;
        let of_day = solar_ms.rem_euclid(DAY_MS);
        let hours = (of_day / PART_MS) as u8;
        let step = if of_day % PART_MS * 2 >= PART_MS { 1 } else { PARTS - 1 };
        Moment {
            day: solar_ms.div_euclid(DAY_MS).clamp(0, i64::from(u16::MAX)) as u16,
            hours,
            next_hours: (hours + step) % PARTS,
        }
    }
}
