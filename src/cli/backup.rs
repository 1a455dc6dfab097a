//! `vigie backup`: copies the journal, also while a watch runs.

use std::path::PathBuf;

use super::Failure;
use super::alerts::Where;
use crate::journal;

/// Copy the journal, also while a watch runs
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  vigie backup /mnt/backup/journal-2026-01-01.db")]
pub struct Args {
    #[command(flatten)]
    journal: Where,
    /// The file to write; must not exist
    to: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// There is no journal, or the copy cannot be written.
pub fn run(args: Args) -> Result<(), Failure> {
    let path = args.journal.path()?;
    args.journal.note_read(&path, "backup")?;
    journal::backup(&path, &args.to)?;
    let db = journal::open_for_reading(&args.to)?;
    let verdict = super::verify::verdict(&db, None, 0).map_err(anyhow::Error::from)?;
    if let Some((n, fault)) = verdict.broken {
        return Err(anyhow::anyhow!("the copy is broken at entry {n}: {fault}; so is the journal").into());
    }
    eprintln!("{} entries copied to {}; head {}", verdict.entries, args.to.display(), verdict.head);
    Ok(())
}
