//! All fields of every AIS message of a text: for comparison with other decoders, and for digests.

use super::ais::{self, Message, Payload};
use super::nmea::{Assembly, Fragment, Frame, LINE_BYTES_MAX, Sentence, Whole, frame};
use super::reason::Reason;
use crate::model::Time;

/// One message, or one refused line or message.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Number of the line that completed it, from 1.
    pub line: usize,
    /// Armour of all its fragments; empty where the line was refused before.
    pub armour: Vec<u8>,
    /// Number of bits at the end of the armour that are padding.
    pub fill_bits: u8,
    /// True for `VDO`, a message of own ship.
    pub own_ship: bool,
    /// Fields as [`ais::canonical`] writes them, or the reason why the message was refused.
    pub fields: Result<String, Reason>,
}

/// Reads a text line by line. Lines without a time count as one millisecond apart.
pub fn transcript(text: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut assembly = Assembly::default();
    let (mut station, mut pending) = (Vec::new(), None);
    for (at, line) in text.split(|c| *c == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.len() > LINE_BYTES_MAX {
            continue;
        }
        let entry = |armour: &[u8], fill_bits, own_ship, fields| Entry {
            line: at + 1,
            armour: armour.to_vec(),
            fill_bits,
            own_ship,
            fields,
        };
        let frame = match frame(line) {
            Ok(frame) => frame,
            Err(Reason::Comment) => continue,
            Err(reason) => {
                entries.push(entry(&[], 0, false, Err(reason)));
                continue;
            }
        };
        let vdm = match frame.sentence {
            Sentence::Vdm(vdm) => vdm,
            Sentence::Pghp { station: name, .. } => {
                station = name.unwrap_or(&[]).to_vec();
                continue;
            }
            Sentence::TagAlone => {
                pending = frame.tag.group;
                continue;
            }
            _ => continue,
        };
        let group = frame.tag.group.or(pending.take());
        let told = frame.tag.time.or(frame.time);
        let arrival = Time(at as i64);
        let fragment = Fragment {
            group,
            station: named(&frame, &station),
            named: frame.tag.station.or(frame.station).is_some(),
            time: told.unwrap_or(arrival),
            own_time: told.is_some(),
            arrival,
            line: at as u64,
        };
        let mut lost = Vec::new();
        let of_fragments = |whole: Whole| {
            let fields = fields(whole.armour(), whole.fill_bits);
            entry(whole.armour(), whole.fill_bits, whole.own_ship, fields)
        };
        if assembly.has_early() {
            let swapped = assembly.swapped(&vdm, &fragment, &mut |reason| lost.push(reason));
            entries.extend(swapped.map(of_fragments));
        }
        if vdm.total == 1 {
            entries.push(entry(vdm.payload, vdm.fill_bits, vdm.own_ship, fields(vdm.payload, vdm.fill_bits)));
        } else {
            match assembly.add(&vdm, fragment, &mut |reason| lost.push(reason)) {
                Ok(whole) => entries.extend(whole.map(of_fragments)),
                Err(reason) => lost.push(reason),
            }
        }
        entries.extend(lost.into_iter().map(|reason| entry(&[], 0, false, Err(reason))));
    }
    entries
}

fn named<'a>(frame: &Frame<'a>, station: &'a [u8]) -> &'a [u8] {
    let held = if frame.tag.group.is_some() { &[] } else { station };
    frame.tag.station.or(frame.station).unwrap_or(held)
}

fn fields(armour: &[u8], fill_bits: u8) -> Result<String, Reason> {
    let bits = Payload::from_armour(armour, fill_bits)?;
    Ok(ais::canonical(&Message::decode(&bits)?, &bits))
}
