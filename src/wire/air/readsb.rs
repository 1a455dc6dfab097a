//! Decoder of the `aircraft.json` of readsb and dump1090: a snapshot of all aircraft, or the object of one.

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::report::{CLIMB_MAX_FPM, HEIGHTS_FT, SPEED_MAX_KN, blank, blank_at};
use crate::model::{AirSource, Emergency, FeedId, Icao, Position, Span, Squawk, Text, Time};
use crate::wire::context::Context;
use crate::wire::json::{Loose, objects_of_any_length, read_or_mended};
use crate::wire::reason::Reason;
use crate::wire::source::Source;
use crate::wire::times::moment_of_number;

/// Limit of the bytes of a snapshot: some thousand aircraft.
pub const SNAPSHOT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Age beyond which an aircraft or a position in a snapshot is a repetition and no news.
const STALE: Span = Span::from_secs(60);

/// Navigation integrity category for each category of uncertainty of transponders of version 0 (DO-260B, table N-4).
const NIC_OF_NUCP: [u8; 10] = [0, 1, 2, 4, 5, 6, 7, 8, 10, 11];

/// One aircraft, or a snapshot: an object with a list of them.
#[derive(Deserialize)]
struct Aircraft<'a> {
    #[serde(borrow, default)]
    hex: Loose<'a>,
    #[serde(borrow, default, rename = "type")]
    kind: Loose<'a>,
    #[serde(borrow, default)]
    flight: Loose<'a>,
    #[serde(borrow, default)]
    alt_baro: Loose<'a>,
    #[serde(borrow, default)]
    alt_geom: Loose<'a>,
    #[serde(borrow, default)]
    gs: Loose<'a>,
    #[serde(borrow, default)]
    track: Loose<'a>,
    #[serde(borrow, default)]
    true_heading: Loose<'a>,
    #[serde(borrow, default)]
    baro_rate: Loose<'a>,
    #[serde(borrow, default)]
    geom_rate: Loose<'a>,
    #[serde(borrow, default)]
    squawk: Loose<'a>,
    #[serde(borrow, default)]
    emergency: Loose<'a>,
    #[serde(borrow, default)]
    lat: Loose<'a>,
    #[serde(borrow, default)]
    lon: Loose<'a>,
    #[serde(borrow, default)]
    version: Loose<'a>,
    #[serde(borrow, default)]
    nic: Loose<'a>,
    #[serde(borrow, default)]
    nac_p: Loose<'a>,
    #[serde(borrow, default)]
    seen: Loose<'a>,
    #[serde(borrow, default)]
    seen_pos: Loose<'a>,
    #[serde(borrow, default)]
    now: Loose<'a>,
    #[serde(borrow, default, alias = "ac")]
    aircraft: List<'a>,
    /// Names of dump1090-mutability for `alt_baro`, `gs`, `baro_rate`; the category of integrity of transponders of version 0.
    #[serde(borrow, default)]
    altitude: Loose<'a>,
    #[serde(borrow, default)]
    speed: Loose<'a>,
    #[serde(borrow, default)]
    vert_rate: Loose<'a>,
    #[serde(borrow, default)]
    nucp: Loose<'a>,
    /// Names of the values that multilateration found.
    #[serde(borrow, default)]
    mlat: Loose<'a>,
}

/// List of aircraft of a snapshot, and the number of its items that are no object.
#[derive(Default)]
struct List<'a>(Option<Vec<Aircraft<'a>>>, u32);

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let items: Option<Vec<Item<'a>>> = Deserialize::deserialize(from)?;
        let Some(items) = items else { return Ok(List::default()) };
        let count = items.len();
        let aircraft: Vec<_> = items.into_iter().filter_map(|item| item.0).collect();
        let others = (count - aircraft.len()) as u32;
        Ok(List(Some(aircraft), others))
    }
}

/// Item of such a list; `None` where it is no object.
struct Item<'a>(Option<Aircraft<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Item<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyItem(std::marker::PhantomData))
    }
}

struct AnyItem<'a>(std::marker::PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for AnyItem<'a> {
    type Value = Item<'a>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Aircraft::deserialize(MapAccessDeserializer::new(map)).map(|aircraft| Item(Some(aircraft)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Item(None))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Item(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Item(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Item(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Item(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Item(None))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Item(None))
    }
}

/// Decoder of snapshots and of single aircraft.
#[derive(Debug)]
pub(in crate::wire) struct Readsb {
    /// Feed, clock and last station.
    pub source: Source,
}

impl Readsb {
    /// Returns a decoder that has read nothing.
    pub fn new(feed: FeedId) -> Readsb {
        Readsb { source: Source::new(feed) }
    }

    /// Decodes a payload of one snapshot, one aircraft, or several in a row.
    pub fn decode(&mut self, _topic: &str, payload: &[u8], context: &mut Context<'_>) {
        objects_of_any_length(payload, |object| {
            let read = |bytes: &[u8], context: &mut Context<'_>| self.object(bytes, context);
            if let Err(reason) = object.and_then(|bytes| read_or_mended(bytes, context, read)) {
                context.count(Reason::Lines);
                context.count(reason);
            }
        });
    }

    fn object(&mut self, bytes: &[u8], context: &mut Context<'_>) -> Result<(), Reason> {
        if bytes.len() > SNAPSHOT_BYTES_MAX {
            return Err(Reason::JsonTooLong);
        }
        let object: Aircraft<'_> = serde_json::from_slice(bytes).map_err(|_| Reason::BadJson)?;
        let mut bad = 0;
        let now = object.now.read(&mut bad, seconds);
        context.counts.add(Reason::BadTime, bad);
        context.counts.add(Reason::Lines, object.aircraft.1);
        context.counts.add(Reason::JsonFields, object.aircraft.1);
        // The clock is measured by the time of the snapshot: the ages of its aircraft differ by up to a minute.
        let settled = now.and_then(|now| self.source.settle(Some(now), None, &[], context));
        let is_unsure = now.is_some() && settled.is_none();
        let mut give = |one: &Aircraft<'_>| {
            context.count(Reason::Lines);
            let given = if is_unsure { Err(Reason::NoTime) } else { self.aircraft(one, settled, context) };
            if let Err(reason) = given {
                context.count(reason);
            }
        };
        let Some(all) = &object.aircraft.0 else {
            give(&object);
            return Ok(());
        };
        all.iter().for_each(&mut give);
        // A snapshot without aircraft is news too: the receiver works.
        if let Some(time) = settled {
            self.source.give_tick(time, context);
        }
        Ok(())
    }

    fn aircraft(
        &mut self,
        said: &Aircraft<'_>,
        now: Option<Time>,
        context: &mut Context<'_>,
    ) -> Result<(), Reason> {
        let Loose::Text(hex) = &said.hex else { return Err(Reason::JsonFields) };
        // A tilde marks an address that is no ICAO address: a ground station's number for what its radar sees.
        let icao = Icao::of_hex(hex).ok_or(Reason::IllegalAddress)?;
        let now = now.or(context.arrival.stamp());
        let mut illegal = 0;
        let mut figure = |value: &Loose<'_>, range: std::ops::RangeInclusive<f64>| {
            value.read(&mut illegal, |value| value.figure().filter(|n| range.contains(n)))
        };
        let age = figure(&said.seen_pos, 0.0..=1e6);
        let since = figure(&said.seen, 0.0..=1e6);
        let at = figure(&said.lon, -180.0..=180.0).zip(figure(&said.lat, -90.0..=90.0));
        let position = at.and_then(|(lon, lat)| Position::new(lon, lat));
        let position = position.filter(|_| age.is_none_or(|age| age <= STALE.secs()));
        let heard = if position.is_some() { age } else { since }.unwrap_or(0.0);
        if heard > STALE.secs() {
            return Err(Reason::Stale);
        }
        let mut report = match now {
            Some(now) => blank_at(&mut self.source, icao, now - Span::from_secs_f64(heard), context),
            None => blank(&mut self.source, icao, None, context).ok_or(Reason::NoTime)?,
        };
        // Names of readsb, else those of dump1090-mutability.
        fn either<'b, 'a>(first: &'b Loose<'a>, second: &'b Loose<'a>) -> &'b Loose<'a> {
            if *first == Loose::Absent { second } else { first }
        }
        report.kinematics.position = position;
        report.kinematics.sog_kn = figure(either(&said.gs, &said.speed), 0.0..=SPEED_MAX_KN);
        report.kinematics.cog_deg = figure(&said.track, 0.0..=360.0).map(|track| track % 360.0);
        report.kinematics.heading_deg =
            figure(&said.true_heading, 0.0..=360.0).map(|heading| heading % 360.0);
        let is_word = |value: &Loose<'_>, word: &str| matches!(value, Loose::Text(text) if text == word);
        report.on_ground = match either(&said.alt_baro, &said.altitude) {
            value if is_word(value, "ground") => Some(true),
            Loose::Absent => None,
            value => {
                report.pressure_altitude_ft = figure(value, HEIGHTS_FT);
                Some(false)
            }
        };
        report.geometric_altitude_ft = figure(&said.alt_geom, HEIGHTS_FT);
        let climb = -CLIMB_MAX_FPM..=CLIMB_MAX_FPM;
        let rate = either(&said.baro_rate, &said.vert_rate);
        report.vertical_rate_fpm = figure(rate, climb.clone()).or(figure(&said.geom_rate, climb));
        report.version = figure(&said.version, 0.0..=7.0).map(|n| n as u8);
        report.nic = figure(&said.nic, 0.0..=15.0).map(|n| n as u8);
        if let Some(category) = figure(&said.nucp, 0.0..=9.0).filter(|_| report.nic.is_none()) {
            report.nic = NIC_OF_NUCP.get(category as usize).copied();
        }
        report.nac_p = figure(&said.nac_p, 0.0..=15.0).map(|n| n as u8);
        let text = |value: &Loose<'_>| match value {
            Loose::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            _ => None,
        };
        report.squawk = said.squawk.read(&mut illegal, |code| Squawk::of_digits(&text(code)?));
        // Its decoder writes `@` for letters that it does not know.
        let call_sign = text(&said.flight).map(|name| Text::new(name.trim_end_matches('@').as_bytes()));
        report.call_sign = call_sign.filter(|name: &Text<8>| !name.is_empty());
        report.emergency = text(&said.emergency).and_then(|word| emergency(&word));
        report.source = match (position, text(&said.kind).as_deref()) {
            (None, _) => AirSource::ModeS,
            (_, Some("mlat")) => AirSource::Mlat,
            // Its list of names has no numbers in it.
            (_, None) if said.mlat == Loose::Other => AirSource::Mlat,
            (_, Some(kind)) if kind.starts_with("tisb") => AirSource::TisB,
            (_, Some(kind)) if kind.starts_with("adsr") => AirSource::AdsR,
            _ => AirSource::AdsB,
        };
        context.counts.add(Reason::IllegalValue, illegal);
        self.source.give_aircraft(report, context);
        Ok(())
    }
}

fn seconds(value: &Loose<'_>) -> Option<Time> {
    // Services that share readsb's form write milliseconds.
    moment_of_number(value.number()?)
}

fn emergency(word: &str) -> Option<Emergency> {
    Some(match word {
        "general" => Emergency::General,
        "lifeguard" => Emergency::Medical,
        "minfuel" => Emergency::MinimumFuel,
        "nordo" => Emergency::NoCommunications,
        "unlawful" => Emergency::UnlawfulInterference,
        "downed" => Emergency::Downed,
        _ => return None,
    })
}
