//! What is between the two nodes: the broker, and everybody who hears of alerts.

use std::collections::BTreeMap;

use crate::journal::Due;
use crate::model::AlertMessage;
use crate::mqtt::{Message, Topics};
use crate::pipeline::claims::Claim;
use crate::pipeline::simulation::broker::Broker;
use crate::pipeline::simulation::is_told;
use crate::sinks::Undelivered;
use crate::sinks::coordination::topic_of;

/// What is between the two nodes, and outside of them.
#[derive(Default)]
pub(super) struct Air {
    pub broker: Broker,
    /// Whether a machine is cut off from the broker.
    pub is_cut: [bool; 2],
    /// Claim of the node of each machine that is active.
    pub claims: [Option<Claim>; 2],
    /// Newest claim of which an event got through.
    newest: Option<Claim>,
    /// Bodies that got through, by kind, id and number.
    pub told: BTreeMap<(bool, String, u32), String>,
    /// Deliveries that fail from now on. Of two that fail, one arrives all the same.
    pub failing: u32,
    /// Alerts that got through before they were on disk.
    pub unwritten: Vec<String>,
    pub wrong: Option<String>,
}

impl Air {
    /// Takes what a node publishes for other centres.
    pub(super) fn deliver(&mut self, from: usize, due: &Due) -> Result<(), Undelivered> {
        let fails = self.failing > 0;
        if self.is_cut[from] || fails && !self.failing.is_multiple_of(2) {
            self.failing = self.failing.saturating_sub(1);
            return Err(Undelivered::Later("the simulated channel fails".to_owned()));
        }
        let claim = self.claims[from].clone();
        tell(|| format!("{from} tells {} {}", due.id, brief(&due.body)));
        if claim < self.newest {
            self.wrong = Some(format!("{claim:?} tells after {:?}: {}", self.newest, brief(&due.body)));
        }
        self.newest = claim;
        let seq = AlertMessage::read(&due.body).map_or(0, |message| message.event.seq);
        let key = (due.is_action, due.id.clone(), seq);
        match self.told.insert(key, due.body.clone()) {
            Some(before) if before != due.body => {
                let (before, now) = (brief(&before), brief(&due.body));
                self.wrong = Some(format!("{} {seq} was told as {before} and as {now}", due.id));
            }
            _ => {}
        }
        let topic = match due.is_action {
            true => Topics::new("n", None).action(&due.id),
            false => topic_of(&due.body).expect("is an event"),
        };
        self.broker.publish(&topic, due.body.clone(), false);
        if fails {
            self.failing -= 1;
            return Err(Undelivered::Later("the simulated channel fails".to_owned()));
        }
        Ok(())
    }
}

impl Air {
    /// Takes an alert that the disk of a node does not take, as that node publishes it.
    pub(super) fn deliver_unwritten(&mut self, from: usize, body: String) {
        if self.is_cut[from] {
            return;
        }
        tell(|| format!("{from} tells unwritten {}", brief(&body)));
        self.broker.publish(&topic_of(&body).expect("is an event"), body.clone(), false);
        self.unwritten.push(body);
    }

    /// Checks that what was told before it was on disk said so, and was told again as it was.
    pub(super) fn check_unwritten(&self) -> Result<(), String> {
        let is_told_again = |body: &&String| {
            AlertMessage::read(body).is_ok_and(|AlertMessage { event, .. }| {
                let told = self.told.get(&(false, event.id.clone(), event.seq));
                told.is_some_and(|told| AlertMessage::marked_not_on_disk(told) == **body)
            })
        };
        match self.unwritten.iter().find(|body| !is_told_again(body)) {
            Some(body) => Err(format!("told as not on disk, and not so later: {body}")),
            None => Ok(()),
        }
    }
}

/// Tells what happens, where one seed is looked at.
pub(super) fn tell(what: impl FnOnce() -> String) {
    if is_told() {
        println!("       {}", what());
    }
}

/// Returns what tells one body from another.
pub(super) fn brief(body: &str) -> String {
    AlertMessage::read(body).map_or_else(|_| body.to_owned(), |message| message.event.summary.clone())
}

/// Returns the next message of a client that acknowledges on arrival.
pub(super) fn next_of(air: &mut Air, client: &str) -> Option<Message> {
    let mut message = air.broker.session(client)?.send()?;
    if let Some(ack) = message.take_ack() {
        ack.try_give();
    }
    Some(message)
}
