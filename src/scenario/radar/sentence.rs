//! Sentences of a tracker about a target (IEC 61162-1: TTM and TLL), in a TAG block with the radar's name and clock.

use super::file::{Radar, Sentence};
use super::tracker::{Said, Status};
use crate::model::NM_M;
use crate::wire::ais::encode::tag_block;

/// The line of a target, without an end of line.
pub fn line(radar: &Radar, said: &Said) -> String {
    let body = match radar.sentence {
        Sentence::Ttm => ttm(said),
        Sentence::Tll => tll(radar, said),
    };
    let tag = tag_block(&radar.name, said.time.0);
    format!("{tag}${body}*{:02X}", body.bytes().fold(0, |sum, byte| sum ^ byte))
}

/// Target number, range and true bearing, speed and true course, CPA and minutes to it (below 0: it is past), miles
/// and knots, no name, status, no reference target, time, acquired by itself.
fn ttm(said: &Said) -> String {
    let (cpa_m, tcpa_s) = said.closest();
    let vector = if said.vector {
        let course = tenths_of_a_turn(said.cog_deg);
        format!("{:.1},{course:.1},T,{:.2},{:.1}", said.sog_kn, cpa_m / NM_M, tcpa_s / 60.0)
    } else {
        ",,T,,".to_owned()
    };
    format!(
        "RATTM,{:02},{:.3},{:.1},T,{vector},N,,{},,{},A",
        said.number,
        said.range_m / NM_M,
        tenths_of_a_turn(said.bearing_deg),
        letter(said.status),
        clock(said),
    )
}

/// Target number, latitude, longitude, no name, time, status, no reference target.
fn tll(radar: &Radar, said: &Said) -> String {
    let at = radar.place(said.range_m, said.bearing_deg);
    let (lat, south) = minutes(at.lat);
    let (lon, west) = minutes(at.lon);
    format!(
        "RATLL,{:02},{:02}{:02}.{:04},{},{:03}{:02}.{:04},{},,{},{},",
        said.number,
        lat / 600_000,
        lat / 10_000 % 60,
        lat % 10_000,
        if south { 'S' } else { 'N' },
        lon / 600_000,
        lon / 10_000 % 60,
        lon % 10_000,
        if west { 'W' } else { 'E' },
        clock(said),
        letter(said.status),
    )
}

/// Ten-thousandths of a minute, and whether it is south or west.
fn minutes(deg: f64) -> (u32, bool) {
    (libm::round(libm::fabs(deg) * 600_000.0) as u32, deg < 0.0)
}

/// Degrees that do not read 360.0 when rounded.
fn tenths_of_a_turn(deg: f64) -> f64 {
    let tenths = libm::round(deg * 10.0) as i64;
    tenths.rem_euclid(3600) as f64 / 10.0
}

fn letter(status: Status) -> char {
    match status {
        Status::Acquiring => 'Q',
        Status::Tracking => 'T',
        Status::Lost => 'L',
    }
}

fn clock(said: &Said) -> String {
    let ms = said.time.0.rem_euclid(86_400_000);
    let (secs, hundredths) = (ms / 1000, ms % 1000 / 10);
    format!("{:02}{:02}{:02}.{hundredths:02}", secs / 3600, secs / 60 % 60, secs % 60)
}
