//! The engine and decoders that a recording is played through: their state is saved at a place, and taken up there again.

use super::intake::{self, Intake, Taken};
use super::recording::Piece;
use super::replay::{LogTopics, read_piece};
use crate::config::{self, Config};
use crate::engine::{Engine, Judgement, Look, Output, Tracer};
use crate::model::saved::{SavedState, StateWriter, Unreadable};
use crate::model::{Action, Input, Time};
use crate::mqtt::filter_takes;
use crate::wire::Arrival;

/// Decoders and engine of a recording that is played.
pub struct Playback {
    config: Config,
    topics: LogTopics,
    intake: Intake,
    engine: Engine,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    newest: Time,
    /// Pieces read so far.
    pieces: u64,
}

impl Playback {
    /// At the beginning.
    pub fn new(config: &Config) -> Playback {
        let mut inputs = Vec::new();
        Playback {
            topics: LogTopics::new(&config.feeds),
            intake: Intake::new(&config.feeds, &mut inputs),
            engine: Engine::new(config.setup.clone()),
            config: config.clone(),
            inputs,
            outputs: Vec::new(),
            newest: Time::NEVER,
            pieces: 0,
        }
    }

    /// Reads a piece of the recording; what it was, and what it says. It waits for [`Playback::step`].
    pub fn read(&mut self, piece: Piece<'_>) -> (Taken, &[Input]) {
        let had = self.inputs.len();
        self.pieces += 1;
        let taken = read_piece(&mut self.intake, &self.topics, piece, self.newest, &mut self.inputs);
        self.keep_time(had);
        (taken, &self.inputs[had..])
    }

    /// Passes a piece over.
    pub fn skip(&mut self) {
        self.pieces += 1;
    }

    /// The name of the feed that a piece is of, where the configuration has one.
    pub fn feed_of(&self, piece: &Piece<'_>) -> Option<&str> {
        let topic = self.topics.of(piece);
        let takes = |feed: &&config::Feed| feed.topics.iter().any(|filter| filter_takes(filter, topic));
        self.config.feeds.iter().find(takes).map(|feed| feed.name.as_str())
    }

    /// Reads a message that is not in the recording, on a topic of the real thing.
    pub fn put_in(&mut self, topic: &str, payload: &[u8]) -> Taken {
        let had = self.inputs.len();
        let (arrival, now) = (Arrival::Stamped(self.newest), self.newest);
        let taken = self.intake.read(topic, payload, arrival, now, &mut self.inputs);
        self.keep_time(had);
        taken
    }

    /// Applies an officer's action at this moment of the recording.
    pub fn act(&mut self, action: Action) {
        self.inputs.push(Input::Action(Box::new(action)));
    }

    /// Steps the engine over what was read, and returns what follows.
    pub fn step(&mut self) -> impl Iterator<Item = Output> + '_ {
        self.engine.step(&self.inputs, &mut self.outputs);
        self.inputs.clear();
        self.outputs.drain(..)
    }

    /// Returns the number of inputs that wait for the engine.
    pub fn waiting(&self) -> usize {
        self.inputs.len()
    }

    /// The newest time told.
    pub fn newest(&self) -> Time {
        self.newest
    }

    /// Pieces read or passed over so far.
    pub fn pieces(&self) -> u64 {
        self.pieces
    }

    /// Lets a tracer record the conditions of judgements from now on.
    pub fn trace(&mut self, tracer: Tracer) {
        self.engine.set_tracer(Some(tracer));
    }

    /// Takes out the judgements that the tracer recorded.
    pub fn judgements(&self) -> Vec<Judgement> {
        self.engine.tracer().map(Tracer::take_judgements).unwrap_or_default()
    }

    /// The engine, to be asked.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the counts of what was read and what was refused.
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    /// The picture as it stands.
    pub fn look(&self) -> Look {
        self.engine.look()
    }

    /// Returns the whole state, between two steps.
    pub fn save(&self) -> Vec<u8> {
        debug_assert!(self.inputs.is_empty(), "what was read is stepped before it is saved");
        let mut saved = StateWriter::default();
        // The name in states that earlier builds saved.
        saved.part("stage", 1, &(self.newest, self.pieces));
        self.intake.save(&mut saved);
        self.engine.save(&mut saved);
        saved.into_bytes()
    }

    /// Makes one that goes on from what [`Playback::save`] returned.
    ///
    /// # Errors
    /// A part that nothing can go on without is absent, of an unknown version, or damaged.
    pub fn taken_up(config: &Config, saved: &[u8]) -> Result<Playback, Unreadable> {
        let mut saved = SavedState::parse(saved)?;
        let (newest, pieces): (Time, u64) = saved.read("stage", 1)?;
        let mut feeds = config.feeds.clone();
        intake::in_their_places(&mut feeds, &saved)?;
        // The engine has the feeds in what it saved.
        let mut intake = Intake::new(&feeds, &mut Vec::new());
        intake.load(&mut saved)?;
        let mut outputs = Vec::new();
        let engine = Engine::resume(config.setup.clone(), &mut saved, &mut outputs)?;
        let (topics, config) = (LogTopics::new(&config.feeds), config.clone());
        Ok(Playback { config, topics, intake, engine, inputs: Vec::new(), outputs, newest, pieces })
    }

    /// The configuration that it plays by.
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn keep_time(&mut self, from: usize) {
        let times = self.inputs[from..].iter().filter_map(Input::time);
        self.newest = times.fold(self.newest, Time::max);
    }
}
