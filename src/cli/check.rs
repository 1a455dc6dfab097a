//! `vigie check`: looks a configuration over and prints what is in force.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::config::{self, Config, Gravity, Problem};

/// Looks a configuration over: every error of every file in one go, with file, line and column; else what is in force.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  vigie check -c config/vigie.toml")]
pub struct Args {
    /// The main file; without it config/vigie.toml, or else the shipped configuration.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// `Usage` where the configuration is wrong, `Running` where the output cannot be written.
pub fn run(args: Args) -> Result<(), Failure> {
    let overview = config::overview(args.config.as_deref()).map_err(|problems| refusal(&problems))?;
    tell(&overview.warnings);
    print(&config::in_force(&overview))
}

/// A configuration for a command that needs one; its warnings go to standard error.
///
/// # Errors
/// `Usage` where it is wrong, after every error has been told on standard error.
pub fn configuration(path: Option<&Path>) -> Result<Config, Failure> {
    let (config, warnings) = config::load_or_shipped(path).map_err(|problems| refusal(&problems))?;
    tell(&warnings);
    Ok(config)
}

/// Prints to standard output; a reader that has seen enough is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::Running(error.into())),
        _ => Ok(()),
    }
}

fn tell(problems: &[Problem]) {
    if !problems.is_empty() {
        eprintln!("{}", config::lines(problems));
    }
}

fn refusal(problems: &[Problem]) -> Failure {
    tell(problems);
    let errors = problems.iter().filter(|problem| problem.severity == Gravity::Error).count();
    let s = if errors == 1 { "" } else { "s" };
    Failure::Usage(format!("the configuration has {errors} error{s}; nothing was started"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_configuration_is_wrong_use() {
        let refused = configuration(Some(Path::new("no-such-folder/vigie.toml"))).expect_err("no file");
        assert!(matches!(&refused, Failure::Usage(text) if text.contains("has 1 error;")), "{refused}");
        let args = Args { config: Some(PathBuf::from("no-such-folder/vigie.toml")) };
        assert!(matches!(run(args), Err(Failure::Usage(_))));
    }
}
