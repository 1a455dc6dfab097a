//! `loitering`: a vessel stays confined, slow for most of the time.

use super::Pattern;
use crate::model::{Limit, LimitKind};

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "loitering",
    doc: "A vessel stays within a circle, slow for most of the time; a burst of speed inside it does not reset the watch.",
    caution: "A hole in its reports of over max_silence empties the watch. Where max_company vessels or more lie slow within 2 nm it is a gathering (an anchorage, a regatta, a fleet in shelter) and is counted as not judged.",
    limits: &[
        Limit {
            name: "max_speed",
            kind: LimitKind::Speed,
            default: "2 kn",
            doc: "At or under this it is slow.",
        },
        Limit {
            name: "radius",
            kind: LimitKind::NauticalMiles,
            default: "1 nm",
            doc: "Every sample lies this close to the centre of their bounding box.",
        },
        Limit {
            name: "min_duration",
            kind: LimitKind::Duration,
            default: "1 h",
            doc: "How long it must last.",
        },
        Limit {
            name: "share",
            kind: LimitKind::Share,
            default: "0.8",
            doc: "At least this share of the samples is slow.",
        },
        Limit {
            name: "max_silence",
            kind: LimitKind::Duration,
            default: "15 min",
            doc: "A longer hole in the reports starts the watch anew.",
        },
        Limit {
            name: "max_company",
            kind: LimitKind::Count,
            default: "6",
            doc: "This many slow vessels within 2 nm, itself included, make a gathering, which is not judged.",
        },
    ],
};
