//! What comes on a node's own topics in an envelope: officers' actions and lists. The edge checks signature, recipient and age before a
//! message is logged (`feed/signatures.rs`), so that a log or a recording holds what was believed, and a replay needs no keys.

use super::envelope::{Letter, What, contents};
use crate::model::{Action, Time};
use crate::wire::actions::{self, ActionError};
use crate::wire::reason::Reason;

/// Beginning of every envelope: the base64url of `{"`.
const ENVELOPE: &[u8] = b"eyJ";

/// Returns whether a payload is an envelope, and not JSON or TOML as it is.
pub fn is_envelope(payload: &[u8]) -> bool {
    payload.trim_ascii_start().starts_with(ENVELOPE)
}

/// Reads an action: as it is, or from an envelope that was checked before. An action that another centre signed is of that centre.
///
/// # Errors
/// The payload is no action, or one of its values is out of bounds.
pub fn action_of(payload: &[u8], arrival: Time) -> Result<Action, ActionError> {
    if !is_envelope(payload) {
        return actions::parse(payload, arrival);
    }
    let unread = |reason: Reason| ActionError::Json(format!("the envelope is not read: {}", reason.word()));
    let Letter { to, from, what, sent, body, .. } = contents(payload).map_err(unread)?;
    if what != What::Actions {
        return Err(unread(Reason::NotAddressed));
    }
    // An action sent again later must not count from its arrival.
    let at = Time::parse(&sent).map_or(arrival, |sent| sent.min(arrival));
    match from == to {
        true => actions::parse(body.get().as_bytes(), at),
        false => actions::parse_of_centre(body.get().as_bytes(), &from, &to, at),
    }
}
