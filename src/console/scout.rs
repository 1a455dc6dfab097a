//! Scan of a recording ahead of its player: alerts for the timeline, and saved states from which any moment is reached fast.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::api::TimelineMark;
use super::queue::spoken;
use crate::config::Config;
use crate::feed::playback::Playback;
use crate::feed::recording::{Options, Recording};
use crate::model::{Output, Phase, Span, Time, key_of};
use crate::sinks::event_json::{self, Stamp};

/// Interval between two saved states.
const SAVE_EVERY: Span = Span::from_secs(600);
/// Most memory of the saved states, bytes; beyond it every second one is dropped.
const SAVED_BYTES: usize = 256 << 20;
/// Number of pieces between two checks of the recording's time.
const TURN: usize = 1024;

/// An alert's event.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// Arrival of the message that caused the event.
    pub time: Time,
    pub body: Arc<str>,
    /// Centre that raised the alert; `None` for an own one.
    pub from: Option<String>,
}

/// Returns the centre of another centre's alert, and the event as the queue takes it.
pub(super) fn rendered<'a>(output: &'a Output, stamp: &Stamp) -> (Option<&'a str>, String) {
    match output {
        Output::Alert(event) => {
            let mut body = String::new();
            event_json::render(event, stamp, &mut body);
            (None, body)
        }
        Output::Shared(alert) => (Some(&alert.from), alert.message.render()),
    }
}

/// Saved state of the engine at a moment of the recording.
#[derive(Clone, Debug)]
pub(super) struct Saved {
    /// Newest arrival before the moment.
    pub time: Time,
    /// Number of events before the moment.
    pub told: usize,
    pub state: Arc<Vec<u8>>,
}

/// Results of the scan so far.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub from: Option<Time>,
    pub until: Time,
    pub told: Vec<Told>,
    pub marks: Vec<TimelineMark>,
    saved: Vec<Saved>,
    /// Share of the bytes that have been scanned, 0 to 1.
    pub looked: f64,
}

impl Known {
    /// Returns the latest saved state at or before a time.
    pub fn nearest(&self, to: Time) -> Option<Saved> {
        self.saved.iter().rev().find(|saved| saved.time <= to).cloned()
    }
}

/// Results shared between the scan and the player.
pub(super) type Shared = Arc<Mutex<Known>>;

pub(super) fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Scans the recording to its end.
///
/// # Errors
/// The recording cannot be read.
pub(super) fn run(
    files: &[PathBuf],
    options: Options,
    config: &Config,
    stamp: &Stamp,
    known: &Shared,
) -> anyhow::Result<()> {
    let mut recording = Recording::open(files, options)?;
    let (mut playback, mut next_save, mut newest) = (Playback::new(config), Time::NEVER, Time::NEVER);
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
            playback.read(piece);
            // One by one: a mark is where winding to it shows its alert.
            told.extend(playback.step().map(|output| (newest, output)));
            if newest >= next_save {
                break;
            }
        }
        let share = recording.bytes_read() as f64 / recording.size().max(1) as f64;
        let mut known = lock(known);
        told.iter().for_each(|(at, output)| known.tell(output, *at, stamp));
        known.until = known.until.max(newest);
        known.looked = if ended { 1.0 } else { share.min(0.999) };
        if ended {
            return Ok(());
        }
        if newest >= next_save {
            next_save = newest + SAVE_EVERY;
            let told = known.told.len();
            known.save(Saved { time: newest, told, state: Arc::new(playback.save()) });
        }
    }
}

impl Known {
    fn tell(&mut self, output: &Output, at: Time, stamp: &Stamp) {
        let (from, body) = rendered(output, stamp);
        let event = output.event();
        let id = from.map_or_else(|| event.id.clone(), |from| key_of(from, &event.id));
        self.told.push(Told { time: at, body: body.into(), from: from.map(str::to_owned) });
        if event.phase == Phase::Raised {
            let number = spoken(self.marks.len() as u64 + 1);
            self.marks.push(TimelineMark {
                time: at.0,
                id,
                severity: event.severity,
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
