//! Compares the alerts of two configurations on the same recordings: which appear, vanish and change.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::alert::Alert;
use super::compare_page;
use super::trial::{self, Course, Stop, Trial};
use crate::config::Config;
use crate::model::{Attention, Geography, Span};
use crate::scenario::Truth;
use crate::scenario::score::{Figures, TruthError};

/// Time by which the lives of two alerts about the same may lie apart.
const APART: Span = Span::from_secs(600);

/// Result of a comparison.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Comparison {
    /// `vigie.compare/1`.
    pub schema: &'static str,
    /// The exercise that the recordings are of.
    pub exercise: String,
    /// Oldest and newest time told.
    pub span: Option<(String, String)>,
    /// Hours of recorded time.
    pub hours: f64,
    /// Reports read.
    pub reports: u64,
    /// The configuration before.
    pub before: Side,
    /// The configuration after.
    pub after: Side,
    /// Number of alerts that are the same.
    pub same: usize,
    /// Alerts of the configuration after that the one before does not raise.
    pub appear: Vec<Alert>,
    /// Alerts of the configuration before that the one after does not raise.
    pub vanish: Vec<Alert>,
    /// Alerts of both that differ.
    pub change: Vec<Change>,
    /// Figures by rule.
    pub rules: BTreeMap<String, RuleFigures>,
    /// Alerts by hour of recorded time.
    pub by_hour: Vec<Hour>,
    /// Where the comparison stopped before the end of the recordings.
    pub stopped: Option<Stop>,
    /// Notices about the recordings.
    pub notices: Vec<String>,
    /// Course of the run; the only part that differs from one run to the next.
    pub run: Course,
}

/// Figures of one configuration.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Side {
    /// The configuration as named on the command line.
    pub config: String,
    /// Alerts raised.
    pub alerts: usize,
    /// Alerts raised in an hour of recorded time.
    pub alerts_per_hour: f64,
    /// Alerts of these that interrupt.
    pub interrupting_per_hour: f64,
    /// What could not be judged, by rule and reason.
    pub cannot_judge: BTreeMap<String, u64>,
    /// Score against the truth; null without one.
    pub score: Option<Figures>,
}

/// An alert of both configurations that differs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ChangedAlert")]
pub struct Change {
    /// The alert before.
    pub before: Alert,
    /// The alert after.
    pub after: Alert,
    /// Differences.
    pub differences: Vec<Difference>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// What differs: `rule`, `raised`, `severity`, `attention`, `ended`.
    pub what: &'static str,
    /// Value before.
    pub before: String,
    /// Value after.
    pub after: String,
}

/// Figures of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleFigures {
    /// Difference of the rule itself: `same`, `changed`, `added`, `removed`.
    pub rule: &'static str,
    /// Alerts before.
    pub before: usize,
    /// Alerts after.
    pub after: usize,
    /// Alerts that appear.
    pub appear: usize,
    /// Alerts that vanish.
    pub vanish: usize,
    /// Alerts that change.
    pub change: usize,
}

/// Alerts of one hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Hour {
    /// Beginning of the hour, RFC 3339.
    pub from: String,
    /// Alerts raised before.
    pub before: usize,
    /// Alerts raised after.
    pub after: usize,
}

impl Comparison {
    /// Compares the alerts of a trial of two configurations, by their names on the command line.
    ///
    /// # Errors
    /// A time of the truth cannot be read.
    pub fn of(
        mut trial: Trial,
        names: [&str; 2],
        configs: [&Config; 2],
        truth: Option<&Truth>,
    ) -> Result<Comparison, TruthError> {
        let truth = truth.map(|truth| truth.within(trial.span.as_ref()));
        let mut side_of = |place: usize| {
            let score =
                truth.as_ref().map(|truth| trial::judge(truth, &mut trial.alerts[place])).transpose()?;
            Ok(side(names[place], &trial, place, score))
        };
        let sides = (side_of(0)?, side_of(1)?);
        let mut lists = trial.alerts.into_iter();
        let (before, after) = (lists.next().unwrap_or_default(), lists.next().unwrap_or_default());
        let pairs = pairs_of(&before, &after);
        let mut rules = rules_of(configs);
        let by_hour = hours_of(&before, &after);
        let mut comparison = Comparison {
            schema: "vigie.compare/1",
            exercise: trial.exercise,
            span: trial.span,
            hours: trial.hours,
            reports: trial.reports,
            before: sides.0,
            after: sides.1,
            same: 0,
            appear: Vec::new(),
            vanish: Vec::new(),
            change: Vec::new(),
            rules: BTreeMap::new(),
            by_hour,
            stopped: trial.stopped,
            notices: trial.notices,
            run: trial.run,
        };
        let count = |rules: &mut BTreeMap<String, RuleFigures>, rule: &str, add: fn(&mut RuleFigures)| {
            add(rules.entry(rule.to_owned()).or_default());
        };
        before.iter().for_each(|alert| count(&mut rules, &alert.rule, |r| r.before += 1));
        after.iter().for_each(|alert| count(&mut rules, &alert.rule, |r| r.after += 1));
        let (mut seen_before, mut seen_after) = (vec![false; before.len()], vec![false; after.len()]);
        for &(b, a) in &pairs {
            (seen_before[b], seen_after[a]) = (true, true);
            let differences = differences_of(&before[b], &after[a]);
            if differences.is_empty() {
                comparison.same += 1;
                continue;
            }
            count(&mut rules, &after[a].rule, |r| r.change += 1);
            comparison.change.push(Change {
                before: before[b].clone(),
                after: after[a].clone(),
                differences,
            });
        }
        for (alert, _) in before.into_iter().zip(seen_before).filter(|(_, seen)| !seen) {
            count(&mut rules, &alert.rule, |r| r.vanish += 1);
            comparison.vanish.push(alert);
        }
        for (alert, _) in after.into_iter().zip(seen_after).filter(|(_, seen)| !seen) {
            count(&mut rules, &alert.rule, |r| r.appear += 1);
            comparison.appear.push(alert);
        }
        comparison.rules = rules;
        Ok(comparison)
    }

    /// Whether both configurations raise the same alerts.
    pub fn is_same(&self) -> bool {
        self.appear.is_empty() && self.vanish.is_empty() && self.change.is_empty()
    }

    /// Returns the report as one self-contained HTML page, over a map of these waters.
    pub fn html(&self, geography: &Geography) -> String {
        compare_page::html(self, geography)
    }
}

fn side(name: &str, trial: &Trial, place: usize, score: Option<Figures>) -> Side {
    let alerts = &trial.alerts[place];
    let hourly = |count: usize| if trial.hours > 0.0 { count as f64 / trial.hours } else { 0.0 };
    let interrupting = alerts.iter().filter(|alert| alert.attention == Attention::Interrupt).count();
    Side {
        config: name.to_owned(),
        alerts: alerts.len(),
        alerts_per_hour: hourly(alerts.len()),
        interrupting_per_hour: hourly(interrupting),
        cannot_judge: trial.cannot_judge.get(place).cloned().unwrap_or_default(),
        score,
    }
}

/// Returns every rule of both, with how it differs itself.
fn rules_of([before, after]: [&Config; 2]) -> BTreeMap<String, RuleFigures> {
    let hash_in = |config: &Config, name: &str| {
        config.setup.rules.iter().find(|rule| rule.name == name).map(|rule| rule.hash.clone())
    };
    let names = before.setup.rules.iter().chain(&after.setup.rules).map(|rule| rule.name.clone());
    let figures = |name: String| {
        let rule = match (hash_in(before, &name), hash_in(after, &name)) {
            (Some(was), Some(is)) if was == is => "same",
            (Some(_), Some(_)) => "changed",
            (None, _) => "added",
            (_, None) => "removed",
        };
        (name, RuleFigures { rule, ..RuleFigures::default() })
    };
    names.map(figures).collect()
}

/// Finds the alerts of two lists that are about the same: by rule, parties and time; then, of those that are left, by pattern,
/// parties and time. Identifiers do not count: they depend on the rules.
fn pairs_of(before: &[Alert], after: &[Alert]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let (mut taken_before, mut taken_after) = (vec![false; before.len()], vec![false; after.len()]);
    for by_rule in [true, false] {
        let key = |alert: &Alert| {
            let what = if by_rule { &alert.rule } else { &alert.pattern };
            let keys: Vec<String> = alert.keys().into_iter().map(str::to_owned).collect();
            (what.clone(), keys)
        };
        let mut waiting: BTreeMap<(String, Vec<String>), Vec<usize>> = BTreeMap::new();
        for (place, alert) in after.iter().enumerate().filter(|(place, _)| !taken_after[*place]) {
            waiting.entry(key(alert)).or_default().push(place);
        }
        let mut near: Vec<(Span, usize, usize)> = Vec::new();
        for (place, alert) in before.iter().enumerate().filter(|(place, _)| !taken_before[*place]) {
            for &other in waiting.get(&key(alert)).into_iter().flatten() {
                if is_at_one_time(alert, &after[other]) {
                    near.push((apart(alert, &after[other]), place, other));
                }
            }
        }
        near.sort_unstable();
        for (_, b, a) in near {
            if !taken_before[b] && !taken_after[a] {
                (taken_before[b], taken_after[a]) = (true, true);
                pairs.push((b, a));
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

fn is_at_one_time(a: &Alert, b: &Alert) -> bool {
    a.onset_time() <= b.last_time() + APART && b.onset_time() <= a.last_time() + APART
}

fn apart(a: &Alert, b: &Alert) -> Span {
    let span = a.raised_time() - b.raised_time();
    if span < Span::ZERO { b.raised_time() - a.raised_time() } else { span }
}

fn differences_of(before: &Alert, after: &Alert) -> Vec<Difference> {
    let end =
        |alert: &Alert| alert.end_reason.map(|reason| format!("{} {reason}", alert.last)).unwrap_or_default();
    let values = |alert: &Alert| {
        [
            ("rule", alert.rule.clone()),
            ("raised", alert.raised.clone()),
            ("severity", alert.severity.word().to_owned()),
            ("attention", alert.attention.word().to_owned()),
            ("ended", end(alert)),
        ]
    };
    let both = values(before).into_iter().zip(values(after));
    both.filter(|((_, was), (_, is))| was != is)
        .map(|((what, before), (_, after))| Difference { what, before, after })
        .collect()
}

fn hours_of(before: &[Alert], after: &[Alert]) -> Vec<Hour> {
    const HOUR_MS: i64 = 3_600_000;
    let mut hours: BTreeMap<i64, (usize, usize)> = BTreeMap::new();
    for alert in before {
        hours.entry(alert.raised_time().0.div_euclid(HOUR_MS)).or_default().0 += 1;
    }
    for alert in after {
        hours.entry(alert.raised_time().0.div_euclid(HOUR_MS)).or_default().1 += 1;
    }
    let from = |hour: i64| crate::model::Time(hour * HOUR_MS).rfc3339();
    let hour = |(hour, (before, after))| Hour { from: from(hour), before, after };
    hours.into_iter().map(hour).collect()
}

#[cfg(test)]
mod tests;
