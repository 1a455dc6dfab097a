//! Matching held to what `docs/score.md` says.

use super::*;
use crate::scenario::truth::Contact;

fn truth(behaviours: &[(&str, &[&str])]) -> Truth {
    let behaviour = |(pattern, subjects): &(&str, &[&str])| Behaviour {
        pattern: (*pattern).to_owned(),
        subjects: subjects.iter().map(|s| (*s).to_owned()).collect(),
        from: "2026-01-01T04:00:00Z".to_owned(),
        to: "2026-01-01T06:00:00Z".to_owned(),
        due: "2026-01-01T05:00:00Z".to_owned(),
        note: String::new(),
        optional: false,
    };
    Truth {
        schema: super::super::truth::SCHEMA.to_owned(),
        exercise: "x".to_owned(),
        seed: 0,
        from: "2026-01-01T00:00:00Z".to_owned(),
        to: "2026-01-01T10:00:00Z".to_owned(),
        behaviours: behaviours.iter().map(behaviour).collect(),
        decoys: Vec::new(),
        only_listed: false,
        aliases: BTreeMap::new(),
        contacts: Vec::new(),
    }
}

fn raised(rule: &str, pattern: &str, subjects: &[&str], onset: &str, time: &str) -> Raised {
    let at = |hm: &str| Time::parse(&format!("2026-01-01T{hm}:00Z")).expect("RFC 3339");
    Raised {
        attention: crate::model::Attention::Quiet,
        rule: rule.to_owned(),
        pattern: pattern.to_owned(),
        subjects: subjects.iter().map(|s| Subject { track: (*s).to_owned(), mmsi: None }).collect(),
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
    let score = score(vec![Run { truth, alerts }]).expect("a score");
    let total = &score.total;
    assert_eq!((total.matched, total.duplicates, total.false_alerts, total.missed), (2, 1, 1, Some(1)));
    assert_eq!((total.precision, total.recall, total.f05), (Some(0.6667), Some(0.6667), Some(0.6667)));
    assert_eq!((total.delay_median_s, total.delay_p90_s), (Some(-180.0), Some(240.0)));
    assert_eq!((score.rules["long"].duplicates, score.rules["close"].matched), (1, 1));
    assert_eq!((score.patterns["ais-gap"].recall, score.patterns["ais-gap"].precision), (Some(0.0), None));
    assert_eq!(total.alerts_per_watch_hour, 0.4);
}

#[test]
fn a_watch_tells_planted_from_ordinary_and_counts_repeats() {
    let mut truth = truth(&[("dark-target", &["vessel:BOAT"]), ("loitering", &["mmsi:000000001"])]);
    truth.aliases.insert("mmsi:000000002".to_owned(), "mmsi:000000001".to_owned());
    let mut alerts = vec![
        raised("dark", "dark-target", &["vessel:BOAT"], "04:50", "05:02"),
        raised("fast", "go-fast", &["vessel:BOAT"], "08:00", "08:30"),
        raised("gap", "ais-gap", &["mmsi:000000002"], "05:30", "06:10"),
        raised("slow", "loitering", &["mmsi:000000009"], "00:10", "00:30"),
        raised("slow", "loitering", &["mmsi:000000009"], "04:10", "05:30"),
    ];
    alerts[0].attention = crate::model::Attention::Interrupt;
    let watch = score(vec![Run { truth, alerts }]).expect("a score").watch;
    let count = |meaning| watch.meanings.get(&meaning).copied();
    assert_eq!(count(Meaning::True), Some(1));
    assert_eq!(
        count(Meaning::Also),
        Some(2),
        "of a planted craft without AIS at any time; of a claimed number"
    );
    assert_eq!(count(Meaning::Ordinary), Some(2));
    assert_eq!((watch.alerts_per_hour, watch.interrupting_per_hour), (0.5, 0.1));
    assert_eq!((watch.strict_precision, watch.repeat_share), (Some(0.2), Some(0.2)));
    assert_eq!((watch.first_hour, watch.first_hour_interrupting), (1.0, 0.0));
    let (serious, planted) = (watch.serious, watch.planted);
    assert_eq!((serious.planted, serious.noticed, serious.by_own_pattern), (1, 1, 1));
    assert_eq!((planted.planted, planted.noticed, planted.by_own_pattern), (2, 2, 1));
    assert_eq!((serious.delay_median_s, planted.delay_p95_s), (Some(120.0), Some(4200.0)));
}

#[test]
fn more_than_two_parties_are_one_incident() {
    let truth = truth(&[("rendezvous", &["a", "b", "c"])]);
    let pair = |a: &str, b: &str| raised("long", "rendezvous", &[a, b], "04:10", "05:02");
    let alerts = vec![pair("a", "b"), pair("b", "c"), pair("c", "d")];
    let score = score(vec![Run { truth, alerts }]).expect("a score");
    assert_eq!((score.total.matched, score.total.duplicates, score.total.false_alerts), (1, 1, 1));
}

#[test]
fn nothing_to_see_and_nothing_raised_is_neither_good_nor_bad() {
    let score = score(vec![Run { truth: truth(&[]), alerts: Vec::new() }]).expect("a score");
    assert_eq!((score.total.precision, score.total.recall, score.total.f05), (None, None, None));
}

#[test]
fn events_are_read_or_refused_in_words() {
    assert!(read_event("{").is_err_and(|e| e.to_string().contains("no JSON")));
    let wrong = read_event("{}").expect_err("no event").to_string();
    assert!(wrong.contains("missing field `properties`") && wrong.contains("alert event?"), "{wrong}");
    let alert = crate::sinks::event_json::tests::WANT;
    assert!(read_event(alert).is_ok_and(|raised| raised.is_some_and(|raised| raised.pattern == "loitering")));
    let ended = alert.replace(r#""phase":"raised""#, r#""phase":"ended""#);
    assert_eq!(read_event(&ended).expect("an event"), None);
}

/// Number 7 is given twice; during its second life two who cross change places.
fn with_contacts(behaviours: &[(&str, &[&str])]) -> Truth {
    let at = |hm: &str| format!("2026-01-01T{hm}:00Z");
    let stood = |first: &str, from: &str, to: &str, subject: &str| Contact {
        contact: format!("radar:hill:7@2026-01-01T{first}:00.400Z"),
        subject: subject.to_owned(),
        from: at(from),
        to: at(to),
    };
    let contacts = vec![
        stood("03:00", "03:00", "04:00", "clutter:squall"),
        stood("04:01", "04:01", "04:30", "vessel:PIROGUE"),
        stood("04:01", "04:30", "05:30", "mmsi:314990001"),
    ];
    Truth { contacts, ..truth(behaviours) }
}

#[test]
fn a_radar_target_is_who_it_stood_for() {
    let raise = |first: &str, onset: &str, time: &str| {
        raised("dark", "dark-target", &[&format!("radar:hill:7@2026-01-01T{first}:00Z")], onset, time)
    };
    let truth = with_contacts(&[("dark-target", &["vessel:PIROGUE"])]);
    let alerts = vec![
        raise("03:00", "03:10", "03:40"),
        raise("04:01", "04:02", "04:20"),
        raise("04:01", "04:31", "04:50"),
        raise("07:00", "07:01", "07:10"),
    ];
    let score = score(vec![Run { truth, alerts }]).expect("a score");
    assert_eq!((score.total.matched, score.total.false_alerts), (1, 3));
    let stood_for: Vec<&str> = score.false_alerts.iter().map(|f| f.stood_for[0].as_str()).collect();
    assert_eq!(stood_for, ["clutter:squall", "mmsi:314990001", "radar:hill:7@2026-01-01T07:00:00Z"]);
}

#[test]
fn a_subject_without_a_contact_is_its_mmsi() {
    let truth = with_contacts(&[("rendezvous", &["mmsi:314990001", "vessel:PIROGUE"])]);
    let mut meeting =
        raised("close", "rendezvous", &["radar:hill:7@2026-01-01T04:01:00Z", "x"], "04:05", "04:20");
    meeting.subjects[1].mmsi = Some(314_990_001);
    let score = score(vec![Run { truth, alerts: vec![meeting] }]).expect("a score");
    assert_eq!((score.total.matched, score.total.missed), (1, Some(0)));
}

#[test]
fn in_one_echo_who_came_is_whom_the_number_stood_for_before() {
    let mut truth = with_contacts(&[("rendezvous", &["mmsi:314990001", "vessel:PIROGUE"])]);
    truth.contacts = [("vessel:PIROGUE", "04:00", "04:10"), ("mmsi:314990001", "04:10", "05:00")]
        .map(|(subject, from, to)| Contact {
            contact: "radar:hill:7@2026-01-01T04:00:00.400Z".into(),
            subject: subject.into(),
            from: format!("2026-01-01T{from}:00Z"),
            to: format!("2026-01-01T{to}:00Z"),
        })
        .to_vec();
    let meeting = |party: &str| {
        let subjects = ["radar:hill:7@2026-01-01T04:00:00Z", party];
        raised("close", "rendezvous", &subjects, "04:11", "04:20")
    };
    let matched = |alert| score(vec![Run { truth: truth.clone(), alerts: vec![alert] }]).expect("a score");
    assert_eq!(matched(meeting("mmsi:314990001")).total.matched, 1, "with the ship, she is not herself");
    assert_eq!(matched(meeting("mmsi:314990002")).total.matched, 0, "with another, it is the ship");
}

#[test]
fn runs_are_summed() {
    let run = |alerts: &[&str]| Run {
        truth: truth(&[("loitering", &["a"])]),
        alerts: alerts.iter().map(|who| raised("slow", "loitering", &[*who], "04:10", "05:02")).collect(),
    };
    let score = score(vec![run(&["a"]), run(&["b"]), run(&["a"])]).expect("a score");
    assert_eq!((score.runs, score.watch_hours), (3, 30.0));
    assert_eq!((score.total.matched, score.total.false_alerts, score.total.missed), (2, 1, Some(1)));
    assert_eq!(score.total.false_per_watch_hour, 0.033);
}
