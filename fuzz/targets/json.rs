//! JSON: of AIS-catcher, of Digitraffic, and officers' actions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie::wire::actions;
use vigie::model::{FeedId, Time};
use vigie::wire::{Arrival, Format, Decoder, Stations, Tally};

const NOW: Time = Time(1_767_225_600_000);

fuzz_target!(|payload: &[u8]| {
    let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
    for (format, topic) in [
        (Format::AisCatcher, "ais/data"),
        (Format::Readsb, "adsb/aircraft"),
        (Format::ModeS, "adsb/raw"),
        (Format::Digitraffic, "vessels-v2/219598000/location"),
        (Format::Digitraffic, "vessels-v2/219598000/metadata"),
    ] {
        let mut decoder = Decoder::new(FeedId(1), format);
        tally.record(FeedId(1), &decoder.read(topic, payload, Arrival::Stamped(NOW), &mut stations, &mut out));
    }
    actions::parse(payload, NOW).ok();
});
