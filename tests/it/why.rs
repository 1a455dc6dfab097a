//! Why a track raises no alert, asked of a running watch and of a recording that is played.

use serde_json::Value;

use crate::console::Console;
use crate::process::Vigie;
use crate::support::brokers::Mosquitto;
use crate::support::probe::Probe;
use crate::support::vessels::{self, START_MS, TOPIC};

const MMSI: u32 = 314_001_000;

/// The track's place in the picture, once the picture shows it.
async fn place(console: &Console) -> u64 {
    let of = |tracks: &Value| tracks["tracks"][0][0].as_u64();
    console.until("on the picture", async |console| of(&console.get("/tracks").await).is_some()).await;
    of(&console.get("/tracks").await).expect("a place")
}

/// Whether a condition keeps the alert back.
fn is_short(condition: &Value) -> bool {
    condition["met"] == false && condition["excused"] == false
}

fn names(judged: &Value, of: impl Fn(&Value) -> bool) -> Vec<&str> {
    let conditions = judged["conditions"].as_array().expect("conditions").iter();
    conditions
        .filter(|condition| of(condition))
        .map(|condition| condition["name"].as_str().expect("a name"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_says_why_a_vessel_raises_no_alert() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let mut probe = Probe::new(&vigie::mqtt::broker::on_loopback(mosquitto.port), "probe", "vigie/#").await;
    let console = Console::start(mosquitto.port, &[]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    let [outside, inside, dwelt] = vessels::entry(MMSI, 0);
    probe.publish(TOPIC, outside).await;
    let place = place(&console).await;
    let path = format!("/tracks/{place}/why");
    let why = console.get(&path).await;
    assert_eq!((&why["track"], &why["is_live"]), (&Value::from(format!("mmsi:{MMSI}")), &Value::from(true)));
    assert_eq!(why["rules"][0]["outcome"], "not-asked", "nothing was recorded before somebody asked: {why}");
    assert_eq!((&why["unknown"], &why["is_recorded"]), (&"not-recorded".into(), &false.into()), "{why}");

    probe.publish(TOPIC, inside).await;
    let judged = async |console: &Console| console.get(&path).await["rules"][0]["outcome"] == "not-met";
    console.until("judged", judged).await;
    let rule = console.get(&path).await["rules"][0].clone();
    assert_eq!(
        (&rule["rule"], &rule["judgement"]["first_unmet"]),
        (&"area".into(), &"dwell".into()),
        "{rule}"
    );
    assert_eq!(names(&rule["judgement"], is_short), ["dwell"], "{rule}");
    assert_eq!(rule["timeline"], Value::Array(Vec::new()));

    probe.publish(TOPIC, dwelt).await;
    let raised = async |console: &Console| console.get(&path).await["rules"][0]["outcome"] == "raised";
    console.until("raised", raised).await;
    let rule = console.get(&format!("{path}?rule=area")).await["rules"][0].clone();
    assert_eq!(names(&rule["judgement"], is_short), Vec::<&str>::new(), "{rule}");
    assert_eq!(rule["timeline"].as_array().map(Vec::len), Some(2), "{rule}");
    // Asking changes no alert. The queue shows it once it is on disk.
    console.until("shown", async |console| console.get("/alerts").await[0]["number"] == 1).await;
    for (path, words) in [
        (format!("{path}?rule=none"), "no rule of this name is in force"),
        ("/tracks/4000000/why".to_owned(), "this track is not in the picture"),
    ] {
        let (status, body) = console.ask("GET", &path, "", "").await;
        assert!(status == 404 && body.contains(words), "{status} {body}");
    }
}

/// A recording answers for the half hour before the moment that is shown, also where it is halted, and goes on as if nobody had asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_says_why_a_vessel_raises_no_alert() {
    let folder = tempfile::tempdir().expect("folder");
    let config = vessels::write_config(folder.path(), "url = \"mqtt://127.0.0.1:1\"").display().to_string();
    let lines = vessels::entry(MMSI, 0).join("\n");
    let recording = folder.path().join("ragged-point.nmea");
    std::fs::write(&recording, lines).expect("writes");
    let port = vigie::mqtt::broker::free_port().expect("a port");
    let (recording, listen) = (recording.display().to_string(), port.to_string());
    let arguments = ["replay", &recording, "-c", &config, "--console", &listen, "--speed", "1"];
    let console = Console::of(Vigie::start(&arguments, None), port);
    let looked = async |console: &Console| console.get("/player").await["looked"] == 1.0;
    console.until("looked over", looked).await;
    assert_eq!(console.post("/player", r#"{"command":"pause"}"#).await.0, 202);
    let seek = async |second: i64| {
        let to = START_MS + second * 1000;
        assert_eq!(console.post("/player", &format!(r#"{{"command":"seek","to":{to}}}"#)).await.0, 202);
        console.until("there", async |console: &Console| console.get("/player").await["now"] == to).await;
    };
    seek(660).await;
    let path = format!("/tracks/{}/why", place(&console).await);
    let why = console.get(&path).await;
    assert_eq!((&why["is_live"], &why["at"]), (&false.into(), &(START_MS + 660_000).into()));
    assert_eq!(why["rules"][0]["judgement"]["first_unmet"], "dwell", "{why}");
    assert_eq!(console.get("/alerts").await, Value::Array(Vec::new()));
    seek(680).await;
    let why = console.get(&path).await;
    assert_eq!(why["rules"][0]["outcome"], "raised", "{why}");
    assert_eq!(console.get(&path).await, why, "the same again");
    console.until("shown", async |console| console.get("/alerts").await[0]["number"] == 1).await;
}
