//! Decoder and encoder of AIS messages: six-bit armour to bits to [`Message`] to the body of a report, and back.
//!
//! Sections (§) and tables are those of ITU-R M.1371-5, annex 8.
//!
//! ```
//! use vigie::model::Body;
//! use vigie::wire::ais::{body, decode};
//!
//! let message = decode(b"177KQJ5000G?tO`K>RA1wUbN0TKH", 0).unwrap();
//! assert_eq!((message.kind, message.mmsi), (1, 477_553_000));
//! assert!(matches!(body(&message, false), Body::Position(_)));
//! ```

mod bits;
mod canonical;
mod decode;
pub mod encode;
mod message;
mod rare;
mod report;
#[cfg(test)]
mod tests;
mod value;

pub use bits::{ARMOUR_MAX, Payload};
pub use canonical::canonical;
pub use message::{
    Aid, Aircraft, Base, ClassA, ClassB, ClassBIdentity, Content, Dgnss, Fix, LongRange, Message, Safety,
    StaticB, Unit, Voyage,
};
pub use report::{body, illegal};
pub use value::Reading;

use super::reason::Reason;
use super::words::fold_words;

/// Decodes the armoured payload of a whole message.
///
/// # Errors
/// The reasons of [`Payload::from_armour`] and [`Message::decode`].
#[inline]
pub fn decode(armour: &[u8], fill_bits: u8) -> Result<Message, Reason> {
    Message::decode(&Payload::from_armour(armour, fill_bits)?)
}

/// Returns a hash of an armoured payload, equal on every machine: eight bytes at a time with the constants of FNV-1a.
#[inline]
pub fn transmission(armour: &[u8]) -> u32 {
    let mix = |hash: u64, word: u64| {
        let hash = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        hash ^ hash >> 29
    };
    let hash = fold_words(armour, 0xcbf2_9ce4_8422_2325, mix);
    // A text of whole words was hashed with a word of zeros after it: saved state has such hashes.
    let hash = if armour.len().is_multiple_of(8) { mix(hash, 0) } else { hash };
    let hash = mix(hash, armour.len() as u64);
    (hash ^ (hash >> 32)) as u32
}
