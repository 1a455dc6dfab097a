//! Payloads as a feed of any format reads them; the first byte says which and how, a line end parts payloads.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie::model::{FeedId, Position, Radar, Time};
use vigie::wire::{Arrival, Format, Sensor, Decoder, Stations, Tally};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, payloads)) = bytes.split_first() else { return };
    let format = Format::ALL[usize::from(*choice) % Format::ALL.len()];
    let site = Position::new(-59.5, 13.1).filter(|_| choice & 0x80 == 0);
    let mut decoder = Decoder::new(FeedId(1), format);
    let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
    stations.declare(FeedId(1), Sensor { site, radar: Some(Radar::default()) });
    for (n, payload) in payloads.split(|byte| *byte == b'\n').enumerate() {
        let arrival = match choice & 0x40 {
            0 => Arrival::Stamped(Time(1_767_225_600_000 + n as i64)),
            _ => Arrival::FromSource,
        };
        let topic = "vessels-v2/219598000/location";
        tally.record(FeedId(1), &decoder.read(topic, payload, arrival, &mut stations, &mut out));
    }
    assert!(decoder.open_messages() <= 64 && out.len() <= payloads.len());
});
