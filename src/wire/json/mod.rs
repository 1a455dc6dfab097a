//! Decoders of JSON: AIS-catcher, Digitraffic, and tracks of any sensor.

mod aiscatcher;
mod digitraffic;
mod feature;
mod loose;
mod meaning;
mod objects;
mod tracks;
mod values;

pub(super) use aiscatcher::AisCatcher;
pub(super) use digitraffic::Digitraffic;
pub use feature::track_schema;
pub(super) use loose::Loose;
pub use objects::JSON_BYTES_MAX;
#[cfg(feature = "mode-s")]
pub(super) use objects::objects;
pub(super) use objects::{objects_of_any_length, read_or_mended};
pub(super) use tracks::Tracks;
