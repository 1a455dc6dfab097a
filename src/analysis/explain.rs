//! Why a rule raised an alert about a vessel, or none: every condition as the pattern compared it, around a time.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;
use utoipa::ToSchema;

use super::explain_page;
use crate::config::Config;
use crate::engine::{Engine, Tracer};
use crate::feed::read_ahead::read_ahead;
use crate::feed::reading::Reading;
use crate::feed::recording::{Options, Recording};
use crate::feed::replay::{BATCH, EXERCISE};
use crate::feed::speed::Throttle;
use crate::model::{Bound, Geography, LimitKind, Output, Quantity, Reason, Rule, Span, Time, TrailPoint};
pub use crate::patterns::Sought;
use crate::patterns::{Check, Condition, Judgement, Outcome};

/// Judgements of one rule that an explanation lists at most; beyond, every second one is left out, and so on.
const MOST_LISTED: usize = 60;

/// A vessel, a time, and the time around it that is explained.
pub struct Question<'a> {
    /// Recordings, or folders of recordings.
    pub recordings: &'a [PathBuf],
    /// How they are read.
    pub options: Options,
    /// The configuration.
    pub config: &'a Config,
    /// The vessel, aircraft or radar target.
    pub who: Sought,
    /// The time.
    pub at: Time,
    /// Time before and after it.
    pub around: Span,
    /// The rule; `None` for every rule.
    pub rule: Option<&'a str>,
}

/// Result of an explanation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Explanation {
    /// `vigie.explanation/1`.
    pub schema: &'static str,
    /// The exercise that the recordings are of.
    pub exercise: String,
    /// The vessel as asked.
    pub vessel: String,
    /// Subject keys of the tracks that it was.
    pub tracks: Vec<String>,
    /// The time as asked, RFC 3339.
    pub at: String,
    /// Beginning and end of what is explained, RFC 3339.
    pub window: (String, String),
    /// Positions of each of the tracks in that time, oldest first.
    pub trails: Vec<Vec<TrailPoint>>,
    /// Each rule that judged it.
    pub rules: Vec<RuleExplanation>,
}

/// Findings of one rule.
#[derive(Clone, Debug, Serialize, JsonSchema, ToSchema)]
pub struct RuleExplanation {
    /// The rule.
    pub rule: String,
    /// The rule's pattern.
    pub pattern: &'static str,
    /// Outcome of the judgement at the time that is asked about: `not-met`, `waits`, `raised`, `open`, `shared`.
    pub outcome: &'static str,
    /// The judgement at that time, or the last one before it, or the first after it.
    #[schema(required)]
    pub judgement: Option<Judged>,
    /// The judgement in which the fewest conditions were not met.
    #[schema(required)]
    pub nearest: Option<Judged>,
    /// Number of judgements in the window.
    pub judgements: usize,
    /// Each condition over the window.
    pub conditions: Vec<OverTime>,
    /// Judgements in their order, thinned.
    pub timeline: Vec<Judged>,
}

/// One judgement.
#[derive(Clone, Debug, Serialize, JsonSchema, ToSchema)]
pub struct Judged {
    /// Event time, RFC 3339.
    pub time: String,
    /// Other party of a pair: subject key.
    #[schema(required)]
    pub other: Option<String>,
    /// Outcome.
    pub outcome: &'static str,
    /// Name of the first condition that was not met; null where all were.
    #[schema(required)]
    pub first_unmet: Option<&'static str>,
    /// Conditions in the order in which the pattern compares them.
    pub conditions: Vec<Compared>,
}

/// One condition as it was compared.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, ToSchema)]
pub struct Compared {
    /// Key of the limit, or the word of a condition without one.
    pub name: &'static str,
    /// Sign of the comparison; empty where nothing is compared with a number.
    pub sign: &'static str,
    /// Unit of value and limit; empty where they have none.
    pub unit: &'static str,
    /// Measured value.
    #[schema(required)]
    pub value: Option<f64>,
    /// Limit.
    #[schema(required)]
    pub limit: Option<f64>,
    /// Whether the condition was met.
    pub met: bool,
    /// Whether an alternative was met in its place.
    pub excused: bool,
    /// Reason why nothing could be judged.
    #[schema(required)]
    pub reason: Option<&'static str>,
    /// The condition, value and limit in words.
    pub words: String,
}

/// One condition over the window.
#[derive(Clone, Debug, Serialize, JsonSchema, ToSchema)]
pub struct OverTime {
    /// Key of the limit, or the word.
    pub name: &'static str,
    /// Judgements in which it was met.
    pub met: usize,
    /// Judgements in which it was compared.
    pub of: usize,
    /// Value that came nearest to the limit, where it was never met.
    #[schema(required)]
    pub nearest: Option<Compared>,
}

impl Explanation {
    /// Returns the report as one self-contained HTML page, over a map of these waters.
    pub fn html(&self, geography: &Geography) -> String {
        explain_page::html(self, geography)
    }
}

/// A track that the vessel was.
struct Track {
    key: String,
    trail: Vec<TrailPoint>,
}

/// Explains what rules found about a vessel.
///
/// # Errors
/// A recording cannot be read.
pub fn explain(
    question: &Question<'_>,
    vessel: &str,
    mut go_on: impl FnMut(u64, u64, Time),
) -> anyhow::Result<Explanation> {
    let mut recording = Recording::open(question.recordings, question.options)?;
    let (size, exercise) = (recording.size(), recording.about().and_then(|about| about.exercise.clone()));
    let (from, until) = (question.at - question.around, question.at + question.around);
    let mut readings = [Reading::new(question.config, exercise.as_deref())];
    let mut engine = Engine::new(question.config.setup.clone());
    engine.set_tracer(Some(Tracer::of_vessel(question.who.clone(), from, until)));
    let (mut out, mut judgements): (Vec<Output>, Vec<Judgement>) = Default::default();
    let mut found: Vec<Track> = Vec::new();
    let _ = read_ahead(&mut recording, &mut readings, Throttle::default(), BATCH, |batch| {
        for inputs in batch.inputs.iter().flat_map(|inputs| inputs.chunks(BATCH)) {
            engine.step(inputs, &mut out);
            out.clear();
            let Some(tracer) = engine.tracer() else { continue };
            for id in tracer.tracks() {
                let Some(key) = engine.key(id) else { continue };
                let place = found.iter().position(|track| track.key == key).unwrap_or_else(|| {
                    found.push(Track { key, trail: Vec::new() });
                    found.len() - 1
                });
                let trail = &mut found[place].trail;
                let since = trail.last().map_or(from, |point| point.time + Span(1));
                trail.extend(engine.trail(id, since).into_iter().filter(|point| point.time <= until));
            }
            judgements.extend(tracer.take_judgements());
        }
        let newest = batch.came.newest;
        go_on(batch.came.bytes, size, newest);
        if newest > until { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let (tracks, trails) = found.into_iter().map(|track| (track.key, track.trail)).unzip();
    Ok(Explanation {
        schema: "vigie.explanation/1",
        exercise: exercise.unwrap_or_else(|| EXERCISE.to_owned()),
        vessel: vessel.to_owned(),
        tracks,
        at: question.at.rfc3339(),
        window: (from.rfc3339(), until.rfc3339()),
        trails,
        rules: by_rule(&question.config.setup.rules, &judgements, question.at, question.rule),
    })
}

/// Returns what each rule found about a track at a time, in the order of the rules; of one rule alone where it is named.
pub fn by_rule(
    rules: &[Rule],
    judgements: &[Judgement],
    at: Time,
    named: Option<&str>,
) -> Vec<RuleExplanation> {
    let wanted = rules.iter().enumerate().filter(|(_, rule)| named.is_none_or(|name| rule.name == name));
    let of = |(place, rule)| {
        let own = judgements.iter().filter(|judgement| judgement.rule.index() == place).collect();
        of_rule(rule, own, at)
    };
    wanted.map(of).collect()
}

fn of_rule(rule: &Rule, judgements: Vec<&Judgement>, at: Time) -> RuleExplanation {
    let before = judgements.iter().rev().find(|judgement| judgement.time <= at);
    let asked = before.or_else(|| judgements.first()).copied();
    let short = |judgement: &&&Judgement| judgement.conditions.iter().filter(|c| c.is_short()).count();
    let deep = |judgement: &&&Judgement| judgement.conditions.len();
    let nearest =
        judgements.iter().min_by_key(|judgement| (short(judgement), usize::MAX - deep(judgement))).copied();
    let every = judgements.len().div_ceil(MOST_LISTED).max(1);
    let timeline = judgements
        .iter()
        .enumerate()
        .filter(|(place, judgement)| place % every == 0 || judgement.outcome == Outcome::Raised);
    RuleExplanation {
        rule: rule.name.clone(),
        pattern: rule.pattern,
        outcome: asked.map_or("not-asked", |judgement| judgement.outcome.word()),
        judgement: asked.map(judged),
        nearest: nearest.map(judged),
        judgements: judgements.len(),
        conditions: over_time(&judgements),
        timeline: timeline.map(|(_, judgement)| judged(judgement)).collect(),
    }
}

fn judged(judgement: &Judgement) -> Judged {
    Judged {
        time: judgement.time.rfc3339(),
        other: judgement.other_key.clone(),
        outcome: judgement.outcome.word(),
        first_unmet: judgement.first_short().map(|condition| condition.name),
        conditions: judgement.conditions.iter().map(compared).collect(),
    }
}

/// Returns a condition with its words.
pub fn compared(condition: &Condition) -> Compared {
    Compared {
        name: condition.name,
        sign: condition.bound.sign(),
        unit: condition.kind.and_then(LimitKind::quantity).map_or("", Quantity::unit),
        value: condition.value,
        limit: condition.limit,
        met: condition.met,
        excused: condition.excused,
        reason: condition.reason.map(Reason::word),
        words: words_of(condition),
    }
}

/// Returns a condition as a sentence: `min_speed: 12.4 kn, asked ≥ 25 kn`.
fn words_of(condition: &Condition) -> String {
    if let Some(reason) = condition.reason {
        return reason.sentence().to_owned();
    }
    let kind = condition.kind;
    if let (Some(kind), Some(limit)) = (kind, condition.limit) {
        let value = condition.value.map_or("unknown".to_owned(), |value| in_unit(kind, value));
        return format!(
            "{}: {value}, asked {} {}",
            condition.name,
            condition.bound.sign(),
            in_unit(kind, limit)
        );
    }
    let check = Check::ALL.iter().find(|check| check.word() == condition.name);
    match (check, condition.bound) {
        (Some(check), _) => check.sentence().to_owned(),
        (None, Bound::Setting) => format!("{}: as the rule asks", condition.name),
        (None, _) => condition.name.to_owned(),
    }
}

/// Returns a value with its unit, to three digits; durations in words.
fn in_unit(kind: LimitKind, value: f64) -> String {
    if kind == LimitKind::Duration {
        return Span::from_secs_f64(value).words();
    }
    let unit = kind.quantity().map_or("", Quantity::unit);
    let decimals = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else {
        2
    };
    let number = format!("{value:.decimals$}");
    let number =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { &number };
    format!("{number} {unit}").trim_end().to_owned()
}

/// Count of a condition over the window.
#[derive(Clone, Copy, Default)]
struct Tally {
    met: usize,
    of: usize,
    /// The least distance from the limit, as a share of it, and where it was.
    nearest: Option<(f64, Condition)>,
}

fn over_time(judgements: &[&Judgement]) -> Vec<OverTime> {
    let mut order: Vec<&'static str> = Vec::new();
    let mut found: BTreeMap<&'static str, Tally> = BTreeMap::new();
    for condition in judgements.iter().flat_map(|judgement| &judgement.conditions) {
        if !order.contains(&condition.name) {
            order.push(condition.name);
        }
        let tally = found.entry(condition.name).or_default();
        tally.met += usize::from(condition.met || condition.excused);
        tally.of += 1;
        let short = condition.shortfall().filter(|_| condition.is_short());
        if let Some(short) = short
            && tally.nearest.is_none_or(|(best, _)| short < best)
        {
            tally.nearest = Some((short, *condition));
        }
    }
    let of = |name: &'static str| {
        let Tally { met, of, nearest } = found.get(name).copied().unwrap_or_default();
        let nearest = nearest.filter(|_| met == 0).map(|(_, condition)| compared(&condition));
        OverTime { name, met, of, nearest }
    };
    order.into_iter().map(of).collect()
}
