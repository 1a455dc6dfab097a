//! `vigie replay --publish`: sends a recording's messages or its alerts to a broker.

use std::collections::BTreeMap;

use crate::config::{Broker, Config};
use crate::feed::feeder::Feeder;
use crate::feed::recording::Recording;
use crate::feed::speed::{Progress, Speed};
use crate::model::AlertEvent;
use crate::mqtt::sender::Sender;
use crate::mqtt::{Topics, filter_takes};
use crate::sinks::event_json::{Stamp, render};

use super::Failure;
use super::run::{no_broker, runtime};

/// The last part of the MQTT client id.
const ROLE: &str = "replay";
/// Maximum number of topics without a feed that are reported one by one.
const REPORTED: usize = 5;

/// Sends the recording's messages below `vigie/exercise/<name>/` when they are due. Returns their number.
pub(super) fn feeds(
    recording: Recording,
    config: &Config,
    exercise: &str,
    speed: Speed,
) -> Result<u64, Failure> {
    let broker = config.broker.as_ref().ok_or_else(no_broker)?;
    let mut progress = Progress::new(recording.size(), false);
    let mut feeder = Feeder::new(recording, &config.feeds, speed);
    let topics = Topics::new(&config.node.name, Some(exercise));
    let filters: Vec<&String> = config.feeds.iter().flat_map(|feed| &feed.topics).collect();
    let mut without_feed: BTreeMap<String, u64> = BTreeMap::new();
    let sent: anyhow::Result<u64> = runtime()?.block_on(async {
        let mut sender = Sender::connect(broker, &topics.client_id(ROLE)).await?;
        while let Some(message) = feeder.next_message()? {
            let (topic, payload) = (topics.inbound(message.topic), message.payload.to_vec());
            if !filters.iter().any(|filter| filter_takes(filter, message.topic)) {
                *without_feed.entry(message.topic.to_owned()).or_default() += 1;
            }
            let (time, wait) = (message.time, message.wait);
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            sender.send(topic, payload).await?;
            progress.at(feeder.recording().bytes_read(), time);
        }
        sender.finish().await
    });
    progress.end();
    for (topic, count) in without_feed.iter().take(REPORTED) {
        let mend = "name the file after a feed, or give a feed that topic";
        eprintln!(
            "{count} messages went to topic \"{topic}\", which no feed of the configuration reads: {mend}"
        );
    }
    if without_feed.len() > REPORTED {
        eprintln!("and {} more such topics", without_feed.len() - REPORTED);
    }
    Ok(sent?)
}

/// A connection that sends alert events below `vigie/<node>/exercise/<name>/`.
pub(super) struct Alerts {
    runtime: tokio::runtime::Runtime,
    sender: Sender,
    topics: Topics,
    stamp: Stamp,
}

impl Alerts {
    /// Connects to the broker.
    pub fn connect(broker: Option<&Broker>, exercise: &str, stamp: Stamp) -> Result<Alerts, Failure> {
        let broker = broker.ok_or_else(no_broker)?;
        let topics = Topics::new(&stamp.node, Some(exercise));
        let runtime = runtime()?;
        let sender = runtime.block_on(Sender::connect(broker, &topics.client_id(ROLE)))?;
        Ok(Alerts { runtime, sender, topics, stamp })
    }

    /// Sends one event.
    pub fn send(&mut self, event: &AlertEvent) -> anyhow::Result<()> {
        let mut payload = String::new();
        render(event, &self.stamp, &mut payload);
        let topic = self.topics.alert(&event.pattern, &event.id);
        self.runtime.block_on(self.sender.send(topic, payload.into_bytes()))
    }

    /// Waits until the broker has acknowledged all events. Returns their number.
    pub fn finish(self) -> anyhow::Result<u64> {
        self.runtime.block_on(self.sender.finish())
    }
}
