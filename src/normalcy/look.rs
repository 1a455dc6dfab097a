//! Looks at tracks: what the model learns of one, once in ten minutes, and the observation that a finding is.

use super::{Behaviour, Kind, Normalcy, Observation, manner};
use crate::model::{Position, Span, Time, TrackId, ZoneKind};
use crate::picture::{Kind as TrackKind, Picture};

/// Period in which a track is looked at once.
const EVERY: Span = Span::from_secs(600);
/// Speed up to which a vessel is slow, knots.
const SLOW_KN: f64 = 2.5;
/// Speed from which a dark target comes in, knots.
const INBOUND_KN: f64 = 3.0;
/// Speed of a craft that is like a faster one, as a share of the speed of that.
const LIKE_SPEED: f64 = 0.9;
/// Distance by which it comes nearer to a coast in the period, metres.
const INBOUND_M: f64 = 500.0;

/// The last look at a track: the period, and whether it was slow then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look(u32);

impl Look {
    /// Returns the look of a saved number.
    pub const fn of_bits(bits: u32) -> Look {
        Look(bits)
    }

    /// Returns the look as a number, to be saved.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether a track has to be looked at again.
    pub fn is_due(self, now: Time) -> bool {
        self.0 >> 1 != period(now)
    }

    fn was_slow_before(self, now: Time) -> bool {
        self.0 & 1 == 1 && self.0 >> 1 == period(now).wrapping_sub(1)
    }
}

fn period(now: Time) -> u32 {
    (now.0 / EVERY.0) as u32 & u32::MAX >> 1
}

/// Learns from a track that has a new position. `last` is the look before; the answer is the next one.
pub fn look(normalcy: &mut Normalcy, picture: &Picture, id: TrackId, last: Look) -> Look {
    let track = picture.track(id);
    let (now, at) = (track.fix.time, track.fix.position);
    let next = period(now) << 1;
    normalcy.watch(at, now);
    if !track.is_vessel() || picture.zones.has_kind(track.zones, ZoneKind::Port) {
        return Look(next);
    }
    let speed_kn = track.speed_kn().unwrap_or(0.0);
    let is_slow = speed_kn <= SLOW_KN;
    if is_slow && last.was_slow_before(now) {
        normalcy.learn(&observation(Behaviour::Slow, picture, &[id], at, now));
    }
    if speed_kn >= INBOUND_KN && track.is_dark(now) && is_inbound(picture, id, at, now) {
        normalcy.learn(&observation(Behaviour::Inbound, picture, &[id], at, now));
    }
    Look(next | u32::from(is_slow))
}

fn is_inbound(picture: &Picture, id: TrackId, at: Position, now: Time) -> bool {
    let Some(before) = picture.history(id).since(now - EVERY).next() else { return false };
    let nearer_m = picture.zones.off_coast_m(before.position()) - picture.zones.off_coast_m(at);
    nearer_m >= INBOUND_M
}

/// Returns the kind of the craft of a finding: dark, if one party is; else the kind of a party that stands first in [`Kind`].
pub fn kind_of(picture: &Picture, parties: &[TrackId], now: Time) -> Kind {
    let is_dark = |id: &TrackId| {
        let track = picture.track(*id);
        track.is_dark(now) || track.kind != TrackKind::Aircraft && !track.on_ais()
    };
    let kind = |id: &TrackId| match picture.track(*id).kind {
        TrackKind::Aircraft => Kind::Aircraft,
        _ => Kind::of_type(picture.identity(*id).ship_type),
    };
    match parties.iter().any(is_dark) {
        true => Kind::Dark,
        false => parties.iter().map(kind).min().unwrap_or(Kind::Other),
    }
}

/// Returns the observation that a finding of a pattern is. `None`: the model does not count such a behaviour.
pub fn observation_of(
    pattern: &str,
    picture: &Picture,
    parties: &[TrackId],
    at: Position,
    now: Time,
) -> Option<Observation> {
    Behaviour::of_pattern(pattern).map(|behaviour| observation(behaviour, picture, parties, at, now))
}

fn observation(
    behaviour: Behaviour,
    picture: &Picture,
    parties: &[TrackId],
    position: Position,
    time: Time,
) -> Observation {
    let kind = kind_of(picture, parties, time);
    let own_number = |id: &TrackId| {
        let track = picture.track(*id);
        match track.on_ais() {
            true => u64::from(track.mmsi.0),
            false => (track.first_heard.0 as u64).rotate_left(20) ^ id.index() as u64,
        }
    };
    let kind_on_ais = |id: &TrackId| Kind::of_type(picture.identity(*id).ship_type);
    let first = parties.first().map(|id| picture.track(*id));
    let manner_at = |share: f64| match first.filter(|_| behaviour == Behaviour::Inbound) {
        Some(track) => manner(share * track.speed_kn().unwrap_or(0.0), track.fix.cog_deg().unwrap_or(0.0)),
        None => 0,
    };
    Observation {
        behaviour,
        manner: manner_at(1.0),
        slower: manner_at(LIKE_SPEED),
        kind,
        position,
        time,
        who: parties.iter().fold(0, |all, id| all ^ own_number(id)),
        mmsi: first.filter(|track| track.on_ais() && kind != Kind::Dark).map(|track| track.mmsi),
        other: match parties {
            [_, _, ..] if kind != Kind::Dark => parties.iter().map(kind_on_ais).max(),
            _ => None,
        },
    }
}
