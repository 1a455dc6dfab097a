//! Zones, coast and places from GeoJSON (RFC 7946), each fault with its file, line and column.

use std::collections::BTreeMap;

use geo::MultiPolygon;
use serde_json::{Map, Value};

use super::centres::Audience;
use super::locate::{Step, locate};
use super::nearest::{hint, nearest};
use super::problem::{Doc, Problems};
use super::rings::{self, Fault};
use super::states;
use crate::model::{NamedPlace, Opening, Zone, ZoneKind};

/// Faults told of one file at most: beyond that, it is not the file that was meant.
const MAX_FAULTS: usize = 100;

/// Words of `status`.
const STATUSES: &[&str] = crate::model::ZoneRef::STATUSES;

const PROPERTIES: [&str; 12] = [
    "id",
    "kind",
    "state",
    "name",
    "status",
    "authority",
    "date",
    "marking",
    "releasable_to",
    "floor_ft",
    "ceiling_ft",
    "opening",
];

/// Zones of all files so far, and whether all of them could be read.
#[derive(Debug, Default)]
pub(super) struct Zones<'a> {
    pub zones: Vec<Zone>,
    /// File and feature of each id.
    pub first: BTreeMap<String, (&'a Doc, usize)>,
    /// Something was left out for its faults, so that what names it cannot be judged.
    pub incomplete: bool,
}

impl<'a> Zones<'a> {
    /// Adds a file's zones.
    pub fn read(&mut self, doc: &'a Doc, audience: &Audience, problems: &Problems) {
        let Some(features) = Features::parse(doc, problems) else {
            self.incomplete = true;
            return;
        };
        for (i, feature) in features.list().iter().enumerate() {
            match self.zone(doc, audience, &features, i, feature) {
                Some(zone) => self.zones.push(zone),
                None => self.incomplete = true,
            }
        }
    }

    fn zone(
        &mut self,
        doc: &'a Doc,
        audience: &Audience,
        features: &Features<'_>,
        i: usize,
        feature: &Value,
    ) -> Option<Zone> {
        let properties = features.properties(i, feature)?;
        let text = |key: &'static str| features.text(i, properties, key);
        let required = |key: &'static str, such: &str| match text(key) {
            Ok(Some(text)) => Some(text),
            Ok(None) => {
                features.fault(
                    i,
                    &[Step::Key("properties")],
                    format!("the zone lacks \"{key}\", such as \"{such}\""),
                );
                None
            }
            Err(()) => None,
        };
        let optional = |key: &'static str| text(key).ok().flatten();
        let at = |key: &'static str| [Step::Key("properties"), Step::Key(key)];

        let id = required("id", "brb-territorial-sea").filter(|id| self.id_is_free(doc, features, i, id));
        let kind = required("kind", "territorial-sea").and_then(|word| {
            let kind = ZoneKind::of_word(&word);
            if kind.is_none() {
                let hint = hint(&word, ZoneKind::ALL.map(ZoneKind::word));
                features.fault(i, &at("kind"), format!("\"{word}\" is not a kind of zone{hint}"));
            }
            kind
        });
        let name = required("name", "Barbados territorial sea");
        let state = optional("state").unwrap_or_default();
        if let Some(fault) = states::fault(&state).filter(|_| !state.is_empty()) {
            features.fault(i, &at("state"), fault);
        }
        let status = optional("status");
        if let Some(word) = status.as_deref().filter(|word| !STATUSES.contains(word)) {
            features.fault(
                i,
                &at("status"),
                format!("\"{word}\" is not a status{}", hint(word, STATUSES.iter().copied())),
            );
        }
        for key in properties.keys().filter(|key| !PROPERTIES.contains(&key.as_str())) {
            // Other systems' properties are theirs; a slip of the hand in one of ours is told.
            if let Some(near) = nearest(key, PROPERTIES).filter(|near| !properties.contains_key(*near)) {
                let text = format!("unknown property \"{key}\" is ignored; did you mean \"{near}\"?");
                features.warn(i, &[Step::Key("properties")], text);
            }
        }
        let opening = optional("opening").map_or(Some(Opening::Always), |word| {
            let found = Opening::ALL.into_iter().find(|opening| opening.word() == word);
            if found.is_none() {
                let hint = hint(&word, Opening::ALL.map(Opening::word));
                features.fault(i, &at("opening"), format!("\"{word}\" is not an opening{hint}"));
            }
            found
        });
        let height = |key: &'static str| match properties.get(key) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let feet = value.as_f64().filter(|feet| (-2000.0..=100_000.0).contains(feet));
                if feet.is_none() {
                    let text = format!("{value} is not a height; write feet as a plain number, such as 1500");
                    features.fault(i, &at(key), text);
                }
                feet
            }
        };
        let (floor_ft, ceiling_ft) = (height("floor_ft"), height("ceiling_ft"));
        if let (Some(floor), Some(ceiling)) = (floor_ft, ceiling_ft)
            && floor >= ceiling
        {
            let text = format!("its floor of {floor} ft is not below its ceiling of {ceiling} ft");
            features.fault(i, &at("floor_ft"), text);
        }
        let releasable_to: Vec<String> = match properties.get("releasable_to") {
            None | Some(Value::Null) => Vec::new(),
            Some(value) => serde_json::from_value(value.clone()).unwrap_or_else(|_| {
                let text = format!("{value} is not a list of States, such as [\"LCA\", \"VCT\"]");
                features.fault(i, &at("releasable_to"), text);
                Vec::new()
            }),
        };
        for fault in releasable_to.iter().filter_map(|word| audience.fault(word)) {
            features.fault(i, &at("releasable_to"), fault);
        }
        let area = features.area(i, feature)?;
        Some(Zone {
            floor_ft,
            ceiling_ft,
            opening: opening?,
            id: id?,
            kind: kind?,
            state,
            name: name?,
            status,
            authority: optional("authority"),
            date: optional("date"),
            marking: optional("marking"),
            releasable_to,
            area,
        })
    }

    fn id_is_free(&mut self, doc: &'a Doc, features: &Features<'_>, i: usize, id: &str) -> bool {
        let at = [Step::Key("properties"), Step::Key("id")];
        if ZoneKind::of_word(id).is_some() {
            features.fault(i, &at, format!("\"{id}\" is a kind of zone; give this zone an id of its own"));
            return false;
        }
        let Some((other, first)) = self.first.get(id) else {
            self.first.insert(id.to_owned(), (doc, i));
            return true;
        };
        if features.told.get() > MAX_FAULTS {
            return false;
        }
        let (line, _) = other.place(offset(other, *first, &at));
        let text = format!("zone id \"{id}\" is already at {}:{line}; ids are unique", other.name);
        features.fault(i, &at, text);
        false
    }
}

/// A file's land.
pub(super) fn read_land(doc: &Doc, land: &mut MultiPolygon<f64>, problems: &Problems) {
    let Some(features) = Features::parse(doc, problems) else { return };
    for (i, feature) in features.list().iter().enumerate() {
        land.0.extend(features.area(i, feature).map(|area| area.0).unwrap_or_default());
    }
}

/// A file's named places.
pub(super) fn read_places(doc: &Doc, places: &mut Vec<NamedPlace>, problems: &Problems) {
    let Some(features) = Features::parse(doc, problems) else { return };
    for (i, feature) in features.list().iter().enumerate() {
        let point = features.geometry(i, feature, &["Point"]).and_then(|(_, coordinates)| {
            let path = [Step::Key("geometry"), Step::Key("coordinates")];
            rings::coordinate(coordinates).map_err(|text| features.fault(i, &path, text)).ok()
        });
        let properties = features.properties(i, feature);
        let name = properties.and_then(|p| features.text(i, p, "name").ok());
        let kind = properties.and_then(|p| features.text(i, p, "kind").ok()).flatten().unwrap_or_default();
        match (point, name) {
            (Some(point), Some(Some(name))) => {
                places.push(NamedPlace { name, kind, lon_lat: [point.x, point.y] });
            }
            (_, Some(None)) => {
                features.fault(i, &[Step::Key("properties")], "the place lacks \"name\"".to_owned());
            }
            _ => {}
        }
    }
}

/// Returns the byte offset of a part of a feature.
fn offset(doc: &Doc, feature: usize, path: &[Step<'_>]) -> usize {
    let start = [Step::Key("features"), Step::Item(feature)];
    locate(&doc.text, &[&start, path].concat())
}

/// The features of a parsed file.
struct Features<'a> {
    doc: &'a Doc,
    problems: &'a Problems,
    root: Value,
    told: std::cell::Cell<usize>,
}

impl<'a> Features<'a> {
    /// Parses a feature collection.
    fn parse(doc: &'a Doc, problems: &'a Problems) -> Option<Features<'a>> {
        let root: Value = match serde_json::from_str(&doc.text) {
            Ok(root) => root,
            Err(error) => {
                let mut text = error.to_string();
                if let Some(end) = text.rfind(" at line ") {
                    text.truncate(end);
                }
                let line = doc.text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
                if ["NaN", "nan", "Inf", "-Inf"].iter().any(|word| line.contains(word)) {
                    text.push_str("; NaN and Infinity are no numbers");
                }
                problems.error_at_line(
                    &doc.name,
                    error.line().max(1),
                    error.column().max(1),
                    format!("JSON: {text}"),
                );
                return None;
            }
        };
        if root["type"] != "FeatureCollection" || !root["features"].is_array() {
            problems.error(doc, 0, "this is not a GeoJSON FeatureCollection with a list of features");
            return None;
        }
        let crs = root["crs"]["properties"]["name"].as_str();
        if let Some(crs) = crs.filter(|crs| !crs.ends_with("CRS84") && !crs.ends_with("4326")) {
            let at = locate(&doc.text, &[Step::Key("crs")]);
            let text =
                format!("coordinates in {crs} are not read; convert the file to WGS 84 degrees (RFC 7946)");
            problems.error(doc, at, text);
            return None;
        }
        Some(Features { doc, problems, root, told: std::cell::Cell::new(0) })
    }

    fn list(&self) -> &[Value] {
        self.root["features"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn fault(&self, i: usize, path: &[Step<'_>], text: String) {
        let told = self.told.get();
        self.told.set(told + 1);
        match told {
            0..MAX_FAULTS => self.problems.error(self.doc, offset(self.doc, i, path), text),
            MAX_FAULTS => {
                let text = format!("more than {MAX_FAULTS} faults in this file; the rest is not told");
                self.problems.error(self.doc, offset(self.doc, i, path), text);
            }
            _ => {}
        }
    }

    fn warn(&self, i: usize, path: &[Step<'_>], text: String) {
        self.problems.warning_where(self.doc, || offset(self.doc, i, path), text);
    }

    fn properties<'f>(&self, i: usize, feature: &'f Value) -> Option<&'f Map<String, Value>> {
        let found = feature["properties"].as_object();
        if found.is_none() {
            self.fault(i, &[], "the feature has no properties".to_owned());
        }
        found
    }

    /// A property: `None` where absent, null or empty, an error where it is no text.
    fn text(
        &self,
        i: usize,
        properties: &Map<String, Value>,
        key: &'static str,
    ) -> Result<Option<String>, ()> {
        match properties.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => {
                self.fault(i, &[Step::Key("properties"), Step::Key(key)], format!("\"{key}\" is not a text"));
                Err(())
            }
        }
    }

    fn geometry<'f>(&self, i: usize, feature: &'f Value, types: &[&str]) -> Option<(&'f str, &'f Value)> {
        let geometry = &feature["geometry"];
        let found = geometry["type"].as_str().unwrap_or("none");
        if !types.contains(&found) {
            let text = format!("the geometry must be a {}, not {found}", types.join(" or a "));
            self.fault(i, &[Step::Key("geometry")], text);
            return None;
        }
        Some((found, &geometry["coordinates"]))
    }

    fn area(&self, i: usize, feature: &Value) -> Option<MultiPolygon<f64>> {
        let (kind, coordinates) = self.geometry(i, feature, &["Polygon", "MultiPolygon"])?;
        let mut faults: Vec<Fault> = Vec::new();
        let mut polygons = Vec::new();
        if kind == "Polygon" {
            polygons.extend(rings::polygon(coordinates, &[], &mut faults));
        } else {
            let parts = coordinates.as_array().map(Vec::as_slice).unwrap_or_default();
            if parts.is_empty() {
                faults.push(Fault {
                    path: Vec::new(),
                    text: "a MultiPolygon is a list of polygons".to_owned(),
                });
            }
            for (n, part) in parts.iter().enumerate() {
                polygons.extend(rings::polygon(part, &[Step::Item(n)], &mut faults));
            }
        }
        let start = [Step::Key("geometry"), Step::Key("coordinates")];
        for fault in &faults {
            self.fault(i, &[&start, fault.path.as_slice()].concat(), fault.text.clone());
        }
        if !faults.is_empty() {
            return None;
        }
        if polygons.iter().any(|polygon| rings::swapped(polygon.exterior())) {
            let text = "this reads like latitude before longitude; GeoJSON has longitude first";
            self.warn(i, &start, text.to_owned());
        }
        Some(MultiPolygon(polygons))
    }
}
