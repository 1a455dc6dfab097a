//! Rules in force and their versions: what each rule raised and how officers closed it, and other rules put into force.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::access::Visitor;
use super::api::Failure;
use super::guard::{Problem, role_of};
use super::http::{Shared, Who, unreadable};
use super::{Console, openapi};
use crate::config::RuleInFile;
use crate::config::change::Change;
use crate::config::difference::difference;
use crate::config::snapshot::Snapshot;
use crate::engine::{ENDS, Histogram};
use crate::journal::{self, rules::RulesVersion};
use crate::model::{AlertMessage, Bound, Limit, LimitKind, LimitValue, Selector, Severity};
use crate::pipeline::rules_desk::{PutInForce, RulesRefused, Wanted};
use crate::scenario::labels::{self, Label, Verdict};

/// Longest reason for a change, characters.
const LONGEST_WHY: usize = 1_000;
/// Pause between two looks into the journal for a version that came into force, and looks at most.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const MOST_LOOKS: usize = 100;

/// Rules that are in force, and their version.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesInForce {
    /// Version of rules and zones.
    pub version: String,
    /// Time since when this version is in force, milliseconds UTC; null where no record says so.
    #[schema(required)]
    pub in_force_since: Option<i64>,
    /// Whether rules can be put into force here: a watch runs, and its configuration is on disk.
    pub can_change: bool,
    /// Bytes that a recording may have that is uploaded for trials; null where none is taken.
    #[schema(required)]
    pub upload_room: Option<u64>,
    /// Rules in the order of their files, those that are switched off among them.
    pub rules: Vec<RuleRow>,
}

/// A rule: its limits, what it raised, and what it could not judge.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleRow {
    /// Name of the rule.
    pub name: String,
    /// Pattern of the rule.
    pub pattern: &'static str,
    /// File of the rule.
    pub file: String,
    /// Whether the rule is in force.
    pub enabled: bool,
    /// Severity of its alerts.
    #[schema(schema_with = openapi::severity)]
    pub severity: Severity,
    /// Kinds and ids of zones in which the rule holds; empty: everywhere.
    pub inside: Vec<String>,
    /// Kinds and ids of zones in which the rule does not hold.
    pub outside: Vec<String>,
    /// Every limit of the pattern.
    pub limits: Vec<LimitRow>,
    /// Number of alerts that the rule raised, as far as the journal or the queue goes back.
    pub raised: u64,
    /// Number of those that are closed, by outcome.
    pub closed: BTreeMap<String, u64>,
    /// Times that the rule could not judge since the start, by reason.
    pub cannot_judge: BTreeMap<String, u64>,
    /// Distances of tracks from a limit that alone kept them from an alert.
    pub near_misses: Vec<NearMissRow>,
}

/// A limit and its value.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitRow {
    /// Name in rule files.
    pub name: &'static str,
    /// Value: a number in `unit`, words, or null for no limit.
    #[schema(value_type = Object)]
    pub value: Value,
    /// Unit of numbers: kn, m, nm, s, ft, deg; empty for a plain number or words.
    pub unit: &'static str,
    /// Side on which the measured figure has to lie: `at_least`, `at_most`, `under`; `setting` where nothing is compared.
    pub bound: &'static str,
    /// Whether the value may be "none".
    pub optional: bool,
    /// Smallest value; null where any number over 0 is allowed.
    #[schema(required)]
    pub lowest: Option<f64>,
    /// Largest value; null where there is no end.
    #[schema(required)]
    pub highest: Option<f64>,
    /// Words that the value may have; absent for numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<&'static str>,
    /// Explanation of the limit.
    pub doc: &'static str,
}

/// Histogram of near misses of one limit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NearMissRow {
    /// Name of the limit.
    pub limit: String,
    /// Bounds between the bins.
    pub bounds: Vec<f64>,
    /// Count of each bin.
    pub counts: Vec<u64>,
}

/// Changes of rules and zones that are to come into force.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForceRequest {
    /// New values of limits.
    #[serde(default)]
    #[schema(schema_with = openapi::changes)]
    pub changes: Vec<Change>,
    /// Zones that are added, or take the place of drawn zones with their id: a GeoJSON FeatureCollection.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub zones: Option<Value>,
    /// Reason for the change.
    pub why: String,
    /// Whether a trial that stopped at too many alerts is no obstacle.
    #[serde(default)]
    pub second_yes: bool,
    /// Name of the officer, where no users are configured.
    #[serde(default)]
    pub by: Option<String>,
}

/// A wish to have the version before in force again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackRequest {
    /// Reason for the change.
    pub why: String,
    /// The version that the officer was shown; if another one would come into force, the request is refused.
    #[serde(default)]
    pub to: Option<String>,
    /// Name of the officer, where no users are configured.
    #[serde(default)]
    pub by: Option<String>,
}

/// A mark of an analyst on an alert, which is kept as truth.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelRequest {
    /// Id of the alert.
    pub alert: String,
    /// `true`, `false` or `unclear`.
    #[schema(schema_with = openapi::verdict)]
    pub verdict: Verdict,
    /// Reason.
    pub why: String,
    /// Name of the one who judges, where no users are configured.
    #[serde(default)]
    pub by: Option<String>,
}

/// A version that came into force.
#[derive(Debug, Serialize, ToSchema)]
pub struct Forced {
    /// The version.
    pub version: String,
    /// The version before.
    pub was: String,
    /// Differences, one line each.
    pub diff: Vec<String>,
}

/// A version of rules and zones that came into force.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionRow {
    /// The version.
    pub version: String,
    /// The version before; empty for the first.
    pub was: String,
    /// Time of the record, milliseconds UTC.
    pub at: i64,
    /// Name of the officer; empty where the files were edited on disk.
    pub who: String,
    /// Reason.
    pub why: String,
    /// Whether it came into force because a change was taken back.
    pub back: bool,
    /// Differences from the version before, one line each.
    pub diff: Vec<String>,
}

/// Version that comes into force when the last change is taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct Before {
    /// The version.
    pub version: String,
    /// Time when it came into force, milliseconds UTC.
    pub at: i64,
    /// Name of the officer who put it into force; empty where the files were edited on disk.
    pub who: String,
    /// Reason for it.
    pub why: String,
    /// Differences that taking back makes to what is in force, one line each; null where its files are not there any more.
    #[schema(required)]
    pub diff: Option<Vec<String>>,
}

/// Counts of a rule's alerts: all, and the closed ones by outcome.
type Counts = BTreeMap<String, (u64, BTreeMap<String, u64>)>;

/// Returns the rules with their limits, what each raised, how officers closed it, and what it could not judge.
#[utoipa::path(get, path = "/api/v1/rules", responses((status = 200, body = RulesInForce), (status = 500, body = Failure)))]
pub(super) async fn in_force(State(console): Shared) -> Result<Json<RulesInForce>, Problem> {
    let (version, rules) = console.in_force.rules();
    let newest = log(&console).await?.into_iter().next().filter(|newest| newest.version == version);
    let counts = counts(&console).await?;
    let (not_judged, near_misses) = {
        let health = console.board.note();
        (health.engine.by_name.clone(), health.near_misses.clone())
    };
    let rows = rules.iter().map(|rule| row(rule, &counts, &not_judged, &near_misses)).collect();
    Ok(Json(RulesInForce {
        version,
        in_force_since: newest.map(|newest| newest.at),
        can_change: console.desk.is_some(),
        upload_room: console.uploads.room(),
        rules: rows,
    }))
}

/// Returns the versions of rules and zones that came into force, the newest first.
#[utoipa::path(get, path = "/api/v1/rules/log", responses((status = 200, body = Vec<VersionRow>), (status = 500, body = Failure)))]
pub(super) async fn versions(State(console): Shared) -> Result<Json<Vec<VersionRow>>, Problem> {
    let row = |entry: RulesVersion| VersionRow {
        version: entry.version,
        was: entry.was,
        at: entry.at,
        who: entry.who,
        why: entry.why,
        back: entry.back,
        diff: entry.diff,
    };
    Ok(Json(log(&console).await?.into_iter().map(row).collect()))
}

/// Puts changes of limits and zones into force, for analysts and supervisors: they are checked, written into the files of the
/// configuration, recorded, and read by the running watch.
#[utoipa::path(post, path = "/api/v1/rules/force", request_body = ForceRequest, responses((status = 200, body = Forced),
    (status = 403, body = Failure), (status = 404, body = Failure), (status = 409, body = Failure), (status = 422, body = Failure)))]
pub(super) async fn force(
    State(console): Shared,
    Extension(visitor): Who,
    body: Result<Json<ForceRequest>, JsonRejection>,
) -> Result<Json<Forced>, Problem> {
    let Json(request) = body.map_err(unreadable)?;
    let who = officer(&visitor, request.by)?;
    let is_much = console.trials.needs_second_yes(&request.changes, request.zones.as_ref());
    if is_much && !request.second_yes {
        let text = "the trial of these changes stopped at 10,000 alerts: say yes a second time (second_yes)";
        return Err(Problem(StatusCode::CONFLICT, text.to_owned()));
    }
    let wanted = Wanted::Changes(request.changes, request.zones);
    put(&console, wanted, who, request.why).await
}

/// Returns the version that comes into force when the last change is taken back, and what that changes.
#[utoipa::path(get, path = "/api/v1/rules/back", responses((status = 200, body = Before), (status = 404, body = Failure),
    (status = 500, body = Failure)))]
pub(super) async fn before(State(console): Shared) -> Result<Json<Before>, Problem> {
    let (in_force, _) = console.in_force.rules();
    let log = log(&console).await?;
    let found = journal::rules::before(&log, &in_force).filter(|_| console.desk.is_some());
    let (Some(entry), Some(journal)) = (found, &console.journal) else {
        return Err(Problem(StatusCode::NOT_FOUND, RulesRefused::NoneBefore.to_string()));
    };
    let (state, config) = (journal.with_file_name(""), console.places.config.clone());
    let (wanted, main) = (entry.clone(), entry.main.clone());
    let differs = move || {
        let texts = journal::rules::texts(&state, &wanted).ok().filter(|texts| !texts.is_empty())?;
        let (rules, geography) = Snapshot { main, texts }.read();
        let (own, areas) = Snapshot::take(config.as_deref()).read();
        Some(difference((&own, &areas), (&rules, &geography)))
    };
    let diff = tokio::task::spawn_blocking(differs).await.unwrap_or_default();
    let RulesVersion { version, at, who, why, .. } = entry.clone();
    Ok(Json(Before { version, at, who, why, diff }))
}

/// Puts the version before into force again, for analysts and supervisors: its files are those that they were. Asked again, the
/// version before that one follows: what was taken back does not come back.
#[utoipa::path(post, path = "/api/v1/rules/back", request_body = BackRequest, responses((status = 200, body = Forced),
    (status = 403, body = Failure), (status = 404, body = Failure), (status = 409, body = Failure), (status = 422, body = Failure)))]
pub(super) async fn back(
    State(console): Shared,
    Extension(visitor): Who,
    body: Result<Json<BackRequest>, JsonRejection>,
) -> Result<Json<Forced>, Problem> {
    let Json(request) = body.map_err(unreadable)?;
    let who = officer(&visitor, request.by)?;
    put(&console, Wanted::Before(request.to), who, request.why).await
}

/// Keeps a mark of an analyst on an alert of this node as truth, in `labels.jsonl` of the state folder. The rules of another centre
/// raised that centre's alerts: its own analysts judge them.
#[utoipa::path(post, path = "/api/v1/rules/labels", request_body = LabelRequest, responses((status = 204),
    (status = 403, body = Failure), (status = 404, body = Failure), (status = 409, body = Failure),
    (status = 422, body = Failure), (status = 500, body = Failure)))]
pub(super) async fn label(
    State(console): Shared,
    Extension(visitor): Who,
    body: Result<Json<LabelRequest>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(request) = body.map_err(unreadable)?;
    let by = officer(&visitor, request.by)?;
    let why = reason(&request.why)?;
    let Some(file) = console.journal.as_ref().map(|journal| journal.with_file_name(labels::FILE)) else {
        return Err(Problem(
            StatusCode::NOT_FOUND,
            "labels are kept by a watch, and none runs here".to_owned(),
        ));
    };
    let event = {
        let queue = console.scene.queue();
        let row = queue.row(&request.alert);
        if let Some(centre) = row.and_then(|row| row.from.as_ref()) {
            let text =
                format!("this alert is {centre}'s: labels are for alerts that the rules of this node raised");
            return Err(Problem(StatusCode::CONFLICT, text));
        }
        row.and_then(|row| AlertMessage::read(row.alert.get()).ok())
    };
    let Some(alert) = event else {
        return Err(Problem(StatusCode::NOT_FOUND, "the queue has no such alert".to_owned()));
    };
    let label = Label { verdict: request.verdict, why, by, ..Label::of_alert(&alert.event, &alert.event) };
    let written = tokio::task::spawn_blocking(move || append(&file, &label.line())).await;
    match written {
        Ok(Ok(())) => Ok(StatusCode::NO_CONTENT),
        Ok(Err(error)) => Err(Problem(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
        Err(error) => Err(Problem(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}

/// Appends a line to a file, and waits until it is on disk.
fn append(file: &Path, line: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_all()
}

fn reason(why: &str) -> Result<String, Problem> {
    let why = why.trim();
    if why.is_empty() || why.chars().count() > LONGEST_WHY {
        let text = format!("why: a reason has 1 to {LONGEST_WHY} characters");
        return Err(Problem(StatusCode::UNPROCESSABLE_ENTITY, text));
    }
    Ok(why.to_owned())
}

/// Returns the name of an officer who may change rules.
pub(super) fn officer(visitor: &Option<Visitor>, by: Option<String>) -> Result<String, Problem> {
    if !role_of(visitor).may_tune() {
        let text = "rules are changed by analysts and supervisors".to_owned();
        return Err(Problem(StatusCode::FORBIDDEN, text));
    }
    let user = visitor.as_ref().and_then(|visitor| visitor.user.as_ref()).map(|user| user.name.clone());
    let name = user.or(by).unwrap_or_default().trim().to_owned();
    if name.is_empty() || name.chars().count() > 128 || name.contains(char::is_control) {
        let text = "by: the name of the officer has 1 to 128 characters".to_owned();
        return Err(Problem(StatusCode::UNPROCESSABLE_ENTITY, text));
    }
    Ok(name)
}

async fn put(console: &Console, wanted: Wanted, who: String, why: String) -> Result<Json<Forced>, Problem> {
    let why = reason(&why)?;
    let Some(desk) = &console.desk else {
        let text = "no watch runs here whose rules could change".to_owned();
        return Err(Problem(StatusCode::NOT_FOUND, text));
    };
    match desk.ask(wanted, who, why).await {
        Ok(PutInForce { version, was, diff }) => {
            until_written(console, &version).await;
            Ok(Json(Forced { version, was, diff }))
        }
        Err(refused) => {
            let status = match &refused {
                RulesRefused::Nothing
                | RulesRefused::NoneBefore
                | RulesRefused::Other(_)
                | RulesRefused::Lost { .. } => StatusCode::CONFLICT,
                RulesRefused::Ending => StatusCode::SERVICE_UNAVAILABLE,
                RulesRefused::Change(_) | RulesRefused::Wrong(_) => StatusCode::UNPROCESSABLE_ENTITY,
            };
            Err(Problem(status, refused.to_string()))
        }
    }
}

/// Reads the journal of the watch; `None` where there is none.
async fn of_journal<T: Send + 'static>(
    console: &Console,
    read: fn(&journal::Reading) -> journal::ReadResult<T>,
) -> Result<Option<T>, Problem> {
    let Some(path) = console.journal.clone() else { return Ok(None) };
    let done = tokio::task::spawn_blocking(move || {
        let db = journal::open_for_reading(&path)?;
        Ok::<T, anyhow::Error>(read(&db)?)
    });
    let failed = |error: String| Problem(StatusCode::INTERNAL_SERVER_ERROR, error);
    match done.await {
        Ok(read) => read.map(Some).map_err(|error| failed(format!("{error:#}"))),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// Waits until the journal says that a version came into force: whoever asks for the versions next finds it. Gives up after a while,
/// where the disk is slow.
async fn until_written(console: &Console, version: &str) {
    for _ in 0..MOST_LOOKS {
        if log(console).await.is_ok_and(|log| log.first().is_some_and(|newest| newest.version == version)) {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn log(console: &Console) -> Result<Vec<RulesVersion>, Problem> {
    Ok(of_journal(console, journal::rules::versions).await?.unwrap_or_default())
}

/// Counts the alerts of each rule: those of the journal, or of the queue where there is none.
async fn counts(console: &Console) -> Result<Counts, Problem> {
    let mut counts = Counts::new();
    let mut count = |rule: String, outcome: Option<String>, n: u64| {
        let (all, closed) = counts.entry(rule).or_default();
        *all += n;
        if let Some(outcome) = outcome {
            *closed.entry(outcome).or_default() += n;
        }
    };
    match of_journal(console, journal::rules::outcomes).await? {
        Some(all) => all.into_iter().for_each(|(rule, outcome, n)| count(rule, outcome, n)),
        None => {
            for row in console.scene.queue().rows().filter(|row| row.from.is_none()) {
                let Ok(alert) = AlertMessage::read(row.alert.get()) else { continue };
                let outcome = row.closed.as_ref().map(|closed| closed.outcome.word().to_owned());
                count(alert.event.rule.clone(), outcome, 1);
            }
        }
    }
    Ok(counts)
}

/// Near misses by name of the rule, and limit.
type NearMisses = [(String, &'static str, Histogram)];

fn near_miss_row((_, limit, tracks): &(String, &'static str, Histogram)) -> NearMissRow {
    NearMissRow { limit: (*limit).to_owned(), bounds: ENDS.to_vec(), counts: tracks.to_vec() }
}

fn row(
    rule: &RuleInFile,
    counts: &Counts,
    not_judged: &[(String, u64)],
    near_misses: &NearMisses,
) -> RuleRow {
    let RuleInFile { rule, file, is_on } = rule;
    let (raised, closed) = counts.get(&rule.name).cloned().unwrap_or_default();
    let reasons = not_judged.iter().filter_map(|(name, n)| {
        let (of, reason) = name.strip_prefix("cannot-judge/")?.split_once('/')?;
        (of == rule.name).then(|| (reason.to_owned(), *n))
    });
    let words = |selectors: &[Selector]| {
        let word = |selector: &Selector| match selector {
            Selector::Kind(kind) => kind.word().to_owned(),
            Selector::Id(id) => id.clone(),
        };
        selectors.iter().map(word).collect()
    };
    RuleRow {
        name: rule.name.clone(),
        pattern: rule.pattern,
        file: file.clone(),
        enabled: *is_on,
        severity: rule.severity,
        inside: words(&rule.inside),
        outside: words(&rule.outside),
        limits: rule.limits.0.iter().map(|(limit, value)| limit_row(limit, value)).collect(),
        raised,
        closed,
        cannot_judge: reasons.collect(),
        near_misses: near_misses.iter().filter(|(of, ..)| *of == rule.name).map(near_miss_row).collect(),
    }
}

/// Returns a value of a limit as the API gives it.
pub(super) fn value_of(limit: &Limit, value: &LimitValue) -> Value {
    match (value, limit.kind) {
        (LimitValue::Number(n), _) => Value::from(*n),
        (LimitValue::Words(words), LimitKind::OneOf(_)) => Value::from(words.first().copied()),
        (LimitValue::Words(words), _) => Value::from(words.clone()),
        (LimitValue::None, _) => Value::Null,
    }
}

fn limit_row(limit: &Limit, value: &LimitValue) -> LimitRow {
    let words = match limit.kind {
        LimitKind::OneOf(words) | LimitKind::SomeOf(words) => words.to_vec(),
        _ => Vec::new(),
    };
    let is_number = !matches!(limit.kind, LimitKind::OneOf(_) | LimitKind::SomeOf(_) | LimitKind::Codes);
    LimitRow {
        name: limit.name,
        value: value_of(limit, value),
        unit: limit.kind.unit().suffix().trim_start_matches('_'),
        bound: match limit.bound {
            Bound::AtLeast => "at_least",
            Bound::AtMost => "at_most",
            Bound::Under => "under",
            Bound::Setting => "setting",
        },
        optional: limit.is_optional,
        lowest: limit.least.map(|(least, _)| least).or((limit.may_be_zero && is_number).then_some(0.0)),
        highest: limit.under.map(|(end, _)| end).or((limit.kind == LimitKind::Share).then_some(1.0)),
        words,
        doc: limit.doc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::api::{Role, User};
    use crate::patterns::ALL;

    #[test]
    fn analysts_and_supervisors_change_rules_and_nobody_else() {
        let visitor = |role: Role, name: Option<&str>| {
            let user = name.map(|name| User { name: name.to_owned(), role });
            Some(Visitor { user, role, token: String::new() })
        };
        let status = |visitor, by: Option<&str>| match officer(&visitor, by.map(str::to_owned)) {
            Ok(name) => Ok(name),
            Err(Problem(status, _)) => Err(status),
        };
        for role in [Role::Viewer, Role::Officer] {
            assert_eq!(status(visitor(role, Some("joseph")), None), Err(StatusCode::FORBIDDEN));
        }
        for role in [Role::Analyst, Role::Supervisor] {
            let name = status(visitor(role, Some("grant")), Some("somebody else"));
            assert_eq!(name, Ok("grant".to_owned()), "a name that was not logged in does not count");
        }
        assert!(Role::Analyst < Role::Officer, "an analyst does not work on alerts");
        assert_eq!(status(visitor(Role::Supervisor, None), Some(" A. Grant ")), Ok("A. Grant".to_owned()));
        assert_eq!(status(visitor(Role::Supervisor, None), None), Err(StatusCode::UNPROCESSABLE_ENTITY));
        assert_eq!(status(None, Some("A. Grant")), Err(StatusCode::FORBIDDEN));
    }

    #[test]
    fn every_limit_has_a_row_whose_value_is_within_its_ends() {
        for limit in ALL.iter().flat_map(|pattern| pattern.limits) {
            let number = LimitValue::Number(limit.least.map_or(1.0, |(least, _)| least));
            let row = limit_row(limit, &number);
            let value = row.value.as_f64().expect("a number");
            assert!(row.lowest.is_none_or(|lowest| lowest <= value), "{}", row.name);
            assert!(row.highest.is_none_or(|highest| value <= highest), "{}", row.name);
            assert!(["", "kn", "m", "nm", "s", "ft", "deg"].contains(&row.unit), "{}", row.unit);
        }
    }
}
