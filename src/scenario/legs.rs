//! The legs of a vessel, checked.

use std::ops::Range;

use super::chance::Wander;
use super::file::{Anchor, Drift, Expect, Fish, Join, Leg, Loiter, Race, Sail, Shuttle, Stay};
use super::globe::Place;
use super::helm::Agility;
use super::units::{Duration, Moment, Party};
use crate::model::{Span, Time};

/// A leg's one action.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // the file's keys say it
pub enum Action {
    Sail(Sail),
    Anchor(Anchor),
    Moor(Stay),
    Hold(Stay),
    Off(Stay),
    Drift(Drift),
    Loiter(Loiter),
    Fish(Fish),
    Join(Join, Range<usize>),
    Shuttle(Shuttle),
    Race(Race),
}

/// Fault of a leg of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LegError {
    /// No vessel has the MMSI of the vessel to join.
    #[error("no [[vessel]] has the MMSI {0} to join")]
    NoMmsi(u32),
    /// No vessel without AIS has the name of the vessel to join.
    #[error("no [[vessel]] without AIS is named \"{0}\", to join")]
    NoVessel(String),
    /// No fleet has the name of the fleet to join.
    #[error("no [[fleet]] is named \"{0}\"")]
    NoFleet(String),
    /// The leg joins no vessel and no fleet, or both.
    #[error("join has `with`, a vessel, or `fleet`")]
    JoinsNobody,
    /// The leg has no action, or several.
    #[error(
        "a leg has exactly one of sail, anchor, moor, hold, off, drift, loiter, fish, join, shuttle, race"
    )]
    NotOneAction,
    /// The action needs more points.
    #[error("too few points: sail needs one, shuttle and race need two")]
    TooFewPoints,
    /// The leg ends after a duration and at a moment.
    #[error("give `for` or `until`, not both")]
    TwoEnds,
}

/// A checked leg.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Action of the leg.
    pub action: Action,
    /// The alert it deserves.
    pub expect: Option<Expect>,
}

/// Facts that all legs of a vessel need.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The scenario's start, or that of an outing.
    pub start: Time,
    /// Delay of all moments of the file.
    pub late: Span,
    /// Current: where it sets, degrees, and its rate, knots.
    pub current: (f64, f64),
    /// Direction that the wind comes from, degrees.
    pub wind_deg: f64,
    /// Rates at which the hull turns and changes speed.
    pub agility: Agility,
    /// All its speeds are multiplied by this.
    pub speed_factor: f64,
}

/// A leg under way.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Time when the action proper began; for `join`, when the vessel arrived.
    pub began: Option<Time>,
    /// The next point of its list.
    pub next: usize,
    /// The place it turns about.
    pub centre: Place,
    /// The place it makes for.
    pub aim: Place,
    /// Last decision: knots (loiter), or degrees off the course (fish).
    pub whim: f64,
    /// Going back along its points.
    pub back: bool,
    /// Time of the next random choice; for `join`, the end of its patience.
    pub due: Option<Time>,
    /// The vessel to join, by its place in the simulation's list.
    pub partner: Option<usize>,
    /// Slow noise of its heading.
    pub sway: Wander,
    /// Slow noise of its speed.
    pub surge: Wander,
}

impl Plan {
    /// Makes a plan of a leg of the file; `index_of` finds a vessel of the file, `fleet` the vessels of a fleet.
    ///
    /// # Errors
    /// The leg has not exactly one action, or makes no sense.
    pub fn of(
        leg: &Leg,
        index_of: impl Fn(&Party) -> Option<usize>,
        fleet: impl Fn(&str) -> Option<Range<usize>>,
    ) -> Result<Plan, LegError> {
        let mut actions = Vec::new();
        actions.extend(leg.sail.clone().map(Action::Sail));
        actions.extend(leg.anchor.map(Action::Anchor));
        actions.extend(leg.moor.map(Action::Moor));
        actions.extend(leg.hold.map(Action::Hold));
        actions.extend(leg.off.map(Action::Off));
        actions.extend(leg.drift.map(Action::Drift));
        actions.extend(leg.loiter.map(Action::Loiter));
        actions.extend(leg.fish.map(Action::Fish));
        if let Some(join) = leg.join.clone() {
            let with = match (&join.with, &join.fleet) {
                (Some(party), None) => index_of(party).map(|i| i..i + 1).ok_or_else(|| match party {
                    Party::Mmsi(mmsi) => LegError::NoMmsi(*mmsi),
                    Party::Name(name) => LegError::NoVessel(name.clone()),
                })?,
                (None, Some(name)) => fleet(name).ok_or_else(|| LegError::NoFleet(name.clone()))?,
                _ => return Err(LegError::JoinsNobody),
            };
            actions.push(Action::Join(join, with));
        }
        actions.extend(leg.shuttle.clone().map(Action::Shuttle));
        actions.extend(leg.race.clone().map(Action::Race));
        let action = match (actions.pop(), actions.is_empty()) {
            (Some(action), true) => action,
            _ => return Err(LegError::NotOneAction),
        };
        action.check()?;
        Ok(Plan { action, expect: leg.expect.clone() })
    }

    /// Moved east and north, for a vessel of a fleet.
    pub fn moved(mut self, east_m: f64, north_m: f64) -> Plan {
        let points = match &mut self.action {
            Action::Sail(sail) => {
                sail.among.iter_mut().for_each(|point| point.0 = point.0.moved(east_m, north_m));
                &mut sail.to
            }
            Action::Shuttle(shuttle) => &mut shuttle.through,
            Action::Race(race) => &mut race.marks,
            _ => return self,
        };
        for point in points {
            point.0 = point.0.moved(east_m, north_m);
        }
        self
    }
}

impl Action {
    fn check(&self) -> Result<(), LegError> {
        let enough = match self {
            Action::Sail(sail) => !sail.to.is_empty() || !sail.among.is_empty() || sail.home,
            Action::Shuttle(shuttle) => shuttle.through.len() >= 2,
            Action::Race(race) => race.marks.len() >= 2,
            _ => true,
        };
        if !enough {
            return Err(LegError::TooFewPoints);
        }
        if let (Some(_), Some(_)) = self.limits() {
            return Err(LegError::TwoEnds);
        }
        Ok(())
    }

    fn limits(&self) -> (Option<Duration>, Option<Moment>) {
        match self {
            Action::Sail(_) => (None, None),
            Action::Anchor(a) => (a.lasting, a.until),
            Action::Moor(a) | Action::Hold(a) | Action::Off(a) => (a.lasting, a.until),
            Action::Drift(a) => (a.lasting, a.until),
            Action::Loiter(a) => (a.lasting, a.until),
            Action::Fish(a) => (a.lasting, a.until),
            Action::Join(a, _) => (a.lasting, a.until),
            Action::Shuttle(a) => (a.lasting, a.until),
            Action::Race(a) => (a.lasting, a.until),
        }
    }

    /// Whether its time is over.
    pub fn over(&self, began: Time, now: Time, setting: &Setting) -> bool {
        let (lasting, until) = self.limits();
        let ends = |until: Moment| until.after(setting.start) + setting.late;
        lasting.is_some_and(|l| now >= began + *l) || until.is_some_and(|until| now >= ends(until))
    }

    /// Returns the duration of the leg, to be changed.
    pub fn lasting_mut(&mut self) -> Option<&mut Duration> {
        let lasting = match self {
            Action::Sail(_) => return None,
            Action::Anchor(a) => &mut a.lasting,
            Action::Moor(a) | Action::Hold(a) | Action::Off(a) => &mut a.lasting,
            Action::Drift(a) => &mut a.lasting,
            Action::Loiter(a) => &mut a.lasting,
            Action::Fish(a) => &mut a.lasting,
            Action::Join(a, _) => &mut a.lasting,
            Action::Shuttle(a) => &mut a.lasting,
            Action::Race(a) => &mut a.lasting,
        };
        lasting.as_mut()
    }

    /// Whether the vessel moves through the water under way, and the current carries it.
    pub fn is_carried(&self) -> bool {
        matches!(self, Action::Sail(_) | Action::Fish(_) | Action::Loiter(_) | Action::Race(_))
    }

    /// Whether the vessel arrives at it with no way on.
    pub fn is_at_rest(&self) -> bool {
        matches!(
            self,
            Action::Anchor(_)
                | Action::Moor(_)
                | Action::Hold(_)
                | Action::Off(_)
                | Action::Drift(_)
                | Action::Loiter(_)
                | Action::Shuttle(_)
        )
    }

    /// Navigational status that a watchful crew sets (ITU-R M.1371-5 table 48).
    pub fn nav_status(&self, ship_type: u8, progress: &Progress) -> u8 {
        match self {
            Action::Anchor(_) => 1,
            Action::Moor(_) => 5,
            Action::Shuttle(_) if progress.due.is_some() => 5,
            Action::Fish(_) => 7,
            Action::Race(_) => 8,
            _ if ship_type == 36 => 8,
            _ => 0,
        }
    }
}
