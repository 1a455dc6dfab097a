//! One client's way to a broker, made again whenever it is lost: the only poll loop of the program.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::bail;
use rumqttc::{
    AsyncClient, ConnectionError, EventLoop, LastWill, MqttOptions, Outgoing, Packet, Publish, QoS,
    SubscribeFilter, SubscribeReasonCode,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::backoff::Backoff;
use super::options::{self, MOST_SENT, network_options};
use crate::config::Broker;
use crate::telemetry;

/// Quality of service of a message (MQTT 3.1.1, section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qos {
    /// The message may be lost.
    AtMostOnce,
    /// The message is repeated until it is acknowledged.
    AtLeastOnce,
}

impl From<Qos> for QoS {
    fn from(qos: Qos) -> QoS {
        match qos {
            Qos::AtMostOnce => QoS::AtMostOnce,
            Qos::AtLeastOnce => QoS::AtLeastOnce,
        }
    }
}

/// Time that the broker keeps a client's subscriptions, and its messages in flight or waiting (MQTT 3.1.1, 3.1.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// No longer than one connection.
    Clean,
    /// Over connections and restarts of this program: the broker queues meanwhile.
    Kept,
    /// Over lost connections, until the connection is told to stop.
    KeptUntilStop,
}

/// The fate of requests that wait, or are in flight, when a connection is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requests {
    /// Dropped: each connection has a client of its own, so that nothing of the last one is taken for the next one's.
    PerConnection,
    /// Sent on the next connection.
    Carried,
}

/// Options of a connection.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name of the client at the broker; of two connections with one name, the broker ends the older.
    pub client_id: String,
    /// Session that the broker keeps.
    pub session: Session,
    /// Handling of requests when a connection is lost.
    pub requests: Requests,
    /// Requests that may wait for the network.
    pub capacity: usize,
    /// Messages that may be in flight to the broker; `None`: the library's default.
    pub in_flight: Option<u16>,
    /// Topic filters, subscribed to on every connection.
    pub subscriptions: Vec<(String, Qos)>,
    /// Whether messages carry an [`Ack`] to be given by whoever takes them, and are not acknowledged on arrival.
    pub manual_acks: bool,
    /// Topic and payload that the broker publishes, retained, when the connection is lost.
    pub last_will: Option<(String, String)>,
}

impl Options {
    /// Returns options of a clean session without subscriptions, of which requests are dropped with each connection.
    pub fn new(client_id: String) -> Options {
        Options {
            client_id,
            session: Session::Clean,
            requests: Requests::PerConnection,
            capacity: 16,
            in_flight: None,
            subscriptions: Vec::new(),
            manual_acks: false,
            last_will: None,
        }
    }
}

/// A happening on a connection.
#[derive(Debug)]
pub enum Event {
    /// A connection stands, and its subscriptions are asked for.
    Up {
        /// Sends on this connection.
        client: Client,
        /// Whether the broker kept the session.
        session_kept: bool,
    },
    /// The broker answered the subscriptions.
    Subscribed {
        /// Filters that it refuses.
        refused: Vec<String>,
    },
    /// A message came.
    Message(Message),
    /// A message came that is larger than anybody of this program sends: it is dropped, which is logged.
    TooLarge,
    /// The broker acknowledged a message that was published at [`Qos::AtLeastOnce`].
    Acknowledged,
    /// There is no connection; [`Connection::next`] waits, and tries again.
    Down {
        /// The failure, in one line; `None` where this end disconnected.
        reason: Option<String>,
    },
    /// The connection was told to stop, and has.
    Ended,
}

/// A message as received.
#[derive(Debug)]
pub struct Message {
    publish: Publish,
    ack: Option<Ack>,
}

impl Message {
    /// Topic.
    pub fn topic(&self) -> &str {
        &self.publish.topic
    }

    /// Payload.
    pub fn payload(&self) -> &[u8] {
        &self.publish.payload
    }

    /// Whether the broker had kept the message from before the subscription.
    pub fn is_retained(&self) -> bool {
        self.publish.retain
    }

    /// Packet identifier; 0 at [`Qos::AtMostOnce`].
    pub fn packet_id(&self) -> u16 {
        self.publish.pkid
    }

    /// Whether the broker says that it may have sent the message before.
    pub fn is_repeated(&self) -> bool {
        self.publish.dup
    }

    /// Whether the message is to be acknowledged, and has not been handed the right to.
    pub fn has_ack(&self) -> bool {
        self.ack.is_some()
    }

    /// Returns a message of a simulated broker at [`Qos::AtLeastOnce`]; `acks` gets its identifier once it is acknowledged.
    #[cfg(test)]
    pub(crate) fn simulated(
        topic: &str,
        payload: &[u8],
        packet_id: u16,
        is_repeated: bool,
        acks: std::sync::mpsc::Sender<u16>,
    ) -> Message {
        let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload);
        (publish.pkid, publish.dup) = (packet_id, is_repeated);
        let ack = Ack { to: AckTo::Simulated(acks), publish: publish.clone() };
        Message { publish, ack: Some(ack) }
    }

    /// Returns the message as one that the broker had kept.
    #[cfg(test)]
    pub(crate) fn retained(mut self) -> Message {
        self.publish.retain = true;
        self
    }

    /// Takes the right to acknowledge the message; `None` where it is taken, or nothing is to be acknowledged.
    pub fn take_ack(&mut self) -> Option<Ack> {
        self.ack.take()
    }
}

/// The right to let the broker forget a message; the broker delivers again what was not acknowledged.
#[derive(Debug)]
pub struct Ack {
    to: AckTo,
    /// Packet identifier and quality of service alone.
    publish: Publish,
}

/// Where an acknowledgement goes.
#[derive(Debug)]
enum AckTo {
    Broker(AsyncClient),
    /// A simulated broker, which is given the packet identifier.
    #[cfg(test)]
    Simulated(std::sync::mpsc::Sender<u16>),
}

impl Ack {
    /// Tells the broker. Nobody hears it when the connection is another one by now: the message then comes again.
    pub async fn give(self) {
        match &self.to {
            AckTo::Broker(client) => drop(client.ack(&self.publish).await),
            #[cfg(test)]
            AckTo::Simulated(_) => drop(self.try_give()),
        }
    }

    /// Tells the broker unless that would have to wait; whether it was told.
    pub fn try_give(&self) -> bool {
        match &self.to {
            AckTo::Broker(client) => client.try_ack(&self.publish).is_ok(),
            #[cfg(test)]
            AckTo::Simulated(broker) => broker.send(self.publish.pkid).is_ok(),
        }
    }
}

/// Sends on a connection.
#[derive(Clone, Debug)]
pub struct Client(AsyncClient);

impl Client {
    /// Publishes a message unless that would have to wait; whether it was taken.
    pub fn try_publish(
        &self,
        topic: impl Into<String>,
        qos: Qos,
        retain: bool,
        payload: impl Into<Vec<u8>>,
    ) -> bool {
        self.0.try_publish(topic, qos.into(), retain, payload).is_ok()
    }

    /// Publishes a message, once there is room for it; whether it was taken.
    pub async fn publish(
        &self,
        topic: impl Into<String>,
        qos: Qos,
        retain: bool,
        payload: impl Into<Vec<u8>>,
    ) -> bool {
        self.0.publish(topic, qos.into(), retain, payload).await.is_ok()
    }

    /// Ends this connection in good order, after what was published before.
    pub fn disconnect(&self) {
        self.0.try_disconnect().ok();
    }
}

/// A client's way to a broker: connects, subscribes, and after a loss waits and connects again.
pub struct Connection {
    broker: Broker,
    options: Options,
    raw: MqttOptions,
    client: AsyncClient,
    eventloop: EventLoop,
    backoff: Backoff,
    /// Time to wait before the next attempt.
    wait: Option<Duration>,
    /// Events that were found and not returned yet.
    found: VecDeque<Event>,
    stop: Option<watch::Receiver<bool>>,
    /// Whether this connection was told to end.
    is_leaving: bool,
    /// Whether the subscriptions are to be asked for, once there is room for the request.
    is_to_subscribe: bool,
}

impl Connection {
    /// Sets a connection up; reads the files that the broker's configuration names.
    ///
    /// # Errors
    /// A file cannot be read, or the broker's configuration contradicts itself.
    pub fn new(broker: &Broker, options: Options) -> anyhow::Result<Connection> {
        let mut raw = options::options(broker, &options.client_id)?;
        raw.set_clean_session(options.session == Session::Clean).set_manual_acks(options.manual_acks);
        if let Some(in_flight) = options.in_flight {
            raw.set_inflight(in_flight);
        }
        if let Some((topic, payload)) = &options.last_will {
            raw.set_last_will(LastWill::new(topic, payload.as_str(), QoS::AtLeastOnce, true));
        }
        let (client, eventloop) = fresh(&raw, options.capacity);
        Ok(Connection {
            broker: broker.clone(),
            options,
            raw,
            client,
            eventloop,
            backoff: Backoff::default(),
            wait: None,
            found: VecDeque::new(),
            stop: None,
            is_leaving: false,
            is_to_subscribe: false,
        })
    }

    /// Ends in good order, by [`Event::Ended`], once `stop` is true or its sender is gone.
    pub fn until(mut self, stop: watch::Receiver<bool>) -> Connection {
        self.stop = Some(stop);
        self
    }

    /// Returns the client of the connection that stands, or is made next.
    pub fn client(&self) -> Client {
        Client(self.client.clone())
    }

    /// Returns what happens next. A call that is given up half-way may lose what was read from the network: wait for
    /// several things at once by [`Connection::spawn`].
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.found.pop_front() {
                return event;
            }
            if let Some(wait) = self.wait.take() {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = stopped(&mut self.stop) => return Event::Ended,
                }
            }
            let polled = self.poll().await;
            if self.is_to_subscribe && polled.is_ok() {
                self.subscribe();
            }
            match polled {
                Ok(rumqttc::Event::Incoming(Packet::Publish(publish))) => {
                    self.found.push_back(self.message(publish));
                }
                Ok(rumqttc::Event::Incoming(Packet::ConnAck(connack))) => {
                    self.backoff.up();
                    self.subscribe();
                    return Event::Up { client: self.client(), session_kept: connack.session_present };
                }
                Ok(rumqttc::Event::Incoming(Packet::SubAck(codes))) => {
                    return Event::Subscribed { refused: self.refused(&codes.return_codes) };
                }
                Ok(rumqttc::Event::Incoming(Packet::PubAck(_))) => return Event::Acknowledged,
                Ok(rumqttc::Event::Outgoing(Outgoing::Disconnect)) => self.lost(None),
                Ok(_) => {}
                Err(error) => self.lost(Some(options::reason(&error, &self.broker))),
            }
        }
    }

    /// Runs in a task of its own. Events come over a queue of `capacity`; while it is full, nothing is read. The task
    /// ends with the connection, or when nobody takes its events.
    pub fn spawn(mut self, capacity: usize) -> (mpsc::Receiver<Event>, JoinHandle<()>) {
        let (out, events) = mpsc::channel(capacity);
        let task = tokio::spawn(async move {
            loop {
                let event = self.next().await;
                let is_end = matches!(event, Event::Ended);
                if out.send(event).await.is_err() || is_end {
                    return;
                }
            }
        });
        (events, task)
    }

    /// Polls the network; asks the connection to end once it is time.
    async fn poll(&mut self) -> Result<rumqttc::Event, ConnectionError> {
        let Connection { eventloop, client, stop, is_leaving, options, .. } = self;
        // Polled to its end, whatever happens beside it: a poll that is dropped may lose what it has read.
        let mut poll = std::pin::pin!(eventloop.poll());
        loop {
            tokio::select! {
                polled = &mut poll => return polled,
                () = stopped(stop), if !*is_leaving => {
                    *is_leaving = true;
                    if options.session == Session::KeptUntilStop {
                        for (filter, _) in &options.subscriptions {
                            client.try_unsubscribe(filter).ok();
                        }
                    }
                    client.try_disconnect().ok();
                }
            }
        }
    }

    /// Asks for the subscriptions. Where requests are carried over from the last connection, these may take all the room: they go first.
    fn subscribe(&mut self) {
        let filters = self.options.subscriptions.iter();
        let filters = filters.map(|(filter, qos)| SubscribeFilter::new(filter.clone(), (*qos).into()));
        self.is_to_subscribe =
            !self.options.subscriptions.is_empty() && self.client.try_subscribe_many(filters).is_err();
    }

    fn refused(&self, codes: &[SubscribeReasonCode]) -> Vec<String> {
        let answered = self.options.subscriptions.iter().zip(codes);
        let refused = answered.filter(|(_, code)| **code == SubscribeReasonCode::Failure);
        refused.map(|((filter, _), _)| filter.clone()).collect()
    }

    /// Returns a message as received, or that it was too large. Where somebody acknowledges by hand, it is theirs to drop.
    fn message(&self, publish: Publish) -> Event {
        let (bytes, topic) = (publish.payload.len(), &publish.topic);
        if bytes > MOST_SENT && !self.options.manual_acks {
            tracing::warn!(
                event = telemetry::OVER_LIMIT,
                topic,
                bytes,
                "a message is too large and is dropped"
            );
            return Event::TooLarge;
        }
        let ack = (self.options.manual_acks && publish.qos != QoS::AtMostOnce).then(|| {
            let mut bare = Publish::new("", publish.qos, Vec::new());
            bare.pkid = publish.pkid;
            Ack { to: AckTo::Broker(self.client.clone()), publish: bare }
        });
        Event::Message(Message { publish, ack })
    }

    /// Closes the books of a connection that is no more, and makes ready for the next.
    fn lost(&mut self, reason: Option<String>) {
        if self.options.requests == Requests::PerConnection {
            // Read from the network together with what was polled last.
            while let Some(event) = self.eventloop.state.events.pop_front() {
                match event {
                    rumqttc::Event::Incoming(Packet::Publish(publish)) => {
                        let event = self.message(publish);
                        self.found.push_back(event);
                    }
                    rumqttc::Event::Incoming(Packet::PubAck(_)) => self.found.push_back(Event::Acknowledged),
                    _ => {}
                }
            }
            (self.client, self.eventloop) = fresh(&self.raw, self.options.capacity);
        }
        (self.is_leaving, self.is_to_subscribe) = (false, false);
        let is_end = self.stop.as_ref().is_some_and(|stop| *stop.borrow() || stop.has_changed().is_err());
        self.found.push_back(if is_end { Event::Ended } else { Event::Down { reason } });
        self.wait = Some(self.backoff.down());
    }
}

fn fresh(raw: &MqttOptions, capacity: usize) -> (AsyncClient, EventLoop) {
    let (client, mut eventloop) = AsyncClient::new(raw.clone(), capacity);
    eventloop.set_network_options(network_options());
    (client, eventloop)
}

/// Waits until it is time to stop.
async fn stopped(stop: &mut Option<watch::Receiver<bool>>) {
    match stop {
        Some(stop) => drop(stop.wait_for(|stop| *stop).await),
        None => std::future::pending().await,
    }
}

/// Ends the session that the broker keeps for a client: its subscriptions and what waits for it are gone.
///
/// # Errors
/// The broker cannot be reached.
pub async fn end_session(broker: &Broker, client_id: String) -> anyhow::Result<()> {
    let mut connection = Connection::new(broker, Options::new(client_id))?;
    loop {
        match connection.next().await {
            Event::Up { client, .. } => client.disconnect(),
            Event::Down { reason: None } | Event::Ended => return Ok(()),
            Event::Down { reason: Some(reason) } => bail!("{}:{}: {reason}", broker.host, broker.port),
            Event::Subscribed { .. } | Event::Message(_) | Event::TooLarge | Event::Acknowledged => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::broker;

    #[tokio::test]
    async fn subscriptions_are_asked_for_though_requests_take_all_the_room() {
        let port = broker::start(0).expect("starts");
        let options = Options {
            requests: Requests::Carried,
            capacity: 4,
            subscriptions: vec![("t".to_owned(), Qos::AtMostOnce)],
            ..Options::new("c".to_owned())
        };
        let mut connection = Connection::new(&broker::on_loopback(port), options).expect("is right");
        while connection.client().try_publish("other", Qos::AtLeastOnce, false, "x") {}
        let answered = async { while !matches!(connection.next().await, Event::Subscribed { .. }) {} };
        tokio::time::timeout(Duration::from_secs(10), answered).await.expect("the broker answers");
    }
}
