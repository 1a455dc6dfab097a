//! Counts of what was read and refused: of one payload, and summed by feed.

use serde::{Deserialize, Serialize};

use super::reason::{Blame, Reason};
use crate::model::{FeedId, Span};

const REASONS: usize = Reason::ALL.len();
// One bit of `Counts::counted` for each reason.
const _: () = assert!(REASONS <= 64);

/// Counts of one payload by [`Reason`], and the offset of the source's clock. Decoders return one for each payload;
/// [`Tally::record`] sums them by feed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "counts that no tally records are lost"]
pub struct Counts {
    by_reason: [u32; REASONS],
    /// Bit n is set where reason n was counted.
    counted: u64,
    /// Offset of the last time that the payload told from its arrival; positive where it was ahead.
    clock_ahead: Option<Span>,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts { by_reason: [0; REASONS], counted: 0, clock_ahead: None }
    }
}

impl Counts {
    /// Counts one.
    #[inline]
    pub fn count(&mut self, reason: Reason) {
        self.add(reason, 1);
    }

    /// Counts `n`.
    #[inline]
    pub fn add(&mut self, reason: Reason, n: u32) {
        if n > 0 {
            self.by_reason[reason as usize] += n;
            self.counted |= 1 << reason as u8;
        }
    }

    /// Notes how far a time of the source was ahead of its arrival.
    #[inline]
    pub fn note_clock(&mut self, ahead: Span) {
        self.clock_ahead = Some(ahead);
    }

    /// Returns how often a reason was counted.
    pub fn of(&self, reason: Reason) -> u32 {
        self.by_reason[reason as usize]
    }

    /// Returns how far the last time that the payload told was ahead of its arrival.
    pub fn clock_ahead(&self) -> Option<Span> {
        self.clock_ahead
    }
}

/// Counts of all payloads by feed and [`Reason`], and the last clock offset of each feed. Grows with the highest feed
/// number alone.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Counts in the order of the reasons, one block for each feed.
    counts: Vec<u64>,
    /// Offset of each feed's clock from arrival when it last told a time; positive where it was ahead.
    clocks: Vec<Option<Span>>,
}

impl Tally {
    /// Adds the counts of one payload of a feed.
    #[inline]
    pub fn record(&mut self, feed: FeedId, counts: &Counts) {
        let of_feed = self.of_feed(feed);
        let mut counted = counts.counted;
        while counted != 0 {
            let reason = counted.trailing_zeros() as usize;
            of_feed[reason] += u64::from(counts.by_reason[reason]);
            counted &= counted - 1;
        }
        if counts.clock_ahead.is_some() {
            let index = usize::from(feed.0);
            if index >= self.clocks.len() {
                self.clocks.resize(index + 1, None);
            }
            self.clocks[index] = counts.clock_ahead;
        }
    }

    /// Returns the counts that an older version of the saved state has: without the reasons that were added after it.
    pub fn of_version(version: u16, before: Tally) -> Tally {
        let reasons = match version {
            1 => 49,
            2 => 50,
            _ => 60,
        };
        let with_new = |counts: &[u64]| {
            let mut counts = counts.to_vec();
            counts.resize(REASONS, 0);
            counts
        };
        Tally { counts: before.counts.chunks(reasons).flat_map(with_new).collect(), clocks: before.clocks }
    }

    /// Counts one for a feed.
    pub fn count(&mut self, feed: FeedId, reason: Reason) {
        self.of_feed(feed)[reason as usize] += 1;
    }

    #[inline]
    fn of_feed(&mut self, feed: FeedId) -> &mut [u64] {
        let start = usize::from(feed.0) * REASONS;
        if start >= self.counts.len() {
            self.counts.resize(start + REASONS, 0);
        }
        &mut self.counts[start..start + REASONS]
    }

    /// Returns how far a feed's clock was ahead of arrival when it last told a time.
    pub fn clock_ahead(&self, feed: FeedId) -> Option<Span> {
        self.clocks.get(usize::from(feed.0)).copied().flatten()
    }

    /// Returns how often a reason was counted for one feed.
    pub fn of(&self, feed: FeedId, reason: Reason) -> u64 {
        self.counts.get(usize::from(feed.0) * REASONS + reason as usize).copied().unwrap_or(0)
    }

    /// Returns how often a reason was counted over all feeds.
    pub fn total(&self, reason: Reason) -> u64 {
        self.counts.iter().skip(reason as usize).step_by(REASONS).sum()
    }

    /// Returns how much was refused or mended, over all feeds and all reasons that somebody can mend.
    pub fn faults(&self) -> u64 {
        let faults = Reason::ALL.iter().filter(|reason| reason.blame() != Blame::Nobody);
        faults.map(|reason| self.total(*reason)).sum()
    }

    /// Returns feed, word of the reason and count of all that is not zero, sorted by feed, then by word.
    pub fn list(&self) -> Vec<(FeedId, &'static str, u64)> {
        let mut list: Vec<_> = self
            .counts
            .chunks_exact(REASONS)
            .enumerate()
            .flat_map(|(feed, counts)| {
                let named = Reason::ALL.iter().zip(counts).filter(|(_, count)| **count > 0);
                named.map(move |(reason, count)| (FeedId(feed as u16), reason.word(), *count))
            })
            .collect();
        list.sort_unstable();
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_sums_the_counts_of_payloads_by_feed_and_reason() {
        let mut tally = Tally::default();
        let mut counts = Counts::default();
        counts.count(Reason::Reports);
        counts.add(Reason::BadChecksum, 2);
        counts.add(Reason::BadTime, 0);
        tally.record(FeedId(2), &counts);
        assert_eq!(tally.clock_ahead(FeedId(2)), None);
        let mut counts = Counts::default();
        counts.count(Reason::BadChecksum);
        counts.note_clock(Span(-40));
        tally.record(FeedId(2), &counts);
        tally.count(FeedId(0), Reason::BadChecksum);
        assert_eq!((tally.clock_ahead(FeedId(2)), tally.clock_ahead(FeedId(0))), (Some(Span(-40)), None));
        assert_eq!(tally.total(Reason::BadChecksum), 4);
        assert_eq!(tally.of(FeedId(9), Reason::Reports), 0);
        assert_eq!(tally.faults(), 4);
        let list = tally.list();
        assert_eq!(
            list,
            [(FeedId(0), "bad-checksum", 1), (FeedId(2), "bad-checksum", 3), (FeedId(2), "reports", 1)]
        );
    }

    /// Saved counts stand in the order of the reasons without their words.
    #[test]
    fn a_change_of_the_reasons_needs_a_new_version_of_the_saved_tally() {
        let words: String = Reason::ALL.iter().map(|reason| reason.word()).collect::<Vec<_>>().join(" ");
        let hash = words.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        assert_eq!(
            (REASONS, hash),
            (61, 0x8e72_1e1b_cf1b_2c62),
            "raise the version of `input-tally` and read the older one too"
        );
    }

    #[test]
    fn words_are_distinct_and_index_their_place() {
        let mut words: Vec<_> = Reason::ALL.iter().map(|reason| reason.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), REASONS);
        assert!(Reason::ALL.iter().enumerate().all(|(i, reason)| *reason as usize == i));
    }
}
