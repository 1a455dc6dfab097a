//! Which time a line tells: its own, or that of a line before it.

use serde::{Deserialize, Serialize};

use super::frame::{Frame, Sentence, frame};
use crate::model::Time;

/// AIS began in the late nineties: what tells an earlier time has no clock.
const EARLIEST: Time = Time(788_918_400_000); // 1995-01-01
/// Past every use of this program; keeps sums in range.
const LATEST: Time = Time(4_102_444_800_000); // 2100-01-01

/// The time of each line of a text, from the line itself or from those before it.
///
/// A line's own time is its TAG block's `c:`, else the number after its checksum; a TAG block alone on its
/// line speaks for the next sentence (`$PGHP` lines do not use it up). A line without one has the time last
/// told by a `$PGHP`, `ZDA` or `RMC` line; between a `$PGHP` line and its sentence the other two say nothing. A
/// radar's target tells its time of day: it is of the day that is nearest to its arrival, else to the time told last.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LineClock {
    context: Option<Time>,
    awaited: bool,
    pending: Option<Time>,
    /// The time told last, by whatever line.
    last: Option<Time>,
}

/// What a line told about time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// In the line itself, or in the TAG block alone before it.
    pub own: Option<Time>,
    /// By the last `$PGHP`, `ZDA` or `RMC` line, this one included.
    pub context: Option<Time>,
    /// This line told the context.
    pub fresh: bool,
    /// It meant to tell a time, and it is none.
    pub bad: bool,
}

impl Told {
    /// The line's time.
    pub fn time(self) -> Option<Time> {
        self.own.or(self.context)
    }
}

impl LineClock {
    /// The time of a line, without its end-of-line bytes or with them; `None` where neither it nor one
    /// before it has told any. Lines that can't be read have the time of those before them.
    pub fn time_of(&mut self, line: &[u8]) -> Option<Time> {
        self.time_at(line, None)
    }

    /// The time of a line that came in at `arrival`.
    pub fn time_at(&mut self, line: &[u8], arrival: Option<Time>) -> Option<Time> {
        match frame(line.trim_ascii()) {
            Ok(frame) => self.note(&frame, arrival).time(),
            Err(_) => self.context,
        }
    }

    /// A time was told by a line that this clock did not see.
    pub fn hear(&mut self, time: Time) {
        self.last = Some(time);
    }

    /// Takes note of a line and says what it told.
    #[inline]
    pub(super) fn note(&mut self, frame: &Frame<'_>, arrival: Option<Time>) -> Told {
        let own = frame.tag.time.or(frame.time);
        let mut told = Told { own, context: self.context, fresh: false, bad: frame.tag.bad_time };
        match frame.sentence {
            Sentence::Vdm(_) => {
                self.awaited = false;
                told.own = own.or(self.pending.take());
            }
            Sentence::Pghp { time, .. } => {
                self.awaited = time.is_some();
                self.tell(time, &mut told);
            }
            Sentence::DateTime(sentence) => {
                told.own = own.or(self.pending.take());
                if !self.awaited {
                    match zda_or_rmc(sentence) {
                        Ok(time) => self.tell(Some(time), &mut told),
                        Err(bad) => told.bad |= bad,
                    }
                }
            }
            Sentence::Nothing => {
                self.pending = own;
                told.own = own;
            }
            Sentence::Bridge(word, fields) => {
                told.own = own.or(self.pending.take());
                if let (None, Some(near)) = (told.own, arrival.or(self.last)) {
                    match word.time(fields, near) {
                        Ok(time) => told.own = time,
                        Err(()) => told.bad = true,
                    }
                }
            }
            Sentence::Other => told.own = own.or(self.pending.take()),
        }
        self.last = told.own.or(told.context.filter(|_| told.fresh)).or(self.last);
        told
    }

    /// Whether the time of this line decides what is made of it, and so matters to whoever passes the line on.
    pub fn is_timed(line: &[u8]) -> bool {
        match frame(line.trim_ascii()).map(|frame| frame.sentence) {
            Ok(sentence) => matches!(sentence, Sentence::Vdm(_) | Sentence::Bridge(..)),
            Err(_) => false,
        }
    }

    fn tell(&mut self, time: Option<Time>, told: &mut Told) {
        if time.is_some() {
            self.context = time;
        }
        told.context = self.context;
        told.fresh = time.is_some();
        told.bad |= time.is_none();
    }
}

/// The time if it is one that a receiver may tell.
pub(super) fn plausible(time: Time) -> Option<Time> {
    (EARLIEST..LATEST).contains(&time).then_some(time)
}

/// A UTC date and time of day; `None` where there is no such day or time.
pub(super) fn date_time(
    y: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    ms: u32,
) -> Option<Time> {
    if !(1995..2100).contains(&y)
        || !(1..=12).contains(&month)
        || hour > 23
        || minute > 59
        || second > 60
        || ms > 999
    {
        return None;
    }
    let leap = y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400));
    let days_in = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=days_in).contains(&day) {
        return None;
    }
    // Days since 1970 of the proleptic Gregorian calendar, years counted from March.
    let (year, month) = if month > 2 {
        (i64::from(y), i64::from(month) - 3)
    } else {
        (i64::from(y) - 1, i64::from(month) + 9)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + i64::from(day)
        - 1
        - 719_468;
    let seconds = days * 86_400 + i64::from(hour * 3600 + minute * 60 + second);
    plausible(Time(seconds * 1000 + i64::from(ms)))
}

/// Date and time of a `ZDA` sentence or of an `RMC` sentence with a fix. `Err(true)` where it meant to tell
/// one; a receiver that says it has no fix tells none.
fn zda_or_rmc(sentence: &[u8]) -> Result<Time, bool> {
    let text = std::str::from_utf8(sentence).map_err(|_| true)?;
    let parsed = nmea::parse_nmea_sentence(text).map_err(|_| true)?;
    let at = match parsed.message_id {
        nmea::SentenceType::ZDA => nmea::sentences::parse_zda(parsed).map_err(|_| true)?.utc_date_time(),
        _ => {
            let rmc = nmea::sentences::parse_rmc(parsed).map_err(|_| true)?;
            if rmc.status_of_fix == nmea::sentences::rmc::RmcStatusOfFix::Invalid {
                return Err(false);
            }
            rmc.fix_date.zip(rmc.fix_time).map(|(date, time)| date.and_time(time))
        }
    };
    at.and_then(|at| plausible(Time(at.and_utc().timestamp_millis()))).ok_or(true)
}
