//! Reads a recording into inputs of an engine, and counts what it read.

use std::collections::BTreeMap;

use super::intake::Intake;
use super::recording::Piece;
use super::replay::{EXERCISE, FeedSummary, LogTopics, Summary, TimeSpan, read_piece};
use crate::config::Config;
use crate::model::{Input, Span, Time};

/// How far readings of one recording have come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Came {
    /// Bytes read of its files.
    pub bytes: u64,
    /// Reports of the first reading.
    pub reports: u64,
    /// Oldest time told.
    pub oldest: Time,
    /// Newest time told; [`Time::NEVER`] before the first.
    pub newest: Time,
}

impl Default for Came {
    fn default() -> Self {
        Came { bytes: 0, reports: 0, oldest: Time(i64::MAX), newest: Time::NEVER }
    }
}

impl Came {
    /// Returns how far readings have come that have read so many bytes.
    pub fn of(readings: &[Reading], bytes: u64) -> Came {
        let start = Came { bytes, reports: readings.first().map_or(0, Reading::reports), ..Came::default() };
        readings.iter().fold(start, |came, reading| Came {
            oldest: came.oldest.min(reading.oldest),
            newest: came.newest.max(reading.newest),
            ..came
        })
    }

    /// Returns the oldest and the newest time told, once one was told.
    pub fn told(&self) -> Option<[Time; 2]> {
        (self.oldest <= self.newest).then_some([self.oldest, self.newest])
    }

    /// Returns the time from the oldest told to the newest.
    pub fn span(&self) -> Span {
        self.told().map_or(Span::ZERO, |[oldest, newest]| newest - oldest)
    }
}

/// Decoders of a recording, and the inputs that no engine has taken yet.
pub struct Reading {
    intake: Intake,
    topics: LogTopics,
    /// Inputs that were read and not taken.
    pub inputs: Vec<Input>,
    counted: u64,
    reports: Vec<u64>,
    oldest: Time,
    newest: Time,
}

impl Reading {
    /// Returns the decoders for the feeds of a configuration, in a recording of this exercise, if it is one.
    pub fn new(config: &Config, exercise: Option<&str>) -> Reading {
        let (mut feeds, mut inputs) = (config.feeds.clone(), Vec::new());
        for peer in feeds.iter_mut().filter_map(|feed| feed.peer.as_mut()) {
            // Letters were addressed to the watch that recorded them.
            peer.exercise = exercise.map(str::to_owned);
        }
        Reading {
            intake: Intake::new(&feeds, &mut inputs),
            topics: LogTopics::new(&feeds),
            inputs,
            counted: 0,
            reports: Vec::new(),
            oldest: Time(i64::MAX),
            newest: Time::NEVER,
        }
    }

    /// Reads a piece, and appends its inputs.
    pub fn read(&mut self, piece: Piece<'_>) {
        let had = self.inputs.len();
        read_piece(&mut self.intake, &self.topics, piece, self.newest, &mut self.inputs);
        self.count(had);
    }

    /// Appends the inputs that wait for the backlog of their feed, and counts what the recording leaves incomplete.
    pub fn end(&mut self) {
        let had = self.inputs.len();
        self.intake.end(&mut self.inputs);
        self.intake.release(&mut self.inputs);
        self.count(had);
    }

    /// Newest time told so far; [`Time::NEVER`] before the first.
    pub fn newest(&self) -> Time {
        self.newest
    }

    /// Number of reports so far.
    pub fn reports(&self) -> u64 {
        self.reports.iter().sum()
    }

    /// Counts the inputs that were read from there on.
    fn count(&mut self, from: usize) {
        self.counted += (self.inputs.len() - from) as u64;
        for input in &self.inputs[from..] {
            let (feed, time) = match input {
                Input::Report(report) => (Some(report.feed), report.time),
                Input::Contact(contact) => (Some(contact.feed), contact.time),
                Input::Aircraft(report) => (Some(report.feed), report.time),
                Input::Tick { time, .. } => (None, *time),
                Input::SharedAlert(alert) => (Some(alert.feed), alert.message.event.time),
                Input::Feed(_) | Input::OwnShip { .. } | Input::Action(_) => continue,
            };
            if let Some(feed) = feed.map(|feed| usize::from(feed.0)) {
                if feed >= self.reports.len() {
                    self.reports.resize(feed + 1, 0);
                }
                self.reports[feed] += 1;
            }
            self.oldest = self.oldest.min(time);
            self.newest = self.newest.max(time);
        }
    }

    /// Returns the part of a summary that is about what was read.
    pub fn summary(&self) -> Summary {
        let span = TimeSpan { from: self.oldest.rfc3339_millis(), until: self.newest.rfc3339_millis() };
        let read = self.intake.tally.list();
        let of_feed = |(number, name): (usize, &str)| FeedSummary {
            name: name.to_owned(),
            reports: self.reports.get(number).copied().unwrap_or_default(),
            counts: read
                .iter()
                .filter(|(id, ..)| usize::from(id.0) == number)
                .map(|(_, what, n)| (*what, *n))
                .collect::<BTreeMap<_, _>>(),
        };
        Summary {
            schema: "vigie.replay-summary/1",
            exercise: EXERCISE.to_owned(),
            inputs: self.counted,
            reports: self.reports(),
            span: (self.oldest <= self.newest).then_some(span),
            feeds: self.intake.feed_names().enumerate().map(of_feed).collect(),
            ..Summary::default()
        }
    }
}
