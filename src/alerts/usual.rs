//! What is usual, held against a finding: whether it is raised at all, whether it interrupts, and what the model learns of it.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};

use super::{AlertBook, Finding};
use crate::model::{Attention, RuleId, Usual, saved};
use crate::normalcy::{Normalcy, Observation, Rate, attention, observation_of};
use crate::picture::Picture;

/// Attention that an alert asks for, and how usual its behaviour was when it was raised.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Standing {
    is_quiet: bool,
    rate: Option<Rate>,
}

impl Standing {
    pub(super) fn attention(&self) -> Attention {
        if self.is_quiet { Attention::Quiet } else { Attention::Interrupt }
    }

    pub(super) fn usual(&self) -> Option<Usual> {
        self.rate.as_ref().map(Rate::usual)
    }
}

/// Returns a hash of a model, by which a saved book knows whether the configuration gives another one.
pub(super) fn hash_of(normalcy: &Normalcy) -> u64 {
    let mut bytes = Vec::new();
    saved::put(normalcy, &mut bytes);
    let mut hash = FxHasher::default();
    hash.write(&bytes);
    hash.finish()
}

impl AlertBook {
    fn observation(&self, picture: &Picture, rule: RuleId, finding: &Finding<'_>) -> Option<Observation> {
        let pattern = self.rules[rule.index()].pattern;
        observation_of(pattern, picture, finding.subjects, finding.position, finding.time)
    }

    /// Whether a finding is a habit of its place and more frequent than the rule asks for. The model learns it all the same.
    pub fn is_usual(&mut self, picture: &Picture, rule: RuleId, finding: &Finding<'_>) -> bool {
        let Some(min_rarity) = self.rules[rule.index()].min_rarity else { return false };
        let Some(seen) = self.observation(picture, rule, finding) else { return false };
        let between = self.normalcy.rate(&seen).and_then(|rate| rate.between());
        let is_usual = between.is_some_and(|between| between < min_rarity);
        if is_usual {
            self.learn(picture, rule, finding);
        }
        is_usual
    }

    /// Returns the standing of a finding that is raised.
    pub(super) fn standing_of(
        &self,
        picture: &Picture,
        rule: RuleId,
        finding: &Finding<'_>,
        never_quiet: bool,
    ) -> Standing {
        let seen = self.observation(picture, rule, finding);
        let rate = seen.and_then(|seen| self.normalcy.rate(&seen));
        let severity = self.rules[rule.index()].severity;
        let is_quiet = attention(severity, rate.as_ref(), never_quiet) == Attention::Quiet;
        Standing { is_quiet, rate }
    }

    /// Learns a finding, unless the model learns such from the tracks themselves.
    pub(super) fn learn(&mut self, picture: &Picture, rule: RuleId, finding: &Finding<'_>) {
        let seen = self.observation(picture, rule, finding);
        if let Some(seen) = seen.filter(|seen| !seen.behaviour.is_learnt_from_tracks()) {
            self.normalcy.learn(&seen);
        }
    }
}
