//! How this node is, for `vigie/<node>/status`: `vigie.status/1`, retained, with a last will that says `offline`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{FeedHealth, Health};
use crate::model::Time;

/// The node that a status is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Name of the node.
    pub node: &'a str,
    /// Name of the exercise; `None` for the real thing.
    pub exercise: Option<&'a str>,
}

/// What the node says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Watching.
    Watching,
    /// Ended, or its connection is lost.
    Offline,
}

#[derive(Serialize)]
struct Status<'a> {
    schema: &'static str,
    node: &'a str,
    exercise: Option<&'a str>,
    state: &'static str,
    #[serde(flatten)]
    body: Option<Body<'a>>,
}

#[derive(Serialize)]
struct Body<'a> {
    time: String,
    since: String,
    broker: Broker<'a>,
    feeds: Vec<Feed<'a>>,
    alerts: Alerts<'a>,
    journal: Journal<'a>,
    actions: Actions,
    input: Intake,
    engine: Engine<'a>,
}

#[derive(Serialize)]
struct Broker<'a> {
    state: &'static str,
    since: String,
    reason: Option<&'a str>,
    connections: u64,
    failed_tries: u64,
}

#[derive(Serialize)]
struct Feed<'a> {
    name: &'a str,
    state: &'static str,
    silent_since: Option<String>,
    last_arrival: Option<String>,
    last_report: Option<String>,
    lag_s: Option<f64>,
    clock_offset_s: Option<f64>,
    reports_per_min: u64,
    messages: u64,
    reports: u64,
    retained: u64,
    errors: BTreeMap<&'a str, u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    registration: Vec<Registration>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stations: Vec<Station<'a>>,
}

#[derive(Serialize)]
struct Station<'a> {
    name: &'a str,
    last_arrival: String,
    silent: bool,
}

#[derive(Serialize)]
struct Registration {
    station: u16,
    range_m: f64,
    bearing_deg: f64,
    comparisons: u32,
    applied: bool,
}

#[derive(Serialize)]
struct Alerts<'a> {
    written: u64,
    sent: u64,
    waiting: u64,
    unreceived: u64,
    disk_error: Option<&'a str>,
    latency_ms: Option<Latency>,
}

#[derive(Serialize)]
struct Journal<'a> {
    entries: u64,
    head: &'a str,
    input_error: Option<&'a str>,
}

#[derive(Serialize)]
struct Latency {
    p50: f64,
    p99: f64,
}

#[derive(Serialize)]
struct Actions {
    taken: u64,
    refused: u64,
    over_limit: u64,
}

#[derive(Serialize)]
struct Intake {
    messages: u64,
    waits: u64,
    redelivered: u64,
    nobodys: u64,
}

#[derive(Serialize)]
struct Engine<'a> {
    now: Option<String>,
    tracks: u64,
    counts: BTreeMap<&'a str, u64>,
}

/// The status as one JSON object.
pub fn render(health: &Health, identity: Identity<'_>, now: Time) -> String {
    let broker = &health.broker;
    let latency = health
        .latency_ms([0.5, 0.99])
        .map(|[p50, p99]| Latency { p50: thousandths(p50), p99: thousandths(p99) });
    let body = Body {
        time: now.rfc3339(),
        since: health.since.rfc3339(),
        broker: Broker {
            state: if broker.connected { "connected" } else { "away" },
            since: broker.since.rfc3339(),
            reason: broker.reason.as_deref(),
            connections: broker.connections,
            failed_tries: broker.failed_tries,
        },
        feeds: (0..)
            .zip(&health.feeds)
            .map(|(id, feed)| feed_status(id, feed, health, identity, now))
            .collect(),
        alerts: Alerts {
            written: health.written,
            sent: health.sent,
            waiting: health.written.saturating_sub(health.sent),
            unreceived: health.unreceived,
            disk_error: health.disk_error.as_deref(),
            latency_ms: latency,
        },
        journal: Journal {
            entries: health.journal.0,
            head: &health.journal.1,
            input_error: health.input_error.as_deref(),
        },
        actions: Actions {
            taken: health.actions,
            refused: health.actions_refused,
            over_limit: health.actions_over_limit,
        },
        input: Intake {
            messages: health.messages,
            waits: health.waits,
            redelivered: health.redelivered,
            nobodys: health.nobodys,
        },
        engine: Engine {
            now: health.engine.now.map(Time::rfc3339),
            tracks: health.engine.tracks,
            counts: health.engine.by_name.iter().map(|(name, count)| (name.as_str(), *count)).collect(),
        },
    };
    text(identity, State::Watching, Some(body))
}

/// What the broker tells for this node when it is gone.
pub fn last_will(identity: Identity<'_>) -> String {
    text(identity, State::Offline, None)
}

fn text(identity: Identity<'_>, state: State, body: Option<Body<'_>>) -> String {
    let state = match state {
        State::Watching => "watching",
        State::Offline => "offline",
    };
    let status =
        Status { schema: "vigie.status/1", node: identity.node, exercise: identity.exercise, state, body };
    // Strings, numbers and maps with text keys: it cannot fail, and a broken status would not stop the watch.
    serde_json::to_string(&status).unwrap_or_default()
}

fn feed_status<'a>(
    id: u16,
    feed: &'a FeedHealth,
    health: &Health,
    identity: Identity<'_>,
    now: Time,
) -> Feed<'a> {
    let exercise = identity.exercise.is_some();
    let state = match (feed.silent_since, feed.last_arrival) {
        (Some(_), _) => "silent",
        (None, None) => "waiting",
        (None, Some(_)) => "heard",
    };
    Feed {
        name: &feed.name,
        state,
        silent_since: feed.silent_since.map(Time::rfc3339),
        last_arrival: feed.last_arrival.map(Time::rfc3339),
        last_report: feed.last_report.map(Time::rfc3339),
        // An exercise's reports are of another day.
        lag_s: feed.lag_s().filter(|_| !exercise).map(thousandths),
        clock_offset_s: feed.clock_offset_s().filter(|_| !exercise).map(thousandths),
        reports_per_min: feed.reports_per_min(now),
        messages: feed.messages,
        reports: feed.reports,
        retained: feed.retained,
        errors: feed.errors.iter().copied().collect(),
        registration: registration_of(id, health),
        stations: feed
            .several_stations(now)
            .map(|(name, last, silent)| Station { name, last_arrival: last.rfc3339(), silent })
            .collect(),
    }
}

fn registration_of(id: u16, health: &Health) -> Vec<Registration> {
    let own = health.engine.registration.iter().filter(|r| r.feed.0 == id && r.comparisons > 0);
    own.map(|r| Registration {
        station: r.station.0,
        range_m: r.range_m.round(),
        bearing_deg: (r.bearing_deg * 100.0).round() / 100.0,
        comparisons: r.comparisons,
        applied: r.applied,
    })
    .collect()
}

fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{Board, Link};
    use crate::model::{FeedId, Span};

    const NODE: Identity<'static> = Identity { node: "bb-ops", exercise: None };

    #[test]
    fn tells_each_feeds_last_word() {
        let board = Board::new(["east".to_owned(), "west".to_owned()]);
        let mut health = board.note();
        let now = health.since + Span::from_secs(90);
        health.arrived(FeedId(0), now);
        health.judge_silence(now);
        health.link_down(Link::In, "refused".to_owned());
        let status: serde_json::Value = serde_json::from_str(&render(&health, NODE, now)).expect("JSON");
        assert_eq!(status["schema"], "vigie.status/1");
        assert_eq!(status["state"], "watching");
        assert_eq!(status["broker"]["reason"], "refused");
        assert_eq!(status["feeds"][0]["state"], "heard");
        assert_eq!(status["feeds"][1]["state"], "silent");
        assert_eq!(status["feeds"][1]["silent_since"], health.since.rfc3339());
    }

    #[test]
    fn tells_what_a_radar_is_off_by() {
        let board = Board::new(["ais".to_owned(), "radar".to_owned()]);
        let mut health = board.note();
        health.engine.registration.push(crate::engine::Registration {
            feed: FeedId(1),
            station: crate::model::StationId(0),
            range_m: 97.6,
            bearing_deg: 1.2041,
            comparisons: 420,
            applied: true,
        });
        let now = health.since;
        let status: serde_json::Value = serde_json::from_str(&render(&health, NODE, now)).expect("JSON");
        let told = serde_json::json!([
            {"station": 0, "range_m": 98.0, "bearing_deg": 1.2, "comparisons": 420, "applied": true}
        ]);
        assert_eq!(status["feeds"][1]["registration"], told);
        assert_eq!(status["feeds"][0].get("registration"), None);
    }

    #[test]
    fn the_last_will_is_short() {
        let expected = r#"{"schema":"vigie.status/1","node":"bb-ops","exercise":null,"state":"offline"}"#;
        assert_eq!(last_will(NODE), expected);
    }
}
