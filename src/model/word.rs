//! Serialization of the program's own words, such as the reason of a clutter test: text when saved, a static string when read.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};

/// A word of the program's own vocabulary.
pub type Word = &'static str;

thread_local! {
    /// All words read so far: a few dozen, for saved state holds no others.
    static KNOWN: RefCell<BTreeSet<Word>> = const { RefCell::new(BTreeSet::new()) };
}

/// Returns a static string of equal text. Each different text is allocated once for each thread and never freed.
pub fn word(text: &str) -> Word {
    KNOWN.with_borrow_mut(|known| match known.get(text) {
        Some(known) => known,
        None => {
            let kept: Word = Box::leak(text.into());
            known.insert(kept);
            kept
        }
    })
}

/// Reads a field that holds one word.
pub fn one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    <&str>::deserialize(deserializer).map(word)
}

/// Reads a field that holds one word or none.
pub fn maybe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'static str>, D::Error> {
    Ok(Option::<&str>::deserialize(deserializer)?.map(word))
}

/// Reads a field that holds several words.
pub fn several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<&'static str>, D::Error> {
    Ok(Vec::<&str>::deserialize(deserializer)?.into_iter().map(word).collect())
}
