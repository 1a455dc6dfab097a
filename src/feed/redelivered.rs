//! Messages that the broker delivers again: it had no acknowledgement of them when the connection or this program died.

use std::collections::VecDeque;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};

/// Messages remembered: packet identifiers have 16 bits (MQTT 3.1.1, section 2.3.1), so that no more are in flight. How long
/// ago they came does not count: under load their acknowledgement may take minutes.
const MOST: usize = 65_535;

/// The latest messages taken at QoS 1, by a hash of topic and payload, and by the packet identifier that they came with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct Redelivered {
    order: VecDeque<u64>,
    counts: FxHashMap<u64, u32>,
    in_flight: FxHashMap<u16, u64>,
}

type Saved = (VecDeque<u64>, FxHashMap<u16, u64>);

impl Redelivered {
    /// Whether a message was taken before. It comes again with the identifier that it had (MQTT-4.4.0-1), as often as the
    /// connection is lost before its acknowledgement is through. Of one that was taken by an earlier run the identifier is
    /// not known: that is told by what is in it, and each counts once.
    pub fn comes_again(&mut self, pkid: u16, dup: bool, topic: &str, payload: &[u8]) -> bool {
        let hash = hash(topic, payload);
        let before = self.in_flight.insert(pkid, hash);
        dup && (before == Some(hash) || self.knows(topic, payload))
    }

    /// Takes note of a message.
    pub fn note(&mut self, topic: &str, payload: &[u8]) {
        self.add(hash(topic, payload));
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.forget(oldest);
        }
    }

    /// Whether a message with this in it was taken before. Each one counts once.
    pub fn knows(&mut self, topic: &str, payload: &[u8]) -> bool {
        let hash = hash(topic, payload);
        let known = self.counts.contains_key(&hash);
        if known && let Some(at) = self.order.iter().position(|other| *other == hash) {
            self.order.remove(at);
            self.forget(hash);
        }
        known
    }

    fn add(&mut self, hash: u64) {
        self.order.push_back(hash);
        *self.counts.entry(hash).or_default() += 1;
    }

    fn forget(&mut self, hash: u64) {
        if let Some(count) = self.counts.get_mut(&hash) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&hash);
            }
        }
    }
}

impl From<Saved> for Redelivered {
    fn from((order, in_flight): Saved) -> Self {
        let mut taken = Redelivered { in_flight, ..Redelivered::default() };
        order.into_iter().for_each(|hash| taken.add(hash));
        taken
    }
}

impl From<Redelivered> for Saved {
    fn from(taken: Redelivered) -> Self {
        (taken.order, taken.in_flight)
    }
}

/// Tells messages apart.
pub fn hash(topic: &str, payload: &[u8]) -> u64 {
    let mut hash = FxHasher::default();
    hash.write(topic.as_bytes());
    hash.write_u8(0);
    hash.write(payload);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_may_come_again_and_again() {
        let mut taken = Redelivered::default();
        assert!(!taken.comes_again(7, false, "a", b"x"));
        taken.note("a", b"x");
        // The connection was lost three times before its acknowledgement was through, and this program was killed once.
        assert!(taken.comes_again(7, true, "a", b"x") && taken.comes_again(7, true, "a", b"x"));
        let mut taken = Redelivered::from(Saved::from(taken));
        assert!(taken.comes_again(7, true, "a", b"x"));
        // Marked as sent before, and lost on the way: it is new, and so is what has the identifier next.
        assert!(!taken.comes_again(8, true, "a", b"y") && !taken.comes_again(7, false, "a", b"z"));
        // An earlier run took it, and nothing is known of its identifier.
        taken.note("a", b"w");
        assert!(taken.comes_again(9, true, "a", b"w") && taken.comes_again(9, true, "a", b"w"));
        assert!(!taken.comes_again(10, true, "a", b"w"), "another one with the same in it");
    }

    #[test]
    fn each_is_known_as_often_as_it_came() {
        let mut taken = Redelivered::default();
        taken.note("a", b"x");
        taken.note("a", b"x");
        taken.note("b", b"x");
        assert!(taken.knows("a", b"x"));
        let mut taken = Redelivered::from(Saved::from(taken));
        assert!(taken.knows("a", b"x") && !taken.knows("a", b"x"));
        assert!(!taken.knows("a", b"y") && taken.knows("b", b"x") && taken.order.is_empty());
        taken.note("a", b"first");
        for n in 0..MOST - 1 {
            taken.note("c", &n.to_le_bytes());
        }
        assert!(taken.knows("a", b"first"), "all that may be in flight");
        taken.note("a", b"second");
        for n in 0..MOST {
            taken.note("d", &n.to_le_bytes());
        }
        assert!(!taken.knows("a", b"second") && taken.order.len() == MOST);
    }
}
