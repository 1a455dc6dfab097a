//! `drifting`: a vessel is carried, not steering.

use super::conditions::{Check, Conditions};
use super::ring::{Judge, Ring, RingWatch, Sample, Window};
use super::{Pattern, World, limits};
use crate::geodesy::{self, KN_MS, NM_M};
use crate::model::{Angle, LimitKey, Measure, Rule, Span, Speed, TrackId};
use crate::picture::{Fix, Picture, Track};

const MAX_SPEED: LimitKey<Speed> =
    LimitKey::speed("max_speed", "4 kn").at_most().doc("The vessel is not faster than this.");
const MIN_SPEED: LimitKey<Speed> = LimitKey::speed("min_speed", "0.5 kn")
    .at_least()
    .may_be_zero()
    .less_than(MAX_SPEED, "nothing can fit both")
    .doc("The vessel is at least this fast; a slower one lies still.");
const MIN_DURATION: LimitKey<Span> =
    limits::MIN_DURATION.with_default("45 min").doc("The drift lasts at least this long.");
const ANGLE: LimitKey<Angle> = LimitKey::angle("angle", "40 deg")
    .at_least()
    .stays_under(90.0, "the course is compared with the heading and with its reverse")
    .doc("The course over ground differs by more than this from the heading, and from its reverse.");
const SHARE: LimitKey<f64> =
    limits::SHARE.with_default("0.8").doc("At least this share of the samples shows the drift.");
const MAX_SILENCE: LimitKey<Span> = limits::MAX_SILENCE
    .with_default("15 min")
    .doc("A longer gap in the reports starts the observation anew.");
const MAX_COMPANY: LimitKey<usize> = limits::MAX_COMPANY
    .with_default("6")
    .doc("This many slow vessels within 2 nm, the vessel included, make a gathering, which is not judged.");
const ASHORE_WITHIN: LimitKey<Option<Span>> = LimitKey::duration("ashore_within", "none").at_most().or_none().doc(
    "At the speed of the drift, a vessel that went straight for the nearest coast would be there within this time. Wind and tide turn, so that the direction of the drift does not count.",
);

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "drifting",
    doc: "A vessel drifts and does not steer: it moves slowly and off its heading, or as its neighbours drift.",
    caution: "A vessel that sends no heading is judged by its neighbours alone; with too few neighbours it is not judged. A neighbour tells how the water moves where it goes more than 20° off its heading, at no more than 6 kn. Going astern is not drifting.",
    limits: &[
        MAX_SPEED.limit,
        MIN_SPEED.limit,
        MIN_DURATION.limit,
        ANGLE.limit,
        SHARE.limit,
        ASHORE_WITHIN.limit,
        MAX_SILENCE.limit,
        MAX_COMPANY.limit,
        limits::ALIKE_WITHIN.limit,
    ],
    needs: &[],
    watch: |rule, number| Box::new(RingWatch::new(rule, number, Drifting::new(rule))),
};

/// Neighbours carried alike within this show a current.
const NEIGHBOURS_M: f64 = 10.0 * NM_M;
/// Number of neighbours that show a current.
const NEIGHBOURS: usize = 2;
/// Neighbours off their headings that are looked at, at most: in a crowd the rest would cost more than they tell.
const MOST_NEIGHBOURS: usize = 64;
/// Difference of velocities below which two vessels drift alike, knots.
const SAME_DRIFT_KN: f64 = 0.7;
/// Age up to which the fix of a neighbour shows how the water moves.
const NEIGHBOUR_FRESH: Span = Span::from_secs(600);
/// Time over which positions show the course that a vessel makes good.
const WAY_OF: Span = Span::from_secs(600);

/// A vessel that stays within this for as long as a drift must last is anchored or aground, metres.
const SWINGING_M: f64 = 200.0;

struct Drifting {
    max_speed_kn: f64,
    min_speed_kn: f64,
    angle_deg: f64,
    min_drift_m: f64,
    ashore_within: Option<Span>,
}

impl Drifting {
    fn new(rule: &Rule) -> Drifting {
        let min_speed_kn = rule.limits.get(MIN_SPEED).kn();
        Drifting {
            max_speed_kn: rule.limits.get(MAX_SPEED).kn(),
            min_speed_kn,
            angle_deg: rule.limits.get(ANGLE).deg(),
            // One that yaws at its anchor comes nowhere.
            min_drift_m: min_speed_kn * KN_MS * rule.limits.get(MIN_DURATION).secs(),
            ashore_within: rule.limits.get(ASHORE_WITHIN),
        }
    }

    /// Off its heading at a drifting speed; `None` where it sends no heading or course.
    fn off_heading(&self, fix: &Fix) -> Option<bool> {
        let mut c = Conditions::of(None);
        self.compare_heading(fix, &mut c)?;
        Some(c.are_met())
    }

    /// Compares course and heading as sent; `None` where a vessel sends none.
    fn compare_heading(&self, fix: &Fix, c: &mut Conditions<'_>) -> Option<()> {
        let (sog, cog, heading) = (fix.sog_kn()?, fix.cog_deg()?, fix.heading_deg()?);
        self.compare_carried(sog, cog, heading, c);
        Some(())
    }

    /// Compares a course with the heading and with its reverse, and the speed with that of a drift.
    fn compare_carried(&self, speed_kn: f64, course_deg: f64, heading_deg: f64, c: &mut Conditions<'_>) {
        let angle = geodesy::angle_between_deg(course_deg, heading_deg);
        c.over(ANGLE, Angle::from_deg(self.angle_deg), || Angle::from_deg(angle.min(180.0 - angle)));
        self.compare_speed(speed_kn, c);
    }

    fn compare_speed(&self, speed_kn: f64, c: &mut Conditions<'_>) {
        c.at_least(MIN_SPEED, Speed::from_kn(self.min_speed_kn), || Speed::from_kn(speed_kn));
        c.at_most(MAX_SPEED, Speed::from_kn(self.max_speed_kn), || Speed::from_kn(speed_kn));
    }

    /// Off its heading by its positions of the last ten minutes, whatever course and speed it reports.
    fn is_carried_by_positions(&self, id: TrackId, w: &World<'_>) -> bool {
        let track = w.picture.track(id);
        let fix = track.fix;
        if track.speed_kn().is_none_or(|kn| kn > self.max_speed_kn) {
            return false;
        }
        let (Some(heading), Some(then)) =
            (fix.heading_deg(), w.picture.history(id).since(fix.time - WAY_OF).next())
        else {
            return false;
        };
        let hours = (fix.time - then.time()).hours();
        let (metres, course) = geodesy::range_and_bearing(then.position(), fix.position);
        let mut c = Conditions::of(None);
        self.compare_carried(metres / NM_M / hours, course, heading, &mut c);
        hours >= WAY_OF.hours() / 2.0 && c.are_met()
    }

    /// Goes as neighbours go that are off their headings.
    fn goes_with_the_water(&self, id: TrackId, w: &World<'_>) -> bool {
        let fix = w.picture.track(id).fix;
        let Some(own) = w.picture.velocity_kn(id) else { return false };
        let speed = (own[0] * own[0] + own[1] * own[1]).sqrt();
        if !(self.min_speed_kn..=self.max_speed_kn).contains(&speed) {
            return false;
        }
        let (mut alike, mut asked) = (0, 0);
        w.picture.carried_near(fix.position, NEIGHBOURS_M, |other| {
            let track = w.picture.track(other);
            let carried = other != id
                && w.now - track.fix.time <= NEIGHBOUR_FRESH
                && self.off_heading(&track.fix) == Some(true);
            if carried && let Some(theirs) = track.fix.velocity_kn() {
                let d = [own[0] - theirs[0], own[1] - theirs[1]];
                alike += usize::from((d[0] * d[0] + d[1] * d[1]).sqrt() < SAME_DRIFT_KN);
            }
            asked += 1;
            alike < NEIGHBOURS && asked < MOST_NEIGHBOURS
        });
        alike >= NEIGHBOURS
    }
}

impl Judge for Drifting {
    /// Three samples that steer end it: one may be noise.
    const LEAVE_SAMPLES: u8 = 3;

    fn max_speed_kn(&self) -> f64 {
        self.max_speed_kn
    }

    /// One whose own heading shows the drift needs neither its history nor its neighbours.
    fn asks_round(&self, track: &Track) -> bool {
        self.off_heading(&track.fix) != Some(true)
    }

    fn fits(&self, id: TrackId, w: &World<'_>, c: &mut Conditions<'_>) {
        let fix = w.picture.track(id).fix;
        c.any_of(|any| {
            any.all_of(|c| {
                if self.compare_heading(&fix, c).is_none() {
                    c.holds(Check::SendsHeading, || false);
                }
            });
            any.holds(Check::MadeGood, || self.is_carried_by_positions(id, w));
            // One that goes as others drift is adrift, whatever heading it sends.
            any.holds(Check::GoesWithWater, || self.goes_with_the_water(id, w));
        });
    }

    fn holds(&self, window: &Window, w: &World<'_>, c: &mut Conditions<'_>) {
        c.holds(Check::MadeGood, || drift_m(window) >= self.min_drift_m);
        if let Some(most) = self.ashore_within.filter(|_| w.picture.zones.has_coast()) {
            c.at_most(ASHORE_WITHIN, most, || time_to_coast(window, w.picture));
        }
    }

    /// A vessel that is slower than `min_speed` does not steer either.
    fn leaves(&self, _raised: &Window, sample: &Sample) -> bool {
        !sample.fits && f64::from(sample.speed_tenths) >= self.min_speed_kn * 10.0
    }

    fn lies_still(&self, ring: &Ring) -> bool {
        let Some(last) = ring.last() else { return false };
        let is_here = |sample: &Sample| geodesy::distance_m(sample.position, last.position) < SWINGING_M;
        ring.is_full() && ring.iter().all(|sample| !sample.fits && is_here(sample))
    }

    fn measured(&self, window: &Window, picture: &Picture) -> Vec<(&'static str, Measure)> {
        let mut measured =
            vec![MAX_SPEED.measured(Speed::from_kn(window.top_fitting_kn)), SHARE.measured(window.share)];
        if self.ashore_within.is_some() && picture.zones.has_coast() {
            measured.push(ASHORE_WITHIN.measured(time_to_coast(window, picture)));
        }
        measured
    }

    fn deed(&self, window: &Window) -> String {
        let drift_nm = drift_m(window) / NM_M;
        let set = geodesy::bearing_deg(window.first.position.lon_lat(), window.last.position.lon_lat());
        let lasted = window.last.time - window.first.time;
        format!(
            "has been adrift for {}: {drift_nm:.1} miles toward {set:03.0}°, at {:.1} kn or less",
            lasted.words(),
            window.top_fitting_kn
        )
    }
}

fn drift_m(window: &Window) -> f64 {
    geodesy::distance_m(window.first.position, window.last.position)
}

/// Returns the time in which a drift at the speed of the window would cover the distance to the nearest coast.
fn time_to_coast(window: &Window, picture: &Picture) -> Span {
    let lasted = window.last.time - window.first.time;
    let windows = picture.zones.off_coast_m(window.last.position) / drift_m(window).max(1.0);
    Span::from_secs_f64(lasted.secs() * windows)
}
