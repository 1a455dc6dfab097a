//! Centres that share over a real Mosquitto: what arrives, in which form, and what a forger reaches.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::value::RawValue;
use vigie::model::AlertMessage;
use vigie::mqtt::broker::on_loopback;
use vigie::wire::shared::{Letter, SecretKey, What, open, seal, topic_of};

use crate::process::Vigie;
use crate::support::brokers::Mosquitto;
use crate::support::journal;
use crate::support::probe::{PATIENCE, Probe};
use crate::support::vessels::{self, TOPIC};

/// Name of each centre, its State or body, and the seed of its key.
const CENTRES: [(&str, &str, u8); 3] =
    [("bb-ops", "state = \"BRB\"", 1), ("lc-ops", "state = \"LCA\"", 2), ("jrcc", "body = \"JRCC\"", 3)];

/// Alerts of Barbados go to the JRCC, rounded and without names; the area is public, the feed is restricted.
const POLICY: &str = r#"
[[share]]
name = "to-jrcc"
to = ["jrcc"]
what = "alerts"
marking = "restricted"
precision = "1 nm"
strip = ["names"]
[[share]]
name = "picture-to-jrcc"
to = ["jrcc"]
what = "tracks"
marking = "restricted"
rate = "2 s"
"#;

/// One centre: a folder with its configuration.
struct Centre {
    name: &'static str,
    folder: tempfile::TempDir,
    config: PathBuf,
}

fn key(name: &str) -> SecretKey {
    let (.., seed) = CENTRES.iter().find(|(known, ..)| *known == name).expect("a centre");
    SecretKey::of_seed([*seed; 32]).expect("a key")
}

fn public(name: &str) -> String {
    vigie::model::PublicKey(key(name).public()).text()
}

/// Returns the key file of a centre: a JSON Web Key.
fn key_file_of(name: &str) -> String {
    let (x, d) = (public(name), key(name).secret_text());
    serde_json::json!({"kty": "OKP", "crv": "Ed25519", "kid": name, "x": x, "d": d}).to_string()
}

impl Centre {
    /// Writes the configuration of a centre at a broker of its own; letters go by `between`, if that is given.
    fn new(name: &'static str, port: u16, between: Option<u16>) -> Centre {
        let folder = tempfile::tempdir().expect("folder");
        let config = vessels::write_config(folder.path(), &format!("url = \"mqtt://127.0.0.1:{port}\""));
        let (_, owner, _) = CENTRES.iter().find(|(known, ..)| *known == name).expect("a centre");
        let mut main = std::fs::read_to_string(&config).expect("reads");
        main = main.replace("name = \"bb-ops\"\nstate = \"BRB\"", &format!("name = \"{name}\"\n{owner}"));
        if name != "bb-ops" {
            let (feed, zones) =
                (main.find("[[feed]]").expect("a feed"), main.find("[zones]").expect("zones"));
            main.replace_range(feed..zones, "");
        }
        main = main.replace("own_times", "releasable_to = [\"JRCC\"]\nown_times");
        let between = between
            .map_or(String::new(), |port| format!("[sharing.broker]\nurl = \"mqtt://127.0.0.1:{port}\"\n"));
        let key_file = folder.path().join("node.key");
        main += &format!(
            "[sharing]\ncentres = \"centres.toml\"\npolicy = [\"policy.toml\"]\nkey_file = \"{}\"\n{between}",
            key_file.display()
        );
        let centres = CENTRES.map(|(name, owner, _)| {
            format!(
                "[[centre]]\nname = \"{name}\"\nlabel = \"{name}\"\n{owner}\nkey = \"{}\"\n",
                public(name)
            )
        });
        let policy = if name == "bb-ops" { POLICY } else { "" };
        for (file, text) in [
            ("vigie.toml", main.as_str()),
            ("centres.toml", &centres.concat()),
            ("policy.toml", policy),
            ("node.key", &key_file_of(name)),
        ] {
            std::fs::write(folder.path().join(file), text).expect("writes");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(key_file, private).expect("sets");
        }
        Centre { name, folder, config }
    }

    /// Starts the centre, and waits until the broker has its status.
    async fn start(&self, probe: &Probe) -> Vigie {
        let topic = format!("vigie/{}/status", self.name);
        let before = probe.seen(&topic).len();
        let vigie = Vigie::start(&["run", "-c", &self.config.display().to_string()], None);
        probe.wait(&topic, before + 1).await;
        probe.wait_for(&topic, r#""connected""#).await;
        vigie
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the alerts in the journal, own and shared: node, identifier and number, in their order.
    fn alerts(&self) -> Vec<(String, String, u32)> {
        let events = journal::events(self.folder());
        let read = |text: &String| {
            let message = AlertMessage::read(text).expect("an alert");
            (message.node.to_string(), message.event.id.clone(), message.event.seq)
        };
        events.iter().map(read).collect()
    }
}

/// Waits until something holds; fails with what is there instead, once that has not changed for long.
async fn until<T: std::fmt::Debug + PartialEq>(want: &T, is: impl Fn() -> T) {
    let (mut changed, mut before) = (Instant::now(), None);
    loop {
        let found = is();
        if found == *want {
            return;
        }
        assert!(changed.elapsed() < 2 * PATIENCE, "{found:?}, and not {want:?}");
        if before.as_ref() != Some(&found) {
            (changed, before) = (Instant::now(), Some(found));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn end(vigie: Vigie) {
    vigie.signal("-INT");
    let (status, _, err) = vigie.end();
    assert_eq!(status, Some(0), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_arrives_in_the_recipients_form_alone_and_forgeries_are_counted() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let broker = on_loopback(mosquitto.port);
    let mut probe = Probe::new(&broker, "probe", "vigie/#").await;
    let [barbados, saint_lucia, jrcc] = CENTRES.map(|(name, ..)| Centre::new(name, mosquitto.port, None));
    let running = [barbados.start(&probe).await, saint_lucia.start(&probe).await, jrcc.start(&probe).await];
    probe.publish(TOPIC, vessels::entry(314_000_001, 0).join("\n")).await;

    let sent = probe.wait("vigie/share/jrcc/bb-ops/alerts/", 1).await;
    let letter = open(sent[0].payload.as_bytes(), "bb-ops", &key("bb-ops").public()).expect("opens");
    let message = AlertMessage::read(letter.body.get()).expect("an alert");
    let whole =
        AlertMessage::read(&journal::events(barbados.folder())[0]).expect("an alert").event.into_owned();
    assert_ne!(message.event.position, whole.position, "rounded");
    assert_eq!((letter.to.as_str(), letter.marking.as_deref()), ("jrcc", Some("restricted")));
    until(&vec![("bb-ops".to_owned(), whole.id.clone(), 1)], || jrcc.alerts()).await;

    let topic = topic_of(&letter);
    let forged = |letter: Letter, signer: &str| (topic_of(&letter), seal(&letter, &key(signer)));
    let body = |text: &str| RawValue::from_string(text.to_owned()).expect("JSON");
    let fresh = |seq: u64| Letter { seq: letter.seq + seq, ..letter.clone() };
    let signed = sent[0].payload.as_str();
    let (header, rest) = signed.split_once('.').expect("a header");
    assert!(!header.is_empty());
    for (topic, payload) in [
        (topic.clone(), letter.body.get().to_owned()),
        (topic.clone(), format!("eyJhbGciOiJub25lIn0.{rest}")),
        forged(fresh(1), "lc-ops"),
        forged(Letter { from: "lc-ops".to_owned(), ..fresh(2) }, "bb-ops"),
        (topic.clone(), seal(&Letter { to: "lc-ops".to_owned(), ..fresh(3) }, &key("bb-ops"))),
        (topic.clone(), seal(&Letter { exercise: Some("dawn".to_owned()), ..fresh(4) }, &key("bb-ops"))),
        (
            topic.clone(),
            seal(&Letter { sent: "2020-01-01T00:00:00Z".to_owned(), ..fresh(5) }, &key("bb-ops")),
        ),
        (topic.clone(), seal(&Letter { seq: 7, ..letter.clone() }, &key("bb-ops"))),
        (topic.clone(), signed.to_owned()),
        forged(
            Letter {
                what: What::Actions,
                id: "x".to_owned(),
                body: body(r#"{"action":"sink"}"#),
                ..fresh(6)
            },
            "bb-ops",
        ),
    ] {
        probe.publish(&topic, payload).await;
    }
    for (feed, errors) in [
        (
            "bb-ops",
            ["unsigned", "wrong-signature", "not-addressed", "other-exercise", "sent-long-ago", "replayed"]
                .as_slice(),
        ),
        ("lc-ops", &["wrong-signature"]),
    ] {
        for reason in errors {
            let count = if *reason == "unsigned" { 2 } else { 1 };
            let counted = || {
                let status = probe.seen("vigie/jrcc/status").last().map(|seen| seen.payload.clone());
                errors_of(&status.unwrap_or_default(), feed, reason)
            };
            until(&count, counted).await;
        }
    }
    assert_eq!(jrcc.alerts().len(), 1, "nothing forged is shown");
    assert_eq!(saint_lucia.alerts(), [], "nothing that no share gives it");
    assert_eq!(probe.seen("vigie/share/lc-ops/").len(), 0);
    running.into_iter().for_each(end);
}

/// Returns how often a status counts a reason for a feed.
fn errors_of(status: &str, feed: &str, reason: &str) -> u64 {
    let status: serde_json::Value = serde_json::from_str(status).unwrap_or_default();
    let feeds = status["feeds"].as_array().cloned().unwrap_or_default();
    let found = feeds.iter().find(|known| known["name"] == feed);
    found.and_then(|feed| feed["errors"][reason].as_u64()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_outage_all_alerts_arrive_in_order_and_tracks_are_the_newest() {
    let (own, mut between) =
        (Mosquitto::start("allow_anonymous true\n"), Mosquitto::start("allow_anonymous true\n"));
    let mut probe = Probe::new(&on_loopback(own.port), "probe", "vigie/#").await;
    let letters = Probe::new(&on_loopback(between.port), "letters", "vigie/share/#").await;
    let barbados = Centre::new("bb-ops", own.port, Some(between.port));
    let jrcc = Centre::new("jrcc", own.port, Some(between.port));
    let running = [barbados.start(&probe).await, jrcc.start(&probe).await];
    probe.publish(TOPIC, vessels::entry(314_000_001, 0).join("\n")).await;
    until(&1, || jrcc.alerts().len()).await;
    let tracks = letters.wait("/tracks/", 1).await;
    let batch = open(tracks[0].payload.as_bytes(), "bb-ops", &key("bb-ops").public()).expect("opens");
    assert!(batch.body.get().contains("314000001"), "{}", batch.body.get());

    between.stop();
    for n in 2..=30 {
        probe.publish(TOPIC, vessels::entry(314_000_000 + n, i64::from(n)).join("\n")).await;
    }
    until(&30, || barbados.alerts().len()).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(jrcc.alerts().len(), 1);
    between.restart();
    until(&barbados.alerts(), || jrcc.alerts()).await;
    assert!(letters.seen("vigie/share/lc-ops/").is_empty(), "no share gives it anything");
    running.into_iter().for_each(end);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_on_either_side_nothing_is_lost_or_doubled() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let mut probe = Probe::new(&on_loopback(mosquitto.port), "probe", "vigie/#").await;
    let [barbados, _, jrcc] = CENTRES.map(|(name, ..)| Centre::new(name, mosquitto.port, None));
    let mut sender = barbados.start(&probe).await;
    let mut receiver = jrcc.start(&probe).await;
    let mut raised = 0;
    for round in 0..4_u32 {
        for n in 0..40 {
            let mmsi = 314_000_000 + round * 100 + n;
            probe.publish(TOPIC, vessels::entry(mmsi, i64::from(round)).join("\n")).await;
        }
        raised += 40;
        tokio::time::sleep(Duration::from_millis(u64::from(150 * (round + 1)))).await;
        let (victim, centre) = if round % 2 == 0 { (&mut receiver, &jrcc) } else { (&mut sender, &barbados) };
        victim.signal("-KILL");
        let again = centre.start(&probe).await;
        std::mem::replace(victim, again).end();
    }
    until(&raised, || barbados.alerts().len()).await;
    until(&barbados.alerts(), || jrcc.alerts()).await;
    let distinct: BTreeSet<_> = jrcc.alerts().into_iter().collect();
    assert_eq!(distinct.len(), raised);
    [sender, receiver].into_iter().for_each(end);
}

/// Lists of Barbados: an entry that may go to the JRCC, and one that may not; marks go where a mark says.
const LISTS: &str = r#"
[[list]]
name = "watch"
marking = "restricted"
[[list.entry]]
mmsi = 314000777
reason = "seen at night"
releasable_to = ["JRCC"]
from = 2026-01-01
until = 2036-01-01
[[list.entry]]
mmsi = 314000778
reason = "told by an informant"
from = 2026-01-01
until = 2036-01-01
"#;
const POLICY_OF_LISTS: &str = r#"
[[share]]
name = "lists-to-jrcc"
to = ["jrcc"]
what = "lists"
marking = "restricted"
[[share]]
name = "marks-to-jrcc"
to = ["jrcc"]
what = "marks"
marking = "restricted"
precision = "1 nm"
strip = ["officers"]
"#;

impl Centre {
    /// Appends to a file of the configuration.
    fn add(&self, file: &str, text: &str) {
        let path = self.folder().join(file);
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(path, before + text).expect("writes");
    }

    /// Gives the centre a console, and returns its port.
    fn with_console(&self) -> u16 {
        let port = vigie::mqtt::broker::free_port().expect("a port");
        self.add("vigie.toml", &format!("[http]\nlisten = \"127.0.0.1:{port}\"\n"));
        port
    }

    /// Returns the officers' actions of another centre in the journal, in their order.
    fn actions_of(&self, centre: &str) -> Vec<serde_json::Value> {
        let Some(path) = journal::below(self.folder()) else { return Vec::new() };
        let db = vigie::journal::open_for_reading(&path).expect("opens");
        let mut actions = Vec::new();
        let read = vigie::journal::past(&db, 0, |past| {
            if past.kind == "action" {
                actions.push(serde_json::from_str(&past.body).expect("JSON"));
            }
        });
        read.expect("reads");
        actions.retain(|action: &serde_json::Value| action["centre"] == centre);
        actions
    }
}

/// Asks a console, which may not listen yet; returns the status and the body.
fn ask(port: u16, method: &str, path: &str, headers: &str, body: &str) -> (u16, serde_json::Value) {
    let started = Instant::now();
    let mut stream = loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => break stream,
            Err(error) => assert!(started.elapsed() < PATIENCE, "the console does not listen: {error}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let length = body.len();
    let text = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).expect("asks");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answers");
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// Acts at a console as an officer; returns the status.
fn act(port: u16, body: &str) -> u16 {
    let (_, session) = ask(port, "GET", "/session", "", "");
    let token = format!("X-Vigie-Token: {}\r\n", session["token"].as_str().expect("a token"));
    ask(port, "POST", "/actions", &token, body).0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marks_and_lists_arrive_under_the_senders_name_and_go_when_it_removes_them() {
    let mosquitto = Mosquitto::start("allow_anonymous true\n");
    let probe = Probe::new(&on_loopback(mosquitto.port), "probe", "vigie/#").await;
    let [barbados, _, jrcc] = CENTRES.map(|(name, ..)| Centre::new(name, mosquitto.port, None));
    barbados.add("lists.toml", LISTS);
    barbados.add("policy.toml", POLICY_OF_LISTS);
    let (bridgetown, regional) = (barbados.with_console(), jrcc.with_console());
    barbados.add("vigie.toml", "[lists]\nfiles = [\"lists.toml\"]\n");
    let running = [jrcc.start(&probe).await, barbados.start(&probe).await];

    let numbers = || {
        let (_, lists) = ask(regional, "GET", "/lists", "", "");
        let entries = lists[0]["entries"].as_array().cloned().unwrap_or_default();
        (lists[0]["centre"].clone(), entries.iter().map(|entry| entry["mmsi"].clone()).collect::<Vec<_>>())
    };
    until(&("bb-ops".into(), vec![314_000_777.into()]), numbers).await;

    let mark = |id: &str, more: &str| {
        format!(
            r#"{{"action":"mark","by":"Clarke","mark":{{"id":"{id}","kind":"contact","name":"pirogue {id}","text":"Clarke heard it","position":[-59.6123,13.1234]{more}}}}}"#
        )
    };
    let for_jrcc = r#","releasable_to":["JRCC"]"#;
    for body in [mark("1", ""), mark("2", for_jrcc), mark("3", for_jrcc)] {
        assert_eq!(act(bridgetown, &body), 202);
    }
    let marked = || {
        let all = jrcc.actions_of("bb-ops");
        let marks = all.iter().filter(|action| action["action"] == "mark");
        marks.map(|action| action["mark"]["id"].clone()).collect::<Vec<_>>()
    };
    until(&vec!["2".into(), "3".into()], marked).await;
    let all = jrcc.actions_of("bb-ops");
    let action = all.iter().find(|action| action["action"] == "mark").expect("a mark");
    assert_eq!(
        (&action["by"], &action["mark"]["marking"]),
        (&"officer of bb-ops".into(), &"restricted".into())
    );
    assert_ne!(action["mark"]["position"][0], -59.6123, "rounded");
    assert!(!action.to_string().contains("Clarke"), "{action}");
    assert_eq!(act(regional, r#"{"action":"unmark","by":"Sealy","mark":"2"}"#), 409, "bb-ops put it there");

    // One is removed, the other one may no longer go to the JRCC: both are taken away there.
    assert_eq!(act(bridgetown, r#"{"action":"unmark","by":"Clarke","mark":"2"}"#), 202);
    assert_eq!(act(bridgetown, &mark("3", "")), 202);
    assert_eq!(act(bridgetown, r#"{"action":"unmark","by":"Clarke","mark":"1"}"#), 202);
    let unmarked = || {
        let all = jrcc.actions_of("bb-ops");
        let unmarked = all.iter().filter(|action| action["action"] == "unmark");
        unmarked.map(|action| action["mark"].clone()).collect::<Vec<_>>()
    };
    until(&vec!["2".into(), "3".into()], unmarked).await;
    let empty = LISTS.split("[[list.entry]]").next().expect("a head");
    std::fs::write(barbados.folder().join("lists.toml"), empty).expect("writes");
    until(&(serde_json::Value::Null, Vec::new()), numbers).await;
    for secret in ["informant", "314000778", "pirogue 1"] {
        let letters = probe.seen("vigie/share/");
        let opened =
            letters.iter().map(|seen| open(seen.payload.as_bytes(), "bb-ops", &key("bb-ops").public()));
        let said = opened.flatten().any(|letter| letter.body.get().contains(secret));
        assert!(!said, "{secret} left");
    }
    running.into_iter().for_each(end);
}
