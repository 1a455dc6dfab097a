//! One line to its parts: TAG block, sentence, what follows the checksum. On bytes; nothing is copied.
//!
//! NMEA 0183 4.10 section 7 (TAG blocks), IEC 61162-1 (sentences), the US Coast Guard's way of appending
//! `,rSTATION,unixtime`, Gatehouse's `$PGHP` lines.

use super::Reason;
use super::clock::{date_time, plausible};
use super::radar::Word;
use super::stations::STATION_NAME_MAX;
use crate::model::Time;

/// What is used of a TAG block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// `s:`, the source.
    pub station: Option<&'a [u8]>,
    /// `c:`, seconds or milliseconds since 1970.
    pub time: Option<Time>,
    /// `g:n-m-id`, the last part: sentences of one group belong together.
    pub group: Option<u32>,
    /// `c:` was there and is no time.
    pub bad_time: bool,
}

/// An AIS sentence's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vdm<'a> {
    /// First two letters of the address.
    pub talker: [u8; 2],
    /// VDO: own ship.
    pub own_ship: bool,
    /// Fragments of the message, 1 to 9.
    pub total: u8,
    /// Which of them this is, from 1.
    pub number: u8,
    /// Sequence identifier, a byte; 0 where there is none.
    pub sequence: u8,
    /// Radio channel, a byte; 0 where there is none.
    pub channel: u8,
    /// The armour.
    pub payload: &'a [u8],
    /// Bits to leave out at its end.
    pub fill_bits: u8,
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sentence<'a> {
    /// AIS: `VDM` or `VDO`.
    Vdm(Vdm<'a>),
    /// The time and station of the sentence that follows (`$PGHP`).
    Pghp { time: Option<Time>, station: Option<&'a [u8]> },
    /// A date and time of day (`ZDA`, `RMC`), not yet read: the sentence from its `$` on.
    DateTime(&'a [u8]),
    /// A radar's, or own ship's for it, not yet read: what it is, and its fields.
    Bridge(Word, &'a [u8]),
    /// Another sentence.
    Other,
    /// A TAG block alone: it belongs to the next sentence.
    Nothing,
}

/// A line that could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// What its TAG blocks say together.
    pub tag: Tag<'a>,
    /// Its sentence.
    pub sentence: Sentence<'a>,
    /// Station after the checksum.
    pub station: Option<&'a [u8]>,
    /// Time after the checksum.
    pub time: Option<Time>,
}

/// Reads a line without its end-of-line bytes.
///
/// # Errors
/// The reason why it can't be used.
#[inline]
pub(super) fn frame(line: &[u8]) -> Result<Frame<'_>, Reason> {
    let mut tag = Tag::default();
    let mut rest = line;
    if !matches!(rest.first(), Some(b'!' | b'$')) {
        if rest.first() == Some(&b'#') {
            return Err(Reason::Comment);
        }
        rest = tags(rest, &mut tag)?;
        if rest.is_empty() {
            return Ok(Frame { tag, sentence: Sentence::Nothing, station: None, time: None });
        }
    }
    let (body, after) = summed(&rest[1..])?;
    let star = body.len();
    let mut frame = Frame { tag, sentence: Sentence::Other, station: None, time: None };
    if after.len() > 2 {
        trailer(&after[2..], &mut frame);
    }
    frame.sentence = sentence(rest, body, star)?;
    Ok(frame)
}

/// A sentence without its first byte: what its checksum is of, and what follows the `*`.
#[inline]
fn summed(sentence: &[u8]) -> Result<(&[u8], &[u8]), Reason> {
    // Most lines end with the sum.
    if let Some((body, after @ [b'*', ..])) = sentence.split_last_chunk::<3>()
        && hex_pair(&after[1..]) == Some(xor(body))
    {
        return Ok((body, &sentence[body.len() + 1..]));
    }
    let star = memchr::memchr(b'*', sentence).ok_or(Reason::NoChecksum)?;
    let (body, after) = (&sentence[..star], &sentence[star + 1..]);
    let sum = hex_pair(after).ok_or(Reason::NoChecksum)?;
    if sum == xor(body) { Ok((body, after)) } else { Err(Reason::BadChecksum) }
}

/// Reads the TAG blocks that open a line and gives what follows them, from a `!` or `$` on; nothing where
/// the line ends with them. Other text before a sentence (a logger's own time) is skipped.
fn tags<'a>(mut rest: &'a [u8], tag: &mut Tag<'a>) -> Result<&'a [u8], Reason> {
    let mut found = false;
    loop {
        let at = rest.iter().position(|c| matches!(c, b'\\' | b'!' | b'$'));
        match at.map(|at| &rest[at..]) {
            None if found && rest.trim_ascii().is_empty() => return Ok(&[]),
            None => return Err(Reason::NotASentence),
            Some(block @ [b'\\', ..]) => {
                rest = one_tag(&block[1..], tag)?;
                found = true;
            }
            Some(sentence) if sentence.len() > 1 => return Ok(sentence),
            Some(_) => return Err(Reason::NotASentence),
        }
    }
}

/// One TAG block, from after its opening backslash on; gives what follows its closing one.
fn one_tag<'a>(block: &'a [u8], tag: &mut Tag<'a>) -> Result<&'a [u8], Reason> {
    let end = memchr::memchr(b'\\', block).ok_or(Reason::BadTagBlock)?;
    let (inner, rest) = (&block[..end], &block[end + 1..]);
    let star = memchr::memrchr(b'*', inner).ok_or(Reason::BadTagBlock)?;
    let (fields, sum) = (&inner[..star], &inner[star + 1..]);
    if sum.len() != 2 {
        return Err(Reason::BadTagBlock);
    }
    if hex_pair(sum).ok_or(Reason::BadTagBlock)? != xor(fields) {
        return Err(Reason::BadTagChecksum);
    }
    for field in fields.split(|c| *c == b',') {
        match field {
            [b's', b':', name @ ..] if !name.is_empty() => tag.station = Some(name),
            [b'c', b':', time @ ..] => {
                tag.time = unix_time(time);
                tag.bad_time |= tag.time.is_none();
            }
            [b'g', b':', group @ ..] => tag.group = group.rsplit(|c| *c == b'-').next().and_then(number),
            _ => {}
        }
    }
    Ok(rest)
}

/// The sentence whose sum was right: `rest` from its first byte on, `body` up to its `*`.
#[inline]
fn sentence<'a>(rest: &'a [u8], body: &'a [u8], star: usize) -> Result<Sentence<'a>, Reason> {
    let comma = match body.get(5) {
        Some(b',') if !body[..5].contains(&b',') => 5,
        _ => memchr::memchr(b',', body).unwrap_or(body.len()),
    };
    let (address, fields) = (&body[..comma], body.get(comma + 1..).unwrap_or(&[]));
    match address {
        [a, b, .., b'V', b'D', kind @ (b'M' | b'O')] if address.len() >= 5 => {
            vdm([*a, *b], *kind == b'O', fields).map(Sentence::Vdm)
        }
        b"PGHP" => Ok(pghp(fields)),
        [_, _, b'Z', b'D', b'A'] | [_, _, b'R', b'M', b'C'] => Ok(Sentence::DateTime(&rest[..star + 4])),
        _ if address.len() < 3 || !address.iter().all(u8::is_ascii_alphanumeric) => Err(Reason::NotASentence),
        [_, _, a, b, c] if let Some(word) = Word::of([*a, *b, *c]) => Ok(Sentence::Bridge(word, fields)),
        _ => Ok(Sentence::Other),
    }
}

/// IEC 61162-1 VDM: total, number, sequence identifier, channel, payload, fill bits. A field too many after
/// them, as a plotter is known to send, takes nothing from what was said.
#[inline]
fn vdm(talker: [u8; 2], own_ship: bool, fields: &[u8]) -> Result<Vdm<'_>, Reason> {
    let (total, number, sequence, channel, rest) = match fields {
        // The usual form, at once: every field of the head one byte or none.
        [t, b',', n, b',', b',', c, b',', rest @ ..] if *c != b',' => (*t, *n, 0, *c, rest),
        [t, b',', n, b',', s, b',', c, b',', rest @ ..] if *s != b',' && *c != b',' => (*t, *n, *s, *c, rest),
        _ => {
            let mut parts = fields.splitn(5, |c| *c == b',');
            let mut byte = || match parts.next() {
                Some([]) => Ok(0),
                Some([one]) => Ok(*one),
                // Two digits and more: beyond what the field may say, kept apart by its last byte.
                Some([.., last]) => Ok(*last | 0x80),
                None => Err(Reason::BadFields),
            };
            let head = (byte()?, byte()?, byte()?, byte()?);
            (head.0, head.1, head.2, head.3, parts.next().ok_or(Reason::BadFields)?)
        }
    };
    let comma = match rest {
        // Most sentences end with the fill bits, and no armour holds a comma.
        [.., a, b, b',', _] if *a != b',' && *b != b',' => rest.len() - 2,
        _ => memchr::memchr(b',', rest).ok_or(Reason::BadFields)?,
    };
    let fill = match &rest[comma + 1..] {
        [digit @ b'0'..=b'5'] | [digit @ b'0'..=b'5', b',', ..] => digit - b'0',
        _ => return Err(Reason::BadFillBits),
    };
    let (total, number) = (total.wrapping_sub(b'0'), number.wrapping_sub(b'0'));
    if !(1..=9).contains(&total) || number == 0 || number > total {
        return Err(Reason::BadFragment);
    }
    if number < total && fill != 0 {
        return Err(Reason::BadFillBits);
    }
    Ok(Vdm { talker, own_ship, total, number, sequence, channel, payload: &rest[..comma], fill_bits: fill })
}

/// Gatehouse: `$PGHP,1,year,month,day,hour,minute,second,ms,country,region,station,online,sum`.
fn pghp(fields: &[u8]) -> Sentence<'_> {
    let mut parts = fields.split(|c| *c == b',');
    if parts.next() != Some(b"1") {
        return Sentence::Other;
    }
    let mut next = || parts.next().and_then(number);
    let read = (next(), next(), next(), next(), next(), next(), next());
    let time = match read {
        (Some(y), Some(mo), Some(d), Some(h), Some(mi), Some(s), ms) => {
            date_time(y, mo, d, h, mi, s, ms.unwrap_or(0))
        }
        _ => None,
    };
    let station = parts.nth(2).filter(|name| !name.is_empty());
    Sentence::Pghp { time, station }
}

/// What follows the checksum: fields after commas; `r…` or `b…` names the station, a last number of ten
/// digits (or thirteen, ms) is the time.
fn trailer<'a>(after: &'a [u8], frame: &mut Frame<'a>) {
    if after.first() != Some(&b',') {
        return;
    }
    for field in after[1..].split(|c| *c == b',').map(<[u8]>::trim_ascii) {
        match field {
            [b'r' | b'b', more @ ..] if (3..STATION_NAME_MAX).contains(&more.len()) && more.is_ascii() => {
                frame.station = Some(field);
            }
            [b'0'..=b'9', ..] if field.len() >= 9 => frame.time = unix_time(field).or(frame.time),
            _ => {}
        }
    }
}

/// Seconds or milliseconds since 1970, a fraction allowed; `None` where it is no believable time.
pub(super) fn unix_time(text: &[u8]) -> Option<Time> {
    let dot = memchr::memchr(b'.', text).unwrap_or(text.len());
    let whole = &text[..dot];
    if whole.is_empty() || whole.len() > 14 {
        return None;
    }
    let mut value = 0_i64;
    for digit in whole {
        value = value * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    if whole.len() >= 12 {
        return plausible(Time(value));
    }
    let mut millis = 0;
    for (i, scale) in [100, 10, 1].into_iter().enumerate() {
        match text.get(dot + 1 + i) {
            Some(digit) if digit.is_ascii_digit() => millis += i64::from(digit - b'0') * scale,
            Some(_) => return None,
            None => break,
        }
    }
    plausible(Time(value * 1000 + millis))
}

/// A plain number of up to nine digits.
pub(super) fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0, |sum, c| c.is_ascii_digit().then(|| sum * 10 + u32::from(c - b'0')))
}

/// Two hexadecimal digits in either case.
#[inline]
fn hex_pair(text: &[u8]) -> Option<u8> {
    let [high, low, ..] = text else { return None };
    let digit = |c: &u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'A'..=b'F' => Some(c - b'A' + 10),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    Some(digit(high)? << 4 | digit(low)?)
}

/// Exclusive or of all bytes, eight at a time.
#[inline]
pub(super) fn xor(bytes: &[u8]) -> u8 {
    let mut wide = 0;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        wide ^= u64::from_ne_bytes(eight);
    }
    let narrow = chunks.remainder().iter().fold(0, |sum, byte| sum ^ byte);
    wide.to_ne_bytes().iter().fold(narrow, |sum, byte| sum ^ byte)
}
