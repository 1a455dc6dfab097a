//! `vigie simulate`: a scenario file gives a recording and its truth.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Failure;
use crate::scenario::{Line, Scenario, simulate};

/// Turn a scenario file into a recording and its truth
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  vigie simulate replay-data/barbados-saint-lucia/scenario.toml \
                        --out /tmp/night.nmea.zst --truth /tmp/truth.json")]
pub struct Args {
    /// The scenario (docs/scenario.md)
    scenario: PathBuf,
    /// Where the recording goes: a text log with TAG blocks (.nmea, also .nmea.gz, .nmea.zst; "-" is stdout)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where the truth goes, as JSON
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// What chance starts from; the scenario's own seed where absent
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// Runs the command.
///
/// # Errors
/// The scenario is wrong, or a file can't be written.
pub fn run(args: Args) -> Result<(), Failure> {
    let scenario = Scenario::read(&args.scenario).map_err(|errors| Failure::Usage(errors.to_string()))?;
    let mut out = Out::create(&args.out)?;
    let mut simulation = simulate(&scenario, args.seed.unwrap_or(scenario.seed));
    let writing = || format!("cannot write {}", args.out.display());
    let mut messages = 0_u64;
    for line in simulation.by_ref() {
        out.write(&line).with_context(writing)?;
        messages += 1;
    }
    out.finish().with_context(writing)?;
    let truth = simulation.truth();
    if let Some(path) = &args.truth {
        let mut text = serde_json::to_string_pretty(&truth).context("the truth does not become JSON")?;
        text.push('\n');
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

/// A recording being written, in the form that the file's ending asks for.
enum Out {
    Plain(BufWriter<Box<dyn Write>>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl Out {
    fn create(path: &Path) -> Result<Out, Failure> {
        if path.as_os_str() == "-" {
            return Ok(Out::Plain(BufWriter::new(Box::new(io::stdout()))));
        }
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or("");
        if !["nmea", "log", "txt", "gz", "zst"].contains(&ending) {
            return Err(Failure::Usage(format!(
                "--out {}: end it in .nmea, .nmea.gz or .nmea.zst, so that its form is known",
                path.display()
            )));
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

    fn write(&mut self, line: &Line) -> io::Result<()> {
        match self {
            Out::Plain(out) => writeln!(out, "{}", line.text),
            Out::Gzip(out) => writeln!(out, "{}", line.text),
            Out::Zstd(out) => writeln!(out, "{}", line.text),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Out::Plain(mut out) => out.flush(),
            Out::Gzip(out) => out.finish()?.flush(),
            Out::Zstd(out) => out.finish()?.flush(),
        }
    }
}
