//! The air beside the sea on one core: what 200,000 reports of aircraft a second cost the engine, with every shipped rule,
//! while 19,000 AIS reports a second come in (the world's traffic at one large provider); and how fast each format of
//! the air is decoded. Compare figures of one run only.

use std::hint::black_box;
use std::time::Instant;

use vigie::config;
use vigie::engine::Engine;
use vigie::model::{
    AirSource, AircraftReport, Body, FeedId, Icao, Input, Kinematics, Mmsi, Position, PositionReport, Report,
    Squawk, StationId, Text, Time, TransponderClass,
};
use vigie::wire::{Arrival, Decoder, Format, Stations, Tally};

const START_MS: i64 = 1_773_450_000_000;
const AIR_A_SECOND: usize = 200_000;
const SEA_A_SECOND: usize = 19_000;
const VESSELS: usize = 19_000;

fn main() {
    let small = std::env::args().any(|arg| arg == "--test");
    engine(if small { 2 } else { 30 });
    decode(if small { 2_000 } else { 400_000 });
}

fn engine(seconds: usize) {
    println!(
        "engine, every shipped rule; {SEA_A_SECOND} AIS reports a second beside {AIR_A_SECOND} of aircraft"
    );
    for aircraft in [1_000, 10_000, 100_000] {
        let loaded =
            config::load_or_shipped(None).unwrap_or_else(|_| panic!("the shipped configuration is right"));
        let mut engine = Engine::new(loaded.0.setup);
        let mut out = Vec::new();
        let (mut sea_s, mut air_s) = (Vec::new(), Vec::new());
        for second in 0..seconds {
            for (inputs, costs) in [(sea(second), &mut sea_s), (air(second, aircraft), &mut air_s)] {
                let started = Instant::now();
                for slice in inputs.chunks(1024) {
                    engine.step(black_box(slice), &mut out);
                    out.clear();
                }
                costs.push(started.elapsed().as_secs_f64());
            }
        }
        let median = |mut costs: Vec<f64>| {
            costs.remove(0);
            costs.sort_by(f64::total_cmp);
            costs[costs.len() / 2]
        };
        let (sea, air) = (median(sea_s), median(air_s));
        println!(
            "{aircraft:>7} aircraft: {:>9.0} air reports/s ({:.0} ns), {:>9.0} AIS reports/s; a second of both takes {:.3} s",
            AIR_A_SECOND as f64 / air,
            air / AIR_A_SECOND as f64 * 1e9,
            SEA_A_SECOND as f64 / sea,
            sea + air
        );
    }
}

/// Places that look scattered and are the same each time.
fn place(n: usize, second: f64, kn: f64) -> (Position, f64) {
    let x = n as f64 * 0.618_034;
    let (lon, lat) = (-84.0 + 26.0 * x.fract(), 8.0 + 18.0 * (x * 7.31).fract());
    let course = (n as f64 * 137.508) % 360.0;
    let moved = kn * second / 3600.0 / 60.0;
    let (east, north) = (course.to_radians().sin() * moved, course.to_radians().cos() * moved);
    (Position::new(lon + east, lat + north).unwrap_or_default(), course)
}

fn sea(second: usize) -> Vec<Input> {
    let reports = (0..SEA_A_SECOND).map(|n| {
        let kn = (n % 20) as f64;
        let (position, course) = place(n % VESSELS, second as f64, kn);
        let kinematics = Kinematics {
            position: Some(position),
            sog_kn: Some(kn),
            cog_deg: Some(course),
            heading_deg: None,
        };
        let body = Body::Position(PositionReport {
            kinematics,
            class: TransponderClass::A,
            nav_status: None,
            accurate: true,
            altitude_m: None,
        });
        Input::Report(Report {
            feed: FeedId(0),
            station: StationId(0),
            time: Time(START_MS + 1000 * second as i64),
            transmission: (second * SEA_A_SECOND + n) as u32,
            mmsi: Mmsi(314_000_001 + (n % VESSELS) as u32),
            body,
        })
    });
    reports.collect()
}

fn air(second: usize, aircraft: usize) -> Vec<Input> {
    let rounds = AIR_A_SECOND.div_ceil(aircraft);
    let reports = (0..AIR_A_SECOND).map(|n| {
        let (who, round) = (n % aircraft, n / aircraft);
        let within = round as f64 / rounds as f64;
        // One in ten is low and slow, where the rules look.
        let low = who % 10 == 0;
        let (kn, feet) = if low { (110.0, 800.0) } else { (420.0, 31_000.0) };
        let (position, course) = place(who, second as f64 + within, kn);
        Input::Aircraft(AircraftReport {
            feed: FeedId(1),
            station: StationId(1),
            time: Time(START_MS + 1000 * second as i64 + (within * 1000.0) as i64),
            icao: Icao::new(0x0a_0000 + who as u32).unwrap_or_else(|| panic!("an address")),
            source: AirSource::AdsB,
            kinematics: Kinematics {
                position: Some(position),
                sog_kn: Some(kn),
                cog_deg: Some(course),
                heading_deg: None,
            },
            pressure_altitude_ft: Some(feet),
            geometric_altitude_ft: None,
            vertical_rate_fpm: Some(0.0),
            on_ground: Some(false),
            squawk: Squawk::of_digits("2312"),
            emergency: None,
            call_sign: Some(Text::new(b"JMA015")),
            version: Some(2),
            nic: Some(8),
            nac_p: Some(9),
        })
    });
    reports.collect()
}

fn decode(lines: usize) {
    println!("decoding, one core; the floor is finding the lines' ends");
    let sbs: String = (0..lines)
        .map(|n| {
            let (at, _) = place(n % 500, n as f64, 200.0);
            let hex = 0x0b_e000 + n % 500;
            let clock = "2026/03/14,01:00:00.000,2026/03/14,01:00:00.000";
            format!("MSG,3,1,1,{hex:06X},1,{clock},,31000,,,{:.5},{:.5},,,0,0,0,0\n", at.lat(), at.lon())
        })
        .collect();
    let json: String = (0..lines)
        .map(|n| {
            let (at, _) = place(n % 500, n as f64, 200.0);
            let hex = 0x0b_e000 + n % 500;
            format!(
                "{{\"hex\":\"{hex:06x}\",\"type\":\"adsb_icao\",\"flight\":\"JMA015\",\"alt_baro\":31000,\"gs\":420.1,\
                 \"track\":187.7,\"squawk\":\"2312\",\"nic\":8,\"nac_p\":9,\"lat\":{:.5},\"lon\":{:.5},\"seen_pos\":0.4}}\n",
                at.lat(),
                at.lon()
            )
        })
        .collect();
    let frames =
        ["8d3461ce58079115ee53983ccf11", "8d3985a79908558e300c0c995bb2", "8f4ca216231493b51d6820ac7532"];
    let raw: String = (0..lines / 8).map(|n| format!("*{};\n", frames[n % 3])).collect();
    for (name, format, text) in
        [("SBS", Format::Sbs, &sbs), ("readsb", Format::Readsb, &json), ("Mode S", Format::ModeS, &raw)]
    {
        let count = text.lines().count() as f64;
        let floor = timed(|| black_box(memchr_lines(text.as_bytes())));
        let mut inputs = Vec::new();
        let took = timed(|| {
            let (mut decoder, mut stations, mut tally) =
                (Decoder::new(FeedId(0), format), Stations::default(), Tally::default());
            inputs.clear();
            let arrival = Arrival::Stamped(Time(START_MS));
            tally.record(FeedId(0), &decoder.read("t", text.as_bytes(), arrival, &mut stations, &mut inputs));
            inputs.len()
        });
        assert!(inputs.len() as f64 > count * 0.99, "{name}: {} of {count}", inputs.len());
        println!("{name:<8} {:>9.0} a second, {:.0} times the floor", count / took, took / floor);
    }
}

fn memchr_lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// The median of five.
fn timed(mut work: impl FnMut() -> usize) -> f64 {
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let started = Instant::now();
            black_box(work());
            started.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[2]
}
