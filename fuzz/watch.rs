//! A small watch for targets that need an engine: every shipped rule, two zones, and a feed of each format.

use std::collections::BTreeMap;

use vigie::config::{Config, Source, load_from};

/// Topic of each feed.
pub const TOPICS: [&str; 5] = ["ais", "radar", "tracks", "aircraft", "asterix"];

const MAIN: &str = r#"
[node]
name = "bb-ops"
state = "BRB"
[[feed]]
name = "ais"
topic = "ais"
format = "nmea"
position = [-59.5, 13.1]
[[feed]]
name = "radar"
topic = "radar"
format = "nmea"
position = [-59.5, 13.1]
[feed.radar]
range_sigma = "30 m"
bearing_sigma = "0.5°"
[[feed]]
name = "tracks"
topic = "tracks"
format = "tracks"
[[feed]]
name = "aircraft"
topic = "aircraft"
format = "readsb"
position = [-59.5, 13.1]
[[feed]]
name = "asterix"
topic = "asterix"
format = "asterix"
position = [-59.5, 13.1]
[zones]
files = ["zones.geojson"]
[rules]
files = ["rules/*.toml"]
[lists]
files = ["lists.toml"]
[picture]
tracks = 64
history_points = 16
"#;

const LISTS: &str = r#"
[[list]]
name = "wanted"
[[list]]
name = "own-units"
"#;

const ZONES: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"id":"brb-ts","name":"a","kind":"territorial-sea","state":"BRB"},
 "geometry":{"type":"Polygon","coordinates":[[[-59.9,12.9],[-59.2,12.9],[-59.2,13.5],[-59.9,13.5],[-59.9,12.9]]]}},
{"type":"Feature","properties":{"id":"box","name":"b","kind":"restricted","state":"BRB"},
 "geometry":{"type":"Polygon","coordinates":[[[-59.6,13.0],[-59.5,13.0],[-59.5,13.1],[-59.6,13.1],[-59.6,13.0]]]}}]}"#;

/// Returns the configuration of the watch.
pub fn config() -> Config {
    let mut files = BTreeMap::new();
    for (name, text) in [("vigie.toml", MAIN), ("lists.toml", LISTS), ("zones.geojson", ZONES)] {
        files.insert(name.to_owned(), text.to_owned());
    }
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/rules");
    for file in std::fs::read_dir(rules).expect("the shipped rules") {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        files.insert(format!("rules/{name}"), std::fs::read_to_string(&path).expect("text"));
    }
    match load_from(&Source::Memory(files), "vigie.toml") {
        Ok((config, _)) => config,
        Err(problems) => panic!("{problems:?}"),
    }
}
