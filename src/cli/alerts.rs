//! `vigie alerts`: prints alerts of the journal.

use std::io::{BufWriter, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Failure;
use super::check::configuration;
use crate::clock;
use crate::journal::{self, Filter, Read};
use crate::model::Time;

/// Print alerts of the journal, one JSON object per line: the newest event of each alert
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  vigie alerts --from 2026-01-01T00:00:00Z --vessel 314001000\n  vigie alerts --zone brb-territorial-sea --pattern loitering --events"
)]
pub struct Args {
    #[command(flatten)]
    journal: Where,
    /// Only alerts with an event at this time or later, RFC 3339
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<Time>,
    /// Only alerts that began before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Time>,
    /// Only alerts about this vessel or aircraft: MMSI, IMO number, ICAO address, call sign, subject key, or part of the name
    #[arg(long, value_name = "WHO")]
    vessel: Option<String>,
    /// Only alerts in the zone with this id
    #[arg(long, value_name = "ID")]
    zone: Option<String>,
    /// Only alerts of this pattern
    #[arg(long, value_name = "NAME")]
    pattern: Option<String>,
    /// Only alerts of this rule
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Only alerts that have not ended
    #[arg(long)]
    open: bool,
    /// Every event of each alert, not only the newest
    #[arg(long)]
    events: bool,
}

/// The options that select a journal.
#[derive(Debug, clap::Args)]
pub struct Where {
    /// The configuration that names the state folder [default: config/vigie.toml]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The journal file, such as that of an exercise or a copy
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    journal: Option<PathBuf>,
}

impl Where {
    /// Selects the journal of a configuration, or a file.
    pub fn new(config: Option<PathBuf>, journal: Option<PathBuf>) -> Where {
        Where { config, journal }
    }

    /// Returns the path of the journal.
    pub fn path(&self) -> Result<PathBuf, Failure> {
        match &self.journal {
            Some(path) => Ok(path.clone()),
            None => Ok(configuration(self.config.as_deref())?.state.folder.join(journal::FILE)),
        }
    }

    /// Records in the journal who reads it, and by which command, because the journal holds data about persons. A copy that
    /// cannot be written to is read without a record, and a message says so.
    ///
    /// # Errors
    /// The watch's own journal cannot be written to.
    pub fn note_read(&self, path: &Path, what: &'static str) -> Result<(), Failure> {
        if !path.exists() {
            // Reading fails as well, and reports the reason.
            return Ok(());
        }
        let asked: Vec<String> = std::env::args().skip(2).collect();
        let read = Read { time: clock::now(), by: who(), what, asked: asked.join(" ") };
        match journal::note_read(path, &read) {
            Err(error) if self.journal.is_some() => {
                eprintln!("vigie: this reading is not recorded in the journal: {error:#}");
                Ok(())
            }
            noted => Ok(noted.context(
                "the journal is read only if the reading can be recorded in it; run the command as the user of the watch",
            )?),
        }
    }
}

/// Returns the user name and the user id of this process.
fn who() -> String {
    let uid = std::fs::metadata("/proc/self").map_or("?".to_owned(), |meta| meta.uid().to_string());
    let name = ["SUDO_USER", "LOGNAME", "USER"].iter().find_map(|name| std::env::var(name).ok());
    name.map_or(format!("uid {uid}"), |name| format!("{name} (uid {uid})"))
}

pub(super) fn time(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| "a time such as 2026-01-01T04:00:00Z".to_owned())
}

/// Runs the command.
///
/// # Errors
/// There is no journal, or it cannot be read.
pub fn run(args: Args) -> Result<(), Failure> {
    let path = args.journal.path()?;
    let filter = Filter {
        from: args.from,
        until: args.until,
        vessel: args.vessel,
        zone: args.zone,
        pattern: args.pattern,
        rule: args.rule,
        open: args.open,
        events: args.events,
    };
    args.journal.note_read(&path, "alerts")?;
    let found = print(&path, |db, line| journal::events(db, &filter, line))?;
    eprintln!("{found} found in {}", path.display());
    Ok(())
}

type Line<'a> = &'a mut dyn FnMut(String) -> anyhow::Result<()>;

/// Prints the result of a query of a journal, one line each. Returns the number of lines.
pub fn print(
    path: &Path,
    query: impl FnOnce(&rusqlite::Connection, Line<'_>) -> anyhow::Result<u64>,
) -> anyhow::Result<u64> {
    let db = journal::open_for_reading(path)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let found = query(&db, &mut |line| Ok(writeln!(out, "{line}")?))
        .with_context(|| format!("journal {}", path.display()))?;
    out.flush()?;
    Ok(found)
}
