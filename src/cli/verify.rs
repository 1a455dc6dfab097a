//! `vigie verify`: whether the journal is what was written.

use anyhow::{Context, anyhow};

use super::Failure;
use super::alerts::Where;
use crate::journal;

/// Look whether the journal was changed or cut since it was written
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  vigie verify\n  vigie verify --head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)]
pub struct Args {
    #[command(flatten)]
    journal: Where,
    /// A newest hash that was kept elsewhere, from a status or an earlier verify: it must be in the chain
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// The journal is not what was written, lacks the hash, or cannot be read.
pub fn run(args: Args) -> Result<(), Failure> {
    let path = args.journal.path()?;
    let db = journal::open_for_reading(&path)?;
    let verdict =
        journal::verify(&db, args.head.as_deref()).with_context(|| format!("journal {}", path.display()))?;
    if let Some((n, fault)) = verdict.broken {
        let kept = "compare with a backup from before";
        return Err(anyhow!("{}: broken at entry {n}: {fault}; {kept}", path.display()).into());
    }
    if verdict.holds == Some(false) {
        let what = "the hash given is not in it: it was made anew since, or is another journal";
        return Err(anyhow!("{}: {what}", path.display()).into());
    }
    println!(
        "{} entries in an unbroken chain, {} of them emptied in their time",
        verdict.entries, verdict.emptied
    );
    println!("head {}", verdict.head);
    Ok(())
}
