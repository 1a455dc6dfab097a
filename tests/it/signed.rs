//! Actions over MQTT that must be signed.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use vigie::journal;

use crate::kill::Vigie;
use crate::support::brokers::Broker;
use crate::support::journal::below;
use crate::support::probe::Probe;
use crate::support::vessels::write_config;

fn vigie(arguments: &[&str], config: &Path, input: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(arguments).arg("-c").arg(config).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("starts");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsigned_action_is_refused_and_a_signed_one_is_taken_once() {
    let folder = tempfile::tempdir().expect("folder");
    let broker = Broker::mosquitto();
    let url = format!("url = \"mqtt://127.0.0.1:{}\"\nrequire_signed = true", broker.config().port);
    let config = write_config(folder.path(), &url);
    vigie(&["keys", "new"], &config, "");
    let mut probe = Probe::new(&broker.config(), "probe", "vigie/#").await;
    let _watch = Vigie::start(&config, &[]);
    probe.wait_for("/status", r#""state":"connected""#).await;
    let action = r#"{"action":"log","text":"launch under way","by":"Lt Clarke"}"#;
    let signed = vigie(&["sign"], &config, action);
    let elsewhere = vigie(&["sign", "--to", "lc-ops"], &config, action);
    for (n, payload) in [action, &signed, &signed, &elsewhere].into_iter().enumerate() {
        probe.publish(&format!("vigie/bb-ops/actions/{n}"), payload).await;
    }
    probe.wait_for("/status", r#""actions":{"taken":1,"refused":3,"#).await;
    let path = below(&folder.path().join("state")).expect("a journal");
    let db = journal::open_for_reading(&path).expect("opens");
    let sql = "SELECT count(*), max(body ->> '$.by') FROM entry WHERE kind = 'action'";
    let written: (u32, String) = db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("reads");
    assert_eq!(written, (1, "Lt Clarke".to_owned()), "once, and as it was signed");
}
