//! Radars that speak NMEA 0183: targets by range and bearing (TTM) or by position (TLL), with the site from the
//! feed's configuration, or on a ship from the sentences of its own stream.
//!
//! The fields are read by a reader of our own: exact fixed-point figures with the step they were written in, which
//! goes into the accuracy, and no allocation. `marlin-nmea-0183` is its second opinion in the tests.

mod fields;
mod own;
mod polar;
mod target;

pub use own::{HEADING_AGE_MAX, POSITION_AGE_MAX};
pub(super) use own::{OwnShips, Ship};
pub(super) use polar::{accuracy_at, position as polar_position};

use super::clock::Told;
use super::frame::Frame;
use super::session::{Desk, Envelope};
use super::stations::{Name, Sensor};
use super::{Arrival, Reason, Session};
use crate::geodesy::normal_deg;
use crate::model::{Accuracy, Contact, ContactStatus, FeedId, Position, Span, StationId, Time};
use fields::Fields;
use target::{Bearing, Place, Target};

/// A speed over this, in knots, is none of anything that a surface radar follows.
pub(super) const SPEED_MAX_KN: f64 = 1000.0;
/// A time of day this far from the day's clock is not believed: a radar set to local time, most often.
pub const TIME_OF_DAY_MAX: Span = Span::from_secs(2 * 3600);
const DAY: Span = Span::from_secs(86_400);

/// Sentences of radars and of the ships that carry them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Target by range and bearing.
    Ttm,
    /// Target by position.
    Tll,
    /// Heading, degrees true.
    Hdt,
    /// The same with its mode.
    Ths,
    /// Heading, magnetic.
    Hdg,
    /// Own ship data: heading, course, speed.
    Osd,
    /// Position.
    Gga,
    /// Position.
    Gll,
}

impl Word {
    /// Of a sentence's formatter, the last three letters of its address.
    pub fn of(formatter: [u8; 3]) -> Option<Word> {
        match &formatter {
            b"TTM" => Some(Word::Ttm),
            b"TLL" => Some(Word::Tll),
            b"HDT" => Some(Word::Hdt),
            b"THS" => Some(Word::Ths),
            b"HDG" => Some(Word::Hdg),
            b"OSD" => Some(Word::Osd),
            b"GGA" => Some(Word::Gga),
            b"GLL" => Some(Word::Gll),
            _ => None,
        }
    }

    /// Whether it is about a target.
    pub fn is_target(self) -> bool {
        matches!(self, Word::Ttm | Word::Tll)
    }

    /// When a target was measured, on the day that is nearest to `near`. `Err` where the time is none, or too far from
    /// it to be believed.
    pub fn time(self, sentence: &[u8], near: Time) -> Result<Option<Time>, ()> {
        let field = match self {
            Word::Ttm => Fields::new(sentence).nth(13),
            Word::Tll => Fields::new(sentence).nth(6),
            _ => &[],
        };
        if field.is_empty() {
            return Ok(None);
        }
        let of_day = fields::time_of_day(field).ok_or(())?;
        let ahead = (of_day.0 - near.0.rem_euclid(DAY.0)).rem_euclid(DAY.0);
        let off = if ahead > DAY.0 / 2 { ahead - DAY.0 } else { ahead };
        if off.abs() > TIME_OF_DAY_MAX.0 { Err(()) } else { Ok(Some(near + Span(off))) }
    }
}

/// Where a target's sentence came from.
struct Source {
    feed: FeedId,
    station: StationId,
    ship: Ship,
}

impl Session {
    /// A sentence of a radar, or of the ship that carries it.
    pub(super) fn bridge(
        &mut self,
        (word, fields): (Word, &[u8]),
        frame: &Frame<'_>,
        told: Told,
        envelope: Envelope<'_>,
        desk: &mut Desk<'_>,
    ) {
        let pending = self.pending.take().map_or(Name::EMPTY, |(name, _)| name);
        let held = self.held_station(pending, frame);
        let name = frame.tag.station.or(frame.station).or(envelope.station);
        let name = name.unwrap_or(held.as_str().as_bytes());
        if !word.is_target() {
            self.count(Reason::OwnShip, desk);
            let (heading, position) = match word {
                Word::Hdt => (own::hdt(fields), None),
                Word::Ths | Word::Osd => (own::ths(fields), None),
                Word::Hdg => (own::hdg(fields), None),
                Word::Gga => (None, own::gga(fields)),
                _ => (None, own::gll(fields)),
            };
            // Its time counts for its age alone: what a compass says is no word of the feed's clock.
            self.settle(told, desk);
            return self.own_ship(name, heading, position, desk);
        }
        let Some(time) = self.settle(told, desk) else { return self.count(Reason::NoTime, desk) };
        let source = self.source(name, desk);
        let read = if word == Word::Ttm { target::ttm(fields) } else { target::tll(fields) };
        match read.and_then(|target| self.contact(&target, &source, time, desk)) {
            Ok(contact) => self.give_contact(contact, desk),
            Err(reason) => {
                self.count(reason, desk);
                self.tick(time, desk);
            }
        }
    }

    /// What an `RMC` sentence says of own ship's position.
    pub(super) fn rmc(&mut self, sentence: &[u8], name: &[u8], desk: &mut Desk<'_>) {
        if let Some(fields) = sentence.get(7..).filter(|_| sentence[3..6] == *b"RMC") {
            self.own_ship(name, None, own::rmc(fields), desk);
        }
    }

    /// Keeps what a ship says of itself, for the targets that it tells of.
    pub(super) fn own_ship(
        &mut self,
        name: &[u8],
        heading: Option<f64>,
        position: Option<Position>,
        desk: &mut Desk<'_>,
    ) {
        if heading.is_some() || position.is_some() {
            let (ship, now) = (self.source(name, desk).ship, self.now(desk.arrival));
            self.own_ships.note(ship, now, heading, position);
        }
    }

    fn source(&mut self, name: &[u8], desk: &mut Desk<'_>) -> Source {
        let (feed, station) = self.station(name, desk);
        let ship = (feed, if is_device(name) { StationId(0) } else { station });
        Source { feed, station, ship }
    }

    /// When it is, for the age of what was told before: arrival, whatever the sources' own clocks say.
    fn now(&self, arrival: Arrival) -> Time {
        match arrival {
            Arrival::Stamped(at) => at,
            Arrival::FromSource => self.newest(),
        }
    }

    fn contact(
        &self,
        target: &Target,
        source: &Source,
        time: Time,
        desk: &mut Desk<'_>,
    ) -> Result<Contact, Reason> {
        if !target.measured {
            return Err(Reason::ReferenceTarget);
        }
        let sensor = desk.stations.sensor(source.feed);
        let now = self.now(desk.arrival);
        let heading = self.own_ships.heading(source.ship, now);
        let (position, accuracy) = match target.status {
            ContactStatus::Lost => (None, None),
            _ => {
                let site = sensor.site.or_else(|| self.own_ships.position(source.ship, now));
                let (position, accuracy) = place(target.place, &sensor, site, heading)?;
                (Some(position), accuracy)
            }
        };
        // Relative to a ship under way, a course and its speed are not over ground.
        let over_ground = |course: Bearing| !course.relative || sensor.site.is_some();
        let motion = target.course.is_none_or(over_ground);
        let sog_kn = target.speed_kn.filter(|_| motion);
        if sog_kn.is_some_and(|speed| speed > SPEED_MAX_KN) {
            self.count(Reason::IllegalValue, desk);
        }
        Ok(Contact {
            feed: source.feed,
            station: source.station,
            time,
            number: target.number,
            status: target.status,
            domain: None,
            position,
            accuracy,
            sog_kn: sog_kn.filter(|speed| *speed <= SPEED_MAX_KN),
            cog_deg: target.course.filter(|_| motion).and_then(|course| true_deg(course, heading)),
            size_m: None,
            altitude_ft: None,
            icao: None,
            squawk: None,
            answered: None,
            label: target.label,
        })
    }
}

/// The position of a target, and how sure it is.
fn place(
    place: Place,
    sensor: &Sensor,
    site: Option<Position>,
    heading: Option<f64>,
) -> Result<(Position, Option<Accuracy>), Reason> {
    // Who sends these has a navigation radar, configured or not.
    let radar = sensor.radar.unwrap_or_default();
    match place {
        Place::Nowhere => Err(Reason::RadarFields),
        Place::Fixed(position, step_m) => {
            Ok((position, site.map(|site| accuracy_at(&radar, site, position, step_m))))
        }
        Place::Polar { range_m, range_step_m, bearing } => {
            let site = site.ok_or(Reason::NoSite)?;
            let deg = true_deg(bearing, heading).ok_or(Reason::NoHeading)?;
            let accuracy = polar::accuracy(&radar, range_m, deg, [range_step_m, bearing.step_deg]);
            Ok((polar_position(site, range_m, deg), Some(accuracy)))
        }
    }
}

/// From true north; `None` where it is from the bow and nobody said where that points.
fn true_deg(bearing: Bearing, heading: Option<f64>) -> Option<f64> {
    if bearing.relative { heading.map(|bow| normal_deg(bow + bearing.deg)) } else { Some(bearing.deg) }
}

/// Whether a name is that of one of a ship's devices, a talker and four digits (IEC 61162-450, 4.2.2), and
/// so its ship's data are the feed's.
fn is_device(name: &[u8]) -> bool {
    matches!(name, [a, b, digits @ ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase() && digits.len() == 4 && digits.iter().all(u8::is_ascii_digit))
}
