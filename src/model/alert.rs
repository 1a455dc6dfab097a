//! One event in the life of an alert, as the engine states it. Exercise, node and State are the channel's to add.

use serde::{Deserialize, Serialize};

use super::{Icao, Position, Squawk, Time};

/// CAP 1.2 severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // CAP's words
#[derive(Serialize, Deserialize)]
pub enum Severity {
    Minor,
    Moderate,
    Severe,
    Extreme,
}

impl Severity {
    /// Every severity, lowest first.
    pub const ALL: [Severity; 4] = [Severity::Minor, Severity::Moderate, Severity::Severe, Severity::Extreme];

    /// CAP's word in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Minor => "minor",
            Severity::Moderate => "moderate",
            Severity::Severe => "severe",
            Severity::Extreme => "extreme",
        }
    }
}

/// CAP 1.2 certainty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)] // CAP's words
pub enum Certainty {
    Unlikely,
    Possible,
    Likely,
    Observed,
}

impl Certainty {
    /// CAP's word in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Certainty::Unlikely => "unlikely",
            Certainty::Possible => "possible",
            Certainty::Likely => "likely",
            Certainty::Observed => "observed",
        }
    }
}

/// Where in its life the alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Phase {
    Raised,
    Updated,
    Ended,
}

impl Phase {
    /// Its word in an event.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Raised => "raised",
            Phase::Updated => "updated",
            Phase::Ended => "ended",
        }
    }
}

/// Why an alert ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Left the zone.
    Left,
    /// Moved on.
    Moved,
    /// The parties parted.
    Parted,
    /// No longer heard.
    Lost,
    /// Heard again.
    Reappeared,
    /// Known now.
    Identified,
    /// The rule changed.
    RuleChanged,
}

impl EndReason {
    /// Its word in an event.
    pub fn word(self) -> &'static str {
        match self {
            EndReason::Left => "left",
            EndReason::Moved => "moved",
            EndReason::Parted => "parted",
            EndReason::Lost => "lost",
            EndReason::Reappeared => "reappeared",
            EndReason::Identified => "identified",
            EndReason::RuleChanged => "rule-changed",
        }
    }
}

/// A measured figure or a limit, under the limit's name with its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Measure {
    /// Rounded by the unit that the name ends in: `_s` 0, `_m` 0, `_kn` 1, `_deg` 1, others 2 decimals.
    Number(f64),
    /// Words.
    Words(#[serde(deserialize_with = "crate::model::word::several")] Vec<super::word::Word>),
    /// No limit.
    None,
}

/// A party to an alert, as it stood at the event.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Subject key: `mmsi:314001000`.
    pub track: String,
    /// `surface` or `air`.
    pub domain: &'static str,
    /// Identity claims.
    pub mmsi: Option<u32>,
    /// IMO number.
    pub imo: Option<u32>,
    /// Ship's name.
    pub name: Option<String>,
    /// Call sign.
    pub call_sign: Option<String>,
    /// Ship type's word.
    pub ship_type: Option<&'static str>,
    /// Metres.
    pub length_m: Option<u16>,
    /// ISO 3166-1 alpha-3 of the MMSI's digits.
    pub flag: Option<&'static str>,
    /// Seen by a sensor, not explained by AIS.
    pub dark: bool,
    /// Who a dark track was, by its last word on AIS.
    pub formerly: Option<Formerly>,
    /// Last known, and when that was; a device in distress may not say where it is.
    pub position: Option<(Position, Time)>,
    /// Metres.
    pub accuracy_m: Option<f64>,
    /// `ais`, `radar` …
    pub source: &'static str,
    /// Knots.
    pub sog_kn: Option<f64>,
    /// Degrees true.
    pub cog_deg: Option<f64>,
    /// Of aircraft: ICAO 24-bit address.
    pub icao: Option<Icao>,
    /// Of aircraft: Mode 3/A code.
    pub squawk: Option<Squawk>,
    /// Of aircraft: feet.
    pub altitude_ft: Option<f64>,
}

/// Who a track was on AIS, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formerly {
    /// MMSI.
    pub mmsi: u32,
    /// Ship's name, if it is still known.
    pub name: Option<String>,
    /// The last time that it was.
    pub until: Time,
}

/// A zone that the alert's position is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneRef {
    /// Zone id.
    pub id: String,
    /// Zone kind's word.
    pub kind: &'static str,
    /// ISO 3166-1 alpha-3.
    pub state: String,
    /// For people.
    pub name: String,
    /// Legal status, if stated.
    pub status: Option<String>,
}

/// Where that is, in an officer's terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// A named place nearby, if the gazetteer has one.
    pub from: Option<String>,
    /// Bearing from that place, degrees true.
    pub bearing_deg: Option<f64>,
    /// Distance from that place, nautical miles.
    pub distance_nm: Option<f64>,
    /// Distance to the nearest coast, nautical miles.
    pub to_coast_nm: Option<f64>,
}

/// A point of the trail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrailPoint {
    /// Report time.
    pub time: Time,
    /// Where.
    pub position: Position,
    /// Knots.
    pub sog_kn: Option<f64>,
}

/// What the alert rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// How many reports of the subjects, since the onset.
    pub reports: u32,
    /// The first of them.
    pub first: Time,
    /// The last.
    pub last: Time,
    /// The feeds that brought them, sorted by name.
    pub feeds: Vec<String>,
    /// Of the first subject, from the onset on, thinned.
    pub trail: Vec<TrailPoint>,
}

/// One event of an alert. Everything but exercise, node and State.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertEvent {
    /// UUID v5, frozen when first raised.
    pub id: String,
    /// Counts this alert's events from 1.
    pub seq: u32,
    /// The pattern's word.
    pub pattern: &'static str,
    /// The rule's name.
    pub rule: String,
    /// Digest of the rule as in force.
    pub rules_hash: String,
    /// Where in its life.
    pub phase: Phase,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// The rule's severity.
    pub severity: Severity,
    /// How sure.
    pub certainty: Certainty,
    /// When the behaviour began.
    pub onset: Time,
    /// Event time of this event.
    pub time: Time,
    /// The last report that still fulfilled it.
    pub ended: Option<Time>,
    /// In key order.
    pub subjects: Vec<Subject>,
    /// Where.
    pub position: Position,
    /// The zones that position is in.
    pub zones: Vec<ZoneRef>,
    /// Where, in words.
    pub place: Place,
    /// What could not be judged, in words.
    pub not_judged: Vec<String>,
    /// The incident it belongs to, an alert's id.
    pub incident: Option<String>,
    /// Under the limits' names with units, in the order of declaration.
    pub measured: Vec<(String, Measure)>,
    /// The rule's limits, likewise.
    pub limits: Vec<(String, Measure)>,
    /// The sentence for the officer.
    pub summary: String,
    /// What it rests on.
    pub evidence: Evidence,
}

/// A fact that the engine states.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// An alert was raised, updated or ended.
    Alert(Box<AlertEvent>),
}
