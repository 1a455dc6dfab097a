//! `vigie demo`: plays an exercise on this machine only, from the receivers to the alerts, without configuration.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Failure;
use super::run::runtime;
use super::signals::Signals;
use crate::config::{self, Config, Feed, Http, SHIPPED, Source};
use crate::console::{self, Exercise, Places, Serving, region::Region, scene::Scene};
use crate::engine::Engine;
use crate::health::Health;
use crate::model::{AlertEvent, Phase, Position, Span, Term, Time};
use crate::mqtt::Topics;
use crate::mqtt::broker;
use crate::mqtt::sender::Sender;
use crate::pipeline::{self, Options, Running};
use crate::scenario::{self, Line, Scenario, Truth};
use crate::sinks::event_json;
use crate::telemetry;
use crate::wire::Format;

/// The exercise that is played.
const SCENARIO: &str = include_str!("../../replay-data/barbados-saint-lucia/scenario.toml");
/// The alerts that are due in the exercise.
const TRUTH: &str = include_str!("../../replay-data/barbados-saint-lucia/truth.json");
/// The centre's lists in the exercise.
const LISTS: &str = include_str!("../../replay-data/barbados-saint-lucia/lists.toml");
/// Maximum number of simulated messages that wait to be sent.
const AHEAD: usize = 1024;
/// The default port of the console.
const CONSOLE: u16 = 8470;
/// Maximum time to connect to the broker, and to read the last messages.
const PATIENCE: Duration = Duration::from_secs(10);

/// Play a simulated exercise: broker, receivers, watch and console in one process, without any configuration
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  vigie demo\n  vigie demo --speed 600")]
pub struct Args {
    /// Speed, in multiples of real time
    #[arg(long, value_name = "N", default_value_t = 60.0, value_parser = speed)]
    speed: f64,
    /// Port of the demo's own broker, on this machine only; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// Port of the console, on this machine only; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = CONSOLE)]
    console: u16,
}

fn speed(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number.filter(|n| (0.1..=10_000.0).contains(n)).ok_or_else(|| "a number from 0.1 to 10000".to_owned())
}

/// Counts of the alert events printed on stdout.
#[derive(Debug, Default)]
struct Printed {
    raised: BTreeMap<Term, u32>,
    ended: u32,
}

/// Runs the command.
///
/// # Errors
/// The broker's port is taken, or a part of the program failed.
pub fn run(args: Args) -> Result<(), Failure> {
    telemetry::start("error,rumqttc=off");
    let scenario = scenario::parse(SCENARIO, "scenario.toml")
        .map_err(|errors| anyhow!("the shipped exercise does not read: {errors}"))?;
    let folder = Folder::make()?;
    Ok(runtime()?.block_on(play(args, scenario, &folder.0))?)
}

async fn play(args: Args, scenario: Scenario, folder: &std::path::Path) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let port = tokio::task::spawn_blocking(move || broker::start(args.port)).await??;
    let config = config_for(&scenario, port, folder)?;
    let exercise = Some(scenario.exercise.clone());
    let topics = Topics::new(&config.node.name, exercise.as_deref());

    let printed: Arc<Mutex<Printed>> = Arc::default();
    let (engine, counts) = (Engine::new(config.setup.clone()), Arc::clone(&printed));
    let on_alert = Box::new(move |event: &AlertEvent| print(event, &counts));
    let (broker, scene) = (broker::on_loopback(port), Scene::of(Region::default(), true));
    let options = Options {
        config: config.clone(),
        exercise: exercise.clone(),
        record: None,
        on_alert: Some(on_alert),
        audience: Some(scene.clone()),
        taken_over: None,
    };
    let running = pipeline::start(options, engine)?;
    connected(&running).await?;
    let console = open_console(args.console, &config, &scenario.exercise, &scene, &running).await?;
    introduce(&scenario, &config, &topics, args.speed, port, console.address);

    let started = Instant::now();
    let (start, whole) = (scenario.start, scenario.duration);
    let mut sender = Sender::connect(&broker, "receivers").await?;
    let ended = tokio::select! {
        played = send_all(scenario, &topics, args.speed, &mut sender) => { played?; true }
        () = signals.first() => false,
    };
    if ended {
        let sent = sender.finish().await?;
        taken(&running, sent).await;
        if std::io::stdout().is_terminal() {
            println!(
                "\nThe exercise is over; the console stays at http://{}/ until Ctrl-C.",
                console.address
            );
            signals.first().await;
        }
    }
    signals.exit_on_next();
    let health = running.end().await?;
    conclude(
        &health,
        &printed.lock().unwrap_or_else(PoisonError::into_inner),
        start,
        whole,
        started.elapsed(),
        ended,
    );
    Ok(())
}

/// The shipped rules and zones, with the exercise's lists, and its receivers as feeds.
fn config_for(scenario: &Scenario, port: u16, folder: &std::path::Path) -> anyhow::Result<Config> {
    let (mut config, _) =
        config::load_from(&Source::Embedded(&SHIPPED), "vigie.toml").map_err(|problems| {
            anyhow!("the shipped configuration does not read:\n{}", config::lines(&problems))
        })?;
    config.setup.lists = config::lists("lists.toml", LISTS)
        .map_err(|problems| anyhow!("the exercise's lists do not read:\n{}", config::lines(&problems)))?;
    config.broker = Some(broker::on_loopback(port));
    config.state.folder = folder.to_owned();
    config.http = None;
    config.feeds = scenario
        .stations
        .iter()
        .map(|station| Feed {
            position: Position::new(station.position.0.lon, station.position.0.lat),
            ..Feed::new(&station.name, vec![topic_of(&station.name)], Format::Nmea)
        })
        .collect();
    Ok(config)
}

fn topic_of(station: &str) -> String {
    format!("feeds/demo/{station}/ais")
}

/// Opens the console, on a free port if the default one is taken.
async fn open_console(
    port: u16,
    config: &Config,
    exercise: &str,
    scene: &Arc<Scene>,
    running: &Running,
) -> anyhow::Result<Serving> {
    let exercise = Exercise { name: exercise.to_owned(), first_due: first_due() };
    let open = |port| {
        let (exercise, scene) = (Some(exercise.clone()), Arc::clone(scene));
        async move {
            console::open(&Http::on_loopback(port), config, Places::default(), exercise, scene, running).await
        }
    };
    match open(port).await {
        Err(_) if port == CONSOLE => open(0).await,
        opened => opened,
    }
}

/// Returns the time at which the first alert of the exercise is due.
fn first_due() -> Option<Time> {
    let truth: Truth = serde_json::from_str(TRUTH).ok()?;
    truth.behaviours.iter().filter_map(|behaviour| Time::parse(&behaviour.due)).min()
}

fn introduce(
    scenario: &Scenario,
    config: &Config,
    topics: &Topics,
    speed: f64,
    port: u16,
    console: SocketAddr,
) {
    let names: Vec<&str> = scenario.stations.iter().map(|station| station.name.as_str()).collect();
    println!(
        "EXERCISE {}: {} from {}, {speed:.0} times as fast; {} receivers ({}) and {} rules.",
        scenario.exercise,
        scenario.duration.words(),
        scenario.start.rfc3339(),
        names.len(),
        names.join(", "),
        config.setup.rules.len(),
    );
    println!(
        "Everything is simulated and on this machine: the broker is mqtt://127.0.0.1:{port}, \
         alerts are on {}. Ctrl-C ends it.",
        topics.alert("+", "+")
    );
    println!("The console is at http://{console}/\n");
}

fn print(event: &AlertEvent, printed: &Mutex<Printed>) {
    println!("{}", event_json::words(event));
    let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
    match event.phase {
        Phase::Raised => *printed.raised.entry(event.pattern.clone()).or_default() += 1,
        Phase::Ended => printed.ended += 1,
        Phase::Updated => {}
    }
}

async fn connected(running: &Running) -> anyhow::Result<()> {
    let started = Instant::now();
    while !running.board.note().broker.connected {
        if started.elapsed() > PATIENCE {
            return Err(anyhow!("the demo's own broker does not answer"));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Sends the messages of the receivers when they are due.
async fn send_all(
    scenario: Scenario,
    topics: &Topics,
    speed: f64,
    sender: &mut Sender,
) -> anyhow::Result<()> {
    let stations: Vec<String> =
        scenario.stations.iter().map(|station| topics.inbound(&topic_of(&station.name))).collect();
    let start = scenario.start;
    let (line_in, mut line_out) = mpsc::channel::<Line>(AHEAD);
    tokio::task::spawn_blocking(move || {
        let seed = scenario.seed;
        for line in scenario::simulate(&scenario, seed) {
            if line_in.blocking_send(line).is_err() {
                return;
            }
        }
    });
    let began = Instant::now();
    while let Some(line) = line_out.recv().await {
        let after = Duration::try_from_secs_f64((line.time - start).secs() / speed).unwrap_or_default();
        tokio::time::sleep_until(began + after).await;
        let topic = stations.get(line.station).context("a station of the scenario")?;
        sender.send(topic.clone(), line.text.into_bytes()).await?;
    }
    Ok(())
}

/// Waits until the watch has read all messages that were sent.
async fn taken(running: &Running, sent: u64) {
    let started = Instant::now();
    while running.board.note().messages < sent && started.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn conclude(health: &Health, printed: &Printed, start: Time, whole: Span, took: Duration, ended: bool) {
    let played = health.engine.now.map_or(Span::ZERO, |now| now - start).0.clamp(0, whole.0);
    let how = if ended { "ended" } else { "stopped" };
    let reports: u64 = health.feeds.iter().map(|feed| feed.reports).sum();
    println!(
        "\nEXERCISE {how} after {} in {:.0} s: {reports} reports in {} messages, {} tracks.",
        Span(played).words(),
        took.as_secs_f64(),
        health.messages,
        health.engine.tracks,
    );
    let raised: u32 = printed.raised.values().sum();
    let by_pattern: Vec<String> =
        printed.raised.iter().map(|(pattern, count)| format!("{count} {pattern}")).collect();
    let by_pattern =
        if by_pattern.is_empty() { String::new() } else { format!(" ({})", by_pattern.join(", ")) };
    println!(
        "{raised} alerts raised{by_pattern}, {} ended; {} events published.",
        printed.ended,
        health.sent()
    );
}

/// A temporary folder for the demo's files, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn make() -> anyhow::Result<Folder> {
        let path = std::env::temp_dir().join(format!("vigie-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
