//! Debrief of an exercise: the truth beside the alerts and the watch's actions, with the times between.

use serde::Serialize;
use utoipa::ToSchema;

use super::queue::Queue;
use crate::model::Time;
use crate::scenario::score::{Raised, TruthError, matches, read_event};
use crate::scenario::{Behaviour, Truth};
use crate::sinks::label::Label;

/// Truth of an exercise, and the alerts on it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Debrief {
    /// Exercise, node and marking of the debrief.
    pub label: Label,
    /// Behaviours that deserved an alert, in the order in which they began.
    pub behaviours: Vec<Was>,
    /// Alerts on nothing that deserved one.
    pub false_alerts: Vec<Nothing>,
}

/// A behaviour of the truth, and the first alert on it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = DebriefBehaviour)]
pub struct Was {
    /// Name of the pattern.
    pub pattern: String,
    /// Subjects, in the truth's words.
    pub subjects: Vec<String>,
    /// Whether silence about the behaviour is no miss.
    pub optional: bool,
    /// Time when the behaviour began, milliseconds UTC.
    pub begins: i64,
    /// Earliest time at which the limits of its rule could be met, milliseconds UTC.
    pub due: i64,
    /// Time when the behaviour ended, milliseconds UTC.
    pub ends: i64,
    /// Seconds from due to the alert; null: no alert was raised.
    #[schema(required)]
    pub raised_s: Option<f64>,
    /// Seconds from due to the acknowledgement; null: nobody acknowledged the alert.
    #[schema(required)]
    pub acknowledged_s: Option<f64>,
    /// Seconds from due to the closing; null: nobody closed the alert.
    #[schema(required)]
    pub closed_s: Option<f64>,
    /// Id of the alert.
    #[schema(required)]
    pub alert: Option<String>,
    /// Short number of the alert.
    #[schema(required)]
    pub number: Option<u32>,
}

/// An alert on nothing that deserved one.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = DebriefFalseAlert)]
pub struct Nothing {
    /// Id of the alert.
    pub id: String,
    /// Short number of the alert.
    pub number: u32,
    /// Name of the pattern.
    pub pattern: String,
    /// Time at which the alert was raised, milliseconds UTC.
    pub time: i64,
}

/// Compares a queue with the truth, up to a moment: no behaviour that is due later counts as missed.
///
/// # Errors
/// A time of the truth that is none.
pub fn debrief(truth: &Truth, queue: &Queue, label: Label, now: Time) -> Result<Debrief, TruthError> {
    let mut rows: Vec<_> =
        queue.rows().filter_map(|row| Some((read_event(&row.first).ok().flatten()?, row))).collect();
    rows.sort_by(|(a, _), (b, _)| (a.time, &a.rule, &a.subjects).cmp(&(b.time, &b.rule, &b.subjects)));
    let alerts: Vec<Raised> = rows.iter().map(|(raised, _)| raised.clone()).collect();
    let found = matches(truth, &alerts)?;
    let time = |text: &str| Time::parse(text).unwrap_or(Time(0));
    let was = |(place, behaviour): (usize, &Behaviour)| {
        let due = time(&behaviour.due);
        let row = found.iter().position(|(first, _)| *first == Some(place)).and_then(|at| rows.get(at));
        let after = |ms: i64| (Time(ms) - due).secs();
        Was {
            pattern: behaviour.pattern.clone(),
            subjects: behaviour.subjects.clone(),
            optional: behaviour.optional,
            begins: time(&behaviour.from).0,
            due: due.0,
            ends: time(&behaviour.to).0,
            raised_s: row.map(|(raised, _)| after(raised.time.0)),
            acknowledged_s: row.and_then(|(_, row)| row.acknowledged.as_ref()).map(|done| after(done.time)),
            closed_s: row.and_then(|(_, row)| row.closed.as_ref()).map(|done| after(done.time)),
            alert: row.map(|(_, row)| row.id.clone()),
            number: row.map(|(_, row)| row.number),
        }
    };
    let due = |(_, behaviour): &(usize, &Behaviour)| time(&behaviour.due) <= now;
    let false_alerts =
        found.iter().zip(&rows).filter(|((_, any), _)| !any).map(|(_, (raised, row))| Nothing {
            id: row.id.clone(),
            number: row.number,
            pattern: raised.pattern.clone(),
            time: raised.time.0,
        });
    Ok(Debrief {
        label,
        behaviours: truth.behaviours.iter().enumerate().filter(due).map(was).collect(),
        false_alerts: false_alerts.collect(),
    })
}
