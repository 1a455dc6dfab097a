//! How state is saved: values one after the other, as postcard writes them. Read back by the same build only.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What lays state out, as a hash: another build with the same code reads it too.
pub const LAYOUT: &str = env!("VIGIE_STATE_LAYOUT");

/// What was saved cannot be read: it is damaged, or of another build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("saved state cannot be read: it is damaged, or of another build of vigie")]
pub struct Unreadable;

/// Appends a value.
pub fn put<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    // Memory is all that it needs, and a value that cannot be written is a fault that every test of it shows.
    if let Ok(longer) = postcard::to_extend(value, std::mem::take(out)) {
        *out = longer;
    }
}

/// Takes the next value off the front.
///
/// # Errors
/// [`Unreadable`].
pub fn get<T: DeserializeOwned>(bytes: &mut &[u8]) -> Result<T, Unreadable> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(|_| Unreadable)?;
    *bytes = rest;
    Ok(value)
}

/// Takes the layout off the front.
///
/// # Errors
/// [`Unreadable`] where it is another.
pub fn same_layout(bytes: &mut &[u8]) -> Result<(), Unreadable> {
    let layout: String = get(bytes)?;
    if layout == LAYOUT { Ok(()) } else { Err(Unreadable) }
}
