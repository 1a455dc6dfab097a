//! `loitering`: a vessel stays confined, slow for most of the time.
//!
//! This file has the conditions. The samples, the comparison with `min_duration` and the life of the alert are in `ring.rs`.

use super::company::Company;
use super::conditions::Conditions;
use super::ring::{Judge, RingWatch, Sample, Window};
use super::{Pattern, World, limits};
use crate::geodesy::{self, NM_M};
use crate::model::{Length, LimitKey, Measure, Reason, Rule, Span, Speed, TrackId};
use crate::picture::Picture;

const MAX_SPEED: LimitKey<Speed> =
    LimitKey::speed("max_speed", "2 kn").at_most().doc("A vessel at or under this speed is slow.");
const RADIUS: LimitKey<Length> = LimitKey::nautical_miles("radius", "1 nm")
    .at_most()
    .doc("Every sample is within this distance of the centre of their bounding box.");
const MIN_DURATION: LimitKey<Span> =
    limits::MIN_DURATION.with_default("1 h").doc("The stay lasts at least this long.");
const SHARE: LimitKey<f64> =
    limits::SHARE.with_default("0.8").doc("At least this share of the samples is slow.");
const MAX_SILENCE: LimitKey<Span> = limits::MAX_SILENCE
    .with_default("15 min")
    .doc("A longer gap in the reports starts the observation anew.");
const MAX_COMPANY: LimitKey<usize> = limits::MAX_COMPANY
    .with_default("6")
    .doc("This many slow vessels within 2 nm, the vessel included, make a gathering, which is not judged.");

const ANCHORED_WITHIN: LimitKey<Option<Length>> =
    LimitKey::nautical_miles("anchored_within", "none").or_none().doc(
        "A vessel that lies still (within 185 m) this near to a coast, or with two others on AIS at no more than 0.5 kn within 3 nm, is at anchor or at a mooring, and is not judged; \"none\": it is.",
    );

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "loitering",
    doc: "A vessel stays within a circle and is slow for most of the time; a short burst of speed inside the circle does not end the stay.",
    caution: "A gap of more than max_silence in the reports starts the observation anew. Where max_company vessels or more lie slow within 2 nm, they are a gathering (an anchorage, a regatta, a fleet in shelter), which is not judged. While an alert about the drift of a vessel is open, that stands for both.",
    limits: &[
        MAX_SPEED.limit,
        RADIUS.limit,
        MIN_DURATION.limit,
        SHARE.limit,
        MAX_SILENCE.limit,
        MAX_COMPANY.limit,
        limits::ALIKE_WITHIN.limit,
        ANCHORED_WITHIN.limit,
    ],
    needs: &[],
    watch: |rule, number| Box::new(RingWatch::new(rule, number, Loitering::new(rule))),
};

struct Loitering {
    max_speed_kn: f64,
    radius_m: f64,
    anchored_m: Option<f64>,
}

impl Loitering {
    fn new(rule: &Rule) -> Loitering {
        Loitering {
            max_speed_kn: rule.limits.get(MAX_SPEED).kn(),
            radius_m: rule.limits.get(RADIUS).m(),
            anchored_m: rule.limits.get(ANCHORED_WITHIN).map(Length::m),
        }
    }
}

impl Judge for Loitering {
    /// Two samples outside end it.
    const LEAVE_SAMPLES: u8 = 2;

    fn max_speed_kn(&self) -> f64 {
        self.max_speed_kn
    }

    fn fits(&self, id: TrackId, world: &World<'_>, c: &mut Conditions<'_>) {
        let speed_kn = world.picture.least_speed_kn(id).unwrap_or(f64::NAN);
        c.at_most(MAX_SPEED, Speed::from_kn(self.max_speed_kn), || Speed::from_kn(speed_kn));
    }

    /// A vessel that drifts within the circle is told as adrift.
    fn told_by(&self) -> Option<&'static str> {
        Some(super::drifting::PATTERN.name)
    }

    fn doubt(&self, id: TrackId, window: &Window, w: &World<'_>) -> Option<Reason> {
        if window.radius_m > limits::SWINGS_M {
            return None;
        }
        let is_anchored = |m: f64| {
            w.picture.zones.to_coast_m(window.centre, m).is_some()
                || Company::lies_at_anchor(w.picture, &[id], w.now)
        };
        self.anchored_m.is_some_and(is_anchored).then_some(Reason::AtBerth)
    }

    fn holds(&self, window: &Window, _w: &World<'_>, c: &mut Conditions<'_>) {
        c.at_most(RADIUS, Length::from_m(self.radius_m), || Length::from_m(window.radius_m));
    }

    fn leaves(&self, raised: &Window, sample: &Sample) -> bool {
        geodesy::distance_m(raised.centre, sample.position) > limits::LEAVE_FACTOR * self.radius_m
    }

    fn measured(&self, window: &Window, _picture: &Picture) -> Vec<(&'static str, Measure)> {
        vec![
            RADIUS.measured(Length::from_m(window.radius_m)),
            MAX_SPEED.measured(Speed::from_kn(window.top_fitting_kn)),
            SHARE.measured(window.share),
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
