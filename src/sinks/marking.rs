//! Markings: what feeds and zones carry, every alert that rests on them inherits, at its highest; and it may go only to
//! whom all of them may go to.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Config, Sharing};
use crate::model::AlertEvent;

/// The marks of a node's feeds and zones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Markings, the lowest first.
    levels: Vec<String>,
    /// The node's State: what it knows may always go to itself.
    state: String,
    /// Marking of a feed that has none configured.
    unmarked: Mark,
    feeds: BTreeMap<String, Mark>,
    zones: BTreeMap<String, Mark>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Mark {
    level: Option<String>,
    /// `None`: it says nothing of that.
    releasable_to: Option<BTreeSet<String>>,
}

impl Marks {
    /// Returns the markings of a checked configuration.
    pub fn of(config: &Config) -> Marks {
        let states = |to: &[String]| (!to.is_empty()).then(|| to.iter().cloned().collect());
        let unmarked =
            Mark { level: Some(config.sharing.unmarked.clone()), releasable_to: Some(BTreeSet::new()) };
        let feeds = config.feeds.iter().map(|feed| {
            let level = feed.marking.clone().or_else(|| unmarked.level.clone());
            (
                feed.name.clone(),
                Mark { level, releasable_to: Some(feed.releasable_to.iter().cloned().collect()) },
            )
        });
        let feeds = feeds.collect();
        let zones = config.setup.geography.zones.iter().map(|zone| {
            let releasable_to = states(&zone.releasable_to);
            (zone.id.clone(), Mark { level: zone.marking.clone(), releasable_to })
        });
        Marks {
            levels: config.sharing.levels.clone(),
            state: config.node.owner.word().to_owned(),
            unmarked,
            feeds,
            zones: zones.filter(|(_, mark)| *mark != Mark::default()).collect(),
        }
    }

    /// An alert's marking, and the States that it may be released to, sorted.
    ///
    /// A feed without a mark has that of `[sharing] unmarked`, and is the own State's alone. A zone without one adds
    /// nothing: where a territorial sea ends is no secret.
    pub fn mark(&self, event: &AlertEvent) -> (&str, Vec<&str>) {
        let feeds = event.evidence.feeds.iter().map(|feed| self.feeds.get(feed).unwrap_or(&self.unmarked));
        let zones = event.zones.iter().filter_map(|zone| self.zones.get(&zone.id));
        let nameless = event.evidence.feeds.is_empty().then_some(&self.unmarked);
        let marks: Vec<&Mark> = feeds.chain(zones).chain(nameless).collect();
        let rank = |level: &str| self.levels.iter().position(|l| l == level).unwrap_or(usize::MAX);
        let level = marks.iter().filter_map(|mark| mark.level.as_deref()).max_by_key(|level| rank(level));
        let lists: Vec<_> = marks.iter().filter_map(|mark| mark.releasable_to.as_ref()).collect();
        let mut to: Vec<&str> = match lists.split_first() {
            None => Vec::new(),
            Some((first, rest)) => {
                let all = first.iter().filter(|state| rest.iter().all(|list| list.contains(*state)));
                all.map(String::as_str).collect()
            }
        };
        to.extend((!self.state.is_empty()).then_some(self.state.as_str()));
        to.sort_unstable();
        to.dedup();
        (level.or(self.unmarked.level.as_deref()).unwrap_or_default(), to)
    }
}

impl Default for Marks {
    /// Nothing is marked, and nothing is anybody's.
    fn default() -> Self {
        let sharing = Sharing::default();
        let unmarked = Mark { level: Some(sharing.unmarked), releasable_to: None };
        let (feeds, zones) = (BTreeMap::new(), BTreeMap::new());
        Marks { levels: sharing.levels, state: String::new(), unmarked, feeds, zones }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap as Files;

    use super::*;
    use crate::config::{self, Source};

    const MAIN: &str = r#"
[node]
name = "bb-ops"
state = "BRB"
[sharing]
levels = ["open", "closed", "secret"]
unmarked = "closed"
[zones]
files = ["zones.geojson"]
[[feed]]
name = "shore"
topic = "a"
format = "nmea"
marking = "open"
releasable_to = ["LCA", "VCT"]
[[feed]]
name = "radar"
topic = "b"
format = "nmea"
marking = "secret"
releasable_to = ["LCA"]
[[feed]]
name = "plain"
topic = "c"
format = "nmea"
"#;
    const ZONES: &str = r#"{"type": "FeatureCollection", "features": [{"type": "Feature", "properties":
        {"id": "box", "kind": "area", "name": "Box", "marking": "closed", "releasable_to": ["VCT"]},
        "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}}]}"#;

    fn loaded(main: &str) -> Result<Marks, String> {
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let files = [file("vigie.toml", main), file("zones.geojson", ZONES)];
        let loaded = config::load_from(&Source::Memory(Files::from(files)), "vigie.toml");
        loaded.map(|(config, _)| Marks::of(&config)).map_err(|problems| config::lines(&problems))
    }

    fn marked(feeds: &[&str], zones: &[&str]) -> (String, Vec<String>) {
        let mut event = crate::sinks::event_json::tests::sample();
        event.evidence.feeds = feeds.iter().map(|feed| (*feed).to_owned()).collect();
        event.zones = vec![event.zones[0].clone(); zones.len()];
        event.zones.iter_mut().zip(zones).for_each(|(zone, id)| zone.id = (*id).to_owned());
        let marks = loaded(MAIN).expect("is right");
        let (level, to) = marks.mark(&event);
        (level.to_owned(), to.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn the_highest_marking_and_the_fewest_states() {
        let is = |level: &str, to: &[&str]| (level.to_owned(), to.iter().map(|s| (*s).to_owned()).collect());
        assert_eq!(marked(&["shore"], &[]), is("open", &["BRB", "LCA", "VCT"]));
        assert_eq!(marked(&["shore", "radar"], &[]), is("secret", &["BRB", "LCA"]));
        assert_eq!(marked(&["shore"], &["box"]), is("closed", &["BRB", "VCT"]));
        assert_eq!(marked(&["shore", "radar"], &["box"]), is("secret", &["BRB"]));
        assert_eq!(marked(&["shore", "plain"], &["open-sea"]), is("closed", &["BRB"]));
        assert_eq!(marked(&["shore", "of nobody"], &[]), is("closed", &["BRB"]));
        assert_eq!(marked(&[], &[]), is("closed", &["BRB"]), "nothing leaves unmarked");
    }

    #[test]
    fn a_marking_that_is_no_level_is_refused() {
        let text = loaded(&MAIN.replace("\"secret\"\n", "\"sekret\"\n")).expect_err("refused");
        assert!(
            text.contains("\"sekret\" of feed \"radar\" is none of the levels: open, closed, secret"),
            "{text}"
        );
    }
}
