//! Tests of a standby that is told what happens, by a clock of theirs.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::{Next, Standby};
use crate::clock;
use crate::config::{self, Source};
use crate::journal::files::Machine;
use crate::journal::input;
use crate::model::AlertMessage;
use crate::mqtt::{Message, Topics};
use crate::pipeline::claims::{Claim, PairKey};
use crate::pipeline::replica::{Shared, messages};

const FEED: &str = "feed";

/// A standby, its clock, and the acknowledgements that it gave.
struct Beside {
    _folder: tempfile::TempDir,
    standby: Standby,
    began: Instant,
    topics: Topics,
    pair: PairKey,
    acks: (mpsc::Sender<u16>, mpsc::Receiver<u16>),
    beats: u64,
    shared: u64,
}

impl Beside {
    fn new() -> Beside {
        Beside::of(|pair| pair)
    }

    fn of(keyed: impl Fn(PairKey) -> PairKey) -> Beside {
        let folder = tempfile::tempdir().expect("folder");
        let main = "[node]\nname = \"n\"\nstate = \"BRB\"".to_owned();
        let source = Source::Memory([("vigie.toml".to_owned(), main)].into());
        let (config, _) = config::load_from(&source, "vigie.toml").expect("is right");
        let (topics, pair, began) =
            (Topics::new("n", None), keyed(PairKey::of(&config).expect("reads")), Instant::now());
        clock::simulated::set_moment(began);
        let standby = Standby::new(folder.path(), "b", topics.clone(), pair.clone(), Machine::shared());
        let mut standby = standby.expect("begins");
        standby.connected();
        let acks = mpsc::channel();
        Beside { _folder: folder, standby, began, topics, pair, acks, beats: 0, shared: 0 }
    }

    fn message(&self, topic: &str, payload: &[u8], id: u16, is_repeated: bool) -> Message {
        Message::simulated(topic, payload, id, is_repeated, self.acks.0.clone())
    }

    fn hear(&mut self, what: &str, payload: &[u8]) {
        let message = self.message(&self.topics.replica(what), payload, 1, false);
        self.standby.hear(&message).expect("takes it");
    }

    /// The active node gives a sign of life.
    fn beat(&mut self) {
        self.beats += 1000;
        let sign = self.pair.sign(&Claim { term: 1, instance: "a".to_owned() }, Some(self.beats));
        self.hear("alive", sign.as_bytes());
    }

    /// Returns what the standby does at a second.
    fn at(&mut self, second: f64) -> Next {
        clock::simulated::set_moment(self.began + Duration::from_secs_f64(second));
        self.standby.look()
    }

    fn probe_returns(&mut self, next: Next) {
        let Next::Publish("probe", text) = next else { panic!("{next:?} is no probe") };
        self.hear("probe", text.as_bytes());
    }

    /// The active node shares a message.
    fn share(&mut self, topic: &str, payload: &[u8]) {
        let mut frames = Vec::new();
        input::encode(topic, 1, payload, &mut frames);
        let shared = Shared::Input { first: self.shared, frames };
        self.shared += 1;
        self.publish(shared);
    }

    /// The active node shares its state.
    fn share_state(&mut self) {
        self.hear("journal", br#"{"entries":[],"cursor":"","is_last":true}"#);
        let state = b"a state".to_vec();
        self.publish(Shared::State { next: self.shared, state, given: 0, cursor: None });
    }

    fn publish(&mut self, shared: Shared) {
        for (what, message) in messages(shared) {
            self.hear(what, &message);
        }
    }

    /// Has heard the active node, and has its state.
    fn follow(&mut self) {
        self.beat();
        if !self.standby.presence.is_met(clock::moment()) {
            let next = self.standby.look();
            self.probe_returns(next);
            self.beat();
        }
        assert_eq!(self.standby.look(), Next::Listen);
        self.standby.begin_to_listen();
        assert!(matches!(self.standby.look(), Next::Publish("ask", _)));
        self.share_state();
        self.standby.held.has_caught_up = true;
        assert!(self.standby.has_all());
    }

    fn own(&mut self, topic: &str, payload: &[u8], id: u16) {
        self.standby.own(self.message(topic, payload, id, false));
    }

    fn given(&mut self) -> Vec<u16> {
        self.standby.shared_acks().expect("syncs").iter().for_each(|ack| assert!(ack.try_give()));
        self.acks.1.try_iter().collect()
    }
}

#[test]
fn only_messages_that_the_active_node_may_share_are_held() {
    let mut beside = Beside::new();
    beside.follow();
    for (id, topic) in [(1, FEED), (2, "vigie/n/actions/own-7"), (3, "vigie/n/actions/7")] {
        beside.own(topic, b"{}", id);
    }
    assert_eq!(beside.given(), [2]);
    beside.share(FEED, b"{}");
    assert_eq!(beside.given(), [1]);
}

#[test]
fn a_standby_that_is_cut_off_takes_over_once_the_broker_answers() {
    let mut beside = Beside::new();
    beside.follow();
    for second in [1.0, 2.0, 3.0, 3.9] {
        assert_eq!(beside.at(second), Next::Wait);
    }
    let old = beside.at(4.5);
    for second in [5.5, 6.5, 7.5, 8.5] {
        assert!(matches!(beside.at(second), Next::Publish("probe", _)), "nothing came back");
    }
    beside.probe_returns(old);
    assert_eq!(beside.at(9.0), Next::TakeOver);
}

#[test]
fn what_waited_behind_a_probe_counts_first() {
    let mut beside = Beside::new();
    beside.follow();
    for second in [1.5, 3.0] {
        beside.at(second);
    }
    let probe = beside.at(4.5);
    beside.beat();
    beside.probe_returns(probe);
    assert_eq!(beside.at(5.5), Next::Wait);
}

#[test]
fn what_the_broker_has_for_the_standby_stays_while_signs_of_life_may_be_old() {
    let mut beside = Beside::new();
    beside.beat();
    for second in [0.5, 1.0, 1.5] {
        assert!(matches!(beside.at(second), Next::Publish("probe", _)));
    }
    let probe = beside.at(1.8);
    beside.probe_returns(probe);
    assert!(matches!(beside.at(1.9), Next::Publish("probe", _)), "nothing was heard since");
    beside.beat();
    assert_eq!(beside.at(2.0), Next::Listen);
}

#[test]
fn the_node_that_was_active_last_takes_over_first_where_the_other_has_no_state() {
    for (last, seconds) in [("a", 15), ("b", 5)] {
        let mut beside = Beside::new();
        let claim = beside.pair.sign(&Claim { term: 7, instance: last.to_owned() }, None);
        let claim = beside.message(&beside.topics.active(), claim.as_bytes(), 1, false).retained();
        beside.standby.hear(&claim).expect("takes it");
        let mut taken_over = None;
        for half in 1..60 {
            let second = f64::from(half) / 2.0;
            match beside.at(second) {
                Next::TakeOver => taken_over = taken_over.or(Some(second)),
                Next::Publish("probe", text) => beside.hear("probe", text.as_bytes()),
                _ => {}
            }
        }
        assert_eq!(taken_over, Some(f64::from(seconds)), "{last} was active last");
    }
}

/// The active node may have yet to take what came before.
#[test]
fn a_standby_takes_over_late_until_the_active_node_has_shared_what_came_here() {
    for (is_met, seconds) in [(false, 15), (true, 5)] {
        let mut beside = Beside::new();
        let claim = beside.pair.sign(&Claim { term: 1, instance: "a".to_owned() }, None);
        let claim = beside.message(&beside.topics.active(), claim.as_bytes(), 1, false);
        beside.standby.hear(&claim).expect("takes it");
        beside.follow();
        beside.standby.held.has_caught_up = false;
        // Nothing comes here for a minute: what came before may be what the active node is at.
        for second in 1..60 {
            beside.share(FEED, b"from before");
            beside.beat();
            beside.at(f64::from(second));
        }
        if is_met {
            beside.own(FEED, b"1", 1);
            beside.share(FEED, b"1");
        }
        assert_eq!(beside.standby.patience(), Duration::from_secs(seconds));
    }
}

#[test]
fn a_claim_of_now_keeps_the_standby_waiting_and_one_that_the_broker_kept_does_not() {
    for (is_kept, heard) in [(true, 0.0), (false, 3.0)] {
        let mut beside = Beside::new();
        beside.at(1.5);
        beside.at(3.0);
        let claim = beside.pair.sign(&Claim { term: 7, instance: "a".to_owned() }, None);
        let mut claim = beside.message(&beside.topics.active(), claim.as_bytes(), 1, false);
        if is_kept {
            claim = claim.retained();
        }
        beside.standby.hear(&claim).expect("takes it");
        assert_eq!(beside.standby.presence.heard, beside.began + Duration::from_secs_f64(heard));
    }
}

#[test]
fn what_somebody_left_at_the_broker_is_not_taken_for_what_the_active_node_shares() {
    let mut beside = Beside::new();
    beside.follow();
    let shared = Shared::State { next: 7, state: b"another".to_vec(), given: 0, cursor: None };
    for (what, payload) in messages(shared) {
        let message = beside.message(&beside.topics.replica(what), &payload, 1, false).retained();
        beside.standby.hear(&message).expect("takes it");
    }
    assert!(beside.standby.has_all());
}

/// What a broker holds for the standby meanwhile may be what was missed, or may not.
#[test]
fn after_a_gap_the_feeds_are_listened_to_anew_before_a_state_counts() {
    for is_seen_by_state in [false, true] {
        let mut beside = Beside::new();
        beside.follow();
        beside.own(FEED, b"1", 1);
        beside.shared += 1;
        if is_seen_by_state {
            beside.share_state();
        } else {
            beside.share(FEED, b"2");
        }
        assert!(!beside.standby.has_all());
        assert!(beside.given().is_empty(), "a take-over now has it from the broker");
        assert_eq!(beside.standby.look(), Next::Listen);
        beside.share_state();
        assert!(!beside.standby.has_all(), "one that was asked for before");
        beside.follow();
    }
}

#[test]
fn what_the_active_node_passes_over_takes_no_places_of_messages_on_their_way() {
    let mut beside = Beside::new();
    beside.follow();
    beside.own(FEED, b"1", 1);
    beside.share(FEED, b"1");
    for id in 2..=20 {
        beside.own(&format!("vigie/n/actions/{id}"), b"over a limit", id);
    }
    assert_eq!(beside.given(), [1]);
    // The broker has twenty in flight at most: what is shared now has not come here.
    beside.share(FEED, b"2");
    assert!(beside.given().is_empty(), "they may come in another order");
    beside.at(6.0);
    beside.share(FEED, b"3");
    assert_eq!(beside.given(), (2..=20).collect::<Vec<_>>());
}

#[test]
fn topics_without_end_take_no_memory_without_end() {
    let mut beside = Beside::new();
    beside.follow();
    beside.own(FEED, b"waits", 1);
    for n in 0..10_000 {
        beside.share(&format!("{FEED}/{n}"), b"1");
    }
    assert!(beside.standby.held.topics() <= 4_097);
    beside.share(FEED, b"waits");
    assert_eq!(beside.given(), [1]);
}

#[test]
fn a_message_that_comes_again_is_held_once_and_acknowledged_where_it_was() {
    let mut beside = Beside::new();
    beside.follow();
    beside.own(FEED, b"1", 1);
    beside.own(FEED, b"2", 2);
    beside.share(FEED, b"1");
    assert_eq!(beside.given(), [1], "and lost with the connection");
    for (id, payload) in [(1, b"1"), (2, b"2")] {
        beside.standby.own(beside.message(FEED, payload, id, true));
    }
    assert_eq!(beside.given(), [1]);
    beside.share(FEED, b"2");
    assert_eq!(beside.given(), [2]);
}

#[test]
fn an_acknowledgement_is_written_once_its_alert_is_there() {
    let mut beside = Beside::new();
    beside.follow();
    let message = crate::sinks::event_json::tests::WANT;
    let id = AlertMessage::read(message).expect("an alert").event.id.clone();
    let acknowledged = format!(r#"{{"action":"acknowledge","alert":"{id}","by":"Clarke"}}"#);
    beside.share("vigie/n/actions/1", acknowledged.as_bytes());
    assert_eq!(beside.standby.journal.last(), 0);
    let marked = AlertMessage::marked_not_on_disk(message);
    for body in [marked.as_str(), message] {
        let topic = beside.topics.alert("loitering", &id);
        beside.standby.hear(&beside.message(&topic, body.as_bytes(), 1, false)).expect("takes it");
    }
    let db = crate::journal::open_for_reading(beside.standby.journal.path()).expect("opens");
    let sql = "SELECT acknowledged_by FROM alert";
    let by: Option<String> = db.query_row(sql, [], |row| row.get(0)).expect("reads");
    assert_eq!((by.as_deref(), beside.standby.journal.last()), (Some("Clarke"), 2));
}

/// A node that was paused goes on for a moment beside the one that replaced it.
#[test]
fn a_sign_of_life_of_an_older_term_changes_nothing() {
    let mut beside = Beside::new();
    beside.follow();
    let old = beside.pair.sign(&Claim { term: 0, instance: "c".to_owned() }, Some(90_000));
    beside.at(1.0);
    beside.hear("alive", old.as_bytes());
    assert!(beside.standby.has_all());
    assert_eq!(beside.standby.presence.heard, beside.began);
}

#[test]
fn what_the_pair_has_not_signed_or_sends_again_changes_nothing() {
    let mut beside = Beside::of(|pair| pair.with_key(1));
    let claim = Claim { term: 1, instance: "a".to_owned() };
    beside.beat();
    let next = beside.standby.look();
    beside.probe_returns(next);
    beside.beat();
    assert_eq!(beside.standby.look(), Next::Listen);
    beside.standby.begin_to_listen();
    let state = || Shared::State { next: 0, state: b"a state".to_vec(), given: 0, cursor: None };
    let state = messages(state()).remove(0).1;
    let own = beside.pair.clone();
    let stranger = own.clone().with_key(2);
    let before = Claim { term: 0, ..claim.clone() };
    for (what, forged) in [
        ("state".to_owned(), state.clone()),
        ("signed/state".to_owned(), state.clone()),
        stranger.seal(&claim, "state", 7, state.clone()),
        own.seal(&before, "state", 7, state.clone()),
        ("signed/state".to_owned(), own.seal(&claim, "journal", 7, state.clone()).1),
    ] {
        beside.hear(&what, &forged);
        assert!(!beside.standby.has_state().0, "{what}");
    }
    let (what, signed) = own.seal(&claim, "state", 7, state);
    beside.hear(&what, &signed);
    assert!(beside.standby.has_state().0);
    let (input, first) = own.seal(&claim, "input", 8, messages_of_one(0));
    beside.hear(&input, &first);
    // It would take the standby back to before that message.
    beside.hear(&what, &signed);
    assert!(
        format!("{:?}", beside.standby).contains("is_complete: true, next: Some(1)"),
        "{:?}",
        beside.standby
    );
}

/// The payload by which the active node shares one message.
fn messages_of_one(first: u64) -> Vec<u8> {
    let mut frames = Vec::new();
    input::encode(FEED, 1, b"{}", &mut frames);
    messages(Shared::Input { first, frames }).remove(0).1
}
