//! `vigie compare`: which alerts appear, vanish and change between two configurations.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::Failure;
use super::score::read_truth;
use super::trial::{Bar, Recordings, configuration_at, lacks, print_json, shown, write_report};
use crate::analysis::alert::Alert;
use crate::analysis::compare::{Change, Comparison, Side};
use crate::analysis::needs;
use crate::analysis::trial::{self, Configs, MOST_ALERTS, Question};
use crate::feed::recording::Cancel;

/// Exit status with `--exit-code` where alerts differ.
const DIFFERENT: u8 = 3;
/// Exit status where a trial stopped before the end of the recordings.
pub(super) const STOPPED: u8 = 4;
/// Lines of alerts that the text for people lists at most.
const MOST_LINES: usize = 200;

/// Compare two configurations on recordings: alerts that appear, vanish and change, in one decoding
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  vigie compare recordings/ --before config --after trial
  vigie compare night.mcap --before config --after trial --truth night.truth.json --html report.html

A configuration is a folder with vigie.toml, or that file. Exit status: 0 done; 1 failed while running; 2 wrong use;
3 alerts differ (with --exit-code); 4 stopped after too many alerts.")]
pub struct Args {
    #[command(flatten)]
    recordings: Recordings,
    /// The configuration before: a folder with vigie.toml, or the file
    #[arg(long, value_name = "DIR")]
    before: PathBuf,
    /// The configuration after
    #[arg(long, value_name = "DIR")]
    after: PathBuf,
    /// The truth of the recordings (docs/scenario.md), or labels (docs/analysis.md): precision and recall of both
    #[arg(long, value_name = "FILE", visible_alias = "labels")]
    truth: Option<PathBuf>,
    /// Write a report as one HTML file, with a map
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print JSON (vigie.compare/1) in place of the text
    #[arg(long)]
    json: bool,
    /// End with status 3 where alerts differ
    #[arg(long)]
    exit_code: bool,
    /// Alerts of one configuration after which the comparison stops
    #[arg(long, value_name = "N", default_value_t = MOST_ALERTS)]
    most: usize,
}

/// Runs the command.
///
/// # Errors
/// The command line or a configuration is wrong, or a recording cannot be read.
pub fn run(args: Args) -> Result<(), Failure> {
    let options = args.recordings.options()?;
    let configs = [configuration_at(Some(&args.before))?.config, configuration_at(Some(&args.after))?.config];
    let truth = args.truth.as_deref().map(read_truth).transpose()?;
    let recordings = &args.recordings.recording;
    let [before, after] = &configs;
    let changed = [(before, after), (after, before)].map(|(own, other)| needs::rules_that_differ(own, other));
    let sides = [(before, changed[0].as_slice()), (after, changed[1].as_slice())];
    lacks(recordings, options, &sides)?.iter().for_each(|sentence| eprintln!("vigie: {sentence}"));
    let mut bar = Bar::default();
    let configs = Configs::Each(&configs);
    let question = Question { recordings, options, configs, most: args.most, cancel: Cancel::default() };
    let trial = trial::run(question, |bytes, size, time| bar.show(bytes, size, time))?;
    bar.end();
    let names = [shown(&args.before), shown(&args.after)];
    let comparison = Comparison::of(trial, [&names[0], &names[1]], [before, after], truth.as_ref())
        .map_err(|error| Failure::Usage(error.to_string()))?;
    comparison.notices.iter().for_each(|notice| eprintln!("vigie: {notice}"));
    if let Some(path) = &args.html {
        write_report(path, &comparison.html(&after.setup.geography))?;
    }
    if args.json {
        print_json(&comparison)?
    } else {
        super::check::print(&text(&comparison))?
    }
    match (&comparison.stopped, comparison.is_same()) {
        (Some(_), _) => Err(Failure::Told(STOPPED)),
        (None, false) if args.exit_code => Err(Failure::Told(DIFFERENT)),
        _ => Ok(()),
    }
}

/// Returns the comparison for people.
fn text(c: &Comparison) -> String {
    let mut text = String::new();
    let out = &mut text;
    if let Some((from, until)) = &c.span {
        let _ = writeln!(
            out,
            "exercise {}: {from} to {until}, {:.1} h, {} reports",
            c.exercise, c.hours, c.reports
        );
    }
    side(out, "before", &c.before);
    side(out, "after", &c.after);
    let _ = writeln!(
        out,
        "{} appear, {} vanish, {} change, {} stay the same",
        c.appear.len(),
        c.vanish.len(),
        c.change.len(),
        c.same
    );
    let _ = writeln!(
        out,
        "\n{:<34}{:>9}{:>8}{:>8}{:>8}{:>8}{:>8}",
        "rule", "itself", "before", "after", "appear", "vanish", "change"
    );
    for (name, r) in c.rules.iter().filter(|(_, r)| r.rule != "same" || r.before + r.after > 0) {
        let _ = writeln!(
            out,
            "{name:<34}{:>9}{:>8}{:>8}{:>8}{:>8}{:>8}",
            r.rule, r.before, r.after, r.appear, r.vanish, r.change
        );
    }
    let _ = writeln!(out, "\n{:<34}{:>9}{:>8}", "hour from", "before", "after");
    for hour in &c.by_hour {
        let _ = writeln!(out, "{:<34}{:>9}{:>8}", hour.from, hour.before, hour.after);
    }
    alerts(out, c);
    let run = &c.run;
    let _ = writeln!(
        out,
        "\n{:.1} s for both: {:.1} s of decoding, {:.1} s of pictures and rules; {:.0}x real time",
        run.wall_s, run.decoding_s, run.judging_s, run.times_real_time
    );
    if let Some(stop) = &c.stopped {
        let _ = writeln!(out, "{}", stop.sentence());
    }
    text
}

fn side(out: &mut String, name: &str, side: &Side) {
    let _ = write!(
        out,
        "{name:<7}{}: {} alerts, {:.2} an hour, {:.2} of them interrupt",
        side.config, side.alerts, side.alerts_per_hour, side.interrupting_per_hour
    );
    if let Some(score) = &side.score {
        let share = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
        let _ = write!(out, "; precision {}, recall {}", share(score.precision), share(score.recall));
    }
    out.push('\n');
}

fn alerts(out: &mut String, c: &Comparison) {
    let line = |sign: char, alert: &Alert, more: &str| {
        let truth = alert.is_true.map_or("", |is_true| if is_true { " [true]" } else { " [false]" });
        format!("{sign} {} {}{truth}: {}{more}", alert.raised, alert.rule, alert.summary)
    };
    let changed = |change: &Change| {
        let one = |d: &crate::analysis::compare::Difference| format!("{} {} → {}", d.what, d.before, d.after);
        let what = change.differences.iter().map(one).collect::<Vec<_>>().join(", ");
        line('~', &change.after, &format!(" ({what})"))
    };
    let mut lines: Vec<(crate::model::Time, String)> = Vec::new();
    lines.extend(c.appear.iter().map(|alert| (alert.raised_time(), line('+', alert, ""))));
    lines.extend(c.vanish.iter().map(|alert| (alert.raised_time(), line('-', alert, ""))));
    lines.extend(c.change.iter().map(|change| (change.after.raised_time(), changed(change))));
    lines.sort();
    if !lines.is_empty() {
        out.push_str("\n+ appears, - vanishes, ~ changes\n");
    }
    for (_, line) in lines.iter().take(MOST_LINES) {
        let _ = writeln!(out, "{line}");
    }
    if lines.len() > MOST_LINES {
        let _ = writeln!(out, "… and {} more: --json or --html has them all", lines.len() - MOST_LINES);
    }
}
