//! Layout of a saved track before there was a sign for stations that make way, and before radars told its size.

use serde::Deserialize;

use super::{Fix, Kind, MadeGood, Origin, Radars, SENT, Signs, Stations, Track, ZoneSet};
use crate::model::{Icao, Mmsi, NavStatus, Position, Time, TrackId, TransponderClass};

/// Signs in layouts 1 and 2: one byte.
#[derive(Deserialize)]
pub struct SignsBefore(u8);

impl From<SignsBefore> for Signs {
    fn from(before: SignsBefore) -> Signs {
        Signs(u16::from(before.0))
    }
}

/// What a saved track begins with in layouts 1 and 2.
#[derive(Deserialize)]
pub struct TrackHead {
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
}

/// A track in layout 2.
#[derive(Deserialize)]
pub struct TrackInLayout2 {
    pub(super) head: TrackHead,
    pub(super) heard: Stations,
    pub(super) sent: [(u32, u32); SENT],
    pub(super) sent_at: u8,
}

impl From<TrackInLayout2> for Track {
    fn from(TrackInLayout2 { head: before, heard, sent, sent_at }: TrackInLayout2) -> Track {
        Track {
            mmsi: before.mmsi,
            icao: before.icao,
            origin: before.origin,
            sensed: before.sensed,
            split_at: before.split_at,
            next_same: before.next_same,
            answers: before.answers,
            tentative: before.tentative,
            consistent: before.consistent,
            kind: before.kind,
            odd_identity: before.odd_identity,
            sailed: before.sailed,
            ways: 0,
            seen_m: 0,
            signs: before.signs.into(),
            class: before.class,
            nav_status: before.nav_status,
            fix: before.fix,
            previous: before.previous,
            first_heard: before.first_heard,
            last_heard: before.last_heard,
            reports: before.reports,
            interval_s: before.interval_s,
            top_tenths: before.top_tenths,
            made_good: MadeGood::default(),
            is_among_carried: false,
            zones: before.zones,
            zones_at: before.zones_at,
            zones_safe_m: before.zones_safe_m,
            stations: heard,
            radars: Radars::default(),
            sent,
            sent_at,
        }
    }
}
