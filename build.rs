//! The shipped configuration is part of the program: a new file in it is a reason to build. What saves the engine's
//! state reads it back only when the code that lays it out is the same: its hash goes into the program. So does the page.

use std::path::{Path, PathBuf};

/// What lays out saved state, or decides what it means.
const STATEFUL: [&str; 8] =
    ["model", "sphere", "picture", "patterns", "alerts", "engine", "wire", "feed/intake.rs"];

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=config");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for part in STATEFUL {
        println!("cargo::rerun-if-changed=src/{part}");
        hash.path(&Path::new("src").join(part));
    }
    println!("cargo::rustc-env=VIGIE_STATE_LAYOUT={:016x}", hash.0);
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

/// FNV-1a, 64 bits.
struct Fnv(u64);

impl Fnv {
    fn path(&mut self, path: &Path) {
        if let Ok(entries) = std::fs::read_dir(path) {
            let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            paths.iter().filter(|path| !path.ends_with("tests")).for_each(|path| self.path(path));
        } else if let Ok(bytes) = std::fs::read(path) {
            for byte in bytes {
                self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }
}
