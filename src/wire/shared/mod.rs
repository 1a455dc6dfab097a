//! What other centres send: signed envelopes with alerts, actions, lists, marks and tracks (`docs/sharing.md`).
//!
//! | module | content |
//! | --- | --- |
//! | `envelope` | the JSON Web Signature around everything: seal and open |
//! | `keys` | Ed25519 keys |
//! | `taken` | which numbers came already |
//! | `signed` | actions and lists on a node's own topics |
//! | `tracks` | tracks as reports and contacts |
//! | here | topics, the two ends, what may be taken; alerts, actions, lists and marks |
//!
//! Everything of one centre goes through one decoder, whatever its topic: the numbers of its letters are one memory.

mod envelope;
mod keys;
mod signed;
mod taken;
mod tracks;

pub use envelope::{ENVELOPE_BYTES_MAX, Letter, What, open, seal, signer};
pub use keys::{KEY_BYTES, NoKey, PublicBytes, SecretKey, has_signed};
pub use signed::{action_of, is_envelope};
pub use taken::TakenLetters;
pub use tracks::{BATCH_MAX, SharedTrack, TRACKS_SCHEMA, TrackBatch};

pub(in crate::wire) use tracks::{NAMED, number_of};

use super::actions;
use super::context::Context;
use super::reason::Reason;
use super::source::Source;
use crate::model::{ActionKind, AlertMessage, Deed, FeedId, Input, SharedAlert, Span};

/// Limit of the age of alerts, actions and lists at their arrival: a link or a bridge may have been down for a week. Their
/// numbers keep them from being taken twice; the limit is for a node that has lost its memory of these.
pub const AGE_MAX: Span = Span::from_secs(7 * 86_400);
/// Limit of the age of tracks at their arrival: later ones are no picture.
pub const TRACKS_AGE_MAX: Span = Span::from_secs(15 * 60);
/// Limit of how far the clock of a sender may be ahead.
pub const AHEAD_MAX: Span = Span::from_secs(5 * 60);

/// First levels of every topic between centres.
const TOPICS: &str = "vigie/share";

/// The two ends of what one centre sends to this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Name of this node.
    pub own: String,
    /// Name of the other centre.
    pub from: String,
    /// Public key of the other centre; without one nothing of it is taken.
    pub key: Option<PublicBytes>,
    /// Name of the exercise that this node is in; `None` for the real thing.
    pub exercise: Option<String>,
}

impl Peer {
    /// Returns the filter of all that the centre sends to this node, as of the real thing.
    pub fn filter(&self) -> String {
        format!("{TOPICS}/{}/{}/#", self.own, self.from)
    }

    /// Returns the kind and the identifier that a topic of the real thing names.
    fn named_by<'a>(&self, topic: &'a str) -> Option<(What, &'a str)> {
        let rest = topic.strip_prefix(TOPICS)?.strip_prefix('/')?;
        let rest = rest.strip_prefix(self.own.as_str())?.strip_prefix('/')?;
        let rest = rest.strip_prefix(self.from.as_str())?.strip_prefix('/')?;
        let (what, id) = rest.split_once('/')?;
        Some((What::of_word(what)?, id))
    }
}

/// Returns the topic of a letter, as of the real thing.
pub fn topic_of(letter: &Letter) -> String {
    format!("{TOPICS}/{}/{}/{}/{}", letter.to, letter.from, letter.what, letter.id)
}

/// Returns the name under which one decoder reads all topics of one sender: the filter of the topic's recipient and sender.
pub fn sender_filter(topic: &str) -> Option<&str> {
    let rest = topic.strip_prefix(TOPICS)?.strip_prefix('/')?;
    let (to, after) = rest.split_once('/')?;
    let (from, _) = after.split_once('/')?;
    topic.get(..TOPICS.len() + 1 + to.len() + 1 + from.len())
}

/// Decoder of all that one centre sends.
#[derive(Debug)]
pub(in crate::wire) struct Vigie {
    /// Feed and clock.
    pub source: Source,
    /// The two ends; nothing is taken without.
    pub peer: Option<Peer>,
    /// Numbers that came.
    pub taken: TakenLetters,
}

impl Vigie {
    /// Returns a decoder that has read nothing.
    pub fn new(feed: FeedId) -> Vigie {
        Vigie { source: Source::new(feed), peer: None, taken: TakenLetters::default() }
    }

    /// Decodes a payload: one envelope.
    pub fn decode(&mut self, topic: &str, payload: &[u8], context: &mut Context<'_>) {
        context.count(Reason::Lines);
        match self.letter(topic, payload, context) {
            Ok(letter) => self.enter(&letter, context),
            Err(reason) => context.count(reason),
        }
    }

    /// Returns the letter of an envelope that may be taken.
    fn letter(&mut self, topic: &str, payload: &[u8], context: &mut Context<'_>) -> Result<Letter, Reason> {
        let peer = self.peer.as_ref().ok_or(Reason::NotAddressed)?;
        let (what, id) = peer.named_by(topic).ok_or(Reason::BadTopic)?;
        let letter = open(payload, &peer.from, &peer.key.ok_or(Reason::WrongSignature)?)?;
        if letter.to != peer.own || letter.what != what || letter.id != id {
            return Err(Reason::NotAddressed);
        }
        if letter.exercise != peer.exercise {
            return Err(Reason::OtherExercise);
        }
        let sent = letter.sent_at().ok_or(Reason::BadTime)?;
        if let Some(at) = context.arrival.stamp() {
            context.counts.note_clock(sent - at);
            let most = if what == What::Tracks { TRACKS_AGE_MAX } else { AGE_MAX };
            if sent > at + AHEAD_MAX {
                return Err(Reason::SentAhead);
            }
            if at - sent > most {
                return Err(Reason::SentLongAgo);
            }
        }
        self.taken.take(what, letter.seq)?;
        Ok(letter)
    }

    /// Gives the engine what a letter says.
    fn enter(&mut self, letter: &Letter, context: &mut Context<'_>) {
        match letter.what {
            What::Tracks => self.tracks(letter, context),
            What::Alerts => match self.alert(letter) {
                Ok(alert) => context.inputs.push(Input::SharedAlert(Box::new(alert))),
                Err(reason) => context.count(reason),
            },
            What::Actions | What::Marks | What::Lists => {
                let now = self.source.now(context.arrival);
                match actions::parse_of_centre(letter.body.get().as_bytes(), &letter.from, &letter.to, now) {
                    Ok(mut action) if is_for_others(letter.what, &action.kind) => {
                        if let ActionKind::Mark(mark) = &mut action.kind {
                            mark.marking = mark.marking.take().or_else(|| letter.marking.clone());
                        }
                        context.inputs.push(Input::Action(Box::new(action)));
                    }
                    _ => context.count(Reason::JsonFields),
                }
            }
        }
    }

    /// Returns the alert event of a letter, with the numbers under which its dark targets are shared as tracks.
    fn alert(&self, letter: &Letter) -> Result<SharedAlert, Reason> {
        let message = AlertMessage::read(letter.body.get()).map_err(|_| Reason::JsonFields)?;
        if message.node != letter.from {
            return Err(Reason::WrongSender);
        }
        if message.exercise.as_deref() != letter.exercise.as_deref() {
            return Err(Reason::OtherExercise);
        }
        if message.event.id != letter.id {
            return Err(Reason::NotAddressed);
        }
        let targets = message.event.subjects.iter().map(|subject| {
            let known = subject.icao.is_some() || subject.mmsi.is_some() && !subject.dark;
            (!known).then(|| number_of(&subject.track))
        });
        let targets = targets.collect();
        Ok(SharedAlert { feed: self.source.feed, from: letter.from.clone(), message, targets })
    }

    fn tracks(&mut self, letter: &Letter, context: &mut Context<'_>) {
        let batch: Result<TrackBatch<'_>, _> = serde_json::from_str(letter.body.get());
        match batch {
            Ok(batch) if batch.schema == TRACKS_SCHEMA && batch.tracks.len() <= BATCH_MAX => {
                for track in &batch.tracks {
                    if let Err(reason) = track.give(&mut self.source, context) {
                        context.count(reason);
                    }
                }
            }
            _ => context.count(Reason::JsonFields),
        }
    }
}

/// Whether one centre may send another an action of a kind in a letter of a kind. The rest is each centre's own affair: a silence, a
/// line of its log, what it mutes, holds, releases or withholds.
fn is_for_others(what: What, kind: &ActionKind) -> bool {
    match kind {
        ActionKind::Mark(_) | ActionKind::Unmark { .. } => what == What::Marks,
        ActionKind::Listed(_) => what == What::Lists,
        ActionKind::Silence { .. } | ActionKind::Log { .. } => false,
        ActionKind::Alert { deed, .. } => {
            let is_own_affair = matches!(
                deed,
                Deed::Mute | Deed::Hold { .. } | Deed::Disclose { .. } | Deed::Withhold { .. }
            );
            what == What::Actions && !is_own_affair
        }
    }
}

#[cfg(test)]
mod tests;
