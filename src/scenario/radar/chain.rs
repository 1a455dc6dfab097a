//! All radars of a scenario and what stands about them: the second by second of the chain.

use super::clutter::Patches;
use super::ledger::{Ledger, Stood};
use super::site::height_m;
use super::{Echo, Radar, Source};
use crate::model::Time;
use crate::scenario::Scenario;
use crate::scenario::chance::Chance;
use crate::scenario::globe::Place;
use crate::scenario::helm::Motion;
use crate::scenario::ship::Ship;
use crate::scenario::truth::Contact;
use crate::scenario::units::Party;

/// A vessel's centre of reflection wanders over so much of its length from look to look.
const GLINT: f64 = 0.1;
/// Length of a buoy's echo, metres.
const BUOY_M: f64 = 7.0;

/// A plot of one revolution at one place, and its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The radar's place in the file.
    pub radar: usize,
    /// Time when the beam passed the target.
    pub time: Time,
    /// Measured range, metres.
    pub range_m: f64,
    /// Measured bearing, degrees true.
    pub bearing_deg: f64,
    /// Position of the plot.
    pub place: Place,
    /// Subjects in it, as the truth calls them; the strongest first.
    pub subjects: Vec<String>,
}

/// The radars.
#[derive(Clone, Debug)]
pub struct Chain {
    radars: Vec<Radar>,
    patches: Patches,
    ledger: Ledger,
    sightings: Option<Vec<(usize, super::site::Plot)>>,
    lines: Vec<(Time, String)>,
}

impl Chain {
    /// Before the first second.
    pub fn new(scenario: &Scenario, seed: u64) -> Chain {
        let radar = |(i, file): (usize, &super::file::Radar)| {
            Radar::new(file.clone(), scenario.start, scenario.wind_kn, Chance::of(seed, (1 << 60) + i as u64))
        };
        Chain {
            radars: scenario.radars.iter().enumerate().map(radar).collect(),
            patches: Patches::new(scenario, seed),
            ledger: Ledger::default(),
            sightings: None,
            lines: Vec::new(),
        }
    }

    /// Keeps every plot from here on until it is taken.
    pub fn keep_sightings(&mut self) {
        self.sightings = Some(Vec::new());
    }

    /// Lets one second go by: `say` gets the radar, when its line is sent, and the line.
    pub fn second(
        &mut self,
        scenario: &Scenario,
        (ships, seen): (&[Ship], &[Option<Motion>]),
        now: Time,
        mut say: impl FnMut(usize, Time, String),
    ) {
        if self.radars.is_empty() {
            return;
        }
        self.patches.step(now);
        if !self.radars.iter().any(|radar| radar.turns(now)) {
            return;
        }
        let echoes = self.echoes(scenario, ships, seen, now);
        for (i, radar) in self.radars.iter_mut().enumerate() {
            let plots = radar.second((i, now), &echoes, &mut self.ledger, &mut self.lines);
            self.lines.drain(..).for_each(|(time, line)| say(i, time, line));
            if let Some(kept) = &mut self.sightings {
                kept.extend(plots.into_iter().map(|plot| (i, plot)));
            }
        }
    }

    fn echoes(&self, scenario: &Scenario, ships: &[Ship], seen: &[Option<Motion>], now: Time) -> Vec<Echo> {
        let mut echoes = Vec::new();
        for (i, (ship, motion)) in ships.iter().zip(seen).enumerate() {
            let Some(motion) = motion.filter(|_| ship.stands_out()) else { continue };
            let length_m = if ship.length_m > 0.0 { ship.length_m } else { 10.0 };
            echoes.push(Echo {
                source: Source::Ship(i),
                motion,
                length_m,
                height_m: height_m(length_m),
                jitter_m: GLINT * length_m,
                clear: self.patches.clear(motion.place, now),
            });
        }
        for (i, aid) in scenario.aids.iter().enumerate().filter(|(_, aid)| !aid.is_virtual) {
            echoes.push(Echo {
                source: Source::Aid(i),
                motion: Motion { place: aid.position.0, ..Motion::default() },
                length_m: BUOY_M,
                height_m: 3.0,
                jitter_m: 1.0,
                clear: self.patches.clear(aid.position.0, now),
            });
        }
        self.patches.echoes(now, &mut echoes);
        echoes
    }

    /// Returns the time, at or after `from`, when a radar first had a vessel under a target number.
    pub fn first_seen(&self, ship: usize, from: Time) -> Option<Time> {
        let seen = self.ledger.all().into_iter().filter(|s| s.source == Source::Ship(ship) && s.to >= from);
        seen.map(|stood| stood.from.max(from)).min()
    }

    /// Returns which vessel or clutter each target number stood for.
    pub fn contacts(&self, scenario: &Scenario, ships: &[Ship]) -> Vec<Contact> {
        let contact = |stood: Stood| {
            let radar = scenario.radars.get(stood.radar)?;
            Some(Contact {
                contact: format!("radar:{}:{}@{}", radar.name, stood.number, stood.first.rfc3339_millis()),
                subject: subject(stood.source, scenario, ships),
                from: stood.from.rfc3339_millis(),
                to: stood.to.rfc3339_millis(),
            })
        };
        self.ledger.all().into_iter().filter_map(contact).collect()
    }

    /// The plots since the last time.
    pub fn take_sightings(&mut self, scenario: &Scenario, ships: &[Ship]) -> Vec<Sighting> {
        let kept = self.sightings.as_mut().map(std::mem::take).unwrap_or_default();
        let sighting = |(radar, plot): (usize, super::site::Plot)| {
            Some(Sighting {
                radar,
                time: plot.time,
                range_m: plot.range_m,
                bearing_deg: plot.bearing_deg,
                place: scenario.radars.get(radar)?.place(plot.range_m, plot.bearing_deg),
                subjects: plot.sources.iter().map(|s| subject(*s, scenario, ships)).collect(),
            })
        };
        kept.into_iter().filter_map(sighting).collect()
    }
}

/// Returns the name of an echo's origin in the truth.
fn subject(source: Source, scenario: &Scenario, ships: &[Ship]) -> String {
    let of_ship = |i: usize| ships.get(i).map(|ship| ship.party.subject()).unwrap_or_default();
    match source {
        Source::Ship(i) => of_ship(i),
        Source::Ghost(i) => format!("ghost:{}", of_ship(i)),
        Source::Aid(i) => scenario.aids.get(i).map_or_else(String::new, |a| Party::Mmsi(a.mmsi).subject()),
        Source::Clutter(i) => {
            scenario.clutter.get(i).map_or_else(String::new, |c| format!("clutter:{}", c.name))
        }
        Source::Sea => "clutter:sea".to_owned(),
        Source::Noise => "clutter:noise".to_owned(),
    }
}
