//! What a track is, by the messages that it sends and by how it moves; never by the form of its number or by its name alone.

use super::{Kind, Signs, Track, Tracks};
use crate::geodesy::{self, NM_M};
use crate::model::{Body, Mmsi, MmsiKind, Span, Time, TrackId, TransponderClass};

/// Top speed of a net buoy, tenths of a knot: currents stay under it, and a buoy that was faster was on a boat.
const NET_BUOY_TOP_TENTHS: u16 = 40;
/// Top speed of a boat, tenths of a knot: what sends as an aircraft and was faster flies.
const BOAT_TOP_TENTHS: u16 = 600;
/// Least top speed, tenths of a knot, of what sends as an aircraft and goes as a boat.
const BOAT_WAY_TENTHS: u16 = 50;
/// What sends as an aircraft and was no faster than a boat for this long goes as a boat.
const BOAT_FOR: Span = Span::from_secs(900);
/// Top speed, tenths of a knot, of a distress device: what runs faster is a craft that sends as one.
const ADRIFT_TOP_TENTHS: u16 = 150;
/// Speed made good at which a station makes way, knots. One that swings at its chain makes less, and comes nowhere.
const MAKES_WAY_KN: f64 = 0.7;
/// Reports in a row that show a station under way.
const WAYS: u8 = 3;

/// Kind of sender that a message is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Messages 1 to 3, 18, 19, 27: a vessel.
    Vessel,
    /// Message 9: an aircraft.
    Aircraft,
    /// Messages 4 and 21: a base station or an aid to navigation.
    Station,
}

impl Sender {
    /// Returns the kind of sender that a message with a position is of.
    pub fn of(body: &Body) -> Sender {
        match body {
            Body::BaseStation(_) | Body::AidToNavigation(_) => Sender::Station,
            Body::Position(p) | Body::PositionAndStatic(p, _) if p.class == TransponderClass::Aircraft => {
                Sender::Aircraft
            }
            _ => Sender::Vessel,
        }
    }

    /// Returns the kind of a sender by the class of its first message. A distress device sends a vessel's messages of class A
    /// under a number of its own.
    pub(super) fn first(mmsi: Mmsi, class: TransponderClass) -> Kind {
        match class {
            TransponderClass::Aircraft => Kind::Aircraft,
            TransponderClass::A if mmsi.kind().distress_device().is_some() => Kind::Distress,
            _ => Kind::Vessel,
        }
    }
}

/// Returns whether the form of a number is that of a station or an aircraft.
fn is_of_another(mmsi: Mmsi) -> bool {
    matches!(mmsi.kind(), MmsiKind::CoastStation | MmsiKind::AidToNavigation | MmsiKind::SarAircraft)
}

impl Tracks {
    /// Updates what a track is by a position that it sent. One that turns out to fly, or to float, changes its grid.
    pub fn note_sender(&mut self, id: TrackId, sender: Sender) {
        let (track, history) = (&mut self.tracks[id.index()], &self.histories[id.index()]);
        let (was, at) = (track.kind, track.fix.position);
        track.note_sender(sender, || {
            let first = history.since(Time::NEVER).next();
            first.is_some_and(|first| geodesy::distance_m(first.position(), at) >= NM_M)
        });
        if (was == Kind::Aircraft) != (track.kind == Kind::Aircraft) {
            self.leave_grids(id);
        }
    }
}

impl Track {
    /// Returns whether it was faster than anything that is adrift.
    pub(super) fn runs(&self) -> bool {
        self.top_tenths > ADRIFT_TOP_TENTHS
    }

    /// Updates what it is by a position that it sent. `has_come` tells whether it is a mile or more from where it was heard
    /// first.
    pub fn note_sender(&mut self, sender: Sender, has_come: impl FnOnce() -> bool) {
        match sender {
            Sender::Vessel => self.mark_under_way(),
            Sender::Aircraft => self.mark_aircraft(),
            Sender::Station => self.mark_station(has_come),
        }
        self.classify_kind();
    }

    /// Marks it as one that sends a vessel's positions. An aircraft that ADS-B knows stays one.
    fn mark_under_way(&mut self) {
        if !self.sailed && is_of_another(self.mmsi) {
            self.signs.set(Signs::FORM, true);
        }
        self.sailed = true;
        if self.kind == Kind::Aircraft && self.icao.is_some() {
            return;
        }
        // A distress device that was heard as something else before is one all the same.
        if Sender::first(self.mmsi, self.class) == Kind::Distress {
            self.kind = Kind::Distress;
        } else if matches!(self.kind, Kind::Fixed | Kind::Aircraft) {
            self.kind = Kind::Vessel;
        }
    }

    /// Marks it as an aircraft, unless it goes as a boat: radars see it on the water, it has sent a vessel's positions, or it
    /// was heard for long and was never faster than a boat.
    fn mark_aircraft(&mut self) {
        let flies = self.top_tenths > BOAT_TOP_TENTHS;
        let floats = self.top_tenths >= BOAT_WAY_TENTHS && self.fix.time - self.first_heard >= BOAT_FOR;
        let is_boat = self.sailed || self.kind != Kind::Aircraft && self.sensed > 0 || !flies && floats;
        if self.kind != Kind::Distress && self.icao.is_none() {
            self.kind = if is_boat && !flies { Kind::Vessel } else { Kind::Aircraft };
        }
    }

    /// Marks it as a base station or an aid to navigation, as it tells. A number that has sent a vessel's positions stays a
    /// vessel, and one that makes way becomes one: a message of that type would else hide it.
    fn mark_station(&mut self, has_come: impl FnOnce() -> bool) {
        if self.sailed || !matches!(self.kind, Kind::Vessel | Kind::NetBuoy | Kind::Fixed) {
            return;
        }
        self.kind = Kind::Fixed;
        let makes_way = self.made_good.both_kn().is_some_and(|[low, _]| low >= MAKES_WAY_KN);
        self.ways = if makes_way { self.ways.saturating_add(1) } else { 0 };
        if self.ways >= WAYS && has_come() {
            (self.kind, self.sailed) = (Kind::Vessel, true);
            self.signs.set(Signs::STATION, true);
        }
    }

    /// Tells vessels from net buoys. A claim alone never exempts: a net buoy has a name that no ship has *and* is slow.
    pub fn classify_kind(&mut self) {
        if matches!(self.kind, Kind::Vessel | Kind::NetBuoy) {
            let buoy = self.odd_identity
                && self.class == TransponderClass::B
                && self.top_tenths <= NET_BUOY_TOP_TENTHS;
            self.kind = if buoy { Kind::NetBuoy } else { Kind::Vessel };
        }
    }
}
