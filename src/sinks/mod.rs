//! Sinks: what leaves for other systems, and in which form.
//!
//! ```text
//! journal's outbox, one per sink ──> delivery ──> a Sink: coordination (`vigie.alert/1` over MQTT)
//!        ^                                             event_json, marking: the form of an alert
//!        └── receipts: puts back what nobody has confirmed
//! ```
//!
//! Each sink has its own outbox, task and health row, so that one which is down delays no other.

pub mod acked;
pub mod coordination;
pub mod delivery;
pub mod event_json;
pub mod label;
pub mod marking;
pub mod receipts;

use crate::journal::Due;

/// A system that entries of the journal leave for: alert events and officers' actions, in their order, one at a time.
///
/// An entry may be delivered twice: after a crash, or where the answer was lost. Its `id` with `seq` tells.
pub trait Sink: Send + 'static {
    /// Whether there is a way to deliver now.
    fn is_up(&self) -> bool;

    /// Waits until there is a way to deliver.
    fn up(&mut self) -> impl Future<Output = ()> + Send;

    /// Delivers an entry; returns once the other side has it. Dropping the future gives the delivery up.
    ///
    /// # Errors
    /// The entry was not delivered.
    fn deliver(&mut self, entry: &Due) -> impl Future<Output = Result<(), Undelivered>> + Send;

    /// Says good-bye to the other side.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Why an entry was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// The other side cannot be reached, or does not answer: the entry is delivered later.
    #[error("{0}")]
    Later(String),
    /// The entry may not leave before a time, milliseconds UTC; it delays no other.
    #[error("it waits until {0} ms")]
    PutOff(i64),
    /// The sink can never take this entry: it is passed over.
    #[error("{0}")]
    Never(String),
}
