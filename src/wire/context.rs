//! Arrival, station registry, inputs and counts of one payload, lent to a decoder for one call.

use super::reason::Reason;
use super::stations::Stations;
use super::tally::Counts;
use crate::model::{Input, Mmsi, Time};

/// Time of arrival of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The moment of reception. A source time over 5 s ahead of it is not believed.
    Stamped(Time),
    /// Unknown: the running maximum of the times in the content stands for it (text logs and exercises).
    FromSource,
}

impl Arrival {
    /// Returns the moment of reception, where it is known.
    pub(super) fn stamp(self) -> Option<Time> {
        match self {
            Arrival::Stamped(at) => Some(at),
            Arrival::FromSource => None,
        }
    }
}

/// Arrival, station registry and destination of one payload.
#[derive(Debug)]
pub(super) struct Context<'a> {
    /// Time of arrival of the payload.
    pub arrival: Arrival,
    /// Registry that gives stations their numbers.
    pub stations: &'a mut Stations,
    /// Inputs of the engine; decoders append to it.
    pub inputs: &'a mut Vec<Input>,
    /// Counts of this payload.
    pub counts: Counts,
}

impl Context<'_> {
    /// Counts one.
    #[inline]
    pub fn count(&mut self, reason: Reason) {
        self.counts.count(reason);
    }

    /// Returns the MMSI that a sender told; counts one that can be given to nobody.
    ///
    /// # Errors
    /// [`Reason::IllegalMmsi`] where no message has room for the number.
    #[inline]
    pub fn sender(&mut self, number: u32) -> Result<Mmsi, Reason> {
        let mmsi = Mmsi::as_sent(number).ok_or(Reason::IllegalMmsi)?;
        if !mmsi.can_be_assigned() {
            self.count(Reason::IllegalMmsi);
        }
        Ok(mmsi)
    }
}
