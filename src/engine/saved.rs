//! The engine as it is saved and taken up again: after a crash, and when its rules, zones or lists change under way.
//!
//! Rules are known again by their name and the hash of their content. One that is the same goes on with all that it
//! held; the alerts of one that changed or went end with `rule-changed`, and it begins anew. Zones are known again by
//! their id and keep their places, so that all that refers to them holds.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::{Engine, Setup};
use crate::model::saved::{LAYOUT, Unreadable, get, put, same_layout};
use crate::model::{Geography, Output, Time, Zone};
use crate::patterns::Tally;

/// What engine is saved: enough to make one of its kind before the rest is read.
type Head = (u64, u64, Vec<String>);

impl Engine {
    /// Appends all that it holds. Between two steps nothing else is of any weight for what follows.
    pub fn save(&self, out: &mut Vec<u8>) {
        let zones: Vec<&str> = self.core.picture.zones.all().iter().map(|zone| zone.id.as_str()).collect();
        put(LAYOUT, out);
        put(&(self.geography, self.who, zones), out);
        self.core.picture.save(out);
        self.core.alerts.save(out);
        put(&(&self.core.deadlines, self.core.tally.saved()), out);
        put(&(self.reports, self.contacts, self.airborne, self.repeats, self.late, self.out_of_time), out);
        for watch in &self.watches {
            let mut held = Vec::new();
            watch.save(&mut held);
            put(&held, out);
        }
    }

    /// An engine that goes on from what another one saved, with the same setup or another. What ends because of the
    /// difference is told in `out`.
    ///
    /// # Errors
    /// What was saved is damaged or of another build.
    ///
    /// # Panics
    /// As [`Engine::new`].
    pub fn resume(mut setup: Setup, saved: &mut &[u8], out: &mut Vec<Output>) -> Result<Engine, Unreadable> {
        same_layout(saved)?;
        let (geography, who, zones): Head = get(saved)?;
        keep_places(&mut setup.geography, &zones);
        let mut engine = Engine::new(setup);
        engine.load(saved, out)?;
        if engine.geography != geography {
            engine.core.picture.place_anew();
        }
        if engine.who != who {
            for slot in engine.core.picture.in_use() {
                if engine.core.picture.track(slot).assessed {
                    let about = engine.core.scope.rules_about(&engine.core.picture, slot);
                    engine.core.picture.set_who(slot, about);
                }
            }
        }
        // What is asked of zones by number alone must have been worked out for all of them.
        let picture = &engine.core.picture;
        picture.in_use().for_each(|slot| {
            engine.core.scope.rules_in(picture.track(slot).zones, &picture.zones);
        });
        Ok(engine)
    }

    fn load(&mut self, saved: &mut &[u8], out: &mut Vec<Output>) -> Result<(), Unreadable> {
        let core = &mut self.core;
        core.picture.load(saved)?;
        core.alerts.load(saved)?;
        let counted: Vec<(u16, String, u64)>;
        (core.deadlines, counted) = get(saved)?;
        (self.reports, self.contacts, self.airborne, self.repeats, self.late, self.out_of_time) = get(saved)?;
        let rules = &self.rules;
        let now_at: Vec<Option<u16>> = core
            .alerts
            .labels()
            .iter()
            .map(|label| rules.iter().position(|rule| rule.name == label.rule && rule.hash == label.hash))
            .map(|at| at.map(|at| at as u16))
            .collect();
        for at in &now_at {
            let held: Vec<u8> = get(saved)?;
            if let Some(at) = at {
                self.watches[usize::from(*at)].load(&mut held.as_slice())?;
            }
        }
        let renumbered = |rule: u16| now_at.get(usize::from(rule)).copied().flatten();
        core.tally = Tally::restored(&counted, renumbered);
        let now = core.deadlines.newest().unwrap_or(Time::NEVER);
        core.alerts.renumber_rules(&core.picture, now, renumbered, out);
        if !now_at.iter().zip(0..).all(|(at, was)| *at == Some(was)) {
            core.picture.renumber_rules(renumbered);
            core.deadlines.renumber_rules(&core.picture, renumbered);
        }
        Ok(())
    }
}

/// What rules and lists are in force, as a number: it tells whether the same vessels are meant.
pub(super) fn who_hash(setup: &Setup) -> u64 {
    let mut hash = FxHasher::default();
    setup.rules.iter().for_each(|rule| hash.write(format!("{}|{}|", rule.name, rule.hash).as_bytes()));
    hash.write(format!("{:?}", setup.lists).as_bytes());
    hash.finish()
}

/// What zones there are, as a number.
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
