//! The one integration binary: a whole program, from the outside.
#![allow(clippy::unwrap_used, missing_docs)] // tests: a panic with its line is the answer wanted

#[path = "../support/mod.rs"]
mod support;

mod analysis;
mod brokers;
mod captures;
mod console;
mod console_watch;
mod disk_faults;
mod engine;
mod exercises;
mod faults;
mod kill;
mod late;
mod mqtt;
mod operations;
mod outputs;
mod overload;
mod pages;
mod process;
mod radar;
mod recordings;
mod region;
mod replay;
mod rules;
mod scenarios;
mod sharing;
mod sharing_commands;
mod signed;
mod standby;
mod tidy;
mod trials;
mod upgrade;
mod watch;
mod why;
