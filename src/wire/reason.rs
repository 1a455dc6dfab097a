//! Reasons for which decoders count: work done, and every way in which a line, message or field can be wrong.

/// Party that can mend what a [`Reason`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Nobody: the reason counts work done.
    Nobody,
    /// The vessel or station that transmitted: its installation or its crew.
    Sender,
    /// The receiver, network or program that delivered the payload.
    Link,
    /// A bound of this program's own memory.
    Bounds,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident, $word:literal, $blame:ident;)*) => {
        /// One thing that decoders count, kept for each feed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason, in the order of declaration.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// Returns the stable word that status, metrics and summaries use.
            pub const fn word(self) -> &'static str {
                match self { $(Reason::$name => $word,)* }
            }

            /// Returns the party that can mend it.
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
    /// Times that a source told without a report, passed to the engine as ticks.
    Ticks, "ticks", Nobody;
    /// Retained MQTT messages, dropped as old news; the feed counts these, no decoder does.
    Retained, "retained", Nobody;
    /// Correct sentences, frames or lines of a kind that Vigie does not use.
    OtherSentence, "other-sentence", Nobody;
    /// Sentences of own ship's heading or position, for bearings and for radars that move.
    OwnShip, "own-ship", Nobody;
    /// A radar target that the radar did not measure: its reference target, or one that another sensor reported.
    ReferenceTarget, "reference-target", Nobody;
    /// Comment lines (`#`).
    Comment, "comment", Nobody;
    /// A line without the `!` or `$` that opens a sentence.
    NotASentence, "not-a-sentence", Link;
    /// A line over [`super::LINE_BYTES_MAX`], or an AIS message over five slots.
    TooLong, "too-long", Link;
    /// A sentence without `*hh`.
    NoChecksum, "no-checksum", Link;
    /// A sentence whose checksum differs.
    BadChecksum, "bad-checksum", Link;
    /// A TAG block without an end or a checksum.
    BadTagBlock, "bad-tag-block", Link;
    /// A TAG block whose checksum differs: its source cannot be trusted, so its sentence is dropped too.
    BadTagChecksum, "bad-tag-checksum", Link;
    /// A VDM or VDO sentence with fields missing.
    BadFields, "bad-fields", Link;
    /// A radar sentence with a field that is missing, malformed or out of range.
    RadarFields, "radar-fields", Link;
    /// A range and bearing from a feed without `position` whose stream has no recent position of own ship.
    NoSite, "no-site", Link;
    /// A bearing relative to the bow, with no true heading in the stream in the last 5 s.
    NoHeading, "no-heading", Link;
    /// Fill bits that are not a digit from 0 to 5, or that are not 0 before the last fragment.
    BadFillBits, "bad-fill-bits", Link;
    /// Fragment n of m where n is 0 or over m, or m is 0 or over 9.
    BadFragment, "bad-fragment", Link;
    /// A character outside the six-bit armour.
    IllegalArmour, "illegal-armour", Link;
    /// A sentence with no payload.
    EmptyPayload, "empty-payload", Link;
    /// Fewer bits than the fields of the message type need.
    ShortPayload, "short-payload", Link;
    /// A message type that M.1371-5 does not define (0, 28 to 63), or a type 24 part other than A and B.
    UnknownType, "unknown-type", Sender;
    /// A later fragment whose first fragment was not received.
    OrphanFragment, "orphan-fragment", Link;
    /// Fragments whose rest did not come within [`super::FRAGMENT_AGE_MAX`], or before a recording ended.
    ExpiredFragment, "expired-fragment", Link;
    /// Fragments dropped to make room for newer ones.
    EvictedFragment, "evicted-fragment", Bounds;
    /// MMSI 0 or over nine digits, which ITU-R M.585 gives to nobody. The message counts: a craft may be behind it.
    IllegalMmsi, "illegal-mmsi", Sender;
    /// An aircraft address that is malformed or 0, or a track number of a ground station in its place.
    IllegalAddress, "illegal-address", Sender;
    /// A Mode S frame of a length that no format has, or with characters that are not hexadecimal digits.
    BadFrame, "bad-frame", Link;
    /// A Mode S frame whose parity differs, or whose address no complete frame has confirmed in the last 300 s.
    BadParity, "bad-parity", Link;
    /// An aircraft in a snapshot that the receiver has not heard for 60 s: a repetition.
    Stale, "stale", Nobody;
    /// A field with a value that its format leaves undefined or that is impossible; the rest of the message is kept.
    IllegalValue, "illegal-value", Sender;
    /// A time that is malformed, before 1995 or after 2099; the message counts as having none.
    BadTime, "bad-time", Link;
    /// A source time over 5 s ahead of arrival: the arrival time stands for it.
    TimeAhead, "time-ahead", Link;
    /// A report without a known time: no line before it told one, or its own is far behind arrival and nothing shows yet whether
    /// the report waited or the clock of its source is wrong.
    NoTime, "no-time", Link;
    /// A station name that is too long or finds no room in [`super::Stations`], or an aircraft that finds none.
    StationsFull, "stations-full", Bounds;
    /// Text that is not JSON.
    BadJson, "bad-json", Link;
    /// JSON without the fields that make a report.
    JsonFields, "json-fields", Link;
    /// A JSON object over [`super::JSON_BYTES_MAX`].
    JsonTooLong, "json-too-long", Link;
    /// A topic that does not name a vessel and a kind of message where it must.
    BadTopic, "bad-topic", Link;
    /// An ASTERIX block whose length is shorter than its header or reaches beyond the payload.
    BadBlock, "bad-block", Link;
    /// An ASTERIX record without items, or whose items reach beyond its block; the rest of the block is dropped.
    BadRecord, "bad-record", Link;
    /// An ASTERIX block of a category that Vigie does not read.
    OtherCategory, "other-category", Nobody;
    /// A plot for which the radar keeps no track.
    NoTrack, "no-track", Nobody;
    /// A simulated target, a test target or a field monitor.
    TestTarget, "test-target", Nobody;
    /// A track without a possible position, with one relative to a site that the feed's configuration lacks, with one at
    /// range 0, or with one over 500 km from the site of its radar. A position at exactly 0N 0E, which feeds write for
    /// none; the rest of such a report is kept.
    NoPosition, "no-position", Link;
    /// A source time far behind arrival whose source has a wrong clock: the arrival time stands for it.
    TimeBehind, "time-behind", Link;
    /// A message of another centre without a signature, or one that says it has none (`alg: none`).
    Unsigned, "unsigned", Link;
    /// A message of another centre that is signed by an algorithm other than Ed25519, or is no envelope of Vigie's.
    OtherAlgorithm, "other-algorithm", Link;
    /// A message of another centre whose signature is not that of the centre's key, or a centre whose key is not known.
    WrongSignature, "wrong-signature", Link;
    /// A message of another centre that names a sender other than its topic does.
    WrongSender, "wrong-sender", Link;
    /// A message of another centre that is for another recipient, or of another kind or identifier than its topic says.
    NotAddressed, "not-addressed", Link;
    /// A message of another centre that belongs to another exercise, or to none.
    OtherExercise, "other-exercise", Link;
    /// A message of another centre that was sent too long before its arrival: tracks 15 minutes, else seven days.
    SentLongAgo, "sent-long-ago", Link;
    /// A message of another centre whose sender's clock is ahead by more than five minutes.
    SentAhead, "sent-ahead", Link;
    /// A message of another centre whose number is older than those remembered: somebody sends an old message again.
    Replayed, "replayed", Link;
    /// A message of another centre that came before: the sender or a broker was not sure that it had arrived.
    Repeated, "repeated", Nobody;
    /// NMEA 2000 as text (`$PCDIN`, `$MXPGN`, `!PDGY`, frames in hexadecimal digits) or as JSON: a format that is not read.
    Nmea2000, "nmea-2000", Link;
}
