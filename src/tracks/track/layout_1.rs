//! Layout of a saved track before the rules' bookkeeping left it.

use serde::Deserialize;

use super::layout_2::SignsBefore;
use super::{Fix, Heard, Kind, Origin, RECEIPTS, SENT, Track, ZoneSet};
use crate::model::{Icao, Mmsi, NavStatus, Position, Time, TrackId, TransponderClass};

/// Bookkeeping of the rules for one track.
pub struct RuleMarks {
    /// Rules whose `who` the track fulfils.
    pub about: u128,
    /// Rules that hold state on the track.
    pub engaged: u128,
    /// Rules that wait for a deadline of the track.
    pub armed: u128,
    /// Whether deadlines of the track wait for a slow feed.
    pub awaited: bool,
    /// Whether `about` is up to date.
    pub assessed: bool,
}

/// A track in layout 1.
#[derive(Deserialize)]
pub struct TrackBefore {
    mmsi: Mmsi,
    icao: Option<Icao>,
    origin: Origin,
    sensed: u8,
    split_at: Option<Time>,
    #[serde(with = "crate::model::ids::optional_track")]
    next_same: Option<TrackId>,
    answers: bool,
    tentative: bool,
    consistent: u8,
    kind: Kind,
    odd_identity: bool,
    sailed: bool,
    signs: SignsBefore,
    class: TransponderClass,
    nav_status: Option<NavStatus>,
    fix: Fix,
    previous: (Time, Position),
    first_heard: Time,
    last_heard: Time,
    reports: u32,
    interval_s: f32,
    top_tenths: u16,
    zones: ZoneSet,
    zones_at: Position,
    zones_safe_m: f32,
    about: u128,
    engaged: u128,
    armed: u128,
    awaited: bool,
    assessed: bool,
    #[expect(dead_code, reason = "read to get past it: the alert book counts")]
    alerts: u16,
    heard: [Heard; RECEIPTS],
    sent: [(u32, u32); SENT],
    sent_at: u8,
}

impl TrackBefore {
    /// Returns the track, and the bookkeeping that stood in it.
    pub fn split(self) -> (Track, RuleMarks) {
        let TrackBefore { about, engaged, armed, awaited, assessed, .. } = self;
        let marks = RuleMarks { about, engaged, armed, awaited, assessed };
        let track = Track {
            mmsi: self.mmsi,
            icao: self.icao,
            origin: self.origin,
            sensed: self.sensed,
            split_at: self.split_at,
            next_same: self.next_same,
            answers: self.answers,
            tentative: self.tentative,
            consistent: self.consistent,
            kind: self.kind,
            odd_identity: self.odd_identity,
            sailed: self.sailed,
            ways: 0,
            seen_m: 0,
            signs: self.signs.into(),
            class: self.class,
            nav_status: self.nav_status,
            fix: self.fix,
            previous: self.previous,
            first_heard: self.first_heard,
            last_heard: self.last_heard,
            reports: self.reports,
            interval_s: self.interval_s,
            top_tenths: self.top_tenths,
            zones: self.zones,
            zones_at: self.zones_at,
            zones_safe_m: self.zones_safe_m,
            heard: self.heard,
            sent: self.sent,
            sent_at: self.sent_at,
        };
        (track, marks)
    }
}
