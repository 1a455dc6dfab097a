//! Frames of the input log and of what the active node of a pair shares: what is read is whole, and a further frame is found behind it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie::journal::input::{encode, frames};

fuzz_target!(|bytes: &[u8]| {
    let read: Vec<_> = frames(bytes).collect();
    let mut again = Vec::new();
    for logged in &read {
        encode(&logged.topic, logged.arrival_ns, &logged.payload, &mut again);
    }
    assert!(bytes.starts_with(&again), "another frame than was there");
    encode("feeds/a", 7, bytes, &mut again);
    assert_eq!(frames(&again).count(), read.len() + 1);
});
