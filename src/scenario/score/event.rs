//! Alert events, as far as a score needs them.

use serde_json::error::Category;

use crate::model::{AlertMessage, Attention, Phase, Time};

/// A party to an alert.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Subject key.
    pub track: String,
    /// The MMSI that it is told by, if any.
    pub mmsi: Option<u32>,
}

/// A raised alert, as far as matching needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    /// The rule that raised it.
    pub rule: String,
    /// Name of the pattern.
    pub pattern: String,
    /// Whether the alert interrupts the officer.
    pub attention: Attention,
    /// Subjects, in the order of their keys.
    pub subjects: Vec<Subject>,
    /// Time when the behaviour began.
    pub onset: Time,
    /// Time when the alert was raised.
    pub time: Time,
}

/// Fault of a line that is no alert event.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The JSON is that of something else.
    #[error("{0}: is this an alert event?")]
    NoEvent(serde_json::Error),
    /// The line is no JSON.
    #[error("no JSON: {0}")]
    NoJson(serde_json::Error),
}

/// Reads one alert event, `vigie.alert/1`; `None` for phases other than `raised`.
///
/// # Errors
/// The line is no JSON, or a member is missing or wrong.
pub fn read_event(line: &str) -> Result<Option<Raised>, EventError> {
    let wrong = |error: serde_json::Error| match error.classify() {
        Category::Data => EventError::NoEvent(error),
        _ => EventError::NoJson(error),
    };
    let event = AlertMessage::read(line).map_err(wrong)?.event.into_owned();
    if event.phase != Phase::Raised {
        return Ok(None);
    }
    let mut parties: Vec<Subject> = event
        .subjects
        .into_iter()
        .map(|subject| Subject { track: subject.track, mmsi: subject.mmsi })
        .collect();
    parties.sort();
    Ok(Some(Raised {
        rule: event.rule,
        pattern: event.pattern.into_owned(),
        attention: event.attention,
        subjects: parties,
        onset: event.onset,
        time: event.time,
    }))
}
