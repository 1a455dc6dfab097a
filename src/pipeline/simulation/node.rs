//! The simulated node: the parts of a watch as [`crate::pipeline::start`] joins them, without tasks and threads.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

use super::broker::Session;
use super::case::Case;
use super::shelf::Shelf;
use super::world::{Channel, Ground};
use crate::clock::Clock;
use crate::feed::listener::Arrived;
use crate::health::{Board, SinkHealth};
use crate::journal::{self, Journal, Keep, checkpoint};
use crate::model::Span;
use crate::mqtt::{Ack, Topics};
use crate::pipeline::disk::{self, Goal};
use crate::pipeline::engine_thread::{EngineThread, Ways};
use crate::pipeline::replica::{Out, Waiting};
use crate::pipeline::standby::TakenOver;
use crate::pipeline::state_keeper;
use crate::pipeline::work::Work;
use crate::pipeline::writer::Writer;
use crate::pipeline::{Audience, CHANNEL, ToWriter, resume};
use crate::sinks::coordination;
use crate::sinks::delivery::Delivery;
use crate::sinks::event_json::Stamp;
use crate::sinks::marking::Marks;
use crate::wire::actions::Written;

/// Pauses after which somebody restarts a watch whose journal is refused.
const MOST_WAITS: u32 = 3;
/// How often the writer looks before what waits for its causes is shown as not on disk.
const PATIENCE: u32 = 4;

/// Batches of input, and states, that wait for the broker: few, so that the standby misses some now and then.
const SHARED: usize = 32;

/// A watch under way.
pub(super) struct Node<C: Case> {
    runtime: Runtime,
    stamps: Clock,
    inbox: Vec<Work>,
    engine: EngineThread<C::Core>,
    to_writer: mpsc::Sender<ToWriter>,
    given: mpsc::Receiver<ToWriter>,
    goal: watch::Receiver<Goal>,
    safe: Arc<watch::Sender<u64>>,
    acks: mpsc::UnboundedReceiver<(u64, Ack)>,
    /// Results that wait for the disk.
    held: Vec<ToWriter>,
    /// How often they waited.
    waits: u32,
    /// Acknowledgements that wait for the disk.
    owed: Vec<(u64, Ack)>,
    writer: Writer,
    delivery: Delivery<Channel>,
    pub board: Arc<Board>,
    /// Results that are in the journal.
    pub settled: watch::Receiver<u64>,
    /// What is shared with the standby, where there is one.
    pub shared: Option<mpsc::Receiver<Waiting>>,
}

impl<C: Case> Node<C> {
    /// Starts a watch from what the last one left, or was taken over.
    pub(super) fn start(world: &Ground, taken_over: Option<&mut TakenOver>) -> Node<C> {
        let (mut config, folder) = (C::config(), world.folder.clone());
        config.state.folder.clone_from(&folder);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("starts");
        let board = Arc::new(Board::new(config.feeds.iter().map(|feed| feed.name.clone())));
        let stamp = Stamp {
            node: config.node.name.clone(),
            state: config.node.owner.word().to_owned(),
            exercise: None,
            marks: Arc::new(Marks::of(&config)),
        };
        let (to_writer, given) = mpsc::channel(1024);
        let (goal_in, goal) = watch::channel(Goal::default());
        let (safe, is_safe) = watch::channel(0);
        let safe = Arc::new(safe);
        let (ack_in, acks) = mpsc::unbounded_channel();
        let (settled_in, settled) = watch::channel(0);
        let keeper = state_keeper::Ways {
            files: Arc::new(world.files.clone()),
            goal: goal_in,
            safe: is_safe.clone(),
            settled: settled.clone(),
        };
        let ways = Ways { keeper, acks: ack_in };
        let mut topics = Topics::new("n", None);
        if let Some(TakenOver { claim, .. }) = &taken_over {
            topics = topics.as_instance(&claim.instance);
        }
        let mut engine = EngineThread::new(
            &config,
            topics,
            C::core(&config.setup),
            Arc::clone(&board),
            folder.clone(),
            ways,
        );
        let mut journal = Journal::open(&folder.join(journal::FILE)).expect("the journal opens");
        let checkpoints = checkpoint::read(&folder);
        let is_taken_over = taken_over.is_some();
        resume::take_up(&mut engine, &config, &checkpoints, &folder, &mut journal, &stamp, is_taken_over)
            .expect("takes up");
        engine.make_all_aside();
        engine.keep();
        engine.settle();
        let audience: Arc<dyn Audience> = Arc::clone(&world.screen) as _;
        engine.show(Arc::clone(&audience));
        let shared = taken_over.map(|taken_over| {
            let (out, shared) = Out::new(SHARED, 1 << 20);
            engine.share(out, std::mem::take(&mut taken_over.known));
            shared
        });
        journal.set_sinks(&[coordination::NAME]).expect("writes");
        board.note().sinks = vec![SinkHealth::new(coordination::NAME, 0)];
        let outbox = journal.outbox(coordination::NAME).expect("opens");
        let delivery =
            Delivery::new(world.channel.clone(), CHANNEL, outbox, Arc::clone(&board)).expect("reads");
        let stamps = Clock::after(engine.last_ns());
        let age = Span::from_secs(86_400 * 365);
        let pause = {
            let (files, goal, safe) = (world.files.clone(), goal.clone(), Arc::clone(&safe));
            let waits = Cell::new(0);
            // The disk goes on syncing meanwhile. At the end somebody restarts the program.
            move |_, journal: &Journal| {
                files.wait();
                if !files.is_journal_full() {
                    journal.make_room();
                }
                disk::sync_once(goal.borrow().clone(), &safe);
                waits.set(waits.get() + 1);
                if waits.get() > MOST_WAITS {
                    files.die();
                }
            }
        };
        let writer = Writer {
            journal,
            stamp,
            board: Arc::clone(&board),
            durable: watch::channel(0).0,
            safe: is_safe,
            runtime: runtime.handle().clone(),
            on_alert: None,
            audience: Some(audience),
            keep: Keep { alerts: age, false_alarms: age, log: age },
            folder,
            unwritten: world.unwritten.0.clone(),
            recordings: None,
            settled: settled_in,
            beside: None,
            is_damaged: false,
            pause: Box::new(pause),
            sync_patience: Duration::ZERO,
        };
        Node {
            runtime,
            stamps,
            inbox: Vec::new(),
            engine,
            to_writer,
            given,
            goal,
            safe,
            acks,
            held: Vec::new(),
            waits: 0,
            owed: Vec::new(),
            writer,
            delivery,
            board,
            settled,
            shared,
        }
    }

    /// The broker sends messages, at most so many, at a reading of the wall clock and of the monotonic clock.
    pub(super) fn receive(&mut self, session: &mut Session, (wall_ns, moment): (i64, Instant), count: u32) {
        for _ in 0..count {
            let Some(message) = session.send() else { return };
            if super::is_told() {
                let payload = String::from_utf8_lossy(message.payload());
                println!("       takes {} {} {payload:.90}", message.packet_id(), message.is_repeated());
            }
            let arrival_ns = self.stamps.stamp_at(wall_ns, moment);
            self.inbox.push(Work::Message(Arrived::simulated(message, arrival_ns)));
        }
    }

    /// An officer acts at the node's own console.
    pub(super) fn act(&mut self, written: Written) {
        self.inbox.push(Work::Own(Box::new(written)));
    }

    /// The standby asks for state and journal.
    pub(super) fn share(&mut self, cursor: Option<String>) {
        self.inbox.push(Work::Share(cursor));
    }

    /// Path of the journal.
    pub(super) fn journal(&self) -> &std::path::Path {
        self.writer.journal.path()
    }

    /// The engine works a batch off, of at most so many.
    pub(super) fn turn(&mut self, count: usize) {
        let mut batch = self.inbox.drain(..count.min(self.inbox.len())).collect();
        assert!(self.engine.turn(&mut batch, &self.to_writer), "the writer is there");
    }

    /// A second passes: the engine is looked at, and a checkpoint is taken where it is due.
    pub(super) fn second(&mut self, is_due: bool) {
        self.engine.write_taken();
        self.engine.checkpoint_every(if is_due { Duration::ZERO } else { Duration::MAX });
        assert!(self.engine.turn(&mut vec![Work::Snapshot], &self.to_writer), "the writer is there");
        self.engine.settle();
    }

    /// The disk syncs once. Where it refuses, the watch goes on.
    pub(super) fn sync(&mut self) {
        disk::sync_once(self.goal.borrow_and_update().clone(), &self.safe);
    }

    /// The writer brings to the journal what it was given, at most so much.
    pub(super) fn write(&mut self, count: usize, files: &Shelf) {
        match files.is_journal_full() {
            true => self.writer.journal.fill(),
            false => self.writer.journal.make_room(),
        }
        let mut given = std::mem::take(&mut self.held);
        while given.len() < count
            && let Ok(one) = self.given.try_recv()
        {
            given.push(one);
        }
        let count = |given: &ToWriter| if let ToWriter::Caused(caused) = given { caused.count } else { 0 };
        self.sync();
        let is_safe = given.iter().map(count).max().unwrap_or_default() <= *self.safe.borrow();
        self.waits = if is_safe { 0 } else { self.waits + 1 };
        if !self.waits.is_multiple_of(PATIENCE + 1) {
            self.held = given;
        } else if !given.is_empty() {
            assert!(self.writer.turn(&mut given, &mut self.given), "the watch goes on");
        }
    }

    /// Acknowledges to the broker what is on disk.
    pub(super) fn acknowledge(&mut self) {
        while let Ok(owed) = self.acks.try_recv() {
            self.owed.push(owed);
        }
        let safe = *self.safe.borrow();
        for (_, ack) in self.owed.extract_if(.., |(count, _)| *count <= safe) {
            // Nobody hears it where the connection is another one by now.
            ack.try_give();
        }
    }

    /// Makes one delivery, where there is one to be made.
    pub(super) fn deliver(&mut self) {
        if self.board.fence.is_open() {
            self.runtime.block_on(self.delivery.deliver_one());
        }
    }

    /// Whether nothing waits in the node.
    pub(super) fn is_at_rest(&self) -> bool {
        self.inbox.is_empty()
            && self.given.is_empty()
            && self.held.is_empty()
            && self.owed.is_empty()
            && self.delivery.is_done()
    }

    /// The watch ends in order.
    pub(super) fn end(mut self, files: &Shelf) {
        self.turn(usize::MAX);
        while !(self.given.is_empty() && self.held.is_empty()) {
            self.write(usize::MAX, files);
        }
        self.writer.take_back();
        self.engine.end();
    }
}
