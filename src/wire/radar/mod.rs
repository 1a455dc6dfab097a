//! Radar sentences of NMEA 0183 (IEC 61162-1): targets by range and bearing (TTM) or by position (TLL), with the site from
//! the feed's configuration, or on a ship from the navigation sentences of its own stream.
//!
//! Its own reader takes the fields apart: exact fixed-point numbers with the step in which they were written, which
//! goes into the accuracy, and no allocation. The tests compare it with `marlin-nmea-0183`.

mod fields;
mod own;
mod polar;
mod target;

pub use own::{HEADING_AGE_MAX, POSITION_AGE_MAX};
pub(super) use own::{OwnShips, Ship};
pub(super) use polar::accuracy_at;
#[cfg(test)]
pub(super) use polar::position as polar_position;

use super::reason::Reason;
use super::stations::Sensor;
use super::times::on_nearest_day;
use crate::geodesy::{is_within, normal_deg};
use crate::model::{Accuracy, Contact, ContactStatus, FeedId, Position, Span, StationId, Time};
use fields::Fields;
pub(super) use target::RANGE_MAX_M;
use target::{Bearing, Place, Target};

/// Limit of speed, knots: nothing that a surface radar tracks is faster.
pub(super) const SPEED_MAX_KN: f64 = 1000.0;
/// Limit of how far a target's time of day may be from the arrival (from the last time told where arrivals are unknown).
/// A radar beyond it is most often set to local time, and its time is not believed.
pub const TIME_OF_DAY_MAX: Span = Span::from_secs(2 * 3600);

/// Formatter, the last three letters of the address, of a radar or navigation sentence (IEC 61162-1, section 8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Formatter {
    /// Tracked target message: a target by range and bearing.
    Ttm,
    /// Target latitude and longitude.
    Tll,
    /// Heading, true.
    Hdt,
    /// True heading and status.
    Ths,
    /// Heading, deviation and variation.
    Hdg,
    /// Own ship data: heading, course, speed.
    Osd,
    /// Global positioning system fix data.
    Gga,
    /// Geographic position: latitude and longitude.
    Gll,
}

impl Formatter {
    /// Returns the formatter of three letters.
    pub fn of(letters: [u8; 3]) -> Option<Formatter> {
        match &letters {
            b"TTM" => Some(Formatter::Ttm),
            b"TLL" => Some(Formatter::Tll),
            b"HDT" => Some(Formatter::Hdt),
            b"THS" => Some(Formatter::Ths),
            b"HDG" => Some(Formatter::Hdg),
            b"OSD" => Some(Formatter::Osd),
            b"GGA" => Some(Formatter::Gga),
            b"GLL" => Some(Formatter::Gll),
            _ => None,
        }
    }

    /// Returns whether the sentence describes a target.
    pub fn is_target(self) -> bool {
        matches!(self, Formatter::Ttm | Formatter::Tll)
    }

    /// Returns when a target was measured, on the day that is nearest to `near`; `None` where the sentence does not say.
    ///
    /// # Errors
    /// [`Reason::BadTime`] where the time of day is malformed or over [`TIME_OF_DAY_MAX`] away from `near`.
    pub fn measured_at(self, fields: &[u8], near: Time) -> Result<Option<Time>, Reason> {
        let field = match self {
            Formatter::Ttm => Fields::new(fields).nth(13),
            Formatter::Tll => Fields::new(fields).nth(6),
            _ => &[],
        };
        if field.is_empty() {
            return Ok(None);
        }
        let since_midnight = fields::time_of_day(field).ok_or(Reason::BadTime)?;
        let time = on_nearest_day(since_midnight, near);
        let distance = (time - near).0.abs();
        if distance > TIME_OF_DAY_MAX.0 { Err(Reason::BadTime) } else { Ok(Some(time)) }
    }

    /// Returns the time since midnight that a target or a position was measured.
    pub fn time_of_day(self, fields: &[u8]) -> Option<Span> {
        let place = match self {
            Formatter::Ttm => 13,
            Formatter::Tll => 6,
            Formatter::Gga => 0,
            Formatter::Gll => 4,
            _ => return None,
        };
        fields::time_of_day(Fields::new(fields).nth(place))
    }

    /// Returns the heading (degrees true) and the position of own ship that a navigation sentence gives.
    pub fn own_ship(self, fields: &[u8]) -> (Option<f64>, Option<Position>) {
        match self {
            Formatter::Hdt => (own::hdt(fields), None),
            Formatter::Ths | Formatter::Osd => (own::ths(fields), None),
            Formatter::Hdg => (own::hdg(fields), None),
            Formatter::Gga => (None, own::gga(fields)),
            Formatter::Gll => (None, own::gll(fields)),
            Formatter::Ttm | Formatter::Tll => (None, None),
        }
    }
}

/// Sensor, time and place of a target's sentence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// Feed of the sensor.
    pub feed: FeedId,
    /// Number of the sensor's station.
    pub station: StationId,
    /// Report time.
    pub time: Time,
    /// The feed's sensor as configured.
    pub sensor: Sensor,
    /// Heading of the ship that carries the radar, degrees true.
    pub heading_deg: Option<f64>,
    /// Position of the ship that carries the radar; needed where the sensor has no site.
    pub ship_position: Option<Position>,
}

/// Reads the sentence of a target. Counts values that cannot be in `illegal`.
///
/// # Errors
/// [`Reason::RadarFields`], [`Reason::ReferenceTarget`], [`Reason::NoSite`], [`Reason::NoHeading`].
pub(super) fn contact(
    formatter: Formatter,
    fields: &[u8],
    origin: &Origin,
    illegal: &mut u32,
) -> Result<Contact, Reason> {
    let target: Target = if formatter == Formatter::Ttm { target::ttm(fields) } else { target::tll(fields) }?;
    if !target.measured {
        return Err(Reason::ReferenceTarget);
    }
    let (position, accuracy) = match target.status {
        ContactStatus::Lost => (None, None),
        _ => {
            let (position, accuracy) = place(target.place, origin)?;
            (Some(position), accuracy)
        }
    };
    // A course and its speed relative to a ship under way are not over ground.
    let over_ground = |course: Bearing| !course.relative || origin.sensor.site.is_some();
    let motion = target.course.is_none_or(over_ground);
    let sog_kn = target.speed_kn.filter(|_| motion);
    *illegal += u32::from(sog_kn.is_some_and(|speed| speed > SPEED_MAX_KN));
    let course = target.course.filter(|_| motion);
    Ok(Contact {
        feed: origin.feed,
        station: origin.station,
        time: origin.time,
        number: target.number,
        status: target.status,
        domain: None,
        position,
        accuracy,
        sog_kn: sog_kn.filter(|speed| *speed <= SPEED_MAX_KN),
        cog_deg: course.and_then(|course| true_deg(course, origin.heading_deg)),
        size_m: None,
        altitude_ft: None,
        icao: None,
        squawk: None,
        answered: None,
        label: target.label,
    })
}

/// Returns the position of a target and its accuracy.
fn place(place: Place, origin: &Origin) -> Result<(Position, Option<Accuracy>), Reason> {
    // A sender of these sentences has a navigation radar, configured or not.
    let radar = origin.sensor.radar.unwrap_or_default();
    let site = origin.sensor.site.or(origin.ship_position);
    match place {
        Place::Nowhere => Err(Reason::RadarFields),
        Place::Fixed(position, step_m) => {
            if site.is_some_and(|site| !is_within(site, position, RANGE_MAX_M)) {
                return Err(Reason::RadarFields);
            }
            Ok((position, site.map(|site| accuracy_at(&radar, site, position, step_m))))
        }
        Place::Polar { range_m, range_step_m, bearing } => {
            let site = site.ok_or(Reason::NoSite)?;
            let deg = true_deg(bearing, origin.heading_deg).ok_or(Reason::NoHeading)?;
            let accuracy = polar::accuracy(&radar, range_m, deg, [range_step_m, bearing.step_deg]);
            Ok((polar::position(site, range_m, deg), Some(accuracy)))
        }
    }
}

/// Returns a bearing from true north; `None` where it is relative to a bow whose heading is unknown.
fn true_deg(bearing: Bearing, heading_deg: Option<f64>) -> Option<f64> {
    if bearing.relative { heading_deg.map(|bow| normal_deg(bow + bearing.deg)) } else { Some(bearing.deg) }
}
