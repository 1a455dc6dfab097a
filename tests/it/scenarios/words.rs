//! Words of a table: times, positions, quantities. Each answers an error that says what was wrong.

use vigie::geodesy::NM_M;
use vigie::model::{Limit, LimitKind, LimitValue, Position, Span, Squawk, Time};

pub type Res<T> = Result<T, String>;

/// Midnight at which every table begins.
pub const START: Time = Time::from_secs(1_767_225_600);

/// A line's words; quotes keep blanks together, `#` begins a comment.
pub fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => break,
            c if c.is_whitespace() && !quoted => words.extend(Some(std::mem::take(&mut word))),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|w| !w.is_empty());
    words
}

/// `01:00`, `01:00:30`, `25:10`: since the first midnight.
pub fn time(word: &str) -> Res<Time> {
    let mut parts = word.split(':').map(str::parse::<i64>);
    let mut next = || parts.next().transpose().map_err(|_| format!("no time: {word}"));
    let (hours, minutes, seconds) = (next()?, next()?, next()?);
    let minutes = minutes.ok_or(format!("no time: {word}"))?;
    Ok(START + Span::from_secs(hours.unwrap_or(0) * 3600 + minutes * 60 + seconds.unwrap_or(0)))
}

/// `10s`, `30min`, `2h`.
pub fn span(word: &str) -> Res<Span> {
    quantity(word, &[("s", 1.0), ("min", 60.0), ("h", 3600.0)]).map(Span::from_secs_f64)
}

/// `15m`, `1nm`: metres.
pub fn metres(word: &str) -> Res<f64> {
    quantity(word, &[("m", 1.0), ("nm", NM_M)])
}

/// `2kn`
pub fn knots(word: &str) -> Res<f64> {
    quantity(word, &[("kn", 1.0)])
}

/// `1500ft`
pub fn feet(word: &str) -> Res<f64> {
    quantity(word, &[("ft", 1.0)])
}

/// A plain number.
pub fn number(word: &str) -> Res<f64> {
    quantity(word, &[("", 1.0)])
}

fn quantity(word: &str, units: &[(&str, f64)]) -> Res<f64> {
    let end = word.find(|c: char| c != '.' && c != '-' && !c.is_ascii_digit()).unwrap_or(word.len());
    let unit = units.iter().find(|(unit, _)| *unit == word[end..].trim());
    let (_, factor) = unit.ok_or(format!("{word}: a unit of {units:?}?"))?;
    Ok(word[..end].parse::<f64>().map_err(|_| format!("no number: {word}"))? * factor)
}

/// `11.1800N` and `060.7400W`.
pub fn position(lat: &str, lon: &str) -> Res<Position> {
    let [lat, lon] = [degrees(lat, 'N', 'S')?, degrees(lon, 'E', 'W')?];
    Position::new(lon, lat).ok_or("no position".to_owned())
}

pub fn is_latitude(word: &str) -> bool {
    degrees(word, 'N', 'S').is_ok()
}

fn degrees(word: &str, plus: char, minus: char) -> Res<f64> {
    let figure = |sign: char| word.strip_suffix(sign).and_then(|w| w.parse::<f64>().ok());
    let value = figure(plus).or(figure(minus).map(|v| -v));
    value.ok_or(format!("{word}: degrees and {plus} or {minus}?"))
}

/// A limit as a table or a declaration writes it.
pub fn limit(limit: &Limit, word: &str) -> Res<LimitValue> {
    if word == "none" {
        return Ok(LimitValue::None);
    }
    let packed: String = word.chars().filter(|c| !c.is_whitespace()).collect();
    let chosen = |allowed: &'static [&'static str]| -> Res<LimitValue> {
        let find = |w: &str| allowed.iter().copied().find(|a| *a == w).ok_or(format!("{w}: {allowed:?}?"));
        Ok(LimitValue::Words(word.split(',').map(|w| find(w.trim())).collect::<Res<_>>()?))
    };
    Ok(LimitValue::Number(match limit.kind {
        LimitKind::Speed => knots(&packed)?,
        LimitKind::Metres => metres(&packed)?,
        LimitKind::NauticalMiles => metres(&packed)? / NM_M,
        LimitKind::Duration => span(&packed)?.secs(),
        LimitKind::Feet => quantity(&packed, &[("ft", 1.0)])?,
        LimitKind::Codes => {
            let code = |w: &str| Squawk::of_digits(w).map(Squawk::digits).ok_or(format!("{w}: a code?"));
            return Ok(LimitValue::Words(packed.split(',').map(code).collect::<Res<_>>()?));
        }
        LimitKind::Angle | LimitKind::Bearing => quantity(&packed, &[("deg", 1.0), ("°", 1.0)])?,
        LimitKind::Share | LimitKind::Count | LimitKind::Factor => number(&packed)?,
        LimitKind::OneOf(words) | LimitKind::SomeOf(words) => return chosen(words),
    }))
}
