//! Rate limits: how many messages and bytes a feed may bring, and how many actions all senders together. What exceeds
//! a limit is dropped before it is logged, recorded or read: a replay of what was recorded has what the engine had.

use crate::config::{Feed, Limit};
use crate::health::Limited;
use crate::mqtt::MAX_PACKET;

/// A source may bring at once what its limit allows in this time: the watch was held up, and what waited comes together.
const AT_ONCE_NS: i64 = 60_000_000_000;
/// After this time within its limit, a source that exceeds it again is reported again.
const QUIET_NS: i64 = 60_000_000_000;

/// A message that exceeds a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// Whether the excess is the source's first for a while.
    pub is_news: bool,
}

/// The rate limits of all sources.
#[derive(Debug)]
pub struct RateLimits {
    feeds: Vec<Meter>,
    actions: Meter,
    /// Additional time's worth that may come at once: what waited at the broker while it was away comes together.
    more_ns: i64,
    /// Time until which `more_ns` holds.
    more_until_ns: i64,
}

impl RateLimits {
    /// Limits of these feeds, by their places, and of all actions together.
    pub fn new(feeds: &[Feed], actions_per_second: u32) -> RateLimits {
        let limit = Limit { messages_per_second: actions_per_second, ..Limit::default() };
        RateLimits {
            feeds: feeds.iter().map(|feed| Meter::new(feed.limit)).collect(),
            actions: Meter::new(limit),
            more_ns: 0,
            more_until_ns: 0,
        }
    }

    /// Notes that the connection stands again after `away_ns`. Times are of a clock that is never set.
    pub fn back_after(&mut self, away_ns: i64, now_ns: i64) {
        self.more_ns = away_ns.max(0);
        self.more_until_ns = now_ns.saturating_add(self.more_ns).saturating_add(AT_ONCE_NS);
    }

    /// Counts a message of a source.
    ///
    /// # Errors
    /// The message exceeds the limit, and is to be dropped.
    pub fn check(&mut self, source: Limited, bytes: usize, now_ns: i64) -> Result<(), Excess> {
        let more_ns = if now_ns < self.more_until_ns { self.more_ns } else { 0 };
        let meter = match source {
            Limited::Feed(feed) => self.feeds.get_mut(usize::from(feed.0)),
            Limited::Actions => Some(&mut self.actions),
        };
        meter.map_or(Ok(()), |meter| meter.check(bytes, now_ns, more_ns))
    }
}

/// The time that messages and bytes have used up, each at its rate; it may be ahead of the clock by what may come at once.
#[derive(Debug)]
pub struct Meter {
    limit: Limit,
    used_until_ns: [i64; 2],
    over_ns: Option<i64>,
}

impl Meter {
    /// Meters a limit of messages and bytes a second; a minute's worth may come at once.
    pub fn new(limit: Limit) -> Meter {
        Meter { limit, used_until_ns: [i64::MIN; 2], over_ns: None }
    }

    /// Counts one more, which may not be larger than a packet; whether it is within the limit. Times are of a clock that is never set.
    pub fn takes(&mut self, bytes: usize, now_ns: i64) -> bool {
        self.check(bytes, now_ns, 0).is_ok()
    }

    fn check(&mut self, bytes: usize, now_ns: i64, more_ns: i64) -> Result<(), Excess> {
        let share = |amount: usize, per_second: u32| {
            (amount as i64).saturating_mul(1_000_000_000) / i64::from(per_second.max(1))
        };
        let costs = [share(1, self.limit.messages_per_second), share(bytes, self.limit.bytes_per_second)];
        let used = [0, 1].map(|i| self.used_until_ns[i].max(now_ns).saturating_add(costs[i]));
        let most = now_ns.saturating_add(AT_ONCE_NS).saturating_add(more_ns);
        if bytes > MAX_PACKET || used.iter().any(|used| *used > most) {
            let before = self.over_ns.replace(now_ns);
            return Err(Excess { is_news: before.is_none_or(|before| now_ns - before > QUIET_NS) });
        }
        self.used_until_ns = used;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FeedId;
    use crate::wire::Format;

    const SECOND: i64 = 1_000_000_000;
    const A: Limited = Limited::Feed(FeedId(0));
    const B: Limited = Limited::Feed(FeedId(1));

    fn limits(messages_per_second: u32, bytes_per_second: u32) -> RateLimits {
        let limit = Limit { messages_per_second, bytes_per_second };
        let feed = |name: &str| Feed { limit, ..Feed::new(name, vec![format!("{name}/#")], Format::Nmea) };
        RateLimits::new(&[feed("a"), feed("b")], 2)
    }

    fn taken(limits: &mut RateLimits, source: Limited, bytes: usize, count: usize, now_ns: i64) -> usize {
        (0..count).filter(|_| limits.check(source, bytes, now_ns).is_ok()).count()
    }

    #[test]
    fn a_minutes_worth_comes_at_once_and_then_each_second_its_own() {
        let mut limits = limits(10, 1_000_000);
        assert_eq!(taken(&mut limits, A, 1, 10_000, 0), 600);
        assert_eq!(taken(&mut limits, A, 1, 10_000, SECOND), 10);
        assert_eq!(taken(&mut limits, B, 1, 10_000, SECOND), 600, "the one beside is undisturbed");
        assert_eq!(taken(&mut limits, A, 1, 10_000, 120 * SECOND), 600, "and no more after a rest");
    }

    #[test]
    fn bytes_count_too() {
        let mut limits = limits(1_000_000, 1_000);
        assert_eq!(taken(&mut limits, A, 30_000, 10, 0), 2);
        assert_eq!(taken(&mut limits, A, 500, 10, SECOND), 2);
    }

    #[test]
    fn what_waited_while_the_broker_was_away_is_within_the_limit() {
        let mut limits = limits(10, 1_000_000);
        limits.back_after(3600 * SECOND, 0);
        assert_eq!(taken(&mut limits, A, 1, 50_000, 0), 36_600);
        assert_eq!(taken(&mut limits, A, 1, 50_000, 8000 * SECOND), 600, "once");
    }

    #[test]
    fn actions_have_one_limit_and_each_excess_is_news_once() {
        let mut limits = limits(10, 1_000_000);
        let actions = Limited::Actions;
        assert_eq!(taken(&mut limits, actions, 1, 120, 0), 120);
        let news = |is_news| Err(Excess { is_news });
        assert_eq!(limits.check(actions, 1, 0), news(true));
        assert_eq!(limits.check(actions, 1, 0), news(false));
        assert_eq!(taken(&mut limits, actions, 1, 1000, 100 * SECOND), 120);
        assert_eq!(limits.check(actions, 1, 200 * SECOND), Ok(()));
        taken(&mut limits, actions, 1, 119, 200 * SECOND);
        assert_eq!(limits.check(actions, 1, 200 * SECOND), news(true), "after a minute within");
    }
}
