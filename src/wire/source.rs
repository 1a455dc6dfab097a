//! State that every decoder keeps of its topic: the feed, the newest times, the last station.

use super::context::{Arrival, Context};
use super::reason::Reason;
use super::source_clocks::{SourceClocks, Trust};
use super::stations::Name;
use crate::model::{
    AirSource, AircraftReport, Body, Contact, FeedId, Input, Position, Report, Span, StationId, Time,
};

/// Limit of how far a source time may be ahead of arrival: a time beyond it is not believed.
pub const AHEAD_MAX: Span = Span::from_secs(5);

/// Feed, clock and last station of one topic.
#[derive(Debug)]
pub(super) struct Source {
    /// Feed of the topic.
    pub feed: FeedId,
    /// Newest time that the source told, under [`Arrival::FromSource`].
    pub newest: Time,
    /// Newest time that the engine was given for this feed.
    pub given: Time,
    /// Known offset of the source's clock; positive where the clock is ahead.
    pub clock_ahead: Span,
    /// True where reports may come late: their own times count, however far behind arrival they are.
    pub is_late: bool,
    /// Clocks of the stations of the topic.
    pub clocks: SourceClocks,
    /// Name, feed and number of the station that was looked up last.
    pub last_station: (Name, FeedId, StationId),
}

impl Source {
    /// Returns the state of a topic from which nothing was read.
    pub fn new(feed: FeedId) -> Source {
        Source {
            feed,
            newest: Time::NEVER,
            given: Time::NEVER,
            clock_ahead: Span::ZERO,
            is_late: false,
            clocks: SourceClocks::default(),
            last_station: (Name::EMPTY, feed, StationId(0)),
        }
    }

    /// Returns the arrival time; where it is unknown, the newest time that the source told.
    pub fn now(&self, arrival: Arrival) -> Time {
        arrival.stamp().unwrap_or(self.newest)
    }

    /// Returns the report time of a line, object or record: its own time, else the time held from those before it, else
    /// its arrival. `None` where all three are unknown, and while it is unknown whether the source's clock is behind. `name`
    /// is the station's.
    #[inline]
    pub fn settle(
        &mut self,
        own: Option<Time>,
        held: Option<Time>,
        name: &[u8],
        context: &mut Context<'_>,
    ) -> Option<Time> {
        let own = own.map(|time| time - self.clock_ahead);
        let held = held.map(|time| time - self.clock_ahead);
        match context.arrival {
            Arrival::Stamped(at) => {
                match own.map(|own| self.weigh(own, at, name, false, context)) {
                    Some(Trust::Arrival) => return Some(at),
                    Some(Trust::Unsure) => return None,
                    None if held.is_some() && self.clocks.held_is_unsure => return None,
                    Some(Trust::Own) | None => {}
                }
                match own.or(held) {
                    Some(time) if time <= at + AHEAD_MAX => Some(time),
                    Some(_) => {
                        context.count(Reason::TimeAhead);
                        Some(at)
                    }
                    None => Some(at),
                }
            }
            Arrival::FromSource => {
                if let Some(time) = own.or(held) {
                    self.newest = self.newest.max(time);
                    return Some(time);
                }
                (self.newest > Time::NEVER).then_some(self.newest)
            }
        }
    }

    /// Measures the clock of a source by a time that it told. Returns which time counts; counts a clock that is behind.
    #[inline]
    fn weigh(&mut self, own: Time, at: Time, name: &[u8], is_held: bool, context: &mut Context<'_>) -> Trust {
        context.counts.note_clock(own - at);
        if self.is_late || own > at + AHEAD_MAX {
            return Trust::Own;
        }
        let trust = self.clocks.weigh(name, own, at, is_held);
        if trust == Trust::Arrival {
            context.count(Reason::TimeBehind);
        }
        trust
    }

    /// Measures the clock of a source by a time that it told for the lines after it, as [`Source::settle`] does. Returns whether
    /// the time may count for them; always where arrivals are unknown.
    pub fn holds(&mut self, told: Time, name: &[u8], context: &mut Context<'_>) -> bool {
        let Arrival::Stamped(at) = context.arrival else { return true };
        let trust = self.weigh(told - self.clock_ahead, at, name, true, context);
        self.clocks.held_is_unsure = trust == Trust::Unsure;
        trust != Trust::Arrival
    }

    /// Returns feed and number of a station; number 0 for an empty name.
    #[inline]
    pub fn station(&mut self, name: &[u8], context: &mut Context<'_>) -> (FeedId, StationId) {
        if name.is_empty() {
            return (self.feed, StationId(0));
        }
        if self.last_station.0.as_bytes() == name {
            return (self.last_station.1, self.last_station.2);
        }
        let (feed, id) = context.stations.resolve(self.feed, name);
        if id == StationId(0) {
            context.count(Reason::StationsFull);
        } else {
            self.last_station = (Name::new(name), feed, id);
        }
        (feed, id)
    }

    /// Appends a report. A position at exactly 0N 0E counts as none.
    #[inline(always)]
    pub fn give_report(&mut self, report: Report, context: &mut Context<'_>) {
        self.note_given(report.feed, report.time);
        context.count(Reason::Reports);
        context.inputs.push(Input::Report(report));
        // Changed where it stands: a report is made there at once, and copied once fewer.
        if let Some(Input::Report(report)) = context.inputs.last_mut()
            && let Some(place) = place_of(&mut report.body)
            && place.is_some_and(Position::is_null_island)
        {
            *place = None;
            context.count(Reason::NoPosition);
        }
    }

    /// Appends a contact. One at exactly 0N 0E is refused.
    pub fn give_contact(&mut self, contact: Contact, context: &mut Context<'_>) {
        if contact.position.is_some_and(Position::is_null_island) {
            context.count(Reason::NoPosition);
            return self.give_tick(contact.time, context);
        }
        self.note_given(contact.feed, contact.time);
        context.count(Reason::Contacts);
        context.inputs.push(Input::Contact(contact));
    }

    /// Appends a report of an aircraft. A position at exactly 0N 0E counts as none.
    pub fn give_aircraft(&mut self, mut report: AircraftReport, context: &mut Context<'_>) {
        if report.kinematics.position.is_some_and(Position::is_null_island) {
            (report.kinematics.position, report.source) = (None, AirSource::ModeS);
            context.count(Reason::NoPosition);
        }
        self.note_given(report.feed, report.time);
        context.count(Reason::Aircraft);
        context.inputs.push(Input::Aircraft(report));
    }

    /// Appends a tick where the time is newer than all that the engine was given for this feed.
    pub fn give_tick(&mut self, time: Time, context: &mut Context<'_>) {
        if time > self.given {
            self.given = time;
            context.count(Reason::Ticks);
            context.inputs.push(Input::Tick { feed: self.feed, time });
        }
    }

    #[inline]
    fn note_given(&mut self, feed: FeedId, time: Time) {
        if feed == self.feed {
            self.given = self.given.max(time);
        }
    }
}

/// Returns the position of a body, where its kind has one.
#[inline]
fn place_of(body: &mut Body) -> Option<&mut Option<Position>> {
    match body {
        Body::Position(said) | Body::PositionAndStatic(said, _) => Some(&mut said.kinematics.position),
        Body::OwnShip(own) => Some(&mut own.position),
        Body::BaseStation(fixed) | Body::AidToNavigation(fixed) => Some(&mut fixed.position),
        _ => None,
    }
}
