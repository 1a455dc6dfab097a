//! Tracks and alerts for other programs: GeoJSON, KML, CSV.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::api::AlertRow;
use super::frame::Frame;
use crate::model::{AlertMessage, Subject, Time};
use crate::sinks::label::Label;

/// File format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// GeoJSON, RFC 7946.
    GeoJson,
    /// KML, OGC 2.3.
    Kml,
    /// CSV, RFC 4180.
    Csv,
}

impl Form {
    /// Returns the format of a file name's extension.
    pub fn of(extension: &str) -> Option<Form> {
        Some(match extension {
            "geojson" => Form::GeoJson,
            "kml" => Form::Kml,
            "csv" => Form::Csv,
            _ => return None,
        })
    }

    /// Returns the media type of the format.
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

/// Writes every track of a frame, each with the label.
pub fn tracks(frame: &Frame, form: Form, label: &Label) -> String {
    let items = frame.tracks.iter().map(|(row, about)| Item {
        lon_lat: [row.1, row.2],
        name: about.name.as_ref().or(about.number.as_ref()).unwrap_or(&about.key).clone(),
        properties: vec![
            ("key", json!(about.key)),
            ("time", json!(Time(row.7).rfc3339())),
            ("mmsi", json!(about.mmsi)),
            ("imo", json!(about.imo)),
            ("icao", json!(about.icao)),
            ("name", json!(about.name)),
            ("call_sign", json!(about.call_sign)),
            ("number", json!(about.number)),
            ("label", json!(about.label)),
            ("ship_type", json!(about.ship_type)),
            ("flag", json!(about.flag)),
            ("source", json!(about.source)),
            ("dark", json!(row.8 & 8 != 0)),
            ("sog_kn", json!(row.3)),
            ("cog_deg", json!(row.4)),
            ("heading_deg", json!(row.5)),
            ("altitude_ft", json!(row.6)),
            ("length_m", json!(about.length_m)),
            ("destination", json!(about.destination)),
            ("eta", json!(about.eta)),
            ("draught_m", json!(about.draught_m)),
            ("size_m", json!(about.size_m)),
            ("accurate", json!(about.accurate)),
        ],
    });
    let to = label.releasable_to.join(" ");
    let own = || marks(label, &label.node, &label.state, &label.marking, to.clone());
    write(items.map(|item| marked(item, own())), form, label)
}

/// Position of an alert's subject in the picture now, for the properties of the alert.
fn live(frame: &Frame, by_key: &BTreeMap<&str, usize>, subject: &Subject) -> Option<Value> {
    let (row, about) = frame.tracks.get(*by_key.get(subject.track.as_str())?)?;
    Some(json!({
        "track": about.key,
        "name": about.name.as_ref().or(about.number.as_ref()),
        "position": [row.1, row.2],
        "time": Time(row.7).rfc3339(),
        "age_s": (frame.now - row.7).max(0) / 1000,
        "sog_kn": row.3,
        "cog_deg": row.4,
    }))
}

/// Writes every alert of the queue, each with its own marking: where it was, at the time of its newest event, and where its subjects
/// are in the picture now, with the age of these positions.
pub fn alerts<'a>(
    rows: impl Iterator<Item = &'a AlertRow>,
    frame: &Frame,
    form: Form,
    label: &Label,
) -> String {
    let tracks = frame.tracks.iter().enumerate();
    let by_key: BTreeMap<&str, usize> =
        tracks.map(|(place, (_, about))| (about.key.as_str(), place)).collect();
    let items = rows.filter_map(|row| {
        let AlertMessage { node, state, marking, releasable_to, event, .. } =
            AlertMessage::read(row.alert.get()).ok()?;
        let own = marks(label, &node, &state, &marking, releasable_to.join(" "));
        let now: Vec<Value> =
            event.subjects.iter().filter_map(|subject| live(frame, &by_key, subject)).collect();
        let first = |name: &str| now.first().map_or(Value::Null, |first| first[name].clone());
        let first_at = |axis: usize| first("position").get(axis).cloned().unwrap_or_default();
        Some(marked(
            Item {
                lon_lat: event.position.lon_lat(),
                name: format!("{} {}", row.number, event.pattern),
                properties: vec![
                    ("id", json!(event.id)),
                    ("number", json!(row.number)),
                    ("pattern", json!(event.pattern)),
                    ("rule", json!(event.rule)),
                    ("phase", json!(event.phase)),
                    ("severity", json!(event.severity)),
                    ("certainty", json!(event.certainty)),
                    ("onset", json!(event.onset.rfc3339())),
                    ("time", json!(event.time.rfc3339())),
                    ("ended", json!(event.ended.map(Time::rfc3339))),
                    ("end_reason", json!(event.end_reason)),
                    ("summary", json!(event.summary)),
                    ("live_lon", first_at(0)),
                    ("live_lat", first_at(1)),
                    ("live_time", first("time")),
                    ("live_age_s", first("age_s")),
                    ("live", if now.is_empty() { Value::Null } else { json!(now) }),
                    ("acknowledged_by", json!(row.acknowledged.as_ref().map(|done| &done.by))),
                    ("assigned_to", json!(row.assigned.as_ref().map(|claim| &claim.to))),
                    ("outcome", json!(row.closed.as_ref().map(|closed| closed.outcome.word()))),
                ],
            },
            own,
        ))
    });
    write(items, form, label)
}

/// Returns the properties that mark an item.
fn marks(label: &Label, node: &str, state: &str, marking: &str, to: String) -> [(&'static str, Value); 5] {
    [
        ("exercise", json!(label.exercise)),
        ("node", json!(node)),
        ("state", json!(state)),
        ("marking", json!(marking)),
        ("releasable_to", json!(to)),
    ]
}

/// Returns an item with its marks before its other properties. The name of one of an exercise says so.
fn marked(item: Item, marks: [(&'static str, Value); 5]) -> Item {
    let name = if marks[0].1.is_null() { item.name } else { format!("EXERCISE {}", item.name) };
    Item { name, properties: marks.into_iter().chain(item.properties).collect(), ..item }
}

fn write(items: impl Iterator<Item = Item>, form: Form, label: &Label) -> String {
    match form {
        Form::GeoJson => geojson(items, label),
        Form::Kml => kml(items, label),
        Form::Csv => csv(items, label),
    }
}

fn geojson(items: impl Iterator<Item = Item>, label: &Label) -> String {
    let features = items.map(|item| {
        let properties: serde_json::Map<_, _> =
            item.properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        json!({"type": "Feature", "properties": properties,
               "geometry": {"type": "Point", "coordinates": item.lon_lat}})
    });
    json!({"type": "FeatureCollection", "label": label, "features": features.collect::<Vec<_>>()}).to_string()
}

fn kml(items: impl Iterator<Item = Item>, label: &Label) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>\n",
    );
    let _ = writeln!(out, "<name>{}</name>", xml(&label.line()));
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

fn csv(items: impl Iterator<Item = Item>, label: &Label) -> String {
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
    if out.is_empty() { csv_of_nothing(label) } else { out }
}

/// Writes one row without a place: a table without rows would have no marks.
fn csv_of_nothing(label: &Label) -> String {
    let to = label.releasable_to.join(" ");
    let marks = marks(label, &label.node, &label.state, &label.marking, to);
    let names: String = marks.iter().map(|(name, _)| format!(",{name}")).collect();
    let values: String = marks.iter().map(|(_, value)| format!(",{}", quoted(&plain(value)))).collect();
    format!("lon,lat{names}\r\n,{values}\r\n")
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Characters with which a formula begins in a spreadsheet: a ship's name must not be one.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

fn quoted(text: &str) -> String {
    let number = text.parse::<f64>().is_ok();
    let text = if text.starts_with(FORMULA) && !number { format!("'{text}") } else { text.to_owned() };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// Escapes a text for XML, and removes characters that XML cannot hold.
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
        let label = Label {
            exercise: None,
            node: "bb-ops".to_owned(),
            state: "BRB".to_owned(),
            marking: "public".to_owned(),
            releasable_to: Vec::new(),
        };
        let csv = write(std::iter::once(item()), Form::Csv, &label);
        assert_eq!(csv, "lon,lat,name,sog_kn,imo\r\n-59.5,13,\"'=HYPERLINK(\"\"x\"\"),y\",-0.5,\r\n");
        let kml = write(std::iter::once(item()), Form::Kml, &label);
        assert!(kml.contains("<name>A&amp;B &lt;&gt;</name>") && !kml.contains("imo"), "{kml}");
        let geojson: Value =
            serde_json::from_str(&write(std::iter::once(item()), Form::GeoJson, &label)).expect("JSON");
        assert_eq!(geojson["features"][0]["geometry"]["coordinates"], json!([-59.5, 13.0]));
    }
}
