//! Signatures of what comes over MQTT on this node's own topics: officers' actions and vessel lists. What is refused here is neither
//! logged nor read.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Span, Time};
use crate::wire::Reason;
use crate::wire::shared::{self, AHEAD_MAX, Letter, PublicBytes, What};

/// Age up to which a signed action is taken, besides the time for which this node was away.
const AGE: Span = Span::from_secs(600);
/// Signatures that are remembered, at most.
const REMEMBERED: usize = 100_000;

/// Keys by which messages are believed, and the messages that came.
#[derive(Clone, Debug, Default)]
pub struct Signatures {
    node: String,
    exercise: Option<String>,
    keys: BTreeMap<String, PublicBytes>,
    is_required: bool,
    /// Time for which the node was away before it came back, and when that was.
    away: Option<(Span, Time)>,
    /// Actions that came, by the time of their signing.
    taken: BTreeSet<(Time, String)>,
    /// Newest number of the list of each topic.
    lists: BTreeMap<String, u64>,
}

impl Signatures {
    /// Returns a check by the keys of this node and of the centres, by name. Messages without a signature are refused where
    /// `is_required`.
    pub fn new(
        node: &str,
        exercise: Option<&str>,
        keys: BTreeMap<String, PublicBytes>,
        is_required: bool,
    ) -> Signatures {
        Signatures {
            node: node.to_owned(),
            exercise: exercise.map(str::to_owned),
            keys,
            is_required,
            ..Signatures::default()
        }
    }

    /// Notes that this node was away: actions of that time are taken though they are older.
    pub fn back_after(&mut self, away: Span, now: Time) {
        self.away = Some((away, now));
    }

    /// Checks an action.
    ///
    /// # Errors
    /// The action is not signed and must be; or it is not signed by somebody known, not for this node, too old, or came before.
    pub fn check_action(&mut self, payload: &[u8], now: Time) -> Result<(), Reason> {
        let Some(letter) = self.letter(What::Actions, payload)? else { return Ok(()) };
        let sent = letter.sent_at().ok_or(Reason::BadTime)?;
        let away = self.away.filter(|(_, back)| now - *back <= AGE).map_or(Span::ZERO, |(away, _)| away);
        let oldest = now - AGE - away;
        if sent > now + AHEAD_MAX {
            return Err(Reason::SentAhead);
        }
        if sent < oldest {
            return Err(Reason::SentLongAgo);
        }
        let signature = payload.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        let signature = String::from_utf8_lossy(signature.trim_ascii_end()).into_owned();
        self.taken = self.taken.split_off(&(oldest, String::new()));
        if self.taken.len() >= REMEMBERED || !self.taken.insert((sent, signature)) {
            return Err(Reason::Replayed);
        }
        Ok(())
    }

    /// Checks a list that came on a topic, and returns its text.
    ///
    /// # Errors
    /// The list is not signed and must be; or it is not signed by somebody known, not for this topic, or older than the one before.
    pub fn check_list(&mut self, topic: &str, payload: &[u8]) -> Result<String, Reason> {
        let Some(letter) = self.letter(What::Lists, payload)? else {
            return String::from_utf8(payload.to_vec()).map_err(|_| Reason::BadFields);
        };
        if letter.id != topic {
            return Err(Reason::NotAddressed);
        }
        // A broker delivers its retained messages at every connection: the same one is no replay.
        let newest = self.lists.entry(topic.to_owned()).or_default();
        if letter.seq < *newest {
            return Err(Reason::Replayed);
        }
        *newest = letter.seq;
        serde_json::from_str(letter.body.get()).map_err(|_| Reason::BadJson)
    }

    /// Returns the letter of an envelope; `None` of a payload that needs no signature.
    fn letter(&self, what: What, payload: &[u8]) -> Result<Option<Letter>, Reason> {
        if !shared::is_envelope(payload) {
            return if self.is_required { Err(Reason::Unsigned) } else { Ok(None) };
        }
        let from = shared::signer(payload)?;
        let key = self.keys.get(&from).ok_or(Reason::WrongSender)?;
        let letter = shared::open(payload, &from, key)?;
        if letter.to != self.node || letter.what != what {
            return Err(Reason::NotAddressed);
        }
        if letter.exercise != self.exercise {
            return Err(Reason::OtherExercise);
        }
        Ok(Some(letter))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::wire::shared::{SecretKey, seal};

    const NOW: Time = Time::from_secs(1_767_240_000);

    fn key(seed: u8) -> SecretKey {
        SecretKey::of_seed([seed; 32]).expect("a key")
    }

    fn signatures(is_required: bool) -> Signatures {
        let keys = [("bb-ops", 1), ("lc-ops", 2)].map(|(name, seed)| (name.to_owned(), key(seed).public()));
        Signatures::new("bb-ops", None, BTreeMap::from(keys), is_required)
    }

    fn letter(from: &str, what: What, id: &str, seq: u64, sent: Time) -> Letter {
        let body =
            if what == What::Lists { "\"[[list]]\"" } else { r#"{"action":"log","text":"x","by":"Clarke"}"# };
        Letter {
            to: "bb-ops".to_owned(),
            from: from.to_owned(),
            what,
            id: id.to_owned(),
            seq,
            sent: sent.rfc3339_millis(),
            exercise: None,
            marking: None,
            body: RawValue::from_string(body.to_owned()).expect("JSON"),
        }
    }

    fn action(from: &str, sent: Time) -> Letter {
        letter(from, What::Actions, "1", 1, sent)
    }

    #[test]
    fn an_action_is_taken_from_those_whose_keys_are_known_and_once() {
        let mut check = signatures(true);
        let own = seal(&action("bb-ops", NOW), &key(1));
        assert_eq!(check.check_action(own.as_bytes(), NOW), Ok(()));
        assert_eq!(check.check_action(own.as_bytes(), NOW + Span::from_secs(60)), Err(Reason::Replayed));
        let minutes = |n: i64| Span::from_secs(60 * n);
        let other_node = Letter { to: "lc-ops".to_owned(), ..action("bb-ops", NOW) };
        let exercise = Letter { exercise: Some("dawn".to_owned()), ..action("bb-ops", NOW) };
        for (payload, reason) in [
            (r#"{"action":"log","text":"x","by":"Clarke"}"#.to_owned(), Reason::Unsigned),
            (seal(&action("lc-ops", NOW), &key(1)), Reason::WrongSignature),
            (seal(&action("jrcc", NOW), &key(3)), Reason::WrongSender),
            (seal(&other_node, &key(1)), Reason::NotAddressed),
            (seal(&exercise, &key(1)), Reason::OtherExercise),
            (seal(&letter("bb-ops", What::Lists, "1", 1, NOW), &key(1)), Reason::NotAddressed),
            (seal(&action("bb-ops", NOW - minutes(11)), &key(1)), Reason::SentLongAgo),
            (seal(&action("bb-ops", NOW + minutes(6)), &key(1)), Reason::SentAhead),
            ("eyJ.x.y".to_owned(), Reason::Unsigned),
        ] {
            assert_eq!(check.check_action(payload.as_bytes(), NOW), Err(reason), "{payload}");
        }
        check.back_after(minutes(60), NOW);
        let waited = seal(&action("lc-ops", NOW - minutes(50)), &key(2));
        assert_eq!(check.check_action(waited.as_bytes(), NOW), Ok(()), "it waited at the broker");
        assert_eq!(signatures(false).check_action(b"{}", NOW), Ok(()), "on this machine");
        let forged = seal(&action("lc-ops", NOW), &key(1));
        assert_eq!(signatures(false).check_action(forged.as_bytes(), NOW), Err(Reason::WrongSignature));
    }

    #[test]
    fn a_list_belongs_to_its_topic_and_an_older_one_does_not_come_back() {
        let mut check = signatures(true);
        let list = |id, seq| seal(&letter("bb-ops", What::Lists, id, seq, NOW), &key(1));
        assert_eq!(
            check.check_list("lists/wanted", list("lists/wanted", 5).as_bytes()),
            Ok("[[list]]".to_owned())
        );
        assert!(check.check_list("lists/wanted", list("lists/wanted", 5).as_bytes()).is_ok(), "retained");
        let old = list("lists/wanted", 4);
        assert_eq!(check.check_list("lists/wanted", old.as_bytes()), Err(Reason::Replayed));
        assert_eq!(
            check.check_list("lists/b", list("lists/wanted", 6).as_bytes()),
            Err(Reason::NotAddressed)
        );
        assert_eq!(check.check_list("lists/wanted", b"[[list]]"), Err(Reason::Unsigned));
        assert_eq!(signatures(false).check_list("lists/b", b"[[list]]"), Ok("[[list]]".to_owned()));
    }
}
