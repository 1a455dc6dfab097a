//! Time that a line of a text log tells itself where the line is no sentence of NMEA 0183: JSON and SBS lines.

use serde::Deserialize;

use super::air::sbs_time;
use super::json::Loose;
use super::nmea::{LineClock, next_start};
use super::times::Assumed;
use crate::model::Time;

/// Properties that tell the time of an object: of readsb, of raw Mode S and Digitraffic, of AIS-catcher, of GeoJSON.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Times<'a> {
    #[serde(borrow)]
    now: Loose<'a>,
    #[serde(borrow)]
    timestamp: Loose<'a>,
    #[serde(borrow)]
    rxuxtime: Loose<'a>,
    #[serde(borrow)]
    rxtime: Loose<'a>,
    #[serde(borrow)]
    toa: Loose<'a>,
    #[serde(borrow)]
    time: Loose<'a>,
    #[serde(borrow)]
    properties: Option<Box<Times<'a>>>,
    #[serde(borrow)]
    features: Option<Vec<Times<'a>>>,
}

impl Times<'_> {
    fn first(&self) -> Option<Time> {
        let all = [&self.now, &self.timestamp, &self.rxuxtime, &self.rxtime, &self.toa, &self.time];
        all.into_iter()
            .find_map(Loose::moment)
            .or_else(|| self.properties.as_ref().and_then(|within| within.first()))
            .or_else(|| self.features.as_ref()?.iter().find_map(Times::first))
    }
}

/// Returns the time that a line of JSON or SBS tells itself.
pub fn record_time(line: &[u8]) -> Option<Time> {
    match line.first() {
        Some(b'{') => serde_json::from_slice::<Times<'_>>(line.trim_ascii()).ok()?.first(),
        Some(b'A'..=b'Z') => sbs_time(line),
        _ => None,
    }
}

/// Returns what the time of a line of a text log leaves open: that of SBS lines, and of loggers that write a date and a time of
/// day before a sentence or after it.
pub fn assumed(line: &[u8]) -> Assumed {
    match line.first() {
        Some(b'A'..=b'Z') if sbs_time(line).is_some() => Assumed { zone: true, day: false },
        None | Some(b'{') => Assumed::default(),
        _ => LineClock::assumed(line),
    }
}

/// Returns whether a line of a text log holds something to decode: a sentence, a TAG block, JSON, an SBS line, a Mode S frame.
pub fn is_record(line: &[u8]) -> bool {
    match line.first() {
        Some(b'!' | b'$' | b'\\' | b'{') => true,
        Some(b'*' | b'@') if line.trim_ascii_end().ends_with(b";") => true,
        Some(b'M') if line.starts_with(b"MSG,") || line.starts_with(b"MLAT,") => true,
        Some(b'#') | None => false,
        _ => next_start(line).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_json_and_sbs_tell_their_own_time() {
        let noon = Time::parse("2026-03-10T12:00:00Z");
        for line in [
            r#"{"now":1773144000.0,"messages":5,"aircraft":[{"hex":"0be123","seen":0.5}]}"#,
            r#"{"now":1773144000000,"ac":[]}"#,
            r#"{"timestamp":1773144000.0,"frame":"8d3985a79908558e300c0c995bb2"}"#,
            r#"{"class":"AIS","rxtime":"20260310120000","mmsi":1}"#,
            r#"{"class":"AIS","toa":1773144000.0,"nmea":[]}"#,
            r#"{"type":"Feature","geometry":null,"properties":{"track":1,"time":"2026-03-10T12:00:00Z"}}"#,
            r#"{"type":"FeatureCollection","features":[{"properties":{"time":1773144000}}]}"#,
            "MSG,3,1,1,0BE123,1,2026/03/10,12:00:00.000,2026/03/10,12:00:01.000,,1500,,,17.9,-76.8,,,0,0,0,0\r\n",
        ] {
            assert_eq!(record_time(line.as_bytes()), noon, "{line}");
            assert!(is_record(line.as_bytes()), "{line}");
        }
        for line in ["{", r#"{"now":"x"}"#, "MSG,3", "words", ""] {
            assert_eq!(record_time(line.as_bytes()), None, "{line}");
        }
        for (line, zone) in [
            ("MSG,3,1,1,0BE123,1,2026/03/10,12:00:00.000,,,,1500,,,17.9,-76.8,,,0,0,0,0", true),
            ("2026-03-10 12:00:00 !AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24", true),
            ("2026-03-10 12:00:00Z !AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24", false),
            ("1773144000 !AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24", false),
            ("!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24", false),
            ("!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24,2026-03-10T12:00:00", true),
            ("", false),
        ] {
            assert_eq!(assumed(line.as_bytes()), Assumed { zone, day: false }, "{line}");
        }
        for line in ["words, and more", "# !AIVDM,1", "received_at,protocol,msg_type,source,raw_data"] {
            assert!(!is_record(line.as_bytes()), "{line}");
        }
    }
}
