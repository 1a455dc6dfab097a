//! Samples of a track at even steps over a rule's duration, and the watch over them: the common part of `loitering` and
//! `drifting`. Each of the two patterns has its own conditions, a [`Judge`].
//!
//! [`Pace`] takes the shared limits from the rule. [`Ring::window`] compares the samples with `min_duration`, and
//! [`RingWatch`] raises, updates and ends the alert.

use serde::{Deserialize, Serialize};

use super::company::Company;
use super::conditions::{Check, Conditions};
use super::states::{States, read_layout_1};
use super::trace::Outcome;
use super::{Deadline, Gate, Raising, Watch, World, limits};
use crate::alerts::{Elapsed, Finding, Handle, Resumes};
use crate::geodesy;
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Certainty, EndReason, Length, Measure, Position, Reason, Rule, RuleId, Span, Time, TrackId,
};
use crate::picture::{Kind, Picture, Track};

/// Samples a ring holds: its steps are a sixtieth of the duration.
pub const LENGTH: usize = 61;

/// A vessel at a moment, and whether it did then what the rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Report time.
    pub time: Time,
    /// Position of the sample.
    pub position: Position,
    /// Tenths of a knot.
    pub speed_tenths: u16,
    /// Slow, or carried.
    pub fits: bool,
    /// In all the rule's zones.
    pub applies: bool,
    /// The track's report count then.
    pub reports: u32,
}

/// The samples, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ring {
    samples: Vec<Sample>,
    start: usize,
}

/// Window of samples that fulfils its rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Oldest sample.
    pub first: Sample,
    /// Newest sample.
    pub last: Sample,
    /// Centre of the samples' bounding box.
    pub centre: Position,
    /// The sample furthest from the centre, metres.
    pub radius_m: f64,
    /// Share of the samples that fit.
    pub share: f64,
    /// The fastest of those that fit, knots.
    pub top_fitting_kn: f64,
    /// Whether all samples were where the rule holds.
    pub all_apply: bool,
}

impl Ring {
    /// Forgets all samples, keeps their room.
    pub fn clear(&mut self) {
        self.samples.clear();
        self.start = 0;
    }

    /// The newest sample.
    pub fn last(&self) -> Option<&Sample> {
        let at = (self.start + self.samples.len()).checked_sub(1)?;
        self.samples.get(at % self.samples.len().max(1))
    }

    /// Adds a sample, over the oldest where the ring is full.
    pub fn push(&mut self, sample: Sample) {
        if self.samples.len() < LENGTH {
            if self.samples.is_empty() {
                self.samples.reserve_exact(LENGTH);
            }
            self.samples.push(sample);
        } else {
            self.samples[self.start] = sample;
            self.start = (self.start + 1) % LENGTH;
        }
    }

    /// All samples, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Sample> + Clone {
        let (newer, older) = self.samples.split_at(self.start);
        older.iter().chain(newer)
    }

    /// Whether the ring holds as many samples as it can.
    pub fn is_full(&self) -> bool {
        self.samples.len() == LENGTH
    }

    /// Whether any sample fits at all.
    pub fn any_fits(&self) -> bool {
        self.samples.iter().any(|s| s.fits)
    }

    /// Returns how far the samples reach back to one that fits.
    pub fn reach(&self) -> Span {
        let first = self.iter().find(|sample| sample.fits);
        self.last().zip(first).map_or(Span::ZERO, |(last, first)| last.time - first.time)
    }

    /// The window that reaches back by a duration to the newest sample that old that fits; `None` while there is none.
    pub fn window(&self, min_duration: Span) -> Option<Window> {
        let last = *self.last()?;
        let first = *self.iter().rev().find(|s| last.time - s.time >= min_duration && s.fits)?;
        let within = self.iter().filter(|s| s.time >= first.time);
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        let (mut count, mut fitting, mut top, mut all_apply) = (0u32, 0u32, 0u16, true);
        for sample in within.clone() {
            let p = sample.position.lon_lat();
            for axis in 0..2 {
                low[axis] = low[axis].min(p[axis]);
                high[axis] = high[axis].max(p[axis]);
            }
            count += 1;
            fitting += u32::from(sample.fits);
            all_apply &= sample.applies;
            if sample.fits {
                top = top.max(sample.speed_tenths);
            }
        }
        let centre = Position::new((low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0)?;
        let radius_m = within.map(|s| geodesy::distance_m(centre, s.position)).fold(0.0, f64::max);
        let share = f64::from(fitting) / f64::from(count);
        Some(Window {
            first,
            last,
            centre,
            radius_m,
            share,
            top_fitting_kn: f64::from(top) / 10.0,
            all_apply,
        })
    }
}

/// Limits that the two patterns over a ring have in common.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Least length of the behaviour.
    pub min_duration: Span,
    /// Between samples.
    pub step: Span,
    /// A longer hole empties the ring.
    pub max_silence: Span,
    /// Share of the samples that must fit.
    pub share: f64,
    /// Number of slow vessels that make a gathering.
    pub max_company: usize,
    /// Distance within which so many small craft are at work, metres.
    pub alike_m: Option<f64>,
}

impl Pace {
    /// From a rule's limits.
    pub fn of(rule: &Rule) -> Pace {
        let min_duration = rule.limits.get(limits::MIN_DURATION);
        Pace {
            min_duration,
            step: Span(min_duration.0 / 60),
            max_silence: rule.limits.get(limits::MAX_SILENCE),
            share: rule.limits.get(limits::SHARE),
            max_company: rule.limits.get(limits::MAX_COMPANY),
            alike_m: rule.limits.get(limits::ALIKE_WITHIN).map(Length::m),
        }
    }
}

/// Interval at which the company of a vessel that is not judged is counted anew.
const COUNTED_EVERY: Span = Span::from_secs(120);
/// Vessels this near are company.
pub const COMPANY_M: f64 = 2.0 * geodesy::NM_M;

/// Condition of a pattern over a ring.
pub trait Judge: Send + 'static {
    /// Number of samples in a row outside the condition that end the behaviour.
    const LEAVE_SAMPLES: u8;
    /// A faster vessel is of no interest.
    fn max_speed_kn(&self) -> f64;
    /// Whether this judge looks at the neighbours for such a track: then a vessel without state is looked at once a
    /// step, not at every report.
    fn asks_round(&self, _track: &Track) -> bool {
        false
    }
    /// Compares what a track does now with what the rule is about.
    fn fits(&self, id: TrackId, world: &World<'_>, c: &mut Conditions<'_>);
    /// Pattern whose open alert on the vessel says all that one of this pattern would.
    fn told_by(&self) -> Option<&'static str> {
        None
    }
    /// What speaks against judging a window that fulfils the rule.
    fn doubt(&self, _id: TrackId, _window: &Window, _w: &World<'_>) -> Option<Reason> {
        None
    }
    /// Whether a window with enough samples that fit fulfils the rest of the rule.
    fn holds(&self, window: &Window, w: &World<'_>, c: &mut Conditions<'_>);
    /// Whether a sample is out of what was raised.
    fn leaves(&self, raised: &Window, sample: &Sample) -> bool;
    /// Whether the samples show that the vessel has come to lie still, which ends what was raised.
    fn lies_still(&self, _ring: &Ring) -> bool {
        false
    }
    /// By limit name, but for the duration.
    fn measured(&self, window: &Window, picture: &Picture) -> Vec<(&'static str, Measure)>;
    /// The sentence without its subject.
    fn deed(&self, window: &Window) -> String;
}

/// A rule over rings.
pub struct RingWatch<J> {
    rule: RuleId,
    pace: Pace,
    judge: J,
    states: States<State>,
}

#[derive(Default, Serialize, Deserialize)]
struct State {
    ring: Ring,
    last_report: Time,
    raised: Option<Raised>,
    gathering: bool,
}

#[derive(Serialize, Deserialize)]
struct Raised {
    handle: Handle,
    window: Window,
    outside: u8,
}

impl<J: Judge> RingWatch<J> {
    /// For a rule, by its number.
    pub fn new(rule: &Rule, number: RuleId, judge: J) -> RingWatch<J> {
        RingWatch { rule: number, pace: Pace::of(rule), judge, states: States::default() }
    }

    fn finding<'a>(&self, ids: &'a [TrackId], window: &Window, picture: &Picture, now: Time) -> Finding<'a> {
        let track = picture.track(ids[0]);
        let lasted = window.last.time - window.first.time;
        Finding {
            subjects: ids,
            zone: None,
            onset: window.first.time,
            time: now,
            last: window.last.time,
            position: window.last.position,
            certainty: Certainty::Observed,
            length: self.length(lasted),
            reports: track.reports - window.first.reports + 1,
            measured: std::iter::once(limits::MIN_DURATION.measured(lasted))
                .chain(self.judge.measured(window, picture))
                .collect(),
            not_judged: Vec::new(),
            deed: self.judge.deed(window),
            resumes: Resumes::ON_THE_GROUND,
            was_held: false,
        }
    }

    fn length(&self, lasted: Span) -> Elapsed {
        Elapsed { duration_s: lasted.secs(), limit_s: self.pace.min_duration.secs() }
    }

    fn end(&mut self, id: TrackId, reason: EndReason, w: &mut World<'_>) {
        if let Some(raised) = self.states.get(id).and_then(|state| state.raised.take()) {
            let ids = [id];
            let finding = self.finding(&ids, &raised.window, w.picture, w.now);
            w.alerts.end(w.picture, raised.handle, reason, &finding, w.out);
        }
    }

    /// A sample while the alert is open: it goes on, or it is over.
    fn follow(&mut self, id: TrackId, sample: Sample, w: &mut World<'_>) -> Option<EndReason> {
        let (share, min_duration) = (self.pace.share, self.pace.min_duration);
        let state = self.states.get(id)?;
        let raised = state.raised.as_mut()?;
        let outside = self.judge.leaves(&raised.window, &sample) || !sample.applies;
        raised.outside = if outside { raised.outside + 1 } else { 0 };
        if raised.outside >= J::LEAVE_SAMPLES {
            return Some(if sample.applies { EndReason::Moved } else { EndReason::Left });
        }
        if outside {
            return None;
        }
        if self.judge.lies_still(&state.ring) {
            return Some(EndReason::Stopped);
        }
        let now = state.ring.window(min_duration).filter(|now| now.share >= share).unwrap_or(raised.window);
        let (first, centre) = (raised.window.first, raised.window.centre);
        raised.window = Window { first, centre, last: sample, ..now };
        let (handle, window) = (raised.handle, raised.window);
        let length = self.length(sample.time - first.time);
        let ids = [id];
        let finding = || self.finding(&ids, &window, w.picture, w.now);
        w.alerts.goes_on(w.picture, handle, w.now, length, finding, w.out);
        None
    }

    /// Whether small craft are at work around a small vessel.
    fn is_at_work(&self, id: TrackId, w: &World<'_>) -> bool {
        let crowd = self.pace.max_company;
        let are_there = |within_m| Company::at_work(w.picture, id, within_m, crowd, w.now) >= crowd;
        self.pace.alike_m.is_some_and(are_there)
    }

    /// A sample while no alert is open: judged if it is slow.
    fn consider(&mut self, id: TrackId, sample: Sample, w: &mut World<'_>, mut c: Conditions<'_>) {
        let Some(state) = self.states.get(id) else { return };
        let reach = state.ring.reach();
        // What follows is about samples that fit.
        if !sample.fits && w.is_explained() {
            return;
        }
        c.at_least(limits::MIN_DURATION, self.pace.min_duration, || reach);
        let judged = sample.fits && c.are_met();
        if !judged && !c.are_traced() {
            return;
        }
        let Some(window) = state.ring.window(self.pace.min_duration.min(reach)) else { return };
        self.judge.holds(&window, w, &mut c);
        c.at_least(limits::SHARE, self.pace.share, || window.share);
        c.holds(Check::Inside, || window.all_apply);
        if !c.decide() {
            state.gathering &= !judged;
            return;
        }
        c.holds(Check::NotTold, || {
            !self.judge.told_by().is_some_and(|pattern| w.alerts.is_told(self.rule, id, pattern, w.now))
        });
        if !c.are_met() {
            return;
        }
        let told = state.gathering;
        let before = state.ring.iter().rev().nth(1).map_or(0, |before| before.time.0);
        if told && before / COUNTED_EVERY.0 == sample.time.0 / COUNTED_EVERY.0 {
            return;
        }
        let crowd = self.pace.max_company;
        let company = || w.company(&[id], COMPANY_M, self.judge.max_speed_kn(), crowd);
        let (doubt, company) = match (w.picture.track(id).kind, self.judge.doubt(id, &window, w)) {
            (Kind::NetBuoy, _) => (Some(Reason::NetBuoy), None),
            (_, Some(reason)) => (Some(reason), None),
            _ => {
                let company = company();
                let doubt = match company.known >= crowd {
                    true => Some(Reason::Gathering),
                    false => self.is_at_work(id, w).then_some(Reason::WhereOneStops),
                };
                (doubt, Some(company))
            }
        };
        c.can_judge(doubt);
        if let Some(reason) = doubt {
            if !told {
                w.tally.cannot_judge(self.rule, reason);
            }
            self.states.make(id).gathering = true;
            return;
        }
        let ids = [id];
        let mut finding = self.finding(&ids, &window, w.picture, w.now);
        // What was in doubt before was counted then.
        finding.was_held = told;
        finding.not_judged.extend(company.and_then(|company| company.in_words(crowd)));
        match w.raise(self.rule, &finding) {
            Raising::Raised(handle) => {
                self.states.make(id).raised = Some(Raised { handle, window, outside: 0 });
            }
            Raising::Shared => {}
            Raising::Ordinary(reason) => {
                if !told {
                    w.tally.cannot_judge(self.rule, reason);
                }
                self.states.make(id).gathering = true;
            }
        }
    }
}

impl<J: Judge> Watch for RingWatch<J> {
    fn gate(&self) -> Gate {
        Gate::Slow(libm::floor(self.judge.max_speed_kn() * 10.0) as u16)
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        let track = w.picture.track(id);
        if !track.is_vessel() {
            self.end(id, EndReason::Identified, w);
            return !self.let_go_if(id, true);
        }
        let (fix, pace) = (track.fix, self.pace);
        let step = |time: Time| time.0 / pace.step.0.max(1);
        if step(fix.time) == step(track.previous.0)
            && self.judge.asks_round(track)
            && self.states.get(id).is_none()
        {
            return false;
        }
        let state = self.states.make(id);
        let silent = fix.time - state.last_report > pace.max_silence;
        state.last_report = fix.time;
        if silent {
            self.end(id, EndReason::Lost, w);
            self.states.make(id).clear();
        }
        if self.states.make(id).ring.last().is_some_and(|last| fix.time - last.time < pace.step) {
            return true;
        }
        let (speed_kn, mut c) = (w.picture.least_speed_kn(id), w.conditions());
        self.judge.fits(id, w, &mut c);
        let fits = c.are_met();
        let state = self.states.make(id);
        let sample = Sample {
            time: fix.time,
            position: fix.position,
            speed_tenths: libm::round(speed_kn.unwrap_or(0.0) * 10.0).min(65_000.0) as u16,
            fits,
            applies,
            reports: track.reports,
        };
        state.ring.push(sample);
        let (raised, idle) = (state.raised.is_some(), !state.ring.any_fits());
        if !raised {
            self.consider(id, sample, w, c);
            if self.let_go_if(id, idle) {
                return false;
            }
            w.arm(self.rule, id, fix.time + pace.max_silence);
            return true;
        }
        w.trace(Outcome::Open);
        match self.follow(id, sample, w) {
            None => true,
            Some(reason) => {
                self.end(id, reason, w);
                !self.let_go_if(id, true)
            }
        }
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.end(id, EndReason::Identified, w);
        self.let_go_if(id, true);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let id = deadline.parties.first();
        let silent_at = self.states.get(id)?.last_report + self.pace.max_silence;
        if silent_at > deadline.time {
            return Some(silent_at);
        }
        self.end(id, EndReason::Lost, w);
        self.let_go_if(id, true);
        w.engage(self.rule, id, false);
        None
    }

    fn layout(&self) -> u16 {
        2
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&self.states, out);
    }

    fn load(&mut self, version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        self.states = match version {
            1 => read_layout_1(from, |state: State| state)?,
            _ => saved::get(from)?,
        };
        Ok(())
    }
}

impl<J: Judge> RingWatch<J> {
    /// The state goes; its deadline will find none and not be set again.
    fn let_go_if(&mut self, id: TrackId, idle: bool) -> bool {
        if idle && let Some(state) = self.states.get(id) {
            state.clear();
            self.states.drop(id);
        }
        idle
    }
}

impl State {
    fn clear(&mut self) {
        self.ring.clear();
        self.gathering = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(minute: i64, fits: bool) -> Sample {
        let position = Position::new(-59.5 + minute as f64 / 1e5, 13.0).unwrap();
        Sample {
            time: Time::from_secs(minute * 60),
            position,
            speed_tenths: 8,
            fits,
            applies: true,
            reports: 0,
        }
    }

    #[test]
    fn window_reaches_back_to_a_sample_that_fits() {
        let mut ring = Ring::default();
        for minute in 0..=60 {
            ring.push(sample(minute, minute != 0));
        }
        assert_eq!(ring.window(Span::from_secs(3600)), None, "the only sample old enough does not fit");
        ring.push(sample(61, true));
        let window = ring.window(Span::from_secs(3600)).unwrap();
        assert_eq!((window.first.time, window.share), (Time::from_secs(60), 1.0));
        assert_eq!(ring.iter().count(), LENGTH);
        assert!(window.radius_m > 30.0 && window.radius_m < 40.0, "{}", window.radius_m);
    }
}
