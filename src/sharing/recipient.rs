//! The sink of one recipient: decides on each entry of its outbox, writes the decision down, and sends what leaves as a
//! signed letter.
//!
//! ```text
//! outbox "share:<centre>" ──> decision of the policy ──> row of `release` ──> envelope ──> broker between centres
//! ```
//!
//! An event of an alert leaves as the policy says of that event. An action leaves where it is about an alert that the
//! recipient has, and is of a kind that concerns other centres. An action that discloses an alert sends its newest event. A mark
//! leaves as the policy says of that mark; its removal goes to whoever has it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use super::incidents::conceal;
use super::pictures::InForce;
use super::policy::{ByHand, Decision, Form, Item};
use super::rendering::{officer_of, render, render_action, render_mark};
use super::{Content, Sender, is_removal, telemetry_of};
use crate::clock;
use crate::config::{Broker, Share, What};
use crate::journal::{Decided, Due, RECEIPT, Release, Releases};
use crate::model::{
    Action, ActionKind, AlertMessage, Deed, Mark, MarkKind, Position, Span, Time, centre_of, key_of,
};
use crate::mqtt::{Connection, Event, MAX_PACKET, Options};
use crate::sinks::acked::{Acked, AckedLink, acked};
use crate::sinks::{Sink, Undelivered};
use crate::telemetry;
use crate::wire::actions;
use crate::wire::shared::What as Kind;

/// Entries that wait for a recipient that is down, at most: weeks of a busy coast.
pub const OUTBOX_MAX: u64 = 50_000;
/// Events of the connection that wait to be looked at.
const EVENTS: usize = 16;
/// Requests that a client holds.
const CAPACITY: usize = 16;
/// Time for which a letter that is sent again keeps its number, milliseconds.
const NUMBERED_MS: i64 = 60_000;
/// Interval between looks for events without a receipt.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// Time after which an event without a receipt is not sent again: letters are not taken later.
const GIVEN_UP_AFTER: Span = Span::from_secs(24 * 3600);
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
            let Release { decided_ms, seq: Some(_), rule, body, .. } = &before else { return Ok(None) };
            // The recipient takes no number far below those that came. What it takes twice is told apart by its content.
            let is_told_apart = !due.is_action || due.id.ends_with(RECEIPT);
            return match body {
                Some(body) if is_told_apart && clock::now().0 - decided_ms > NUMBERED_MS => self
                    .releases
                    .release(due.n, &due.id, rule.as_deref(), body.clone())
                    .map(Some)
                    .map_err(disk),
                _ => Ok(Some(before)),
            };
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
                let mut rendered = render(&message, &form, rules);
                conceal(rendered.event.to_mut(), &self.to, |alert| self.knows(alert, &in_force, now))?;
                let body = rendered.render();
                self.releases.release(due.n, &id, rule.as_deref(), body).map(Some).map_err(disk)
            }
            Decision::Withheld { rule, reason } => {
                self.releases.withhold(due.n, &id, rule.as_deref(), &reason.to_string()).map_err(disk)?;
                Ok(None)
            }
        }
    }

    /// Returns whether the recipient may know of an alert that an event names as its incident: the recipient raised the alert, or has
    /// it from this node, or the centre that raised the alert allows the recipient to have it.
    fn knows(&self, alert: &str, in_force: &InForce, now: Time) -> Result<bool, Undelivered> {
        if self.releases.left_by(alert).map_err(disk)?.is_some() {
            return Ok(true);
        }
        let centres = &in_force.rules.centres;
        let Some(recipient) = centres.get(&self.to) else { return Ok(false) };
        for centre in in_force.rules.recipients() {
            let shared = self.releases.newest_shared(&key_of(&centre.name, alert)).map_err(disk)?;
            let Some(message) = shared.and_then(|body| AlertMessage::read(&body).ok()) else { continue };
            let allows = |word: &std::borrow::Cow<'_, str>| centres.stands_for(word, recipient, now);
            return Ok(centre.name == self.to || message.releasable_to.iter().any(allows));
        }
        Ok(false)
    }

    fn decide_on_action(&mut self, due: &Due) -> Result<Option<Release>, Undelivered> {
        let action = actions::parse(due.body.as_bytes(), Time(due.written_ms));
        let action = action.map_err(|error| Undelivered::Never(error.to_string()))?;
        // No centre hears from others what its own officers did.
        if action.centre.as_deref() == Some(self.to.as_str()) {
            return Ok(None);
        }
        let (alert, deed) = match &action.kind {
            ActionKind::Alert { alert, deed } => (alert, deed),
            ActionKind::Mark(mark) => return self.decide_on_mark(due, mark, &action),
            ActionKind::Unmark { mark } => return self.withdraw_mark(due, mark, &action),
            ActionKind::Silence { .. } | ActionKind::Listed(_) | ActionKind::Log { .. } => return Ok(None),
        };
        if action.centre.is_some() && !self.is_of_lead(deed) {
            return Ok(None);
        }
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

    /// Whether a deed is about the lead of an incident. Who assigns an alert to a centre offers the lead.
    fn is_of_lead(&self, deed: &Deed) -> bool {
        match deed {
            Deed::Assign { to, .. } => self.in_force.borrow().rules.centres.get(to).is_some(),
            _ => deed.is_of_lead(),
        }
    }

    /// Decides on a mark that an officer of this node put on the picture. A recipient that has an earlier form of a mark which is
    /// withheld now is told to remove it.
    fn decide_on_mark(
        &mut self,
        due: &Due,
        mark: &Mark,
        action: &Action,
    ) -> Result<Option<Release>, Undelivered> {
        let (in_force, now) = (Arc::clone(&self.in_force.borrow()), clock::now());
        let rules = &in_force.rules;
        let place = mark.position.and_then(|[lon, lat]| Position::new(lon, lat));
        let zones = place.map(|at| in_force.zones.holding(at)).unwrap_or_default();
        let (marking, to) = in_force.marks.of_mark(mark, zones.iter().map(|[id, ..]| *id), now);
        let words = to.iter().map(String::as_str).collect();
        let item =
            Item { is_own_unit: mark.kind == MarkKind::Unit, ..Item::plain(What::Marks, &marking, words) };
        match rules.decide(&item, &self.to, None, now) {
            Decision::Released { rule, form } => {
                let id = mark.id.clone();
                let mark = Mark { marking: Some(marking), ..render_mark(mark, &form) };
                let kind = ActionKind::Mark(Box::new(mark));
                let body = actions::render(&Action { kind, ..self.of_officer(action, &form) });
                self.releases.release(due.n, &mark_id(&id), rule.as_deref(), body).map(Some)
            }
            Decision::Withheld { .. } if self.has_mark(&mark.id)? => {
                return self.withdraw_mark(due, &mark.id, action);
            }
            Decision::Withheld { rule, reason } => {
                let (id, reason) = (mark_id(&mark.id), reason.to_string());
                self.releases.withhold(due.n, &id, rule.as_deref(), &reason).map(|()| None)
            }
        }
        .map_err(disk)
    }

    /// Tells a recipient that has a mark to remove it.
    fn withdraw_mark(
        &mut self,
        due: &Due,
        mark: &str,
        action: &Action,
    ) -> Result<Option<Release>, Undelivered> {
        if !self.has_mark(mark)? {
            return Ok(None);
        }
        let kind = ActionKind::Unmark { mark: mark.to_owned() };
        let body = actions::render(&Action { kind, ..self.of_officer(action, &Form::by_hand()) });
        self.releases.release(due.n, &mark_id(mark), None, body).map(Some).map_err(disk)
    }

    /// Whether the recipient has a mark of this node.
    fn has_mark(&self, mark: &str) -> Result<bool, Undelivered> {
        let left = self.releases.newest_left(&mark_id(mark)).map_err(disk)?;
        // What was emptied since may be there still.
        let is_there = |body: Option<String>| body.is_none_or(|body| !is_removal(&body));
        Ok(left.is_some_and(is_there))
    }

    /// Returns an action with its officer as a form shows them.
    fn of_officer(&self, action: &Action, form: &Form) -> Action {
        let by = if form.strip.officers { officer_of(&self.sender.node) } else { action.by.clone() };
        Action { by, ..action.clone() }
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
        let (what, id, marking) = kind_of(entry, &body);
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

/// Returns the kind of letter, its identifier and its marking, of what leaves: an event of an alert, a mark, or an action.
fn kind_of(entry: &Due, body: &str) -> (Kind, String, Option<String>) {
    if let Ok(message) = AlertMessage::read(body) {
        return (Kind::Alerts, message.event.id.clone(), Some(message.marking.into_owned()));
    }
    match actions::parse(body.as_bytes(), Time(entry.written_ms)).map(|action| action.kind) {
        Ok(ActionKind::Mark(mark)) => (Kind::Marks, entry.id.clone(), mark.marking),
        Ok(ActionKind::Unmark { .. }) => (Kind::Marks, entry.id.clone(), None),
        _ => (Kind::Actions, entry.id.clone(), None),
    }
}

/// Returns the identifier of a mark among what left.
fn mark_id(mark: &str) -> String {
    format!("mark:{mark}")
}

/// Sends the events of alerts again of which a recipient has sent no receipt within a time, until the outbox is gone.
pub(super) async fn again(to: String, mut releases: Releases, within: Span, put_back: Arc<Notify>) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    loop {
        tick.tick().await;
        let (now, event) = (clock::now(), telemetry::UNRECEIVED);
        match releases.put_back_unreceived(&to, (now - GIVEN_UP_AFTER).0, (now - within).0) {
            Ok(0) => {}
            Ok(again) => {
                tracing::warn!(event, to, again, "a centre did not confirm events, which are sent again");
                put_back.notify_one();
            }
            Err(error) => tracing::warn!(event, to, %error, "looked at again later"),
        }
    }
}

/// Follows the connection to the broker between centres.
pub(super) async fn follow(mut events: mpsc::Receiver<Event>, link: AckedLink, to: String) {
    while let Some(event) = events.recv().await {
        link.note(&event);
        if let Event::Down { reason } = event {
            telemetry_of(&to, reason);
        }
    }
}

pub(super) fn disk(error: impl std::fmt::Display) -> Undelivered {
    Undelivered::Later(format!("the journal cannot be read or written: {error}"))
}
