//! The model as a file: one line of JSON for each entry, in the order of the grid. `docs/normalcy.md` describes it.

use std::fmt::Write as _;

use serde::Deserialize;

use super::days::{DayMask, VesselDays, WINDOW_DAYS};
use super::grid::{Block, COLUMNS, Cell, PARTS, ROWS};
use super::{Behaviour, Key, Kind, MOST_BLOCKS, MOST_ENTRIES, MOST_HABITS, Normalcy};

/// Name of the form of the file.
pub const SCHEMA: &str = "vigie.normalcy/1";

/// A fault of a file, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// Description.
    pub text: String,
}

/// Row and column of a cell, part of the day, kind of craft, behaviour, manner, newest day, sets of vessels in hexadecimal.
type Entry = (u16, u16, u8, String, String, u8, u16, String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    behaviours: Vec<Entry>,
    /// MMSI, row and column of a block, newest day, days as bits.
    habits: Vec<(u32, u16, u16, u16, u32)>,
    /// Row and column of a block, newest day, days as bits.
    watched: Vec<(u16, u16, u16, u32)>,
}

impl Normalcy {
    /// Renders the model as a file.
    pub fn to_file(&self) -> String {
        let entries = self.behaviours.iter().map(|(key, days)| {
            let Key { cell: Cell { row, column }, hours, kind, behaviour, manner } = key;
            let sets = days.vessels().iter().fold(String::new(), |mut text, set| {
                write!(text, "{set:04x}").ok();
                text
            });
            let (kind, behaviour, newest) = (kind.word(), behaviour.word(), days.newest());
            format!("[{row},{column},{hours},\"{kind}\",\"{behaviour}\",{manner},{newest},\"{sets}\"]")
        });
        let habits = self.habits.iter().map(|((mmsi, Block { row, column }), mask)| {
            format!("[{mmsi},{row},{column},{},{}]", mask.newest(), mask.days())
        });
        let watched = self.watched.iter().map(|(Block { row, column }, mask)| {
            format!("[{row},{column},{},{}]", mask.newest(), mask.days())
        });
        let mut text = format!("{{\"schema\":\"{SCHEMA}\",\n\"behaviours\":[\n");
        text += &entries.collect::<Vec<_>>().join(",\n");
        text += "\n],\n\"habits\":[\n";
        text += &habits.collect::<Vec<_>>().join(",\n");
        text += "\n],\n\"watched\":[\n";
        text += &watched.collect::<Vec<_>>().join(",\n");
        text += "\n]}\n";
        text
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The text is no such file, or of another version of its form, or an entry is out of range.
    pub fn from_file(text: &str) -> Result<Normalcy, Fault> {
        let at_top = |text: String| Fault { line: 1, column: 1, text };
        let file: File = serde_json::from_str(text).map_err(|error| Fault {
            line: error.line().max(1),
            column: error.column().max(1),
            text: format!("this is no file of vigie learn: {error}"),
        })?;
        if file.schema != SCHEMA {
            let found = file.schema;
            return Err(at_top(format!(
                "the form is \"{found}\", and this program reads \"{SCHEMA}\"; run vigie learn again"
            )));
        }
        let counts = [file.behaviours.len(), file.habits.len(), file.watched.len()];
        let limits = [MOST_ENTRIES, MOST_HABITS, MOST_BLOCKS];
        if let Some(at) = (0..counts.len()).find(|&at| counts[at] > limits[at]) {
            let (list, count, most) = (["behaviours", "habits", "watched"][at], counts[at], limits[at]);
            return Err(at_top(format!("{list} has {count} entries, and at most {most} are held")));
        }
        let mut model = Normalcy::default();
        for (n, entry) in file.behaviours.into_iter().enumerate() {
            let (key, days) = read_entry(&entry)
                .ok_or_else(|| at_top(format!("entry {} of behaviours is out of range", n + 1)))?;
            model.newest_day = model.newest_day.max(days.newest());
            model.behaviours.insert(key, days);
        }
        for (mmsi, row, column, newest, days) in file.habits {
            model.habits.insert((mmsi, Block { row, column }), DayMask::new(newest, days));
        }
        for (row, column, newest, days) in file.watched {
            model.newest_day = model.newest_day.max(newest);
            model.watched.insert(Block { row, column }, DayMask::new(newest, days));
        }
        Ok(model)
    }
}

fn read_entry(
    (row, column, hours, kind, behaviour, manner, newest, sets): &Entry,
) -> Option<(Key, VesselDays)> {
    let kind = Kind::ALL.into_iter().find(|known| known.word() == kind)?;
    let behaviour = Behaviour::ALL.into_iter().find(|known| known.word() == behaviour)?;
    let is_in_range = *row < ROWS && *column < COLUMNS && *hours < PARTS && *manner < 24;
    if !is_in_range || sets.len() != 4 * WINDOW_DAYS || !sets.is_ascii() {
        return None;
    }
    let mut vessels = [0; WINDOW_DAYS];
    for (day, set) in vessels.iter_mut().enumerate() {
        *set = u16::from_str_radix(&sets[4 * day..4 * day + 4], 16).ok()?;
    }
    let cell = Cell { row: *row, column: *column };
    Some((Key { cell, hours: *hours, kind, behaviour, manner: *manner }, VesselDays::new(*newest, vessels)))
}
