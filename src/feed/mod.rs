//! What comes in: recordings and live messages, and the only wall clock.

pub mod pace;
mod reading;
pub mod recording;
pub mod replay;
