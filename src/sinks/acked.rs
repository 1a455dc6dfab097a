//! One message in flight to a broker: the next one leaves after the broker has acknowledged it.
//!
//! What a client holds across connections (packet numbers, queued requests) is never trusted: the journal knows what was not
//! acknowledged, and each connection has a client of its own.

use std::time::Duration;

use tokio::sync::watch;

use super::Undelivered;
use crate::mqtt::{Client, Event, Qos};

/// A broker that does not acknowledge for so long is asked again on a new connection.
const ACK_PATIENCE: Duration = Duration::from_secs(30);

/// The connection as deliveries see it.
#[derive(Clone, Debug, Default)]
struct State {
    /// Sends on the connection that stands.
    client: Option<Client>,
    /// Counts connections.
    connection: u64,
    /// Counts acknowledgements by the broker.
    acknowledged: u64,
}

/// Sends messages at QoS 1, one in flight.
#[derive(Clone, Debug)]
pub struct Acked(watch::Receiver<State>);

/// Follows the events of the connection that an [`Acked`] sends on.
#[derive(Debug)]
pub struct AckedLink(watch::Sender<State>);

/// Returns the two ends: one follows a connection, the other one sends on it.
pub fn acked() -> (AckedLink, Acked) {
    let (link, acked) = watch::channel(State::default());
    (AckedLink(link), Acked(acked))
}

impl AckedLink {
    /// Takes note of an event of the connection.
    pub fn note(&self, event: &Event) {
        match event {
            Event::Up { client, .. } => self.0.send_modify(|state| {
                state.client = Some(client.clone());
                state.connection += 1;
            }),
            Event::Acknowledged => self.0.send_modify(|state| state.acknowledged += 1),
            Event::Down { .. } | Event::Ended => self.0.send_modify(|state| state.client = None),
            Event::Subscribed { .. } | Event::Message(_) | Event::TooLarge => {}
        }
    }

    /// Returns what sends on the connection that stands.
    pub fn client(&self) -> Option<Client> {
        self.0.borrow().client.clone()
    }
}

impl Acked {
    /// Whether there is a connection.
    pub fn is_up(&self) -> bool {
        self.0.borrow().client.is_some()
    }

    /// Waits until there is a connection.
    pub async fn up(&mut self) {
        if self.0.wait_for(|state| state.client.is_some()).await.is_err() {
            // The connection's task is gone, which is a fault of vigie: nothing is delivered any more.
            std::future::pending().await
        }
    }

    /// Sends a message; returns once the broker has acknowledged it.
    ///
    /// # Errors
    /// There is no connection, or the broker did not acknowledge on it.
    pub async fn publish(&mut self, topic: String, payload: &str) -> Result<(), Undelivered> {
        let before = self.0.borrow().clone();
        let later = |why: &str| Err(Undelivered::Later(why.to_owned()));
        let Some(client) = before.client else { return later("there is no connection to the broker") };
        if !client.try_publish(topic, Qos::AtLeastOnce, false, payload) {
            return later("the broker takes no more messages");
        }
        let is_over = |state: &State| {
            state.acknowledged > before.acknowledged
                || state.connection != before.connection
                || state.client.is_none()
        };
        match tokio::time::timeout(ACK_PATIENCE, self.0.wait_for(is_over)).await {
            Ok(Ok(state)) if state.acknowledged > before.acknowledged => Ok(()),
            Ok(_) => later("the connection to the broker was lost"),
            Err(_) => {
                // Asks again on a new connection.
                client.disconnect();
                later("the broker did not acknowledge")
            }
        }
    }
}
