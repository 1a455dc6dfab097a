//! An aircraft on its way from point to point, one second at a time.

use super::file::{self, Leg};
use crate::model::{Icao, KN_MS, Span, Squawk, Time};
use crate::scenario::acts::Shift;
use crate::scenario::chance::Chance;
use crate::scenario::file::Expect;
use crate::scenario::globe::{Place, turn_between};
use crate::scenario::units::Moment;

/// Turns at most so fast, degrees a second: a standard-rate turn.
const TURN_DEG_S: f64 = 3.0;
/// Gains and loses at most so much speed, knots a second.
const CHANGE_KN_S: f64 = 1.5;
/// Climbs and descends at most so fast, feet a second.
const CLIMB_FT_S: f64 = 40.0;
/// A point is reached within so many seconds of it.
const REACHED_S: f64 = 6.0;

/// One aircraft.
#[derive(Clone, Debug)]
pub struct Flight {
    /// Name in the truth.
    pub subject: String,
    /// ICAO address.
    pub icao: Option<Icao>,
    /// Call sign.
    pub call_sign: String,
    /// Whether the aircraft broadcasts its position.
    pub broadcasts: bool,
    code: Option<Squawk>,
    silent: Vec<(Time, Time)>,
    codes: Vec<(Squawk, Time, Time)>,
    born: Time,
    daily: bool,
    /// Position, knots and feet at the start.
    begin: (Place, f64, f64),
    legs: Vec<Leg>,
    leg: usize,
    began: Time,
    /// Position.
    pub place: Place,
    /// Over ground, knots.
    pub kn: f64,
    /// Degrees true.
    pub course_deg: f64,
    /// Feet.
    pub altitude_ft: f64,
    /// Feet a minute.
    pub climb_fpm: f64,
}

/// An alert that was due, and the interval.
#[derive(Clone, Debug)]
pub struct Deserved {
    /// The expectation.
    pub expect: Expect,
    /// First moment.
    pub from: Time,
    /// The moment after the last.
    pub to: Time,
}

impl Flight {
    /// The one of this number, from 0.
    pub fn new(file: &file::Aircraft, n: u32, start: Time, shift: Shift, chance: &mut Chance) -> Flight {
        let number = |text: &str| text.replace("{n}", &(n + 1).to_string());
        let address = file.icao.and_then(|first| Icao::new(first.0.address() + n));
        let subject = match address {
            Some(icao) => format!("icao:{icao}"),
            None => format!("vessel:{}", number(&file.name)),
        };
        let late = Span((chance.unit() * file.late.0 as f64) as i64);
        let born = file.from.after(start) + Span(file.headway.0 * i64::from(n)) + late + shift.late;
        let [east, north] = [chance.between(-1.0, 1.0), chance.between(-1.0, 1.0)];
        let aside = |place: Place| shift.place(place.moved(east * file.spread.m(), north * file.spread.m()));
        let at = |moment: Moment| moment.after(start) + shift.late;
        let mut legs = file.leg.clone();
        let last = legs.len().saturating_sub(1);
        legs.iter_mut().take(last).for_each(|leg| leg.to.0 = aside(leg.to.0));
        let place = aside(file.start.0);
        let (kn, to) = legs.first().map_or((0.0, place), |leg| (leg.speed.kn(), leg.to.0));
        Flight {
            subject,
            icao: address,
            call_sign: number(&file.call_sign),
            broadcasts: file.broadcasts,
            code: file.squawk.map(|code| code.0),
            silent: file.silent.iter().map(|s| (at(s.from), at(s.to))).collect(),
            codes: file.squawks.iter().map(|s| (s.code.0, at(s.from), at(s.to))).collect(),
            born,
            daily: file.daily,
            begin: (place, kn, file.altitude.ft()),
            legs,
            leg: 0,
            began: born,
            place,
            kn,
            course_deg: place.bearing_to(to),
            altitude_ft: file.altitude.ft(),
            climb_fpm: 0.0,
        }
    }

    /// Whether it is in the air.
    pub fn is_there(&self, now: Time) -> bool {
        now >= self.born && self.leg < self.legs.len()
    }

    /// Returns the time of the start.
    pub fn born(&self) -> Time {
        self.born
    }

    /// Returns the code, if there is a transponder and it is on.
    pub fn squawk(&self, now: Time) -> Option<Squawk> {
        let off = self.silent.iter().any(|&(from, to)| (from..to).contains(&now));
        let other =
            self.codes.iter().find(|(_, from, to)| (*from..*to).contains(&now)).map(|(code, ..)| *code);
        self.icao.and(other.or(self.code)).filter(|_| !off)
    }

    /// Waits at the start for the same hour of the next day.
    fn fly_again(&mut self, now: Time) {
        const DAY: Span = Span::from_secs(86_400);
        while self.born <= now {
            self.born += DAY;
        }
        (self.place, self.kn, self.altitude_ft) = self.begin;
        (self.leg, self.began) = (0, self.born);
        self.course_deg = self.legs.first().map_or(0.0, |leg| self.place.bearing_to(leg.to.0));
    }

    /// Lives through one second; a leg that ends with an expectation is told.
    pub fn step(&mut self, now: Time) -> Option<Deserved> {
        if !self.is_there(now) {
            return None;
        }
        let leg = &self.legs[self.leg];
        let metres = self.place.metres_to(leg.to.0);
        let to_turn = turn_between(self.course_deg, self.place.bearing_to(leg.to.0));
        self.course_deg = (self.course_deg + to_turn.clamp(-TURN_DEG_S, TURN_DEG_S)).rem_euclid(360.0);
        self.kn += (leg.speed.kn() - self.kn).clamp(-CHANGE_KN_S, CHANGE_KN_S);
        let to_go_s = (metres / (self.kn * KN_MS).max(1.0)).max(1.0);
        let climb = ((leg.altitude.ft() - self.altitude_ft) / to_go_s).clamp(-CLIMB_FT_S, CLIMB_FT_S);
        self.altitude_ft += climb;
        self.climb_fpm = climb * 60.0;
        self.place = self.place.after(self.course_deg, self.kn * KN_MS);
        if metres > self.kn * KN_MS * REACHED_S {
            return None;
        }
        let expect = leg.expect.clone();
        let from = std::mem::replace(&mut self.began, now);
        self.leg += 1;
        if self.daily && self.leg >= self.legs.len() {
            self.fly_again(now);
        }
        expect.map(|expect| Deserved { expect, from, to: now })
    }
}
