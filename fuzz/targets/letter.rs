//! Messages of another centre: any bytes, and any content under a right signature.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;
use vigie::model::{FeedId, Time};
use vigie::wire::shared::{Letter, Peer, SecretKey, What, seal, topic_of};
use vigie::wire::{Arrival, Decoder, Format, Stations};

fuzz_target!(|payload: &[u8]| {
    let key = SecretKey::of_seed([1; 32]).expect("a key");
    let peer = Peer {
        own: "jrcc".to_owned(),
        from: "lc-ops".to_owned(),
        key: Some(key.public()),
        exercise: None,
    };
    let mut decoder = Decoder::new(FeedId(0), Format::Vigie);
    decoder.set_peer(Some(&peer));
    let (mut stations, mut inputs) = (Stations::default(), Vec::new());
    let arrival = Arrival::Stamped(Time::from_secs(1_767_240_000));
    let _ = decoder.read("vigie/share/jrcc/lc-ops/tracks/1", payload, arrival, &mut stations, &mut inputs);
    assert!(inputs.is_empty(), "nothing unsigned is taken");
    let Some(body) = std::str::from_utf8(payload).ok().and_then(|text| RawValue::from_string(text.to_owned()).ok())
    else {
        return;
    };
    for (seq, what) in (1..).zip(What::ALL) {
        let letter = Letter {
            to: peer.own.clone(),
            from: peer.from.clone(),
            what,
            id: seq.to_string(),
            seq,
            sent: "2026-01-01T04:00:00Z".to_owned(),
            exercise: None,
            marking: None,
            body: body.clone(),
        };
        let sealed = seal(&letter, &key);
        let _ = decoder.read(&topic_of(&letter), sealed.as_bytes(), arrival, &mut stations, &mut inputs);
    }
});
