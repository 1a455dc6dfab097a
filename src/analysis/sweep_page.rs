//! The report of a sweep as one HTML page: curves and a table.

use super::page::Page;
use super::plot::{self, Curve};
use super::sweep::{Row, Sweep};
use crate::scenario::score::Figures;

/// Returns the page.
pub(super) fn html(sweep: &Sweep) -> String {
    let mut page =
        Page::new(&format!("Rule {}, by {}", sweep.rule, sweep.limits.join(" and ")), &sweep.exercise);
    if let Some((from, until)) = &sweep.span {
        page.text(&format!("{from} to {until}, {:.1} h, {} reports", sweep.hours, sweep.reports));
    }
    sweep.stopped.iter().for_each(|stop| page.text(&stop.sentence()));
    let names: Vec<String> = sweep.rows.iter().map(|row| row.values.join(", ")).collect();
    let in_force = sweep.rows.iter().position(|row| row.in_force);
    let has_truth = sweep.rows.iter().any(|row| row.score.is_some());
    let of = |value: fn(&Row) -> Option<f64>| sweep.rows.iter().map(value).collect::<Vec<_>>();
    let mut curves = vec![
        Curve {
            name: "alerts an hour",
            values: of(|row| Some(row.alerts_per_hour)),
            is_share: false,
            colour: "--first",
            dashes: "",
        },
        Curve {
            name: "of these, interrupt",
            values: of(|row| Some(row.interrupting_per_hour)),
            is_share: false,
            colour: "--first",
            dashes: "5 4",
        },
    ];
    if has_truth {
        let precision = of(|row| row.score.as_ref().and_then(|score| score.precision));
        let recall = of(|row| row.score.as_ref().and_then(|score| score.recall));
        curves.push(Curve {
            name: "precision (right)",
            values: precision,
            is_share: true,
            colour: "--appear",
            dashes: "",
        });
        curves.push(Curve {
            name: "recall (right)",
            values: recall,
            is_share: true,
            colour: "--second",
            dashes: "",
        });
    }
    page.raw(&plot::curves(&names, in_force, &curves));
    page.text("The dotted line is the value in force.");
    let mut head = sweep.limits.clone();
    head.extend(["", "alerts", "an hour", "interrupt, an hour", "all rules, an hour", "could not judge"]);
    if has_truth {
        head.extend(["true", "false", "missed", "precision", "recall", "F0.5", "delay s"]);
    }
    let rows: Vec<_> = sweep.rows.iter().map(|row| ("", cells(row))).collect();
    page.table(&head, &rows);
    let run = &sweep.run;
    page.text(&format!(
        "{:.1} s for {} combinations: {:.1} s of decoding, {:.1} s of picture and rules.",
        run.wall_s,
        sweep.rows.len(),
        run.decoding_s,
        run.judging_s
    ));
    page.end()
}

fn cells(row: &Row) -> Vec<String> {
    let mut cells = row.values.clone();
    cells.push(if row.in_force { "in force" } else { "" }.to_owned());
    cells.push(row.alerts.to_string());
    cells.extend(
        [row.alerts_per_hour, row.interrupting_per_hour, row.all_alerts_per_hour].map(|n| format!("{n:.2}")),
    );
    cells.push(row.cannot_judge.to_string());
    cells.extend(row.score.iter().flat_map(score_cells));
    cells
}

fn score_cells(score: &Figures) -> Vec<String> {
    let share = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    vec![
        score.matched.to_string(),
        score.false_alerts.to_string(),
        score.missed.unwrap_or(0).to_string(),
        share(score.precision),
        share(score.recall),
        share(score.f05),
        score.delay_median_s.map_or("-".to_owned(), |s| format!("{s:.0}")),
    ]
}
