//! One event in the life of an alert, as the engine states it. These types are also what is published: serde renders and reads
//! the properties of `vigie.alert/1`, and schemars describes them. A new attribute of a party is one field here, and one line
//! in `alerts/told.rs`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alert_json::{Decimals, Measures, OptionalLonLat, OptionalTime, Rfc3339, known_reason};
use super::{Domain, Position, SharedAlert, ShipType, Time, ZoneKind};

/// A word of a fixed vocabulary: the program's own, or one that was read.
pub type Term = Cow<'static, str>;

/// A speed, knots.
pub type Knots = Decimals<1>;
/// A course, degrees true.
pub type CourseDeg = Decimals<1>;
/// A bearing, degrees true.
pub type BearingDeg = Decimals<0>;
/// A distance, nautical miles.
pub type Miles = Decimals<2>;
/// A length, metres.
pub type Metres = Decimals<0>;
/// A height, feet.
pub type Feet = Decimals<0>;

/// CAP 1.2 severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // CAP's words
pub enum Severity {
    #[default]
    Minor,
    Moderate,
    Severe,
    Extreme,
}

impl Severity {
    /// Every severity, lowest first.
    pub const ALL: [Severity; 4] = [Severity::Minor, Severity::Moderate, Severity::Severe, Severity::Extreme];

    /// Returns CAP's word in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Minor => "minor",
            Severity::Moderate => "moderate",
            Severity::Severe => "severe",
            Severity::Extreme => "extreme",
        }
    }
}

/// Whether an alert interrupts the officer, or waits in the quiet list until the relief.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Attention {
    /// Waits in the quiet list.
    Quiet,
    /// Interrupts. Alerts of programs that state none do.
    #[default]
    Interrupt,
}

impl Attention {
    /// Returns the word in an event.
    pub fn word(self) -> &'static str {
        match self {
            Attention::Quiet => "quiet",
            Attention::Interrupt => "interrupt",
        }
    }
}

/// Frequency of such events at the place and time of day, by the days before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AlertUsual")]
pub struct Usual {
    /// Such events a day, by this kind of craft.
    pub per_day: Decimals<2>,
    /// Days on which such an event was seen.
    pub days: u32,
    /// Days on which the water was watched, of the last 20.
    pub of_days: u32,
    /// Days on which the vessel itself did it.
    #[serde(default)]
    pub own_days: Option<u32>,
    /// The same in words.
    #[serde(default)]
    pub words: String,
}

/// CAP 1.2 certainty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // CAP's words
pub enum Certainty {
    Unlikely,
    #[default]
    Possible,
    Likely,
    Observed,
}

impl Certainty {
    /// Returns CAP's word in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Certainty::Unlikely => "unlikely",
            Certainty::Possible => "possible",
            Certainty::Likely => "likely",
            Certainty::Observed => "observed",
        }
    }
}

/// The phase of an alert's life that an event states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Phase {
    Raised,
    Updated,
    Ended,
}

impl Phase {
    /// Returns the word in an event.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Raised => "raised",
            Phase::Updated => "updated",
            Phase::Ended => "ended",
        }
    }
}

/// The reason why an alert ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// The subject left the zone.
    Left,
    /// The subject moved on.
    Moved,
    /// The parties separated.
    Parted,
    /// The subject is no longer heard or seen.
    Lost,
    /// The subject is heard again.
    Reappeared,
    /// The subject is known now.
    Identified,
    /// The rule changed.
    RuleChanged,
    /// The subject came to lie still.
    Stopped,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [EndReason; 8] = [
        EndReason::Left,
        EndReason::Moved,
        EndReason::Parted,
        EndReason::Lost,
        EndReason::Reappeared,
        EndReason::Identified,
        EndReason::RuleChanged,
        EndReason::Stopped,
    ];

    /// Returns the word in an event.
    pub fn word(self) -> &'static str {
        match self {
            EndReason::Left => "left",
            EndReason::Moved => "moved",
            EndReason::Parted => "parted",
            EndReason::Lost => "lost",
            EndReason::Reappeared => "reappeared",
            EndReason::Identified => "identified",
            EndReason::RuleChanged => "rule-changed",
            EndReason::Stopped => "stopped",
        }
    }
}

/// A measured figure or a limit, under the limit's name with its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Measure {
    /// A number; the unit in which the name ends decides its decimals.
    Number(f64),
    /// Words.
    Words(Vec<Term>),
    /// No value: not measured, or no limit.
    None,
}

impl Measure {
    /// Returns words of the program's own.
    pub fn words(words: impl IntoIterator<Item = &'static str>) -> Measure {
        Measure::Words(words.into_iter().map(Cow::Borrowed).collect())
    }
}

/// A party to an alert, as it stood at the event. Identity is what the vessel claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AlertSubject")]
pub struct Subject {
    /// Subject key, such as `mmsi:314001000`.
    pub track: String,
    /// Domain in which the subject moves.
    #[serde(default)]
    pub domain: Domain,
    /// MMSI.
    #[serde(default)]
    pub mmsi: Option<u32>,
    /// IMO number.
    #[serde(default)]
    pub imo: Option<u32>,
    /// Name of the ship.
    #[serde(default)]
    pub name: Option<String>,
    /// Call sign.
    #[serde(default)]
    pub call_sign: Option<String>,
    /// System track number of a subject that radars found: two letters and three digits, unique on the watch.
    #[serde(default)]
    pub number: Option<String>,
    /// Label that the source of such a subject gives to it.
    #[serde(default)]
    pub label: Option<String>,
    /// Ship type.
    #[serde(default)]
    #[schemars(extend("enum" = words_or_null(ShipType::WORDS)))]
    pub ship_type: Option<Term>,
    /// Length, metres.
    #[serde(default)]
    pub length_m: Option<u16>,
    /// State of the MMSI's first digits or of the ICAO address, ISO 3166-1 alpha-3.
    #[serde(default)]
    pub flag: Option<Term>,
    /// Whether a sensor sees the subject and AIS does not explain it; of aircraft, whether no transponder does.
    #[serde(default)]
    pub dark: bool,
    /// Identity that a dark craft had on AIS before; at most one.
    #[serde(default)]
    pub formerly: Vec<Formerly>,
    /// Last known position: longitude and latitude, degrees. A device in distress may not state one.
    #[serde(default, with = "OptionalLonLat")]
    pub position: Option<Position>,
    /// Time of that position.
    #[serde(default, with = "OptionalTime")]
    pub position_time: Option<Time>,
    /// Accuracy of the position, metres: 19 of 20 lie within.
    #[serde(default)]
    pub accuracy_m: Option<Metres>,
    /// Kinds of sensor that see the subject: ais, radar …
    #[serde(default)]
    pub source: Term,
    /// Speed over ground, knots.
    #[serde(default)]
    pub sog_kn: Option<Knots>,
    /// Course over ground, degrees true.
    #[serde(default)]
    pub cog_deg: Option<CourseDeg>,
    /// ICAO 24-bit address of an aircraft, six hexadecimal digits.
    #[serde(default)]
    pub icao: Option<String>,
    /// Mode 3/A code of an aircraft, four octal digits.
    #[serde(default)]
    pub squawk: Option<Term>,
    /// Pressure altitude of an aircraft, else its height over the ellipsoid; feet.
    #[serde(default)]
    pub altitude_ft: Option<Feet>,
}

/// Identity that a track had on AIS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AlertFormerly")]
pub struct Formerly {
    /// MMSI.
    pub mmsi: u32,
    /// Name of the ship, if it is still known.
    #[serde(default)]
    pub name: Option<String>,
    /// Time of the last report under that identity.
    #[serde(with = "Rfc3339")]
    pub until: Time,
}

/// A zone that the alert's position is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AlertZone")]
pub struct ZoneRef {
    /// Zone id.
    pub id: String,
    /// Kind of zone.
    #[serde(default)]
    #[schemars(extend("enum" = ZoneKind::ALL.map(ZoneKind::word)))]
    pub kind: Term,
    /// State that the zone belongs to, ISO 3166-1 alpha-3; empty where it belongs to none.
    #[serde(default)]
    pub state: String,
    /// Name of the zone.
    #[serde(default)]
    pub name: String,
    /// Legal status, if stated.
    #[serde(default)]
    #[schemars(extend("enum" = words_or_null(ZoneRef::STATUSES)))]
    pub status: Option<String>,
}

impl ZoneRef {
    /// Legal statuses that a zone may have.
    pub const STATUSES: &[&str] = &["agreed", "claimed", "disputed", "derived"];
}

/// The place of an alert, in an officer's terms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "AlertPlace")]
pub struct Place {
    /// A named place nearby, if the gazetteer has one.
    pub from: Option<String>,
    /// Bearing from that place, degrees true.
    pub bearing_deg: Option<BearingDeg>,
    /// Distance from that place, nautical miles.
    pub distance_nm: Option<Miles>,
    /// Distance to the nearest coast, nautical miles.
    pub to_coast_nm: Option<Miles>,
}

/// A point of the trail; in JSON a list of time, longitude, latitude, and speed over ground in knots or null.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrailPoint {
    /// Report time.
    pub time: Time,
    /// Position.
    pub position: Position,
    /// Speed over ground, knots.
    pub sog_kn: Option<f64>,
}

/// The reports that the alert rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AlertEvidence")]
pub struct Evidence {
    /// Number of reports of the subjects since the onset.
    #[serde(default)]
    pub reports: u32,
    /// Time of the first of them.
    #[serde(with = "Rfc3339")]
    pub first: Time,
    /// Time of the last of them.
    #[serde(with = "Rfc3339")]
    pub last: Time,
    /// Feeds that brought them, sorted by name.
    #[serde(default)]
    pub feeds: Vec<String>,
    /// Points of the first subject's way from the onset on, thinned.
    #[serde(default)]
    pub trail: Vec<TrailPoint>,
}

impl Default for Evidence {
    fn default() -> Self {
        Evidence { reports: 0, first: Time(0), last: Time(0), feeds: Vec::new(), trail: Vec::new() }
    }
}

/// Size of a flood: alerts of one rule about what one feed reports, most of which have no alert of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AlertFlood")]
pub struct FloodCount {
    /// Number of alerts since the onset, with those that have an alert of their own.
    pub alerts: u32,
    /// Number of these that have an alert of their own.
    pub apart: u32,
    /// Distance from the alert's position within which all of them are, nautical miles.
    pub radius_nm: Miles,
    /// Time from the first to the newest, seconds.
    pub duration_s: Decimals<0>,
}

/// One event of an alert: everything but exercise, node, State and marking, which [`super::AlertMessage`] adds. In JSON these
/// are the properties of a Feature; `id` and `position` stand in the Feature itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlertEvent {
    /// UUID v5, frozen when first raised.
    #[serde(skip)]
    pub id: String,
    /// Position of the alert.
    #[serde(skip)]
    pub position: Position,
    /// Number of this event among the alert's, from 1.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub seq: u32,
    /// Name of the pattern.
    pub pattern: Term,
    /// Name of the rule.
    pub rule: String,
    /// Digest of the rule as in force.
    #[serde(default)]
    pub rules_hash: String,
    /// Version of rules and zones under which the alert was raised; empty where it is not known.
    #[serde(default)]
    pub rules_version: String,
    /// Phase of the alert's life.
    pub phase: Phase,
    /// Reason why the alert ended.
    #[serde(default, deserialize_with = "known_reason")]
    pub end_reason: Option<EndReason>,
    /// Severity that the rule gives; moderate where a severe rule finds what is nearly usual.
    #[serde(default)]
    pub severity: Severity,
    /// Certainty of the behaviour.
    #[serde(default)]
    pub certainty: Certainty,
    /// Whether the alert interrupts the officer, by severity and by what is usual, when the alert was raised; `quiet` becomes `interrupt` where the craft speeds up.
    #[serde(default)]
    pub attention: Attention,
    /// Frequency of such events here; null where nothing is learnt.
    #[serde(default)]
    pub usual: Option<Usual>,
    /// Time when the behaviour began.
    #[serde(with = "Rfc3339")]
    pub onset: Time,
    /// Event time of this event.
    #[serde(with = "Rfc3339")]
    pub time: Time,
    /// Time of the last report that still fulfilled the rule.
    #[serde(default, with = "OptionalTime")]
    pub ended: Option<Time>,
    /// Parties, in the order of their keys.
    #[schemars(length(min = 1))]
    pub subjects: Vec<Subject>,
    /// Zones that the position is in.
    #[serde(default)]
    pub zones: Vec<ZoneRef>,
    /// Place of the alert, in an officer's terms.
    #[serde(default)]
    pub place: Place,
    /// Conditions that could not be judged, in words.
    #[serde(default)]
    pub not_judged: Vec<String>,
    /// Incident that the alert belongs to: the id of its first alert.
    #[serde(default)]
    pub incident: Option<String>,
    /// Other incidents that have become part of `incident`; absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joins: Vec<String>,
    /// Size of the flood that the alert stands for; absent from other alerts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flood: Option<FloodCount>,
    /// Measured figures under the limits' names with their units, in the order of declaration.
    #[serde(default, with = "Measures")]
    pub measured: Vec<(String, Measure)>,
    /// Limits of the rule, likewise.
    #[serde(default, with = "Measures")]
    pub limits: Vec<(String, Measure)>,
    /// The sentence for the officer.
    #[serde(default)]
    pub summary: String,
    /// Reports that the alert rests on.
    #[serde(default)]
    pub evidence: Evidence,
}

/// A fact that the engine states.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// An alert was raised, updated or ended.
    Alert(Box<AlertEvent>),
    /// An alert event of another centre, with the incident that it belongs to here.
    Shared(Box<SharedAlert>),
}

impl Output {
    /// Returns the event.
    pub fn event(&self) -> &AlertEvent {
        match self {
            Output::Alert(event) => event,
            Output::Shared(alert) => &alert.message.event,
        }
    }

    /// Returns the event of this node's own alert.
    pub fn into_alert(self) -> Option<Box<AlertEvent>> {
        match self {
            Output::Alert(event) => Some(event),
            Output::Shared(_) => None,
        }
    }
}

/// Words for a schema in which null stands for no word.
fn words_or_null<'a>(words: &[&'a str]) -> Vec<Option<&'a str>> {
    words.iter().copied().map(Some).chain([None]).collect()
}
