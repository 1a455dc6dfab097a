//! Alerts of a trial, each with what a comparison needs of its life.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{AlertEvent, Attention, Measure, Phase, Severity, Time};
use crate::scenario::score::{Raised, Subject};

/// A party to an alert.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Party {
    /// Subject key.
    pub track: String,
    /// Name as sent, if any.
    pub name: Option<String>,
    /// MMSI, if any.
    pub mmsi: Option<u32>,
}

/// One alert of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Alert {
    /// Identifier in this trial.
    pub id: String,
    /// The rule that raised it.
    pub rule: String,
    /// Name of the pattern.
    pub pattern: String,
    /// Severity.
    pub severity: Severity,
    /// Whether it interrupts the officer.
    pub attention: Attention,
    /// Parties, in the order of their keys.
    pub subjects: Vec<Party>,
    /// Time when the behaviour began, RFC 3339.
    pub onset: String,
    /// Time when it was raised, RFC 3339.
    pub raised: String,
    /// Time of its last event, RFC 3339.
    pub last: String,
    /// Reason why it ended; null while it is open at the end of the recording.
    pub end_reason: Option<&'static str>,
    /// Longitude and latitude, degrees.
    pub position: [f64; 2],
    /// Measured figures when it was raised, under the limits' names with their units.
    pub measured: BTreeMap<String, f64>,
    /// Sentence for the officer when it was raised.
    pub summary: String,
    /// Whether it reports a planted or confirmed behaviour; null without a truth.
    pub is_true: Option<bool>,
    #[serde(skip)]
    times: [Time; 3],
}

impl Alert {
    /// Returns the alert that an event raises.
    fn of(event: &AlertEvent) -> Alert {
        let party = |subject: &crate::model::Subject| Party {
            track: subject.track.clone(),
            name: subject.name.clone(),
            mmsi: subject.mmsi,
        };
        let number = |(name, measure): &(String, Measure)| match measure {
            Measure::Number(n) => Some((name.clone(), *n)),
            _ => None,
        };
        Alert {
            id: event.id.clone(),
            rule: event.rule.clone(),
            pattern: event.pattern.to_string(),
            severity: event.severity,
            attention: event.attention,
            subjects: event.subjects.iter().map(party).collect(),
            onset: event.onset.rfc3339(),
            raised: event.time.rfc3339(),
            last: event.time.rfc3339(),
            end_reason: None,
            position: event.position.lon_lat(),
            measured: event.measured.iter().filter_map(number).collect(),
            summary: event.summary.clone(),
            is_true: None,
            times: [event.onset, event.time, event.time],
        }
    }

    /// Returns when the behaviour began.
    pub fn onset_time(&self) -> Time {
        self.times[0]
    }

    /// Returns when it was raised.
    pub fn raised_time(&self) -> Time {
        self.times[1]
    }

    /// Returns the time of its last event.
    pub fn last_time(&self) -> Time {
        self.times[2]
    }

    /// Returns the keys of its parties.
    pub fn keys(&self) -> Vec<&str> {
        self.subjects.iter().map(|party| party.track.as_str()).collect()
    }

    /// Returns the parties as people name them.
    pub fn who(&self) -> String {
        let name = |party: &Party| party.name.clone().unwrap_or_else(|| party.track.clone());
        self.subjects.iter().map(name).collect::<Vec<_>>().join(" and ")
    }

    /// Returns what a score needs of it.
    pub fn to_raised(&self) -> Raised {
        let subject = |party: &Party| Subject { track: party.track.clone(), mmsi: party.mmsi };
        Raised {
            rule: self.rule.clone(),
            pattern: self.pattern.clone(),
            attention: self.attention,
            subjects: self.subjects.iter().map(subject).collect(),
            onset: self.times[0],
            time: self.times[1],
        }
    }
}

/// The alerts of one configuration, in the order in which they were raised.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    list: Vec<Alert>,
    places: BTreeMap<String, usize>,
}

impl Alerts {
    /// Takes an event of an alert.
    pub fn take(&mut self, event: &AlertEvent) {
        let known = self.places.get(&event.id).and_then(|&place| self.list.get_mut(place));
        if let Some(alert) = known {
            (alert.last, alert.times[2]) = (event.time.rfc3339(), event.time);
            alert.end_reason = event.end_reason.map(|reason| reason.word());
        } else if event.phase == Phase::Raised {
            self.places.insert(event.id.clone(), self.list.len());
            self.list.push(Alert::of(event));
        }
    }

    /// Returns the number of alerts.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the alerts.
    pub fn into_list(self) -> Vec<Alert> {
        self.list
    }
}
