//! Imports among the modules of this folder, read from the sources.

use std::path::{Path, PathBuf};

/// Modules from the lowest to the highest: each imports those before it alone.
const ORDER: [&str; 20] = [
    "actions",
    "reason",
    "words",
    "times",
    "stations",
    "tally",
    "context",
    "source_clocks",
    "source",
    "ais",
    "shared",
    "radar",
    "nmea",
    "json",
    "air",
    "asterix",
    "record_time",
    "decoder",
    "saved",
    "transcript",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        match entry.path() {
            path if path.ends_with("tests") || path.ends_with("tests.rs") => {}
            path if path.is_dir() => sources(&path, found),
            path => found.push(path),
        }
    }
}

#[test]
fn modules_import_those_below_them_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wire");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut checked = 0;
    for file in files {
        let inside = file.strip_prefix(&root).expect("a file of the folder");
        let parts: Vec<String> =
            inside.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let Some(own) = ORDER.iter().position(|name| *name == parts[0]) else {
            assert_eq!(parts, ["mod"], "{}: a module that ORDER does not have", inside.display());
            continue;
        };
        let text = std::fs::read_to_string(&file).expect("text");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        // The parent is this folder for its own files and for the first file of a folder in it.
        let ways =
            if parts.len() == 1 || parts[1] == "mod" { &["wire::", "super::"][..] } else { &["wire::"] };
        for after in ways.iter().flat_map(|way| code.split(way).skip(1)) {
            let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            if let Some(other) = ORDER.iter().position(|module| *module == name) {
                assert!(other <= own, "{} imports {name}, which is above it", inside.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 50, "{checked} imports found");
}
