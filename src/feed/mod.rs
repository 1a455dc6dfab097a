//! What comes in: recordings and live messages, and the only wall clock.

pub mod broker;
pub mod clock;
pub mod feeder;
pub mod intake;
pub mod limits;
pub mod mqtt;
pub mod pace;
pub mod recording;
pub mod redelivered;
pub mod replay;
pub mod sender;
pub mod stage;
pub mod subscription;
pub mod tape;
