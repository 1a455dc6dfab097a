//! Tables: a watch log in the field's words becomes rules, a geography, inputs and expectations. `tests/scenarios/README.md`
//! has the words.

use std::collections::BTreeMap;

use vigie::engine::Setup;
use vigie::model::*;

use super::declare::{area, identity, rule};
use super::motion::{Motion, Noise};
use super::radar::Site;
use super::words::{self, Res};

/// One case.
#[derive(Default)]
pub struct Table {
    pub setup: Setup,
    pub inputs: Vec<(Time, Input)>,
    pub expects: Vec<Expect>,
    pub feeds: Vec<Feed>,
    pub vessels: BTreeMap<String, Craft>,
    /// Rules that would fire where the table's own, of the same name, stays silent.
    pub unless: Vec<(usize, Rule)>,
    pub stations: BTreeMap<String, (FeedId, StationId)>,
    pub radars: BTreeMap<String, Site>,
    /// The beginnings of the keys that a craft's targets have.
    pub targets: BTreeMap<String, Vec<String>>,
    sent: u32,
}

/// Content of an expectation line.
#[derive(Clone, Debug)]
pub struct Expect {
    pub line: usize,
    /// The first moment and the one after the last; `None`: asked at the end.
    pub window: Option<(Time, Time)>,
    pub words: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Craft {
    pub mmsi: Mmsi,
    pub word: String,
    pub class: TransponderClass,
    pub identity: StaticReport,
    pub at: Option<Position>,
    pub announced: bool,
    /// An aircraft that transmits has an address.
    pub icao: Option<Icao>,
}

/// Returns the words of an expectation for each member of a fleet that it names as `BOAT1..24`.
fn each_member(words: &[String]) -> Vec<Vec<String>> {
    let members = words.iter().enumerate().find_map(|(at, word)| {
        let (first, last) = word.split_once("..")?;
        let name = first.trim_end_matches(|c: char| c.is_ascii_digit());
        let (first, last): (u32, u32) = (first[name.len()..].parse().ok()?, last.parse().ok()?);
        Some((at, name, first..=last))
    });
    let Some((at, name, numbers)) = members else { return vec![words.to_vec()] };
    let member = |number| {
        let mut words = words.to_vec();
        words[at] = format!("{name}{number}");
        words
    };
    numbers.map(member).collect()
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// The line's number and what was wrong with it.
    pub fn parse(text: &str) -> Result<Table, (usize, String)> {
        let mut table = Table::default();
        for (number, line) in text.lines().enumerate() {
            let words = words::split(line);
            let Some(first) = words.first() else { continue };
            let rest = &words[1..];
            let done = match first.as_str() {
                "rule" => rule(rest).map(|rule| table.setup.rules.push(rule)),
                "unless" => rule(rest).map(|rule| table.unless.push((number + 1, rule))),
                "zone" => table.zone(rest),
                "land" => area(rest).map(|a| table.setup.geography.land.0.push(a)),
                "place" => table.place(rest),
                "list" => table.list(rest),
                "bound" => table.bound(rest),
                "station" => table.station(rest),
                "radar" => table.radar(rest),
                "craft" => table.dark_craft(rest),
                "aircraft" => table.aircraft(rest),
                "vessel" | "base" | "aton" | "own" => table.craft(first, rest),
                _ => table.event(number + 1, first, rest),
            };
            done.map_err(|why| (number + 1, why))?;
        }
        table.inputs.sort_by_key(|(arrival, _)| *arrival);
        let feeds = table.feeds.iter().map(|feed| (Time::NEVER, Input::Feed(feed.clone())));
        table.inputs.splice(0..0, feeds);
        Ok(table)
    }

    fn event(&mut self, line: usize, when: &str, words: &[String]) -> Res<()> {
        let minute = Span::from_secs(60);
        let period = match when.split_once("..") {
            None if when == "end" => None,
            None => {
                let from = words::time(when)?;
                let exact = when.matches(':').count() == 2;
                Some((from, from + if exact { Span::from_secs(1) } else { minute }))
            }
            Some((from, to)) => Some((words::time(from)?, words::time(to)?)),
        };
        if words.first().is_some_and(|w| w == "expect") {
            let each = each_member(&words[1..]);
            self.expects.extend(each.into_iter().map(|words| Expect { line, window: period, words }));
            return Ok(());
        }
        let period = period.ok_or("only expectations are for the end")?;
        let every = words.first().and_then(|w| w.strip_prefix('/'));
        let (step, words) = match every {
            Some(every) => (words::span(every)?, &words[1..]),
            None => (period.1 - period.0, words),
        };
        let [who, rest @ ..] = words else { return Err("who?".into()) };
        let count = |i: usize| self.vessels.contains_key(&format!("{who}{i}"));
        match (who.as_str(), rest) {
            ("tick", [station]) => self.ticks(period, step, station),
            ("shared", rest) => self.shared(period.0, rest),
            ("silence", [who, lasting]) => self.silence(period.0, who, words::span(lasting)?),
            (_, [static_, claims @ ..]) if static_ == "static" => self.tell(period.0, who, claims),
            (_, [heard]) if heard == "heard" => self.send(period.0, Span::ZERO, who, &[], Body::Heard),
            (_, [said]) if said.starts_with("text=") => {
                let text = SafetyText(said["text=".len()..].into());
                self.send(period.0, Span::ZERO, who, &[], Body::Safety(text))
            }
            _ if count(1) => {
                let members: Vec<String> =
                    (1..).take_while(|&i| count(i)).map(|i| format!("{who}{i}")).collect();
                let motion = Motion::parse(rest)?;
                members.iter().enumerate().try_for_each(|(i, name)| {
                    let mut motion = motion.clone();
                    motion.start = motion.start.map(|middle| motion.spread(middle, i, members.len()));
                    self.moves(period, step, name, &motion, i as i64)
                })
            }
            _ => self.moves(period, step, who, &Motion::parse(rest)?, 0),
        }
    }

    fn ticks(&mut self, (from, to): (Time, Time), step: Span, station: &str) -> Res<()> {
        let by_station = self.stations.get(station).map(|(feed, _)| *feed);
        let by_radar = || self.radars.get(station).map(Site::feed);
        let feed = by_station.or_else(by_radar).ok_or(format!("no station {station}"))?;
        let mut time = from;
        while time < to {
            self.inputs.push((time, Input::Tick { feed, time }));
            time += step;
        }
        Ok(())
    }

    /// Shares an event of another centre's alert: `CENTRE PATTERN PHASE NAME`, then options.
    fn shared(&mut self, time: Time, words: &[String]) -> Res<()> {
        let [centre, pattern, phase, who, options @ ..] = words else {
            return Err("centre, pattern, phase, who".into());
        };
        let craft = self.vessels.get(who).ok_or(format!("no vessel {who}"))?;
        let option = |key: &str| options.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        let onset = option("onset").map_or(Ok(time), words::time)?;
        let target: Option<u32> = option("target").map(str::parse).transpose().map_err(|_| "target?")?;
        let subject = match target {
            Some(number) => {
                serde_json::json!({"track": format!("radar:{centre}:{number}@{}", onset.rfc3339())})
            }
            None => serde_json::json!({"track": format!("mmsi:{}", craft.mmsi.0), "mmsi": craft.mmsi.0}),
        };
        let ended = phase == "ended";
        let id = option("id").unwrap_or(pattern);
        let event = serde_json::json!({"type": "Feature", "id": format!("{centre}/{id}"),
            "geometry": {"type": "Point", "coordinates": [0, 0]},
            "properties": {"node": centre, "pattern": pattern, "rule": pattern, "phase": phase,
                "seq": if ended { 2 } else { 1 }, "end_reason": ended.then_some("moved"),
                "incident": option("incident"), "subjects": [subject], "summary": "Shared.",
                "onset": onset.rfc3339(), "time": time.rfc3339(), "ended": ended.then(|| time.rfc3339()),
                "evidence": {"first": onset.rfc3339(), "last": time.rfc3339()}}});
        let message = AlertMessage::read(&event.to_string()).map_err(|error| error.to_string())?;
        let feed = self.radars.get(centre).map_or(FeedId(u16::MAX), Site::feed);
        let alert = SharedAlert { feed, from: centre.clone(), message, targets: vec![target] };
        self.inputs.push((time, Input::SharedAlert(Box::new(alert))));
        Ok(())
    }

    fn silence(&mut self, time: Time, who: &str, lasting: Span) -> Res<()> {
        let craft = self.vessels.get(who).ok_or(format!("no vessel {who}"))?;
        let kind = ActionKind::Silence { subject: format!("mmsi:{}", craft.mmsi.0), lasting };
        self.inputs
            .push((time, Input::Action(Box::new(Action { time, by: "watch".into(), centre: None, kind }))));
        Ok(())
    }

    fn tell(&mut self, time: Time, who: &str, claims: &[String]) -> Res<()> {
        let craft = self.vessels.get(who).ok_or(format!("no vessel {who}"))?;
        let claims: Vec<(&str, &str)> = claims.iter().filter_map(|w| w.split_once('=')).collect();
        let of = |key: &str| claims.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
        let said = identity(craft.class, of)?;
        self.send(time, Span::ZERO, who, &[], Body::Static(said))
    }

    /// Sends the reports of a movement; `shift` parts the members of a fleet in time.
    fn moves(&mut self, period: (Time, Time), step: Span, who: &str, m: &Motion, shift: i64) -> Res<()> {
        let craft = self.vessels.get_mut(who).ok_or(format!("no vessel {who}"))?;
        let from = m.start.or(craft.at).ok_or(format!("{who}: where is it?"))?;
        craft.at = Some(m.position(from, period, period.1));
        let first = !std::mem::replace(&mut craft.announced, true);
        let (craft, mut noise) = (craft.clone(), Noise(u64::from(craft.mmsi.0) ^ period.0.0 as u64));
        if m.seen.is_some() {
            return self.sees(period, step, (who, from), m, &mut noise);
        }
        if craft.word == "aircraft" {
            return self.flies(period, step, (who, from), m, &mut noise);
        }
        let mut time = period.0 + Span(shift * 7919 % step.0.max(1));
        if first && craft.identity != (StaticReport { class: craft.class, ..Default::default() }) {
            self.send(time, m.late, who, &m.via, Body::Static(craft.identity))?;
        }
        while time < period.1 {
            let kinematics = m.report(from, period, time, &mut noise);
            let body = match craft.word.as_str() {
                "base" => {
                    Body::BaseStation(FixedReport { position: kinematics.position, ..Default::default() })
                }
                "aton" => {
                    Body::AidToNavigation(FixedReport { position: kinematics.position, ..Default::default() })
                }
                "own" => Body::OwnShip(kinematics),
                _ => Body::Position(PositionReport {
                    kinematics,
                    class: if m.long_range { TransponderClass::LongRange } else { craft.class },
                    nav_status: m.status,
                    accurate: false,
                    altitude_m: m.altitude_ft(period, time).map(|ft| (ft * 0.3048) as u16),
                }),
            };
            self.send(time, m.late, who, &m.via, body)?;
            time += step;
        }
        Ok(())
    }

    pub(super) fn send(&mut self, time: Time, late: Span, who: &str, via: &[String], body: Body) -> Res<()> {
        let mmsi = self.vessels.get(who).ok_or(format!("no vessel {who}"))?.mmsi;
        if self.stations.is_empty() {
            self.station(&["s1".to_owned()])?;
        }
        self.sent += 1;
        let transmission = self.sent.wrapping_mul(0x9e37_79b9);
        let first = [self.stations.keys().next().cloned().unwrap_or_default()];
        for name in if via.is_empty() { &first } else { via } {
            let (feed, station) = *self.stations.get(name).ok_or(format!("no station {name}"))?;
            let report = Report { feed, station, time, transmission, mmsi, body: body.clone() };
            self.inputs.push((time + late, Input::Report(report)));
        }
        Ok(())
    }
}
