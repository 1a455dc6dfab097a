//! Decoder of NMEA 0183 lines: AIS messages, radar targets, and the time and position sentences between them.
//!
//! The way of a line: [`frame()`] takes it apart and checks its checksums, [`LineClock`] gives its time, `assembly` joins
//! the fragments of a message, [`super::ais`] decodes it, [`super::radar`] reads targets.

mod assembly;
mod fix;
mod frame;
mod line_clock;

pub use assembly::FRAGMENT_AGE_MAX;
pub(super) use assembly::{Assembly, AssemblyBefore, Fragment, Whole};
use frame::first_length;
pub(super) use frame::{Frame, Sentence, Vdm, after_refused, frame, next_start};
pub use line_clock::LineClock;
use line_clock::LineTime;

use super::ais::{self, Payload};
use super::context::{Arrival, Context};
use super::radar::{self, Formatter, Origin, OwnShips, Ship};
use super::reason::Reason;
use super::source::Source;
use super::stations::Name;
use crate::model::{Body, FeedId, Input, Position, Report, Span, StationId, Time};

/// Limit of the bytes of one line: a sentence has 82 (IEC 61162-1), TAG blocks and the words of loggers add to it.
pub const LINE_BYTES_MAX: usize = 1024;
/// Age, under [`Arrival::Stamped`], up to which the time of a `$PGHP`, `ZDA` or `RMC` line stands for the lines after it;
/// beyond it their arrival does. Devices send these every 1 to 10 s.
pub const CONTEXT_AGE_MAX: Span = Span::from_secs(60);

/// Arrival of a held time that serves no line.
const LONG_AGO: Time = Time(0);

/// Time and station that the envelope of a line, a JSON object, gives it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Envelope<'a> {
    /// Time of reception.
    pub time: Option<Time>,
    /// Name of the receiving station.
    pub station: Option<&'a [u8]>,
}

/// Decoder of the lines of one topic, or of one file of a text log.
#[derive(Debug)]
pub(super) struct Nmea {
    /// Feed, clock and last station.
    pub source: Source,
    /// Clock of the lines.
    pub clock: LineClock,
    /// Arrival of the line that told the clock's held time.
    pub held_arrival: Time,
    /// Number of lines read.
    pub line: u64,
    /// Messages whose fragments have not all come.
    pub assembly: Assembly,
    /// Station and group of a TAG block alone on its line.
    pub pending: Option<(Name, Option<u32>)>,
    /// Station of the last `$PGHP` line.
    pub held_station: Name,
    /// Ships that carry radars.
    pub own_ships: OwnShips,
}

impl Nmea {
    /// Returns a decoder that has read nothing.
    pub fn new(feed: FeedId) -> Nmea {
        Nmea {
            source: Source::new(feed),
            clock: LineClock::default(),
            held_arrival: Time::NEVER,
            line: 0,
            assembly: Assembly::default(),
            pending: None,
            held_station: Name::EMPTY,
            own_ships: OwnShips::default(),
        }
    }

    /// Decodes a payload of one or more lines.
    pub fn decode(&mut self, _topic: &str, payload: &[u8], context: &mut Context<'_>) {
        let mut rest = payload;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            self.line(&rest[..end], Envelope::default(), context);
            rest = rest.get(end + 1..).unwrap_or(&[]);
        }
    }

    /// Decodes one line: a sentence, or several whose line ends were lost. Each counts as a line.
    #[inline]
    pub fn line(&mut self, line: &[u8], envelope: Envelope<'_>, context: &mut Context<'_>) {
        let mut rest = line.trim_ascii();
        while !rest.is_empty() {
            rest = self.sentence(rest, envelope, context);
        }
    }

    /// Decodes the sentence at the start of a text. Returns the text from the next sentence on.
    #[inline]
    fn sentence<'a>(
        &mut self,
        line: &'a [u8],
        envelope: Envelope<'_>,
        context: &mut Context<'_>,
    ) -> &'a [u8] {
        self.line += 1;
        context.count(Reason::Lines);
        if line.len() > LINE_BYTES_MAX {
            return self.first_of_long(line, envelope, context);
        }
        match &frame(line) {
            Ok(frame) => {
                self.framed(frame, envelope, context);
                frame.rest
            }
            Err(reason) => {
                context.count(*reason);
                after_refused(line, *reason)
            }
        }
    }

    /// Decodes the sentence at the start of a text that is too long for one line: its line ends are lost, or it is refused.
    #[cold]
    fn first_of_long<'a>(
        &mut self,
        text: &'a [u8],
        envelope: Envelope<'_>,
        context: &mut Context<'_>,
    ) -> &'a [u8] {
        let length = first_length(text);
        if length > LINE_BYTES_MAX {
            context.count(Reason::TooLong);
        } else {
            match frame(&text[..length]) {
                Ok(frame) => self.framed(&frame, envelope, context),
                Err(reason) => {
                    context.count(reason);
                    let left = after_refused(&text[..length], reason).len();
                    if left > 0 {
                        return &text[length - left..];
                    }
                }
            }
        }
        text[length..].trim_ascii_start()
    }

    #[inline]
    fn framed(&mut self, frame: &Frame<'_>, envelope: Envelope<'_>, context: &mut Context<'_>) {
        let mut times = self.clock.note(frame, context.arrival.stamp());
        if times.bad {
            context.count(Reason::BadTime);
        }
        if times.sets_held
            && let (Arrival::Stamped(at), Some(held)) = (context.arrival, times.held)
        {
            let name = match &frame.sentence {
                Sentence::Pghp { station, .. } => station.unwrap_or(&[]),
                _ => frame.tag.station.unwrap_or(&[]),
            };
            // The time of a clock that is behind serves no line after it.
            self.held_arrival = if self.source.holds(held, name, context) { at } else { LONG_AGO };
        }
        times.own = times.own.or(envelope.time);
        match &frame.sentence {
            Sentence::Vdm(vdm) => self.fragment(vdm, frame, times, envelope, context),
            Sentence::Pghp { station, .. } => {
                self.held_station = Name::new(station.unwrap_or(&[]));
                self.settle(times, station.unwrap_or(&[]), context);
            }
            Sentence::Fix(fix) => {
                let pending = self.pending.take().map_or(Name::EMPTY, |(name, _)| name);
                self.give_tick(times, context);
                let name = frame.tag.station.unwrap_or(pending.as_bytes());
                self.note_own_ship(name, None, fix.position, context);
                self.give_own_ship(name, fix.position, context);
            }
            Sentence::Bridge(formatter, fields) => {
                self.bridge(*formatter, fields, frame, times, envelope, context);
            }
            Sentence::Other => {
                self.pending = None;
                context.count(Reason::OtherSentence);
                if times.own.is_some() {
                    self.give_tick(times, context);
                }
            }
            Sentence::TagAlone => {
                let name = frame.tag.station.unwrap_or(&[]);
                self.pending = Some((Name::new(name), frame.tag.group));
                // The time is that of the next sentence, which settles it where arrivals are known.
                if context.arrival == Arrival::FromSource {
                    self.settle(times, name, context);
                }
            }
        }
    }

    /// Gives a tick for a line that tells a time and nothing else.
    fn give_tick(&mut self, times: LineTime, context: &mut Context<'_>) {
        if times.time().is_some()
            && let Some(time) = self.settle(times, &[], context)
        {
            self.source.give_tick(time, context);
        }
    }

    /// Returns the report time of a line. The held time counts for [`CONTEXT_AGE_MAX`] where arrivals are known.
    #[inline]
    fn settle(&mut self, times: LineTime, name: &[u8], context: &mut Context<'_>) -> Option<Time> {
        let held = match context.arrival {
            Arrival::Stamped(at) => times.held.filter(|_| at - self.held_arrival <= CONTEXT_AGE_MAX),
            Arrival::FromSource => times.held,
        };
        self.source.settle(times.own, held, name, context)
    }

    /// Decodes an AIS sentence: a message or a fragment of one.
    #[inline]
    fn fragment(
        &mut self,
        vdm: &Vdm<'_>,
        frame: &Frame<'_>,
        times: LineTime,
        envelope: Envelope<'_>,
        context: &mut Context<'_>,
    ) {
        let (pending, pending_group) = self.pending.take().unwrap_or((Name::EMPTY, None));
        let named = frame.tag.station.or(frame.station).or(envelope.station);
        let held = self.station_before(pending, frame);
        let station = named.unwrap_or(held.as_bytes());
        let Some(time) = self.settle(times, station, context) else {
            return context.count(Reason::NoTime);
        };
        let fragment = Fragment {
            group: frame.tag.group.or(pending_group),
            station,
            named: named.is_some() || !pending.is_empty(),
            time,
            own_time: times.own.is_some(),
            arrival: self.source.now(context.arrival),
            line: self.line,
        };
        if self.assembly.has_early()
            && let Some(whole) = self.assembly.swapped(vdm, &fragment, &mut |reason| context.count(reason))
            && let Err(reason) = self.whole(&whole, context)
        {
            context.count(reason);
        }
        let made = if vdm.total == 1 {
            self.message(vdm.payload, vdm.fill_bits, vdm.own_ship, time, station, context)
        } else {
            match self.assembly.add(vdm, fragment, &mut |reason| context.count(reason)) {
                Ok(None) => return,
                Ok(Some(whole)) => self.whole(&whole, context),
                Err(reason) => Err(reason),
            }
        };
        if let Err(reason) = made {
            context.count(reason);
            if times.time().is_some() {
                self.source.give_tick(time, context);
            }
        }
    }

    /// Decodes a message of which all fragments have come.
    fn whole(&mut self, whole: &Whole, context: &mut Context<'_>) -> Result<(), Reason> {
        let station = whole.station.as_bytes();
        self.message(whole.armour(), whole.fill_bits, whole.own_ship, whole.time, station, context)
    }

    /// Decodes what waits for the next sentence, and counts the messages whose fragments have not all come, at the end of a recording.
    pub fn end(&mut self, context: &mut Context<'_>) {
        if let Some(whole) = self.assembly.swapped_at_end()
            && let Err(reason) = self.whole(&whole, context)
        {
            context.count(reason);
        }
        context.counts.add(Reason::ExpiredFragment, self.assembly.len() as u32);
        context.counts.add(Reason::OrphanFragment, self.assembly.early_len() as u32);
    }

    /// Returns the station named before a sentence that names none; `pending` comes from a TAG block on the line before.
    /// The source of a grouped sentence is its own or that of the group's first one.
    #[inline]
    fn station_before(&self, pending: Name, frame: &Frame<'_>) -> Name {
        if pending.is_empty() && frame.tag.group.is_none() { self.held_station } else { pending }
    }

    /// Decodes a whole message.
    #[inline]
    fn message(
        &mut self,
        armour: &[u8],
        fill_bits: u8,
        own_ship: bool,
        time: Time,
        station: &[u8],
        context: &mut Context<'_>,
    ) -> Result<(), Reason> {
        let mut bits = Payload::EMPTY;
        bits.fill(armour, fill_bits)?;
        let decoded = ais::Message::decode(&bits);
        let message = decoded.as_ref().map_err(|reason| *reason)?;
        let mmsi = context.sender(message.mmsi)?;
        let transmission = ais::transmission(armour);
        context.counts.add(Reason::IllegalValue, ais::illegal(message));
        let (feed, number) = self.source.station(station, context);
        let body = ais::body(message, own_ship);
        self.source.give_report(Report { feed, station: number, time, transmission, mmsi, body }, context);
        if let Some(Input::Report(Report { body: Body::OwnShip(own), .. })) = context.inputs.last() {
            let (heading, position) = (own.heading_deg, own.position);
            self.note_own_ship(station, heading, position, context);
        }
        Ok(())
    }

    /// Decodes a sentence of a radar, or of the ship that carries it.
    fn bridge(
        &mut self,
        formatter: Formatter,
        fields: &[u8],
        frame: &Frame<'_>,
        times: LineTime,
        envelope: Envelope<'_>,
        context: &mut Context<'_>,
    ) {
        let pending = self.pending.take().map_or(Name::EMPTY, |(name, _)| name);
        let held = self.station_before(pending, frame);
        let name = frame.tag.station.or(frame.station).or(envelope.station);
        let name = name.unwrap_or(held.as_bytes());
        if !formatter.is_target() {
            context.count(Reason::OwnShip);
            let (heading, position) = formatter.own_ship(fields);
            // The time serves for the age of the values alone: a compass does not tell the feed's time.
            self.settle(times, name, context);
            self.note_own_ship(name, heading, position, context);
            return self.give_own_ship(name, position, context);
        }
        let Some(time) = self.settle(times, name, context) else { return context.count(Reason::NoTime) };
        let (feed, station, ship) = self.ship(name, context);
        let sensor = context.stations.sensor(feed);
        let now = self.source.now(context.arrival);
        let origin = Origin {
            feed,
            station,
            time,
            sensor,
            heading_deg: self.own_ships.heading(ship, now),
            ship_position: if sensor.site.is_none() { self.own_ships.position(ship, now) } else { None },
        };
        let mut illegal = 0;
        match radar::contact(formatter, fields, &origin, &mut illegal) {
            Ok(contact) => {
                context.counts.add(Reason::IllegalValue, illegal);
                self.source.give_contact(contact, context);
            }
            Err(reason) => {
                context.count(reason);
                self.source.give_tick(time, context);
            }
        }
    }

    /// Keeps heading (degrees true) and position of a ship, for the targets of its radars.
    fn note_own_ship(
        &mut self,
        name: &[u8],
        heading: Option<f64>,
        position: Option<Position>,
        context: &mut Context<'_>,
    ) {
        let place = position.filter(|at| !at.is_null_island());
        if place != position {
            context.count(Reason::NoPosition);
        }
        if heading.is_some() || place.is_some() {
            let (_, _, ship) = self.ship(name, context);
            self.own_ships.note(ship, self.source.now(context.arrival), heading, place);
        }
    }

    /// Appends where the ship is that carries the receiver: the receiver moves with it.
    fn give_own_ship(&mut self, name: &[u8], position: Option<Position>, context: &mut Context<'_>) {
        if let Some(position) = position {
            let (_, _, (feed, station)) = self.ship(name, context);
            context.inputs.push(Input::OwnShip { feed, station, position });
        }
    }

    /// Returns feed, station number and ship of a sentence's source.
    fn ship(&mut self, name: &[u8], context: &mut Context<'_>) -> (FeedId, StationId, Ship) {
        let (feed, station) = self.source.station(name, context);
        (feed, station, (feed, if is_device(name) { StationId(0) } else { station }))
    }
}

/// Returns whether a name is that of one device of a ship, a talker and four digits (IEC 61162-450, 4.2.2): the data of its
/// ship are then those of the feed.
fn is_device(name: &[u8]) -> bool {
    matches!(name, [a, b, digits @ ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase()
        && digits.len() == 4 && digits.iter().all(u8::is_ascii_digit))
}
