//! The air: aircraft, receivers of what they broadcast, radars that see them.

pub mod file;
pub mod flight;

use std::collections::BTreeMap;

use self::file::{AirRadar, Receiver};
use self::flight::{Deserved, Flight};
use super::Scenario;
use super::acts::Shift;
use super::chance::Chance;
use super::globe::Place;
use super::truth::{Behaviour, Contact};
use super::units::{Moment, Party};
use crate::model::Time;

/// A receiver passes on a position and a velocity of each aircraft this often, seconds; its code and its call sign rarer.
const SAYS_S: i64 = 2;
const SAYS_CODE_S: i64 = 6;
const SAYS_NAME_S: i64 = 12;
/// Turns without a plot after which a target is given up.
const COASTS: u32 = 4;
/// Four thirds of the earth's radius, metres (ITU-R P.453).
const RADIO_EARTH_M: f64 = 6_371_000.0 * 4.0 / 3.0;
const FOOT_M: f64 = 0.3048;
/// Flocks fly so fast, knots, and so high, feet.
const FLOCK_KN: [f64; 2] = [20.0, 45.0];
const FLOCK_FT: f64 = 800.0;

/// A line of a sensor of the air: which, when, what.
pub type Said = (usize, Time, String);

/// All of it.
#[derive(Clone, Debug)]
pub struct Air {
    flights: Vec<Flight>,
    receivers: Vec<(Receiver, Chance)>,
    radars: Vec<Radar>,
    told: Vec<(String, Deserved)>,
    seed: u64,
}

#[derive(Clone, Debug)]
struct Radar {
    file: AirRadar,
    chance: Chance,
    turn_ends: Time,
    next_number: u32,
    /// Targets: number, first moment, last moment, and revolutions without an echo.
    targets: BTreeMap<usize, Target>,
    done: Vec<(usize, Target)>,
    flocks: Vec<Flock>,
}

#[derive(Clone, Copy, Debug)]
struct Target {
    number: u32,
    first: Time,
    last: Time,
    missed: u32,
}

#[derive(Clone, Copy, Debug)]
struct Flock {
    place: Place,
    kn: f64,
    course_deg: f64,
}

impl Air {
    /// Before the first second.
    pub fn new(scenario: &Scenario, seed: u64) -> Air {
        let mut flights = Vec::new();
        for (i, aircraft) in scenario.aircraft.iter().enumerate() {
            let mut chance = Chance::of(seed, (1 << 60) + i as u64);
            let shift = Shift::of(scenario, aircraft.act.as_deref(), seed);
            flights.extend(
                (0..aircraft.count).map(|n| Flight::new(aircraft, n, scenario.start, shift, &mut chance)),
            );
        }
        let chance = |i: usize| Chance::of(seed, (1 << 59) + i as u64);
        let receivers: Vec<_> =
            scenario.receivers.iter().enumerate().map(|(i, r)| (r.clone(), chance(i))).collect();
        let radars = scenario.air_radars.iter().enumerate();
        let radars = radars.map(|(i, r)| Radar::new(r, scenario.start, chance(1000 + i))).collect();
        Air { flights, receivers, radars, told: Vec::new(), seed }
    }

    /// Lets one second go by. The sensors are numbered receivers first, then radars.
    pub fn second(&mut self, scenario: &Scenario, now: Time, mut say: impl FnMut(Said)) {
        for flight in &mut self.flights {
            let deserved = flight.step(now);
            self.told.extend(deserved.map(|told| (flight.subject.clone(), told)));
        }
        if now < scenario.start {
            return;
        }
        for (i, (receiver, chance)) in self.receivers.iter_mut().enumerate() {
            let off = receiver
                .outage
                .iter()
                .any(|o| (o.from.after(scenario.start)..o.to.after(scenario.start)).contains(&now));
            for (n, flight) in self.flights.iter().enumerate().filter(|_| !off) {
                if flight.is_there(now) && flight.broadcasts && flight.squawk(now).is_some() {
                    listen(receiver, chance, flight, now, n as i64, |time, line| say((i, time, line)));
                }
            }
        }
        let receivers = self.receivers.len();
        for (i, radar) in self.radars.iter_mut().enumerate() {
            radar.second(&self.flights, now, |time, line| say((receivers + i, time, line)));
        }
    }

    /// Behaviours that deserved an alert.
    pub fn behaviours(&self, scenario: &Scenario, end: Time) -> Vec<Behaviour> {
        let mut all: Vec<(String, Deserved)> = Vec::new();
        let mut flights = self.flights.iter();
        for aircraft in &scenario.aircraft {
            for flight in flights.by_ref().take(aircraft.count as usize) {
                let mut tell = |expect: &super::file::Expect, from: Time, to: Time| {
                    let told = Deserved { expect: expect.clone(), from, to: to.min(end) };
                    all.push((flight.subject.clone(), told));
                };
                aircraft.expect.iter().for_each(|expect| tell(expect, flight.born(), end));
                let late = Shift::of(scenario, aircraft.act.as_deref(), self.seed).late;
                let at = |moment: Moment| moment.after(scenario.start) + late;
                for silent in &aircraft.silent {
                    if let Some(expect) = &silent.expect {
                        tell(expect, at(silent.from), at(silent.to));
                    }
                }
                for sends in &aircraft.squawks {
                    if let Some(expect) = &sends.expect {
                        tell(expect, at(sends.from), at(sends.to));
                    }
                }
            }
        }
        let legs = self.told.iter().map(|(subject, told)| {
            let Deserved { expect, from, to } = told;
            (subject.clone(), Deserved { expect: expect.clone(), from: *from, to: *to })
        });
        all.extend(legs);
        all.into_iter().map(|(own, told)| self.behaviour(own, &told)).collect()
    }

    fn behaviour(&self, own: String, told: &Deserved) -> Behaviour {
        let mut subjects: Vec<String> = told.expect.with.iter().map(Party::subject).collect();
        // Who has no transponder can't be told of before a radar has it.
        let known = if own.starts_with("vessel:") { self.first_seen(&own, told.from) } else { None };
        subjects.push(own);
        subjects.sort();
        Behaviour {
            pattern: told.expect.pattern.clone(),
            subjects,
            from: told.from.rfc3339(),
            to: told.to.rfc3339(),
            due: (known.unwrap_or(told.from) + *told.expect.after).rfc3339(),
            note: told.expect.note.clone(),
            optional: told.expect.optional,
        }
    }

    fn all_targets(radar: &Radar) -> impl Iterator<Item = (usize, Target)> + '_ {
        radar.done.iter().copied().chain(radar.targets.iter().map(|(&who, &target)| (who, target)))
    }

    fn first_seen(&self, subject: &str, from: Time) -> Option<Time> {
        let who = self.flights.iter().position(|flight| flight.subject == subject)?;
        let all = self.radars.iter().flat_map(Self::all_targets);
        all.filter(|(w, t)| *w == who && t.last >= from).map(|(_, t)| t.first.max(from)).min()
    }

    /// Returns which aircraft each target number stood for.
    pub fn contacts(&self) -> Vec<Contact> {
        let mut contacts = Vec::new();
        for radar in &self.radars {
            for (who, target) in Self::all_targets(radar) {
                let subject = self.flights.get(who).map_or("clutter:birds", |flight| &flight.subject);
                contacts.push(Contact {
                    contact: format!(
                        "radar:{}:{}@{}",
                        radar.file.name,
                        target.number,
                        target.first.rfc3339_millis()
                    ),
                    subject: subject.to_owned(),
                    from: target.first.rfc3339_millis(),
                    to: target.last.rfc3339_millis(),
                });
            }
        }
        contacts.sort_by(|a, b| (&a.from, &a.contact).cmp(&(&b.from, &b.contact)));
        contacts
    }
}

/// Returns the radio horizon between an antenna and an altitude, metres.
fn horizon_m(antenna_m: f64, altitude_ft: f64) -> f64 {
    let far = |height_m: f64| (2.0 * RADIO_EARTH_M * height_m.max(0.0)).sqrt();
    far(antenna_m) + far(altitude_ft * FOOT_M)
}

/// Returns the messages of one aircraft that a receiver passes on in one second.
fn listen(
    receiver: &Receiver,
    chance: &mut Chance,
    flight: &Flight,
    now: Time,
    phase: i64,
    mut say: impl FnMut(Time, String),
) {
    let metres = receiver.position.0.metres_to(flight.place);
    let (Some(icao), Some(code)) = (flight.icao, flight.squawk(now)) else { return };
    if metres > receiver.range.m().min(horizon_m(receiver.antenna.m(), flight.altitude_ft)) {
        return;
    }
    let second = now.0.div_euclid(1000) + phase;
    let time = now + crate::model::Span(chance.between(0.0, 900.0) as i64);
    let stamp = time.rfc3339_millis();
    let (date, clock) = (stamp[..10].replace('-', "/"), &stamp[11..23]);
    let mut send = |kind: u8, fields: String, chance: &mut Chance| {
        if !chance.happens(receiver.loss.0) {
            let hex = icao.to_string().to_uppercase();
            say(time, format!("MSG,{kind},1,1,{hex},1,{date},{clock},{date},{clock},{fields}"));
        }
    };
    if second % SAYS_S == 0 {
        let altitude = libm::round(flight.altitude_ft / 25.0) * 25.0;
        let [lon, lat] = [flight.place.lon, flight.place.lat];
        send(3, format!(",{altitude:.0},,,{lat:.5},{lon:.5},,,0,0,0,0"), chance);
        let climb = libm::round(flight.climb_fpm / 64.0) * 64.0;
        send(4, format!(",,{:.0},{:.1},,,{climb:.0},,,,,0", flight.kn, flight.course_deg % 360.0), chance);
    }
    if second % SAYS_CODE_S == 0 {
        let altitude = libm::round(flight.altitude_ft / 25.0) * 25.0;
        send(6, format!(",{altitude:.0},,,,,,{code},0,0,0,0"), chance);
    }
    if second % SAYS_NAME_S == 0 && !flight.call_sign.is_empty() {
        send(1, format!("{},,,,,,,,,,,", flight.call_sign), chance);
    }
}

impl Radar {
    fn new(file: &AirRadar, start: Time, mut chance: Chance) -> Radar {
        let site = file.position.0;
        let flock = |chance: &mut Chance| Flock {
            place: site.after(chance.between(0.0, 360.0), chance.between(3000.0, 30_000.0)),
            kn: chance.between(FLOCK_KN[0], FLOCK_KN[1]),
            course_deg: chance.between(0.0, 360.0),
        };
        let flocks = (0..file.birds).map(|_| flock(&mut chance)).collect();
        let phase = crate::model::Span((chance.unit() * file.period.0 as f64) as i64);
        Radar {
            file: file.clone(),
            turn_ends: start + phase,
            next_number: 1,
            targets: BTreeMap::new(),
            done: Vec::new(),
            flocks,
            chance,
        }
    }

    fn second(&mut self, flights: &[Flight], now: Time, mut say: impl FnMut(Time, String)) {
        let site = self.file.position.0;
        for flock in &mut self.flocks {
            let wander = self.chance.normal();
            flock.course_deg = (flock.course_deg + 0.5 * wander).rem_euclid(360.0);
            flock.place = flock.place.after(flock.course_deg, flock.kn * 0.5144);
            if site.metres_to(flock.place) > 35_000.0 {
                flock.course_deg = flock.place.bearing_to(site);
            }
        }
        if self.turn_ends >= now + super::ship::SECOND {
            return;
        }
        let end = self.turn_ends;
        self.turn_ends += *self.file.period;
        for (who, flight) in flights.iter().enumerate() {
            let there = flight.is_there(now);
            let answers = flight.squawk(now).filter(|_| self.file.asks);
            let tells = answers.map(|code| (code, flight.altitude_ft));
            self.look(who, there.then_some((flight.place, flight.altitude_ft)), tells, end, &mut say);
        }
        for flock in 0..self.flocks.len() {
            let place = self.flocks[flock].place;
            self.look(flights.len() + flock, Some((place, FLOCK_FT)), None, end, &mut say);
        }
    }

    fn look(
        &mut self,
        who: usize,
        there: Option<(Place, f64)>,
        tells: Option<(crate::model::Squawk, f64)>,
        end: Time,
        say: &mut impl FnMut(Time, String),
    ) {
        let site = self.file.position.0;
        let within = self.file.range.m();
        let antenna = self.file.antenna.m();
        let in_sight =
            there.filter(|(place, ft)| site.metres_to(*place) <= within.min(horizon_m(antenna, *ft)));
        // A transponder answers more surely than metal does.
        let seen = in_sight.filter(|_| {
            let chance = if tells.is_some() { 0.98 } else { self.file.detection.0 };
            self.chance.happens(chance)
        });
        let Some((place, altitude_ft)) = seen else {
            if let Some(target) = self.targets.get_mut(&who) {
                target.missed += 1;
                if target.missed > COASTS
                    && let Some(lost) = self.targets.remove(&who)
                {
                    self.done.push((who, lost));
                    say(end, feature(lost.number, end, "lost", None, String::new()));
                }
            }
            return;
        };
        let next = self.next_number;
        let target =
            self.targets.entry(who).or_insert(Target { number: next, first: end, last: end, missed: 0 });
        self.next_number += u32::from(target.number == next);
        (target.last, target.missed) = (end, 0);
        let number = target.number;
        let range = site.metres_to(place) + self.chance.normal() * self.file.range_sigma.m();
        let bearing = site.bearing_to(place) + self.chance.normal() * self.file.bearing_sigma.deg();
        let across = (range * self.file.bearing_sigma.deg().to_radians()).max(1.0);
        let mut more = format!(
            ",\"accuracy_m\":[{:.0},{across:.0},{:.1}]",
            self.file.range_sigma.m(),
            bearing.rem_euclid(360.0)
        );
        match tells {
            Some((code, ft)) => {
                let ft = libm::round(ft / 100.0) * 100.0;
                more.push_str(&format!(",\"answered\":true,\"squawk\":\"{code}\",\"altitude_ft\":{ft:.0}"));
            }
            None => {
                if self.file.asks {
                    more.push_str(",\"answered\":false");
                }
                if let Some(sigma) = self.file.height_sigma {
                    let ft = (altitude_ft + self.chance.normal() * sigma.ft()).max(0.0);
                    more.push_str(&format!(",\"altitude_ft\":{:.0}", libm::round(ft / 100.0) * 100.0));
                }
            }
        }
        let at = site.after(bearing, range);
        say(end, feature(number, end, "tracking", Some(at), more));
    }
}

/// A JSON track message (docs/tracks.md).
fn feature(number: u32, time: Time, status: &str, at: Option<Place>, more: String) -> String {
    let geometry = at.map_or("null".to_owned(), |at| {
        format!("{{\"type\":\"Point\",\"coordinates\":[{:.5},{:.5}]}}", at.lon, at.lat)
    });
    let time = time.rfc3339_millis();
    format!(
        "{{\"type\":\"Feature\",\"geometry\":{geometry},\"properties\":{{\"track\":{number},\"time\":\"{time}\",\
         \"status\":\"{status}\",\"domain\":\"air\"{more}}}}}"
    )
}
