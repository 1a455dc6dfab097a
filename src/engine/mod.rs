//! The engine: takes inputs in their order and returns the events that follow. Pure: no clock, no I/O, no randomness.

mod gates;
mod rule_set;
mod saved;
pub mod version;

pub use rule_set::ReadyLists;
use rule_set::RuleSet;

pub use crate::model::Output;
use crate::model::{
    AircraftReport, Contact, FeedId, Geography, Input, Report, Rule, RuleId, StationId, Time, TrackId,
    TrailPoint, VesselList,
};
use crate::normalcy::Normalcy;
pub use crate::patterns::{ENDS, Histogram, Judgement, NearMiss, Sought, Tracer, part_of};
use crate::patterns::{RuleBits, Surroundings};
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
    /// Version of rules and zones, as [`version::version`] has it; alerts carry it.
    pub version: String,
}

impl Setup {
    /// Whether one picture serves an engine of this setup and one of the other: rules and lists change no picture.
    pub fn has_picture_of(&self, other: &Setup) -> bool {
        self.geography == other.geography && self.bounds == other.bounds
    }
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
    /// The tracks, in the order of their slots: all, or those that changed.
    pub tracks: Vec<TrackView>,
    /// Whether these are the changes since the look before; otherwise all tracks are there.
    pub is_of_changes: bool,
    /// Of changes: slots without a track to show.
    pub hidden: Vec<u32>,
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
///
/// Several rule sets can judge one picture: [`Engine::with_variants`]. What each of them raises is what an engine with that
/// set alone raises. The picture of many sets keeps the tracks that any of them holds, which differs only where memory is full.
pub struct Engine {
    decisions: Vec<Decision>,
    picture: Picture,
    sets: Vec<RuleSet>,
    surroundings: Surroundings,
    reports: u64,
    contacts: u64,
    airborne: u64,
    repeats: u64,
    late: u64,
    /// Those of them that each feed brought.
    late_of: Vec<u64>,
    out_of_time: u64,
    /// Tracks with an open alert at the last look at changes.
    alerted: Vec<TrackId>,
    /// Hash of the geography, by which [`Engine::resume`] knows whether it has changed.
    geography: u64,
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
        Engine::with_variants(setup, Vec::new())
    }

    /// Makes an engine whose picture further rule sets judge too. Rules, lists and normalcy are taken from each variant, geography
    /// and bounds from the first setup: [`Setup::has_picture_of`] tells whether these are the same.
    ///
    /// # Panics
    /// As [`Engine::new`].
    pub fn with_variants(setup: Setup, variants: Vec<Setup>) -> Engine {
        let geography = saved::geography_hash(&setup.geography);
        let Setup { geography: areas, rules, lists, bounds, normalcy, version } = setup;
        let zones = Zones::new(areas);
        let own = Setup { geography: Geography::default(), rules, lists, bounds, normalcy, version };
        let all = std::iter::once(own).chain(variants);
        let sets: Vec<RuleSet> = all.map(|setup| RuleSet::new(setup, &zones)).collect();
        let gates = sets.iter().flat_map(|set| set.watches.iter().map(|watch| watch.gate()));
        Engine {
            decisions: Vec::new(),
            picture: Picture::new(zones, bounds),
            surroundings: Surroundings::new(gates),
            sets,
            reports: 0,
            contacts: 0,
            airborne: 0,
            repeats: 0,
            late: 0,
            late_of: Vec::new(),
            out_of_time: 0,
            alerted: Vec::new(),
            geography,
        }
    }

    /// Puts other lists into force, as [`Engine::resume`] does with a setup that differs in nothing else. Variants keep theirs.
    pub fn put_lists(&mut self, lists: ReadyLists) {
        self.sets[0].put_lists(lists, &self.picture);
    }

    /// Applies inputs in their order and appends the events that follow. How inputs are cut into slices never shows in the
    /// outputs. Events of variants are dropped.
    pub fn step(&mut self, inputs: &[Input], out: &mut Vec<Output>) {
        self.step_each(inputs, std::slice::from_mut(out));
    }

    /// Applies inputs as [`Engine::step`] does. The events of each rule set go to its own list, in the order of the sets; sets
    /// without a list are not asked.
    pub fn step_each(&mut self, inputs: &[Input], outs: &mut [Vec<Output>]) {
        for ahead in inputs.chunks(AHEAD) {
            std::hint::black_box(ahead.iter().fold(0, |sum, input| sum ^ self.prefetch(input)));
            for input in ahead {
                self.take(input, outs);
            }
        }
    }

    /// Touches what a report of a sender will need: the memory of a vessel or an aircraft is far away in a large picture.
    fn prefetch(&self, input: &Input) -> i64 {
        let tracks = &self.picture.tracks;
        let (id, touched) = match input {
            Input::Report(report) => (tracks.by_mmsi(report.mmsi), 0),
            Input::Aircraft(report) => {
                let id = tracks.by_icao(report.icao);
                (id, id.map_or(0, |id| tracks.prefetch_flight(id)))
            }
            _ => return 0,
        };
        let Some(id) = id else { return 0 };
        self.sets.iter().fold(touched ^ tracks.prefetch(id), |sum, set| sum ^ set.prefetch(id))
    }

    fn take(&mut self, input: &Input, outs: &mut [Vec<Output>]) {
        match input {
            Input::Feed(feed) => self.picture.declare(feed),
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
                self.advance(*feed, *time, outs);
                let change = self.change_picture(|picture, holders| picture.apply(input, holders));
                self.changed(change, *feed, *time, outs);
            }
            Input::Aircraft(AircraftReport { feed, time, .. }) => {
                self.airborne += 1;
                self.advance(*feed, *time, outs);
                let change = self.change_picture(|picture, holders| picture.apply(input, holders));
                self.changed(change, *feed, *time, outs);
            }
            Input::Contact(contact) => {
                self.contacts += 1;
                self.advance(contact.feed, contact.time, outs);
                self.associate(contact, outs);
                match self.change_picture(|picture, holders| picture.apply(input, holders)) {
                    Change::Moved(id) => self.moved(id, outs),
                    Change::MovedAndIdentity(id) => {
                        self.assess(id);
                        self.moved(id, outs);
                    }
                    Change::Late => self.count_late(contact.feed),
                    _ => {}
                }
            }
            Input::Tick { feed, time } => self.advance(*feed, *time, outs),
            Input::OwnShip { .. } => {
                self.change_picture(|picture, holders| picture.apply(input, holders));
            }
            Input::Action(action) => self.sets.iter_mut().for_each(|set| set.core.alerts.act(action)),
            Input::SharedAlert(alert) if !TIMES.contains(&alert.message.event.time) => self.out_of_time += 1,
            Input::SharedAlert(alert) => {
                self.each(outs, |set, picture, out| set.core.alerts.share(picture, alert, out));
            }
        }
    }

    /// Lets every rule set act on the picture, each with its own list of events.
    fn each(
        &mut self,
        outs: &mut [Vec<Output>],
        mut act: impl FnMut(&mut RuleSet, &Picture, &mut Vec<Output>),
    ) {
        for (set, out) in self.sets.iter_mut().zip(outs) {
            act(set, &self.picture, out);
        }
    }

    /// Changes the picture, while rules and alerts hold their tracks in it.
    fn change_picture<T>(&mut self, change: impl FnOnce(&mut Picture, &dyn Holders) -> T) -> T {
        change(&mut self.picture, &Holding(&self.sets))
    }

    /// Advances the clock of a feed: deadlines that become due fire before anything else.
    fn advance(&mut self, feed: FeedId, time: Time, outs: &mut [Vec<Output>]) {
        self.each(outs, |set, picture, out| set.advance(picture, feed, time, out));
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
    fn changed(&mut self, change: Change, feed: FeedId, time: Time, outs: &mut [Vec<Output>]) {
        let id = match change {
            Change::None => return,
            Change::Heard(id) => return self.heard(id, time, outs),
            Change::Repeat => {
                self.repeats += 1;
                return;
            }
            Change::Late => return self.count_late(feed),
            Change::Identity(id) => {
                self.assess(id);
                return self.heard(id, time, outs);
            }
            Change::MovedAndIdentity(id) => {
                self.assess(id);
                id
            }
            Change::Moved(id) => id,
        };
        self.moved(id, outs);
        if self.picture.track(id).kind == Kind::Aircraft
            && let Some((into, gone)) = self.picture.ais_and_adsb_of(id)
        {
            self.each(outs, |set, picture, out| set.unite(picture, gone, into, time, out));
            self.change_picture(|picture, holders| picture.unite(gone, into, holders));
            self.sets.iter_mut().for_each(|set| set.core.rules.of_mut(into).assessed = false);
        }
    }

    /// Asks the rules about a track that has a new position.
    fn moved(&mut self, id: TrackId, outs: &mut [Vec<Output>]) {
        self.surroundings.place(&self.picture, id);
        for (set, out) in self.sets.iter_mut().zip(outs) {
            set.moved(&self.picture, id, &mut self.surroundings, out);
        }
    }

    /// Runs the association cycle of a contact's sensor, if it is due, and carries its decisions out.
    fn associate(&mut self, contact: &Contact, outs: &mut [Vec<Output>]) {
        let mut decisions = std::mem::take(&mut self.decisions);
        self.change_picture(|picture, holders| picture.run_cycle(contact, holders, &mut decisions));
        for decision in decisions.drain(..) {
            let merge = self.picture.merge_of(decision);
            if let Some((gone, into)) = merge {
                self.each(outs, |set, picture, out| set.unite(picture, gone, into, contact.time, out));
            }
            let initiated = self.change_picture(|picture, holders| picture.carry_out(decision, holders));
            if let Some((_, into)) = merge {
                self.sets.iter_mut().for_each(|set| set.core.rules.of_mut(into).assessed = false);
            }
            if let Some(id) = initiated {
                self.moved(id, outs);
            }
        }
        self.decisions = decisions;
    }

    /// Asks the rules about a track that was heard without a new position.
    fn heard(&mut self, id: TrackId, now: Time, outs: &mut [Vec<Output>]) {
        self.each(outs, |set, picture, out| set.heard(picture, id, now, out));
    }

    /// Finds out which rules are about a track, whose identity may have changed.
    fn assess(&mut self, id: TrackId) {
        self.sets.iter_mut().for_each(|set| set.assess(&self.picture, id));
    }

    /// Returns the rule set whose events [`Engine::step`] appends.
    fn own(&self) -> &RuleSet {
        &self.sets[0]
    }

    /// Returns all counts.
    pub fn counts(&self) -> Counts {
        self.counts_of(0)
    }

    /// Returns all counts of a rule set, by its place.
    ///
    /// # Panics
    /// There are fewer sets.
    pub fn counts_of(&self, set: usize) -> Counts {
        let (picture, RuleSet { rules, core, .. }) = (&self.picture, &self.sets[set]);
        let mut by_name = vec![
            ("alerts-open".to_owned(), core.alerts.open_count() as u64),
            ("acknowledged".to_owned(), core.alerts.acknowledged()),
            ("airborne".to_owned(), self.airborne),
            ("contacts".to_owned(), self.contacts),
            ("contacts-ashore".to_owned(), picture.sensors.ashore),
            ("contacts-late".to_owned(), picture.sensors.late),
            ("contacts-no-room".to_owned(), picture.sensors.refused),
            ("contacts-recycled".to_owned(), picture.sensors.recycled),
            ("deadlines".to_owned(), core.deadlines.len() as u64),
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
        let judged = core.tally.counts();
        by_name.extend(judged.map(|(rule, reason, n)| {
            (format!("cannot-judge/{}/{}", rules[rule.index()].name, reason.word()), n)
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
            now: core.deadlines.newest(),
            tracks: picture.len() as u64,
            by_name,
            registration: registration.collect(),
        }
    }

    /// Lets a tracer record the conditions of judgements from now on, or none. It is no part of the saved state.
    pub fn set_tracer(&mut self, tracer: Option<Tracer>) {
        self.sets[0].core.tracer = tracer.map(Box::new);
    }

    /// Returns the tracer, if there is one.
    pub fn tracer(&self) -> Option<&Tracer> {
        self.own().core.tracer.as_deref()
    }

    /// Returns the near misses of a watch so far, by name of the rule and limit.
    pub fn near_miss_counts(&self) -> Vec<(String, &'static str, Histogram)> {
        let counts = self.tracer().map(Tracer::near_miss_counts).unwrap_or_default();
        let name = |rule: RuleId| self.rules()[rule.index()].name.clone();
        counts.into_iter().map(|(rule, limit, tracks)| (name(rule), limit, tracks)).collect()
    }

    /// Returns the rules in force, in the order of their numbers.
    pub fn rules(&self) -> &[Rule] {
        &self.own().rules
    }

    /// Returns event time: the newest report time of any feed.
    pub fn now(&self) -> Option<Time> {
        self.own().core.deadlines.newest()
    }

    /// Returns the subject key of a track that is still in the picture.
    pub fn key(&self, id: TrackId) -> Option<String> {
        self.picture.get(id).map(|_| self.picture.key(id))
    }

    /// Returns whether an alert of this id is open.
    pub fn is_open(&self, id: &str) -> bool {
        self.own().core.alerts.is_open(id)
    }

    /// Returns what is usual, as learnt so far.
    pub fn normalcy(&self) -> &Normalcy {
        &self.own().core.alerts.normalcy
    }

    /// Returns a copy of the picture for screens.
    pub fn look(&self) -> Look {
        let Some(now) = self.now() else { return Look::default() };
        let mut look = self.look_without_tracks(now);
        self.picture.view(now, &Holding(&self.sets[..1]), &mut look.tracks);
        look
    }

    fn look_without_tracks(&self, now: Time) -> Look {
        Look {
            now: Some(now),
            heard: self.picture.reception.ranges_m(now),
            feeds: self.picture.feed_names().map(str::to_owned).collect(),
            ..Look::default()
        }
    }

    /// Returns what changed for screens since this was called last; all at the first call. What shows with time alone, as that a
    /// vessel is lost, may come up to 32 calls late where there are more than 2,048 tracks.
    pub fn look_at_changes(&mut self) -> Look {
        let Some(now) = self.now() else { return Look::default() };
        let alerted: Vec<TrackId> = self.own().core.alerts.parties().collect();
        for id in self.alerted.iter().chain(&alerted) {
            self.picture.tracks.changes.mark(id.index());
        }
        self.alerted = alerted;
        let mut look = Look { is_of_changes: true, ..self.look_without_tracks(now) };
        let views = (&mut look.tracks, &mut look.hidden);
        if !self.picture.view_changes(now, &Holding(&self.sets[..1]), views) {
            return self.look();
        }
        look
    }

    /// Returns the positions of each track since a time, oldest first, with speeds in knots.
    pub fn trails(&self, since: Time) -> Vec<(TrackId, Vec<TrailPoint>)> {
        self.picture.ids().map(|id| (id, self.trail(id, since))).collect()
    }

    /// Returns the positions of a track since a time, oldest first, with speeds in knots; none once it has left the picture.
    pub fn trail(&self, id: TrackId, since: Time) -> Vec<TrailPoint> {
        if self.picture.get(id).is_none() {
            return Vec::new();
        }
        let points = self.picture.history(id).since(since);
        points.map(|p| TrailPoint { time: p.time(), position: p.position(), sog_kn: p.sog_kn() }).collect()
    }

    /// Returns the bytes on the heap: `(tracks and indexes, histories)`, without the patterns' own state.
    pub fn heap_bytes(&self) -> (usize, usize) {
        let (tracks, histories) = self.picture.heap_bytes();
        (tracks + self.sets.iter().map(|set| set.core.rules.heap_bytes()).sum::<usize>(), histories)
    }
}

/// Rule sets as holders of tracks.
struct Holding<'a>(&'a [RuleSet]);

impl Holders for Holding<'_> {
    fn is_held(&self, id: TrackId) -> bool {
        self.0.iter().any(|set| set.core.rules.of(id).engaged != 0) || self.has_alert(id)
    }

    fn has_alert(&self, id: TrackId) -> bool {
        self.0.iter().any(|set| set.core.alerts.is_open_on(id))
    }
}
