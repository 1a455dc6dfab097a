//! What is usual, held against a finding: whether it is raised at all, whether it interrupts, and what the model learns of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AlertBook, Finding};
use crate::geodesy::sun;
use crate::model::{Attention, Reason, RuleId, TrackId, UntilLearnt, Usual};
use crate::normalcy::grid::{COLUMNS, Cell, Moment, PARTS};
use crate::normalcy::{Kind, Observation, Rate, attention, observation_of};
use crate::picture::Picture;

/// Rows and columns of cells in which dark targets that have a habit raise one alert a day: some 5 nm.
const PLACE_CELLS: u16 = 4;

/// Rows and columns of cells around the first vessel of a ground in which its alert stands for others: of ships some 3 nm, of smaller
/// vessels some 5 nm, since a fleet of boats spreads over its bank.
const GROUND_CELLS: u16 = 2;
const SMALL_GROUND_CELLS: u16 = 4;
/// Half-days after the first one in which the alert still stands for others.
const HALF_DAYS: u16 = 1;
const SMALL_HALF_DAYS: u16 = 2;
/// Time after which a ground has an alert of its own again, at the earliest.
const HALF_DAY_MS: i64 = 12 * 3_600_000;

/// What was shown lately, by place. For dark targets: the place in units of [`PLACE_CELLS`], the part of the day, and the day. For
/// grounds ([`ground_code`]): the cell, the code, and the half-day.
pub(super) type Shown = BTreeMap<(u16, u16, u8), u16>;

/// Returns the number of a behaviour by merchant ships, passenger ships or smaller vessels, by day or by night; those of parts of
/// the day are smaller. Which smaller vessel one is rests on what it claims: they count alike.
fn ground_code(seen: &Observation, kind: Kind) -> u8 {
    let is_night = u8::from(sun::is_night(seen.position, seen.time));
    PARTS + (seen.behaviour as u8 * 3 + size_of(kind)) * 2 + is_night
}

/// Size of the smaller vessels among merchant ships, passenger ships and those.
const SMALL: u8 = 2;

fn size_of(kind: Kind) -> u8 {
    match kind {
        Kind::Merchant => 0,
        Kind::Passenger => 1,
        _ => SMALL,
    }
}

/// Returns the number of the half-day of an observation.
fn half_day(seen: &Observation) -> u16 {
    seen.time.0.div_euclid(HALF_DAY_MS).clamp(0, i64::from(u16::MAX)) as u16
}

/// Attention that an alert asks for, and how usual its behaviour was when it was raised.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Standing {
    is_quiet: bool,
    rate: Option<Rate>,
}

/// Returns the kind of vessels that are, or were, on AIS: one that is heard seldom is no craft without AIS. `None`: one never was.
fn kind_on_ais(picture: &Picture, parties: &[TrackId]) -> Option<Kind> {
    let all = parties.iter().all(|&id| picture.track(id).on_ais());
    let kind = |id: &TrackId| Kind::of_type(picture.identity(*id).ship_type);
    if all { parties.iter().map(kind).min() } else { None }
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
            match until_learnt {
                UntilLearnt::Raise => None,
                UntilLearnt::Night => (!is_night()).then_some(Reason::NothingLearnt),
                UntilLearnt::Wait => Some(Reason::NothingLearnt),
                UntilLearnt::First => {
                    let is_told = kind_on_ais(picture, finding.subjects).is_some_and(|kind| {
                        !self.is_resting(picture, rule, finding) && !self.is_first_on_ground(&seen, kind)
                    });
                    is_told.then_some(Reason::SameGround)
                }
            }
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

    /// Whether no vessel of its kind was the first on a ground, by day or by night, within half a day to a day; of smaller vessels
    /// within a day and a half.
    fn is_first_on_ground(&self, seen: &Observation, kind: Kind) -> bool {
        let (cell, code) = (Cell::of(seen.position), ground_code(seen, kind));
        let (cells, half_days) = match size_of(kind) {
            SMALL => (SMALL_GROUND_CELLS, SMALL_HALF_DAYS),
            _ => (GROUND_CELLS, HALF_DAYS),
        };
        let least = half_day(seen).saturating_sub(half_days);
        let rows = cell.row.saturating_sub(cells)..=cell.row + cells;
        let columns = || (0..=2 * cells).map(|by| (cell.column + COLUMNS + by - cells) % COLUMNS);
        let mut places = rows.flat_map(|row| columns().map(move |column| (row, column, code)));
        !places.any(|place| self.shown.get(&place).is_some_and(|shown| *shown >= least))
    }

    /// Notes that the alert of a vessel stands for others on its ground, where its rule has it so. Only an alert that is raised does:
    /// a finding that is held in a flood stands for nobody.
    pub(super) fn note_ground(
        &mut self,
        picture: &Picture,
        rule: RuleId,
        finding: &Finding<'_>,
        seen: &Observation,
    ) {
        if self.rules[rule.index()].until_learnt != UntilLearnt::First {
            return;
        }
        let Some(kind) = kind_on_ais(picture, finding.subjects) else { return };
        let (cell, half_day) = (Cell::of(seen.position), half_day(seen));
        self.shown
            .retain(|(.., code), shown| *code < PARTS || *shown >= half_day.saturating_sub(SMALL_HALF_DAYS));
        self.shown.insert((cell.row, cell.column, ground_code(seen, kind)), half_day);
    }

    /// Notes that dark targets do something at a place, at a time of day. Returns whether it is the first time that day.
    fn is_first_today(&mut self, seen: &Observation) -> bool {
        let Moment { day, hours, .. } = Moment::of(seen.position, seen.time);
        let Cell { row, column } = Cell::of(seen.position);
        self.shown.retain(|(.., part), shown| *part >= PARTS || *shown >= day);
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
