//! What a table declares: rules, zones, lists, stations, vessels.

use geo::{LineString, MultiPolygon, Polygon};
use vigie::geodesy;
use vigie::model::*;
use vigie::patterns;

use super::parse::{Craft, Table};
use super::words::{self, Res};

impl Table {
    pub(super) fn zone(&mut self, words: &[String]) -> Res<()> {
        let figure = |key: &str| {
            let given = words.iter().find_map(|w| w.strip_prefix(key));
            given.map(|value| {
                value.trim_end_matches("ft").parse::<f64>().map_err(|_| format!("{key}{value}?"))
            })
        };
        let opening = words.iter().find_map(|w| w.strip_prefix("opening="));
        let opening = Opening::ALL.into_iter().find(|o| Some(o.word()) == opening).unwrap_or_default();
        let (floor_ft, ceiling_ft) = (figure("floor=").transpose()?, figure("ceiling=").transpose()?);
        let words: Vec<String> = words.iter().filter(|w| !w.contains('=')).cloned().collect();
        let [id, kind, state, shape @ ..] = words.as_slice() else {
            return Err("id, kind, State, shape?".into());
        };
        let kind = ZoneKind::of_word(kind).ok_or(format!("no kind {kind}"))?;
        self.setup.geography.zones.push(Zone {
            state: state.clone(),
            name: id.replace('-', " "),
            floor_ft,
            ceiling_ft,
            opening,
            ..Zone::new(id, kind, MultiPolygon(vec![area(shape)?]))
        });
        Ok(())
    }

    pub(super) fn place(&mut self, words: &[String]) -> Res<()> {
        let [name, lat, lon] = words else { return Err("name, latitude, longitude?".into()) };
        let lon_lat = words::position(lat, lon)?.lon_lat();
        self.setup.geography.places.push(NamedPlace { name: name.clone(), kind: String::new(), lon_lat });
        Ok(())
    }

    pub(super) fn list(&mut self, words: &[String]) -> Res<()> {
        let (from, until) = (words::START, words::START + Span::from_secs(30 * 86_400));
        // An entry is an MMSI, an ICAO address, or `imo=…,name=…,call=…`.
        let entry = |word: &String| {
            let said = |key: &str| word.split(',').find_map(|part| part.strip_prefix(key)).map(str::to_owned);
            ListEntry {
                mmsi: word.parse().ok().map(Mmsi),
                imo: said("imo=").and_then(|n| Imo::new(n.parse().ok()?)),
                icao: Icao::of_hex(word),
                name: said("name="),
                call_sign: said("call="),
                reason: "wanted".to_owned(),
                source: None,
                action: None,
                from,
                until,
            }
        };
        let entries = words[1..].iter().map(entry).collect();
        self.setup.lists.push(VesselList { name: words[0].clone(), entries, markings: Vec::new() });
        Ok(())
    }

    pub(super) fn bound(&mut self, words: &[String]) -> Res<()> {
        match words[0].as_str() {
            "new" => self.setup.bounds.new_per_hour = words::number(&words[1])? as u32,
            _ => self.setup.bounds.tracks = words::number(&words[1])? as usize,
        }
        Ok(())
    }

    pub(super) fn station(&mut self, words: &[String]) -> Res<()> {
        let name = words[0].clone();
        let feed = words.iter().find_map(|w| w.strip_prefix("feed=")).unwrap_or(&name).to_owned();
        let site = words.iter().position(|w| words::is_latitude(w));
        let position = site.map(|i| words::position(&words[i], &words[i + 1])).transpose()?;
        let known = self.feeds.iter().position(|f| f.name == feed);
        let at = known.unwrap_or(self.feeds.len());
        if known.is_none() {
            self.feeds.push(Feed { id: FeedId(at as u16), name: feed, position, radar: None });
        }
        let number = StationId(self.stations.len() as u16);
        self.stations.insert(name, (FeedId(at as u16), number));
        Ok(())
    }

    /// `vessel A 244000001 …`, or a fleet: `vessel Y 338000001..338000040 …`, whose members are Y1, Y2 …
    pub(super) fn craft(&mut self, word: &str, words: &[String]) -> Res<()> {
        let [name, mmsi, claims @ ..] = words else { return Err("name, MMSI?".into()) };
        let parse = |w: &str| w.parse::<u32>().map_err(|_| format!("no MMSI {w}"));
        let (first, last) = mmsi.split_once("..").unwrap_or((mmsi, mmsi));
        let (first, last) = (parse(first)?, parse(last)?);
        let claims: Vec<(&str, &str)> = claims.iter().filter_map(|w| w.split_once('=')).collect();
        let of = |key: &str| claims.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
        let class = match of("class") {
            Some("B") => TransponderClass::B,
            Some("aircraft") => TransponderClass::Aircraft,
            _ => TransponderClass::A,
        };
        for mmsi in first..=last {
            let number = if first == last { String::new() } else { (mmsi - first + 1).to_string() };
            let identity = identity(class, of)?;
            let (mmsi, word) = (Mmsi(mmsi), word.to_owned());
            let craft = Craft { mmsi, word, class, identity, at: None, announced: false, icao: None };
            self.vessels.insert(format!("{name}{number}"), craft);
        }
        Ok(())
    }
}

pub(super) fn identity<'a>(
    class: TransponderClass,
    of: impl Fn(&str) -> Option<&'a str>,
) -> Res<StaticReport> {
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
pub(super) fn area(words: &[String]) -> Res<Polygon<f64>> {
    let [shape, rest @ ..] = words else { return Err("a shape?".into()) };
    let pair = |p: &[String]| words::position(&p[0], &p[1]).map(Position::lon_lat);
    let ring: Vec<[f64; 2]> = match (shape.as_str(), rest) {
        ("circle", [lat, lon, radius]) => {
            let (middle, radius_m) = (words::position(lat, lon)?, words::metres(radius)?);
            let at = |i| geodesy::moved_m(middle, geodesy::velocity(radius_m, f64::from(i) * 7.5)).lon_lat();
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

/// `loitering name=… inside=… not_listed=… max_speed=2kn`: a pattern and what differs from its defaults.
pub(super) fn rule(words: &[String]) -> Res<Rule> {
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
        min_rarity: None,
        until_learnt: Default::default(),
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
            "sources" => rule.who.sources = list(value),
            "listed" => rule.who.listed = list(value),
            "not_listed" => rule.who.not_listed = list(value),
            "severity" => {
                rule.severity =
                    Severity::ALL.into_iter().find(|s| s.word() == value).ok_or("no such severity")?;
            }
            "until_learnt" => rule.until_learnt = UntilLearnt::of_word(value).ok_or("no such word")?,
            "min_rarity" => {
                let days: f64 =
                    value.strip_suffix('d').and_then(|n| n.parse().ok()).ok_or("min_rarity=3d?")?;
                rule.min_rarity = Some(Span::from_secs_f64(days * 86_400.0));
            }
            "min_length" => rule.who.min_length_m = Some(words::metres(value)?),
            "max_length" => rule.who.max_length_m = Some(words::metres(value)?),
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
