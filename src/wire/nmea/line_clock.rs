//! Time of each line of a text: its own, or that of a line before it.

use serde::{Deserialize, Serialize};

use super::frame::{Frame, Sentence, frame};
use crate::model::Time;
use crate::wire::times::{Assumed, logged, on_nearest_day};

/// Clock that gives each line of a text its time, from the line itself or from those before it.
///
/// The own time of a line is the `c:` of its TAG block, else the number after its checksum, else, in a text log, the time
/// that a logger wrote before the sentence or after it. A TAG block alone on its
/// line belongs to the next sentence; a `$PGHP` line between them does not use it up. A line without an own time has
/// the held time, the last that a `$PGHP`, `ZDA` or `RMC` line told; between a `$PGHP` line and its sentence, `ZDA` and
/// `RMC` do not count. The sentence of a radar target gives a time of day: it belongs to the day that is nearest to
/// the arrival, else to the time told last.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LineClock {
    /// Time of the last `$PGHP`, `ZDA` or `RMC` line.
    held: Option<Time>,
    /// True between a `$PGHP` line and its sentence.
    awaited: bool,
    /// Time of a TAG block alone on its line.
    pending: Option<Time>,
    /// Time told last, by a line of any kind.
    last: Option<Time>,
}

/// Times that a line has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LineTime {
    /// Time in the line itself, or in the TAG block alone before it.
    pub own: Option<Time>,
    /// Time of the last `$PGHP`, `ZDA` or `RMC` line, this one included.
    pub held: Option<Time>,
    /// True where this line told the held time.
    pub sets_held: bool,
    /// True where the line has a time that is malformed or not plausible.
    pub bad: bool,
}

impl LineTime {
    /// Returns the time of the line: its own, else the held one.
    pub fn time(self) -> Option<Time> {
        self.own.or(self.held)
    }
}

impl LineClock {
    /// Returns the time of a line, with or without its end-of-line bytes; `None` where neither the line nor one before
    /// it told any. A line that is refused has the time of those before it.
    pub fn time_of(&mut self, line: &[u8]) -> Option<Time> {
        self.time_at(line, None)
    }

    /// Returns the time of a line that arrived at `arrival`.
    pub fn time_at(&mut self, line: &[u8], arrival: Option<Time>) -> Option<Time> {
        match frame(line.trim_ascii()) {
            Ok(frame) => self.note(&frame, arrival).time(),
            Err(_) => self.held,
        }
    }

    /// Notes a time that a line told which this clock did not see.
    pub fn note_time(&mut self, time: Time) {
        self.last = Some(time);
    }

    /// Takes a line into account and returns its times.
    #[inline]
    pub(super) fn note(&mut self, frame: &Frame<'_>, arrival: Option<Time>) -> LineTime {
        let mut own = frame.tag.time.or(frame.time);
        if own.is_none() && arrival.is_none() {
            own = logged_with(frame).map(|(time, _)| time);
        }
        let mut times = LineTime { own, held: self.held, sets_held: false, bad: frame.tag.bad_time };
        match frame.sentence {
            Sentence::Vdm(_) => {
                self.awaited = false;
                times.own = own.or(self.pending.take());
            }
            Sentence::Pghp { time, .. } => {
                self.awaited = time.is_some();
                self.hold(time, &mut times);
                times.bad |= time.is_none();
            }
            Sentence::Fix(fix) => {
                times.own = own.or(self.pending.take());
                if !self.awaited {
                    self.hold(fix.time, &mut times);
                    times.bad |= fix.bad_time;
                }
            }
            Sentence::TagAlone => {
                self.pending = own;
                times.own = own;
            }
            Sentence::Bridge(formatter, fields) => {
                times.own = own.or(self.pending.take());
                if let (None, Some(near)) = (times.own, arrival.or(self.last)) {
                    match formatter.measured_at(fields, near) {
                        Ok(time) => times.own = time,
                        Err(_) => times.bad = true,
                    }
                }
            }
            Sentence::Other => times.own = own.or(self.pending.take()),
        }
        self.last = times.own.or(times.held.filter(|_| times.sets_held)).or(self.last);
        times
    }

    /// Returns the time of the time of day that a sentence of a radar target or a position tells, on the day nearest to another
    /// time.
    pub fn time_of_day(line: &[u8], near: Time) -> Option<Time> {
        let Ok(Frame { sentence: Sentence::Bridge(formatter, fields), .. }) = frame(line.trim_ascii()) else {
            return None;
        };
        Some(on_nearest_day(formatter.time_of_day(fields)?, near))
    }

    /// Returns what the time that a logger wrote with a line leaves open.
    pub fn assumed(line: &[u8]) -> Assumed {
        let frame = frame(line.trim_ascii()).ok();
        let untimed = frame.filter(|frame| frame.tag.time.or(frame.time).is_none());
        untimed.and_then(|frame| logged_with(&frame)).map_or_else(Assumed::default, |(_, assumed)| assumed)
    }

    /// Returns whether the time of a line decides what becomes of it, so that a program that passes the line on must pass
    /// the time on too: an AIS sentence, a radar or navigation sentence.
    pub fn is_timed(line: &[u8]) -> bool {
        match frame(line.trim_ascii()).map(|frame| frame.sentence) {
            Ok(sentence) => matches!(sentence, Sentence::Vdm(_) | Sentence::Bridge(..)),
            Err(_) => false,
        }
    }

    fn hold(&mut self, time: Option<Time>, times: &mut LineTime) {
        self.held = time.or(self.held);
        times.held = self.held;
        times.sets_held = time.is_some();
    }
}

/// Returns the time that a logger wrote before a sentence or after it, and what it leaves open.
fn logged_with(frame: &Frame<'_>) -> Option<(Time, Assumed)> {
    [frame.before, frame.after].into_iter().filter(|text| !text.is_empty()).find_map(logged)
}
