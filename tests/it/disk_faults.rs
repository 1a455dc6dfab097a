//! A disk that is full, a state folder that is removed, a process without file descriptors: alerts are told, and nothing that
//! was acknowledged to the broker is lost by the restart that follows.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::brokers::Broker;
use crate::support::journal;
use crate::support::probe::{PATIENCE, Probe};
use crate::support::vessels::{self, TOPIC};

/// Vessels that enter while the disk refuses: more messages than the broker sends without an acknowledgement.
const VESSELS: u32 = 400;

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A watch whose state folder is a file system of its own, of a size, in a namespace of its own. It starts again whenever it ends.
struct SmallDisk {
    folder: tempfile::TempDir,
    _broker: Broker,
    probe: Probe,
    shell: Killed,
    /// The state folder, as the watch sees it.
    inside: PathBuf,
}

impl SmallDisk {
    /// Starts the watch. The spare folder is `run` below the test's folder, where `has_spare`.
    async fn start(megabytes: usize, has_spare: bool) -> SmallDisk {
        let (folder, broker) = (tempfile::tempdir().expect("folder"), Broker::mosquitto());
        let probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
        let url = format!("url = \"mqtt://127.0.0.1:{}\"", broker.config().port);
        let config = vessels::write_config(folder.path(), &url).display().to_string();
        let (state, spare) = (folder.path().join("state"), folder.path().join("run"));
        std::fs::create_dir(&state).expect("folder");
        if has_spare {
            std::fs::create_dir(&spare).expect("folder");
        }
        let script = format!(
            "mount -t tmpfs -o size={megabytes}m none \"$1\" || exit 1
             while [ ! -e \"$3\" ]; do \"$0\" run -c \"$2\"; sleep 0.2; done"
        );
        let shell = Command::new("unshare")
            .args(["-rm", "sh", "-c", &script, env!("CARGO_BIN_EXE_vigie")])
            .args([&state.display().to_string(), &config])
            .arg(folder.path().join("stop"))
            .env("RUNTIME_DIRECTORY", spare)
            .stderr(Stdio::null())
            .spawn()
            .map(Killed)
            .expect("unshare is part of util-linux");
        probe.wait_for("/status", r#""state":"connected""#).await;
        let inside = PathBuf::from(format!("/proc/{}/root{}", shell.0.id(), state.display()));
        SmallDisk { folder, _broker: broker, probe, shell, inside }
    }

    /// Fills the disk to the last byte.
    fn fill(&self) {
        std::fs::write(self.inside.join("ballast"), vec![b'x'; 128 << 20]).expect_err("it is full");
    }

    fn make_room(&self) {
        std::fs::remove_file(self.inside.join("ballast")).expect("room again");
    }

    async fn enters(&mut self, vessels: std::ops::Range<u32>) {
        for mmsi in vessels {
            for line in vessels::entry(mmsi, 700) {
                self.probe.publish(TOPIC, line).await;
            }
        }
    }

    /// Sends the watch a signal and waits until it has ended.
    async fn signal(&self, name: &str) {
        let watch = self.watch().expect("the watch is there");
        let sent = Command::new("kill").args([name, &watch.to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
        let started = Instant::now();
        while self.watch() == Some(watch) {
            assert!(started.elapsed() < 2 * PATIENCE, "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The process of the watch.
    fn watch(&self) -> Option<u32> {
        let shell = self.shell.0.id();
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).ok()?;
        let is_vigie = |id: &&str| {
            std::fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name == "vigie\n")
        };
        children.split_whitespace().find(is_vigie)?.parse().ok()
    }

    /// Waits until so many alerts are written and sent, and the disk is well.
    async fn until_well(&self, alerts: u32) {
        let text = format!(
            "\"written\":{alerts},\"sent\":{alerts},\"waiting\":0,\"unreceived\":0,\"disk_error\":null"
        );
        self.probe.wait_for("/status", &text).await;
        self.probe.wait_for("/status", "\"input_error\":null").await;
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        std::fs::write(self.folder.path().join("stop"), "").ok();
        if let Some(watch) = self.watch() {
            Command::new("kill").args(["-KILL", &watch.to_string()]).status().ok();
        }
    }
}

/// Alerts in the journal of a state folder: how many, and how many events; `None` while there is none to read.
fn alerts(state: &Path) -> Option<(u32, u32)> {
    let db = vigie::journal::open_for_reading(&journal::below(state)?).ok()?;
    let sql = "SELECT count(DISTINCT id), count(*) FROM entry WHERE kind = 'alert'";
    db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).ok()
}

/// A disk that fills up under the watch, and has room again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_mends() {
    let mut disk = SmallDisk::start(24, true).await;
    disk.enters(314_001_000..314_001_001).await;
    disk.probe.wait("/alerts/", 1).await;

    disk.fill();
    disk.enters(314_002_000..314_002_000 + VESSELS).await;
    let told = disk.probe.wait_for("/status", "\"input_error\":\"").await.payload;
    assert!(told.contains("No space left"), "{told}");
    // Alerts are told all the same, marked.
    disk.probe.wait_for("/alerts/", r#""not_on_disk":true"#).await;
    // The watch goes on: what comes is read, though the disk keeps nothing.
    let read = disk.probe.wait_for("/status", "\"reports\":1203").await.payload;
    assert!(read.contains("\"disk_error\":\"") || read.contains("\"input_error\":\""), "{read}");
    disk.make_room();
    disk.until_well(401).await;
    std::fs::write(disk.folder.path().join("stop"), "").expect("writes");
    disk.signal("-INT").await;
    assert!(disk.shell.0.wait().expect("ends").success());
    assert_eq!(
        std::fs::read_dir(disk.folder.path().join("run")).expect("reads").count(),
        0,
        "the spare folder goes"
    );
}

/// The restart that an operator does, and a kill, while the disk is full.
async fn restarted(signal: &str, has_spare: bool) {
    let mut disk = SmallDisk::start(24, has_spare).await;
    disk.enters(314_001_000..314_001_001).await;
    disk.probe.wait("/alerts/", 1).await;
    disk.fill();
    disk.enters(314_002_000..314_002_000 + VESSELS).await;
    disk.probe.wait_for("/status", "\"input_error\":\"").await;
    disk.probe.wait_for("/alerts/", r#""not_on_disk":true"#).await;
    if has_spare {
        disk.probe.wait_for("/status", "\"reports\":1203").await;
    }
    disk.signal(signal).await;
    disk.make_room();
    // Each is written once, and all are sent.
    disk.until_well(401).await;
    let mut ids: Vec<String> = disk.probe.seen("/alerts/").into_iter().map(|seen| seen.topic).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orderly_restart_while_the_disk_is_full_loses_nothing() {
    restarted("-TERM", true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_the_disk_is_full_loses_nothing() {
    restarted("-KILL", true).await;
}

/// Nothing takes the messages: the broker keeps what is not acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_without_a_spare_folder_loses_nothing() {
    restarted("-KILL", false).await;
}

/// A disk that fills up while the reserve is kept: alerts are still written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_has_a_reserve() {
    let mut disk = SmallDisk::start(90, true).await;
    let started = Instant::now();
    while !disk.inside.join("reserve").exists() {
        assert!(started.elapsed() < PATIENCE, "no reserve");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    disk.fill();
    disk.signal("-TERM").await;
    disk.enters(314_002_000..314_002_000 + VESSELS).await;
    let told = disk.probe.wait_for("/status", "the disk is full").await.payload;
    assert!(!disk.inside.join("reserve").exists(), "{told}");
    disk.probe.wait("/alerts/", VESSELS as usize).await;
    disk.probe.wait_for("/status", "\"written\":400,\"sent\":400").await;
}

/// A watch on the disk of the tests, with a spare folder of its own.
struct Plain {
    folder: tempfile::TempDir,
    _broker: Broker,
    probe: Probe,
    config: PathBuf,
    watch: Killed,
}

impl Plain {
    async fn start(more: &str) -> Plain {
        let (folder, broker) = (tempfile::tempdir().expect("folder"), Broker::mosquitto());
        let probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
        let url = format!("url = \"mqtt://127.0.0.1:{}\"", broker.config().port);
        let config = vessels::write_config(folder.path(), &url);
        let text = std::fs::read_to_string(&config).expect("reads") + more;
        std::fs::write(&config, text).expect("writes");
        std::fs::create_dir(folder.path().join("run")).expect("folder");
        let watch = Plain::run(folder.path(), &config);
        probe.wait_for("/status", r#""state":"connected""#).await;
        Plain { folder, _broker: broker, probe, config, watch }
    }

    fn run(folder: &Path, config: &Path) -> Killed {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(["run", "-c"]).arg(config).env("RUNTIME_DIRECTORY", folder.join("run"));
        Killed(command.stderr(Stdio::null()).spawn().expect("vigie starts"))
    }

    async fn enters(&mut self, mmsi: u32) {
        for line in vessels::entry(mmsi, 700) {
            self.probe.publish(TOPIC, line).await;
        }
    }

    /// Kills the watch, and starts it again.
    fn restart(&mut self) {
        self.watch.0.kill().expect("is killed");
        self.watch.0.wait().expect("ends");
        self.watch = Plain::run(self.folder.path(), &self.config);
    }

    /// Waits until the journal has so many alerts, each with one event.
    async fn until_written(&self, count: u32) {
        let (state, started) = (self.folder.path().join("state"), Instant::now());
        while alerts(&state) != Some((count, count)) {
            assert!(started.elapsed() < PATIENCE, "{:?} of {count}", alerts(&state));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_folder_that_is_removed_is_told_and_what_comes_then_is_not_lost() {
    let mut plain = Plain::start("").await;
    plain.enters(314_001_000).await;
    plain.until_written(1).await;
    let state = plain.folder.path().join("state");
    // The watch may write a file into it meanwhile.
    let is_gone = (0..100).any(|_| std::fs::remove_dir_all(&state).is_ok() || !state.exists());
    assert!(is_gone, "{} cannot be removed", state.display());
    plain.enters(314_002_000).await;
    plain.probe.wait_for("/status", "the state folder was removed").await;
    plain.probe.wait_for("/status", "\"input_error\":\"the file was removed or moved").await;
    plain.probe.wait_for("/alerts/", "314002000").await;
    plain.restart();
    plain.until_written(1).await;
    let kept = journal::events(plain.folder.path());
    assert!(kept[0].contains("314002000"), "{kept:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_without_file_descriptors_is_told_and_loses_nothing() {
    let mut plain = Plain::start("checkpoint_seconds = 1\n").await;
    plain.enters(314_001_000).await;
    plain.until_written(1).await;
    let limit = |files: &str| {
        let id = plain.watch.0.id().to_string();
        let set = Command::new("prlimit").args(["--pid", &id, &format!("--nofile={files}")]).status();
        assert!(set.is_ok_and(|status| status.success()), "prlimit is part of util-linux");
    };
    limit("4:1024");
    plain.probe.wait_for("/status", "Too many open files").await;
    plain.enters(314_002_000).await;
    plain.until_written(2).await;
    plain.restart();
    plain.enters(314_003_000).await;
    plain.until_written(3).await;
}
