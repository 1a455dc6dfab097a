//! What the rules found about a track that is silent: the newest part of what the watch recorded is played once more, aside.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Console;
use super::trials::recordings::chosen;
use super::trials::run::step_back;
use super::trials::uploads::Uploads;
use super::turns::{Turn, Turns};
use crate::analysis::explain::{self, Question, RuleExplanation, Sought};
use crate::config;
use crate::feed::recording::{Grain, Options, Window};
use crate::model::{Span, Time};
use crate::telemetry;

/// Time before the last report of the track that is explained.
const WINDOW: Span = Span::from_secs(1800);
/// Time before that which is played too, so that the rules know the track.
const BEFORE: Span = Span::from_secs(1800);
/// Time after the last report that is explained at most.
const AFTER: Span = Span::from_secs(3 * 3600);
/// Time for which an answer is kept for those who ask the same.
const LASTING: Duration = Duration::from_secs(60);

/// What is asked: track, time of its last report, version of the rules.
type Key = (String, Time, String);

/// The newest answer, for those who ask the same.
type Newest = Option<(Key, Instant, Answer)>;

/// Questions about silent tracks.
#[derive(Debug, Default)]
pub struct Past {
    turns: Turns<Newest>,
}

/// Answer of the recordings.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The rules' findings, the time that they are about, and the time from which they are known.
    Found(Vec<RuleExplanation>, Time, Time),
    /// The watch records nothing.
    NotRecorded,
    /// The recordings have no report of the track.
    NotThere,
    /// The recordings cannot be read.
    Unreadable,
}

impl Answer {
    /// Returns the word for a page, where nothing was found.
    pub fn word(&self) -> Option<&'static str> {
        match self {
            Answer::Found(..) => None,
            Answer::NotRecorded => Some("not-recorded"),
            Answer::NotThere => Some("not-in-recording"),
            Answer::Unreadable => Some("unreadable"),
        }
    }
}

impl Past {
    /// Returns what the recordings of the watch say about a track. `None` where too many ask.
    pub async fn ask(&self, console: &Console, track: &str, heard: Time) -> Option<Answer> {
        let (_place, newest) = self.turns.take().await?;
        let key: Key = (track.to_owned(), heard, console.in_force.rules().0);
        match &*newest {
            Some((of, at, answer)) if *of == key && at.elapsed() < LASTING => return Some(answer.clone()),
            _ => {}
        }
        let (send, receive) = oneshot::channel();
        let (places, now) = (console.places.clone(), console.now());
        let run = move || {
            let mut newest: Turn<Newest> = newest;
            step_back();
            let answer = answer(&places, &key.0, heard, now).unwrap_or_else(|error| {
                let error = format!("{error:#}");
                tracing::error!(event = telemetry::PLAYER, error, "cannot explain a track by the recordings");
                Answer::Unreadable
            });
            *newest = Some((key, Instant::now(), answer.clone()));
            send.send(answer).ok();
        };
        std::thread::Builder::new().name("explain".to_owned()).spawn(run).ok()?;
        receive.await.ok()
    }
}

fn answer(places: &super::Places, track: &str, heard: Time, now: Time) -> anyhow::Result<Answer> {
    let at = now.min(heard + AFTER);
    let from = heard - WINDOW;
    // Arrivals may come long after the times that are told: the end is a matter of these.
    let window = Window { from: Some(from - BEFORE), until: None };
    let Ok(recordings) = chosen(&places.recordings, &Uploads::default(), None, window.from) else {
        return Ok(Answer::NotRecorded);
    };
    let overview = config::overview(places.config.as_deref())
        .map_err(|problems| anyhow::anyhow!(config::lines(&problems)))?;
    let question = Question {
        recordings: &recordings,
        options: Options { window, grain: Grain::Block, ..places.options },
        config: &overview.config,
        who: Sought::Key(track.to_owned()),
        at,
        around: at - from,
        rule: None,
    };
    let explanation = explain::explain(&question, track, |_, _, _| ())?;
    if explanation.tracks.is_empty() {
        return Ok(Answer::NotThere);
    }
    Ok(Answer::Found(explanation.rules, at, from))
}
