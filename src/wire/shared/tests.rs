//! Envelopes on topics: what is taken, and what is refused with which reason.

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::envelope::tests::{key, letter};
use super::*;
use crate::model::{Body, Input, Mmsi, Time};
use crate::wire::{Arrival, Decoder, Format, Stations};

/// Arrival a second after the letters of [`letter`] were sent.
const AT: Time = Time(1_767_240_001_000);

fn peer() -> Peer {
    Peer { own: "jrcc".to_owned(), from: "lc-ops".to_owned(), key: Some(key().public()), exercise: None }
}

fn decoder() -> Decoder {
    let mut decoder = Decoder::new(FeedId(0), Format::Vigie);
    decoder.set_late(true);
    decoder.set_peer(Some(&peer()));
    decoder
}

fn read(decoder: &mut Decoder, topic: &str, payload: &str, at: Time) -> (Vec<Input>, Vec<Reason>) {
    let mut out = Vec::new();
    let arrival = Arrival::Stamped(at);
    let counts = decoder.read(topic, payload.as_bytes(), arrival, &mut Stations::default(), &mut out);
    let said =
        Reason::ALL.iter().copied().filter(|reason| *reason != Reason::Lines && counts.of(*reason) > 0);
    (out, said.collect())
}

const BATCH: &str = r#"{"schema":"vigie.tracks/1","tracks":[
    {"key":"mmsi:343001000","time":1767240000000,"lon":-61.0,"lat":13.9,"sog_kn":9.5,"cog_deg":360,"source":"ais","mmsi":343001000,"name":"NORTHERN QUILL","ship_type":70},
    {"key":"radar:2/17","time":1767239999000,"lon":-60.5,"lat":13.5,"accuracy_m":60,"dark":true,"source":"radar","mmsi":343001001},
    {"key":"icao:0a1b2c","time":1767240000500,"lon":-60.4,"lat":13.6,"air":true,"altitude_ft":1500,"source":"ads-b","icao":"0a1b2c","call_sign":"BWA42"},
    {"key":"x","time":1767240000000,"lon":-460.5,"lat":13.5,"source":"ais"}]}"#;

#[test]
fn a_batch_becomes_reports_contacts_and_aircraft_with_their_own_times() {
    let mut decoder = decoder();
    let letter = letter(What::Tracks, "1", 1, BATCH);
    let (out, said) = read(&mut decoder, &topic_of(&letter), &seal(&letter, &key()), AT);
    assert_eq!(said, [Reason::Reports, Reason::Contacts, Reason::Aircraft, Reason::IllegalValue]);
    let [Input::Report(moved), Input::Report(named), Input::Contact(dark), Input::Aircraft(flies)] = &out[..]
    else {
        panic!("{out:?}")
    };
    let Body::Position(position) = &moved.body else { panic!("{moved:?}") };
    assert_eq!(
        (moved.mmsi, moved.time, position.kinematics.cog_deg),
        (Mmsi(343_001_000), Time(1_767_240_000_000), Some(0.0))
    );
    assert_eq!(moved.station, crate::model::StationId::RELAYED);
    let Body::Static(said) = &named.body else { panic!("{named:?}") };
    assert_eq!(said.name.map(|name| name.to_string()).as_deref(), Some("NORTHERN QUILL"));
    assert_ne!(moved.transmission, named.transmission, "neither is a repeat of the other");
    assert_eq!((dark.time, dark.accuracy.map(|a| a.along_m)), (Time(1_767_239_999_000), Some(60.0)));
    assert_eq!((flies.icao.to_string(), flies.pressure_altitude_ft), ("0a1b2c".to_owned(), Some(1500.0)));
}

#[test]
fn what_may_not_be_taken_is_refused_with_its_reason() {
    let good = letter(What::Tracks, "1", 1, BATCH);
    let topic = topic_of(&good);
    let refused =
        |letter: &Letter, topic: &str, at: Time| read(&mut decoder(), topic, &seal(letter, &key()), at);
    let hour = 3_600_000;
    for (letter, topic, at, reason) in [
        (Letter { to: "vc-ops".to_owned(), ..good.clone() }, topic.as_str(), AT, Reason::NotAddressed),
        (good.clone(), "vigie/share/jrcc/lc-ops/alerts/1", AT, Reason::NotAddressed),
        (good.clone(), "vigie/share/jrcc/lc-ops/tracks/2", AT, Reason::NotAddressed),
        (good.clone(), "vigie/share/jrcc/lc-ops/tracks", AT, Reason::BadTopic),
        (good.clone(), "vigie/share/jrcc/vc-ops/tracks/1", AT, Reason::BadTopic),
        (Letter { exercise: Some("dawn".to_owned()), ..good.clone() }, &topic, AT, Reason::OtherExercise),
        (good.clone(), &topic, Time(AT.0 - hour), Reason::SentAhead),
        (good.clone(), &topic, Time(AT.0 + hour), Reason::SentLongAgo),
        (Letter { sent: "now".to_owned(), ..good.clone() }, &topic, AT, Reason::BadTime),
    ] {
        let (out, said) = refused(&letter, topic, at);
        assert_eq!((out.len(), said), (0, vec![reason]), "{letter:?} on {topic}");
    }
    let mut keyless = Decoder::new(FeedId(0), Format::Vigie);
    keyless.set_peer(Some(&Peer { key: None, ..peer() }));
    assert_eq!(read(&mut keyless, &topic, &seal(&good, &key()), AT).1, [Reason::WrongSignature]);
    let mut of_nobody = Decoder::new(FeedId(0), Format::Vigie);
    assert_eq!(read(&mut of_nobody, &topic, &seal(&good, &key()), AT).1, [Reason::NotAddressed]);
}

#[test]
fn an_alert_of_a_link_that_was_down_for_days_is_taken_and_a_batch_of_tracks_is_not() {
    let days = |n: i64| Time(AT.0 + n * 86_400_000);
    for (what, at, reason) in [
        (What::Alerts, days(6), Reason::JsonFields),
        (What::Alerts, days(8), Reason::SentLongAgo),
        (What::Tracks, days(1), Reason::SentLongAgo),
    ] {
        let letter = letter(what, "1", 1, "{}");
        let (_, said) = read(&mut decoder(), &topic_of(&letter), &seal(&letter, &key()), at);
        assert_eq!(said, [reason], "{what}");
    }
}

#[test]
fn a_letter_is_taken_once_whatever_its_topic_and_after_a_restart_too() {
    let mut decoder = decoder();
    let send = |decoder: &mut Decoder, seq: u64| {
        let letter = letter(What::Tracks, &seq.to_string(), seq, BATCH);
        let (out, said) = read(decoder, &topic_of(&letter), &seal(&letter, &key()), AT);
        (out.len(), said.last().copied())
    };
    assert_eq!(send(&mut decoder, 1000), (4, Some(Reason::IllegalValue)));
    assert_eq!(send(&mut decoder, 1000), (0, Some(Reason::Repeated)));
    let mut again = self::decoder();
    again.set_taken_letters(decoder.taken_letters().expect("a decoder of letters").clone());
    assert_eq!(send(&mut again, 1000), (0, Some(Reason::Repeated)));
    assert_eq!(send(&mut again, 7), (0, Some(Reason::Replayed)));
    assert_eq!(send(&mut again, 1001).0, 4);
}

#[test]
fn all_topics_of_one_sender_have_one_name() {
    let name = Some("vigie/share/jrcc/lc-ops");
    assert_eq!(sender_filter("vigie/share/jrcc/lc-ops/alerts/1"), name);
    assert_eq!(sender_filter("vigie/share/jrcc/lc-ops/tracks/2/x"), name);
    for none in ["vigie/share/jrcc", "vigie/share/jrcc/lc-ops", "vigie/shared/a/b/c", "feeds/x"] {
        assert_eq!(sender_filter(none), None, "{none}");
    }
}

#[test]
fn alerts_and_actions_name_what_is_theirs() {
    let alert = include_str!("../../../replay-data/barbados-saint-lucia/expected-alerts.jsonl")
        .lines()
        .next()
        .expect("an alert");
    let mut message = AlertMessage::read(alert).expect("an alert");
    (message.node, message.exercise) = ("lc-ops".into(), None);
    let id = message.event.id.clone();
    let of = |body: &AlertMessage<'_>| letter(What::Alerts, &id, 5, &body.render());
    let read_one = |letter: &Letter| read(&mut decoder(), &topic_of(letter), &seal(letter, &key()), AT);
    let (out, said) = read_one(&of(&message));
    let [Input::SharedAlert(shared)] = &out[..] else { panic!("{out:?} {said:?}") };
    assert_eq!((shared.from.as_str(), shared.key()), ("lc-ops", format!("lc-ops:{id}")));
    assert_eq!(shared.targets.len(), shared.message.event.subjects.len());
    for (other, reason) in [
        (AlertMessage { node: "vc-ops".into(), ..message.clone() }, Reason::WrongSender),
        (AlertMessage { exercise: Some("dawn".into()), ..message.clone() }, Reason::OtherExercise),
    ] {
        assert_eq!(read_one(&of(&other)), (Vec::new(), vec![reason]));
    }
    let action =
        letter(What::Actions, "own-1", 5, r#"{"action":"acknowledge","alert":"jrcc:a","by":"Lt Joseph"}"#);
    let (out, _) = read_one(&action);
    let [Input::Action(action)] = &out[..] else { panic!("{out:?}") };
    assert_eq!(action.centre.as_deref(), Some("lc-ops"));
    let silly = letter(What::Actions, "own-2", 6, r#"{"action":"sink"}"#);
    assert_eq!(read_one(&silly).1, [Reason::JsonFields]);
}

#[test]
fn marks_and_lists_come_under_the_name_of_their_centre_and_in_their_own_letters_alone() {
    let mark = r#"{"action":"mark","by":"x","mark":{"id":"1","kind":"contact","name":"pirogue","position":[-59.6,13.1]}}"#;
    let unmark = r#"{"action":"unmark","by":"x","mark":"1"}"#;
    let list = r#"{"action":"shared-list","by":"lc-ops","centre":"lc-ops","list":"watch","part":1,
        "entries":[{"mmsi":314001000,"from":0,"until":1,"marking":"restricted"}]}"#;
    let on = |deed: &str| format!(r#"{{{deed},"alert":"a","by":"x"}}"#);
    let silence = r#"{"action":"silence","subject":"mmsi:1","minutes":60,"by":"x"}"#;
    let log = r#"{"action":"log","text":"x","by":"x"}"#;
    let read_one = |what: What, body: &str| {
        let letter = letter(what, "own-1", 5, body);
        read(&mut decoder(), &topic_of(&letter), &seal(&letter, &key()), AT)
    };
    for (body, its_own) in [
        (mark, Some(What::Marks)),
        (unmark, Some(What::Marks)),
        (list, Some(What::Lists)),
        (&on(r#""action":"acknowledge""#), Some(What::Actions)),
        (&on(r#""action":"take""#), Some(What::Actions)),
        (&on(r#""action":"mute""#), None),
        (&on(r#""action":"hold""#), None),
        (&on(r#""action":"withhold","to":"bb-ops","text":"x""#), None),
        (silence, None),
        (log, None),
    ] {
        for what in [What::Actions, What::Lists, What::Marks] {
            let (out, said) = read_one(what, body);
            if its_own == Some(what) {
                let [Input::Action(action)] = &out[..] else { panic!("{out:?} {said:?} of {body}") };
                assert_eq!(action.centre.as_deref(), Some("lc-ops"), "{body}");
                let ActionKind::Mark(mark) = &action.kind else { continue };
                assert_eq!(mark.marking.as_deref(), Some("restricted"), "that of the letter");
            } else {
                assert_eq!((out.len(), said), (0, vec![Reason::JsonFields]), "{what}: {body}");
            }
        }
    }
}

/// Bodies of right letters, one of each kind.
fn bodies() -> [(What, String); 5] {
    let alert = include_str!("../../../replay-data/barbados-saint-lucia/expected-alerts.jsonl")
        .lines()
        .next()
        .expect("an alert");
    let mut message = AlertMessage::read(alert).expect("an alert");
    (message.node, message.exercise) = ("lc-ops".into(), None);
    message.event.to_mut().id = "1".to_owned();
    let mark = r#"{"action":"mark","by":"x","mark":{"id":"1","kind":"contact","name":"pirogue","position":[-59.6,13.1],"releasable_to":["JRCC"]}}"#;
    let list = r#"{"action":"shared-list","by":"lc-ops","centre":"lc-ops","list":"watch","part":1,"entries":[{"mmsi":314001000,"icao":"0a1b2c","name":"N","from":0,"until":1,"marking":"restricted"}]}"#;
    let action = r#"{"action":"offer","alert":"vc-ops:a","to":"jrcc","by":"Lt Joseph","centre":"bb-ops","time":"2026-01-01T04:00:00Z"}"#;
    [
        (What::Alerts, message.render()),
        (What::Actions, action.to_owned()),
        (What::Lists, list.to_owned()),
        (What::Tracks, BATCH.to_owned()),
        (What::Marks, mark.to_owned()),
    ]
}

#[test]
fn a_right_letter_of_each_kind_is_taken() {
    for (what, body) in bodies() {
        let letter = letter(what, "1", 1, &body);
        let (out, said) = read(&mut decoder(), &topic_of(&letter), &seal(&letter, &key()), AT);
        assert!(!out.is_empty(), "{what}: {said:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// A letter with any change under way says what its sender said, or nothing.
    #[test]
    fn no_changed_letter_is_taken(
        kind in 0..5_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let (what, body) = &bodies()[kind];
        let letter = letter(*what, "1", 1, body);
        let sealed = seal(&letter, &key());
        let mut bytes = sealed.clone().into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut out = Vec::new();
        let arrival = Arrival::Stamped(AT);
        drop(decoder().read(&topic_of(&letter), &bytes, arrival, &mut Stations::default(), &mut out));
        // Space around an envelope is no part of it.
        let is_same = std::str::from_utf8(&bytes).is_ok_and(|text| text.trim() == sealed);
        prop_assert_eq!(!out.is_empty(), is_same);
    }

    /// Whatever a centre signs, nothing of it is another centre's, or this node's own.
    #[test]
    fn what_a_centre_signs_is_its_own(
        kind in 0..5_usize,
        as_kind in 0..5_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![
            Just(None),
            "[-0-9a-z:{}\"\\[\\],.]{0,6}".prop_map(Some),
        ]), 0..6),
    ) {
        let mut body = bodies()[kind].1.clone();
        for (at, with) in changes {
            let at = at.index(body.len());
            if body.is_char_boundary(at) && body.is_char_boundary(at + 1) && at < body.len() {
                body.replace_range(at..=at, with.as_deref().unwrap_or(""));
            }
            if body.is_empty() {
                return Ok(());
            }
        }
        let Ok(raw) = RawValue::from_string(body) else { return Ok(()) };
        let letter = Letter { body: raw, ..letter(bodies()[as_kind].0, "1", 1, "{}") };
        let (out, _) = read(&mut decoder(), &topic_of(&letter), &seal(&letter, &key()), AT);
        for input in out {
            match input {
                Input::Action(action) => {
                    let own = action.centre.as_deref() == Some("lc-ops");
                    let is_of_lead = matches!(&action.kind, ActionKind::Alert { alert, deed }
                        if alert.starts_with("lc-ops:") && (deed.is_of_lead() || matches!(deed, Deed::Assign { .. })));
                    prop_assert!(own || is_of_lead && action.centre.as_deref() != Some("jrcc"), "{:?}", action);
                    prop_assert!(action.centre.is_some());
                }
                Input::SharedAlert(alert) => prop_assert_eq!(alert.from, "lc-ops"),
                Input::Report(_) | Input::Contact(_) | Input::Aircraft(_) | Input::Tick { .. } => {}
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
