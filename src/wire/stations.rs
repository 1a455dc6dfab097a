//! Receiving stations by name, and the sensors of feeds, over all sessions of a run.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::model::{FeedId, Position, Radar, StationId, Text};

/// Stations at most in one run: five times the largest national shore net known; a bound, no tuning.
pub const STATIONS_MAX: usize = 4096;
/// Bytes of a station's name at most; TAG blocks allow 15 (NMEA 0183 4.10, 7.9).
pub const STATION_NAME_MAX: usize = 32;

/// A station's name, held without an allocation.
pub(super) type Name = Text<STATION_NAME_MAX>;

/// Where a feed's sensor is, and what is known of it as a radar: ranges and bearings need it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sensor {
    /// Its site.
    pub site: Option<Position>,
    /// Its accuracy and the like.
    pub radar: Option<Radar>,
}

/// Which feed and number a station's name has, over all sessions of a run; bounded. Grows with the highest feed
/// number besides.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Stations {
    sensors: Vec<Sensor>,
    claimed: FxHashMap<Box<[u8]>, FeedId>,
    known: FxHashMap<Box<[u8]>, Vec<(FeedId, StationId)>>,
    count: u16,
    refused: u64,
}

impl Stations {
    /// Says what a feed's sensor is.
    pub fn declare(&mut self, feed: FeedId, sensor: Sensor) {
        let index = usize::from(feed.0);
        if index >= self.sensors.len() {
            self.sensors.resize(index + 1, Sensor::default());
        }
        self.sensors[index] = sensor;
    }

    /// A feed's sensor, as declared. Of a line, it is that of the feed that its station resolves to.
    pub fn sensor(&self, feed: FeedId) -> Sensor {
        self.sensors.get(usize::from(feed.0)).copied().unwrap_or_default()
    }

    /// Reports of this station are this feed's, whatever topic or file brings them.
    pub fn claim(&mut self, station: &str, feed: FeedId) {
        self.claimed.insert(station.trim().as_bytes().into(), feed);
    }

    /// The feed and number of a station heard in a session of `feed`. An empty name, an overlong one and
    /// every name past [`STATIONS_MAX`] have number 0.
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

    /// Stations keep the numbers that they had; which feed claims which is as declared here.
    pub fn go_on_from(&mut self, before: Stations) {
        (self.known, self.count, self.refused) = (before.known, before.count, before.refused);
    }

    /// Stations known.
    pub fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// Whether no station has been named.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Names that found no room, each time they were heard.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// `(feed, number, name)` of every station, sorted.
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
    fn bounded() {
        let mut stations = Stations::default();
        for n in 0..STATIONS_MAX + 10 {
            stations.resolve(FeedId(0), n.to_string().as_bytes());
        }
        assert_eq!((stations.len(), stations.refused()), (STATIONS_MAX, 10));
        assert_eq!(stations.resolve(FeedId(0), b"5"), (FeedId(0), StationId(6)));
        assert_eq!(stations.resolve(FeedId(0), &[b'x'; 64]), (FeedId(0), StationId(0)));
    }
}
