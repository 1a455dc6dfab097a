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

/// Reads one alert event, `vigie.alert/1`; `None` for phases other than `raised`.
///
/// # Errors
/// What is missing or wrong, in words.
pub fn read_event(line: &str) -> Result<Option<Raised>, String> {
    let wrong = |error: serde_json::Error| match error.classify() {
        Category::Data => format!("{error}: is this an alert event?"),
        _ => format!("no JSON: {error}"),
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
