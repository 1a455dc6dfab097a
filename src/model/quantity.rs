//! The grammar of a quantity: a number and its unit, such as `"2 kn"`, `"0.5 nm"`, `"45 min"`, `"270°"`.
//!
//! Limits of rules, settings of the main file and scenario files are all read by this grammar.

use std::fmt;

use super::units::NM_M;

/// A kind of quantity: its units and its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    /// The name of the quantity in an error, with its article: "a speed".
    pub noun: &'static str,
    /// Units, and how many of the first unit each one is worth.
    pub units: &'static [(&'static str, f64)],
    /// Other spellings that people use, and the unit that each one means.
    slips: &'static [(&'static str, &'static str)],
    /// A right value, shown where a wrong one has to be mended.
    pub example: &'static str,
    /// Smallest value, in the first unit.
    least: f64,
    /// Largest value, in the first unit.
    most: f64,
}

const LENGTH_SLIPS: &[(&str, &str)] = &[
    ("metre", "m"),
    ("metres", "m"),
    ("meter", "m"),
    ("meters", "m"),
    ("nmi", "nm"),
    ("mile", "nm"),
    ("miles", "nm"),
    ("NM", "nm"),
    ("M", "nm"),
];

impl Quantity {
    /// Speed; the first unit is the knot.
    pub const SPEED: Quantity = Quantity {
        noun: "a speed",
        units: &[("kn", 1.0)],
        slips: &[("kt", "kn"), ("kts", "kn"), ("knot", "kn"), ("knots", "kn"), ("KN", "kn"), ("Kn", "kn")],
        example: "2 kn",
        least: 0.0,
        most: 3000.0,
    };

    /// Length; the first unit is the metre.
    pub const METRES: Quantity = Quantity {
        noun: "a distance",
        units: &[("m", 1.0), ("km", 1000.0), ("nm", NM_M)],
        slips: LENGTH_SLIPS,
        example: "500 m",
        least: 0.0,
        most: 2_000_000.0,
    };

    /// Length; the first unit is the nautical mile.
    pub const NAUTICAL_MILES: Quantity = Quantity {
        noun: "a distance",
        units: &[("nm", 1.0), ("m", 1.0 / NM_M), ("km", 1000.0 / NM_M)],
        slips: LENGTH_SLIPS,
        example: "1 nm",
        least: 0.0,
        most: 1000.0,
    };

    /// Duration; the first unit is the second.
    pub const DURATION: Quantity = Quantity {
        noun: "a duration",
        units: &[("s", 1.0), ("min", 60.0), ("h", 3600.0), ("d", 86_400.0), ("ms", 0.001)],
        slips: &[
            ("sec", "s"),
            ("secs", "s"),
            ("second", "s"),
            ("seconds", "s"),
            ("m", "min"),
            ("mins", "min"),
            ("minute", "min"),
            ("minutes", "min"),
            ("hr", "h"),
            ("hrs", "h"),
            ("hour", "h"),
            ("hours", "h"),
            ("day", "d"),
            ("days", "d"),
        ],
        example: "30 min",
        least: 0.0,
        most: 30.0 * 86_400.0,
    };

    /// Angle between two directions; the first unit is the degree.
    pub const ANGLE: Quantity = Quantity {
        noun: "an angle",
        units: &[("°", 1.0), ("deg", 1.0)],
        slips: &[("degree", "deg"), ("degrees", "deg")],
        example: "40°",
        least: 0.0,
        most: 180.0,
    };

    /// Direction from true north; the first unit is the degree.
    pub const BEARING: Quantity =
        Quantity { noun: "a bearing", example: "285°", most: 360.0, ..Quantity::ANGLE };

    /// Height; the first unit is the foot.
    pub const HEIGHT: Quantity = Quantity {
        noun: "a height",
        units: &[("ft", 1.0)],
        slips: &[("feet", "ft"), ("foot", "ft"), ("FT", "ft")],
        example: "1500 ft",
        least: 0.0,
        most: 100_000.0,
    };

    /// The same quantity with another range, in the first unit.
    pub const fn between(self, least: f64, most: f64) -> Quantity {
        Quantity { least, most, ..self }
    }

    /// Returns how many metres the first unit of a length is worth; 1 for other quantities.
    pub fn worth_in_m(&self) -> f64 {
        if self.unit() == "nm" { NM_M } else { 1.0 }
    }

    /// Returns the first unit, in which [`Quantity::read`] gives its value.
    pub const fn unit(&self) -> &'static str {
        self.units[0].0
    }

    /// Reads a text; the value is in the first unit.
    ///
    /// # Errors
    /// The text is not a number with one of the units, or is out of range.
    pub fn read(&self, text: &str) -> Result<f64, QuantityError> {
        let text = text.trim();
        let (number, unit) = text.split_at(number_length(text));
        let unit = unit.trim();
        let wrong = |mend: String| QuantityError::NotOne { text: text.to_owned(), noun: self.noun, mend };
        let Some(n) = number.parse::<f64>().ok().filter(|n| n.is_finite()) else {
            return Err(wrong(self.example.to_owned()));
        };
        let Some((_, worth)) = self.units.iter().find(|(name, _)| *name == unit) else {
            let meant = self.slips.iter().find(|(slip, _)| *slip == unit).map(|(_, right)| *right);
            return Err(wrong(meant.map_or(self.example.to_owned(), |right| format!("{} {right}", n.abs()))));
        };
        let value = n * worth;
        if (self.least..=self.most).contains(&value) {
            return Ok(value);
        }
        let (text, noun) = (text.to_owned(), self.noun);
        Err(match value < self.least {
            true if self.least == 0.0 => QuantityError::Negative { text, noun },
            true => QuantityError::TooLow { text, noun, least: self.least, unit: self.unit() },
            false => QuantityError::TooHigh { text, noun, most: self.most, unit: self.unit() },
        })
    }
}

/// Bytes of the number that a text begins with: digits, a point, a sign, an exponent.
fn number_length(text: &str) -> usize {
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
    let mantissa = text.find(|c: char| !plain(c)).unwrap_or(text.len());
    let exponent = text[mantissa..].strip_prefix(['e', 'E']).map_or(0, |rest| {
        let digits = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        let count = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        if count == 0 { 0 } else { 1 + rest.len() - digits.len() + count }
    });
    mantissa + exponent
}

/// A text that is not the quantity that is asked for; the message says how to mend it.
#[derive(Clone, Debug, PartialEq)]
pub enum QuantityError {
    /// The text is not a number with a unit of this quantity.
    NotOne {
        /// The text.
        text: String,
        /// The quantity.
        noun: &'static str,
        /// The right way to write it.
        mend: String,
    },
    /// The value is below zero.
    Negative {
        /// The text.
        text: String,
        /// The quantity.
        noun: &'static str,
    },
    /// The value is under the range.
    TooLow {
        /// The text.
        text: String,
        /// The quantity.
        noun: &'static str,
        /// Smallest value.
        least: f64,
        /// Unit of the smallest value.
        unit: &'static str,
    },
    /// The value is over the range.
    TooHigh {
        /// The text.
        text: String,
        /// The quantity.
        noun: &'static str,
        /// Largest value.
        most: f64,
        /// Unit of the largest value.
        unit: &'static str,
    },
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |noun: &'static str| noun.split_once(' ').map_or(noun, |(_, bare)| bare);
        match self {
            QuantityError::NotOne { text, noun, mend } => {
                write!(f, "\"{text}\" is not {noun}; write a number and its unit, such as \"{mend}\"")
            }
            QuantityError::Negative { text, noun } => {
                write!(f, "\"{text}\" is negative; {noun} is 0 or more")
            }
            QuantityError::TooLow { text, noun, least, unit } => {
                let noun = bare(noun);
                write!(f, "\"{text}\" is less than any {noun} can be here; write at least {least} {unit}")
            }
            QuantityError::TooHigh { text, noun, most, unit } => {
                let noun = bare(noun);
                write!(f, "\"{text}\" is more than any {noun} can be here; write at most {most} {unit}")
            }
        }
    }
}

impl std::error::Error for QuantityError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_with_units() {
        for (quantity, text, value) in [
            (Quantity::SPEED, "2 kn", 2.0),
            (Quantity::SPEED, "2.5kn", 2.5),
            (Quantity::METRES, "1 nm", 1852.0),
            (Quantity::METRES, "0.5 km", 500.0),
            (Quantity::METRES, "1e3 m", 1000.0),
            (Quantity::NAUTICAL_MILES, "926 m", 0.5),
            (Quantity::DURATION, "1.5 h", 5400.0),
            (Quantity::DURATION, " 30 min ", 1800.0),
            (Quantity::DURATION, "2 d", 172_800.0),
            (Quantity::DURATION, "1500 ms", 1.5),
            (Quantity::ANGLE, "40°", 40.0),
            (Quantity::ANGLE, "40 deg", 40.0),
            (Quantity::BEARING, "285°", 285.0),
            (Quantity::METRES.between(-10.0, 10.0), "-5 m", -5.0),
        ] {
            assert_eq!(quantity.read(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn an_error_names_the_mend() {
        for (quantity, text, message) in [
            (
                Quantity::SPEED,
                "2 knots",
                "\"2 knots\" is not a speed; write a number and its unit, such as \"2 kn\"",
            ),
            (Quantity::SPEED, "kn", "\"kn\" is not a speed; write a number and its unit, such as \"2 kn\""),
            (Quantity::SPEED, "-2 kn", "\"-2 kn\" is negative; a speed is 0 or more"),
            (
                Quantity::DURATION,
                "30 m",
                "\"30 m\" is not a duration; write a number and its unit, such as \"30 min\"",
            ),
            (
                Quantity::METRES,
                "1 mile",
                "\"1 mile\" is not a distance; write a number and its unit, such as \"1 nm\"",
            ),
            (
                Quantity::DURATION,
                "90 d",
                "\"90 d\" is more than any duration can be here; write at most 2592000 s",
            ),
            (Quantity::ANGLE, "200°", "\"200°\" is more than any angle can be here; write at most 180 °"),
            (
                Quantity::METRES.between(-10.0, 10.0),
                "-11 m",
                "\"-11 m\" is less than any distance can be here; write at least -10 m",
            ),
        ] {
            assert_eq!(quantity.read(text).map_err(|error| error.to_string()), Err(message.to_owned()));
        }
        for text in ["", "12", "NaN kn", "inf kn", "1e kn", "1e999 kn", "1.2.3 kn"] {
            assert!(Quantity::SPEED.read(text).is_err(), "{text}");
        }
    }
}
