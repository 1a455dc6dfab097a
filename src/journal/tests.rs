use rusqlite::Connection;

use super::*;
use crate::clock;
use crate::model::{FeedId, Span};

pub(super) fn change(id: &str) -> Entry {
    Entry::Change { id: id.to_owned(), body: format!("{{\"what\":\"{id}\"}}") }
}

pub(super) fn at(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("deep/journal.db")
}

/// Verifies a journal whose entries were kept for any time.
pub(super) fn verdict_of(db: &Connection, head: Option<&str>) -> Verdict {
    let parse = |body: &str, written: Time| crate::wire::actions::parse(body.as_bytes(), written).ok();
    verify(db, &Question { head, kept: Span::ZERO, parse: &parse }).expect("reads")
}

pub(super) fn verdict(folder: &tempfile::TempDir, head: Option<&str>) -> Verdict {
    verdict_of(&open_for_reading(&at(folder)).expect("opens"), head)
}

#[test]
fn the_chain_shows_what_was_changed_or_cut() {
    let folder = tempfile::tempdir().expect("folder");
    let mut journal = Journal::open(&at(&folder)).expect("opens");
    journal.append(&mut [change("a"), change("b")]).expect("writes");
    let kept = journal.head();
    journal.append(&mut [change("c"), change("a")]).expect("writes");
    drop(journal);
    let mut journal = Journal::open(&at(&folder)).expect("opens again");
    journal.append(&mut [change("d")]).expect("writes");
    let whole = verdict(&folder, Some(&kept));
    assert_eq!((whole.entries, whole.broken, whole.holds), (4, None, Some(true)));
    assert_eq!(whole.head, journal.head());
    assert_eq!(verdict(&folder, Some("ff")).holds, Some(false));
    let spoil = |sql: &str, broken: (u64, &str)| {
        let copy = tempfile::tempdir().expect("folder");
        std::fs::create_dir_all(copy.path().join("deep")).expect("folder");
        backup(&at(&folder), &at(&copy)).expect("copies");
        Connection::open(at(&copy)).and_then(|db| db.execute(sql, [])).expect("spoils");
        assert_eq!(verdict(&copy, None).broken, Some(broken), "{sql}");
    };
    spoil("UPDATE entry SET body = 'x' WHERE n = 2", (2, "it is not what was written"));
    spoil("UPDATE entry SET kind = 'alert' WHERE n = 3", (3, "it is not what was written"));
    spoil("DELETE FROM entry WHERE n = 2", (3, "entries are missing before it"));
    spoil("UPDATE entry SET body = NULL WHERE n = 2", (2, "it was emptied before its time"));
    for column in [
        "written_ms = 5",
        "id = 'z'",
        "seq = 9",
        "put_out = 1",
        "body_hash = zeroblob(32)",
        "body_hash = NULL",
    ] {
        spoil(&format!("UPDATE entry SET {column} WHERE n = 3"), (3, "it is not what was written"));
    }
}

#[test]
fn two_actions_of_one_stamp_are_both_written_and_each_once() {
    let folder = tempfile::tempdir().expect("folder");
    let mut journal = Journal::open(&at(&folder)).expect("opens");
    let of_stamp = |text: &str| {
        let body = format!(r#"{{"action":"log","text":"{text}","by":"Clarke"}}"#);
        let action = crate::wire::actions::parse(body.as_bytes(), Time::from_secs(5)).expect("an action");
        Entry::Action { id: "own-7".to_owned(), action: Box::new(action), body, origin: Origin::Console }
    };
    for (text, n) in [("a", Some(1)), ("b", Some(2)), ("a", None), ("b", None), ("c", Some(3))] {
        assert_eq!(journal.append(&mut [of_stamp(text)]).expect("writes"), [n], "{text}");
    }
    assert_eq!(verdict(&folder, None).broken, None);
}

/// SQLite falls back to reading where a file cannot be opened for writing; a program that runs is such a file, for root too.
#[test]
fn a_journal_that_can_be_read_alone_is_not_opened_for_writing() {
    let folder = tempfile::tempdir().expect("folder");
    drop(Journal::open(&at(&folder)).expect("opens"));
    assert!(connect(&at(&folder), OpenFlags::SQLITE_OPEN_READ_ONLY).is_err());
    let wal = at(&folder).with_extension("db-wal");
    std::fs::copy("/bin/sleep", &wal).expect("copies");
    let mut running = std::process::Command::new(&wal).arg("60").spawn().expect("runs");
    let opened = connect(&at(&folder), WRITES);
    running.kill().and_then(|()| running.wait()).expect("ends");
    assert!(opened.is_err());
    connect(&at(&folder), WRITES).expect("opens again");
}

#[test]
fn reads_are_written_down_beside_the_watch_and_the_chain_holds() {
    let folder = tempfile::tempdir().expect("folder");
    let mut journal = Journal::open(&at(&folder)).expect("opens");
    journal.append(&mut [change("a")]).expect("writes");
    let read = |secs: i64, asked: &str| Read {
        time: Time::from_secs(secs),
        by: "clarke".to_owned(),
        what: "alerts",
        asked: asked.to_owned(),
    };
    note_read(&at(&folder), &read(0, "--vessel \"PELICAN\"")).expect("writes");
    // The watch writes on without having heard of it.
    assert_eq!(journal.append(&mut [change("b"), read(5, "").entry()]).expect("writes"), [Some(3), Some(4)]);
    note_read(&at(&folder), &read(9, "the same")).expect("writes");
    note_read(&at(&folder), &read(9, "the same")).expect("writes");
    let whole = verdict(&folder, Some(&journal.head()));
    assert_eq!((whole.entries, whole.broken, whole.holds), (6, None, Some(true)));
    let mut found = Vec::new();
    let db = open_for_reading(&at(&folder)).expect("opens");
    reads(&db, [None, None], |read| {
        found.push(read);
        Ok(())
    })
    .expect("reads");
    assert_eq!(found.len(), 4);
    let first =
        r#"{"asked":"--vessel \"PELICAN\"","by":"clarke","time":"1970-01-01T00:00:00Z","what":"alerts"}"#;
    assert_eq!(found[0], first);
    let ahead = Some(clock::now() + DAY);
    assert_eq!(reads(&db, [ahead, None], |_| Ok(())).expect("reads"), 0);
    assert_eq!(reads(&db, [None, ahead], |_| Ok(())).expect("reads"), 4);
    assert!(note_read(&folder.path().join("elsewhere.db"), &read(0, "")).is_err(), "makes none");
    assert!(!folder.path().join("elsewhere.db").exists());
}

#[test]
fn what_has_had_its_time_is_emptied_and_the_chain_holds() {
    let folder = tempfile::tempdir().expect("folder");
    let mut journal = Journal::open(&at(&folder)).expect("opens");
    let alert = |id: &str, phase: &str| {
        format!(
            "INSERT INTO entry (n, kind, written_ms, id, seq, body, hash)
             SELECT max(n) + 1, 'alert', 0, '{id}', 1, '{{}}', zeroblob(32) FROM entry;
             INSERT INTO alert (id, pattern, rule, severity, phase, seq, onset_ms, time_ms, last_n)
             SELECT '{id}', 'zone', 'r', 'minor', '{phase}', 1, 0, 0, max(n) FROM entry;
             INSERT INTO subject (alert, track) VALUES ('{id}', 'mmsi:1');"
        )
    };
    journal.append(&mut [change("begin")]).expect("writes");
    let all = alert("over", "ended") + &alert("open", "raised") + &alert("held", "ended");
    journal.db.execute_batch(&all).expect("writes");
    journal.db.execute("UPDATE alert SET held = 1 WHERE id = 'held'", []).expect("writes");
    let hour = Span::from_secs(3600);
    let cases = journal.cases().expect("reads");
    assert_eq!((cases.len(), cases[0]), (2, [Time(0) - hour, Time(0) + hour]), "held, of then");
    assert!(cases[1][0] == Time(0) - hour && cases[1][1] > clock::now(), "open, until now");
    assert_eq!(journal.retain(&minute()).expect("writes"), 1);
    assert_eq!(journal.retain(&minute()).expect("writes"), 0, "once");
    let count = |sql: &str| journal.db.query_row(sql, [], |row| row.get::<_, u64>(0)).expect("reads");
    assert_eq!(count("SELECT count(*) FROM alert"), 2);
    assert_eq!(count("SELECT count(*) FROM subject"), 2);
    assert_eq!(count("SELECT count(*) FROM entry WHERE body IS NULL AND id = 'over'"), 1);
    assert_eq!(count("SELECT count(*) FROM entry WHERE kind = 'retention'"), 1);
}

fn minute() -> Keep {
    let minute = Span::from_secs(60);
    Keep { alerts: minute, false_alarms: minute, log: minute }
}

pub(super) const DAY: Span = Span::from_secs(86_400);

fn action(payload: &str) -> Entry {
    let action = crate::wire::actions::parse(payload.as_bytes(), clock::now()).expect("an action");
    let id = format!("{payload:.80}");
    Entry::Action { id, action: Box::new(action), body: payload.to_owned(), origin: Origin::Message }
}

/// Alerts that ended a hundred days ago, and what was done about them.
pub(super) fn hundred_days_ago(journal: &mut Journal) {
    let time = (clock::now() - Span(100 * DAY.0)).rfc3339();
    for id in ["false", "kept", "case", "again"] {
        let properties = serde_json::json!({
            "seq": 1, "pattern": "p", "rule": "r", "severity": "minor", "certainty": "observed", "subjects": [],
            "onset": time, "time": time, "ended": time, "phase": "ended", "evidence": {"first": time, "last": time},
        });
        journal.mirror(&serde_json::json!({"id": id, "properties": properties}).to_string()).expect("writes");
    }
    let close = |id: &str| {
        action(&format!(r#"{{"alert":"{id}","action":"close","outcome":"false-alarm","by":"x"}}"#))
    };
    let comment = |id: &str| action(&format!(r#"{{"alert":"{id}","action":"comment","text":"t","by":"x"}}"#));
    let mut done = [
        close("false"),
        close("case"),
        close("again"),
        action(r#"{"alert":"again","action":"reopen","by":"x"}"#),
        action(r#"{"alert":"case","action":"hold","by":"x"}"#),
        comment("kept"),
        comment("case"),
        action(r#"{"action":"log","text":"t","by":"x"}"#),
    ];
    journal.append(&mut done).expect("writes");
    let sql = "UPDATE entry SET written_ms = written_ms - ?";
    journal.db.execute(sql, [100 * DAY.0]).expect("writes");
    verify::rechain(&journal.db);
}

fn kept(journal: &Journal) -> Vec<String> {
    let sql = "SELECT coalesce(body ->> '$.action', '') || ' ' || coalesce(about, '') FROM entry
               WHERE kind <> 'retention' AND body IS NOT NULL ORDER BY n";
    let mut statement = journal.db.prepare(sql).expect("reads");
    statement.query_map([], |row| row.get(0)).expect("reads").collect::<Result<_, _>>().expect("reads")
}

#[test]
fn each_class_has_its_time_and_a_case_has_none() {
    let folder = tempfile::tempdir().expect("folder");
    let mut journal = Journal::open(&at(&folder)).expect("opens");
    hundred_days_ago(&mut journal);
    let keep = |alerts: i64, false_alarms: i64, log: i64| {
        let [alerts, false_alarms, log] = [alerts, false_alarms, log].map(|days| Span(days * DAY.0));
        Keep { alerts, false_alarms, log }
    };
    let case = [" case", "close case", "hold case", "comment case"];
    assert_eq!(journal.retain(&keep(400, 400, 400)).expect("writes"), 0);
    assert_eq!(journal.retain(&keep(400, 90, 400)).expect("writes"), 2, "a false alarm and its close");
    let others = [" kept", " case", " again", "close case", "close again", "reopen again", "hold case"];
    let texts = ["comment kept", "comment case", "log "];
    assert_eq!(kept(&journal), [&others[..], &texts].concat());
    assert_eq!(journal.retain(&keep(400, 90, 30)).expect("writes"), 2, "the log and a comment");
    assert_eq!(kept(&journal), [&others[..], &["comment case"]].concat());
    assert_eq!(journal.retain(&keep(30, 400, 400)).expect("writes"), 4);
    assert_eq!(kept(&journal), case);
    drop(journal);
    assert_eq!(verdict(&folder, None).broken, None);
}

#[test]
fn a_journal_of_an_older_vigie_learns_what_came_of_its_alerts() {
    let folder = tempfile::tempdir().expect("folder");
    let mut journal = Journal::open(&at(&folder)).expect("opens");
    hundred_days_ago(&mut journal);
    journal.db.execute("UPDATE entry SET body_hash = NULL, put_out = 0", []).expect("writes");
    verify::rechain(&journal.db);
    let back =
        "ALTER TABLE entry DROP COLUMN body_hash; ALTER TABLE entry DROP COLUMN put_out; ALTER TABLE alert DROP COLUMN outcome; DROP INDEX entry_about; ALTER TABLE entry DROP COLUMN about;
                DROP TABLE outbox; DROP TABLE sink; CREATE TABLE outbox (n INTEGER PRIMARY KEY REFERENCES entry (n)) STRICT;
                DROP TABLE release; PRAGMA user_version = 1;";
    journal.db.execute_batch(back).expect("as it was");
    drop(journal);
    let journal = Journal::open(&at(&folder)).expect("opens");
    let mut statement =
        journal.db.prepare("SELECT id FROM alert WHERE outcome = 'false-alarm'").expect("reads");
    let ids: Result<Vec<String>, _> = statement.query_map([], |row| row.get(0)).expect("reads").collect();
    assert_eq!(ids.expect("reads"), ["case", "false"]);
    assert_eq!(verdict(&folder, None).broken, None);
}

#[test]
fn a_journal_of_a_newer_vigie_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    drop(Journal::open(&at(&folder)).expect("opens"));
    let db = Connection::open(at(&folder)).expect("opens");
    db.pragma_update(None, "user_version", 99).expect("writes");
    drop(db);
    let error = format!("{:#}", Journal::open(&at(&folder)).expect_err("refused"));
    assert!(error.contains("newer vigie"), "{error}");
    std::fs::write(at(&folder), vec![b'x'; 4096]).expect("writes");
    assert!(Journal::open(&at(&folder)).is_err(), "no journal at all");
}

#[test]
fn a_full_disk_is_an_error_and_what_was_written_stays() {
    let folder = tempfile::tempdir().expect("folder");
    let mut journal = Journal::open(&at(&folder)).expect("opens");
    journal.append(&mut [change("a")]).expect("writes");
    // What a full disk answers, by SQLite's own limit.
    let pages: u64 = journal.db.pragma_query_value(None, "page_count", |row| row.get(0)).expect("reads");
    journal.db.pragma_update(None, "max_page_count", pages).expect("limits");
    let large = Entry::Change { id: "large".to_owned(), body: "x".repeat(100_000) };
    let (last, head) = (journal.last(), journal.head());
    let error = journal.append(&mut [change("b"), large]).expect_err("full");
    assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DiskFull));
    assert_eq!((journal.last(), journal.head()), (last, head), "all or nothing");
    journal.db.pragma_update(None, "max_page_count", 1_000_000).expect("room again");
    assert_eq!(journal.append(&mut [change("b")]).expect("writes"), [Some(2)]);
    drop(journal);
    assert_eq!(verdict(&folder, None).broken, None);
}

#[test]
fn no_number_of_an_alert_means_two_things() {
    let folder = tempfile::tempdir().expect("folder");
    let mut journal = Journal::open(&at(&folder)).expect("opens");
    let event = crate::sinks::event_json::tests::sample();
    // A body has whole seconds.
    let event = AlertEvent { time: event.time + Span(400), ..event };
    let entry = |seq: u32, phase: Phase| {
        let event = AlertEvent { seq, phase, ..event.clone() };
        let text = crate::sinks::event_json::tests::WANT;
        let mut message = AlertMessage::read(text).expect("reads");
        message.event = std::borrow::Cow::Owned(event.clone());
        Entry::Alert(Box::new(event), message.render())
    };
    let number = |entry: &Entry| match entry {
        Entry::Alert(event, body) => {
            assert_eq!(AlertMessage::read(body).expect("reads").event.seq, event.seq);
            event.seq
        }
        _ => unreachable!("alerts alone"),
    };
    journal.append(&mut [entry(1, Phase::Raised), entry(2, Phase::Ended)]).expect("writes");
    // The engine has lost the messages from which the end followed.
    let mut again = [entry(1, Phase::Raised), entry(2, Phase::Updated), entry(3, Phase::Ended)];
    let written = journal.append(&mut again).expect("writes");
    assert_eq!((written, again.each_ref().map(number)), (vec![None, Some(3), Some(4)], [1, 3, 4]));
    // A crash, and the same once more.
    let mut again = [entry(2, Phase::Updated), entry(3, Phase::Ended)];
    assert_eq!(journal.append(&mut again).expect("writes"), [None, None]);
}

#[test]
fn what_the_channel_does_not_confirm_goes_out_again() {
    let folder = tempfile::tempdir().expect("folder");
    let mut journal = Journal::open(&at(&folder)).expect("opens");
    let event = crate::sinks::event_json::tests::sample();
    let alert = |seq: u32| {
        let event = AlertEvent { seq, ..event.clone() };
        Entry::Alert(Box::new(event), format!("{{\"seq\":{seq}}}"))
    };
    journal.append(&mut [alert(1)]).expect("writes");
    let mut outbox = journal.outbox(COORDINATION).expect("opens");
    let now = clock::now().0;
    outbox.sent(1).expect("writes");
    assert_eq!((outbox.waiting().expect("reads"), outbox.unreceived().expect("reads")), (0, 1));
    assert_eq!(outbox.send_again(now - 60_000, now - 1_000).expect("writes"), 0, "not so soon");
    assert_eq!(outbox.send_again(now - 60_000, now + 1_000).expect("writes"), 1);
    assert_eq!(outbox.oldest().expect("reads").map(|due| due.n), Some(1));
    outbox.sent(1).expect("writes");
    let received = |seq: u32| Entry::Action {
        id: format!("action-{seq}"),
        action: Box::new(Action {
            time: event.time,
            by: "rcc".to_owned(),
            centre: None,
            kind: ActionKind::Alert { alert: event.id.clone(), deed: Deed::Received { seq } },
        }),
        body: String::new(),
        origin: Origin::Message,
    };
    journal.append(&mut [received(1)]).expect("writes");
    assert_eq!(outbox.unreceived().expect("reads"), 0);
    assert_eq!(outbox.send_again(0, now + 1_000).expect("writes"), 0, "confirmed");
    journal.append(&mut [alert(2)]).expect("writes");
    assert_eq!(outbox.unreceived().expect("reads"), 1, "an event of it that is newer");
}

/// A journal as builds before sinks left it: schema 2, with one outbox.
fn before_sinks(path: &Path) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let db = Connection::open(path).expect("opens");
    for schema in [include_str!("schema.sql"), include_str!("classes.sql")] {
        db.execute_batch(schema).expect("writes");
    }
    let entries = "INSERT INTO entry VALUES
        (1, 'alert', 0, 'a', 1, '{\"seq\":1}', zeroblob(32)), (2, 'action', 0, 'own-7', 0, '{}', zeroblob(32)),
        (3, 'alert', 0, 'a', 2, '{\"seq\":2}', zeroblob(32));
        INSERT INTO outbox VALUES (2), (3);
        PRAGMA user_version = 2;";
    db.execute_batch(entries).expect("writes");
}

#[test]
fn a_journal_from_before_sinks_keeps_what_waits_for_the_coordination_channel() {
    let folder = tempfile::tempdir().expect("folder");
    before_sinks(&at(&folder));
    let mut journal = Journal::open(&at(&folder)).expect("opens");
    let mut outbox = journal.outbox(COORDINATION).expect("opens");
    assert_eq!((outbox.sent_up_to(), outbox.waiting(), outbox.alerts_waiting()), (Ok(1), Ok(2), Ok(1)));
    let due = outbox.oldest().expect("reads").expect("one waits");
    assert_eq!((due.n, due.is_action, due.id.as_str()), (2, true, "own-7"));
    outbox.sent(2).expect("writes");
    assert_eq!((outbox.sent_up_to(), outbox.oldest().expect("reads").map(|due| due.n)), (Ok(2), Some(3)));
    drop((outbox, journal));
    journal = Journal::open(&at(&folder)).expect("opens again");
    assert_eq!(journal.outbox(COORDINATION).expect("opens").waiting(), Ok(1), "migrated once");
}

#[test]
fn each_sink_has_an_outbox_and_a_cursor_of_its_own() {
    let folder = tempfile::tempdir().expect("folder");
    let mut journal = Journal::open(&at(&folder)).expect("opens");
    let write = |journal: &mut Journal, seq: u32| {
        let event = AlertEvent { seq, ..crate::sinks::event_json::tests::sample() };
        journal.append(&mut [Entry::Alert(Box::new(event), "{}".to_owned())]).expect("writes");
    };
    write(&mut journal, 1);
    journal.set_sinks(&[COORDINATION, "other"]).expect("writes");
    write(&mut journal, 2);
    let [mut first, other] = [COORDINATION, "other"].map(|name| journal.outbox(name).expect("opens"));
    assert_eq!((first.waiting(), other.waiting()), (Ok(2), Ok(1)), "a new sink begins with what comes");
    first.sent(1).expect("writes");
    first.sent(2).expect("writes");
    assert_eq!((first.sent_up_to(), other.sent_up_to()), (Ok(2), Ok(1)));
    assert_eq!((first.waiting(), other.waiting()), (Ok(0), Ok(1)));
    journal.set_sinks(&[COORDINATION]).expect("writes");
    journal.set_sinks(&[COORDINATION, "other"]).expect("writes");
    assert_eq!(journal.outbox("other").expect("opens").waiting(), Ok(0), "one that is no more is forgotten");
}

/// An event of another centre's alert, and the form in which it is kept.
fn shared(seq: u32, phase: Phase) -> Entry {
    let mut message = AlertMessage::read(crate::sinks::event_json::tests::WANT).expect("an alert");
    let event = message.event.to_mut();
    (event.seq, event.phase) = (seq, phase);
    let body = message.render();
    let alert = SharedAlert { feed: FeedId(2), from: "lc-ops".to_owned(), message, targets: vec![None] };
    Entry::Shared(Box::new(alert), body)
}

#[test]
fn an_alert_of_another_centre_is_kept_beside_an_own_one_of_the_same_id() {
    let file = tempfile::tempdir().expect("a folder");
    let path = file.path().join("journal.db");
    let mut journal = Journal::open(&path).expect("opens");
    let own = crate::sinks::event_json::tests::sample();
    let id = own.id.clone();
    let own = Entry::Alert(Box::new(own), crate::sinks::event_json::tests::WANT.to_owned());
    let mut entries = [own, shared(2, Phase::Raised), shared(3, Phase::Updated)];
    assert_eq!(journal.append(&mut entries).expect("writes"), [Some(1), Some(2), Some(3)]);
    assert_eq!(journal.append(&mut entries[1..]).expect("writes"), [None, None], "once");
    assert_eq!(journal.open_alerts().expect("reads").len(), 1, "the engine answers for own alerts alone");
    let waiting = journal.outbox(COORDINATION).expect("opens").waiting().expect("reads");
    assert_eq!(waiting, 1, "another centre's alert does not go out as an own one");
    let mut past = Vec::new();
    let db = open_for_reading(&path).expect("opens");
    let count = super::past(&db, 0, |entry| past.push((entry.kind, entry.id, entry.place))).expect("reads");
    let key = format!("lc-ops:{id}");
    let want = [("alert", &id, 1), ("shared", &key, 2), ("shared", &key, 2)];
    assert_eq!(past, want.map(|(kind, id, place)| (kind.to_owned(), id.clone(), Some(place))));
    assert_eq!(count, 2);

    let act = |id: &str, deed, centre: Option<&str>| {
        let kind = ActionKind::Alert { alert: key.clone(), deed };
        let action =
            Action { time: Time(5), by: "Lt Joseph".to_owned(), centre: centre.map(str::to_owned), kind };
        let body = crate::wire::actions::render(&action);
        Entry::Action { id: id.to_owned(), action: Box::new(action), body, origin: Origin::Message }
    };
    let by = |db: &Connection| -> Option<String> {
        let sql = "SELECT acknowledged_by FROM alert WHERE id = ?";
        db.query_row(sql, [&key], |row| row.get(0)).expect("there")
    };
    journal.append(&mut [act("1", Deed::Acknowledge, Some("lc-ops"))]).expect("writes");
    assert_eq!(by(&db), None, "no officer of this centre has seen the alert");
    journal.append(&mut [act("2", Deed::Acknowledge, None)]).expect("writes");
    assert_eq!(by(&db), Some("Lt Joseph".to_owned()));
    journal.append(&mut [shared(4, Phase::Ended)]).expect("writes");
    let keep = Keep { alerts: Span(-60_000), false_alarms: Span(0), log: Span(0) };
    journal.retain(&keep).expect("writes");
    let left = "SELECT count(*) FROM entry WHERE about = ? AND body IS NOT NULL";
    let left: u64 = db.query_row(left, [&key], |row| row.get(0)).expect("reads");
    assert_eq!(left, 0, "retention is that of own alerts");
}

/// An own event as it is published.
pub(super) fn rendered(seq: u32) -> Entry {
    let event = AlertEvent { seq, ..crate::sinks::event_json::tests::sample() };
    let (node, state) = ("n".to_owned(), "BRB".to_owned());
    let stamp = crate::sinks::event_json::Stamp { node, state, exercise: None, marks: Default::default() };
    let mut body = String::new();
    crate::sinks::event_json::render(&event, &stamp, &mut body);
    Entry::Alert(Box::new(event), body)
}

/// An event of an own alert, and the form in which it is kept.
fn own(seq: u32) -> Entry {
    let event = crate::model::AlertEvent { seq, ..crate::sinks::event_json::tests::sample() };
    Entry::Alert(Box::new(event), crate::sinks::event_json::tests::WANT.to_owned())
}

#[test]
fn an_entry_that_is_put_off_delays_no_other_and_the_oldest_give_way_where_too_many_wait() {
    let file = tempfile::tempdir().expect("a folder");
    let mut journal = Journal::open(&file.path().join("journal.db")).expect("opens");
    journal.set_sinks(&[COORDINATION, "share:jrcc"]).expect("writes");
    journal.append(&mut [own(1), own(2), own(3), change("x"), own(4)]).expect("writes");
    let mut outbox = journal.outbox("share:jrcc").expect("opens");
    let oldest = |outbox: &mut Outbox| outbox.oldest().expect("reads").map(|due| due.n);
    assert_eq!((oldest(&mut outbox), outbox.next_due_ms()), (Some(1), Ok(None)));
    let now = clock::now().0;
    outbox.put_off(1, now + 3_600_000).expect("writes");
    assert_eq!((oldest(&mut outbox), outbox.next_due_ms()), (Some(2), Ok(Some(now + 3_600_000))));
    outbox.put_off(1, now - 1).expect("writes");
    assert_eq!(oldest(&mut outbox), Some(1), "its time has come");
    assert_eq!(outbox.keep_newest(4), Ok((0, 0)));
    assert_eq!(outbox.keep_newest(2), Ok((2, 0)));
    assert_eq!((oldest(&mut outbox), outbox.waiting()), (Some(3), Ok(2)));
    assert_eq!(journal.outbox(COORDINATION).expect("opens").waiting(), Ok(4), "the other sink has all");
}

#[test]
fn what_leaves_is_decided_once_and_numbers_rise_after_a_restart_too() {
    let file = tempfile::tempdir().expect("a folder");
    let path = file.path().join("journal.db");
    let mut journal = Journal::open(&path).expect("opens");
    journal.append(&mut [own(1), own(2)]).expect("writes");
    let id = crate::sinks::event_json::tests::sample().id;
    let mut releases = journal.releases("share:jrcc").expect("opens");
    assert_eq!((releases.of_entry(1), releases.left_by(&id)), (Ok(None), Ok(None)));
    let first = releases.release(1, &id, Some("severe-to-jrcc"), "{}".to_owned()).expect("writes");
    releases.withhold(2, &id, None, "no share matches").expect("writes");
    assert_eq!(releases.of_entry(1), Ok(Some(first.clone())), "a letter that goes out again is the same");
    let withheld = releases.of_entry(2).expect("reads").expect("decided");
    assert_eq!((withheld.seq, withheld.reason.as_deref()), (None, Some("no share matches")));
    assert_eq!(releases.left_by(&id), Ok(Some("severe-to-jrcc".to_owned())));
    let mut again = journal.releases("share:jrcc").expect("opens");
    let second = again.release(2, &id, None, "{}".to_owned()).expect("writes");
    assert!(second.seq > first.seq && first.seq >= u64::try_from(clock::now().0 - 60_000).ok());

    let decide = |id: &str, deed| {
        let kind = ActionKind::Alert { alert: crate::sinks::event_json::tests::sample().id, deed };
        let action = Action { time: Time(5), by: "Lt Joseph".to_owned(), centre: None, kind };
        let body = crate::wire::actions::render(&action);
        Entry::Action { id: id.to_owned(), action: Box::new(action), body, origin: Origin::Message }
    };
    let (to, text) = ("jrcc".to_owned(), "asked by telephone".to_owned());
    assert_eq!(again.by_hand(&id, "jrcc"), Ok(None));
    journal
        .append(&mut [decide("1", Deed::Withhold { to: to.clone(), text: text.clone() })])
        .expect("writes");
    let by = |is_released| Some(Decided { is_released, by: "Lt Joseph".to_owned(), text: text.clone() });
    assert_eq!((again.by_hand(&id, "jrcc"), again.by_hand(&id, "lc-ops")), (Ok(by(false)), Ok(None)));
    journal.append(&mut [decide("2", Deed::Disclose { to, text: text.clone() })]).expect("writes");
    assert_eq!(again.by_hand(&id, "jrcc"), Ok(by(true)), "the newest word counts");
}

/// An action on an alert, by the way by which it came.
fn on(id: &str, alert: &str, (centre, origin): (Option<&str>, Origin), deed: Deed) -> Entry {
    let kind = ActionKind::Alert { alert: alert.to_owned(), deed };
    let action = Action { time: Time(5), by: "x".to_owned(), centre: centre.map(str::to_owned), kind };
    let body = crate::wire::actions::render(&action);
    Entry::Action { id: id.to_owned(), action: Box::new(action), body, origin }
}

#[test]
fn what_a_centre_does_not_confirm_leaves_again_and_so_does_a_receipt_that_was_lost() {
    let file = tempfile::tempdir().expect("a folder");
    let mut journal = Journal::open(&file.path().join("journal.db")).expect("opens");
    journal.set_sinks(&[COORDINATION, "share:jrcc"]).expect("writes");
    let id = crate::sinks::event_json::tests::sample().id;
    journal.append(&mut [own(1)]).expect("writes");
    let mut outbox = journal.outbox("share:jrcc").expect("opens");
    let mut releases = journal.releases("share:jrcc").expect("opens");
    releases.release(1, &id, None, "{}".to_owned()).expect("writes");
    let now = clock::now().0;
    let mut look = |outbox: &mut Outbox| {
        outbox.sent(1).expect("writes");
        let again = releases.put_back_unreceived("jrcc", now - 60_000, now + 60_000).expect("writes");
        (again, outbox.oldest().expect("reads").map(|due| due.n))
    };
    assert_eq!(look(&mut outbox), (1, Some(1)));
    let of = |centre| (Some(centre), Origin::Message);
    let received = |seq| Deed::Received { seq };
    journal
        .append(&mut [on("1", &id, of("lc-ops"), received(1)), on("2", &id, of("jrcc"), received(2))])
        .expect("writes");
    assert_eq!(look(&mut outbox), (1, Some(1)), "another centre, and another event");
    journal.append(&mut [on("3", &id, of("jrcc"), received(1))]).expect("writes");
    assert_eq!(look(&mut outbox), (0, None));

    let mut receipt = [on("lc-ops:b.1.received", "lc-ops:b", (None, Origin::Receipt), received(1))];
    for _ in 0..2 {
        journal.append(&mut receipt).expect("writes");
        let due = outbox.oldest().expect("reads").expect("the receipt");
        assert_eq!(due.id, "lc-ops:b.1.received");
        outbox.sent(due.n).expect("writes");
    }
}

#[test]
fn what_comes_by_message_goes_on_to_other_centres_where_it_is_this_centres_or_decides_about_its_lead() {
    let file = tempfile::tempdir().expect("a folder");
    let mut journal = Journal::open(&file.path().join("journal.db")).expect("opens");
    journal.set_sinks(&[COORDINATION, "share:jrcc"]).expect("writes");
    for (n, (alert, centre, deed, goes_on)) in [
        ("a", Some("lc-ops"), Deed::Accept, true),
        ("a", Some("lc-ops"), Deed::Refuse { text: None }, true),
        ("a", Some("lc-ops"), Deed::Acknowledge, false),
        ("vc-ops:a", Some("lc-ops"), Deed::Accept, false),
        ("a", None, Deed::Acknowledge, true),
        ("vc-ops:a", None, Deed::Accept, true),
    ]
    .into_iter()
    .enumerate()
    {
        let entry = on(&n.to_string(), alert, (centre, Origin::Message), deed.clone());
        let at = journal.append(&mut [entry]).expect("writes")[0];
        let newest = |sink| {
            let mut outbox = journal.outbox(sink).expect("opens");
            let due = outbox.oldest().expect("reads").map(|due| due.n);
            due.inspect(|n| outbox.sent(*n).expect("writes"))
        };
        assert_eq!(newest("share:jrcc"), at.filter(|_| goes_on), "{deed:?} of {alert}");
        assert_eq!(newest(COORDINATION), None);
    }
}

impl Journal {
    /// The disk has no more room for this connection.
    pub(crate) fn fill(&self) {
        let pages: i64 = self.db.pragma_query_value(None, "page_count", |row| row.get(0)).expect("reads");
        self.db.pragma_update(None, "max_page_count", pages).expect("sets");
    }

    /// The disk has room again.
    pub(crate) fn make_room(&self) {
        self.db.pragma_update(None, "max_page_count", 1 << 30).expect("sets");
    }
}
