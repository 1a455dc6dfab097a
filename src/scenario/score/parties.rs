//! Identity of the subjects of an alert, by the truth's contacts.

use std::collections::BTreeMap;

use super::{Raised, Subject, TruthError, time};
use crate::model::{Span, Time};
use crate::scenario::truth::Truth;

/// Greatest difference between the time in an alert's subject key and that in the truth.
const SLACK: Span = Span::from_secs(2);

/// Feed and number of a radar's target.
type Number = (String, u32);

/// A source that a target number stood for.
#[derive(Debug)]
struct Stood {
    /// Time when the number was given.
    first: Time,
    from: Time,
    to: Time,
    subject: String,
}

/// The truth's contacts, by number.
#[derive(Debug, Default)]
pub struct Parties {
    stood: BTreeMap<Number, Vec<Stood>>,
    aliases: BTreeMap<String, String>,
}

impl Parties {
    /// Returns the parties of a truth.
    ///
    /// # Errors
    /// A subject key or a time that cannot be read.
    pub fn of(truth: &Truth) -> Result<Parties, TruthError> {
        let mut all = BTreeMap::<Number, Vec<Stood>>::new();
        for contact in &truth.contacts {
            let (number, first) =
                radar_key(&contact.contact).ok_or_else(|| TruthError::NoContact(contact.contact.clone()))?;
            all.entry(number).or_default().push(Stood {
                first,
                from: time(&contact.from)?,
                to: time(&contact.to)?,
                subject: contact.subject.clone(),
            });
        }
        Ok(Parties { stood: all, aliases: truth.aliases.clone() })
    }

    /// The truth's keys for an alert's subjects, sorted.
    pub fn stood_for(&self, alert: &Raised) -> Vec<String> {
        let named = |since: Time, until: Time| {
            let of = |subject: &Subject| {
                let key = self.key(subject, since, until);
                self.aliases.get(&key).cloned().unwrap_or(key)
            };
            let mut keys: Vec<String> = alert.subjects.iter().map(of).collect();
            keys.sort();
            keys
        };
        let keys = named(alert.onset, alert.time);
        // In one echo a number goes from one to the other: who came is whom it stood for before.
        if keys.windows(2).any(|two| two[0] == two[1]) { named(Time::NEVER, alert.onset) } else { keys }
    }

    fn key(&self, subject: &Subject, onset: Time, time: Time) -> String {
        let track = subject.track.as_str();
        if track.starts_with("mmsi:") {
            // The second track that shares an MMSI has its first report in its key.
            return track.split('@').next().unwrap_or(track).to_owned();
        }
        let contact = radar_key(track).and_then(|(number, first)| self.find(&number, first, onset, time));
        match (contact, subject.mmsi) {
            (Some(key), _) => key,
            (None, Some(mmsi)) => format!("mmsi:{mmsi:09}"),
            (None, None) => track.to_owned(),
        }
    }

    /// Finds the source of a target number first seen at `first`: among all that the number stood for until it was free again,
    /// the one it stood for longest between `onset` and `time`.
    fn find(&self, number: &Number, first: Time, onset: Time, time: Time) -> Option<String> {
        let all = self.stood.get(number)?;
        let given = all.iter().map(|stood| stood.first).filter(|given| *given <= first + SLACK).max()?;
        let life = || all.iter().filter(|stood| stood.first == given);
        if life().all(|stood| stood.to + SLACK < first) {
            return None;
        }
        let common = |stood: &&Stood| stood.to.min(time) - stood.from.max(onset);
        life().max_by_key(common).map(|stood| stood.subject.clone())
    }
}

/// `radar:<feed>:<number>@<first seen>`
fn radar_key(key: &str) -> Option<(Number, Time)> {
    let (head, first) = key.strip_prefix("radar:")?.split_once('@')?;
    let (feed, number) = head.rsplit_once(':')?;
    Some(((feed.to_owned(), number.parse().ok()?), Time::parse(first)?))
}
