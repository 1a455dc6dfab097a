//! Sweeps a rule over values of its limits: what it would raise at each, in one decoding for all.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use super::alert::Alert;
use super::sweep_page;
use super::trial::{self, Configs, Course, Question, Stop};
use crate::config::Config;
use crate::config::trial::{Axis, with_limits};
use crate::feed::recording::{Cancel, Options};
use crate::model::{Attention, LimitValue, Rule, Time};
use crate::scenario::Truth;
use crate::scenario::score::Figures;

/// Combinations of values at most.
pub const MOST_COMBINATIONS: usize = 64;

/// Result of a sweep.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Sweep {
    /// `vigie.sweep/1`.
    pub schema: &'static str,
    /// The exercise that the recordings are of.
    pub exercise: String,
    /// The rule.
    pub rule: String,
    /// Pattern of the rule.
    pub pattern: String,
    /// Oldest and newest time told.
    pub span: Option<(String, String)>,
    /// Hours of recorded time.
    pub hours: f64,
    /// Reports read.
    pub reports: u64,
    /// Names of the limits that are swept.
    pub limits: Vec<&'static str>,
    /// The rule in force first, where its values are not among those that are swept; then every combination in its order.
    pub rows: Vec<Row>,
    /// Where the sweep stopped before the end of the recordings.
    pub stopped: Option<Stop>,
    /// Whether somebody cancelled it.
    #[serde(skip)]
    pub is_cancelled: bool,
    /// Notices about the recordings.
    pub notices: Vec<String>,
    /// Course of the run; the only part that differs from one run to the next.
    pub run: Course,
}

/// Figures of one combination of values.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Row {
    /// Values as a rule file has them, in the order of the limits.
    pub values: Vec<String>,
    /// Whether these are the values in force.
    pub in_force: bool,
    /// Alerts of the rule.
    pub alerts: usize,
    /// Alerts of the rule in an hour.
    pub alerts_per_hour: f64,
    /// Alerts of the rule that interrupt, in an hour.
    pub interrupting_per_hour: f64,
    /// Alerts of all rules in an hour.
    pub all_alerts_per_hour: f64,
    /// What the rule could not judge.
    pub cannot_judge: u64,
    /// Score of the rule against the behaviours of its pattern; null without a truth.
    pub score: Option<Figures>,
}

/// A rule with each combination of values that is tried.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    config: &'a Config,
    rule: &'a Rule,
    axes: Vec<Axis>,
    combinations: Vec<(Vec<LimitValue>, Rule)>,
}

/// Reason why values cannot be swept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There are too many combinations.
    #[error(
        "{0} combinations of values; a sweep tries {MOST_COMBINATIONS} at most: take larger steps or fewer limits"
    )]
    TooMany(usize),
    /// Values contradict each other.
    #[error("{values}: {why}")]
    Contradiction {
        /// The values.
        values: String,
        /// The reason.
        why: String,
    },
    /// A limit is named twice.
    #[error("limit {0} is given twice: write all of its values in one --limit")]
    Twice(&'static str),
}

impl<'a> Plan<'a> {
    /// Returns the combinations of the values of some limits of a rule.
    ///
    /// # Errors
    /// There are too many, or they contradict each other.
    pub fn new(config: &'a Config, rule: &'a Rule, axes: Vec<Axis>) -> Result<Plan<'a>, PlanError> {
        let count = axes.iter().map(|axis| axis.values.len()).product();
        if count > MOST_COMBINATIONS {
            return Err(PlanError::TooMany(count));
        }
        for (i, axis) in axes.iter().enumerate() {
            if axes[..i].iter().any(|other| other.limit.name == axis.limit.name) {
                return Err(PlanError::Twice(axis.limit.name));
            }
        }
        let mut values: Vec<Vec<LimitValue>> = vec![Vec::new()];
        for axis in &axes {
            let longer = |had: Vec<LimitValue>| {
                axis.values.iter().map(move |value| had.iter().cloned().chain([value.clone()]).collect())
            };
            values = values.into_iter().flat_map(longer).collect();
        }
        let own: Vec<LimitValue> = axes.iter().filter_map(|axis| value_in(rule, axis)).collect();
        if !values.contains(&own) {
            values.insert(0, own);
        }
        let of = |values: Vec<LimitValue>| {
            let named: Vec<(&str, LimitValue)> =
                axes.iter().map(|axis| axis.limit.name).zip(values.iter().cloned()).collect();
            let rule = with_limits(rule, &named).map_err(|why| {
                let shown = axes
                    .iter()
                    .zip(&values)
                    .map(|(axis, value)| format!("{}={}", axis.limit.name, axis.shown(value)));
                PlanError::Contradiction { values: shown.collect::<Vec<_>>().join(" "), why }
            })?;
            Ok((values, rule))
        };
        let combinations = values.into_iter().map(of).collect::<Result<_, _>>()?;
        Ok(Plan { config, rule, axes, combinations })
    }

    /// Returns the number of combinations.
    pub fn len(&self) -> usize {
        self.combinations.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.combinations.is_empty()
    }

    /// Returns the values of each combination, in the order of the rows.
    pub fn values(&self) -> impl Iterator<Item = &[LimitValue]> {
        self.combinations.iter().map(|(values, _)| values.as_slice())
    }

    /// Plays recordings through every combination.
    ///
    /// # Errors
    /// A recording cannot be read, or a time of the truth.
    pub fn run(
        &self,
        recordings: &[PathBuf],
        options: Options,
        truth: Option<&Truth>,
        most: usize,
        cancel: &Cancel,
        tell: impl FnMut(u64, u64, Time),
    ) -> anyhow::Result<Sweep> {
        let with = |rule: &Rule| {
            let own = self.config.setup.rules.iter();
            own.map(|other| if other.name == rule.name { rule.clone() } else { other.clone() }).collect()
        };
        let sets = self.combinations.iter().map(|(_, rule)| with(rule)).collect();
        let configs = Configs::Rules(self.config, sets);
        let trial =
            trial::run(Question { recordings, options, configs, most, cancel: cancel.clone() }, tell)?;
        let truth = truth.map(|truth| of_pattern(&truth.within(trial.span.as_ref()), self.rule.pattern));
        let mut rows = Vec::new();
        for (place, (values, _)) in self.combinations.iter().enumerate() {
            let all = &trial.alerts[place];
            let own: Vec<Alert> = all.iter().filter(|alert| alert.rule == self.rule.name).cloned().collect();
            let of_rule = format!("{}/", self.rule.name);
            let judged = trial.cannot_judge[place].iter().filter(|(what, _)| what.starts_with(&of_rule));
            let cannot_judge = judged.map(|(_, n)| n).sum();
            let hourly = |count: usize| if trial.hours > 0.0 { count as f64 / trial.hours } else { 0.0 };
            let interrupting = own.iter().filter(|alert| alert.attention == Attention::Interrupt).count();
            rows.push(Row {
                values: self.axes.iter().zip(values).map(|(axis, value)| axis.shown(value)).collect(),
                in_force: self
                    .axes
                    .iter()
                    .zip(values)
                    .all(|(axis, value)| value_in(self.rule, axis).as_ref() == Some(value)),
                alerts: own.len(),
                alerts_per_hour: hourly(own.len()),
                interrupting_per_hour: hourly(interrupting),
                all_alerts_per_hour: hourly(all.len()),
                cannot_judge,
                score: truth.as_ref().map(|truth| trial::judge(truth, &mut own.clone())).transpose()?,
            });
        }
        Ok(Sweep {
            schema: "vigie.sweep/1",
            exercise: trial.exercise,
            rule: self.rule.name.clone(),
            pattern: self.rule.pattern.to_owned(),
            span: trial.span,
            hours: trial.hours,
            reports: trial.reports,
            limits: self.axes.iter().map(|axis| axis.limit.name).collect(),
            rows,
            stopped: trial.stopped,
            is_cancelled: trial.is_cancelled,
            notices: trial.notices,
            run: trial.run,
        })
    }
}

impl Sweep {
    /// Returns the report as one self-contained HTML page.
    pub fn html(&self) -> String {
        sweep_page::html(self)
    }
}

/// Returns the value that a rule has of an axis's limit.
fn value_in(rule: &Rule, axis: &Axis) -> Option<LimitValue> {
    rule.limits.0.iter().find(|(limit, _)| limit.name == axis.limit.name).map(|(_, value)| value.clone())
}

/// Returns the part of a truth that is about one pattern.
fn of_pattern(truth: &Truth, pattern: &str) -> Truth {
    let mut truth = truth.clone();
    truth.behaviours.retain(|behaviour| behaviour.pattern == pattern);
    truth
}
