//! Values of a scenario file, each with its unit: `"12 kn"`, `"300 m"`, `"45 min"`, `"270 deg"`, `"23:40"`.

use serde::Deserialize;

use super::globe::Place;
use crate::model::{Angle, Height, Icao, Length, Quantity, QuantityError, Span, Speed, Squawk, Time};

/// Declares a type that a scenario file writes as a number with a unit: a quantity of the crate, within the range that
/// makes sense here.
macro_rules! written {
    ($(#[$doc:meta])* $name:ident is $inner:ident, $make:expr, $quantity:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name($inner);

        impl $name {
            /// Wraps a value that is in range.
            pub const fn new(value: $inner) -> $name {
                $name(value)
            }
        }

        impl std::ops::Deref for $name {
            type Target = $inner;

            fn deref(&self) -> &$inner {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = QuantityError;

            fn try_from(text: String) -> Result<$name, QuantityError> {
                let quantity: Quantity = $quantity;
                quantity.read(&text).map($make).map($name)
            }
        }
    };
}

written!(
    /// Speed of a vessel, 0 to 102.2 kn: the range of AIS.
    ShipSpeed is Speed, Speed::from_kn, Quantity::SPEED.between(0.0, 102.2)
);
written!(
    /// Speed of an aircraft over ground, 0 to 700 kn.
    AircraftSpeed is Speed, Speed::from_kn, Quantity::SPEED.between(0.0, 700.0)
);
written!(
    /// Distance, 0 to 10,000 km.
    Distance is Length, Length::from_m, Quantity::METRES.between(0.0, 1e7)
);
written!(
    /// Error of a distance in either direction, up to 10 km.
    DistanceError is Length, Length::from_m, Quantity::METRES.between(-1e4, 1e4)
);
written!(
    /// Direction or angle, -360° to 360°.
    Direction is Angle, Angle::from_deg, Quantity::ANGLE.between(-360.0, 360.0)
);
written!(
    /// Altitude, 0 to 60,000 ft.
    Altitude is Height, Height::from_ft, Quantity::HEIGHT.between(0.0, 60_000.0)
);
written!(
    /// Duration, not negative.
    Duration is Span, Span::from_secs_f64, Quantity::DURATION.between(0.0, f64::INFINITY)
);
written!(
    /// Offset of a clock from UTC; below zero the clock is behind.
    ClockOffset is Span, Span::from_secs_f64, Quantity::DURATION.between(f64::NEG_INFINITY, f64::INFINITY)
);

impl Default for DistanceError {
    fn default() -> Self {
        DistanceError::new(Length::from_m(0.0))
    }
}

impl Default for ClockOffset {
    fn default() -> Self {
        ClockOffset::new(Span::ZERO)
    }
}

/// Fault of a value of a scenario file that is no quantity.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)] // the sentences say it
pub enum ValueError {
    #[error("\"{0}\" is no address: six hexadecimal digits, such as \"0be123\"")]
    Address(String),
    #[error("\"{0}\" is no code: four digits from 0 to 7")]
    Code(String),
    #[error("{0} is not a share from 0 to 1")]
    Share(f64),
    #[error("\"{0}\" is no moment: write \"23:40\" (UTC) or \"2026-03-14T23:40:00Z\"")]
    Moment(String),
    #[error("[{0}, {1}] is no [longitude, latitude] in degrees")]
    Point(f64, f64),
}

/// A share from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Share(pub f64);

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

/// Identity of a vessel: its MMSI, or its name where it has no MMSI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum Party {
    /// MMSI.
    Mmsi(u32),
    /// Name.
    Name(String),
}

impl Party {
    /// Returns the subject key in alerts and in the truth.
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

impl TryFrom<String> for Address {
    type Error = ValueError;
    fn try_from(text: String) -> Result<Self, ValueError> {
        Icao::of_hex(&text).map(Address).ok_or(ValueError::Address(text))
    }
}

impl TryFrom<String> for Code {
    type Error = ValueError;
    fn try_from(text: String) -> Result<Self, ValueError> {
        Squawk::of_digits(&text).map(Code).ok_or(ValueError::Code(text))
    }
}

impl TryFrom<f64> for Share {
    type Error = ValueError;
    fn try_from(share: f64) -> Result<Self, ValueError> {
        if (0.0..=1.0).contains(&share) { Ok(Share(share)) } else { Err(ValueError::Share(share)) }
    }
}

impl TryFrom<String> for Moment {
    type Error = ValueError;
    fn try_from(text: String) -> Result<Self, ValueError> {
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
            _ => Err(ValueError::Moment(text)),
        }
    }
}

impl TryFrom<[f64; 2]> for Point {
    type Error = ValueError;
    fn try_from([lon, lat]: [f64; 2]) -> Result<Self, ValueError> {
        if (-180.0..=180.0).contains(&lon) && (-85.0..=85.0).contains(&lat) {
            Ok(Point(Place { lon, lat }))
        } else {
            Err(ValueError::Point(lon, lat))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: TryFrom<String, Error = QuantityError>>(text: &str) -> Result<T, String> {
        T::try_from(text.to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn quantities_are_read_by_the_grammar_of_the_rules() {
        assert_eq!(read("12 kn"), Ok(ShipSpeed::new(Speed::from_kn(12.0))));
        assert_eq!(read("0.5nm"), Ok(Distance::new(Length::from_m(926.0))));
        assert_eq!(read("45 min"), Ok(Duration::new(Span::from_secs(2700))));
        assert_eq!(read("2 d"), Ok(Duration::new(Span::from_secs(172_800))));
        assert_eq!(read("-1.5 s"), Ok(ClockOffset::new(Span(-1500))));
        assert_eq!(read("-250 ms"), Ok(ClockOffset::new(Span(-250))));
        for wrong in ["12", "kn", "-1 kn", "NaN kn", "103 kn"] {
            assert!(read::<ShipSpeed>(wrong).is_err(), "{wrong}");
        }
        let mend = "\"2 knots\" is not a speed; write a number and its unit, such as \"2 kn\"";
        assert_eq!(read::<ShipSpeed>("2 knots"), Err(mend.to_owned()));
        let most = "\"103 kn\" is more than any speed can be here; write at most 102.2 kn";
        assert_eq!(read::<ShipSpeed>("103 kn"), Err(most.to_owned()));
        assert!(read::<Direction>("-90 deg").is_ok() && read::<Direction>("361°").is_err());
        assert!(read::<DistanceError>("-10 km").is_ok() && read::<DistanceError>("-10001 m").is_err());
        assert!(read::<Distance>("10000 km").is_ok() && read::<Distance>("10001 km").is_err());
        assert!(read::<Altitude>("60000 ft").is_ok() && read::<Altitude>("60001 ft").is_err());
        assert!(read::<AircraftSpeed>("700 kn").is_ok() && read::<AircraftSpeed>("701 kn").is_err());
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
