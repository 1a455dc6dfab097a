//! The exercises that ship raise what they say they raise: one all its behaviours, the other, with every decoy, nothing.
//! With `UPDATE_GOLDEN=1` the expected alerts are written anew, for `git diff` to judge.

use std::path::{Path, PathBuf};
use std::process::Command;

fn vigie(args: &[&Path]) -> Vec<u8> {
    let done = Command::new(env!("CARGO_BIN_EXE_vigie")).args(args).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

/// Simulated, replayed and scored.
fn play(name: &str) -> (String, serde_json::Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-data").join(name);
    let work = tempfile::tempdir().unwrap();
    let at = |file: &str| -> PathBuf { work.path().join(file) };
    let (recording, truth, alerts) = (at("exercise.nmea"), at("truth.json"), at("alerts.jsonl"));
    let path = Path::new;
    vigie(&[
        path("simulate"),
        &folder.join("scenario.toml"),
        path("--out"),
        &recording,
        path("--truth"),
        &truth,
    ]);
    assert_eq!(
        std::fs::read(&truth).unwrap(),
        std::fs::read(folder.join("truth.json")).unwrap(),
        "the truth that ships"
    );
    let config = folder.join("vigie.toml");
    let raised = vigie(&[path("replay"), path("-c"), &config, path("--exercise"), path(name), &recording]);
    std::fs::write(&alerts, &raised).unwrap();
    let score = vigie(&[path("score"), &alerts, path("--truth"), &truth]);
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
fn a_busy_day_off_port_of_spain_raises_nothing() {
    let (raised, _) = play("port-of-spain");
    assert_eq!(raised, "");
}
