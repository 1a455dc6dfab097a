//! The scenario tables of `tests/scenarios`: one file is one case.
//!
//! `VIGIE_SCENARIO=loitering/` runs those whose path has the text in it; with `VIGIE_TELL=1` and `--nocapture` every alert is told.

use std::path::{Path, PathBuf};

mod declare;
mod motion;
pub mod parse;
mod radar;
mod run;
mod trace;
mod words;

pub use run::{broken, engine_with_restarts};

/// A table of declarations alone.
pub fn table(text: &str) -> parse::Table {
    parse::Table::parse(text).unwrap_or_else(|(line, why)| panic!("{line}: {why}"))
}

#[test]
fn tables() {
    on_every_table(run::check);
}

#[test]
fn every_alert_and_every_near_miss_of_the_tables_is_explained() {
    on_every_table(trace::check);
}

/// Runs a check on the table of every file that is wanted.
fn on_every_table(check: fn(&parse::Table) -> Vec<(usize, String)>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let wanted = std::env::var("VIGIE_SCENARIO").unwrap_or_default();
    let mut files: Vec<PathBuf> =
        glob::glob(&format!("{}/**/*.txt", root.display())).unwrap().map(Result::unwrap).collect();
    files.retain(|file| file.to_string_lossy().contains(&wanted));
    assert!(!files.is_empty(), "no tables");
    let mut wrong = String::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let name = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
        if std::env::var_os("VIGIE_TELL").is_some() {
            println!("{name}");
        }
        let faults = match parse::Table::parse(&text) {
            Ok(table) => check(&table),
            Err(fault) => vec![fault],
        };
        for (line, why) in faults {
            wrong += &format!("{name}:{line}: {why}\n");
        }
    }
    assert!(wrong.is_empty(), "{} tables\n{wrong}", files.len());
}
