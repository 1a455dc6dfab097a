//! The thread that brings alerts to the alert file, before anybody is told of them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::{Caused, OnAlert};
use crate::channel::event_json::{self, Stamp};
use crate::channel::outbox::Outbox;
use crate::health::Board;
use crate::model::AlertEvent;
use crate::telemetry;

/// Events brought to disk in one go, at most.
const TURN: usize = 256;
/// Pause before the disk is tried again.
const DISK_PAUSE: Duration = Duration::from_secs(1);
/// Tries that the end of the watch gives a failing disk.
const LAST_TRIES: u32 = 3;

/// The thread that brings alerts to disk.
pub(super) struct Writer {
    pub(super) outbox: Outbox,
    pub(super) stamp: Stamp,
    pub(super) board: Arc<Board>,
    pub(super) durable: watch::Sender<u64>,
    pub(super) on_alert: Option<OnAlert>,
}

impl Writer {
    pub(super) fn run(mut self, mut alerts: mpsc::Receiver<Caused>) {
        let (mut turn, mut text) = (Vec::with_capacity(TURN), String::new());
        while alerts.blocking_recv_many(&mut turn, TURN) > 0 {
            text.clear();
            let from = self.outbox.bytes();
            for caused in &turn {
                event_json::render(&caused.event, &self.stamp, &mut text);
                text.push('\n');
                self.board.note().time_alert(from + text.len() as u64, caused.arrival_ns);
            }
            if !self.append(&text, &alerts) {
                let (event, lost) = (telemetry::OUTBOX_DISK, turn.len() + alerts.len());
                tracing::error!(event, lost, "the watch ends and the disk takes no alerts");
                return;
            }
            self.board.note().written = self.outbox.lines();
            self.durable.send_replace(self.outbox.bytes());
            for caused in turn.drain(..) {
                self.tell(&caused.event);
            }
        }
    }

    /// Tries until the disk takes it; gives up only when the watch ends.
    fn append(&mut self, text: &str, alerts: &mpsc::Receiver<Caused>) -> bool {
        let mut last_tries = 0;
        while let Err(error) = self.outbox.append(text) {
            {
                let mut health = self.board.note();
                if health.disk_error.is_none() {
                    let (event, file) = (telemetry::OUTBOX_DISK, self.outbox.path().display());
                    tracing::error!(event, %file, %error, "cannot write alerts; trying again every second");
                }
                health.disk_error = Some(error.to_string());
            }
            if alerts.is_closed() {
                last_tries += 1;
                if last_tries >= LAST_TRIES {
                    return false;
                }
            }
            std::thread::sleep(DISK_PAUSE);
        }
        if self.board.note().disk_error.take().is_some() {
            tracing::info!(event = telemetry::OUTBOX_DISK, "alerts are written again");
        }
        true
    }

    fn tell(&mut self, event: &AlertEvent) {
        match &mut self.on_alert {
            Some(on_alert) => on_alert(event),
            None => {
                let words = event_json::words(event);
                tracing::info!(event = telemetry::ALERT, id = event.id, seq = event.seq, "{words}");
            }
        }
    }
}
