//! # Vigie
//!
//! One picture of what moves on the sea and above it, and alerts with their reason within seconds.
pub mod cli;
pub mod config;
pub mod engine;
pub mod model;
pub mod patterns;
pub mod scenario;
pub mod wire;
