//! Meanings of the properties of a track update: each reads a value, and describes the legal values as JSON Schema.

use serde_json::{Value, json};

use super::loose::Loose;
use crate::model::{Accuracy, ContactStatus, Domain, Icao, ShipType, Squawk, Time};
use crate::wire::times::{moment_of_number, plausible};

/// Limit of a standard deviation of position, metres.
const SIGMA_MAX_M: f64 = 100_000.0;
/// Names of a track's status.
const STATUSES: [(&str, ContactStatus); 4] = [
    ("acquiring", ContactStatus::Acquiring),
    ("tracking", ContactStatus::Tracking),
    ("coasting", ContactStatus::Coasting),
    ("lost", ContactStatus::Lost),
];

/// Meaning of a property: how its value is read, and which values those are.
pub(super) trait Meaning {
    /// Type of the value that is read.
    type Value;
    /// Reads a value that is present; `None` where it is illegal.
    fn read(written: &Loose<'_>) -> Option<Self::Value>;
    /// Returns the JSON Schema of the legal values.
    fn schema() -> Value;
}

/// A name: a text, or a whole number.
pub(super) struct Name;

impl Meaning for Name {
    type Value = String;

    fn read(written: &Loose<'_>) -> Option<String> {
        match written {
            Loose::Text(text) => Some(text.to_string()),
            Loose::Whole(n) => Some(n.to_string()),
            _ => None,
        }
    }

    fn schema() -> Value {
        json!({"type": ["string", "integer"], "minimum": 0})
    }
}

/// A number from `LEAST` to `MOST`.
pub(super) struct Within<const LEAST: i32, const MOST: i32>;

impl<const LEAST: i32, const MOST: i32> Meaning for Within<LEAST, MOST> {
    type Value = f64;

    fn read(written: &Loose<'_>) -> Option<f64> {
        written.number().filter(|n| (f64::from(LEAST)..=f64::from(MOST)).contains(n))
    }

    fn schema() -> Value {
        json!({"type": "number", "minimum": f64::from(LEAST), "maximum": f64::from(MOST)})
    }
}

/// Longitude and latitude, degrees.
pub(super) struct Coordinates;

impl Meaning for Coordinates {
    type Value = [f64; 2];

    fn read(written: &Loose<'_>) -> Option<[f64; 2]> {
        match written {
            Loose::Numbers([lon, lat, _], 2..) => Some([*lon, *lat]),
            _ => None,
        }
    }

    fn schema() -> Value {
        json!({"type": "array", "minItems": 2, "items": {"type": "number"}})
    }
}

/// A text.
pub(super) struct Label;

impl Meaning for Label {
    type Value = String;

    fn read(written: &Loose<'_>) -> Option<String> {
        written.text().map(str::to_owned)
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

/// A whole number from `LEAST` to `MOST`.
pub(super) struct Whole<const LEAST: i32, const MOST: i32>;

impl<const LEAST: i32, const MOST: i32> Meaning for Whole<LEAST, MOST> {
    type Value = u32;

    fn read(written: &Loose<'_>) -> Option<u32> {
        written.whole().filter(|n| (i64::from(LEAST)..=i64::from(MOST)).contains(&i64::from(*n)))
    }

    fn schema() -> Value {
        json!({"type": "integer", "minimum": LEAST, "maximum": MOST})
    }
}

/// A flag: true or false, which some programs write as 1 or 0.
pub(super) struct Flag;

impl Meaning for Flag {
    type Value = bool;

    fn read(written: &Loose<'_>) -> Option<bool> {
        written.flag()
    }

    fn schema() -> Value {
        json!({"type": ["boolean", "integer"], "enum": [true, false, 1, 0]})
    }
}

/// A type of vessel: a word, or the code of AIS. A word that stands for many codes, or for none, is no code.
pub(super) struct ShipKind;

impl Meaning for ShipKind {
    type Value = Option<u8>;

    fn read(written: &Loose<'_>) -> Option<Option<u8>> {
        let code = |word: &str| (1..=99).find(|code| ShipType(*code).word() == word && word != "other");
        written.whole().map(Some).or_else(|| written.text().map(code))
    }

    fn schema() -> Value {
        json!({"type": ["string", "integer"], "minimum": 0, "maximum": u8::MAX})
    }
}

impl Meaning for ContactStatus {
    type Value = ContactStatus;

    fn read(written: &Loose<'_>) -> Option<ContactStatus> {
        let text = written.text()?;
        STATUSES.iter().find(|(word, _)| *word == text).map(|(_, status)| *status)
    }

    fn schema() -> Value {
        json!({"type": "string", "enum": STATUSES.map(|(word, _)| word)})
    }
}

impl Meaning for Domain {
    type Value = Domain;

    fn read(written: &Loose<'_>) -> Option<Domain> {
        Domain::of_word(written.text()?)
    }

    fn schema() -> Value {
        json!({"type": "string", "enum": [Domain::Surface.word(), Domain::Air.word()]})
    }
}

impl Meaning for Time {
    type Value = Time;

    fn read(written: &Loose<'_>) -> Option<Time> {
        if let Some(text) = written.text() {
            return Time::parse(text).and_then(plausible);
        }
        moment_of_number(written.number()?)
    }

    fn schema() -> Value {
        json!({"type": ["string", "number"]})
    }
}

impl Meaning for Accuracy {
    type Value = Accuracy;

    fn read(written: &Loose<'_>) -> Option<Accuracy> {
        let sigma = |m: f64| (m > 0.0 && m <= SIGMA_MAX_M).then_some(m);
        match written {
            Loose::Numbers([along, across, axis], 3) if (0.0..=360.0).contains(axis) => Some(Accuracy {
                along_m: sigma(*along)? as f32,
                across_m: sigma(*across)? as f32,
                axis_deg: (*axis % 360.0) as f32,
            }),
            value => Some(Accuracy::round(sigma(value.number()?)?)),
        }
    }

    fn schema() -> Value {
        let sigma = json!({"type": "number", "exclusiveMinimum": 0, "maximum": SIGMA_MAX_M as u32});
        let axis = json!({"type": "number", "minimum": 0, "maximum": 360});
        json!({"anyOf": [sigma, {"type": "array", "items": [sigma, sigma, axis], "minItems": 3, "maxItems": 3}]})
    }
}

/// An ICAO address: six hexadecimal digits, or the number itself; 0 is no address.
impl Meaning for Icao {
    type Value = Icao;

    fn read(written: &Loose<'_>) -> Option<Icao> {
        match written {
            Loose::Text(text) => Icao::of_hex(text),
            Loose::Whole(n) => u32::try_from(*n).ok().and_then(Icao::new),
            _ => None,
        }
    }

    fn schema() -> Value {
        json!({"type": ["string", "integer"], "pattern": "^[0-9A-Fa-f]{6}$"})
    }
}

/// A Mode 3/A code: four octal digits, as text or as a number written with them.
impl Meaning for Squawk {
    type Value = Squawk;

    fn read(written: &Loose<'_>) -> Option<Squawk> {
        let text = match written {
            Loose::Text(text) => text.to_string(),
            Loose::Whole(n) => format!("{n:04}"),
            _ => return None,
        };
        Squawk::of_digits(&text)
    }

    fn schema() -> Value {
        json!({"type": ["string", "integer"], "pattern": "^[0-7]{4}$"})
    }
}

impl Meaning for bool {
    type Value = bool;

    fn read(written: &Loose<'_>) -> Option<bool> {
        match written {
            Loose::Truth(truth) => Some(*truth),
            _ => None,
        }
    }

    fn schema() -> Value {
        json!({"type": "boolean"})
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// Whether a schema admits a value, as far as the properties of a Feature need it.
    fn admits(schema: &Value, value: &Value) -> bool {
        if let Some(choices) = schema["anyOf"].as_array() {
            return choices.iter().any(|choice| admits(choice, value));
        }
        let kind = match value {
            Value::Bool(_) => "boolean",
            Value::Number(n) if !n.is_f64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            _ => "object",
        };
        let types = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
        let at_least = |key: &str, n: f64| schema[key].as_f64().is_none_or(|least| n >= least);
        let number = |n: f64| {
            at_least("minimum", n)
                && schema["maximum"].as_f64().is_none_or(|most| n <= most)
                && schema["exclusiveMinimum"].as_f64().is_none_or(|least| n > least)
        };
        types.iter().any(|of| of == kind || of == "number" && kind == "integer")
            && value.as_f64().is_none_or(number)
            && schema["enum"].as_array().is_none_or(|words| words.contains(value))
            && value.as_array().is_none_or(|items| {
                at_least("minItems", items.len() as f64)
                    && schema["maxItems"].as_f64().is_none_or(|most| items.len() as f64 <= most)
                    && items.iter().enumerate().all(|(i, item)| match schema["items"].get(i) {
                        Some(place) => admits(place, item),
                        None => !schema["items"].is_object() || admits(&schema["items"], item),
                    })
            })
    }

    fn is_read<M: Meaning>(value: &Value) -> bool {
        M::read(&Loose::deserialize(value).expect("any value is read")).is_some()
    }

    fn agrees<M: Meaning>() {
        let numbers = [-2001, -2000, -1, 0, 1, 255, 256, 360, 361, 1000, 1001, 100_000, 200_000, 200_001];
        let words = ["acquiring", "tracking", "coasting", "lost", "surface", "air", "sunk", ""];
        let arrays = [
            json!([1.5]),
            json!([1.5, 2.5]),
            json!([1.5, 2.5, 360]),
            json!([1.5, 2.5, 361]),
            json!([0, 1, 2]),
        ];
        let others = [json!(true), json!({"a": 1}), json!(["a", "b"]), json!([1, 2, 3, 4])];
        let mut values: Vec<Value> = numbers.iter().map(|n| json!(n)).collect();
        values.push(json!(0.5));
        values.extend(words.map(|word| json!(word)));
        values.extend(arrays.into_iter().chain(others));
        for value in values {
            assert_eq!(is_read::<M>(&value), admits(&M::schema(), &value), "{value} and {}", M::schema());
        }
    }

    #[test]
    fn schema_admits_exactly_what_is_read() {
        agrees::<Name>();
        agrees::<Label>();
        agrees::<ShipKind>();
        agrees::<Whole<1, 999>>();
        agrees::<ContactStatus>();
        agrees::<Domain>();
        agrees::<Accuracy>();
        agrees::<Coordinates>();
        agrees::<bool>();
        agrees::<Flag>();
        agrees::<Within<0, 360>>();
        agrees::<Within<0, 1000>>();
        agrees::<Within<-2000, 200_000>>();
    }

    #[test]
    fn digits_are_read_as_their_patterns_say() {
        assert!(is_read::<Icao>(&json!("0be123")) && is_read::<Icao>(&json!(778_531)));
        assert!(!is_read::<Icao>(&json!("0be12")) && !is_read::<Icao>(&json!("0be12g")));
        assert!(is_read::<Squawk>(&json!("7700")) && is_read::<Squawk>(&json!(421)));
        assert!(!is_read::<Squawk>(&json!("770")) && !is_read::<Squawk>(&json!("7780")));
    }
}
