//! A recording as messages to publish: what `run --exercise` makes of them is what a replay straight from the file makes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::recording::{Piece, Recording, publishable, timed};
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
    throttle: Throttle,
    messages: Messages,
}

impl Feeder {
    /// From a recording that was opened with [`super::recording::Grain::Line`].
    pub fn new(recording: Recording, feeds: &[config::Feed], speed: Speed) -> Feeder {
        Feeder { recording, throttle: Throttle::new(speed), messages: Messages::new(feeds) }
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
        let (wait, time) = (self.throttle.wait_for(piece.time), piece.time);
        let (topic, payload) = self.messages.of(&piece);
        Ok(Some(Outgoing { wait, topic, payload, time }))
    }
}

/// Makes messages, as receivers send them, of the pieces of a recording.
#[derive(Debug)]
pub struct Messages {
    topics: LogTopics,
    /// Filters of feeds of which payloads are no text.
    binary: Vec<String>,
    clocks: BTreeMap<String, LineClock>,
    payload: Vec<u8>,
}

impl Messages {
    /// Makes messages for the feeds of a configuration.
    pub fn new(feeds: &[config::Feed]) -> Messages {
        let binary = feeds.iter().filter(|feed| feed.format == Format::Asterix);
        let binary = binary.flat_map(|feed| feed.topics.clone()).collect();
        Messages { topics: LogTopics::new(feeds), binary, clocks: BTreeMap::new(), payload: Vec::new() }
    }

    /// Returns the topic of a piece outside exercises, and its payload with the time of each sentence in it.
    pub fn of<'a>(&'a mut self, piece: &Piece<'a>) -> (&'a str, &'a [u8]) {
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
        (self.topics.of(piece), &self.payload)
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
