//! The active one of two: it shares what it takes in, as it took it, so that the other can go on from there.
//!
//! `vigie/<node>/replica/input` has frames as the input log has them, each after the number of its first message;
//! `…/state` the engine's state, in pieces, when the other asks on `…/ask`; `…/alive` comes each second. `vigie/<node>/active`
//! is retained and says who is active: of two, the one with the higher term, then the later name.

use std::time::Duration;

use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::config::Broker;
use crate::feed::mqtt::Work;
use crate::mqtt::{self, Backoff, Topics};
use crate::telemetry;

/// The other one hears of this one so often.
pub(super) const ALIVE_EVERY: Duration = Duration::from_secs(1);
/// Turns of input, and states, that wait for the broker; beyond it the other asks for the state anew.
const WAITING: usize = 1024;
/// Bytes of the state in one message.
const PIECE: usize = 1 << 20;
const CAPACITY: usize = 64;

/// Which of two this is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// Counts who was active.
    pub term: u64,
    /// Its name among the two.
    pub instance: String,
}

/// What is shared.
pub(super) enum Shared {
    /// Messages from this number on, as frames.
    Input { first: u64, frames: Vec<u8> },
    /// All there is, before the message of this number.
    State { next: u64, state: Vec<u8> },
}

/// The way from the engine's thread to the other one.
pub(super) type Out = mpsc::Sender<Shared>;

/// Starts sharing; what is given to the sender goes out in order.
pub(super) fn start(
    broker: &Broker,
    topics: &Topics,
    claim: Claim,
    work: mpsc::WeakSender<Work>,
) -> anyhow::Result<(Out, tokio::task::JoinHandle<()>)> {
    let mut options = mqtt::options(broker, &topics.client_id("replica"))?;
    options.set_clean_session(true);
    let (out, shared) = mpsc::channel(WAITING);
    let task = tokio::spawn(run(options, broker.clone(), topics.clone(), claim, work, shared));
    Ok((out, task))
}

async fn run(
    options: MqttOptions,
    broker: Broker,
    topics: Topics,
    claim: Claim,
    work: mpsc::WeakSender<Work>,
    mut shared: mpsc::Receiver<Shared>,
) {
    let (client, mut eventloop) = AsyncClient::new(options, CAPACITY);
    eventloop.set_network_options(mqtt::network_options());
    let (sender, own, told) = (client.clone(), claim.clone(), topics.clone());
    let send = tokio::spawn(async move {
        let mut alive = tokio::time::interval(ALIVE_EVERY);
        let text = serde_json::to_string(&own).unwrap_or_default();
        loop {
            let given = tokio::select! {
                _ = alive.tick() => {
                    sender.publish(told.replica("alive"), QoS::AtMostOnce, false, text.clone()).await.ok();
                    continue;
                }
                given = shared.recv() => given,
            };
            let Some(given) = given else { return };
            for (what, message) in messages(given) {
                sender.publish(told.replica(what), QoS::AtLeastOnce, false, message).await.ok();
            }
        }
    });
    let claims = |retain: bool| {
        let text = serde_json::to_string(&claim).unwrap_or_default();
        client.try_publish(topics.active(), QoS::AtLeastOnce, retain, text).ok();
    };
    let (mut backoff, mut settled) = (Backoff::new(), false);
    loop {
        match eventloop.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                backoff.up();
                client.try_subscribe(topics.replica("ask"), QoS::AtMostOnce).ok();
                client.try_subscribe(topics.active(), QoS::AtLeastOnce).ok();
                // Who is active answers this. When it comes back unanswered, nobody is.
                settled = false;
                claims(false);
            }
            Ok(Event::Incoming(Packet::Publish(publish))) if publish.topic == topics.active() => {
                let said: Option<Claim> = serde_json::from_slice(&publish.payload).ok();
                match said {
                    Some(other) if other > claim => {
                        // What is on disk is enough for this one to be the standby when it starts again.
                        let event = telemetry::STANDBY;
                        tracing::error!(
                            event,
                            instance = other.instance,
                            term = other.term,
                            "another one is active: this one ends"
                        );
                        std::process::exit(1);
                    }
                    Some(other) if other == claim && settled => {}
                    _ => {
                        settled = true;
                        claims(true);
                    }
                }
            }
            Ok(Event::Incoming(Packet::Publish(_))) => {
                if let Some(work) = work.upgrade() {
                    // A queue that is full has other worries; it asks again.
                    work.try_send(Work::Share).ok();
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(
                    event = telemetry::STANDBY,
                    reason = mqtt::reason(&error, &broker),
                    "sharing"
                );
                if send.is_finished() {
                    return;
                }
                tokio::time::sleep(backoff.down()).await;
            }
        }
    }
}

/// As they are sent: numbers little-endian, then bytes.
fn messages(shared: Shared) -> Vec<(&'static str, Vec<u8>)> {
    match shared {
        Shared::Input { first, frames } => vec![("input", [&first.to_le_bytes()[..], &frames].concat())],
        Shared::State { next, state } => {
            let pieces = state.chunks(PIECE).count() as u32;
            let piece = |(at, bytes): (u32, &[u8])| {
                let head = [&next.to_le_bytes()[..], &at.to_le_bytes(), &pieces.to_le_bytes()].concat();
                ("state", [&head[..], bytes].concat())
            };
            (0..).zip(state.chunks(PIECE)).map(piece).collect()
        }
    }
}
