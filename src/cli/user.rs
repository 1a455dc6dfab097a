//! `vigie user`: who may log in to the console.

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;

use super::Failure;
use crate::console::access::set_user;
use crate::console::api::Role;

/// The longest password that is read, bytes.
const LONGEST: u64 = 1024;

/// Let somebody log in to the console: asks for the password and keeps its hash
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  vigie user clarke --role officer --file users.toml
  vigie user floor  --role viewer  --file users.toml < password.txt

Name the file in the configuration: [http] users_file. To shut somebody out, take his table out of the file; it is read
again at once.")]
pub struct Args {
    /// Name, up to 128 characters
    name: String,
    /// What he may do
    #[arg(long)]
    role: Asked,
    /// The file of users, made where absent
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

/// A role.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Asked {
    /// Looks
    Viewer,
    /// Works on alerts
    Officer,
    /// Takes over others' alerts besides
    Supervisor,
}

/// Runs the command.
///
/// # Errors
/// The name or the password is none, or the file cannot be used.
pub fn run(args: Args) -> Result<(), Failure> {
    let name = args.name.trim();
    if name.is_empty() || name.chars().count() > 128 || name.contains(char::is_control) {
        return Err(Failure::Usage("a name has 1 to 128 characters".to_owned()));
    }
    let password = if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password(format!("Password of {name}: ")).context("password")?;
        let second = rpassword::prompt_password("Once more: ").context("password")?;
        if first != second {
            return Err(Failure::Usage("the two are not the same; nothing was written".to_owned()));
        }
        first
    } else {
        let mut text = String::new();
        std::io::stdin().take(LONGEST).read_to_string(&mut text).context("password on standard input")?;
        text.lines().next().unwrap_or_default().to_owned()
    };
    let role = match args.role {
        Asked::Viewer => Role::Viewer,
        Asked::Officer => Role::Officer,
        Asked::Supervisor => Role::Supervisor,
    };
    set_user(&args.file, name, role, &password)?;
    eprintln!("vigie: {name} may log in; name the file in the configuration: [http] users_file");
    Ok(())
}
