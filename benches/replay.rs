//! A whole replay from NMEA text on one core, as `vigie replay --speed max` does it, beside the floor: lines split and
//! their checksums held to, nothing else.
//!
//! `cargo bench --bench replay` prints reports a second and the ratio, and what a comparison of two configurations and a sweep of
//! eight values take beside one replay; `-- --test` runs it small, as a test. The text is
//! the busy day off Port of Spain, simulated anew and written into the target folder; rules and zones are the shipped ones.
//!
//! `cargo bench --bench replay -- --vessels 5000 --reports 4000000` takes the traffic of a State in its place, once: so many vessels
//! over the waters from Trinidad to Martinique, each with a report in ten seconds, three of ten at anchor.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use vigie::analysis::sweep::Plan;
use vigie::analysis::trial::{self, Configs, Question};
use vigie::config::trial::Axis;
use vigie::config::{self, Config};
use vigie::feed::recording::{self, Cancel, Recording};
use vigie::feed::replay::{self, Options};
use vigie::model::Span;
use vigie::scenario::globe::Place;
use vigie::scenario::sentence::{Fix, position_a, sentences};
use vigie::scenario::{self, Scenario};

/// Reports in the recording, at least.
const REPORTS: u64 = 1_000_000;
/// Days are simulated with other seeds until there are so many; each begins when the one before has ended.
const DAYS: u64 = 40;

fn main() {
    let small = std::env::args().any(|arg| arg == "--test");
    let [vessels, wanted] = ["--vessels", "--reports"].map(argument);
    let (least, runs) = match (small, vessels) {
        (true, _) => (1, 1),
        (false, Some(_)) => (wanted.unwrap_or(REPORTS), 1),
        (false, None) => (REPORTS, 5),
    };
    let exercise = Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-data/port-of-spain");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("folder");
    let path = folder.path().join("busy.nmea");
    let lines = match vessels {
        Some(vessels) => record_state(&path, vessels, least),
        None => record(&exercise, &path, least),
    };
    let main = exercise.join("vigie.toml");
    let (config, _) =
        config::load_or_shipped(Some(&main)).unwrap_or_else(|errors| panic!("{}", config::lines(&errors)));
    let text = std::fs::read(&path).expect("reads");
    println!(
        "{lines} lines, {:.0} MB, {} zones",
        text.len() as f64 / 1e6,
        config.setup.geography.zones.len()
    );

    let other = with_another_limit(&config);
    let (mut whole, mut bare, mut reports) = (Vec::new(), Vec::new(), 0);
    let (mut compared, mut swept) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let started = Instant::now();
        reports = run(&path, &config);
        whole.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        assert_eq!(floor(black_box(&text)), lines, "every line's sum is right");
        bare.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        compare(&path, [config.clone(), other.clone()]);
        compared.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        assert_eq!(sweep(&path, &config), 8);
        swept.push(started.elapsed().as_secs_f64());
    }
    assert!(reports >= least, "{reports} reports");
    let (whole, bare) = (median(whole), median(bare));
    println!(
        "replay  {:>12.0} reports/s {:>8.0} ns a report",
        reports as f64 / whole,
        whole / reports as f64 * 1e9
    );
    println!("floor   {:>12.0} lines/s   {:>8.0} ns a line", lines as f64 / bare, bare / lines as f64 * 1e9);
    println!("replay takes {:.1} times the floor's time", whole / bare);
    println!("compare takes {:.2} times a replay's time", median(compared) / whole);
    println!("sweep of 8 values takes {:.2} times a replay's time", median(swept) / whole);
}

/// Limit whose values are tried, of the first rule for loitering.
const TRIED: &str = "min_duration=40,50,60,70,80,90,100,110 min";

/// Returns the configuration with another limit of one rule.
fn with_another_limit(config: &Config) -> Config {
    let mut other = config.clone();
    let at = loitering(config);
    let axis = Axis::read(&other.setup.rules[at], "min_duration=110 min").expect("a limit");
    other.setup.rules[at] =
        config::trial::with_limits(&config.setup.rules[at], &[(axis.limit.name, axis.values[0].clone())])
            .expect("values fit");
    other
}

fn loitering(config: &Config) -> usize {
    config.setup.rules.iter().position(|rule| rule.pattern == "loitering").expect("a rule")
}

/// Compares two configurations over a recording.
fn compare(path: &Path, configs: [Config; 2]) {
    let paths = [PathBuf::from(path)];
    let question = Question {
        recordings: &paths,
        options: recording::Options::default(),
        configs: Configs::Each(&configs),
        most: usize::MAX,
        cancel: Cancel::default(),
    };
    black_box(trial::run(question, |_, _, _| ()).expect("runs"));
}

/// Sweeps a limit over a recording; how many values.
fn sweep(path: &Path, config: &Config) -> usize {
    let rule = &config.setup.rules[loitering(config)];
    let axis = Axis::read(rule, TRIED).expect("values");
    let plan = Plan::new(config, rule, vec![axis]).expect("fits");
    let paths = [PathBuf::from(path)];
    let options = recording::Options::default();
    let sweep = plan.run(&paths, options, None, usize::MAX, &Cancel::default(), |_, _, _| ());
    sweep.expect("runs").rows.len()
}

/// Returns the number after a name on the command line.
fn argument(name: &str) -> Option<u64> {
    std::env::args().skip_while(|argument| argument != name).nth(1)?.parse().ok()
}

/// Writes the traffic of a State: vessels on straight legs of half an hour. Returns how many lines.
fn record_state(path: &Path, vessels: u64, reports: u64) -> u64 {
    const START_MS: u64 = 1_767_240_000_000;
    const EVERY_S: u64 = 10;
    // Splitmix64 (Steele, Lea and Flood 2014): what differs in one bit has nothing in common.
    let share = |of: u64, salt: u64| {
        let mut mixed = (of << 16 | salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) >> 40) as f64 / (1 << 24) as f64
    };
    let mut places: Vec<Place> = (0..vessels)
        .map(|n| Place { lon: -63.0 + 4.0 * share(n, 1), lat: 10.9 + 4.4 * share(n, 2) })
        .collect();
    let mut out = BufWriter::new(File::create(path).expect("creates"));
    let mut lines = 0;
    for round in 0..reports.div_ceil(vessels) {
        for (n, place) in (0..vessels).zip(&mut places) {
            let ms = START_MS + (round * EVERY_S * 1000) + n * EVERY_S * 1000 / vessels;
            let sog_kn = if share(n, 3) < 0.3 { 0.0 } else { 4.0 + 14.0 * share(n, 4) };
            let cog_deg = (360.0 * share(n, 5 + round / 180)).round();
            let moved = sog_kn * EVERY_S as f64 / 3600.0 / 60.0;
            place.lat += moved * cog_deg.to_radians().cos();
            place.lon += moved * cog_deg.to_radians().sin() / place.lat.to_radians().cos();
            let second = (ms / 1000 % 60) as u8;
            let fix = Fix { place: *place, sog_kn, cog_deg, heading_deg: Some(cog_deg), second };
            let message = position_a(316_000_000 + n as u32, if sog_kn == 0.0 { 1 } else { 0 }, fix);
            writeln!(out, "{}", sentences(&message, "state", ms as i64, 0, b'A')).expect("writes");
            lines += 1;
        }
    }
    out.flush().expect("writes");
    lines
}

/// Days of the exercise one after the other; how many lines.
fn record(exercise: &Path, path: &Path, least: u64) -> u64 {
    let mut scenario = Scenario::read(&exercise.join("scenario.toml")).expect("the shipped scenario");
    let mut out = BufWriter::new(File::create(path).expect("creates"));
    let mut lines = 0;
    for day in 0..DAYS {
        for line in scenario::simulate(&scenario, scenario.seed + day) {
            writeln!(out, "{}", line.text).expect("writes");
            lines += line.text.split('\n').count() as u64;
        }
        if lines >= least + least / 4 {
            break;
        }
        scenario.start = scenario.start + scenario.duration + Span::from_secs(3600);
    }
    out.flush().expect("writes");
    lines
}

/// The library's replay, from opening the file to the last event.
fn run(path: &Path, config: &Config) -> u64 {
    let paths = [PathBuf::from(path)];
    let recording = Recording::open(&paths, recording::Options::default()).expect("opens");
    let options = Options { quiet: true, ..Options::default() };
    let summary = replay::replay(recording, config, options, |event| {
        black_box(event);
        Ok(())
    });
    summary.expect("replays").reports
}

/// Lines of which every checksum is right: of the TAG block, and of the sentence.
fn floor(text: &[u8]) -> u64 {
    let (mut rest, mut lines) = (text, 0);
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let line = rest[..end].trim_ascii_end();
        let close = memchr::memrchr(b'\\', line).map_or(0, |at| at + 1);
        let (tag, sentence) = line.split_at(close);
        let tag_is_right = tag.len() < 2 || is_summed(&tag[1..tag.len() - 1]);
        lines += u64::from(tag_is_right && sentence.len() > 1 && is_summed(&sentence[1..]));
        rest = &rest[end + 1..];
    }
    lines
}

fn is_summed(text: &[u8]) -> bool {
    let Some((body, [b'*', high, low])) = text.split_last_chunk::<3>() else { return false };
    let mut wide = 0;
    let chunks = body.chunks_exact(8);
    let narrow = chunks.remainder().iter().fold(0, |sum, byte| sum ^ byte);
    for chunk in chunks {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        wide ^= u64::from_ne_bytes(eight);
    }
    let sum = wide.to_ne_bytes().iter().fold(narrow, |sum, byte| sum ^ byte);
    let digit = |c: u8| (c as char).to_digit(16);
    digit(*high).zip(digit(*low)).is_some_and(|(high, low)| high << 4 | low == u32::from(sum))
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
