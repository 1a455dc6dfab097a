//! Decoders of what aircraft transponders send, as receivers pass it on: SBS lines, JSON of readsb, raw Mode S.

#[cfg(feature = "mode-s")]
mod modes;
mod readsb;
mod report;
mod sbs;

#[cfg(feature = "mode-s")]
pub use modes::AIRCRAFT_MAX;
#[cfg(feature = "mode-s")]
pub(super) use modes::ModeS;
pub(super) use readsb::Readsb;
pub use readsb::SNAPSHOT_BYTES_MAX;
pub(super) use sbs::{Sbs, sbs_time};
