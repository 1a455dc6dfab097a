use super::*;
use crate::model::{AlertEvent, EndReason, Phase, Severity, Time};
use crate::sinks::event_json::tests::sample;

use crate::analysis::alert::Alerts;

/// An alert that a rule raised about a vessel at a minute, and that lasted for an hour.
fn alert(rule: &str, mmsi: u32, minute: i64) -> AlertEvent {
    let mut event = sample();
    event.subjects.truncate(1);
    event.subjects[0].track = format!("mmsi:{mmsi}");
    let time = Time::from_secs(minute * 60);
    AlertEvent {
        id: format!("{rule}-{mmsi}-{minute}"),
        rule: rule.to_owned(),
        pattern: "loitering".into(),
        phase: Phase::Raised,
        end_reason: None,
        ended: None,
        onset: time,
        time,
        ..event
    }
}

fn alerts(events: &[AlertEvent]) -> Vec<Alert> {
    let mut alerts = Alerts::default();
    for event in events {
        alerts.take(event);
        let time = event.time + Span::from_secs(3600);
        let end_reason = Some(EndReason::Moved);
        alerts.take(&AlertEvent {
            phase: Phase::Ended,
            time,
            ended: Some(time),
            end_reason,
            seq: 2,
            ..event.clone()
        });
    }
    alerts.into_list()
}

#[test]
fn alerts_about_the_same_are_found_by_rule_parties_and_time() {
    let before = alerts(&[alert("a", 1, 0), alert("a", 2, 0), alert("a", 3, 0), alert("b", 4, 0)]);
    let after = alerts(&[alert("a", 1, 30), alert("a", 2, 600), alert("a", 5, 0), alert("c", 4, 5)]);
    // 1 is raised later; 2 is another time; 3 vanishes and 5 appears; 4 is raised by another rule of the pattern.
    assert_eq!(pairs_of(&before, &after), [(0, 0), (3, 3)]);
    let named = |b: usize, a: usize| -> Vec<&str> {
        differences_of(&before[b], &after[a]).iter().map(|difference| difference.what).collect()
    };
    assert_eq!(named(0, 0), ["raised", "ended"]);
    assert_eq!(named(3, 3), ["rule", "raised", "ended"]);
    assert_eq!(differences_of(&before[0], &before[0]), []);
}

#[test]
fn each_alert_is_matched_once_and_with_the_nearest() {
    let before = alerts(&[alert("a", 1, 0), alert("a", 1, 40)]);
    let after = alerts(&[alert("a", 1, 35)]);
    assert_eq!(pairs_of(&before, &after), [(1, 0)]);
    let mut severe = alert("a", 1, 0);
    severe.severity = if severe.severity == Severity::Severe { Severity::Minor } else { Severity::Severe };
    let differences = differences_of(&before[0], &alerts(&[severe])[0]);
    assert_eq!(differences.iter().map(|d| d.what).collect::<Vec<_>>(), ["severity"]);
}

#[test]
fn hours_count_both_sides() {
    let hours = hours_of(&alerts(&[alert("a", 1, 59)]), &alerts(&[alert("a", 1, 60), alert("a", 2, 61)]));
    let counts: Vec<(&str, usize, usize)> =
        hours.iter().map(|h| (h.from.as_str(), h.before, h.after)).collect();
    assert_eq!(counts, [("1970-01-01T00:00:00Z", 1, 0), ("1970-01-01T01:00:00Z", 0, 2)]);
}
