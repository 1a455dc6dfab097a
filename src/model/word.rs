//! Words of the program's own, such as the reason of a doubt, in what is saved: text there, and here one of a kind again.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};

/// A word of the program's own.
pub type Word = &'static str;

thread_local! {
    /// Every word read so far. There are a few dozen in the program, and what is saved holds no others.
    static KNOWN: RefCell<BTreeSet<Word>> = const { RefCell::new(BTreeSet::new()) };
}

/// A word that stays.
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

/// Of a field.
pub fn one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    <&str>::deserialize(deserializer).map(word)
}

/// Of a field that may have none.
pub fn maybe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'static str>, D::Error> {
    Ok(Option::<&str>::deserialize(deserializer)?.map(word))
}

/// Of a field of several.
pub fn several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<&'static str>, D::Error> {
    Ok(Vec::<&str>::deserialize(deserializer)?.into_iter().map(word).collect())
}
