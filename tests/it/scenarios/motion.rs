//! How a vessel of a table moves, and what it reports of that.

use std::collections::VecDeque;

use vigie::geodesy::{self, KN_MS, NM_M};
use vigie::model::{Kinematics, NavStatus, Position, Span, Squawk, Time};

use super::words::{self, Res};

/// A movement from one time to before another, as a line states it.
#[derive(Clone, Debug, Default)]
pub struct Motion {
    pub start: Option<Position>,
    way: Way,
    heading: Option<f64>,
    jitter_m: f64,
    swing_m: f64,
    pub spread_m: f64,
    says_sog: Option<Option<f64>>,
    pub status: Option<NavStatus>,
    pub long_range: bool,
    pub via: Vec<String>,
    pub late: Span,
    /// An aircraft's height at the beginning and at the end, feet.
    altitude: Option<[f64; 2]>,
    pub squawk: Option<Squawk>,
    pub nic: Option<u8>,
    pub ground: bool,
    pub mlat: bool,
    /// Whether the vessel sends no position.
    pub unplaced: bool,
    /// By which radar, under which number.
    pub seen: Option<(String, u32)>,
}

#[derive(Clone, Debug, Default)]
enum Way {
    #[default]
    Hold,
    On(f64, f64),
    To(Position),
}

impl Motion {
    /// `[LAT LON] [on 6kn 090 | to LAT LON | hold] [heading 045] [jitter 15m] [swing 60m] [spread 1nm] [sog 0kn|none]
    /// [status 1] [via s1,s2] [late 5min] [long-range]`
    pub fn parse(words: &[String]) -> Res<Motion> {
        let mut motion = Motion::default();
        let mut rest: VecDeque<&str> = words.iter().map(String::as_str).collect();
        while let Some(word) = rest.pop_front() {
            let mut next = || rest.pop_front().ok_or(format!("{word}: and then?"));
            match word {
                lat if words::is_latitude(lat) => motion.start = Some(words::position(lat, next()?)?),
                "hold" => motion.way = Way::Hold,
                "on" => motion.way = Way::On(words::knots(next()?)?, words::number(next()?)?),
                "to" => {
                    let lat = next()?;
                    motion.way = Way::To(words::position(lat, next()?)?);
                }
                "heading" => motion.heading = Some(words::number(next()?)?),
                "jitter" => motion.jitter_m = words::metres(next()?)?,
                "swing" => motion.swing_m = words::metres(next()?)?,
                "spread" => motion.spread_m = words::metres(next()?)?,
                "sog" => {
                    let said = next()?;
                    motion.says_sog = Some(if said == "none" { None } else { Some(words::knots(said)?) });
                }
                "status" => motion.status = Some(NavStatus(words::number(next()?)? as u8)),
                "via" => motion.via = next()?.split(',').map(str::to_owned).collect(),
                "seen" => {
                    let radar = next()?.to_owned();
                    motion.seen = Some((radar, words::number(next()?)? as u32));
                }
                "alt" => {
                    let both = next()?;
                    let (from, to) = both.split_once("..").unwrap_or((both, both));
                    motion.altitude = Some([words::feet(from)?, words::feet(to)?]);
                }
                "squawk" => motion.squawk = Squawk::of_digits(next()?),
                "nic" => motion.nic = Some(words::number(next()?)? as u8),
                "ground" => motion.ground = true,
                "mlat" => motion.mlat = true,
                "unplaced" => motion.unplaced = true,
                "late" => motion.late = words::span(next()?)?,
                "long-range" => motion.long_range = true,
                _ => return Err(format!("{word}: not a word of a movement")),
            }
        }
        Ok(motion)
    }

    /// An aircraft's height at a time.
    pub fn altitude_ft(&self, (begin, end): (Time, Time), at: Time) -> Option<f64> {
        let [from, to] = self.altitude?;
        Some(from + (to - from) * (at - begin).secs() / (end - begin).secs().max(1.0))
    }

    /// Vertical rate, feet per minute.
    pub fn climb_fpm(&self, (begin, end): (Time, Time)) -> Option<f64> {
        let [from, to] = self.altitude?;
        Some((to - from) / (end - begin).secs().max(1.0) * 60.0)
    }

    /// Returns the place at a time, from the place at the beginning.
    pub fn position(&self, from: Position, (begin, end): (Time, Time), at: Time) -> Position {
        match self.way {
            Way::Hold => from,
            Way::On(kn, course) => geodesy::dead_reckoned(from, kn, course, at - begin),
            Way::To(there) => {
                let share = (at - begin).secs() / (end - begin).secs().max(1.0);
                let [east, north] = geodesy::offset_m(from.lon_lat(), there.lon_lat());
                geodesy::moved_m(from, [east * share, north * share])
            }
        }
    }

    /// Returns the report at a time.
    pub fn report(&self, from: Position, period: (Time, Time), at: Time, noise: &mut Noise) -> Kinematics {
        let mut position = self.position(from, period, at);
        let (mut sog, mut cog) = match self.way {
            // At rest the course over ground wanders.
            Way::Hold => (0.1, noise.next() * 360.0),
            Way::On(kn, course) => (kn, course),
            Way::To(there) => {
                let hours = (period.1 - period.0).hours().max(1e-6);
                let course = geodesy::bearing_deg(from.lon_lat(), there.lon_lat());
                (geodesy::distance_m(from, there) / NM_M / hours, course)
            }
        };
        let mut heading = self.heading;
        if self.swing_m > 0.0 {
            // To and fro across the wind in eight minutes, as a vessel yaws on her anchor.
            let phase = (at - period.0).secs() / 480.0 * std::f64::consts::TAU;
            position = geodesy::moved_m(position, [self.swing_m * phase.sin(), 0.0]);
            sog = (self.swing_m * std::f64::consts::TAU / 480.0 * phase.cos()).abs() / KN_MS;
            cog = if phase.cos() > 0.0 { 90.0 } else { 270.0 };
            heading = heading.map(|h| geodesy::normal_deg(h + 25.0 * phase.sin()));
        }
        position = self.jittered(position, noise);
        let sog_kn = self.says_sog.unwrap_or(Some((sog * 10.0).round() / 10.0));
        Kinematics { position: Some(position), sog_kn, cog_deg: Some(cog), heading_deg: heading }
    }

    /// Put off a little, where it jitters.
    pub fn jittered(&self, at: Position, noise: &mut Noise) -> Position {
        match self.jitter_m {
            0.0 => at,
            m => geodesy::moved_m(at, [noise.normal() * m, noise.normal() * m]),
        }
    }

    /// The place of one of several that spread evenly round a position.
    pub fn spread(&self, middle: Position, index: usize, of: usize) -> Position {
        let radius_m = self.spread_m * ((index as f64 + 0.5) / of as f64).sqrt();
        geodesy::moved_m(middle, geodesy::velocity(radius_m, index as f64 * 137.508))
    }
}

/// Numbers that look random and are the same each time.
pub struct Noise(pub u64);

impl Noise {
    /// From 0 to below 1.
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1u32 << 31)
    }

    /// Mean 0, standard deviation 1, about.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}
