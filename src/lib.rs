//! # Vigie
//!
//! One picture of what moves on the sea and above it, and alerts with their reason within seconds.
pub mod alerts;
pub mod channel;
pub mod cli;
pub mod config;
pub mod console;
pub mod engine;
pub mod feed;
pub mod geodesy;
pub mod health;
pub mod journal;
pub mod model;
pub mod mqtt;
pub mod patterns;
pub mod picture;
pub mod pipeline;
pub mod scenario;
pub mod telemetry;
pub mod tracking;
pub mod tracks;
pub mod wire;
pub mod zones;
