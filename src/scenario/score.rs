//! Compares raised alerts with the truth; the matching rule is written down in `docs/score.md`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::truth::{Behaviour, Truth};
use crate::model::{Span, Time};

/// A raised alert, as far as matching needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    /// The rule that raised it.
    pub rule: String,
    /// Its pattern.
    pub pattern: String,
    /// Its subjects' keys, sorted.
    pub subjects: Vec<String>,
    /// When the behaviour began.
    pub onset: Time,
    /// When it was raised.
    pub time: Time,
}

/// Counts, and what follows from them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Alerts raised.
    pub alerts: usize,
    /// Alerts that match a behaviour which no earlier one matched.
    pub matched: usize,
    /// Further alerts on a behaviour that has its alert; in neither precision nor recall.
    pub duplicates: usize,
    /// Alerts that match nothing.
    pub false_alerts: usize,
    /// Behaviours without an alert; absent for a rule, which does not know what it ought to have seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<usize>,
    /// `matched / (matched + false_alerts)`; null where nothing was raised.
    pub precision: Option<f64>,
    /// `matched / (matched + missed)`; null where nothing was to be seen.
    pub recall: Option<f64>,
    /// `1.25 P R / (0.25 P + R)`; null where one of them is.
    pub f05: Option<f64>,
    /// Median of the time from when an alert was due to when it was raised, seconds.
    pub delay_median_s: Option<f64>,
    /// Its ninth decile (nearest rank).
    pub delay_p90_s: Option<f64>,
    /// Alerts raised in an hour of watch.
    pub alerts_per_watch_hour: f64,
}

/// A score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The exercise.
    pub exercise: String,
    /// Length of the truth, hours.
    pub watch_hours: f64,
    /// Over all.
    pub total: Figures,
    /// By pattern: those of the truth and those raised.
    pub patterns: BTreeMap<String, Figures>,
    /// By rule.
    pub rules: BTreeMap<String, Figures>,
    /// Behaviours without an alert.
    pub missed: Vec<Behaviour>,
    /// Alerts that match nothing.
    pub false_alerts: Vec<FalseAlert>,
}

/// An alert that matches nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FalseAlert {
    /// The rule that raised it.
    pub rule: String,
    /// Subject keys.
    pub subjects: Vec<String>,
    /// When the behaviour was said to begin, RFC 3339.
    pub onset: String,
    /// When it was raised.
    pub time: String,
    /// What it really was, where the truth lists a decoy with such a subject.
    pub decoy: Option<String>,
}

/// Reads one alert event (`docs/alerts.md`); `None` for phases other than `raised`.
///
/// # Errors
/// What is missing or wrong, in words.
pub fn read_event(line: &str) -> Result<Option<Raised>, String> {
    let event: Value = serde_json::from_str(line).map_err(|error| format!("no JSON: {error}"))?;
    let word = |key: &str| {
        let value = event.pointer(&format!("/properties/{key}")).and_then(Value::as_str);
        value.map(str::to_owned).ok_or(format!("properties.{key} is missing: is this an alert event?"))
    };
    if word("phase")? != "raised" {
        return Ok(None);
    }
    let moment = |key: &str| {
        let text = word(key)?;
        Time::parse(&text).ok_or(format!("properties.{key}: \"{text}\" is not RFC 3339"))
    };
    let listed = event.pointer("/properties/subjects").and_then(Value::as_array);
    let subjects = listed.ok_or("properties.subjects is missing: is this an alert event?")?;
    let mut keys = Vec::new();
    for subject in subjects {
        let key = subject.get("track").and_then(Value::as_str);
        keys.push(key.ok_or("a subject has no track")?.to_owned());
    }
    keys.sort();
    Ok(Some(Raised {
        rule: word("rule")?,
        pattern: word("pattern")?,
        subjects: keys,
        onset: moment("onset")?,
        time: moment("time")?,
    }))
}

/// What became of an alert.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Matched(Span),
    Duplicate,
    False,
}

/// Compares alerts with the truth, in the order in which they were raised.
///
/// # Errors
/// A time of the truth that is none.
pub fn score(truth: &Truth, mut alerts: Vec<Raised>) -> Result<Score, String> {
    let time = |text: &str| Time::parse(text).ok_or(format!("truth: \"{text}\" is not RFC 3339"));
    let mut spans = Vec::new();
    for behaviour in &truth.behaviours {
        spans.push((time(&behaviour.from)?, time(&behaviour.to)?, time(&behaviour.due)?));
    }
    let watch_hours = (time(&truth.to)? - time(&truth.from)?).hours();
    alerts.sort_by(|a, b| (a.time, &a.rule, &a.subjects).cmp(&(b.time, &b.rule, &b.subjects)));
    let mut found = vec![false; spans.len()];
    let mut fates = Vec::with_capacity(alerts.len());
    for alert in &alerts {
        let fits = |i: &usize| {
            let fitting = truth.behaviours.get(*i).zip(spans.get(*i));
            fitting.is_some_and(|(behaviour, span)| {
                alert.onset <= span.1
                    && alert.time >= span.0
                    && alert.pattern == behaviour.pattern
                    && same_parties(&alert.subjects, &behaviour.subjects)
            })
        };
        let fitting: Vec<usize> = (0..spans.len()).filter(fits).collect();
        let fresh = fitting.iter().copied().find(|&i| found.get(i) == Some(&false));
        fates.push(match (fresh, fitting.is_empty()) {
            (Some(i), _) => {
                found.iter_mut().skip(i).take(1).for_each(|f| *f = true);
                Fate::Matched(spans.get(i).map_or(Span::ZERO, |span| alert.time - span.2))
            }
            (None, false) => Fate::Duplicate,
            (None, true) => Fate::False,
        });
    }
    let missed: Vec<Behaviour> =
        truth.behaviours.iter().zip(&found).filter(|(_, f)| !**f).map(|(b, _)| b.clone()).collect();
    Ok(summary(truth, &alerts, &fates, missed, watch_hours))
}

/// Equal sets; where either side names more than two parties, two in common are enough.
fn same_parties(alert: &[String], truth: &[String]) -> bool {
    let (a, b): (BTreeSet<&String>, BTreeSet<&String>) = (alert.iter().collect(), truth.iter().collect());
    a == b || (a.len().max(b.len()) > 2 && a.intersection(&b).count() >= 2)
}

fn summary(
    truth: &Truth,
    alerts: &[Raised],
    fates: &[Fate],
    missed: Vec<Behaviour>,
    watch_hours: f64,
) -> Score {
    let of = |pick: &dyn Fn(&Raised) -> bool, missed: Option<usize>| {
        let fates = alerts.iter().zip(fates).filter(|(alert, _)| pick(alert)).map(|(_, fate)| *fate);
        figures(&fates.collect::<Vec<Fate>>(), missed, watch_hours)
    };
    let patterns: BTreeSet<&String> =
        alerts.iter().map(|a| &a.pattern).chain(truth.behaviours.iter().map(|b| &b.pattern)).collect();
    let rules: BTreeSet<&String> = alerts.iter().map(|a| &a.rule).collect();
    let missed_of = |pattern: &str| missed.iter().filter(|b| b.pattern == pattern).count();
    let false_alerts = alerts.iter().zip(fates).filter(|(_, fate)| **fate == Fate::False);
    Score {
        exercise: truth.exercise.clone(),
        watch_hours: rounded(watch_hours, 2),
        total: of(&|_| true, Some(missed.len())),
        patterns: patterns
            .into_iter()
            .map(|p| (p.clone(), of(&|alert| alert.pattern == *p, Some(missed_of(p)))))
            .collect(),
        rules: rules.into_iter().map(|r| (r.clone(), of(&|alert| alert.rule == *r, None))).collect(),
        false_alerts: false_alerts.map(|(alert, _)| false_alert(truth, alert)).collect(),
        missed,
    }
}

fn false_alert(truth: &Truth, alert: &Raised) -> FalseAlert {
    let decoy = truth.decoys.iter().find(|d| d.subjects.iter().any(|s| alert.subjects.contains(s)));
    FalseAlert {
        rule: alert.rule.clone(),
        subjects: alert.subjects.clone(),
        onset: alert.onset.rfc3339(),
        time: alert.time.rfc3339(),
        decoy: decoy.map(|d| d.what.clone()),
    }
}

fn figures(fates: &[Fate], missed: Option<usize>, watch_hours: f64) -> Figures {
    let count = |wanted: fn(&Fate) -> bool| fates.iter().filter(|fate| wanted(fate)).count();
    let matched = count(|fate| matches!(fate, Fate::Matched(_)));
    let false_alerts = count(|fate| *fate == Fate::False);
    let ratio = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    let precision = ratio(matched, matched + false_alerts);
    let recall = missed.and_then(|missed| ratio(matched, matched + missed));
    let f05 = precision.zip(recall).map(|(p, r)| match 0.25 * p + r {
        sum if sum > 0.0 => 1.25 * p * r / sum,
        _ => 0.0,
    });
    let mut delays: Vec<f64> = fates
        .iter()
        .filter_map(|fate| match fate {
            Fate::Matched(delay) => Some(delay.secs()),
            _ => None,
        })
        .collect();
    delays.sort_by(f64::total_cmp);
    Figures {
        alerts: fates.len(),
        matched,
        duplicates: count(|fate| *fate == Fate::Duplicate),
        false_alerts,
        missed,
        precision: precision.map(|p| rounded(p, 4)),
        recall: recall.map(|r| rounded(r, 4)),
        f05: f05.map(|f| rounded(f, 4)),
        delay_median_s: median(&delays),
        delay_p90_s: nearest_rank(&delays, 0.9),
        alerts_per_watch_hour: if watch_hours > 0.0 {
            rounded(fates.len() as f64 / watch_hours, 3)
        } else {
            0.0
        },
    }
}

fn median(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.get(sorted.len() / 2)?;
    match sorted.len() % 2 {
        1 => Some(*upper),
        _ => Some((sorted.get(sorted.len() / 2 - 1)? + upper) / 2.0),
    }
}

fn nearest_rank(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = libm::ceil(sorted.len() as f64 * share) as usize;
    sorted.get(rank.max(1) - 1).copied()
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = libm::pow(10.0, f64::from(decimals));
    libm::round(value * scale) / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(behaviours: &[(&str, &[&str])]) -> Truth {
        let behaviour = |(pattern, subjects): &(&str, &[&str])| Behaviour {
            pattern: (*pattern).to_owned(),
            subjects: subjects.iter().map(|s| (*s).to_owned()).collect(),
            from: "2026-01-01T04:00:00Z".to_owned(),
            to: "2026-01-01T06:00:00Z".to_owned(),
            due: "2026-01-01T05:00:00Z".to_owned(),
            note: String::new(),
        };
        Truth {
            schema: super::super::truth::SCHEMA.to_owned(),
            exercise: "x".to_owned(),
            seed: 0,
            from: "2026-01-01T00:00:00Z".to_owned(),
            to: "2026-01-01T10:00:00Z".to_owned(),
            behaviours: behaviours.iter().map(behaviour).collect(),
            decoys: Vec::new(),
        }
    }

    fn raised(rule: &str, pattern: &str, subjects: &[&str], onset: &str, time: &str) -> Raised {
        let at = |hm: &str| Time::parse(&format!("2026-01-01T{hm}:00Z")).expect("RFC 3339");
        Raised {
            rule: rule.to_owned(),
            pattern: pattern.to_owned(),
            subjects: subjects.iter().map(|s| (*s).to_owned()).collect(),
            onset: at(onset),
            time: at(time),
        }
    }

    #[test]
    fn matched_again_false_and_missed() {
        let truth = truth(&[("loitering", &["a"]), ("rendezvous", &["a", "b"]), ("ais-gap", &["c"])]);
        let alerts = vec![
            raised("long", "rendezvous", &["a", "b"], "04:10", "05:02"),
            raised("close", "rendezvous", &["a", "b"], "04:10", "04:50"),
            raised("slow", "loitering", &["a"], "06:30", "07:30"),
            raised("slow", "loitering", &["a"], "03:50", "05:04"),
        ];
        let score = score(&truth, alerts).expect("a score");
        let total = &score.total;
        assert_eq!((total.matched, total.duplicates, total.false_alerts, total.missed), (2, 1, 1, Some(1)));
        assert_eq!((total.precision, total.recall, total.f05), (Some(0.6667), Some(0.6667), Some(0.6667)));
        assert_eq!((total.delay_median_s, total.delay_p90_s), (Some(-180.0), Some(240.0)));
        assert_eq!((score.rules["long"].duplicates, score.rules["close"].matched), (1, 1));
        assert_eq!(
            (score.patterns["ais-gap"].recall, score.patterns["ais-gap"].precision),
            (Some(0.0), None)
        );
        assert_eq!(total.alerts_per_watch_hour, 0.4);
    }

    #[test]
    fn more_than_two_parties_are_one_incident() {
        let truth = truth(&[("rendezvous", &["a", "b", "c"])]);
        let pair = |a: &str, b: &str| raised("long", "rendezvous", &[a, b], "04:10", "05:02");
        let score = score(&truth, vec![pair("a", "b"), pair("b", "c"), pair("c", "d")]).expect("a score");
        assert_eq!((score.total.matched, score.total.duplicates, score.total.false_alerts), (1, 1, 1));
    }

    #[test]
    fn nothing_to_see_and_nothing_raised_is_neither_good_nor_bad() {
        let score = score(&truth(&[]), Vec::new()).expect("a score");
        assert_eq!((score.total.precision, score.total.recall, score.total.f05), (None, None, None));
    }

    #[test]
    fn events_are_read_or_refused_in_words() {
        assert!(read_event("{").is_err_and(|e| e.contains("no JSON")));
        assert!(read_event("{}").is_err_and(|e| e.contains("properties.phase")));
        let ended = r#"{"properties": {"phase": "ended"}}"#;
        assert_eq!(read_event(ended), Ok(None));
    }
}
