//! Makes inputs of the engine from topics and payloads: finds the feed and its decoder, and takes officers' actions.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::backlog::{Backlog, feed_of};
use crate::config;
use crate::model::saved::{InOrder, SavedState, StateWriter, Unreadable};
use crate::model::{Feed, FeedId, Input, Span, Time};
use crate::mqtt::{filter_takes, is_action};
use crate::wire::actions::ActionError;
use crate::wire::shared::{self, TakenLetters};
use crate::wire::{Arrival, Decoder, DecoderBefore, Format, Sensor, Stations, Tally};

/// Limit of topics with a decoder; beyond it every decoder starts anew, which costs half-received messages.
const MAX_DECODERS: usize = 65_536;
/// Feeds at most, with those named after a topic that no configuration names.
const MAX_FEEDS: usize = 1024;
/// Part of saved state with the feeds' names and formats, in the order of their numbers.
const FEEDS: &str = "input-feeds";
/// Part of saved state with the numbers of the letters that other centres have sent, and how far each backlog has come.
const MEMORY: &str = "input-memory";

/// Numbers of letters by their sender, and the newest time given of each feed whose gateway stores reports.
type Memory = (BTreeMap<String, TakenLetters>, BTreeMap<FeedId, Time>);

/// Result of reading one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A feed's.
    Feed(FeedId),
    /// An officer's action, taken or refused.
    Action(Result<(), ActionError>),
    /// Nobody's: there are too many feeds already.
    Nobody,
}

/// Reads messages in their order.
#[derive(Debug)]
pub struct Intake {
    feeds: Vec<config::Feed>,
    decoders: FxHashMap<String, (FeedId, Decoder)>,
    /// Whether a gateway stores the reports of any feed.
    has_stored: bool,
    /// Order of each feed whose gateway stores reports.
    backlogs: BTreeMap<FeedId, Backlog>,
    stations: Stations,
    /// Counts of what was read and what was refused.
    pub tally: Tally,
}

impl Intake {
    /// Returns an intake for the feeds of a configuration; each is declared to the engine first.
    pub fn new(feeds: &[config::Feed], out: &mut Vec<Input>) -> Intake {
        let mut stations = Stations::default();
        for (number, feed) in feeds.iter().enumerate() {
            let id = FeedId(number as u16);
            stations.claim(&feed.name, id);
            stations.declare(id, Sensor { site: feed.position, radar: feed.radar });
            feed.stations.iter().for_each(|station| stations.claim(station, id));
            out.push(Input::Feed(Feed {
                id,
                name: feed.name.clone(),
                position: feed.position,
                radar: feed.radar,
            }));
        }
        Intake {
            feeds: feeds.to_vec(),
            decoders: FxHashMap::default(),
            has_stored: feeds.iter().any(|feed| feed.is_stored),
            backlogs: BTreeMap::new(),
            stations,
            tally: Tally::default(),
        }
    }

    /// Reads a message of a topic of the real thing. `now` is its arrival, or the exercise's running clock.
    pub fn read(
        &mut self,
        topic: &str,
        payload: &[u8],
        arrival: Arrival,
        now: Time,
        out: &mut Vec<Input>,
    ) -> Taken {
        if is_action(topic) {
            return Taken::Action(
                shared::action_of(payload, now).map(|action| out.push(Input::Action(Box::new(action)))),
            );
        }
        // One decoder for all that a centre sends: each alert has a topic of its own.
        let source = shared::sender_filter(topic).unwrap_or(topic);
        if !self.decoders.contains_key(source) {
            let Some(id) = self.feed_of(topic, payload, out) else { return Taken::Nobody };
            if self.decoders.len() >= MAX_DECODERS {
                // Whoever may write to many topics of one feed disturbs no other.
                self.decoders.retain(|_, (other, _)| *other != id);
            }
            if self.decoders.len() >= MAX_DECODERS {
                self.decoders.clear();
            }
            let feed = &self.feeds[usize::from(id.0)];
            let mut decoder = Decoder::new(id, feed.format);
            decoder.set_clock_ahead(feed.clock_ahead);
            decoder.set_late(feed.is_late);
            decoder.set_peer(feed.peer.as_ref());
            self.decoders.insert(source.to_owned(), (id, decoder));
        }
        let Some((id, decoder)) = self.decoders.get_mut(source) else { return Taken::Nobody };
        let from = out.len();
        let counts = decoder.read(topic, payload, arrival, &mut self.stations, out);
        self.tally.record(*id, &counts);
        let id = *id;
        if self.has_stored {
            self.order(out, from);
        }
        Taken::Feed(id)
    }

    /// Lets inputs from `from` on wait for the backlogs of their feeds.
    fn order(&mut self, out: &mut Vec<Input>, from: usize) {
        let came: Vec<Input> = out.drain(from..).collect();
        for input in came {
            let feed = feed_of(&input).filter(|feed| self.feeds[usize::from(feed.0)].is_stored);
            match feed {
                Some(feed) => self.backlogs.entry(feed).or_default().take(input, out),
                None => out.push(input),
            }
        }
    }

    /// Whether inputs wait for a feed's backlog: they are in no saved state.
    pub fn is_waiting(&self) -> bool {
        self.backlogs.values().any(Backlog::is_waiting)
    }

    /// Gives all inputs that wait for a feed's backlog.
    pub fn release(&mut self, out: &mut Vec<Input>) {
        self.backlogs.values_mut().for_each(|backlog| backlog.release(out));
    }

    /// Appends what waits for the next line of a recording that has ended, and counts what it leaves incomplete.
    pub fn end(&mut self, out: &mut Vec<Input>) {
        let from = out.len();
        let mut decoders: Vec<_> = self.decoders.iter_mut().collect();
        decoders.sort_unstable_by_key(|(topic, _)| *topic);
        for (_, (id, decoder)) in decoders {
            self.tally.record(*id, &decoder.end(&mut self.stations, out));
        }
        if self.has_stored {
            self.order(out, from);
        }
    }

    /// Writes what a later run needs to go on: feeds, decoders, stations, counts.
    pub fn save(&self, out: &mut StateWriter) {
        let feeds: Vec<(&str, Format)> =
            self.feeds.iter().map(|feed| (feed.name.as_str(), feed.format)).collect();
        out.part(FEEDS, 1, &feeds);
        out.part("input-sessions", 2, &InOrder(&self.decoders));
        let letters = |(source, (_, decoder)): (&String, &(FeedId, Decoder))| {
            Some((source.clone(), decoder.taken_letters()?.clone()))
        };
        let letters: BTreeMap<_, _> = self.decoders.iter().filter_map(letters).collect();
        let given: BTreeMap<_, _> =
            self.backlogs.iter().map(|(id, backlog)| (*id, backlog.given())).collect();
        out.part(MEMORY, 1, &(letters, given));
        out.part("input-stations", 1, &self.stations);
        out.part("input-tally", 4, &self.tally);
    }

    /// Takes up what was saved; the feeds are those of [`in_their_places`].
    ///
    /// # Errors
    /// The feeds or the stations are absent, of an unknown version, or damaged.
    pub fn load(&mut self, saved: &mut SavedState<'_>) -> Result<(), Unreadable> {
        let feeds: Vec<(String, Format)> = saved.read(FEEDS, 1)?;
        let stations: Stations = saved.read("input-stations", 1)?;
        let mut decoders: FxHashMap<String, (FeedId, Decoder)> =
            saved.rebuild("input-sessions", decoders_of(saved));
        let (letters, given): Memory = saved.optional(MEMORY, 1)?.unwrap_or_default();
        self.backlogs = given.into_iter().map(|(id, given)| (id, Backlog::of(given))).collect();
        let tally = saved.rebuild("input-tally", tally_of(saved));
        // A topic that is another feed's now, or is written otherwise, begins anew.
        decoders.retain(|topic, (id, _)| {
            let at = usize::from(id.0);
            let same = feeds.get(at).map(|(_, format)| *format) == self.feeds.get(at).map(|feed| feed.format);
            same && self.feeds.get(at).is_some_and(|f| f.topics.iter().any(|t| filter_takes(t, topic)))
        });
        for (source, (id, decoder)) in &mut decoders {
            decoder.set_taken_letters(letters.get(source).cloned().unwrap_or_default());
            let feed = self.feeds.get(usize::from(id.0));
            decoder.set_clock_ahead(feed.map_or(Span::ZERO, |feed| feed.clock_ahead));
            decoder.set_late(feed.is_some_and(|feed| feed.is_late));
            decoder.set_peer(feed.and_then(|feed| feed.peer.as_ref()));
        }
        self.decoders = decoders;
        self.stations.restore(stations);
        self.tally = tally;
        Ok(())
    }

    /// The stations that have a name so far.
    pub fn stations(&self) -> &Stations {
        &self.stations
    }

    /// The names of all feeds so far; a feed's place is its `FeedId`.
    pub fn feed_names(&self) -> impl Iterator<Item = &str> {
        self.feeds.iter().map(|feed| feed.name.as_str())
    }

    fn feed_of(&mut self, topic: &str, payload: &[u8], out: &mut Vec<Input>) -> Option<FeedId> {
        let mut takers = self
            .feeds
            .iter()
            .enumerate()
            .filter(|(_, feed)| feed.topics.iter().any(|filter| filter_takes(filter, topic)));
        if let Some((number, feed)) = takers.next() {
            if let Some((_, second)) = takers.next() {
                let event = crate::telemetry::FEED_AMBIGUOUS;
                tracing::error!(
                    event,
                    topic,
                    first = feed.name,
                    second = second.name,
                    "two feeds share a topic"
                );
            }
            return Some(FeedId(number as u16));
        }
        if self.feeds.len() >= MAX_FEEDS {
            return None;
        }
        let id = FeedId(self.feeds.len() as u16);
        let (name, format) = (topic.to_owned(), Format::guess(payload));
        out.push(Input::Feed(Feed { id, name: name.clone(), position: None, radar: None }));
        self.stations.claim(&name, id);
        self.feeds.push(config::Feed::new(name.clone(), vec![name], format));
        Some(id)
    }
}

/// Reads the decoders of any version.
fn decoders_of(saved: &SavedState<'_>) -> Result<FxHashMap<String, (FeedId, Decoder)>, Unreadable> {
    let part = saved.part("input-sessions")?;
    if part.version != 1 {
        return part.read(2);
    }
    let before: FxHashMap<String, (FeedId, DecoderBefore)> = part.read(1)?;
    Ok(before.into_iter().map(|(topic, (id, decoder))| (topic, (id, decoder.into()))).collect())
}

/// Reads the counts of any version.
fn tally_of(saved: &SavedState<'_>) -> Result<Tally, Unreadable> {
    let part = saved.part("input-tally")?;
    match part.version {
        version @ 1..=3 => part.read(version).map(|before| Tally::of_version(version, before)),
        _ => part.read(4),
    }
}

/// The feeds of a configuration, with the numbers that a saved intake gave them; those that are new come after them. One
/// that is no more keeps its place, and one that was named after its topic keeps that.
///
/// # Errors
/// The part with the feeds is absent, of an unknown version, or damaged.
pub fn in_their_places(feeds: &mut Vec<config::Feed>, saved: &SavedState<'_>) -> Result<(), Unreadable> {
    let were: Vec<(String, Format)> = saved.read(FEEDS, 1)?;
    let mut now: Vec<Option<config::Feed>> = std::mem::take(feeds).into_iter().map(Some).collect();
    for (name, format) in were {
        let found = now.iter_mut().find(|feed| feed.as_ref().is_some_and(|feed| feed.name == name));
        feeds.push(
            found
                .and_then(Option::take)
                .unwrap_or_else(|| config::Feed::new(name.clone(), vec![name], format)),
        );
    }
    // What is configured now takes the topics that it names.
    for feed in now.iter().flatten() {
        for old in feeds.iter_mut().filter(|old| old.topics.len() == 1 && old.topics[0] == old.name) {
            if feed.topics.iter().any(|filter| filter_takes(filter, &old.name)) {
                old.topics.clear();
            }
        }
    }
    feeds.extend(now.into_iter().flatten());
    Ok(())
}
