//! The patterns: one file each, and the one list of them.

use crate::model::Limit;

pub mod ais_gap;
pub mod drifting;
pub mod loitering;
pub mod rendezvous;
pub mod zone;

/// The one declaration of a pattern: configuration keys, reference page and labels are made from it.
#[derive(Debug)]
pub struct Pattern {
    /// Kebab-case word in files, topics and alerts.
    pub name: &'static str,
    /// One sentence for people: what fires.
    pub doc: &'static str,
    /// What it does not judge, and when it says "cannot judge".
    pub caution: &'static str,
    /// Its limits.
    pub limits: &'static [Limit],
}

/// Every pattern there is.
pub const ALL: &[&Pattern] =
    &[&zone::PATTERN, &loitering::PATTERN, &drifting::PATTERN, &rendezvous::PATTERN, &ais_gap::PATTERN];
