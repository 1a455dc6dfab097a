//! Other rules, zones and lists under a watch that goes on: when a file changes, or at SIGHUP.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::channel::marking::Marks;
use crate::config::{self, Config, Gravity};
use crate::engine::Setup;
use crate::feed::mqtt::Reload;
use crate::telemetry;

/// Looks whether the configuration has changed.
pub(super) struct Reloader {
    path: Option<PathBuf>,
    stamp: u64,
    config: Config,
}

impl Reloader {
    /// Of the configuration that is in force.
    pub fn new(path: Option<PathBuf>, config: &Config) -> Reloader {
        Reloader { stamp: config::stamp(path.as_deref()), path, config: config.clone() }
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
        let change = change(&self.config.setup, &new.setup);
        self.config.setup = new.setup.clone();
        Some(Reload { marks: Arc::new(Marks::of(&new)), setup: new.setup, change })
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
