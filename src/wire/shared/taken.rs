//! Numbers of the letters that one centre has sent, by kind: none is taken twice.

use serde::{Deserialize, Serialize};

use super::envelope::What;
use crate::wire::reason::Reason;

/// Numbers before the newest of which it is known whether they came. A broker that is not sure whether it has delivered
/// a message delivers it again, and the few after it.
const REMEMBERED: u64 = 64;

/// Sequences of numbers that one centre gives its letters.
const SEQUENCES: usize = 4;

/// Numbers of the letters of one centre, by sequence. Marks are numbered in the sequence of actions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenLetters {
    by_sequence: [Window; SEQUENCES],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Window {
    /// Newest number that came.
    newest: u64,
    /// Bit n is set where the number `newest - 1 - n` came.
    before: u64,
}

impl TakenLetters {
    /// Notes that the letter of a number has come.
    ///
    /// # Errors
    /// The number came before, or is so old that nobody knows.
    pub fn take(&mut self, what: What, seq: u64) -> Result<(), Reason> {
        let sequence = match what {
            What::Alerts => 0,
            What::Actions | What::Marks => 1,
            What::Lists => 2,
            What::Tracks => 3,
        };
        self.by_sequence[sequence].take(seq)
    }
}

impl Window {
    fn take(&mut self, seq: u64) -> Result<(), Reason> {
        if seq > self.newest {
            let by = seq - self.newest;
            self.before = match by {
                _ if self.newest == 0 => 0,
                1..REMEMBERED => self.before << by | 1 << (by - 1),
                REMEMBERED => 1 << (REMEMBERED - 1),
                _ => 0,
            };
            self.newest = seq;
            return Ok(());
        }
        let back = self.newest - seq;
        match back {
            0 => Err(Reason::Repeated),
            1..=REMEMBERED if self.before >> (back - 1) & 1 == 1 => Err(Reason::Repeated),
            1..=REMEMBERED if seq > 0 => {
                self.before |= 1 << (back - 1);
                Ok(())
            }
            _ => Err(Reason::Replayed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_number_is_taken_once_and_an_old_one_never() {
        let mut taken = TakenLetters::default();
        let mut take = |seq| taken.take(What::Alerts, seq);
        assert_eq!(
            [take(5), take(5), take(7), take(6), take(6)],
            [Ok(()), Err(Reason::Repeated), Ok(()), Ok(()), Err(Reason::Repeated)]
        );
        assert_eq!(
            [take(71), take(7), take(1000), take(71), take(7)],
            [Ok(()), Err(Reason::Repeated), Ok(()), Err(Reason::Replayed), Err(Reason::Replayed)]
        );
        assert_eq!(taken.take(What::Actions, 5), Ok(()), "each kind has numbers of its own");
    }

    proptest! {
        #[test]
        fn no_number_is_taken_twice(start in 1_u64..1_000_000, steps in proptest::collection::vec(-80_i64..80, 1..200)) {
            let (mut taken, mut known, mut at) = (TakenLetters::default(), BTreeSet::new(), start as i64 + 100_000);
            for step in steps {
                at = (at + step).max(1);
                let newest = known.last().copied().unwrap_or(0);
                let outcome = taken.take(What::Lists, at as u64);
                match outcome {
                    Ok(()) => prop_assert!(known.insert(at as u64)),
                    Err(Reason::Repeated) => prop_assert!(known.contains(&(at as u64))),
                    Err(_) => prop_assert!(newest - at as u64 > REMEMBERED),
                }
            }
        }
    }
}
