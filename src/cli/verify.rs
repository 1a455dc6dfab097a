//! `vigie verify`: checks the hash chain of the journal.

use anyhow::{Context, anyhow};
use rusqlite::Connection;

use super::Failure;
use super::alerts::Where;
use crate::journal::{self, Question, Verdict};
use crate::model::{Span, Time};
use crate::wire::actions;

/// Check whether the journal was changed or truncated since it was written
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  vigie verify\n  vigie verify --head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)]
pub struct Args {
    #[command(flatten)]
    journal: Where,
    /// A head hash kept elsewhere, from a status or an earlier verify, that the chain must contain
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
    /// Days for which every entry must have been kept that is emptied
    #[arg(long, value_name = "DAYS", default_value_t = 1)]
    kept_days: u32,
}

/// Verifies a journal; no entry may have been emptied within so many days.
pub(super) fn verdict(db: &Connection, head: Option<&str>, kept_days: u32) -> rusqlite::Result<Verdict> {
    let kept = Span::from_secs(86_400 * i64::from(kept_days));
    let parse = |body: &str, written: Time| actions::parse(body.as_bytes(), written).ok();
    journal::verify(db, &Question { head, kept, parse: &parse })
}

/// Runs the command.
///
/// # Errors
/// The journal was changed, lacks the hash, or cannot be read.
pub fn run(args: Args) -> Result<(), Failure> {
    let path = args.journal.path()?;
    let db = journal::open_for_reading(&path)?;
    let verdict = verdict(&db, args.head.as_deref(), args.kept_days)
        .with_context(|| format!("journal {}", path.display()))?;
    if let Some((n, fault)) = verdict.broken {
        let kept = "compare it with an earlier backup";
        return Err(anyhow!("{}: broken at entry {n}: {fault}; {kept}", path.display()).into());
    }
    if verdict.holds == Some(false) {
        let what = "the given hash is not in the chain: the journal was replaced, or this is another journal";
        return Err(anyhow!("{}: {what}", path.display()).into());
    }
    println!(
        "{} entries in an unbroken chain, {} of them emptied by retention",
        verdict.entries, verdict.emptied
    );
    if let Some(kept) = verdict.kept {
        println!("each of these was kept for {} days at least", kept.secs() as i64 / 86_400);
    }
    println!("head {}", verdict.head);
    Ok(())
}
