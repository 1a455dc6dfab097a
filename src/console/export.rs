//! Tracks and alerts for other programs: GeoJSON, KML, CSV.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Value, json};

use super::api::AlertRow;
use super::frame::Frame;
use super::map::collection;
use crate::model::Time;

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// RFC 7946.
    GeoJson,
    /// OGC KML 2.3.
    Kml,
    /// RFC 4180.
    Csv,
}

impl Form {
    /// By the end of a file's name.
    pub fn of(extension: &str) -> Option<Form> {
        Some(match extension {
            "geojson" => Form::GeoJson,
            "kml" => Form::Kml,
            "csv" => Form::Csv,
            _ => return None,
        })
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Form::GeoJson => "application/geo+json",
            Form::Kml => "application/vnd.google-earth.kml+xml",
            Form::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// A place with its properties, in the order in which they are written.
struct Item {
    lon_lat: [f64; 2],
    name: String,
    properties: Vec<(&'static str, Value)>,
}

/// Every track of a frame.
pub fn tracks(frame: &Frame, form: Form) -> String {
    let items = frame.tracks.iter().map(|(row, about)| Item {
        lon_lat: [row.1, row.2],
        name: about.name.clone().unwrap_or_else(|| about.key.clone()),
        properties: vec![
            ("key", json!(about.key)),
            ("time", json!(Time(row.7).rfc3339())),
            ("mmsi", json!(about.mmsi)),
            ("imo", json!(about.imo)),
            ("icao", json!(about.icao)),
            ("name", json!(about.name)),
            ("call_sign", json!(about.call_sign)),
            ("ship_type", json!(about.ship_type)),
            ("flag", json!(about.flag)),
            ("source", json!(about.source)),
            ("dark", json!(row.8 & 8 != 0)),
            ("sog_kn", json!(row.3)),
            ("cog_deg", json!(row.4)),
            ("heading_deg", json!(row.5)),
            ("altitude_ft", json!(row.6)),
        ],
    });
    write(items, form)
}

/// What of an alert is written.
#[derive(Deserialize)]
struct Alert {
    id: String,
    geometry: Point,
    properties: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct Point {
    coordinates: [f64; 2],
}

/// Every alert of the queue.
pub fn alerts<'a>(rows: impl Iterator<Item = &'a AlertRow>, form: Form) -> String {
    let items = rows.filter_map(|row| {
        let Alert { id, geometry, properties: told } = serde_json::from_str(row.alert.get()).ok()?;
        let mut properties = vec![("id", json!(id)), ("number", json!(row.number))];
        for key in [
            "marking",
            "pattern",
            "rule",
            "phase",
            "severity",
            "certainty",
            "onset",
            "time",
            "ended",
            "end_reason",
            "summary",
        ] {
            properties.push((key, told.get(key).cloned().unwrap_or(Value::Null)));
        }
        properties.push(("acknowledged_by", json!(row.acknowledged.as_ref().map(|done| &done.by))));
        properties.push(("assigned_to", json!(row.assigned.as_ref().map(|claim| &claim.to))));
        properties.push(("outcome", json!(row.closed.as_ref().map(|closed| closed.outcome.word()))));
        let name =
            format!("{} {}", row.number, told.get("pattern").and_then(Value::as_str).unwrap_or_default());
        Some(Item { lon_lat: geometry.coordinates, name, properties })
    });
    write(items, form)
}

fn write(items: impl Iterator<Item = Item>, form: Form) -> String {
    match form {
        Form::GeoJson => collection(items.map(|item| {
            let properties: serde_json::Map<_, _> =
                item.properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            json!({"type": "Feature", "properties": properties,
                   "geometry": {"type": "Point", "coordinates": item.lon_lat}})
        })),
        Form::Kml => kml(items),
        Form::Csv => csv(items),
    }
}

fn kml(items: impl Iterator<Item = Item>) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>\n",
    );
    for item in items {
        let [lon, lat] = item.lon_lat;
        let _ = write!(out, "<Placemark><name>{}</name><ExtendedData>", xml(&item.name));
        for (key, value) in item.properties.iter().filter(|(_, value)| !value.is_null()) {
            let _ = write!(out, "<Data name=\"{key}\"><value>{}</value></Data>", xml(&plain(value)));
        }
        let _ =
            writeln!(out, "</ExtendedData><Point><coordinates>{lon},{lat}</coordinates></Point></Placemark>");
    }
    out + "</Document></kml>\n"
}

fn csv(items: impl Iterator<Item = Item>) -> String {
    let mut out = String::new();
    for item in items {
        if out.is_empty() {
            out += "lon,lat";
            item.properties.iter().for_each(|(key, _)| out += &format!(",{key}"));
            out += "\r\n";
        }
        let [lon, lat] = item.lon_lat;
        let _ = write!(out, "{lon},{lat}");
        item.properties.iter().for_each(|(_, value)| out += &format!(",{}", quoted(&plain(value))));
        out += "\r\n";
    }
    out
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A spreadsheet takes what begins with these for a formula: a ship's name must not be one.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

fn quoted(text: &str) -> String {
    let number = text.parse::<f64>().is_ok();
    let text = if text.starts_with(FORMULA) && !number { format!("'{text}") } else { text.to_owned() };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// Text with everything escaped that XML wants escaped, and without what it cannot hold.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            c if c.is_control() && c != '\n' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_ship_calls_herself_breaks_nothing() {
        let item = || Item {
            lon_lat: [-59.5, 13.0],
            name: "A&B <\u{1}>".to_owned(),
            properties: vec![
                ("name", json!("=HYPERLINK(\"x\"),y")),
                ("sog_kn", json!(-0.5)),
                ("imo", Value::Null),
            ],
        };
        let csv = write(std::iter::once(item()), Form::Csv);
        assert_eq!(csv, "lon,lat,name,sog_kn,imo\r\n-59.5,13,\"'=HYPERLINK(\"\"x\"\"),y\",-0.5,\r\n");
        let kml = write(std::iter::once(item()), Form::Kml);
        assert!(kml.contains("<name>A&amp;B &lt;&gt;</name>") && !kml.contains("imo"), "{kml}");
        let geojson: Value =
            serde_json::from_str(&write(std::iter::once(item()), Form::GeoJson)).expect("JSON");
        assert_eq!(geojson["features"][0]["geometry"]["coordinates"], json!([-59.5, 13.0]));
    }
}
