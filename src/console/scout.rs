//! Runs ahead through a recording that is played: the alerts for its timeline, and places to wind to.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::api::TimelineMark;
use super::queue::spoken;
use crate::channel::event_json::{self, Stamp};
use crate::config::Config;
use crate::feed::recording::{Options, Recording};
use crate::feed::stage::Stage;
use crate::model::{AlertEvent, Phase, Span, Time};

/// A place to wind to each so much of the recording …
const SAVE_EVERY: Span = Span::from_secs(600);
/// … as long as they take no more than this, bytes; beyond it every second one goes.
const SAVED_BYTES: usize = 256 << 20;
/// Pieces between two looks at the clock of the recording.
const TURN: usize = 1024;

/// An alert's event as it came.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// The arrival of what it followed from.
    pub time: Time,
    pub body: Arc<str>,
}

/// A place to wind to.
#[derive(Clone, Debug)]
pub(super) struct Saved {
    /// The newest arrival before it.
    pub time: Time,
    /// Events that came before it.
    pub told: usize,
    pub state: Arc<Vec<u8>>,
}

/// What is known of the recording so far.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub from: Option<Time>,
    pub until: Time,
    pub told: Vec<Told>,
    pub marks: Vec<TimelineMark>,
    saved: Vec<Saved>,
    /// Share of the bytes looked at, 0 to 1.
    pub looked: f64,
}

impl Known {
    /// The latest place at or before a time, before so many of whose pieces nothing else was done.
    pub fn nearest(&self, to: Time) -> Option<Saved> {
        self.saved.iter().rev().find(|saved| saved.time <= to).cloned()
    }
}

/// Shared between who runs ahead and who plays.
pub(super) type Shared = Arc<Mutex<Known>>;

pub(super) fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Goes through the recording to its end.
///
/// # Errors
/// It cannot be read.
pub(super) fn run(
    files: &[PathBuf],
    options: Options,
    config: &Config,
    stamp: &Stamp,
    known: &Shared,
) -> anyhow::Result<()> {
    let mut recording = Recording::open(files, options)?;
    let (mut stage, mut next_save, mut newest) = (Stage::new(config), Time::NEVER, Time::NEVER);
    loop {
        let mut ended = true;
        let mut told = Vec::new();
        for _ in 0..TURN {
            let Some(piece) = recording.next_piece()? else { break };
            ended = false;
            if lock(known).from.is_none() {
                lock(known).from = Some(piece.time);
                next_save = piece.time + SAVE_EVERY;
            }
            newest = newest.max(piece.time);
            stage.read(piece);
            // One by one: a mark is where winding to it shows its alert.
            told.extend(stage.step().map(|event| (newest, event)));
            if newest >= next_save {
                break;
            }
        }
        let share = recording.bytes_read() as f64 / recording.size().max(1) as f64;
        let mut known = lock(known);
        told.iter().for_each(|(at, event)| known.tell(event, *at, stamp));
        known.until = known.until.max(newest);
        known.looked = if ended { 1.0 } else { share.min(0.999) };
        if ended {
            return Ok(());
        }
        if newest >= next_save {
            next_save = newest + SAVE_EVERY;
            let told = known.told.len();
            known.save(Saved { time: newest, told, state: Arc::new(stage.save()) });
        }
    }
}

impl Known {
    fn tell(&mut self, event: &AlertEvent, at: Time, stamp: &Stamp) {
        let mut body = String::new();
        event_json::render(event, stamp, &mut body);
        self.told.push(Told { time: at, body: body.into() });
        if event.phase == Phase::Raised {
            let number = spoken(self.marks.len() as u64 + 1);
            self.marks.push(TimelineMark {
                time: at.0,
                id: event.id.clone(),
                severity: event.severity.word(),
                pattern: event.pattern.clone(),
                number,
            });
        }
    }

    fn save(&mut self, saved: Saved) {
        self.saved.push(saved);
        let bytes: usize = self.saved.iter().map(|saved| saved.state.len()).sum();
        if bytes > SAVED_BYTES {
            let mut keep = false;
            self.saved.retain(|_| {
                keep = !keep;
                keep
            });
        }
    }
}
