//! The sink of one recipient: decides on each entry of its outbox, writes the decision down, and sends what leaves as a
//! signed letter.
//!
//! ```text
//! outbox "share:<centre>" ──> decision of the policy ──> row of `release` ──> envelope ──> broker between centres
//! ```
//!
//! An event of an alert leaves as the policy says of that event. An action leaves where it is about an alert that the
//! recipient has, and is of a kind that concerns other centres. An action that discloses an alert sends its newest event.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::pictures::InForce;
use super::policy::{ByHand, Decision, Form, Item};
use super::rendering::{render, render_action};
use super::{Content, Sender, telemetry_of};
use crate::clock;
use crate::config::{Broker, Share};
use crate::journal::{Decided, Due, Release, Releases};
use crate::model::{ActionKind, AlertMessage, Deed, Time, centre_of};
use crate::mqtt::{Connection, Event, MAX_PACKET, Options};
use crate::sinks::acked::{Acked, AckedLink, acked};
use crate::sinks::{Sink, Undelivered};
use crate::wire::actions;
use crate::wire::shared::What;

/// Entries that wait for a recipient that is down, at most: weeks of a busy coast.
pub const OUTBOX_MAX: u64 = 50_000;
/// Events of the connection that wait to be looked at.
const EVENTS: usize = 16;
/// Requests that a client holds.
const CAPACITY: usize = 16;
/// Start of the names of these sinks in the journal, in status and in metrics.
const PREFIX: &str = "share:";

/// Returns the name of a recipient's sink.
pub fn sink_name(centre: &str) -> String {
    format!("{PREFIX}{centre}")
}

/// The sink of one recipient.
pub struct Recipient {
    /// Name of the recipient.
    to: String,
    sender: Sender,
    in_force: watch::Receiver<Arc<InForce>>,
    releases: Releases,
    acked: Acked,
    tasks: [JoinHandle<()>; 2],
}

impl Recipient {
    /// Connects to the broker between centres. Needs a tokio runtime.
    ///
    /// # Errors
    /// Files that the broker's configuration names cannot be read.
    pub fn start(
        to: &str,
        sender: Sender,
        in_force: watch::Receiver<Arc<InForce>>,
        releases: Releases,
        broker: &Broker,
    ) -> anyhow::Result<Recipient> {
        let options = Options {
            capacity: CAPACITY,
            in_flight: Some(1),
            ..Options::new(sender.topics.client_id(&format!("share-{to}")))
        };
        let (events, connection) = Connection::new(broker, options)?.spawn(EVENTS);
        let (link, acked) = acked();
        let link = tokio::spawn(follow(events, link, to.to_owned()));
        Ok(Recipient { to: to.to_owned(), sender, in_force, releases, acked, tasks: [link, connection] })
    }

    /// Returns the decision on an entry: the one that was written down, else a new one.
    fn decide(&mut self, due: &Due) -> Result<Option<Release>, Undelivered> {
        if let Some(before) = self.releases.of_entry(due.n).map_err(disk)? {
            return Ok(before.seq.is_some().then_some(before));
        }
        if due.is_action { self.decide_on_action(due) } else { self.decide_on_event(due, &due.body, None) }
    }

    /// Decides on an event of an alert; `by_hand` is a decision of an officer that comes with the entry.
    fn decide_on_event(
        &mut self,
        due: &Due,
        body: &str,
        by_hand: Option<ByHand>,
    ) -> Result<Option<Release>, Undelivered> {
        let message = AlertMessage::read(body).map_err(|error| Undelivered::Never(error.to_string()))?;
        let id = message.event.id.clone();
        let by_hand = match by_hand {
            Some(decided) => Some(decided),
            None => self
                .releases
                .by_hand(&id, &self.to)
                .map_err(disk)?
                .map(|Decided { is_released, by, text }| ByHand { is_released, by, text }),
        };
        let (in_force, now) = (Arc::clone(&self.in_force.borrow()), clock::now());
        let rules = &in_force.rules;
        match rules.decide(&Item::alert(&message, rules), &self.to, by_hand.as_ref(), now) {
            Decision::Released { form, .. } if Time(due.written_ms) + form.delay > now => {
                Err(Undelivered::PutOff((Time(due.written_ms) + form.delay).0))
            }
            Decision::Released { rule, form } => {
                let body = render(&message, &form, rules).render();
                self.releases.release(due.n, &id, rule.as_deref(), body).map(Some).map_err(disk)
            }
            Decision::Withheld { rule, reason } => {
                self.releases.withhold(due.n, &id, rule.as_deref(), &reason.to_string()).map_err(disk)?;
                Ok(None)
            }
        }
    }

    fn decide_on_action(&mut self, due: &Due) -> Result<Option<Release>, Undelivered> {
        let action = actions::parse(due.body.as_bytes(), Time(due.written_ms));
        let action = action.map_err(|error| Undelivered::Never(error.to_string()))?;
        let ActionKind::Alert { alert, deed } = &action.kind else { return Ok(None) };
        if let Deed::Disclose { to, text } = deed {
            if *to != self.to {
                return Ok(None);
            }
            let newest = self.releases.newest_event(alert).map_err(disk)?;
            let by_hand = ByHand { is_released: true, by: action.by.clone(), text: text.clone() };
            return newest.map_or(Ok(None), |body| self.decide_on_event(due, &body, Some(by_hand)));
        }
        let Some(form) = self.form_of(alert)? else { return Ok(None) };
        let Some(action) = render_action(&action, &form, &self.sender.node) else { return Ok(None) };
        let body = actions::render(&action);
        self.releases.release(due.n, &due.id, None, body).map(Some).map_err(disk)
    }

    /// Returns the form of actions about an alert that the recipient has; `None` where it has none. It has its own alerts.
    fn form_of(&self, alert: &str) -> Result<Option<Form>, Undelivered> {
        let rule = match centre_of(alert) {
            Some(centre) if centre == self.to => Some(String::new()),
            Some(_) => None,
            None => self.releases.left_by(alert).map_err(disk)?,
        };
        let in_force = self.in_force.borrow();
        let share = |name: &str| in_force.rules.policy.shares.iter().find(|share| share.name == name);
        Ok(rule.map(|rule| {
            let of_share = |share: &Share| Form { strip: share.strip, ..Form::default() };
            share(&rule).map_or_else(Form::by_hand, of_share)
        }))
    }
}

impl Sink for Recipient {
    fn is_up(&self) -> bool {
        self.acked.is_up()
    }

    async fn up(&mut self) {
        self.acked.up().await;
    }

    async fn deliver(&mut self, entry: &Due) -> Result<(), Undelivered> {
        let Some(release) = self.decide(entry)? else { return Ok(()) };
        let (body, seq) = (release.body.unwrap_or_default(), release.seq.unwrap_or_default());
        // What leaves is an event of an alert, or else an action.
        let (what, id, marking) = match AlertMessage::read(&body) {
            Ok(message) => (What::Alerts, message.event.id.clone(), Some(message.marking.into_owned())),
            Err(_) => (What::Actions, entry.id.clone(), None),
        };
        let sealed = self.sender.seal(&self.to, Content { what, id, seq, marking, body });
        let (topic, sealed) = sealed.ok_or_else(|| Undelivered::Never("it is no JSON".to_owned()))?;
        if topic.len() + sealed.len() + 16 >= MAX_PACKET {
            return Err(Undelivered::Never("it is larger than a packet may be".to_owned()));
        }
        self.acked.publish(topic, &sealed).await
    }

    async fn close(self) {
        let [link, connection] = self.tasks;
        link.abort();
        connection.abort();
    }
}

/// Follows the connection to the broker between centres.
async fn follow(mut events: mpsc::Receiver<Event>, link: AckedLink, to: String) {
    while let Some(event) = events.recv().await {
        link.note(&event);
        if let Event::Down { reason } = event {
            telemetry_of(&to, reason);
        }
    }
}

fn disk(error: impl std::fmt::Display) -> Undelivered {
    Undelivered::Later(format!("the journal cannot be read or written: {error}"))
}
