//! Feeds and actions over MQTT: QoS 1, a persistent session, subscribed again on every connection.
//!
//! `poll` is alone in its task: nothing cancels it, and it never waits for its own client. When the engine cannot
//! keep up, this task waits, so the broker queues; what the broker has acknowledged is never dropped here.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Outgoing, Packet, Publish, QoS};
use rumqttc::{SubscribeFilter, SubscribeReasonCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::clock::{self, Clock};
use super::limits::{Excess, Limits, Over};
use crate::channel::marking::Marks;
use crate::config::{Broker, Feed};
use crate::engine::Setup;
use crate::health::{Board, Link};
use crate::model::FeedId;
use crate::mqtt::{self, Backoff, Topics, filter_takes};
use crate::telemetry;

/// Requests that the client holds: subscriptions only, one for each connection.
const CAPACITY: usize = 1000;
/// Payload bytes that wait for the engine, at most.
const WAITING_BYTES: usize = 64 * 1024 * 1024;

/// A message with its stamp; the order of stamps is the order of inputs.
#[derive(Debug)]
pub struct Arrived {
    /// Topic and payload.
    pub publish: Publish,
    /// UTC nanoseconds, strictly increasing.
    pub arrival_ns: i64,
    /// To be given back once the message is safe.
    pub ack: Option<Ack>,
    _room: OwnedSemaphorePermit,
}

/// The broker's right to forget a message; it delivers again what was not acknowledged.
#[derive(Debug)]
pub struct Ack {
    client: AsyncClient,
    /// Its number and QoS alone.
    publish: Publish,
}

impl Ack {
    /// Tells the broker. Nobody hears it when the connection is another one by now: the message then comes again.
    pub async fn give(self) {
        self.client.ack(&self.publish).await.ok();
    }
}

/// What the engine's thread is given.
#[derive(Debug)]
pub enum Work {
    /// A message.
    Message(Arrived),
    /// Tell the board what the engine counted.
    Snapshot,
    /// What an officer did at this node's own console: an action's payload.
    Own(String),
    /// Share all there is with the standby.
    Share,
    /// Go on with other rules, zones and lists.
    Reload(Box<Reload>),
}

/// Other rules, zones and lists.
#[derive(Debug)]
pub struct Reload {
    /// What is in force from here on.
    pub setup: Setup,
    /// How feeds and zones are marked from here on.
    pub marks: Arc<Marks>,
    /// The change as it is written down.
    pub change: String,
}

/// What a listener listens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The watch. Its session stays at the broker, which queues until the next start; an exercise's does not.
    Watch,
    /// The standby, in the watch's own session: which messages are over a limit is for the active one to say.
    Standby,
    /// A recording. Its session ends with it.
    Record,
}

impl Role {
    /// What its connection is called by.
    pub fn client(self) -> &'static str {
        match self {
            Role::Watch | Role::Standby => "in",
            Role::Record => "record",
        }
    }
}

/// Reads the feeds until `stop`, and hands every message to `out`.
pub struct Listener {
    broker: Broker,
    topics: Topics,
    feeds: Vec<Feed>,
    /// As subscribed, in the order of the return codes.
    filters: Vec<String>,
    options: MqttOptions,
    board: Arc<Board>,
    clock: Clock,
    room: Arc<Semaphore>,
    limits: Option<Limits>,
    /// Since when there is no connection …
    lost: Option<Instant>,
    /// … and how long there was none before this run, nanoseconds.
    before_ns: i64,
    /// When limits began to count.
    began: Instant,
    /// Acknowledgements of what was dropped, while the client has no room for them.
    let_go: VecDeque<Ack>,
    /// The broker is to queue nothing after the end.
    forget: bool,
    /// Messages are acknowledged when they are safe, by who takes them.
    by_hand: bool,
}

impl Listener {
    /// Sets it up, for the feeds and officers' actions; stamps come after `after_ns`; files that the broker's options name are read now.
    pub fn new(
        broker: &Broker,
        topics: &Topics,
        feeds: &[Feed],
        role: Role,
        after_ns: i64,
        board: Arc<Board>,
    ) -> anyhow::Result<Listener> {
        let mut options = mqtt::options(broker, &topics.client_id(role.client()))?;
        let by_hand = role != Role::Record;
        options.set_clean_session(false).set_manual_acks(by_hand);
        let wanted = feeds.iter().flat_map(|feed| feed.topics.iter().cloned());
        let mut filters: Vec<String> = wanted.chain([topics.actions()]).collect();
        filters.iter_mut().for_each(|filter| *filter = topics.inbound(filter));
        filters.dedup();
        Ok(Listener {
            broker: broker.clone(),
            topics: topics.clone(),
            feeds: feeds.to_vec(),
            filters,
            options,
            board,
            clock: Clock::after(after_ns),
            room: Arc::new(Semaphore::new(WAITING_BYTES)),
            limits: (role != Role::Standby).then(|| Limits::new(feeds, broker.max_actions_per_second)),
            lost: None,
            before_ns: if after_ns > 0 { clock::nanos().saturating_sub(after_ns) } else { 0 },
            began: Instant::now(),
            let_go: VecDeque::new(),
            forget: role == Role::Record || topics.is_exercise(),
            by_hand,
        })
    }

    /// Runs until told to stop; the session stays at the broker, which queues for the next start.
    pub async fn run(mut self, out: mpsc::Sender<Work>, mut stop: watch::Receiver<bool>) {
        let (mut backoff, mut session_kept) = (Backoff::new(), false);
        let (mut client, mut eventloop) = self.connect();
        let mut stopper = self.spawn_stopper(client.clone(), stop.clone());
        loop {
            match eventloop.poll().await {
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    if self.forward(publish, &client, &out).await.is_err() {
                        break;
                    }
                }
                Ok(Event::Incoming(Packet::ConnAck(connack))) => {
                    backoff.up();
                    session_kept = connack.session_present;
                    self.is_back(session_kept);
                    self.subscribe(&client);
                }
                Ok(Event::Incoming(Packet::SubAck(codes))) => {
                    self.check(&codes.return_codes);
                    self.board.note().link_up(Link::In, session_kept);
                }
                Ok(Event::Outgoing(Outgoing::Disconnect)) => break,
                Ok(_) => {}
                Err(error) => {
                    if *stop.borrow() {
                        break;
                    }
                    self.board.note().link_down(Link::In, mqtt::reason(&error, &self.broker));
                    // A client of its own for each connection: what was to be acknowledged on the last one is not
                    // taken for what comes on the next.
                    stopper.abort();
                    self.lost.get_or_insert_with(Instant::now);
                    if self.drain(&mut eventloop, &client, &out).await.is_err() {
                        break;
                    }
                    self.let_go.clear();
                    (client, eventloop) = self.connect();
                    stopper = self.spawn_stopper(client.clone(), stop.clone());
                    tokio::select! {
                        () = tokio::time::sleep(backoff.down()) => {}
                        _ = stop.wait_for(|stop| *stop) => break,
                    }
                }
            }
        }
        self.drain(&mut eventloop, &client, &out).await.ok();
        stopper.abort();
    }

    /// Takes what was read from the connection together with what was polled last.
    async fn drain(
        &mut self,
        eventloop: &mut EventLoop,
        client: &AsyncClient,
        out: &mpsc::Sender<Work>,
    ) -> Result<(), ()> {
        while let Some(event) = eventloop.state.events.pop_front() {
            if let Event::Incoming(Packet::Publish(publish)) = event {
                self.forward(publish, client, out).await?;
            }
        }
        Ok(())
    }

    fn connect(&self) -> (AsyncClient, EventLoop) {
        let (client, mut eventloop) = AsyncClient::new(self.options.clone(), CAPACITY);
        eventloop.set_network_options(mqtt::network_options());
        (client, eventloop)
    }

    /// Ends the connection in good order when it is time: the event loop itself waits for nothing but the network.
    fn spawn_stopper(
        &self,
        client: AsyncClient,
        mut stop: watch::Receiver<bool>,
    ) -> tokio::task::JoinHandle<()> {
        let forgotten = if self.forget { self.filters.clone() } else { Vec::new() };
        tokio::spawn(async move {
            if stop.wait_for(|stop| *stop).await.is_ok() {
                forgotten.into_iter().for_each(|filter| drop(client.try_unsubscribe(filter)));
                client.try_disconnect().ok();
            }
        })
    }

    fn subscribe(&self, client: &AsyncClient) {
        let filters =
            self.filters.iter().map(|filter| SubscribeFilter::new(filter.clone(), QoS::AtLeastOnce));
        if let Err(error) = client.try_subscribe_many(filters) {
            // Full only after a thousand connections without one request sent; the next connection subscribes.
            tracing::error!(event = telemetry::FEED_REFUSED, %error, "cannot subscribe");
        }
    }

    fn check(&self, codes: &[SubscribeReasonCode]) {
        for (filter, code) in self.filters.iter().zip(codes) {
            if *code == SubscribeReasonCode::Failure {
                let event = telemetry::FEED_REFUSED;
                tracing::error!(
                    event,
                    filter,
                    "the broker refuses to let this user read it; check its access list"
                );
            }
        }
    }

    /// A broker that kept the session kept messages too.
    fn is_back(&mut self, session_kept: bool) {
        let before_ns = std::mem::take(&mut self.before_ns);
        let away_ns = self.lost.take().map_or(before_ns, |lost| lost.elapsed().as_nanos() as i64);
        if let Some(limits) = self.limits.as_mut().filter(|_| session_kept) {
            limits.back_after(away_ns, self.began.elapsed().as_nanos() as i64);
        }
    }

    /// Whether a message is over a limit, which is told and counted.
    fn is_over(&mut self, publish: &Publish) -> bool {
        let topic = self.topics.outside(&publish.topic).unwrap_or(&publish.topic);
        // The stamps would stand still for an hour when the system's clock is set back by one.
        let now_ns = self.began.elapsed().as_nanos() as i64;
        let Some(limits) = &mut self.limits else { return false };
        let Err(Excess { of, is_news }) = limits.check(topic, publish.payload.len(), now_ns) else {
            return false;
        };
        let feed = match of {
            Over::Feed(feed) => self.feeds[usize::from(feed.0)].name.as_str(),
            Over::Actions => "(actions)",
        };
        if is_news {
            let event = telemetry::OVER_LIMIT;
            tracing::warn!(event, feed, topic, "over its limit: what is over is dropped and counted");
        }
        self.board.note().over_limit(of);
        true
    }

    /// Gives back what was dropped here.
    fn let_go(&mut self, ack: Option<Ack>) {
        self.let_go.extend(ack);
        while let Some(ack) = self.let_go.front() {
            if ack.client.try_ack(&ack.publish).is_err() {
                return;
            }
            self.let_go.pop_front();
        }
    }

    /// Stamps and hands on; an error when nobody takes it any more.
    async fn forward(
        &mut self,
        publish: Publish,
        client: &AsyncClient,
        out: &mpsc::Sender<Work>,
    ) -> Result<(), ()> {
        let ack = (self.by_hand && publish.qos != QoS::AtMostOnce).then(|| {
            let mut bare = Publish::new("", publish.qos, Vec::new());
            bare.pkid = publish.pkid;
            Ack { client: client.clone(), publish: bare }
        });
        if publish.retain {
            let topic = self.topics.outside(&publish.topic).unwrap_or(&publish.topic);
            let taker = self.feeds.iter().position(|feed| feed.topics.iter().any(|f| filter_takes(f, topic)));
            if let Some(number) = taker {
                self.board.note().retained(FeedId(number as u16), topic);
            }
            self.let_go(ack);
            return Ok(());
        }
        if self.is_over(&publish) {
            self.let_go(ack);
            return Ok(());
        }
        let arrival_ns = self.clock.stamp();
        let bytes = publish.payload.len().min(WAITING_BYTES) as u32;
        let room = match Arc::clone(&self.room).try_acquire_many_owned(bytes) {
            Ok(room) => room,
            Err(_) => {
                self.board.note().waits += 1;
                Arc::clone(&self.room).acquire_many_owned(bytes).await.map_err(drop)?
            }
        };
        let work = Work::Message(Arrived { publish, arrival_ns, ack, _room: room });
        match out.try_send(work) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(()),
            Err(mpsc::error::TrySendError::Full(work)) => {
                self.board.note().waits += 1;
                out.send(work).await.map_err(drop)
            }
        }
    }
}
