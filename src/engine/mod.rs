//! The engine: inputs in their order in, facts out. Pure: no clock, no I/O, no randomness.

use crate::model::{AlertEvent, Geography, Input, Rule, Time, VesselList};

/// What an engine is made from.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Zones, coast, places.
    pub geography: Geography,
    /// Rules in force.
    pub rules: Vec<Rule>,
    /// The centre's own lists.
    pub lists: Vec<VesselList>,
    /// Bounds of the picture.
    pub bounds: Bounds,
}

/// Bounds of memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Points of history kept a track, at most.
    pub history_points: usize,
    /// Tracks at most; the one unheard for longest makes room.
    pub tracks: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { history_points: 120, tracks: 2_000_000 }
    }
}

/// A fact that the engine states.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// An alert was raised, updated or ended.
    Alert(Box<AlertEvent>),
}

/// What was counted, for status and summaries; names are stable words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Event time: the newest report time of any feed.
    pub now: Option<Time>,
    /// Tracks in the picture.
    pub tracks: u64,
    /// `(what, how often)`, sorted: `reports`, `repeats`, `late`, `cannot-judge/<rule>/<reason>` …
    pub by_name: Vec<(String, u64)>,
}

/// One picture, its patterns and alerts.
pub struct Engine {}

impl Engine {
    /// Sets it up; everything was checked before.
    pub fn new(_setup: Setup) -> Engine {
        Engine {}
    }

    /// Takes inputs in their order and appends what follows from them. How inputs are cut into slices
    /// never shows in the outputs.
    pub fn step(&mut self, _inputs: &[Input], _out: &mut Vec<Output>) {}

    /// What has been counted so far.
    pub fn counts(&self) -> Counts {
        Counts::default()
    }
}
