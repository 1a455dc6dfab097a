//! The rules of one configuration at work on a picture, and all that they hold: which of them to ask, deadlines, alerts, counts.

use super::Setup;
use super::gates::Gates;
use super::saved;
use crate::alerts::AlertBook;
use crate::model::{FeedId, Output, Rule, RuleId, Time, TrackId, VesselList};
use crate::normalcy;
use crate::patterns::{
    self, Check, Condition, Deadline, Deadlines, Lists, RuleBits, RuleState, Scope, Surroundings, Tally,
    Tracer, Watch, World,
};
use crate::picture::{Kind, Picture, Zones};

/// Lists of vessels, made ready for rules: [`super::Engine::put_lists`] puts them into force in a fraction of the time.
#[derive(Debug)]
pub struct ReadyLists {
    lists: Lists,
    who: u64,
}

impl ReadyLists {
    /// Makes lists ready for the rules that are in force.
    pub fn new(rules: &[Rule], lists: Vec<VesselList>) -> ReadyLists {
        ReadyLists { who: saved::who_hash(rules, &lists), lists: Lists::new(lists) }
    }
}

/// The rules of one configuration, and all that they hold.
pub(super) struct RuleSet {
    pub(super) rules: Vec<Rule>,
    gates: Gates,
    pub(super) watches: Vec<Box<dyn Watch>>,
    pub(super) core: Core,
    /// Hash of rules and lists, by which [`super::Engine::resume`] knows whether other vessels are meant.
    pub(super) who: u64,
}

/// State that the rules of a set share.
pub(super) struct Core {
    pub(super) rules: RuleState,
    pub(super) scope: Scope,
    pub(super) alerts: AlertBook,
    pub(super) deadlines: Deadlines,
    pub(super) tally: Tally,
    /// Records the conditions of judgements, where somebody asks for them.
    pub(super) tracer: Option<Box<Tracer>>,
}

impl RuleSet {
    /// Makes the rule set of a setup, for a picture with these zones.
    ///
    /// # Panics
    /// With more than [`super::MOST_RULES`] rules, or a pattern that is not in the list.
    pub(super) fn new(setup: Setup, zones: &Zones) -> RuleSet {
        let most = super::MOST_RULES;
        assert!(setup.rules.len() <= most, "more than {most} rules");
        let who = saved::who_hash(&setup.rules, &setup.lists);
        let watches: Vec<Box<dyn Watch>> =
            setup.rules.iter().enumerate().map(|(i, rule)| watch_of(rule, RuleId(i as u16))).collect();
        let core = Core {
            scope: Scope::new(&setup.rules, setup.lists, zones),
            rules: RuleState::default(),
            alerts: AlertBook::new(&setup.rules, setup.normalcy, setup.bounds.lone_alerts, setup.version),
            deadlines: Deadlines::default(),
            tally: Tally::default(),
            tracer: None,
        };
        RuleSet { gates: Gates::of(&watches), watches, core, rules: setup.rules, who }
    }

    /// Puts other lists into force.
    pub(super) fn put_lists(&mut self, lists: ReadyLists, picture: &Picture) {
        self.core.scope.put_lists(lists.lists);
        if self.who != lists.who {
            self.who = lists.who;
            self.core.assess_anew(picture);
        }
    }

    /// Touches what the rules keep of a track, so that the memory is on its way before it is read.
    pub(super) fn prefetch(&self, id: TrackId) -> i64 {
        self.core.rules.of(id).engaged as i64
    }

    /// Advances the clock of a feed: deadlines that become due fire before anything else.
    pub(super) fn advance(&mut self, picture: &Picture, feed: FeedId, time: Time, out: &mut Vec<Output>) {
        if self.core.alerts.may_end_floods(feed, time) {
            self.core.alerts.end_floods(picture, feed, time, out);
        }
        if !self.core.deadlines.advance(feed, time) {
            return;
        }
        while let Some(deadline) = self.core.next_due(picture, feed) {
            let watch = &mut self.watches[deadline.rule.index()];
            if let Some(tracer) = &self.core.tracer {
                tracer.begin(deadline.rule, deadline.parties.first(), picture, deadline.time);
            }
            let next = watch.due(deadline, &mut self.core.world(picture, deadline.time, out));
            if let Some(tracer) = &self.core.tracer {
                tracer.end(picture);
            }
            match next.filter(|&next| next > deadline.time) {
                Some(time) => self.core.deadlines.arm(Deadline { time, ..deadline }),
                None => {
                    for id in deadline.parties.ids() {
                        if picture.get(id).is_some() {
                            self.core.rules.of_mut(id).armed &= !(1 << deadline.rule.0);
                        }
                    }
                }
            }
        }
    }

    /// Asks the rules about a track that has a new position.
    pub(super) fn moved(
        &mut self,
        picture: &Picture,
        id: TrackId,
        surroundings: &mut Surroundings,
        out: &mut Vec<Output>,
    ) {
        if !self.core.rules.of(id).assessed {
            self.assess(picture, id);
        }
        if self.core.rules.of(id).awaited {
            self.core.no_longer_awaited(picture, id);
        }
        self.core.look(picture, id);
        let track = picture.track(id);
        let now = track.fix.time;
        let looks_round = self.core.rules.of_mut(id).round.look_round(now);
        let rules = self.core.rules.of(id);
        let applies = rules.about & self.core.scope.rules_in(track.zones, &picture.zones);
        let (for_rules, reach_m) =
            if looks_round { self.gates.looking_round(track, applies) } else { (0, 0.0) };
        let near = (for_rules != 0).then(|| surroundings.of(picture, id, now, reach_m));
        let mut asked = self.gates.asked(track, rules, applies) | rules.engaged;
        if near.is_some_and(|near| !near.is_empty()) || !track.on_ais() {
            asked |= for_rules;
        }
        if self.core.tracer.as_ref().is_some_and(|tracer| tracer.asks()) {
            asked |= applies & self.gates.near;
            self.trace_not_asked(picture, id, asked);
        }
        while asked != 0 {
            let rule = asked.trailing_zeros();
            asked &= asked - 1;
            let applies = applies >> rule & 1 == 1;
            if let Some(tracer) = &self.core.tracer {
                tracer.begin(RuleId(rule as u16), id, picture, now);
                self.trace_scope(tracer, picture, id, rule);
            }
            let watch = &mut self.watches[rule as usize];
            let mut world = World { near, ..self.core.world(picture, now, out) };
            let holds = watch.report(id, applies, &mut world);
            if let Some(tracer) = &self.core.tracer {
                tracer.end(picture);
            }
            self.core.rules.engage(RuleId(rule as u16), id, holds);
        }
    }

    /// Records whether a rule is about a track, and where it is.
    fn trace_scope(&self, tracer: &Tracer, picture: &Picture, id: TrackId, rule: u32) {
        let about = self.core.rules.of(id).about >> rule & 1 == 1;
        let inside = self.core.scope.known_rules_in(picture.track(id).zones) >> rule & 1 == 1;
        tracer.record(Condition::check(Check::Who, about));
        tracer.record(Condition::check(Check::Inside, inside));
        tracer.share();
    }

    /// Records why rules are not asked about a track.
    fn trace_not_asked(&self, picture: &Picture, id: TrackId, asked: RuleBits) {
        let Some(tracer) = &self.core.tracer else { return };
        let track = picture.track(id);
        if !tracer.wants(id, picture, track.fix.time) {
            return;
        }
        for (i, rule) in self.rules.iter().enumerate().filter(|(i, _)| asked >> i & 1 == 0) {
            tracer.begin(RuleId(i as u16), id, picture, track.fix.time);
            self.trace_scope(tracer, picture, id, i as u32);
            let rules = self.core.rules.of(id);
            let applies = rules.about & self.core.scope.known_rules_in(track.zones);
            // Gates are for rules that apply. One that waits for a deadline of the track is asked then.
            if (applies & !rules.armed) >> i & 1 == 1 {
                tracer.record(super::gates::condition(self.watches[i].gate(), track, rule));
            }
            tracer.end(picture);
        }
    }

    /// Lets alerts and rules follow a track that turned out to be another one.
    pub(super) fn unite(
        &mut self,
        picture: &Picture,
        gone: TrackId,
        into: TrackId,
        now: Time,
        out: &mut Vec<Output>,
    ) {
        self.core.alerts.unite(picture, gone, into);
        let mut engaged = self.core.rules.of(gone).engaged;
        while engaged != 0 {
            let rule = engaged.trailing_zeros();
            engaged &= engaged - 1;
            self.watches[rule as usize].gone(gone, into, &mut self.core.world(picture, now, out));
        }
        self.core.rules.of_mut(gone).engaged = 0;
    }

    /// Asks the rules about a track that was heard without a new position.
    pub(super) fn heard(&mut self, picture: &Picture, id: TrackId, now: Time, out: &mut Vec<Output>) {
        if self.core.rules.of(id).awaited {
            self.core.no_longer_awaited(picture, id);
        }
        let track = picture.track(id);
        let unlocated = match track.kind {
            Kind::Distress => self.about(picture, id, self.gates.distress),
            Kind::Aircraft if !track.located() => self.about(picture, id, self.gates.aircraft),
            _ => 0,
        };
        let mut engaged = self.core.rules.of(id).engaged | unlocated;
        while engaged != 0 {
            let rule = engaged.trailing_zeros();
            engaged &= engaged - 1;
            if let Some(tracer) = &self.core.tracer {
                tracer.begin(RuleId(rule as u16), id, picture, now);
            }
            self.watches[rule as usize].heard(id, &mut self.core.world(picture, now, out));
            if let Some(tracer) = &self.core.tracer {
                tracer.end(picture);
            }
        }
    }

    /// Returns those of some rules that are about a device or an aircraft, which may never have sent its position.
    fn about(&mut self, picture: &Picture, id: TrackId, of: RuleBits) -> RuleBits {
        if !self.core.rules.of(id).assessed {
            self.assess(picture, id);
        }
        let track = picture.track(id);
        self.core.rules.of(id).about & self.core.scope.rules_in(track.zones, &picture.zones) & of
    }

    /// Finds out which rules are about a track, whose identity may have changed.
    pub(super) fn assess(&mut self, picture: &Picture, id: TrackId) {
        let who = self.core.scope.rules_about(picture, id);
        if self.core.alerts.is_open_on(id) {
            self.core.alerts.identity_changed(id);
        }
        self.core.rules.assess(id, who);
    }
}

impl Core {
    /// Finds out anew which rules are about each track: other vessels are meant from here on.
    pub(super) fn assess_anew(&mut self, picture: &Picture) {
        for id in picture.ids() {
            if self.rules.of(id).assessed {
                let about = self.scope.rules_about(picture, id);
                self.rules.assess(id, about);
            }
        }
    }

    /// Lets the model of what is usual look at a track, once in a while.
    fn look(&mut self, picture: &Picture, id: TrackId) {
        let last = self.rules.of(id).look;
        if last.is_due(picture.track(id).fix.time) {
            self.rules.of_mut(id).look = normalcy::look(&mut self.alerts.normalcy, picture, id, last);
        }
    }

    fn next_due(&mut self, picture: &Picture, feed: FeedId) -> Option<Deadline> {
        self.deadlines.next_due(feed, picture, &mut self.rules)
    }

    /// Lets deadlines of a track that was just heard wait no longer for feeds that no longer hear it.
    fn no_longer_awaited(&mut self, picture: &Picture, id: TrackId) {
        self.deadlines.heard(id, picture, &mut self.rules);
    }

    fn world<'a>(&'a mut self, picture: &'a Picture, now: Time, out: &'a mut Vec<Output>) -> World<'a> {
        World {
            picture,
            rules: &mut self.rules,
            scope: &self.scope,
            alerts: &mut self.alerts,
            deadlines: &mut self.deadlines,
            tally: &mut self.tally,
            tracer: self.tracer.as_deref(),
            near: None,
            now,
            out,
        }
    }
}

/// Makes the watch of a rule.
pub(super) fn watch_of(rule: &Rule, number: RuleId) -> Box<dyn Watch> {
    let pattern = patterns::ALL.iter().find(|p| p.name == rule.pattern);
    let pattern = pattern.unwrap_or_else(|| panic!("no pattern {}", rule.pattern));
    (pattern.watch)(rule, number)
}
