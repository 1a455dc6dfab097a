//! A tracker as an ARPA has one: acquires after m of n plots, follows, carries on through misses, loses; its numbers
//! are used again. Nearest plot to nearest track, so that two who pass within a cell may change places.
//!
//! It smooths by an alpha-beta filter in range and across it, whose gains fall as plots come in (the least-squares
//! start) down to those of Kalata's tracking index (IEEE Trans. AES-20, 1984). Speed and course are wild at first.

use super::Source;
use super::file::{Radar, Reuse};
use super::site::Plot;
use crate::model::{KN_MS, Span, Time};
use crate::scenario::globe::turn;

/// Acceleration that the filter allows for, m/s².
const UNREST: f64 = 0.05;
/// Acceleration of a boat in a hard turn, m/s².
const TURNING: f64 = 2.5;
/// The fastest target that two plots may make, metres a second.
const FASTEST: f64 = 26.0;
/// Plots in a row from another source, after which a track is taken to stand for it.
const CONVINCED: u32 = 3;

/// Plots from which speed and course are shown.
const VECTOR: u32 = 8;

/// Status of a target in the tracker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Acquired, its vector not settled yet.
    Acquiring,
    /// Followed.
    Tracking,
    /// Given up: said once.
    Lost,
}

/// One report of a target by the tracker.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// Target number.
    pub number: u16,
    /// Status of the target.
    pub status: Status,
    /// Time when the beam passed the target, or would have passed it.
    pub time: Time,
    /// Smoothed range, metres.
    pub range_m: f64,
    /// Smoothed bearing, degrees true.
    pub bearing_deg: f64,
    /// Smoothed speed, knots.
    pub sog_kn: f64,
    /// Smoothed course, degrees true.
    pub cog_deg: f64,
    /// Speed and course are shown: enough plots stand behind them.
    pub vector: bool,
    /// Origin of the recent plots.
    pub source: Source,
}

impl Said {
    /// Distance at the closest approach to the site, metres, and time to it, seconds.
    pub fn closest(&self) -> (f64, f64) {
        let off = (self.cog_deg - self.bearing_deg).to_radians();
        let speed = self.sog_kn * KN_MS;
        let away = speed * libm::cos(off);
        let tcpa = if speed > 0.1 { -self.range_m * libm::cos(off) / speed } else { 0.0 };
        if speed > 0.1 && away != 0.0 {
            (self.range_m * libm::fabs(libm::sin(off)), tcpa.clamp(-59_999.0, 59_999.0))
        } else {
            (self.range_m, 0.0)
        }
    }
}

/// East and north of the site, metres or metres a second.
type Flat = [f64; 2];

#[derive(Clone, Debug)]
struct Track {
    number: Option<u16>,
    at: Flat,
    way: Flat,
    time: Time,
    /// Plots that the gains stand on; set back when it turns faster than they follow.
    grown: u32,
    plots: u32,
    turns: u32,
    misses: u32,
    astray: u32,
    source: Source,
    rival: Option<(Source, u32)>,
}

/// All targets of a radar.
#[derive(Clone, Debug)]
pub struct Tracker {
    radar: Radar,
    tracks: Vec<Track>,
    last: u16,
}

impl Tracker {
    /// Nothing followed yet.
    pub fn new(radar: &Radar) -> Tracker {
        Tracker { radar: radar.clone(), tracks: Vec::new(), last: 0 }
    }

    /// A turn: what it says of each target with a number, in the order of acquisition.
    pub fn turn(&mut self, plots: &[Plot], end: Time) -> Vec<Said> {
        let period = *self.radar.period;
        for track in &mut self.tracks {
            track.turns += 1;
            track.go_to(passing(bearing(track.at), end, period));
        }
        let given = self.assign(plots);
        let mut taken = vec![false; plots.len()];
        for (track, plot) in self.tracks.iter_mut().zip(&given) {
            match plot.and_then(|i| plots.get(i).zip(taken.get_mut(i))) {
                Some((plot, taken)) => {
                    *taken = true;
                    track.take(plot, &self.radar);
                }
                None => track.misses += 1,
            }
        }
        let mut said = self.sort_out();
        let fresh = plots.iter().zip(&taken).filter(|(_, taken)| !**taken);
        self.tracks.extend(fresh.filter_map(|(plot, _)| Track::new(plot)));
        said.sort_by_key(|said| said.time);
        said
    }

    /// The plot of each track: the nearest pairs first, measured by what may lie between them.
    fn assign(&self, plots: &[Plot]) -> Vec<Option<usize>> {
        let flat: Vec<Flat> = plots.iter().map(|plot| flat(plot.range_m, plot.bearing_deg)).collect();
        let mut pairs = Vec::new();
        for (t, track) in self.tracks.iter().enumerate() {
            let (along, across) = track.gate(&self.radar);
            let most = along.max(across);
            for (p, at) in flat.iter().enumerate() {
                let off = [at[0] - track.at[0], at[1] - track.at[1]];
                if off[0].abs() > most || off[1].abs() > most {
                    continue;
                }
                let [radial, cross] = turned(off, track.at);
                let far = (radial / along) * (radial / along) + (cross / across) * (cross / across);
                // A target with a number takes before those without.
                if far < 1.0 {
                    pairs.push((track.number.is_none(), far, t, p));
                }
            }
        }
        pairs.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then((a.2, a.3).cmp(&(b.2, b.3))));
        let (mut given, mut taken) = (vec![None; self.tracks.len()], vec![false; plots.len()]);
        for (_, _, t, p) in pairs {
            if let (Some(slot @ None), Some(taken @ false)) = (given.get_mut(t), taken.get_mut(p)) {
                *slot = Some(p);
                *taken = true;
            }
        }
        given
    }

    /// Acquires, drops and loses; what is to be said.
    fn sort_out(&mut self) -> Vec<Said> {
        let [m, n] = self.radar.acquire;
        let mut said = Vec::new();
        let mut tracks = std::mem::take(&mut self.tracks);
        // A number that is lost in this turn is free in the next one.
        let mut used: Vec<u16> = tracks.iter().filter_map(|track| track.number).collect();
        used.sort_unstable();
        tracks.retain_mut(|track| {
            if let Some(number) = track.number {
                let lost = track.misses > self.radar.coast;
                let status = match () {
                    () if lost => Status::Lost,
                    () if track.plots < self.radar.settle => Status::Acquiring,
                    () => Status::Tracking,
                };
                said.push(track.said(number, status));
                return !lost;
            }
            if track.plots >= m {
                return true;
            }
            // m plots can no longer come in n turns.
            track.plots + n.saturating_sub(track.turns + 1) >= m
        });
        for track in tracks.iter_mut().filter(|t| t.number.is_none() && t.plots >= m) {
            track.number = self.free(&used);
            match track.number {
                Some(number) => {
                    used.insert(used.partition_point(|u| *u < number), number);
                    self.last = number;
                    let status =
                        if track.plots < self.radar.settle { Status::Acquiring } else { Status::Tracking };
                    said.push(track.said(number, status));
                }
                // No number is free: it is followed in silence while plots come.
                None => track.plots = if track.misses > self.radar.coast { 0 } else { track.plots },
            }
        }
        tracks.retain(|track| track.number.is_some() || track.plots > 0);
        self.tracks = tracks;
        said
    }

    fn free(&self, used: &[u16]) -> Option<u16> {
        let most = self.radar.numbers.max(1);
        let after = match self.radar.reuse {
            Reuse::Lowest => 0,
            Reuse::Cyclic => self.last % most,
        };
        (after..most).chain(0..after).map(|n| n + 1).find(|n| used.binary_search(n).is_err())
    }
}

impl Track {
    fn new(plot: &Plot) -> Option<Track> {
        Some(Track {
            number: None,
            at: flat(plot.range_m, plot.bearing_deg),
            way: [0.0, 0.0],
            time: plot.time,
            grown: 1,
            plots: 1,
            turns: 0,
            misses: 0,
            astray: 0,
            source: *plot.sources.first()?,
            rival: None,
        })
    }

    fn go_to(&mut self, time: Time) {
        let secs = (time - self.time).secs();
        self.at = [self.at[0] + self.way[0] * secs, self.at[1] + self.way[1] * secs];
        self.time = time;
    }

    /// Half axes of the gate, in range and across it.
    fn gate(&self, radar: &Radar) -> Flat2 {
        let secs = radar.period.secs() * f64::from(self.misses + 1);
        let loose = match self.grown {
            1 => FASTEST * secs,
            2..=5 => 8.0 * secs,
            _ => 5.0 * secs + 0.5 * TURNING * secs * secs,
        };
        let [along, across] = sigmas(radar, self.at);
        (4.0 * along + loose + 15.0, 4.0 * across + loose + 15.0)
    }

    fn take(&mut self, plot: &Plot, radar: &Radar) {
        self.go_to(plot.time);
        let at = flat(plot.range_m, plot.bearing_deg);
        let secs = radar.period.secs() * f64::from(self.misses + 1);
        let off = turned([at[0] - self.at[0], at[1] - self.at[1]], self.at);
        let sigma = sigmas(radar, self.at);
        let away = (0..2).map(|i| off[i] / sigma[i].max(1.0)).map(|z| z * z).sum::<f64>();
        self.astray = if away > 9.0 { self.astray + 1 } else { 0 };
        if self.astray >= 2 && self.grown > 6 {
            self.grown = 3;
        }
        self.grown += 1;
        let gain = [0, 1].map(|i| gains(self.grown, sigma[i], secs));
        let ahead = [off[0] * gain[0].0, off[1] * gain[1].0];
        let faster = [off[0] * gain[0].1 / secs, off[1] * gain[1].1 / secs];
        let (ahead, faster) = (turned_back(ahead, self.at), turned_back(faster, self.at));
        self.at = [self.at[0] + ahead[0], self.at[1] + ahead[1]];
        self.way = [self.way[0] + faster[0], self.way[1] + faster[1]];
        self.plots += 1;
        self.misses = 0;
        self.believe(&plot.sources);
    }

    fn believe(&mut self, sources: &[Source]) {
        let Some(first) = sources.first().filter(|_| !sources.contains(&self.source)) else {
            self.rival = None;
            return;
        };
        let seen = self.rival.filter(|(rival, _)| rival == first).map_or(1, |(_, seen)| seen + 1);
        self.rival = Some((*first, seen));
        if seen >= CONVINCED {
            (self.source, self.rival) = (*first, None);
        }
    }

    fn said(&self, number: u16, status: Status) -> Said {
        Said {
            number,
            status,
            time: self.time,
            range_m: libm::hypot(self.at[0], self.at[1]),
            bearing_deg: bearing(self.at),
            sog_kn: (libm::hypot(self.way[0], self.way[1]) / KN_MS).min(99.9),
            cog_deg: bearing(self.way),
            vector: self.plots >= VECTOR,
            source: self.source,
        }
    }
}

/// Components in range and across it.
type Flat2 = (f64, f64);

/// Gains for position and, divided by the time between plots, for speed.
fn gains(plots: u32, sigma_m: f64, secs: f64) -> (f64, f64) {
    let k = f64::from(plots.max(2));
    let start = (2.0 * (2.0 * k - 1.0) / (k * (k + 1.0)), 6.0 / (k * (k + 1.0)));
    let index = UNREST * secs * secs / sigma_m.max(1.0);
    let r = (4.0 + index - libm::sqrt(8.0 * index + index * index)) / 4.0;
    let alpha = 1.0 - r * r;
    let beta = 2.0 * (2.0 - alpha) - 4.0 * libm::sqrt(1.0 - alpha);
    (start.0.max(alpha), start.1.max(beta))
}

/// Standard deviations in range and across it, metres.
fn sigmas(radar: &Radar, at: Flat) -> Flat {
    let range = libm::hypot(at[0], at[1]);
    [radar.range_sigma.m(), radar.bearing_sigma.deg().to_radians() * range]
}

fn flat(range_m: f64, bearing_deg: f64) -> Flat {
    let bearing = bearing_deg.to_radians();
    [range_m * libm::sin(bearing), range_m * libm::cos(bearing)]
}

fn bearing(at: Flat) -> f64 {
    turn(libm::atan2(at[0], at[1]).to_degrees())
}

/// An offset along the line of sight to a place, and across it to the right.
fn turned(off: Flat, sight: Flat) -> Flat {
    let [sin, cos] = unit(sight);
    [off[0] * sin + off[1] * cos, off[0] * cos - off[1] * sin]
}

fn turned_back(off: Flat, sight: Flat) -> Flat {
    let [sin, cos] = unit(sight);
    [off[0] * sin + off[1] * cos, off[0] * cos - off[1] * sin]
}

fn unit(sight: Flat) -> Flat {
    let range = libm::hypot(sight[0], sight[1]);
    if range > 0.0 { [sight[0] / range, sight[1] / range] } else { [0.0, 1.0] }
}

fn passing(bearing_deg: f64, end: Time, period: Span) -> Time {
    super::passes(bearing_deg, end, period)
}
