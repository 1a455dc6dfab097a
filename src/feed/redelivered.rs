//! Messages that the broker delivers again: it had no acknowledgement of them when the connection or this program died.

use std::collections::VecDeque;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};

/// Messages remembered at most: what MQTT lets a broker have in flight.
const MOST: usize = 65_535;
/// And for so long by arrival: what was acknowledged before that has arrived there.
const LONGEST_NS: i64 = 60_000_000_000;

/// The latest messages taken at QoS 1, by a hash of topic and payload.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Redelivered {
    order: VecDeque<(i64, u64)>,
    counts: FxHashMap<u64, u32>,
}

impl Redelivered {
    /// Takes note of a message.
    pub fn note(&mut self, topic: &str, payload: &[u8], arrival_ns: i64) {
        let hash = hash(topic, payload);
        self.order.push_back((arrival_ns, hash));
        *self.counts.entry(hash).or_default() += 1;
        while self.order.len() > MOST
            || self.order.front().is_some_and(|(at, _)| arrival_ns - at > LONGEST_NS)
        {
            if let Some((_, old)) = self.order.pop_front() {
                self.forget(old);
            }
        }
    }

    /// Whether a message that the broker marks as delivered again was taken before. Each one counts once.
    pub fn knows(&mut self, topic: &str, payload: &[u8]) -> bool {
        let hash = hash(topic, payload);
        let known = self.counts.contains_key(&hash);
        if known {
            self.forget(hash);
        }
        known
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
        taken.note("a", b"x", 0);
        taken.note("a", b"x", 1);
        taken.note("b", b"x", 2);
        assert!(taken.knows("a", b"x") && taken.knows("a", b"x") && !taken.knows("a", b"x"));
        assert!(!taken.knows("a", b"y") && taken.knows("b", b"x"));
        taken.note("a", b"z", 3);
        taken.note("a", b"w", LONGEST_NS + 4);
        assert!(!taken.knows("a", b"z"), "too long ago");
        for n in 0..MOST as i64 {
            taken.note("c", &n.to_le_bytes(), LONGEST_NS + 5);
        }
        assert!(!taken.knows("a", b"w") && taken.counts.len() <= MOST);
    }
}
