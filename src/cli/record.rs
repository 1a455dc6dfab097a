//! `vigie record`: records raw feeds as received.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::Failure;
use super::check::configuration;
use super::run::{no_broker, runtime};
use super::signals::Signals;
use crate::clock;
use crate::config::Config;
use crate::feed::listener::{Arrived, Listener, Role};
use crate::feed::recording::{About, Recorder};
use crate::feed::watch_recorder::WatchRecorder;
use crate::health::Board;
use crate::mqtt::Topics;
use crate::pipeline::signers;
use crate::telemetry;

/// Maximum number of messages that wait to be written.
const MESSAGES: usize = 4096;

/// Record the feeds as received, until Ctrl-C
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  vigie record -c config/vigie.toml --out recordings")]
pub struct Args {
    /// The configuration [default: config/vigie.toml]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A folder, for one file per hour, or one file that ends in .mcap
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// The configuration is wrong or names no broker, or the recording cannot be started.
pub fn run(args: Args) -> Result<(), Failure> {
    telemetry::start(telemetry::WATCH_FILTER);
    let config = configuration(args.config.as_deref())?;
    runtime()?.block_on(record(config, args.out))
}

async fn record(config: Config, out: PathBuf) -> Result<(), Failure> {
    let broker = config.broker.as_ref().ok_or_else(no_broker)?;
    let mut signals = Signals::new().map_err(anyhow::Error::from)?;
    let topics = Topics::new(&config.node.name, None);
    let board = Arc::new(Board::recording());
    let listener =
        Listener::new(broker, &topics, &config.feeds, |_| true, Role::Record, 0, Arc::clone(&board))?;
    let listener = listener.verifying(signers::signatures(&config, None)?);
    let about = About { node: config.node.name.clone(), exercise: None, from_source: false };
    let recorder = WatchRecorder::new(Recorder::create(&out, about)?);
    let (message_in, message_out) = mpsc::channel(MESSAGES);
    let (stop, stopped) = watch::channel(false);
    let writer = tokio::task::spawn_blocking(move || write(recorder, message_out));
    let mut listening = tokio::spawn(listener.run(message_in.clone(), stopped));
    tracing::info!(event = telemetry::WATCH, out = %out.display(), feeds = config.feeds.len(), "recording");

    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = signals.first() => break,
            _ = second.tick() => message_in.try_send(Given::Tick).ok(),
        };
    }
    signals.exit_on_next();
    stop.send_replace(true);
    drop(message_in);
    if tokio::time::timeout(Duration::from_secs(2), &mut listening).await.is_err() {
        listening.abort();
    }
    let messages = writer.await.map_err(anyhow::Error::from)?;
    tracing::info!(event = telemetry::WATCH, messages, "recorded");
    Ok(())
}

/// One piece of work for the thread that records.
enum Given {
    Message(Arrived),
    /// A second has passed.
    Tick,
}

impl From<Arrived> for Given {
    fn from(arrived: Arrived) -> Given {
        Given::Message(arrived)
    }
}

/// Records until the queue is closed; returns how many messages.
fn write(mut recorder: WatchRecorder, mut given: mpsc::Receiver<Given>) -> u64 {
    let mut written = 0;
    while let Some(given) = given.blocking_recv() {
        match given {
            Given::Message(Arrived { message, arrival_ns, .. }) => {
                recorder.write(message.topic(), arrival_ns, message.payload());
                written += 1;
            }
            Given::Tick => recorder.tick(clock::nanos()),
        }
    }
    recorder.finish();
    written
}
