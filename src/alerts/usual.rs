//! What is usual, held against a finding: whether it is raised at all, whether it interrupts, and what the model learns of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AlertBook, Finding};
use crate::geodesy::sun;
use crate::model::{Attention, Reason, Rule, RuleId, Severity, Span, Time, TrackId, UntilLearnt, Usual};
use crate::normalcy::grid::{COLUMNS, Cell, Moment, PARTS};
use crate::normalcy::{Kind, Observation, Rate, attention, observation_of};
use crate::picture::Picture;

/// Rows and columns of cells around the first dark target of a habit in which its alert stands for others: some 10 nm, the way home
/// from a ground.
const PLACE_CELLS: u16 = 8;

/// Rows and columns of cells around the first vessel of a ground in which its alert stands for others: of ships some 3 nm, of smaller
/// vessels some 5 nm, since a fleet of boats spreads over its bank.
const GROUND_CELLS: u16 = 2;
const SMALL_GROUND_CELLS: u16 = 4;
/// Half-days after the first one in which the alert still stands for others.
const HALF_DAYS: u16 = 1;
const SMALL_HALF_DAYS: u16 = 2;
/// Time after which a ground has an alert of its own again, at the earliest.
const HALF_DAY: Span = Span::from_secs(12 * 3600);

/// What was shown lately, by cell. For dark targets: whether by night, and the day or night. For grounds: [`ground_code`], and the
/// half-day.
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

/// Whether a behaviour is a habit of its place that shows more often than a rule asks for.
fn is_more_frequent(rate: &Rate, min_rarity: Option<Span>) -> bool {
    min_rarity.zip(rate.between()).is_some_and(|(least, between)| between < least)
}

/// Returns the places within some cells of one, with a code.
fn places_around((row, column): (u16, u16), cells: u16, code: u8) -> impl Iterator<Item = (u16, u16, u8)> {
    let rows = row.saturating_sub(cells)..=row + cells;
    let columns = move || (0..=2 * cells).map(move |by| (column + COLUMNS + by - cells) % COLUMNS);
    rows.flat_map(move |row| columns().map(move |column| (row, column, code)))
}

/// Returns the number of the half-day of an observation.
fn half_day(seen: &Observation) -> u16 {
    seen.time.0.div_euclid(HALF_DAY.0).clamp(0, i64::from(u16::MAX)) as u16
}

/// Attention that an alert asks for, and how usual its behaviour was when it was raised.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Standing {
    is_quiet: bool,
    /// Whether a severe finding is told as moderate.
    is_lowered: bool,
    rate: Option<Rate>,
}

/// Returns standings as earlier builds saved them: whether an alert is quiet, and how usual.
pub(super) fn earlier(saved: BTreeMap<u32, (bool, Option<Rate>)>) -> BTreeMap<u32, Standing> {
    let standing = |(is_quiet, rate)| Standing { is_quiet, is_lowered: false, rate };
    saved.into_iter().map(|(at, saved)| (at, standing(saved))).collect()
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

    /// Returns the severity of an alert whose rule has this one.
    pub(super) fn severity(&self, of_rule: Severity) -> Severity {
        if self.is_lowered { Severity::Moderate } else { of_rule }
    }

    pub(super) fn usual(&self) -> Option<Usual> {
        let mut usual = self.rate.as_ref()?.usual();
        if self.is_lowered {
            usual.words += "; this one is faster by a tenth at most";
        }
        Some(usual)
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
        let (severity, min_rarity, until_learnt) = {
            let rule = &self.rules[rule.index()];
            (rule.severity, rule.min_rarity, rule.until_learnt)
        };
        let seen = self.observation(picture, rule, finding)?;
        let rate = self.normalcy.rate(&seen).filter(Rate::is_learnt);
        let is_severe = severity >= Severity::Severe;
        let is_at_home = || min_rarity.is_some() && self.normalcy.is_at_home(&seen);
        let is_frequent =
            !is_severe && rate.is_some_and(|rate| is_more_frequent(&rate, min_rarity) || is_at_home());
        let reason = match until_learnt {
            _ if is_frequent => {
                let is_shown = seen.kind == Kind::Dark
                    && (self.is_resting(picture, rule, finding) || self.is_first_today(&seen));
                (!is_shown).then_some(Reason::UsualHere)
            }
            // What is neither a habit nor rare is told once on a ground, learnt or not.
            UntilLearnt::First if rate.is_none_or(|rate| !rate.is_rare()) => {
                let is_told = kind_on_ais(picture, finding.subjects).is_some_and(|kind| {
                    !self.is_resting(picture, rule, finding) && !self.is_first_on_ground(&seen, kind)
                });
                is_told.then_some(Reason::SameGround)
            }
            UntilLearnt::Wait if rate.is_none() => Some(Reason::NothingLearnt),
            UntilLearnt::Night if rate.is_none() && !sun::is_night(finding.position, finding.time) => {
                Some(Reason::NothingLearnt)
            }
            _ => None,
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
        !places_around((cell.row, cell.column), cells, code)
            .any(|place| self.shown.get(&place).is_some_and(|shown| *shown >= least))
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

    /// Notes that dark targets do something at a place, by day or by night. Returns whether it is the first time that day or night.
    fn is_first_today(&mut self, seen: &Observation) -> bool {
        let Cell { row, column } = Cell::of(seen.position);
        let is_night = sun::is_night(seen.position, seen.time);
        // A night belongs to the day before.
        let since = if is_night { seen.time - HALF_DAY } else { seen.time };
        let (day, code) = (Moment::of(seen.position, since).day, u8::from(is_night));
        self.shown.retain(|(.., part), shown| *part >= PARTS || *shown + 1 >= day);
        let is_first = !places_around((row, column), PLACE_CELLS, code)
            .any(|place| self.shown.get(&place) == Some(&day));
        if is_first {
            self.shown.insert((row, column, code), day);
        }
        is_first
    }

    /// Returns the standing of a finding of a rule that is raised, by what was observed.
    pub(super) fn standing_of(
        &self,
        picture: &Picture,
        rule: RuleId,
        parties: &[TrackId],
        seen: Option<&Observation>,
        never_quiet: bool,
    ) -> Standing {
        let severity = self.rules[rule.index()].severity;
        let like_slower = seen.filter(|_| !never_quiet).and_then(|seen| self.habit_of_slower(rule, seen));
        if like_slower.is_some() {
            return Standing { is_quiet: true, is_lowered: true, rate: like_slower };
        }
        let rate = seen.and_then(|seen| self.normalcy.rate(seen));
        let is_told = severity < Severity::Extreme && self.interrupts_already(picture, rule, parties);
        let is_quiet =
            attention(severity, seen.is_some(), never_quiet) == Attention::Quiet || is_told && !never_quiet;
        Standing { is_quiet, is_lowered: false, rate }
    }

    /// Returns the habit for which a severe finding is told as moderate, where its rule has a least rarity: several dark targets that
    /// make at least nine tenths of the speed come in there on most days. No habit covers what is faster.
    fn habit_of_slower(&self, rule: RuleId, seen: &Observation) -> Option<Rate> {
        let Rule { severity, min_rarity, .. } = &self.rules[rule.index()];
        if *severity != Severity::Severe || !seen.is_like_boats() {
            return None;
        }
        let slower = Observation { manner: seen.slower, ..*seen };
        self.normalcy.rate(&slower).filter(|rate| is_more_frequent(rate, *min_rarity))
    }

    /// Returns the severity of an open alert.
    pub(super) fn severity_of(&self, at: u32, rule: RuleId) -> Severity {
        let of_rule = self.labels[rule.index()].severity;
        self.standings.get(&at).map_or(of_rule, |standing| standing.severity(of_rule))
    }

    /// Has an alert that is told as moderate interrupt from now on, where its craft is faster than any habit covers. Returns whether it
    /// did.
    pub(super) fn stands_out(&mut self, picture: &Picture, at: u32, now: Time) -> bool {
        let is_lowered = self.standings.get(&at).is_some_and(|standing| standing.is_lowered);
        let Some(Some(open)) = self.open.get(at as usize).filter(|_| is_lowered) else { return false };
        let pattern = self.rules[open.rule.index()].pattern;
        let position = picture.track(open.ids[0]).fix.position;
        let seen = observation_of(pattern, picture, &open.ids, position, now);
        if seen.is_some_and(|seen| seen.is_like_boats()) {
            return false;
        }
        let rate = seen.and_then(|seen| self.normalcy.rate(&seen));
        self.standings.insert(at, Standing { is_quiet: false, is_lowered: false, rate });
        true
    }

    /// Learns what was observed, unless the model learns such from the tracks themselves.
    pub(super) fn learn(&mut self, seen: Option<&Observation>) {
        if let Some(seen) = seen.filter(|seen| !seen.behaviour.is_learnt_from_tracks()) {
            self.normalcy.learn(seen);
        }
    }
}
