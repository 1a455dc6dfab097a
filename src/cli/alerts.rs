//! `vigie alerts`: what the journal holds.

use std::io::{BufWriter, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Failure;
use super::check::configuration;
use crate::feed::clock;
use crate::journal::{self, Filter, Read};
use crate::model::Time;

/// Print alerts of the journal, one JSON object a line: the newest event of each
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  vigie alerts --from 2026-01-01T00:00:00Z --vessel 314001000\n  vigie alerts --zone brb-territorial-sea --pattern loitering --events"
)]
pub struct Args {
    #[command(flatten)]
    journal: Where,
    /// With something at this time or later, RFC 3339
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<Time>,
    /// That began before this
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Time>,
    /// About this one: MMSI, IMO number, ICAO address, call sign, subject key, or a part of the name
    #[arg(long, value_name = "WHO")]
    vessel: Option<String>,
    /// In this zone, by its id
    #[arg(long, value_name = "ID")]
    zone: Option<String>,
    /// Of this pattern
    #[arg(long, value_name = "NAME")]
    pattern: Option<String>,
    /// Of this rule
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Only what has not ended
    #[arg(long)]
    open: bool,
    /// Every event, and not the newest of each alert alone
    #[arg(long)]
    events: bool,
}

/// Which journal.
#[derive(Debug, clap::Args)]
pub struct Where {
    /// The configuration that names the state folder; config/vigie.toml where absent
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A journal, such as one of an exercise or a copy
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    journal: Option<PathBuf>,
}

impl Where {
    /// The journal's path.
    pub fn path(&self) -> Result<PathBuf, Failure> {
        match &self.journal {
            Some(path) => Ok(path.clone()),
            None => Ok(configuration(self.config.as_deref())?.state.folder.join(journal::FILE)),
        }
    }

    /// Writes down in the journal who reads it, by which command: what is about persons is read by nobody unseen. A copy that
    /// cannot be written to is read all the same, and that is said.
    ///
    /// # Errors
    /// The watch's own journal cannot be written to.
    pub fn note_read(&self, path: &Path, what: &'static str) -> Result<(), Failure> {
        if !path.exists() {
            // To read it fails too, and says so.
            return Ok(());
        }
        let asked: Vec<String> = std::env::args().skip(2).collect();
        let read = Read { time: clock::now(), by: who(), what, asked: asked.join(" ") };
        match journal::note_read(path, &read) {
            Err(error) if self.journal.is_some() => {
                eprintln!("vigie: not written down that it is read: {error:#}");
                Ok(())
            }
            noted => Ok(noted.context(
                "it is read only where that can be written down in it: as the user that the watch runs as",
            )?),
        }
    }
}

/// The user that this process runs as, and the name that he goes by.
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

/// Prints what a query of a journal gives, a line each; how many.
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
