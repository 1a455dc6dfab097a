//! Two nodes of one name: the active one dies, and the other goes on as if it had been that one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use vigie::journal;
use vigie::mqtt::sender::Sender;
use vigie::scenario::globe::Place;
use vigie::scenario::sentence::{Fix, position_a, sentences};

use crate::kill::{Vigie, configuration, night, watched};
use crate::support::brokers::Broker;
use crate::support::journal::{below, events};
use crate::support::probe::{PATIENCE, Probe};
use crate::support::vessels::{self, START_MS, TOPIC};

/// Length of the run, and number of times that the active node dies in it.
const NIGHT: Duration = Duration::from_secs(45);
const DEATHS: usize = 3;
/// The longest takeover: detection of the loss and start (`docs/operations.md`, hot standby).
const TAKE_OVER: Duration = Duration::from_secs(10);

async fn active(probe: &Probe, instance: &str, term: usize) {
    probe.wait_for("/active", &format!("\"term\":{term},\"instance\":\"{instance}\"")).await;
    probe.wait_for("/active", instance).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_takes_over_within_ten_seconds_and_nothing_is_lost_or_doubled() {
    let folder = tempfile::tempdir().expect("folder");
    let night = night(folder.path());
    let undisturbed = watched(&night, 0).await;

    let broker = Broker::mosquitto();
    let folders = [tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder")];
    let configs = folders.each_ref().map(|folder| configuration(folder.path(), broker.config().port));
    let names = ["a", "b"];
    let start = |which: usize| Vigie::start(&configs[which], &["--instance", names[which]]);
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let mut first = start(0);
    active(&probe, "a", 1).await;
    let mut second = start(1);
    // It has asked for the state, and has it.
    probe.wait_for("/replica/alive", "\"a\"").await;
    tokio::time::sleep(Duration::from_secs(2)).await;

    let mut sender = Sender::connect(&broker.config(), "receivers").await.expect("connects");
    let payloads = night.clone();
    let sent = tokio::spawn(async move {
        let (each, began) = (NIGHT / payloads.len() as u32, tokio::time::Instant::now());
        for (n, (topic, payload)) in (0..).zip(payloads) {
            tokio::time::sleep_until(began + each * n).await;
            sender.send(topic, payload).await.expect("sent");
        }
        sender.finish().await.expect("acknowledged")
    });
    let mut alive = 0;
    for death in 0..DEATHS {
        tokio::time::sleep(Duration::from_millis(4300)).await;
        let died = Instant::now();
        let dying = if alive == 0 { &mut first } else { &mut second };
        dying.kill();
        alive = 1 - alive;
        active(&probe, names[alive], death + 2).await;
        assert!(died.elapsed() < TAKE_OVER, "death {death}: {:?}", died.elapsed());
        println!("taken over after {:?}", died.elapsed());
        // The dead one comes back, as the standby.
        *(if alive == 0 { &mut second } else { &mut first }) = start(1 - alive);
    }
    sent.await.expect("sent");
    probe
        .publish("vigie/bb-exercise/actions/end", r#"{"action":"acknowledge","alert":"the-end","by":"test"}"#)
        .await;
    let state = folders[alive].path().join("state");
    let started = Instant::now();
    loop {
        let db = journal::open_for_reading(&below(&state).expect("a journal")).expect("opens");
        let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, u64>(0)).expect("reads");
        let told = count("SELECT count(*) FROM entry WHERE kind = 'action' AND body LIKE '%the-end%'");
        if told == 1 && count("SELECT count(*) FROM outbox") == 0 {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "the end does not come");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The night's payloads and the officer's word, each once.
    // The node lives, and may begin its log anew while it is read here.
    let (sent, started) = (night.len() as u64 + 1, Instant::now());
    let taken = loop {
        let taken = journal::input::read(&state, 0, |_, _| Ok(())).expect("reads");
        if taken == sent || started.elapsed() > PATIENCE {
            break taken;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(taken, sent, "messages taken");
    let mut once: Vec<String> = Vec::new();
    for seen in probe.seen("/alerts/") {
        if !once.contains(&seen.payload) {
            once.push(seen.payload);
        }
    }
    assert_eq!(once.join("\n"), undisturbed.join("\n"), "what was published");
    assert_eq!(events(&state).join("\n"), undisturbed.join("\n"), "what the last one's journal holds");
}

/// Two nodes of one name, each with a state folder of its own.
struct Pair {
    folders: [tempfile::TempDir; 2],
    configs: [PathBuf; 2],
    probe: Probe,
    broker: Broker,
}

impl Pair {
    async fn new(edit: impl Fn(&Path)) -> Pair {
        let broker = Broker::mosquitto();
        let folders = [0, 1].map(|_| tempfile::tempdir().expect("folder"));
        let url = format!("url = \"mqtt://127.0.0.1:{}\"", broker.config().port);
        let configs = folders.each_ref().map(|folder| vessels::write_config(folder.path(), &url));
        folders.iter().for_each(|folder| edit(folder.path()));
        let probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
        Pair { folders, configs, probe, broker }
    }

    fn start(&self, which: usize) -> Vigie {
        Vigie::start(&self.configs[which], &["--instance", ["a", "b"][which]])
    }

    /// Starts a node as the standby, and waits until it has the active one's state, and what both of them hear.
    async fn follow(&mut self, which: usize) -> Vigie {
        let checkpoint = self.folders[which].path().join("state/checkpoint");
        let written = || std::fs::metadata(&checkpoint).and_then(|file| file.modified()).ok();
        let before = written();
        let node = self.start(which);
        self.until("state", || written() != before).await;
        for n in 0..4 {
            self.probe.publish(TOPIC, format!("line {n} for {}", node.id())).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        node
    }

    async fn until(&self, what: &str, done: impl Fn() -> bool) {
        let started = Instant::now();
        while !done() {
            assert!(started.elapsed() < PATIENCE, "no {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn count(&self, which: usize, sql: &str) -> u64 {
        let path = below(self.folders[which].path()).expect("a journal");
        let db = journal::open_for_reading(&path).expect("opens");
        db.query_row(sql, [], |row| row.get(0)).expect("reads")
    }
}

/// The alerts published, each (id, seq) with its text: no number means two things.
fn published(probe: &Probe) -> BTreeMap<(String, u64), serde_json::Value> {
    let mut once = BTreeMap::new();
    for seen in probe.seen("/alerts/") {
        let event: serde_json::Value = serde_json::from_str(&seen.payload).expect("JSON");
        let key = (event["id"].to_string(), event["properties"]["seq"].as_u64().expect("seq"));
        let before = once.insert(key, event.clone());
        assert!(before.is_none_or(|before| before == event), "{event}");
    }
    once
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_of_while_the_standby_was_down_is_open_and_acknowledged_after_the_take_over() {
    let mut pair = Pair::new(|_| {}).await;
    let mut first = pair.start(0);
    active(&pair.probe, "a", 1).await;
    let mut second = pair.follow(1).await;
    second.kill();
    for line in vessels::entry(314_001_000, 0) {
        pair.probe.publish(TOPIC, line).await;
    }
    let alert = pair.probe.wait("/alerts/", 1).await.remove(0);
    let id = alert.topic.rsplit('/').next().expect("an id").to_owned();
    let body = format!(r#"{{"action":"acknowledge","alert":"{id}","by":"Lt Clarke"}}"#);
    pair.probe.publish("vigie/bb-ops/actions/1", body).await;
    let acknowledged = "SELECT count(*) FROM alert WHERE acknowledged_by = 'Lt Clarke' AND phase <> 'ended'";
    pair.until("acknowledgement", || pair.count(0, acknowledged) == 1).await;
    let _second = pair.follow(1).await;
    first.kill();
    active(&pair.probe, "b", 2).await;
    pair.until("acknowledgement", || pair.count(1, acknowledged) == 1).await;
    assert_eq!(events(pair.folders[1].path()), events(pair.folders[0].path()));
    assert_eq!(published(&pair.probe).len(), 1);
}

fn beacon(mmsi: u32) -> String {
    let fix = Fix {
        place: Place { lon: -59.6, lat: 13.1 },
        sog_kn: 0.0,
        cog_deg: 0.0,
        heading_deg: None,
        second: 0,
    };
    sentences(&position_a(mmsi, 14, fix), "ragged-point", START_MS, 0, b'A')
}

/// A machine that is paused, as one that is moved: what it says when it goes on, the other one has said by then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_active_node_that_was_paused_says_nothing_beside_the_one_that_took_over() {
    let mut pair = Pair::new(|folder| {
        // Arrival counts: each node has times of its own.
        let main = std::fs::read_to_string(folder.join("vigie.toml")).expect("reads");
        std::fs::write(folder.join("vigie.toml"), main.replace("own_times = \"always\"\n", "")).expect("writes");
        let rule = "[[rule]]\nname = \"distress\"\npattern = \"distress\"\nseverity = \"extreme\"\n[rule.limits]\nsignals = [\"active\"]\nmax_silence = \"30 min\"\n";
        std::fs::write(folder.join("rules.toml"), rule).expect("writes");
    })
    .await;
    let mut first = pair.start(0);
    active(&pair.probe, "a", 1).await;
    let mut second = pair.follow(1).await;
    let signal = |name: &str, node: &Vigie| {
        let sent = Command::new("kill").args([name, &node.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    };
    signal("-STOP", &first);
    for mmsi in [970_111_111, 970_222_222] {
        pair.probe.publish(TOPIC, beacon(mmsi)).await;
    }
    active(&pair.probe, "b", 2).await;
    pair.probe.wait("/alerts/distress/", 2).await;
    signal("-CONT", &first);
    let started = Instant::now();
    while !first.has_ended() {
        assert!(started.elapsed() < PATIENCE, "the one that was paused ends");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(published(&pair.probe).len(), 2);
    // It comes back as the standby, takes over, and has the alerts that the other one raised.
    let _first = pair.follow(0).await;
    second.kill();
    active(&pair.probe, "a", 3).await;
    pair.probe.publish(TOPIC, beacon(970_333_333)).await;
    pair.probe.wait_for("/alerts/distress/", "970333333").await;
    let published = published(&pair.probe);
    assert_eq!(published.len(), 3, "{published:?}");
    assert!(published.values().all(|event| event["properties"]["phase"] == "raised"));
    pair.until("journal", || pair.count(0, "SELECT count(*) FROM alert WHERE phase <> 'ended'") == 3).await;
}

/// Who may write on the broker, and has not the pair's key, neither stops the active node nor keeps the standby waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_and_signs_of_life_that_the_pair_did_not_sign_change_nothing() {
    let pair = Pair::new(|folder| {
        let main = std::fs::read_to_string(folder.join("vigie.toml")).expect("reads");
        let main = main.replace("url = \"mqtt", "require_signed = true\nurl = \"mqtt");
        let key_file = folder.join("node.key");
        let main = format!("{main}\n[sharing]\nkey_file = \"{}\"\n", key_file.display());
        std::fs::write(folder.join("vigie.toml"), main).expect("writes");
    })
    .await;
    let made =
        Command::new(env!("CARGO_BIN_EXE_vigie")).args(["keys", "new", "-c"]).arg(&pair.configs[0]).output();
    assert!(made.is_ok_and(|made| made.status.success()));
    let [key, copy] = pair.folders.each_ref().map(|folder| folder.path().join("node.key"));
    std::fs::copy(key, copy).expect("copies");
    let mut pair = pair;
    let mut first = pair.start(0);
    active(&pair.probe, "a", 1).await;
    let _second = pair.follow(1).await;
    for forged in [
        r#"{"term":9,"instance":"z"}"#.to_owned(),
        format!(r#"{{"term":9,"instance":"z","signature":"{}"}}"#, "A".repeat(86)),
    ] {
        pair.probe.publish("vigie/bb-ops/active", forged).await;
    }
    pair.probe.wait("/replica/alive", 3).await;
    let old = pair.probe.seen("/replica/alive")[0].payload.clone();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!first.has_ended(), "a forged claim stops nobody");
    first.kill();
    let mut replayer = Probe::new(&pair.broker.config(), "replayer", "nothing").await;
    let replaying = tokio::spawn(async move {
        loop {
            for sign in [old.clone(), r#"{"term":1,"instance":"a"}"#.to_owned()] {
                replayer.publish("vigie/bb-ops/replica/alive", sign).await;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    active(&pair.probe, "b", 2).await;
    replaying.abort();
}
