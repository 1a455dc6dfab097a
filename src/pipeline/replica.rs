//! The active node of two: it shares its input as received, so that the standby can go on from there.
//!
//! Where the pair has a key, what is shared is signed, and the topics are `…/replica/signed/…`.
//!
//! `vigie/<node>/replica/input` has frames as the input log has them, after the number of the first message;
//! `…/state` the engine's state, in pieces, when the standby asks on `…/ask`, and `…/journal` before it what the standby's
//! journal lacks; `…/alive` comes each second. A sign of life that comes back proves that the node is heard, and opens the
//! fence before everything that it sends. `vigie/<node>/active` is retained and says who is active: of two, the one with the
//! higher term, then the later name.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

use super::claims::{Claim, PairKey, Sign};
use super::work::Work;
use crate::config::Broker;
use crate::health::Board;
use crate::journal::{self, copy, input};
use crate::mqtt::{Client, Connection, Event, Options, Qos, Requests, Topics};
use crate::telemetry;

/// Interval between signs of life.
pub(super) const ALIVE_EVERY: Duration = Duration::from_secs(1);
/// Batches of input, and states, that wait for the broker; beyond them, or beyond so many bytes, the standby asks for the state anew.
const WAITING: usize = 1024;
const WAITING_BYTES: usize = 128 << 20;
/// Time that the results of messages have to come into the journal before the state is shared.
pub(super) const JOURNAL_PATIENCE: Duration = Duration::from_secs(2);
/// Bytes of the state, or of several messages of the input, in one message.
const PIECE: usize = 1 << 20;
/// Least time between two requests for the state that are answered: to save it takes the engine's time, and a request is not signed.
const ANSWER_EVERY: Duration = Duration::from_secs(2);
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

impl Shared {
    fn bytes(&self) -> usize {
        match self {
            Shared::Input { frames, .. } => frames.len(),
            Shared::State { state, .. } => state.len(),
        }
    }
}

/// The end of the engine's thread of the queue to the standby.
pub(super) struct Out {
    queue: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
    most_bytes: usize,
}

/// What waits for the broker, with its room.
pub(super) type Waiting = (Shared, OwnedSemaphorePermit);

impl Out {
    /// Returns both ends of a queue of so many batches and bytes. A share that is larger takes all the room: the state of a large
    /// fleet has to come over too.
    pub(super) fn new(batches: usize, most_bytes: usize) -> (Out, mpsc::Receiver<Waiting>) {
        let (queue, shared) = mpsc::channel(batches);
        (Out { queue, room: Arc::new(Semaphore::new(most_bytes)), most_bytes }, shared)
    }

    /// Gives a share to the standby. Where a broker that is slow leaves no room, the standby misses it, sees that, and asks for all
    /// there is.
    pub(super) fn give(&self, shared: Shared) {
        let bytes = u32::try_from(shared.bytes().min(self.most_bytes)).unwrap_or(u32::MAX);
        if let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(bytes) {
            self.queue.try_send((shared, room)).ok();
        }
    }
}

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
        subscriptions: filters(topics).into(),
        ..Options::new(topics.client_id("replica"))
    };
    let connection = Connection::new(broker, options)?;
    let (out, shared) = Out::new(WAITING, WAITING_BYTES);
    let (supersede, superseded) = watch::channel(None);
    let topics = topics.clone();
    let board = Arc::clone(&sources.board);
    let claimant = Claimant::new(topics.clone(), claim, pair, board);
    let task = tokio::spawn(async move {
        let client = connection.client();
        // What was sent last still has to leave when nothing more comes: only an abort, or another node, ends this.
        let sending = async {
            tokio::join!(send(&client, &claimant, sources, shared), beat(&client, &topics, &claimant))
        };
        tokio::select! {
            _ = sending => {}
            other = listen(connection, &topics, &claimant, work) => {
                let (event, instance, term) = (telemetry::STANDBY, &other.instance, other.term);
                tracing::error!(event, instance, term, "another node of this name is active: this one ends");
                supersede.send_replace(Some(other));
            }
        }
    });
    Ok((out, Replica { superseded, task }))
}

/// Returns what the active node subscribes to: requests of the standby, its own signs of life, and claims.
pub(super) fn filters(topics: &Topics) -> [(String, Qos); 3] {
    [
        (topics.replica("ask"), Qos::AtMostOnce),
        (topics.replica("alive"), Qos::AtMostOnce),
        (topics.active(), Qos::AtLeastOnce),
    ]
}

/// The claim of the active node, and its answers to what it hears of the pair.
pub(super) struct Claimant {
    topics: Topics,
    claim: Claim,
    pair: PairKey,
    board: Arc<Board>,
    /// Whether the claim came back on the connection that stands.
    is_settled: AtomicBool,
}

/// The answer to a message of the pair.
pub(super) enum Answer {
    /// Nothing.
    None,
    /// The claim is published and stays at the broker.
    Claim,
    /// Another node is active in this one's place: this one ends.
    Superseded(Claim),
    /// State and journal go to the standby.
    Share(Option<String>),
}

impl Claimant {
    /// Claims to be active, with a fence that is closed until a sign of life comes back.
    pub(super) fn new(topics: Topics, claim: Claim, pair: PairKey, board: Arc<Board>) -> Claimant {
        board.fence.arm();
        Claimant { topics, claim, pair, board, is_settled: AtomicBool::new(false) }
    }

    /// Returns the claim as it is published.
    pub(super) fn text(&self) -> String {
        self.pair.sign(&self.claim, None)
    }

    /// Returns a sign of life as it is published now.
    pub(super) fn sign_of_life(&self) -> String {
        self.pair.sign(&self.claim, Some(self.board.fence.beat_ms()))
    }

    /// Notes that a connection stands. The claim is published, and does not stay at the broker: the active node answers it. When it
    /// comes back unanswered, there is none.
    pub(super) fn connected(&self) {
        self.is_settled.store(false, Ordering::Relaxed);
    }

    /// Returns topic and payload of something shared.
    fn sealed(&self, what: &str, number: u64, body: Vec<u8>) -> (String, Vec<u8>) {
        let (what, payload) = self.pair.seal(&self.claim, what, number, body);
        (self.topics.replica(&what), payload)
    }

    /// Returns the answer to a message.
    pub(super) fn hear(&self, topic: &str, payload: &[u8]) -> Answer {
        if topic == self.topics.active() {
            match self.pair.read(payload).map(|sign| sign.claim) {
                Some(other) if other > self.claim => {
                    self.board.fence.replace();
                    Answer::Superseded(other)
                }
                Some(other) if other == self.claim && self.is_settled.load(Ordering::Relaxed) => Answer::None,
                _ => {
                    self.is_settled.store(true, Ordering::Relaxed);
                    Answer::Claim
                }
            }
        } else if topic == self.topics.replica("alive") {
            if let Some(Sign { claim, beat: Some(beat), .. }) = self.pair.read(payload)
                && claim == self.claim
            {
                self.board.fence.prove(beat);
            }
            Answer::None
        } else {
            let ask: Option<Ask> = serde_json::from_slice(payload).ok();
            Answer::Share(ask.map(|ask| ask.journal))
        }
    }
}

/// Publishes signs of life.
async fn beat(client: &Client, topics: &Topics, claimant: &Claimant) {
    let mut alive = tokio::time::interval(ALIVE_EVERY);
    loop {
        alive.tick().await;
        client.publish(topics.replica("alive"), Qos::AtMostOnce, false, claimant.sign_of_life()).await;
    }
}

/// Publishes what is shared, each message under the next number.
struct Publisher<'a> {
    client: &'a Client,
    claimant: &'a Claimant,
    sent: u64,
}

impl Publisher<'_> {
    async fn publish(&mut self, what: &str, body: Vec<u8>) {
        self.sent += 1;
        let (topic, payload) = self.claimant.sealed(what, self.sent, body);
        self.client.publish(topic, Qos::AtLeastOnce, false, payload).await;
    }
}

/// Publishes what is shared, until nothing more can come.
async fn send(
    client: &Client,
    claimant: &Claimant,
    mut sources: Sources,
    mut shared: mpsc::Receiver<Waiting>,
) {
    let mut publisher = Publisher { client, claimant, sent: 0 };
    while let Some((given, _room)) = shared.recv().await {
        if let Shared::State { given, cursor, .. } = &given {
            // An alert that the state knows is in the standby's journal before the state comes.
            let settled = sources.settled.wait_for(|settled| settled >= given);
            if !tokio::time::timeout(JOURNAL_PATIENCE, settled).await.is_ok_and(|settled| settled.is_ok()) {
                continue;
            }
            if let Some(cursor) = cursor {
                send_journal(&mut publisher, &sources.journal, cursor.clone()).await;
            }
        }
        for (what, message) in messages(given) {
            publisher.publish(what, message).await;
        }
    }
}

/// Returns the part of a journal after a cursor that fits into one message.
pub(super) fn part_after(path: &Path, cursor: &str) -> anyhow::Result<copy::Part> {
    Ok(copy::part_after(&journal::open_for_reading(path)?, cursor, PIECE / 2)?)
}

/// Publishes what the journal has after a cursor, in parts.
async fn send_journal(publisher: &mut Publisher<'_>, path: &Path, mut cursor: String) {
    loop {
        let (path, after) = (path.to_owned(), cursor.clone());
        let part = match tokio::task::spawn_blocking(move || part_after(&path, &after)).await {
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
        publisher.publish("journal", text.into_bytes()).await;
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
    claimant: &Claimant,
    work: mpsc::WeakSender<Work>,
) -> Claim {
    let client = connection.client();
    let mut answered: Option<Instant> = None;
    let publish = |retain| client.try_publish(topics.active(), Qos::AtLeastOnce, retain, claimant.text());
    loop {
        match connection.next().await {
            Event::Up { .. } => {
                claimant.connected();
                publish(false);
            }
            Event::Message(message) => match claimant.hear(message.topic(), message.payload()) {
                Answer::None => {}
                Answer::Claim => drop(publish(true)),
                Answer::Superseded(other) => return other,
                Answer::Share(_) if answered.is_some_and(|at| at.elapsed() < ANSWER_EVERY) => {}
                Answer::Share(cursor) => {
                    answered = Some(Instant::now());
                    if let Some(work) = work.upgrade() {
                        // A queue that is full has other worries; the standby asks again.
                        work.try_send(Work::Share(cursor)).ok();
                    }
                }
            },
            Event::Down { reason } => {
                let reason = reason.unwrap_or_default();
                tracing::debug!(event = telemetry::STANDBY, reason, "no connection to share over");
            }
            Event::Subscribed { .. } | Event::TooLarge | Event::Acknowledged | Event::Ended => {}
        }
    }
}

/// Messages as they are published, each after the last part of its topic: numbers little-endian, then bytes.
pub(super) fn messages(shared: Shared) -> Vec<(&'static str, Vec<u8>)> {
    match shared {
        Shared::Input { first, frames } => {
            let run =
                |(before, run): (u64, &[u8])| ("input", [&(first + before).to_le_bytes()[..], run].concat());
            input::runs(&frames, PIECE).into_iter().map(run).collect()
        }
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
    fn a_slow_broker_costs_no_more_memory_than_its_room() {
        let (out, mut shared) = Out::new(4, 100);
        let give = |first, bytes| out.give(Shared::Input { first, frames: vec![0; bytes] });
        [60, 50, 40, 1].into_iter().zip(0..).for_each(|(bytes, first)| give(first, bytes));
        let mut next = || shared.try_recv().ok().map(|(shared, _)| shared.bytes());
        assert_eq!([next(), next(), next()], [Some(60), Some(40), None]);
        give(4, 100);
        assert_eq!(next(), Some(100));
    }

    #[test]
    fn what_comes_at_once_is_shared_in_messages_that_a_broker_takes() {
        let mut frames = Vec::new();
        let sizes = [400 << 10, 400 << 10, 400 << 10, 4 << 20, 7, 9];
        sizes.iter().for_each(|size| input::encode("feed", 1, &vec![b'x'; *size], &mut frames));
        let sent = messages(Shared::Input { first: 5, frames });
        let told = sent.iter().map(|(_, message)| {
            let (first, run) = message.split_first_chunk::<8>().expect("a number");
            (u64::from_le_bytes(*first), input::frames(run).map(|logged| logged.payload.len()).collect())
        });
        let want = [(5, &sizes[..2]), (7, &sizes[2..3]), (8, &sizes[3..4]), (9, &sizes[4..])];
        assert_eq!(told.collect::<Vec<_>>(), want.map(|(first, sizes)| (first, sizes.to_vec())));
    }

    #[test]
    fn a_state_larger_than_the_room_comes_over_alone() {
        let (out, mut shared) = Out::new(4, 100);
        let state = |bytes| Shared::State { next: 0, state: vec![0; bytes], given: 0, cursor: None };
        [250, 1, 250].map(state).into_iter().for_each(|state| out.give(state));
        let mut next = || shared.try_recv().ok().map(|(shared, _)| shared.bytes());
        assert_eq!([next(), next()], [Some(250), None]);
        out.give(state(300));
        assert_eq!(next(), Some(300));
    }
}
