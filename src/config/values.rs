//! Values with their units: `"2 kn"`, `"500 m"`, `"1 h"`, `"40°"`. One parser for files and declared defaults.

use super::nearest::hint;
use crate::model::{Limit, LimitKind, LimitValue, Quantity, Squawk};

/// A value as somebody wrote it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Written {
    Text(String),
    Number(f64),
    List(Vec<String>),
    /// A value of a type that no limit has: a truth value, a table …
    Other(&'static str),
}

/// Reads a number with a unit; the value is in the quantity's first unit.
///
/// # Errors
/// The sentence that says what is wrong and how to mend it.
pub(super) fn parse(quantity: &Quantity, written: &Written) -> Result<f64, String> {
    match written {
        Written::Text(text) => quantity.read(text).map_err(|error| error.to_string()),
        Written::Number(n) => {
            let unit = quantity.example.trim_start_matches(|c: char| c.is_ascii_digit());
            Err(format!("{n} has no unit; write \"{n}{unit}\" if that is what it is"))
        }
        Written::List(_) | Written::Other(_) => {
            Err(format!("this is not {}; write \"{}\"", quantity.noun, quantity.example))
        }
    }
}

/// Reads as [`parse`] does a value over 0 and up to `most`, in the quantity's first unit.
///
/// # Errors
/// The sentence that says what is wrong and how to mend it.
pub(super) fn parse_over_zero(quantity: &Quantity, written: &Written, most: f64) -> Result<f64, String> {
    let value = parse(quantity, written)?;
    if value > 0.0 && value <= most {
        return Ok(value);
    }
    Err(format!("{} here is over 0, up to {most} {}", quantity.noun, quantity.unit()))
}

/// A limit's value as its declaration has it, or the mend.
pub(super) fn parse_limit(limit: &Limit, written: &Written) -> Result<LimitValue, String> {
    if limit.is_optional && matches!(written, Written::Text(text) if text == "none") {
        return Ok(LimitValue::None);
    }
    let value = match limit.kind {
        LimitKind::OneOf(words) => return one_of(limit, words, written),
        LimitKind::SomeOf(words) => return some_of(limit, words, written),
        LimitKind::Codes => return codes(limit, written),
        LimitKind::Share => plain(written, "a share from 0 to 1", limit.default)?,
        LimitKind::Factor => plain(written, "a plain number", limit.default)?,
        LimitKind::Count => plain(written, "a whole number", limit.default)?,
        kind => parse(kind.quantity().unwrap_or(&Quantity::DURATION), written)?,
    };
    let name = limit.name;
    if value == 0.0 && !limit.may_be_zero {
        return Err(format!("{name} must be over 0; its default is {}", quoted(limit)));
    }
    if let Some((least, why)) = limit.least
        && value < least
    {
        return Err(format!("{name} must be at least {least}: {why}"));
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
        LimitKind::Factor if value > 1e6 => Err(format!("{value} is not a factor up to a million")),
        _ => Ok(LimitValue::Number(value)),
    }
}

/// The declared default, by the same parser.
///
/// # Panics
/// A declaration contradicts itself: a fault of the program, which a test over all patterns finds.
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
        kind => match kind.quantity() {
            Some(quantity) => format!("{} {}", (n * 1e6).round() / 1e6, quantity.unit()),
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
        let none: Vec<&str> = limits.filter(|limit| limit.is_optional).map(|limit| limit.name).collect();
        assert_eq!(
            none,
            [
                "alike_within",
                "anchored_within",
                "ashore_within",
                "alike_within",
                "max_speed",
                "max_relative_speed",
                "max_drift",
                "converged_from",
                "large",
                "from_port",
                "min_speed",
                "from_coast",
                "made_good",
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
        let limits = || crate::patterns::ALL.iter().flat_map(|pattern| pattern.limits.iter());
        let declared = |name: &str| limits().find(|limit| limit.name == name).expect("a pattern declares it");
        let share = declared("share");
        assert_eq!(parse_limit(share, &Written::Number(0.8)), Ok(LimitValue::Number(0.8)));
        let wrong = parse_limit(share, &Written::Number(80.0)).expect_err("too much");
        assert_eq!(wrong, "80 is not a share from 0 to 1; for 80 percent write 0.8");
        for written in
            [Written::Number(-0.1), Written::Number(f64::NAN), text("0.8"), Written::Other("table")]
        {
            assert!(parse_limit(share, &written).is_err(), "{written:?}");
        }
        let count = declared("min_witnesses");
        assert!(parse_limit(count, &Written::Number(1.5)).is_err());
        assert_eq!(parse_limit(count, &Written::Number(0.0)), Ok(LimitValue::Number(0.0)));
        let company = parse_limit(declared("max_company"), &Written::Number(1.0));
        assert_eq!(company, Err("max_company must be at least 2: it counts the vessel itself".to_owned()));
    }

    #[test]
    fn a_number_without_a_unit_is_mended() {
        let wrong = parse(&Quantity::SPEED, &Written::Number(2.0));
        assert_eq!(wrong, Err("2 has no unit; write \"2 kn\" if that is what it is".to_owned()));
    }
}
