//! Sends messages to a broker as a receiver would: for exercises and measurements.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rumqttc::{AsyncClient, Event, Packet, QoS};
use tokio::sync::{Semaphore, watch};

use crate::config::Broker;
use crate::mqtt::{self, Backoff};

/// Messages that the broker has not acknowledged yet, at most.
const IN_FLIGHT: usize = 50;
/// How long the broker may take for the last of them.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that sends at QoS 1, as fast as the broker acknowledges; made again where it is lost, with what was in
/// flight, which the broker may then have twice.
pub struct Sender {
    client: AsyncClient,
    room: Arc<Semaphore>,
    failed: watch::Receiver<Option<String>>,
    task: tokio::task::JoinHandle<()>,
    sent: u64,
}

impl Sender {
    /// Connects under this client name; the first try must succeed.
    pub async fn connect(broker: &Broker, client_id: &str) -> anyhow::Result<Sender> {
        let mut options = mqtt::options(broker, client_id)?;
        // The broker remembers what it has: a connection that was lost goes on where it was.
        options.set_inflight(IN_FLIGHT as u16).set_clean_session(false);
        let (client, mut eventloop) = AsyncClient::new(options, IN_FLIGHT);
        eventloop.set_network_options(mqtt::network_options());
        match eventloop.poll().await {
            Ok(_) => {}
            Err(error) => bail!("{}:{}: {}", broker.host, broker.port, mqtt::reason(&error, broker)),
        }
        let room = Arc::new(Semaphore::new(IN_FLIGHT));
        let (fail, failed) = watch::channel(None);
        let (acknowledged, broker) = (Arc::clone(&room), broker.clone());
        let task = tokio::spawn(async move {
            let mut backoff = Backoff::new();
            loop {
                match eventloop.poll().await {
                    Ok(Event::Incoming(Packet::PubAck(_))) => acknowledged.add_permits(1),
                    Ok(Event::Incoming(Packet::ConnAck(connack))) if !connack.session_present => {
                        // The client has dropped what was in flight: what comes would have a hole.
                        fail.send_replace(Some("the broker was away and its session is lost".to_owned()));
                        acknowledged.close();
                        return;
                    }
                    Ok(_) => {}
                    Err(rumqttc::ConnectionError::RequestsDone) => return,
                    Err(error) => {
                        tracing::debug!(error = mqtt::reason(&error, &broker), "sending");
                        tokio::time::sleep(backoff.down()).await;
                    }
                }
            }
        });
        Ok(Sender { client, room, failed, task, sent: 0 })
    }

    /// Sends a message; waits while too many are not acknowledged.
    pub async fn send(&mut self, topic: String, payload: Vec<u8>) -> anyhow::Result<()> {
        match self.room.acquire().await {
            Ok(permit) => permit.forget(),
            Err(_) => bail!("{}", self.failed.borrow().as_deref().unwrap_or("closed")),
        }
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).await.context("sending")?;
        self.sent += 1;
        Ok(())
    }

    /// Waits until all is acknowledged.
    pub async fn acknowledged(&self) -> anyhow::Result<()> {
        let all = tokio::time::timeout(PATIENCE, self.room.acquire_many(IN_FLIGHT as u32)).await;
        if !matches!(all, Ok(Ok(_))) {
            bail!("the broker did not acknowledge the last messages");
        }
        Ok(())
    }

    /// Waits until all is acknowledged, disconnects, and tells how many messages were sent.
    pub async fn finish(self) -> anyhow::Result<u64> {
        self.acknowledged().await?;
        self.client.try_disconnect().ok();
        tokio::time::timeout(Duration::from_secs(1), self.task).await.ok();
        Ok(self.sent)
    }
}
