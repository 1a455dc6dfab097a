//! Cases about pairs of tracks. Each pair has one deadline of its own, set here when its case begins.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::life_cycle::{Behaviour, Case, LifeCycle};
use super::{Parties, World};
use crate::model::TrackId;

/// Two tracks, in the order of their identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PairId {
    /// The track with the smaller identifier: the case's own track.
    pub first: TrackId,
    /// The other track.
    pub second: TrackId,
}

impl PairId {
    /// Returns the pair of two tracks.
    pub fn of(a: TrackId, b: TrackId) -> PairId {
        PairId { first: a.min(b), second: a.max(b) }
    }

    /// Returns both tracks.
    pub fn ids(self) -> [TrackId; 2] {
        [self.first, self.second]
    }
}

/// Cases by pair. A pair whose case is over keeps an empty place until its deadline comes, so that there is one only.
#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "M: Serialize"))]
pub struct PairCases<M>(
    #[serde(serialize_with = "crate::model::saved::in_order")] FxHashMap<PairId, Option<Case<M>>>,
);

impl<M> Default for PairCases<M> {
    fn default() -> Self {
        PairCases(FxHashMap::default())
    }
}

impl<M> PairCases<M> {
    /// Whether there is a case about a pair.
    pub fn has(&self, pair: PairId) -> bool {
        self.0.get(&pair).is_some_and(Option::is_some)
    }

    /// Begins a case, and sets the pair's deadline if none is set.
    pub fn begin<B: Behaviour<Memory = M>>(
        &mut self,
        pair: PairId,
        case: Case<M>,
        life_cycle: &LifeCycle<B>,
        w: &mut World<'_>,
    ) {
        let looks_at = life_cycle.looks_at(&case);
        if self.0.insert(pair, Some(case)).is_none() {
            w.arm_pair(life_cycle.rule, Parties::pair(pair.first, pair.second), looks_at);
        }
    }

    /// Returns the case about a pair.
    pub fn of(&mut self, pair: PairId) -> Option<&mut Case<M>> {
        self.0.get_mut(&pair)?.as_mut()
    }

    /// Takes out the case about a pair.
    pub fn take(&mut self, pair: PairId) -> Option<Case<M>> {
        self.0.get_mut(&pair)?.take()
    }

    /// Forgets a pair at its deadline.
    pub fn forget(&mut self, pair: PairId) {
        self.0.remove(&pair);
    }
}

impl<M> FromIterator<(PairId, Option<Case<M>>)> for PairCases<M> {
    fn from_iter<I: IntoIterator<Item = (PairId, Option<Case<M>>)>>(cases: I) -> PairCases<M> {
        PairCases(cases.into_iter().collect())
    }
}
