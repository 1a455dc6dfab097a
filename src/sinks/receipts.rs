//! Receipts: the coordination channel confirms each alert by an action, where it is asked to. What is not confirmed in
//! time goes out again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::delivery::disk_error;
use crate::clock;
use crate::health::{Board, SinkId};
use crate::journal::Outbox;
use crate::model::Span;
use crate::telemetry;

/// Interval between looks.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Puts alerts back into the outbox that were not confirmed `within` a time, until it is aborted.
pub async fn watch(mut outbox: Outbox, within: Span, id: SinkId, board: Arc<Board>, put_back: Arc<Notify>) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    let mut looked = clock::now().0;
    loop {
        tick.tick().await;
        let again = outbox.send_again(looked - within.0, clock::now().0 - within.0);
        looked = clock::now().0;
        match (again, outbox.unreceived()) {
            (Ok(again), Ok(unreceived)) => {
                board.note().sink_unreceived(id, unreceived);
                if again > 0 {
                    let event = telemetry::UNRECEIVED;
                    tracing::warn!(event, again, "alerts were not confirmed in time and are sent again");
                    put_back.notify_one();
                }
            }
            (Err(error), _) | (_, Err(error)) => disk_error(&board, &error),
        }
    }
}
