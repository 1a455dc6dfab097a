//! Decoder of ASTERIX (EUROCONTROL SPEC-0149): blocks of records to contacts, aircraft and ticks. `docs/asterix.md`
//! lists the categories and items that are read.
//!
//! `tables` hold the items of each category, `item` their lengths; `block` takes a payload apart, `target` reads the
//! items of a record, `contact` places it on the earth.

mod block;
mod canonical;
mod contact;
mod item;
mod tables;
mod target;

use super::context::{Arrival, Context};
use super::nmea::frame;
use super::reason::Reason;
use super::source::Source;
use crate::model::{FeedId, Time};

pub use block::{Block, Blocks, Records, is_blocks};
pub use canonical::canonical;
pub use target::Target;

/// Limit of the bytes of a TAG block before the first block.
const TAG_BYTES_MAX: usize = 80;

/// Decoder of data blocks.
#[derive(Debug)]
pub(super) struct Asterix {
    /// Feed, clock and last station.
    pub source: Source,
}

impl Asterix {
    /// Returns a decoder that has read nothing.
    pub fn new(feed: FeedId) -> Asterix {
        Asterix { source: Source::new(feed) }
    }

    /// Decodes a payload of one or more blocks. That of an exercise begins with a TAG block that tells its arrival: a
    /// time of day alone gives no date.
    pub fn decode(&mut self, _topic: &str, payload: &[u8], context: &mut Context<'_>) {
        let (told, payload) = without_tag(payload);
        if let (Arrival::FromSource, Some(told)) = (context.arrival, told) {
            context.arrival = Arrival::Stamped(told);
        }
        let Arrival::Stamped(arrival) = context.arrival else {
            context.count(Reason::Lines);
            return context.count(Reason::NoTime);
        };
        for block in Blocks::new(payload) {
            let block = match block {
                Ok(block) => block,
                Err(reason) => {
                    context.count(Reason::Lines);
                    context.count(reason);
                    continue;
                }
            };
            for record in Records::new(block) {
                context.count(Reason::Lines);
                match record {
                    Ok(target) => contact::give(&mut self.source, &target, arrival, context),
                    Err(reason) => context.count(reason),
                }
            }
        }
    }
}

/// Returns the time in the TAG block that may open the payload, and the bytes after the block.
fn without_tag(payload: &[u8]) -> (Option<Time>, &[u8]) {
    let end = match payload.split_first() {
        Some((b'\\', rest)) => memchr::memchr(b'\\', &rest[..rest.len().min(TAG_BYTES_MAX)]),
        _ => None,
    };
    let Some(end) = end else { return (None, payload) };
    let (block, rest) = payload.split_at(end + 2);
    (frame(block).ok().and_then(|frame| frame.tag.time), rest)
}
