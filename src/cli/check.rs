//! `vigie check`: checks a configuration and prints what is in force.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::anyhow;

use super::Failure;
use super::run::{no_broker, runtime};
use crate::clock;
use crate::config::{self, Broker, Config, Gravity, Overview, Problem};
use crate::mqtt::Topics;
use crate::mqtt::sender::Sender;

/// Check a configuration: prints every error with file, line and column, or else what is in force
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  vigie check -c config/vigie.toml --send-test")]
pub struct Args {
    /// The main file [default: config/vigie.toml, or else the shipped configuration]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Also publish one message, marked as a test, to vigie/NODE/test at the broker, and wait for its receipt
    #[arg(long)]
    send_test: bool,
}

/// Runs the command.
///
/// # Errors
/// `Usage` if the configuration is wrong, or names no broker for the test. `Running` if the output cannot be written, or
/// the broker does not accept the test message.
pub fn run(args: Args) -> Result<(), Failure> {
    let overview = overview(args.config.as_deref())?;
    print(&config::in_force(&overview))?;
    if args.send_test { send_test(&overview.config) } else { Ok(()) }
}

/// Publishes a test message as alerts are published: same broker, user and TLS, QoS 1, not retained.
fn send_test(config: &Config) -> Result<(), Failure> {
    let broker = config.broker.as_ref().ok_or_else(no_broker)?;
    let (node, place) = (&config.node.name, format!("{}:{}", broker.host, broker.port));
    let topics = Topics::new(node, None);
    let sent = runtime()?.block_on(publish_test(broker, &topics, node));
    let (connecting, receipt) = sent.map_err(|error| {
        let mend = "check that the broker runs there, and [broker] in the configuration";
        anyhow!("the broker did not accept the test message: {error:#}; {mend}")
    })?;
    let ms = |took: Duration| took.as_secs_f64() * 1000.0;
    eprintln!(
        "test sent to {} at {place}: connected in {:.1} ms, receipt after {:.1} ms",
        topics.test(),
        ms(connecting),
        ms(receipt)
    );
    Ok(())
}

/// Publishes the test message. Returns the time to connect, and the time from sending to PUBACK.
async fn publish_test(broker: &Broker, topics: &Topics, node: &str) -> anyhow::Result<(Duration, Duration)> {
    let started = Instant::now();
    let mut sender = Sender::connect(broker, &topics.client_id("test")).await?;
    let connected = Instant::now();
    sender.send(topics.test(), test_message(node).into_bytes()).await?;
    sender.acknowledged().await?;
    let receipt = connected.elapsed();
    sender.finish().await?;
    Ok((connected - started, receipt))
}

fn test_message(node: &str) -> String {
    let summary = format!("TEST from {node}. Nothing happened; no action is asked for.");
    let time = clock::now().rfc3339();
    serde_json::json!({"schema": "vigie.test/1", "node": node, "test": true, "time": time, "summary": summary})
        .to_string()
}

/// Loads a configuration with what is known of its files, and prints its warnings on standard error.
///
/// # Errors
/// As [`configuration`].
pub(super) fn overview(path: Option<&Path>) -> Result<Overview, Failure> {
    let overview = config::overview(path).map_err(|problems| refusal(&problems))?;
    tell(&overview.warnings);
    Ok(overview)
}

/// Loads the configuration of a command, and prints its warnings on standard error.
///
/// # Errors
/// `Usage` if the configuration is wrong, after every error was printed on standard error.
pub fn configuration(path: Option<&Path>) -> Result<Config, Failure> {
    let (config, warnings) = config::load_or_shipped(path).map_err(|problems| refusal(&problems))?;
    tell(&warnings);
    Ok(config)
}

/// Prints to standard output. A reader that closes the pipe early is not an error.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::Running(error.into())),
        _ => Ok(()),
    }
}

fn tell(problems: &[Problem]) {
    if !problems.is_empty() {
        eprintln!("{}", config::lines(problems));
    }
}

pub(super) fn refusal(problems: &[Problem]) -> Failure {
    tell(problems);
    let errors = problems.iter().filter(|problem| problem.severity == Gravity::Error).count();
    let s = if errors == 1 { "" } else { "s" };
    Failure::Usage(format!("the configuration has {errors} error{s}; nothing was started"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_configuration_is_wrong_use() {
        let refused = configuration(Some(Path::new("no-such-folder/vigie.toml"))).expect_err("no file");
        assert!(matches!(&refused, Failure::Usage(text) if text.contains("has 1 error;")), "{refused}");
        let args = Args { config: Some(PathBuf::from("no-such-folder/vigie.toml")), send_test: false };
        assert!(matches!(run(args), Err(Failure::Usage(_))));
    }
}
