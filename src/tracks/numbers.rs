//! System track numbers: names of tracks that have no identity of their own, unique on the watch and short enough for the radio.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::Text;

/// Letters of a number. I and O are missing: they look like digits.
const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Numbers of one pair of letters: 001 to 999.
const EACH: u32 = 999;
/// Count of numbers. After the last one the first that no track has is given again.
const COUNT: u32 = EACH * (LETTERS.len() * LETTERS.len()) as u32;

/// The name of a track that has no identity of its own: two letters and three digits, such as `AB017`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrackNumber(u32);

impl fmt::Display for TrackNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pair, digits) = (self.0 / EACH, self.0 % EACH + 1);
        let letter = |at: u32| char::from(LETTERS[at as usize % LETTERS.len()]);
        write!(f, "{}{}{digits:03}", letter(pair / LETTERS.len() as u32), letter(pair))
    }
}

/// The numbers of all tracks that radars found, and the labels that their sources gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrackNumbers {
    /// The next number to be given.
    next: u32,
    /// Number of each track, by slot.
    by_slot: BTreeMap<u32, TrackNumber>,
    /// Label that a track's source gave, by slot.
    labels: BTreeMap<u32, Text<20>>,
    #[serde(skip)]
    taken: BTreeSet<TrackNumber>,
}

impl TrackNumbers {
    /// Returns the number of the track in a slot.
    pub fn of(&self, slot: u32) -> Option<TrackNumber> {
        self.by_slot.get(&slot).copied()
    }

    /// Returns the label that its source gave to the track in a slot.
    pub fn label_of(&self, slot: u32) -> Option<Text<20>> {
        self.labels.get(&slot).copied()
    }

    /// Gives a number to the track in a slot, unless it has one.
    pub fn give(&mut self, slot: u32) {
        if self.by_slot.contains_key(&slot) || self.taken.len() >= COUNT as usize {
            return;
        }
        while self.taken.contains(&TrackNumber(self.next % COUNT)) {
            self.next = (self.next + 1) % COUNT;
        }
        let number = TrackNumber(self.next % COUNT);
        self.next = (self.next + 1) % COUNT;
        self.by_slot.insert(slot, number);
        self.taken.insert(number);
    }

    /// Notes the label that a source gives to the track in a slot.
    pub fn note_label(&mut self, slot: u32, label: Text<20>) {
        if self.labels.get(&slot) != Some(&label) {
            self.labels.insert(slot, label);
        }
    }

    /// Forgets number and label of the track in a slot.
    pub fn forget(&mut self, slot: u32) {
        if let Some(number) = self.by_slot.remove(&slot) {
            self.taken.remove(&number);
        }
        self.labels.remove(&slot);
    }

    /// Returns whether there is nothing to save.
    pub fn is_empty(&self) -> bool {
        self.next == 0 && self.by_slot.is_empty() && self.labels.is_empty()
    }

    /// Works out what is not saved.
    pub(super) fn restored(mut self) -> TrackNumbers {
        self.taken = self.by_slot.values().copied().collect();
        self
    }

    /// Returns the bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.by_slot.len() * (4 + 4 + 4) + self.labels.len() * (4 + size_of::<Text<20>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_two_letters_and_three_digits() {
        let written = |n: u32| TrackNumber(n).to_string();
        assert_eq!(
            [0, 998, 999, 24 * 999, COUNT - 1].map(written),
            ["AA001", "AA999", "AB001", "BA001", "ZZ999"]
        );
    }

    #[test]
    fn no_two_tracks_have_one_number_and_one_that_is_gone_lends_its_number_to_no_other() {
        let mut numbers = TrackNumbers::default();
        (0..3).for_each(|slot| numbers.give(slot));
        numbers.give(1);
        numbers.forget(1);
        numbers.give(1);
        let all: Vec<String> = (0..3).filter_map(|slot| numbers.of(slot)).map(|n| n.to_string()).collect();
        assert_eq!(all, ["AA001", "AA004", "AA003"]);
    }

    #[test]
    fn after_the_last_number_the_first_free_one_follows() {
        let mut numbers = TrackNumbers { next: COUNT - 1, ..TrackNumbers::default() };
        numbers.give(0);
        numbers.give(1);
        numbers.next = COUNT - 1;
        numbers.give(2);
        let all: Vec<String> = (0..3).filter_map(|slot| numbers.of(slot)).map(|n| n.to_string()).collect();
        assert_eq!(all, ["ZZ999", "AA001", "AA002"]);
    }
}
