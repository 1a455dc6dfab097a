//! Metrics for Prometheus (text exposition format 0.0.4).

use std::fmt::{Display, Write as _};

use crate::engine::{ENDS, Histogram};
use crate::health::Health;
use crate::model::Time;
use crate::telemetry::{Metric, metric};

/// Renders all metrics.
pub(super) fn render(health: &Health, now: Time) -> String {
    let mut page = Page(String::new());
    let secs = |time: Time| time.0 as f64 / 1000.0;
    page.one(&metric::BUILD, &[("version", env!("CARGO_PKG_VERSION"))], 1);
    page.one(&metric::STARTED, &[], secs(health.since));
    let feeds = || health.feeds.iter().map(|feed| (feed, [("feed", feed.name.as_str())]));
    page.many(&metric::FEED_MESSAGES, feeds().map(|(f, l)| (l, f.messages)));
    page.many(&metric::FEED_REPORTS, feeds().map(|(f, l)| (l, f.reports)));
    page.many(&metric::FEED_RETAINED, feeds().map(|(f, l)| (l, f.retained)));
    page.many(&metric::FEED_SILENT, feeds().map(|(f, l)| (l, u8::from(f.silent_since.is_some()))));
    page.many(&metric::FEED_LATE, feeds().map(|(f, l)| (l, u8::from(health.is_late(f)))));
    page.many(&metric::FEED_LAST, feeds().filter_map(|(f, l)| Some((l, secs(f.last_arrival?)))));
    page.many(&metric::FEED_LAG, feeds().filter_map(|(f, l)| Some((l, f.lag_s()?))));
    page.many(&metric::FEED_OFFSET, feeds().filter_map(|(f, l)| Some((l, f.clock_offset_s()?))));
    let errors =
        feeds().flat_map(|(f, [l])| f.errors.iter().map(move |(why, n)| ([l, ("reason", *why)], *n)));
    page.many(&metric::FEED_ERRORS, errors);
    page.one(&metric::CLOCK_AHEAD, &[], health.clock_ahead.map_or(0.0, |ahead| ahead.secs()));
    page.one(&metric::BROKER, &[], u8::from(health.broker.connected));
    page.one(&metric::CONNECTIONS, &[], health.broker.connections);
    page.one(&metric::MESSAGES, &[], health.messages);
    page.one(&metric::REDELIVERED, &[], health.redelivered);
    page.one(&metric::NOBODYS, &[], health.nobodys);
    page.one(&metric::WAITS, &[], health.waits);
    let [messages, alerts] = health.queued;
    let outbox = health.written.saturating_sub(health.sent());
    let queues = [("messages", messages), ("alerts", alerts), ("outbox", outbox)];
    page.many(&metric::QUEUED, queues.map(|(name, n)| ([("queue", name)], n)));
    let sinks = || health.sinks.iter().map(|sink| (sink, [("sink", sink.name.as_str())]));
    page.many(&metric::SINK_SENT, sinks().map(|(sink, label)| (label, sink.sent)));
    page.many(&metric::SINK_WAITING, sinks().map(|(sink, label)| (label, sink.waiting(health.written))));
    page.many(&metric::SINK_ERROR, sinks().map(|(sink, label)| (label, u8::from(sink.error.is_some()))));
    let raised =
        health.by_rule.iter().map(|((rule, phase), n)| ([("rule", rule.as_str()), ("phase", phase)], *n));
    page.many(&metric::ALERTS, raised);
    page.one(&metric::UNRECEIVED, &[], health.unreceived());
    page.one(&metric::ACTIONS, &[("outcome", "taken")], health.actions);
    page.more(&metric::ACTIONS, &[("outcome", "refused")], health.actions_refused);
    page.more(&metric::ACTIONS, &[("outcome", "over-limit")], health.actions_over_limit);
    page.one(&metric::LISTS, &[("outcome", "taken")], health.lists_taken);
    page.more(&metric::LISTS, &[("outcome", "refused")], health.lists_refused);
    page.one(&metric::HELD, &[], health.held);
    page.one(&metric::JOURNAL, &[], health.journal.0);
    page.one(&metric::JOURNAL_ERROR, &[], u8::from(health.journal_fault().is_some()));
    page.one(&metric::INPUT_ERROR, &[], u8::from(health.input_error.is_some()));
    if let Some(times) = health.latency_ms([0.5, 0.99]) {
        let both = ["0.5", "0.99"].into_iter().zip(times);
        page.many(&metric::LATENCY, both.map(|(share, ms)| ([("quantile", share)], ms / 1000.0)));
    }
    page.one(&metric::ENGINE_BUSY, &[], health.engine_busy.as_secs_f64());
    page.one(&metric::TRACKS, &[], health.engine.tracks);
    if let Some(time) = health.engine.now {
        page.one(&metric::EVENT_TIME, &[], secs(time));
        page.one(&metric::BEHIND, &[], (now - time).secs());
    }
    let judged = health.engine.by_name.iter().filter_map(|(name, n)| {
        let (rule, why) = name.strip_prefix("cannot-judge/")?.split_once('/')?;
        Some(([("rule", rule), ("reason", why)], *n))
    });
    page.many(&metric::CANNOT_JUDGE, judged);
    page.many(
        &metric::NEAR_MISSES,
        near_misses(health)
            .iter()
            .map(|(labels, n)| (labels.each_ref().map(|(label, text)| (*label, text.as_str())), *n)),
    );
    let counted = health.engine.by_name.iter().filter(|(name, _)| !name.contains('/'));
    page.many(&metric::ENGINE, counted.map(|(name, n)| ([("what", name.as_str())], *n)));
    page.0
}

/// Returns near misses with their labels, cumulated as histograms are.
fn near_misses(health: &Health) -> Vec<([(&'static str, String); 3], u64)> {
    let ends = || ENDS.into_iter().map(|end| end.to_string()).chain(["+Inf".to_owned()]);
    let of = |(rule, limit, tracks): &(String, &'static str, Histogram)| {
        let mut sum = 0;
        let parts = ends().zip(*tracks).map(|(end, n)| {
            sum += n;
            ([("rule", rule.clone()), ("limit", (*limit).to_owned()), ("le", end)], sum)
        });
        parts.collect::<Vec<_>>()
    };
    health.near_misses.iter().flat_map(of).collect()
}

struct Page(String);

impl Page {
    fn one(&mut self, metric: &Metric, labels: &[(&str, &str)], value: impl Display) {
        let Metric { name, kind, help } = metric;
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        self.more(metric, labels, value);
    }

    fn more(&mut self, metric: &Metric, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(metric.name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{}{label}=\"{text}\"", if at == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    fn many<'a, const N: usize>(
        &mut self,
        metric: &Metric,
        samples: impl IntoIterator<Item = ([(&'a str, &'a str); N], impl Display)>,
    ) {
        let mut samples = samples.into_iter();
        let Some((labels, value)) = samples.next() else { return };
        self.one(metric, &labels, value);
        samples.for_each(|(labels, value)| self.more(metric, &labels, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::Board;
    use crate::model::{FeedId, Span};

    #[test]
    fn every_line_is_as_prometheus_reads_it() {
        let board = Board::new(["east \"a\"".to_owned(), "west".to_owned()]);
        let mut health = board.note();
        let now = health.since + Span::from_secs(90);
        health.arrived(FeedId(0), now);
        health.feeds[0].errors = vec![("bad-checksum", 3)];
        health.engine.by_name = vec![("cannot-judge/gap/coverage".to_owned(), 7), ("reports".to_owned(), 9)];
        health.by_rule.insert(("gap".to_owned(), "raised"), 2);
        health.near_misses = vec![("fast".to_owned(), "min_speed", [2, 0, 3, 0, 1])];
        let page = render(&health, now);
        assert!(
            page.contains("vigie_feed_errors_total{feed=\"east \\\"a\\\"\",reason=\"bad-checksum\"} 3\n"),
            "{page}"
        );
        assert!(page.contains("vigie_cannot_judge_total{rule=\"gap\",reason=\"coverage\"} 7\n"));
        assert!(page.contains("vigie_alert_events_total{rule=\"gap\",phase=\"raised\"} 2\n"));
        assert!(
            page.contains("vigie_near_misses{rule=\"fast\",limit=\"min_speed\",le=\"0.5\"} 5\n"),
            "{page}"
        );
        assert!(page.contains("vigie_near_misses{rule=\"fast\",limit=\"min_speed\",le=\"+Inf\"} 6\n"));
        let mut told = std::collections::BTreeSet::new();
        for line in page.lines() {
            match line.strip_prefix("# TYPE ") {
                Some(what) => {
                    assert!(told.insert(what.split(' ').next().unwrap().to_owned()), "twice: {line}")
                }
                None if line.starts_with('#') => {}
                None => {
                    let (name, value) = line.rsplit_once(' ').expect("a value");
                    assert!(value.parse::<f64>().is_ok(), "{line}");
                    let name = name.split('{').next().unwrap();
                    assert!(told.contains(name) && name.starts_with("vigie_"), "{line}");
                }
            }
        }
    }
}
