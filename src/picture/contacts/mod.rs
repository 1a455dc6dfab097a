//! What the radars follow: their targets one by one, and which of the picture's tracks each of them is.
//!
//! A *sighting* is one target of one sensor under one number. Every ten seconds of a sensor's time its sightings are
//! set against the tracks all at once; after some turns in agreement a sighting feeds a track, which is then fused, or
//! becomes a track of its own.

mod assign;
mod bias;
mod cycle;
mod filter;
mod fixed;
mod fusion;
mod mat2;
mod merge;
mod motion;
mod score;

use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

pub use bias::Bias;
pub use filter::{Filter, Measure};
use fixed::Fixed;
pub use fusion::Fusion;
pub use mat2::Mat2;
pub use merge::Decision;
pub use motion::{AIR, Motion, SEA};
pub use score::{State, likeness};

use crate::geodesy::{self, KN_MS};
use crate::model::{
    Accuracy, Contact, ContactStatus, Domain, FeedId, Icao, Mmsi, Position, SensorId, SensorTrackId, Span,
    StationId, StationKey, Time, TrackId,
};

/// Sightings at most; beyond, new targets are refused and counted.
const SIGHTINGS: usize = 65_536;
/// A sensor that a transponder answered within this asks them.
const ASKS_FOR: Span = Span::from_secs(86_400);
/// Sensors at most.
const SENSORS: usize = 1024;
/// A sensor believes in a target after so many of its words.
const BELIEVED_AFTER: u32 = 4;
/// A number that was not heard for this long is free for another target.
const NUMBER_FREE: Span = Span::from_secs(60);
/// A target gone for this many of its own intervals, and for at least this long, is lost.
const INTERVALS_LOST: f64 = 5.0;
const LOST_AFTER: Span = Span::from_secs(30);
/// A step this far beyond what was expected, by its squared distance, and further than any craft goes, is another
/// target under the same number.
const RECYCLED: f64 = 100.0;
/// A position whose sensor says nothing of its accuracy, metres.
const UNKNOWN_SIGMA_M: f64 = 75.0;

/// A craft that turns, or goes into another's echo, jumps about more before it is lost, by this factor.
const JUMPS_WHEN_LOST: f64 = 2.0;

/// One target of one sensor under one number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sighting {
    /// Its sensor, by place.
    sensor: SensorId,
    /// The sensor's number for it.
    pub number: u32,
    /// It flies.
    pub air: bool,
    /// The address that its transponder answered with.
    pub icao: Option<Icao>,
    /// Pressure altitude that its transponder told, feet.
    altitude_ft: Option<f64>,
    /// First word.
    pub first: Time,
    /// And where that was.
    from: Position,
    /// Newest word.
    pub last: Time,
    /// Words so far.
    pub updates: u32,
    /// What this sensor makes of it.
    filter: Filter,
    /// Of its newest word, m².
    variance: Mat2,
    /// As the sensor put it last, its registration not taken away.
    raw: Position,
    /// Mean interval, seconds.
    interval_s: f64,
    /// Mean squared distance from what was expected: about 2 for a steady target.
    pub jumpiness: f64,
    /// The track that it feeds.
    #[serde(with = "crate::model::ids::optional_track")]
    track: Option<TrackId>,
    /// The track that it may be, and how many turns in a row it was taken for it.
    #[serde(with = "leaning")]
    lean: (Option<TrackId>, u8),
    /// Turns in a row that it did not fit the track it feeds.
    misses: u8,
    /// Turns that it has waited for a track.
    waited: u8,
    /// Which track it was before it did not fit any more, and when.
    was: Option<(TrackId, Time)>,
    /// It was seen well inland: it is no vessel.
    ashore: bool,
}

impl Sighting {
    /// Where it is at a time, by its sensor.
    fn state(&self, time: Time) -> score::State {
        score::State::of_sighting(&self.filter, self.variance, time)
    }
}

/// One sensor.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sensor {
    feed: FeedId,
    station: StationId,
    next_turn: Time,
    /// When it is looked for what lies still.
    next_still: Time,
    live: Vec<SensorTrackId>,
    bias: Bias,
    /// A transponder answered it last.
    answered: Option<Time>,
    /// The mean jumpiness of its targets that are vessels on AIS: what a craft looks like to it.
    steadiness: f64,
}

/// A sensor's targets jump about so much, where nothing better is known: its accuracy is as its feed says.
const HONEST: f64 = 2.0;
/// What is true of its targets on AIS enters a sensor's steadiness by this share at each turn of each.
const STEADINESS_SHARE: f64 = 0.01;

/// All of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Contacts {
    sightings: Vec<Sighting>,
    free: Vec<SensorTrackId>,
    by_number: FxHashMap<(SensorId, u32), SensorTrackId>,
    sensors: Vec<Sensor>,
    by_station: FxHashMap<StationKey, SensorId>,
    /// What never goes away.
    fixed: Fixed,
    /// Of the tracks that radars feed, by id.
    fusions: FxHashMap<TrackId, Fusion>,
    /// Tracks of radars alone that nothing feeds any more, and since when.
    orphans: VecDeque<(Time, TrackId)>,
    /// Sightings refused for want of room.
    pub refused: u64,
    /// Words older than their target's newest.
    pub late: u64,
    /// Numbers that came to stand for another target.
    pub recycled: u64,
    /// Sightings that began well inland, and became no track.
    pub ashore: u64,
}

/// What came of a word.
pub(super) enum Sensed {
    /// Nothing yet, or nothing new.
    Nothing,
    /// A measurement by a sighting that feeds a track.
    Of(SensorTrackId, Measure),
    /// A target was given up.
    Gone(SensorTrackId),
}

impl Contacts {
    /// Whether a contact's sensor asks transponders: it says so, or one has answered it within a day.
    pub(super) fn asks(&self, contact: &Contact) -> bool {
        let sensor = self.by_station.get(&StationKey::new(contact.feed, contact.station));
        let answered = sensor.and_then(|&sensor| self.sensors[sensor.index()].answered);
        contact.answered == Some(false) || answered.is_some_and(|last| contact.time - last <= ASKS_FOR)
    }

    /// The sensor of a contact by its place; `None` where there is no room for one more.
    fn sensor_of(&mut self, contact: &Contact) -> Option<SensorId> {
        let key = StationKey::new(contact.feed, contact.station);
        if let Some(&sensor) = self.by_station.get(&key) {
            return Some(sensor);
        }
        if self.sensors.len() >= SENSORS {
            return None;
        }
        let at = SensorId(self.sensors.len() as u32);
        self.sensors.push(Sensor {
            feed: contact.feed,
            station: contact.station,
            next_turn: contact.time,
            next_still: contact.time + fixed::EVERY,
            live: Vec::new(),
            bias: Bias::default(),
            answered: None,
            steadiness: HONEST,
        });
        self.by_station.insert(key, at);
        Some(at)
    }

    /// Takes a sensor's word of one of its targets. `site` is where the sensor stands.
    ///
    /// What flies (`air`) and what floats are followed alike, each by its own motion.
    pub(super) fn take(&mut self, contact: &Contact, site: Option<Position>, air: bool) -> Sensed {
        let Some(sensor) = self.sensor_of(contact) else {
            self.refused += 1;
            return Sensed::Nothing;
        };
        if contact.is_answer() {
            let answered = &mut self.sensors[sensor.index()].answered;
            *answered = (*answered).max(Some(contact.time));
        }
        let known = self.by_number.get(&(sensor, contact.number)).copied();
        if contact.status == ContactStatus::Lost {
            return known.map_or(Sensed::Nothing, Sensed::Gone);
        }
        let Some(raw) = contact.position else { return Sensed::Nothing };
        let measure = measure(contact, raw, site, &self.sensors[sensor.index()].bias);
        let told = contact.sog_kn.zip(contact.cog_deg).map(|(sog, cog)| geodesy::velocity(sog * KN_MS, cog));
        let Some(at) = known else {
            self.sight(sensor, contact, raw, &measure, told, air);
            return Sensed::Nothing;
        };
        let sighting = &mut self.sightings[at.index()];
        if contact.time <= sighting.last {
            self.late += 1;
            return Sensed::Nothing;
        }
        let since = contact.time - sighting.last;
        let stepped = sighting.filter.step_m(&measure);
        let elsewhere = stepped > sighting.filter.motion.top * since.secs() + 3.0 * measure.variance.radius()
            && sighting.filter.distance2(&measure) > RECYCLED;
        let another = sighting.air != air
            || contact.icao.is_some() && sighting.icao.is_some_and(|own| Some(own) != contact.icao);
        if since > NUMBER_FREE || elsewhere || another {
            self.recycled += 1;
            // Its own track goes on without it; what the number stands for now begins anew.
            return Sensed::Gone(at);
        }
        let surprise = sighting.filter.take(&measure);
        sighting.updates = sighting.updates.saturating_add(1);
        sighting.interval_s += 0.2 * (since.secs() - sighting.interval_s);
        sighting.jumpiness += 0.05 * (surprise.min(50.0) - sighting.jumpiness);
        (sighting.last, sighting.raw, sighting.variance) = (contact.time, raw, measure.variance);
        sighting.icao = contact.icao.or(sighting.icao);
        sighting.altitude_ft = contact.altitude_ft.or(sighting.altitude_ft);
        match sighting.track {
            None => Sensed::Nothing,
            Some(_) => Sensed::Of(at, measure),
        }
    }

    fn sight(
        &mut self,
        sensor: SensorId,
        contact: &Contact,
        raw: Position,
        first: &Measure,
        told: Option<[f64; 2]>,
        air: bool,
    ) {
        let sighting = Sighting {
            sensor,
            number: contact.number,
            air,
            icao: contact.icao,
            altitude_ft: contact.altitude_ft,
            first: contact.time,
            from: first.position,
            last: contact.time,
            updates: 1,
            filter: Filter::new(first, told, Motion::in_the_air(air)),
            variance: first.variance,
            raw,
            interval_s: 3.0,
            jumpiness: self.sensors[sensor.index()].steadiness,
            track: None,
            lean: (None, 0),
            misses: 0,
            waited: 0,
            was: None,
            ashore: false,
        };
        let at = match self.free.pop() {
            Some(at) => {
                self.sightings[at.index()] = sighting;
                at
            }
            None if self.sightings.len() >= SIGHTINGS => {
                self.refused += 1;
                return;
            }
            None => {
                self.sightings.push(sighting);
                SensorTrackId((self.sightings.len() - 1) as u32)
            }
        };
        self.by_number.insert((sensor, contact.number), at);
        self.sensors[sensor.index()].live.push(at);
    }

    /// A sighting is over: its number stands for nothing now.
    fn forget(&mut self, at: SensorTrackId) {
        let Sighting { sensor, number, .. } = self.sightings[at.index()];
        self.by_number.remove(&(sensor, number));
        self.sensors[sensor.index()].live.retain(|&other| other != at);
        self.free.push(at);
    }

    /// A track is over: what fed it feeds nothing.
    pub(super) fn let_go(&mut self, id: TrackId) {
        for at in self.fusions.remove(&id).map_or(Vec::new(), |fusion| fusion.members) {
            self.sightings[at.index()].track = None;
        }
    }

    /// Sightings alive.
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is known of a track that radars feed.
    pub fn fusion(&self, id: TrackId) -> Option<&Fusion> {
        self.fusions.get(&id)
    }

    /// Who a track of radars alone was on AIS, and until when.
    pub fn formerly(&self, id: TrackId) -> Option<(Mmsi, Time)> {
        self.fusions.get(&id)?.formerly
    }

    /// How near to a track another one is the same echo to the radar that saw it last, metres; 0 where none did.
    pub fn cell_m(&self, id: TrackId) -> f64 {
        self.fusions.get(&id).map_or(0.0, |fusion| fusion.cell_m)
    }

    /// The sightings that feed a track.
    pub fn feeding(&self, id: TrackId) -> impl Iterator<Item = &Sighting> {
        let members = self.fusions.get(&id).map_or(&[][..], |fusion| &fusion.members);
        members.iter().map(|&at| &self.sightings[at.index()])
    }

    /// Tracks of radars alone that none sees any more, and since when: of the last half hour.
    pub fn lost(&self) -> impl Iterator<Item = (Time, TrackId)> + '_ {
        self.orphans.iter().copied()
    }

    /// The feeds of the sensors that see a track.
    pub fn sites_of(&self, id: TrackId) -> impl Iterator<Item = FeedId> {
        self.feeding(id).map(|sighting| self.sensors[sighting.sensor.index()].feed)
    }

    /// Whether a track lies where something has lain for days: a buoy, a rig, a rock.
    pub fn is_fixed(&self, id: TrackId, now: Time) -> bool {
        self.feeding(id).any(|s| lies_still(s) && self.fixed.is_fixed(s.sensor, s.filter.position(), now))
    }

    /// How much more a track jumps about, or did until it was lost, than targets that are known to be vessels: about 1 for a
    /// craft; by the radar that has it steadiest.
    pub fn unsteadiness(&self, id: TrackId) -> f64 {
        let own = self.feeding(id).map(|sighting| self.unsteadiness_of(sighting)).reduce(f64::min);
        let lost = || Some(self.fusions.get(&id)?.unsteadiness / JUMPS_WHEN_LOST);
        own.or_else(lost).unwrap_or(0.0)
    }

    fn unsteadiness_of(&self, sighting: &Sighting) -> f64 {
        sighting.jumpiness / self.sensors[sighting.sensor.index()].steadiness.max(0.05)
    }

    /// Each sensor's feed, station and registration, in the order in which they first spoke.
    pub fn sensors(&self) -> impl Iterator<Item = (FeedId, StationId, &Bias)> {
        self.sensors.iter().map(|sensor| (sensor.feed, sensor.station, &sensor.bias))
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.sightings.capacity() * size_of::<Sighting>()
            + self.by_number.capacity() * 14
            + self.fusions.capacity() * (size_of::<Fusion>() + 5)
    }
}

/// Whether it is where it was first seen, as far as its sensor can tell.
fn lies_still(s: &Sighting) -> bool {
    let doubt_m = 3.0 * s.variance.radius();
    geodesy::distance_m(s.from, s.filter.position()) <= fixed::STILL_M + doubt_m
}

/// Serialization of a leaning as two numbers, that of the track as [`optional_track`](crate::model::ids::optional_track).
mod leaning {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::model::TrackId;
    use crate::model::ids::optional_track;

    #[derive(Serialize, Deserialize)]
    struct Leaning(#[serde(with = "optional_track")] Option<TrackId>, u8);

    pub fn serialize<S: Serializer>(lean: &(Option<TrackId>, u8), serializer: S) -> Result<S::Ok, S::Error> {
        Leaning(lean.0, lean.1).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<(Option<TrackId>, u8), D::Error> {
        Leaning::deserialize(deserializer).map(|Leaning(track, times)| (track, times))
    }
}

/// What a contact measures, its registration taken away.
fn measure(contact: &Contact, raw: Position, site: Option<Position>, bias: &Bias) -> Measure {
    let Accuracy { along_m, across_m, axis_deg } =
        contact.accuracy.unwrap_or_else(|| Accuracy::round(UNKNOWN_SIGMA_M));
    let square = |sigma: f32| f64::from(sigma.max(3.0)) * f64::from(sigma.max(3.0));
    Measure {
        time: contact.time,
        position: site.map_or(raw, |site| bias.corrected(site, raw)),
        variance: Mat2::turned(square(along_m), square(across_m), f64::from(axis_deg)),
        velocity: None,
    }
}
