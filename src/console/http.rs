//! Routes: the API of `/api/v1` with its description, monitoring, and the page for everything else.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::access::Visitor;
use super::api::{
    Accepted, AlertRow, Failure, Found, LogLine, Login, Marked, PictureFrame, PlayerCommand, PlayerState,
    Rewind, Role, Session, Silence, TrackAbout, TrailRow,
};
use super::debrief::{self, Debrief};
use super::export::Form;
use super::guard::{self, Problem, cookie, role_of, secret};
use super::map::Packed;
use super::marks::ListOfCentre;
use super::player::Player;
use super::trials::uploads;
use super::tries::Client;
use super::{Console, Source, brief, export, map, metrics, openapi, page, rules, stream, trials, why};
use crate::clock;
use crate::health::status::{self, Status};
use crate::model::{AlertMessage, Span, Time};
use crate::sharing::explain::{Explained, explain};
use crate::wire::actions::{Asked, Written};

/// An engine that has not counted for this long hangs; it counts each second.
const ENGINE_HANGS: Span = Span::from_secs(15);
/// Largest body of a request, bytes.
const LARGEST: usize = 64 * 1024;
/// Most alerts that one action may be for.
const MOST_ALERTS: usize = 200;
/// Most results of a search.
const MOST_FOUND: usize = 20;
/// Most lines of the watch log in one answer.
const MOST_LINES: usize = 1_000;

pub(super) type Shared = State<Arc<Console>>;
pub(super) type Who = Extension<Option<Visitor>>;

/// Head of the API's description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vigie",
        description = "Data that a console of Vigie shows, and actions of officers. Times are milliseconds since 1970 UTC unless a name says otherwise; positions are longitude and latitude, WGS 84.",
    ),
    components(schemas(PictureFrame<'static>, TrackAbout, Marked, Silence, Failure))
)]
struct Description;

/// Returns the router of everything that listens.
pub(super) fn router(console: Arc<Console>) -> Router {
    let (app, description) = api().split_for_parts();
    let description = format!("{:#}", openapi::described(description));
    let describe = move || async move { ([(header::CONTENT_TYPE, "application/json")], description) };
    app.route("/api/v1/openapi.json", get(describe))
        .route("/metrics", get(tell_metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .fallback(get(page::file))
        .layer(axum::extract::DefaultBodyLimit::max(LARGEST))
        .layer(middleware::from_fn_with_state(Arc::clone(&console), guard::guard))
        .with_state(console)
}

fn api() -> OpenApiRouter<Arc<Console>> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(session))
        .routes(routes!(login))
        .routes(routes!(logout))
        .routes(routes!(live))
        .routes(routes!(tracks))
        .routes(routes!(trail))
        .routes(routes!(why::why))
        .routes(routes!(trials::all, trials::begin))
        .routes(routes!(trials::one, trials::cancel))
        .routes(routes!(trials::recorded))
        .routes(routes!(uploads::upload, uploads::remove))
        .routes(routes!(rewind))
        .routes(routes!(search))
        .routes(routes!(alerts))
        .routes(routes!(sharing))
        .routes(routes!(shared_lists))
        .routes(routes!(act))
        .routes(routes!(health))
        .routes(routes!(coverage))
        .routes(routes!(layer))
        .routes(routes!(watch_log))
        .routes(routes!(relief))
        .routes(routes!(exported))
        .routes(routes!(traced))
        .routes(routes!(playing, play))
        .routes(routes!(debriefed))
        .routes(routes!(rules::in_force))
        .routes(routes!(rules::versions))
        .routes(routes!(rules::force))
        .routes(routes!(rules::before, rules::back))
        .routes(routes!(rules::label))
}

/// Returns the description of the API, OpenAPI 3.1, as JSON.
pub fn openapi() -> String {
    format!("{:#}", openapi::described(api().into_openapi()))
}

fn session_of(console: &Console, visitor: Option<&Visitor>) -> Session {
    let stamp = &console.stamp;
    Session {
        node: stamp.node.clone(),
        state: stamp.state.clone(),
        version: env!("CARGO_PKG_VERSION"),
        centres: console.scene.queue().region().described(),
        mode: console.mode,
        exercise: stamp.exercise.clone(),
        first_due: console.first_due.map(|due| due.0),
        login_required: console.access.is_closed(),
        user: visitor.and_then(|visitor| visitor.user.clone()),
        role: visitor.map_or(Role::Viewer, |visitor| visitor.role),
        token: visitor.map_or(String::new(), |visitor| visitor.token.clone()),
    }
}

/// Returns the node and mode of this console, and the rights of the session.
#[utoipa::path(get, path = "/api/v1/session", responses((status = 200, body = Session)))]
async fn session(State(console): Shared, Extension(visitor): Who) -> Json<Session> {
    Json(session_of(&console, visitor.as_ref()))
}

/// Logs a user in: the answer sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/login", request_body = Login, responses(
    (status = 200, body = Session), (status = 401, body = Failure), (status = 429, body = Failure),
    (status = 503, body = Failure)))]
async fn login(
    State(console): Shared,
    client: Option<Extension<Client>>,
    body: Result<Json<Login>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(Login { name, password }) = body.map_err(unreadable)?;
    if !console.access.is_closed() {
        return Err(Problem(StatusCode::NOT_FOUND, "this console asks for no log-in".to_owned()));
    }
    let client = guard::client_of(client.as_deref());
    let (secret, visitor) = match console.access.log_in(&name, &password, client).await {
        Ok(in_) => in_,
        Err(refused) => {
            let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            tracing::warn!(event = crate::telemetry::LOG_IN, name, why = ?refused, "log-in refused");
            return Err(refused.into());
        }
    };
    tracing::info!(event = crate::telemetry::LOG_IN, name, role = ?visitor.role, "logged in");
    let head = AppendHeaders([(header::SET_COOKIE, cookie(&secret, console.tls))]);
    Ok((head, Json(session_of(&console, Some(&visitor)))).into_response())
}

/// Ends the session.
#[utoipa::path(post, path = "/api/v1/logout", responses((status = 204)))]
async fn logout(State(console): Shared, headers: HeaderMap) -> Response {
    if let Some(secret) = secret(&headers) {
        console.access.log_out(secret);
    }
    (StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie("", console.tls))])).into_response()
}

/// Opens a stream of server-sent events.
///
/// The event's name tells the type of its data: `session` (Session, first of all), `picture` (PictureFrame, each second; the
/// first is full, and so is one after the client fell behind), `alerts` (all AlertRows, after connecting), `alert` (an AlertRow
/// that changed), `marks` (all Marked, on every change), `silences` (all Silences, on every change),
/// `map` (the entity tag of the zones, when zones or places are reloaded), `health` (Status, every 2 s), `player` (PlayerState, where a recording
/// is played), `real` (Alert: a real distress during an exercise). A picture that does not come for 10 s is stale.
#[utoipa::path(get, path = "/api/v1/stream", responses(
    (status = 200, content_type = "text/event-stream", body = String), (status = 503, body = Failure)))]
async fn live(
    State(console): Shared,
    client: Option<Extension<Client>>,
    Extension(visitor): Who,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let holder = match visitor.as_ref().and_then(|visitor| visitor.user.as_ref()) {
        Some(user) => user.name.clone(),
        None => guard::client_of(client.as_deref()).to_string(),
    };
    let place = console.streams.take(holder);
    let place = place.map_err(|full| Problem(StatusCode::SERVICE_UNAVAILABLE, full.to_string()))?;
    let session = serde_json::to_string(&session_of(&console, visitor.as_ref())).unwrap_or_default();
    let health = status::render(&console.board.note(), console.stamp.identity(), console.health_now());
    let (access, secret) = (Arc::clone(&console.access), secret(&headers).map(str::to_owned));
    let by_cookie = access.visitor(secret.as_deref()).is_some();
    // Who brought a password with the request has no session that could end.
    let still_may = Box::new(move || !by_cookie || access.visitor(secret.as_deref()).is_some());
    let first = vec![("session", session.into()), ("health", health.into())];
    let takes_gzip = page::takes_gzip(&headers);
    Ok(stream::stream(Arc::clone(&console.scene), first, still_may, place, takes_gzip))
}

/// Returns the picture: every track, as in a full frame of the stream.
#[utoipa::path(get, path = "/api/v1/tracks", responses((status = 200, body = PictureFrame<'static>)))]
async fn tracks(State(console): Shared) -> impl IntoResponse {
    let text = console.scene.frame().full();
    ([(header::CONTENT_TYPE, "application/json")], text.to_string())
}

/// Returns the positions of a track in the last half hour, oldest first.
#[utoipa::path(get, path = "/api/v1/tracks/{id}/trail",
    params(("id" = u32, Path, description = "Place of the track in the picture.")),
    responses((status = 200, body = Vec<TrailRow>)))]
async fn trail(State(console): Shared, Path(id): Path<u32>) -> Json<Vec<TrailRow>> {
    Json(console.scene.trail(id))
}

/// Returns the last half hour, a frame each ten seconds.
#[utoipa::path(get, path = "/api/v1/rewind", responses((status = 200, body = Rewind)))]
async fn rewind(State(console): Shared) -> Json<Rewind> {
    Json(console.scene.rewind())
}

#[derive(Deserialize, IntoParams)]
struct Asks {
    /// Name, MMSI, IMO number, call sign, ICAO address, or number of an alert; a part is enough.
    q: String,
}

/// Searches tracks and alerts by name or number: at most 20, those that begin with the text first.
/// The journal records who searched.
#[utoipa::path(get, path = "/api/v1/search", params(Asks), responses((status = 200, body = Vec<Found>),
    (status = 422, body = Failure), (status = 429, body = Failure), (status = 503, body = Failure)))]
async fn search(
    State(console): Shared,
    Extension(visitor): Who,
    Query(Asks { q }): Query<Asks>,
) -> Result<Json<Vec<Found>>, Problem> {
    let wanted = q.trim().to_uppercase();
    if wanted.is_empty() {
        return Ok(Json(Vec::new()));
    }
    console.note_read(&visitor, "search", q.trim()).await?;
    let mut found: Vec<(bool, Found)> = Vec::new();
    let frame = console.scene.frame();
    for (row, about) in frame.tracks.iter() {
        let numbers = [about.mmsi, about.imo].map(|number| number.map(|number| number.to_string()));
        let texts = [
            &about.name,
            &about.call_sign,
            &about.icao,
            &about.number,
            &about.label,
            &Some(about.key.clone()),
        ]
        .map(|text| text.as_ref().map(|t| t.to_uppercase()));
        let words = numbers.into_iter().chain(texts).flatten();
        let places: Vec<usize> = words.filter_map(|word| word.find(&wanted)).collect();
        if let Some(first) = places.into_iter().min() {
            let own = about.name.as_ref().or(about.call_sign.as_ref());
            let name = own.or(about.number.as_ref()).unwrap_or(&about.key);
            let label = match (about.mmsi, &about.number) {
                (Some(mmsi), _) => format!("{name} ({mmsi})"),
                (None, Some(_)) => format!("{name} ({})", about.key),
                (None, None) => name.clone(),
            };
            found.push((first > 0, Found::Track { id: row.0, key: about.key.clone(), label }));
        }
    }
    for row in console.scene.queue().rows().filter(|row| row.number.to_string() == wanted) {
        found.push((false, Found::Alert { id: row.id.clone(), label: format!("alert {}", row.number) }));
    }
    found.sort_by_key(|(within, _)| *within);
    Ok(Json(found.into_iter().map(|(_, found)| found).take(MOST_FOUND).collect()))
}

/// Returns the alert queue.
#[utoipa::path(get, path = "/api/v1/alerts", responses((status = 200, body = Vec<AlertRow>)))]
async fn alerts(State(console): Shared) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], console.scene.queue_text().to_string())
}

/// An officer's action; `openapi` describes it in full.
#[derive(Deserialize, ToSchema)]
#[schema(as = Action)]
struct ActionRequest {
    #[serde(default)]
    alerts: Vec<String>,
    #[serde(default)]
    by: Option<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    action: serde_json::Map<String, serde_json::Value>,
}

/// Accepts an action of an officer. The action is done when the stream shows it, which is after it is on disk.
#[utoipa::path(post, path = "/api/v1/actions", request_body = ActionRequest, responses((status = 202, body = Accepted),
    (status = 403, body = Failure), (status = 409, body = Failure), (status = 422, body = Failure)))]
async fn act(
    State(console): Shared,
    Extension(visitor): Who,
    body: Result<Json<ActionRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let Json(ActionRequest { alerts, by, action }) = body.map_err(unreadable)?;
    let role = role_of(&visitor);
    if role < Role::Officer {
        return Err(Problem(StatusCode::FORBIDDEN, "your role looks, and does not act".to_owned()));
    }
    let by = match visitor.and_then(|visitor| visitor.user) {
        Some(user) => user.name,
        None => by.unwrap_or_default(),
    };
    let wrong = |text: String| Problem(StatusCode::UNPROCESSABLE_ENTITY, text);
    if alerts.len() > MOST_ALERTS {
        return Err(wrong(format!("at most {MOST_ALERTS} alerts at once")));
    }
    let many = if alerts.is_empty() { vec![None] } else { alerts.into_iter().map(Some).collect() };
    let mut actions = Vec::new();
    for alert in many {
        let mut one = action.clone();
        if let Some(alert) = alert {
            one.insert("alert".to_owned(), alert.into());
        }
        let asked: Asked = serde_json::from_value(one.into()).map_err(|error| wrong(error.to_string()))?;
        may(&console, &asked, &by, role)?;
        actions.push(Written::new(asked, &by, console.now()).map_err(|error| wrong(error.to_string()))?);
    }
    let taken = actions.len();
    for action in actions {
        if !console.act(action).await {
            return Err(Problem(StatusCode::SERVICE_UNAVAILABLE, "the watch is ending".to_owned()));
        }
    }
    Ok((StatusCode::ACCEPTED, Json(Accepted { taken })))
}

/// Checks that the alert is known and that no other officer has claimed it.
fn may(console: &Console, asked: &Asked, by: &str, role: Role) -> Result<(), Problem> {
    let (alert, works) = match asked {
        Asked::Assign { alert, .. } | Asked::Close { alert, .. } | Asked::Reopen { alert } => (alert, true),
        Asked::Acknowledge { alert }
        | Asked::Comment { alert, .. }
        | Asked::Mute { alert }
        | Asked::Hold { alert }
        | Asked::Release { alert }
        | Asked::Disclose { alert, .. }
        | Asked::Withhold { alert, .. } => (alert, false),
        Asked::Offer { alert, .. }
        | Asked::Accept { alert }
        | Asked::Refuse { alert, .. }
        | Asked::Take { alert, .. } => (alert, true),
        Asked::Unmark { mark } => return may_unmark(console, mark),
        _ => return Ok(()),
    };
    if let Asked::Disclose { to, .. } | Asked::Withhold { to, .. } = asked {
        let (_, rules) = console.in_force.get();
        if !rules.recipients().any(|centre| centre.name == *to) {
            let text = format!("\"{to}\" is no other centre of this configuration");
            return Err(Problem(StatusCode::UNPROCESSABLE_ENTITY, text));
        }
    }
    let queue = console.scene.queue();
    let Some(row) = queue.row(alert) else {
        return Err(Problem(StatusCode::NOT_FOUND, "this console knows no such alert".to_owned()));
    };
    queue.region().check(row, asked).map_err(|why| Problem(StatusCode::CONFLICT, why.to_string()))?;
    match &row.assigned {
        Some(claim) if works && claim.to != by && role < Role::Supervisor && row.closed.is_none() => {
            let text = format!("alert {} is {}'s: ask for it to be handed over", row.number, claim.to);
            Err(Problem(StatusCode::CONFLICT, text))
        }
        _ => Ok(()),
    }
}

/// Checks that a mark is not one of another centre.
fn may_unmark(console: &Console, mark: &str) -> Result<(), Problem> {
    match console.scene.queue().marked_by(mark) {
        None => Ok(()),
        Some(centre) => {
            let text = format!("{centre} put this mark on the picture, and alone takes it away");
            Err(Problem(StatusCode::CONFLICT, text))
        }
    }
}

/// Returns for an alert which centre gets it, in which form and by which share, and why the others do not.
#[utoipa::path(get, path = "/api/v1/alerts/{id}/sharing", params(("id" = String, Path, description = "Id of the alert.")),
    responses((status = 200, body = Vec<Explained>), (status = 404, body = Failure)))]
async fn sharing(State(console): Shared, Path(id): Path<String>) -> Result<Json<Vec<Explained>>, Problem> {
    let queue = console.scene.queue();
    let read = queue.row(&id).and_then(|row| AlertMessage::read(row.alert.get()).ok());
    let Some(message) = read else {
        return Err(Problem(StatusCode::NOT_FOUND, "this console knows no such alert".to_owned()));
    };
    let (_, rules) = console.in_force.get();
    let by_hand = |centre: &str| queue.by_hand(&id, centre).cloned();
    Ok(Json(explain(&rules, &message, by_hand, console.now())))
}

/// Returns the lists of vessels that other centres shared with this one. The journal records who read them.
#[utoipa::path(get, path = "/api/v1/lists", responses((status = 200, body = Vec<ListOfCentre>),
    (status = 429, body = Failure), (status = 503, body = Failure)))]
async fn shared_lists(
    State(console): Shared,
    Extension(visitor): Who,
) -> Result<Json<Vec<ListOfCentre>>, Problem> {
    console.note_read(&visitor, "lists", "of other centres").await?;
    Ok(Json(console.scene.queue().shared_lists()))
}

/// Returns the status of the node, `vigie.status/1`, as on `vigie/<node>/status`.
#[utoipa::path(get, path = "/api/v1/health", responses((status = 200, body = Status<'static>)))]
async fn health(State(console): Shared) -> impl IntoResponse {
    let text = status::render(&console.board.note(), console.stamp.identity(), console.health_now());
    ([(header::CONTENT_TYPE, "application/json")], text)
}

/// Returns GeoJSON: the sites of the feeds, the areas that receivers lately heard, and the reach of radars.
#[utoipa::path(get, path = "/api/v1/coverage", responses((status = 200, body = Object)))]
async fn coverage(State(console): Shared) -> impl IntoResponse {
    let text = map::coverage(&console.feeds, &console.scene.heard(), &console.board.note());
    ([(header::CONTENT_TYPE, "application/geo+json")], text)
}

/// Returns a layer of the map, GeoJSON: `coast`, `depths`, `zones` or `places`.
#[utoipa::path(get, path = "/api/v1/map/{layer}", params(("layer" = String, Path, description = "Name of the layer.")),
    responses((status = 200, body = Object), (status = 404, body = Failure)))]
async fn layer(
    State(console): Shared,
    Path(layer): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let map = console.in_force.map();
    let Packed { etag, gzip } = match layer.as_str() {
        "coast" => &map.coast,
        "depths" => &map.depths,
        "zones" => &map.zones,
        "places" => &map.places,
        _ => {
            return Err(Problem(
                StatusCode::NOT_FOUND,
                "there are coast, depths, zones and places".to_owned(),
            ));
        }
    };
    let head = [
        (header::ETAG, etag.as_str()),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_TYPE, "application/geo+json"),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    Ok((head, [(header::CONTENT_ENCODING, "gzip")], gzip.clone()).into_response())
}

#[derive(Deserialize, IntoParams)]
struct Since {
    /// Time of the oldest line, milliseconds UTC; the whole log where absent.
    since: Option<i64>,
}

/// Returns the watch log, newest first: at most 1000 lines.
#[utoipa::path(get, path = "/api/v1/log", params(Since), responses((status = 200, body = Vec<LogLine>)))]
async fn watch_log(State(console): Shared, Query(Since { since }): Query<Since>) -> Json<Vec<LogLine>> {
    let since = Time(since.unwrap_or(i64::MIN));
    Json(console.scene.queue().log(since).take(MOST_LINES).cloned().collect())
}

/// Returns the relief brief, plain text.
#[utoipa::path(get, path = "/api/v1/brief", responses((status = 200, body = String)))]
async fn relief(State(console): Shared) -> String {
    let (label, health) = (console.label(true, true), console.board.note().clone());
    brief::brief(&label, &console.scene.queue(), &health, console.now())
}

/// Exports `tracks` or `alerts` as `.geojson`, `.kml` or `.csv`. The journal records who exported.
#[utoipa::path(get, path = "/api/v1/export/{file}", params(("file" = String, Path, description = "Name of the file: tracks.csv, alerts.kml …")),
    responses((status = 200, body = String), (status = 404, body = Failure), (status = 429, body = Failure),
    (status = 503, body = Failure)))]
async fn exported(
    State(console): Shared,
    Extension(visitor): Who,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let none = || {
        let text = "there are tracks and alerts, as .geojson, .kml and .csv".to_owned();
        Problem(StatusCode::NOT_FOUND, text)
    };
    let (what, extension) = file.split_once('.').ok_or_else(none)?;
    let form = Form::of(extension).ok_or_else(none)?;
    if !matches!(what, "tracks" | "alerts") {
        return Err(none());
    }
    console.note_read(&visitor, "export", &file).await?;
    let label = console.label(what == "alerts", what == "tracks");
    let text = match what {
        "tracks" => export::tracks(&console.scene.frame(), form, &label),
        _ => export::alerts(console.scene.queue().rows(), &console.scene.frame(), form, &label),
    };
    let name = format!("attachment; filename=\"{}\"", label.file_name(what, extension));
    Ok(([(header::CONTENT_TYPE, form.media_type()), (header::CONTENT_DISPOSITION, name.as_str())], text)
        .into_response())
}

#[derive(Deserialize, IntoParams)]
struct Lasting {
    /// Seconds from now on, 1 to 60; 10 where absent.
    seconds: Option<u64>,
}

/// Returns the path of reports from now on, for supervisors: an OpenTelemetry `ExportTraceServiceRequest`, which a collector
/// takes at `/v1/traces`.
#[utoipa::path(get, path = "/api/v1/traces", params(Lasting), responses((status = 200, body = Object),
    (status = 403, body = Failure), (status = 404, body = Failure), (status = 409, body = Failure), (status = 422, body = Failure)))]
async fn traced(
    State(console): Shared,
    Extension(visitor): Who,
    Query(Lasting { seconds }): Query<Lasting>,
) -> Result<Json<serde_json::Value>, Problem> {
    if role_of(&visitor) < Role::Supervisor {
        return Err(Problem(StatusCode::FORBIDDEN, "traces are for supervisors".to_owned()));
    }
    if matches!(console.source, Source::Player(_)) {
        return Err(Problem(
            StatusCode::NOT_FOUND,
            "a recording is played here, and nothing is watched".to_owned(),
        ));
    }
    let seconds = seconds.unwrap_or(10);
    if !(1..=60).contains(&seconds) {
        return Err(Problem(StatusCode::UNPROCESSABLE_ENTITY, "from 1 to 60 seconds".to_owned()));
    }
    let Some(asked) = console.board.traces.ask() else {
        return Err(Problem(
            StatusCode::CONFLICT,
            "somebody else asks for traces: ask again when he has them".to_owned(),
        ));
    };
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    Ok(Json(asked.told(&console.stamp.node, clock::nanos().cast_unsigned())))
}

fn player(console: &Console) -> Result<&Player, Problem> {
    match &console.source {
        Source::Player(player) => Ok(player),
        Source::Watch(_) => Err(Problem(StatusCode::NOT_FOUND, "no recording is played here".to_owned())),
    }
}

/// Returns the state of the player of a recording.
#[utoipa::path(get, path = "/api/v1/player", responses((status = 200, body = PlayerState), (status = 404, body = Failure)))]
async fn playing(State(console): Shared) -> Result<Json<PlayerState>, Problem> {
    Ok(Json(player(&console)?.state()))
}

/// Controls the player, for supervisors. A message that an exercise's director injects comes as from the feed of its topic.
#[utoipa::path(post, path = "/api/v1/player", request_body = PlayerCommand, responses((status = 202),
    (status = 403, body = Failure), (status = 404, body = Failure), (status = 422, body = Failure)))]
async fn play(
    State(console): Shared,
    Extension(visitor): Who,
    body: Result<Json<PlayerCommand>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(command) = body.map_err(unreadable)?;
    if role_of(&visitor) < Role::Supervisor {
        return Err(Problem(StatusCode::FORBIDDEN, "a supervisor plays the recording".to_owned()));
    }
    match player(&console)?.command(command) {
        Ok(true) => Ok(StatusCode::ACCEPTED),
        Ok(false) => Err(Problem(StatusCode::SERVICE_UNAVAILABLE, "the player has ended".to_owned())),
        Err(wrong) => Err(Problem(StatusCode::UNPROCESSABLE_ENTITY, wrong.to_string())),
    }
}

/// Returns the debrief of an exercise, for supervisors: the truth beside the alerts and the watch's actions.
#[utoipa::path(get, path = "/api/v1/debrief", responses((status = 200, body = Debrief), (status = 403, body = Failure),
    (status = 404, body = Failure)))]
async fn debriefed(State(console): Shared, Extension(visitor): Who) -> Result<Json<Debrief>, Problem> {
    if role_of(&visitor) < Role::Supervisor {
        return Err(Problem(StatusCode::FORBIDDEN, "what really was is for supervisors".to_owned()));
    }
    let Some(truth) = &console.truth else {
        let text = "nothing is known of what really was: replay with --truth FILE".to_owned();
        return Err(Problem(StatusCode::NOT_FOUND, text));
    };
    let label = console.label(true, false);
    let made = debrief::debrief(truth, &console.scene.queue(), label, console.now());
    made.map(Json).map_err(|wrong| Problem(StatusCode::INTERNAL_SERVER_ERROR, wrong.to_string()))
}

async fn tell_metrics(State(console): Shared) -> impl IntoResponse {
    let text = metrics::render(&console.board.note(), clock::now());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// Answers whether the process works at all; a restart mends it where it does not.
async fn healthz(State(console): Shared) -> (StatusCode, String) {
    let health = console.board.note();
    match clock::now() - health.engine_spoke.unwrap_or(health.since) {
        quiet if quiet > ENGINE_HANGS => {
            let since = quiet.secs().round();
            (StatusCode::SERVICE_UNAVAILABLE, format!("the engine has said nothing for {since} s\n"))
        }
        _ => (StatusCode::OK, "ok\n".to_owned()),
    }
}

/// Answers whether the node watches and its alerts leave it.
async fn readyz(State(console): Shared) -> (StatusCode, String) {
    let health = console.board.note();
    let mut lacks = Vec::new();
    if !health.broker.connected {
        lacks.push(format!("broker: {}", health.broker.reason.as_deref().unwrap_or("not connected yet")));
    }
    if let Some(error) = health.disk_fault() {
        lacks.push(format!("journal: {error}"));
    }
    if let Some(error) = &health.input_error {
        lacks.push(format!("input log: {error}"));
    }
    if !health.feeds.is_empty() && health.feeds.iter().all(|feed| feed.silent_since.is_some()) {
        lacks.push("every feed is silent".to_owned());
    }
    match lacks.is_empty() {
        true => (StatusCode::OK, "ready\n".to_owned()),
        false => (StatusCode::SERVICE_UNAVAILABLE, lacks.join("\n") + "\n"),
    }
}

pub(super) fn unreadable(rejection: JsonRejection) -> Problem {
    Problem(StatusCode::UNPROCESSABLE_ENTITY, rejection.body_text())
}
