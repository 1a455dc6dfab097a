//! Actions of officers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SharedList, Span, Time};

/// An officer's action, from `vigie/<node>/actions/<id>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Event time of the action.
    pub time: Time,
    /// Name of the officer.
    pub by: String,
    /// Centre of the officer; `None` for this node's own officers.
    pub centre: Option<String>,
    /// Kind of action.
    pub kind: ActionKind,
}

/// The way by which an action came to this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This node's own console: the node publishes the action for other centres.
    Console,
    /// A message on the broker: whoever sent it has published it there, and other centres read another broker.
    Message,
    /// The active node of two, of which this one is the standby: the active node publishes it where that is needed.
    ActiveNode,
    /// This node itself, which has received another centre's alert: the action goes to centres alone.
    Receipt,
}

/// Kinds of actions.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionKind {
    /// An action on an alert.
    Alert {
        /// Id of the alert.
        alert: String,
        /// Deed on the alert.
        deed: Deed,
    },
    /// Silence about a subject: no alert about its behaviour until the time is over.
    Silence {
        /// Subject key, `mmsi:314001000`.
        subject: String,
        /// Length of the silence from `time` on.
        lasting: Span,
    },
    /// A mark that is put on the picture, or changed there: shown, and judged by no pattern.
    Mark(Box<Mark>),
    /// Removal of a mark.
    Unmark {
        /// Id of the mark.
        mark: String,
    },
    /// Part of a list of vessels that another centre shared: shown under the name of that centre, and judged by no rule.
    Listed(Box<SharedList>),
    /// A line of the watch log.
    Log {
        /// Text of the line.
        text: String,
    },
}

/// Deeds of officers on an alert. The engine knows none of them: judgement does not depend on who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The officer has seen the alert and takes it on.
    Acknowledge,
    /// The alert is given to an officer to work on.
    Assign {
        /// Name of that officer.
        to: String,
        /// Remark for that officer.
        text: Option<String>,
    },
    /// A comment.
    Comment {
        /// Text of the comment.
        text: String,
    },
    /// The alert makes no sound as long as it lasts.
    Mute,
    /// The alert is done with.
    Close {
        /// Outcome of the alert.
        outcome: Outcome,
        /// Remark on the outcome.
        text: Option<String>,
    },
    /// The alert is not done with after all.
    Reopen,
    /// The alert is put on hold (kept beyond its retention time), or released.
    Hold {
        /// Whether the alert is on hold.
        held: bool,
    },
    /// The coordination channel, or another centre, confirms an event of the alert.
    Received {
        /// Number of the event.
        seq: u32,
    },
    /// The lead of the alert's incident is offered to another centre.
    Offer {
        /// Name of that centre.
        to: String,
        /// Remark for that centre.
        text: Option<String>,
    },
    /// The centre accepts the lead that was offered.
    Accept,
    /// The centre refuses the lead that was offered.
    Refuse {
        /// Reason of the refusal.
        text: Option<String>,
    },
    /// The centre takes the lead of the alert's incident without an offer.
    Take {
        /// Reason.
        text: Option<String>,
    },
    /// The alert goes to a centre, whatever the sharing policy says.
    Disclose {
        /// Name of that centre.
        to: String,
        /// Reason of the officer.
        text: String,
    },
    /// The alert does not go to a centre, whatever the sharing policy says.
    Withhold {
        /// Name of that centre.
        to: String,
        /// Reason of the officer.
        text: String,
    },
}

impl Deed {
    /// Whether the deed is about the lead of an incident.
    pub fn is_of_lead(&self) -> bool {
        matches!(self, Deed::Offer { .. } | Deed::Accept | Deed::Refuse { .. } | Deed::Take { .. })
    }
}

/// Outcome of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The behaviour was as the alert said.
    Confirmed,
    /// The behaviour was not as the alert said.
    FalseAlarm,
    /// Nobody could be sent.
    NoResource,
    /// The subject was not found again.
    LostContact,
    /// The behaviour was as the alert said, and is allowed.
    Lawful,
    /// None of these.
    Other,
}

impl Outcome {
    /// Returns the word in messages.
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

/// A mark that officers put on the picture: a contact that somebody called in, a name for a known craft, an own unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Id of the mark, which the sender chooses.
    pub id: String,
    /// Kind of mark.
    pub kind: MarkKind,
    /// Name of the mark.
    pub name: String,
    /// Remark.
    #[serde(default)]
    pub text: Option<String>,
    /// Longitude and latitude, degrees WGS 84: of a contact, and of a unit without a track.
    #[serde(default)]
    pub position: Option<[f64; 2]>,
    /// Course over ground, degrees true.
    #[serde(default)]
    pub cog_deg: Option<f64>,
    /// Speed over ground, knots.
    #[serde(default)]
    pub sog_kn: Option<f64>,
    /// Subject key of the track that a tag or a unit is about.
    #[serde(default)]
    pub track: Option<String>,
    /// Best speed of a unit, knots.
    #[serde(default)]
    pub top_speed_kn: Option<f64>,
    /// Protective marking; null: that of `[sharing] unmarked`.
    #[serde(default)]
    pub marking: Option<String>,
    /// States, bodies, centres and communities that the mark may be released to, besides the own State; null: those of
    /// `[sharing] marks_releasable_to`.
    #[serde(default)]
    pub releasable_to: Option<Vec<String>>,
}

/// Kinds of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// A contact that no sensor sees: a fisherman's call.
    Contact,
    /// A craft that the watch knows.
    Tag,
    /// An own unit.
    Unit,
}
