//! A rule: a pattern with limits, zones and subjects, as checked from a config file.

use serde::{Deserialize, Serialize};

use super::{Icao, Imo, Mmsi, Severity, Time, ZoneKind};

/// How a limit is written in a file, and in which unit it goes on from there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LimitKind {
    /// `"2 kn"`; knots. Its name in alerts ends in `_kn`.
    Speed,
    /// `"500 m"` or `"1 nm"`; metres. Named `_m` in alerts.
    Metres,
    /// `"1 nm"` or `"500 m"`; nautical miles. Named `_nm` in alerts.
    NauticalMiles,
    /// `"30 min"`, `"1 h"`, `"60 s"`; seconds. Named `_s` in alerts.
    Duration,
    /// `"1500 ft"`; feet. Named `_ft` in alerts.
    Feet,
    /// A plain number from 0 to 1.
    Share,
    /// `"40°"` or `"40 deg"`; degrees. Named `_deg` in alerts.
    Angle,
    /// `"285°"`, a direction; degrees true. Named `_deg` in alerts.
    Bearing,
    /// A whole number.
    Count,
    /// A plain factor over 0.
    Factor,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list of Mode 3/A codes, four octal digits each.
    Codes,
    /// A list of some of these words.
    SomeOf(&'static [&'static str]),
}

/// The one declaration of a limit: configuration, reference page and alerts are made from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Key in the file, without a unit.
    pub name: &'static str,
    /// What it is.
    pub kind: LimitKind,
    /// As it would be written in a file; "none" where there is no limit unless given.
    pub default: &'static str,
    /// One sentence for the reference page.
    pub doc: &'static str,
}

impl Limit {
    /// The name with its unit, as alerts have it: `max_speed_kn`.
    pub fn name_with_unit(&self) -> String {
        let unit = match self.kind {
            LimitKind::Speed => "_kn",
            LimitKind::Metres => "_m",
            LimitKind::NauticalMiles => "_nm",
            LimitKind::Duration => "_s",
            LimitKind::Feet => "_ft",
            LimitKind::Angle | LimitKind::Bearing => "_deg",
            _ => "",
        };
        format!("{}{unit}", self.name)
    }
}

/// A limit's value in the unit that its kind names.
#[derive(Clone, Debug, PartialEq)]
pub enum LimitValue {
    /// A number.
    Number(f64),
    /// A word or words, each one of the declared.
    Words(Vec<Choice>),
    /// No limit.
    None,
}

/// A word that a declaration allows.
pub type Choice = &'static str;

/// The values of every limit that the rule's pattern declares, defaults included, in that order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits(pub Vec<(Limit, LimitValue)>);

impl Limits {
    fn get(&self, name: &str) -> &LimitValue {
        let found = self.0.iter().find(|(limit, _)| limit.name == name);
        &found.unwrap_or_else(|| panic!("the pattern declares no limit {name}")).1
    }

    /// The number of a limit that always has one.
    ///
    /// # Panics
    /// When the pattern does not declare it as such: a fault of the program, seen by the first test that builds a rule.
    pub fn number(&self, name: &str) -> f64 {
        self.optional(name).unwrap_or_else(|| panic!("limit {name} has no number"))
    }

    /// The number of a limit that may be "none".
    pub fn optional(&self, name: &str) -> Option<f64> {
        match self.get(name) {
            LimitValue::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// The number of a limit, if the pattern declares it.
    pub fn declared(&self, name: &str) -> Option<f64> {
        self.0.iter().any(|(limit, _)| limit.name == name).then(|| self.optional(name)).flatten()
    }

    /// Whether a word is among those given.
    pub fn has_word(&self, name: &str, word: &str) -> bool {
        matches!(self.get(name), LimitValue::Words(words) if words.contains(&word))
    }
}

/// What `inside` and `outside` name: a kind of zone, or one zone by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// All zones of a kind.
    Kind(ZoneKind),
    /// One zone.
    Id(String),
}

/// Which vessels a rule is about. Lists within a key are OR, keys are AND; empty is everyone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Who {
    /// Words of [`super::ShipType::WORDS`]; an unknown type passes.
    pub ship_types: Vec<String>,
    /// ISO 3166-1 alpha-3 of the MMSI's digits; an unknown flag passes.
    pub flags: Vec<String>,
    /// Metres; an unknown length passes.
    pub min_length_m: Option<f64>,
    /// Metres; an unknown length passes.
    pub max_length_m: Option<f64>,
    /// On at least one of these lists.
    pub listed: Vec<String>,
    /// On none of these lists.
    pub not_listed: Vec<String>,
    /// Words of [`Who::SOURCES`]: on AIS, by an aircraft's transponder, or seen by radars alone.
    pub sources: Vec<String>,
}

impl Who {
    /// By what a craft is known.
    pub const SOURCES: &'static [&'static str] = &["ais", "transponder", "radar"];
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
    /// In none of these; outside wins.
    pub outside: Vec<Selector>,
    /// Limits both to these States; empty: every State.
    pub states: Vec<String>,
    /// Whom it is about.
    pub who: Who,
    /// Every limit of its pattern.
    pub limits: Limits,
    /// Digest of the rule as in force, in hexadecimal.
    pub hash: String,
}

/// A centre's own dated list of vessels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VesselList {
    /// What rules call it.
    pub name: String,
    /// Its entries.
    pub entries: Vec<ListEntry>,
}

/// One vessel of a list: any identifier that is given and fits is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// By MMSI.
    pub mmsi: Option<Mmsi>,
    /// By IMO number.
    pub imo: Option<Imo>,
    /// By ICAO 24-bit address.
    pub icao: Option<Icao>,
    /// Its name: likely alone, never an exemption.
    pub name: Option<String>,
    /// Its call sign, likewise.
    pub call_sign: Option<String>,
    /// Why it is listed.
    pub reason: String,
    /// By whose word, and what to do about it.
    pub source: Option<String>,
    /// See `source`.
    pub action: Option<String>,
    /// Not before.
    pub from: Time,
    /// Not after.
    pub until: Time,
}
