//! Nodes that follow a director: what is played for all of them goes to each node's broker, as an exercise.
//!
//! ```text
//! piece that is played ──> message as a receiver sends it ──> queue of each node that reads its topic ──> the node's broker
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::feeder::Messages;
use super::recording::Piece;
use crate::config::{self, Broker, Config};
use crate::mqtt::sender::Sender;
use crate::mqtt::{Topics, filter_takes};
use crate::telemetry;

/// Messages that wait for a node's broker, at most: the exercise waits for it then.
const QUEUE: usize = 4096;
/// Room that there must be in every queue before a further piece is played.
const ROOM: usize = 64;
/// Pause before a broker is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// Last part of the MQTT client id.
const ROLE: &str = "director";

/// Topic and payload.
type Message = (String, Vec<u8>);

/// The nodes that take part in an exercise.
#[derive(Debug)]
pub struct Followers {
    all: Vec<Follower>,
    messages: Messages,
}

/// One node.
#[derive(Debug)]
struct Follower {
    name: String,
    /// Its feeds, without those of other centres.
    feeds: Vec<config::Feed>,
    topics: Topics,
    queue: mpsc::Sender<Message>,
    is_up: Arc<AtomicBool>,
}

impl Followers {
    /// Begins to send to the brokers of nodes. `feeds` are those of the configuration that the recording is played by.
    ///
    /// # Errors
    /// A node has no broker.
    pub fn start(
        nodes: &[Config],
        feeds: &[config::Feed],
        exercise: &str,
        runtime: &Handle,
    ) -> anyhow::Result<Followers> {
        let start = |node: &Config| {
            let name = node.node.name.clone();
            let broker = node.broker.clone();
            let broker = broker.ok_or_else(|| {
                anyhow::anyhow!("the node {name} has no [broker]: nothing can be sent to it")
            })?;
            let feeds = node.feeds.iter().filter(|feed| feed.peer.is_none()).cloned().collect();
            let topics = Topics::new(&name, Some(exercise));
            let (queue, queued) = mpsc::channel(QUEUE);
            let is_up = Arc::new(AtomicBool::new(false));
            runtime.spawn(send_all(broker, topics.client_id(ROLE), queued, Arc::clone(&is_up), name.clone()));
            Ok(Follower { name, feeds, topics, queue, is_up })
        };
        let all = nodes.iter().map(start).collect::<anyhow::Result<_>>()?;
        Ok(Followers { all, messages: Messages::new(feeds) })
    }

    /// Whether every node's queue has room for what comes next.
    pub fn have_room(&self) -> bool {
        self.all.iter().all(|node| node.queue.capacity() >= ROOM)
    }

    /// Returns each node's name, and whether its broker takes messages.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, bool)> {
        self.all.iter().map(|node| (node.name.as_str(), node.is_up.load(Ordering::Relaxed)))
    }

    /// Returns the feeds of all nodes.
    pub fn feeds(&self) -> impl Iterator<Item = &config::Feed> {
        self.all.iter().flat_map(|node| &node.feeds)
    }

    /// Sends a piece of the recording to the nodes that read its topic.
    pub fn pass_on(&mut self, piece: &Piece<'_>) {
        let (topic, payload) = self.messages.of(piece);
        send(&self.all, topic, payload);
    }

    /// Sends a message that is not in the recording to the nodes that read its topic.
    pub fn put_in(&self, topic: &str, payload: &[u8]) {
        send(&self.all, topic, payload);
    }
}

/// Puts a message into the queues of the nodes that read its topic.
fn send(all: &[Follower], topic: &str, payload: &[u8]) {
    let reads = |node: &&Follower| {
        let mut filters = node.feeds.iter().flat_map(|feed| &feed.topics);
        filters.any(|filter| filter_takes(filter, topic))
    };
    for node in all.iter().filter(reads) {
        // There is room: nothing is played without.
        if let Err(error) = node.queue.try_send((node.topics.inbound(topic), payload.to_vec())) {
            let (event, node) = (telemetry::PLAYER, &node.name);
            tracing::error!(event, node, topic, %error, "a message does not reach a node");
        }
    }
}

/// Sends what is queued for one node, over any number of connections.
async fn send_all(
    broker: Broker,
    client_id: String,
    mut queued: mpsc::Receiver<Message>,
    is_up: Arc<AtomicBool>,
    node: String,
) {
    let event = telemetry::PLAYER;
    let mut again: Option<Message> = None;
    loop {
        let mut sender = match Sender::connect_telling(&broker, &client_id, Arc::clone(&is_up)).await {
            Ok(sender) => sender,
            Err(error) => {
                tracing::warn!(event, node, %error, "the broker of a node does not answer, and is tried again");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        loop {
            let message = match again.take() {
                Some(message) => message,
                None => match queued.recv().await {
                    Some(message) => message,
                    None => {
                        if let Err(error) = sender.finish().await {
                            tracing::error!(event, node, %error, "the last messages to a node");
                        }
                        return;
                    }
                },
            };
            let (topic, payload) = message.clone();
            if let Err(error) = sender.send(topic, payload).await {
                tracing::error!(event, node, %error, "a node may lack messages of the exercise");
                again = Some(message);
                break;
            }
        }
    }
}
