//! The picture as saved state. Zones, coast and places are made anew from the configuration.

use super::Picture;
use crate::model::saved::{InOrder, SavedState, StateWriter, Unreadable};
use crate::tracks::RuleMarks;

impl Picture {
    /// Writes all that changes with reports.
    pub fn save(&self, out: &mut StateWriter) {
        out.part("zone-sets", 1, self.zones.sets());
        self.tracks.save(out);
        out.part("aircraft", 1, &(InOrder(self.tracks.flights()), InOrder(&self.ais_and_adsb)));
        out.part("reception", 1, &self.reception);
        self.reception.save_own_ships(out);
        self.reception.save_lateness(out);
        out.part("feeds", 1, &self.feeds);
        out.part("sensors", 1, &self.sensors);
        out.part("refused", 1, &self.tracks.refused);
        if !self.tracks.newcomers.is_empty() {
            out.part("newcomers", 1, &self.tracks.newcomers);
        }
        if !self.tracks.numbers.is_empty() {
            out.part("track-numbers", 1, &self.tracks.numbers);
        }
    }

    /// Restores what was saved, over an empty picture of the same zones. Returns the rules' bookkeeping by slot, where it still
    /// stands in the tracks.
    ///
    /// # Errors
    /// A part that nothing can go on without is absent, of an unknown version, or damaged.
    pub fn load(&mut self, saved: &mut SavedState<'_>) -> Result<Option<Vec<RuleMarks>>, Unreadable> {
        self.zones.restore_sets(saved.read("zone-sets", 1)?);
        let marks = self.tracks.load(saved)?;
        let flights;
        (flights, self.ais_and_adsb) = saved.read("aircraft", 1)?;
        self.tracks.restore_flights(flights);
        self.reception = saved.rebuild("reception", saved.read("reception", 1));
        self.reception.restore_own_ships(saved);
        self.reception.restore_lateness(saved);
        self.feeds = saved.read("feeds", 1)?;
        self.sensors = saved.read("sensors", 1)?;
        self.tracks.refused = saved.rebuild("refused", saved.read("refused", 1));
        // State from before new identities were limited has no such part.
        let newcomers = saved.optional("newcomers", 1);
        self.tracks.newcomers = saved.rebuild("newcomers", newcomers).unwrap_or_default();
        let numbers = saved.optional("track-numbers", 1);
        self.tracks.restore_numbers(saved.rebuild("track-numbers", numbers));
        Ok(marks)
    }
}
