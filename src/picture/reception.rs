//! Reception: what each station has received lately, and from how far. Absence of data is judged against it.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::geodesy;
use crate::model::saved::{SavedState, StateWriter};
use crate::model::{FeedId, Position, Span, StationId, StationKey, Time, TrackId, TransponderClass};

/// A station that received nothing for this long was not receiving.
pub const HOLE: Span = Span::from_secs(180);
/// Time for which the range of a station is remembered.
const MEMORY: Span = Span::from_secs(24 * 3600);
/// Stations at most: reports of others count, but nothing is judged by them.
const STATIONS: usize = 4096;
/// Width of a sector of bearings from a site, degrees.
const SECTOR_DEG: f64 = 5.0;
const SECTORS: usize = 72;
/// Length of the arc whose sectors count on either side, metres: close to the mast it spans several. The range is allowed
/// this much more, too: the field falls off smoothly.
const RANGE_MARGIN_M: f64 = 1.5 * geodesy::NM_M;
/// A station and a radar so near to each other have one line of sight, metres.
const BESIDE_M: f64 = geodesy::NM_M;
/// Sectors that count on either side at most: 60 degrees.
const MOST_BESIDE: usize = 12;

/// A receiving station.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Station {
    /// Time of its newest report.
    pub last_heard: Time,
    /// Time when its newest silence of over [`HOLE`] ended.
    pub hole_ended: Time,
    /// Whether its own ship's `VDO` told that it moves, before own ships were kept apart.
    mobile: bool,
    own_position: Option<Position>,
    /// Sectors for class B, then for the other classes, then for aircraft twice: beyond their own horizons, and in all;
    /// empty until a sender is received.
    reach: Vec<Sector>,
    hears_aircraft: bool,
}

impl Station {
    /// Returns the senders received from farthest off within a day, in the sectors of a bank about the bearing of a position and so
    /// many on either side.
    fn beside(
        &self,
        bank: usize,
        site: Position,
        at: Position,
        sectors: usize,
        now: Time,
    ) -> impl Iterator<Item = &Farthest> {
        let (from, middle) = (secs(now - MEMORY), sector_of(site, at));
        let turns = SECTORS - sectors..=SECTORS + sectors;
        let bearings = turns.filter_map(move |turn| self.reach.get(bank + (middle + turn) % SECTORS));
        bearings.flatten().filter(move |f| f.secs > from)
    }
}

/// Ranges of a station, by bearing from north in equal steps, metres; 0 where it received nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct StationRanges {
    /// The station's feed.
    pub feed: FeedId,
    /// Ranges of vessels.
    pub vessels: Vec<f32>,
    /// Ranges of aircraft; empty where it receives none.
    pub aircraft: Vec<f32>,
}

/// The two senders that were received from farthest off in a sector: no vessel is a witness for herself.
type Sector = [Farthest; 2];

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Farthest {
    /// The sender.
    by: TrackId,
    secs: u32,
    range_m: f32,
}

/// The ship that carries a station, by its own positions (`VDO`, `RMC`, `GGA`, `GLL`).
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct OwnShip {
    first: Position,
    /// Number of positions in a row that lie farther than [`SHIP_MOVED_M`] from the first.
    away: u8,
}

/// Time by which a station passes reports on after others.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Lateness {
    /// Longest delay of a copy within a day.
    late: Span,
    /// Time of the newest copy.
    noted: Time,
}

/// A ship has moved beyond this distance from its first position, metres.
const SHIP_MOVED_M: f64 = geodesy::NM_M;
/// Number of positions in a row after which a ship has moved: one wrong fix is no voyage.
const MOVED_AFTER: u8 = 3;

/// All stations.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reception {
    #[serde(serialize_with = "crate::model::saved::in_order")]
    stations: FxHashMap<StationKey, Station>,
    /// Stations that have received aircraft, in the order in which they first did.
    hear_aircraft: Vec<StationKey>,
    /// The ships that carry stations. Saved as a part of its own.
    #[serde(skip)]
    own_ships: FxHashMap<StationKey, OwnShip>,
    /// Stations that passed on late what others had received. Saved as a part of its own.
    #[serde(skip)]
    late: FxHashMap<StationKey, Lateness>,
}

impl Reception {
    /// Notes that a station reported something.
    pub fn note_report(&mut self, feed: FeedId, station: StationId, time: Time) {
        let key = StationKey::new(feed, station);
        if self.stations.len() >= STATIONS && !self.stations.contains_key(&key) {
            return;
        }
        let entry = self.stations.entry(key).or_insert_with(|| Station {
            last_heard: time,
            hole_ended: time,
            mobile: false,
            own_position: None,
            reach: Vec::new(),
            hears_aircraft: false,
        });
        if time - entry.last_heard > HOLE {
            entry.hole_ended = time;
        }
        entry.last_heard = entry.last_heard.max(time);
    }

    /// Notes where the ship is that carries a station. That shows nothing of its AIS receiver.
    pub fn note_own_ship(&mut self, feed: FeedId, station: StationId, at: Position) {
        let key = StationKey::new(feed, station);
        if self.own_ships.len() >= STATIONS && !self.own_ships.contains_key(&key) {
            return;
        }
        let ship = self.own_ships.entry(key).or_insert(OwnShip { first: at, away: 0 });
        if ship.away < MOVED_AFTER {
            let is_away = geodesy::distance_m(ship.first, at) > SHIP_MOVED_M;
            ship.away = if is_away { ship.away + 1 } else { 0 };
        }
    }

    /// Returns whether a station is on something that moves: its own ship does, or the one ship of its feed.
    pub fn moves(&self, key: StationKey) -> bool {
        let ship_moves =
            |key| self.own_ships.get(&key).is_some_and(|ship: &OwnShip| ship.away >= MOVED_AFTER);
        ship_moves(key)
            || ship_moves(StationKey::new(key.feed(), StationId(0)))
            || self.stations.get(&key).is_some_and(|station| station.mobile)
    }

    /// Notes that a station passed on a report so long after others.
    pub fn note_lateness(&mut self, key: StationKey, late: Span, time: Time) {
        if self.late.len() >= STATIONS && !self.late.contains_key(&key) {
            return;
        }
        let known = self.lateness(key, time).unwrap_or(late);
        self.late.insert(key, Lateness { late: late.max(known), noted: time });
    }

    /// Returns how late a station passed reports on within a day; `None` where it passed none on.
    #[inline]
    pub fn lateness(&self, key: StationKey, now: Time) -> Option<Span> {
        self.late.get(&key).filter(|known| now - known.noted <= MEMORY).map(|known| known.late)
    }

    /// Writes the stations that are late.
    pub fn save_lateness(&self, out: &mut StateWriter) {
        let mut late: Vec<_> = self.late.iter().map(|(key, known)| (*key, *known)).collect();
        late.sort_by_key(|(key, _)| *key);
        out.part("late-stations", 1, &late);
    }

    /// Restores the stations that are late.
    pub fn restore_lateness(&mut self, saved: &mut SavedState<'_>) {
        let read = saved.optional::<Vec<(StationKey, Lateness)>>("late-stations", 1);
        self.late = saved.rebuild("late-stations", read).into_iter().flatten().collect();
    }

    /// Writes the ships that carry stations.
    pub fn save_own_ships(&self, out: &mut StateWriter) {
        let mut ships: Vec<_> = self.own_ships.iter().map(|(key, ship)| (*key, *ship)).collect();
        ships.sort_by_key(|(key, _)| *key);
        out.part("own-ships", 1, &ships);
    }

    /// Restores the ships that carry stations.
    pub fn restore_own_ships(&mut self, saved: &mut SavedState<'_>) {
        let read = saved.optional::<Vec<(StationKey, OwnShip)>>("own-ships", 1);
        self.own_ships = saved.rebuild("own-ships", read).into_iter().flatten().collect();
    }

    /// Notes that a station whose site is known received a vessel of a class from a position.
    pub fn note_vessel_range(
        &mut self,
        key: StationKey,
        site: Position,
        id: TrackId,
        class: TransponderClass,
        at: Position,
        time: Time,
    ) {
        self.note_range((key, site), id, at, &[(first_sector(class), geodesy::distance_m(site, at))], time);
    }

    /// Notes that a station received an aircraft whose horizon is so far: the greater the height, the farther that is.
    pub fn note_aircraft_range(
        &mut self,
        key: StationKey,
        site: Position,
        id: TrackId,
        at: Position,
        horizon_m: f64,
        time: Time,
    ) {
        let range_m = geodesy::distance_m(site, at);
        let banks = [(BEYOND_HORIZON, (range_m - horizon_m).max(0.0)), (AIR_RANGE, range_m)];
        if self.note_range((key, site), id, at, &banks, time) == Some(true) {
            self.hear_aircraft.push(key);
        }
    }

    /// Notes the range of a sender in each bank of sectors. Returns whether it is the first in the first bank.
    fn note_range(
        &mut self,
        (key, site): (StationKey, Position),
        id: TrackId,
        at: Position,
        banks: &[(usize, f64)],
        time: Time,
    ) -> Option<bool> {
        let station = self.stations.get_mut(&key)?;
        if station.reach.is_empty() {
            station.reach.resize(4 * SECTORS, Sector::default());
        }
        let first = banks[0].0 == BEYOND_HORIZON && !std::mem::replace(&mut station.hears_aircraft, true);
        let (from, sector) = (secs(time - MEMORY), sector_of(site, at));
        for &(bank, range_m) in banks {
            let heard = Farthest { by: id, secs: secs(time), range_m: range_m as f32 };
            let sector = &mut station.reach[bank + sector];
            let worth = |f: &Farthest| if f.secs > from { f.range_m } else { 0.0 };
            let nearer = usize::from(worth(&sector[0]) > worth(&sector[1]));
            let place = sector.iter().position(|f| f.by == id && f.secs > 0).unwrap_or(nearer);
            if heard.range_m >= worth(&sector[place]) {
                sector[place] = heard;
            }
        }
        Some(first)
    }

    /// Returns the ranges of all stations, in the order of their keys.
    pub fn ranges_m(&self, now: Time) -> Vec<StationRanges> {
        let from = secs(now - MEMORY);
        let mut keys: Vec<_> =
            self.stations.iter().filter(|(_, station)| !station.reach.is_empty()).collect();
        keys.sort_by_key(|(key, _)| **key);
        let far =
            |sector: &Sector| sector.iter().filter(|f| f.secs > from).map(|f| f.range_m).fold(0.0, f32::max);
        let ranges = |(&key, station): (&StationKey, &Station)| {
            let bank = |first: usize| station.reach[first..first + SECTORS].iter().map(far);
            let vessels = bank(0).zip(bank(SECTORS)).map(|(b, others)| b.max(others)).collect();
            let aircraft = if station.hears_aircraft { bank(AIR_RANGE).collect() } else { Vec::new() };
            StationRanges { feed: key.feed(), vessels, aircraft }
        };
        keys.into_iter().map(ranges).collect()
    }

    /// Returns a station.
    pub fn station(&self, key: StationKey) -> Option<&Station> {
        self.stations.get(&key)
    }

    /// Returns whether a station at a site has received a vessel herself within a day from a bearing near that of a position,
    /// and from as far or farther.
    pub fn has_reached_herself(
        &self,
        key: StationKey,
        site: Position,
        herself: TrackId,
        at: Position,
        now: Time,
    ) -> bool {
        let Some(station) = self.stations.get(&key) else { return false };
        let range_m = geodesy::distance_m(site, at);
        let mut both = [0, SECTORS].into_iter().flat_map(|bank| station.beside(bank, site, at, 1, now));
        both.any(|f| f.by == herself && f64::from(f.range_m) >= range_m)
    }

    /// Returns whether a station at a site has received another vessel (not `but`) of a class within a day, on the bearing of
    /// a position and from about as far or farther. VHF goes in a line of sight: what does not obstruct the farther does
    /// not obstruct the nearer.
    pub fn reaches(
        &self,
        key: StationKey,
        site: Position,
        but: TrackId,
        class: TransponderClass,
        at: Position,
        now: Time,
    ) -> bool {
        self.reaches_so_far((key, site), but, first_sector(class), at, geodesy::distance_m(site, at), now)
    }

    /// Returns whether a station that receives now has received another vessel (not `but`) within a day, on the bearing of a position
    /// and from about as far or farther. `site_of` is the site of a feed's station.
    pub fn hears_there(
        &self,
        site_of: impl Fn(FeedId) -> Option<Position>,
        but: TrackId,
        at: Position,
        now: Time,
    ) -> bool {
        let receives = |key: StationKey, station: &Station| {
            !station.reach.is_empty() && now - station.last_heard <= HOLE && !self.moves(key)
        };
        let hears = |key: StationKey, site: Position| {
            [TransponderClass::A, TransponderClass::B]
                .into_iter()
                .any(|class| self.reaches(key, site, but, class, at, now))
        };
        self.stations.iter().any(|(&key, station)| {
            receives(key, station) && site_of(key.feed()).is_some_and(|site| hears(key, site))
        })
    }

    /// Returns whether a station beside a radar that sees something receives now, and has received a vessel from as far within a day:
    /// what the radar sees is in its line of sight.
    pub fn hears_beside(
        &self,
        site_of: impl Fn(FeedId) -> Option<Position>,
        radar: Position,
        at: Position,
        now: Time,
    ) -> bool {
        let (from, range_m) = (secs(now - MEMORY), geodesy::distance_m(radar, at));
        self.stations.iter().any(|(&key, station)| {
            now - station.last_heard <= HOLE
                && site_of(key.feed()).is_some_and(|site| geodesy::distance_m(site, radar) <= BESIDE_M)
                && !self.moves(key)
                && station
                    .reach
                    .iter()
                    .take(2 * SECTORS)
                    .flatten()
                    .any(|f| f.secs > from && f64::from(f.range_m) >= range_m)
        })
    }

    /// Returns whether a station at a site has received another aircraft as far beyond her own horizon as one whose horizon is so far.
    pub fn reaches_aircraft(
        &self,
        key: StationKey,
        site: Position,
        but: TrackId,
        at: Position,
        horizon_m: f64,
        now: Time,
    ) -> bool {
        let range_m = geodesy::distance_m(site, at);
        let beyond_m = (range_m - horizon_m).max(0.0);
        self.reaches_so_far((key, site), but, BEYOND_HORIZON, at, beyond_m, now)
            && self.reaches_so_far((key, site), but, AIR_RANGE, at, range_m, now)
    }

    fn reaches_so_far(
        &self,
        (key, site): (StationKey, Position),
        but: TrackId,
        bank: usize,
        at: Position,
        range_m: f64,
        now: Time,
    ) -> bool {
        let Some(station) = self.stations.get(&key) else { return false };
        let arc_deg = (RANGE_MARGIN_M / geodesy::distance_m(site, at).max(1.0)).to_degrees();
        let beside = ((arc_deg / SECTOR_DEG) as usize).clamp(1, MOST_BESIDE);
        let mut farthest = station.beside(bank, site, at, beside, now);
        farthest.any(|f| f.by != but && f64::from(f.range_m) + RANGE_MARGIN_M >= range_m)
    }

    /// Returns every station that receives aircraft, and its feed.
    pub fn stations(&self) -> impl Iterator<Item = (StationKey, FeedId)> + '_ {
        self.hear_aircraft.iter().map(|&key| (key, key.feed()))
    }

    /// Returns how many stations there are.
    pub fn len(&self) -> usize {
        self.stations.len()
    }

    /// Returns whether no station has reported.
    pub fn is_empty(&self) -> bool {
        self.stations.is_empty()
    }
}

fn secs(time: Time) -> u32 {
    (time.0 / 1000).clamp(0, i64::from(u32::MAX)) as u32
}

/// First of the sectors of aircraft beyond their own horizons.
const BEYOND_HORIZON: usize = 2 * SECTORS;
/// First of the sectors of aircraft by range.
const AIR_RANGE: usize = 3 * SECTORS;

fn first_sector(class: TransponderClass) -> usize {
    match class {
        TransponderClass::B => 0,
        _ => SECTORS,
    }
}

fn sector_of(site: Position, at: Position) -> usize {
    let bearing = geodesy::normal_deg(geodesy::bearing_deg(site.lon_lat(), at.lon_lat()));
    (bearing / SECTOR_DEG) as usize % SECTORS
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: StationKey = StationKey::new(FeedId(1), StationId(0));
    const NOW: Time = Time(1_773_000_000_000);

    const fn track(slot: u32) -> TrackId {
        TrackId::new(slot, 0)
    }

    fn site() -> Position {
        Position::new(-61.0, 14.0).expect("on the globe")
    }

    fn out(bearing_deg: f64, nm: f64) -> Position {
        geodesy::dead_reckoned(site(), nm, bearing_deg, Span::from_secs(3600))
    }

    fn hears(bearing_deg: f64, nm: f64) -> Reception {
        let mut reception = Reception::default();
        reception.note_report(FeedId(1), StationId(0), NOW);
        reception.note_vessel_range(KEY, site(), track(7), TransponderClass::A, out(bearing_deg, nm), NOW);
        reception
    }

    fn reaches(reception: &Reception, bearing_deg: f64, nm: f64) -> bool {
        reception.reaches(KEY, site(), track(8), TransponderClass::A, out(bearing_deg, nm), NOW)
    }

    #[test]
    fn reaches_as_far_as_it_heard_and_on_that_bearing() {
        for bearing in [2.0, 90.0, 358.0] {
            let reception = hears(bearing, 20.0);
            assert!(reaches(&reception, bearing, 21.4) && reaches(&reception, bearing + 4.0, 12.0));
            assert!(!reaches(&reception, bearing, 21.6), "nobody was heard from there");
            assert!(!reaches(&reception, bearing + 20.0, 12.0), "a headland may be in the way");
            assert!(reaches(&reception, bearing + 20.0, 3.0), "close to the mast a mile is many degrees");
        }
    }

    #[test]
    fn of_another_of_its_class_and_within_a_day() {
        let reception = hears(270.0, 20.0);
        let at = out(270.0, 10.0);
        let asked = |but, class, now| reception.reaches(KEY, site(), but, class, at, now);
        assert!(asked(track(8), TransponderClass::A, NOW + Span::from_secs(23 * 3600)));
        assert!(!asked(track(8), TransponderClass::A, NOW + Span::from_secs(25 * 3600)));
        assert!(!asked(track(7), TransponderClass::A, NOW), "nobody witnesses for himself");
        assert!(!asked(track(8), TransponderClass::B, NOW));
    }

    #[test]
    fn two_senders_and_the_old_one_gives_way() {
        let mut reception = hears(270.0, 20.0);
        let mut hear = |id, nm, at| {
            reception.note_vessel_range(KEY, site(), id, TransponderClass::A, out(270.0, nm), at);
            reception.clone()
        };
        assert!(reaches(&hear(track(9), 15.0, NOW), 270.0, 21.0), "the nearer does not hide the farther");
        let later = NOW + Span::from_secs(25 * 3600);
        let now = hear(track(10), 12.0, later);
        let asked = |nm| now.reaches(KEY, site(), track(8), TransponderClass::A, out(270.0, nm), later);
        assert!(asked(13.4) && !asked(13.6));
    }
}
