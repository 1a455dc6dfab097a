//! Single values that need more than a type: names, identities, positions, dates.

use toml::de::DeValue;

use super::keys::Kind;
use super::values::Written;
use crate::model::{Imo, Mmsi, Position, Time};

/// The longest name that may go into a topic.
const MAX_NAME: usize = 64;

/// Returns the fault of a name, if it has one.
pub(super) fn name_fault(text: &str) -> Option<String> {
    let right = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(right) {
        return None;
    }
    let mut mend: String = text.trim().chars().map(|c| if right(c) { c } else { '-' }).collect();
    mend.truncate(MAX_NAME);
    let mend = if mend.is_empty() { "ragged-point" } else { &mend };
    Some(format!(
        "\"{text}\" is not a name: letters, digits and -, at most {MAX_NAME} of them, such as \"{mend}\""
    ))
}

/// An MMSI or an IMO number.
pub(super) fn identity_number(kind: Kind, number: Option<f64>) -> Result<f64, String> {
    let whole = number.filter(|n| n.fract() == 0.0 && (1.0..1e9).contains(n)).map(|n| n as u32);
    if matches!(kind, Kind::Mmsi) {
        return match whole.and_then(Mmsi::new) {
            Some(mmsi) => Ok(f64::from(mmsi.0)),
            None => {
                Err("mmsi is a number of at most nine digits, without quotes, such as 314001000".to_owned())
            }
        };
    }
    match whole.and_then(Imo::new) {
        Some(imo) if imo.check_digit_fits() => Ok(f64::from(imo.0)),
        Some(imo) => Err(format!("{} is not an IMO number: its last digit does not fit the others", imo.0)),
        None => Err("imo is a number of seven digits, without quotes, such as 9074729".to_owned()),
    }
}

/// A number of either sort.
pub(super) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n as f64),
        DeValue::Float(n) => n.as_str().parse().ok(),
        _ => None,
    }
}

/// A value as the parser of quantities takes it.
pub(super) fn written(value: &DeValue<'_>) -> Written {
    if let Some(n) = number(value) {
        return Written::Number(n);
    }
    match value {
        DeValue::String(text) => Written::Text(text.to_string()),
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> =
                items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
            texts.map_or(Written::Other("list"), Written::List)
        }
        other => Written::Other(other.type_str()),
    }
}

/// Longitude and latitude.
pub(super) fn position(value: &DeValue<'_>) -> Result<Position, String> {
    let numbers: Vec<f64> = match value {
        DeValue::Array(items) => items.iter().filter_map(|item| number(item.get_ref())).collect(),
        _ => Vec::new(),
    };
    let ([lon, lat], Some(items)) = (numbers.as_slice(), value.as_array()) else {
        return Err("a position is longitude and latitude in degrees, such as [-59.432, 13.164]".to_owned());
    };
    if items.len() != 2 {
        return Err("a position is two numbers, longitude and latitude".to_owned());
    }
    Position::new(*lon, *lat).ok_or_else(|| match Position::new(*lat, *lon) {
        Some(_) => format!("[{lon}, {lat}] is out of range; longitude comes first, so write [{lat}, {lon}] if that is what it is"),
        None => format!("[{lon}, {lat}] is out of range: longitude -180 to 180, then latitude -90 to 90"),
    })
}

/// Two bearings.
pub(super) fn sector(value: &DeValue<'_>) -> Result<[f64; 2], String> {
    let such = "a sector is two bearings in degrees true, clockwise from the first to the second, such as [350, 140]";
    let items = value.as_array().ok_or(such)?;
    let numbers: Vec<f64> = items.iter().filter_map(|item| number(item.get_ref())).collect();
    let ([from, to], 2) = (numbers.as_slice(), items.len()) else { return Err(such.to_owned()) };
    if !(0.0..=360.0).contains(from) || !(0.0..=360.0).contains(to) {
        return Err(format!("[{from}, {to}] is out of range: bearings are 0 to 360"));
    }
    if (to - from).rem_euclid(360.0) == 0.0 {
        return Err(format!(
            "[{from}, {to}] is no sector; leave the key out for a radar that looks all round"
        ));
    }
    Ok([*from, *to])
}

/// Whether a position reads like latitude before longitude somewhere in the Caribbean.
pub(super) fn seems_swapped(first: f64, second: f64) -> bool {
    (0.0..=33.0).contains(&first) && (-98.0..=-50.0).contains(&second)
}

/// The first and last moment of a day; one and the same for a moment.
pub(super) fn date(value: &DeValue<'_>) -> Option<(Time, Time)> {
    let text = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(at) => at.to_string(),
        _ => return None,
    };
    if let Some(moment) = Time::parse(&text) {
        return Some((moment, moment));
    }
    let day: jiff::civil::Date = if text.len() == 10 { text.parse().ok()? } else { return None };
    let start = Time::parse(&format!("{day}T00:00:00Z"))?;
    Some((start, Time(start.0 + 86_400_000 - 1)))
}
