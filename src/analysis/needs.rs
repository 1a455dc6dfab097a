//! Sensors that a rule needs, and whether recordings have any of them: a trial says so before it runs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::config::Config;
use crate::feed::reading::Reading;
use crate::feed::recording::{Options, Recording};
use crate::model::{Domain, Input, Rule};

/// A kind of sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensor {
    /// AIS.
    Ais,
    /// A radar.
    Radar,
    /// Receivers of aircraft, or radars of the air.
    Air,
}

impl Sensor {
    fn words(self) -> &'static str {
        match self {
            Sensor::Ais => "no AIS report",
            Sensor::Radar => "no radar detection with a position (does the feed of the radar name its site?)",
            Sensor::Air => "no report or detection of an aircraft",
        }
    }
}

/// Returns the sensors without which a pattern raises nothing; `None` for a pattern that is not in the list.
pub fn of_pattern(pattern: &str) -> Option<&'static [Sensor]> {
    Some(match pattern {
        "dark-target" => &[Sensor::Radar, Sensor::Ais],
        "launch" => &[Sensor::Radar],
        "ais-gap" | "identity" | "distress" | "position-mismatch" | "shadowing" => &[Sensor::Ais],
        "dark-aircraft"
        | "low-slow"
        | "air-drop"
        | "unscheduled-landing"
        | "circling"
        | "transponder-loss"
        | "squawk"
        | "airspace-entry" => &[Sensor::Air],
        "zone" | "loitering" | "drifting" | "rendezvous" | "go-fast" | "drop-pickup" | "coast-hugging"
        | "gnss-interference" | "watchlist" => &[],
        _ => return None,
    })
}

/// Returns the rules of a configuration that another has not, or has otherwise.
pub fn rules_that_differ<'a>(config: &'a Config, other: &Config) -> Vec<&'a Rule> {
    let is_there = |rule: &&Rule| {
        other.setup.rules.iter().any(|theirs| theirs.name == rule.name && theirs.hash == rule.hash)
    };
    config.setup.rules.iter().filter(|rule| !is_there(rule)).collect()
}

/// Returns a sentence for each rule that needs a sensor which recordings do not have. Reads no further than to the first report of
/// each kind that is needed.
///
/// # Errors
/// A recording cannot be read.
pub fn missing(
    recordings: &[PathBuf],
    options: Options,
    config: &Config,
    rules: &[&Rule],
) -> anyhow::Result<Vec<String>> {
    let needs = |rule: &Rule| of_pattern(rule.pattern).unwrap_or_default();
    let mut wanted: BTreeSet<Sensor> = rules.iter().flat_map(|rule| needs(rule)).copied().collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut recording = Recording::open(recordings, options)?;
    let exercise = recording.about().and_then(|about| about.exercise.clone());
    let mut reading = Reading::new(config, exercise.as_deref());
    while !wanted.is_empty() {
        let Some(piece) = recording.next_piece()? else { break };
        reading.read(piece);
        for input in reading.inputs.drain(..) {
            if let Some(sensor) = sensor_of(&input) {
                wanted.remove(&sensor);
            }
        }
    }
    let lacks = |rule: &&&Rule| needs(rule).iter().find(|sensor| wanted.contains(sensor)).copied();
    let sentence = |rule: &&Rule| {
        let sensor = lacks(&rule)?;
        Some(format!("the recordings have {}: rule \"{}\" can raise nothing", sensor.words(), rule.name))
    };
    Ok(rules.iter().filter_map(sentence).collect())
}

fn sensor_of(input: &Input) -> Option<Sensor> {
    match input {
        Input::Report(_) => Some(Sensor::Ais),
        Input::Aircraft(_) => Some(Sensor::Air),
        Input::Contact(contact) if contact.domain == Some(Domain::Air) => Some(Sensor::Air),
        Input::Contact(contact) => contact.position.map(|_| Sensor::Radar),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patterns;

    #[test]
    fn every_pattern_is_in_the_list() {
        let unknown: Vec<&str> = patterns::ALL
            .iter()
            .map(|pattern| pattern.name)
            .filter(|name| of_pattern(name).is_none())
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
