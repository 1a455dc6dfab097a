//! Ctrl-C and SIGTERM end a command in good order; a second one ends it at once.

use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Exit status of a command that a second Ctrl-C cut short, as shells have it.
const INTERRUPTED: i32 = 130;

/// Both signals. The first is waited for; the second, from then on, exits the process.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// Takes the signals over. Needs a tokio runtime.
    pub fn new() -> std::io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the first.
    pub async fn first(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Waits for the first, or for SIGHUP; whether it was the first.
    pub async fn first_or_hangup(&mut self) -> bool {
        tokio::select! {
            _ = self.interrupt.recv() => true,
            _ = self.terminate.recv() => true,
            _ = self.hangup.recv() => false,
        }
    }

    /// From now on one more ends the process at once.
    pub fn exit_on_next(mut self) {
        tokio::spawn(async move {
            self.first().await;
            eprintln!("vigie: ended at once");
            process::exit(INTERRUPTED);
        });
    }
}
