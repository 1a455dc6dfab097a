//! How well the picture's tracks follow what is there: GOSPA and SIAP's measures on a simulated night with radars, beside
//! plain nearest neighbour on the same words.
//!
//! `cargo bench --bench tracking [-- SCENARIO [SEED]]`; `-- --test` runs ten minutes; `-- --dump FOLDER` writes plots and
//! truth as CSV for `benches/peer`. Every ten seconds the tracks that radars see are set against the vessels that some
//! radar had a plot of within the last 30 s. GOSPA: Rahmathullah, Garcia-Fernandez and Svensson (2017), p = 2, alpha = 2,
//! c = 500 m. SIAP: Votruba, Nisley, Rothrock and Zombro (2001): completeness, ambiguity, spuriousness. Identity switches are
//! counted as in CLEAR MOT, Bernardin and Stiefelhagen (2008), section 2.1.3: a vessel keeps its track while that is near.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use pathfinding::matrix::Matrix;
use pathfinding::prelude::kuhn_munkres_min;
use vigie::engine::Bounds;
use vigie::geodesy::{self, KN_MS};
use vigie::model::{Contact, ContactStatus, Feed, FeedId, Geography, Input, Position, Radar, Span, Time};
use vigie::picture::{Picture, Zones};
use vigie::scenario::{Scenario, simulate};
use vigie::tracking::{KalmanFilter, Mat2, Measurement};
use vigie::wire::{Arrival, Decoder, Format, Sensor, Stations, Tally};

/// GOSPA's cut-off, metres.
const CUT_OFF_M: f64 = 500.0;
/// Distance within which a vessel keeps the track that it had, metres: about the size of a radar's cell at some miles.
const KEPT_WITHIN_M: f64 = 100.0;
const EVERY: Span = Span::from_secs(10);
const SEEN_WITHIN: Span = Span::from_secs(30);
/// Nearest neighbour's gate, metres: beyond the bias of an unregistered radar at 24 nm.
const GATE_M: f64 = 500.0;
/// Nothing is measured while tracks begin.
const WARM_UP: Span = Span::from_secs(600);

/// Report of a tracker: a key and a place.
type Said = Vec<(String, Position)>;
/// Data of each comparison: the truth, and the reports of two trackers.
type Look<'a> = dyn FnMut(&Said, &Said, &Said) + 'a;

/// Vigie's own.
struct Fused(Picture);

impl Fused {
    fn take(&mut self, input: &Input) {
        match input {
            Input::Report(report) => drop(self.0.apply_report(report, &())),
            Input::Contact(contact) => {
                let mut decisions = Vec::new();
                self.0.run_cycle(contact, &(), &mut decisions);
                for decision in decisions {
                    self.0.carry_out(decision, &());
                }
                self.0.apply_contact(contact, &());
            }
            _ => {}
        }
    }

    /// How far tracks on AIS that radars detect are from the vessels that send, metres.
    fn off_on_ais_m(&self, truth: &Said, now: Time) -> impl Iterator<Item = f64> {
        let places: HashMap<&str, Position> = truth.iter().map(|(key, at)| (key.as_str(), *at)).collect();
        let tracks = self.0.ids().map(|id| self.0.track(id));
        let seen = tracks.filter(move |t| t.on_ais() && t.sensed > 0 && now - t.fix.time <= SEEN_WITHIN);
        seen.filter_map(move |t| {
            let vessel = places.get(format!("mmsi:{}", t.mmsi.0).as_str())?;
            Some(geodesy::distance_m(t.fix.carried_to(now), *vessel))
        })
    }

    fn says(&self, now: Time) -> Said {
        let tracks = self.0.ids().map(|id| (id, self.0.track(id)));
        let seen = tracks.filter(|(_, t)| t.sensed > 0 && now - t.fix.time <= SEEN_WITHIN);
        seen.map(|(id, t)| (self.0.key(id), t.fix.carried_to(now))).collect()
    }
}

/// Each radar's target has the same filter as in Vigie; each is the AIS vessel that is nearest to it within a gate, or
/// else the other radar's target that is, at this moment alone.
#[derive(Default)]
struct Nearest {
    ais: BTreeMap<u32, (Time, Position, [f64; 2])>,
    targets: BTreeMap<(u16, u32), KalmanFilter>,
}

impl Nearest {
    fn take(&mut self, input: &Input) {
        match input {
            Input::Report(report) => {
                if let vigie::model::Body::Position(p) = &report.body
                    && let Some(at) = p.kinematics.position
                {
                    let speed = p.kinematics.sog_kn.unwrap_or(0.0) * KN_MS;
                    let velocity = geodesy::velocity(speed, p.kinematics.cog_deg.unwrap_or(0.0));
                    self.ais.insert(report.mmsi.0, (report.time, at, velocity));
                }
            }
            Input::Contact(contact) => self.see(contact),
            _ => {}
        }
    }

    fn see(&mut self, contact: &Contact) {
        let key = (contact.feed.0, contact.number);
        if contact.status == ContactStatus::Lost {
            self.targets.remove(&key);
            return;
        }
        let (Some(position), Some(accuracy)) = (contact.position, contact.accuracy) else { return };
        let square = |m: f32| f64::from(m) * f64::from(m);
        let (along, across) = (square(accuracy.along_m), square(accuracy.across_m));
        let variance = Mat2::turned(along, across, f64::from(accuracy.axis_deg));
        let measure = Measurement { time: contact.time, position, variance, velocity: None };
        match self.targets.get_mut(&key) {
            Some(filter) => drop(filter.update(&measure)),
            None => {
                self.targets.insert(key, KalmanFilter::new(&measure, None, &vigie::tracking::SEA));
            }
        }
    }

    fn says(&self, now: Time) -> Said {
        let fresh = self.ais.iter().filter(|(_, (time, ..))| now - *time <= Span::from_secs(180));
        let ais: Vec<(u32, Position)> = fresh
            .map(|(mmsi, (time, at, [e, n]))| {
                let s = (now - *time).secs();
                (*mmsi, geodesy::moved_m(*at, [e * s, n * s]))
            })
            .collect();
        let mut said: Said = Vec::new();
        for ((feed, number), filter) in &self.targets {
            if now - filter.time > SEEN_WITHIN {
                continue;
            }
            let (at, _) = filter.carried_to(now);
            let near = |other: &Position| Some(geodesy::distance_m(at, *other)).filter(|m| *m <= GATE_M);
            let nearest = ais.iter().filter_map(|(mmsi, p)| Some((near(p)?, *mmsi, *p)));
            let nearest = nearest.min_by(|a, b| a.0.total_cmp(&b.0));
            let (key, at) = match nearest {
                Some((_, mmsi, p)) => (format!("mmsi:{mmsi}"), p),
                None => (format!("radar:{feed}:{number}"), at),
            };
            let own = format!("radar:{feed}:");
            let is_other = |(k, p): &(String, Position)| {
                k.starts_with("radar:") && !k.starts_with(&own) && near(p).is_some()
            };
            let known = said.iter().any(|(k, _)| *k == key);
            if !known && (key.starts_with("mmsi:") || !said.iter().any(is_other)) {
                said.push((key, at));
            }
        }
        said
    }
}

/// Sums over all looks.
#[derive(Default)]
struct Score {
    looks: f64,
    gospa: f64,
    localization: f64,
    missed: f64,
    false_tracks: f64,
    truths: f64,
    tracks: f64,
    covered: f64,
    assigned: f64,
    spurious: f64,
    switches: f64,
    was: HashMap<String, String>,
}

impl Score {
    fn look(&mut self, truth: &Said, said: &Said) {
        let metres: Vec<Vec<f64>> = truth
            .iter()
            .map(|(_, t)| said.iter().map(|(_, s)| geodesy::distance_m(*t, *s)).collect())
            .collect();
        let pairs = assign(&metres);
        let cut2 = CUT_OFF_M * CUT_OFF_M;
        let localization: f64 = pairs.iter().map(|&(t, s)| metres[t][s] * metres[t][s]).sum();
        let (missed, false_tracks) = (truth.len() - pairs.len(), said.len() - pairs.len());
        self.looks += 1.0;
        self.gospa += (localization + cut2 / 2.0 * (missed + false_tracks) as f64).sqrt();
        self.localization += if pairs.is_empty() { 0.0 } else { (localization / pairs.len() as f64).sqrt() };
        self.missed += missed as f64;
        self.false_tracks += false_tracks as f64;
        for (t, s) in self.with_kept(truth, said, metres.clone()) {
            let before = self.was.insert(truth[t].0.clone(), said[s].0.clone());
            self.switches += f64::from(u8::from(before.is_some_and(|before| before != said[s].0)));
        }
        // Each track is of the truth nearest to it, several of one maybe.
        let mut covered = HashSet::new();
        let mut assigned = 0.0;
        for (s, (_, place)) in said.iter().enumerate() {
            let nearest = (0..truth.len()).min_by(|a, b| metres[*a][s].total_cmp(&metres[*b][s]));
            if let Some(t) = nearest.filter(|t| geodesy::distance_m(truth[*t].1, *place) <= CUT_OFF_M) {
                covered.insert(t);
                assigned += 1.0;
            }
        }
        (self.truths, self.tracks) = (self.truths + truth.len() as f64, self.tracks + said.len() as f64);
        (self.covered, self.assigned) = (self.covered + covered.len() as f64, self.assigned + assigned);
        self.spurious += said.len() as f64 - assigned;
    }

    /// Returns the pairs of an assignment in which a vessel keeps the track that it had, while that is near to it: of two tracks
    /// that stay with two vessels side by side, none switches.
    fn with_kept(&self, truth: &Said, said: &Said, mut metres: Vec<Vec<f64>>) -> Vec<(usize, usize)> {
        for (t, (vessel, _)) in truth.iter().enumerate() {
            let had = self.was.get(vessel).and_then(|had| said.iter().position(|(track, _)| track == had));
            let Some(s) = had.filter(|&s| metres[t][s] <= KEPT_WITHIN_M) else { continue };
            metres.iter_mut().for_each(|row| row[s] = CUT_OFF_M);
            metres[t].fill(CUT_OFF_M);
            metres[t][s] = 0.0;
        }
        assign(&metres)
    }

    fn print(&self, name: &str) {
        let hours = self.truths * EVERY.secs() / 3600.0;
        println!(
            "{name:<20} {:>7.0} {:>9.0} {:>8.1} {:>8.1} {:>13.3} {:>10.3} {:>13.3} {:>12.2}",
            self.gospa / self.looks,
            self.localization / self.looks,
            self.missed / self.looks,
            self.false_tracks / self.looks,
            self.covered / self.truths,
            self.assigned / self.covered.max(1.0),
            self.spurious / self.tracks.max(1.0),
            self.switches / hours,
        );
    }
}

/// The pairs of the cheapest assignment that are within the cut-off.
fn assign(metres: &[Vec<f64>]) -> Vec<(usize, usize)> {
    let (rows, columns) = (metres.len(), metres.first().map_or(0, Vec::len));
    if rows == 0 || columns == 0 {
        return Vec::new();
    }
    let cost = |m: f64| (m.min(CUT_OFF_M) * m.min(CUT_OFF_M) * 100.0) as i64;
    let upright = rows <= columns;
    let (r, c) = if upright { (rows, columns) } else { (columns, rows) };
    let at = |i: usize, j: usize| if upright { metres[i][j] } else { metres[j][i] };
    let weights = Matrix::from_fn(r, c, |(i, j)| cost(at(i, j)));
    let (_, chosen) = kuhn_munkres_min(&weights);
    let pairs = chosen.into_iter().enumerate().filter(|&(i, j)| at(i, j) < CUT_OFF_M);
    pairs.map(|(i, j)| if upright { (i, j) } else { (j, i) }).collect()
}

fn main() {
    let mut rest: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let small = rest.iter().any(|a| a == "--test");
    let dump = rest
        .iter()
        .position(|a| a == "--dump")
        .map(|i| PathBuf::from(rest.drain(i..i + 2).nth(1).expect("a folder")));
    rest.retain(|a| a != "--test");
    let named = rest.first().cloned().unwrap_or("replay-data/mothership-barbados/scenario.toml".to_owned());
    let scenario = Scenario::read(Path::new(&named)).expect("a scenario");
    let seed = rest.get(1).map_or(scenario.seed, |s| s.parse().expect("a seed"));
    let (mut fused, mut nearest) = (Score::default(), Score::default());
    let (looks, mut off_m) = run(&scenario, seed, small, dump.as_deref(), &mut |truth, ours, theirs| {
        fused.look(truth, ours);
        nearest.look(truth, theirs);
    });
    println!(
        "{named}, seed {seed}: {looks} looks, {:.0} vessels in a look on average",
        fused.truths / fused.looks
    );
    println!(
        "                     GOSPA m  rms off m   missed    false  completeness  ambiguity  spuriousness  switches/h"
    );
    fused.print("fused tracks");
    nearest.print("nearest neighbour");
    assert!(fused.looks > 0.0 && fused.truths > 0.0 && !off_m.is_empty(), "nothing was measured");
    off_m.sort_by(f64::total_cmp);
    let [median, most] = [50, 95].map(|percent| off_m[(off_m.len() - 1) * percent / 100]);
    println!("fused tracks on AIS are {median:.0} m off at the median, {most:.0} m in 95 % of looks");
}

/// Plays a scenario through both; answers how many looks there were, and how far fused tracks on AIS were off in each, metres.
fn run(
    scenario: &Scenario,
    seed: u64,
    small: bool,
    dump: Option<&Path>,
    look: &mut Look<'_>,
) -> (usize, Vec<f64>) {
    let mut simulation = simulate(scenario, seed);
    simulation.keep_sightings();
    let mut picture = Picture::new(Zones::new(Geography::default()), Bounds::default());
    let (mut stations, mut tally) = (Stations::default(), Tally::default());
    let mut decoders = Vec::new();
    let at = |p: vigie::scenario::globe::Place| Position::new(p.lon, p.lat);
    for (n, station) in scenario.stations.iter().enumerate() {
        let id = FeedId(n as u16);
        picture.declare(&Feed {
            id,
            name: station.name.clone(),
            position: at(station.position.0),
            radar: None,
        });
        decoders.push(Decoder::new(id, Format::Nmea));
    }
    for radar in &scenario.radars {
        let id = FeedId(decoders.len() as u16);
        let known = Radar {
            range_sigma_m: radar.range_sigma.m(),
            bearing_sigma_deg: radar.bearing_sigma.deg(),
            beam_width_deg: radar.beam_width.deg(),
            range_resolution_m: radar.range_resolution.m(),
            ..Radar::default()
        };
        let site = at(radar.position.0);
        picture.declare(&Feed { id, name: radar.name.clone(), position: site, radar: Some(known) });
        stations.declare(id, Sensor { site, radar: Some(known) });
        decoders.push(Decoder::new(id, Format::Nmea));
    }
    let (mut ours, mut theirs) = (Fused(picture), Nearest::default());
    let mut out = dump.map(|folder| {
        let open = |name: &str| std::fs::File::create(folder.join(name)).expect("a file to write");
        (std::io::BufWriter::new(open("plots.csv")), std::io::BufWriter::new(open("truth.csv")))
    });
    let (mut seen, mut next, mut looks) = (HashMap::<String, Time>::new(), scenario.start + WARM_UP, 0);
    let end = scenario.start + if small { Span::from_secs(1200) } else { scenario.duration };
    let (mut inputs, mut off_m) = (Vec::new(), Vec::new());
    while let Some(line) = simulation.next() {
        for plot in simulation.take_sightings() {
            for subject in &plot.subjects {
                seen.insert(subject.clone(), plot.time);
            }
            if let Some((plots, _)) = &mut out {
                let (lon, lat) = (plot.place.lon, plot.place.lat);
                writeln!(plots, "{},{},{lon:.6},{lat:.6}", plot.time.0, plot.radar).expect("written");
            }
        }
        inputs.clear();
        let arrival = Arrival::Stamped(line.time);
        let text = line.text.as_bytes();
        let counts = decoders[line.station].read("t", text, arrival, &mut stations, &mut inputs);
        tally.record(FeedId(line.station as u16), &counts);
        inputs.iter().for_each(|input| ours.take(input));
        inputs.iter().for_each(|input| theirs.take(input));
        if line.time < next {
            continue;
        }
        // Where the vessels were at the last second that went by.
        let now = simulation.now() - Span::from_secs(1);
        next = now + EVERY;
        let fresh = |key: &String| seen.get(key).is_some_and(|time| now - *time <= SEEN_WITHIN);
        let truth: Said = simulation
            .vessels()
            .filter_map(|(party, motion)| Some((party.subject(), at(motion.place)?)))
            .filter(|(key, _)| fresh(key))
            .collect();
        if let Some((_, truths)) = &mut out {
            for (key, place) in &truth {
                writeln!(truths, "{},{key},{:.6},{:.6}", now.0, place.lon(), place.lat()).expect("written");
            }
        }
        look(&truth, &ours.says(now), &theirs.says(now));
        off_m.extend(ours.off_on_ais_m(&truth, now));
        looks += 1;
        if now >= end {
            break;
        }
    }
    (looks, off_m)
}
