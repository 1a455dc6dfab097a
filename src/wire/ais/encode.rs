//! Encodes messages to armoured sentences: for the simulator, and as the counterpart of the decoder in tests.
//!
//! ```
//! use vigie::wire::ais::encode::{sentences, static_a};
//! let lines = sentences(&static_a(314_001_000, "LADY B"), b'A', 0, false);
//! assert_eq!(lines.len(), 1);
//! assert!(lines[0].starts_with("!AIVDM,1,1,,A,H"));
//! ```

use super::message::{Aid, Base, ClassA, ClassB, Fix, LongRange, StaticB, Voyage};
use super::{ARMOUR_MAX, Reading};
use crate::model::Dimensions;
use crate::wire::words::xor;

/// Characters of armour in one sentence of several: the line then stays within 82 characters (IEC 61162-1).
const CHARACTERS_A_SENTENCE: usize = 56;

/// Bits of a message under construction, most significant first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    bits: Vec<bool>,
}

impl Bits {
    /// Returns the start of a message: type, repeat indicator 0 and source MMSI.
    pub fn begin(kind: u8, mmsi: u32) -> Bits {
        let mut bits = Bits::default();
        bits.put(u32::from(kind), 6).put(0, 2).put(mmsi, 30);
        bits
    }

    /// Appends the low `width` bits of a number, 1 to 32.
    pub fn put(&mut self, value: u32, width: usize) -> &mut Bits {
        self.bits.extend((0..width.min(32)).rev().map(|at| value >> at & 1 == 1));
        self
    }

    /// Appends a two's complement number.
    pub fn put_signed(&mut self, value: i32, width: usize) -> &mut Bits {
        self.put(value as u32, width)
    }

    /// Appends a flag.
    pub fn flag(&mut self, value: bool) -> &mut Bits {
        self.put(u32::from(value), 1)
    }

    /// Appends six-bit text (table 47) of `chars` characters, filled up with `@`. Small letters become capitals, and a
    /// character that the table lacks becomes `?`.
    pub fn text(&mut self, text: &str, chars: usize) -> &mut Bits {
        let mut letters = text.bytes().map(|c| c.to_ascii_uppercase());
        for _ in 0..chars {
            let six = match letters.next() {
                None => 0,
                Some(c @ 0x20..=0x3f) => c,
                Some(c @ 0x40..=0x5f) => c - 0x40,
                Some(_) => b'?',
            };
            self.put(u32::from(six), 6);
        }
        self
    }

    /// Returns the number of bits.
    pub fn len(&self) -> usize {
        self.bits.len()
    }

    /// Returns whether there are no bits.
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// Returns the armour, and the number of bits at its end that are padding.
    pub fn armour(&self) -> (Vec<u8>, u8) {
        let six = |bits: &[bool]| {
            let value = (0..6).fold(0, |sum, at| sum << 1 | u8::from(bits.get(at).copied().unwrap_or(false)));
            if value < 40 { value + 48 } else { value + 56 }
        };
        let armour: Vec<u8> = self.bits.chunks(6).map(six).collect();
        let fill = (armour.len() * 6 - self.bits.len()) as u8;
        (armour, fill)
    }
}

/// Returns the sentences that carry a message, without line ends. `channel` is `A` or `B`; `sequence`, 0 to 9, joins the
/// sentences of a message with several; `own_ship` makes them VDO.
pub fn sentences(bits: &Bits, channel: u8, sequence: u8, own_ship: bool) -> Vec<String> {
    let (mut armour, fill) = bits.armour();
    armour.truncate(ARMOUR_MAX);
    let kind = if own_ship { "VDO" } else { "VDM" };
    let total = armour.len().div_ceil(CHARACTERS_A_SENTENCE).max(1);
    let parts = armour.chunks(CHARACTERS_A_SENTENCE).enumerate();
    parts
        .map(|(i, part)| {
            let joined = if total > 1 { char::from(b'0' + sequence % 10).to_string() } else { String::new() };
            let fill = if i + 1 == total { fill } else { 0 };
            let (part, channel) = (String::from_utf8_lossy(part), char::from(channel));
            sentence(&format!("AI{kind},{total},{},{joined},{channel},{part},{fill}", i + 1))
        })
        .collect()
}

/// Returns the sentence of a body: `!` before it and its checksum after it.
pub fn sentence(body: &str) -> String {
    format!("!{body}*{:02X}", xor(body.as_bytes()))
}

/// Returns a TAG block with source and time, `\s:…,c:…*hh\`, to put before a sentence.
pub fn tag_block(station: &str, unix_seconds: i64) -> String {
    let body = format!("s:{station},c:{unix_seconds}");
    format!("\\{body}*{:02X}\\", xor(body.as_bytes()))
}

/// Encodes types 1 to 3.
pub fn class_a(kind: u8, mmsi: u32, m: &ClassA) -> Bits {
    let mut bits = Bits::begin(kind, mmsi);
    let rot = raw(m.rot.known().map(i32::from), m.rot, -128);
    bits.put(u32::from(m.nav_status), 4).put_signed(rot, 8).put(sog(m.sog), 10);
    position(&mut bits, &m.fix);
    bits.put(cog(m.cog), 12).put(heading(m.heading), 9).put(u32::from(m.second), 6);
    bits.put(u32::from(m.manoeuvre), 2).put(0, 3).flag(m.fix.raim).put(m.radio.unwrap_or(0), 19);
    bits
}

/// Encodes types 4 and 11.
pub fn base(kind: u8, mmsi: u32, m: &Base) -> Bits {
    let mut bits = Bits::begin(kind, mmsi);
    bits.put(u32::from(m.year), 14).put(u32::from(m.month), 4).put(u32::from(m.day), 5);
    bits.put(u32::from(m.hour), 5).put(u32::from(m.minute), 6).put(u32::from(m.second), 6);
    position(&mut bits, &m.fix);
    bits.put(u32::from(m.epfd), 4).put(0, 10).flag(m.fix.raim).put(m.radio.unwrap_or(0), 19);
    bits
}

/// Encodes type 5.
pub fn voyage(mmsi: u32, m: &Voyage) -> Bits {
    let mut bits = Bits::begin(5, mmsi);
    let imo = raw(m.imo.known().map(|imo| imo as i32), m.imo, 0) as u32;
    bits.put(u32::from(m.version), 2).put(imo, 30);
    bits.text(m.call_sign.as_str(), 7).text(m.name.as_str(), 20).put(u32::from(m.ship_type), 8);
    hull(&mut bits, m.dimensions);
    bits.put(u32::from(m.epfd), 4).put(u32::from(m.eta_month), 4).put(u32::from(m.eta_day), 5);
    bits.put(u32::from(m.eta_hour), 5).put(u32::from(m.eta_minute), 6).put(u32::from(m.draught), 8);
    bits.text(m.destination.as_str(), 20).flag(m.dte.unwrap_or(false)).put(0, 1);
    bits
}

/// Encodes type 18, or type 19 where the identity is given.
pub fn class_b(mmsi: u32, m: &ClassB) -> Bits {
    let mut bits = Bits::begin(if m.identity.is_some() { 19 } else { 18 }, mmsi);
    bits.put(0, 8).put(sog(m.sog), 10);
    position(&mut bits, &m.fix);
    bits.put(cog(m.cog), 12).put(heading(m.heading), 9).put(u32::from(m.second), 6);
    if let Some(identity) = &m.identity {
        bits.put(0, 4).text(identity.name.as_str(), 20).put(u32::from(identity.ship_type), 8);
        hull(&mut bits, identity.dimensions);
        bits.put(u32::from(identity.epfd), 4).flag(m.fix.raim).flag(identity.dte).flag(m.assigned).put(0, 4);
        return bits;
    }
    let flags = m.unit.map(|u| [u.carrier_sense, u.display, u.dsc, u.band, u.msg22]);
    bits.put(0, 2);
    for flag in flags.unwrap_or([true, false, false, true, false]) {
        bits.flag(flag);
    }
    bits.flag(m.assigned).flag(m.fix.raim);
    // A carrier-sense unit has no communication state: selector 1 and 1100000000000000110 (§3.16).
    bits.put(m.unit.and_then(|unit| unit.radio).unwrap_or(0xe_0006), 20);
    bits
}

/// Encodes type 21; a name of over 20 letters continues in the extension.
pub fn aid(mmsi: u32, m: &Aid) -> Bits {
    let mut bits = Bits::begin(21, mmsi);
    bits.put(u32::from(m.aid_type), 5).text(m.name.as_str(), 20);
    position(&mut bits, &m.fix);
    hull(&mut bits, m.dimensions);
    bits.put(u32::from(m.epfd), 4)
        .put(u32::from(m.second), 6)
        .flag(m.off_position)
        .put(u32::from(m.status), 8);
    bits.flag(m.fix.raim).flag(m.virtual_aid).flag(m.assigned).put(0, 1);
    if let Some(more) = m.name.as_str().get(20..).filter(|more| !more.is_empty()) {
        bits.text(more, more.len());
        // Whole bytes (§3.19).
        let odd = bits.len() % 8;
        if odd > 0 {
            bits.put(0, 8 - odd);
        }
    }
    bits
}

/// Encodes type 24 part A.
pub fn static_a(mmsi: u32, name: &str) -> Bits {
    let mut bits = Bits::begin(24, mmsi);
    bits.put(0, 2).text(name, 20).put(0, 8);
    bits
}

/// Encodes type 24 part B; a mother ship is written only where the sender is an auxiliary craft (MMSI 98…).
pub fn static_b(mmsi: u32, m: &StaticB) -> Bits {
    let mut bits = Bits::begin(24, mmsi);
    bits.put(1, 2).put(u32::from(m.ship_type), 8).text(m.vendor.as_str(), 3);
    bits.put(u32::from(m.model), 4).put(m.serial, 20).text(m.call_sign.as_str(), 7);
    match m.mother_ship.filter(|_| mmsi / 10_000_000 == 98) {
        Some(mother) => {
            bits.put(mother, 30);
        }
        None => hull(&mut bits, m.dimensions.unwrap_or_default()),
    }
    bits.put(u32::from(m.epfd.unwrap_or(0)), 4).put(0, 2);
    bits
}

/// Encodes type 27. Positions are cut to 1/10 min, speeds to 1 kn, courses to 1°.
pub fn long_range(mmsi: u32, m: &LongRange) -> Bits {
    let mut bits = Bits::begin(27, mmsi);
    bits.flag(m.fix.accurate).flag(m.fix.raim).put(u32::from(m.nav_status), 4);
    bits.put_signed(lon(&m.fix) / 1000, 18).put_signed(lat(&m.fix) / 1000, 17);
    let speed = m.sog.known().map(|tenths| i32::from(tenths / 10).min(62));
    bits.put(raw(speed, m.sog, 63) as u32, 6);
    bits.put(raw(m.cog.known().map(|tenths| i32::from(tenths / 10)), m.cog, 511) as u32, 9);
    bits.flag(m.late).put(0, 1);
    bits
}

/// Appends accuracy flag, longitude and latitude.
fn position(bits: &mut Bits, fix: &Fix) {
    bits.flag(fix.accurate).put_signed(lon(fix), 28).put_signed(lat(fix), 27);
}

fn hull(bits: &mut Bits, d: Dimensions) {
    bits.put(u32::from(d.bow_m), 9).put(u32::from(d.stern_m), 9);
    bits.put(u32::from(d.port_m), 6).put(u32::from(d.starboard_m), 6);
}

fn raw<T>(known: Option<i32>, reading: Reading<T>, not_available: i32) -> i32 {
    match (known, reading) {
        (Some(value), _) => value,
        (None, Reading::Illegal(value)) => value,
        _ => not_available,
    }
}

fn lon(fix: &Fix) -> i32 {
    raw(fix.lon.known(), fix.lon, 181 * 600_000)
}

fn lat(fix: &Fix) -> i32 {
    raw(fix.lat.known(), fix.lat, 91 * 600_000)
}

fn sog(reading: Reading<u16>) -> u32 {
    raw(reading.known().map(i32::from), reading, 1023) as u32
}

fn cog(reading: Reading<u16>) -> u32 {
    raw(reading.known().map(i32::from), reading, 3600) as u32
}

fn heading(reading: Reading<u16>) -> u32 {
    raw(reading.known().map(i32::from), reading, 511) as u32
}
