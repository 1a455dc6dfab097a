//! Decoder of the `aircraft.json` of readsb and dump1090: a snapshot of all aircraft, or the object of one.

use serde::Deserialize;

use super::report::{CLIMB_MAX_FPM, HEIGHTS_FT, SPEED_MAX_KN, blank};
use crate::model::{AirSource, Emergency, FeedId, Icao, Position, Span, Squawk, Text, Time};
use crate::wire::context::Context;
use crate::wire::json::{Loose, objects_of_any_length};
use crate::wire::reason::Reason;
use crate::wire::source::Source;
use crate::wire::times::plausible;

/// Limit of the bytes of a snapshot: some thousand aircraft.
pub const SNAPSHOT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Age beyond which an aircraft or a position in a snapshot is a repetition and no news.
const STALE: Span = Span::from_secs(60);

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
    #[serde(borrow)]
    aircraft: Option<Vec<Aircraft<'a>>>,
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
            if let Err(reason) = object.and_then(|bytes| self.object(bytes, context)) {
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
        let now = object.now.read(&mut 0, seconds);
        let Some(all) = &object.aircraft else {
            context.count(Reason::Lines);
            if let Err(reason) = self.aircraft(&object, now, context) {
                context.count(reason);
            }
            return Ok(());
        };
        for one in all {
            context.count(Reason::Lines);
            if let Err(reason) = self.aircraft(one, now, context) {
                context.count(reason);
            }
        }
        // A snapshot without aircraft is news too: the receiver works.
        if let Some(time) = now.and_then(|now| self.source.settle(Some(now), None, context)) {
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
            value.read(&mut illegal, |value| value.number().filter(|n| range.contains(n)))
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
        let own = now.map(|now| now - Span::from_secs_f64(heard));
        let mut report = blank(&mut self.source, icao, own, context).ok_or(Reason::NoTime)?;
        report.kinematics.position = position;
        report.kinematics.sog_kn = figure(&said.gs, 0.0..=SPEED_MAX_KN);
        report.kinematics.cog_deg = figure(&said.track, 0.0..=360.0).map(|track| track % 360.0);
        report.kinematics.heading_deg =
            figure(&said.true_heading, 0.0..=360.0).map(|heading| heading % 360.0);
        let is_word = |value: &Loose<'_>, word: &str| matches!(value, Loose::Text(text) if text == word);
        report.on_ground = match &said.alt_baro {
            value if is_word(value, "ground") => Some(true),
            Loose::Absent => None,
            value => {
                report.pressure_altitude_ft = figure(value, HEIGHTS_FT);
                Some(false)
            }
        };
        report.geometric_altitude_ft = figure(&said.alt_geom, HEIGHTS_FT);
        let climb = -CLIMB_MAX_FPM..=CLIMB_MAX_FPM;
        report.vertical_rate_fpm = figure(&said.baro_rate, climb.clone()).or(figure(&said.geom_rate, climb));
        report.version = figure(&said.version, 0.0..=7.0).map(|n| n as u8);
        report.nic = figure(&said.nic, 0.0..=15.0).map(|n| n as u8);
        report.nac_p = figure(&said.nac_p, 0.0..=15.0).map(|n| n as u8);
        let text = |value: &Loose<'_>| match value {
            Loose::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            _ => None,
        };
        report.squawk = said.squawk.read(&mut illegal, |code| Squawk::of_digits(&text(code)?));
        report.call_sign = text(&said.flight).map(|name| Text::new(name.as_bytes()));
        report.emergency = text(&said.emergency).and_then(|word| emergency(&word));
        report.source = match (position, text(&said.kind).as_deref()) {
            (None, _) => AirSource::ModeS,
            (_, Some("mlat")) => AirSource::Mlat,
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
    plausible(Time(libm::rint(value.number()? * 1000.0) as i64))
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
