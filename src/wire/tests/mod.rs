//! Tests of the whole way from bytes to inputs.

use super::{Arrival, Format, Session, Stations, Tally};
use crate::model::{FeedId, Input, Time};

mod air;
mod any_bytes;
mod asterix;
mod framing;
mod json;
mod radar;
mod radar_oracle;
mod reassembly;
mod recordings;
mod times;
mod tracks;

/// Reads a payload in a session of its own.
fn read(format: Format, topic: &str, payload: &[u8], arrival: Arrival) -> (Vec<Input>, Tally) {
    let (mut out, mut tally, mut stations) = (Vec::new(), Tally::default(), Stations::default());
    let mut session = Session::new(FeedId(0), format);
    session.read(topic, payload, arrival, &mut stations, &mut tally, &mut out);
    (out, tally)
}

/// A block of one CAT021 record: items in hexadecimal by their number, in the order of the profile.
fn asterix_record(items: &[(u16, &str)]) -> Vec<u8> {
    const ORDER: [u16; 31] = [
        10, 40, 161, 15, 71, 130, 131, 72, 150, 151, 80, 73, 74, 75, 76, 140, 90, 210, 70, 230, 145, 152,
        200, 155, 157, 160, 165, 77, 170, 20, 220,
    ];
    let mut presence = vec![0_u8; 5];
    let mut body = Vec::new();
    for (number, hex) in items {
        let place = ORDER.iter().position(|n| n == number).expect("an item of CAT021");
        presence[place / 7] |= 0x80 >> (place % 7);
        body.extend((0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()));
    }
    (0..4).for_each(|octet| presence[octet] |= 1);
    let length = (3 + presence.len() + body.len()) as u16;
    [&[21][..], &length.to_be_bytes(), &presence, &body].concat()
}

/// An arrival for lines whose time is of no matter.
const NOW: Arrival = Arrival::Stamped(Time::from_secs(1_767_225_600));

/// `word count` of all that was counted, but lines and reports.
fn counted(tally: &Tally) -> String {
    let words = tally.list().into_iter().filter(|(_, word, _)| !matches!(*word, "lines" | "reports"));
    words.map(|(_, word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}
