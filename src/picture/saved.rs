//! The picture as it is saved and taken up again. What does not move is made anew from the configuration.

use super::Picture;
use super::track::layout_1::{RuleMarks, TrackBefore};
use crate::model::saved::{SavedState, StateWriter, Unreadable};

impl Picture {
    /// Writes all that changes with reports.
    pub fn save(&self, out: &mut StateWriter) {
        out.part("zone-sets", 1, self.zones.sets());
        let tracks =
            (&self.by_identity, &self.tracks, &self.identities, &self.histories, &self.free, self.sweep);
        out.part("tracks", 2, &tracks);
        out.part("generations", 1, &self.generations);
        out.part("grids", 1, &(&self.grid, &self.air));
        out.part("aircraft", 1, &(&self.flights, &self.voices));
        out.part("reception", 1, &self.reception);
        out.part("feeds", 1, &self.feeds);
        out.part("sensors", 1, &self.contacts);
        out.part("refused", 1, &self.refused);
    }

    /// Takes up what was saved, over an empty picture of the same zones. Returns the rules' bookkeeping by slot, where it
    /// still stands in the tracks.
    ///
    /// # Errors
    /// A part that nothing can go on without is absent, of an unknown version, or damaged.
    pub fn load(&mut self, saved: &mut SavedState<'_>) -> Result<Option<Vec<RuleMarks>>, Unreadable> {
        self.zones.take_up(saved.read("zone-sets", 1)?);
        let part = saved.part("tracks")?;
        let mut marks = None;
        if part.version == 1 {
            let before: Vec<TrackBefore>;
            (self.by_identity, before, self.identities, self.histories, self.free, self.sweep) =
                part.read(1)?;
            let (tracks, rules) = before.into_iter().map(TrackBefore::split).unzip();
            (self.tracks, marks) = (tracks, Some(rules));
        } else {
            (self.by_identity, self.tracks, self.identities, self.histories, self.free, self.sweep) =
                part.read(2)?;
        }
        // Where there is no such part, identifiers had no generations yet: all are of the first.
        self.generations = match saved.part("generations") {
            Ok(part) => part.read(1)?,
            Err(_) => vec![0; self.tracks.len()],
        };
        (self.grid, self.air) = saved.read("grids", 1)?;
        (self.flights, self.voices) = saved.read("aircraft", 1)?;
        self.reception = saved.rebuild("reception", saved.read("reception", 1));
        self.feeds = saved.read("feeds", 1)?;
        self.contacts = saved.read("sensors", 1)?;
        self.refused = saved.rebuild("refused", saved.read("refused", 1));
        let many = self.tracks.len();
        let whole = [self.identities.len(), self.histories.len(), self.generations.len()] == [many; 3];
        if whole { Ok(marks) } else { Err(Unreadable::Part("tracks".to_owned())) }
    }

    /// The zones have changed: looks anew which ones each track is in.
    pub fn place_anew(&mut self) {
        for track in self.tracks.iter_mut().filter(|track| track.is_in_use()) {
            let told = self.zones.membership(track.fix.position);
            (track.zones, track.zones_at, track.zones_safe_m) =
                (told.set, track.fix.position, told.safe_m as f32);
        }
    }
}
