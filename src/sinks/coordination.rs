//! The coordination channel: alerts and actions over MQTT at QoS 1, one in flight, the next after its PUBACK; and the
//! node's status, retained.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::acked::{Acked, AckedLink, acked};
use super::event_json::Stamp;
use super::{Sink, Undelivered};
use crate::clock;
use crate::config::Broker;
use crate::health::{Board, Link, status};
use crate::journal::Due;
use crate::model::AlertMessage;
use crate::mqtt::{Connection, Event, MAX_PACKET, Options, Qos, Topics};

/// Name of the sink in the journal, in status and in metrics.
pub use crate::journal::COORDINATION as NAME;
/// Requests that a client holds: one alert, a few statuses.
const CAPACITY: usize = 16;
/// Events from the connection's task that wait to be looked at.
const EVENTS: usize = 16;
/// Interval between statuses; every change is told besides.
pub const STATUS_EVERY: Duration = Duration::from_secs(10);
/// How long the last status may take to leave.
const CLOSING: Duration = Duration::from_secs(2);

/// The coordination channel.
pub struct Coordination {
    topics: Topics,
    board: Arc<Board>,
    acked: Acked,
    closing: watch::Sender<bool>,
    tasks: [JoinHandle<()>; 2],
}

impl Coordination {
    /// Connects, tells the status (now and then, and when `changed` asks for it), and sends `unwritten` alerts at once. Needs a tokio runtime.
    ///
    /// # Errors
    /// Files that the broker's configuration names cannot be read.
    pub fn start(
        broker: &Broker,
        topics: &Topics,
        stamp: Stamp,
        board: Arc<Board>,
        changed: mpsc::Receiver<()>,
        unwritten: mpsc::UnboundedReceiver<String>,
    ) -> anyhow::Result<Coordination> {
        let options = Options {
            capacity: CAPACITY,
            in_flight: Some(1),
            last_will: Some((topics.status(), status::last_will(stamp.identity()))),
            ..Options::new(topics.client_id("out"))
        };
        let (events, connection) = Connection::new(broker, options)?.spawn(EVENTS);
        let (acked_link, acked) = acked();
        let (closing, closed) = watch::channel(false);
        let link = StatusLink { topic: topics.status(), stamp, board: Arc::clone(&board), acked: acked_link };
        let link = tokio::spawn(link.run(events, changed, unwritten, closed));
        Ok(Coordination { topics: topics.clone(), board, acked, closing, tasks: [link, connection] })
    }

    fn topic_of(&self, due: &Due) -> Result<String, Undelivered> {
        let topic = match due.is_action {
            true => self.topics.inbound(&self.topics.action(&due.id)),
            false => topic_of(&due.body).map_err(|error| Undelivered::Never(error.to_string()))?,
        };
        match topic.len() + due.body.len() + 16 < MAX_PACKET {
            true => Ok(topic),
            false => Err(Undelivered::Never("it is larger than a packet may be".to_owned())),
        }
    }
}

impl Sink for Coordination {
    fn is_up(&self) -> bool {
        self.acked.is_up()
    }

    async fn up(&mut self) {
        self.acked.up().await;
    }

    async fn deliver(&mut self, entry: &Due) -> Result<(), Undelivered> {
        let topic = self.topic_of(entry)?;
        let asked_ns = clock::nanos();
        self.board.note().publishing(entry.n, asked_ns);
        self.acked.publish(topic, &entry.body).await?;
        if self.board.traces.is_wanted() {
            self.board.traces.sent(entry.n, [asked_ns, clock::nanos()]);
        }
        Ok(())
    }

    /// Says that the node is offline, and waits until that has left.
    async fn close(self) {
        self.closing.send_replace(true);
        let [link, connection] = self.tasks;
        let abort = link.abort_handle();
        tokio::time::timeout(CLOSING, link).await.ok();
        abort.abort();
        connection.abort();
    }
}

/// Follows the connection, and tells the status on it.
struct StatusLink {
    topic: String,
    stamp: Stamp,
    board: Arc<Board>,
    acked: AckedLink,
}

impl StatusLink {
    async fn run(
        self,
        mut events: mpsc::Receiver<Event>,
        mut changed: mpsc::Receiver<()>,
        mut unwritten: mpsc::UnboundedReceiver<String>,
        mut closing: watch::Receiver<bool>,
    ) {
        let mut status = tokio::time::interval(STATUS_EVERY);
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.note(event),
                    None => return,
                },
                Some(()) = changed.recv() => self.tell(),
                Some(alert) = unwritten.recv() => self.tell_unwritten(alert),
                _ = status.tick() => self.tell(),
                _ = closing.wait_for(|closing| *closing) => break,
            }
        }
        let Some(client) = self.acked.client() else { return };
        if self.board.fence.is_lost() {
            // The status is that of the node which is active.
            return client.disconnect();
        }
        let offline = status::last_will(self.stamp.identity());
        client.try_publish(&self.topic, Qos::AtMostOnce, true, offline);
        client.disconnect();
        while let Some(event) = events.recv().await {
            if matches!(event, Event::Down { .. } | Event::Ended) {
                return;
            }
        }
    }

    fn note(&self, event: Event) {
        self.acked.note(&event);
        match event {
            Event::Up { session_kept, .. } => {
                self.board.note().link_up(Link::Out, session_kept);
                self.tell();
            }
            Event::Down { reason: Some(reason) } => self.board.note().link_down(Link::Out, reason),
            Event::Down { reason: None }
            | Event::Acknowledged
            | Event::Ended
            | Event::Subscribed { .. }
            | Event::Message(_)
            | Event::TooLarge => {}
        }
    }

    /// Sends an alert that the disk does not take, at QoS 0: it is sent again, and awaited, once it is on disk.
    fn tell_unwritten(&self, alert: String) {
        if self.board.fence.is_open()
            && let (Some(client), Ok(topic)) = (self.acked.client(), topic_of(&alert))
        {
            client.try_publish(topic, Qos::AtMostOnce, false, alert);
        }
    }

    /// Tells the status at QoS 0, so that the one PUBACK that is ever awaited is an entry's; the next status comes anyway.
    fn tell(&self) {
        let Some(client) = self.acked.client().filter(|_| !self.board.fence.is_lost()) else { return };
        let text = status::render(&self.board.note(), self.stamp.identity(), clock::now());
        client.try_publish(&self.topic, Qos::AtMostOnce, true, text);
    }
}

/// Returns the topic of an event, by what the event says: an earlier run may have written it.
///
/// # Errors
/// The line is no alert event.
pub fn topic_of(line: &str) -> Result<String, serde_json::Error> {
    let message = AlertMessage::read(line)?;
    let event = &message.event;
    Ok(Topics::new(&message.node, message.exercise.as_deref()).alert(&event.pattern, &event.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_events_topic_is_what_it_says() {
        let line =
            crate::sinks::event_json::tests::WANT.replace(r#""exercise":null"#, r#""exercise":"dawn""#);
        let topic = "vigie/bb-ops/exercise/dawn/alerts/loitering/0b9f8b1c-7c5e-5f0a-8a55-000000000001";
        assert_eq!(topic_of(&line).expect("fine"), topic);
        assert!(topic_of("{}").is_err());
    }
}
