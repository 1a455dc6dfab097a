//! Forms of lines that receivers and loggers are known to write, right and wrong, one line each.

use super::*;
use crate::wire::ais::encode::{self, Bits, sentence};

fn type_1(bits: usize) -> (String, u8) {
    let mut message = Bits::begin(1, 314_001_000);
    while message.len() < bits {
        // The last bit of the longitude: 0N 0E counts as no position.
        message.put(u32::from(message.len() == 88), 1);
    }
    let (armour, fill) = message.armour();
    (String::from_utf8_lossy(&armour).into_owned(), fill)
}

fn tagged(body: &str, line: &str) -> String {
    format!("\\{body}*{:02X}\\{line}", crate::wire::words::xor(body.as_bytes()))
}

#[test]
fn each_form_of_a_line_is_read_or_refused_for_its_reason() {
    let (armour, _) = type_1(168);
    let good = sentence(&format!("AIVDM,1,1,,A,{armour},0"));
    let with = |body: String| sentence(&body);
    let (short, _) = type_1(144);
    let (cut, cut_fill) = type_1(163);
    for (line, reports, counts) in [
        (good.clone(), 1, ""),
        (format!("{good}\r"), 1, ""),
        (format!("{good}   "), 1, ""),
        (tagged("s:r1,c:1767225600", &good), 1, ""),
        (tagged("s:a!b$c,c:1767225600", &good), 1, ""),
        (format!("\\s:r1,c:1767225600*00\\{good}"), 0, "bad-tag-checksum 1"),
        (format!("\\s:r1,c:1767225600\\{good}"), 0, "bad-tag-block 1"),
        (format!("\\s:r1{good}"), 0, "bad-tag-block 1"),
        (good[..good.len() - 3].to_owned(), 0, "no-checksum 1"),
        (good[..good.len() - 1].to_owned(), 0, "no-checksum 1"),
        (good.replace(",A,", ",B,"), 0, "bad-checksum 1"),
        (
            good.to_lowercase().replace("!aivdm", "!AIVDM").replace(&armour.to_lowercase(), &armour),
            0,
            "bad-checksum 1",
        ),
        (format!("{good},r003669987,1767225600"), 1, ""),
        (format!("{good} some words"), 1, ""),
        (format!("{good}\t1767225600"), 1, ""),
        (format!("2026-01-01 00:00:00.123 {good}"), 1, ""),
        (with(format!("AIVDM,1,1,,A,{armour},6")), 0, "bad-fill-bits 1"),
        (with(format!("AIVDM,1,1,,A,{armour},")), 0, "bad-fill-bits 1"),
        (with(format!("AIVDM,1,1,,A,{armour}")), 0, "bad-fields 1"),
        (with("AIVDM,1,1".to_owned()), 0, "bad-fields 1"),
        (with(format!("AIVDM,1,1,,A,{},0", armour.replacen('0', "X", 1))), 0, "illegal-armour 1"),
        (with(format!("AIVDM,1,1,,A,{short},0")), 0, "short-payload 1"),
        (with(format!("AIVDM,1,1,,A,{cut},{cut_fill}")), 1, ""),
        (with(format!("AIVDM,1,2,,A,{armour},0")), 0, "bad-fragment 1"),
        (with(format!("AIVDM,1,0,,A,{armour},0")), 0, "bad-fragment 1"),
        (with(format!("AIVDM,0,0,,A,{armour},0")), 0, "bad-fragment 1"),
        (with(format!("AIVDM,10,1,,A,{armour},0")), 0, "bad-fragment 1"),
        (with(format!("AIVDM,2,1,3,A,{armour},2")), 0, "bad-fill-bits 1"),
        (with("AIVDM,1,1,,A,,0".to_owned()), 0, "empty-payload 1"),
        (with(format!("AIVDM,1,1,,A,{},0", "0".repeat(193))), 0, "too-long 1"),
        (with(format!("BSVDM,1,1,,A,{armour},0")), 1, ""),
        (with(format!("ABVDM,1,1,,1,{armour},0")), 1, ""),
        (with(format!("XYVDM,1,1,,A,{armour},0")), 1, ""),
        (with(format!("AIVDM,1,1,,,{armour},0")), 1, ""),
        (with(format!("AIVDM,1,1,7,,{armour},0,0")), 1, ""),
        (with("GPGGA,195719,5310.8115,N,00525.7025,E,1,00".to_owned()).replace('!', "$"), 0, "own-ship 1"),
        ("# a comment".to_owned(), 0, "comment 1"),
        ("no sentence at all".to_owned(), 0, "not-a-sentence 1"),
        ("!PDGY,129038,4,43,255,0.563,ASg=".to_owned(), 0, "nmea-2000 1"),
        (with("PDGY,129038,4,43,255,0.563,ASg=".to_owned()), 0, "nmea-2000 1"),
        (with("PCDIN,01F513,000C72EA,09,28C36A0000B40AFD".to_owned()).replace('!', "$"), 0, "nmea-2000 1"),
        (with("MXPGN,01F801,2801,C1308AC40C5DE343".to_owned()).replace('!', "$"), 0, "nmea-2000 1"),
        ("17:33:21.107 R 09F8010F A0 7D E6 18".to_owned(), 0, "nmea-2000 1"),
        ("A173321.107 23FF7 1F513 012F3070002F30709F".to_owned(), 0, "nmea-2000 1"),
        ("2026-03-10T12:00:00.000Z,4,129038,43,255,28,01,28,40".to_owned(), 0, "nmea-2000 1"),
        ("(1773144000.132106) can0 09F8027F#00FC5B5E3F01FFFF".to_owned(), 0, "nmea-2000 1"),
        ("2026-03-10T12:00:00.000Z,4,5,6".to_owned(), 0, "not-a-sentence 1"),
        ("!PDGX,1,2".to_owned(), 0, "no-checksum 1"),
        ("!".to_owned(), 0, "no-checksum 1"),
        ("\\".to_owned(), 0, "bad-tag-block 1"),
        (format!("{}{good}", " ".repeat(1100)), 1, ""),
        (format!("{}{good}", "x".repeat(1100)), 0, "too-long 1"),
    ] {
        let (out, tally) = read(Format::Nmea, "t", line.as_bytes(), NOW);
        let found = out.iter().filter(|input| matches!(input, Input::Report(_))).count();
        assert_eq!((found, counted(&tally).as_str()), (reports, counts), "{line}");
    }
}

#[test]
fn checksums_in_lower_case_are_valid() {
    let mut found = false;
    for mmsi in 1..200 {
        let line = encode::sentences(&encode::static_a(mmsi, "A"), b'A', 0, false).remove(0);
        let (body, sum) = line.split_at(line.len() - 2);
        if sum.bytes().any(|c| c.is_ascii_uppercase()) {
            let (out, _) = read(Format::Nmea, "t", format!("{body}{}", sum.to_lowercase()).as_bytes(), NOW);
            assert_eq!(out.len(), 1);
            found = true;
        }
    }
    assert!(found);
}

#[test]
fn a_message_under_a_number_that_nobody_has_is_counted_and_read() {
    for mmsi in [0, 1_000_000_000] {
        let line = encode::sentences(&encode::static_a(mmsi, "A"), b'A', 0, false).remove(0);
        let (out, tally) = read(Format::Nmea, "t", line.as_bytes(), NOW);
        let [Input::Report(report)] = &out[..] else { panic!("{out:?}") };
        assert_eq!((report.mmsi.0, counted(&tally)), (mmsi, "illegal-mmsi 1".to_owned()));
    }
}

#[test]
fn stations_get_numbers_in_order_and_claimed_ones_their_feed() {
    let line = encode::sentences(&encode::static_a(7, "A"), b'A', 0, false).remove(0);
    let text = format!(
        "{line}\n{line},r003669987,1767225600\n{}\n{}\n{line}\n",
        tagged("s:b1", &line),
        tagged("s:claimed", "")
    );
    let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
    stations.claim("claimed", FeedId(4));
    let mut decoder = Decoder::new(FeedId(1), Format::Nmea);
    tally.record(FeedId(1), &decoder.read("t", text.as_bytes(), NOW, &mut stations, &mut out));
    let heard: Vec<_> = out
        .iter()
        .map(|input| match input {
            Input::Report(report) => (report.feed.0, report.station.0),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(heard, [(1, 0), (1, 1), (1, 2), (4, 3)]);
    let equal = |a: &Input, b: &Input| match (a, b) {
        (Input::Report(a), Input::Report(b)) => a.transmission == b.transmission,
        _ => false,
    };
    assert!(out.windows(2).all(|two| equal(&two[0], &two[1])));
}
