//! Reads a TOML table by its declaration: unknown keys, missing keys and wrong values are all told, and what is
//! right is kept.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::keys::{Key, Kind, Need, Table};
use super::nearest::hint;
use super::problem::{Doc, Problems};
use super::scalars::{date, identity_number, name_fault, number, position, sector, written};
use super::values::{self, parse_over_zero};
use super::{states, topics};
use crate::model::{Position, Quantity, Time};

/// A TOML value and its place.
pub(super) type At<'a> = toml::Spanned<DeValue<'a>>;

/// A value that fits its declaration.
#[derive(Debug)]
enum Value<'a> {
    Text(String),
    Texts(Vec<(usize, String)>),
    Number(f64),
    Switch(bool),
    Position(Position),
    Pair([f64; 2]),
    Span(Time, Time),
    Table(&'a DeTable<'a>),
    Tables(Vec<(usize, &'a DeTable<'a>)>),
}

/// A table's right values by key, with the place of each.
pub(super) struct Fields<'a> {
    pub doc: &'a Doc,
    /// Byte offset of the table.
    pub at: usize,
    declared: &'static Table,
    table: &'a DeTable<'a>,
    read: BTreeMap<&'static str, (usize, Value<'a>)>,
}

/// A TOML file that is larger is none of ours: to parse one takes up to fifty times its size in memory, beside the watch.
const MOST_BYTES: usize = 16 << 20;

/// Parses a file; syntax errors are told, and nothing of the file is read then.
pub(super) fn parse<'a>(doc: &'a Doc, problems: &Problems) -> Option<toml::Spanned<DeTable<'a>>> {
    if doc.text.len() > MOST_BYTES {
        problems.error(
            doc,
            0,
            format!("the file is larger than {} MiB; a TOML file may not be", MOST_BYTES >> 20),
        );
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(&doc.text);
    for error in &errors {
        problems.error(doc, error.span().map_or(0, |span| span.start), format!("TOML: {}", error.message()));
    }
    errors.is_empty().then_some(table)
}

impl<'a> Fields<'a> {
    /// Reads what the declaration names.
    pub fn read(
        doc: &'a Doc,
        at: usize,
        table: &'a DeTable<'a>,
        declared: &'static Table,
        problems: &Problems,
    ) -> Fields<'a> {
        let mut fields = Fields { doc, at, declared, table, read: BTreeMap::new() };
        for (name, value) in table {
            let (at, name) = (name.span().start, name.get_ref().as_ref());
            let Some(key) = declared.keys.iter().find(|key| key.name == name) else {
                let known = declared.keys.iter().filter(|key| !matches!(key.kind, Kind::Refused(_)));
                let hint = hint(name, known.map(|key| key.name));
                let place = if declared.heading.is_empty() { "this file" } else { declared.heading };
                problems.error(doc, at, format!("unknown key \"{name}\" in {place}{hint}"));
                continue;
            };
            if let Kind::Refused(mend) = key.kind {
                problems.error(doc, at, mend);
                continue;
            }
            let mut faults = Vec::new();
            match read_value(key, value, &mut faults) {
                Some(read) => {
                    fields.read.insert(key.name, (value.span().start, read));
                }
                // A wrong value was there all the same: it is not told as missing too.
                None => debug_assert!(!faults.is_empty()),
            }
            for (at, text) in faults {
                problems.error(doc, at, text);
            }
        }
        for key in declared.keys.iter().filter(|key| key.need == Need::Required) {
            if !table.contains_key(key.name) {
                let place = if declared.heading.is_empty() { "this file" } else { declared.heading };
                let text = format!("{place} lacks \"{}\": {}", key.name, key.doc.replace('`', ""));
                problems.error(doc, at, text);
            }
        }
        fields
    }

    fn get(&self, name: &str) -> Option<&(usize, Value<'a>)> {
        debug_assert!(self.declared.keys.iter().any(|key| key.name == name), "{name} is not declared");
        self.read.get(name)
    }

    /// Returns the byte offset of a key's value, or that of the table where the key is absent.
    pub fn place(&self, name: &str) -> usize {
        self.get(name).map_or(self.at, |(at, _)| *at)
    }

    /// Whether the key is there, right or wrong.
    pub fn given(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// Whether there is a right value.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some((_, Value::Text(text))) => Some(text),
            _ => None,
        }
    }

    /// Texts, each with its place.
    pub fn texts(&self, name: &str) -> &[(usize, String)] {
        match self.get(name) {
            Some((_, Value::Texts(texts))) => texts,
            _ => &[],
        }
    }

    /// Texts without their places.
    pub fn words(&self, name: &str) -> Vec<String> {
        self.texts(name).iter().map(|(_, text)| text.clone()).collect()
    }

    /// A number in the unit of its kind.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name) {
            Some((_, Value::Number(n))) => Some(*n),
            _ => None,
        }
    }

    /// A whole number, which its kind keeps in range; another where it is absent.
    pub fn count(&self, name: &str, otherwise: u32) -> u32 {
        self.number(name).map_or(otherwise, |n| n as u32)
    }

    /// A truth value.
    pub fn switch(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Some((_, Value::Switch(on))) => Some(*on),
            _ => None,
        }
    }

    /// A position.
    pub fn position(&self, name: &str) -> Option<Position> {
        match self.get(name) {
            Some((_, Value::Position(position))) => Some(*position),
            _ => None,
        }
    }

    /// Two numbers.
    pub fn pair(&self, name: &str) -> Option<[f64; 2]> {
        match self.get(name) {
            Some((_, Value::Pair(pair))) => Some(*pair),
            _ => None,
        }
    }

    /// The first and last moment of a date; one and the same for a moment.
    pub fn date(&self, name: &str) -> Option<(Time, Time)> {
        match self.get(name) {
            Some((_, Value::Span(first, last))) => Some((*first, *last)),
            _ => None,
        }
    }

    /// A table.
    pub fn table(&self, name: &str) -> Option<(usize, &'a DeTable<'a>)> {
        match self.get(name) {
            Some((at, Value::Table(table))) => Some((*at, *table)),
            _ => None,
        }
    }

    /// A table, read by its own declaration.
    pub fn fields(&self, name: &str, problems: &Problems) -> Option<Fields<'a>> {
        let (at, table) = self.table(name)?;
        let key = self.declared.keys.iter().find(|key| key.name == name)?;
        let Kind::Table(declared) = key.kind else { return None };
        Some(Fields::read(self.doc, at, table, declared, problems))
    }

    /// Tables, each read by its declaration.
    pub fn all(&self, name: &str, problems: &Problems) -> Vec<Fields<'a>> {
        let key = self.declared.keys.iter().find(|key| key.name == name);
        match (self.get(name), key.map(|key| key.kind)) {
            (Some((_, Value::Tables(tables))), Some(Kind::Tables(declared))) => tables
                .iter()
                .map(|(at, table)| Fields::read(self.doc, *at, table, declared, problems))
                .collect(),
            _ => Vec::new(),
        }
    }
}

type Faults = Vec<(usize, String)>;

fn read_value<'a>(key: &Key, value: &'a At<'a>, faults: &mut Faults) -> Option<Value<'a>> {
    let at = value.span().start;
    let before = faults.len();
    let wrong = |text: String, faults: &mut Faults| {
        faults.push((at, text));
        None
    };
    let read = match (key.kind, value.get_ref()) {
        (Kind::Text, DeValue::String(text)) if !text.trim().is_empty() => Value::Text(text.to_string()),
        (Kind::Name, DeValue::String(text)) => match name_fault(text) {
            None => Value::Text(text.to_string()),
            Some(fault) => return wrong(fault, faults),
        },
        (Kind::State, DeValue::String(text)) => match states::fault(text) {
            None => Value::Text(text.to_string()),
            Some(fault) => return wrong(fault, faults),
        },
        (Kind::OneOf(words), DeValue::String(text)) => match words.contains(&text.as_ref()) {
            true => Value::Text(text.to_string()),
            false => return wrong(not_a_word(key, text, words), faults),
        },
        (Kind::Url, DeValue::String(text)) => Value::Text(text.to_string()),
        (Kind::Texts | Kind::States | Kind::Audience | Kind::SomeOf(_) | Kind::Filters, found) => {
            Value::Texts(read_texts(key, at, found, faults)?)
        }
        (Kind::Switch, DeValue::Boolean(on)) => Value::Switch(*on),
        (Kind::Metres, found) => match values::parse(&Quantity::METRES, &written(found)) {
            Ok(metres) => Value::Number(metres),
            Err(fault) => return wrong(fault, faults),
        },
        (Kind::Length(most), found) => match parse_over_zero(&Quantity::METRES, &written(found), most) {
            Ok(metres) => Value::Number(metres),
            Err(fault) => return wrong(fault, faults),
        },
        (Kind::Angle(most), found) => match parse_over_zero(&Quantity::ANGLE, &written(found), most) {
            Ok(degrees) => Value::Number(degrees),
            Err(fault) => return wrong(fault, faults),
        },
        (Kind::Duration(most), found) => match parse_over_zero(&Quantity::DURATION, &written(found), most) {
            Ok(seconds) => Value::Number(seconds),
            Err(fault) => return wrong(fault, faults),
        },
        (Kind::Sector, found) => match sector(found) {
            Ok(bearings) => Value::Pair(bearings),
            Err(fault) => return wrong(fault, faults),
        },
        (Kind::Count(least, most), found) => match number(found) {
            Some(n) if n.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&n) => {
                Value::Number(n)
            }
            _ => return wrong(format!("{} is a whole number from {least} to {most}", key.name), faults),
        },
        (Kind::Mmsi | Kind::Imo, found) => match identity_number(key.kind, number(found)) {
            Ok(n) => Value::Number(n),
            Err(fault) => return wrong(fault, faults),
        },
        (Kind::Position, found) => match position(found) {
            Ok(position) => Value::Position(position),
            Err(fault) => return wrong(fault, faults),
        },
        (Kind::Date, found) => match date(found) {
            Some((first, last)) => Value::Span(first, last),
            None => {
                return wrong(format!("{} is a day, such as 2026-01-31, without quotes", key.name), faults);
            }
        },
        (Kind::Table(_) | Kind::Limits, DeValue::Table(table)) => Value::Table(table),
        (Kind::Tables(declared), found) => match tables(found) {
            Some(tables) => Value::Tables(tables),
            None => return wrong(format!("write this as {}, once for each", declared.heading), faults),
        },
        _ => return wrong(format!("{} is {}", key.name, wanted(key)), faults),
    };
    (faults.len() == before).then_some(read)
}

/// Returns what a key takes, for the error about something else.
fn wanted(key: &Key) -> String {
    match key.kind {
        Kind::Name => "a text of letters, digits and -, in quotes".to_owned(),
        Kind::State => "a State's three letters in quotes, such as \"BRB\"".to_owned(),
        Kind::Url => "a text such as \"mqtts://broker.example:8883\"".to_owned(),
        Kind::OneOf(words) => format!("one of: \"{}\"", words.join("\", \"")),
        Kind::Switch => "true or false, without quotes".to_owned(),
        Kind::Table(table) => format!("a table; write its keys under {}", table.heading),
        Kind::Limits => "a table; write its keys under [rule.limits]".to_owned(),
        _ => "a text in quotes that is not empty".to_owned(),
    }
}

fn not_a_word(key: &Key, text: &str, words: &[&'static str]) -> String {
    format!("\"{text}\" is not a value of {}{}", key.name, hint(text, words.iter().copied()))
}

/// One text, or a list of texts, each right for the key and there once.
fn read_texts(
    key: &Key,
    at: usize,
    found: &DeValue<'_>,
    faults: &mut Faults,
) -> Option<Vec<(usize, String)>> {
    let before = faults.len();
    let mut texts: Vec<(usize, String)> = Vec::new();
    match found {
        DeValue::String(text) => texts.push((at, text.to_string())),
        DeValue::Array(items) if !items.is_empty() => {
            for item in items {
                match item.get_ref().as_str() {
                    Some(text) => texts.push((item.span().start, text.to_owned())),
                    None => {
                        faults.push((item.span().start, format!("{} holds texts in quotes only", key.name)))
                    }
                }
            }
        }
        DeValue::Array(_) => {
            faults.push((at, format!("{} is an empty list; leave the key out instead", key.name)));
        }
        _ => faults.push((at, format!("{} is a list of texts in quotes, such as [\"…\"]", key.name))),
    }
    for (i, (at, text)) in texts.iter().enumerate() {
        let fault = match key.kind {
            Kind::States => states::fault(text),
            Kind::Filters => topics::fault(text),
            Kind::SomeOf(words) if !words.contains(&text.as_str()) => Some(not_a_word(key, text, words)),
            _ if text.trim().is_empty() => Some(format!("{} holds an empty text", key.name)),
            _ => None,
        };
        let twice = || texts[..i].iter().any(|(_, other)| other == text);
        if let Some(fault) = fault {
            faults.push((*at, fault));
        } else if twice() {
            faults.push((*at, format!("\"{text}\" is in {} twice", key.name)));
        }
    }
    (faults.len() == before).then_some(texts)
}

fn tables<'a>(value: &'a DeValue<'a>) -> Option<Vec<(usize, &'a DeTable<'a>)>> {
    let items = value.as_array()?;
    items.iter().map(|item| Some((item.span().start, item.get_ref().as_table()?))).collect()
}
