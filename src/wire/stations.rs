//! Registry of receiving stations by name and of the sensors of feeds, shared by the decoders of all topics.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::model::{FeedId, Position, Radar, StationId, Text};

/// Limit of stations in one run: five times the largest national shore network known. It bounds memory and tunes nothing.
pub const STATIONS_MAX: usize = 4096;
/// Limit of the bytes of a station's name; TAG blocks allow 15 (NMEA 0183 4.10, 7.9).
pub const STATION_NAME_MAX: usize = 32;

/// Name of a station, held without an allocation.
pub(super) type Name = Text<STATION_NAME_MAX>;

/// Sensor of a feed: site and radar properties. Ranges and bearings cannot be placed without them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sensor {
    /// Position of the sensor.
    pub site: Option<Position>,
    /// Accuracy and resolution of the radar.
    pub radar: Option<Radar>,
}

/// Feed and number of each station name. The number of stations is bounded; sensors grow with the highest feed number.
///
/// Numbers are given in the order in which names are first heard, so that a replay gives each station the same number.
/// Decoders use [`Stations::resolve`] and [`Stations::sensor`] alone.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Stations {
    sensors: Vec<Sensor>,
    #[serde(serialize_with = "crate::model::saved::in_order")]
    claimed: FxHashMap<Box<[u8]>, FeedId>,
    #[serde(serialize_with = "crate::model::saved::in_order")]
    known: FxHashMap<Box<[u8]>, Vec<(FeedId, StationId)>>,
    count: u16,
    refused: u64,
}

impl Stations {
    /// Declares the sensor of a feed.
    pub fn declare(&mut self, feed: FeedId, sensor: Sensor) {
        let index = usize::from(feed.0);
        if index >= self.sensors.len() {
            self.sensors.resize(index + 1, Sensor::default());
        }
        self.sensors[index] = sensor;
    }

    /// Returns the sensor of a feed as declared. A line has the sensor of the feed to which its station resolves.
    pub fn sensor(&self, feed: FeedId) -> Sensor {
        self.sensors.get(usize::from(feed.0)).copied().unwrap_or_default()
    }

    /// Assigns a station to a feed: its reports belong to that feed, whatever topic or file they come from.
    pub fn claim(&mut self, station: &str, feed: FeedId) {
        self.claimed.insert(station.trim().as_bytes().into(), feed);
    }

    /// Returns feed and number of a station named on a topic of `feed`. An empty name, a name over
    /// [`STATION_NAME_MAX`] bytes and every name past [`STATIONS_MAX`] have number 0.
    pub fn resolve(&mut self, feed: FeedId, name: &[u8]) -> (FeedId, StationId) {
        let feed = self.claimed.get(name).copied().unwrap_or(feed);
        if name.is_empty() {
            return (feed, StationId(0));
        }
        let seen = self.known.get(name).map_or(&[][..], Vec::as_slice);
        if let Some((_, id)) = seen.iter().find(|(of, _)| *of == feed) {
            return (feed, *id);
        }
        if usize::from(self.count) >= STATIONS_MAX || name.len() > STATION_NAME_MAX {
            self.refused += 1;
            return (feed, StationId(0));
        }
        self.count += 1;
        let id = StationId(self.count);
        self.known.entry(name.into()).or_default().push((feed, id));
        (feed, id)
    }

    /// Takes over the numbers of a saved registry; claims and sensors stay as declared here.
    pub fn restore(&mut self, before: Stations) {
        (self.known, self.count, self.refused) = (before.known, before.count, before.refused);
    }

    /// Returns the number of stations.
    pub fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// Returns whether no station has been named.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns how often a name was heard that found no room.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Returns feed, number and name of every station, sorted.
    pub fn list(&self) -> Vec<(FeedId, StationId, String)> {
        let named = self.known.iter().flat_map(|(name, seen)| {
            let name = String::from_utf8_lossy(name);
            seen.iter().map(move |(feed, id)| (*feed, *id, name.clone().into_owned()))
        });
        let mut list: Vec<_> = named.collect();
        list.sort_unstable();
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_station_is_its_feeds_wherever_it_is_heard() {
        let mut stations = Stations::default();
        stations.claim("r003669987", FeedId(7));
        let first = stations.resolve(FeedId(1), b"r003669987");
        assert_eq!(first, (FeedId(7), StationId(1)));
        assert_eq!(stations.resolve(FeedId(2), b"r003669987"), first);
        assert_eq!(stations.resolve(FeedId(1), b"b1"), (FeedId(1), StationId(2)));
        assert_eq!(stations.resolve(FeedId(2), b"b1"), (FeedId(2), StationId(3)));
        assert_eq!(stations.resolve(FeedId(2), b""), (FeedId(2), StationId(0)));
        assert_eq!((stations.len(), stations.refused()), (3, 0));
    }

    #[test]
    fn names_past_the_limit_have_number_zero_and_known_names_keep_theirs() {
        let mut stations = Stations::default();
        for n in 0..STATIONS_MAX + 10 {
            stations.resolve(FeedId(0), n.to_string().as_bytes());
        }
        assert_eq!((stations.len(), stations.refused()), (STATIONS_MAX, 10));
        assert_eq!(stations.resolve(FeedId(0), b"5"), (FeedId(0), StationId(6)));
        assert_eq!(stations.resolve(FeedId(0), &[b'x'; 64]), (FeedId(0), StationId(0)));
    }
}
