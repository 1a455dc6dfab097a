//! Labels: judgements of people about alerts, kept as truth. One JSON object a line.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::truth::{self, Behaviour, Decoy, Truth};
use crate::model::{AlertEvent, Measure, Outcome, Span, Time};

/// Schema that each label names.
pub const SCHEMA: &str = "vigie.label/1";
/// Name of the file of labels in a state folder.
pub const FILE: &str = "labels.jsonl";
/// Time around a labelled alert in which an alert about the same is the same one.
const AROUND: Span = Span::from_secs(600);

/// Judgement about an alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The behaviour was as the alert said, whether it is allowed or not.
    True,
    /// The behaviour was not as the alert said.
    False,
    /// Nobody knows.
    #[default]
    Unclear,
}

impl Verdict {
    /// Returns what an outcome says about the alert.
    pub fn of(outcome: Outcome) -> Verdict {
        match outcome {
            Outcome::Confirmed | Outcome::Lawful => Verdict::True,
            Outcome::FalseAlarm => Verdict::False,
            Outcome::NoResource | Outcome::LostContact | Outcome::Other => Verdict::Unclear,
        }
    }
}

/// Judgement of somebody about one alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Version of this schema: `vigie.label/1`.
    pub schema: String,
    /// Id of the alert.
    pub alert: String,
    /// Rule that raised the alert.
    pub rule: String,
    /// Pattern of the rule.
    pub pattern: String,
    /// Version of rules and zones that raised the alert; empty where it is not known.
    #[serde(default)]
    pub rules_version: String,
    /// Subject keys, sorted.
    pub subjects: Vec<String>,
    /// Time when the behaviour began, RFC 3339.
    pub onset: String,
    /// Time when the alert was raised.
    pub raised: String,
    /// Time of the alert's newest event.
    pub until: String,
    /// Judgement.
    pub verdict: Verdict,
    /// Outcome with which an officer closed the alert; null for a mark of an analyst, and for an alert that is not closed.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// Reason, in the words of the one who judged.
    #[serde(default)]
    pub why: String,
    /// Name of the one who judged.
    #[serde(default)]
    pub by: String,
    /// Measured numbers of the alert when it was raised, under the limits' names with their units.
    #[serde(default)]
    pub measured: BTreeMap<String, f64>,
}

/// Why a line is no label.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// The line is no label.
    #[error("{line}:{column}: no label: {what}")]
    NoLabel {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The fault.
        what: String,
    },
    /// A time is none.
    #[error("\"{0}\" is not RFC 3339")]
    NoTime(String),
}

impl Label {
    /// Returns the label of an alert that nobody has judged, from its first event and its newest.
    pub fn of_alert(raised: &AlertEvent, newest: &AlertEvent) -> Label {
        let key = |subject: &crate::model::Subject| match subject.mmsi {
            Some(mmsi) => format!("mmsi:{mmsi:09}"),
            None => subject.track.clone(),
        };
        let mut subjects: Vec<String> = raised.subjects.iter().map(key).collect();
        subjects.sort();
        let numbers = raised.measured.iter().filter_map(|(name, measure)| match measure {
            Measure::Number(n) => Some((name.clone(), *n)),
            Measure::Words(_) | Measure::None => None,
        });
        Label {
            schema: SCHEMA.to_owned(),
            alert: newest.id.clone(),
            rule: raised.rule.clone(),
            pattern: raised.pattern.to_string(),
            rules_version: raised.rules_version.clone(),
            subjects,
            onset: raised.onset.rfc3339(),
            raised: raised.time.rfc3339(),
            until: newest.time.rfc3339(),
            verdict: Verdict::Unclear,
            outcome: None,
            why: String::new(),
            by: String::new(),
            measured: numbers.collect(),
        }
    }

    /// Returns the label as one line, without a line end.
    pub fn line(&self) -> String {
        // Text, numbers and maps with text keys cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Whether a text is labels, and not a truth.
pub fn are_labels(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    serde_json::from_str::<serde_json::Value>(first).is_ok_and(|first| first["schema"] == SCHEMA)
}

/// Reads labels. Of several about one alert the last counts.
///
/// # Errors
/// A line is no label.
pub fn read(text: &str) -> Result<Vec<Label>, LabelError> {
    let mut labels: Vec<Label> = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let label: Label = serde_json::from_str(line).map_err(|error| LabelError::NoLabel {
            line: at + 1,
            column: error.column(),
            what: error.to_string(),
        })?;
        if label.schema != SCHEMA {
            let what = format!("the schema is \"{}\", and not \"{SCHEMA}\"", label.schema);
            return Err(LabelError::NoLabel { line: at + 1, column: 1, what });
        }
        labels.retain(|other| other.alert != label.alert);
        labels.push(label);
    }
    Ok(labels)
}

/// Returns labels as a truth: alerts that were true are behaviours, false ones are decoys. Of other alerts such a truth knows
/// nothing.
///
/// # Errors
/// A time is none.
pub fn truth_of(labels: &[Label]) -> Result<Truth, LabelError> {
    let time = |text: &str| Time::parse(text).ok_or_else(|| LabelError::NoTime(text.to_owned()));
    let (mut behaviours, mut decoys) = (Vec::new(), Vec::new());
    let (mut first, mut last): (Option<Time>, Option<Time>) = (None, None);
    for label in labels.iter().filter(|label| label.verdict != Verdict::Unclear) {
        let (from, to) = (time(&label.onset)? - AROUND, time(&label.until)? + AROUND);
        let due = time(&label.raised)?.rfc3339();
        first = Some(first.map_or(from, |first| first.min(from)));
        last = Some(last.map_or(to, |last| last.max(to)));
        let (subjects, pattern) = (label.subjects.clone(), label.pattern.clone());
        let (from, to, note) = (from.rfc3339(), to.rfc3339(), label.why.clone());
        match label.verdict {
            Verdict::True => {
                behaviours.push(Behaviour { pattern, subjects, from, to, due, note, optional: false });
            }
            _ => decoys.push(Decoy {
                subjects,
                what: note,
                pattern: Some(pattern),
                from: Some(from),
                to: Some(to),
            }),
        }
    }
    let end = |time: Option<Time>| time.unwrap_or(Time(0)).rfc3339();
    Ok(Truth {
        schema: truth::SCHEMA.to_owned(),
        exercise: "labels".to_owned(),
        seed: 0,
        from: end(first),
        to: end(last),
        aliases: BTreeMap::new(),
        behaviours,
        decoys,
        contacts: Vec::new(),
        only_listed: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Attention;
    use crate::scenario::score::{Raised, Run, Subject, score};

    fn label(alert: &str, mmsi: u32, hour: u32, verdict: Verdict) -> Label {
        let time = |minute: u32| format!("2026-01-01T{hour:02}:{minute:02}:00Z");
        Label {
            schema: SCHEMA.to_owned(),
            alert: alert.to_owned(),
            rule: "fast".to_owned(),
            pattern: "go-fast".to_owned(),
            rules_version: String::new(),
            subjects: vec![format!("mmsi:{mmsi:09}")],
            onset: time(10),
            raised: time(20),
            until: time(30),
            verdict,
            outcome: None,
            why: "seen from the pier".to_owned(),
            by: "A. Grant".to_owned(),
            measured: BTreeMap::from([("max_company".to_owned(), 5.0)]),
        }
    }

    #[test]
    fn labels_are_read_as_they_are_written_and_the_last_one_counts() {
        let labels = [
            label("a", 1, 1, Verdict::True),
            label("b", 2, 2, Verdict::False),
            label("a", 1, 1, Verdict::False),
        ];
        let text: String = labels.iter().map(|label| label.line() + "\n").collect();
        assert!(are_labels(&text) && !are_labels("{\"schema\": \"vigie.truth/1\"}"));
        assert_eq!(read(&text).expect("labels"), labels[1..]);
        let fault = read("\n{\"schema\": \"vigie.label/1\"}").expect_err("not whole").to_string();
        assert!(fault.starts_with("2:"), "{fault}");
    }

    #[test]
    fn alerts_without_a_label_are_neither_true_nor_false() {
        let labels = [
            label("a", 1, 1, Verdict::True),
            label("b", 2, 2, Verdict::False),
            label("c", 3, 3, Verdict::Unclear),
            label("d", 4, 4, Verdict::True),
        ];
        let truth = truth_of(&labels).expect("times");
        let raised = |mmsi: u32, hour: u32| {
            let at =
                |minute: u32| Time::parse(&format!("2026-01-01T{hour:02}:{minute:02}:00Z")).expect("a time");
            Raised {
                rule: "fast".to_owned(),
                pattern: "go-fast".to_owned(),
                attention: Attention::Interrupt,
                subjects: vec![Subject { track: format!("mmsi:{mmsi:09}"), mmsi: Some(mmsi) }],
                onset: at(12),
                time: at(25),
            }
        };
        // True, false, unclear, never labelled, and the true one's vessel at another time.
        let alerts = vec![raised(1, 1), raised(2, 2), raised(3, 3), raised(9, 1), raised(1, 5)];
        let score = score(vec![Run { truth, alerts }]).expect("times");
        let total = &score.total;
        assert_eq!((total.matched, total.false_alerts, total.missed), (1, 1, Some(1)));
        assert_eq!(score.missed[0].behaviour.subjects, ["mmsi:000000004"]);
        assert_eq!(score.false_alerts[0].decoy.as_deref(), Some("seen from the pier"));
    }
}
