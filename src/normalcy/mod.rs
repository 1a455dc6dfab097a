//! Normalcy: how often each behaviour happens here, at this time of day, by this kind of craft.
//!
//! The model counts vessels by day in the cells of a fixed [`grid`]. It remembers [`days::WINDOW_DAYS`] past days and forgets
//! the rest in event time. Each entry is a set of bits, so that learning the same thing twice changes nothing. The
//! engine learns under way; `vigie learn` writes what it learnt to a [`mod@file`]. `docs/normalcy.md` explains all of it.

pub mod days;
pub mod file;
pub mod grid;
mod look;
mod rate;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Mmsi, Position, Time};
use days::{DayMask, PAST_DAYS, VesselDays};
use grid::{Block, Cell, Moment};

pub use look::{Look, kind_of, look, observation_of};
pub use rate::{Rate, attention};

/// Entries of behaviours at most: some 14 MB.
const MOST_ENTRIES: usize = 200_000;
/// Habits of single vessels at most.
const MOST_HABITS: usize = 100_000;
/// Blocks of water at most.
const MOST_BLOCKS: usize = 20_000;
/// Watched days without which nothing is said.
const LEAST_WATCHED_DAYS: usize = 3;

/// A behaviour that the model counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Behaviour {
    /// Slow or stopped for ten minutes.
    Slow,
    /// A dark target that came nearer to a coast in ten minutes.
    Inbound,
    /// Two craft together.
    Meeting,
    /// A vessel on AIS that fell silent.
    Silence,
    /// A small craft that keeps beside a ship.
    Company,
    /// A small craft at high speed.
    Fast,
    /// A craft that came out of another one.
    Launch,
    /// An aircraft in circles.
    Circling,
    /// An aircraft low and slow.
    LowFlight,
    /// An aircraft whose transponder fell silent.
    SilentFlight,
}

/// A kind of craft, by what it claims or by the sensors that know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Cargo ship or tanker.
    Merchant,
    /// Passenger ship or high-speed craft.
    Passenger,
    /// Fishing vessel.
    Fishing,
    /// Sailing vessel or pleasure craft.
    Pleasure,
    /// Vessel at work: tug, pilot, dredger, diving vessel, law enforcement …
    Service,
    /// Another vessel on AIS, or one of unknown type.
    Other,
    /// Dark target.
    Dark,
    /// Aircraft.
    Aircraft,
}

/// One craft that showed one behaviour at one place and time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Behaviour.
    pub behaviour: Behaviour,
    /// Speed and course of a dark target that comes in; 0 for other behaviours. See [`manner`].
    pub manner: u8,
    /// Kind of craft; of a meeting: dark, if one party is.
    pub kind: Kind,
    /// Place.
    pub position: Position,
    /// Event time.
    pub time: Time,
    /// Number that tells the craft from others: its MMSI, or one of its own.
    pub who: u64,
    /// MMSI of a vessel on AIS.
    pub mmsi: Option<Mmsi>,
    /// Kind of the other party of a meeting, where all are on AIS.
    pub other: Option<Kind>,
    /// Manner of a craft that is slower by a tenth.
    pub slower: u8,
}

impl Observation {
    /// Whether it is a dark target that comes in no faster than by a tenth above what slower boats make.
    pub fn is_like_boats(&self) -> bool {
        self.behaviour == Behaviour::Inbound && self.kind == Kind::Dark && self.slower / OCTANTS < FASTEST
    }
}

/// Place of a count in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key {
    cell: Cell,
    hours: u8,
    kind: Kind,
    behaviour: Behaviour,
    manner: u8,
}

/// The model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Normalcy {
    behaviours: BTreeMap<Key, VesselDays>,
    /// Days on which a vessel was slow in a block of water.
    habits: BTreeMap<(u32, Block), DayMask>,
    /// Days on which anything was seen in a block of water.
    watched: BTreeMap<Block, DayMask>,
    newest_day: u16,
    refused: u64,
}

/// Octants of a course.
const OCTANTS: u8 = 8;
/// Class of the highest speed.
const FASTEST: u8 = 2;

/// Returns the manner of a dark target that comes in: its class of speed (under 12 kn, under 20 kn, faster) and the octant of
/// its course.
pub fn manner(speed_kn: f64, course_deg: f64) -> u8 {
    let speed = u8::from(speed_kn >= 12.0) + u8::from(speed_kn >= 20.0);
    let octant = libm::floor((course_deg + 22.5) / 45.0) as i64;
    speed * OCTANTS + octant.rem_euclid(i64::from(OCTANTS)) as u8
}

/// Returns a manner and the two whose courses lie next to it; of other behaviours than [`Behaviour::Inbound`] the one alone.
fn manners_like(behaviour: Behaviour, manner: u8) -> impl Iterator<Item = u8> {
    let (speed, octant) = (manner / OCTANTS, manner % OCTANTS);
    let turns = if behaviour == Behaviour::Inbound { &[0, 1, OCTANTS - 1][..] } else { &[0][..] };
    turns
        .iter()
        .map(move |turn| if *turn == 0 { manner } else { speed * OCTANTS + (octant + turn) % OCTANTS })
}

impl Normalcy {
    /// Whether nothing was ever learnt.
    pub fn is_empty(&self) -> bool {
        self.watched.is_empty()
    }

    /// Returns the numbers of entries for behaviours, for habits of vessels and for blocks of water.
    pub fn len(&self) -> (usize, usize, usize) {
        (self.behaviours.len(), self.habits.len(), self.watched.len())
    }

    /// Notes that something was seen at a place.
    pub fn watch(&mut self, at: Position, time: Time) {
        let moment = Moment::of(at, time);
        self.pass_to(moment.day);
        let block = Cell::of(at).block();
        self.make_room_for(block);
        self.watched.entry(block).or_default().note(moment.day);
    }

    /// Learns an observation.
    pub fn learn(&mut self, seen: &Observation) {
        let moment = Moment::of(seen.position, seen.time);
        self.watch(seen.position, seen.time);
        let cell = Cell::of(seen.position);
        let Observation { behaviour, manner, kind, .. } = *seen;
        let key = Key { cell, hours: moment.hours, kind, behaviour, manner };
        if self.behaviours.len() < MOST_ENTRIES || self.behaviours.contains_key(&key) {
            self.behaviours.entry(key).or_default().note(moment.day, days::bit_of(seen.who));
        } else {
            self.refused += 1;
        }
        let Some(mmsi) = seen.mmsi.filter(|_| behaviour == Behaviour::Slow) else { return };
        let habit = (mmsi.0, cell.block());
        if self.habits.len() < MOST_HABITS || self.habits.contains_key(&habit) {
            self.habits.entry(habit).or_default().note(moment.day);
        }
    }

    /// Returns how usual an observation is by the days before its own. `None`: the water was watched on too few days.
    pub fn rate(&self, seen: &Observation) -> Option<Rate> {
        let moment = Moment::of(seen.position, seen.time);
        let cell = Cell::of(seen.position);
        let of_days = self.watched.get(&cell.block()).map_or(0, |mask| mask.before(moment.day));
        if of_days < LEAST_WATCHED_DAYS {
            return None;
        }
        let mut vessels = [0_u16; PAST_DAYS];
        for cell in cell.around() {
            for hours in [moment.hours, moment.next_hours] {
                for manner in manners_like(seen.behaviour, seen.manner) {
                    let key = Key { cell, hours, kind: seen.kind, behaviour: seen.behaviour, manner };
                    if let Some(days) = self.behaviours.get(&key) {
                        days.add_before(moment.day, &mut vessels);
                    }
                }
            }
        }
        let own = seen.mmsi.filter(|_| seen.behaviour == Behaviour::Slow);
        let own = own
            .map(|mmsi| self.habits.get(&(mmsi.0, cell.block())).map_or(0, |mask| mask.before(moment.day)));
        Some(Rate::new(seen, &vessels, of_days, own))
    }

    /// Returns whether an observation is of vessels on AIS that are where they, or others like them, lie on most days: one that stops
    /// on its own bank, two that meet on an anchorage. Craft without AIS are at home nowhere.
    pub fn is_at_home(&self, seen: &Observation) -> bool {
        match (seen.behaviour, seen.mmsi, seen.other) {
            (Behaviour::Slow, Some(mmsi), _) => self.is_on_own_ground(seen, mmsi),
            (Behaviour::Meeting, _, Some(other)) => [seen.kind, other].into_iter().all(|kind| {
                let lies = Observation { behaviour: Behaviour::Slow, kind, mmsi: None, ..*seen };
                self.rate(&lies).is_some_and(|rate| rate.is_habit())
            }),
            _ => false,
        }
    }

    /// Returns whether a vessel lies in these waters on many days, where several others do, at whatever time of day.
    fn is_on_own_ground(&self, seen: &Observation, mmsi: Mmsi) -> bool {
        let (cell, day) = (Cell::of(seen.position), Moment::of(seen.position, seen.time).day);
        let own = self.habits.get(&(mmsi.0, cell.block())).map_or(0, |mask| mask.before(day));
        own >= rate::HABIT_DAYS && self.do_several_lie(cell, day)
    }

    /// Returns whether it is a habit of vessels on AIS to lie at a place, of any kind and at any time of day.
    fn do_several_lie(&self, cell: Cell, day: u16) -> bool {
        let mut vessels = [0_u16; PAST_DAYS];
        for cell in cell.around() {
            let from = Key { cell, hours: 0, kind: Kind::Merchant, behaviour: Behaviour::Slow, manner: 0 };
            let of_cell = self.behaviours.range(from..).take_while(|(key, _)| key.cell == cell);
            for (_, days) in
                of_cell.filter(|(key, _)| key.behaviour == Behaviour::Slow && key.kind != Kind::Dark)
            {
                days.add_before(day, &mut vessels);
            }
        }
        rate::is_habit(Kind::Other, &vessels)
    }

    /// Takes in what another model learnt.
    pub fn merge(&mut self, other: &Normalcy) {
        self.pass_to(other.newest_day);
        let oldest = self.newest_day.saturating_sub(PAST_DAYS as u16);
        for (key, days) in other.behaviours.iter().filter(|(_, days)| days.newest() >= oldest) {
            if self.behaviours.len() < MOST_ENTRIES || self.behaviours.contains_key(key) {
                self.behaviours.entry(*key).or_default().merge(days);
            } else {
                self.refused += 1;
            }
        }
        for (habit, mask) in other.habits.iter().filter(|(_, mask)| mask.newest() >= oldest) {
            if self.habits.len() < MOST_HABITS || self.habits.contains_key(habit) {
                self.habits.entry(*habit).or_default().merge(mask);
            }
        }
        for (block, mask) in other.watched.iter().filter(|(_, mask)| mask.newest() >= oldest) {
            self.make_room_for(*block);
            self.watched.entry(*block).or_default().merge(mask);
        }
    }

    /// Forgets the block of water that was watched on the fewest days, and longest ago, where a new one would be too many: positions
    /// that are sent from all over the globe on one day do not push out the water that is watched each day.
    fn make_room_for(&mut self, block: Block) {
        if self.watched.len() < MOST_BLOCKS || self.watched.contains_key(&block) {
            return;
        }
        let least = self.watched.iter().min_by_key(|(_, mask)| (mask.count(), mask.newest()));
        if let Some(least) = least.map(|(block, _)| *block) {
            self.watched.remove(&least);
        }
    }

    /// Forgets what is older than the window, once a day.
    fn pass_to(&mut self, day: u16) {
        if day <= self.newest_day {
            return;
        }
        self.newest_day = day;
        let oldest = day.saturating_sub(PAST_DAYS as u16);
        self.behaviours.retain(|_, days| days.newest() >= oldest);
        self.habits.retain(|_, mask| mask.newest() >= oldest);
        self.watched.retain(|_, mask| mask.newest() >= oldest);
    }
}

#[cfg(test)]
mod tests;
