//! The files of rules and zones as they are, to be kept, compared and put back.

use std::collections::BTreeMap;
use std::path::Path;

use toml_edit::DocumentMut;

use super::change::{ChangeError, as_before};
use super::fields::{self, Fields};
use super::problem::{Doc, Problems};
use super::{Source, centres, keys, lists, names_in, place_of, put, rules, settings, zones};
use crate::model::{Geography, Rule};

/// Tables of the main file that name files of rules and zones.
const TABLES: [&str; 2] = ["zones", "rules"];

/// Texts of the files of rules and zones, and of the main file that names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Name of the main file.
    pub main: String,
    /// Text of each file, by the name that the main file has for it.
    pub texts: BTreeMap<String, String>,
}

impl Snapshot {
    /// Reads the files as they are. A file that cannot be read is left out.
    pub fn take(path: Option<&Path>) -> Snapshot {
        let (source, main) = place_of(path);
        let text = source.read(&main).unwrap_or_default();
        let mut names = names_in(&source, &text, &TABLES);
        names.push(main.clone());
        let texts = names.into_iter().filter_map(|name| Some((source.raw(&name).ok()?, name)));
        Snapshot { main, texts: texts.map(|(text, name)| (name, text)).collect() }
    }

    /// Returns the rules in force and the zones that these files say.
    pub fn read(&self) -> (Vec<Rule>, Geography) {
        let (source, problems) = (Source::Memory(self.texts.clone()), Problems::default());
        let mut geography = Geography::default();
        let Ok(text) = source.read(&self.main) else { return (Vec::new(), geography) };
        let doc = Doc { name: self.main.clone(), text };
        let Some(parsed) = fields::parse(&doc, &problems) else { return (Vec::new(), geography) };
        let main = Fields::read(&doc, 0, parsed.get_ref(), &keys::MAIN, &problems);
        let zone_files = settings::files(&main, "zones", "files", &source, &problems);
        let mut zones = zones::Zones { incomplete: true, ..Default::default() };
        let audience = centres::Audience::default();
        zone_files.docs.iter().for_each(|doc| zones.read(doc, &audience, &problems));
        let coast = settings::files(&main, "zones", "coast", &source, &problems);
        coast.docs.iter().for_each(|doc| zones::read_land(doc, &mut geography.land, &problems));
        let lists = lists::Lists { incomplete: true, ..Default::default() };
        let known = rules::Known { zones: &zones, lists: &lists };
        let mut rules = rules::Rules::default();
        let rule_files = settings::files(&main, "rules", "files", &source, &problems);
        rule_files.docs.iter().for_each(|doc| rules.read(doc, &known, &problems));
        geography.zones = zones.zones;
        (rules.rules, geography)
    }

    /// Writes these files over those of a configuration on disk: files that are there now and are none of these are removed.
    /// Of the main file only `[zones]` and `[rules]` are put back, so that what else was changed in it stays.
    ///
    /// # Errors
    /// The disk refuses, or the configuration is the one inside the program; then no file is another one.
    pub fn put_back(&self, path: Option<&Path>) -> Result<(), ChangeError> {
        let (source, main) = place_of(path);
        if !matches!(source, Source::Folder(_)) {
            return Err(ChangeError::Shipped);
        }
        let now = Snapshot::take(path);
        let mut wanted: BTreeMap<&str, Option<String>> = BTreeMap::new();
        for (name, text) in self.texts.iter().filter(|(name, _)| **name != self.main) {
            if now.texts.get(name) != Some(text) {
                wanted.insert(name, Some(text.clone()));
            }
        }
        for name in now.texts.keys().filter(|name| **name != main && !self.texts.contains_key(*name)) {
            wanted.insert(name, None);
        }
        if let (Some(before), Some(after)) = (self.texts.get(&self.main), now.texts.get(&main)) {
            let text = with_tables_of(before, after);
            if text != *after {
                wanted.insert(&main, Some(text));
            }
        }
        let paths: Vec<_> = wanted.iter().map(|(name, text)| (source.path(name), text.as_deref())).collect();
        let texts: Vec<put::Text<'_>> = paths.iter().map(|(path, text)| (path.as_path(), *text)).collect();
        put::files(&texts).map_err(|(path, error)| ChangeError::File { path, fault: error.to_string() })
    }
}

/// Returns a main file with the `[zones]` and `[rules]` of another: that other one, where nothing else differs.
fn with_tables_of(before: &str, after: &str) -> String {
    let parse = |text: &str| text.trim_start_matches('\u{feff}').replace("\r\n", "\n").parse::<DocumentMut>();
    let (Ok(old), Ok(mut new)) = (parse(before), parse(after)) else { return after.to_owned() };
    let value = |text: &str| text.trim_start_matches('\u{feff}').parse::<toml::Table>().unwrap_or_default();
    let (was, is) = (value(before), value(after));
    if TABLES.iter().all(|table| was.get(*table) == is.get(*table)) {
        return after.to_owned();
    }
    let mut others = [was, is];
    others.iter_mut().for_each(|main| TABLES.iter().for_each(|table| drop(main.remove(*table))));
    if others[0] == others[1] {
        return before.to_owned();
    }
    for table in TABLES {
        match old.get(table) {
            Some(item) => new.insert(table, item.clone()),
            None => new.remove(table),
        };
    }
    as_before(after, new.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::config;

    const RULE: &str =
        "[[rule]]\nname = \"fast\"\npattern = \"go-fast\"\n[rule.limits]\nmin_speed = \"25 kn\" # here\n";
    const MAIN: &str = "[node]\nname = \"t\" # us\nstate = \"BRB\"\n[rules]\nfiles = [\"rules/*.toml\"]\n";

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("made");
        fs::create_dir(folder.path().join("rules")).expect("made");
        fs::write(folder.path().join("rules/a.toml"), RULE).expect("writes");
        let main = folder.path().join("vigie.toml");
        fs::write(&main, MAIN).expect("writes");
        (folder, main)
    }

    #[test]
    fn files_are_put_back_to_the_letter_and_new_ones_are_removed() {
        let (folder, main) = folder();
        let before = Snapshot::take(Some(&main));
        let (rules, _) = before.read();
        let loaded = config::load(&main).expect("right").0.setup;
        assert_eq!(rules, loaded.rules, "what is kept says what was in force");
        let zones = serde_json::json!({"type": "FeatureCollection", "features": [{
            "type": "Feature", "properties": {"id": "box", "kind": "area", "name": "Box"},
            "geometry": {"type": "Polygon", "coordinates": [[[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 1.0]]]},
        }]});
        config::change::apply(Some(&main), &[], Some(&zones)).expect("applies").write().expect("writes");
        fs::write(folder.path().join("rules/b.toml"), RULE.replace("fast", "other")).expect("writes");
        fs::write(folder.path().join("rules/a.toml"), RULE.replace("25", "30")).expect("writes");
        before.put_back(Some(&main)).expect("writes");
        assert_eq!(Snapshot::take(Some(&main)), before);
        assert_eq!(fs::read_to_string(&main).expect("reads"), MAIN);
        assert!(!folder.path().join("zones/drawn.geojson").exists());
    }

    #[test]
    fn what_else_was_changed_in_the_main_file_stays() {
        let (_folder, main) = folder();
        let before = Snapshot::take(Some(&main));
        let other = MAIN.replace("\"t\" # us", "\"u\" # new").replace("rules/*.toml", "rules/a.toml");
        fs::write(&main, &other).expect("writes");
        before.put_back(Some(&main)).expect("writes");
        let now = fs::read_to_string(&main).expect("reads");
        assert_eq!(now, MAIN.replace("\"t\" # us", "\"u\" # new"));
        fs::write(&main, MAIN.replace("\"t\"", "\"v\"")).expect("writes");
        before.put_back(Some(&main)).expect("writes");
        assert_eq!(fs::read_to_string(&main).expect("reads"), MAIN.replace("\"t\"", "\"v\""));
    }
}
