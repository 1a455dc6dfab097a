//! Lines whose ends were lost, sentences that were cut, and parts of groups that changed their order: what is whole is read,
//! and what is not is counted.

use super::*;
use crate::wire::ais::encode::{self, sentence, sentences, static_a};
use crate::wire::ais::{ClassA, Fix, Reading};

/// A sentence of a ship.
fn ship(mmsi: u32) -> String {
    sentences(&static_a(mmsi, "A"), b'A', 0, false).remove(0)
}

fn dollar(body: &str) -> String {
    sentence(body).replacen('!', "$", 1)
}

fn tagged(body: &str, line: &str) -> String {
    format!("\\{body}*{:02X}\\{line}", crate::wire::words::xor(body.as_bytes()))
}

fn run(text: &str) -> (usize, String) {
    let (out, tally) = read(Format::Nmea, "t", text.as_bytes(), NOW);
    let reports = out.iter().filter(|input| matches!(input, Input::Report(_))).count();
    let words = tally.list().into_iter().filter(|(_, word, _)| !matches!(*word, "reports" | "ticks"));
    (reports, words.map(|(_, word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", "))
}

#[test]
fn glued_and_cut_sentences_are_read_where_they_are_whole_and_counted_where_not() {
    let [a, b, c] = [314_001_000, 314_001_001, 314_001_002].map(ship);
    let cut = &a[..a.len() - 20];
    let tag = tagged("s:r1,c:1767225600", &b);
    let zda = dollar("GPZDA,000000.00,01,01,2026,00,00");
    for (text, reports, counts) in [
        (format!("{a}{b}"), 2, "lines 2"),
        (format!("{a}{b}{c}\r\n{a}"), 4, "lines 4"),
        (format!("{a}\r{b}\r{c}\r"), 3, "lines 3"),
        (format!("{a}\r\r{b}\r\n"), 2, "lines 2"),
        (format!("{a},r003669987,1767225600{b},r003669987,1767225600"), 2, "lines 2"),
        (format!("{a}{tag}{zda}{c}"), 3, "lines 4"),
        (format!("{tag}{tag}"), 2, "lines 2"),
        (format!("{cut}{b}"), 1, "bad-checksum 1, lines 2"),
        (format!("{cut}{tag}"), 1, "bad-checksum 1, lines 2"),
        (format!("{}{b}", &a[..a.len() - 3]), 1, "bad-checksum 1, lines 2"),
        (format!("{}{b}", &a[..a.len() - 1]), 1, "lines 2, no-checksum 1"),
        (format!("{a}{cut}\n{c}"), 2, "lines 3, no-checksum 1"),
        (format!("$GPRMC,1200{b}"), 1, "bad-checksum 1, lines 2"),
        // A damaged TAG block costs its own sentence, and no other.
        (format!("\\s:r1,c:17*00\\{a}{b}"), 1, "bad-tag-checksum 1, lines 2"),
        (format!("\\s:r1,c:17{a}"), 0, "bad-tag-block 1, lines 1"),
        (format!("\\s:r1,c:17{tag}"), 1, "bad-tag-block 1, lines 2"),
        (format!("# {a}"), 0, "comment 1, lines 1"),
        (a.clone() + "  !$\\ !AB, words", 1, "lines 1"),
    ] {
        let (found, counted) = run(&text);
        assert_eq!((found, counted.as_str()), (reports, counts), "{text}");
    }
}

/// Of 256 pairs one has a last checksum that holds for both together.
#[test]
fn two_glued_sentences_are_never_one() {
    let ships: Vec<String> = (0..40).map(|n| ship(314_001_000 + n)).collect();
    for (a, b) in ships.iter().flat_map(|a| ships.iter().map(move |b| (a, b))) {
        assert_eq!(run(&format!("{a}{b}")).0, 2, "{a}{b}");
    }
}

#[test]
fn a_text_without_line_feeds_is_read_whatever_its_length() {
    let all: Vec<String> = (0..60).map(|n| ship(314_001_000 + n)).collect();
    for between in ["\r", ""] {
        assert_eq!(run(&all.join(between)), (60, "lines 60".to_owned()));
    }
    let long = format!("{}{}", "x".repeat(2000), all.join("\r"));
    assert_eq!(run(&long), (59, "lines 60, too-long 1".to_owned()));
    assert_eq!(run(&"!".repeat(5000)).1, "lines 1, too-long 1");
}

#[test]
fn parts_of_a_group_are_joined_in_any_order() {
    let mut ship = static_a(314_001_000, "A");
    while ship.len() < 700 {
        ship.put(0, 8);
    }
    let parts: Vec<String> = sentences(&ship, b'A', 4, false);
    let count = parts.len();
    assert_eq!(count, 3);
    let grouped =
        |n: usize, group: u32, more: &str| tagged(&format!("g:{}-{count}-{group}{more}", n + 1), &parts[n]);
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let lines = order.map(|n| grouped(n, 12, if n == 0 { ",s:rxa,c:1767225600" } else { "" }));
        let (found, counted) = run(&lines.join("\n"));
        assert_eq!((found, counted.as_str()), (1, "lines 3"), "{order:?}");
    }
    // Without a group, or of another group, or of another station, nothing says that they belong together.
    let others = [
        [parts[1].clone(), parts[0].clone(), parts[2].clone()],
        [grouped(1, 12, ""), grouped(0, 13, ""), grouped(2, 13, "")],
        [grouped(1, 12, ",s:a"), grouped(0, 12, ",s:b"), grouped(2, 12, ",s:b")],
    ];
    for lines in others {
        assert_eq!(run(&lines.join("\n")).0, 0, "{lines:?}");
    }
}

#[test]
fn fragments_that_wait_for_others_in_vain_are_counted() {
    let mut ship = static_a(314_001_000, "A");
    while ship.len() < 400 {
        ship.put(0, 8);
    }
    let parts: Vec<String> = sentences(&ship, b'A', 4, false);
    let mut decoder = Decoder::new(FeedId(0), Format::Nmea);
    let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
    for n in 0..100_u32 {
        let line = tagged(&format!("g:2-2-{n}"), &parts[1]);
        let at = Arrival::Stamped(Time(1_767_225_600_000 + i64::from(n) * 10));
        tally.record(FeedId(0), &decoder.read("t", line.as_bytes(), at, &mut stations, &mut out));
    }
    assert_eq!(tally.total(crate::wire::Reason::OrphanFragment), 100 - 32);
    let late = Arrival::Stamped(Time(1_767_225_610_000));
    tally.record(FeedId(0), &decoder.read("t", parts[0].as_bytes(), late, &mut stations, &mut out));
    assert_eq!(tally.total(crate::wire::Reason::OrphanFragment), 100);
}

#[test]
fn a_position_at_exactly_0n_0e_counts_as_none() {
    let fix = Fix { lon: Reading::Known(0), lat: Reading::Known(0), accurate: false, raim: false };
    let said = ClassA {
        nav_status: 0,
        rot: Reading::Known(0),
        sog: Reading::Known(80),
        fix,
        cog: Reading::Known(900),
        heading: Reading::NotAvailable,
        second: 7,
        manoeuvre: 0,
        radio: None,
    };
    let line = sentences(&encode::class_a(1, 314_001_000, &said), b'A', 0, false).remove(0);
    let (out, tally) = read(Format::Nmea, "t", line.as_bytes(), NOW);
    let Some(Input::Report(report)) = out.first() else { panic!("a report") };
    let crate::model::Body::Position(said) = report.body else { panic!("a position report") };
    assert_eq!((said.kinematics.position, said.kinematics.sog_kn), (None, Some(8.0)));
    assert_eq!(counted(&tally), "no-position 1");
}
