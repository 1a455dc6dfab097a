//! The picture: what moves, as the reports tell it.
//!
//! A report finds its track by identity; a repeat of a transmission only adds to what is known of reception; a
//! report older than its track's newest goes into the history alone. Two senders with one MMSI become two tracks.

mod claims;
pub mod contacts;
mod flight;
mod fly;
mod history;
pub mod index;
pub mod reception;
mod room;
mod saved;
mod seen;
mod track;
mod zones;

use rustc_hash::FxHashMap;

pub use claims::Signs;
pub use contacts::{Contacts, Decision};
pub use flight::{BAD_NAC_P, BAD_NIC, Flight, GOOD_NAC_P, GOOD_NIC};
pub use fly::horizon_m;
pub use history::{History, Point};
pub use index::Grid;
pub use reception::{HOLE, Reception, Station};
pub use seen::Seen;
pub use track::layout_1::RuleMarks;
pub use track::{Born, Fix, HEARD, Heard, Identity, Kind, Track};
pub use zones::{Membership, ZoneSet, Zones};

use crate::geodesy::{self, NM_M};
use crate::model::{
    Body, Feed, FeedId, Icao, Mmsi, Position, PositionReport, Report, Span, StaticReport, StationKey, Time,
    TrackId, TransponderClass,
};

/// No surface vessel outruns this, knots: beyond it another sender has the same MMSI.
const TOP_SPEED_KN: f64 = 60.0;
const TOP_AIRCRAFT_KN: f64 = 750.0;
/// And this much is allowed for accuracy and clocks, metres.
const SLACK_M: f64 = 0.5 * NM_M;
/// So many tracks may share an MMSI.
const SAME_MMSI: usize = 4;
/// A long-range report, rounded to 185 m, moves no track heard directly within this.
const LONG_RANGE_WAITS: Span = Span::from_secs(3600);

/// What keeps tracks in the picture: rules that hold state on them, alerts that are open on them.
pub trait Holders {
    /// Returns whether a track must stay, however long it has been silent.
    fn is_held(&self, id: TrackId) -> bool;

    /// Returns whether an alert is open on a track.
    fn has_alert(&self, id: TrackId) -> bool;
}

/// Nobody holds a track: for a picture without rules.
impl Holders for () {
    fn is_held(&self, _id: TrackId) -> bool {
        false
    }

    fn has_alert(&self, _id: TrackId) -> bool {
        false
    }
}

/// Bounds of memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Points of history kept a track, at most.
    pub history_points: usize,
    /// Tracks at most; the one unheard for longest makes room.
    pub tracks: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { history_points: 120, tracks: 2_000_000 }
    }
}

/// What a report changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing that a pattern sees.
    None,
    /// The track was heard, without a position that moves it.
    Heard(TrackId),
    /// A transmission already taken, from another station.
    Repeat,
    /// Older than its track's newest: history only.
    Late,
    /// The track has a new position.
    Moved(TrackId),
    /// Its identity claims changed.
    Identity(TrackId),
    /// The track has a new position, and its identity claims changed.
    MovedAndIdentity(TrackId),
}

/// All tracks, their indexes, and what the stations hear.
pub struct Picture {
    bounds: Bounds,
    /// The first track of each MMSI, and the track of each aircraft address.
    by_identity: FxHashMap<u32, TrackId>,
    tracks: Vec<Track>,
    /// By slot: how often it was given to another track.
    generations: Vec<u32>,
    identities: Vec<Identity>,
    histories: Vec<History>,
    /// Ids of tracks that are gone: the next track there has the next generation.
    free: Vec<TrackId>,
    sweep: usize,
    /// Vessels and fixed stations by place, cells of 3 nm.
    pub grid: Grid,
    /// Aircraft by place, cells of 15 nm.
    pub air: Grid,
    flights: FxHashMap<TrackId, Flight>,
    /// Of SAR aircraft on AIS: the track on ADS-B that each may be, and how often in a row.
    voices: FxHashMap<TrackId, (TrackId, u8)>,
    /// Reception by station.
    pub reception: Reception,
    /// What does not move.
    pub zones: Zones,
    feeds: Vec<Option<Feed>>,
    /// What the radars follow.
    pub contacts: Contacts,
    /// Reports of new senders that found no room.
    pub refused: u64,
}

/// Of a vessel that stays where it is, reach is learnt this often.
const LEARNT_EVERY: Span = Span::from_secs(600);
/// Side of the grid's cells, degrees.
const GRID_CELL_DEG: f64 = 0.05;
/// And of the air's, which are fewer and faster.
const AIR_CELL_DEG: f64 = 0.25;

impl Picture {
    /// An empty one.
    pub fn new(zones: Zones, bounds: Bounds) -> Picture {
        Picture {
            bounds,
            by_identity: FxHashMap::default(),
            tracks: Vec::new(),
            generations: Vec::new(),
            identities: Vec::new(),
            histories: Vec::new(),
            free: Vec::new(),
            sweep: 0,
            grid: Grid::new(GRID_CELL_DEG),
            air: Grid::new(AIR_CELL_DEG),
            flights: FxHashMap::default(),
            voices: FxHashMap::default(),
            reception: Reception::default(),
            zones,
            feeds: Vec::new(),
            contacts: Contacts::default(),
            refused: 0,
        }
    }

    /// Takes note of a feed.
    pub fn declare(&mut self, feed: &Feed) {
        let at = usize::from(feed.id.0);
        if self.feeds.len() <= at {
            self.feeds.resize(at + 1, None);
        }
        self.feeds[at] = Some(feed.clone());
    }

    /// A feed by its number, if it was declared.
    pub fn feed(&self, id: FeedId) -> Option<&Feed> {
        self.feeds.get(usize::from(id.0))?.as_ref()
    }

    /// The names of the feeds, in the order of their numbers.
    pub fn feed_names(&self) -> impl Iterator<Item = &str> {
        self.feeds.iter().map(|feed| feed.as_ref().map_or("", |feed| &feed.name))
    }

    /// Where a feed's sensor stands, if that is known.
    pub fn site(&self, id: FeedId) -> Option<Position> {
        self.feed(id)?.position
    }

    /// How many tracks there are, without those not yet believed.
    pub fn len(&self) -> usize {
        self.tracks.len() - self.free.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the identifiers of all tracks, in the order of their slots.
    pub fn ids(&self) -> impl Iterator<Item = TrackId> + '_ {
        let all = self.tracks.iter().zip(&self.generations).zip(0..);
        let used = all.filter(|((track, _), _)| track.is_in_use());
        used.map(|((_, &generation), slot)| TrackId::new(slot, generation))
    }

    /// Returns a track by an identifier that may be of one that is gone.
    pub fn get(&self, id: TrackId) -> Option<&Track> {
        let track = self.tracks.get(id.index())?;
        (self.generations[id.index()] == id.generation() && track.is_in_use()).then_some(track)
    }

    /// Returns a track by an identifier that is known to be of a live one: just found, or held by a rule or an alert. For
    /// others see [`Picture::get`].
    pub fn track(&self, id: TrackId) -> &Track {
        &self.tracks[id.index()]
    }

    /// A track's identity claims.
    pub fn identity(&self, id: TrackId) -> &Identity {
        &self.identities[id.index()]
    }

    /// A track's history.
    pub fn history(&self, id: TrackId) -> &History {
        &self.histories[id.index()]
    }

    /// Where a track was at a time: between two points of its history, else carried from its fix.
    pub fn position_at(&self, id: TrackId, time: Time) -> Position {
        let known = self.history(id).position_at(time);
        known.unwrap_or_else(|| self.track(id).fix.carried_to(time))
    }

    /// A track's subject key.
    pub fn key(&self, id: TrackId) -> String {
        let track = self.track(id);
        key_of(track.born, track.mmsi, track.icao, track.split_at, track.first_heard, |feed| {
            self.feed(feed).map_or("", |feed| &feed.name)
        })
    }

    /// Touches what a report will need, so that the memory is on its way before it is.
    pub fn fetch(&self, mmsi: Mmsi) -> i64 {
        match self.by_identity.get(&mmsi.0) {
            Some(&id) => self.tracks[id.index()].fix.time.0,
            None => 0,
        }
    }

    /// Returns the tracks that share an MMSI.
    pub fn same_mmsi(&self, mmsi: Mmsi) -> impl Iterator<Item = TrackId> + '_ {
        let next = |&id: &TrackId| self.track(id).next_same;
        std::iter::successors(self.by_identity.get(&mmsi.0).copied(), next)
    }

    /// Takes one report. `holders` keep tracks from being forgotten for it.
    pub fn apply(&mut self, report: &Report, holders: &dyn Holders) -> Change {
        self.reception.hear(report.feed, report.station, report.time);
        match &report.body {
            Body::Position(p) => {
                let change = self.position(report, p, holders);
                if let Change::Moved(id) = change {
                    self.tracks[id.index()].sails();
                }
                change
            }
            Body::PositionAndStatic(p, s) => {
                match (self.position(report, p, holders), self.identify(report, s, holders)) {
                    (Change::Moved(id), Change::Identity(_)) => Change::MovedAndIdentity(id),
                    (Change::None | Change::Late | Change::Heard(_), identity) => identity,
                    (moved, _) => moved,
                }
            }
            Body::Static(s) => self.identify(report, s, holders),
            Body::BaseStation(said) | Body::AidToNavigation(said) if said.position.is_some() => {
                let kinematics = crate::model::Kinematics { position: said.position, ..Default::default() };
                let fixed = PositionReport {
                    kinematics,
                    class: TransponderClass::A,
                    nav_status: None,
                    accurate: said.accurate,
                    altitude_m: None,
                };
                let change = self.position(report, &fixed, holders);
                if let Change::Moved(id) = change {
                    self.tracks[id.index()].claims_fixed();
                }
                change
            }
            Body::OwnShip(k) => {
                if let Some(at) = k.position {
                    self.reception.own_ship(report.feed, report.station, at);
                }
                Change::None
            }
            Body::BaseStation(_) | Body::AidToNavigation(_) | Body::Safety(_) | Body::Heard => {
                self.merely_heard(report, holders)
            }
        }
    }

    /// A track that nothing is known of but that it sends.
    fn make_unlocated(
        &mut self,
        report: &Report,
        class: TransponderClass,
        holders: &dyn Holders,
    ) -> Option<TrackId> {
        let fix = Fix::new(report.time, Position::default(), &crate::model::Kinematics::default());
        let id = self.insert(Track::new(report.mmsi, class, fix), holders)?;
        self.by_identity.insert(report.mmsi.0, id);
        Some(id)
    }

    /// A distress device is heard before it knows where it is.
    fn note_signal(&mut self, report: &Report, holders: &dyn Holders) {
        let known = self.by_identity.get(&report.mmsi.0).copied();
        if let Some(id) = known.or_else(|| self.make_unlocated(report, TransponderClass::A, holders)) {
            self.tracks[id.index()].note_signal(&report.body);
        }
    }

    /// With several senders of one MMSI nobody can tell which of them it was.
    fn merely_heard(&mut self, report: &Report, holders: &dyn Holders) -> Change {
        if report.mmsi.kind().distress_device().is_some() {
            self.note_signal(report, holders);
        }
        match self.by_identity.get(&report.mmsi.0) {
            Some(&id) if self.track(id).next_same.is_none() => match self.tracks[id.index()].hear(report) {
                true => Change::Repeat,
                false => Change::Heard(id),
            },
            _ => Change::None,
        }
    }

    fn position(&mut self, report: &Report, p: &PositionReport, holders: &dyn Holders) -> Change {
        let Some(at) = p.kinematics.position else {
            return self.merely_heard(report, holders);
        };
        let fix = Fix::new(report.time, at, &p.kinematics);
        let Some(id) = self.track_for(report, p.class, fix, holders) else { return Change::None };
        let track = &mut self.tracks[id.index()];
        let fresh = track.last_heard;
        if track.hear(report) {
            return Change::Repeat;
        }
        let located = track.located();
        track.believe(located);
        if track.sensed > 0 {
            return self.position_of_seen(id, report, p, fix);
        }
        if located && fix.time <= track.fix.time {
            self.histories[id.index()].add(fix.time, at, fix.sog_tenths, self.bounds.history_points);
            return Change::Late;
        }
        if located
            && p.class == TransponderClass::LongRange
            && fix.time - fresh < LONG_RANGE_WAITS
            && track.class != TransponderClass::LongRange
        {
            return Change::Heard(id);
        }
        if located {
            track.note_interval(fix.time - track.fix.time);
            track.previous = (track.fix.time, track.fix.position);
        }
        track.fix = fix;
        track.class = p.class;
        track.nav_status = p.nav_status;
        track.reports = track.reports.saturating_add(1);
        track.note_speed();
        track.judge_kind();
        let elsewhere = self.place(id, fix);
        self.hear_from(id, report, fix, elsewhere);
        if self.track(id).tentative { Change::None } else { Change::Moved(id) }
    }

    /// Of a vessel that radars see too.
    fn position_of_seen(&mut self, id: TrackId, report: &Report, p: &PositionReport, fix: Fix) -> Change {
        let before = self.contacts.fusion(id).and_then(|fusion| fusion.ais);
        if p.class == TransponderClass::LongRange && before.is_some() {
            return Change::Heard(id);
        }
        let track = &mut self.tracks[id.index()];
        if let Some(before) = before.filter(|before| fix.time > before.time) {
            track.note_interval(fix.time - before.time);
        }
        (track.class, track.nav_status) = (p.class, p.nav_status);
        let elsewhere = !self.grid.is_in_cell_of(id, fix.position);
        self.hear_from(id, report, fix, elsewhere);
        self.heard_fused(id, fix)
    }

    /// Reception after a report from a position; `elsewhere`: it was in another cell of the grid before.
    fn hear_from(&mut self, id: TrackId, report: &Report, fix: Fix, elsewhere: bool) {
        let track = &self.tracks[id.index()];
        if !track.tentative && (elsewhere || track.is_first_in(LEARNT_EVERY, fix.time)) {
            self.learn_reach(id, report, fix);
        }
    }

    /// Indexes and history after a move. Answers whether it came into another cell of the grid.
    fn place(&mut self, id: TrackId, fix: Fix) -> bool {
        let elsewhere = match self.track(id) {
            Track { tentative: true, .. } => false,
            Track { kind: Kind::Aircraft, .. } => self.air.place(id, fix.position),
            _ => self.grid.place(id, fix.position),
        };
        let track = &mut self.tracks[id.index()];
        if zones_may_have_changed(track, fix) {
            let told = self.zones.membership(fix.position);
            track.zones = told.set;
            track.zones_at = fix.position;
            track.zones_safe_m = told.safe_m as f32;
        }
        self.histories[id.index()].add(fix.time, fix.position, fix.sog_tenths, self.bounds.history_points);
        elsewhere
    }

    /// How far a station hears is learnt from vessels: a base station or an aircraft stands higher.
    fn learn_reach(&mut self, id: TrackId, report: &Report, fix: Fix) {
        let Track { kind, class, .. } = self.tracks[id.index()];
        let site = self.site(report.feed);
        if let (Some(site), Kind::Vessel | Kind::NetBuoy) = (site, kind) {
            let key = StationKey::new(report.feed, report.station);
            self.reception.heard_from(key, site, id, class, fix.position, fix.time);
        }
    }

    /// The track that a position belongs to: of those with its MMSI and in reach the nearest.
    fn track_for(
        &mut self,
        report: &Report,
        class: TransponderClass,
        fix: Fix,
        holders: &dyn Holders,
    ) -> Option<TrackId> {
        let Some(&first) = self.by_identity.get(&report.mmsi.0) else {
            let id = self.insert(Track::new(report.mmsi, class, fix), holders)?;
            self.by_identity.insert(report.mmsi.0, id);
            return Some(id);
        };
        let alone = self.track(first).next_same.is_none();
        if alone && self.can_have_come(first, class, fix) {
            return Some(first);
        }
        let (mut next, mut last, mut count, mut doubtful) = (Some(first), first, 0, None);
        let mut nearest: Option<(f64, TrackId)> = None;
        while let Some(id) = next {
            let track = self.track(id);
            if self.can_have_come(id, class, fix) {
                let metres = geodesy::distance_m(track.fix.position, fix.position);
                nearest = nearest.filter(|n| n.0 <= metres).or(Some((metres, id)));
            }
            if track.tentative {
                doubtful = Some(id);
            }
            (last, next, count) = (id, track.next_same, count + 1);
        }
        if let Some((_, id)) = nearest {
            return Some(id);
        }
        // What nobody followed up gives its place to the next claim.
        if doubtful.is_some() || count >= SAME_MMSI {
            let id = doubtful.unwrap_or(last);
            let held = self.track(id);
            if holders.is_held(id) {
                return None;
            }
            let mut track = Track::new(report.mmsi, class, fix);
            track.next_same = held.next_same;
            return Some(self.reset(id, track, fix));
        }
        let mut track = Track::new(report.mmsi, class, fix);
        track.split_at = Some(fix.time);
        track.tentative = true;
        let id = self.insert(track, holders)?;
        // Whoever made room for it may have been one of them.
        match self.same_mmsi(report.mmsi).last() {
            Some(last) => self.tracks[last.index()].next_same = Some(id),
            None => drop(self.by_identity.insert(report.mmsi.0, id)),
        }
        Some(id)
    }

    /// Whether a position can be of a track: in reach of where its AIS put it last.
    fn can_have_come(&self, id: TrackId, class: TransponderClass, fix: Fix) -> bool {
        let track = self.track(id);
        if !track.located() {
            return true;
        }
        let ais =
            if track.sensed > 0 { self.contacts.fusion(id).and_then(|fusion| fusion.ais) } else { None };
        is_in_reach(&ais.unwrap_or(track.fix), class, fix)
    }

    fn identify(&mut self, report: &Report, s: &StaticReport, holders: &dyn Holders) -> Change {
        let id = match self.by_identity.get(&report.mmsi.0) {
            Some(&id) => id,
            None => match self.make_unlocated(report, s.class, holders) {
                Some(id) => id,
                None => return Change::None,
            },
        };
        // With several senders of one MMSI nobody can tell whose name it is: the first keeps it.
        let track = &mut self.tracks[id.index()];
        if track.next_same.is_none() && track.hear(report) {
            return Change::Repeat;
        }
        let identity = &mut self.identities[id.index()];
        let was = *identity;
        let changed = identity.take(s);
        let named = identity.name.is_some_and(|name| track::net_buoy_name(name.as_str()));
        track.odd_identity = named || track.mmsi.kind() == crate::model::MmsiKind::Malformed;
        track.judge_kind();
        if !changed {
            return Change::Heard(id);
        }
        if track.next_same.is_none() {
            track.judge_claims(&was, identity, report.time);
        }
        Change::Identity(id)
    }

    /// Bytes on the heap: `(tracks and indexes, histories)`.
    pub fn heap_bytes(&self) -> (usize, usize) {
        let tracks = self.tracks.capacity() * size_of::<Track>()
            + self.identities.capacity() * size_of::<Identity>()
            + self.histories.capacity() * size_of::<History>()
            + self.generations.capacity() * 4
            + self.by_identity.capacity() * 13
            + self.grid.heap_bytes()
            + self.air.heap_bytes()
            + self.flights.capacity() * (size_of::<Flight>() + 5)
            + self.contacts.heap_bytes();
        (tracks, self.histories.iter().map(History::heap_bytes).sum())
    }
}

/// A subject key: `radar:…`, `icao:…` or `mmsi:…` (DESIGN section 6); `mmsi` is 0 for what is not on AIS.
pub fn key_of<'a>(
    born: Born,
    mmsi: Mmsi,
    icao: Option<Icao>,
    split_at: Option<Time>,
    first_heard: Time,
    feed_name: impl FnOnce(FeedId) -> &'a str,
) -> String {
    match (born, mmsi, icao, split_at) {
        (Born::Seen { feed, number }, ..) => {
            format!("radar:{}:{number}@{}", feed_name(feed), first_heard.rfc3339())
        }
        (_, Mmsi(0), Some(icao), _) => format!("icao:{icao}"),
        (_, Mmsi(mmsi), _, None) => format!("mmsi:{mmsi}"),
        (_, Mmsi(mmsi), _, Some(at)) => format!("mmsi:{mmsi}@{}", at.rfc3339()),
    }
}

fn zones_may_have_changed(track: &Track, fix: Fix) -> bool {
    let safe_m = f64::from(track.zones_safe_m);
    if safe_m < 0.0 {
        return true;
    }
    fix.position != track.zones_at && geodesy::distance_m(track.zones_at, fix.position) >= safe_m
}

fn is_in_reach(last: &Fix, class: TransponderClass, fix: Fix) -> bool {
    let top_kn = if class == TransponderClass::Aircraft { TOP_AIRCRAFT_KN } else { TOP_SPEED_KN };
    let hours = (fix.time - last.time).hours().abs();
    let slack = if class == TransponderClass::LongRange { SLACK_M * 2.0 } else { SLACK_M };
    let [dx, dy] = [fix.position.lon() - last.position.lon(), fix.position.lat() - last.position.lat()];
    // A few metres of the map are always in reach: no trigonometry for most.
    if dx.abs() < 0.003 && dy.abs() < 0.003 {
        return true;
    }
    geodesy::distance_m(last.position, fix.position) <= slack + top_kn * NM_M * hours
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Other threads may read a picture while nobody changes it.
    const fn is_shareable<T: Send + Sync>() {}
    const _: () = is_shareable::<Picture>();
    const _: () = is_shareable::<&Picture>();
}
