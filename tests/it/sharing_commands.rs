//! `vigie keys` and `vigie share`, as an officer calls them.

use std::path::Path;
use std::process::{Command, Output};

use vigie::journal::{Entry, Journal};
use vigie::model::{AlertMessage, Origin, Time};
use vigie::wire::actions;

fn vigie(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vigie")).args(arguments).current_dir(folder).output().expect("runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const MAIN: &str = r#"[node]
name = "bb-ops"
state = "BRB"
[sharing]
centres = "centres.toml"
policy = "policy.toml"
"#;

const POLICY: &str = r#"[[share]]
name = "severe"
to = ["lc-ops"]
what = "alerts"
severity = "severe"
"#;

const ALERT: &str = r#"{"type":"Feature","id":"0b9f8b1c-7c5e-5f0a-8a55-000000000001","geometry":{"type":"Point","coordinates":[-59.71,13.02]},"properties":{"node":"bb-ops","state":"BRB","marking":"restricted","releasable_to":["BRB","JRCC","LCA"],"seq":1,"pattern":"loitering","rule":"r","phase":"raised","severity":"severe","onset":"2026-01-01T04:00:07Z","time":"2026-01-01T05:00:09Z","subjects":[{"track":"mmsi:314001000"}],"summary":"CALYPSO stays."}}"#;

/// A node's folder: the key that `vigie keys new` makes is the one in the file of centres.
fn node(folder: &Path) -> String {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    write("vigie.toml", MAIN);
    write("policy.toml", POLICY);
    // As yet there is neither a key nor a file of centres: the command works all the same.
    let made = vigie(folder, &["keys", "new", "-c", "vigie.toml"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let line = text(&made.stdout);
    assert!(line.starts_with("key = \"") && line.len() == 52, "{line}");
    let centre =
        |name: &str, owner: &str, key: &str| format!("[[centre]]\nname = \"{name}\"\n{owner}\n{key}\n");
    let centres = centre("bb-ops", "state = \"BRB\"", &line)
        + &centre("lc-ops", "state = \"LCA\"", &line.replace(&line[7..17], "AAAAAAAAAA"))
        + &centre("jrcc", "body = \"JRCC\"", &line.replace(&line[7..17], "BBBBBBBBBB"));
    write("centres.toml", &centres);
    line
}

#[test]
fn a_key_is_made_once_and_fits_the_file_of_centres() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = node(folder.path());
    let shown = vigie(folder.path(), &["keys", "show", "-c", "vigie.toml"]);
    assert_eq!(text(&shown.stdout), line);
    let checked = vigie(folder.path(), &["check", "-c", "vigie.toml"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert!(!text(&checked.stderr).contains("key"), "{}", text(&checked.stderr));
    let again = vigie(folder.path(), &["keys", "new", "-c", "vigie.toml"]);
    assert_eq!(again.status.code(), Some(1), "{}", text(&again.stderr));
    assert!(text(&again.stderr).contains("exists already"), "{}", text(&again.stderr));
    let other = vigie(folder.path(), &["keys", "new", "--replace", "-c", "vigie.toml"]);
    assert!(other.status.success() && text(&other.stdout) != line);
    let checked = vigie(folder.path(), &["check", "-c", "vigie.toml"]);
    assert_eq!(checked.status.code(), Some(2), "the new key is not that of the file of centres");
    assert!(text(&checked.stderr).contains("does not fit the key of centre"), "{}", text(&checked.stderr));
}

#[test]
fn an_alert_of_the_journal_is_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    node(folder.path());
    let mut journal = Journal::open(&folder.path().join("state/journal.db")).expect("opens");
    let event = AlertMessage::read(ALERT).expect("an alert").event.into_owned();
    journal.append(&mut [Entry::Alert(Box::new(event), ALERT.to_owned())]).expect("written");
    let explain = |more: &[&str]| {
        let arguments = [&["share", "--explain", "0b9f", "-c", "vigie.toml"], more].concat();
        let told = vigie(folder.path(), &arguments);
        assert!(told.status.success(), "{}", text(&told.stderr));
        text(&told.stdout)
    };
    let told = explain(&[]);
    for line in [
        "restricted, releasable to BRB, JRCC, LCA",
        "lc-ops (lc-ops, LCA) gets it (share \"severe\"): as it is",
        "  \"CALYPSO stays.\"",
        "jrcc (jrcc, JRCC) does not get it: no share matches",
    ] {
        assert!(told.lines().any(|found| found == line), "{line}\n{told}");
    }
    let body = r#"{"action":"disclose","alert":"0b9f8b1c-7c5e-5f0a-8a55-000000000001","to":"jrcc","text":"asked for","by":"Clarke"}"#;
    let action = Box::new(actions::parse(body.as_bytes(), Time(5)).expect("an action"));
    let (id, body) = ("x".to_owned(), body.to_owned());
    journal.append(&mut [Entry::Action { id, action, body, origin: Origin::Console }]).expect("written");
    let told = explain(&[]);
    assert!(told.contains("jrcc (jrcc, JRCC) gets it: released by Clarke: asked for; "), "{told}");
    let rows: serde_json::Value = serde_json::from_str(&explain(&["--json"])).expect("JSON");
    assert_eq!((&rows[1]["centre"], &rows[1]["released"]), (&"jrcc".into(), &true.into()));
    let none = vigie(folder.path(), &["share", "--explain", "ffff", "-c", "vigie.toml"]);
    assert!(text(&none.stderr).contains("begins with ffff"), "{}", text(&none.stderr));
}
