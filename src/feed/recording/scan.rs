//! The first look at a text log: which parts it has, when each begins and ends, and whether it tells the time at all.

use super::Window;
use super::lines::Lines;
use crate::model::{Span, Time};
use crate::wire::{Assumed, LineClock, assumed, is_record, record_time};

/// A step back longer than this starts a new part: logs put one after the other, a clock set right.
const STEP_BACK: Span = Span::from_secs(600);
/// Parts of one file at most; what steps back after them belongs to the last. Bounds memory and open files.
const PARTS: usize = 256;
/// Number of lines with a time that are looked at for what it leaves open.
const TIMES_LOOKED_AT: u32 = 50;

/// Times for a log that has none: `rate` lines a second from `start` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steady {
    /// The first line's time.
    pub start: Time,
    /// Lines a second, over 0.
    pub rate: f64,
}

/// Sources of the times of lines.
#[derive(Debug)]
pub(super) enum Clock {
    /// The lines themselves.
    Told(Told),
    /// The times of day that the lines tell; counting lines where they tell none.
    Counted(Counted),
}

/// Clock of a log without dates: the sentences' own times of day on the day given, else a count of lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    steady: Steady,
    /// Number of lines so far.
    count: u64,
    /// Time near which the next time of day is.
    near: Time,
    /// Time told last.
    told: Option<Time>,
}

impl Counted {
    /// Returns the clock of a log, or of a part of it that begins at `first` after so many lines.
    pub fn new(steady: Steady, count: u64, first: Option<Time>) -> Counted {
        Counted { steady, count, near: first.unwrap_or(steady.start), told: None }
    }

    fn time_of(&mut self, line: &[u8]) -> Time {
        if let Some(time) = LineClock::time_of_day(line, self.near) {
            (self.near, self.told) = (time, Some(time));
        }
        let counted = self.steady.start + Span((self.count as f64 * 1000.0 / self.steady.rate) as i64);
        self.count += u64::from(is_record(line));
        self.told.unwrap_or(counted)
    }
}

impl Clock {
    /// The line's time, if any was told so far.
    #[inline]
    pub fn time_of(&mut self, line: &[u8]) -> Option<Time> {
        match self {
            Clock::Told(clock) => clock.time_of(line),
            Clock::Counted(clock) => Some(clock.time_of(line)),
        }
    }
}

/// Later times are left to [`LineClock`] to doubt.
const FAR: Time = Time::from_secs(4_000_000_000);

/// The lines' own clock, with a short way for logs of which every sentence has a TAG block that tells its time.
#[derive(Debug, Default)]
pub(super) struct Told {
    clock: LineClock,
    /// Some line told a time for those after it: the short way would miss that.
    has_memory: bool,
}

impl Told {
    #[inline]
    fn time_of(&mut self, line: &[u8]) -> Option<Time> {
        if !self.has_memory
            && let Some(time) = time_in_tag(line)
        {
            self.clock.note_time(time);
            return Some(time);
        }
        if matches!(line.first(), Some(b'{' | b'A'..=b'Z'))
            && let Some(time) = record_time(line)
        {
            self.clock.note_time(time);
            return Some(time);
        }
        let time = self.clock.time_of(line);
        // A line that begins with its sentence keeps its time to itself.
        self.has_memory |= time.is_some() && line.first() != Some(&b'!');
        time
    }
}

/// Returns the time of field `c:` in the one TAG block of an AIS sentence, in seconds or milliseconds; `None` for all other
/// lines, which [`LineClock`] reads. The sentence's checksum is ignored: the time is valid even if the sentence is garbled.
#[inline]
fn time_in_tag(line: &[u8]) -> Option<Time> {
    let block = line.strip_prefix(b"\\")?;
    let end = memchr::memchr(b'\\', block)?;
    let (fields, sum) = block[..end].split_at_checked(end.checked_sub(3)?)?;
    if block.get(end + 1) != Some(&b'!') || sum[0] != b'*' {
        return None;
    }
    let hex = |digit: u8| char::from(digit).to_digit(16);
    if u32::from(fields.iter().fold(0, |sum, byte| sum ^ byte)) != hex(sum[1])? << 4 | hex(sum[2])? {
        return None;
    }
    // Where most write it: in the last field.
    let last = memchr::memrchr(b',', fields).map_or(0, |comma| comma + 1);
    let at = match &fields[last..] {
        [b'c', b':', ..] => last + 2,
        _ if fields.starts_with(b"c:") => 2,
        _ => fields.windows(3).position(|three| three == b",c:")? + 3,
    };
    // One more than a time has: too many are none.
    let digits = fields[at..].iter().take_while(|byte| **byte != b',').take(14);
    let (mut count, mut value) = (0, 0);
    for digit in digits {
        value = value * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        count += 1;
    }
    let time = match count {
        10 => Time::from_secs(value),
        13 => Time(value),
        _ => return None,
    };
    (time < FAR).then_some(time)
}

/// A stretch of a log in which time does not step back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// Offset of its first line within the window.
    pub from: u64,
    /// Offset after its last.
    pub to: u64,
    /// Sentences of the file before it, for [`Clock::Counted`].
    pub count: u64,
    /// Arrival of its first line.
    pub first: Time,
    /// Arrival of its last line.
    pub last: Time,
    /// Whether a line in it is too long, so that blocks can't be taken as they are.
    pub has_long_lines: bool,
}

/// Result of a scan.
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
    /// What the times of loggers leave open.
    pub assumed: Assumed,
    /// Whether times stepped back more often than is followed.
    pub too_many_parts: bool,
}

/// Reads a log to its end.
pub(super) fn scan(lines: &mut Lines, mut clock: Clock, window: Window) -> Scan {
    let mut scan = Scan::default();
    let mut part = Building::default();
    let mut to_look_at = if matches!(clock, Clock::Told(_)) { TIMES_LOOKED_AT } else { 0 };
    while let Some(length) = lines.next_line() {
        let line = &lines.bytes()[..length];
        if let Some(time) = clock.time_of(line) {
            if to_look_at > 0 {
                to_look_at -= 1;
                let Assumed { zone, day } = assumed(line);
                scan.assumed.zone |= zone;
                scan.assumed.day |= day;
            }
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
        scan.sentences += u64::from(is_record(line));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_says_what_the_clock_says() {
        let vdm = "!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24";
        let tagged = |fields: &str| {
            let sum = fields.bytes().fold(0, |sum, byte| sum ^ byte);
            format!("\\{fields}*{sum:02X}\\{vdm}\r\n")
        };
        for (fields, short) in [
            ("c:1577880000", true),
            ("s:b1,c:1577880000500", true),
            ("c:1577880000500,s:b1,g:1-2-3", true),
            ("s:c:1577880000", false),
            ("c:157788000.5", false),
            ("c:9999999999", false),
            ("s:b1,c:1577880000,n:4", true),
            ("c:99999999999999999999999999", false),
            ("c:", false),
            ("s:b1", false),
        ] {
            let line = tagged(fields);
            assert_eq!(time_in_tag(line.as_bytes()).is_some(), short, "{line}");
            assert_eq!(
                Told::default().time_of(line.as_bytes()),
                LineClock::default().time_of(line.as_bytes()),
                "{line}"
            );
        }
        for line in ["", "\\", "\\\\", "\\*\\!", "\\c:1577880000*00\\!AIVDM", "!AIVDM", vdm] {
            assert_eq!(Told::default().time_of(line.as_bytes()), None, "{line}");
        }
    }
}
