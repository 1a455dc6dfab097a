//! `vigie rules`: prints the versions of rules and zones that came into force.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Failure;
use super::alerts::Where;
use super::check::print;
use crate::config::difference::difference;
use crate::config::snapshot::Snapshot;
use crate::journal::{self, rules, rules::RulesVersion};
use crate::model::Time;

/// Print which rules and zones were in force when: who changed what, and why
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  vigie rules log\n  vigie rules show 5e1f0a --out before\n  vigie rules diff 5e1f0a 77c0de"
)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Every version that came into force, the newest first
    Log {
        #[command(flatten)]
        journal: Where,
        /// One JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// One version: who, when, why, and what it changed
    Show {
        /// The version, or its first digits
        #[arg(value_name = "VERSION")]
        digits: String,
        #[command(flatten)]
        journal: Where,
        /// Write the files of the version into this folder
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// What differs between two versions
    Diff {
        /// The version before, or its first digits
        before: String,
        /// The version after [default: the newest]
        after: Option<String>,
        #[command(flatten)]
        journal: Where,
    },
}

/// Runs the command.
///
/// # Errors
/// There is no journal, no such version, or its files are not there any more.
pub fn run(args: Args) -> Result<(), Failure> {
    match args.what {
        What::Log { journal, json } => {
            let (path, log) = read(&journal)?;
            let lines = log.iter().map(|entry| match json {
                true => serde_json::to_string(entry).unwrap_or_default() + "\n",
                false => words(entry),
            });
            print(&lines.collect::<String>())?;
            eprintln!("{} versions in {}", log.len(), path.display());
            Ok(())
        }
        What::Show { digits, journal, out } => {
            let (path, log) = read(&journal)?;
            let entry = find(&log, &digits)?;
            print(&words(entry))?;
            match out {
                Some(folder) => write(&path, entry, &folder),
                None => {
                    let files: String =
                        entry.files.iter().map(|(name, hash)| format!("  {hash}  {name}\n")).collect();
                    print(&files)
                }
            }
        }
        What::Diff { before, after, journal } => {
            let (path, log) = read(&journal)?;
            let newest = log.first().map(|newest| newest.version.clone()).unwrap_or_default();
            let sides = [find(&log, &before)?, find(&log, &after.unwrap_or(newest))?];
            let [(was, areas_before), (is, areas_after)] =
                [files(&path, sides[0])?, files(&path, sides[1])?].map(|s| s.read());
            let lines = difference((&was, &areas_before), (&is, &areas_after));
            print(&lines.iter().map(|line| format!("{line}\n")).collect::<String>())
        }
    }
}

/// Returns the path of the journal and the versions in it.
fn read(journal: &Where) -> Result<(PathBuf, Vec<RulesVersion>), Failure> {
    let path = journal.path()?;
    let db = journal::open_for_reading(&path)?;
    let log = rules::versions(&db).with_context(|| format!("journal {}", path.display()))?;
    Ok((path, log))
}

/// Returns the newest version that begins with some digits.
fn find<'a>(log: &'a [RulesVersion], digits: &str) -> Result<&'a RulesVersion, Failure> {
    let found = log.iter().find(|entry| !digits.is_empty() && entry.version.starts_with(digits));
    found.ok_or_else(|| {
        Failure::Usage(format!("no version begins with \"{digits}\"; `vigie rules log` lists them"))
    })
}

fn files(journal: &Path, entry: &RulesVersion) -> Result<Snapshot, Failure> {
    let state = journal.parent().unwrap_or(Path::new("."));
    let texts = rules::texts(state, entry).with_context(|| format!("files of version {}", entry.version))?;
    Ok(Snapshot { main: entry.main.clone(), texts })
}

/// Writes the files of a version into a folder. Names that lead out of the configuration's folder lose that part.
fn write(journal: &Path, entry: &RulesVersion, folder: &Path) -> Result<(), Failure> {
    for (name, text) in &files(journal, entry)?.texts {
        let inside: PathBuf = Path::new(name)
            .components()
            .filter(|part| matches!(part, std::path::Component::Normal(_)))
            .collect();
        let path = folder.join(inside);
        let named = || path.display().to_string();
        std::fs::create_dir_all(path.parent().unwrap_or(folder)).with_context(named)?;
        std::fs::write(&path, text).with_context(named)?;
        eprintln!("{}", path.display());
    }
    Ok(())
}

fn words(entry: &RulesVersion) -> String {
    let who = if entry.who.is_empty() { String::new() } else { format!("{}: ", entry.who) };
    let back = if entry.back { " (taken back)" } else { "" };
    let mut text = format!("{}  {}  {who}{}{back}\n", entry.version, Time(entry.at).rfc3339(), entry.why);
    entry.diff.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
    text
}
