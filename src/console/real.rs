//! A real distress breaks through an exercise: its console alone listens for the real thing's alerts of that pattern.

use std::sync::Arc;

use rumqttc::{AsyncClient, Event, Packet, QoS};
use serde::Deserialize;

use super::scene::Scene;
use crate::config::Broker;
use crate::mqtt::{self, Backoff, Topics};
use crate::telemetry;

/// The pattern that no exercise hides.
const DISTRESS: &str = "distress";
/// Requests that the client holds: a subscription for each connection.
const CAPACITY: usize = 16;

#[derive(Deserialize)]
struct Alert {
    properties: Properties,
}

#[derive(Deserialize)]
struct Properties {
    exercise: Option<String>,
    phase: String,
}

/// Listens until it is aborted, at any node of this broker.
///
/// # Errors
/// Files that the broker's options name cannot be read.
pub(super) fn listen(
    broker: &Broker,
    topics: &Topics,
    scene: Arc<Scene>,
) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let mut options = mqtt::options(broker, &topics.client_id("real"))?;
    options.set_clean_session(true);
    let named = broker.clone();
    Ok(tokio::spawn(async move {
        let (client, mut eventloop) = AsyncClient::new(options, CAPACITY);
        eventloop.set_network_options(mqtt::network_options());
        let mut backoff = Backoff::new();
        loop {
            match eventloop.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    backoff.up();
                    client.try_subscribe(format!("vigie/+/alerts/{DISTRESS}/+"), QoS::AtLeastOnce).ok();
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    if let Some(text) = real(&publish.payload) {
                        tracing::warn!(
                            event = telemetry::REAL,
                            topic = publish.topic,
                            "a real distress during an exercise"
                        );
                        scene.tell_real(text.into());
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(
                        event = telemetry::REAL,
                        reason = mqtt::reason(&error, &named),
                        "no broker"
                    );
                    tokio::time::sleep(backoff.down()).await;
                }
            }
        }
    }))
}

/// The alert, where it is no exercise's and goes on.
fn real(payload: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(payload).ok()?;
    let alert: Alert = serde_json::from_str(text).ok()?;
    (alert.properties.exercise.is_none() && alert.properties.phase != "ended").then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exercises_distress_is_none() {
        let alert = |exercise: &str, phase: &str| {
            format!(r#"{{"properties":{{"exercise":{exercise},"phase":"{phase}","pattern":"distress"}}}}"#)
        };
        assert!(real(alert("null", "raised").as_bytes()).is_some());
        assert!(real(alert("\"dawn\"", "raised").as_bytes()).is_none());
        assert!(real(alert("null", "ended").as_bytes()).is_none() && real(b"{}").is_none());
    }
}
