//! `vigie explain`: why a rule raised an alert about a vessel, or none.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::Failure;
use super::replay::time;
use super::trial::{Bar, Recordings, configuration_at, lacks, print_json, write_report};
use crate::analysis::explain::{self, Explanation, Judged, Question, RuleExplanation, Sought};
use crate::config::trial::rule_of;
use crate::model::{Icao, Imo, Mmsi, Quantity, Span, Time};

/// Explain why a vessel raised an alert, or none: each condition of each rule around a time
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  vigie explain night.mcap -c config --vessel 'NIGHT HERON' --at 2026-04-18T02:35:00Z
  vigie explain night.mcap -c config --vessel radar:south-point-radar:53 --at 2026-04-18T02:35:00Z --rule go-fast --json

A vessel is an MMSI, an IMO number with IMO before it, an ICAO address, a name, a call sign, or a subject key as alerts
have it. Exit status: 0 done; 1 failed while running, or the vessel is not in the recordings at that time; 2 wrong use.")]
pub struct Args {
    #[command(flatten)]
    recordings: Recordings,
    /// The configuration: a folder with vigie.toml, or the file [default: config/vigie.toml]
    #[arg(short, long, value_name = "DIR")]
    config: Option<PathBuf>,
    /// The vessel, aircraft or radar target
    #[arg(long, value_name = "WHO")]
    vessel: String,
    /// The time that is asked about (RFC 3339)
    #[arg(long, value_parser = time, value_name = "T")]
    at: Time,
    /// Only this rule
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Time before and after that is explained
    #[arg(long, value_name = "SPAN", default_value = "30 min", value_parser = span)]
    around: Span,
    /// Print JSON (vigie.explanation/1) in place of the text
    #[arg(long)]
    json: bool,
    /// Write a report as one HTML file, with a map and each condition over time
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

fn span(text: &str) -> Result<Span, String> {
    Quantity::DURATION.read(text).map(Span::from_secs_f64).map_err(|error| error.to_string())
}

/// Runs the command.
///
/// # Errors
/// The command line or the configuration is wrong, a recording cannot be read, or the vessel is not in it.
pub fn run(args: Args) -> Result<(), Failure> {
    let options = args.recordings.options()?;
    let overview = configuration_at(args.config.as_deref())?;
    let rules = &overview.config.setup.rules;
    let recordings = &args.recordings.recording;
    if let Some(name) = &args.rule {
        let rule = rule_of(rules, &overview.off, name).map_err(Failure::Usage)?;
        let lacks = lacks(recordings, options, &[(&overview.config, &[rule])])?;
        lacks.iter().for_each(|sentence| eprintln!("vigie: {sentence}"));
    }
    let question = Question {
        recordings,
        options,
        config: &overview.config,
        who: sought(&args.vessel),
        at: args.at,
        around: args.around,
        rule: args.rule.as_deref(),
    };
    let mut bar = Bar::default();
    let explanation =
        explain::explain(&question, &args.vessel, |bytes, size, time| bar.show(bytes, size, time))?;
    bar.end();
    if explanation.tracks.is_empty() {
        let (from, until) = &explanation.window;
        return Err(Failure::Running(anyhow::anyhow!(
            "\"{}\" has no report between {from} and {until}: see `vigie alerts --vessel` or the console for when it was heard, \
             or widen the time with --around",
            args.vessel
        )));
    }
    if let Some(path) = &args.html {
        write_report(path, &explanation.html(&overview.config.setup.geography))?;
    }
    if args.json { print_json(&explanation) } else { super::check::print(&text(&explanation)) }
}

/// Reads who is meant.
fn sought(text: &str) -> Sought {
    let text = text.trim();
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let imo = text
        .get(..3)
        .filter(|word| word.eq_ignore_ascii_case("imo"))
        .and_then(|_| text[3..].trim_start_matches([':', ' ']).parse().ok());
    if let Some(number) = imo {
        return Sought::Imo(Imo(number));
    }
    if let Some(number) = text.strip_prefix("mmsi:").or(digits.then_some(text)).filter(|text| text.len() == 9)
        && let Ok(number) = number.parse()
    {
        return Sought::Mmsi(Mmsi(number));
    }
    let hex = text.strip_prefix("icao:").unwrap_or(text);
    let is_hex = hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some(icao) = Icao::of_hex(hex).filter(|_| is_hex) {
        return Sought::Icao(icao);
    }
    if text.contains(':') { Sought::Key(text.to_owned()) } else { Sought::Name(text.to_uppercase()) }
}

/// Returns the explanation for people.
fn text(explanation: &Explanation) -> String {
    let mut text = String::new();
    let (from, until) = &explanation.window;
    let _ = writeln!(
        text,
        "exercise {}: {} ({}) at {}; conditions from {from} to {until}",
        explanation.exercise,
        explanation.vessel,
        explanation.tracks.join(", "),
        explanation.at
    );
    for rule in &explanation.rules {
        text_of_rule(&mut text, rule);
    }
    text
}

fn text_of_rule(out: &mut String, rule: &RuleExplanation) {
    let _ = writeln!(out, "\n{} (pattern {}): {}", rule.rule, rule.pattern, outcome_in_words(rule.outcome));
    let Some(judgement) = &rule.judgement else { return };
    conditions(out, judgement);
    if let Some(nearest) = rule.nearest.as_ref().filter(|nearest| nearest.time != judgement.time)
        && judgement.first_unmet.is_some()
    {
        let what = nearest.first_unmet.map_or("every condition was met", |name| name);
        let _ = writeln!(out, "  nearest at {}: {what}", nearest.time);
        if let Some(unmet) = nearest.conditions.iter().find(|c| Some(c.name) == nearest.first_unmet) {
            let _ = writeln!(out, "    {}", unmet.words);
        }
    }
}

fn conditions(out: &mut String, judgement: &Judged) {
    let with = judgement.other.as_ref().map_or(String::new(), |other| format!(" with {other}"));
    let _ = writeln!(out, "  {}{with}", judgement.time);
    for condition in &judgement.conditions {
        let sign = match (condition.met, condition.excused) {
            (true, _) => "met    ",
            (false, true) => "or     ",
            (false, false) => "NOT MET",
        };
        let first =
            if Some(condition.name) == judgement.first_unmet && !condition.met { "  <- first" } else { "" };
        let _ = writeln!(out, "    {sign} {}{first}", condition.words);
    }
}

fn outcome_in_words(outcome: &str) -> &str {
    match outcome {
        "raised" => "an alert was raised",
        "open" => "an alert is open",
        "shared" => "the parties share an open incident",
        "waits" => "every condition that was compared is met; the rule waits",
        "not-asked" => "the rule did not look at it",
        _ => "no alert",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_meant() {
        assert_eq!(sought("314001000"), Sought::Mmsi(Mmsi(314_001_000)));
        assert_eq!(sought("mmsi:314001000"), Sought::Mmsi(Mmsi(314_001_000)));
        assert_eq!(sought("IMO 9074729"), Sought::Imo(Imo(9_074_729)));
        assert!(matches!(sought("0be123"), Sought::Icao(_)));
        assert_eq!(sought("radar:a:5"), Sought::Key("radar:a:5".to_owned()));
        assert_eq!(sought("Night Heron"), Sought::Name("NIGHT HERON".to_owned()));
        assert_eq!(sought("IMOGEN"), Sought::Name("IMOGEN".to_owned()));
    }
}
