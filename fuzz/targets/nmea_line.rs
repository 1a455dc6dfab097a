//! Lines of NMEA: their fields, their time, and the form in which an exercise publishes them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie::feed::recording::publishable;
use vigie::model::Time;
use vigie::wire::LineClock;
use vigie::wire::transcript::transcript;

fuzz_target!(|text: &[u8]| {
    transcript(text);
    let mut clock = LineClock::default();
    for line in text.split(|byte| *byte == b'\n') {
        clock.time_of(line);
        publishable(line, Some(Time(1_767_225_600_000)), &mut Vec::new());
    }
});
