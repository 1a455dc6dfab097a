//! AIS reports: each finds the track of its sender, or makes it one.

use super::Picture;
use crate::geodesy::{self, NM_M};
use crate::model::{
    Body, Kinematics, Position, PositionReport, Report, Span, StaticReport, StationId, StationKey, TrackId,
    TransponderClass,
};
use crate::tracking;
use crate::tracks::{Change, End, Fix, Holders, Kind, Point, Sender, Track};

/// Top speed of a surface vessel, knots: beyond it another sender has the same MMSI.
const TOP_SPEED_KN: f64 = 60.0;
/// Top speed of an aircraft, knots.
const TOP_AIRCRAFT_KN: f64 = 750.0;
/// Distance that is allowed for accuracy and clocks, metres.
const SLACK_M: f64 = 0.5 * NM_M;
/// Tracks that may share an MMSI, at most.
const SAME_MMSI: usize = 4;
/// A long-range report, rounded to 185 m, moves no track that was received directly within this time.
const LONG_RANGE_WAITS: Span = Span::from_secs(3600);
/// Time for which a track is carried on to find out which of two a position belongs to.
const CARRIED_ON: Span = Span::from_secs(3600);
/// Age up to which a report may be a late copy: links that were cut off pass on within a day.
const COPY_WITHIN: Span = Span::from_secs(86_400);
/// A late copy lies within this of the track's way, metres: the history has a point a minute.
const COPY_M: f64 = 150.0;
/// Degrees of latitude that are more than that.
const COPY_DEG: f64 = 0.0015;
/// Difference in speed up to which a late copy is one, knots, and as a share of the speed.
const COPY_SPEED_KN: f64 = 0.6;
const COPY_SPEED_SHARE: f64 = 0.05;
/// Speed below which a vessel is at rest, knots.
const AT_REST_KN: f64 = 0.5;
/// Age up to which a copy of a position at rest is one; more where the station is known to be later.
const COPY_AT_REST: Span = Span::from_secs(3600);
/// Distance behind the newest position from which on a position may be a late copy, metres.
const BEHIND_M: f64 = 100.0;
/// Degrees of longitude or latitude within which a position is not behind by that.
const BEHIND_DEG: f64 = 0.0005;
/// Delay of services that pass positions on and date them on arrival, at most.
const PASSED_ON_WITHIN: Span = Span::from_secs(240);
/// Age of the newest position up to which another one is compared with it.
const COMPARED_WITHIN: Span = Span::from_secs(300);
/// Speed from which on a vessel has a way on which one position is behind another, knots.
const HAS_A_WAY_KN: f64 = 3.0;
/// Difference of speeds, knots, and of courses, degrees, up to which two positions are of one way.
const ONE_WAY_KN: f64 = 1.5;
const ONE_WAY_DEG: f64 = 20.0;
/// Distance abeam up to which two positions are of one way, metres.
const ABEAM_M: f64 = 200.0;
/// Interval at which the range of a station is noted from a vessel that stays where she is.
const RANGE_NOTED_EVERY: Span = Span::from_secs(600);

impl Picture {
    /// Applies one AIS report. `holders` keep tracks from being forgotten for it.
    pub fn apply_report(&mut self, report: &Report, holders: &dyn Holders) -> Change {
        if report.station != StationId::RELAYED {
            self.reception.note_report(report.feed, report.station, report.time);
        }
        match &report.body {
            Body::Position(p) => self.apply_position(report, p, holders),
            Body::PositionAndStatic(p, s) => {
                let moved = self.apply_position(report, p, holders);
                if matches!(moved, Change::Repeat) {
                    return moved;
                }
                match (moved, self.take_static(report, s, holders)) {
                    (Change::Moved(id), Change::Identity(_)) => Change::MovedAndIdentity(id),
                    (Change::None | Change::Late | Change::Heard(_), identity) => identity,
                    (moved, _) => moved,
                }
            }
            Body::Static(s) => self.apply_static(report, s, holders),
            Body::BaseStation(said) | Body::AidToNavigation(said) if said.position.is_some() => {
                let kinematics = Kinematics { position: said.position, ..Default::default() };
                let fixed = PositionReport {
                    kinematics,
                    class: TransponderClass::A,
                    nav_status: None,
                    accurate: said.accurate,
                    altitude_m: None,
                };
                self.apply_position(report, &fixed, holders)
            }
            Body::OwnShip(k) => {
                if let Some(at) = k.position {
                    self.reception.note_own_ship(report.feed, report.station, at);
                }
                Change::None
            }
            Body::BaseStation(_) | Body::AidToNavigation(_) | Body::Safety(_) | Body::Heard => {
                self.apply_without_position(report, holders)
            }
        }
    }

    /// Returns whether the feed of a report may bring its sender, who is new.
    fn admits_sender(&mut self, report: &Report) -> bool {
        report.mmsi.kind().distress_device().is_some() || self.tracks.admits_new(report.feed, report.time)
    }

    /// Makes a track of which nothing is known but that it sends.
    fn insert_unlocated(
        &mut self,
        report: &Report,
        class: TransponderClass,
        holders: &dyn Holders,
    ) -> Option<TrackId> {
        if !self.admits_sender(report) {
            return None;
        }
        let fix = Fix::new(report.time, Position::default(), &Kinematics::default());
        let id = self.insert(Track::new(report.mmsi, class, fix), holders)?;
        self.tracks.set_first_of(report.mmsi, id);
        Some(id)
    }

    /// Notes the signal of a distress device, which sends before it knows where it is.
    fn note_distress_signal(&mut self, report: &Report, holders: &dyn Holders) {
        let known = self.tracks.by_mmsi(report.mmsi);
        if let Some(id) = known.or_else(|| self.insert_unlocated(report, TransponderClass::A, holders)) {
            self.tracks.track_mut(id).note_distress_signal(&report.body);
        }
    }

    /// Applies a report without a position. With several senders of one MMSI nobody can tell which of them it was.
    fn apply_without_position(&mut self, report: &Report, holders: &dyn Holders) -> Change {
        if report.mmsi.kind().distress_device().is_some() {
            self.note_distress_signal(report, holders);
        }
        match self.tracks.by_mmsi(report.mmsi) {
            Some(id) if self.track(id).next_same.is_none() => {
                let is_repeat = self.tracks.track_mut(id).note_transmission(report);
                if is_repeat { Change::Repeat } else { Change::Heard(id) }
            }
            _ => Change::None,
        }
    }

    fn apply_position(&mut self, report: &Report, p: &PositionReport, holders: &dyn Holders) -> Change {
        // Decoders count exactly 0N 0E as no position; no report moves a vessel there either.
        let Some(at) = p.kinematics.position.filter(|at| !at.is_null_island()) else {
            return self.apply_without_position(report, holders);
        };
        let mut fix = Fix::new(report.time, at, &p.kinematics);
        fix.accurate = p.accurate;
        let id = match self.track_for(report, p.class, fix, holders) {
            Ok(id) => id,
            Err(change) => return change,
        };
        if self.is_copy_from_behind(id, report, fix) || self.is_copy_in_reach(id, report, fix) {
            self.tracks.track_mut(id).note_late_copy(report);
            return Change::Repeat;
        }
        let track = self.tracks.track_mut(id);
        let heard_before = track.last_heard;
        if track.note_transmission(report) {
            return Change::Repeat;
        }
        let located = track.located();
        track.count_agreement(located);
        if track.sensed > 0 {
            return self.apply_position_of_fused(id, report, p, fix);
        }
        if located && fix.time <= track.fix.time {
            self.tracks.add_to_history(id, &fix);
            return Change::Late;
        }
        if located
            && p.class == TransponderClass::LongRange
            && fix.time - heard_before < LONG_RANGE_WAITS
            && track.class != TransponderClass::LongRange
        {
            return Change::Heard(id);
        }
        if located {
            track.update_interval(fix.time - track.fix.time);
        }
        track.move_to(fix);
        (track.class, track.nav_status) = (p.class, p.nav_status);
        track.update_top_speed();
        self.tracks.note_sender(id, Sender::of(&report.body));
        let elsewhere = self.tracks.place(id, fix, &mut self.zones);
        self.note_vessel_range(id, report, fix, elsewhere);
        if self.track(id).tentative { Change::None } else { Change::Moved(id) }
    }

    /// Applies a position of a track that radars detect too.
    fn apply_position_of_fused(
        &mut self,
        id: TrackId,
        report: &Report,
        p: &PositionReport,
        fix: Fix,
    ) -> Change {
        let before = self.sensors.fused(id).and_then(|fused| fused.ais);
        if p.class == TransponderClass::LongRange && before.is_some() {
            return Change::Heard(id);
        }
        let track = self.tracks.track_mut(id);
        if let Some(before) = before.filter(|before| fix.time > before.time) {
            track.update_interval(fix.time - before.time);
        }
        (track.class, track.nav_status) = (p.class, p.nav_status);
        self.tracks.note_sender(id, Sender::of(&report.body));
        let elsewhere = !self.tracks.surface.is_in_cell_of(id, fix.position);
        self.note_vessel_range(id, report, fix, elsewhere);
        self.apply_ais_fix(id, fix)
    }

    /// Notes how far a station receives a vessel, when she came into another cell of the grid (`elsewhere`), and now and then.
    fn note_vessel_range(&mut self, id: TrackId, report: &Report, fix: Fix, elsewhere: bool) {
        let track = self.tracks.track(id);
        let noted = !track.tentative && (elsewhere || track.is_first_in(RANGE_NOTED_EVERY, fix.time));
        // A base station or an aircraft stands higher than a vessel.
        if noted
            && let (Some(site), Kind::Vessel | Kind::NetBuoy) = (self.feeds.site(report.feed), track.kind)
        {
            let key = StationKey::new(report.feed, report.station);
            self.reception.note_vessel_range(key, site, id, track.class, fix.position, fix.time);
        }
    }

    /// Returns the track that a position belongs to: of those with its MMSI and in reach the one that would be nearest now; a
    /// new one where there is none.
    ///
    /// # Errors
    /// The change that the report is where it belongs to none: a repeat where one of these was there before, and no change
    /// where there is no room.
    fn track_for(
        &mut self,
        report: &Report,
        class: TransponderClass,
        fix: Fix,
        holders: &dyn Holders,
    ) -> Result<TrackId, Change> {
        let Some(first) = self.tracks.by_mmsi(report.mmsi) else {
            if !self.admits_sender(report) {
                return Err(Change::None);
            }
            let id = self.insert(Track::new(report.mmsi, class, fix), holders).ok_or(Change::None)?;
            self.tracks.set_first_of(report.mmsi, id);
            return Ok(id);
        };
        let alone = self.track(first).next_same.is_none();
        if alone && (self.can_have_come(first, class, fix) || self.is_further_on(first, fix)) {
            return Ok(first);
        }
        let (mut next, mut last, mut count, mut doubtful) = (Some(first), first, 0, None);
        let mut nearest: Option<(f64, TrackId)> = None;
        while let Some(id) = next {
            let track = self.track(id);
            if self.can_have_come(id, class, fix) {
                let carried_to = fix.time.min(self.ais_fix(id).time + CARRIED_ON);
                let there = self.ais_fix(id).carried_to(carried_to);
                let metres = geodesy::distance_m(there, fix.position);
                nearest = nearest.filter(|n| n.0 <= metres).or(Some((metres, id)));
            }
            if track.tentative {
                doubtful = Some(id);
            }
            (last, next, count) = (id, track.next_same, count + 1);
        }
        // Where a track in reach is confirmed, nobody asks for late copies: that is a walk through histories.
        match nearest {
            Some((_, id)) if !self.track(id).tentative => return Ok(id),
            _ if self.note_late_copy(first, report, class, fix) => return Err(Change::Repeat),
            Some((_, id)) => return Ok(id),
            None => {}
        }
        let mut track = Track::new(report.mmsi, class, fix);
        (track.split_at, track.tentative) = (Some(fix.time), true);
        // A track that was never confirmed gives its place to the next one of its MMSI.
        if doubtful.is_some() || count >= SAME_MMSI {
            let id = doubtful.unwrap_or(last);
            if holders.is_held(id) {
                return Err(Change::None);
            }
            track.next_same = self.track(id).next_same;
            self.sensors.release(id);
            return Ok(self.tracks.replace(id, track));
        }
        let id = self.insert(track, holders).ok_or(Change::None)?;
        // The track that made room for it may have been one of them.
        self.tracks.append_to_mmsi(report.mmsi, id);
        Ok(id)
    }

    /// Returns the newest fix from a track's AIS; the estimate of radars where it has sent none.
    fn ais_fix(&self, id: TrackId) -> Fix {
        self.broadcast_fix(id).unwrap_or(self.track(id).fix)
    }

    /// Returns whether a position is a late copy of one of a confirmed track of an MMSI that is no longer in reach. Notes how late its
    /// station is.
    fn note_late_copy(&mut self, first: TrackId, report: &Report, class: TransponderClass, fix: Fix) -> bool {
        let key = StationKey::new(report.feed, report.station);
        let mut of_mmsi = std::iter::successors(Some(first), |id| self.track(*id).next_same);
        let late = of_mmsi.find_map(|id| {
            let is_gone = !self.track(id).tentative && !self.can_have_come(id, class, fix);
            if is_gone { self.copied_after(id, key, fix) } else { None }
        });
        if let Some(late) = late {
            self.reception.note_lateness(key, late, fix.time);
        }
        late.is_some()
    }

    /// Returns how long before a track was at a position, with the same speed, within a day: the report is a late copy of an old one.
    fn copied_after(&self, id: TrackId, key: StationKey, fix: Fix) -> Option<Span> {
        let is_like = |end: End| match (end.kn, fix.sog_kn()) {
            (Some([slow, fast]), Some(kn)) => {
                let apart = COPY_SPEED_KN.max(COPY_SPEED_SHARE * fast);
                (slow - apart..=fast + apart).contains(&kn)
            }
            (known, told) => known.is_none() && told.is_none(),
        };
        let (at, lat) = (fix.position.lon_lat(), fix.position.lat());
        let is_beside = |from: Position, to: Position| {
            let (south, north) = (from.lat().min(to.lat()), from.lat().max(to.lat()));
            let offset = |end: Position| geodesy::offset_m(at, end.lon_lat());
            (south - COPY_DEG..=north + COPY_DEG).contains(&lat)
                && geodesy::to_segment_m(offset(from), offset(to)) <= COPY_M
        };
        // At a berth anyone may lie after her: there a copy is one for as long as its station is late.
        let since = match fix.sog_kn() {
            Some(AT_REST_KN..) => fix.time - COPY_WITHIN,
            _ => fix.time - COPY_AT_REST - self.reception.lateness(key, fix.time).unwrap_or(Span::ZERO),
        };
        let ends = self.tracks.history(id).ends_since(since);
        let mut before: Option<End> = None;
        let found = ends.take_while(|end| end.time < fix.time).find(|end| {
            let from = before.replace(*end).unwrap_or(*end);
            (is_like(from) || is_like(*end)) && is_beside(from.position, end.position)
        });
        found.map(|end| fix.time - end.time)
    }

    /// Returns whether a position in reach is a late copy: its station is known to be late, another one has just received the vessel
    /// elsewhere, and she was there before.
    fn is_copy_in_reach(&self, id: TrackId, report: &Report, fix: Fix) -> bool {
        let key = StationKey::new(report.feed, report.station);
        if self.reception.lateness(key, fix.time).is_none() {
            return false;
        }
        let last = self.ais_fix(id);
        let others = self.track(id).received_within(COMPARED_WITHIN).any(|heard| heard.station_key() != key);
        let as_fast = fix.sog_kn().zip(last.sog_kn()).is_none_or(|(a, b)| (a - b).abs() <= ONE_WAY_KN);
        let goes_on = as_fast && geodesy::distance_m(last.carried_to(fix.time), fix.position) <= COPY_M;
        others
            && !goes_on
            && fix.time - last.time <= COMPARED_WITHIN
            && self.copied_after(id, key, fix).is_some_and(|late| late > PASSED_ON_WITHIN)
    }

    /// Returns the distance of a position ahead of a track's newest one on AIS and to the right of its course, metres, where both are
    /// of one way.
    fn along_her_way(&self, id: TrackId, fix: Fix) -> Option<[f64; 2]> {
        let last = self.ais_fix(id);
        let [east_deg, north_deg] =
            [fix.position.lon() - last.position.lon(), fix.position.lat() - last.position.lat()];
        if east_deg.abs() < BEHIND_DEG && north_deg.abs() < BEHIND_DEG {
            return None;
        }
        let (kn, cog_deg) = (fix.sog_kn()?, fix.cog_deg()?);
        let apart_deg = geodesy::angle_between_deg(cog_deg, last.cog_deg()?);
        let of_one_way = kn >= HAS_A_WAY_KN
            && (kn - last.sog_kn()?).abs() <= ONE_WAY_KN
            && apart_deg <= ONE_WAY_DEG
            && fix.time >= last.time
            && fix.time - last.time <= COMPARED_WITHIN
            && self.track(id).kind == Kind::Vessel;
        of_one_way.then(|| {
            let [east, north] = geodesy::offset_m(last.position.lon_lat(), fix.position.lon_lat());
            let (sin, cos) = libm::sincos(cog_deg.to_radians());
            [east * sin + north * cos, east * cos - north * sin]
        })
    }

    /// Returns whether a position is a late copy that its service dated on arrival: it lies behind the newest one, on the way that the
    /// vessel has come.
    fn is_copy_from_behind(&self, id: TrackId, report: &Report, fix: Fix) -> bool {
        if self.is_copy_of_newest(id, report, fix) {
            return true;
        }
        // What lies in the quadrant of her course is not behind: no trigonometry for most.
        if is_in_quadrant_of_course(self.ais_fix(id).position, fix) {
            return false;
        }
        let Some([ahead_m, _]) = self.along_her_way(id, fix).filter(|way| way[0] <= -BEHIND_M) else {
            return false;
        };
        let late = Span::from_secs_f64(-ahead_m / (geodesy::KN_MS * fix.sog_kn().unwrap_or(HAS_A_WAY_KN)));
        let from = (fix.time - PASSED_ON_WITHIN) - COMPARED_WITHIN;
        let offset = |at: Position| geodesy::offset_m(fix.position.lon_lat(), at.lon_lat());
        let way = self.tracks.history(id).since(from).map(Point::position);
        let mut before: Option<Position> = None;
        late <= PASSED_ON_WITHIN
            && way.chain([self.ais_fix(id).position]).any(|point| {
                let start = before.replace(point).unwrap_or(point);
                geodesy::to_segment_m(offset(start), offset(point)) <= COPY_M
            })
    }

    /// Returns whether another station passes on the newest position of a vessel again, who must have left it by now.
    fn is_copy_of_newest(&self, id: TrackId, report: &Report, fix: Fix) -> bool {
        let last = self.ais_fix(id);
        let age = fix.time - last.time;
        let [east_deg, north_deg] =
            [fix.position.lon() - last.position.lon(), fix.position.lat() - last.position.lat()];
        let is_there = east_deg.abs() < BEHIND_DEG && north_deg.abs() < BEHIND_DEG;
        let (true, Some(kn), Some(last_kn)) = (is_there, fix.sog_kn(), last.sog_kn()) else { return false };
        age <= PASSED_ON_WITHIN
            && kn >= HAS_A_WAY_KN
            && (kn - last_kn).abs() <= ONE_WAY_KN
            && kn * geodesy::KN_MS * age.secs() >= BEHIND_M
            && self.track(id).newest_station().is_some_and(|key| key.feed() != report.feed)
    }

    /// Returns whether a position out of reach is of a vessel whose newest one came late: it lies further on, on her way.
    fn is_further_on(&self, id: TrackId, fix: Fix) -> bool {
        let Some([ahead_m, abeam_m]) = self.along_her_way(id, fix) else { return false };
        let late = fix.time + PASSED_ON_WITHIN - self.ais_fix(id).time;
        let reach_m = fix.sog_kn().unwrap_or(0.0) * geodesy::KN_MS * late.secs();
        ahead_m > 0.0 && ahead_m <= reach_m && abeam_m.abs() <= ABEAM_M
    }

    /// Returns whether a position can be of a track: in reach of where its AIS put it last.
    fn can_have_come(&self, id: TrackId, class: TransponderClass, fix: Fix) -> bool {
        !self.track(id).located() || is_in_reach(&self.ais_fix(id), class, fix)
    }

    fn apply_static(&mut self, report: &Report, s: &StaticReport, holders: &dyn Holders) -> Change {
        let id = match self.tracks.by_mmsi(report.mmsi) {
            Some(id) => id,
            None => match self.insert_unlocated(report, s.class, holders) {
                Some(id) => id,
                None => return Change::None,
            },
        };
        let track = self.tracks.track_mut(id);
        if track.next_same.is_none() && track.note_transmission(report) {
            return Change::Repeat;
        }
        self.take_static_of(id, report, s)
    }

    /// Applies the static part of a report whose position was applied before: its transmission is noted already.
    fn take_static(&mut self, report: &Report, s: &StaticReport, holders: &dyn Holders) -> Change {
        match self.tracks.by_mmsi(report.mmsi) {
            Some(id) => self.take_static_of(id, report, s),
            None => self.apply_static(report, s, holders),
        }
    }

    /// Takes a static report into the identity of a track.
    fn take_static_of(&mut self, id: TrackId, report: &Report, s: &StaticReport) -> Change {
        // With several senders of one MMSI nobody can tell whose name it is: the first keeps it.
        let (track, identity) = self.tracks.with_identity_mut(id);
        let was = *identity;
        // Another centre may be late with what it knows: its word fills in, and changes nothing.
        let changed = match report.station {
            StationId::RELAYED => identity.complete(s),
            _ => identity.apply(s),
        };
        track.note_name(identity.name);
        track.classify_kind();
        if !changed {
            return Change::Heard(id);
        }
        if track.next_same.is_none() {
            track.check_identity(&was, identity, report.time);
        }
        Change::Identity(id)
    }

    /// Puts a track into the store; the one that has been silent for longest may make room for it.
    pub(super) fn insert(&mut self, track: Track, holders: &dyn Holders) -> Option<TrackId> {
        tracking::insert(&mut self.tracker(holders), track)
    }

    /// Applies a fix from AIS or ADS-B to a track that radars detect too.
    pub(super) fn apply_ais_fix(&mut self, id: TrackId, fix: Fix) -> Change {
        tracking::apply_ais_fix(&mut self.tracker(&()), id, fix)
    }
}

/// Returns whether a fix lies, as seen from a position, in the quadrant of the compass that its own course points into.
fn is_in_quadrant_of_course(from: Position, fix: Fix) -> bool {
    let [east, north] = [fix.position.lon() - from.lon(), fix.position.lat() - from.lat()];
    fix.cog_deg().is_some_and(|cog_deg| {
        let (goes_east, goes_north) = (cog_deg < 180.0, !(90.0..270.0).contains(&cog_deg));
        (east >= 0.0) == goes_east && (north >= 0.0) == goes_north
    })
}

/// Returns whether a position is in reach of the last one.
pub(super) fn is_in_reach(last: &Fix, class: TransponderClass, fix: Fix) -> bool {
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
