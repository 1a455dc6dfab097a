//! Rules under version: put into force by the console, edited on disk, taken back, and named by alerts.

use std::process::Command;

use serde_json::{Value, json};

use crate::console::Console;
use crate::support::brokers::Mosquitto;
use crate::support::journal;
use crate::support::probe::Probe;
use crate::support::vessels::{self, TOPIC};

async fn enter(console: &Console, probe: &mut Probe, mmsi: u32, second: i64, alerts: usize) {
    for line in vessels::entry(mmsi, second) {
        probe.publish(TOPIC, line).await;
    }
    let shown =
        async |console: &Console| console.get("/alerts").await.as_array().map(Vec::len) == Some(alerts);
    console.until("shown", shown).await;
}

async fn post(console: &Console, path: &str, body: Value) -> (u16, Value) {
    let (status, answer) = console.post(path, &body.to_string()).await;
    (status, serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}")))
}

/// Versions that the alerts of the queue name, by MMSI.
async fn versions_of_alerts(console: &Console) -> Vec<(u64, String)> {
    let rows = console.get("/alerts").await;
    let of_row = |row: &Value| {
        let event = &row["alert"]["properties"];
        let version = event["rules_version"].as_str().expect("a version").to_owned();
        (event["subjects"][0]["mmsi"].as_u64().expect("an MMSI"), version)
    };
    let mut versions: Vec<_> = rows.as_array().expect("rows").iter().map(of_row).collect();
    versions.sort();
    versions
}

fn vigie(args: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_vigie")).args(args).output().expect("runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_come_into_force_and_are_taken_back() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let mut probe = Probe::new(&vigie::mqtt::broker::on_loopback(mosquitto.port), "probe", "vigie/#").await;
    let console = Console::start(mosquitto.port, &[]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    let first = console.get("/rules").await;
    let version = |answer: &Value| answer["version"].as_str().expect("a version").to_owned();
    let (old, rule) = (version(&first), &first["rules"][0]);
    assert_eq!(
        (&first["can_change"], &rule["name"], &rule["enabled"]),
        (&json!(true), &json!("area"), &json!(true))
    );
    assert!(rule["limits"].as_array().is_some_and(|limits| !limits.is_empty()), "{rule}");
    enter(&console, &mut probe, 314_001_000, 0, 1).await;
    assert_eq!(versions_of_alerts(&console).await, [(314_001_000, old.clone())]);
    assert_eq!(console.get("/rules").await["rules"][0]["raised"], 1);

    let file = console.folder.path().join("rules.toml");
    let text = std::fs::read_to_string(&file).expect("reads");
    let other = "extreme";
    let force = |rule: &str, why: &str| json!({"changes": [{"rule": rule, "limit": "severity", "value": other}], "why": why, "by": "A. Grant"});
    let (status, answer) = post(&console, "/rules/force", force("aera", "a try")).await;
    assert_eq!(
        (status, answer["error"].as_str().is_some_and(|text| text.contains("did you mean \"area\""))),
        (422, true)
    );
    assert_eq!(post(&console, "/rules/force", force("area", " ")).await.0, 422, "without a reason");
    assert_eq!(post(&console, "/rules/back", json!({"why": "a try", "by": "A. Grant"})).await.0, 409);
    assert_eq!(std::fs::read_to_string(&file).expect("reads"), text, "nothing was written");

    let (status, put) = post(&console, "/rules/force", force("area", "too quiet")).await;
    assert_eq!((status, version(&put) != old, &put["was"]), (200, true, &json!(old)), "{put}");
    let diff = format!("area: severity {} -> {other}", rule["severity"].as_str().expect("a word"));
    assert_eq!(put["diff"], json!([diff]));
    assert_ne!(std::fs::read_to_string(&file).expect("reads"), text);
    let now = console.get("/rules").await;
    assert_eq!((version(&now), now["rules"][0]["severity"].as_str()), (version(&put), Some(other)));
    assert_eq!(post(&console, "/rules/force", force("area", "again")).await.0, 409, "nothing would change");
    enter(&console, &mut probe, 314_002_000, 700, 2).await;
    let both = [(314_001_000, old.clone()), (314_002_000, version(&put))];
    assert_eq!(versions_of_alerts(&console).await, both, "an ended alert keeps the version that raised it");

    // Taken back twice, the rules are those of two changes ago.
    let change = json!({"changes": [{"rule": "area", "limit": "severity", "value": "minor"}], "why": "too loud", "by": "A. Grant"});
    let (status, third) = post(&console, "/rules/force", change).await;
    assert_eq!(status, 200, "{third}");
    let before = console.get("/rules/back").await;
    assert_eq!((version(&before), &before["why"]), (version(&put), &json!("too quiet")), "{before}");
    assert_eq!(before["diff"], json!([format!("area: severity minor -> {other}")]));
    let back = |to: &str| json!({"why": "a mistake", "to": to, "by": "A. Grant"});
    let (status, answer) = post(&console, "/rules/back", back(&old)).await;
    assert!(status == 409 && answer.to_string().contains("not the one that was shown"), "{answer}");
    let (status, answer) = post(&console, "/rules/back", back(&version(&put))).await;
    assert_eq!((status, version(&answer)), (200, version(&put)), "{answer}");
    assert_eq!(version(&console.get("/rules/back").await), old);
    let (status, back) = post(&console, "/rules/back", json!({"why": "too loud", "by": "A. Grant"})).await;
    assert_eq!((status, version(&back)), (200, old.clone()), "{back}");
    assert_eq!(console.ask("GET", "/rules/back", "", "").await.0, 404, "nothing is left to take back");
    assert_eq!(
        std::fs::read_to_string(&file).expect("reads"),
        text,
        "the file is that of before, to the letter"
    );

    let edited = text.replace("severity = \"moderate\"", "severity = \"extreme\" # louder");
    std::fs::write(&file, edited).expect("writes");
    let noted = async |console: &Console| console.get("/rules/log").await.as_array().map(Vec::len) == Some(6);
    console.until("written down", noted).await;
    let log = console.get("/rules/log").await;
    let said =
        |key: &str| log.as_array().expect("a log").iter().map(|entry| entry[key].clone()).collect::<Vec<_>>();
    assert_eq!(said("who"), ["", "A. Grant", "A. Grant", "A. Grant", "A. Grant", ""].map(Value::from));
    assert_eq!(said("back"), [false, true, true, false, false, false].map(Value::from));
    let why =
        ["edited on disk", "too loud", "a mistake", "too loud", "too quiet", "the first start of the watch"];
    assert_eq!(said("why"), why.map(Value::from));
    let of = [version(&put), old.clone(), version(&put), version(&third), version(&put), old.clone()];
    assert_eq!(said("version"), of.map(Value::from), "the same content has the same name");

    let path = journal::below(console.folder.path()).expect("a journal").display().to_string();
    let shown = vigie(&["rules", "log", "--journal", &path]);
    assert_eq!(shown.matches("A. Grant: too ").count(), 3, "{shown}");
    assert_eq!(shown.matches("(taken back)").count(), 2, "{shown}");
    let shown = vigie(&["rules", "diff", &old[..8], &version(&put), "--journal", &path]);
    assert_eq!(shown, format!("{diff}\n"));
    let out = console.folder.path().join("was");
    vigie(&["rules", "show", &old, "--journal", &path, "--out", &out.display().to_string()]);
    assert_eq!(std::fs::read_to_string(out.join("rules.toml")).expect("reads"), text);
}

/// Officers' outcomes and marks of analysts are truth, for the report on the journal and for scores of alerts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_and_marks_are_truth() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let mut probe = Probe::new(&vigie::mqtt::broker::on_loopback(mosquitto.port), "probe", "vigie/#").await;
    let console = Console::start(mosquitto.port, &[]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    for n in 1..=3 {
        enter(&console, &mut probe, 314_000_000 + 1_000 * n, 700 * i64::from(n), n as usize).await;
    }
    let rows = console.get("/alerts").await;
    let id_of = |mmsi: u32| {
        let is = |row: &&Value| row["alert"]["properties"]["subjects"][0]["mmsi"] == mmsi;
        let row = rows.as_array().expect("rows").iter().find(is).expect("a row");
        row["alert"]["id"].as_str().expect("an id").to_owned()
    };
    let close = json!({"action": "close", "alerts": [id_of(314_001_000)], "outcome": "false-alarm", "text": "a ferry", "by": "Lt Clarke"});
    assert_eq!(console.act(&close.to_string()).await, 202);
    let mark = |id: String, verdict: &str| json!({"alert": id, "verdict": verdict, "why": "seen from the pier", "by": "A. Grant"});
    assert_eq!(console.post("/rules/labels", &mark(id_of(314_002_000), "true").to_string()).await.0, 204);
    assert_eq!(console.post("/rules/labels", &mark("none".to_owned(), "true").to_string()).await.0, 404);
    let path = journal::below(console.folder.path()).expect("a journal");
    let closed = async |console: &Console| {
        let rows = console.get("/alerts").await;
        rows.as_array().expect("rows").iter().any(|row| row["closed"]["by"] == "Lt Clarke")
    };
    console.until("closed", closed).await;

    let state = path.parent().expect("a folder").display().to_string();
    let file = |name: &str| console.folder.path().join(name).display().to_string();
    let (labels, page, alerts) = (file("l.jsonl"), file("o.html"), file("a.jsonl"));
    let told = vigie(&["score", "--journal", &state, "--labels-out", &labels, "--html", &page]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let rule = &told["rules"][0];
    assert_eq!(
        (&told["schema"], &rule["rule"], &rule["precision"]),
        (&json!("vigie.outcomes/1"), &json!("area"), &json!(0.5))
    );
    let counts = ["alerts", "judged_true", "judged_false", "open"].map(|key| rule[key].as_u64());
    assert_eq!(counts, [Some(3), Some(1), Some(1), Some(1)], "{rule}");
    assert_eq!(
        (&rule["false_alerts"][0]["why"], &rule["false_alerts"][0]["by"]),
        (&json!("a ferry"), &json!("Lt Clarke"))
    );
    assert!(std::fs::read_to_string(&page).expect("reads").contains("a ferry"));

    std::fs::write(&alerts, vigie(&["alerts", "--journal", &path.display().to_string(), "--events"]))
        .expect("writes");
    let score: Value = serde_json::from_str(&vigie(&["score", &alerts, "--labels", &labels])).expect("JSON");
    let total = ["alerts", "matched", "false_alerts", "missed"].map(|key| score["total"][key].as_u64());
    assert_eq!(
        total,
        [Some(2), Some(1), Some(1), Some(0)],
        "the alert that nobody judged does not count: {score}"
    );
}
