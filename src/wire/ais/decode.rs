//! Decodes bits to messages. Each offset is the running sum of the field widths in the table or section named.

use super::message::{
    Aid, Aircraft, Base, ClassA, ClassB, ClassBIdentity, Content, Dgnss, Fix, LongRange, Message, Safety,
    StaticB, Unit, Voyage,
};
use super::{Payload, Reading, value};
use crate::model::{Dimensions, Text};
use crate::wire::reason::Reason;

/// Bits that a message of each type needs for the fields that are used. Some receivers cut off those after them
/// (communication state, spare). The index is the type; a type that does not exist has `u16::MAX`.
#[rustfmt::skip]
const BITS_MIN: [u16; 28] = [
    u16::MAX,
    149, 149, 149, // 1-3: up to RAIM (table 48)
    149,           // 4: up to RAIM (§3.2)
    420,           // 5: 424 with DTE and spare; 422 and 420 are seen, the last letter then cut (§3.3)
    88,            // 6: up to the application identifier (§3.4)
    72,            // 7: one acknowledgement (§3.5)
    56,            // 8: up to the application identifier (§3.6)
    148,           // 9: up to RAIM (§3.7)
    70,            // 10: destination (§3.8)
    149,           // 11: as 4
    72,            // 12: header, text may be empty (§3.10)
    72,            // 13: as 7
    40,            // 14: header, text may be empty (§3.12)
    82,            // 15: one station, one message (§3.13)
    92,            // 16: one assignment (§3.14)
    75,            // 17: position (§3.15)
    148,           // 18: up to RAIM (§3.16)
    308,           // 19: up to the assigned flag (§3.17)
    70,            // 20: one reservation (§3.18)
    271,           // 21: up to the assigned flag (§3.19)
    145,           // 22: up to the zone size (§3.20)
    154,           // 23: up to the quiet time (§3.21)
    158,           // 24: part A has 160, and some transponders send two bits less; part B has its own (§3.22)
    40,            // 25: header (§3.23)
    40,            // 26: header (§3.24)
    95,            // 27: up to the latency flag (§3.25)
];

/// Bits that a message of type 24 part B needs: up to the dimensions (§3.22).
const PART_B_BITS_MIN: usize = 162;

impl Message {
    /// Decodes a message.
    ///
    /// # Errors
    /// [`Reason::UnknownType`] and [`Reason::ShortPayload`].
    #[inline]
    pub fn decode(bits: &Payload) -> Result<Message, Reason> {
        if bits.len() < 38 {
            return Err(Reason::ShortPayload);
        }
        let kind = bits.unsigned(0, 6) as u8;
        match BITS_MIN.get(usize::from(kind)) {
            None | Some(&u16::MAX) => return Err(Reason::UnknownType),
            Some(least) if bits.len() < usize::from(*least) => return Err(Reason::ShortPayload),
            _ => {}
        }
        let mmsi = bits.unsigned(8, 30);
        let content = match kind {
            1..=3 => Content::ClassA(class_a(bits)),
            4 | 11 => Content::Base(base(bits)),
            5 => Content::Voyage(voyage(bits)),
            9 => Content::Aircraft(aircraft(bits)),
            12 => Content::Safety(addressed(bits)),
            14 => Content::Safety(Safety { to: None, text: bits.long_text(40) }),
            17 => Content::Dgnss(dgnss(bits)),
            18 => Content::ClassB(class_b(bits)),
            19 => Content::ClassB(class_b_extended(bits)),
            21 => Content::Aid(aid(bits)),
            24 => match bits.unsigned(38, 2) {
                0 => Content::StaticA(bits.text(40, 20)),
                1 if bits.len() < PART_B_BITS_MIN => return Err(Reason::ShortPayload),
                1 => Content::StaticB(static_b(bits, mmsi)),
                _ => return Err(Reason::UnknownType),
            },
            27 => Content::LongRange(long_range(bits)),
            _ => Content::Rare,
        };
        Ok(Message { kind, repeat: bits.unsigned(6, 2) as u8, mmsi, content })
    }
}

/// Returns a field, where the message reaches to its end.
#[inline]
fn tail(bits: &Payload, at: usize, width: usize) -> Option<u32> {
    (bits.len() >= at + width).then(|| bits.unsigned(at, width))
}

/// Reads accuracy flag, longitude (28 bits) and latitude (27 bits) in a row.
#[inline]
fn fix(bits: &Payload, at: usize, raim: usize) -> Fix {
    Fix {
        accurate: bits.flag(at),
        lon: value::longitude(bits.signed(at + 1, 28)),
        lat: value::latitude(bits.signed(at + 29, 27)),
        raim: bits.flag(raim),
    }
}

/// Reads dimensions (figure 41): bow and stern 9 bits each, port and starboard 6.
#[inline]
fn dimensions(bits: &Payload, at: usize) -> Dimensions {
    Dimensions {
        bow_m: bits.unsigned(at, 9) as u16,
        stern_m: bits.unsigned(at + 9, 9) as u16,
        port_m: bits.unsigned(at + 18, 6) as u8,
        starboard_m: bits.unsigned(at + 24, 6) as u8,
    }
}

/// Reads types 1 to 3 (table 48).
#[inline]
fn class_a(bits: &Payload) -> ClassA {
    ClassA {
        nav_status: bits.unsigned(38, 4) as u8,
        rot: match bits.signed(42, 8) {
            -128 => Reading::NotAvailable,
            rate => Reading::Known(rate as i8),
        },
        sog: value::sog(bits.unsigned(50, 10)),
        fix: fix(bits, 60, 148),
        cog: value::cog(bits.unsigned(116, 12)),
        heading: value::heading(bits.unsigned(128, 9)),
        second: bits.unsigned(137, 6) as u8,
        manoeuvre: bits.unsigned(143, 2) as u8,
        radio: tail(bits, 149, 19),
    }
}

/// Reads types 4 and 11 (§3.2).
#[inline]
fn base(bits: &Payload) -> Base {
    Base {
        year: bits.unsigned(38, 14) as u16,
        month: bits.unsigned(52, 4) as u8,
        day: bits.unsigned(56, 5) as u8,
        hour: bits.unsigned(61, 5) as u8,
        minute: bits.unsigned(66, 6) as u8,
        second: bits.unsigned(72, 6) as u8,
        fix: fix(bits, 78, 148),
        epfd: bits.unsigned(134, 4) as u8,
        radio: tail(bits, 149, 19),
    }
}

/// Reads type 5 (§3.3).
fn voyage(bits: &Payload) -> Voyage {
    Voyage {
        version: bits.unsigned(38, 2) as u8,
        imo: value::imo(bits.unsigned(40, 30)),
        call_sign: bits.text(70, 7),
        name: bits.text(112, 20),
        ship_type: bits.unsigned(232, 8) as u8,
        dimensions: dimensions(bits, 240),
        epfd: bits.unsigned(270, 4) as u8,
        eta_month: bits.unsigned(274, 4) as u8,
        eta_day: bits.unsigned(278, 5) as u8,
        eta_hour: bits.unsigned(283, 5) as u8,
        eta_minute: bits.unsigned(288, 6) as u8,
        draught: bits.unsigned(294, 8) as u8,
        destination: bits.text(302, 20),
        dte: tail(bits, 422, 1).map(|dte| dte == 1),
    }
}

/// Reads type 9 (§3.7).
fn aircraft(bits: &Payload) -> Aircraft {
    Aircraft {
        altitude: match bits.unsigned(38, 12) {
            4095 => Reading::NotAvailable,
            metres => Reading::Known(metres as u16),
        },
        sog: value::sog_aircraft(bits.unsigned(50, 10)),
        fix: fix(bits, 60, 147),
        cog: value::cog(bits.unsigned(116, 12)),
        second: bits.unsigned(128, 6) as u8,
        barometric: bits.flag(134),
        dte: bits.flag(142),
        assigned: bits.flag(146),
        radio: tail(bits, 148, 20),
    }
}

/// Reads type 12 (§3.10).
fn addressed(bits: &Payload) -> Safety {
    let to = (bits.unsigned(40, 30), bits.unsigned(38, 2) as u8, bits.flag(70));
    Safety { to: Some(to), text: bits.long_text(72) }
}

/// Reads type 17 (§3.15).
fn dgnss(bits: &Payload) -> Dgnss {
    Dgnss {
        lon: value::longitude_coarse(bits.signed(40, 18)),
        lat: value::latitude_coarse(bits.signed(58, 17)),
    }
}

/// Reads the fields that types 18 and 19 share (§3.16, §3.17).
#[inline]
fn class_b_motion(bits: &Payload, raim: usize, assigned: usize) -> ClassB {
    ClassB {
        sog: value::sog(bits.unsigned(46, 10)),
        fix: fix(bits, 56, raim),
        cog: value::cog(bits.unsigned(112, 12)),
        heading: value::heading(bits.unsigned(124, 9)),
        second: bits.unsigned(133, 6) as u8,
        assigned: bits.flag(assigned),
        unit: None,
        identity: None,
    }
}

/// Reads type 18 (§3.16).
#[inline]
fn class_b(bits: &Payload) -> ClassB {
    let unit = Unit {
        carrier_sense: bits.flag(141),
        display: bits.flag(142),
        dsc: bits.flag(143),
        band: bits.flag(144),
        msg22: bits.flag(145),
        radio: tail(bits, 148, 20),
    };
    ClassB { unit: Some(unit), ..class_b_motion(bits, 147, 146) }
}

/// Reads type 19 (§3.17).
fn class_b_extended(bits: &Payload) -> ClassB {
    let identity = ClassBIdentity {
        name: bits.text(143, 20),
        ship_type: bits.unsigned(263, 8) as u8,
        dimensions: dimensions(bits, 271),
        epfd: bits.unsigned(301, 4) as u8,
        dte: bits.flag(306),
    };
    ClassB { identity: Some(identity), ..class_b_motion(bits, 305, 307) }
}

/// Reads type 21 (§3.19).
fn aid(bits: &Payload) -> Aid {
    Aid {
        aid_type: bits.unsigned(38, 5) as u8,
        name: aid_name(bits),
        fix: fix(bits, 163, 268),
        dimensions: dimensions(bits, 219),
        epfd: bits.unsigned(249, 4) as u8,
        second: bits.unsigned(253, 6) as u8,
        off_position: bits.flag(259),
        status: bits.unsigned(260, 8) as u8,
        virtual_aid: bits.flag(269),
        assigned: bits.flag(270),
    }
}

/// Reads the name of an aid. Its extension, up to 14 letters, continues a name of full length (§3.19).
fn aid_name(bits: &Payload) -> Text<34> {
    let mut letters = [0; 34];
    let mut len = 0;
    let extension = bits.len().saturating_sub(272) / 6;
    let first = (0..20).map(|i| 43 + 6 * i);
    let more = (0..extension.min(14)).map(|i| 272 + 6 * i);
    for (at, letter) in first.chain(more).zip(&mut letters) {
        let six = bits.unsigned(at, 6) as u8;
        if six == 0 {
            break;
        }
        *letter = if six < 32 { six + 64 } else { six };
        len += 1;
    }
    Text::new(&letters[..len])
}

/// Reads type 24 part B (§3.22). An auxiliary craft (MMSI 98…) names its mother ship where others have dimensions.
fn static_b(bits: &Payload, mmsi: u32) -> StaticB {
    let auxiliary = mmsi / 10_000_000 == 98;
    StaticB {
        ship_type: bits.unsigned(40, 8) as u8,
        vendor: bits.text(48, 3),
        model: bits.unsigned(66, 4) as u8,
        serial: bits.unsigned(70, 20),
        call_sign: bits.text(90, 7),
        dimensions: (!auxiliary).then(|| dimensions(bits, 132)),
        mother_ship: auxiliary.then(|| bits.unsigned(132, 30)),
        epfd: tail(bits, 162, 4).map(|epfd| epfd as u8),
    }
}

/// Reads type 27 (§3.25).
fn long_range(bits: &Payload) -> LongRange {
    LongRange {
        nav_status: bits.unsigned(40, 4) as u8,
        fix: Fix {
            accurate: bits.flag(38),
            raim: bits.flag(39),
            lon: value::longitude_coarse(bits.signed(44, 18)),
            lat: value::latitude_coarse(bits.signed(62, 17)),
        },
        sog: value::sog_coarse(bits.unsigned(79, 6)),
        cog: value::cog_coarse(bits.unsigned(85, 9)),
        late: bits.flag(94),
    }
}
