//! Inputs of the node: live messages and recordings.

mod backlog;
pub mod fan;
pub mod feeder;
pub mod followers;
pub mod intake;
pub mod listener;
pub mod near_misses;
pub mod playback;
pub mod rate_limits;
pub mod read_ahead;
pub mod reading;
pub mod recorder_thread;
pub mod recording;
pub mod redelivered;
pub mod replay;
mod routes;
pub mod signatures;
pub mod speed;
pub mod watch_recorder;
