//! Sensors, their sensor tracks, and the tracks that these feed.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::fixed_objects::{self, FixedObjects};
use super::gating::State;
use super::{FusedTrack, KalmanFilter, Mat2, Registration};
use crate::geodesy;
use crate::model::{
    Contact, FeedId, Icao, Mmsi, Position, SensorId, SensorTrackId, Span, StationId, StationKey, Time,
    TrackId,
};

/// Sensors at most.
const MOST_SENSORS: usize = 1024;
/// A sensor interrogates transponders if one answered it within this time.
const INTERROGATES_FOR: Span = Span::from_secs(86_400);
/// Mean NIS of a sensor's targets where nothing better is known: its accuracy is as its feed tells.
const NOMINAL_NIS: f64 = 2.0;
/// The mean NIS of a craft that turns, or goes into another's echo, rises by this factor before it is lost.
const NIS_RISE_BEFORE_LOSS: f64 = 2.0;

/// One target of one sensor under one number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SensorTrack {
    /// The sensor.
    pub(super) sensor: SensorId,
    /// The sensor's number for the target.
    pub number: u32,
    /// Whether the target flies.
    pub air: bool,
    /// Address that the target's transponder answered with.
    pub icao: Option<Icao>,
    /// Pressure altitude that the target's transponder sent, feet.
    pub(super) altitude_ft: Option<f64>,
    /// Time of the first detection.
    pub first: Time,
    /// Position of the first detection.
    pub(super) from: Position,
    /// Time of the newest detection.
    pub last: Time,
    /// Count of detections.
    pub updates: u32,
    /// Estimate from this sensor's detections alone.
    pub(super) filter: KalmanFilter,
    /// Variance of the newest detection, m².
    pub(super) variance: Mat2,
    /// Position of the newest detection as the sensor gave it, its registration error not yet removed.
    pub(super) raw: Position,
    /// Mean interval between detections, seconds.
    pub(super) interval_s: f64,
    /// Mean normalised innovation squared (NIS): about 2 for a steady target.
    pub mean_nis: f64,
    /// The track that it feeds.
    #[serde(with = "crate::model::ids::optional_track")]
    pub(super) feeds: Option<TrackId>,
    /// The track that it was assigned to lately and does not feed yet, and in how many cycles in a row.
    #[serde(with = "candidacy")]
    pub(super) candidate: (Option<TrackId>, u8),
    /// Cycles in a row in which it did not fit the track that it feeds.
    pub(super) misses: u8,
    /// Cycles that it has waited for a track.
    pub(super) waited: u8,
    /// The track that it fed before it did not fit any more, and until when.
    pub(super) fed_before: Option<(TrackId, Time)>,
    /// Whether it was detected well inland: it is no vessel.
    pub(super) ashore: bool,
}

impl SensorTrack {
    /// Returns the state at a time by its sensor.
    pub(super) fn state(&self, time: Time) -> State {
        State::of_sensor_track(&self.filter, self.variance, time)
    }

    /// Returns whether it is where it was first detected, as far as its sensor can tell.
    pub(super) fn lies_still(&self) -> bool {
        let error_m = 3.0 * self.variance.radius();
        geodesy::distance_m(self.from, self.filter.position()) <= fixed_objects::STILL_M + error_m
    }
}

/// A sensor: one station of a feed of contacts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sensor {
    pub feed: FeedId,
    pub station: StationId,
    /// Time of the next association cycle.
    pub next_cycle: Time,
    /// Time of the next search for fixed objects.
    pub next_still: Time,
    /// The sensor tracks that are alive.
    pub live: Vec<SensorTrackId>,
    pub registration: Registration,
    /// Time of the newest answer of a transponder.
    pub answered: Option<Time>,
    /// Mean NIS of its targets that are vessels on AIS: that of a craft at this sensor.
    pub mean_nis: f64,
}

/// All sensors, sensor tracks and fused tracks.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sensors {
    pub(super) sensor_tracks: Vec<SensorTrack>,
    pub(super) free: Vec<SensorTrackId>,
    #[serde(serialize_with = "crate::model::saved::in_order")]
    pub(super) by_number: FxHashMap<(SensorId, u32), SensorTrackId>,
    pub(super) sensors: Vec<Sensor>,
    #[serde(serialize_with = "crate::model::saved::in_order")]
    by_station: FxHashMap<StationKey, SensorId>,
    pub(super) fixed_objects: FixedObjects,
    /// Tracks that sensors feed.
    #[serde(serialize_with = "crate::model::saved::in_order")]
    pub(super) fused: FxHashMap<TrackId, FusedTrack>,
    /// Tracks of radars alone that no sensor feeds any more, and since when.
    pub(super) unfed: VecDeque<(Time, TrackId)>,
    /// Count of detections refused for want of room.
    pub refused: u64,
    /// Count of detections older than their target's newest.
    pub late: u64,
    /// Count of numbers that came to stand for another target.
    pub recycled: u64,
    /// Count of sensor tracks that began well inland, and became no track.
    pub ashore: u64,
}

impl Sensors {
    /// Returns the sensor of a contact, made where it is new; `None` where there is no room for one more.
    pub(super) fn sensor_of(&mut self, contact: &Contact) -> Option<SensorId> {
        let key = StationKey::new(contact.feed, contact.station);
        if let Some(&sensor) = self.by_station.get(&key) {
            return Some(sensor);
        }
        if self.sensors.len() >= MOST_SENSORS {
            return None;
        }
        let id = SensorId(self.sensors.len() as u32);
        self.sensors.push(Sensor {
            feed: contact.feed,
            station: contact.station,
            next_cycle: contact.time,
            next_still: contact.time + fixed_objects::SEARCH_EVERY,
            live: Vec::new(),
            registration: Registration::default(),
            answered: None,
            mean_nis: NOMINAL_NIS,
        });
        self.by_station.insert(key, id);
        Some(id)
    }

    /// Returns whether a contact's sensor interrogates transponders: it tells so, or one has answered it within a day.
    pub(super) fn interrogates(&self, contact: &Contact) -> bool {
        let sensor = self.by_station.get(&StationKey::new(contact.feed, contact.station));
        let answered = sensor.and_then(|&sensor| self.sensor(sensor).answered);
        contact.answered == Some(false)
            || answered.is_some_and(|last| contact.time - last <= INTERROGATES_FOR)
    }

    pub(super) fn sensor(&self, id: SensorId) -> &Sensor {
        &self.sensors[id.index()]
    }

    pub(super) fn sensor_mut(&mut self, id: SensorId) -> &mut Sensor {
        &mut self.sensors[id.index()]
    }

    /// Returns a sensor track.
    pub(super) fn track(&self, id: SensorTrackId) -> &SensorTrack {
        &self.sensor_tracks[id.index()]
    }

    /// Returns a sensor track, to be changed.
    pub(super) fn track_mut(&mut self, id: SensorTrackId) -> &mut SensorTrack {
        &mut self.sensor_tracks[id.index()]
    }

    /// Returns the sensor tracks that feed a track.
    pub(super) fn members(&self, id: TrackId) -> &[SensorTrackId] {
        self.fused.get(&id).map_or(&[], |fused| &fused.members)
    }

    /// Forgets a sensor track: its number stands for nothing now.
    pub(super) fn forget(&mut self, id: SensorTrackId) {
        let SensorTrack { sensor, number, .. } = *self.track(id);
        self.by_number.remove(&(sensor, number));
        self.sensor_mut(sensor).live.retain(|&other| other != id);
        self.free.push(id);
    }

    /// Forgets a fused track: the sensor tracks that fed it feed nothing now.
    pub fn release(&mut self, id: TrackId) {
        for member in self.fused.remove(&id).map_or(Vec::new(), |fused| fused.members) {
            self.track_mut(member).feeds = None;
        }
    }

    /// Returns how many sensor tracks are alive.
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Returns whether no sensor track is alive.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the estimate of a track that sensors feed.
    pub fn fused(&self, id: TrackId) -> Option<&FusedTrack> {
        self.fused.get(&id)
    }

    /// Returns the MMSI that a track of radars alone had on AIS, and until when.
    pub fn formerly(&self, id: TrackId) -> Option<(Mmsi, Time)> {
        self.fused.get(&id)?.formerly
    }

    /// Returns the sensor tracks that feed a track.
    pub fn feeding(&self, id: TrackId) -> impl Iterator<Item = &SensorTrack> {
        self.members(id).iter().map(|&member| self.track(member))
    }

    /// Returns the track that a target of a feed's sensors feeds.
    pub fn track_of(&self, feed: FeedId, number: u32) -> Option<TrackId> {
        let of_feed = self.sensors.iter().zip(0..).filter(|(sensor, _)| sensor.feed == feed);
        let targets = of_feed.filter_map(|(_, at)| self.by_number.get(&(SensorId(at), number)));
        targets.filter_map(|&target| self.track(target).feeds).next()
    }

    /// Returns tracks of radars alone that no sensor feeds any more, and since when: those of the last half hour.
    pub fn lost(&self) -> impl Iterator<Item = (Time, TrackId)> + '_ {
        self.unfed.iter().copied()
    }

    /// Returns the feeds of the sensors that feed a track.
    pub fn feeds_of(&self, id: TrackId) -> impl Iterator<Item = FeedId> {
        self.feeding(id).map(|member| self.sensor(member.sensor).feed)
    }

    /// Returns whether a track lies where something has lain for days: a buoy, a rig, a rock.
    pub fn is_fixed_object(&self, id: TrackId, now: Time) -> bool {
        self.feeding(id)
            .any(|s| s.lies_still() && self.fixed_objects.is_fixed(s.sensor, s.filter.position(), now))
    }

    /// Returns the mean NIS of a track relative to vessels on AIS at the same sensor: about 1 for a craft, more for
    /// clutter. The steadiest sensor counts; for a track that is lost, the sensor that had it last.
    pub fn relative_nis(&self, id: TrackId) -> f64 {
        let own = self.feeding(id).map(|member| self.relative_nis_of(member)).reduce(f64::min);
        let lost = || Some(self.fused.get(&id)?.relative_nis / NIS_RISE_BEFORE_LOSS);
        own.or_else(lost).unwrap_or(0.0)
    }

    pub(super) fn relative_nis_of(&self, member: &SensorTrack) -> f64 {
        member.mean_nis / self.sensor(member.sensor).mean_nis.max(0.05)
    }

    /// Returns each sensor's feed, station and registration, in the order in which the sensors first reported.
    pub fn sensors(&self) -> impl Iterator<Item = (FeedId, StationId, &Registration)> {
        self.sensors.iter().map(|sensor| (sensor.feed, sensor.station, &sensor.registration))
    }

    /// Returns the bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.sensor_tracks.capacity() * size_of::<SensorTrack>()
            + self.by_number.capacity() * 14
            + self.fused.capacity() * (size_of::<FusedTrack>() + 9)
    }
}

/// Serialization of a candidacy as two numbers, that of the track as
/// [`optional_track`](crate::model::ids::optional_track).
mod candidacy {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::model::TrackId;
    use crate::model::ids::optional_track;

    type Candidacy = (Option<TrackId>, u8);

    #[derive(Serialize, Deserialize)]
    struct Saved(#[serde(with = "optional_track")] Option<TrackId>, u8);

    pub fn serialize<S: Serializer>(candidate: &Candidacy, serializer: S) -> Result<S::Ok, S::Error> {
        Saved(candidate.0, candidate.1).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Candidacy, D::Error> {
        Saved::deserialize(deserializer).map(|Saved(track, cycles)| (track, cycles))
    }
}
