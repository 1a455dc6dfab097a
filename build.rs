//! The shipped configuration is part of the program: a new file in it is a reason to build.

fn main() {
    println!("cargo::rerun-if-changed=config");
}
