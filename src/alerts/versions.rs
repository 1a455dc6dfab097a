//! The version of rules and zones under which each alert was raised.

use std::collections::BTreeMap;

/// Versions of alerts: that in force, and those of alerts that were raised before it came into force.
#[derive(Clone, Debug, Default)]
pub(super) struct Versions {
    in_force: String,
    /// Version by alert id; empty where it is not known.
    earlier: BTreeMap<String, String>,
}

impl Versions {
    /// Begins with the version in force.
    pub fn new(in_force: String) -> Versions {
        Versions { in_force, earlier: BTreeMap::new() }
    }

    /// Returns the version under which an alert was raised.
    pub fn of(&self, id: &str) -> &str {
        self.earlier.get(id).unwrap_or(&self.in_force)
    }

    /// Whether the version of any of some alerts is known.
    pub fn knows_any<'a>(&self, mut ids: impl Iterator<Item = &'a str>) -> bool {
        ids.any(|id| !self.of(id).is_empty())
    }

    /// Returns what is saved.
    pub fn saved(&self) -> (&str, &BTreeMap<String, String>) {
        (&self.in_force, &self.earlier)
    }

    /// Takes up what was saved. Alerts that go on keep their version; state from before versions has none.
    pub fn restore<'a>(
        &mut self,
        saved: Option<(String, BTreeMap<String, String>)>,
        going_on: impl Iterator<Item = &'a str>,
    ) {
        let (was, mut earlier) = saved.unwrap_or_default();
        let of = |id: &str, earlier: &mut BTreeMap<String, String>| earlier.remove(id).unwrap_or(was.clone());
        let all = going_on.map(|id| (id.to_owned(), of(id, &mut earlier)));
        self.earlier = all.filter(|(_, version)| *version != self.in_force).collect();
    }
}
