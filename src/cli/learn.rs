//! `vigie learn`: writes what is usual on a coast, as learnt from recordings.

use std::path::PathBuf;

use anyhow::Context;

use super::Failure;
use super::check::configuration;
use crate::feed::playback::Playback;
use crate::feed::recording::{self, Grain, Recording};
use crate::feed::replay::BATCH;

/// Learn from recordings what is usual: where, when, and by which kind of craft
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  vigie learn recordings/ -c config/vigie.toml -o config/normalcy.json
  vigie learn week-1.mcap week-2.mcap -c config/vigie.toml -o config/normalcy.json

Name the file in vigie.toml: [normalcy] file = \"normalcy.json\". The newest 20 days of the recordings count.")]
pub struct Args {
    /// Recordings, or folders of recordings
    #[arg(required = true)]
    recording: Vec<PathBuf>,
    /// The configuration [default: config/vigie.toml]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// File for what was learnt
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// The configuration or a recording is wrong, or the file cannot be written.
pub fn run(args: Args) -> Result<(), Failure> {
    let config = configuration(args.config.as_deref())?;
    let options = recording::Options { grain: Grain::Block, ..recording::Options::default() };
    let mut recording = Recording::open(&args.recording, options)?;
    let mut playback = Playback::new(&config);
    while let Some(piece) = recording.next_piece()? {
        playback.read(piece);
        if playback.waiting() >= BATCH {
            playback.step().for_each(drop);
        }
    }
    playback.step().for_each(drop);
    for notice in recording.notices() {
        eprintln!("vigie: {notice}");
    }
    let normalcy = playback.engine().normalcy();
    std::fs::write(&args.out, normalcy.to_file())
        .with_context(|| format!("{}: cannot write what was learnt", args.out.display()))?;
    let (behaviours, habits, blocks) = normalcy.len();
    eprintln!("vigie: learnt {behaviours} entries, {habits} habits of vessels, {blocks} blocks of water");
    Ok(())
}
