//! The console's server, asked as the page and programs ask it.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

use crate::process::Vigie;
use crate::support::brokers::Mosquitto;
use crate::support::probe::{PATIENCE, Probe};
use crate::support::vessels::{self, TOPIC};

pub(crate) struct Console {
    pub(crate) folder: tempfile::TempDir,
    port: u16,
    pub(crate) vigie: Vigie,
}

impl Console {
    pub(crate) fn start(broker: u16, more: &[&str]) -> Console {
        let (folder, port) =
            (tempfile::tempdir().expect("folder"), vigie::mqtt::broker::free_port().expect("a port"));
        let url = format!("url = \"mqtt://127.0.0.1:{broker}\"\n[http]\nlisten = \"127.0.0.1:{port}\"");
        let config = vessels::write_config(folder.path(), &url).display().to_string();
        let arguments: Vec<&str> = ["run", "-c", &config].iter().chain(more).copied().collect();
        Console { vigie: Vigie::start(&arguments, None), folder, port }
    }

    /// Returns the console of a program at a port.
    pub(crate) fn of(vigie: Vigie, port: u16) -> Console {
        Console { vigie, folder: tempfile::tempdir().expect("folder"), port }
    }

    async fn connect(&self) -> TcpStream {
        let started = Instant::now();
        loop {
            match TcpStream::connect(("127.0.0.1", self.port)).await {
                Ok(stream) => return stream,
                Err(error) => assert!(started.elapsed() < PATIENCE, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let (status, answer) = self.ask_whole(method, path, headers, body).await;
        (status, answer.split_once("\r\n\r\n").expect("a body").1.to_owned())
    }

    /// The status, and the whole answer with its headers.
    pub(crate) async fn ask_whole(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> (u16, String) {
        let mut stream = self.connect().await;
        let length = body.len();
        let ask = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(ask.as_bytes()).await.expect("asks");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answers");
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, answer)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.ask("GET", path, "", "").await.1).expect("JSON")
    }

    pub(crate) async fn act(&self, body: &str) -> u16 {
        self.post("/actions", body).await.0
    }

    /// Posts as the one who is at this machine; status and body of the answer.
    pub(crate) async fn post(&self, path: &str, body: &str) -> (u16, String) {
        let session = self.get("/session").await;
        let token = format!("X-Vigie-Token: {}\r\n", session["token"].as_str().expect("a token"));
        self.ask("POST", path, &token, body).await
    }

    pub(crate) async fn until(&self, what: &str, mut done: impl AsyncFnMut(&Console) -> bool) {
        let started = Instant::now();
        while !done(self).await {
            assert!(started.elapsed() < PATIENCE, "not {what} in {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The live stream, to be read on.
    pub(crate) async fn stream(&self) -> BufReader<OwnedReadHalf> {
        let (read, mut write) = self.connect().await.into_split();
        let ask = "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n";
        write.write_all(ask.as_bytes()).await.expect("asks");
        // Open as long as it is read.
        std::mem::forget(write);
        BufReader::new(read)
    }
}

/// The data of the next event of a name.
pub(crate) async fn next(stream: &mut BufReader<OwnedReadHalf>, name: &str) -> Value {
    let wanted = format!("event: {name}\n");
    let found = async {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(stream.read_line(&mut line).await.expect("reads") > 0, "the stream ended");
            if line == wanted {
                line.clear();
                stream.read_line(&mut line).await.expect("reads");
                let data = line.strip_prefix("data: ").expect("data");
                return serde_json::from_str(data).expect("JSON");
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("no {name} in {PATIENCE:?}"))
}

/// An officer's action while the broker is away is carried out at once; other centres receive it once the broker is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn officers_act_while_the_broker_is_away() {
    let mut mosquitto = Mosquitto::start("allow_anonymous true\n");
    let config = vigie::mqtt::broker::on_loopback(mosquitto.port);
    let mut probe = Probe::new(&config, "probe", "vigie/#").await;
    let console = Console::start(mosquitto.port, &[]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    for line in vessels::entry(314_001_000, 0) {
        probe.publish(TOPIC, line).await;
    }
    let alert = probe.wait_for("/alerts/", r#""phase":"raised""#).await;
    let id = alert.topic.rsplit('/').next().expect("an id").to_owned();
    console.until("shown", async |console| console.get("/alerts").await[0]["number"] == 1).await;
    mosquitto.stop();

    assert_eq!(
        console.act(&format!(r#"{{"action":"acknowledge","alerts":["{id}"],"by":"Lt Clarke"}}"#)).await,
        202
    );
    let seen = async |console: &Console| console.get("/alerts").await[0]["acknowledged"]["by"] == "Lt Clarke";
    console.until("acknowledged", seen).await;
    mosquitto.restart();
    let after = Probe::new(&config, "after", "vigie/bb-ops/actions/+").await;
    let told = after.wait_for("/actions/own-", "Lt Clarke").await;
    assert!(told.payload.contains(r#""action":"acknowledge""#), "{}", told.payload);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(after.wait("/actions/", 1).await.len(), 1, "told once");
    // It has come back from the broker, and was passed over.
    let health = console.get("/health").await;
    assert_eq!(
        (&health["actions"]["taken"], &health["input"]["redelivered"]),
        (&1.into(), &1.into()),
        "{health}"
    );
    console.vigie.signal("-INT");
    assert_eq!(console.vigie.end().0, Some(0));
    drop(console.folder);
}

/// An exercise's console tells of a real distress, and of no real alert else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_distress_breaks_through_an_exercise() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let config = vigie::mqtt::broker::on_loopback(mosquitto.port);
    let mut probe = Probe::new(&config, "probe", "vigie/#").await;
    let console = Console::start(mosquitto.port, &["--exercise", "dawn"]);
    let mut stream = console.stream().await;
    assert_eq!(next(&mut stream, "session").await["mode"], "exercise");
    let real = |pattern: &str, summary: &str| {
        format!(
            r#"{{"type":"Feature","id":"x","properties":{{"exercise":null,"phase":"raised","pattern":"{pattern}","rule":"r","onset":"2026-01-01T00:00:00Z","time":"2026-01-01T00:00:00Z","subjects":[],"summary":"{summary}"}}}}"#
        )
    };
    // Its subscription may come a moment after the console listens.
    let started = Instant::now();
    let told = loop {
        probe.publish("vigie/bb-ops/alerts/zone/1", real("zone", "a zone")).await;
        probe.publish("vigie/bb-ops/alerts/distress/2", real("distress", "MAYDAY")).await;
        match tokio::time::timeout(Duration::from_millis(500), next(&mut stream, "real")).await {
            Ok(told) => break told,
            Err(_) => assert!(started.elapsed() < PATIENCE, "nothing breaks through"),
        }
    };
    assert_eq!(told["properties"]["summary"], "MAYDAY");
    // Who comes later is told too.
    let mut later = console.stream().await;
    assert_eq!(next(&mut later, "real").await["properties"]["pattern"], "distress");
    assert_eq!(console.get("/alerts").await, Value::Array(Vec::new()), "it is no alert of the exercise");
}

/// A POST that does not come from the page is refused, and so is what is wrong; each says why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_refused_in_words() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let console = Console::start(mosquitto.port, &[]);
    let log = r#"{"action":"log","text":"x","by":"Lt Clarke"}"#;
    let (status, text) = console.ask("POST", "/actions", "", log).await;
    assert!(status == 403 && text.contains("X-Vigie-Token"), "{status} {text}");
    for (body, status) in [
        (log, 202),
        (r#"{"action":"log","text":"x"}"#, 422),
        (r#"{"action":"sink","by":"x"}"#, 422),
        (r#"{"action":"acknowledge","alerts":["none"],"by":"x"}"#, 404),
        ("[1]", 422),
        (&format!(r#"{{"action":"log","by":"x","text":"{}"}}"#, "y".repeat(3000)), 422),
        (&"z".repeat(200_000), 422),
    ] {
        let got = console.act(body).await;
        assert!(
            got == status || got == 413 && body.len() > 100_000,
            "{got}: {}",
            &body[..body.len().min(80)]
        );
    }
    assert_eq!(console.ask("POST", "/player", "", "{}").await.0, 403);
    assert_eq!(console.ask("GET", "/player", "", "").await.0, 404, "no recording is played");
    console.until("logged", async |console| console.get("/log").await[0]["text"] == "x").await;
}

/// Searches, exports and commands that read the journal are in the journal before the answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_are_written_down() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let console = Console::start(mosquitto.port, &[]);
    assert_eq!(console.ask("GET", "/search?q=%20", "", "").await.0, 200, "nothing asked");
    assert_eq!(console.ask("GET", "/search?q=pelican", "", "").await.0, 200);
    assert_eq!(console.ask("GET", "/export/tracks.csv", "", "").await.0, 200);
    assert_eq!(console.ask("GET", "/export/coast.csv", "", "").await.0, 404);
    let long = format!("/search?q={}", "x".repeat(200));
    assert_eq!(console.ask("GET", &long, "", "").await.0, 422);
    let config = console.folder.path().join("vigie.toml").display().to_string();
    let vigie = |command: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_vigie"))
            .args([command, "-c", &config])
            .output()
            .expect("runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    vigie("alerts");
    let reads = vigie("reads");
    let told: Vec<Value> = reads.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<[&str; 2]> =
        told.iter().map(|read| ["what", "asked"].map(|key| read[key].as_str().expect("text"))).collect();
    let alerts = format!("-c {config}");
    let expected = [["search", "pelican"], ["export", "tracks.csv"], ["alerts", &alerts], ["reads", &alerts]];
    assert_eq!(told, expected);
    // The watch goes on writing after the commands did, and the chain is whole.
    assert_eq!(console.act(r#"{"action":"log","text":"x","by":"Lt Clarke"}"#).await, 202);
    console.until("logged", async |console| console.get("/log").await[0]["text"] == "x").await;
    vigie("verify");
    let mut refused = 0;
    for _ in 0..200 {
        refused += usize::from(console.ask("GET", "/search?q=pelican", "", "").await.0 == 429);
    }
    assert!((60..=90).contains(&refused), "{refused} of 200 refused: two a second, a minute's worth at once");
}

/// The path of a report, from its arrival until the broker has its alert, as a collector of OpenTelemetry takes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_path_of_a_report_is_traced_on_request() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let console = Console::start(mosquitto.port, &[]);
    let broker = vigie::mqtt::broker::on_loopback(mosquitto.port);
    let mut probe = Probe::new(&broker, "probe", "vigie/#").await;
    probe.wait_for("/status", r#""state":"connected""#).await;
    assert_eq!(console.ask("GET", "/traces?seconds=0", "", "").await.0, 422);
    let enters = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(console.ask("GET", "/traces", "", "").await.0, 409, "one at a time");
        for (n, line) in vessels::entry(314_001_000, 0).into_iter().enumerate() {
            probe.publish(TOPIC, line).await;
            tokio::time::sleep(Duration::from_millis(if n == 0 { 200 } else { 20 })).await;
        }
    };
    let (traces, ()) = tokio::join!(console.get("/traces?seconds=3"), enters);
    let spans = traces["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().expect("spans").clone();
    let send =
        spans.iter().find(|span| span["name"] == "send").unwrap_or_else(|| panic!("no alert: {spans:?}"));
    let path: Vec<&Value> = spans.iter().filter(|span| span["traceId"] == send["traceId"]).collect();
    let names: Vec<&str> = path.iter().filter_map(|span| span["name"].as_str()).collect();
    assert_eq!(names, ["turn", "wait", "read", "judge", "sync", "journal", "send"]);
    let at =
        |span: &Value, key: &str| span[key].as_str().and_then(|ns| ns.parse::<i64>().ok()).expect("a time");
    let starts: Vec<i64> = path.iter().map(|span| at(span, "startTimeUnixNano")).collect();
    assert!(starts.is_sorted(), "{starts:?}");
    let whole_ms = (at(send, "endTimeUnixNano") - starts[0]) / 1_000_000;
    assert!((0..2_000).contains(&whole_ms), "{whole_ms} ms from arrival to the broker's word");
    assert!(path.iter().skip(1).all(|span| span["parentSpanId"] == path[0]["spanId"]));
}

#[tokio::test]
async fn another_sites_page_may_not_ask() {
    let mosquitto = Mosquitto::start("");
    let console = Console::start(mosquitto.port, &[]);
    for site in ["cross-site", "same-site"] {
        let header = format!("Sec-Fetch-Site: {site}\r\n");
        assert_eq!(console.ask("GET", "/search?q=pelican", &header, "").await.0, 403, "{site}");
    }
    assert_eq!(console.ask("GET", "/search?q=pelican", "Sec-Fetch-Site: same-origin\r\n", "").await.0, 200);
    drop(console);
}

/// More connections than there are places, each with half a request.
#[tokio::test]
async fn half_sent_requests_shut_nobody_out() {
    let mosquitto = Mosquitto::start("");
    let console = Console::start(mosquitto.port, &[]);
    let mut stream = console.stream().await;
    next(&mut stream, "session").await;
    let mut held = Vec::new();
    for _ in 0..1_100 {
        let mut idle = console.connect().await;
        idle.write_all(b"GET /api/v1/session HT").await.expect("half a request");
        held.push(idle);
    }
    assert_eq!(console.get("/session").await["mode"], "live");
    next(&mut stream, "health").await;
    drop(console);
}
