//! `vigie share`: explains who gets an alert, in which form, and why the others do not.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};

use super::Failure;
use super::alerts::Where;
use super::check::{configuration, print};
use crate::clock;
use crate::journal;
use crate::model::{Action, AlertMessage, Time};
use crate::sharing::explain::{explain, in_words};
use crate::sharing::policy::{ByHand, Rules};
use crate::wire::actions;

/// Explain for an alert of the journal which centre gets it, in which form and by which share, and why the others do not
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  vigie share --explain 0b9f8b1c -c config/vigie.toml")]
pub struct Args {
    /// The alert: its id, or the first characters of it
    #[arg(long, value_name = "ALERT")]
    explain: String,
    /// The configuration with the policy [default: config/vigie.toml]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The journal file, such as that of an exercise or a copy [default: that of the configuration]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// `Usage` if the configuration is wrong. `Running` if there is no journal, or not exactly one such alert in it.
pub fn run(args: Args) -> Result<(), Failure> {
    let rules = Rules::of(&configuration(args.config.as_deref())?);
    let asked = Where::new(args.config, args.journal);
    let path = asked.path()?;
    asked.note_read(&path, "share")?;
    let db = journal::open_for_reading(&path)?;
    let found = journal::about(&db, &args.explain).with_context(|| format!("journal {}", path.display()))?;
    let (body, bodies) = match found.as_slice() {
        [] => return Err(anyhow!("no alert of {} begins with {}", path.display(), args.explain).into()),
        [one] => one,
        many => {
            let text = format!("{} alerts begin with {}; write more of the id", many.len(), args.explain);
            return Err(Failure::Usage(text));
        }
    };
    let message = AlertMessage::read(body).context("the newest event of the alert")?;
    let done: Vec<Action> =
        bodies.iter().filter_map(|body| actions::parse(body.as_bytes(), Time(i64::MAX)).ok()).collect();
    let explained = explain(&rules, &message, |centre| ByHand::newest(&done, centre), clock::now());
    let text = if args.json {
        serde_json::to_string_pretty(&explained).map_err(anyhow::Error::from)? + "\n"
    } else if explained.is_empty() {
        "the configuration names no other centre: nothing is shared ([sharing] centres)\n".to_owned()
    } else {
        let (id, marking) = (&message.event.id, &message.marking);
        let to = message.releasable_to.join(", ");
        format!("{id}\n{marking}, releasable to {to}\n{}", in_words(&explained))
    };
    print(&text)
}
