//! Changes of rules and zones, written into the files of a configuration as an editor would write them: comments, order and
//! layout stay.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use toml_edit::{Array, DocumentMut, Item, TableLike, Value};

use super::nearest::hint;
use super::values::{Written, default_of, parse_limit, shown};
use super::zone_file::{ZONE_FILE, merged};
use super::{Overview, Problem, Source, lines, overview_of, place_of};
use crate::model::{Limit, LimitKind, LimitValue};
use crate::patterns::Pattern;

/// Keys of a rule itself that a change may name in place of a limit.
pub const RULE_KEYS: [&str; 4] = ["enabled", "severity", "inside", "outside"];

/// A new value of one limit of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RuleChange")]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Name of the rule.
    pub rule: String,
    /// Name of the limit as rule files have it, without a unit; or `enabled`, `severity`, `inside`, `outside`.
    pub limit: String,
    /// New value.
    pub value: Given,
}

/// A value as somebody gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RuleChangeValue")]
#[serde(untagged)]
pub enum Given {
    /// A truth value, for `enabled`.
    Switch(bool),
    /// A number in the unit that alerts give the limit in: knots, metres, nautical miles, seconds, feet, degrees, or none.
    Number(f64),
    /// A value as a rule file has it, such as `2 kn`, `seaward` or `none`.
    Text(String),
    /// Words.
    List(Vec<String>),
}

/// Why changes cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The configuration cannot be read as it stands.
    #[error("{}", lines(.0))]
    Configuration(Vec<Problem>),
    /// No rule has the name.
    #[error("no rule of the configuration is called \"{rule}\"{hint}")]
    NoRule {
        /// The name.
        rule: String,
        /// The nearest name.
        hint: String,
    },
    /// The rule's pattern has no such limit.
    #[error("rule \"{rule}\" of pattern {pattern} has no limit \"{limit}\"{hint}")]
    NoLimit {
        /// Name of the rule.
        rule: String,
        /// The rule's pattern.
        pattern: String,
        /// The name of the limit.
        limit: String,
        /// The nearest name.
        hint: String,
    },
    /// The value is none of this limit.
    #[error("rule \"{rule}\": {fault}")]
    Value {
        /// Name of the rule.
        rule: String,
        /// The fault and its mend.
        fault: String,
    },
    /// The zones are no zones.
    #[error("zones: {0}")]
    Zones(&'static str),
    /// The file cannot be edited or written.
    #[error("{}: {fault}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The fault.
        fault: String,
    },
    /// The configuration is the one inside the program.
    #[error(
        "the configuration inside the program cannot be changed: put a copy on disk, and name it with -c"
    )]
    Shipped,
}

/// New text of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file on disk.
    pub path: PathBuf,
    /// Text before; `None` for a file that is new.
    pub before: Option<String>,
    /// Text after.
    pub after: String,
}

/// Texts of the files of a configuration after changes.
#[derive(Clone, Debug)]
pub struct Edited {
    source: Source,
    main: String,
    /// Files that change, by the name that the configuration has for them.
    pub files: BTreeMap<String, Edit>,
}

impl Edited {
    /// Checks the whole configuration as it is with these texts.
    ///
    /// # Errors
    /// Every error of every file.
    pub fn overview(&self) -> Result<Overview, Vec<Problem>> {
        let texts = self.files.iter().map(|(name, edit)| (name.clone(), edit.after.clone())).collect();
        overview_of(&Source::Edited(Box::new(self.source.clone()), texts), &self.main)
    }

    /// Writes the texts to disk, each file whole or not at all. Files that were written are put back where a later one fails.
    ///
    /// # Errors
    /// The disk refuses, or the configuration is the one inside the program.
    pub fn write(&self) -> Result<(), ChangeError> {
        if !matches!(self.source, Source::Folder(_)) {
            return Err(ChangeError::Shipped);
        }
        let texts: Vec<_> =
            self.files.values().map(|edit| (edit.path.as_path(), Some(edit.after.as_str()))).collect();
        super::put::files(&texts)
            .map_err(|(path, error)| ChangeError::File { path, fault: error.to_string() })
    }
}

/// Returns the files of a configuration as they are after changes of limits, and with zones that are added or replaced by their
/// id. Nothing is written and nothing is checked beyond the values: see [`Edited::overview`] and [`Edited::write`].
///
/// # Errors
/// The configuration cannot be read, or a change does not fit it.
pub fn apply(path: Option<&Path>, changes: &[Change], zones: Option<&Json>) -> Result<Edited, ChangeError> {
    let (source, main) = place_of(path);
    let mut edited = Edited { source, main, files: BTreeMap::new() };
    let mut rules = Vec::new();
    for name in files_of(&edited, "rules")? {
        rules.push(RuleFile::read(&edited.source, name)?);
    }
    for change in changes {
        make(&mut rules, change)?;
    }
    for file in rules {
        let after = file.text();
        if after != file.before {
            edited.files.insert(file.name, Edit { path: file.path, before: Some(file.before), after });
        }
    }
    if let Some(zones) = zones {
        add_zones(&mut edited, zones)?;
    }
    Ok(edited)
}

/// Names of the files that one table of the main file names.
fn files_of(edited: &Edited, table: &str) -> Result<Vec<String>, ChangeError> {
    let main = edited.source.read(&edited.main).map_err(|fault| ChangeError::File {
        path: edited.source.path(&edited.main),
        fault: fault.to_string(),
    })?;
    Ok(super::names_in(&edited.source, &main, &[table]))
}

/// A rule file while it is edited.
struct RuleFile {
    name: String,
    path: PathBuf,
    before: String,
    doc: DocumentMut,
}

impl RuleFile {
    fn read(source: &Source, name: String) -> Result<RuleFile, ChangeError> {
        let path = source.path(&name);
        let fault = |fault: String| ChangeError::File { path: path.clone(), fault };
        let before = source.raw(&name).map_err(|error| fault(error.to_string()))?;
        let plain = before.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let doc =
            plain.parse::<DocumentMut>().map_err(|error| fault(format!("TOML: {}", error.message())))?;
        Ok(RuleFile { name, path, before, doc })
    }

    /// Returns the text with the line ends and the mark at its beginning that the file had before.
    fn text(&self) -> String {
        as_before(&self.before, self.doc.to_string())
    }

    fn names(&self) -> Vec<String> {
        let rules = self.doc.get("rule");
        let of_item = |table: &dyn TableLike| table.get("name").and_then(Item::as_str).map(str::to_owned);
        match rules {
            Some(Item::ArrayOfTables(tables)) => tables.iter().filter_map(|table| of_item(table)).collect(),
            Some(Item::Value(Value::Array(rules))) => {
                rules.iter().filter_map(|rule| of_item(rule.as_inline_table()?)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Returns a rule's table, and whether it is an inline one.
    fn rule(&mut self, name: &str) -> Option<(&mut dyn TableLike, bool)> {
        let is = |table: &dyn TableLike| table.get("name").and_then(Item::as_str) == Some(name);
        match self.doc.get_mut("rule")? {
            Item::ArrayOfTables(tables) => {
                tables.iter_mut().find(|table| is(*table)).map(|table| (table as &mut dyn TableLike, false))
            }
            Item::Value(Value::Array(rules)) => {
                let mut rules = rules.iter_mut().filter_map(Value::as_inline_table_mut);
                rules.find(|table| is(*table)).map(|table| (table as &mut dyn TableLike, true))
            }
            _ => None,
        }
    }
}

/// Returns a text with the line ends, the last line's end and the byte order mark of another.
pub(super) fn as_before(before: &str, mut text: String) -> String {
    if !before.ends_with('\n') && text.ends_with('\n') {
        text.pop();
    }
    if before.contains("\r\n") {
        text = text.replace('\n', "\r\n");
    }
    if before.starts_with('\u{feff}') { format!("\u{feff}{text}") } else { text }
}

/// Makes one change in the file that has the rule.
fn make(files: &mut [RuleFile], change: &Change) -> Result<(), ChangeError> {
    let Some(at) = files.iter().position(|file| file.names().contains(&change.rule)) else {
        let names: Vec<String> = files.iter().flat_map(RuleFile::names).collect();
        let hint = hint(&change.rule, names.iter().map(String::as_str));
        return Err(ChangeError::NoRule { rule: change.rule.clone(), hint });
    };
    let Some((rule, inline)) = files[at].rule(&change.rule) else { return Ok(()) };
    if RULE_KEYS.contains(&change.limit.as_str()) {
        return set_key(rule, inline, change);
    }
    let word = rule.get("pattern").and_then(Item::as_str).unwrap_or_default().to_owned();
    let limit = declared(&word, change)?;
    let wrong = |fault: String| ChangeError::Value { rule: change.rule.clone(), fault };
    let given = as_written(limit, &change.value);
    let value = parse_limit(limit, &given).map_err(wrong)?;
    let stands = rule.get("limits").and_then(Item::as_table_like).and_then(|limits| limits.get(limit.name));
    let now = match stands {
        None => Some(default_of(limit)),
        Some(item) => item.as_value().and_then(|value| parse_limit(limit, &read(value)).ok()),
    };
    if now.as_ref() == Some(&value) {
        return Ok(());
    }
    let whole = stands.and_then(Item::as_value).is_none_or(Value::is_integer);
    let new = as_toml(&given, &value, whole);
    let limits = rule.entry("limits").or_insert_with(|| Item::Table(toml_edit::Table::new()));
    let inline = limits.is_inline_table();
    match limits.as_table_like_mut() {
        Some(limits) => set(limits, inline, limit.name, new),
        None => return Err(wrong("its limits are no table; write them under [rule.limits]".to_owned())),
    }
    Ok(())
}

/// Finds the declaration of the limit that a change names.
fn declared(word: &str, change: &Change) -> Result<&'static Limit, ChangeError> {
    let pattern = Pattern::named(word);
    let limit = pattern.and_then(|pattern| pattern.limits.iter().find(|limit| limit.name == change.limit));
    limit.ok_or_else(|| ChangeError::NoLimit {
        rule: change.rule.clone(),
        pattern: word.to_owned(),
        limit: change.limit.clone(),
        hint: hint(
            &change.limit,
            pattern.iter().flat_map(|pattern| pattern.limits.iter().map(|limit| limit.name)),
        ),
    })
}

/// Sets a key of the rule itself. The check of the whole configuration judges the value.
fn set_key(rule: &mut dyn TableLike, inline: bool, change: &Change) -> Result<(), ChangeError> {
    let key = change.limit.as_str();
    let wrong = |fault: &str| {
        Err(ChangeError::Value { rule: change.rule.clone(), fault: format!("{key} is {fault}") })
    };
    let value = match (key, &change.value) {
        ("enabled", Given::Switch(on)) => Value::from(*on),
        ("enabled", _) => return wrong("true or false"),
        ("severity", Given::Text(word)) => Value::from(word.as_str()),
        ("severity", _) => return wrong("a word, such as \"moderate\""),
        (_, Given::List(words)) if words.is_empty() => {
            rule.remove(key);
            return Ok(());
        }
        (_, Given::List(words)) => Value::Array(words.iter().map(String::as_str).collect::<Array>()),
        _ => return wrong("a list of kinds and ids of zones"),
    };
    let same = |item: &Item| item.as_value().is_some_and(|old| plain(old) == plain(&value));
    if !rule.get(key).is_some_and(same) {
        set(rule, inline, key, value);
    }
    Ok(())
}

/// Returns a given value as the parser of limits takes it.
pub(super) fn as_written(limit: &Limit, given: &Given) -> Written {
    let is_plain = matches!(limit.kind, LimitKind::Share | LimitKind::Count | LimitKind::Factor);
    match given {
        Given::Switch(_) => Written::Other("truth value"),
        Given::Number(n) if limit.kind.quantity().is_some() && *n >= 0.0 => {
            Written::Text(shown(limit, &LimitValue::Number(*n)))
        }
        Given::Number(n) => Written::Number(*n),
        Given::Text(text) => match text.trim().parse() {
            Ok(number) if is_plain => Written::Number(number),
            _ if matches!(limit.kind, LimitKind::SomeOf(_) | LimitKind::Codes) && text.trim() != "none" => {
                Written::List(text.split(',').map(|word| word.trim().to_owned()).collect())
            }
            _ => Written::Text(text.trim().to_owned()),
        },
        Given::List(words) => Written::List(words.clone()),
    }
}

/// Returns a value of a file as the parser of limits takes it.
fn read(value: &Value) -> Written {
    match value {
        Value::String(text) => Written::Text(text.value().clone()),
        Value::Integer(n) => Written::Number(*n.value() as f64),
        Value::Float(n) => Written::Number(*n.value()),
        Value::Array(items) => {
            let words: Option<Vec<String>> =
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            words.map_or(Written::Other("list"), Written::List)
        }
        other => Written::Other(other.type_name()),
    }
}

fn as_toml(given: &Written, value: &LimitValue, whole: bool) -> Value {
    match (given, value) {
        (Written::List(_), LimitValue::Words(words)) => {
            Value::Array(words.iter().copied().collect::<Array>())
        }
        (Written::Number(n), _) if whole && n.fract() == 0.0 => Value::from(*n as i64),
        (Written::Number(n), _) => Value::from(*n),
        (Written::Text(text), _) => Value::from(text.as_str()),
        (_, value) => Value::from(format!("{value:?}")),
    }
}

/// Returns a value without the spaces and comments around it.
fn plain(value: &Value) -> String {
    let mut value = value.clone();
    value.decor_mut().clear();
    value.to_string()
}

/// Puts a value into a table. A value that was there keeps what stands around it, and its comment keeps its column; a new one is
/// the last, in line with those before it.
fn set(table: &mut dyn TableLike, inline: bool, name: &str, mut new: Value) {
    if let Some(old) = table.get_mut(name).and_then(Item::as_value_mut) {
        let (was, is) = (plain(old).chars().count(), plain(&new).chars().count());
        *new.decor_mut() = old.decor().clone();
        let suffix = old.decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or_default();
        let comment = suffix.trim_start_matches(' ');
        if comment.starts_with('#') {
            let spaces = (suffix.len() - comment.len() + was).saturating_sub(is).max(1);
            new.decor_mut().set_suffix(format!("{}{comment}", " ".repeat(spaces)));
        }
        *old = new;
        return;
    }
    let names: Vec<String> =
        table.iter().filter(|(_, item)| item.is_value()).map(|(name, _)| name.to_owned()).collect();
    let column = names.iter().filter_map(|name| {
        let key = table.key(name)?;
        let after = key.leaf_decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or(" ");
        Some(key.display_repr().chars().count() + after.len())
    });
    let column = column.max().unwrap_or_default();
    if inline
        && let Some(last) = names.last().and_then(|last| table.get_mut(last)).and_then(Item::as_value_mut)
    {
        let end = last.decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or_default().to_owned();
        last.decor_mut().set_suffix("");
        new = new.decorated(" ", end);
    }
    table.insert(name, Item::Value(new));
    let is_in_lines = !inline && !table.is_dotted() && !names.is_empty();
    if let Some(mut key) = table.key_mut(name).filter(|_| is_in_lines) {
        let spaces = column.saturating_sub(name.chars().count()).max(1);
        key.leaf_decor_mut().set_suffix(" ".repeat(spaces));
    }
}

/// Adds zones to the file of drawn zones, and the file to those that the main file names.
fn add_zones(edited: &mut Edited, zones: &Json) -> Result<(), ChangeError> {
    let path = edited.source.path(ZONE_FILE);
    let before = edited.source.raw(ZONE_FILE).ok();
    let after = merged(before.as_deref(), zones)?;
    if before.as_deref() == Some(after.as_str()) {
        return Ok(());
    }
    let is_new = before.is_none();
    edited.files.insert(ZONE_FILE.to_owned(), Edit { path, before, after });
    let texts = BTreeMap::from([(ZONE_FILE.to_owned(), String::new())]);
    let with = Edited { source: Source::Edited(Box::new(edited.source.clone()), texts), ..edited.clone() };
    if is_new && !files_of(&with, "zones")?.iter().any(|name| name == ZONE_FILE) {
        name_zone_file(edited)?;
    }
    Ok(())
}

/// Writes the file of drawn zones into `[zones] files` of the main file.
fn name_zone_file(edited: &mut Edited) -> Result<(), ChangeError> {
    let name = edited.main.clone();
    let mut main = RuleFile::read(&edited.source, name)?;
    let zones = main.doc.entry("zones").or_insert_with(|| Item::Table(toml_edit::Table::new()));
    let Some(zones) = zones.as_table_like_mut() else {
        return Err(ChangeError::Zones("[zones] of the main file is no table"));
    };
    match zones.get_mut("files").and_then(Item::as_value_mut) {
        Some(Value::Array(files)) => files.push(ZONE_FILE),
        Some(Value::String(one)) => {
            let both: Array = [one.value().as_str(), ZONE_FILE].into_iter().collect();
            set(zones, false, "files", Value::Array(both));
        }
        _ => set(zones, false, "files", Value::Array(std::iter::once(ZONE_FILE).collect())),
    }
    let after = main.text();
    edited.files.insert(main.name, Edit { path: main.path, before: Some(main.before), after });
    Ok(())
}

#[cfg(test)]
mod tests;
