//! What comes in: recordings and live messages, and the only wall clock.

pub mod recording;
