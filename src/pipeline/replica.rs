//! The active node of two: it shares its input as received, so that the standby can go on from there.
//!
//! `vigie/<node>/replica/input` has frames as the input log has them, after the number of the first message;
//! `…/state` the engine's state, in pieces, when the standby asks on `…/ask`, and `…/journal` before it what the standby's
//! journal lacks; `…/alive` comes each second. A sign of life that comes back proves that the node is heard, and opens the
//! fence before everything that it sends. `vigie/<node>/active` is retained and says who is active: of two, the one with the
//! higher term, then the later name.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::work::Work;
use crate::config::Broker;
use crate::health::Board;
use crate::journal::{self, copy};
use crate::mqtt::{Client, Connection, Event, Options, Qos, Requests, Topics};
use crate::telemetry;

/// Highest term that is believed: no pair takes over so often, and a term beyond it could not be counted on.
const MOST_TERM: u64 = 1 << 32;
/// Interval between signs of life.
pub(super) const ALIVE_EVERY: Duration = Duration::from_secs(1);
/// Batches of input, and states, that wait for the broker; beyond it the standby asks for the state anew.
const WAITING: usize = 1024;
/// Time that the results of messages have to come into the journal before the state is shared.
const JOURNAL_PATIENCE: Duration = Duration::from_secs(2);
/// Bytes of the state in one message.
const PIECE: usize = 1 << 20;
/// Requests that may wait for the network.
const CAPACITY: usize = 64;

/// A node's claim to be the active one of two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// Counts the take-overs.
    pub term: u64,
    /// Name of the node among the two.
    pub instance: String,
}

impl Claim {
    /// Reads a claim as published. What is no claim, or has a term that no pair reaches, is told and passed over: a false claim
    /// of the highest term would stop both nodes for good.
    pub(super) fn read(payload: &[u8]) -> Option<Claim> {
        let claim: Option<Claim> = serde_json::from_slice(payload).ok();
        let believed = claim.filter(|claim| claim.term <= MOST_TERM);
        if believed.is_none() && !payload.is_empty() {
            let (event, text) =
                (telemetry::STANDBY, String::from_utf8_lossy(payload).escape_debug().to_string());
            let claim: String = text.chars().take(200).collect();
            tracing::error!(event, claim, "a claim to be the active node cannot be true and is passed over");
        }
        believed
    }
}

/// A sign of life: who is active, and when it was sent.
#[derive(Debug, Serialize, Deserialize)]
struct Alive {
    #[serde(flatten)]
    claim: Claim,
    /// Moment of the sign by the fence's clock, milliseconds; an earlier vigie sends none.
    #[serde(default)]
    beat: Option<u64>,
}

/// A standby's request for the state; that of an earlier vigie is empty.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Ask {
    /// The newest entry of the active node's journal that the standby has, see [`copy::part_after`].
    pub journal: String,
}

/// One share for the standby.
pub(super) enum Shared {
    /// Messages from this number on, as frames.
    Input { first: u64, frames: Vec<u8> },
    /// The whole state, before the message of this number, once `given` results are in the journal; before it what the
    /// journal has after a cursor.
    State { next: u64, state: Vec<u8>, given: u64, cursor: Option<String> },
}

/// What sharing needs of the rest of the node.
pub(super) struct Sources {
    pub board: Arc<Board>,
    /// Path of the journal.
    pub journal: PathBuf,
    /// Count of results of messages that are in the journal.
    pub settled: watch::Receiver<u64>,
}

/// The queue from the engine's thread to the standby.
pub(super) type Out = mpsc::Sender<Shared>;

/// Sharing under way.
pub(super) struct Replica {
    /// The claim of another node that is active in this one's place; sharing has then ended.
    pub superseded: watch::Receiver<Option<Claim>>,
    /// Shares until it is aborted.
    pub task: JoinHandle<()>,
}

/// Starts sharing; what is given to the queue leaves in order.
///
/// # Errors
/// Files that the broker's configuration names cannot be read.
pub(super) fn start(
    broker: &Broker,
    topics: &Topics,
    claim: Claim,
    work: mpsc::WeakSender<Work>,
    sources: Sources,
) -> anyhow::Result<(Out, Replica)> {
    let options = Options {
        requests: Requests::Carried,
        capacity: CAPACITY,
        subscriptions: vec![
            (topics.replica("ask"), Qos::AtMostOnce),
            (topics.replica("alive"), Qos::AtMostOnce),
            (topics.active(), Qos::AtLeastOnce),
        ],
        ..Options::new(topics.client_id("replica"))
    };
    let connection = Connection::new(broker, options)?;
    let (out, shared) = mpsc::channel(WAITING);
    let (supersede, superseded) = watch::channel(None);
    let topics = topics.clone();
    let board = Arc::clone(&sources.board);
    board.fence.arm();
    let task = tokio::spawn(async move {
        let client = connection.client();
        // What was sent last still has to leave when nothing more comes: only an abort, or another node, ends this.
        let sending = async {
            tokio::join!(send(&client, &topics, sources, shared), beat(&client, &topics, &claim, &board))
        };
        tokio::select! {
            _ = sending => {}
            other = listen(connection, &topics, &claim, work, &board) => {
                board.fence.replace();
                let (event, instance, term) = (telemetry::STANDBY, &other.instance, other.term);
                tracing::error!(event, instance, term, "another node of this name is active: this one ends");
                supersede.send_replace(Some(other));
            }
        }
    });
    Ok((out, Replica { superseded, task }))
}

/// Publishes signs of life.
async fn beat(client: &Client, topics: &Topics, claim: &Claim, board: &Board) {
    let mut alive = tokio::time::interval(ALIVE_EVERY);
    loop {
        alive.tick().await;
        let sign = Alive { claim: claim.clone(), beat: Some(board.fence.beat_ms()) };
        let text = serde_json::to_string(&sign).unwrap_or_default();
        client.publish(topics.replica("alive"), Qos::AtMostOnce, false, text).await;
    }
}

/// Publishes what is shared, until nothing more can come.
async fn send(client: &Client, topics: &Topics, mut sources: Sources, mut shared: mpsc::Receiver<Shared>) {
    while let Some(given) = shared.recv().await {
        if let Shared::State { given, cursor, .. } = &given {
            // An alert that the state knows is in the standby's journal before the state comes.
            let settled = sources.settled.wait_for(|settled| settled >= given);
            if !tokio::time::timeout(JOURNAL_PATIENCE, settled).await.is_ok_and(|settled| settled.is_ok()) {
                continue;
            }
            if let Some(cursor) = cursor {
                send_journal(client, topics, &sources.journal, cursor.clone()).await;
            }
        }
        for (what, message) in messages(given) {
            client.publish(topics.replica(what), Qos::AtLeastOnce, false, message).await;
        }
    }
}

/// Publishes what the journal has after a cursor, in parts.
async fn send_journal(client: &Client, topics: &Topics, path: &std::path::Path, mut cursor: String) {
    loop {
        let (path, after) = (path.to_owned(), cursor.clone());
        let read = move || {
            copy::part_after(&journal::open_for_reading(&path)?, &after, PIECE / 2)
                .map_err(anyhow::Error::from)
        };
        let part = match tokio::task::spawn_blocking(read).await {
            Ok(Ok(part)) => part,
            Ok(Err(error)) => {
                tracing::warn!(
                    event = telemetry::STANDBY,
                    error = format!("{error:#}"),
                    "the standby does not get the journal"
                );
                return;
            }
            Err(_) => return,
        };
        let text = serde_json::to_string(&part).unwrap_or_default();
        client.publish(topics.replica("journal"), Qos::AtLeastOnce, false, text).await;
        if part.is_last {
            return;
        }
        cursor = part.cursor;
    }
}

/// Claims to be active, and hands on what the standby asks for; returns the claim of another node that outranks this one's.
async fn listen(
    mut connection: Connection,
    topics: &Topics,
    claim: &Claim,
    work: mpsc::WeakSender<Work>,
    board: &Board,
) -> Claim {
    let client = connection.client();
    let publish = |retain| client.try_publish(topics.active(), Qos::AtLeastOnce, retain, text(claim));
    let mut is_settled = false;
    loop {
        match connection.next().await {
            Event::Up { .. } => {
                // The active node answers this. When it comes back unanswered, there is none.
                is_settled = false;
                publish(false);
            }
            Event::Message(message) if message.topic() == topics.active() => {
                match Claim::read(message.payload()) {
                    Some(other) if other > *claim => return other,
                    Some(other) if other == *claim && is_settled => {}
                    _ => {
                        is_settled = true;
                        publish(true);
                    }
                }
            }
            Event::Message(message) if message.topic() == topics.replica("alive") => {
                match serde_json::from_slice(message.payload()) {
                    Ok(Alive { claim: own, beat: Some(beat) }) if own == *claim => board.fence.prove(beat),
                    Ok(_) | Err(_) => {}
                }
            }
            Event::Message(message) => {
                if let Some(work) = work.upgrade() {
                    let ask: Option<Ask> = serde_json::from_slice(message.payload()).ok();
                    // A queue that is full has other worries; the standby asks again.
                    work.try_send(Work::Share(ask.map(|ask| ask.journal))).ok();
                }
            }
            Event::Down { reason } => {
                let reason = reason.unwrap_or_default();
                tracing::debug!(event = telemetry::STANDBY, reason, "no connection to share over");
            }
            Event::Subscribed { .. } | Event::Acknowledged | Event::Ended => {}
        }
    }
}

fn text(claim: &Claim) -> String {
    serde_json::to_string(claim).unwrap_or_default()
}

/// Messages as they are published, each after the last part of its topic: numbers little-endian, then bytes.
fn messages(shared: Shared) -> Vec<(&'static str, Vec<u8>)> {
    match shared {
        Shared::Input { first, frames } => vec![("input", [&first.to_le_bytes()[..], &frames].concat())],
        Shared::State { next, state, .. } => {
            let pieces = state.chunks(PIECE).count() as u32;
            let piece = |(at, bytes): (u32, &[u8])| {
                let head = [&next.to_le_bytes()[..], &at.to_le_bytes(), &pieces.to_le_bytes()].concat();
                ("state", [&head[..], bytes].concat())
            };
            (0..).zip(state.chunks(PIECE)).map(piece).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_that_could_not_be_outranked_is_passed_over() {
        let claim = |term: u64| Claim { term, instance: "a".to_owned() };
        assert_eq!(Claim::read(text(&claim(7)).as_bytes()), Some(claim(7)));
        assert_eq!(Claim::read(text(&claim(u64::MAX)).as_bytes()), None);
        assert_eq!(Claim::read(b"{}"), None);
    }

    /// A pair is upgraded one node after the other: each reads what the other one's version sends.
    #[test]
    fn messages_of_an_earlier_vigie_are_read_and_those_of_this_one_by_it() {
        let earlier = r#"{"term":7,"instance":"a"}"#;
        let alive: Alive = serde_json::from_str(earlier).expect("reads");
        assert_eq!((alive.claim.term, alive.beat), (7, None));
        let alive = Alive { beat: Some(12), ..alive };
        let now = serde_json::to_string(&alive).expect("renders");
        assert_eq!(now, r#"{"term":7,"instance":"a","beat":12}"#);
        assert_eq!(Claim::read(now.as_bytes()), Some(alive.claim));
        assert!(serde_json::from_slice::<Ask>(b"").is_err(), "an earlier standby asks for the state alone");
    }
}
