//! `vigie replay`: sends a recording through the same engine as a live watch.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::ValueEnum;

use super::Failure;
use super::check::configuration;
use super::run::exercise_name;
use super::{play, publish};
use crate::config::Config;
use crate::feed::recording::{self, Grain, Recording, Steady, Window};
use crate::feed::replay::{self, EXERCISE, Summary};
use crate::feed::speed::Speed;
use crate::in_place::{self, Readers};
use crate::model::{AlertEvent, Time};
use crate::sinks::event_json::{self, Stamp};
use crate::sinks::marking::Marks;

/// The file name that means standard output.
const STDOUT: &str = "-";
/// Size of the blocks in which alert lines are written at full speed, bytes.
const BLOCK_BYTES: usize = 64 << 10;

/// Replay recordings: the alerts that they would have raised live, at any speed
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  vigie replay watch.mcap                                   alerts as JSON lines on standard output
  vigie replay north.nmea.gz south.nmea --alerts a.jsonl --summary s.json
  vigie replay old.log --start 2026-01-01T00:00:00Z --rate 20/s      a log without times
  vigie replay watch.mcap --publish feeds --speed 50 --exercise dawn
  vigie replay watch.mcap --console                         play it in the browser: pause, seek, any speed
  vigie replay night.mcap -c director.toml --console --exercise dawn --node bb.toml --node lc.toml    lead two nodes

Text logs of NMEA lines, MCAP files and packet captures (UDP: NMEA, ASTERIX), also .gz and .zst, are recognised by their
content. A folder stands for the files in it. Several files are merged by time.")]
pub struct Args {
    /// Recordings, or folders of recordings
    #[arg(required = true)]
    pub(super) recording: Vec<PathBuf>,
    /// The configuration [default: config/vigie.toml]
    #[arg(short, long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// "max", or how many times real time [default: max]
    #[arg(long)]
    pub(super) speed: Option<Speed>,
    /// Skip messages before this time (RFC 3339)
    #[arg(long, value_parser = time, value_name = "T")]
    from: Option<Time>,
    /// Skip messages at this time or later
    #[arg(long, value_parser = time, value_name = "T")]
    until: Option<Time>,
    /// File for alert events, one JSON object per line; "-" is standard output
    #[arg(long, default_value = "-", value_name = "FILE")]
    alerts: PathBuf,
    /// File for the summary, one JSON object; "-" is standard output
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Send to the configuration's broker: the feeds, as an exercise, or the alerts
    #[arg(long)]
    publish: Option<Publish>,
    /// The exercise's name, which marks all output [default: the recording's own, or "replay"]
    #[arg(long, value_parser = exercise_name, value_name = "NAME")]
    pub(super) exercise: Option<String>,
    /// Play the recording in the browser instead: a console on this machine only, at this port, until Ctrl-C, at 60 times
    /// real time unless --speed is given
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "8470",
          conflicts_with_all = ["alerts", "summary", "publish"])]
    console: Option<u16>,
    /// With --console: a node that follows, by its configuration; may be given several times. What is played goes to the
    /// node's broker as an exercise, and only there is the recording watched: the director pauses, speeds up, makes feeds
    /// fail and injects messages for all nodes
    #[arg(long, value_name = "FILE", requires = "console")]
    pub(super) node: Vec<PathBuf>,
    /// With --console: the truth file (docs/scenario.md), for the debrief
    #[arg(long, value_name = "FILE", requires = "console")]
    pub(super) truth: Option<PathBuf>,
    /// For logs without times: the time of the first sentence
    #[arg(long, value_parser = time, value_name = "T", requires = "rate")]
    start: Option<Time>,
    /// For logs without times: sentences per second
    #[arg(long, value_parser = rate, value_name = "N/s", requires = "start")]
    rate: Option<f64>,
}

impl Args {
    fn speed(&self) -> Speed {
        self.speed.unwrap_or_default()
    }
}

/// The messages that are sent to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Publish {
    /// Messages of the recording, below vigie/exercise/NAME/
    Feeds,
    /// Alert events, below vigie/NODE/exercise/NAME/
    Alerts,
}

/// Runs the command.
///
/// # Errors
/// The command line or the configuration is wrong, or the replay failed.
pub fn run(args: Args) -> Result<(), Failure> {
    check(&args).map_err(Failure::Usage)?;
    let config = configuration(args.config.as_deref())?;
    let options = recording::Options {
        window: window(args.from, args.until).map_err(Failure::Usage)?,
        steady: args.start.zip(args.rate).map(|(start, rate)| Steady { start, rate }),
        grain: match (args.speed(), args.publish) {
            (Speed::Max, None | Some(Publish::Alerts)) => Grain::Block,
            _ => Grain::Line,
        },
    };
    if let Some(port) = args.console {
        return play::play(&args, port, options, &config);
    }
    let mut recording = Recording::open(&args.recording, options)?;
    tell(&recording.notices());
    let own = recording.about().and_then(|about| about.exercise.clone());
    let exercise = args.exercise.clone().or(own).unwrap_or_else(|| EXERCISE.to_owned());
    if args.publish == Some(Publish::Feeds) {
        let sent = publish::feeds(recording, &config, &exercise, args.speed())?;
        eprintln!("vigie: exercise {exercise}: {sent} messages sent below vigie/exercise/{exercise}/");
        return Ok(());
    }
    judge(&args, recording, &config, exercise)
}

/// Returns the part of a recording between two times.
pub(super) fn window(from: Option<Time>, until: Option<Time>) -> Result<Window, String> {
    match (from, until) {
        (Some(from), Some(until)) if from >= until => {
            Err(format!("--from {from} is not before --until {until}"))
        }
        _ => Ok(Window { from, until }),
    }
}

/// Checks for options that contradict each other.
fn check(args: &Args) -> Result<(), String> {
    let stdout = Path::new(STDOUT);
    if args.alerts == stdout && args.summary.as_deref() == Some(stdout) {
        return Err("alerts and summary cannot both go to standard output; add --alerts FILE".to_owned());
    }
    if args.publish == Some(Publish::Feeds) && args.summary.is_some() {
        let mend =
            "leave out --summary; the `vigie run --exercise` that reads the messages raises the alerts";
        return Err(format!("--publish feeds sends messages and evaluates no rule: {mend}"));
    }
    Ok(())
}

/// Replays a recording through the engine, and writes alerts and summary.
fn judge(args: &Args, recording: Recording, config: &Config, exercise: String) -> Result<(), Failure> {
    let (node, state) = (config.node.name.clone(), config.node.owner.word().to_owned());
    let stamp = Stamp { node, state, exercise: Some(exercise.clone()), marks: Arc::new(Marks::of(config)) };
    let mut to_broker = match args.publish {
        Some(_) => Some(publish::Alerts::connect(config.broker.as_ref(), &exercise, stamp.clone())?),
        None => None,
    };
    let mut writer = AlertLines::open(&args.alerts, stamp, args.speed() == Speed::Max)?;
    let quiet = args.alerts == Path::new(STDOUT) && io::stdout().is_terminal();
    let near_misses = args.summary.is_some();
    let options = replay::Options { speed: args.speed(), quiet, near_misses, ..replay::Options::default() };
    let done = replay::replay(recording, config, options, |event| {
        if let (Some(sender), Some(event)) = (&mut to_broker, event) {
            sender.send(event)?;
        }
        writer.write(event)
    });
    let mut summary = match done {
        // The reader of the lines closed the pipe.
        Err(error) if is_broken_pipe(&error) => return Ok(()),
        done => done?,
    };
    if let Some(sender) = to_broker {
        eprintln!("vigie: {} alert events sent", sender.finish()?);
    }
    tell(&summary.notices);
    summary.exercise = exercise;
    conclude(&summary);
    match &args.summary {
        Some(path) => Ok(write_summary(path, &summary)?),
        None => Ok(()),
    }
}

/// Writes alert events as lines of JSON.
struct AlertLines {
    to: Box<dyn Write>,
    shown: String,
    stamp: Stamp,
    lines: String,
    block: usize,
}

impl AlertLines {
    fn open(path: &Path, stamp: Stamp, in_blocks: bool) -> anyhow::Result<AlertLines> {
        let shown = path.display().to_string();
        let to: Box<dyn Write> = if shown == STDOUT {
            Box::new(io::stdout())
        } else {
            Box::new(File::create(path).with_context(|| format!("{shown}: cannot write alerts"))?)
        };
        let block = if in_blocks { BLOCK_BYTES } else { 0 };
        Ok(AlertLines { to, shown, stamp, lines: String::new(), block })
    }

    /// Adds an event, or flushes at `None`. Only whole lines are written.
    fn write(&mut self, event: Option<&AlertEvent>) -> anyhow::Result<()> {
        if let Some(event) = event {
            event_json::render(event, &self.stamp, &mut self.lines);
            self.lines.push('\n');
        }
        if !self.lines.is_empty() && (event.is_none() || self.lines.len() > self.block) {
            let written = self.to.write_all(self.lines.as_bytes()).and_then(|()| self.to.flush());
            written.with_context(|| format!("{}: cannot write alerts", self.shown))?;
            self.lines.clear();
        }
        Ok(())
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    io.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Prints notices about the recordings.
fn tell(notices: &[String]) {
    for notice in notices {
        eprintln!("vigie: {notice}");
    }
}

/// Prints the summary in one line.
fn conclude(summary: &Summary) {
    let raised: u64 = summary.alerts.values().map(|rule| rule.raised).sum();
    let span =
        summary.span.as_ref().map_or_else(String::new, |span| format!(", {} to {}", span.from, span.until));
    let run = &summary.run;
    eprintln!(
        "vigie: exercise {}: {} reports{span}, {} tracks, {raised} alerts raised; {:.1} s, {:.0} reports/s, {:.0}x real time",
        summary.exercise, summary.reports, summary.tracks, run.wall_s, run.reports_per_s, run.times_real_time
    );
}

/// Writes the summary, of which a reader never sees half.
fn write_summary(path: &Path, summary: &Summary) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(summary)?;
    text.push('\n');
    if path == Path::new(STDOUT) {
        return Ok(io::stdout().write_all(text.as_bytes())?);
    }
    let failed = || format!("{}: cannot write the summary", path.display());
    let regular = std::fs::metadata(path).map_or(true, |about| about.is_file());
    if !regular {
        return std::fs::write(path, text).with_context(failed);
    }
    in_place::put(path, text.as_bytes(), Readers::Anybody).with_context(failed)
}

pub(super) fn time(text: &str) -> Result<Time, String> {
    let midnight = || Time::parse(&format!("{text}T00:00:00Z"));
    Time::parse(text)
        .or_else(midnight)
        .ok_or_else(|| "a time is written 2026-01-01T04:00:00Z, or 2026-01-01".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.strip_suffix("/s").unwrap_or(text).parse().ok();
    let fits = number.filter(|rate| rate.is_finite() && *rate >= 1e-6 && *rate <= 1e9);
    fits.ok_or_else(|| "a rate is a number of sentences a second: 10/s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        assert_eq!(time("2026-01-01"), Ok(Time::parse("2026-01-01T00:00:00Z").expect("a time")));
        assert!(time("yesterday").is_err());
        assert_eq!(rate("10/s"), Ok(10.0));
        assert!(rate("0/s").is_err() && rate("NaN").is_err());
    }
}
