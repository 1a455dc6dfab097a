//! Sharing with other centres: who gets what, and in which form.
//!
//! ```text
//! policy      decides about one item and one recipient: pure, default deny
//! rendering   the form of an alert or of an action for a recipient
//! explain     the decision about one alert for every centre, with reasons
//! keys        the node's own key
//! ```

pub mod explain;
pub mod keys;
pub mod policy;
pub mod rendering;

#[cfg(test)]
mod tests;
