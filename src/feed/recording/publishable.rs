//! Lines of a log as messages: each must tell its own time, since the lines before it may be in another message.

use std::io::Write;

use super::line_clock::LineClock;
use crate::model::{Span, Time};

/// Writes the line into `out` in a form whose reader takes `time` as its report time: a sentence that does not
/// tell it gets a TAG block with `c:` (NMEA 0183 version 4.10, section 7), in milliseconds. Other lines are left alone.
pub fn publishable(line: &[u8], time: Time, out: &mut Vec<u8>) {
    out.clear();
    let line = line.trim_ascii();
    let own = LineClock::default().time_of(line);
    // A time this far ahead was not believed when it came in.
    let believed = own.is_some_and(|own| own <= time + AHEAD);
    match line.first() {
        Some(b'!' | b'$') if own.is_none() => {
            tag(&[], time, out);
            out.extend_from_slice(line);
        }
        Some(b'\\') if !believed => match line[1..].iter().position(|byte| *byte == b'\\') {
            Some(end) if line.len() > end + 2 => {
                tag(&line[1..=end], time, out);
                out.extend_from_slice(&line[end + 2..]);
            }
            _ => out.extend_from_slice(line),
        },
        _ => out.extend_from_slice(line),
    }
}

/// As `wire` has it.
const AHEAD: Span = Span::from_secs(5);

/// A TAG block of the fields of `block` (what stands between the backslashes), and the time.
fn tag(block: &[u8], time: Time, out: &mut Vec<u8>) {
    let fields = block.split(|byte| *byte == b'*').next().unwrap_or_default();
    out.push(b'\\');
    for field in
        fields.split(|byte| *byte == b',').filter(|field| !field.is_empty() && !field.starts_with(b"c:"))
    {
        out.extend_from_slice(field);
        out.push(b',');
    }
    // Writing to memory does not fail.
    write!(out, "c:{}", time.0).ok();
    let sum = out[1..].iter().fold(0, |sum, byte| sum ^ byte);
    write!(out, "*{sum:02X}\\").ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> String {
        let mut out = Vec::new();
        publishable(line.as_bytes(), Time(1_577_880_000_500), &mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn every_sentence_tells_its_time() {
        let vdm = "!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24";
        assert_eq!(of(vdm), format!("\\c:1577880000500*68\\{vdm}"));
        assert_eq!(
            of(&format!("\\s:b1,g:1-2-7*5F\\{vdm}\r\n")),
            format!("\\s:b1,g:1-2-7,c:1577880000500*1B\\{vdm}")
        );
        for tells_its_own in [
            format!("\\c:1577880000*5D\\{vdm}"),
            format!("{vdm},rSTATION,1577880000"),
            "$PGHP,1,2020,1,1,12,0,0,0,219,,2190048,1,*1C".to_owned(),
            "{\"mmsi\":1}".to_owned(),
            "# comment".to_owned(),
        ] {
            assert_eq!(of(&tells_its_own), tells_its_own);
        }
    }

    #[test]
    fn a_time_that_was_not_believed_is_not_told_again() {
        let vdm = "!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24";
        assert_eq!(
            of(&format!("\\s:b1,c:1577980000*6A\\{vdm}")),
            format!("\\s:b1,c:1577880000500*5E\\{vdm}")
        );
    }
}
