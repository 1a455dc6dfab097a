//! `vigie schema`: prints the JSON Schema of the configuration, of the alert and of a track update.

use serde_json::{Value, json};

use super::Failure;
use super::check::print;
use crate::config::schema;

/// Print the JSON Schema (draft 7) of the configuration's files, of the alert and of a track update
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  vigie schema alert > alert.schema.json")]
pub struct Args {
    /// Which schema [default: all, under "definitions"]
    #[arg(value_enum)]
    of: Option<Of>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Of {
    /// The main file, vigie.toml
    Vigie,
    /// A file of rules
    Rules,
    /// A file of vessel lists
    Lists,
    /// The file of centres
    Centres,
    /// A file of the policy
    Sharing,
    /// One event of an alert
    Alert,
    /// One update of a track, format = "tracks"
    Track,
}

/// Runs the command.
///
/// # Errors
/// `Running` if the output cannot be written.
pub fn run(args: Args) -> Result<(), Failure> {
    let schema = match args.of {
        Some(Of::Vigie) => schema::main_file(),
        Some(Of::Rules) => schema::rule_file(),
        Some(Of::Lists) => schema::list_file(),
        Some(Of::Centres) => schema::centre_file(),
        Some(Of::Sharing) => schema::policy_file(),
        Some(Of::Alert) => schema::alert(),
        Some(Of::Track) => schema::track(),
        None => all(),
    };
    print(&format!("{schema:#}\n"))
}

fn all() -> Value {
    json!({"definitions": {
        "vigie": schema::main_file(),
        "rules": schema::rule_file(),
        "lists": schema::list_file(),
        "centres": schema::centre_file(),
        "sharing": schema::policy_file(),
        "alert": schema::alert(),
        "track": schema::track(),
    }})
}
