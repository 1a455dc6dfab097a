//! Values of a scenario file, each with its unit: `"12 kn"`, `"300 m"`, `"45 min"`, `"270 deg"`, `"23:40"`.

use serde::Deserialize;

use super::globe::{METRES_PER_NM, Place};
use crate::model::{Icao, Span, Squawk, Time};

/// Knots, 0 to 102.2.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Speed(pub f64);

/// Metres, not negative.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Length(pub f64);

/// Metres, either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Shift(pub f64);

/// Degrees.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Angle(pub f64);

/// A length of time, not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Lasting(pub Span);

/// An offset of a clock, may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Offset(pub Span);

/// A share from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Share(pub f64);

/// A height, feet, 0 to 60,000.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Height(pub f64);

/// An aircraft's speed over ground, knots, 0 to 700.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Airspeed(pub f64);

/// An ICAO 24-bit address: six hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Address(pub Icao);

/// A Mode 3/A code: four octal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Code(pub Squawk);

/// A moment: a time of day in UTC, meant as its first coming after the scenario's start, or RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Moment {
    /// Milliseconds since midnight UTC.
    OfDay(i64),
    /// A full date and time.
    At(Time),
}

/// Who: by MMSI, or by name where it has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum Party {
    /// By MMSI.
    Mmsi(u32),
    /// By name.
    Name(String),
}

impl Party {
    /// Its subject key in alerts and in the truth.
    pub fn subject(&self) -> String {
        match self {
            Party::Mmsi(mmsi) => format!("mmsi:{mmsi:09}"),
            Party::Name(name) => format!("vessel:{name}"),
        }
    }
}

impl std::fmt::Display for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Party::Mmsi(mmsi) => write!(f, "MMSI {mmsi}"),
            Party::Name(name) => write!(f, "the name \"{name}\" without AIS"),
        }
    }
}

/// `[longitude, latitude]` in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "[f64; 2]")]
pub struct Point(pub Place);

const DAY_MS: i64 = 86_400_000;

impl Moment {
    /// The moment, seen from the scenario's start.
    pub fn after(self, start: Time) -> Time {
        match self {
            Moment::At(time) => time,
            Moment::OfDay(ms) => {
                let midnight = start.0 - start.0.rem_euclid(DAY_MS);
                let today = midnight + ms;
                Time(if today < start.0 { today + DAY_MS } else { today })
            }
        }
    }
}

impl TryFrom<String> for Speed {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let knots = number(&text, &[("kn", 1.0)], "a speed such as \"12 kn\"")?;
        if (0.0..=102.2).contains(&knots) { Ok(Speed(knots)) } else { Err(range(&text, "0 to 102.2 kn")) }
    }
}

impl TryFrom<String> for Length {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let metres = metres(&text)?;
        if (0.0..=1e7).contains(&metres) { Ok(Length(metres)) } else { Err(range(&text, "0 to 5400 nm")) }
    }
}

impl TryFrom<String> for Shift {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let metres = metres(&text)?;
        if (-1e4..=1e4).contains(&metres) {
            Ok(Shift(metres))
        } else {
            Err(range(&text, "-10000 to 10000 m"))
        }
    }
}

impl TryFrom<String> for Angle {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let degrees = number(&text, &[("deg", 1.0), ("°", 1.0)], "an angle such as \"270 deg\"")?;
        if (-360.0..=360.0).contains(&degrees) {
            Ok(Angle(degrees))
        } else {
            Err(range(&text, "-360 to 360 deg"))
        }
    }
}

impl TryFrom<String> for Lasting {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let span = duration(&text)?;
        if span.0 >= 0 { Ok(Lasting(span)) } else { Err(range(&text, "no negative time")) }
    }
}

impl TryFrom<String> for Height {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        bounded(&text, ("ft", 60_000.0), "a height such as \"1500 ft\"").map(Height)
    }
}

impl TryFrom<String> for Airspeed {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        bounded(&text, ("kn", 700.0), "a speed such as \"140 kn\"").map(Airspeed)
    }
}

impl TryFrom<String> for Address {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let none = || format!("\"{text}\" is no address: six hexadecimal digits, such as \"0be123\"");
        Icao::of_hex(&text).map(Address).ok_or_else(none)
    }
}

impl TryFrom<String> for Code {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let none = || format!("\"{text}\" is no code: four digits from 0 to 7");
        Squawk::of_digits(&text).map(Code).ok_or_else(none)
    }
}

impl TryFrom<String> for Offset {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        duration(&text).map(Offset)
    }
}

impl TryFrom<f64> for Share {
    type Error = String;
    fn try_from(share: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&share) {
            Ok(Share(share))
        } else {
            Err(format!("{share} is not a share from 0 to 1"))
        }
    }
}

impl TryFrom<String> for Moment {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if let Some(time) = Time::parse(&text) {
            return Ok(Moment::At(time));
        }
        let parts: Vec<i64> = text.split(':').map_while(|part| part.parse().ok()).collect();
        let whole = text.split(':').count() == parts.len();
        match parts[..] {
            [h @ 0..=23, m @ 0..=59] if whole => Ok(Moment::OfDay((h * 60 + m) * 60_000)),
            [h @ 0..=23, m @ 0..=59, s @ 0..=59] if whole => {
                Ok(Moment::OfDay(((h * 60 + m) * 60 + s) * 1000))
            }
            _ => Err(format!("\"{text}\" is no moment: write \"23:40\" (UTC) or \"2026-03-14T23:40:00Z\"")),
        }
    }
}

impl TryFrom<[f64; 2]> for Point {
    type Error = String;
    fn try_from([lon, lat]: [f64; 2]) -> Result<Self, String> {
        if (-180.0..=180.0).contains(&lon) && (-85.0..=85.0).contains(&lat) {
            Ok(Point(Place { lon, lat }))
        } else {
            Err(format!("[{lon}, {lat}] is no [longitude, latitude] in degrees"))
        }
    }
}

fn metres(text: &str) -> Result<f64, String> {
    let units = [("nm", METRES_PER_NM), ("km", 1000.0), ("m", 1.0)];
    number(text, &units, "a length such as \"300 m\" or \"1.5 nm\"")
}

fn duration(text: &str) -> Result<Span, String> {
    let units = [("ms", 0.001), ("min", 60.0), ("s", 1.0), ("h", 3600.0)];
    number(text, &units, "a time such as \"45 min\", \"1.5 h\" or \"30 s\"").map(Span::from_secs_f64)
}

fn bounded(text: &str, (unit, most): (&str, f64), wanted: &str) -> Result<f64, String> {
    let value = number(text, &[(unit, 1.0)], wanted)?;
    if (0.0..=most).contains(&value) { Ok(value) } else { Err(range(text, wanted)) }
}

fn number(text: &str, units: &[(&str, f64)], wanted: &str) -> Result<f64, String> {
    let trimmed = text.trim();
    for (unit, factor) in units {
        let Some(head) = trimmed.strip_suffix(unit) else { continue };
        if let Ok(value) = head.trim_end().parse::<f64>()
            && value.is_finite()
        {
            return Ok(value * factor);
        }
    }
    Err(format!("\"{text}\" is not {wanted}"))
}

fn range(text: &str, wanted: &str) -> String {
    format!("\"{text}\" is out of range: {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_their_lack_is_refused() {
        assert_eq!(Speed::try_from("12 kn".to_owned()), Ok(Speed(12.0)));
        assert_eq!(Length::try_from("0.5nm".to_owned()), Ok(Length(926.0)));
        assert_eq!(Lasting::try_from("45 min".to_owned()), Ok(Lasting(Span::from_secs(2700))));
        assert_eq!(Offset::try_from("-1.5 s".to_owned()), Ok(Offset(Span(-1500))));
        for wrong in ["12", "12 knots", "kn", "-1 kn", "NaN kn", "103 kn"] {
            assert!(Speed::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_of_day_is_its_next_coming() {
        let start = Time::parse("2026-03-14T22:00:00Z").expect("RFC 3339");
        let at = |text: &str| Moment::try_from(text.to_owned()).map(|m| m.after(start).rfc3339());
        assert_eq!(at("23:40"), Ok("2026-03-14T23:40:00Z".to_owned()));
        assert_eq!(at("00:10:30"), Ok("2026-03-15T00:10:30Z".to_owned()));
        assert_eq!(at("22:00"), Ok("2026-03-14T22:00:00Z".to_owned()));
        assert!(at("24:00").is_err() && at("7:5x").is_err() && at("").is_err());
    }
}
