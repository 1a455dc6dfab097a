//! Files of the page, which the program contains.

use axum::body::Body;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};

/// Built page: `console/dist`, or a note on how to build it.
static PAGE: Dir<'static> = include_dir!("$OUT_DIR/console");

/// Serves a file of the page; `/` is its first file.
pub(super) async fn file(uri: Uri) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    let Some(file) = PAGE.get_file(path) else {
        return (StatusCode::NOT_FOUND, "there is no such file\n").into_response();
    };
    // What is in assets/ has its hash in its name.
    let caching =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let head = [(header::CONTENT_TYPE, media_type(path)), (header::CACHE_CONTROL, caching)];
    (head, Body::from(file.contents())).into_response()
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
