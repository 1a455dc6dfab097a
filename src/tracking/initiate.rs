//! Initiation: a sensor track that is no known track becomes one.

use super::sensors::Sensor;
use super::{Tracker, delete, fuse};
use crate::model::{Kinematics, Mmsi, SensorTrackId, TrackId, TransponderClass};
use crate::tracks::{Fix, Origin, Track};

/// Puts a track into the store; the one that has been silent for longest may make room for it. Returns its identifier, or
/// `None` where there is no room.
pub fn insert(t: &mut Tracker<'_>, track: Track) -> Option<TrackId> {
    delete::evict(t, track.last_heard);
    t.tracks.insert(track)
}

/// Makes a track of a sensor track. Returns its identifier; `None` for what is on land, or where there is no room.
pub(super) fn initiate(t: &mut Tracker<'_>, at: SensorTrackId) -> Option<TrackId> {
    if is_ashore(t, at) {
        return None;
    }
    let s = t.sensors.track(at);
    let Sensor { feed, station, .. } = *t.sensors.sensor(s.sensor);
    let (first, from, last, number, filter) = (s.first, s.from, s.last, s.number, s.filter);
    let (fed_before, icao) = (s.fed_before, s.icao.filter(|_| s.air));
    let fix = Fix::new(last, filter.position(), &Kinematics::default());
    let mut track = match s.air {
        true => Track::of_aircraft(Mmsi::NONE, fix),
        false => Track::new(Mmsi::NONE, TransponderClass::B, fix),
    };
    track.origin = Origin::Radar { feed, number };
    track.first_heard = first;
    let mmsi_of = |id: TrackId| t.tracks.get(id).map(|track| track.mmsi).filter(|mmsi| mmsi.is_some());
    let formerly = fed_before.and_then(|(id, until)| Some((mmsi_of(id)?, until)));
    track.note_detection(feed, station, last);
    let id = insert(t, track)?;
    if let Some(icao) = icao.filter(|&icao| t.tracks.by_icao(icao).is_none()) {
        t.tracks.set_icao(id, icao);
    }
    t.tracks.add_to_history(id, &Fix::new(first, from, &Kinematics::default()));
    fuse::join(t, at, id);
    if let Some(fused) = t.sensors.fused.get_mut(&id) {
        fused.formerly = formerly;
    }
    fuse::move_to_estimate(t, id);
    Some(id)
}

/// Returns whether a sensor track is well inland: a car on a coast road, a mast, rain over a hill. Once so, it stays so.
fn is_ashore(t: &mut Tracker<'_>, at: SensorTrackId) -> bool {
    let s = t.sensors.track(at);
    if !s.ashore && !s.air && t.zones.is_inland(s.filter.position()) {
        t.sensors.track_mut(at).ashore = true;
        t.sensors.ashore += 1;
    }
    t.sensors.track(at).ashore
}
