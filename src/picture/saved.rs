//! The picture as it is saved and taken up again. What does not move is made anew from the configuration.

use super::{Picture, RuleBits};
use crate::model::saved::{Unreadable, get, put};

impl Picture {
    /// Appends all that moves.
    pub fn save(&self, out: &mut Vec<u8>) {
        put(self.zones.sets(), out);
        put(&(&self.slots, &self.tracks, &self.identities, &self.histories, &self.free, self.sweep), out);
        put(&(&self.grid, &self.air, &self.flights, &self.voices, &self.reception), out);
        put(&(&self.feeds, &self.contacts, self.refused), out);
    }

    /// Takes up what was saved, over an empty picture of the same zones.
    ///
    /// # Errors
    /// It is damaged or of another build.
    pub fn load(&mut self, saved: &mut &[u8]) -> Result<(), Unreadable> {
        self.zones.take_up(get(saved)?);
        (self.slots, self.tracks, self.identities, self.histories, self.free, self.sweep) = get(saved)?;
        (self.grid, self.air, self.flights, self.voices, self.reception) = get(saved)?;
        (self.feeds, self.contacts, self.refused) = get(saved)?;
        let whole = self.identities.len() == self.tracks.len() && self.histories.len() == self.tracks.len();
        if whole { Ok(()) } else { Err(Unreadable) }
    }

    /// The slots of all tracks.
    pub fn in_use(&self) -> impl Iterator<Item = u32> + use<> {
        let used: Vec<u32> = (0..self.slot_count()).filter(|&slot| self.track(slot).is_in_use()).collect();
        used.into_iter()
    }

    /// Rules have new numbers; what was held for those without one is no more.
    pub fn renumber_rules(&mut self, renumbered: impl Fn(u16) -> Option<u16>) {
        let moved = |mut bits: RuleBits| {
            let mut now = 0;
            while bits != 0 {
                let rule = bits.trailing_zeros() as u16;
                bits &= bits - 1;
                now |= renumbered(rule).map_or(0, |rule| 1 << rule);
            }
            now
        };
        for track in &mut self.tracks {
            track.engaged.set(moved(track.engaged.get()));
            track.armed.set(moved(track.armed.get()));
        }
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
