//! The track store as saved state.

use super::past_way::PastWay;
use super::receipts::{Cadences, Radars};
use super::{Flight, Grid, MadeGood, RuleMarks, TrackBefore, TrackInLayout2, TrackNumbers, Tracks};
use crate::model::saved::{InOrder, SavedState, StateWriter, Unreadable};
use crate::model::{Mmsi, TrackId};
use rustc_hash::FxHashMap;

impl Tracks {
    /// Writes tracks and indexes. Aircraft figures and the count of refused tracks are parts of the picture.
    pub fn save(&self, out: &mut StateWriter) {
        let by_identity = InOrder(&self.by_identity);
        let tracks = (by_identity, &self.tracks, &self.identities, &self.histories, &self.free, self.sweep);
        out.part("tracks", 4, &tracks);
        out.part(
            "cadences",
            1,
            &self.tracks.iter().map(|track| track.stations.cadences()).collect::<Vec<_>>(),
        );
        out.part("radars", 1, &self.tracks.iter().map(|track| track.radars).collect::<Vec<_>>());
        out.part("made-good", 1, &self.tracks.iter().map(|track| track.made_good).collect::<Vec<_>>());
        let past: Vec<_> = self.histories.iter().map(|history| &history.past).collect();
        out.part("past-ways", 1, &past);
        out.part("generations", 1, &self.generations);
        out.part("grids", 1, &(&self.surface, &self.air));
        out.part("carried", 1, &self.carried);
    }

    /// Restores what was saved, over an empty store. Returns the rules' bookkeeping by slot, where it still stands in the
    /// tracks.
    ///
    /// # Errors
    /// A part is absent, of an unknown version, or damaged.
    pub fn load(&mut self, saved: &SavedState<'_>) -> Result<Option<Vec<RuleMarks>>, Unreadable> {
        let part = saved.part("tracks")?;
        let mut marks = None;
        if part.version == 1 {
            let before: Vec<TrackBefore>;
            (self.by_identity, before, self.identities, self.histories, self.free, self.sweep) =
                part.read(1)?;
            let (tracks, rules) = before.into_iter().map(TrackBefore::split).unzip();
            (self.tracks, marks) = (tracks, Some(rules));
        } else if part.version == 2 {
            let before: Vec<TrackInLayout2>;
            (self.by_identity, before, self.identities, self.histories, self.free, self.sweep) =
                part.read(2)?;
            self.tracks = before.into_iter().map(Into::into).collect();
        } else {
            (self.by_identity, self.tracks, self.identities, self.histories, self.free, self.sweep) =
                part.read(part.version.clamp(3, 4))?;
        }
        if part.version < 4 {
            // Until then 0 stood for no MMSI.
            let without = self.tracks.iter_mut().filter(|track| track.mmsi == Mmsi(0));
            without.for_each(|track| track.mmsi = Mmsi::NONE);
        }
        // Where there is no such part, cadences are measured anew.
        if let Some(cadences) = saved.optional::<Vec<Cadences>>("cadences", 1)? {
            self.tracks.iter_mut().zip(cadences).for_each(|(track, of)| track.stations.restore(of));
        }
        // Where there is no such part, radars stand among the stations until others take their places.
        if let Some(radars) = saved.optional::<Vec<Radars>>("radars", 1)? {
            self.tracks.iter_mut().zip(radars).for_each(|(track, by)| track.radars = by);
        }
        // Where there is no such part, speeds made good are measured anew.
        if let Some(made_good) = saved.optional::<Vec<MadeGood>>("made-good", 1)? {
            self.tracks.iter_mut().zip(made_good).for_each(|(track, made)| track.made_good = made);
        }
        // Where there is no such part, late copies are known by the histories alone at first.
        if let Some(past) = saved.optional::<Vec<Option<Box<PastWay>>>>("past-ways", 1)? {
            self.histories.iter_mut().zip(past).for_each(|(history, way)| history.past = way);
        }
        // Where there is no such part, identifiers had no generations yet: all are of the first.
        self.generations = saved.optional("generations", 1)?.unwrap_or_else(|| vec![0; self.tracks.len()]);
        (self.surface, self.air) = saved.read("grids", 1)?;
        self.restore_carried(saved.optional("carried", 1)?);
        let many = self.tracks.len();
        let whole = [self.identities.len(), self.histories.len(), self.generations.len()] == [many; 3];
        if whole { Ok(marks) } else { Err(Unreadable::Part("tracks".to_owned())) }
    }

    /// Restores the grid of vessels that may be carried. A state that had none gets it from the newest positions.
    fn restore_carried(&mut self, saved: Option<Grid>) {
        if let Some(carried) = saved {
            self.carried = carried;
            for id in self.ids().collect::<Vec<_>>() {
                self.tracks[id.index()].is_among_carried = self.carried.holds(id);
            }
            return;
        }
        for id in self.ids().filter(|id| self.surface.holds(*id)).collect::<Vec<_>>() {
            self.place_among_carried(id, self.track(id).fix);
        }
    }

    /// Restores the system track numbers. Tracks of a state that had none get theirs at the next association cycle.
    pub fn restore_numbers(&mut self, saved: Option<TrackNumbers>) {
        self.unnumbered = saved.is_none();
        self.numbers = saved.unwrap_or_default().restored();
    }

    /// Returns what is known of all tracks as aircraft, to be saved.
    pub fn flights(&self) -> &FxHashMap<TrackId, Flight> {
        &self.flights
    }

    /// Restores what is known of all tracks as aircraft.
    pub fn restore_flights(&mut self, flights: FxHashMap<TrackId, Flight>) {
        self.flights = flights;
    }
}
