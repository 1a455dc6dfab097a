//! Values of AIS fields as JSON gives them: positions, numbers in a range, tenths, texts.

use crate::model::{Position, Text};

/// Returns a position: 181 and 91 mean "not available" (M.1371-5 table 48), anything else out of range counts as illegal.
pub(super) fn position(lon: Option<f64>, lat: Option<f64>, illegal: &mut u32) -> Option<Position> {
    let (lon, lat) = lon.zip(lat)?;
    if lon == 181.0 || lat == 91.0 {
        return None;
    }
    let position = Position::new(lon, lat);
    *illegal += u32::from(position.is_none());
    position
}

/// Returns a number in `0..limit`. `None` for `not_available`, also where rounding changed it (AIS-catcher prints
/// 102.300003); anything else counts as illegal.
pub(super) fn reading(value: Option<f64>, limit: f64, not_available: f64, illegal: &mut u32) -> Option<f64> {
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

/// Rounds a number that was printed as a full f32 to the tenths in which it was sent.
pub(super) fn to_tenths(value: f64) -> f64 {
    libm::rint(value * 10.0) / 10.0
}

/// Returns a text up to its first `@`, the padding of AIS (M.1371-5 table 47); `None` where it is empty.
pub(super) fn text<const N: usize>(text: Option<&str>) -> Option<Text<N>> {
    let text = text?;
    let end = text.find('@').unwrap_or(text.len());
    let text = match &text[..end] {
        ascii if ascii.is_ascii() => Text::new(ascii.as_bytes()),
        // A letter beyond ASCII becomes one `?`, however many bytes it has.
        other => Text::new(other.replace(|c: char| !c.is_ascii(), "?").as_bytes()),
    };
    (!text.is_empty()).then_some(text)
}
