//! Times of reports: every form in which a line tells its time, and which of several is believed.

use super::*;
use crate::wire::LineClock;
use crate::wire::ais::encode::{self, sentence};

const T0: i64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z

fn ship() -> String {
    encode::sentences(&encode::static_a(314_001_000, "A"), b'A', 0, false).remove(0)
}

fn dollar(body: &str) -> String {
    sentence(body).replacen('!', "$", 1)
}

fn tag(body: &str, line: &str) -> String {
    format!("\\{body}*{:02X}\\{line}", crate::wire::words::xor(body.as_bytes()))
}

fn pghp(second: u32, ms: u32) -> String {
    dollar(&format!("PGHP,1,2026,1,1,0,0,{second},{ms},219,,2190047,1,2B"))
}

/// Offsets from `T0` of the reports, in ms.
fn reports(out: &[Input]) -> Vec<i64> {
    let times = out.iter().filter_map(|input| match input {
        Input::Report(report) => Some(report.time.0 - T0),
        _ => None,
    });
    times.collect()
}

#[test]
fn the_line_clock_reads_every_form_of_time() {
    let mut clock = LineClock::default();
    let ship = ship();
    for (line, expected) in [
        (ship.clone(), None),
        (tag("s:x,c:1767225600", &ship), Some(0)),
        (tag("c:1767225600250,s:x", &ship), Some(250)),
        (tag("c:1767225600.75", &ship), Some(750)),
        (format!("{ship},r003669987,1767225601"), Some(1000)),
        (format!("{ship},x259906,s28320,d-098,T33.71033565,r003669973,1767225602"), Some(2000)),
        (ship.clone(), None),
        (pghp(3, 4), Some(3004)),
        (ship.clone(), Some(3004)),
        (dollar("GPZDA,000004.50,01,01,2026,00,00"), Some(4500)),
        (ship.clone(), Some(4500)),
        (dollar("GPRMC,000005,A,1302.00,N,05942.60,W,0.0,0.0,010126,0.7,E,A"), Some(5000)),
        (dollar("GPRMC,000009,V,1302.00,N,05942.60,W,0.0,0.0,010126,0.7,E,N"), Some(5000)),
        (dollar("GPZDA,,,,,,"), Some(5000)),
        (dollar("GPZDA,000009,32,01,2026,00,00"), Some(5000)),
        (dollar("GPGGA,000009,1302.00,N,05942.60,W,1,05,1.0,2,M,,M,,"), Some(5000)),
        ("rubbish".to_owned(), Some(5000)),
        (ship.replace(",A,", ",B,"), Some(5000)),
        (tag("c:1767225606", ""), Some(6000)),
        (pghp(7, 0), Some(7000)),
        (dollar("GPZDA,000008,01,01,2026,00,00"), Some(6000)),
        (ship.clone(), Some(7000)),
        (tag("c:12", &ship), Some(7000)),
        (tag("c:99999999999", &ship), Some(7000)),
    ] {
        let told = clock.time_of(line.as_bytes()).map(|time| time.0 - T0);
        assert_eq!(told, expected, "{line}");
    }
}

#[test]
fn a_source_time_far_ahead_of_arrival_is_not_believed() {
    let ship = ship();
    let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
    let mut decoder = Decoder::new(FeedId(0), Format::Nmea);
    let mut give = |line: &str, at: i64| {
        let arrival = Arrival::Stamped(Time(T0 + at));
        tally.record(FeedId(0), &decoder.read("t", line.as_bytes(), arrival, &mut stations, &mut out));
    };
    give(&ship, 100); // no time: arrival
    give(&tag("c:1767225605", &ship), 200); // 4.8 s ahead: believed
    give(&tag("c:1767225606", &ship), 300); // 5.7 s ahead: not
    give(&tag("c:1767225000", &ship), 400); // ten minutes late, by its clock or on its way: dropped
    give(&tag("c:1", &ship), 450); // none
    give(&dollar("GPZDA,000000,01,01,2026,00,00"), 500);
    give(&ship, 600); // what ZDA told
    give(&ship, 60_400); // the same
    give(&ship, 61_000); // over 60 s after: arrival
    assert_eq!(reports(&out), [100, 5000, 300, 450, 0, 0, 61_000]);
    assert_eq!(counted(&tally), "bad-time 1, no-time 1, time-ahead 1");
}

#[test]
fn lines_of_a_log_without_a_time_have_the_running_maximum() {
    let ship = ship();
    let text = [
        ship.as_str(),
        &tag("c:1767225610", &ship),
        &tag("c:1767225604", &ship),
        &ship,
        &dollar("GPRMC,000020,A,1302.00,N,05942.60,W,0.0,0.0,010126,0.7,E,A"),
        &ship,
        "",
    ]
    .join("\r\n");
    let (out, tally) = read(Format::Nmea, "t", text.as_bytes(), Arrival::FromSource);
    assert_eq!(reports(&out), [10_000, 4000, 10_000, 20_000]);
    assert_eq!(counted(&tally), "no-time 1, ticks 1");
}

#[test]
fn a_time_without_a_report_is_a_tick_where_it_is_news() {
    let undecodable = sentence("AIVDM,1,1,,A,w000000000000000000000000000,0");
    let text = [
        pghp(1, 0).as_str(),
        &undecodable, // unknown type, but its feed lives
        &pghp(2, 0),
        &ship(),
        &dollar("GPZDA,000002,01,01,2026,00,00"), // no news
        &dollar("GPZDA,000003,01,01,2026,00,00"),
        &dollar("GPZDA,000003,01,01,2026,00,00"),
        &dollar("GPGGA,000009,1302.00,N,05942.60,W,1,05,1.0,2,M,,M,,"),
    ]
    .join("\n");
    let (out, tally) = read(Format::Nmea, "t", text.as_bytes(), Arrival::FromSource);
    let told: Vec<_> = out
        .iter()
        .map(|input| match input {
            Input::Tick { feed: FeedId(0), time } => ("tick", time.0 - T0),
            Input::Report(report) => ("report", report.time.0 - T0),
            Input::OwnShip { .. } => ("own-ship", 0),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [("tick", 1000), ("report", 2000), ("tick", 3000), ("own-ship", 0)]);
    assert_eq!(counted(&tally), "own-ship 1, ticks 2, unknown-type 1");
}
