//! Decoders: bytes to reports. Pure: no input or output, no clock. They never panic, whatever the bytes, and their memory
//! is bounded.
//!
//! [`Format`] lists the formats, each with the decoder of its own file; a [`Decoder`] reads the payloads of one topic.
//! Decoders append to the inputs of the engine and return their [`Counts`], which a [`Tally`] sums by feed. They share
//! nothing but [`Stations`], the registry that gives receiving stations their numbers.
//!
//! Modules import downward only:
//!
//! | module | content |
//! | --- | --- |
//! | `decoder`, `saved`, `record_time`, [`transcript`] | the list of formats; decoders in saved state; times of lines of JSON and SBS; all fields of every AIS message of a text |
//! | `json`, `air`, `asterix` | decoders of AIS-catcher, Digitraffic and tracks; SBS, readsb and Mode S; ASTERIX |
//! | `nmea` | decoder of NMEA 0183 lines: frame, time, fragments |
//! | [`shared`] | signed envelopes of other centres |
//! | [`ais`], `radar` | messages of ITU-R M.1371-5; radar and navigation sentences of IEC 61162-1 |
//! | `source`, `source_clocks` | state that every decoder keeps: feed, newest times, last station; clocks that are behind |
//! | `context` | what one call works with: arrival, stations, inputs, counts |
//! | `stations`, `tally`, `times`, `words`, `reason` | station numbers; counts; times as receivers write them; bytes eight at a time and checksums; what is counted |
//!
//! To add a format: a new file with the decoder (`new`, `decode`, a `source`), its line in the list of `decoder.rs`, a
//! page in `docs`, and fixtures beside the tests in `tests`.

pub mod actions;
mod air;
pub mod ais;
pub mod asterix;
mod context;
mod decoder;
mod json;
mod nmea;
mod radar;
mod reason;
mod record_time;
mod saved;
pub mod shared;
mod source;
mod source_clocks;
mod stations;
mod tally;
#[cfg(test)]
mod tests;
mod times;
pub mod transcript;
mod words;

#[cfg(feature = "mode-s")]
pub use air::AIRCRAFT_MAX;
pub use air::SNAPSHOT_BYTES_MAX;
pub use context::Arrival;
pub use decoder::{Decoder, Format};
pub use json::{JSON_BYTES_MAX, track_schema};
pub use nmea::{CONTEXT_AGE_MAX, FRAGMENT_AGE_MAX, LINE_BYTES_MAX, LineClock};
pub use radar::{HEADING_AGE_MAX, POSITION_AGE_MAX, TIME_OF_DAY_MAX};
pub use reason::{Blame, Reason};
pub use record_time::{assumed, is_record, record_time};
pub use saved::DecoderBefore;
pub use source::AHEAD_MAX;
pub use source_clocks::BEHIND_MAX;
pub use stations::{STATION_NAME_MAX, STATIONS_MAX, Sensor, Stations};
pub use tally::{Counts, Tally};
pub use times::Assumed;
