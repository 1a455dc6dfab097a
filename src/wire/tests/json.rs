//! JSON of AIS-catcher and Digitraffic.

use super::*;
use crate::model::{
    Body, Dimensions, Eta, FixedReport, Imo, Mmsi, NavStatus, Position, Report, ShipType, StaticReport, Text,
    TransponderClass,
};
use crate::wire::ais::encode;

fn reports(out: &[Input]) -> Vec<&Report> {
    let found = out.iter().filter_map(|input| match input {
        Input::Report(report) => Some(report),
        _ => None,
    });
    found.collect()
}

#[test]
fn full_json_is_read_from_its_sentences() {
    let line = encode::sentences(&encode::static_a(477_213_600, "A"), b'B', 0, false).remove(0);
    let object = format!(
        r#"{{"class":"AIS","device":"AIS-catcher","rxtime":"20260101000007","rxuxtime":1767225607.5,"scaled":true,
        "channel":"B","nmea":["{line}"],"signalpower":-21.5,"ppm":0.1,"station_id":12,"type":24,"mmsi":1}}"#
    );
    for payload in [object.clone(), format!("[{object},{object}]"), format!("{object}\n{object}\r\n")] {
        let (out, tally) = read(Format::AisCatcher, "ais/data", payload.as_bytes(), Arrival::FromSource);
        for report in reports(&out) {
            assert_eq!(
                (report.mmsi, report.time.0, report.station.0),
                (Mmsi(477_213_600), 1_767_225_607_500, 1)
            );
        }
        assert_eq!(counted(&tally), "");
        assert_eq!(out.len(), if payload.len() > object.len() { 2 } else { 1 });
    }
    let (plain, _) = read(Format::AisCatcher, "ais/data", line.as_bytes(), NOW);
    assert_eq!(plain.len(), 1);
    let wrapped = format!(r#"{{"raw":"{line}","node":"tower"}}"#);
    let (out, _) = read(Format::AisCatcher, "ais/data", wrapped.as_bytes(), NOW);
    assert_eq!((out.len(), reports(&out)[0].station.0), (1, 1));
}

#[test]
fn sparse_json_is_read_from_its_fields() {
    let payload = r#"{"type":1,"mmsi":314001000,"rxtime":"20260101000004","lon":-59.710000,"lat":13.020000,
        "speed":0.900000,"course":210.399994,"heading":511,"status":15,"accuracy":true,"second":7}
        {"type":18,"mmsi":314001001,"lon":181.0,"lat":91.0,"speed":102.300003,"course":360.000000}
        {"type":5,"mmsi":314001000,"shipname":"LADY B@@","callsign":"8PAB","imo":9074729,"shiptype":70,"to_bow":100,
         "to_stern":20,"to_port":10,"to_starboard":9,"draught":6.099999,"destination":"BRIDGETOWN",
         "eta":"03-14T06:30Z","month":3,"day":14,"hour":6,"minute":30}
        {"type":1,"mmsi":314001002,"lon":-200.0,"lat":13.0,"speed":5,"course":400}
        {"type":27,"mmsi":314001003,"lon":-59.7,"lat":13.0,"speed":63,"course":511,"accuracy":1}
        {"type":4,"mmsi":3141000,"lon":-59.6,"lat":13.1}
        {"type":8,"mmsi":314001000} {"type":1} {"mmsi":1,"type":99} {"type":5,"mmsi":0}"#;
    let (out, tally) = read(Format::AisCatcher, "ais/data", payload.as_bytes(), NOW);
    let reports = reports(&out);
    let Body::Position(first) = reports[0].body else { panic!() };
    assert_eq!(reports[0].time, Time(1_767_225_604_000));
    assert_eq!(first.kinematics.position, Position::new(-59.71, 13.02));
    assert_eq!((first.kinematics.sog_kn, first.kinematics.cog_deg), (Some(0.9), Some(210.4)));
    assert_eq!((first.kinematics.heading_deg, first.nav_status, first.accurate), (None, None, true));
    let Body::Position(second) = reports[1].body else { panic!() };
    assert_eq!((second.kinematics, second.class), (Default::default(), TransponderClass::B));
    let Body::Static(third) = reports[2].body else { panic!() };
    assert_eq!(third.name.map(|name| name.to_string()), Some("LADY B".to_owned()));
    assert_eq!((third.imo, third.ship_type), (Imo::new(9_074_729), Some(ShipType(70))));
    let hull = Dimensions { bow_m: 100, stern_m: 20, port_m: 10, starboard_m: 9 };
    assert_eq!((third.dimensions, third.draught_m), (Some(hull), Some(6.1)));
    assert_eq!(third.eta, Eta::new(3, 14, 6, 30));
    assert_eq!(third.destination.map(|port| port.to_string()).as_deref(), Some("BRIDGETOWN"));
    let Body::Position(fifth) = reports[4].body else { panic!() };
    assert_eq!((fifth.kinematics.sog_kn, fifth.kinematics.cog_deg, fifth.accurate), (None, None, true));
    let base = FixedReport { position: Position::new(-59.6, 13.1), ..FixedReport::default() };
    assert_eq!(reports[5].body, Body::BaseStation(base));
    assert_eq!(reports[6].body, Body::Heard);
    assert_eq!(counted(&tally), "illegal-mmsi 1, illegal-value 2, json-fields 1, unknown-type 1");
}

#[test]
fn json_fields_that_say_not_available_are_none_as_they_are_from_sentences() {
    let payload = r#"{"type":5,"mmsi":314001000,"shipname":"@@@@","destination":"@@","draught":0,"to_bow":0,
         "eta":"00-00T24:60Z","hour":24,"minute":60}
        {"type":5,"mmsi":314001000,"eta":"12-24T24:60Z","draught":25.5}
        {"type":5,"mmsi":314001000,"eta":"tomorrow"}
        {"type":9,"mmsi":111314001,"alt":4095,"speed":1023,"accuracy":false}
        {"type":9,"mmsi":111314001,"alt":303,"speed":42,"accuracy":true}
        {"type":21,"mmsi":993141000,"lon":181.0,"lat":91.0,"name":"@@@"}
        {"type":21,"mmsi":993141000,"lon":-59.6,"lat":13.1,"name":"NEEDHAM PT","accuracy":true}"#;
    let (out, tally) = read(Format::AisCatcher, "ais/data", payload.as_bytes(), NOW);
    let bodies: Vec<&Body> = reports(&out).into_iter().map(|report| &report.body).collect();
    let voyage = |n: usize| if let Body::Static(said) = bodies[n] { *said } else { panic!() };
    assert_eq!(voyage(0), StaticReport::default());
    assert_eq!((voyage(1).eta, voyage(1).draught_m), (Eta::new(12, 24, 24, 60), Some(25.5)));
    assert_eq!(voyage(2).eta, None);
    let plane = |n: usize| if let Body::Position(said) = bodies[n] { *said } else { panic!() };
    assert_eq!((plane(3).altitude_m, plane(3).accurate), (None, false));
    assert_eq!((plane(4).altitude_m, plane(4).accurate), (Some(303), true));
    assert_eq!(*bodies[5], Body::AidToNavigation(FixedReport::default()));
    let aid = FixedReport {
        position: Position::new(-59.6, 13.1),
        accurate: true,
        name: Some(Text::new(b"NEEDHAM PT")),
    };
    assert_eq!(*bodies[6], Body::AidToNavigation(aid));
    assert_eq!(counted(&tally), "");
    let metadata = r#"{"timestamp":1767225600041,"draught":0,"eta":1596,"destination":""}"#;
    let (out, _) = read(Format::Digitraffic, "vessels-v2/538007419/metadata", metadata.as_bytes(), NOW);
    assert_eq!(reports(&out)[0].body, Body::Static(StaticReport::default()));
}

#[test]
fn digitraffic_locations_and_metadata_give_reports_of_the_vessel_in_the_topic() {
    let location = r#"{"time":1767225600,"sog":10.7,"cog":326.6,"navStat":0,"rot":0,"posAcc":true,"raim":false,
        "heading":325,"lon":20.345818,"lat":60.03802}"#;
    let (out, tally) = read(Format::Digitraffic, "vessels-v2/219598000/location", location.as_bytes(), NOW);
    let Body::Position(said) = reports(&out)[0].body else { panic!() };
    assert_eq!((reports(&out)[0].mmsi, reports(&out)[0].time.0), (Mmsi(219_598_000), 1_767_225_600_000));
    assert_eq!(said.kinematics.position, Position::new(20.345818, 60.03802));
    assert_eq!((said.kinematics.sog_kn, said.nav_status), (Some(10.7), Some(NavStatus(0))));
    assert_eq!(counted(&tally), "");
    let sentinels =
        r#"{"time":1767225600,"sog":102.3,"cog":360,"navStat":15,"heading":511,"lon":181.0,"lat":91.0}"#;
    let (out, tally) =
        read(Format::Digitraffic, "x/vessels-v2/219598000/location", sentinels.as_bytes(), NOW);
    let Body::Position(said) = reports(&out)[0].body else { panic!() };
    assert_eq!(
        (said.kinematics, said.nav_status, counted(&tally)),
        (Default::default(), None, String::new())
    );
    let metadata = r#"{"timestamp":1767225600041,"destination":"UST LUGA ","name":"ARUNA CIHAN","draught":68,
        "eta":733376,"posType":15,"refA":160,"refB":33,"refC":20,"refD":12,"callSign":"V7WW7","imo":9543756,"type":70}"#;
    let (out, _) = read(Format::Digitraffic, "vessels-v2/538007419/metadata", metadata.as_bytes(), NOW);
    let Body::Static(said) = reports(&out)[0].body else { panic!() };
    assert_eq!(reports(&out)[0].time.0, 1_767_225_600_041);
    assert_eq!(said.destination.map(|text| text.to_string()), Some("UST LUGA".to_owned()));
    assert_eq!((said.draught_m, said.imo, said.eta), (Some(6.8), Imo::new(9_543_756), Eta::new(11, 6, 3, 0)));
    for (topic, payload, expected) in [
        ("vessels-v2/status", "{}", "bad-topic 1"),
        ("vessels-v2/123/other", "{}", "bad-topic 1"),
        ("vessels-v2/0/location", "{\"lon\":-59.6,\"lat\":13.1}", "illegal-mmsi 1"),
        ("vessels-v2/999999999999/location", "{\"lon\":-59.6,\"lat\":13.1}", "bad-topic 1"),
        ("vessels-v2/123/location", "{}", "json-fields 1"),
        ("vessels-v2/123/location", "{\"lon\":", "bad-json 1"),
        ("vessels-v2/123/location", "hello", "bad-json 1"),
        ("vessels-v2/123/location", "{\"lon\":\"x\"}", "json-fields 1"),
    ] {
        let (_, tally) = read(Format::Digitraffic, topic, payload.as_bytes(), NOW);
        assert_eq!(counted(&tally), expected, "{topic} {payload}");
    }
}

#[test]
fn a_property_of_the_wrong_type_costs_that_property_alone() {
    let objects = r#"{"type":1,"mmsi":314001000,"lon":-59.7,"lat":13.0,"speed":"fast","heading":null,"status":"moored","accuracy":[]}
        {"type":5,"mmsi":314001000,"shipname":"LADY B","imo":"none","shiptype":70.0,"to_bow":-3,"callsign":5,"eta":7}
        {"type":1,"mmsi":"LADY B","lon":-59.7,"lat":13.0}
        {"nmea":[7],"type":1,"mmsi":314001000,"rxuxtime":"noon","station_id":{}}"#;
    let (out, tally) = read(Format::AisCatcher, "ais/data", objects.as_bytes(), NOW);
    assert_eq!(counted(&tally), "bad-time 1, illegal-value 8, json-fields 1");
    let reports = reports(&out);
    assert_eq!(reports.len(), 3);
    let Body::Position(first) = reports[0].body else { panic!() };
    assert_eq!((first.kinematics.position, first.kinematics.sog_kn), (Position::new(-59.7, 13.0), None));
    let Body::Static(second) = &reports[1].body else { panic!() };
    assert_eq!((second.name.map(|name| name.to_string()).as_deref(), second.imo), (Some("LADY B"), None));
    assert_eq!(second.ship_type, Some(ShipType(70)));
    for (kind, payload, counts) in [
        (
            "location",
            r#"{"time":"x","sog":"1 kn","lon":20.3,"lat":60.0,"mmsi":"a"}"#,
            "bad-time 1, illegal-value 1",
        ),
        (
            "metadata",
            r#"{"timestamp":1767225600000,"name":"A","draught":"6m","refA":1e9,"type":"x"}"#,
            "illegal-value 3",
        ),
    ] {
        let (out, tally) = read(Format::Digitraffic, &format!("v/123456789/{kind}"), payload.as_bytes(), NOW);
        assert_eq!((out.len(), counted(&tally).as_str()), (1, counts), "{payload}");
    }
}

#[test]
fn numbers_are_read_from_texts_and_times_by_the_names_of_other_programs() {
    let ship = |more: &str| {
        format!(r#"{{"type":"1","mmsi":"314001000","lon":"-59.7","lat":"13.0","speed":"8.5"{more}}}"#)
    };
    for (more, time) in [
        (r#","rxuxtime":"1767225590""#, 1_767_225_590_000),
        (r#","toa":1767225591.25"#, 1_767_225_591_250),
        (r#","timestamp":"2025-12-31T23:59:52Z""#, 1_767_225_592_000),
        (r#","time":1767225593000"#, 1_767_225_593_000),
        ("", 1_767_225_600_000),
    ] {
        let (out, tally) = read(Format::AisCatcher, "ais/data", ship(more).as_bytes(), NOW);
        assert_eq!((reports(&out)[0].time.0, counted(&tally).as_str()), (time, ""), "{more}");
        let Body::Position(said) = reports(&out)[0].body else { panic!() };
        assert_eq!(said.kinematics.position, Position::new(-59.7, 13.0));
        assert_eq!(said.kinematics.sog_kn, Some(8.5));
    }
    // A base station tells its own time.
    let base = r#"{"type":4,"mmsi":3141000,"lon":-59.6,"lat":13.1,"timestamp":"2025-12-31T23:59:52Z"}"#;
    let (out, _) = read(Format::AisCatcher, "ais/data", base.as_bytes(), NOW);
    assert_eq!(reports(&out)[0].time.0, 1_767_225_600_000);
}

#[test]
fn what_is_no_json_costs_its_property_alone() {
    let cases: [(&[u8], u32); 2] = [
        (br#"{"type":1,"mmsi":314001000,"lon":-59.7,"lat":13.0,"speed":NaN,}"#, 2),
        (b"{\"type\":5,\"mmsi\":314001000,\"shipname\":\"SE\xd1ORA\",\"shipname\":\"B\"}", 1),
    ];
    for (payload, count) in cases {
        let (out, tally) = read(Format::AisCatcher, "ais/data", payload, NOW);
        assert_eq!((out.len(), counted(&tally)), (1, format!("illegal-value {count}")));
    }
}

#[test]
fn a_byte_order_mark_and_letters_beyond_ascii_cost_nothing_else() {
    let payload = "\u{feff}{\"type\":5,\"mmsi\":314001000,\"shipname\":\"\u{c9}TOILE DU NORD\"}";
    let (out, tally) = read(Format::AisCatcher, "ais/data", payload.as_bytes(), NOW);
    let Body::Static(said) = &reports(&out)[0].body else { panic!() };
    assert_eq!(said.name.as_ref().map(Text::as_str), Some("?TOILE DU NORD"));
    assert_eq!(counted(&tally), "");
}

#[test]
fn messages_of_nmea_2000_are_counted_as_such() {
    let canboat = r#"{"prio":4,"src":43,"dst":255,"pgn":129038,"fields":{"User ID":314001000}}"#;
    let (out, tally) = read(Format::AisCatcher, "ais/data", canboat.as_bytes(), NOW);
    assert_eq!((out.len(), counted(&tally).as_str()), (0, "nmea-2000 1"));
}
