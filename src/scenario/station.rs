//! A receiver: range by class, land in the way, loss, outages, ducting, its own clock.

use std::collections::BTreeMap;

use super::chance::{Chance, hash, mix};
use super::file::{self, Class};
use super::globe::{Place, turn};
use crate::model::{Span, Time};

/// A receiver.
#[derive(Clone, Debug)]
pub struct Station {
    /// Declaration in the file.
    pub file: file::Station,
    start: Time,
    chance: Chance,
    sequence: u8,
    /// Last report passed on of each vessel, positions and other data apart, where the service thins them.
    passed: BTreeMap<(usize, bool), Time>,
}

/// Duration of a state of the radio channel between a vessel and a station.
const FADE_MS: i64 = 150_000;

impl Station {
    /// Makes a station of its declaration in the file.
    pub fn new(file: file::Station, start: Time, chance: Chance) -> Station {
        Station { file, start, chance, sequence: 0, passed: BTreeMap::new() }
    }

    /// Returns the position of the site.
    pub fn place(&self) -> Place {
        self.file.position.0
    }

    /// Whether a message of a vessel is passed on: a service that thins leaves out what comes too soon after the last.
    pub fn passes_on(&mut self, speaker: usize, is_position: bool, now: Time) -> bool {
        if *self.file.every <= Span::ZERO {
            return true;
        }
        let last = self.passed.get(&(speaker, is_position));
        let fits = last.is_none_or(|last| now - *last >= *self.file.every);
        if fits {
            self.passed.insert((speaker, is_position), now);
        }
        fits
    }

    /// Whether it hears a message that `speaker` sends from there now.
    pub fn hears(&mut self, speaker: usize, from: Place, class: Class, now: Time) -> bool {
        let within = |interval: &file::Interval| {
            (interval.from.after(self.start)..interval.to.after(self.start)).contains(&now)
        };
        if self.file.outage.iter().any(within) {
            return false;
        }
        let metres = self.place().metres_to(from);
        let fading = self.file.fading.0;
        let state = mix(mix(speaker as u64 ^ hash(&self.file.name)) ^ (now.0 / FADE_MS) as u64);
        let range = self.range(class, now) * (1.0 - fading * (state % 1000) as f64 / 1000.0);
        if metres >= range || self.is_blocked(from, metres) {
            return false;
        }
        // Well inside, the plain loss; over the last fifth of the range it grows to all.
        let edge = ((metres / range - 0.8) / 0.2).max(0.0);
        let share = metres / range;
        let loss = (self.file.loss.0 + fading * share * share * share).min(1.0);
        !self.chance.happens(loss + (1.0 - loss) * edge * edge)
    }

    /// Returns a random delay from transmission to message: slot, demodulator and network.
    pub fn delay(&mut self) -> Span {
        let [least, most] = match self.file.delay {
            Some([least, most]) => [least.0 as f64, most.0 as f64],
            None => [12.0, 60.0],
        };
        Span(self.chance.between(least, most) as i64)
    }

    /// Whether the lines of a delayed service bear the time of reception, not that of arrival.
    pub fn dates_reception(&self) -> bool {
        self.file.delay.is_some() && !self.file.dated_on_arrival
    }

    /// Returns the time of arrival of what arrives at `at` when the link is up: a link that is down holds it back.
    pub fn arrival(&self, at: Time) -> Time {
        let held = |interval: &file::Interval| {
            let to = interval.to.after(self.start);
            (interval.from.after(self.start)..to).contains(&at).then_some(to)
        };
        self.file.held.iter().find_map(held).unwrap_or(at)
    }

    /// The time that its clock puts on what it has at this moment.
    pub fn clock(&self, at: Time) -> Time {
        let wrong = self
            .file
            .clock
            .iter()
            .find(|wrong| (wrong.from.after(self.start)..wrong.to.after(self.start)).contains(&at));
        at + wrong.map_or(*self.file.clock_offset, |wrong| *wrong.offset)
    }

    /// The sequence number that ties the parts of its next multi-sentence message.
    pub fn next_sequence(&mut self) -> u8 {
        self.sequence = (self.sequence + 1) % 10;
        self.sequence
    }

    fn range(&self, class: Class, now: Time) -> f64 {
        let usual = match class {
            Class::A => self.file.range_a.m(),
            Class::B => self.file.range_b.m(),
            Class::None => return 0.0,
        };
        let mut range = usual;
        for duct in &self.file.ducting {
            let (from, to) = (duct.from.after(self.start), duct.to.after(self.start));
            if (from..to).contains(&now) {
                let through = (now - from).secs() / (to - from).secs();
                let strength = (4.0 * through.min(1.0 - through)).min(1.0);
                range = range.max(usual + (duct.range.m() - usual) * strength);
            }
        }
        range
    }

    fn is_blocked(&self, from: Place, metres: f64) -> bool {
        let bearing = self.place().bearing_to(from);
        self.file.blocked.iter().any(|sector| {
            let width = turn(sector.to.deg() - sector.from.deg());
            metres > sector.beyond.m() && turn(bearing - sector.from.deg()) <= width
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NM_M;

    fn station(extra: &str) -> Station {
        let text = format!("name = \"hill\"\nposition = [-61.5, 10.65]\nloss = 0.0\n{extra}");
        let start = Time::parse("2026-03-14T06:00:00Z").expect("RFC 3339");
        Station::new(toml::from_str(&text).expect("a station"), start, Chance::of(1, 1))
    }

    fn heard(station: &mut Station, bearing: f64, miles: f64, class: Class, minute: i64) -> usize {
        let from = station.place().after(bearing, miles * NM_M);
        let now = station.start + Span::from_secs(60 * minute);
        (0..200).filter(|_| station.hears(0, from, class, now)).count()
    }

    #[test]
    fn range_by_class_with_a_soft_edge() {
        let mut hill = station("");
        assert_eq!(heard(&mut hill, 270.0, 30.0, Class::A, 0), 200);
        assert!((1..200).contains(&heard(&mut hill, 270.0, 37.0, Class::A, 0)));
        assert_eq!(heard(&mut hill, 270.0, 41.0, Class::A, 0), 0);
        assert_eq!(heard(&mut hill, 270.0, 16.0, Class::B, 0), 0);
    }

    #[test]
    fn land_outages_and_ducting() {
        let mut hill = station(
            "blocked = [{ from = \"330 deg\", to = \"60 deg\", beyond = \"5 nm\" }]\n\
             outage = [{ from = \"06:10\", to = \"06:20\" }]\n\
             ducting = [{ from = \"07:00\", to = \"09:00\", range = \"150 nm\" }]",
        );
        assert_eq!(heard(&mut hill, 10.0, 6.0, Class::A, 0), 0);
        assert_eq!(heard(&mut hill, 10.0, 4.0, Class::A, 0), 200);
        assert_eq!(heard(&mut hill, 61.0, 6.0, Class::A, 0), 200);
        assert_eq!(heard(&mut hill, 270.0, 6.0, Class::A, 15), 0);
        assert_eq!(heard(&mut hill, 270.0, 6.0, Class::A, 20), 200);
        assert_eq!(heard(&mut hill, 270.0, 100.0, Class::A, 120), 200);
        assert_eq!(heard(&mut hill, 270.0, 100.0, Class::A, 62), 0);
    }
}
