//! A rule: a pattern with limits, zones and subjects, as checked from a config file.

use serde::{Deserialize, Serialize};

use super::{Icao, Imo, Limits, Mmsi, Severity, Span, Time, ZoneKind};

/// A value of `inside` or `outside`: a kind of zone, or the id of one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// All zones of a kind.
    Kind(ZoneKind),
    /// One zone.
    Id(String),
}

/// Vessels that a rule is about. Entries of one key are alternatives; all keys must fit; no key fits every vessel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Who {
    /// Words of [`super::ShipType::WORDS`]; an unknown type passes.
    pub ship_types: Vec<String>,
    /// ISO 3166-1 alpha-3 of the MMSI's digits; an unknown flag passes.
    pub flags: Vec<String>,
    /// Metres; an unknown length passes, and so does a shorter one where radars see a longer craft.
    pub min_length_m: Option<f64>,
    /// Metres; an unknown length passes, and so does a longer one where no radar sees a craft so long.
    pub max_length_m: Option<f64>,
    /// Names of lists; the vessel is on at least one.
    pub listed: Vec<String>,
    /// Names of lists; the vessel is on none.
    pub not_listed: Vec<String>,
    /// Words of [`Who::SOURCES`]: on AIS, by an aircraft's transponder, or seen by radars alone.
    pub sources: Vec<String>,
}

impl Who {
    /// Words of `sources`: the means by which a craft is known.
    pub const SOURCES: &'static [&'static str] = &["ais", "transponder", "radar"];
}

/// What a rule raises at a place about which the model of what is usual has not learnt enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UntilLearnt {
    /// Everything.
    #[default]
    Raise,
    /// What happens by night.
    Night,
    /// Nothing.
    Wait,
    /// Of merchant ships, passenger ships and smaller vessels on AIS the first one on each ground, by day and by night; its alert
    /// stands for the others.
    First,
}

impl UntilLearnt {
    /// Words of the configuration, in the order of the variants.
    pub const WORDS: &'static [&'static str] = &["raise", "night", "wait", "first"];

    /// Returns the value that a word names.
    pub fn of_word(word: &str) -> Option<UntilLearnt> {
        let values = [UntilLearnt::Raise, UntilLearnt::Night, UntilLearnt::Wait, UntilLearnt::First];
        Self::WORDS.iter().position(|known| *known == word).map(|at| values[at])
    }

    /// Returns the word of the configuration.
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// A pattern with limits, zones and subjects.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Unique.
    pub name: String,
    /// The pattern's word, one of `patterns::ALL`.
    pub pattern: &'static str,
    /// Severity of its alerts.
    pub severity: Severity,
    /// Inside at least one of these; empty: everywhere.
    pub inside: Vec<Selector>,
    /// Zones in which the rule does not hold, even where `inside` names them.
    pub outside: Vec<Selector>,
    /// States whose zones count for `inside`; empty: every State.
    pub states: Vec<String>,
    /// Vessels and aircraft that the rule is about.
    pub who: Who,
    /// Nothing is raised where such an event is a habit of the place and more frequent than once in this time.
    pub min_rarity: Option<Span>,
    /// What the rule raises where nothing is learnt.
    pub until_learnt: UntilLearnt,
    /// Every limit of its pattern.
    pub limits: Limits,
    /// Digest of the rule as in force, in hexadecimal.
    pub hash: String,
}

/// A centre's own dated list of vessels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VesselList {
    /// Name that rules use.
    pub name: String,
    /// Entries of the list.
    pub entries: Vec<ListEntry>,
    /// Marking of each entry, in the order of the entries; an entry without one has [`ListMarking::default`].
    pub markings: Vec<ListMarking>,
}

/// Protective marking of an alert that rests on an entry of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListMarking {
    /// Level; `None`: the highest.
    pub level: Option<String>,
    /// States, bodies, centres and communities, besides the own State, that such an alert may be released to.
    pub releasable_to: Vec<String>,
}

/// One vessel of a list: any identifier that is given and fits is enough.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListEntry {
    /// MMSI.
    pub mmsi: Option<Mmsi>,
    /// IMO number.
    pub imo: Option<Imo>,
    /// ICAO 24-bit address.
    pub icao: Option<Icao>,
    /// Name. A name alone is a likely hit, and never exempts.
    pub name: Option<String>,
    /// Call sign. A call sign alone is a likely hit, and never exempts.
    pub call_sign: Option<String>,
    /// Why it is listed.
    pub reason: String,
    /// Authority that listed the vessel.
    pub source: Option<String>,
    /// Instruction to the officer.
    pub action: Option<String>,
    /// Time from which the entry is valid.
    pub from: Time,
    /// Time until which the entry is valid.
    pub until: Time,
}
