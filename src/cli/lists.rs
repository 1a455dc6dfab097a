//! Vessel lists over MQTT: when each message is looked at, so that lists never hold the feeds up.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::mqtt::Message;

/// Interval at which messages are looked at on average.
const EVERY: Duration = Duration::from_secs(1);
/// Greatest lead, for the retained lists that a broker delivers at a connection.
const AT_ONCE: Duration = Duration::from_secs(20);
/// A message is followed by a pause of so many times the time that it took: the feeds have ten elevenths of the engine.
const PAUSE: u32 = 10;
/// Topics whose newest messages wait; more wait at the broker.
const TOPICS: usize = 64;

/// Messages with vessel lists. Of those of one topic that wait, the newest counts alone.
pub(super) struct Lists {
    messages: mpsc::Receiver<Message>,
    waiting: VecDeque<Message>,
    used_until: Instant,
}

impl Lists {
    /// Reads messages of a subscription.
    pub fn new(messages: mpsc::Receiver<Message>) -> Lists {
        Lists { messages, waiting: VecDeque::new(), used_until: Instant::now() }
    }

    /// Returns the next message that is to be looked at.
    pub async fn next(&mut self) -> Message {
        loop {
            let from = self.used_until.checked_sub(AT_ONCE).unwrap_or(self.used_until);
            tokio::select! {
                Some(message) = self.messages.recv(), if self.waiting.len() < TOPICS => {
                    match self.waiting.iter_mut().find(|waiting| waiting.topic() == message.topic()) {
                        Some(waiting) => *waiting = message,
                        None => self.waiting.push_back(message),
                    }
                }
                () = tokio::time::sleep_until(from), if !self.waiting.is_empty() => {
                    if let Some(message) = self.waiting.pop_front() {
                        return message;
                    }
                }
                else => std::future::pending::<()>().await,
            }
        }
    }

    /// Notes how long a message took to come into force.
    pub fn note(&mut self, took: Duration) {
        self.used_until = self.used_until.max(Instant::now()) + EVERY.max(took * PAUSE);
    }
}
