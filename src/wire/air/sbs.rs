//! Decoder of SBS-1 ("BaseStation") lines: 22 fields between commas, one message each.

use super::report::{CLIMB_MAX_FPM, HEIGHTS_FT, SPEED_MAX_KN, blank};
use crate::model::{AirSource, FeedId, Icao, Position, Squawk, Text, Time};
use crate::wire::context::Context;
use crate::wire::nmea::LINE_BYTES_MAX;
use crate::wire::reason::Reason;
use crate::wire::source::Source;
use crate::wire::times::{date_time, number};

/// Number of fields of a line.
const FIELDS: usize = 22;
/// Number of fields that a line must have, up to the Mode A code: some programs leave out the flags after it.
const FIELDS_MIN: usize = 18;
/// Words that begin a line.
const KINDS: [&str; 7] = ["MSG", "MLAT", "SEL", "ID", "AIR", "STA", "CLK"];

/// Decoder of SBS lines.
#[derive(Debug)]
pub(in crate::wire) struct Sbs {
    /// Feed, clock and last station.
    pub source: Source,
}

impl Sbs {
    /// Returns a decoder that has read nothing.
    pub fn new(feed: FeedId) -> Sbs {
        Sbs { source: Source::new(feed) }
    }

    /// Decodes a payload of lines.
    pub fn decode(&mut self, _topic: &str, payload: &[u8], context: &mut Context<'_>) {
        let lines = payload.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
        for mut rest in lines.filter(|line| !line.is_empty()) {
            while !rest.is_empty() {
                let (line, next) = first_line(rest);
                rest = next;
                context.count(Reason::Lines);
                if let Err(reason) = self.line(line, context) {
                    context.count(reason);
                }
            }
        }
    }

    fn line(&mut self, line: &[u8], context: &mut Context<'_>) -> Result<(), Reason> {
        if line.len() > LINE_BYTES_MAX {
            return Err(Reason::TooLong);
        }
        let line = std::str::from_utf8(line).map_err(|_| Reason::NotASentence)?;
        let mut fields = [""; FIELDS];
        let mut count = 0;
        for field in line.split(',') {
            if let Some(place) = fields.get_mut(count) {
                *place = field.trim();
            }
            count += 1;
        }
        match fields[0] {
            "MSG" | "MLAT" => {}
            "SEL" | "ID" | "AIR" | "STA" | "CLK" => return Err(Reason::OtherSentence),
            _ => return Err(Reason::NotASentence),
        }
        if count < FIELDS_MIN {
            return Err(Reason::BadFields);
        }
        let [hex, date, clock, call_sign] = [4, 6, 7, 10].map(|at| fields[at]);
        let [altitude, speed, track, lat, lon, climb, squawk] =
            [11, 12, 13, 14, 15, 16, 17].map(|at| fields[at]);
        let ground = fields[21];
        let icao = Icao::of_hex(hex).ok_or(Reason::IllegalAddress)?;
        // The clock has no zone, and many programs write local time: the source's clock is measured.
        let own = date_and_time(date, clock);
        if own.is_none() && !(date.is_empty() && clock.is_empty()) {
            context.count(Reason::BadTime);
        }
        let mut report = blank(&mut self.source, icao, own, context).ok_or(Reason::NoTime)?;
        let mut illegal = 0;
        let mut figure = |text: &str, range: std::ops::RangeInclusive<f64>| {
            let value = text.parse::<f64>().ok().filter(|value| range.contains(value));
            illegal += u32::from(value.is_none() && !text.is_empty());
            value
        };
        report.pressure_altitude_ft = figure(altitude, HEIGHTS_FT);
        report.vertical_rate_fpm = figure(climb, -CLIMB_MAX_FPM..=CLIMB_MAX_FPM);
        report.kinematics.sog_kn = figure(speed, 0.0..=SPEED_MAX_KN);
        report.kinematics.cog_deg = figure(track, 0.0..=360.0).map(|track| track % 360.0);
        let at = figure(lon, -180.0..=180.0).zip(figure(lat, -90.0..=90.0));
        report.kinematics.position = at.and_then(|(lon, lat)| Position::new(lon, lat));
        report.source = match (report.kinematics.position, fields[0]) {
            (None, _) => AirSource::ModeS,
            (Some(_), "MLAT") => AirSource::Mlat,
            (Some(_), _) => AirSource::AdsB,
        };
        report.squawk = Squawk::of_digits(squawk);
        illegal += u32::from(report.squawk.is_none() && !squawk.is_empty());
        // dump1090 writes `@` for letters that it does not know.
        let known = call_sign.trim_end_matches('@').as_bytes();
        report.call_sign = Some(Text::new(known)).filter(|text: &Text<8>| !text.is_empty());
        report.on_ground = match ground {
            "-1" | "1" => Some(true),
            "0" => Some(false),
            _ => None,
        };
        context.counts.add(Reason::IllegalValue, illegal);
        self.source.give_aircraft(report, context);
        Ok(())
    }
}

/// Splits off the first line of a text: where a line end was lost, the last field runs into the word that begins the next line.
fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    let mut commas = memchr::memchr_iter(b',', text).skip(FIELDS - 2);
    if let (Some(from), Some(to)) = (commas.next(), commas.next()) {
        let field = &text[from + 1..to];
        if let Some(word) = KINDS.into_iter().find(|word| field.ends_with(word.as_bytes())) {
            return text.split_at(to - word.len());
        }
    }
    (text, &[])
}

/// Returns the time that an SBS line tells.
pub(in crate::wire) fn sbs_time(line: &[u8]) -> Option<Time> {
    let line = std::str::from_utf8(line).ok()?;
    let mut fields = line.split(',').map(str::trim);
    KINDS.contains(&fields.next()?).then_some(())?;
    let (date, clock) = (fields.nth(5)?, fields.next()?);
    date_and_time(date, clock)
}

/// Returns the time of `2024/06/06` and `08:41:59.147`, taken as UTC.
fn date_and_time(date: &str, clock: &str) -> Option<Time> {
    let parts = |text: &str, by: [char; 2]| {
        let mut parts = text.split(by).map(|part| number(part.as_bytes()));
        std::array::from_fn::<_, 4, _>(|_| parts.next().flatten())
    };
    let [year, month, day, _] = parts(date, ['/', '-']);
    let [hour, minute, second, ms] = parts(clock, [':', '.']);
    date_time(year?, month?, day?, hour?, minute?, second?, ms.unwrap_or(0))
}
