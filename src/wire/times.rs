//! Times as receivers write them: dates, Unix times, times of day.

use crate::model::{Span, Time};

/// First time that is believed, 1995-01-01: AIS began in the late nineties.
const EARLIEST: Time = Time(788_918_400_000);
/// First time that is no longer believed, 2100-01-01; keeps sums in range.
const LATEST: Time = Time(4_102_444_800_000);
const DAY: Span = Span::from_secs(86_400);
const HALF_DAY: Span = Span::from_secs(43_200);

/// Returns the time where a receiver may tell it: from 1995 to 2099.
pub(super) fn plausible(time: Time) -> Option<Time> {
    (EARLIEST..LATEST).contains(&time).then_some(time)
}

/// Limit below which a number counts seconds since 1970; from it on, milliseconds.
const MILLISECONDS_FROM: f64 = 1e11;

/// Returns the time of a number of seconds or milliseconds since 1970; `None` where it is not plausible.
pub(super) fn moment_of_number(number: f64) -> Option<Time> {
    let millis = if number < MILLISECONDS_FROM { number * 1000.0 } else { number };
    plausible(Time(libm::rint(millis) as i64))
}

/// Returns the time of a UTC date and time of day; `None` where there is no such day or time, or no plausible one. Second
/// 60, a leap second, is the next minute's second 0.
pub(super) fn date_time(
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    ms: u32,
) -> Option<Time> {
    let date =
        jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
            .ok()?;
    if hour > 23 || minute > 59 || second > 60 || ms > 999 {
        return None;
    }
    let since_epoch = date.duration_since(jiff::civil::date(1970, 1, 1)).as_secs();
    let seconds = since_epoch + i64::from(hour * 3600 + minute * 60 + second);
    plausible(Time(seconds * 1000 + i64::from(ms)))
}

/// Returns the time of `since_midnight` (less than a day) on the UTC day that brings it nearest to another time.
pub(super) fn on_nearest_day(since_midnight: Span, near: Time) -> Time {
    let same_day = Time(near.0.div_euclid(DAY.0) * DAY.0) + since_midnight;
    match same_day - near {
        ahead if ahead > HALF_DAY => same_day - DAY,
        behind if behind < Span(-HALF_DAY.0) => same_day + DAY,
        _ => same_day,
    }
}

/// Returns the time of seconds (up to 11 digits), milliseconds (12 to 14), micro- (15 to 17) or nanoseconds (18 and 19) since
/// 1970, a fraction of the seconds allowed; `None` where the text is malformed or the time not plausible.
pub(super) fn unix_time(text: &[u8]) -> Option<Time> {
    let dot = memchr::memchr(b'.', text).unwrap_or(text.len());
    let whole = &text[..dot];
    if whole.is_empty() || whole.len() > 19 {
        return None;
    }
    // Nineteen digits have room in it.
    let mut value = 0_u64;
    for digit in whole {
        value = value * 10 + u64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    let value = i64::try_from(value).ok()?;
    match whole.len() {
        0..12 => {}
        12..15 => return plausible(Time(value)),
        15..18 => return plausible(Time(value / 1000)),
        _ => return plausible(Time(value / 1_000_000)),
    }
    let mut millis = 0;
    for (i, scale) in [100, 10, 1].into_iter().enumerate() {
        match text.get(dot + 1 + i) {
            Some(digit) if digit.is_ascii_digit() => millis += i64::from(digit - b'0') * scale,
            Some(_) => return None,
            None => break,
        }
    }
    plausible(Time(value * 1000 + millis))
}

/// Returns the time that a logger wrote before a sentence: the first of the fields that is a time. Fields are parted by commas,
/// semicolons, tabs, blanks and brackets. A date and time of day without a zone is UTC.
pub(super) fn logged_time(text: &[u8]) -> Option<Time> {
    logged(text).map(|(time, _)| time)
}

/// Parts of a logged time that the text leaves open, so that a convention stands for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    /// The zone: UTC is assumed. A number of seconds since 1970 needs none.
    pub zone: bool,
    /// Which of two numbers is the day (`03/10/2026`): the first is assumed, or the second where AM or PM follows.
    pub day: bool,
}

/// Returns the time as [`logged_time`] does, and what the text leaves open.
pub(super) fn logged(text: &[u8]) -> Option<(Time, Assumed)> {
    let parts = |c: &u8| matches!(c, b',' | b';' | b'\t' | b' ' | b'[' | b'(' | b'"' | b'|' | b'=');
    let mut rest = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    loop {
        rest = &rest[rest.iter().position(u8::is_ascii_digit)?..];
        let stamp = unix_stamp(rest).map(|time| (time, Assumed::default()));
        if let Some(found) = stamp.or_else(|| written_time(rest)) {
            return Some(found);
        }
        rest = &rest[rest.iter().position(parts)?..];
    }
}

/// Returns the time of a number at the start of a text: seconds (10 digits), milli-, micro- or nanoseconds since 1970.
fn unix_stamp(text: &[u8]) -> Option<Time> {
    let digits = text.iter().take_while(|c| c.is_ascii_digit()).count();
    match digits {
        10 => {
            let fraction = text[digits..].strip_prefix(b".").unwrap_or(&[]);
            let more = fraction.iter().take_while(|c| c.is_ascii_digit()).count();
            unix_time(&text[..digits + if more > 0 { 1 + more } else { 0 }])
        }
        13 | 16 | 19 => unix_time(&text[..digits]),
        _ => None,
    }
}

/// Returns the time of a date and a time of day at the start of a text: `2026-03-10 12:00:00.123`, `2026/03/10T12:00:00Z`,
/// `20260310T120000+01:00`, `10.03.2026 12:00:00`, `10-Mar-2026 12:00:00` and the like; and what it leaves open.
fn written_time(text: &[u8]) -> Option<(Time, Assumed)> {
    let (date, mut rest) = date_year_first(text).or_else(|| date_day_first(text))?;
    if let [b'T' | b't' | b' ' | b'_' | b',' | b';', after @ ..] = rest {
        rest = after;
    }
    let mut two = || {
        let (value, after) = digits(rest, 2)?;
        rest = after.strip_prefix(b":").unwrap_or(after);
        Some(value)
    };
    let (hour, minute, second) = (two()?, two()?, two()?);
    let mut millis = 0;
    if let [b'.' | b',', after @ ..] = rest {
        let count = after.iter().take_while(|c| c.is_ascii_digit()).count();
        for (place, scale) in [100, 10, 1].into_iter().enumerate().take(count) {
            millis += u32::from(after[place] - b'0') * scale;
        }
        rest = if count > 0 { &after[count..] } else { rest };
    }
    let after = rest.trim_ascii_start();
    let half = |word: &[u8]| after.get(..2).is_some_and(|text| text.eq_ignore_ascii_case(word));
    let (is_am, is_pm) = (half(b"AM"), half(b"PM"));
    let (hour, [year, month, day]) = match is_am || is_pm {
        true if !(1..=12).contains(&hour) => return None,
        // Who writes so puts the month first.
        true => (hour % 12 + if is_pm { 12 } else { 0 }, date.month_first()),
        false => (hour, date.fields),
    };
    let time = date_time(year, month, day, hour, minute, second, millis)?;
    let zone = match after {
        [sign @ (b'+' | b'-'), h1 @ b'0'..=b'2', h2 @ b'0'..=b'9', after @ ..] => {
            let after = after.strip_prefix(b":").unwrap_or(after);
            let minutes = after.get(..2).and_then(number).unwrap_or(0);
            let ahead = number(&[*h1, *h2])? * 60 + minutes;
            Some(if *sign == b'+' { i64::from(ahead) } else { -i64::from(ahead) })
        }
        [b'Z' | b'z', ..] => Some(0),
        word if word.starts_with(b"UTC") || word.starts_with(b"GMT") => Some(0),
        _ => None,
    };
    let assumed = Assumed { zone: zone.is_none(), day: date.is_ambiguous() };
    Some((time - Span::from_secs(zone.unwrap_or(0) * 60), assumed))
}

/// A date as it is written.
struct Date {
    /// Year, month and day.
    fields: [u32; 3],
    /// The byte between day and month where both are numbers and the year is the last: their order is a convention.
    between: Option<u8>,
}

impl Date {
    /// Returns year, month and day, the month read as the first where the order is a convention.
    fn month_first(&self) -> [u32; 3] {
        let [year, month, day] = self.fields;
        if self.between.is_some() { [year, day, month] } else { self.fields }
    }

    /// Returns whether the month may stand before the day, so that this is another date. With dots nobody writes so.
    fn is_ambiguous(&self) -> bool {
        let [_, month, day] = self.fields;
        self.between.is_some_and(|sign| sign != b'.') && day != month && day.max(month) <= 12
    }
}

/// Returns the number of so many digits at the start of a text, and the text after them.
fn digits(text: &[u8], count: usize) -> Option<(u32, &[u8])> {
    let (field, after) = text.split_at_checked(count)?;
    Some((number(field)?, after))
}

/// Returns the date at the start of a text that begins with its year, and the text after it.
fn date_year_first(text: &[u8]) -> Option<(Date, &[u8])> {
    fn after_sign(text: &[u8]) -> &[u8] {
        match text {
            [b'-' | b'/' | b':' | b'.', after @ ..] => after,
            _ => text,
        }
    }
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(after_sign(rest), 2)?;
    let (day, rest) = digits(after_sign(rest), 2)?;
    Some((Date { fields: [year, month, day], between: None }, after_sign(rest)))
}

/// Returns the date at the start of a text that begins with its day, and the text after it: `10.03.2026`, `10/03/2026`,
/// `10-Mar-2026`, `10 Mar 2026`.
fn date_day_first(text: &[u8]) -> Option<(Date, &[u8])> {
    const MONTHS: [&[u8; 3]; 12] =
        [b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC"];
    let (day, rest) = digits(text, 2).or_else(|| digits(text, 1))?;
    let [sign @ (b'.' | b'/' | b'-' | b' '), rest @ ..] = rest else { return None };
    let named =
        rest.get(..3).and_then(|word| MONTHS.iter().position(|name| word.eq_ignore_ascii_case(*name)));
    let (month, rest, between) = match named {
        Some(place) => (place as u32 + 1, &rest[3..], None),
        None if *sign == b' ' => return None,
        None => {
            let (month, rest) = digits(rest, 2).or_else(|| digits(rest, 1))?;
            (month, rest, Some(*sign))
        }
    };
    let (year, rest) = digits(rest.strip_prefix(&[*sign])?, 4)?;
    Some((Date { fields: [year, month, day], between }, rest))
}

/// Returns a number of one to nine decimal digits.
pub(super) fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0, |sum, c| c.is_ascii_digit().then(|| sum * 10 + u32::from(c - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar_from_1995_to_2099() {
        let text = |y, month, day, h, m, s, ms| {
            date_time(y, month, day, h, m, s, ms).map(|time| time.rfc3339_millis())
        };
        assert_eq!(text(2024, 2, 29, 8, 41, 59, 147).as_deref(), Some("2024-02-29T08:41:59.147Z"));
        assert_eq!(text(2016, 12, 31, 23, 59, 60, 0).as_deref(), Some("2017-01-01T00:00:00.000Z"));
        assert_eq!(text(1995, 1, 1, 0, 0, 0, 0).as_deref(), Some("1995-01-01T00:00:00.000Z"));
        assert_eq!(text(2099, 12, 31, 23, 59, 59, 999).as_deref(), Some("2099-12-31T23:59:59.999Z"));
        for (y, month, day, h, m, s, ms) in [
            (1994, 12, 31, 23, 59, 59, 999),
            (2100, 1, 1, 0, 0, 0, 0),
            (2025, 2, 29, 0, 0, 0, 0),
            (2026, 0, 1, 0, 0, 0, 0),
            (2026, 13, 1, 0, 0, 0, 0),
            (2026, 4, 31, 0, 0, 0, 0),
            (2026, 1, 0, 0, 0, 0, 0),
            (2026, 1, 1, 24, 0, 0, 0),
            (2026, 1, 1, 0, 60, 0, 0),
            (2026, 1, 1, 0, 0, 61, 0),
            (2026, 1, 1, 0, 0, 0, 1000),
            (4_000_000_000, 1, 1, 0, 0, 0, 0),
            (2026, 300, 1, 0, 0, 0, 0),
        ] {
            assert_eq!(text(y, month, day, h, m, s, ms), None, "{y}-{month}-{day} {h}:{m}:{s}.{ms}");
        }
    }

    #[test]
    fn times_that_loggers_write_before_a_sentence() {
        let noon = Time::parse("2026-03-10T12:00:00Z");
        for text in [
            "2026-03-10 12:00:00 ",
            "2026-03-10T12:00:00Z ",
            "2026-03-10T12:00:00.000Z: ",
            "[2026-03-10 12:00:00] ",
            "2026/03/10 12:00:00, ",
            "2026-03-10 08:00:00-04:00 ",
            "2026-03-10T13:00:00.0+0100 ",
            "20260310T120000Z ",
            "20260310 120000 ",
            "10.03.2026 12:00:00 ",
            "10/03/2026 12:00:00, ",
            "10-03-2026T12:00:00.000 ",
            "10-Mar-2026 12:00:00 ",
            "10 mar 2026 12:00:00: ",
            "3/10/2026 12:00:00 PM ",
            "( MSG: 18, MMSI: 314001000, timestamp: 20260310120000)",
            "1773144000 ",
            "1773144000.000, ",
            "[1773144000] ",
            "(1773144000.000000) can0 ",
            "1773144000000;N;",
            "1773144000000000 ",
            "\u{feff}1773144000 ",
            "1773144000000,NMEA0183,AIVDM,TCP:0.0.0.0:10110,\"",
            "rx1, 2026-03-10T12:00:00Z, ",
        ] {
            assert_eq!(logged_time(text.as_bytes()), noon, "{text}");
        }
        for (text, zone, day) in [
            ("2026-03-10 12:00:00 ", true, false),
            ("2026-03-10 12:00:00 UTC: ", false, false),
            ("2026-03-10T12:00:00Z ", false, false),
            ("2026-03-10 08:00:00-04:00 ", false, false),
            ("1773144000 ", false, false),
            ("10.03.2026 12:00:00 ", true, false),
            ("10-Mar-2026 12:00:00Z ", false, false),
            ("10/03/2026 12:00:00 ", true, true),
            ("10-03-2026 12:00:00Z ", false, true),
            ("3/10/2026 12:00:00 PM ", true, true),
            ("3/3/2026 12:00:00 ", true, false),
            ("25/03/2026 12:00:00 ", true, false),
        ] {
            let assumed = logged(text.as_bytes()).map(|(_, assumed)| assumed);
            assert_eq!(assumed, Some(Assumed { zone, day }), "{text}");
        }
        assert_eq!(logged_time(b"1773144000.25 ").map(|time| time.0 % 1000), Some(250));
        assert_eq!(logged_time(b"2026-03-10 12:00:00,123 ").map(|time| time.0 % 1000), Some(123));
        for text in
            ["", "12:00:00 ", "314001000 ", "words ", "99999999999 ", "2026-13-10 12:00:00 ", "COM3 4800 "]
        {
            assert_eq!(logged_time(text.as_bytes()), None, "{text}");
        }
        for text in
            ["03/25/2026 12:00:00 ", "10.03.26 12:00:00 ", "10 12 2026 12:00:00 ", "3/10/2026 13:00:00 PM "]
        {
            assert_eq!(logged_time(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn unix_times_have_as_many_digits_as_their_unit_takes() {
        let half_past = Some(Time(1_773_144_000_500));
        for text in ["1773144000.5", "1773144000500", "1773144000500000", "1773144000500999999"] {
            assert_eq!(unix_time(text.as_bytes()), half_past, "{text}");
        }
        for text in ["", "1773144000x", "17731440005009999990", "9999999999999999999", "177314400050"] {
            assert_eq!(unix_time(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_time_of_day_is_of_the_nearest_day() {
        let at = |text: &str| Time::parse(text).expect("a time");
        for (seconds, near, expected) in [
            (36_000, "2026-01-01T10:00:01Z", "2026-01-01T10:00:00Z"),
            (86_399, "2026-01-02T00:00:01Z", "2026-01-01T23:59:59Z"),
            (1, "2026-01-01T23:59:59Z", "2026-01-02T00:00:01Z"),
            (0, "2026-01-01T12:00:00Z", "2026-01-01T00:00:00Z"),
        ] {
            let found = on_nearest_day(Span::from_secs(seconds), at(near));
            assert_eq!(found, at(expected), "{seconds} s near {near}");
        }
    }
}
