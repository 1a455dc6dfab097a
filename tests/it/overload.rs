//! Ten times as much as it can take in: memory stays bounded, the broker queues, and the alerts are those of a calm night. And floods
//! beside a feed that brings distress calls: each is told in time.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use vigie::journal;
use vigie::mqtt::sender::Sender;
use vigie::scenario::globe::Place;
use vigie::scenario::sentence::{Fix, position_a, sentences};

use crate::kill::{Vigie, configuration, night, watched};
use crate::support::brokers::Broker;
use crate::support::journal::{below, events};
use crate::support::probe::Probe;

/// Length of the overload; `VIGIE_OVERLOAD_S` sets a longer one.
const LASTS: Duration = Duration::from_secs(20);
/// Working time allowed in each half second (in each 10 s of a longer overload); the process is stopped for the rest.
const WORKS: Duration = Duration::from_millis(1);
const ROUND: Duration = Duration::from_millis(500);
/// The broker takes a client for gone that is silent for 22 s.
const LONGEST_ROUND: Duration = Duration::from_secs(10);
/// Resident memory at most. The night itself takes some 60 MB.
const MOST_MB: u64 = 400;

fn resident_mb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0) / 1024
}

fn signal(name: &str, pid: u32) {
    Command::new("kill").args([name, &pid.to_string()]).status().expect("kill works");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_times_too_much_costs_time_and_nothing_else() {
    let seconds = std::env::var("VIGIE_OVERLOAD_S").ok().and_then(|text| text.parse().ok());
    let lasts = seconds.map_or(LASTS, Duration::from_secs);
    let folder = tempfile::tempdir().expect("folder");
    let night = night(folder.path());
    let undisturbed = watched(&night, 0).await;

    let broker = Broker::mosquitto();
    let config = configuration(folder.path(), broker.config().port);
    // Without a checkpoint under way the input log holds all that came.
    let text = std::fs::read_to_string(&config).expect("reads");
    std::fs::write(&config, text.replace("checkpoint_seconds = 1\n", "checkpoint_seconds = 3600\n"))
        .expect("writes");
    let probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let vigie = Vigie::start(&config, &[]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    let pid = vigie.id();
    let (over, most) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let (until, highest) = (Arc::clone(&over), Arc::clone(&most));
    let round = ROUND.mul_f64(lasts.as_secs_f64() / LASTS.as_secs_f64()).min(LONGEST_ROUND);
    let throttle = std::thread::spawn(move || {
        while !until.load(Ordering::Relaxed) {
            signal("-STOP", pid);
            std::thread::sleep(round - WORKS);
            signal("-CONT", pid);
            std::thread::sleep(WORKS);
            highest.fetch_max(resident_mb(pid), Ordering::Relaxed);
        }
        signal("-CONT", pid);
    });
    let mut sender = Sender::connect(&broker.config(), "receivers").await.expect("connects");
    let (each, began) = (lasts / night.len() as u32, tokio::time::Instant::now());
    for (n, (topic, payload)) in (0..).zip(night.clone()) {
        tokio::time::sleep_until(began + each * n).await;
        sender.send(topic, payload).await.expect("sent");
    }
    sender.finish().await.expect("acknowledged");
    let took = began.elapsed();
    let state = folder.path().join("state");
    let taken = || journal::input::read(&state, 0, |_, _| Ok(())).expect("reads");
    let behind = night.len() as u64 - taken().min(night.len() as u64);
    over.store(true, Ordering::Relaxed);
    throttle.join().expect("ends");
    println!("sent in {took:?}; {behind} of {} behind; {} MB", night.len(), most.load(Ordering::Relaxed));
    assert!(behind > night.len() as u64 / 10, "it was never too much: {behind} behind");

    let released = Instant::now();
    while taken() < night.len() as u64 {
        assert!(released.elapsed() < Duration::from_secs(120), "it does not catch up");
        most.fetch_max(resident_mb(pid), Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(taken(), night.len() as u64, "each message once");
    let mut came = Vec::new();
    journal::input::read(&state, 0, |_, logged| {
        came.push((logged.topic.clone(), logged.payload.clone()));
        Ok(())
    })
    .expect("reads");
    for (n, (came, sent)) in came.iter().zip(&night).enumerate() {
        if came.0 != sent.0 || came.1 != sent.1 {
            let place = night.iter().position(|(topic, payload)| *topic == came.0 && *payload == came.1);
            panic!("message {n} is out of its order: it is the one sent as number {place:?}");
        }
    }
    println!("caught up after {:?}; {} MB at most", released.elapsed(), most.load(Ordering::Relaxed));
    let path = below(&state).expect("a journal");
    while events(&state).len() < undisturbed.len() {
        assert!(
            released.elapsed() < Duration::from_secs(150),
            "{} events in {}",
            events(&state).len(),
            path.display()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(events(&state).join("\n"), undisturbed.join("\n"));
    assert!(most.load(Ordering::Relaxed) < MOST_MB, "{} MB", most.load(Ordering::Relaxed));
}

const BESIDE: &str = r#"
[node]
name = "bb-ops"
state = "BRB"
[[feed]]
name = "flood"
topic = "feeds/flood"
format = "nmea"
[[feed]]
name = "coast"
topic = "feeds/coast"
format = "nmea"
[rules]
files = ["rules.toml"]
[lists]
files = ["lists.toml"]
topic = "lists/+"
[picture]
new_per_hour = 600
"#;
const BESIDE_RULES: &str = r#"
[[rule]]
name = "distress"
pattern = "distress"
severity = "extreme"
[[rule]]
name = "wanted"
pattern = "watchlist"
severity = "severe"
[rule.who]
listed = ["wanted"]
[[rule]]
name = "numbers"
pattern = "identity"
severity = "minor"
[rule.limits]
signs = ["mmsi-form"]
"#;
/// Beacons in each flood: more than two dozen without support would be a flood themselves.
const BEACONS: u32 = 8;
/// Interval between two of them.
const CALLS_EVERY: Duration = Duration::from_millis(600);
/// Time in which all but one of a flood must be told, and time for that one: a machine may have other things to do.
const TOLD_IN: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];
/// Messages of a flood a second; `VIGIE_FLOOD` multiplies them.
const RATE: u32 = 40;
/// Sentences in one message of new identities, and single sentences in place of one message.
const EACH: u32 = 50;
/// Entries of a list; `VIGIE_ENTRIES` gives another number.
const ENTRIES: u32 = 300;

/// A number that the environment gives, for floods by hand.
fn asked(name: &str, usual: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// A report at this time of a vessel or device at rest.
fn report(mmsi: u32, status: u8) -> String {
    let place = Place { lon: -59.3 + f64::from(mmsi % 1000) / 2000.0, lat: 13.3 };
    let fix = Fix { place, sog_kn: 0.1, cog_deg: 90.0, heading_deg: None, second: 30 };
    sentences(&position_a(mmsi, status, fix), "s1", vigie::clock::now().0, 0, b'A')
}

/// Messages of a flood in one turn: topic and payload.
type Turn = Vec<(&'static str, String)>;
/// Messages of each turn of a flood, by its number.
type Flood = fn(u32) -> Turn;

fn identities(turn: u32) -> Turn {
    let lines: Vec<String> = (0..EACH).map(|n| report(230_000_000 + turn * EACH + n, 0)).collect();
    vec![("feeds/flood", lines.join("\n"))]
}

fn lines(turn: u32) -> Turn {
    (0..EACH).map(|n| ("feeds/flood", report(231_000_000 + (turn * EACH + n) % 20, 0))).collect()
}

fn list(turn: u32) -> Turn {
    if !turn.is_multiple_of(RATE / 4) {
        return Vec::new();
    }
    let entry = |n: u32| {
        let mmsi = 232_000_000 + turn + n;
        format!("[[list.entry]]\nmmsi = {mmsi}\nreason = \"r\"\nfrom = 2025-01-01\nuntil = 2027-12-31\n")
    };
    vec![(
        "lists/wanted",
        "[[list]]\nname = \"wanted\"\n".to_owned()
            + &(0..asked("VIGIE_ENTRIES", ENTRIES)).map(entry).collect::<String>(),
    )]
}

fn beside(folder: &Path, port: u16) -> std::path::PathBuf {
    let state = folder.join("state").display().to_string();
    let main = format!("{BESIDE}[broker]\nurl = \"mqtt://127.0.0.1:{port}\"\n[state]\nfolder = {state:?}\n");
    std::fs::write(folder.join("rules.toml"), BESIDE_RULES).expect("writes");
    std::fs::write(folder.join("lists.toml"), "[[list]]\nname = \"wanted\"\n").expect("writes");
    std::fs::write(folder.join("vigie.toml"), main).expect("writes");
    folder.join("vigie.toml")
}

/// Returns how long each beacon took while a flood went on.
async fn told_beside(
    broker: &Broker,
    probe: &mut Probe,
    first: u32,
    flood: fn(u32) -> Turn,
) -> Vec<Duration> {
    let times = asked("VIGIE_FLOOD", 1);
    let over = Arc::new(AtomicBool::new(false));
    let (until, at) = (Arc::clone(&over), broker.config());
    let flooding = tokio::spawn(async move {
        let mut sender = Sender::connect(&at, "flood").await.expect("connects");
        let (began, each) = (tokio::time::Instant::now(), Duration::from_secs(1) / (RATE * times));
        let mut turn = 0;
        while !until.load(Ordering::Relaxed) {
            for (topic, payload) in flood(turn) {
                sender.send(topic.to_owned(), payload.into_bytes()).await.expect("sent");
            }
            turn += 1;
            tokio::time::sleep_until(began + each * turn).await;
        }
        sender.finish().await.expect("acknowledged");
        turn
    });
    tokio::time::sleep(CALLS_EVERY).await;
    let mut took = Vec::new();
    for mmsi in (0..BEACONS).map(|n| 972_000_000 + first + n) {
        let called = Instant::now();
        probe.publish("feeds/coast", report(mmsi, 14)).await;
        probe.wait_for("/alerts/distress/", &mmsi.to_string()).await;
        took.push(called.elapsed());
        tokio::time::sleep(CALLS_EVERY.saturating_sub(called.elapsed())).await;
    }
    over.store(true, Ordering::Relaxed);
    println!("{} turns; beacons told in {took:?}", flooding.await.expect("ends"));
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn distress_is_told_in_time_beside_floods_of_identities_lists_and_lines() {
    let folder = tempfile::tempdir().expect("folder");
    let broker = Broker::mosquitto();
    let config = beside(folder.path(), broker.config().port);
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let _vigie = Vigie::start(&config, &[]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    let floods: [(&str, Flood); 3] = [("identities", identities), ("lists", list), ("lines", lines)];
    for ((what, flood), first) in floods.into_iter().zip([0, 100, 200]) {
        let mut took = told_beside(&broker, &mut probe, first, flood).await;
        took.sort();
        let slowest = took.pop().expect("told");
        let in_time = slowest < TOLD_IN[1] && took.iter().all(|took| *took < TOLD_IN[0]);
        assert!(in_time, "beside a flood of {what}: {took:?} and {slowest:?}");
    }
    probe.wait_for("/status", "new-over-limit/flood").await;
}
