//! Alerts out, actions in: what leaves for other systems, and the formats that they read.

pub mod event_json;
pub mod marking;
pub mod mqtt;
