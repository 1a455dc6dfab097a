//! Live latency: this program's own share of an alert's way, from MQTT arrival to publishing, beside an MQTT echo
//! through the same broker in the same run, and beside the disk's own time for the sync that an alert waits for.
//!
//! ```text
//! cargo bench --bench latency            the embedded broker, and Mosquitto where it is installed
//! ```
//!
//! Every 5 ms a report raises an alert, among a steady load of reports that raise none. The alert file is in the
//! target folder: on a disk, not in memory.

#[path = "../tests/support/mod.rs"]
#[allow(dead_code)]
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use tokio::sync::mpsc;
use vigie::config;
use vigie::engine::Engine;
use vigie::journal::{Entry, Journal};
use vigie::pipeline::{self, Options};

use support::brokers::Broker;
use support::vessels::{self, TOPIC};

/// Alerts and echoes measured.
const SAMPLES: u32 = 2000;
/// Between two of them.
const EVERY: Duration = Duration::from_millis(5);
/// Reports of other vessels with each: two thousand lines a second.
const LOAD: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(30);
const ECHO: &str = "bench/echo";

fn main() {
    // As a test, a short run shows that it still works.
    let samples = if std::env::args().any(|arg| arg == "--bench") { SAMPLES } else { 20 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    println!(
        "{samples} alerts, one every {} ms, {LOAD} other reports with each; milliseconds",
        EVERY.as_millis()
    );
    println!("{:<34} {:>8} {:>8} {:>8}", "", "p50", "p99", "max");
    let disk = disk(target, samples);
    row("disk: append and sync of 2 kB", &disk);
    for (name, broker) in [("embedded", Broker::embedded as fn() -> Broker), ("mosquitto", Broker::mosquitto)]
    {
        let folder = tempfile::tempdir_in(target).expect("folder");
        let Measured { echo, whole, own } = runtime.block_on(measure(&broker(), folder.path(), samples));
        row(&format!("{name}: MQTT echo"), &echo);
        row(&format!("{name}: report to alert, whole way"), &whole);
        println!("{:<34} {:>8.3} {:>8.3} {:>8.3}", format!("{name}: own share"), own[0], own[1], own[2]);
        println!(
            "{:<34} {:>8.2} {:>8.2}   times the echo's",
            format!("{name}: own share"),
            own[0] / at(&echo, 0.5),
            own[1] / at(&echo, 0.99)
        );
    }
}

struct Measured {
    echo: Vec<f64>,
    whole: Vec<f64>,
    /// p50, p99 and the longest, as the status tells them.
    own: [f64; 3],
}

async fn measure(broker: &Broker, folder: &Path, samples: u32) -> Measured {
    let broker = broker.config();
    let config = vessels::config(folder, broker.clone());
    let engine = Engine::new(config.setup.clone());
    let on_alert: pipeline::OnAlert = Box::new(|_| {});
    let options = Options {
        config,
        exercise: None,
        record: None,
        on_alert: Some(on_alert),
        audience: None,
        taken_over: None,
    };
    let running = pipeline::start(options, engine).expect("starts");
    let (echoer, echoes) = client(&broker, "echoer", ECHO).await;
    tokio::spawn(answer(echoer, echoes));
    let (sender, mut seen) = watcher(&broker).await;
    let started = Instant::now();
    while !running.board.note().broker.connected {
        assert!(started.elapsed() < PATIENCE, "not connected");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Each vessel is in the area already, a second short of its dwell.
    for n in 0..samples {
        let early = [vessels::report(mmsi(n), false, 0), vessels::report(mmsi(n), true, 600)];
        publish(&sender, TOPIC, early.join("\n")).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;

    let (mut echo, mut whole) = (Vec::new(), Vec::new());
    let mut tick = tokio::time::interval(EVERY);
    for n in 0..samples {
        tick.tick().await;
        let load: Vec<String> = (0..LOAD).map(|k| other(n, k)).collect();
        publish(&sender, TOPIC, load.join("\n")).await;
        whole.push(
            there_and_back(&sender, &mut seen, TOPIC, vessels::report(mmsi(n), true, 670), "/alerts/").await,
        );
        echo.push(there_and_back(&sender, &mut seen, ECHO, "x".repeat(1500), "bench/answer").await);
    }
    let health = running.end().await.expect("ends");
    assert_eq!(health.sent(), u64::from(samples), "every alert once");
    Measured { echo, whole, own: health.latency_ms([0.5, 0.99, 1.0]).expect("latencies") }
}

fn mmsi(n: u32) -> u32 {
    314_000_000 + n
}

/// One of a thousand vessels that never come near.
fn other(n: u32, k: u32) -> String {
    let place = (n * LOAD + k) % 1000;
    vessels::report(338_000_000 + place, false, 670 + i64::from(n) / 100)
}

async fn there_and_back(
    sender: &AsyncClient,
    seen: &mut mpsc::UnboundedReceiver<(String, Instant)>,
    topic: &str,
    payload: String,
    answer: &str,
) -> f64 {
    let sent = Instant::now();
    publish(sender, topic, payload).await;
    loop {
        let came =
            tokio::time::timeout(PATIENCE, seen.recv()).await.expect("an answer in time").expect("a client");
        if came.0.contains(answer) {
            return came.1.duration_since(sent).as_secs_f64() * 1000.0;
        }
    }
}

async fn publish(client: &AsyncClient, topic: &str, payload: String) {
    client.publish(topic, QoS::AtLeastOnce, false, payload).await.expect("takes it");
}

/// A client that is subscribed.
async fn client(broker: &config::Broker, name: &str, filter: &str) -> (AsyncClient, EventLoop) {
    let options = MqttOptions::new(name, &broker.host, broker.port);
    let (client, mut eventloop) = AsyncClient::new(options, 1000);
    eventloop.network_options.set_tcp_nodelay(true);
    client.try_subscribe(filter, QoS::AtLeastOnce).expect("room");
    loop {
        if let Event::Incoming(Packet::SubAck(_)) = eventloop.poll().await.expect("a broker") {
            return (client, eventloop);
        }
    }
}

async fn answer(client: AsyncClient, mut eventloop: EventLoop) {
    while let Ok(event) = eventloop.poll().await {
        if let Event::Incoming(Packet::Publish(publish)) = event {
            client
                .try_publish("bench/answer", QoS::AtLeastOnce, false, publish.payload.to_vec())
                .expect("room");
        }
    }
}

async fn watcher(broker: &config::Broker) -> (AsyncClient, mpsc::UnboundedReceiver<(String, Instant)>) {
    let (client, mut eventloop) = client(broker, "watcher", "vigie/bb-ops/alerts/#").await;
    client.try_subscribe("bench/answer", QoS::AtLeastOnce).expect("room");
    let (to, seen) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok(event) = eventloop.poll().await {
            if let Event::Incoming(Packet::Publish(publish)) = event
                && to.send((publish.topic, Instant::now())).is_err()
            {
                return;
            }
        }
    });
    (client, seen)
}

fn disk(target: &Path, samples: u32) -> Vec<f64> {
    let folder = tempfile::tempdir_in(target).expect("folder");
    let mut journal = Journal::open(&folder.path().join("journal.db")).expect("opens");
    let mut took = Vec::new();
    for _ in 0..samples.min(500) {
        let entry = Entry::Change { id: took.len().to_string(), body: "x".repeat(2000) };
        let started = Instant::now();
        journal.append(&mut [entry]).expect("writes");
        took.push(started.elapsed().as_secs_f64() * 1000.0);
        std::thread::sleep(Duration::from_millis(1));
    }
    took
}

fn at(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(share * (sorted.len() - 1) as f64).round() as usize]
}

fn row(name: &str, samples: &[f64]) {
    println!("{name:<34} {:>8.3} {:>8.3} {:>8.3}", at(samples, 0.5), at(samples, 0.99), at(samples, 1.0));
}
