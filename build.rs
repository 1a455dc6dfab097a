//! Prepares the console's page for embedding, and rebuilds when a file is added to the page or to the shipped configuration.

use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=config");
    println!("cargo::rerun-if-changed=build.rs");
    page()
}

/// Copies the page that `make console` built to `OUT_DIR`. If it was not built, writes a page that says how to build it.
fn page() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=console/dist");
    let to = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("console");
    // Files of an earlier page must not remain.
    std::fs::remove_dir_all(&to).ok();
    std::fs::create_dir_all(&to)?;
    let built = Path::new("console/dist/page");
    match built.join("index.html").exists() {
        true => copy(built, &to),
        false => std::fs::write(to.join("index.html"), NO_PAGE),
    }
}

/// The page of a program that was built without the console.
const NO_PAGE: &str = "<!doctype html><meta charset=utf-8><title>Vigie</title><p>The console's page is not in this program: \
                       run <code>make console</code>, then build it again. The API is at /api/v1.</p>\n";

/// Copies a folder and all that it holds.
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
