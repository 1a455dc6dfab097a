//! End to end over MQTT: the same tests against the embedded broker and against a real Mosquitto.

use std::path::Path;
use std::time::{Duration, Instant};

use vigie::config::{Broker as BrokerConfig, Config, Feed, Node, Secret, State};
use vigie::engine::{Counts, Look, Output, ReadyLists, Setup};
use vigie::health::Health;
use vigie::journal::{Entry, Journal};
use vigie::model::saved::{SavedState, StateWriter, Unreadable};
use vigie::model::{
    ActionKind, AlertEvent, Attention, Certainty, Deed, Evidence, Input, Owner, Phase, Place, Position,
    Severity, Time,
};
use vigie::mqtt::sender::Sender;
use vigie::pipeline::{self, Core, Options, Running};
use vigie::sinks::event_json::{Stamp, render};
use vigie::wire::Format;

use crate::on_both_brokers;
use crate::support::brokers::{Broker, Mosquitto, certificates};
use crate::support::journal;
use crate::support::probe::{PATIENCE, Probe};
use crate::support::proxy::Proxy;

const FEED: &str = "feeds/bb/ragged-point/ais";

fn config(folder: &Path, broker: BrokerConfig) -> Config {
    let feed = |name: &str, topic: &str| Feed::new(name, vec![topic.to_owned()], Format::Nmea);
    Config {
        node: Node { name: "bb-ops".to_owned(), owner: Owner::State("BRB".to_owned()) },
        broker: Some(broker),
        feeds: vec![feed("ragged-point", FEED), feed("others", "feeds/+/others/#")],
        http: None,
        lists_topic: None,
        sharing: Default::default(),
        centres: Default::default(),
        policy: Default::default(),
        state: State { folder: folder.join("state"), ..State::default() },
        setup: Setup::default(),
        rule_files: Vec::new(),
    }
}

/// A stand-in for the engine: acknowledging an alert raises one of that id.
struct Echo;

impl Core for Echo {
    fn step(&mut self, inputs: &[Input], out: &mut Vec<Output>) {
        for input in inputs {
            if let Input::Action(action) = input
                && let ActionKind::Alert { alert, deed: Deed::Acknowledge } = &action.kind
            {
                out.push(Output::Alert(Box::new(alert_of(alert, action.time))));
            }
        }
    }

    fn counts(&self) -> Counts {
        Counts::default()
    }

    fn save(&self, _: &mut StateWriter) {}

    fn resume(_: Setup, _: &mut SavedState<'_>, _: &mut Vec<Output>) -> Result<Echo, Unreadable> {
        Ok(Echo)
    }

    fn put_lists(&mut self, _: ReadyLists) {}

    fn is_open(&self, _: &str) -> bool {
        true
    }

    fn look(&self) -> Look {
        Look::default()
    }
}

fn alert_of(id: &str, time: Time) -> AlertEvent {
    let position = Position::new(-59.71, 13.02).expect("a position");
    AlertEvent {
        id: id.to_owned(),
        seq: 1,
        pattern: "zone".into(),
        rule: "test".to_owned(),
        rules_hash: String::new(),
        rules_version: String::new(),
        phase: Phase::Raised,
        end_reason: None,
        severity: Severity::Minor,
        certainty: Certainty::Observed,
        attention: Attention::default(),
        usual: None,
        onset: time,
        time,
        ended: None,
        subjects: Vec::new(),
        position,
        zones: Vec::new(),
        place: Place::default(),
        not_judged: Vec::new(),
        incident: None,
        joins: Vec::new(),
        flood: None,
        measured: Vec::new(),
        limits: Vec::new(),
        summary: format!("alert {id}"),
        evidence: Evidence { reports: 0, first: time, last: time, feeds: Vec::new(), trail: Vec::new() },
    }
}

fn start(config: Config) -> Running {
    let options =
        Options { config, exercise: None, record: None, on_alert: None, audience: None, taken_over: None };
    pipeline::start(options, Echo).expect("starts")
}

async fn until(running: &Running, what: &str, done: impl Fn(&Health) -> bool) {
    let started = Instant::now();
    while !done(&running.board.note()) {
        assert!(started.elapsed() < PATIENCE, "not {what} in {PATIENCE:?}: {:?}", running.board.note());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn acknowledge(id: usize) -> String {
    format!(r#"{{"action":"acknowledge","alert":"{id}","by":"test"}}"#)
}

const ACTIONS: &str = "vigie/bb-ops/actions/1";

/// The alerts seen, each id once, in the order of their first coming.
fn ids(probe: &Probe) -> Vec<String> {
    let mut ids = Vec::new();
    for seen in probe.seen("/alerts/") {
        let id = seen.topic.rsplit('/').next().expect("levels").to_owned();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|id| id.to_string()).collect()
}

on_both_brokers! {
    alerts_arrive_in_order
    retained_messages_are_old_news
    a_cut_wire_loses_nothing
    unsent_alerts_are_sent_after_a_restart
    a_large_payload_is_taken
    an_exercise_is_apart
    bad_actions_are_counted
}

async fn connected(running: &Running) {
    until(running, "connected", |health| health.broker.connected).await;
}

async fn alerts_arrive_in_order(broker: Broker) {
    let folder = tempfile::tempdir().expect("folder");
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let running = start(config(folder.path(), broker.config()));
    connected(&running).await;
    for id in 0..100 {
        probe.publish(ACTIONS, acknowledge(id)).await;
    }
    probe.wait("/alerts/zone/", 100).await;
    assert_eq!(ids(&probe), numbered(100));
    let health = running.end().await.expect("ends");
    assert_eq!((health.written, health.sent(), health.actions), (100, 100, 100));
    assert!(health.latency_ms([0.5]).is_some(), "timed");

    let published: Vec<String> = probe.seen("/alerts/").into_iter().map(|seen| seen.payload).collect();
    assert_eq!(journal::events(folder.path()), published, "the journal holds what was published");
    probe.wait_for("/status", r#""state":"offline""#).await;
}

async fn retained_messages_are_old_news(broker: Broker) {
    let folder = tempfile::tempdir().expect("folder");
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    probe.publish_retained(FEED, "!AIVDM").await;
    probe.publish_retained("feeds/lc/others/7", "!AIVDM").await;
    probe.acknowledged().await;
    // A broker sends retained messages at every subscription.
    for round in 1..=2 {
        let running = start(config(folder.path(), broker.config()));
        until(&running, "dropped", |health| health.feeds.iter().all(|feed| feed.retained == 1)).await;
        // What is published retained while somebody listens is news.
        probe.publish_retained(FEED, "!AIVDM").await;
        until(&running, "taken", |health| health.feeds[0].messages == 1).await;
        let health = running.end().await.expect("ends");
        assert_eq!(health.messages, 1, "round {round}");
    }
}

async fn a_cut_wire_loses_nothing(broker: Broker) {
    let folder = tempfile::tempdir().expect("folder");
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let proxy = Proxy::to(broker.config().port).await;
    let running = start(config(folder.path(), vigie::mqtt::broker::on_loopback(proxy.port)));
    connected(&running).await;
    for id in 0..400 {
        probe.publish(ACTIONS, acknowledge(id)).await;
        if id % 100 == 50 {
            proxy.cut();
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let all = |probe: &Probe| ids(probe).len() >= 400;
    let started = Instant::now();
    while !all(&probe) {
        let missing: Vec<String> = numbered(400).into_iter().filter(|id| !ids(&probe).contains(id)).collect();
        assert!(started.elapsed() < PATIENCE, "missing: {missing:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let health = running.end().await.expect("ends");
    assert_eq!(health.written, health.sent());
    assert!(health.broker.connections > 4, "{:?}", health.broker);
}

async fn unsent_alerts_are_sent_after_a_restart(broker: Broker) {
    let folder = tempfile::tempdir().expect("folder");
    let config = config(folder.path(), broker.config());
    {
        let mut journal = Journal::open(&config.state.folder.join(vigie::journal::FILE)).expect("opens");
        let entry = |id: &str| {
            let event = alert_of(id, Time::from_secs(0));
            let (node, state) = ("bb-ops".to_owned(), "BRB".to_owned());
            let mut text = String::new();
            render(&event, &Stamp { node, state, exercise: None, marks: Default::default() }, &mut text);
            Entry::Alert(Box::new(event), text)
        };
        assert_eq!(
            journal.append(&mut ["a", "b", "c"].map(entry)).expect("writes"),
            [Some(1), Some(2), Some(3)]
        );
        assert_eq!(
            journal.append(&mut [entry("b")]).expect("writes"),
            [None],
            "what is there is not written again"
        );
        let mut outbox = journal.outbox(vigie::journal::COORDINATION).expect("opens");
        let n = outbox.oldest().expect("reads").expect("waits").n;
        outbox.sent(n).expect("writes");
    }
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let running = start(config);
    connected(&running).await;
    probe.publish(ACTIONS, acknowledge(7)).await;
    probe.wait("/alerts/", 3).await;
    assert_eq!(ids(&probe), ["b", "c", "7"]);
    let health = running.end().await.expect("ends");
    assert_eq!((health.written, health.sent()), (4, 4));
}

async fn a_large_payload_is_taken(broker: Broker) {
    let folder = tempfile::tempdir().expect("folder");
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let running = start(config(folder.path(), broker.config()));
    connected(&running).await;
    probe.publish(FEED, vec![b'x'; 3 * 1024 * 1024]).await;
    probe.publish(FEED, "!AIVDM").await;
    until(&running, "taken", |health| health.feeds[0].messages == 2).await;
    let health = running.end().await.expect("ends");
    assert_eq!(health.broker.connections, 2, "one each, and none was lost");
}

async fn an_exercise_is_apart(broker: Broker) {
    let folder = tempfile::tempdir().expect("folder");
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let real = start(config(folder.path(), broker.config()));
    let exercise = Some("dawn".to_owned());
    let config = config(folder.path(), broker.config());
    let options =
        Options { config, exercise, record: None, on_alert: None, audience: None, taken_over: None };
    let played = pipeline::start(options, Echo).expect("starts beside the real one");
    connected(&real).await;
    connected(&played).await;

    probe.publish(ACTIONS, acknowledge(1)).await;
    probe.publish(&format!("vigie/exercise/dawn/{ACTIONS}"), acknowledge(2)).await;
    probe.publish(&format!("vigie/exercise/dawn/{FEED}"), "!AIVDM").await;
    let alerts = probe.wait("/alerts/", 2).await;
    until(&played, "read", |health| health.feeds[0].messages == 1).await;
    let mut topics: Vec<&str> = alerts.iter().map(|seen| seen.topic.as_str()).collect();
    topics.sort_unstable();
    assert_eq!(topics, ["vigie/bb-ops/alerts/zone/1", "vigie/bb-ops/exercise/dawn/alerts/zone/2"]);
    assert!(
        alerts
            .iter()
            .all(|seen| seen.topic.contains("/exercise/") == seen.payload.contains(r#""exercise":"dawn""#))
    );
    probe.wait_for("vigie/bb-ops/exercise/dawn/status", r#""exercise":"dawn","state":"watching""#).await;
    assert_eq!(played.end().await.expect("ends").actions, 1);
    let health = real.end().await.expect("ends");
    assert_eq!((health.actions, health.messages), (1, 1), "nothing of the exercise");
    let kept = std::fs::read_dir(folder.path().join("state/exercises")).expect("a folder of its own");
    assert_eq!(kept.count(), 1);
}

async fn bad_actions_are_counted(broker: Broker) {
    let folder = tempfile::tempdir().expect("folder");
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let running = start(config(folder.path(), broker.config()));
    connected(&running).await;
    for payload in [&b"\xff\xfe"[..], b"{}", b"[[[[", br#"{"action":"sink","by":"x"}"#] {
        probe.publish(ACTIONS, payload).await;
    }
    probe.publish(ACTIONS, acknowledge(1)).await;
    probe.wait("/alerts/", 1).await;
    let health = running.end().await.expect("ends");
    assert_eq!((health.actions, health.actions_refused), (1, 4));
}

/// Mosquitto is stopped and started again in the middle, with and without its memory of sessions.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_restarts_loses_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let mut mosquitto = Mosquitto::start("allow_anonymous true\n");
    let on_loopback = vigie::mqtt::broker::on_loopback(mosquitto.port);
    let mut probe = Probe::new(&on_loopback, "probe", "vigie/#").await;
    let running = start(config(folder.path(), on_loopback));
    connected(&running).await;
    for id in 0..200 {
        probe.publish(ACTIONS, acknowledge(id)).await;
    }
    probe.acknowledged().await;
    mosquitto.stop();
    until(&running, "away", |health| !health.broker.connected).await;
    mosquitto.restart();
    connected(&running).await;
    // The library behind the probe may lose what it is given while it has no connection.
    probe.subscribed(2).await;
    for id in 200..300 {
        probe.publish(ACTIONS, acknowledge(id)).await;
    }
    // One that was under way when the broker stopped may come twice.
    let mut seen = probe.seen("/alerts/").len();
    while ids(&probe).len() < 300 {
        probe.wait("/alerts/", seen + 1).await;
        seen += 1;
    }
    let mut found = ids(&probe);
    found.sort_by_key(|id| id.parse::<usize>().expect("a number"));
    assert_eq!(found, numbered(300));

    mosquitto.stop();
    std::fs::remove_file(mosquitto.folder.path().join("mosquitto.db")).expect("its memory");
    mosquitto.restart();
    connected(&running).await;
    let mut probe = Probe::new(&vigie::mqtt::broker::on_loopback(mosquitto.port), "another", "vigie/#").await;
    probe.publish(ACTIONS, acknowledge(300)).await;
    probe.wait("/alerts/zone/300", 1).await;
    running.end().await.expect("ends");
}

/// The status `vigie/<node>/status` after the program is gone without a last message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_will_says_offline() {
    let folder = tempfile::tempdir().expect("folder");
    let broker = Broker::mosquitto();
    let probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let proxy = Proxy::to(broker.config().port).await;
    let running = start(config(folder.path(), vigie::mqtt::broker::on_loopback(proxy.port)));
    connected(&running).await;
    let told = probe.wait_for("vigie/bb-ops/status", r#""state":"watching""#).await;
    assert!(told.payload.contains(r#""name":"ragged-point","state":"waiting""#), "{}", told.payload);
    proxy.cut();
    probe.wait_for("vigie/bb-ops/status", r#""state":"offline""#).await;
    running.end().await.expect("ends");
}

fn secured(ca: &str) -> (Mosquitto, BrokerConfig) {
    let folder = tempfile::tempdir().expect("folder");
    certificates(folder.path(), "authority");
    certificates(folder.path(), "stranger");
    // The server's certificate is the stranger's now; make it the authority's.
    certificates(folder.path(), "authority");
    let passwords = folder.path().join("passwords");
    let status = std::process::Command::new("mosquitto_passwd")
        .args(["-b", "-c"])
        .arg(&passwords)
        .args(["bb-ops", "right"])
        .status();
    assert!(status.is_ok_and(|status| status.success()), "mosquitto_passwd works");
    let lines = "cafile {dir}/authority.pem\ncertfile {dir}/server.pem\nkeyfile {dir}/server.key\n\
                 allow_anonymous false\npassword_file {dir}/passwords\n";
    let mosquitto = Mosquitto::start_in(folder, lines);
    let mut broker = vigie::mqtt::broker::on_loopback(mosquitto.port);
    broker.tls = true;
    broker.ca_file = Some(mosquitto.folder.path().join(ca));
    broker.user = Some("bb-ops".to_owned());
    broker.password = Some(Secret("right".to_owned()));
    (mosquitto, broker)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn user_password_and_tls() {
    let folder = tempfile::tempdir().expect("folder");
    let (_mosquitto, broker) = secured("authority.pem");
    let mut probe = Probe::new(&broker, "probe", "vigie/#").await;
    let running = start(config(folder.path(), broker));
    connected(&running).await;
    probe.publish(ACTIONS, acknowledge(1)).await;
    probe.wait("/alerts/", 1).await;
    running.end().await.expect("ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_told_in_words() {
    let folder = tempfile::tempdir().expect("folder");
    let (_mosquitto, mut broker) = secured("authority.pem");
    broker.password = Some(Secret("hunter2".to_owned()));
    let running = start(config(folder.path(), broker));
    until(&running, "refused", |health| health.broker.failed_tries > 3).await;
    let health = running.end().await.expect("ends");
    let reason = health.broker.reason.expect("a reason");
    assert_eq!(reason, "the broker refuses user bb-ops: wrong user or password, or not allowed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strange_authority_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let (_mosquitto, broker) = secured("stranger.pem");
    let running = start(config(folder.path(), broker));
    until(&running, "refused", |health| health.broker.failed_tries > 1).await;
    let health = running.end().await.expect("ends");
    let reason = health.broker.reason.expect("a reason");
    assert!(reason.contains("certificate"), "{reason}");
    assert_eq!(health.broker.connections, 0);
}

/// An exercise continues where the connection was cut: nothing is missing, and all messages are in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_goes_on_after_its_connection_was_cut() {
    let mosquitto = Mosquitto::start("allow_anonymous true\nmax_queued_messages 0\n");
    let broker = vigie::mqtt::broker::on_loopback(mosquitto.port);
    let probe = Probe::new(&broker, "probe", "numbers").await;
    let proxy = Proxy::to(mosquitto.port).await;
    let mut sender =
        Sender::connect(&vigie::mqtt::broker::on_loopback(proxy.port), "director").await.expect("connects");
    for n in 0..3_000 {
        if n % 700 == 650 {
            proxy.cut();
        }
        sender.send("numbers".to_owned(), n.to_string().into_bytes()).await.expect("sent");
    }
    assert_eq!(sender.finish().await.expect("acknowledged"), 3_000);
    probe.wait_for("numbers", "2999").await;
    // One that the broker had, but whose acknowledgement was lost, comes twice; none is missing or late.
    let (mut next, mut again) = (0, 0);
    for seen in probe.seen("numbers") {
        let n: usize = seen.payload.parse().expect("a number");
        assert!(n <= next, "{next} is missing before {n}");
        again += usize::from(n < next);
        next = next.max(n + 1);
    }
    assert!(next == 3_000 && again <= 4 * 50, "{next}, {again} twice");
}
