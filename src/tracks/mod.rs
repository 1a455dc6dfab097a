//! Tracks: what is known of each thing that moves, kept in one store and indexed by identity and by place.
//!
//! A [`Track`] is one vessel, aircraft or station, whoever reports it: AIS, ADS-B or radars. [`Tracks`] holds them in slots
//! and names them by [`TrackId`]. How radar detections become tracks is the business of
//! [`tracking`](crate::tracking); how reports become tracks is that of [`picture`](crate::picture).

mod aircraft;
mod cadence;
mod changes;
mod eviction;
mod feeds;
mod fix;
mod grid;
mod history;
mod identity;
mod made_good;
mod newcomers;
mod numbers;
mod past_way;
mod receipts;
mod saved;
mod sender;
mod size;
mod store;
mod track;

pub use aircraft::{BAD_NAC_P, BAD_NIC, Flight, GOOD_NAC_P, GOOD_NIC};
pub use cadence::Cadence;
pub use changes::Changes;
pub use eviction::Holders;
pub use feeds::Feeds;
pub use fix::Fix;
pub use grid::Grid;
pub use history::{End, History, Point};
pub use identity::{Identity, Signs};
pub use made_good::MadeGood;
pub use newcomers::Newcomers;
pub use numbers::{TrackNumber, TrackNumbers};
pub use receipts::{Heard, RECEIPTS};
pub use sender::Sender;
pub use store::{Bounds, Tracks, key_of};
pub use track::layout_1::{RuleMarks, TrackBefore};
pub use track::layout_2::TrackInLayout2;
pub use track::{Kind, Origin, Track};

use crate::model::TrackId;

/// Change that a report made to the tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// No change that a rule looks at.
    None,
    /// The track was heard, without a position that moves it.
    Heard(TrackId),
    /// The report repeats a transmission that another station had received.
    Repeat,
    /// The report is older than its track's newest: it goes into the history alone.
    Late,
    /// The track has a new position.
    Moved(TrackId),
    /// The track has new static data.
    Identity(TrackId),
    /// The track has a new position and new static data.
    MovedAndIdentity(TrackId),
}
