//! What would have been, and why not: comparisons of configurations, sweeps of limits, explanations, labels.
//!
//! Everything here replays recordings through the engine that keeps the watch. Nothing judges in another way.

pub mod alert;
pub mod compare;
mod compare_page;
pub mod explain;
mod explain_page;
mod map;
pub mod needs;
pub mod outcomes;
mod outcomes_page;
mod page;
mod plot;
pub mod schema;
pub mod sweep;
mod sweep_page;
pub mod trial;
