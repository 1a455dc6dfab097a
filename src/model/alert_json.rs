//! The forms in which the values of an alert stand in JSON: fixed decimals, RFC 3339 times, positions as pairs of degrees. Each
//! renders, reads back and describes itself, so that the bytes are the same on every machine.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::alert::{EndReason, Measure, TrailPoint};
use super::{Position, Time};

/// Decimals of degrees of longitude and latitude: about a metre.
const DEGREES: usize = 5;
/// The largest whole number that is rendered without a fraction; every whole number up to it is exact.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// A number that is rendered with at most `N` decimals and no trailing zeros: `4.10` is `4.1`, `-0.0` is `0`. A number that is
/// not finite is `null`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Deserialize)]
#[serde(transparent)]
pub struct Decimals<const N: usize>(pub f64);

impl<const N: usize> Serialize for Decimals<N> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        rounded(self.0, N, to)
    }
}

impl<const N: usize> JsonSchema for Decimals<N> {
    fn schema_name() -> Cow<'static, str> {
        format!("Decimals{N}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number"})
    }
}

fn rounded<S: Serializer>(value: f64, decimals: usize, to: S) -> Result<S::Ok, S::Error> {
    let rounded: f64 = format!("{value:.decimals$}").parse().unwrap_or(value);
    if !rounded.is_finite() {
        return to.serialize_none();
    }
    if rounded.fract() == 0.0 && rounded.abs() <= WHOLE {
        return to.serialize_i64(rounded as i64);
    }
    to.serialize_f64(rounded)
}

/// Names a form's schema, which stands wherever the form is used.
macro_rules! form {
    ($form:ident, $schema:tt) => {
        impl JsonSchema for $form {
            fn schema_name() -> Cow<'static, str> {
                stringify!($form).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

/// A time as RFC 3339 in whole seconds.
pub(super) struct Rfc3339;

form!(Rfc3339, {"type": "string", "format": "date-time"});

impl Rfc3339 {
    pub fn serialize<S: Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&time.rfc3339())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        time_of(&String::deserialize(from)?)
    }
}

fn time_of<E: serde::de::Error>(text: &str) -> Result<Time, E> {
    // A time that no calendar has is rendered so.
    if text == "-" {
        return Ok(Time::NEVER);
    }
    Time::parse(text).ok_or_else(|| E::custom(format_args!("\"{text}\" is not RFC 3339")))
}

/// A time as [`Rfc3339`], or null.
pub(super) struct OptionalTime;

form!(OptionalTime, {"type": ["string", "null"], "format": "date-time"});

impl OptionalTime {
    pub fn serialize<S: Serializer>(time: &Option<Time>, to: S) -> Result<S::Ok, S::Error> {
        time.map(Time::rfc3339).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Time>, D::Error> {
        Option::<String>::deserialize(from)?.map(|text| time_of(&text)).transpose()
    }
}

/// A position as longitude and latitude in degrees.
pub(super) struct LonLat;

form!(LonLat, {
    "type": "array",
    "description": "Longitude and latitude, degrees.",
    "items": {"type": "number"},
    "minItems": 2,
    "maxItems": 2,
});

impl LonLat {
    pub fn serialize<S: Serializer>(position: &Position, to: S) -> Result<S::Ok, S::Error> {
        degrees(*position).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Position, D::Error> {
        position_of(<[f64; 2]>::deserialize(from)?)
    }
}

fn degrees(position: Position) -> [Decimals<DEGREES>; 2] {
    position.lon_lat().map(Decimals)
}

fn position_of<E: serde::de::Error>([lon, lat]: [f64; 2]) -> Result<Position, E> {
    Position::new(lon, lat).ok_or_else(|| E::custom("no longitude and latitude in degrees"))
}

/// A position as [`LonLat`], or null.
pub(super) struct OptionalLonLat;

form!(OptionalLonLat, {"type": ["array", "null"], "items": {"type": "number"}, "minItems": 2, "maxItems": 2});

impl OptionalLonLat {
    pub fn serialize<S: Serializer>(position: &Option<Position>, to: S) -> Result<S::Ok, S::Error> {
        position.map(degrees).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Position>, D::Error> {
        Option::<[f64; 2]>::deserialize(from)?.map(position_of).transpose()
    }
}

/// Time, longitude, latitude, speed.
type Point<T> = (T, Decimals<DEGREES>, Decimals<DEGREES>, Option<Decimals<1>>);

impl Serialize for TrailPoint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let [lon, lat] = degrees(self.position);
        let point: Point<String> = (self.time.rfc3339(), lon, lat, self.sog_kn.map(Decimals));
        point.serialize(to)
    }
}

impl<'de> Deserialize<'de> for TrailPoint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<TrailPoint, D::Error> {
        let (time, lon, lat, sog_kn) = Point::<String>::deserialize(from)?;
        let position = position_of([lon.0, lat.0])?;
        Ok(TrailPoint { time: time_of(&time)?, position, sog_kn: sog_kn.map(|speed| speed.0) })
    }
}

impl JsonSchema for TrailPoint {
    fn schema_name() -> Cow<'static, str> {
        "AlertTrailPoint".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let time = generator.subschema_for::<Rfc3339>();
        json_schema!({
            "type": "array",
            "description": "Time, longitude and latitude in degrees, and speed over ground in knots or null.",
            "prefixItems": [time, {"type": "number"}, {"type": "number"}, {"type": ["number", "null"]}],
            "minItems": 4,
            "maxItems": 4,
        })
    }
}

/// Figures or limits as an object, in their order.
pub(super) struct Measures;

form!(Measures, {
    "type": "object",
    "additionalProperties": {
        "anyOf": [{"type": ["number", "null"]}, {"type": "array", "items": {"type": "string"}}],
    },
});

impl Measures {
    pub fn serialize<S: Serializer>(measures: &[(String, Measure)], to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(measures.len()))?;
        for (name, measure) in measures {
            map.serialize_entry(name, &Rendered { measure, decimals: decimals_of(name) })?;
        }
        map.end()
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, Measure)>, D::Error> {
        from.deserialize_map(Measures)
    }
}

/// Decimals by the unit that a name ends in.
fn decimals_of(name: &str) -> usize {
    match name.rsplit('_').next() {
        Some("s" | "m" | "ft") => 0,
        Some("kn" | "deg") => 1,
        Some("likeness") => 3,
        _ => 2,
    }
}

struct Rendered<'a> {
    measure: &'a Measure,
    decimals: usize,
}

impl Serialize for Rendered<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.measure {
            Measure::Number(value) => rounded(*value, self.decimals, to),
            Measure::Words(words) => words.serialize(to),
            Measure::None => to.serialize_none(),
        }
    }
}

impl<'de> Visitor<'de> for Measures {
    type Value = Vec<(String, Measure)>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object of numbers, lists of words and nulls")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Value {
            Number(f64),
            Words(Vec<String>),
        }
        let mut measures = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Option<Value>>()? {
            let measure = match value {
                Some(Value::Number(value)) => Measure::Number(value),
                Some(Value::Words(words)) => Measure::Words(words.into_iter().map(Cow::Owned).collect()),
                None => Measure::None,
            };
            measures.push((name, measure));
        }
        Ok(measures)
    }
}

/// Reads the reason of an end. A reason that only a newer program has reads as none: the alert is no less over.
pub(super) fn known_reason<'de, D: Deserializer<'de>>(from: D) -> Result<Option<EndReason>, D::Error> {
    let word = Option::<String>::deserialize(from)?;
    Ok(word.and_then(|word| EndReason::ALL.into_iter().find(|reason| reason.word() == word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_fixed_decimals_and_no_trailing_zeros() {
        for (value, decimals, want) in [
            (4.10, 2, "4.1"),
            (-0.001, 2, "0"),
            (100.0, 1, "100"),
            (100.0, 0, "100"),
            (-59.71, 5, "-59.71"),
            (0.00001, 5, "0.00001"),
            (3601.6, 0, "3602"),
            (0.125, 2, "0.12"),
            (f64::NAN, 1, "null"),
            (f64::INFINITY, 1, "null"),
            (0.97, 2, "0.97"),
        ] {
            let mut text = Vec::new();
            rounded(value, decimals, &mut serde_json::Serializer::new(&mut text)).expect("JSON");
            assert_eq!(String::from_utf8_lossy(&text), want, "{value}");
        }
    }
}
