//! The standby of two nodes keeps what the active node shares, in the form in which a restart goes on from it. When the active
//! one falls silent it starts as if it had been that one, with what the broker has sent and the other had not yet shared.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

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
use crate::journal::files::{Files, Machine};
use crate::journal::input::{InputLog, Logged, frames};
use crate::journal::{Entry, Journal, checkpoint, input, spare};
use crate::model::{ActionKind, AlertMessage, Origin};
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
/// Silence after which a standby that does not have all of the active node's messages takes over, where the other node was active last: that one has
/// all there is, and should it come back, it takes over first.
const GONE_WITHOUT_STATE: Duration = Duration::from_secs(15);
/// Time before a take-over from which on the broker must have answered this node: one that is cut off hears nobody.
const PROBED_FOR: Duration = Duration::from_secs(1);
/// Time for which nothing comes here after which the active node counts as having taken what came before the feeds were listened to.
const QUIET: Duration = Duration::from_secs(2);
/// Age of the newest sign of life up to which the active node is there to be asked.
const FRESH: Duration = Duration::from_secs(2);

/// Time by which messages of two topics may come in another order than to the active node.
const OTHER_ORDER: Duration = Duration::from_secs(5);
/// Alerts that were published and wait for what the active node's journal has before them: that has them too.
const PUBLISHED: usize = 4096;

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
    let mut standby =
        Standby::new(&folder, instance, topics.clone(), PairKey::of(config)?, Machine::shared())?;

    let options = Options {
        capacity: CAPACITY,
        subscriptions: filters(&topics).map(|filter| (filter, Qos::AtLeastOnce)).into(),
        ..Options::new(topics.client_id("standby"))
    };
    let (mut events, polling) = Connection::new(broker, options)?.spawn(CAPACITY);

    let (stop, stopped) = watch::channel(false);
    let (arrived_in, mut arrived) = mpsc::channel::<Arrived>(MESSAGES);
    let mut listening: Option<JoinHandle<()>> = None;
    tracing::info!(event = telemetry::STANDBY, instance, "looking for the active node");
    let mut client: Option<Client> = None;
    let mut second = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            Some(event) = events.recv() => match event {
                Event::Up { client: up, .. } => {
                    client = Some(up);
                    standby.connected();
                }
                Event::Message(message) => standby.hear(&message)?,
                Event::Down { reason } => {
                    let reason = reason.unwrap_or_default();
                    tracing::debug!(event = telemetry::STANDBY, reason, "no connection to the broker");
                    client = None;
                    standby.disconnected();
                }
                Event::Subscribed { .. } | Event::Acknowledged | Event::Ended => {}
            },
            // The sending end is held here, so that this queue is never closed.
            Some(Arrived { message, .. }) = arrived.recv() => standby.own(message),
            _ = second.tick() => {
                for ack in standby.shared_acks()? {
                    ack.give().await;
                }
                match standby.look() {
                    Next::Wait => {}
                    Next::Publish(what, text) => if let Some(client) = &client {
                        client.try_publish(topics.replica(what), Qos::AtMostOnce, false, text);
                    },
                    Next::Listen => {
                        if let Some(before) = listening.take() {
                            before.abort();
                            before.await.ok();
                        }
                        while arrived.try_recv().is_ok() {}
                        if let Err(error) = end_session(broker, topics.client_id(Role::Watch.client())).await {
                            let error = format!("{error:#}");
                            tracing::debug!(event = telemetry::STANDBY, error, "listens later");
                            continue;
                        }
                        let board = Arc::new(Board::new(config.feeds.iter().map(|feed| feed.name.clone())));
                        let listener = Listener::new(broker, &topics, &config.feeds, |_| true, Role::Standby, 0, board)?;
                        let listener = listener.verifying(super::signers::signatures(config, None)?);
                        standby.begin_to_listen();
                        second.reset_immediately();
                        listening = Some(tokio::spawn(listener.run(arrived_in.clone(), stopped.clone())));
                    }
                    Next::TakeOver => break,
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
    standby.take_over()
}

/// Returns what a standby subscribes to: what the active node shares, who is active, and alerts as they are published.
pub(super) fn filters(topics: &Topics) -> [String; 3] {
    [topics.replica("#"), topics.active(), topics.alert("+", "+")]
}

/// The next thing that a standby does by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing.
    Wait,
    /// Listens to the feeds, in a session that begins now.
    Listen,
    /// Publishes a request for state and journal, or what shows that the broker answers: the topic's last part, and the text.
    Publish(&'static str, String),
    /// Becomes the active node.
    TakeOver,
}

/// A message to itself, by which a standby finds out whether the broker answers.
#[derive(Debug, Serialize, Deserialize)]
struct Probe {
    instance: String,
    /// When it was sent, milliseconds since the standby began.
    sent_ms: u64,
}

/// Messages of a topic, or all actions, that came here and were not shared yet, in their order.
#[derive(Debug, Default)]
struct Held {
    messages: VecDeque<Waiting>,
    /// Whether one was shared that came here: what is shared from then on comes here too.
    has_met: bool,
}

/// A message that waits until the active node shares it.
#[derive(Debug)]
struct Waiting {
    key: u64,
    /// Packet identifier.
    id: u16,
    came: Instant,
    ack: Option<Ack>,
}

/// Returns the topic in whose order a message comes: each action may have a topic of its own.
fn order_of(topic: &str) -> &str {
    if is_action(topic) { "actions" } else { topic }
}

impl std::fmt::Debug for Standby {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let held: usize = self.held.values().map(|held| held.messages.len()).sum();
        let Standby { is_complete, next, lacks_journal, .. } = self;
        let has_state = self.log.is_some();
        f.debug_struct("Standby")
            .field("has_state", &has_state)
            .field("is_complete", is_complete)
            .field("next", next)
            .field("lacks_journal", lacks_journal)
            .field("held", &held)
            .finish_non_exhaustive()
    }
}

/// The standby without its connections: it is told what happens on them.
pub(super) struct Standby {
    folder: PathBuf,
    files: Arc<dyn Files>,
    /// Name of this node among the two.
    instance: String,
    topics: Topics,
    journal: Journal,
    /// Messages since the state; `None` until there is one.
    log: Option<InputLog>,
    /// Whether every message that came since the feeds are listened to is one that the active node shares, or has yet to share.
    is_complete: bool,
    /// When the feeds began to be listened to.
    listened: Instant,
    /// Whether the active node has taken what came before that, which never comes here.
    has_caught_up: bool,
    /// The number of the message that is shared next; `None` until one was.
    next: Option<u64>,
    /// Actions about alerts that the journal does not have yet.
    actions: Vec<Entry>,
    asked: Option<Instant>,
    since: Instant,
    pieces: Vec<Vec<u8>>,
    /// Whether published alerts may have been missed.
    lacks_journal: bool,
    /// Alerts that were published meanwhile: they follow what the active one's journal has before them.
    published: VecDeque<String>,
    /// The newest entry of the active one's journal that was brought over.
    cursor: String,
    pair: PairKey,
    /// The newest claim that was heard.
    claim: Claim,
    /// Claim of the node that is active.
    followed: Option<Claim>,
    began: Instant,
    /// When the newest probe that came back was sent.
    probed: Option<Instant>,
    /// When the active node was heard last after a probe of then.
    met: Option<Instant>,
    /// When the connection to the broker came to stand; `None` while there is none.
    up_since: Option<Instant>,
    /// When the active node was heard last.
    heard: Instant,
    /// When this node last looked whether it was.
    looked: Instant,
    /// The newest sign of life of the active node: nobody's copy of an older one keeps the standby waiting.
    newest: Option<(Claim, u64)>,
    /// Messages that the active one shared and that have not come here.
    shared: Redelivered,
    /// Messages that came here and were not shared yet, by topic.
    held: FxHashMap<String, Held>,
    /// The newest message of each packet identifier.
    came: FxHashMap<u16, u64>,
    acks: Vec<Ack>,
}

impl Standby {
    /// Opens the journal of a state folder, of which nothing else is taken up.
    ///
    /// # Errors
    /// The journal cannot be used.
    pub(super) fn new(
        folder: &Path,
        instance: &str,
        topics: Topics,
        pair: PairKey,
        files: Arc<dyn Files>,
    ) -> anyhow::Result<Standby> {
        let now = clock::moment();
        Ok(Standby {
            folder: folder.to_owned(),
            files,
            instance: instance.to_owned(),
            topics,
            journal: salvage::open(folder)?.0,
            log: None,
            is_complete: false,
            listened: now,
            has_caught_up: false,
            next: None,
            actions: Vec::new(),
            asked: None,
            since: now,
            pieces: Vec::new(),
            lacks_journal: true,
            published: VecDeque::new(),
            cursor: std::fs::read_to_string(folder.join(CURSOR)).unwrap_or_default(),
            pair,
            claim: Claim { term: 0, instance: String::new() },
            followed: None,
            began: now,
            probed: None,
            met: None,
            up_since: None,
            heard: now,
            looked: now,
            newest: None,
            shared: Redelivered::default(),
            held: FxHashMap::default(),
            came: FxHashMap::default(),
            acks: Vec::new(),
        })
    }

    /// Notes that a connection stands. What was published before it did not come here.
    pub(super) fn connected(&mut self) {
        self.up_since = Some(clock::moment());
        self.lacks_journal = true;
    }

    /// Notes that there is no connection.
    pub(super) fn disconnected(&mut self) {
        self.up_since = None;
    }

    /// Takes a message of the pair's.
    ///
    /// # Errors
    /// The disk refuses what the message brings.
    pub(super) fn hear(&mut self, message: &Message) -> anyhow::Result<()> {
        if self.take(message)? {
            self.heard = clock::moment();
            // What a broker sends after a message of this node was published after that.
            if self.probed.is_some_and(|sent| self.heard < sent + FRESH) {
                self.met = Some(self.heard);
            }
        }
        Ok(())
    }

    /// Takes a message; whether it shows that there is an active node.
    fn take(&mut self, message: &Message) -> anyhow::Result<bool> {
        let (topic, payload) = (message.topic(), message.payload());
        if topic == self.topics.active() {
            let Some(sign) = self.pair.read(payload).filter(|sign| sign.claim > self.claim) else {
                return Ok(false);
            };
            self.claim = sign.claim;
            // What the broker has kept may be long past. Another one that claims now is there.
            return Ok(!message.is_retained());
        }
        if topic == self.topics.replica("alive") {
            return Ok(self.is_alive(payload));
        }
        if topic == self.topics.replica("probe") {
            self.note_probe(payload);
            return Ok(false);
        }
        if topic == self.topics.replica("input") {
            self.input(payload)?;
        } else if topic == self.topics.replica("state") {
            self.state(payload)?;
        } else if topic == self.topics.replica("journal") {
            self.bring(payload)?;
        } else if topic == self.topics.replica("ask") {
            return Ok(false);
        } else if !message.is_retained()
            && let Ok(text) = std::str::from_utf8(payload)
        {
            // An alert, as it was published: the active one has sent it. What its disk has not it will send again.
            if !AlertMessage::is_not_on_disk(text) {
                self.published.push_back(text.to_owned());
                if self.published.len() > PUBLISHED {
                    self.published.pop_front();
                }
            }
            if !self.lacks_journal {
                self.mirror()?;
            }
        }
        // Only a sign of life is signed.
        Ok(!self.pair.is_required())
    }

    /// Looks what is to be done, each half second.
    pub(super) fn look(&mut self) -> Next {
        let now = clock::moment();
        // A node that was paused itself has heard nothing, and knows nothing of the other one.
        if now - std::mem::replace(&mut self.looked, now) > PAUSED {
            self.heard = now;
        }
        let Some(since) = self.up_since else { return Next::Wait };
        let is_there = self.followed.is_some() && now < self.heard + FRESH;
        let is_quiet =
            now >= self.listened + QUIET && self.held.values().all(|held| held.messages.is_empty());
        self.has_caught_up |= is_there && is_quiet && self.log.is_some();
        let gone = self.heard.max(since) + self.patience();
        if now + PROBED_FOR >= gone {
            return match self.probed {
                Some(probed) if now >= gone && probed + PROBED_FOR >= gone => Next::TakeOver,
                _ => Next::Publish("probe", self.probe(now)),
            };
        }
        if !self.is_complete {
            // Signs of life that waited at the broker may be those of a node that has died since.
            return match self.met {
                Some(met) if is_there && now < met + FRESH => Next::Listen,
                _ => Next::Publish("probe", self.probe(now)),
            };
        }
        match self.lacks_state(now) {
            true => Next::Publish("ask", self.ask()),
            false => Next::Wait,
        }
    }

    /// Returns the silence after which this node takes over.
    fn patience(&self) -> Duration {
        let was_active = self.claim.term == 0 || self.claim.instance == self.instance;
        if self.log.is_some() && self.has_caught_up || was_active { GONE_AFTER } else { GONE_WITHOUT_STATE }
    }

    fn probe(&self, now: Instant) -> String {
        let sent_ms = u64::try_from((now - self.began).as_millis()).unwrap_or(u64::MAX);
        let probe = Probe { instance: self.instance.clone(), sent_ms };
        serde_json::to_string(&probe).unwrap_or_default()
    }

    /// Takes note of a probe of its own that came back: the broker answers, and what came before is here.
    fn note_probe(&mut self, payload: &[u8]) {
        let probe: Option<Probe> = serde_json::from_slice(payload).ok();
        let sent = probe.filter(|probe| probe.instance == self.instance).and_then(|probe| {
            self.began
                .checked_add(Duration::from_millis(probe.sent_ms))
                .filter(|sent| *sent <= clock::moment())
        });
        self.probed = self.probed.max(sent);
    }

    /// Begins anew: the feeds are listened to in a session that begins now. What the broker had kept is the active node's by now;
    /// each message from here on is one that the active node has yet to share.
    pub(super) fn begin_to_listen(&mut self) {
        (self.is_complete, self.next, self.log, self.asked) = (true, None, None, None);
        (self.listened, self.has_caught_up) = (clock::moment(), false);
        self.pieces.clear();
        self.actions.clear();
        self.held.clear();
        self.came.clear();
        self.acks.clear();
        self.shared = Redelivered::default();
    }

    /// Takes over: all of what was shared is on disk.
    ///
    /// # Errors
    /// The disk refuses.
    pub(super) fn take_over(self) -> anyhow::Result<TakenOver> {
        let claim = Claim { term: self.claim.term + 1, instance: self.instance.clone() };
        let (event, instance, term, has_state) =
            (telemetry::STANDBY, &claim.instance, claim.term, self.log.is_some());
        tracing::warn!(event, instance, term, has_state, "the active node is silent: taking over");
        Ok(TakenOver { claim, known: self.finish()? })
    }

    /// Whether a sign of life is one of the active node, and newer than the last.
    fn is_alive(&mut self, payload: &[u8]) -> bool {
        let Some(sign) = self.pair.read(payload) else { return false };
        if self.followed.as_ref() != Some(&sign.claim) {
            // Another node, or another run: it counts messages otherwise.
            self.is_complete = false;
            self.followed = Some(sign.claim.clone());
        }
        // An earlier vigie tells no moment.
        let Some(beat) = sign.beat else { return true };
        let sign = Some((sign.claim, beat));
        if sign <= self.newest {
            return false;
        }
        self.newest = sign;
        true
    }

    fn input(&mut self, payload: &[u8]) -> anyhow::Result<()> {
        let Some((first, bytes)) = payload.split_first_chunk::<8>() else { return Ok(()) };
        let first = u64::from_le_bytes(*first);
        if !self.is_complete {
            return Ok(());
        }
        let next = *self.next.get_or_insert(first);
        if first > next {
            // Something of it did not come: what the broker has for this node may be that, or may not.
            self.is_complete = false;
            return Ok(());
        }
        let mut taken = Vec::new();
        for (number, logged) in (first..).zip(frames(bytes)).skip_while(|(number, _)| *number < next) {
            self.was_shared(&logged);
            self.next = Some(number + 1);
            if self.log.is_none() {
                continue;
            }
            input::encode(&logged.topic, logged.arrival_ns, &logged.payload, &mut taken);
            if is_action(&logged.topic)
                && let Ok(action) = action_of(&logged.payload, clock::at(logged.arrival_ns))
            {
                let own = self.topics.own_action(&logged.topic);
                let (id, _) = origin_of(own, logged.arrival_ns);
                self.actions.push(entry_of(&action, id, &logged.payload, Origin::ActiveNode));
            }
        }
        if let Some(log) = &mut self.log {
            log.put(&taken)?;
        }
        self.write_actions()
    }

    /// Writes actions down. One about an alert that the journal does not have yet waits for it: an acknowledgement changes nothing
    /// of an alert that is not there.
    fn write_actions(&mut self) -> anyhow::Result<()> {
        let (mut ready, mut waiting) = (Vec::new(), Vec::new());
        for entry in self.actions.drain(..) {
            let is_ready = match &entry {
                Entry::Action { action, .. } => match &action.kind {
                    ActionKind::Alert { alert, .. } => self.journal.has_alert(alert)?,
                    _ => true,
                },
                _ => true,
            };
            if is_ready { ready.push(entry) } else { waiting.push(entry) }
        }
        self.actions = waiting;
        self.journal.append(&mut ready)?;
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
        self.write_actions()
    }

    /// Returns the request for state and journal.
    fn ask(&self) -> String {
        serde_json::to_string(&Ask { journal: self.cursor.clone() }).unwrap_or_default()
    }

    fn state(&mut self, payload: &[u8]) -> anyhow::Result<()> {
        if !self.is_complete {
            return Ok(());
        }
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
        if self.next.is_some_and(|own| own != next) {
            // What was shared before it did not all come.
            self.is_complete = false;
            return Ok(());
        }
        input::clear_from(&*self.files, &self.folder, 0);
        if let Some(spare) = spare::folder(&self.folder) {
            input::clear_from(&*self.files, &spare, 0);
        }
        checkpoint::clear(&*self.files, &self.folder);
        checkpoint::write(&*self.files, &self.folder, next, &state)?;
        self.next = Some(next);
        // The journal that came before has them all.
        self.actions.clear();
        if self.log.replace(InputLog::begin(&self.files, &self.folder, next)?).is_none() {
            tracing::info!(
                event = telemetry::STANDBY,
                next,
                bytes = state.len(),
                "has the active one's state"
            );
        }
        // An active node of an earlier vigie sends no journal.
        (self.asked, self.since, self.lacks_journal) = (None, clock::moment(), false);
        self.mirror()
    }

    /// Whether a state is to be asked for now.
    fn lacks_state(&mut self, now: Instant) -> bool {
        let old = now - self.since > OLDEST || self.log.as_ref().is_some_and(|log| log.bytes() > MOST_BYTES);
        let is_asked = self.asked.is_some_and(|asked| now - asked < ASK_EVERY);
        if self.has_all() && !old || is_asked {
            return false;
        }
        self.asked = Some(now);
        true
    }

    /// Whether this node has the active one's state, and all of its journal.
    pub(super) fn has_all(&self) -> bool {
        self.log.is_some() && self.is_complete && !self.lacks_journal
    }

    /// The active one has taken this message: the broker may forget it here too.
    fn was_shared(&mut self, logged: &Logged) {
        if self.topics.own_action(&logged.topic).is_some() {
            return;
        }
        let key = hash(&logged.topic, &logged.payload);
        let held = self.held.entry(order_of(&logged.topic).to_owned()).or_default();
        match held.messages.iter().position(|waiting| waiting.key == key) {
            // A broker keeps a topic's order: those before were over a limit, and the active one dropped them.
            Some(place) => {
                (held.has_met, self.has_caught_up) = (true, true);
                self.acks.extend(held.messages.drain(..=place).filter_map(|waiting| waiting.ack));
            }
            None => {
                let is_ahead = held.has_met;
                self.shared.note(&logged.topic, &logged.payload);
                if is_ahead {
                    self.let_go();
                }
            }
        }
    }

    /// Lets go of what the active node has passed over: it has taken what is yet to come here. What is held takes places of the
    /// messages on their way, and nothing more would come.
    fn let_go(&mut self) {
        let now = clock::moment();
        let before = |waiting: &Waiting| now > waiting.came + OTHER_ORDER;
        for held in self.held.values_mut() {
            let count = held.messages.iter().take_while(|waiting| before(waiting)).count();
            self.acks.extend(held.messages.drain(..count).filter_map(|waiting| waiting.ack));
        }
    }

    /// The broker has sent this message here.
    pub(super) fn own(&mut self, mut message: Message) {
        let (ack, id, topic, payload) =
            (message.take_ack(), message.packet_id(), message.topic(), message.payload());
        // What was done at the active node's console comes by its log alone. Anybody can publish under such a name what is never
        // shared: held here, it would take the places of the feeds' messages on their way.
        if self.topics.own_action(topic).is_some() {
            self.acks.extend(ack);
            return;
        }
        let key = hash(topic, payload);
        let comes_again = self.came.insert(id, key) == Some(key) && message.is_repeated();
        let held = self.held.entry(order_of(topic).to_owned()).or_default();
        if comes_again {
            // The connection was lost with its acknowledgement, or before that was due.
            let before = held.messages.iter_mut().find(|waiting| (waiting.id, waiting.key) == (id, key));
            match before {
                Some(before) => before.ack = ack,
                None => self.acks.extend(ack),
            }
        } else if self.shared.knows(topic, payload) {
            (held.has_met, self.has_caught_up) = (true, true);
            self.acks.extend(ack);
        } else {
            held.messages.push_back(Waiting { key, id, came: clock::moment(), ack });
        }
    }

    /// Whether the node has a state of the active one, and whether that has shared what came here too.
    #[cfg(test)]
    pub(super) fn has_state(&self) -> (bool, bool) {
        (self.log.is_some(), self.held.values().any(|held| held.has_met))
    }

    /// Returns the acknowledgements of what the active node has shared, once that is on disk here too.
    ///
    /// # Errors
    /// The disk refuses it.
    pub(super) fn shared_acks(&mut self) -> anyhow::Result<Vec<Ack>> {
        if !self.acks.is_empty()
            && let Some(log) = &self.log
        {
            log.file().sync()?;
        }
        Ok(std::mem::take(&mut self.acks))
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
    use std::sync::mpsc;

    use super::*;
    use crate::config::{self, Source};
    use crate::pipeline::replica::{Shared, messages};

    const FEED: &str = "feed";

    /// A standby, its clock, and the acknowledgements that it gave.
    struct Beside {
        _folder: tempfile::TempDir,
        standby: Standby,
        began: Instant,
        topics: Topics,
        pair: PairKey,
        acks: (mpsc::Sender<u16>, mpsc::Receiver<u16>),
        beats: u64,
        shared: u64,
    }

    impl Beside {
        fn new() -> Beside {
            let folder = tempfile::tempdir().expect("folder");
            let main = "[node]\nname = \"n\"\nstate = \"BRB\"".to_owned();
            let source = Source::Memory([("vigie.toml".to_owned(), main)].into());
            let (config, _) = config::load_from(&source, "vigie.toml").expect("is right");
            let (topics, pair, began) =
                (Topics::new("n", None), PairKey::of(&config).expect("reads"), Instant::now());
            clock::simulated::set_moment(began);
            let standby = Standby::new(folder.path(), "b", topics.clone(), pair.clone(), Machine::shared());
            let mut standby = standby.expect("begins");
            standby.connected();
            let acks = mpsc::channel();
            Beside { _folder: folder, standby, began, topics, pair, acks, beats: 0, shared: 0 }
        }

        fn message(&self, topic: &str, payload: &[u8], id: u16, is_repeated: bool) -> Message {
            Message::simulated(topic, payload, id, is_repeated, self.acks.0.clone())
        }

        fn hear(&mut self, what: &str, payload: &[u8]) {
            let message = self.message(&self.topics.replica(what), payload, 1, false);
            self.standby.hear(&message).expect("takes it");
        }

        /// The active node gives a sign of life.
        fn beat(&mut self) {
            self.beats += 1000;
            let sign = self.pair.sign(&Claim { term: 1, instance: "a".to_owned() }, Some(self.beats));
            self.hear("alive", sign.as_bytes());
        }

        /// Returns what the standby does at a second.
        fn at(&mut self, second: f64) -> Next {
            clock::simulated::set_moment(self.began + Duration::from_secs_f64(second));
            self.standby.look()
        }

        fn probe_returns(&mut self, next: Next) {
            let Next::Publish("probe", text) = next else { panic!("{next:?} is no probe") };
            self.hear("probe", text.as_bytes());
        }

        /// The active node shares a message.
        fn share(&mut self, topic: &str, payload: &[u8]) {
            let mut frames = Vec::new();
            input::encode(topic, 1, payload, &mut frames);
            let shared = Shared::Input { first: self.shared, frames };
            self.shared += 1;
            self.publish(shared);
        }

        /// The active node shares its state.
        fn share_state(&mut self) {
            self.hear("journal", br#"{"entries":[],"cursor":"","is_last":true}"#);
            let state = b"a state".to_vec();
            self.publish(Shared::State { next: self.shared, state, given: 0, cursor: None });
        }

        fn publish(&mut self, shared: Shared) {
            for (what, message) in messages(shared) {
                self.hear(what, &message);
            }
        }

        /// Has heard the active node, and has its state.
        fn follow(&mut self) {
            self.beat();
            if self.standby.met.is_none() {
                let next = self.standby.look();
                self.probe_returns(next);
                self.beat();
            }
            assert_eq!(self.standby.look(), Next::Listen);
            self.standby.begin_to_listen();
            assert!(matches!(self.standby.look(), Next::Publish("ask", _)));
            self.share_state();
            self.standby.has_caught_up = true;
            assert!(self.standby.has_all());
        }

        fn own(&mut self, topic: &str, payload: &[u8], id: u16) {
            self.standby.own(self.message(topic, payload, id, false));
        }

        fn given(&mut self) -> Vec<u16> {
            self.standby.shared_acks().expect("syncs").iter().for_each(|ack| assert!(ack.try_give()));
            self.acks.1.try_iter().collect()
        }
    }

    #[test]
    fn only_messages_that_the_active_node_may_share_are_held() {
        let mut beside = Beside::new();
        beside.follow();
        for (id, topic) in [(1, FEED), (2, "vigie/n/actions/own-7"), (3, "vigie/n/actions/7")] {
            beside.own(topic, b"{}", id);
        }
        assert_eq!(beside.given(), [2]);
        beside.share(FEED, b"{}");
        assert_eq!(beside.given(), [1]);
    }

    #[test]
    fn a_standby_that_is_cut_off_takes_over_once_the_broker_answers() {
        let mut beside = Beside::new();
        beside.follow();
        for second in [1.0, 2.0, 3.0, 3.9] {
            assert_eq!(beside.at(second), Next::Wait);
        }
        let old = beside.at(4.5);
        for second in [5.5, 6.5, 7.5, 8.5] {
            assert!(matches!(beside.at(second), Next::Publish("probe", _)), "nothing came back");
        }
        beside.probe_returns(old);
        assert_eq!(beside.at(9.0), Next::TakeOver);
    }

    #[test]
    fn what_waited_behind_a_probe_counts_first() {
        let mut beside = Beside::new();
        beside.follow();
        for second in [1.5, 3.0] {
            beside.at(second);
        }
        let probe = beside.at(4.5);
        beside.beat();
        beside.probe_returns(probe);
        assert_eq!(beside.at(5.5), Next::Wait);
    }

    #[test]
    fn what_the_broker_has_for_the_standby_stays_while_signs_of_life_may_be_old() {
        let mut beside = Beside::new();
        beside.beat();
        for second in [0.5, 1.0, 1.5] {
            assert!(matches!(beside.at(second), Next::Publish("probe", _)));
        }
        let probe = beside.at(1.8);
        beside.probe_returns(probe);
        assert!(matches!(beside.at(1.9), Next::Publish("probe", _)), "nothing was heard since");
        beside.beat();
        assert_eq!(beside.at(2.0), Next::Listen);
    }

    #[test]
    fn the_node_that_was_active_last_takes_over_first_where_the_other_has_no_state() {
        for (last, seconds) in [("a", 15), ("b", 5)] {
            let mut beside = Beside::new();
            let claim = beside.pair.sign(&Claim { term: 7, instance: last.to_owned() }, None);
            let claim = beside.message(&beside.topics.active(), claim.as_bytes(), 1, false).retained();
            beside.standby.hear(&claim).expect("takes it");
            let mut taken_over = None;
            for half in 1..60 {
                let second = f64::from(half) / 2.0;
                match beside.at(second) {
                    Next::TakeOver => taken_over = taken_over.or(Some(second)),
                    Next::Publish("probe", text) => beside.hear("probe", text.as_bytes()),
                    _ => {}
                }
            }
            assert_eq!(taken_over, Some(f64::from(seconds)), "{last} was active last");
        }
    }

    /// The active node may have yet to take what came before.
    #[test]
    fn a_standby_takes_over_late_until_the_active_node_has_shared_what_came_here() {
        for (is_met, seconds) in [(false, 15), (true, 5)] {
            let mut beside = Beside::new();
            let claim = beside.pair.sign(&Claim { term: 1, instance: "a".to_owned() }, None);
            let claim = beside.message(&beside.topics.active(), claim.as_bytes(), 1, false);
            beside.standby.hear(&claim).expect("takes it");
            beside.follow();
            beside.standby.has_caught_up = false;
            beside.own(FEED, b"1", 1);
            if is_met {
                beside.share(FEED, b"1");
            }
            assert_eq!(beside.standby.patience(), Duration::from_secs(seconds));
            beside.at(1.9);
            assert_eq!(beside.standby.has_caught_up, is_met, "something waits");
        }
    }

    #[test]
    fn a_claim_of_now_keeps_the_standby_waiting_and_one_that_the_broker_kept_does_not() {
        for (is_kept, heard) in [(true, 0.0), (false, 3.0)] {
            let mut beside = Beside::new();
            beside.at(1.5);
            beside.at(3.0);
            let claim = beside.pair.sign(&Claim { term: 7, instance: "a".to_owned() }, None);
            let mut claim = beside.message(&beside.topics.active(), claim.as_bytes(), 1, false);
            if is_kept {
                claim = claim.retained();
            }
            beside.standby.hear(&claim).expect("takes it");
            assert_eq!(beside.standby.heard, beside.began + Duration::from_secs_f64(heard));
        }
    }

    /// What a broker holds for the standby meanwhile may be what was missed, or may not.
    #[test]
    fn after_a_gap_the_feeds_are_listened_to_anew_before_a_state_counts() {
        for is_seen_by_state in [false, true] {
            let mut beside = Beside::new();
            beside.follow();
            beside.own(FEED, b"1", 1);
            beside.shared += 1;
            if is_seen_by_state {
                beside.share_state();
            } else {
                beside.share(FEED, b"2");
            }
            assert!(!beside.standby.has_all());
            assert!(beside.given().is_empty(), "a take-over now has it from the broker");
            assert_eq!(beside.standby.look(), Next::Listen);
            beside.share_state();
            assert!(!beside.standby.has_all(), "one that was asked for before");
            beside.follow();
        }
    }

    #[test]
    fn what_the_active_node_passes_over_takes_no_places_of_messages_on_their_way() {
        let mut beside = Beside::new();
        beside.follow();
        beside.own(FEED, b"1", 1);
        beside.share(FEED, b"1");
        for id in 2..=20 {
            beside.own(&format!("vigie/n/actions/{id}"), b"over a limit", id);
        }
        assert_eq!(beside.given(), [1]);
        // The broker has twenty in flight at most: what is shared now has not come here.
        beside.share(FEED, b"2");
        assert!(beside.given().is_empty(), "they may come in another order");
        beside.at(6.0);
        beside.share(FEED, b"3");
        assert_eq!(beside.given(), (2..=20).collect::<Vec<_>>());
    }

    #[test]
    fn a_message_that_comes_again_is_held_once_and_acknowledged_where_it_was() {
        let mut beside = Beside::new();
        beside.follow();
        beside.own(FEED, b"1", 1);
        beside.own(FEED, b"2", 2);
        beside.share(FEED, b"1");
        assert_eq!(beside.given(), [1], "and lost with the connection");
        for (id, payload) in [(1, b"1"), (2, b"2")] {
            beside.standby.own(beside.message(FEED, payload, id, true));
        }
        assert_eq!(beside.given(), [1]);
        beside.share(FEED, b"2");
        assert_eq!(beside.given(), [2]);
    }

    #[test]
    fn an_acknowledgement_is_written_once_its_alert_is_there() {
        let mut beside = Beside::new();
        beside.follow();
        let message = crate::sinks::event_json::tests::WANT;
        let id = AlertMessage::read(message).expect("an alert").event.id.clone();
        let acknowledged = format!(r#"{{"action":"acknowledge","alert":"{id}","by":"Clarke"}}"#);
        beside.share("vigie/n/actions/1", acknowledged.as_bytes());
        assert_eq!(beside.standby.journal.last(), 0);
        let marked = AlertMessage::marked_not_on_disk(message);
        for body in [marked.as_str(), message] {
            let topic = beside.topics.alert("loitering", &id);
            beside.standby.hear(&beside.message(&topic, body.as_bytes(), 1, false)).expect("takes it");
        }
        let db = crate::journal::open_for_reading(beside.standby.journal.path()).expect("opens");
        let sql = "SELECT acknowledged_by FROM alert";
        let by: Option<String> = db.query_row(sql, [], |row| row.get(0)).expect("reads");
        assert_eq!((by.as_deref(), beside.standby.journal.last()), (Some("Clarke"), 2));
    }
}
