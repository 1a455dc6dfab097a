//! The guard of every route: roles, tokens, and the headers that every answer has.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64ct::{Base64, Encoding};

use super::Console;
use super::access::{Refused, Visitor};
use super::api::{Failure, Role};
use super::connections::Admitted;
use super::tries::Client;

/// Name of the session's cookie.
const COOKIE: &str = "vigie-session";
/// Header in which a POST carries the session's token, to show that it comes from the page.
const TOKEN: &str = "x-vigie-token";
/// Content security policy: scripts, styles and data are the page's own, and no other page may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
                      connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Longest time for a request that brings a body, from its head to the answer.
const BODY: Duration = Duration::from_secs(30);
/// Beginning of the routes whose bodies may be long.
const UPLOADS: &str = "/api/v1/rules/recordings/";
/// Routes that answer without a session, besides the page: log-in and health checks.
const OPEN: [&str; 4] = ["/api/v1/session", "/api/v1/login", "/healthz", "/api/v1/openapi.json"];

/// Refusal of a request: status and text.
#[derive(Debug)]
pub(super) struct Problem(pub StatusCode, pub String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, axum::Json(Failure { error: self.1 })).into_response()
    }
}

/// Returns the secret in a request's cookie.
pub(super) fn secret(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Returns the cookie for a secret; an empty secret deletes the cookie.
pub(super) fn cookie(secret: &str, tls: bool) -> String {
    let age = if secret.is_empty() { "; Max-Age=0" } else { "" };
    let secure = if tls { "; Secure" } else { "" };
    format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict{secure}{age}")
}

/// Lets a request through with its visitor, or refuses it.
pub(super) async fn guard(State(console): State<Arc<Console>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let answer = match admit(&console, &parts).await {
        Ok(visitor) => {
            if let (Some(admitted), Some(visitor)) = (parts.extensions.get::<Admitted>(), &visitor) {
                admitted.admit(visitor.user.as_ref().map(|user| user.name.as_str()));
            }
            parts.extensions.insert(visitor);
            let reads = is_read(&parts.method);
            // An upload holds its own time, by what comes of it.
            let uploads = parts.method == Method::PUT && parts.uri.path().starts_with(UPLOADS);
            let answer = next.run(Request::from_parts(parts, body));
            match reads || uploads {
                true => answer.await,
                false => tokio::time::timeout(BODY, answer).await.unwrap_or_else(|_| {
                    Problem(StatusCode::REQUEST_TIMEOUT, "the request took too long".to_owned())
                        .into_response()
                }),
            }
        }
        Err(problem) => problem.into_response(),
    };
    with_headers(answer, console.tls)
}

async fn admit(console: &Console, parts: &Parts) -> Result<Option<Visitor>, Problem> {
    let (headers, path) = (&parts.headers, parts.uri.path());
    if !console.access.is_closed() && !names_this_machine(headers) {
        let text = "ask by localhost or 127.0.0.1".to_owned();
        return Err(Problem(StatusCode::MISDIRECTED_REQUEST, text));
    }
    if path.starts_with("/api/") && is_from_another_site(headers) {
        let text = "another site's page may not ask this console".to_owned();
        return Err(Problem(StatusCode::FORBIDDEN, text));
    }
    let mut visitor = console.access.visitor(secret(headers));
    let read = is_read(&parts.method);
    if visitor.is_none() && read {
        let client = client_of(parts.extensions.get());
        visitor = by_password(console, headers, client).await?;
    }
    let is_page = !path.starts_with("/api/") && !["/metrics", "/readyz"].contains(&path);
    let open = OPEN.contains(&path) || is_page && read;
    match &visitor {
        None if open => Ok(None),
        None => Err(Problem(StatusCode::UNAUTHORIZED, "log in first".to_owned())),
        Some(known) if !read && path != "/api/v1/login" => {
            let token = headers.get(TOKEN).and_then(|token| token.to_str().ok()).unwrap_or_default();
            match is_equal(token, &known.token) {
                true => Ok(visitor),
                false => {
                    let text = "the header X-Vigie-Token is missing or old: load the page again".to_owned();
                    Err(Problem(StatusCode::FORBIDDEN, text))
                }
            }
        }
        Some(_) => Ok(visitor),
    }
}

/// Returns the visitor of a program that brings its user's password with a request (RFC 7617); reading only.
async fn by_password(
    console: &Console,
    headers: &HeaderMap,
    client: Client,
) -> Result<Option<Visitor>, Problem> {
    let Some(given) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    let decoded = given.strip_prefix("Basic ").and_then(|pair| Base64::decode_vec(pair.trim()).ok());
    let pair = decoded.and_then(|pair| String::from_utf8(pair).ok());
    let Some((name, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) else {
        return Ok(None);
    };
    match console.access.check(name, password, client).await {
        Ok(user) => Ok(Some(Visitor { role: user.role, user: Some(user), token: String::new() })),
        Err(refused) => Err(refused.into()),
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        let (status, text) = match refused {
            Refused::Wrong => (StatusCode::UNAUTHORIZED, "name or password is wrong"),
            Refused::TooOften => (StatusCode::TOO_MANY_REQUESTS, "too many wrong tries: wait five minutes"),
            Refused::Busy => {
                (StatusCode::SERVICE_UNAVAILABLE, "other log-ins are being checked: try again in a moment")
            }
            Refused::NoUsers => {
                (StatusCode::SERVICE_UNAVAILABLE, "the file of users cannot be read: see [http] users_file")
            }
        };
        Problem(status, text.to_owned())
    }
}

/// Returns whether the host name of a request is this machine's: another site's page that a browser here shows would ask by
/// another name.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    ["localhost", "127.0.0.1", "[::1]"].contains(&name)
}

/// Returns whether a browser says that the page of another site asks (W3C Fetch Metadata). Programs other than browsers say
/// nothing of that.
fn is_from_another_site(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    site.is_some_and(|site| ![b"same-origin".as_slice(), b"none"].contains(&site))
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Returns the client of a request; one that came over no connection, as in a test, is this machine.
pub(super) fn client_of(client: Option<&Client>) -> Client {
    client.copied().unwrap_or_else(|| Client::from(IpAddr::from(Ipv4Addr::LOCALHOST)))
}

/// Compares two texts in a time that does not depend on where they differ.
fn is_equal(a: &str, b: &str) -> bool {
    a.len() == b.len()
        && a.bytes().zip(b.bytes()).fold(0, |differs, (a, b)| differs | a ^ b) == 0
        && !a.is_empty()
}

fn with_headers(mut answer: Response<Body>, tls: bool) -> Response<Body> {
    let headers = answer.headers_mut();
    let mut say = |name: &'static str, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    say("content-security-policy", POLICY);
    say("x-content-type-options", "nosniff");
    say("referrer-policy", "no-referrer");
    say("cross-origin-opener-policy", "same-origin");
    say("cross-origin-resource-policy", "same-origin");
    say("cache-control", "no-store");
    if tls {
        say("strict-transport-security", "max-age=31536000");
    }
    answer
}

/// Returns the role of a visitor whom the guard let through.
pub(super) fn role_of(visitor: &Option<Visitor>) -> Role {
    visitor.as_ref().map_or(Role::Viewer, |visitor| visitor.role)
}
