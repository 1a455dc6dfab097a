//! The radar sentences about targets: TTM and TLL (IEC 61162-1; NMEA 0183 4.10).

use super::super::Reason;
use super::super::frame::number;
use super::fields::{Decimal, Fields, text};
use crate::model::{ContactStatus, Position, Text};

/// Further than this no radar that speaks NMEA 0183 sees anything, metres.
const RANGE_MAX_M: f64 = 500_000.0;

/// What a sentence says of a target.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub number: u32,
    pub status: ContactStatus,
    /// None where the radar has it from elsewhere, or takes it to be fixed ground.
    pub measured: bool,
    pub place: Place,
    /// Knots.
    pub speed_kn: Option<f64>,
    pub course: Option<Bearing>,
    pub label: Option<Text<20>>,
}

/// Where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// Not said.
    Nowhere,
    /// From the sensor; the range and its step in metres.
    Polar { range_m: f64, range_step_m: f64, bearing: Bearing },
    /// On the earth, with the step of its figures in metres.
    Fixed(Position, f64),
}

/// A direction: from true north, or from the bow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bearing {
    pub deg: f64,
    pub step_deg: f64,
    pub relative: bool,
}

/// TTM, tracked target message: number, distance, bearing, T/R, speed, course, T/R, distance and time of CPA, units
/// K/N/S, name, status L/Q/T, reference target R, time, acquisition A/M/R. Older radars end at any field after
/// the status.
///
/// # Errors
/// [`Reason::RadarFields`]: a field that is missing, out of its form or out of its range.
pub(super) fn ttm(fields: &[u8]) -> Result<Target, Reason> {
    let mut fields = Fields::new(fields);
    let number = target_number(fields.next())?;
    let distance = fields.decimal()?;
    let bearing = bearing(&mut fields)?;
    let speed = fields.decimal()?;
    let course = self::bearing(&mut fields)?;
    // Of the closest approach, which the engine works out itself.
    fields.next();
    fields.next();
    let (metres, knots) = match fields.letter()? {
        b'N' => (1852.0, 1.0),
        b'K' => (1000.0, 1000.0 / 1852.0),
        b'S' => (1609.344, 1609.344 / 1852.0),
        _ => return Err(Reason::RadarFields),
    };
    let label = text(fields.next());
    let status = status(fields.letter()?)?;
    let reference = fields.letter()? == b'R';
    fields.next();
    let reported = fields.letter()? == b'R';
    let place = match distance {
        // Some say 0 of a target that they have not measured yet; none sees its own antenna.
        None => Place::Nowhere,
        Some(Decimal { value: 0.0, .. }) => Place::Nowhere,
        Some(distance) => Place::Polar {
            range_m: Some(distance.value * metres)
                .filter(|m| *m <= RANGE_MAX_M)
                .ok_or(Reason::RadarFields)?,
            range_step_m: distance.step * metres,
            bearing: bearing.ok_or(Reason::RadarFields)?,
        },
    };
    let speed_kn = speed.map(|speed| speed.value * knots);
    Ok(Target { number, status, measured: !reference && !reported, place, speed_kn, course, label })
}

/// TLL, target latitude and longitude: number, position, name, time, status, reference target R.
///
/// # Errors
/// [`Reason::RadarFields`], as [`ttm`].
pub(super) fn tll(fields: &[u8]) -> Result<Target, Reason> {
    let mut fields = Fields::new(fields);
    let number = target_number(fields.next())?;
    let place =
        fields.position()?.map_or(Place::Nowhere, |(position, step_m)| Place::Fixed(position, step_m));
    let label = text(fields.next());
    fields.next();
    let status = status(fields.letter()?)?;
    let measured = fields.letter()? != b'R';
    Ok(Target { number, status, measured, place, speed_kn: None, course: None, label })
}

/// 00 to 1023 by the standard; some count further.
fn target_number(field: &[u8]) -> Result<u32, Reason> {
    number(field).filter(|number| *number <= u32::from(u16::MAX)).ok_or(Reason::RadarFields)
}

/// An angle and the letter that says from where it counts.
fn bearing(fields: &mut Fields<'_>) -> Result<Option<Bearing>, Reason> {
    let (angle, from) = (fields.angle()?, fields.letter()?);
    let Some(angle) = angle else { return Ok(None) };
    let relative = match from {
        b'T' => false,
        b'R' => true,
        _ => return Err(Reason::RadarFields),
    };
    Ok(Some(Bearing { deg: angle.value, step_deg: angle.step, relative }))
}

fn status(letter: u8) -> Result<ContactStatus, Reason> {
    match letter {
        b'T' | 0 => Ok(ContactStatus::Tracking),
        b'Q' => Ok(ContactStatus::Acquiring),
        b'L' => Ok(ContactStatus::Lost),
        _ => Err(Reason::RadarFields),
    }
}
