//! Signals: the first Ctrl-C or SIGTERM ends a command in order, a second one ends it at once.

use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Exit status after a second Ctrl-C, as in shells: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// The signals that a command handles.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// Installs the handlers. Needs a tokio runtime.
    pub fn new() -> std::io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for SIGINT or SIGTERM.
    pub async fn first(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Waits for SIGINT, SIGTERM or SIGHUP. Returns false at SIGHUP.
    pub async fn first_or_hangup(&mut self) -> bool {
        tokio::select! {
            _ = self.interrupt.recv() => true,
            _ = self.terminate.recv() => true,
            _ = self.hangup.recv() => false,
        }
    }

    /// Exits the process at the next SIGINT or SIGTERM.
    pub fn exit_on_next(mut self) {
        tokio::spawn(async move {
            self.first().await;
            eprintln!("vigie: ended at once");
            process::exit(INTERRUPTED);
        });
    }
}
