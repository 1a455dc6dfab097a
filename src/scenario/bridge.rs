//! The bridge carries out a leg, one second at a time; each action has a function.

use std::ops::Range;

use super::chance::{Chance, Wander};
use super::file::{Anchor, Drift, Fish, Join, Loiter, Race, Sail, Shuttle};
use super::globe::{Place, turn, turn_between};
use super::helm::Motion;
use super::legs::{Action, Progress, Setting};
use crate::model::{KN_MS, Span, Time};

/// A vessel's hull and crew for one second.
pub struct Bridge<'a> {
    /// Position and motion.
    pub motion: &'a mut Motion,
    /// Progress of the present leg.
    pub progress: &'a mut Progress,
    /// Random numbers of the vessel.
    pub chance: &'a mut Chance,
    /// Present second.
    pub now: Time,
    /// Facts that do not change.
    pub setting: Setting,
    /// Whether the vessel lies still on its next leg.
    pub stops_after: bool,
    /// All vessels as they were a second ago; those that are gone are `None`.
    pub others: &'a [Option<Motion>],
}

impl Bridge<'_> {
    /// Does this second's part of an action; true when it is done.
    pub fn step(&mut self, action: &Action) -> bool {
        let first = self.progress.began.is_none() && !matches!(action, Action::Join(..));
        if first {
            self.progress.began = Some(self.now);
            self.progress.centre = self.motion.place;
            self.progress.aim = self.motion.place;
        }
        if self.progress.began.is_some_and(|began| action.over(began, self.now, &self.setting)) {
            return true;
        }
        match action {
            Action::Sail(sail) => return self.sail(sail),
            Action::Anchor(anchor) => self.anchor(anchor, first),
            Action::Moor(_) | Action::Off(_) => self.motion.carry(self.motion.place),
            Action::Hold(_) => self.hold(),
            Action::Drift(drift) => self.drift(drift),
            Action::Loiter(loiter) => self.loiter(loiter, first),
            Action::Fish(fish) => self.fish(fish),
            Action::Join(join, with) => return self.join(join, with.clone()),
            Action::Shuttle(shuttle) => self.shuttle(shuttle, first),
            Action::Race(race) => self.race(race),
        }
        false
    }

    /// Steers for a point; true once it is passed or, where it stops there, reached.
    fn reach(&mut self, to: Place, speed_kn: f64, stops: bool) -> bool {
        let agility = self.setting.agility;
        let metres = self.motion.place.metres_to(to);
        let circle = agility.circle_m(self.motion.sog_kn);
        if metres < if stops { (0.5 * circle).max(12.0) } else { (1.2 * circle).max(30.0) } {
            return true;
        }
        let lurch = self.progress.surge.step(self.chance, 0.015, 120.0);
        let wanted = speed_kn * self.setting.speed_factor * (1.0 + lurch);
        let wanted = if stops { wanted.min(0.8 * agility.stopping_kn(metres) + 0.3) } else { wanted };
        self.motion.steer(self.motion.place.bearing_to(to) + lurch * 40.0, wanted, agility);
        false
    }

    fn sail(&mut self, sail: &Sail) -> bool {
        let Some(to) = sail.to.get(self.progress.next) else { return true };
        let stops = self.stops_after && self.progress.next + 1 == sail.to.len();
        if self.reach(to.0, sail.speed.kn(), stops) {
            self.progress.next += 1;
        }
        self.progress.next >= sail.to.len()
    }

    fn anchor(&mut self, anchor: &Anchor, first: bool) {
        if first {
            self.progress.centre = self.motion.place.after(self.motion.heading_deg, anchor.swing.m());
        }
        let lies_to = self.setting.wind_deg + self.progress.sway.step(self.chance, 18.0, 400.0);
        // The stern goes round at a tenth of a metre a second, whatever the chain's length.
        self.motion.swing(lies_to, f64::to_degrees(0.1 / anchor.swing.m().max(5.0)));
        let astern = self.motion.heading_deg + 180.0;
        self.motion.carry(self.progress.centre.after(astern, anchor.swing.m()));
    }

    fn hold(&mut self) {
        let east = self.progress.sway.step(self.chance, 6.0, 120.0);
        let north = self.progress.surge.step(self.chance, 6.0, 120.0);
        self.motion.ease(self.progress.centre.moved(east, north));
        self.motion.swing(self.setting.wind_deg, 0.5);
    }

    fn drift(&mut self, drift: &Drift) {
        let (current_deg, current_kn) = self.setting.current;
        let (usual_deg, usual_kn) =
            (drift.set.map_or(current_deg, |set| set.deg()), drift.rate.map_or(current_kn, |rate| rate.kn()));
        let rate = usual_kn * (1.0 + self.progress.surge.step(self.chance, 0.08, 300.0));
        let set = usual_deg + self.progress.sway.step(self.chance, 6.0, 300.0);
        let heading = drift.heading.map_or(usual_deg + 90.0, |h| h.deg()) + self.progress.sway.value() * 1.5;
        let motion = &mut *self.motion;
        motion.sog_kn += (rate - motion.sog_kn).clamp(-0.02, 0.02);
        motion.cog_deg = turn(motion.cog_deg + turn_between(motion.cog_deg, set).clamp(-1.0, 1.0));
        motion.place = motion.ahead(1.0);
        motion.swing(heading, 0.3);
    }

    fn loiter(&mut self, loiter: &Loiter, first: bool) {
        if first || self.motion.place.metres_to(self.progress.aim) < 40.0 {
            let off = loiter.radius.m() * 0.8 * libm::sqrt(self.chance.unit());
            self.progress.aim = self.progress.centre.after(self.chance.between(0.0, 360.0), off);
            self.progress.whim = match loiter.sprint {
                Some(sprint) if self.chance.happens(0.1) => sprint.kn(),
                _ => loiter.speed.kn() * self.chance.between(0.5, 1.0),
            };
        }
        let off = self.progress.sway.step(self.chance, 10.0, 60.0);
        let bearing = self.motion.place.bearing_to(self.progress.aim) + off;
        self.motion.steer(bearing, self.progress.whim * self.setting.speed_factor, self.setting.agility);
    }

    fn fish(&mut self, fish: &Fish) {
        if self.progress.due.is_none_or(|due| self.now >= due) {
            // A new tack of the zigzag, ten to twenty minutes long.
            let side = if self.progress.next.is_multiple_of(2) { 30.0 } else { -30.0 };
            self.progress.whim = side + self.chance.between(-8.0, 8.0);
            self.progress.next += 1;
            self.progress.due = Some(self.now + Span::from_secs(self.chance.between(600.0, 1200.0) as i64));
        }
        let out = self.progress.centre.metres_to(self.motion.place) > fish.reach.m();
        if out && !self.progress.back {
            self.progress.back = true;
        } else if !out && self.progress.back {
            let home = self.progress.centre.metres_to(self.motion.place) < fish.reach.m() * 0.2;
            self.progress.back = !home;
        }
        let course = if self.progress.back {
            self.motion.place.bearing_to(self.progress.centre)
        } else {
            fish.course.deg()
        };
        let heading = course + self.progress.whim + self.progress.sway.step(self.chance, 4.0, 60.0);
        let speed = fish.speed.kn() * (1.0 + self.progress.surge.step(self.chance, 0.06, 90.0));
        self.motion.steer(heading, speed * self.setting.speed_factor, self.setting.agility);
    }

    /// Returns the vessel to join: the one of its leg, or one of a fleet that is near.
    fn partner(&mut self, join: &Join, with: Range<usize>) -> Option<usize> {
        let there = |i: &usize| matches!(self.others.get(*i), Some(Some(_)));
        if with.len() == 1 {
            return Some(with.start).filter(there);
        }
        if self.progress.partner.is_none_or(|i| !there(&i)) && self.progress.began.is_none() {
            let here = self.motion.place;
            let near = |i: &usize| match self.others.get(*i) {
                Some(Some(other)) => other.place != here && here.metres_to(other.place) < join.within.m(),
                _ => false,
            };
            let all: Vec<usize> = with.filter(near).collect();
            self.progress.partner = self.chance.one_of(&all).copied();
        }
        self.progress.partner.filter(there)
    }

    fn join(&mut self, join: &Join, with: Range<usize>) -> bool {
        if let Some(patience) = join.patience.filter(|_| self.progress.began.is_none()) {
            let due = *self.progress.due.get_or_insert(self.now + *patience);
            if self.now >= due {
                return true;
            }
        }
        let other = self.partner(join, with).and_then(|i| self.others.get(i).copied().flatten());
        let Some(other) = other else {
            // Not there yet, or gone: waits where it is, or is done.
            self.motion.sog_kn = 0.0;
            return self.progress.began.is_some();
        };
        let berth = other.place.after(other.heading_deg + join.side.deg(), join.distance.m());
        let gap = self.motion.place.metres_to(berth);
        if self.progress.began.is_none() {
            let agility = self.setting.agility;
            let speed = join.speed.kn().min(other.sog_kn + 0.8 * agility.stopping_kn(gap) + 0.3);
            let secs = gap / (speed * KN_MS).max(0.5);
            let aim = berth.after(other.cog_deg, other.sog_kn * KN_MS * secs.min(1800.0));
            self.motion.steer(self.motion.place.bearing_to(aim), speed, agility);
            if gap < (join.distance.m() * 0.3).max(25.0) {
                self.progress.began = Some(self.now);
            }
            return false;
        }
        let east = self.progress.sway.step(self.chance, join.sway.m(), 120.0);
        let north = self.progress.surge.step(self.chance, join.sway.m(), 120.0);
        let goes_on = self.motion.place.after(other.cog_deg, other.sog_kn * KN_MS);
        let berth = berth.after(other.cog_deg, other.sog_kn * KN_MS).moved(east, north);
        let closing = goes_on.metres_to(berth);
        self.motion.carry(goes_on.after(goes_on.bearing_to(berth), closing * 0.03));
        self.motion.swing(other.heading_deg, 0.5);
        false
    }

    fn shuttle(&mut self, shuttle: &Shuttle, first: bool) {
        let last = shuttle.through.len() - 1;
        if let Some(due) = self.progress.due {
            self.motion.carry(self.motion.place);
            if self.now < due {
                return;
            }
            self.progress.due = None;
        }
        if first {
            self.progress.next = 1;
        }
        let Some(to) = shuttle.through.get(self.progress.next) else { return };
        let at_berth = self.progress.next == if self.progress.back { 0 } else { last };
        if !self.reach(to.0, shuttle.speed.kn(), at_berth) {
            return;
        }
        if at_berth {
            let late = self.chance.between(0.8, 1.2);
            self.progress.due = Some(self.now + Span::from_secs_f64(shuttle.stop.secs() * late));
            self.progress.back = !self.progress.back;
            self.motion.sog_kn = 0.0;
        }
        self.progress.next = match self.progress.back {
            true => self.progress.next.saturating_sub(1),
            false => (self.progress.next + 1).min(last),
        };
    }

    fn race(&mut self, race: &Race) {
        let Some(mark) = race.marks.get(self.progress.next % race.marks.len()) else { return };
        if self.motion.place.metres_to(mark.0) < 80.0 {
            self.progress.next += 1;
        }
        if self.progress.due.is_none_or(|due| self.now >= due) {
            self.progress.back = !self.progress.back;
            self.progress.due = Some(self.now + Span::from_secs(self.chance.between(90.0, 240.0) as i64));
        }
        let bearing = self.motion.place.bearing_to(mark.0);
        let close_hauled = turn_between(self.setting.wind_deg, bearing).abs() < 42.0;
        let tack = if self.progress.back { 45.0 } else { -45.0 };
        let heading = if close_hauled { self.setting.wind_deg + tack } else { bearing };
        let speed = race.speed.kn() * if close_hauled { 0.8 } else { 1.0 };
        let gust = lull(&mut self.progress.surge, self.chance);
        let off = self.progress.sway.step(self.chance, 5.0, 20.0);
        self.motion.steer(heading + off, speed * gust * self.setting.speed_factor, self.setting.agility);
    }
}

/// Returns a speed as gusts change it.
fn lull(surge: &mut Wander, chance: &mut Chance) -> f64 {
    (1.0 + surge.step(chance, 0.1, 90.0)).clamp(0.6, 1.3)
}
