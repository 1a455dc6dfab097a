//! ASTERIX (EUROCONTROL SPEC-0149): blocks of records to contacts and ticks. `docs/asterix.md` lists what is read.
//!
//! `tables` say which items a category has, `item` how far each reaches, `block` takes a payload apart, `target`
//! reads the items that make a contact, `contact` places it on the earth.

mod block;
mod canonical;
mod contact;
mod item;
mod tables;
mod target;

use super::frame::frame;
use super::session::Desk;
use super::{Arrival, Reason, Session};
use crate::model::Time;

pub use block::{Blocks, Records, is_blocks};
pub use canonical::canonical;
pub use target::Target;

/// Bytes of a TAG block before the first block at most.
const TAG_BYTES_MAX: usize = 80;

/// Reads a payload: blocks one after the other. An exercise's begins with a TAG block that tells its arrival,
/// since a time of day alone is no date.
pub(super) fn read(session: &mut Session, payload: &[u8], desk: &mut Desk<'_>) {
    let (told, payload) = without_tag(payload);
    if let (Arrival::FromSource, Some(told)) = (desk.arrival, told) {
        desk.arrival = Arrival::Stamped(told);
    }
    let Arrival::Stamped(arrival) = desk.arrival else {
        session.count(Reason::Lines, desk);
        return session.count(Reason::NoTime, desk);
    };
    for block in Blocks::new(payload) {
        let block = match block {
            Ok(block) => block,
            Err(reason) => {
                session.count(Reason::Lines, desk);
                session.count(reason, desk);
                continue;
            }
        };
        for record in Records::new(block) {
            session.count(Reason::Lines, desk);
            match record {
                Ok(target) => contact::take(session, &target, arrival, desk),
                Err(reason) => session.count(reason, desk),
            }
        }
    }
}

/// The time in the TAG block that the payload may begin with, and what follows it.
fn without_tag(payload: &[u8]) -> (Option<Time>, &[u8]) {
    let end = match payload.split_first() {
        Some((b'\\', rest)) => memchr::memchr(b'\\', &rest[..rest.len().min(TAG_BYTES_MAX)]),
        _ => None,
    };
    let Some(end) = end else { return (None, payload) };
    let (block, rest) = payload.split_at(end + 2);
    (frame(block).ok().and_then(|frame| frame.tag.time), rest)
}
