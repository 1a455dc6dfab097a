//! Types that all other modules use: time, position, identifiers, reports, zones, rules, alerts.
//!
//! No type here reads a file, a topic or a clock.

mod action;
mod aircraft;
mod alert;
mod alert_json;
mod alert_message;
mod call_sign;
mod centre;
mod contact;
mod geography;
mod icao;
mod ident;
pub mod ids;
mod limit;
mod mid;
mod position;
mod quantity;
mod reason;
mod report;
mod rule;
pub mod saved;
mod shared;
mod text;
mod time;
mod units;
pub mod word;

pub use action::{Action, ActionKind, Deed, Mark, MarkKind, Origin, Outcome};
pub use aircraft::{AirSource, AircraftReport, Emergency, Squawk};
pub use alert::{
    AlertEvent, Attention, Certainty, EndReason, Evidence, Feet, FloodCount, Formerly, Knots, Measure,
    Metres, Output, Phase, Place, Severity, Subject, Term, TrailPoint, Usual, ZoneRef,
};
pub use alert_json::Decimals;
pub use alert_message::AlertMessage;
pub use call_sign::{same_sovereign, state_of_call_sign};
pub use centre::{Centre, Centres, Community, Owner, PublicKey};
pub use contact::{Accuracy, Contact, ContactStatus, Domain, Radar};
pub use geography::{Geography, NamedPlace, Opening, Zone, ZoneKind};
pub use icao::Icao;
pub use ident::{Feed, Imo, Mmsi, MmsiKind};
pub use ids::{FeedId, RuleId, SensorId, SensorTrackId, StationId, StationKey, TrackId, ZoneId};
pub use limit::{Bound, Choice, Limit, LimitKey, LimitKind, LimitType, LimitValue, Limits, Order, Words};
pub use mid::flag_of_mid;
pub use position::Position;
pub use quantity::{Quantity, QuantityError};
pub use reason::Reason;
pub use report::{
    Body, Dimensions, Eta, FixedReport, Input, Kinematics, NavStatus, PositionReport, Report, SafetyText,
    ShipType, StaticReport, TransponderClass,
};
pub use rule::{ListEntry, ListMarking, Rule, Selector, UntilLearnt, VesselList, Who};
pub use shared::{SharedAlert, SharedEntry, SharedList, centre_of, key_here, key_of};
pub use text::Text;
pub use time::{Span, Time};
pub use units::{Angle, Height, KN_MS, Length, NM_M, Speed, Unit};
