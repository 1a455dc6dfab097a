//! The reference pages and schema files in `docs/`: written by these tests, which fail when a page was out of date,
//! so that it is committed.

use std::fmt::Write as _;
use std::path::Path;

use super::keys::{CENTRE_FILE, Key, Kind, LIST_FILE, MAIN, Need, POLICY_FILE, RULE_FILE, Table};
use super::rules::MAX_RULES;
use super::values::quoted;
use super::{PASSWORD_VARIABLE, schema};
use crate::model::{LimitKind, ZoneKind};
use crate::patterns::ALL;

const NOTE: &str = "<!-- Written by `cargo test config::reference` from the declarations in the code; changes here are lost. -->\n";

/// Writes the file unless it already says this; whether it did not.
fn rewritten(name: &str, text: &str) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    let text = format!("{}\n", text.trim_end());
    if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return false;
    }
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(&path, text).expect("written");
    true
}

fn is_up_to_date(name: &str, text: &str) {
    assert!(!rewritten(name, text), "docs/{name} was out of date and has been written anew: commit it");
}

#[test]
fn patterns_page() {
    let mut page = format!("# Patterns\n\n{NOTE}\n{}", include_str!("reference/patterns.md"));
    for pattern in ALL {
        writeln!(page, "\n## `{}`\n\n{}\n\n{}\n", pattern.name, pattern.doc, pattern.caution).expect("text");
        page.push_str(
            "| limit | bound | default | written as | in alerts | meaning |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        for limit in pattern.limits {
            let mut written = match limit.kind {
                LimitKind::Share => "a number over 0, up to 1".to_owned(),
                LimitKind::Factor => "a number over 0".to_owned(),
                LimitKind::Count => "a whole number".to_owned(),
                LimitKind::Codes => "a list of codes of four digits from 0 to 7".to_owned(),
                LimitKind::OneOf(words) => format!("one of {}", coded(words)),
                LimitKind::SomeOf(words) => format!("a list of some of {}", coded(words)),
                kind => {
                    let units: Vec<&str> =
                        kind.quantity().into_iter().flat_map(|q| q.units).map(|(unit, _)| *unit).collect();
                    format!("a number with {}", coded(&units))
                }
            };
            if let Some((least, _)) = limit.least {
                write!(written, " from {least}").expect("text");
            } else if limit.may_be_zero {
                written.push_str(", or 0");
            }
            if let Some((end, _)) = limit.under {
                write!(written, ", under {end}").expect("text");
            }
            if limit.is_optional {
                written.push_str(", or `\"none\"`");
            }
            let alerts = limit.name_with_unit();
            writeln!(
                page,
                "| `{}` | {} | `{}` | {written} | `{alerts}` | {} |",
                limit.name,
                limit.bound.sign(),
                quoted(limit),
                limit.doc
            )
            .expect("text");
        }
    }
    is_up_to_date("patterns.md", &page);
}

#[test]
fn configuration_page() {
    let intro = include_str!("reference/configuration.md")
        .replace("{kinds}", &coded(&ZoneKind::ALL.map(ZoneKind::word)))
        .replace("{variable}", PASSWORD_VARIABLE)
        .replace("{max_rules}", &MAX_RULES.to_string());
    let mut page = format!("# Configuration\n\n{NOTE}\n{intro}");
    for (title, file) in [
        ("The main file", &MAIN),
        ("Rule files", &RULE_FILE),
        ("List files", &LIST_FILE),
        ("The file of centres", &CENTRE_FILE),
        ("Policy files", &POLICY_FILE),
    ] {
        writeln!(page, "\n## {title}\n\n{}", file.doc).expect("text");
        tables(file, &mut page);
    }
    is_up_to_date("configuration.md", &page);
}

fn tables(table: &'static Table, page: &mut String) {
    for key in table.keys {
        let (Kind::Table(inner) | Kind::Tables(inner)) = key.kind else { continue };
        writeln!(page, "\n### `{}`\n\n{}\n", inner.heading, inner.doc).expect("text");
        page.push_str("| key | value | if absent | meaning |\n| --- | --- | --- | --- |\n");
        for key in inner.keys.iter().filter(|key| !matches!(key.kind, Kind::Refused(_))) {
            let absent = match key.need {
                Need::Required => "an error".to_owned(),
                Need::Absent(words) => words.to_owned(),
                Need::Default(value) => format!("`{value}`"),
            };
            writeln!(page, "| `{}` | {} | {absent} | {} |", key.name, value(key), key.doc).expect("text");
        }
        tables(inner, page);
    }
}

fn value(key: &Key) -> String {
    match key.kind {
        Kind::Text | Kind::Refused(_) => "text".to_owned(),
        Kind::Name => "name".to_owned(),
        Kind::Texts | Kind::Filters => "text, or a list of texts".to_owned(),
        Kind::State => "ISO 3166-1 alpha-3".to_owned(),
        Kind::States => "list of ISO 3166-1 alpha-3".to_owned(),
        Kind::Audience => "list of States, bodies, centres, communities".to_owned(),
        Kind::OneOf(words) => format!("one of {}", coded(words)),
        Kind::SomeOf(words) => format!("a list of some of {}", coded(words)),
        Kind::Url => "address".to_owned(),
        Kind::Position => "`[longitude, latitude]`".to_owned(),
        Kind::Metres => "a number with `m`, `km`, `nm`".to_owned(),
        Kind::Length(most) => format!("a number over 0 with `m`, `km`, `nm`, up to {most} m"),
        Kind::Duration(most) => format!("a number over 0 with `s`, `min`, `h`, `d`, `ms`, up to {most} s"),
        Kind::Angle(most) => format!("a number over 0 with `°`, `deg`, up to {most}°"),
        Kind::Sector => "`[bearing, bearing]`".to_owned(),
        Kind::Count(least, most) => format!("whole number, {least} to {most}"),
        Kind::Switch => "`true`, `false`".to_owned(),
        Kind::Date => "day (`2026-01-31`), or moment in RFC 3339".to_owned(),
        Kind::Mmsi | Kind::Imo => "whole number".to_owned(),
        Kind::Table(inner) | Kind::Tables(inner) => format!("table `{}`", inner.heading),
        Kind::Limits => "table `[rule.limits]`; see [patterns](patterns.md)".to_owned(),
    }
}

fn coded(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[test]
fn api_description() {
    is_up_to_date("openapi.json", &(crate::console::http::openapi() + "\n"));
}

#[test]
fn words_of_the_console() {
    let words = serde_json::to_string_pretty(&schema::words()).expect("JSON");
    is_up_to_date("schema/words.json", &words);
}

#[test]
fn schema_files() {
    let mut stale = Vec::new();
    let of_configuration = [
        ("vigie", schema::main_file()),
        ("rules", schema::rule_file()),
        ("lists", schema::list_file()),
        ("centres", schema::centre_file()),
        ("sharing", schema::policy_file()),
        ("alert", schema::alert()),
        ("track", schema::track()),
    ];
    for (name, schema) in of_configuration.into_iter().chain(crate::analysis::schema::all()) {
        let text = serde_json::to_string_pretty(&schema).expect("JSON");
        if rewritten(&format!("schema/{name}.schema.json"), &text) {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "docs/schema was out of date and has been written anew: commit {stale:?}");
}
