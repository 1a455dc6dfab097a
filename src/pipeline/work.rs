//! Work of the engine thread, in one queue: its order is the order of inputs.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::explained::Judged;
use crate::engine::{ReadyLists, Setup};
use crate::feed::listener::Arrived;
use crate::model::VesselList;
use crate::sharing::pictures::InForce;
use crate::sinks::marking::Marks;
use crate::wire::actions::Written;

/// One piece of work for the engine's thread.
#[derive(Debug)]
pub enum Work {
    /// A message to be read.
    Message(Arrived),
    /// The engine's counts are to be noted on the board.
    Snapshot,
    /// An officer acted at this node's own console.
    Own(Box<Written>),
    /// The whole state is to be shared with the standby, and what the journal has after a cursor; `None` for a standby that
    /// does not ask for the journal.
    Share(Option<String>),
    /// Somebody asks what the rules find about the track at a place in the picture.
    Explain(u32, oneshot::Sender<Judged>),
    /// Other rules, zones and lists come into force; the sender is told when they have.
    Reload(Box<Reload>, oneshot::Sender<()>),
}

impl From<Arrived> for Work {
    fn from(arrived: Arrived) -> Work {
        Work::Message(arrived)
    }
}

/// What comes into force: rules, zones and lists, or lists alone.
#[derive(Debug)]
pub enum Renewal {
    /// Everything. The core is made anew from its saved state.
    Setup(Arc<Setup>),
    /// Lists for the rules and zones that are in force, and the same made ready.
    Lists(Arc<Vec<VesselList>>, ReadyLists),
}

/// Other rules, zones and lists.
#[derive(Debug)]
pub struct Reload {
    /// What is in force from here on.
    pub renewal: Renewal,
    /// The markings of feeds and zones from here on.
    pub marks: Arc<Marks>,
    /// The sharing policy from here on.
    pub sharing: Arc<InForce>,
    /// The change as it is recorded in the journal.
    pub change: String,
}
