//! Takes one line apart: TAG block, sentence, text after the checksum. Works on bytes and copies nothing.
//!
//! Sources: NMEA 0183 4.10, section 7 (TAG blocks); IEC 61162-1 (sentences); the station and time that receivers of
//! the US Coast Guard append (`,rSTATION,unixtime`); the `$PGHP` lines of Gatehouse.

use super::fix::Fix;
use crate::model::Time;
use crate::wire::radar::Formatter;
use crate::wire::reason::Reason;
use crate::wire::stations::STATION_NAME_MAX;
use crate::wire::times::{date_time, number, unix_time};
use crate::wire::words::xor;

/// Fields of a TAG block that are used (NMEA 0183 4.10, 7.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::wire) struct Tag<'a> {
    /// Name of the source, `s:`.
    pub station: Option<&'a [u8]>,
    /// Time, `c:`, sent as seconds or milliseconds since 1970.
    pub time: Option<Time>,
    /// Identifier of the group, the last part of `g:n-m-id`: sentences of one group belong together.
    pub group: Option<u32>,
    /// True where `c:` was there and is not a plausible time.
    pub bad_time: bool,
}

/// Fields of an AIS sentence, VDM or VDO (IEC 61162-1, section 8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) struct Vdm<'a> {
    /// Talker, the first two letters of the address.
    pub talker: [u8; 2],
    /// True for VDO: a message of own ship.
    pub own_ship: bool,
    /// Number of fragments of the message, 1 to 9.
    pub total: u8,
    /// Number of this fragment, from 1.
    pub number: u8,
    /// Sequence identifier as the byte sent; 0 where there is none.
    pub sequence: u8,
    /// Radio channel as the byte sent; 0 where there is none.
    pub channel: u8,
    /// Six-bit armour.
    pub payload: &'a [u8],
    /// Number of bits at the end of the armour that are padding, 0 to 5.
    pub fill_bits: u8,
}

/// Content of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Sentence<'a> {
    /// An AIS sentence, `VDM` or `VDO`.
    Vdm(Vdm<'a>),
    /// Time and station of the sentence that follows (`$PGHP`).
    Pghp {
        /// Time of reception.
        time: Option<Time>,
        /// Name of the receiving station.
        station: Option<&'a [u8]>,
    },
    /// A date and time of day, and for `RMC` a position (`ZDA`, `RMC`).
    Fix(Fix),
    /// A sentence of a radar or of the ship that carries it: its formatter, and its fields not yet read.
    Bridge(Formatter, &'a [u8]),
    /// Another sentence.
    Other,
    /// A TAG block alone on its line: it belongs to the next sentence.
    TagAlone,
}

/// Parts of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) struct Frame<'a> {
    /// Fields of all its TAG blocks.
    pub tag: Tag<'a>,
    /// Sentence.
    pub sentence: Sentence<'a>,
    /// Name of the station after the checksum.
    pub station: Option<&'a [u8]>,
    /// Time after the checksum.
    pub time: Option<Time>,
    /// Text that a logger wrote before the sentence; empty before a TAG block.
    pub before: &'a [u8],
    /// Text that a logger wrote after the checksum.
    pub after: &'a [u8],
    /// Text from the next sentence on, where a line end was lost between two; else empty.
    pub rest: &'a [u8],
}

/// Takes a line apart; the line comes without its end-of-line bytes.
///
/// # Errors
/// The reason why the line is refused, one of those from [`Reason::Comment`] to [`Reason::BadFragment`], or
/// [`Reason::Nmea2000`].
#[inline]
pub(in crate::wire) fn frame(line: &[u8]) -> Result<Frame<'_>, Reason> {
    frame_of_sentence(line).map_err(|reason| match reason {
        Reason::NotASentence | Reason::NoChecksum if is_nmea_2000(line) => Reason::Nmea2000,
        _ => reason,
    })
}

/// Takes a line apart that holds a sentence of NMEA 0183.
#[inline(always)]
fn frame_of_sentence(line: &[u8]) -> Result<Frame<'_>, Reason> {
    let mut tag = Tag::default();
    let (mut rest, mut before) = (line, &line[..0]);
    if !matches!(rest.first(), Some(b'!' | b'$')) {
        if rest.first() == Some(&b'#') {
            return Err(Reason::Comment);
        }
        (before, rest) = tags(rest, &mut tag)?;
        if rest.is_empty() {
            let sentence = Sentence::TagAlone;
            return Ok(Frame { tag, sentence, station: None, time: None, before, after: &[], rest });
        }
    }
    let (body, after) = summed(&rest[1..])?;
    let sentence = sentence(rest, body)?;
    if after.len() == 2 {
        return Ok(Frame { tag, sentence, station: None, time: None, before, after: &[], rest: &[] });
    }
    let (after, next) = after[2..].split_at(lost_line_end(&after[2..]));
    let (station, time) = trailer(after);
    Ok(Frame { tag, sentence, station, time, before, after, rest: next.trim_ascii_start() })
}

/// Returns the place of the next text that begins a sentence or a TAG block.
pub(in crate::wire) fn next_start(text: &[u8]) -> Option<usize> {
    let places = memchr::memchr3_iter(b'!', b'$', b'\\', text);
    places.into_iter().find(|place| begins(&text[*place..]))
}

/// Returns whether a text begins with the address of a sentence and a comma, or with the first field of a TAG block.
fn begins(text: &[u8]) -> bool {
    match text {
        [b'\\', field, b':', ..] => field.is_ascii_alphanumeric(),
        [b'\\', b'1'..=b'9', b'G', ..] => true,
        [b'!' | b'$', address @ ..] => {
            let letters = address.iter().take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit()).count();
            (4..=8).contains(&letters) && address.get(letters) == Some(&b',')
        }
        _ => false,
    }
}

/// Returns whether a line without a sentence is a frame or message of NMEA 2000 as gateways and loggers write it: `!PDGY` of
/// Digital Yacht, RAW of Yacht Devices (`17:33:21.107 R 19F51323 01 …`), N2K ASCII of Actisense (`A173321.107 23FF7 1F513 …`),
/// plain lines of canboat (`2026-03-10T12:00:00.000Z,4,129038,43,255,28,01,…`), candump (`(1773144000.1) can0 09F8027F#00FC…`).
#[cold]
fn is_nmea_2000(line: &[u8]) -> bool {
    let is_hex = |word: &[u8], digits| word.len() == digits && word.iter().all(u8::is_ascii_hexdigit);
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let frame = match [(); 3].map(|()| words.next().unwrap_or(&[])) {
        [time, b"R" | b"T", id] => time.contains(&b':') && is_hex(id, 8),
        [[b'A', time @ ..], source, group] => time.contains(&b'.') && is_hex(source, 5) && is_hex(group, 5),
        [[b'(', ..], _, frame] => frame.get(8) == Some(&b'#') && is_hex(&frame[..8], 8),
        _ => false,
    };
    let mut fields = line.split(|byte| *byte == b',').skip(1);
    let plain = (0..5).all(|_| fields.next().is_some_and(|field| number(field).is_some()))
        && fields.next().is_some_and(|byte| is_hex(byte, 2));
    frame || plain || line.starts_with(b"!PDGY,")
}

/// Returns the text after a refused sentence, from the next one on: a cut sentence does not cost the whole one after it. A
/// damaged TAG block costs its own sentence too.
pub(in crate::wire) fn after_refused(line: &[u8], reason: Reason) -> &[u8] {
    let Some(opening) = line.iter().position(|c| matches!(c, b'!' | b'$' | b'\\')) else { return &[] };
    if reason == Reason::Comment {
        return &[];
    }
    let own = memchr::memchr2(b'!', b'$', line).unwrap_or(line.len());
    let damaged_tag = matches!(reason, Reason::BadTagBlock | Reason::BadTagChecksum);
    let mut from = if damaged_tag { opening + 1 } else { (own + 1).min(line.len()) };
    while let Some(place) = next_start(&line[from..]) {
        let at = from + place;
        if at != own {
            return &line[at..];
        }
        from = at + 1;
    }
    &[]
}

/// Returns the place after a checksum where a line end is lost: of a carriage return, or of the next sentence; else the
/// length of the text.
#[cold]
fn lost_line_end(after: &[u8]) -> usize {
    let end = memchr::memchr(b'\r', after).unwrap_or(after.len());
    next_start(&after[..end]).unwrap_or(end)
}

/// Returns the length of the first sentence of a text that is too long for one line.
pub(in crate::wire) fn first_length(text: &[u8]) -> usize {
    let end = memchr::memchr(b'\r', text).unwrap_or(text.len());
    let sentence = memchr::memchr2(b'!', b'$', &text[..end]);
    let star = sentence.and_then(|at| Some(at + memchr::memchr(b'*', &text[at..end])?));
    star.and_then(|star| Some(star + next_start(&text[star..end])?)).unwrap_or(end)
}

/// Splits a sentence, which comes without its first byte, into the body that its checksum covers and the text from the
/// checksum on.
///
/// The checksum is the first one: where a line end is lost between two sentences, one of 256 second sums holds for both together.
#[inline]
fn summed(sentence: &[u8]) -> Result<(&[u8], &[u8]), Reason> {
    let star = memchr::memchr(b'*', sentence).ok_or(Reason::NoChecksum)?;
    let (body, after) = (&sentence[..star], &sentence[star + 1..]);
    let sum = hex_pair(after).ok_or(Reason::NoChecksum)?;
    if sum == xor(body) { Ok((body, after)) } else { Err(Reason::BadChecksum) }
}

/// Reads the TAG blocks that open a line. Returns the text before the sentence (the time of a logger) where there is no TAG
/// block, and the text after it, from a `!` or `$` on; empty where the line ends with a TAG block.
fn tags<'a>(mut rest: &'a [u8], tag: &mut Tag<'a>) -> Result<(&'a [u8], &'a [u8]), Reason> {
    let (line, mut found) = (rest, false);
    loop {
        let at = rest.iter().position(|c| matches!(c, b'\\' | b'!' | b'$'));
        match at.map(|at| &rest[at..]) {
            None if found && rest.trim_ascii().is_empty() => return Ok((&[], &[])),
            None => return Err(Reason::NotASentence),
            Some(block @ [b'\\', ..]) => {
                rest = one_tag(&block[1..], tag)?;
                found = true;
            }
            Some(sentence) if sentence.len() > 1 => {
                let before = if found { &[] } else { &line[..line.len() - sentence.len()] };
                return Ok((before, sentence));
            }
            Some(_) => return Err(Reason::NotASentence),
        }
    }
}

/// Reads one TAG block, from after its opening backslash on, and returns the text after its closing one.
fn one_tag<'a>(block: &'a [u8], tag: &mut Tag<'a>) -> Result<&'a [u8], Reason> {
    let end = memchr::memchr(b'\\', block).ok_or(Reason::BadTagBlock)?;
    let (inner, rest) = (&block[..end], &block[end + 1..]);
    let (fields, sum) = inner.split_last_chunk::<3>().ok_or(Reason::BadTagBlock)?;
    let sum = sum.strip_prefix(b"*").and_then(hex_pair).ok_or(Reason::BadTagBlock)?;
    if sum != xor(fields) {
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

/// Reads a sentence whose checksum is right: `rest` from its first byte on, `body` up to its `*`.
#[inline]
fn sentence<'a>(rest: &'a [u8], body: &'a [u8]) -> Result<Sentence<'a>, Reason> {
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
        // SeaSmart and others wrap messages of NMEA 2000 in sentences of their own.
        b"PCDIN" | b"MXPGN" | b"PDGY" => Err(Reason::Nmea2000),
        [_, _, b'Z', b'D', b'A'] | [_, _, b'R', b'M', b'C'] => {
            Ok(Sentence::Fix(Fix::read(&rest[..body.len() + 4])))
        }
        _ if address.len() < 3 || !address.iter().all(u8::is_ascii_alphanumeric) => Err(Reason::NotASentence),
        [_, _, a, b, c] if let Some(formatter) = Formatter::of([*a, *b, *c]) => {
            Ok(Sentence::Bridge(formatter, fields))
        }
        _ => Ok(Sentence::Other),
    }
}

/// Reads VDM or VDO (IEC 61162-1, section 8.3): total, number, sequence identifier, channel, payload, fill bits. A
/// further field, which a plotter is known to send, is ignored.
#[inline]
fn vdm(talker: [u8; 2], own_ship: bool, fields: &[u8]) -> Result<Vdm<'_>, Reason> {
    let (total, number, sequence, channel, rest) = match fields {
        // The usual form in one step: every field of the head has one byte or none.
        [t, b',', n, b',', b',', c, b',', rest @ ..] if *c != b',' => (*t, *n, 0, *c, rest),
        [t, b',', n, b',', s, b',', c, b',', rest @ ..] if *s != b',' && *c != b',' => (*t, *n, *s, *c, rest),
        _ => {
            let mut parts = fields.splitn(5, |c| *c == b',');
            let mut byte = || match parts.next() {
                Some([]) => Ok(0),
                Some([one]) => Ok(*one),
                // Two digits and more are beyond the field's range; the last byte tells them apart.
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

/// Reads a line of Gatehouse: `$PGHP,1,year,month,day,hour,minute,second,ms,country,region,station,online,sum`.
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

/// Reads the text after the checksum, fields between commas, semicolons or blanks: `r…` or `b…` after a comma names the
/// station, and a number of ten digits (thirteen: milliseconds) is the time.
fn trailer(after: &[u8]) -> (Option<&[u8]>, Option<Time>) {
    let (mut station, mut time) = (None, None);
    let parts = |c: &u8| matches!(c, b',' | b';' | b'\t' | b' ');
    if !after.first().is_some_and(parts) {
        return (station, time);
    }
    for field in after[1..].split(parts).map(<[u8]>::trim_ascii) {
        match field {
            [b'r' | b'b', more @ ..]
                if after[0] == b',' && (3..STATION_NAME_MAX).contains(&more.len()) && more.is_ascii() =>
            {
                station = Some(field);
            }
            [b'0'..=b'9', ..] if field.len() >= 9 => time = unix_time(field).or(time),
            _ => {}
        }
    }
    (station, time)
}

/// Returns the value of two hexadecimal digits in either case.
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
