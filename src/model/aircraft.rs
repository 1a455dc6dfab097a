//! Reports of aircraft: what a transponder transmits, or what a receiver derives from it.

use serde::{Deserialize, Serialize};

use super::{FeedId, Icao, Kinematics, StationId, Text, Time};

/// One message about one aircraft that transmits. Fields that the message does not carry are `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct AircraftReport {
    /// Feed that brought the message.
    pub feed: FeedId,
    /// Receiver within the feed.
    pub station: StationId,
    /// Report time: the source's own, else the arrival time.
    pub time: Time,
    /// ICAO 24-bit address of the aircraft.
    pub icao: Icao,
    /// Origin of the position.
    pub source: AirSource,
    /// Position and movement; the heading is degrees true.
    pub kinematics: Kinematics,
    /// Pressure altitude (standard atmosphere, 1013.25 hPa), feet; not a height above the sea.
    pub pressure_altitude_ft: Option<f64>,
    /// Height above the WGS 84 ellipsoid, feet; not a height above the sea either.
    pub geometric_altitude_ft: Option<f64>,
    /// Vertical rate, feet per minute; negative in descent.
    pub vertical_rate_fpm: Option<f64>,
    /// Whether the aircraft is on the ground.
    pub on_ground: Option<bool>,
    /// Mode 3/A code.
    pub squawk: Option<Squawk>,
    /// Emergency or priority status, where the message carries one besides the Mode 3/A code.
    pub emergency: Option<Emergency>,
    /// Call sign, or registration.
    pub call_sign: Option<Text<8>>,
    /// ADS-B version (RTCA DO-260): 0, 1 or 2.
    pub version: Option<u8>,
    /// Navigation integrity category, 0 to 11: 8 is within 0.1 nm, 0 is unknown.
    pub nic: Option<u8>,
    /// Navigation accuracy category of the position, 0 to 11: 8 is within 0.05 nm, 0 is unknown.
    pub nac_p: Option<u8>,
}

/// Origin of an aircraft's position, the most trusted last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AirSource {
    /// No position: a Mode S reply only.
    #[default]
    ModeS,
    /// Multilateration: computed on the ground from the arrival times at several receivers.
    Mlat,
    /// TIS-B: a ground station broadcasts what its radar sees.
    TisB,
    /// ADS-R: a ground station rebroadcasts what the aircraft sent on another link.
    AdsR,
    /// AIS of a SAR aircraft (ITU-R M.1371-5, message 9).
    Ais,
    /// ADS-B: the aircraft broadcasts its own position.
    AdsB,
}

impl AirSource {
    /// Returns the word in alerts.
    pub fn word(self) -> &'static str {
        match self {
            AirSource::ModeS => "mode-s",
            AirSource::Mlat => "mlat",
            AirSource::TisB => "tis-b",
            AirSource::AdsR => "ads-r",
            AirSource::Ais => "ais",
            AirSource::AdsB => "ads-b",
        }
    }
}

/// A Mode 3/A code: four octal digits, twelve bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Squawk(u16);

impl Squawk {
    /// Returns the code of twelve bits; `None` where more bits are set.
    pub fn new(bits: u16) -> Option<Squawk> {
        (bits < 1 << 12).then_some(Squawk(bits))
    }

    /// Reads four octal digits; `None` for any other text.
    pub fn of_digits(digits: &str) -> Option<Squawk> {
        let four = digits.len() == 4 && digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
        u16::from_str_radix(digits, 8).ok().filter(|_| four).map(Squawk)
    }

    /// Returns the four octal digits.
    pub fn digits(self) -> &'static str {
        let at = 4 * usize::from(self.0);
        std::str::from_utf8(&DIGITS[at..at + 4]).unwrap_or_default()
    }

    /// Returns the twelve bits.
    pub fn bits(self) -> u16 {
        self.0
    }
}

/// Octal digits of all 4096 codes, one after the other.
static DIGITS: [u8; 4 * 4096] = {
    let mut digits = [0; 4 * 4096];
    let mut code = 0;
    while code < 4096 {
        let mut place = 0;
        while place < 4 {
            digits[4 * code + place] = b'0' + (code >> (9 - 3 * place) & 7) as u8;
            place += 1;
        }
        code += 1;
    }
    digits
};

impl std::fmt::Display for Squawk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

/// Emergency or priority status (RTCA DO-260B, 2.2.3.2.7.8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // DO-260B's words
pub enum Emergency {
    General,
    Medical,
    MinimumFuel,
    NoCommunications,
    UnlawfulInterference,
    Downed,
}

impl Emergency {
    /// Returns the status of a number in the message, 1 to 6; `None` for 0 (no emergency) and for reserved numbers.
    pub fn of_status(status: u8) -> Option<Emergency> {
        Some(match status {
            1 => Emergency::General,
            2 => Emergency::Medical,
            3 => Emergency::MinimumFuel,
            4 => Emergency::NoCommunications,
            5 => Emergency::UnlawfulInterference,
            6 => Emergency::Downed,
            _ => return None,
        })
    }

    /// Returns the words for officers.
    pub fn words(self) -> &'static str {
        match self {
            Emergency::General => "general emergency",
            Emergency::Medical => "medical emergency",
            Emergency::MinimumFuel => "minimum fuel",
            Emergency::NoCommunications => "no communications",
            Emergency::UnlawfulInterference => "unlawful interference",
            Emergency::Downed => "downed aircraft",
        }
    }
}
