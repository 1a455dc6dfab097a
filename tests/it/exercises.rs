//! The exercises that ship raise what they say they raise: one all its behaviours, the other, with every decoy, nothing.
//! Their vessels stay on the water.
//! With `UPDATE_GOLDEN=1` the expected alerts are written anew, for `git diff` to judge.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use vigie::model::Span;
use vigie::scenario::file::Class;
use vigie::scenario::globe::Place;
use vigie::scenario::{Scenario, Truth};

fn vigie(args: &[&Path]) -> Vec<u8> {
    let done = Command::new(env!("CARGO_BIN_EXE_vigie")).args(args).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-data").join(name)
}

/// Simulated: the recording and the truth, which is the one that ships.
fn simulated(name: &str, work: &Path) -> (PathBuf, PathBuf) {
    let scenario = folder(name).join("scenario.toml");
    // What flies does not speak NMEA.
    let flies = std::fs::read_to_string(&scenario).unwrap().contains("\n[[receiver]]");
    let recording = work.join(if flies { "exercise.mcap" } else { "exercise.nmea.zst" });
    let truth = work.join("truth.json");
    let path = Path::new;
    vigie(&[path("simulate"), &scenario, path("--out"), &recording, path("--truth"), &truth]);
    let ships = folder(name).join("truth.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::copy(&truth, &ships).unwrap();
    }
    assert!(std::fs::read(&truth).unwrap() == std::fs::read(ships).unwrap(), "{name}: another truth ships");
    (recording, truth)
}

/// Takes the version of the rules away from alerts: any change of any rule is another version.
fn without_version(raised: &[u8]) -> Vec<u8> {
    let mut alerts = String::from_utf8(raised.to_vec()).unwrap();
    let key = "\"rules_version\":\"";
    while let Some(at) = alerts.find(key) {
        let value = at + key.len();
        let end = value + alerts[value..].find("\",").unwrap() + 2;
        assert_eq!(end - 2 - value, 12, "a version has 12 digits");
        alerts.replace_range(at..end, "");
    }
    alerts.into_bytes()
}

/// Simulated, replayed and scored.
fn play(name: &str) -> (String, serde_json::Value) {
    let work = tempfile::tempdir().unwrap();
    let (recording, truth) = simulated(name, work.path());
    replayed(name, &recording, &truth)
}

/// Replayed and scored.
fn replayed(name: &str, recording: &Path, truth: &Path) -> (String, serde_json::Value) {
    let folder = folder(name);
    let alerts = recording.with_file_name("alerts.jsonl");
    let path = Path::new;
    let config = folder.join("vigie.toml");
    let raised = vigie(&[path("replay"), path("-c"), &config, path("--exercise"), path(name), recording]);
    std::fs::write(&alerts, &raised).unwrap();
    let score = vigie(&[path("score"), &alerts, path("--truth"), truth]);
    let raised = without_version(&raised);
    let expected = folder.join("expected-alerts.jsonl");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&expected, &raised).unwrap();
    }
    assert!(
        std::fs::read(&expected).unwrap() == raised,
        "{name} raises other alerts than expected-alerts.jsonl"
    );
    (String::from_utf8(raised).unwrap(), serde_json::from_slice(&score).unwrap())
}

#[test]
fn south_of_barbados_every_behaviour_is_raised_and_nothing_else() {
    let (raised, score) = play("barbados-saint-lucia");
    assert!(
        raised.contains("\"exercise\":\"barbados-saint-lucia\"")
            || raised.contains("\"exercise\": \"barbados")
    );
    assert_eq!((&score["total"]["missed"], &score["total"]["false_alerts"]), (&0.into(), &0.into()));
    assert_eq!(score["total"]["matched"], 6);
}

#[test]
fn by_night_what_only_radars_see_is_raised() {
    for (name, patterns) in [
        ("mothership-barbados", ["dark-target", "go-fast"]),
        ("dark-approach-saint-lucia", ["dark-target", "shadowing"]),
    ] {
        let work = tempfile::tempdir().unwrap();
        let (recording, truth) = simulated(name, work.path());
        alerts_on_contacts_count(name, &truth);
        let (_, score) = replayed(name, &recording, &truth);
        for pattern in patterns {
            assert_eq!(score["patterns"][pattern]["missed"], 0, "{name} {pattern}");
        }
    }
}

/// Every behaviour without AIS has a contact of its own, and an alert on it under that contact's key counts.
fn alerts_on_contacts_count(name: &str, truth: &Path) {
    let told: Truth = serde_json::from_slice(&std::fs::read(truth).unwrap()).unwrap();
    let mut alerts = String::new();
    let due = told.behaviours.iter().filter(|b| b.subjects.len() == 1 && !b.optional);
    for b in due.clone() {
        let contact = told.contacts.iter().find(|c| c.subject == b.subjects[0] && c.to > b.from).unwrap();
        alerts += &json!({"properties": {"phase": "raised", "rule": b.pattern, "pattern": b.pattern,
            "onset": contact.from, "time": contact.to, "subjects": [{"track": contact.contact, "mmsi": null}]}})
        .to_string();
        alerts.push('\n');
    }
    let file = truth.with_file_name("contacts.jsonl");
    std::fs::write(&file, alerts).unwrap();
    let path = Path::new;
    let score = vigie(&[path("score"), &file, path("--truth"), truth]);
    let score: serde_json::Value = serde_json::from_slice(&score).unwrap();
    assert_eq!(score["total"]["matched"], due.count(), "{name}: {score}");
    assert_eq!(score["total"]["false_alerts"], 0, "{name}");
}

#[test]
fn the_drop_off_pedro_bank_is_raised_and_ordinary_traffic_is_not() {
    let (_, score) = play("air-drop-pedro-bank");
    for pattern in ["air-drop", "dark-aircraft", "transponder-loss", "unscheduled-landing", "squawk"] {
        assert_eq!(score["patterns"][pattern]["missed"], 0, "{pattern}");
        assert_eq!(score["patterns"][pattern]["matched"], 1, "{pattern}");
    }
    assert_eq!(score["total"]["false_alerts"], 0);
}

#[test]
fn the_busy_day_of_make_score_is_as_busy_as_it_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/busy-day/scenario.toml");
    let scenario = Scenario::read(&path).unwrap();
    let vessels = scenario.vessels.iter().map(|(v, _)| (v.class, 1));
    let all: Vec<(Class, u32)> =
        vessels.chain(scenario.fleets.iter().map(|(f, _)| (f.class, f.count))).collect();
    let dark = all.iter().filter(|(class, _)| *class == Class::None);
    let sum = |all: &mut dyn Iterator<Item = u32>| all.sum::<u32>();
    assert_eq!(
        (sum(&mut all.iter().map(|(_, n)| *n)), sum(&mut dark.map(|(_, n)| *n)), scenario.radars.len()),
        (300, 60, 3)
    );
}

#[test]
fn the_ordinary_coasts_have_life_sensors_and_planted_behaviours() {
    for coast in ["grenadines", "jamaica-south", "paria"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/ordinary").join(coast);
        let scenario = Scenario::read(&folder.join("scenario.toml")).unwrap();
        vigie(&[Path::new("check"), Path::new("-c"), &folder.join("vigie.toml")]);
        let fleets: u32 = scenario.fleets.iter().map(|(fleet, _)| fleet.count).sum();
        assert!((150..=700).contains(&fleets), "{coast}: {fleets}");
        assert!(scenario.stations.len() >= 3 && scenario.radars.len() >= 2, "{coast}");
        let planted = scenario.vessels.iter().filter(|(vessel, _)| vessel.act.is_some()).count();
        assert!(planted >= 15 && scenario.acts.len() >= 15, "{coast}: {planted}");
        let mut ordinary = scenario.clone();
        ordinary.ordinary_before(scenario.duration);
        assert!(ordinary.aircraft.iter().all(|one| one.expect.is_empty()), "{coast}");
        assert_eq!(ordinary.start + ordinary.duration, scenario.start, "{coast}");
    }
}

#[test]
fn a_busy_day_off_port_of_spain_raises_nothing() {
    let (raised, _) = play("port-of-spain");
    assert_eq!(raised, "");
}

/// The edges of the coast by bands of a hundredth of a degree of latitude.
type Coast = BTreeMap<i64, Vec<[(f64, f64); 2]>>;

fn band(lat: f64) -> i64 {
    (lat * 100.0).floor() as i64
}

fn coast() -> Coast {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/geo/coast.geojson");
    let coast: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut edges = Coast::new();
    for land in coast["features"].as_array().unwrap() {
        let ring = land["geometry"]["coordinates"][0].clone();
        let ring: Vec<(f64, f64)> = serde_json::from_value(ring).unwrap();
        for pair in ring.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            for at in band(from.1.min(to.1))..=band(from.1.max(to.1)) {
                edges.entry(at).or_default().push([from, to]);
            }
        }
    }
    edges
}

/// Distance of a place from the water, metres; 0 on the water.
fn metres_inland(coast: &Coast, at: Place) -> f64 {
    let crosses = |[(ax, ay), (bx, by)]: &&[(f64, f64); 2]| {
        (*ay > at.lat) != (*by > at.lat) && at.lon < (bx - ax) * (at.lat - ay) / (by - ay) + ax
    };
    let here = coast.get(&band(at.lat));
    let crossed = here.map_or(0, |edges| edges.iter().filter(crosses).count());
    if crossed.is_multiple_of(2) {
        return 0.0;
    }
    let (east, north) = (111_195.0 * at.lat.to_radians().cos(), 111_195.0);
    let local = |(lon, lat): (f64, f64)| ((lon - at.lon) * east, (lat - at.lat) * north);
    let near = coast.range(band(at.lat) - 6..=band(at.lat) + 6).flat_map(|(_, edges)| edges);
    near.fold(f64::INFINITY, |least, [from, to]| {
        let ((ax, ay), (bx, by)) = (local(*from), local(*to));
        let (dx, dy) = (bx - ax, by - ay);
        let share = (-(ax * dx + ay * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        least.min((ax + share * dx).hypot(ay + share * dy))
    })
}

/// Greatest distance that a vessel may be inland, metres: plans are straight legs, and the shipped coast is within 55 m.
const ASHORE_M: f64 = 200.0;
const LOOK_EVERY: Span = Span::from_secs(20);

#[test]
fn no_planned_vessel_of_an_exercise_is_on_land() {
    let coast = coast();
    for name in [
        "air-drop-pedro-bank",
        "barbados-saint-lucia",
        "caribsis-handover",
        "dark-approach-saint-lucia",
        "mothership-barbados",
        "port-of-spain",
    ] {
        let mut scenario = Scenario::read(&folder(name).join("scenario.toml")).unwrap();
        // Radars change nothing about where vessels are, and cost time. Of a lane only the middle is drawn: some ships of one cut a cape.
        (scenario.radars, scenario.clutter, scenario.fleets) = Default::default();
        let mut simulation = vigie::scenario::simulate(&scenario, scenario.seed);
        let mut next = scenario.start;
        while simulation.next().is_some() {
            if simulation.now() < next {
                continue;
            }
            next = simulation.now() + LOOK_EVERY;
            for (party, motion) in simulation.vessels() {
                let inland = metres_inland(&coast, motion.place);
                let (at, subject) = (simulation.now(), party.subject());
                assert!(
                    inland <= ASHORE_M,
                    "{name}: {subject} is {inland:.0} m inland at {at}: {:?}",
                    motion.place
                );
            }
        }
    }
}
