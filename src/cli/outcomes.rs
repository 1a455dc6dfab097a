//! `vigie score --journal`: outcomes of the journal and marks of analysts as truth.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use super::Failure;
use super::alerts::Where;
use super::check::print;
use super::trial::print_json;
use crate::analysis::outcomes::{Outcomes, RuleOutcomes};
use crate::feed::speed::Progress;
use crate::journal::{self, outcomes::AlertOutcome};
use crate::model::{AlertMessage, Outcome, Time};
use crate::scenario::labels::{self, Label, Verdict};

/// Options of the command with a journal.
pub(super) struct Asked<'a> {
    /// State folder, or journal file.
    pub journal: &'a Path,
    /// Times between which alerts count.
    pub between: [Option<Time>; 2],
    /// File for the report.
    pub html: Option<&'a Path>,
    /// File for the labels.
    pub labels: Option<&'a Path>,
    /// Whether the table goes to standard output in place of the JSON.
    pub table: bool,
}

/// The action that closed an alert.
#[derive(Deserialize)]
struct Closing {
    outcome: Outcome,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    by: String,
}

/// Judges the alerts of a journal.
///
/// # Errors
/// There is no journal, or a file cannot be read or written.
pub(super) fn run(asked: &Asked<'_>) -> Result<(), Failure> {
    let path = match asked.journal.is_dir() {
        true => asked.journal.join(journal::FILE),
        false => asked.journal.to_owned(),
    };
    Where::new(None, Some(path.clone())).note_read(&path, "score")?;
    let db = journal::open_for_reading(&path)?;
    let mut bar = None;
    let tell = |read, of| bar.get_or_insert_with(|| Progress::of_alerts(of)).at_alert(read);
    let read = journal::outcomes::alert_outcomes(&db, asked.between, tell);
    bar.iter().for_each(Progress::end);
    let found = read.with_context(|| format!("journal {}", path.display()))?;
    let mut node = path.display().to_string();
    let mut labels: Vec<Label> = Vec::new();
    for outcome in &found {
        let Some((of, label)) = label_of(outcome) else { continue };
        node = of;
        labels.push(label);
    }
    let marks = marks_beside(&path)?;
    for mark in marks {
        if let Some(label) = labels.iter_mut().find(|label| label.alert == mark.alert) {
            (label.verdict, label.why, label.by) = (mark.verdict, mark.why, mark.by);
        }
    }
    if let Some(to) = asked.labels {
        let judged = labels.iter().filter(|label| label.verdict != Verdict::Unclear);
        let text: String = judged.map(|label| label.line() + "\n").collect();
        write(to, &text)?;
    }
    let outcomes = Outcomes::new(node, &labels);
    if let Some(to) = asked.html {
        write(to, &outcomes.html())?;
    }
    if asked.table {
        return print(&table(&outcomes));
    }
    if std::io::stderr().is_terminal() {
        eprint!("{}", table(&outcomes));
    }
    print_json(&outcomes)
}

/// Returns the node of an alert, and its label by what officers said.
fn label_of(outcome: &AlertOutcome) -> Option<(String, Label)> {
    let (raised, newest) =
        (AlertMessage::read(&outcome.raised).ok()?, AlertMessage::read(&outcome.newest).ok()?);
    let mut label = Label::of_alert(&raised.event, &newest.event);
    let closing = outcome.closing.as_deref().and_then(|body| serde_json::from_str::<Closing>(body).ok());
    if let Some(closing) = closing {
        label.verdict = Verdict::of(closing.outcome);
        label.outcome = Some(closing.outcome);
        label.why = closing.text.unwrap_or_default();
        label.by = closing.by;
    }
    Some((newest.node.into_owned(), label))
}

/// Returns the marks of analysts that lie beside a journal; they count more than outcomes.
fn marks_beside(journal: &Path) -> Result<Vec<Label>, Failure> {
    let path = journal.with_file_name(labels::FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            labels::read(&text).map_err(|error| Failure::Usage(format!("{}:{error}", path.display())))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| path.display().to_string()).map_err(Failure::from),
    }
}

fn write(to: &Path, text: &str) -> Result<(), Failure> {
    if to.as_os_str() == "-" {
        return print(text);
    }
    Ok(std::fs::write(to, text).with_context(|| PathBuf::from(to).display().to_string())?)
}

fn table(outcomes: &Outcomes) -> String {
    let mut text = format!("{}: {} alerts\n", outcomes.of, outcomes.alerts);
    let head = ["alerts", "true", "lawful", "false", "unclear", "open", "precision"];
    let mut row = |name: &str, cells: &[String]| {
        let _ = write!(text, "{name:<34}");
        cells.iter().for_each(|cell| {
            let _ = write!(text, "{cell:>10}");
        });
        text.push('\n');
    };
    row("", &head.map(str::to_owned));
    outcomes.rules.iter().for_each(|rule| row(&rule.rule, &cells(rule)));
    for rule in &outcomes.rules {
        for label in &rule.false_alerts {
            let _ = writeln!(
                text,
                "false: {} {}, {}: {}",
                label.rule,
                label.subjects.join(" "),
                label.raised,
                if label.why.is_empty() { "no reason given" } else { &label.why }
            );
        }
    }
    for rule in &outcomes.rules {
        for suggestion in &rule.suggestions {
            let _ = writeln!(text, "{}: {}", rule.rule, suggestion.words);
        }
    }
    text
}

fn cells(rule: &RuleOutcomes) -> Vec<String> {
    let counts = [rule.alerts, rule.judged_true, rule.lawful, rule.judged_false, rule.unclear, rule.open];
    let precision = rule.precision.map_or("-".to_owned(), |precision| format!("{precision:.2}"));
    counts.iter().map(usize::to_string).chain([precision]).collect()
}
