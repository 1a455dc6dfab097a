//! The truth of a simulation: behaviours that deserve an alert, against which alerts are scored.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Time;

/// The schema that a truth file names.
pub const SCHEMA: &str = "vigie.truth/1";

/// A truth file: one JSON object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// [`SCHEMA`].
    pub schema: String,
    /// The exercise's name.
    pub exercise: String,
    /// Seed of the random numbers.
    pub seed: u64,
    /// First moment recorded, RFC 3339.
    pub from: String,
    /// The moment after the last.
    pub to: String,
    /// Numbers that a vessel sent and that are not hers, with the key of the vessel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, String>,
    /// Behaviours that deserve an alert, in the order in which they began.
    pub behaviours: Vec<Behaviour>,
    /// Decoys: vessels that look suspicious and deserve no alert.
    pub decoys: Vec<Decoy>,
    /// Sources that each target number of a radar stood for, in the order in which they began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// Whether nothing is known of alerts about what is not listed here: these are not judged. So it is where labels are the
    /// truth.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_listed: bool,
}

impl Truth {
    /// Returns the truth of a part of the time. A truth of labels is cut to it: an alert that was raised at another time is no
    /// miss. Any other truth is that of its own recording.
    pub fn within(&self, span: Option<&(String, String)>) -> Truth {
        let mut truth = self.clone();
        let times = span.and_then(|(from, until)| Some((Time::parse(from)?, Time::parse(until)?)));
        if let Some((from, until)) = times.filter(|_| self.only_listed) {
            let is_within = |text: &str| Time::parse(text).is_none_or(|time| from <= time && time <= until);
            truth.behaviours.retain(|behaviour| is_within(&behaviour.due));
            (truth.from, truth.to) = (from.rfc3339(), until.rfc3339());
        }
        truth
    }

    /// The file's text: indented, with a line for each contact.
    pub fn text(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string_pretty(&Truth { contacts: Vec::new(), ..self.clone() })?;
        if !self.contacts.is_empty() {
            text.truncate(text.trim_end_matches(['}', '\n']).len());
            text.push_str(",\n  \"contacts\": [");
            for (i, contact) in self.contacts.iter().enumerate() {
                text.push_str(if i == 0 { "\n    " } else { ",\n    " });
                text.push_str(&serde_json::to_string(contact)?);
            }
            text.push_str("\n  ]\n}");
        }
        text.push('\n');
        Ok(text)
    }
}

/// A radar's target number while it stood for one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The key by which alerts name it: `radar:<radar>:<number>@<first report on the number>`.
    pub contact: String,
    /// `mmsi:…`, `vessel:…`, `clutter:…`, or `ghost:` of one of the first two.
    pub subject: String,
    /// The first report on it, RFC 3339 with milliseconds, as the radar dated it.
    pub from: String,
    /// The last.
    pub to: String,
}

/// A behaviour that deserves one alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// The pattern's word.
    pub pattern: String,
    /// Subject keys, sorted.
    pub subjects: Vec<String>,
    /// Time when it began, RFC 3339.
    pub from: String,
    /// Time when it ended, RFC 3339.
    pub to: String,
    /// The earliest moment at which its rule's limits could be met.
    pub due: String,
    /// Description.
    pub note: String,
    /// An alert on it is right, silence no miss.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// Something that deserves no alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoy {
    /// Subject keys, sorted.
    pub subjects: Vec<String>,
    /// Explanation why the decoy deserves no alert.
    pub what: String,
    /// Pattern whose alert is false; absent: that of any pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Time from which it is a decoy, RFC 3339; absent: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Time until which it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}
