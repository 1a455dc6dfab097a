//! Thread of the player: reads the pieces of the recording when they are due, and carries out what was asked.

mod explained;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::{Ask, Deed, Play};
use crate::console::api::{FollowingNode, PlayerCommand, PlayerState, TrailRow};
use crate::console::frame::{REWIND, rounded};
use crate::console::queue::Queue;
use crate::console::scene::Scene;
use crate::console::scout::{Shared, lock, rendered};
use crate::engine::Tracer;
use crate::feed::followers::Followers;
use crate::feed::intake::Taken;
use crate::feed::playback::Playback;
use crate::feed::recording::{Options, Piece, Recording};
use crate::health::Board;
use crate::model::{Action, Input, Span, Time, TrailPoint};
use crate::sinks::event_json::Stamp;
use crate::telemetry;
use crate::wire::Arrival;
use crate::wire::actions;

/// Longest time of playing between two checks for commands.
const TURN: Duration = Duration::from_millis(40);
/// Interval between two frames.
const SHOW_EVERY: Duration = Duration::from_secs(1);
/// Interval between two checks for commands while nothing is due.
const IDLE: Duration = Duration::from_millis(20);
/// Least time from a saved state to the moment that is sought: every active feed has reported by then.
const HEARD_BEFORE: Span = Span::from_secs(120);
/// Number of inputs after which the engine is stepped.
const BATCH: usize = 1024;

/// A piece of the recording that was read before it is due.
struct Owned {
    topic: String,
    is_log: bool,
    payload: Vec<u8>,
    arrival: Arrival,
    time: Time,
    told: Option<Time>,
}

/// State of the player's thread.
pub(super) struct Table {
    files: Vec<PathBuf>,
    options: Options,
    playback: Playback,
    stamp: Stamp,
    recording: Recording,
    pending: Option<Owned>,
    scene: Arc<Scene>,
    board: Arc<Board>,
    state: Arc<Mutex<PlayerState>>,
    known: Shared,
    /// Actions and commands, in the order of their moments.
    deeds: Vec<(Time, Deed)>,
    /// Number of them that have been carried out.
    done: usize,
    failed: BTreeSet<String>,
    /// A moment of the recording, and the time of the clock at which it was due.
    anchor: Option<(Time, Instant)>,
    /// Moment that is shown: the newest arrival, or the moment that was sought.
    now: Time,
    shown: Option<Instant>,
    ended: bool,
    /// Nodes that are told what is played.
    followers: Option<Followers>,
    /// Moment up to which pieces are played at once, and whether the recording plays on from there: what is passed over
    /// reaches the nodes all the same.
    fast_until: Option<(Time, bool)>,
    /// Least time from a saved state to the moment that is sought.
    heard_before: Span,
    /// Tracer for what is played after the next search for a moment.
    tracer: Option<Tracer>,
}

/// Returns the nodes that follow, as the console shows them.
pub(super) fn nodes(followers: Option<&Followers>) -> Vec<FollowingNode> {
    let nodes = followers.into_iter().flat_map(Followers::nodes);
    nodes.map(|(name, up)| FollowingNode { name: name.to_owned(), up }).collect()
}

impl Table {
    pub(super) fn new(
        play: Play,
        recording: Recording,
        scene: Arc<Scene>,
        board: Arc<Board>,
        state: Arc<Mutex<PlayerState>>,
        known: Shared,
    ) -> Table {
        let mut playback = Playback::new(&play.config);
        playback.trace(Tracer::of_watch());
        Table {
            playback,
            files: play.files,
            options: play.options,
            stamp: play.stamp,
            recording,
            pending: None,
            scene,
            board,
            state,
            known,
            deeds: Vec::new(),
            done: 0,
            failed: BTreeSet::new(),
            anchor: None,
            now: Time::NEVER,
            shown: None,
            ended: false,
            followers: play.followers,
            fast_until: None,
            heard_before: HEARD_BEFORE,
            tracer: None,
        }
    }

    pub(super) fn run(mut self, asked: &Receiver<Ask>) {
        loop {
            match asked.recv_timeout(if self.is_playing() { Duration::ZERO } else { IDLE }) {
                Ok(ask) => {
                    if let Err(error) = self.carry_out(ask) {
                        tracing::error!(
                            event = telemetry::PLAYER,
                            error = format!("{error:#}"),
                            "the player stops"
                        );
                        return;
                    }
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.is_playing()
                && let Err(error) = self.go_on()
            {
                tracing::error!(event = telemetry::PLAYER, error = format!("{error:#}"), "the player stops");
                return;
            }
            if self.shown.is_none_or(|shown| shown.elapsed() >= SHOW_EVERY) {
                self.show();
            }
        }
    }

    fn is_playing(&self) -> bool {
        self.state().playing
    }

    fn state(&self) -> std::sync::MutexGuard<'_, PlayerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn carry_out(&mut self, ask: Ask) -> anyhow::Result<()> {
        match ask {
            Ask::Explain { place, answer, turn } => {
                self.explain(place, answer, turn);
                return Ok(());
            }
            Ask::Act(action) => {
                let time = actions::believed(action.time, self.now);
                self.do_now(Deed::Act(Action { time, ..*action }));
            }
            Ask::Command(PlayerCommand::Play) => {
                if self.ended {
                    self.wind(self.first())?;
                }
                self.state().playing = true;
                self.anchor = None;
            }
            Ask::Command(PlayerCommand::Pause) => {
                self.fast_until = None;
                self.state().playing = false;
            }
            Ask::Command(PlayerCommand::Speed { speed }) => {
                self.state().speed = speed;
                self.anchor = None;
            }
            Ask::Command(PlayerCommand::Loop { repeats }) => self.state().repeats = repeats,
            Ask::Command(PlayerCommand::Seek { to }) if self.followers.is_some() => {
                let goes_on = std::mem::replace(&mut self.state().playing, true);
                self.fast_until = Some((Time(to), goes_on));
            }
            Ask::Command(PlayerCommand::Seek { to }) => self.wind(Time(to))?,
            Ask::Command(PlayerCommand::Inject { topic, payload }) => {
                self.do_now(Deed::Inject { topic, payload })
            }
            Ask::Command(PlayerCommand::Fail { feed, failed }) => self.do_now(Deed::Fail { feed, failed }),
        }
        self.show();
        Ok(())
    }

    /// Inserts an action or command at the moment that is shown, before those that come later.
    fn do_now(&mut self, deed: Deed) {
        self.deeds.insert(self.done, (self.now, deed));
        if let Some(text) = self.do_next() {
            self.scene.action(&text);
        }
        self.step_and_tell();
    }

    /// Carries out the next action or command, and returns the action if it was one.
    fn do_next(&mut self) -> Option<Action> {
        let (_, deed) = self.deeds.get(self.done)?.clone();
        self.done += 1;
        match deed {
            Deed::Act(action) => {
                self.playback.act(action.clone());
                return Some(action);
            }
            Deed::Inject { topic, payload } => {
                self.playback.put_in(&topic, payload.as_bytes());
                if let Some(followers) = &self.followers {
                    followers.put_in(&topic, payload.as_bytes());
                }
            }
            Deed::Fail { feed, failed } => {
                match failed {
                    true => self.failed.insert(feed),
                    false => self.failed.remove(&feed),
                };
            }
        }
        None
    }

    /// Plays pieces that are due, for at most the time of one turn.
    fn go_on(&mut self) -> anyhow::Result<()> {
        let started = Instant::now();
        let mut speed = self.state().speed;
        while started.elapsed() < TURN {
            if !self.fill()? {
                return self.at_the_end();
            }
            let Some(next) = self.pending.as_ref().map(|piece| piece.time) else { return Ok(()) };
            if let Some((until, goes_on)) = self.fast_until {
                if next <= until {
                    speed = None;
                } else {
                    (self.fast_until, self.anchor, self.now) = (None, None, until);
                    self.state().playing = goes_on;
                    break;
                }
            }
            if self.followers.as_ref().is_some_and(|followers| !followers.have_room()) {
                self.anchor = None;
                self.step_and_tell();
                std::thread::sleep(IDLE);
                return Ok(());
            }
            if let Some(speed) = speed {
                let (first, began) = *self.anchor.get_or_insert((next.max(self.now), started));
                let after = Duration::try_from_secs_f64((next - first).secs() / speed).unwrap_or_default();
                let wait = (began + after).saturating_duration_since(Instant::now());
                if !wait.is_zero() {
                    self.step_and_tell();
                    std::thread::sleep(wait.min(IDLE));
                    return Ok(());
                }
            }
            self.pass(next);
        }
        self.step_and_tell();
        Ok(())
    }

    /// Plays the next piece, after the actions and commands before it.
    fn pass(&mut self, next: Time) {
        while self.deeds.get(self.done).is_some_and(|(time, _)| *time < next) {
            if let Some(action) = self.do_next() {
                self.scene.action(&action);
            }
        }
        for action in self.take() {
            self.scene.action(&action);
        }
        if self.playback.waiting() >= BATCH {
            self.step_and_tell();
        }
    }

    /// Plays the next piece, and returns the officers' actions in it.
    fn take(&mut self) -> Vec<Action> {
        let Some(piece) = self.pending.take() else { return Vec::new() };
        self.now = self.now.max(piece.time);
        let mut health = self.board.note();
        let as_read = Piece {
            topic: &piece.topic,
            is_log: piece.is_log,
            payload: &piece.payload,
            arrival: piece.arrival,
            time: piece.time,
            told: piece.told,
        };
        if !self.failed.is_empty()
            && self.playback.feed_of(&as_read).is_some_and(|feed| self.failed.contains(feed))
        {
            self.playback.skip();
            return Vec::new();
        }
        if let Some(followers) = &mut self.followers {
            followers.pass_on(&as_read);
        }
        let (taken, inputs) = self.playback.read(as_read);
        health.messages += 1;
        health.read(inputs, piece.time);
        if let Taken::Feed(feed) = taken {
            health.arrived(feed, piece.time);
        }
        let actions = inputs.iter().filter_map(|input| match input {
            Input::Action(action) => Some((**action).clone()),
            _ => None,
        });
        actions.collect()
    }

    /// Reads the next piece if none has been read. Returns false at the end.
    fn fill(&mut self) -> anyhow::Result<bool> {
        if self.pending.is_none() {
            self.pending = self.recording.next_piece()?.map(|piece| Owned {
                topic: piece.topic.to_owned(),
                is_log: piece.is_log,
                payload: piece.payload.to_vec(),
                arrival: piece.arrival,
                time: piece.time,
                told: piece.told,
            });
        }
        Ok(self.pending.is_some())
    }

    fn step_and_tell(&mut self) {
        let (playback, scene, stamp, now) = (&mut self.playback, &self.scene, &self.stamp, self.now);
        for output in playback.step() {
            let (from, body) = rendered(&output, stamp);
            scene.alert(from, &body, now);
        }
    }

    fn at_the_end(&mut self) -> anyhow::Result<()> {
        self.step_and_tell();
        self.ended = true;
        self.fast_until = None;
        if self.state().repeats {
            return self.wind(self.first());
        }
        self.state().playing = false;
        self.show();
        Ok(())
    }

    /// Moves to a moment: from the nearest saved state before it, as fast as the machine allows.
    fn wind(&mut self, to: Time) -> anyhow::Result<()> {
        // What was done changes what comes: places after it, which nobody did that at, are none to begin from.
        let first_deed = self.deeds.first().map_or(Time(i64::MAX), |(time, _)| *time);
        let (saved, told) = {
            let known = lock(&self.known);
            let saved = known.nearest((to - self.heard_before).min(first_deed));
            let count = saved.as_ref().map_or(0, |saved| saved.told);
            (saved, known.told[..count].to_vec())
        };
        let config = self.playback.config().clone();
        self.playback = match &saved {
            Some(saved) => Playback::taken_up(&config, &saved.state).context("a place to wind to")?,
            None => Playback::new(&config),
        };
        self.playback.trace(self.tracer.take().unwrap_or_else(Tracer::of_watch));
        self.recording = Recording::open(&self.files, self.options)?;
        (self.pending, self.ended, self.anchor, self.done) = (None, false, None, 0);
        self.failed.clear();
        for _ in 0..self.playback.pieces() {
            self.recording.next_piece()?;
        }
        self.now = saved.map_or(Time::NEVER, |saved| saved.time);
        let mut queue = Queue::after(0, Arc::clone(self.scene.queue().region()));
        told.iter().for_each(|told| drop(queue.put(told.from.as_deref(), &told.body, told.time, None)));
        self.board.note().begin_anew(to);
        self.run_to(to, &mut queue)?;
        self.now = to;
        self.scene.begin_anew(queue, &self.trails());
        Ok(())
    }

    /// Returns the positions of the last half hour, by the places of the tracks.
    fn trails(&self) -> Vec<(u32, Vec<TrailRow>)> {
        let trails = self.playback.engine().trails(self.now - REWIND);
        let row = |p: TrailPoint| {
            let [lon, lat] = p.position.lon_lat();
            TrailRow(p.time.0, rounded(lon, 1e5), rounded(lat, 1e5), p.sog_kn.map(|kn| rounded(kn, 10.0)))
        };
        let moved = trails.into_iter().filter(|(_, points)| points.len() > 1);
        moved.map(|(id, points)| (id.slot(), points.into_iter().map(row).collect())).collect()
    }

    fn run_to(&mut self, to: Time, queue: &mut Queue) -> anyhow::Result<()> {
        loop {
            let next = if self.fill()? { self.pending.as_ref().map(|piece| piece.time) } else { None };
            let over = next.is_none_or(|next| next > to);
            let until = if over { to + Span(1) } else { next.unwrap_or(to) };
            while self.deeds.get(self.done).is_some_and(|(time, _)| *time < until) {
                if let Some(action) = self.do_next() {
                    queue.action(&action);
                }
            }
            if !over {
                self.take().iter().for_each(|action| drop(queue.action(action)));
            }
            if over || self.playback.waiting() >= BATCH {
                let stamp = &self.stamp;
                for output in self.playback.step() {
                    let (from, body) = rendered(&output, stamp);
                    queue.put(from, &body, output.event().time, None);
                }
            }
            if over {
                return Ok(());
            }
        }
    }

    /// Returns the first moment of the recording.
    fn first(&self) -> Time {
        lock(&self.known).from.unwrap_or(Time(0))
    }

    /// Publishes the picture, the player's state, and the status.
    fn show(&mut self) {
        self.shown = Some(Instant::now());
        self.scene.paint(self.playback.look());
        {
            let mut health = self.board.note();
            let intake = self.playback.intake();
            health.counted(self.playback.engine().counts(), &intake.tally, intake.stations(), Duration::ZERO);
            health.near_misses = self.playback.engine().near_miss_counts();
            health.judge_silence(self.now);
        }
        let state = {
            let (known, mut state) = (lock(&self.known), self.state());
            state.from = known.from.map_or(0, |from| from.0);
            state.until = known.until.max(self.now).0.max(state.from);
            state.now = self.now.0.max(state.from);
            state.looked = known.looked;
            state.marks.clone_from(&known.marks);
            state.failed = self.failed.iter().cloned().collect();
            state.nodes = nodes(self.followers.as_ref());
            state.clone()
        };
        self.scene.tell("player", &state);
    }
}
