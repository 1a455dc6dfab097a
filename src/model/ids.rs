//! Identifiers that the program gives: small numbers that name a track, a sensor, a zone or a rule, one type for each.
//!
//! [`FeedId`], [`RuleId`] and [`ZoneId`] follow the order of the configuration. [`SensorId`] and [`SensorTrackId`] follow
//! the order of arrival. A [`TrackId`] has a generation besides: the place of a track that is gone goes to another one,
//! and an identifier kept from before does not name that one.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU32;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A feed, numbered in the order of the configuration; feeds found on the way follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FeedId(pub u16);

/// A receiving station within its feed; 0 where the feed names none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StationId(pub u16);

impl StationId {
    /// Stands for the picture of another centre: its reports show nothing of a receiver, and no alert waits for them.
    pub const RELAYED: StationId = StationId(u16::MAX);
}

/// A station among those of all feeds: feed and station in one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StationKey(u32);

impl StationKey {
    /// Returns the key of a feed's station.
    pub const fn new(feed: FeedId, station: StationId) -> StationKey {
        StationKey((feed.0 as u32) << 16 | station.0 as u32)
    }

    /// Returns the station's feed.
    pub const fn feed(self) -> FeedId {
        FeedId((self.0 >> 16) as u16)
    }

    /// Returns the station within the feed.
    pub const fn station(self) -> StationId {
        StationId(self.0 as u16)
    }
}

/// A rule, numbered in the order of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleId(pub u16);

impl RuleId {
    /// Returns the rule's place in a list of all rules.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A zone, numbered in the order of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ZoneId(pub u32);

impl ZoneId {
    /// Returns the zone's place in a list of all zones.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A sensor (one station of a feed of contacts), numbered in the order in which the sensors first reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SensorId(pub u32);

impl SensorId {
    /// Returns the sensor's place in a list of all sensors.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A sensor track: one target of one sensor under one number. Detections have no identifier beyond that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SensorTrackId(pub u32);

impl SensorTrackId {
    /// Returns the sensor track's place in a list of all sensor tracks.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A track of the picture: a place in the track store, and how often that place was given to another track before.
///
/// Serialized as one number, `generation << 32 | slot`; that of the first generation equals its slot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrackId {
    /// One more than the slot, so that an `Option` of an identifier takes no more room.
    slot_plus_one: NonZeroU32,
    generation: u32,
}

impl TrackId {
    /// Returns the identifier of the track at a place in a generation.
    ///
    /// # Panics
    /// With slot `u32::MAX`: a store is bounded far below.
    pub const fn new(slot: u32, generation: u32) -> TrackId {
        match NonZeroU32::new(slot.wrapping_add(1)) {
            Some(slot_plus_one) => TrackId { slot_plus_one, generation },
            None => panic!("slot out of range"),
        }
    }

    /// Returns the place in the track store, which another track has once this one is gone.
    pub const fn slot(self) -> u32 {
        self.slot_plus_one.get() - 1
    }

    /// Returns the place in a list by slot.
    pub const fn index(self) -> usize {
        self.slot() as usize
    }

    /// Returns how often the place was given to another track before.
    pub const fn generation(self) -> u32 {
        self.generation
    }

    /// Returns the identifier of the next track at the same place.
    pub const fn next_generation(self) -> TrackId {
        TrackId { generation: self.generation.wrapping_add(1), ..self }
    }

    const fn to_bits(self) -> u64 {
        (self.generation as u64) << 32 | self.slot() as u64
    }

    const fn from_bits(bits: u64) -> Option<TrackId> {
        match bits as u32 {
            u32::MAX => None,
            slot => Some(TrackId::new(slot, (bits >> 32) as u32)),
        }
    }
}

impl Default for TrackId {
    fn default() -> Self {
        TrackId::new(0, 0)
    }
}

impl fmt::Debug for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.slot(), self.generation)
    }
}

impl Hash for TrackId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.to_bits());
    }
}

impl Serialize for TrackId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_bits().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TrackId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TrackId, D::Error> {
        TrackId::from_bits(u64::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("no track"))
    }
}

/// Serialization of an optional [`TrackId`] as one number, `u32::MAX` for none: for `#[serde(with)]`.
pub mod optional_track {
    use super::{Deserialize, Deserializer, Serialize, Serializer, TrackId};

    const NONE: u64 = u32::MAX as u64;

    /// Writes the number.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(id: &Option<TrackId>, serializer: S) -> Result<S::Ok, S::Error> {
        id.map_or(NONE, TrackId::to_bits).serialize(serializer)
    }

    /// Reads the number.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TrackId>, D::Error> {
        Ok(TrackId::from_bits(u64::deserialize(deserializer)?))
    }
}

/// Serialization of a [`TrackId`] with a number beside it that is read and not used: for `#[serde(with)]`. Before
/// identifiers had generations, the time of the track's first report stood there.
pub mod track_and_number {
    use super::{Deserialize, Deserializer, Serialize, Serializer, TrackId};

    /// Writes the identifier and 0.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(id: &TrackId, serializer: S) -> Result<S::Ok, S::Error> {
        (id, 0_i64).serialize(serializer)
    }

    /// Reads the identifier.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TrackId, D::Error> {
        <(TrackId, i64)>::deserialize(deserializer).map(|(id, _)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Link {
        to: TrackId,
        #[serde(with = "optional_track")]
        next: Option<TrackId>,
    }

    #[test]
    fn an_identifier_is_eight_bytes_with_and_without_option() {
        assert_eq!((size_of::<TrackId>(), size_of::<Option<TrackId>>()), (8, 8));
        assert!(TrackId::new(1, 9) < TrackId::new(2, 0), "the order is that of the slots");
    }

    #[test]
    fn a_slot_saved_before_generations_reads_as_the_first_generation() {
        for (slot, next, link) in [
            (7_u32, u32::MAX, Link { to: TrackId::new(7, 0), next: None }),
            (300, 2_000_000, Link { to: TrackId::new(300, 0), next: Some(TrackId::new(2_000_000, 0)) }),
        ] {
            let saved = postcard::to_stdvec(&(slot, next)).unwrap();
            assert_eq!(postcard::from_bytes::<Link>(&saved).unwrap(), link);
            assert_eq!(postcard::to_stdvec(&link).unwrap(), saved);
        }
        let link = Link { to: TrackId::new(7, 3), next: Some(TrackId::new(0, u32::MAX)) };
        let saved = postcard::to_stdvec(&link).unwrap();
        assert_eq!(postcard::from_bytes::<Link>(&saved).unwrap(), link);
    }
}
