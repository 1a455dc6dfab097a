//! ASTERIX payloads: whatever they hold, a right block after a block of right length is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie::model::{FeedId, Input, Position, Radar, Time};
use vigie::wire::asterix::is_blocks;
use vigie::wire::{Arrival, Format, Sensor, Decoder, Stations, Tally};

/// CAT062: source 25/100, 13.1 degrees north, 59.5 degrees west, track 7, confirmed.
const LAST: &[u8] =
    &[62, 0, 18, 0x89, 0x0c, 25, 100, 0, 0x25, 0x43, 0x21, 0xff, 0x57, 0x60, 0xb6, 0, 7, 0];

fuzz_target!(|bytes: &[u8]| {
    let Some((category, body)) = bytes.split_first() else { return };
    is_blocks(bytes);
    let body = &body[..body.len().min(60_000)];
    let [high, low] = (body.len() as u16 + 3).to_be_bytes();
    let payload = [&[*category & 0x7f, high, low][..], body, LAST].concat();
    let (mut stations, mut tally, mut out) = (Stations::default(), Tally::default(), Vec::new());
    stations.declare(FeedId(1), Sensor { site: Position::new(-59.5, 13.1), radar: Some(Radar::default()) });
    let mut decoder = Decoder::new(FeedId(1), Format::Asterix);
    let arrival = Arrival::Stamped(Time(1_767_225_600_000));
    tally.record(FeedId(1), &decoder.read("t", bytes, arrival, &mut stations, &mut Vec::new()));
    tally.record(FeedId(1), &decoder.read("t", &payload, arrival, &mut stations, &mut out));
    // Category 92 looks like the backslash of a TAG block.
    let is_there = matches!(out.last(), Some(Input::Contact(contact)) if contact.number == 7);
    assert!(is_there || category & 0x7f == b'\\');
});
