//! Fields of a record as one line of JSON, for comparison with another decoder and for digests.

use serde_json::{Map, Value, json};

use super::Target;

/// Returns the fields of a record in a fixed order, without those that the record does not have.
pub fn canonical(target: &Target) -> String {
    let Target { source, time_of_day, number, polar, cartesian, lon_lat, speed, velocity, .. } = target;
    let fields = [
        ("source", json!(source)),
        ("time_of_day", json!(time_of_day)),
        ("number", json!(number)),
        ("polar", json!(polar)),
        ("cartesian", json!(cartesian)),
        ("lon_lat", json!(lon_lat)),
        ("speed", json!(speed)),
        ("velocity", json!(velocity)),
        ("altitude_ft", json!(target.altitude_ft)),
        ("squawk", json!(target.squawk.map(|code| code.to_string()))),
        ("icao", json!(target.icao.map(|icao| format!("{:06X}", icao.address())))),
        ("label", json!(target.label.map(|label| label.to_string()))),
        ("size_m", json!(target.size_m)),
        ("sigma_m", json!(target.sigma_m)),
        ("sigma_deg", json!(target.sigma_deg)),
        ("is", json!(marks(target))),
    ];
    let told = fields.into_iter().filter(|(_, value)| !value.is_null());
    let mut object = Map::from_iter([("category".to_owned(), json!(target.category))]);
    object.extend(told.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(object).to_string()
}

fn marks(target: &Target) -> Vec<&'static str> {
    let marks = [
        ("service", target.service),
        ("test", target.test),
        ("tentative", target.tentative),
        ("coasted", target.coasted),
        ("ended", target.ended),
        ("ground", target.ground),
        ("answered", target.answered),
    ];
    marks.iter().filter(|(_, set)| *set).map(|(word, _)| *word).collect()
}
