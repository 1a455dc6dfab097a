//! The whole watch over MQTT: sentences in, alerts out, by the real decoder and engine.

use std::time::{Duration, Instant};

use vigie::config::Config;
use vigie::engine::Engine;
use vigie::feed::recording::{Options as Reading, Recording};
use vigie::health::Health;
use vigie::pipeline::{self, Options, Running};

use crate::on_both_brokers;
use crate::support::brokers::Broker;
use crate::support::probe::{PATIENCE, Probe};
use crate::support::vessels::{self, TOPIC};

on_both_brokers! {
    sentences_in_alerts_out
    garbage_is_counted_and_stops_nothing
    what_run_records_reads_back
}

fn start(config: Config, record: Option<std::path::PathBuf>) -> Running {
    let engine = Engine::new(config.setup.clone());
    pipeline::start(
        Options { config, exercise: None, record, on_alert: None, audience: None, taken_over: None },
        engine,
    )
    .expect("starts")
}

async fn until(running: &Running, what: &str, done: impl Fn(&Health) -> bool) {
    let started = Instant::now();
    while !done(&running.board.note()) {
        assert!(started.elapsed() < PATIENCE, "not {what} in {PATIENCE:?}: {:?}", running.board.note());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn sentences_in_alerts_out(broker: Broker) {
    let folder = tempfile::tempdir().expect("folder");
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let running = start(vessels::config(folder.path(), broker.config()), None);
    until(&running, "connected", |health| health.broker.connected).await;

    // One sentence a payload, then thousands of lines in one.
    for line in vessels::entry(314_001_000, 0) {
        probe.publish(TOPIC, line).await;
    }
    probe.wait("vigie/bb-ops/alerts/zone/", 1).await;
    let many: Vec<String> = (0..1000).flat_map(|n| vessels::entry(314_002_000 + n, 700)).collect();
    probe.publish(TOPIC, many.join("\r\n")).await;
    let alerts = probe.wait("vigie/bb-ops/alerts/zone/", 1001).await;

    let first: serde_json::Value = serde_json::from_str(&alerts[0].payload).expect("JSON");
    assert_eq!(first["properties"]["subjects"][0]["mmsi"], 314_001_000);
    assert_eq!(first["properties"]["exercise"], serde_json::Value::Null);
    assert_eq!(alerts[0].topic, format!("vigie/bb-ops/alerts/zone/{}", first["id"].as_str().expect("an id")));
    let status = probe.wait_for("vigie/bb-ops/status", r#""reports":3003"#).await.payload;
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["feeds"][0]["state"], "heard");
    assert_eq!(status["feeds"][0]["last_report"], "2026-01-01T04:22:50Z");
    let health = running.end().await.expect("ends");
    assert_eq!((health.sent(), health.engine.tracks), (1001, 1001));
}

async fn garbage_is_counted_and_stops_nothing(broker: Broker) {
    let folder = tempfile::tempdir().expect("folder");
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let running = start(vessels::config(folder.path(), broker.config()), None);
    until(&running, "connected", |health| health.broker.connected).await;
    let garbage: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let wrong_sum = vessels::report(314_001_000, true, 0).replacen("!AIVDM", "!AIVDO", 1);
    for payload in
        [&b""[..], b"\n\n\n", b"!AIVDM,", b"\\c:1*00\\", &garbage, &[b'!'; 70_000], wrong_sum.as_bytes()]
    {
        probe.publish(TOPIC, payload).await;
    }
    for line in vessels::entry(314_001_000, 0) {
        probe.publish(TOPIC, line).await;
    }
    probe.wait("/alerts/zone/", 1).await;
    let health = running.end().await.expect("ends");
    let errors = &health.feeds[0].errors;
    for reason in ["bad-checksum", "no-checksum", "too-long", "bad-tag-checksum"] {
        assert!(errors.iter().any(|(word, count)| *word == reason && *count > 0), "{reason}: {errors:?}");
    }
    assert_eq!((health.messages, health.broker.connections), (10, 2));
}

async fn what_run_records_reads_back(broker: Broker) {
    let folder = tempfile::tempdir().expect("folder");
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let recordings = folder.path().join("recordings");
    let running = start(vessels::config(folder.path(), broker.config()), Some(recordings.clone()));
    until(&running, "connected", |health| health.broker.connected).await;
    let sent = vessels::entry(314_001_000, 0);
    for line in &sent {
        probe.publish(TOPIC, line.as_str()).await;
    }
    let silence = r#"{"action":"silence","subject":"mmsi:314001000","minutes":60,"by":"test"}"#;
    probe.publish("vigie/bb-ops/actions/1", silence).await;
    until(&running, "taken", |health| health.actions == 1).await;
    running.end().await.expect("ends");

    let mut recording = Recording::open(&[recordings], Reading::default()).expect("opens");
    let mut read = Vec::new();
    while let Some(piece) = recording.next_piece().expect("reads") {
        read.push((piece.topic.to_owned(), String::from_utf8_lossy(piece.payload).into_owned()));
    }
    let mut expected: Vec<(String, String)> = sent.into_iter().map(|line| (TOPIC.to_owned(), line)).collect();
    expected.push(("vigie/bb-ops/actions/1".to_owned(), silence.to_owned()));
    assert_eq!(read, expected);
}
