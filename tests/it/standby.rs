//! Two nodes of one name: the active one dies, and the other goes on as if it had been that one.

use std::time::{Duration, Instant};

use vigie::journal;
use vigie::mqtt::sender::Sender;

use crate::kill::{Vigie, configuration, night, watched};
use crate::support::brokers::Broker;
use crate::support::journal::{below, events};
use crate::support::probe::{PATIENCE, Probe};

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
    let taken = journal::input::read(&state, 0, |_, _| Ok(())).expect("reads");
    assert_eq!(taken, night.len() as u64 + 1, "messages taken");
    let mut once: Vec<String> = Vec::new();
    for seen in probe.seen("/alerts/") {
        if !once.contains(&seen.payload) {
            once.push(seen.payload);
        }
    }
    assert_eq!(once.join("\n"), undisturbed.join("\n"), "what was published");
    assert_eq!(events(&state).join("\n"), undisturbed.join("\n"), "what the last one's journal holds");
}
