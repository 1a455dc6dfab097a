//! What is made aside beside what the engine's thread itself would have saved at the same place.

use std::path::Path;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::*;
use crate::clock;
use crate::config::{self, Config};
use crate::engine::Engine;
use crate::feed::listener::Arrived;
use crate::feed::recording::{self, Recording};
use crate::health::Board;
use crate::journal::files::Machine;
use crate::model::saved::StateWriter;
use crate::model::{Geography, Span, Time};
use crate::mqtt::Message;
use crate::pipeline::disk::Goal;
use crate::pipeline::engine_thread::{EngineThread, Ways};
use crate::pipeline::work::{Reload, Renewal, Work};
use crate::pipeline::{ToWriter, state_keeper};
use crate::sharing::pictures;
use crate::sinks::marking::Marks;
use crate::wire::actions::{Asked, Written};

/// An engine's thread that is given an exercise's messages from the midst of it on, with open alerts.
struct Rig {
    thread: EngineThread<Engine>,
    config: Config,
    topics: Topics,
    folder: tempfile::TempDir,
    alerts: (mpsc::Sender<ToWriter>, mpsc::Receiver<ToWriter>),
    acks: std::sync::mpsc::Sender<u16>,
    /// Place of each checkpoint that was taken, and the state there as the thread itself saves it.
    taken: Vec<(u64, Vec<u8>)>,
    newest: Time,
    messages: u16,
}

impl Rig {
    fn new(exercise: Option<&str>) -> Rig {
        let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/state/0009-sea");
        let (mut config, _) = config::load(&at.join("vigie.toml")).expect("is right");
        // Fewer zones, and no coast: each checkpoint that is made aside needs an index of them.
        let mut zones = std::mem::take(&mut config.setup.geography.zones);
        zones.retain(|zone| zone.state == "BRB");
        config.setup.geography = Geography { zones, ..Geography::default() };
        // Its reports wait for a backlog where there is a hole.
        config.feeds[0].is_stored = true;
        let file = std::fs::File::open(at.join("state.zst")).expect("opens");
        let mut saved = zstd::decode_all(file).expect("reads");
        let mut messages = StateWriter::default();
        messages.part("messages", 1, &(Time::NEVER, Redelivered::default(), 0_i64));
        let magic = StateWriter::default().into_bytes().len();
        saved.extend_from_slice(&messages.into_bytes()[magic..]);
        crate::pipeline::engine_thread::number_feeds(&mut config, &[(0, saved.clone())]);

        let folder = tempfile::tempdir().expect("folder");
        let topics = Topics::new("bb-exercise", exercise);
        let keeper = state_keeper::Ways {
            files: Machine::shared(),
            goal: watch::channel(Goal::default()).0,
            safe: watch::channel(0).1,
            settled: watch::channel(u64::MAX).1,
        };
        let ways = Ways { keeper, acks: mpsc::unbounded_channel().0 };
        let board = Arc::new(Board::new(config.feeds.iter().map(|feed| feed.name.clone())));
        let core = Engine::new(config.setup.clone());
        let path = folder.path().to_owned();
        let mut thread = EngineThread::new(&config, topics.clone(), core, board, path, ways);
        thread.load(&config.setup, &saved, 0).expect("reads");
        thread.follows();
        thread.make_all_aside();
        thread.keep();
        thread.settle();
        let (acks, _) = std::sync::mpsc::channel();
        let alerts = mpsc::channel(1 << 16);
        let (taken, newest) = (Vec::new(), Time::NEVER);
        Rig { thread, config, topics, folder, alerts, acks, taken, newest, messages: 0 }
    }

    fn work(&mut self, work: Work) {
        let before = self.thread.place();
        assert!(self.thread.turn(&mut vec![work], &self.alerts.0), "the writer is there");
        while self.alerts.1.try_recv().is_ok() {}
        if self.thread.place() != before {
            self.taken.push((self.thread.place(), self.thread.saved()));
        }
    }

    fn message(&mut self, topic: &str, payload: &[u8], time: Time) {
        clock::simulated::set(time.0 * 1_000_000);
        self.newest = time;
        self.messages += 1;
        let (topic, acks) = (self.topics.inbound(topic), self.acks.clone());
        let message = Message::simulated(&topic, payload, self.messages % 20 + 1, false, acks);
        self.work(Work::Message(Arrived::simulated(message, time.0 * 1_000_000)));
    }

    fn take_checkpoint(&mut self) {
        self.thread.checkpoint_every(Duration::ZERO);
        self.work(Work::Snapshot);
    }

    fn act(&mut self, asked: Asked) {
        let written = Written::new(asked, "clarke", self.newest).expect("is right");
        self.work(Work::Own(Box::new(written)));
    }

    fn put_lists(&mut self) {
        let setup = &mut self.config.setup;
        match setup.lists[0].entries.pop() {
            Some(entry) => setup.lists[1].entries.push(entry),
            None => setup.lists.swap(0, 1),
        }
        let ready = ReadyLists::new(&setup.rules, setup.lists.clone());
        self.reload(Renewal::Lists(Arc::new(self.config.setup.lists.clone()), ready));
    }

    fn put_setup(&mut self) {
        let setup = &mut self.config.setup;
        setup.rules.remove(1);
        setup.geography.zones.pop();
        self.reload(Renewal::Setup(Arc::new(self.config.setup.clone())));
    }

    fn reload(&mut self, renewal: Renewal) {
        let (marks, sharing) =
            (Arc::new(Marks::of(&self.config)), Arc::new(pictures::InForce::of(&self.config)));
        let reload = Reload { renewal, marks, sharing, change: "{}".to_owned() };
        self.work(Work::Reload(Box::new(reload), oneshot::channel().0));
    }

    /// Waits until the checkpoint taken last is on disk, and compares it; whether there was one.
    fn compare(&mut self) -> bool {
        self.thread.settle();
        let Some((place, want)) = self.taken.pop() else { return false };
        self.taken.clear();
        let made = checkpoint::newest(self.folder.path()).filter(|(next, _)| *next == place);
        let (_, made) = made.expect("a checkpoint was made");
        let parts = |state: &[u8]| -> Vec<(String, Vec<u8>)> {
            let state = SavedState::parse(state).expect("parses");
            state.parts().iter().map(|part| (part.name.to_owned(), part.bytes.to_vec())).collect()
        };
        let others: Vec<_> = parts(&made).into_iter().zip(parts(&want)).filter(|(a, b)| a != b).collect();
        let others: Vec<_> = others.into_iter().map(|(made, _)| made.0).collect();
        assert!(made == want, "at {place} these parts differ: {others:?}");
        assert!(self.thread.makes_aside(), "at {place} it was made aside");
        true
    }
}

/// Plays twelve minutes with actions, other lists and a reload under way, and takes checkpoints all along.
fn plays(exercise: Option<&str>) {
    let mut rig = Rig::new(exercise);
    let rest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/state/0009-sea/rest.mcap");
    let mut rest = Recording::open(&[rest], recording::Options::default()).expect("opens");
    let (mut n, mut began, mut compared) = (0, None, 0);
    while let Some(piece) = rest.next_piece().expect("reads") {
        n += 1;
        let since = piece.time - *began.get_or_insert(piece.time);
        // A feed's link is down for a while.
        let is_lost = since > Span::from_secs(240) && since < Span::from_secs(420);
        if is_lost && piece.topic == rig.config.feeds[0].topics[0] {
            continue;
        }
        rig.message(piece.topic, piece.payload, piece.time);
        match n % 5000 {
            100 => rig.act(Asked::Silence { subject: "mmsi:314990512".to_owned(), minutes: 5.0 }),
            150 => {
                let text = r#"{"action": "log", "text": "calm", "by": "clarke"}"#;
                let (topic, time) = (rig.topics.action("x"), rig.newest);
                rig.message(&topic, text.as_bytes(), time);
            }
            200 | 450 => rig.take_checkpoint(),
            220 | 470 | 620 => compared += u32::from(rig.compare()),
            400 => rig.put_lists(),
            // Another comes while one is being made.
            600 => rig.put_lists(),
            601 if n < 1000 => rig.put_setup(),
            602 => rig.work(Work::Share(None)),
            _ => {}
        }
    }
    rig.thread.settle();
    rig.take_checkpoint();
    compared += u32::from(rig.compare());
    assert!(compared >= 5, "{compared} checkpoints in {n} messages");
}

#[test]
fn what_is_made_aside_is_what_the_engine_would_have_saved() {
    plays(None);
}

#[test]
fn of_an_exercise_too() {
    plays(Some("dawn"));
}
