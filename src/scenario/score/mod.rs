//! Compares raised alerts with the truth; the matching rule is written down in `docs/score.md`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::truth::{Behaviour, Truth};
use crate::model::{Span, Time};

mod event;
mod parties;
mod watch;

pub use event::{EventError, Raised, Subject, read_event};
use parties::Parties;
use watch::Facts;
pub use watch::{Meaning, Noticed, Watch};

/// Fault of a truth file that has the right shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TruthError {
    /// A time is none.
    #[error("truth: \"{0}\" is not RFC 3339")]
    NoTime(String),
    /// A subject key is none.
    #[error("truth: \"{0}\" is no radar:<feed>:<number>@<first seen>")]
    NoContact(String),
}

/// Counts, and what follows from them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Figures {
    /// Alerts raised.
    pub alerts: usize,
    /// Alerts that match a behaviour which no earlier one matched.
    pub matched: usize,
    /// Further alerts on a behaviour that has its alert, and those on an optional one; in neither precision nor
    /// recall.
    pub duplicates: usize,
    /// Alerts that match nothing.
    pub false_alerts: usize,
    /// Behaviours without an alert; absent for a rule, which does not know what it ought to have seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<usize>,
    /// `matched / (matched + false_alerts)`; null where nothing was raised.
    pub precision: Option<f64>,
    /// `matched / (matched + missed)`; null where nothing was to be seen.
    pub recall: Option<f64>,
    /// `1.25 P R / (0.25 P + R)`; null where one of them is.
    pub f05: Option<f64>,
    /// Median of the time from when an alert was due to when it was raised, seconds.
    pub delay_median_s: Option<f64>,
    /// Ninth decile of the delay (nearest rank), seconds.
    pub delay_p90_s: Option<f64>,
    /// Alerts raised in an hour of watch.
    pub alerts_per_watch_hour: f64,
    /// Alerts per watch hour that match nothing in the truth.
    pub false_per_watch_hour: f64,
}

/// One exercise as it was played: its truth, and what was raised.
#[derive(Clone, Debug)]
pub struct Run {
    /// Truth of the run.
    pub truth: Truth,
    /// The alerts.
    pub alerts: Vec<Raised>,
}

/// A score over one run or several.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Score {
    /// The exercises, each once.
    pub exercise: String,
    /// Number of runs.
    pub runs: usize,
    /// Length of the truths, hours.
    pub watch_hours: f64,
    /// Figures of the watch: what an officer sees of the alerts.
    pub watch: Watch,
    /// Over all.
    pub total: Figures,
    /// Scores by pattern: those of the truth and those raised.
    pub patterns: BTreeMap<String, Figures>,
    /// Scores by rule.
    pub rules: BTreeMap<String, Figures>,
    /// Behaviours without an alert.
    pub missed: Vec<Missed>,
    /// Alerts that match nothing.
    pub false_alerts: Vec<FalseAlert>,
}

/// A behaviour without an alert.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Missed {
    /// The seed of its run.
    pub seed: u64,
    /// Behaviour in the truth.
    #[serde(flatten)]
    pub behaviour: Behaviour,
}

/// An alert that matches nothing.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FalseAlert {
    /// The seed of its run.
    pub seed: u64,
    /// The rule that raised it.
    pub rule: String,
    /// Subject keys as alerted.
    pub subjects: Vec<String>,
    /// Vessels that the subjects really were.
    pub stood_for: Vec<String>,
    /// Time when the behaviour began according to the alert, RFC 3339.
    pub onset: String,
    /// Time when the alert was raised.
    pub time: String,
    /// Explanation of the decoy, where the truth lists one with such a subject.
    pub decoy: Option<String>,
}

/// Result of comparing an alert with the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Matched(Span),
    Duplicate,
    False,
}

/// A run of which is known what became of each alert.
#[derive(Debug, Default)]
struct Judged {
    hours: f64,
    alerts: Vec<(Raised, Fate)>,
    missed: Vec<Missed>,
    false_alerts: Vec<FalseAlert>,
    facts: Facts,
}

/// Compares the alerts of runs with their truths, each run for itself, and sums up.
///
/// # Errors
/// A time of a truth that is none.
pub fn score(runs: Vec<Run>) -> Result<Score, TruthError> {
    let count = runs.len();
    let names: BTreeSet<String> = runs.iter().map(|run| run.truth.exercise.clone()).collect();
    let mut sum = Judged::default();
    for mut run in runs {
        let mut known = are_listed(&run.truth, &run.alerts)?.into_iter();
        run.alerts.retain(|_| known.next() == Some(true));
        let judged = judge(run)?;
        sum.hours += judged.hours;
        sum.alerts.extend(judged.alerts);
        sum.missed.extend(judged.missed);
        sum.false_alerts.extend(judged.false_alerts);
        sum.facts.add(judged.facts);
    }
    Ok(summary(names.into_iter().collect::<Vec<_>>().join(", "), count, sum))
}

/// Finds the behaviour of a truth that each alert is the first to report, as an index, and whether the alert reports any
/// behaviour at all. The alerts are in the order in which they were raised.
///
/// # Errors
/// A time of the truth that cannot be read.
pub fn matches(truth: &Truth, alerts: &[Raised]) -> Result<Vec<(Option<usize>, bool)>, TruthError> {
    let spans = spans_of(truth)?;
    let parties = Parties::of(truth)?;
    let mut found = vec![false; spans.len()];
    let one = |alert: &Raised| {
        let stood_for = parties.stood_for(alert);
        let fits = |i: &usize| {
            let fitting = truth.behaviours.get(*i).zip(spans.get(*i));
            fitting.is_some_and(|(behaviour, span)| {
                alert.onset <= span.1
                    && alert.time >= span.0
                    && alert.pattern == behaviour.pattern
                    && same_parties(&stood_for, &behaviour.subjects)
            })
        };
        let fitting: Vec<usize> = (0..spans.len()).filter(fits).collect();
        let fresh = fitting.iter().copied().find(|&i| found.get(i) == Some(&false));
        fresh.and_then(|i| found.get_mut(i)).into_iter().for_each(|found| *found = true);
        (fresh, !fitting.is_empty())
    };
    Ok(alerts.iter().map(one).collect())
}

/// Returns for each alert whether a truth says anything about it: always, unless that knows nothing of what it does not list.
///
/// # Errors
/// A time of the truth that cannot be read.
pub fn are_listed(truth: &Truth, alerts: &[Raised]) -> Result<Vec<bool>, TruthError> {
    if !truth.only_listed {
        return Ok(vec![true; alerts.len()]);
    }
    let parties = Parties::of(truth)?;
    let mut listed = Vec::new();
    for behaviour in &truth.behaviours {
        let span = (time(&behaviour.from)?, time(&behaviour.to)?);
        listed.push((Some(&behaviour.pattern), &behaviour.subjects, span));
    }
    for decoy in &truth.decoys {
        let end = |text: &Option<String>, otherwise| text.as_deref().map_or(Ok(otherwise), time);
        let span = (end(&decoy.from, Time::NEVER)?, end(&decoy.to, Time(i64::MAX))?);
        listed.push((decoy.pattern.as_ref(), &decoy.subjects, span));
    }
    let is_listed = |alert: &Raised| {
        let stood_for = parties.stood_for(alert);
        listed.iter().any(|(pattern, subjects, (from, to))| {
            pattern.is_none_or(|pattern| *pattern == alert.pattern)
                && alert.onset <= *to
                && alert.time >= *from
                && same_parties(&stood_for, subjects)
        })
    };
    Ok(alerts.iter().map(is_listed).collect())
}

/// Returns when each behaviour began, ended, and was due.
fn spans_of(truth: &Truth) -> Result<Vec<(Time, Time, Time)>, TruthError> {
    let times =
        |behaviour: &Behaviour| Ok((time(&behaviour.from)?, time(&behaviour.to)?, time(&behaviour.due)?));
    truth.behaviours.iter().map(times).collect()
}

fn time(text: &str) -> Result<Time, TruthError> {
    Time::parse(text).ok_or_else(|| TruthError::NoTime(text.to_owned()))
}

/// Judges the alerts of one run in the order in which they were raised.
fn judge(Run { truth, mut alerts }: Run) -> Result<Judged, TruthError> {
    let (spans, parties) = (spans_of(&truth)?, Parties::of(&truth)?);
    alerts.sort_by(|a, b| (a.time, &a.rule, &a.subjects).cmp(&(b.time, &b.rule, &b.subjects)));
    let mut found = vec![false; spans.len()];
    let mut facts = Vec::new();
    let mut judged = Judged { hours: (time(&truth.to)? - time(&truth.from)?).hours(), ..Judged::default() };
    for (alert, (first, any)) in alerts.iter().zip(matches(&truth, &alerts)?) {
        let of = first.and_then(|i| truth.behaviours.get(i).zip(spans.get(i)));
        let fate = match (of, any) {
            (Some((behaviour, _)), _) if behaviour.optional => Fate::Duplicate,
            (Some((_, span)), _) => Fate::Matched(alert.time - span.2),
            (None, true) => Fate::Duplicate,
            (None, false) => Fate::False,
        };
        first.and_then(|i| found.get_mut(i)).into_iter().for_each(|found| *found = true);
        let stood_for = parties.stood_for(alert);
        if fate == Fate::False {
            judged.false_alerts.push(false_alert(&truth, alert, stood_for.clone()));
        }
        facts.push((alert.clone(), fate, stood_for));
        judged.alerts.push((alert.clone(), fate));
    }
    judged.facts = Facts::of(&truth, &spans, &facts, &found);
    let missed = truth.behaviours.into_iter().zip(&found).filter(|(b, found)| !**found && !b.optional);
    judged.missed = missed.map(|(behaviour, _)| Missed { seed: truth.seed, behaviour }).collect();
    Ok(judged)
}

/// Equal sets; where either side names more than two parties, two in common are enough.
fn same_parties(alert: &[String], truth: &[String]) -> bool {
    let (a, b): (BTreeSet<&String>, BTreeSet<&String>) = (alert.iter().collect(), truth.iter().collect());
    a == b || (a.len().max(b.len()) > 2 && a.intersection(&b).count() >= 2)
}

fn summary(exercise: String, runs: usize, judged: Judged) -> Score {
    let watch = judged.facts.figures(&judged);
    let Judged { hours, alerts, missed, false_alerts, .. } = judged;
    let of = |pick: &dyn Fn(&Raised) -> bool, missed: Option<usize>| {
        let fates = alerts.iter().filter(|(alert, _)| pick(alert)).map(|(_, fate)| *fate);
        figures(&fates.collect::<Vec<Fate>>(), missed, hours)
    };
    let raised = alerts.iter().map(|(alert, _)| &alert.pattern);
    let patterns: BTreeSet<&String> = raised.chain(missed.iter().map(|m| &m.behaviour.pattern)).collect();
    let rules: BTreeSet<&String> = alerts.iter().map(|(alert, _)| &alert.rule).collect();
    let missed_of = |pattern: &str| missed.iter().filter(|m| m.behaviour.pattern == pattern).count();
    Score {
        exercise,
        runs,
        watch_hours: rounded(hours, 2),
        watch,
        total: of(&|_| true, Some(missed.len())),
        patterns: patterns
            .into_iter()
            .map(|p| (p.clone(), of(&|alert| alert.pattern == *p, Some(missed_of(p)))))
            .collect(),
        rules: rules.into_iter().map(|r| (r.clone(), of(&|alert| alert.rule == *r, None))).collect(),
        missed,
        false_alerts,
    }
}

fn false_alert(truth: &Truth, alert: &Raised, stood_for: Vec<String>) -> FalseAlert {
    let decoy = truth.decoys.iter().find(|d| d.subjects.iter().any(|s| stood_for.contains(s)));
    FalseAlert {
        seed: truth.seed,
        rule: alert.rule.clone(),
        subjects: alert.subjects.iter().map(|subject| subject.track.clone()).collect(),
        stood_for,
        onset: alert.onset.rfc3339(),
        time: alert.time.rfc3339(),
        decoy: decoy.map(|d| d.what.clone()),
    }
}

fn figures(fates: &[Fate], missed: Option<usize>, watch_hours: f64) -> Figures {
    let count = |wanted: fn(&Fate) -> bool| fates.iter().filter(|fate| wanted(fate)).count();
    let matched = count(|fate| matches!(fate, Fate::Matched(_)));
    let false_alerts = count(|fate| *fate == Fate::False);
    let ratio = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    let precision = ratio(matched, matched + false_alerts);
    let recall = missed.and_then(|missed| ratio(matched, matched + missed));
    let f05 = precision.zip(recall).map(|(p, r)| match 0.25 * p + r {
        sum if sum > 0.0 => 1.25 * p * r / sum,
        _ => 0.0,
    });
    let mut delays: Vec<f64> = fates
        .iter()
        .filter_map(|fate| match fate {
            Fate::Matched(delay) => Some(delay.secs()),
            _ => None,
        })
        .collect();
    delays.sort_by(f64::total_cmp);
    let hourly = |count: usize| if watch_hours > 0.0 { rounded(count as f64 / watch_hours, 3) } else { 0.0 };
    Figures {
        alerts: fates.len(),
        matched,
        duplicates: count(|fate| *fate == Fate::Duplicate),
        false_alerts,
        missed,
        precision: precision.map(|p| rounded(p, 4)),
        recall: recall.map(|r| rounded(r, 4)),
        f05: f05.map(|f| rounded(f, 4)),
        delay_median_s: median(&delays),
        delay_p90_s: nearest_rank(&delays, 0.9),
        alerts_per_watch_hour: hourly(fates.len()),
        false_per_watch_hour: hourly(false_alerts),
    }
}

fn median(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.get(sorted.len() / 2)?;
    match sorted.len() % 2 {
        1 => Some(*upper),
        _ => Some((sorted.get(sorted.len() / 2 - 1)? + upper) / 2.0),
    }
}

fn nearest_rank(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = libm::ceil(sorted.len() as f64 * share) as usize;
    sorted.get(rank.max(1) - 1).copied()
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = libm::pow(10.0, f64::from(decimals));
    libm::round(value * scale) / scale
}

#[cfg(test)]
mod tests;
