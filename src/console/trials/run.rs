//! One trial: planned where it is asked for, run in its own thread.

use std::path::PathBuf;

use anyhow::anyhow;
use serde_json::Value;

use super::recordings::chosen;
use super::uploads::Uploads;
use super::{Differences, Stage, Swept, SweptValue, Trial, TrialRequest, lock};
use crate::analysis::compare::Comparison;
use crate::analysis::trial::{self, Configs, MOST_ALERTS, Question};
use crate::analysis::{needs, sweep};
use crate::clock;
use crate::config::trial::{Axis, rule_of};
use crate::config::{self, Config, change, lines};
use crate::console::Places;
use crate::console::rules::value_of;
use crate::feed::recording::{Grain, Options, Window};
use crate::model::{Rule, Span, Time};
use crate::telemetry;

/// Lowest priority of a thread.
const NICE: i32 = 19;
/// Alerts in each list of a comparison that are kept at most.
const MOST_LISTED: usize = 1_000;
/// Hours back at most.
const MOST_HOURS: f64 = 24.0 * 366.0;

/// Everything that a trial needs.
#[derive(Debug)]
pub struct Plan {
    what: What,
    recordings: Vec<PathBuf>,
    options: Options,
}

#[derive(Debug)]
enum What {
    /// Compares the configuration in force with the changed one.
    Comparison(Box<[Config; 2]>),
    /// Tries a rule of the configuration with several values of a limit.
    Sweep(Box<(Config, Rule, Axis)>),
}

impl Plan {
    /// Plans a trial as it was asked for.
    ///
    /// # Errors
    /// A change does not fit the configuration, there is nothing to try, or there are no recordings.
    pub fn of(asked: &TrialRequest, places: &Places, uploads: &Uploads) -> anyhow::Result<Plan> {
        let is_changed = !asked.changes.is_empty() || asked.zones.is_some();
        let path = places.config.as_deref();
        let checked = |problems: Vec<config::Problem>| anyhow!(lines(&problems));
        let before = config::overview(path).map_err(checked)?;
        let after = match is_changed {
            true => {
                let edited = change::apply(path, &asked.changes, asked.zones.as_ref())?;
                Some(edited.overview().map_err(checked)?)
            }
            false => None,
        };
        let what = match &asked.sweep {
            Some(asked) => {
                let base = after.unwrap_or(before);
                let wrong = |text: String| anyhow!(text);
                let rule = rule_of(&base.config.setup.rules, &base.off, &asked.rule).map_err(wrong)?.clone();
                let axis = Axis::given(&rule, &asked.limit, &asked.values).map_err(wrong)?;
                What::Sweep(Box::new((base.config, rule, axis)))
            }
            None => {
                let after =
                    after.ok_or_else(|| anyhow!("nothing is changed: change a limit, or draw a zone"))?;
                What::Comparison(Box::new([before.config, after.config]))
            }
        };
        let hours = asked.hours.filter(|_| asked.recordings.is_none() && places.are_of_watch);
        if hours.is_some_and(|hours| !(0.0..=MOST_HOURS).contains(&hours)) {
            return Err(anyhow!("hours are from 0 to {MOST_HOURS}"));
        }
        let from = hours.map(|hours| clock::now() - Span::from_secs_f64(hours * 3600.0));
        let recordings = chosen(&places.recordings, uploads, asked.recordings.as_deref(), from)?;
        uploads.note_use(&recordings);
        let window = from.map_or(places.options.window, |from| Window { from: Some(from), until: None });
        let options = Options { window, grain: Grain::Block, ..places.options };
        Ok(Plan { what, recordings, options })
    }
}

/// Gives this thread the lowest priority. Where the system refuses that, it runs all the same.
pub fn step_back() {
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(event = telemetry::TRIAL, %error, "runs at the priority of the watch");
    }
}

/// Runs a trial to its end.
pub(super) fn run(trial: &Trial) {
    step_back();
    let Some(plan) = lock(&trial.plan).take() else { return };
    trial.state().stage = Stage::Running;
    let done = judge(trial, &plan);
    let mut state = trial.state();
    match done {
        // Reading fails once somebody has cancelled.
        Err(_) | Ok(Stage::Cancelled) if trial.cancel.is_cancelled() => state.stage = Stage::Cancelled,
        Ok(stage) => state.stage = stage,
        Err(error) => {
            state.stage = Stage::Failed;
            state.error = Some(format!("{error:#}"));
        }
    }
    tracing::info!(
        event = telemetry::TRIAL,
        trial = state.trial,
        by = state.by,
        stage = ?state.stage,
        "trial over"
    );
}

/// Runs a trial, and returns the stage at its end.
fn judge(trial: &Trial, plan: &Plan) -> anyhow::Result<Stage> {
    let (recordings, options) = (plan.recordings.as_slice(), plan.options);
    let (config, changed) = match &plan.what {
        What::Comparison(both) => (&both[1], needs::rules_that_differ(&both[1], &both[0])),
        What::Sweep(sweep) => (&sweep.0, vec![&sweep.1]),
    };
    let look = |_, _, time: Time| trial.state().at = (time > Time::NEVER).then_some(time.0);
    let missing = needs::missing(recordings, options, &[(config, &changed)], &trial.cancel, look)?;
    if !missing.is_empty() {
        trial.state().error = Some(missing.join("\n"));
        return Ok(Stage::Refused);
    }
    match &plan.what {
        What::Comparison(both) => compare(trial, plan, both),
        What::Sweep(sweep) => swept(trial, plan, sweep),
    }
}

/// Shows how far a trial is.
fn progress(trial: &Trial, bytes: u64, size: u64, time: Time) {
    let mut state = trial.state();
    state.progress = (bytes as f64 / size.max(1) as f64).min(1.0);
    state.at = (time > Time::NEVER).then_some(time.0);
}

fn compare(trial: &Trial, plan: &Plan, both: &[Config; 2]) -> anyhow::Result<Stage> {
    let question = Question {
        recordings: &plan.recordings,
        options: plan.options,
        configs: Configs::Each(both),
        most: MOST_ALERTS,
        cancel: trial.cancel.clone(),
    };
    let result = trial::run(question, |bytes, size, time| progress(trial, bytes, size, time))?;
    if result.is_cancelled {
        return Ok(Stage::Cancelled);
    }
    let [before, after] = both;
    let mut comparison = Comparison::of(result, ["in force", "changed"], [before, after], None)?;
    let differences = Differences {
        appear: comparison.appear.len(),
        vanish: comparison.vanish.len(),
        change: comparison.change.len(),
    };
    comparison.appear.truncate(MOST_LISTED);
    comparison.vanish.truncate(MOST_LISTED);
    comparison.change.truncate(MOST_LISTED);
    let is_stopped = comparison.stopped.is_some();
    let told = serde_json::value::to_raw_value(&comparison)?;
    let mut state = trial.state();
    state.comparison = Some(told);
    state.differences = Some(differences);
    state.needs_second_yes = is_stopped;
    state.progress = 1.0;
    Ok(Stage::Done)
}

fn swept(trial: &Trial, plan: &Plan, (config, rule, axis): &(Config, Rule, Axis)) -> anyhow::Result<Stage> {
    let tried = sweep::Plan::new(config, rule, vec![axis.clone()])?;
    let tell = |bytes, size, time| progress(trial, bytes, size, time);
    let cancel = &trial.cancel;
    let result = tried.run(&plan.recordings, plan.options, None, MOST_ALERTS, cancel, tell)?;
    if result.is_cancelled {
        return Ok(Stage::Cancelled);
    }
    let value = |(values, row): (&[crate::model::LimitValue], &sweep::Row)| SweptValue {
        value: values.first().map_or(Value::Null, |value| value_of(&axis.limit, value)),
        words: row.values.concat(),
        in_force: row.in_force,
        alerts: row.alerts,
        alerts_per_hour: row.alerts_per_hour,
        interrupting_per_hour: row.interrupting_per_hour,
        cannot_judge: row.cannot_judge,
    };
    let found = Swept {
        rule: result.rule.clone(),
        limit: axis.limit.name.to_owned(),
        hours: result.hours,
        reports: result.reports,
        values: tried.values().zip(&result.rows).map(value).collect(),
        stopped: result.stopped,
    };
    let mut state = trial.state();
    state.swept = Some(found);
    state.progress = 1.0;
    Ok(Stage::Done)
}
