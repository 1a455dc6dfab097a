//! What is usual, held against a finding: whether it is raised at all, whether it interrupts, and what the model learns of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AlertBook, Finding};
use crate::geodesy::sun;
use crate::model::{Attention, Reason, RuleId, UntilLearnt, Usual};
use crate::normalcy::grid::{Cell, Moment};
use crate::normalcy::{Kind, Observation, Rate, attention, observation_of};
use crate::picture::Picture;

/// Rows and columns of cells in which dark targets that have a habit raise one alert a day: some 5 nm.
const PLACE_CELLS: u16 = 4;

/// Places (in units of [`PLACE_CELLS`]) and parts of the day of dark targets that were shown, and the day.
pub(super) type Shown = BTreeMap<(u16, u16, u8), u16>;

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

impl AlertBook {
    /// Returns what the model would count of a finding of a rule.
    pub(super) fn observation(
        &self,
        picture: &Picture,
        rule: RuleId,
        finding: &Finding<'_>,
    ) -> Option<Observation> {
        let pattern = self.rules[rule.index()].pattern;
        observation_of(pattern, picture, finding.subjects, finding.position, finding.time)
    }

    /// Returns why a finding is not raised: it is a habit of its place and more frequent than the rule asks for, or what is
    /// usual there is not learnt yet and the rule waits for that. The model learns it all the same. Of the dark targets that
    /// have a habit, the first of each day is raised: nothing tells one from another.
    pub fn is_usual(&mut self, picture: &Picture, rule: RuleId, finding: &Finding<'_>) -> Option<Reason> {
        let (min_rarity, until_learnt) = {
            let rule = &self.rules[rule.index()];
            (rule.min_rarity, rule.until_learnt)
        };
        let seen = self.observation(picture, rule, finding)?;
        let rate = self.normalcy.rate(&seen);
        let reason = if rate.is_none_or(|rate| !rate.is_learnt()) {
            let is_night = || sun::is_night(finding.position, finding.time);
            let waits = match until_learnt {
                UntilLearnt::Raise => false,
                UntilLearnt::Night => !is_night(),
                UntilLearnt::Wait => true,
            };
            waits.then_some(Reason::NothingLearnt)
        } else {
            let between = rate.and_then(|rate| rate.between());
            let is_frequent = min_rarity.zip(between).is_some_and(|(least, between)| between < least);
            let is_shown = is_frequent && seen.kind == Kind::Dark && self.is_first_today(&seen);
            (is_frequent && !is_shown).then_some(Reason::UsualHere)
        };
        if reason.is_some() {
            self.learn(Some(&seen));
        }
        reason
    }

    /// Notes that dark targets do something at a place, at a time of day. Returns whether it is the first time that day.
    fn is_first_today(&mut self, seen: &Observation) -> bool {
        let Moment { day, hours, .. } = Moment::of(seen.position, seen.time);
        let Cell { row, column } = Cell::of(seen.position);
        self.shown.retain(|_, shown| *shown >= day);
        self.shown.insert((row / PLACE_CELLS, column / PLACE_CELLS, hours), day).is_none()
    }

    /// Returns the standing of a finding of a rule that is raised, by what was observed.
    pub(super) fn standing_of(
        &self,
        rule: RuleId,
        seen: Option<&Observation>,
        never_quiet: bool,
    ) -> Standing {
        let rate = seen.and_then(|seen| self.normalcy.rate(seen));
        let severity = self.rules[rule.index()].severity;
        let is_quiet = attention(severity, seen.is_some(), rate.as_ref(), never_quiet) == Attention::Quiet;
        Standing { is_quiet, rate }
    }

    /// Learns what was observed, unless the model learns such from the tracks themselves.
    pub(super) fn learn(&mut self, seen: Option<&Observation>) {
        if let Some(seen) = seen.filter(|seen| !seen.behaviour.is_learnt_from_tracks()) {
            self.normalcy.learn(seen);
        }
    }
}
