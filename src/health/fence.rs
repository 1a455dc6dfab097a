//! Fence of a node that has a standby: the node sends only while the broker has lately returned a sign of life of its own.
//!
//! The standby takes over after five seconds of silence. A node that was paused, or cut off, for so long finds its fence closed
//! when it goes on: it would say under the same numbers what the other one says otherwise.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::clock;

/// Age of the newest sign of life that came back, beyond which nothing is sent: well below the standby's patience.
const PROVEN_FOR: Duration = Duration::from_secs(3);
/// Time after the node's claim during which signs of life prove nothing: another node may have claimed at the same moment, and
/// is heard by then.
const CLAIMED_FOR_MS: u64 = 900;

/// Fence between a node and everything that it sends.
#[derive(Debug)]
pub struct Fence {
    began: Instant,
    /// Whether there is a standby.
    is_armed: AtomicBool,
    /// When the node claimed to be active, milliseconds since the fence began.
    claimed_ms: AtomicU64,
    /// Whether another node is active in this one's place.
    is_replaced: AtomicBool,
    /// When the newest sign of life that came back was sent, milliseconds since the fence began; 0: none came back.
    proven_ms: AtomicU64,
}

impl Default for Fence {
    /// A fence that is open: the node is alone.
    fn default() -> Fence {
        Fence {
            began: clock::moment(),
            is_armed: AtomicBool::new(false),
            claimed_ms: AtomicU64::new(0),
            is_replaced: AtomicBool::new(false),
            proven_ms: AtomicU64::new(0),
        }
    }
}

impl Fence {
    /// Closes the fence until a sign of life comes back: the node has a standby, and claims to be active.
    pub fn arm(&self) {
        self.claimed_ms.store(self.beat_ms(), Ordering::SeqCst);
        self.is_armed.store(true, Ordering::SeqCst);
    }

    /// Returns the moment of a sign of life that is sent now, milliseconds.
    pub fn beat_ms(&self) -> u64 {
        u64::try_from((clock::moment() - self.began).as_millis()).unwrap_or(u64::MAX).max(1)
    }

    /// Notes that a sign of life came back.
    pub fn prove(&self, beat_ms: u64) {
        let from_ms = self.claimed_ms.load(Ordering::SeqCst) + CLAIMED_FOR_MS;
        if (from_ms..=self.beat_ms()).contains(&beat_ms) {
            self.proven_ms.fetch_max(beat_ms, Ordering::SeqCst);
        }
    }

    /// Closes the fence for good: another node is active.
    pub fn replace(&self) {
        self.is_replaced.store(true, Ordering::SeqCst);
    }

    /// Whether another node is active in this one's place.
    pub fn is_replaced(&self) -> bool {
        self.is_replaced.load(Ordering::SeqCst)
    }

    /// Whether the node may send.
    pub fn is_open(&self) -> bool {
        !self.is_armed.load(Ordering::SeqCst) || self.proven_ms.load(Ordering::SeqCst) > 0 && !self.is_lost()
    }

    /// Whether the node was heard and is no longer, so that another one may be active.
    pub fn is_lost(&self) -> bool {
        if !self.is_armed.load(Ordering::SeqCst) {
            return false;
        }
        let proven = self.proven_ms.load(Ordering::SeqCst);
        let age = Duration::from_millis(self.beat_ms().saturating_sub(proven));
        self.is_replaced() || proven > 0 && age > PROVEN_FOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fence_of_a_node_that_is_alone_is_open() {
        assert!(Fence::default().is_open() && !Fence::default().is_lost());
    }

    #[test]
    fn a_sign_of_life_opens_the_fence_for_as_long_as_it_is_fresh() {
        let began = Instant::now().checked_sub(Duration::from_secs(60)).expect("a minute ago");
        let fence = Fence { began, ..Fence::default() };
        fence.arm();
        fence.prove(fence.beat_ms());
        assert!(!fence.is_open() && !fence.is_lost(), "another one may claim at this moment");
        fence.claimed_ms.store(40_000, Ordering::SeqCst);
        assert!(!fence.is_open() && !fence.is_lost(), "nothing came back yet");
        fence.prove(fence.beat_ms() + 60_000);
        assert!(!fence.is_open(), "a beat of the future proves nothing");
        fence.prove(50_000);
        assert!(!fence.is_open() && fence.is_lost(), "one that was sent ten seconds ago");
        fence.prove(fence.beat_ms());
        assert!(fence.is_open() && !fence.is_lost());
        fence.replace();
        fence.prove(fence.beat_ms());
        assert!(!fence.is_open() && fence.is_lost());
    }
}
