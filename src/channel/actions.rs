//! What officers do, as received on `vigie/<node>/actions/<id>`: pure, so that a replay repeats it.

use serde::Deserialize;

use crate::model::{Action, ActionKind, Span, Time};

/// The longest payload that is looked at, bytes.
const LONGEST: usize = 16 * 1024;
/// The longest name or key kept, characters.
const LONGEST_NAME: usize = 128;
/// The longest silence, minutes: seven days.
pub const LONGEST_SILENCE_MIN: f64 = 7.0 * 24.0 * 60.0;
/// A time that far ahead of the arrival is not believed, as with reports.
const AHEAD: Span = Span::from_secs(5);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    action: String,
    by: String,
    alert: Option<String>,
    subject: Option<String>,
    minutes: Option<f64>,
    seq: Option<u32>,
    time: Option<String>,
}

/// Why an action was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// Too long a payload.
    #[error("longer than 16 KiB")]
    TooLong,
    /// Not the JSON object that an action is.
    #[error("not an action: {0}")]
    Json(String),
    /// No such action.
    #[error("no action is called {0:?}; there are acknowledge, silence, received, hold and release")]
    Unknown(String),
    /// A key that this action needs.
    #[error("{action} needs {key}")]
    Missing {
        /// The action.
        action: &'static str,
        /// What it lacks.
        key: &'static str,
    },
    /// A value out of its bounds.
    #[error("{0}")]
    Value(&'static str),
}

/// Whether a topic of the real thing is one of officers' actions, of any node.
pub fn is_topic(topic: &str) -> bool {
    crate::mqtt::filter_takes("vigie/+/actions/+", topic)
}

/// Reads an action. `arrival` is its time unless it tells an earlier one; the topic decides nothing yet.
pub fn parse(_topic: &str, payload: &[u8], arrival: Time) -> Result<Action, ActionError> {
    if payload.len() > LONGEST {
        return Err(ActionError::TooLong);
    }
    let raw: Raw = serde_json::from_slice(payload).map_err(|error| ActionError::Json(error.to_string()))?;
    let by = name(raw.by).ok_or(ActionError::Value("\"by\" is empty or over 128 characters"))?;
    let time = match raw.time.as_deref() {
        None => arrival,
        Some(text) => Time::parse(text).ok_or(ActionError::Value("\"time\" is no RFC 3339 time"))?,
    };
    let time = if time > arrival + AHEAD { arrival } else { time };
    let alert = |action| {
        let alert = raw.alert.ok_or(ActionError::Missing { action, key: "\"alert\", its id" })?;
        name(alert).ok_or(ActionError::Value("\"alert\" is no alert's id"))
    };
    let kind = match raw.action.as_str() {
        "acknowledge" => ActionKind::Acknowledge { alert: alert("acknowledge")? },
        "received" => {
            let seq =
                raw.seq.ok_or(ActionError::Missing { action: "received", key: "\"seq\", the event's" })?;
            ActionKind::Received { alert: alert("received")?, seq }
        }
        "hold" => ActionKind::Hold { alert: alert("hold")?, held: true },
        "release" => ActionKind::Hold { alert: alert("release")?, held: false },
        "silence" => {
            let key = "\"subject\", such as \"mmsi:314001000\"";
            let subject = raw.subject.ok_or(ActionError::Missing { action: "silence", key })?;
            let subject = name(subject).filter(|s| s.contains(':'));
            let subject =
                subject.ok_or(ActionError::Value("\"subject\" is no key such as \"mmsi:314001000\""))?;
            let minutes =
                raw.minutes.ok_or(ActionError::Missing { action: "silence", key: "\"minutes\"" })?;
            if !(minutes > 0.0 && minutes <= LONGEST_SILENCE_MIN) {
                return Err(ActionError::Value("\"minutes\" is not between 0 and 10080 (seven days)"));
            }
            ActionKind::Silence { subject, lasting: Span::from_secs_f64(minutes * 60.0) }
        }
        other => return Err(ActionError::Unknown(other.chars().take(40).collect())),
    };
    Ok(Action { time, by, kind })
}

fn name(text: String) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= LONGEST_NAME && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_secs(1_767_240_000);

    fn read(payload: &str) -> Result<Action, ActionError> {
        parse("vigie/bb-ops/actions/1", payload.as_bytes(), NOW)
    }

    #[test]
    fn both_actions() {
        let acknowledged = read(r#"{"action":"acknowledge","alert":"0f3a","by":"Lt Clarke"}"#).expect("fine");
        let kind = ActionKind::Acknowledge { alert: "0f3a".to_owned() };
        assert_eq!(acknowledged, Action { time: NOW, by: "Lt Clarke".to_owned(), kind });

        let silenced = r#"{"action":"silence","subject":"mmsi:314001000","minutes":60,"by":"x",
                           "time":"2026-01-01T03:59:00Z"}"#;
        let silenced = read(silenced).expect("fine");
        assert_eq!(silenced.time, Time(NOW.0 - 60_000));
        let kind =
            ActionKind::Silence { subject: "mmsi:314001000".to_owned(), lasting: Span::from_secs(3600) };
        assert_eq!(silenced.kind, kind);
    }

    #[test]
    fn a_time_ahead_is_not_believed() {
        let ahead = read(r#"{"action":"acknowledge","alert":"a","by":"x","time":"2030-01-01T00:00:00Z"}"#);
        assert_eq!(ahead.expect("fine").time, NOW);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (payload, expected) in [
            ("", "not an action"),
            ("[1]", "not an action"),
            (r#"{"action":"sink","by":"x"}"#, "no action is called \"sink\""),
            (r#"{"action":"acknowledge","by":"x"}"#, "acknowledge needs \"alert\""),
            (r#"{"action":"acknowledge","alert":"a","by":" "}"#, "\"by\" is empty"),
            (r#"{"action":"silence","subject":"mmsi:1","by":"x"}"#, "silence needs \"minutes\""),
            (r#"{"action":"silence","subject":"mmsi:1","minutes":-1,"by":"x"}"#, "\"minutes\" is not"),
            (r#"{"action":"silence","subject":"mmsi:1","minutes":1e300,"by":"x"}"#, "\"minutes\" is not"),
            (r#"{"action":"silence","subject":"Smith","minutes":1,"by":"x"}"#, "\"subject\" is no key"),
            (r#"{"action":"acknowledge","alert":"a","by":"x","extra":1}"#, "unknown field `extra`"),
        ] {
            let error = read(payload).expect_err(payload).to_string();
            assert!(error.contains(expected), "{payload}: {error}");
        }
    }
}
