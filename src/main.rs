//! The `vigie` command; see [`vigie::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    vigie::cli::main()
}
