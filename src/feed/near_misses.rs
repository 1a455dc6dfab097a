//! Near misses in the summary of a replay: by rule and limit, how far the tracks that raised nothing were from the limit.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::{ENDS, NearMiss, part_of};
use crate::model::{LimitKind, Quantity, Rule};

/// Tracks that one limit alone kept from an alert.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NearMisses {
    /// Unit of the figures; empty where they have none.
    pub unit: &'static str,
    /// Side of the limit on which the value has to lie: `≥`, `≤` or `<`.
    pub sign: &'static str,
    /// The limit, as the pattern asked it of the track that came nearest.
    pub limit: f64,
    /// Value that came nearest.
    pub nearest: f64,
    /// Number of tracks.
    pub tracks: u64,
    /// Tracks by their distance from the limit.
    pub histogram: Vec<Part>,
}

/// Tracks whose distance from a limit is within a range.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// End of the range, as a share of the limit; null for all that are farther.
    pub up_to: Option<f64>,
    /// Number of tracks.
    pub tracks: u64,
}

/// Returns near misses by rule and limit.
pub(super) fn by_rule(
    misses: &[NearMiss],
    rules: &[Rule],
) -> BTreeMap<String, BTreeMap<&'static str, NearMisses>> {
    let mut found: BTreeMap<String, BTreeMap<&'static str, NearMisses>> = BTreeMap::new();
    for miss in misses {
        let Some(rule) = rules.get(miss.rule.index()) else { continue };
        let part = |up_to: Option<f64>| Part { up_to, tracks: 0 };
        let of_rule = found.entry(rule.name.clone()).or_default();
        let entry = of_rule.entry(miss.limit).or_insert_with(|| NearMisses {
            unit: unit_of(miss.kind),
            sign: miss.bound.sign(),
            limit: miss.asked,
            nearest: miss.value,
            tracks: 0,
            histogram: ENDS.into_iter().map(Some).chain([None]).map(part).collect(),
        });
        let share = |value: f64, asked: f64| (value - asked).abs() / asked.abs();
        if share(miss.value, miss.asked) < share(entry.nearest, entry.limit) {
            (entry.nearest, entry.limit) = (miss.value, miss.asked);
        }
        entry.tracks += 1;
        let short = share(miss.value, miss.asked);
        entry.histogram[part_of(short)].tracks += 1;
    }
    found
}

fn unit_of(kind: LimitKind) -> &'static str {
    kind.quantity().map_or("", Quantity::unit)
}
