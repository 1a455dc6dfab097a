//! Identities that come with the data: the feed, and the MMSI and IMO number that a report carries.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FeedId, Position, Radar, mid::flag_of_mid};

/// A feed as the engine knows it: an input declares it before its first report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// Number of the feed.
    pub id: FeedId,
    /// Configured name of the feed, or the topic or file in which it was found.
    pub name: String,
    /// Position of the sensor's site, if the feed has one.
    pub position: Option<Position>,
    /// Characteristics of the radar, if the feed is one.
    pub radar: Option<Radar>,
}

/// A number that has the form of a craft of Suriname's (98 765 4321), and that people type for none.
const MADE_UP: u32 = 987_654_321;

/// Numbers that a message has room for: 30 bits (ITU-R M.1371-5).
const SENT_BELOW: u32 = 1 << 30;

/// Maritime Mobile Service Identity as sent. ITU-R M.585-9 gives out numbers of up to nine digits and never 0; other numbers are
/// [malformed](MmsiKind::Malformed), and a craft may be behind each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mmsi(pub u32);

/// Kind of station that the form of an MMSI indicates (ITU-R M.585-9, annex 1). An MMSI is a claim, as every identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MmsiKind {
    /// Ship: MIDxxxxxx.
    Ship,
    /// Group of ships: 0MIDxxxxx.
    Group,
    /// Coast or base station: 00MIDxxxx.
    CoastStation,
    /// SAR aircraft: 111MIDxxx.
    SarAircraft,
    /// Handheld VHF with DSC: 8MIDxxxxx.
    Handheld,
    /// Craft associated with a parent ship: 98MIDxxxx.
    AssociatedCraft,
    /// Aid to navigation: 99MIDxxxx.
    AidToNavigation,
    /// AIS-SART: 970xxxxxx.
    Sart,
    /// Man overboard device: 972xxxxxx.
    ManOverboard,
    /// EPIRB-AIS: 974xxxxxx.
    Epirb,
    /// No form of the recommendation.
    Malformed,
}

impl MmsiKind {
    /// Returns the name of a distress device for officers; `None` for other kinds.
    pub fn distress_device(self) -> Option<&'static str> {
        match self {
            MmsiKind::Sart => Some("AIS-SART"),
            MmsiKind::ManOverboard => Some("Man overboard device"),
            MmsiKind::Epirb => Some("EPIRB"),
            _ => None,
        }
    }
}

impl Mmsi {
    /// Stands for no MMSI: that of a track that is not on AIS. No message has room for it.
    pub const NONE: Mmsi = Mmsi(u32::MAX);

    /// Returns whether there is an MMSI.
    pub fn is_some(self) -> bool {
        self != Mmsi::NONE
    }

    /// Returns the MMSI that a sender told, 0 and more than nine digits too; `None` where no message has room for the number.
    pub fn as_sent(number: u32) -> Option<Mmsi> {
        (number < SENT_BELOW).then_some(Mmsi(number))
    }

    /// Returns whether a number can be given out: not 0, and of nine digits at most.
    pub fn can_be_assigned(self) -> bool {
        Mmsi::new(self.0).is_some()
    }

    /// Returns the MMSI of a number; `None` for 0 and for more than nine digits.
    pub fn new(number: u32) -> Option<Mmsi> {
        (1..=999_999_999).contains(&number).then_some(Mmsi(number))
    }

    /// Returns the kind of station that the form indicates.
    pub fn kind(self) -> MmsiKind {
        let n = self.0;
        match n / 1_000_000 {
            970 => return MmsiKind::Sart,
            972 => return MmsiKind::ManOverboard,
            974 => return MmsiKind::Epirb,
            111 if flag_of_mid((n / 1000 % 1000) as u16).is_some() => return MmsiKind::SarAircraft,
            _ => {}
        }
        let known = |mid: u32| flag_of_mid(mid as u16).is_some();
        match n {
            MADE_UP => MmsiKind::Malformed,
            0..=9_999_999 if known(n / 10_000) => MmsiKind::CoastStation,
            10_000_000..=99_999_999 if known(n / 100_000) => MmsiKind::Group,
            200_000_000..=799_999_999 if known(n / 1_000_000) => MmsiKind::Ship,
            800_000_000..=899_999_999 if known(n / 100_000 % 1000) => MmsiKind::Handheld,
            980_000_000..=989_999_999 if known(n / 10_000 % 1000) => MmsiKind::AssociatedCraft,
            990_000_000..=999_999_999 if known(n / 10_000 % 1000) => MmsiKind::AidToNavigation,
            _ => MmsiKind::Malformed,
        }
    }

    /// Returns the State of the maritime identification digits, ISO 3166-1 alpha-3.
    pub fn flag(self) -> Option<&'static str> {
        let n = self.0;
        flag_of_mid(match self.kind() {
            MmsiKind::CoastStation => n / 10_000,
            MmsiKind::Group => n / 100_000,
            MmsiKind::Ship => n / 1_000_000,
            MmsiKind::SarAircraft => n / 1000 % 1000,
            MmsiKind::Handheld => n / 100_000 % 1000,
            MmsiKind::AssociatedCraft | MmsiKind::AidToNavigation => n / 10_000 % 1000,
            _ => return None,
        } as u16)
    }
}

impl fmt::Display for Mmsi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:09}", self.0)
    }
}

/// IMO ship identification number, seven digits with a check digit (IMO resolution A.1117(30)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Imo(pub u32);

impl Imo {
    /// Returns the IMO number of seven digits; `None` for any other count. A wrong check digit is accepted: it is evidence.
    pub fn new(number: u32) -> Option<Imo> {
        (1_000_000..=9_999_999).contains(&number).then_some(Imo(number))
    }

    /// Returns whether the last digit equals the sum of the other six, weighted 7 to 2, modulo 10 (IMO A.1117(30)).
    pub fn check_digit_fits(self) -> bool {
        let mut rest = self.0 / 10;
        let mut sum = 0;
        for weight in 2..=7 {
            sum += rest % 10 * weight;
            rest /= 10;
        }
        sum % 10 == self.0 % 10
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_mmsi() {
        for (number, kind, flag) in [
            (314_001_000, MmsiKind::Ship, Some("BRB")),
            (3_141_000, MmsiKind::CoastStation, Some("BRB")),
            (993_141_000, MmsiKind::AidToNavigation, Some("BRB")),
            (111_362_001, MmsiKind::SarAircraft, Some("TTO")),
            (970_123_456, MmsiKind::Sart, None),
            (123_456_789, MmsiKind::Malformed, None),
            (987_654_321, MmsiKind::Malformed, None),
            (987_650_321, MmsiKind::AssociatedCraft, Some("SUR")),
            (0, MmsiKind::Malformed, None),
            (1_000_000_000, MmsiKind::Malformed, None),
        ] {
            let mmsi = Mmsi(number);
            assert_eq!((mmsi.kind(), mmsi.flag()), (kind, flag), "{mmsi}");
        }
        assert_eq!((Mmsi::new(0), Mmsi::new(1_000_000_000)), (None, None));
        assert_eq!((Mmsi::as_sent(0), Mmsi::as_sent(1 << 30)), (Some(Mmsi(0)), None));
        assert!(Imo(9_074_729).check_digit_fits() && !Imo(9_074_720).check_digit_fits());
    }
}
