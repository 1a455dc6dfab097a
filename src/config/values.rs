//! Values with their units: `"2 kn"`, `"500 m"`, `"1 h"`, `"40°"`. One parser for files and declared defaults.

use super::nearest::hint;
use crate::model::{Limit, LimitKind, LimitValue, Squawk};

/// A value as somebody wrote it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Written {
    Text(String),
    Number(f64),
    List(Vec<String>),
    /// What no limit can be: a truth value, a table …
    Other(&'static str),
}

/// What a number with a unit measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quantity {
    /// "a speed"
    pub noun: &'static str,
    /// Units and their worth in the first one's terms of `per`.
    pub units: &'static [(&'static str, f64)],
    /// What else people write, and the unit they mean.
    slips: &'static [(&'static str, &'static str)],
    /// As it should look.
    pub example: &'static str,
    /// More than this is a slip.
    max: f64,
}

const METRES_PER_NM: f64 = 1852.0;

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

pub(super) const SPEED: Quantity = Quantity {
    noun: "a speed",
    units: &[("kn", 1.0)],
    slips: &[("kt", "kn"), ("kts", "kn"), ("knot", "kn"), ("knots", "kn"), ("KN", "kn"), ("Kn", "kn")],
    example: "2 kn",
    max: 3000.0,
};

pub(super) const METRES: Quantity = Quantity {
    noun: "a distance",
    units: &[("m", 1.0), ("km", 1000.0), ("nm", METRES_PER_NM)],
    slips: LENGTH_SLIPS,
    example: "500 m",
    max: 2_000_000.0,
};

pub(super) const NAUTICAL_MILES: Quantity = Quantity {
    noun: "a distance",
    units: &[("nm", 1.0), ("m", 1.0 / METRES_PER_NM), ("km", 1000.0 / METRES_PER_NM)],
    slips: LENGTH_SLIPS,
    example: "1 nm",
    max: 1000.0,
};

pub(super) const DURATION: Quantity = Quantity {
    noun: "a duration",
    units: &[("s", 1.0), ("min", 60.0), ("h", 3600.0), ("d", 86_400.0)],
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
    max: 30.0 * 86_400.0,
};

pub(super) const ANGLE: Quantity = Quantity {
    noun: "an angle",
    units: &[("°", 1.0), ("deg", 1.0)],
    slips: &[("degree", "deg"), ("degrees", "deg")],
    example: "40°",
    max: 180.0,
};

pub(super) const BEARING: Quantity = Quantity { noun: "a bearing", example: "285°", max: 360.0, ..ANGLE };

pub(super) const FEET: Quantity = Quantity {
    noun: "a height",
    units: &[("ft", 1.0)],
    slips: &[("feet", "ft"), ("foot", "ft"), ("FT", "ft")],
    example: "1500 ft",
    max: 100_000.0,
};

/// The quantity of a limit that has a unit.
pub(super) fn quantity(kind: LimitKind) -> Option<&'static Quantity> {
    match kind {
        LimitKind::Speed => Some(&SPEED),
        LimitKind::Metres => Some(&METRES),
        LimitKind::NauticalMiles => Some(&NAUTICAL_MILES),
        LimitKind::Duration => Some(&DURATION),
        LimitKind::Feet => Some(&FEET),
        LimitKind::Angle => Some(&ANGLE),
        LimitKind::Bearing => Some(&BEARING),
        _ => None,
    }
}

impl Quantity {
    /// The number in this quantity's own unit, or the mend.
    pub fn parse(&self, written: &Written) -> Result<f64, String> {
        let text = match written {
            Written::Text(text) => text.trim(),
            Written::Number(n) => {
                let unit = self.example.trim_start_matches(|c: char| c.is_ascii_digit());
                return Err(format!("{n} has no unit; write \"{n}{unit}\" if that is what it is"));
            }
            Written::List(_) | Written::Other(_) => {
                return Err(format!("this is not {}; write \"{}\"", self.noun, self.example));
            }
        };
        let split = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')));
        let (number, unit) = text.split_at(split.unwrap_or(text.len()));
        let unit = unit.trim();
        let wrong = |mend: &str| {
            format!("\"{text}\" is not {}; write a number and its unit, such as \"{mend}\"", self.noun)
        };
        let Ok(n) = number.parse::<f64>() else { return Err(wrong(self.example)) };
        let Some((_, worth)) = self.units.iter().find(|(name, _)| *name == unit) else {
            let meant = self.slips.iter().find(|(slip, _)| *slip == unit).map(|(_, right)| *right);
            return Err(wrong(
                &meant.map_or(self.example.to_owned(), |right| format!("{} {right}", n.abs())),
            ));
        };
        if n < 0.0 {
            return Err(format!("\"{text}\" is negative; {} is 0 or more", self.noun));
        }
        let value = n * worth;
        if value > self.max {
            return Err(format!("\"{text}\" is more than any {} can be here", &self.noun[2..].trim_start()));
        }
        Ok(value)
    }

    /// As [`Quantity::parse`], over 0 and up to a bound in this quantity's own unit.
    pub fn parse_over_zero(&self, written: &Written, most: f64) -> Result<f64, String> {
        let value = self.parse(written)?;
        if value > 0.0 && value <= most {
            return Ok(value);
        }
        Err(format!("{} here is over 0, up to {most} {}", self.noun, self.units[0].0))
    }
}

/// Whether "none" is a value of this limit: its default or its text says so.
pub(super) fn may_be_none(limit: &Limit) -> bool {
    limit.default == "none" || limit.doc.contains("\"none\"")
}

/// Limits of these names may be 0: without them, 0 would make a pattern fire on everything or on nothing.
const ZERO_IS_A_VALUE: &[&str] = &["dwell", "margin", "min_speed", "min_witnesses"];

/// A limit's value as its declaration has it, or the mend.
pub(super) fn parse_limit(limit: &Limit, written: &Written) -> Result<LimitValue, String> {
    if may_be_none(limit) && matches!(written, Written::Text(text) if text == "none") {
        return Ok(LimitValue::None);
    }
    let value = match limit.kind {
        LimitKind::OneOf(words) => return one_of(limit, words, written),
        LimitKind::SomeOf(words) => return some_of(limit, words, written),
        LimitKind::Codes => return codes(limit, written),
        LimitKind::Share => plain(written, "a share from 0 to 1", limit.default)?,
        LimitKind::Factor => plain(written, "a plain number", limit.default)?,
        LimitKind::Count => plain(written, "a whole number", limit.default)?,
        kind => quantity(kind).unwrap_or(&DURATION).parse(written)?,
    };
    let name = limit.name;
    if value == 0.0 && !ZERO_IS_A_VALUE.contains(&name) {
        return Err(format!("{name} must be over 0; its default is {}", quoted(limit)));
    }
    match limit.kind {
        LimitKind::Duration if value != 0.0 && value < 1.0 => {
            Err(format!("{name} must be at least 1 s; its default is {}", quoted(limit)))
        }
        LimitKind::Share if value > 1.0 => {
            Err(format!("{value} is not a share from 0 to 1; for {value} percent write {}", value / 100.0))
        }
        LimitKind::Count if value.fract() != 0.0 || value > 1e6 => {
            Err(format!("{value} is not a whole number up to a million; its default is {}", limit.default))
        }
        LimitKind::Count if name == "max_company" && value < 2.0 => {
            Err("max_company counts the vessel itself: write 2 or more".to_owned())
        }
        LimitKind::Factor if value > 1e6 => Err(format!("{value} is not a factor up to a million")),
        _ => Ok(LimitValue::Number(value)),
    }
}

/// The declared default, by the same parser.
///
/// # Panics
/// Where a declaration contradicts itself: a fault of the program that a test over all patterns sees.
pub(super) fn default_of(limit: &Limit) -> LimitValue {
    let text = limit.default;
    let written = match limit.kind {
        LimitKind::Share | LimitKind::Count | LimitKind::Factor => {
            text.parse().map_or_else(|_| Written::Text(text.to_owned()), Written::Number)
        }
        LimitKind::SomeOf(_) | LimitKind::Codes => {
            Written::List(text.split(", ").map(str::to_owned).collect())
        }
        _ => Written::Text(text.to_owned()),
    };
    parse_limit(limit, &written).unwrap_or_else(|wrong| panic!("default of {}: {wrong}", limit.name))
}

/// A default as a file would have it: `"2 kn"`, `0.8`, `["entry"]`.
pub(super) fn quoted(limit: &Limit) -> String {
    match limit.kind {
        LimitKind::Share | LimitKind::Count | LimitKind::Factor if limit.default != "none" => {
            limit.default.to_owned()
        }
        LimitKind::SomeOf(_) | LimitKind::Codes => format!("[\"{}\"]", limit.default.replace(", ", "\", \"")),
        _ => format!("\"{}\"", limit.default),
    }
}

/// A value as people read it, in a unit that fits: `2 kn`, `1 h`, `entry`.
pub(super) fn shown(limit: &Limit, value: &LimitValue) -> String {
    let n = match value {
        LimitValue::None => return "none".to_owned(),
        LimitValue::Words(words) => return words.join(", "),
        LimitValue::Number(n) => *n,
    };
    match limit.kind {
        LimitKind::Duration => {
            let whole = |unit: f64| n >= unit && n % unit == 0.0;
            let (unit, worth) = match () {
                () if whole(86_400.0) && n >= 2.0 * 86_400.0 => ("d", 86_400.0),
                () if whole(3600.0) => ("h", 3600.0),
                () if whole(60.0) && n >= 120.0 => ("min", 60.0),
                () => ("s", 1.0),
            };
            format!("{} {unit}", n / worth)
        }
        LimitKind::Angle | LimitKind::Bearing => format!("{n}°"),
        // Figures of other units are divided and multiplied; what is beyond 1e-6 is not theirs.
        kind => match quantity(kind) {
            Some(quantity) => format!("{} {}", (n * 1e6).round() / 1e6, quantity.units[0].0),
            None => n.to_string(),
        },
    }
}

fn plain(written: &Written, wanted: &str, default: &str) -> Result<f64, String> {
    match written {
        Written::Number(n) if !n.is_finite() => Err(format!("{n} is not {wanted}; write it as {default}")),
        Written::Number(n) if *n < 0.0 => Err(format!("{n} is negative; write {wanted}, such as {default}")),
        Written::Number(n) => Ok(*n),
        Written::Text(text) => {
            Err(format!("\"{text}\" is not {wanted}; write it without quotes and unit, such as {default}"))
        }
        Written::List(_) | Written::Other(_) => Err(format!("this is not {wanted}; write {default}")),
    }
}

fn one_of(limit: &Limit, words: &'static [&'static str], written: &Written) -> Result<LimitValue, String> {
    match written {
        Written::Text(text) => match words.iter().find(|word| *word == text) {
            Some(word) => Ok(LimitValue::Words(vec![word])),
            None => Err(format!(
                "\"{text}\" is not a value of {}{}",
                limit.name,
                hint(text, words.iter().copied())
            )),
        },
        _ => Err(format!("{} is one of: \"{}\"", limit.name, words.join("\", \""))),
    }
}

fn codes(limit: &Limit, written: &Written) -> Result<LimitValue, String> {
    let Written::List(codes) = written else {
        return Err(format!("this is not a list of codes; write {}", quoted(limit)));
    };
    let digits = codes.iter().map(|code| match Squawk::of_digits(code) {
        Some(code) => Ok(code.digits()),
        None => Err(format!("\"{code}\" is no Mode 3/A code; such has four digits from 0 to 7")),
    });
    Ok(LimitValue::Words(digits.collect::<Result<_, _>>()?))
}

fn some_of(limit: &Limit, words: &'static [&'static str], written: &Written) -> Result<LimitValue, String> {
    let given = match written {
        Written::Text(text) => std::slice::from_ref(text),
        Written::List(list) if !list.is_empty() => list.as_slice(),
        _ => return Err(format!("{} is a list of some of: \"{}\"", limit.name, words.join("\", \""))),
    };
    if let Some(text) = given.iter().find(|text| !words.contains(&text.as_str())) {
        let hint = hint(text, words.iter().copied());
        return Err(format!("\"{text}\" is not a value of {}{hint}", limit.name));
    }
    let found = words.iter().copied().filter(|word| given.iter().any(|text| text == word));
    Ok(LimitValue::Words(found.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Written {
        Written::Text(text.to_owned())
    }

    #[test]
    fn right_values() {
        for (quantity, written, value) in [
            (&SPEED, "2 kn", 2.0),
            (&SPEED, "2.5kn", 2.5),
            (&METRES, "1 nm", 1852.0),
            (&METRES, "0.5 km", 500.0),
            (&NAUTICAL_MILES, "926 m", 0.5),
            (&DURATION, "1.5 h", 5400.0),
            (&DURATION, "30 min", 1800.0),
            (&ANGLE, "40°", 40.0),
            (&ANGLE, "40 deg", 40.0),
            (&BEARING, "285°", 285.0),
        ] {
            assert_eq!(quantity.parse(&text(written)), Ok(value), "{written}");
        }
    }

    #[test]
    fn wrong_values_name_the_mend() {
        for (quantity, written, mend) in [
            (
                &SPEED,
                text("2 knots"),
                "\"2 knots\" is not a speed; write a number and its unit, such as \"2 kn\"",
            ),
            (&SPEED, text("fast"), "\"fast\" is not a speed; write a number and its unit, such as \"2 kn\""),
            (&SPEED, Written::Number(2.0), "2 has no unit; write \"2 kn\" if that is what it is"),
            (&SPEED, text("-2 kn"), "\"-2 kn\" is negative; a speed is 0 or more"),
            (
                &DURATION,
                text("30 m"),
                "\"30 m\" is not a duration; write a number and its unit, such as \"30 min\"",
            ),
            (
                &METRES,
                text("1 mile"),
                "\"1 mile\" is not a distance; write a number and its unit, such as \"1 nm\"",
            ),
            (&DURATION, text("1e9 s"), "\"1e9 s\" is not a duration"),
            (&DURATION, text("90 d"), "\"90 d\" is more than any duration can be here"),
            (&ANGLE, text("200°"), "\"200°\" is more than any angle can be here"),
        ] {
            let wrong = quantity.parse(&written).expect_err(mend);
            assert!(wrong.starts_with(mend), "{wrong}");
        }
    }

    #[test]
    fn every_declared_default_is_a_value_and_shown_as_one() {
        for limit in crate::patterns::ALL.iter().flat_map(|pattern| pattern.limits) {
            let value = default_of(limit);
            let again = match (limit.kind, &value) {
                (LimitKind::Share | LimitKind::Count | LimitKind::Factor, LimitValue::Number(n)) => {
                    Written::Number(*n)
                }
                (LimitKind::SomeOf(_) | LimitKind::Codes, LimitValue::Words(words)) => {
                    Written::List(words.iter().map(|word| (*word).to_owned()).collect())
                }
                _ => text(&shown(limit, &value)),
            };
            assert_eq!(parse_limit(limit, &again), Ok(value), "{}", limit.name);
        }
    }

    #[test]
    fn limits_that_may_be_none() {
        let limits = crate::patterns::ALL.iter().flat_map(|pattern| pattern.limits.iter());
        let none: Vec<&str> = limits.filter(|limit| may_be_none(limit)).map(|limit| limit.name).collect();
        assert_eq!(
            none,
            [
                "max_speed",
                "max_relative_speed",
                "max_drift",
                "converged_from",
                "large",
                "min_speed",
                "from_coast",
                "near_coast",
                "from_coast",
                "large",
                "from_coast",
                "set",
                "from_coast",
                "max_altitude"
            ]
        );
    }

    #[test]
    fn plain_numbers() {
        let limit = |kind, name| Limit { name, kind, default: "0.8", doc: "" };
        let share = limit(LimitKind::Share, "share");
        assert_eq!(parse_limit(&share, &Written::Number(0.8)), Ok(LimitValue::Number(0.8)));
        let wrong = parse_limit(&share, &Written::Number(80.0)).expect_err("too much");
        assert_eq!(wrong, "80 is not a share from 0 to 1; for 80 percent write 0.8");
        for written in
            [Written::Number(-0.1), Written::Number(f64::NAN), text("0.8"), Written::Other("table")]
        {
            assert!(parse_limit(&share, &written).is_err(), "{written:?}");
        }
        let count = limit(LimitKind::Count, "min_witnesses");
        assert!(parse_limit(&count, &Written::Number(1.5)).is_err());
        assert_eq!(parse_limit(&count, &Written::Number(0.0)), Ok(LimitValue::Number(0.0)));
    }
}
