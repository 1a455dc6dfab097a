//! Versions of the rules of a running watch: what came into force is written down, and requests of the console are carried out.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::reload::Reloader;
use crate::config::change;
use crate::config::difference::difference;
use crate::config::snapshot::Snapshot;
use crate::engine::Setup;
use crate::journal::{self, rules};
use crate::pipeline::Reload;
use crate::pipeline::rules_desk::{PutInForce, RulesRefused, RulesRequest, Wanted};
use crate::telemetry;

/// Reason of a change that no officer made at the console.
const ON_DISK: &str = "edited on disk";

/// Who changes the rules, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct By<'a> {
    /// Name of the officer; empty where files were edited.
    pub who: &'a str,
    /// Reason.
    pub why: &'a str,
    /// Whether this takes a change back.
    pub is_back: bool,
}

impl By<'_> {
    /// Somebody who edited files.
    pub const ON_DISK: By<'static> = By { who: "", why: ON_DISK, is_back: false };
}

/// The state folder in which versions of rules are kept.
#[derive(Clone, Debug)]
pub(super) struct Versions {
    state: PathBuf,
    config: Option<PathBuf>,
}

impl Versions {
    /// Makes the keeper of versions beside a journal.
    pub fn new(journal: &Path, config: Option<PathBuf>) -> Versions {
        Versions { state: journal.parent().unwrap_or(Path::new(".")).to_owned(), config }
    }

    /// Adds to the body of a change its version, who made it and why, what differs, and the files as they are now, whose texts
    /// are kept.
    pub fn complete(&self, body: &mut Value, (old, new): (&Setup, &Setup), by: By<'_>) {
        let diff = difference((&old.rules, &old.geography), (&new.rules, &new.geography));
        self.describe(body, (&old.version, &new.version), diff, by);
    }

    fn describe(&self, body: &mut Value, (was, version): (&str, &str), diff: Vec<String>, by: By<'_>) {
        let snapshot = Snapshot::take(self.config.as_deref());
        let files = rules::keep_texts(&self.state, &snapshot.texts).unwrap_or_else(|error| {
            let error = error.to_string();
            tracing::error!(event = telemetry::RELOAD, error, "the files of this version are not kept");
            Default::default()
        });
        let more = json!({
            "version": version, "was": was, "who": by.who, "why": by.why, "back": by.is_back,
            "diff": diff, "files": files, "main": snapshot.main,
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
    }

    /// Returns the entry that says with which version the watch begins, unless the journal says so already.
    pub fn at_start(&self, setup: &Setup) -> Option<(String, String)> {
        let log = self.log();
        let newest = log.first();
        if newest.is_some_and(|newest| newest.version == setup.version) {
            return None;
        }
        let before = newest.and_then(|newest| {
            let texts = rules::texts(&self.state, newest).ok()?;
            Some(Snapshot { main: newest.main.clone(), texts }.read())
        });
        let diff = before.map_or(Vec::new(), |(rules, geography)| {
            difference((&rules, &geography), (&setup.rules, &setup.geography))
        });
        let why = if newest.is_some() { ON_DISK } else { "the first start of the watch" };
        let mut body = json!({"change": "start"});
        let was = newest.map_or("", |newest| newest.version.as_str());
        self.describe(&mut body, (was, &setup.version), diff, By { why, ..By::ON_DISK });
        Some((format!("rules-{}-{}", log.len(), setup.version), body.to_string()))
    }

    /// Returns the versions that came into force, the newest first; none where the journal cannot be read.
    fn log(&self) -> Vec<rules::RulesVersion> {
        let read = journal::open_for_reading(&self.state.join(journal::FILE));
        read.ok().and_then(|db| rules::versions(&db).ok()).unwrap_or_default()
    }

    /// Writes the files that a request asks for, and has them read. Where the configuration is wrong with them, the files are
    /// those from before again.
    ///
    /// # Errors
    /// The request does not fit, or a file cannot be written.
    pub fn carry_out(
        &self,
        reloader: &mut Reloader,
        request: &RulesRequest,
    ) -> Result<(Reload, PutInForce), RulesRefused> {
        let path = self.config.as_deref();
        let before = Snapshot::take(path);
        let setup = reloader.config().setup.clone();
        match &request.wanted {
            Wanted::Changes(changes, zones) => {
                let edited = change::apply(path, changes, zones.as_ref())?;
                let overview = edited.overview().map_err(RulesRefused::Wrong)?;
                if overview.config.setup.version == setup.version {
                    return Err(RulesRefused::Nothing);
                }
                edited.write()?;
            }
            Wanted::Before(shown) => self.version_before(&setup.version, shown.as_deref())?.put_back(path)?,
        }
        let is_back = matches!(request.wanted, Wanted::Before(_));
        let by = By { who: &request.who, why: &request.why, is_back };
        let read = reloader.read(by).map_err(RulesRefused::Wrong);
        let reload = match read {
            Ok(reload) => reload,
            Err(wrong) => {
                before.put_back(path)?;
                return Err(wrong);
            }
        };
        let after = &reloader.config().setup;
        let diff = difference((&setup.rules, &setup.geography), (&after.rules, &after.geography));
        let put = PutInForce { version: after.version.clone(), was: setup.version, diff };
        Ok((reload, put))
    }

    fn version_before(&self, in_force: &str, shown: Option<&str>) -> Result<Snapshot, RulesRefused> {
        let log = self.log();
        let before = rules::before(&log, in_force).ok_or(RulesRefused::NoneBefore)?;
        if shown.is_some_and(|shown| shown != before.version) {
            return Err(RulesRefused::Other(before.version.clone()));
        }
        let texts = rules::texts(&self.state, before).map_err(|fault| RulesRefused::Lost {
            version: before.version.clone(),
            fault: fault.to_string(),
        })?;
        if texts.is_empty() {
            let (version, fault) = (before.version.clone(), "they were not kept".to_owned());
            return Err(RulesRefused::Lost { version, fault });
        }
        Ok(Snapshot { main: before.main.clone(), texts })
    }
}
