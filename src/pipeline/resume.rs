//! Resuming an earlier run: its checkpoint, and the messages logged since.

use std::fs::DirBuilder;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Instant;

use anyhow::Context;

use super::engine_thread::EngineThread;
use super::{Core, Follows};
use crate::config::Config;
use crate::journal::{Journal, input, spare};
use crate::random;
use crate::sinks::event_json::Stamp;
use crate::telemetry;

/// Messages after which what followed from them is brought to the journal.
const TURN: usize = 4096;

/// Returns the secret part of this node's client names at the broker; the state folder keeps it, so that a restart has its
/// sessions again.
///
/// # Errors
/// The folder cannot be used.
pub fn client_secret(config: &Config) -> anyhow::Result<String> {
    let path = config.state.folder.join("client-secret");
    let named = || format!("state folder {}", config.state.folder.display());
    DirBuilder::new().recursive(true).mode(0o700).create(&config.state.folder).with_context(named)?;
    match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(named),
    }
    let secret = random::hex::<8>()?;
    let mut options = std::fs::OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(0o600).open(&path).with_context(named)?;
    file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).with_context(named)?;
    Ok(secret)
}

/// Brings the engine's thread to where the last run was, and the journal to what followed from it. What is there already is not
/// written twice; an alert that was open and that nothing is known of any more ends. Where this node takes over, an alert of the
/// other one stays open: the message that it follows from may be yet to come.
///
/// # Errors
/// The log or the journal cannot be read or written.
pub(super) fn take_up<C: Core>(
    thread: &mut EngineThread<C>,
    config: &Config,
    checkpoints: &[(u64, Vec<u8>)],
    folder: &Path,
    journal: &mut Journal,
    stamp: &Stamp,
    is_taken_over: bool,
) -> anyhow::Result<()> {
    let started = Instant::now();
    thread.sync_last_run();
    let loaded =
        checkpoints.iter().find_map(|(next, saved)| match thread.load(&config.setup, saved, *next) {
            Ok(rebuilt) => {
                if !rebuilt.is_empty() {
                    let (event, parts) = (telemetry::RESUME, rebuilt.join(", "));
                    tracing::warn!(
                        event,
                        parts,
                        "another version wrote these parts of the state: they are built anew"
                    );
                }
                Some(*next)
            }
            Err(error) => {
                tracing::warn!(event = telemetry::RESUME, %error, "this checkpoint cannot be used");
                None
            }
        });
    let (mut messages, mut new) = (0_u64, 0);
    let mut write = |thread: &mut EngineThread<C>| -> anyhow::Result<()> {
        let mut entries: Vec<_> = thread.follows().into_iter().map(|what| what.entry(stamp)).collect();
        new += journal.append(&mut entries)?.iter().flatten().count();
        Ok(())
    };
    let spare = spare::folder(folder).filter(|spare| spare.is_dir());
    let folders: Vec<&Path> = [Some(folder), spare.as_deref()].into_iter().flatten().collect();
    input::read_all(&folders, loaded.unwrap_or(0), |number, logged| {
        thread.again(number, logged);
        messages += 1;
        if messages.is_multiple_of(TURN as u64) { write(thread) } else { Ok(()) }
    })
    .with_context(|| format!("input log in {}", folder.display()))?;
    write(thread)?;
    let mut orphans = journal.open_alerts()?;
    orphans.retain(|open| (open.is_own || !is_taken_over) && !thread.is_open(&open.id));
    let mut orphans: Vec<_> = orphans.iter().filter_map(Follows::lost).collect();
    let lost = orphans.len();
    journal.append(&mut orphans)?;
    if loaded.is_some() || messages > 0 || lost > 0 {
        let (event, from_checkpoint, ms) =
            (telemetry::RESUME, loaded.is_some(), started.elapsed().as_millis() as u64);
        tracing::info!(event, from_checkpoint, messages, new, lost, ms, "going on from the last run");
    }
    Ok(())
}
