//! The standby without its connections: it is told what happens on them.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::held::Held;
use super::presence::{Heard, Presence};
use super::{Next, TakenOver};
use crate::clock;
use crate::feed::redelivered::Redelivered;
use crate::journal::copy::Part;
use crate::journal::files::Files;
use crate::journal::input::{InputLog, frames};
use crate::journal::{Entry, Journal, checkpoint, input, spare};
use crate::model::{ActionKind, AlertMessage, Origin};
use crate::mqtt::{Ack, Message, Topics, is_action};
use crate::pipeline::claims::{Claim, PairKey};
use crate::pipeline::engine_thread::{entry_of, origin_of};
use crate::pipeline::replica::Ask;
use crate::pipeline::salvage::{self, entry_from};
use crate::telemetry;
use crate::wire::shared::action_of;

/// Silence after which the active node counts as gone, while the broker answers.
const GONE_AFTER: Duration = Duration::from_secs(5);
/// Silence after which a standby that does not have all of the active node's messages takes over, where the other node was active
/// last: that one has all there is, and should it come back, it takes over first.
const GONE_WITHOUT_STATE: Duration = Duration::from_secs(15);
/// Interval at which a state is asked for, while none comes.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// Size of the logged messages beyond which a fresh state is requested, bytes: catching up must take seconds.
const MOST_BYTES: u64 = 32 << 20;
/// Age of the state beyond which a fresh one is requested.
const OLDEST: Duration = Duration::from_secs(120);
/// Alerts that were published and wait for what the active node's journal has before them: that has them too.
const PUBLISHED: usize = 4096;
/// File with the newest entry of the active node's journal that was brought over.
const CURSOR: &str = "journal-cursor";

/// A node that follows the active one.
pub(in crate::pipeline) struct Standby {
    folder: PathBuf,
    files: Arc<dyn Files>,
    topics: Topics,
    pair: PairKey,
    pub(super) journal: Journal,
    pub(super) presence: Presence,
    pub(super) held: Held,
    /// Messages since the state; `None` until there is one.
    log: Option<InputLog>,
    /// Whether every message that came since the feeds are listened to is one that the active node shares, or has yet to share.
    is_complete: bool,
    /// The number of the message that is shared next; `None` until one was.
    next: Option<u64>,
    /// The newest message that was shared and signed: the claim of the active node, and its number.
    opened: Option<(Claim, u64)>,
    /// Pieces of a state that is under way.
    pieces: Vec<Vec<u8>>,
    /// When the state was asked for, while none came since.
    asked: Option<Instant>,
    /// When the state came.
    since: Instant,
    /// Actions about alerts that the journal does not have yet.
    actions: Vec<Entry>,
    /// Whether published alerts may have been missed.
    lacks_journal: bool,
    /// Alerts that were published meanwhile: they follow what the active one's journal has before them.
    published: VecDeque<String>,
    /// The newest entry of the active one's journal that was brought over.
    cursor: String,
}

impl std::fmt::Debug for Standby {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Standby { is_complete, next, lacks_journal, .. } = self;
        f.debug_struct("Standby")
            .field("has_state", &self.log.is_some())
            .field("is_complete", is_complete)
            .field("next", next)
            .field("lacks_journal", lacks_journal)
            .field("held", &self.held.count())
            .finish_non_exhaustive()
    }
}

impl Standby {
    /// Opens the journal of a state folder, of which nothing else is taken up.
    ///
    /// # Errors
    /// The journal cannot be used.
    pub(in crate::pipeline) fn new(
        folder: &Path,
        instance: &str,
        topics: Topics,
        pair: PairKey,
        files: Arc<dyn Files>,
    ) -> anyhow::Result<Standby> {
        Ok(Standby {
            folder: folder.to_owned(),
            files,
            topics,
            pair,
            journal: salvage::open(folder)?.0,
            presence: Presence::new(instance),
            held: Held::new(),
            log: None,
            is_complete: false,
            next: None,
            opened: None,
            pieces: Vec::new(),
            asked: None,
            since: clock::moment(),
            actions: Vec::new(),
            lacks_journal: true,
            published: VecDeque::new(),
            cursor: std::fs::read_to_string(folder.join(CURSOR)).unwrap_or_default(),
        })
    }

    /// Notes that a connection stands. What was published before it did not come here.
    pub(in crate::pipeline) fn connected(&mut self) {
        self.presence.set_connected(true);
        self.lacks_journal = true;
    }

    /// Notes that there is no connection.
    pub(in crate::pipeline) fn disconnected(&mut self) {
        self.presence.set_connected(false);
    }

    /// Begins anew: the feeds are listened to in a session that begins now. What the broker had kept is the active node's by now;
    /// each message from here on is one that the active node has yet to share.
    pub(in crate::pipeline) fn begin_to_listen(&mut self) {
        (self.is_complete, self.next, self.log, self.asked) = (true, None, None, None);
        self.pieces.clear();
        self.actions.clear();
        self.held = Held::new();
    }

    /// Takes a message of the pair's.
    ///
    /// # Errors
    /// The disk refuses what the message brings.
    pub(in crate::pipeline) fn hear(&mut self, message: &Message) -> anyhow::Result<()> {
        if self.take(message)? {
            self.presence.note_heard();
        }
        Ok(())
    }

    /// Takes a message; whether it shows that there is an active node.
    fn take(&mut self, message: &Message) -> anyhow::Result<bool> {
        let (topic, payload) = (message.topic(), message.payload());
        if topic == self.topics.active() {
            let sign = self.pair.read(payload);
            let is_newer = sign.is_some_and(|sign| self.presence.note_claim(sign.claim));
            // What the broker has kept may be long past. Another one that claims now is there.
            return Ok(is_newer && !message.is_retained());
        }
        // The active node leaves none of what follows at the broker.
        if message.is_retained() {
            return Ok(false);
        }
        match topic.strip_prefix(&self.topics.replica("")) {
            Some("alive") => {
                let heard = self.pair.read(payload).map(|sign| self.presence.note_sign(sign));
                if heard == Some(Heard::Another) {
                    // It counts messages otherwise.
                    self.is_complete = false;
                }
                return Ok(heard.is_some_and(|heard| heard != Heard::Old));
            }
            Some("probe") => {
                self.presence.note_probe(payload);
                return Ok(false);
            }
            Some(what) => match self.opened(what, payload) {
                Some(("input", shared)) => self.input(shared)?,
                Some(("state", shared)) => self.state(shared)?,
                Some(("journal", shared)) => self.bring(shared)?,
                _ => return Ok(false),
            },
            None => self.note_published(payload)?,
        }
        // Nobody may count on what is not signed, nor on the moment of what is.
        Ok(!self.pair.is_required())
    }

    /// Returns kind and content of something that the active node shares; `None` where it has not signed it, or where it is no newer
    /// than what came before: somebody may send again what the active node had sent.
    fn opened<'a>(&mut self, what: &'a str, payload: &'a [u8]) -> Option<(&'a str, &'a [u8])> {
        if what == "ask" {
            return None;
        }
        let claim = self.presence.followed();
        let (kind, number, shared) = self.pair.open(claim, what, payload)?;
        if let Some(number) = number {
            let place = claim.cloned().map(|claim| (claim, number));
            if place <= self.opened {
                return None;
            }
            self.opened = place;
        }
        Some((kind, shared))
    }

    /// Looks what is to be done, each half second.
    pub(in crate::pipeline) fn look(&mut self) -> Next {
        let now = clock::moment();
        let patience = self.patience();
        if let Some(next) = self.presence.look(now, patience) {
            return next;
        }
        if !self.is_complete {
            return if self.presence.is_met(now) { Next::Listen } else { self.presence.probe(now) };
        }
        if self.lacks_state(now) { Next::Publish("ask", self.ask()) } else { Next::Wait }
    }

    /// Returns the silence after which this node takes over.
    pub(super) fn patience(&self) -> Duration {
        let has_messages = self.log.is_some() && self.held.has_caught_up;
        if has_messages || self.presence.was_active() { GONE_AFTER } else { GONE_WITHOUT_STATE }
    }

    /// Returns the request for state and journal.
    fn ask(&self) -> String {
        serde_json::to_string(&Ask { journal: self.cursor.clone() }).unwrap_or_default()
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
    pub(in crate::pipeline) fn has_all(&self) -> bool {
        self.log.is_some() && self.is_complete && !self.lacks_journal
    }

    /// Whether the node has a state of the active one, and whether that has shared what came here too.
    #[cfg(test)]
    pub(in crate::pipeline) fn has_state(&self) -> (bool, bool) {
        (self.log.is_some(), self.held.has_met())
    }

    /// The disk has no more room for the journal, until the next start.
    #[cfg(test)]
    pub(in crate::pipeline) fn fill_journal(&self) {
        self.journal.fill();
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
            let own = self.topics.own_action(&logged.topic);
            if own.is_none() {
                self.held.note_shared(&logged);
            }
            self.next = Some(number + 1);
            if self.log.is_none() {
                continue;
            }
            input::encode(&logged.topic, logged.arrival_ns, &logged.payload, &mut taken);
            if is_action(&logged.topic)
                && let Ok(action) = action_of(&logged.payload, clock::at(logged.arrival_ns))
            {
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

    /// Takes a piece of the active one's state; with the last, the node goes on from that state.
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
            let (event, bytes) = (telemetry::STANDBY, state.len());
            tracing::info!(event, next, bytes, "has the active one's state");
        }
        // An active node of an earlier vigie sends no journal.
        (self.asked, self.since, self.lacks_journal) = (None, clock::moment(), false);
        self.mirror()
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

    /// Takes note of an alert as it was published: the active node has sent it. What its disk does not have it will send again.
    fn note_published(&mut self, payload: &[u8]) -> anyhow::Result<()> {
        if let Ok(text) = std::str::from_utf8(payload)
            && !AlertMessage::is_not_on_disk(text)
        {
            self.published.push_back(text.to_owned());
            if self.published.len() > PUBLISHED {
                self.published.pop_front();
            }
        }
        if self.lacks_journal { Ok(()) } else { self.mirror() }
    }

    /// Writes down the alerts that were published, after what came before them.
    fn mirror(&mut self) -> anyhow::Result<()> {
        for text in self.published.drain(..) {
            self.journal.mirror(&text)?;
        }
        self.write_actions()
    }

    /// Takes a message of a feed, or an action, that the broker has sent here.
    pub(in crate::pipeline) fn own(&mut self, message: Message) {
        // What was done at the active node's console comes by its log alone. Anybody can publish under such a name what is never
        // shared: held here, it would take the places of the feeds' messages on their way.
        if self.topics.own_action(message.topic()).is_some() {
            self.held.pass(message);
        } else {
            self.held.take(message);
        }
    }

    /// Returns the acknowledgements of what the active node has shared, once that is on disk here too.
    ///
    /// # Errors
    /// The disk refuses it.
    pub(in crate::pipeline) fn shared_acks(&mut self) -> anyhow::Result<Vec<Ack>> {
        if self.held.owes()
            && let Some(log) = &self.log
        {
            log.file().sync()?;
        }
        Ok(self.held.take_acks())
    }

    /// Takes over: all of what was shared is on disk.
    ///
    /// # Errors
    /// The disk refuses.
    pub(in crate::pipeline) fn take_over(self) -> anyhow::Result<TakenOver> {
        let claim = self.presence.next_claim();
        let (event, instance, term, has_state) =
            (telemetry::STANDBY, &claim.instance, claim.term, self.log.is_some());
        tracing::warn!(event, instance, term, has_state, "the active node is silent: taking over");
        Ok(TakenOver { claim, known: self.finish()? })
    }

    /// Brings to disk what was shared; returns the messages that the active node took, and that the broker has yet to send here.
    fn finish(mut self) -> anyhow::Result<Redelivered> {
        self.mirror()?;
        if let Some(log) = &mut self.log {
            log.file().sync()?;
        }
        Ok(self.held.into_known())
    }
}
