//! Alerts out: the formats that other systems read.

pub mod event_json;
mod json;
