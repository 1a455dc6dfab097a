//! Any bytes on any topic: never a panic, never memory without bound, every line counted once.

use proptest::prelude::*;

use super::*;
use crate::wire::ais::encode::{self, Bits, sentence};
use crate::wire::{LineClock, Reason};

/// Lines of every form that real feeds have.
fn real_forms() -> Vec<String> {
    let mut lines = Vec::new();
    for kind in 0..30 {
        let mut bits = Bits::begin(kind, 314_001_000);
        while bits.len() < 424 {
            bits.put(0x9e37_79b9, 32);
        }
        for line in encode::sentences(&bits, b'A', kind, kind % 7 == 0) {
            let tag = encode::tag_block("r003669987", 1_767_225_600);
            lines.push(format!("{tag}{line}"));
            lines.push(format!("{line},r003669987,1767225600"));
            lines.push(line);
        }
    }
    for body in [
        "PGHP,1,2026,1,1,0,0,0,0,219,,2190047,1,2B",
        "GPZDA,000004.50,01,01,2026,00,00",
        "GPRMC,000005,A,1302.00,N,05942.60,W,0.0,0.0,010126,0.7,E,A",
        "GPGGA,000009,1302.00,N,05942.60,W,1,05,1.0,2,M,,M,,",
        "GPGLL,1302.00,N,05942.60,W,000009,A,D",
        "HEHDT,296.0,T",
        "HCHDG,38.0,2.0,E,15.0,W",
        "RAOSD,25.0,A,20.0,W,5.0,W,,,N",
        "RATTM,11,11.40,13.6,T,7.0,20.0,T,0.0,0.0,N,TGT ^5B1^5D,Q,,000005.82,A",
        "RATTM,1023,3.2,350.0,R,7.0,20.0,R,1.0,-3.4,K,,T,",
        "RATLL,7,1314.000,N,05925.920,W,TGT7,000005,T,",
    ] {
        lines.push(sentence(body).replacen('!', "$", 1));
    }
    for line in [
        "MSG,3,1,1,0BE123,1,2026/01/01,00:00:00.000,2026/01/01,00:00:00.000,,1500,,,17.9,-76.8,,,0,0,0,0",
        "*8d3461ce58079115ee53983ccf11;",
        "@0123456789ab8d3461ce58079115ee53983ccf11;",
        r#"{"timestamp":1767225600.5,"frame":"8d3985a79908558e300c0c995bb2"}"#,
        r#"{"now":1767225600.1,"aircraft":[{"hex":"0be123","type":"mlat","alt_baro":"ground","lat":17.9,"lon":-76.8,"seen_pos":1.5,"squawk":"7700"}]}"#,
    ] {
        lines.push(line.to_owned());
    }
    lines.push("\\si:AISD*3F\\".to_owned());
    lines.push(
        r#"{"type":1,"mmsi":314001000,"lon":-59.71,"lat":13.02,"speed":0.9,"nmea":["!AIVDM,1"]}"#.to_owned(),
    );
    lines.push(
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","id":7,"geometry":{"type":"Point","coordinates":[-59.7,13.1]},"properties":{"track":"A-17","time":1767225600,"sog_kn":18.5,"accuracy_m":[30,90,45],"status":"tracking","squawk":"7700"}}]}"#.to_owned(),
    );
    lines.push(r#"{"time":1668075025,"sog":10.7,"cog":326.6,"navStat":0,"lon":20.3,"lat":60.0}"#.to_owned());
    lines
}

/// A change of a line: a byte replaced, inserted or removed, the line doubled or cut, its checksum corrected or not.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0_u8..6);
    (prop::sample::select(real_forms()), prop::collection::vec(change, 0..5), any::<bool>()).prop_map(
        |(line, changes, mend)| {
            let mut line = line.into_bytes();
            for (at, byte, what) in changes {
                let at = at.index(line.len() + 1);
                match what {
                    0 => line.insert(at, byte),
                    1 if at < line.len() => drop(line.remove(at)),
                    2 if at < line.len() => line[at] = b",*\\!$0129\n"[usize::from(byte) % 10],
                    3 if at < line.len() => line[at] = byte,
                    4 => line.truncate(at),
                    _ => line.extend_from_within(..at),
                }
            }
            if mend && let [first @ (b'!' | b'$'), text @ ..] = line.as_slice() {
                let body = text.split(|c| *c == b'*').next().unwrap_or(&[]);
                let sum = format!("*{:02X}", crate::wire::words::xor(body));
                line = [&[*first], body, sum.as_bytes()].concat();
            }
            line
        },
    )
}

const TOPICS: [&str; 4] = ["", "ais/data", "vessels-v2/219598000/location", "vessels-v2/219598000/metadata"];

/// Decodes a payload in every format and checks what holds for all bytes.
fn survives(payload: &[u8]) {
    for format in Format::ALL.iter().copied() {
        for arrival in [NOW, Arrival::FromSource] {
            let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
            let site = crate::model::Position::new(-59.432, 13.164);
            stations.declare(FeedId(3), crate::wire::Sensor { site, radar: None });
            let mut decoder = Decoder::new(FeedId(3), format);
            for topic in TOPICS {
                tally.record(FeedId(3), &decoder.read(topic, payload, arrival, &mut stations, &mut out));
            }
            assert!(decoder.open_messages() <= 64);
            for input in &out {
                if let Input::Contact(contact) = input {
                    assert!(contact.cog_deg.is_none_or(|cog| (0.0..360.0).contains(&cog)), "{contact:?}");
                    let sure = |a: crate::model::Accuracy| (a.along_m + a.across_m + a.axis_deg).is_finite();
                    assert!(contact.accuracy.is_none_or(sure), "{contact:?}");
                }
            }
            assert!(tally.total(Reason::Reports) as usize <= out.len());
            if format == Format::Nmea {
                let lines = payload.split(|c| *c == b'\n').filter(|line| !line.trim_ascii().is_empty());
                assert!(tally.total(Reason::Lines) >= TOPICS.len() as u64 * lines.count() as u64);
            }
            assert!(tally.list().iter().all(|(feed, _, _)| *feed == FeedId(3)));
        }
    }
    let mut clock = LineClock::default();
    for line in payload.split(|c| *c == b'\n') {
        clock.time_of(line);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_never_panic_and_every_line_is_counted_once(payload in prop::collection::vec(any::<u8>(), 0..600)) {
        survives(&payload);
    }

    #[test]
    fn changed_lines_of_real_forms_never_panic_and_are_counted_once(lines in prop::collection::vec(mutated(), 1..12)) {
        survives(&lines.join(&b'\n'));
    }

    #[test]
    fn any_fields_under_a_right_checksum_never_panic(body in "[!-~]{0,90}", head in "(AIVDM|PGHP|GPZDA|GPRMC|BSVDO|RATTM|RATLL|GPGGA|HEHDT|HCHDG),") {
        survives(sentence(&format!("{head}{}", body.replace('*', ""))).as_bytes());
        survives(sentence(&format!("{head}{}", body.replace('*', ""))).replacen('!', "$", 1).as_bytes());
    }

    /// A line is counted once, as read or as refused; nothing is lost without a word.
    #[test]
    fn every_line_is_accounted_for(lines in prop::collection::vec(mutated(), 1..20)) {
        let text = lines.join(&b'\n');
        let (_, tally) = read(Format::Nmea, "t", &text, NOW);
        let lines = text.split(|c| *c == b'\n').filter(|line| !line.trim_ascii().is_empty()).count() as u64;
        // Where a line end was lost, there is a sentence more.
        prop_assert!(tally.total(Reason::Lines) >= lines);
    }
}

#[test]
fn deep_json_is_refused_not_followed() {
    for opening in ["[", "{\"a\":["] {
        survives(opening.repeat(100_000).as_bytes());
    }
    let deep = format!("{{\"nmea\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let (_, tally) = read(Format::AisCatcher, "t", deep.as_bytes(), NOW);
    assert_eq!(counted(&tally), "bad-json 1");
}
