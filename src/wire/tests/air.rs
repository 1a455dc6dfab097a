//! Aircraft: reports of each format, and a recording as its own decoder read it.

use std::io::Read as _;

use serde_json::Value;

use super::*;
use crate::model::{AirSource, AircraftReport, Emergency, Icao, Span, Squawk};
use crate::wire::Sensor;

fn reports(format: Format, payload: &[u8], arrival: Arrival) -> (Vec<AircraftReport>, String) {
    let (inputs, tally) = read(format, "t", payload, arrival);
    (inputs.into_iter().filter_map(aircraft).collect(), counted(&tally))
}

fn aircraft(input: Input) -> Option<AircraftReport> {
    match input {
        Input::Aircraft(report) => Some(report),
        _ => None,
    }
}

fn one(format: Format, payload: &[u8], arrival: Arrival) -> AircraftReport {
    let (mut reports, counted) = reports(format, payload, arrival);
    assert_eq!((reports.len(), counted.as_str()), (1, "aircraft 1"));
    reports.remove(0)
}

/// The arrival of [`NOW`], and a little before.
const AT: Time = Time::from_secs(1_767_225_600);

#[test]
fn sbs_lines_give_aircraft_and_wrong_ones_are_counted() {
    let line = |fields: &str| {
        format!("MSG,3,1,1,0BE123,1,2025/12/31,23:59:58.500,2025/12/31,23:59:58.500,{fields}").into_bytes()
    };
    let report = one(Format::Sbs, &line("JM0421 ,1500,,,17.93,-76.79,,,,,,0"), NOW);
    assert_eq!((report.icao, report.source), (Icao::new(0x0b_e123).unwrap(), AirSource::AdsB));
    assert_eq!(report.time, AT - Span::from_secs_f64(1.5));
    assert_eq!(report.pressure_altitude_ft, Some(1500.0));
    assert_eq!(report.kinematics.position.unwrap().lon_lat(), [-76.79, 17.93]);
    assert_eq!((report.call_sign.unwrap().as_str(), report.on_ground), ("JM0421", Some(false)));
    let moving = one(Format::Sbs, &line(",,143.6,360,,,-640,7700,,,,-1"), NOW);
    assert_eq!((moving.kinematics.sog_kn, moving.kinematics.cog_deg), (Some(143.6), Some(0.0)));
    assert_eq!((moving.vertical_rate_fpm, moving.squawk), (Some(-640.0), Squawk::of_digits("7700")));
    assert_eq!((moving.source, moving.on_ground), (AirSource::ModeS, Some(true)));
    // A clock that is hours off is a zone's: the arrival stands.
    let local = String::from_utf8(line(",,,,,,,,,,,")).unwrap().replace("23:59", "18:59");
    let (local, counted) = reports(Format::Sbs, local.as_bytes(), NOW);
    assert_eq!((local[0].time, counted.as_str()), (AT, "aircraft 1, time-behind 1"));
    // Lines of which the end was lost are two, and those without the flags are whole.
    let [first, second] = [",1500,,,17.93,-76.79,,,,,,0", ",1600,,,17.94,-76.79,,7700"].map(line);
    assert_eq!(reports(Format::Sbs, &[first, second].concat(), NOW).1, "aircraft 2");
    for (wrong, reason) in [
        ("MSG,3,1,1,0BE123", "bad-fields 1"),
        ("AIR,,333,22,0BE123,1", "other-sentence 1"),
        ("hello", "not-a-sentence 1"),
    ] {
        assert_eq!(reports(Format::Sbs, wrong.as_bytes(), NOW).1, reason);
    }
    let (unknown, _) = reports(Format::Sbs, &line("@@@@@@@@,1500,,,17.93,-76.79,,,,,,0"), NOW);
    assert_eq!(unknown[0].call_sign, None, "letters that dump1090 does not know");
    let nobody = String::from_utf8(line(",,,,,,,,,,,")).unwrap().replace("0BE123", "000000");
    assert_eq!(reports(Format::Sbs, nobody.as_bytes(), NOW).1, "illegal-address 1");
    let (_, counted) = reports(Format::Sbs, &line(",high,,,95,-76,,7800,,,,0"), NOW);
    assert_eq!(counted, "aircraft 1, illegal-value 3");
}

#[test]
fn readsb_snapshots_give_each_aircraft_with_the_age_of_its_data() {
    let snapshot = r#"{"now":1767225599.9,"messages":1,"aircraft":[
      {"hex":"0be123","type":"adsb_icao","flight":"JM0421  ","alt_baro":1500,"alt_geom":1625,"gs":143.6,"track":187.7,
       "baro_rate":-640,"squawk":"7500","emergency":"unlawful","version":2,"nic":8,"nac_p":9,"lat":17.93,"lon":-76.79,"seen_pos":0.4},
      {"hex":"a33a1d","type":"mlat","alt_baro":"ground","lat":18.0,"lon":-76.8,"seen_pos":2,"nic":99},
      {"hex":"~29c001","type":"tisb_other","lat":18.0,"lon":-76.8,"seen_pos":2},
      {"hex":"c03123","type":"mode_s","seen":300.5}]}"#;
    let (reports, counted) = reports(Format::Readsb, snapshot.as_bytes(), NOW);
    assert_eq!(counted, "aircraft 2, illegal-address 1, illegal-value 1, stale 1, ticks 1");
    let [first, second] = reports.as_slice() else { panic!("{reports:?}") };
    assert_eq!(first.time, AT - Span::from_secs_f64(0.5));
    assert_eq!((first.pressure_altitude_ft, first.geometric_altitude_ft), (Some(1500.0), Some(1625.0)));
    assert_eq!((first.nic, first.nac_p, first.version), (Some(8), Some(9), Some(2)));
    assert_eq!((first.emergency, first.on_ground), (Some(Emergency::UnlawfulInterference), Some(false)));
    assert_eq!((second.source, second.on_ground, second.nic), (AirSource::Mlat, Some(true), None));
    let alone =
        br#"{"hex":"a33a1d","flight":"JBU1267 ","alt_baro":17125,"lat":40.34,"lon":-74.19,"seen_pos":9.4}"#;
    assert_eq!(one(Format::Readsb, alone, NOW).time, AT - Span::from_secs_f64(9.4));
}

#[test]
fn the_names_of_dump1090_mutability_are_read_like_those_of_readsb() {
    let snapshot = r#"{"now":1767225600.0,"messages":1,"aircraft":[7,
      {"hex":"0be123","squawk":"1342","flight":"JM0421  ","lat":17.93,"lon":-76.79,"nucp":7,"seen_pos":0.0,
       "altitude":34025,"vert_rate":-64,"track":187,"speed":425,"category":"A3","mlat":[],"tisb":[],"seen":0.0},
      {"hex":"a33a1d","altitude":"ground","speed":"x","lat":18.0,"lon":-76.8,"mlat":["lat","lon"],"seen":1.0}]}"#;
    let (reports, counted) = reports(Format::Readsb, snapshot.as_bytes(), NOW);
    assert_eq!(counted, "aircraft 2, illegal-value 1, json-fields 1");
    let [first, second] = reports.as_slice() else { panic!("{reports:?}") };
    assert_eq!((first.pressure_altitude_ft, first.on_ground), (Some(34_025.0), Some(false)));
    assert_eq!((first.kinematics.sog_kn, first.vertical_rate_fpm), (Some(425.0), Some(-64.0)));
    assert_eq!((first.nic, first.source), (Some(8), AirSource::AdsB));
    assert_eq!((second.on_ground, second.source), (Some(true), AirSource::Mlat));
    let service = br#"{"now":1767225600000,"ac":[{"hex":"0be123","alt_baro":1500,"gs":120}]}"#;
    let (reports, _) = self::reports(Format::Readsb, service, NOW);
    assert_eq!(reports[0].time, AT);
}

#[test]
fn a_short_frame_has_56_bits_whatever_follows() {
    let long = "8d3985a79908558e300c0c995bb2";
    let address = 0x39_85a7_u32;
    let body = [0x20_u8, 0, 0x0d, 0x30];
    // The parity of a reply carries the address (ICAO Annex 10, volume IV, 3.1.2.3.3).
    let mut rest = u64::from(u32::from_be_bytes(body)) << 24;
    for bit in (24..56).rev() {
        if rest >> bit & 1 == 1 {
            rest ^= 0x1ff_f409_u64 << (bit - 24);
        }
    }
    let short = format!("{:08x}{:06x}", u32::from_be_bytes(body), rest as u32 ^ address);
    let frames =
        format!("*{long};\n*{short};\n*{short}00000000000000;\n{}", format_args!("*{short}ffffffffffffff;"));
    let frames = frames.replace("\\n", "\n");
    let (reports, counted) = reports(Format::ModeS, frames.as_bytes(), NOW);
    assert_eq!(counted, "aircraft 4");
    assert!(reports[1..].iter().all(|report| *report == reports[1]), "{reports:?}");
}

/// A block of one CAT021 record: items in hexadecimal by their number, in the order of the profile.
fn cat021(items: &[(u16, &str)]) -> Vec<u8> {
    const ORDER: [u16; 31] = [
        10, 40, 161, 15, 71, 130, 131, 72, 150, 151, 80, 73, 74, 75, 76, 140, 90, 210, 70, 230, 145, 152,
        200, 155, 157, 160, 165, 77, 170, 20, 220,
    ];
    let mut presence = vec![0_u8; 5];
    let mut body = Vec::new();
    for (number, hex) in items {
        let place = ORDER.iter().position(|n| n == number).expect("an item of CAT021");
        presence[place / 7] |= 0x80 >> (place % 7);
        body.extend((0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()));
    }
    (0..4).for_each(|octet| presence[octet] |= 1);
    let length = (3 + presence.len() + body.len()) as u16;
    [&[21][..], &length.to_be_bytes(), &presence, &body].concat()
}

#[test]
fn asterix_021() {
    let record = cat021(&[
        (10, "19c9"),
        (40, "00"),
        (71, "1c2000"),
        (131, "0661c204e4b09547"),
        (80, "0be123"),
        (140, "0104"),
        (90, "1112"),
        (210, "12"),
        (70, "0fc0"),
        (145, "003c"),
        (200, "04"),
        (155, "7f9a"),
        (160, "00a32000"),
        (170, "29a3b0c31c20"),
    ]);
    let (hour, day) = (Span::from_secs(14_401), Time::from_secs(1_767_225_600));
    let (reports, counted) = reports(Format::Asterix, &record, Arrival::Stamped(day + hour));
    assert_eq!(counted, "aircraft 1");
    let report = &reports[0];
    assert_eq!((report.icao, report.time), (Icao::new(0x0b_e123).unwrap(), day + Span::from_secs(14_400)));
    let [lon, lat] = report.kinematics.position.unwrap().lon_lat();
    assert!((lat - 17.949).abs() < 0.001 && (lon + 76.81).abs() < 0.01, "{lon} {lat}");
    assert_eq!((report.pressure_altitude_ft, report.geometric_altitude_ft), (Some(1500.0), Some(1625.0)));
    assert_eq!((report.nic, report.nac_p, report.version), (Some(8), Some(9), Some(2)));
    assert_eq!((report.squawk, report.emergency), (Squawk::of_digits("7700"), Some(Emergency::General)));
    assert_eq!((report.vertical_rate_fpm, report.kinematics.cog_deg), (Some(-637.5), Some(45.0)));
    assert!((report.kinematics.sog_kn.unwrap() - 35.8).abs() < 0.1);
}

#[test]
fn beast_frames_are_found_between_doubled_escapes() {
    let squitter = [0x8d, 0x34, 0x61, 0xce, 0x58, 0x07, 0x91, 0x15, 0xee, 0x53, 0x98, 0x3c, 0xcf, 0x11];
    // The receiver's clock has an escape in it, which is doubled.
    let head = [0x1a, b'3', 0, 0x1a, 0x1a, 0, 0, 0, 0, 0x40];
    let frame = [&head[..], &squitter].concat();
    let report = one(Format::ModeS, &frame, NOW);
    assert_eq!((report.icao, report.pressure_altitude_ft), (Icao::new(0x34_61ce).unwrap(), Some(425.0)));
    let mut broken = frame.clone();
    broken[14] ^= 1;
    let both = [&broken[..], &frame].concat();
    assert_eq!(reports(Format::ModeS, &both, NOW).1, "aircraft 1, bad-parity 1");
    assert_eq!(reports(Format::ModeS, &frame[..20], NOW).1, "bad-frame 1");
    let avr = b"*8d3461ce58079115ee53983ccf11;\n@00000000000020000f1f684a6c;\n*1234;\n";
    assert_eq!(reports(Format::ModeS, avr, NOW).1, "aircraft 1, bad-parity 1, other-sentence 1");
}

/// 71,939 frames near Toulouse: every figure that the recording's own decoder gives is ours too.
#[test]
fn the_recording_decodes_as_its_own_decoder_did() {
    let path = "../shared/data/air/traffic_tutorial.jsonl.gz";
    let Ok(file) = std::fs::File::open(path) else {
        return eprintln!("skipped: no {path}");
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let (mut stations, mut tally) = (Stations::default(), Tally::default());
    let site = crate::model::Position::new(1.4, 43.6);
    stations.declare(FeedId(0), Sensor { site, radar: None });
    let mut decoder = Decoder::new(FeedId(0), Format::ModeS);
    let (mut compared, mut codes, mut nonsense, mut placed, mut unplaced) = (0, 0, 0, 0, 0);
    for line in text.lines() {
        let said: Value = serde_json::from_str(line).unwrap();
        let mut out = Vec::new();
        tally.record(
            FeedId(0),
            &decoder.read("t", line.as_bytes(), Arrival::FromSource, &mut stations, &mut out),
        );
        let Some(report) = out.pop().and_then(aircraft) else { continue };
        assert_eq!(report.icao.to_string(), said["icao24"].as_str().unwrap());
        let mut figure = |key: &str, ours: Option<f64>, within: f64| {
            // Zero is what that decoder says where no height is told.
            let told = said[key].as_f64().filter(|&theirs| theirs != 0.0 || key != "altitude");
            if let Some(theirs) = told {
                let ours = ours.unwrap_or_else(|| panic!("{key} of {line}"));
                let same = (ours - theirs).abs() <= within;
                // Noise whose parity happens to be an aircraft's: its height in Gillham's code is read as two kinds of nonsense.
                assert!(same || key == "altitude" && ours > 50_000.0, "{key} {ours}: {line}");
                compared += u32::from(same);
                nonsense += u32::from(!same);
            }
        };
        if said["source"] != "GNSS" {
            figure("altitude", report.pressure_altitude_ft, 0.0);
        }
        // The recording's speeds on the ground are of a decoder that began its steps of half a knot at 1 kn; they begin
        // at 2 kn (DO-260B, 2.2.3.2.4.2).
        if said["bds"] == "09" {
            figure("groundspeed", report.kinematics.sog_kn, 1e-9);
            figure("vertical_rate", report.vertical_rate_fpm, 0.0);
            figure("track", report.kinematics.cog_deg, 1e-9);
        }
        if let Some(code) = said["squawk"].as_str() {
            let same = report.squawk == Squawk::of_digits(code);
            codes += u32::from(same);
            nonsense += u32::from(!same);
        }
        if let (Some(name), "08") = (said["callsign"].as_str(), said["bds"].as_str().unwrap_or(""))
            && !name.contains('#')
        {
            assert_eq!(report.call_sign.unwrap().as_str(), name);
        }
        match (said["latitude"].as_f64().zip(said["longitude"].as_f64()), report.kinematics.position) {
            (Some((lat, lon)), Some(at)) => {
                assert!((at.lat() - lat).abs() < 1e-5 && (at.lon() - lon).abs() < 1e-5, "{at:?}: {line}");
                placed += 1;
            }
            (Some(_), None) => unplaced += 1,
            _ => {}
        }
    }
    println!(
        "{compared} figures and {codes} codes alike, {nonsense} of noise, {placed} positions alike, {unplaced} not placed; {}",
        counted(&tally)
    );
    assert!(nonsense < 10 && compared > 60_000 && placed > 13_000 && unplaced < placed / 100);
}
