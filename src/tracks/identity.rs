//! Static and voyage data of a vessel (ITU-R M.1371, messages 5 and 24), and signs against it. A sign is evidence, not a
//! verdict: patterns judge.

use serde::{Deserialize, Serialize};

use super::Track;
use crate::model::{
    Dimensions, Imo, Mmsi, MmsiKind, ShipType, StaticReport, Text, Time, same_sovereign, state_of_call_sign,
};

/// Signs against a track's static data, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signs(pub u16);

impl Signs {
    /// Sign: the MMSI has no form that ITU-R M.585 knows.
    pub const FORM: Signs = Signs(1);
    /// Sign: the IMO number's check digit does not fit.
    pub const IMO: Signs = Signs(2);
    /// Sign: the call sign is of another State's series than the MMSI.
    pub const CALL_SIGN: Signs = Signs(4);
    /// Sign: under way, it took another name or IMO number.
    pub const RENAMED: Signs = Signs(8);
    /// Sign: two senders give their names under one MMSI.
    pub const SHARED: Signs = Signs(16);
    /// Sign: radars followed it while it changed its MMSI.
    pub const REPLACED: Signs = Signs(32);
    /// Sign: it came on AIS while an alert was open on it.
    pub const CAME_ON: Signs = Signs(64);
    /// Sign: it is the second track of its MMSI.
    pub const SECOND: Signs = Signs(128);
    /// Sign: it sends as a base station or an aid to navigation, and makes way as a craft.
    pub const STATION: Signs = Signs(256);

    /// Returns whether any of some signs is among these.
    pub fn has(self, some: Signs) -> bool {
        !self.among(some).is_empty()
    }

    /// Returns whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns those that are among others too.
    pub fn among(self, others: Signs) -> Signs {
        Signs(self.0 & others.0)
    }

    /// Returns these and some more.
    pub fn and(self, more: Signs) -> Signs {
        Signs(self.0 | more.0)
    }

    /// Sets or clears some signs.
    pub fn set(&mut self, some: Signs, holds: bool) {
        self.0 = if holds { self.0 | some.0 } else { self.0 & !some.0 };
    }

    /// Returns the signs that the form of an MMSI gives.
    pub(super) fn of_form(mmsi: Mmsi) -> Signs {
        let odd = mmsi.is_some() && mmsi.kind() == MmsiKind::Malformed;
        if odd { Signs::FORM } else { Signs::default() }
    }
}

/// Static and voyage data of a track, kept apart from what every report touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Ship's name.
    pub name: Option<Text<20>>,
    /// Call sign.
    pub call_sign: Option<Text<7>>,
    /// IMO number.
    pub imo: Option<Imo>,
    /// Ship type.
    pub ship_type: Option<ShipType>,
    /// Dimensions.
    pub dimensions: Option<Dimensions>,
    /// Data that it sent before.
    pub before: Before,
}

impl Identity {
    /// Returns the length overall, metres, if it is known.
    pub fn length_m(&self) -> Option<u16> {
        self.dimensions?.length_m()
    }

    /// Returns whether its length is known to be so many metres or more.
    pub fn is_at_least(&self, metres: f64) -> bool {
        self.length_m().is_some_and(|own| f64::from(own) >= metres)
    }
}

/// Identity of a track before it changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// The name it had.
    pub name: Option<Text<20>>,
    /// Time when it took the name that it has.
    pub renamed: Option<Time>,
    /// MMSI that it had on the same radar echo, and until when.
    pub mmsi: Option<(Mmsi, Time)>,
}

/// A vessel that changes her name at this speed or more, knots, does so under way.
const RENAMED_UNDER_WAY_KN: f64 = 2.0;
/// Names that differ in no more letters than this are one name whose spelling was corrected.
const CORRECTED_LETTERS: usize = 2;

impl Identity {
    /// Fills in what is not known yet. Returns whether anything is new.
    pub fn complete(&mut self, s: &StaticReport) -> bool {
        let known = StaticReport {
            name: self.name.or(s.name),
            call_sign: self.call_sign.or(s.call_sign),
            imo: self.imo.or(s.imo),
            ship_type: self.ship_type.or(s.ship_type),
            dimensions: self.dimensions.or(s.dimensions),
            ..*s
        };
        self.apply(&known)
    }

    /// Applies a static report. Returns whether anything is new.
    pub fn apply(&mut self, s: &StaticReport) -> bool {
        let was = *self;
        self.name = s.name.or(self.name);
        self.call_sign = s.call_sign.or(self.call_sign);
        self.imo = s.imo.or(self.imo);
        self.ship_type = s.ship_type.or(self.ship_type);
        self.dimensions = s.dimensions.or(self.dimensions);
        was.name != self.name
            || was.call_sign != self.call_sign
            || was.imo != self.imo
            || was.ship_type != self.ship_type
            || was.dimensions != self.dimensions
    }
}

impl Track {
    /// Brings the signs up to a change of static data.
    pub fn check_identity(&mut self, was: &Identity, identity: &mut Identity, now: Time) {
        let signs = &mut self.signs;
        signs.set(Signs::IMO, identity.imo.is_some_and(|imo| !imo.check_digit_fits()));
        let state = identity.call_sign.and_then(|sign| state_of_call_sign(sign.as_str()));
        let flag = self.mmsi.flag();
        let foreign = state.zip(flag).is_some_and(|(state, flag)| !same_sovereign(state, flag));
        signs.set(Signs::CALL_SIGN, foreign);
        let renamed =
            was.name.zip(identity.name).is_some_and(|(old, new)| differ(old.as_str(), new.as_str()));
        let renumbered =
            was.imo.zip(identity.imo).is_some_and(|(old, new)| old != new && old.check_digit_fits());
        if !(renamed || renumbered) {
            return;
        }
        let back = renamed && identity.before.name == identity.name;
        if back {
            signs.set(Signs::SHARED, true);
        }
        let under_way = self.located() && self.speed_kn().is_some_and(|kn| kn >= RENAMED_UNDER_WAY_KN);
        if under_way {
            self.signs.set(Signs::RENAMED, true);
        }
        (identity.before.name, identity.before.renamed) = (was.name.filter(|_| renamed), Some(now));
    }
}

/// Returns whether two names are of two vessels, whatever their spelling, prefixes and cut ends.
fn differ(old: &str, new: &str) -> bool {
    let plain = |name: &str| {
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
    };
    let (old, new) = (plain(old), plain(new));
    let part = old.is_empty() || new.is_empty() || old.contains(&new) || new.contains(&old);
    !part && strsim::levenshtein(&old, &new) > CORRECTED_LETTERS
}

/// Returns whether a name is one that net buoys send: `NET …`, `… BUOY`, a battery's percentage or voltage.
pub(super) fn is_net_buoy_name(name: &str) -> bool {
    let charge = |unit: char| {
        let before = name.trim_end().strip_suffix(unit).unwrap_or("");
        before.ends_with(|c: char| c.is_ascii_digit())
    };
    name.starts_with("NET") || name.contains("BUOY") || name.contains("FISHNET") || charge('%') || charge('V')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_whose_spelling_was_corrected_are_one() {
        for (old, new, other) in [
            ("OCEAN STAR", "M/V OCEAN STAR", false),
            ("OCEAN STAR", "OCEANSTAR", false),
            ("OCAEN STAR", "OCEAN STAR", false),
            ("OCEAN STAR", "SEA ROSE", true),
            ("", "SEA ROSE", false),
        ] {
            assert_eq!(differ(old, new), other, "{old} {new}");
        }
    }
}
