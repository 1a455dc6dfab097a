//! The standby of two nodes keeps what the active node shares, in the form in which a restart goes on from it. When the active
//! one falls silent it starts as if it had been that one, with what the broker has sent and the other had not yet shared.

mod follow;
mod held;
mod presence;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
pub(super) use follow::Standby;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::claims::{Claim, PairKey};
use super::{disk, folder, resume, signers};
use crate::config::Config;
use crate::feed::listener::{Arrived, Listener, Role};
use crate::feed::redelivered::Redelivered;
use crate::health::Board;
use crate::journal::files::Machine;
use crate::mqtt::{Client, Connection, Event, Options, Qos, Topics, end_session};
use crate::telemetry;

/// Messages of feeds that wait to be looked at.
const MESSAGES: usize = 4096;
/// Requests and events of the connection that wait.
const CAPACITY: usize = 64;
/// Interval at which the standby acknowledges, asks, and looks whether the active node is silent.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// State that the node begins with when it takes over.
#[derive(Debug)]
pub struct TakenOver {
    /// Claim of the node to be active.
    pub claim: Claim,
    /// Messages that the other node took, and that the broker has yet to send to this one.
    pub known: Redelivered,
}

/// Waits as the standby until it is to take over. Needs a tokio runtime.
///
/// # Errors
/// The broker's options or the state folder cannot be used.
pub async fn wait(config: &Config, instance: &str) -> anyhow::Result<TakenOver> {
    let broker = config.broker.as_ref().context("the configuration names no broker")?;
    let topics = Topics::new(&config.node.name, None)
        .as_instance(instance)
        .with_secret(resume::client_secret(config)?);
    let (folder, _lock) = folder::take(&config.state.folder, None)?;
    disk::make_room(&folder, &Board::new(Vec::new()));
    let mut standby =
        Standby::new(&folder, instance, topics.clone(), PairKey::of(config)?, Machine::shared())?;

    let options = Options {
        capacity: CAPACITY,
        subscriptions: filters(&topics).map(|filter| (filter, Qos::AtLeastOnce)).into(),
        ..Options::new(topics.client_id("standby"))
    };
    let (mut events, polling) = Connection::new(broker, options)?.spawn(CAPACITY);

    let (stop, stopped) = watch::channel(false);
    let (arrived_in, mut arrived) = mpsc::channel::<Arrived>(MESSAGES);
    let mut listening: Option<JoinHandle<()>> = None;
    tracing::info!(event = telemetry::STANDBY, instance, "looking for the active node");
    let mut client: Option<Client> = None;
    let mut second = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            Some(event) = events.recv() => match event {
                Event::Up { client: up, .. } => {
                    client = Some(up);
                    standby.connected();
                }
                Event::Message(message) => standby.hear(&message)?,
                Event::Down { reason } => {
                    let reason = reason.unwrap_or_default();
                    tracing::debug!(event = telemetry::STANDBY, reason, "no connection to the broker");
                    client = None;
                    standby.disconnected();
                }
                Event::Subscribed { .. } | Event::TooLarge | Event::Acknowledged | Event::Ended => {}
            },
            // The sending end is held here, so that this queue is never closed.
            Some(Arrived { message, .. }) = arrived.recv() => standby.own(message),
            _ = second.tick() => {
                for ack in standby.shared_acks()? {
                    ack.give().await;
                }
                match standby.look() {
                    Next::Wait => {}
                    Next::Publish(what, text) => if let Some(client) = &client {
                        client.try_publish(topics.replica(what), Qos::AtMostOnce, false, text);
                    },
                    Next::Listen => {
                        if let Some(before) = listening.take() {
                            before.abort();
                            before.await.ok();
                        }
                        while arrived.try_recv().is_ok() {}
                        if let Err(error) = end_session(broker, topics.client_id(Role::Watch.client())).await {
                            let error = format!("{error:#}");
                            tracing::debug!(event = telemetry::STANDBY, error, "listens later");
                            continue;
                        }
                        let board = Arc::new(Board::new(config.feeds.iter().map(|feed| feed.name.clone())));
                        let listener = Listener::new(broker, &topics, &config.feeds, |_| true, Role::Standby, 0, board)?;
                        let listener = listener.verifying(signers::signatures(config, None)?);
                        standby.begin_to_listen();
                        second.reset_immediately();
                        listening = Some(tokio::spawn(listener.run(arrived_in.clone(), stopped.clone())));
                    }
                    Next::TakeOver => break,
                }
            }
        }
    }
    stop.send_replace(true);
    if let Some(listening) = listening {
        listening.await.ok();
    }
    client.into_iter().for_each(|client| client.disconnect());
    polling.abort();
    standby.take_over()
}

/// Returns what a standby subscribes to: what the active node shares, who is active, and alerts as they are published.
pub(super) fn filters(topics: &Topics) -> [String; 3] {
    [topics.replica("#"), topics.active(), topics.alert("+", "+")]
}

/// The next thing that a standby does by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing.
    Wait,
    /// Listens to the feeds, in a session that begins now.
    Listen,
    /// Publishes a request for state and journal, or what shows that the broker answers: the topic's last part, and the text.
    Publish(&'static str, String),
    /// Becomes the active node.
    TakeOver,
}
