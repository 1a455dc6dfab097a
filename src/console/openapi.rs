//! The description of the API, OpenAPI 3.1: utoipa's, made from the routes, and with it the schemas that schemars makes of the
//! types that are not the console's alone.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr};

use crate::config::change::Change;
use crate::config::schema::components;
use crate::model::{AlertMessage, Mark, Outcome, Severity};
use crate::scenario::labels::Verdict;
use crate::wire::actions::Asked;

/// Returns the whole description, as JSON.
pub(super) fn described(routes: OpenApi) -> Value {
    let mut description = serde_json::to_value(routes).unwrap_or_default();
    let mut shared = components(|generator| {
        generator.subschema_for::<AlertMessage<'_>>();
        generator.subschema_for::<Mark>();
        generator.subschema_for::<Outcome>();
        generator.subschema_for::<Asked>();
        generator.subschema_for::<Change>();
        generator.subschema_for::<Verdict>();
    });
    if let Some(asked) = shared.remove(&*Asked::schema_name()) {
        shared.insert("Action".to_owned(), action(asked));
    }
    describe_responses(&mut description["paths"]);
    if let Some(schemas) = description["components"]["schemas"].as_object_mut() {
        schemas.append(&mut shared);
        sort(schemas);
    }
    description
}

/// Gives every response that says no more the name of its status, because the standard asks for a description.
fn describe_responses(paths: &mut Value) {
    let operations = paths.as_object_mut().into_iter().flatten().flat_map(|(_, path)| path.as_object_mut());
    let all = operations.flatten().filter_map(|(_, operation)| operation["responses"].as_object_mut());
    for (code, response) in all.flatten() {
        let status = code.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
        let name = status.and_then(|status| status.canonical_reason()).unwrap_or("Response");
        if let Some(response) = response.as_object_mut() {
            response.entry("description").or_insert_with(|| name.into());
        }
    }
}

/// Puts schemas into the order of their names.
fn sort(schemas: &mut Map<String, Value>) {
    let mut all: Vec<(String, Value)> = std::mem::take(schemas).into_iter().collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    schemas.extend(all);
}

/// An action as the console takes it: one alert or several, and the officer where nobody logs in.
fn action(mut asked: Value) -> Value {
    let mut variants = asked["oneOf"].take();
    if let Some(variants) = variants.as_array_mut() {
        // Receipts come over MQTT alone.
        variants.retain(|variant| variant["properties"]["action"]["const"] != "received");
        variants.iter_mut().filter_map(Value::as_object_mut).for_each(free);
    }
    json!({
        "description": "An officer's action, as docs/mqtt.md has it, on one alert or several.",
        "allOf": [
            {
                "type": "object",
                "properties": {
                    "alerts": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Ids of several alerts, in place of alert.",
                    },
                    "by": {"type": "string", "description": "Name of the officer, where no users are configured."},
                },
            },
            {"oneOf": variants},
        ],
    })
}

/// Lets a request leave out what may be null, and the alert where it names several.
fn free(variant: &mut Map<String, Value>) {
    variant.remove("additionalProperties");
    let properties = variant.get("properties").cloned().unwrap_or_default();
    let may_be_null = |key: &Value| {
        let kinds = key.as_str().and_then(|key| properties[key]["type"].as_array());
        kinds.is_some_and(|kinds| kinds.contains(&json!("null")))
    };
    if let Some(required) = variant.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|key| key != "alert" && !may_be_null(key));
    }
}

/// Refers to an alert event's schema.
pub(super) fn alert() -> RefOr<Schema> {
    reference(&AlertMessage::schema_name())
}

/// Refers to the schema of an outcome.
pub(super) fn outcome() -> RefOr<Schema> {
    reference(&Outcome::schema_name())
}

/// Refers to the schema of a verdict about an alert.
pub(super) fn verdict() -> RefOr<Schema> {
    reference(&Verdict::schema_name())
}

/// Describes a list of changes of rules.
pub(super) fn changes() -> RefOr<Schema> {
    RefOr::T(Schema::Array(ArrayBuilder::new().items(reference(&Change::schema_name())).build()))
}

/// Refers to the schema of a severity.
pub(super) fn severity() -> RefOr<Schema> {
    reference(&Severity::schema_name())
}

fn reference(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

/// A list of numbers with a fixed place for each: `n` a number, `?` a number or null.
pub(super) fn tuple(places: &str) -> RefOr<Schema> {
    let number = |place: char| {
        let schema_type = match place {
            '?' => SchemaType::Array(vec![Type::Number, Type::Null]),
            _ => SchemaType::Type(Type::Number),
        };
        Schema::Object(ObjectBuilder::new().schema_type(schema_type).build())
    };
    let places: Vec<Schema> = places.chars().map(number).collect();
    let count = places.len();
    let list = ArrayBuilder::new()
        .prefix_items(places)
        .items(ArrayItems::False)
        .min_items(Some(count))
        .max_items(Some(count));
    RefOr::T(Schema::Array(list.build()))
}

/// A schema with the officer who acted, the time, and the centre.
pub(super) fn with_officer(name: &str) -> RefOr<Schema> {
    let text = |schema_type: Type, description: &str| {
        ObjectBuilder::new().schema_type(schema_type).description(Some(description)).build()
    };
    let centre = ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
        .description(Some("Centre that put it on the picture; null for this one."));
    let officer = ObjectBuilder::new()
        .property("by", text(Type::String, "Name of the officer."))
        .required("by")
        .property("time", text(Type::Integer, "Time, milliseconds UTC."))
        .required("time")
        .property("centre", centre.build())
        .required("centre");
    let all = utoipa::openapi::AllOfBuilder::new().item(reference(name)).item(officer.build());
    RefOr::T(Schema::AllOf(all.build()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every description in a document, with its path.
    fn descriptions(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    if let ("description" | "summary", Some(text)) = (key.as_str(), value.as_str()) {
                        found.push((path.to_owned(), text.to_owned()));
                    }
                    descriptions(value, &format!("{path}/{key}"), found);
                }
            }
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(i, item)| descriptions(item, &format!("{path}/{i}"), found));
            }
            _ => {}
        }
    }

    #[test]
    fn no_description_begins_with_a_pronoun() {
        let document: Value = serde_json::from_str(&super::super::http::openapi()).expect("JSON");
        let mut found = Vec::new();
        descriptions(&document, "", &mut found);
        assert!(found.len() > 200, "{}", found.len());
        let pronouns = [
            "It", "Its", "They", "This", "That", "What", "Who", "Whom", "Whose", "When", "Where", "How",
            "Why", "Which", "Of", "And", "Or", "As", "Both", "So", "To", "Here", "There", "…",
        ];
        let first = |text: &str| text.split([' ', '.', ',']).next().unwrap_or_default().to_owned();
        let wrong: Vec<_> =
            found.iter().filter(|(_, text)| pronouns.contains(&first(text).as_str())).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn every_response_has_a_description() {
        let document: Value = serde_json::from_str(&super::super::http::openapi()).expect("JSON");
        let paths = document["paths"].as_object().expect("paths");
        let operations =
            paths.values().flat_map(|path| path.as_object().into_iter().flat_map(|path| path.values()));
        let responses =
            operations.flat_map(|operation| operation["responses"].as_object().into_iter().flatten());
        let count =
            responses.map(|(code, response)| assert!(response["description"].is_string(), "{code}")).count();
        assert!(count > 40, "{count}");
    }

    #[test]
    fn every_reference_has_its_schema() {
        let document: Value = serde_json::from_str(&super::super::http::openapi()).expect("JSON");
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
    }
}
