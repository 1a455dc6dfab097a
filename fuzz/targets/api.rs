//! What a browser sends to the console's API, beside actions: log-ins, and the player's commands.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie::console::api::{Login, PlayerCommand};

fuzz_target!(|bytes: &[u8]| {
    serde_json::from_slice::<Login>(bytes).ok();
    serde_json::from_slice::<PlayerCommand>(bytes).ok();
});
