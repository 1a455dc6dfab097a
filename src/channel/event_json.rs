//! An alert event as a GeoJSON Feature, `vigie.alert/1`: one line, keys in the contract's order, fixed decimals.

use std::sync::Arc;

use super::json::{Object, list, number, text};
use super::marking::Marks;
use crate::health::status::Identity;
use crate::model::{AlertEvent, Evidence, Measure, Place, Position, Subject, TrailPoint, ZoneRef};

/// Decimals of degrees of longitude and latitude: about a metre.
const DEGREES: usize = 5;
/// Decimals of knots.
const KNOTS: usize = 1;
/// Decimals of nautical miles.
const MILES: usize = 2;

/// What the channel adds to an event; equality of replays is of all the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// This node's name.
    pub node: String,
    /// Its State, ISO 3166-1 alpha-3.
    pub state: String,
    /// The exercise's name; `None` for the real thing.
    pub exercise: Option<String>,
    /// How its feeds and zones are marked.
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
    let mut feature = Object::open(out);
    feature.text("type", "Feature");
    feature.text("id", &event.id);
    let mut geometry = feature.object("geometry");
    geometry.text("type", "Point");
    lon_lat(geometry.key("coordinates"), event.position);
    drop(geometry);
    let mut to = feature.object("properties");
    to.text("schema", "vigie.alert/1");
    to.text("node", &stamp.node);
    to.text("state", &stamp.state);
    to.maybe_text("exercise", stamp.exercise.as_deref());
    let (marking, releasable_to) = stamp.marks.mark(event);
    to.text("marking", marking);
    list(to.key("releasable_to"), &releasable_to, |out, state| text(out, state));
    to.integer("seq", Some(event.seq));
    to.text("pattern", event.pattern);
    to.text("rule", &event.rule);
    to.text("rules_hash", &event.rules_hash);
    to.text("phase", event.phase.word());
    to.maybe_text("end_reason", event.end_reason.map(|reason| reason.word()));
    to.text("severity", event.severity.word());
    to.text("certainty", event.certainty.word());
    to.text("onset", &event.onset.rfc3339());
    to.text("time", &event.time.rfc3339());
    to.maybe_text("ended", event.ended.map(|at| at.rfc3339()).as_deref());
    list(to.key("subjects"), &event.subjects, subject);
    list(to.key("zones"), &event.zones, zone);
    place(to.object("place"), &event.place);
    list(to.key("not_judged"), &event.not_judged, |out, what| text(out, what));
    to.maybe_text("incident", event.incident.as_deref());
    measures(to.object("measured"), &event.measured);
    measures(to.object("limits"), &event.limits);
    to.text("summary", &event.summary);
    evidence(to.object("evidence"), &event.evidence);
}

/// One line for people: when, how severe, what, and the sentence.
pub fn words(event: &AlertEvent) -> String {
    let phase = event.phase.word();
    let (time, severity) = (event.time.rfc3339(), event.severity.word());
    format!("{time} {severity} {} {phase}: {}", event.pattern, event.summary)
}

fn subject(out: &mut String, subject: &Subject) {
    let mut to = Object::open(out);
    to.text("track", &subject.track);
    to.text("domain", subject.domain);
    to.integer("mmsi", subject.mmsi);
    to.integer("imo", subject.imo);
    to.maybe_text("name", subject.name.as_deref());
    to.maybe_text("call_sign", subject.call_sign.as_deref());
    to.maybe_text("ship_type", subject.ship_type);
    to.integer("length_m", subject.length_m);
    to.maybe_text("flag", subject.flag);
    to.flag("dark", subject.dark);
    list(to.key("formerly"), &subject.formerly, |out, was| {
        let mut to = Object::open(out);
        to.integer("mmsi", Some(was.mmsi));
        to.maybe_text("name", was.name.as_deref());
        to.text("until", &was.until.rfc3339());
    });
    match subject.position {
        Some((position, _)) => lon_lat(to.key("position"), position),
        None => to.maybe_text("position", None),
    }
    to.maybe_text("position_time", subject.position.map(|(_, time)| time.rfc3339()).as_deref());
    to.number("accuracy_m", subject.accuracy_m, 0);
    to.text("source", subject.source);
    to.number("sog_kn", subject.sog_kn, KNOTS);
    to.number("cog_deg", subject.cog_deg, 1);
    to.maybe_text("icao", subject.icao.map(|icao| icao.to_string()).as_deref());
    to.maybe_text("squawk", subject.squawk.map(|code| code.digits()));
    to.number("altitude_ft", subject.altitude_ft, 0);
}

fn zone(out: &mut String, zone: &ZoneRef) {
    let mut to = Object::open(out);
    to.text("id", &zone.id);
    to.text("kind", zone.kind);
    to.text("state", &zone.state);
    to.text("name", &zone.name);
    to.maybe_text("status", zone.status.as_deref());
}

fn place(mut to: Object<'_>, place: &Place) {
    to.maybe_text("from", place.from.as_deref());
    to.number("bearing_deg", place.bearing_deg, 0);
    to.number("distance_nm", place.distance_nm, MILES);
    to.number("to_coast_nm", place.to_coast_nm, MILES);
}

fn measures(mut to: Object<'_>, measures: &[(String, Measure)]) {
    for (name, measure) in measures {
        let out = to.key(name);
        match measure {
            Measure::Number(value) => number(out, *value, decimals_of(name)),
            Measure::Words(words) => list(out, words, |out, word| text(out, word)),
            Measure::None => out.push_str("null"),
        }
    }
}

/// Decimals by the unit that a name ends in.
fn decimals_of(name: &str) -> usize {
    match name.rsplit_once('_').map(|(_, unit)| unit) {
        Some("s" | "m" | "ft") => 0,
        Some("kn" | "deg") => 1,
        _ => 2,
    }
}

fn evidence(mut to: Object<'_>, evidence: &Evidence) {
    to.integer("reports", Some(evidence.reports));
    to.text("first", &evidence.first.rfc3339());
    to.text("last", &evidence.last.rfc3339());
    list(to.key("feeds"), &evidence.feeds, |out, feed| text(out, feed));
    list(to.key("trail"), &evidence.trail, trail_point);
}

fn trail_point(out: &mut String, point: &TrailPoint) {
    out.push('[');
    text(out, &point.time.rfc3339());
    for degrees in point.position.lon_lat() {
        out.push(',');
        number(out, degrees, DEGREES);
    }
    out.push(',');
    match point.sog_kn {
        Some(sog) => number(out, sog, KNOTS),
        None => out.push_str("null"),
    }
    out.push(']');
}

fn lon_lat(out: &mut String, position: Position) {
    list(out, position.lon_lat(), |out, degrees| number(out, degrees, DEGREES));
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::{Certainty, Phase, Severity, Time};

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
            pattern: "loitering",
            rule: "loitering-territorial-sea".to_owned(),
            rules_hash: "9a3c".to_owned(),
            phase: Phase::Raised,
            end_reason: None,
            severity: Severity::Moderate,
            certainty: Certainty::Observed,
            onset,
            time: now,
            ended: None,
            subjects: vec![Subject {
                track: "mmsi:314001000".to_owned(),
                domain: "surface",
                mmsi: Some(314_001_000),
                imo: None,
                name: Some("SEA \"QUEEN\"".to_owned()),
                call_sign: None,
                ship_type: Some("fishing"),
                length_m: None,
                flag: Some("BRB"),
                dark: false,
                formerly: None,
                position: Some((position, now)),
                accuracy_m: Some(10.0),
                source: "ais",
                sog_kn: Some(0.94),
                cog_deg: Some(210.4),
                icao: None,
                squawk: None,
                altitude_ft: None,
            }],
            position,
            zones: vec![ZoneRef {
                id: "brb-territorial-sea".to_owned(),
                kind: "territorial-sea",
                state: "BRB".to_owned(),
                name: "Barbados territorial sea".to_owned(),
                status: Some("derived".to_owned()),
            }],
            place: Place {
                from: Some("Ragged Point".to_owned()),
                bearing_deg: Some(118.0),
                distance_nm: Some(4.10),
                to_coast_nm: None,
            },
            not_judged: vec!["coverage".to_owned()],
            incident: None,
            measured: measures(3602.0, 0.314, 1.6, 0.97),
            limits: measures(3600.0, 1.0, 2.0, 0.8)
                .into_iter()
                .chain([
                    ("on".to_owned(), Measure::Words(vec!["entry", "exit"])),
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

    const WANT: &str = concat!(
        r#"{"type":"Feature","id":"0b9f8b1c-7c5e-5f0a-8a55-000000000001","#,
        r#""geometry":{"type":"Point","coordinates":[-59.71,13.02]},"#,
        r#""properties":{"schema":"vigie.alert/1","node":"bb-ops","state":"BRB","exercise":null,"#,
        r#""marking":"restricted","releasable_to":[],"seq":1,"#,
        r#""pattern":"loitering","rule":"loitering-territorial-sea","rules_hash":"9a3c","phase":"raised","#,
        r#""end_reason":null,"severity":"moderate","certainty":"observed","#,
        r#""onset":"2026-01-01T04:00:07Z","time":"2026-01-01T05:00:09Z","ended":null,"#,
        r#""subjects":[{"track":"mmsi:314001000","domain":"surface","mmsi":314001000,"imo":null,"#,
        r#""name":"SEA \"QUEEN\"","call_sign":null,"ship_type":"fishing","length_m":null,"flag":"BRB","#,
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
        let value: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(value["properties"]["subjects"][0]["name"], "SEA \"QUEEN\"");
    }

    #[test]
    fn for_people() {
        let want = "2026-01-01T05:00:09Z moderate loitering raised: SEA \"QUEEN\" has stayed within 0.3 nm for 1 h 0 min.";
        assert_eq!(words(&sample()), want);
    }

    #[test]
    fn who_says_no_position_has_none() {
        let mut event = sample();
        event.subjects[0].position = None;
        let stamp =
            Stamp { node: "n".into(), state: "BRB".into(), exercise: None, marks: Default::default() };
        let mut text = String::new();
        render(&event, &stamp, &mut text);
        assert!(text.contains(r#""position":null,"position_time":null,"accuracy_m""#), "{text}");
    }
}
