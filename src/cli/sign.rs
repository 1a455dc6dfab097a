//! `vigie sign`: signs an action or a list of vessels with the node's key, for a broker on another machine.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use serde_json::value::RawValue;

use super::Failure;
use super::check::{print, refusal};
use crate::clock;
use crate::config;
use crate::sharing::keys;
use crate::wire::actions;
use crate::wire::shared::{Letter, What, seal};

/// Sign an officer's action or a list of vessels with this node's key, to be published over MQTT
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  echo '{\"action\":\"acknowledge\",\"alert\":\"ID\",\"by\":\"Lt Clarke\"}' |
    vigie sign -c config/vigie.toml | mosquitto_pub -q 1 -t vigie/bb-ops/actions/1 -s
  vigie sign -c config/vigie.toml --list lists/bb/wanted wanted.toml | mosquitto_pub -q 1 -r -t lists/bb/wanted -s")]
pub struct Args {
    /// The file to sign: an action as JSON, or with --list a list as TOML [default: standard input]
    file: Option<PathBuf>,
    /// The main file [default: config/vigie.toml, or else the shipped configuration]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The node that it is for [default: this node]
    #[arg(long, value_name = "NODE")]
    to: Option<String>,
    /// Sign a list of vessels for this topic, in place of an action
    #[arg(long, value_name = "TOPIC")]
    list: Option<String>,
    /// The exercise that it is for
    #[arg(long, value_name = "NAME")]
    exercise: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// The main file names no node, there is no key, or the file is no action or list.
pub fn run(args: Args) -> Result<(), Failure> {
    let (node, path) = config::key_file(args.config.as_deref()).map_err(|problems| refusal(&problems))?;
    let key = keys::load(&path)?;
    let text = read(args.file.as_ref())?;
    let (what, id, body) = match args.list {
        None => {
            actions::parse(text.as_bytes(), clock::now())
                .map_err(|error| Failure::Usage(error.to_string()))?;
            (What::Actions, format!("{}", clock::nanos()), text.trim().to_owned())
        }
        Some(topic) => {
            config::lists("the list", &text).map_err(|problems| refusal(&problems))?;
            (What::Lists, topic, serde_json::Value::from(text).to_string())
        }
    };
    let letter = Letter {
        to: args.to.unwrap_or_else(|| node.clone()),
        from: node,
        what,
        id,
        seq: clock::nanos().unsigned_abs(),
        sent: clock::now().rfc3339_millis(),
        exercise: args.exercise,
        marking: None,
        body: RawValue::from_string(body).map_err(|error| anyhow!("not JSON: {error}"))?,
    };
    print(&format!("{}\n", seal(&letter, &key)))
}

fn read(file: Option<&PathBuf>) -> anyhow::Result<String> {
    let Some(file) = file else {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
        return Ok(text);
    };
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}
