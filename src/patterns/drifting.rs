//! `drifting`: a vessel is carried, not steering.

use super::Pattern;
use crate::model::{Limit, LimitKind};

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "drifting",
    doc: "A vessel is carried and does not steer: slow and off its heading, or moving as its neighbours are carried.",
    caution: "A vessel that sends no heading is judged by its neighbours alone; with too few of them it is not judged. Going astern is not drifting.",
    limits: &[
        Limit {
            name: "max_speed",
            kind: LimitKind::Speed,
            default: "4 kn",
            doc: "At or under this, and above min_speed, it may be carried.",
        },
        Limit {
            name: "min_speed",
            kind: LimitKind::Speed,
            default: "0.5 kn",
            doc: "Under this it lies still.",
        },
        Limit {
            name: "min_duration",
            kind: LimitKind::Duration,
            default: "45 min",
            doc: "How long it must last.",
        },
        Limit {
            name: "angle",
            kind: LimitKind::Angle,
            default: "40 deg",
            doc: "Course over ground differs from heading, and from its reverse, by more than this.",
        },
        Limit {
            name: "share",
            kind: LimitKind::Share,
            default: "0.8",
            doc: "At least this share of the samples is carried.",
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
