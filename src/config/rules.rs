//! Rules: a pattern with limits, zones and subjects, each checked against what there is.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use toml::de::DeTable;

use super::RuleInFile;
use super::fields::{self, Fields};
use super::keys::RULE_FILE;
use super::lists::Lists;
use super::nearest::hint;
use super::problem::{Doc, Problems};
use super::scalars::written;
use super::values::{default_of, parse_limit, shown};
use super::zones::Zones;
use crate::model::{
    LimitValue, Limits, ListEntry, Order, Quantity, Rule, Selector, Severity, Span, UntilLearnt, Who, Zone,
    ZoneKind,
};
use crate::normalcy::Behaviour;
use crate::patterns::{ALL, Pattern};

/// The engine keeps the rules that concern a vessel as one 128-bit set.
pub(super) const MAX_RULES: usize = 128;

/// Namespace of the rules' digests.
const DIGESTS: uuid::Uuid = uuid::Uuid::from_u128(0x8d7c_1f0e_5a43_5b0c_9a52_6b3f_27c1_e4d9);

/// Zones and lists that rules may name.
pub(super) struct Known<'a> {
    pub zones: &'a Zones<'a>,
    pub lists: &'a Lists,
}

/// Rules of all files so far.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Rules in force.
    pub rules: Vec<Rule>,
    /// Names of those with `enabled = false`.
    pub off: Vec<String>,
    /// Names of all rules, those that are switched off among them.
    pub names: BTreeSet<String>,
    /// All of them with their files.
    pub in_files: Vec<RuleInFile>,
}

impl Rules {
    /// Adds a file's rules.
    pub fn read(&mut self, doc: &Doc, known: &Known<'_>, problems: &Problems) {
        let Some(parsed) = fields::parse(doc, problems) else { return };
        let file = Fields::read(doc, 0, parsed.get_ref(), &RULE_FILE, problems);
        for fields in file.all("rule", problems) {
            let enabled = fields.switch("enabled").unwrap_or(true);
            let rule = read_rule(&fields, known, enabled, problems);
            if let Some(name) = fields.text("name")
                && !self.names.insert(name.to_owned())
            {
                let text = format!("there is another rule \"{name}\"; names of rules are unique");
                problems.error(doc, fields.place("name"), text);
            }
            let Some(rule) = rule else { continue };
            self.in_files.push(RuleInFile { rule: rule.clone(), file: doc.name.clone(), is_on: enabled });
            if !enabled {
                self.off.push(rule.name);
                continue;
            }
            if self.rules.len() == MAX_RULES {
                let text =
                    format!("more than {MAX_RULES} rules are in force; switch some off with enabled = false");
                problems.error(doc, fields.at, text);
                // Whatever follows, it is too many.
                return;
            }
            self.rules.push(rule);
        }
    }
}

fn read_rule(rule: &Fields<'_>, known: &Known<'_>, enabled: bool, problems: &Problems) -> Option<Rule> {
    let pattern = rule.text("pattern").and_then(|word| {
        let found = Pattern::named(word);
        if found.is_none() {
            let hint = hint(word, ALL.iter().map(|pattern| pattern.name));
            problems.error(rule.doc, rule.place("pattern"), format!("\"{word}\" is not a pattern{hint}"));
        }
        found
    });
    let limits = pattern.and_then(|pattern| read_limits(rule, pattern, problems));
    if let Some(pattern) = pattern.filter(|pattern| Behaviour::of_pattern(pattern.name).is_none()) {
        for key in ["min_rarity", "until_learnt"].into_iter().filter(|key| rule.given(key)) {
            let text = format!("nothing is learnt about pattern {}: take {key} away", pattern.name);
            problems.error(rule.doc, rule.place(key), text);
        }
    }
    let inside = selectors(rule, "inside", known.zones, problems);
    let outside = selectors(rule, "outside", known.zones, problems);
    let states = rule.words("states");
    let who = rule.fields("who", problems).map(|who| read_who(&who, known.lists, problems));
    if enabled && !known.zones.incomplete {
        check_reach(rule, &inside, &outside, &states, &known.zones.zones, problems);
    }
    let severity = rule.text("severity").unwrap_or("moderate");
    let mut rule = Rule {
        name: rule.text("name")?.to_owned(),
        pattern: pattern?.name,
        severity: Severity::ALL.into_iter().find(|s| s.word() == severity)?,
        inside,
        outside,
        states,
        who: who.unwrap_or_default(),
        min_rarity: rule.number("min_rarity").map(Span::from_secs_f64),
        until_learnt: rule.text("until_learnt").and_then(UntilLearnt::of_word).unwrap_or_default(),
        limits: limits?,
        hash: String::new(),
    };
    rule.hash = digest(&rule);
    Some(rule)
}

/// Returns the digest of a rule as in force.
pub(super) fn digest(rule: &Rule) -> String {
    uuid::Uuid::new_v5(&DIGESTS, canonical(rule).as_bytes()).simple().to_string()
}

/// Every limit of the pattern: what the file says, else the default.
fn read_limits(rule: &Fields<'_>, pattern: &'static Pattern, problems: &Problems) -> Option<Limits> {
    let empty = DeTable::new();
    let (_, table) = rule.table("limits").unwrap_or((0, &empty));
    let mut right = true;
    for key in table.keys() {
        let name = key.get_ref().as_ref();
        if !pattern.limits.iter().any(|limit| limit.name == name) {
            let hint = hint(name, pattern.limits.iter().map(|limit| limit.name));
            let text = format!("pattern {} has no limit \"{name}\"{hint}", pattern.name);
            problems.error(rule.doc, key.span().start, text);
            right = false;
        }
    }
    let mut limits = Limits::default();
    for limit in pattern.limits {
        let value = match table.get(limit.name) {
            None => default_of(limit),
            Some(given) => match parse_limit(limit, &written(given.get_ref())) {
                Ok(value) => value,
                Err(fault) => {
                    problems.error(rule.doc, given.span().start, fault);
                    right = false;
                    continue;
                }
            },
        };
        limits.0.push((*limit, value));
    }
    if right {
        check_together(rule, table, &limits, problems);
    }
    right.then_some(limits)
}

/// Reports limits that are out of the range or the order that their declarations ask for.
fn check_together(rule: &Fields<'_>, table: &DeTable<'_>, limits: &Limits, problems: &Problems) {
    let place = |names: &[&str]| {
        names.iter().find_map(|name| table.get(*name)).map_or(rule.at, |given| given.span().start)
    };
    for (names, text) in disorders(limits) {
        problems.error(rule.doc, place(&names), text);
    }
}

/// Returns what is out of the range or the order that the declarations of limits ask for: names of limits, and the sentence.
pub(super) fn disorders(limits: &Limits) -> Vec<(Vec<&'static str>, String)> {
    let number = |name: &str| match limits.0.iter().find(|(limit, _)| limit.name == name) {
        Some((limit, LimitValue::Number(n))) => {
            Some(n * limit.kind.quantity().map_or(1.0, Quantity::worth_in_m))
        }
        _ => None,
    };
    let mut found = Vec::new();
    for (limit, value) in &limits.0 {
        let name = limit.name;
        if let (Some((end, why)), LimitValue::Number(n)) = (limit.under, value)
            && *n >= end
        {
            let end = shown(limit, &LimitValue::Number(end));
            found.push((vec![name], format!("{name} must be under {end}: {why}")));
        }
        let Some(Order { is_under, other, why }) = limit.order else { continue };
        if let (Some(own), Some(others)) = (number(name), number(other))
            && if is_under { own >= others } else { own <= others }
        {
            let side = if is_under { "under" } else { "over" };
            found.push((vec![name, other], format!("{name} must be {side} {other}: {why}")));
        }
    }
    found
}

pub(super) fn selectors(
    rule: &Fields<'_>,
    key: &str,
    zones: &Zones<'_>,
    problems: &Problems,
) -> Vec<Selector> {
    let mut selectors = Vec::new();
    for (at, word) in rule.texts(key) {
        if let Some(kind) = ZoneKind::of_word(word) {
            selectors.push(Selector::Kind(kind));
        } else if zones.incomplete || zones.zones.iter().any(|zone| zone.id == *word) {
            selectors.push(Selector::Id(word.clone()));
        } else {
            let known = ZoneKind::ALL.map(ZoneKind::word).into_iter();
            let ids = zones.zones.iter().map(|zone| zone.id.as_str());
            let near = match super::nearest::nearest(word, known.chain(ids)) {
                Some(near) => format!("; did you mean \"{near}\"?"),
                None => format!("; kinds are: {}", ZoneKind::ALL.map(ZoneKind::word).join(", ")),
            };
            problems.error(rule.doc, *at, format!("no zone has the kind or the id \"{word}\"{near}"));
        }
    }
    selectors
}

/// Whether the zones that a rule names exist for the States that it names.
fn check_reach(
    rule: &Fields<'_>,
    inside: &[Selector],
    outside: &[Selector],
    states: &[String],
    zones: &[Zone],
    problems: &Problems,
) {
    let fits = |zone: &Zone, selectors: &[Selector]| {
        selectors.iter().any(|selector| match selector {
            Selector::Kind(kind) => zone.kind == *kind,
            Selector::Id(id) => zone.id == *id,
        })
    };
    for (at, state) in rule.texts("states") {
        if !zones.iter().any(|zone| zone.state == *state) {
            problems.error(rule.doc, *at, format!("no zone belongs to {state}"));
            return;
        }
    }
    let of_states = |zone: &&Zone| states.is_empty() || states.contains(&zone.state);
    let of = if states.is_empty() { String::new() } else { format!(" of {}", states.join(", ")) };
    if !inside.is_empty() && !zones.iter().filter(of_states).any(|zone| fits(zone, inside)) {
        let words = rule.words("inside").join(", ");
        let text = format!(
            "there is no zone {words}{of}: the rule could never fire; load such zones, or write enabled = false"
        );
        problems.error(rule.doc, rule.place("inside"), text);
    }
    for (selector, (at, word)) in outside.iter().zip(rule.texts("outside")) {
        if !zones.iter().filter(of_states).any(|zone| fits(zone, std::slice::from_ref(selector))) {
            problems.warning(
                rule.doc,
                *at,
                format!("there is no zone {word}{of}: nothing is left out for it"),
            );
        }
    }
}

fn read_who(who: &Fields<'_>, lists: &Lists, problems: &Problems) -> Who {
    for key in ["listed", "not_listed"] {
        for (at, name) in who.texts(key) {
            if !lists.incomplete && !lists.lists.iter().any(|list| list.name == *name) {
                let hint = hint(name, lists.lists.iter().map(|list| list.name.as_str()));
                problems.error(who.doc, *at, format!("there is no list \"{name}\"{hint}"));
            }
        }
    }
    let not_listed = who.words("not_listed");
    for (at, name) in who.texts("listed").iter().filter(|(_, name)| not_listed.contains(name)) {
        problems.error(
            who.doc,
            *at,
            format!("\"{name}\" is in listed and in not_listed: no vessel fits both"),
        );
    }
    for (at, name) in who.texts("not_listed") {
        let entries = lists.lists.iter().filter(|list| list.name == *name).flat_map(|list| &list.entries);
        let by_name =
            |entry: &&ListEntry| entry.mmsi.is_none() && entry.imo.is_none() && entry.icao.is_none();
        let count = entries.filter(by_name).count();
        if count > 0 {
            let text = format!(
                "{count} of list \"{name}\" have a name or call sign alone, and that exempts nobody; give them an mmsi, imo or icao"
            );
            problems.error(who.doc, *at, text);
        }
    }
    let (min, max) = (who.number("min_length"), who.number("max_length"));
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        problems.error(
            who.doc,
            who.place("max_length"),
            "max_length is under min_length: no vessel fits both",
        );
    }
    Who {
        ship_types: who.words("ship_types"),
        flags: who.words("flags"),
        min_length_m: min,
        max_length_m: max,
        listed: who.words("listed"),
        not_listed,
        sources: who.words("sources"),
    }
}

/// Limits that were added after the first released build, by pattern: without one, a rule keeps its digest.
const ADDED: [(&str, &str); 6] = [
    ("rendezvous", "from_port"),
    ("loitering", "anchored_within"),
    ("loitering", "alike_within"),
    ("drifting", "alike_within"),
    ("drifting", "ashore_within"),
    ("dark-target", "made_good"),
];

/// The rule as text that is the same for the same rule, whatever its file looks like.
fn canonical(rule: &Rule) -> String {
    let selectors = |selectors: &[Selector]| {
        let mut words: Vec<&str> = selectors
            .iter()
            .map(|selector| match selector {
                Selector::Kind(kind) => kind.word(),
                Selector::Id(id) => id,
            })
            .collect();
        words.sort_unstable();
        words.join(",")
    };
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort_unstable();
        words.join(",")
    };
    let mut text = format!(
        "name={}\npattern={}\nseverity={}\ninside={}\noutside={}\nstates={}\n",
        rule.name,
        rule.pattern,
        rule.severity.word(),
        selectors(&rule.inside),
        selectors(&rule.outside),
        sorted(&rule.states),
    );
    let who = &rule.who;
    for (key, words) in [
        ("ship_types", &who.ship_types),
        ("flags", &who.flags),
        ("listed", &who.listed),
        ("not_listed", &who.not_listed),
        ("sources", &who.sources),
    ] {
        writeln!(text, "{key}={}", sorted(words)).ok();
    }
    writeln!(text, "length={:?}..{:?}", who.min_length_m, who.max_length_m).ok();
    if let Some(min_rarity) = rule.min_rarity {
        writeln!(text, "min_rarity={}", min_rarity.secs()).ok();
    }
    if rule.until_learnt != UntilLearnt::Raise {
        writeln!(text, "until_learnt={}", rule.until_learnt.word()).ok();
    }
    for (limit, value) in &rule.limits.0 {
        // A rule that says nothing of a limit of later builds is the rule that it was.
        if ADDED.contains(&(rule.pattern, limit.name)) && *value == LimitValue::None {
            continue;
        }
        writeln!(text, "{}={value:?}", limit.name_with_unit()).ok();
    }
    text
}
