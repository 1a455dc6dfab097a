//! Officers' actions as JSON, on `vigie/<node>/actions/<id>` or from the console (docs/mqtt.md): decoder and encoder.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{
    Action, ActionKind, Deed, Icao, Mark, Outcome, Position, SharedEntry, SharedList, Span, Time, key_here,
};

/// The longest payload that is read, bytes.
const LONGEST: usize = 16 * 1024;
/// The longest name or key kept, characters.
const LONGEST_NAME: usize = 128;
/// Greatest length of a text, characters.
const LONGEST_TEXT: usize = 2000;
/// The longest silence, minutes: seven days.
pub const LONGEST_SILENCE_MIN: f64 = 7.0 * 24.0 * 60.0;
/// Most words of `releasable_to` of a mark.
const MOST_WORDS: usize = 64;
/// Most entries of a part of a shared list.
pub const MOST_ENTRIES: usize = 200;
/// Word in `action` of part of a list that another centre shared. No officer sends it.
const SHARED_LIST: &str = "shared-list";
/// A time further ahead of the arrival than this is not believed.
const AHEAD: Span = Span::from_secs(5);

/// The action of a payload, by the word in `action`; `by` and `time` stand beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)] // docs/mqtt.md has them, and `model::ActionKind`
pub enum Asked {
    Acknowledge { alert: String },
    Assign { alert: String, to: String, text: Option<String> },
    Comment { alert: String, text: String },
    Mute { alert: String },
    Silence { subject: String, minutes: f64 },
    Close { alert: String, outcome: Outcome, text: Option<String> },
    Reopen { alert: String },
    Hold { alert: String },
    Release { alert: String },
    Received { alert: String, seq: u32 },
    Offer { alert: String, to: String, text: Option<String> },
    Accept { alert: String },
    Refuse { alert: String, text: Option<String> },
    Take { alert: String, text: Option<String> },
    Disclose { alert: String, to: String, text: String },
    Withhold { alert: String, to: String, text: String },
    Mark { mark: Box<Mark> },
    Unmark { mark: String },
    Log { text: String },
}

/// Why an action was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// The payload is too long.
    #[error("longer than 16 KiB")]
    TooLong,
    /// The payload is not the JSON object that an action is.
    #[error("not an action: {0}")]
    Json(String),
    /// A value is out of bounds.
    #[error("\"{key}\" {wrong}")]
    Value {
        /// Key whose value is wrong.
        key: &'static str,
        /// Description of the fault and of the right value.
        wrong: &'static str,
    },
}

/// Reads an action. `arrival` is its time unless the payload has an earlier one.
///
/// # Errors
/// The payload is no action, or one of its values is out of bounds.
pub fn parse(payload: &[u8], arrival: Time) -> Result<Action, ActionError> {
    if payload.len() > LONGEST {
        return Err(ActionError::TooLong);
    }
    let not = |error: serde_json::Error| ActionError::Json(error.to_string());
    let mut object: Map<String, Value> = serde_json::from_slice(payload).map_err(not)?;
    let by = match object.remove("by") {
        Some(Value::String(by)) => name("by", by)?,
        _ => return wrong("by", "is missing: say who, up to 128 characters"),
    };
    let centre = match object.remove("centre") {
        None | Some(Value::Null) => None,
        Some(Value::String(centre)) => Some(name("centre", centre)?),
        Some(_) => return wrong("centre", "is no name of a centre"),
    };
    let told = match object.remove("time") {
        None | Some(Value::Null) => arrival,
        Some(Value::String(text)) => match Time::parse(&text) {
            Some(time) => time,
            None => return wrong("time", NO_TIME),
        },
        Some(_) => return wrong("time", NO_TIME),
    };
    let time = believed(told, arrival);
    if centre.is_some() && object.get("action").is_some_and(|word| word == SHARED_LIST) {
        object.remove("action");
        let list = serde_json::from_value(Value::Object(object)).map_err(not)?;
        return Ok(Action { time, by, centre, kind: ActionKind::Listed(Box::new(checked_list(list)?)) });
    }
    let asked = serde_json::from_value(Value::Object(object)).map_err(not)?;
    Ok(Action { time, by, centre, kind: kind(asked)? })
}

/// Reads an action that another centre sent to this node `own`: alerts in it are named as this node names them. `arrival` is
/// its time unless the payload has an earlier one.
///
/// # Errors
/// The payload is no action, or one of its values is out of bounds.
pub fn parse_of_centre(payload: &[u8], from: &str, own: &str, arrival: Time) -> Result<Action, ActionError> {
    let mut action = parse(payload, arrival)?;
    let told = action.centre.replace(from.to_owned());
    if let ActionKind::Alert { alert, deed } = &mut action.kind {
        // The centre of an alert tells the others what a third one decided about its lead, and nothing else.
        let is_own_alert = !alert.contains(':');
        if is_own_alert && (deed.is_of_lead() || matches!(deed, Deed::Assign { .. })) {
            action.centre = told.filter(|centre| centre != own).or(action.centre);
        }
        *alert = key_here(alert, from, own);
    }
    Ok(action)
}

/// Returns an action as JSON: [`parse`] gives the action again.
pub fn render(action: &Action) -> String {
    let value = match &action.kind {
        ActionKind::Listed(list) => listed(list),
        ActionKind::Alert { alert, deed } => json(&asked_of(alert.clone(), deed.clone())),
        ActionKind::Silence { subject, lasting } => {
            json(&Asked::Silence { subject: subject.clone(), minutes: lasting.0 as f64 / 60_000.0 })
        }
        ActionKind::Mark(mark) => json(&Asked::Mark { mark: mark.clone() }),
        ActionKind::Unmark { mark } => json(&Asked::Unmark { mark: mark.clone() }),
        ActionKind::Log { text } => json(&Asked::Log { text: text.clone() }),
    };
    payload(value, &action.by, action.centre.as_deref(), action.time)
}

/// Returns the time of an action that came in at `arrival`: `arrival` where the action's own time is ahead of it. Before an
/// exercise has told any time the arrival is [`Time::NEVER`], and the action's own time counts.
pub fn believed(time: Time, arrival: Time) -> Time {
    if arrival != Time::NEVER && time > arrival + AHEAD { arrival } else { time }
}

/// An action of an officer at this node's own console.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The action, as it is carried out.
    pub action: Action,
    /// The action as JSON, as it is logged and published for other centres: [`parse`] gives `action` again.
    pub payload: String,
}

impl Written {
    /// Checks what somebody asked for, and writes it down.
    ///
    /// # Errors
    /// A value is out of bounds.
    pub fn new(asked: Asked, by: &str, time: Time) -> Result<Written, ActionError> {
        let payload = payload(json(&asked), by, None, time);
        if payload.len() > LONGEST {
            return Err(ActionError::TooLong);
        }
        let by = name("by", by.to_owned())?;
        Ok(Written { action: Action { time, by, centre: None, kind: kind(asked)? }, payload })
    }
}

fn json(asked: &Asked) -> Value {
    serde_json::to_value(asked).unwrap_or_default()
}

/// Returns part of a shared list as the JSON object of an action.
fn listed(list: &SharedList) -> Value {
    let mut value = serde_json::to_value(list).unwrap_or_default();
    if let Value::Object(object) = &mut value {
        object.insert("action".to_owned(), SHARED_LIST.into());
    }
    value
}

/// Returns an action as JSON, with who acts and when.
fn payload(mut value: Value, by: &str, centre: Option<&str>, time: Time) -> String {
    if let Value::Object(object) = &mut value {
        object.retain(|_, value| !value.is_null());
        object.insert("by".to_owned(), by.into());
        if let Some(centre) = centre {
            object.insert("centre".to_owned(), centre.into());
        }
        object.insert("time".to_owned(), time.rfc3339_millis().into());
    }
    value.to_string()
}

const NO_TIME: &str = "is no RFC 3339 time, such as 2026-01-01T04:00:00Z";

fn wrong<T>(key: &'static str, wrong: &'static str) -> Result<T, ActionError> {
    Err(ActionError::Value { key, wrong })
}

fn kind(asked: Asked) -> Result<ActionKind, ActionError> {
    let on = |alert, deed| Ok(ActionKind::Alert { alert: name("alert", alert)?, deed });
    match asked {
        Asked::Acknowledge { alert } => on(alert, Deed::Acknowledge),
        Asked::Assign { alert, to, text: what } => {
            on(alert, Deed::Assign { to: name("to", to)?, text: maybe(what)? })
        }
        Asked::Comment { alert, text: what } => on(alert, Deed::Comment { text: text(what)? }),
        Asked::Mute { alert } => on(alert, Deed::Mute),
        Asked::Close { alert, outcome, text: what } => on(alert, Deed::Close { outcome, text: maybe(what)? }),
        Asked::Reopen { alert } => on(alert, Deed::Reopen),
        Asked::Hold { alert } => on(alert, Deed::Hold { held: true }),
        Asked::Release { alert } => on(alert, Deed::Hold { held: false }),
        Asked::Received { alert, seq } => on(alert, Deed::Received { seq }),
        Asked::Offer { alert, to, text: what } => {
            on(alert, Deed::Offer { to: name("to", to)?, text: maybe(what)? })
        }
        Asked::Accept { alert } => on(alert, Deed::Accept),
        Asked::Refuse { alert, text: what } => on(alert, Deed::Refuse { text: maybe(what)? }),
        Asked::Take { alert, text: what } => on(alert, Deed::Take { text: maybe(what)? }),
        Asked::Disclose { alert, to, text: what } => {
            on(alert, Deed::Disclose { to: name("to", to)?, text: text(what)? })
        }
        Asked::Withhold { alert, to, text: what } => {
            on(alert, Deed::Withhold { to: name("to", to)?, text: text(what)? })
        }
        Asked::Silence { subject, minutes } => {
            if !(0.0..=LONGEST_SILENCE_MIN).contains(&minutes) {
                return wrong("minutes", "is not between 0 (the silence ends) and 10080 (seven days)");
            }
            let lasting = Span::from_secs_f64(minutes * 60.0);
            Ok(ActionKind::Silence { subject: subject_key("subject", subject)?, lasting })
        }
        Asked::Mark { mark } => Ok(ActionKind::Mark(Box::new(checked(*mark)?))),
        Asked::Unmark { mark } => Ok(ActionKind::Unmark { mark: name("mark", mark)? }),
        Asked::Log { text: what } => Ok(ActionKind::Log { text: text(what)? }),
    }
}

/// Returns the action of a payload that says the same as a deed on an alert.
fn asked_of(alert: String, deed: Deed) -> Asked {
    match deed {
        Deed::Acknowledge => Asked::Acknowledge { alert },
        Deed::Assign { to, text } => Asked::Assign { alert, to, text },
        Deed::Comment { text } => Asked::Comment { alert, text },
        Deed::Mute => Asked::Mute { alert },
        Deed::Close { outcome, text } => Asked::Close { alert, outcome, text },
        Deed::Reopen => Asked::Reopen { alert },
        Deed::Hold { held: true } => Asked::Hold { alert },
        Deed::Hold { held: false } => Asked::Release { alert },
        Deed::Received { seq } => Asked::Received { alert, seq },
        Deed::Offer { to, text } => Asked::Offer { alert, to, text },
        Deed::Accept => Asked::Accept { alert },
        Deed::Refuse { text } => Asked::Refuse { alert, text },
        Deed::Take { text } => Asked::Take { alert, text },
        Deed::Disclose { to, text } => Asked::Disclose { alert, to, text },
        Deed::Withhold { to, text } => Asked::Withhold { alert, to, text },
    }
}

/// A mark whose values are within their bounds.
fn checked(mark: Mark) -> Result<Mark, ActionError> {
    if mark.position.is_some_and(|[lon, lat]| Position::new(lon, lat).is_none()) {
        return wrong("position", "is not [longitude, latitude] in degrees");
    }
    if mark.position.is_none() && mark.track.is_none() {
        return wrong("position", "is missing, and so is \"track\": give one of them");
    }
    let within = |value: Option<f64>, top: f64| value.is_none_or(|value| (0.0..=top).contains(&value));
    if !within(mark.cog_deg, 360.0) {
        return wrong("cog_deg", "is not between 0 and 360");
    }
    if !within(mark.sog_kn, MOST_KN) || !within(mark.top_speed_kn, MOST_KN) {
        return wrong("sog_kn", "or \"top_speed_kn\" is not between 0 and 1000 knots");
    }
    if let Some(level) = &mark.marking {
        name("marking", level.clone())?;
    }
    for word in mark.releasable_to.iter().flatten() {
        name("releasable_to", word.clone())?;
    }
    if mark.releasable_to.as_ref().is_some_and(|words| words.len() > MOST_WORDS) {
        return wrong("releasable_to", "has over 64 words");
    }
    Ok(Mark {
        id: name("id", mark.id)?,
        name: name("name", mark.name)?,
        text: maybe(mark.text)?,
        track: mark.track.map(|track| subject_key("track", track)).transpose()?,
        ..mark
    })
}

/// Part of a list whose values are within their bounds.
fn checked_list(mut list: SharedList) -> Result<SharedList, ActionError> {
    if list.entries.len() > MOST_ENTRIES {
        return wrong("entries", "are over 200");
    }
    list.list = name("list", list.list)?;
    for entry in &mut list.entries {
        let SharedEntry { icao, name, call_sign, reason, source, action, marking, .. } = entry;
        self::name("marking", marking.clone())?;
        let is_address = |icao: &String| Icao::of_hex(icao).is_some();
        if icao.as_ref().is_some_and(|icao| !is_address(icao)) {
            return wrong("icao", "is not six hexadecimal digits");
        }
        for text in [name, call_sign, reason, source, action] {
            *text = maybe(text.take())?;
        }
    }
    Ok(list)
}

/// Faster than anything that officers mark, knots.
const MOST_KN: f64 = 1000.0;

fn subject_key(key: &'static str, text: String) -> Result<String, ActionError> {
    let text = name(key, text)?;
    if text.contains(':') { Ok(text) } else { wrong(key, "is no key such as \"mmsi:314001000\"") }
}

fn maybe(text: Option<String>) -> Result<Option<String>, ActionError> {
    text.filter(|text| !text.trim().is_empty()).map(self::text).transpose()
}

fn text(text: String) -> Result<String, ActionError> {
    let text = text.trim();
    let plain = |c: char| c == '\n' || !c.is_control();
    match !text.is_empty() && text.chars().count() <= LONGEST_TEXT && text.chars().all(plain) {
        true => Ok(text.to_owned()),
        false => wrong("text", "is empty, over 2000 characters, or has control characters"),
    }
}

fn name(key: &'static str, text: String) -> Result<String, ActionError> {
    let text = text.trim();
    match !text.is_empty() && text.chars().count() <= LONGEST_NAME && !text.contains(char::is_control) {
        true => Ok(text.to_owned()),
        false => wrong(key, "is empty, over 128 characters, or has control characters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_secs(1_767_240_000);

    fn read(payload: &str) -> Result<Action, ActionError> {
        parse(payload.as_bytes(), NOW)
    }

    #[test]
    fn both_actions() {
        let acknowledged = read(r#"{"action":"acknowledge","alert":"0f3a","by":"Lt Clarke"}"#).expect("fine");
        let kind = ActionKind::Alert { alert: "0f3a".to_owned(), deed: Deed::Acknowledge };
        assert_eq!(acknowledged, Action { time: NOW, by: "Lt Clarke".to_owned(), centre: None, kind });

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
    fn an_action_keeps_its_time_where_nothing_tells_the_arrival() {
        let payload = r#"{"action":"accept","alert":"a","by":"x","time":"2026-01-01T03:59:00Z"}"#;
        let action = parse(payload.as_bytes(), Time::NEVER).expect("fine");
        assert_eq!(action.time, Time(NOW.0 - 60_000));
        let relayed = render(&action);
        assert_eq!(parse(relayed.as_bytes(), Time::NEVER).expect("is read again"), action);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (payload, expected) in [
            ("", "not an action"),
            ("[1]", "not an action"),
            (
                r#"{"action":"sink","by":"x"}"#,
                "unknown variant `sink`, expected one of `acknowledge`, `assign`",
            ),
            (r#"{"action":"acknowledge","by":"x"}"#, "missing field `alert`"),
            (r#"{"action":"acknowledge","alert":"a","by":" "}"#, "\"by\" is empty"),
            (r#"{"action":"silence","subject":"mmsi:1","by":"x"}"#, "missing field `minutes`"),
            (r#"{"action":"silence","subject":"mmsi:1","minutes":-1,"by":"x"}"#, "\"minutes\" is not"),
            (r#"{"action":"silence","subject":"mmsi:1","minutes":1e300,"by":"x"}"#, "\"minutes\" is not"),
            (r#"{"action":"silence","subject":"Smith","minutes":1,"by":"x"}"#, "\"subject\" is no key"),
            (r#"{"action":"acknowledge","alert":"a","by":"x","extra":1}"#, "unknown field `extra`"),
            (r#"{"action":"acknowledge","alert":"a"}"#, "\"by\" is missing"),
            (r#"{"action":"acknowledge","alert":"a","by":"x","minutes":5}"#, "unknown field `minutes`"),
            (r#"{"action":"close","alert":"a","by":"x","outcome":"sunk"}"#, "unknown variant `sunk`"),
            (r#"{"action":"comment","alert":"a","by":"x","text":" "}"#, "\"text\" is empty"),
            (
                r#"{"action":"mark","by":"x","mark":{"id":"1","kind":"contact","name":"n"}}"#,
                "\"position\" is missing",
            ),
            (
                r#"{"action":"mark","by":"x","mark":{"id":"1","kind":"contact","name":"n","position":[0,91]}}"#,
                "\"position\" is not",
            ),
        ] {
            let error = read(payload).expect_err(payload).to_string();
            assert!(error.contains(expected), "{payload}: {error}");
        }
    }

    #[test]
    fn what_a_console_sends_is_read_again() {
        let mark = Mark {
            id: "1".to_owned(),
            kind: crate::model::MarkKind::Contact,
            name: "pirogue".to_owned(),
            text: None,
            position: Some([-59.6, 13.1]),
            cog_deg: Some(270.0),
            sog_kn: None,
            track: None,
            top_speed_kn: None,
            marking: Some("restricted".to_owned()),
            releasable_to: Some(vec!["JRCC".to_owned()]),
        };
        let close = Asked::Close { alert: "a".to_owned(), outcome: Outcome::FalseAlarm, text: None };
        for (asked, kind) in [
            (Asked::Mark { mark: Box::new(mark.clone()) }, ActionKind::Mark(Box::new(mark))),
            (
                close,
                ActionKind::Alert {
                    alert: "a".to_owned(),
                    deed: Deed::Close { outcome: Outcome::FalseAlarm, text: None },
                },
            ),
        ] {
            let Written { action, payload } = Written::new(asked, " Lt Clarke", NOW).expect("is right");
            assert_eq!(action, Action { time: NOW, by: "Lt Clarke".to_owned(), centre: None, kind });
            assert_eq!(read(&payload), Ok(action), "{payload}");
        }
    }

    #[test]
    fn every_action_is_read_as_it_was_rendered() {
        let on = |deed| ActionKind::Alert { alert: "lc-ops:a".to_owned(), deed };
        let (to, words) = ("bb-ops".to_owned(), Some("small craft, two on board".to_owned()));
        let text = "asked by telephone".to_owned();
        let kinds = [
            on(Deed::Acknowledge),
            on(Deed::Assign { to: to.clone(), text: None }),
            on(Deed::Comment { text: text.clone() }),
            on(Deed::Mute),
            on(Deed::Close { outcome: Outcome::Lawful, text: words.clone() }),
            on(Deed::Reopen),
            on(Deed::Hold { held: true }),
            on(Deed::Hold { held: false }),
            on(Deed::Received { seq: 3 }),
            on(Deed::Offer { to: to.clone(), text: words.clone() }),
            on(Deed::Accept),
            on(Deed::Refuse { text: words.clone() }),
            on(Deed::Take { text: None }),
            on(Deed::Disclose { to: to.clone(), text: text.clone() }),
            on(Deed::Withhold { to, text: text.clone() }),
            ActionKind::Silence { subject: "mmsi:1".to_owned(), lasting: Span::from_secs(90) },
            ActionKind::Unmark { mark: "1".to_owned() },
            ActionKind::Log { text },
        ];
        for kind in kinds {
            for centre in [None, Some("jrcc".to_owned())] {
                let action = Action { time: NOW, by: "Lt Clarke".to_owned(), centre, kind: kind.clone() };
                let payload = render(&action);
                assert_eq!(read(&payload), Ok(action), "{payload}");
            }
        }
    }

    #[test]
    fn part_of_a_shared_list_is_of_a_centre_alone() {
        let entry = SharedEntry {
            mmsi: Some(314_001_000),
            reason: Some("seen at night".to_owned()),
            marking: "restricted".to_owned(),
            ..SharedEntry::default()
        };
        let list = SharedList { list: "watch".to_owned(), part: 1, entries: vec![entry] };
        let kind = ActionKind::Listed(Box::new(list));
        let of = |centre: Option<&str>| {
            let centre = centre.map(str::to_owned);
            render(&Action { time: NOW, by: "lc-ops".to_owned(), centre, kind: kind.clone() })
        };
        let again = read(&of(Some("lc-ops"))).expect("is read");
        assert_eq!((again.centre.as_deref(), &again.kind), (Some("lc-ops"), &kind));
        let error = read(&of(None)).expect_err("an own officer shares no list").to_string();
        assert!(error.contains("unknown variant `shared-list`"), "{error}");
        for (from, to) in [("seen at night", "seen\\u0007"), ("\"watch\"", "\"\""), ("\"mmsi\"", "\"flag\"")]
        {
            assert!(read(&of(Some("lc-ops")).replace(from, to)).is_err(), "{to}");
        }
    }

    #[test]
    fn the_centre_of_an_alert_tells_what_a_third_one_decided_about_its_lead() {
        let of = |action: &str, alert: &str, centre: &str| {
            let payload =
                format!(r#"{{"action":"{action}","alert":"{alert}","by":"Lt Joseph","centre":"{centre}"}}"#);
            parse_of_centre(payload.as_bytes(), "bb-ops", "jrcc", NOW).expect("fine").centre.expect("there")
        };
        assert_eq!(of("accept", "a", "lc-ops"), "lc-ops");
        assert_eq!(of("refuse", "a", "lc-ops"), "lc-ops");
        assert_eq!(of("accept", "a", "jrcc"), "bb-ops", "nobody speaks for this centre");
        assert_eq!(of("accept", "lc-ops:a", "lc-ops"), "bb-ops", "of an alert of another centre");
        assert_eq!(of("acknowledge", "a", "lc-ops"), "bb-ops", "of anything else");
    }

    #[test]
    fn an_action_of_another_centre_names_alerts_as_this_node_does() {
        let of = |alert: &str| {
            let payload =
                format!(r#"{{"action":"acknowledge","alert":"{alert}","by":"Lt Joseph","centre":"xx"}}"#);
            let action = parse_of_centre(payload.as_bytes(), "lc-ops", "bb-ops", NOW).expect("fine");
            let ActionKind::Alert { alert, .. } = action.kind else { panic!("about an alert") };
            (action.centre.expect("there"), alert)
        };
        assert_eq!(of("a"), ("lc-ops".to_owned(), "lc-ops:a".to_owned()), "the sender says who it is");
        assert_eq!(of("bb-ops:a").1, "a");
        assert_eq!(of("jrcc:a").1, "jrcc:a");
    }
}
