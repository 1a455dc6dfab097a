//! `kill -9` at any moment: the watch goes on as if nothing had been.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use vigie::feed::recording::{self, Recording};
use vigie::journal;
use vigie::mqtt::sender::Sender;

use crate::support::brokers::{Broker, Mosquitto};
use crate::support::journal::{below, events};
use crate::support::probe::Probe;

/// Kills of a run; more or fewer on request.
const KILLS: u32 = 200;
/// Messages that come in one payload.
const LINES: usize = 12;
/// The whole of it must be over by then.
const PATIENCE: Duration = Duration::from_secs(600);

pub struct Vigie(Child);

impl Vigie {
    pub fn start(config: &Path, more: &[&str]) -> Vigie {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(["run", "-c"]).arg(config).args(more).env("VIGIE_LOG", "error");
        Vigie(command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("vigie starts"))
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether the process has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().expect("waits").is_some()
    }

    pub fn kill(&mut self) {
        self.0.kill().expect("is killed");
        self.0.wait().expect("ends");
    }
}

impl Drop for Vigie {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The night south of Barbados, AIS and two radars, in the payloads that a busy gateway would send.
pub fn night(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let exercise = Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-data/mothership-barbados");
    let recording = folder.join("night.mcap");
    let simulated = Command::new(env!("CARGO_BIN_EXE_vigie"))
        .arg("simulate")
        .arg(exercise.join("scenario.toml"))
        .arg("--out")
        .arg(&recording)
        .stderr(Stdio::null())
        .status();
    assert!(simulated.is_ok_and(|status| status.success()), "the night is simulated");
    let mut recording = Recording::open(&[recording], recording::Options::default()).expect("opens");
    let mut payloads: Vec<(String, Vec<u8>, usize)> = Vec::new();
    while let Some(piece) = recording.next_piece().expect("reads") {
        match payloads.last_mut() {
            Some((topic, payload, lines)) if topic == piece.topic && *lines < LINES => {
                payload.push(b'\n');
                payload.extend_from_slice(piece.payload);
                *lines += 1;
            }
            _ => payloads.push((piece.topic.to_owned(), piece.payload.to_vec(), 1)),
        }
    }
    payloads.into_iter().map(|(topic, payload, _)| (topic, payload)).collect()
}

pub fn configuration(folder: &Path, port: u16) -> std::path::PathBuf {
    let exercise = Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-data/mothership-barbados");
    let text = std::fs::read_to_string(exercise.join("vigie.toml")).expect("reads");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let own = |text: &str| {
        // Its times are those of the exercise, months ago.
        text.replace("[[feed]]", "[[feed]]\nown_times = \"always\"")
            .replace("../../config", &shipped.display().to_string())
            .replace(
                "\"zones.geojson\"",
                &format!("{:?}", exercise.join("zones.geojson").display().to_string()),
            )
            .replace("\"lists.toml\"", &format!("{:?}", exercise.join("lists.toml").display().to_string()))
    };
    let (broker, state) = (format!("url = \"mqtt://127.0.0.1:{port}\""), folder.join("state"));
    // So often that many kills come between a checkpoint and the next.
    let state = format!("[state]\nfolder = {:?}\ncheckpoint_seconds = 1\n", state.display().to_string());
    let more = format!("[broker]\n{broker}\n{state}");
    let path = folder.join("vigie.toml");
    std::fs::write(&path, own(&text) + &more).expect("writes");
    path
}

/// Sends the night to a watch that is killed so many times while it comes; what its journal holds in the end.
pub async fn watched(night: &[(String, Vec<u8>)], kills: u32) -> Vec<String> {
    let folder = tempfile::tempdir().expect("folder");
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let broker = Broker::Mosquitto(mosquitto);
    let config = configuration(folder.path(), broker.config().port);
    let probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    // Its session must be there before anything is sent.
    let mut vigie = Vigie::start(&config, &[]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    let mut sender = Sender::connect(&broker.config(), "receivers").await.expect("connects");
    let payloads = night.to_vec();
    let sent = tokio::spawn(async move {
        // As long as the kills take: a night in so many fractions of a second.
        let each = if kills > 0 {
            Duration::from_micros(u64::from(kills) * 400_000 / payloads.len() as u64)
        } else {
            Duration::ZERO
        };
        let began = tokio::time::Instant::now();
        for (n, (topic, payload)) in (0..).zip(payloads) {
            tokio::time::sleep_until(began + each * n).await;
            sender.send(topic, payload).await.expect("sent");
        }
        sender.finish().await.expect("acknowledged")
    });
    let mut dice = 0x9e37_79b9_u64;
    for _ in 0..kills {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // From before it has read its configuration to well into its work.
        tokio::time::sleep(Duration::from_millis(20 + (dice >> 33) % 700)).await;
        vigie.kill();
        vigie = Vigie::start(&config, &[]);
    }
    sent.await.expect("sent");
    let last_words = "vigie/bb-exercise/actions/the-end";
    let mut director = Probe::new(&broker.config(), "director", "nothing").await;
    director.publish(last_words, r#"{"action":"acknowledge","alert":"the-end","by":"test"}"#).await;
    let started = Instant::now();
    loop {
        let journal = below(&folder.path().join("state")).expect("a journal");
        let db = journal::open_for_reading(&journal).expect("opens");
        let told = "SELECT count(*) FROM entry WHERE kind = 'action' AND body LIKE '%the-end%'";
        let waiting = "SELECT count(*) FROM outbox";
        let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, u64>(0)).expect("reads");
        if count(told) == 1 && count(waiting) == 0 {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "the end does not come");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let written = events(folder.path());
    // Sent at least once, each of them and nothing else.
    let mut published: Vec<String> = probe.seen("/alerts/").into_iter().map(|seen| seen.payload).collect();
    published.dedup();
    let mut once = Vec::new();
    published.into_iter().for_each(|event| {
        if !once.contains(&event) {
            once.push(event)
        }
    });
    assert_eq!(once, written, "what was published is what the journal holds");
    written
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_two_hundred_times_under_load_it_is_as_if_it_had_not_been() {
    let kills = std::env::var("VIGIE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    let folder = tempfile::tempdir().expect("folder");
    let night = night(folder.path());
    let undisturbed = watched(&night, 0).await;
    assert!(undisturbed.len() >= 7, "{} events say little", undisturbed.len());
    let killed = watched(&night, kills).await;
    assert_eq!(killed.join("\n"), undisturbed.join("\n"), "{kills} kills");
}
