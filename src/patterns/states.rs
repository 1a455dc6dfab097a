//! A rule's state by track: four bytes for a track it holds none on.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::TrackId;
use crate::model::saved::{Unreadable, get};

/// State by track. What was held on a track that is gone is not that of the track that took its place.
#[derive(Clone, Debug)]
pub struct States<T> {
    /// By slot: the place in the pool.
    index: Vec<u32>,
    pool: Vec<(TrackId, T)>,
    free: Vec<u32>,
}

impl<T> Default for States<T> {
    fn default() -> Self {
        States { index: Vec::new(), pool: Vec::new(), free: Vec::new() }
    }
}

const NONE: u32 = u32::MAX;

impl<T: Default> States<T> {
    /// Returns the state on a track, if there is one.
    pub fn get(&mut self, id: TrackId) -> Option<&mut T> {
        let at = *self.index.get(id.index())?;
        self.pool.get_mut(at as usize).filter(|(whose, _)| *whose == id).map(|(_, state)| state)
    }

    /// Returns the state on a track, to be read.
    pub fn peek(&self, id: TrackId) -> Option<&T> {
        let at = *self.index.get(id.index())?;
        self.pool.get(at as usize).filter(|(whose, _)| *whose == id).map(|(_, state)| state)
    }

    /// Returns the state on a track; made where there is none, from one let go where there is one to reuse.
    pub fn make(&mut self, id: TrackId) -> &mut T {
        let slot = id.index();
        if slot >= self.index.len() {
            self.index.resize(slot + 1, NONE);
        }
        if self.index[slot] == NONE {
            self.index[slot] = self.free.pop().unwrap_or_else(|| {
                self.pool.push((id, T::default()));
                (self.pool.len() - 1) as u32
            });
            self.pool[self.index[slot] as usize].0 = id;
        }
        let (whose, state) = &mut self.pool[self.index[slot] as usize];
        if *whose != id {
            (*whose, *state) = (id, T::default());
        }
        state
    }

    /// Lets a track's state go; what it holds stays allocated for the next, which must clear it.
    pub fn drop(&mut self, id: TrackId) {
        if let Some(at) = self.index.get_mut(id.index())
            && *at != NONE
            && self.pool[*at as usize].0 == id
        {
            self.free.push(*at);
            *at = NONE;
        }
    }
}

impl<T> States<T> {
    /// Makes other states of what is held on each track.
    pub fn map<U>(self, renew: impl Fn(T) -> U) -> States<U> {
        let pool = self.pool.into_iter().map(|(id, state)| (id, renew(state))).collect();
        States { index: self.index, pool, free: self.free }
    }
}

/// Saved as a list of the tracks and what is held on each, in the order of their slots.
impl<T: Serialize> Serialize for States<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let held = self.index.iter().filter(|&&at| at != NONE).map(|&at| &self.pool[at as usize]);
        serializer.collect_seq(held.collect::<Vec<_>>())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for States<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<States<T>, D::Error> {
        Vec::deserialize(deserializer).map(States::from_iter)
    }
}

impl<T> FromIterator<(TrackId, T)> for States<T> {
    fn from_iter<I: IntoIterator<Item = (TrackId, T)>>(held: I) -> States<T> {
        let pool: Vec<(TrackId, T)> = held.into_iter().collect();
        let mut index = vec![NONE; pool.iter().map(|(id, _)| id.index() + 1).max().unwrap_or(0)];
        for (at, (id, _)) in pool.iter().enumerate() {
            index[id.index()] = at as u32;
        }
        States { index, pool, free: Vec::new() }
    }
}

/// Layout of saved states before identifiers had generations, with what was let go in the pool too.
#[derive(Deserialize)]
struct Layout1<T> {
    index: Vec<u32>,
    pool: Vec<T>,
    #[expect(dead_code, reason = "read to get past it")]
    free: Vec<u32>,
}

/// Reads states in the layout before identifiers had generations; `renew` makes a state from one of that layout.
///
/// # Errors
/// They are damaged.
pub fn read_layout_1<Old: DeserializeOwned, T>(
    from: &mut &[u8],
    renew: impl Fn(Old) -> T,
) -> Result<States<T>, Unreadable> {
    let Layout1::<Old> { index, pool, .. } = get(from)?;
    let mut pool: Vec<Option<Old>> = pool.into_iter().map(Some).collect();
    let held = index.iter().zip(0..).filter_map(|(&at, slot)| {
        let state = pool.get_mut(at as usize)?.take()?;
        Some((TrackId::new(slot, 0), renew(state)))
    });
    Ok(held.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_held_on_a_track_is_not_that_of_its_successor() {
        let mut states: States<u8> = States::default();
        let (first, next) = (TrackId::new(3, 0), TrackId::new(3, 1));
        *states.make(first) = 7;
        assert_eq!((states.peek(next), states.peek(first)), (None, Some(&7)));
        states.drop(next);
        assert_eq!(states.peek(first), Some(&7), "only its own is let go");
        assert_eq!(*states.make(next), 0);
        assert_eq!(states.get(first), None);
    }

    #[test]
    fn saved_states_are_read_back_and_so_is_the_layout_before() {
        let mut states: States<u8> = States::default();
        (*states.make(TrackId::new(4, 2)), *states.make(TrackId::new(1, 0))) = (40, 10);
        let saved = postcard::to_stdvec(&states).unwrap();
        let again: States<u8> = postcard::from_bytes(&saved).unwrap();
        let held = |s: &States<u8>| [TrackId::new(4, 2), TrackId::new(1, 0)].map(|id| s.peek(id).copied());
        assert_eq!(held(&again), [Some(40), Some(10)]);
        let before =
            postcard::to_stdvec(&(vec![NONE, 1, NONE, 0], vec![30_u8, 10, 99], vec![2_u32])).unwrap();
        let again: States<u8> = read_layout_1(&mut before.as_slice(), |old: u8| old).unwrap();
        assert_eq!(again.peek(TrackId::new(3, 0)), Some(&30));
        assert_eq!(again.peek(TrackId::new(1, 0)), Some(&10));
        assert_eq!(again.pool.len(), 2);
    }
}
