//! Forms of data items (EUROCONTROL SPEC-0149, part 1, section 4.3) and their lengths.

/// Form of an item, which gives its length.
#[derive(Debug)]
pub(super) enum Item {
    /// A fixed number of octets.
    Fixed(usize),
    /// Octets of which the last bit (FX) says that another follows.
    Extended,
    /// An octet with a count, then that many repetitions of a fixed number of octets.
    Repeated(usize),
    /// A fixed number of octets, of which the last bit says that as many follow.
    Chained(usize),
    /// An octet with the length, which includes that octet.
    Explicit,
    /// Presence bits, then the subitems that they announce.
    Compound(&'static [Field]),
    /// A place that no item has.
    Spare,
}

/// Number and form of an item, at its place in the order of presence bits. Subitems are numbered from 1.
pub(super) type Field = (u16, Item);

impl Item {
    /// Returns how many octets the item takes from the start of `bytes`; `None` where it would end after them.
    fn length(&self, bytes: &[u8]) -> Option<usize> {
        let length = match self {
            Item::Fixed(octets) => *octets,
            Item::Extended => chain(bytes, 1)?,
            Item::Chained(octets) => chain(bytes, *octets)?,
            Item::Repeated(octets) => 1 + usize::from(*bytes.first()?) * octets,
            Item::Explicit => usize::from(*bytes.first().filter(|length| **length > 0)?),
            Item::Compound(fields) => walk(fields, bytes, &mut |_, _| {})?,
            Item::Spare => return None,
        };
        (length <= bytes.len()).then_some(length)
    }
}

/// Calls `each` with every item that the presence bits at the start of `bytes` announce, in their order. Returns the length
/// of all; `None` where an item ends after `bytes` or has no place in `fields`: the items given are then void.
pub(super) fn walk<'a>(
    fields: &[Field],
    bytes: &'a [u8],
    each: &mut dyn FnMut(u16, &'a [u8]),
) -> Option<usize> {
    let mut at = chain(bytes, 1)?;
    for (octet, present) in bytes[..at].iter().enumerate() {
        let mut bits = present & !FX;
        while bits != 0 {
            let bit = bits.leading_zeros();
            bits &= !(0x80 >> bit);
            let (number, item) = fields.get(octet * 7 + bit as usize)?;
            let octets = &bytes[at..];
            let length = item.length(octets)?;
            each(*number, &octets[..length]);
            at += length;
        }
    }
    Some(at)
}

/// Returns the last bit of an octet, which says that another one follows.
pub(super) const FX: u8 = 1;

/// Returns the length of a chain of links of a fixed number of octets.
fn chain(bytes: &[u8], octets: usize) -> Option<usize> {
    let last = bytes.chunks_exact(octets).position(|link| link[octets - 1] & FX == 0)?;
    Some((last + 1) * octets)
}

/// Returns the unsigned number of up to eight octets, the most significant first.
pub(super) fn unsigned(octets: &[u8]) -> u64 {
    octets.iter().fold(0, |value, octet| value << 8 | u64::from(*octet))
}

/// Returns the two's complement number of the low bits of up to eight octets.
pub(super) fn signed(octets: &[u8], bits: u32) -> f64 {
    let unused = u64::BITS - bits;
    ((unsigned(octets) << unused) as i64 >> unused) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_ends_where_it_says_or_not_at_all() {
        const SUB: &[Field] = &[(1, Item::Fixed(1)), (0, Item::Spare), (3, Item::Repeated(2))];
        for (item, bytes, length) in [
            (Item::Fixed(2), &[1, 2, 3][..], Some(2)),
            (Item::Fixed(2), &[1], None),
            (Item::Extended, &[0x81, 0x83, 0x80, 9], Some(3)),
            (Item::Extended, &[0x81, 0x83], None),
            (Item::Repeated(2), &[2, 0, 0, 0, 0, 9], Some(5)),
            (Item::Repeated(2), &[2, 0, 0, 0], None),
            (Item::Repeated(8), &[0], Some(1)),
            (Item::Chained(3), &[0, 0, 1, 0, 0, 2], Some(6)),
            (Item::Chained(3), &[0, 0, 1, 0, 0], None),
            (Item::Explicit, &[3, 0, 0, 9], Some(3)),
            (Item::Explicit, &[0, 0, 0], None),
            (Item::Explicit, &[4, 0, 0], None),
            (Item::Compound(SUB), &[0b1010_0000, 7, 1, 8, 8], Some(5)),
            (Item::Compound(SUB), &[0], Some(1)),
            (Item::Compound(SUB), &[0b0100_0000, 7], None),
            (Item::Compound(SUB), &[0b0001_0000, 7], None),
            (Item::Compound(SUB), &[], None),
        ] {
            assert_eq!(item.length(bytes), length, "{item:?} {bytes:?}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(unsigned(&[0x35, 0x6d, 0x4d]), 0x356d4d);
        assert_eq!(signed(&[0xff, 0xf8], 16), -8.0);
        assert_eq!(signed(&[0x3f, 0xf8], 14), -8.0);
        assert_eq!(signed(&[0xc0, 0x08], 14), 8.0);
        assert_eq!(signed(&[0x80, 0, 0], 24), -8_388_608.0);
    }
}
