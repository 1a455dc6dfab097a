//! What was read and what was refused, by feed and reason.

use serde::{Deserialize, Serialize};

use crate::model::{FeedId, Span};

/// Who can mend what a [`Reason`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Nobody: it counts work done.
    Nobody,
    /// The vessel or station that transmitted: its installation or its crew.
    Sender,
    /// The receiver, network or program that brought it.
    Link,
    /// This program's own bounds.
    Bounds,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident, $word:literal, $blame:ident;)*) => {
        /// One thing that is counted for each feed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason, in the order of declaration.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// The stable word that status, metrics and summaries use.
            pub const fn word(self) -> &'static str {
                match self { $(Reason::$name => $word,)* }
            }

            /// Who can mend it.
            pub const fn blame(self) -> Blame {
                match self { $(Reason::$name => Blame::$blame,)* }
            }
        }
    };
}

reasons! {
    /// Lines, JSON objects or ASTERIX records read.
    Lines, "lines", Nobody;
    /// Reports given to the engine.
    Reports, "reports", Nobody;
    /// Radar contacts given to the engine.
    Contacts, "contacts", Nobody;
    /// Reports of aircraft given to the engine.
    Aircraft, "aircraft", Nobody;
    /// Times told with no report.
    Ticks, "ticks", Nobody;
    /// Retained messages, dropped as old news; the feed counts these.
    Retained, "retained", Nobody;
    /// Sentences in order, of a kind that is not used.
    OtherSentence, "other-sentence", Nobody;
    /// Sentences of own ship's heading or position, for bearings and for radars that move.
    OwnShip, "own-ship", Nobody;
    /// A radar's target that it did not measure: its reference target, or one reported by another sensor.
    ReferenceTarget, "reference-target", Nobody;
    /// Comment lines (`#`).
    Comment, "comment", Nobody;
    /// No `!` or `$` that opens a sentence.
    NotASentence, "not-a-sentence", Link;
    /// A line over [`super::LINE_BYTES_MAX`], or a payload over five slots.
    TooLong, "too-long", Link;
    /// A sentence without `*hh`.
    NoChecksum, "no-checksum", Link;
    /// A sentence whose sum differs.
    BadChecksum, "bad-checksum", Link;
    /// A TAG block without an end or a sum.
    BadTagBlock, "bad-tag-block", Link;
    /// A TAG block whose sum differs: its source can't be trusted, so the sentence falls with it.
    BadTagChecksum, "bad-tag-checksum", Link;
    /// A VDM or VDO sentence with fields missing.
    BadFields, "bad-fields", Link;
    /// A radar's sentence with a field missing, or out of its form or range.
    RadarFields, "radar-fields", Link;
    /// A range and bearing from a feed without `position`, and no position of own ship in its stream.
    NoSite, "no-site", Link;
    /// A bearing from the bow, and no true heading in its stream in the last 5 s.
    NoHeading, "no-heading", Link;
    /// Fill bits that are no digit of 0 to 5, or given before the last fragment.
    BadFillBits, "bad-fill-bits", Link;
    /// Fragment n of m with n of 0 or over m, or m of 0 or over 9.
    BadFragment, "bad-fragment", Link;
    /// A character outside the six-bit armour.
    IllegalArmour, "illegal-armour", Link;
    /// A sentence with no payload.
    EmptyPayload, "empty-payload", Link;
    /// Fewer bits than the message's type has fields.
    ShortPayload, "short-payload", Link;
    /// A message type that M.1371-5 does not define (0, 28 to 63), or a type 24 part other than A and B.
    UnknownType, "unknown-type", Sender;
    /// A later fragment whose first one was not heard.
    OrphanFragment, "orphan-fragment", Link;
    /// Fragments whose rest did not come within [`super::FRAGMENT_AGE_MAX`].
    ExpiredFragment, "expired-fragment", Link;
    /// Fragments put out by newer ones.
    EvictedFragment, "evicted-fragment", Bounds;
    /// MMSI 0, "not available", or over nine digits: a message about nobody.
    IllegalMmsi, "illegal-mmsi", Sender;
    /// An aircraft's address that is none, or a ground station's own number for what its radar sees.
    IllegalAddress, "illegal-address", Sender;
    /// A Mode S frame of a length that there is none of, or with characters that are no digits.
    BadFrame, "bad-frame", Link;
    /// A Mode S frame whose parity differs, or that tells an address which no whole frame has told lately.
    BadParity, "bad-parity", Link;
    /// An aircraft in a snapshot that was not heard for a minute: told again, not news.
    Stale, "stale", Nobody;
    /// A field with a value that its format (M.1371-5, a radar's) leaves undefined or that cannot be; the rest of the message is kept.
    IllegalValue, "illegal-value", Sender;
    /// A time that is none, or before 1995 or after 2100: as if not told.
    BadTime, "bad-time", Link;
    /// A source time over 5 s ahead of arrival: arrival is taken.
    TimeAhead, "time-ahead", Link;
    /// A line before any time was told.
    NoTime, "no-time", Link;
    /// A station that has no room in [`super::Stations`], or a name over its length.
    StationsFull, "stations-full", Bounds;
    /// Not JSON.
    BadJson, "bad-json", Link;
    /// JSON without the fields that make a report.
    JsonFields, "json-fields", Link;
    /// A JSON object over [`super::JSON_BYTES_MAX`].
    JsonTooLong, "json-too-long", Link;
    /// A topic that does not name a vessel where it should.
    BadTopic, "bad-topic", Link;
    /// An ASTERIX block whose length is under its header's or beyond the payload's end.
    BadBlock, "bad-block", Link;
    /// An ASTERIX record whose items do not end within its block, or that has none: the block's rest falls with it.
    BadRecord, "bad-record", Link;
    /// An ASTERIX block of a category that is not read.
    OtherCategory, "other-category", Nobody;
    /// A target of which the radar keeps no track.
    NoTrack, "no-track", Nobody;
    /// A simulated target, a test target or a field monitor.
    TestTarget, "test-target", Nobody;
    /// A track whose position is not told, can't be, or needs the radar's site, which the feed does not give.
    NoPosition, "no-position", Link;
}

const REASONS: usize = Reason::ALL.len();

/// What was read and what was refused, by feed and reason. Grows with the highest feed number alone.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// By feed, and in it by reason.
    counts: Vec<u64>,
    /// How far each feed's clock was ahead of arrival at its last word that told a time.
    clocks: Vec<Option<Span>>,
}

impl Tally {
    /// Counts one.
    #[inline]
    pub fn count(&mut self, feed: FeedId, reason: Reason) {
        self.add(feed, reason, 1);
    }

    /// Counts `n`.
    #[inline]
    pub fn add(&mut self, feed: FeedId, reason: Reason, n: u64) {
        let index = usize::from(feed.0) * REASONS + reason as usize;
        if index >= self.counts.len() {
            self.counts.resize((usize::from(feed.0) + 1) * REASONS, 0);
        }
        if let Some(count) = self.counts.get_mut(index) {
            *count += n;
        }
    }

    /// A feed told a time that is so far ahead of its arrival.
    #[inline]
    pub fn clock(&mut self, feed: FeedId, ahead: Span) {
        let index = usize::from(feed.0);
        if index >= self.clocks.len() {
            self.clocks.resize(index + 1, None);
        }
        self.clocks[index] = Some(ahead);
    }

    /// How far a feed's clock was ahead of arrival when it last told a time.
    pub fn clock_ahead(&self, feed: FeedId) -> Option<Span> {
        self.clocks.get(usize::from(feed.0)).copied().flatten()
    }

    /// How often, for one feed.
    pub fn of(&self, feed: FeedId, reason: Reason) -> u64 {
        self.counts.get(usize::from(feed.0) * REASONS + reason as usize).copied().unwrap_or(0)
    }

    /// How often, over all feeds.
    pub fn total(&self, reason: Reason) -> u64 {
        self.counts.iter().skip(reason as usize).step_by(REASONS).sum()
    }

    /// How much was refused or mended, over all feeds and reasons with somebody to blame.
    pub fn faults(&self) -> u64 {
        let faults = Reason::ALL.iter().filter(|reason| reason.blame() != Blame::Nobody);
        faults.map(|reason| self.total(*reason)).sum()
    }

    /// `(feed, reason's word, count)` of all that is not zero, sorted by feed, then word.
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
    fn counts_by_feed_and_reason() {
        let mut tally = Tally::default();
        tally.count(FeedId(2), Reason::Reports);
        tally.add(FeedId(2), Reason::BadChecksum, 3);
        tally.count(FeedId(0), Reason::BadChecksum);
        assert_eq!(tally.total(Reason::BadChecksum), 4);
        assert_eq!(tally.of(FeedId(9), Reason::Reports), 0);
        assert_eq!(tally.faults(), 4);
        let list = tally.list();
        assert_eq!(
            list,
            [(FeedId(0), "bad-checksum", 1), (FeedId(2), "bad-checksum", 3), (FeedId(2), "reports", 1)]
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
