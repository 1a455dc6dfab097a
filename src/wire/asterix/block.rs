//! Splits payloads into blocks and blocks into records (EUROCONTROL SPEC-0149, part 1, 4.2).

use super::item::{Field, walk};
use super::tables::profile;
use super::target::Target;
use crate::wire::reason::Reason;

/// Bytes of category and length.
const HEADER: usize = 3;

/// A data block: records of one category.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// Category of the records.
    pub category: u8,
    fields: &'static [Field],
    records: &'a [u8],
}

/// Iterator over the blocks of a payload, or the reason why one is refused. A block with an impossible length ends it.
#[derive(Clone, Debug)]
pub struct Blocks<'a>(&'a [u8]);

impl<'a> Blocks<'a> {
    /// Returns the blocks of a payload.
    pub fn new(payload: &'a [u8]) -> Blocks<'a> {
        Blocks(payload)
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, Reason>;

    fn next(&mut self) -> Option<Self::Item> {
        let payload = std::mem::take(&mut self.0);
        let category = *payload.first()?;
        let Some((block, rest)) = split(payload) else { return Some(Err(Reason::BadBlock)) };
        self.0 = rest;
        let fields = profile(category).ok_or(Reason::OtherCategory);
        Some(fields.map(|fields| Block { category, fields, records: &block[HEADER..] }))
    }
}

/// Splits the first block, with its header, from the bytes after it.
fn split(payload: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(u16::from_be_bytes([*payload.get(1)?, *payload.get(2)?]));
    if length < HEADER { None } else { payload.split_at_checked(length) }
}

/// Returns whether a payload consists of blocks alone, at least one of them of a category that is read.
pub fn is_blocks(payload: &[u8]) -> bool {
    let (mut rest, mut known) = (payload, false);
    while let Some((block, after)) = split(rest) {
        known |= profile(block[0]).is_some();
        rest = after;
    }
    known && rest.is_empty()
}

/// Iterator over the records of a block. A record that is refused ends it: the start of the next one is unknown.
#[derive(Clone, Debug)]
pub struct Records<'a>(Block<'a>);

impl<'a> Records<'a> {
    /// Returns the records of a block.
    pub fn new(block: Block<'a>) -> Records<'a> {
        Records(block)
    }

    /// Returns the bytes of the block that are not yet read.
    pub fn rest(&self) -> &'a [u8] {
        self.0.records
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Target, Reason>;

    fn next(&mut self) -> Option<Self::Item> {
        let Block { category, fields, records } = self.0;
        self.0.records = &[];
        if records.is_empty() {
            return None;
        }
        let mut target = Target { category, service: matches!(category, 34 | 65), ..Target::default() };
        let mut items = 0;
        let length = walk(fields, records, &mut |number, item| {
            items += 1;
            target.note(number, item);
        });
        let Some(length) = length.filter(|_| items > 0) else { return Some(Err(Reason::BadRecord)) };
        self.0.records = &records[length..];
        Some(Ok(target))
    }
}
