//! Merging by (time, file name, line): the source whose next line is oldest goes on until another one's turn.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Context;

use super::input::Meter;
use super::lines::Lines;
use super::messages::{Message, Messages};
use super::recorder::About;
use super::scan::{Clock, Counted, Part, Steady, Told};
use super::text_log::{TextPart, Until};
use super::{Grain, Kind, Options, Piece, Source, Window};
use crate::model::{Span, Time};
use crate::wire::Arrival;

/// Nanoseconds of a millisecond.
const MS: i64 = 1_000_000;
/// A log that begins this little before another one ends, and goes on after it, continues it: several receivers'
/// lines of one transmission come up to seconds apart, wherever a log was cut.
const SEAM: Span = Span::from_secs(10);

/// Recordings, merged and read from the oldest message to the newest.
pub struct Recording {
    files: Vec<Source>,
    strands: Vec<Strand>,
    /// Next message of each strand that has not ended: arrival in ns, then index in the order of files and parts.
    queue: BinaryHeap<Reverse<(i64, usize)>>,
    /// The strand that gave the last piece.
    current: Option<usize>,
    options: Options,
    about: Option<About>,
    notices: Vec<String>,
    read: Arc<Meter>,
    from_source: bool,
}

/// A file, or a part of one, in which time does not step back.
struct Strand {
    file: usize,
    part: Option<(Part, Option<Steady>)>,
    /// Not before this turn, ns: where it continues another one.
    floor_ns: i64,
    open: Open,
}

enum Open {
    /// Not yet, or no longer.
    No,
    Text(TextPart),
    Messages(Box<dyn Messages>, Message),
}

impl Recording {
    pub(super) fn new(
        files: Vec<Source>,
        options: Options,
        about: Option<About>,
        notices: Vec<String>,
        read: Arc<Meter>,
    ) -> Recording {
        let mut strands = Vec::new();
        let mut firsts = Vec::new();
        for (file, source) in files.iter().enumerate() {
            match &source.kind {
                Kind::Text(scan, steady) => {
                    for part in &scan.parts {
                        firsts.push(part.first.0 * MS);
                        strands.push(Strand {
                            file,
                            part: Some((*part, *steady)),
                            floor_ns: i64::MIN,
                            open: Open::No,
                        });
                    }
                }
                Kind::Messages(Some(first)) => {
                    firsts.push(*first);
                    strands.push(Strand { file, part: None, floor_ns: i64::MIN, open: Open::No });
                }
                Kind::Messages(None) => {}
            }
        }
        join_seams(&files, &mut strands);
        let turns = firsts.iter().zip(&strands).enumerate();
        let queue =
            turns.map(|(index, (first, strand))| Reverse((strand.floor_ns.max(*first), index))).collect();
        let from_source = about.as_ref().is_some_and(|about| about.from_source);
        Recording { files, strands, queue, current: None, options, about, notices, read, from_source }
    }

    /// Returns the description that an MCAP recording has of itself.
    pub fn about(&self) -> Option<&About> {
        self.about.as_ref()
    }

    /// Returns the notices about these files since the last call: cut short, long lines skipped …
    pub fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Arrival of the first line or message that is wanted, before any is read.
    pub fn first(&self) -> Option<Time> {
        self.queue.peek().map(|Reverse((time_ns, _))| Time(time_ns.div_euclid(MS)))
    }

    /// Bytes of all files on disk.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.input.size).sum()
    }

    /// Bytes read of them so far.
    pub fn bytes_read(&self) -> u64 {
        self.read.bytes.load(Ordering::Relaxed)
    }

    /// The next piece in the order of arrival; `None` at the end.
    ///
    /// # Errors
    /// When the disk fails, one line that says where.
    pub fn next_piece(&mut self) -> anyhow::Result<Option<Piece<'_>>> {
        let mut turn = match self.current.take() {
            Some(strand) => Some(strand),
            None => self.pop(),
        };
        while let Some(index) = turn {
            let Some(time_ns) = self.peek(index)? else {
                self.end(index)?;
                turn = self.pop();
                continue;
            };
            let limit = self.queue.peek().map(|Reverse(key)| *key);
            if limit.is_some_and(|limit| limit < (time_ns, index)) {
                self.queue.push(Reverse((time_ns, index)));
                turn = self.pop();
                continue;
            }
            self.take(index, limit);
            self.current = Some(index);
            return Ok(Some(self.piece(index, time_ns)));
        }
        Ok(None)
    }

    fn pop(&mut self) -> Option<usize> {
        self.queue.pop().map(|Reverse((_, index))| index)
    }

    /// Arrival of a strand's next line or message.
    fn peek(&mut self, index: usize) -> anyhow::Result<Option<i64>> {
        let strand = &mut self.strands[index];
        let file = &self.files[strand.file];
        let shown = file.input.path.display();
        if let Open::No = strand.open {
            strand.open = match strand.part {
                Some((part, steady)) => {
                    let input = file.input.open(&self.read)?;
                    let clock = match steady {
                        Some(steady) => Clock::Counted(Counted::new(steady, part.count, Some(part.first))),
                        None => Clock::Told(Told::default()),
                    };
                    Open::Text(TextPart::new(Lines::new(input), clock, part))
                }
                None => Open::Messages(file.input.messages(&self.read)?, Message::default()),
            };
        }
        match &mut strand.open {
            Open::Text(part) => Ok(part.peek().map(|time| strand.floor_ns.max(time.0 * MS))),
            Open::Messages(log, message) => {
                if message.taken {
                    let more = next_in(log.as_mut(), message, self.options.window);
                    if !more.with_context(|| format!("{shown}: can't read this recording"))? {
                        return Ok(None);
                    }
                    message.taken = false;
                }
                Ok(Some(message.log_time_ns))
            }
            Open::No => Ok(None),
        }
    }

    fn take(&mut self, index: usize, limit: Option<(i64, usize)>) {
        let strand = &mut self.strands[index];
        match (&mut strand.open, strand.part) {
            (Open::Text(text), Some((part, _))) => text.take(match (self.options.grain, limit) {
                (Grain::Line, _) => Until::OneLine,
                (Grain::Block, Some(limit)) if limit < (part.last.0 * MS, index) => {
                    // In units of text logs' time: a line at the very millisecond goes first if its key is lower.
                    let inclusive = limit.0 % MS != 0 || index < limit.1;
                    Until::Time(Time(limit.0.div_euclid(MS)), inclusive)
                }
                (Grain::Block, _) => Until::PartEnds,
            }),
            (Open::Messages(_, message), _) => message.taken = true,
            _ => {}
        }
    }

    fn piece(&self, index: usize, time_ns: i64) -> Piece<'_> {
        let strand = &self.strands[index];
        let time = Time(time_ns.div_euclid(MS));
        let topic = &self.files[strand.file].topic;
        match &strand.open {
            Open::Text(part) => {
                let arrival = if part.is_steady() { Arrival::Stamped(time) } else { Arrival::FromSource };
                Piece { topic, is_log: true, payload: part.bytes(), arrival, time, told: part.told() }
            }
            Open::Messages(log, message) => {
                let arrival = if self.from_source { Arrival::FromSource } else { Arrival::Stamped(time) };
                let topic = log.topics().get(message.topic).map_or("", String::as_str);
                Piece { topic, is_log: false, payload: &message.payload, arrival, time, told: None }
            }
            Open::No => {
                Piece { topic, is_log: false, payload: &[], arrival: Arrival::FromSource, time, told: None }
            }
        }
    }

    /// Closes a strand that has ended.
    fn end(&mut self, index: usize) -> anyhow::Result<()> {
        let strand = &mut self.strands[index];
        let shown = self.files[strand.file].input.path.display();
        match std::mem::replace(&mut strand.open, Open::No) {
            Open::Text(mut part) => match part.failure() {
                Some(error) if !self.files[strand.file].input.is_broken_content(&error) => {
                    Err(error).with_context(|| format!("{shown}: can't read on"))
                }
                _ => Ok(()),
            },
            Open::Messages(log, _) => {
                self.notices.extend(log.notices().iter().map(|why| format!("{shown}: {why}")));
                Ok(())
            }
            Open::No => Ok(()),
        }
    }
}

/// Lets a log that was cut go on as if it had not been: its first lines come after the last of the one before, though
/// one of those may have told a later time.
fn join_seams(files: &[Source], strands: &mut [Strand]) {
    let parts_of = |file: &Source| match &file.kind {
        Kind::Text(scan, None) => scan.parts.first().copied().zip(scan.parts.last().copied()),
        _ => None,
    };
    let ends: Vec<_> = files.iter().map(parts_of).collect();
    for (file, first) in ends.iter().enumerate().filter_map(|(file, ends)| Some((file, ends.as_ref()?.0))) {
        let continues = |last: &Part| {
            let middle = last.first + Span((last.last - last.first).0 / 2);
            (last.last - SEAM..=last.last).contains(&first.first)
                && first.first > middle
                && first.last >= last.last
        };
        let others = ends.iter().enumerate().filter(|(other, _)| *other != file);
        let before = others.filter_map(|(_, ends)| ends.map(|(_, last)| last)).filter(continues);
        let Some(before) = before.map(|part| part.last).max() else { continue };
        if let Some(strand) = strands.iter_mut().find(|strand| strand.file == file) {
            strand.floor_ns = before.0 * MS + 1;
        }
    }
}

/// The next message within the window.
fn next_in(log: &mut dyn Messages, message: &mut Message, window: Window) -> anyhow::Result<bool> {
    while log.next(message)? {
        let time = Time(message.log_time_ns.div_euclid(MS));
        if window.is_over(time) {
            return Ok(false);
        }
        if window.begins(time) {
            return Ok(true);
        }
    }
    Ok(false)
}
