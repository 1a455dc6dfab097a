//! Judgements about single tracks, recorded while somebody asks for them. Where nobody asks, the engine has no tracer, or one that
//! counts near misses alone.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::engine::{Engine, Judgement, Sought, Tracer};
use crate::model::{Rule, Time};

/// Time after the last question for which a track is still traced: pages ask again every few seconds.
const LEASE: Duration = Duration::from_secs(15);
/// Tracks that are traced at once, at most; beyond, the one that was asked for the longest ago is given up.
const MOST_TRACKS: usize = 16;
/// Judgements of a track that are kept at most; beyond, the oldest are dropped.
const MOST_JUDGEMENTS: usize = 2_000;

/// What the rules found about a track since somebody asked.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Rules in force, in the order of their numbers.
    pub rules: Vec<Rule>,
    /// Judgements, oldest first.
    pub judgements: Vec<Judgement>,
    /// Event time of the first question.
    pub since: Option<Time>,
}

/// A track that somebody asks about.
struct Asked {
    until: Instant,
    since: Option<Time>,
    judgements: VecDeque<Judgement>,
}

/// Tracks that are traced, by their places in the picture.
#[derive(Default)]
pub(super) struct Explained(BTreeMap<u32, Asked>);

impl Explained {
    /// Returns what was found about the track at a place since the first question, and traces it from now on.
    pub fn ask(&mut self, place: u32, engine: &mut Engine, now: Instant) -> Judged {
        self.collect(engine, now);
        if !self.0.contains_key(&place) {
            if self.0.len() >= MOST_TRACKS
                && let Some(oldest) =
                    self.0.iter().min_by_key(|(_, asked)| asked.until).map(|(place, _)| *place)
            {
                self.0.remove(&oldest);
            }
            let since = engine.now();
            self.0.insert(place, Asked { until: now, since, judgements: VecDeque::new() });
            self.trace(engine);
        }
        let Some(asked) = self.0.get_mut(&place) else { return Judged::default() };
        asked.until = now + LEASE;
        Judged {
            rules: engine.rules().to_vec(),
            judgements: asked.judgements.iter().cloned().collect(),
            since: asked.since,
        }
    }

    /// Takes the judgements out of the engine, and ends what nobody asks for any more.
    pub fn collect(&mut self, engine: &mut Engine, now: Instant) {
        if self.0.is_empty() {
            return;
        }
        for judgement in engine.tracer().map(Tracer::take_judgements).unwrap_or_default() {
            let parties = [Some(judgement.track), judgement.other];
            for party in parties.into_iter().flatten() {
                let Some(asked) = self.0.get_mut(&party.slot()) else { continue };
                if asked.judgements.len() >= MOST_JUDGEMENTS {
                    asked.judgements.pop_front();
                }
                asked.judgements.push_back(judgement.clone());
            }
        }
        let before = self.0.len();
        self.0.retain(|_, asked| now <= asked.until);
        if self.0.len() != before {
            self.trace(engine);
        }
    }

    /// Forgets all: other rules are in force, in an engine without a tracer.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    fn trace(&self, engine: &mut Engine) {
        let places: Vec<u32> = self.0.keys().copied().collect();
        let who = (!places.is_empty()).then_some(Sought::Places(places));
        match (engine.tracer(), who) {
            (Some(tracer), who) if tracer.is_of_watch() => tracer.ask(who),
            (_, who) => {
                engine.set_tracer(who.map(|who| Tracer::of_vessel(who, Time::NEVER, Time(i64::MAX))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Setup;

    /// The engine has a tracer as long as somebody asks, and none before and after.
    #[test]
    fn a_track_is_traced_while_somebody_asks() {
        let (mut engine, mut explained) = (Engine::new(Setup::default()), Explained::default());
        let start = Instant::now();
        explained.collect(&mut engine, start);
        assert!(engine.tracer().is_none());
        explained.ask(3, &mut engine, start);
        assert!(engine.tracer().is_some());
        explained.ask(3, &mut engine, start + LEASE);
        explained.collect(&mut engine, start + LEASE + LEASE);
        assert!(engine.tracer().is_some(), "asked again in time");
        explained.collect(&mut engine, start + LEASE + LEASE + Duration::from_millis(1));
        assert!(engine.tracer().is_none());
        for place in 0..100 {
            explained.ask(place, &mut engine, start + Duration::from_millis(u64::from(place)));
        }
        assert_eq!(explained.0.len(), MOST_TRACKS);
        assert!(explained.0.contains_key(&99), "the newest question counts");
    }
}
