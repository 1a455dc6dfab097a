//! What a pattern states about a behaviour, and what the book answers.

use super::Resumes;
use crate::model::{Certainty, Measure, Position, Time, TrackId, ZoneId};

/// Statement of a pattern about a behaviour.
#[derive(Clone, Debug)]
pub struct Finding<'a> {
    /// Parties: one or two tracks.
    pub subjects: &'a [TrackId],
    /// Zone that the finding is about, of pattern `zone` alone.
    pub zone: Option<ZoneId>,
    /// Time when the behaviour began.
    pub onset: Time,
    /// Event time of this statement.
    pub time: Time,
    /// Time of the last report that fulfilled the rule.
    pub last: Time,
    /// Position of the behaviour.
    pub position: Position,
    /// Certainty.
    pub certainty: Certainty,
    /// Length of the behaviour: an update is due each time it doubles.
    pub length: Elapsed,
    /// Count of reports of the parties since the onset.
    pub reports: u32,
    /// Measured values by limit name without unit, in the rule's units.
    pub measured: Vec<(&'static str, Measure)>,
    /// Sentences on what could not be judged.
    pub not_judged: Vec<String>,
    /// Predicate of the sentence, without its subject: `has stayed …`.
    pub deed: String,
    /// When the behaviour, once ended, is still the same one.
    pub resumes: Resumes,
    /// Whether the alert was held back in a flood before.
    pub was_held: bool,
}

/// Why a finding opens no alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRaised {
    /// Both parties are in one open incident of the rule already: the alert would add nothing.
    Chained,
    /// The alert is one of a flood.
    Flood,
}

/// Length of a behaviour, and the limit of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Elapsed {
    /// Duration, seconds.
    pub duration_s: f64,
    /// Limit of the duration, seconds.
    pub limit_s: f64,
}
