//! Reloads rules, zones and lists while the watch runs: when a file changes, or at SIGHUP.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::rule_versions::{By, Versions};
use crate::config::{self, Config, Gravity, Problem};
use crate::engine::{ReadyLists, Setup};
use crate::feed::signatures::Signatures;
use crate::model::{ListMarking, VesselList};
use crate::pipeline::{Reload, Renewal};
use crate::sharing::pictures::InForce;
use crate::sinks::marking::Marks;
use crate::telemetry;

/// Detects changes of the configuration.
pub(super) struct Reloader {
    path: Option<PathBuf>,
    stamp: u64,
    /// The configuration in force.
    config: Config,
    /// Vessel lists from files.
    filed: Vec<VesselList>,
    /// Vessel lists received over MQTT, by topic.
    received: BTreeMap<String, Vec<VesselList>>,
    signatures: Signatures,
    versions: Option<Versions>,
}

impl Reloader {
    /// Starts with the configuration in force.
    pub fn new(path: Option<PathBuf>, config: &Config, signatures: Signatures) -> Reloader {
        Reloader {
            stamp: config::stamp(path.as_deref()),
            path,
            config: config.clone(),
            filed: config.setup.lists.clone(),
            received: BTreeMap::new(),
            signatures,
            versions: None,
        }
    }

    /// Keeps the versions of rules from here on.
    pub fn keep(&mut self, versions: Versions) {
        self.versions = Some(versions);
    }

    /// Returns the configuration in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the new configuration if a file changed, or if a reload was requested (`asked`). Errors are logged, and the
    /// last good configuration stays in force.
    pub fn look(&mut self, asked: bool) -> Option<Reload> {
        let stamp = config::stamp(self.path.as_deref());
        if stamp == self.stamp && !asked {
            return None;
        }
        match self.read(By::ON_DISK) {
            Ok(reload) => Some(reload),
            Err(problems) => {
                let event = telemetry::RELOAD;
                for problem in problems.iter().filter(|problem| problem.severity == Gravity::Error) {
                    tracing::error!(event, %problem, "not reloaded; the configuration in force stays");
                }
                None
            }
        }
    }

    /// Reads the configuration as it is on disk, which somebody changed.
    ///
    /// # Errors
    /// Every error in it; the configuration in force stays.
    pub fn read(&mut self, by: By<'_>) -> Result<Reload, Vec<Problem>> {
        self.stamp = config::stamp(self.path.as_deref());
        let event = telemetry::RELOAD;
        let (new, problems) = config::load_or_shipped(self.path.as_deref())?;
        problems.iter().for_each(|problem| tracing::warn!(event, %problem, "reload"));
        let same = |a: &Config, b: &Config| {
            (&a.node, &a.broker, &a.feeds, &a.http, &a.state)
                == (&b.node, &b.broker, &b.feeds, &b.http, &b.state)
        };
        if !same(&new, &self.config) {
            tracing::warn!(event, "node, broker, feeds, http and state change at the next start only");
        }
        self.filed.clone_from(&new.setup.lists);
        self.config.sharing = new.sharing;
        (self.config.centres, self.config.policy) = (new.centres, new.policy);
        self.config.feeds = new.feeds;
        self.config.rule_files = new.rule_files;
        Ok(self.in_force(Setup { lists: lists_of(&self.filed, &self.received), ..new.setup }, by))
    }

    /// Returns the new configuration after lists arrived over MQTT. Errors are logged, and the last good lists stay in force.
    pub fn listed(&mut self, topic: String, payload: &[u8]) -> Option<Reload> {
        let event = telemetry::LISTS;
        let refused =
            |error: String| tracing::error!(event, topic, error, "refused; the lists in force stay");
        let text = match self.signatures.check_list(&topic, payload) {
            Ok(text) => text,
            Err(reason) => {
                refused(reason.word().to_owned());
                return None;
            }
        };
        let lists = match config::lists(&topic, &text) {
            Ok(lists) => lists,
            Err(problems) => {
                problems.iter().for_each(|problem| refused(problem.to_string()));
                return None;
            }
        };
        let exempt = |list: &VesselList| {
            self.config.setup.rules.iter().any(|rule| rule.who.not_listed.contains(&list.name))
        };
        if let Some(list) = lists.iter().find(|list| exempt(list)) {
            refused(format!(
                "\"{}\" exempts vessels from a rule; only a list from a file may do that",
                list.name
            ));
            return None;
        }
        let levels = &self.config.sharing.levels;
        let mut marked =
            lists.iter().flat_map(|list| &list.markings).filter_map(|marking| marking.level.as_ref());
        if let Some(level) = marked.find(|level| !levels.contains(level)) {
            refused(format!("the marking \"{level}\" is none of the levels: {}", levels.join(", ")));
            return None;
        }
        let entries: usize = lists.iter().map(|list| list.entries.len()).sum();
        tracing::info!(event, topic, lists = lists.len(), entries, "lists received");
        self.received.insert(topic, lists);
        let lists = lists_of(&self.filed, &self.received);
        // A broker delivers its retained messages at every connection.
        (lists != self.config.setup.lists).then(|| self.lists_in_force(lists))
    }

    /// Lists change far more often than rules and zones: these are not touched then.
    fn lists_in_force(&mut self, lists: Vec<VesselList>) -> Reload {
        let setup = &mut self.config.setup;
        let old = std::mem::replace(&mut setup.lists, lists);
        let change = change((setup, &old), (setup, &setup.lists)).to_string();
        let ready = ReadyLists::new(&setup.rules, setup.lists.clone());
        let lists = Arc::new(setup.lists.clone());
        self.reload(Renewal::Lists(lists, ready), change)
    }

    fn in_force(&mut self, setup: Setup, by: By<'_>) -> Reload {
        let old = &self.config.setup;
        let mut change = change((old, &old.lists), (&setup, &setup.lists));
        if let Some(versions) = &self.versions {
            versions.complete(&mut change, (old, &setup), by);
        }
        self.config.setup = setup.clone();
        self.reload(Renewal::Setup(Arc::new(setup)), change.to_string())
    }

    /// Puts together what follows from the configuration in force.
    fn reload(&self, renewal: Renewal, change: String) -> Reload {
        let (marks, sharing) = (Arc::new(Marks::of(&self.config)), Arc::new(InForce::of(&self.config)));
        Reload { renewal, marks, sharing, change }
    }
}

/// Returns the lists of the files and those received over MQTT, by topic.
///
/// The topic whose last level is a list's name is that list's own: what it brings replaces the list of the file. Every other topic
/// adds entries to a list, and takes none away, so that the broker's access list decides who may take a vessel off.
fn lists_of(filed: &[VesselList], received: &BTreeMap<String, Vec<VesselList>>) -> Vec<VesselList> {
    let mut lists = filed.to_vec();
    let is_own = |topic: &str, list: &VesselList| topic.rsplit('/').next() == Some(list.name.as_str());
    let all = || received.iter().flat_map(|(topic, lists)| lists.iter().map(move |list| (topic, list)));
    for (_, list) in all().filter(|(topic, list)| is_own(topic, list)) {
        match lists.iter_mut().find(|other| other.name == list.name) {
            Some(other) => other.clone_from(list),
            None => lists.push(list.clone()),
        }
    }
    for (_, list) in all().filter(|(topic, list)| !is_own(topic, list)) {
        match lists.iter_mut().find(|other| other.name == list.name) {
            Some(other) => {
                other.markings.resize_with(other.entries.len(), ListMarking::default);
                for (at, entry) in list.entries.iter().enumerate() {
                    if !other.entries.contains(entry) {
                        other.entries.push(entry.clone());
                        other.markings.push(list.markings.get(at).cloned().unwrap_or_default());
                    }
                }
            }
            None => lists.push(list.clone()),
        }
    }
    lists
}

/// A setup, and the lists that count in the place of its own.
type SetupWithLists<'a> = (&'a Setup, &'a [VesselList]);

/// Describes the difference of two configurations as one JSON object.
fn change((old, old_lists): SetupWithLists<'_>, (new, new_lists): SetupWithLists<'_>) -> Value {
    let by_name = |setup: &Setup| -> BTreeMap<String, String> {
        setup.rules.iter().map(|rule| (rule.name.clone(), rule.hash.clone())).collect()
    };
    let (was, is) = (by_name(old), by_name(new));
    let added: Vec<_> = is.keys().filter(|name| !was.contains_key(*name)).collect();
    let removed: Vec<_> = was.keys().filter(|name| !is.contains_key(*name)).collect();
    let other = |(name, hash): &(&String, &String)| was.get(*name).is_some_and(|was| was != *hash);
    let changed: Vec<_> = is.iter().filter(other).map(|(name, _)| name).collect();
    serde_json::json!({
        "change": "reload",
        "rules": {"added": added, "removed": removed, "changed": changed},
        "rules_in_force": is,
        "zones": {"same": old.geography == new.geography, "count": new.geography.zones.len()},
        "lists": {"same": old_lists == new_lists, "count": new_lists.len()},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(text: &str) -> Vec<VesselList> {
        config::lists("test", text).unwrap_or_else(|problems| panic!("{}", config::lines(&problems)))
    }

    fn wanted(numbers: &[u32]) -> Vec<VesselList> {
        let entry = |mmsi: &u32| {
            format!("[[list.entry]]\nmmsi = {mmsi}\nreason = \"r\"\nfrom = 2026-01-01\nuntil = 2026-12-31\n")
        };
        let entries: String = numbers.iter().map(entry).collect();
        lists(&format!("[[list]]\nname = \"wanted\"\n{entries}"))
    }

    #[test]
    fn only_a_lists_own_topic_takes_a_vessel_off() {
        let filed = wanted(&[314_001_000]);
        let mut received = BTreeMap::from([("lists/b".to_owned(), wanted(&[]))]);
        assert_eq!(lists_of(&filed, &received), filed, "an empty list of another topic empties nothing");
        received.insert("lists/b".to_owned(), wanted(&[314_002_000]));
        assert_eq!(lists_of(&filed, &received), wanted(&[314_001_000, 314_002_000]));
        received.insert("lists/wanted".to_owned(), wanted(&[314_003_000]));
        assert_eq!(lists_of(&filed, &received), wanted(&[314_003_000, 314_002_000]));
    }
}
