//! Sharing with other centres: who gets what, and in which form.
//!
//! ```text
//! policy      decides about one item and one recipient: pure, default deny
//! rendering   the form of an alert or of an action for a recipient
//! explain     the decision about one alert for every centre, with reasons
//! keys        the key of the node
//! incidents   what a recipient may know of an incident
//! outward     starts what leaves: recipient, the sink of one recipient; pictures, the newest tracks; lists; areas of centres
//! ```

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::clock;
use crate::model::{ActionKind, Time};
use crate::mqtt::Topics;
use crate::telemetry;
use crate::wire::actions;
use crate::wire::shared::{Letter, SecretKey, What, seal, topic_of};

pub mod areas;
pub mod explain;
mod incidents;
pub mod keys;
pub mod lists;
pub mod outward;
pub mod pictures;
pub mod policy;
pub mod recipient;
pub mod rendering;

#[cfg(test)]
mod tests;

/// What all that leaves a node for other centres has in common.
#[derive(Clone)]
pub struct Sender {
    /// Name of this node.
    pub node: String,
    /// Name of the exercise; `None` for the real thing.
    pub exercise: Option<String>,
    /// Topics of this node.
    pub topics: Topics,
    /// Key of this node.
    pub key: Arc<SecretKey>,
}

/// What a letter says, with its number.
struct Content {
    what: What,
    id: String,
    seq: u64,
    marking: Option<String>,
    /// JSON.
    body: String,
}

impl Sender {
    /// Returns the topic and the signed envelope of a letter that leaves now; `None` where its body is no JSON.
    fn seal(&self, to: &str, content: Content) -> Option<(String, String)> {
        let Content { what, id, seq, marking, body } = content;
        let letter = Letter {
            to: to.to_owned(),
            from: self.node.clone(),
            what,
            id,
            seq,
            // The broker may be back after days: the letter is as old as this try.
            sent: clock::now().rfc3339_millis(),
            exercise: self.exercise.clone(),
            marking,
            body: RawValue::from_string(body).ok()?,
        };
        Some((self.topics.inbound(&topic_of(&letter)), seal(&letter, &self.key)))
    }
}

/// Whether an action as it left removes a mark, or empties a part of a list.
fn is_removal(body: &str) -> bool {
    match actions::parse(body.as_bytes(), Time::NEVER).map(|action| action.kind) {
        Ok(ActionKind::Unmark { .. }) => true,
        Ok(ActionKind::Listed(list)) => list.entries.is_empty(),
        _ => false,
    }
}

/// Logs why there is no connection to the broker between centres.
fn telemetry_of(what: &str, reason: Option<String>) {
    if let Some(reason) = reason {
        tracing::debug!(
            event = telemetry::BROKER_AWAY,
            what,
            reason,
            "no connection to the broker between centres"
        );
    }
}
