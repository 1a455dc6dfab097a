//! Reloads rules, zones and lists while the watch runs: when a file changes, or at SIGHUP.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde_json::Value;

use super::rule_versions::{By, Versions};
use crate::config::{self, Config, Gravity, Problem};
use crate::engine::{ReadyLists, Setup};
use crate::feed::signatures::Signatures;
use crate::model::{ListEntry, ListMarking, VesselList};
use crate::pipeline::{Reload, Renewal};
use crate::sharing::pictures::InForce;
use crate::sinks::marking::Marks;
use crate::telemetry;

/// Entries of all lists that came over MQTT, at most; a list counts as one more. The messages of many topics could take any memory.
const MOST_LISTED: usize = 500_000;

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

    /// Returns the new configuration after lists arrived over MQTT; `None` where they are in force already.
    ///
    /// # Errors
    /// The lists are refused, which is logged; the last good ones stay in force.
    pub fn listed(&mut self, topic: String, payload: &[u8]) -> Result<Option<Reload>, Refused> {
        let event = telemetry::LISTS;
        let refused = |error: String| {
            tracing::error!(event, topic, error, "refused; the lists in force stay");
            Refused
        };
        let text = self.signatures.check_list(&topic, payload);
        let text = text.map_err(|reason| refused(reason.word().to_owned()))?;
        let lists = config::lists(&topic, &text).map_err(|problems| {
            problems.iter().for_each(|problem| _ = refused(problem.to_string()));
            Refused
        })?;
        let exempt = |list: &VesselList| {
            self.config.setup.rules.iter().any(|rule| rule.who.not_listed.contains(&list.name))
        };
        if let Some(list) = lists.iter().find(|list| exempt(list)) {
            let text =
                format!("\"{}\" exempts vessels from a rule; only a list from a file may do that", list.name);
            return Err(refused(text));
        }
        let levels = &self.config.sharing.levels;
        let mut marked =
            lists.iter().flat_map(|list| &list.markings).filter_map(|marking| marking.level.as_ref());
        if let Some(level) = marked.find(|level| !levels.contains(level)) {
            let text = format!("the marking \"{level}\" is none of the levels: {}", levels.join(", "));
            return Err(refused(text));
        }
        let size = |lists: &[VesselList]| lists.iter().map(|list| 1 + list.entries.len()).sum::<usize>();
        let others = self.received.iter().filter(|(other, _)| **other != topic);
        let others: usize = others.map(|(_, lists)| size(lists)).sum();
        if others + size(&lists) > MOST_LISTED {
            let text = format!(
                "lists over MQTT have {MOST_LISTED} entries together at most, and {others} are in force"
            );
            return Err(refused(text));
        }
        let entries = size(&lists) - lists.len();
        tracing::info!(event, topic, lists = lists.len(), entries, "lists received");
        self.received.insert(topic, lists);
        let lists = lists_of(&self.filed, &self.received);
        // A broker delivers its retained messages at every connection.
        Ok((lists != self.config.setup.lists).then(|| self.lists_in_force(lists)))
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
    let mut places: BTreeMap<String, usize> =
        (0..).zip(&lists).map(|(at, list)| (list.name.clone(), at)).collect();
    let is_own = |topic: &str, list: &VesselList| topic.rsplit('/').next() == Some(list.name.as_str());
    let all = || received.iter().flat_map(|(topic, lists)| lists.iter().map(move |list| (topic, list)));
    for (_, list) in all().filter(|(topic, list)| is_own(topic, list)) {
        let place = *places.entry(list.name.clone()).or_insert(lists.len());
        match lists.get_mut(place) {
            Some(other) => other.clone_from(list),
            None => lists.push(list.clone()),
        }
    }
    for (_, list) in all().filter(|(topic, list)| !is_own(topic, list)) {
        let place = *places.entry(list.name.clone()).or_insert(lists.len());
        match lists.get_mut(place) {
            Some(other) => add(other, list),
            None => lists.push(list.clone()),
        }
    }
    lists
}

/// Adds the entries of a list to another one, which does not have them.
fn add(to: &mut VesselList, list: &VesselList) {
    let mut known: FxHashSet<ListEntry> = to.entries.iter().cloned().collect();
    to.markings.resize_with(to.entries.len(), ListMarking::default);
    for (at, entry) in list.entries.iter().enumerate() {
        if known.insert(entry.clone()) {
            to.entries.push(entry.clone());
            to.markings.push(list.markings.get(at).cloned().unwrap_or_default());
        }
    }
}

/// Lists over MQTT were refused.
#[derive(Debug)]
pub(super) struct Refused;

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
    fn entries_of_another_topic_are_added_once() {
        let (filed, numbers) =
            (wanted(&[]), |from: u32| (314_000_000 + from..).take(600).collect::<Vec<_>>());
        let received = BTreeMap::from([
            ("lists/wanted".to_owned(), wanted(&numbers(0))),
            ("lists/b".to_owned(), wanted(&numbers(100))),
        ]);
        assert_eq!(lists_of(&filed, &received)[0].entries.len(), 700);
    }

    #[test]
    fn lists_that_came_over_mqtt_have_a_limit_together() {
        let (config, _) =
            config::load_or_shipped(None).unwrap_or_else(|problems| panic!("{}", config::lines(&problems)));
        let mut reloader = Reloader::new(None, &config, Signatures::new("n", None, BTreeMap::new(), false));
        let many = VesselList {
            entries: vec![wanted(&[314_001_000])[0].entries[0].clone(); MOST_LISTED - 2],
            ..wanted(&[])[0].clone()
        };
        reloader.received.insert("lists/many".to_owned(), vec![many]);
        let list = |name: &str| format!("[[list]]\nname = \"{name}\"\n");
        assert!(reloader.listed("lists/a".to_owned(), list("a").as_bytes()).is_ok());
        assert!(reloader.listed("lists/b".to_owned(), list("b").as_bytes()).is_err());
        assert!(reloader.listed("lists/a".to_owned(), list("other").as_bytes()).is_ok(), "in its own place");
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
