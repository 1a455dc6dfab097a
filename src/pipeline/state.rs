//! All that decides what comes next, but for the disk: decoders and core. Messages change it, and what comes into force.

use super::Core;
use crate::clock;
use crate::config::Feed;
use crate::engine::{Output, Setup};
use crate::feed::intake::{Intake, Taken};
use crate::feed::redelivered::Redelivered;
use crate::model::saved::{SavedState, StateWriter, Unreadable};
use crate::model::{Action, Input, Time};
use crate::mqtt::Topics;
use crate::wire::Arrival;

/// Part of saved state with what is known of the messages taken so far.
const MESSAGES: &str = "messages";

/// Decoders and core.
pub(super) struct State<C> {
    topics: Topics,
    pub intake: Intake,
    pub core: C,
    /// The newest report time: an exercise's clock.
    newest: Time,
    /// What was read and not stepped.
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
}

/// State as it was saved, and what was saved with it.
pub(super) struct Resumed<C> {
    pub state: State<C>,
    /// The messages taken last.
    pub taken: Redelivered,
    /// The newest stamp.
    pub last_ns: i64,
    /// Names of the parts that could not be used and are built anew.
    pub rebuilt: Vec<String>,
}

impl<C: Core> State<C> {
    /// Makes the state before the first message.
    pub fn new(feeds: &[Feed], topics: Topics, core: C) -> State<C> {
        let mut inputs = Vec::new();
        let intake = Intake::new(feeds, &mut inputs);
        State { topics, intake, core, newest: Time::NEVER, inputs, outputs: Vec::new() }
    }

    /// Makes the state that was saved, with what is in force now.
    ///
    /// # Errors
    /// A part that nothing can go on without is absent, of an unknown version, or damaged.
    pub fn resume(
        feeds: &[Feed],
        topics: Topics,
        setup: Setup,
        saved: &mut SavedState<'_>,
    ) -> Result<Resumed<C>, Unreadable> {
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        let mut intake = Intake::new(feeds, &mut inputs);
        intake.load(saved)?;
        let (newest, taken, last_ns) = saved.read(MESSAGES, 1)?;
        let core = C::resume(setup, saved, &mut outputs)?;
        let state = State { topics, intake, core, newest, inputs, outputs };
        Ok(Resumed { state, taken, last_ns, rebuilt: saved.rebuilt().to_vec() })
    }

    /// Saves everything, between two steps, with what is known of the messages taken.
    pub fn save(&self, taken: &Redelivered, last_ns: i64) -> Vec<u8> {
        debug_assert!(self.inputs.is_empty(), "what was read is stepped before it is saved");
        let mut saved = StateWriter::default();
        self.intake.save(&mut saved);
        saved.part(MESSAGES, 1, &(self.newest, taken, last_ns));
        self.core.save(&mut saved);
        saved.into_bytes()
    }

    /// The arrival of a message with this stamp, as decoders take it, and the time that it is for the watch.
    pub fn times(&self, arrival_ns: i64) -> (Arrival, Time) {
        let at = clock::at(arrival_ns);
        if self.topics.is_exercise() {
            (Arrival::FromSource, self.newest)
        } else {
            (Arrival::Stamped(at), at)
        }
    }

    /// Reads a message of a topic of the real thing; `is_own` where it is an action of this node's own console.
    pub fn read(&mut self, topic: &str, payload: &[u8], arrival_ns: i64, is_own: bool) -> Taken {
        let (arrival, now) = self.times(arrival_ns);
        let had = self.inputs.len();
        let taken = self.intake.read(topic, payload, arrival, now, &mut self.inputs);
        for input in &self.inputs[had..] {
            self.newest = self.newest.max(input.time().unwrap_or(Time::NEVER));
            if let (Input::Action(action), true) = (input, is_own) {
                self.newest = self.newest.max(action.time);
            }
        }
        taken
    }

    /// Takes an action of this node's own console: a message like any other, but for being typed already.
    pub fn act(&mut self, action: Action) {
        self.newest = self.newest.max(action.time);
        self.inputs.push(Input::Action(Box::new(action)));
    }

    /// Lets inputs that wait for a feed's backlog wait no longer; whether there were any.
    pub fn release(&mut self) -> bool {
        let waited = self.intake.is_waiting();
        self.intake.release(&mut self.inputs);
        waited
    }

    /// Steps the core over what was read; the outputs follow those there are.
    pub fn step(&mut self) {
        self.core.step(&self.inputs, &mut self.outputs);
        self.inputs.clear();
    }

    /// Goes on with other rules, zones and lists.
    ///
    /// # Errors
    /// The core does not read what it saved; the state is as it was.
    pub fn put_in_force(&mut self, setup: Setup) -> Result<(), Unreadable> {
        let mut saved = StateWriter::default();
        self.core.save(&mut saved);
        let saved = saved.into_bytes();
        self.core = C::resume(setup, &mut SavedState::parse(&saved)?, &mut self.outputs)?;
        Ok(())
    }
}
