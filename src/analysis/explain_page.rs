//! The report of an explanation as one HTML page: each rule with its conditions, at the time that is asked about and over time.

use std::fmt::Write as _;

use super::explain::{Compared, Explanation, Judged, RuleExplanation};
use super::map::{self, Mark, Shape};
use super::page::{Page, escaped};
use crate::model::{Geography, Time, TrailPoint};
use crate::patterns::Outcome;

const WIDTH: f64 = 960.0;
/// Room for the names of conditions, pixels.
const LEFT: f64 = 280.0;
/// Height of a condition's line, pixels.
const LINE: f64 = 22.0;

/// Returns the page.
pub(super) fn html(explanation: &Explanation, geography: &Geography) -> String {
    let title = format!("{} at {}", explanation.vessel, explanation.at);
    let mut page = Page::new(&title, &explanation.exercise);
    let (from, until) = &explanation.window;
    page.text(&format!("{}; conditions from {from} to {until}.", explanation.tracks.join(", ")));
    map(&mut page, explanation, geography);
    let (mut asked, silent): (Vec<&RuleExplanation>, Vec<&RuleExplanation>) =
        explanation.rules.iter().partition(|rule| rule.judgement.is_some());
    asked.sort_by_key(|rule| rule.judgement.as_ref().map_or(usize::MAX, short));
    for rule in asked {
        of_rule(&mut page, rule, explanation);
    }
    if !silent.is_empty() {
        page.heading("Rules that did not look at it");
        let names: Vec<&str> = silent.iter().map(|rule| rule.rule.as_str()).collect();
        page.text(&names.join(", "));
    }
    page.end()
}

/// Draws where the vessel went, where it was at the time that is asked about, and where alerts were raised.
fn map(page: &mut Page, explanation: &Explanation, geography: &Geography) {
    let trails = &explanation.trails;
    let marks_at = |shape: Shape, time: &str, words: &str| {
        let places = Time::parse(time).map(|time| places(trails, time)).unwrap_or_default();
        let mark = |at: [f64; 2]| Mark { at, shape, title: format!("{time} {words}") };
        places.into_iter().map(mark).collect::<Vec<_>>()
    };
    let raised = |rule: &RuleExplanation| {
        let when = rule.timeline.iter().filter(|judged| judged.outcome == Outcome::Raised.word());
        when.flat_map(|judged| marks_at(Shape::Appear, &judged.time, &rule.rule)).collect::<Vec<_>>()
    };
    let mut marks: Vec<Mark> = explanation.rules.iter().flat_map(raised).collect();
    marks.extend(marks_at(Shape::Change, &explanation.at, "the time that is asked about"));
    let lon_lat = |point: &TrailPoint| point.position.lon_lat();
    let lines: Vec<Vec<[f64; 2]>> = trails.iter().map(|trail| trail.iter().map(lon_lat).collect()).collect();
    let Some(svg) = map::map(geography, &lines, &marks) else { return };
    page.heading("Map");
    page.raw(
        "<p>Its way, and <span class=\"change\">□ the place at the time that is asked about</span> · <span class=\"appear\">● an alert was raised</span></p>",
    );
    page.raw(&svg);
}

/// Returns where the tracks were that were seen around a time; where none was, the last place before it.
fn places(trails: &[Vec<TrailPoint>], time: Time) -> Vec<[f64; 2]> {
    let before = |trail: &Vec<TrailPoint>| trail.iter().rev().find(|point| point.time <= time).copied();
    let seen = trails.iter().filter(|trail| trail.last().is_some_and(|last| last.time >= time));
    let around: Vec<TrailPoint> = seen.filter_map(before).collect();
    let last = || trails.iter().filter_map(before).max_by_key(|point| point.time);
    let found = if around.is_empty() { last().into_iter().collect() } else { around };
    found.iter().map(|point| point.position.lon_lat()).collect()
}

/// Returns how many conditions kept the alert back.
fn short(judged: &Judged) -> usize {
    judged.conditions.iter().filter(|condition| !condition.met && !condition.excused).count()
}

fn of_rule(page: &mut Page, rule: &RuleExplanation, explanation: &Explanation) {
    page.heading(&format!("{} (pattern {}): {}", rule.rule, rule.pattern, in_words(rule.outcome)));
    if let Some(judgement) = &rule.judgement {
        conditions(page, judgement, "Judged");
    }
    let is_another = |nearest: &&Judged| rule.judgement.as_ref().is_some_and(|it| it.time != nearest.time);
    if let Some(nearest) = rule.nearest.as_ref().filter(is_another) {
        conditions(page, nearest, "Nearest");
    }
    page.raw(&over_time(rule, explanation));
}

fn conditions(page: &mut Page, judged: &Judged, when: &str) {
    let with = judged.other.as_ref().map_or(String::new(), |other| format!(", with {other}"));
    page.text(&format!("{when} at {}{with}:", judged.time));
    let row = |condition: &Compared| {
        let (class, word) = sign(condition);
        let is_first = Some(condition.name) == judged.first_unmet && class == "vanish";
        let first = if is_first { "first that was not met" } else { "" };
        (class, vec![word.to_owned(), condition.words.clone(), first.to_owned()])
    };
    let rows: Vec<_> = judged.conditions.iter().map(row).collect();
    page.table(&["", "condition", ""], &rows);
}

/// Returns class and word of whether a condition was met.
fn sign(condition: &Compared) -> (&'static str, &'static str) {
    match (condition.met, condition.excused) {
        (true, _) => ("appear", "met"),
        (false, true) => ("change", "another is met instead"),
        (false, false) => ("vanish", "NOT MET"),
    }
}

/// Returns a line for each condition of a rule, with a mark for each judgement that is listed.
fn over_time(rule: &RuleExplanation, explanation: &Explanation) -> String {
    let ends = [&explanation.window.0, &explanation.window.1].map(|time| Time::parse(time));
    let [Some(from), Some(until)] = ends else { return String::new() };
    let span = (until - from).secs().max(1.0);
    let x_of = |at: Time| LEFT + (at - from).secs() / span * (WIDTH - LEFT - 20.0);
    let height = LINE * (rule.conditions.len() as f64 + 1.5);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-label=\"Conditions of {} over time\">\n",
        escaped(&rule.rule)
    );
    for (place, condition) in rule.conditions.iter().enumerate() {
        let y = LINE * (place as f64 + 0.5);
        let _ = writeln!(
            svg,
            "<text x=\"6\" y=\"{:.0}\">{} ({} of {})</text>",
            y + 14.0,
            escaped(condition.name),
            condition.met,
            condition.of
        );
        for judged in &rule.timeline {
            let Some(at) = Time::parse(&judged.time) else { continue };
            for compared in judged.conditions.iter().filter(|it| it.name == condition.name) {
                let (class, word) = sign(compared);
                // Height beside colour: what is not met stands lower and is shorter.
                let (top, tall) = if compared.met { (y + 2.0, 16.0) } else { (y + 10.0, 8.0) };
                let _ = writeln!(
                    svg,
                    "<rect class=\"{class}\" fill=\"currentColor\" x=\"{:.1}\" y=\"{top:.0}\" width=\"4\" height=\"{tall}\"><title>{} {word}: {}</title></rect>",
                    x_of(at) - 2.0,
                    escaped(&judged.time),
                    escaped(&compared.words)
                );
            }
        }
    }
    if let Some(at) = Time::parse(&explanation.at) {
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} 0V{height}\" stroke=\"var(--ink)\" stroke-dasharray=\"3 3\"/>",
            x = x_of(at)
        );
    }
    let y = height - 6.0;
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{y:.0}\">{}</text><text x=\"{:.0}\" y=\"{y:.0}\" text-anchor=\"end\">{}</text></svg>",
        from.hour_minute(),
        WIDTH - 20.0,
        until.hour_minute()
    );
    svg
}

fn in_words(outcome: &str) -> &str {
    match outcome {
        "raised" => "an alert was raised",
        "open" => "an alert is open",
        "shared" => "the parties share an open incident",
        "waits" => "every condition that was compared is met; the rule waits",
        _ => "no alert",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Position;

    #[test]
    fn a_place_is_that_of_the_tracks_that_were_seen_around_the_time() {
        let point = |time: i64, lon: f64| TrailPoint {
            time: Time(time),
            position: Position::new(lon, 13.0).expect("a position"),
            sog_kn: None,
        };
        let trails = [vec![point(0, -59.0), point(100, -59.1)], vec![point(20, -60.0), point(40, -60.1)]];
        assert_eq!(places(&trails, Time(50)), [[-59.0, 13.0]]);
        assert_eq!(places(&trails, Time(30)), [[-59.0, 13.0], [-60.0, 13.0]]);
        assert_eq!(places(&trails, Time(500)), [[-59.1, 13.0]], "the last before it");
        assert!(places(&trails, Time(-1)).is_empty());
    }
}
