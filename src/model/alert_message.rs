//! An alert event as it is published: `vigie.alert/1`, a GeoJSON Feature. The journal, the console, the score and every sink
//! render it and read it back by this type alone.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::alert_json::LonLat;
use super::{AlertEvent, Position};

/// An alert event with the node that raised it, and its marking.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertMessage<'a> {
    /// Node that raised the alert.
    pub node: Cow<'a, str>,
    /// State of the node, ISO 3166-1 alpha-3.
    pub state: Cow<'a, str>,
    /// Name of the exercise; `None` for the real thing.
    pub exercise: Option<Cow<'a, str>>,
    /// Protective marking.
    pub marking: Cow<'a, str>,
    /// States, bodies, centres and communities that the alert may be released to.
    pub releasable_to: Vec<Cow<'a, str>>,
    /// The event.
    pub event: Cow<'a, AlertEvent>,
}

impl AlertMessage<'_> {
    /// Reads a message. Pattern, rule, phase, subjects, onset and time are required; what else is absent gets a default, so that
    /// an alert of an older program, or of another one that is scored, is read too.
    ///
    /// # Errors
    /// The text is no JSON, or no alert event.
    pub fn read(text: &str) -> Result<AlertMessage<'static>, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Marks a rendered message as one that the disk does not take.
    pub fn marked_not_on_disk(text: &str) -> String {
        let mut value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        if let Some(properties) = value.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
            properties.insert("not_on_disk".to_owned(), true.into());
        }
        value.to_string()
    }

    /// Whether a rendered message is marked as one that the disk does not take.
    pub fn is_not_on_disk(text: &str) -> bool {
        let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        value["properties"]["not_on_disk"] == true
    }

    /// Renders the message as one line of JSON, without a line end.
    pub fn render(&self) -> String {
        // Text, numbers and maps with text keys cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// One event in the life of an alert: a GeoJSON Feature. An alert is a reason to look; no finding of an offence, no ground to
/// board, never a targeting input.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Alert")]
struct Feature<'a> {
    /// GeoJSON type.
    #[serde(rename = "type", default)]
    kind: FeatureType,
    /// UUID v5, frozen when first raised. Node, id and seq together are unique.
    #[serde(default)]
    #[schemars(extend("format" = "uuid"))]
    id: Cow<'a, str>,
    /// Position of the alert.
    #[serde(default)]
    geometry: Point,
    /// Properties of the event.
    properties: Properties<'a>,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
enum FeatureType {
    #[default]
    Feature,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AlertPoint")]
struct Point {
    /// GeoJSON type.
    #[serde(rename = "type", default)]
    kind: PointType,
    /// Longitude and latitude, degrees.
    #[serde(with = "LonLat")]
    coordinates: Position,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
enum PointType {
    #[default]
    Point,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
enum Version {
    #[default]
    #[serde(rename = "vigie.alert/1")]
    One,
}

/// Properties of an alert event.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AlertProperties")]
struct Properties<'a> {
    /// Version of this schema.
    #[serde(default)]
    schema: Version,
    /// Node that raised the alert.
    #[serde(default)]
    node: Cow<'a, str>,
    /// State of the node, ISO 3166-1 alpha-3; or the body that runs it, such as JRCC.
    #[serde(default)]
    state: Cow<'a, str>,
    /// Name of the exercise; null for the real thing.
    #[serde(default)]
    exercise: Option<Cow<'a, str>>,
    /// Protective marking: the highest of the feeds, zones and list entries that the alert rests on.
    #[serde(default)]
    marking: Cow<'a, str>,
    /// States (ISO 3166-1 alpha-3), bodies, centres and communities (`community:rss`) that the alert may be released to; the
    /// node's own State or body is one.
    #[serde(default)]
    releasable_to: Vec<Cow<'a, str>>,
    /// True where the disk of the node does not take the alert. The same event follows without this mark once it is on disk.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    not_on_disk: bool,
    #[serde(flatten)]
    event: Cow<'a, AlertEvent>,
}

impl Serialize for AlertMessage<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let feature = Feature {
            kind: FeatureType::Feature,
            id: Cow::Borrowed(&self.event.id),
            geometry: Point { kind: PointType::Point, coordinates: self.event.position },
            properties: Properties {
                schema: Version::One,
                node: Cow::Borrowed(&self.node),
                state: Cow::Borrowed(&self.state),
                exercise: self.exercise.as_deref().map(Cow::Borrowed),
                marking: Cow::Borrowed(&self.marking),
                releasable_to: self.releasable_to.iter().map(|state| Cow::Borrowed(&**state)).collect(),
                not_on_disk: false,
                event: Cow::Borrowed(&self.event),
            },
        };
        feature.serialize(to)
    }
}

impl<'de> Deserialize<'de> for AlertMessage<'static> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Feature { id, geometry, properties: read, .. } = Feature::deserialize(from)?;
        let event =
            AlertEvent { id: id.into_owned(), position: geometry.coordinates, ..read.event.into_owned() };
        Ok(AlertMessage {
            node: read.node,
            state: read.state,
            exercise: read.exercise,
            marking: read.marking,
            releasable_to: read.releasable_to,
            event: Cow::Owned(event),
        })
    }
}

impl JsonSchema for AlertMessage<'_> {
    fn schema_name() -> Cow<'static, str> {
        Feature::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Feature::json_schema(generator)
    }
}
