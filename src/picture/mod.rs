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
pub use track::{Born, Fix, HEARD, Heard, Identity, Kind, RuleBits, Track, station_key};
pub use zones::{Membership, ZoneSet, Zones};

use crate::model::{
    Body, Feed, FeedId, Icao, Mmsi, Position, PositionReport, Report, Span, StaticReport, Time,
    TransponderClass,
};
use crate::sphere::{self, NM_M};
use index::NONE;

/// No surface vessel outruns this, knots: beyond it another sender has the same MMSI.
const TOP_SPEED_KN: f64 = 60.0;
const TOP_AIRCRAFT_KN: f64 = 750.0;
/// And this much is allowed for accuracy and clocks, metres.
const SLACK_M: f64 = 0.5 * NM_M;
/// So many tracks may share an MMSI.
const SAME_MMSI: usize = 4;
/// A long-range report, rounded to 185 m, moves no track heard directly within this.
const LONG_RANGE_WAITS: Span = Span::from_secs(3600);

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
    Heard(u32),
    /// A transmission already taken, from another station.
    Repeat,
    /// Older than its track's newest: history only.
    Late,
    /// The track has a new position.
    Moved(u32),
    /// Its identity claims changed.
    Identity(u32),
    /// Both.
    MovedAndIdentity(u32),
}

/// All tracks, their indexes, and what the stations hear.
pub struct Picture {
    bounds: Bounds,
    slots: FxHashMap<u32, u32>,
    tracks: Vec<Track>,
    identities: Vec<Identity>,
    histories: Vec<History>,
    free: Vec<u32>,
    sweep: usize,
    /// Vessels and fixed stations by place, cells of 3 nm.
    pub grid: Grid,
    /// Aircraft by place, cells of 15 nm.
    pub air: Grid,
    flights: FxHashMap<u32, Flight>,
    /// Of SAR aircraft on AIS: the track on ADS-B that each may be, and how often in a row.
    voices: FxHashMap<u32, (u32, u8)>,
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
            slots: FxHashMap::default(),
            tracks: Vec::new(),
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

    /// Places for tracks, those that are free among them.
    pub fn slot_count(&self) -> u32 {
        self.tracks.len() as u32
    }

    /// A track.
    pub fn track(&self, slot: u32) -> &Track {
        &self.tracks[slot as usize]
    }

    /// A track's identity claims.
    pub fn identity(&self, slot: u32) -> &Identity {
        &self.identities[slot as usize]
    }

    /// A track's history.
    pub fn history(&self, slot: u32) -> &History {
        &self.histories[slot as usize]
    }

    /// Where a track was at a time: between two points of its history, else carried from its fix.
    pub fn position_at(&self, slot: u32, time: Time) -> Position {
        let known = self.history(slot).position_at(time);
        known.unwrap_or_else(|| self.track(slot).fix.carried_to(time))
    }

    /// A track's subject key.
    pub fn key(&self, slot: u32) -> String {
        let track = self.track(slot);
        key_of(track.born, track.mmsi, track.icao, track.split_at, track.first_heard, |feed| {
            self.feed(feed).map_or("", |feed| &feed.name)
        })
    }

    /// Touches what a report will need, so that the memory is on its way before it is.
    pub fn fetch(&self, mmsi: Mmsi) -> i64 {
        match self.slots.get(&mmsi.0) {
            Some(&slot) => self.tracks[slot as usize].fix.time.0,
            None => 0,
        }
    }

    /// The slots of the tracks that share an MMSI.
    pub fn same_mmsi(&self, mmsi: Mmsi) -> impl Iterator<Item = u32> + '_ {
        let next = |&slot: &u32| Some(self.track(slot).next_same).filter(|&slot| slot != NONE);
        std::iter::successors(self.slots.get(&mmsi.0).copied(), next)
    }

    pub(crate) fn set_who(&mut self, slot: u32, who: RuleBits) {
        let track = &mut self.tracks[slot as usize];
        (track.who, track.assessed) = (who, true);
    }

    /// Takes one report.
    pub fn apply(&mut self, report: &Report) -> Change {
        self.reception.hear(report.feed, report.station, report.time);
        match &report.body {
            Body::Position(p) => {
                let change = self.position(report, p);
                if let Change::Moved(slot) = change {
                    self.tracks[slot as usize].sails();
                }
                change
            }
            Body::PositionAndStatic(p, s) => match (self.position(report, p), self.identify(report, s)) {
                (Change::Moved(slot), Change::Identity(_)) => Change::MovedAndIdentity(slot),
                (Change::None | Change::Late | Change::Heard(_), identity) => identity,
                (moved, _) => moved,
            },
            Body::Static(s) => self.identify(report, s),
            Body::BaseStation(said) | Body::AidToNavigation(said) if said.position.is_some() => {
                let kinematics = crate::model::Kinematics { position: said.position, ..Default::default() };
                let fixed = PositionReport {
                    kinematics,
                    class: TransponderClass::A,
                    nav_status: None,
                    accurate: said.accurate,
                    altitude_m: None,
                };
                let change = self.position(report, &fixed);
                if let Change::Moved(slot) = change {
                    self.tracks[slot as usize].claims_fixed();
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
                self.merely_heard(report)
            }
        }
    }

    /// A track that nothing is known of but that it sends.
    fn make_unlocated(&mut self, report: &Report, class: TransponderClass) -> Option<u32> {
        let fix = Fix::new(report.time, Position::default(), &crate::model::Kinematics::default());
        let slot = self.insert(Track::new(report.mmsi, class, fix))?;
        self.slots.insert(report.mmsi.0, slot);
        Some(slot)
    }

    /// A distress device is heard before it knows where it is.
    fn note_signal(&mut self, report: &Report) {
        let known = self.slots.get(&report.mmsi.0).copied();
        if let Some(slot) = known.or_else(|| self.make_unlocated(report, TransponderClass::A)) {
            self.tracks[slot as usize].note_signal(&report.body);
        }
    }

    /// With several senders of one MMSI nobody can tell which of them it was.
    fn merely_heard(&mut self, report: &Report) -> Change {
        if report.mmsi.kind().distress_device().is_some() {
            self.note_signal(report);
        }
        match self.slots.get(&report.mmsi.0) {
            Some(&slot) if self.track(slot).next_same == NONE => {
                match self.tracks[slot as usize].hear(report) {
                    true => Change::Repeat,
                    false => Change::Heard(slot),
                }
            }
            _ => Change::None,
        }
    }

    fn position(&mut self, report: &Report, p: &PositionReport) -> Change {
        let Some(at) = p.kinematics.position else {
            return self.merely_heard(report);
        };
        let fix = Fix::new(report.time, at, &p.kinematics);
        let Some(slot) = self.slot_for(report, p.class, fix) else { return Change::None };
        let track = &mut self.tracks[slot as usize];
        let fresh = track.last_heard;
        if track.hear(report) {
            return Change::Repeat;
        }
        let located = track.located();
        track.believe(located);
        if track.sensed > 0 {
            return self.position_of_seen(slot, report, p, fix);
        }
        if located && fix.time <= track.fix.time {
            self.histories[slot as usize].add(fix.time, at, fix.sog_tenths, self.bounds.history_points);
            return Change::Late;
        }
        if located
            && p.class == TransponderClass::LongRange
            && fix.time - fresh < LONG_RANGE_WAITS
            && track.class != TransponderClass::LongRange
        {
            return Change::Heard(slot);
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
        let elsewhere = self.place(slot, fix);
        self.hear_from(slot, report, fix, elsewhere);
        if self.track(slot).tentative { Change::None } else { Change::Moved(slot) }
    }

    /// Of a vessel that radars see too.
    fn position_of_seen(&mut self, slot: u32, report: &Report, p: &PositionReport, fix: Fix) -> Change {
        let before = self.contacts.fusion(slot).and_then(|fusion| fusion.ais);
        if p.class == TransponderClass::LongRange && before.is_some() {
            return Change::Heard(slot);
        }
        let track = &mut self.tracks[slot as usize];
        if let Some(before) = before.filter(|before| fix.time > before.time) {
            track.note_interval(fix.time - before.time);
        }
        (track.class, track.nav_status) = (p.class, p.nav_status);
        let elsewhere = !self.grid.is_in_cell_of(slot, fix.position);
        self.hear_from(slot, report, fix, elsewhere);
        self.heard_fused(slot, fix)
    }

    /// Reception after a report from a position; `elsewhere`: it was in another cell of the grid before.
    fn hear_from(&mut self, slot: u32, report: &Report, fix: Fix, elsewhere: bool) {
        let track = &self.tracks[slot as usize];
        if !track.tentative && (elsewhere || track.is_first_in(LEARNT_EVERY, fix.time)) {
            self.learn_reach(slot, report, fix);
        }
    }

    /// Indexes and history after a move. Answers whether it came into another cell of the grid.
    fn place(&mut self, slot: u32, fix: Fix) -> bool {
        let elsewhere = match self.track(slot) {
            Track { tentative: true, .. } => false,
            Track { kind: Kind::Aircraft, .. } => self.air.place(slot, fix.position),
            _ => self.grid.place(slot, fix.position),
        };
        let track = &mut self.tracks[slot as usize];
        if sphere_moved(track, fix) {
            let told = self.zones.membership(fix.position);
            track.zones = told.set;
            track.zones_at = fix.position;
            track.zones_safe_m = told.safe_m as f32;
        }
        self.histories[slot as usize].add(fix.time, fix.position, fix.sog_tenths, self.bounds.history_points);
        elsewhere
    }

    /// How far a station hears is learnt from vessels: a base station or an aircraft stands higher.
    fn learn_reach(&mut self, slot: u32, report: &Report, fix: Fix) {
        let Track { kind, class, .. } = self.tracks[slot as usize];
        let site = self.site(report.feed);
        if let (Some(site), Kind::Vessel | Kind::NetBuoy) = (site, kind) {
            let key = station_key(report.feed, report.station);
            self.reception.heard_from(key, site, slot, class, fix.position, fix.time);
        }
    }

    /// The track that a position belongs to: of those with its MMSI and in reach the nearest.
    fn slot_for(&mut self, report: &Report, class: TransponderClass, fix: Fix) -> Option<u32> {
        let Some(&first) = self.slots.get(&report.mmsi.0) else {
            let slot = self.insert(Track::new(report.mmsi, class, fix))?;
            self.slots.insert(report.mmsi.0, slot);
            return Some(slot);
        };
        let alone = self.track(first).next_same == NONE;
        if alone && self.can_have_come(first, class, fix) {
            return Some(first);
        }
        let (mut slot, mut last, mut count, mut doubtful) = (first, first, 0, NONE);
        let mut nearest: Option<(f64, u32)> = None;
        while slot != NONE {
            let track = &self.tracks[slot as usize];
            if self.can_have_come(slot, class, fix) {
                let metres = sphere::distance_m(track.fix.position, fix.position);
                nearest = nearest.filter(|n| n.0 <= metres).or(Some((metres, slot)));
            }
            if track.tentative {
                doubtful = slot;
            }
            (last, slot, count) = (slot, track.next_same, count + 1);
        }
        if let Some((_, slot)) = nearest {
            return Some(slot);
        }
        // What nobody followed up gives its place to the next claim.
        if doubtful != NONE || count >= SAME_MMSI {
            let slot = if doubtful != NONE { doubtful } else { last };
            let held = self.track(slot);
            if held.engaged.get() != 0 || held.alerts.get() != 0 {
                return None;
            }
            let mut track = Track::new(report.mmsi, class, fix);
            track.next_same = held.next_same;
            self.reset(slot, track, fix);
            return Some(slot);
        }
        let mut track = Track::new(report.mmsi, class, fix);
        track.split_at = Some(fix.time);
        track.tentative = true;
        let slot = self.insert(track)?;
        // Whoever made room for it may have been one of them.
        match self.same_mmsi(report.mmsi).last() {
            Some(last) => self.tracks[last as usize].next_same = slot,
            None => drop(self.slots.insert(report.mmsi.0, slot)),
        }
        Some(slot)
    }

    /// Whether a position can be of a track: in reach of where its AIS put it last.
    fn can_have_come(&self, slot: u32, class: TransponderClass, fix: Fix) -> bool {
        let track = self.track(slot);
        if !track.located() {
            return true;
        }
        let ais =
            if track.sensed > 0 { self.contacts.fusion(slot).and_then(|fusion| fusion.ais) } else { None };
        is_in_reach(&ais.unwrap_or(track.fix), class, fix)
    }

    fn identify(&mut self, report: &Report, s: &StaticReport) -> Change {
        let slot = match self.slots.get(&report.mmsi.0) {
            Some(&slot) => slot,
            None => match self.make_unlocated(report, s.class) {
                Some(slot) => slot,
                None => return Change::None,
            },
        };
        // With several senders of one MMSI nobody can tell whose name it is: the first keeps it.
        let track = &mut self.tracks[slot as usize];
        if track.next_same == NONE && track.hear(report) {
            return Change::Repeat;
        }
        let identity = &mut self.identities[slot as usize];
        let was = *identity;
        let changed = identity.take(s);
        let named = identity.name.is_some_and(|name| track::net_buoy_name(name.as_str()));
        track.odd_identity = named || track.mmsi.kind() == crate::model::MmsiKind::Malformed;
        track.judge_kind();
        if !changed {
            return Change::Heard(slot);
        }
        if track.next_same == NONE {
            track.judge_claims(&was, identity, report.time);
        }
        Change::Identity(slot)
    }

    /// Bytes on the heap: `(tracks and indexes, histories)`.
    pub fn heap_bytes(&self) -> (usize, usize) {
        let tracks = self.tracks.capacity() * size_of::<Track>()
            + self.identities.capacity() * size_of::<Identity>()
            + self.histories.capacity() * size_of::<History>()
            + self.slots.capacity() * 9
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

fn sphere_moved(track: &Track, fix: Fix) -> bool {
    let safe_m = f64::from(track.zones_safe_m);
    if safe_m < 0.0 {
        return true;
    }
    fix.position != track.zones_at && sphere::distance_m(track.zones_at, fix.position) >= safe_m
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
    sphere::distance_m(last.position, fix.position) <= slack + top_kn * NM_M * hours
}
