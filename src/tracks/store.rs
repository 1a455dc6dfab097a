//! The track store: tracks in slots, found by identifier, by identity (MMSI, aircraft address) and by place.

use rustc_hash::FxHashMap;

use super::{
    Changes, Feeds, Fix, Flight, Grid, History, Identity, Kind, Newcomers, Origin, Track, TrackNumbers,
};
use crate::geodesy;
use crate::model::{FeedId, Icao, Mmsi, Position, Time, TrackId};
use crate::zones::Zones;

/// Addresses of aircraft share a table with MMSIs, which stay below this bit.
const ADDRESS: u32 = 1 << 30;
/// Side of the surface grid's cells, degrees: 3 nm.
const SURFACE_CELL_DEG: f64 = 0.05;
/// Side of the air grid's cells, degrees: 15 nm, for aircraft are fewer and faster.
const AIR_CELL_DEG: f64 = 0.25;

/// Side of the cells of the grid of vessels that may be carried, degrees: 12 nm, for they are few.
const CARRIED_CELL_DEG: f64 = 0.2;

/// Bounds of memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Points of history kept for a track, at most.
    pub history_points: usize,
    /// Tracks at most; the track that has been silent for longest makes room.
    pub tracks: usize,
    /// New identities that one feed may bring an hour; several hours' worth may come at once.
    pub new_per_hour: u32,
    /// New alerts of a rule and feed in ten minutes that stand apart though nothing supports them.
    pub lone_alerts: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { history_points: 120, tracks: 2_000_000, new_per_hour: 36_000, lone_alerts: 24 }
    }
}

/// All tracks and their indexes.
pub struct Tracks {
    pub(super) bounds: Bounds,
    /// The first track of each MMSI, and the track of each aircraft address.
    pub(super) by_identity: FxHashMap<u32, TrackId>,
    pub(super) tracks: Vec<Track>,
    /// Generation of each slot: how often it was given to another track.
    pub(super) generations: Vec<u32>,
    pub(super) identities: Vec<Identity>,
    pub(super) histories: Vec<History>,
    /// Identifiers of tracks that are gone: the next track there has the next generation.
    pub(super) free: Vec<TrackId>,
    /// Slot that was looked at last for eviction.
    pub(super) sweep: usize,
    /// Vessels and fixed stations by place.
    pub surface: Grid,
    /// Aircraft by place.
    pub air: Grid,
    /// Vessels by place that wind or current may carry, see [`Fix::may_be_carried`]: they tell how the water moves.
    pub carried: Grid,
    pub(super) flights: FxHashMap<TrackId, Flight>,
    /// Count of new tracks refused for want of room.
    pub refused: u64,
    /// New identities of each feed.
    pub newcomers: Newcomers,
    /// System track numbers of what radars found.
    pub numbers: TrackNumbers,
    /// Whether tracks of a state that had no numbers wait for theirs.
    pub(super) unnumbered: bool,
    /// Slots whose tracks changed since a screen looked last.
    pub changes: Changes,
}

impl Tracks {
    /// Makes an empty store.
    pub fn new(bounds: Bounds) -> Tracks {
        Tracks {
            bounds,
            by_identity: FxHashMap::default(),
            tracks: Vec::new(),
            generations: Vec::new(),
            identities: Vec::new(),
            histories: Vec::new(),
            free: Vec::new(),
            sweep: 0,
            surface: Grid::new(SURFACE_CELL_DEG),
            air: Grid::new(AIR_CELL_DEG),
            carried: Grid::new(CARRIED_CELL_DEG),
            flights: FxHashMap::default(),
            refused: 0,
            newcomers: Newcomers::default(),
            numbers: TrackNumbers::default(),
            unnumbered: false,
            changes: Changes::default(),
        }
    }

    /// Returns whether a feed may bring one more new identity; a refusal is counted.
    pub fn admits_new(&mut self, feed: FeedId, time: Time) -> bool {
        self.newcomers.admits(feed, time, self.bounds.new_per_hour)
    }

    /// Returns how many tracks there are.
    pub fn len(&self) -> usize {
        self.tracks.len() - self.free.len()
    }

    /// Returns whether there is no track.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the identifiers of all tracks, in the order of their slots.
    pub fn ids(&self) -> impl Iterator<Item = TrackId> + '_ {
        let all = self.tracks.iter().zip(&self.generations).zip(0..);
        let used = all.filter(|((track, _), _)| track.is_in_use());
        used.map(|((_, &generation), slot)| TrackId::new(slot, generation))
    }

    /// Takes the slots that a screen is to look at, with the track of each that is in use; see [`Changes::take`].
    pub fn take_changes(&mut self) -> Option<Vec<(u32, Option<TrackId>)>> {
        let slots = self.changes.take(self.tracks.len())?;
        let with_track = slots.into_iter().filter_map(|slot| {
            let at = slot as usize;
            let is_in_use = self.tracks.get(at)?.is_in_use();
            Some((slot, is_in_use.then(|| TrackId::new(slot, self.generations[at]))))
        });
        Some(with_track.collect())
    }

    /// Returns a track by an identifier that may be of one that is gone.
    pub fn get(&self, id: TrackId) -> Option<&Track> {
        let track = self.tracks.get(id.index())?;
        (self.generations[id.index()] == id.generation() && track.is_in_use()).then_some(track)
    }

    /// Returns a track by an identifier that is known to be of a live one: just found, or held by a rule or an alert. For
    /// others see [`Tracks::get`].
    pub fn track(&self, id: TrackId) -> &Track {
        &self.tracks[id.index()]
    }

    /// Returns a live track, to be changed.
    pub fn track_mut(&mut self, id: TrackId) -> &mut Track {
        debug_assert_eq!(self.generations[id.index()], id.generation(), "{id:?} is gone");
        self.changes.mark(id.index());
        &mut self.tracks[id.index()]
    }

    /// Returns the static and voyage data of a live track.
    pub fn identity(&self, id: TrackId) -> &Identity {
        &self.identities[id.index()]
    }

    /// Returns a live track and its static and voyage data, to be changed.
    pub fn with_identity_mut(&mut self, id: TrackId) -> (&mut Track, &mut Identity) {
        self.changes.mark(id.index());
        (&mut self.tracks[id.index()], &mut self.identities[id.index()])
    }

    /// Returns the history of a live track.
    pub fn history(&self, id: TrackId) -> &History {
        &self.histories[id.index()]
    }

    /// Returns where a track was at a time: between two points of its history, else carried on from its fix.
    pub fn position_at(&self, id: TrackId, time: Time) -> Position {
        let known = self.history(id).position_at(time);
        known.unwrap_or_else(|| self.track(id).fix.carried_to(time))
    }

    /// Returns the subject key of a track.
    pub fn key(&self, id: TrackId, feeds: &Feeds) -> String {
        let track = self.track(id);
        key_of(track.origin, track.mmsi, track.icao, track.split_at, track.first_heard, |feed| {
            feeds.name(feed)
        })
    }

    /// Returns the first of the tracks that share an MMSI.
    pub fn by_mmsi(&self, mmsi: Mmsi) -> Option<TrackId> {
        self.by_identity.get(&mmsi.0).copied()
    }

    /// Returns the tracks that share an MMSI.
    pub fn same_mmsi(&self, mmsi: Mmsi) -> impl Iterator<Item = TrackId> + '_ {
        let next = |&id: &TrackId| self.track(id).next_same;
        std::iter::successors(self.by_mmsi(mmsi), next)
    }

    /// Makes a track the first of its MMSI.
    pub fn set_first_of(&mut self, mmsi: Mmsi, id: TrackId) {
        self.by_identity.insert(mmsi.0, id);
    }

    /// Puts a track at the end of those that share its MMSI.
    pub fn append_to_mmsi(&mut self, mmsi: Mmsi, id: TrackId) {
        match self.same_mmsi(mmsi).last() {
            Some(last) => self.track_mut(last).next_same = Some(id),
            None => self.set_first_of(mmsi, id),
        }
    }

    /// Puts another track in the place of one among those that share an MMSI.
    pub fn replace_in_mmsi(&mut self, mmsi: Mmsi, old: TrackId, new: TrackId) {
        let before = self.same_mmsi(mmsi).find(|&other| self.track(other).next_same == Some(old));
        match before {
            Some(before) => self.track_mut(before).next_same = Some(new),
            None => self.set_first_of(mmsi, new),
        }
    }

    /// Takes a track out of those that share its MMSI.
    pub(super) fn take_out_of_mmsi(&mut self, id: TrackId) {
        let Track { mmsi, next_same, .. } = *self.track(id);
        let before = self.same_mmsi(mmsi).find(|&other| self.track(other).next_same == Some(id));
        match (before, next_same) {
            (Some(before), _) => self.track_mut(before).next_same = next_same,
            (None, Some(next)) => self.set_first_of(mmsi, next),
            (None, None) => drop(self.by_identity.remove(&mmsi.0)),
        }
    }

    /// Returns the track of an aircraft by its address.
    pub fn by_icao(&self, icao: Icao) -> Option<TrackId> {
        self.by_identity.get(&(ADDRESS | icao.address())).copied()
    }

    /// Gives a track an aircraft address.
    pub fn set_icao(&mut self, id: TrackId, icao: Icao) {
        self.by_identity.insert(ADDRESS | icao.address(), id);
        self.track_mut(id).icao = Some(icao);
    }

    /// Forgets what is known of a track as an aircraft.
    pub(super) fn forget_aircraft(&mut self, id: TrackId) {
        if let Some(icao) = self.track(id).icao {
            self.by_identity.remove(&(ADDRESS | icao.address()));
        }
        self.flights.remove(&id);
    }

    /// Returns what is known of a track as an aircraft.
    pub fn flight(&self, id: TrackId) -> Option<&Flight> {
        self.flights.get(&id)
    }

    /// Returns what is known of a track as an aircraft, to be changed; made where there is nothing yet.
    pub fn flight_mut(&mut self, id: TrackId) -> &mut Flight {
        self.changes.mark(id.index());
        self.flights.entry(id).or_default()
    }

    /// Moves what is known of an aircraft from one track to another, which keeps what it knew besides.
    pub fn move_flight(&mut self, from: TrackId, to: TrackId) {
        if let Some(flight) = self.flights.remove(&from) {
            let known = self.flights.remove(&to).unwrap_or_default();
            self.flights.insert(to, flight.with(known));
        }
    }

    /// Adds a point to a track's history. A late one finds its place.
    pub fn add_to_history(&mut self, id: TrackId, fix: &Fix) {
        let points = self.bounds.history_points;
        let track = &self.tracks[id.index()];
        // Late copies come of vessels on AIS alone.
        let keeps_way = track.on_ais() && track.kind == Kind::Vessel;
        let history = &mut self.histories[id.index()];
        if history.add(fix.time, fix.position, fix.sog_tenths, points, keeps_way)
            && let Some([before, last]) = history.last_two()
        {
            let way_nm = geodesy::distance_m(before.position(), last.position()) / geodesy::NM_M;
            let (seconds, claimed_kn) =
                ((last.time() - before.time()).secs(), [before.sog_kn(), last.sog_kn()]);
            self.tracks[id.index()].note_made_good(way_nm, seconds, claimed_kn);
        }
    }

    /// Brings grids, zones and history of a track up to its new fix. Returns whether it came into another cell of its grid.
    pub fn place(&mut self, id: TrackId, fix: Fix, zones: &mut Zones) -> bool {
        let elsewhere = match self.track(id) {
            Track { tentative: true, .. } => false,
            Track { kind: Kind::Aircraft, .. } => self.air.place(id, fix.position),
            _ => self.surface.place(id, fix.position),
        };
        self.place_among_carried(id, fix);
        let track = &mut self.tracks[id.index()];
        if track.may_have_changed_zones(&fix) {
            track.enter_zones_at(fix.position, zones);
        }
        self.add_to_history(id, &fix);
        elsewhere
    }

    /// Puts a vessel that may be carried into the grid of those, and takes out one that no longer is.
    pub(super) fn place_among_carried(&mut self, id: TrackId, fix: Fix) {
        let track = &mut self.tracks[id.index()];
        let is_carried = fix.may_be_carried() && !track.tentative && track.kind != Kind::Aircraft;
        let was_carried = std::mem::replace(&mut track.is_among_carried, is_carried);
        if is_carried {
            self.carried.place(id, fix.position);
        } else if was_carried {
            self.carried.remove(id);
        }
    }

    /// Looks anew which zones each track is in: the zones have changed.
    pub fn enter_zones_anew(&mut self, zones: &mut Zones) {
        for track in self.tracks.iter_mut().filter(|track| track.is_in_use()) {
            track.enter_zones_at(track.fix.position, zones);
        }
    }

    /// Touches what a report on a track will need, so that the memory is on its way before it is read.
    pub fn prefetch(&self, id: TrackId) -> i64 {
        let newest = self.histories[id.index()].last_two().map_or(0, |[_, last]| last.time().0);
        self.tracks[id.index()].touch() ^ newest
    }

    /// Touches what is known of a track as an aircraft, as [`Tracks::prefetch`] does.
    pub fn prefetch_flight(&self, id: TrackId) -> i64 {
        self.flights.get(&id).map_or(0, Flight::touch)
    }

    /// Returns the bytes on the heap: `(tracks and indexes, histories)`.
    pub fn heap_bytes(&self) -> (usize, usize) {
        let tracks = self.tracks.capacity() * size_of::<Track>()
            + self.identities.capacity() * size_of::<Identity>()
            + self.histories.capacity() * size_of::<History>()
            + self.generations.capacity() * 4
            + self.by_identity.capacity() * 13
            + self.surface.heap_bytes()
            + self.air.heap_bytes()
            + self.carried.heap_bytes()
            + self.flights.capacity() * (size_of::<Flight>() + 9)
            + self.numbers.heap_bytes();
        (tracks, self.histories.iter().map(History::heap_bytes).sum())
    }
}

impl Tracks {
    /// Puts a track into the store. Returns its identifier; `None` where there is no room, which is counted.
    pub fn insert(&mut self, track: Track) -> Option<TrackId> {
        let is_found_by_radar = matches!(track.origin, Origin::Radar { .. });
        let id = self.put(track)?;
        if is_found_by_radar {
            self.numbers.give(id.slot());
        }
        Some(id)
    }

    /// Gives numbers to the tracks of a state that had none, once.
    pub fn number_all(&mut self) {
        if !std::mem::take(&mut self.unnumbered) {
            return;
        }
        let slots = (0..).zip(&self.tracks);
        let found = slots.filter(|(_, track)| matches!(track.origin, Origin::Radar { .. }));
        for (slot, _) in found {
            self.numbers.give(slot);
        }
    }

    fn put(&mut self, track: Track) -> Option<TrackId> {
        if let Some(gone) = self.free.pop() {
            return Some(self.renew(gone, track));
        }
        if self.len() >= self.bounds.tracks {
            self.refused += 1;
            return None;
        }
        if self.tracks.len() == self.tracks.capacity() {
            // An eighth more at a time: doubling would leave half of it empty.
            let more = self.tracks.len() / 8 + 64;
            self.tracks.reserve_exact(more);
            self.generations.reserve_exact(more);
            self.identities.reserve_exact(more);
            self.histories.reserve_exact(more);
        }
        let id = TrackId::new(self.tracks.len() as u32, 0);
        self.changes.mark(id.index());
        self.tracks.push(track);
        self.generations.push(0);
        self.identities.push(Identity::default());
        self.histories.push(History::default());
        Some(id)
    }

    /// Puts a track in the place of one that is gone. Returns its identifier: of that place, in the next generation.
    fn renew(&mut self, gone: TrackId, track: Track) -> TrackId {
        let id = gone.next_generation();
        self.numbers.forget(id.slot());
        self.generations[id.index()] = id.generation();
        self.changes.mark(id.index());
        self.tracks[id.index()] = track;
        self.histories[id.index()].clear();
        self.identities[id.index()] = Identity::default();
        id
    }

    /// Puts a second track of an MMSI in the place of another one of that MMSI. Returns its identifier.
    pub fn replace(&mut self, old: TrackId, track: Track) -> TrackId {
        self.leave_grids(old);
        self.forget_aircraft(old);
        let mmsi = track.mmsi;
        let before = self.same_mmsi(mmsi).find(|&other| self.track(other).next_same == Some(old));
        let id = self.renew(old, track);
        match before {
            Some(before) => self.track_mut(before).next_same = Some(id),
            None => self.set_first_of(mmsi, id),
        }
        id
    }

    /// Takes a track out of the grids.
    pub(super) fn leave_grids(&mut self, id: TrackId) {
        self.surface.remove(id);
        self.air.remove(id);
        self.carried.remove(id);
        self.tracks[id.index()].is_among_carried = false;
    }

    /// Forgets a track: its place is free.
    pub fn forget(&mut self, id: TrackId) {
        debug_assert!(self.get(id).is_some(), "gone before");
        if self.track(id).on_ais() {
            self.take_out_of_mmsi(id);
        }
        self.forget_aircraft(id);
        self.leave_grids(id);
        self.tracks[id.index()].clear();
        self.changes.mark(id.index());
        self.numbers.forget(id.slot());
        self.free.push(id);
    }
}

/// Returns a subject key: `radar:…`, `icao:…` or `mmsi:…`; `mmsi` is 0 for what is not on AIS.
pub fn key_of<'a>(
    origin: Origin,
    mmsi: Mmsi,
    icao: Option<Icao>,
    split_at: Option<Time>,
    first_heard: Time,
    feed_name: impl FnOnce(FeedId) -> &'a str,
) -> String {
    match (origin, mmsi, icao, split_at) {
        (Origin::Radar { feed, number }, ..) => {
            format!("radar:{}:{number}@{}", feed_name(feed), first_heard.rfc3339())
        }
        (_, Mmsi::NONE, Some(icao), _) => format!("icao:{icao}"),
        (_, Mmsi(mmsi), _, None) => format!("mmsi:{mmsi}"),
        (_, Mmsi(mmsi), _, Some(at)) => format!("mmsi:{mmsi}@{}", at.rfc3339()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kinematics, TransponderClass};

    fn heard_at(mmsi: u32, hours: i64) -> Track {
        let at = Position::new(-59.5, 13.0).unwrap();
        let fix = Fix::new(Time::from_secs(hours * 3600), at, &Kinematics::default());
        Track::new(Mmsi(mmsi), TransponderClass::A, fix)
    }

    fn with_first(tracks: &mut Tracks, mmsi: u32) -> TrackId {
        let id = tracks.insert(heard_at(mmsi, 0)).expect("room");
        tracks.set_first_of(Mmsi(mmsi), id);
        id
    }

    #[test]
    fn an_identifier_of_a_track_that_is_gone_names_no_other() {
        let mut tracks = Tracks::new(Bounds::default());
        let first = with_first(&mut tracks, 314_001_000);
        tracks.forget(first);
        assert!(tracks.get(first).is_none() && tracks.is_empty());
        let next = with_first(&mut tracks, 314_002_000);
        assert_eq!((next.slot(), next.generation()), (first.slot(), 1));
        assert!(tracks.get(first).is_none());
        assert_eq!(tracks.get(next).map(|track| track.mmsi), Some(Mmsi(314_002_000)));
        assert_eq!(tracks.ids().collect::<Vec<_>>(), [next]);
    }

    #[test]
    fn a_track_that_replaces_another_one_takes_its_place_among_those_of_the_mmsi() {
        let mut tracks = Tracks::new(Bounds::default());
        let mmsi = Mmsi(314_001_000);
        let first = with_first(&mut tracks, mmsi.0);
        let second = tracks.insert(heard_at(mmsi.0, 1)).expect("room");
        tracks.append_to_mmsi(mmsi, second);
        let third = tracks.insert(heard_at(mmsi.0, 2)).expect("room");
        tracks.append_to_mmsi(mmsi, third);
        let mut track = heard_at(mmsi.0, 3);
        track.next_same = tracks.track(second).next_same;
        let other = tracks.replace(second, track);
        assert_eq!(tracks.same_mmsi(mmsi).collect::<Vec<_>>(), [first, other, third]);
        tracks.forget(first);
        assert_eq!(tracks.same_mmsi(mmsi).collect::<Vec<_>>(), [other, third]);
        tracks.forget(third);
        tracks.forget(other);
        assert_eq!(tracks.by_mmsi(mmsi), None);
    }

    #[test]
    fn a_full_store_evicts_the_track_that_has_been_silent_for_longest_and_is_not_held() {
        struct Held(TrackId);
        impl super::super::Holders for Held {
            fn is_held(&self, id: TrackId) -> bool {
                id == self.0
            }
            fn has_alert(&self, _id: TrackId) -> bool {
                false
            }
        }
        let mut tracks = Tracks::new(Bounds { tracks: 3, ..Bounds::default() });
        let ids: Vec<TrackId> = (0..3).map(|hour| tracks.insert(heard_at(0, hour)).expect("room")).collect();
        assert_eq!(tracks.insert(heard_at(0, 4)), None);
        assert_eq!(tracks.refused, 1);
        let now = Time::from_secs(4 * 3600);
        assert_eq!(tracks.to_evict(now, &()), Some(ids[0]));
        assert_eq!(tracks.to_evict(now, &Held(ids[0])), Some(ids[1]));
    }
}
