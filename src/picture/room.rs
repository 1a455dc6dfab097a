//! Room for tracks: bounded, the one unheard for longest goes first.

use crate::model::{Mmsi, Span, Time};

use super::index::NONE;
use super::{Born, Fix, History, Identity, Picture, Track};

/// A track unheard for this long may be forgotten.
const FORGOTTEN: Span = Span::from_secs(48 * 3600);

impl Picture {
    pub(super) fn reset(&mut self, slot: u32, mut track: Track, fix: Fix) {
        track.split_at = Some(fix.time);
        track.tentative = true;
        self.grid.remove(slot);
        self.air.remove(slot);
        self.unlist_aircraft(slot);
        self.renew(slot, track);
    }

    /// A track takes the place of one that is gone. The deadlines set for the place stay, and so does the note of them.
    fn renew(&mut self, slot: u32, track: Track) {
        let held = &mut self.tracks[slot as usize];
        track.armed.set(held.armed.get());
        track.awaited.set(held.awaited.get());
        *held = track;
        self.histories[slot as usize].clear();
        self.identities[slot as usize] = Identity::default();
    }

    pub(super) fn insert(&mut self, track: Track) -> Option<u32> {
        self.make_room(track.last_heard);
        if let Some(slot) = self.free.pop() {
            self.renew(slot, track);
            return Some(slot);
        }
        if self.len() >= self.bounds.tracks {
            self.refused += 1;
            return None;
        }
        if self.tracks.len() == self.tracks.capacity() {
            // An eighth more at a time: doubling would leave half of it empty.
            let more = self.tracks.len() / 8 + 64;
            self.tracks.reserve_exact(more);
            self.identities.reserve_exact(more);
            self.histories.reserve_exact(more);
        }
        self.tracks.push(track);
        self.identities.push(Identity::default());
        self.histories.push(History::default());
        Some((self.tracks.len() - 1) as u32)
    }

    /// Looks at a few tracks in turn: those long unheard go; at the bound, the one of them unheard for longest.
    fn make_room(&mut self, now: Time) {
        const LOOKS: usize = 16;
        let full = self.len() >= self.bounds.tracks;
        let mut oldest: Option<(Time, u32)> = None;
        for _ in 0..LOOKS.min(self.tracks.len()) {
            self.sweep = (self.sweep + 1) % self.tracks.len();
            let track = &self.tracks[self.sweep];
            if !track.is_in_use() || track.engaged.get() != 0 || track.alerts.get() != 0 {
                continue;
            }
            if oldest.is_none_or(|(time, _)| track.last_heard < time) {
                oldest = Some((track.last_heard, self.sweep as u32));
            }
        }
        if let Some((heard, slot)) = oldest
            && (full || now - heard > FORGOTTEN)
        {
            self.forget(slot);
        }
    }

    /// A track is over: its place is free.
    pub(super) fn forget(&mut self, slot: u32) {
        debug_assert!(
            self.track(slot).is_in_use() && self.track(slot).engaged.get() == 0,
            "held, or gone before"
        );
        if self.track(slot).on_ais() {
            self.unlink(slot);
        }
        self.unlist_aircraft(slot);
        self.contacts.let_go(slot);
        self.grid.remove(slot);
        self.air.remove(slot);
        let track = &mut self.tracks[slot as usize];
        (track.mmsi, track.icao, track.born, track.sensed) = (Mmsi(0), None, Born::Gone, 0);
        self.free.push(slot);
    }

    /// Takes a track out of those that share its MMSI.
    fn unlink(&mut self, slot: u32) {
        let Track { mmsi, next_same, .. } = *self.track(slot);
        let before = self.same_mmsi(mmsi).find(|&other| self.track(other).next_same == slot);
        match before {
            Some(before) => self.tracks[before as usize].next_same = next_same,
            None if next_same == NONE => drop(self.slots.remove(&mmsi.0)),
            None => drop(self.slots.insert(mmsi.0, next_same)),
        }
    }
}
