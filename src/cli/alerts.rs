//! `vigie alerts`: what the journal holds.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Failure;
use super::check::configuration;
use crate::journal::{self, Filter};
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
}

fn time(text: &str) -> Result<Time, String> {
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
    let found = print(&path, &filter)?;
    eprintln!("{found} found in {}", path.display());
    Ok(())
}

fn print(path: &Path, filter: &Filter) -> anyhow::Result<u64> {
    let db = journal::open_for_reading(path)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let found = journal::events(&db, filter, |event| Ok(writeln!(out, "{event}")?))
        .with_context(|| format!("journal {}", path.display()))?;
    out.flush()?;
    Ok(found)
}
