//! What listens: metrics, health and readiness, for this machine alone.

mod metrics;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::feed::clock;
use crate::health::Board;
use crate::model::Span;
use crate::telemetry;

/// The engine counts each second; one that has not for so long hangs.
const ENGINE_HANGS: Span = Span::from_secs(15);

/// Listens until it is aborted.
///
/// # Errors
/// The address is taken, or is not this machine's.
pub async fn serve(address: SocketAddr, board: Arc<Board>) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let named = || format!("cannot listen on {address}: see [http] in the configuration");
    let listener = tokio::net::TcpListener::bind(address).await.with_context(named)?;
    let address = listener.local_addr().with_context(named)?;
    tracing::info!(event = telemetry::LISTENING, %address, "metrics and health");
    let app = router(board);
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).await {
            tracing::error!(event = telemetry::LISTENING, %error, "metrics and health are gone");
        }
    }))
}

fn router(board: Arc<Board>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(board)
        .layer(middleware::from_fn(by_its_own_name))
}

/// A page of somebody else's that a browser here shows must not read this: it would ask by another name.
async fn by_its_own_name(headers: HeaderMap, request: Request, next: Next) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    match ["localhost", "127.0.0.1", "[::1]"].contains(&name) {
        true => next.run(request).await,
        false => (StatusCode::MISDIRECTED_REQUEST, "ask by localhost or 127.0.0.1\n").into_response(),
    }
}

async fn metrics(State(board): State<Arc<Board>>) -> impl IntoResponse {
    let text = metrics::render(&board.note(), clock::now());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// Whether the process works at all: what does not is mended by starting it anew.
async fn healthz(State(board): State<Arc<Board>>) -> (StatusCode, String) {
    let health = board.note();
    match clock::now() - health.engine_spoke.unwrap_or(health.since) {
        quiet if quiet > ENGINE_HANGS => {
            let since = quiet.secs().round();
            (StatusCode::SERVICE_UNAVAILABLE, format!("the engine has said nothing for {since} s\n"))
        }
        _ => (StatusCode::OK, "ok\n".to_owned()),
    }
}

/// Whether it watches and its alerts get out.
async fn readyz(State(board): State<Arc<Board>>) -> (StatusCode, String) {
    let health = board.note();
    let mut lacks = Vec::new();
    if !health.broker.connected {
        lacks.push(format!("broker: {}", health.broker.reason.as_deref().unwrap_or("not connected yet")));
    }
    if let Some(error) = &health.disk_error {
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
