//! Empty report of an aircraft, and the ranges of its values.

use crate::model::{AirSource, AircraftReport, Icao, Kinematics, Time};
use crate::wire::context::Context;
use crate::wire::source::Source;

/// Limit of speed over ground, knots: twice the speed of sound and some wind.
pub(super) const SPEED_MAX_KN: f64 = 2000.0;
/// Range of altitudes, feet.
pub(super) const HEIGHTS_FT: std::ops::RangeInclusive<f64> = -2000.0..=150_000.0;
/// Limit of climb and descent, feet a minute: the largest value that the fields of the formats hold.
pub(super) const CLIMB_MAX_FPM: f64 = 33_000.0;

/// Returns an empty report of the feed's own station; `None` before any time is known.
pub(super) fn blank(
    source: &mut Source,
    icao: Icao,
    own: Option<Time>,
    context: &mut Context<'_>,
) -> Option<AircraftReport> {
    let time = source.settle(own, None, &[], context)?;
    Some(blank_at(source, icao, time, context))
}

/// Returns a report of a known time without any value.
pub(super) fn blank_at(
    source: &mut Source,
    icao: Icao,
    time: Time,
    context: &mut Context<'_>,
) -> AircraftReport {
    let (feed, station) = source.station(&[], context);
    AircraftReport {
        feed,
        station,
        time,
        icao,
        source: AirSource::ModeS,
        kinematics: Kinematics::default(),
        pressure_altitude_ft: None,
        geometric_altitude_ft: None,
        vertical_rate_fpm: None,
        on_ground: None,
        squawk: None,
        emergency: None,
        call_sign: None,
        version: None,
        nic: None,
        nac_p: None,
    }
}
