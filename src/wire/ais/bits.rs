//! Six-bit armour to bits, and fields out of bits.

use crate::model::Text;
use crate::wire::reason::Reason;
use crate::wire::words::fold_words;

/// Characters of armour at most: five slots hold 1,064 bits (M.1371-5, annex 2, 3.3.1), 178 characters;
/// a few more for what receivers pad.
pub const ARMOUR_MAX: usize = 192;
/// Bytes of a buffer: each group of eight characters gives six bytes; the spare ones let every field be read as one
/// 64-bit word.
const BYTES: usize = ARMOUR_MAX / 8 * 6 + 16;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// Bits of a message, most significant first. Bits beyond its length read as zeros.
#[derive(Clone, Debug)]
pub struct Payload {
    bytes: [u8; BYTES],
    bits: usize,
}

impl Payload {
    /// No bits.
    pub const EMPTY: Payload = Payload { bytes: [0; BYTES], bits: 0 };

    /// Removes the armour (IEC 61162-1, table of six-bit symbols): `0` to `W` and backtick to `w`.
    ///
    /// # Errors
    /// [`Reason::EmptyPayload`], [`Reason::TooLong`], [`Reason::BadFillBits`], [`Reason::IllegalArmour`].
    pub fn from_armour(armour: &[u8], fill_bits: u8) -> Result<Payload, Reason> {
        let mut payload = Payload::EMPTY;
        payload.fill(armour, fill_bits)?;
        Ok(payload)
    }

    /// Does what [`Payload::from_armour`] does in place: on an empty payload. Returning so many bytes would copy them twice.
    ///
    /// # Errors
    /// Those of [`Payload::from_armour`].
    #[inline]
    pub(in crate::wire) fn fill(&mut self, armour: &[u8], fill_bits: u8) -> Result<(), Reason> {
        if armour.is_empty() {
            return Err(Reason::EmptyPayload);
        }
        if armour.len() > ARMOUR_MAX {
            return Err(Reason::TooLong);
        }
        if fill_bits > 5 {
            return Err(Reason::BadFillBits);
        }
        let last = (armour.len() - 1) / 8;
        let after_last = 8 * (8 * (last + 1) - armour.len());
        let zeros = (0x30 * ONES) & !(u64::MAX << after_last);
        let mut n = 0;
        let illegal = fold_words(armour, 0, |illegal, word| {
            let eight = word.swap_bytes() | if n == last { zeros } else { 0 };
            n += 1;
            illegal | put(&mut self.bytes, 6 * (n - 1), eight)
        });
        self.bits = armour.len() * 6 - usize::from(fill_bits);
        if illegal == 0 { Ok(()) } else { Err(Reason::IllegalArmour) }
    }

    /// Returns the number of bits.
    #[inline]
    pub fn len(&self) -> usize {
        self.bits
    }

    /// Returns whether there are no bits, which holds for no payload that [`Payload::from_armour`] returns.
    pub fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// Returns an unsigned field of 1 to 32 bits from bit `at` on.
    #[inline]
    pub fn unsigned(&self, at: usize, bits: usize) -> u32 {
        debug_assert!((1..=32).contains(&bits));
        ((self.word(at) << (at % 8)) >> (64 - bits)) as u32
    }

    /// Returns a two's complement field of 1 to 32 bits from bit `at` on.
    #[inline]
    pub fn signed(&self, at: usize, bits: usize) -> i32 {
        debug_assert!((1..=32).contains(&bits));
        (((self.word(at) << (at % 8)) as i64) >> (64 - bits)) as i32
    }

    /// Returns one bit.
    #[inline]
    pub fn flag(&self, at: usize) -> bool {
        self.unsigned(at, 1) == 1
    }

    /// Returns up to `chars` six-bit characters from bit `at` on (table 47), as far as the message goes, cut at the first
    /// `@` and trimmed.
    #[inline]
    pub fn text<const N: usize>(&self, at: usize, chars: usize) -> Text<N> {
        let mut ascii = [0; N];
        let len = self.characters(at, chars.min(N), &mut ascii);
        Text::new(&ascii[..len])
    }

    /// Returns the six-bit characters from bit `at` to the end of the message, cut at the first `@` and trimmed at the end.
    pub fn long_text(&self, at: usize) -> Box<str> {
        let mut ascii = [0; ARMOUR_MAX];
        let len = self.characters(at, ARMOUR_MAX, &mut ascii);
        std::str::from_utf8(&ascii[..len]).unwrap_or("").trim_end().into()
    }

    /// Writes characters up to the first `@` and returns their number.
    #[inline]
    fn characters(&self, at: usize, chars: usize, to: &mut [u8]) -> usize {
        let whole = self.bits.saturating_sub(at) / 6;
        for (i, to) in to.iter_mut().enumerate().take(chars.min(whole)) {
            let six = self.unsigned(at + 6 * i, 6) as u8;
            if six == 0 {
                return i;
            }
            *to = if six < 32 { six + 64 } else { six };
        }
        chars.min(whole)
    }

    #[inline]
    fn word(&self, at: usize) -> u64 {
        let from = at / 8;
        match self.bytes.get(from..from + 8) {
            Some(bytes) => {
                let mut eight = [0; 8];
                eight.copy_from_slice(bytes);
                u64::from_be_bytes(eight)
            }
            None => 0,
        }
    }
}

/// Writes the 48 bits of eight characters, the first one highest, computed in one 64-bit word. Returns 0 unless a character is
/// illegal.
#[inline]
fn put(bytes: &mut [u8; BYTES], at: usize, x: u64) -> u64 {
    // Bytes from here on are below 0x80 where legal, so that these sums do not carry between them.
    let low = x & !HIGH;
    let from_0 = low + (0x80 - 0x30) * ONES;
    let past_w_upper = low + (0x80 - 0x58) * ONES;
    let from_backtick = low + (0x80 - 0x60) * ONES;
    let past_w_lower = low + (0x80 - 0x78) * ONES;
    let illegal = (x | !from_0 | (past_w_upper & !from_backtick) | past_w_lower) & HIGH;
    // Where a byte is illegal the difference may borrow from its neighbour: the result is refused then.
    let six = low.wrapping_sub(0x30 * ONES).wrapping_sub(((from_backtick & HIGH) >> 7) * 8);
    let twelve = ((six >> 2) & 0x0fc0_0fc0_0fc0_0fc0) | (six & 0x003f_003f_003f_003f);
    let twenty_four = ((twelve >> 4) & 0x00ff_f000_00ff_f000) | (twelve & 0x0000_0fff_0000_0fff);
    let forty_eight = ((twenty_four >> 8) & 0x0000_ffff_ff00_0000) | (twenty_four & 0x00ff_ffff);
    if let Some(to) = bytes.get_mut(at..at + 8) {
        to.copy_from_slice(&(forty_eight << 16).to_be_bytes());
    }
    illegal
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes one character as IEC 61162-1 describes: add 0b101000; over 0b10000000 add 0b100000, else 0b101000; the low six
    /// bits count.
    fn reference(c: u8) -> Option<u8> {
        matches!(c, 48..=87 | 96..=119).then(|| {
            let sum = u32::from(c) + 0b10_1000;
            let sum = if sum > 0b1000_0000 { sum + 0b10_0000 } else { sum + 0b10_1000 };
            (sum & 63) as u8
        })
    }

    #[test]
    fn every_character_decodes_in_every_place_as_the_standard_says() {
        for c in 0..=255 {
            for place in 0..19 {
                let mut armour = [b'0'; 19];
                armour[place] = c;
                let bits = Payload::from_armour(&armour, 0);
                match (reference(c), bits) {
                    (None, Err(Reason::IllegalArmour)) => {}
                    (Some(six), Ok(payload)) => {
                        assert_eq!(payload.len(), 114);
                        for i in 0..19 {
                            let expected = if i == place { u32::from(six) } else { 0 };
                            assert_eq!(payload.unsigned(6 * i, 6), expected, "{c} at {place}");
                        }
                    }
                    (expected, got) => panic!("{c}: {expected:?} {got:?}"),
                }
            }
        }
    }

    #[test]
    fn fields_are_read_across_bytes_and_are_zero_past_the_end() {
        let payload = Payload::from_armour(b"wwwwwwwwww0", 0).expect("armour");
        assert_eq!(payload.unsigned(3, 32), u32::MAX);
        assert_eq!(payload.signed(5, 28), -1);
        assert_eq!(payload.signed(59, 2), -2);
        assert!(payload.flag(59) && !payload.flag(60));
        assert_eq!(payload.unsigned(4000, 8), 0);
    }

    #[test]
    fn text_ends_at_the_first_at_sign() {
        // 'A' is 1, '@' is 0, blank is 32, '5' is 53.
        let payload = Payload::from_armour(b"1Pe01", 0).expect("armour");
        assert_eq!(payload.text::<20>(0, 20).as_str(), "A -");
        assert_eq!(payload.text::<20>(0, 2).as_str(), "A");
        assert_eq!(Payload::from_armour(b"", 0).err(), Some(Reason::EmptyPayload));
        assert_eq!(Payload::from_armour(b"1", 6).err(), Some(Reason::BadFillBits));
        assert_eq!(Payload::from_armour(&[b'0'; 193], 0).err(), Some(Reason::TooLong));
    }
}
