//! Fragments repeated, lost, interleaved and out of order, and streams of merged receivers.

use proptest::prelude::*;

use super::*;
use crate::model::{Body, Dimensions, Text};
use crate::wire::Reason;
use crate::wire::ais::encode::{self, Bits, sentence};
use crate::wire::ais::{Reading, Voyage};

fn voyage(name: &str) -> Voyage {
    Voyage {
        version: 0,
        imo: Reading::NotAvailable,
        call_sign: Text::EMPTY,
        name: Text::new(name.as_bytes()),
        ship_type: 70,
        dimensions: Dimensions::default(),
        epfd: 1,
        eta_month: 0,
        eta_day: 0,
        eta_hour: 24,
        eta_minute: 60,
        draught: 0,
        destination: Text::new(format!("TO {name}").as_bytes()),
        dte: Some(false),
    }
}

/// The two sentences of a ship's type 5.
fn pair(name: &str, mmsi: u32, channel: u8, sequence: u8) -> [String; 2] {
    let bits = encode::voyage(mmsi, &voyage(name));
    encode::sentences(&bits, channel, sequence, false).try_into().expect("two sentences")
}

/// Returns the names of ships whose message came through; panics where one has another's destination.
fn names(out: &[Input]) -> Vec<String> {
    let reports = out.iter().filter_map(|input| match input {
        Input::Report(report) => Some(report),
        _ => None,
    });
    reports
        .map(|report| match &report.body {
            Body::Static(said) => {
                let name = said.name.expect("a name").to_string();
                assert_eq!(
                    said.destination.expect("a destination").as_str(),
                    format!("TO {name}"),
                    "chimera"
                );
                name
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Returns the names and the counts of a recording of some lines.
fn run(lines: &[&str]) -> (Vec<String>, String) {
    let (mut out, mut tally, mut stations) = (Vec::new(), Tally::default(), Stations::default());
    let mut decoder = Decoder::new(FeedId(0), Format::Nmea);
    for line in lines {
        tally.record(FeedId(0), &decoder.read("t", line.as_bytes(), NOW, &mut stations, &mut out));
    }
    tally.record(FeedId(0), &decoder.end(&mut stations, &mut out));
    (names(&out), counted(&tally))
}

fn other_sum(line: &str, from: &str, to: &str) -> String {
    let body = line[1..line.len() - 3].replacen(from, to, 1);
    sentence(&body)
}

#[test]
fn fragments_join_only_with_those_of_their_own_message() {
    let [a1, a2] = pair("A", 201_000_001, b'A', 1);
    let [b1, b2] = pair("B", 202_000_002, b'A', 2);
    let [c1, c2] = pair("C", 203_000_003, b'B', 1);
    let [d1, d2] = pair("D", 204_000_004, b'A', 1);
    let own = |line: &str| other_sum(line, "AIVDM", "AIVDO");
    let other_talker = |line: &str| other_sum(line, "AIVDM", "BSVDM");
    let single = encode::sentences(&encode::static_a(5, "S"), b'A', 0, false).remove(0);
    let without = |line: &str| other_sum(line, ",1,A,", ",,A,");
    let (n1, n2) = (without(&a1), without(&a2));
    let (t1, t2) = (other_talker(&d1), other_talker(&d2));
    for (what, lines, expected, counts) in [
        ("in order", vec![&a1, &a2], "A", ""),
        ("first repeated", vec![&a1, &a1, &a2], "A", ""),
        ("last repeated", vec![&a1, &a2, &a2], "A", "orphan-fragment 1"),
        ("one cut off", vec![&a1, &b1, &b2], "B", "expired-fragment 1"),
        ("interleaved, other identifier", vec![&a1, &b1, &a2, &b2], "A B", ""),
        ("interleaved, other channel", vec![&a1, &c1, &c2, &a2], "C A", ""),
        ("interleaved, other talker", vec![&a1, &t1, &t2, &a2], "D A", ""),
        ("the wrong way round", vec![&a2, &a1], "A", ""),
        ("the wrong way round, and on", vec![&a2, &a1, &b2, &b1, &c1, &c2], "A B C", ""),
        (
            "the wrong way round, one between",
            vec![&a2, &c1, &a1, &c2],
            "C",
            "expired-fragment 1, orphan-fragment 1",
        ),
        ("the wrong way round, no identifier", vec![&n2, &n1], "", "expired-fragment 1, orphan-fragment 1"),
        ("second alone, then another's", vec![&a2, &d1, &d2], "D", "orphan-fragment 1"),
        ("second alone, then another's first", vec![&a2, &b1, &c1, &c2, &b2], "C B", "orphan-fragment 1"),
        ("no identifier", vec![&n1, &n2], "A", ""),
        ("replaced by the identifier's next use", vec![&a1, &d1, &d2], "D", "expired-fragment 1"),
    ] {
        let lines: Vec<&str> = lines.into_iter().map(String::as_str).collect();
        assert_eq!(
            run(&lines),
            (expected.split(' ').filter(|s| !s.is_empty()).map(str::to_owned).collect(), counts.to_owned()),
            "{what}"
        );
    }
    let (out, _) =
        read(Format::Nmea, "t", [&*a1, &*own(&d1), &*single, &*own(&d2), &*a2].join("\n").as_bytes(), NOW);
    let bodies = out.iter().map(|input| match input {
        Input::Report(report) => report.mmsi.0,
        other => panic!("{other:?}"),
    });
    assert_eq!(bodies.collect::<Vec<_>>(), [5, 204_000_004, 201_000_001]);
}

#[test]
fn a_message_of_nine_fragments_joins_and_a_missing_one_ends_it() {
    let mut bits = Bits::begin(8, 201_000_001);
    bits.put(0, 2).put(1, 10).put(31, 6);
    while bits.len() < 1008 {
        bits.put(0xdead_beef, 32);
    }
    let (armour, fill) = bits.armour();
    let parts: Vec<&[u8]> = armour.chunks(armour.len().div_ceil(9)).collect();
    let line = |i: usize, part: &[u8]| {
        let fill = if i + 1 == parts.len() { fill } else { 0 };
        sentence(&format!("AIVDM,{},{},4,A,{},{fill}", parts.len(), i + 1, String::from_utf8_lossy(part)))
    };
    let lines: Vec<String> = parts.iter().enumerate().map(|(i, part)| line(i, part)).collect();
    let (out, tally) = read(Format::Nmea, "t", lines.join("\n").as_bytes(), NOW);
    assert_eq!((out.len(), counted(&tally)), (1, String::new()));
    // Repeated parts are passed over; a part left out ends it.
    let doubled: Vec<&str> = lines.iter().flat_map(|line| [line.as_str(), line.as_str()]).collect();
    let (out, _) = read(Format::Nmea, "t", doubled.join("\n").as_bytes(), NOW);
    assert_eq!(out.len(), 1);
    let holed = [&lines[0], &lines[1], &lines[3], &lines[2]].map(String::as_str).join("\n");
    let (_, tally) = read(Format::Nmea, "t", holed.as_bytes(), NOW);
    assert_eq!(counted(&tally), "orphan-fragment 2");
}

#[test]
fn fragments_join_within_two_seconds_and_no_more() {
    let [a1, a2] = pair("A", 201_000_001, b'A', 1);
    for (seconds, expected) in [(0, 1), (2, 1), (3, 0), (-3, 0)] {
        let text = format!("{a1},r1234,1767225600\n{a2},r1234,{}", 1_767_225_600 + seconds);
        let (out, tally) = read(Format::Nmea, "t", text.as_bytes(), Arrival::FromSource);
        let reports = out.iter().filter(|input| matches!(input, Input::Report(_))).count();
        assert_eq!(reports, expected, "{seconds} {}", counted(&tally));
    }
    // Lines without a time: their arrivals.
    for (millis, expected) in [(1999, 1), (2001, 0)] {
        let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
        let mut decoder = Decoder::new(FeedId(0), Format::Nmea);
        let mut give = |line: &str, at: i64| {
            let arrival = Arrival::Stamped(Time(1_767_225_600_000 + at));
            tally.record(FeedId(0), &decoder.read("t", line.as_bytes(), arrival, &mut stations, &mut out));
        };
        give(&a1, 0);
        give(&a2, millis);
        assert_eq!(out.len(), expected);
    }
}

fn tag(body: &str, line: &str) -> String {
    format!("\\{body}*{:02X}\\{line}", crate::wire::words::xor(body.as_bytes()))
}

#[test]
fn stations_are_kept_apart_and_groups_together() {
    let [a1, a2] = pair("A", 201_000_001, b'A', 1);
    let [b1, b2] = pair("B", 202_000_002, b'A', 1);
    let crossed = [tag("s:x", &a1), tag("s:y", &b1), tag("s:x", &a2), tag("s:y", &b2)];
    assert_eq!(run(&crossed.each_ref().map(String::as_str)).0, ["A", "B"]);
    let lost = [tag("s:x", &a1), tag("s:y", &b2)];
    let counts = "expired-fragment 1, orphan-fragment 1";
    assert_eq!(run(&lost.each_ref().map(String::as_str)), (vec![], counts.to_owned()));
    // A delayed station: the group's first sentence alone has source and time.
    let grouped = [
        tag("g:1-2-10,s:x,c:1767225580", &a1),
        tag("g:1-2-11,s:y,c:1767225600", &b1),
        tag("g:2-2-10", &a2),
        tag("g:2-2-11", &b2),
    ];
    assert_eq!(run(&grouped.each_ref().map(String::as_str)).0, ["A", "B"]);
    // A source on one sentence of two, line after line, is the source of both; with lines between, not.
    assert_eq!(run(&[&tag("s:x", &a1), &a2]).0, ["A"]);
    assert_eq!(run(&[&a1, &format!("{a2},b003660465")]).0, ["A"]);
    assert_eq!(run(&[&tag("s:x", &a1), &b1, &b2, &a2]).0, ["B"]);
    // A TAG block alone on its line, and a $PGHP line after it.
    let pghp = "PGHP,1,2026,1,1,0,0,0,0,219,,2190074,1,0D";
    let pghp = sentence(pghp).replacen('!', "$", 1);
    assert_eq!(run(&[&tag("s:x", ""), &pghp, &a1, &a2]).0, ["A"]);
}

#[test]
fn open_messages_are_bounded() {
    let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
    let mut decoder = Decoder::new(FeedId(0), Format::Nmea);
    for n in 0..5000_u32 {
        let [first, _] = pair("A", 201_000_000 + n, b'A', 1);
        let line = tag(&format!("s:{n}"), &first);
        tally.record(FeedId(0), &decoder.read("t", line.as_bytes(), NOW, &mut stations, &mut out));
        assert!(decoder.open_messages() <= 64);
    }
    assert_eq!(counted(&tally), "evicted-fragment 4936");
}

proptest! {
    /// Fifty receivers, each with its own order of identifiers, merged at random with losses: nothing false,
    /// and everything whose parts both came.
    #[test]
    fn merged_receivers_make_no_chimera(picks in prop::collection::vec((0_usize..50, 0_u32..100), 200..400)) {
        let mut lines = Vec::new();
        let mut waiting: Vec<Option<(String, bool)>> = vec![None; 50];
        let mut sequence = [0_u8; 50];
        let mut complete = 0;
        for (n, (station, luck)) in picks.into_iter().enumerate() {
            let came = luck >= 3;
            if let Some((second, first_came)) = waiting[station].take() {
                complete += usize::from(came && first_came);
                lines.extend(came.then_some(second));
                continue;
            }
            let [first, second] = pair(&format!("SHIP {n}"), 201_000_000 + n as u32, b'A', sequence[station]);
            sequence[station] = (sequence[station] + 1) % 10;
            let name = format!("s:r{station}");
            lines.extend(came.then_some(tag(&name, &first)));
            waiting[station] = Some((tag(&name, &second), came));
        }
        let (out, tally) = read(Format::Nmea, "t", lines.join("\n").as_bytes(), NOW);
        // No time passes here: what was lost stays open, and may put others out.
        let evicted = tally.total(Reason::EvictedFragment) as usize;
        let came = names(&out).len();
        prop_assert!(came <= complete && came + evicted >= complete, "{} of {}", came, complete);
    }
}
