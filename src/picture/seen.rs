//! What a screen shows of the picture, copied out: whoever looks at it holds nothing up.

use super::{Born, HEARD, Holders, Identity, Kind, Picture, Track};
use crate::model::{AirSource, FeedId, Icao, Mmsi, NavStatus, Position, Span, Squawk, Text, Time, TrackId};

/// A vessel that nobody has heard for so long is no longer shown, unless an alert is open on it.
const SHOWN: Span = Span::from_secs(3600);
/// Nor what radars alone see, and aircraft.
const SHOWN_BRIEFLY: Span = Span::from_secs(600);
/// Silent for so many of its own intervals, and no less than this, a track is lost to the screen.
const LOST_INTERVALS: f64 = 6.0;
const LOST_LEAST: Span = Span::from_secs(300);
const LOST_LEAST_BRIEFLY: Span = Span::from_secs(60);

/// A track as it stands.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The track.
    pub id: TrackId,
    /// What it came from.
    pub born: Born,
    /// On AIS: its identity there. 0 where it is not.
    pub mmsi: Mmsi,
    /// An aircraft's address.
    pub icao: Option<Icao>,
    /// The second one of this MMSI was first heard then.
    pub split_at: Option<Time>,
    /// First report.
    pub first_heard: Time,
    /// What it is of.
    pub kind: Kind,
    /// As last sent.
    pub nav_status: Option<NavStatus>,
    /// When it was last where.
    pub time: Time,
    /// Where.
    pub position: Position,
    /// Speed over ground, knots.
    pub sog_kn: Option<f64>,
    /// Course over ground, degrees true.
    pub cog_deg: Option<f64>,
    /// Heading, degrees true.
    pub heading_deg: Option<f64>,
    /// Of an aircraft, feet.
    pub altitude_ft: Option<f64>,
    /// Of an aircraft, within a minute.
    pub squawk: Option<Squawk>,
    /// Of an aircraft.
    pub flight_call_sign: Option<Text<8>>,
    /// Radars see it and nothing explains it.
    pub dark: bool,
    /// A radar feeds it.
    pub by_radar: bool,
    /// It says, or said, who it is.
    pub cooperative: bool,
    /// Silent for longer than its own rate allows.
    pub lost: bool,
    /// An alert is open on it.
    pub alert: bool,
    /// As alerts name it: `ais`, `radar`, `ais+radar`, `adsb` …
    pub source: &'static str,
    /// What it claims to be.
    pub identity: Identity,
    /// Whose feeds lately told of it.
    pub feeds: [Option<FeedId>; HEARD],
}

impl Picture {
    /// Appends every track that a screen shows at a time.
    pub fn seen(&self, now: Time, holders: &dyn Holders, out: &mut Vec<Seen>) {
        for id in self.ids() {
            let track = self.track(id);
            let shown = track.located() && !track.tentative;
            if shown && (now - track.fix.time <= shown_for(track) || holders.has_alert(id)) {
                out.push(self.seen_of(id, now, holders));
            }
        }
    }

    fn seen_of(&self, id: TrackId, now: Time, holders: &dyn Holders) -> Seen {
        let track = self.track(id);
        let flight = self.flight(id).filter(|_| track.kind == Kind::Aircraft);
        let (dark, source) = self.source(id, now);
        let mut feeds = [None; HEARD];
        for (place, heard) in feeds.iter_mut().zip(track.heard_within(SHOWN)) {
            *place = Some(heard.feed);
        }
        Seen {
            id,
            born: track.born,
            mmsi: track.mmsi,
            icao: track.icao,
            split_at: track.split_at,
            first_heard: track.first_heard,
            kind: track.kind,
            nav_status: track.nav_status,
            time: track.fix.time,
            position: track.fix.position,
            sog_kn: track.fix.sog_kn(),
            cog_deg: track.fix.cog_deg(),
            heading_deg: track.fix.heading_deg(),
            altitude_ft: flight.and_then(|flight| flight.altitude_ft(now)),
            squawk: flight.and_then(|flight| flight.squawk_at(now)),
            flight_call_sign: flight.and_then(|flight| flight.call_sign),
            dark,
            by_radar: track.sensed > 0,
            cooperative: track.is_cooperative(),
            lost: now - track.fix.time > lost_after(track),
            alert: holders.has_alert(id),
            source,
            identity: *self.identity(id),
            feeds,
        }
    }

    /// Whether a track is dark at a time, and what tells of it: `ais`, `radar`, `ais+radar`, or how an aircraft's position
    /// came about.
    pub fn source(&self, id: TrackId, now: Time) -> (bool, &'static str) {
        let track = self.track(id);
        let air = track.kind == Kind::Aircraft;
        let dark = track.is_dark(now) || !air && !track.on_ais();
        let source = match (dark, track.sensed > 0) {
            (false, _) if air => {
                self.flight(id).and_then(|flight| flight.source).map_or("radar", AirSource::word)
            }
            (true, _) => "radar",
            (false, true) => "ais+radar",
            (false, false) => "ais",
        };
        (dark, source)
    }
}

/// Radars and aircraft tell of themselves every few seconds.
fn is_brief(track: &Track) -> bool {
    track.kind == Kind::Aircraft || !track.is_cooperative()
}

fn shown_for(track: &Track) -> Span {
    if is_brief(track) { SHOWN_BRIEFLY } else { SHOWN }
}

fn lost_after(track: &Track) -> Span {
    match is_brief(track) {
        true => LOST_LEAST_BRIEFLY,
        false => Span::from_secs_f64(LOST_INTERVALS * track.expected_interval_s()).max(LOST_LEAST),
    }
}
