//! Tracks as GeoJSON.

use super::*;
use crate::model::{Accuracy, Contact, ContactStatus, Domain, Icao, Position, Radar, Squawk, StationId};
use crate::wire::{JSON_BYTES_MAX, Reason, Sensor};

fn contacts(out: &[Input]) -> Vec<&Contact> {
    let found = out.iter().filter_map(|input| match input {
        Input::Contact(contact) => Some(contact),
        _ => None,
    });
    found.collect()
}

/// A Feature south of Ragged Point.
fn feature(properties: &str) -> String {
    format!(
        r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[-59.71,13.02]}},"properties":{{{properties}}}}}"#
    )
}

fn read_tracks(payload: &str) -> (Vec<Input>, String) {
    let (out, tally) = read(Format::Tracks, "tracks", payload.as_bytes(), NOW);
    assert_eq!(tally.total(Reason::Contacts) as usize, out.len());
    let counted = counted(&tally);
    let words = counted.split(", ").filter(|word| !word.starts_with("contacts"));
    (out, words.collect::<Vec<_>>().join(", "))
}

#[test]
fn every_property_is_read_as_docs_tracks_md_describes() {
    let page = include_str!("../../../docs/tracks.md");
    let example = page.split("```json").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let (out, tally) = read(Format::Tracks, "t", example.as_bytes(), Arrival::FromSource);
    assert_eq!(counted(&tally), "contacts 1");
    let contact = contacts(&out)[0];
    assert_eq!(contact.time, Time::parse("2026-01-01T04:00:07.250Z").expect("a time"));
    assert_eq!((contact.status, contact.domain), (ContactStatus::Tracking, Some(Domain::Surface)));
    assert_eq!(contact.position, Position::new(-59.71, 13.02));
    assert_eq!(contact.accuracy, Some(Accuracy { along_m: 30.0, across_m: 120.0, axis_deg: 65.0 }));
    assert_eq!((contact.sog_kn, contact.cog_deg, contact.size_m), (Some(18.5), Some(284.0), Some(12.0)));
    assert_eq!(contact.label.map(|label| label.to_string()).as_deref(), Some("unknown 17"));
    assert_eq!(contact.station, StationId(1));

    let (out, counted) = read_tracks(&feature(
        r#""track":17,"time":1767225590.5,"status":"coasting","domain":"air","accuracy_m":50,"cog_deg":360,
           "altitude_ft":-50,"icao":"0a1B2c","squawk":"0421","colour":{"red":[1,2]}"#,
    ));
    assert_eq!(counted, "");
    let contact = contacts(&out)[0];
    assert_eq!((contact.number, contact.time.0), (17, 1_767_225_590_500));
    assert_eq!((contact.status, contact.domain), (ContactStatus::Coasting, Some(Domain::Air)));
    assert_eq!(contact.accuracy, Some(Accuracy::round(50.0)));
    assert_eq!((contact.cog_deg, contact.altitude_ft), (Some(0.0), Some(-50.0)));
    assert_eq!(
        (contact.icao, contact.squawk, contact.label),
        (Icao::new(0x0a_1b2c), Squawk::of_digits("0421"), None)
    );
}

#[test]
fn a_target_further_from_its_radar_than_any_radar_sees_is_refused_and_counted() {
    let site = Position::new(-59.71, 13.02);
    for (radar, longitude, contacts) in [
        (Some(Radar::default()), "-59.7", 1),
        (Some(Radar::default()), "-55.2", 1),
        (Some(Radar::default()), "59.7", 0),
        (None, "59.7", 1),
    ] {
        let (mut out, mut stations) = (Vec::new(), Stations::default());
        stations.declare(FeedId(0), Sensor { site, radar });
        let payload = feature("\"track\":17").replace("-59.71", longitude);
        let mut decoder = Decoder::new(FeedId(0), Format::Tracks);
        let counts = decoder.read("t", payload.as_bytes(), NOW, &mut stations, &mut out);
        assert_eq!(counts.of(Reason::Contacts), contacts, "{longitude}");
        assert_eq!(counts.of(Reason::NoPosition), 1 - contacts, "{longitude}");
    }
}

#[test]
fn a_track_keeps_its_number_whatever_the_form_of_its_name() {
    let number = |track: &str| {
        let (out, counted) = read_tracks(&feature(&format!("\"track\":{track}")));
        assert_eq!(counted, "", "{track}");
        contacts(&out)[0].number
    };
    assert_eq!((number("0"), number("2147483647")), (0, 2_147_483_647));
    for named in ["2147483648", "18446744073709551615", "\"17\"", "\"A-0017\"", "\"\\u00e9\""] {
        assert!(number(named) >= 1 << 31, "{named}");
    }
    // What a name's number is may not change: alerts and recordings rest on it.
    assert_eq!(number("\"A-0017\""), 0xdae4_a074);
    let numbers: std::collections::BTreeSet<u32> = (0..2000).map(|n| number(&format!("\"T{n}\""))).collect();
    assert_eq!(numbers.len(), 2000);
    let by_id = r#"{"type":"Feature","id":"A-0017","geometry":{"coordinates":[1,2,3]},"properties":{}}"#;
    let (out, _) = read_tracks(by_id);
    assert_eq!(contacts(&out)[0].number, number("\"A-0017\""));
    assert_eq!(contacts(&out)[0].label.map(|label| label.to_string()).as_deref(), Some("A-0017"));
}

#[test]
fn wrong_properties_are_left_out_and_features_without_the_needed_ones_refused() {
    for (feature, contacts, counts) in [
        (
            feature(r#""track":1,"sog_kn":"fast","cog_deg":-1,"size_m":[],"altitude_ft":1e9"#),
            1,
            "illegal-value 4",
        ),
        (
            feature(r#""track":1,"accuracy_m":[30,120],"icao":"xyz","squawk":"7800","domain":"sea""#),
            1,
            "illegal-value 4",
        ),
        (
            feature(r#""track":1,"accuracy_m":0,"icao":0,"squawk":77777,"label":{},"station":true"#),
            1,
            "illegal-value 5",
        ),
        (feature(r#""track":1,"time":"yesterday""#), 1, "bad-time 1"),
        (feature(r#""track":1,"time":12"#), 1, "bad-time 1"),
        (feature(r#""track":1,"time":"2026-01-01T00:01:00Z""#), 1, "time-ahead 1"),
        (feature(r#""track":1,"sog_kn":null,"label":null"#), 1, ""),
        (feature(""), 0, "json-fields 1"),
        (feature(r#""track":-1"#), 0, "json-fields 1"),
        (feature(r#""track":1.5"#), 0, "json-fields 1"),
        (feature(r#""track":" ""#), 0, "json-fields 1"),
        (feature(r#""track":1,"status":"deleted""#), 0, "json-fields 1"),
        (feature(r#""track":1,"track":2"#), 1, "illegal-value 1"),
        (feature(r#""track":1,"sog_kn":NaN"#), 1, "illegal-value 1"),
        (r#"{"type":"Feature","geometry":null,"properties":{"track":1,"status":"lost"}}"#.to_owned(), 1, ""),
        (r#"{"type":"Feature","geometry":null,"properties":{"track":1}}"#.to_owned(), 0, "json-fields 1"),
        (
            r#"{"type":"Feature","geometry":{"coordinates":[13.1,-590]},"properties":{"track":1}}"#
                .to_owned(),
            0,
            "illegal-value 1",
        ),
        (
            r#"{"type":"Feature","geometry":{"coordinates":[[1,2],[3,4]]},"properties":{"track":1}}"#
                .to_owned(),
            0,
            "json-fields 1",
        ),
        (
            r#"{"type":"Feature","geometry":{"coordinates":[1]},"properties":{"track":1}}"#.to_owned(),
            0,
            "json-fields 1",
        ),
        (r#"{"type":"FeatureCollection","features":[]}"#.to_owned(), 0, ""),
        (r#"{"type":"FeatureCollection","features":7}"#.to_owned(), 0, "json-fields 1"),
        ("hello".to_owned(), 0, "bad-json 1"),
        (feature(&format!(r#""track":1,"label":"{}""#, "x".repeat(JSON_BYTES_MAX))), 0, "json-too-long 1"),
    ] {
        let (out, counted) = read_tracks(&feature);
        assert_eq!(
            (out.len(), counted.as_str()),
            (contacts, counts),
            "{}",
            &feature[..feature.len().min(200)]
        );
    }
}

#[test]
fn many_features_in_one_payload_are_all_read() {
    let all: Vec<String> = (0..3000).map(|n| feature(&format!("\"track\":{n}"))).collect();
    let one_bad = all.join(",").replacen("\"track\":1500", "\"features\":[}", 1);
    for (payload, expected, counts) in [
        (
            format!(
                r#"{{"type":"FeatureCollection","name":"\"features\":[","features":[{}]}}"#,
                all.join(",")
            ),
            3000,
            "",
        ),
        (format!(r#"{{ "features" : [ {} ] , "type":"FeatureCollection"}}"#, all.join(" , ")), 3000, ""),
        (format!("[{}]", all.join(",")), 3000, ""),
        (all.join("\r\n"), 3000, ""),
        (format!(r#"{{"type":"FeatureCollection","features":[{one_bad}]}}"#), 2999, "bad-json 1"),
    ] {
        let (out, counted) = read_tracks(&payload);
        assert_eq!((out.len(), counted.as_str()), (expected, counts), "{}", &payload[..80]);
    }
}

#[test]
fn a_track_without_accuracy_has_that_of_its_feeds_radar() {
    let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
    let sensor = Sensor { site: Position::new(-59.71, 13.12), radar: Some(Radar::default()) };
    stations.claim("tower", FeedId(1));
    stations.declare(FeedId(1), sensor);
    let mut decoder = Decoder::new(FeedId(0), Format::Tracks);
    let payload = feature(r#""track":1"#) + &feature(r#""track":1,"station":"tower""#);
    tally.record(FeedId(0), &decoder.read("t", payload.as_bytes(), NOW, &mut stations, &mut out));
    let found = contacts(&out);
    assert_eq!((found[0].feed, found[0].accuracy), (FeedId(0), None));
    let accuracy = found[1].accuracy.expect("the radar's");
    assert_eq!((found[1].feed, accuracy.along_m, accuracy.axis_deg), (FeedId(1), 30.0, 180.0));
    assert!((accuracy.across_m - 96.5).abs() < 0.5, "{accuracy:?}");
}

/// Two tracks as a console exports them (`console/export.rs`).
const EXPORTED: &str = r#"{"type":"FeatureCollection","features":[
    {"type":"Feature","properties":{"key":"mmsi:343001000","time":"2026-01-01T00:00:00Z","mmsi":343001000,"imo":9074729,"icao":null,
     "name":"NORTHERN QUILL","call_sign":"J8B","ship_type":"cargo","flag":"LCA","source":"ais","dark":false,"sog_kn":9.5,"cog_deg":12.5,
     "heading_deg":11,"altitude_ft":null,"length_m":120,"destination":"CASTRIES","eta":null,"draught_m":null,"size_m":null,"accurate":true},
     "geometry":{"type":"Point","coordinates":[-61.0,13.9]}},
    {"type":"Feature","properties":{"key":"radar:north/17","time":"2026-01-01T00:00:00Z","mmsi":343001001,"name":"WAS ON AIS","source":"radar",
     "dark":true,"sog_kn":30.5,"cog_deg":90},"geometry":{"type":"Point","coordinates":[-60.5,13.5]}}]}"#;

#[test]
fn tracks_that_a_console_exports_are_read_with_their_identity() {
    let (out, tally) = read(Format::Tracks, "t", EXPORTED.as_bytes(), NOW);
    assert_eq!(counted(&tally), "contacts 1");
    let [Input::Report(moved), Input::Report(named), Input::Contact(dark)] = &out[..] else {
        panic!("{out:?}")
    };
    assert_eq!((moved.mmsi.0, moved.station), (343_001_000, StationId::RELAYED));
    let crate::model::Body::Static(said) = &named.body else { panic!("{named:?}") };
    assert_eq!(
        (said.imo.map(|imo| imo.0), said.ship_type.map(|t| t.word())),
        (Some(9_074_729), Some("cargo"))
    );
    assert_eq!(said.dimensions.and_then(|d| d.length_m()), Some(120));
    assert_eq!(dark.sog_kn, Some(30.5), "a dark target is a contact, whatever identity stands beside it");
}
