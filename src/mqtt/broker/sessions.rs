//! What the embedded broker remembers: sessions with their subscriptions and queues, and retained messages.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use anyhow::{Context, bail};
use rumqttc::{
    ConnAck, Connect, ConnectReturnCode, LastWill, Packet, PubAck, PubComp, PubRec, Publish, QoS, SubAck,
    Subscribe, SubscribeReasonCode, UnsubAck,
};
use tokio::sync::Notify;

use crate::mqtt::filter_takes;

/// Messages sent to a client before it must acknowledge one.
const IN_FLIGHT: usize = 200;
/// Messages that wait for one client; further ones are dropped for that client.
const WAITING_MAX: usize = 1_000_000;

/// One connection of a client.
pub struct Connection {
    client: String,
    /// The number of this connection among all.
    number: u64,
    /// Signalled when the session has something to write, or belongs to another connection.
    pub wake: Rc<Notify>,
}

/// All that the broker remembers.
#[derive(Default)]
pub struct Sessions {
    by_client: BTreeMap<String, Session>,
    /// The retained message of each topic.
    retained: BTreeMap<String, Publish>,
    /// Connections opened so far.
    connections: u64,
}

/// The state of one client, which outlives its connection unless the client asked for a clean session.
#[derive(Default)]
struct Session {
    /// Topic filters, each with the granted quality of service.
    filters: BTreeMap<String, QoS>,
    /// Answers to the client's own packets, written before anything else.
    answers: VecDeque<Packet>,
    /// Messages that were not sent on this connection yet.
    waiting: VecDeque<Publish>,
    /// Messages sent at QoS 1 that the client has not acknowledged.
    unacknowledged: VecDeque<Publish>,
    /// Packet ids of QoS 2 messages that the client has not released.
    unreleased: BTreeSet<u16>,
    last_packet_id: u16,
    will: Option<LastWill>,
    is_clean: bool,
    /// The number of the connection that has this session, and its signal; none while the client is away.
    connection: Option<(u64, Rc<Notify>)>,
}

impl Sessions {
    /// Opens a connection. An earlier connection of the same client is closed, and its will published.
    pub fn open(&mut self, mut connect: Connect) -> Connection {
        self.connections += 1;
        let (number, wake) = (self.connections, Rc::new(Notify::new()));
        if connect.client_id.is_empty() {
            connect.client_id = format!("anonymous-{number}");
        }
        let client = connect.client_id;
        if let Some((earlier, wake)) =
            self.by_client.get(&client).and_then(|session| session.connection.clone())
        {
            self.close(&Connection { client: client.clone(), number: earlier, wake: Rc::clone(&wake) });
            wake.notify_one();
        }
        if connect.clean_session {
            self.by_client.remove(&client);
        }
        let is_present = self.by_client.contains_key(&client);
        let session = self.by_client.entry(client.clone()).or_default();
        session.answers.clear();
        session.answers.push_back(Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, is_present)));
        // Sent again, in their order and before newer ones (MQTT 3.1.1, section 4.4).
        for mut publish in session.unacknowledged.drain(..).rev() {
            publish.dup = true;
            session.waiting.push_front(publish);
        }
        session.will = connect.last_will;
        session.is_clean = connect.clean_session;
        session.connection = Some((number, Rc::clone(&wake)));
        Connection { client, number, wake }
    }

    /// Ends a connection: publishes the will, unless the client took its leave, and forgets a clean session.
    pub fn close(&mut self, connection: &Connection) {
        let Ok(session) = self.session(connection) else { return };
        session.connection = None;
        session.waiting.retain(|publish| publish.qos != QoS::AtMostOnce);
        let will = session.will.take();
        if session.is_clean {
            self.by_client.remove(&connection.client);
        }
        if let Some(LastWill { topic, message, qos, retain }) = will {
            self.publish(Publish { dup: false, qos, retain, topic, pkid: 0, payload: message });
        }
    }

    /// Applies a packet of the client. Returns false when the client takes its leave.
    ///
    /// # Errors
    /// The client broke the protocol, or another connection has taken the session over.
    pub fn apply(&mut self, connection: &Connection, packet: Packet) -> anyhow::Result<bool> {
        let session = self.session(connection)?;
        match packet {
            Packet::Publish(publish) => {
                let is_new = match publish.qos {
                    QoS::AtMostOnce => true,
                    QoS::AtLeastOnce => session.answer(Packet::PubAck(PubAck::new(publish.pkid))),
                    QoS::ExactlyOnce => {
                        session.answer(Packet::PubRec(PubRec::new(publish.pkid)));
                        session.unreleased.insert(publish.pkid)
                    }
                };
                if !rumqttc::valid_topic(&publish.topic) {
                    bail!("{} is no topic", publish.topic);
                }
                if is_new {
                    self.publish(publish);
                }
            }
            Packet::PubRel(release) => {
                session.unreleased.remove(&release.pkid);
                session.answer(Packet::PubComp(PubComp::new(release.pkid)));
            }
            Packet::PubAck(ack) => {
                session.unacknowledged.retain(|publish| publish.pkid != ack.pkid);
                connection.wake.notify_one();
            }
            Packet::Subscribe(subscribe) => self.subscribe(connection, subscribe)?,
            Packet::Unsubscribe(unsubscribe) => {
                session.filters.retain(|filter, _| !unsubscribe.topics.contains(filter));
                session.answer(Packet::UnsubAck(UnsubAck::new(unsubscribe.pkid)));
            }
            Packet::PingReq => {
                session.answer(Packet::PingResp);
            }
            Packet::Disconnect => {
                session.will = None;
                return Ok(false);
            }
            _ => bail!("a client does not send such a packet"),
        }
        Ok(true)
    }

    /// Returns the next packet to write, if there is one that may be sent now.
    ///
    /// # Errors
    /// Another connection has taken the session over.
    pub fn next_packet(&mut self, connection: &Connection) -> anyhow::Result<Option<Packet>> {
        let session = self.session(connection)?;
        if let Some(answer) = session.answers.pop_front() {
            return Ok(Some(answer));
        }
        if session.unacknowledged.len() >= IN_FLIGHT {
            return Ok(None);
        }
        let Some(mut publish) = session.waiting.pop_front() else { return Ok(None) };
        if publish.qos == QoS::AtLeastOnce {
            if publish.pkid == 0 {
                publish.pkid = session.free_packet_id();
            }
            session.unacknowledged.push_back(publish.clone());
        }
        Ok(Some(Packet::Publish(publish)))
    }

    /// Adds subscriptions, and queues the retained messages that they match.
    fn subscribe(&mut self, connection: &Connection, subscribe: Subscribe) -> anyhow::Result<()> {
        let mut codes = Vec::new();
        let mut retained = Vec::new();
        for filter in &subscribe.filters {
            // QoS 2 is granted as QoS 1, which section 3.9.3 allows.
            let granted = lower(filter.qos, QoS::AtLeastOnce);
            if !rumqttc::valid_filter(&filter.path) {
                codes.push(SubscribeReasonCode::Failure);
                continue;
            }
            codes.push(SubscribeReasonCode::Success(granted));
            let matching =
                self.retained.values().filter(|publish| filter_takes(&filter.path, &publish.topic));
            retained.extend(
                matching.map(|publish| Publish { qos: lower(publish.qos, granted), ..publish.clone() }),
            );
            self.session(connection)?.filters.insert(filter.path.clone(), granted);
        }
        let session = self.session(connection)?;
        session.answer(Packet::SubAck(SubAck::new(subscribe.pkid, codes)));
        session.waiting.extend(retained);
        Ok(())
    }

    /// Queues a message for every session that subscribes to its topic, and keeps it if it is to be retained.
    fn publish(&mut self, mut publish: Publish) {
        (publish.dup, publish.pkid) = (false, 0);
        if publish.retain && publish.payload.is_empty() {
            self.retained.remove(&publish.topic);
        } else if publish.retain {
            self.retained.insert(publish.topic.clone(), publish.clone());
        }
        publish.retain = false;
        for session in self.by_client.values_mut() {
            let matching = session.filters.iter().filter(|(filter, _)| filter_takes(filter, &publish.topic));
            let granted = matching.map(|(_, granted)| *granted).reduce(|a, b| if a < b { b } else { a });
            if let Some(granted) = granted {
                session.queue(Publish { qos: lower(publish.qos, granted), ..publish.clone() });
            }
        }
    }

    /// The session of a connection that still has one.
    fn session(&mut self, connection: &Connection) -> anyhow::Result<&mut Session> {
        let session = self.by_client.get_mut(&connection.client);
        session
            .filter(|session| {
                session.connection.as_ref().is_some_and(|(number, _)| *number == connection.number)
            })
            .context("another connection of this client has taken its session over")
    }
}

impl Session {
    /// Queues a message, and wakes the connection.
    fn queue(&mut self, publish: Publish) {
        let is_lost = self.connection.is_none() && publish.qos == QoS::AtMostOnce;
        if is_lost || self.waiting.len() >= WAITING_MAX {
            return;
        }
        self.waiting.push_back(publish);
        self.wake();
    }

    /// Queues an answer to a packet of the client. Always true.
    fn answer(&mut self, packet: Packet) -> bool {
        self.answers.push_back(packet);
        self.wake();
        true
    }

    fn wake(&self) {
        if let Some((_, wake)) = &self.connection {
            wake.notify_one();
        }
    }

    /// Returns a packet id that no unacknowledged message has.
    fn free_packet_id(&mut self) -> u16 {
        loop {
            self.last_packet_id = self.last_packet_id.wrapping_add(1);
            let id = self.last_packet_id;
            if id != 0 && self.unacknowledged.iter().all(|publish| publish.pkid != id) {
                return id;
            }
        }
    }
}

/// Returns the lower of two qualities of service.
fn lower(a: QoS, b: QoS) -> QoS {
    if b < a { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Opens a connection and takes its CONNACK, whose flag "session present" is returned.
    fn open(
        sessions: &mut Sessions,
        client: &str,
        is_clean: bool,
        will: Option<LastWill>,
    ) -> (Connection, bool) {
        let mut connect = Connect::new(client);
        (connect.clean_session, connect.last_will) = (is_clean, will);
        let connection = sessions.open(connect);
        let Ok(Some(Packet::ConnAck(ack))) = sessions.next_packet(&connection) else { panic!("no CONNACK") };
        (connection, ack.session_present)
    }

    fn subscribe(sessions: &mut Sessions, connection: &Connection, filter: &str) {
        let subscribe = Packet::Subscribe(Subscribe::new(filter, QoS::AtLeastOnce));
        assert!(sessions.apply(connection, subscribe).expect("subscribes"));
        let ack = sessions.next_packet(connection).expect("open");
        assert!(matches!(ack, Some(Packet::SubAck(_))), "{ack:?}");
    }

    fn publish(sessions: &mut Sessions, connection: &Connection, topic: &str, qos: QoS, payload: &str) {
        let publish = Publish { pkid: 7, ..Publish::new(topic, qos, payload) };
        assert!(sessions.apply(connection, Packet::Publish(publish)).expect("publishes"));
    }

    /// Takes the messages that may be sent now, without acknowledging them: payload, flags and packet id.
    fn received(sessions: &mut Sessions, connection: &Connection) -> Vec<(String, bool, u16)> {
        let mut received = Vec::new();
        while let Some(packet) = sessions.next_packet(connection).expect("open") {
            if let Packet::Publish(publish) = packet {
                let payload = String::from_utf8(publish.payload.to_vec()).expect("text");
                received.push((payload, publish.dup || publish.retain, publish.pkid));
            }
        }
        received
    }

    fn payloads(received: &[(String, bool, u16)]) -> Vec<&str> {
        received.iter().map(|(payload, ..)| payload.as_str()).collect()
    }

    #[test]
    fn a_session_keeps_acknowledged_messages_while_its_client_is_away() {
        let mut sessions = Sessions::default();
        let (writer, _) = open(&mut sessions, "writer", true, None);
        let (reader, was_present) = open(&mut sessions, "reader", false, None);
        assert!(!was_present);
        subscribe(&mut sessions, &reader, "a/#");
        sessions.close(&reader);
        publish(&mut sessions, &writer, "a/b", QoS::AtMostOnce, "lost");
        publish(&mut sessions, &writer, "a/b", QoS::AtLeastOnce, "kept");
        publish(&mut sessions, &writer, "b", QoS::AtLeastOnce, "of another topic");
        let (reader, was_present) = open(&mut sessions, "reader", false, None);
        assert!(was_present);
        assert_eq!(payloads(&received(&mut sessions, &reader)), ["kept"]);
        let (reader, was_present) = open(&mut sessions, "reader", true, None);
        assert!(!was_present, "a clean session forgets the earlier one");
        publish(&mut sessions, &writer, "a/b", QoS::AtLeastOnce, "without a subscription");
        assert!(received(&mut sessions, &reader).is_empty());
    }

    #[test]
    fn unacknowledged_messages_are_sent_again_before_newer_ones() {
        let mut sessions = Sessions::default();
        let (writer, _) = open(&mut sessions, "writer", true, None);
        let (reader, _) = open(&mut sessions, "reader", false, None);
        subscribe(&mut sessions, &reader, "a");
        for payload in ["1", "2", "3"] {
            publish(&mut sessions, &writer, "a", QoS::AtLeastOnce, payload);
        }
        let first = received(&mut sessions, &reader);
        assert_eq!(payloads(&first), ["1", "2", "3"]);
        sessions.apply(&reader, Packet::PubAck(PubAck::new(first[1].2))).expect("acknowledges");
        sessions.close(&reader);
        publish(&mut sessions, &writer, "a", QoS::AtLeastOnce, "4");
        let (reader, _) = open(&mut sessions, "reader", false, None);
        let again = received(&mut sessions, &reader);
        assert_eq!(payloads(&again), ["1", "3", "4"]);
        assert_eq!((again[0].1, again[0].2), (true, first[0].2), "marked, under the same packet id");
        assert!(!again[2].1);
    }

    #[test]
    fn a_client_that_acknowledges_nothing_gets_a_bounded_number_of_messages() {
        let mut sessions = Sessions::default();
        let (client, _) = open(&mut sessions, "client", true, None);
        subscribe(&mut sessions, &client, "+");
        for _ in 0..IN_FLIGHT + 5 {
            publish(&mut sessions, &client, "a", QoS::AtLeastOnce, "x");
        }
        let first = received(&mut sessions, &client);
        assert_eq!(first.len(), IN_FLIGHT);
        sessions.apply(&client, Packet::PubAck(PubAck::new(first[0].2))).expect("acknowledges");
        assert_eq!(received(&mut sessions, &client).len(), 1);
    }

    #[test]
    fn a_will_is_published_unless_the_client_disconnects() {
        let mut sessions = Sessions::default();
        let (reader, _) = open(&mut sessions, "reader", true, None);
        subscribe(&mut sessions, &reader, "status");
        let will = || Some(LastWill::new("status", "offline", QoS::AtLeastOnce, true));
        let (client, _) = open(&mut sessions, "client", true, will());
        assert!(!sessions.apply(&client, Packet::Disconnect).expect("disconnects"));
        sessions.close(&client);
        assert!(received(&mut sessions, &reader).is_empty());

        let (client, _) = open(&mut sessions, "client", true, will());
        let (second, _) = open(&mut sessions, "client", true, None);
        assert_eq!(payloads(&received(&mut sessions, &reader)), ["offline"], "the session was taken over");
        assert!(sessions.next_packet(&client).is_err() && sessions.next_packet(&second).is_ok());
        sessions.close(&client);
        assert!(
            sessions.next_packet(&second).is_ok(),
            "the end of the earlier connection leaves the later one"
        );
    }

    #[test]
    fn retained_messages_come_with_every_subscription_until_they_are_removed() {
        let mut sessions = Sessions::default();
        let (client, _) = open(&mut sessions, "client", true, None);
        for payload in ["old", "new"] {
            let publish = Publish { retain: true, ..Publish::new("a", QoS::AtMostOnce, payload) };
            sessions.apply(&client, Packet::Publish(publish)).expect("publishes");
        }
        for _ in 0..2 {
            subscribe(&mut sessions, &client, "#");
            assert_eq!(received(&mut sessions, &client), [("new".to_owned(), true, 0)]);
        }
        let publish = Publish { retain: true, ..Publish::new("a", QoS::AtMostOnce, "") };
        sessions.apply(&client, Packet::Publish(publish)).expect("publishes");
        assert_eq!(received(&mut sessions, &client), [(String::new(), false, 0)], "news while subscribed");
        subscribe(&mut sessions, &client, "#");
        assert!(received(&mut sessions, &client).is_empty());
    }

    #[test]
    fn a_message_at_qos_2_that_is_sent_twice_is_delivered_once() {
        let mut sessions = Sessions::default();
        let (client, _) = open(&mut sessions, "client", true, None);
        subscribe(&mut sessions, &client, "a");
        publish(&mut sessions, &client, "a", QoS::ExactlyOnce, "x");
        publish(&mut sessions, &client, "a", QoS::ExactlyOnce, "x");
        assert_eq!(received(&mut sessions, &client).len(), 1);
        sessions.apply(&client, Packet::PubRel(rumqttc::PubRel::new(7))).expect("releases");
        publish(&mut sessions, &client, "a", QoS::ExactlyOnce, "y");
        assert_eq!(payloads(&received(&mut sessions, &client)), ["y"]);
    }

    #[test]
    fn a_client_that_breaks_the_protocol_is_cut_off() {
        let mut sessions = Sessions::default();
        let (client, _) = open(&mut sessions, "client", true, None);
        let to_a_filter = Publish::new("a/#", QoS::AtMostOnce, "x");
        assert!(sessions.apply(&client, Packet::Publish(to_a_filter)).is_err());
        assert!(sessions.apply(&client, Packet::PingResp).is_err());
        let subscribe = Packet::Subscribe(Subscribe::new("a/#/b", QoS::AtLeastOnce));
        sessions.apply(&client, subscribe).expect("is answered");
        let answer = sessions.next_packet(&client).expect("open");
        let Some(Packet::SubAck(ack)) = answer else { panic!("{answer:?}") };
        assert_eq!(ack.return_codes, [SubscribeReasonCode::Failure]);
    }
}
