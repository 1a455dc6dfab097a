//! Reports a second through the engine alone, and bytes a vessel, by fleet size; in a crowded anchorage; with 10,000
//! zones. Compare figures of one run only; `-- --test` runs it small.

use std::hint::black_box;
use std::time::Instant;

use geo::{LineString, MultiPolygon, Polygon};
use vigie::engine::{Bounds, Engine, Setup};
use vigie::model::saved::{SavedState, StateWriter};
use vigie::model::{
    Body, FeedId, Geography, Input, Kinematics, LimitKind, LimitValue, Limits, Mmsi, Position,
    PositionReport, Report, Rule, Selector, Severity, StationId, Time, TransponderClass, Zone, ZoneKind,
};
use vigie::patterns;

fn main() {
    println!("size of an input {} bytes", size_of::<Input>());
    if std::env::args().any(|a| a == "--test") {
        return run("small, 200 vessels", (200, 30), 9, 0.6);
    }
    let only = std::env::args().nth(1).filter(|a| !a.starts_with('-'));
    for (name, vessels, zones, area_deg) in [
        ("1,000 vessels", 1_000, 100, 6.0),
        ("10,000 vessels", 10_000, 100, 6.0),
        ("100,000 vessels", 100_000, 100, 12.0),
        ("1,000,000 vessels", 1_000_000, 100, 24.0),
        ("crowded anchorage, 1,000 vessels in 3 nm", 1_000, 100, 0.05),
        ("10,000 vessels, 10,000 zones", 10_000, 10_000, 6.0),
    ] {
        if only.as_ref().is_none_or(|only| name.contains(only.as_str())) {
            run(name, (vessels, (6_000_000 / vessels).clamp(4, 2_000)), zones, area_deg);
        }
    }
}

fn run(name: &str, (vessels, rounds): (u32, u32), zones: usize, area_deg: f64) {
    let setup = Setup {
        geography: geography(zones, area_deg.max(6.0)),
        rules: rules(),
        bounds: Bounds { tracks: 2_000_000, new_per_hour: u32::MAX, ..Bounds::default() },
        ..Setup::default()
    };
    let mut engine = Engine::new(setup.clone());
    let mut fleet = Fleet::new(vessels, area_deg);
    let mut out = Vec::new();
    let (mut inputs, mut rates) = (Vec::new(), Vec::new());
    let mut alerts = 0;
    for round in 0..rounds {
        fleet.round(round, &mut inputs);
        let started = Instant::now();
        for slice in inputs.chunks(1024) {
            engine.step(black_box(slice), &mut out);
            alerts += out.len();
            out.clear();
        }
        if round > 0 {
            rates.push(inputs.len() as f64 / started.elapsed().as_secs_f64());
        }
    }
    rates.sort_by(f64::total_cmp);
    let median = rates[rates.len() / 2];
    let (tracks, histories) = engine.heap_bytes();
    println!(
        "{name:<44} {:>10.0} reports/s  {:>6.0} ns  {:>5} B a vessel, {:>5} B history, {alerts} events",
        median,
        1e9 / median,
        tracks / vessels as usize,
        histories / vessels as usize
    );
    engine.look_at_changes();
    fleet.round(rounds, &mut inputs);
    engine.step(&inputs[..inputs.len() / 10], &mut out);
    let started = Instant::now();
    let changed = black_box(engine.look_at_changes()).tracks.len();
    let (changes_ms, started) = (started.elapsed().as_secs_f64() * 1000.0, Instant::now());
    black_box(engine.look());
    println!(
        "{:<44} a second's changes for a screen ({changed} tracks) in {changes_ms:.1} ms, all in {:.1} ms",
        "",
        started.elapsed().as_secs_f64() * 1000.0
    );
    let started = Instant::now();
    let mut saved = StateWriter::default();
    engine.save(&mut saved);
    let saved = saved.into_bytes();
    let (save_ms, started) = (started.elapsed().as_secs_f64() * 1000.0, Instant::now());
    let again = SavedState::parse(&saved)
        .and_then(|mut saved| Engine::resume(setup, &mut saved, &mut out))
        .expect("reads what it saved");
    let resume_ms = started.elapsed().as_secs_f64() * 1000.0;
    assert_eq!(again.counts(), engine.counts());
    println!(
        "{:<44} saved in {save_ms:.1} ms ({} B a vessel), taken up in {resume_ms:.1} ms",
        "",
        saved.len() / vessels as usize
    );
}

/// Vessels that sail on straight lines in a box, turning at its sides; one in five is slow, one in ten at rest.
struct Fleet {
    corner: [f64; 2],
    vessels: Vec<[f64; 4]>,
    order: Vec<u32>,
    area_deg: f64,
}

impl Fleet {
    fn new(count: u32, area_deg: f64) -> Fleet {
        // A crowd lies in the middle of the first zone, where the rules hold; a wide fleet over all zones.
        let corner =
            if area_deg < 1.0 { [-59.7 - area_deg / 2.0, 13.3 - area_deg / 2.0] } else { [-60.0, 13.0] };
        let mut seed = 1u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as f64 / (1u64 << 31) as f64
        };
        let vessels = (0..count)
            .map(|i| {
                let knots = match i % 10 {
                    0 => 0.0,
                    1 | 2 => 1.0 + random(),
                    _ => 6.0 + 12.0 * random(),
                };
                [corner[0] + area_deg * random(), corner[1] + area_deg * random(), knots, 360.0 * random()]
            })
            .collect();
        let mut order: Vec<u32> = (0..count).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, (random() * (i + 1) as f64) as usize);
        }
        Fleet { corner, vessels, order, area_deg }
    }

    /// Each vessel's next report, ten seconds after the last.
    fn round(&mut self, round: u32, inputs: &mut Vec<Input>) {
        inputs.clear();
        for (place, &i) in self.order.iter().enumerate() {
            let v = &mut self.vessels[i as usize];
            let step = v[2] / 360.0 / 60.0;
            v[0] += step * v[3].to_radians().sin();
            v[1] += step * v[3].to_radians().cos();
            let (east, north) = (v[0] - self.corner[0], v[1] - self.corner[1]);
            if east < 0.0 || east > self.area_deg || north < 0.0 || north > self.area_deg {
                v[3] = (v[3] + 180.0) % 360.0;
            }
            let ms = i64::from(round) * 10_000 + (place as i64 * 10_000 / self.order.len() as i64);
            let kinematics = Kinematics {
                position: Position::new(v[0], v[1]),
                sog_kn: Some((v[2] * 10.0).round() / 10.0),
                cog_deg: Some(v[3].round()),
                heading_deg: Some(v[3].round() % 360.0),
            };
            inputs.push(Input::Report(Report {
                feed: FeedId(0),
                station: StationId(1),
                time: Time(1_767_225_600_000 + ms),
                transmission: (i ^ round.wrapping_mul(2_654_435_761)).wrapping_mul(2_246_822_519),
                mmsi: Mmsi(200_000_000 + i),
                body: Body::Position(PositionReport {
                    kinematics,
                    class: TransponderClass::A,
                    nav_status: None,
                    accurate: true,
                    altitude_m: None,
                }),
            }));
        }
    }
}

/// Detailed zones: wavy rings of 500 corners, laid out over the area.
fn geography(count: usize, area_deg: f64) -> Geography {
    let side = (count as f64).sqrt().ceil();
    let zones = (0..count).map(|i| {
        let (column, row) = ((i as f64) % side, (i as f64 / side).floor());
        let radius = area_deg / side * 0.55;
        let centre = [-60.0 + (column + 0.5) * area_deg / side, 13.0 + (row + 0.5) * area_deg / side];
        let ring = (0..=500).map(|k| {
            let a = f64::from(k % 500) / 500.0 * std::f64::consts::TAU;
            let r = radius * (1.0 + 0.1 * (a * 17.0).sin());
            (centre[0] + r * a.cos(), centre[1] + r * a.sin())
        });
        let area = MultiPolygon(vec![Polygon::new(LineString::from(ring.collect::<Vec<_>>()), vec![])]);
        let kind = if i % 4 == 1 { ZoneKind::Port } else { ZoneKind::TerritorialSea };
        Zone { state: "BRB".into(), name: format!("Zone {i}"), ..Zone::new(format!("zone-{i}"), kind, area) }
    });
    Geography { zones: zones.collect(), ..Geography::default() }
}

/// The rules that ship: loitering, drifting, two kinds of rendezvous, gaps, by their patterns' defaults.
#[allow(clippy::type_complexity)] // a table
fn rules() -> Vec<Rule> {
    let close: &[(&str, Option<f64>)] = &[
        ("distance", Some(200.0)),
        ("max_speed", None),
        ("max_relative_speed", Some(2.0)),
        ("min_duration", Some(300.0)),
        ("converged_from", Some(1.0)),
    ];
    let named: [(&'static str, &'static str, &[(&str, Option<f64>)]); 5] = [
        ("loitering", "loitering", &[]),
        ("drifting", "drifting", &[]),
        ("rendezvous-long", "rendezvous", &[]),
        ("rendezvous-close", "rendezvous", close),
        ("ais-gap", "ais-gap", &[]),
    ];
    named.into_iter().map(|(name, pattern, changes)| rule(name, pattern, changes)).collect()
}

fn rule(name: &str, pattern: &'static str, changes: &[(&str, Option<f64>)]) -> Rule {
    let declared = patterns::ALL.iter().find(|p| p.name == pattern).expect("a pattern of the list");
    let number = |text: &str| -> Option<f64> {
        let (n, unit) = text.split_once(' ').unwrap_or((text, ""));
        let factor = match unit {
            "min" => 60.0,
            "h" => 3600.0,
            _ => 1.0,
        };
        n.parse::<f64>().ok().map(|n| n * factor)
    };
    let limits = declared.limits.iter().map(|limit| {
        let changed = changes.iter().find(|(name, _)| *name == limit.name);
        let value = match (limit.kind, changed) {
            (LimitKind::OneOf(words), _) => LimitValue::Words(vec![words[0]]),
            (_, Some((_, Some(n)))) => LimitValue::Number(*n),
            (_, Some((_, None))) => LimitValue::None,
            _ => number(limit.default).map_or(LimitValue::None, LimitValue::Number),
        };
        (*limit, value)
    });
    Rule {
        name: name.to_owned(),
        pattern,
        severity: Severity::Moderate,
        inside: vec![Selector::Kind(ZoneKind::TerritorialSea)],
        outside: vec![Selector::Kind(ZoneKind::Port), Selector::Kind(ZoneKind::Anchorage)],
        states: Vec::new(),
        who: Default::default(),
        min_rarity: None,
        until_learnt: Default::default(),
        limits: Limits(limits.collect()),
        hash: String::new(),
    }
}
