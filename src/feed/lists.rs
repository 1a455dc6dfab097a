//! Lists of vessels over MQTT: each message holds lists as a file has them, and takes the place of what its topic said before.
//! It may be retained: what a list says is as true as when it was written.

use rumqttc::{AsyncClient, Event, Packet, QoS};
use tokio::sync::mpsc;

use crate::config::Broker;
use crate::mqtt::{self, Backoff, Topics};
use crate::telemetry;

/// Requests that the client holds: a subscription for each connection.
const CAPACITY: usize = 16;
/// Messages that wait to be looked at; the connection waits for them.
const WAITING: usize = 4;

/// Listens on a topic filter, until nobody takes what comes: topic and payload.
///
/// # Errors
/// Files that the broker's options name cannot be read.
pub fn listen(
    broker: &Broker,
    topics: &Topics,
    filter: &str,
) -> anyhow::Result<mpsc::Receiver<(String, Vec<u8>)>> {
    let mut options = mqtt::options(broker, &topics.client_id("lists"))?;
    options.set_clean_session(true);
    let (named, filter) = (broker.clone(), topics.inbound(filter));
    let (out, lists) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let (client, mut eventloop) = AsyncClient::new(options, CAPACITY);
        eventloop.set_network_options(mqtt::network_options());
        let mut backoff = Backoff::new();
        loop {
            match eventloop.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    backoff.up();
                    client.try_subscribe(&filter, QoS::AtLeastOnce).ok();
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    if out.send((publish.topic, publish.payload.to_vec())).await.is_err() {
                        return;
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(
                        event = telemetry::LISTS,
                        reason = mqtt::reason(&error, &named),
                        "no broker"
                    );
                    tokio::time::sleep(backoff.down()).await;
                }
            }
        }
    });
    Ok(lists)
}
