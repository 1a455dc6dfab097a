//! The simulator: a scenario file gives a recording and its truth, the same bytes on every machine.
//!
//! ```text
//! file -> check -> Scenario -> fleet -> Ship (legs, bridge, helm) -> transponder -> Station -> Line
//!                                         |-> radar -> Line
//!                         air (flights) -> receivers, air radars -> Line
//!                                         \-> Truth -> score
//! ```

use std::path::Path;

pub mod acts;
pub mod air;
pub mod bridge;
pub mod chance;
pub mod check;
pub mod claims;
pub mod daily;
pub mod file;
pub mod fleet;
pub mod globe;
pub mod helm;
pub mod labels;
pub mod legs;
pub mod moves;
pub mod ordinary;
pub mod radar;
pub mod run;
pub mod score;
pub mod sentence;
pub mod ship;
pub mod station;
pub mod transponder;
pub mod truth;
pub mod units;

#[cfg(test)]
mod life_tests;
#[cfg(test)]
mod tests;

pub use check::{Errors, parse};
pub use run::{Line, Simulation};
pub use truth::{Behaviour, Truth};

use crate::model::{Span, Time};

/// A checked scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The exercise's name.
    pub exercise: String,
    /// The first moment recorded.
    pub start: Time,
    /// Length of the recorded time.
    pub duration: Span,
    /// Time before the start in which fleets move unrecorded.
    pub warm_up: Span,
    /// Seed of the random numbers, unless the caller gives another.
    pub seed: u64,
    /// Direction that the wind comes from, degrees.
    pub wind_deg: f64,
    /// Wind speed, knots.
    pub wind_kn: f64,
    /// Current: where it sets, degrees, and its rate, knots.
    pub current: (f64, f64),
    /// Acts.
    pub acts: Vec<acts::Act>,
    /// Receivers.
    pub stations: Vec<file::Station>,
    /// Radars.
    pub radars: Vec<file::Radar>,
    /// Clutter: echoes that are no vessel.
    pub clutter: Vec<file::Clutter>,
    /// Vessels and what they do.
    pub vessels: Vec<(file::Vessel, Vec<legs::Plan>)>,
    /// Fleets and what they do.
    pub fleets: Vec<(file::Fleet, Vec<legs::Plan>)>,
    /// Aids to navigation.
    pub aids: Vec<file::Aid>,
    /// Aircraft.
    pub aircraft: Vec<air::file::Aircraft>,
    /// Receivers of what they broadcast.
    pub receivers: Vec<air::file::Receiver>,
    /// Radars that see them.
    pub air_radars: Vec<air::file::AirRadar>,
    /// Decoys, which deserve no alert.
    pub decoys: Vec<file::Decoy>,
}

impl Scenario {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// One line an error: `file:line:column: what`.
    pub fn read(path: &Path) -> Result<Scenario, Errors> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Errors(vec![format!("{name}: cannot read: {error}")]))?;
        parse(&text, &name)
    }

    /// The topic of each source's lines: the stations in their order, then the radars in theirs, and so
    /// the receivers and radars of the air.
    pub fn topics(&self) -> Vec<String> {
        let topic = |topic: &Option<String>, name: &str, kind: &str| match topic {
            Some(topic) => topic.clone(),
            None => format!("feeds/{}/{name}/{kind}", self.exercise),
        };
        let stations = self.stations.iter().map(|s| topic(&s.topic, &s.name, "ais"));
        let radars = self.radars.iter().map(|r| topic(&r.topic, &r.name, "radar"));
        let receivers = self.receivers.iter().map(|r| topic(&r.topic, &r.name, "adsb"));
        let air_radars = self.air_radars.iter().map(|r| topic(&r.topic, &r.name, "air"));
        stations.chain(radars).chain(receivers).chain(air_radars).collect()
    }
}

/// Starts a simulation: an iterator of lines, whose [`Simulation::truth`] tells what really happened.
pub fn simulate(scenario: &Scenario, seed: u64) -> Simulation<'_> {
    Simulation::new(scenario, seed)
}
