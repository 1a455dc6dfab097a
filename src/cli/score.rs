//! `vigie score`: compares alerts with the truth.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};

use super::Failure;
use super::alerts::time;
use super::outcomes::{self, Asked};
use super::trial::print_json;
use crate::model::Time;
use crate::scenario::Truth;
use crate::scenario::labels;
use crate::scenario::score::{Figures, Meaning, Raised, Run, Score, Watch, read_event, score};

/// Compare alerts with the truth: precision, recall, F0.5, delay, alerts per watch hour
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  vigie replay /tmp/night.nmea.zst -c replay-data/barbados-saint-lucia/vigie.toml \
                        --alerts /tmp/alerts.jsonl\n  vigie score /tmp/alerts.jsonl \
                        --truth replay-data/barbados-saint-lucia/truth.json\n  \
                        vigie score 1.jsonl 2.jsonl --truth 1.json 2.json --table\n  \
                        vigie score --journal state --html outcomes.html --labels-out labels.jsonl"
)]
pub struct Args {
    /// Alert events, one JSON object per line ("-" is stdin); only the phase raised counts
    #[arg(required_unless_present = "journal")]
    alerts: Vec<PathBuf>,
    /// The truth (docs/scenario.md), or the labels (docs/analysis.md), of each file of alerts, in the same order
    #[arg(long, value_name = "FILE", required_unless_present = "journal", num_args = 1.., visible_alias = "labels")]
    truth: Vec<PathBuf>,
    /// Judge the alerts of a journal by the outcomes with which officers closed them: a state folder, or the journal file
    #[arg(long, value_name = "DIR", conflicts_with_all = ["alerts", "truth"])]
    journal: Option<PathBuf>,
    /// With --journal: only alerts with an event at this time or later, RFC 3339
    #[arg(long, value_name = "TIME", value_parser = time, requires = "journal")]
    from: Option<Time>,
    /// With --journal: only alerts that began before this time
    #[arg(long, value_name = "TIME", value_parser = time, requires = "journal")]
    until: Option<Time>,
    /// With --journal: write a report as one HTML file
    #[arg(long, value_name = "FILE", requires = "journal")]
    html: Option<PathBuf>,
    /// With --journal: write the judged alerts as labels, for --truth of score, compare and sweep
    #[arg(long, value_name = "FILE", requires = "journal")]
    labels_out: Option<PathBuf>,
    /// Print a table instead of JSON
    #[arg(long)]
    table: bool,
}

/// Runs the command: prints the score as JSON on stdout, and a table on stderr if that is a terminal.
///
/// # Errors
/// A file cannot be read, or has the wrong form.
pub fn run(args: Args) -> Result<(), Failure> {
    if let Some(journal) = &args.journal {
        return outcomes::run(&Asked {
            journal,
            between: [args.from, args.until],
            html: args.html.as_deref(),
            labels: args.labels_out.as_deref(),
            table: args.table,
        });
    }
    if args.alerts.len() != args.truth.len() {
        let (alerts, truths) = (args.alerts.len(), args.truth.len());
        return Err(Failure::Usage(format!("{alerts} files of alerts, but {truths} truths: give one each")));
    }
    let mut runs = Vec::new();
    for (alerts, truth) in args.alerts.iter().zip(&args.truth) {
        runs.push(Run { truth: read_truth(truth)?, alerts: read_alerts(alerts)? });
    }
    let score = score(runs).map_err(|error| Failure::Usage(error.to_string()))?;
    if args.table {
        print!("{}", table(&score));
        return Ok(());
    }
    print_json(&score)?;
    if std::io::stderr().is_terminal() {
        eprint!("{}", table(&score));
    }
    Ok(())
}

pub(super) fn read_truth(path: &Path) -> Result<Truth, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("{name}: cannot read: {error}")))?;
    if labels::are_labels(&text) {
        let read = labels::read(&text).and_then(|read| labels::truth_of(&read));
        return read.map_err(|error| Failure::Usage(format!("{name}:{error}")));
    }
    serde_json::from_str(&text).map_err(|error| {
        Failure::Usage(format!("{name}:{}:{}: no truth file: {error}", error.line(), error.column()))
    })
}

fn read_alerts(path: &Path) -> Result<Vec<Raised>, Failure> {
    let name = path.display();
    let cannot = |error| Failure::Usage(format!("{name}: cannot read: {error}"));
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(cannot)?)
    };
    let mut alerts = Vec::new();
    for (i, line) in BufReader::new(source).lines().enumerate() {
        let line = line.map_err(cannot)?;
        if line.trim().is_empty() {
            continue;
        }
        let event =
            read_event(&line).map_err(|what| Failure::Usage(format!("{name}:{}:1: {what}", i + 1)))?;
        alerts.extend(event);
    }
    Ok(alerts)
}

fn table(score: &Score) -> String {
    let runs = if score.runs > 1 { format!("{} runs, ", score.runs) } else { String::new() };
    let mut text = format!("{}, {runs}{} h of watch\n", score.exercise, score.watch_hours);
    let head = [
        "",
        "alerts",
        "true",
        "again",
        "false",
        "missed",
        "precision",
        "recall",
        "F0.5",
        "delay",
        "p90",
        "/h",
        "false/h",
    ];
    let mut row = |cells: [String; 13]| {
        let [first, rest @ ..] = cells;
        let _ = write!(text, "{first:<34}");
        rest.iter().for_each(|cell| {
            let _ = write!(text, "{cell:>10}");
        });
        text.push('\n');
    };
    row(head.map(str::to_owned));
    row(cells("all", &score.total));
    score.patterns.iter().for_each(|(name, figures)| row(cells(name, figures)));
    score.rules.iter().for_each(|(name, figures)| row(cells(&format!("  rule {name}"), figures)));
    text.push_str(&watch(&score.watch));
    text + &if score.runs > 1 { faults_by_kind(score) } else { faults(score) }
}

/// Figures of the watch, and what the alerts of each rule mean.
fn watch(watch: &Watch) -> String {
    let share = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.2}"));
    let secs = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.0} s"));
    let mut text = format!(
        "watch: {:.2} alerts an hour, {:.2} of them interrupt; strict precision {}; {} repeated within 6 h; \
         first hour: {} alerts, {} interrupt\n",
        watch.alerts_per_hour,
        watch.interrupting_per_hour,
        share(watch.strict_precision),
        share(watch.repeat_share),
        watch.first_hour,
        watch.first_hour_interrupting,
    );
    for (name, noticed) in [("serious", &watch.serious), ("planted", &watch.planted)] {
        let _ = writeln!(
            text,
            "{name}: {} behaviours, {} to be judged, {} noticed ({}), {} by their own pattern ({}); delay {} median, \
             {} for 95 %",
            noticed.planted,
            noticed.judgeable,
            noticed.noticed,
            share(noticed.recall),
            noticed.by_own_pattern,
            share(noticed.own_recall),
            secs(noticed.delay_median_s),
            secs(noticed.delay_p95_s),
        );
    }
    let _ = writeln!(text, "{:<34}{:>10}{:>10}{:>10}", "meaning by rule", "true", "also", "ordinary");
    for (rule, meanings) in &watch.rules {
        let count = |meaning| meanings.get(&meaning).copied().unwrap_or(0);
        let (right, also) = (count(Meaning::True), count(Meaning::Also));
        let _ = writeln!(text, "  {rule:<32}{right:>10}{also:>10}{:>10}", count(Meaning::Ordinary));
    }
    text
}

/// Lists each missed behaviour and each false alert.
fn faults(score: &Score) -> String {
    let mut text = String::new();
    for missed in score.missed.iter().map(|missed| &missed.behaviour) {
        let subjects = missed.subjects.join(" ");
        let _ = writeln!(
            text,
            "missed: {} {subjects}, {} to {}: {}",
            missed.pattern, missed.from, missed.to, missed.note
        );
    }
    for alert in &score.false_alerts {
        let decoy = alert.decoy.as_deref().unwrap_or("no listed decoy");
        let _ =
            writeln!(text, "false: {} {}, {}: {decoy}", alert.rule, alert.stood_for.join(" "), alert.time);
    }
    text
}

/// Counts missed behaviours by kind, and false alerts by rule and cause.
fn faults_by_kind(score: &Score) -> String {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for missed in score.missed.iter().map(|missed| &missed.behaviour) {
        *kinds.entry(format!("missed: {} {}", missed.pattern, missed.note)).or_default() += 1;
    }
    for alert in &score.false_alerts {
        let what = alert.decoy.clone().unwrap_or_else(|| alert.stood_for.join(" "));
        *kinds.entry(format!("false: {} {what}", alert.rule)).or_default() += 1;
    }
    let mut kinds: Vec<(String, usize)> = kinds.into_iter().collect();
    kinds.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    kinds.iter().fold(String::new(), |text, (kind, count)| format!("{text}{count:>6} x {kind}\n"))
}

fn cells(name: &str, figures: &Figures) -> [String; 13] {
    let share = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.2}"));
    let secs = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.0} s"));
    [
        name.to_owned(),
        figures.alerts.to_string(),
        figures.matched.to_string(),
        figures.duplicates.to_string(),
        figures.false_alerts.to_string(),
        figures.missed.map_or("-".to_owned(), |missed| missed.to_string()),
        share(figures.precision),
        share(figures.recall),
        share(figures.f05),
        secs(figures.delay_median_s),
        secs(figures.delay_p90_s),
        format!("{:.2}", figures.alerts_per_watch_hour),
        format!("{:.2}", figures.false_per_watch_hour),
    ]
}
