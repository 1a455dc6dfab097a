//! A second opinion on TTM: `marlin-nmea-0183` reads the same sentences.

use marlin_nmea_0183::{
    AngleReference, DistanceUnits, FieldState, Nmea0183Message, Nmea0183Parser, OneShot, TtmData,
};
use proptest::prelude::*;

use super::*;
use crate::geodesy::{angle_between_deg, distance_m};
use crate::model::{Contact, ContactStatus, Position};
use crate::wire::Sensor;
use crate::wire::ais::encode::sentence;

/// Own ship's heading.
const BOW: f64 = 40.0;

/// A figure as devices write it, and as they should not.
fn figure() -> impl Strategy<Value = String> {
    prop_oneof![
        16 => (0_u32..40_000, 1_u32..4).prop_map(|(units, decimals)| {
            format!("{:.*}", decimals as usize, f64::from(units) / f64::from(10_u32.pow(decimals)))
        }),
        1 => "[-+]?[0-9]{0,4}[.]?[0-9]{0,3}",
        1 => prop::sample::select(vec!["", "NaN", "inf", "-inf", "1e3", "0x10", ".", "7.", ".7"])
            .prop_map(str::to_owned),
    ]
}

prop_compose! {
    fn any_ttm()(
        number in 0_u32..70_000,
        figures in prop::collection::vec(figure(), 6),
        from in "[TRtr]{2}",
        units in "[NKSnks]",
        name in "([!-)+-~][ -)+-~]{0,12})?",
        status in "[LQTX]?",
        reference in "R?",
        utc in "([01][0-9][0-5][0-9][0-5][0-9]([.][0-9]{1,2})?)?",
        acquisition in "[AMR]?",
        count in 12_usize..16,
    ) -> String {
        let [distance, bearing, speed, course, cpa, tcpa] = figures.try_into().expect("six");
        let (one, two) = (from[..1].to_owned(), from[1..].to_owned());
        let name = name.replace(['^', ',', '!', '$', '\\', '~'], "");
        let all = [
            number.to_string(), distance, bearing, one, speed, course, two, cpa, tcpa, units, name, status,
            reference, utc, acquisition,
        ];
        format!("RATTM,{}", all[..count].join(","))
    }
}

fn theirs(line: &str) -> TtmData {
    let mut parser = Nmea0183Parser::new(OneShot::new());
    parser.feed(line.as_bytes());
    match parser.next_message() {
        Some(Ok(Nmea0183Message::Ttm(read))) => read,
        other => panic!("{line}: {other:?}"),
    }
}

fn ours(line: &str) -> Option<Contact> {
    let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
    stations.declare(FeedId(0), Sensor { site: Some(site()), radar: None });
    let mut decoder = Decoder::new(FeedId(0), Format::Nmea);
    let heading = sentence(&format!("HEHDT,{BOW:.1},T"));
    for line in [heading.as_str(), line] {
        tally.record(FeedId(0), &decoder.read("t", line.as_bytes(), NOW, &mut stations, &mut out));
    }
    out.into_iter().find_map(|input| match input {
        Input::Contact(contact) => Some(contact),
        _ => None,
    })
}

fn site() -> Position {
    Position::new(-59.432, 13.164).expect("in range")
}

fn metres(units: &FieldState<DistanceUnits>) -> f64 {
    match units.value() {
        Some(DistanceUnits::Nautical) => 1852.0,
        Some(DistanceUnits::Kilometers) => 1000.0,
        _ => 1609.344,
    }
}

/// Returns a bearing of the other reader from true north.
fn true_deg(angle: f32, from: &FieldState<AngleReference>) -> f64 {
    f64::from(angle) + if from.value() == Some(AngleReference::Relative) { BOW } else { 0.0 }
}

/// Returns whether the other reader's target is a contact within our ranges.
fn is_contact(read: &TtmData, fields: &[&str]) -> bool {
    // What only a wider reading of numbers takes: signs, exponents, words.
    let plain =
        [1, 2, 4, 5].iter().all(|n| fields[*n].trim().chars().all(|c| c.is_ascii_digit() || c == '.'));
    let good = |value: &FieldState<f32>| !matches!(value, FieldState::Invalid(_));
    let turn = |value: &FieldState<f32>| value.value().is_none_or(|angle| angle <= 360.0);
    let range_m = read.distance.value().map(|distance| f64::from(distance) * metres(&read.units));
    let lost = fields[11] == "L";
    let placed = match range_m {
        None | Some(0.0) => lost,
        Some(range_m) => range_m <= 500_000.0 && read.bearing_deg.value().is_some(),
    };
    let status = fields[11].is_empty() || read.status.value().is_some();
    let figures = [&read.distance, &read.bearing_deg, &read.speed, &read.course_deg];
    let measured =
        read.reference_target.value() == Some(false) && fields.get(14).is_none_or(|letter| *letter != "R");
    let course = turn(&read.bearing_deg) && turn(&read.course_deg);
    plain
        && figures.iter().all(|value| good(value))
        && course
        && placed
        && status
        && measured
        && read.target_number.value().is_some()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn contacts_are_what_marlin_reads(body in any_ttm()) {
        let line = sentence(&body).replacen('!', "$", 1);
        let (theirs, ours) = (theirs(&line), ours(&line));
        let fields: Vec<&str> = body.split(',').skip(1).collect();
        prop_assert_eq!(is_contact(&theirs, &fields), ours.is_some(), "{}: {:?}", line, theirs);
        let Some(ours) = ours else { return Ok(()) };
        prop_assert_eq!(theirs.target_number.value().map(u32::from), Some(ours.number));
        prop_assert_eq!(ours.status == ContactStatus::Lost, ours.position.is_none());
        if let (Some(at), Some(distance), Some(angle)) = (ours.position, theirs.distance.value(), theirs.bearing_deg.value()) {
            let range_m = f64::from(distance) * metres(&theirs.units);
            prop_assert!((distance_m(site(), at) - range_m).abs() < 0.1 + range_m * 1e-3, "{line}");
            let axis = f64::from(ours.accuracy.expect("a radar's").axis_deg);
            prop_assert!(angle_between_deg(axis, true_deg(angle, &theirs.bearing_reference)) < 1e-3, "{line}");
        }
        let knots = theirs.speed.value().map(|speed| f64::from(speed) * metres(&theirs.units) / 1852.0);
        match (ours.sog_kn, knots) {
            (Some(ours), Some(theirs)) => prop_assert!((ours - theirs).abs() < 1e-3, "{line}"),
            (None, Some(theirs)) => prop_assert!(theirs > 999.0, "{line}"),
            (ours, None) => prop_assert_eq!(ours, None),
        }
        match (ours.cog_deg, theirs.course_deg.value()) {
            (Some(ours), Some(angle)) => {
                prop_assert!(angle_between_deg(ours, true_deg(angle, &theirs.course_reference)) < 1e-3);
            }
            (ours, theirs) => prop_assert_eq!((ours, theirs), (None, None), "{}", line),
        }
        let name = theirs.name.value().unwrap_or_default();
        prop_assert_eq!(ours.label.map_or(String::new(), |label| label.to_string()), name.trim());
    }
}
