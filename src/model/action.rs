//! What officers do.

use serde::{Deserialize, Serialize};

use super::{Span, Time};

/// An officer's action, from `vigie/<node>/actions/<id>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// When, in event time.
    pub time: Time,
    /// Who.
    pub by: String,
    /// What.
    pub kind: ActionKind,
}

/// The actions there are.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionKind {
    /// On an alert.
    Alert {
        /// Its id.
        alert: String,
        /// What was done.
        deed: Deed,
    },
    /// No alert about this subject for what it does until then.
    Silence {
        /// Subject key, `mmsi:314001000`.
        subject: String,
        /// How long from `time` on.
        lasting: Span,
    },
    /// Something is put on the picture, or changed there: shown, and judged by no pattern.
    Mark(Box<Mark>),
    /// It is taken away.
    Unmark {
        /// Its id.
        mark: String,
    },
    /// A line of the watch log.
    Log {
        /// In words.
        text: String,
    },
}

/// What is done to an alert. The engine knows of none of it: what is judged does not depend on who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Seen and taken on.
    Acknowledge,
    /// Somebody's to work on.
    Assign {
        /// Whose.
        to: String,
        /// What he should know.
        text: Option<String>,
    },
    /// Something about it.
    Comment {
        /// In words.
        text: String,
    },
    /// It makes no sound as long as it lasts.
    Mute,
    /// Done with.
    Close {
        /// What came of it.
        outcome: Outcome,
        /// In words.
        text: Option<String>,
    },
    /// Not done with after all.
    Reopen,
    /// It is a case's, and kept beyond its time; or no longer.
    Hold {
        /// Whether it is held.
        held: bool,
    },
    /// The coordination channel has this event of it.
    Received {
        /// The event's number.
        seq: u32,
    },
}

/// What came of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was what it said.
    Confirmed,
    /// It was not.
    FalseAlarm,
    /// Nobody could be sent.
    NoResource,
    /// It was not found again.
    LostContact,
    /// It was, and may.
    Lawful,
    /// None of these.
    Other,
}

impl Outcome {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Confirmed => "confirmed",
            Outcome::FalseAlarm => "false-alarm",
            Outcome::NoResource => "no-resource",
            Outcome::LostContact => "lost-contact",
            Outcome::Lawful => "lawful",
            Outcome::Other => "other",
        }
    }
}

/// What officers put on the picture: a contact that somebody called in, a name for a known craft, a unit of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The sender's choice.
    pub id: String,
    /// What it is.
    pub kind: MarkKind,
    /// What to call it.
    pub name: String,
    /// What is to be known of it.
    #[serde(default)]
    pub text: Option<String>,
    /// Longitude and latitude, degrees, WGS 84: of a contact, and of a unit without a track.
    #[serde(default)]
    pub position: Option<[f64; 2]>,
    /// Degrees true.
    #[serde(default)]
    pub cog_deg: Option<f64>,
    /// Knots.
    #[serde(default)]
    pub sog_kn: Option<f64>,
    /// The subject key of what a tag or a unit is about.
    #[serde(default)]
    pub track: Option<String>,
    /// What a unit can make, knots.
    #[serde(default)]
    pub top_speed_kn: Option<f64>,
}

/// What a mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// No sensor sees it: a fisherman's call.
    Contact,
    /// A craft that the watch knows.
    Tag,
    /// An own unit.
    Unit,
}
