//! Makes a checkpoint aside. The engine's thread says "up to here" and goes on; a thread of low priority takes the checkpoint
//! before, reads the messages since from the input log, saves what they make, and drops it.
//!
//! ```text
//!  input log   ──────┬───────────── messages ─────────────┬──────── messages ──>
//!              checkpoint before                     up to here
//!                    └── resume, read again, put into force what was then, save ──> checkpoint
//! ```
//!
//! What decides besides logged messages is noted here while the engine works: what came into force, and inputs that were let go
//! before a backlog had come. What is known of messages that the broker may send again is handed over as it is.

use std::mem;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail, ensure};

use super::Core;
use super::state::{Resumed, State};
use crate::config::Feed;
use crate::engine::{Counts, ReadyLists, Setup};
use crate::feed::intake;
use crate::feed::redelivered::Redelivered;
use crate::journal::{checkpoint, input};
use crate::model::VesselList;
use crate::model::saved::SavedState;
use crate::mqtt::Topics;

/// Messages after which the core is stepped.
const TURN: u64 = 4096;
/// Priority of the thread: beside the engine's thread on one processor it gets a tenth.
const NICE: i32 = 10;
/// Changes besides messages that are kept for a making, at most: lists may come each second.
const MOST_CHANGES: usize = 64;

/// A change of the state that follows from no message.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Inputs that waited for a feed's backlog were let go.
    Release,
    /// Other lists came into force.
    Lists(Arc<Vec<VesselList>>),
    /// Other rules, zones and lists came into force.
    Setup(Arc<Setup>),
}

/// Rules, zones and lists in force.
#[derive(Clone, Debug)]
struct InForce {
    setup: Arc<Setup>,
    /// Lists that came after the setup.
    lists: Option<Arc<Vec<VesselList>>>,
}

impl InForce {
    fn put(&mut self, change: &Change) {
        match change {
            Change::Release => {}
            Change::Lists(lists) => self.lists = Some(Arc::clone(lists)),
            Change::Setup(setup) => *self = InForce { setup: Arc::clone(setup), lists: None },
        }
    }

    fn setup(&self) -> Setup {
        let mut setup = Setup::clone(&self.setup);
        if let Some(lists) = &self.lists {
            setup.lists = lists.to_vec();
        }
        setup
    }
}

/// What came since the last checkpoint that was taken, besides messages.
pub(super) struct Past {
    /// Number of the message after that checkpoint.
    pub place: u64,
    /// What was in force there.
    before: InForce,
    /// Changes since, each with the number of the message after it.
    changes: Vec<(u64, Change)>,
    in_force: InForce,
}

impl Past {
    /// Begins with what is in force, before any checkpoint.
    pub fn new(setup: Setup) -> Past {
        let in_force = InForce { setup: Arc::new(setup), lists: None };
        Past { place: 0, before: in_force.clone(), changes: Vec::new(), in_force }
    }

    /// Notes a change before the message of a number.
    pub fn note(&mut self, next: u64, change: Change) {
        self.in_force.put(&change);
        self.changes.push((next, change));
    }

    /// Whether something else than messages changed the state since the last checkpoint.
    pub fn has_changed(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Whether more changed than is kept.
    pub fn is_full(&self) -> bool {
        self.changes.len() > MOST_CHANGES
    }

    /// Takes note that a checkpoint before the message of a number was taken; returns what came before it.
    pub fn turn(&mut self, place: u64) -> Past {
        let changes = mem::take(&mut self.changes);
        let before = mem::replace(&mut self.before, self.in_force.clone());
        Past { place: mem::replace(&mut self.place, place), before, changes, in_force: self.in_force.clone() }
    }
}

/// A checkpoint that is to be made.
pub(super) struct Making {
    pub folder: PathBuf,
    pub feeds: Arc<[Feed]>,
    pub topics: Topics,
    pub past: Past,
    /// Number of the message after it.
    pub next: u64,
    pub taken: Redelivered,
    pub last_ns: i64,
    /// The engine's counts at that place: those of what is made must be the same.
    pub counts: Counts,
}

impl Making {
    /// Makes the state that the engine had at the place. Ends early where it is given up.
    ///
    /// # Errors
    /// The checkpoint before or the log is not as it was written, or something else came of it.
    pub fn make<C: Core>(self, given_up: &AtomicBool) -> anyhow::Result<Vec<u8>> {
        // Where that is not allowed it goes on as fast as the others.
        rustix::process::setpriority_process(None, NICE).ok();
        let Past { place, before: mut in_force, changes, .. } = self.past;
        let mut state = {
            let newest = checkpoint::newest(&self.folder).filter(|(next, _)| *next == place);
            let (_, saved) = newest.context("the checkpoint before is not there, or damaged")?;
            let mut saved = SavedState::parse(&saved)?;
            let mut feeds = self.feeds.to_vec();
            intake::in_their_places(&mut feeds, &saved)?;
            let resumed = State::<C>::resume(&feeds, self.topics.clone(), in_force.setup(), &mut saved)?;
            let Resumed { state, rebuilt, .. } = resumed;
            ensure!(
                rebuilt.is_empty(),
                "parts of the checkpoint before cannot be read: {}",
                rebuilt.join(", ")
            );
            state
        };
        let mut changes = changes.into_iter().peekable();
        let mut next = place;
        input::read_range(&[self.folder.as_path()], place..self.next, |number, logged| {
            ensure!(number == next, "message {next} is not in the input log");
            while let Some((_, change)) = changes.next_if(|(before, _)| *before <= number) {
                apply(&mut state, &mut in_force, &change)?;
            }
            if let Some(topic) = self.topics.outside(&logged.topic) {
                let is_own = self.topics.own_action(topic).is_some();
                state.read(topic, &logged.payload, logged.arrival_ns, is_own);
            }
            next += 1;
            if next.is_multiple_of(TURN) {
                step(&mut state);
                ensure!(!given_up.load(Ordering::Relaxed), "it was given up");
            }
            Ok(())
        })?;
        ensure!(next == self.next, "the input log ends before message {next}");
        for (_, change) in changes {
            apply(&mut state, &mut in_force, &change)?;
        }
        step(&mut state);
        if state.core.counts() != self.counts {
            bail!("it is not what the engine has; this is a fault of vigie");
        }
        Ok(state.save(&self.taken, self.last_ns))
    }
}

/// Changes the state as the engine's was changed.
fn apply<C: Core>(state: &mut State<C>, in_force: &mut InForce, change: &Change) -> anyhow::Result<()> {
    in_force.put(change);
    if let Change::Release = change {
        state.release();
        return Ok(());
    }
    step(state);
    match change {
        Change::Release => {}
        Change::Lists(lists) => {
            state.core.put_lists(ReadyLists::new(&in_force.setup.rules, lists.to_vec()));
        }
        Change::Setup(setup) => state.put_in_force(Setup::clone(setup))?,
    }
    Ok(())
}

/// Steps the state; what follows is with the journal already.
fn step<C: Core>(state: &mut State<C>) {
    state.step();
    state.outputs.clear();
}

#[cfg(test)]
mod tests;
