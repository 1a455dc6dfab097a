//! Speed made good: what the positions of a track say of its speed. A speed that a vessel sends is a claim.

use serde::{Deserialize, Serialize};

use super::fix::UNKNOWN;

/// Longest interval between two points of a history that tells a speed, seconds: reports that are rarer are those of feeds that
/// thin or delay them.
const INTERVAL_MAX_S: f64 = 600.0;
/// Factor by which two intervals in a row may differ and still show one steady speed: late and badly dated reports differ more.
const STEADY: f64 = 1.4;
/// A claim is false where the positions show this many times the claimed speed and so many knots more …
const FASTER: (f64, f64) = (1.5, 5.0);
/// … or where the claim is this many times the speed of the positions and so many knots more: turns cost some way.
const SLOWER: (f64, f64) = (2.0, 3.0);

/// Speeds made good over the last two intervals of the history, the newer one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeGood {
    /// Speeds, tenths of a knot.
    tenths: [u16; 2],
    /// What each interval says of the speeds claimed at its ends.
    claims: [Claim; 2],
}

/// What positions say of a claimed speed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Claim {
    /// Nothing speaks against it.
    #[default]
    Fits,
    /// The vessel is faster than it claims.
    TooLow,
    /// The vessel is slower than it claims.
    TooHigh,
}

impl Claim {
    fn of(claimed_kn: f64, made_good_kn: f64) -> Claim {
        if made_good_kn > claimed_kn * FASTER.0 + FASTER.1 {
            return Claim::TooLow;
        }
        if claimed_kn > made_good_kn * SLOWER.0 + SLOWER.1 { Claim::TooHigh } else { Claim::Fits }
    }
}

impl Default for MadeGood {
    fn default() -> Self {
        MadeGood { tenths: [UNKNOWN; 2], claims: [Claim::Fits; 2] }
    }
}

impl MadeGood {
    /// Notes the way over one interval, nautical miles and seconds, and the speeds claimed at its ends, knots.
    pub fn note(&mut self, way_nm: f64, seconds: f64, claimed_kn: [Option<f64>; 2]) {
        let is_known = seconds > 0.0 && seconds <= INTERVAL_MAX_S;
        let made_good_kn = if is_known { way_nm / seconds * 3600.0 } else { 0.0 };
        let of = |claimed: Option<f64>| claimed.map_or(Claim::Fits, |kn| Claim::of(kn, made_good_kn));
        let [before, last] = claimed_kn.map(of);
        // One that stops or starts between the two told the truth at each end.
        let claim = if is_known && before == last { last } else { Claim::Fits };
        let tenths = if is_known { libm::round(made_good_kn * 10.0).min(60_000.0) as u16 } else { UNKNOWN };
        (self.tenths, self.claims) = ([tenths, self.tenths[0]], [claim, self.claims[0]]);
    }

    /// Returns the speeds over both intervals, the lower one first, knots; `None` where either is unknown.
    pub fn both_kn(self) -> Option<[f64; 2]> {
        let [a, b] = self.tenths;
        let kn = |tenths: u16| f64::from(tenths) / 10.0;
        (a != UNKNOWN && b != UNKNOWN).then(|| [kn(a.min(b)), kn(a.max(b))])
    }

    /// Returns the speed that the positions show where a claimed one is false, and those of both intervals were; `None` where
    /// nothing speaks against the claim.
    #[inline]
    pub fn against(self, claimed_kn: f64) -> Option<f64> {
        if self.claims[0] == Claim::Fits || self.claims[0] != self.claims[1] {
            return None;
        }
        let [low, high] = self.both_kn()?;
        match self.claims[0] {
            Claim::TooLow if high <= low * STEADY && Claim::of(claimed_kn, low) == Claim::TooLow => Some(low),
            Claim::TooHigh if Claim::of(claimed_kn, high) == Claim::TooHigh => Some(high),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the speeds made good over intervals, each at a speed, knots, for so many seconds, by one that claims another.
    fn claiming(claimed_kn: f64, ways: &[(f64, f64)]) -> MadeGood {
        let mut made = MadeGood::default();
        ways.iter()
            .for_each(|&(kn, seconds)| made.note(kn * seconds / 3600.0, seconds, [Some(claimed_kn); 2]));
        made
    }

    #[test]
    fn positions_speak_against_a_claim_only_where_two_intervals_agree() {
        let against = |claimed_kn, ways| claiming(claimed_kn, ways).against(claimed_kn);
        assert_eq!(against(5.0, &[(36.0, 60.0), (36.0, 64.0)]), Some(36.0));
        assert_eq!(against(12.0, &[(0.1, 60.0), (0.3, 60.0)]), Some(0.3));
        assert_eq!(against(5.0, &[(36.0, 60.0)]), None, "one interval may be a leap");
        assert_eq!(against(5.0, &[(5.0, 60.0), (36.0, 60.0)]), None, "a leap");
        assert_eq!(against(5.0, &[(60.0, 60.0), (20.0, 60.0)]), None, "reports that were delayed");
        assert_eq!(against(5.0, &[(36.0, 900.0), (36.0, 900.0)]), None, "a feed that thins");
        assert_eq!(against(7.0, &[(9.0, 60.0), (10.0, 60.0)]), None);
        assert_eq!(against(10.0, &[(5.0, 60.0), (6.0, 60.0)]), None, "she turns");
    }

    #[test]
    fn one_that_stops_at_once_told_the_truth() {
        let mut made = claiming(12.0, &[(12.0, 60.0), (12.0, 60.0)]);
        assert_eq!(made.against(0.5), None);
        made.note(0.1, 60.0, [Some(12.0), Some(0.5)]);
        assert_eq!(made.against(0.5), None);
    }
}
