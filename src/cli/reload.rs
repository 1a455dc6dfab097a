//! Other rules, zones and lists under a watch that goes on: when a file changes, or at SIGHUP.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::channel::marking::Marks;
use crate::config::{self, Config, Gravity};
use crate::engine::Setup;
use crate::feed::mqtt::Reload;
use crate::model::VesselList;
use crate::telemetry;

/// Looks whether the configuration has changed.
pub(super) struct Reloader {
    path: Option<PathBuf>,
    stamp: u64,
    /// What is in force.
    config: Config,
    /// The lists of the files …
    filed: Vec<VesselList>,
    /// … and those that came over MQTT, by topic.
    told: BTreeMap<String, Vec<VesselList>>,
}

impl Reloader {
    /// Of the configuration that is in force.
    pub fn new(path: Option<PathBuf>, config: &Config) -> Reloader {
        Reloader {
            stamp: config::stamp(path.as_deref()),
            path,
            config: config.clone(),
            filed: config.setup.lists.clone(),
            told: BTreeMap::new(),
        }
    }

    /// What is to be in force from now on. What is wrong is told, and the
    /// last good one stays in force. `asked`: though no file changed.
    pub fn look(&mut self, asked: bool) -> Option<Reload> {
        let stamp = config::stamp(self.path.as_deref());
        if stamp == self.stamp && !asked {
            return None;
        }
        self.stamp = stamp;
        let event = telemetry::RELOAD;
        let (new, problems) = match config::load_or_shipped(self.path.as_deref()) {
            Ok(loaded) => loaded,
            Err(problems) => {
                for problem in problems.iter().filter(|problem| problem.severity == Gravity::Error) {
                    tracing::error!(event, %problem, "not reloaded; what was in force stays so");
                }
                return None;
            }
        };
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
        self.config.feeds = new.feeds;
        Some(self.in_force(Setup { lists: self.lists(), ..new.setup }))
    }

    /// What is to be in force after lists came over MQTT; what is wrong is told, and the last good ones stay in force.
    pub fn listed(&mut self, topic: String, payload: &[u8]) -> Option<Reload> {
        let event = telemetry::LISTS;
        let refused =
            |error: String| tracing::error!(event, topic, error, "refused; what was in force stays so");
        let lists = match std::str::from_utf8(payload).map(|text| config::lists(&topic, text)) {
            Ok(Ok(lists)) => lists,
            Ok(Err(problems)) => {
                problems.iter().for_each(|problem| refused(problem.to_string()));
                return None;
            }
            Err(error) => {
                refused(error.to_string());
                return None;
            }
        };
        let exempt = |list: &VesselList| {
            self.config.setup.rules.iter().any(|rule| rule.who.not_listed.contains(&list.name))
        };
        if let Some(list) = lists.iter().find(|list| exempt(list)) {
            refused(format!("\"{}\" exempts vessels from a rule: that is for files alone", list.name));
            return None;
        }
        let entries: usize = lists.iter().map(|list| list.entries.len()).sum();
        tracing::info!(event, topic, lists = lists.len(), entries, "lists came");
        self.told.insert(topic, lists);
        let setup = Setup { lists: self.lists(), ..self.config.setup.clone() };
        // A broker tells what it retains at every connection.
        (setup.lists != self.config.setup.lists).then(|| self.in_force(setup))
    }

    /// The files' lists, with those that came in the place of the ones of their names.
    fn lists(&self) -> Vec<VesselList> {
        let mut lists = self.filed.clone();
        for told in self.told.values().flatten() {
            match lists.iter_mut().find(|list| list.name == told.name) {
                Some(list) => list.clone_from(told),
                None => lists.push(told.clone()),
            }
        }
        lists
    }

    fn in_force(&mut self, setup: Setup) -> Reload {
        let change = change(&self.config.setup, &setup);
        self.config.setup = setup.clone();
        Reload { marks: Arc::new(Marks::of(&self.config)), setup, change }
    }
}

/// What is other than it was, as one JSON object.
fn change(old: &Setup, new: &Setup) -> String {
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
        "lists": {"same": old.lists == new.lists, "count": new.lists.len()},
    })
    .to_string()
}
