//! The standby of two nodes keeps what the active node shares, in the form in which a restart goes on from it. When the active
//! one falls silent it starts as if it had been that one, with what the broker has sent and the other had not yet shared.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustc_hash::FxHashMap;
use tokio::sync::{mpsc, watch};

use super::claims::{Claim, PairKey};
use super::engine_thread::{entry_of, origin_of};
use super::replica::Ask;
use super::salvage::{self, entry_from};
use crate::clock;
use crate::config::Config;
use crate::feed::listener::{Arrived, Listener, Role};
use crate::feed::redelivered::{Redelivered, hash};
use crate::health::Board;
use crate::journal::copy::Part;
use crate::journal::files::Machine;
use crate::journal::input::{InputLog, Logged, frames};
use crate::journal::{Entry, Journal, checkpoint, input, spare};
use crate::model::Origin;
use crate::mqtt::{Ack, Client, Connection, Event, Message, Options, Qos, Topics, end_session, is_action};
use crate::telemetry;
use crate::wire::shared::action_of;

/// Silence after which the active node counts as gone, while the broker answers.
pub const GONE_AFTER: Duration = Duration::from_secs(5);
/// Interval at which a state is asked for, while none comes.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// Size of the logged messages beyond which a fresh state is requested, bytes: catching up must take seconds.
const MOST_BYTES: u64 = 32 << 20;
/// Age of the state beyond which a fresh one is requested.
const OLDEST: Duration = Duration::from_secs(120);
/// Messages of feeds that wait to be looked at.
const MESSAGES: usize = 4096;
/// Requests and events of the connection that wait.
const CAPACITY: usize = 64;
/// Interval at which the standby acknowledges, asks, and looks whether the active node is silent.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Time between two looks beyond which this process was paused.
const PAUSED: Duration = Duration::from_secs(2);
/// File with the newest entry of the active node's journal that was brought over.
const CURSOR: &str = "journal-cursor";

/// State that the node begins with when it takes over.
#[derive(Debug)]
pub struct TakenOver {
    /// Claim of the node to be active.
    pub claim: Claim,
    /// Messages that the other node took, and that the broker has yet to send to this one.
    pub known: Redelivered,
}

/// Waits as the standby until it is to take over. Needs a tokio runtime.
///
/// # Errors
/// The broker's options or the state folder cannot be used.
pub async fn wait(config: &Config, instance: &str) -> anyhow::Result<TakenOver> {
    let broker = config.broker.as_ref().context("the configuration names no broker")?;
    let topics = Topics::new(&config.node.name, None)
        .as_instance(instance)
        .with_secret(super::resume::client_secret(config)?);
    let (folder, _lock) = super::folder::take(&config.state.folder, None)?;
    let mut standby = Standby::new(&folder, PairKey::of(config)?)?;

    let filters = [topics.replica("#"), topics.active(), topics.alert("+", "+")];
    let options = Options {
        capacity: CAPACITY,
        subscriptions: filters.map(|filter| (filter, Qos::AtLeastOnce)).into(),
        ..Options::new(topics.client_id("standby"))
    };
    let (mut events, polling) = Connection::new(broker, options)?.spawn(CAPACITY);

    let (stop, stopped) = watch::channel(false);
    let (arrived_in, mut arrived) = mpsc::channel::<Arrived>(MESSAGES);
    let mut listening = None;
    tracing::info!(event = telemetry::STANDBY, instance, "looking for the active node");
    let mut client: Option<Client> = None;
    let (mut up_since, mut heard) = (None, Instant::now());
    let mut second = tokio::time::interval(LOOK_EVERY);
    let mut looked = Instant::now();
    loop {
        tokio::select! {
            Some(event) = events.recv() => match event {
                Event::Up { client: up, .. } => {
                    (client, up_since) = (Some(up), Some(Instant::now()));
                    // What was published meanwhile did not come here.
                    standby.lacks_journal = true;
                }
                Event::Message(message) => {
                    if standby.take(&topics, &message)? {
                        heard = Instant::now();
                        if listening.is_none() {
                            // The broker has kept the feeds for this node since it was active: that is the other's by
                            // now. Each message that comes from here on is one that the active node has yet to share.
                            end_session(broker, topics.client_id(Role::Watch.client())).await?;
                            let board = Arc::new(Board::new(config.feeds.iter().map(|feed| feed.name.clone())));
                            let listener = Listener::new(broker, &topics, &config.feeds, |_| true, Role::Standby, 0, board)?;
                            let listener = listener.verifying(super::signers::signatures(config, None)?);
                            listening = Some(tokio::spawn(listener.run(arrived_in.clone(), stopped.clone())));
                        }
                    }
                }
                Event::Down { reason } => {
                    let reason = reason.unwrap_or_default();
                    tracing::debug!(event = telemetry::STANDBY, reason, "no connection to the broker");
                    (client, up_since) = (None, None);
                }
                Event::Subscribed { .. } | Event::Acknowledged | Event::Ended => {}
            },
            // The sending end is held here, so that this queue is never closed.
            Some(Arrived { message, .. }) = arrived.recv() => standby.own(&topics, message),
            _ = second.tick() => {
                standby.give_back().await;
                // A node that was paused itself has heard nothing, and knows nothing of the other one.
                if std::mem::replace(&mut looked, Instant::now()).elapsed() > PAUSED {
                    heard = Instant::now();
                }
                if let Some(client) = &client
                    && standby.lacks_state()
                {
                    client.try_publish(topics.replica("ask"), Qos::AtMostOnce, false, standby.ask());
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
    client.into_iter().for_each(|client| client.disconnect());
    polling.abort();
    let claim = Claim { term: standby.term + 1, instance: instance.to_owned() };
    let (event, term, has_state) = (telemetry::STANDBY, claim.term, standby.next.is_some());
    tracing::warn!(event, instance, term, has_state, "the active node is silent: taking over");
    Ok(TakenOver { claim, known: standby.finish()? })
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
    /// Whether published alerts may have been missed.
    lacks_journal: bool,
    /// Alerts that were published meanwhile: they follow what the active one's journal has before them.
    published: Vec<String>,
    /// The newest entry of the active one's journal that was brought over.
    cursor: String,
    pair: PairKey,
    term: u64,
    /// The newest sign of life of the active node: nobody's copy of an older one keeps the standby waiting.
    newest: Option<(Claim, u64)>,
    /// Messages that the active one shared and that have not come here.
    shared: Redelivered,
    /// Messages that came here and were not shared yet, of each topic in their order.
    held: FxHashMap<String, VecDeque<(u64, Option<Ack>)>>,
    acks: Vec<Ack>,
}

impl Standby<'_> {
    fn new(folder: &Path, pair: PairKey) -> anyhow::Result<Standby<'_>> {
        Ok(Standby {
            folder,
            journal: salvage::open(folder)?.0,
            log: None,
            next: None,
            asked: None,
            since: Instant::now(),
            pieces: Vec::new(),
            lacks_journal: true,
            published: Vec::new(),
            cursor: std::fs::read_to_string(folder.join(CURSOR)).unwrap_or_default(),
            pair,
            term: 0,
            newest: None,
            shared: Redelivered::default(),
            held: FxHashMap::default(),
            acks: Vec::new(),
        })
    }

    /// Takes a message of the active one's; whether it was a word of its own and now.
    fn take(&mut self, topics: &Topics, message: &Message) -> anyhow::Result<bool> {
        let (topic, payload) = (message.topic(), message.payload());
        if topic == topics.active() {
            self.term = self.term.max(self.pair.read(payload).map_or(0, |sign| sign.claim.term));
            return Ok(false);
        }
        if topic == topics.replica("alive") {
            return Ok(self.is_alive(payload));
        }
        if topic == topics.replica("input") {
            self.input(topics, payload)?;
        } else if topic == topics.replica("state") {
            self.state(payload)?;
        } else if topic == topics.replica("journal") {
            self.bring(payload)?;
        } else if topic == topics.replica("ask") {
            return Ok(false);
        } else if !message.is_retained()
            && let Ok(text) = std::str::from_utf8(payload)
        {
            // An alert, as it was published: the active one has sent it.
            self.published.push(text.to_owned());
            if !self.lacks_journal {
                self.mirror()?;
            }
        }
        // Only a sign of life is signed.
        Ok(!self.pair.is_required())
    }

    /// Whether a sign of life is one of the active node, and newer than the last.
    fn is_alive(&mut self, payload: &[u8]) -> bool {
        let Some(sign) = self.pair.read(payload) else { return false };
        // An earlier vigie tells no moment.
        let Some(beat) = sign.beat else { return true };
        let sign = Some((sign.claim, beat));
        if sign <= self.newest {
            return false;
        }
        self.newest = sign;
        true
    }

    fn input(&mut self, topics: &Topics, payload: &[u8]) -> anyhow::Result<()> {
        let Some((first, bytes)) = payload.split_first_chunk::<8>() else { return Ok(()) };
        let first = u64::from_le_bytes(*first);
        if self.next.is_some_and(|next| first > next) {
            // Something of it did not come: only the whole state mends that.
            (self.next, self.asked) = (None, None);
        }
        let mut taken = Vec::new();
        for (number, logged) in (first..).zip(frames(bytes)) {
            self.was_shared(topics, &logged);
            if self.next == Some(number) {
                input::encode(&logged.topic, logged.arrival_ns, &logged.payload, &mut taken);
                self.next = Some(number + 1);
                if is_action(&logged.topic)
                    && let Ok(action) = action_of(&logged.payload, clock::at(logged.arrival_ns))
                {
                    let own = topics.own_action(&logged.topic);
                    let (id, _) = origin_of(own, logged.arrival_ns);
                    let entry = entry_of(&action, id, &logged.payload, Origin::ActiveNode);
                    self.journal.append(&mut [entry])?;
                }
            }
        }
        if let Some(log) = &mut self.log {
            log.put(&taken)?;
        }
        Ok(())
    }

    /// Takes a part of the active one's journal.
    fn bring(&mut self, payload: &[u8]) -> anyhow::Result<()> {
        let Ok(part) = serde_json::from_slice::<Part>(payload) else { return Ok(()) };
        let mut entries: Vec<Entry> = part.entries.into_iter().filter_map(entry_from).collect();
        let brought = self.journal.append(&mut entries)?.into_iter().flatten().count();
        if brought > 0 {
            tracing::info!(event = telemetry::STANDBY, brought, "has entries of the active one's journal");
        }
        if self.cursor != part.cursor {
            self.cursor = part.cursor;
            // Where it cannot be written, the same comes again after a restart.
            std::fs::write(self.folder.join(CURSOR), &self.cursor).ok();
        }
        if part.is_last {
            self.lacks_journal = false;
            self.mirror()?;
        }
        Ok(())
    }

    /// Writes down the alerts that were published, after what came before them.
    fn mirror(&mut self) -> anyhow::Result<()> {
        for text in self.published.drain(..) {
            self.journal.mirror(&text)?;
        }
        Ok(())
    }

    /// Returns the request for state and journal.
    fn ask(&self) -> String {
        serde_json::to_string(&Ask { journal: self.cursor.clone() }).unwrap_or_default()
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
        input::clear_from(&Machine, self.folder, 0);
        if let Some(spare) = spare::folder(self.folder) {
            input::clear_from(&Machine, &spare, 0);
        }
        checkpoint::clear(self.folder);
        checkpoint::write(&Machine, self.folder, next, &state)?;
        self.log = Some(InputLog::begin(&Machine::shared(), self.folder, next)?);
        if self.next.replace(next).is_none() {
            tracing::info!(
                event = telemetry::STANDBY,
                next,
                bytes = state.len(),
                "has the active one's state"
            );
        }
        // An active node of an earlier vigie sends no journal.
        (self.asked, self.since, self.lacks_journal) = (None, Instant::now(), false);
        self.mirror()
    }

    /// Whether a state is to be asked for.
    fn lacks_state(&mut self) -> bool {
        let old =
            self.since.elapsed() > OLDEST || self.log.as_ref().is_some_and(|log| log.bytes() > MOST_BYTES);
        let has_all = self.next.is_some() && !self.lacks_journal;
        if has_all && !old || self.asked.is_some_and(|asked| asked.elapsed() < ASK_EVERY) {
            return false;
        }
        self.asked = Some(Instant::now());
        true
    }

    /// The active one has taken this message: the broker may forget it here too.
    fn was_shared(&mut self, topics: &Topics, logged: &Logged) {
        if topics.own_action(&logged.topic).is_some() {
            return;
        }
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
    fn own(&mut self, topics: &Topics, mut message: Message) {
        let (ack, topic, payload) = (message.take_ack(), message.topic(), message.payload());
        // What was done at the active node's console comes by its log alone. Anybody can publish under such a name what is never
        // shared: held here, it would take the places of the feeds' messages on their way.
        if topics.own_action(topic).is_some() || self.shared.knows(topic, payload) {
            self.acks.extend(ack);
        } else {
            let key = hash(topic, payload);
            self.held.entry(topic.to_owned()).or_default().push_back((key, ack));
        }
    }

    async fn give_back(&mut self) {
        for ack in self.acks.drain(..) {
            ack.give().await;
        }
    }

    /// All of it is on disk.
    fn finish(mut self) -> anyhow::Result<Redelivered> {
        self.mirror()?;
        if let Some(log) = &mut self.log {
            log.file().sync()?;
        }
        Ok(self.shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Source};

    #[tokio::test]
    async fn only_messages_that_the_active_node_may_share_are_held() {
        let folder = tempfile::tempdir().expect("folder");
        let main = "[node]\nname = \"n\"\nstate = \"BRB\"".to_owned();
        let source = Source::Memory([("vigie.toml".to_owned(), main)].into());
        let (config, _) = config::load_from(&source, "vigie.toml").expect("is right");
        let topics = Topics::new("n", None);
        let mut standby = Standby::new(folder.path(), PairKey::of(&config).expect("reads")).expect("begins");
        let (acks, given) = std::sync::mpsc::channel();
        for (id, topic) in [(1, "feed"), (2, "vigie/n/actions/own-7"), (3, "vigie/n/actions/7")] {
            standby.own(&topics, Message::simulated(topic, b"{}", id, false, acks.clone()));
        }
        standby.give_back().await;
        assert_eq!(given.try_iter().collect::<Vec<_>>(), [2]);
        let logged = Logged { topic: "feed".to_owned(), arrival_ns: 1, payload: b"{}".to_vec() };
        standby.was_shared(&topics, &logged);
        standby.give_back().await;
        assert_eq!(given.try_iter().collect::<Vec<_>>(), [1]);
    }
}
