//! Acts: vessels and aircraft that do something together, at a time and a place that the seed decides.

use serde::Deserialize;

use super::Scenario;
use super::chance::{Chance, hash};
use super::globe::Place;
use super::units::{Distance, Duration, Point};
use crate::model::{Length, Span};

/// `[[act]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Name that vessels and aircraft give as their `act`.
    pub name: String,
    /// All times of the act are later by up to this.
    #[serde(default = "at_once")]
    pub late: Duration,
    /// All points of the act are moved alike, by up to this.
    #[serde(default = "there")]
    pub spread: Distance,
}

/// Delay and displacement of an act.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shift {
    /// Delay of all its times.
    pub late: Span,
    /// Metres east.
    pub east_m: f64,
    /// Metres north.
    pub north_m: f64,
}

impl Shift {
    /// Returns the delay and displacement of a vessel's or aircraft's act; none without an act.
    pub fn of(scenario: &Scenario, act: Option<&str>, seed: u64) -> Shift {
        let Some(act) = scenario.acts.iter().find(|a| Some(a.name.as_str()) == act) else {
            return Shift::default();
        };
        let mut chance = Chance::of(seed, hash(&act.name));
        let late = Span((chance.unit() * act.late.0 as f64) as i64 / 1000 * 1000);
        let off = act.spread.m() * libm::sqrt(chance.unit());
        let towards = chance.between(0.0, std::f64::consts::TAU);
        Shift { late, east_m: off * libm::sin(towards), north_m: off * libm::cos(towards) }
    }

    /// Returns the displaced place.
    pub fn place(self, place: Place) -> Place {
        place.moved(self.east_m, self.north_m)
    }

    /// Returns the displaced point.
    pub fn point(self, point: Point) -> Point {
        Point(self.place(point.0))
    }
}

fn at_once() -> Duration {
    Duration::new(Span::ZERO)
}
fn there() -> Distance {
    Distance::new(Length::from_m(0.0))
}
