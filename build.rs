//! The shipped configuration and the console's page are part of the program: a new file in either is a reason to build.

use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=config");
    println!("cargo::rerun-if-changed=build.rs");
    page()
}

/// The console's page goes into the program as `make console` built it; where it was not built, a word on how to.
fn page() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=console/dist");
    let to = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("console");
    // Nothing of an older page stays.
    std::fs::remove_dir_all(&to).ok();
    std::fs::create_dir_all(&to)?;
    let built = Path::new("console/dist/page");
    match built.join("index.html").exists() {
        true => copy(built, &to),
        false => std::fs::write(to.join("index.html"), NO_PAGE),
    }
}

const NO_PAGE: &str = "<!doctype html><meta charset=utf-8><title>Vigie</title><p>The console's page is not in this program: \
                       run <code>make console</code>, then build it again. The API is at /api/v1.</p>\n";

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
