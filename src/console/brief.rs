//! The relief brief: what the next watch must know, in plain text, written from the queue and the health of the feeds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::api::AlertRow;
use super::queue::Queue;
use crate::health::Health;
use crate::model::{AlertMessage, Span, Time};
use crate::sinks::label::Label;

/// Alerts of a rule that the summary of the quiet list names, at most.
const QUIET_LINES: usize = 5;
/// Length of a watch: the brief looks back this far.
const WATCH: Span = Span::from_secs(8 * 3600);

/// Returns the brief of a node at a time.
pub fn brief(label: &Label, queue: &Queue, health: &Health, now: Time) -> String {
    let mut out = String::new();
    let (node, line) = (&label.node, label.line());
    let _ = writeln!(out, "{line}\nRELIEF BRIEF {node} {}", now.rfc3339());
    let open: Vec<&AlertRow> = queue.rows().rev().filter(|row| row.closed.is_none() && !row.ended).collect();
    let (quiet, open): (Vec<&AlertRow>, Vec<&AlertRow>) = open.into_iter().partition(|row| row.quiet);
    let _ = writeln!(out, "\nOPEN ALERTS: {}", open.len());
    open.iter().for_each(|row| alert(&mut out, row, now));
    let since = now - WATCH;
    let ended = queue.rows().rev().filter(|row| row.ended && row.closed.is_none() && row.raised >= since.0);
    let (quiet_ended, ended): (Vec<&AlertRow>, Vec<&AlertRow>) = ended.partition(|row| row.quiet);
    quiet_list(&mut out, quiet.into_iter().chain(quiet_ended));
    let _ = writeln!(
        out,
        "\nENDED BY THEMSELVES, NOT CLOSED, LAST {}: {}",
        WATCH.words().to_uppercase(),
        ended.len()
    );
    ended.iter().for_each(|row| alert(&mut out, row, now));
    let closed = queue.rows().filter(|row| row.closed.as_ref().is_some_and(|closed| closed.time >= since.0));
    let closed: Vec<&AlertRow> = closed.collect();
    let _ = writeln!(out, "\nCLOSED, LAST {}: {}", WATCH.words().to_uppercase(), closed.len());
    for row in closed {
        if let Some(done) = &row.closed {
            let text = done.text.as_ref().map_or(String::new(), |text| format!(": {text}"));
            let _ = writeln!(out, "  {} {} by {}{text}", row.number, done.outcome.word(), done.by);
        }
    }
    let _ = writeln!(out, "\nSILENCED");
    let silences = queue.silences(now);
    for silence in &silences {
        let until = Time(silence.until).rfc3339();
        let _ = writeln!(out, "  {} until {until} by {}", silence.name, silence.by);
    }
    if silences.is_empty() {
        out += "  nobody\n";
    }
    feeds(&mut out, health);
    out + &line + "\n"
}

/// Summarises the quiet list by rule: how many alerts, how many not acknowledged, and how usual such a thing is there.
fn quiet_list<'a>(out: &mut String, rows: impl Iterator<Item = &'a AlertRow>) {
    let mut rules: BTreeMap<String, (usize, usize, Vec<String>)> = BTreeMap::new();
    let mut count = 0;
    for row in rows {
        let Ok(AlertMessage { event, .. }) = AlertMessage::read(row.alert.get()) else { continue };
        let usual = event.usual.as_ref().map_or("nothing learnt here yet", |usual| &usual.words);
        let (all, unseen, lines) = rules.entry(event.rule.clone()).or_default();
        count += 1;
        *all += 1;
        *unseen += usize::from(row.acknowledged.is_none());
        if lines.len() < QUIET_LINES {
            lines.push(format!("      {} {}", row.number, usual));
        }
    }
    let _ =
        writeln!(out, "\nQUIET LIST, OPEN OR ENDED IN THE LAST {}: {count}", WATCH.words().to_uppercase());
    for (rule, (all, unseen, lines)) in rules {
        let _ = writeln!(out, "  {rule}: {all}, {unseen} not acknowledged");
        lines.iter().for_each(|line| out.push_str(&format!("{line}\n")));
    }
}

fn alert(out: &mut String, row: &AlertRow, now: Time) {
    let Ok(AlertMessage { event, .. }) = AlertMessage::read(row.alert.get()) else { return };
    let age = Span((now.0 - row.raised).max(0)).words();
    let held = if row.held { ", on hold" } else { "" };
    let from = row.from.as_ref().map_or(String::new(), |from| format!(" from {from}"));
    let _ = writeln!(
        out,
        "  {} {} {}{from}, {age}{held}: {}",
        row.number,
        event.severity.word(),
        event.pattern,
        event.summary
    );
    let seen = row
        .acknowledged
        .as_ref()
        .map_or("NOT ACKNOWLEDGED".to_owned(), |by| format!("acknowledged by {}", by.by));
    let whose = row.assigned.as_ref().map_or(String::new(), |claim| format!(", with {}", claim.to));
    let lead = row.lead.as_ref().map_or(String::new(), |lead| format!("; lead {}", lead.centre));
    let _ = writeln!(out, "      {seen}{whose}{lead}");
    for comment in &row.comments {
        let _ = writeln!(out, "      {} {}: {}", Time(comment.time).rfc3339(), comment.by, comment.text);
    }
}

fn feeds(out: &mut String, health: &Health) {
    let _ = writeln!(out, "\nFEEDS");
    let broker = match &health.broker {
        broker if broker.connected => "connected".to_owned(),
        broker => {
            let why = broker.reason.as_deref().unwrap_or("not connected yet");
            format!("AWAY since {}: {why}", broker.since.rfc3339())
        }
    };
    // A recording is played without a broker.
    if health.broker.connections > 0 || health.broker.reason.is_some() {
        let _ = writeln!(out, "  broker {broker}");
    }
    for feed in &health.feeds {
        let state = match (feed.silent_since, feed.last_arrival) {
            (Some(since), _) => format!("SILENT since {}", since.rfc3339()),
            (None, Some(_)) if health.is_late(feed) => {
                let newest = feed.last_report.map(Time::rfc3339).unwrap_or_default();
                format!("LATE: its newest report is of {newest}, older than the picture")
            }
            (None, Some(_)) => "heard".to_owned(),
            (None, None) => "nothing yet".to_owned(),
        };
        let _ = writeln!(out, "  {} {state}", feed.name);
    }
    for (what, error) in [("journal", health.journal_fault()), ("input log", health.input_error.as_deref())] {
        if let Some(error) = error {
            let _ = writeln!(out, "  {what} CANNOT BE WRITTEN: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AlertEvent, Attention};
    use crate::sinks::event_json::{self, Stamp, tests::sample};

    #[test]
    fn the_quiet_list_is_summarised_by_rule() {
        let now = Time::from_secs(1_767_243_609);
        let stamp =
            Stamp { node: "n".into(), state: "BRB".into(), exercise: None, marks: Default::default() };
        let mut queue = Queue::default();
        for id in ["calm", "still"] {
            let event = AlertEvent { id: id.to_owned(), attention: Attention::Quiet, ..sample() };
            let mut text = String::new();
            event_json::render(&event, &stamp, &mut text);
            queue.alert(&text, now, None);
        }
        let mut text = String::new();
        quiet_list(&mut text, queue.rows().rev());
        let want = concat!(
            "\nQUIET LIST, OPEN OR ENDED IN THE LAST 8 H 0 MIN: 2\n",
            "  loitering-territorial-sea: 2, 2 not acknowledged\n",
            "      2 about 3 times a day here\n",
            "      1 about 3 times a day here\n"
        );
        assert_eq!(text, want);
    }
}
