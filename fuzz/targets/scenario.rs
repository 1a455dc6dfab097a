//! Scenario files of the simulator.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    vigie::scenario::parse(text, "fuzz.toml").ok();
});
