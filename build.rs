//! The shipped configuration is part of the program: a new file in it is a reason to build. What saves the engine's
//! state reads it back only when the code that lays it out is the same: its hash goes into the program.

use std::path::Path;

/// What lays out saved state, or decides what it means.
const STATEFUL: [&str; 8] =
    ["model", "sphere", "picture", "patterns", "alerts", "engine", "wire", "feed/intake.rs"];

fn main() {
    println!("cargo::rerun-if-changed=config");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for part in STATEFUL {
        println!("cargo::rerun-if-changed=src/{part}");
        hash.path(&Path::new("src").join(part));
    }
    println!("cargo::rustc-env=VIGIE_STATE_LAYOUT={:016x}", hash.0);
    page();
}

/// The console's page goes into the program as it was built; where it was not, a word on how to.
fn page() {
    println!("cargo::rerun-if-changed=console/dist");
    let Some(out) = std::env::var_os("OUT_DIR") else { return };
    let to = Path::new(&out).join("console");
    // Nothing of an older page stays.
    std::fs::remove_dir_all(&to).ok();
    let carried = copy(Path::new("console/dist"), &to).unwrap_or(0);
    if carried == 0 {
        let text = "<!doctype html><meta charset=utf-8><title>Vigie</title><p>The console's page is not in this program: \
                    build it with <code>make console</code>, then build the program again. The API is at /api/v1.</p>\n";
        let written = std::fs::create_dir_all(&to).and_then(|()| std::fs::write(to.join("index.html"), text));
        if let Err(error) = written {
            println!("cargo::error=cannot write the console's page: {error}");
        }
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<u32> {
    std::fs::create_dir_all(to)?;
    let mut files = 0;
    for entry in std::fs::read_dir(from)? {
        let (path, to) = (
            entry.as_ref().map_or_else(|_| from.to_owned(), std::fs::DirEntry::path),
            to.join(entry?.file_name()),
        );
        files += if path.is_dir() { copy(&path, &to)? } else { std::fs::copy(&path, &to).map(|_| 1)? };
    }
    Ok(files)
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
