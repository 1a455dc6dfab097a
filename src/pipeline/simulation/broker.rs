//! The simulated broker: sessions of clients, with what waits for them and what they have not acknowledged.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, mpsc};

use crate::mqtt::{Message, filter_takes};

/// Messages that the broker has in flight to a client, at most.
const IN_FLIGHT: usize = 20;
/// Packet identifiers that the broker uses in turn.
const IDENTIFIERS: u16 = 30;

/// A message: topic and payload.
pub(super) type Letter = Arc<(String, Vec<u8>)>;

/// A message in a session, and whether the broker had kept it.
type Waiting = (Letter, bool);

/// A message on its way to a client.
struct Flight {
    id: u16,
    letter: Waiting,
    /// Whether it was sent before, perhaps on an earlier connection.
    is_repeated: bool,
}

/// A client's session.
pub(super) struct Session {
    filters: Vec<String>,
    queue: VecDeque<Waiting>,
    /// Messages that the client has not acknowledged.
    in_flight: VecDeque<Flight>,
    /// How many of these it has been sent on this connection.
    sent: usize,
    last_id: u16,
    acks: (mpsc::Sender<u16>, mpsc::Receiver<u16>),
}

impl Session {
    pub(super) fn new(filters: Vec<String>) -> Session {
        Session {
            filters,
            queue: VecDeque::new(),
            in_flight: VecDeque::new(),
            sent: 0,
            last_id: 0,
            acks: mpsc::channel(),
        }
    }

    /// Puts a message into the queue.
    pub(super) fn give(&mut self, letter: Letter) {
        self.queue.push_back((letter, false));
    }

    /// Sends the client the next message, where the broker may.
    pub(super) fn send(&mut self) -> Option<Message> {
        self.hear_acks();
        if self.sent == self.in_flight.len() {
            if self.in_flight.len() >= IN_FLIGHT {
                return None;
            }
            let letter = self.queue.pop_front()?;
            while self.last_id == 0 || self.in_flight.iter().any(|flight| flight.id == self.last_id) {
                self.last_id = self.last_id % IDENTIFIERS + 1;
            }
            self.in_flight.push_back(Flight { id: self.last_id, letter, is_repeated: false });
            self.last_id = self.last_id % IDENTIFIERS + 1;
        }
        let flight = &mut self.in_flight[self.sent];
        self.sent += 1;
        let is_repeated = std::mem::replace(&mut flight.is_repeated, true);
        let (letter, is_retained) = &flight.letter;
        let message = Message::simulated(&letter.0, &letter.1, flight.id, is_repeated, self.acks.0.clone());
        Some(if *is_retained { message.retained() } else { message })
    }

    fn wants(&self, topic: &str) -> bool {
        self.filters.iter().any(|filter| filter_takes(filter, topic))
    }

    fn hear_acks(&mut self) {
        while let Ok(id) = self.acks.1.try_recv() {
            if let Some(at) = self.in_flight.iter().position(|flight| flight.id == id) {
                self.in_flight.remove(at);
                self.sent -= usize::from(at < self.sent);
            }
        }
    }

    /// The connection is lost, and stands again: what was not acknowledged will be sent again.
    pub(super) fn reconnect(&mut self) {
        self.hear_acks();
        self.sent = 0;
        self.acks = mpsc::channel();
    }

    /// Whether nothing waits.
    pub(super) fn is_at_rest(&mut self) -> bool {
        self.hear_acks();
        self.queue.is_empty() && self.in_flight.is_empty()
    }
}

/// A broker of several clients.
#[derive(Default)]
pub(super) struct Broker {
    sessions: BTreeMap<String, Session>,
    retained: BTreeMap<String, Letter>,
}

impl Broker {
    /// Takes a message to every client that subscribes to it.
    pub(super) fn publish(&mut self, topic: &str, payload: impl Into<Vec<u8>>, retain: bool) {
        let letter = Arc::new((topic.to_owned(), payload.into()));
        if retain {
            self.retained.insert(topic.to_owned(), Arc::clone(&letter));
        }
        for session in self.sessions.values_mut().filter(|session| session.wants(topic)) {
            session.give(Arc::clone(&letter));
        }
    }

    /// A client connects and subscribes; a session that is kept goes on.
    pub(super) fn connect(&mut self, client: &str, is_kept: bool, filters: Vec<String>) {
        match self.sessions.get_mut(client).filter(|_| is_kept) {
            Some(session) => session.reconnect(),
            None => {
                let mut session = Session::new(filters);
                let wanted = self.retained.values().filter(|letter| session.wants(&letter.0));
                let wanted: Vec<_> = wanted.map(|letter| (Arc::clone(letter), true)).collect();
                session.queue.extend(wanted);
                self.sessions.insert(client.to_owned(), session);
            }
        }
    }

    /// Ends a client's session.
    pub(super) fn end(&mut self, client: &str) {
        self.sessions.remove(client);
    }

    pub(super) fn session(&mut self, client: &str) -> Option<&mut Session> {
        self.sessions.get_mut(client)
    }
}
