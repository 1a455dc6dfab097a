//! `vigie replay --console`: plays a recording in the browser.

use std::sync::Arc;

use anyhow::Context as _;

use super::Failure;
use super::check::configuration;
use super::replay::Args;
use super::run::runtime;
use super::score::read_truth;
use super::signals::Signals;
use crate::config::{Config, Http};
use crate::console::player::{Play, Player};
use crate::console::region::Region;
use crate::console::scene::Scene;
use crate::console::{self, Console, Places, Source};
use crate::feed::followers::Followers;
use crate::feed::recording::{Options, Recording};
use crate::feed::replay::EXERCISE;
use crate::feed::speed::Speed;
use crate::health::Board;
use crate::sinks::event_json::Stamp;
use crate::sinks::marking::Marks;
use crate::telemetry;

/// The default speed, in multiples of real time: as fast as an officer can follow.
const SPEED: f64 = 60.0;

/// Plays the recording until Ctrl-C.
pub(super) fn play(args: &Args, port: u16, options: Options, config: &Config) -> Result<(), Failure> {
    telemetry::start("error");
    let own = Recording::open(&args.recording, options)?.about().and_then(|about| about.exercise.clone());
    let exercise = args.exercise.clone().or(own).unwrap_or_else(|| EXERCISE.to_owned());
    let (node, state) = (config.node.name.clone(), config.node.owner.word().to_owned());
    let stamp = Stamp { node, state, exercise: Some(exercise.clone()), marks: Arc::new(Marks::of(config)) };
    let speed = match args.speed {
        None => Some(SPEED),
        Some(Speed::Times(times)) => Some(times),
        Some(Speed::Max) => None,
    };
    let (files, scene) = (args.recording.clone(), Scene::of(Region::of(config), false));
    let board = Arc::new(Board::playing(config.feeds.iter().map(|feed| feed.name.clone())));
    let runtime = runtime()?;
    let nodes = args.node.iter().map(|path| configuration(Some(path)));
    let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
    let followers = match nodes.as_slice() {
        [] => None,
        nodes => Some(Followers::start(nodes, &config.feeds, &exercise, runtime.handle())?),
    };
    let play = Play { files, options, config: config.clone(), stamp: stamp.clone(), speed, followers };
    let player = Arc::new(Player::start(play, Arc::clone(&scene), Arc::clone(&board))?);
    let http = Http::on_loopback(port);
    let places = Places {
        config: args.config.clone(),
        recordings: args.recording.clone(),
        options,
        are_of_watch: false,
    };
    let console = Console::new(config, &http, stamp, scene, board, Source::Player(player))?;
    let mut console = console.with_places(places);
    if let Some(path) = &args.truth {
        console = console.with_truth(read_truth(path)?);
    }
    Ok(runtime.block_on(async {
        let mut signals = Signals::new().context("signals")?;
        let serving = console::serve(&http, console).await?;
        eprintln!("vigie: the recording plays at http://{}/ until Ctrl-C", serving.address);
        signals.first().await;
        anyhow::Ok(())
    })?)
}
