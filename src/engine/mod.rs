//! The engine: takes inputs in their order and returns the events that follow. Pure: no clock, no I/O, no randomness.

mod gates;
mod saved;

use gates::Gates;

use crate::alerts::AlertBook;
pub use crate::model::Output;
use crate::model::{
    AircraftReport, Contact, FeedId, Geography, Input, Report, Rule, RuleId, StationId, Time, TrackId,
    TrailPoint, VesselList,
};
use crate::normalcy::{self, Normalcy};
use crate::patterns::{self, Deadline, Deadlines, RuleBits, RuleState, Scope, Tally, Watch, World};
pub use crate::picture::Bounds;
pub use crate::picture::TrackView;
use crate::picture::reception::StationRanges;
use crate::picture::{Change, Decision, Holders, Kind, Picture, Zones};

/// Parts that an engine is made from.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Zones, coast, places.
    pub geography: Geography,
    /// Rules in force, at most [`MOST_RULES`].
    pub rules: Vec<Rule>,
    /// Lists of vessels.
    pub lists: Vec<VesselList>,
    /// Bounds of the picture.
    pub bounds: Bounds,
    /// What is usual, as learnt before.
    pub normalcy: Normalcy,
}

/// Rules at most: they are kept as sets of bits.
pub const MOST_RULES: usize = RuleBits::BITS as usize;

/// Counts for status and summaries; their names are stable words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Event time: the newest report time of any feed.
    pub now: Option<Time>,
    /// Tracks in the picture.
    pub tracks: u64,
    /// Counts by name, sorted: `reports`, `repeats`, `late`, `cannot-judge/<rule>/<reason>` …
    pub by_name: Vec<(String, u64)>,
    /// Each radar's registration, in the order in which they first spoke.
    pub registration: Vec<Registration>,
}

/// A copy of what screens show.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Event time: the newest report time of any feed.
    pub now: Option<Time>,
    /// The tracks.
    pub tracks: Vec<TrackView>,
    /// Ranges of the stations.
    pub heard: Vec<StationRanges>,
    /// The names of the feeds, by their numbers.
    pub feeds: Vec<String>,
}

/// Registration of a radar, learnt from vessels on AIS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Registration {
    /// Feed of the radar.
    pub feed: FeedId,
    /// Station of the radar in its feed.
    pub station: StationId,
    /// Error in range, metres: positive where targets are put too far.
    pub range_m: f64,
    /// Error in bearing, degrees: positive where targets are put too far clockwise.
    pub bearing_deg: f64,
    /// Count of comparisons that it rests on.
    pub comparisons: u32,
    /// Whether it is removed from the radar's detections: there are comparisons and vessels enough.
    pub applied: bool,
}

/// A picture, the rules at work on it, and their alerts.
pub struct Engine {
    rules: Vec<Rule>,
    decisions: Vec<Decision>,
    gates: Gates,
    core: Core,
    watches: Vec<Box<dyn Watch>>,
    reports: u64,
    contacts: u64,
    airborne: u64,
    repeats: u64,
    late: u64,
    /// Those of them that each feed brought.
    late_of: Vec<u64>,
    out_of_time: u64,
    /// Hash of the geography, by which [`Engine::resume`] knows whether it has changed.
    geography: u64,
    who: u64,
}

struct Core {
    picture: Picture,
    rules: RuleState,
    scope: Scope,
    alerts: AlertBook,
    deadlines: Deadlines,
    tally: Tally,
}

/// Times that are accepted: seconds in 32 bits, until 2106. A time beyond would stop its feed's clock for good.
const TIMES: std::ops::RangeInclusive<Time> = Time(0)..=Time::from_secs(u32::MAX as i64);

/// Reports whose tracks are fetched from memory ahead of time.
const AHEAD: usize = 32;

impl Engine {
    /// Makes an engine of a setup that was checked before.
    ///
    /// # Panics
    /// With more than [`MOST_RULES`] rules, or a pattern that is not in the list: the configuration refuses both.
    pub fn new(setup: Setup) -> Engine {
        assert!(setup.rules.len() <= MOST_RULES, "more than {MOST_RULES} rules");
        let (geography, who) = (saved::geography_hash(&setup.geography), saved::who_hash(&setup));
        let zones = Zones::new(setup.geography);
        let watches: Vec<Box<dyn Watch>> =
            setup.rules.iter().enumerate().map(|(i, rule)| watch_of(rule, RuleId(i as u16))).collect();
        Engine {
            gates: Gates::of(&watches),
            watches,
            core: Core {
                scope: Scope::new(&setup.rules, setup.lists, &zones),
                picture: Picture::new(zones, setup.bounds),
                rules: RuleState::default(),
                alerts: AlertBook::new(&setup.rules, setup.normalcy, setup.bounds.lone_alerts),
                deadlines: Deadlines::default(),
                tally: Tally::default(),
            },
            rules: setup.rules,
            decisions: Vec::new(),
            reports: 0,
            contacts: 0,
            airborne: 0,
            repeats: 0,
            late: 0,
            late_of: Vec::new(),
            out_of_time: 0,
            geography,
            who,
        }
    }

    /// Applies inputs in their order and appends the events that follow. How inputs are cut into slices never shows in the
    /// outputs.
    pub fn step(&mut self, inputs: &[Input], out: &mut Vec<Output>) {
        for ahead in inputs.chunks(AHEAD) {
            let touched = ahead.iter().fold(0, |sum, input| match input {
                Input::Report(report) => sum ^ self.core.picture.prefetch(report.mmsi),
                _ => sum,
            });
            std::hint::black_box(touched);
            for input in ahead {
                self.take(input, out);
            }
        }
    }

    fn take(&mut self, input: &Input, out: &mut Vec<Output>) {
        match input {
            Input::Feed(feed) => self.core.picture.declare(feed),
            Input::Report(Report { time, .. })
            | Input::Contact(Contact { time, .. })
            | Input::Aircraft(AircraftReport { time, .. })
            | Input::Tick { time, .. }
                if !TIMES.contains(time) =>
            {
                self.out_of_time += 1;
            }
            Input::Report(Report { feed, time, .. }) => {
                self.reports += 1;
                self.advance(*feed, *time, out);
                let change = self.core.change_picture(|picture, holders| picture.apply(input, holders));
                self.changed(change, *feed, *time, out);
            }
            Input::Aircraft(AircraftReport { feed, time, .. }) => {
                self.airborne += 1;
                self.advance(*feed, *time, out);
                let change = self.core.change_picture(|picture, holders| picture.apply(input, holders));
                self.changed(change, *feed, *time, out);
            }
            Input::Contact(contact) => {
                self.contacts += 1;
                self.advance(contact.feed, contact.time, out);
                self.associate(contact, out);
                match self.core.change_picture(|picture, holders| picture.apply(input, holders)) {
                    Change::Moved(id) => self.moved(id, out),
                    Change::MovedAndIdentity(id) => {
                        self.assess(id);
                        self.moved(id, out);
                    }
                    Change::Late => self.count_late(contact.feed),
                    _ => {}
                }
            }
            Input::Tick { feed, time } => self.advance(*feed, *time, out),
            Input::OwnShip { .. } => {
                self.core.change_picture(|picture, holders| picture.apply(input, holders));
            }
            Input::Action(action) => self.core.alerts.act(action),
            Input::SharedAlert(alert) if !TIMES.contains(&alert.message.event.time) => self.out_of_time += 1,
            Input::SharedAlert(alert) => self.core.alerts.share(&self.core.picture, alert, out),
        }
    }

    /// Advances the clock of a feed: deadlines that become due fire before anything else.
    fn advance(&mut self, feed: FeedId, time: Time, out: &mut Vec<Output>) {
        if self.core.alerts.may_end_floods(feed, time) {
            self.core.alerts.end_floods(&self.core.picture, feed, time, out);
        }
        if !self.core.deadlines.advance(feed, time) {
            return;
        }
        while let Some(deadline) = self.core.next_due(feed) {
            let watch = &mut self.watches[deadline.rule.index()];
            let next = watch.due(deadline, &mut self.core.world(deadline.time, out));
            match next.filter(|&next| next > deadline.time) {
                Some(time) => self.core.deadlines.arm(Deadline { time, ..deadline }),
                None => {
                    for id in deadline.parties.ids() {
                        if self.core.picture.get(id).is_some() {
                            self.core.rules.of_mut(id).armed &= !(1 << deadline.rule.0);
                        }
                    }
                }
            }
        }
    }

    /// Counts a report that is older than the newest of its track.
    fn count_late(&mut self, feed: FeedId) {
        let feed = usize::from(feed.0);
        if feed >= self.late_of.len() {
            self.late_of.resize(feed + 1, 0);
        }
        self.late += 1;
        self.late_of[feed] += 1;
    }

    /// Asks the rules about a change of the picture.
    fn changed(&mut self, change: Change, feed: FeedId, time: Time, out: &mut Vec<Output>) {
        let id = match change {
            Change::None => return,
            Change::Heard(id) => return self.heard(id, time, out),
            Change::Repeat => {
                self.repeats += 1;
                return;
            }
            Change::Late => return self.count_late(feed),
            Change::Identity(id) => {
                self.assess(id);
                return self.heard(id, time, out);
            }
            Change::MovedAndIdentity(id) => {
                self.assess(id);
                id
            }
            Change::Moved(id) => id,
        };
        self.moved(id, out);
        if self.core.picture.track(id).kind == Kind::Aircraft
            && let Some((into, gone)) = self.core.picture.ais_and_adsb_of(id)
        {
            self.core.alerts.unite(&self.core.picture, gone, into);
            self.gone(gone, into, time, out);
            self.core.change_picture(|picture, holders| picture.unite(gone, into, holders));
            self.core.rules.of_mut(into).assessed = false;
        }
    }

    /// Asks the rules about a track that has a new position.
    fn moved(&mut self, id: TrackId, out: &mut Vec<Output>) {
        if !self.core.rules.of(id).assessed {
            self.assess(id);
        }
        if self.core.rules.of(id).awaited {
            self.core.no_longer_awaited(id);
        }
        self.core.look(id);
        let (track, rules) = (self.core.picture.track(id), self.core.rules.of(id));
        let applies = rules.about & self.core.scope.rules_in(track.zones, &self.core.picture.zones);
        let mut asked = self.gates.asked(track, rules, applies) | rules.engaged;
        let now = track.fix.time;
        while asked != 0 {
            let rule = asked.trailing_zeros();
            asked &= asked - 1;
            let applies = applies >> rule & 1 == 1;
            let watch = &mut self.watches[rule as usize];
            let holds = watch.report(id, applies, &mut self.core.world(now, out));
            self.core.rules.engage(RuleId(rule as u16), id, holds);
        }
    }

    /// Runs the association cycle of a contact's sensor, if it is due, and carries its decisions out.
    fn associate(&mut self, contact: &Contact, out: &mut Vec<Output>) {
        let mut decisions = std::mem::take(&mut self.decisions);
        self.core.change_picture(|picture, holders| picture.run_cycle(contact, holders, &mut decisions));
        for decision in decisions.drain(..) {
            let merge = self.core.picture.merge_of(decision);
            if let Some((gone, into)) = merge {
                self.core.alerts.unite(&self.core.picture, gone, into);
                self.gone(gone, into, contact.time, out);
            }
            let initiated = self.core.change_picture(|picture, holders| picture.carry_out(decision, holders));
            if let Some((_, into)) = merge {
                self.core.rules.of_mut(into).assessed = false;
            }
            if let Some(id) = initiated {
                self.moved(id, out);
            }
        }
        self.decisions = decisions;
    }

    /// Ends what rules hold on a track that turned out to be another one.
    fn gone(&mut self, id: TrackId, into: TrackId, now: Time, out: &mut Vec<Output>) {
        let mut engaged = self.core.rules.of(id).engaged;
        while engaged != 0 {
            let rule = engaged.trailing_zeros();
            engaged &= engaged - 1;
            self.watches[rule as usize].gone(id, into, &mut self.core.world(now, out));
        }
        self.core.rules.of_mut(id).engaged = 0;
    }

    /// Asks the rules about a track that was heard without a new position.
    fn heard(&mut self, id: TrackId, now: Time, out: &mut Vec<Output>) {
        if self.core.rules.of(id).awaited {
            self.core.no_longer_awaited(id);
        }
        let track = self.core.picture.track(id);
        let unlocated = match track.kind {
            Kind::Distress => self.about(id, self.gates.distress),
            Kind::Aircraft if !track.located() => self.about(id, self.gates.aircraft),
            _ => 0,
        };
        let mut engaged = self.core.rules.of(id).engaged | unlocated;
        while engaged != 0 {
            let rule = engaged.trailing_zeros();
            engaged &= engaged - 1;
            self.watches[rule as usize].heard(id, &mut self.core.world(now, out));
        }
    }

    /// Returns those of some rules that are about a device or an aircraft, which may never have sent its position.
    fn about(&mut self, id: TrackId, of: RuleBits) -> RuleBits {
        if !self.core.rules.of(id).assessed {
            self.assess(id);
        }
        let track = self.core.picture.track(id);
        self.core.rules.of(id).about & self.core.scope.rules_in(track.zones, &self.core.picture.zones) & of
    }

    /// Finds out which rules are about a track, whose identity may have changed.
    fn assess(&mut self, id: TrackId) {
        let who = self.core.scope.rules_about(&self.core.picture, id);
        if self.core.alerts.is_open_on(id) {
            self.core.alerts.identity_changed(id);
        }
        self.core.rules.assess(id, who);
    }

    /// Returns all counts.
    pub fn counts(&self) -> Counts {
        let picture = &self.core.picture;
        let mut by_name = vec![
            ("alerts-open".to_owned(), self.core.alerts.open_count() as u64),
            ("acknowledged".to_owned(), self.core.alerts.acknowledged()),
            ("airborne".to_owned(), self.airborne),
            ("contacts".to_owned(), self.contacts),
            ("contacts-ashore".to_owned(), picture.sensors.ashore),
            ("contacts-late".to_owned(), picture.sensors.late),
            ("contacts-no-room".to_owned(), picture.sensors.refused),
            ("contacts-recycled".to_owned(), picture.sensors.recycled),
            ("deadlines".to_owned(), self.core.deadlines.len() as u64),
            ("late".to_owned(), self.late),
            ("out-of-time".to_owned(), self.out_of_time),
            ("no-room".to_owned(), picture.tracks.refused),
            ("repeats".to_owned(), self.repeats),
            ("reports".to_owned(), self.reports),
        ];
        let refused = picture.tracks.newcomers.refused();
        by_name.extend(refused.map(|(feed, n)| {
            (format!("new-over-limit/{}", picture.feed(feed).map_or("", |feed| &feed.name)), n)
        }));
        let late = self.late_of.iter().zip(0..).filter(|(n, _)| **n > 0);
        by_name.extend(late.map(|(n, feed)| {
            (format!("late/{}", picture.feed(FeedId(feed)).map_or("", |feed| &feed.name)), *n)
        }));
        let judged = self.core.tally.counts();
        by_name.extend(judged.map(|(rule, reason, n)| {
            (format!("cannot-judge/{}/{}", self.rules[rule.index()].name, reason.word()), n)
        }));
        by_name.sort();
        let registration = picture.sensors.sensors().map(|(feed, station, bias)| Registration {
            feed,
            station,
            range_m: bias.range_m,
            bearing_deg: bias.bearing_deg,
            comparisons: bias.comparisons,
            applied: bias.is_known(),
        });
        Counts {
            now: self.core.deadlines.newest(),
            tracks: picture.len() as u64,
            by_name,
            registration: registration.collect(),
        }
    }

    /// Returns whether an alert of this id is open.
    pub fn is_open(&self, id: &str) -> bool {
        self.core.alerts.is_open(id)
    }

    /// Returns what is usual, as learnt so far.
    pub fn normalcy(&self) -> &Normalcy {
        &self.core.alerts.normalcy
    }

    /// Returns a copy of the picture for screens.
    pub fn look(&self) -> Look {
        let (now, picture) = (self.core.deadlines.newest(), &self.core.picture);
        let mut look = Look { now, ..Look::default() };
        if let Some(now) = now {
            let holding = Holding { rules: &self.core.rules, alerts: &self.core.alerts };
            picture.view(now, &holding, &mut look.tracks);
            look.heard = picture.reception.ranges_m(now);
            look.feeds = picture.feed_names().map(str::to_owned).collect();
        }
        look
    }

    /// Returns the positions of each track since a time, oldest first, with speeds in knots.
    pub fn trails(&self, since: Time) -> Vec<(TrackId, Vec<TrailPoint>)> {
        let picture = &self.core.picture;
        let trail = |id: TrackId| {
            let points = picture.history(id).since(since);
            let point =
                points.map(|p| TrailPoint { time: p.time(), position: p.position(), sog_kn: p.sog_kn() });
            (id, point.collect())
        };
        picture.ids().map(trail).collect()
    }

    /// Returns the bytes on the heap: `(tracks and indexes, histories)`, without the patterns' own state.
    pub fn heap_bytes(&self) -> (usize, usize) {
        let (tracks, histories) = self.core.picture.heap_bytes();
        (tracks + self.core.rules.heap_bytes(), histories)
    }
}

/// Rules and alerts as holders of tracks.
struct Holding<'a> {
    rules: &'a RuleState,
    alerts: &'a AlertBook,
}

impl Holders for Holding<'_> {
    fn is_held(&self, id: TrackId) -> bool {
        self.rules.of(id).engaged != 0 || self.alerts.is_open_on(id)
    }

    fn has_alert(&self, id: TrackId) -> bool {
        self.alerts.is_open_on(id)
    }
}

impl Core {
    /// Changes the picture, while rules and alerts hold their tracks in it.
    fn change_picture<T>(&mut self, change: impl FnOnce(&mut Picture, &dyn Holders) -> T) -> T {
        let Core { picture, rules, alerts, .. } = self;
        change(picture, &Holding { rules, alerts })
    }

    /// Lets the model of what is usual look at a track, once in a while.
    fn look(&mut self, id: TrackId) {
        let last = self.rules.of(id).look;
        if last.is_due(self.picture.track(id).fix.time) {
            self.rules.of_mut(id).look = normalcy::look(&mut self.alerts.normalcy, &self.picture, id, last);
        }
    }

    fn next_due(&mut self, feed: FeedId) -> Option<Deadline> {
        self.deadlines.next_due(feed, &self.picture, &mut self.rules)
    }

    /// Lets deadlines of a track that was just heard wait no longer for feeds that no longer hear it.
    fn no_longer_awaited(&mut self, id: TrackId) {
        self.deadlines.heard(id, &self.picture, &mut self.rules);
    }

    fn world<'a>(&'a mut self, now: Time, out: &'a mut Vec<Output>) -> World<'a> {
        World {
            picture: &self.picture,
            rules: &mut self.rules,
            scope: &self.scope,
            alerts: &mut self.alerts,
            deadlines: &mut self.deadlines,
            tally: &mut self.tally,
            now,
            out,
        }
    }
}

fn watch_of(rule: &Rule, number: RuleId) -> Box<dyn Watch> {
    let pattern = patterns::ALL.iter().find(|p| p.name == rule.pattern);
    let pattern = pattern.unwrap_or_else(|| panic!("no pattern {}", rule.pattern));
    (pattern.watch)(rule, number)
}
