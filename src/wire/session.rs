//! One connection's worth of reading: lines to inputs of the engine.

use serde::{Deserialize, Serialize};

use super::air::{self, ModeS};
use super::ais::{self, Payload};
use super::assembly::{Assembly, Standing};
use super::clock::Told;
use super::frame::{Frame, Sentence, Vdm, frame};
use super::radar::OwnShips;
use super::stations::Name;
use super::{Arrival, Format, LineClock, Reason, Stations, Tally, asterix, json};
use crate::model::{AircraftReport, Body, Contact, FeedId, Input, Mmsi, Report, Span, StationId, Time};

/// Bytes of a line at most: a sentence has 82 (IEC 61162-1), TAG blocks and loggers' words more.
pub const LINE_BYTES_MAX: usize = 1024;
/// A source time further ahead of arrival is not believed (DESIGN.md section 5).
pub const AHEAD_MAX: Span = Span::from_secs(5);
/// Under [`Arrival::Stamped`], how long after its own arrival the time told by a `$PGHP`, `ZDA` or `RMC` line
/// stands for the lines that follow it; then their arrival does. Devices tell it every 1 to 10 s.
pub const CONTEXT_AGE_MAX: Span = Span::from_secs(60);

/// One connection's worth of reading: open multi-sentence messages and the last time told. A text log's
/// part (DESIGN.md section 5) is a session of its own.
#[derive(Debug, Serialize, Deserialize)]
pub struct Session {
    feed: FeedId,
    format: Format,
    clock: LineClock,
    /// Arrival of the line that told the clock's context.
    context_arrival: Time,
    /// The running maximum of the times told.
    newest: Time,
    /// The newest time that the engine was given for this feed.
    given: Time,
    /// How far the source's clock is known to be ahead.
    clock_ahead: Span,
    /// Lines read.
    line: u64,
    assembly: Assembly,
    /// Of a TAG block alone on its line.
    pub(super) pending: Option<(Name, Option<u32>)>,
    /// Of the last `$PGHP` line.
    told_station: Name,
    /// The station that was last looked up.
    last: (Name, FeedId, StationId),
    /// Ships that carry radars.
    pub(super) own_ships: OwnShips,
    /// Aircraft's half positions.
    #[serde(skip)]
    pub(super) mode_s: ModeS,
}

/// What a payload's reading works with.
pub(super) struct Desk<'a> {
    pub arrival: Arrival,
    pub stations: &'a mut Stations,
    pub tally: &'a mut Tally,
    pub out: &'a mut Vec<Input>,
}

/// What the envelope of a line (a JSON object) says of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Envelope<'a> {
    pub time: Option<Time>,
    pub station: Option<&'a [u8]>,
}

impl Session {
    /// A session for payloads of a feed.
    pub fn new(feed: FeedId, format: Format) -> Session {
        Session {
            feed,
            format,
            clock: LineClock::default(),
            context_arrival: Time::NEVER,
            newest: Time::NEVER,
            given: Time::NEVER,
            clock_ahead: Span::ZERO,
            line: 0,
            assembly: Assembly::default(),
            pending: None,
            told_station: Name::EMPTY,
            last: (Name::EMPTY, feed, StationId(0)),
            own_ships: OwnShips::default(),
            mode_s: ModeS::default(),
        }
    }

    /// For a source whose clock is wrong: so much is taken off every time that it tells.
    pub fn clock_is_ahead(&mut self, by: Span) {
        self.clock_ahead = by;
    }

    /// The feed it reads for.
    pub fn feed(&self) -> FeedId {
        self.feed
    }

    /// Reads a payload, one sentence or thousands of lines, and appends what it says, in its order.
    pub fn read(
        &mut self,
        topic: &str,
        payload: &[u8],
        arrival: Arrival,
        stations: &mut Stations,
        tally: &mut Tally,
        out: &mut Vec<Input>,
    ) {
        let mut desk = Desk { arrival, stations, tally, out };
        let plain = matches!(payload.trim_ascii_start().first(), Some(b'!' | b'$' | b'\\'));
        match self.format {
            Format::Nmea => self.lines(payload, &mut desk),
            Format::AisCatcher if plain => self.lines(payload, &mut desk),
            Format::AisCatcher => json::aiscatcher(self, payload, &mut desk),
            Format::Digitraffic => json::digitraffic(self, topic, payload, &mut desk),
            Format::Asterix => asterix::read(self, payload, &mut desk),
            Format::Tracks => json::tracks(self, payload, &mut desk),
            Format::Sbs => air::sbs(self, payload, &mut desk),
            Format::Readsb => air::readsb(self, payload, &mut desk),
            Format::ModeS => air::modes(self, payload, &mut desk),
        }
    }

    /// Lines of NMEA.
    fn lines(&mut self, payload: &[u8], desk: &mut Desk<'_>) {
        let mut rest = payload;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            self.line(&rest[..end], Envelope::default(), desk);
            rest = rest.get(end + 1..).unwrap_or(&[]);
        }
    }

    /// One line.
    #[inline]
    pub(super) fn line(&mut self, line: &[u8], envelope: Envelope<'_>, desk: &mut Desk<'_>) {
        let line = line.trim_ascii();
        if line.is_empty() {
            return;
        }
        self.line += 1;
        self.count(Reason::Lines, desk);
        if line.len() > LINE_BYTES_MAX {
            return self.count(Reason::TooLong, desk);
        }
        match frame(line) {
            Ok(frame) => self.framed(&frame, envelope, desk),
            Err(reason) => self.count(reason, desk),
        }
    }

    #[inline]
    fn framed(&mut self, frame: &Frame<'_>, envelope: Envelope<'_>, desk: &mut Desk<'_>) {
        let arrival = match desk.arrival {
            Arrival::Stamped(at) => Some(at),
            Arrival::FromSource => None,
        };
        let mut told = self.clock.note(frame, arrival);
        if told.bad {
            self.count(Reason::BadTime, desk);
        }
        if told.fresh
            && let Arrival::Stamped(at) = desk.arrival
        {
            self.context_arrival = at;
        }
        told.own = told.own.or(envelope.time);
        match frame.sentence {
            Sentence::Vdm(vdm) => self.ais(&vdm, frame, told, envelope, desk),
            Sentence::Pghp { station, .. } => {
                self.told_station = Name::new(station.unwrap_or(&[]));
                self.settle(told, desk);
            }
            Sentence::DateTime(sentence) => {
                let pending = self.pending.take().map_or(Name::EMPTY, |(name, _)| name);
                self.other(told, desk);
                self.rmc(sentence, frame.tag.station.unwrap_or(pending.as_str().as_bytes()), desk);
            }
            Sentence::Bridge(word, fields) => self.bridge((word, fields), frame, told, envelope, desk),
            Sentence::Other => {
                self.pending = None;
                self.count(Reason::OtherSentence, desk);
                if told.own.is_some() {
                    self.other(told, desk);
                }
            }
            Sentence::Nothing => {
                self.pending = Some((Name::new(frame.tag.station.unwrap_or(&[])), frame.tag.group));
                self.settle(told, desk);
            }
        }
    }

    /// A line that is no AIS and tells a time.
    pub(super) fn other(&mut self, told: Told, desk: &mut Desk<'_>) {
        if told.time().is_some()
            && let Some(time) = self.settle(told, desk)
        {
            self.tick(time, desk);
        }
    }

    /// An AIS sentence: a message or a part of one.
    #[inline]
    fn ais(
        &mut self,
        vdm: &Vdm<'_>,
        frame: &Frame<'_>,
        told: Told,
        envelope: Envelope<'_>,
        desk: &mut Desk<'_>,
    ) {
        let (pending, pending_group) = self.pending.take().unwrap_or((Name::EMPTY, None));
        let named = frame.tag.station.or(frame.station).or(envelope.station);
        let held = self.held_station(pending, frame);
        let station = named.unwrap_or(held.as_str().as_bytes());
        let Some(time) = self.settle(told, desk) else {
            return self.count(Reason::NoTime, desk);
        };
        let made = if vdm.total == 1 {
            self.message(vdm.payload, vdm.fill_bits, vdm.own_ship, time, station, desk)
        } else {
            let group = frame.tag.group.or(pending_group);
            let arrival = match desk.arrival {
                Arrival::Stamped(at) => at,
                Arrival::FromSource => self.newest,
            };
            let own = told.own.is_some();
            let named = named.is_some() || !pending.is_empty();
            let at = Standing { group, station, named, time, own, arrival, line: self.line };
            let (feed, tally) = (self.feed, &mut *desk.tally);
            match self.assembly.take(vdm, at, &mut |reason| tally.count(feed, reason)) {
                Ok(None) => return,
                Ok(Some(whole)) => {
                    let station = whole.station.as_str().as_bytes();
                    self.message(whole.armour(), vdm.fill_bits, vdm.own_ship, whole.time, station, desk)
                }
                Err(reason) => Err(reason),
            }
        };
        if let Err(reason) = made {
            self.count(reason, desk);
            if told.time().is_some() {
                self.tick(time, desk);
            }
        }
    }

    /// The station told before a sentence that names none; `pending` by a TAG block on the line before it. A
    /// grouped sentence's source is its own or its group's first one's.
    #[inline]
    pub(super) fn held_station(&self, pending: Name, frame: &Frame<'_>) -> Name {
        if pending.is_empty() && frame.tag.group.is_none() { self.told_station } else { pending }
    }

    /// A whole message.
    #[inline]
    fn message(
        &mut self,
        armour: &[u8],
        fill_bits: u8,
        own_ship: bool,
        time: Time,
        station: &[u8],
        desk: &mut Desk<'_>,
    ) -> Result<(), Reason> {
        let message = ais::Message::decode(&Payload::from_armour(armour, fill_bits)?)?;
        let mmsi = Mmsi::new(message.mmsi).ok_or(Reason::IllegalMmsi)?;
        let transmission = ais::transmission(armour);
        let illegal = ais::illegal(&message);
        if illegal > 0 {
            desk.tally.add(self.feed, Reason::IllegalValue, u64::from(illegal));
        }
        let body = ais::body(&message, own_ship);
        if let Body::OwnShip(own) = &body {
            self.own_ship(station, own.heading_deg, own.position, desk);
        }
        let (feed, station) = self.station(station, desk);
        self.give(Report { feed, station, time, transmission, mmsi, body }, desk);
        Ok(())
    }

    /// Appends a report.
    #[inline]
    pub(super) fn give(&mut self, report: Report, desk: &mut Desk<'_>) {
        if report.feed == self.feed {
            self.given = self.given.max(report.time);
        }
        self.count(Reason::Reports, desk);
        desk.out.push(Input::Report(report));
    }

    /// Appends a contact.
    pub(super) fn give_contact(&mut self, contact: Contact, desk: &mut Desk<'_>) {
        if contact.feed == self.feed {
            self.given = self.given.max(contact.time);
        }
        self.count(Reason::Contacts, desk);
        desk.out.push(Input::Contact(contact));
    }

    /// Appends a report of an aircraft.
    pub(super) fn give_aircraft(&mut self, report: AircraftReport, desk: &mut Desk<'_>) {
        if report.feed == self.feed {
            self.given = self.given.max(report.time);
        }
        self.count(Reason::Aircraft, desk);
        desk.out.push(Input::Aircraft(report));
    }

    /// The newest time told by the source.
    pub(super) fn newest(&self) -> Time {
        self.newest
    }

    /// Appends a tick, where it is news.
    pub(super) fn tick(&mut self, time: Time, desk: &mut Desk<'_>) {
        if time > self.given {
            self.given = time;
            self.count(Reason::Ticks, desk);
            desk.out.push(Input::Tick { feed: self.feed, time });
        }
    }

    /// The report time of a line; `None` where no line has told one yet and nothing else does.
    #[inline]
    pub(super) fn settle(&mut self, mut told: Told, desk: &mut Desk<'_>) -> Option<Time> {
        told.own = told.own.map(|time| time - self.clock_ahead);
        told.context = told.context.map(|time| time - self.clock_ahead);
        match desk.arrival {
            Arrival::Stamped(at) => {
                if let Some(own) = told.own {
                    desk.tally.clock(self.feed, own - at);
                }
                let fresh = at - self.context_arrival <= CONTEXT_AGE_MAX;
                match told.own.or(told.context.filter(|_| fresh)) {
                    Some(time) if time <= at + AHEAD_MAX => Some(time),
                    Some(_) => {
                        self.count(Reason::TimeAhead, desk);
                        Some(at)
                    }
                    None => Some(at),
                }
            }
            Arrival::FromSource => {
                if let Some(time) = told.time() {
                    self.newest = self.newest.max(time);
                    return Some(time);
                }
                (self.newest > Time::NEVER).then_some(self.newest)
            }
        }
    }

    /// Feed and number of a station.
    #[inline]
    pub(super) fn station(&mut self, name: &[u8], desk: &mut Desk<'_>) -> (FeedId, StationId) {
        if name.is_empty() {
            return (self.feed, StationId(0));
        }
        if self.last.0.as_str().as_bytes() == name {
            return (self.last.1, self.last.2);
        }
        let (feed, id) = desk.stations.resolve(self.feed, name);
        if id == StationId(0) {
            self.count(Reason::StationsFull, desk);
        } else {
            self.last = (Name::new(name), feed, id);
        }
        (feed, id)
    }

    /// Messages of which fragments have come and others are awaited.
    pub fn open_messages(&self) -> usize {
        self.assembly.len()
    }

    /// Counts one for this session's feed.
    #[inline]
    pub(super) fn count(&self, reason: Reason, desk: &mut Desk<'_>) {
        desk.tally.count(self.feed, reason);
    }
}
