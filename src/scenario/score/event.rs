//! Alert events, as far as a score needs them.

use serde_json::Value;

use crate::model::Time;

/// A party to an alert.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Its key.
    pub track: String,
    /// The MMSI that it is told by, if any.
    pub mmsi: Option<u32>,
}

/// A raised alert, as far as matching needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    /// The rule that raised it.
    pub rule: String,
    /// Its pattern.
    pub pattern: String,
    /// Its subjects, in the order of their keys.
    pub subjects: Vec<Subject>,
    /// When the behaviour began.
    pub onset: Time,
    /// When it was raised.
    pub time: Time,
}

/// Reads one alert event (`docs/alerts.md`); `None` for phases other than `raised`.
///
/// # Errors
/// What is missing or wrong, in words.
pub fn read_event(line: &str) -> Result<Option<Raised>, String> {
    let event: Value = serde_json::from_str(line).map_err(|error| format!("no JSON: {error}"))?;
    let word = |key: &str| {
        let value = event.pointer(&format!("/properties/{key}")).and_then(Value::as_str);
        value.map(str::to_owned).ok_or(format!("properties.{key} is missing: is this an alert event?"))
    };
    if word("phase")? != "raised" {
        return Ok(None);
    }
    let moment = |key: &str| {
        let text = word(key)?;
        Time::parse(&text).ok_or(format!("properties.{key}: \"{text}\" is not RFC 3339"))
    };
    let listed = event.pointer("/properties/subjects").and_then(Value::as_array);
    let subjects = listed.ok_or("properties.subjects is missing: is this an alert event?")?;
    let mut parties = Vec::new();
    for subject in subjects {
        let track = subject.get("track").and_then(Value::as_str).ok_or("a subject has no track")?.to_owned();
        let mmsi = subject.get("mmsi").and_then(Value::as_u64).and_then(|mmsi| u32::try_from(mmsi).ok());
        parties.push(Subject { track, mmsi });
    }
    parties.sort();
    Ok(Some(Raised {
        rule: word("rule")?,
        pattern: word("pattern")?,
        subjects: parties,
        onset: moment("onset")?,
        time: moment("time")?,
    }))
}
