//! How much a feed may bring, and senders of actions together. What is over is dropped before it is logged, recorded or
//! read: a replay of what was recorded has what the engine had.

use rustc_hash::FxHashMap;

use crate::config::{Feed, Limit};
use crate::model::FeedId;
use crate::mqtt::filter_takes;

/// So much of what a limit allows may come at once: the watch was held up, and what waited comes together.
const AT_ONCE_NS: i64 = 60_000_000_000;
/// One that goes over its limit again is told again after so long within it.
const QUIET_NS: i64 = 60_000_000_000;
/// Topics whose feed is remembered.
const TOPICS: usize = 65_536;

/// Who is over his limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// A feed.
    Feed(FeedId),
    /// Whoever sends actions.
    Actions,
}

/// A message that is over a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// Whose it is.
    pub of: Over,
    /// It is the first for a while.
    pub is_news: bool,
}

/// Looks at every message that comes.
#[derive(Debug)]
pub struct Limits {
    filters: Vec<Vec<String>>,
    feeds: Vec<Meter>,
    actions: Meter,
    topics: FxHashMap<String, Option<u16>>,
    /// What waited at the broker while it was away comes together too: so much more at once …
    more_ns: i64,
    /// … until then.
    more_until_ns: i64,
}

impl Limits {
    /// For these feeds, and for all actions together.
    pub fn new(feeds: &[Feed], actions_per_second: u32) -> Limits {
        let limit = Limit { messages_per_second: actions_per_second, ..Limit::default() };
        Limits {
            filters: feeds.iter().map(|feed| feed.topics.clone()).collect(),
            feeds: feeds.iter().map(|feed| Meter::new(feed.limit)).collect(),
            actions: Meter::new(limit),
            topics: FxHashMap::default(),
            more_ns: 0,
            more_until_ns: 0,
        }
    }

    /// The connection stands again after so long. Times are of a clock that is never set.
    pub fn back_after(&mut self, away_ns: i64, now_ns: i64) {
        self.more_ns = away_ns.max(0);
        self.more_until_ns = now_ns.saturating_add(self.more_ns).saturating_add(AT_ONCE_NS);
    }

    /// Whether a message is within its limit; `topic` is as of the real thing.
    ///
    /// # Errors
    /// It is to be dropped.
    pub fn check(&mut self, topic: &str, bytes: usize, now_ns: i64) -> Result<(), Excess> {
        let more_ns = if now_ns < self.more_until_ns { self.more_ns } else { 0 };
        if crate::channel::actions::is_topic(topic) {
            return self.actions.check(bytes, now_ns, more_ns).map_err(|of| of.by(Over::Actions));
        }
        let Some(number) = self.feed_of(topic) else { return Ok(()) };
        let over = Over::Feed(FeedId(number));
        self.feeds[usize::from(number)].check(bytes, now_ns, more_ns).map_err(|of| of.by(over))
    }

    fn feed_of(&mut self, topic: &str) -> Option<u16> {
        if let Some(known) = self.topics.get(topic) {
            return *known;
        }
        if self.topics.len() >= TOPICS {
            self.topics.clear();
        }
        let taker = self.filters.iter().position(|of| of.iter().any(|filter| filter_takes(filter, topic)));
        let number = taker.map(|number| number as u16);
        self.topics.insert(topic.to_owned(), number);
        number
    }
}

/// Time that messages and bytes have used up, each at its rate: it may run ahead of the clock by what may come at once.
#[derive(Debug)]
pub struct Meter {
    limit: Limit,
    used_until_ns: [i64; 2],
    over_ns: Option<i64>,
}

struct News(bool);

impl News {
    fn by(self, of: Over) -> Excess {
        Excess { of, is_news: self.0 }
    }
}

impl Meter {
    /// Of so many messages and bytes a second; a minute's worth may come at once.
    pub fn new(limit: Limit) -> Meter {
        Meter { limit, used_until_ns: [i64::MIN; 2], over_ns: None }
    }

    /// Whether one more is within the limit. Times are of a clock that is never set.
    pub fn takes(&mut self, bytes: usize, now_ns: i64) -> bool {
        self.check(bytes, now_ns, 0).is_ok()
    }

    fn check(&mut self, bytes: usize, now_ns: i64, more_ns: i64) -> Result<(), News> {
        let share = |amount: usize, per_second: u32| {
            (amount as i64).saturating_mul(1_000_000_000) / i64::from(per_second.max(1))
        };
        let costs = [share(1, self.limit.messages_per_second), share(bytes, self.limit.bytes_per_second)];
        let used = [0, 1].map(|i| self.used_until_ns[i].max(now_ns).saturating_add(costs[i]));
        let most = now_ns.saturating_add(AT_ONCE_NS).saturating_add(more_ns);
        if used.iter().any(|used| *used > most) {
            let before = self.over_ns.replace(now_ns);
            return Err(News(before.is_none_or(|before| now_ns - before > QUIET_NS)));
        }
        self.used_until_ns = used;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Format;

    const SECOND: i64 = 1_000_000_000;

    fn limits(messages_per_second: u32, bytes_per_second: u32) -> Limits {
        let limit = Limit { messages_per_second, bytes_per_second };
        let feed = |name: &str| Feed { limit, ..Feed::new(name, vec![format!("{name}/#")], Format::Nmea) };
        Limits::new(&[feed("a"), feed("b")], 2)
    }

    fn taken(limits: &mut Limits, topic: &str, bytes: usize, count: usize, now_ns: i64) -> usize {
        (0..count).filter(|_| limits.check(topic, bytes, now_ns).is_ok()).count()
    }

    #[test]
    fn a_minutes_worth_comes_at_once_and_then_each_second_its_own() {
        let mut limits = limits(10, 1_000_000);
        assert_eq!(taken(&mut limits, "a/1", 1, 10_000, 0), 600);
        assert_eq!(taken(&mut limits, "a/2", 1, 10_000, SECOND), 10, "over all topics of the feed");
        assert_eq!(taken(&mut limits, "b/1", 1, 10_000, SECOND), 600, "the one beside is undisturbed");
        assert_eq!(taken(&mut limits, "a/1", 1, 10_000, 120 * SECOND), 600, "and no more after a rest");
    }

    #[test]
    fn bytes_count_too() {
        let mut limits = limits(1_000_000, 1_000);
        assert_eq!(taken(&mut limits, "a/1", 30_000, 10, 0), 2);
        assert_eq!(taken(&mut limits, "a/1", 500, 10, SECOND), 2);
    }

    #[test]
    fn what_waited_while_the_broker_was_away_is_not_over() {
        let mut limits = limits(10, 1_000_000);
        limits.back_after(3600 * SECOND, 0);
        assert_eq!(taken(&mut limits, "a/1", 1, 50_000, 0), 36_600);
        assert_eq!(taken(&mut limits, "a/1", 1, 50_000, 8000 * SECOND), 600, "once");
    }

    #[test]
    fn actions_have_one_and_each_excess_is_news_once() {
        let mut limits = limits(10, 1_000_000);
        let topic = "vigie/bb-ops/actions/1";
        assert_eq!(taken(&mut limits, topic, 1, 120, 0), 120);
        let news = |is_news| Err(Excess { of: Over::Actions, is_news });
        assert_eq!(limits.check(topic, 1, 0), news(true));
        assert_eq!(limits.check(topic, 1, 0), news(false));
        assert_eq!(taken(&mut limits, topic, 1, 1000, 100 * SECOND), 120);
        assert_eq!(limits.check(topic, 1, 200 * SECOND), Ok(()));
        taken(&mut limits, topic, 1, 119, 200 * SECOND);
        assert_eq!(limits.check(topic, 1, 200 * SECOND), news(true), "after a minute within");
        assert_eq!(limits.check("elsewhere", 1, 0), Ok(()), "nobody's");
    }
}
