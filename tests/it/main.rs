//! The one integration binary: a whole program, from the outside.

#[path = "../support/mod.rs"]
mod support;

mod mqtt;
mod recordings;
