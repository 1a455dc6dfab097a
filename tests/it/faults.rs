//! What goes wrong at sea and ashore, on the real thing: a feed that repeats its day, a clock that is set, garbage at full
//! rate in a good feed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::brokers::Broker;
use crate::support::journal::events;
use crate::support::probe::{PATIENCE, Probe};
use crate::support::vessels::{self, TOPIC};

/// Path of the library of Debian's faketime.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

struct Watch {
    folder: tempfile::TempDir,
    probe: Probe,
    child: Child,
    _broker: Broker,
}

impl Watch {
    async fn start(prepare: impl Fn(&mut Command, &Path)) -> Watch {
        let (folder, broker) = (tempfile::tempdir().expect("folder"), Broker::mosquitto());
        let probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
        let url = format!("url = \"mqtt://127.0.0.1:{}\"", broker.config().port);
        let config = vessels::write_config(folder.path(), &url);
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.arg("run").arg("-c").arg(config).stderr(Stdio::null());
        prepare(&mut command, folder.path());
        let child = command.spawn().expect("starts");
        probe.wait_for("/status", r#""state":"connected""#).await;
        Watch { folder, probe, child, _broker: broker }
    }

    async fn enters(&mut self, mmsi: u32, second: i64) {
        for line in vessels::entry(mmsi, second) {
            self.probe.publish(TOPIC, line).await;
        }
    }

    /// Waits until so many alerts were raised, and returns their number.
    async fn raised(&self, count: usize) -> usize {
        let started = Instant::now();
        loop {
            let all = self.probe.seen("/alerts/");
            let raised = all.iter().filter(|seen| seen.payload.contains("\"phase\":\"raised\"")).count();
            if raised >= count {
                return raised;
            }
            assert!(started.elapsed() < PATIENCE, "{raised} raised in {PATIENCE:?}, and not {count}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_repeats_its_day_raises_nothing_twice() {
    let mut watch = Watch::start(|_, _| {}).await;
    let day = [(314_001_000, 0), (314_002_000, 20_000), (314_003_000, 80_000)];
    for (mmsi, second) in day {
        watch.enters(mmsi, second).await;
    }
    assert_eq!(watch.raised(3).await, 3);
    for (mmsi, second) in day {
        watch.enters(mmsi, second).await;
    }
    // One that is new shows that what was repeated has been read.
    watch.enters(314_004_000, 80_100).await;
    assert_eq!(watch.raised(4).await, 4, "nothing twice");
    let ids: std::collections::BTreeSet<String> =
        events(&watch.folder.path().join("state")).into_iter().filter(|e| e.contains("\"raised\"")).collect();
    assert_eq!(ids.len(), 4);
}

/// The system's clock is set back by an hour, and then on by two: stamps go on, nothing is lost or doubled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_loses_nothing() {
    assert!(Path::new(FAKETIME).exists(), "needs Debian's package faketime: `make setup` installs it");
    let set = |folder: &Path, by: &str| std::fs::write(folder.join("clock"), by).expect("writes");
    let mut watch = Watch::start(|command, folder| {
        set(folder, "+0");
        command
            .env("LD_PRELOAD", FAKETIME)
            .env("FAKETIME_TIMESTAMP_FILE", folder.join("clock"))
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .stderr(std::fs::File::create(folder.join("log")).expect("a file"));
    })
    .await;
    watch.enters(314_001_000, 0).await;
    watch.raised(1).await;
    for (n, by) in [(1, "-3600"), (2, "+7200")] {
        set(watch.folder.path(), by);
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        watch.enters(314_001_000 + n, 600 * i64::from(n)).await;
        watch.raised(1 + n as usize).await;
    }
    watch.probe.wait_for("/status", "\"waiting\":0").await;
    let log = std::fs::read_to_string(watch.folder.path().join("log")).expect("reads");
    for told in ["clock-set-back", "clock-set-ahead"] {
        assert_eq!(log.matches(told).count(), 1, "{told}: {log}");
    }
    let state = watch.folder.path().join("state");
    let mut stamps = Vec::new();
    vigie::journal::input::read(&state, 0, |_, logged| {
        stamps.push(logged.arrival_ns);
        Ok(())
    })
    .expect("reads");
    assert!(
        !stamps.is_empty() && stamps.windows(2).all(|two| two[0] < two[1]),
        "stamps increase: {stamps:?}"
    );
    assert_eq!(events(&state).iter().filter(|event| event.contains("\"phase\":\"raised\"")).count(), 3);
}

/// Forty megabytes of it, and every vessel between is found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_at_full_rate_beside_a_good_feed_hides_nothing() {
    let mut watch = Watch::start(|_, _| {}).await;
    let garbage: Vec<u8> =
        (0..60_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    for n in 0..40 {
        for _ in 0..5 {
            watch.probe.publish(TOPIC, garbage.clone()).await;
        }
        watch.enters(314_001_000 + n, 10 * i64::from(n)).await;
    }
    assert_eq!(watch.raised(40).await, 40);
    watch.probe.wait_for("/status", "\"errors\":{\"").await;
}

/// Messages over a feed's limit, and one that is larger than any may be, are dropped, counted and reported once; the other feed is
/// unchanged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_over_its_limit_is_cut_and_the_one_beside_is_not() {
    const FLOOD: &str = "feeds/bb/flood/ais";
    const SENT: u64 = 5_001;
    let began = Instant::now();
    let mut watch = Watch::start(|command, folder| {
        let path = folder.join("vigie.toml");
        let main = std::fs::read_to_string(&path).expect("reads");
        let flood = format!(
            "[[feed]]\nname = \"flood\"\ntopic = \"{FLOOD}\"\nformat = \"nmea\"\nmax_messages_per_second = 20\n"
        );
        std::fs::write(&path, main + &flood).expect("writes");
        command.stderr(std::fs::File::create(folder.join("log")).expect("a file"));
    })
    .await;
    let line = vessels::report(314_009_000, false, 0);
    watch.probe.publish(FLOOD, vec![b'x'; 5 << 20]).await;
    for n in 0..10 {
        for _ in 0..SENT / 10 {
            watch.probe.publish(FLOOD, line.clone()).await;
        }
        watch.enters(314_001_000 + n, 10 * i64::from(n)).await;
    }
    assert_eq!(watch.raised(10).await, 10);
    let state = watch.folder.path().join("state");
    let logged = || {
        let mut logged = [0; 2];
        vigie::journal::input::read(&state, 0, |_, message| {
            logged[usize::from(message.topic == FLOOD)] += 1;
            Ok(())
        })
        .expect("reads");
        logged
    };
    let over = || {
        let status = watch.probe.seen("/status").pop().expect("a status");
        let status: serde_json::Value = serde_json::from_str(&status.payload).expect("JSON");
        status["feeds"][1]["errors"]["over-limit"].as_u64().unwrap_or(0)
    };
    while over() + logged()[1] < SENT {
        assert!(began.elapsed() < 2 * PATIENCE, "{} dropped and {:?} logged", over(), logged());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let ([good, flood], seconds) = (logged(), began.elapsed().as_secs() + 1);
    assert_eq!((good, flood + over()), (30, SENT), "each is logged or counted");
    assert!((1_200..=20 * (60 + seconds)).contains(&flood), "{flood} taken in {seconds} s");
    let log = std::fs::read_to_string(watch.folder.path().join("log")).expect("reads");
    assert_eq!(
        log.matches("event=\"over-limit\"").count() + log.matches("event=over-limit").count(),
        1,
        "{log}"
    );
}
