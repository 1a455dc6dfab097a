//! Room for tracks: bounded, the one unheard for longest goes first.

use crate::model::{Mmsi, Span, Time, TrackId};

use super::{Born, Fix, History, Holders, Identity, Picture, Track};

/// A track unheard for this long may be forgotten.
const FORGOTTEN: Span = Span::from_secs(48 * 3600);

impl Picture {
    /// Puts a second track of an MMSI in the place of another one, among those of its number. Returns its identifier.
    pub(super) fn reset(&mut self, old: TrackId, mut track: Track, fix: Fix) -> TrackId {
        track.split_at = Some(fix.time);
        track.tentative = true;
        self.grid.remove(old);
        self.air.remove(old);
        self.unlist_aircraft(old);
        self.contacts.let_go(old);
        let mmsi = track.mmsi;
        let before = self.same_mmsi(mmsi).find(|&other| self.track(other).next_same == Some(old));
        let id = self.renew(old, track);
        match before {
            Some(before) => self.tracks[before.index()].next_same = Some(id),
            None => drop(self.by_identity.insert(mmsi.0, id)),
        }
        id
    }

    /// Puts a track in the place of one that is gone. Returns its identifier: of that place, in the next generation.
    fn renew(&mut self, gone: TrackId, track: Track) -> TrackId {
        let id = gone.next_generation();
        self.generations[id.index()] = id.generation();
        self.tracks[id.index()] = track;
        self.histories[id.index()].clear();
        self.identities[id.index()] = Identity::default();
        id
    }

    pub(super) fn insert(&mut self, track: Track, holders: &dyn Holders) -> Option<TrackId> {
        self.make_room(track.last_heard, holders);
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
        self.tracks.push(track);
        self.generations.push(0);
        self.identities.push(Identity::default());
        self.histories.push(History::default());
        Some(id)
    }

    /// Looks at a few tracks in turn: those long unheard go; at the bound, the one of them unheard for longest.
    fn make_room(&mut self, now: Time, holders: &dyn Holders) {
        const LOOKS: usize = 16;
        let full = self.len() >= self.bounds.tracks;
        let mut oldest: Option<(Time, TrackId)> = None;
        for _ in 0..LOOKS.min(self.tracks.len()) {
            self.sweep = (self.sweep + 1) % self.tracks.len();
            let track = &self.tracks[self.sweep];
            let id = TrackId::new(self.sweep as u32, self.generations[self.sweep]);
            if !track.is_in_use() || holders.is_held(id) {
                continue;
            }
            if oldest.is_none_or(|(time, _)| track.last_heard < time) {
                oldest = Some((track.last_heard, id));
            }
        }
        if let Some((heard, id)) = oldest
            && (full || now - heard > FORGOTTEN)
        {
            self.forget(id);
        }
    }

    /// A track is over: its place is free.
    pub(super) fn forget(&mut self, id: TrackId) {
        debug_assert!(self.get(id).is_some(), "gone before");
        if self.track(id).on_ais() {
            self.unlink(id);
        }
        self.unlist_aircraft(id);
        self.contacts.let_go(id);
        self.grid.remove(id);
        self.air.remove(id);
        let track = &mut self.tracks[id.index()];
        (track.mmsi, track.icao, track.born, track.sensed) = (Mmsi(0), None, Born::Gone, 0);
        self.free.push(id);
    }

    /// Takes a track out of those that share its MMSI.
    fn unlink(&mut self, id: TrackId) {
        let Track { mmsi, next_same, .. } = *self.track(id);
        let before = self.same_mmsi(mmsi).find(|&other| self.track(other).next_same == Some(id));
        match before {
            Some(before) => self.tracks[before.index()].next_same = next_same,
            None => match next_same {
                Some(next) => drop(self.by_identity.insert(mmsi.0, next)),
                None => drop(self.by_identity.remove(&mmsi.0)),
            },
        }
    }
}
