//! The whole way of a watch: messages of any feed through decoders and engine with every shipped rule, saved and taken up at the end.
//! A line end parts messages; the first byte of each says its feed and how much time has gone by.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vigie::config::Config;
use vigie::engine::Engine;
use vigie::feed::intake::Intake;
use vigie::model::saved::{SavedState, StateWriter};
use vigie::model::{Span, Time};
use vigie::wire::Arrival;

#[path = "../watch.rs"]
mod watch;

static WATCH: LazyLock<Config> = LazyLock::new(watch::config);

fuzz_target!(|bytes: &[u8]| {
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    let mut intake = Intake::new(&WATCH.feeds, &mut inputs);
    let mut engine = Engine::new(WATCH.setup.clone());
    let mut now = Time(1_767_225_600_000);
    for message in bytes.split(|byte| *byte == b'\n') {
        let Some((how, payload)) = message.split_first() else { continue };
        now = now + Span::from_secs(1 << (how >> 4));
        let topic = watch::TOPICS[usize::from(how & 15) % watch::TOPICS.len()];
        intake.read(topic, payload, Arrival::Stamped(now), now, &mut inputs);
        engine.step(&inputs, &mut outputs);
        inputs.clear();
    }
    let mut saved = StateWriter::default();
    engine.save(&mut saved);
    let saved = saved.into_bytes();
    let mut parts = SavedState::parse(&saved).expect("its own state");
    let resumed = Engine::resume(WATCH.setup.clone(), &mut parts, &mut outputs).expect("its own state");
    assert_eq!(resumed.counts(), engine.counts());
});
