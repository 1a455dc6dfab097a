//! What the rules found about a track before the moment that is shown. The recording is played once more, aside: player and page
//! notice nothing.

use tokio::sync::oneshot;

use super::{Arc, Play, Recording, Scene, Table};
use crate::console::turns::Turn;
use crate::engine::{Sought, Tracer};
use crate::health::Board;
use crate::model::{Span, Time};
use crate::pipeline::Judged;
use crate::telemetry;

/// Time before the moment that is shown, of which judgements are returned.
const WINDOW: Span = Span::from_secs(1800);

impl Table {
    /// Finds out in a thread of its own what the rules found about the track at a place in the picture.
    pub(super) fn explain(&self, place: u32, answer: oneshot::Sender<Judged>, turn: Turn<()>) {
        let play = Play {
            files: self.files.clone(),
            options: self.options,
            config: self.playback.config().clone(),
            stamp: self.stamp.clone(),
            speed: None,
            followers: None,
        };
        let (state, known) = (self.state().clone(), Arc::clone(&self.known));
        let (deeds, now) = (self.deeds.clone(), self.now);
        let judged = move || -> anyhow::Result<Judged> {
            let recording = Recording::open(&play.files, play.options)?;
            let board = Arc::new(Board::new(play.config.feeds.iter().map(|feed| feed.name.clone())));
            let rules = play.config.setup.rules.clone();
            let mut aside = Table::new(play, recording, Scene::new(), board, Arc::new(state.into()), known);
            let since = now - WINDOW;
            aside.deeds = deeds;
            aside.heard_before = WINDOW;
            aside.tracer = Some(Tracer::of_vessel(Sought::Places(vec![place]), since, Time(i64::MAX)));
            aside.wind(now)?;
            Ok(Judged { rules, judgements: aside.playback.judgements(), since: Some(since) })
        };
        let run = move || {
            // Ends with the thread: the next question waits so long.
            let _turn = turn;
            if answer.is_closed() {
                return;
            }
            match judged() {
                Ok(judged) => drop(answer.send(judged)),
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::error!(event = telemetry::PLAYER, error, "cannot explain a track");
                }
            }
        };
        // Where no thread can be had, the sender is dropped, and the request is refused.
        std::thread::Builder::new().name("explain".to_owned()).spawn(run).ok();
    }
}
