//! What a turn decides, done to the tracks: joined, parted, born, lost.

use super::fusion::Took;
use super::*;
use crate::model::{Kinematics, Mmsi, Text, TransponderClass};
use crate::picture::track::Born;
use crate::picture::{Change, Fix, Holders, Picture, Signs, Track};

/// A track of radars alone that nothing feeds is kept this long.
pub(super) const ORPHANED: Span = Span::from_secs(1800);
/// Standard deviation of a velocity that AIS tells, m/s.
const AIS_VELOCITY: f64 = 0.3;
/// What has been on AIS for longer was another vessel's, or was there all the time.
const CAME_ON_WITHIN: Span = Span::from_secs(600);
/// A craft that goes on without its AIS goes on for so far, metres.
const WENT_ON_M: f64 = 1852.0;
/// A vessel's last words may come this long after her echo has parted from her.
const APART_AFTER: Span = Span::from_secs(60);
/// And of its position, metres.
const AIS_M: f64 = 12.0;

/// What is to be done to a sighting, or to a track, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It feeds this track from now on.
    Join(SensorTrackId, TrackId),
    /// It does not fit its track any more.
    Part(SensorTrackId),
    /// It is a track of its own.
    Born(SensorTrackId),
    /// Its sensor has lost it.
    Lost(SensorTrackId),
    /// The track is over.
    Forget(TrackId),
}

impl Picture {
    /// The track that a decision will make part of another one, and that other: patterns hear of it before.
    pub fn absorbs(&self, decision: Decision) -> Option<(TrackId, TrackId)> {
        let Decision::Join(at, id) = decision else { return None };
        let own = self.contacts.sightings[at.index()].track.filter(|&own| own != id)?;
        let other = self.get(id)?;
        if self.track(own).is_cooperative() {
            return None;
        }
        let older = self.track(own).first_heard < other.first_heard;
        Some(if older { (id, own) } else { (own, id) })
    }

    /// Does it. Answers the track that it made.
    pub fn carry_out(&mut self, decision: Decision, holders: &dyn Holders) -> Option<TrackId> {
        match decision {
            Decision::Join(at, id) => match self.absorbs(decision) {
                Some((gone, into)) => self.absorb(gone, into, holders),
                None if self.get(id).is_some() => self.join(at, id),
                None => {}
            },
            Decision::Part(at) => self.part(at),
            Decision::Born(at) => return self.bear(at, holders),
            Decision::Lost(at) => {
                self.leave(at);
                self.contacts.forget(at);
            }
            Decision::Forget(id) if self.get(id).is_some() => self.forget(id),
            Decision::Forget(_) => {}
        }
        None
    }

    /// Takes a sensor's word of one of its targets.
    pub fn sense(&mut self, contact: &Contact, holders: &dyn Holders) -> Change {
        let site = self.site(contact.feed);
        let air = self.flies(contact);
        match self.contacts.take(contact, site, air) {
            Sensed::Nothing => Change::None,
            Sensed::Gone(at) => {
                self.carry_out(Decision::Lost(at), holders);
                if contact.status != ContactStatus::Lost {
                    self.contacts.take(contact, site, air);
                }
                Change::None
            }
            Sensed::Of(at, measure) => {
                let Sighting { track, filter, .. } = self.contacts.sightings[at.index()];
                let Some(id) = track else { return Change::None };
                if air {
                    self.note_flight(id, contact);
                }
                self.tracks[id.index()].see(contact.feed, contact.station, contact.time);
                self.measured(id, &measure, Some(&filter))
            }
        }
    }

    /// Whether a contact flies: by its own word, else by what its sensor is there to see, else by its height.
    fn flies(&self, contact: &Contact) -> bool {
        let configured = || self.feed(contact.feed)?.radar?.domain;
        let domain = contact.domain.or_else(configured);
        domain.map_or(contact.altitude_ft.is_some(), |domain| domain == Domain::Air)
    }

    /// What a radar learns of an aircraft beside where it is.
    fn note_flight(&mut self, id: TrackId, contact: &Contact) {
        let flight = self.flights.entry(id).or_default();
        flight.note_altitude(contact.altitude_ft, contact.time);
        let label = contact.label.filter(|_| contact.icao.is_some());
        flight.call_sign = label.map(|label| Text::new(label.as_str().as_bytes())).or(flight.call_sign);
        if let Some(squawk) = contact.squawk {
            flight.squawk = Some((squawk, contact.time));
        }
        if contact.is_answer() {
            flight.answered = flight.answered.max(Some(contact.time));
            self.tracks[id.index()].transponds(contact.feed, contact.station, contact.time);
        } else if self.contacts.asks(contact) {
            flight.unanswered = flight.unanswered.max(Some(contact.time));
        }
        if let Some(icao) = contact.icao.filter(|_| self.track(id).icao.is_none())
            && self.aircraft(icao).is_none()
        {
            self.list_aircraft(id, icao);
        }
    }

    /// A measurement of a fused track; `own` is what its sensor alone makes of the craft.
    fn measured(&mut self, id: TrackId, measure: &Measure, own: Option<&Filter>) -> Change {
        let Some(fusion) = self.contacts.fusions.get_mut(&id) else { return Change::None };
        let took = fusion.take(measure);
        let own = own.filter(|_| took == Took::Refused && fusion.is_astray());
        if let Some(own) = own {
            fusion.begin_anew(*own);
        }
        if took == Took::Newer || own.is_some() {
            let (estimate, ais) = (*fusion.estimate(), fusion.ais);
            return self.move_fused(id, &estimate, ais);
        }
        Change::Late
    }

    /// What AIS says of a fused track: a measurement like others, and kept apart besides.
    pub(in crate::picture) fn heard_fused(&mut self, id: TrackId, fix: Fix) -> Change {
        let Some(fusion) = self.contacts.fusions.get_mut(&id) else { return Change::None };
        if fusion.ais.is_some_and(|ais| fix.time <= ais.time) {
            return Change::Late;
        }
        fusion.ais = Some(fix);
        let velocity = fix.velocity_kn().map(|[e, n]| ([e * KN_MS, n * KN_MS], AIS_VELOCITY));
        let variance = Mat2::round(AIS_M * AIS_M);
        match self.measured(id, &Measure { time: fix.time, position: fix.position, variance, velocity }, None)
        {
            Change::Late => Change::Heard(id),
            change => change,
        }
    }

    /// The track is where its estimate is.
    fn move_fused(&mut self, id: TrackId, estimate: &Filter, ais: Option<Fix>) -> Change {
        let (sog_kn, cog_deg) = estimate.course();
        let heading = ais.filter(|ais| estimate.time - ais.time <= score::AIS_FRESH);
        let heading_deg = heading.and_then(|ais| ais.heading_deg());
        let position = estimate.position();
        let kinematics = Kinematics { position: Some(position), sog_kn, cog_deg, heading_deg };
        let fix = Fix::new(estimate.time, position, &kinematics);
        let track = &mut self.tracks[id.index()];
        if track.located() {
            track.previous = (track.fix.time, track.fix.position);
        }
        track.fix = fix;
        track.reports = track.reports.saturating_add(1);
        track.note_speed();
        self.place(id, fix);
        Change::Moved(id)
    }

    fn join(&mut self, at: SensorTrackId, id: TrackId) {
        let s = &self.contacts.sightings[at.index()];
        let before = s.track.map(|own| (own, s.last)).or(s.was);
        if let Some((before, time)) = before {
            self.note_replaced(before, id, time);
        }
        self.leave(at);
        let s = &mut self.contacts.sightings[at.index()];
        (s.track, s.lean, s.misses, s.waited, s.was) = (Some(id), (None, 0), 0, 0, None);
        let (filter, sensor) = (s.filter, s.sensor.index());
        let track = &mut self.tracks[id.index()];
        let ais = track.ais_fix();
        let Sensor { feed, station, .. } = self.contacts.sensors[sensor];
        track.see(feed, station, s.last);
        track.sensed += 1;
        match self.contacts.fusions.get_mut(&id) {
            Some(fusion) => fusion.members.push(at),
            None => drop(self.contacts.fusions.insert(id, Fusion::new(filter, at, ais))),
        }
        self.resolve(at);
    }

    /// What a sighting's sensor can tell apart there.
    pub(super) fn resolve(&mut self, at: SensorTrackId) {
        let s = &self.contacts.sightings[at.index()];
        let feed = self.contacts.sensors[s.sensor.index()].feed;
        let radar = self.feed(feed).and_then(|feed| feed.radar).unwrap_or_default();
        let range_m = self.site(feed).map_or(0.0, |site| geodesy::distance_m(site, s.raw));
        if let Some(fusion) = s.track.and_then(|id| self.contacts.fusions.get_mut(&id)) {
            fusion.cell_m = radar.range_resolution_m.max(radar.beam_width_deg.to_radians() * range_m);
        }
    }

    /// Where an echo goes over from a vessel whose AIS fell silent to one not heard before that, it may be one vessel.
    fn note_replaced(&mut self, before: TrackId, id: TrackId, time: Time) {
        let Some(old) = self.get(before) else { return };
        let new = self.track(id);
        let silent =
            old.is_cooperative() && new.is_cooperative() && old.mmsi != new.mmsi && old.first_heard <= time;
        if silent && new.first_heard > old.last_heard && self.went_on(before) {
            self.replaced(id, (old.mmsi, old.last_heard));
        }
    }

    /// Whether radars followed a track well away from where its AIS fell silent: what lies still may be another's echo.
    fn went_on(&self, id: TrackId) -> bool {
        let then = self.history(id).position_at(self.track(id).last_heard);
        then.is_some_and(|then| geodesy::distance_m(then, self.track(id).fix.position) >= WENT_ON_M)
    }

    /// Whether a track has left the place where it parted from a vessel that has been silent since: else it may be a ghost,
    /// or an echo beside her.
    fn went_on_without(&self, id: TrackId, (mmsi, until): (Mmsi, Time)) -> bool {
        let then = self.history(id).since(until).next().map(|point| point.position());
        then.is_some_and(|then| geodesy::distance_m(then, self.track(id).fix.position) >= WENT_ON_M)
            && self.same_mmsi(mmsi).all(|other| self.track(other).last_heard <= until + APART_AFTER)
    }

    fn replaced(&mut self, id: TrackId, before: (Mmsi, Time)) {
        self.identities[id.index()].before.mmsi = Some(before);
        self.tracks[id.index()].signs.set(Signs::REPLACED, true);
    }

    /// It does not fit its track any more: what it is from here on is another one.
    fn part(&mut self, at: SensorTrackId) {
        let Sighting { track, last, .. } = self.contacts.sightings[at.index()];
        let Some(id) = track else { return };
        self.leave(at);
        let s = &mut self.contacts.sightings[at.index()];
        (s.first, s.from, s.was) = (last, s.filter.position(), Some((id, last)));
        (s.waited, s.lean, s.misses) = (0, (None, 0), 0);
    }

    /// It feeds no track any more.
    fn leave(&mut self, at: SensorTrackId) {
        let s = &mut self.contacts.sightings[at.index()];
        let (track, last) = (s.track.take(), s.last);
        let Some(id) = track else { return };
        let unsteadiness = self.contacts.unsteadiness_of(&self.contacts.sightings[at.index()]);
        let Some(fusion) = self.contacts.fusions.get_mut(&id) else { return };
        fusion.unsteadiness = unsteadiness;
        fusion.members.retain(|&other| other != at);
        let (left, ais) = (fusion.members.len(), fusion.ais);
        let track = &mut self.tracks[id.index()];
        track.sensed = left as u8;
        if left > 0 {
            return;
        }
        if !track.is_cooperative() {
            self.contacts.orphans.push_back((last, id));
            return;
        }
        self.contacts.fusions.remove(&id);
        // On AIS again, it is where that says; one whose AIS was silent stays where it was seen last.
        if let Some(fix) = ais.filter(|ais| track.fix.time - ais.time <= score::AIS_FRESH) {
            track.fix = fix;
            self.place(id, fix);
        }
    }

    /// A sighting that no track explains becomes one.
    fn bear(&mut self, at: SensorTrackId, holders: &dyn Holders) -> Option<TrackId> {
        if self.is_ashore(at) {
            return None;
        }
        let s = &self.contacts.sightings[at.index()];
        let Sensor { feed, station, .. } = self.contacts.sensors[s.sensor.index()];
        let (first, from, last, number, was, filter) = (s.first, s.from, s.last, s.number, s.was, s.filter);
        let fix = Fix::new(last, filter.position(), &Kinematics::default());
        let mut track = match s.air {
            true => Track::of_aircraft(Mmsi(0), fix),
            false => Track::new(Mmsi(0), TransponderClass::B, fix),
        };
        track.born = Born::Seen { feed, number };
        track.first_heard = first;
        let formerly =
            was.and_then(|(id, since)| Some((self.get(id)?.mmsi, since))).filter(|(mmsi, _)| mmsi.0 != 0);
        track.see(feed, station, last);
        let id = self.insert(track, holders)?;
        self.histories[id.index()].add(first, from, u16::MAX, self.bounds.history_points);
        self.join(at, id);
        if let Some(fusion) = self.contacts.fusions.get_mut(&id) {
            fusion.formerly = formerly;
        }
        self.move_fused(id, &filter, None);
        Some(id)
    }

    /// Whether a sighting is well inland: a car on a coast road, a mast, rain over a hill. Once so, it stays so.
    fn is_ashore(&mut self, at: SensorTrackId) -> bool {
        let s = &mut self.contacts.sightings[at.index()];
        if !s.ashore && !s.air && self.zones.is_inland(s.filter.position()) {
            s.ashore = true;
            self.contacts.ashore += 1;
        }
        s.ashore
    }

    /// One track becomes part of another: what it knows goes over.
    fn absorb(&mut self, gone: TrackId, into: TrackId, holders: &dyn Holders) {
        let members = self.contacts.fusions.get(&gone).map_or(Vec::new(), |fusion| fusion.members.clone());
        if self.track(gone).is_cooperative() {
            self.take_over_identity(gone, into, holders);
        }
        let theirs = self.contacts.fusions.remove(&gone);
        for &at in &members {
            self.contacts.sightings[at.index()].track = None;
        }
        match (self.contacts.fusions.get_mut(&into), theirs) {
            (Some(fusion), theirs) => fusion.ais = fusion.ais.or(theirs.and_then(|t| t.ais)),
            (None, Some(mut theirs)) => {
                theirs.ais = theirs.ais.or(self.tracks[into.index()].ais_fix());
                theirs.members.clear();
                self.contacts.fusions.insert(into, theirs);
            }
            (None, None) => {}
        }
        for at in members {
            self.join(at, into);
        }
        self.forget(gone);
    }

    /// Two voices of one aircraft become one track.
    pub fn unite(&mut self, gone: TrackId, into: TrackId, holders: &dyn Holders) {
        let theirs = self.track(gone).fix;
        self.absorb(gone, into, holders);
        if self.track(into).sensed == 0 && theirs.time > self.track(into).fix.time {
            self.tracks[into.index()].fix = theirs;
            self.place(into, theirs);
        }
    }

    /// The AIS of a younger track is that of an older one that radars saw before.
    fn take_over_identity(&mut self, gone: TrackId, into: TrackId, holders: &dyn Holders) {
        let identity = self.identities[gone.index()];
        self.identities[into.index()] = identity;
        let young = self.tracks[gone.index()].clone();
        if young.on_ais() {
            let before = self.same_mmsi(young.mmsi).find(|&other| self.track(other).next_same == Some(gone));
            match before {
                Some(before) => self.tracks[before.index()].next_same = Some(into),
                None => drop(self.by_identity.insert(young.mmsi.0, into)),
            }
        }
        if let Some(icao) = young.icao {
            self.list_aircraft(into, icao);
        }
        if let Some(flight) = self.flights.remove(&gone) {
            let known = self.flights.remove(&into).unwrap_or_default();
            self.flights.insert(into, flight.with(known));
        }
        let ais = young.ais_fix();
        let formerly = self.contacts.formerly(into);
        self.tracks[into.index()].take_over(&young);
        let another = formerly.filter(|(mmsi, until)| *mmsi != young.mmsi && young.first_heard > *until);
        if let Some(was) = another.filter(|&was| self.went_on_without(into, was)) {
            self.replaced(into, was);
        }
        let old = &mut self.tracks[into.index()];
        let came_on = young.last_heard - young.first_heard <= CAME_ON_WITHIN;
        old.signs.set(Signs::CAME_ON, came_on && holders.has_alert(into));
        let track = &mut self.tracks[gone.index()];
        (track.mmsi, track.icao, track.next_same) = (Mmsi(0), None, None);
        if let Some(fusion) = self.contacts.fusions.get_mut(&into) {
            (fusion.ais, fusion.formerly) = (ais, None);
        }
    }
}
