#![no_main]
//! What officers and centres send, and what the active one of two shares: both come from a network.

use libfuzzer_sys::fuzz_target;
use vigie::wire::actions;
use vigie::journal::input;
use vigie::model::Time;

fuzz_target!(|bytes: &[u8]| {
    let arrival = Time::from_secs(1_767_240_000);
    if let Ok(action) = actions::parse(bytes, arrival) {
        assert!(!action.by.is_empty() && action.time <= Time(arrival.0 + 5_000));
    }
    let mut again = Vec::new();
    for logged in input::frames(bytes) {
        input::encode(&logged.topic, logged.arrival_ns, &logged.payload, &mut again);
    }
    assert_eq!(input::frames(&again).count(), input::frames(bytes).count());
});
