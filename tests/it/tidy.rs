//! What the folder list promises: nothing in the core, and no decoder, knows a clock, a file, a thread or a runtime.

use std::path::{Path, PathBuf};

/// Pure folders, and the folders that each may use (`model` serves all).
const PURE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("geodesy", &[]),
    ("zones", &["geodesy"]),
    ("tracks", &["geodesy", "zones"]),
    ("tracking", &["geodesy", "zones", "tracks"]),
    ("picture", &["geodesy", "zones", "tracks", "tracking"]),
    ("alerts", &["geodesy", "picture"]),
    ("patterns", &["geodesy", "tracking", "picture", "alerts"]),
    ("engine", &["geodesy", "picture", "alerts", "patterns"]),
    ("wire", &["geodesy"]),
];

const OUTSIDE: &[&str] = &[
    "std::time::",
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "std::sync",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "tokio",
    "rumqttc",
    "rand_",
    "f64::sin",
    ".sin()",
    ".cos()",
    ".atan2(",
    ".powf(",
    ".exp()",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// A file without its tests and comments.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(path).expect("a source file");
    let own = text.lines().enumerate().take_while(|(_, line)| line.trim() != "#[cfg(test)]");
    let bare = own.filter(|(_, line)| !line.trim_start().starts_with("//"));
    bare.map(|(i, line)| (i + 1, line.to_owned())).collect()
}

#[test]
fn the_core_is_pure_and_arrows_point_inward() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for (folder, may_use) in PURE {
        let mut files = Vec::new();
        sources(&src.join(folder), &mut files);
        assert!(!files.is_empty(), "{folder} has sources");
        for file in files.iter().filter(|f| !f.components().any(|c| c.as_os_str() == "tests")) {
            for (line, code) in code(file) {
                let outside = OUTSIDE.iter().find(|word| code.contains(**word)).map(|w| (*w).to_owned());
                let arrow = code.split("crate::").skip(1).find_map(|rest| {
                    let to: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    let fine =
                        to.is_empty() || to == *folder || to == "model" || may_use.contains(&to.as_str());
                    (!fine).then_some(to)
                });
                if let Some(what) = outside.or(arrow) {
                    faults.push(format!(
                        "{}:{line}: {what}",
                        file.strip_prefix(&src).expect("in src").display()
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "the core reaches outside:\n{}", faults.join("\n"));
}
