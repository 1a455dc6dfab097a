//! From topic and payload to the engine's inputs: a stand-in with the interface of `feed::intake`, until that is there.

use std::collections::HashMap;

use crate::config;
use crate::model::{Feed, FeedId, Input, Time};
use crate::wire::{Arrival, Format, Session, Stations, Tally};

/// Reads messages in their order.
#[derive(Debug)]
pub struct Intake {
    feeds: Vec<config::Feed>,
    sessions: HashMap<String, (FeedId, Session)>,
    stations: Stations,
    /// What was read and what was refused.
    pub tally: Tally,
}

impl Intake {
    /// For the feeds of a configuration; each is declared to the engine first.
    pub fn new(feeds: &[config::Feed], out: &mut Vec<Input>) -> Intake {
        let mut stations = Stations::default();
        for (number, feed) in feeds.iter().enumerate() {
            let id = FeedId(number as u16);
            stations.claim(&feed.name, id);
            feed.stations.iter().for_each(|station| stations.claim(station, id));
            out.push(Input::Feed(Feed { id, name: feed.name.clone(), position: feed.position }));
        }
        Intake { feeds: feeds.to_vec(), sessions: HashMap::new(), stations, tally: Tally::default() }
    }

    /// Reads a message.
    pub fn read(&mut self, topic: &str, payload: &[u8], arrival: Arrival, _now: Time, out: &mut Vec<Input>) {
        if !self.sessions.contains_key(topic) {
            let (id, format) = self.feed_of(topic, out);
            self.sessions.insert(topic.to_owned(), (id, Session::new(id, format)));
        }
        if let Some((_, session)) = self.sessions.get_mut(topic) {
            session.read(topic, payload, arrival, &mut self.stations, &mut self.tally, out);
        }
    }

    /// The names of all feeds so far; a feed's place is its `FeedId`.
    pub fn feed_names(&self) -> impl Iterator<Item = &str> {
        self.feeds.iter().map(|feed| feed.name.as_str())
    }

    fn feed_of(&mut self, topic: &str, out: &mut Vec<Input>) -> (FeedId, Format) {
        let taker =
            self.feeds.iter().position(|feed| feed.topics.iter().any(|filter| filter_takes(filter, topic)));
        if let Some(number) = taker {
            return (FeedId(number as u16), self.feeds[number].format);
        }
        let id = FeedId(self.feeds.len() as u16);
        out.push(Input::Feed(Feed { id, name: topic.to_owned(), position: None }));
        self.feeds.push(config::Feed {
            name: topic.to_owned(),
            topics: vec![topic.to_owned()],
            stations: Vec::new(),
            format: Format::Nmea,
            position: None,
        });
        (id, Format::Nmea)
    }
}

/// Whether a topic filter matches a topic.
pub fn filter_takes(filter: &str, topic: &str) -> bool {
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}
