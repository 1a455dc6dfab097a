//! Two nodes of one name over one simulated broker. Each begins as the standby; one becomes active; nodes die with the program or
//! the machine, are paused, are cut off from the broker, end in order and come back.
//!
//! A take-over is exact where the standby has had the active node's state since it started, or where the one that was active last
//! comes back first. Faults are drawn so that this holds; what may be lost otherwise is in `docs/operations.md`, hot standby.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::broker::Broker;
use super::case::{Case, Counted, Vessels};
use super::node::Node;
use super::shelf::{Death, Shelf};
use super::world::{BEGIN_NS, Channel, Ground};
use super::{Draw, MESSAGES, is_told, said, scratch, seeds, verify};
use crate::clock;
use crate::journal::{self, Due, Journal, spare};
use crate::model::AlertMessage;
use crate::mqtt::{Message, Topics};
use crate::pipeline::claims::{Claim, PairKey};
use crate::pipeline::replica::{self, Answer, Claimant, Shared};
use crate::pipeline::standby::{self, Next, Standby};
use crate::sinks::Undelivered;
use crate::sinks::coordination::topic_of;

/// Steps of a run before everything is mended, and the longest of them, milliseconds.
const STEPS: u32 = 500;
const STEP_MS: u32 = 400;
/// Messages of a run that acknowledge an alert.
const ACKNOWLEDGING: [u32; 2] = [39, 59];
/// Time for which the active node may be away where the standby has no state, milliseconds.
const AWAY_MS: u32 = 2_000;

/// What is between the two nodes, and outside of them.
#[derive(Default)]
struct Air {
    broker: Broker,
    /// Whether a machine is cut off from the broker.
    is_cut: [bool; 2],
    /// Claim of the node of each machine that is active.
    claims: [Option<Claim>; 2],
    /// Newest claim of which an event got through.
    newest: Option<Claim>,
    /// Bodies that got through, by kind, id and number.
    told: BTreeMap<(bool, String, u32), String>,
    /// Deliveries that fail from now on. Of two that fail, one arrives all the same.
    failing: u32,
    wrong: Option<String>,
}

impl Air {
    /// Takes what a node publishes for other centres.
    fn deliver(&mut self, from: usize, due: &Due) -> Result<(), Undelivered> {
        let fails = self.failing > 0;
        if self.is_cut[from] || fails && !self.failing.is_multiple_of(2) {
            self.failing = self.failing.saturating_sub(1);
            return Err(Undelivered::Later("the simulated channel fails".to_owned()));
        }
        let claim = self.claims[from].clone();
        tell(|| format!("{from} tells {} {}", due.id, brief(&due.body)));
        if claim < self.newest {
            self.wrong = Some(format!("{claim:?} tells after {:?}: {}", self.newest, brief(&due.body)));
        }
        self.newest = claim;
        let seq = AlertMessage::read(&due.body).map_or(0, |message| message.event.seq);
        let key = (due.is_action, due.id.clone(), seq);
        match self.told.insert(key, due.body.clone()) {
            Some(before) if before != due.body => {
                let (before, now) = (brief(&before), brief(&due.body));
                self.wrong = Some(format!("{} {seq} was told as {before} and as {now}", due.id));
            }
            _ => {}
        }
        let topic = match due.is_action {
            true => Topics::new("n", None).action(&due.id),
            false => topic_of(&due.body).expect("is an event"),
        };
        self.broker.publish(&topic, due.body.clone(), false);
        if fails {
            self.failing -= 1;
            return Err(Undelivered::Later("the simulated channel fails".to_owned()));
        }
        Ok(())
    }
}

/// Tells what happens, where one seed is looked at.
fn tell(what: impl FnOnce() -> String) {
    if is_told() {
        println!("       {}", what());
    }
}

/// Returns what tells one body from another.
fn brief(body: &str) -> String {
    AlertMessage::read(body).map_or_else(|_| body.to_owned(), |message| message.event.summary.clone())
}

/// Returns the next message of a client that acknowledges on arrival.
fn next_of(air: &mut Air, client: &str) -> Option<Message> {
    let mut message = air.broker.session(client)?.send()?;
    if let Some(ack) = message.take_ack() {
        ack.try_give();
    }
    Some(message)
}

/// The active node.
struct Active<C: Case> {
    node: Node<C>,
    claimant: Claimant,
    beat_ms: u64,
    /// State that waits for the journal, since when.
    waiting: Option<(Shared, u64)>,
}

enum Process<C: Case> {
    Down,
    Standby(Box<Standby>),
    Active(Box<Active<C>>),
}

/// A machine with its node.
struct Machine<C: Case> {
    at: usize,
    name: &'static str,
    ground: Ground,
    topics: Topics,
    air: Arc<Mutex<Air>>,
    began: Instant,
    process: Process<C>,
    /// Moments until which it is down, paused and cut off, milliseconds.
    starts_ms: u64,
    paused_ms: u64,
    cut_ms: u64,
    /// Whether the connection does not outlive the cut.
    loses_connection: bool,
    /// Whether the node's connections were made, and whether it reads the feeds.
    is_connected: bool,
    is_listening: bool,
    /// Whether the node that waits has had the active one's state.
    had_state: bool,
    /// The error of the wall clock, milliseconds.
    off_ms: i64,
    now_ms: u64,
}

impl<C: Case> Machine<C> {
    fn new(at: usize, folder: &Path, air: &Arc<Mutex<Air>>, began: Instant) -> Machine<C> {
        let name = ["a", "b"][at];
        let hears = Arc::clone(air);
        let channel = Channel(Arc::new(move |due: &Due| hears.lock().expect("lock").deliver(at, due)));
        let (folder, files) = (folder.to_owned(), Shelf::new(folder));
        Machine {
            at,
            name,
            ground: Ground { folder, files, screen: Arc::default(), channel },
            topics: Topics::new("n", None).as_instance(name),
            air: Arc::clone(air),
            began,
            process: Process::Down,
            starts_ms: 0,
            paused_ms: 0,
            cut_ms: 0,
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

    fn is_paused(&self) -> bool {
        self.now_ms < self.paused_ms
    }

    fn is_cut(&self) -> bool {
        self.air().is_cut[self.at]
    }

    fn is_at_large(&self) -> bool {
        self.is_paused() || self.is_cut()
    }

    /// Whether this node is active, and heard.
    fn leads(&self) -> bool {
        matches!(&self.process, Process::Active(active) if active.node.board.fence.is_open())
    }

    /// The machine's clocks are those that are read.
    fn set_clocks(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        clock::simulated::set(self.wall_ns());
        clock::simulated::set_moment(self.began + Duration::from_millis(now_ms));
    }

    /// Does what is never late, unless the machine is paused.
    fn tick(&mut self) {
        if self.is_cut() && self.now_ms >= self.cut_ms {
            self.heals();
        }
        match &self.process {
            Process::Down if self.now_ms >= self.starts_ms => self.start(),
            Process::Down => {}
            Process::Standby(_) => self.follow(),
            Process::Active(_) => self.lead(),
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
                air.broker.publish(&self.topics.active(), active.claimant.text(), false);
            }
        }
    }

    fn cut(&mut self, until_ms: u64, loses_connection: bool) {
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
    fn follow(&mut self) {
        let Process::Standby(standby) = &mut self.process else { return };
        let (control, feeds) = (self.topics.client_id("standby"), self.topics.client_id("in"));
        let mut air = self.air.lock().expect("lock");
        let is_cut = air.is_cut[self.at];
        while !is_cut && let Some(message) = next_of(&mut air, &control) {
            standby.hear(&message).expect("the disk takes it");
        }
        while !is_cut
            && self.is_listening
            && let Some(message) = air.broker.session(&feeds).and_then(|session| session.send())
        {
            standby.own(message);
        }
        self.had_state |= standby.has_all() && standby.has_state() == (true, true);
        for ack in standby.shared_acks().expect("the disk takes it") {
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
                self.take_over();
            }
        }
    }

    fn take_over(&mut self) {
        let Process::Standby(standby) = std::mem::replace(&mut self.process, Process::Down) else { return };
        self.air().broker.end(&self.client("standby"));
        tell(|| format!("{} takes over: {standby:?}", self.name));
        let mut taken_over = standby.take_over().expect("the disk takes it");
        let node = Node::start(&self.ground, Some(&mut taken_over));
        let (claim, board) = (taken_over.claim, Arc::clone(&node.board));
        self.air().claims[self.at] = Some(claim.clone());
        let claimant = Claimant::new(self.topics.clone(), claim, Self::pair_key(), board);
        let active = Active { node, claimant, beat_ms: self.now_ms, waiting: None };
        self.process = Process::Active(Box::new(active));
        (self.is_listening, self.had_state) = (true, false);
        self.connect();
    }

    /// The active node hears its pair, and gives a sign of life.
    fn lead(&mut self) {
        let Process::Active(active) = &mut self.process else { return };
        let replica = self.topics.client_id("replica");
        let mut air = self.air.lock().expect("lock");
        if air.is_cut[self.at] {
            return;
        }
        let mut is_superseded = false;
        while let Some(message) = next_of(&mut air, &replica) {
            match active.claimant.hear(message.topic(), message.payload()) {
                Answer::None => {}
                Answer::Claim => air.broker.publish(&self.topics.active(), active.claimant.text(), true),
                Answer::Superseded(_) => is_superseded = true,
                Answer::Share(cursor) => active.node.share(cursor),
            }
        }
        if self.now_ms >= active.beat_ms && !is_superseded {
            air.broker.publish(&self.topics.replica("alive"), active.claimant.sign_of_life(), false);
            active.beat_ms = self.now_ms + replica::ALIVE_EVERY.as_millis() as u64;
        }
        drop(air);
        if is_superseded {
            self.end(self.now_ms + 500);
        }
    }

    /// The node ends in order, and starts again later.
    fn end(&mut self, starts_ms: u64) {
        self.starts_ms = starts_ms;
        if let Process::Active(active) = std::mem::replace(&mut self.process, Process::Down) {
            active.node.end();
        }
        self.is_gone();
    }

    /// The program dies, and starts again later; where the machine died, what was not on disk is lost.
    fn dies(&mut self, draw: &mut Draw, starts_ms: u64) {
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
        (self.is_connected, self.is_listening, self.had_state) = (false, false, false);
    }

    /// The active node does a thing.
    fn act(&mut self, what: u32, count: u32, is_due: bool) {
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
            5 => node.write(count as usize),
            6 => node.acknowledge(),
            7 => node.deliver(),
            8 => self.share(count),
            _ => node.second(is_due),
        }
    }

    fn remark(&mut self, words: String) {
        let wall_ns = self.wall_ns();
        let Machine { process: Process::Active(active), ground, .. } = self else { return };
        active.node.act(said(&ground.screen, words, wall_ns));
    }

    /// The active node publishes what it shares, at most so much.
    fn share(&mut self, count: u32) {
        let Process::Active(active) = &mut self.process else { return };
        let mut air = self.air.lock().expect("lock");
        for _ in 0..count {
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
                    air.broker.publish(&self.topics.replica("journal"), text, false);
                }
            }
            for (what, message) in replica::messages(shared) {
                air.broker.publish(&self.topics.replica(what), message, false);
            }
        }
    }

    /// Whether nothing waits in the node or for it.
    fn is_at_rest(&self) -> bool {
        let is_done = match &self.process {
            Process::Down => false,
            Process::Standby(standby) => standby.has_all(),
            Process::Active(active) => active.node.is_at_rest() && active.waiting.is_none() && self.leads(),
        };
        let feeds = self.client("in");
        is_done && self.air().broker.session(&feeds).is_some_and(|session| session.is_at_rest())
    }
}

/// A run under way.
struct Pair<C: Case> {
    draw: Draw,
    air: Arc<Mutex<Air>>,
    machines: [Machine<C>; 2],
    /// Alerts that officers acknowledge.
    acknowledged: Vec<String>,
    unpublished: VecDeque<u32>,
    now_ms: u64,
    /// Take-overs.
    terms: u64,
}

impl<C: Case> Pair<C> {
    fn new(seed: u64, folder: &Path, acknowledged: &[String]) -> Pair<C> {
        let (air, began) = (Arc::<Mutex<Air>>::default(), Instant::now());
        let machines = [0, 1].map(|at| {
            let folder = folder.join(["a", "b"][at]);
            std::fs::create_dir(&folder).expect("is made");
            Machine::new(at, &folder, &air, began)
        });
        Pair {
            draw: Draw::of(seed),
            air,
            machines,
            acknowledged: acknowledged.to_vec(),
            unpublished: (0..MESSAGES).collect(),
            now_ms: 0,
            terms: 0,
        }
    }

    fn tell(&self, what: impl FnOnce() -> String) {
        tell(|| format!("{:6} {}", self.now_ms, what()));
    }

    /// Somebody publishes the next message.
    fn publish(&mut self) {
        let Some(number) = self.unpublished.pop_front() else { return };
        let (topic, mut payload) = C::message(number);
        let acknowledged = ACKNOWLEDGING.iter().position(|at| *at == number);
        if let Some(alert) = acknowledged.and_then(|at| self.acknowledged.get(at)) {
            payload = format!(r#"{{"action":"acknowledge","alert":"{alert}","by":"Clarke"}}"#);
        }
        self.air.lock().expect("lock").broker.publish(topic, payload, false);
    }

    /// Lets a machine that is not paused do something, of which its program may die.
    fn alive(&mut self, at: usize, act: impl FnOnce(&mut Machine<C>)) {
        let machine = &mut self.machines[at];
        machine.set_clocks(self.now_ms);
        if machine.is_paused() {
            return;
        }
        let lived = catch_unwind(AssertUnwindSafe(|| act(machine)));
        match lived {
            Ok(()) if !machine.ground.files.is_dead() => return,
            Ok(()) => {}
            Err(reason) if reason.is::<Death>() => {}
            Err(reason) => std::panic::resume_unwind(reason),
        }
        machine.dies(&mut self.draw, self.now_ms);
    }

    fn passes(&mut self, ms: u64) {
        let before = self.now_ms;
        self.now_ms += ms;
        for at in [0, 1] {
            let was = self.role(at);
            // One that was paused goes on where it was, before it hears anything.
            if (before + 1..=self.now_ms).contains(&self.machines[at].paused_ms) {
                for _ in 0..self.draw.below(6) {
                    let what = self.draw.below(10);
                    self.alive(at, |machine| machine.act(what, 8, false));
                }
            }
            self.alive(at, Machine::tick);
            let is = self.role(at);
            if was != is {
                self.terms += u64::from(is.starts_with("active"));
                self.tell(|| format!("{at}: {was} -> {is}"));
            }
        }
    }

    fn role(&self, at: usize) -> String {
        let claim = self.air.lock().expect("lock").claims[at].clone();
        match &self.machines[at].process {
            Process::Down => "down".to_owned(),
            Process::Standby(standby) => format!("standby {}", standby.has_all()),
            Process::Active(_) => format!("active {}", claim.map_or(0, |claim| claim.term)),
        }
    }

    /// Does one thing that the seed draws.
    fn step(&mut self, is_disturbed: bool) {
        // A broker keeps nothing for a node that was never there.
        if self.draw.once_in(4) && self.terms > 0 {
            self.publish();
        }
        let ms = self.draw.below(STEP_MS);
        self.passes(u64::from(ms));
        if is_disturbed && self.draw.once_in(25) {
            self.fault();
        }
        for at in [0, 1] {
            if self.machines[at].leads() && self.may_lose(at) {
                self.machines[at].ground.files.mend();
            }
            let (what, count, is_due) = (self.draw.below(10), 1 + self.draw.below(8), self.draw.once_in(4));
            self.alive(at, |machine| machine.act(what, count, is_due));
        }
        if self.draw.once_in(40) {
            let (words, at) = (format!("remark {}", self.draw.below(u32::MAX)), self.draw.below(2) as usize);
            self.alive(at, |machine| machine.remark(words));
        }
    }

    /// Does everything once.
    fn round(&mut self, is_due: bool) {
        self.passes(500);
        for at in [0, 1] {
            for what in [0, 2, 9, 4, 5, 6, 8] {
                self.alive(at, |machine| machine.act(what, 64, is_due));
            }
            (0..64).for_each(|_| self.alive(at, |machine| machine.act(7, 1, false)));
        }
    }

    /// Whether the other machine's node would take over from this one's without what this one has yet to take.
    fn may_lose(&self, at: usize) -> bool {
        let Machine { process, had_state, .. } = &self.machines[1 - at];
        matches!(process, Process::Standby(standby) if standby.has_state().0 && !had_state)
    }

    /// A fault that the seed draws begins.
    fn fault(&mut self) {
        let what = self.draw.below(14);
        let Some(at) = (0..2).find(|at| self.machines[*at].leads()) else { return };
        let other = 1 - at;
        if self.machines[at].is_at_large() {
            return;
        }
        let is_guarded = self.machines[other].had_state;
        if self.may_lose(at) {
            return;
        }
        let is_alone = self.machines[other].is_at_large() || !is_guarded;
        let long =
            |draw: &mut Draw, most: u32| u64::from(draw.below(if is_guarded { most } else { AWAY_MS }));
        let now = self.now_ms;
        self.tell(|| format!("fault {what}, {at} is active, guarded: {is_guarded}"));
        let Pair { draw, machines, air, .. } = self;
        match what {
            0 => {
                let starts = now + long(draw, 20_000);
                machines[at].dies(draw, starts);
            }
            1 => {
                let starts = now + long(draw, 20_000);
                machines[at].ground.files.cut_power();
                machines[at].dies(draw, starts);
            }
            2 => machines[at].paused_ms = now + long(draw, 12_000),
            3 => {
                let (until, loses) = (now + long(draw, 20_000), draw.once_in(2));
                machines[at].cut(until, loses);
            }
            4 => {
                machines[at].set_clocks(now);
                machines[at].ground.files.mend();
                machines[at].act(2, 64, false);
                machines[at].end(now + long(draw, 10_000));
            }
            // Both die; the one that was active is back first, or soon after.
            5 if !is_alone => {
                let with_machine = draw.once_in(2);
                let starts = [u64::from(draw.below(4_000)), u64::from(draw.below(8_000))];
                for (which, starts) in [at, other].into_iter().zip(starts) {
                    if with_machine {
                        machines[which].ground.files.cut_power();
                    }
                    machines[which].dies(draw, now + starts);
                }
            }
            6 | 7 if !is_alone => {
                if what == 7 {
                    machines[other].ground.files.cut_power();
                }
                let starts = now + u64::from(draw.below(20_000));
                machines[other].dies(draw, starts);
            }
            8 if !is_alone => machines[other].paused_ms = now + u64::from(draw.below(20_000)),
            9 if !is_alone => {
                let (until, loses) = (now + u64::from(draw.below(30_000)), draw.once_in(2));
                machines[other].cut(until, loses);
            }
            // It dies at one of its next operations on a file.
            10 | 11 => machines[at].ground.files.kill_after(draw.below(12), what == 11),
            12 => {
                let which = draw.below(2) as usize;
                machines[which].off_ms += i64::from(draw.below(7_200_000)) - 3_600_000;
            }
            13 => air.lock().expect("lock").failing = draw.below(6),
            _ => {}
        }
    }

    /// Ends all faults.
    fn mend(&mut self) {
        for machine in &mut self.machines {
            machine.ground.files.mend();
            machine.paused_ms = 0;
            machine.cut_ms = 0;
            machine.starts_ms = machine.starts_ms.min(self.now_ms + 2_000);
        }
        self.air.lock().expect("lock").failing = 0;
    }

    /// Checks what must hold at each step.
    fn check(&self) -> Result<(), String> {
        match &self.air.lock().expect("lock").wrong {
            Some(wrong) => Err(wrong.clone()),
            None => Ok(()),
        }
    }

    fn is_at_rest(&self) -> bool {
        let leading = self.machines.iter().filter(|machine| machine.leads()).count();
        self.unpublished.is_empty() && leading == 1 && self.machines.iter().all(Machine::is_at_rest)
    }
}

/// What a journal has of alerts and actions.
#[derive(Debug, Default, PartialEq, Eq)]
struct Kept {
    /// Alert events by id and number: as they were published, where this node had written another one.
    events: BTreeMap<(String, u32), String>,
    /// Actions that came as messages. A node that died with one that it had not shared has it twice: the other one's has another
    /// stamp.
    actions: BTreeSet<String>,
    /// Phase, number and acknowledgement of each alert.
    alerts: BTreeMap<String, String>,
}

impl Kept {
    fn of(folder: &Path) -> Kept {
        let path = folder.join(journal::FILE);
        drop(Journal::open(&path).expect("the journal opens"));
        let db = journal::open_for_reading(&path).expect("the journal opens");
        let mut kept = Kept::default();
        let sql =
            "SELECT kind, id, seq, body FROM entry WHERE kind IN ('alert', 'action', 'published') ORDER BY n";
        let mut statement = db.prepare(sql).expect("is right");
        let mut rows = statement.query([]).expect("reads");
        while let Some(row) = rows.next().expect("reads") {
            let text = |at: usize| row.get::<_, String>(at).expect("a text");
            let (kind, id, seq, body) = (text(0), text(1), row.get(2).expect("a number"), text(3));
            match kind.as_str() {
                "action" if id.starts_with("own-") => {}
                "action" => {
                    kept.actions.insert(body);
                }
                "alert" => {
                    kept.events.entry((id, seq)).or_insert(body);
                }
                _ => {
                    kept.events.insert((id, seq), body);
                }
            }
        }
        let sql = "SELECT id, json_array(phase, seq, acknowledged_by) FROM alert";
        let mut statement = db.prepare(sql).expect("is right");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("reads");
        kept.alerts = rows.collect::<Result<_, _>>().expect("reads");
        kept
    }

    fn difference(&self, want: &Kept) -> Option<String> {
        fn first<K: Ord + Debug>(is: &BTreeMap<K, String>, want: &BTreeMap<K, String>) -> Option<String> {
            let key = is.keys().chain(want.keys()).find(|key| is.get(*key) != want.get(*key))?;
            let brief = |body: Option<&String>| body.map_or("nothing".to_owned(), |body| brief(body));
            Some(format!("{key:?} is {} and should be {}", brief(is.get(key)), brief(want.get(key))))
        }
        let action = self.actions.symmetric_difference(&want.actions).next();
        let events = first(&self.events, &want.events);
        events
            .or_else(|| action.map(|action| format!("one has, and the other has not: {action}")))
            .or_else(|| first(&self.alerts, &want.alerts))
    }
}

/// Runs a seed; returns what both journals have at the end, that of the active node first.
fn run<C: Case>(seed: u64, is_disturbed: bool, acknowledged: &[String]) -> Result<[Kept; 2], String> {
    let folder = scratch();
    let mut pair = Pair::<C>::new(seed, folder.path(), acknowledged);
    pair.machines[1].starts_ms = u64::from(pair.draw.below(10_000));
    for step in 0..STEPS {
        pair.step(is_disturbed);
        pair.check().map_err(|wrong| format!("step {step}: {wrong}"))?;
    }
    pair.mend();
    while !pair.unpublished.is_empty() {
        pair.publish();
    }
    let mut rounds = 0..300;
    while !pair.is_at_rest() {
        if rounds.next().is_none() {
            return Err("something is never done".to_owned());
        }
        pair.round(rounds.start % 8 == 0);
        pair.check()?;
    }
    pair.tell(|| format!("{} terms", pair.terms));
    let leading = usize::from(pair.machines[1].leads());
    let told = std::mem::take(&mut pair.air.lock().expect("lock").told);
    let folders = [leading, 1 - leading].map(|at| pair.machines[at].ground.folder.clone());
    for mut machine in pair.machines {
        machine.set_clocks(pair.now_ms);
        if let Process::Active(active) = machine.process {
            active.node.end();
        }
        if let Some(spare) = spare::folder(&machine.ground.folder) {
            std::fs::remove_dir_all(spare).ok();
        }
        verify(&machine.ground.folder)?;
        machine.ground.screen.check_all(&super::entries(&machine.ground.folder))?;
    }
    let kept = folders.each_ref().map(|folder| Kept::of(folder));
    for ((_, id, seq), body) in told.iter().filter(|((is_action, ..), _)| !is_action) {
        if kept[0].events.get(&(id.clone(), *seq)) != Some(body) {
            return Err(format!("told, and not in the journal: {id} {seq} {}", brief(body)));
        }
    }
    let untold = kept[0].events.keys().find(|(id, seq)| !told.contains_key(&(false, id.clone(), *seq)));
    match untold.cloned() {
        Some(key) => Err(format!("nobody was told of {key:?}")),
        None => Ok(kept),
    }
}

/// Runs the seeds: both journals must be as without faults.
fn the_pair_is_as_one_node<C: Case>() {
    let [bare, _] = run::<C>(0, false, &[]).expect("runs");
    let mut acknowledged: Vec<String> = bare.events.into_keys().map(|(id, _)| id).collect();
    acknowledged.dedup();
    acknowledged.truncate(ACKNOWLEDGING.len());
    let [want, other] = run::<C>(0, false, &acknowledged).expect("runs");
    assert_eq!(other.difference(&want), None, "the standby's journal");
    assert!(want.events.len() > MESSAGES as usize / 4, "{} events", want.events.len());
    let is_acknowledged = |alert: &&String| alert.contains("Clarke");
    assert_eq!(want.alerts.values().filter(is_acknowledged).count(), ACKNOWLEDGING.len());
    let mut wrong = Vec::new();
    for seed in seeds(C::PAIR_SEEDS) {
        match run::<C>(seed, true, &acknowledged) {
            Err(error) => wrong.push(format!("seed {seed}: {error}")),
            Ok(kept) => {
                let found = ["active", "standby"].into_iter().zip(&kept);
                let found = found.filter_map(|(who, kept)| Some((who, kept.difference(&want)?)));
                wrong.extend(found.map(|(who, difference)| format!("seed {seed}, {who}: {difference}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
}

#[test]
fn whatever_happens_to_a_pair_nothing_is_lost_doubled_or_told_twice_otherwise() {
    the_pair_is_as_one_node::<Counted>();
}

#[test]
fn the_engine_of_a_pair_goes_on_at_the_other_node() {
    the_pair_is_as_one_node::<Vessels>();
}
