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

use super::claims::{Claim, PairKey, Sign};
use super::work::Work;
use crate::config::Broker;
use crate::health::Board;
use crate::journal::{self, copy};
use crate::mqtt::{Client, Connection, Event, Options, Qos, Requests, Topics};
use crate::telemetry;

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
    (claim, pair): (Claim, PairKey),
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
            tokio::join!(
                send(&client, &topics, sources, shared),
                beat(&client, &topics, (&claim, &pair), &board)
            )
        };
        tokio::select! {
            _ = sending => {}
            other = listen(connection, &topics, (&claim, &pair), work, &board) => {
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
async fn beat(client: &Client, topics: &Topics, (claim, pair): (&Claim, &PairKey), board: &Board) {
    let mut alive = tokio::time::interval(ALIVE_EVERY);
    loop {
        alive.tick().await;
        let text = pair.sign(claim, Some(board.fence.beat_ms()));
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
    (claim, pair): (&Claim, &PairKey),
    work: mpsc::WeakSender<Work>,
    board: &Board,
) -> Claim {
    let client = connection.client();
    let publish =
        |retain| client.try_publish(topics.active(), Qos::AtLeastOnce, retain, pair.sign(claim, None));
    let mut is_settled = false;
    loop {
        match connection.next().await {
            Event::Up { .. } => {
                // The active node answers this. When it comes back unanswered, there is none.
                is_settled = false;
                publish(false);
            }
            Event::Message(message) if message.topic() == topics.active() => {
                match pair.read(message.payload()).map(|sign| sign.claim) {
                    Some(other) if other > *claim => return other,
                    Some(other) if other == *claim && is_settled => {}
                    _ => {
                        is_settled = true;
                        publish(true);
                    }
                }
            }
            Event::Message(message) if message.topic() == topics.replica("alive") => {
                match pair.read(message.payload()) {
                    Some(Sign { claim: own, beat: Some(beat), .. }) if own == *claim => {
                        board.fence.prove(beat)
                    }
                    _ => {}
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
