//! A stand-in for the engine, of which every alert tells all that was taken before it: a message that is lost, doubled or out of
//! its place changes every alert that follows.

use std::collections::BTreeMap;

use crate::engine::{Counts, Look, Output, ReadyLists, Setup};
use crate::model::saved::{SavedState, StateWriter, Unreadable};
use crate::model::{AlertEvent, EndReason, Input, Phase};
use crate::pipeline::Core;
use crate::sinks::event_json::tests::sample;

/// Name of the part of saved state.
const PART: &str = "tally";
/// Reports of a target between the beginning of an alert and the next.
const CYCLE: u32 = 5;

/// Counts what it is given.
#[derive(Default)]
pub(super) struct Tally {
    /// Reports of each target.
    counts: BTreeMap<u32, u32>,
    /// Hash of all reports, in their order.
    all: u32,
}

impl Tally {
    fn take(&mut self, number: u32, longitude: i32, out: &mut Vec<Output>) {
        let mut hasher = crc32fast::Hasher::new_with_initial(self.all);
        hasher.update(&number.to_le_bytes());
        hasher.update(&longitude.to_le_bytes());
        self.all = hasher.finalize();
        let count = self.counts.entry(number).or_default();
        *count += 1;
        let (cycle, at) = (*count / CYCLE, *count % CYCLE);
        let (phase, seq) = match at {
            0 => return,
            1 => (Phase::Raised, 1),
            4 => (Phase::Ended, 4),
            at => (Phase::Updated, at),
        };
        let event = sample();
        let event = AlertEvent {
            id: format!("target-{number}-{cycle}"),
            seq,
            phase,
            end_reason: (phase == Phase::Ended).then_some(EndReason::Lost),
            ended: (phase == Phase::Ended).then_some(event.time),
            summary: format!("{:08x} at {longitude}", self.all),
            ..event
        };
        out.push(Output::Alert(Box::new(event)));
    }
}

impl Core for Tally {
    fn step(&mut self, inputs: &[Input], out: &mut Vec<Output>) {
        for input in inputs {
            if let Input::Contact(contact) = input
                && let Some(position) = contact.position
            {
                self.take(contact.number, (position.lon() * 1e4).round() as i32, out);
            }
        }
    }

    fn counts(&self) -> Counts {
        Counts::default()
    }

    fn save(&self, out: &mut StateWriter) {
        out.part(PART, 1, &(&self.counts, self.all));
    }

    fn resume(_: Setup, saved: &mut SavedState<'_>, _: &mut Vec<Output>) -> Result<Tally, Unreadable> {
        let (counts, all) = saved.read(PART, 1)?;
        Ok(Tally { counts, all })
    }

    fn put_lists(&mut self, _: ReadyLists) {}

    fn is_open(&self, id: &str) -> bool {
        let mut numbers = id.trim_start_matches("target-").split('-').map(str::parse::<u32>);
        let (Some(Ok(number)), Some(Ok(cycle))) = (numbers.next(), numbers.next()) else { return false };
        let count = self.counts.get(&number).copied().unwrap_or_default();
        count / CYCLE == cycle && (1..4).contains(&(count % CYCLE))
    }

    fn look(&self) -> Look {
        Look::default()
    }
}
