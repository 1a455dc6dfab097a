//! Deeds of officers on a row of the queue.

use super::api::{AlertRow, Assigned, Closed, Comment, Done};
use super::region;
use crate::model::{Action, Deed, Span};

/// Most comments of an alert.
const COMMENTS: usize = 100;
/// Time for which the first of two simultaneous claims holds.
const CLAIM_HOLDS: Span = Span::from_secs(30);

/// Returns the name of an action's officer, with the centre where it is another one.
pub(super) fn signed(action: &Action) -> String {
    match &action.centre {
        None => action.by.clone(),
        Some(centre) => format!("{} ({centre})", action.by),
    }
}

/// Applies a deed to a row, and returns the log's text; `None` where the deed changes nothing.
pub(super) fn carry_out(row: &mut AlertRow, deed: &Deed, action: &Action) -> Option<String> {
    let (number, by, time) = (row.number, action.by.clone(), action.time);
    if let (Some(centre), false) = (&action.centre, matches!(deed, Deed::Comment { .. })) {
        return region::note_centre(row, deed, centre, &by, time);
    }
    let time = time.0;
    let done = || Done { by: by.clone(), time };
    let with = |text: &Option<String>| text.as_ref().map_or(String::new(), |text| format!(": {text}"));
    Some(match deed {
        // The first one counts: an acknowledged alert stays so.
        Deed::Acknowledge if row.acknowledged.is_some() => return None,
        Deed::Acknowledge => {
            (row.acknowledged, row.escalated) = (Some(done()), false);
            format!("acknowledged alert {number}")
        }
        Deed::Assign { to, text } => {
            let held = row.assigned.as_ref().is_some_and(|claim| {
                claim.to != *to && claim.to != by && *to == by && time - claim.time < CLAIM_HOLDS.0
            });
            if held {
                return None;
            }
            row.assigned = Some(Assigned { to: to.clone(), by: by.clone(), time });
            match *to == by {
                true => format!("claimed alert {number}{}", with(text)),
                false => format!("handed alert {number} to {to}{}", with(text)),
            }
        }
        Deed::Comment { text } => {
            if row.comments.len() == COMMENTS {
                row.comments.remove(0);
            }
            let centre = action.centre.clone();
            row.comments.push(Comment { text: text.clone(), by: by.clone(), centre, time });
            format!("on alert {number}: {text}")
        }
        Deed::Mute => {
            row.muted = Some(done());
            format!("muted alert {number}")
        }
        Deed::Close { outcome, text } => {
            row.acknowledged.get_or_insert_with(done);
            row.escalated = false;
            row.closed = Some(Closed { outcome: *outcome, text: text.clone(), by: by.clone(), time });
            format!("closed alert {number} as {}{}", outcome.word(), with(text))
        }
        Deed::Reopen => {
            row.closed.take()?;
            format!("reopened alert {number}")
        }
        Deed::Hold { held } => {
            row.held = *held;
            format!("{} alert {number}", if *held { "put on hold" } else { "released" })
        }
        // This node's own receipt of another centre's alert.
        Deed::Received { .. } if row.from.is_some() => return None,
        Deed::Received { seq } => format!("has received alert {number}, event {seq}"),
        Deed::Offer { .. } | Deed::Accept | Deed::Refuse { .. } | Deed::Take { .. } => return None,
        Deed::Disclose { to, text } => format!("released alert {number} to {to}: {text}"),
        Deed::Withhold { to, text } => format!("withheld alert {number} from {to}: {text}"),
    })
}
