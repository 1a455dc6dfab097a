//! Feeds and officers' actions over MQTT: QoS 1, in a session that the broker keeps.
//!
//! When the engine cannot keep up, the listener waits, and the broker queues; what the broker has acknowledged is never
//! dropped here.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::rate_limits::{Excess, RateLimits};
use super::routes::Routes;
use super::signatures::Signatures;
use crate::clock::{self, Clock};
use crate::config::{Broker, Feed};
use crate::health::{Board, Limited, Link};
use crate::model::Span;
use crate::mqtt::{Ack, Connection, Event, MAX_PACKET, Message, Options, Qos, Session, Topics};
use crate::telemetry;

/// Requests that may wait for the network: subscriptions, and acknowledgements.
const CAPACITY: usize = 1000;
/// Payload bytes that wait for the engine, at most.
const WAITING_BYTES: usize = 64 * 1024 * 1024;

/// A message with its stamp; the order of stamps is the order of inputs.
#[derive(Debug)]
pub struct Arrived {
    /// Topic and payload; its [`Ack`] is to be given back once the message is safe.
    pub message: Message,
    /// UTC nanoseconds, strictly increasing.
    pub arrival_ns: i64,
    _room: OwnedSemaphorePermit,
}

#[cfg(test)]
impl Arrived {
    /// Returns a message of a simulated broker.
    pub(crate) fn simulated(message: Message, arrival_ns: i64) -> Arrived {
        let room = Arc::new(Semaphore::new(1)).try_acquire_owned().expect("has room for one");
        Arrived { message, arrival_ns, _room: room }
    }
}

/// The purpose of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The watch. Its session stays at the broker, which queues until the next start; an exercise's does not.
    Watch,
    /// The standby, in the watch's own session: the active node says which messages exceed a limit.
    Standby,
    /// A recording. Its session ends with it.
    Record,
    /// The watch's second listener, at the broker between centres: for feeds of other centres alone.
    Centres,
}

impl Role {
    /// The part of the client identifier that tells this node's connections apart.
    pub fn client(self) -> &'static str {
        match self {
            Role::Watch | Role::Standby => "in",
            Role::Record => "record",
            Role::Centres => "centres",
        }
    }
}

/// Reads the feeds, and hands every message on.
pub struct Listener {
    connection: Connection,
    topics: Topics,
    routes: Routes,
    board: Arc<Board>,
    /// The connection on the board of health; that to the broker between centres has none.
    link: Option<Link>,
    clock: Clock,
    /// Time by which stamps are ahead of the machine's clock, as the board has it.
    told_ahead: Option<Span>,
    room: Arc<Semaphore>,
    limits: Option<RateLimits>,
    /// Check of the signatures of actions; `None` where every action is taken.
    signatures: Option<Signatures>,
    /// Why there is no connection to the broker between centres.
    away: Option<String>,
    /// Since when there is no connection.
    lost: Option<Instant>,
    /// Length of the gap before this run, nanoseconds.
    before_ns: i64,
    /// Time from which the limits count.
    began: Instant,
    /// Acknowledgements of dropped messages, while the client has no room for them.
    dropped: VecDeque<Ack>,
}

impl Listener {
    /// Sets up a listener for feeds and officers' actions; stamps come after `after_ns`. A feed that is not `read_here` keeps
    /// its number, and is subscribed to elsewhere.
    ///
    /// # Errors
    /// Files that the broker's configuration names cannot be read.
    pub fn new(
        broker: &Broker,
        topics: &Topics,
        feeds: &[Feed],
        read_here: impl Fn(&Feed) -> bool,
        role: Role,
        after_ns: i64,
        board: Arc<Board>,
    ) -> anyhow::Result<Listener> {
        let here = feeds.iter().filter(|feed| read_here(feed));
        let actions = (role != Role::Centres).then(|| topics.actions());
        let wanted = here.flat_map(|feed| feed.topics.iter().cloned());
        let mut filters: Vec<String> = wanted.chain(actions).collect();
        filters.iter_mut().for_each(|filter| *filter = topics.inbound(filter));
        filters.dedup();
        let forgets = role == Role::Record || topics.is_exercise();
        let options = Options {
            session: if forgets { Session::KeptUntilStop } else { Session::Kept },
            capacity: CAPACITY,
            subscriptions: filters.into_iter().map(|filter| (filter, Qos::AtLeastOnce)).collect(),
            manual_acks: role != Role::Record,
            ..Options::new(topics.client_id(role.client()))
        };
        let limits = (role != Role::Standby).then(|| RateLimits::new(feeds, broker.max_actions_per_second));
        Ok(Listener {
            connection: Connection::new(broker, options)?,
            link: (role != Role::Centres).then_some(Link::In),
            topics: topics.clone(),
            routes: Routes::new(feeds),
            board,
            clock: Clock::after(after_ns),
            told_ahead: None,
            room: Arc::new(Semaphore::new(WAITING_BYTES)),
            limits,
            signatures: None,
            away: None,
            lost: None,
            before_ns: if after_ns > 0 { clock::nanos().saturating_sub(after_ns) } else { 0 },
            began: Instant::now(),
            dropped: VecDeque::new(),
        })
    }

    /// Checks the signatures of actions besides.
    pub fn verifying(self, signatures: Signatures) -> Listener {
        Listener { signatures: Some(signatures), ..self }
    }

    /// Hands every message to `out` until told to stop, or nobody takes them.
    pub async fn run<T: From<Arrived>>(mut self, out: mpsc::Sender<T>, stop: watch::Receiver<bool>) {
        self.connection = self.connection.until(stop);
        let mut session_kept = false;
        loop {
            match self.connection.next().await {
                Event::Message(message) => {
                    if self.forward(message, &out).await.is_err() {
                        return;
                    }
                }
                Event::Up { session_kept: kept, .. } => {
                    session_kept = kept;
                    self.is_back(kept);
                }
                Event::Subscribed { refused } => {
                    report(&refused);
                    match self.link {
                        Some(link) => self.board.note().link_up(link, session_kept),
                        None => self.note_centres(None),
                    }
                }
                Event::Down { reason } => {
                    match (self.link, reason) {
                        (Some(link), Some(reason)) => self.board.note().link_down(link, reason),
                        (None, Some(reason)) => self.note_centres(Some(reason)),
                        (_, None) => {}
                    }
                    self.lost.get_or_insert_with(Instant::now);
                    self.dropped.clear();
                }
                Event::TooLarge | Event::Acknowledged => {}
                Event::Ended => return,
            }
        }
    }

    /// Logs that the broker between centres is there, or why it is not; each once.
    fn note_centres(&mut self, away: Option<String>) {
        match &away {
            None => {
                tracing::info!(event = telemetry::BROKER_CONNECTED, "connected to the broker between centres")
            }
            Some(reason) if self.away != away => tracing::warn!(
                event = telemetry::BROKER_AWAY,
                reason,
                "no connection to the broker between centres; trying again until there is one"
            ),
            Some(_) => {}
        }
        self.away = away;
    }

    /// A broker that kept the session kept messages too: they come at once.
    fn is_back(&mut self, session_kept: bool) {
        let before_ns = std::mem::take(&mut self.before_ns);
        let away_ns = self.lost.take().map_or(before_ns, |lost| lost.elapsed().as_nanos() as i64);
        if let Some(limits) = self.limits.as_mut().filter(|_| session_kept) {
            limits.back_after(away_ns, self.began.elapsed().as_nanos() as i64);
        }
        if let Some(signatures) = self.signatures.as_mut().filter(|_| session_kept) {
            signatures.back_after(Span(away_ns / 1_000_000), clock::now());
        }
    }

    /// Whether a message is to be dropped, which is logged and counted: a retained one, or one that exceeds a limit.
    fn drops(&mut self, message: &Message) -> bool {
        let topic = self.topics.outside(message.topic()).unwrap_or(message.topic());
        let source = self.routes.source(topic);
        if message.is_retained() {
            if let Some(Limited::Feed(feed)) = source {
                self.board.note().retained(feed, topic);
            }
            return true;
        }
        // The stamps would stand still for an hour when the system's clock is set back by one.
        let now_ns = self.began.elapsed().as_nanos() as i64;
        let checked = match self.limits.as_mut().zip(source) {
            Some((limits, source)) => {
                limits.check(source, message.payload().len(), now_ns).map_err(|e| (e, source))
            }
            // The active node drops it too.
            None if message.payload().len() > MAX_PACKET => return true,
            None => Ok(()),
        };
        let Err((Excess { is_news }, source)) = checked else { return self.refuses(source, message) };
        if is_news {
            let (event, feed) = (telemetry::OVER_LIMIT, self.routes.name(source));
            tracing::warn!(
                event,
                feed,
                topic,
                "the rate limit is exceeded: excess messages are dropped and counted"
            );
        }
        self.board.note().over_limit(source);
        true
    }

    /// Whether a message is an action whose signature is not right, which is logged and counted.
    fn refuses(&mut self, source: Option<Limited>, message: &Message) -> bool {
        let topic = self.topics.outside(message.topic()).unwrap_or(message.topic());
        // What was done at this node's own console comes back, and is passed over.
        let is_own = self.topics.own_action(topic).is_some();
        let Some(signatures) =
            self.signatures.as_mut().filter(|_| source == Some(Limited::Actions) && !is_own)
        else {
            return false;
        };
        let Err(reason) = signatures.check_action(message.payload(), clock::now()) else { return false };
        self.board.note().actions_refused += 1;
        tracing::warn!(event = telemetry::ACTION_BAD, topic, reason = reason.word(), "action refused");
        true
    }

    /// Acknowledges what was dropped.
    fn acknowledge(&mut self, ack: Option<Ack>) {
        self.dropped.extend(ack);
        while self.dropped.front().is_some_and(Ack::try_give) {
            self.dropped.pop_front();
        }
    }

    /// Notes on the board by how much stamps are ahead of the machine's clock, where that has changed by a second.
    fn tell_ahead(&mut self) {
        let ahead = self.clock.ahead();
        let is_news = match (ahead, self.told_ahead) {
            (Some(now), Some(told)) => (now.0 - told.0).abs() >= 1_000,
            (now, told) => now.is_some() != told.is_some(),
        };
        if is_news {
            self.told_ahead = ahead;
            self.board.note().clock_ahead = ahead;
        }
    }

    /// Stamps a message and hands it on; an error when nobody takes it any more.
    async fn forward<T: From<Arrived>>(
        &mut self,
        mut message: Message,
        out: &mpsc::Sender<T>,
    ) -> Result<(), ()> {
        if self.drops(&message) {
            self.acknowledge(message.take_ack());
            return Ok(());
        }
        let arrival_ns = self.clock.stamp();
        if let Some(behind_s) = self.clock.take_step_s() {
            let event = telemetry::CLOCK_SET_BACK;
            tracing::warn!(
                event,
                behind_s,
                "the machine's clock was set back: arrival times go on without it"
            );
        }
        self.tell_ahead();
        let bytes = message.payload().len().min(WAITING_BYTES) as u32;
        let room = match Arc::clone(&self.room).try_acquire_many_owned(bytes) {
            Ok(room) => room,
            Err(_) => {
                self.board.note().waits += 1;
                Arc::clone(&self.room).acquire_many_owned(bytes).await.map_err(drop)?
            }
        };
        match out.try_send(Arrived { message, arrival_ns, _room: room }.into()) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(()),
            Err(mpsc::error::TrySendError::Full(arrived)) => {
                self.board.note().waits += 1;
                out.send(arrived).await.map_err(drop)
            }
        }
    }
}

/// Logs topic filters that the broker does not let this user read.
fn report(refused: &[String]) {
    for filter in refused {
        let event = telemetry::FEED_REFUSED;
        tracing::error!(event, filter, "the broker refuses to let this user read it; check its access list");
    }
}
