//! A client of the tests: publishes, and keeps all that it sees.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rumqttc::{AsyncClient, Event, Packet, QoS};
use vigie::config;
use vigie::mqtt;

/// How long a test waits for what must come.
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
    client: AsyncClient,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
    published: usize,
}

impl Probe {
    /// Connects under a name and watches a filter.
    pub async fn new(broker: &config::Broker, name: &str, filter: &str) -> Probe {
        let mut options = mqtt::options(broker, name).expect("options");
        options.set_clean_session(false);
        let (client, mut eventloop) = AsyncClient::new(options, 10_000);
        eventloop.set_network_options(mqtt::network_options());
        let state: Arc<Mutex<State>> = Arc::default();
        let (to, subscriber, filter) = (Arc::clone(&state), client.clone(), filter.to_owned());
        let task = tokio::spawn(async move {
            loop {
                match eventloop.poll().await {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        subscriber.try_subscribe(filter.clone(), QoS::AtLeastOnce).expect("room");
                    }
                    Ok(Event::Incoming(Packet::SubAck(_))) => to.lock().expect("lock").subscribed += 1,
                    Ok(Event::Incoming(Packet::PubAck(_))) => to.lock().expect("lock").acked += 1,
                    Ok(Event::Incoming(Packet::Publish(publish))) => {
                        let payload = String::from_utf8_lossy(&publish.payload).into_owned();
                        let seen = Seen { topic: publish.topic, payload };
                        to.lock().expect("lock").seen.push(seen);
                    }
                    Ok(_) => {}
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        });
        let probe = Probe { client, state, task, published: 0 };
        probe.until("subscribed", |state| state.subscribed > 0).await;
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
        self.client.publish(topic, QoS::AtLeastOnce, retain, payload).await.expect("takes it");
    }

    /// Waits until the broker has acknowledged all that was published.
    pub async fn acknowledged(&self) {
        let published = self.published;
        self.until("acknowledged", |state| state.acked >= published).await;
    }

    /// What was seen so far on topics that hold this text.
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
