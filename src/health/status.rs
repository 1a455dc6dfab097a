//! Status of this node, for `vigie/<node>/status`: `vigie.status/1`, retained, with a last will that says `offline`.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{FeedHealth, Health, SinkHealth};
use crate::clock;
use crate::model::{Span, Time};

/// Version of the schema.
const SCHEMA: &str = "vigie.status/1";

/// The node that a status is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Name of the node.
    pub node: &'a str,
    /// Name of the exercise; `None` for the real thing.
    pub exercise: Option<&'a str>,
}

/// State of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = NodeState)]
pub enum State {
    /// The node watches.
    Watching,
    /// The watch has ended, or its connection is lost.
    Offline,
}

/// Status that the broker publishes for a node that is gone.
#[derive(Serialize)]
struct LastWill<'a> {
    schema: &'static str,
    node: &'a str,
    exercise: Option<&'a str>,
    state: State,
}

/// Status of a node, `vigie.status/1`. Times are RFC 3339.
#[derive(Debug, Serialize, ToSchema)]
pub struct Status<'a> {
    /// Version of this schema, `vigie.status/1`.
    schema: &'static str,
    /// Name of the node.
    node: &'a str,
    /// Name of the exercise; null for the real thing.
    #[schema(required)]
    exercise: Option<&'a str>,
    /// State of the node.
    state: State,
    /// Time of this status.
    time: String,
    /// Time since when the node watches.
    since: String,
    /// The machine's clock.
    clock: Clock,
    /// Connection to the broker.
    broker: Broker<'a>,
    /// Feeds.
    feeds: Vec<Feed<'a>>,
    /// Alerts on their way out.
    alerts: Alerts<'a>,
    /// Systems that alerts leave for.
    sinks: Vec<Sink<'a>>,
    /// Journal.
    journal: Journal<'a>,
    /// Officers' actions.
    actions: Actions,
    /// Vessel lists over MQTT.
    lists: Lists,
    /// Messages that came in.
    input: Intake,
    /// Engine.
    engine: Engine<'a>,
}

/// The machine's clock.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClockStatus)]
struct Clock {
    /// Time by which arrival times are ahead of the machine's clock since that was set back, seconds.
    #[schema(required)]
    ahead_s: Option<f64>,
    /// Time by which the machine's clock leapt ahead, while arrival times go on without the leap, seconds.
    #[schema(required)]
    leap_s: Option<f64>,
}

/// State of the connection to the broker.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Connection {
    /// The connection is up.
    Connected,
    /// The connection is down.
    Away,
}

/// Connection to the broker.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BrokerStatus)]
struct Broker<'a> {
    /// State of the connection.
    state: Connection,
    /// Time since when the connection has that state.
    since: String,
    /// Reason why the connection is down.
    #[schema(required)]
    reason: Option<&'a str>,
    /// Number of connections since the start.
    connections: u64,
    /// Number of tries that failed since the last connection.
    failed_tries: u64,
}

/// State of a feed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FeedState {
    /// Nothing has been heard yet.
    Waiting,
    /// The feed is heard.
    Heard,
    /// The feed brings reports that are all older than the picture: they move nothing.
    Late,
    /// The feed has been silent for longer than it may.
    Silent,
}

/// A feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedHealth)]
struct Feed<'a> {
    /// Name of the feed.
    name: &'a str,
    /// State of the feed.
    state: FeedState,
    /// Time since when the feed is silent.
    #[schema(required)]
    silent_since: Option<String>,
    /// Arrival of the newest message.
    #[schema(required)]
    last_arrival: Option<String>,
    /// Report time of the newest report.
    #[schema(required)]
    last_report: Option<String>,
    /// Lag of the reports behind their arrival, seconds.
    #[schema(required)]
    lag_s: Option<f64>,
    /// Offset of the feed's clock, seconds.
    #[schema(required)]
    clock_offset_s: Option<f64>,
    /// Reports in the last minute.
    reports_per_min: u64,
    /// Messages since the start.
    messages: u64,
    /// Reports since the start.
    reports: u64,
    /// Retained messages since the start, which are not read.
    retained: u64,
    /// Errors since the start, by reason.
    errors: BTreeMap<&'a str, u64>,
    /// Registration errors of the feed's radars.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    registration: Vec<Registration>,
    /// Stations, where the feed brings several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stations: Vec<Station<'a>>,
}

/// A station of a feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StationStatus)]
struct Station<'a> {
    /// Name of the station.
    name: &'a str,
    /// Arrival of the newest message.
    last_arrival: String,
    /// Whether the station is silent.
    silent: bool,
}

/// Registration error of a radar, estimated from vessels on AIS.
#[derive(Debug, Serialize, ToSchema)]
struct Registration {
    /// Number of the radar within the feed.
    station: u16,
    /// Error in range, metres.
    range_m: f64,
    /// Error in bearing, degrees.
    bearing_deg: f64,
    /// Comparisons that the estimate rests on.
    comparisons: u32,
    /// Whether positions are corrected by the estimate.
    applied: bool,
}

/// Alerts on their way out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertsStatus)]
struct Alerts<'a> {
    /// Events in the journal.
    written: u64,
    /// Events that the broker has acknowledged.
    sent: u64,
    /// Events that wait to be sent.
    waiting: u64,
    /// Alerts that the coordination channel has not confirmed.
    unreceived: u64,
    /// Error of the journal's disk.
    #[schema(required)]
    disk_error: Option<&'a str>,
    /// Latency from arrival to publication.
    #[schema(required)]
    latency_ms: Option<Latency>,
}

/// A system that alerts leave for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SinkStatus)]
struct Sink<'a> {
    /// Name of the sink; `coordination` is the coordination channel.
    name: &'a str,
    /// Events that the sink has.
    sent: u64,
    /// Events that the sink does not have yet.
    waiting: u64,
    /// Alerts that the other side has not confirmed; null where nobody confirms.
    #[schema(required)]
    unreceived: Option<u64>,
    /// Reason why the last delivery failed.
    #[schema(required)]
    error: Option<&'a str>,
}

/// Journal of a node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JournalStatus)]
struct Journal<'a> {
    /// Number of the newest entry.
    entries: u64,
    /// Hash of the newest entry, hexadecimal.
    head: &'a str,
    /// Error of the log of input.
    #[schema(required)]
    input_error: Option<&'a str>,
}

/// Quantiles of a latency, milliseconds.
#[derive(Debug, Serialize, ToSchema)]
struct Latency {
    /// Median.
    p50: f64,
    /// 99th percentile.
    p99: f64,
}

/// Counts of officers' actions since the start.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActionCounts)]
struct Actions {
    /// Actions that were carried out.
    taken: u64,
    /// Actions that were refused, since something in them was wrong.
    refused: u64,
    /// Actions that were dropped by the limit on actions in a minute.
    over_limit: u64,
}

/// Counts of messages with vessel lists since the start.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListCounts)]
struct Lists {
    /// Messages that were taken.
    taken: u64,
    /// Messages that were refused, or too large.
    refused: u64,
}

/// Counts of messages since the start.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InputCounts)]
struct Intake {
    /// Messages.
    messages: u64,
    /// Times that a message waited for the engine.
    waits: u64,
    /// Messages that the broker delivered again.
    redelivered: u64,
    /// Messages on topics of no feed.
    nobodys: u64,
    /// Messages now that are read but in no log, since the disk refuses them: the broker has them still, and sends them again after a restart.
    held: u64,
}

/// Engine of a node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EngineStatus)]
struct Engine<'a> {
    /// Event time.
    #[schema(required)]
    now: Option<String>,
    /// Number of tracks.
    tracks: u64,
    /// Counts by name; `cannot-judge/<rule>/<reason>` are among them.
    counts: BTreeMap<&'a str, u64>,
}

/// Returns the status as one JSON object.
pub fn render(health: &Health, identity: Identity<'_>, now: Time) -> String {
    let broker = &health.broker;
    let latency = health
        .latency_ms([0.5, 0.99])
        .map(|[p50, p99]| Latency { p50: thousandths(p50), p99: thousandths(p99) });
    let status = Status {
        schema: SCHEMA,
        node: identity.node,
        exercise: identity.exercise,
        state: State::Watching,
        time: now.rfc3339(),
        since: health.since.rfc3339(),
        clock: Clock {
            ahead_s: health.clock_ahead.map(Span::secs),
            leap_s: clock::held_leap().map(|(leap, _)| leap.secs()),
        },
        broker: Broker {
            state: if broker.connected { Connection::Connected } else { Connection::Away },
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
            sent: health.sent(),
            waiting: health.written.saturating_sub(health.sent()),
            unreceived: health.unreceived(),
            disk_error: health.journal_fault(),
            latency_ms: latency,
        },
        sinks: health.sinks.iter().map(|sink| sink_status(sink, health.written)).collect(),
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
        lists: Lists { taken: health.lists_taken, refused: health.lists_refused },
        input: Intake {
            messages: health.messages,
            waits: health.waits,
            redelivered: health.redelivered,
            nobodys: health.nobodys,
            held: health.held,
        },
        engine: Engine {
            now: health.engine.now.map(Time::rfc3339),
            tracks: health.engine.tracks,
            counts: health.engine.by_name.iter().map(|(name, count)| (name.as_str(), *count)).collect(),
        },
    };
    text(&status)
}

/// Returns the status that the broker publishes for this node when it is gone.
pub fn last_will(identity: Identity<'_>) -> String {
    text(&LastWill {
        schema: SCHEMA,
        node: identity.node,
        exercise: identity.exercise,
        state: State::Offline,
    })
}

fn text(status: &impl Serialize) -> String {
    // Strings, numbers and maps with text keys: it cannot fail, and a broken status would not stop the watch.
    serde_json::to_string(status).unwrap_or_default()
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
        (Some(_), _) => FeedState::Silent,
        (None, None) => FeedState::Waiting,
        (None, Some(_)) if health.is_late(feed) => FeedState::Late,
        (None, Some(_)) => FeedState::Heard,
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

fn sink_status(sink: &SinkHealth, written: u64) -> Sink<'_> {
    Sink {
        name: &sink.name,
        sent: sink.sent,
        waiting: sink.waiting(written),
        unreceived: sink.unreceived,
        error: sink.error.as_deref(),
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
