//! The simulation itself: seconds go by, vessels move, their AIS speaks, stations hear.

use std::collections::{BTreeMap, VecDeque};

use super::Scenario;
use super::air::Air;
use super::chance::Chance;
use super::file::{Aid, Class};
use super::fleet;
use super::globe::Place;
use super::helm::Motion;
use super::radar::chain::{Chain, Sighting};
use super::sentence;
use super::ship::{SECOND, Ship, Told};
use super::station::Station;
use super::transponder::utc;
use super::truth::{Behaviour, Decoy, SCHEMA, Truth};
use super::units::Party;
use crate::model::{Icao, Span, Time};
use crate::wire::ais::encode::Bits;

const BASE_EVERY: Span = Span::from_secs(10);
/// A radar's sight of a vessel still counts for what it does so long afterwards.
const SEEN_BEFORE: Span = Span::from_secs(1800);
const AID_EVERY: Span = Span::from_secs(180);
/// Bits of a message that need no second sentence.
const ONE_SENTENCE: usize = 336;
/// Bits of the shortest message of static data by a vessel of class A.
const STATIC_BITS: usize = 424;

/// A line that a station sends: the sentences of one message, or a radar's report of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Time when the station received it, true time.
    pub time: Time,
    /// Index in the list of stations, followed by the radars.
    pub station: usize,
    /// One line a sentence, without the last line's end; the TAG block has the station's own clock.
    pub text: String,
}

/// A scenario on its way: an iterator of lines in the order of their times. Holds seconds, never a day.
#[derive(Debug)]
pub struct Simulation<'a> {
    scenario: &'a Scenario,
    seed: u64,
    now: Time,
    end: Time,
    ships: Vec<Ship>,
    stations: Vec<Station>,
    radars: Chain,
    air: Air,
    seen: Vec<Option<Motion>>,
    /// Times of the next reports of each base station, then of each aid to navigation.
    fixed_due: Vec<Time>,
    heard: Vec<(Time, usize, usize, String)>,
    ready: VecDeque<Line>,
    told: Vec<Behaviour>,
    closed: bool,
}

impl<'a> Simulation<'a> {
    /// Before its first second.
    pub fn new(scenario: &'a Scenario, seed: u64) -> Simulation<'a> {
        let ships = fleet::ships(scenario, seed);
        let stations = scenario
            .stations
            .iter()
            .enumerate()
            .map(|(i, s)| Station::new(s.clone(), scenario.start, Chance::of(seed, (1 << 62) + i as u64)))
            .collect::<Vec<_>>();
        let mut chance = Chance::of(seed, 1 << 61);
        let mut phase = |every: Span| scenario.start + Span((chance.unit() * every.0 as f64) as i64);
        let mut fixed_due: Vec<Time> = stations.iter().map(|_| phase(BASE_EVERY)).collect();
        fixed_due.extend(scenario.aids.iter().map(|_| phase(AID_EVERY)));
        let born = ships.iter().map(|ship| ship.born).min().unwrap_or(scenario.start);
        Simulation {
            scenario,
            seed,
            now: Time(born.0.div_euclid(1000) * 1000).min(scenario.start),
            end: scenario.start + scenario.duration,
            seen: vec![None; ships.len()],
            ships,
            stations,
            radars: Chain::new(scenario, seed),
            air: Air::new(scenario, seed),
            fixed_due,
            heard: Vec::new(),
            ready: VecDeque::new(),
            told: Vec::new(),
            closed: false,
        }
    }

    /// Returns the position of every vessel, with and without AIS.
    pub fn vessels(&self) -> impl Iterator<Item = (&Party, Motion)> + '_ {
        self.ships.iter().zip(&self.seen).filter_map(|(ship, motion)| Some((&ship.party, (*motion)?)))
    }

    /// Keeps every radar plot from here on until it is taken.
    pub fn keep_sightings(&mut self) {
        self.radars.keep_sightings();
    }

    /// Returns the plots since the last call, in the order of the revolutions.
    pub fn take_sightings(&mut self) -> Vec<Sighting> {
        self.radars.take_sightings(self.scenario, &self.ships)
    }

    /// The moment up to which it has gone.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Runs to the end and returns the truth.
    pub fn truth(mut self) -> Truth {
        while self.now < self.end {
            self.second();
            self.heard.clear();
        }
        self.close();
        let behaviours = self.air.behaviours(self.scenario, self.end);
        self.told.extend(behaviours);
        let mut contacts = self.radars.contacts(self.scenario, &self.ships);
        contacts.extend(self.air.contacts());
        contacts.sort_by(|a, b| a.from.cmp(&b.from));
        self.told.sort_by(|a, b| (&a.from, &a.subjects).cmp(&(&b.from, &b.subjects)));
        Truth {
            schema: SCHEMA.to_owned(),
            exercise: self.scenario.exercise.clone(),
            seed: self.seed,
            from: self.scenario.start.rfc3339(),
            to: self.end.rfc3339(),
            contacts,
            decoys: self.decoys(),
            only_listed: false,
            aliases: self.aliases(),
            behaviours: self.told,
        }
    }

    /// Lets one second go by.
    fn second(&mut self) {
        let now = self.now;
        let recorded = now >= self.scenario.start;
        for i in 0..self.ships.len() {
            if let Some(told) = self.ships.get_mut(i).and_then(|ship| ship.step(now, &self.seen)) {
                self.tell(i, told);
            }
        }
        for (seen, ship) in self.seen.iter_mut().zip(&self.ships) {
            *seen = ship.motion(now);
        }
        let (first, heard) = (self.stations.len() + self.scenario.radars.len(), &mut self.heard);
        self.air.second(self.scenario, now, |(sensor, time, line)| {
            heard.push((time, usize::MAX, first + sensor, line));
        });
        if recorded {
            self.speak();
            self.look();
        }
        self.now += SECOND;
    }

    fn speak(&mut self) {
        let now = self.now;
        let mut said: Vec<(Time, usize, Place, Class, Bits)> = Vec::new();
        for (i, (ship, seen)) in self.ships.iter_mut().zip(&self.seen).enumerate() {
            let (place, class) = (seen.map(|m| m.place).unwrap_or_default(), ship.ais.class);
            ship.speak(now, &mut |time, payload| said.push((time, i, place, class, payload)));
        }
        let ships = self.ships.len();
        for (i, due) in self.fixed_due.iter_mut().enumerate() {
            if *due >= now + SECOND {
                continue;
            }
            let speaker = match i.checked_sub(self.stations.len()) {
                None => self.scenario.stations.get(i).and_then(|s| {
                    let payload = sentence::base_station(s.mmsi?, utc(*due), s.position.0);
                    Some((s.position.0, payload))
                }),
                Some(aid) => self.scenario.aids.get(aid).map(|aid| (aid.position.0, aid_payload(aid, *due))),
            };
            if let Some((place, payload)) = speaker {
                said.push((*due, ships + i, place, Class::A, payload));
            }
            *due += if i < self.stations.len() { BASE_EVERY } else { AID_EVERY };
        }
        said.sort_by_key(|(time, speaker, ..)| (*time, *speaker));
        for (time, speaker, place, class, payload) in said {
            self.listen(time, speaker, place, class, &payload);
        }
    }

    /// The radars turn.
    fn look(&mut self) {
        let (stations, heard) = (self.stations.len(), &mut self.heard);
        let say = |radar, time, line| heard.push((time, usize::MAX, stations + radar, line));
        self.radars.second(self.scenario, (&self.ships, &self.seen), self.now, say);
    }

    /// Every station in range hears a message for itself.
    fn listen(&mut self, time: Time, speaker: usize, place: Place, class: Class, payload: &Bits) {
        for (i, station) in self.stations.iter_mut().enumerate() {
            let is_position = payload.len() < STATIC_BITS;
            if !station.hears(speaker, place, class, time) || !station.passes_on(speaker, is_position, time) {
                continue;
            }
            let at = time + station.delay();
            let sequence = if payload.len() > ONE_SENTENCE { station.next_sequence() } else { 0 };
            let channel = if (time.0 / 10 + speaker as i64) % 2 == 0 { b'A' } else { b'B' };
            let dated = if station.dates_reception() { time } else { at };
            let clock = station.clock(dated).0;
            let text = sentence::sentences(payload, &station.file.name, clock, sequence, channel);
            self.heard.push((station.arrival(at), speaker, i, text));
        }
    }

    /// Moves what nothing can overtake any more to the lines that are ready.
    fn sort_out(&mut self) {
        let until = if self.now >= self.end { Time(i64::MAX) } else { self.now };
        self.heard.sort_by_key(|(time, speaker, station, _)| (*time, *speaker, *station));
        let done = self.heard.partition_point(|(time, ..)| *time < until);
        self.ready.extend(self.heard.drain(..done).map(|(time, _, station, text)| Line {
            time,
            station,
            text,
        }));
    }

    fn tell(&mut self, ship: usize, told: Told) {
        let Some(own) = self.ships.get(ship).map(|ship| &ship.party) else { return };
        let parties = told.expect.with.iter().chain(&told.joined).chain([own]);
        let mut subjects: Vec<String> = parties.map(Party::subject).collect();
        subjects.sort();
        subjects.dedup();
        // A vessel without AIS cannot be reported before a radar has it.
        let dark = matches!(own, Party::Name(_));
        let seen = |since: Time| self.radars.first_seen(ship, since).filter(|seen| *seen < told.to);
        // Alongside a ship it is in her echo: then it is known by what radars had of it on its way.
        let before = || seen(told.from - SEEN_BEFORE).map(|_| told.from);
        let known = if dark { seen(told.from).or_else(before).unwrap_or(told.to) } else { told.from };
        self.told.push(Behaviour {
            pattern: told.expect.pattern,
            subjects,
            from: told.from.rfc3339(),
            to: told.to.rfc3339(),
            due: (known + *told.expect.after).rfc3339(),
            note: told.expect.note,
            optional: told.expect.optional,
        });
    }

    /// Tells what is not over at the end, and the silences.
    fn close(&mut self) {
        if self.closed {
            return;
        }
        self.closed = true;
        let end = self.end;
        for i in 0..self.ships.len() {
            let Some(ship) = self.ships.get(i) else { continue };
            let mut told: Vec<Told> = ship.told(end).into_iter().collect();
            told.extend(ship.silences.iter().filter_map(|s| {
                Some(Told { expect: s.expect.clone()?, joined: None, from: s.from, to: s.to.min(end) })
            }));
            told.extend(ship.claimed(self.scenario.start, end));
            let (from, to) = (ship.born.max(self.scenario.start), ship.gone.unwrap_or(end));
            let throughout = ship.expects.iter().cloned();
            told.extend(throughout.map(|expect| Told { expect, joined: None, from, to }));
            for told in told {
                self.tell(i, told);
            }
        }
    }

    /// Returns the vessel of each number that one vessel alone claims.
    fn aliases(&self) -> BTreeMap<String, String> {
        let vessels = self.scenario.vessels.iter();
        let claims = vessels.flat_map(|(v, _)| v.claims.iter().map(|claim| (v.party(), claim.mmsi)));
        claims.filter_map(|(party, mmsi)| Some((Party::Mmsi(mmsi?).subject(), party.subject()))).collect()
    }

    fn decoys(&self) -> Vec<Decoy> {
        let subjects = |decoy: &super::file::Decoy| {
            let fleets = self.scenario.fleets.iter().filter(|(f, _)| decoy.fleets.contains(&f.name));
            let mut keys: Vec<String> = decoy.vessels.iter().map(Party::subject).collect();
            keys.extend(fleets.flat_map(|(f, _)| (0..f.count).map(|n| f.party(n).subject())));
            keys.extend(decoy.aircraft.iter().map(|name| match Icao::of_hex(name) {
                Some(icao) => format!("icao:{icao}"),
                None => format!("vessel:{name}"),
            }));
            keys.sort();
            keys
        };
        let decoys = self.scenario.decoys.iter();
        decoys
            .map(|decoy| Decoy {
                subjects: subjects(decoy),
                what: decoy.what.clone(),
                pattern: None,
                from: None,
                to: None,
            })
            .collect()
    }
}

impl Iterator for Simulation<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        while self.ready.is_empty() {
            if self.now >= self.end {
                return None;
            }
            self.second();
            self.sort_out();
        }
        self.ready.pop_front()
    }
}

fn aid_payload(aid: &Aid, due: Time) -> Bits {
    let second = (due.0.div_euclid(1000) % 60) as u8;
    sentence::aid(aid.mmsi, aid.kind, &aid.name, aid.position.0, second, aid.is_virtual)
}
