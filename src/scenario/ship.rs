//! A vessel under way through its legs.

use super::bridge::Bridge;
use super::chance::Chance;
use super::file::{Class, Expect};
use super::helm::Motion;
use super::legs::{Action, Plan, Progress, Setting};
use super::transponder::Transponder;
use super::units::{Party, Point};
use crate::model::{Span, Time};
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
    /// Intervals in which the AIS is off.
    pub silences: Vec<Silent>,
    /// Alerts that are due as long as the ship exists.
    pub expects: Vec<Expect>,
    legs: Vec<Plan>,
    leg: usize,
    progress: Progress,
    motion: Motion,
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
        let first_point = legs.first().and_then(|plan| match &plan.action {
            Action::Sail(sail) => sail.to.first(),
            Action::Shuttle(shuttle) => shuttle.through.get(1),
            Action::Race(race) => race.marks.first(),
            _ => None,
        });
        let heading_deg = first_point.map_or(setting.wind_deg, |to| start.0.bearing_to(to.0));
        let sog_kn = match legs.first().map(|plan| &plan.action) {
            Some(Action::Sail(sail)) => sail.speed.kn() * setting.speed_factor,
            _ => 0.0,
        };
        Ship {
            party,
            ais,
            born: setting.start,
            gone: None,
            silences: Vec::new(),
            expects: Vec::new(),
            legs,
            leg: 0,
            progress: Progress::default(),
            motion: Motion { place: start.0, sog_kn, cog_deg: heading_deg, heading_deg },
            setting,
            chance,
        }
    }

    /// Returns the position, unless the ship is gone or has not started.
    pub fn motion(&self, now: Time) -> Option<Motion> {
        (now >= self.born && self.leg < self.legs.len()).then_some(self.motion)
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
        if !bridge.step(&plan.action) {
            return None;
        }
        let told = self.told(now);
        self.leg += 1;
        self.gone = (self.leg >= self.legs.len()).then_some(now);
        self.progress = Progress::default();
        told
    }

    /// Returns the behaviour of the present leg as if it ended now.
    pub fn told(&self, now: Time) -> Option<Told> {
        let plan = self.legs.get(self.leg)?;
        let joined = match &plan.action {
            Action::Join(join, _) => Some(join.with.clone()),
            _ => None,
        };
        Some(Told { expect: plan.expect.clone()?, joined, from: self.progress.began?, to: now })
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
                self.ais.speak(&self.motion, status, now, &mut self.chance, say);
            }
        }
    }
}

/// One second.
pub const SECOND: Span = Span::from_secs(1);
