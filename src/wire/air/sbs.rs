//! SBS-1 ("BaseStation") lines: 22 fields between commas, one message each.

use super::{CLIMB_MAX_FPM, HEIGHTS_FT, SPEED_MAX_KN, blank};
use crate::model::{AirSource, Icao, Position, Span, Squawk, Text, Time};
use crate::wire::clock::date_time;
use crate::wire::frame::number;
use crate::wire::session::Desk;
use crate::wire::{Arrival, LINE_BYTES_MAX, Reason, Session};

/// Fields of a line.
const FIELDS: usize = 22;
/// The clock in a line has no zone, and many programs write local time: it counts within this of arrival.
const OWN_TIME_WITHIN: Span = Span::from_secs(600);

/// Reads a payload of lines.
pub(in super::super) fn sbs(session: &mut Session, payload: &[u8], desk: &mut Desk<'_>) {
    for line in payload.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()) {
        session.count(Reason::Lines, desk);
        if let Err(reason) = read(session, line, desk) {
            session.count(reason, desk);
        }
    }
}

fn read(session: &mut Session, line: &[u8], desk: &mut Desk<'_>) -> Result<(), Reason> {
    if line.len() > LINE_BYTES_MAX {
        return Err(Reason::TooLong);
    }
    let line = std::str::from_utf8(line).map_err(|_| Reason::NotASentence)?;
    let mut fields = [""; FIELDS];
    let mut count = 0;
    for field in line.split(',') {
        if let Some(place) = fields.get_mut(count) {
            *place = field.trim();
        }
        count += 1;
    }
    match fields[0] {
        "MSG" | "MLAT" => {}
        "SEL" | "ID" | "AIR" | "STA" | "CLK" => return Err(Reason::OtherSentence),
        _ => return Err(Reason::NotASentence),
    }
    if count < FIELDS {
        return Err(Reason::BadFields);
    }
    let [hex, date, clock, call_sign] = [4, 6, 7, 10].map(|at| fields[at]);
    let [altitude, speed, track, lat, lon, climb, squawk] = [11, 12, 13, 14, 15, 16, 17].map(|at| fields[at]);
    let ground = fields[21];
    let icao = Icao::of_hex(hex).ok_or(Reason::IllegalAddress)?;
    let own = told(date, clock).filter(|&own| match desk.arrival {
        Arrival::Stamped(at) => (at - own).secs().abs() <= OWN_TIME_WITHIN.secs(),
        Arrival::FromSource => true,
    });
    let mut report = blank(session, icao, own, desk).ok_or(Reason::NoTime)?;
    let mut illegal = 0;
    let mut figure = |text: &str, range: std::ops::RangeInclusive<f64>| {
        let value = text.parse::<f64>().ok().filter(|value| range.contains(value));
        illegal += u64::from(value.is_none() && !text.is_empty());
        value
    };
    report.pressure_altitude_ft = figure(altitude, HEIGHTS_FT);
    report.vertical_rate_fpm = figure(climb, -CLIMB_MAX_FPM..=CLIMB_MAX_FPM);
    report.kinematics.sog_kn = figure(speed, 0.0..=SPEED_MAX_KN);
    report.kinematics.cog_deg = figure(track, 0.0..=360.0).map(|track| track % 360.0);
    let at = figure(lon, -180.0..=180.0).zip(figure(lat, -90.0..=90.0));
    report.kinematics.position = at.and_then(|(lon, lat)| Position::new(lon, lat));
    report.source = match (report.kinematics.position, fields[0]) {
        (None, _) => AirSource::ModeS,
        (Some(_), "MLAT") => AirSource::Mlat,
        (Some(_), _) => AirSource::AdsB,
    };
    report.squawk = Squawk::of_digits(squawk);
    illegal += u64::from(report.squawk.is_none() && !squawk.is_empty());
    report.call_sign = Some(Text::new(call_sign.as_bytes())).filter(|text: &Text<8>| !text.is_empty());
    report.on_ground = match ground {
        "-1" | "1" => Some(true),
        "0" => Some(false),
        _ => None,
    };
    desk.tally.add(session.feed(), Reason::IllegalValue, illegal);
    session.give_aircraft(report, desk);
    Ok(())
}

/// `2024/06/06` and `08:41:59.147`, taken as UTC.
fn told(date: &str, clock: &str) -> Option<Time> {
    let parts = |text: &str, by: [char; 2]| {
        let mut parts = text.split(by).map(|part| number(part.as_bytes()));
        std::array::from_fn::<_, 4, _>(|_| parts.next().flatten())
    };
    let [year, month, day, _] = parts(date, ['/', '-']);
    let [hour, minute, second, ms] = parts(clock, [':', '.']);
    date_time(year?, month?, day?, hour?, minute?, second?, ms.unwrap_or(0))
}
