//! `vigie sweep`: what a rule would raise at each value of a limit.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::Failure;
use super::compare::STOPPED;
use super::score::read_truth;
use super::trial::{Bar, Recordings, configuration_at, lacks, print_json, write_report};
use crate::analysis::sweep::{Plan, Row, Sweep};
use crate::analysis::trial::MOST_ALERTS;
use crate::config::trial::{Axis, rule_of};
use crate::feed::recording::Cancel;

/// Sweep a rule over values of its limits: alerts an hour, precision and recall by value, in one decoding
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  vigie sweep recordings/ -c config --rule loitering-territorial-sea --limit 'max_speed=1..4/0.5 kn'
  vigie sweep night.mcap -c config --rule go-fast --limit min_speed=20,25,30 --limit 'min_duration=1..3/1 min' \\
        --truth night.truth.json --html sweep.html

Values: FROM..TO/STEP, or a list with commas. Words are listed with commas, \"none\" is a value where the limit may be
none. A number without a unit has the unit of the rule's own value. Exit status: 0 done; 1 failed while running; 2 wrong
use, or the recordings lack the sensors that the rule needs; 4 stopped after too many alerts.")]
pub struct Args {
    #[command(flatten)]
    recordings: Recordings,
    /// The configuration: a folder with vigie.toml, or the file [default: config/vigie.toml]
    #[arg(short, long, value_name = "DIR")]
    config: Option<PathBuf>,
    /// The rule
    #[arg(long, value_name = "NAME")]
    rule: String,
    /// A limit of the rule, and its values; with several, every combination is tried
    #[arg(long, value_name = "NAME=VALUES", required = true)]
    limit: Vec<String>,
    /// The truth of the recordings (docs/scenario.md), or labels (docs/analysis.md): precision and recall by value
    #[arg(long, value_name = "FILE", visible_alias = "labels")]
    truth: Option<PathBuf>,
    /// Write a report as one HTML file, with curves
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print JSON (vigie.sweep/1) in place of the table
    #[arg(long)]
    json: bool,
    /// Alerts at one value after which the sweep stops
    #[arg(long, value_name = "N", default_value_t = MOST_ALERTS)]
    most: usize,
}

/// Runs the command.
///
/// # Errors
/// The command line or the configuration is wrong, or a recording cannot be read.
pub fn run(args: Args) -> Result<(), Failure> {
    let options = args.recordings.options()?;
    let overview = configuration_at(args.config.as_deref())?;
    let config = &overview.config;
    let rule = rule_of(&config.setup.rules, &overview.off, &args.rule).map_err(Failure::Usage)?;
    let axes = args.limit.iter().map(|text| Axis::read(rule, text)).collect::<Result<Vec<_>, _>>();
    let plan = Plan::new(config, rule, axes.map_err(Failure::Usage)?)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let truth = args.truth.as_deref().map(read_truth).transpose()?;
    let recordings = &args.recordings.recording;
    if let Some(sentence) = lacks(recordings, options, &[(config, &[rule])])?.into_iter().next() {
        return Err(Failure::Usage(sentence));
    }
    let mut bar = Bar::default();
    let tell = |bytes, size, time| bar.show(bytes, size, time);
    let sweep = plan.run(recordings, options, truth.as_ref(), args.most, &Cancel::default(), tell)?;
    bar.end();
    sweep.notices.iter().for_each(|notice| eprintln!("vigie: {notice}"));
    if let Some(path) = &args.html {
        write_report(path, &sweep.html())?;
    }
    if args.json {
        print_json(&sweep)?
    } else {
        super::check::print(&text(&sweep))?
    }
    match sweep.stopped {
        Some(_) => Err(Failure::Told(STOPPED)),
        None => Ok(()),
    }
}

/// Returns the sweep for people.
fn text(sweep: &Sweep) -> String {
    let mut text = String::new();
    let out = &mut text;
    if let Some((from, until)) = &sweep.span {
        let _ = writeln!(
            out,
            "exercise {}: {from} to {until}, {:.1} h, {} reports",
            sweep.exercise, sweep.hours, sweep.reports
        );
    }
    let _ = writeln!(out, "rule {} (pattern {}); * is in force\n", sweep.rule, sweep.pattern);
    let has_truth = sweep.rows.iter().any(|row| row.score.is_some());
    for name in &sweep.limits {
        let _ = write!(out, "{name:>18}");
    }
    let _ = write!(out, "{:>10}{:>10}{:>12}{:>12}", "alerts", "an hour", "interrupt/h", "not judged");
    if has_truth {
        let _ = write!(
            out,
            "{:>7}{:>7}{:>8}{:>11}{:>8}{:>8}",
            "true", "false", "missed", "precision", "recall", "delay"
        );
    }
    out.push('\n');
    sweep.rows.iter().for_each(|row| line(out, row));
    let run = &sweep.run;
    let _ = writeln!(
        out,
        "\n{:.1} s for {} combinations: {:.1} s of decoding, {:.1} s of picture and rules; {:.0}x real time",
        run.wall_s,
        sweep.rows.len(),
        run.decoding_s,
        run.judging_s,
        run.times_real_time
    );
    if let Some(stop) = &sweep.stopped {
        let _ = writeln!(out, "{}", stop.sentence());
    }
    text
}

fn line(out: &mut String, row: &Row) {
    for (place, value) in row.values.iter().enumerate() {
        let mark = if row.in_force && place == 0 { "* " } else { "" };
        let _ = write!(out, "{:>18}", format!("{mark}{value}"));
    }
    let _ = write!(
        out,
        "{:>10}{:>10.2}{:>12.2}{:>12}",
        row.alerts, row.alerts_per_hour, row.interrupting_per_hour, row.cannot_judge
    );
    if let Some(score) = &row.score {
        let share = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
        let delay = score.delay_median_s.map_or("-".to_owned(), |s| format!("{s:.0} s"));
        let _ = write!(
            out,
            "{:>7}{:>7}{:>8}{:>11}{:>8}{delay:>8}",
            score.matched,
            score.false_alerts,
            score.missed.unwrap_or(0),
            share(score.precision),
            share(score.recall)
        );
    }
    out.push('\n');
}
