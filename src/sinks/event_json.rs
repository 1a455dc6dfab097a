//! An alert event as it leaves the node, `vigie.alert/1`: one line, keys in the order of the types, fixed decimals.

use std::borrow::Cow;
use std::sync::Arc;

use super::marking::Marks;
use crate::health::status::Identity;
use crate::model::{AlertEvent, AlertMessage};

/// Attributes that the channel adds to an event. Two replays are compared without them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Name of this node.
    pub node: String,
    /// State of this node, ISO 3166-1 alpha-3.
    pub state: String,
    /// The exercise's name; `None` for the real thing.
    pub exercise: Option<String>,
    /// Markings of its feeds and zones.
    pub marks: Arc<Marks>,
}

impl Stamp {
    /// The node, for its status.
    pub fn identity(&self) -> Identity<'_> {
        Identity { node: &self.node, exercise: self.exercise.as_deref() }
    }
}

/// Appends the event as one line of JSON, without a line end.
pub fn render(event: &AlertEvent, stamp: &Stamp, out: &mut String) {
    let (marking, releasable_to) = stamp.marks.mark(event);
    let message = AlertMessage {
        node: Cow::Borrowed(&stamp.node),
        state: Cow::Borrowed(&stamp.state),
        exercise: stamp.exercise.as_deref().map(Cow::Borrowed),
        marking: Cow::Borrowed(marking),
        releasable_to: releasable_to.into_iter().map(Cow::Borrowed).collect(),
        event: Cow::Borrowed(event),
    };
    out.push_str(&message.render());
}

/// One line for people: when, how severe, what, and the sentence.
pub fn words(event: &AlertEvent) -> String {
    let phase = event.phase.word();
    let (time, severity) = (event.time.rfc3339(), event.severity.word());
    format!("{time} {severity} {} {phase}: {}", event.pattern, event.summary)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::{
        Attention, Certainty, Decimals, Domain, Evidence, Measure, Phase, Place, Position, Severity, Subject,
        Time, TrailPoint, Usual, ZoneRef,
    };

    fn at(text: &str) -> Time {
        Time::parse(text).expect("a time")
    }

    pub(crate) fn sample() -> AlertEvent {
        let position = Position::new(-59.71, 13.02).expect("a position");
        let (onset, now) = (at("2026-01-01T04:00:07.9Z"), at("2026-01-01T05:00:09Z"));
        let measures = |s, nm, kn, share| {
            [("min_duration_s", s), ("radius_nm", nm), ("max_speed_kn", kn), ("share", share)]
                .map(|(name, value)| (name.to_owned(), Measure::Number(value)))
                .to_vec()
        };
        AlertEvent {
            id: "0b9f8b1c-7c5e-5f0a-8a55-000000000001".to_owned(),
            seq: 1,
            pattern: "loitering".into(),
            rule: "loitering-territorial-sea".to_owned(),
            rules_hash: "9a3c".to_owned(),
            rules_version: "5e1f0a".to_owned(),
            phase: Phase::Raised,
            end_reason: None,
            severity: Severity::Moderate,
            certainty: Certainty::Observed,
            attention: Attention::Quiet,
            usual: Some(Usual {
                per_day: Decimals(3.1),
                days: 14,
                of_days: 20,
                own_days: Some(9),
                words: "about 3 times a day here".to_owned(),
            }),
            onset,
            time: now,
            ended: None,
            subjects: vec![Subject {
                track: "mmsi:314001000".to_owned(),
                domain: Domain::Surface,
                mmsi: Some(314_001_000),
                imo: None,
                name: Some("SEA \"QUEEN\"".to_owned()),
                call_sign: None,
                number: None,
                label: None,
                ship_type: Some("fishing".into()),
                length_m: None,
                flag: Some("BRB".into()),
                dark: false,
                formerly: Vec::new(),
                position: Some(position),
                position_time: Some(now),
                accuracy_m: Some(Decimals(10.0)),
                source: "ais".into(),
                sog_kn: Some(Decimals(0.94)),
                cog_deg: Some(Decimals(210.4)),
                icao: None,
                squawk: None,
                altitude_ft: None,
            }],
            position,
            zones: vec![ZoneRef {
                id: "brb-territorial-sea".to_owned(),
                kind: "territorial-sea".into(),
                state: "BRB".to_owned(),
                name: "Barbados territorial sea".to_owned(),
                status: Some("derived".to_owned()),
            }],
            place: Place {
                from: Some("Ragged Point".to_owned()),
                bearing_deg: Some(Decimals(118.0)),
                distance_nm: Some(Decimals(4.10)),
                to_coast_nm: None,
            },
            not_judged: vec!["coverage".to_owned()],
            incident: None,
            joins: Vec::new(),
            flood: None,
            measured: measures(3602.0, 0.314, 1.6, 0.97),
            limits: measures(3600.0, 1.0, 2.0, 0.8)
                .into_iter()
                .chain([
                    ("on".to_owned(), Measure::words(["entry", "exit"])),
                    ("max_relative_speed_kn".to_owned(), Measure::None),
                ])
                .collect(),
            summary: "SEA \"QUEEN\" has stayed within 0.3 nm for 1 h 0 min.".to_owned(),
            evidence: Evidence {
                reports: 61,
                first: onset,
                last: now,
                feeds: vec!["ragged-point-ais".to_owned()],
                trail: vec![
                    TrailPoint { time: onset, position, sog_kn: Some(0.8) },
                    TrailPoint { time: now, position, sog_kn: None },
                ],
            },
        }
    }

    pub(crate) const WANT: &str = concat!(
        r#"{"type":"Feature","id":"0b9f8b1c-7c5e-5f0a-8a55-000000000001","#,
        r#""geometry":{"type":"Point","coordinates":[-59.71,13.02]},"#,
        r#""properties":{"schema":"vigie.alert/1","node":"bb-ops","state":"BRB","exercise":null,"#,
        r#""marking":"restricted","releasable_to":[],"seq":1,"#,
        r#""pattern":"loitering","rule":"loitering-territorial-sea","rules_hash":"9a3c","rules_version":"5e1f0a","phase":"raised","#,
        r#""end_reason":null,"severity":"moderate","certainty":"observed","#,
        r#""attention":"quiet","usual":{"per_day":3.1,"days":14,"of_days":20,"own_days":9,"words":"about 3 times a day here"},"#,
        r#""onset":"2026-01-01T04:00:07Z","time":"2026-01-01T05:00:09Z","ended":null,"#,
        r#""subjects":[{"track":"mmsi:314001000","domain":"surface","mmsi":314001000,"imo":null,"#,
        r#""name":"SEA \"QUEEN\"","call_sign":null,"number":null,"label":null,"ship_type":"fishing","length_m":null,"flag":"BRB","#,
        r#""dark":false,"formerly":[],"position":[-59.71,13.02],"position_time":"2026-01-01T05:00:09Z","#,
        r#""accuracy_m":10,"source":"ais","sog_kn":0.9,"cog_deg":210.4,"icao":null,"squawk":null,"altitude_ft":null}],"#,
        r#""zones":[{"id":"brb-territorial-sea","kind":"territorial-sea","state":"BRB","#,
        r#""name":"Barbados territorial sea","status":"derived"}],"#,
        r#""place":{"from":"Ragged Point","bearing_deg":118,"distance_nm":4.1,"to_coast_nm":null},"#,
        r#""not_judged":["coverage"],"incident":null,"#,
        r#""measured":{"min_duration_s":3602,"radius_nm":0.31,"max_speed_kn":1.6,"share":0.97},"#,
        r#""limits":{"min_duration_s":3600,"radius_nm":1,"max_speed_kn":2,"share":0.8,"#,
        r#""on":["entry","exit"],"max_relative_speed_kn":null},"#,
        r#""summary":"SEA \"QUEEN\" has stayed within 0.3 nm for 1 h 0 min.","#,
        r#""evidence":{"reports":61,"first":"2026-01-01T04:00:07Z","last":"2026-01-01T05:00:09Z","#,
        r#""feeds":["ragged-point-ais"],"#,
        r#""trail":[["2026-01-01T04:00:07Z",-59.71,13.02,0.8],["2026-01-01T05:00:09Z",-59.71,13.02,null]]}}}"#,
    );

    #[test]
    fn a_whole_event() {
        let stamp = Stamp {
            node: "bb-ops".to_owned(),
            state: "BRB".to_owned(),
            exercise: None,
            marks: Default::default(),
        };
        let mut out = String::new();
        render(&sample(), &stamp, &mut out);
        assert_eq!(out, WANT);
    }

    #[test]
    fn what_is_read_is_what_was_rendered() {
        let message = AlertMessage::read(WANT).expect("an alert");
        assert_eq!(message.render(), WANT);
        assert_eq!((&*message.node, message.event.position), ("bb-ops", sample().position));
        let limits = &message.event.limits;
        assert_eq!(limits, &sample().limits, "in their order");
    }

    #[test]
    fn an_event_of_another_version_of_the_program_is_read() {
        let text = WANT.replace(r#""end_reason":null"#, r#""end_reason":"abducted","new":{"key":[1]}"#);
        let message = AlertMessage::read(&text).expect("an alert");
        assert_eq!(message.event.end_reason, None);
        let old = WANT
            .replace(r#""marking":"restricted","releasable_to":[],"#, "")
            .replace(r#""formerly":[],"#, "");
        assert_eq!(AlertMessage::read(&old).expect("an alert").event.id, message.event.id);
        for none in ["", "[]", "{}", r#"{"type":"Feature","id":"x","properties":{}}"#] {
            assert!(AlertMessage::read(none).is_err(), "{none}");
        }
    }

    #[test]
    fn for_people() {
        let want = "2026-01-01T05:00:09Z moderate loitering raised: SEA \"QUEEN\" has stayed within 0.3 nm for 1 h 0 min.";
        assert_eq!(words(&sample()), want);
    }

    #[test]
    fn who_says_no_position_has_none() {
        let mut event = sample();
        (event.subjects[0].position, event.subjects[0].position_time) = (None, None);
        let stamp =
            Stamp { node: "n".into(), state: "BRB".into(), exercise: None, marks: Default::default() };
        let mut text = String::new();
        render(&event, &stamp, &mut text);
        assert!(text.contains(r#""position":null,"position_time":null,"accuracy_m""#), "{text}");
    }
}
