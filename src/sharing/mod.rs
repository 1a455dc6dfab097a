//! Sharing with other centres: who gets what, and in which form.
//!
//! ```text
//! policy      decides about one item and one recipient: pure, default deny
//! rendering   the form of an alert or of an action for a recipient
//! explain     the decision about one alert for every centre, with reasons
//! keys        the key of the node
//! outward     starts what leaves: recipient, the sink of one recipient; pictures, the newest tracks; areas of centres
//! ```

use std::sync::Arc;

use crate::mqtt::Topics;
use crate::telemetry;
use crate::wire::shared::SecretKey;

pub mod areas;
pub mod explain;
pub mod keys;
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
