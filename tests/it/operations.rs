//! What those who run it do: look at metrics, change rules under way, ask the journal.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::Vigie;
use crate::support::brokers::Broker;
use crate::support::journal;
use crate::support::probe::{PATIENCE, Probe};
use crate::support::vessels::{self, TOPIC};

struct Watch {
    folder: tempfile::TempDir,
    config: String,
    http: u16,
    probe: Probe,
    vigie: Vigie,
    _broker: Broker,
}

impl Watch {
    async fn start(more: &str) -> Watch {
        let (folder, broker) = (tempfile::tempdir().expect("folder"), Broker::mosquitto());
        let probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
        let http = vigie::mqtt::broker::free_port().expect("a port");
        let url = format!(
            "url = \"mqtt://127.0.0.1:{}\"\n[http]\nlisten = \"127.0.0.1:{http}\"\n{more}",
            broker.config().port
        );
        let config = vessels::write_config(folder.path(), &url).display().to_string();
        let vigie = Vigie::start(&["run", "-c", &config], None);
        probe.wait_for("/status", r#""state":"connected""#).await;
        let watch = Watch { folder, config, http, probe, vigie, _broker: broker };
        watch
            .until("listening", async |watch| TcpStream::connect(("127.0.0.1", watch.http)).await.is_ok())
            .await;
        watch
    }

    async fn enters(&mut self, mmsi: u32, second: i64) {
        for line in vessels::entry(mmsi, second) {
            self.probe.publish(TOPIC, line).await;
        }
    }

    async fn get(&self, path: &str, host: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.http)).await.expect("listens");
        let ask = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.expect("asks");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answers");
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, answer.split_once("\r\n\r\n").expect("a body").1.to_owned())
    }

    async fn until(&self, what: &str, mut done: impl AsyncFnMut(&Watch) -> bool) {
        let started = Instant::now();
        while !done(self).await {
            assert!(started.elapsed() < PATIENCE, "not {what} in {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn ask(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut all = arguments.to_vec();
        all.extend(["-c", &self.config]);
        Vigie::start(&all, None).end()
    }

    fn end(self) -> String {
        self.vigie.signal("-INT");
        let (status, _, err) = self.vigie.end();
        assert_eq!(status, Some(0), "{err}");
        err
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_and_health_are_told_to_this_machine() {
    let mut watch = Watch::start("").await;
    watch.enters(314_001_000, 0).await;
    watch.probe.publish(TOPIC, "!AIVDM,garbage").await;
    watch.probe.wait("/alerts/", 1).await;
    let raised = "vigie_alert_events_total{rule=\"area\",phase=\"raised\"} 1\n";
    let refused = "vigie_feed_errors_total{feed=\"ragged-point\",reason=\"no-checksum\"} 1\n";
    watch
        .until("counted", async |watch| {
            let (status, page) = watch.get("/metrics", "localhost").await;
            status == 200 && page.contains(raised) && page.contains(refused)
        })
        .await;
    assert_eq!(watch.get("/healthz", "127.0.0.1:1").await, (200, "ok\n".to_owned()));
    assert_eq!(watch.get("/readyz", "[::1]").await, (200, "ready\n".to_owned()));
    assert_eq!(watch.get("/metrics", "evil.example").await.0, 421, "a page that rebinds its name is refused");
    assert_eq!(watch.get("/nothing", "localhost").await.0, 404);
    // An exercise beside it, by the same configuration, finds the port taken and plays all the same.
    let beside = Vigie::start(&["run", "-c", &watch.config, "--exercise", "dawn"], None);
    watch.probe.wait_for("/exercise/dawn/status", r#""state":"connected""#).await;
    beside.signal("-INT");
    let (status, _, err) = beside.end();
    assert_eq!(status, Some(0), "{err}");
    assert!(err.contains("cannot listen on 127.0.0.1") && err.contains("Address already in use"), "{err}");
    watch.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_change_under_a_watch_that_goes_on() {
    let mut watch = Watch::start("").await;
    watch.enters(314_001_000, 0).await;
    watch.probe.wait("/alerts/", 1).await;
    let rules = watch.folder.path().join("rules.toml");
    let good = std::fs::read_to_string(&rules).expect("reads");

    // What is wrong is told, and changes nothing.
    std::fs::write(&rules, good.replace("\"zone\"", "\"zoen\"")).expect("writes");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    watch.enters(314_002_000, 700).await;
    watch.probe.wait("/alerts/", 2).await;

    // One rule more: the one there goes on, and what it raised is not raised again.
    let more = good.replace("[[rule]]\nname = \"area\"", "[[rule]]\nname = \"a-first\"\npattern = \"zone\"\nseverity = \"minor\"\ninside = [\"restricted\"]\n[[rule]]\nname = \"area\"");
    std::fs::write(&rules, &more).expect("writes");
    watch.until("written down", async |watch| !changes(watch).is_empty()).await;
    watch.enters(314_003_000, 1400).await;
    let alerts = watch.probe.wait("/alerts/", 4).await;
    assert_eq!(alerts.iter().filter(|seen| seen.payload.contains("\"rule\":\"a-first\"")).count(), 1);

    // Gone: what it holds ends with that, at SIGHUP.
    std::fs::write(&rules, "").expect("writes");
    watch.vigie.signal("-HUP");
    let ended = watch.probe.wait_for("/alerts/", "\"end_reason\":\"rule-changed\"").await;
    assert!(ended.payload.contains("\"phase\":\"ended\""));
    watch
        .until("four ended", async |watch| {
            let seen = watch.probe.seen("/alerts/");
            seen.iter().filter(|seen| seen.payload.contains("rule-changed")).count() == 4
        })
        .await;
    assert!(changes(&watch)[0].contains("\"added\":[\"a-first\"]"), "{:?}", changes(&watch));
    let log = watch.end();
    assert!(
        log.contains("rules.toml:")
            && log.contains("zoen")
            && log.contains("the configuration in force stays"),
        "{log}"
    );
}

fn changes(watch: &Watch) -> Vec<String> {
    let path = journal::below(watch.folder.path()).expect("a journal");
    let db = vigie::journal::open_for_reading(&path).expect("opens");
    let mut statement = db
        .prepare("SELECT body FROM entry WHERE kind = 'change' AND body ->> '$.change' = 'reload' ORDER BY n")
        .expect("asks");
    let rows = statement.query_map([], |row| row.get(0)).expect("reads");
    rows.map(|row| row.expect("a text")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_answers_while_it_is_written() {
    let mut watch = Watch::start("").await;
    watch.enters(314_001_000, 0).await;
    watch.enters(314_002_000, 700).await;
    let alerts = watch.probe.wait("/alerts/", 2).await;
    let id = alerts[0].topic.rsplit('/').next().expect("an id").to_owned();
    for action in ["acknowledge", "hold"] {
        let body = format!(r#"{{"action":"{action}","alert":"{id}","by":"Lt Clarke"}}"#);
        watch.probe.publish("vigie/bb-ops/actions/1", body).await;
    }
    let lines = |arguments: &[&str]| {
        let (status, out, err) = watch.ask(arguments);
        assert_eq!(status, Some(0), "{err}");
        out.lines().count()
    };
    assert_eq!(lines(&["alerts"]), 2);
    assert_eq!(lines(&["alerts", "--open", "--vessel", "314002000"]), 1);
    assert_eq!(lines(&["alerts", "--zone", "berth", "--pattern", "zone", "--rule", "area", "--events"]), 2);
    assert_eq!(lines(&["alerts", "--zone", "elsewhere"]), 0);
    assert_eq!(lines(&["alerts", "--until", "2026-01-01T04:15:00Z"]), 1, "the second began later");
    assert_eq!(lines(&["alerts", "--from", "2026-01-01T04:20:00Z"]), 1, "the first was raised before");
    watch
        .until("acknowledged", async |watch| {
            let path = journal::below(watch.folder.path()).expect("a journal");
            let db = vigie::journal::open_for_reading(&path).expect("opens");
            let sql =
                "SELECT count(*) FROM alert WHERE acknowledged_by = 'Lt Clarke' AND held = 1 AND id = ?";
            db.query_row(sql, [&id], |row| row.get::<_, u64>(0)).expect("reads") == 1
        })
        .await;

    let copy = watch.folder.path().join("copy.db").display().to_string();
    assert_eq!(watch.ask(&["backup", &copy]).0, Some(0));
    let (status, out, _) = Vigie::start(&["verify", "--journal", &copy], None).end();
    assert_eq!(status, Some(0));
    let head = out.lines().last().and_then(|line| line.strip_prefix("head ")).expect("a head").to_owned();
    assert_eq!(watch.ask(&["verify", "--head", &head]).0, Some(0), "what came since goes on from it");
    let spoilt_entry: u64 = vigie::journal::open_for_reading(Path::new(&copy))
        .expect("opens")
        .query_row("SELECT min(n) FROM entry WHERE body LIKE '%314002000%'", [], |row| row.get(0))
        .expect("the second vessel's alert is an entry");
    let spoilt = Command::new("sh").args(["-c", "sed -i 's/314002000/314002001/g' \"$0\"", &copy]).status();
    assert!(spoilt.is_ok_and(|status| status.success()));
    let (status, _, err) = Vigie::start(&["verify", "--journal", &copy], None).end();
    assert_eq!(status, Some(1), "{err}");
    let broken = format!("broken at entry {spoilt_entry}: it is not what was written");
    assert!(err.contains(&broken), "{err}");
    let (status, _, err) = Vigie::start(&["alerts", "--journal", "/nowhere.db"], None).end();
    assert_eq!((status, err.lines().count()), (Some(1), 1), "{err}");
    watch.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_with_a_wrong_clock_is_measured_and_corrected() {
    let mut watch = Watch::start("").await;
    watch.enters(314_001_000, 0).await;
    let behind = |status: &str| {
        let status: serde_json::Value = serde_json::from_str(status).expect("JSON");
        status["feeds"][0]["clock_offset_s"].as_f64()
    };
    // The sentences are of January: the clock they were stamped by is months behind.
    let status = watch.probe.wait_for("/status", "\"clock_offset_s\":-").await.payload;
    assert!(behind(&status).is_some_and(|s| s < -86_400.0), "{status}");
    watch.end();

    let watch = Watch::start("").await;
    let main = std::fs::read_to_string(&watch.config).expect("reads");
    let (config, http) = (watch.config.clone(), watch.http);
    watch.vigie.signal("-INT");
    watch.vigie.end();
    let corrected = main.replace("format = \"nmea\"", "format = \"nmea\"\nclock_ahead = \"2 h\"");
    std::fs::write(&config, corrected).expect("writes");
    let again = Vigie::start(&["run", "-c", &config], None);
    let mut watch =
        Watch { vigie: again, http, ..watch_of(watch.folder, config, watch.probe, watch._broker) };
    watch.enters(314_002_000, 0).await;
    let alert = watch.probe.wait("/alerts/", 1).await.remove(0).payload;
    assert!(
        alert.contains("\"onset\":\"2026-01-01T02:10:00Z\""),
        "two hours earlier than its lines say: {alert}"
    );
    watch.end();
}

fn watch_of(folder: tempfile::TempDir, config: String, probe: Probe, broker: Broker) -> Watch {
    let vigie = Vigie::start(&["schema"], None);
    Watch { folder, config, http: 0, probe, vigie, _broker: broker }
}

/// A subscriber of the alerts that takes nothing holds nobody up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_that_reads_nothing_slows_nothing() {
    let mut watch = Watch::start("").await;
    let mut deaf = TcpStream::connect(("127.0.0.1", watch._broker.config().port)).await.expect("connects");
    // CONNECT as "deaf" with a clean session; SUBSCRIBE to vigie/# at QoS 1.
    deaf.write_all(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04deaf").await.expect("writes");
    deaf.write_all(b"\x82\x0c\x00\x01\x00\x07vigie/#\x01").await.expect("writes");
    for n in 0..1500 {
        watch.enters(314_001_000 + n, 0).await;
    }
    watch.probe.wait("/alerts/", 1500).await;
    drop(deaf);
    watch.end();
}

/// A list that comes over MQTT is in force at once, and again after a start; one that would exempt somebody is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_list_comes_over_mqtt() {
    const LISTS: &str = "lists/bb/wanted";
    let watch = Watch::start("").await;
    watch.vigie.signal("-INT");
    watch.vigie.end();
    let file = |name: &str| watch.folder.path().join(name);
    let rules = std::fs::read_to_string(file("rules.toml")).expect("reads")
        + "[rule.who]\nnot_listed = [\"own-units\"]\n[[rule]]\nname = \"watch\"\npattern = \"watchlist\"\nseverity = \"severe\"\n[rule.who]\nlisted = [\"wanted\"]\n";
    std::fs::write(file("rules.toml"), rules).expect("writes");
    std::fs::write(file("lists.toml"), "[[list]]\nname = \"wanted\"\n[[list]]\nname = \"own-units\"\n")
        .expect("writes");
    let main = std::fs::read_to_string(&watch.config).expect("reads");
    std::fs::write(&watch.config, main + "[lists]\nfiles = [\"lists.toml\"]\ntopic = \"lists/bb/+\"\n")
        .expect("writes");
    let list = |name: &str, mmsi: u32| {
        format!(
            "[[list]]\nname = \"{name}\"\n[[list.entry]]\nmmsi = {mmsi}\nreason = \"left without clearance\"\nfrom = 2025-01-01\nuntil = 2027-01-01\n"
        )
    };
    let (config, http) = (watch.config.clone(), watch.http);
    let start = || Vigie::start(&["run", "-c", &config], None);
    let mut watch =
        Watch { vigie: start(), http, ..watch_of(watch.folder, config.clone(), watch.probe, watch._broker) };
    watch.probe.wait_for("/status", r#""state":"connected""#).await;
    watch.probe.publish_retained(LISTS, list("wanted", 314_002_000)).await;
    watch.probe.publish_retained("lists/bb/own", list("own-units", 314_001_000)).await;
    watch.probe.publish_retained("lists/bb/broken", "[[list]]\nname = 7\n").await;
    watch.probe.wait_for("/status", r#""lists":{"taken":1,"refused":2}"#).await;
    let path = watch.folder.path().join("state");
    watch
        .until("written down as a change", async |_| {
            let db =
                journal::below(&path).map(|path| vigie::journal::open_for_reading(&path).expect("opens"));
            db.is_some_and(|db| {
                let sql = "SELECT count(*) FROM entry WHERE kind = 'change' AND body LIKE '%\"same\":false%'";
                db.query_row(sql, [], |row| row.get::<_, u32>(0)).is_ok_and(|n| n > 0)
            })
        })
        .await;
    watch.enters(314_001_000, 0).await;
    watch.enters(314_002_000, 10).await;
    for (pattern, mmsi) in [("/zone/", "314001000"), ("/zone/", "314002000"), ("/watchlist/", "314002000")] {
        watch.probe.wait_for(pattern, mmsi).await;
    }
    let alerts = watch.probe.seen("/alerts/");
    let about = |pattern: &str| -> Vec<bool> {
        let of = alerts.iter().filter(|a| a.topic.contains(pattern) && a.payload.contains("\"raised\""));
        of.map(|alert| alert.payload.contains("314002000")).collect()
    };
    assert_eq!(about("/zone/").len(), 2, "nobody is exempted by a message");
    assert_eq!(
        about("/watchlist/"),
        [true],
        "{:?}",
        alerts.iter().map(|a| &a.payload[..]).collect::<Vec<_>>()
    );
    watch.vigie.signal("-INT");
    let (_, _, err) = watch.vigie.end();
    assert!(err.contains("exempts vessels from a rule") && err.contains("name is a text"), "{err}");

    // After a start the broker tells again what it retains.
    let mut watch =
        Watch { vigie: start(), http, ..watch_of(watch.folder, config.clone(), watch.probe, watch._broker) };
    tokio::time::sleep(Duration::from_secs(2)).await;
    watch.probe.publish_retained(LISTS, list("wanted", 314_003_000)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    watch.enters(314_003_000, 900).await;
    watch.probe.wait_for("/alerts/watchlist/", "314003000").await;
    watch.end();
}
