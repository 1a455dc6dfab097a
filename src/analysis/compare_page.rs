//! The report of a comparison as one HTML page: figures, map, line of time, tables.

use super::alert::Alert;
use super::compare::{Comparison, Side};
use super::map::{self, Mark, Shape};
use super::page::Page;
use super::plot::{self, Moment};
use crate::model::{Geography, Time};

/// Returns the page.
pub(super) fn html(comparison: &Comparison, geography: &Geography) -> String {
    let mut page = Page::new("Comparison of two configurations", &comparison.exercise);
    let c = comparison;
    if let Some((from, until)) = &c.span {
        page.text(&format!("{from} to {until}, {:.1} h, {} reports", c.hours, c.reports));
    }
    c.stopped.iter().for_each(|stop| page.text(&stop.sentence()));
    page.table(
        &["", "configuration", "alerts", "an hour", "interrupt, an hour", "precision", "recall"],
        &[side_row("before", &c.before), side_row("after", &c.after)],
    );
    page.text(&format!(
        "{} appear, {} vanish, {} change, {} stay the same.",
        c.appear.len(),
        c.vanish.len(),
        c.change.len(),
        c.same
    ));
    if let Some(svg) = map::map(geography, &[], &marks_of(c)) {
        page.heading("Map");
        page.raw("<p><span class=\"appear\">● appears</span> · <span class=\"vanish\">✕ vanishes</span> · <span class=\"change\">□ changes</span></p>");
        page.raw(&svg);
    }
    if let Some((from, until)) = &c.span
        && let (Some(from), Some(until)) = (Time::parse(from), Time::parse(until))
    {
        page.heading("Time");
        page.raw(&plot::timeline(from, until, &moments_of(c)));
    }
    tables(&mut page, c);
    let run = &c.run;
    page.text(&format!(
        "{:.1} s for both configurations: {:.1} s of decoding, {:.1} s of pictures and rules.",
        run.wall_s, run.decoding_s, run.judging_s
    ));
    page.end()
}

fn side_row<'a>(name: &'a str, side: &Side) -> (&'a str, Vec<String>) {
    let share = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    let score = side.score.as_ref();
    let row = vec![
        name.to_owned(),
        side.config.clone(),
        side.alerts.to_string(),
        format!("{:.2}", side.alerts_per_hour),
        format!("{:.2}", side.interrupting_per_hour),
        share(score.and_then(|score| score.precision)),
        share(score.and_then(|score| score.recall)),
    ];
    ("", row)
}

/// Returns every alert that differs, with the kind of its mark. A change stands where it is after.
fn marked(c: &Comparison) -> Vec<(Shape, &Alert)> {
    let appear = c.appear.iter().map(|alert| (Shape::Appear, alert));
    let vanish = c.vanish.iter().map(|alert| (Shape::Vanish, alert));
    let change = c.change.iter().map(|change| (Shape::Change, &change.after));
    appear.chain(vanish).chain(change).collect()
}

fn title_of(alert: &Alert) -> String {
    format!("{} {}: {}", alert.raised, alert.rule, alert.summary)
}

fn marks_of(c: &Comparison) -> Vec<Mark> {
    let mark = |(shape, alert): (Shape, &Alert)| Mark { at: alert.position, shape, title: title_of(alert) };
    marked(c).into_iter().map(mark).collect()
}

fn moments_of(c: &Comparison) -> Vec<Moment> {
    let moment = |shape: Shape, is_before: bool, alert: &Alert| Moment {
        at: alert.raised_time(),
        shape: Some(shape),
        is_before,
        title: title_of(alert),
    };
    let mut moments: Vec<Moment> = c.appear.iter().map(|alert| moment(Shape::Appear, false, alert)).collect();
    moments.extend(c.vanish.iter().map(|alert| moment(Shape::Vanish, true, alert)));
    for change in &c.change {
        moments.push(moment(Shape::Change, true, &change.before));
        moments.push(moment(Shape::Change, false, &change.after));
    }
    moments
}

fn tables(page: &mut Page, c: &Comparison) {
    page.heading("Rules");
    let rule = |(name, r): (&String, &super::compare::RuleFigures)| {
        let counts = [r.before, r.after, r.appear, r.vanish, r.change].map(|n| n.to_string());
        let row = [name.clone(), r.rule.to_owned()].into_iter().chain(counts).collect();
        (if r.rule == "same" { "" } else { "change" }, row)
    };
    let of_interest = c.rules.iter().filter(|(_, r)| r.rule != "same" || r.before + r.after > 0);
    let head = ["rule", "itself", "before", "after", "appear", "vanish", "change"];
    page.table(&head, &of_interest.map(rule).collect::<Vec<_>>());
    page.heading("Watch hours");
    let hour =
        |h: &super::compare::Hour| ("", vec![h.from.clone(), h.before.to_string(), h.after.to_string()]);
    page.table(&["hour from", "before", "after"], &c.by_hour.iter().map(hour).collect::<Vec<_>>());
    page.heading("Alerts that differ");
    let truth = |alert: &Alert| match alert.is_true {
        None => "",
        Some(true) => "true",
        Some(false) => "false",
    };
    let mut rows: Vec<(Time, (&str, Vec<String>))> = Vec::new();
    for (shape, alert) in marked(c) {
        let what = match shape {
            Shape::Appear => "appears".to_owned(),
            Shape::Vanish => "vanishes".to_owned(),
            Shape::Change => changes_of(c, &alert.id),
        };
        let cells = [
            what,
            alert.raised.clone(),
            alert.rule.clone(),
            alert.who(),
            alert.summary.clone(),
            truth(alert).to_owned(),
        ];
        rows.push((alert.raised_time(), (shape.class(), cells.into())));
    }
    rows.sort_by_key(|(time, _)| *time);
    let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    page.table(&["", "raised", "rule", "who", "alert", "truth"], &rows);
}

fn changes_of(c: &Comparison, id: &str) -> String {
    let change = c.change.iter().find(|change| change.after.id == id);
    let one = |d: &super::compare::Difference| format!("{}: {} → {}", d.what, d.before, d.after);
    change.map(|change| change.differences.iter().map(one).collect::<Vec<_>>().join("; ")).unwrap_or_default()
}
