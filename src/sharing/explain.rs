//! Explains for one alert who gets it, in which form and by which share, and why the others do not.

use std::fmt::Write as _;

use serde::Serialize;
use utoipa::ToSchema;

use super::policy::{ByHand, Decision, Form, Item, Rules};
use super::rendering::render;
use crate::model::{AlertMessage, Centre, Time};

/// The decision about one alert and one centre, with its reason.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = AlertSharing)]
pub struct Explained {
    /// Name of the centre.
    pub centre: String,
    /// Name of the centre for officers.
    pub label: String,
    /// State or body of the centre.
    pub owner: String,
    /// Whether the centre gets the alert.
    pub released: bool,
    /// Name of the share that decided; null where a marking or an officer did, or no share matches.
    #[schema(required)]
    pub share: Option<String>,
    /// Reason in words; where the alert is released, the form.
    pub reason: String,
    /// Positions are rounded to this, metres; null: not rounded, or not released.
    #[schema(required)]
    pub precision_m: Option<f64>,
    /// Time for which an event is held back, seconds.
    pub delay_s: f64,
    /// Parts that are removed.
    pub strip: Vec<String>,
    /// Sentence of the alert as the centre gets it; null where the alert is withheld.
    #[schema(required)]
    pub summary: Option<String>,
    /// Shares to the centre that do not match, each with the key that the alert does not fulfil.
    pub passed: Vec<Passed>,
}

/// A share that does not match, and the first key that the alert does not fulfil.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AlertSharingPassed)]
pub struct Passed {
    /// Name of the share.
    pub share: String,
    /// Key of `[[share]]`.
    pub key: String,
}

/// Explains the decisions about one alert for every other centre, in the order of the file of centres.
pub fn explain(
    rules: &Rules,
    message: &AlertMessage<'_>,
    by_hand: impl Fn(&str) -> Option<ByHand>,
    now: Time,
) -> Vec<Explained> {
    let item = Item::alert(message, rules);
    rules.recipients().map(|centre| one(rules, message, &item, centre, by_hand(&centre.name), now)).collect()
}

fn one(
    rules: &Rules,
    message: &AlertMessage<'_>,
    item: &Item<'_>,
    centre: &Centre,
    by_hand: Option<ByHand>,
    now: Time,
) -> Explained {
    let decision = rules.decide(item, &centre.name, by_hand.as_ref(), now);
    let (released, share, reason, form) = match decision {
        Decision::Released { rule, form } => {
            let by =
                by_hand.map_or(String::new(), |word| format!("released by {}: {}; ", word.by, word.text));
            (true, rule, by + &form_in_words(&form), form)
        }
        Decision::Withheld { rule, reason } => (false, rule, reason.to_string(), Form::default()),
    };
    let mut passed = Vec::new();
    for other in &rules.policy.shares {
        if share.as_ref() == Some(&other.name) {
            break;
        }
        let miss = rules.miss(other, item, centre, now);
        passed.extend(miss.map(|miss| Passed { share: other.name.clone(), key: miss.key().to_owned() }));
    }
    passed.retain(|passed| passed.key != "to" && passed.key != "what");
    Explained {
        centre: centre.name.clone(),
        label: centre.label.clone(),
        owner: centre.owner.word().to_owned(),
        released,
        share,
        reason,
        precision_m: form.precision_m,
        delay_s: form.delay.secs(),
        strip: form.strip.words().into_iter().map(str::to_owned).collect(),
        summary: released.then(|| render(message, &form, rules).event.summary.clone()),
        passed,
    }
}

/// Returns a form in words.
fn form_in_words(form: &Form) -> String {
    let mut parts = Vec::new();
    parts.extend(form.precision_m.map(|metres| format!("positions to {metres:.0} m")));
    if form.delay.secs() > 0.0 {
        parts.push(format!("{} later", form.delay.words()));
    }
    let strip = form.strip.words();
    if !strip.is_empty() {
        parts.push(format!("without {}", strip.join(", ")));
    }
    if parts.is_empty() { "as it is".to_owned() } else { parts.join("; ") }
}

/// Returns the explanation as text: one paragraph for each centre.
pub fn in_words(explained: &[Explained]) -> String {
    let mut out = String::new();
    for one in explained {
        let word = if one.released { "gets it" } else { "does not get it" };
        let share = one.share.as_ref().map_or(String::new(), |share| format!(" (share \"{share}\")"));
        // Writing to a String cannot fail.
        writeln!(out, "{} ({}, {}) {word}{share}: {}", one.centre, one.label, one.owner, one.reason).ok();
        for passed in &one.passed {
            writeln!(out, "  share \"{}\" does not match: {}", passed.share, passed.key).ok();
        }
        if let Some(summary) = &one.summary {
            writeln!(out, "  \"{summary}\"").ok();
        }
    }
    out
}
