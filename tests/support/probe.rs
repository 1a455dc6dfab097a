//! A client of the tests: publishes, and keeps all that it sees.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use vigie::config;
use vigie::mqtt::{Client, Connection, Event, Options, Qos, Requests, Session};

/// Time that a test waits for a message.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// One message seen.
#[derive(Clone, Debug)]
pub struct Seen {
    pub topic: String,
    pub payload: String,
}

#[derive(Debug, Default)]
struct State {
    seen: Vec<Seen>,
    subscribed: usize,
    acked: usize,
}

/// The client. Subscribes again on every connection.
pub struct Probe {
    client: Client,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
    published: usize,
}

impl Probe {
    /// Connects under a name and watches a filter.
    pub async fn new(broker: &config::Broker, name: &str, filter: &str) -> Probe {
        let options = Options {
            session: Session::Kept,
            requests: Requests::Carried,
            capacity: 10_000,
            subscriptions: vec![(filter.to_owned(), Qos::AtLeastOnce)],
            ..Options::new(name.to_owned())
        };
        let mut connection = Connection::new(broker, options).expect("options");
        let client = connection.client();
        let state: Arc<Mutex<State>> = Arc::default();
        let to = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                match connection.next().await {
                    Event::Subscribed { .. } => to.lock().expect("lock").subscribed += 1,
                    Event::Acknowledged => to.lock().expect("lock").acked += 1,
                    Event::Message(message) => {
                        let payload = String::from_utf8_lossy(message.payload()).into_owned();
                        let seen = Seen { topic: message.topic().to_owned(), payload };
                        to.lock().expect("lock").seen.push(seen);
                    }
                    Event::Up { .. } | Event::Down { .. } | Event::TooLarge | Event::Ended => {}
                }
            }
        });
        let probe = Probe { client, state, task, published: 0 };
        probe.subscribed(1).await;
        probe
    }

    /// Publishes at QoS 1.
    pub async fn publish(&mut self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.send(topic, payload, false).await;
    }

    /// Publishes a retained message at QoS 1.
    pub async fn publish_retained(&mut self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.send(topic, payload, true).await;
    }

    async fn send(&mut self, topic: &str, payload: impl Into<Vec<u8>>, retain: bool) {
        self.published += 1;
        assert!(self.client.publish(topic, Qos::AtLeastOnce, retain, payload).await, "takes it");
    }

    /// Waits until the broker has acknowledged all that was published.
    pub async fn acknowledged(&self) {
        let published = self.published;
        self.until("acknowledged", |state| state.acked >= published).await;
    }

    /// Waits until it has subscribed so many times, once on each connection.
    pub async fn subscribed(&self, times: usize) {
        self.until("subscribed again", |state| state.subscribed >= times).await;
    }

    /// Returns the messages received so far on topics that contain this text.
    pub fn seen(&self, part: &str) -> Vec<Seen> {
        let state = self.state.lock().expect("lock");
        state.seen.iter().filter(|seen| seen.topic.contains(part)).cloned().collect()
    }

    /// Waits until so many messages came on topics that hold this text.
    pub async fn wait(&self, part: &str, count: usize) -> Vec<Seen> {
        let what = format!("{count} messages on {part}");
        self.until(&what, |state| {
            state.seen.iter().filter(|seen| seen.topic.contains(part)).count() >= count
        })
        .await;
        self.seen(part)
    }

    /// Waits for a message on a topic that holds `part`, with a payload that holds `text`.
    pub async fn wait_for(&self, part: &str, text: &str) -> Seen {
        let fits = |seen: &&Seen| seen.topic.contains(part) && seen.payload.contains(text);
        self.until(text, |state| state.seen.iter().any(|seen| fits(&seen))).await;
        let state = self.state.lock().expect("lock");
        state.seen.iter().rfind(fits).cloned().expect("seen")
    }

    async fn until(&self, what: &str, done: impl Fn(&State) -> bool) {
        let started = Instant::now();
        loop {
            {
                let state = self.state.lock().expect("lock");
                if done(&state) {
                    return;
                }
                assert!(
                    started.elapsed() < PATIENCE,
                    "not {what} in {PATIENCE:?}: {} seen",
                    state.seen.len()
                );
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.task.abort();
    }
}
