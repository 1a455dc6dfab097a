//! What the server says and takes: the shapes of `/api/v1`, from which its description is made. `console/src/api.ts` is the
//! same for the page.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::model::{Mark, Outcome, Severity};

/// What a user may do; each may what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Works on alerts.
    Officer,
    /// Takes over others' alerts, plays recordings, sees what was really so.
    Supervisor,
}

/// Who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    /// Name.
    pub name: String,
    /// What he may.
    pub role: Role,
}

/// What this console is of, and who looks at it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    /// The node.
    pub node: String,
    /// Its State, ISO 3166-1 alpha-3.
    pub state: String,
    /// Of the program.
    pub version: &'static str,
    /// `live`, `exercise` or `replay`.
    pub mode: &'static str,
    /// The exercise's name; null for the real thing.
    pub exercise: Option<String>,
    /// Nothing but this and `login` answers without one.
    pub login_required: bool,
    /// Who is logged in.
    pub user: Option<User>,
    /// What this session may do.
    pub role: Role,
    /// To be sent back as the header `X-Vigie-Token` with every POST.
    pub token: String,
}

/// A log-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Name.
    pub name: String,
    /// Password.
    pub password: String,
}

/// Where a track is and how it moves, in the order that [`PictureFrame::tracks`] says.
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

/// Who a track is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs)] // the words of an alert's subject
pub struct TrackAbout {
    /// Its place in the picture: another track's once `key` is another.
    pub id: u32,
    /// Subject key.
    pub key: String,
    pub mmsi: Option<u32>,
    pub imo: Option<u32>,
    pub icao: Option<String>,
    pub name: Option<String>,
    pub call_sign: Option<String>,
    pub ship_type: Option<&'static str>,
    pub length_m: Option<u16>,
    pub flag: Option<&'static str>,
    pub nav_status: Option<&'static str>,
    pub squawk: Option<String>,
    pub source: &'static str,
    pub feeds: Vec<String>,
    pub first_heard: i64,
}

/// What of the picture changed in a second, or all of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PictureFrame<'a> {
    /// Counts up by one.
    pub seq: u64,
    /// Event time, ms; 0 where nothing was heard yet.
    pub now: i64,
    /// All tracks.
    pub full: bool,
    /// Tracks that moved: `[id, lon, lat, sog_kn, cog_deg, heading_deg, altitude_ft, time, flags]`, degrees WGS 84,
    /// milliseconds UTC; null where not known. Flags: the lowest three bits are the kind (0 vessel, 1 fixed, 2 aircraft,
    /// 3 distress, 4 net buoy), then 8 dark, 16 a radar feeds it, 32 it says who it is, 64 lost, 128 an alert is open.
    #[schema(value_type = Vec<Vec<Option<f64>>>)]
    pub tracks: Vec<TrackRow>,
    /// Who those are that are new or changed.
    #[schema(value_type = Vec<TrackAbout>)]
    pub about: Vec<&'a TrackAbout>,
    /// Tracks that are no more.
    pub gone: Vec<u32>,
}

/// Somebody did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Done {
    /// Who.
    pub by: String,
    /// When, ms.
    pub time: i64,
}

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Assigned {
    /// Whose it is.
    pub to: String,
    /// Who said so.
    pub by: String,
    /// When, ms.
    pub time: i64,
}

/// An outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Closed {
    /// What came of it.
    #[schema(value_type = String)]
    pub outcome: Outcome,
    /// In words.
    pub text: Option<String>,
    /// Who.
    pub by: String,
    /// When, ms.
    pub time: i64,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Comment {
    /// In words.
    pub text: String,
    /// Who.
    pub by: String,
    /// When, ms.
    pub time: i64,
}

/// A row of the queue: an alert, and what officers did about it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertRow {
    /// Short and spoken.
    pub number: u32,
    /// The newest event, `vigie.alert/1`.
    #[schema(value_type = Object)]
    pub alert: Box<RawValue>,
    /// When it came, ms by this machine's clock.
    pub raised: i64,
    /// Seen and taken on.
    pub acknowledged: Option<Done>,
    /// Somebody's.
    pub assigned: Option<Assigned>,
    /// Silent for this occurrence.
    pub muted: Option<Done>,
    /// Done with.
    pub closed: Option<Closed>,
    /// What officers said, oldest first.
    pub comments: Vec<Comment>,
    /// Nobody acknowledged it in its severity's time.
    pub escalated: bool,
    /// A case's.
    pub held: bool,
    #[serde(skip)]
    pub(super) id: String,
    #[serde(skip)]
    pub(super) severity: Severity,
    #[serde(skip)]
    pub(super) ended: bool,
    #[serde(skip)]
    pub(super) seq: u32,
    /// Its first event, as it was published.
    #[serde(skip)]
    pub(super) first: std::sync::Arc<str>,
}

/// What officers put on the picture, and who did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Marked {
    /// It.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub mark: Mark,
    /// Who.
    pub by: String,
    /// When, ms.
    pub time: i64,
}

/// A line of the watch log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LogLine {
    /// When, ms.
    pub time: i64,
    /// `alert`, `action` or `change`.
    pub what: &'static str,
    /// Who, of an action.
    pub by: Option<String>,
    /// The alert's id.
    pub alert: Option<String>,
    /// Its number.
    pub number: Option<u32>,
    /// In words.
    pub text: String,
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Found {
    Track { id: u32, key: String, label: String },
    Alert { id: String, label: String },
}

/// A piece of the last half hour.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RewindFrame {
    /// Event time, ms.
    pub now: i64,
    /// Rows that changed since the frame before, as in a picture frame.
    #[schema(value_type = Vec<Vec<Option<f64>>>)]
    pub tracks: Vec<TrackRow>,
    /// Tracks that are no more.
    pub gone: Vec<u32>,
}

/// The last half hour.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rewind {
    /// Oldest first.
    pub frames: Vec<RewindFrame>,
}

/// Every error.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Failure {
    /// What is wrong, and how to mend it.
    pub error: String,
}

/// That an action was taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// How many actions it became: one an alert.
    pub taken: usize,
}

/// How a recording is being played.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PlayerState {
    /// What is played.
    pub recording: String,
    /// Its first moment, ms.
    pub from: i64,
    /// Its last, as far as it was looked at.
    pub until: i64,
    /// The moment that is shown.
    pub now: i64,
    /// It goes on.
    pub playing: bool,
    /// Times real time; null: as fast as it goes.
    pub speed: Option<f64>,
    /// It begins anew at its end.
    #[serde(rename = "loop")]
    pub repeats: bool,
    /// Alerts of the whole recording, as far as it was looked at.
    pub marks: Vec<TimelineMark>,
    /// Share of it that was looked at.
    pub looked: f64,
    /// Feeds that the director has made fail.
    pub failed: Vec<String>,
}

/// An alert on the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct TimelineMark {
    pub time: i64,
    pub id: String,
    pub severity: &'static str,
    #[schema(value_type = String)]
    pub pattern: crate::model::Term,
    pub number: u32,
}

/// What a player is told.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum PlayerCommand {
    Play,
    Pause,
    /// Times real time, or null for as fast as it goes.
    Speed {
        speed: Option<f64>,
    },
    /// To a moment, ms.
    Seek {
        to: i64,
    },
    Loop {
        #[serde(rename = "loop")]
        repeats: bool,
    },
    /// The director puts a message in, on a feed's topic.
    Inject {
        topic: String,
        payload: String,
    },
    /// The director makes a feed fail, or work again.
    Fail {
        feed: String,
        failed: bool,
    },
}
