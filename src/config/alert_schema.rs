//! JSON Schema of an alert event, as it is published and written to the alerts file: the message's own description, and what
//! each pattern declares of its figures and limits.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::schema::when;
use crate::model::{AlertMessage, Limit, LimitKind};
use crate::patterns::{ALL, Pattern};

/// Returns the schema of one event of an alert.
pub fn alert() -> Value {
    let mut schema =
        SchemaSettings::draft07().for_serialize().into_generator().into_root_schema_for::<AlertMessage<'_>>();
    without_defaults(&mut schema);
    let mut schema = schema.to_value();
    schema["$id"] = json!("urn:vigie:schema:alert:1");
    schema["title"] = json!("Vigie: alert event");
    with_patterns(&mut schema["definitions"]["AlertProperties"]);
    schema
}

/// Returns the schema of what a command prints as JSON.
pub fn of_output<T: JsonSchema>(name: &str, title: &str) -> Value {
    let mut schema = SchemaSettings::draft07().for_serialize().into_generator().into_root_schema_for::<T>();
    without_defaults(&mut schema);
    let mut schema = schema.to_value();
    schema["$id"] = json!(format!("urn:vigie:schema:{name}:1"));
    schema["title"] = json!(format!("Vigie: {title}"));
    if schema["properties"]["schema"].is_object() {
        schema["properties"]["schema"]["const"] = json!(format!("vigie.{name}/1"));
    }
    schema
}

/// Returns the schemas of the types that `add` names, and of their parts, by name, as the components of an OpenAPI document.
pub fn components(add: impl FnOnce(&mut SchemaGenerator)) -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    add(&mut generator);
    let mut components = generator.take_definitions(true);
    for schema in components.values_mut() {
        if let Ok(schema) = <&mut Schema>::try_from(schema) {
            without_defaults(schema);
            RecursiveTransform(fixed_places).transform(schema);
        }
    }
    components
}

/// Describes a list of fixed length place by place, which readers of OpenAPI make a tuple of.
fn fixed_places(schema: &mut Schema) {
    let length = |key: &str| schema.get(key).and_then(Value::as_u64);
    let (Some(least), Some(most)) = (length("minItems"), length("maxItems")) else { return };
    if least == most
        && schema.get("items").is_some_and(Value::is_object)
        && let Some(item) = schema.remove("items")
    {
        schema.insert("prefixItems".to_owned(), (0..most).map(|_| item.clone()).collect());
    }
}

/// Removes the values that readers take for what is absent: a message that this program renders lacks nothing.
fn without_defaults(schema: &mut Schema) {
    let mut remove = RecursiveTransform(|schema: &mut Schema| {
        schema.remove("default");
    });
    remove.transform(schema);
}

/// Adds what the patterns declare: their names, and the figures and limits of each.
fn with_patterns(properties: &mut Value) {
    properties["properties"]["pattern"]["enum"] = ALL.iter().map(|pattern| pattern.name).collect();
    let both = |pattern: &&Pattern| {
        [when(pattern, "limits", limits(pattern, true)), when(pattern, "measured", limits(pattern, false))]
    };
    properties["allOf"] = ALL.iter().flat_map(both).collect();
}

/// Figures or limits under the limits' names with their units; `all` of them for limits, those that were measured for figures.
fn limits(pattern: &Pattern, all: bool) -> Value {
    let value = |kind: LimitKind| match kind {
        LimitKind::OneOf(words) | LimitKind::SomeOf(words) => {
            json!({"type": "array", "items": {"type": "string", "enum": words}})
        }
        LimitKind::Codes => json!({"type": "array", "items": {"type": "string"}}),
        _ => json!({"type": ["number", "null"]}),
    };
    let described = |limit: &Limit| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::values::default_of;
    use crate::model::{LimitValue, Measure};
    use crate::sinks::event_json::tests::{WANT, sample};
    use crate::sinks::event_json::{Stamp, render};

    /// Keys that an event may leave out.
    const OPTIONAL: &[&str] = &["joins", "not_on_disk", "flood"];

    /// Types, words, and the keys of objects: those that the schema has, no more and no fewer.
    fn fits(root: &Value, schema: &Value, value: &Value, path: &str) {
        if let Some(reference) = schema["$ref"].as_str() {
            let schema = root.pointer(reference.trim_start_matches('#')).expect("a definition");
            return fits(root, schema, value, path);
        }
        let choices = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| schema[key].as_array());
        if let Some(choices) = choices.filter(|_| schema["properties"].is_null()) {
            let is_null = |choice: &&Value| choice["type"] == "null";
            let words: Vec<&Value> = choices.iter().filter_map(|choice| choice.get("const")).collect();
            if !words.is_empty() {
                assert!(words.contains(&value), "{path}: {value}");
            } else if !(value.is_null() && choices.iter().any(|choice| is_null(&choice))) {
                let choice = choices.iter().find(|choice| !is_null(choice)).expect("a choice");
                fits(root, choice, value, path);
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
        let right = |of: &Value| of == kind || (of == "number" && kind == "integer");
        assert!(types.iter().any(right), "{path}: {value} is no {types:?}");
        if let Some(words) = schema["enum"].as_array() {
            assert!(words.contains(value), "{path}: {value}");
        }
        if let Some(word) = schema.get("const") {
            assert_eq!(word, value, "{path}");
        }
        for item in value.as_array().into_iter().flatten().filter(|_| schema["items"].is_object()) {
            fits(root, &schema["items"], item, path);
        }
        if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
            let keys =
                |map: &Map<String, Value>| map.keys().cloned().collect::<std::collections::BTreeSet<_>>();
            let (has, may) = (keys(object), keys(properties));
            let absent: Vec<&str> = may.difference(&has).map(String::as_str).collect();
            assert!(
                has.is_subset(&may) && absent.iter().all(|key| OPTIONAL.contains(key)),
                "{path}: {absent:?}"
            );
            let optional = OPTIONAL.iter().filter(|key| may.contains(**key)).count();
            let required: std::collections::BTreeSet<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            assert_eq!(required.len() + optional, properties.len(), "{path}: {required:?}");
            object
                .iter()
                .for_each(|(key, value)| fits(root, &properties[key], value, &format!("{path}.{key}")));
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
        let schema = alert();
        let measure = |limit: &Limit| match default_of(limit) {
            LimitValue::Number(n) => Measure::Number(n),
            LimitValue::Words(words) => Measure::words(words),
            LimitValue::None => Measure::None,
        };
        for pattern in ALL {
            let limits = pattern.limits.iter().map(|limit| (limit.name_with_unit(), measure(limit)));
            let event = crate::model::AlertEvent {
                pattern: pattern.name.into(),
                limits: limits.collect(),
                joins: vec!["another incident".to_owned()],
                flood: Some(crate::model::FloodCount {
                    alerts: 340,
                    apart: 24,
                    radius_nm: crate::model::Decimals(11.4),
                    duration_s: crate::model::Decimals(60.0),
                }),
                ..sample()
            };
            let mut text = String::new();
            render(&event, &stamp, &mut text);
            let value: Value = serde_json::from_str(&text).expect("JSON");
            fits(&schema, &schema, &value, pattern.name);
            fits(&schema, &super::limits(pattern, true), &value["properties"]["limits"], pattern.name);
        }
        fits(&schema, &schema, &serde_json::from_str(WANT).expect("JSON"), "sample");
    }

    #[test]
    fn descriptions_are_noun_phrases() {
        let text = Value::Object(components(|generator| drop(generator.subschema_for::<AlertMessage<'_>>())))
            .to_string();
        for word in ["It", "Its", "What", "Who", "Whose", "When", "Where", "How", "Why", "Of", "And", "That"]
        {
            assert!(!text.contains(&format!("\"description\":\"{word} ")), "{word}");
        }
    }
}
