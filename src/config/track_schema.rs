//! JSON Schema of a track update, `format = "tracks"`.

use serde_json::{Value, json};

use super::schema::DRAFT;

/// Schema of one Feature.
pub fn track() -> Value {
    let number = |least: f64, most: f64, doc: &str| json!({"type": "number", "minimum": least, "maximum": most, "description": doc});
    let words = |words: &[&str], doc: &str| json!({"type": "string", "enum": words, "description": doc});
    let name = |doc: &str| json!({"type": ["string", "integer"], "description": doc});
    let sigma = json!({"type": "number", "exclusiveMinimum": 0, "maximum": 100_000});
    let axis = json!({"type": "number", "minimum": 0, "maximum": 360});
    json!({
        "$schema": DRAFT,
        "$id": "urn:vigie:schema:track:1",
        "title": "Vigie: track update",
        "description": "One word of a sensor about one of its targets: a GeoJSON Feature.",
        "type": "object",
        "required": ["type", "properties"],
        "properties": {
            "type": {"const": "Feature"},
            "id": name("Stands for an absent track."),
            "geometry": {
                "description": "Where it is; null for a track that is lost.",
                "type": ["object", "null"],
                "required": ["type", "coordinates"],
                "properties": {
                    "type": {"const": "Point"},
                    "coordinates": {"type": "array", "minItems": 2, "items": {"type": "number"}},
                },
            },
            "properties": {
                "type": "object",
                "properties": {
                    "track": name("The sensor's name for the target."),
                    "time": {
                        "type": ["string", "number"],
                        "description": "When it was measured: RFC 3339, or seconds or milliseconds since 1970.",
                    },
                    "status": words(&["acquiring", "tracking", "coasting", "lost"], "Where it is in its life; absent: tracking."),
                    "domain": words(&["surface", "air"], "At sea or in the air."),
                    "sog_kn": number(0.0, 1000.0, "Speed over ground, knots."),
                    "cog_deg": number(0.0, 360.0, "Course over ground, degrees true."),
                    "accuracy_m": {
                        "description": "Standard deviation of the position, metres: one number, or along an axis, across it, and the axis in degrees true.",
                        "anyOf": [sigma, {"type": "array", "items": [sigma, sigma, axis], "minItems": 3, "maxItems": 3}],
                    },
                    "size_m": number(0.0, 1000.0, "Its larger extent, metres."),
                    "altitude_ft": number(-2000.0, 200_000.0, "Pressure altitude, feet."),
                    "mmsi": number(1.0, 999_999_999.0, "MMSI of a vessel that transmits: the Feature is then about that vessel, and no contact of a radar."),
                    "dark": {"type": "boolean", "description": "The target does not transmit, whatever identity stands beside it."},
                    "name": name("Name of the vessel; with mmsi."),
                    "call_sign": name("Call sign of the vessel; with mmsi."),
                    "imo": number(1_000_000.0, 9_999_999.0, "IMO number of the vessel; with mmsi."),
                    "ship_type": name("Type of the vessel, as a word of rules or as an AIS code; with mmsi."),
                    "length_m": number(0.0, 1000.0, "Length overall of the vessel, metres; with mmsi."),
                    "heading_deg": number(0.0, 360.0, "Heading of the vessel, degrees true; with mmsi."),
                    "destination": name("Destination of the vessel; with mmsi."),
                    "icao": {
                        "type": ["string", "integer"],
                        "pattern": "^[0-9A-Fa-f]{6}$",
                        "description": "ICAO 24-bit address.",
                    },
                    "answered": {
                        "type": "boolean",
                        "description": "A transponder answered the sensor; false where the sensor asks and got no answer."
                    },
                    "squawk": {
                        "type": ["string", "integer"],
                        "pattern": "^[0-7]{4}$",
                        "description": "Mode 3/A code, four octal digits.",
                    },
                    "label": name("A name for people."),
                    "station": name("Which sensor of the feed."),
                },
            },
        },
    })
}
