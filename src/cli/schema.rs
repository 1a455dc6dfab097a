//! `vigie schema`: prints the JSON Schema of the configuration, of the alert, of a track update and of what commands print.

use serde_json::{Value, json};

use super::Failure;
use super::check::print;
use crate::analysis;
use crate::config::schema;

/// Print the JSON Schema (draft 7) of the configuration's files, of the alert, of a track update and of what commands print
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
    /// Output of `vigie compare --json`
    Compare,
    /// Output of `vigie sweep --json`
    Sweep,
    /// Output of `vigie explain --json`
    Explanation,
    /// Output of `vigie score`
    Score,
    /// Output of `vigie score --journal`
    Outcomes,
    /// One label, a line of labels.jsonl
    Label,
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
        Some(Of::Compare) => of_analysis("compare"),
        Some(Of::Sweep) => of_analysis("sweep"),
        Some(Of::Explanation) => of_analysis("explanation"),
        Some(Of::Score) => of_analysis("score"),
        Some(Of::Outcomes) => of_analysis("outcomes"),
        Some(Of::Label) => of_analysis("label"),
        None => all(),
    };
    print(&format!("{schema:#}\n"))
}

/// Returns the schema of an output of analysis.
fn of_analysis(name: &str) -> Value {
    let found = analysis::schema::all().into_iter().find(|(known, _)| *known == name);
    found.map_or(Value::Null, |(_, schema)| schema)
}

fn all() -> Value {
    let mut all = json!({"definitions": {
        "vigie": schema::main_file(),
        "rules": schema::rule_file(),
        "lists": schema::list_file(),
        "centres": schema::centre_file(),
        "sharing": schema::policy_file(),
        "alert": schema::alert(),
        "track": schema::track(),
    }});
    for (name, schema) in analysis::schema::all() {
        all["definitions"][name] = schema;
    }
    all
}
