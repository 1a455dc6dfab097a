//! The page itself, which the program carries inside it.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};

/// The built page: `console/dist`, or a word on how to build it.
static PAGE: Dir<'static> = include_dir!("$OUT_DIR/console");

/// A file of the page; every path that is none is the page.
pub(super) async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let found = PAGE.get_file(path).filter(|_| !path.is_empty());
    if found.is_none() && (path.contains('.') || path.starts_with("assets/") || path.starts_with("api/")) {
        return (StatusCode::NOT_FOUND, "there is no such file\n").into_response();
    }
    let Some(file) = found.or_else(|| PAGE.get_file("index.html")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // What is in assets/ has its hash in its name.
    let caching =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let name = file.path().to_string_lossy();
    let takes_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("gzip"));
    let packed = PAGE.get_file(format!("{name}.gz")).filter(|_| takes_gzip);
    let head = [(header::CONTENT_TYPE, media_type(&name)), (header::CACHE_CONTROL, caching)];
    match packed {
        Some(packed) => {
            (head, [(header::CONTENT_ENCODING, "gzip")], Body::from(packed.contents())).into_response()
        }
        None => (head, Body::from(file.contents())).into_response(),
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
