//! `vigie score`: compares alerts with the truth.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Failure;
use crate::scenario::Truth;
use crate::scenario::score::{Figures, Raised, Score, read_event, score};

/// Compare alerts with the truth: precision, recall, F0.5, delay, alerts per watch hour
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  vigie replay /tmp/night.nmea.zst -c replay-data/barbados-saint-lucia/vigie.toml \
                        --alerts /tmp/alerts.jsonl\n  vigie score /tmp/alerts.jsonl \
                        --truth replay-data/barbados-saint-lucia/truth.json"
)]
pub struct Args {
    /// Alert events, one JSON object a line ("-" is stdin); phases other than raised are passed over
    alerts: PathBuf,
    /// The truth (docs/scenario.md)
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
}

/// Runs the command: the score as JSON on stdout, a table on stderr where that is a terminal.
///
/// # Errors
/// A file that can't be read or is not what it should be.
pub fn run(args: Args) -> Result<(), Failure> {
    let name = args.truth.display();
    let text = std::fs::read_to_string(&args.truth)
        .map_err(|error| Failure::Usage(format!("{name}: cannot read: {error}")))?;
    let truth: Truth = serde_json::from_str(&text).map_err(|error| {
        Failure::Usage(format!("{name}:{}:{}: no truth file: {error}", error.line(), error.column()))
    })?;
    let alerts = read_alerts(&args.alerts)?;
    let score = score(&truth, alerts).map_err(|what| Failure::Usage(format!("{name}: {what}")))?;
    println!("{}", serde_json::to_string_pretty(&score).context("the score does not become JSON")?);
    if std::io::stderr().is_terminal() {
        eprint!("{}", table(&score));
    }
    Ok(())
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
    let mut text = format!("{}, {} h of watch\n", score.exercise, score.watch_hours);
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
    ];
    let mut row = |cells: [String; 12]| {
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
    for missed in &score.missed {
        let _ = writeln!(
            text,
            "missed: {} {}, {} to {}: {}",
            missed.pattern,
            missed.subjects.join(" "),
            missed.from,
            missed.to,
            missed.note
        );
    }
    for alert in &score.false_alerts {
        let decoy = alert.decoy.as_deref().unwrap_or("no listed decoy");
        let _ = writeln!(text, "false: {} {}, {}: {decoy}", alert.rule, alert.subjects.join(" "), alert.time);
    }
    text
}

fn cells(name: &str, figures: &Figures) -> [String; 12] {
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
    ]
}
