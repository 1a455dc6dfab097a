//! Simulated clutter: rain, weed, birds and fixed objects, common to all radars; sea spikes and noise, separate for each
//! radar.

use super::file::{Clutter, Kind, Radar};
use super::site::height_m;
use super::{Echo, Source};
use crate::model::{KN_MS, NM_M, Span, Time};
use crate::scenario::Scenario;
use crate::scenario::chance::{Chance, Wander, hash};
use crate::scenario::fleet::anywhere;
use crate::scenario::globe::Place;
use crate::scenario::helm::Motion;

/// Shapes within a rain cell.
const SHAPES: usize = 2;
/// Share of a vessel's signal that is left under rain.
const UNDER_RAIN: f64 = 0.15;

/// Cells, mats, flocks and objects.
#[derive(Clone, Debug)]
pub struct Patches(Vec<Patch>);

#[derive(Clone, Debug)]
struct Patch {
    index: usize,
    file: Clutter,
    /// Drift, degrees and knots.
    way: (f64, f64),
    home: Place,
    motion: Motion,
    shapes: Vec<Shape>,
    sway: Wander,
    from: Time,
    to: Time,
    /// A flock is up, or down on the water, until then.
    up: (bool, Time),
    chance: Chance,
}

/// A part of a rain cell that echoes for some minutes.
#[derive(Clone, Copy, Debug)]
struct Shape {
    east_m: f64,
    north_m: f64,
    until: Time,
}

impl Patches {
    /// Makes clutter of its declaration in the file.
    pub fn new(scenario: &Scenario, seed: u64) -> Patches {
        let mut all = Vec::new();
        for (index, file) in scenario.clutter.iter().enumerate() {
            let mut chance = Chance::of(seed, hash(&file.name));
            for n in 0..file.count.max(file.positions.len() as u32) {
                let home = match file.positions.get(n as usize) {
                    Some(point) => point.0,
                    None => anywhere(&file.area, 0.0, &[], &mut chance),
                };
                let own = Chance::of(seed, hash(&file.name) ^ (u64::from(n) + 1));
                all.push(Patch::new(scenario, index, file, home, own));
            }
        }
        Patches(all)
    }

    /// One second goes by.
    pub fn step(&mut self, now: Time) {
        self.0.iter_mut().filter(|patch| (patch.from..patch.to).contains(&now)).for_each(|p| p.step(now));
    }

    /// Returns the present echoes.
    pub fn echoes(&self, now: Time, out: &mut Vec<Echo>) {
        self.0.iter().filter(|patch| (patch.from..patch.to).contains(&now)).for_each(|p| p.echoes(out));
    }

    /// Returns the share of a signal that rain leaves at a position.
    pub fn clear(&self, at: Place, now: Time) -> f64 {
        let rains = |patch: &Patch| {
            patch.file.kind == Kind::Rain
                && (patch.from..patch.to).contains(&now)
                && patch.motion.place.metres_to(at) < patch.file.radius.m()
        };
        if self.0.iter().any(rains) { UNDER_RAIN } else { 1.0 }
    }
}

impl Patch {
    fn new(scenario: &Scenario, index: usize, file: &Clutter, home: Place, chance: Chance) -> Patch {
        let rate_kn = file.rate.map_or(
            match file.kind {
                Kind::Rain => scenario.wind_kn,
                Kind::Sargassum => 0.5,
                Kind::Birds => 20.0,
                Kind::Fixed => 0.0,
            },
            |rate| rate.kn(),
        );
        let set_deg = file.set.map_or(scenario.wind_deg + 180.0, |set| set.deg());
        let moment = |m: Option<crate::scenario::units::Moment>, default: Time| {
            m.map_or(default, |m| m.after(scenario.start))
        };
        Patch {
            index,
            file: file.clone(),
            way: (set_deg, rate_kn),
            home,
            motion: Motion { place: home, sog_kn: rate_kn, cog_deg: set_deg, heading_deg: set_deg },
            shapes: Vec::new(),
            sway: Wander::default(),
            from: moment(file.from, scenario.start),
            to: moment(file.to, scenario.start + scenario.duration),
            up: (false, Time::NEVER),
            chance,
        }
    }

    fn step(&mut self, now: Time) {
        match self.file.kind {
            Kind::Fixed => return,
            Kind::Sargassum | Kind::Rain => {
                self.motion.cog_deg = self.way.0 + self.sway.step(&mut self.chance, 10.0, 600.0);
            }
            Kind::Birds => self.fly(now),
        }
        self.motion.place = self.motion.place.after(self.motion.cog_deg, self.motion.sog_kn * KN_MS);
        if self.file.kind == Kind::Rain {
            self.rain(now);
        }
    }

    /// Shapes come and go within the cell.
    fn rain(&mut self, now: Time) {
        while self.shapes.len() < SHAPES {
            self.shapes.push(Shape { east_m: 0.0, north_m: 0.0, until: Time::NEVER });
        }
        for shape in self.shapes.iter_mut().filter(|shape| shape.until <= now) {
            let off = self.file.radius.m() * libm::sqrt(self.chance.unit());
            let towards = self.chance.between(0.0, std::f64::consts::TAU);
            (shape.east_m, shape.north_m) = (off * libm::sin(towards), off * libm::cos(towards));
            shape.until = now + Span::from_secs(self.chance.between(90.0, 360.0) as i64);
        }
    }

    /// A flock is up for some minutes, down for some more, and does not go far.
    fn fly(&mut self, now: Time) {
        if now >= self.up.1 {
            let up = !self.up.0;
            let minutes = if up { self.chance.between(2.0, 9.0) } else { self.chance.between(4.0, 25.0) };
            self.up = (up, now + Span::from_secs_f64(minutes * 60.0));
            if up {
                self.way.0 = self.chance.between(0.0, 360.0);
            }
        }
        let off = self.sway.step(&mut self.chance, 40.0, 90.0);
        let far = self.motion.place.metres_to(self.home) > 3.0 * NM_M;
        let course = if far { self.motion.place.bearing_to(self.home) } else { self.way.0 };
        self.motion.cog_deg = course + off;
        self.motion.sog_kn = if self.up.0 { self.way.1 } else { 0.3 };
    }

    fn echoes(&self, out: &mut Vec<Echo>) {
        let (length_m, height, jitter_m) = match self.file.kind {
            Kind::Rain => (14.0, Some(600.0), 80.0),
            Kind::Sargassum => (6.5, Some(0.4), 40.0),
            Kind::Birds => (5.0, Some(12.0), 40.0),
            Kind::Fixed => (8.0, None, 3.0),
        };
        let length_m = self.file.length.map_or(length_m, |length| length.m());
        let echo = Echo {
            source: Source::Clutter(self.index),
            motion: self.motion,
            length_m,
            height_m: height.unwrap_or(height_m(length_m)),
            jitter_m,
            clear: 1.0,
        };
        match self.file.kind {
            Kind::Rain => out.extend(self.shapes.iter().map(|shape| {
                let place = self.motion.place.moved(shape.east_m, shape.north_m);
                Echo { motion: Motion { place, ..self.motion }, ..echo }
            })),
            // A flock that sits on the water is not seen.
            Kind::Birds if !self.up.0 => {}
            _ => out.push(echo),
        }
    }
}

/// Spikes of the sea round a site, and plots of nothing.
#[derive(Clone, Debug)]
pub struct Sea {
    spikes: Vec<Spike>,
    /// New spikes a turn, on average.
    births: f64,
    /// Largest range, metres.
    reach_m: f64,
    false_plots: f64,
    range_m: f64,
}

#[derive(Clone, Copy, Debug)]
struct Spike {
    range_m: f64,
    bearing_deg: f64,
    until: Time,
}

/// Mean life of a spike, seconds: `5 + 70 u^3`.
const LIFE_S: f64 = 22.5;

impl Sea {
    /// About a site, in so much wind.
    pub fn new(radar: &Radar, wind_kn: f64) -> Sea {
        let strength = wind_kn / 15.0;
        let alive = radar.sea_clutter * strength * strength;
        Sea {
            spikes: Vec::new(),
            births: alive * radar.period.secs() / LIFE_S,
            reach_m: (2.0 * NM_M * strength).clamp(500.0, 6.0 * NM_M),
            false_plots: radar.false_plots,
            range_m: radar.range.m(),
        }
    }

    /// One turn: `seen` gets range and bearing of each spike that shows and of each plot of nothing.
    pub fn step(
        &mut self,
        end: Time,
        chance: &mut Chance,
        mut seen: impl FnMut(&mut Chance, f64, f64, Source),
    ) {
        self.spikes.retain(|spike| spike.until > end);
        for _ in 0..chance.count(self.births) {
            let (u, v) = (chance.unit(), chance.unit());
            self.spikes.push(Spike {
                range_m: 200.0 + self.reach_m * v * v,
                bearing_deg: chance.between(0.0, 360.0),
                until: end + Span::from_secs_f64(5.0 + 70.0 * u * u * u),
            });
        }
        for spike in &self.spikes {
            if chance.happens(0.6) {
                let range_m = spike.range_m + 25.0 * chance.normal();
                seen(chance, range_m, spike.bearing_deg, Source::Sea);
            }
        }
        for _ in 0..chance.count(self.false_plots) {
            let range_m = self.range_m * libm::sqrt(chance.unit());
            let bearing_deg = chance.between(0.0, 360.0);
            seen(chance, range_m, bearing_deg, Source::Noise);
        }
    }
}
