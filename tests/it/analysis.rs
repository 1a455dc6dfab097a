//! Comparisons, sweeps and explanations on the exercises that ship, against plain replays of the same recordings.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn vigie(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vigie")).args(args).output().unwrap()
}

fn done(args: &[&str]) -> String {
    let done = vigie(args);
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-data").join(name)
}

/// An exercise in a folder of the test: its recording, its truth, and its configuration, whose rules are copies to be edited.
struct Exercise {
    work: tempfile::TempDir,
    recording: String,
    truth: String,
}

impl Exercise {
    fn new(name: &str) -> Exercise {
        let work = tempfile::tempdir().unwrap();
        let path = |file: &str| work.path().join(file).display().to_string();
        let (recording, truth) = (path("exercise.mcap"), path("truth.json"));
        let scenario = shipped(name).join("scenario.toml").display().to_string();
        done(&["simulate", &scenario, "--out", &recording, "--truth", &truth]);
        let exercise = Exercise { work, recording, truth };
        exercise.config(name, "before", &[]);
        exercise
    }

    /// Writes a configuration with other values of limits: file, key, value. Each limit has to be there.
    fn config(&self, name: &str, folder: &str, limits: &[(&str, &str, &str)]) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let to = self.work.path().join(folder);
        std::fs::create_dir_all(to.join("rules")).unwrap();
        for file in std::fs::read_dir(root.join("config/rules")).unwrap().map(Result::unwrap) {
            let mut text = std::fs::read_to_string(file.path()).unwrap();
            for (_, key, value) in limits.iter().filter(|(of, ..)| file.file_name() == *of) {
                let is_it = |line: &&str| line.starts_with(key) && line.contains('=');
                let line = text.lines().find(is_it).expect("the limit is in the file").to_owned();
                text = text.replacen(&line, &format!("{key} = {value}"), 1);
            }
            std::fs::write(to.join("rules").join(file.file_name()), text).unwrap();
        }
        let own = shipped(name);
        for file in ["lists.toml", "zones.geojson"] {
            std::fs::copy(own.join(file), to.join(file)).unwrap();
        }
        let shared = root.join("config").display().to_string();
        let main = std::fs::read_to_string(own.join("vigie.toml")).unwrap();
        let main =
            main.replace("../../config/rules/", "rules/").replace("../../config/", &format!("{shared}/"));
        std::fs::write(to.join("vigie.toml"), main).unwrap();
        to.display().to_string()
    }

    fn raised(&self, config: &str) -> Vec<Value> {
        let main = format!("{config}/vigie.toml");
        let lines = done(&[&["replay", &self.recording, "-c", &main], &WINDOW[..]].concat());
        let events =
            lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["properties"].clone());
        events.filter(|event| event["phase"] == "raised").collect()
    }
}

fn count(alerts: &[Value], rule: &str) -> usize {
    alerts.iter().filter(|alert| alert["rule"] == rule).count()
}

const NAME: &str = "barbados-saint-lucia";
/// Part of the exercise in which a vessel stays for the hour that the rule asks for.
const WINDOW: [&str; 4] = ["--from", "2026-03-14T22:00:00Z", "--until", "2026-03-14T23:20:00Z"];
const RULE: &str = "loitering-territorial-sea";
/// A stay that no vessel of the exercise makes.
const TOO_LONG: (&str, &str, &str) = ("loitering.toml", "min_duration", "'3 h'");

/// One exercise, simulated once and replayed with two configurations, serves all that follows: simulation and replays are what a
/// test of this kind costs.
#[test]
fn trials_have_what_plain_replays_have() {
    let exercise = Exercise::new(NAME);
    let before = exercise.work.path().join("before").display().to_string();
    let after = exercise.config(NAME, "after", &[TOO_LONG]);
    let (old, new) = (exercise.raised(&before), exercise.raised(&after));
    assert!(
        count(&old, RULE) > 0 && count(&new, RULE) == 0,
        "{} and {}",
        count(&old, RULE),
        count(&new, RULE)
    );
    a_configuration_is_the_same_as_itself(&exercise, &before, &old);
    a_comparison_has_what_two_replays_have(&exercise, [&before, &after], [&old, &new]);
    a_sweep_raises_at_each_value_what_a_replay_with_it_raises(&exercise, &before, [&old, &new]);
    let alert = old.iter().find(|alert| alert["rule"] == RULE).expect("one");
    an_explanation_names_the_condition_that_kept_an_alert_back(&exercise, [&before, &after], alert);
    wrong_names_and_lacking_sensors_are_told_before_anything_runs(&exercise, &before);
}

fn a_configuration_is_the_same_as_itself(exercise: &Exercise, config: &str, raised: &[Value]) {
    let args =
        ["compare", &exercise.recording, "--before", config, "--after", config, "--json", "--exit-code"];
    let same: Value = serde_json::from_str(&done(&[&args[..], &WINDOW].concat())).unwrap();
    assert_eq!(same["same"], raised.len());
    let none = Value::Array(Vec::new());
    assert_eq!((&same["appear"], &same["vanish"], &same["change"]), (&none, &none, &none));
}

fn a_comparison_has_what_two_replays_have(
    exercise: &Exercise,
    [before, after]: [&str; 2],
    [old, new]: [&[Value]; 2],
) {
    let html = exercise.work.path().join("report.html").display().to_string();
    let args = ["--json", "--exit-code", "--truth", &exercise.truth, "--html", &html];
    let ran = vigie(
        &[&["compare", &exercise.recording, "--before", before, "--after", after], &args[..], &WINDOW]
            .concat(),
    );
    assert_eq!(ran.status.code(), Some(3), "{}", String::from_utf8_lossy(&ran.stderr));
    let found: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(
        (&found["before"]["alerts"], &found["after"]["alerts"]),
        (&old.len().into(), &new.len().into())
    );
    assert_eq!(found["rules"][RULE]["rule"], "changed");
    assert_eq!(found["rules"][RULE]["vanish"], count(old, RULE));
    let recall = |side: &str| found[side]["score"]["recall"].as_f64().unwrap();
    assert!(recall("after") < recall("before"), "{} and {}", recall("after"), recall("before"));
    let vanished = found["vanish"].as_array().unwrap();
    assert!(vanished.iter().any(|alert| alert["rule"] == RULE && alert["is_true"] == true), "{vanished:?}");
    let page = std::fs::read_to_string(&html).unwrap();
    for wanted in ["<svg", "EXERCISE", RULE, "class=\"vanish\""] {
        assert!(page.contains(wanted), "{wanted}");
    }
    for foreign in ["<script", "http://", "https://", "src="] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.len() < 4_000_000, "{} bytes", page.len());
}

fn a_sweep_raises_at_each_value_what_a_replay_with_it_raises(
    exercise: &Exercise,
    before: &str,
    [old, new]: [&[Value]; 2],
) {
    let html = exercise.work.path().join("sweep.html").display().to_string();
    let limit = ["--rule", RULE, "--limit", "min_duration=2..3/1 h"];
    let args = ["--truth", &exercise.truth, "--json", "--html", &html];
    let ran = done(&[&["sweep", &exercise.recording, "-c", before], &limit[..], &args[..], &WINDOW].concat());
    let sweep: Value = serde_json::from_str(&ran).unwrap();
    let rows = sweep["rows"].as_array().unwrap();
    let (first, last) = (&rows[0], rows.last().unwrap());
    assert_eq!((&first["in_force"], &first["alerts"]), (&true.into(), &count(old, RULE).into()));
    assert_eq!((&last["values"][0], &last["alerts"]), (&"3 h".into(), &count(new, RULE).into()));
    assert_eq!(rows.iter().filter(|row| row["in_force"] == true).count(), 1);
    assert_eq!(last["score"]["recall"], 0.0);
    assert!(first["score"]["recall"].as_f64().unwrap() > 0.0);
    assert!(std::fs::read_to_string(&html).unwrap().contains("<polyline"));
}

fn an_explanation_names_the_condition_that_kept_an_alert_back(
    exercise: &Exercise,
    [before, after]: [&str; 2],
    alert: &Value,
) {
    let (who, at) = (alert["subjects"][0]["track"].as_str().unwrap(), alert["time"].as_str().unwrap());
    let about = |config: &str, json: &[&str]| {
        let args = ["--vessel", who, "--at", at, "--rule", RULE];
        done(&[&["explain", &exercise.recording, "-c", config], &args[..], json, &WINDOW].concat())
    };
    let told: Value = serde_json::from_str(&about(before, &["--json"])).unwrap();
    let timeline = told["rules"][0]["timeline"].as_array().unwrap();
    let raising = timeline.iter().find(|judged| judged["outcome"] == "raised").expect("the raising");
    assert_eq!((&raising["time"], &raising["first_unmet"]), (&alert["time"], &Value::Null));
    let conditions = raising["conditions"].as_array().unwrap();
    let lasted = conditions.iter().find(|c| c["name"] == "min_duration").unwrap();
    let (traced, told_s) = (lasted["value"].as_f64().unwrap(), &alert["measured"]["min_duration_s"]);
    assert_eq!(Some(traced.round()), told_s.as_f64(), "the alert and the trace measure the same");

    let told: Value = serde_json::from_str(&about(after, &["--json"])).unwrap();
    let judgement = &told["rules"][0]["judgement"];
    assert_eq!(
        (&judgement["first_unmet"], &judgement["outcome"]),
        (&"min_duration".into(), &"not-met".into())
    );
    let html = exercise.work.path().join("why.html").display().to_string();
    let text = about(after, &["--html", &html]);
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(page.contains("<polyline points=\"") && page.contains("the time that is asked about"), "a map");
    let trail = told["trails"][0].as_array().unwrap();
    assert!(trail.len() > 10 && trail.iter().all(|point| point[0].as_str() >= told["window"][0].as_str()));
    assert!(page.contains("NOT MET") && page.contains("<rect class=\"vanish\"") && !page.contains("src="));
    assert!(text.contains("NOT MET min_duration:") && text.contains("asked ≥ 3 h"), "{text}");
    let nobody = ["--vessel", "NO SUCH SHIP", "--at", at];
    let nobody = vigie(&[&["explain", &exercise.recording, "-c", before], &nobody[..], &WINDOW].concat());
    assert_eq!(nobody.status.code(), Some(1));
}

fn wrong_names_and_lacking_sensors_are_told_before_anything_runs(exercise: &Exercise, config: &str) {
    let refused = |args: &[&str], wanted: &str| {
        let ran = vigie(&[&["sweep", &exercise.recording, "-c", config], args, &WINDOW].concat());
        let told = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(2), "{told}");
        assert!(told.contains(wanted), "{told}");
        assert!(ran.stdout.is_empty());
    };
    refused(&["--rule", "gofast", "--limit", "min_speed=20,30"], "did you mean \"go-fast\"?");
    refused(&["--rule", "go-fast", "--limit", "min_sped=20,30"], "did you mean \"min_speed\"?");
    refused(&["--rule", "go-fast", "--limit", "min_speed=20..30"], "FROM..TO/STEP");
    refused(
        &["--rule", "dark-inbound-fast", "--limit", "min_speed=20,30"],
        "the recordings have no radar detection",
    );
    let args = ["compare", &exercise.recording, "--before", config, "--after", config, "--most", "0"];
    let stopped = vigie(&[&args[..], &WINDOW].concat());
    assert_eq!(stopped.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&stopped.stdout).contains("stopped at"));
}
