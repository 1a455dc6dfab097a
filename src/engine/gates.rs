//! Gates of the rules: which rules are asked at a report of a track that they hold no state on.

use crate::model::{Bound, LimitKind, Rule};
use crate::patterns::{Check, Condition, Gate, RuleBits, TrackRules, Watch};
use crate::picture::{Kind, Track};

/// The rules by their gates, so that the report of a fast ship skips the rules about slow ones.
#[derive(Default)]
pub(super) struct Gates {
    always: RuleBits,
    anyone: RuleBits,
    slow: RuleBits,
    once: RuleBits,
    seen: RuleBits,
    fast: RuleBits,
    signs: RuleBits,
    pub(super) near: RuleBits,
    pub(super) distress: RuleBits,
    pub(super) aircraft: RuleBits,
    /// Speeds of slow and fast gates, and of those about who is near, by rule, tenths of a knot.
    tenths: Vec<u16>,
    /// Distances within which others are near, by rule, metres.
    within_m: Vec<f64>,
    slowest_top: u16,
    fastest_least: u16,
}

impl Gates {
    /// Sorts rules by their gates.
    pub(super) fn of(watches: &[Box<dyn Watch>]) -> Gates {
        let mut gates = Gates {
            tenths: vec![0; watches.len()],
            within_m: vec![0.0; watches.len()],
            fastest_least: u16::MAX,
            ..Gates::default()
        };
        for (i, watch) in watches.iter().enumerate() {
            match watch.gate() {
                Gate::Always => gates.always |= 1 << i,
                Gate::Once => gates.once |= 1 << i,
                Gate::Near { within_m, slow } => {
                    gates.near |= 1 << i;
                    gates.within_m[i] = within_m;
                    gates.tenths[i] = slow.unwrap_or(u16::MAX);
                }
                Gate::Seen => gates.seen |= 1 << i,
                Gate::Signs => gates.signs |= 1 << i,
                Gate::Distress => gates.distress |= 1 << i,
                Gate::Aircraft => gates.aircraft |= 1 << i,
                Gate::Anyone => {
                    gates.always |= 1 << i;
                    gates.anyone |= 1 << i;
                    gates.aircraft |= 1 << i;
                }
                Gate::Integrity => {
                    gates.aircraft |= 1 << i;
                    gates.signs |= 1 << i;
                }
                Gate::Fast(tenths) => {
                    gates.fast |= 1 << i;
                    gates.tenths[i] = tenths;
                    gates.fastest_least = gates.fastest_least.min(tenths);
                }
                Gate::Slow(tenths) => {
                    gates.slow |= 1 << i;
                    gates.tenths[i] = tenths;
                    gates.slowest_top = gates.slowest_top.max(tenths);
                }
            }
        }
        gates
    }

    /// Returns the rules, of those that apply, for which a track looks round, and how far, metres.
    pub(super) fn looking_round(&self, track: &Track, applies: RuleBits) -> (RuleBits, f64) {
        let mut left = if track.is_vessel() { applies & self.near } else { 0 };
        let is_by_itself = track.on_ais() && track.sensed == 0;
        let [_, sent] = speeds(track);
        let (mut rules, mut reach_m) = (0, 0.0_f64);
        while left != 0 {
            let rule = left.trailing_zeros();
            left &= left - 1;
            if !is_by_itself || sent <= self.tenths[rule as usize] {
                rules |= 1 << rule;
                reach_m = reach_m.max(self.within_m[rule as usize]);
            }
        }
        (rules, reach_m)
    }

    /// Returns the rules to ask about a report of a track, of those that apply.
    pub(super) fn asked(&self, track: &Track, rules: &TrackRules, applies: RuleBits) -> RuleBits {
        let own = match track.kind {
            Kind::Vessel | Kind::NetBuoy => 0,
            Kind::Distress => applies & (self.distress | self.anyone),
            Kind::Aircraft => return applies & self.aircraft,
            Kind::Fixed => return applies & self.anyone,
        };
        if !track.is_vessel() {
            return own;
        }
        let [way, sent] = speeds(track);
        let mut asked = own | applies & self.always | applies & self.once & !rules.armed;
        if track.sensed > 0 {
            asked |= applies & self.seen;
        }
        if !track.signs.is_empty() {
            asked |= applies & self.signs;
        }
        let slow = if sent <= self.slowest_top { applies & self.slow } else { 0 };
        let fast = if way >= self.fastest_least { applies & self.fast } else { 0 };
        let mut by_speed = slow | fast;
        while by_speed != 0 {
            let rule = by_speed.trailing_zeros();
            by_speed &= by_speed - 1;
            let limit = self.tenths[rule as usize];
            let is_asked = if self.fast >> rule & 1 == 1 { way >= limit } else { sent <= limit };
            if is_asked {
                asked |= 1 << rule;
            }
        }
        asked
    }
}

/// Returns the speeds of a track by which a fast rule and a slow one are asked, tenths of a knot. It is as fast as its positions say
/// where it sends no speed, or a false one. A slow rule is asked about the former.
fn speeds(track: &Track) -> [u16; 2] {
    let way = track.speed_kn().map_or(0, |kn| libm::round(kn * 10.0) as u16);
    [way, if track.fix.sog_kn().is_some() { way } else { 0 }]
}

/// Returns the condition of a gate that keeps a rule from being asked about a track that it holds no state on. The limit of the
/// pattern that the gate is made from names it.
pub(super) fn condition(gate: Gate, track: &Track, rule: &Rule) -> Condition {
    let own = match gate {
        Gate::Slow(tenths) => Some(("max_speed", Bound::AtMost, tenths)),
        Gate::Fast(tenths) => Some(("min_speed", Bound::AtLeast, tenths)),
        _ => None,
    };
    let is_vessel = track.is_vessel();
    let named = own.filter(|_| is_vessel).and_then(|(name, bound, tenths)| {
        let (limit, _) = rule.limits.0.iter().find(|(limit, _)| limit.name == name)?;
        Some((limit.name, bound, tenths))
    });
    let check = match gate {
        Gate::Slow(_) | Gate::Fast(_) | Gate::Seen | Gate::Signs | Gate::Always | Gate::Near { .. }
            if !is_vessel =>
        {
            Check::IsVessel
        }
        _ => Check::Asked,
    };
    match named {
        None => Condition::check(check, false),
        Some((name, bound, tenths)) => Condition {
            name,
            kind: Some(LimitKind::Speed),
            bound,
            value: track.speed_kn(),
            limit: Some(f64::from(tenths) / 10.0),
            ..Condition::check(check, false)
        },
    }
}
