//! Whatever leaves a node is marked: exercise, node, State, marking, and to whom it may be released.

use std::process::Command;

use serde_json::Value;

use crate::console::Console;
use crate::support::brokers::Mosquitto;
use crate::support::probe::Probe;
use crate::support::vessels::{self, TOPIC};

/// Answers of the API that are no documents: parts of the page, which shows exercise and marking above all of them.
const OF_THE_PAGE: &[&str] = &[
    "/api/v1/coverage",
    "/api/v1/health",
    "/api/v1/lists",
    "/api/v1/log",
    "/api/v1/map/{layer}",
    "/api/v1/player",
    "/api/v1/rewind",
    "/api/v1/rules",
    "/api/v1/rules/back",
    "/api/v1/rules/log",
    "/api/v1/rules/recordings",
    "/api/v1/rules/trials",
    "/api/v1/rules/trials/{id}",
    "/api/v1/search",
    "/api/v1/session",
    "/api/v1/stream",
    "/api/v1/traces",
    "/api/v1/tracks",
    "/api/v1/tracks/{id}/trail",
    "/api/v1/tracks/{id}/why",
    "/api/v1/alerts/{id}/sharing",
    // A debrief needs the truth: its label is a field that its type requires.
    "/api/v1/debrief",
];
/// Answers of the API that somebody may pass on.
const DOCUMENTS: &[&str] = &["/api/v1/alerts", "/api/v1/brief", "/api/v1/export/{file}"];

/// Whether a text has every mark that it needs.
#[track_caller]
fn is_marked(what: &str, text: &str) {
    for mark in ["dawn", "restricted", "bb-ops", "BRB"] {
        let is_there = text.contains(mark) || text.contains(&mark.to_uppercase());
        assert!(is_there, "{what} lacks {mark}:\n{text}");
    }
    assert!(text.to_lowercase().contains("releasable"), "{what} does not say to whom it may go:\n{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_output_of_an_exercise_is_marked() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let config = vigie::mqtt::broker::on_loopback(mosquitto.port);
    let mut probe = Probe::new(&config, "probe", "vigie/#").await;
    let console = Console::start(mosquitto.port, &["--exercise", "dawn"]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    for line in vessels::entry(314_001_000, 0) {
        probe.publish(&format!("vigie/exercise/dawn/{TOPIC}"), line).await;
    }
    let alert = probe.wait_for("/alerts/", r#""phase":"raised""#).await;
    is_marked("the coordination channel", &alert.payload);
    assert!(alert.topic.contains("/exercise/dawn/"), "{}", alert.topic);
    console.until("shown", async |console| console.get("/alerts").await[0]["number"] == 1).await;

    console
        .until("in the picture", async |console| {
            console.ask("GET", "/export/tracks.csv", "", "").await.1.contains("314001000")
        })
        .await;

    // The description of the API names every answer there is: a new one is put into one of the two lists.
    let described: Value = console.get("/openapi.json").await;
    let paths = described["paths"].as_object().expect("paths");
    for path in
        paths.iter().filter(|(_, methods)| methods.get("get").is_some()).map(|(path, _)| path.as_str())
    {
        let known = OF_THE_PAGE.contains(&path) || DOCUMENTS.contains(&path);
        assert!(known, "{path} is a new output: mark it, and name it here");
    }
    // Position and time of the alert, and beside them where its subject is now.
    probe.publish(&format!("vigie/exercise/dawn/{TOPIC}"), vessels::report(314_001_000, true, 700)).await;
    let (event, now) = ("2026-01-01T04:11:10Z", "2026-01-01T04:11:40Z");
    let told = async |console: &Console| {
        let alerts = console.get("/export/alerts.geojson").await;
        let of = &alerts["features"][0]["properties"];
        of["live_time"] == now && of["time"] == event && of["live"][0]["position"].is_array()
    };
    console.until("exported with both", told).await;
    is_marked("alerts", &console.ask("GET", "/alerts", "", "").await.1);
    is_marked("the brief", &console.ask("GET", "/brief", "", "").await.1);
    for what in ["tracks", "alerts"] {
        for form in ["geojson", "kml", "csv"] {
            let (status, answer) = console.ask_whole("GET", &format!("/export/{what}.{form}"), "", "").await;
            assert_eq!(status, 200, "{what}.{form}");
            let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
            let name = format!("filename=\"EXERCISE-dawn_bb-ops_{what}_RESTRICTED.{form}\"");
            assert!(head.contains(&name), "{head}");
            is_marked(&format!("{what}.{form}"), body);
            let rows = body.lines().filter(|line| form == "csv" && line.contains("314001000"));
            rows.for_each(|row| assert!(row.contains("dawn") && row.contains("restricted"), "{row}"));
        }
    }
    let journal = console.folder.path().join("state-exercise-dawn/journal.db");
    let found = glob::glob(&format!("{}/**/journal.db", console.folder.path().display())).expect("a pattern");
    let journal = found.filter_map(Result::ok).next().unwrap_or(journal);
    let printed =
        Command::new(env!("CARGO_BIN_EXE_vigie")).args(["alerts", "--journal"]).arg(journal).output();
    is_marked("vigie alerts", &String::from_utf8_lossy(&printed.expect("runs").stdout));
}
