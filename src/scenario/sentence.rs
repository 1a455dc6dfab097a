//! AIS messages as a station puts them on the wire. The one place of the simulator that knows bits
//! (ITU-R M.1371-5 annex 8, NMEA 0183 armour).

use super::globe::Place;

/// A position report of class A (type 1) or class B (type 18).
#[derive(Clone, Copy, Debug)]
pub struct Fix {
    /// Antenna, with its noise.
    pub place: Place,
    /// Knots.
    pub sog_kn: f64,
    /// Degrees true.
    pub cog_deg: f64,
    /// Degrees true; `None` without a compass.
    pub heading_deg: Option<f64>,
    /// Second of the minute.
    pub second: u8,
}

/// What a crew typed in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Particulars<'a> {
    /// Up to 20 characters.
    pub name: &'a str,
    /// Up to 7.
    pub call_sign: &'a str,
    /// 0 where it has none.
    pub imo: u32,
    /// Up to 20.
    pub destination: &'a str,
    /// 0 to 99.
    pub ship_type: u8,
    /// To bow, stern, port, starboard, metres.
    pub hull_m: [u16; 4],
}

/// An armoured payload of one message, in one or more parts, and its fill bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Each at most 60 characters.
    pub parts: Vec<String>,
    /// Of the last part.
    pub fill: u8,
}

/// Type 1.
pub fn position_a(mmsi: u32, status: u8, fix: Fix) -> Payload {
    let mut bits = Bits::message(1, mmsi);
    bits.put(4, u64::from(status)).put(8, 0x80).put(10, tenths(fix.sog_kn, 1022)).put(1, 1);
    bits.place(fix.place, 28, 27, 600_000.0);
    bits.put(12, tenths(fix.cog_deg, 3599)).put(9, heading(fix)).put(6, u64::from(fix.second));
    bits.put(2, 0).put(3, 0).put(1, 0).put(19, 0).armour()
}

/// Type 18, a carrier-sense unit.
pub fn position_b(mmsi: u32, fix: Fix) -> Payload {
    let mut bits = Bits::message(18, mmsi);
    bits.put(8, 0).put(10, tenths(fix.sog_kn, 1022)).put(1, 0);
    bits.place(fix.place, 28, 27, 600_000.0);
    bits.put(12, tenths(fix.cog_deg, 3599)).put(9, heading(fix)).put(6, u64::from(fix.second));
    // Spare, unit is carrier-sense, no display, DSC, whole band, message 22, autonomous, RAIM off, ITDMA filler.
    bits.put(2, 0).put(1, 1).put(1, 0).put(1, 1).put(1, 1).put(1, 1).put(1, 0).put(1, 0);
    bits.put(1, 1).put(19, 393_222).armour()
}

/// Type 5.
pub fn static_a(mmsi: u32, ship: Particulars<'_>) -> Payload {
    let mut bits = Bits::message(5, mmsi);
    bits.put(2, 0).put(30, u64::from(ship.imo)).text(7, ship.call_sign).text(20, ship.name);
    bits.put(8, u64::from(ship.ship_type)).hull(ship.hull_m).put(4, 1);
    // Estimated time of arrival not available; draught 0, not available.
    bits.put(4, 0).put(5, 0).put(5, 24).put(6, 60).put(8, 0);
    bits.text(20, ship.destination).put(1, 0).put(1, 0).armour()
}

/// Type 24, parts A and B.
pub fn static_b(mmsi: u32, ship: Particulars<'_>) -> [Payload; 2] {
    let mut a = Bits::message(24, mmsi);
    a.put(2, 0).text(20, ship.name);
    let mut b = Bits::message(24, mmsi);
    b.put(2, 1).put(8, u64::from(ship.ship_type)).text(3, "VIG").put(4, 1).put(20, 1);
    b.text(7, ship.call_sign).hull(ship.hull_m).put(4, 1).put(2, 0);
    [a.armour(), b.armour()]
}

/// Type 4; the date is given as year, month, day, hour, minute, second in UTC.
pub fn base_station(mmsi: u32, utc: [u16; 6], place: Place) -> Payload {
    let mut bits = Bits::message(4, mmsi);
    for (value, width) in utc.into_iter().zip([14, 4, 5, 5, 6, 6]) {
        bits.put(width, u64::from(value));
    }
    bits.put(1, 1).place(place, 28, 27, 600_000.0);
    bits.put(4, 7).put(1, 0).put(9, 0).put(1, 0).put(19, 0).armour()
}

/// Type 21.
pub fn aid(mmsi: u32, kind: u8, name: &str, place: Place, second: u8, is_virtual: bool) -> Payload {
    let mut bits = Bits::message(21, mmsi);
    bits.put(5, u64::from(kind)).text(20, name).put(1, 1).place(place, 28, 27, 600_000.0);
    bits.hull([0; 4]).put(4, 7).put(6, u64::from(second)).put(1, 0).put(8, 0).put(1, 0);
    bits.put(1, u64::from(is_virtual)).put(1, 0).put(1, 0).armour()
}

/// The sentences of a payload as a station hears it: TAG block, armour, checksums; one line a part.
pub fn sentences(payload: &Payload, station: &str, clock_ms: i64, sequence: u8, channel: char) -> String {
    let total = payload.parts.len();
    let mut lines = Vec::with_capacity(total);
    for (i, part) in payload.parts.iter().enumerate() {
        let tag = format!("s:{station},c:{clock_ms}");
        let id = if total > 1 { sequence.to_string() } else { String::new() };
        let fill = if i + 1 == total { payload.fill } else { 0 };
        let body = format!("AIVDM,{total},{},{id},{channel},{part},{fill}", i + 1);
        lines.push(format!("\\{tag}*{:02X}\\!{body}*{:02X}", checksum(&tag), checksum(&body)));
    }
    lines.join("\n")
}

fn checksum(text: &str) -> u8 {
    text.bytes().fold(0, |sum, byte| sum ^ byte)
}

fn tenths(value: f64, most: u64) -> u64 {
    (libm::round(value.max(0.0) * 10.0) as u64).min(most)
}

fn heading(fix: Fix) -> u64 {
    fix.heading_deg.map_or(511, |deg| libm::round(deg) as u64 % 360)
}

/// Bits, most significant first.
struct Bits(Vec<bool>);

impl Bits {
    fn message(kind: u8, mmsi: u32) -> Bits {
        let mut bits = Bits(Vec::with_capacity(432));
        bits.put(6, u64::from(kind)).put(2, 0).put(30, u64::from(mmsi));
        bits
    }

    fn put(&mut self, width: u32, value: u64) -> &mut Bits {
        self.0.extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
        self
    }

    fn place(&mut self, place: Place, lon_bits: u32, lat_bits: u32, scale: f64) -> &mut Bits {
        let units = |deg: f64| libm::round(deg * scale) as i64 as u64;
        self.put(lon_bits, units(place.lon)).put(lat_bits, units(place.lat))
    }

    fn hull(&mut self, [bow, stern, port, starboard]: [u16; 4]) -> &mut Bits {
        self.put(9, u64::from(bow.min(511))).put(9, u64::from(stern.min(511)));
        self.put(6, u64::from(port.min(63))).put(6, u64::from(starboard.min(63)))
    }

    /// Six-bit ASCII (table 47), filled up with `@`.
    fn text(&mut self, length: usize, text: &str) -> &mut Bits {
        let bytes = text.bytes().map(|b| b.to_ascii_uppercase()).chain(std::iter::repeat(b'@'));
        for byte in bytes.take(length) {
            let code = match byte {
                b'@'..=b'_' => byte - 64,
                b' '..=b'?' => byte,
                _ => b'?',
            };
            self.put(6, u64::from(code));
        }
        self
    }

    fn armour(&mut self) -> Payload {
        let fill = (6 - self.0.len() % 6) % 6;
        self.0.extend(std::iter::repeat_n(false, fill));
        let characters: Vec<char> = self
            .0
            .chunks(6)
            .map(|six| six.iter().fold(0u8, |value, &bit| value << 1 | u8::from(bit)))
            .map(|value| char::from(if value < 40 { value + 48 } else { value + 56 }))
            .collect();
        let parts = characters.chunks(60).map(|part| part.iter().collect()).collect();
        Payload { parts, fill: fill as u8 }
    }
}
