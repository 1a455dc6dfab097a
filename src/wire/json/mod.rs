//! JSON over MQTT: AIS-catcher's, Digitraffic's, and tracks of any sensor.

mod aiscatcher;
mod digitraffic;
mod loose;
mod objects;
mod tracks;

pub(super) use aiscatcher::aiscatcher;
pub(super) use digitraffic::digitraffic;
pub(super) use loose::Loose;
pub use objects::JSON_BYTES_MAX;
pub(super) use objects::{objects, objects_of_any_length};
pub(super) use tracks::tracks;

use crate::model::{Position, Text};

/// Positions out of JSON: 181 and 91 are "not available", anything else out of range counts as illegal.
fn position(lon: Option<f64>, lat: Option<f64>, illegal: &mut u64) -> Option<Position> {
    let (lon, lat) = lon.zip(lat)?;
    if lon == 181.0 || lat == 91.0 {
        return None;
    }
    let position = Position::new(lon, lat);
    *illegal += u64::from(position.is_none());
    position
}

/// A number in `0..limit`; `not_available` or more than it by rounding (AIS-catcher prints 102.300003) is
/// `None`, anything else counts as illegal.
fn reading(value: Option<f64>, limit: f64, not_available: f64, illegal: &mut u64) -> Option<f64> {
    let value = value?;
    if (value - not_available).abs() < 1e-3 {
        return None;
    }
    if (0.0..limit).contains(&value) {
        return Some(value);
    }
    *illegal += 1;
    None
}

/// Speed, course and the like come as f32 printed in full: back to the tenths that were sent.
fn to_tenths(value: f64) -> f64 {
    libm::rint(value * 10.0) / 10.0
}

fn text<const N: usize>(text: Option<&str>) -> Option<Text<N>> {
    let text = text?;
    let end = text.find('@').unwrap_or(text.len());
    let text = Text::new(&text.as_bytes()[..end]);
    (!text.is_empty()).then_some(text)
}
