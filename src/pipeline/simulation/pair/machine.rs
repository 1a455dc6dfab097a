//! A machine of the pair with its node, as the standby, as the active one, or down.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::air::{Air, next_of, tell};
use crate::clock;
use crate::journal::Due;
use crate::mqtt::Topics;
use crate::pipeline::claims::PairKey;
use crate::pipeline::replica::{self, Answer, Claimant, Shared};
use crate::pipeline::simulation::case::Case;
use crate::pipeline::simulation::node::Node;
use crate::pipeline::simulation::shelf::Refusal;
use crate::pipeline::simulation::world::{BEGIN_NS, Channel, Ground};
use crate::pipeline::simulation::{Draw, said};
use crate::pipeline::standby::{self, Next, Standby};

/// Requests that wait for the broker, beyond which nothing more is taken for it.
const CAPACITY: usize = 64;
/// Interval at which a slow broker takes a message, milliseconds.
const SLOW_MS: u64 = 700;

/// The active node.
pub(super) struct Active<C: Case> {
    pub node: Node<C>,
    claimant: Claimant,
    beat_ms: u64,
    /// State that waits for the journal, since when.
    waiting: Option<(Shared, u64)>,
}

/// What runs on a machine.
pub(super) enum Process<C: Case> {
    Down,
    Standby(Box<Standby>),
    Active(Box<Active<C>>),
}

/// A machine with its node.
pub(super) struct Machine<C: Case> {
    at: usize,
    name: &'static str,
    pub ground: Ground,
    topics: Topics,
    air: Arc<Mutex<Air>>,
    began: Instant,
    pub process: Process<C>,
    /// Moments until which it is down, paused and cut off, milliseconds.
    pub starts_ms: u64,
    pub paused_ms: u64,
    pub cut_ms: u64,
    /// Moments until which the disk refuses, and until which the broker takes little of what is shared, milliseconds.
    pub refuses_ms: u64,
    pub slow_ms: u64,
    /// What is shared and waits for the broker, and when the broker takes the next of it.
    outgoing: VecDeque<(String, Vec<u8>, bool)>,
    takes_ms: u64,
    /// Whether the connection does not outlive the cut.
    loses_connection: bool,
    /// Whether the node's connections were made, and whether it reads the feeds.
    is_connected: bool,
    is_listening: bool,
    /// Whether the node that waits has had the active one's state.
    pub had_state: bool,
    /// The error of the wall clock, milliseconds.
    pub off_ms: i64,
    now_ms: u64,
}

impl<C: Case> Machine<C> {
    pub(super) fn new(at: usize, folder: &Path, air: &Arc<Mutex<Air>>, began: Instant) -> Machine<C> {
        let name = ["a", "b"][at];
        let hears = Arc::clone(air);
        let channel = Channel(Arc::new(move |due: &Due| hears.lock().expect("lock").deliver(at, due)));
        Machine {
            at,
            name,
            ground: Ground::new(folder, channel),
            topics: Topics::new("n", None).as_instance(name),
            air: Arc::clone(air),
            began,
            process: Process::Down,
            starts_ms: 0,
            paused_ms: 0,
            cut_ms: 0,
            refuses_ms: 0,
            slow_ms: 0,
            outgoing: VecDeque::new(),
            takes_ms: 0,
            loses_connection: false,
            is_connected: false,
            is_listening: false,
            had_state: false,
            off_ms: 0,
            now_ms: 0,
        }
    }

    fn air(&self) -> MutexGuard<'_, Air> {
        self.air.lock().expect("lock")
    }

    fn client(&self, role: &str) -> String {
        self.topics.client_id(role)
    }

    fn wall_ns(&self) -> i64 {
        BEGIN_NS + (self.now_ms as i64 + self.off_ms) * 1_000_000
    }

    fn pair_key() -> PairKey {
        PairKey::of(&C::config()).expect("there is none")
    }

    pub(super) fn is_paused(&self) -> bool {
        self.now_ms < self.paused_ms
    }

    pub(super) fn is_cut(&self) -> bool {
        self.air().is_cut[self.at]
    }

    pub(super) fn is_at_large(&self) -> bool {
        self.is_paused() || self.is_cut()
    }

    /// Whether this node is active, and heard.
    pub(super) fn leads(&self) -> bool {
        matches!(&self.process, Process::Active(active) if active.node.board.fence.is_open())
    }

    /// The machine's clocks are those that are read.
    pub(super) fn set_clocks(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        clock::simulated::set(self.wall_ns());
        clock::simulated::set_moment(self.began + Duration::from_millis(now_ms));
    }

    /// Does what is never late, unless the machine is paused.
    pub(super) fn tick(&mut self) {
        if self.is_cut() && self.now_ms >= self.cut_ms {
            self.heals();
        }
        if self.now_ms >= self.refuses_ms {
            self.ground.files.mend_disk();
        }
        match &self.process {
            Process::Down if self.now_ms >= self.starts_ms => self.start(),
            Process::Down => {}
            Process::Standby(_) => {
                if let Err(error) = self.follow() {
                    self.fails(&error);
                }
            }
            Process::Active(_) => self.lead(),
        }
        self.send();
    }

    /// The disk refuses until a moment.
    pub(super) fn refuse(&mut self, draw: &mut Draw, until_ms: u64) {
        self.refuses_ms = until_ms;
        let files = &self.ground.files;
        files.mend();
        match draw.below(3) {
            0 => files.fill_journal(draw.below(6)),
            1 => files.refuse(Refusal::draw(draw), draw.once_in(3)),
            _ => {
                files.fill_journal(draw.below(6));
                files.refuse(Refusal::Full { room: draw.below(2_048) }, draw.once_in(3));
            }
        }
    }

    /// The program ends with an error, and is started again.
    fn fails(&mut self, error: &anyhow::Error) {
        tell(|| format!("{} ends: {error:#}", self.name));
        self.end(self.now_ms + 1_000);
    }

    /// Gives the active node's broker something to publish.
    fn publish(&mut self, topic: String, payload: impl Into<Vec<u8>>, retain: bool) {
        self.outgoing.push_back((topic, payload.into(), retain));
    }

    /// The broker takes what waits for it, or the next of it where it is slow.
    fn send(&mut self) {
        let mut air = self.air.lock().expect("lock");
        while !air.is_cut[self.at] && (self.now_ms >= self.slow_ms || self.now_ms >= self.takes_ms) {
            let Some((topic, payload, retain)) = self.outgoing.pop_front() else { return };
            air.broker.publish(&topic, payload, retain);
            self.takes_ms = self.now_ms + SLOW_MS;
        }
    }

    fn start(&mut self) {
        (self.is_listening, self.had_state) = (false, false);
        let files = Arc::new(self.ground.files.clone());
        let standby =
            Standby::new(&self.ground.folder, self.name, self.topics.clone(), Self::pair_key(), files);
        self.process = Process::Standby(Box::new(standby.expect("the journal opens")));
        if !self.is_cut() {
            self.connect();
        }
    }

    /// The node's connections stand anew.
    fn connect(&mut self) {
        self.is_connected = true;
        let (mut air, feeds) =
            (self.air.lock().expect("lock"), vec!["feed".to_owned(), self.topics.actions()]);
        if self.is_listening {
            air.broker.connect(&self.client("in"), true, feeds);
        }
        match &mut self.process {
            Process::Down => {}
            Process::Standby(standby) => {
                let filters = standby::filters(&self.topics).into();
                air.broker.connect(&self.topics.client_id("standby"), false, filters);
                standby.connected();
            }
            Process::Active(active) => {
                let filters = replica::filters(&self.topics).map(|(filter, _)| filter).into();
                air.broker.connect(&self.topics.client_id("replica"), false, filters);
                active.claimant.connected();
                let claim = active.claimant.text();
                drop(air);
                self.publish(self.topics.active(), claim, false);
            }
        }
    }

    pub(super) fn cut(&mut self, until_ms: u64, loses_connection: bool) {
        self.air().is_cut[self.at] = true;
        (self.cut_ms, self.loses_connection) = (until_ms, loses_connection);
    }

    fn heals(&mut self) {
        self.air().is_cut[self.at] = false;
        if self.loses_connection || !self.is_connected {
            if let Process::Standby(standby) = &mut self.process {
                standby.disconnected();
            }
            self.connect();
        }
    }

    /// The standby takes what comes, and looks whether it is to take over.
    fn follow(&mut self) -> anyhow::Result<()> {
        let Process::Standby(standby) = &mut self.process else { return Ok(()) };
        let (control, feeds) = (self.topics.client_id("standby"), self.topics.client_id("in"));
        if self.ground.files.is_journal_full() {
            standby.fill_journal();
        }
        let mut air = self.air.lock().expect("lock");
        let is_cut = air.is_cut[self.at];
        while !is_cut && let Some(message) = next_of(&mut air, &control) {
            standby.hear(&message)?;
        }
        while !is_cut
            && self.is_listening
            && let Some(message) = air.broker.session(&feeds).and_then(|session| session.send())
        {
            standby.own(message);
        }
        self.had_state |= standby.has_all() && standby.has_state() == (true, true);
        for ack in standby.shared_acks()? {
            ack.try_give();
        }
        let next = standby.look();
        match next {
            Next::Wait => {}
            Next::Publish(what, text) if !is_cut => {
                air.broker.publish(&self.topics.replica(what), text, false)
            }
            Next::Listen if !is_cut => {
                tell(|| format!("{} listens anew", self.name));
                air.broker.end(&feeds);
                air.broker.connect(&feeds, true, vec!["feed".to_owned(), self.topics.actions()]);
                standby.begin_to_listen();
                (self.is_listening, self.had_state) = (true, false);
            }
            Next::Publish(..) | Next::Listen => {}
            Next::TakeOver => {
                drop(air);
                self.take_over()?;
            }
        }
        Ok(())
    }

    fn take_over(&mut self) -> anyhow::Result<()> {
        let Process::Standby(standby) = std::mem::replace(&mut self.process, Process::Down) else {
            return Ok(());
        };
        self.air().broker.end(&self.client("standby"));
        tell(|| format!("{} takes over: {standby:?}", self.name));
        let mut taken_over = standby.take_over()?;
        let node = Node::start(&self.ground, Some(&mut taken_over));
        let (claim, board) = (taken_over.claim, Arc::clone(&node.board));
        self.air().claims[self.at] = Some(claim.clone());
        let claimant = Claimant::new(self.topics.clone(), claim, Self::pair_key(), board);
        let active = Active { node, claimant, beat_ms: self.now_ms, waiting: None };
        self.process = Process::Active(Box::new(active));
        (self.is_listening, self.had_state) = (true, false);
        self.connect();
        Ok(())
    }

    /// The active node hears its pair, and gives a sign of life.
    fn lead(&mut self) {
        let Process::Active(active) = &mut self.process else { return };
        let replica = self.topics.client_id("replica");
        let mut air = self.air.lock().expect("lock");
        if air.is_cut[self.at] {
            return;
        }
        let (mut is_superseded, mut is_claimed) = (false, false);
        while !is_superseded && let Some(message) = next_of(&mut air, &replica) {
            match active.claimant.hear(message.topic(), message.payload()) {
                Answer::None => {}
                Answer::Claim => is_claimed = true,
                Answer::Superseded(_) => is_superseded = true,
                Answer::Share(cursor) => active.node.share(cursor),
            }
        }
        drop(air);
        if is_superseded {
            return self.end(self.now_ms + 500);
        }
        let claim = is_claimed.then(|| active.claimant.text());
        let is_due = self.now_ms >= active.beat_ms && self.outgoing.len() < CAPACITY;
        let sign = is_due.then(|| active.claimant.sign_of_life());
        if is_due {
            active.beat_ms = self.now_ms + replica::ALIVE_EVERY.as_millis() as u64;
        }
        claim.into_iter().for_each(|claim| self.publish(self.topics.active(), claim, true));
        sign.into_iter().for_each(|sign| self.publish(self.topics.replica("alive"), sign, false));
    }

    /// The node ends in order, and starts again later.
    pub(super) fn end(&mut self, starts_ms: u64) {
        self.starts_ms = starts_ms;
        if let Process::Active(active) = std::mem::replace(&mut self.process, Process::Down) {
            active.node.end(&self.ground.files);
        }
        self.is_gone();
    }

    /// The program dies, and starts again later; where the machine died, what was not on disk is lost.
    pub(super) fn dies(&mut self, draw: &mut Draw, starts_ms: u64) {
        self.process = Process::Down;
        self.starts_ms = starts_ms;
        self.ground.files.revive(draw);
        self.ground.screen.said.lock().expect("lock").clear();
        self.is_gone();
    }

    /// The broker finds the node's connections closed.
    fn is_gone(&mut self) {
        let (standby, replica, feeds) = (self.client("standby"), self.client("replica"), self.client("in"));
        let mut air = self.air();
        air.broker.end(&standby);
        air.broker.end(&replica);
        if let Some(session) = air.broker.session(&feeds) {
            session.reconnect();
        }
        air.claims[self.at] = None;
        drop(air);
        self.outgoing.clear();
        (self.is_connected, self.is_listening, self.had_state) = (false, false, false);
    }

    /// The active node does a thing.
    pub(super) fn act(&mut self, what: u32, count: u32, is_due: bool) {
        let now = (self.wall_ns(), self.began + Duration::from_millis(self.now_ms));
        let Process::Active(active) = &mut self.process else { return };
        let node = &mut active.node;
        match what {
            0 | 1 => {
                let mut air = self.air.lock().expect("lock");
                let feeds = self.topics.client_id("in");
                if !air.is_cut[self.at]
                    && let Some(session) = air.broker.session(&feeds)
                {
                    node.receive(session, now, count);
                }
            }
            2 | 3 => node.turn(count as usize),
            4 => node.sync(),
            5 => node.write(count as usize, &self.ground.files),
            6 => node.acknowledge(),
            7 => node.deliver(),
            8 => self.share(count),
            _ => node.second(is_due),
        }
    }

    pub(super) fn remark(&mut self, words: String) {
        let wall_ns = self.wall_ns();
        let Machine { process: Process::Active(active), ground, .. } = self else { return };
        active.node.act(said(&ground.screen, words, wall_ns));
    }

    /// The active node publishes what it shares, at most so much.
    fn share(&mut self, count: u32) {
        let Process::Active(active) = &mut self.process else { return };
        for _ in 0..count {
            if self.outgoing.len() >= CAPACITY {
                return;
            }
            let next = || Some((active.node.shared.as_mut()?.try_recv().ok()?.0, self.now_ms));
            let Some((shared, since)) = active.waiting.take().or_else(next) else { return };
            if let Shared::State { given, cursor, .. } = &shared {
                if *active.node.settled.borrow() < *given {
                    let is_over = self.now_ms - since > replica::JOURNAL_PATIENCE.as_millis() as u64;
                    active.waiting = Some((shared, since)).filter(|_| !is_over);
                    return;
                }
                if let Some(cursor) = cursor {
                    let part = replica::part_after(active.node.journal(), cursor).expect("reads");
                    assert!(part.is_last, "it is small");
                    let text = serde_json::to_string(&part).expect("is JSON");
                    self.outgoing.push_back((self.topics.replica("journal"), text.into_bytes(), false));
                }
            }
            for (what, message) in replica::messages(shared) {
                self.outgoing.push_back((self.topics.replica(what), message, false));
            }
        }
    }

    /// Whether nothing waits in the node or for it.
    pub(super) fn is_at_rest(&self) -> bool {
        let (is_done, sessions) = match &self.process {
            Process::Down => (false, vec![]),
            Process::Standby(standby) => (standby.has_all(), vec!["in", "standby"]),
            Process::Active(active) => {
                (active.node.is_at_rest() && active.waiting.is_none() && self.leads(), vec!["in"])
            }
        };
        let is_done = is_done && self.outgoing.is_empty();
        let mut air = self.air();
        let mut is_read =
            |role: &&str| air.broker.session(&self.client(role)).is_some_and(|session| session.is_at_rest());
        is_done && sessions.iter().all(&mut is_read)
    }
}
