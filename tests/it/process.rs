//! The program as its users start and end it.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::support::brokers::{Broker, Mosquitto};
use crate::support::journal;
use crate::support::probe::{PATIENCE, Probe};
use crate::support::vessels::{self, TOPIC};

/// A `vigie` under way, ended when it is dropped.
pub struct Vigie {
    child: Guard,
    out: Output,
    err: Output,
}

/// What a program has written to one of its pipes, read while it comes: a full pipe would stop the program.
struct Output {
    text: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Output {
    fn of(from: impl Read + Send + 'static) -> Output {
        let text = Arc::new(Mutex::new(String::new()));
        let into = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(from).lines() {
                let mut text = into.lock().expect("lock");
                text.push_str(&line.expect("text"));
                text.push('\n');
            }
        });
        Output { text, reader }
    }

    fn so_far(&self) -> String {
        self.text.lock().expect("lock").clone()
    }

    fn whole(self) -> String {
        self.reader.join().expect("reads");
        self.text.lock().expect("lock").clone()
    }
}

impl Vigie {
    /// Number of the process.
    pub fn pid(&self) -> u32 {
        self.child.0.id()
    }

    pub fn start(args: &[&str], password: Option<&str>) -> Vigie {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).env_remove("VIGIE_LOG");
        if let Some(password) = password {
            command.env("VIGIE_BROKER_PASSWORD", password);
        }
        let mut child = command.spawn().expect("vigie starts");
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        Vigie { child: Guard(child), out: Output::of(out), err: Output::of(err) }
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.0.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "vigie takes {name}");
    }

    /// Waits until the standard output holds `text`: three times as long as for an answer, since an unoptimised program simulates and judges
    /// an hour of traffic first.
    fn wait_for_output(&self, text: &str) {
        let started = Instant::now();
        while !self.out.so_far().contains(text) {
            assert!(started.elapsed() < 3 * PATIENCE, "no {text:?} in {}", self.out.so_far());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for its end; status, stdout, stderr.
    pub fn end(self) -> (Option<i32>, String, String) {
        self.end_within(PATIENCE)
    }

    /// Waits for its end for a time; status, stdout, stderr.
    pub fn end_within(mut self, patience: Duration) -> (Option<i32>, String, String) {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.0.try_wait().expect("waits") {
                break status;
            }
            if started.elapsed() > patience {
                self.child.0.kill().ok();
                panic!("vigie does not end: {}", self.err.so_far());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        (status.code(), self.out.whole(), self.err.whole())
    }
}

fn mosquitto_with_password() -> Mosquitto {
    let folder = tempfile::tempdir().expect("folder");
    let made = Command::new("mosquitto_passwd")
        .args(["-b", "-c", &folder.path().join("passwords").display().to_string(), "bb-ops", "right"])
        .status();
    assert!(made.is_ok_and(|status| status.success()), "mosquitto_passwd works");
    Mosquitto::start_in(folder, "allow_anonymous false\npassword_file {dir}/passwords\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_one_line() {
    let folder = tempfile::tempdir().expect("folder");
    let mosquitto = mosquitto_with_password();
    let broker = format!("url = \"mqtt://127.0.0.1:{}\"\nuser = \"bb-ops\"", mosquitto.port);
    let config = vessels::write_config(folder.path(), &broker);
    let vigie = Vigie::start(&["run", "-c", &config.display().to_string()], Some("hunter2"));
    // Long enough for several tries of both connections.
    tokio::time::sleep(Duration::from_secs(4)).await;
    vigie.signal("-TERM");
    let (status, out, err) = vigie.end();
    assert_eq!((status, out.as_str()), (Some(0), ""), "{err}");
    let told: Vec<&str> = err.lines().filter(|line| line.contains("broker-away")).collect();
    assert_eq!(told.len(), 1, "{err}");
    assert!(told[0].contains("the broker refuses user bb-ops: wrong user or password"), "{err}");
    assert!(!err.contains("hunter2"), "{err}");
}

#[test]
fn a_configuration_without_a_broker_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let config = vessels::write_config(folder.path(), "");
    let text = std::fs::read_to_string(&config).expect("reads").replace("[broker]", "");
    std::fs::write(&config, text).expect("writes");
    let (status, _, err) = Vigie::start(&["run", "-c", &config.display().to_string()], None).end();
    assert_eq!(status, Some(2), "{err}");
    assert!(err.contains("the configuration names no broker"), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_message_tries_the_way_to_the_broker() {
    let folder = tempfile::tempdir().expect("folder");
    let check = |port: u16| {
        let config = vessels::write_config(folder.path(), &format!("url = \"mqtt://127.0.0.1:{port}\""));
        Vigie::start(&["check", "-c", &config.display().to_string(), "--send-test"], None).end()
    };
    let broker = Broker::embedded().config();
    let probe = Probe::new(&broker, "probe", "vigie/#").await;
    let (status, out, err) = check(broker.port);
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("bb-ops"), "what is in force comes first: {out}");
    assert!(err.starts_with("test sent to vigie/bb-ops/test at 127.0.0.1:"), "{err}");
    let seen = probe.wait("vigie/", 1).await;
    let message: serde_json::Value = serde_json::from_str(&seen[0].payload).expect("JSON");
    assert_eq!((seen.len(), seen[0].topic.as_str()), (1, "vigie/bb-ops/test"));
    assert_eq!((&message["test"], &message["node"]), (&true.into(), &"bb-ops".into()));

    let dead = vigie::mqtt::broker::free_port().expect("a port");
    let (status, _, err) = check(dead);
    assert_eq!((status, err.lines().count()), (Some(1), 1), "{err}");
    let (what, mend) = (format!("the test message: 127.0.0.1:{dead}: "), "[broker] in the configuration");
    assert!(err.contains(&what) && err.contains(mend), "{err}");
}

/// The journal holds exactly what was published, whenever the program dies.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_no_alert_is_lost() {
    let folder = tempfile::tempdir().expect("folder");
    let broker = Broker::mosquitto();
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let url = format!("url = \"mqtt://127.0.0.1:{}\"", broker.config().port);
    let config = vessels::write_config(folder.path(), &url).display().to_string();
    for round in 0..4_u32 {
        let status_before = probe.seen("/status").len();
        let vigie = Vigie::start(&["run", "-c", &config], None);
        probe.wait("/status", status_before + 1).await;
        probe.wait_for("/status", r#""connected""#).await;
        let alerts_before = probe.seen("/alerts/").len();
        let first = 314_000_000 + round * 1000;
        let many: Vec<String> = (0..500).flat_map(|n| vessels::entry(first + n, 0)).collect();
        for part in many.chunks(15) {
            probe.publish(TOPIC, part.join("\n")).await;
        }
        probe.wait("/alerts/", alerts_before + 20 + 60 * round as usize).await;
        vigie.signal("-KILL");
        vigie.end();
    }
    let vigie = Vigie::start(&["run", "-c", &config], None);
    let started = Instant::now();
    while written(folder.path()) != published(&probe) {
        let (written, published) = (written(folder.path()), published(&probe));
        assert!(started.elapsed() < PATIENCE, "{} written, {} published", written.len(), published.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    vigie.signal("-INT");
    let (status, _, err) = vigie.end();
    assert_eq!(status, Some(0), "{err}");
    assert!(written(folder.path()).len() >= 20 + 80 + 140 + 200);
}

/// A replay turns what `run` recorded into the same bytes, except for the exercise mark.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_of_what_was_recorded_is_what_was_live() {
    let folder = tempfile::tempdir().expect("folder");
    let broker = Broker::mosquitto();
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let url = format!("url = \"mqtt://127.0.0.1:{}\"", broker.config().port);
    let config = vessels::write_config(folder.path(), &url).display().to_string();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let vigie = Vigie::start(&["run", "-c", &config, "--record", &path("recordings")], None);
    probe.wait_for("/status", r#""connected""#).await;
    let silence = r#"{"action":"silence","subject":"mmsi:314000007","minutes":60,"by":"test",
                      "time":"2026-01-01T04:00:00Z"}"#;
    probe.publish("vigie/bb-ops/actions/1", silence).await;
    for n in 0..300 {
        probe.publish(TOPIC, vessels::entry(314_000_000 + n, i64::from(n) / 10).join("\r\n")).await;
    }
    probe.wait("/alerts/", 299).await;
    vigie.signal("-INT");
    let (status, _, err) = vigie.end();
    assert_eq!(status, Some(0), "{err}");

    let arguments = [
        "replay",
        &path("recordings"),
        "-c",
        &config,
        "--exercise",
        "again",
        "--alerts",
        &path("again.jsonl"),
    ];
    let (status, _, err) = Vigie::start(&arguments, None).end();
    assert_eq!(status, Some(0), "{err}");
    let replayed = std::fs::read_to_string(folder.path().join("again.jsonl")).expect("alerts");
    let live = journal::events(folder.path());
    assert_eq!(live.len(), 299, "one is silenced");
    let replayed = replayed.replace(r#""exercise":"again""#, r#""exercise":null"#);
    assert_eq!(replayed.lines().collect::<Vec<_>>(), live);
}

#[test]
fn a_demo_ends_in_good_order_on_ctrl_c() {
    let vigie = Vigie::start(&["demo", "--speed", "1500"], None);
    vigie.wait_for_output(" moderate ");
    vigie.signal("-INT");
    let (status, out, err) = vigie.end();
    assert_eq!((status, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.starts_with("EXERCISE barbados-saint-lucia: "), "{out}");
    assert!(out.contains(" moderate ") && out.contains("EXERCISE stopped after"), "{out}");
}

type Events = BTreeSet<(String, u64)>;

fn events<'a>(lines: impl Iterator<Item = &'a str>) -> Events {
    let id_and_seq = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).expect("a whole line");
        let seq = event["properties"]["seq"].as_u64().expect("seq");
        (event["id"].as_str().expect("id").to_owned(), seq)
    };
    lines.map(id_and_seq).collect()
}

fn written(folder: &Path) -> Events {
    let written = journal::events(folder);
    events(written.iter().map(String::as_str))
}

fn published(probe: &Probe) -> Events {
    let seen = probe.seen("/alerts/");
    events(seen.iter().map(|seen| seen.payload.as_str()))
}
