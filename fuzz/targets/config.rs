//! Configurations: a main file that names a file of rules and one of zones; line ends of three dashes part them.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use vigie::config::{Source, load_from};

fuzz_target!(|text: &str| {
    let mut parts = text.split("\n---\n");
    let names = ["vigie.toml", "rules/a.toml", "zones/a.geojson", "lists/a.toml"];
    let files = names.map(|name| (name.to_owned(), parts.next().unwrap_or_default().to_owned()));
    if let Err(problems) = load_from(&Source::Memory(BTreeMap::from(files)), "vigie.toml") {
        assert!(!problems.is_empty(), "refused, and nobody is told why");
    }
});
