//! Lines to reports on one core, beside the floor (splitting lines and summing them) and beside `aivdm`.
//!
//! `cargo bench --bench decode` prints lines a second and ratios; `-- --test` runs it small, as a test.
//! The text is of the encoder's own making, so that it needs no recordings: single-sentence positions as a
//! coast hears them, in plain form and with TAG blocks, a mix with types 5 and 24, and a radar's targets (TTM, by
//! range and bearing) and ASTERIX records, which only the floor stands beside: no peer reads the latter right.

use std::hint::black_box;
use std::time::{Duration, Instant};

use vigie::model::{Dimensions, FeedId, Position, Radar, Text, Time};
use vigie::wire::ais::encode::{self, Bits};
use vigie::wire::ais::{ClassA, Fix, Reading, Voyage};
use vigie::wire::{Arrival, Decoder, Format, Reason, Sensor, Stations, Tally};

const NOW: Arrival = Arrival::Stamped(Time::from_secs(1_767_225_600));
/// The records below are of four in the morning.
const AT_FOUR: Arrival = Arrival::Stamped(Time::from_secs(1_767_225_600 + 4 * 3600));

fn position(n: u32) -> Bits {
    let fix = Fix {
        lon: Reading::Known(-35_000_000 - (n as i32 * 7919) % 1_000_000),
        lat: Reading::Known(7_800_000 + (n as i32 * 104_729) % 1_000_000),
        accurate: n.is_multiple_of(2),
        raim: false,
    };
    let report = ClassA {
        nav_status: 0,
        rot: Reading::Known(0),
        sog: Reading::Known((n % 300) as u16),
        fix,
        cog: Reading::Known((n * 37 % 3600) as u16),
        heading: Reading::Known((n % 360) as u16),
        second: (n % 60) as u8,
        manoeuvre: 0,
        radio: Some(n % 500_000),
    };
    encode::class_a(1 + (n % 3) as u8, 314_000_000 + n % 10_000, &report)
}

fn voyage(n: u32) -> Bits {
    let said = Voyage {
        version: 0,
        imo: Reading::Known(9_074_729),
        call_sign: Text::new(b"8PAB1"),
        name: Text::new(format!("LADY {n}").as_bytes()),
        ship_type: 70,
        dimensions: Dimensions { bow_m: 100, stern_m: 20, port_m: 10, starboard_m: 10 },
        epfd: 1,
        eta_month: 1,
        eta_day: 1,
        eta_hour: 12,
        eta_minute: 0,
        draught: 60,
        destination: Text::new(b"BRIDGETOWN"),
        dte: Some(false),
    };
    encode::voyage(314_000_000 + n % 10_000, &said)
}

/// A text, and how many lines it has.
fn text(count: u32, tagged: bool, mixed: bool) -> (Vec<u8>, u64) {
    let (mut text, mut lines) = (Vec::new(), 0);
    for n in 0..count {
        let bits = match n % 10 {
            8 if mixed => voyage(n),
            9 if mixed => encode::static_a(314_000_000 + n % 10_000, "LADY B"),
            _ => position(n),
        };
        for line in encode::sentences(&bits, b'A' + (n % 2) as u8, (n % 10) as u8, false) {
            if tagged {
                let station = format!("r00366{:04}", n % 50);
                text.extend_from_slice(encode::tag_block(&station, 1_767_225_600).as_bytes());
            }
            text.extend_from_slice(line.as_bytes());
            text.extend_from_slice(b"\r\n");
            lines += 1;
        }
    }
    (text, lines)
}

/// A radar's targets, each with its time.
fn targets(count: u32) -> Vec<u8> {
    let mut text = Vec::new();
    for n in 0..count {
        let (range, bearing) = (f64::from(n % 1200) / 100.0 + 0.5, f64::from(n % 3600) / 10.0);
        let body = format!(
            "RATTM,{:02},{range:.2},{bearing:.1},T,{:.1},{:.1},T,0.50,-3.2,N,TGT {},T,,{:06}.50,A",
            n % 1000,
            f64::from(n % 300) / 10.0,
            f64::from(n * 7 % 3600) / 10.0,
            n % 1000,
            n % 60,
        );
        text.extend_from_slice(encode::sentence(&body).replacen('!', "$", 1).as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text
}

/// Lines to reports, as a feed does it.
fn decoder(text: &[u8]) -> u64 {
    let (mut stations, mut tally, mut out) =
        (Stations::default(), Tally::default(), Vec::with_capacity(4096));
    stations.declare(FeedId(0), Sensor { site: Position::new(-59.432, 13.164), radar: None });
    let mut decoder = Decoder::new(FeedId(0), Format::Nmea);
    let mut rest = text;
    while !rest.is_empty() {
        // Payloads of some 60 KiB, as a recording's reader gives them.
        let most = rest.len().min(60_000);
        let cut = rest[..most].iter().rposition(|c| *c == b'\n').map_or(most, |at| at + 1);
        out.clear();
        tally.record(FeedId(0), &decoder.read("t", &rest[..cut], NOW, &mut stations, &mut out));
        black_box(&out);
        rest = &rest[cut..];
    }
    tally.total(Reason::Reports) + tally.total(Reason::Contacts)
}

/// CAT048 as a Mode S radar sends it: with Mode S data, velocity and status.
const RADAR_TARGET: &[u8] = &[
    0xfd, 0xf7, 0x02, 0x19, 0xc9, 0x1c, 0x20, 0x00, 0xa0, 0x0a, 0x00, 0x40, 0x00, 0x02, 0x00, 0x05, 0x28,
    0x0c, 0x4a, 0x11, 0x09, 0x70, 0x74, 0xc7, 0x58, 0x20, 0x01, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07,
    0x40, 0x00, 0x00, 0x04, 0xd2, 0x34, 0x56, 0x41, 0x00, 0x20, 0xf5,
];
const RADAR_NUMBER_AT: usize = 35;

/// CAT062 as a tracking system sends it: position, velocity, derived data, status, ages, levels, accuracy.
const SYSTEM_TRACK: &[u8] = &[
    0x9f, 0x1f, 0x71, 0x04, 0x19, 0x64, 0x1c, 0x20, 0x00, 0x00, 0x25, 0x43, 0x21, 0xff, 0x57, 0x60, 0xb6,
    0x00, 0x10, 0x00, 0x00, 0x20, 0x00, 0x00, 0x10, 0xff, 0xf0, 0xc1, 0x20, 0x0c, 0x4a, 0x11, 0x09, 0x70,
    0x74, 0xc7, 0x58, 0x20, 0x20, 0xf6, 0x00, 0x07, 0x0d, 0x13, 0x11, 0x08, 0x70, 0x04, 0x00, 0x00, 0x90,
    0x01, 0x02, 0x05, 0x78, 0x05, 0x84, 0xa0, 0x00, 0x14, 0x00, 0x0a, 0x00, 0x10, 0x00, 0x20,
];
const SYSTEM_NUMBER_AT: usize = 40;

/// Payloads of ten records each, one after the other, each with its length before it.
fn payloads(count: u32, category: u8, record: &[u8], number_at: usize) -> Vec<u8> {
    let mut all = Vec::new();
    for payload in 0..count / 10 {
        let length = (3 + 10 * record.len()) as u16;
        all.extend_from_slice(&length.to_le_bytes());
        all.push(category);
        all.extend_from_slice(&length.to_be_bytes());
        for n in 0..10 {
            let from = all.len();
            all.extend_from_slice(record);
            let number = ((payload * 10 + n) % 4096) as u16;
            all[from + number_at..from + number_at + 2].copy_from_slice(&number.to_be_bytes());
        }
    }
    all
}

/// Payloads to contacts, as a feed does it.
fn asterix(payloads: &[u8]) -> u64 {
    let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::with_capacity(16));
    let site = Position::new(-59.5, 13.1);
    stations.declare(FeedId(0), Sensor { site, radar: Some(Radar::default()) });
    let mut decoder = Decoder::new(FeedId(0), Format::Asterix);
    each_payload(payloads, |payload| {
        out.clear();
        tally.record(FeedId(0), &decoder.read("t", payload, AT_FOUR, &mut stations, &mut out));
        black_box(&out);
    });
    assert_eq!(tally.faults(), 0);
    tally.total(Reason::Contacts)
}

/// The floor: every octet looked at.
fn octets(payloads: &[u8]) -> u64 {
    let mut sum = 0;
    each_payload(payloads, |payload| sum += payload.iter().map(|octet| u64::from(*octet)).sum::<u64>());
    sum
}

fn each_payload(payloads: &[u8], mut each: impl FnMut(&[u8])) {
    let mut rest = payloads;
    while let [low, high, after @ ..] = rest {
        let (payload, next) = after.split_at(usize::from(u16::from_le_bytes([*low, *high])));
        each(payload);
        rest = next;
    }
}

fn radars(count: u32, runs: usize) {
    for (category, record, number_at) in
        [(48, RADAR_TARGET, RADAR_NUMBER_AT), (62, SYSTEM_TRACK, SYSTEM_NUMBER_AT)]
    {
        let payloads = payloads(count, category, record, number_at);
        assert_eq!(asterix(&payloads), u64::from(count), "CAT{category:03}: every record is a contact");
        let took = medians(&payloads, runs, &[asterix, octets]);
        println!(
            "ASTERIX CAT{category:03}, {} bytes: {:.2} M records/s ({:.0} ns a record); floor {:.1} M/s, {:.1} times that",
            record.len(),
            f64::from(count) / took[0].as_secs_f64() / 1e6,
            took[0].as_nanos() as f64 / f64::from(count),
            f64::from(count) / took[1].as_secs_f64() / 1e6,
            took[0].as_secs_f64() / took[1].as_secs_f64(),
        );
    }
}

/// The floor: lines split and summed, nothing else.
fn floor(text: &[u8]) -> u64 {
    let mut rest = text;
    let mut lines = 0;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let mut wide = 0;
        for chunk in rest[..end].chunks_exact(8) {
            let mut eight = [0; 8];
            eight.copy_from_slice(chunk);
            wide ^= u64::from_ne_bytes(eight);
        }
        black_box(wide);
        lines += 1;
        rest = &rest[end + 1..];
    }
    lines
}

/// The peer: `aivdm` line by line.
fn peer(text: &[u8]) -> u64 {
    let mut decoder = aivdm::LineDecoder::<4>::new();
    let text = std::str::from_utf8(text).unwrap_or("");
    text.lines().filter(|line| matches!(decoder.feed(black_box(line)), Ok(Some(_)))).count() as u64
}

/// The median time of several runs of each, taken in turns.
fn medians(text: &[u8], runs: usize, works: &[fn(&[u8]) -> u64]) -> Vec<Duration> {
    let mut times = vec![Vec::new(); works.len()];
    for _ in 0..runs {
        for (work, times) in works.iter().zip(&mut times) {
            let start = Instant::now();
            black_box(work(black_box(text)));
            times.push(start.elapsed());
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
        .collect()
}

fn main() {
    let small = std::env::args().any(|arg| arg == "--test");
    let (count, runs) = if small { (2_000, 3) } else { (400_000, 11) };
    for (name, tagged, mixed) in [
        ("positions", false, false),
        ("positions, TAG blocks of 50 stations", true, false),
        ("mixed types", false, true),
    ] {
        let (text, lines) = text(count, tagged, mixed);
        assert_eq!(decoder(&text), u64::from(count), "{name}: every message is a report");
        let took = medians(&text, runs, &[decoder, floor, peer]);
        let rate = |took: Duration| lines as f64 / took.as_secs_f64() / 1e6;
        println!(
            "{name}: {:.1} M lines/s ({:.0} ns a line); floor {:.1} M/s, {:.1} times that; aivdm {:.1} M/s, vigie {:.1} times as fast",
            rate(took[0]),
            took[0].as_nanos() as f64 / lines as f64,
            rate(took[1]),
            took[0].as_secs_f64() / took[1].as_secs_f64(),
            rate(took[2]),
            took[2].as_secs_f64() / took[0].as_secs_f64(),
        );
    }
    let text = targets(count);
    assert_eq!(decoder(&text), u64::from(count), "every target is a contact");
    let took = medians(&text, runs, &[decoder, floor]);
    println!(
        "radar targets (TTM): {:.1} M lines/s ({:.0} ns a line), {:.1} times the floor",
        f64::from(count) / took[0].as_secs_f64() / 1e6,
        took[0].as_nanos() as f64 / f64::from(count),
        took[0].as_secs_f64() / took[1].as_secs_f64(),
    );
    radars(count, runs);
}
