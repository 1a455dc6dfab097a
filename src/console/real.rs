//! Real distress during an exercise: the exercise's console also listens for distress alerts of the real watch.

use std::sync::Arc;

use super::scene::Scene;
use crate::config::Broker;
use crate::model::{AlertMessage, Phase};
use crate::mqtt::Topics;
use crate::mqtt::subscription::subscribe;
use crate::telemetry;

/// Pattern that no exercise hides.
const DISTRESS: &str = "distress";

/// Listens for alerts of every node on this broker, until the task is aborted.
///
/// # Errors
/// Files that the broker's options name cannot be read.
pub(super) fn listen(
    broker: &Broker,
    topics: &Topics,
    scene: Arc<Scene>,
) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let filter = format!("vigie/+/alerts/{DISTRESS}/+");
    let mut alerts = subscribe(broker, topics.client_id("real"), filter, || ())?;
    Ok(tokio::spawn(async move {
        while let Some(message) = alerts.recv().await {
            if let Some(text) = real(message.payload()) {
                let topic = message.topic();
                tracing::warn!(event = telemetry::REAL, topic, "a real distress during an exercise");
                scene.tell_real(text.into());
            }
        }
    }))
}

/// Returns the text of an alert that is real and has not ended.
fn real(payload: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(payload).ok()?;
    let message = AlertMessage::read(text).ok()?;
    (message.exercise.is_none() && message.event.phase != Phase::Ended).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::event_json::tests::WANT;

    #[test]
    fn an_exercises_distress_is_none() {
        let alert = |exercise: &str, phase: &str| {
            WANT.replace(r#""exercise":null"#, &format!(r#""exercise":{exercise}"#))
                .replace(r#""phase":"raised""#, &format!(r#""phase":"{phase}""#))
        };
        assert!(real(alert("null", "raised").as_bytes()).is_some());
        assert!(real(alert("\"dawn\"", "raised").as_bytes()).is_none());
        assert!(real(alert("null", "ended").as_bytes()).is_none() && real(b"{}").is_none());
    }
}
