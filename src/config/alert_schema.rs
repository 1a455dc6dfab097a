//! JSON Schema of an alert event, as it is published and written to the alerts file.

use serde_json::{Map, Value, json};

use super::schema::{DRAFT, when};
use super::zones::STATUSES;
use crate::model::{Certainty, EndReason, LimitKind, Phase, Severity, ShipType, ZoneKind};
use crate::patterns::{ALL, Pattern};

/// Schema of one event of an alert.
pub fn alert() -> Value {
    json!({
        "$schema": DRAFT,
        "$id": "urn:vigie:schema:alert:1",
        "title": "Vigie: alert event",
        "description": "One event in the life of an alert: a GeoJSON Feature. An alert is a reason to look; no finding of an offence, no ground to board, never a targeting input.",
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": "string", "format": "uuid", "description": "UUID v5, frozen when first raised. (node, id, seq) is unique."},
            "geometry": {
                "type": "object",
                "required": ["type", "coordinates"],
                "properties": {"type": {"const": "Point"}, "coordinates": position()},
            },
            "properties": properties(),
        },
    })
}

fn properties() -> Value {
    let mut schema = object(
        "",
        &[
            ("schema", json!({"const": "vigie.alert/1"})),
            ("node", text("The node that raised it.")),
            ("state", text("The node's State, ISO 3166-1 alpha-3.")),
            ("exercise", nullable("string", "The exercise's name; null for the real thing.")),
            ("marking", text("Protective marking: the highest of the feeds and zones that it rests on.")),
            (
                "releasable_to",
                json!({"type": "array", "items": {"type": "string"}, "description": "States, ISO 3166-1 alpha-3, that it may be released to; the node's own is one."}),
            ),
            ("seq", json!({"type": "integer", "minimum": 1, "description": "Counts this alert's events."})),
            ("pattern", words(ALL.iter().map(|pattern| pattern.name), "The pattern.")),
            ("rule", text("The rule's name.")),
            ("rules_hash", text("Digest of the rule as in force.")),
            (
                "phase",
                words([Phase::Raised, Phase::Updated, Phase::Ended].map(Phase::word), "Where in its life."),
            ),
            ("end_reason", or_null(words(END_REASONS.map(EndReason::word), "Why it ended."))),
            ("severity", words(Severity::ALL.map(Severity::word), "CAP 1.2, in lower case.")),
            ("certainty", words(CERTAINTIES.map(Certainty::word), "CAP 1.2, in lower case.")),
            ("onset", time("When the behaviour began.")),
            ("time", time("Event time of this event.")),
            ("ended", or_null(time("The last report that still fulfilled it."))),
            (
                "subjects",
                json!({"type": "array", "minItems": 1, "items": subject(), "description": "The parties, in key order."}),
            ),
            (
                "zones",
                json!({"type": "array", "items": zone(), "description": "Zones that the position is in."}),
            ),
            ("place", place()),
            (
                "not_judged",
                json!({"type": "array", "items": {"type": "string"}, "description": "What could not be judged."}),
            ),
            ("incident", nullable("string", "The incident it belongs to: an alert's id.")),
            (
                "measured",
                json!({"type": "object", "description": "Figures under the limits' names with their units."}),
            ),
            ("limits", json!({"type": "object", "description": "The rule's limits, likewise."})),
            ("summary", text("The sentence for the officer.")),
            ("evidence", evidence()),
        ],
    );
    let both = |pattern: &&Pattern| {
        [when(pattern, "limits", limits(pattern, true)), when(pattern, "measured", limits(pattern, false))]
    };
    schema["allOf"] = ALL.iter().flat_map(both).collect();
    schema
}

const END_REASONS: [EndReason; 7] = [
    EndReason::Left,
    EndReason::Moved,
    EndReason::Parted,
    EndReason::Lost,
    EndReason::Reappeared,
    EndReason::Identified,
    EndReason::RuleChanged,
];

const CERTAINTIES: [Certainty; 4] =
    [Certainty::Observed, Certainty::Likely, Certainty::Possible, Certainty::Unlikely];

/// Under the limits' names with their units; `all` of them for limits, those that were measured for figures.
fn limits(pattern: &Pattern, all: bool) -> Value {
    let value = |kind: LimitKind| match kind {
        LimitKind::OneOf(words) | LimitKind::SomeOf(words) => {
            json!({"type": "array", "items": {"type": "string", "enum": words}})
        }
        LimitKind::Codes => json!({"type": "array", "items": {"type": "string"}}),
        _ => json!({"type": ["number", "null"]}),
    };
    let described = |limit: &crate::model::Limit| {
        let mut schema = value(limit.kind);
        schema["description"] = json!(limit.doc);
        (limit.name_with_unit(), schema)
    };
    let properties: Map<String, Value> = pattern.limits.iter().map(described).collect();
    let mut schema = json!({"type": "object"});
    if all {
        schema["required"] = properties.keys().cloned().collect();
        schema["additionalProperties"] = json!(false);
    }
    schema["properties"] = Value::Object(properties);
    schema
}

fn subject() -> Value {
    object(
        "A party, as it stood at the event. Identity is what the vessel claims.",
        &[
            ("track", text("Subject key, such as mmsi:314001000.")),
            ("domain", words(["surface", "air"], "Where it moves.")),
            ("mmsi", nullable("integer", "MMSI.")),
            ("imo", nullable("integer", "IMO number.")),
            ("name", nullable("string", "Name.")),
            ("call_sign", nullable("string", "Call sign.")),
            ("ship_type", or_null(words(ShipType::WORDS.iter().copied(), "Ship type."))),
            ("length_m", nullable("number", "Length, metres.")),
            (
                "flag",
                nullable(
                    "string",
                    "State of the MMSI's first digits or of the ICAO address, ISO 3166-1 alpha-3.",
                ),
            ),
            (
                "dark",
                json!({"type": "boolean", "description": "Seen by a sensor, not explained by AIS; of aircraft, by no transponder."}),
            ),
            (
                "formerly",
                json!({
                    "type": "array",
                    "items": object(
                        "Who it was on AIS.",
                        &[
                            ("mmsi", json!({"type": "integer", "description": "MMSI."})),
                            ("name", nullable("string", "Name.")),
                            ("until", time("Its last word.")),
                        ],
                    ),
                    "description": "Who a dark craft was, as far as it was on AIS before.",
                }),
            ),
            ("position", or_null(position())),
            ("position_time", or_null(time("When it was there."))),
            ("accuracy_m", nullable("number", "Accuracy of the position, metres.")),
            ("source", text("What saw it: ais, radar …")),
            ("sog_kn", nullable("number", "Speed over ground, knots.")),
            ("cog_deg", nullable("number", "Course over ground, degrees true.")),
            ("icao", nullable("string", "Aircraft: ICAO 24-bit address, six hexadecimal digits.")),
            ("squawk", nullable("string", "Aircraft: Mode 3/A code.")),
            (
                "altitude_ft",
                nullable("number", "Aircraft: pressure altitude, else height over the ellipsoid; feet."),
            ),
        ],
    )
}

fn zone() -> Value {
    object(
        "A zone, with its legal status where stated.",
        &[
            ("id", text("Its id.")),
            ("kind", words(ZoneKind::ALL.map(ZoneKind::word), "Its kind.")),
            ("state", nullable("string", "The State it belongs to.")),
            ("name", text("Its name.")),
            ("status", or_null(words(STATUSES, "Legal status."))),
        ],
    )
}

fn place() -> Value {
    object(
        "Where, in an officer's terms.",
        &[
            ("from", nullable("string", "A named place nearby.")),
            ("bearing_deg", nullable("number", "Bearing from that place, degrees true.")),
            ("distance_nm", nullable("number", "Distance from that place, nautical miles.")),
            ("to_coast_nm", nullable("number", "Distance to the nearest coast, nautical miles.")),
        ],
    )
}

fn evidence() -> Value {
    object(
        "What it rests on.",
        &[
            (
                "reports",
                json!({"type": "integer", "minimum": 0, "description": "Reports of the subjects since the onset."}),
            ),
            ("first", time("The first of them.")),
            ("last", time("The last of them.")),
            (
                "feeds",
                json!({"type": "array", "items": {"type": "string"}, "description": "Feeds that brought them."}),
            ),
            (
                "trail",
                json!({
                    "type": "array",
                    "description": "Points of the first subject's way: time, longitude, latitude, speed over ground in knots or null.",
                    "items": {"type": "array", "minItems": 4, "maxItems": 4, "items": [
                        {"type": "string", "format": "date-time"}, {"type": "number"}, {"type": "number"}, {"type": ["number", "null"]},
                    ]},
                }),
            ),
        ],
    )
}

/// An object that has all of these properties.
fn object(description: &str, properties: &[(&str, Value)]) -> Value {
    let required: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "description": description, "required": required, "properties": properties})
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn time(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

fn nullable(kind: &str, description: &str) -> Value {
    json!({"type": [kind, "null"], "description": description})
}

fn or_null(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>, description: &str) -> Value {
    let words: Vec<&str> = words.into_iter().collect();
    json!({"type": "string", "enum": words, "description": description})
}

fn position() -> Value {
    json!({
        "type": "array",
        "description": "Longitude and latitude, degrees.",
        "items": {"type": "number"},
        "minItems": 2,
        "maxItems": 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::event_json::{Stamp, render};
    use crate::config::values::default_of;
    use crate::model::{
        AlertEvent, Evidence, LimitValue, Measure, Place, Position, Subject, Time, TrailPoint, ZoneRef,
    };

    fn event(pattern: &Pattern) -> AlertEvent {
        let (at, position) = (Time::from_secs(0), Position::default());
        let measure = |limit: &crate::model::Limit| match default_of(limit) {
            LimitValue::Number(n) => Measure::Number(n),
            LimitValue::Words(words) => Measure::Words(words),
            LimitValue::None => Measure::None,
        };
        let limits = pattern.limits.iter().map(|limit| (limit.name_with_unit(), measure(limit))).collect();
        let place = Place { from: None, bearing_deg: None, distance_nm: None, to_coast_nm: None };
        let zone = ZoneRef {
            id: String::new(),
            kind: "port",
            state: String::new(),
            name: String::new(),
            status: None,
        };
        let trail = vec![TrailPoint { time: at, position, sog_kn: None }];
        AlertEvent {
            id: String::new(),
            seq: 1,
            pattern: pattern.name,
            rule: String::new(),
            rules_hash: String::new(),
            phase: Phase::Raised,
            end_reason: None,
            severity: Severity::Minor,
            certainty: Certainty::Observed,
            onset: at,
            time: at,
            ended: None,
            subjects: vec![Subject {
                track: String::new(),
                domain: "surface",
                mmsi: None,
                imo: None,
                name: None,
                call_sign: None,
                ship_type: None,
                length_m: None,
                flag: None,
                dark: false,
                formerly: None,
                position: Some((position, at)),
                accuracy_m: None,
                source: "ais",
                sog_kn: None,
                cog_deg: None,
                icao: None,
                squawk: None,
                altitude_ft: None,
            }],
            position,
            zones: vec![zone],
            place,
            not_judged: Vec::new(),
            incident: None,
            measured: Vec::new(),
            limits,
            summary: String::new(),
            evidence: Evidence { reports: 0, first: at, last: at, feeds: Vec::new(), trail },
        }
    }

    /// Types, words, and the keys of objects: those that the schema has, no more and no fewer.
    fn fits(schema: &Value, value: &Value, path: &str) {
        if let Some(choices) = schema["anyOf"].as_array() {
            let choice = choices.iter().find(|choice| choice["type"] != "null");
            if !value.is_null() {
                fits(choice.expect("a choice"), value, path);
            }
            return;
        }
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(n) if n.is_u64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let types = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
        let constant = schema.get("const");
        assert!(
            constant.map_or(types.iter().any(|t| t == kind || (t == "number" && kind == "integer")), |c| c
                == value),
            "{path}: {value} is no {types:?}"
        );
        if let Some(words) = schema["enum"].as_array() {
            assert!(words.contains(value), "{path}: {value}");
        }
        for item in value.as_array().into_iter().flatten().filter(|_| schema["items"].is_object()) {
            fits(&schema["items"], item, path);
        }
        if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
            let keys =
                |map: &Map<String, Value>| map.keys().cloned().collect::<std::collections::BTreeSet<_>>();
            assert_eq!(keys(object), keys(properties), "{path}");
            object.iter().for_each(|(key, value)| fits(&properties[key], value, &format!("{path}.{key}")));
        }
    }

    #[test]
    fn what_is_published_fits() {
        let stamp = Stamp {
            node: "n".to_owned(),
            state: "BRB".to_owned(),
            exercise: None,
            marks: Default::default(),
        };
        for pattern in ALL {
            let mut text = String::new();
            render(&event(pattern), &stamp, &mut text);
            let value: Value = serde_json::from_str(&text).expect("JSON");
            fits(&alert(), &value, pattern.name);
            let properties = &value["properties"];
            fits(&limits(pattern, true), &properties["limits"], pattern.name);
        }
    }
}
