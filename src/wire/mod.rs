//! Bytes to reports. Pure; never panics, whatever the bytes; memory bounded.
//!
//! The way of a line: `frame` takes it apart and checks its sums, [`LineClock`] says its time,
//! `assembly` joins fragments, [`ais`] decodes, [`Session`] makes the report; `radar` makes contacts of a radar's
//! targets. What is refused is counted in a [`Tally`] by feed and [`Reason`].

mod air;
pub mod ais;
mod assembly;
pub mod asterix;
mod clock;
mod frame;
mod json;
mod radar;
mod session;
mod stations;
mod tally;

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;
pub mod transcript;

pub use air::{AIRCRAFT_MAX, SNAPSHOT_BYTES_MAX};
pub use assembly::FRAGMENT_AGE_MAX;
pub use clock::LineClock;
pub use json::JSON_BYTES_MAX;
pub use radar::{HEADING_AGE_MAX, POSITION_AGE_MAX, TIME_OF_DAY_MAX};
pub use session::{AHEAD_MAX, CONTEXT_AGE_MAX, LINE_BYTES_MAX, Session};
pub use stations::{STATION_NAME_MAX, STATIONS_MAX, Sensor, Stations};
pub use tally::{Blame, Reason, Tally};

use crate::model::Time;

/// How a feed's payloads are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Format {
    /// Lines of NMEA 0183: AIVDM sentences, radars' TTM and TLL, TAG blocks, `$PGHP` lines, times after the checksum.
    Nmea,
    /// AIS-catcher's JSON (JSON_FULL, JSON_NMEA) or its plain NMEA.
    AisCatcher,
    /// Digitraffic's `vessels-v2/<mmsi>/location` and `…/metadata`.
    Digitraffic,
    /// ASTERIX data blocks, one or several to a payload.
    Asterix,
    /// Tracks of any sensor as GeoJSON Features (`docs/tracks.md`).
    Tracks,
    /// SBS-1 ("BaseStation") lines of aircraft.
    Sbs,
    /// readsb's and dump1090's `aircraft.json`.
    Readsb,
    /// Raw Mode S: Beast, AVR lines, or JSON with `frame` and `timestamp`.
    ModeS,
}

impl Format {
    /// What a payload of a feed that nobody configured seems to be: ASTERIX where it is nothing but blocks, else NMEA.
    pub fn guess(payload: &[u8]) -> Format {
        if asterix::is_blocks(payload) { Format::Asterix } else { Format::Nmea }
    }
}

/// What stands for the arrival time of a payload's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The moment it came in. A source time over 5 s ahead of it is not believed.
    Stamped(Time),
    /// The running maximum of the times in the content itself: text logs and exercises.
    FromSource,
}
