//! The form of an alert or of an action for a recipient: positions rounded, parts removed.

use std::borrow::Cow;

use super::policy::{Form, Rules};
use crate::alerts::place::degrees_minutes;
use crate::model::{
    Action, ActionKind, AlertEvent, AlertMessage, Decimals, Deed, Domain, Evidence, Mark, MarkKind, Place,
    Position, Subject, ZoneKind,
};

/// Metres in a degree of latitude.
const DEGREE_M: f64 = 111_320.0;
/// Metres in a nautical mile.
const NM_M: f64 = 1852.0;
/// Kinds of zones whose edges give no position away: the waters of a State.
const WATERS: &[ZoneKind] = &[
    ZoneKind::InternalWaters,
    ZoneKind::ArchipelagicWaters,
    ZoneKind::TerritorialSea,
    ZoneKind::ContiguousZone,
    ZoneKind::Approaches,
    ZoneKind::Eez,
    ZoneKind::Fir,
];

/// Returns an alert event in the form for a recipient.
pub fn render(message: &AlertMessage<'_>, form: &Form, rules: &Rules) -> AlertMessage<'static> {
    let mut event = message.event.as_ref().clone();
    // Words of a list are not told apart from names in them: both go together.
    if event.pattern == "watchlist" && (form.strip.list_reasons || form.strip.names) {
        event.summary = format!("{} is on a watch list.", parties(&event.subjects));
        event.not_judged.clear();
    }
    if form.strip.own_units {
        strip_own_units(&mut event, rules);
    }
    if form.strip.names {
        strip_names(&mut event);
    }
    if let Some(precision_m) = form.precision_m {
        round_positions(&mut event, precision_m);
    }
    let text = |text: &str| Cow::Owned(text.to_owned());
    AlertMessage {
        node: text(&message.node),
        state: text(&message.state),
        exercise: message.exercise.as_deref().map(text),
        marking: text(&message.marking),
        releasable_to: message.releasable_to.iter().map(|word| text(word)).collect(),
        event: Cow::Owned(event),
    }
}

/// Returns an officer's action in the form for a recipient; `None` where the action is the node's own affair.
pub fn render_action(action: &Action, form: &Form, node: &str) -> Option<Action> {
    let ActionKind::Alert { alert, deed } = &action.kind else { return None };
    // Of what a third centre decided, this node tells.
    let officer = || officer_of(action.centre.as_deref().unwrap_or(node));
    let hide = form.strip.officers;
    let text = |text: &Option<String>| text.clone().filter(|_| !hide);
    let deed = match deed {
        Deed::Comment { .. }
        | Deed::Mute
        | Deed::Hold { .. }
        | Deed::Disclose { .. }
        | Deed::Withhold { .. } => {
            return None;
        }
        Deed::Assign { to, text: remark } => {
            Deed::Assign { to: if hide { officer() } else { to.clone() }, text: text(remark) }
        }
        Deed::Close { outcome, text: remark } => Deed::Close { outcome: *outcome, text: text(remark) },
        Deed::Offer { to, text: remark } => Deed::Offer { to: to.clone(), text: text(remark) },
        Deed::Refuse { text: remark } => Deed::Refuse { text: text(remark) },
        Deed::Take { text: remark } => Deed::Take { text: text(remark) },
        Deed::Acknowledge | Deed::Reopen | Deed::Received { .. } | Deed::Accept => deed.clone(),
    };
    let by = if hide { officer() } else { action.by.clone() };
    let kind = ActionKind::Alert { alert: alert.clone(), deed };
    Some(Action { time: action.time, by, centre: action.centre.clone(), kind })
}

/// Returns the words in place of an officer's name.
pub fn officer_of(node: &str) -> String {
    format!("officer of {node}")
}

/// Returns an officer's mark in the form for a recipient.
pub fn render_mark(mark: &Mark, form: &Form) -> Mark {
    let at = mark.position.and_then(|[lon, lat]| Position::new(lon, lat));
    let position = match (at, form.precision_m) {
        (Some(at), Some(metres)) => {
            let at = rounded(at, metres);
            Some([at.lon(), at.lat()])
        }
        _ => mark.position,
    };
    let kind = match mark.kind {
        MarkKind::Contact => "Contact",
        MarkKind::Tag => "Known craft",
        MarkKind::Unit => "Unit",
    };
    // The words of an officer are not told apart from names in them.
    let is_silent = form.strip.names || form.strip.officers;
    Mark {
        name: if form.strip.names { kind.to_owned() } else { mark.name.clone() },
        text: mark.text.clone().filter(|_| !is_silent),
        position,
        releasable_to: None,
        ..mark.clone()
    }
}

/// Returns the centre of the cell that a position is in; cells are as wide as high.
pub fn rounded(at: Position, precision_m: f64) -> Position {
    let rows = precision_m / DEGREE_M;
    let cell = |degrees: f64, size: f64| ((degrees / size).floor() + 0.5) * size;
    let lat = cell(at.lat(), rows).clamp(-90.0, 90.0);
    let columns = rows / lat.to_radians().cos().max(0.01);
    let lon = cell(at.lon(), columns).clamp(-180.0, 180.0);
    Position::new(lon, lat).unwrap_or(at)
}

/// Returns the radius of the circle around a cell, metres.
pub fn accuracy_m(precision_m: f64) -> f64 {
    precision_m * std::f64::consts::FRAC_1_SQRT_2
}

/// Names the parties of an alert by their identifiers and names.
fn parties(subjects: &[Subject]) -> String {
    let one = |subject: &Subject| {
        let is_air = subject.domain == Domain::Air;
        let kind = if is_air { "Aircraft" } else { "Vessel" };
        let name = subject.name.as_deref().or(subject.call_sign.as_deref()).unwrap_or(kind);
        match (subject.mmsi, &subject.icao) {
            (Some(mmsi), _) => format!("{name} (MMSI {mmsi})"),
            (None, Some(icao)) => format!("{name} (ICAO {icao})"),
            (None, None) => {
                let number = subject.number.as_ref().map_or(String::new(), |number| format!(" {number}"));
                format!("Unidentified {}{number}", if is_air { "aircraft" } else { "craft" })
            }
        }
    };
    subjects.iter().map(one).collect::<Vec<_>>().join(" and ")
}

/// Removes own units from the parties, and whatever names them from the sentences.
fn strip_own_units(event: &mut AlertEvent, rules: &Rules) {
    let (own, others): (Vec<Subject>, Vec<Subject>) =
        std::mem::take(&mut event.subjects).into_iter().partition(|subject| rules.is_own_unit(subject));
    for unit in &own {
        let numbers = unit.mmsi.map(|n| n.to_string()).into_iter().chain(unit.imo.map(|n| n.to_string()));
        let words = names_of(unit).chain(numbers).chain(unit.icao.clone());
        for word in words.collect::<Vec<_>>() {
            in_sentences(event, |text| replaced(text, &word, "another craft"));
        }
        // The trail is the way of the first party, and the place is where the unit is.
        event.evidence.trail.clear();
    }
    event.subjects = others;
}

/// Removes names and call signs of the parties.
fn strip_names(event: &mut AlertEvent) {
    let mut names: Vec<String> = event.subjects.iter().flat_map(names_of).collect();
    // A name that holds another one goes first.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for subject in &mut event.subjects {
        (subject.name, subject.call_sign, subject.label) = (None, None, None);
        subject.formerly.iter_mut().for_each(|was| was.name = None);
    }
    for name in names {
        in_sentences(event, |text| replaced(text, &name, "Vessel"));
    }
}

fn names_of(subject: &Subject) -> impl Iterator<Item = String> + use<> {
    let formerly = subject.formerly.iter().filter_map(|was| was.name.clone());
    let own = subject.name.iter().chain(&subject.call_sign).chain(&subject.label).cloned();
    own.chain(formerly).filter(|name| !name.is_empty()).collect::<Vec<_>>().into_iter()
}

/// Changes every sentence of an event.
fn in_sentences(event: &mut AlertEvent, change: impl Fn(&str) -> String) {
    event.summary = change(&event.summary);
    for text in &mut event.not_judged {
        *text = change(text);
    }
}

/// Replaces a word wherever it stands alone.
fn replaced(text: &str, word: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let stands_alone =
            !joins(before.chars().next_back().or(out.chars().next_back())) && !joins(after.chars().next());
        out.push_str(before);
        out.push_str(if stands_alone { by } else { word });
        rest = after;
    }
    out + rest
}

/// Rounds every position of an event, and removes whatever would tell it better.
fn round_positions(event: &mut AlertEvent, precision_m: f64) {
    let accuracy = accuracy_m(precision_m);
    event.position = rounded(event.position, precision_m);
    for subject in &mut event.subjects {
        subject.position = subject.position.map(|at| rounded(at, precision_m));
        let known = subject.accuracy_m.map_or(0.0, |known| known.0);
        subject.accuracy_m = subject.position.map(|_| Decimals(known.max(accuracy)));
    }
    // The times at which a trail goes from cell to cell tell where it crossed.
    event.evidence = Evidence { trail: Vec::new(), ..std::mem::take(&mut event.evidence) };
    let small: Vec<String> =
        event.zones.iter().filter(|zone| !is_water(&zone.kind)).map(|zone| zone.name.clone()).collect();
    event.zones.retain(|zone| is_water(&zone.kind));
    event
        .measured
        .retain(|(name, _)| !["coast", "port", "aerodrome", "offing"].iter().any(|w| name.contains(w)));
    let from = event.place.from.clone();
    event.place = Place { from: from.clone(), ..Place::default() };
    for zone in small.iter().filter(|name| !name.is_empty()) {
        in_sentences(event, |text| replaced(text, zone, "a zone"));
    }
    in_sentences(event, |text| {
        let text = match &from {
            Some(from) => text.replace(&format!("at {from}"), &format!("near {from}")),
            None => text.to_owned(),
        };
        without_places(&text)
    });
    let at = degrees_minutes(event.position);
    event.summary = format!("{} Position to {}: {at}.", event.summary, in_words(precision_m));
}

fn is_water(kind: &str) -> bool {
    WATERS.iter().any(|water| water.word() == kind)
}

fn in_words(metres: f64) -> String {
    if metres >= NM_M / 20.0 { format!("{:.1} nm", metres / NM_M) } else { format!("{metres:.0} m") }
}

/// Units of distance in sentences.
const UNITS: &[&str] = &["nm", "NM", "nmi", "miles", "mile", "km", "m"];
/// Words after a distance that make it one from a place.
const FROM: &[&str] =
    &["off", "from", "to", "of", "north", "south", "east", "west", "outside", "inside", "beyond", "inland"];
/// Words for the other party after such a word: a distance from it tells no position.
const OTHERS: &[&str] = &["each", "one", "it", "her", "the craft", "the ship", "the other", "them"];

/// Removes distances from places, bearings and positions from a sentence. Courses stay.
fn without_places(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number = rest[..end].trim_end_matches('.');
        let after = &rest[number.len()..];
        let in_word = out.chars().next_back().is_some_and(char::is_alphabetic);
        if let Some(degrees) = after.strip_prefix('°') {
            let is_course = ["ourse ", "ourses ", "eading ", "and "].iter().any(|word| out.ends_with(word));
            let minutes = degrees.starts_with(|c: char| c.is_ascii_digit());
            if minutes {
                let end = degrees.find(['N', 'S', 'E', 'W']).map_or(degrees.len(), |at| at + 1);
                out.push('…');
                rest = &degrees[end..];
            } else {
                out.push_str(if is_course { number } else { "…" });
                rest = if is_course { after } else { degrees };
            }
            continue;
        }
        let unit = UNITS.iter().find(|unit| {
            let rest = after.trim_start().strip_prefix(**unit);
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        if let Some(unit) = unit.filter(|_| !in_word) {
            let tail = &after.trim_start()[unit.len()..];
            if is_from_a_place(tail.trim_start()) {
                out.push_str("some way");
                rest = tail;
                continue;
            }
        }
        out.push_str(number);
        rest = after;
    }
    // A distance and its bearing go together.
    (out + rest).replace("bearing …, some way", "some way")
}

fn is_from_a_place(tail: &str) -> bool {
    let Some(word) = FROM
        .iter()
        .find(|word| tail.strip_prefix(**word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
    else {
        return false;
    };
    let object = tail[word.len()..].trim_start();
    let is_other = OTHERS.iter().any(|other| object.starts_with(other));
    // `of` and `to` stand before much else: a place has a capital letter.
    let is_named = !["of", "to"].contains(word)
        || object.starts_with(char::is_uppercase)
        || object.starts_with("the coast");
    is_named && !is_other
}
