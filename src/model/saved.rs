//! Saved state: a list of parts, each with a name, the version of its layout, and its bytes as postcard writes them.
//!
//! A build reads each part that has a version it knows. Whoever changes the layout of a part raises its version and
//! either reads the older layout too (a migration), or lets the part be built anew: [`SavedState::rebuild`] notes that, so that
//! the log says what was lost. Parts that nothing can be rebuilt without (tracks, open alerts) must be migrated.
//! The states in `tests/vectors/state`, each written by an earlier build, are read by `tests/it/upgrade.rs`.

use rustc_hash::FxHashMap;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

/// First bytes of every saved state.
const MAGIC: &[u8; 8] = b"vigie-s1";

/// Saved state, or a part of it, that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The bytes do not begin as saved state does: another program or a build before versions wrote them.
    #[error("this is no saved state of this program, or one from before saved state had versions")]
    Foreign,
    /// The list of parts breaks off.
    #[error("saved state is cut off or damaged")]
    Damaged,
    /// A part is absent, though nothing can go on without it.
    #[error("saved state has no part {0}")]
    Absent(String),
    /// A part has a version that this build does not know.
    #[error("saved state has part {part} in version {version}, which this build does not know")]
    Version {
        /// Name of the part.
        part: String,
        /// Version found.
        version: u16,
    },
    /// A part has a known version, and bytes that are not of that layout.
    #[error("part {0} of saved state is damaged")]
    Part(String),
}

/// Writes saved state, part by part.
#[derive(Debug)]
pub struct StateWriter {
    bytes: Vec<u8>,
}

impl Default for StateWriter {
    fn default() -> Self {
        StateWriter { bytes: MAGIC.to_vec() }
    }
}

impl StateWriter {
    /// Appends one part.
    pub fn part<T: Serialize + ?Sized>(&mut self, name: &str, version: u16, value: &T) {
        self.part_with(name, version, |out| put(value, out));
    }

    /// Appends one part that is made of several values, one [`put`] each.
    pub fn part_with(&mut self, name: &str, version: u16, write: impl FnOnce(&mut Vec<u8>)) {
        put(&(name, version), &mut self.bytes);
        let length_at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 8]);
        write(&mut self.bytes);
        let length = (self.bytes.len() - length_at - 8) as u64;
        self.bytes[length_at..length_at + 8].copy_from_slice(&length.to_le_bytes());
    }

    /// Returns the bytes written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Saved state that is being read.
#[derive(Debug)]
pub struct SavedState<'a> {
    parts: Vec<SavedPart<'a>>,
    rebuilt: Vec<String>,
}

/// One part of saved state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedPart<'a> {
    /// Name of the part.
    pub name: &'a str,
    /// Version of the layout of `bytes`.
    pub version: u16,
    /// The part's values, as postcard writes them.
    pub bytes: &'a [u8],
}

impl<'a> SavedState<'a> {
    /// Finds the parts in the bytes of a [`StateWriter`].
    ///
    /// # Errors
    /// [`Unreadable::Foreign`] or [`Unreadable::Damaged`].
    pub fn parse(bytes: &'a [u8]) -> Result<SavedState<'a>, Unreadable> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(Unreadable::Foreign)?;
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let ((name, version), after) =
                postcard::take_from_bytes(rest).map_err(|_| Unreadable::Damaged)?;
            let (length, after) = after.split_first_chunk::<8>().ok_or(Unreadable::Damaged)?;
            let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| Unreadable::Damaged)?;
            let (bytes, after) = after.split_at_checked(length).ok_or(Unreadable::Damaged)?;
            parts.push(SavedPart { name, version, bytes });
            rest = after;
        }
        Ok(SavedState { parts, rebuilt: Vec::new() })
    }

    /// All parts, in the order in which they were written.
    pub fn parts(&self) -> &[SavedPart<'a>] {
        &self.parts
    }

    /// Returns the part of a name.
    ///
    /// # Errors
    /// [`Unreadable::Absent`].
    pub fn part(&self, name: &str) -> Result<SavedPart<'a>, Unreadable> {
        let found = self.parts.iter().find(|part| part.name == name);
        found.copied().ok_or_else(|| Unreadable::Absent(name.to_owned()))
    }

    /// Reads a part that has had one version only.
    ///
    /// # Errors
    /// The part is absent, of another version, or damaged.
    pub fn read<T: DeserializeOwned>(&self, name: &str, version: u16) -> Result<T, Unreadable> {
        self.part(name)?.read(version)
    }

    /// Reads a part that earlier states do not have; `None` where it is absent.
    ///
    /// # Errors
    /// The part is of another version, or damaged.
    pub fn optional<T: DeserializeOwned>(&self, name: &str, version: u16) -> Result<Option<T>, Unreadable> {
        self.part(name).ok().map(|part| part.read(version)).transpose()
    }

    /// Returns what was read of a part, or a fresh value where that failed, and notes that the part was rebuilt.
    pub fn rebuild<T: Default>(&mut self, name: &str, read: Result<T, Unreadable>) -> T {
        read.unwrap_or_else(|_| {
            self.note_rebuilt(name);
            T::default()
        })
    }

    /// Notes that a part could not be used and is built anew.
    pub fn note_rebuilt(&mut self, name: &str) {
        self.rebuilt.push(name.to_owned());
    }

    /// Names of the parts that could not be used and were built anew.
    pub fn rebuilt(&self) -> &[String] {
        &self.rebuilt
    }
}

impl SavedPart<'_> {
    /// Reads the one value of a part, if its version is this one.
    ///
    /// # Errors
    /// [`Unreadable::Version`] or [`Unreadable::Part`].
    pub fn read<T: DeserializeOwned>(&self, version: u16) -> Result<T, Unreadable> {
        if self.version == version { self.decode() } else { Err(self.unknown_version()) }
    }

    /// Reads the one value of a part, whatever its version: for a caller that has looked at it.
    ///
    /// # Errors
    /// [`Unreadable::Part`].
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Unreadable> {
        let mut bytes = self.bytes;
        let value = get(&mut bytes).map_err(|_| self.damaged())?;
        if bytes.is_empty() { Ok(value) } else { Err(self.damaged()) }
    }

    /// The error of a part whose version this build does not know.
    pub fn unknown_version(&self) -> Unreadable {
        Unreadable::Version { part: self.name.to_owned(), version: self.version }
    }

    /// The error of a part whose bytes are not of its layout.
    pub fn damaged(&self) -> Unreadable {
        Unreadable::Part(self.name.to_owned())
    }
}

/// Serializes a map in the order of its keys: for `#[serde(serialize_with)]`. A table's own order tells of its past, of which
/// nothing else is saved: the same state has the same bytes.
///
/// # Errors
/// Those of the serializer.
pub fn in_order<K, V, S>(map: &FxHashMap<K, V>, serializer: S) -> Result<S::Ok, S::Error>
where
    K: Serialize + Ord,
    V: Serialize,
    S: Serializer,
{
    let mut entries: Vec<(&K, &V)> = map.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    serializer.collect_map(entries)
}

/// A map that is written in the order of its keys, where it stands in a part by itself.
#[derive(Serialize)]
#[serde(bound = "K: Serialize + Ord, V: Serialize")]
pub struct InOrder<'a, K, V>(#[serde(serialize_with = "in_order")] pub &'a FxHashMap<K, V>);

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
/// [`Unreadable::Damaged`]: the bytes are not of that layout.
pub fn get<T: DeserializeOwned>(bytes: &mut &[u8]) -> Result<T, Unreadable> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(|_| Unreadable::Damaged)?;
    *bytes = rest;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_name_and_an_unknown_version_is_told() {
        let mut writer = StateWriter::default();
        writer.part("tracks", 2, &vec![7_u32, 8]);
        writer.part_with("grid", 1, |out| out.extend_from_slice(b"\x01"));
        let bytes = writer.into_bytes();
        let mut state = SavedState::parse(&bytes).expect("parses");
        assert_eq!(state.read::<Vec<u32>>("tracks", 2), Ok(vec![7, 8]));
        assert_eq!(state.read::<u8>("grid", 1), Ok(1));
        let unknown = state.read::<Vec<u32>>("tracks", 1);
        assert_eq!(unknown, Err(Unreadable::Version { part: "tracks".to_owned(), version: 2 }));
        assert_eq!(state.read::<u8>("zones", 1), Err(Unreadable::Absent("zones".to_owned())));
        assert_eq!(state.read::<(u8, u8)>("grid", 1), Err(Unreadable::Part("grid".to_owned())));
        assert_eq!(state.rebuild("tracks", unknown), Vec::<u32>::new());
        assert_eq!(state.rebuilt(), ["tracks"]);
    }

    #[test]
    fn any_cut_and_any_flipped_bit_is_an_error_or_another_value_and_never_a_panic() {
        let mut writer = StateWriter::default();
        writer.part("tracks", 1, &(1_u32, "a name"));
        let bytes = writer.into_bytes();
        for cut in 0..bytes.len() {
            let read = SavedState::parse(&bytes[..cut]);
            assert!(cut == MAGIC.len() || read.is_err(), "cut at {cut}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            if let Ok(state) = SavedState::parse(&damaged) {
                state.read::<(u32, String)>("tracks", 1).ok();
            }
        }
    }
}
