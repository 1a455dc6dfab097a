//! Saved state as a checkpoint holds it, damaged or foreign: it is refused or rebuilt in part, and the engine goes on.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vigie::config::Config;
use vigie::engine::Engine;
use vigie::feed::intake::Intake;
use vigie::model::Time;
use vigie::model::saved::SavedState;
use vigie::wire::Arrival;

#[path = "../watch.rs"]
mod watch;

static WATCH: LazyLock<Config> = LazyLock::new(watch::config);

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut saved) = SavedState::parse(bytes) else { return };
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    let mut intake = Intake::new(&WATCH.feeds, &mut inputs);
    if intake.load(&mut saved).is_err() {
        return;
    }
    let Ok(mut engine) = Engine::resume(WATCH.setup.clone(), &mut saved, &mut outputs) else { return };
    let line = b"!AIVDM,1,1,,A,14eG;o@034o8sd<L9i:a;WF>062D,0*7D";
    let now = Time(1_767_225_600_000);
    intake.read(watch::TOPICS[0], line, Arrival::Stamped(now), now, &mut inputs);
    engine.step(&inputs, &mut outputs);
});
