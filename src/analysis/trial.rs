//! A trial: recordings played through one configuration or several, in one decoding.

use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use super::alert::{Alert, Alerts};
use crate::config::Config;
use crate::feed::fan::{Fan, Told, Took};
use crate::feed::recording::{Cancel, Options, Recording};
use crate::feed::replay::EXERCISE;
use crate::model::{Rule, Time};
use crate::scenario::Truth;
use crate::scenario::score::{self, Figures, TruthError};

/// Alerts of one configuration after which a trial stops, where nobody asks for more.
pub const MOST_ALERTS: usize = 10_000;

/// Configurations of a trial.
pub enum Configs<'a> {
    /// Each of these.
    Each(&'a [Config]),
    /// One, with each of these sets of rules in the place of its own.
    Rules(&'a Config, Vec<Vec<Rule>>),
}

/// What a trial is asked.
pub struct Question<'a> {
    /// Recordings, or folders of recordings.
    pub recordings: &'a [PathBuf],
    /// How they are read.
    pub options: Options,
    /// Configurations.
    pub configs: Configs<'a>,
    /// Alerts of one configuration after which the trial stops.
    pub most: usize,
    /// Way to break the trial off.
    pub cancel: Cancel,
}

/// Course of a trial; the only part of its result that differs from run to run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Course {
    /// Seconds for everything.
    pub wall_s: f64,
    /// Seconds for decoding, once for all configurations.
    pub decoding_s: f64,
    /// Seconds for pictures and rules, beside the decoding.
    pub judging_s: f64,
    /// Recorded time over wall time.
    pub times_real_time: f64,
}

/// Where and why a trial stopped before the end of the recordings.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Stop {
    /// Newest time told, RFC 3339.
    pub at: String,
    /// Alerts that one configuration had raised by then.
    pub alerts: usize,
}

impl Stop {
    /// Returns what happened, and what the reader can do.
    pub fn sentence(&self) -> String {
        format!(
            "stopped at {} after {} alerts of one configuration: name a shorter time with --from and --until, \
             or allow more with --most N",
            self.at, self.alerts
        )
    }
}

/// Result of a trial.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// The exercise that the recordings are of.
    pub exercise: String,
    /// Alerts of each configuration.
    pub alerts: Vec<Vec<Alert>>,
    /// What each configuration could not judge, as counts by rule and reason.
    pub cannot_judge: Vec<std::collections::BTreeMap<String, u64>>,
    /// Hours of recorded time.
    pub hours: f64,
    /// Reports read.
    pub reports: u64,
    /// Oldest and newest time told, RFC 3339.
    pub span: Option<(String, String)>,
    /// Notices about the recordings.
    pub notices: Vec<String>,
    /// Where the trial stopped before the end.
    pub stopped: Option<Stop>,
    /// Whether somebody cancelled it.
    pub is_cancelled: bool,
    /// Course of the trial.
    pub run: Course,
}

/// Plays recordings through configurations. `tell` gets the bytes that are read, their number in all, and the newest time told.
///
/// # Errors
/// A recording cannot be read, or the trial was cancelled while it was looked through.
pub fn run(question: Question<'_>, mut tell: impl FnMut(u64, u64, Time)) -> anyhow::Result<Trial> {
    let started = std::time::Instant::now();
    let cancel = &question.cancel;
    let mut recording = Recording::open_until(question.recordings, question.options, cancel)?;
    let size = recording.size();
    let exercise = recording.about().and_then(|about| about.exercise.clone());
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (mut fan, count) = match question.configs {
        Configs::Each(configs) => (Fan::new(configs, exercise.as_deref(), threads), configs.len()),
        Configs::Rules(config, sets) => {
            let count = sets.len();
            (Fan::of_rules(config, sets, exercise.as_deref(), threads), count)
        }
    };
    let mut alerts = vec![Alerts::default(); count];
    let (mut stop, mut is_cancelled) = (None, false);
    let took = fan.run(&mut recording, |told| match told {
        Told::Event(place, event) => {
            alerts[place].take(event);
            if alerts[place].len() > question.most {
                stop = Some(alerts[place].len());
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        }
        Told::Progress(bytes, time) => {
            tell(bytes, size, time);
            is_cancelled = cancel.is_cancelled();
            if is_cancelled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    })?;
    let judged = |place: usize| {
        let counts = fan.counts(place).by_name.into_iter();
        counts.filter_map(|(name, n)| Some((name.strip_prefix("cannot-judge/")?.to_owned(), n))).collect()
    };
    let wall_s = started.elapsed().as_secs_f64();
    let Took { decoding, judging, came } = took;
    let recorded = came.span();
    Ok(Trial {
        exercise: exercise.unwrap_or_else(|| EXERCISE.to_owned()),
        cannot_judge: (0..count).map(judged).collect(),
        alerts: alerts.into_iter().map(Alerts::into_list).collect(),
        hours: recorded.hours(),
        reports: came.reports,
        span: came.told().map(|[from, until]| (from.rfc3339_millis(), until.rfc3339_millis())),
        notices: recording.notices(),
        stopped: stop.map(|alerts| Stop { at: came.newest.rfc3339(), alerts }),
        is_cancelled,
        run: Course {
            wall_s,
            decoding_s: decoding.as_secs_f64(),
            judging_s: judging.as_secs_f64(),
            times_real_time: recorded.secs() / wall_s.max(1e-9),
        },
    })
}

/// Judges alerts by a truth: each learns whether it is true, and the figures over all are returned.
///
/// # Errors
/// A time of the truth cannot be read.
pub fn judge(truth: &Truth, alerts: &mut [Alert]) -> Result<Figures, TruthError> {
    let raised: Vec<_> = alerts.iter().map(Alert::to_raised).collect();
    let listed = score::are_listed(truth, &raised)?;
    for ((alert, (_, fits)), is_listed) in alerts.iter_mut().zip(score::matches(truth, &raised)?).zip(listed)
    {
        alert.is_true = is_listed.then_some(fits);
    }
    let run = score::Run { truth: truth.clone(), alerts: raised };
    Ok(score::score(vec![run])?.total)
}
