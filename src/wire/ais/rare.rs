//! Fields of the types of which Vigie uses the sender alone, for comparison with other decoders.

use serde_json::{Map, Value, json};

use super::Payload;

/// Returns the fields of types 6-8, 10, 13, 15, 16, 20, 22, 23, 25 and 26 after the source.
pub(super) fn fields(kind: u8, bits: &Payload) -> Value {
    match kind {
        6 => binary_addressed(bits),
        7 | 13 => repeated(bits, 32, &[("mmsi", 0, 30), ("mmsiseq", 30, 2)]),
        8 => {
            json!({"dac": bits.unsigned(40, 10), "fid": bits.unsigned(50, 6), "data": hex(bits, 56, bits.len())})
        }
        10 => json!({"dest_mmsi": bits.unsigned(40, 30)}),
        15 => interrogation(bits),
        16 => repeated(bits, 52, &[("mmsi", 0, 30), ("offset", 30, 12), ("increment", 42, 10)]),
        20 => repeated(
            bits,
            30,
            &[("offset", 0, 12), ("number", 12, 4), ("timeout", 16, 3), ("increment", 19, 11)],
        ),
        22 => channel_management(bits),
        23 => group_assignment(bits),
        25 | 26 => slots(kind, bits),
        _ => Value::Null,
    }
}

/// Reads type 6 (§3.4).
fn binary_addressed(bits: &Payload) -> Value {
    json!({"seqno": bits.unsigned(38, 2), "dest_mmsi": bits.unsigned(40, 30), "retransmit": bits.flag(70),
        "dac": bits.unsigned(72, 10), "fid": bits.unsigned(82, 6), "data": hex(bits, 88, bits.len())})
}

/// Reads up to four groups of fields from bit 40 on, as many as the message holds (§3.5, §3.11, §3.14, §3.18).
fn repeated(bits: &Payload, width: usize, parts: &[(&str, usize, usize)]) -> Value {
    let mut all = Map::new();
    for n in 0..(bits.len().saturating_sub(40) / width).min(4) {
        for (name, at, wide) in parts {
            all.insert(format!("{name}{}", n + 1), bits.unsigned(40 + n * width + at, *wide).into());
        }
    }
    Value::Object(all)
}

/// Reads type 15 (§3.13).
fn interrogation(bits: &Payload) -> Value {
    let field = |at: usize, wide: usize| (bits.len() >= at + wide).then(|| bits.unsigned(at, wide));
    json!({"mmsi1": field(40, 30), "type1_1": field(70, 6), "offset1_1": field(76, 12), "type1_2": field(90, 6),
        "offset1_2": field(96, 12), "mmsi2": field(110, 30), "type2_1": field(140, 6), "offset2_1": field(146, 12)})
}

/// Reads type 22 (§3.20): an area with corners in 1/10 min, or two addressed stations in its place.
fn channel_management(bits: &Payload) -> Value {
    let head = json!({"channel_a": bits.unsigned(40, 12), "channel_b": bits.unsigned(52, 12),
        "txrx": bits.unsigned(64, 4), "power": bits.flag(68), "addressed": bits.flag(139),
        "band_a": bits.flag(140), "band_b": bits.flag(141), "zonesize": bits.unsigned(142, 3)});
    let target = if bits.flag(139) {
        json!({"dest1": bits.unsigned(69, 30), "dest2": bits.unsigned(104, 30)})
    } else {
        corners(bits, 69)
    };
    join(head, target)
}

/// Reads type 23 (§3.21); corners in 1/10 min.
fn group_assignment(bits: &Payload) -> Value {
    let rest = json!({"station_type": bits.unsigned(110, 4), "ship_type": bits.unsigned(114, 8),
        "txrx": bits.unsigned(144, 2), "interval": bits.unsigned(146, 4), "quiet": bits.unsigned(150, 4)});
    join(corners(bits, 40), rest)
}

fn corners(bits: &Payload, at: usize) -> Value {
    json!({"ne_lon": bits.signed(at, 18), "ne_lat": bits.signed(at + 18, 17), "sw_lon": bits.signed(at + 35, 18),
        "sw_lat": bits.signed(at + 53, 17)})
}

/// Reads types 25 and 26 (§3.23, §3.24): destination (with two spare bits) and application identifier where flags say so.
/// Type 26 ends in four spare bits and twenty bits of communication state.
fn slots(kind: u8, bits: &Payload) -> Value {
    let (addressed, structured) = (bits.flag(38), bits.flag(39));
    let app = if addressed { 72 } else { 40 };
    let data = if structured { app + 16 } else { app };
    let end = if kind == 26 { bits.len().saturating_sub(24) } else { bits.len() };
    json!({"addressed": addressed, "structured": structured,
        "dest_mmsi": addressed.then(|| bits.unsigned(40, 30)),
        "app_id": structured.then(|| bits.unsigned(app, 16)), "data": hex(bits, data, end),
        "radio": (kind == 26).then(|| bits.unsigned(bits.len().saturating_sub(20), 20))})
}

fn join(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

/// Returns the bits from `at` up to `end` as bytes, the last one filled up with zeros.
fn hex(bits: &Payload, at: usize, end: usize) -> String {
    let bytes = (at..end).step_by(8).map(|at| {
        let width = (end - at).min(8);
        bits.unsigned(at, width) << (8 - width)
    });
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
