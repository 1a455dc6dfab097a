//! Bytes to reports. Pure; never panics, whatever the bytes; memory bounded.

use crate::model::{FeedId, Input, StationId, Time};

/// How a feed's payloads are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Lines of NMEA 0183 with AIVDM sentences, TAG blocks, `$PGHP` lines, times after the checksum.
    Nmea,
    /// AIS-catcher's JSON (JSON_FULL, JSON_NMEA) or its plain NMEA.
    AisCatcher,
    /// Digitraffic's `vessels-v2/<mmsi>/location` and `…/metadata`.
    Digitraffic,
}

/// What stands for the arrival time of a payload's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The moment it came in. A source time over 5 s ahead of it is not believed.
    Stamped(Time),
    /// The running maximum of the times in the content itself: text logs and exercises.
    FromSource,
}

/// Which feed and number a station's name has, over all sessions of a run; bounded.
#[derive(Debug, Default)]
pub struct Stations {}

impl Stations {
    /// Reports of this station are this feed's, whatever topic or file brings them.
    pub fn claim(&mut self, _station: &str, _feed: FeedId) {}

    /// The feed and number of a station heard in a session of `feed`.
    pub fn resolve(&mut self, feed: FeedId, _name: &[u8]) -> (FeedId, StationId) {
        (feed, StationId(0))
    }
}

/// What was read and what was refused, by feed and reason.
#[derive(Debug, Default)]
pub struct Tally {}

/// One connection's worth of reading: open multi-sentence messages and the last time told.
#[derive(Debug)]
pub struct Session {}

impl Session {
    /// A session for payloads of a feed.
    pub fn new(_feed: FeedId, _format: Format) -> Session {
        Session {}
    }

    /// Reads a payload, one sentence or thousands of lines, and appends what it says, in its order.
    pub fn read(
        &mut self,
        _topic: &str,
        _payload: &[u8],
        _arrival: Arrival,
        _stations: &mut Stations,
        _tally: &mut Tally,
        _out: &mut Vec<Input>,
    ) {
    }
}
