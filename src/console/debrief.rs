//! After an exercise: what really was, beside what the system told and what the watch did, with the times between.

use serde::Serialize;
use utoipa::ToSchema;

use super::queue::Queue;
use crate::model::Time;
use crate::scenario::score::{Raised, matches, read_event};
use crate::scenario::{Behaviour, Truth};

/// What was, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Debrief {
    /// What deserved an alert, in the order in which it began.
    pub behaviours: Vec<Was>,
    /// Alerts on nothing that deserved one.
    pub false_alerts: Vec<Nothing>,
}

/// A behaviour; times are milliseconds UTC, and seconds after it was due.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct Was {
    pub pattern: String,
    pub subjects: Vec<String>,
    pub begins: i64,
    /// The earliest moment at which its rule's limits could be met.
    pub due: i64,
    pub ends: i64,
    pub raised_s: Option<f64>,
    pub acknowledged_s: Option<f64>,
    pub closed_s: Option<f64>,
    pub alert: Option<String>,
    pub number: Option<u32>,
}

/// An alert on nothing.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct Nothing {
    pub id: String,
    pub number: u32,
    pub pattern: String,
    pub time: i64,
}

/// Compares a queue with the truth, up to a moment: what is due later is nobody's miss yet.
///
/// # Errors
/// A time of the truth that is none.
pub fn debrief(truth: &Truth, queue: &Queue, now: Time) -> Result<Debrief, String> {
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
        behaviours: truth.behaviours.iter().enumerate().filter(due).map(was).collect(),
        false_alerts: false_alerts.collect(),
    })
}
