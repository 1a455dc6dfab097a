//! Backlog of a feed whose gateway sends what it stored while its link was down mixed with what it receives now.
//!
//! A track goes on from its newest report: older ones go to its history, and no rule sees them. So that nothing of the hour is lost,
//! reports of now wait until the backlog has come. All is measured by the times that the feed tells, so that a replay
//! decides alike.
//!
//! ```text
//! times of the feed:   … 03:59  | link down |  05:00 (now)  04:00 (stored)  05:00  04:01  …  04:59  05:07
//! given to the engine: … 03:59                              04:00                  04:01  …  04:59  05:00 05:00 05:07
//! ```

use crate::model::{FeedId, Input, Span, Time};

/// Jump of a feed's times after which a backlog is expected.
const JUMP: Span = Span::from_secs(120);
/// Time of now that passes without anything stored before the reports of now wait no longer.
const PATIENCE: Span = Span::from_secs(60);
/// A stored report this near to the first of now ends the backlog.
const CAUGHT_UP: Span = Span::from_secs(15);
/// Inputs that wait, at most.
const WAITING_MAX: usize = 500_000;

/// Order of one feed.
#[derive(Debug)]
pub(super) struct Backlog {
    /// Newest time that was given to the engine.
    given: Time,
    waiting: Option<Waiting>,
}

/// Inputs of now that wait for the backlog.
#[derive(Debug)]
struct Waiting {
    /// Times before this are stored ones.
    now_from: Time,
    /// Newest time of now when something stored came last, or when the wait began.
    patient_since: Time,
    /// Newest time of now.
    newest: Time,
    inputs: Vec<Input>,
}

impl Default for Backlog {
    fn default() -> Backlog {
        Backlog { given: Time::NEVER, waiting: None }
    }
}

impl Backlog {
    /// Returns the order of a feed that has come so far.
    pub fn of(given: Time) -> Backlog {
        Backlog { given, waiting: None }
    }

    /// Returns the newest time that was given to the engine.
    pub fn given(&self) -> Time {
        self.given
    }

    /// Takes an input of the feed, and gives what is due.
    pub fn take(&mut self, input: Input, inputs: &mut Vec<Input>) {
        let Some(time) = input.time() else { return inputs.push(input) };
        match &mut self.waiting {
            None if self.given > Time::NEVER && time > self.given + JUMP => {
                let (now_from, waiting) = (time - CAUGHT_UP, vec![input]);
                self.waiting = Some(Waiting { now_from, patient_since: time, newest: time, inputs: waiting });
            }
            None => {
                self.given = self.given.max(time);
                inputs.push(input);
            }
            Some(waiting) if time < waiting.now_from => {
                waiting.patient_since = waiting.newest;
                self.given = self.given.max(time);
                inputs.push(input);
            }
            Some(waiting) => {
                waiting.newest = waiting.newest.max(time);
                waiting.inputs.push(input);
            }
        }
        let is_over = self.waiting.as_ref().is_some_and(|waiting| {
            waiting.newest - waiting.patient_since > PATIENCE || waiting.inputs.len() >= WAITING_MAX
        });
        if is_over {
            self.release(inputs);
        }
    }

    /// Gives everything that waits, in the order of its times.
    pub fn release(&mut self, inputs: &mut Vec<Input>) {
        let Some(mut waiting) = self.waiting.take() else { return };
        waiting.inputs.sort_by_key(|input| input.time());
        self.given = self.given.max(waiting.newest);
        inputs.append(&mut waiting.inputs);
    }

    /// Whether inputs wait: they are in no saved state.
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }
}

/// Returns the feed that an input is of: that of its station, whatever topic or log brought it.
pub(super) fn feed_of(input: &Input) -> Option<FeedId> {
    match input {
        Input::Report(report) => Some(report.feed),
        Input::Contact(contact) => Some(contact.feed),
        Input::Aircraft(report) => Some(report.feed),
        Input::Tick { feed, .. } => Some(*feed),
        Input::Feed(_) | Input::OwnShip { .. } | Input::Action(_) | Input::SharedAlert(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(backlog: &mut Backlog, times: &[i64]) -> Vec<i64> {
        let mut inputs = Vec::new();
        for time in times {
            backlog.take(Input::Tick { feed: FeedId(0), time: Time::from_secs(*time) }, &mut inputs);
        }
        inputs.iter().filter_map(Input::time).map(|time| time.0 / 1000).collect()
    }

    #[test]
    fn what_was_stored_goes_before_what_is_received_now_and_nothing_is_lost() {
        let mut backlog = Backlog::default();
        let mut told: Vec<i64> = (0..10).map(|n| n * 10).collect();
        // An hour of the backlog, ten seconds apart, comes mixed with ten minutes of now.
        for n in 0..351 {
            told.push(3600 + n * 2);
            told.push(100 + n * 10);
        }
        told.extend((0..100).map(|n| 4302 + n * 2));
        let found = given(&mut backlog, &told);
        assert!(found.is_sorted() && !backlog.is_waiting());
        let mut want = told.clone();
        want.sort_unstable();
        assert_eq!(found, want);
    }

    #[test]
    fn a_pause_costs_a_minute_where_nothing_was_stored() {
        let mut backlog = Backlog::default();
        assert_eq!(given(&mut backlog, &[0, 10, 600, 610, 660]), [0, 10]);
        assert_eq!(given(&mut backlog, &[661]), [600, 610, 660, 661]);
        assert_eq!(given(&mut backlog, &[670, 665, 680]), [670, 665, 680], "small disorder stays as it is");
        let mut inputs = Vec::new();
        assert!(given(&mut backlog, &[2000]).is_empty());
        backlog.release(&mut inputs);
        assert_eq!((inputs.len(), backlog.is_waiting()), (1, false));
    }
}
