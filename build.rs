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
