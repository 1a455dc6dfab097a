//! The engine's thread: logs, reads and steps what arrives; what follows goes on to the journal.

use std::ops::RangeFrom;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::explained::Explained;
use super::making::{Change, Making, Past};
use super::replica::{Out, Shared};
use super::state::{Resumed, State};
use super::state_keeper::{self, StateKeeper};
use super::work::{Reload, Renewal, Work};
use super::{Audience, Caused, Core, Follows, ToWriter};
use crate::clock;
use crate::config::{Config, Feed};
use crate::engine::{Setup, Tracer};
use crate::feed::intake::{self, Taken};
use crate::feed::listener::Arrived;
use crate::feed::recorder_thread::RecorderThread;
use crate::feed::redelivered::Redelivered;
use crate::health::Board;
use crate::journal::Entry;
use crate::journal::input::{self, Logged};
use crate::model::saved::{SavedState, Unreadable};
use crate::model::{Action, Input, Origin};
use crate::mqtt::{Ack, Topics, is_action};
use crate::sharing::outward::Told;
use crate::telemetry::{self, traces::Turn};
use crate::wire::actions::{self, Written};
use crate::wire::shared::is_envelope;

/// Pieces of work that are taken at once, at most.
const BATCH: usize = 256;
/// Inputs after which the engine is stepped, though more messages wait.
const STEP: usize = 4096;

/// Size of a state from which the next is made aside, bytes. One below is saved within a millisecond or two; made aside it takes a
/// second engine.
const ASIDE_FROM: usize = 256 << 10;

/// The engine's thread.
pub(super) struct EngineThread<C> {
    topics: Topics,
    feeds: Arc<[Feed]>,
    state: State<C>,
    /// What a checkpoint is made of aside, besides messages.
    past: Past,
    /// Size of a state from which the next is made aside, bytes.
    aside_from: usize,
    folder: PathBuf,
    recorder: Option<RecorderThread>,
    board: Arc<Board>,
    /// Actions, changes and what followed from steps, in their order, that were not handed on yet.
    noted: Vec<Follows>,
    taken: Redelivered,
    /// The newest stamp.
    last_ns: i64,
    /// Messages taken, over all runs.
    count: u64,
    /// Working time of this thread.
    busy: Duration,
    keeper: StateKeeper,
    /// Results of messages that were handed to the journal in this run.
    given: u64,
    acks: mpsc::UnboundedSender<(u64, Ack)>,
    /// State that is shared with the standby.
    sharing: Option<Sharing>,
    audience: Option<Arc<dyn Audience>>,
    /// What leaves for other centres: told snapshots, and the policy.
    outward: Option<Told>,
    /// The turn, where somebody asks for traces.
    traced: Option<Turn>,
    /// Tracks about which somebody asks what the rules find.
    explained: Explained,
}

/// State that is shared with the standby.
struct Sharing {
    out: Out,
    first: u64,
    frames: Vec<u8>,
    /// Messages that the one before took, and that the broker has yet to send to this one.
    known: Redelivered,
}

/// The ways out of the engine's thread.
pub(super) struct Ways {
    pub keeper: state_keeper::Ways,
    pub acks: mpsc::UnboundedSender<(u64, Ack)>,
}

impl<C: Core> EngineThread<C> {
    pub(super) fn new(
        config: &Config,
        topics: Topics,
        core: C,
        board: Arc<Board>,
        folder: PathBuf,
        ways: Ways,
    ) -> EngineThread<C> {
        let Ways { keeper, acks } = ways;
        let at_least = Duration::from_secs(u64::from(config.state.checkpoint_seconds));
        let keeper = StateKeeper::new(folder.clone(), Arc::clone(&board), at_least, keeper);
        EngineThread {
            state: State::new(&config.feeds, topics.clone(), core),
            feeds: config.feeds.clone().into(),
            past: Past::new(config.setup.clone()),
            aside_from: ASIDE_FROM,
            folder,
            topics,
            recorder: None,
            board,
            noted: Vec::new(),
            taken: Redelivered::default(),
            last_ns: 0,
            count: 0,
            busy: Duration::ZERO,
            keeper,
            given: 0,
            acks,
            sharing: None,
            audience: None,
            outward: None,
            traced: None,
            explained: Explained::default(),
        }
    }

    /// Records besides.
    pub(super) fn record(&mut self, recorder: Option<RecorderThread>) {
        self.recorder = recorder;
    }

    /// Shares what comes with the standby.
    pub(super) fn share(&mut self, out: Out, known: Redelivered) {
        self.sharing = Some(Sharing { out, first: self.count, frames: Vec::new(), known });
    }

    /// Shows the picture besides.
    pub(super) fn show(&mut self, audience: Arc<dyn Audience>) {
        self.audience = Some(audience);
        self.count_near_misses();
    }

    /// Counts near misses, where there is a console that shows them.
    fn count_near_misses(&mut self) {
        if let Some(engine) = self.state.core.as_engine().filter(|_| self.audience.is_some()) {
            engine.set_tracer(Some(Tracer::of_watch()));
        }
    }

    /// Gives snapshots and policies to what leaves for other centres besides.
    pub(super) fn share_with_centres(&mut self, outward: Told) {
        self.outward = Some(outward);
    }

    /// The newest stamp that any message has.
    pub(super) fn last_ns(&self) -> i64 {
        self.last_ns
    }

    /// Takes up what was saved; `next` is the number of the message after it. Returns the names of the parts that could not
    /// be used and are built anew.
    ///
    /// # Errors
    /// A part that nothing can go on without is absent, of an unknown version, or damaged.
    pub(super) fn load(&mut self, setup: &Setup, saved: &[u8], next: u64) -> Result<Vec<String>, Unreadable> {
        let mut saved = SavedState::parse(saved)?;
        let resumed = State::resume(&self.feeds, self.topics.clone(), setup.clone(), &mut saved)?;
        let rebuilt;
        Resumed { state: self.state, taken: self.taken, last_ns: self.last_ns, rebuilt } = resumed;
        self.count = next;
        Ok(rebuilt)
    }

    /// Brings the messages of the last run to disk.
    pub(super) fn sync_last_run(&self) {
        self.keeper.sync_last_run();
    }

    /// Takes a logged message again.
    pub(super) fn again(&mut self, number: u64, logged: &Logged) {
        self.count = number + 1;
        self.last_ns = self.last_ns.max(logged.arrival_ns);
        if let Some(topic) = self.topics.outside(&logged.topic) {
            self.taken.note(topic, &logged.payload);
            let own = self.topics.own_action(topic).map(str::to_owned);
            self.read(topic, &logged.payload, logged.arrival_ns, own.as_deref());
        }
    }

    /// Steps the engine over what was read. Returns all that follows and was not handed on yet.
    pub(super) fn follows(&mut self) -> Vec<Follows> {
        self.step_noting();
        std::mem::take(&mut self.noted)
    }

    /// Steps the engine over what was read, and notes what follows.
    fn step_noting(&mut self) {
        self.state.step();
        self.noted.extend(self.state.outputs.drain(..).map(Follows::of));
    }

    /// Whether an alert of this id is open.
    pub(super) fn is_open(&self, id: &str) -> bool {
        self.state.core.is_open(id)
    }

    /// Begins to keep what comes, from a checkpoint of the state as it is.
    pub(super) fn keep(&mut self) {
        self.keeper.begin(self.count);
        self.checkpoint();
    }

    /// Takes a checkpoint. That of a large picture is made aside, from the one before and the log, where these are as they were
    /// written.
    fn checkpoint(&mut self) {
        let started = Instant::now();
        let EngineThread { keeper, state, taken, past, aside_from, .. } = self;
        if past.is_full() {
            keeper.give_up();
        }
        let (count, last_ns) = (self.count, self.last_ns);
        let aside = keeper.base().is_some_and(|base| base.next == past.place && base.bytes >= *aside_from);
        let is_taken = keeper.checkpoint(self.given, || {
            let past = past.turn(count);
            if !aside {
                let state = state.save(taken, last_ns);
                return Box::new(|_| Ok(state));
            }
            let making = Making {
                folder: self.folder.clone(),
                feeds: Arc::clone(&self.feeds),
                topics: self.topics.clone(),
                past,
                next: count,
                taken: taken.clone(),
                last_ns,
                counts: state.core.counts(),
            };
            Box::new(move |given_up| making.make::<C>(given_up))
        });
        if is_taken {
            let (event, us) = (telemetry::INPUT_LOG, started.elapsed().as_micros() as u64);
            tracing::debug!(event, next = count, aside, us, "a checkpoint is taken");
        }
    }

    pub(super) fn run(mut self, mut messages: mpsc::Receiver<Work>, alerts: mpsc::Sender<ToWriter>) {
        let mut batch = Vec::with_capacity(BATCH);
        while messages.blocking_recv_many(&mut batch, BATCH) > 0 {
            if !self.turn(&mut batch, &alerts) {
                return;
            }
        }
        // The journal comes to its end: what checkpoints wait for is in it then, or will not be.
        drop(alerts);
        self.end();
    }

    /// Works a batch off; false when nobody takes what follows any more.
    pub(super) fn turn(&mut self, batch: &mut Vec<Work>, alerts: &mpsc::Sender<ToWriter>) -> bool {
        let (started, mut first_ns) = (Instant::now(), None);
        for work in batch.drain(..) {
            match work {
                Work::Message(message) => {
                    first_ns = first_ns.or(Some(message.arrival_ns));
                    self.take(message);
                    if self.state.inputs.len() >= STEP && !self.step(first_ns.take(), alerts) {
                        return false;
                    }
                }
                Work::Own(written) => {
                    first_ns = first_ns.or(Some(self.last_ns));
                    self.take_own(*written);
                }
                // These save the state: what was read before them must be in it.
                aside => {
                    if !matches!(aside, Work::Snapshot | Work::Explain(..)) && self.state.release() {
                        self.past.note(self.count, Change::Release);
                    }
                    if !self.step(first_ns.take(), alerts) {
                        return false;
                    }
                    match aside {
                        Work::Message(_) | Work::Own(_) => {}
                        Work::Snapshot => self.snapshot(),
                        Work::Explain(place, answer) => {
                            let engine = self.state.core.as_engine();
                            let judged = engine.map(|it| self.explained.ask(place, it, Instant::now()));
                            judged.and_then(|judged| answer.send(judged).ok());
                        }
                        Work::Share(cursor) => self.share_state(cursor),
                        Work::Reload(reload, done) => {
                            self.reload(*reload, alerts);
                            done.send(()).ok();
                        }
                    }
                }
            }
        }
        let goes_on = self.step(first_ns, alerts);
        self.busy += started.elapsed();
        goes_on
    }

    /// Leaves a checkpoint, and ends the recording.
    pub(super) fn end(mut self) {
        self.snapshot();
        if !self.state.intake.is_waiting() {
            // A checkpoint that is being made is of before the end: this one takes its place.
            self.keeper.abandon();
            self.checkpoint();
        }
        self.keeper.finish();
        if let Some(recorder) = self.recorder {
            recorder.finish();
        }
    }

    fn snapshot(&mut self) {
        let mut near_misses = Vec::new();
        if let Some(engine) = self.state.core.as_engine() {
            self.explained.collect(engine, Instant::now());
            near_misses = engine.near_miss_counts();
        }
        let counts = self.state.core.counts();
        let mut board = self.board.note();
        let intake = &self.state.intake;
        board.counted(counts, &intake.tally, intake.stations(), self.busy);
        (board.near_misses, board.held) = (near_misses, self.keeper.held());
        drop(board);
        if let Some(outward) = self.outward.as_ref().filter(|outward| outward.wants_looks()) {
            outward.look(Arc::new(self.state.core.look()));
        }
        if let Some(audience) = self.audience.as_ref().filter(|audience| audience.is_ready()) {
            audience.look(self.state.core.look_at_changes());
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.tick(clock::nanos());
        }
        self.keeper.write_taken();
        let is_due = self.keeper.is_due() | self.past.has_changed();
        if is_due && !self.state.intake.is_waiting() {
            self.checkpoint();
        }
    }

    /// Shares the whole state with the standby, which asks for it, and what the journal has after the standby's cursor.
    fn share_state(&mut self, cursor: Option<String>) {
        let state = self.state.save(&self.taken, self.last_ns);
        if let Some(sharing) = &self.sharing {
            let whole = Shared::State { next: self.count, state, given: self.given, cursor };
            sharing.out.give(whole);
        }
    }

    fn reload(&mut self, reload: Reload, alerts: &mpsc::Sender<ToWriter>) {
        match reload.renewal {
            Renewal::Lists(lists, ready) => {
                self.state.core.put_lists(ready);
                self.past.note(self.count, Change::Lists(lists));
                tracing::info!(event = telemetry::RELOAD, "other lists are in force");
            }
            Renewal::Setup(setup) => {
                // What this program saved itself it reads: a fault of vigie, and the old rules go on.
                let (event, rules, zones) =
                    (telemetry::RELOAD, setup.rules.len(), setup.geography.zones.len());
                if let Err(error) = self.state.put_in_force(Setup::clone(&setup)) {
                    return tracing::error!(event, %error, "the old rules go on");
                }
                self.past.note(self.count, Change::Setup(setup));
                tracing::info!(event, rules, zones, "other rules, zones and lists are in force");
                self.count_near_misses();
            }
        }
        self.explained.forget();
        alerts.blocking_send(ToWriter::Marks(reload.marks)).ok();
        if let Some(outward) = &self.outward {
            outward.put_into_force(reload.sharing);
        }
        // Two changes may come without a message between them.
        let id = format!("change-{}-{}", self.count, clock::nanos());
        self.noted.push(Follows::Noted(Entry::Change { id, body: reload.change }));
        // What follows from the change is given to the journal before it is saved.
        if self.step(None, alerts) {
            self.checkpoint();
        }
    }

    fn take(&mut self, arrived: Arrived) {
        let Arrived { mut message, arrival_ns, .. } = arrived;
        let ack = message.take_ack();
        let Some(topic) = self.topics.outside(message.topic()) else {
            self.board.note().nobodys += 1;
            return self.release(ack);
        };
        let before = self.sharing.as_mut().is_some_and(|it| it.known.knows(topic, message.payload()));
        // What was done at this node's own console comes back from the broker.
        let own = self.topics.own_action(topic).is_some();
        let (id, repeated) = (message.packet_id(), message.is_repeated());
        let again = ack.is_some() && self.taken.comes_again(id, repeated, topic, message.payload());
        if before || own || again {
            self.board.note().redelivered += 1;
            return self.release(ack);
        }
        if ack.is_some() {
            self.taken.note(topic, message.payload());
        }
        self.enter(message.topic(), message.payload(), arrival_ns);
        self.release(ack);
    }

    /// Takes an action of this node's own console: a message like any other, but for being typed already.
    fn take_own(&mut self, written: Written) {
        let Written { mut action, payload } = written;
        let arrival_ns = clock::nanos().max(self.last_ns + 1);
        let id = Topics::own_id(arrival_ns);
        let topic = self.topics.inbound(&self.topics.action(&id));
        self.log(&topic, payload.as_bytes(), arrival_ns);
        let (_, now) = self.state.times(arrival_ns);
        action.time = actions::believed(action.time, now);
        self.step_noting();
        self.noted.push(Follows::Noted(entry_of(&action, id, payload.as_bytes(), Origin::Console)));
        let mut health = self.board.note();
        health.messages += 1;
        health.actions += 1;
        drop(health);
        report(&action);
        self.state.act(action);
    }

    /// Logs, shares, records and reads a message of the broker's; `full` is its topic as it came.
    fn enter(&mut self, full: &str, payload: &[u8], arrival_ns: i64) {
        let arrival_ns = self.log(full, payload, arrival_ns);
        let Some(topic) = self.topics.outside(full) else { return };
        let at = clock::at(arrival_ns);
        let (taken, inputs) = self.read(topic, payload, arrival_ns, None);
        let inputs = &self.state.inputs[inputs];
        let mut health = self.board.note();
        health.messages += 1;
        match taken {
            Taken::Feed(feed) => {
                health.read(inputs, at);
                health.arrived(feed, at);
            }
            Taken::Action(Ok(())) => {
                health.actions += 1;
                if let Some(Input::Action(action)) = inputs.last() {
                    report(action);
                }
            }
            Taken::Action(Err(error)) => {
                health.actions_refused += 1;
                tracing::warn!(event = telemetry::ACTION_BAD, topic, %error, "action refused");
            }
            Taken::Nobody => health.nobodys += 1,
        }
    }

    /// Logs, shares and records a message; returns its stamp.
    fn log(&mut self, full: &str, payload: &[u8], arrival_ns: i64) -> i64 {
        // Two tasks stamp: the order in which messages come here is that of their stamps.
        let arrival_ns = arrival_ns.max(self.last_ns + 1);
        self.last_ns = arrival_ns;
        self.count += 1;
        if let Some(sharing) = &mut self.sharing {
            input::encode(full, arrival_ns, payload, &mut sharing.frames);
        }
        self.keeper.append(full, arrival_ns, payload);
        let Some(topic) = self.topics.outside(full) else { return arrival_ns };
        if self.board.traces.is_wanted() {
            self.traced.get_or_insert_with(|| Turn::begin(topic, arrival_ns, clock::nanos())).count();
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.write(topic, arrival_ns, payload);
        }
        arrival_ns
    }

    /// The message counts as taken: the broker may forget it once that is on disk.
    fn release(&self, ack: Option<Ack>) {
        if let Some(ack) = ack {
            self.acks.send((self.count, ack)).ok();
        }
    }

    /// Reads a message of a topic of the real thing, and returns where its inputs are; `own` is the identifier of an action of this
    /// node's own console. The engine first steps over what came before an action: the action is written after the alerts that it
    /// may be about, however many messages are read at once.
    fn read(
        &mut self,
        topic: &str,
        payload: &[u8],
        arrival_ns: i64,
        own: Option<&str>,
    ) -> (Taken, RangeFrom<usize>) {
        if is_action(topic) {
            self.step_noting();
        }
        let had = self.state.inputs.len();
        let taken = self.state.read(topic, payload, arrival_ns, own.is_some());
        for input in &self.state.inputs[had..] {
            if let Input::Action(action) = input {
                let (id, origin) = origin_of(own, arrival_ns);
                self.noted.push(Follows::Noted(entry_of(action, id, payload, origin)));
            }
        }
        (taken, had..)
    }

    /// Steps the engine over what has been read; false when nobody takes what follows any more.
    fn step(&mut self, arrival_ns: Option<i64>, alerts: &mpsc::Sender<ToWriter>) -> bool {
        self.keeper.flush();
        if let Some(sharing) = self.sharing.as_mut().filter(|sharing| !sharing.frames.is_empty()) {
            let frames = std::mem::take(&mut sharing.frames);
            sharing.out.give(Shared::Input { first: sharing.first, frames });
            sharing.first = self.count;
        }
        let traced = self.traced.take().map(|turn| turn.read(self.state.inputs.len(), clock::nanos()));
        let State { inputs, outputs, .. } = &self.state;
        let nothing = inputs.is_empty() && self.noted.is_empty() && outputs.is_empty();
        let follows = if nothing { Vec::new() } else { self.follows() };
        let count = self.count;
        if let Some(turn) = traced {
            self.board.traces.judged(turn, count, follows.len(), clock::nanos());
        }
        let arrival_ns = arrival_ns.unwrap_or_else(clock::nanos);
        self.given += follows.len() as u64;
        let caused = |what| ToWriter::Caused(Caused { what, arrival_ns, count });
        follows.into_iter().all(|what| alerts.blocking_send(caused(what)).is_ok())
    }
}

/// What a simulation does besides: the clock decides otherwise.
#[cfg(test)]
impl<C: Core> EngineThread<C> {
    /// Sets the interval between checkpoints, until the next is taken.
    pub(super) fn checkpoint_every(&mut self, every: Duration) {
        self.keeper.every = every;
    }

    /// Has the checkpoint written that waits for the journal, and waits for that: whether it is done when the next one is due is
    /// no longer a matter of luck.
    pub(super) fn write_taken(&mut self) {
        self.keeper.write_taken();
        self.keeper.settle_all();
    }

    /// Waits until what the keeper does aside is done.
    pub(super) fn settle(&mut self) {
        self.keeper.settle_all();
    }

    /// Returns the state as this thread saves it.
    pub(super) fn saved(&self) -> Vec<u8> {
        self.state.save(&self.taken, self.last_ns)
    }

    /// Returns the place of the last checkpoint that was taken.
    pub(super) fn place(&self) -> u64 {
        self.past.place
    }

    /// Returns whether the next checkpoint is made aside: nothing has failed.
    pub(super) fn makes_aside(&self) -> bool {
        self.keeper.base().is_some_and(|base| base.next == self.past.place)
    }

    /// Lets the checkpoints of small pictures be made aside too.
    pub(super) fn make_all_aside(&mut self) {
        self.aside_from = 0;
    }
}

fn report(action: &Action) {
    tracing::info!(event = telemetry::ACTION, by = action.by, action = ?action.kind, "action taken");
}

/// The identifier in the journal of an action that was logged, and its origin; `own` is what its topic says.
pub(super) fn origin_of(own: Option<&str>, arrival_ns: i64) -> (String, Origin) {
    match own {
        Some(id) => (id.to_owned(), Origin::Console),
        None => (format!("action-{arrival_ns}"), Origin::Message),
    }
}

/// An action as the journal has it: as it came, or itself where it came in an envelope.
pub(super) fn entry_of(action: &Action, id: String, payload: &[u8], origin: Origin) -> Entry {
    let body = match action.centre.is_some() || is_envelope(payload) {
        true => actions::render(action),
        false => String::from_utf8_lossy(payload).into_owned(),
    };
    Entry::Action { id, action: Box::new(action.clone()), body, origin }
}

/// The feeds of a configuration, numbered as the newest checkpoint has them.
pub(super) fn number_feeds(config: &mut Config, checkpoints: &[(u64, Vec<u8>)]) {
    for (_, saved) in checkpoints {
        let mut feeds = config.feeds.clone();
        let placed = SavedState::parse(saved).and_then(|saved| intake::in_their_places(&mut feeds, &saved));
        if placed.is_ok() {
            config.feeds = feeds;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tokio::sync::watch;

    use super::*;
    use crate::config::{self, Source};
    use crate::engine::Engine;
    use crate::journal::checkpoint;
    use crate::journal::files::Machine;
    use crate::pipeline::disk::Goal;

    const MAIN: &str =
        "[node]\nname = \"n\"\nstate = \"BRB\"\n[[feed]]\nname = \"f\"\ntopic = \"f\"\nformat = \"tracks\"";
    const TRACK: &str = r#"{"type": "Feature", "id": 1, "geometry": {"type": "Point", "coordinates": [-59.6, 13.1]},
        "properties": {"time": "2026-01-01T00:00:00Z", "status": "tracking"}}"#;

    /// A checkpoint counts a message only together with what the engine made of it.
    #[test]
    fn what_was_read_is_in_the_checkpoint_that_counts_it() {
        let folder = tempfile::tempdir().expect("folder");
        let source = Source::Memory(BTreeMap::from([("vigie.toml".to_owned(), MAIN.to_owned())]));
        let (config, _) = config::load_from(&source, "vigie.toml").expect("is right");
        let thread = || {
            let (board, topics) = (Arc::new(Board::new(["f".to_owned()])), Topics::new("n", None));
            let keeper = state_keeper::Ways {
                files: Machine::shared(),
                goal: watch::channel(Goal::default()).0,
                safe: watch::channel(0).1,
                settled: watch::channel(0).1,
            };
            let ways = Ways { keeper, acks: mpsc::unbounded_channel().0 };
            let core = Engine::new(config.setup.clone());
            EngineThread::new(&config, topics, core, board, folder.path().to_owned(), ways)
        };
        let mut first = thread();
        first.follows();
        first.keep();
        first.keeper.settle(true);
        first.keeper.every = Duration::ZERO;
        first.enter("f", TRACK.as_bytes(), 1);
        let (work, messages) = mpsc::channel(1);
        work.try_send(Work::Snapshot).expect("room");
        drop(work);
        let (alerts, _taken) = mpsc::channel(8);
        first.run(messages, alerts);

        let (next, saved) = checkpoint::read(folder.path()).remove(0);
        let mut second = thread();
        second.load(&config.setup, &saved, next).expect("reads");
        let contacts = second.state.core.counts().by_name.into_iter().find(|(name, _)| name == "contacts");
        assert_eq!((second.count, contacts), (1, Some(("contacts".to_owned(), 1))));
    }
}
