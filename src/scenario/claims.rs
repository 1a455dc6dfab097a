//! False statements of a transponder: another number, another length, another kind of station, another position.

use serde::Deserialize;

use super::file::Expect;
use super::units::{Direction, Distance, Moment, Share};
use crate::model::Time;

/// `claims` of a vessel or a fleet: what its AIS says in an interval and is not so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// First moment; from the beginning where absent.
    pub from: Option<Moment>,
    /// The moment after the last; to the end where absent.
    pub to: Option<Moment>,
    /// Another MMSI: a default, a mistyped or a new one.
    pub mmsi: Option<u32>,
    /// Another name.
    pub name: Option<String>,
    /// Another length.
    pub length: Option<Distance>,
    /// Another kind of station.
    #[serde(rename = "as")]
    pub station: Option<Kind>,
    /// Positions aside of the true ones.
    pub moved: Option<Moved>,
    /// Share of the positions that leap by miles, as a receiver without a good fix gives.
    #[serde(default = "none")]
    pub glitches: Share,
    /// An alert is due.
    pub expect: Option<Expect>,
}

/// Kinds of station that a vessel may pretend to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A base station: type 4.
    BaseStation,
    /// An aid to navigation: type 21.
    Aid,
}

/// Distance and direction from the true positions to those sent.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Distance.
    pub by: Distance,
    /// Direction.
    pub towards: Direction,
}

impl Claim {
    /// Whether the claim is made at a moment; moments of the file are seen from `start`.
    pub fn holds(&self, now: Time, start: Time) -> bool {
        self.from.is_none_or(|from| now >= from.after(start))
            && self.to.is_none_or(|to| now < to.after(start))
    }
}

fn none() -> Share {
    Share(0.0)
}
