//! The trace of judgements over the scenario tables: it changes no alert, every condition of a raised alert is met, and a near miss
//! is explained by the condition that its table is about.

use std::collections::BTreeSet;

use vigie::engine::{Engine, Tracer};
use vigie::model::{Input, Rule, Time};
use vigie::patterns::{Judgement, Outcome, Sought};

use super::parse::Table;
use super::run;

/// Everything that is wrong with the trace of a table, by line.
pub fn check(table: &Table) -> Vec<(usize, String)> {
    let inputs: Vec<Input> = table.inputs.iter().map(|(_, input)| input.clone()).collect();
    let mut engine = Engine::new(table.setup.clone());
    engine.set_tracer(Some(Tracer::of_vessel(Sought::Any, Time::NEVER, Time(i64::MAX))));
    let mut out = Vec::new();
    engine.step(&inputs, &mut out);
    let judgements = engine.tracer().unwrap().take_judgements();
    let mut wrong = Vec::new();
    let (events, counts) = run::run(&table.setup, &inputs, usize::MAX);
    let traced: Vec<_> = out.into_iter().map(run::event_of).collect();
    if traced != events || engine.counts() != counts {
        wrong.push((0, "tracing changed alerts or counts".to_owned()));
    }
    let mut engine = Engine::new(table.setup.clone());
    engine.set_tracer(Some(Tracer::of_near_misses()));
    let mut out = Vec::new();
    engine.step(&inputs, &mut out);
    if out.into_iter().map(run::event_of).collect::<Vec<_>>() != events || engine.counts() != counts {
        wrong.push((0, "noting near misses changed alerts or counts".to_owned()));
    }
    let rule_of = |judgement: &Judgement| &table.setup.rules[judgement.rule.index()];
    for judgement in judgements.iter().filter(|j| j.outcome == Outcome::Raised) {
        if let Some(short) = judgement.first_short() {
            let rule = &rule_of(judgement).name;
            wrong.push((0, format!("{rule} raised at {}, and is short of {short:?}", judgement.time)));
        }
        // Who and where are the engine's.
        let own = judgement.conditions.iter().filter(|condition| !matches!(condition.name, "who" | "inside"));
        if own.count() < 2 {
            let rule = &rule_of(judgement).name;
            wrong.push((0, format!("{rule} raised at {}, and compared nothing", judgement.time)));
        }
    }
    for (line, rule) in &table.unless {
        wrong.extend(near_miss(table, rule, &judgements).map(|why| (*line, why)));
    }
    wrong
}

/// Says why a near miss is not explained by the condition that `unless` takes away.
fn near_miss(table: &Table, without: &Rule, judgements: &[Judgement]) -> Option<String> {
    let place = table.setup.rules.iter().position(|rule| rule.name == without.name)?;
    let (about, most) = names_of_difference(&table.setup.rules[place], without);
    let own: Vec<&Judgement> =
        judgements.iter().filter(|judgement| judgement.rule.index() == place).collect();
    let names: BTreeSet<&str> = own
        .iter()
        .filter(|judgement| judgement.outcome == Outcome::NotMet)
        .filter(|judgement| judgement.unmet <= most)
        .flat_map(|judgement| judgement.conditions.iter().filter(|condition| condition.is_short()))
        .map(|condition| condition.name)
        .collect();
    let is_named = about.iter().any(|name| names.contains(name));
    (!is_named).then(|| {
        let all: BTreeSet<_> =
            own.iter().flat_map(|j| j.conditions.iter().filter(|c| c.is_short()).map(|c| c.name)).collect();
        format!("the table is about {about:?}; nearest were short of {names:?}, all of {all:?}")
    })
}

/// Returns the names under which the conditions that two rules differ in are recorded, and how many differ.
fn names_of_difference(own: &Rule, other: &Rule) -> (BTreeSet<&'static str>, u32) {
    let (mut names, mut most) = (BTreeSet::new(), 0);
    let mut differ = |recorded: &[&'static str]| {
        names.extend(recorded);
        most += 1;
    };
    for ((limit, value), (_, theirs)) in own.limits.0.iter().zip(&other.limits.0) {
        if value != theirs {
            match limit.name {
                // A crowd, an anchorage, and what is not covered are doubts.
                "max_company" | "anchored_within" | "alike_within" => differ(&["can-judge"]),
                "coverage" => differ(&["can-judge", "min_witnesses"]),
                // Nor does one that comes home come from afar.
                "origin" => differ(&["origin", "can-judge"]),
                // From afar means that far from the coast, at first and at the farthest.
                "from_coast" if own.pattern == "dark-target" => {
                    differ(&["from_coast"]);
                    differ(&["origin"]);
                }
                "slow_duration" | "fast" => differ(&["min_duration"]),
                // A gap in the reports lets the observation begin anew.
                "max_silence" => differ(&["min_duration"]),
                // The least drift is that at the lowest speed.
                "min_speed" if own.pattern == "drifting" => differ(&["min_speed", "made-good"]),
                name => differ(&[name]),
            }
        }
    }
    if own.inside != other.inside || own.outside != other.outside || own.states != other.states {
        differ(&["inside"]);
    }
    if own.who != other.who {
        differ(&["who", "listed"]);
    }
    if own.min_rarity != other.min_rarity || own.until_learnt != other.until_learnt {
        differ(&["unusual"]);
    }
    (names, most)
}
