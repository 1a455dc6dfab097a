//! A rule's state by track: four bytes for a track it holds none on.

use serde::{Deserialize, Serialize};

/// State by slot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct States<T> {
    index: Vec<u32>,
    pool: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for States<T> {
    fn default() -> Self {
        States { index: Vec::new(), pool: Vec::new(), free: Vec::new() }
    }
}

const NONE: u32 = u32::MAX;

impl<T: Default> States<T> {
    /// The state on a track, if there is one.
    pub fn get(&mut self, slot: u32) -> Option<&mut T> {
        let at = *self.index.get(slot as usize)?;
        self.pool.get_mut(at as usize)
    }

    /// The state on a track, to be read.
    pub fn peek(&self, slot: u32) -> Option<&T> {
        self.pool.get(*self.index.get(slot as usize)? as usize)
    }

    /// The state on a track; made where there is none, from one let go where there is one to reuse.
    pub fn make(&mut self, slot: u32) -> &mut T {
        let slot = slot as usize;
        if slot >= self.index.len() {
            self.index.resize(slot + 1, NONE);
        }
        if self.index[slot] == NONE {
            self.index[slot] = self.free.pop().unwrap_or_else(|| {
                self.pool.push(T::default());
                (self.pool.len() - 1) as u32
            });
        }
        &mut self.pool[self.index[slot] as usize]
    }

    /// Lets a track's state go; what it holds stays allocated for the next, which must clear it.
    pub fn drop(&mut self, slot: u32) {
        if let Some(at) = self.index.get_mut(slot as usize)
            && *at != NONE
        {
            self.free.push(*at);
            *at = NONE;
        }
    }
}
