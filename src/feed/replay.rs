//! Replay: a recording through the same reading and the same engine as live, as fast as it goes or paced.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::Serialize;

use super::intake::{Intake, Taken};
use super::near_misses::{self, NearMisses};
use super::read_ahead::{Batch, read_ahead};
use super::reading::{Came, Reading};
use super::recording::{Piece, Recording};
use super::speed::{Progress, Speed, Throttle, times_real_time};
use crate::config::{self, Config};
use crate::engine::{Engine, Output, Tracer};
use crate::model::{AlertEvent, Input, Phase, Term, Time};
use crate::mqtt::filter_takes;
use crate::wire::{Arrival, Format};

/// Inputs given to the engine at a time: enough to fetch their tracks ahead, few enough for a core's cache.
pub const BATCH: usize = 1024;
/// The exercise that a replay is where nothing names another.
pub const EXERCISE: &str = "replay";

/// Options of a replay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Speed of the replay. The results do not depend on it.
    pub speed: Speed,
    /// Inputs given to the engine at a time. Nothing that comes out depends on it.
    pub batch: usize,
    /// No progress bar, even on a terminal.
    pub quiet: bool,
    /// Whether near misses are noted, which takes time.
    pub near_misses: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { speed: Speed::Max, batch: BATCH, quiet: false, near_misses: false }
    }
}

/// Summary of a replay, described in `docs/summary.md`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Form of this object.
    pub schema: &'static str,
    /// The node whose configuration was used.
    pub node: String,
    /// The exercise's name, as alerts have it.
    pub exercise: String,
    /// Notices about the files.
    pub notices: Vec<String>,
    /// Bytes of the files.
    pub bytes: u64,
    /// Inputs of the engine.
    pub inputs: u64,
    /// Reports among them.
    pub reports: u64,
    /// Oldest and newest time told.
    pub span: Option<TimeSpan>,
    /// Feeds in the order of the configuration; feeds found during the replay follow.
    pub feeds: Vec<FeedSummary>,
    /// Tracks in the picture at the end.
    pub tracks: u64,
    /// Alerts by rule.
    pub alerts: BTreeMap<String, RuleSummary>,
    /// Counts of the engine: `repeats`, `late` …
    pub counts: BTreeMap<String, u64>,
    /// Counts of what could not be judged, by rule and reason.
    pub cannot_judge: BTreeMap<String, u64>,
    /// Tracks that one limit alone kept from an alert, by rule and limit; empty where nobody asked for them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub near_misses: BTreeMap<String, BTreeMap<&'static str, NearMisses>>,
    /// Course of this run; the only part that differs from one replay to the next.
    pub run: RunSummary,
}

/// Oldest and newest time told, RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct TimeSpan {
    pub from: String,
    pub until: String,
}

/// Summary of one feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FeedSummary {
    /// Name of the feed.
    pub name: String,
    /// Reports given to the engine.
    pub reports: u64,
    /// Counts of what was read and what was refused, named as in `wire::Tally`.
    pub counts: BTreeMap<&'static str, u64>,
}

/// Events of a rule's alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct RuleSummary {
    pub pattern: Term,
    pub raised: u64,
    pub updated: u64,
    pub ended: u64,
}

/// Speed of the replay.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunSummary {
    /// Seconds on the wall.
    pub wall_s: f64,
    /// Reports a second of that.
    pub reports_per_s: f64,
    /// Recorded time over wall time.
    pub times_real_time: f64,
}

/// Replays to the end. `on_alert` gets every event as it comes, and after each flush of events `None`.
///
/// # Errors
/// When the recording can't be read on, or `on_alert` fails.
pub fn replay(
    mut recording: Recording,
    config: &Config,
    options: Options,
    on_alert: impl FnMut(Option<&AlertEvent>) -> anyhow::Result<()>,
) -> anyhow::Result<Summary> {
    let mut progress = Progress::new(recording.size(), options.quiet);
    let exercise = recording.about().and_then(|about| about.exercise.clone());
    let mut readings = [Reading::new(config, exercise.as_deref())];
    let mut judge = Judge::new(config, options, on_alert);
    let (throttle, batch) = (Throttle::new(options.speed), options.batch.max(1));
    let (_, answer) = read_ahead(&mut recording, &mut readings, throttle, batch, |read| {
        progress.at(read.came.bytes, read.came.newest);
        match judge.take(&read, batch) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    })?;
    if let ControlFlow::Break(error) = answer {
        return Err(error);
    }
    progress.end();
    let took = progress.elapsed();
    let summary = Summary {
        node: config.node.name.clone(),
        notices: recording.notices(),
        bytes: recording.size(),
        ..judge.summary(readings[0].summary())
    };
    let reports_per_s = summary.reports as f64 / took.as_secs_f64().max(1e-9);
    let times_real_time = times_real_time(Came::of(&readings, 0).span(), took);
    let run = RunSummary { wall_s: took.as_secs_f64(), reports_per_s, times_real_time };
    Ok(Summary { run, ..summary })
}

/// An engine, and what it counted.
struct Judge<F> {
    engine: Engine,
    outputs: Vec<Output>,
    on_alert: F,
    rules: BTreeMap<String, RuleSummary>,
}

impl<F: FnMut(Option<&AlertEvent>) -> anyhow::Result<()>> Judge<F> {
    fn new(config: &Config, options: Options, on_alert: F) -> Judge<F> {
        let mut engine = Engine::new(config.setup.clone());
        if options.near_misses {
            engine.set_tracer(Some(Tracer::of_near_misses()));
        }
        Judge { engine, outputs: Vec::new(), on_alert, rules: BTreeMap::new() }
    }

    fn take(&mut self, read: &Batch, batch: usize) -> anyhow::Result<()> {
        for inputs in read.inputs.iter().flat_map(|inputs| inputs.chunks(batch)) {
            self.step(inputs)?;
        }
        if read.is_pause { (self.on_alert)(None) } else { Ok(()) }
    }

    fn step(&mut self, inputs: &[Input]) -> anyhow::Result<()> {
        self.engine.step(inputs, &mut self.outputs);
        for output in self.outputs.drain(..) {
            let Some(event) = output.into_alert() else { continue };
            let rule = self.rules.entry(event.rule.clone()).or_default();
            rule.pattern = event.pattern.clone();
            match event.phase {
                Phase::Raised => rule.raised += 1,
                Phase::Updated => rule.updated += 1,
                Phase::Ended => rule.ended += 1,
            }
            (self.on_alert)(Some(&event))?;
        }
        Ok(())
    }

    /// Returns a summary of what was read, with what the engine counted.
    fn summary(&self, read: Summary) -> Summary {
        let counts = self.engine.counts();
        let (mut others, mut cannot_judge) = (BTreeMap::new(), BTreeMap::new());
        for (name, count) in counts.by_name {
            match name.strip_prefix("cannot-judge/") {
                Some(what) => cannot_judge.insert(what.to_owned(), count),
                None => others.insert(name, count),
            };
        }
        let misses = self.engine.tracer().map(Tracer::near_misses).unwrap_or_default();
        let near_misses = near_misses::by_rule(&misses, self.engine.rules());
        Summary {
            tracks: counts.tracks,
            alerts: self.rules.clone(),
            counts: others,
            cannot_judge,
            near_misses,
            ..read
        }
    }
}

/// Reads a piece of a recording as what it stands for; `newest` is the newest time told before it.
pub fn read_piece(
    intake: &mut Intake,
    topics: &LogTopics,
    piece: Piece<'_>,
    newest: Time,
    out: &mut Vec<Input>,
) -> Taken {
    let topic = topics.of(&piece);
    let now = match piece.arrival {
        Arrival::Stamped(at) => at,
        Arrival::FromSource => newest,
    };
    intake.read(topic, piece.payload, piece.arrival, now, out)
}

/// The topics that logs stand for: those of the feeds they belong to.
#[derive(Clone, Debug)]
pub struct LogTopics {
    /// Topics by the names of feeds.
    by_name: BTreeMap<String, String>,
    /// Filters, and a topic that each takes.
    filters: Vec<(String, String)>,
    /// Topic and format of the feed, where there is one alone.
    only: Option<(String, Format)>,
}

impl LogTopics {
    /// For the feeds of a configuration.
    pub fn new(feeds: &[config::Feed]) -> LogTopics {
        // Something stands for every wildcard; all logs of a feed are one stream, so it is the same for all.
        let concrete = |filter: &String| filter.replace(['+', '#'], "log");
        let topic_of = |feed: &config::Feed| feed.topics.first().map_or_else(|| feed.name.clone(), concrete);
        // No log holds what another centre sent.
        let feeds: Vec<_> = feeds.iter().filter(|feed| feed.peer.is_none()).collect();
        let filters = feeds.iter().flat_map(|feed| &feed.topics);
        LogTopics {
            by_name: feeds.iter().map(|feed| (feed.name.clone(), topic_of(feed))).collect(),
            filters: filters.map(|filter| (filter.clone(), concrete(filter))).collect(),
            only: (feeds.len() == 1).then(|| (topic_of(feeds[0]), feeds[0].format)),
        }
    }

    /// Returns the topic that a piece stands for.
    pub fn of<'a>(&'a self, piece: &Piece<'a>) -> &'a str {
        if piece.is_log { self.of_log(piece.topic, piece.payload) } else { real_topic(piece.topic) }
    }

    /// Returns the topic of a log of this name: of the feed that has a filter that takes the name, or that is called so; where
    /// there is one feed alone, that feed's, unless the log is JSON or frames and the feed is one of NMEA; else the name, which
    /// becomes a feed.
    fn of_log<'a>(&'a self, name: &'a str, lines: &[u8]) -> &'a str {
        let by_filter =
            self.filters.iter().find(|(filter, _)| filter_takes(filter, name)).map(|(_, topic)| topic);
        let takes = |format: Format| format != Format::Nmea || Format::guess(lines) == Format::Nmea;
        let only = || self.only.as_ref().filter(|(_, format)| takes(*format)).map(|(topic, _)| topic);
        by_filter.or_else(|| self.by_name.get(name)).or_else(only).map_or(name, String::as_str)
    }
}

/// The topic as it is for the real thing: an exercise's are below `vigie/exercise/<name>/`.
pub(super) fn real_topic(topic: &str) -> &str {
    let inner = topic.strip_prefix("vigie/exercise/").and_then(|rest| rest.split_once('/'));
    inner.map_or(topic, |(_, topic)| topic)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24";

    fn feed(name: &str, topic: &str) -> config::Feed {
        config::Feed::new(name, vec![topic.to_owned()], Format::Nmea)
    }

    #[test]
    fn logs_find_their_feed() {
        let two = LogTopics::new(&[feed("north", "feeds/north/+/ais"), feed("south", "south")]);
        assert_eq!(two.of_log("north", LINE), "feeds/north/log/ais");
        assert_eq!(two.of_log("south", LINE), "south");
        assert_eq!(two.of_log("west", LINE), "west");
        assert_eq!(real_topic("vigie/exercise/dawn/feeds/a"), "feeds/a");
        assert_eq!(real_topic("feeds/vigie/exercise/a"), "feeds/vigie/exercise/a");
        assert_eq!(LogTopics::new(&[feed("north", "feeds/#")]).of_log("west", LINE), "feeds/log");
        let frames = br#"{"timestamp":1717664319.1,"frame":"8c3461ce399e40586b4ee4932241"}"#;
        assert_eq!(LogTopics::new(&[feed("north", "feeds/#")]).of_log("west", frames), "west");
        assert_eq!(LogTopics::new(&[]).of_log("west", LINE), "west");
    }
}
