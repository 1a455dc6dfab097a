//! A recording as messages to publish: what `run --exercise` makes of them is what a replay straight from the file makes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::pace::{Pace, Speed};
use super::recording::{LineClock, Recording, publishable};
use super::replay::{LogTopics, real_topic};
use crate::config;
use crate::model::{Span, Time};
use crate::wire::Arrival;

/// As `wire` has it: a source time this far ahead of arrival is not believed.
const AHEAD: Span = Span::from_secs(5);
/// Topics whose clocks are followed; beyond it all start anew.
const CLOCKS: usize = 65_536;

/// A message to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing<'a> {
    /// How long to wait before it is due.
    pub wait: Duration,
    /// Its topic for the real thing: to go below `vigie/exercise/<name>/`.
    pub topic: &'a str,
    /// Its payload, which tells the time of each sentence in it.
    pub payload: &'a [u8],
    /// When it came in, by the recording.
    pub time: Time,
}

/// Gives a recording's messages one by one, when they are due.
pub struct Feeder {
    recording: Recording,
    topics: LogTopics,
    pace: Pace,
    clocks: BTreeMap<String, LineClock>,
    payload: Vec<u8>,
}

impl Feeder {
    /// From a recording that was opened with [`super::recording::Grain::Line`].
    pub fn new(recording: Recording, feeds: &[config::Feed], speed: Speed) -> Feeder {
        let (topics, pace) = (LogTopics::new(feeds), Pace::new(speed));
        Feeder { recording, topics, pace, clocks: BTreeMap::new(), payload: Vec::new() }
    }

    /// The recording.
    pub fn recording(&mut self) -> &mut Recording {
        &mut self.recording
    }

    /// The next message; `None` at the end. Blank lines and comments are left out.
    ///
    /// # Errors
    /// When the recording can't be read on.
    pub fn next(&mut self) -> anyhow::Result<Option<Outgoing<'_>>> {
        loop {
            let Some(piece) = self.recording.next()? else { return Ok(None) };
            let (time, topic) = (piece.time, piece.topic);
            self.payload.clear();
            match piece.arrival {
                _ if piece.is_log => {
                    let line = piece.payload.trim_ascii();
                    if line.is_empty() || line.starts_with(b"#") {
                        continue;
                    }
                    publishable(line, piece.told, &mut self.payload);
                }
                Arrival::FromSource => self.payload.extend_from_slice(piece.payload),
                Arrival::Stamped(arrival) => {
                    if self.clocks.len() >= CLOCKS {
                        self.clocks.clear();
                    }
                    let clock = self.clocks.entry(topic.to_owned()).or_default();
                    stamped(piece.payload, arrival, clock, &mut self.payload);
                }
            }
            let wait = self.pace.wait_for(time);
            // Borrowed anew: the piece may have been left out above.
            let (is_log, topic) = self.recording.last_topic();
            let topic = if is_log { self.topics.of(topic) } else { real_topic(topic) };
            return Ok(Some(Outgoing { wait, topic, payload: &self.payload, time }));
        }
    }
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
        let told = clock.time_of(line).filter(|told| *told <= arrival + AHEAD);
        publishable(line, Some(told.unwrap_or(arrival)), out);
    }
}
