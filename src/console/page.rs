//! Files of the page, which the program contains.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use include_dir::{Dir, include_dir};

use super::map::Packed;

/// Built page: `console/dist`, or a note on how to build it.
static PAGE: Dir<'static> = include_dir!("$OUT_DIR/console");
/// The page's files, compressed once, by path.
static PACKED: LazyLock<BTreeMap<String, Packed>> = LazyLock::new(|| {
    let mut packed = BTreeMap::new();
    pack(&PAGE, &mut packed);
    packed
});

fn pack(folder: &Dir<'static>, packed: &mut BTreeMap<String, Packed>) {
    for file in folder.files() {
        packed.insert(
            file.path().to_string_lossy().into_owned(),
            Packed::of(file.contents(), Compression::best()),
        );
    }
    folder.dirs().for_each(|inner| pack(inner, packed));
}

/// Serves a file of the page, compressed if the browser takes that; `/` is its first file.
pub(super) async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    let (Some(file), Some(packed)) = (PAGE.get_file(path), PACKED.get(path)) else {
        return (StatusCode::NOT_FOUND, "there is no such file\n").into_response();
    };
    // What is in assets/ has its hash in its name.
    let caching =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let head = [
        (header::CONTENT_TYPE, media_type(path)),
        (header::CACHE_CONTROL, caching),
        (header::ETAG, packed.etag.as_str()),
        (header::VARY, "accept-encoding"),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == packed.etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    match takes_gzip(&headers) {
        true => (head, [(header::CONTENT_ENCODING, "gzip")], packed.gzip.clone()).into_response(),
        false => (head, Body::from(file.contents())).into_response(),
    }
}

/// Returns whether a request accepts an answer that is compressed with gzip.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    accepted
        .split(',')
        .map(str::trim)
        .any(|one| one == "gzip" || one.starts_with("gzip;") && !one.ends_with("q=0"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().expect("a value"))).collect()
    }

    #[tokio::test]
    async fn the_page_is_compressed_for_browsers_that_take_it_and_is_not_sent_twice() {
        let get = |headers| file(Uri::from_static("/"), headers);
        let plain = get(asked(&[])).await;
        assert_eq!((plain.status(), plain.headers().get(header::CONTENT_ENCODING)), (StatusCode::OK, None));
        let packed = get(asked(&[(header::ACCEPT_ENCODING, "br, gzip;q=0.8")])).await;
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        let tag = packed.headers()[header::ETAG].to_str().expect("text").to_owned();
        let again = get(asked(&[(header::IF_NONE_MATCH, &tag)])).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert!(!takes_gzip(&asked(&[(header::ACCEPT_ENCODING, "br, gzip;q=0")])));
    }
}
