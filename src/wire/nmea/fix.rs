//! Date, time and position of `ZDA` and `RMC` sentences (IEC 61162-1, section 8.3), each read once by the `nmea` crate.

use ::nmea::sentences::rmc::RmcStatusOfFix;
use ::nmea::sentences::{parse_rmc, parse_zda};
use ::nmea::{SentenceType, parse_nmea_sentence};

use crate::model::{Position, Time};
use crate::wire::times::plausible;

/// Time and position of a navigation receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::wire) struct Fix {
    /// Date and time of day.
    pub time: Option<Time>,
    /// True where the sentence has a time that is malformed or not plausible. A receiver that says that it has no fix
    /// gives no time, and none that is bad.
    pub bad_time: bool,
    /// Position of a valid fix (`RMC` alone).
    pub position: Option<Position>,
}

impl Fix {
    /// Reads a sentence from its `$` to its checksum.
    pub fn read(sentence: &[u8]) -> Fix {
        Fix::parse(sentence).unwrap_or(Fix { bad_time: true, ..Fix::default() })
    }

    fn parse(sentence: &[u8]) -> Option<Fix> {
        let parsed = parse_nmea_sentence(std::str::from_utf8(sentence).ok()?).ok()?;
        let (at, position) = if parsed.message_id == SentenceType::ZDA {
            (parse_zda(parsed).ok()?.utc_date_time(), None)
        } else {
            let rmc = parse_rmc(parsed).ok()?;
            if rmc.status_of_fix == RmcStatusOfFix::Invalid {
                return Some(Fix::default());
            }
            // Instruments without a date send the rest all the same.
            if rmc.fix_date.is_none() {
                let position = rmc.lon.zip(rmc.lat).and_then(|(lon, lat)| Position::new(lon, lat));
                return Some(Fix { position, ..Fix::default() });
            }
            let at = rmc.fix_date.zip(rmc.fix_time).map(|(date, time)| date.and_time(time));
            (at, rmc.lon.zip(rmc.lat).and_then(|(lon, lat)| Position::new(lon, lat)))
        };
        let time = at.and_then(|at| plausible(Time(at.and_utc().timestamp_millis())));
        Some(Fix { time, bad_time: time.is_none(), position })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ais::encode::sentence;

    fn read(body: &str) -> Fix {
        Fix::read(sentence(body).replacen('!', "$", 1).as_bytes())
    }

    #[test]
    fn rmc_gives_time_and_position_of_a_valid_fix_and_zda_the_time_alone() {
        let there = Position::new(-59.71, 13.0);
        let at = |second: i64| Some(Time(1_767_225_600_000 + second * 1000));
        let fix = read("GPRMC,000005,A,1300.00,N,05942.60,W,0.0,0.0,010126,0.7,E,A");
        assert_eq!(fix, Fix { time: at(5), bad_time: false, position: there });
        assert_eq!(read("GPRMC,000005,V,1300.00,N,05942.60,W,0.0,0.0,010126,0.7,E,N"), Fix::default());
        let dateless = read("GPRMC,000005,A,1300.00,N,05942.60,W,0.0,0.0,,0.7,E,A");
        assert_eq!(dateless, Fix { position: there, ..Fix::default() });
        let zda = read("GPZDA,000004.50,01,01,2026,00,00");
        assert_eq!(zda, Fix { time: Some(Time(1_767_225_604_500)), ..Fix::default() });
        for wrong in
            ["GPZDA,,,,,,", "GPZDA,000009,32,01,2026,00,00", "GPRMC,1", "GPZDA,000004,01,01,1994,00,00"]
        {
            assert_eq!(read(wrong), Fix { bad_time: true, ..Fix::default() }, "{wrong}");
        }
    }
}
