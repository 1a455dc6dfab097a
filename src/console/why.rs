//! Why a track raises no alert, or why it raised one: the conditions of each rule, as its pattern compared them.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Source;
use super::api::Failure;
use super::guard::Problem;
use super::http::Shared;
use super::past::Answer;
use super::player::Unexplained;
use crate::analysis::explain::{self, RuleExplanation};
use crate::model::{Span, Time};

/// Time after its last report for which a track counts as heard.
const SILENT: Span = Span::from_secs(20);

#[derive(Deserialize, IntoParams)]
pub(super) struct OfRule {
    /// Name of a rule; every rule where absent. With it the answer has the judgements in their order, too.
    rule: Option<String>,
}

/// Findings of the rules about a track.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Why {
    /// Subject key of the track.
    track: String,
    /// Time of the newest report that the picture has of the track.
    heard: i64,
    /// Time that the answer is about: judgements until then count.
    at: i64,
    /// Time from which judgements are known. In a watch they are recorded from the first question on.
    #[schema(required)]
    since: Option<i64>,
    /// Whether judgements are recorded only as long as somebody asks at least every 15 seconds: those of a watch.
    is_live: bool,
    /// Whether the answer comes from the recordings of the watch: the track was silent since the first question.
    is_recorded: bool,
    /// Reason why nothing is known about a track of a watch that is silent: `not-recorded` (the watch has no `--record`),
    /// `not-in-recording`, `unreadable`; null otherwise.
    #[schema(required)]
    unknown: Option<&'static str>,
    /// Each rule, in the order of the configuration.
    rules: Vec<RuleExplanation>,
}

/// Returns what each rule found about a track: its conditions with value, limit, and whether it is met.
///
/// The answer about a recording is about the half hour before the moment that is shown. In a watch, judgements are recorded
/// from the first question on, and as long as questions come at least every 15 seconds: the first answer has none. About a track that
/// has been silent for 20 seconds the answer comes from the recordings of the watch, if there are any.
#[utoipa::path(get, path = "/api/v1/tracks/{id}/why",
    params(("id" = u32, Path, description = "Place of the track in the picture."), OfRule),
    responses((status = 200, body = Why), (status = 404, body = Failure), (status = 503, body = Failure)))]
pub(super) async fn why(
    State(console): Shared,
    Path(id): Path<u32>,
    Query(OfRule { rule }): Query<OfRule>,
) -> Result<Json<Why>, Problem> {
    let none = |text: &str| Problem(StatusCode::NOT_FOUND, text.to_owned());
    let Some((row, about)) = console.scene.track(id) else {
        return Err(none("this track is not in the picture"));
    };
    let unavailable = |why: Unexplained| Problem(StatusCode::SERVICE_UNAVAILABLE, why.to_string());
    let judged = console.explain(id).await.map_err(unavailable)?;
    if rule.as_ref().is_some_and(|name| judged.rules.iter().all(|rule| rule.name != *name)) {
        return Err(none("no rule of this name is in force"));
    }
    let newest = judged.judgements.iter().map(|judgement| judgement.time).max();
    let at = newest.map_or(console.now(), |newest| newest.max(console.now()));
    let (heard, is_live) = (Time(row.7), matches!(console.source, Source::Watch(_)));
    let mut why = Why {
        track: about.key.clone(),
        heard: heard.0,
        at: at.0,
        since: judged.since.map(|time| time.0),
        is_live,
        is_recorded: false,
        unknown: None,
        rules: explain::by_rule(&judged.rules, &judged.judgements, at, rule.as_deref()),
    };
    if is_live && newest.is_none() && console.now() - heard > SILENT {
        let answer = console.past.ask(&console, &about.key, heard).await;
        let answer = answer.ok_or_else(|| unavailable(Unexplained::Busy))?;
        why.unknown = answer.word();
        if let Answer::Found(mut rules, at, since) = answer {
            rules.retain(|found| rule.as_ref().is_none_or(|name| found.rule == *name));
            why = Why { at: at.0, since: Some(since.0), is_recorded: true, rules, ..why };
        }
    }
    if rule.is_none() {
        why.rules.iter_mut().for_each(|rule| rule.timeline.clear());
    }
    Ok(Json(why))
}
