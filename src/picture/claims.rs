//! What a vessel claims to be, and what speaks against it. A sign is evidence, not a verdict: patterns judge.

use serde::{Deserialize, Serialize};

use super::track::{Identity, Track};
use crate::model::{Mmsi, MmsiKind, StaticReport, Time, same_sovereign, state_of_call_sign};

/// Signs against a track's claims, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signs(pub u8);

impl Signs {
    /// The MMSI has no form that ITU-R M.585 knows.
    pub const FORM: Signs = Signs(1);
    /// The IMO number's check digit does not fit.
    pub const IMO: Signs = Signs(2);
    /// The call sign is of another State's series than the MMSI.
    pub const CALL_SIGN: Signs = Signs(4);
    /// Under way, it took another name or IMO number.
    pub const RENAMED: Signs = Signs(8);
    /// Two senders give their names under one MMSI.
    pub const SHARED: Signs = Signs(16);
    /// Radars followed it while it changed its MMSI.
    pub const REPLACED: Signs = Signs(32);
    /// It came on AIS while an alert was open on it.
    pub const CAME_ON: Signs = Signs(64);
    /// It is the second track of its MMSI.
    pub const SECOND: Signs = Signs(128);

    /// Whether any of some signs is among these.
    pub fn has(self, some: Signs) -> bool {
        !self.among(some).is_empty()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are among others too.
    pub fn among(self, others: Signs) -> Signs {
        Signs(self.0 & others.0)
    }

    /// With some more.
    pub fn and(self, more: Signs) -> Signs {
        Signs(self.0 | more.0)
    }

    pub(super) fn set(&mut self, some: Signs, holds: bool) {
        self.0 = if holds { self.0 | some.0 } else { self.0 & !some.0 };
    }

    /// What an MMSI says against itself.
    pub(super) fn of_form(mmsi: Mmsi) -> Signs {
        let odd = mmsi.0 != 0 && mmsi.kind() == MmsiKind::Malformed;
        if odd { Signs::FORM } else { Signs::default() }
    }
}

/// What it was before it changed its claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// The name it had.
    pub name: Option<crate::model::Text<20>>,
    /// When it took the one that it has.
    pub renamed: Option<Time>,
    /// The MMSI that it had on the same echo, and until when.
    pub mmsi: Option<(Mmsi, Time)>,
}

/// Under way from this speed on, knots.
const UNDER_WAY_KN: f64 = 2.0;
/// Names that differ in no more letters than this are one name, mended.
const MENDED: usize = 2;

impl Identity {
    /// Takes what a static report claims. Answers whether anything is new.
    pub(super) fn take(&mut self, s: &StaticReport) -> bool {
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
    /// What its claims say, now that they changed from what they were.
    pub(super) fn judge_claims(&mut self, was: &Identity, identity: &mut Identity, now: Time) {
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
        let under_way = self.located() && self.speed_kn().is_some_and(|kn| kn >= UNDER_WAY_KN);
        if under_way {
            self.signs.set(Signs::RENAMED, true);
        }
        (identity.before.name, identity.before.renamed) = (was.name.filter(|_| renamed), Some(now));
    }
}

/// Whether two names are of two vessels: spelling, prefixes and what was cut off apart.
fn differ(old: &str, new: &str) -> bool {
    let plain = |name: &str| {
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
    };
    let (old, new) = (plain(old), plain(new));
    let part = old.is_empty() || new.is_empty() || old.contains(&new) || new.contains(&old);
    !part && strsim::levenshtein(&old, &new) > MENDED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_were_mended_are_one() {
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
