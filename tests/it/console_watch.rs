//! What officers read on the console under way: silences, the time of an exercise, zones that are reloaded.

use crate::console::{Console, next};
use crate::support::brokers::Mosquitto;
use crate::support::probe::Probe;
use crate::support::vessels::{self, START_MS, TOPIC};

/// Publishes the reports of a vessel that enters the area, and waits for the row of the alert.
async fn enter(console: &Console, probe: &mut Probe, prefix: &str) -> String {
    for line in vessels::entry(314_001_000, 0) {
        probe.publish(&format!("{prefix}{TOPIC}"), line).await;
    }
    console.until("shown", async |console| console.get("/alerts").await[0]["number"] == 1).await;
    console.get("/alerts").await[0]["alert"]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silence_is_told_to_every_page_and_can_be_ended() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let mut probe = Probe::new(&vigie::mqtt::broker::on_loopback(mosquitto.port), "probe", "vigie/#").await;
    let console = Console::start(mosquitto.port, &[]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    enter(&console, &mut probe, "").await;
    let mut stream = console.stream().await;
    assert_eq!(next(&mut stream, "silences").await, serde_json::json!([]));
    let silence = |minutes: u32| {
        format!(r#"{{"action":"silence","subject":"mmsi:314001000","minutes":{minutes},"by":"Lt Clarke"}}"#)
    };
    assert_eq!(console.act(&silence(60)).await, 202);
    let told = next(&mut stream, "silences").await;
    assert!(told.to_string().contains(r#""by":"Lt Clarke""#), "{told}");
    assert_eq!(told[0]["name"], "MMSI 314001000");
    let brief = console.ask("GET", "/brief", "", "").await.1;
    assert!(brief.contains("  MMSI 314001000 until ") && brief.contains("by Lt Clarke"), "{brief}");
    assert_eq!(console.act(&silence(0)).await, 202);
    assert_eq!(next(&mut stream, "silences").await, serde_json::json!([]));
    let log = console.get("/log").await;
    assert_eq!(log[0]["text"], "ended the silence about MMSI 314001000");
    assert_eq!(log[1]["text"], "silenced MMSI 314001000 for 1 h 0 min");
    let brief = console.ask("GET", "/brief", "", "").await.1;
    assert!(brief.contains("SILENCED\n  nobody"), "{brief}");
}

/// Alerts, actions, log and brief of an exercise have the times of its reports, whatever this machine's clock says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exercise_has_one_clock() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let mut probe = Probe::new(&vigie::mqtt::broker::on_loopback(mosquitto.port), "probe", "vigie/#").await;
    let console = Console::start(mosquitto.port, &["--exercise", "dawn"]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    let id = enter(&console, &mut probe, "vigie/exercise/dawn/").await;
    let during = START_MS..=START_MS + 3_600_000;
    let row = console.get("/alerts").await[0].clone();
    assert!(during.contains(&row["raised"].as_i64().expect("a time")), "{row}");
    let close = format!(
        r#"{{"action":"close","alerts":["{id}"],"outcome":"lawful","text":"a drill","by":"Lt Clarke"}}"#
    );
    assert_eq!(console.act(&close).await, 202);
    let closed = async |console: &Console| console.get("/alerts").await[0]["closed"]["by"] == "Lt Clarke";
    console.until("closed", closed).await;
    let log = console.get("/log").await;
    let times = log.as_array().expect("lines").iter().map(|line| line["time"].as_i64().expect("a time"));
    assert!(times.clone().all(|time| during.contains(&time)), "{log}");
    let brief = console.ask("GET", "/brief", "", "").await.1;
    assert!(brief.contains("RELIEF BRIEF bb-ops 2026-01-01T04:"), "{brief}");
    assert!(brief.contains("CLOSED, LAST 8 H 0 MIN: 1"), "{brief}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn zones_that_are_reloaded_reach_the_page() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let probe = Probe::new(&vigie::mqtt::broker::on_loopback(mosquitto.port), "probe", "vigie/#").await;
    let console = Console::start(mosquitto.port, &[]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    let mut stream = console.stream().await;
    next(&mut stream, "session").await;
    let path = console.folder.path().join("zones.geojson");
    let text = std::fs::read_to_string(&path).expect("reads");
    std::fs::write(&path, text.replace("13.2", "13.3")).expect("writes");
    let tag = next(&mut stream, "map").await.as_str().expect("a tag").to_owned();
    let known = format!("If-None-Match: {tag}\r\n");
    assert_eq!(console.ask("GET", "/map/zones", &known, "").await.0, 304, "the page has the new zones");
}
