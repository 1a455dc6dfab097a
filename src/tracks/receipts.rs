//! Receipts: which stations lately received a track, how often, and which radars detected it.

use serde::{Deserialize, Serialize};

use super::cadence::Cadence;
use crate::model::{FeedId, StationId, StationKey, Time};

/// Number of stations remembered that lately received a track.
const STATIONS: usize = 4;
/// Number of radars remembered that lately detected a track.
const RADARS: usize = 3;
/// Number of both: of no track more is remembered.
pub const RECEIPTS: usize = STATIONS + RADARS;
/// Time without a receipt after which a station's place goes to another first, seconds.
const PLACE_KEPT_S: u32 = 600;

/// Station that received a track, or radar that detected it, and when it did last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The feed.
    pub feed: FeedId,
    /// The station within the feed.
    pub station: StationId,
    secs: u32,
    /// How often the station receives the track. Saved as a part of its own. None is measured of a radar.
    #[serde(skip)]
    cadence: Cadence,
}

impl Heard {
    /// Returns the time of the newest report by the station, in whole seconds, rounded down.
    pub fn last(self) -> Time {
        Time::from_secs(i64::from(self.secs))
    }

    /// Returns how often the station receives the track.
    pub fn cadence(self) -> Cadence {
        self.cadence
    }

    /// Returns the station among those of all feeds.
    pub fn station_key(self) -> StationKey {
        StationKey::new(self.feed, self.station)
    }
}

/// Stations that received the broadcasts of a track. A free place has the time 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stations([Heard; STATIONS]);

impl Stations {
    /// Notes that a station received the track. A newcomer takes the place of a station that no longer receives it, else of
    /// that of which least is measured: where more receive a track than there are places, some keep their cadences.
    pub(super) fn note(&mut self, feed: FeedId, station: StationId, time: Time) {
        let secs = secs_of(time);
        let known = |h: &&mut Heard| h.secs > 0 && h.feed == feed && h.station == station;
        if let Some(heard) = self.0.iter_mut().find(known) {
            if secs > heard.secs {
                heard.cadence.note(secs - heard.secs);
                heard.secs = secs;
            }
            return;
        }
        let order = |h: &Heard| match secs > h.secs.saturating_add(PLACE_KEPT_S) {
            true => (0, h.secs),
            // Of those of which nothing is measured yet the last to come goes, or all would put each other out in turn.
            false => (1 + u32::from(h.cadence.intervals()), u32::MAX - h.secs),
        };
        if let Some(place) = self.0.iter_mut().min_by_key(|h| order(h)) {
            *place = Heard { feed, station, secs, cadence: Cadence::default() };
        }
    }

    /// Takes over what another track of the same vessel knows, the cadences too.
    pub(super) fn take_over(&mut self, other: &Stations) {
        for heard in other.iter() {
            self.note(heard.feed, heard.station, heard.last());
            if let Some(own) = self.0.iter_mut().find(|own| own.station_key() == heard.station_key()) {
                own.cadence = heard.cadence;
            }
        }
    }

    /// Returns the stations, in the order of their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = Heard> + '_ {
        self.0.iter().copied().filter(|heard| heard.secs > 0)
    }

    /// Returns the station that received the track last.
    pub(super) fn newest(&self) -> Option<StationKey> {
        self.iter().max_by_key(|heard| heard.secs).map(Heard::station_key)
    }

    /// Returns when a station received the track last.
    pub(super) fn last(&self, station_key: StationKey) -> Option<Time> {
        self.iter().find(|heard| heard.station_key() == station_key).map(Heard::last)
    }

    /// Returns the cadences by place, to be saved.
    pub(super) fn cadences(&self) -> Cadences {
        Cadences(self.0.map(Heard::cadence))
    }

    /// Restores the cadences by place.
    pub(super) fn restore(&mut self, Cadences(cadences): Cadences) {
        self.0.iter_mut().zip(cadences).for_each(|(heard, cadence)| heard.cadence = cadence);
    }
}

/// Cadences of the stations of one track, by place.
#[derive(Serialize, Deserialize)]
pub(super) struct Cadences([Cadence; STATIONS]);

/// Radars that detected a track, and when each did last, whole seconds; 0 in a free place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Radars([(StationKey, u32); RADARS]);

impl Radars {
    /// Notes a detection. A newcomer takes the place of the radar that detected the track longest ago.
    pub(super) fn note(&mut self, radar: StationKey, time: Time) {
        let secs = secs_of(time);
        if let Some((_, last)) = self.0.iter_mut().find(|(key, last)| *key == radar && *last > 0) {
            *last = secs.max(*last);
            return;
        }
        if let Some(oldest) = self.0.iter_mut().min_by_key(|(_, last)| *last) {
            *oldest = (radar, secs);
        }
    }

    /// Takes over what another track of the same vessel knows.
    pub(super) fn take_over(&mut self, other: &Radars) {
        other.iter().for_each(|radar| self.note(radar.station_key(), radar.last()));
    }

    /// Returns the radars, in the order of their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = Heard> + '_ {
        let heard = |&(key, secs): &(StationKey, u32)| Heard {
            feed: key.feed(),
            station: key.station(),
            secs,
            cadence: Cadence::default(),
        };
        self.0.iter().filter(|(_, secs)| *secs > 0).map(heard)
    }
}

/// Returns a time in whole seconds, rounded down, at least 1: 0 stands for a free place.
fn secs_of(time: Time) -> u32 {
    (time.0 / 1000).clamp(1, i64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    const START: Time = Time::from_secs(1_773_000_000);

    fn measured(stations: &Stations) -> usize {
        stations.iter().filter(|heard| heard.cadence().mean_s().is_some()).count()
    }

    /// Seven stations in turn: the places of three stay, and the last one goes round.
    #[test]
    fn more_stations_than_places_leave_some_their_cadences() {
        let mut stations = Stations::default();
        for round in 0..60 {
            for station in 0..7 {
                let seconds = 10 * round + i64::from(station);
                stations.note(FeedId(station), StationId(0), START + Span::from_secs(seconds));
            }
        }
        assert_eq!(measured(&stations), STATIONS - 1);
        assert_eq!(stations.newest(), Some(StationKey::new(FeedId(6), StationId(0))));
    }

    #[test]
    fn a_station_that_receives_no_longer_gives_its_place() {
        let mut stations = Stations::default();
        let note = |stations: &mut Stations, feed: u16, minutes: std::ops::Range<i64>| {
            for ten_s in 6 * minutes.start..6 * minutes.end {
                stations.note(FeedId(feed), StationId(0), START + Span::from_secs(10 * ten_s));
            }
        };
        (0..4).for_each(|feed| note(&mut stations, feed, 0..30));
        (4..8).for_each(|feed| note(&mut stations, feed, 41..60));
        let feeds: Vec<u16> = stations.iter().map(|heard| heard.feed.0).collect();
        assert_eq!((measured(&stations), feeds), (4, vec![4, 5, 6, 7]));
    }
}
