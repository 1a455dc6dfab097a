//! Alerts and status out over MQTT: alerts from the journal's outbox, QoS 1, one in flight, the next after its PUBACK.
//!
//! Each connection has a client of its own and a clean session: what a client holds across connections (packet
//! numbers, queued requests) is then never trusted; the journal knows what was not acknowledged.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::event_json::Stamp;
use crate::clock;
use crate::config::Broker;
use crate::health::{Board, Link, status};
use crate::journal::{Due, Outbox};
use crate::model::{AlertMessage, Span};
use crate::mqtt::{Client, Connection, Event, MAX_PACKET, Options, Qos, Topics};
use crate::telemetry;

/// Requests that a client holds: one alert, a few statuses.
const CAPACITY: usize = 16;
/// Events from the connection's task that wait to be looked at.
const EVENTS: usize = 16;
/// Pause before the journal is tried again.
const DISK_PAUSE: Duration = Duration::from_secs(1);
/// A broker that does not acknowledge for so long is asked again on a new connection.
const ACK_PATIENCE: Duration = Duration::from_secs(30);
/// The status is told this often, and on every change.
pub const STATUS_EVERY: Duration = Duration::from_secs(10);
/// Time limit for sending alerts at the end of the watch; the rest is sent after the next start.
const FLUSH_PATIENCE: Duration = Duration::from_secs(5);

/// Sends what is in the outbox, in its order.
pub struct Publisher {
    connection: Option<Connection>,
    topics: Topics,
    stamp: Stamp,
    board: Arc<Board>,
    outbox: Outbox,
    /// Number of the entry in flight, or of the last one.
    asked: u64,
    /// Time when that entry was handed over, UTC ns.
    asked_ns: i64,
    /// Whether that entry is an officer's action.
    asked_action: bool,
    /// Acknowledged by the broker, and not yet so in the journal.
    settled: Option<u64>,
    /// The journal could not be read.
    unread: bool,
    /// An alert is confirmed within so long, or is sent again; zero: nobody confirms.
    receipts: Span,
    /// Up to when it was looked at whether alerts are confirmed.
    looked: i64,
}

/// The topic of an event: by what it says, which an earlier run may have written.
pub fn topic_of(line: &str) -> Result<String, serde_json::Error> {
    let message = AlertMessage::read(line)?;
    let event = &message.event;
    Ok(Topics::new(&message.node, message.exercise.as_deref()).alert(&event.pattern, &event.id))
}

impl Publisher {
    /// Sets it up; files that the broker's options name are read now.
    pub fn new(
        broker: &Broker,
        topics: &Topics,
        stamp: Stamp,
        outbox: Outbox,
        receipts: Span,
        board: Arc<Board>,
    ) -> anyhow::Result<Publisher> {
        let options = Options {
            capacity: CAPACITY,
            in_flight: Some(1),
            last_will: Some((topics.status(), status::last_will(stamp.identity()))),
            ..Options::new(topics.client_id("out"))
        };
        let waiting = outbox.waiting()?;
        if waiting > 0 {
            tracing::info!(event = telemetry::JOURNAL_BACKLOG, waiting, "alerts from before wait to be sent");
        }
        Ok(Publisher {
            connection: Some(Connection::new(broker, options)?),
            topics: topics.clone(),
            stamp,
            board,
            outbox,
            asked: 0,
            asked_ns: 0,
            asked_action: false,
            settled: None,
            unread: false,
            receipts,
            looked: clock::now().0,
        })
    }

    /// Sends until `durable` (the newest entry) is closed and reached. `changed` asks for a status.
    pub async fn run(mut self, mut durable: watch::Receiver<u64>, mut changed: mpsc::Receiver<()>) {
        let Some(connection) = self.connection.take() else { return };
        let (mut events, connection) = connection.spawn(EVENTS);
        let mut client: Option<Client> = None;
        let mut asked_at: Option<Instant> = None;
        let mut status = tokio::time::interval(STATUS_EVERY);
        let mut end: Option<Instant> = None;
        loop {
            if asked_at.is_none()
                && let Some(client) = &client
            {
                durable.borrow_and_update();
                asked_at = self.send_next(client);
            }
            if end.is_some() && asked_at.is_none() && (client.is_none() || self.is_done()) {
                break;
            }
            let patience = asked_at.map(|at| at + ACK_PATIENCE);
            let again = (self.settled.is_some() || self.unread).then(|| Instant::now() + DISK_PAUSE);
            let wake = [patience, end, again].into_iter().flatten().min();
            tokio::select! {
                event = events.recv() => match event {
                    Some(Event::Up { client: up, session_kept }) => {
                        self.board.note().link_up(Link::Out, session_kept);
                        self.tell_status(&up);
                        client = Some(up);
                    }
                    Some(Event::Acknowledged) => {
                        asked_at = None;
                        self.acknowledged();
                    }
                    Some(Event::Down { reason }) => {
                        reason.into_iter().for_each(|reason| self.board.note().link_down(Link::Out, reason));
                        (client, asked_at) = (None, None);
                    }
                    Some(Event::Subscribed { .. } | Event::Message(_)) => {}
                    Some(Event::Ended) | None => (client, asked_at) = (None, None),
                },
                more = durable.changed(), if end.is_none() => {
                    if more.is_err() {
                        end = Some(Instant::now() + FLUSH_PATIENCE);
                    }
                }
                Some(()) = changed.recv(), if end.is_none() => self.tell(client.as_ref()),
                _ = status.tick() => {
                    self.look_for_receipts();
                    self.tell(client.as_ref());
                }
                () = sleep_until(wake) => {
                    if end.is_some_and(|end| end <= Instant::now()) {
                        break;
                    }
                    if again.is_some() && patience.is_none_or(|patience| patience > Instant::now()) {
                        continue;
                    }
                    // Asks again on a new connection.
                    if let Some(client) = client.take() {
                        client.disconnect();
                    }
                    asked_at = None;
                }
            }
        }
        self.close(client, events).await;
        connection.abort();
    }

    fn is_done(&mut self) -> bool {
        matches!(self.outbox.oldest(), Ok(None) | Err(_))
    }

    /// Sends again the events that the coordination channel has not confirmed in time.
    fn look_for_receipts(&mut self) {
        if self.receipts == Span::ZERO {
            return;
        }
        let until = clock::now().0 - self.receipts.0;
        let again = self.outbox.send_again(self.looked - self.receipts.0, until);
        self.looked = clock::now().0;
        let unreceived = self.outbox.unreceived();
        match (again, unreceived) {
            (Ok(again), Ok(unreceived)) => {
                self.board.note().unreceived = unreceived;
                if again > 0 {
                    let event = telemetry::UNRECEIVED;
                    tracing::warn!(event, again, "not confirmed in time: sent again");
                }
            }
            (Err(error), _) | (_, Err(error)) => self.disk_error(&error),
        }
    }

    /// Hands the oldest unsent event to the client; when it did.
    fn send_next(&mut self, client: &Client) -> Option<Instant> {
        if !self.settle() {
            return None;
        }
        loop {
            let found = self.outbox.oldest();
            self.unread = found.is_err();
            let Due { n, is_action, id, body } = match found {
                Ok(found) => found?,
                Err(error) => {
                    self.disk_error(&error);
                    return None;
                }
            };
            self.asked = n;
            self.asked_action = is_action;
            let topic =
                if is_action { Ok(self.topics.inbound(&self.topics.action(&id))) } else { topic_of(&body) };
            let topic = match topic {
                Ok(topic) if topic.len() + body.len() + 16 < MAX_PACKET => topic,
                Ok(_) => {
                    self.skip("it is larger than a packet may be");
                    continue;
                }
                Err(error) => {
                    self.skip(&error.to_string());
                    continue;
                }
            };
            self.asked_ns = clock::nanos();
            self.board.note().publishing(n, self.asked_ns);
            // Refused only while the queue is full of statuses: the broker then hears nothing, and PUBACK or the
            // next status tries again.
            return client.try_publish(topic, Qos::AtLeastOnce, false, body).then(Instant::now);
        }
    }

    fn skip(&mut self, why: &str) {
        let (event, n) = (telemetry::JOURNAL_SKIPPED, self.asked);
        tracing::error!(event, n, why, "an entry of the journal cannot be sent and is passed over");
        self.acknowledged();
    }

    fn acknowledged(&mut self) {
        if self.board.traces.is_wanted() {
            self.board.traces.sent(self.asked, [self.asked_ns, clock::nanos()]);
        }
        self.settled = Some(self.asked);
        self.settle();
    }

    /// Writes down what the broker acknowledged; until that is done nothing more is sent. Whether it is.
    fn settle(&mut self) -> bool {
        let Some(n) = self.settled else { return true };
        match self.outbox.sent(n) {
            Ok(()) => {
                self.settled = None;
                let mut health = self.board.note();
                health.sent += u64::from(!self.asked_action);
                // The writer says so again within a second where its disk still refuses.
                health.disk_error = None;
                true
            }
            Err(error) => {
                self.disk_error(&error);
                false
            }
        }
    }

    fn disk_error(&self, error: &rusqlite::Error) {
        let mut health = self.board.note();
        if health.disk_error.is_none() {
            tracing::error!(event = telemetry::JOURNAL_DISK, %error, "the journal's outbox");
        }
        health.disk_error = Some(error.to_string());
    }

    fn tell(&self, client: Option<&Client>) {
        if let Some(client) = client {
            self.tell_status(client);
        }
    }

    fn tell_status(&self, client: &Client) {
        let text = status::render(&self.board.note(), self.stamp.identity(), clock::now());
        // QoS 0, so that the one PUBACK that is ever awaited is an alert's; the next status comes anyway.
        client.try_publish(self.topics.status(), Qos::AtMostOnce, true, text);
    }

    /// Says that the node is offline, and waits until that has left.
    async fn close(&mut self, client: Option<Client>, mut events: mpsc::Receiver<Event>) {
        let Some(client) = client else { return };
        let offline = status::last_will(self.stamp.identity());
        client.try_publish(self.topics.status(), Qos::AtMostOnce, true, offline);
        client.disconnect();
        let gone = async {
            while let Some(event) = events.recv().await {
                match event {
                    Event::Down { .. } | Event::Ended => break,
                    Event::Acknowledged => self.acknowledged(),
                    Event::Up { .. } | Event::Subscribed { .. } | Event::Message(_) => {}
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(2), gone).await.ok();
    }
}

async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_events_topic_is_what_it_says() {
        let line =
            crate::channel::event_json::tests::WANT.replace(r#""exercise":null"#, r#""exercise":"dawn""#);
        let topic =
            "vigie/bb-ops/exercise/dawn/alerts/loitering/0b9f8b1c-7c5e-5f0a-8a55-000000000001".to_owned();
        assert_eq!(topic_of(&line).expect("fine"), topic);
        assert!(topic_of("{}").is_err());
    }
}
