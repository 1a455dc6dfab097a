//! Lists of vessels as they come over MQTT.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie::config;

fuzz_target!(|text: &str| {
    if let Err(problems) = config::lists("lists/bb/wanted", text) {
        assert!(!problems.is_empty(), "refused, and nobody is told why");
    }
});
