//! Figures of a watch: how many alerts an officer sees, how many of them deserve a look, and what goes unnoticed.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Fate, Judged, Raised, median, nearest_rank, rounded};
use crate::model::{Attention, Span, Time};
use crate::scenario::truth::{Behaviour, Truth};

/// Patterns of behaviour that a watch must not miss.
const SERIOUS: [&str; 8] =
    ["dark-target", "go-fast", "rendezvous", "air-drop", "distress", "shadowing", "launch", "watchlist"];
/// An alert about a planted vessel counts as about its behaviour up to so long before and after it.
const ABOUT: Span = Span::from_secs(3600);
/// An alert of the same rule about the same subjects within this time repeats the one before.
const REPEATED: Span = Span::from_secs(6 * 3600);
const FIRST_HOUR: Span = Span::from_secs(3600);

/// Meaning of an alert for the officer, by the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// The first alert of the right pattern about a planted behaviour.
    True,
    /// A further alert, or one of another pattern, about a party of a planted behaviour.
    Also,
    /// Nothing was planted: ordinary life, clutter, or an error.
    Ordinary,
}

/// Figures of a watch over one run or several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Watch {
    /// Alerts in an hour.
    pub alerts_per_hour: f64,
    /// Alerts in an hour that interrupt; the others are in the quiet list.
    pub interrupting_per_hour: f64,
    /// Share of the alerts that are true; null without alerts.
    pub strict_precision: Option<f64>,
    /// True alerts, and further ones about the same, and those without anything planted.
    pub meanings: BTreeMap<Meaning, usize>,
    /// Meanings by rule.
    pub rules: BTreeMap<String, BTreeMap<Meaning, usize>>,
    /// Share of the alerts that repeat one of the same rule about the same vessels within 6 h.
    pub repeat_share: Option<f64>,
    /// Alerts in the first hour of a run, on average.
    pub first_hour: f64,
    /// Alerts of the first hour that interrupt.
    pub first_hour_interrupting: f64,
    /// Planted behaviours of the serious kinds.
    pub serious: Noticed,
    /// All planted behaviours.
    pub planted: Noticed,
}

/// Planted behaviours, and how they were noticed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Noticed {
    /// Behaviours, without the optional ones.
    pub planted: usize,
    /// Behaviours that lasted until they were due: those that could be judged.
    pub judgeable: usize,
    /// Judgeable behaviours with an alert of any pattern about one of their parties.
    pub noticed: usize,
    /// Judgeable behaviours with an alert of their own pattern.
    pub by_own_pattern: usize,
    /// Share noticed.
    pub recall: Option<f64>,
    /// Share found by their own pattern.
    pub own_recall: Option<f64>,
    /// Median of the time from when a behaviour was due to the first alert of any pattern about it, seconds.
    pub delay_median_s: Option<f64>,
    /// Delay that 95 % of the noticed behaviours do not exceed, seconds.
    pub delay_p95_s: Option<f64>,
}

/// Facts of one run that the figures are made of.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    runs: usize,
    first_hour: usize,
    first_hour_interrupting: usize,
    repeats: usize,
    meanings: Vec<Meaning>,
    /// Pattern; whether it could be judged; whether its own pattern found it; delay of the first alert.
    behaviours: Vec<(String, bool, bool, Option<Span>)>,
}

impl Facts {
    /// Adds the facts of another run.
    pub fn add(&mut self, other: Facts) {
        self.runs += other.runs;
        self.first_hour += other.first_hour;
        self.first_hour_interrupting += other.first_hour_interrupting;
        self.repeats += other.repeats;
        self.meanings.extend(other.meanings);
        self.behaviours.extend(other.behaviours);
    }

    /// Collects the facts of one run. `alerts` are in the order in which they were raised, with whom each stood for;
    /// `spans` say when each behaviour began, ended and was due; `found` says which behaviours were matched.
    pub fn of(
        truth: &Truth,
        spans: &[(Time, Time, Time)],
        alerts: &[(Raised, Fate, Vec<String>)],
        found: &[bool],
    ) -> Facts {
        let start = spans_start(truth);
        let mut facts = Facts { runs: 1, ..Facts::default() };
        let mut last: BTreeMap<(&str, BTreeSet<&String>), Time> = BTreeMap::new();
        for (alert, fate, stood_for) in alerts {
            let early = alert.time < start + FIRST_HOUR;
            facts.first_hour += usize::from(early);
            facts.first_hour_interrupting += usize::from(early && interrupts(alert));
            let before = last.insert((&alert.rule, stood_for.iter().collect()), alert.time);
            facts.repeats += usize::from(before.is_some_and(|before| alert.time - before <= REPEATED));
            let about = || truth.behaviours.iter().zip(spans).any(|(b, s)| is_about(b, *s, alert, stood_for));
            facts.meanings.push(match fate {
                Fate::Matched(_) => Meaning::True,
                Fate::Duplicate => Meaning::Also,
                Fate::False if about() => Meaning::Also,
                Fate::False => Meaning::Ordinary,
            });
        }
        for ((behaviour, span), found) in truth.behaviours.iter().zip(spans).zip(found) {
            if behaviour.optional {
                continue;
            }
            let (from, to, due) = *span;
            let about = |(alert, _, stood_for): &&(Raised, Fate, Vec<String>)| {
                (from..=to + ABOUT).contains(&alert.time)
                    && stood_for.iter().any(|key| behaviour.subjects.contains(key))
            };
            let first = alerts.iter().find(about).map(|(alert, ..)| alert.time - due);
            facts.behaviours.push((behaviour.pattern.clone(), due < to || *found, *found, first));
        }
        facts
    }

    /// Returns the figures.
    pub fn figures(&self, judged: &Judged) -> Watch {
        let hourly =
            |count: usize| if judged.hours > 0.0 { rounded(count as f64 / judged.hours, 3) } else { 0.0 };
        let per_run = |count: usize| rounded(count as f64 / self.runs.max(1) as f64, 2);
        let all = judged.alerts.len();
        let mut rules: BTreeMap<String, BTreeMap<Meaning, usize>> = BTreeMap::new();
        let mut meanings = BTreeMap::new();
        for ((alert, _), meaning) in judged.alerts.iter().zip(&self.meanings) {
            *meanings.entry(*meaning).or_default() += 1;
            *rules.entry(alert.rule.clone()).or_default().entry(*meaning).or_default() += 1;
        }
        let right = meanings.get(&Meaning::True).copied().unwrap_or(0);
        Watch {
            alerts_per_hour: hourly(all),
            interrupting_per_hour: hourly(judged.alerts.iter().filter(|(a, _)| interrupts(a)).count()),
            strict_precision: share(right, all),
            meanings,
            rules,
            repeat_share: share(self.repeats, all),
            first_hour: per_run(self.first_hour),
            first_hour_interrupting: per_run(self.first_hour_interrupting),
            serious: self.noticed(|pattern| SERIOUS.contains(&pattern)),
            planted: self.noticed(|_| true),
        }
    }

    fn noticed(&self, kind: impl Fn(&str) -> bool) -> Noticed {
        let of_kind = || self.behaviours.iter().filter(|(pattern, ..)| kind(pattern));
        let judgeable = || of_kind().filter(|(_, judgeable, ..)| *judgeable);
        let mut delays: Vec<f64> = judgeable().filter_map(|(.., delay)| Some((*delay)?.secs())).collect();
        delays.sort_by(f64::total_cmp);
        let own = judgeable().filter(|(_, _, found, _)| *found).count();
        Noticed {
            planted: of_kind().count(),
            judgeable: judgeable().count(),
            noticed: delays.len(),
            by_own_pattern: own,
            recall: share(delays.len(), judgeable().count()),
            own_recall: share(own, judgeable().count()),
            delay_median_s: median(&delays),
            delay_p95_s: nearest_rank(&delays, 0.95),
        }
    }
}

fn spans_start(truth: &Truth) -> Time {
    Time::parse(&truth.from).unwrap_or(Time(0))
}

fn interrupts(alert: &Raised) -> bool {
    alert.attention == Attention::Interrupt
}

/// Whether an alert is about a party of a planted behaviour: at any time for a craft without AIS, which is there for
/// nothing else, and about the time of the behaviour for another.
fn is_about(behaviour: &Behaviour, span: (Time, Time, Time), alert: &Raised, stood_for: &[String]) -> bool {
    let near = alert.time >= span.0 - ABOUT && alert.onset <= span.1 + ABOUT;
    stood_for.iter().any(|key| behaviour.subjects.contains(key) && (near || key.starts_with("vessel:")))
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| rounded(part as f64 / whole as f64, 4))
}
