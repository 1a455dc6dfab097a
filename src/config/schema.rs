//! JSON Schema (draft 7, which editors know) of the main file, rule files and list files, made from their
//! declarations.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::keys::{CENTRE_FILE, Key, Kind, LIST_FILE, MAIN, Need, POLICY_FILE, RULE, RULE_FILE, Table};
use super::values::quoted;
use crate::model::{EndReason, Limit, LimitKind, Quantity, Reason};
use crate::patterns::{ALL, Check, Pattern};
use crate::wire::track_schema;

pub use super::alert_schema::{alert, components, of_output};

/// Dialect of JSON Schema that these schemas declare.
pub(super) const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// Schema of `vigie.toml`.
pub fn main_file() -> Value {
    file("vigie", &MAIN)
}

/// Schema of a rule file.
pub fn rule_file() -> Value {
    file("rules", &RULE_FILE)
}

/// Schema of a list file.
pub fn list_file() -> Value {
    file("lists", &LIST_FILE)
}

/// Schema of a file of centres.
pub fn centre_file() -> Value {
    file("centres", &CENTRE_FILE)
}

/// Schema of a file of the policy.
pub fn policy_file() -> Value {
    file("sharing", &POLICY_FILE)
}

/// Schema of one update of a track, `format = "tracks"`.
pub fn track() -> Value {
    let mut schema = track_schema();
    schema["$id"] = json!("urn:vigie:schema:track:1");
    schema["title"] = json!("Vigie: track update");
    schema
}

/// Words of the program that the console names in every language: patterns, limits as alerts name them, reasons why a
/// pattern cannot judge, and ends of alerts.
pub fn words() -> Value {
    let patterns: Map<String, Value> =
        ALL.iter().map(|pattern| (pattern.name.to_owned(), json!(pattern.doc))).collect();
    let limits = ALL.iter().flat_map(|pattern| pattern.limits);
    let limits: BTreeMap<String, Value> = limits
        .map(|limit| {
            let unit = limit.kind.unit();
            let unit = unit.suffix().trim_start_matches('_');
            (limit.name_with_unit(), json!({"name": limit.name, "unit": unit}))
        })
        .collect();
    let reasons: Map<String, Value> =
        Reason::ALL.iter().map(|reason| (reason.word().to_owned(), json!(reason.sentence()))).collect();
    let checks: Map<String, Value> =
        Check::ALL.iter().map(|check| (check.word().to_owned(), json!(check.sentence()))).collect();
    let ends = EndReason::ALL.map(EndReason::word);
    json!({"patterns": patterns, "limits": limits, "reasons": reasons, "checks": checks, "ends": ends})
}

fn file(name: &str, declared: &'static Table) -> Value {
    let mut schema = table(declared);
    schema["$schema"] = json!(DRAFT);
    schema["$id"] = json!(format!("urn:vigie:schema:{name}"));
    schema["title"] = json!(format!("Vigie: {name}"));
    schema
}

fn table(declared: &'static Table) -> Value {
    let keys = declared.keys.iter().filter(|key| !matches!(key.kind, Kind::Refused(_)));
    let properties: Map<String, Value> = keys.map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> =
        declared.keys.iter().filter(|key| key.need == Need::Required).map(|key| key.name).collect();
    let mut schema = json!({
        "type": "object",
        "description": declared.doc,
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if std::ptr::eq(declared, &RULE) {
        schema["properties"]["pattern"]["enum"] = ALL.iter().map(|pattern| pattern.name).collect();
        schema["allOf"] = ALL.iter().map(|pattern| when(pattern, "limits", limits_of(pattern))).collect();
    }
    schema
}

/// If an object's pattern is this one, then a property of it has this schema.
pub(super) fn when(pattern: &Pattern, property: &str, schema: Value) -> Value {
    json!({
        "if": {"properties": {"pattern": {"const": pattern.name}}, "required": ["pattern"]},
        "then": {"properties": {property: schema}},
    })
}

fn property(key: &Key) -> Value {
    let mut schema = value(key.kind);
    if let Kind::Table(_) = key.kind {
        return schema;
    }
    schema["description"] = json!(key.doc);
    if let Need::Default(text) = key.need {
        schema["default"] = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    }
    schema
}

fn value(kind: Kind) -> Value {
    let text = || json!({"type": "string", "pattern": "\\S"});
    let one_or_more = |item: Value| {
        let list = json!({"type": "array", "items": item.clone(), "minItems": 1, "uniqueItems": true});
        json!({"anyOf": [item, list]})
    };
    let state = || json!({"type": "string", "pattern": "^[A-Z]{3}$"});
    match kind {
        Kind::Name => json!({"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"}),
        Kind::Texts | Kind::Audience | Kind::Filters => one_or_more(text()),
        Kind::State => state(),
        Kind::States => one_or_more(state()),
        Kind::OneOf(words) => json!({"type": "string", "enum": words}),
        Kind::SomeOf(words) => one_or_more(json!({"type": "string", "enum": words})),
        Kind::Url => json!({"type": "string", "pattern": "^mqtts?://[^@/]+/?$"}),
        Kind::Position => json!({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}),
        Kind::Metres => json!({"type": "string", "pattern": pattern_of(&Quantity::METRES)}),
        Kind::Length(_) => json!({"type": "string", "pattern": pattern_of(&Quantity::METRES)}),
        Kind::Duration(_) => json!({"type": "string", "pattern": pattern_of(&Quantity::DURATION)}),
        Kind::Angle(_) => json!({"type": "string", "pattern": pattern_of(&Quantity::ANGLE)}),
        Kind::Sector => {
            let bearing = json!({"type": "number", "minimum": 0, "maximum": 360});
            json!({"type": "array", "items": bearing, "minItems": 2, "maxItems": 2})
        }
        Kind::Count(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::Switch => json!({"type": "boolean"}),
        Kind::Mmsi => json!({"type": "integer", "minimum": 1, "maximum": 999_999_999}),
        Kind::Imo => json!({"type": "integer", "minimum": 1_000_000, "maximum": 9_999_999}),
        Kind::Table(declared) => table(declared),
        Kind::Tables(declared) => json!({"type": "array", "items": table(declared)}),
        Kind::Limits => json!({"type": "object"}),
        Kind::Text | Kind::Date | Kind::Refused(_) => text(),
    }
}

fn pattern_of(quantity: &Quantity) -> String {
    let units: Vec<&str> = quantity.units.iter().map(|(unit, _)| *unit).collect();
    format!(r"^\d+(\.\d+)? ?({})$", units.join("|"))
}

fn limits_of(pattern: &Pattern) -> Value {
    let properties: Map<String, Value> =
        pattern.limits.iter().map(|declared| (declared.name.to_owned(), limit(declared))).collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn limit(declared: &Limit) -> Value {
    let mut schema = match declared.kind {
        LimitKind::Share => json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
        LimitKind::Factor => json!({"type": "number", "exclusiveMinimum": 0}),
        LimitKind::Count => json!({"type": "integer", "minimum": 0}),
        LimitKind::OneOf(words) => json!({"type": "string", "enum": words}),
        LimitKind::Codes => json!({"type": "array", "items": {"type": "string", "pattern": "^[0-7]{4}$"}}),
        LimitKind::SomeOf(words) => value(Kind::SomeOf(words)),
        kind => {
            let pattern = kind.quantity().map(pattern_of).unwrap_or_default();
            json!({"type": "string", "pattern": pattern})
        }
    };
    if declared.is_optional {
        schema = json!({"anyOf": [schema, {"const": "none"}]});
    }
    schema["description"] = json!(declared.doc);
    schema["default"] = serde_json::from_str(&quoted(declared)).unwrap_or(Value::Null);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SHIPPED;

    /// A shipped file's value against a schema, as far as types, keys and `required` go.
    fn fits(schema: &Value, value: &toml::Value, path: &str) {
        let kind = match value {
            toml::Value::Table(_) => "object",
            toml::Value::Array(_) => "array",
            toml::Value::String(_) | toml::Value::Datetime(_) => "string",
            toml::Value::Integer(_) => "integer",
            toml::Value::Float(_) => "number",
            toml::Value::Boolean(_) => "boolean",
        };
        let empty = vec![schema.clone()];
        let choices = schema["anyOf"].as_array().unwrap_or(&empty);
        let chosen = choices.iter().find(|choice| {
            choice["type"] == kind
                || (choice["type"] == "number" && kind == "integer")
                || choice["const"].as_str().is_some_and(|c| Some(c) == value.as_str())
        });
        let schema = chosen.unwrap_or_else(|| panic!("{path} is {kind}, not {schema}"));
        match value {
            toml::Value::Table(table) => {
                for required in schema["required"].as_array().into_iter().flatten() {
                    assert!(table.contains_key(required.as_str().expect("a key")), "{path} lacks {required}");
                }
                let pattern = table.get("pattern").and_then(|p| p.as_str()).unwrap_or("");
                for (key, value) in table {
                    let mut property = &schema["properties"][key];
                    if key == "limits" {
                        let of = |c: &&Value| c["if"]["properties"]["pattern"]["const"] == pattern;
                        let then = schema["allOf"].as_array().and_then(|all| all.iter().find(of));
                        property = &then.expect("limits of each pattern")["then"]["properties"]["limits"];
                    }
                    assert!(property.is_object(), "{path}.{key} is not in the schema");
                    fits(property, value, &format!("{path}.{key}"));
                }
            }
            toml::Value::Array(items) => items.iter().for_each(|item| fits(&schema["items"], item, path)),
            _ => {}
        }
    }

    #[test]
    fn shipped_files_fit() {
        let read = |name: &str| {
            let text = SHIPPED.get_file(name).and_then(|file| file.contents_utf8()).expect("ships");
            toml::Value::Table(text.parse().expect("TOML"))
        };
        fits(&main_file(), &read("vigie.toml"), "vigie.toml");
        for (folder, schema) in [("rules", rule_file()), ("lists", list_file())] {
            for file in SHIPPED.get_dir(folder).expect("ships").files() {
                let name = file.path().to_string_lossy();
                fits(&schema, &read(&name), &name);
            }
        }
    }

    #[test]
    fn defaults_fit_their_own_type() {
        for pattern in ALL {
            for declared in pattern.limits {
                assert!(!limit(declared)["default"].is_null(), "{} {}", pattern.name, declared.name);
            }
        }
    }
}
