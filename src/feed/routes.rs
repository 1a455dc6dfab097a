//! The feed that a topic belongs to.

use rustc_hash::FxHashMap;

use crate::config::Feed;
use crate::health::Limited;
use crate::model::FeedId;
use crate::mqtt::{filter_takes, is_action};

/// Topics of which the feed is remembered.
const TOPICS: usize = 65_536;

/// Whether a feed's configuration names this topic of the real thing.
pub(super) fn reads(feed: &Feed, topic: &str) -> bool {
    feed.topics.iter().any(|filter| filter_takes(filter, topic))
}

/// Finds the feed of each topic once, and remembers it.
#[derive(Debug)]
pub struct Routes {
    feeds: Vec<Feed>,
    known: FxHashMap<String, Option<Limited>>,
}

impl Routes {
    /// Routes to the feeds of a configuration; a feed's place is its number.
    pub fn new(feeds: &[Feed]) -> Routes {
        Routes { feeds: feeds.to_vec(), known: FxHashMap::default() }
    }

    /// Returns the source of messages on a topic of the real thing; `None` where the configuration names none.
    pub fn source(&mut self, topic: &str) -> Option<Limited> {
        if let Some(known) = self.known.get(topic) {
            return *known;
        }
        if self.known.len() >= TOPICS {
            self.known.clear();
        }
        let feed = || self.feeds.iter().position(|feed| reads(feed, topic));
        let source = match is_action(topic) {
            true => Some(Limited::Actions),
            false => feed().map(|number| Limited::Feed(FeedId(number as u16))),
        };
        self.known.insert(topic.to_owned(), source);
        source
    }

    /// Returns the name of a source, for people.
    pub fn name(&self, source: Limited) -> &str {
        match source {
            Limited::Feed(feed) => self.feeds.get(usize::from(feed.0)).map_or("", |feed| &feed.name),
            Limited::Actions => "(actions)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Format;

    #[test]
    fn the_first_feed_that_names_a_topic_has_it() {
        let feed = |name: &str, filter: &str| Feed::new(name, vec![filter.to_owned()], Format::Nmea);
        let mut routes = Routes::new(&[feed("a", "shore/+"), feed("b", "shore/#")]);
        for _ in 0..2 {
            assert_eq!(routes.source("shore/1"), Some(Limited::Feed(FeedId(0))));
            assert_eq!(routes.source("shore/1/x"), Some(Limited::Feed(FeedId(1))));
            assert_eq!(routes.source("vigie/bb-ops/actions/7"), Some(Limited::Actions));
            assert_eq!(routes.source("elsewhere"), None);
        }
        assert_eq!(routes.name(Limited::Feed(FeedId(1))), "b");
    }
}
