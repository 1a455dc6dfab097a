//! Tables: a watch log in the field's words becomes rules, a geography, inputs and expectations. `tests/scenarios/README.md`
//! has the words.

use std::collections::BTreeMap;

use geo::{LineString, MultiPolygon, Polygon};
use vigie::engine::Setup;
use vigie::model::*;
use vigie::patterns;
use vigie::sphere;

use super::motion::{Motion, Noise};
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
    stations: BTreeMap<String, (FeedId, StationId)>,
    sent: u32,
}

/// What an expectation line says.
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
    word: String,
    class: TransponderClass,
    identity: StaticReport,
    at: Option<Position>,
    announced: bool,
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

    fn zone(&mut self, words: &[String]) -> Res<()> {
        let [id, kind, state, shape @ ..] = words else { return Err("id, kind, State, shape?".into()) };
        self.setup.geography.zones.push(Zone {
            id: id.clone(),
            kind: ZoneKind::of_word(kind).ok_or(format!("no kind {kind}"))?,
            state: state.clone(),
            name: id.replace('-', " "),
            status: None,
            authority: None,
            date: None,
            marking: None,
            area: MultiPolygon(vec![area(shape)?]),
        });
        Ok(())
    }

    fn place(&mut self, words: &[String]) -> Res<()> {
        let [name, lat, lon] = words else { return Err("name, latitude, longitude?".into()) };
        let lon_lat = words::position(lat, lon)?.lon_lat();
        self.setup.geography.places.push(NamedPlace { name: name.clone(), lon_lat });
        Ok(())
    }

    fn list(&mut self, words: &[String]) -> Res<()> {
        let (from, until) = (words::START, words::START + Span::from_secs(30 * 86_400));
        let mmsi = |w: &String| Some(Mmsi(w.parse().ok()?));
        let entry = |w| ListEntry { mmsi: mmsi(w), imo: None, from, until };
        let entries = words[1..].iter().map(entry).collect();
        self.setup.lists.push(VesselList { name: words[0].clone(), entries });
        Ok(())
    }

    fn bound(&mut self, words: &[String]) -> Res<()> {
        self.setup.bounds.tracks = words::number(&words[1])? as usize;
        Ok(())
    }

    fn station(&mut self, words: &[String]) -> Res<()> {
        let name = words[0].clone();
        let feed = words.iter().find_map(|w| w.strip_prefix("feed=")).unwrap_or(&name).to_owned();
        let site = words.iter().position(|w| words::is_latitude(w));
        let position = site.map(|i| words::position(&words[i], &words[i + 1])).transpose()?;
        let known = self.feeds.iter().position(|f| f.name == feed);
        let at = known.unwrap_or(self.feeds.len());
        if known.is_none() {
            self.feeds.push(Feed { id: FeedId(at as u16), name: feed, position });
        }
        let number = StationId(self.stations.len() as u16);
        self.stations.insert(name, (FeedId(at as u16), number));
        Ok(())
    }

    /// `vessel A 244000001 …`, or a fleet: `vessel Y 338000001..338000040 …`, whose members are Y1, Y2 …
    fn craft(&mut self, word: &str, words: &[String]) -> Res<()> {
        let [name, mmsi, claims @ ..] = words else { return Err("name, MMSI?".into()) };
        let parse = |w: &str| w.parse::<u32>().map_err(|_| format!("no MMSI {w}"));
        let (first, last) = mmsi.split_once("..").unwrap_or((mmsi, mmsi));
        let (first, last) = (parse(first)?, parse(last)?);
        let claims: Vec<(&str, &str)> = claims.iter().filter_map(|w| w.split_once('=')).collect();
        let of = |key: &str| claims.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
        let class = if of("class") == Some("B") { TransponderClass::B } else { TransponderClass::A };
        for mmsi in first..=last {
            let number = if first == last { String::new() } else { (mmsi - first + 1).to_string() };
            let identity = identity(class, of)?;
            let (mmsi, word) = (Mmsi(mmsi), word.to_owned());
            let craft = Craft { mmsi, word, class, identity, at: None, announced: false };
            self.vessels.insert(format!("{name}{number}"), craft);
        }
        Ok(())
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
            self.expects.push(Expect { line, window: period, words: words[1..].to_vec() });
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
            ("silence", [who, lasting]) => self.silence(period.0, who, words::span(lasting)?),
            (_, [static_, claims @ ..]) if static_ == "static" => self.tell(period.0, who, claims),
            (_, [heard]) if heard == "heard" => self.send(period.0, Span::ZERO, who, &[], Body::Heard),
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
        let (feed, _) = *self.stations.get(station).ok_or(format!("no station {station}"))?;
        let mut time = from;
        while time < to {
            self.inputs.push((time, Input::Tick { feed, time }));
            time += step;
        }
        Ok(())
    }

    fn silence(&mut self, time: Time, who: &str, lasting: Span) -> Res<()> {
        let craft = self.vessels.get(who).ok_or(format!("no vessel {who}"))?;
        let kind = ActionKind::Silence { subject: format!("mmsi:{}", craft.mmsi.0), lasting };
        self.inputs.push((time, Input::Action(Action { time, by: "watch".into(), kind })));
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
        let mut time = period.0 + Span(shift * 7919 % step.0.max(1));
        if first && craft.identity != (StaticReport { class: craft.class, ..Default::default() }) {
            self.send(time, m.late, who, &m.via, Body::Static(craft.identity))?;
        }
        while time < period.1 {
            let kinematics = m.report(from, period, time, &mut noise);
            let body = match craft.word.as_str() {
                "base" => Body::BaseStation(kinematics.position),
                "aton" => Body::AidToNavigation(kinematics.position, Text::EMPTY),
                "own" => Body::OwnShip(kinematics),
                _ => Body::Position(PositionReport {
                    kinematics,
                    class: if m.long_range { TransponderClass::LongRange } else { craft.class },
                    nav_status: m.status,
                    accurate: false,
                    altitude_m: None,
                }),
            };
            self.send(time, m.late, who, &m.via, body)?;
            time += step;
        }
        Ok(())
    }

    fn send(&mut self, time: Time, late: Span, who: &str, via: &[String], body: Body) -> Res<()> {
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

/// `loitering name=… inside=… not_listed=… max_speed=2kn`: a pattern and what differs from its defaults.
fn rule(words: &[String]) -> Res<Rule> {
    let pattern = patterns::ALL.iter().find(|p| p.name == words[0]).ok_or("no such pattern")?;
    let mut limits = Vec::new();
    for limit in pattern.limits {
        limits.push((*limit, words::limit(limit, limit.default)?));
    }
    let mut rule = Rule {
        name: pattern.name.to_owned(),
        pattern: pattern.name,
        severity: Severity::Moderate,
        inside: Vec::new(),
        outside: Vec::new(),
        states: Vec::new(),
        who: Who::default(),
        limits: Limits::default(),
        hash: "0".to_owned(),
    };
    let list = |value: &str| value.split(',').map(str::to_owned).collect::<Vec<_>>();
    let selectors = |value: &str| {
        let one = |w| ZoneKind::of_word(w).map_or(Selector::Id(w.to_owned()), Selector::Kind);
        value.split(',').map(one).collect()
    };
    for word in &words[1..] {
        let (key, value) = word.split_once('=').ok_or(format!("{word}: key=value?"))?;
        match key {
            "name" => rule.name = value.to_owned(),
            "inside" => rule.inside = selectors(value),
            "outside" => rule.outside = selectors(value),
            "states" => rule.states = list(value),
            "ship_types" => rule.who.ship_types = list(value),
            "listed" => rule.who.listed = list(value),
            "not_listed" => rule.who.not_listed = list(value),
            "min_length" => rule.who.min_length_m = Some(words::metres(value)?),
            _ => {
                let found = limits.iter_mut().find(|(limit, _)| limit.name == key);
                let (limit, to) = found.ok_or(format!("{}: no limit {key}", rule.pattern))?;
                *to = words::limit(limit, value)?;
            }
        }
    }
    rule.limits = Limits(limits);
    Ok(rule)
}

fn identity<'a>(class: TransponderClass, of: impl Fn(&str) -> Option<&'a str>) -> Res<StaticReport> {
    let ship_type = |word: &str| (20..100).map(ShipType).find(|t| t.word() == word);
    let length: Option<u16> = of("length").map(words::metres).transpose()?.map(|m| m as u16);
    Ok(StaticReport {
        class,
        name: of("name").map(|n| Text::new(n.as_bytes())),
        call_sign: of("call").map(|n| Text::new(n.as_bytes())),
        imo: of("imo").and_then(|n| Imo::new(n.parse().ok()?)),
        ship_type: of("type").map(|w| ship_type(w).ok_or(format!("no ship type {w}"))).transpose()?,
        dimensions: length.map(|bow_m| Dimensions { bow_m, ..Default::default() }),
        ..Default::default()
    })
}

/// `circle LAT LON 1nm`, `box LAT LON LAT LON`, `polygon LAT LON LAT LON LAT LON …`
fn area(words: &[String]) -> Res<Polygon<f64>> {
    let [shape, rest @ ..] = words else { return Err("a shape?".into()) };
    let pair = |p: &[String]| words::position(&p[0], &p[1]).map(Position::lon_lat);
    let ring: Vec<[f64; 2]> = match (shape.as_str(), rest) {
        ("circle", [lat, lon, radius]) => {
            let (middle, radius_m) = (words::position(lat, lon)?, words::metres(radius)?);
            let at = |i| sphere::moved_m(middle, sphere::velocity(radius_m, f64::from(i) * 7.5)).lon_lat();
            (0..48).map(at).collect()
        }
        ("box", [_, _, _, _]) => {
            let [[west, south], [east, north]] = [pair(&rest[..2])?, pair(&rest[2..])?];
            vec![[west, south], [east, south], [east, north], [west, north]]
        }
        ("polygon", _) if rest.len() >= 6 => rest.chunks_exact(2).map(pair).collect::<Res<_>>()?,
        _ => return Err(format!("{shape}: circle, box or polygon?")),
    };
    Ok(Polygon::new(LineString::from(ring), Vec::new()))
}
