//! JSON Schemas of what the commands of analysis print, made from the types.

use serde_json::Value;

use super::compare::Comparison;
use super::explain::Explanation;
use super::outcomes::Outcomes;
use super::sweep::Sweep;
use crate::config::schema::of_output;
use crate::scenario::labels::Label;
use crate::scenario::score::Score;

/// Returns every schema with its name.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("compare", of_output::<Comparison>("compare", "comparison of two configurations")),
        ("sweep", of_output::<Sweep>("sweep", "sweep of the limits of a rule")),
        (
            "explanation",
            of_output::<Explanation>("explanation", "explanation of what rules found about a vessel"),
        ),
        ("score", of_output::<Score>("score", "score of alerts against a truth")),
        ("outcomes", of_output::<Outcomes>("outcomes", "alerts of a journal, judged by their outcomes")),
        ("label", of_output::<Label>("label", "judgement of somebody about an alert")),
    ]
}
