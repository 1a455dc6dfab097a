//! Radars in a table, and what they see.

use vigie::geodesy;
use vigie::model::*;

use super::motion::{Motion, Noise};
use super::parse::{Craft, Table};
use super::words::{self, Res};

/// A radar of a table.
#[derive(Clone, Debug)]
pub struct Site {
    feed: FeedId,
    position: Position,
    radar: Radar,
    /// Metres and degrees that it is off by.
    bias: [f64; 2],
    /// Whether the radar interrogates transponders.
    asks: bool,
    /// Whether the radar states that a target gave no answer.
    says: bool,
    /// Whether the radar measures heights.
    heights: bool,
}

impl Site {
    pub fn feed(&self) -> FeedId {
        self.feed
    }
}

impl Table {
    /// `radar NAME LAT LON [range=30m] [bearing=0.5] [bias=100m,1.2]`
    pub(super) fn radar(&mut self, words: &[String]) -> Res<()> {
        let [name, lat, lon, rest @ ..] = words else { return Err("name, latitude, longitude?".into()) };
        let (mut radar, mut bias) = (Radar::default(), [0.0; 2]);
        let has = |word: &str| rest.iter().any(|w| w == word);
        let (asks, says, heights) = (has("asks") || has("hears"), has("asks"), has("heights"));
        radar.domain = has("air").then_some(Domain::Air);
        for word in rest.iter().filter(|w| w.contains('=')) {
            match word.split_once('=') {
                Some(("range", sigma)) => radar.range_sigma_m = words::metres(sigma)?,
                Some(("bearing", sigma)) => radar.bearing_sigma_deg = words::number(sigma)?,
                Some(("bias", both)) => {
                    let (range, bearing) = both.split_once(',').ok_or("metres, degrees?")?;
                    bias = [words::metres(range)?, words::number(bearing)?];
                }
                _ => return Err(format!("{word}: not a word of a radar")),
            }
        }
        let (feed, position) = (FeedId(self.feeds.len() as u16), words::position(lat, lon)?);
        self.feeds.push(Feed { id: feed, name: name.clone(), position: Some(position), radar: Some(radar) });
        self.radars.insert(name.clone(), Site { feed, position, radar, bias, asks, says, heights });
        Ok(())
    }

    /// `craft NAME …`: what has no AIS.
    pub(super) fn dark_craft(&mut self, words: &[String]) -> Res<()> {
        for name in words {
            let (word, class) = ("craft".to_owned(), TransponderClass::B);
            let identity = StaticReport::default();
            let craft = Craft { mmsi: Mmsi(0), word, class, identity, at: None, announced: true, icao: None };
            self.vessels.insert(name.clone(), craft);
        }
        Ok(())
    }

    /// Adds the detections of a movement by a radar: `… seen RADAR NUMBER`.
    pub(super) fn sees(
        &mut self,
        period: (Time, Time),
        step: Span,
        (who, from): (&str, Position),
        m: &Motion,
        noise: &mut Noise,
    ) -> Res<()> {
        let (radar, number) = m.seen.clone().ok_or("by which radar?")?;
        let site = self.radars.get(&radar).ok_or(format!("no radar {radar}"))?.clone();
        self.targets.entry(who.to_owned()).or_default().push(format!("radar:{radar}:{number}@"));
        let answers = m.squawk.is_some();
        let mut time = period.0;
        while time < period.1 {
            let at = m.jittered(m.position(from, period, time), noise);
            let (range, bearing) = (
                geodesy::distance_m(site.position, at),
                geodesy::bearing_deg(site.position.lon_lat(), at.lon_lat()),
            );
            let across_m = site.radar.bearing_sigma_deg.to_radians() * range;
            let put = geodesy::moved_m(
                site.position,
                geodesy::velocity(
                    range + site.bias[0] + noise.normal() * site.radar.range_sigma_m,
                    bearing + site.bias[1] + noise.normal() * site.radar.bearing_sigma_deg,
                ),
            );
            self.inputs.push((
                time + m.late,
                Input::Contact(Contact {
                    feed: site.feed,
                    station: StationId(0),
                    time,
                    number,
                    status: ContactStatus::Tracking,
                    domain: None,
                    position: Some(put),
                    accuracy: Some(Accuracy {
                        along_m: site.radar.range_sigma_m as f32,
                        across_m: across_m as f32,
                        axis_deg: bearing as f32,
                    }),
                    sog_kn: None,
                    cog_deg: None,
                    size_m: None,
                    altitude_ft: m.altitude_ft(period, time).filter(|_| site.heights || site.asks && answers),
                    icao: None,
                    squawk: m.squawk.filter(|_| site.asks && answers),
                    answered: site.says.then_some(answers),
                    label: None,
                }),
            ));
            time += step;
        }
        Ok(())
    }

    /// `aircraft NAME ICAO [call=…]`
    pub(super) fn aircraft(&mut self, words: &[String]) -> Res<()> {
        let [name, hex, claims @ ..] = words else { return Err("name, ICAO address?".into()) };
        let icao = Some(Icao::of_hex(hex).ok_or(format!("{hex}: six hexadecimal digits?"))?);
        let call = claims.iter().find_map(|w| w.strip_prefix("call="));
        let identity = StaticReport {
            call_sign: call.map(|call| Text::new(call.as_bytes())),
            class: TransponderClass::Aircraft,
            ..Default::default()
        };
        let (word, class) = ("aircraft".to_owned(), TransponderClass::Aircraft);
        let craft = Craft { mmsi: Mmsi(0), word, class, identity, at: None, announced: true, icao };
        self.vessels.insert(name.clone(), craft);
        Ok(())
    }

    /// Adds the broadcasts of an aircraft for a movement.
    pub(super) fn flies(
        &mut self,
        period: (Time, Time),
        step: Span,
        (who, from): (&str, Position),
        m: &Motion,
        noise: &mut Noise,
    ) -> Res<()> {
        let craft = self.vessels.get(who).ok_or(format!("no aircraft {who}"))?.clone();
        let icao = craft.icao.ok_or("no address")?;
        if self.stations.is_empty() {
            self.station(&["s1".to_owned()])?;
        }
        let first = [self.stations.keys().next().cloned().unwrap_or_default()];
        let names = if m.via.is_empty() { first.to_vec() } else { m.via.clone() };
        let mut time = period.0;
        while time < period.1 {
            let mut kinematics = m.report(from, period, time, noise);
            if m.unplaced {
                kinematics.position = None;
            }
            for name in &names {
                let (feed, station) = *self.stations.get(name).ok_or(format!("no station {name}"))?;
                let report = AircraftReport {
                    feed,
                    station,
                    time,
                    icao,
                    source: if m.mlat { AirSource::Mlat } else { AirSource::AdsB },
                    kinematics,
                    pressure_altitude_ft: m.altitude_ft(period, time),
                    geometric_altitude_ft: None,
                    vertical_rate_fpm: m.climb_fpm(period),
                    on_ground: Some(m.ground),
                    squawk: m.squawk,
                    emergency: None,
                    call_sign: craft.identity.call_sign.map(|c| Text::new(c.as_str().as_bytes())),
                    version: Some(2),
                    nic: Some(m.nic.unwrap_or(8)),
                    nac_p: Some(m.nic.map_or(9, |nic| nic.min(9))),
                };
                self.inputs.push((time + m.late, Input::Aircraft(report)));
            }
            time += step;
        }
        Ok(())
    }

    /// Whether a subject's key is that of a craft's target.
    pub(super) fn is_target_of(&self, who: &str, key: &str) -> bool {
        self.targets.get(who).is_some_and(|targets| targets.iter().any(|target| key.starts_with(target)))
    }
}
