//! One trial: planned where it is asked for, run in its own thread.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use anyhow::anyhow;

use super::recordings::chosen;
use super::{Differences, Stage, Trial, TrialRequest, lock};
use crate::analysis::compare::Comparison;
use crate::analysis::needs;
use crate::analysis::trial::{self, Configs, MOST_ALERTS, Question};
use crate::clock;
use crate::config::{self, Config, change, lines};
use crate::console::Places;
use crate::feed::recording::{Grain, Options, Window};
use crate::model::{Span, Time};
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
    /// The configuration in force, and the changed one.
    configs: Box<[Config; 2]>,
    recordings: Vec<PathBuf>,
    options: Options,
}

impl Plan {
    /// Plans a trial as it was asked for.
    ///
    /// # Errors
    /// A change does not fit the configuration, there is nothing to try, or there are no recordings.
    pub fn of(asked: &TrialRequest, places: &Places) -> anyhow::Result<Plan> {
        if asked.changes.is_empty() && asked.zones.is_none() {
            return Err(anyhow!("nothing is changed: change a limit, or draw a zone"));
        }
        let path = places.config.as_deref();
        let checked = |problems: Vec<config::Problem>| anyhow!(lines(&problems));
        let before = config::overview(path).map_err(checked)?.config;
        let edited = change::apply(path, &asked.changes, asked.zones.as_ref())?;
        let after = edited.overview().map_err(checked)?.config;
        let hours = asked.hours.filter(|_| asked.recordings.is_none() && places.are_of_watch);
        if hours.is_some_and(|hours| !(0.0..=MOST_HOURS).contains(&hours)) {
            return Err(anyhow!("hours are from 0 to {MOST_HOURS}"));
        }
        let from = hours.map(|hours| clock::now() - Span::from_secs_f64(hours * 3600.0));
        let recordings = chosen(&places.recordings, asked.recordings.as_deref(), from)?;
        let window = from.map_or(places.options.window, |from| Window { from: Some(from), until: None });
        let options = Options { window, grain: Grain::Block, ..places.options };
        Ok(Plan { configs: Box::new([before, after]), recordings, options })
    }
}

/// Runs a trial to its end.
pub(super) fn run(trial: &Trial) {
    // Where the system refuses that, the trial runs all the same.
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(event = telemetry::TRIAL, %error, "the trial runs at the priority of the watch");
    }
    let Some(plan) = lock(&trial.plan).take() else { return };
    trial.state().stage = Stage::Running;
    if let Err(error) = judge(trial, &plan) {
        let mut state = trial.state();
        state.stage = Stage::Failed;
        state.error = Some(format!("{error:#}"));
    }
    let state = trial.state();
    tracing::info!(
        event = telemetry::TRIAL,
        trial = state.trial,
        by = state.by,
        stage = ?state.stage,
        "trial over"
    );
}

fn judge(trial: &Trial, plan: &Plan) -> anyhow::Result<()> {
    let [before, after] = &*plan.configs;
    let (recordings, options) = (plan.recordings.as_slice(), plan.options);
    let changed = needs::rules_that_differ(after, before);
    let missing = needs::missing(recordings, options, after, &changed)?;
    if !missing.is_empty() {
        let mut state = trial.state();
        state.stage = Stage::Refused;
        state.error = Some(missing.join("\n"));
        return Ok(());
    }
    let configs = Configs::Each(&*plan.configs);
    let question = Question { recordings, options, configs, most: MOST_ALERTS };
    let result = trial::run(question, |bytes, size, time| {
        let mut state = trial.state();
        state.progress = (bytes as f64 / size.max(1) as f64).min(1.0);
        state.at = (time > Time::NEVER).then_some(time.0);
        !trial.is_cancelled.load(Ordering::Relaxed)
    })?;
    if result.is_cancelled {
        trial.state().stage = Stage::Cancelled;
        return Ok(());
    }
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
    state.stage = Stage::Done;
    Ok(())
}
