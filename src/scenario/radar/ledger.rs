//! Ledger of target numbers: the source that each number stood for, with its interval.

use std::collections::BTreeMap;

use super::Source;
use crate::model::Time;

/// A number that stood for one subject.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stood {
    /// The radar, in the order of the file.
    pub radar: usize,
    /// The target number.
    pub number: u16,
    /// Vessel.
    pub source: Source,
    /// The first report under this number since it was given.
    pub first: Time,
    /// The first report on this source.
    pub from: Time,
    /// The last.
    pub to: Time,
}

/// All of them, of all radars.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    open: BTreeMap<(usize, u16), Stood>,
    done: Vec<Stood>,
}

impl Ledger {
    /// A report was sent on a number that stands for `source`.
    pub fn note(&mut self, radar: usize, number: u16, source: Source, at: Time) {
        let fresh = Stood { radar, number, source, first: at, from: at, to: at };
        let stood = self.open.entry((radar, number)).or_insert(fresh);
        if stood.source == source {
            stood.to = at;
        } else {
            let first = stood.first;
            self.done.push(std::mem::replace(stood, Stood { first, ..fresh }));
        }
    }

    /// The number is free again.
    pub fn close(&mut self, radar: usize, number: u16) {
        self.done.extend(self.open.remove(&(radar, number)));
    }

    /// Everything, in the order of its beginning.
    pub fn all(&self) -> Vec<Stood> {
        let mut all: Vec<Stood> = self.done.iter().chain(self.open.values()).copied().collect();
        all.sort_by_key(|stood| (stood.from, stood.radar, stood.number));
        all
    }
}
