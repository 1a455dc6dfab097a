//! Tests of the whole way from bytes to inputs.

use super::{Arrival, Decoder, Format, Stations, Tally};
use crate::model::{FeedId, Input, Time};

mod air;
mod any_bytes;
mod arrows;
mod asterix;
mod framing;
mod json;
mod lost_line_ends;
mod radar;
mod radar_oracle;
mod reassembly;
mod recordings;
mod times;
mod tracks;
mod wrong_clocks;

/// Reads a payload in a decoder of its own.
fn read(format: Format, topic: &str, payload: &[u8], arrival: Arrival) -> (Vec<Input>, Tally) {
    let (mut out, mut tally, mut stations) = (Vec::new(), Tally::default(), Stations::default());
    let mut decoder = Decoder::new(FeedId(0), format);
    tally.record(FeedId(0), &decoder.read(topic, payload, arrival, &mut stations, &mut out));
    (out, tally)
}

/// An arrival for lines whose time is of no matter.
const NOW: Arrival = Arrival::Stamped(Time::from_secs(1_767_225_600));

/// `word count` of all that was counted, but lines and reports.
fn counted(tally: &Tally) -> String {
    let words = tally.list().into_iter().filter(|(_, word, _)| !matches!(*word, "lines" | "reports"));
    words.map(|(_, word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}
