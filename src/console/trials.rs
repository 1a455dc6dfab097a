//! Trials of rules: what other limits or zones would have raised over recordings, beside the rules in force. Each runs in a thread of
//! its own at the lowest priority, one at a time; the watch notices nothing.

pub(super) mod recordings;
pub(super) mod run;
pub(super) mod uploads;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::access::Visitor;
use super::api::Failure;
use super::guard::{Problem, role_of};
use super::http::{Shared, Who, unreadable};
use super::scene::lock;
use crate::analysis::trial::Stop;
use crate::config::change::{Change, Given};
use crate::feed::recording::Cancel;
use crate::model::Time;
pub use recordings::Recorded;
use run::Plan;

/// Trials that wait at most.
const MOST_WAITING: usize = 4;
/// Trials whose results are kept at most.
const MOST_KEPT: usize = 8;

/// A limit of a rule, and values of it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SweepRequest {
    /// Name of the rule.
    rule: String,
    /// Name of the limit.
    limit: String,
    /// Values, 16 at most: numbers in the unit of the limit, or words. Values that other limits of the rule stand against are left out.
    #[schema(value_type = Vec<Object>)]
    values: Vec<Given>,
}

/// A trial as it is asked for.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrialRequest {
    /// Changes of limits.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Change>,
    /// Zones that are added, or replaced by their ids: a GeoJSON FeatureCollection.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    zones: Option<Value>,
    /// Limit that is tried at several values, beside the rules with the changes, if there are any; no comparison is made then.
    #[serde(default)]
    sweep: Option<SweepRequest>,
    /// Hours back from now, of what the watch recorded; all that there is where absent.
    hours: Option<f64>,
    /// Names of recordings, as `/api/v1/rules/recordings` lists them; those of the hours where absent.
    #[serde(default)]
    recordings: Option<Vec<String>>,
}

/// Stage of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// Another trial runs.
    Waiting,
    /// Under way.
    Running,
    /// Over: the comparison is there.
    Done,
    /// The recordings lack what a changed rule needs.
    Refused,
    /// A recording cannot be read, or the program is at fault.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

/// Numbers of alerts that differ. Lists of the comparison end after 1,000 each.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct Differences {
    /// Alerts that only the changed rules raise.
    appear: usize,
    /// Alerts that only the rules in force raise.
    vanish: usize,
    /// Alerts that both raise, with a difference.
    change: usize,
}

/// Alerts of a rule at one value of a limit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SweptValue {
    /// Value: a number in the unit of the limit, words, or null for no limit.
    #[schema(value_type = Object)]
    value: Value,
    /// Value as a rule file has it.
    words: String,
    /// Whether this value is in force.
    in_force: bool,
    /// Alerts of the rule.
    alerts: usize,
    /// Alerts of the rule in an hour.
    alerts_per_hour: f64,
    /// Alerts of the rule that interrupt, in an hour.
    interrupting_per_hour: f64,
    /// Times that the rule could not judge.
    cannot_judge: u64,
}

/// Alerts of a rule at several values of a limit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Swept {
    /// Name of the rule.
    rule: String,
    /// Name of the limit.
    limit: String,
    /// Hours of recorded time.
    hours: f64,
    /// Reports read.
    reports: u64,
    /// Values, the one in force among them.
    values: Vec<SweptValue>,
    /// Time and number of alerts where it stopped before the end of the recordings; null otherwise.
    #[schema(value_type = Option<Object>)]
    stopped: Option<Stop>,
}

/// A trial, and its result once it is over.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TrialState {
    /// Id of the trial.
    trial: String,
    /// Officer who asked for it.
    by: String,
    /// Time of the request, milliseconds UTC.
    asked: i64,
    /// Stage.
    stage: Stage,
    /// Share of the recordings that was read, 0 to 1.
    progress: f64,
    /// Time of the recordings that the trial has come to, milliseconds UTC.
    at: Option<i64>,
    /// Reason why the trial was refused, or failed.
    error: Option<String>,
    /// Whether more than 10,000 alerts were raised and the trial stopped there: such changes come into force only with a second yes.
    needs_second_yes: bool,
    /// Numbers of alerts that differ.
    differences: Option<Differences>,
    /// Alerts at several values of a limit, where that was asked for.
    swept: Option<Swept>,
    /// `vigie.compare/1`, as `vigie compare --json` prints it.
    #[schema(value_type = Option<Object>)]
    comparison: Option<Box<RawValue>>,
}

/// A trial that was accepted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Begun {
    /// Id of the trial.
    trial: String,
}

/// Changes of limits that are tried, and zones; `None` for a sweep of a limit.
type Tried = Option<(Vec<Change>, Option<Value>)>;

/// One trial.
#[derive(Debug)]
struct Trial {
    tried: Tried,
    plan: Mutex<Option<Plan>>,
    state: Mutex<TrialState>,
    cancel: Cancel,
}

impl Trial {
    fn state(&self) -> MutexGuard<'_, TrialState> {
        lock(&self.state)
    }
}

/// All trials, oldest first.
#[derive(Debug, Default)]
struct Kept {
    made: u64,
    all: VecDeque<Arc<Trial>>,
    is_working: bool,
}

/// Trials of a console.
#[derive(Debug, Default)]
pub struct Trials(Mutex<Kept>);

impl Trials {
    /// Takes a trial, and starts the thread that runs those that wait. `None` where too many wait.
    fn begin(self: &Arc<Self>, (tried, plan): (Tried, Plan), by: String, now: Time) -> Option<String> {
        let mut trials = lock(&self.0);
        let waiting = trials.all.iter().filter(|trial| trial.state().stage == Stage::Waiting).count();
        if waiting >= MOST_WAITING {
            return None;
        }
        trials.made += 1;
        let id = format!("trial-{}", trials.made);
        let state = TrialState {
            trial: id.clone(),
            by,
            asked: now.0,
            stage: Stage::Waiting,
            progress: 0.0,
            at: None,
            error: None,
            needs_second_yes: false,
            differences: None,
            swept: None,
            comparison: None,
        };
        let (plan, state) = (Mutex::new(Some(plan)), state.into());
        let trial = Trial { tried, plan, state, cancel: Cancel::default() };
        trials.all.push_back(Arc::new(trial));
        while trials.all.len() > MOST_KEPT {
            let over = |trial: &Arc<Trial>| !matches!(trial.state().stage, Stage::Waiting | Stage::Running);
            let Some(place) = trials.all.iter().position(over) else { break };
            trials.all.remove(place);
        }
        if !trials.is_working {
            let all = Arc::clone(self);
            let thread = std::thread::Builder::new().name("trials".to_owned());
            trials.is_working = thread.spawn(move || all.work()).is_ok();
        }
        Some(id)
    }

    /// Runs trials until none waits.
    fn work(&self) {
        while let Some(trial) = self.next() {
            let own = Arc::clone(&trial);
            let thread = std::thread::Builder::new().name("trial".to_owned());
            let is_over = thread.spawn(move || run::run(&own)).is_ok_and(|thread| thread.join().is_ok());
            if !is_over {
                let mut state = trial.state();
                state.stage = Stage::Failed;
                state.error = Some("the trial broke off; this is a fault of vigie".to_owned());
            }
        }
    }

    fn next(&self) -> Option<Arc<Trial>> {
        let mut trials = lock(&self.0);
        let next = trials.all.iter().find(|trial| trial.state().stage == Stage::Waiting).cloned();
        trials.is_working = next.is_some();
        next
    }

    fn find(&self, id: &str) -> Option<Arc<Trial>> {
        lock(&self.0).all.iter().find(|trial| trial.state().trial == id).cloned()
    }

    /// Whether the newest trial of these changes raised so many alerts that they come into force only with a second yes.
    pub fn needs_second_yes(&self, changes: &[Change], zones: Option<&Value>) -> bool {
        let trials = lock(&self.0);
        let is_of_these = |trial: &&Arc<Trial>| {
            let tried = trial.tried.as_ref();
            tried.is_some_and(|(tried, with)| tried == changes && with.as_ref() == zones)
                && trial.state().stage == Stage::Done
        };
        trials.all.iter().rev().find(is_of_these).is_some_and(|trial| trial.state().needs_second_yes)
    }
}

fn none() -> Problem {
    Problem(StatusCode::NOT_FOUND, "this console knows no such trial".to_owned())
}

/// Refuses whoever may not try rules.
pub(super) fn may_try(visitor: &Option<Visitor>) -> Result<(), Problem> {
    if !role_of(visitor).may_tune() {
        return Err(Problem(StatusCode::FORBIDDEN, "analysts and supervisors try rules".to_owned()));
    }
    Ok(())
}

/// Starts a trial of changes in the background. One runs at a time, others wait.
#[utoipa::path(post, path = "/api/v1/rules/trials", request_body = TrialRequest, responses(
    (status = 202, body = Begun), (status = 403, body = Failure), (status = 409, body = Failure), (status = 422, body = Failure)))]
pub(super) async fn begin(
    State(console): Shared,
    Extension(visitor): Who,
    body: Result<Json<TrialRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    let Json(asked) = body.map_err(unreadable)?;
    may_try(&visitor)?;
    let own = Arc::clone(&console);
    let planned = tokio::task::spawn_blocking(move || {
        let plan = Plan::of(&asked, &own.places, &own.uploads)?;
        let tried = asked.sweep.is_none().then_some((asked.changes, asked.zones));
        anyhow::Ok((tried, plan))
    });
    let planned = planned.await;
    let plan = planned.map_err(|_| wrong("the trial cannot be planned; this is a fault of vigie"))?;
    let plan = plan.map_err(|error| wrong(&format!("{error:#}")))?;
    let by = visitor.and_then(|visitor| visitor.user).map(|user| user.name).unwrap_or_default();
    match console.trials.begin(plan, by, console.now()) {
        Some(trial) => Ok((StatusCode::ACCEPTED, Json(Begun { trial }))),
        None => Err(Problem(
            StatusCode::CONFLICT,
            format!("{MOST_WAITING} trials wait already: cancel one of them"),
        )),
    }
}

fn wrong(text: &str) -> Problem {
    Problem(StatusCode::UNPROCESSABLE_ENTITY, text.to_owned())
}

/// Returns all trials that are kept, without their comparisons, newest first.
#[utoipa::path(get, path = "/api/v1/rules/trials", responses((status = 200, body = Vec<TrialState>)))]
pub(super) async fn all(State(console): Shared) -> Json<Vec<TrialState>> {
    let trials = lock(&console.trials.0);
    let without = |trial: &Arc<Trial>| {
        let state = trial.state();
        TrialState {
            trial: state.trial.clone(),
            by: state.by.clone(),
            error: state.error.clone(),
            swept: state.swept.clone(),
            comparison: None,
            ..*state
        }
    };
    Json(trials.all.iter().rev().map(without).collect())
}

/// Returns a trial: how far it is, and its comparison once it is over.
#[utoipa::path(get, path = "/api/v1/rules/trials/{id}", params(("id" = String, Path, description = "Id of the trial.")),
    responses((status = 200, body = TrialState), (status = 404, body = Failure)))]
pub(super) async fn one(State(console): Shared, Path(id): Path<String>) -> Result<Json<TrialState>, Problem> {
    let trial = console.trials.find(&id).ok_or_else(none)?;
    let state = trial.state().clone();
    Ok(Json(state))
}

/// Cancels a trial that waits or runs.
#[utoipa::path(delete, path = "/api/v1/rules/trials/{id}", params(("id" = String, Path, description = "Id of the trial.")),
    responses((status = 204), (status = 403, body = Failure), (status = 404, body = Failure)))]
pub(super) async fn cancel(
    State(console): Shared,
    Extension(visitor): Who,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    may_try(&visitor)?;
    let trial = console.trials.find(&id).ok_or_else(none)?;
    trial.cancel.cancel();
    let mut state = trial.state();
    if state.stage == Stage::Waiting {
        state.stage = Stage::Cancelled;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the recordings that a trial can run over: what the watch recorded or what is played, and what was uploaded.
#[utoipa::path(get, path = "/api/v1/rules/recordings", responses((status = 200, body = Vec<Recorded>)))]
pub(super) async fn recorded(State(console): Shared) -> Json<Vec<Recorded>> {
    let own = Arc::clone(&console);
    let listed =
        tokio::task::spawn_blocking(move || recordings::all(&own.places.recordings, &own.uploads)).await;
    Json(listed.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(minutes: f64) -> Vec<Change> {
        let change = json!([{"rule": "area", "limit": "dwell", "value": minutes}]);
        serde_json::from_value(change).expect("a change")
    }

    fn tried(trials: &Trials, changes: Vec<Change>, stage: Stage, needs_second_yes: bool) {
        let state = TrialState {
            trial: String::new(),
            by: String::new(),
            asked: 0,
            stage,
            progress: 1.0,
            at: None,
            error: None,
            needs_second_yes,
            differences: None,
            swept: None,
            comparison: None,
        };
        let (plan, state) = (Mutex::default(), state.into());
        let trial = Trial { tried: Some((changes, None)), plan, state, cancel: Cancel::default() };
        lock(&trials.0).all.push_back(Arc::new(trial));
    }

    #[test]
    fn changes_whose_newest_trial_stopped_at_too_many_alerts_need_a_second_yes_whoever_asks() {
        let trials = Trials::default();
        assert!(!trials.needs_second_yes(&change(1.0), None));
        tried(&trials, change(1.0), Stage::Done, true);
        tried(&trials, change(2.0), Stage::Done, false);
        assert!(trials.needs_second_yes(&change(1.0), None));
        assert!(!trials.needs_second_yes(&change(2.0), None));
        assert!(!trials.needs_second_yes(&change(1.0), Some(&json!({}))), "with other zones");
        tried(&trials, change(1.0), Stage::Cancelled, false);
        assert!(trials.needs_second_yes(&change(1.0), None), "one that did not end says nothing");
        tried(&trials, change(1.0), Stage::Done, false);
        assert!(!trials.needs_second_yes(&change(1.0), None), "fewer recordings");
    }
}
