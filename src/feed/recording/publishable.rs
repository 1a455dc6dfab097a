//! Lines of a log as messages: each must tell its own time, since the lines before it may be in another message.

use std::io::Write;

use crate::model::Time;
use crate::wire::LineClock;

/// Appends the line to `out` in a form whose reader takes `time` as its report time, whatever came before it: a
/// sentence that does not tell it gets a TAG block with `c:` in milliseconds (NMEA 0183 version 4.10, section 7).
/// Lines whose time is of no use and that tell none, and without a `time` all lines, are as they were.
pub fn publishable(line: &[u8], time: Option<Time>, out: &mut Vec<u8>) {
    let line = line.trim_ascii();
    let own = LineClock::default().time_of(line);
    let matters = own.is_some() || LineClock::is_timed(line);
    let (Some(time), true) = (time, own != time && matters) else { return out.extend_from_slice(line) };
    match line.first() {
        Some(b'$') if own.is_some() => out.extend_from_slice(line),
        Some(b'!' | b'$') => {
            tag(&[], time, out);
            out.extend_from_slice(line);
        }
        Some(b'\\') => match line[1..].iter().position(|byte| *byte == b'\\') {
            Some(end) if line.len() > end + 2 => {
                tag(&line[1..=end], time, out);
                out.extend_from_slice(&line[end + 2..]);
            }
            _ => out.extend_from_slice(line),
        },
        _ => out.extend_from_slice(line),
    }
}

/// Appends a payload that is no text after a TAG block that tells its arrival.
pub fn timed(payload: &[u8], time: Time, out: &mut Vec<u8>) {
    tag(&[], time, out);
    out.extend_from_slice(payload);
}

/// A TAG block of the fields of `block` (what stands between the backslashes), and the time.
fn tag(block: &[u8], time: Time, out: &mut Vec<u8>) {
    let fields = block.split(|byte| *byte == b'*').next().unwrap_or_default();
    let begin = out.len() + 1;
    out.push(b'\\');
    for field in
        fields.split(|byte| *byte == b',').filter(|field| !field.is_empty() && !field.starts_with(b"c:"))
    {
        out.extend_from_slice(field);
        out.push(b',');
    }
    // Writing to memory does not fail.
    write!(out, "c:{}", time.0).ok();
    let sum = out[begin..].iter().fold(0, |sum, byte| sum ^ byte);
    write!(out, "*{sum:02X}\\").ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> String {
        let mut out = Vec::new();
        publishable(line.as_bytes(), Some(Time(1_577_880_000_500)), &mut out);
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
        let ttm = "$RATTM,11,11.4,13.6,T,7.0,20.0,T,0.0,0.0,N,,Q,,154125.82,A,*17";
        assert_eq!(of(ttm), format!("\\c:1577880000500*68\\{ttm}"));
        let pghp = "$PGHP,1,2020,1,1,12,0,0,0,219,,2190048,1,*1C";
        for as_it_was in [
            &format!("\\c:1577880000500*68\\{vdm}"),
            pghp,
            "$GPGSA,A,3*30",
            "\\s:GP0001*5F\\$GPGSA,A,3*30",
            "{\"mmsi\":1}",
            "# comment",
            "\\s:b1*2A\\",
            "",
        ] {
            assert_eq!(of(as_it_was), as_it_was);
        }
        let mut out = Vec::new();
        publishable(vdm.as_bytes(), None, &mut out);
        assert_eq!(out, vdm.as_bytes());
    }

    #[test]
    fn another_time_replaces_its_own() {
        let vdm = "!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24";
        assert_eq!(
            of(&format!("\\s:b1,c:1577980000*6A\\{vdm}")),
            format!("\\s:b1,c:1577880000500*5E\\{vdm}")
        );
    }
}
