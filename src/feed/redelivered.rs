//! Messages that the broker delivers again: it had no acknowledgement of them when the connection or this program died.

use std::collections::VecDeque;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};

/// Messages remembered: packet identifiers have 16 bits (MQTT 3.1.1, section 2.3.1), so that no more are in flight. How long
/// ago they came does not count: under load their acknowledgement may take minutes.
const MOST: usize = 65_535;

/// The latest messages taken at QoS 1, by a hash of topic and payload.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "VecDeque<u64>", into = "VecDeque<u64>")]
pub struct Redelivered {
    order: VecDeque<u64>,
    counts: FxHashMap<u64, u32>,
}

impl Redelivered {
    /// Takes note of a message.
    pub fn note(&mut self, topic: &str, payload: &[u8]) {
        self.add(hash(topic, payload));
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.forget(oldest);
        }
    }

    /// Whether a message that the broker marks as delivered again was taken before. Each one counts once.
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

impl From<VecDeque<u64>> for Redelivered {
    fn from(order: VecDeque<u64>) -> Self {
        let mut taken = Redelivered::default();
        order.into_iter().for_each(|hash| taken.add(hash));
        taken
    }
}

impl From<Redelivered> for VecDeque<u64> {
    fn from(taken: Redelivered) -> Self {
        taken.order
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
    fn each_is_known_as_often_as_it_came() {
        let mut taken = Redelivered::default();
        taken.note("a", b"x");
        taken.note("a", b"x");
        taken.note("b", b"x");
        assert!(taken.knows("a", b"x"));
        let mut taken = Redelivered::from(VecDeque::from(taken));
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
