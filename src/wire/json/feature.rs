//! A track update as a GeoJSON Feature: each property has one type, which reads it and describes it in the JSON Schema
//! (`docs/schema/track.schema.json`).

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::loose::Loose;
use super::meaning::{Coordinates, Flag, Label, Meaning, Name, ShipKind, Whole, Within};
use crate::model::{Accuracy, ContactStatus, Domain, Icao, Squawk, Time};
use crate::wire::radar::SPEED_MAX_KN;

/// One update of a track by a sensor: a GeoJSON Feature.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline, transform = feature_type)]
pub(super) struct Feature<'a> {
    /// Name of the track where the property `track` is absent.
    #[serde(borrow, default)]
    pub id: Property<'a, Name>,
    /// Position; null for a track that is lost.
    #[serde(borrow)]
    pub geometry: Option<Geometry<'a>>,
    /// Properties of the update. Properties of other names are skipped.
    #[serde(borrow)]
    #[schemars(required)]
    pub properties: Option<Properties<'a>>,
}

/// Position of a Feature.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline, transform = point_type)]
pub(super) struct Geometry<'a> {
    /// Longitude and latitude, degrees; further numbers are skipped.
    #[serde(borrow, default)]
    pub coordinates: Property<'a, Coordinates>,
}

/// Properties of a Feature.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub(super) struct Properties<'a> {
    /// Name that the sensor gives to the target.
    #[serde(borrow)]
    pub track: Property<'a, Name>,
    /// Time of the measurement: RFC 3339, or seconds or milliseconds since 1970.
    #[serde(borrow)]
    pub time: Property<'a, Time>,
    /// Stage of the track's life; absent: tracking.
    #[serde(borrow)]
    pub status: Property<'a, ContactStatus>,
    /// At sea or in the air.
    #[serde(borrow)]
    pub domain: Property<'a, Domain>,
    /// Standard deviation of the position, metres: one number, or along an axis, across it, and the axis in degrees true.
    #[serde(borrow)]
    pub accuracy_m: Property<'a, Accuracy>,
    /// Speed over ground, knots.
    #[serde(borrow)]
    pub sog_kn: Property<'a, Within<0, { SPEED_MAX_KN as i32 }>>,
    /// Course over ground, degrees true.
    #[serde(borrow)]
    pub cog_deg: Property<'a, Within<0, 360>>,
    /// Larger extent of the target, metres.
    #[serde(borrow)]
    pub size_m: Property<'a, Within<0, 1000>>,
    /// Pressure altitude, feet.
    #[serde(borrow)]
    pub altitude_ft: Property<'a, Within<-2000, 200_000>>,
    /// ICAO 24-bit address.
    #[serde(borrow)]
    pub icao: Property<'a, Icao>,
    /// Mode 3/A code, four octal digits.
    #[serde(borrow)]
    pub squawk: Property<'a, Squawk>,
    /// A transponder answered the sensor; false where the sensor asks and got no answer.
    #[serde(borrow)]
    pub answered: Property<'a, bool>,
    /// Name for people.
    #[serde(borrow)]
    pub label: Property<'a, Name>,
    /// Name of one sensor of the feed.
    #[serde(borrow)]
    pub station: Property<'a, Name>,
    /// Name of the track where `track` and the Feature's `id` are absent.
    #[serde(borrow)]
    pub key: Property<'a, Name>,
    /// True: the target does not transmit, whatever identity stands beside it.
    #[serde(borrow)]
    pub dark: Property<'a, Flag>,
    /// MMSI of a vessel that transmits: the Feature is then about that vessel, and no contact of a radar.
    #[serde(borrow)]
    pub mmsi: Property<'a, Whole<1, 999_999_999>>,
    /// IMO number of the vessel; with mmsi.
    #[serde(borrow)]
    pub imo: Property<'a, Whole<1_000_000, 9_999_999>>,
    /// Name of the vessel; with mmsi.
    #[serde(borrow)]
    pub name: Property<'a, Label>,
    /// Call sign of the vessel; with mmsi.
    #[serde(borrow)]
    pub call_sign: Property<'a, Label>,
    /// Type of the vessel, as a word of rules or as an AIS code; with mmsi.
    #[serde(borrow)]
    pub ship_type: Property<'a, ShipKind>,
    /// Length overall of the vessel, metres; with mmsi.
    #[serde(borrow)]
    pub length_m: Property<'a, Whole<0, 1000>>,
    /// Heading of the vessel, degrees true; with mmsi.
    #[serde(borrow)]
    pub heading_deg: Property<'a, Within<0, 360>>,
    /// Destination of the vessel; with mmsi.
    #[serde(borrow)]
    pub destination: Property<'a, Label>,
}

/// Returns the JSON Schema of a track update.
pub fn track_schema() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Feature<'_>>().to_value()
}

fn feature_type(schema: &mut Schema) {
    require(schema, "Feature", "properties");
}

fn point_type(schema: &mut Schema) {
    require(schema, "Point", "coordinates");
}

/// Requires a member of a GeoJSON object, and its `type`. The type is not read: the member tells what the object is.
fn require(schema: &mut Schema, name: &str, member: &str) {
    schema.insert("required".to_owned(), json!(["type", member]));
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("type".to_owned(), json!({"const": name}));
    }
}

/// A property as it is written, of the meaning `M`. A value of a wrong type must not cost the other properties.
pub(super) struct Property<'a, M>(Loose<'a>, PhantomData<M>);

impl<'a, M: Meaning> Property<'a, M> {
    /// Whether there is no such property, or it is `null`.
    pub fn is_absent(&self) -> bool {
        self.0 == Loose::Absent
    }

    /// Returns the value as it is written.
    pub fn written(&self) -> &Loose<'a> {
        &self.0
    }

    /// Returns the value; `None` where it is absent or illegal. An illegal value is counted.
    pub fn read(&self, illegal: &mut u32) -> Option<M::Value> {
        self.0.read(illegal, M::read)
    }
}

impl<M> Default for Property<'_, M> {
    fn default() -> Self {
        Property(Loose::Absent, PhantomData)
    }
}

impl<'de: 'a, 'a, M> Deserialize<'de> for Property<'a, M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Property(Loose::deserialize(deserializer)?, PhantomData))
    }
}

impl<M: Meaning> JsonSchema for Property<'_, M> {
    fn schema_name() -> Cow<'static, str> {
        std::any::type_name::<M>().into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::try_from(M::schema()).unwrap_or_default()
    }
}
