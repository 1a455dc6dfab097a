//! Frames of the input log and of what the active node of a pair shares: what is read is whole, a further frame is found behind it, and
//! parted into messages they are the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie::journal::input::{encode, frames, runs};

fuzz_target!(|bytes: &[u8]| {
    let read: Vec<_> = frames(bytes).collect();
    let mut again = Vec::new();
    for logged in &read {
        encode(&logged.topic, logged.arrival_ns, &logged.payload, &mut again);
    }
    assert!(bytes.starts_with(&again), "another frame than was there");
    encode("feeds/a", 7, bytes, &mut again);
    assert_eq!(frames(&again).count(), read.len() + 1);
    let mut parted = Vec::new();
    for (before, run) in runs(&again, 64) {
        assert_eq!(frames(&parted).count() as u64, before);
        parted.extend_from_slice(run);
    }
    assert_eq!(parted, again);
});
