//! Rules for what is shared with whom, and in which form: `sharing/*.toml`.

use super::centres;
use super::fields::{self, Fields};
use super::keys::{POLICY_FILE, SEVERITIES};
use super::nearest::hint;
use super::problem::{Doc, Problems};
use super::rules::{Rules, selectors};
use super::zones::Zones;
use crate::model::{Centres, Community, Domain, Selector, Severity, Span};
use crate::patterns::ALL;

/// Rules for what is shared, read from top to bottom: the first that matches decides, and without one nothing is shared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// Rules in their order.
    pub shares: Vec<Share>,
}

/// `[[share]]`
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Unique.
    pub name: String,
    /// Recipients.
    pub to: Vec<Recipient>,
    /// Kind of what is shared.
    pub what: What,
    /// What the rule matches stays here.
    pub withhold: bool,
    /// Lowest severity of an alert.
    pub severity: Severity,
    /// Patterns of alerts; empty: every pattern.
    pub patterns: Vec<String>,
    /// Rules of alerts; empty: every rule.
    pub rules: Vec<String>,
    /// Inside at least one of these zones; empty: everywhere.
    pub inside: Vec<Selector>,
    /// States whose zones count for `inside`; empty: every State.
    pub states: Vec<String>,
    /// Domain of a subject; `None`: both.
    pub domain: Option<Domain>,
    /// Whether a subject is dark; `None`: either.
    pub dark: Option<bool>,
    /// Highest marking, one of the levels.
    pub marking: String,
    /// Side of the cells that positions are rounded to, metres; `None`: as they are.
    pub precision_m: Option<f64>,
    /// Time for which an item is held back.
    pub delay: Span,
    /// Parts that are removed.
    pub strip: Strip,
    /// Greatest distance of a track from the recipient's area, metres; `None`: anywhere.
    pub within_m: Option<f64>,
    /// Time within which a track that is farther away would enter the recipient's area.
    pub lead: Span,
    /// Interval between two updates of a track.
    pub rate: Span,
}

/// A word of `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The centre of this name.
    Centre(String),
    /// Every centre of the community of this name.
    Community(String),
}

/// Kinds of what is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // the names say it
pub enum What {
    Alerts,
    Tracks,
    Lists,
    Marks,
}

impl What {
    /// Words of the configuration and of topics, in the order of the variants.
    pub const WORDS: &'static [&'static str] = &["alerts", "tracks", "lists", "marks"];

    /// Returns the word of the configuration and of topics.
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// Returns the kind that a word names.
    pub fn of_word(word: &str) -> Option<What> {
        let all = [What::Alerts, What::Tracks, What::Lists, What::Marks];
        all.into_iter().find(|what| what.word() == word)
    }
}

/// Parts that are removed from what is shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strip {
    /// Names and call signs of vessels.
    pub names: bool,
    /// Names, reasons, sources and instructions of watch lists.
    pub list_reasons: bool,
    /// Names of officers.
    pub officers: bool,
    /// Own patrol units.
    pub own_units: bool,
}

impl Strip {
    /// Words of the configuration.
    pub const WORDS: &'static [&'static str] = &["names", "list-reasons", "officers", "own-units"];

    /// Returns what a list of words names.
    pub fn of_words(words: &[String]) -> Strip {
        let has = |word: &str| words.iter().any(|given| given == word);
        Strip {
            names: has("names"),
            list_reasons: has("list-reasons"),
            officers: has("officers"),
            own_units: has("own-units"),
        }
    }

    /// Returns the words of what is removed.
    pub fn words(self) -> Vec<&'static str> {
        let on = [self.names, self.list_reasons, self.officers, self.own_units];
        Self::WORDS.iter().zip(on).filter_map(|(word, on)| on.then_some(*word)).collect()
    }
}

/// What rules of the policy may name.
pub(super) struct Known<'a> {
    pub centres: &'a centres::Read<'a>,
    pub levels: &'a [String],
    /// Default of `marking`.
    pub unmarked: &'a str,
    pub zones: &'a Zones<'a>,
    pub rules: &'a Rules,
    pub node: Option<&'a str>,
}

/// Keys that only rules for alerts have.
const OF_ALERTS: &[&str] = &["severity", "patterns", "rules", "delay"];
/// Keys that only rules for tracks have.
const OF_TRACKS: &[&str] = &["within", "lead", "rate"];
/// Keys that only rules for alerts and tracks have.
const OF_POSITIONS: &[&str] = &["inside", "states", "domain", "dark"];
/// Keys that rules for lists do not have.
const OF_PLACES: &[&str] = &["precision"];

/// Reads every file of the policy.
pub(super) fn read(docs: &[Doc], main: &Fields<'_>, known: &Known<'_>, problems: &Problems) -> Policy {
    if !docs.is_empty()
        && let Some(sharing) = main.fields("sharing", &Problems::default()).filter(|s| !s.given("centres"))
    {
        let text = "a policy names centres, and there are none; add the key centres";
        problems.error(sharing.doc, sharing.place("policy"), text);
    }
    let mut policy = Policy::default();
    let mut places = Vec::new();
    for doc in docs {
        let Some(parsed) = fields::parse(doc, problems) else { continue };
        let file = Fields::read(doc, 0, parsed.get_ref(), &POLICY_FILE, problems);
        for table in file.all("share", problems) {
            let Some(share) = read_share(&table, known, problems) else { continue };
            if policy.shares.iter().any(|other| other.name == share.name) {
                let text = format!("there is another share \"{}\"; names of shares are unique", share.name);
                problems.error(doc, table.place("name"), text);
            }
            check_order(&table, &share, &policy, &places, known, problems);
            places.push((doc, table.at));
            policy.shares.push(share);
        }
    }
    policy
}

fn read_share(table: &Fields<'_>, known: &Known<'_>, problems: &Problems) -> Option<Share> {
    let to = recipients(table, known, problems);
    let what = table.text("what").and_then(What::of_word);
    if let Some(what) = what {
        check_keys(table, what, problems);
    }
    for (at, word) in table.texts("patterns") {
        if !ALL.iter().any(|pattern| pattern.name == word) {
            let hint = hint(word, ALL.iter().map(|pattern| pattern.name));
            problems.error(table.doc, *at, format!("\"{word}\" is not a pattern{hint}"));
        }
    }
    let rules = || known.rules.names.iter().map(String::as_str);
    for (at, word) in table.texts("rules") {
        if !rules().any(|rule| rule == word) {
            let hint = hint(word, rules());
            problems.error(table.doc, *at, format!("no rule has the name \"{word}\"{hint}"));
        }
    }
    let marking = table.text("marking").unwrap_or(known.unmarked);
    if table.has("marking") && !known.levels.iter().any(|level| level == marking) {
        let hint = hint(marking, known.levels.iter().map(String::as_str));
        let text = format!("\"{marking}\" is none of [sharing] levels{hint}");
        problems.error(table.doc, table.place("marking"), text);
    }
    let span = |key| table.number(key).map(Span::from_secs_f64);
    let severity = table.text("severity").unwrap_or(SEVERITIES[0]);
    Some(Share {
        name: table.text("name")?.to_owned(),
        to,
        what: what?,
        withhold: table.switch("withhold").unwrap_or(false),
        severity: Severity::ALL.into_iter().find(|known| known.word() == severity)?,
        patterns: table.words("patterns"),
        rules: table.words("rules"),
        inside: selectors(table, "inside", known.zones, problems),
        states: table.words("states"),
        domain: table.text("domain").and_then(Domain::of_word),
        dark: table.switch("dark"),
        marking: marking.to_owned(),
        precision_m: table.number("precision"),
        delay: span("delay").unwrap_or(Span::ZERO),
        strip: Strip::of_words(&table.words("strip")),
        within_m: table.number("within"),
        lead: span("lead").unwrap_or(Span::ZERO),
        rate: span("rate").unwrap_or(Span::from_secs_f64(30.0)),
    })
}

fn recipients(table: &Fields<'_>, known: &Known<'_>, problems: &Problems) -> Vec<Recipient> {
    let centres = &known.centres.centres;
    let mut to = Vec::new();
    for (at, word) in table.texts("to") {
        if let Some(name) = word.strip_prefix(Community::PREFIX) {
            if centres.community(name).is_none() && !known.centres.audience.is_incomplete {
                let known = centres.communities.iter().map(|community| community.name.as_str());
                let text = format!("no [[community]] has the name \"{name}\"{}", hint(name, known));
                problems.error(table.doc, *at, text);
            }
            to.push(Recipient::Community(name.to_owned()));
            continue;
        }
        if known.node == Some(word) {
            let text = format!("\"{word}\" is this node: it shares nothing with itself; take it away");
            problems.error(table.doc, *at, text);
        } else if centres.get(word).is_none() && !known.centres.audience.is_incomplete {
            let names = centres.centres.iter().map(|centre| centre.name.as_str());
            let text = if centres.community(word).is_some() {
                format!("\"{word}\" is a community; write \"{}{word}\"", Community::PREFIX)
            } else if let Some(owned) = centres.centres.iter().find(|centre| centre.owner.word() == word) {
                let owner = owned.owner.word();
                format!("\"{word}\" is not a centre; a centre of {owner} is \"{}\"", owned.name)
            } else {
                format!("no [[centre]] has the name \"{word}\"{}", hint(word, names))
            };
            problems.error(table.doc, *at, text);
        }
        to.push(Recipient::Centre(word.clone()));
    }
    if table.given("within") {
        let names = to.iter().flat_map(|recipient| members(recipient, centres));
        let without = names
            .filter(|name| Some(*name) != known.node)
            .filter_map(|name| centres.get(name))
            .find(|centre| centre.area.is_empty());
        if let Some(centre) = without {
            let text = format!(
                "centre \"{}\" has no area: nothing is within a distance of it; give it one in the file of centres",
                centre.name
            );
            problems.error(table.doc, table.place("within"), text);
        }
    }
    to
}

/// Returns the names of the centres that a recipient stands for, at any time.
fn members<'a>(recipient: &'a Recipient, centres: &'a Centres) -> impl Iterator<Item = &'a str> {
    let (one, many) = match recipient {
        Recipient::Centre(name) => (Some(name.as_str()), None),
        Recipient::Community(name) => (None, centres.community(name)),
    };
    one.into_iter().chain(many.into_iter().flat_map(|many| many.members.iter().map(String::as_str)))
}

/// Reports keys that say nothing about this kind of item.
fn check_keys(table: &Fields<'_>, what: What, problems: &Problems) {
    let keys = [
        (OF_ALERTS, &[What::Alerts][..], "alerts"),
        (OF_TRACKS, &[What::Tracks], "tracks"),
        (OF_POSITIONS, &[What::Alerts, What::Tracks], "alerts and tracks"),
        (OF_PLACES, &[What::Alerts, What::Tracks, What::Marks], "alerts, tracks and marks"),
    ];
    for (keys, of, words) in keys {
        for key in keys.iter().filter(|key| table.given(key) && !of.contains(&what)) {
            let text = format!("{key} is for {words}, and this shares {}; take it away", what.word());
            problems.error(table.doc, table.place(key), text);
        }
    }
    if table.given("lead") && !table.given("within") {
        let text =
            "lead widens within, which is absent: every track is shared anyway; add within or take lead away";
        problems.error(table.doc, table.place("lead"), text);
    }
    if table.switch("withhold") == Some(true) {
        let forms = ["precision", "delay", "strip", "rate"];
        for key in forms.into_iter().filter(|key| table.given(key)) {
            let text = format!("{key} is the form of what is shared, and this share withholds; take it away");
            problems.error(table.doc, table.place(key), text);
        }
    }
}

/// Reports a rule all of whose recipients are decided by rules above it.
fn check_order(
    table: &Fields<'_>,
    share: &Share,
    policy: &Policy,
    places: &[(&Doc, usize)],
    known: &Known<'_>,
    problems: &Problems,
) {
    let rank = |level: &str| known.levels.iter().position(|known| known == level);
    let takes = |above: &Share| takes_all(above, share, &rank);
    let above: Vec<usize> = (0..policy.shares.len()).filter(|i| takes(&policy.shares[*i])).collect();
    let decider = |recipient: &Recipient| {
        above.iter().copied().find(|i| covers(&policy.shares[*i].to, recipient, &known.centres.centres))
    };
    let deciders: Option<Vec<usize>> = share.to.iter().map(decider).collect();
    let Some(first) = deciders.as_ref().and_then(|deciders| deciders.first()) else { return };
    let (doc, at) = places[*first];
    let text = format!(
        "this share never decides: \"{}\" at {}:{} matches everything that this one does; move this one above it, or take it away",
        policy.shares[*first].name,
        doc.name,
        doc.place(at).0
    );
    problems.error(table.doc, table.place("name"), text);
}

/// Whether some recipient of a list stands, whenever `one` does, for every centre that `one` stands for.
fn covers(list: &[Recipient], one: &Recipient, centres: &Centres) -> bool {
    let always = |recipient: &Recipient| match recipient {
        Recipient::Centre(_) => true,
        Recipient::Community(name) => {
            centres.community(name).is_some_and(|found| found.from.is_none() && found.until.is_none())
        }
    };
    let reached = |name: &str| {
        let standing = list.iter().filter(|recipient| always(recipient));
        standing.flat_map(|recipient| members(recipient, centres)).any(|member| member == name)
    };
    list.contains(one) || {
        let mut members = members(one, centres).peekable();
        members.peek().is_some() && members.all(reached)
    }
}

/// Whether a rule matches every item that another one matches, recipients left aside.
fn takes_all(above: &Share, share: &Share, rank: &impl Fn(&str) -> Option<usize>) -> bool {
    fn all_of<T: PartialEq>(above: &[T], share: &[T]) -> bool {
        above.is_empty() || (!share.is_empty() && share.iter().all(|one| above.contains(one)))
    }
    above.what == share.what
        && above.severity <= share.severity
        && rank(&above.marking) >= rank(&share.marking)
        && all_of(&above.patterns, &share.patterns)
        && all_of(&above.rules, &share.rules)
        && all_of(&above.inside, &share.inside)
        && all_of(&above.states, &share.states)
        && (above.domain.is_none() || above.domain == share.domain)
        && (above.dark.is_none() || above.dark == share.dark)
        && above
            .within_m
            .is_none_or(|within| share.within_m.is_some_and(|own| own <= within) && share.lead <= above.lead)
}
