//! The other of two: it keeps what the active one shares, in the form in which a restart goes on from it. When the active
//! one falls silent it starts as if it had been that one, with what the broker has sent and the other had not yet shared.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use rumqttc::{AsyncClient, Event, Outgoing, Packet, Publish, QoS};
use rustc_hash::FxHashMap;
use tokio::sync::{mpsc, watch};

use super::replica::Claim;
use crate::channel::actions;
use crate::config::{Broker, Config};
use crate::feed::clock;
use crate::feed::mqtt::{Ack, Listener, Role, Work};
use crate::feed::redelivered::{Redelivered, hash};
use crate::health::Board;
use crate::journal::input::{InputLog, Logged, frames};
use crate::journal::{self, Entry, Journal, checkpoint, input};
use crate::mqtt::{self, Backoff, Topics};
use crate::telemetry;

/// The active one is gone when nothing was heard of it for so long, while the broker answers.
pub const GONE_AFTER: Duration = Duration::from_secs(5);
/// A state is asked for again where none has come.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// So many bytes of messages, and a fresh state is asked for: going on from it must take seconds.
const MOST_BYTES: u64 = 32 << 20;
/// And no later than this.
const OLDEST: Duration = Duration::from_secs(120);
const MESSAGES: usize = 4096;
const CAPACITY: usize = 64;

/// What the one that takes over begins with.
#[derive(Debug)]
pub struct TakenOver {
    /// Its claim.
    pub claim: Claim,
    /// Messages that the other took and that the broker has yet to send to this one.
    pub known: Redelivered,
}

/// Waits as the standby until it is to take over. Needs a tokio runtime.
///
/// # Errors
/// The broker's options or the state folder cannot be used.
pub async fn wait(config: &Config, instance: &str) -> anyhow::Result<TakenOver> {
    let broker = config.broker.as_ref().context("the configuration names no broker")?;
    let topics = Topics::new(&config.node.name, None).as_instance(instance);
    let folder = super::resume::folder(config, None);
    let _lock = super::resume::lock(&folder)?;
    let mut standby = Standby::new(&folder)?;

    let mut options = mqtt::options(broker, &topics.client_id("standby"))?;
    options.set_clean_session(true);
    let (client, mut eventloop) = AsyncClient::new(options, CAPACITY);
    eventloop.set_network_options(mqtt::network_options());
    let (event_in, mut events) = mpsc::channel(CAPACITY);
    let named = broker.clone();
    // Alone in its task: nothing cancels it.
    let polling = tokio::spawn(async move {
        let mut backoff = Backoff::new();
        loop {
            let polled = eventloop.poll().await;
            let wait = match &polled {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    backoff.up();
                    None
                }
                Ok(_) => None,
                Err(error) => {
                    tracing::debug!(
                        event = telemetry::STANDBY,
                        reason = mqtt::reason(error, &named),
                        "no broker"
                    );
                    Some(backoff.down())
                }
            };
            if event_in.send(polled.ok()).await.is_err() {
                return;
            }
            if let Some(wait) = wait {
                tokio::time::sleep(wait).await;
            }
        }
    });

    let (stop, stopped) = watch::channel(false);
    let (work_in, mut work) = mpsc::channel(MESSAGES);
    let mut listening = None;
    tracing::info!(event = telemetry::STANDBY, instance, "looking for the active one");
    let (mut up_since, mut heard) = (None, Instant::now());
    let mut second = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            Some(event) = events.recv() => match event {
                Some(Event::Incoming(Packet::ConnAck(_))) => {
                    up_since = Some(Instant::now());
                    let alerts = topics.alert("+", "+");
                    for filter in [topics.replica("#"), topics.active(), alerts] {
                        client.try_subscribe(filter, QoS::AtLeastOnce).ok();
                    }
                }
                Some(Event::Incoming(Packet::Publish(publish))) => {
                    if standby.take(&topics, &publish)? {
                        heard = Instant::now();
                        if listening.is_none() {
                            // Each message that comes from here on is one that the active one has yet to share.
                            begin_anew(broker, &topics).await?;
                            let board = Arc::new(Board::new(config.feeds.iter().map(|feed| feed.name.clone())));
                            let listener = Listener::new(broker, &topics, &config.feeds, Role::Standby, 0, board)?;
                            listening = Some(tokio::spawn(listener.run(work_in.clone(), stopped.clone())));
                        }
                    }
                }
                Some(_) => {}
                None => up_since = None,
            },
            // Its own end is held here, so that it is never closed.
            Some(work) = work.recv() => {
                if let Work::Message(message) = work {
                    standby.own(&message.publish, message.ack);
                }
            }
            _ = second.tick() => {
                standby.give_back().await;
                if standby.lacks_state() {
                    client.try_publish(topics.replica("ask"), QoS::AtMostOnce, false, "").ok();
                }
                let quiet = up_since.map(|since: Instant| heard.max(since).elapsed());
                if quiet.is_some_and(|quiet| quiet >= GONE_AFTER) {
                    break;
                }
            }
        }
    }
    stop.send_replace(true);
    if let Some(listening) = listening {
        listening.await.ok();
    }
    client.try_disconnect().ok();
    polling.abort();
    let claim = Claim { term: standby.term + 1, instance: instance.to_owned() };
    let (event, term, has_state) = (telemetry::STANDBY, claim.term, standby.next.is_some());
    tracing::warn!(event, instance, term, has_state, "nothing is heard of the active one: taking over");
    Ok(TakenOver { claim, known: standby.finish()? })
}

/// What the broker has kept of the feeds for this one since it was active is the other's by now.
async fn begin_anew(broker: &Broker, topics: &Topics) -> anyhow::Result<()> {
    let mut options = mqtt::options(broker, &topics.client_id(Role::Watch.client()))?;
    options.set_clean_session(true);
    let (client, mut eventloop) = AsyncClient::new(options, CAPACITY);
    eventloop.set_network_options(mqtt::network_options());
    while let Ok(event) = eventloop.poll().await {
        match event {
            Event::Incoming(Packet::ConnAck(_)) => drop(client.try_disconnect()),
            Event::Outgoing(Outgoing::Disconnect) => return Ok(()),
            _ => {}
        }
    }
    anyhow::bail!("the broker went away")
}

struct Standby<'a> {
    folder: &'a Path,
    journal: Journal,
    log: Option<InputLog>,
    /// The number of the message that comes next; `None` until there is a state.
    next: Option<u64>,
    asked: Option<Instant>,
    since: Instant,
    pieces: Vec<Vec<u8>>,
    term: u64,
    /// Messages that the active one shared and that have not come here.
    shared: Redelivered,
    /// Messages that came here and were not shared yet, of each topic in their order.
    held: FxHashMap<String, VecDeque<(u64, Option<Ack>)>>,
    acks: Vec<Ack>,
}

impl Standby<'_> {
    fn new(folder: &Path) -> anyhow::Result<Standby<'_>> {
        Ok(Standby {
            folder,
            journal: Journal::open(&folder.join(journal::FILE))?,
            log: None,
            next: None,
            asked: None,
            since: Instant::now(),
            pieces: Vec::new(),
            term: 0,
            shared: Redelivered::default(),
            held: FxHashMap::default(),
            acks: Vec::new(),
        })
    }

    /// Takes a message of the active one's; whether it was a word of its own and now.
    fn take(&mut self, topics: &Topics, publish: &Publish) -> anyhow::Result<bool> {
        let topic = publish.topic.as_str();
        if topic == topics.active() {
            let claim: Option<Claim> = serde_json::from_slice(&publish.payload).ok();
            self.term = self.term.max(claim.map_or(0, |claim| claim.term));
            return Ok(false);
        }
        if topic == topics.replica("input") {
            self.input(topics, &publish.payload)?;
        } else if topic == topics.replica("state") {
            self.state(&publish.payload)?;
        } else if topic == topics.replica("ask") {
            return Ok(false);
        } else if topic != topics.replica("alive")
            && !publish.retain
            && let Ok(text) = std::str::from_utf8(&publish.payload)
        {
            // An alert, as it was published: the active one has sent it.
            self.journal.mirror(text)?;
        }
        Ok(true)
    }

    fn input(&mut self, topics: &Topics, payload: &[u8]) -> anyhow::Result<()> {
        let Some((first, bytes)) = payload.split_first_chunk::<8>() else { return Ok(()) };
        let first = u64::from_le_bytes(*first);
        if self.next.is_some_and(|next| first > next) {
            // Something of it did not come: only the whole state mends that.
            (self.next, self.asked) = (None, None);
        }
        for (number, logged) in (first..).zip(frames(bytes)) {
            self.was_shared(&logged);
            if self.next == Some(number) {
                if let Some(log) = &mut self.log {
                    log.append(&logged.topic, logged.arrival_ns, &logged.payload)?;
                }
                self.next = Some(number + 1);
                if actions::is_topic(&logged.topic)
                    && let Ok(action) =
                        actions::parse(&logged.topic, &logged.payload, clock::at(logged.arrival_ns))
                {
                    // The active one publishes it.
                    let mut entry = super::desk::entry_of(
                        &action,
                        &logged.topic,
                        &logged.payload,
                        logged.arrival_ns,
                        topics,
                    );
                    if let Entry::Action { own, .. } = &mut entry {
                        *own = false;
                    }
                    self.journal.append(&[entry])?;
                }
            }
        }
        if let Some(log) = &mut self.log {
            log.flush()?;
        }
        Ok(())
    }

    fn state(&mut self, payload: &[u8]) -> anyhow::Result<()> {
        let Some((head, bytes)) = payload.split_first_chunk::<16>() else { return Ok(()) };
        let (next, at) =
            (u64::from_le_bytes(head[..8].try_into()?), u32::from_le_bytes(head[8..12].try_into()?));
        let pieces = u32::from_le_bytes(head[12..].try_into()?);
        if at == 0 {
            self.pieces.clear();
        }
        if self.pieces.len() != at as usize {
            return Ok(());
        }
        self.pieces.push(bytes.to_vec());
        if at + 1 < pieces {
            return Ok(());
        }
        let state = std::mem::take(&mut self.pieces).concat();
        input::clear_from(self.folder, 0);
        checkpoint::clear(self.folder);
        checkpoint::write(self.folder, next, &state)?;
        self.log = Some(InputLog::begin(self.folder, next)?);
        if self.next.replace(next).is_none() {
            tracing::info!(
                event = telemetry::STANDBY,
                next,
                bytes = state.len(),
                "has the active one's state"
            );
        }
        (self.asked, self.since) = (None, Instant::now());
        Ok(())
    }

    /// Whether a state is to be asked for.
    fn lacks_state(&mut self) -> bool {
        let old =
            self.since.elapsed() > OLDEST || self.log.as_ref().is_some_and(|log| log.bytes() > MOST_BYTES);
        if self.next.is_some() && !old || self.asked.is_some_and(|asked| asked.elapsed() < ASK_EVERY) {
            return false;
        }
        self.asked = Some(Instant::now());
        true
    }

    /// The active one has taken this message: the broker may forget it here too.
    fn was_shared(&mut self, logged: &Logged) {
        let key = hash(&logged.topic, &logged.payload);
        let held = self.held.get_mut(&logged.topic);
        let place = held.as_ref().and_then(|held| held.iter().position(|(other, _)| *other == key));
        match held.zip(place) {
            // A broker keeps a topic's order: those before were over a limit, and the active one dropped them.
            Some((held, place)) => self.acks.extend(held.drain(..=place).filter_map(|(_, ack)| ack)),
            None => self.shared.note(&logged.topic, &logged.payload),
        }
    }

    /// The broker has sent this message here.
    fn own(&mut self, publish: &Publish, ack: Option<Ack>) {
        if self.shared.knows(&publish.topic, &publish.payload) {
            self.acks.extend(ack);
        } else {
            let key = hash(&publish.topic, &publish.payload);
            self.held.entry(publish.topic.clone()).or_default().push_back((key, ack));
        }
    }

    async fn give_back(&mut self) {
        for ack in self.acks.drain(..) {
            ack.give().await;
        }
    }

    /// All of it is on disk.
    fn finish(mut self) -> anyhow::Result<Redelivered> {
        if let Some(log) = &mut self.log {
            log.flush()?;
            log.file().sync_data()?;
        }
        Ok(self.shared)
    }
}
