//! Detections: contacts of a sensor as measurements, taken into its sensor tracks.

use super::sensors::{SensorTrack, Sensors};
use super::{KalmanFilter, Mat2, Measurement, Motion, Registration, Tracker, delete, fuse};
use crate::geodesy::{self, KN_MS};
use crate::model::{
    Accuracy, Contact, ContactStatus, Domain, Position, SensorId, SensorTrackId, Span, Text, TrackId,
};
use crate::tracks::{Change, Feeds};

/// Sensor tracks at most; beyond, new targets are refused and counted.
const MOST_SENSOR_TRACKS: usize = 65_536;
/// A number that was not reported for this long is free for another target.
const NUMBER_FREE_AFTER: Span = Span::from_secs(60);
/// A detection with a NIS beyond this, and further off than any craft goes, is of another target under the same number.
const RECYCLED_NIS: f64 = 100.0;
/// Standard deviation of a position whose sensor tells nothing of its accuracy, metres.
const UNKNOWN_SIGMA_M: f64 = 75.0;
/// Least standard deviation of a position, metres, whatever its sensor tells.
const LEAST_SIGMA_M: f32 = 3.0;
/// Interval between detections that is expected of a new target, seconds.
const FIRST_INTERVAL_S: f64 = 3.0;
/// Share by which one interval moves the mean interval.
const INTERVAL_SHARE: f64 = 0.2;
/// Share by which one NIS moves the mean NIS, and the most that one counts.
const NIS_SHARE: f64 = 0.05;
const MOST_NIS: f64 = 50.0;

/// Result of a detection.
enum Detected {
    /// Nothing yet, or nothing new.
    Nothing,
    /// A measurement by a sensor track that feeds a track.
    Measurement(SensorTrackId, Measurement),
    /// The sensor has lost the target, or its number stands for another one now.
    Lost(SensorTrackId),
}

/// Applies one contact: the sensor track takes the detection, and so does the track that it feeds.
pub fn apply_contact(t: &mut Tracker<'_>, contact: &Contact) -> Change {
    let site = t.feeds.site(contact.feed);
    let air = flies(contact, t.feeds);
    match t.sensors.update(contact, site, air) {
        Detected::Nothing => Change::None,
        Detected::Lost(at) => {
            delete::drop_sensor_track(t, at);
            if contact.status != ContactStatus::Lost {
                t.sensors.update(contact, site, air);
            }
            Change::None
        }
        Detected::Measurement(at, measurement) => {
            let SensorTrack { feeds, filter, .. } = *t.sensors.track(at);
            let Some(id) = feeds else { return Change::None };
            let is_named = air && note_aircraft(t, id, contact);
            if let Some(label) = contact.label {
                t.tracks.numbers.note_label(id.slot(), label);
            }
            t.tracks.track_mut(id).note_detection(contact.feed, contact.station, contact.time);
            match fuse::apply_detection(t, id, &measurement, &filter) {
                Change::Moved(id) if is_named => Change::MovedAndIdentity(id),
                change => change,
            }
        }
    }
}

/// Returns whether a contact flies: by its own domain, else by that of its sensor, else by its having a height.
fn flies(contact: &Contact, feeds: &Feeds) -> bool {
    let configured = || feeds.radar(contact.feed)?.domain;
    let domain = contact.domain.or_else(configured);
    domain.map_or(contact.altitude_ft.is_some(), |domain| domain == Domain::Air)
}

/// Notes what a radar learns of an aircraft besides its position. Returns whether its address is new.
fn note_aircraft(t: &mut Tracker<'_>, id: TrackId, contact: &Contact) -> bool {
    let interrogates = t.sensors.interrogates(contact);
    let flight = t.tracks.flight_mut(id);
    flight.note_altitude(contact.altitude_ft, contact.time);
    let label = contact.label.filter(|_| contact.icao.is_some());
    flight.call_sign = label.map(|label| Text::new(label.as_bytes())).or(flight.call_sign);
    if let Some(squawk) = contact.squawk {
        flight.squawk = Some((squawk, contact.time));
    }
    if contact.is_answer() {
        flight.answered = flight.answered.max(Some(contact.time));
        t.tracks.track_mut(id).note_transponder(contact.feed, contact.station, contact.time);
    } else if interrogates {
        flight.unanswered = flight.unanswered.max(Some(contact.time));
    }
    let new = contact.icao.filter(|_| t.tracks.track(id).icao.is_none());
    let new = new.filter(|&icao| t.tracks.by_icao(icao).is_none());
    if let Some(icao) = new {
        t.tracks.set_icao(id, icao);
    }
    new.is_some()
}

impl Sensors {
    /// Takes a detection into the sensor track of its number. `site` is where the sensor stands. What flies (`air`) and
    /// what floats are followed alike, each by its own motion model.
    fn update(&mut self, contact: &Contact, site: Option<Position>, air: bool) -> Detected {
        let Some(sensor) = self.sensor_of(contact) else {
            self.refused += 1;
            return Detected::Nothing;
        };
        if contact.is_answer() {
            let answered = &mut self.sensor_mut(sensor).answered;
            *answered = (*answered).max(Some(contact.time));
        }
        let known = self.by_number.get(&(sensor, contact.number)).copied();
        if contact.status == ContactStatus::Lost {
            return known.map_or(Detected::Nothing, Detected::Lost);
        }
        let Some(raw) = contact.position else { return Detected::Nothing };
        let measurement = measurement_of(contact, raw, site, &self.sensor(sensor).registration);
        let Some(id) = known else {
            self.begin(sensor, contact, raw, &measurement, air);
            return Detected::Nothing;
        };
        let track = &mut self.sensor_tracks[id.index()];
        if contact.time <= track.last {
            // Radars that send both TTM and TLL tell each detection twice.
            self.late += u64::from(contact.time < track.last);
            return Detected::Nothing;
        }
        let since = contact.time - track.last;
        if since > NUMBER_FREE_AFTER || track.is_another_target(contact, &measurement, air) {
            self.recycled += 1;
            // The track that it fed goes on without it; the number begins anew.
            return Detected::Lost(id);
        }
        let nis = track.filter.update(&measurement);
        track.updates = track.updates.saturating_add(1);
        track.interval_s += INTERVAL_SHARE * (since.secs() - track.interval_s);
        track.mean_nis += NIS_SHARE * (nis.min(MOST_NIS) - track.mean_nis);
        (track.last, track.raw, track.variance) = (contact.time, raw, measurement.variance);
        track.icao = contact.icao.or(track.icao);
        track.altitude_ft = contact.altitude_ft.or(track.altitude_ft);
        match track.feeds {
            None => Detected::Nothing,
            Some(_) => Detected::Measurement(id, measurement),
        }
    }

    /// Begins a sensor track with its first detection.
    fn begin(&mut self, sensor: SensorId, contact: &Contact, raw: Position, first: &Measurement, air: bool) {
        let velocity =
            contact.sog_kn.zip(contact.cog_deg).map(|(sog, cog)| geodesy::velocity(sog * KN_MS, cog));
        let track = SensorTrack {
            sensor,
            number: contact.number,
            air,
            icao: contact.icao,
            altitude_ft: contact.altitude_ft,
            first: contact.time,
            from: first.position,
            last: contact.time,
            updates: 1,
            filter: KalmanFilter::new(first, velocity, Motion::for_target(air)),
            variance: first.variance,
            raw,
            interval_s: FIRST_INTERVAL_S,
            mean_nis: self.sensor(sensor).mean_nis,
            feeds: None,
            candidate: (None, 0),
            misses: 0,
            waited: 0,
            fed_before: None,
            ashore: false,
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.sensor_tracks[id.index()] = track;
                id
            }
            None if self.sensor_tracks.len() >= MOST_SENSOR_TRACKS => {
                self.refused += 1;
                return;
            }
            None => {
                self.sensor_tracks.push(track);
                SensorTrackId((self.sensor_tracks.len() - 1) as u32)
            }
        };
        self.by_number.insert((sensor, contact.number), id);
        self.sensor_mut(sensor).live.push(id);
    }
}

impl SensorTrack {
    /// Returns whether a detection under its number is of another target: it flies and this does not, its address differs, or
    /// it is too far off.
    fn is_another_target(&self, contact: &Contact, measurement: &Measurement, air: bool) -> bool {
        let since_s = (contact.time - self.last).secs();
        let way_m = self.filter.motion.top * since_s + 3.0 * measurement.variance.radius();
        let elsewhere =
            self.filter.step_m(measurement) > way_m && self.filter.nis(measurement) > RECYCLED_NIS;
        let other_address = contact.icao.is_some() && self.icao.is_some_and(|own| Some(own) != contact.icao);
        elsewhere || self.air != air || other_address
    }
}

/// Returns what a contact measures, its sensor's registration error removed.
fn measurement_of(
    contact: &Contact,
    raw: Position,
    site: Option<Position>,
    registration: &Registration,
) -> Measurement {
    let Accuracy { along_m, across_m, axis_deg } =
        contact.accuracy.unwrap_or_else(|| Accuracy::round(UNKNOWN_SIGMA_M));
    let square = |sigma: f32| f64::from(sigma.max(LEAST_SIGMA_M)) * f64::from(sigma.max(LEAST_SIGMA_M));
    Measurement {
        time: contact.time,
        position: site.map_or(raw, |site| registration.corrected(site, raw)),
        variance: Mat2::turned(square(along_m), square(across_m), f64::from(axis_deg)),
        velocity: None,
    }
}
