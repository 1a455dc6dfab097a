//! `ais-gap`: silence well past a vessel's own reporting rate where others were still heard.

use super::Pattern;
use crate::model::{Limit, LimitKind};

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "ais-gap",
    doc: "A vessel fell silent for well over its own reporting interval, where vessels of its class at like range and bearing from the same stations were still heard.",
    caution: "Raises nothing, and counts \"cannot judge\", where no station that heard it is alive, too few witnesses were heard, the way it was going leads out of where its class is habitually heard, the receiver moves, or it lay at a berth.",
    limits: &[
        Limit {
            name: "min_silence",
            kind: LimitKind::Duration,
            default: "30 min",
            doc: "At least this long without a report.",
        },
        Limit {
            name: "cadence_factor",
            kind: LimitKind::Factor,
            default: "6",
            doc: "And at least this many of its own reporting intervals.",
        },
        Limit {
            name: "min_witnesses",
            kind: LimitKind::Count,
            default: "2",
            doc: "Vessels of its class at like range and bearing that the same stations still heard.",
        },
        Limit {
            name: "coverage",
            kind: LimitKind::OneOf(&["required", "ignored"]),
            default: "required",
            doc: "\"ignored\" fires on silence alone.",
        },
    ],
};
