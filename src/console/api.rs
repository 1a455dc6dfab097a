//! Types of the JSON that `/api/v1` sends and takes. `docs/openapi.json` is made from them, and `console/src/api.ts` from that.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::openapi;
use super::region::{CentreInfo, CentreState, Lead, Offer};
use crate::model::{Mark, Outcome, Severity, Term};

/// Role of a user. A supervisor has the rights of all others, and everybody those of a viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Reads everything, changes nothing.
    Viewer,
    /// Tries rules on recordings and puts them into force; does not work on alerts.
    Analyst,
    /// Works on alerts.
    Officer,
    /// Takes over other officers' alerts, plays recordings, reads the truth of an exercise.
    Supervisor,
}

impl Role {
    /// Whether the role may change rules and zones.
    pub fn may_tune(self) -> bool {
        matches!(self, Role::Analyst | Role::Supervisor)
    }
}

/// A user who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    /// Name of the user.
    pub name: String,
    /// Role of the user.
    pub role: Role,
}

/// Source of the picture that a console shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The watch's own feeds.
    Live,
    /// An exercise on a broker.
    Exercise,
    /// A recording that is played.
    Replay,
}

/// Node and mode of this console, and the rights of the session.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    /// Name of the node.
    pub node: String,
    /// State of the node, ISO 3166-1 alpha-3.
    pub state: String,
    /// Version of the program.
    pub version: &'static str,
    /// Centres that share with one another, this one among them; empty where this node shares with nobody.
    pub centres: Vec<CentreInfo>,
    /// Source of the picture.
    pub mode: Mode,
    /// Name of the exercise; null for the real thing.
    #[schema(required)]
    pub exercise: Option<String>,
    /// Milliseconds UTC at which the first alert of the demonstration is due; null elsewhere: officers who train are not told.
    #[schema(required)]
    pub first_due: Option<i64>,
    /// Whether users are configured: then only this resource and `login` answer without a session.
    pub login_required: bool,
    /// User who is logged in; null where no users are configured: then every action names its officer.
    #[schema(required)]
    pub user: Option<User>,
    /// Role of this session.
    pub role: Role,
    /// Token to send back as the header `X-Vigie-Token` with every POST.
    pub token: String,
}

/// Name and password of a user who logs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Name of the user.
    pub name: String,
    /// Password of the user.
    pub password: String,
}

/// Position and motion of a track, as a list: place of the track in the picture, longitude, latitude (degrees WGS 84),
/// sog_kn, cog_deg, heading_deg, altitude_ft (null where not known), time (milliseconds UTC), flags.
///
/// Flags: the lowest three bits are the kind (0 vessel, 1 fixed, 2 aircraft, 3 distress, 4 net buoy), then 8 dark, 16 a radar
/// feeds the track, 32 the track states its identity, 64 lost, 128 an alert is open.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TrackRow(
    pub u32,
    pub f64,
    pub f64,
    pub Option<f64>,
    pub Option<f64>,
    pub Option<f64>,
    pub Option<f64>,
    pub i64,
    pub u16,
);

impl utoipa::PartialSchema for TrackRow {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        openapi::tuple("nnn????nn")
    }
}

impl ToSchema for TrackRow {}

/// A point of a track's trail, as a list: time (milliseconds UTC), longitude, latitude, sog_kn or null.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TrailRow(pub i64, pub f64, pub f64, pub Option<f64>);

impl utoipa::PartialSchema for TrailRow {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        openapi::tuple("nnn?")
    }
}

impl ToSchema for TrailRow {}

/// Identity of a track, and the other attributes that seldom change.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TrackAbout {
    /// Place of the track in the picture: another track's once `key` is another.
    pub id: u32,
    /// Subject key: `mmsi:…`, `icao:…`, `radar:…`. Alerts name their subjects by it.
    pub key: String,
    /// MMSI.
    #[schema(required)]
    pub mmsi: Option<u32>,
    /// IMO number.
    #[schema(required)]
    pub imo: Option<u32>,
    /// ICAO 24-bit address, six hexadecimal digits.
    #[schema(required)]
    pub icao: Option<String>,
    /// Name of the vessel.
    #[schema(required)]
    pub name: Option<String>,
    /// Call sign.
    #[schema(required)]
    pub call_sign: Option<String>,
    /// System track number of what radars found: two letters and three digits, unique on the watch.
    #[schema(required)]
    pub number: Option<String>,
    /// Label that the source of such a track gives to it.
    #[schema(required)]
    pub label: Option<String>,
    /// Ship type, in the words of alerts.
    #[schema(required)]
    pub ship_type: Option<&'static str>,
    /// Length, metres.
    #[schema(required)]
    pub length_m: Option<u16>,
    /// Flag State, ISO 3166-1 alpha-3.
    #[schema(required)]
    pub flag: Option<&'static str>,
    /// Navigational status, in the words of ITU-R M.1371-5 table 48.
    #[schema(required)]
    pub nav_status: Option<&'static str>,
    /// Destination as typed in by the crew.
    #[schema(required)]
    pub destination: Option<String>,
    /// Estimated time of arrival as AIS sends it, without a year: month-day, and the time of day where given, UTC.
    #[schema(required)]
    pub eta: Option<String>,
    /// Draught, metres.
    #[schema(required)]
    pub draught_m: Option<f32>,
    /// Larger extent as a sensor sees it, metres.
    #[schema(required)]
    pub size_m: Option<f64>,
    /// Position accuracy flag as sent on AIS: 10 m or better (ITU-R M.1371-5 table 48). False also where no flag was sent.
    pub accurate: bool,
    /// Mode 3/A code of an aircraft.
    #[schema(required)]
    pub squawk: Option<String>,
    /// Kinds of sensor that see the track: `ais`, `radar`, `ais+radar`, `adsb` …
    pub source: &'static str,
    /// Feeds that lately brought reports of the track.
    pub feeds: Vec<String>,
    /// Time of the first report, milliseconds UTC.
    pub first_heard: i64,
}

/// Changes of the picture in one second, or all of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PictureFrame<'a> {
    /// Number of the frame, counting up by one.
    pub seq: u64,
    /// Event time (the newest report of any feed), milliseconds; 0 where nothing was heard yet.
    pub now: i64,
    /// Whether the frame has all tracks, and not only those that changed.
    pub full: bool,
    /// Tracks that moved.
    pub tracks: Vec<TrackRow>,
    /// Tracks that are new, or whose identity changed.
    #[schema(value_type = Vec<TrackAbout>)]
    pub about: Vec<&'a TrackAbout>,
    /// Places of tracks that were deleted.
    pub gone: Vec<u32>,
}

/// An officer and a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Done {
    /// Name of the officer.
    pub by: String,
    /// Time, milliseconds UTC.
    pub time: i64,
}

/// Assignment of an alert to an officer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Assigned {
    /// Name of the officer who works on the alert.
    pub to: String,
    /// Name of the officer who assigned it.
    pub by: String,
    /// Time, milliseconds UTC.
    pub time: i64,
}

/// Closing of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Closed {
    /// Outcome of the alert.
    #[schema(schema_with = openapi::outcome)]
    pub outcome: Outcome,
    /// Remark of the officer.
    #[schema(required)]
    pub text: Option<String>,
    /// Name of the officer.
    pub by: String,
    /// Time, milliseconds UTC.
    pub time: i64,
}

/// A comment on an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Comment {
    /// Text of the comment.
    pub text: String,
    /// Name of the officer.
    pub by: String,
    /// Centre of the officer; null for this node's own.
    #[schema(required)]
    pub centre: Option<String>,
    /// Time, milliseconds UTC.
    pub time: i64,
}

/// A row of the queue: an alert, and the actions of officers on it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertRow {
    /// Short number of the alert, for speech.
    pub number: u32,
    /// Newest event, `vigie.alert/1`.
    #[schema(schema_with = openapi::alert)]
    pub alert: Box<RawValue>,
    /// Time of arrival at the watch by this machine's clock, milliseconds UTC.
    pub raised: i64,
    /// First acknowledgement.
    #[schema(required)]
    pub acknowledged: Option<Done>,
    /// Officer who works on the alert: a claim keeps two officers from doing so.
    #[schema(required)]
    pub assigned: Option<Assigned>,
    /// Muting of the alert's sound for this occurrence.
    #[schema(required)]
    pub muted: Option<Done>,
    /// Closing, until the alert is reopened.
    #[schema(required)]
    pub closed: Option<Closed>,
    /// Comments of officers, oldest first.
    pub comments: Vec<Comment>,
    /// Incident that the alert belongs to; its own id while it stands alone.
    pub incident: String,
    /// Name of the centre that raised the alert; null for this node's own.
    #[schema(required)]
    pub from: Option<String>,
    /// Centre that leads the incident; null where this node shares with nobody.
    #[schema(required)]
    pub lead: Option<Lead>,
    /// Newest offer of the lead; null once it is accepted.
    #[schema(required)]
    pub offer: Option<Offer>,
    /// Name of the centre in whose area the alert is now; null where it is in nobody's.
    #[schema(required)]
    pub area: Option<String>,
    /// Receipts and actions of other centres.
    pub centres: Vec<CentreState>,
    /// Whether nobody acknowledged the alert within the time of its severity.
    pub escalated: bool,
    /// Whether the alert is on hold: kept beyond its retention time.
    pub held: bool,
    /// Onset and id of the alert: the first of an incident decides whose area it is in.
    #[serde(skip)]
    pub(super) begins: (i64, String),
    /// Centre in whose area the alert was first.
    #[serde(skip)]
    pub(super) first_area: Option<String>,
    #[serde(skip)]
    pub(super) id: String,
    #[serde(skip)]
    pub(super) severity: Severity,
    /// Whether the alert waits in the quiet list.
    #[serde(skip)]
    pub(super) quiet: bool,
    #[serde(skip)]
    pub(super) ended: bool,
    #[serde(skip)]
    pub(super) seq: u32,
    /// First event of the alert, as published.
    #[serde(skip)]
    pub(super) first: std::sync::Arc<str>,
}

/// A silence: only extreme alerts about a subject are raised until it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Silence {
    /// Subject key.
    pub subject: String,
    /// Name of the subject, for officers.
    pub name: String,
    /// Time at which the silence began, milliseconds UTC.
    pub since: i64,
    /// Time at which the silence ends, milliseconds UTC.
    pub until: i64,
    /// Name of the officer.
    pub by: String,
}

/// A mark that an officer put on the picture.
#[derive(Clone, Debug, Serialize)]
pub struct Marked {
    /// The mark.
    #[serde(flatten)]
    pub mark: Mark,
    /// Name of the officer.
    pub by: String,
    /// Time, milliseconds UTC.
    pub time: i64,
    /// Centre that put the mark on the picture; null for this one.
    pub centre: Option<String>,
}

impl utoipa::PartialSchema for Marked {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        openapi::with_officer("Mark")
    }
}

impl ToSchema for Marked {}

/// Kind of a line of the watch log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogKind {
    /// An event of an alert.
    Alert,
    /// An officer's action.
    Action,
    /// A change of the configuration in force.
    Change,
}

/// A line of the watch log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LogLine {
    /// Time, milliseconds UTC.
    pub time: i64,
    /// Kind of the line.
    pub what: LogKind,
    /// Name of the officer, of an action.
    #[schema(required)]
    pub by: Option<String>,
    /// Id of the alert.
    #[schema(required)]
    pub alert: Option<String>,
    /// Short number of the alert.
    #[schema(required)]
    pub number: Option<u32>,
    /// Text of the line.
    pub text: String,
}

/// A track or an alert that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Found {
    /// A track.
    Track {
        /// Place of the track in the picture.
        id: u32,
        /// Subject key of the track.
        key: String,
        /// Name and number, for people.
        label: String,
    },
    /// An alert.
    Alert {
        /// Id of the alert.
        id: String,
        /// Short number, for people.
        label: String,
    },
}

/// A moment of the last half hour.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RewindFrame {
    /// Event time, milliseconds UTC.
    pub now: i64,
    /// Rows that changed since the frame before.
    pub tracks: Vec<TrackRow>,
    /// Places of tracks that were deleted.
    pub gone: Vec<u32>,
}

/// The last half hour of the picture.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rewind {
    /// Frames, oldest first.
    pub frames: Vec<RewindFrame>,
}

/// An error.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Failure {
    /// Description of the error, and how to mend it.
    pub error: String,
}

/// Confirmation that an action was accepted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// Number of actions that the request became: one an alert.
    pub taken: usize,
}

/// State of the player of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PlayerState {
    /// Name of the recording.
    pub recording: String,
    /// First moment of the recording, milliseconds UTC.
    pub from: i64,
    /// Last moment of the recording, as far as it has been scanned, milliseconds UTC.
    pub until: i64,
    /// Moment that is shown, milliseconds UTC.
    pub now: i64,
    /// Whether the recording is running.
    pub playing: bool,
    /// Speed in times of real time; null: as fast as the machine allows.
    #[schema(required)]
    pub speed: Option<f64>,
    /// Whether the recording begins again at its end.
    #[serde(rename = "loop")]
    pub repeats: bool,
    /// Alerts of the whole recording, as far as it has been scanned.
    pub marks: Vec<TimelineMark>,
    /// Share of the recording that has been scanned, 0 to 1.
    pub looked: f64,
    /// Feeds that the director of an exercise has made fail.
    pub failed: Vec<String>,
    /// Nodes that follow the director; empty where the recording is played for this console alone.
    pub nodes: Vec<FollowingNode>,
    /// Feeds of the configuration: what the director may send messages to.
    pub feeds: Vec<PlayerFeed>,
}

/// A node of an exercise that a director leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FollowingNode {
    /// Name of the node.
    pub name: String,
    /// Whether its broker takes messages; the exercise waits for one that does not.
    pub up: bool,
}

/// A feed as the director of an exercise chooses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlayerFeed {
    /// Name of the feed.
    pub name: String,
    /// Topics of the feed; `+` and `#` stand for any levels.
    pub topics: Vec<String>,
    /// Format of the messages.
    pub format: String,
}

/// An alert on the timeline of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TimelineMark {
    /// Time at which the alert was raised, milliseconds UTC.
    pub time: i64,
    /// Id of the alert.
    pub id: String,
    /// Severity of the alert.
    #[schema(schema_with = openapi::severity)]
    pub severity: Severity,
    /// Name of the pattern.
    #[schema(value_type = String)]
    pub pattern: Term,
    /// Short number of the alert.
    pub number: u32,
}

/// A command to the player.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PlayerCommand {
    /// Starts the recording.
    Play,
    /// Halts the recording.
    Pause,
    /// Sets the speed.
    Speed {
        /// Speed in times of real time; null: as fast as the machine allows.
        #[schema(required)]
        speed: Option<f64>,
    },
    /// Moves to another moment.
    Seek {
        /// Moment to show, milliseconds UTC.
        to: i64,
    },
    /// Sets whether the recording begins again at its end.
    Loop {
        /// Whether the recording begins again at its end.
        #[serde(rename = "loop")]
        repeats: bool,
    },
    /// Injects a message of the exercise's director.
    Inject {
        /// Topic of a feed.
        topic: String,
        /// Payload of the message.
        payload: String,
    },
    /// Makes a feed fail, or work again.
    Fail {
        /// Name of the feed.
        feed: String,
        /// Whether the feed fails.
        failed: bool,
    },
}
