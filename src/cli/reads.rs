//! `vigie reads`: prints who read the journal.

use super::Failure;
use super::alerts::{Where, print, time};
use crate::journal;
use crate::model::Time;

/// Print who read data about persons: searches, exports and commands, one JSON object per line
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  vigie reads --from 2026-01-01T00:00:00Z")]
pub struct Args {
    #[command(flatten)]
    journal: Where,
    /// Only readings at this time or later, RFC 3339
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<Time>,
    /// Only readings before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Time>,
}

/// Runs the command.
///
/// # Errors
/// There is no journal, or it cannot be read.
pub fn run(args: Args) -> Result<(), Failure> {
    let path = args.journal.path()?;
    args.journal.note_read(&path, "reads")?;
    let found = print(&path, |db, line| journal::reads(db, [args.from, args.until], line))?;
    eprintln!("{found} found in {}", path.display());
    Ok(())
}
