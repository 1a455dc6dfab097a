//! The constructs of ordinary life held to what `docs/scenario.md` says of them.

use std::collections::BTreeMap;

use super::globe::Place;
use super::tests::{reports, small, vessel};
use super::{parse, simulate};
use crate::model::{Body, Mmsi, Report, Time};

const HEAD: &str = "exercise = \"life\"\nstart = \"2026-03-14T04:00:00Z\"\nduration = \"2 d\"\nseed = 3\n\
                    [[station]]\nname = \"hill\"\nposition = [-59.6, 13.0]\nrange_b = \"40 nm\"\nloss = 0.0\n";
const BOATS: &str = "[[fleet]]\nname = \"boats\"\ncount = 5\nmmsi = 314990101\nclass = \"B\"\ncalled = \"BOAT {n}\"\n\
                     start = [-59.65, 13.05]\ndaily = { leave = [\"08:00\", \"10:00\"] }\n\
                     leg = [{ sail = { among = [[-59.8, 13.1], [-59.8, 12.9]], spread = \"1 nm\", speed = \"12 kn\" } },\n\
                     { drift = { for = \"2 h\" } }, { sail = { home = true, speed = \"12 kn\" } }]\n";

/// Time of the first position of each vessel on each day.
fn leaving(text: &str, days_before: Option<i64>) -> BTreeMap<(u32, i64), i64> {
    let mut scenario = parse(text, "life.toml").expect("a scenario");
    if let Some(days) = days_before {
        scenario.ordinary_before(crate::model::Span::from_secs(days * 86_400));
    }
    let mut first = BTreeMap::new();
    for report in reports(&scenario) {
        if matches!(report.body, Body::Position(_)) {
            let day = report.time.0.div_euclid(86_400_000);
            first.entry((report.mmsi.0, day)).or_insert(report.time.0.rem_euclid(86_400_000) / 60_000);
        }
    }
    first
}

#[test]
fn a_vessel_leaves_at_its_own_hour_day_after_day() {
    let days = leaving(&format!("{HEAD}{BOATS}"), None);
    assert_eq!(days.len(), 10, "five boats, two days: {days:?}");
    for ((mmsi, day), minute) in &days {
        assert!((480..=605).contains(minute), "between 08:00 and 10:00, and its first report: {minute}");
        if let Some(next) = days.get(&(*mmsi, day + 1)) {
            assert!((minute - next).abs() <= 40, "{mmsi} leaves at {minute} and at {next}");
        }
    }
}

#[test]
fn the_days_before_are_those_of_the_same_vessels_without_what_deserves_an_alert() {
    let planted = "[[vessel]]\nname = \"LOITERER\"\nmmsi = 314990201\nstart = [-59.7, 12.95]\n\
                   leg = [{ loiter = { radius = \"1 nm\", speed = \"2 kn\" }, \
                   expect = { pattern = \"loitering\", after = \"1 h\", note = \"waits\" } }]\n";
    let text = format!("{HEAD}{BOATS}{planted}");
    let before = leaving(&text, Some(2));
    assert!(before.keys().all(|(mmsi, _)| *mmsi != 314990201) && before.len() == 10, "{before:?}");
    // The same date is the same outing, wherever the recording begins.
    let text = format!("{HEAD}{BOATS}");
    let (here, there) = (leaving(&text, None), leaving(&text.replace("03-14", "03-13"), None));
    let shared: Vec<_> = here.iter().filter_map(|(of, at)| Some((at, there.get(of)?))).collect();
    assert!(shared.len() == 5 && shared.iter().all(|(at, other)| (*at - *other).abs() <= 4), "{shared:?}");
}

fn places(reports: &[Report], mmsi: u32) -> Vec<(Time, Place)> {
    let fixes = reports.iter().filter(|r| r.mmsi == Mmsi(mmsi));
    fixes
        .filter_map(|r| match &r.body {
            Body::Position(fix) => {
                let at = fix.kinematics.position?;
                Some((r.time, Place { lon: at.lon(), lat: at.lat() }))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_claim_moves_positions_and_the_truth_knows_the_number() {
    let claims = "claims = [{ from = \"00:00\", mmsi = 341990001, moved = { by = \"3 nm\", towards = \"90 deg\" }, \
                  expect = { pattern = \"position-mismatch\", after = \"10 min\", note = \"displaced\" } }]\n";
    let still = vessel(314990001, "A", "[-59.7, 12.9]", "{ hold = {} }");
    let scenario = small(&format!("{still}{claims}"));
    let all = reports(&scenario);
    let (own, other) = (places(&all, 314990001), places(&all, 341990001));
    assert!(!own.is_empty() && !other.is_empty());
    let metres = own[0].1.metres_to(other[0].1);
    assert!((metres - 5556.0).abs() < 60.0, "{metres}");
    let truth = simulate(&scenario, 7).truth();
    assert_eq!(truth.aliases["mmsi:341990001"], "mmsi:314990001");
    assert_eq!(truth.behaviours[0].subjects, ["mmsi:314990001"]);
    assert!(crate::scenario::Truth::text(&truth).is_ok_and(|text| text.contains("aliases")));
}

#[test]
fn a_service_thins_and_delays_and_a_held_link_delivers_at_its_end() {
    let still = vessel(314990001, "A", "[-59.7, 12.9]", "{ hold = {} }");
    let station = "[[station]]\nname = \"web\"\nposition = [-59.6, 13.0]\nevery = \"5 min\"\n\
                   delay = [\"30 s\", \"60 s\"]\nheld = [{ from = \"23:40\", to = \"23:55\" }]\n";
    let scenario = small(&format!("{station}{still}"));
    let end = Time::parse("2026-03-14T23:55:00Z").expect("RFC 3339");
    let lines: Vec<_> = simulate(&scenario, 7).filter(|line| line.station == 1).collect();
    assert!((20..=40).contains(&lines.len()), "an hour of one report in 5 min of each kind: {}", lines.len());
    assert!(lines.iter().filter(|line| line.time == end).count() >= 3, "what was held arrives at once");
}

#[test]
fn the_current_carries_what_is_under_way() {
    let way = "{ sail = { to = [[-59.7, 13.4]], speed = \"10 kn\" } }";
    let text = vessel(314990001, "A", "[-59.7, 12.9]", way);
    let scenario = small(&text);
    let carried = parse(
        &format!(
            "current = {{ set = \"0 deg\", rate = \"2 kn\" }}\n{}",
            super::tests::HEAD.to_owned() + &text
        ),
        "small.toml",
    )
    .expect("a scenario");
    let went = |scenario| {
        let places = places(&reports(scenario), 314990001);
        places[0].1.metres_to(places[places.len() - 1].1)
    };
    let more = went(&carried) - went(&scenario);
    assert!((more - 3704.0).abs() < 150.0, "two knots for an hour: {more}");
}
