//! What aircraft's transponders say, as receivers pass it on: SBS lines, readsb's JSON, raw Mode S.

mod modes;
mod readsb;
mod sbs;

pub use modes::AIRCRAFT_MAX;
pub(super) use modes::{ModeS, modes};
pub use readsb::SNAPSHOT_BYTES_MAX;
pub(super) use readsb::readsb;
pub(super) use sbs::sbs;

use super::Session;
use super::clock::Told;
use super::session::Desk;
use crate::model::{AirSource, AircraftReport, Icao, Kinematics, Time};

/// Speeds over ground at most, knots: twice the speed of sound and some wind.
const SPEED_MAX_KN: f64 = 2000.0;
/// Heights, feet.
const HEIGHTS_FT: std::ops::RangeInclusive<f64> = -2000.0..=150_000.0;
/// Climb or descent at most, feet a minute: the largest that the formats' fields hold.
const CLIMB_MAX_FPM: f64 = 33_000.0;

/// A report that says nothing yet, of a feed's own station; `None` before any time is known.
fn blank(
    session: &mut Session,
    icao: Icao,
    own: Option<Time>,
    desk: &mut Desk<'_>,
) -> Option<AircraftReport> {
    let time = session.settle(Told { own, ..Told::default() }, desk)?;
    let (feed, station) = session.station(&[], desk);
    Some(AircraftReport {
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
    })
}
