//! Sends messages to a broker as a receiver would: for exercises, tests and measurements.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::bail;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use super::{Client, Connection, Event, Options, Qos, Requests, Session};
use crate::config::Broker;
use crate::telemetry;

/// Messages that the broker has not acknowledged yet, at most.
const IN_FLIGHT: usize = 50;
/// Time limit for the broker to acknowledge the last messages.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that sends at QoS 1, as fast as the broker acknowledges. After a loss it goes on with what was in
/// flight, which the broker may then have twice.
pub struct Sender {
    client: Client,
    room: Arc<Semaphore>,
    failed: watch::Receiver<Option<String>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    sent: u64,
}

impl Sender {
    /// Connects under this client name.
    ///
    /// # Errors
    /// The first try fails.
    pub async fn connect(broker: &Broker, client_id: &str) -> anyhow::Result<Sender> {
        Sender::connect_telling(broker, client_id, Arc::default()).await
    }

    /// Connects under this client name; `is_up` tells from then on whether the connection stands.
    ///
    /// # Errors
    /// The first try fails.
    pub async fn connect_telling(
        broker: &Broker,
        client_id: &str,
        is_up: Arc<AtomicBool>,
    ) -> anyhow::Result<Sender> {
        let options = Options {
            session: Session::Kept,
            requests: Requests::Carried,
            capacity: IN_FLIGHT,
            in_flight: Some(IN_FLIGHT as u16),
            ..Options::new(client_id.to_owned())
        };
        let (stop, stopped) = watch::channel(false);
        let mut connection = Connection::new(broker, options)?.until(stopped);
        let client = match connection.next().await {
            Event::Down { reason } => {
                bail!("{}:{}: {}", broker.host, broker.port, reason.unwrap_or_default())
            }
            _ => connection.client(),
        };
        is_up.store(true, Ordering::Relaxed);
        let room = Arc::new(Semaphore::new(IN_FLIGHT));
        let (fail, failed) = watch::channel(None);
        let task = tokio::spawn(run(connection, Arc::clone(&room), fail, is_up));
        Ok(Sender { client, room, failed, stop, task, sent: 0 })
    }

    /// Sends a message; waits while too many are not acknowledged.
    ///
    /// # Errors
    /// The broker has lost what was in flight.
    pub async fn send(&mut self, topic: String, payload: Vec<u8>) -> anyhow::Result<()> {
        match self.room.acquire().await {
            Ok(permit) => permit.forget(),
            Err(_) => bail!("{}", self.failed.borrow().as_deref().unwrap_or("the connection is closed")),
        }
        if !self.client.publish(topic, Qos::AtLeastOnce, false, payload).await {
            bail!("the connection is closed");
        }
        self.sent += 1;
        Ok(())
    }

    /// Waits until every message is acknowledged.
    ///
    /// # Errors
    /// The broker takes too long.
    pub async fn acknowledged(&self) -> anyhow::Result<()> {
        let all = tokio::time::timeout(PATIENCE, self.room.acquire_many(IN_FLIGHT as u32)).await;
        if !matches!(all, Ok(Ok(_))) {
            bail!("the broker did not acknowledge the last messages");
        }
        Ok(())
    }

    /// Waits until every message is acknowledged, disconnects, and returns how many were sent.
    ///
    /// # Errors
    /// The broker takes too long.
    pub async fn finish(self) -> anyhow::Result<u64> {
        self.acknowledged().await?;
        self.stop.send_replace(true);
        tokio::time::timeout(Duration::from_secs(1), self.task).await.ok();
        Ok(self.sent)
    }
}

/// Gives room for each message that the broker acknowledges, until the connection ends.
async fn run(
    mut connection: Connection,
    room: Arc<Semaphore>,
    fail: watch::Sender<Option<String>>,
    is_up: Arc<AtomicBool>,
) {
    loop {
        match connection.next().await {
            Event::Acknowledged => room.add_permits(1),
            Event::Up { session_kept: false, .. } => {
                // The client has dropped what was in flight: what comes would have a hole.
                fail.send_replace(Some("the broker was away and its session is lost".to_owned()));
                is_up.store(false, Ordering::Relaxed);
                room.close();
                return;
            }
            Event::Up { .. } => is_up.store(true, Ordering::Relaxed),
            Event::Down { reason } => {
                is_up.store(false, Ordering::Relaxed);
                if let Some(reason) = reason {
                    tracing::debug!(event = telemetry::SUBSCRIPTION, reason, "no connection to the broker");
                }
            }
            Event::Ended => {
                is_up.store(false, Ordering::Relaxed);
                return;
            }
            Event::Subscribed { .. } | Event::Message(_) | Event::TooLarge => {}
        }
    }
}
