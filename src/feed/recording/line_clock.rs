//! When a line of a text log was written, as far as the text tells: a stand-in until `wire::LineClock` is there.

use crate::model::Time;

/// Follows the times that lines tell.
#[derive(Debug, Default)]
pub(super) struct LineClock {
    told: Option<Time>,
}

impl LineClock {
    /// The line's time, or the last that was told before it.
    pub fn time_of(&mut self, line: &[u8]) -> Option<Time> {
        let line = line.trim_ascii();
        match line.first() {
            Some(b'\\') => {
                if let Some(time) = tag_time(line) {
                    return Some(time);
                }
            }
            Some(b'$') => {
                if let Some(time) = sentence_time(line) {
                    self.told = Some(time);
                }
            }
            Some(b'!') if line.len() > 3 && line[line.len() - 3] != b'*' => {
                if let Some(time) = line.rsplit(|b| *b == b',').next().and_then(number) {
                    return (time > 100_000_000).then(|| Time::from_secs(time)).or(self.told);
                }
            }
            _ => {}
        }
        self.told
    }
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn tag_time(line: &[u8]) -> Option<Time> {
    let block = line[1..].split(|b| *b == b'\\').next()?;
    let fields = block.split(|b| *b == b'*').next()?;
    let time = fields.split(|b| *b == b',').find_map(|field| number(field.strip_prefix(b"c:")?))?;
    Some(if time > 40_000_000_000 { Time(time) } else { Time::from_secs(time) })
}

fn sentence_time(line: &[u8]) -> Option<Time> {
    let body = line.split(|b| *b == b'*').next()?;
    let fields: Vec<&str> = std::str::from_utf8(body).ok()?.split(',').collect();
    let clock = |text: &str| {
        Some((text.get(0..2)?.to_owned(), text.get(2..4)?.to_owned(), text.get(4..)?.to_owned()))
    };
    match (fields.first()?, fields.first()?.get(3..)) {
        (&"$PGHP", _) if fields.len() > 8 => {
            let f = |n: usize| fields[n].parse::<i64>().ok();
            let (y, mo, d, h, mi, s, ms) = (f(2)?, f(3)?, f(4)?, f(5)?, f(6)?, f(7)?, f(8)?);
            Time::parse(&format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{ms:03}Z"))
        }
        (_, Some("RMC")) if fields.len() > 9 => {
            let ((h, m, s), (day, month, year)) = (clock(fields[1])?, clock(fields[9])?);
            Time::parse(&format!("20{year}-{month}-{day}T{h}:{m}:{s}Z"))
        }
        (_, Some("ZDA")) if fields.len() > 4 => {
            let (h, m, s) = clock(fields[1])?;
            Time::parse(&format!("{}-{}-{}T{h}:{m}:{s}Z", fields[4], fields[3], fields[2]))
        }
        _ => None,
    }
}
