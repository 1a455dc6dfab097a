//! A sensor's turn: its sightings against the tracks, all at once.

use super::assign::{Edge, assign};
use super::merge::Decision;
use super::score::AIS_FRESH;
use super::*;
use crate::model::TransponderClass;
use crate::picture::{Holders, Kind, Picture, Track};

/// How often a sensor has its turn.
const TURN: Span = Span::from_secs(10);
/// A sighting must be this fresh to have its turn.
const FRESH: Span = Span::from_secs(15);
/// It feeds a track after so many turns in a row for it, and no longer after so many against it.
const HITS: u8 = 3;
const MISSES: u8 = 5;
/// It waits so many turns for a track that it leans to, and so many otherwise, before it is one of its own.
const WAITS_LEANING: u8 = 6;
const WAITS: u8 = 2;
/// A sighting's jumpiness means something after so many words.
const STEADY_UPDATES: u32 = 60;
/// Two tracks are compared so long before.
const APART_BEFORE: [Span; 5] = [
    Span::from_secs(120),
    Span::from_secs(240),
    Span::from_secs(360),
    Span::from_secs(600),
    Span::from_secs(900),
];
/// What a pair that stands is worth more than a new one.
const STANDING: f64 = 4.0;
/// An address that both tell decides, as far as they are not absurdly far apart.
const SAME_ADDRESS: f64 = 100.0;
/// Heights of one aircraft, by two sources at two times, differ by this at most, feet.
const SAME_HEIGHT_FT: f64 = 1500.0;

impl Picture {
    /// Whether a contact's sensor has its turn at that time; `decisions` gets what is to be done, in its order.
    pub fn take_turn(&mut self, contact: &Contact, holders: &dyn Holders, decisions: &mut Vec<Decision>) {
        let Some(number) = self.contacts.sensor_of(contact) else { return };
        let now = contact.time;
        let sensor = &mut self.contacts.sensors[number.index()];
        if now < sensor.next_turn && sensor.next_turn - now <= TURN {
            return;
        }
        sensor.next_turn = now + TURN;
        self.find_orphans(now, holders, decisions);
        self.learn_fixed(number, now);
        let live = self.contacts.sensors[number.index()].live.clone();
        let mut pool: Vec<SensorTrackId> = Vec::new();
        for at in live {
            let s = &self.contacts.sightings[at.index()];
            let lost_after = LOST_AFTER.max(Span::from_secs_f64(INTERVALS_LOST * s.interval_s));
            if now - s.last > lost_after {
                decisions.push(Decision::Lost(at));
            } else if s.updates >= BELIEVED_AFTER
                && now - s.last <= FRESH
                && self.is_open(number, at, decisions)
            {
                pool.push(at);
            }
        }
        self.settle_pool(number, pool, decisions);
    }

    /// Notes where what no AIS explains has lain still for an hour.
    fn learn_fixed(&mut self, number: SensorId, now: Time) {
        let sensor = &mut self.contacts.sensors[number.index()];
        // As with its turns: a time that jumped ahead does not stop it.
        if now < sensor.next_still && sensor.next_still - now <= fixed::EVERY {
            return;
        }
        sensor.next_still = now + fixed::EVERY;
        for &at in &self.contacts.sensors[number.index()].live {
            let s = &self.contacts.sightings[at.index()];
            let explained = s.track.is_some_and(|id| self.track(id).is_cooperative());
            if !s.air && !explained && s.last - s.first >= fixed::EVERY && lies_still(s) {
                self.contacts.fixed.note(number, s.filter.position(), now);
            }
        }
    }

    /// Whether it is open which track a sighting is; checks the one that it feeds.
    fn is_open(&mut self, sensor: SensorId, at: SensorTrackId, decisions: &mut Vec<Decision>) -> bool {
        let Sighting { track, last, .. } = self.contacts.sightings[at.index()];
        let Some(id) = track else { return true };
        self.resolve(at);
        let address = self.contacts.sightings[at.index()].icao;
        if address.is_some() && self.track(id).icao == address {
            self.contacts.sightings[at.index()].misses = 0;
            self.compare(sensor, at, id);
            return false;
        }
        let Some(state) = self.state_without(id, at, last) else {
            return !self.track(id).is_cooperative() || self.track(id).is_dark(last);
        };
        let own = self.contacts.sightings[at.index()].state(last);
        if likeness(&self.doubted(sensor, own).doubled(), &state).is_some_and(|score| score > -STANDING) {
            self.contacts.sightings[at.index()].misses = 0;
            self.compare(sensor, at, id);
            return self.leads(at);
        }
        let s = &mut self.contacts.sightings[at.index()];
        s.misses += 1;
        if s.misses >= MISSES {
            decisions.push(Decision::Part(at));
        }
        false
    }

    /// What a pair that stands says of the sensor's registration.
    fn compare(&mut self, sensor: SensorId, at: SensorTrackId, id: TrackId) {
        let site = self.site(self.contacts.sensors[sensor.index()].feed);
        let Contacts { sightings, sensors, fusions, .. } = &mut self.contacts;
        let (s, sensor) = (&sightings[at.index()], &mut sensors[sensor.index()]);
        let ais = fusions.get(&id).and_then(|fusion| fusion.ais);
        if s.updates >= STEADY_UPDATES && ais.is_some() {
            sensor.steadiness += STEADINESS_SHARE * (s.jumpiness - sensor.steadiness);
        }
        if let (Some(site), Some(ais)) = (site, ais)
            && let Some(fresh_s) = told_well(&self.tracks[id.index()])
            && (s.last - ais.time).secs().abs() <= fresh_s
        {
            sensor.bias.compare(id, site, s.raw, ais.carried_to(s.last));
        }
    }

    /// The best of all ways to give open sightings to tracks. One that stands is weighed again where another wants its track.
    fn settle_pool(&mut self, sensor: SensorId, mut pool: Vec<SensorTrackId>, decisions: &mut Vec<Decision>) {
        let mut edges: Vec<Edge> = Vec::new();
        let mut row = 0;
        while row < pool.len() {
            let at = pool[row];
            for (id, score) in self.candidates(sensor, at) {
                edges.push(Edge { row: row as u32, track: id, score });
                if let Some(rival) = self.rival(sensor, id).filter(|&rival| rival != at)
                    && !pool.contains(&rival)
                {
                    pool.push(rival);
                }
            }
            row += 1;
        }
        let pairs = assign(pool.len(), &mut edges);
        // Who must leave goes before who comes.
        let chosen: Vec<(SensorTrackId, Option<TrackId>)> =
            pool.iter().zip(&pairs).map(|(&at, pair)| (at, pair.map(|edge| edge.track))).collect();
        let (mut leave, mut come) = (Vec::new(), Vec::new());
        for (at, id) in chosen {
            self.lean(at, id, &mut leave, &mut come);
        }
        for decision in &come {
            if let Decision::Join(at, id) = *decision
                && let Some(rival) = self.rival(sensor, id)
                && rival != at
                && !leave.contains(&Decision::Part(rival))
            {
                leave.push(Decision::Part(rival));
            }
        }
        decisions.append(&mut leave);
        decisions.append(&mut come);
    }

    fn lean(
        &mut self,
        at: SensorTrackId,
        chosen: Option<TrackId>,
        leave: &mut Vec<Decision>,
        come: &mut Vec<Decision>,
    ) {
        let whole = self.leads(at);
        let address = self.contacts.sightings[at.index()].icao;
        let by_address = address.is_some() && chosen.is_some_and(|id| self.track(id).icao == address);
        let s = &mut self.contacts.sightings[at.index()];
        match chosen {
            Some(id) if Some(id) == s.track => s.lean = (None, 0),
            Some(id) => {
                s.lean = match s.lean {
                    _ if by_address => (chosen, HITS),
                    (lean, times) if lean == chosen => (chosen, times + 1),
                    _ => (chosen, 1),
                };
                s.waited = s.waited.saturating_add(1);
                if s.lean.1 >= HITS {
                    if s.track.is_some() && !whole {
                        leave.push(Decision::Part(at));
                    }
                    come.push(Decision::Join(at, id));
                } else if s.track.is_none() && s.waited >= WAITS_LEANING {
                    come.push(Decision::Born(at));
                }
            }
            None => {
                s.lean = (None, 0);
                s.waited = s.waited.saturating_add(1);
                if s.track.is_none() && s.waited >= WAITS {
                    come.push(Decision::Born(at));
                }
            }
        }
    }

    /// Whether it stands for all that feed a track that no AIS explains: together they may turn out to be one that it does.
    fn leads(&self, at: SensorTrackId) -> bool {
        self.contacts.sightings[at.index()].track.is_some_and(|id| {
            !self.track(id).is_cooperative()
                && self.contacts.fusions.get(&id).is_some_and(|fusion| fusion.members.first() == Some(&at))
        })
    }

    /// Whether all that feeds a track may go over to another one: one alone to any, several to one on AIS that none of their
    /// sensors sees already.
    fn takes_all(&self, from: TrackId, to: TrackId) -> bool {
        let members = self.contacts.fusions.get(&from).map_or(&[][..], |fusion| &fusion.members);
        let sensor = |at: &SensorTrackId| self.contacts.sightings[at.index()].sensor;
        members.len() < 2
            || self.track(to).is_cooperative()
                && members.iter().all(|at| self.rival(sensor(at), to).is_none())
    }

    /// The sighting of the same sensor that feeds a track.
    fn rival(&self, sensor: SensorId, id: TrackId) -> Option<SensorTrackId> {
        let members = &self.contacts.fusions.get(&id)?.members;
        members.iter().copied().find(|&at| self.contacts.sightings[at.index()].sensor == sensor)
    }

    /// The tracks that a sighting may be, by id, and how likely.
    fn candidates(&self, sensor: SensorId, at: SensorTrackId) -> Vec<(TrackId, f64)> {
        let s = &self.contacts.sightings[at.index()];
        if let Some(id) = s.icao.and_then(|icao| self.aircraft(icao)) {
            return vec![(id, SAME_ADDRESS)];
        }
        let own = self.doubted(sensor, s.state(s.last));
        let leads = self.leads(at);
        let mut found = Vec::new();
        let layer = if s.air { &self.air } else { &self.grid };
        layer.near(own.position, s.filter.motion.search, |id| {
            let track = self.track(id);
            let takes_all = |own: TrackId| !leads || self.takes_all(own, id);
            let can_be = !track.tentative && self.can_be(s, id) && s.track.is_none_or(takes_all);
            if can_be && Some(id) != s.track && s.track.is_none_or(|own| self.may_become(own, track)) {
                let state = self
                    .state_without(id, at, s.last)
                    .filter(|_| s.track.is_none_or(|own| !self.were_apart(own, id, s.last)));
                if let Some(score) =
                    state.and_then(|state| likeness(&own, &state)).filter(|&score| score > 0.0)
                {
                    found.push((id, score));
                }
            }
            true
        });
        if let Some(id) = s.track.filter(|_| !leads)
            && let Some(state) = self.state_without(id, at, s.last)
        {
            found.push((id, likeness(&own, &state).map_or(0.1, |score| score.max(0.1)) + STANDING));
        }
        found.sort_by_key(|(id, _)| *id);
        found
    }

    /// Whether a track may be what a sensor sees: by what it is, its address and its height.
    fn can_be(&self, s: &Sighting, id: TrackId) -> bool {
        let track = self.track(id);
        if !s.air {
            return !matches!(track.kind, Kind::Aircraft | Kind::Distress);
        }
        let heights = s.altitude_ft.zip(self.altitude_ft(id, s.last));
        track.kind == Kind::Aircraft
            && (s.icao.is_none() || track.icao.is_none())
            && heights.is_none_or(|(a, b)| (a - b).abs() <= SAME_HEIGHT_FT)
    }

    /// Whether what feeds a track may turn out to be another one: one that fell silent on AIS can only be a newcomer there.
    fn may_become(&self, id: TrackId, other: &Track) -> bool {
        !self.track(id).is_cooperative() || other.first_heard > self.track(id).last_heard
    }

    /// Whether a track and another were apart some minutes ago: then they are two, however near they are now.
    fn were_apart(&self, own: TrackId, other: TrackId, now: Time) -> bool {
        let apart_m = Motion::of(self.track(own).kind).apart;
        APART_BEFORE.iter().any(|&back| {
            let at = |id: TrackId| self.history(id).position_at(now - back);
            at(own).zip(at(other)).is_some_and(|(a, b)| geodesy::distance_m(a, b) > apart_m)
        })
    }

    /// A sensor's registration leaves a state in doubt.
    fn doubted(&self, sensor: SensorId, state: State) -> State {
        let sensor = &self.contacts.sensors[sensor.index()];
        let Some(site) = self.site(sensor.feed) else { return state };
        let (range, axis) = geodesy::range_and_bearing(site, state.position);
        let [along, across] = sensor.bias.doubt_m(range);
        State { variance: state.variance.plus(Mat2::turned(along * along, across * across, axis)), ..state }
    }

    /// Where a track is at a time by all but one sighting: by its AIS, else by another sensor, else as it was left.
    fn state_without(&self, id: TrackId, at: SensorTrackId, time: Time) -> Option<State> {
        let fusion = self.contacts.fusions.get(&id);
        let ais = fusion.map_or_else(|| self.track(id).ais_fix(), |fusion| fusion.ais);
        if let Some(fix) = ais.filter(|fix| (time - fix.time).secs().abs() <= AIS_FRESH.secs()) {
            let motion = Motion::of(self.track(id).kind);
            return Some(State::of_report(&fix, motion, self.identity(id).length_m(), time));
        }
        let fusion = fusion?;
        let sensor = self.contacts.sightings[at.index()].sensor;
        let others = fusion.members.iter().map(|&other| &self.contacts.sightings[other.index()]);
        let newest =
            others.filter(|s| s.sensor != sensor && time - s.last <= AIS_FRESH).max_by_key(|s| s.last);
        if let Some(other) = newest {
            let state = other.state(time);
            return Some(self.doubted(other.sensor, state));
        }
        let left = fusion.members.is_empty() && time - fusion.time() <= AIS_FRESH;
        left.then(|| State::of_filter(fusion.estimate(), time))
    }

    /// Tracks that nothing has fed for long.
    fn find_orphans(&mut self, now: Time, holders: &dyn Holders, decisions: &mut Vec<Decision>) {
        while let Some(&(since, id)) = self.contacts.orphans.front() {
            if now - since < merge::ORPHANED {
                return;
            }
            self.contacts.orphans.pop_front();
            // It may be gone, or have been fed again since, or be listed twice.
            let Some(track) = self.get(id) else { continue };
            let left = self.contacts.fusions.get(&id);
            let left = left
                .is_some_and(|fusion| fusion.members.is_empty() && now - fusion.time() >= merge::ORPHANED);
            if !left || track.is_cooperative() || decisions.contains(&Decision::Forget(id)) {
                continue;
            }
            if holders.is_held(id) {
                self.contacts.orphans.push_back((now, id));
            } else {
                decisions.push(Decision::Forget(id));
            }
        }
    }
}

/// Whether a track's own word of where it is may correct a radar, and how fresh it must be for that, seconds.
fn told_well(track: &Track) -> Option<f64> {
    match track.class {
        TransponderClass::A => Some(10.0),
        TransponderClass::Aircraft if track.icao.is_some() => Some(3.0),
        _ => None,
    }
}
