//! The engine as it is saved and taken up again: after a crash, and when its rules, zones or lists change under way.
//!
//! Rules are known again by their name and the hash of their content. One that is the same goes on with all that it
//! held; the alerts of one that changed or went end with `rule-changed`, and it begins anew. Zones are known again by
//! their id and keep their places, so that all that refers to them holds.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::rule_set::watch_of;
use super::{Engine, Setup};
use crate::model::saved::{SavedPart, SavedState, StateWriter, Unreadable};
use crate::model::{Geography, ListEntry, Output, Rule, RuleId, Time, VesselList, Zone};
use crate::patterns::{Tally, TrackRules, Watch};

/// Geography and rules as numbers, and the ids of the zones in their places: enough to make an engine of the same kind before
/// the rest is read.
type Head = (u64, u64, Vec<String>);

impl Engine {
    /// Writes all that the engine holds, without variants. Between two steps nothing else is of any weight for what follows.
    pub fn save(&self, out: &mut StateWriter) {
        let set = self.own();
        let zones: Vec<&str> = self.picture.zones.all().iter().map(|zone| zone.id.as_str()).collect();
        out.part("setup", 1, &(self.geography, set.who, zones));
        self.picture.save(out);
        set.core.alerts.save(out);
        out.part("deadlines", 1, &set.core.deadlines);
        out.part("rule-state", 1, &set.core.rules);
        out.part("looks", 1, &set.core.rules.looks());
        out.part("rounds", 1, &set.core.rules.rounds());
        out.part("surroundings", 1, self.surroundings.saved());
        out.part("tally", 1, &set.core.tally.saved());
        let counts = (self.reports, self.contacts, self.airborne, self.repeats, self.late, self.out_of_time);
        out.part("counts", 1, &counts);
        out.part("late-of-feeds", 1, &self.late_of);
        for (n, watch) in set.watches.iter().enumerate() {
            out.part_with(&part_of_rule(n), watch.layout(), |out| watch.save(out));
        }
    }

    /// Makes an engine that goes on from what another one saved, with the same setup or another. Events that follow from the
    /// difference are appended to `out`. [`SavedState::rebuilt`] then names the parts that could not be used; of a rule whose
    /// part could not be used the open alerts are forgotten.
    ///
    /// # Errors
    /// A part that nothing can go on without is absent, of an unknown version, or damaged.
    ///
    /// # Panics
    /// As [`Engine::new`].
    pub fn resume(
        mut setup: Setup,
        saved: &mut SavedState<'_>,
        out: &mut Vec<Output>,
    ) -> Result<Engine, Unreadable> {
        let (geography, who, zones): Head = saved.read("setup", 1)?;
        keep_places(&mut setup.geography, &zones);
        let mut engine = Engine::new(setup);
        engine.load(saved, out)?;
        if engine.geography != geography {
            engine.picture.enter_zones_anew();
        }
        let Engine { picture, sets, .. } = &mut engine;
        let (picture, set) = (&*picture, &mut sets[0]);
        if set.who != who {
            set.core.assess_anew(picture);
        }
        // What is asked of zones by number alone must have been worked out for all of them.
        picture.ids().for_each(|id| {
            set.core.scope.rules_in(picture.track(id).zones, &picture.zones);
        });
        Ok(engine)
    }

    fn load(&mut self, saved: &mut SavedState<'_>, out: &mut Vec<Output>) -> Result<(), Unreadable> {
        let set = &mut self.sets[0];
        let core = &mut set.core;
        // Before the rules' bookkeeping was a part, it stood in the tracks.
        core.rules = match self.picture.load(saved)? {
            Some(marks) => marks.into_iter().map(TrackRules::from).collect(),
            None => saved.read("rule-state", 1)?,
        };
        if let Some(looks) = saved.rebuild("looks", saved.optional::<Vec<u32>>("looks", 1)) {
            core.rules.restore_looks(&looks);
        }
        if let Some(rounds) = saved.rebuild("rounds", saved.optional::<Vec<u32>>("rounds", 1)) {
            core.rules.restore_rounds(&rounds);
        }
        let surroundings = saved.rebuild("surroundings", saved.optional("surroundings", 1));
        self.surroundings.restore(surroundings, &self.picture);
        core.alerts.load(saved)?;
        core.deadlines = saved.read("deadlines", 1)?;
        let counted: Vec<(RuleId, String, u64)> = saved.rebuild("tally", saved.read("tally", 1));
        (self.reports, self.contacts, self.airborne, self.repeats, self.late, self.out_of_time) =
            saved.rebuild("counts", saved.read("counts", 1));
        if let Some(late_of) = saved.rebuild("late-of-feeds", saved.optional("late-of-feeds", 1)) {
            self.late_of = late_of;
        }
        let rules = &set.rules;
        let mut now_at: Vec<Option<RuleId>> = core
            .alerts
            .labels()
            .iter()
            .map(|label| rules.iter().position(|rule| rule.name == label.rule && rule.hash == label.hash))
            .map(|at| at.map(|at| RuleId(at as u16)))
            .collect();
        for (was, at) in now_at.iter_mut().enumerate() {
            let Some(watch) = at.map(|at| &mut set.watches[at.index()]) else { continue };
            let part = saved.part(&part_of_rule(was))?;
            if load_watch(watch.as_mut(), part).is_err() {
                *watch = watch_of(&rules[at.unwrap_or_default().index()], at.unwrap_or_default());
                core.alerts.forget(RuleId(was as u16));
                saved.note_rebuilt(part.name);
                *at = None;
            }
        }
        let renumbered = |rule: RuleId| now_at.get(rule.index()).copied().flatten();
        core.tally = Tally::restored(&counted, renumbered);
        let now = core.deadlines.newest().unwrap_or(Time::NEVER);
        core.alerts.renumber_rules(&self.picture, now, renumbered, out);
        if !now_at.iter().zip(0..).all(|(at, was)| *at == Some(RuleId(was))) {
            core.rules.renumber_rules(renumbered);
            core.deadlines.renumber_rules(&mut core.rules, renumbered);
        }
        Ok(())
    }
}

/// Name of the part that holds the state of the rule in place `n`.
fn part_of_rule(n: usize) -> String {
    format!("rule-{n}")
}

fn load_watch(watch: &mut dyn Watch, part: SavedPart<'_>) -> Result<(), Unreadable> {
    if part.version > watch.layout() {
        return Err(part.unknown_version());
    }
    let mut bytes = part.bytes;
    watch.load(part.version, &mut bytes)?;
    if bytes.is_empty() { Ok(()) } else { Err(part.damaged()) }
}

/// Returns a hash of the rules and lists in force: it tells whether the same vessels are meant.
pub(super) fn who_hash(rules: &[Rule], lists: &[VesselList]) -> u64 {
    /// Names and entries alone: markings change no judgement.
    #[derive(Debug)]
    struct VesselList<'a> {
        #[expect(dead_code, reason = "rendered")]
        name: &'a str,
        #[expect(dead_code, reason = "rendered")]
        entries: &'a [ListEntry],
    }
    let mut hash = FxHasher::default();
    rules.iter().for_each(|rule| hash.write(format!("{}|{}|", rule.name, rule.hash).as_bytes()));
    let lists = lists.iter().map(|list| VesselList { name: &list.name, entries: &list.entries });
    hash.write(format!("{:?}", lists.collect::<Vec<_>>()).as_bytes());
    hash.finish()
}

/// Returns a hash of the zones.
pub(super) fn geography_hash(geography: &Geography) -> u64 {
    let mut hash = FxHasher::default();
    for zone in &geography.zones {
        hash.write(zone.id.as_bytes());
        for polygon in &zone.area.0 {
            for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                ring.0.iter().for_each(|c| {
                    hash.write_u64(c.x.to_bits());
                    hash.write_u64(c.y.to_bits());
                });
            }
        }
    }
    hash.finish()
}

/// Puts the zones where those of the same id were. One that is no more leaves an empty one: who is in it, leaves it.
fn keep_places(geography: &mut Geography, were: &[String]) {
    let mut now: Vec<Option<Zone>> = std::mem::take(&mut geography.zones).into_iter().map(Some).collect();
    for id in were {
        let found = now.iter_mut().find(|zone| zone.as_ref().is_some_and(|zone| zone.id == *id));
        geography.zones.push(found.and_then(Option::take).unwrap_or_else(|| Zone::withdrawn(id)));
    }
    geography.zones.extend(now.into_iter().flatten());
}
