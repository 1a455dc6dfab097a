//! Outcomes as truth: precision of each rule by what officers and analysts said, and cuts by which false alerts stand out.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::outcomes_page;
use crate::scenario::labels::{Label, Verdict};

/// Fewest false alerts that a suggestion rests on.
const FEWEST: usize = 3;
/// Least difference of the shares of false and of true alerts that a cut takes.
const LEAST_GAIN: f64 = 0.5;
/// Most suggestions for a rule.
const MOST: usize = 3;

/// Alerts of a watch by rule, judged by their outcomes and by marks of analysts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Outcomes {
    /// Version of this schema: `vigie.outcomes/1`.
    pub schema: &'static str,
    /// Name of the node or the file.
    pub of: String,
    /// Number of alerts.
    pub alerts: usize,
    /// Rules, those with the most false alerts first.
    pub rules: Vec<RuleOutcomes>,
}

/// Alerts of one rule, judged.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RuleOutcomes {
    /// Name of the rule.
    pub rule: String,
    /// Pattern of the rule.
    pub pattern: String,
    /// Number of alerts.
    pub alerts: usize,
    /// Alerts that were true: confirmed, lawful, or marked so.
    pub judged_true: usize,
    /// Lawful ones among the true.
    pub lawful: usize,
    /// Alerts that were false.
    pub judged_false: usize,
    /// Alerts that were closed without being known true or false.
    pub unclear: usize,
    /// Alerts that nobody has closed or marked.
    pub open: usize,
    /// `true / (true + false)`; null where neither is known.
    pub precision: Option<f64>,
    /// Alerts that were false, and why.
    pub false_alerts: Vec<Label>,
    /// Measures by which the false alerts stand out.
    pub suggestions: Vec<Suggestion>,
}

/// A cut that takes many of a rule's false alerts and few of its true ones. Nothing is decided by it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Suggestion {
    /// Name of the measure with its unit.
    pub measure: String,
    /// `at_least` or `at_most`.
    pub bound: &'static str,
    /// Value of the cut.
    pub value: f64,
    /// False alerts beyond the cut.
    pub false_alerts: usize,
    /// False alerts that have the measure.
    pub of_false: usize,
    /// True alerts beyond the cut, which the cut would lose.
    pub true_alerts: usize,
    /// True alerts that have the measure.
    pub of_true: usize,
    /// The same in words.
    pub words: String,
}

impl Outcomes {
    /// Judges alerts, each with its label; one without an outcome and without somebody who judged is open.
    pub fn new(of: String, labels: &[Label]) -> Outcomes {
        let names: BTreeSet<&str> = labels.iter().map(|label| label.rule.as_str()).collect();
        let rule = |name: &str| of_rule(labels.iter().filter(|label| label.rule == name).collect());
        let mut rules: Vec<RuleOutcomes> = names.into_iter().map(rule).collect();
        rules.sort_by(|a, b| (b.judged_false, &a.rule).cmp(&(a.judged_false, &b.rule)));
        Outcomes { schema: "vigie.outcomes/1", of, alerts: labels.len(), rules }
    }

    /// Returns the report as one self-contained HTML page.
    pub fn html(&self) -> String {
        outcomes_page::html(self)
    }
}

fn of_rule(labels: Vec<&Label>) -> RuleOutcomes {
    let with = |verdict: Verdict| labels.iter().copied().filter(move |label| label.verdict == verdict);
    let (right, wrong): (Vec<&Label>, Vec<&Label>) =
        (with(Verdict::True).collect(), with(Verdict::False).collect());
    let is_judged = |label: &&Label| label.outcome.is_some() || !label.by.is_empty();
    let judged = right.len() + wrong.len();
    RuleOutcomes {
        rule: labels.first().map_or(String::new(), |label| label.rule.clone()),
        pattern: labels.first().map_or(String::new(), |label| label.pattern.clone()),
        alerts: labels.len(),
        judged_true: right.len(),
        lawful: right.iter().filter(|label| label.outcome == Some(crate::model::Outcome::Lawful)).count(),
        judged_false: wrong.len(),
        unclear: with(Verdict::Unclear).filter(is_judged).count(),
        open: with(Verdict::Unclear).filter(|label| !is_judged(label)).count(),
        precision: (judged > 0).then(|| right.len() as f64 / judged as f64),
        suggestions: suggestions(&right, &wrong),
        false_alerts: wrong.into_iter().cloned().collect(),
    }
}

/// Returns the best cut of each measure, the best measure first.
fn suggestions(right: &[&Label], wrong: &[&Label]) -> Vec<Suggestion> {
    let mut values: BTreeMap<&str, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for (labels, side) in [(right, 0), (wrong, 1)] {
        for (name, value) in labels.iter().flat_map(|label| &label.measured) {
            let both = values.entry(name.as_str()).or_default();
            if side == 0 { both.0.push(*value) } else { both.1.push(*value) }
        }
    }
    let cuts = values.into_iter().filter_map(|(measure, (right, wrong))| best_cut(measure, &right, &wrong));
    let mut cuts: Vec<(f64, Suggestion)> = cuts.collect();
    cuts.sort_by(|a, b| b.0.total_cmp(&a.0));
    cuts.truncate(MOST);
    cuts.into_iter().map(|(_, suggestion)| suggestion).collect()
}

/// Returns the cut of a measure that takes the largest share of the false alerts more than of the true ones.
fn best_cut(measure: &str, right: &[f64], wrong: &[f64]) -> Option<(f64, Suggestion)> {
    let mut best: Option<(f64, Suggestion)> = None;
    for &value in wrong {
        for is_least in [true, false] {
            let beyond =
                |of: &[f64]| of.iter().filter(|x| if is_least { **x >= value } else { **x <= value }).count();
            let (taken, lost) = (beyond(wrong), beyond(right));
            let share = |part: usize, of: usize| if of == 0 { 0.0 } else { part as f64 / of as f64 };
            let gain = share(taken, wrong.len()) - share(lost, right.len());
            // With no true alert known, a cut that takes every false one says nothing about the measure.
            let tells = !right.is_empty() || taken < wrong.len();
            let is_better = best.as_ref().is_none_or(|(other, _)| gain > *other + 1e-9);
            if taken < FEWEST || gain < LEAST_GAIN || !tells || !is_better {
                continue;
            }
            let sign = if is_least { "≥" } else { "≤" };
            let also = match right.len() {
                0 => "no alert that was true is known".to_owned(),
                known => format!("so have {lost} of {known} that were true"),
            };
            let words = format!(
                "{taken} of {} alerts closed as false have {measure} {sign} {value}; {also}",
                wrong.len()
            );
            best = Some((
                gain,
                Suggestion {
                    measure: measure.to_owned(),
                    bound: if is_least { "at_least" } else { "at_most" },
                    value,
                    false_alerts: taken,
                    of_false: wrong.len(),
                    true_alerts: lost,
                    of_true: right.len(),
                    words,
                },
            ));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;

    fn label(n: usize, verdict: Verdict, company: f64, speed: f64) -> Label {
        let time = "2026-01-01T04:00:00Z".to_owned();
        Label {
            schema: crate::scenario::labels::SCHEMA.to_owned(),
            alert: n.to_string(),
            rule: "dark".to_owned(),
            pattern: "dark-target".to_owned(),
            rules_version: String::new(),
            subjects: vec![format!("mmsi:{n:09}")],
            onset: time.clone(),
            raised: time.clone(),
            until: time,
            verdict,
            outcome: match verdict {
                Verdict::True => Some(Outcome::Lawful),
                Verdict::False => Some(Outcome::FalseAlarm),
                Verdict::Unclear => None,
            },
            why: "rain <b>".to_owned(),
            by: String::new(),
            measured: BTreeMap::from([
                ("max_company".to_owned(), company),
                ("min_speed_kn".to_owned(), speed),
            ]),
        }
    }

    #[test]
    fn what_most_false_alerts_have_is_suggested_with_counts_of_both_sides() {
        let mut labels: Vec<Label> =
            (0..14).map(|n| label(n, Verdict::False, 5.0 + n as f64, 20.0)).collect();
        labels.extend((14..17).map(|n| label(n, Verdict::False, 2.0, 20.0)));
        labels.extend((17..25).map(|n| label(n, Verdict::True, 2.0, 20.0)));
        labels.push(label(25, Verdict::True, 6.0, 20.0));
        labels.push(label(26, Verdict::Unclear, 9.0, 20.0));
        let outcomes = Outcomes::new("bb-ops".to_owned(), &labels);
        let rule = &outcomes.rules[0];
        assert_eq!((rule.alerts, rule.judged_true, rule.lawful, rule.judged_false), (27, 9, 9, 17));
        assert_eq!((rule.unclear, rule.open, rule.precision), (0, 1, Some(9.0 / 26.0)));
        let words = "14 of 17 alerts closed as false have max_company ≥ 5; so have 1 of 9 that were true";
        assert_eq!(rule.suggestions.iter().map(|s| s.words.as_str()).collect::<Vec<_>>(), [words]);
        let html = outcomes.html();
        assert!(html.contains("rain &lt;b&gt;") && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn few_alerts_or_like_ones_suggest_nothing() {
        let like: Vec<Label> = (0..20)
            .map(|n| label(n, if n % 2 == 0 { Verdict::True } else { Verdict::False }, 3.0, 20.0))
            .collect();
        assert_eq!(Outcomes::new(String::new(), &like).rules[0].suggestions, []);
        let few = [
            label(0, Verdict::False, 9.0, 20.0),
            label(1, Verdict::False, 9.0, 20.0),
            label(2, Verdict::True, 1.0, 20.0),
        ];
        assert_eq!(Outcomes::new(String::new(), &few).rules[0].suggestions, []);
        let only_false: Vec<Label> = (0..20).map(|n| label(n, Verdict::False, 3.0, 20.0)).collect();
        assert_eq!(Outcomes::new(String::new(), &only_false).rules[0].suggestions, []);
    }
}
