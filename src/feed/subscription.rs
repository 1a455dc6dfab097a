//! A topic beside the feeds, listened to by a connection of its own: lists of vessels, a real distress during an exercise.
//! What comes decides nothing in the engine's order of messages.

use rumqttc::{AsyncClient, Event, Packet, Publish, QoS};
use tokio::sync::mpsc;

use crate::config::Broker;
use crate::mqtt::{self, Backoff};
use crate::telemetry;

/// Requests that the client holds: a subscription for each connection.
const CAPACITY: usize = 16;
/// Messages that wait to be looked at; the connection waits for them.
const WAITING: usize = 4;

/// Listens under this client name on a topic filter, retained messages too, until nobody takes what comes.
///
/// # Errors
/// Files that the broker's options name cannot be read.
pub fn subscribe(
    broker: &Broker,
    client_id: &str,
    filter: String,
) -> anyhow::Result<mpsc::Receiver<Publish>> {
    let mut options = mqtt::options(broker, client_id)?;
    options.set_clean_session(true);
    let named = broker.clone();
    let (out, messages) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let (client, mut eventloop) = AsyncClient::new(options, CAPACITY);
        eventloop.set_network_options(mqtt::network_options());
        let mut backoff = Backoff::new();
        while !out.is_closed() {
            match eventloop.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    backoff.up();
                    client.try_subscribe(&filter, QoS::AtLeastOnce).ok();
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => drop(out.send(publish).await),
                Ok(_) => {}
                Err(error) => {
                    let reason = mqtt::reason(&error, &named);
                    tracing::debug!(event = telemetry::SUBSCRIPTION, filter, reason, "no broker");
                    tokio::time::sleep(backoff.down()).await;
                }
            }
        }
    });
    Ok(messages)
}
