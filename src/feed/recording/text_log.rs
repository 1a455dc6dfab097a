//! One part of a text log, from its first line to its last: large blocks where it can, lines where it must.

use super::lines::Lines;
use super::scan::{Clock, Part};
use crate::model::Time;

/// Up to where lines may be taken before another source has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// To the end of the part, in whole blocks.
    PartEnds,
    /// Lines before this time, those of this very time too if `true`.
    Time(Time, bool),
    /// One line.
    OneLine,
}

/// A part being read.
pub(super) struct TextPart {
    lines: Lines,
    clock: Clock,
    part: Part,
    /// Running maximum of its times.
    arrival: Time,
    /// Time of the last line read, by the clock.
    told: Option<Time>,
    /// Length of the next line, once heard.
    next: Option<usize>,
    /// Bytes handed out and not yet consumed.
    taken: usize,
    by_block: bool,
}

impl TextPart {
    /// Begins at the part's first line; `lines` are the whole file's.
    pub fn new(mut lines: Lines, clock: Clock, part: Part) -> TextPart {
        lines.skip_to(part.from);
        TextPart {
            lines,
            clock,
            part,
            arrival: part.first,
            told: None,
            next: None,
            taken: 0,
            by_block: false,
        }
    }

    /// Arrival of the next line; `None` at the end of the part.
    pub fn peek(&mut self) -> Option<Time> {
        self.lines.consume(std::mem::take(&mut self.taken));
        if self.by_block {
            return (self.lines.block(self.left()) > 0).then_some(self.arrival);
        }
        if self.next.is_none() {
            let length = self.lines.next_line()?;
            if self.left() == 0 {
                return None;
            }
            self.hear(0, length);
            self.next = Some(length);
        }
        Some(self.arrival)
    }

    /// Takes lines; [`TextPart::peek`] told that there is one.
    pub fn take(&mut self, until: Until) {
        let Some(length) = self.next.take().or(self.by_block.then_some(0)) else { return };
        self.by_block |= until == Until::PartEnds && !self.part.has_long_lines && !self.is_steady();
        if self.by_block {
            self.taken = self.lines.block(self.left());
            return;
        }
        self.taken = length;
        if until == Until::OneLine {
            return;
        }
        let left = self.left();
        let began = self.arrival;
        while let Some(length) = self.lines.short_line_at(self.taken).filter(|_| (self.taken as u64) < left) {
            self.hear(self.taken, length);
            let steady = self.is_steady() && self.arrival > began;
            let turn = match until {
                Until::Time(limit, inclusive) => {
                    self.arrival > limit || (self.arrival == limit && !inclusive)
                }
                _ => false,
            };
            if steady || turn {
                // Its time is known: it is the next.
                self.next = Some(length);
                return;
            }
            self.taken += length;
        }
    }

    /// The lines taken.
    pub fn bytes(&self) -> &[u8] {
        &self.lines.bytes()[..self.taken]
    }

    /// The time of the line taken, as told; of one line alone.
    pub fn told(&self) -> Option<Time> {
        self.told
    }

    /// Whether times are counted, not told by the lines.
    pub fn is_steady(&self) -> bool {
        matches!(self.clock, Clock::Counted(_))
    }

    /// The disk's error that ended the part early.
    pub fn failure(&mut self) -> Option<std::io::Error> {
        self.lines.failure()
    }

    fn hear(&mut self, offset: usize, length: usize) {
        self.told = self.clock.time_of(&self.lines.bytes()[offset..offset + length]);
        self.arrival = self.told.map_or(self.arrival, |time| self.arrival.max(time));
    }

    fn left(&self) -> u64 {
        self.part.to.saturating_sub(self.lines.position())
    }
}
