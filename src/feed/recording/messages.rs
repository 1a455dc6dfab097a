//! Recordings of messages, each on its topic with its arrival: MCAP and packet captures.

use super::recorder::About;

/// One message.
#[derive(Debug)]
pub(super) struct Message {
    /// Whether it has been handed out, or none was read yet.
    pub taken: bool,
    /// Index in [`Messages::topics`].
    pub topic: usize,
    /// Arrival, ns since 1970; never goes back.
    pub log_time_ns: i64,
    /// Payload as received.
    pub payload: Vec<u8>,
}

impl Default for Message {
    fn default() -> Self {
        Message { taken: true, topic: 0, log_time_ns: 0, payload: Vec::new() }
    }
}

/// A file of messages, read from its beginning.
pub(super) trait Messages: Send {
    /// The next message into `message`; false at the end, whole or cut short.
    ///
    /// # Errors
    /// When the disk fails, or the file is written in a way that can't be read.
    fn next(&mut self, message: &mut Message) -> anyhow::Result<bool>;

    /// Topics met so far.
    fn topics(&self) -> &[String];

    /// Returns the recording's description of itself, as far as it has been read.
    fn about(&self) -> Option<&About>;

    /// Returns the notices about the recording once its end is reached: cut short, packets skipped.
    fn notices(&self) -> Vec<String>;
}
