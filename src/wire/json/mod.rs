//! Decoders of JSON: AIS-catcher, Digitraffic, and tracks of any sensor.

mod aiscatcher;
mod digitraffic;
mod loose;
mod objects;
mod tracks;
mod values;

pub(super) use aiscatcher::AisCatcher;
pub(super) use digitraffic::Digitraffic;
pub(super) use loose::Loose;
pub use objects::JSON_BYTES_MAX;
#[cfg(feature = "mode-s")]
pub(super) use objects::objects;
pub(super) use objects::objects_of_any_length;
pub(super) use tracks::Tracks;
