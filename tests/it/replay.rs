//! Replay is live: the same recording, however it is packed, cut, batched, sent or recorded, raises the same bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use vigie::config::{Config, State, load};
use vigie::engine::Engine;
use vigie::feed::feeder::Feeder;
use vigie::feed::recording::{self, About, Grain, Recorder, Recording, Window};
use vigie::feed::replay::{self, Summary, replay};
use vigie::feed::speed::Speed;
use vigie::model::{Span, Time};
use vigie::mqtt::Topics;
use vigie::mqtt::sender::Sender;
use vigie::pipeline;
use vigie::scenario::{Scenario, simulate};
use vigie::sinks::event_json::{Stamp, render};
use vigie::sinks::marking::Marks;

use crate::support::brokers::Broker;
use crate::support::journal;

const RULES: &str = r#"
[[rule]]
name = "loitering"
pattern = "loitering"
severity = "moderate"
[rule.limits]
min_duration = "5 min"
max_company = 1000
[[rule]]
name = "rendezvous"
pattern = "rendezvous"
severity = "moderate"
[rule.limits]
min_duration = "5 min"
max_company = 1000
[[rule]]
name = "gap"
pattern = "ais-gap"
severity = "moderate"
[rule.limits]
min_silence = "3 min"
coverage = "ignored"
[[rule]]
name = "drifting"
pattern = "drifting"
severity = "moderate"
[rule.limits]
min_duration = "5 min"
"#;

fn config(dir: &TempDir) -> Config {
    fs::write(dir.path().join("rules.toml"), RULES).expect("written");
    let main = "[node]\nname = \"test\"\nstate = \"BRB\"\n[[feed]]\nname = \"coast\"\ntopic = \"feeds/+/ais\"\n\
                format = \"nmea\"\n[rules]\nfiles = [\"rules.toml\"]\n";
    fs::write(dir.path().join("vigie.toml"), main).expect("written");
    load(&dir.path().join("vigie.toml"))
        .map_err(|problems| format!("{problems:?}"))
        .expect("a configuration")
        .0
}

fn run(
    config: &Config,
    paths: &[PathBuf],
    how: recording::Options,
    options: replay::Options,
) -> (String, Summary) {
    let stamp =
        Stamp { node: "test".to_owned(), state: "BRB".to_owned(), exercise: None, marks: Default::default() };
    run_as(&stamp, config, paths, how, options)
}

fn run_as(
    stamp: &Stamp,
    config: &Config,
    paths: &[PathBuf],
    how: recording::Options,
    options: replay::Options,
) -> (String, Summary) {
    let recording = Recording::open(paths, how).expect("readable");
    let mut lines = String::new();
    let summary = replay(recording, config, options, |event| {
        if let Some(event) = event {
            render(event, stamp, &mut lines);
            lines.push('\n');
        }
        Ok(())
    })
    .expect("replayed");
    (lines, summary)
}

fn alerts(config: &Config, paths: &[PathBuf]) -> String {
    run(config, paths, recording::Options::default(), replay::Options::default()).0
}

fn put(dir: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, content).expect("written");
    path
}

/// Everything that must not show, on one recording in one log.
fn nothing_shows(content: &str, least: usize) {
    let dir = TempDir::new().expect("a folder");
    let config = config(&dir);
    let whole = put(&dir, "whole.nmea", content);
    let want = alerts(&config, std::slice::from_ref(&whole));
    assert!(want.lines().count() >= least, "{} events say little", want.lines().count());
    let same = |got: String, how: &str| {
        let differ = got.lines().zip(want.lines()).position(|(a, b)| a != b);
        assert!(
            got == want,
            "{how}: {} events, not {}; first other at {differ:?}",
            got.lines().count(),
            want.lines().count()
        );
    };
    let zst = put(&dir, "packed.zst", zstd::encode_all(content.as_bytes(), 1).expect("in memory"));
    same(alerts(&config, &[zst]), "packed");
    for batch in [1, 7, 4096, usize::MAX] {
        let options = replay::Options { batch, ..replay::Options::default() };
        same(run(&config, std::slice::from_ref(&whole), recording::Options::default(), options).0, "batches");
    }
    let by_line = recording::Options { grain: Grain::Line, ..recording::Options::default() };
    same(run(&config, std::slice::from_ref(&whole), by_line, replay::Options::default()).0, "line by line");
    let lines: Vec<&str> = content.split_inclusive('\n').collect();
    for at in [2, lines.len() / 3, lines.len() / 2, lines.len() / 2 + 1, lines.len() * 9 / 10] {
        // Not between a line that tells the time and the sentence that it is told for.
        let begins = |line: &&str| line.starts_with(['$', '\\']);
        let at = at + lines[at..].iter().position(begins).unwrap_or(0);
        for (first, second) in [("day-1.nmea", "day-2.nmea"), ("b.nmea", "a.nmea")] {
            let halves = [put(&dir, first, lines[..at].concat()), put(&dir, second, lines[at..].concat())];
            same(
                alerts(&config, &halves),
                &format!("{first} and {second}, cut at line {at} of {}", lines.len()),
            );
        }
    }
    same(alerts(&config, &[sent(&dir, &config, &whole)]), "sent as an exercise, and recorded there");
    let (fast, summary) = run(
        &config,
        std::slice::from_ref(&whole),
        by_line,
        replay::Options { speed: Speed::Times(1e7), ..Default::default() },
    );
    same(fast, "paced");
    assert_eq!(summary.feeds.len(), 1);
    assert_eq!((summary.feeds[0].name.as_str(), summary.feeds[0].reports), ("coast", summary.reports));
}

/// The messages of `replay --publish feeds` as `run --exercise` would record them.
fn sent(dir: &TempDir, config: &Config, log: &Path) -> PathBuf {
    let path = dir.path().join("sent.mcap");
    let about = About { node: "test".to_owned(), exercise: Some("dawn".to_owned()), from_source: true };
    let mut recorder = Recorder::create(&path, about).expect("created");
    let how = recording::Options { grain: Grain::Line, ..recording::Options::default() };
    let recording = Recording::open(&[log.to_owned()], how).expect("readable");
    let mut feeder = Feeder::new(recording, &config.feeds, Speed::Max);
    // The clock of the day of the exercise, which has nothing to do with the recording's.
    let mut now = 1_900_000_000_000_000_000;
    while let Some(message) = feeder.next_message().expect("readable") {
        assert_eq!(message.topic, "feeds/log/ais");
        now += 20_000;
        recorder.write(message.topic, now, message.payload).expect("written");
    }
    recorder.finish().expect("finished");
    path
}

/// Twenty minutes of it through a broker at 50 times real time, into `run --exercise`, which records.
async fn nothing_shows_through_a_broker(content: String, least: usize) {
    let dir = TempDir::new().expect("a folder");
    let broker = Broker::embedded().config();
    let config = Config {
        broker: Some(broker.clone()),
        state: State { folder: dir.path().join("state"), ..State::default() },
        ..config(&dir)
    };
    let log = put(&dir, "log.nmea", content);
    let whole = Recording::open(std::slice::from_ref(&log), recording::Options::default()).expect("readable");
    let from = whole.first().expect("a first line");
    let window = Window { from: Some(from), until: Some(from + Span::from_secs(20 * 60)) };
    let exercise = Some("dawn".to_owned());
    let stamp = Stamp {
        node: "test".to_owned(),
        state: "BRB".to_owned(),
        exercise: exercise.clone(),
        marks: Arc::new(Marks::of(&config)),
    };
    let how = recording::Options { window, ..recording::Options::default() };
    let (want, summary) =
        run_as(&stamp, &config, std::slice::from_ref(&log), how, replay::Options::default());
    assert!(want.lines().count() >= least, "{} events say little", want.lines().count());

    let records = dir.path().join("records");
    let options = pipeline::Options {
        config: config.clone(),
        exercise: exercise.clone(),
        record: Some(records.clone()),
        on_alert: None,
        audience: None,
        taken_over: None,
    };
    let running = pipeline::start(options, Engine::new(config.setup.clone())).expect("starts");
    while !running.board.note().broker.connected {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let by_line = recording::Options { grain: Grain::Line, ..how };
    let recording = Recording::open(&[log], by_line).expect("readable");
    let mut feeder = Feeder::new(recording, &config.feeds, Speed::Times(50.0));
    let topics = Topics::new("test", exercise.as_deref());
    let mut sender = Sender::connect(&broker, "exercise-director").await.expect("connects");
    let mut count = 0;
    while let Some(message) = feeder.next_message().expect("readable") {
        let (topic, payload, wait) = (topics.inbound(message.topic), message.payload.to_vec(), message.wait);
        tokio::time::sleep(wait).await;
        sender.send(topic, payload).await.expect("sent");
        count += 1;
    }
    sender.finish().await.expect("acknowledged");
    while running.board.note().messages < count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.end().await.expect("ends");

    let live: String = journal::events(dir.path()).into_iter().map(|event| event + "\n").collect();
    assert!(live == want, "live: {} events, not {}", live.lines().count(), want.lines().count());
    let options = recording::Options::default();
    let (again, recorded) = run_as(&stamp, &config, &[records], options, replay::Options::default());
    assert!(again == want, "recorded: {} events, not {}", again.lines().count(), want.lines().count());
    assert_eq!(recorded.reports, summary.reports);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_simulated_exercise_through_a_broker() {
    nothing_shows_through_a_broker(simulated(20), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_real_recording_through_a_broker() {
    if let Some(content) = real() {
        nothing_shows_through_a_broker(content, 10).await;
    }
}

#[test]
fn of_a_simulated_exercise() {
    nothing_shows(&simulated(75), 10);
}

#[test]
fn of_a_real_recording() {
    if let Some(content) = real() {
        nothing_shows(&content, 10);
    }
}

fn simulated(minutes: i64) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-data/barbados-saint-lucia/scenario.toml");
    let scenario = Scenario::read(&path).expect("a scenario");
    let until = scenario.start + Span::from_secs(minutes * 60);
    let lines = simulate(&scenario, scenario.seed).take_while(|line| line.time < until);
    lines.map(|line| line.text + "\n").collect()
}

/// A real recording, if it lies beside the repository.
fn real() -> Option<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = "shared/data/ais/nearmiss_oresund_20181119.nmea";
    let found = ["..", "../.."].iter().find_map(|up| fs::read_to_string(here.join(up).join(file)).ok());
    if found.is_none() {
        eprintln!("skipped: {file} is not beside the repository");
    }
    found
}

#[test]
fn what_was_live_replays_with_its_own_arrivals() {
    // A recording stamped live: the arrivals stand in the file, so that a source's time in the future is not believed.
    let dir = TempDir::new().expect("a folder");
    let config = config(&dir);
    let path = dir.path().join("live.mcap");
    let mut recorder = Recorder::create(&path, About::default()).expect("created");
    let untimed = "!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24";
    let start = 1_767_240_000_000_000_000_u64;
    for n in 0..120 {
        recorder.write("feeds/north/ais", start + n * 10_000_000_000, untimed.as_bytes()).expect("written");
    }
    recorder.finish().expect("finished");
    let from = Some(Time(1_767_240_000_000 + 600_000));
    let how = recording::Options { window: Window { from, until: None }, ..recording::Options::default() };
    let (_, summary) = run(&config, std::slice::from_ref(&path), how, replay::Options::default());
    let span = summary.span.expect("a span");
    assert_eq!((summary.reports, span.from.as_str()), (60, "2026-01-01T04:10:00.000Z"));
    assert_eq!(span.until, "2026-01-01T04:19:50.000Z");
}
