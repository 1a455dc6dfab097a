//! `loitering`: a vessel stays confined, slow for most of the time.

use super::ring::{Judge, RingWatch, Sample, Window};
use super::{Pattern, World};
use crate::geodesy::{self, NM_M};
use crate::model::{Limit, LimitKind, Measure, Rule, TrackId};

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
    watch: |rule, number| Box::new(RingWatch::new(rule, number, Loitering::new(rule))),
};

/// It has left beyond this many radii of the centre as it stood when raised (hysteresis).
const LEAVE_FACTOR: f64 = 1.1;

struct Loitering {
    max_speed_kn: f64,
    radius_m: f64,
}

impl Loitering {
    fn new(rule: &Rule) -> Loitering {
        Loitering {
            max_speed_kn: rule.limits.number("max_speed"),
            radius_m: rule.limits.number("radius") * NM_M,
        }
    }
}

impl Judge for Loitering {
    /// Two samples outside end it.
    const LEAVE_SAMPLES: u8 = 2;

    fn max_speed_kn(&self) -> f64 {
        self.max_speed_kn
    }

    fn fits(&self, id: TrackId, world: &World<'_>) -> bool {
        world.picture.track(id).speed_kn().is_some_and(|kn| kn <= self.max_speed_kn)
    }

    fn holds(&self, window: &Window) -> bool {
        window.radius_m <= self.radius_m
    }

    fn leaves(&self, raised: &Window, sample: &Sample) -> bool {
        geodesy::distance_m(raised.centre, sample.position) > LEAVE_FACTOR * self.radius_m
    }

    fn measured(&self, window: &Window) -> Vec<(&'static str, Measure)> {
        vec![
            ("radius", Measure::Number(window.radius_m / NM_M)),
            ("max_speed", Measure::Number(window.top_fitting_kn)),
            ("share", Measure::Number(window.share)),
        ]
    }

    fn deed(&self, window: &Window) -> String {
        let lasted = window.last.time - window.first.time;
        let share = window.share * 100.0;
        let mostly = if share > 99.0 { String::new() } else { format!(" for {share:.0} % of the time") };
        format!(
            "has stayed within {:.1} nm for {}, at {:.1} kn or less{mostly}",
            (window.radius_m / NM_M).max(0.1),
            lasted.words(),
            window.top_fitting_kn,
        )
    }
}
