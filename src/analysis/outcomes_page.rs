//! The report on outcomes as one HTML page.

use super::outcomes::{Outcomes, RuleOutcomes};
use super::page::Page;
use super::plot::share_bar;

/// Returns the page.
pub(super) fn html(outcomes: &Outcomes) -> String {
    let mut page = Page::of_watch("Outcomes of alerts", &outcomes.of);
    page.text(&format!(
        "{} alerts, judged by the outcomes with which officers closed them and by marks of analysts. Lawful alerts are true: the behaviour was as the alert said.",
        outcomes.alerts
    ));
    page.heading("Rules");
    let head = ["rule", "alerts", "true", "of these lawful", "false", "unclear", "open", "precision"];
    let rows: Vec<(&str, Vec<String>)> = outcomes.rules.iter().map(|rule| ("", cells(rule))).collect();
    page.table(&head, &rows);
    page.heading("Precision");
    for rule in &outcomes.rules {
        if let Some(precision) = rule.precision {
            page.raw(&share_bar(&rule.rule, precision, rule.judged_true + rule.judged_false));
        }
    }
    page.heading("Suggestions");
    page.text("Measures by which false alerts stand out. Nothing is decided: try a value with vigie sweep before it is put into force.");
    let said = outcomes.rules.iter().flat_map(|rule| {
        rule.suggestions.iter().map(|suggestion| ("", vec![rule.rule.clone(), suggestion.words.clone()]))
    });
    let rows: Vec<(&str, Vec<String>)> = said.collect();
    if rows.is_empty() {
        page.text("None.")
    } else {
        page.table(&["rule", "what false alerts have in common"], &rows)
    }
    page.heading("False alerts");
    let rows = outcomes.rules.iter().flat_map(|rule| &rule.false_alerts).map(|label| {
        let cells = [
            &label.rule,
            &label.raised,
            &label.subjects.join(", "),
            &label.why,
            &label.by,
            &label.rules_version,
        ];
        ("vanish", cells.map(String::clone).to_vec())
    });
    let rows: Vec<(&str, Vec<String>)> = rows.collect();
    page.table(&["rule", "raised", "subjects", "why it was false", "said by", "version of rules"], &rows);
    page.end()
}

/// Cells of a rule's row.
fn cells(rule: &RuleOutcomes) -> Vec<String> {
    let count = |n: usize| n.to_string();
    let precision = rule.precision.map_or("-".to_owned(), |precision| format!("{precision:.2}"));
    vec![
        rule.rule.clone(),
        count(rule.alerts),
        count(rule.judged_true),
        count(rule.lawful),
        count(rule.judged_false),
        count(rule.unclear),
        count(rule.open),
        precision,
    ]
}
