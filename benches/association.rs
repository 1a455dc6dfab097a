//! What it costs to set radars' targets against AIS tracks, beside what it costs to decode the same sentences: three
//! radars with 5,000 targets between them, 50,000 vessels on AIS. Compare figures of one run only.
//!
//! `cargo bench --bench association`; `-- --test` runs it small. The picture stands alone, without rules. Association is
//! the radars' turns: candidates, likelihoods, assignment, registration, and what follows from them. Estimates are the
//! Kalman filters, and the picture's own indexes for what they move.

use std::hint::black_box;
use std::time::{Duration, Instant};

use vigie::engine::Bounds;
use vigie::geodesy::{self, NM_M};
use vigie::model::{Feed, FeedId, Geography, Input, Position, Radar, Time};
use vigie::picture::{Decision, Picture, Zones};
use vigie::wire::ais::encode;
use vigie::wire::ais::{ClassA, Fix, Reading};
use vigie::wire::{Arrival, Decoder, Format, Sensor, Stations, Tally};

const START_S: i64 = 1_767_225_600;
const SITES: [[f64; 2]; 3] = [[-61.0, 13.7], [-61.2, 13.1], [-59.5, 13.1]];
/// The radars see so far, metres.
const RANGE_M: f64 = 22.0 * NM_M;
/// Each vessel reports every ten seconds, each target is told every three.
const AIS_EVERY_S: usize = 10;
const TURN_S: usize = 3;

struct Vessel {
    at: Position,
    course_deg: f64,
    knots: f64,
    mmsi: Option<u32>,
    /// Radar and target number.
    target: Option<(usize, u32)>,
}

struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as f64 / (1u64 << 31) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// Two thirds of the radars' targets are on AIS.
fn fleet(on_ais: usize, targets: usize, chance: &mut Chance) -> Vec<Vessel> {
    let site = |radar: usize| Position::new(SITES[radar][0], SITES[radar][1]).expect("a site");
    let mut fleet = Vec::new();
    for n in 0..targets {
        let (radar, number) = (n % SITES.len(), (n / SITES.len() + 1) as u32);
        let off = geodesy::velocity(RANGE_M * (0.1 + 0.9 * chance.next()).sqrt(), 360.0 * chance.next());
        let mmsi = (n / SITES.len() % 3 < 2).then_some(314_000_000 + n as u32);
        let (course_deg, knots) = (360.0 * chance.next(), 4.0 + 14.0 * chance.next());
        let at = geodesy::moved_m(site(radar), off);
        fleet.push(Vessel { at, course_deg, knots, mmsi, target: Some((radar, number)) });
    }
    let seen = fleet.iter().filter(|v| v.mmsi.is_some()).count();
    for n in seen..on_ais {
        let at = Position::new(-66.0 + 4.0 * chance.next(), 10.0 + 8.0 * chance.next()).expect("a position");
        let (course_deg, knots) = (360.0 * chance.next(), 4.0 + 14.0 * chance.next());
        fleet.push(Vessel { at, course_deg, knots, mmsi: Some(338_000_000 + n as u32), target: None });
    }
    fleet
}

fn aivdm(v: &Vessel, second: i64, text: &mut Vec<u8>) {
    let (Some(mmsi), ten_thousandths) = (v.mmsi, |deg: f64| Reading::Known((deg * 600_000.0).round() as i32))
    else {
        return;
    };
    let fix = Fix {
        lon: ten_thousandths(v.at.lon()),
        lat: ten_thousandths(v.at.lat()),
        accurate: true,
        raim: false,
    };
    let report = ClassA {
        nav_status: 0,
        rot: Reading::Known(0),
        sog: Reading::Known((v.knots * 10.0) as u16),
        fix,
        cog: Reading::Known((v.course_deg * 10.0) as u16 % 3600),
        heading: Reading::Known(v.course_deg as u16 % 360),
        second: (second % 60) as u8,
        manoeuvre: 0,
        radio: Some(second as u32 & 0x7ffff),
    };
    for line in encode::sentences(&encode::class_a(1, mmsi, &report), b'A', 0, false) {
        text.extend_from_slice(encode::tag_block("north", second).as_bytes());
        text.extend_from_slice(line.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
}

fn ttm(v: &Vessel, second: i64, chance: &mut Chance, texts: &mut [Vec<u8>; 3]) {
    let Some((radar, number)) = v.target else { return };
    let site = Position::new(SITES[radar][0], SITES[radar][1]).expect("a site");
    let range_nm = (geodesy::distance_m(site, v.at) + 25.0 * chance.normal()) / NM_M;
    let bearing =
        geodesy::normal_deg(geodesy::bearing_deg(site.lon_lat(), v.at.lon_lat()) + 0.3 * chance.normal());
    let clock = second.rem_euclid(86_400);
    let body = format!(
        "RATTM,{number:02},{:.3},{bearing:.1},T,{:.1},{:.1},T,0.50,-3.2,N,,T,,{:02}{:02}{:02}.00,A",
        range_nm.max(0.1),
        v.knots,
        v.course_deg,
        clock / 3600,
        clock / 60 % 60,
        clock % 60,
    );
    texts[radar].extend_from_slice(encode::sentence(&body).replacen('!', "$", 1).as_bytes());
    texts[radar].extend_from_slice(b"\r\n");
}

/// Decoders of one AIS feed and three radars.
struct Wire {
    stations: Stations,
    tally: Tally,
    decoders: Vec<Decoder>,
}

impl Wire {
    fn new() -> (Wire, Vec<Input>) {
        let (mut stations, mut feeds) = (Stations::default(), Vec::new());
        for (n, at) in SITES.iter().enumerate() {
            let id = FeedId(n as u16 + 1);
            let (site, radar) =
                (Position::new(at[0], at[1]), Some(Radar { reach_m: RANGE_M, ..Radar::default() }));
            stations.declare(id, Sensor { site, radar });
            feeds.push(Input::Feed(Feed { id, name: format!("radar-{n}"), position: site, radar }));
        }
        let decoders = (0..4).map(|n| Decoder::new(FeedId(n), Format::Nmea)).collect();
        (Wire { stations, tally: Tally::default(), decoders }, feeds)
    }

    fn read(&mut self, feed: usize, text: &[u8], second: i64, out: &mut Vec<Input>) {
        let arrival = Arrival::Stamped(Time::from_secs(second));
        let counts = self.decoders[feed].read("t", text, arrival, &mut self.stations, out);
        self.tally.record(FeedId(feed as u16), &counts);
    }
}

/// Results of the engine with a picture, and the time that it took.
struct Watch {
    picture: Picture,
    decisions: Vec<Decision>,
    reports: Duration,
    turns: Duration,
    estimates: Duration,
}

impl Watch {
    fn new(feeds: &[Input]) -> Watch {
        let bounds = Bounds { tracks: 200_000, new_per_hour: u32::MAX, ..Bounds::default() };
        let mut picture = Picture::new(Zones::new(Geography::default()), bounds);
        for feed in feeds {
            if let Input::Feed(feed) = feed {
                picture.declare(feed);
            }
        }
        let zero = Duration::ZERO;
        Watch { picture, decisions: Vec::new(), reports: zero, turns: zero, estimates: zero }
    }

    fn hear(&mut self, heard: &[Input]) {
        let started = Instant::now();
        for input in heard {
            if let Input::Report(report) = input {
                black_box(self.picture.apply_report(report, &()));
            }
        }
        self.reports += started.elapsed();
    }

    /// The turns' time is taken word by word; what the clock itself costs is in both figures.
    fn see(&mut self, seen: &[Input]) {
        for input in seen {
            let Input::Contact(contact) = input else { continue };
            let started = Instant::now();
            self.picture.run_cycle(contact, &(), &mut self.decisions);
            for decision in self.decisions.drain(..) {
                black_box(self.picture.carry_out(decision, &()));
            }
            let turned = Instant::now();
            black_box(self.picture.apply_contact(contact, &()));
            self.turns += turned - started;
            self.estimates += turned.elapsed();
        }
    }
}

fn main() {
    let small = std::env::args().any(|a| a == "--test");
    let (on_ais, targets, seconds) = if small { (500, 60, 60) } else { (50_000, 5_000, 240) };
    let mut chance = Chance(7);
    let mut fleet = fleet(on_ais, targets, &mut chance);
    let (mut wire, feeds) = Wire::new();
    let (mut both, mut ais_alone) = (Watch::new(&feeds), Watch::new(&feeds));
    let mut decoding = Duration::ZERO;
    let (mut reports, mut words) = (0u64, 0u64);
    // A minute passes before anything is measured: by then targets have found their tracks.
    for s in 0..seconds {
        let second = START_S + s as i64;
        let (mut ais, mut radars) = (Vec::new(), [Vec::new(), Vec::new(), Vec::new()]);
        for (n, v) in fleet.iter_mut().enumerate() {
            v.at = geodesy::moved_m(v.at, geodesy::velocity(v.knots * geodesy::KN_MS, v.course_deg));
            if n % AIS_EVERY_S == s % AIS_EVERY_S {
                aivdm(v, second, &mut ais);
            }
            if n % TURN_S == s % TURN_S {
                ttm(v, second, &mut chance, &mut radars);
            }
        }
        let (mut heard, mut seen) = (Vec::new(), Vec::new());
        let started = Instant::now();
        wire.read(0, black_box(&ais), second, &mut heard);
        for (n, text) in radars.iter().enumerate() {
            wire.read(n + 1, black_box(text), second, &mut seen);
        }
        let decoded = started.elapsed();
        ais_alone.hear(&heard);
        both.hear(&heard);
        both.see(&seen);
        if s + 1 == seconds / 4 {
            for watch in [&mut both, &mut ais_alone] {
                (watch.reports, watch.turns, watch.estimates) = Default::default();
            }
        }
        if s >= seconds / 4 {
            decoding += decoded;
            reports += heard.iter().filter(|i| matches!(i, Input::Report(_))).count() as u64;
            words += seen.iter().filter(|i| matches!(i, Input::Contact(_))).count() as u64;
        }
    }
    let measured = (seconds - seconds / 4) as f64;
    let ratio = |d: Duration| d.as_secs_f64() / decoding.as_secs_f64();
    let tell = |what: &str, d: Duration| {
        println!(
            "{what:<28} {:>7.2} ms a second of the watch, {:.2} of decoding",
            1e3 * d.as_secs_f64() / measured,
            ratio(d)
        );
    };
    println!(
        "{reports} reports, {words} words of radars in {measured:.0} s; {} tracks of {} craft",
        both.picture.len(),
        fleet.len()
    );
    tell("decoding", decoding);
    tell("reports, without radars", ais_alone.reports);
    tell("reports, fused with radars", both.reports);
    tell("association", both.turns);
    tell("estimates of radars' words", both.estimates);
    assert!(words > 0 && reports > 0, "nothing was measured");
}
