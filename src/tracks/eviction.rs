//! Eviction: the store is bounded, and the track that has been silent for longest goes first.

use super::Tracks;
use crate::model::{Span, Time, TrackId};

/// Silence after which a track may be forgotten even where there is room.
const FORGOTTEN_AFTER: Span = Span::from_secs(48 * 3600);
/// Number of slots examined for each new track.
const LOOKS: usize = 16;

/// Holders keep tracks in the store: rules that hold state on them, alerts that are open on them.
pub trait Holders {
    /// Returns whether a track must stay, however long it has been silent.
    fn is_held(&self, id: TrackId) -> bool;

    /// Returns whether an alert is open on a track.
    fn has_alert(&self, id: TrackId) -> bool;
}

/// Nobody holds a track: for a picture without rules.
impl Holders for () {
    fn is_held(&self, _id: TrackId) -> bool {
        false
    }

    fn has_alert(&self, _id: TrackId) -> bool {
        false
    }
}

impl Tracks {
    /// Looks at the next few slots in turn. Returns the track among them that has been silent for longest, if it should be
    /// forgotten: it has been silent for two days, or the store is full.
    pub fn to_evict(&mut self, now: Time, holders: &dyn Holders) -> Option<TrackId> {
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
        let (heard, id) = oldest?;
        (full || now - heard > FORGOTTEN_AFTER).then_some(id)
    }
}
