//! `zone`: a vessel entered or left a zone, and held past the dwell.

use super::Pattern;
use crate::model::{Limit, LimitKind};

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "zone",
    doc: "A vessel entered (or left) a zone and stayed on that side for longer than the dwell.",
    caution: "A position in the margin outside the edge counts as neither in nor out, so that jitter raises nothing.",
    limits: &[
        Limit {
            name: "dwell",
            kind: LimitKind::Duration,
            default: "60 s",
            doc: "How long it must have been on the new side.",
        },
        Limit {
            name: "margin",
            kind: LimitKind::Metres,
            default: "100 m",
            doc: "It has left only beyond this distance from the edge.",
        },
        Limit {
            name: "on",
            kind: LimitKind::SomeOf(&["entry", "exit"]),
            default: "entry",
            doc: "Which crossings are told.",
        },
        Limit {
            name: "max_silence",
            kind: LimitKind::Duration,
            default: "30 min",
            doc: "A vessel not heard for this long is no longer held to be inside.",
        },
    ],
};
