//! What a turn decides, done to the tracks: joined, parted, born, lost.

use super::fusion::Took;
use super::*;
use crate::model::{Kinematics, Mmsi, Text, TransponderClass};
use crate::picture::track::Born;
use crate::picture::{Change, Fix, Picture, Signs, Track};

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

/// What is to be done to a sighting, or to a track, by slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It feeds this track from now on.
    Join(u32, u32),
    /// It does not fit its track any more.
    Part(u32),
    /// It is a track of its own.
    Born(u32),
    /// Its sensor has lost it.
    Lost(u32),
    /// The track is over.
    Forget(u32),
}

impl Picture {
    /// The track that a decision will make part of another one, and that other: patterns hear of it before.
    pub fn absorbs(&self, decision: Decision) -> Option<(u32, u32)> {
        let Decision::Join(at, slot) = decision else { return None };
        let own = self.contacts.sightings[at as usize].slot;
        if own == NONE || own == slot || self.track(own).is_cooperative() || !self.track(slot).is_in_use() {
            return None;
        }
        let older = self.track(own).first_heard < self.track(slot).first_heard;
        Some(if older { (slot, own) } else { (own, slot) })
    }

    /// Does it. Answers the track that it made.
    pub fn carry_out(&mut self, decision: Decision) -> Option<u32> {
        match decision {
            Decision::Join(at, slot) => match self.absorbs(decision) {
                Some((gone, into)) => self.absorb(gone, into),
                None if self.track(slot).is_in_use() => self.join(at, slot),
                None => {}
            },
            Decision::Part(at) => self.part(at),
            Decision::Born(at) => return self.bear(at),
            Decision::Lost(at) => {
                self.leave(at);
                self.contacts.forget(at);
            }
            Decision::Forget(slot) => self.forget(slot),
        }
        None
    }

    /// Takes a sensor's word of one of its targets.
    pub fn sense(&mut self, contact: &Contact) -> Change {
        let site = self.site(contact.feed);
        let air = self.flies(contact);
        match self.contacts.take(contact, site, air) {
            Sensed::Nothing => Change::None,
            Sensed::Gone(at) => {
                self.carry_out(Decision::Lost(at));
                if contact.status != ContactStatus::Lost {
                    self.contacts.take(contact, site, air);
                }
                Change::None
            }
            Sensed::Of(at, measure) => {
                let Sighting { slot, filter, .. } = self.contacts.sightings[at as usize];
                if air {
                    self.note_flight(slot, contact);
                }
                self.tracks[slot as usize].see(contact.feed, contact.station, contact.time);
                self.measured(slot, &measure, Some(&filter))
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
    fn note_flight(&mut self, slot: u32, contact: &Contact) {
        let flight = self.flights.entry(slot).or_default();
        flight.note_altitude(contact.altitude_ft, contact.time);
        let label = contact.label.filter(|_| contact.icao.is_some());
        flight.call_sign = label.map(|label| Text::new(label.as_str().as_bytes())).or(flight.call_sign);
        if let Some(squawk) = contact.squawk {
            flight.squawk = Some((squawk, contact.time));
        }
        if contact.is_answer() {
            flight.answered = flight.answered.max(Some(contact.time));
            self.tracks[slot as usize].transponds(contact.feed, contact.station, contact.time);
        } else if self.contacts.asks(contact) {
            flight.unanswered = flight.unanswered.max(Some(contact.time));
        }
        if let Some(icao) = contact.icao.filter(|_| self.track(slot).icao.is_none())
            && self.aircraft(icao).is_none()
        {
            self.list_aircraft(slot, icao);
        }
    }

    /// A measurement of a fused track; `own` is what its sensor alone makes of the craft.
    fn measured(&mut self, slot: u32, measure: &Measure, own: Option<&Filter>) -> Change {
        let Some(fusion) = self.contacts.fusions.get_mut(&slot) else { return Change::None };
        let took = fusion.take(measure);
        let own = own.filter(|_| took == Took::Refused && fusion.is_astray());
        if let Some(own) = own {
            fusion.begin_anew(*own);
        }
        if took == Took::Newer || own.is_some() {
            let (estimate, ais) = (*fusion.estimate(), fusion.ais);
            return self.move_fused(slot, &estimate, ais);
        }
        Change::Late
    }

    /// What AIS says of a fused track: a measurement like others, and kept apart besides.
    pub(in crate::picture) fn heard_fused(&mut self, slot: u32, fix: Fix) -> Change {
        let Some(fusion) = self.contacts.fusions.get_mut(&slot) else { return Change::None };
        if fusion.ais.is_some_and(|ais| fix.time <= ais.time) {
            return Change::Late;
        }
        fusion.ais = Some(fix);
        let velocity = fix.velocity_kn().map(|[e, n]| ([e * KN_MS, n * KN_MS], AIS_VELOCITY));
        let variance = Mat2::round(AIS_M * AIS_M);
        match self.measured(
            slot,
            &Measure { time: fix.time, position: fix.position, variance, velocity },
            None,
        ) {
            Change::Late => Change::Heard(slot),
            change => change,
        }
    }

    /// The track is where its estimate is.
    fn move_fused(&mut self, slot: u32, estimate: &Filter, ais: Option<Fix>) -> Change {
        let (sog_kn, cog_deg) = estimate.course();
        let heading = ais.filter(|ais| estimate.time - ais.time <= score::AIS_FRESH);
        let heading_deg = heading.and_then(|ais| ais.heading_deg());
        let position = estimate.position();
        let kinematics = Kinematics { position: Some(position), sog_kn, cog_deg, heading_deg };
        let fix = Fix::new(estimate.time, position, &kinematics);
        let track = &mut self.tracks[slot as usize];
        if track.located() {
            track.previous = (track.fix.time, track.fix.position);
        }
        track.fix = fix;
        track.reports = track.reports.saturating_add(1);
        track.note_speed();
        self.place(slot, fix);
        Change::Moved(slot)
    }

    fn join(&mut self, at: u32, slot: u32) {
        let s = &self.contacts.sightings[at as usize];
        let before = Some((s.slot, s.last)).filter(|(slot, _)| *slot != NONE).or(s.was);
        if let Some((before, time)) = before {
            self.note_replaced(before, slot, time);
        }
        self.leave(at);
        let s = &mut self.contacts.sightings[at as usize];
        (s.slot, s.lean, s.misses, s.waited, s.was) = (slot, (NONE, 0), 0, 0, None);
        let (filter, sensor) = (s.filter, s.sensor as usize);
        let track = &mut self.tracks[slot as usize];
        let ais = track.ais_fix();
        let Sensor { feed, station, .. } = self.contacts.sensors[sensor];
        track.see(feed, station, s.last);
        track.sensed += 1;
        match self.contacts.fusions.get_mut(&slot) {
            Some(fusion) => fusion.members.push(at),
            None => drop(self.contacts.fusions.insert(slot, Fusion::new(filter, at, ais))),
        }
        self.resolve(at);
    }

    /// What a sighting's sensor can tell apart there.
    pub(super) fn resolve(&mut self, at: u32) {
        let s = &self.contacts.sightings[at as usize];
        let feed = self.contacts.sensors[s.sensor as usize].feed;
        let radar = self.feed(feed).and_then(|feed| feed.radar).unwrap_or_default();
        let range_m = self.site(feed).map_or(0.0, |site| sphere::distance_m(site, s.raw));
        if let Some(fusion) = self.contacts.fusions.get_mut(&s.slot) {
            fusion.cell_m = radar.range_resolution_m.max(radar.beam_width_deg.to_radians() * range_m);
        }
    }

    /// Where an echo goes over from a vessel whose AIS fell silent to one not heard before that, it may be one vessel.
    fn note_replaced(&mut self, before: u32, slot: u32, time: Time) {
        let (old, new) = (self.track(before), self.track(slot));
        let silent =
            old.is_cooperative() && new.is_cooperative() && old.mmsi != new.mmsi && old.first_heard <= time;
        if silent && new.first_heard > old.last_heard && self.went_on(before) {
            self.replaced(slot, (old.mmsi, old.last_heard));
        }
    }

    /// Whether radars followed a track well away from where its AIS fell silent: what lies still may be another's echo.
    fn went_on(&self, slot: u32) -> bool {
        let then = self.history(slot).position_at(self.track(slot).last_heard);
        then.is_some_and(|then| sphere::distance_m(then, self.track(slot).fix.position) >= WENT_ON_M)
    }

    /// Whether a track has left the place where it parted from a vessel that has been silent since: else it may be a ghost,
    /// or an echo beside her.
    fn went_on_without(&self, slot: u32, (mmsi, until): (Mmsi, Time)) -> bool {
        let then = self.history(slot).since(until).next().map(|point| point.position());
        then.is_some_and(|then| sphere::distance_m(then, self.track(slot).fix.position) >= WENT_ON_M)
            && self.same_mmsi(mmsi).all(|other| self.track(other).last_heard <= until + APART_AFTER)
    }

    fn replaced(&mut self, slot: u32, before: (Mmsi, Time)) {
        self.identities[slot as usize].before.mmsi = Some(before);
        self.tracks[slot as usize].signs.set(Signs::REPLACED, true);
    }

    /// It does not fit its track any more: what it is from here on is another one.
    fn part(&mut self, at: u32) {
        let Sighting { slot, last, .. } = self.contacts.sightings[at as usize];
        if slot == NONE {
            return;
        }
        self.leave(at);
        let s = &mut self.contacts.sightings[at as usize];
        (s.first, s.from, s.was) = (last, s.filter.position(), Some((slot, last)));
        (s.waited, s.lean, s.misses) = (0, (NONE, 0), 0);
    }

    /// It feeds no track any more.
    fn leave(&mut self, at: u32) {
        let s = &mut self.contacts.sightings[at as usize];
        let (slot, last) = (std::mem::replace(&mut s.slot, NONE), s.last);
        if slot == NONE {
            return;
        }
        let unsteadiness = self.contacts.unsteadiness_of(&self.contacts.sightings[at as usize]);
        let Some(fusion) = self.contacts.fusions.get_mut(&slot) else { return };
        fusion.unsteadiness = unsteadiness;
        fusion.members.retain(|&other| other != at);
        let (left, ais) = (fusion.members.len(), fusion.ais);
        let track = &mut self.tracks[slot as usize];
        track.sensed = left as u8;
        if left > 0 {
            return;
        }
        if !track.is_cooperative() {
            self.contacts.orphans.push_back((last, slot));
            return;
        }
        self.contacts.fusions.remove(&slot);
        // On AIS again, it is where that says; one whose AIS was silent stays where it was seen last.
        if let Some(fix) = ais.filter(|ais| track.fix.time - ais.time <= score::AIS_FRESH) {
            track.fix = fix;
            self.place(slot, fix);
        }
    }

    /// A sighting that no track explains becomes one.
    fn bear(&mut self, at: u32) -> Option<u32> {
        if self.is_ashore(at) {
            return None;
        }
        let s = &self.contacts.sightings[at as usize];
        let Sensor { feed, station, .. } = self.contacts.sensors[s.sensor as usize];
        let (first, from, last, number, was, filter) = (s.first, s.from, s.last, s.number, s.was, s.filter);
        let fix = Fix::new(last, filter.position(), &Kinematics::default());
        let mut track = match s.air {
            true => Track::of_aircraft(Mmsi(0), fix),
            false => Track::new(Mmsi(0), TransponderClass::B, fix),
        };
        track.born = Born::Seen { feed, number };
        track.first_heard = first;
        let formerly =
            was.map(|(slot, since)| (self.track(slot).mmsi, since)).filter(|(mmsi, _)| mmsi.0 != 0);
        track.see(feed, station, last);
        let slot = self.insert(track)?;
        self.histories[slot as usize].add(first, from, u16::MAX, self.bounds.history_points);
        self.join(at, slot);
        if let Some(fusion) = self.contacts.fusions.get_mut(&slot) {
            fusion.formerly = formerly;
        }
        self.move_fused(slot, &filter, None);
        Some(slot)
    }

    /// Whether a sighting is well inland: a car on a coast road, a mast, rain over a hill. Once so, it stays so.
    fn is_ashore(&mut self, at: u32) -> bool {
        let s = &mut self.contacts.sightings[at as usize];
        if !s.ashore && !s.air && self.zones.is_inland(s.filter.position()) {
            s.ashore = true;
            self.contacts.ashore += 1;
        }
        s.ashore
    }

    /// One track becomes part of another: what it knows goes over.
    fn absorb(&mut self, gone: u32, into: u32) {
        let members = self.contacts.fusions.get(&gone).map_or(Vec::new(), |fusion| fusion.members.clone());
        if self.track(gone).is_cooperative() {
            self.take_over_identity(gone, into);
        }
        let theirs = self.contacts.fusions.remove(&gone);
        for &at in &members {
            self.contacts.sightings[at as usize].slot = NONE;
        }
        match (self.contacts.fusions.get_mut(&into), theirs) {
            (Some(fusion), theirs) => fusion.ais = fusion.ais.or(theirs.and_then(|t| t.ais)),
            (None, Some(mut theirs)) => {
                theirs.ais = theirs.ais.or(self.tracks[into as usize].ais_fix());
                theirs.members.clear();
                self.contacts.fusions.insert(into, theirs);
            }
            (None, None) => {}
        }
        for at in members {
            self.join(at, into);
        }
        self.forget(gone);
        self.tracks[into as usize].assessed = false;
    }

    /// Two voices of one aircraft become one track.
    pub fn unite(&mut self, gone: u32, into: u32) {
        let theirs = self.track(gone).fix;
        self.absorb(gone, into);
        if self.track(into).sensed == 0 && theirs.time > self.track(into).fix.time {
            self.tracks[into as usize].fix = theirs;
            self.place(into, theirs);
        }
    }

    /// The AIS of a younger track is that of an older one that radars saw before.
    fn take_over_identity(&mut self, gone: u32, into: u32) {
        let identity = self.identities[gone as usize];
        self.identities[into as usize] = identity;
        let young = self.tracks[gone as usize].clone();
        if young.on_ais() {
            let before = self.same_mmsi(young.mmsi).find(|&other| self.track(other).next_same == gone);
            match before {
                Some(before) => self.tracks[before as usize].next_same = into,
                None => drop(self.slots.insert(young.mmsi.0, into)),
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
        self.tracks[into as usize].take_over(&young);
        let another = formerly.filter(|(mmsi, until)| *mmsi != young.mmsi && young.first_heard > *until);
        if let Some(was) = another.filter(|&was| self.went_on_without(into, was)) {
            self.replaced(into, was);
        }
        let old = &mut self.tracks[into as usize];
        let came_on = young.last_heard - young.first_heard <= CAME_ON_WITHIN;
        old.signs.set(Signs::CAME_ON, came_on && old.alerts.get() > 0);
        let track = &mut self.tracks[gone as usize];
        (track.mmsi, track.icao, track.next_same) = (Mmsi(0), None, NONE);
        if let Some(fusion) = self.contacts.fusions.get_mut(&into) {
            (fusion.ais, fusion.formerly) = (ais, None);
        }
    }
}
