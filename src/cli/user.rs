//! `vigie user`: adds a user who may log in to the console.

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;

use super::Failure;
use crate::console::access::set_user;
use crate::console::api::Role;

/// Maximum length of a password, bytes.
const LONGEST: u64 = 1024;

/// Add a user of the console, or change one: asks for the password and stores its hash
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  vigie user clarke --role officer --file users.toml
  vigie user floor  --role viewer  --file users.toml < password.txt

Name the file in the configuration: [http] users_file. To remove a user, delete the user's table from the file; the file
is read again at once.")]
pub struct Args {
    /// Name of the user, up to 128 characters
    name: String,
    /// What the user may do
    #[arg(long)]
    role: Asked,
    /// The file of users; created if missing
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

/// The role of a user.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Asked {
    /// Sees everything, changes nothing
    Viewer,
    /// Tries rules on recordings, and puts them into force
    Analyst,
    /// Works on alerts
    Officer,
    /// Works on alerts, and takes over those of others
    Supervisor,
}

/// Runs the command.
///
/// # Errors
/// The name or the password is not allowed, or the file cannot be used.
pub fn run(args: Args) -> Result<(), Failure> {
    let name = args.name.trim();
    if name.is_empty() || name.chars().count() > 128 || name.contains(char::is_control) {
        return Err(Failure::Usage("a name has 1 to 128 characters".to_owned()));
    }
    let password = if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password(format!("Password of {name}: ")).context("password")?;
        let second = rpassword::prompt_password("Once more: ").context("password")?;
        if first != second {
            return Err(Failure::Usage("the two passwords differ; nothing was written".to_owned()));
        }
        first
    } else {
        let mut text = String::new();
        std::io::stdin().take(LONGEST).read_to_string(&mut text).context("password on standard input")?;
        text.lines().next().unwrap_or_default().to_owned()
    };
    let role = match args.role {
        Asked::Viewer => Role::Viewer,
        Asked::Analyst => Role::Analyst,
        Asked::Officer => Role::Officer,
        Asked::Supervisor => Role::Supervisor,
    };
    set_user(&args.file, name, role, &password)?;
    eprintln!("vigie: {name} may log in; name the file in the configuration: [http] users_file");
    Ok(())
}
