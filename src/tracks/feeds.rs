//! The declared feeds by number.

use serde::{Deserialize, Serialize};

use crate::model::{Feed, FeedId, Position, Radar};

/// Feeds by number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Feeds(Vec<Option<Feed>>);

impl Feeds {
    /// Adds a feed, or replaces the one of its number.
    pub fn declare(&mut self, feed: &Feed) {
        let at = usize::from(feed.id.0);
        if self.0.len() <= at {
            self.0.resize(at + 1, None);
        }
        self.0[at] = Some(feed.clone());
    }

    /// Returns a feed by its number, if it was declared.
    pub fn get(&self, id: FeedId) -> Option<&Feed> {
        self.0.get(usize::from(id.0))?.as_ref()
    }

    /// Returns the name of a feed; empty where it was not declared.
    pub fn name(&self, id: FeedId) -> &str {
        self.get(id).map_or("", |feed| &feed.name)
    }

    /// Returns the names of the feeds, in the order of their numbers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|feed| feed.as_ref().map_or("", |feed| &feed.name))
    }

    /// Returns where a feed's sensor stands, if that is known.
    pub fn site(&self, id: FeedId) -> Option<Position> {
        self.get(id)?.position
    }

    /// Returns what is known of a feed's radar, if it is one.
    pub fn radar(&self, id: FeedId) -> Option<Radar> {
        self.get(id)?.radar
    }
}
