//! The promises of the folder list: which room may use which, what the core knows nothing of, and how comments begin.

mod source;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use source::{Source, has_word, ident, lines, rooms_named, sources};

/// Every folder and file of `src`, from the lowest up, with the rooms that it may use: only rooms above its own row.
#[rustfmt::skip]
const ROOMS: &[(&str, &[&str])] = &[
    // The core: no clock, no file, no thread, no runtime.
    ("model", &[]),
    ("geodesy", &["model"]),
    ("zones", &["model", "geodesy"]),
    ("tracks", &["model", "geodesy", "zones"]),
    ("tracking", &["model", "geodesy", "zones", "tracks"]),
    ("picture", &["model", "geodesy", "zones", "tracks", "tracking"]),
    ("normalcy", &["model", "picture"]),
    ("alerts", &["model", "geodesy", "picture", "normalcy"]),
    ("patterns", &["model", "geodesy", "tracking", "picture", "normalcy", "alerts"]),
    ("engine", &["model", "geodesy", "picture", "normalcy", "alerts", "patterns"]),
    ("wire", &["model", "geodesy"]),
    // The edge.
    ("clock", &["model"]),
    ("telemetry", &[]),
    ("random", &[]),
    ("in_place", &[]),
    ("config", &["model", "geodesy", "normalcy", "patterns", "engine", "wire", "in_place"]),
    ("mqtt", &["clock", "telemetry", "config"]),
    ("health", &["model", "engine", "wire", "clock", "telemetry"]),
    ("journal", &["model", "clock", "telemetry", "in_place"]),
    ("sinks", &["model", "clock", "telemetry", "config", "mqtt", "health", "journal"]),
    ("sharing", &["model", "geodesy", "picture", "alerts", "engine", "wire", "clock", "telemetry", "random", "config", "mqtt", "health", "journal", "sinks", "in_place"]),
    ("feed", &["model", "engine", "wire", "clock", "telemetry", "config", "mqtt", "health"]),
    ("pipeline", &["model", "engine", "wire", "clock", "telemetry", "random", "config", "mqtt", "health", "journal", "sinks", "sharing", "feed"]),
    ("scenario", &["model", "patterns", "wire"]),
    ("analysis", &["model", "geodesy", "engine", "patterns", "config", "feed", "scenario"]),
    ("console", &["model", "geodesy", "picture", "engine", "wire", "clock", "telemetry", "random", "config", "mqtt", "health", "journal", "sinks", "sharing", "feed", "pipeline", "scenario", "analysis", "in_place"]),
    ("cli", &["model", "engine", "wire", "clock", "telemetry", "config", "mqtt", "health", "journal", "sinks", "sharing", "feed", "pipeline", "scenario", "analysis", "console", "in_place"]),
    ("lib", &[]),
    ("main", &[]),
];

/// The pure rooms: they decide the same on every machine, whenever it is asked.
const CORE: &[&str] = &[
    "model", "geodesy", "zones", "tracks", "tracking", "picture", "normalcy", "alerts", "patterns", "engine",
    "wire",
];

/// Words that the core does not use: the world outside, and functions of `f64` whose last digit is the machine's.
#[rustfmt::skip]
const NOT_IN_CORE: &[&str] = &[
    "std::time", "std::fs", "std::net", "std::thread", "std::env", "std::process", "std::sync",
    "Instant", "SystemTime", "thread", "stdin", "stdout", "stderr", "println", "eprintln", "print", "eprint", "dbg",
    "HashMap", "HashSet", "RandomState", "tokio", "rumqttc", "rusqlite", "rand", "tracing",
    ".sin(", ".cos(", ".tan(", ".sin_cos(", ".asin(", ".acos(", ".atan(", ".atan2(", ".sinh(", ".cosh(", ".tanh(",
    ".exp(", ".exp2(", ".exp_m1(", ".ln(", ".ln_1p(", ".log(", ".log2(", ".log10(", ".powf(", ".powi(", ".cbrt(", ".hypot(",
    "f64::sin", "f64::cos", "f64::tan", "f64::asin", "f64::acos", "f64::atan", "f64::atan2", "f64::exp", "f64::ln",
    "f64::powf", "f64::powi", "f64::hypot", "f64::log10", "f64::log2",
];

/// Libraries that are one room's own affair.
const OWN: &[(&str, &[&str])] = &[
    ("rumqttc::", &["mqtt"]),
    ("rusqlite::", &["journal", "sinks", "cli"]),
    ("axum::", &["console"]),
    ("clap::", &["cli"]),
];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn at(source: &Source, line: usize, what: &str) -> String {
    format!("{}:{line}: {what}", source.path.display())
}

#[test]
fn every_room_has_a_row_and_arrows_point_up_the_table() {
    let mut seen = BTreeSet::new();
    for (room, may_use) in ROOMS {
        let unknown: Vec<_> = may_use.iter().filter(|used| !seen.contains(*used)).collect();
        assert!(unknown.is_empty(), "{room} may use {unknown:?}, which have no row above its own");
        assert!(seen.insert(room), "{room} has two rows");
    }
    let sources = sources(&src());
    let there: BTreeSet<String> = sources.iter().map(Source::room).collect();
    let rows: BTreeSet<String> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(there, rows, "rooms of src, and rows of the table");
}

#[test]
fn no_room_uses_one_that_its_row_does_not_name() {
    let mut faults = Vec::new();
    for source in sources(&src()) {
        let room = source.room();
        let Some((_, may_use)) = ROOMS.iter().find(|(name, _)| *name == room) else { continue };
        for (line, used) in rooms_named(&source.code) {
            if used != room && !may_use.contains(&used.as_str()) && room != "main" {
                faults.push(at(&source, line, &format!("{room} uses {used}")));
            }
        }
        let root = "super::".repeat(source.depth());
        for (line, code) in lines(&source.code).filter(|_| source.depth() > 0) {
            let is_room = |name: &str| ROOMS.iter().any(|(room, _)| *room == name);
            let used = code.match_indices(&root).map(|(place, _)| ident(&code[place + root.len()..]));
            faults.extend(
                used.filter(|used| is_room(used)).map(|used| at(&source, line, &format!("super::{used}"))),
            );
        }
    }
    assert!(faults.is_empty(), "arrows that no row names:\n{}", faults.join("\n"));
}

#[test]
fn the_core_is_pure_and_libraries_stay_in_their_rooms() {
    let mut faults = Vec::new();
    for source in sources(&src()) {
        let room = source.room();
        for (line, code) in lines(&source.code) {
            if CORE.contains(&room.as_str()) {
                let words = NOT_IN_CORE.iter().filter(|word| has_word(code, word));
                faults.extend(words.map(|word| at(&source, line, word)));
            }
            let strange = OWN
                .iter()
                .filter(|(library, rooms)| code.contains(library) && !rooms.contains(&room.as_str()));
            faults.extend(strange.map(|(library, rooms)| {
                at(&source, line, &format!("{library} is the affair of {}", rooms.join(", ")))
            }));
        }
    }
    assert!(faults.is_empty(), "words that do not belong there:\n{}", faults.join("\n"));
}

/// Doc comments that begin so lean on a noun that stands elsewhere.
#[rustfmt::skip]
const LEANING: &[&str] = &[
    "It", "Its", "They", "Their", "Them", "He", "His", "She", "Her", "Him", "This", "That", "These", "Those", "Both",
    "What", "Who", "Whom", "Whose", "Which", "Of", "As", "And", "Or", "But", "So", "Likewise",
];
/// Leaning doc comments in a thousand, at most.
const LEANING_PERMILLE: usize = 19;

#[test]
fn doc_comments_stand_alone() {
    let (mut all, mut leaning) = (0, Vec::new());
    for source in sources(&src()) {
        let mut before = false;
        for (line, text) in lines(&source.text) {
            let comment = text.trim_start();
            let doc = comment.strip_prefix("///").or_else(|| comment.strip_prefix("//!"));
            if let Some(doc) = doc.filter(|_| !before) {
                all += 1;
                if leans(doc.trim_start()) {
                    leaning.push(at(&source, line, doc.trim()));
                }
            }
            before = doc.is_some();
        }
    }
    let permille = leaning.len() * 1000 / all;
    assert!(
        permille <= LEANING_PERMILLE,
        "{permille} in a thousand of {all} doc comments lean on another:\n{}",
        leaning.join("\n")
    );
}

fn leans(comment: &str) -> bool {
    let first = comment.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    LEANING.contains(&first) || comment.starts_with(['…', '.'])
}

#[test]
fn the_description_of_the_api_stands_alone() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    let api: serde_json::Value = serde_json::from_slice(&std::fs::read(file).expect("reads")).expect("JSON");
    let mut leaning = Vec::new();
    let mut waiting = vec![&api];
    while let Some(value) = waiting.pop() {
        let members = value.as_object().into_iter().flatten();
        for (key, text) in members.filter_map(|(key, value)| Some((key, value.as_str()?))) {
            if matches!(key.as_str(), "description" | "summary") && leans(text) {
                leaning.push(text);
            }
        }
        waiting.extend(value.as_object().into_iter().flatten().map(|(_, value)| value));
        waiting.extend(value.as_array().into_iter().flatten());
    }
    assert!(leaning.is_empty(), "descriptions that lean on another one: {leaning:#?}");
}

/// Files in which an error may be a text: readers of one value of the configuration or of the command line, whose sentence
/// goes to people as it is. Everywhere else an error is a type.
#[rustfmt::skip]
const WITH_TEXT_ERRORS: &[&str] = &[
    "config/rings.rs", "config/scalars.rs", "config/settings.rs", "config/trial.rs", "config/values.rs",
    "cli/alerts.rs", "cli/demo.rs", "cli/explain.rs", "cli/replay.rs", "cli/run.rs",
];

#[test]
fn errors_are_types() {
    let mut faults = Vec::new();
    for source in sources(&src()) {
        let with_texts = text_errors(&source.code);
        let may = WITH_TEXT_ERRORS.iter().any(|file| source.path == Path::new(file));
        if with_texts.is_empty() && may {
            faults.push(format!(
                "{}: has no text error any more, and need not be listed",
                source.path.display()
            ));
        } else if !may {
            faults.extend(with_texts.into_iter().map(|line| at(&source, line, "give this error a type")));
        }
    }
    assert!(faults.is_empty(), "errors that are texts:\n{}", faults.join("\n"));
    assert_eq!(text_errors("fn f() -> Result<Vec<(A, B)>, String> {\n type Err = String;"), [1, 2]);
    assert_eq!(text_errors("Result<Map<A, String>, E> Result<String, E> BTreeMap<A, String>"), [0; 0]);
}

/// Lines with a `Result` whose error is a `String`, or with a trait's error that is one.
fn text_errors(code: &str) -> Vec<usize> {
    let is_text_error = |after: &str| {
        let mut depth = 0;
        let error = after.char_indices().find_map(|(place, c)| {
            depth += i32::from("<([".contains(c)) - i32::from(")]".contains(c) || c == '>');
            (c == ',' && depth == 0).then(|| after[place + 1..].trim_start())
        });
        error.is_some_and(|error| error.starts_with("String>"))
    };
    let results =
        code.match_indices("Result<").filter(|(place, name)| is_text_error(&code[place + name.len()..]));
    let of_traits = ["type Err = String;", "type Error = String;"];
    let of_traits = of_traits.into_iter().flat_map(|text| code.match_indices(text));
    results.chain(of_traits).map(|(place, _)| code[..place].matches('\n').count() + 1).collect()
}

#[test]
fn a_constant_of_the_patterns_has_one_name_and_one_meaning() {
    // The key of a limit bears the limit's name in each pattern that declares it, and each pattern is a `PATTERN`.
    const OF_EACH: [&str; 2] = [": LimitKey<", ": Pattern ="];
    let mut first = std::collections::BTreeMap::new();
    let mut faults = Vec::new();
    for source in sources(&src()).into_iter().filter(|source| source.room() == "patterns") {
        for (line, code) in lines(&source.code) {
            let declared = code.strip_prefix("pub ").unwrap_or(code).strip_prefix("const ");
            let Some(declared) = declared.filter(|_| !OF_EACH.iter().any(|each| code.contains(each))) else {
                continue;
            };
            let name = ident(declared);
            if let Some(other) = first.insert(name.clone(), at(&source, line, &name)) {
                faults.push(format!("{other}, and {}", first[&name]));
            }
        }
    }
    assert!(first.len() > 100, "{} constants found", first.len());
    assert!(faults.is_empty(), "two constants of one name:\n{}", faults.join("\n"));
}
