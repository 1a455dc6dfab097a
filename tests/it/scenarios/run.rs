//! Runs a table and compares what the engine said with what the table expects.

use std::collections::{BTreeMap, BTreeSet};

use vigie::engine::{Counts, Engine, Setup};
use vigie::model::saved::{SavedState, StateWriter};
use vigie::model::{
    AircraftReport, AlertEvent, Body, EndReason, Input, Measure, Output, Phase, Report, Rule, StationId, Time,
};

use super::parse::{Expect, Table};
use super::words;

/// Runs inputs in slices of a length.
pub fn run(setup: &Setup, inputs: &[Input], slice: usize) -> (Vec<AlertEvent>, Counts) {
    let mut engine = Engine::new(setup.clone());
    let mut out = Vec::new();
    for slice in inputs.chunks(slice.max(1)) {
        engine.step(slice, &mut out);
    }
    (out.into_iter().map(event_of).collect(), engine.counts())
}

/// Runs inputs with an engine that is saved and taken up again after every slice.
fn run_with_restarts(setup: &Setup, inputs: &[Input], slice: usize) -> (Vec<AlertEvent>, Counts) {
    let (engine, events) = engine_with_restarts(setup, inputs, slice);
    (events, engine.counts())
}

/// Runs inputs, saving and resuming after each slice; returns the engine and the events.
pub fn engine_with_restarts(setup: &Setup, inputs: &[Input], slice: usize) -> (Engine, Vec<AlertEvent>) {
    let mut engine = Engine::new(setup.clone());
    let mut out = Vec::new();
    for slice in inputs.chunks(slice.max(1)) {
        engine.step(slice, &mut out);
        let mut saved = StateWriter::default();
        engine.save(&mut saved);
        let bytes = saved.into_bytes();
        let mut saved = SavedState::parse(&bytes).expect("what was saved is read");
        engine = Engine::resume(setup.clone(), &mut saved, &mut out).expect("what was saved is read");
        assert!(saved.rebuilt().is_empty(), "nothing is built anew: {:?}", saved.rebuilt());
    }
    (engine, out.into_iter().map(event_of).collect())
}

/// Returns the event of an output. The rule of another centre's alert is named with that centre.
pub fn event_of(output: Output) -> AlertEvent {
    match output {
        Output::Alert(event) => *event,
        Output::Shared(alert) => {
            let event = alert.message.event.into_owned();
            AlertEvent { rule: format!("{}:{}", alert.from, event.rule), pattern: "".into(), ..event }
        }
    }
}

/// Everything that is wrong with a table, by line.
pub fn check(table: &Table) -> Vec<(usize, String)> {
    let inputs: Vec<Input> = table.inputs.iter().map(|(_, input)| input.clone()).collect();
    let (events, counts) = run(&table.setup, &inputs, usize::MAX);
    let mut wrong = compare(table, &events, &counts);
    if table.expects.is_empty() {
        wrong.push((0, "expects nothing".to_owned()));
    }
    wrong.extend(broken(&events).into_iter().map(|why| (0, why)));
    for slice in [1, 7] {
        if run(&table.setup, &inputs, slice).0 != events {
            wrong.push((0, format!("slices of {slice} give other alerts")));
        }
    }
    let restarts = (inputs.len() / 40).max(1);
    if run_with_restarts(&table.setup, &inputs, restarts) != (events.clone(), counts.clone()) {
        wrong.push((0, "an engine taken up again now and then gives other alerts or counts".to_owned()));
    }
    for (line, rule) in &table.unless {
        if !would_fire(table, rule, &inputs) {
            wrong.push((
                *line,
                "stays silent even so: another condition than this keeps it silent".to_owned(),
            ));
        }
    }
    let told = |events: &[AlertEvent]| -> Vec<(String, Phase, Time)> {
        events.iter().map(|e| (e.id.clone(), e.phase, e.time)).collect()
    };
    for (what, inputs) in
        [("a second station of each feed", with_repeats(table)), ("late reports", with_late_copies(table))]
    {
        let (again, _) = run(&table.setup, &inputs, usize::MAX);
        if told(&again) != told(&events) {
            wrong.push((0, format!("{what} changed the alerts:\n{}", log(&again))));
        }
    }
    let half = run(&table.setup, &inputs[..inputs.len() / 2], usize::MAX).0;
    if half != events[..half.len().min(events.len())] {
        wrong.push((0, "what came later changed what was said before".to_owned()));
    }
    if !wrong.is_empty() || std::env::var_os("VIGIE_TELL").is_some() {
        let judged = counts.by_name.iter().filter(|(name, _)| name.starts_with("cannot-judge"));
        let judged: Vec<String> = judged.map(|(name, n)| format!("  {name}: {n}")).collect();
        let told = format!("the alerts were:\n{}{}", log(&events), judged.join("\n"));
        match wrong.is_empty() {
            true => println!("{told}"),
            false => wrong.push((0, told)),
        }
    }
    wrong
}

/// Whether anything is raised with one rule in the place of the table's own.
fn would_fire(table: &Table, rule: &Rule, inputs: &[Input]) -> bool {
    let mut setup = table.setup.clone();
    setup.rules.retain(|own| own.name == rule.name);
    setup.rules.iter_mut().for_each(|own| *own = rule.clone());
    let (events, _) = run(&setup, inputs, usize::MAX);
    events.iter().any(|e| e.phase == Phase::Raised)
}

/// Every report heard by one more station of its feed: every other at once, the rest three seconds on.
fn with_repeats(table: &Table) -> Vec<Input> {
    let last = table.inputs.iter().map(|(arrival, _)| *arrival).max().unwrap_or(Time::NEVER);
    let mut all = Vec::new();
    for (i, (arrival, input)) in table.inputs.iter().enumerate() {
        all.push((*arrival, input.clone()));
        if let Input::Report(report) = input {
            let on = words::span(if i % 2 == 0 { "0s" } else { "3s" }).unwrap();
            let mut repeat = report.clone();
            repeat.station = StationId(report.station.0 + 100);
            if *arrival + on <= last {
                repeat.time = report.time + on;
                all.push((*arrival + on, Input::Report(repeat)));
            }
        }
    }
    // An aircraft is where it was in half a second, not in three: its repeats come at once.
    for (arrival, input) in &table.inputs {
        if let Input::Aircraft(report) = input {
            let station = StationId(report.station.0 + 100);
            all.push((*arrival, Input::Aircraft(AircraftReport { station, ..report.clone() })));
        }
    }
    all.sort_by_key(|(arrival, _)| *arrival);
    all.into_iter().map(|(_, input)| input).collect()
}

/// Every third report told once more a minute and a half later, with its old time, as a relay would: another payload.
fn with_late_copies(table: &Table) -> Vec<Input> {
    let last = table.inputs.iter().map(|(arrival, _)| *arrival).max().unwrap_or(Time::NEVER);
    let mut all = Vec::new();
    for (i, (arrival, input)) in table.inputs.iter().enumerate() {
        all.push((*arrival, input.clone()));
        let after = *arrival + words::span("90s").unwrap();
        if let (Input::Aircraft(_), true, true) = (input, i % 3 == 0, after <= last) {
            all.push((after, input.clone()));
        }
        if let (Input::Report(report), true, true) = (input, i % 3 == 0, after <= last)
            && matches!(report.body, Body::Position(_))
        {
            let transmission = !report.transmission;
            all.push((after, Input::Report(Report { transmission, ..report.clone() })));
        }
    }
    all.sort_by_key(|(arrival, _)| *arrival);
    all.into_iter().map(|(_, input)| input).collect()
}

/// Checks what must hold of any stream of events.
pub fn broken(events: &[AlertEvent]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut last: BTreeMap<&str, &AlertEvent> = BTreeMap::new();
    for e in events {
        let mut must = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{what}: {}", line_of(e)));
            }
        };
        let before = last.insert(&e.id, e);
        must(e.seq == before.map_or(0, |b| b.seq) + 1, "seq does not count up by one");
        must((e.seq == 1) == (e.phase == Phase::Raised), "first is not raised, or raised not first");
        must(
            before.is_none_or(|b| b.phase != Phase::Ended || e.phase == Phase::Updated),
            "something after the end that is no update",
        );
        must(before.is_none_or(|b| b.time <= e.time && b.onset == e.onset), "time ran back");
        must(
            (e.phase == Phase::Ended) == (e.end_reason.is_some() && e.ended.is_some()),
            "end without reason",
        );
        must(e.onset <= e.time && e.evidence.first <= e.evidence.last, "onset after its event");
        must(e.evidence.trail.windows(2).all(|w| w[0].time < w[1].time), "trail out of order");
        let placed = e.subjects[0].position.is_some();
        must(e.evidence.trail.len() <= 61, "trail too long");
        must(
            e.evidence.trail.is_empty() != placed,
            "a trail where nobody knows a place, or none where one is known",
        );
        must(e.summary.ends_with('.') && !e.summary.contains("NaN"), "no sentence");
        must(e.subjects.windows(2).all(|s| s[0].track < s[1].track), "subjects out of order");
    }
    wrong
}

fn compare(table: &Table, events: &[AlertEvent], counts: &Counts) -> Vec<(usize, String)> {
    let mut wrong = Vec::new();
    let updates = table.expects.iter().any(|e| e.words[0] == "updated");
    let mut left: Vec<&Expect> = table.expects.iter().filter(|e| e.window.is_some()).collect();
    for event in events.iter().filter(|e| updates || e.phase != Phase::Updated) {
        match left.iter().position(|expect| matches(table, expect, event)) {
            Some(at) => drop(left.remove(at)),
            None => wrong.push((0, format!("not expected: {}", line_of(event)))),
        }
    }
    wrong.extend(left.iter().map(|e| (e.line, format!("did not come: {}", e.words.join(" ")))));
    for expect in table.expects.iter().filter(|e| e.window.is_none()) {
        if let Err(why) = at_end(expect, events, counts) {
            wrong.push((expect.line, format!("{}: {why}", expect.words.join(" "))));
        }
    }
    wrong
}

fn matches(table: &Table, expect: &Expect, event: &AlertEvent) -> bool {
    let [phase, rule, rest @ ..] = expect.words.as_slice() else { return false };
    let in_time = expect.window.is_some_and(|(from, to)| (from..to).contains(&event.time));
    let mut whom = BTreeSet::new();
    let rest_fits = rest.iter().all(|word| {
        if let Some((key, value)) = word.split_once('=') {
            return fits(event, key, value);
        }
        if word.starts_with("feed:") {
            return event.subjects.iter().any(|subject| subject.track == *word) && whom.insert(word.clone());
        }
        if let Some(craft) = table.vessels.get(word.trim_end_matches('@')) {
            let mmsi = match craft.icao {
                Some(icao) => format!("icao:{icao}"),
                None => format!("mmsi:{}", craft.mmsi.0),
            };
            let key = event.subjects.iter().map(|s| &s.track).find(|track| match word.ends_with('@') {
                false if table.is_target_of(word, track) => true,
                true => track.starts_with(&format!("{mmsi}@")),
                false => **track == mmsi,
            });
            return key.is_some_and(|key| whom.insert(key.clone()));
        }
        word == "incident" && event.incident.is_some() || event.end_reason.is_some_and(|r| r.word() == word)
    });
    let reasoned = event.end_reason.is_none_or(|r: EndReason| rest.iter().any(|w| w == r.word()));
    in_time
        && phase == event.phase.word()
        && (*rule == event.rule || *rule == event.pattern)
        && rest_fits
        && reasoned
        && whom.len() == event.subjects.len()
}

fn fits(event: &AlertEvent, key: &str, value: &str) -> bool {
    match key {
        "says" => event.summary.contains(value),
        "zone" => event.zones.iter().any(|z| z.id == value),
        "onset" => words::time(value).is_ok_and(|t| {
            let span = if value.matches(':').count() == 2 { 1000 } else { 60_000 };
            (t.0..t.0 + span).contains(&event.onset.0)
        }),
        "measured" => value.split_once(':').is_some_and(|(name, wanted)| {
            let rounded = |value: f64| format!("{value:.3}");
            event.measured.iter().any(|(measured, value)| {
                let number =
                    if let Measure::Number(number) = value { rounded(*number) } else { String::new() };
                measured == name && wanted.parse().is_ok_and(|wanted| rounded(wanted) == number)
            })
        }),
        "certainty" => event.certainty.word() == value,
        "attention" => event.attention.word() == value,
        "usual" => usual_word(event) == value,
        "feeds" => event.evidence.feeds.join(",") == value,
        "incident" => event.incident.as_deref() == Some(value),
        "joins" => event.joins.len().to_string() == value,
        "named" => event.subjects.iter().any(|s| s.name.as_deref() == Some(value)),
        _ => panic!("no option {key} of an expectation"),
    }
}

/// Returns how usual an event is, as an expectation writes it.
fn usual_word(event: &AlertEvent) -> &'static str {
    match &event.usual {
        None => "unknown",
        Some(usual) if usual.days == 0 => "never",
        Some(usual) if usual.days >= 5 && usual.per_day.0 >= 2.0 => "habit",
        Some(_) => "no-habit",
    }
}

fn at_end(expect: &Expect, events: &[AlertEvent], counts: &Counts) -> Result<(), String> {
    let words: Vec<&str> = expect.words.iter().map(String::as_str).collect();
    let count = |name: &str| counts.by_name.iter().find(|(n, _)| n == name).map_or(0, |(_, n)| *n);
    let judged = |reason: &str| {
        let fits = |name: &str| name.starts_with("cannot-judge/") && name.ends_with(&format!("/{reason}"));
        counts.by_name.iter().any(|(name, n)| fits(name) && *n > 0)
    };
    let (holds, found) = match words.as_slice() {
        ["silence"] => (events.is_empty(), format!("{} events", events.len())),
        ["cannot-judge", reason] => (judged(reason), "was judged".to_owned()),
        ["tracks", n] => (counts.tracks.to_string() == *n, format!("{}", counts.tracks)),
        ["count", name, n] => (count(name).to_string() == *n, format!("{}", count(name))),
        ["incidents", n] => {
            let raised = events.iter().filter(|e| e.phase == Phase::Raised);
            let incidents: BTreeSet<&str> = raised.map(|e| e.incident.as_deref().unwrap_or(&e.id)).collect();
            (incidents.len().to_string() == *n, format!("{}", incidents.len()))
        }
        _ => return Err("not a word of an expectation at the end".to_owned()),
    };
    if holds { Ok(()) } else { Err(found) }
}

fn log(events: &[AlertEvent]) -> String {
    events.iter().map(|e| format!("  {}\n", line_of(e))).collect()
}

fn line_of(e: &AlertEvent) -> String {
    let whom: Vec<&str> = e.subjects.iter().map(|s| s.track.as_str()).collect();
    let clock = |t: Time| {
        let secs = (t - words::START).0 / 1000;
        format!("{:02}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
    };
    format!(
        "{} {} {} {} {} (seq {}, onset {}) {}",
        clock(e.time),
        e.phase.word(),
        e.rule,
        whom.join(" "),
        e.end_reason.map_or("", EndReason::word),
        e.seq,
        clock(e.onset),
        e.summary
    )
}
