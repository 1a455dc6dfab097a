//! Markings: an alert inherits the highest marking of the feeds, zones and list entries that it rests on, and may be released
//! only to those to whom all of them may be released.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Config, Sharing};
use crate::model::{
    AlertEvent, AlertMessage, Centre, Centres, ListEntry, ListMarking, Subject, Time, VesselList,
};

/// Name of the pattern whose alerts repeat what a list says.
const WATCHLIST: &str = "watchlist";

/// The marks of a node's feeds, zones and lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Markings, the lowest first.
    levels: Vec<String>,
    /// The node's State or body: what the node knows may always go to itself.
    owner: String,
    /// Marking of a feed that has none configured.
    unmarked: Mark,
    /// Marking of an entry that has none, or that is not found: the highest level, own State alone.
    highest: Mark,
    /// Marking of what officers mark on the picture, where the mark has none of its own.
    officers: Mark,
    feeds: BTreeMap<String, Mark>,
    zones: BTreeMap<String, Mark>,
    /// Entries that the rules look for, by rule.
    listed: BTreeMap<String, Vec<(ListEntry, Mark)>>,
    centres: Centres,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Mark {
    level: Option<String>,
    /// `None`: the mark says nothing of that.
    releasable_to: Option<BTreeSet<String>>,
}

impl Marks {
    /// Returns the markings of a checked configuration.
    pub fn of(config: &Config) -> Marks {
        let words = |to: &[String]| to.iter().cloned().collect::<BTreeSet<_>>();
        let unmarked =
            Mark { level: Some(config.sharing.unmarked.clone()), releasable_to: Some(BTreeSet::new()) };
        let highest =
            Mark { level: config.sharing.levels.last().cloned(), releasable_to: Some(BTreeSet::new()) };
        let feeds = config.feeds.iter().map(|feed| {
            let level = feed.marking.clone().or_else(|| unmarked.level.clone());
            (feed.name.clone(), Mark { level, releasable_to: Some(words(&feed.releasable_to)) })
        });
        let feeds = feeds.collect();
        let zones = config.setup.geography.zones.iter().map(|zone| {
            let to = Some(words(&zone.releasable_to)).filter(|to| !to.is_empty());
            (zone.id.clone(), Mark { level: zone.marking.clone(), releasable_to: to })
        });
        let entry = |entry: &ListEntry, marking: &ListMarking| {
            let level = marking.level.clone().or_else(|| highest.level.clone());
            (entry.clone(), Mark { level, releasable_to: Some(words(&marking.releasable_to)) })
        };
        let of_list = |list: &VesselList| {
            let none = ListMarking::default();
            let markings = list.markings.iter().chain(std::iter::repeat(&none));
            list.entries.iter().zip(markings).map(|(e, m)| entry(e, m)).collect::<Vec<_>>()
        };
        let rules = config.setup.rules.iter().filter(|rule| !rule.who.listed.is_empty());
        let listed = rules.map(|rule| {
            let lists = config.setup.lists.iter().filter(|list| rule.who.listed.contains(&list.name));
            (rule.name.clone(), lists.flat_map(of_list).collect())
        });
        Marks {
            levels: config.sharing.levels.clone(),
            owner: config.node.owner.word().to_owned(),
            listed: listed.collect(),
            officers: Mark {
                level: unmarked.level.clone(),
                releasable_to: Some(words(&config.sharing.marks_releasable_to)),
            },
            unmarked,
            highest,
            feeds,
            zones: zones.filter(|(_, mark)| *mark != Mark::default()).collect(),
            centres: config.centres.clone(),
        }
    }

    /// Returns an alert's marking, and the words for those that it may be released to, sorted.
    ///
    /// A feed without a mark has that of `[sharing] unmarked`, and is the own State's alone. A zone without one adds
    /// nothing: where a territorial sea ends is no secret. An entry of a list without one has the highest level, and is the
    /// own State's alone.
    pub fn mark(&self, event: &AlertEvent) -> (&str, Vec<&str>) {
        let feeds = event.evidence.feeds.iter().map(String::as_str);
        let zones = event.zones.iter().filter_map(|zone| self.zones.get(&zone.id));
        let more = zones.chain(self.listed_in(event)).collect();
        self.mark_of(feeds, more, event.time)
    }

    /// The marking of a track in some zones that some feeds report, and who it may be released to at a time; see [`Marks::mark`].
    pub fn mark_track<'f>(
        &self,
        feeds: impl Iterator<Item = &'f str>,
        zones: impl Iterator<Item = &'f str>,
        now: Time,
    ) -> (&str, Vec<&str>) {
        self.mark_of(feeds, zones.filter_map(|zone| self.zones.get(zone)).collect(), now)
    }

    fn mark_of<'a, 'f>(
        &'a self,
        feeds: impl Iterator<Item = &'f str>,
        more: Vec<&'a Mark>,
        now: Time,
    ) -> (&'a str, Vec<&'a str>) {
        let of_feeds: Vec<&Mark> = feeds.map(|feed| self.feeds.get(feed).unwrap_or(&self.unmarked)).collect();
        let nameless = of_feeds.is_empty().then_some(&self.unmarked);
        let marks: Vec<&Mark> = of_feeds.into_iter().chain(nameless).chain(more).collect();
        let rank = |level: &str| self.levels.iter().position(|l| l == level).unwrap_or(usize::MAX);
        let level = marks.iter().filter_map(|mark| mark.level.as_deref()).max_by_key(|level| rank(level));
        let lists: Vec<_> = marks.iter().filter_map(|mark| mark.releasable_to.as_ref()).collect();
        let mut to = self.allowed_by_all(&lists, now);
        to.extend((!self.owner.is_empty()).then_some(self.owner.as_str()));
        to.sort_unstable();
        to.dedup();
        (level.or(self.unmarked.level.as_deref()).unwrap_or_default(), to)
    }

    /// Returns the marking of an officer's mark in some zones, and the words for those that it may be released to at a time.
    pub fn of_mark<'z>(
        &self,
        mark: &crate::model::Mark,
        zones: impl Iterator<Item = &'z str>,
        now: Time,
    ) -> (String, Vec<String>) {
        let own = Mark {
            level: mark.marking.clone().or_else(|| self.officers.level.clone()),
            releasable_to: match &mark.releasable_to {
                Some(words) => Some(words.iter().cloned().collect()),
                None => self.officers.releasable_to.clone(),
            },
        };
        let marks = std::iter::once(&own).chain(zones.filter_map(|zone| self.zones.get(zone)));
        // A zone without a level adds none.
        let marks = marks.map(|mark| (mark.level.as_deref(), mark.releasable_to.clone()));
        let first = own.level.as_deref().unwrap_or_default();
        self.joined(marks.map(|(level, to)| (level.unwrap_or(first), to)).collect(), now)
    }

    /// Returns the marking of an entry of a list, and the words for those that it may be released to.
    pub fn of_entry<'a>(&'a self, marking: &'a ListMarking) -> (&'a str, Vec<&'a str>) {
        let level = marking.level.as_deref().or(self.highest.level.as_deref()).unwrap_or_default();
        (level, marking.releasable_to.iter().map(String::as_str).collect())
    }

    /// Returns the marking of what rests on every feed of the node, such as the whole picture.
    pub fn of_picture(&self, now: Time) -> (String, Vec<String>) {
        let unmarked = self.feeds.is_empty().then_some(&self.unmarked);
        let feeds = self.feeds.values().chain(unmarked);
        let marks = feeds.map(|mark| (mark.level.as_deref().unwrap_or_default(), mark.releasable_to.clone()));
        self.joined(marks.collect(), now)
    }

    /// Returns the marking of a document with several alerts, and what rests on every feed where it is to tell that too.
    pub fn of_alerts(
        &self,
        alerts: &[AlertMessage<'_>],
        and_picture: bool,
        now: Time,
    ) -> (String, Vec<String>) {
        let words =
            |alert: &AlertMessage<'_>| alert.releasable_to.iter().map(|word| word.to_string()).collect();
        let of_alerts = alerts.iter().map(|alert| (alert.marking.to_string(), Some(words(alert))));
        let picture = (and_picture || alerts.is_empty()).then(|| self.of_picture(now));
        let picture = picture.map(|(level, to)| (level, Some(to.into_iter().collect())));
        let marks: Vec<(String, Option<BTreeSet<String>>)> = of_alerts.chain(picture).collect();
        self.joined(marks.iter().map(|(level, to)| (level.as_str(), to.clone())).collect(), now)
    }

    fn joined(&self, marks: Vec<(&str, Option<BTreeSet<String>>)>, now: Time) -> (String, Vec<String>) {
        let rank = |level: &str| self.levels.iter().position(|l| l == level).unwrap_or(usize::MAX);
        let level = marks.iter().map(|(level, _)| *level).max_by_key(|level| rank(level)).unwrap_or_default();
        let lists: Vec<&BTreeSet<String>> = marks.iter().filter_map(|(_, to)| to.as_ref()).collect();
        let to = self.allowed_by_all(&lists, now).into_iter().map(str::to_owned);
        let own = (!self.owner.is_empty()).then(|| self.owner.clone());
        (level.to_owned(), to.chain(own).collect::<BTreeSet<_>>().into_iter().collect())
    }

    /// Returns the marks of the list entries that an alert rests on.
    fn listed_in(&self, event: &AlertEvent) -> Vec<&Mark> {
        let entries = self.listed.get(&event.rule);
        if entries.is_none() && event.pattern != WATCHLIST {
            return Vec::new();
        }
        let is_quoted =
            |entry: &ListEntry| event.pattern == WATCHLIST && event.summary.contains(&entry.reason);
        let is_party = |entry: &ListEntry| event.subjects.iter().any(|subject| names(entry, subject));
        let found = entries.into_iter().flatten().filter(|(entry, _)| is_party(entry) || is_quoted(entry));
        let marks: Vec<&Mark> = found.map(|(_, mark)| mark).collect();
        // The entry was changed since, or was found by a similar name: the alert may rest on any of them.
        if marks.is_empty() { vec![&self.highest] } else { marks }
    }

    /// Returns the words whose centres every list allows, and the centres that every list allows by different words.
    fn allowed_by_all<'a>(&'a self, lists: &[&'a BTreeSet<String>], now: Time) -> Vec<&'a str> {
        let stands = |list: &BTreeSet<String>, centre: &Centre| {
            list.iter().any(|word| self.centres.stands_for(word, centre, now))
        };
        let allows = |list: &BTreeSet<String>, word: &str| {
            let mut of_word =
                self.centres.centres.iter().filter(|c| self.centres.stands_for(word, c, now)).peekable();
            list.contains(word) || (of_word.peek().is_some() && of_word.all(|centre| stands(list, centre)))
        };
        let words: BTreeSet<&str> = lists.iter().flat_map(|list| list.iter().map(String::as_str)).collect();
        let mut to: Vec<&str> =
            words.into_iter().filter(|word| lists.iter().all(|list| allows(list, word))).collect();
        for centre in &self.centres.centres {
            let is_there = to.iter().any(|word| self.centres.stands_for(word, centre, now));
            if !is_there && !lists.is_empty() && lists.iter().all(|list| stands(list, centre)) {
                to.push(&centre.name);
            }
        }
        to
    }
}

/// Whether an entry and a party, or what the party was before, have an identifier in common.
fn names(entry: &ListEntry, subject: &Subject) -> bool {
    let mmsi = entry.mmsi.map(|mmsi| mmsi.0);
    let is_mmsi = |own: Option<u32>| mmsi.is_some() && own == mmsi;
    is_mmsi(subject.mmsi)
        || subject.formerly.iter().any(|was| is_mmsi(Some(was.mmsi)))
        || (entry.imo.is_some() && entry.imo.map(|imo| imo.0) == subject.imo)
        || (entry.icao.is_some() && entry.icao.map(|icao| icao.to_string()) == subject.icao)
}

impl Default for Marks {
    /// Nothing is marked, and nothing is anybody's.
    fn default() -> Self {
        let sharing = Sharing::default();
        let unmarked = Mark { level: Some(sharing.unmarked), releasable_to: None };
        let highest = Mark { level: sharing.levels.last().cloned(), releasable_to: None };
        Marks {
            levels: sharing.levels,
            owner: String::new(),
            officers: unmarked.clone(),
            unmarked,
            highest,
            feeds: BTreeMap::new(),
            zones: BTreeMap::new(),
            listed: BTreeMap::new(),
            centres: Centres::default(),
        }
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

    /// A rule that looks for three entries, and the marking of a hit of one of them.
    fn hit(pattern: &str, mmsi: u32, summary: &str) -> (String, Vec<String>) {
        let main =
            MAIN.replace("[zones]", "[lists]\nfiles = [\"l.toml\"]\n[rules]\nfiles = [\"r.toml\"]\n[zones]");
        let rule =
            format!("[[rule]]\nname = \"wanted\"\npattern = \"{pattern}\"\nwho = {{listed = [\"watch\"]}}\n");
        let span = "from = 2026-01-01\nuntil = 2030-01-01";
        let list = format!(
            "[[list]]\nname = \"watch\"\nreleasable_to = [\"LCA\"]\nmarking = \"closed\"\n\
             [[list.entry]]\nmmsi = 314000001\nreason = \"one\"\n{span}\n\
             [[list.entry]]\nmmsi = 314000002\nreason = \"two\"\nmarking = \"open\"\nreleasable_to = [\"LCA\", \"VCT\"]\n{span}\n\
             [[list.entry]]\nname = \"GREY GHOST\"\nreason = \"three informants\"\nmarking = \"secret\"\n{span}\n"
        );
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let files = [
            file("vigie.toml", &main),
            file("zones.geojson", ZONES),
            file("r.toml", &rule),
            file("l.toml", &list),
        ];
        let loaded = config::load_from(&Source::Memory(Files::from(files)), "vigie.toml");
        let marks = loaded
            .map(|(config, _)| Marks::of(&config))
            .map_err(|found| config::lines(&found))
            .expect("right");
        let mut event = crate::sinks::event_json::tests::sample();
        (event.evidence.feeds, event.zones) = (vec!["shore".to_owned()], Vec::new());
        (event.rule, event.pattern) = ("wanted".to_owned(), pattern.to_owned().into());
        (event.subjects[0].mmsi, event.summary) = (Some(mmsi), summary.to_owned());
        let (level, to) = marks.mark(&event);
        (level.to_owned(), to.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn a_hit_has_the_marking_of_its_entry() {
        let is = |level: &str, to: &[&str]| (level.to_owned(), to.iter().map(|s| (*s).to_owned()).collect());
        for pattern in ["watchlist", "loitering"] {
            assert_eq!(hit(pattern, 314_000_001, ""), is("closed", &["BRB", "LCA"]), "that of the list");
            assert_eq!(hit(pattern, 314_000_002, ""), is("open", &["BRB", "LCA", "VCT"]));
            assert_eq!(
                hit(pattern, 314_000_003, ""),
                is("secret", &["BRB"]),
                "found by a name, or no more on the list"
            );
        }
        let by_name = hit("watchlist", 314_000_003, "is likely one of the watch list: three informants");
        assert_eq!(by_name, is("secret", &["BRB", "LCA"]));
    }

    #[test]
    fn words_of_different_kinds_are_compared_by_their_centres() {
        let centre = |name: &str, owner: &str| Centre {
            name: name.to_owned(),
            label: name.to_owned(),
            owner: crate::model::Owner::State(owner.to_owned()),
            area: Vec::new(),
            contacts: None,
            key: None,
        };
        let rss = crate::model::Community {
            name: "rss".to_owned(),
            members: vec!["lc-ops".to_owned(), "vc-ops".to_owned()],
            from: None,
            until: None,
        };
        let centres = Centres {
            centres: vec![centre("lc-ops", "LCA"), centre("lc-air", "LCA"), centre("vc-ops", "VCT")],
            communities: vec![rss],
        };
        let marks = Marks { centres, ..Marks::default() };
        let both = |a: &[&str], b: &[&str]| {
            let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
            let (a, b) = (set(a), set(b));
            marks.allowed_by_all(&[&a, &b], Time(0)).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(both(&["community:rss"], &["community:rss"]), ["community:rss"]);
        assert_eq!(both(&["community:rss"], &["LCA", "VCT"]), ["VCT", "community:rss"]);
        assert_eq!(both(&["community:rss"], &["LCA"]), ["lc-ops"], "lc-air is not of rss");
        assert_eq!(both(&["USA", "VCT"], &["USA", "lc-ops"]), ["USA"]);
        assert_eq!(both(&["LCA"], &["VCT"]), Vec::<String>::new());
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
