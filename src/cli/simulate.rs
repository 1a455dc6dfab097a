//! `vigie simulate`: makes a recording and its truth from a scenario file.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Failure;
use crate::feed::recording::{About, Recorder};
use crate::model::Span;
use crate::scenario::{Line, Scenario, Simulation, simulate};

/// Turn a scenario file into a recording and its truth
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  vigie simulate replay-data/barbados-saint-lucia/scenario.toml \
                        --out /tmp/night.nmea.zst --truth /tmp/truth.json")]
pub struct Args {
    /// The scenario (docs/scenario.md)
    scenario: PathBuf,
    /// File for the recording: .mcap with a topic for each station, or a text log with TAG blocks
    /// (.nmea, also .nmea.gz, .nmea.zst; "-" is stdout)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// File for the truth, as JSON
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// File for the radars' plots, as CSV: time, radar, longitude, latitude, measured range and bearing, and the subjects
    /// in the plot, the strongest first
    #[arg(long, value_name = "FILE")]
    plots: Option<PathBuf>,
    /// Record the ordinary life of so many days before the scenario's start instead, without what deserves an alert:
    /// recordings to learn from
    #[arg(long, value_name = "DAYS")]
    ordinary: Option<u16>,
    /// Seed of the random numbers [default: the scenario's own]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// Runs the command.
///
/// # Errors
/// The scenario is wrong, or a file cannot be written.
pub fn run(args: Args) -> Result<(), Failure> {
    let mut scenario = Scenario::read(&args.scenario).map_err(|errors| Failure::Usage(errors.to_string()))?;
    if let Some(days) = args.ordinary {
        scenario.ordinary_before(Span::from_secs(i64::from(days.clamp(1, 31)) * 86_400));
    }
    let mut out = Out::create(&args.out, &scenario)?;
    let mut simulation = simulate(&scenario, args.seed.unwrap_or(scenario.seed));
    let writing = || format!("cannot write {}", args.out.display());
    let mut plots = Plots::create(args.plots.as_deref(), &mut simulation)?;
    let mut messages = 0_u64;
    while let Some(line) = simulation.next() {
        out.write(&line).with_context(writing)?;
        plots.write(&scenario, &mut simulation)?;
        messages += 1;
    }
    out.finish().with_context(writing)?;
    plots.write(&scenario, &mut simulation)?;
    plots.finish()?;
    let truth = simulation.truth();
    if let Some(path) = &args.truth {
        let text = truth.text().context("cannot write the truth as JSON")?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    eprintln!(
        "{}: {messages} messages heard, {} to {}, {} behaviours that deserve an alert",
        scenario.exercise,
        truth.from,
        truth.to,
        truth.behaviours.len()
    );
    for late in truth.behaviours.iter().filter(|b| b.due >= b.to) {
        eprintln!(
            "note: {} of {} is over before it is due: {}",
            late.pattern,
            late.subjects.join(", "),
            late.note
        );
    }
    Ok(())
}

/// The file of plots, if one is requested.
struct Plots(Option<BufWriter<File>>);

impl Plots {
    fn create(path: Option<&Path>, simulation: &mut Simulation<'_>) -> Result<Plots, Failure> {
        let Some(path) = path else { return Ok(Plots(None)) };
        let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
        simulation.keep_sightings();
        let mut out = BufWriter::new(file);
        writeln!(out, "time,radar,lon,lat,range_m,bearing_deg,subjects").context("cannot write the plots")?;
        Ok(Plots(Some(out)))
    }

    fn write(&mut self, scenario: &Scenario, simulation: &mut Simulation<'_>) -> anyhow::Result<()> {
        let Some(out) = &mut self.0 else { return Ok(()) };
        for plot in simulation.take_sightings() {
            let radar = scenario.radars.get(plot.radar).map_or("", |radar| &radar.name);
            writeln!(
                out,
                "{},{radar},{:.6},{:.6},{:.1},{:.2},\"{}\"",
                plot.time.rfc3339_millis(),
                plot.place.lon,
                plot.place.lat,
                plot.range_m,
                plot.bearing_deg,
                plot.subjects.join(" + ").replace('"', "'"),
            )
            .context("cannot write the plots")?;
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        self.0.map_or(Ok(()), |mut out| out.flush()).context("cannot write the plots")
    }
}

/// A recording that is being written, in the form of the file's extension.
enum Out {
    Plain(BufWriter<Box<dyn Write>>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
    Mcap { recorder: Box<Recorder>, topics: Vec<String>, last_ns: u64 },
}

impl Out {
    fn create(path: &Path, scenario: &Scenario) -> Result<Out, Failure> {
        if path.as_os_str() == "-" {
            return Ok(Out::Plain(BufWriter::new(Box::new(io::stdout()))));
        }
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or("");
        if !["nmea", "log", "txt", "gz", "zst", "mcap"].contains(&ending) {
            return Err(Failure::Usage(format!(
                "--out {}: end it in .mcap, .nmea, .nmea.gz or .nmea.zst, so that its form is known",
                path.display()
            )));
        }
        if ending != "mcap" && !(scenario.receivers.is_empty() && scenario.air_radars.is_empty()) {
            return Err(Failure::Usage(format!(
                "--out {}: receivers and radars of the air do not send NMEA; end it in .mcap",
                path.display()
            )));
        }
        if ending == "mcap" {
            return Out::mcap(path, scenario);
        }
        let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(match ending {
            "gz" => {
                Out::Gzip(flate2::write::GzEncoder::new(BufWriter::new(file), flate2::Compression::default()))
            }
            "zst" => Out::Zstd(zstd::Encoder::new(BufWriter::new(file), 0).context("cannot start zstd")?),
            _ => Out::Plain(BufWriter::new(Box::new(file))),
        })
    }

    /// Creates a recording as `vigie record` does. An existing file is replaced.
    fn mcap(path: &Path, scenario: &Scenario) -> Result<Out, Failure> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(anyhow::Error::from(error)
                    .context(format!("cannot replace {}", path.display()))
                    .into());
            }
            _ => {}
        }
        let exercise = Some(scenario.exercise.clone());
        let about = About { node: "simulator".to_owned(), exercise, from_source: true };
        let recorder = Box::new(Recorder::create(path, about)?);
        Ok(Out::Mcap { recorder, topics: scenario.topics(), last_ns: 0 })
    }

    fn write(&mut self, line: &Line) -> anyhow::Result<()> {
        match self {
            Out::Plain(out) => writeln!(out, "{}", line.text)?,
            Out::Gzip(out) => writeln!(out, "{}", line.text)?,
            Out::Zstd(out) => writeln!(out, "{}", line.text)?,
            Out::Mcap { recorder, topics, last_ns } => {
                // Arrival times of a recording strictly increase.
                *last_ns = (line.time.0.max(0).unsigned_abs() * 1_000_000).max(*last_ns + 1);
                let topic = topics.get(line.station).context("a line of no station")?;
                recorder.write(topic, *last_ns, line.text.as_bytes())?;
            }
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Out::Plain(mut out) => out.flush()?,
            Out::Gzip(out) => out.finish()?.flush()?,
            Out::Zstd(out) => out.finish()?.flush()?,
            Out::Mcap { recorder, .. } => recorder.finish()?,
        }
        Ok(())
    }
}
