//! `vigie run`: runs the watch.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Failure;
use super::check::configuration;
use super::lists::Lists;
use super::reload::Reloader;
use super::rule_versions::Versions;
use super::signals::Signals;
use crate::config::Config;
use crate::console::{self, Places, Serving, region::Region, scene::Scene};
use crate::engine::Engine;
use crate::journal::TooNew;
use crate::mqtt::subscription::subscribe;
use crate::mqtt::{Message, Topics};
use crate::pipeline::claims::Claim;
use crate::pipeline::rules_desk::{RulesRefused, RulesRequest};
use crate::pipeline::{self, Audience, Options, Reload, Running, resume, signers, standby};
use crate::sharing::{keys, policy::Rules};
use crate::telemetry;

/// Interval at which the parts of the program and the configuration are checked.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Time limit for what works aside when the watch is over.
const LEAVING: Duration = Duration::from_secs(2);

/// Watch the feeds, and publish alerts, until Ctrl-C
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  vigie run -c config/vigie.toml --record recordings\n  vigie run --exercise dawn"
)]
pub struct Args {
    /// The configuration [default: config/vigie.toml]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read only this exercise's topics (vigie/exercise/NAME/…), and mark everything as exercise
    #[arg(long, value_name = "NAME", value_parser = exercise_name)]
    exercise: Option<String>,
    /// The name of this instance, if two nodes of the same name share one broker. The first to start is active; the other
    /// follows and takes over when the first ends. Each needs a state folder of its own
    #[arg(long, value_name = "NAME", value_parser = exercise_name, conflicts_with = "exercise")]
    instance: Option<String>,
    /// Record the feeds as received into this folder, one file per hour
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// The configuration is wrong or names no broker, a file cannot be used, or a part of the program failed.
pub fn run(args: Args) -> Result<(), Failure> {
    telemetry::start(telemetry::WATCH_FILTER);
    let config = configuration(args.config.as_deref())?;
    if config.broker.is_none() {
        return Err(no_broker());
    }
    if !config.centres.centres.is_empty() {
        keys::load(&config.sharing.key_file).map_err(|error| Failure::Usage(format!("{error:#}")))?;
    }
    let runtime = runtime()?;
    let outcome = runtime.block_on(watch(config, args));
    // What still works aside, such as a look through recordings, answers nobody any more.
    runtime.shutdown_timeout(LEAVING);
    outcome
}

async fn watch(config: Config, args: Args) -> Result<(), Failure> {
    let mut signals = Signals::new().map_err(anyhow::Error::from)?;
    let (node, feeds, rules) = (config.node.name.clone(), config.feeds.len(), config.setup.rules.len());
    // Made before a standby waits: it takes over the sooner.
    let engine = Engine::new(config.setup.clone());
    let mut taken_over = None;
    if let Some(instance) = &args.instance {
        taken_over = tokio::select! {
            over = standby::wait(&config, instance) => Some(over.map_err(cannot_start)?),
            () = signals.first() => return Ok(()),
        };
    }
    let signatures = signers::signatures(&config, args.exercise.as_deref())?;
    let mut reloader = Reloader::new(args.config.clone(), &config, signatures);
    let exercise = args.exercise.clone();
    let secret = resume::client_secret(&config)?;
    let mut topics = Topics::new(&node, exercise.as_deref()).with_secret(secret);
    if let Some(instance) = &args.instance {
        topics = topics.as_instance(instance);
    }
    let scene = config.http.as_ref().map(|_| Scene::of(Region::of(&config), exercise.is_some()));
    let audience = scene.clone().map(|scene| scene as Arc<dyn Audience>);
    let places = Places {
        config: args.config.clone(),
        recordings: args.record.iter().cloned().collect(),
        are_of_watch: true,
        ..Places::default()
    };
    let options = Options {
        config: config.clone(),
        exercise: args.exercise,
        record: args.record,
        on_alert: None,
        audience,
        taken_over,
    };
    let running = pipeline::start(options, engine).map_err(cannot_start)?;
    tracing::info!(event = telemetry::WATCH, node, feeds, rules, exercise, "watching");
    let versions = Versions::new(running.journal(), args.config.clone());
    if let Some((id, body)) = versions.at_start(&config.setup) {
        running.note_change(id, body).await;
    }
    reloader.keep(versions.clone());
    // An exercise reads the files of the real watch: it does not change them.
    let mut requests = match exercise {
        None => Some(running.open_rules_desk()),
        Some(_) => None,
    };
    let mut console = None;
    if let (Some(http), Some(scene)) = (&config.http, scene) {
        let known = exercise.map(|name| console::Exercise { name, first_due: None });
        // The watch runs without a console if the port is taken, for example by the real watch beside an exercise.
        match console::open(http, &config, places, known, scene, &running).await {
            Ok(serving) => console = Some(serving),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(event = telemetry::LISTENING, error, "watching without a console");
            }
        }
    }
    let mut lists = match (&config.broker, &config.lists_topic) {
        (Some(broker), Some(filter)) => {
            let board = Arc::clone(&running.board);
            let too_large = move || board.note().listed(false);
            Some(Lists::new(subscribe(broker, topics.client_id("lists"), topics.inbound(filter), too_large)?))
        }
        _ => None,
    };
    let mut look = tokio::time::interval(LOOK_EVERY);
    let failure = loop {
        let asked = tokio::select! {
            first = signals.first_or_hangup() => if first { break None } else { true },
            _ = look.tick() => match failure_of(&running) {
                Some(failure) => break Some(failure),
                None => false,
            },
            request = asked_for(&mut requests) => {
                if let Some(reload) = reloader.look(false) {
                    show(&console, &reload, reloader.config());
                    running.reload(reload).await;
                }
                let done = versions.carry_out(&mut reloader, &request);
                let answer = match done {
                    Err(refused) => Err(refused),
                    Ok((reload, put)) => {
                        show(&console, &reload, reloader.config());
                        if running.reload(reload).await { Ok(put) } else { Err(RulesRefused::Ending) }
                    }
                };
                request.answer.send(answer).ok();
                continue;
            }
            message = next(&mut lists) => {
                let began = Instant::now();
                let listed = reloader.listed(message.topic().to_owned(), message.payload());
                running.board.note().listed(listed.is_ok());
                if let Ok(Some(reload)) = listed {
                    show(&console, &reload, reloader.config());
                    running.reload(reload).await;
                }
                if let Some(lists) = &mut lists {
                    lists.note(began.elapsed());
                }
                continue;
            }
        };
        if let Some(reload) = reloader.look(asked) {
            show(&console, &reload, reloader.config());
            running.reload(reload).await;
        }
    };
    drop(console);
    signals.exit_on_next();
    tracing::info!(event = telemetry::WATCH, "ending");
    let health = running.end().await?;
    let (alerts, unsent) = (health.written, health.written.saturating_sub(health.sent()));
    tracing::info!(event = telemetry::WATCH, messages = health.messages, alerts, unsent, "ended");
    failure.map_or(Ok(()), |failure| Err(Failure::Running(failure)))
}

/// Tells what no restart heals from what one may heal: the service manager tries the latter again.
fn cannot_start(error: anyhow::Error) -> Failure {
    match error.downcast_ref::<TooNew>() {
        Some(_) => Failure::Usage(format!("{error:#}")),
        None => Failure::Running(error),
    }
}

/// Gives the console what comes into force: markings, rules for sharing, zones.
fn show(console: &Option<Serving>, reload: &Reload, config: &Config) {
    if let Some(console) = console {
        console.put_in_force(Arc::clone(&reload.marks), Arc::new(Rules::of(config)), config);
    }
}

/// Why the watch must end by itself; `None` while it need not.
fn failure_of(running: &Running) -> Option<anyhow::Error> {
    if let Some(Claim { term, instance }) = running.superseded_by() {
        let mend = "start this one again, and it follows as the standby";
        return Some(anyhow!("node {instance} is active (term {term}): {mend}"));
    }
    running.is_broken().then(|| anyhow!("a part of the program ended by itself; this is a fault of vigie"))
}

/// Returns the next request for other rules.
async fn asked_for(requests: &mut Option<mpsc::Receiver<RulesRequest>>) -> RulesRequest {
    match requests {
        Some(requests) => match requests.recv().await {
            Some(request) => request,
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// Returns the next message of vessel lists.
async fn next(lists: &mut Option<Lists>) -> Message {
    match lists {
        Some(lists) => lists.next().await,
        None => std::future::pending().await,
    }
}

/// The error of a command that needs a broker.
pub(super) fn no_broker() -> Failure {
    let mend = "add one to the configuration: [broker] url = \"mqtt://host:1883\"";
    Failure::Usage(format!(
        "the configuration names no broker; {mend}; or try `vigie demo`, which has its own"
    ))
}

/// Builds the runtime of the commands that talk to a broker.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    Ok(built.map_err(anyhow::Error::from)?)
}

/// Parses the name of an exercise or instance, which becomes part of topics and file names.
pub(super) fn exercise_name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match (1..=64).contains(&text.len()) && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("a name is 1 to 64 letters, digits, '-' and '_'".to_owned()),
    }
}
