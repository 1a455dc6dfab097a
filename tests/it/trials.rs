//! Trials of rules in the background, asked of a running watch that records.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::console::Console;
use crate::process::Vigie;
use crate::support::brokers::Mosquitto;
use crate::support::probe::Probe;
use crate::support::vessels::{self, TOPIC};

/// Latency of an alert that no watch under a trial exceeds: far above what a noisy machine adds, and far below what a trial takes that
/// holds the engine.
const SOON: Duration = Duration::from_secs(20);

/// A watch that records into a folder, with a rule that needs a radar besides.
async fn watch(mosquitto: &Mosquitto, folder: &Path) -> (Console, Probe) {
    let port = vigie::mqtt::broker::free_port().expect("a port");
    let broker = mosquitto.port;
    let url = format!("url = \"mqtt://127.0.0.1:{broker}\"\n[http]\nlisten = \"127.0.0.1:{port}\"");
    let config = vessels::write_config(folder, &url).display().to_string();
    let rules = std::fs::read_to_string(folder.join("rules.toml")).expect("reads");
    let dark = "\n[[rule]]\nname = \"dark\"\npattern = \"dark-target\"\nseverity = \"moderate\"\n";
    std::fs::write(folder.join("rules.toml"), rules + dark).expect("writes");
    let record = folder.join("recorded");
    std::fs::create_dir_all(&record).expect("folder");
    let record = record.display().to_string();
    let probe = Probe::new(&vigie::mqtt::broker::on_loopback(broker), "probe", "vigie/#").await;
    let vigie = Vigie::start(&["run", "-c", &config, "--record", &record], None);
    let console = Console::of(vigie, port);
    probe.wait_for("/status", r#""state":"connected""#).await;
    (console, probe)
}

/// The alert's row of a vessel that enters the area, and how long it took from the last report to the row.
async fn enter(console: &Console, probe: &mut Probe, mmsi: u32) -> Duration {
    let [outside, inside, dwelt] = vessels::entry(mmsi, 0);
    probe.publish(TOPIC, outside).await;
    probe.publish(TOPIC, inside).await;
    let started = Instant::now();
    probe.publish(TOPIC, dwelt).await;
    let key = format!("mmsi:{mmsi}");
    let shown = async |console: &Console| console.get("/alerts").await.to_string().contains(&key);
    console.until("shown", shown).await;
    started.elapsed()
}

async fn begin(console: &Console, asked: &Value) -> String {
    let (status, body) = console.post("/rules/trials", &asked.to_string()).await;
    assert_eq!(status, 202, "{body}");
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    answer["trial"].as_str().expect("an id").to_owned()
}

/// The trial, once it is in a stage.
async fn at(console: &Console, id: &str, stage: &str) -> Value {
    let path = format!("/rules/trials/{id}");
    console.until(stage, async |console| console.get(&path).await["stage"] == stage).await;
    console.get(&path).await
}

fn change(rule: &str, limit: &str, value: &str) -> Value {
    json!([{"rule": rule, "limit": limit, "value": value}])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_finds_what_vanishes_and_changes_nothing() {
    let (mosquitto, folder) =
        (Mosquitto::start("allow_anonymous true\n"), tempfile::tempdir().expect("folder"));
    let (console, mut probe) = watch(&mosquitto, folder.path()).await;
    let nothing = json!({"changes": change("area", "dwell", "1 h"), "recordings": ["none.mcap"]});
    let (status, body) = console.post("/rules/trials", &nothing.to_string()).await;
    assert!(status == 422 && body.contains("nothing is recorded here"), "{status} {body}");
    enter(&console, &mut probe, 314_001_000).await;
    // A chunk of the recording is on disk a second after it begins.
    let is_recorded = async |console: &Console| {
        console.get("/rules/recordings").await[0]["bytes"].as_u64().unwrap_or_default() > 400
    };
    console.until("recorded", is_recorded).await;
    let before = std::fs::read_to_string(folder.path().join("rules.toml")).expect("reads");
    let asked = json!({"changes": change("area", "dwell", "1 h"), "hours": 1});
    let trial = at(&console, &begin(&console, &asked).await, "done").await;
    let comparison = &trial["comparison"];
    assert_eq!(comparison["schema"], "vigie.compare/1", "{trial}");
    assert_eq!(trial["differences"], json!({"appear": 0, "vanish": 1, "change": 0}), "{trial}");
    assert_eq!(comparison["vanish"][0]["rule"], "area");
    assert_eq!((&trial["progress"], &trial["needs_second_yes"]), (&json!(1.0), &json!(false)));
    assert_eq!(std::fs::read_to_string(folder.path().join("rules.toml")).expect("reads"), before);
    a_silent_track_is_explained_by_the_recordings(&console).await;
    a_trial_runs_over_what_is_uploaded(&console).await;

    // The recordings have no radar: that is said before anything runs.
    let asked = json!({"changes": change("dark", "min_duration", "1 min"), "hours": 1});
    let trial = at(&console, &begin(&console, &asked).await, "refused").await;
    let why = trial["error"].as_str().expect("a reason");
    assert!(why.contains("no radar detection") && why.contains("rule \"dark\" can raise nothing"), "{why}");
    for (asked, words) in [
        (json!({"changes": [], "hours": 1}), "nothing is changed"),
        (
            json!({"changes": [], "sweep": {"rule": "area", "limit": "dwel", "values": [1, 2]}}),
            "did you mean",
        ),
        (
            json!({"changes": [], "sweep": {"rule": "area", "limit": "dwell", "values": [60]}}),
            "none of these values",
        ),
        (json!({"changes": change("aera", "dwell", "1 h")}), "did you mean"),
        (json!({"changes": change("area", "dwell", "7 nm")}), "duration"),
        (json!({"changes": change("area", "dwell", "1 h"), "hours": -1}), "hours are from"),
    ] {
        let (status, body) = console.post("/rules/trials", &asked.to_string()).await;
        assert!(status == 422 && body.contains(words), "{asked}: {status} {body}");
    }
    assert_eq!(console.get("/rules/trials").await.as_array().map(Vec::len), Some(4));
}

/// A vessel that was heard before somebody asked: the recordings say what the rules found.
async fn a_silent_track_is_explained_by_the_recordings(console: &Console) {
    let place = console.get("/tracks").await["tracks"][0][0].as_u64().expect("a place");
    let why = console.get(&format!("/tracks/{place}/why")).await;
    assert_eq!((&why["is_recorded"], &why["unknown"]), (&true.into(), &Value::Null), "{why}");
    assert_eq!(why["rules"][0]["outcome"], "raised", "{why}");
}

/// Recordings that somebody brings: tried, swept, bounded and removed.
async fn a_trial_runs_over_what_is_uploaded(console: &Console) {
    let session = console.get("/session").await;
    let token = format!("X-Vigie-Token: {}\r\n", session["token"].as_str().expect("a token"));
    let lines: Vec<String> = (0..3).flat_map(|n| vessels::entry(314_200_000 + n, 0)).collect();
    let put = async |name: &str, body: &str| {
        console.ask("PUT", &format!("/rules/recordings/{name}"), &token, body).await
    };
    let (status, body) = put("night.nmea", &lines.join("\n")).await;
    assert!(status == 201 && body.contains("\"uploaded\":true"), "{status} {body}");
    assert_eq!(console.ask("PUT", "/rules/recordings/night.nmea", "", "x").await.0, 403, "without the token");
    for (name, status) in [("..%2Frules.toml", 422), (".hidden", 422), ("empty.nmea", 422)] {
        let body = if name == "empty.nmea" { "" } else { "x" };
        assert_eq!(put(name, body).await.0, status, "{name}");
    }
    let asked = json!({"changes": change("area", "dwell", "1 h"), "recordings": ["night.nmea"]});
    let trial = at(console, &begin(console, &asked).await, "done").await;
    assert_eq!(trial["differences"], json!({"appear": 0, "vanish": 3, "change": 0}), "{trial}");

    let sweep = json!({"rule": "area", "limit": "dwell", "values": [30, 3600, -1]});
    let asked = json!({"sweep": sweep, "recordings": ["night.nmea"]});
    let trial = at(console, &begin(console, &asked).await, "done").await;
    let values = trial["swept"]["values"].as_array().expect("values");
    let found: Vec<(&Value, &Value, &Value)> =
        values.iter().map(|value| (&value["value"], &value["in_force"], &value["alerts"])).collect();
    let expected = [(json!(60.0), true, 3), (json!(30.0), false, 3), (json!(3600.0), false, 0)];
    let expected: Vec<_> = expected.into_iter().map(|(a, b, c)| (a, json!(b), json!(c))).collect();
    assert_eq!(found, expected.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>(), "{trial}");
    assert!(trial["comparison"].is_null() && trial["differences"].is_null(), "{trial}");

    assert_eq!(console.ask("DELETE", "/rules/recordings/night.nmea", &token, "").await.0, 204);
    assert_eq!(console.ask("DELETE", "/rules/recordings/night.nmea", &token, "").await.0, 404);
    let left = console.get("/rules/recordings").await;
    assert!(left.as_array().expect("a list").iter().all(|one| one["uploaded"] == false), "{left}");
}

/// The trial's thread has the lowest priority, alerts come as soon as without it, and it can be cancelled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_never_disturbs_the_watch() {
    let (mosquitto, folder) =
        (Mosquitto::start("allow_anonymous true\n"), tempfile::tempdir().expect("folder"));
    let (console, mut probe) = watch(&mosquitto, folder.path()).await;
    // Reports of an hour by 500 vessels: work for far longer than this test takes.
    let lines = (0..400).flat_map(|round| {
        (0..500).map(move |vessel| vessels::report(314_100_000 + vessel, false, round * 10) + "\n")
    });
    let long: String = lines.collect();
    let recorded = folder.path().join("recorded/ragged-point.nmea");
    std::fs::write(&recorded, long).expect("writes");
    let asked = json!({"changes": change("area", "dwell", "1 h"), "recordings": ["ragged-point.nmea"]});
    let id = begin(&console, &asked).await;
    at(&console, &id, "running").await;
    let niceness = niceness_of(console.vigie.pid(), "trial");
    let waiting = begin(&console, &asked).await;
    assert_eq!(at(&console, &waiting, "waiting").await["progress"], 0.0, "one at a time");
    for mmsi in 314_001_000..314_001_003 {
        let took = enter(&console, &mut probe, mmsi).await;
        assert!(took < SOON, "an alert took {took:?} during a trial");
    }
    assert!(niceness.is_none_or(|niceness| niceness == 19), "{niceness:?}");
    for id in [&waiting, &id] {
        let session = console.get("/session").await;
        let token = format!("X-Vigie-Token: {}\r\n", session["token"].as_str().expect("a token"));
        assert_eq!(console.ask("DELETE", &format!("/rules/trials/{id}"), &token, "").await.0, 204);
    }
    at(&console, &waiting, "cancelled").await;
    let path = format!("/rules/trials/{id}");
    let over = async |console: &Console| {
        let stage = console.get(&path).await["stage"].clone();
        stage == "cancelled" || stage == "done"
    };
    console.until("over", over).await;
}

/// Niceness of a thread of a process, by its name; `None` where it is over.
fn niceness_of(pid: u32, name: &str) -> Option<i64> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let of = |thread: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).ok()?;
        let (about, rest) = stat.split_once(") ")?;
        let is_it = about.ends_with(&format!("({name}"));
        // After the name: state is field 3, niceness field 19.
        is_it.then(|| rest.split(' ').nth(16)?.parse().ok()).flatten()
    };
    threads.flatten().find_map(of)
}
