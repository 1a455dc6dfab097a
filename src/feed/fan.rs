//! One reading of a recording for several configurations: what they have in common is done once.
//!
//! Configurations with the same feeds share the decoders. Those with the same zones and bounds share the picture too: then each
//! added one costs its rules alone. Where several threads judge, each has a picture of its own.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use super::read_ahead::{Batch, read_ahead};
use super::reading::{Came, Reading};
use super::recording::Recording;
use super::replay::BATCH;
use super::speed::Throttle;
use crate::config::Config;
use crate::engine::version::{Areas, version};
use crate::engine::{Counts, Engine, Output, Setup};
use crate::model::{AlertEvent, Geography, Rule, Time};

/// Batches by which engines may be apart: a slow one does not hold the others up at once.
const LEAD: usize = 4;

/// Configurations for which a picture of their own, and a thread that judges it, is worth its price: a picture costs as much as three
/// sets of the shipped rules, and threads that judge hold each other up.
const WORTH_A_PICTURE: usize = 4;

/// Configurations that share the picture.
struct Shared {
    engine: Engine,
    /// Place of the reading that brings its inputs.
    reading: usize,
    /// Places of the configurations, in the order of the engine's rule sets.
    members: Vec<usize>,
}

/// Several configurations at work on one recording.
pub struct Fan {
    readings: Vec<Reading>,
    engines: Vec<Shared>,
}

/// Time that a reading took, and how far it came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Took {
    /// Time for decoding.
    pub decoding: Duration,
    /// Time for pictures and rules, beside the decoding.
    pub judging: Duration,
    /// How far what was judged had come.
    pub came: Came,
}

/// What a reading tells while it goes on.
pub enum Told<'a> {
    /// An alert event of the configuration at a place.
    Event(usize, &'a AlertEvent),
    /// Bytes read, and the newest time told.
    Progress(u64, Time),
}

impl Fan {
    /// Returns a reading for configurations, of a recording of this exercise, if it is one, with so many threads that judge.
    pub fn new(configs: &[Config], exercise: Option<&str>, threads: usize) -> Fan {
        let (mut readings, mut feeds_of): (Vec<Reading>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
        for (place, config) in configs.iter().enumerate() {
            let of_feeds = feeds_of.iter().position(|&other| configs[other].feeds == config.feeds);
            let reading = of_feeds.unwrap_or_else(|| {
                readings.push(Reading::new(config, exercise));
                feeds_of.push(place);
                readings.len() - 1
            });
            let fits = |(of, members): &&mut (usize, Vec<usize>)| {
                *of == reading && configs[members[0]].setup.has_picture_of(&config.setup)
            };
            match groups.iter_mut().find(fits) {
                Some((_, members)) => members.push(place),
                None => groups.push((reading, vec![place])),
            }
        }
        let shares = groups.into_iter().flat_map(|(reading, members)| {
            dealt(members, threads).into_iter().map(move |share| (reading, share))
        });
        let shared = |(reading, members): (usize, Vec<usize>)| {
            let mut setups = members.iter().map(|place| configs[*place].setup.clone());
            let first = setups.next().unwrap_or_default();
            Shared { engine: Engine::with_variants(first, setups.collect()), reading, members }
        };
        Fan { engines: shares.map(shared).collect(), readings }
    }

    /// Returns a reading for one configuration with several sets of rules in the place of its own, with so many threads that judge.
    pub fn of_rules(
        config: &Config,
        rule_sets: Vec<Vec<Rule>>,
        exercise: Option<&str>,
        threads: usize,
    ) -> Fan {
        let own = &config.setup;
        let areas = Areas::of(&own.geography);
        let setup = |rules: &Vec<Rule>, geography: Geography| Setup {
            geography,
            version: version(rules, areas),
            rules: rules.clone(),
            lists: own.lists.clone(),
            bounds: own.bounds,
            normalcy: own.normalcy.clone(),
        };
        let shared = |members: Vec<usize>| {
            // The picture has the zones of the first.
            let first = setup(&rule_sets[members[0]], own.geography.clone());
            let others = members[1..].iter().map(|place| setup(&rule_sets[*place], Geography::default()));
            Shared { engine: Engine::with_variants(first, others.collect()), reading: 0, members }
        };
        let shares = dealt((0..rule_sets.len()).collect(), threads);
        Fan {
            engines: shares.into_iter().map(shared).collect(),
            readings: vec![Reading::new(config, exercise)],
        }
    }

    /// Reads a recording to its end, or until `tell` breaks off.
    ///
    /// # Errors
    /// The recording cannot be read on.
    pub fn run(
        &mut self,
        recording: &mut Recording,
        mut tell: impl FnMut(Told<'_>) -> ControlFlow<()>,
    ) -> anyhow::Result<Took> {
        let Fan { readings, engines } = self;
        let mut judging = vec![Duration::ZERO; engines.len()];
        let mut told = Came::default();
        let decoding = thread::scope(|scope| {
            let judges: Vec<Judge> = engines.iter_mut().map(|shared| Judge::start(scope, shared)).collect();
            let mut under_way: VecDeque<Came> = VecDeque::new();
            let mut tell_oldest = |under_way: &mut VecDeque<Came>| {
                let Some(came) = under_way.pop_front() else { return ControlFlow::Continue(()) };
                told = came;
                for (judge, judging) in judges.iter().zip(&mut judging) {
                    let Ok(judged) = judge.judged.recv() else { return ControlFlow::Break(()) };
                    *judging += judged.took;
                    for (place, out) in judge.members.iter().zip(judged.outs) {
                        for event in out.into_iter().filter_map(Output::into_alert) {
                            tell(Told::Event(*place, &event))?;
                        }
                    }
                }
                tell(Told::Progress(came.bytes, came.newest))
            };
            let (decoding, mut answer) =
                read_ahead(recording, readings, Throttle::default(), BATCH, |batch| {
                    under_way.push_back(batch.came);
                    let batch = Arc::new(batch);
                    for judge in &judges {
                        // One that has died is found out when its answer is missed.
                        let _ = judge.batches.send(Arc::clone(&batch));
                    }
                    if under_way.len() > LEAD {
                        tell_oldest(&mut under_way)
                    } else {
                        ControlFlow::Continue(())
                    }
                })?;
            while answer.is_continue() && !under_way.is_empty() {
                answer = tell_oldest(&mut under_way);
            }
            anyhow::Ok(decoding)
        })?;
        Ok(Took { decoding, judging: judging.into_iter().max().unwrap_or_default(), came: told })
    }

    /// Returns the counts of the configuration at a place.
    pub fn counts(&self, place: usize) -> Counts {
        let found = self.engines.iter().find_map(|shared| {
            let set = shared.members.iter().position(|member| *member == place)?;
            Some(shared.engine.counts_of(set))
        });
        found.unwrap_or_default()
    }
}

/// Deals configurations out into so many shares, fewer where a picture more is not worth it.
fn dealt(members: Vec<usize>, shares: usize) -> Vec<Vec<usize>> {
    let shares = shares.min(members.len() / WORTH_A_PICTURE).max(1);
    let most = members.len().div_ceil(shares).max(1);
    members.chunks(most).map(<[usize]>::to_vec).collect()
}

/// Thread in which an engine judges.
struct Judge {
    batches: SyncSender<Arc<Batch>>,
    /// An answer for each batch, in their order.
    judged: Receiver<Judged>,
    members: Vec<usize>,
}

/// What an engine made of a batch.
struct Judged {
    /// Outputs of each of its members.
    outs: Vec<Vec<Output>>,
    took: Duration,
}

impl Judge {
    /// Starts a thread that judges batches until no more can come.
    fn start<'scope>(scope: &'scope Scope<'scope, '_>, shared: &'scope mut Shared) -> Judge {
        let (batches, read) = sync_channel::<Arc<Batch>>(LEAD);
        let (answer, judged) = channel();
        let Shared { engine, reading, members } = shared;
        let (reading, count, members) = (*reading, members.len(), members.clone());
        scope.spawn(move || {
            for batch in read {
                let started = Instant::now();
                let mut outs = vec![Vec::new(); count];
                for inputs in batch.inputs[reading].chunks(BATCH) {
                    engine.step_each(inputs, &mut outs);
                }
                drop(batch);
                // Whoever has enough takes no more answers; the engine goes on, so that its counts are the same in every run.
                let _ = answer.send(Judged { outs, took: started.elapsed() });
            }
        });
        Judge { batches, judged, members }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_are_dealt_out_evenly() {
        assert_eq!(dealt((0..9).collect(), 2), [vec![0, 1, 2, 3, 4], vec![5, 6, 7, 8]]);
        assert_eq!(dealt(vec![7, 8, 9], 4), [vec![7, 8, 9]]);
        assert_eq!(dealt((0..8).collect(), 0), [(0..8).collect::<Vec<_>>()]);
        assert!(dealt(Vec::new(), 2).is_empty());
    }
}
