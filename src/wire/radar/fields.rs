//! Fields of radar and navigation sentences (IEC 61162-1, section 7.2): fixed-point numbers, angles, positions, times
//! of day. The reader guesses nothing: a field outside its form or range is an error, and an empty field is not available.

use crate::model::{Position, Span};
use crate::wire::reason::Reason;

/// A number and the step in which it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Decimal {
    /// The number.
    pub value: f64,
    /// Step between two numbers with as many decimals: the rounding that writing the number has cost.
    pub step: f64,
}

/// Limit of digits of one number: more than any sensor resolves, and few enough that the sum stays exact.
const DIGITS_MAX: usize = 15;
const POWERS: [f64; DIGITS_MAX + 1] =
    [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Fields of a sentence, read in their order. Blanks around a field, which some radars write, are dropped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// Returns the fields of the text after the address.
    pub fn new(text: &'a [u8]) -> Fields<'a> {
        Fields(text)
    }

    /// Returns the next field; an empty one past the last.
    pub fn next(&mut self) -> &'a [u8] {
        let end = memchr::memchr(b',', self.0).unwrap_or(self.0.len());
        let field = &self.0[..end];
        self.0 = self.0.get(end + 1..).unwrap_or(&[]);
        field.trim_ascii()
    }

    /// Returns whether there are fields that were not read.
    pub fn has_more(&self) -> bool {
        !self.0.is_empty()
    }

    /// Returns the field that comes after `n` others.
    pub fn nth(mut self, n: usize) -> &'a [u8] {
        for _ in 0..n {
            self.next();
        }
        self.next()
    }

    /// Reads a number without a sign.
    pub fn decimal(&mut self) -> Result<Option<Decimal>, Reason> {
        let text = self.next();
        if text.is_empty() {
            return Ok(None);
        }
        decimal(text).map(Some).ok_or(Reason::RadarFields)
    }

    /// Reads an angle, 0 to below 360 degrees. 360.0, the rounded form of 359.97, means north.
    pub fn angle(&mut self) -> Result<Option<Decimal>, Reason> {
        match self.decimal()? {
            Some(angle) if angle.value > 360.0 => Err(Reason::RadarFields),
            Some(angle) if angle.value == 360.0 => Ok(Some(Decimal { value: 0.0, ..angle })),
            angle => Ok(angle),
        }
    }

    /// Reads one letter, given as a capital; 0 where the field is empty.
    pub fn letter(&mut self) -> Result<u8, Reason> {
        match self.next() {
            [] => Ok(0),
            [letter] => Ok(letter.to_ascii_uppercase()),
            _ => Err(Reason::RadarFields),
        }
    }

    /// Reads latitude and longitude in four fields (`ddmm.mmm,N,dddmm.mmm,W`); gives the coarser step of the two, in metres.
    pub fn position(&mut self) -> Result<Option<(Position, f64)>, Reason> {
        let (lat, north, lon, east) = (self.next(), self.letter()?, self.next(), self.letter()?);
        if lat.is_empty() && lon.is_empty() {
            return Ok(None);
        }
        let read = || {
            let (lat, lon) = (degrees(lat)?, degrees(lon)?);
            let signed = |letter, plus, minus, value: f64| match letter {
                _ if letter == plus => Some(value),
                _ if letter == minus => Some(-value),
                _ => None,
            };
            let position =
                Position::new(signed(east, b'E', b'W', lon.value)?, signed(north, b'N', b'S', lat.value)?)?;
            Some((position, lat.step.max(lon.step) * 60.0 * 1852.0))
        };
        read().map(Some).ok_or(Reason::RadarFields)
    }
}

/// Returns the number of digits with or without a point among them.
pub(super) fn decimal(text: &[u8]) -> Option<Decimal> {
    let (mut units, mut digits, mut decimals) = (0_u64, 0, None);
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                units = units.checked_mul(10)? + u64::from(byte - b'0');
                digits += 1;
                decimals = decimals.map(|n: usize| n + 1);
            }
            b'.' if decimals.is_none() => decimals = Some(0),
            _ => return None,
        }
        if digits > DIGITS_MAX {
            return None;
        }
    }
    let power = POWERS[decimals.unwrap_or(0)];
    (digits > 0).then(|| Decimal { value: units as f64 / power, step: 1.0 / power })
}

/// Returns the degrees of degrees and minutes run together: `1302.50` is 13°02.50'.
fn degrees(text: &[u8]) -> Option<Decimal> {
    let written = decimal(text)?;
    let whole = libm::trunc(written.value / 100.0);
    let minutes = written.value - whole * 100.0;
    (minutes < 60.0).then(|| Decimal { value: whole + minutes / 60.0, step: written.step / 60.0 })
}

/// Returns the time since midnight of `hhmmss.ss`.
pub(super) fn time_of_day(text: &[u8]) -> Option<Span> {
    let two = |at: usize| {
        let [a @ b'0'..=b'9', b @ b'0'..=b'9'] = text.get(at..at + 2)? else { return None };
        Some(i64::from(a - b'0') * 10 + i64::from(b - b'0'))
    };
    let (hours, minutes, seconds) = (two(0)?, two(2)?, two(4)?);
    let millis = match &text[6..] {
        [] => 0,
        fraction @ [b'.', ..] => (decimal(fraction)?.value * 1000.0) as i64,
        _ => return None,
    };
    let inside = hours < 24 && minutes < 60 && seconds <= 60;
    inside.then(|| Span((hours * 3600 + minutes * 60 + seconds) * 1000 + millis))
}

/// Returns a name, cut at `N` bytes, with `^hh` resolved: the form of characters that a sentence cannot hold
/// (IEC 61162-1, 7.1.4).
pub(super) fn text<const N: usize>(field: &[u8]) -> Option<crate::model::Text<N>> {
    let hex = |byte: u8| char::from(byte).to_digit(16);
    let (mut plain, mut length, mut rest) = ([0; N], 0, field);
    while let ([first, after @ ..], true) = (rest, length < N) {
        (plain[length], rest) = match after {
            [high, low, after @ ..] if *first == b'^' => match hex(*high).zip(hex(*low)) {
                Some((high, low)) => ((high << 4 | low) as u8, after),
                None => (*first, rest.get(1..).unwrap_or(&[])),
            },
            _ => (*first, after),
        };
        length += 1;
    }
    Some(crate::model::Text::new(&plain[..length])).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_the_step_in_which_they_were_written() {
        let value = |text: &str| decimal(text.as_bytes()).map(|read| (read.value, read.step));
        assert_eq!(value("12.30"), Some((12.3, 0.01)));
        assert_eq!(value("7"), Some((7.0, 1.0)));
        assert_eq!(value(".5"), Some((0.5, 0.1)));
        assert_eq!(value("5."), Some((5.0, 1.0)));
        for wrong in ["", ".", "-1", "+1", "1e3", "NaN", "inf", "1.2.3", "0x1", "1,2", "1234567890123456"] {
            assert_eq!(value(wrong), None, "{wrong}");
        }
        for (text, angle) in [
            ("0", Ok(Some(0.0))),
            ("359.9", Ok(Some(359.9))),
            ("360.0", Ok(Some(0.0))),
            ("", Ok(None)),
            ("360.1", Err(Reason::RadarFields)),
            ("-5", Err(Reason::RadarFields)),
        ] {
            let read = Fields::new(text.as_bytes()).angle().map(|read| read.map(|angle| angle.value));
            assert_eq!(read, angle, "{text}");
        }
    }

    #[test]
    fn positions_need_both_coordinates_in_range_with_their_letters() {
        let read = |text: &str| Fields::new(text.as_bytes()).position();
        let (position, step) = read("1302.500,N,05942.60,W").expect("right").expect("there");
        assert_eq!(Some(position), Position::new(-59.71, 13.0 + 2.5 / 60.0));
        assert!((step - 18.52).abs() < 1e-9);
        assert_eq!(read("302.5,s,516.0606,e").expect("right").map(|(at, _)| at.lat() < -3.0), Some(true));
        assert_eq!(read(",,,"), Ok(None));
        for wrong in
            ["1360.0,N,05942.6,W", "1302.5,X,05942.6,W", "1302.5,N,,", "9100.0,N,00000.0,E", "0,N,18001.0,E"]
        {
            assert_eq!(read(wrong), Err(Reason::RadarFields), "{wrong}");
        }
    }

    #[test]
    fn times_of_day_are_whole_and_names_resolve_their_escapes() {
        assert_eq!(time_of_day(b"235959.25"), Some(Span(86_399_250)));
        assert_eq!(time_of_day(b"000000"), Some(Span(0)));
        for wrong in ["", "2400", "240000", "126000", "12:00:00", "120000x", "120000.", "12000"] {
            assert_eq!(time_of_day(wrong.as_bytes()), None, "{wrong}");
        }
        let name = |name: &str| text::<20>(name.as_bytes()).map(|name| name.to_string());
        assert_eq!(name("TGT (1) [a]").as_deref(), Some("TGT (1) [a]"));
        assert_eq!(name("A^2CB^zz^2").as_deref(), Some("A,B^zz^2"));
        assert_eq!(name("Pê").as_deref(), Some("P??"));
        assert_eq!(name("0123456789012345678901234").as_deref(), Some("01234567890123456789"));
        assert_eq!(name("  "), None);
    }
}
