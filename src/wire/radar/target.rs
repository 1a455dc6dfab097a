//! Sentences about radar targets: TTM and TLL (IEC 61162-1, section 8.3; NMEA 0183 4.10).

use super::fields::{Decimal, Fields, text};
use crate::model::{ContactStatus, Position, Text};
use crate::wire::reason::Reason;
use crate::wire::times::number;

/// Limit of range, metres: no radar of a coast guard sees further, nor does one of air traffic control.
pub(in crate::wire) const RANGE_MAX_M: f64 = 500_000.0;

/// Fields of the sentence of a target.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    /// The radar's number for the target.
    pub number: u32,
    /// Status of the track.
    pub status: ContactStatus,
    /// False for a reference target, and for one that another sensor reported.
    pub measured: bool,
    /// Position.
    pub place: Place,
    /// Speed, knots.
    pub speed_kn: Option<f64>,
    /// Course.
    pub course: Option<Bearing>,
    /// Name that the operator gave the target.
    pub label: Option<Text<20>>,
}

/// Position of a target as the sentence gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// Not given.
    Nowhere,
    /// Range and bearing from the sensor; the range and its step in metres.
    Polar { range_m: f64, range_step_m: f64, bearing: Bearing },
    /// Latitude and longitude, and the step in which they were written, in metres.
    Fixed(Position, f64),
}

/// A direction from true north, or relative to the bow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bearing {
    /// Angle, degrees clockwise.
    pub deg: f64,
    /// Step in which the angle was written, degrees.
    pub step_deg: f64,
    /// True where the angle counts from the bow.
    pub relative: bool,
}

/// Reads TTM, tracked target message: number, distance, bearing, T/R, speed, course, T/R, distance and time of CPA,
/// units K/N/S, name, status L/Q/T, reference target R, time, acquisition A/M/R. Older radars end at any field after
/// the status.
///
/// # Errors
/// [`Reason::RadarFields`]: a field that is missing, malformed or out of range.
pub(super) fn ttm(fields: &[u8]) -> Result<Target, Reason> {
    let mut fields = Fields::new(fields);
    let number = target_number(fields.next())?;
    let distance = fields.decimal()?;
    let bearing = bearing(&mut fields)?;
    let speed = fields.decimal()?;
    let course = self::bearing(&mut fields)?;
    // Distance and time of the closest approach, which the engine computes itself.
    fields.next();
    fields.next();
    let (metres, knots) = match fields.letter()? {
        b'N' => (1852.0, 1.0),
        // Radars that leave the unit empty count in nautical miles and knots, as plotters take them.
        0 if fields.has_more() => (1852.0, 1.0),
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
        // Some radars send 0 for a target that they have not measured yet; none sees its own antenna.
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

/// Reads TLL, target latitude and longitude: number, position, name, time, status, reference target R.
///
/// # Errors
/// [`Reason::RadarFields`]: a field that is missing, malformed or out of range.
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

/// Reads the target number, 00 to 1023 by the standard; some radars count further.
fn target_number(field: &[u8]) -> Result<u32, Reason> {
    number(field).filter(|number| *number <= u32::from(u16::MAX)).ok_or(Reason::RadarFields)
}

/// Reads an angle and the letter that says from where it counts. Radars that leave the letter out (`radar_pi` of OpenCPN)
/// count from north.
fn bearing(fields: &mut Fields<'_>) -> Result<Option<Bearing>, Reason> {
    let (angle, from) = (fields.angle()?, fields.letter()?);
    let Some(angle) = angle else { return Ok(None) };
    let relative = match from {
        b'T' | 0 => false,
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
