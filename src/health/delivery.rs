//! Health of the sinks, and how long alerts take to leave.

use super::Health;

/// Latencies kept, and alerts whose way is being timed.
const LATENCIES: usize = 4096;

/// The place of a sink in [`Health::sinks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkId(pub usize);

/// Health of one sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkHealth {
    /// Name of the sink.
    pub name: String,
    /// Alert events that the sink has, those of earlier runs included.
    pub sent: u64,
    /// Alerts that the other side has not confirmed; `None` where it is not asked to.
    pub unreceived: Option<u64>,
    /// Why the last delivery failed; `None` after one that did not.
    pub error: Option<String>,
}

impl SinkHealth {
    /// A sink that has so many alert events, and has not failed.
    pub fn new(name: &str, sent: u64) -> SinkHealth {
        SinkHealth { name: name.to_owned(), sent, unreceived: None, error: None }
    }

    /// Alert events that the sink does not have yet, of so many in the journal.
    pub fn waiting(&self, written: u64) -> u64 {
        written.saturating_sub(self.sent)
    }
}

impl Health {
    /// Notes the number in the journal of an alert, and the stamp of the message that it follows from.
    pub fn time_alert(&mut self, n: u64, arrival_ns: i64) {
        if self.timed.len() < LATENCIES {
            self.timed.push_back((n, arrival_ns));
        }
    }

    /// Notes that the alert of this number is being published.
    pub fn publishing(&mut self, n: u64, now_ns: i64) {
        while let Some((other, arrival)) = self.timed.front().copied().filter(|(other, _)| *other <= n) {
            self.timed.pop_front();
            if other == n {
                if self.latencies_ns.len() == LATENCIES {
                    self.latencies_ns.pop_front();
                }
                self.latencies_ns.push_back(u64::try_from(now_ns - arrival).unwrap_or(0));
            }
        }
    }

    /// The share of this program in an alert's way, from its message's arrival to its own publishing, in
    /// milliseconds: at each of the shares asked for (0.5 is the median), of the latest alerts.
    pub fn latency_ms<const N: usize>(&self, shares: [f64; N]) -> Option<[f64; N]> {
        let mut sorted: Vec<u64> = self.latencies_ns.iter().copied().collect();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        Some(shares.map(|share| sorted[(share * last as f64).round() as usize] as f64 / 1e6))
    }

    /// Alert events that the coordination channel has.
    pub fn sent(&self) -> u64 {
        self.sinks.first().map_or(0, |sink| sink.sent)
    }

    /// Alerts that the coordination channel has not confirmed, where it is asked to.
    pub fn unreceived(&self) -> u64 {
        self.sinks.first().and_then(|sink| sink.unreceived).unwrap_or(0)
    }

    /// Notes that a sink has one more alert event.
    pub fn sink_sent(&mut self, id: SinkId) {
        self.sink(id).into_iter().for_each(|sink| sink.sent += 1);
    }

    /// Notes why a sink took nothing, or that it took something.
    pub fn sink_error(&mut self, id: SinkId, error: Option<String>) {
        self.sink(id).into_iter().for_each(|sink| sink.error.clone_from(&error));
    }

    /// Notes how many alerts the other side of a sink has not confirmed.
    pub fn sink_unreceived(&mut self, id: SinkId, alerts: u64) {
        self.sink(id).into_iter().for_each(|sink| sink.unreceived = Some(alerts));
    }

    fn sink(&mut self, id: SinkId) -> Option<&mut SinkHealth> {
        self.sinks.get_mut(id.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Board;

    #[test]
    fn latency_is_of_alerts_that_this_run_wrote() {
        let board = Board::new([]);
        let mut health = board.note();
        assert_eq!(health.latency_ms([0.5]), None);
        health.time_alert(100, 1_000_000);
        health.time_alert(200, 2_000_000);
        health.publishing(50, 9);
        health.publishing(100, 3_000_000);
        health.publishing(200, 3_000_000);
        assert_eq!(health.latency_ms([0.0, 1.0]), Some([1.0, 2.0]));
    }
}
