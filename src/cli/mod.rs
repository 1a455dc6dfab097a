//! The command line: one file per command. Output for programs goes to stdout, messages for people to stderr.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub mod alerts;
pub mod backup;
pub mod check;
pub mod compare;
pub mod demo;
pub mod explain;
pub mod keys;
pub mod learn;
mod lists;
mod outcomes;
mod play;
mod publish;
pub mod reads;
pub mod record;
mod reload;
pub mod replay;
mod rule_versions;
pub mod rules;
pub mod run;
pub mod schema;
pub mod score;
pub mod share;
pub mod sign;
mod signals;
pub mod simulate;
pub mod sweep;
mod trial;
pub mod user;
pub mod verify;

/// One picture of what moves at sea and in the air above it, and alerts with their reason within seconds
#[derive(Debug, Parser)]
#[command(name = "vigie", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Run(run::Args),
    Replay(Box<replay::Args>),
    Learn(learn::Args),
    Record(record::Args),
    Simulate(simulate::Args),
    Score(score::Args),
    Compare(compare::Args),
    Sweep(sweep::Args),
    Explain(explain::Args),
    Rules(rules::Args),
    Alerts(alerts::Args),
    Reads(reads::Args),
    Verify(verify::Args),
    Backup(backup::Args),
    User(user::Args),
    Keys(keys::Args),
    Share(share::Args),
    Sign(sign::Args),
    Check(check::Args),
    Schema(schema::Args),
}

/// The reason why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line or the configuration is wrong: exit status 2.
    #[error("{0}")]
    Usage(String),
    /// The command is done, and its exit status tells what it found.
    #[error("status {0}")]
    Told(u8),
    /// The command failed while running: exit status 1.
    #[error("{0:#}")]
    Running(#[from] anyhow::Error),
}

/// Parses the arguments, runs the command, and returns the exit status: 0 done, 1 failed while running, 2 wrong use.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome: Result<(), Failure> = match cli.command {
        Command::Replay(args) => replay::run(*args),
        Command::Demo(args) => demo::run(args),
        Command::Run(args) => run::run(args),
        Command::Learn(args) => learn::run(args),
        Command::Record(args) => record::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Score(args) => score::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Sweep(args) => sweep::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Alerts(args) => alerts::run(args),
        Command::Reads(args) => reads::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Backup(args) => backup::run(args),
        Command::User(args) => user::run(args),
        Command::Keys(args) => keys::run(args),
        Command::Share(args) => share::run(args),
        Command::Sign(args) => sign::run(args),
        Command::Check(args) => check::run(args),
        Command::Schema(args) => schema::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Told(status)) => ExitCode::from(status),
        Err(failure) => {
            eprintln!("vigie: {failure}");
            match failure {
                Failure::Told(status) => ExitCode::from(status),
                Failure::Usage(_) => ExitCode::from(2),
                Failure::Running(_) => ExitCode::FAILURE,
            }
        }
    }
}
