//! Starts what leaves for other centres: a sink for each recipient, and the tracks.

use std::sync::Arc;

use anyhow::Context;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::lists::Lists;
use super::pictures::{InForce, Pictures};
use super::recipient::{OUTBOX_MAX, Recipient, again, sink_name};
use super::{Sender, keys};
use crate::config::Config;
use crate::engine::Look;
use crate::health::{Board, SinkHealth, SinkId};
use crate::journal::Journal;
use crate::model::Span;
use crate::mqtt::Topics;
use crate::sinks::delivery::Delivery;
use crate::telemetry;

/// Time within which a centre confirms an event, where the configuration sets none.
const RECEIPT_WITHIN: Span = Span::from_secs(600);

/// What leaves for other centres, under way.
pub struct Outward {
    /// Deliveries to recipients; each ends with the journal's writer.
    pub deliveries: Vec<JoinHandle<()>>,
    /// The tasks that share tracks and lists, and that send again what was not confirmed; none ends by itself.
    pub others: Vec<JoinHandle<()>>,
    /// What the engine's thread tells all of them.
    pub told: Told,
}

/// What the engine's thread tells all that leaves for other centres.
#[derive(Debug)]
pub struct Told {
    looks: watch::Sender<Option<Arc<Look>>>,
    in_force: watch::Sender<Arc<InForce>>,
}

impl Told {
    /// Whether snapshots are wanted: the policy shares tracks.
    pub fn wants_looks(&self) -> bool {
        self.in_force.borrow().shares_tracks()
    }

    /// Gives a snapshot of the picture.
    pub fn look(&self, look: Arc<Look>) {
        self.looks.send_replace(Some(look));
    }

    /// Puts another policy into force.
    pub fn put_into_force(&self, in_force: Arc<InForce>) {
        self.in_force.send_replace(in_force);
    }
}

/// Returns the names of the recipients' sinks: every other centre has one, also where the policy shares nothing with it now.
pub fn sinks(config: &Config) -> Vec<String> {
    let others = config.centres.centres.iter().filter(|centre| centre.name != config.node.name);
    others.map(|centre| sink_name(&centre.name)).collect()
}

/// Starts the sinks of all recipients, whose rows in health follow those that are there, and the tracks. `None` where the node
/// has no other centres. Needs a tokio runtime, and the sinks in the journal.
///
/// # Errors
/// The node's key or its outboxes cannot be read.
pub fn start(
    config: &Config,
    topics: &Topics,
    exercise: Option<&str>,
    journal: &Journal,
    board: &Arc<Board>,
    durable: &watch::Receiver<u64>,
) -> anyhow::Result<Option<Outward>> {
    let in_force = InForce::of(config);
    let recipients: Vec<String> = in_force.rules.recipients().map(|centre| centre.name.clone()).collect();
    if recipients.is_empty() {
        return Ok(None);
    }
    let key = keys::load(&config.sharing.key_file)?;
    check_key(config, &key);
    let broker = config.sharing.broker.as_ref().or(config.broker.as_ref()).context("there is no broker")?;
    let sender = Sender {
        node: config.node.name.clone(),
        exercise: exercise.map(str::to_owned),
        topics: topics.clone(),
        key: Arc::new(key),
    };
    let (in_force, policy) = watch::channel(Arc::new(in_force));
    let (looks, seen) = watch::channel(None);
    let written = board.note().written;
    let mut deliveries = Vec::new();
    let (mut of_lists, mut others) = (Vec::new(), Vec::new());
    let within = match config.state.receipt_minutes {
        0 => RECEIPT_WITHIN,
        minutes => Span::from_secs(60 * i64::from(minutes)),
    };
    for centre in recipients {
        let name = sink_name(&centre);
        let (outbox, releases) = (journal.outbox(&name)?, journal.releases(&name)?);
        of_lists.push((centre.clone(), journal.releases(&name)?));
        let waiting = outbox.alerts_waiting()?;
        let id = {
            let mut health = board.note();
            health.sinks.push(SinkHealth::new(&name, written.saturating_sub(waiting)));
            SinkId(health.sinks.len() - 1)
        };
        let sink = Recipient::start(&centre, sender.clone(), policy.clone(), releases, broker)?;
        let delivery = Delivery::new(sink, id, outbox, Arc::clone(board))?.keeping(OUTBOX_MAX);
        let unreceived = again(centre.clone(), journal.releases(&name)?, within, delivery.put_back());
        others.push(tokio::spawn(unreceived));
        deliveries.push(tokio::spawn(delivery.run(durable.clone())));
    }
    let lists = Lists::new(sender.clone(), policy.clone(), of_lists)?.start(broker)?;
    let pictures = Pictures::new(sender, policy).start(broker, seen)?;
    others.extend([pictures, lists]);
    Ok(Some(Outward { deliveries, others, told: Told { looks, in_force } }))
}

/// Says that this node's key is not the one that other centres know: they will refuse everything.
fn check_key(config: &Config, key: &crate::wire::shared::SecretKey) {
    let known = config.centres.get(&config.node.name).and_then(|own| own.key);
    if known.is_some_and(|known| known.0 != key.public()) {
        let (event, file) = (telemetry::KEY_OTHER, config.sharing.key_file.display());
        tracing::error!(
            event,
            %file,
            "the key of this node is another one than the file of centres has: other centres refuse what it sends"
        );
    }
}
