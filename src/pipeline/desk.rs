//! The engine's thread: what arrived is recorded, read, and stepped; alerts go on to the disk.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Caused, Core};
use crate::config::Config;
use crate::engine::Output;
use crate::feed::clock;
use crate::feed::intake::{Intake, Taken};
use crate::feed::mqtt::{Arrived, Work};
use crate::feed::recording::Recorder;
use crate::feed::tape::Tape;
use crate::health::Board;
use crate::model::{AircraftReport, Contact, FeedId, Input, Time};
use crate::mqtt::Topics;
use crate::telemetry;
use crate::wire::{Arrival, Blame, Reason};

/// Messages of one turn, at most.
const TURN: usize = 256;
/// Inputs after which the engine is stepped, though more messages wait.
const STEP: usize = 4096;

/// The engine's thread.
pub(super) struct Desk<C> {
    topics: Topics,
    intake: Intake,
    tape: Option<Tape>,
    core: C,
    board: Arc<Board>,
    exercise: bool,
    /// The newest report time: an exercise's clock.
    newest: Time,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
}

impl<C: Core> Desk<C> {
    pub(super) fn new(
        config: &Config,
        topics: Topics,
        core: C,
        board: Arc<Board>,
        recorder: Option<Recorder>,
    ) -> Desk<C> {
        let mut inputs = Vec::new();
        let exercise = topics.is_exercise();
        let intake = Intake::new(&config.feeds, &mut inputs);
        let tape = recorder.map(Tape::new);
        Desk { topics, intake, tape, core, board, exercise, newest: Time::NEVER, inputs, outputs: Vec::new() }
    }

    pub(super) fn run(mut self, mut messages: mpsc::Receiver<Work>, alerts: mpsc::Sender<Caused>) {
        let mut turn = Vec::with_capacity(TURN);
        while messages.blocking_recv_many(&mut turn, TURN) > 0 {
            let mut first_ns = None;
            for work in turn.drain(..) {
                match work {
                    Work::Message(message) => {
                        first_ns = first_ns.or(Some(message.arrival_ns));
                        self.take(&message);
                        if self.inputs.len() >= STEP && !self.step(first_ns.take(), &alerts) {
                            return;
                        }
                    }
                    Work::Snapshot => self.snapshot(),
                }
            }
            if !self.step(first_ns, &alerts) {
                return;
            }
        }
        self.snapshot();
        if let Some(tape) = self.tape {
            tape.finish();
        }
    }

    fn snapshot(&mut self) {
        let (counts, tally) = (self.core.counts(), &self.intake.tally);
        let mut health = self.board.note();
        health.engine = counts;
        for (number, feed) in health.feeds.iter_mut().enumerate() {
            let id = FeedId(number as u16);
            let faults = Reason::ALL.iter().filter(|reason| reason.blame() != Blame::Nobody);
            let counted = faults.map(|reason| (reason.word(), tally.of(id, *reason))).filter(|(_, n)| *n > 0);
            feed.errors = counted.collect();
        }
        drop(health);
        if let Some(tape) = &mut self.tape {
            tape.tick(clock::nanos());
        }
    }

    fn take(&mut self, message: &Arrived) {
        let at = clock::at(message.arrival_ns);
        let Some(topic) = self.topics.outside(&message.publish.topic) else {
            self.board.note().nobodys += 1;
            return;
        };
        if let Some(tape) = &mut self.tape {
            tape.write(topic, message.arrival_ns, &message.publish.payload);
        }
        let (arrival, now) = match self.exercise {
            true => (Arrival::FromSource, self.newest),
            false => (Arrival::Stamped(at), at),
        };
        let had = self.inputs.len();
        let taken = self.intake.read(topic, &message.publish.payload, arrival, now, &mut self.inputs);
        let inputs = &self.inputs[had..];
        for input in inputs {
            match input {
                Input::Report(report) => self.newest = self.newest.max(report.time),
                Input::Contact(Contact { time, .. })
                | Input::Aircraft(AircraftReport { time, .. })
                | Input::Tick { time, .. } => self.newest = self.newest.max(*time),
                Input::Feed(_) | Input::Action(_) => {}
            }
        }
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
                    tracing::info!(event = telemetry::ACTION, by = action.by, action = ?action.kind, "action taken");
                }
            }
            Taken::Action(Err(error)) => {
                health.actions_refused += 1;
                tracing::warn!(event = telemetry::ACTION_BAD, topic, %error, "action refused");
            }
            Taken::Nobody => health.nobodys += 1,
        }
    }

    /// Steps the engine over what has been read; false when nobody takes its alerts any more.
    fn step(&mut self, arrival_ns: Option<i64>, alerts: &mpsc::Sender<Caused>) -> bool {
        if self.inputs.is_empty() {
            return true;
        }
        self.core.step(&self.inputs, &mut self.outputs);
        self.inputs.clear();
        let arrival_ns = arrival_ns.unwrap_or_else(clock::nanos);
        self.outputs.drain(..).all(|output| match output {
            Output::Alert(event) => alerts.blocking_send(Caused { event, arrival_ns }).is_ok(),
        })
    }
}
