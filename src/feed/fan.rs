//! One reading of a recording for several configurations: what they have in common is done once.
//!
//! Configurations with the same feeds share the decoders. Those with the same zones and bounds share the picture too: then each
//! added one costs its rules alone.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::reading::Reading;
use super::recording::Recording;
use super::replay::{BATCH, Summary};
use crate::config::Config;
use crate::engine::version::{Areas, version};
use crate::engine::{Counts, Engine, Output, Setup};
use crate::model::{AlertEvent, Geography, Rule, Time};

/// Configurations that share the decoders.
struct Branch {
    reading: Reading,
    engines: Vec<Shared>,
    feeds_of: usize,
}

/// Configurations that share the picture.
struct Shared {
    engine: Engine,
    /// Places of the configurations, in the order of the engine's rule sets.
    members: Vec<usize>,
    outs: Vec<Vec<Output>>,
}

/// Several configurations at work on one recording.
pub struct Fan {
    branches: Vec<Branch>,
    decoding: Duration,
    judging: Duration,
}

/// Time that a reading took, and how far it came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Took {
    /// Time for decoding.
    pub decoding: Duration,
    /// Time for pictures and rules.
    pub judging: Duration,
    /// Whether somebody stopped it before the end.
    pub is_stopped: bool,
    /// Newest time told.
    pub newest: Time,
}

/// What a reading tells while it goes on.
pub enum Told<'a> {
    /// An alert event of the configuration at a place.
    Event(usize, &'a AlertEvent),
    /// Bytes read, and the newest time told.
    Progress(u64, Time),
}

impl Fan {
    /// Returns a reading for configurations, of a recording of this exercise, if it is one.
    pub fn new(configs: &[Config], exercise: Option<&str>) -> Fan {
        let mut branches: Vec<Branch> = Vec::new();
        let mut groups: Vec<Vec<Vec<usize>>> = Vec::new();
        for (place, config) in configs.iter().enumerate() {
            let of_feeds = branches.iter().position(|branch| configs[branch.feeds_of].feeds == config.feeds);
            let branch = of_feeds.unwrap_or_else(|| {
                let reading = Reading::new(config, exercise);
                branches.push(Branch { reading, engines: Vec::new(), feeds_of: place });
                groups.push(Vec::new());
                branches.len() - 1
            });
            let has_picture =
                |members: &&mut Vec<usize>| configs[members[0]].setup.has_picture_of(&config.setup);
            match groups[branch].iter_mut().find(has_picture) {
                Some(members) => members.push(place),
                None => groups[branch].push(vec![place]),
            }
        }
        for (branch, groups) in branches.iter_mut().zip(groups) {
            branch.engines = groups.into_iter().map(|members| Shared::new(members, configs)).collect();
        }
        Fan { branches, decoding: Duration::ZERO, judging: Duration::ZERO }
    }

    /// Returns a reading for one configuration with several sets of rules in the place of its own.
    pub fn of_rules(config: &Config, rule_sets: Vec<Vec<Rule>>, exercise: Option<&str>) -> Fan {
        let members: Vec<usize> = (0..rule_sets.len()).collect();
        let outs = members.iter().map(|_| Vec::new()).collect();
        let own = &config.setup;
        let areas = Areas::of(&own.geography);
        let mut setups = rule_sets.into_iter().enumerate().map(|(place, rules)| Setup {
            // The picture has the zones of the first.
            geography: if place == 0 { own.geography.clone() } else { Geography::default() },
            version: version(&rules, areas),
            rules,
            lists: own.lists.clone(),
            bounds: own.bounds,
            normalcy: own.normalcy.clone(),
        });
        let first = setups.next().unwrap_or_default();
        let engine = Engine::with_variants(first, setups.collect());
        let reading = Reading::new(config, exercise);
        let branch = Branch { reading, engines: vec![Shared { engine, members, outs }], feeds_of: 0 };
        Fan { branches: vec![branch], decoding: Duration::ZERO, judging: Duration::ZERO }
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
        let mut is_stopped = false;
        while !is_stopped {
            let started = Instant::now();
            let Some(piece) = recording.next_piece()? else { break };
            for branch in &mut self.branches {
                branch.reading.read(piece);
            }
            self.decoding += started.elapsed();
            let full = self.branches.iter().any(|branch| branch.reading.inputs.len() >= BATCH);
            if full {
                let told = Told::Progress(recording.bytes_read(), self.newest());
                is_stopped = self.step(&mut tell).is_break() || tell(told).is_break();
            }
        }
        if !is_stopped {
            self.branches.iter_mut().for_each(|branch| branch.reading.release());
            is_stopped = self.step(&mut tell).is_break();
        }
        self.branches.iter_mut().for_each(|branch| branch.reading.end());
        let (decoding, judging, newest) = (self.decoding, self.judging, self.newest());
        Ok(Took { decoding, judging, is_stopped, newest })
    }

    /// Gives the engines what was read.
    fn step(&mut self, tell: &mut impl FnMut(Told<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        for branch in &mut self.branches {
            for inputs in branch.reading.inputs.chunks(BATCH) {
                for shared in &mut branch.engines {
                    let started = Instant::now();
                    shared.engine.step_each(inputs, &mut shared.outs);
                    self.judging += started.elapsed();
                    for (place, out) in shared.members.iter().zip(&mut shared.outs) {
                        for event in out.drain(..).filter_map(Output::into_alert) {
                            tell(Told::Event(*place, &event))?;
                        }
                    }
                }
            }
            branch.reading.inputs.clear();
        }
        ControlFlow::Continue(())
    }

    /// Newest time told so far.
    pub fn newest(&self) -> Time {
        self.branches.iter().map(|branch| branch.reading.newest()).max().unwrap_or(Time::NEVER)
    }

    /// Hours of recorded time so far.
    pub fn hours(&self) -> f64 {
        self.branches.iter().map(|branch| branch.reading.span().hours()).fold(0.0, f64::max)
    }

    /// Number of reports read so far.
    pub fn reports(&self) -> u64 {
        self.branches.first().map_or(0, |branch| branch.reading.reports())
    }

    /// Returns what was read, by the first configuration's feeds.
    pub fn summary(&self) -> Summary {
        self.branches.first().map(|branch| branch.reading.summary()).unwrap_or_default()
    }

    /// Returns the counts of the configuration at a place.
    pub fn counts(&self, place: usize) -> Counts {
        let engines = self.branches.iter().flat_map(|branch| &branch.engines);
        let found = engines.filter_map(|shared| {
            let set = shared.members.iter().position(|member| *member == place)?;
            Some(shared.engine.counts_of(set))
        });
        found.into_iter().next().unwrap_or_default()
    }
}

impl Shared {
    fn new(members: Vec<usize>, configs: &[Config]) -> Shared {
        let setup_of = |place: &usize| configs[*place].setup.clone();
        let variants = members.iter().skip(1).map(setup_of).collect();
        let engine = Engine::with_variants(setup_of(&members[0]), variants);
        let outs = members.iter().map(|_| Vec::new()).collect();
        Shared { engine, members, outs }
    }
}
