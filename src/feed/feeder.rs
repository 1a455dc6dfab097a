//! A recording as messages to publish: what `run --exercise` makes of them is what a replay straight from the file makes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::recording::{Recording, publishable, timed};
use super::replay::{LogTopics, real_topic};
use super::speed::{Speed, Throttle};
use crate::config;
use crate::model::Time;
use crate::mqtt::filter_takes;
use crate::wire::{AHEAD_MAX, Arrival, Format, LineClock};

/// Topics whose clocks are followed; beyond it all start anew.
const CLOCKS: usize = 65_536;

/// A message to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing<'a> {
    /// Time to wait until the message is due.
    pub wait: Duration,
    /// Topic of the message outside exercises; a replay publishes it below `vigie/exercise/<name>/`.
    pub topic: &'a str,
    /// Payload, with the time of each sentence in it.
    pub payload: &'a [u8],
    /// Arrival time in the recording.
    pub time: Time,
}

/// Gives a recording's messages one by one, when they are due.
pub struct Feeder {
    recording: Recording,
    topics: LogTopics,
    /// Filters of feeds of which payloads are no text.
    binary: Vec<String>,
    throttle: Throttle,
    clocks: BTreeMap<String, LineClock>,
    payload: Vec<u8>,
}

impl Feeder {
    /// From a recording that was opened with [`super::recording::Grain::Line`].
    pub fn new(recording: Recording, feeds: &[config::Feed], speed: Speed) -> Feeder {
        let (topics, throttle) = (LogTopics::new(feeds), Throttle::new(speed));
        let binary = feeds.iter().filter(|feed| feed.format == Format::Asterix);
        let binary = binary.flat_map(|feed| feed.topics.clone()).collect();
        Feeder { recording, topics, binary, throttle, clocks: BTreeMap::new(), payload: Vec::new() }
    }

    /// The recording.
    pub fn recording(&mut self) -> &mut Recording {
        &mut self.recording
    }

    /// The next message; `None` at the end.
    ///
    /// # Errors
    /// When the recording can't be read on.
    pub fn next_message(&mut self) -> anyhow::Result<Option<Outgoing<'_>>> {
        let Some(piece) = self.recording.next_piece()? else { return Ok(None) };
        let wait = self.throttle.wait_for(piece.time);
        self.payload.clear();
        match piece.arrival {
            _ if piece.is_log => publishable(piece.payload, piece.told, &mut self.payload),
            Arrival::FromSource => self.payload.extend_from_slice(piece.payload),
            Arrival::Stamped(arrival) if is_binary(&self.binary, piece.topic) => {
                timed(piece.payload, arrival, &mut self.payload);
            }
            Arrival::Stamped(arrival) => {
                if self.clocks.len() >= CLOCKS {
                    self.clocks.clear();
                }
                let clock = self.clocks.entry(piece.topic.to_owned()).or_default();
                stamped(piece.payload, arrival, clock, &mut self.payload);
            }
        }
        let topic = self.topics.of(&piece);
        Ok(Some(Outgoing { wait, topic, payload: &self.payload, time: piece.time }))
    }
}

fn is_binary(filters: &[String], topic: &str) -> bool {
    filters.iter().any(|filter| filter_takes(filter, real_topic(topic)))
}

/// A message that came in at `arrival`: each sentence that tells no believable time gets that one.
fn stamped(payload: &[u8], arrival: Time, clock: &mut LineClock, out: &mut Vec<u8>) {
    if matches!(payload.trim_ascii_start().first(), Some(b'{' | b'[') | None) {
        return out.extend_from_slice(payload);
    }
    for line in payload.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        if !out.is_empty() {
            out.push(b'\n');
        }
        let told = clock.time_at(line, Some(arrival)).filter(|told| *told <= arrival + AHEAD_MAX);
        publishable(line, Some(told.unwrap_or(arrival)), out);
    }
}
