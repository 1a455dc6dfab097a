//! `rendezvous`: two vessels close together, away from ports and anchorages.

use super::Pattern;
use crate::model::{Limit, LimitKind};

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "rendezvous",
    doc: "Two vessels stay close together, away from ports and anchorages.",
    caution: "A party silent for over 3 min is not extrapolated further: the pair is not judged until it is heard again, and ended after max_silence. Where max_company vessels or more lie within 1 nm it is a gathering, which is not judged. More than two parties make one incident.",
    limits: &[
        Limit { name: "distance", kind: LimitKind::Metres, default: "500 m", doc: "At most this far apart." },
        Limit {
            name: "max_speed",
            kind: LimitKind::Speed,
            default: "2 kn",
            doc: "Both at or under this speed; \"none\" for any.",
        },
        Limit {
            name: "max_relative_speed",
            kind: LimitKind::Speed,
            default: "none",
            doc: "Relative speed at most this.",
        },
        Limit {
            name: "min_duration",
            kind: LimitKind::Duration,
            default: "30 min",
            doc: "How long it must last.",
        },
        Limit {
            name: "converged_from",
            kind: LimitKind::NauticalMiles,
            default: "none",
            doc: "They were at least this far apart within the two hours before.",
        },
        Limit {
            name: "max_silence",
            kind: LimitKind::Duration,
            default: "15 min",
            doc: "A pair that could not be judged for this long is over.",
        },
        Limit {
            name: "max_company",
            kind: LimitKind::Count,
            default: "6",
            doc: "This many vessels within 1 nm, the pair included, make a gathering, which is not judged.",
        },
    ],
};
