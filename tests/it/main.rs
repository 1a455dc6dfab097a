//! The one integration binary.
#![allow(clippy::unwrap_used, missing_docs)] // tests: a panic with its line is the answer wanted

mod scenarios;
