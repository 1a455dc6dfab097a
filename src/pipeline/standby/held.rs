//! Messages of feeds and actions that the broker has sent to the standby too: each is held unacknowledged until the active node shares
//! it, so that the broker has it for a take-over.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use crate::clock;
use crate::feed::redelivered::{Redelivered, hash};
use crate::journal::input::Logged;
use crate::mqtt::{Ack, Message, is_action};

/// Time by which messages of two topics may come in another order than to the active node.
const OTHER_ORDER: Duration = Duration::from_secs(5);

/// Topics that are remembered of which nothing waits: whoever may write below a feed's filter may invent any number.
const TOPICS: usize = 4096;

/// Messages since the standby listens to the feeds.
pub(super) struct Held {
    /// Messages that were not shared yet, by [`order_of`] their topic.
    waiting: FxHashMap<String, Waiting>,
    /// Messages that the active node shared and that have not come here.
    shared: Redelivered,
    /// The newest message of each packet identifier.
    came: FxHashMap<u16, u64>,
    acks: Vec<Ack>,
    /// Whether the active node has taken what came before the feeds were listened to, which never comes here: it has shared a message
    /// that came here too, and a broker keeps the order. However long nothing comes, such messages may wait at the broker.
    pub(super) has_caught_up: bool,
}

/// Messages of a topic, or all actions, that came here and were not shared yet, in their order.
#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Arrival>,
    /// Whether one was shared that came here: what is shared from then on comes here too.
    has_met: bool,
}

/// A message that waits until the active node shares it.
#[derive(Debug)]
struct Arrival {
    key: u64,
    /// Packet identifier.
    id: u16,
    came: Instant,
    ack: Option<Ack>,
}

/// Returns the topic in whose order a message comes: each action may have a topic of its own.
fn order_of(topic: &str) -> &str {
    if is_action(topic) { "actions" } else { topic }
}

/// Returns what waits of the messages that come in one order with those of a topic.
fn waiting_on<'a>(all: &'a mut FxHashMap<String, Waiting>, topic: &str) -> &'a mut Waiting {
    if all.len() >= TOPICS {
        all.retain(|_, waiting| !waiting.messages.is_empty());
    }
    all.entry(order_of(topic).to_owned()).or_default()
}

impl Held {
    /// Begins with nothing: the feeds are listened to from now on.
    pub(super) fn new() -> Held {
        Held {
            waiting: FxHashMap::default(),
            shared: Redelivered::default(),
            came: FxHashMap::default(),
            acks: Vec::new(),
            has_caught_up: false,
        }
    }

    /// Returns how many messages wait.
    pub(super) fn count(&self) -> usize {
        self.waiting.values().map(|waiting| waiting.messages.len()).sum()
    }

    /// Takes a message that the broker has sent here.
    pub(super) fn take(&mut self, mut message: Message) {
        let (ack, id, topic, payload) =
            (message.take_ack(), message.packet_id(), message.topic(), message.payload());
        let key = hash(topic, payload);
        let comes_again = self.came.insert(id, key) == Some(key) && message.is_repeated();
        let waiting = waiting_on(&mut self.waiting, topic);
        if comes_again {
            // The connection was lost with its acknowledgement, or before that was due.
            let before = waiting.messages.iter_mut().find(|arrival| (arrival.id, arrival.key) == (id, key));
            match before {
                Some(before) => before.ack = ack,
                None => self.acks.extend(ack),
            }
        } else if self.shared.knows(topic, payload) {
            (waiting.has_met, self.has_caught_up) = (true, true);
            self.acks.extend(ack);
        } else {
            waiting.messages.push_back(Arrival { key, id, came: clock::moment(), ack });
        }
    }

    /// Takes note that the active node has taken a message: the broker may forget it here too.
    pub(super) fn note_shared(&mut self, logged: &Logged) {
        let key = hash(&logged.topic, &logged.payload);
        let waiting = waiting_on(&mut self.waiting, &logged.topic);
        match waiting.messages.iter().position(|arrival| arrival.key == key) {
            // A broker keeps a topic's order: those before were over a limit, and the active one dropped them.
            Some(place) => {
                (waiting.has_met, self.has_caught_up) = (true, true);
                self.acks.extend(waiting.messages.drain(..=place).filter_map(|arrival| arrival.ack));
            }
            None => {
                let is_ahead = waiting.has_met;
                self.shared.note(&logged.topic, &logged.payload);
                if is_ahead {
                    self.let_go();
                }
            }
        }
    }

    /// Lets go of what the active node has passed over: it has taken what is yet to come here. What is held takes places of the
    /// messages on their way, and nothing more would come.
    fn let_go(&mut self) {
        let now = clock::moment();
        let before = |arrival: &Arrival| now > arrival.came + OTHER_ORDER;
        for waiting in self.waiting.values_mut() {
            let count = waiting.messages.iter().take_while(|arrival| before(arrival)).count();
            self.acks.extend(waiting.messages.drain(..count).filter_map(|arrival| arrival.ack));
        }
    }

    /// Acknowledges a message that is not held.
    pub(super) fn pass(&mut self, mut message: Message) {
        self.acks.extend(message.take_ack());
    }

    /// Whether acknowledgements are due.
    pub(super) fn owes(&self) -> bool {
        !self.acks.is_empty()
    }

    /// Returns the acknowledgements that are due.
    pub(super) fn take_acks(&mut self) -> Vec<Ack> {
        std::mem::take(&mut self.acks)
    }

    /// Returns of how many topics something is remembered.
    #[cfg(test)]
    pub(super) fn topics(&self) -> usize {
        self.waiting.len()
    }

    /// Whether the active node has shared a message that came here too.
    #[cfg(test)]
    pub(super) fn has_met(&self) -> bool {
        self.waiting.values().any(|waiting| waiting.has_met)
    }

    /// Returns the messages that the active node took, and that the broker has yet to send here.
    pub(super) fn into_known(self) -> Redelivered {
        self.shared
    }
}
