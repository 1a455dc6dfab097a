//! Echoes of a ship where none is: by a sidelobe at her range and another bearing, by a second reflection on her
//! bearing and beyond her. Both keep station on her and look like a shadow.

use super::file::Radar;
use super::{Echo, Hit, Source};
use crate::scenario::chance::Chance;
use crate::scenario::globe::turn;

/// Ships shorter than this have none, metres.
const SHORTEST_M: f64 = 100.0;
/// Beyond this share of the instrumented range no ship has one.
const NEAR: f64 = 0.5;
/// Length of the boat that a ghost looks like, metres.
const LOOKS_M: f64 = 12.0;

/// The ghost of a ship at this radar, if she has one: which one, and where, is hers for good.
pub fn ghost(radar: &Radar, haunt: u64, echo: &Echo, of: Hit) -> Option<Hit> {
    let Source::Ship(ship) = echo.source else { return None };
    if radar.ghosts.0 <= 0.0 || echo.length_m < SHORTEST_M || of.range_m > NEAR * radar.range.m() {
        return None;
    }
    let mut chance = Chance::of(haunt, ship as u64);
    if !chance.happens(radar.ghosts.0) {
        return None;
    }
    let (range_m, bearing_deg) = if chance.happens(0.5) {
        let off = chance.between(4.0, 12.0) * if chance.happens(0.5) { 1.0 } else { -1.0 };
        (of.range_m, turn(of.bearing_deg + off))
    } else {
        (of.range_m + chance.between(300.0, 1200.0), of.bearing_deg)
    };
    // As strong as a boat there, were the horizon that of the ship.
    let signal = radar.signal(of.range_m, LOOKS_M, echo.height_m);
    Some(Hit { source: Source::Ghost(ship), range_m, bearing_deg, signal, time: of.time })
}
