//! Slots whose tracks changed since a screen looked last. Nothing that decides reads them, and they are not saved.

/// Slots that are looked at each time besides those that changed, at least: what shows with time alone, as that a vessel is lost, is
/// found by a sweep over all slots.
const SWEPT: usize = if cfg!(test) { 4 } else { 2_048 };
/// Looks in which the sweep goes over all slots, at most.
const LOOKS: usize = 32;

/// Slots whose tracks changed since a screen looked last. Nothing is noted until somebody has looked once.
#[derive(Debug, Default)]
pub struct Changes {
    is_watched: bool,
    /// A bit for each slot that stands in the list.
    marks: Vec<u64>,
    slots: Vec<u32>,
    /// Slot at which the sweep goes on.
    swept: usize,
}

impl Changes {
    /// Notes that the track of a slot has changed, or is gone.
    pub fn mark(&mut self, slot: usize) {
        if !self.is_watched {
            return;
        }
        let (word, bit) = (slot / 64, 1 << (slot % 64));
        if word >= self.marks.len() {
            self.marks.resize(word + 1, 0);
        }
        if self.marks[word] & bit == 0 {
            self.marks[word] |= bit;
            self.slots.push(slot as u32);
        }
    }

    /// Takes the slots to look at, ascending: those that changed since this was called last, and the next ones of the sweep over
    /// all. `None` at the first call: then all are to be looked at.
    pub fn take(&mut self, slots: usize) -> Option<Vec<u32>> {
        if !std::mem::replace(&mut self.is_watched, true) {
            return None;
        }
        let many = SWEPT.max(slots / LOOKS).min(slots);
        for slot in self.swept..self.swept + many {
            self.mark(slot % slots);
        }
        self.swept = (self.swept + many) % slots.max(1);
        let mut taken = std::mem::take(&mut self.slots);
        taken.iter().for_each(|slot| self.marks[*slot as usize / 64] = 0);
        taken.sort_unstable();
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_taken_once_and_a_sweep_takes_every_slot() {
        let mut changes = Changes::default();
        changes.mark(70_000);
        assert_eq!(changes.take(100_000), None, "nobody looked before");
        changes.mark(70_000);
        changes.mark(70_000);
        let taken = changes.take(100_000).expect("somebody looked");
        assert_eq!(taken.iter().filter(|slot| **slot == 70_000).count(), 1);
        assert!(taken.is_sorted() && taken.len() == 100_000 / LOOKS + 1, "{}", taken.len());
        let swept: std::collections::BTreeSet<u32> =
            (0..LOOKS).flat_map(|_| changes.take(100_000).expect("somebody looked")).collect();
        assert_eq!(swept.len(), 100_000);
        assert_eq!(changes.take(3), Some(vec![0, 1, 2]), "few are looked at each time");
        assert_eq!(Changes { is_watched: true, ..Changes::default() }.take(0), Some(Vec::new()));
    }
}
