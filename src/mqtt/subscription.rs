//! A topic beside the feeds, read by a connection of its own: lists of vessels, a real distress during an exercise.
//! Its messages have no place in the engine's order of messages.

use tokio::sync::mpsc;

use super::{Connection, Event, Message, Options, Qos};
use crate::config::Broker;
use crate::telemetry;

/// Messages that wait to be looked at; the connection waits for them.
const WAITING: usize = 4;

/// Reads a topic filter under this client name, retained messages too, until nobody takes what comes. `too_large` is called for each
/// message that is dropped for its size.
///
/// # Errors
/// Files that the broker's configuration names cannot be read.
pub fn subscribe(
    broker: &Broker,
    client_id: String,
    filter: String,
    too_large: impl Fn() + Send + 'static,
) -> anyhow::Result<mpsc::Receiver<Message>> {
    let subscriptions = vec![(filter.clone(), Qos::AtLeastOnce)];
    let mut connection = Connection::new(broker, Options { subscriptions, ..Options::new(client_id) })?;
    let (out, messages) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        while !out.is_closed() {
            match connection.next().await {
                Event::Message(message) => drop(out.send(message).await),
                Event::TooLarge => too_large(),
                Event::Down { reason: Some(reason) } => {
                    tracing::debug!(
                        event = telemetry::SUBSCRIPTION,
                        filter,
                        reason,
                        "no connection to the broker"
                    );
                }
                Event::Up { .. } | Event::Subscribed { .. } | Event::Acknowledged => {}
                Event::Down { reason: None } | Event::Ended => {}
            }
        }
    });
    Ok(messages)
}
