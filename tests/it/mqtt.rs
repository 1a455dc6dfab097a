//! End to end over MQTT: the same tests against the embedded broker and against a real Mosquitto.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vigie::config::{Alerts, Broker as BrokerConfig, Config, Feed, Node, Secret};
use vigie::engine::{Counts, Output, Setup};
use vigie::health::Health;
use vigie::model::{
    ActionKind, AlertEvent, Certainty, Evidence, Input, Phase, Place, Position, Severity, Time,
};
use vigie::pipeline::{self, Core, Options, Running};
use vigie::wire::Format;

use crate::support::brokers::{Broker, Mosquitto, certificates};
use crate::support::probe::{PATIENCE, Probe};

const FEED: &str = "feeds/bb/ragged-point/ais";

fn config(folder: &Path, broker: BrokerConfig) -> Config {
    let feed = |name: &str, topic: &str| Feed {
        name: name.to_owned(),
        topics: vec![topic.to_owned()],
        stations: Vec::new(),
        format: Format::Nmea,
        position: None,
    };
    Config {
        node: Node { name: "bb-ops".to_owned(), state: "BRB".to_owned() },
        broker: Some(broker),
        feeds: vec![feed("ragged-point", FEED), feed("others", "feeds/+/others/#")],
        alerts: Alerts { file: folder.join("alerts.jsonl") },
        setup: Setup::default(),
    }
}

/// A stand-in for the engine: acknowledging an alert raises one of that id.
struct Echo;

impl Core for Echo {
    fn step(&mut self, inputs: &[Input], out: &mut Vec<Output>) {
        for input in inputs {
            if let Input::Action(action) = input
                && let ActionKind::Acknowledge { alert } = &action.kind
            {
                out.push(Output::Alert(Box::new(alert_of(alert, action.time))));
            }
        }
    }

    fn counts(&self) -> Counts {
        Counts::default()
    }
}

fn alert_of(id: &str, time: Time) -> AlertEvent {
    let position = Position::new(-59.71, 13.02).expect("a position");
    AlertEvent {
        id: id.to_owned(),
        seq: 1,
        pattern: "zone",
        rule: "test".to_owned(),
        rules_hash: String::new(),
        phase: Phase::Raised,
        end_reason: None,
        severity: Severity::Minor,
        certainty: Certainty::Observed,
        onset: time,
        time,
        ended: None,
        subjects: Vec::new(),
        position,
        zones: Vec::new(),
        place: Place { from: None, bearing_deg: None, distance_nm: None, to_coast_nm: None },
        not_judged: Vec::new(),
        incident: None,
        measured: Vec::new(),
        limits: Vec::new(),
        summary: format!("alert {id}"),
        evidence: Evidence { reports: 0, first: time, last: time, feeds: Vec::new(), trail: Vec::new() },
    }
}

fn start(config: Config) -> Running {
    let options = Options { config, exercise: None, record: None, on_alert: None };
    pipeline::start(options, Echo).expect("starts")
}

async fn until(running: &Running, what: &str, done: impl Fn(&Health) -> bool) {
    let started = Instant::now();
    while !done(&running.board.note()) {
        assert!(started.elapsed() < PATIENCE, "not {what} in {PATIENCE:?}: {:?}", running.board.note());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn acknowledge(id: usize) -> String {
    format!(r#"{{"action":"acknowledge","alert":"{id}","by":"test"}}"#)
}

const ACTIONS: &str = "vigie/bb-ops/actions/1";

/// The alerts seen, each id once, in the order of their first coming.
fn ids(probe: &Probe) -> Vec<String> {
    let mut ids = Vec::new();
    for seen in probe.seen("/alerts/") {
        let id = seen.topic.rsplit('/').next().expect("levels").to_owned();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|id| id.to_string()).collect()
}

async fn alerts_arrive_in_order(broker: Broker) {
    let folder = tempfile::tempdir().expect("folder");
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let running = start(config(folder.path(), broker.config()));
    until(&running, "connected", |health| health.broker.connected).await;
    for id in 0..100 {
        probe.publish(ACTIONS, acknowledge(id)).await;
    }
    probe.wait("/alerts/zone/", 100).await;
    assert_eq!(ids(&probe), numbered(100));
    let health = running.end().await.expect("ends");
    assert_eq!((health.written, health.sent, health.actions), (100, 100, 100));

    let lines = std::fs::read_to_string(folder.path().join("alerts.jsonl")).expect("alert file");
    let published: Vec<String> = probe.seen("/alerts/").into_iter().map(|seen| seen.payload).collect();
    assert_eq!(lines.lines().collect::<Vec<_>>(), published, "the file holds what was published");
    let last = probe.wait("/status", 2).await.pop().expect("a status");
    assert!(last.payload.contains(r#""state":"offline""#), "{}", last.payload);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_arrive_in_order_embedded() {
    alerts_arrive_in_order(Broker::embedded()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_arrive_in_order_mosquitto() {
    alerts_arrive_in_order(Broker::mosquitto()).await;
}
