//! `vigie keys`: makes the node's key, and shows its public half.

use std::path::PathBuf;

use super::Failure;
use super::check::{print, refusal};
use crate::config;
use crate::model::PublicKey;
use crate::sharing::keys;

/// Make the key with which this node signs what it shares, or show its public half
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  vigie keys new  -c config/vigie.toml
  vigie keys show -c config/vigie.toml

Both print the line for this centre's table in the file of centres. The key file stays on this machine.")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Make a key; an existing one stays unless --replace is given
    New {
        #[command(flatten)]
        of: Of,
        /// Replace the existing key: other centres refuse this node until they have the new one
        #[arg(long)]
        replace: bool,
    },
    /// Print the public key
    Show {
        #[command(flatten)]
        of: Of,
    },
}

#[derive(Debug, clap::Args)]
struct Of {
    /// The main file [default: config/vigie.toml, or else the shipped configuration]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// `Usage` if the main file names no node. `Running` if the key file exists already, or cannot be read or written.
pub fn run(args: Args) -> Result<(), Failure> {
    let (of, replace) = match &args.what {
        What::New { of, replace } => (of, Some(*replace)),
        What::Show { of } => (of, None),
    };
    // The rest of the configuration may be wrong: without a key it is.
    let (node, path) = config::key_file(of.config.as_deref()).map_err(|problems| refusal(&problems))?;
    let key = match replace {
        Some(replace) => keys::create(&path, &node, replace)?,
        None => PublicKey(keys::load(&path)?.public()),
    };
    eprintln!("vigie: {}; this line belongs to [[centre]] name = \"{node}\":", path.display());
    print(&format!("key = \"{}\"\n", key.text()))
}
