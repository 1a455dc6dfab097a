//! The file of zones that were drawn on a screen: one feature a line, each under its id.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::change::ChangeError;

/// Name of the file of drawn zones, in the folder of the main file.
pub(super) const ZONE_FILE: &str = "zones/drawn.geojson";

/// Returns the text of the file after features are added, or take the place of those with their id.
///
/// # Errors
/// Either side is no collection of features that have an id.
pub(super) fn merged(before: Option<&str>, added: &Value) -> Result<String, ChangeError> {
    let mut all = match before {
        None => Vec::new(),
        Some(text) => {
            let fault = ChangeError::Zones("the file of drawn zones is no FeatureCollection");
            let Ok(file) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
                return Err(fault);
            };
            features(&file).ok_or(fault)?.to_vec()
        }
    };
    let no_collection = ChangeError::Zones("they are no FeatureCollection");
    for feature in features(added).ok_or(no_collection)? {
        let id = &feature["properties"]["id"];
        if !id.is_string() {
            return Err(ChangeError::Zones("a feature has no id in its properties"));
        }
        match all.iter_mut().find(|other| other["properties"]["id"] == *id) {
            Some(other) => other.clone_from(feature),
            None => all.push(feature.clone()),
        }
    }
    let mut text = "{\"type\": \"FeatureCollection\", \"features\": [\n".to_owned();
    for (at, feature) in all.iter().enumerate() {
        let feature = json!({
            "type": "Feature", "properties": feature["properties"], "geometry": feature["geometry"],
        });
        // Writing to a String cannot fail.
        writeln!(text, "{feature}{}", if at + 1 < all.len() { "," } else { "" }).ok();
    }
    text.push_str("]}\n");
    Ok(text)
}

fn features(collection: &Value) -> Option<&[Value]> {
    (collection["type"] == "FeatureCollection").then(|| collection["features"].as_array())?.map(Vec::as_slice)
}
