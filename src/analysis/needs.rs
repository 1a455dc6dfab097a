//! Whether recordings have the sensors that a rule needs: a trial says so before it runs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::config::Config;
use crate::feed::reading::Reading;
use crate::feed::recording::{Cancel, Options, Recording};
use crate::model::{Domain, Input, Rule, Time};
use crate::patterns::{Pattern, Sensor};

/// Returns what recordings without a sensor lack.
fn words(sensor: Sensor) -> &'static str {
    match sensor {
        Sensor::Ais => "no AIS report",
        Sensor::Radar => "no radar detection with a position (does the feed of the radar name its site?)",
        Sensor::Air => "no report or detection of an aircraft",
    }
}

/// Returns the rules of a configuration that another has not, or has otherwise.
pub fn rules_that_differ<'a>(config: &'a Config, other: &Config) -> Vec<&'a Rule> {
    let is_there = |rule: &&Rule| {
        other.setup.rules.iter().any(|theirs| theirs.name == rule.name && theirs.hash == rule.hash)
    };
    config.setup.rules.iter().filter(|rule| !is_there(rule)).collect()
}

/// Returns a sentence for each rule that needs a sensor which recordings do not have, of each configuration with some of its rules.
/// Reads the recordings once, and no further than to the first report of each kind that is needed. `tell` gets the bytes that are
/// read, their number in all, and the newest time told.
///
/// # Errors
/// A recording cannot be read, or somebody cancelled that.
pub fn missing(
    recordings: &[PathBuf],
    options: Options,
    sides: &[(&Config, &[&Rule])],
    cancel: &Cancel,
    mut tell: impl FnMut(u64, u64, Time),
) -> anyhow::Result<Vec<String>> {
    let needs = |rule: &Rule| Pattern::named(rule.pattern).map_or(&[][..], |pattern| pattern.needs);
    let wanted = |rules: &[&Rule]| -> BTreeSet<Sensor> {
        rules.iter().flat_map(|rule| needs(rule)).copied().collect()
    };
    if sides.iter().all(|(_, rules)| wanted(rules).is_empty()) {
        return Ok(Vec::new());
    }
    let mut recording = Recording::open_until(recordings, options, cancel)?;
    let (size, exercise) = (recording.size(), recording.about().and_then(|about| about.exercise.clone()));
    let mut looks: Vec<(Reading, BTreeSet<Sensor>)> = sides
        .iter()
        .map(|(config, rules)| (Reading::new(config, exercise.as_deref()), wanted(rules)))
        .collect();
    while looks.iter().any(|(_, wanted)| !wanted.is_empty()) {
        let Some(piece) = recording.next_piece()? else { break };
        let mut newest = Time::NEVER;
        for (reading, wanted) in looks.iter_mut().filter(|(_, wanted)| !wanted.is_empty()) {
            reading.read(piece);
            for sensor in reading.inputs.drain(..).filter_map(|input| sensor_of(&input)) {
                wanted.remove(&sensor);
            }
            newest = newest.max(reading.newest());
        }
        tell(recording.bytes_read(), size, newest);
    }
    let mut sentences = Vec::new();
    for ((_, rules), (_, absent)) in sides.iter().zip(&looks) {
        for rule in *rules {
            let lacks = needs(rule).iter().find(|sensor| absent.contains(sensor));
            let sentence = lacks.map(|sensor| {
                format!("the recordings have {}: rule \"{}\" can raise nothing", words(*sensor), rule.name)
            });
            sentences.extend(sentence.filter(|sentence| !sentences.contains(sentence)));
        }
    }
    Ok(sentences)
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
    use crate::config;

    /// Whoever cancels while a recording is looked through for a sensor that it has not does not wait for its end.
    #[test]
    fn a_look_for_sensors_can_be_cancelled() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("ais.nmea");
        let line = "\\c:1767240000*58\\!AIVDM,1,1,,A,15NPOOPP00o?b=bE`UNv4?w428D;,0*24\n";
        std::fs::write(&path, line.repeat(20_000)).expect("writes");
        let (config, _) = config::load_or_shipped(None).expect("the shipped configuration");
        let rule = config.setup.rules.iter().find(|rule| rule.pattern == "dark-target").expect("a rule");
        let (rules, cancel) = ([rule], Cancel::default());
        let look = |cancel: &Cancel, tell: &mut dyn FnMut()| {
            missing(
                std::slice::from_ref(&path),
                Options::default(),
                &[(&config, &rules)],
                cancel,
                |_, _, _| tell(),
            )
        };
        assert_eq!(look(&cancel, &mut || ()).expect("reads").len(), 1);
        let mut told = 0;
        let cancelled = look(&cancel, &mut || {
            told += 1;
            cancel.cancel();
        });
        assert!(cancelled.is_err() && told == 1, "{told}");
        assert!(look(&cancel, &mut || ()).is_err(), "while it is opened, too");
    }
}
