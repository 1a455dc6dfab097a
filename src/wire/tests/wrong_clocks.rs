//! Sources whose clock is wrong: each kind of time is measured, counted, and replaced by arrival.

use super::*;
use crate::model::Span;
use crate::wire::Reason;
use crate::wire::ais::encode::{self, sentence};

const T0: i64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z

fn ship() -> String {
    encode::sentences(&encode::static_a(314_001_000, "A"), b'A', 0, false).remove(0)
}

fn dollar(body: &str) -> String {
    sentence(body).replacen('!', "$", 1)
}

/// Date and time of day as a list of numbers: year, month, day, hour, minute, second.
fn civil(at: Time) -> [i64; 6] {
    let text = at.rfc3339_millis();
    [0..4, 5..7, 8..10, 11..13, 14..16, 17..19].map(|part| text[part].parse().expect("a number"))
}

/// A payload of each source of time, that tells this time.
fn payloads(told: Time) -> Vec<(&'static str, Format, String)> {
    let [y, mo, d, h, mi, s] = civil(told);
    let (ship, secs) = (ship(), told.0 / 1000);
    let of_tag = format!("c:{secs}");
    let rmc =
        format!("GPRMC,{h:02}{mi:02}{s:02},A,1302.00,N,05942.60,W,0.0,0.0,{d:02}{mo:02}{:02},,,A", y % 100);
    vec![
        ("rmc", Format::Nmea, format!("{}\n{ship}", dollar(&rmc))),
        (
            "zda",
            Format::Nmea,
            format!("{}\n{ship}", dollar(&format!("GPZDA,{h:02}{mi:02}{s:02}.00,{d:02},{mo:02},{y},00,00"))),
        ),
        (
            "pghp",
            Format::Nmea,
            format!("{}\n{ship}", dollar(&format!("PGHP,1,{y},{mo},{d},{h},{mi},{s},0,219,,2190047,1,2B"))),
        ),
        (
            "tag",
            Format::Nmea,
            format!("\\{of_tag}*{:02X}\\{ship}", crate::wire::words::xor(of_tag.as_bytes())),
        ),
        ("trailer", Format::Nmea, format!("{ship},r003669987,{secs}")),
        ("aiscatcher", Format::AisCatcher, format!(r#"{{"rxuxtime":{secs},"nmea":["{ship}"]}}"#)),
        (
            "rxtime",
            Format::AisCatcher,
            format!(r#"{{"rxtime":"{y}{mo:02}{d:02}{h:02}{mi:02}{s:02}","type":1,"mmsi":314001000}}"#),
        ),
        ("digitraffic", Format::Digitraffic, format!(r#"{{"time":{secs},"lon":20.3,"lat":60.0}}"#)),
        (
            "tracks",
            Format::Tracks,
            format!(
                r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[-59.7,13.1]}},"properties":{{"track":7,"time":{secs}}}}}"#
            ),
        ),
        (
            "sbs",
            Format::Sbs,
            format!(
                "MSG,3,1,1,0BE123,1,{y}/{mo:02}/{d:02},{h:02}:{mi:02}:{s:02}.000,,,,1500,,,17.9,-76.8,,,0,0,0,0"
            ),
        ),
        (
            "readsb",
            Format::Readsb,
            format!(r#"{{"now":{secs},"aircraft":[{{"hex":"0be123","alt_baro":1500}}]}}"#),
        ),
        ("modes", Format::ModeS, format!(r#"{{"timestamp":{secs},"frame":"8d3985a79908558e300c0c995bb2"}}"#)),
    ]
}

const TOPIC: &str = "vessels-v2/219598000/location";

/// Reads 30 payloads ten seconds apart from a source whose clock is behind from the payload `first` on; returns times of
/// reports from their arrival.
fn run(of: usize, behind: Span, first: i64) -> (&'static str, Vec<i64>, Tally) {
    let format = payloads(Time(T0))[of].1;
    let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
    let (mut decoder, mut from_arrival, mut name) = (Decoder::new(FeedId(0), format), Vec::new(), "");
    for n in 0..30 {
        let at = Time(T0 + n * 10_000);
        let payload;
        (name, _, payload) = payloads(if n < first { at } else { at - behind }).swap_remove(of);
        let arrival = Arrival::Stamped(at);
        tally.record(FeedId(0), &decoder.read(TOPIC, payload.as_bytes(), arrival, &mut stations, &mut out));
        let times = out.drain(..).filter(|input| !matches!(input, Input::Tick { .. }));
        from_arrival.extend(times.filter_map(|input| input.time()).map(|time| time.0 - at.0));
    }
    (name, from_arrival, tally)
}

#[test]
fn a_clock_that_is_behind_is_measured_for_every_source_of_time_and_arrival_stands() {
    let weeks = Span::from_secs(1024 * 7 * 86_400);
    for behind in [Span::from_secs(300), Span::from_secs(3600), Span::from_secs(86_400), weeks] {
        for of in 0..payloads(Time(T0)).len() {
            let (name, from_arrival, tally) = run(of, behind, 0);
            assert_eq!(from_arrival, [0; 30], "{name}, {behind:?} behind");
            assert!(tally.total(Reason::TimeBehind) >= 30, "{name}: {}", counted(&tally));
            assert_eq!(tally.clock_ahead(FeedId(0)), Some(Span(-behind.0)), "{name}");
        }
    }
}

#[test]
fn a_right_clock_is_believed_and_counts_nothing() {
    for of in 0..payloads(Time(T0)).len() {
        let (name, from_arrival, tally) = run(of, Span::from_secs(2), 0);
        assert_eq!(from_arrival, [-2000; 30], "{name}");
        assert_eq!(tally.total(Reason::TimeBehind), 0, "{name}");
        assert_eq!(tally.clock_ahead(FeedId(0)), Some(Span(-2000)), "{name}");
    }
}

#[test]
fn the_times_of_a_feed_that_is_late_by_its_nature_count() {
    let mut decoder = Decoder::new(FeedId(0), Format::Nmea);
    decoder.set_late(true);
    let (mut stations, mut out) = (Stations::default(), Vec::new());
    let (.., payload) = payloads(Time(T0)).swap_remove(3);
    let arrival = Arrival::Stamped(Time(T0 + 40 * 86_400_000));
    let counts = decoder.read("t", payload.as_bytes(), arrival, &mut stations, &mut out);
    assert_eq!((out[0].time(), counts.of(Reason::TimeBehind)), (Some(Time(T0)), 0));
}

#[test]
fn a_receiver_that_reboots_with_a_wrong_clock_gives_no_report_a_wrong_time() {
    for behind in [Span::from_secs(300), Span::from_secs(1800), Span::from_secs(4 * 3600)] {
        for of in 0..payloads(Time(T0)).len() {
            let (name, from_arrival, tally) = run(of, behind, 10);
            assert!(from_arrival.iter().all(|ms| *ms == 0), "{name}: {from_arrival:?}");
            assert_eq!(
                from_arrival.len() as u64 + tally.total(Reason::NoTime),
                30,
                "{name}: {}",
                counted(&tally)
            );
            assert!((1..=3).contains(&tally.total(Reason::NoTime)), "{name}: {}", counted(&tally));
        }
    }
}

/// The ages of the aircraft in a snapshot differ: they are no changes of its clock.
#[test]
fn the_clock_of_a_snapshot_is_measured_by_the_time_of_the_snapshot() {
    let mut decoder = Decoder::new(FeedId(0), Format::Readsb);
    let (mut stations, mut out) = (Stations::default(), Vec::new());
    for n in 0..30 {
        let at = T0 + n * 5_000;
        let payload = format!(
            r#"{{"now":{},"aircraft":[{{"hex":"0be123","seen":0}},{{"hex":"0be124","seen":{}}}]}}"#,
            at / 1000 - 3600,
            n * 17 % 50
        );
        let arrival = Arrival::Stamped(Time(at));
        let counts = decoder.read("t", payload.as_bytes(), arrival, &mut stations, &mut out);
        assert_eq!((counts.of(Reason::Aircraft), counts.of(Reason::TimeBehind)), (2, 1));
        let times: Vec<i64> =
            out.drain(..2).filter_map(|input| input.time()).map(|time| time.0 - at).collect();
        assert_eq!(times, [0, -n * 17 % 50 * 1000]);
        out.clear();
    }
}
