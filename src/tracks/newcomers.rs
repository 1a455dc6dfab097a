//! New identities: how many each feed may bring. One transmitter can send any number of vessels and aircraft that are not there.
//! Distress devices are not counted: a false one hides no other one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{FeedId, Time};

/// Hours' worth of new identities that a feed may bring at once: all that are there when it begins.
const AT_ONCE_HOURS: i64 = 6;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// New identities of all feeds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Newcomers {
    feeds: BTreeMap<FeedId, Allowance>,
}

/// New identities of one feed, on the clock of its reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Allowance {
    newest: Time,
    /// Time until which the allowance is used up, microseconds: it may be ahead of the clock by what may come at once.
    used_until_us: i64,
    refused: u64,
}

impl Newcomers {
    /// Returns whether a feed may bring one more new identity; a refusal is counted.
    pub fn admits(&mut self, feed: FeedId, time: Time, per_hour: u32) -> bool {
        let allowance = self.feeds.entry(feed).or_default();
        allowance.newest = allowance.newest.max(time);
        let now_us = allowance.newest.0.saturating_mul(1000);
        let used_us = allowance.used_until_us.max(now_us) + HOUR_MS * 1000 / i64::from(per_hour.max(1));
        let admits = used_us <= now_us + AT_ONCE_HOURS * HOUR_MS * 1000;
        if admits {
            allowance.used_until_us = used_us;
        } else {
            allowance.refused += 1;
        }
        admits
    }

    /// Returns how many reports of new identities were refused, by feed; feeds without any are left out.
    pub fn refused(&self) -> impl Iterator<Item = (FeedId, u64)> + '_ {
        self.feeds
            .iter()
            .map(|(feed, allowance)| (*feed, allowance.refused))
            .filter(|(_, refused)| *refused > 0)
    }

    /// Returns whether there is nothing to save.
    pub fn is_empty(&self) -> bool {
        self.feeds.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feed_may_bring_six_hours_worth_at_once_and_then_its_rate() {
        let mut newcomers = Newcomers::default();
        let mut bring = |feed, minute: i64, count: usize| {
            let time = Time::from_secs(1_767_240_000 + 60 * minute);
            (0..count).filter(|_| newcomers.admits(FeedId(feed), time, 600)).count()
        };
        assert_eq!(bring(0, 0, 10_000), 3_600);
        assert_eq!(bring(0, 1, 100), 10);
        assert_eq!(bring(0, -60, 100), 0, "a report from before brings no allowance");
        assert_eq!(bring(1, 1, 100), 100, "the other feed is undisturbed");
        assert_eq!(newcomers.refused().collect::<Vec<_>>(), [(FeedId(0), 6_400 + 90 + 100)]);
    }
}
