//! Ten times as much as it can take in: memory stays bounded, the broker queues, and the alerts are those of a calm night.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use vigie::journal;
use vigie::mqtt::sender::Sender;

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
