//! A vessel under way through its legs.

use super::bridge::Bridge;
use super::chance::Chance;
use super::daily::Habit;
use super::file::{Claim, Class, Expect};
use super::globe::{Place, turn};
use super::helm::Motion;
use super::legs::{Action, Plan, Progress, Setting};
use super::transponder::Transponder;
use super::units::{Moment, Party, Point};
use crate::model::{KN_MS, Span, Time};
use crate::wire::ais::encode::Bits;

/// AIS off from a moment to another.
#[derive(Clone, Debug)]
pub struct Silent {
    /// Switched off.
    pub from: Time,
    /// Switched on.
    pub to: Time,
    /// The alert it deserves.
    pub expect: Option<Expect>,
}

/// A vessel.
#[derive(Clone, Debug)]
pub struct Ship {
    /// Identity in the file and in the truth.
    pub party: Party,
    /// AIS transponder, or the data that one would send.
    pub ais: Transponder,
    /// Time of the start.
    pub born: Time,
    /// Time of the end.
    pub gone: Option<Time>,
    /// Length of the hull, metres, whatever the AIS says.
    pub length_m: f64,
    /// Intervals in which the AIS is off.
    pub silences: Vec<Silent>,
    /// False statements of the AIS.
    pub claims: Vec<Claim>,
    /// Habits of a ship that goes out day after day.
    pub habit: Option<Habit>,
    /// Alerts that are due as long as the ship exists.
    pub expects: Vec<Expect>,
    legs: Vec<Plan>,
    leg: usize,
    progress: Progress,
    /// Motion through the water.
    motion: Motion,
    /// Motion over ground.
    over_ground: Motion,
    home: Place,
    setting: Setting,
    chance: Chance,
}

/// A leg with an expectation that came to its end.
#[derive(Clone, Debug)]
pub struct Told {
    /// Expected alert.
    pub expect: Expect,
    /// The vessel joined.
    pub joined: Option<Party>,
    /// Time when the behaviour began.
    pub from: Time,
    /// Time when the behaviour ended.
    pub to: Time,
}

impl Ship {
    /// Vessel at its start, not under way yet.
    pub fn new(
        party: Party,
        ais: Transponder,
        start: Point,
        legs: Vec<Plan>,
        setting: Setting,
        chance: Chance,
    ) -> Ship {
        let legs = homing(legs, start);
        let motion = at_start(start.0, &legs, &setting);
        Ship {
            party,
            length_m: ais.length_m,
            ais,
            born: setting.start,
            gone: None,
            silences: Vec::new(),
            claims: Vec::new(),
            habit: None,
            expects: Vec::new(),
            legs,
            leg: 0,
            progress: Progress::default(),
            motion,
            over_ground: motion,
            home: start.0,
            setting,
            chance,
        }
    }

    /// Lies at home until the next outing at or after a moment, if the ship has habits.
    pub fn go_home(&mut self, after: Time) {
        let Some(habit) = &self.habit else { return };
        let (born, legs) = habit.next(after).unwrap_or((Time(i64::MAX), Vec::new()));
        let legs = homing(legs, Point(self.home));
        self.motion = at_start(self.home, &legs, &self.setting);
        self.over_ground = self.motion;
        (self.born, self.legs, self.leg, self.gone) = (born, legs, 0, None);
        self.setting.start = born;
    }

    /// Returns the position, unless the ship is gone or has not started.
    pub fn motion(&self, now: Time) -> Option<Motion> {
        (now >= self.born && self.leg < self.legs.len()).then_some(self.over_ground)
    }

    /// Whether a radar can tell it from the land that it is moored to.
    pub fn stands_out(&self) -> bool {
        match self.legs.get(self.leg).map(|plan| &plan.action) {
            None | Some(Action::Moor(_)) => false,
            Some(Action::Shuttle(_)) => self.progress.due.is_none(),
            Some(_) => true,
        }
    }

    /// Lives through one second; a leg that ends with an expectation is told.
    pub fn step(&mut self, now: Time, others: &[Option<Motion>]) -> Option<Told> {
        let plan = self.legs.get(self.leg).filter(|_| now >= self.born)?;
        let stops_after = self.legs.get(self.leg + 1).is_none_or(|next| next.action.is_at_rest());
        let mut bridge = Bridge {
            motion: &mut self.motion,
            progress: &mut self.progress,
            chance: &mut self.chance,
            now,
            setting: self.setting,
            stops_after: stops_after && self.leg + 1 < self.legs.len(),
            others,
        };
        let done = bridge.step(&plan.action);
        let carried = plan.action.is_carried();
        self.drive(carried);
        if !done {
            return None;
        }
        let told = self.told(now);
        self.leg += 1;
        self.progress = Progress::default();
        if self.leg >= self.legs.len() {
            self.gone = Some(now);
            self.go_home(now);
        }
        told
    }

    /// Adds the current to the motion through the water.
    fn drive(&mut self, carried: bool) {
        let (set_deg, rate_kn) = self.setting.current;
        self.over_ground = self.motion;
        if !carried || rate_kn == 0.0 {
            return;
        }
        self.motion.place = self.motion.place.after(set_deg, rate_kn * KN_MS);
        let part = |f: fn(f64) -> f64| {
            self.motion.sog_kn * f(self.motion.cog_deg.to_radians()) + rate_kn * f(set_deg.to_radians())
        };
        let (east, north) = (part(libm::sin), part(libm::cos));
        self.over_ground = Motion {
            place: self.motion.place,
            sog_kn: libm::hypot(east, north),
            cog_deg: turn(libm::atan2(east, north).to_degrees()),
            heading_deg: self.motion.heading_deg,
        };
    }

    /// Returns the behaviour of the present leg as if it ended now.
    pub fn told(&self, now: Time) -> Option<Told> {
        let plan = self.legs.get(self.leg)?;
        let joined = match &plan.action {
            Action::Join(join, _) => join.with.clone(),
            _ => None,
        };
        Some(Told { expect: plan.expect.clone()?, joined, from: self.progress.began?, to: now })
    }

    /// Returns the false statements that deserve an alert, with their intervals.
    pub fn claimed(&self, start: Time, end: Time) -> Vec<Told> {
        let told = |claim: &Claim| {
            let at = |moment: Moment| (moment.after(start) + self.setting.late).min(end);
            let (from, to) = (claim.from.map_or(self.born, at), claim.to.map_or(end, at));
            Some(Told { expect: claim.expect.clone()?, joined: None, from, to })
        };
        self.claims.iter().filter_map(told).collect()
    }

    /// Returns the AIS messages of the second that begins now.
    pub fn speak(&mut self, now: Time, say: &mut impl FnMut(Time, Bits)) {
        let silent = self.silences.iter().any(|s| (s.from..s.to).contains(&now));
        let heard = now >= self.born && !silent && self.ais.class != Class::None;
        let plan = self.legs.get(self.leg).filter(|_| heard);
        match plan.map(|plan| &plan.action) {
            None | Some(Action::Off(_)) => self.ais.switch_off(),
            Some(action) => {
                let status = action.nav_status(self.ais.ship_type, &self.progress);
                let claim = self.claims.iter().find(|c| c.holds(now - self.setting.late, self.setting.start));
                self.ais.speak(&self.over_ground, status, claim, now, &mut self.chance, say);
            }
        }
    }
}

/// Returns the legs with the vessel's start as the last point where they lead home.
fn homing(mut legs: Vec<Plan>, home: Point) -> Vec<Plan> {
    for plan in &mut legs {
        if let Action::Sail(sail) = &mut plan.action
            && sail.home
        {
            sail.to.push(home);
        }
    }
    legs
}

/// Returns the motion at the start of the first leg.
fn at_start(start: Place, legs: &[Plan], setting: &Setting) -> Motion {
    let first_point = legs.first().and_then(|plan| match &plan.action {
        Action::Sail(sail) => sail.to.first(),
        Action::Shuttle(shuttle) => shuttle.through.get(1),
        Action::Race(race) => race.marks.first(),
        _ => None,
    });
    let heading_deg = first_point.map_or(setting.wind_deg, |to| start.bearing_to(to.0));
    let sog_kn = match legs.first().map(|plan| &plan.action) {
        Some(Action::Sail(sail)) => sail.speed.kn() * setting.speed_factor,
        _ => 0.0,
    };
    Motion { place: start, sog_kn, cog_deg: heading_deg, heading_deg }
}

/// One second.
pub const SECOND: Span = Span::from_secs(1);
