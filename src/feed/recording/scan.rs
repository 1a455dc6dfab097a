//! The first look at a text log: which parts it has, when each begins and ends, and whether it tells the time at all.

use super::Window;
use super::lines::Lines;
use crate::model::{Span, Time};
use crate::wire::LineClock;

/// A step back longer than this starts a new part: logs put one after the other, a clock set right.
const STEP_BACK: Span = Span::from_secs(600);
/// Parts of one file at most; what steps back after them belongs to the last. Bounds memory and open files.
const PARTS: usize = 256;

/// Times for a log that has none: `rate` lines a second from `start` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steady {
    /// The first line's time.
    pub start: Time,
    /// Lines a second, over 0.
    pub rate: f64,
}

/// Where lines get their times from.
#[derive(Debug)]
pub(super) enum Clock {
    /// The lines themselves.
    Told(LineClock),
    /// Counting lines, from the number given.
    Steady(Steady, u64),
}

impl Clock {
    /// The line's time, if any was told so far.
    #[inline]
    pub fn time_of(&mut self, line: &[u8]) -> Option<Time> {
        match self {
            Clock::Told(clock) => clock.time_of(line),
            Clock::Steady(steady, count) => {
                let time = steady.start + Span((*count as f64 * 1000.0 / steady.rate) as i64);
                *count += u64::from(is_sentence(line));
                Some(time)
            }
        }
    }
}

/// Whether a line holds something to decode: a sentence, a TAG block, JSON.
fn is_sentence(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'!' | b'$' | b'\\' | b'{'))
}

/// A stretch of a log in which time does not step back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// Offset of its first line within the window.
    pub from: u64,
    /// Offset after its last.
    pub to: u64,
    /// Sentences of the file before it, for [`Clock::Steady`].
    pub count: u64,
    /// Arrival of its first line.
    pub first: Time,
    /// Arrival of its last line.
    pub last: Time,
    /// Whether a line in it is too long, so that blocks can't be taken as they are.
    pub has_long_lines: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The parts that reach into the window.
    pub parts: Vec<Part>,
    /// Sentences in the whole file.
    pub sentences: u64,
    /// Lines skipped as too long.
    pub long_lines: u64,
    /// The first and the last time told, whatever the window.
    pub span: Option<(Time, Time)>,
    /// Whether times stepped back more often than is followed.
    pub too_many_parts: bool,
}

/// Reads a log to its end.
pub(super) fn scan(lines: &mut Lines, mut clock: Clock, window: Window) -> Scan {
    let mut scan = Scan::default();
    let mut part = Building::default();
    while let Some(length) = lines.next_line() {
        let line = &lines.bytes()[..length];
        if let Some(time) = clock.time_of(line) {
            if part.newest.is_some_and(|newest| time < newest - STEP_BACK) {
                if scan.parts.len() + 1 < PARTS {
                    let next =
                        Building { start: lines.position(), count: scan.sentences, ..Building::default() };
                    part.long_until = lines.long();
                    scan.add(std::mem::replace(&mut part, next), lines.position());
                    part.long_from = lines.long();
                } else {
                    scan.too_many_parts = true;
                }
            }
            part.hear(time, lines.position(), scan.sentences, window);
        }
        scan.sentences += u64::from(is_sentence(line));
        lines.consume(length);
    }
    part.long_until = lines.long();
    scan.long_lines = lines.long();
    scan.add(part, lines.position());
    scan
}

impl Scan {
    fn add(&mut self, part: Building, end: u64) {
        let (Some(first), Some(newest)) = (part.first, part.newest) else { return };
        let (from, to) = self.span.unwrap_or((first, newest));
        self.span = Some((from.min(first), to.max(newest)));
        let Some((from, first, count)) = part.enters else { return };
        let (to, last) = part.leaves.unwrap_or((end, newest));
        let has_long_lines = part.long_until > part.long_from;
        if from < to {
            self.parts.push(Part { from, to, count, first, last, has_long_lines });
        }
    }
}

/// A part whose end is not reached.
#[derive(Debug, Default)]
struct Building {
    start: u64,
    count: u64,
    first: Option<Time>,
    newest: Option<Time>,
    /// Offset, time and sentences before the first line in the window.
    enters: Option<(u64, Time, u64)>,
    /// Offset of the first line after the window, and the time before it.
    leaves: Option<(u64, Time)>,
    long_from: u64,
    long_until: u64,
}

impl Building {
    #[inline]
    fn hear(&mut self, time: Time, offset: u64, sentences: u64, window: Window) {
        // Lines before the first time told belong to it.
        let (offset, sentences) =
            if self.first.is_none() { (self.start, self.count) } else { (offset, sentences) };
        let before = self.newest;
        let newest = before.map_or(time, |newest| newest.max(time));
        self.first.get_or_insert(time);
        self.newest = Some(newest);
        if self.enters.is_none() && window.begins(newest) {
            self.enters = Some((offset, newest, sentences));
        }
        if self.leaves.is_none() && window.is_over(newest) {
            self.leaves = Some((offset, before.unwrap_or(time)));
        }
    }
}
