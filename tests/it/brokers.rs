//! The broker configurations of `config/brokers`: each is started as it ships, and attacked.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use vigie::config::{Broker, Secret};
use vigie::mqtt::broker::on_loopback;

use crate::support::brokers::{Mosquitto, certificates};
use crate::support::probe::Probe;

/// Users of the brokers, with their names as passwords.
const USERS: [&str; 6] = ["bb-ops", "lc-ops", "jrcc", "vigie", "sensors", "coordination"];

/// Starts a configuration of a folder, with TLS as it ships, on a port of the test's own. The bridge leads to `regional`.
fn start(folder: &str, regional: Option<&Mosquitto>) -> Mosquitto {
    let ships = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/brokers").join(folder);
    let dir = tempfile::tempdir().expect("folder");
    std::fs::copy(ships.join("access"), dir.path().join("access")).expect("copies");
    let passwords = dir.path().join("passwords");
    for (n, user) in USERS.iter().enumerate() {
        let create: &[&str] = if n == 0 { &["-b", "-c"] } else { &["-b"] };
        let made = Command::new("mosquitto_passwd").args(create).arg(&passwords).args([user, user]).status();
        assert!(made.is_ok_and(|status| status.success()), "mosquitto_passwd works");
    }
    let text = std::fs::read_to_string(ships.join("mosquitto.conf")).expect("reads");
    // The test has its own listener, persistence and queues.
    let not_here = ["listener", "persistence", "autosave", "max_", "set_tcp"];
    let kept = text.lines().filter(|line| !not_here.iter().any(|word| line.starts_with(word)));
    let mut lines: String = kept.map(|line| format!("{line}\n")).collect();
    certificates(dir.path(), "ca");
    if let Some(regional) = regional {
        lines = lines.replace("regional.example:8883", &format!("127.0.0.1:{}", regional.port));
        lines = lines.replace(
            "bridge_cafile /etc/mosquitto/certs/ca.pem",
            &format!("bridge_cafile {}", regional.folder.path().join("ca.pem").display()),
        );
    }
    lines = lines.replace("/etc/mosquitto/certs", "{dir}").replace("/etc/mosquitto", "{dir}");
    Mosquitto::start_in(dir, &lines.replace("change-me", "lc-ops"))
}

fn as_user(mosquitto: &Mosquitto, user: &str) -> Broker {
    let (password, ca_file) = (Some(Secret(user.to_owned())), Some(mosquitto.folder.path().join("ca.pem")));
    Broker { user: Some(user.to_owned()), password, tls: true, ca_file, ..on_loopback(mosquitto.port) }
}

async fn settled() {
    tokio::time::sleep(Duration::from_millis(500)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_a_regional_broker_a_state_reads_its_own_letters_and_writes_in_its_own_name() {
    let mosquitto = start("regional", None);
    let mut barbados = Probe::new(&as_user(&mosquitto, "bb-ops"), "bb", "#").await;
    let mut saint_lucia = Probe::new(&as_user(&mosquitto, "lc-ops"), "lc", "#").await;
    let jrcc = Probe::new(&as_user(&mosquitto, "jrcc"), "jrcc", "#").await;
    for prefix in ["", "vigie/exercise/dawn/"] {
        barbados.publish(&format!("{prefix}vigie/share/jrcc/bb-ops/alerts/1"), "right").await;
        // In another's name: an alert, an acknowledgement, and what would be an order at the node itself.
        for topic in [
            "vigie/share/jrcc/bb-ops/alerts/2",
            "vigie/share/lc-ops/bb-ops/actions/3",
            "vigie/jrcc/actions/4",
            "feeds/x",
        ] {
            saint_lucia.publish(&format!("{prefix}{topic}"), "forged").await;
        }
    }
    barbados.acknowledged().await;
    // The broker does not acknowledge what it refuses.
    settled().await;
    jrcc.wait("vigie/share/jrcc/bb-ops/alerts/1", 2).await;
    settled().await;
    assert_eq!(jrcc.seen("").len(), 2, "{:?}", jrcc.seen(""));
    assert!(
        saint_lucia.seen("").is_empty(),
        "it reads nothing that is for another: {:?}",
        saint_lucia.seen("")
    );
    assert!(barbados.seen("").is_empty(), "{:?}", barbados.seen(""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_a_bridge_letters_of_both_sides_arrive_and_nothing_else_passes() {
    let mut regional = start("regional", None);
    let state = start("state", Some(&regional));
    let mut node = Probe::new(&as_user(&state, "vigie"), "node", "#").await;
    let mut sensors = Probe::new(&as_user(&state, "sensors"), "sensors", "#").await;
    let jrcc = Probe::new(&as_user(&regional, "jrcc"), "jrcc", "#").await;
    let mut barbados = Probe::new(&as_user(&regional, "bb-ops"), "bb", "#").await;
    sensors.publish("feeds/lc/ais", "!AIVDM").await;
    sensors.publish("vigie/share/jrcc/lc-ops/alerts/9", "forged by a receiver").await;
    node.publish("vigie/lc-ops/alerts/zone/1", "own affair").await;
    node.publish("vigie/share/jrcc/lc-ops/alerts/1", "letter").await;
    barbados.publish("vigie/share/lc-ops/bb-ops/alerts/2", "letter").await;
    jrcc.wait("vigie/share/jrcc/lc-ops/alerts/1", 1).await;
    node.wait("vigie/share/lc-ops/bb-ops/alerts/2", 1).await;

    // The link is down: letters wait, in their order.
    regional.stop();
    for n in 10..20 {
        node.publish(&format!("vigie/share/jrcc/lc-ops/alerts/{n}"), "letter").await;
    }
    node.acknowledged().await;
    regional.restart();
    let seen = jrcc.wait("vigie/share/jrcc/lc-ops/alerts/", 11).await;
    let ids: Vec<&str> = seen.iter().filter_map(|seen| seen.topic.rsplit('/').next()).collect();
    let want: Vec<String> = std::iter::once(1).chain(10..20).map(|n: i32| n.to_string()).collect();
    assert_eq!(ids, want);
    assert!(seen.iter().all(|seen| seen.payload == "letter"));
    assert!(sensors.seen("").is_empty(), "a receiver reads nothing");
    settled().await;
    assert!(jrcc.seen("feeds/").is_empty() && jrcc.seen("vigie/lc-ops/").is_empty());
}
