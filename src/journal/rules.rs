//! Versions of rules and zones in the journal: which came into force when, who changed what and why. The texts of their files
//! lie beside the journal under their hashes, which the entries name, so that the chain of entries covers them too.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verify::{digest, hex};
use crate::in_place::{self, Readers};

/// Folder of the texts, in the state folder.
const TEXTS: &str = "rule-files";

/// A version of rules and zones that came into force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RulesVersion")]
#[serde(default)]
pub struct RulesVersion {
    /// Version: a hash of rules, limits and zones.
    pub version: String,
    /// Version before; empty for the first.
    pub was: String,
    /// Time of the record, milliseconds UTC.
    #[serde(skip_deserializing)]
    pub at: i64,
    /// Name of the officer; empty where the files were edited on disk.
    pub who: String,
    /// Reason that the officer gave, or `edited on disk`.
    pub why: String,
    /// Whether a change was taken back: the version was in force before.
    pub back: bool,
    /// Differences from the version before, one line each.
    pub diff: Vec<String>,
    /// SHA-256 of each file, by the name that the main file has for it.
    pub files: BTreeMap<String, String>,
    /// Name of the main file.
    pub main: String,
}

/// Returns every version that came into force, the newest first.
///
/// # Errors
/// The file cannot be read.
pub fn versions(db: &Connection) -> rusqlite::Result<Vec<RulesVersion>> {
    let sql = "SELECT written_ms, body FROM entry WHERE kind = 'change' AND body IS NOT NULL ORDER BY n";
    let mut statement = db.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    let mut versions: Vec<RulesVersion> = Vec::new();
    for row in rows {
        let (at, body) = row?;
        let Ok(read) = serde_json::from_str::<RulesVersion>(&body) else { continue };
        match versions.last_mut() {
            _ if read.version.is_empty() => {}
            // Other comments, other lists: the files of the version are the newest that say it.
            Some(last) if last.version == read.version => (last.files, last.main) = (read.files, read.main),
            _ => versions.push(RulesVersion { at, ..read }),
        }
    }
    versions.reverse();
    Ok(versions)
}

/// Returns the version that comes into force when the change before is taken back: the one before that in force, in the history
/// without what was taken back already. `log` has the newest version first.
pub fn before<'a>(log: &'a [RulesVersion], in_force: &str) -> Option<&'a RulesVersion> {
    let mut history: Vec<&RulesVersion> = Vec::new();
    for entry in log.iter().rev() {
        match history.iter().rposition(|earlier| earlier.version == entry.version) {
            Some(place) if entry.back => history.truncate(place + 1),
            _ => history.push(entry),
        }
    }
    match history.as_slice() {
        [.., newest] if newest.version != in_force => Some(newest),
        [.., before, _] => Some(before),
        _ => None,
    }
}

/// Returns how many alerts of this node each rule raised, by the outcome with which officers closed them.
///
/// # Errors
/// The file cannot be read.
pub fn outcomes(db: &Connection) -> rusqlite::Result<Vec<(String, Option<String>, u64)>> {
    let sql = "SELECT a.rule, a.outcome, count(*) FROM alert a JOIN entry e ON e.n = a.last_n
               WHERE e.kind IN ('alert', 'published') GROUP BY a.rule, a.outcome";
    let mut statement = db.prepare(sql)?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}

/// Keeps texts in a state folder, each under its hash; returns the hashes by name.
///
/// # Errors
/// The disk refuses.
pub fn keep_texts(state: &Path, texts: &BTreeMap<String, String>) -> io::Result<BTreeMap<String, String>> {
    let folder = state.join(TEXTS);
    fs::create_dir_all(&folder)?;
    let mut files = BTreeMap::new();
    for (name, text) in texts {
        let hash = hex(&digest(text));
        let path = folder.join(&hash);
        files.insert(name.clone(), hash.clone());
        if !path.exists() {
            in_place::put(&path, text.as_bytes(), Readers::Anybody)?;
        }
    }
    Ok(files)
}

/// Returns the texts of a version's files.
///
/// # Errors
/// A text is not in this state folder, or is not the one that its name says.
pub fn texts(state: &Path, version: &RulesVersion) -> io::Result<BTreeMap<String, String>> {
    let folder = state.join(TEXTS);
    let read = |(name, hash): (&String, &String)| {
        let path = folder.join(hash);
        let text = fs::read_to_string(&path)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        match hex(&digest(&text)) == *hash {
            true => Ok((name.clone(), text)),
            false => Err(io::Error::other(format!("{} was changed afterwards", path.display()))),
        }
    };
    version.files.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Entry, FILE, Journal, open_for_reading};

    #[test]
    fn taking_back_goes_further_back_each_time() {
        let mut log: Vec<RulesVersion> = Vec::new();
        let mut note = |version: &str, back: bool| {
            let entry = RulesVersion { version: version.to_owned(), back, ..RulesVersion::default() };
            log.insert(0, entry);
            before(&log, version).map(|before| before.version.clone())
        };
        let some = |version: &str| Some(version.to_owned());
        assert_eq!(note("a", false), None);
        assert_eq!(note("b", false), some("a"));
        assert_eq!(note("c", false), some("b"));
        assert_eq!(note("b", true), some("a"));
        assert_eq!(note("a", true), None);
        assert_eq!(note("d", false), some("a"));
        // Whoever writes the files of before by hand makes a change that can be taken back.
        assert_eq!(note("a", false), some("d"));
        assert_eq!(note("d", true), some("a"));
        assert_eq!(before(&log, "e").map(|it| it.version.as_str()), Some("d"), "the journal missed a change");
    }

    #[test]
    fn versions_are_read_newest_first_and_their_files_are_checked() {
        let folder = tempfile::tempdir().expect("made");
        let path = folder.path().join(FILE);
        let mut journal = Journal::open(&path).expect("opens");
        let texts = |text: &str| BTreeMap::from([("rules/a.toml".to_owned(), text.to_owned())]);
        let mut change = |id: &str, version: &str, text: &str| {
            let files = keep_texts(folder.path(), &texts(text)).expect("kept");
            let body = serde_json::json!({"change": "reload", "version": version, "why": id, "files": files, "main": "m"});
            let entry = Entry::Change { id: id.to_owned(), body: body.to_string() };
            journal.append(&mut [entry]).expect("written");
        };
        change("1", "a", "one");
        change("2", "b", "two");
        change("3", "b", "two # with a comment");
        let lists =
            Entry::Change { id: "4".to_owned(), body: "{\"change\":\"reload\",\"lists\":{}}".to_owned() };
        journal.append(&mut [lists]).expect("written");
        let log = versions(&open_for_reading(&path).expect("opens")).expect("reads");
        let said: Vec<_> = log.iter().map(|entry| (entry.version.as_str(), entry.why.as_str())).collect();
        assert_eq!(said, [("b", "2"), ("a", "1")]);
        assert_eq!(super::texts(folder.path(), &log[0]).expect("reads"), texts("two # with a comment"));
        let kept = folder.path().join(TEXTS).join(&log[1].files["rules/a.toml"]);
        fs::write(&kept, "other").expect("writes");
        let fault = super::texts(folder.path(), &log[1]).expect_err("changed").to_string();
        assert!(fault.contains("was changed afterwards"), "{fault}");
        fs::remove_file(&kept).expect("removed");
        assert!(super::texts(folder.path(), &log[1]).is_err(), "gone");
    }
}
