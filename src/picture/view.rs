//! Views for screens: a copy of the tracks, so that a subscriber holds nothing up.

use super::{Particulars, Picture};
use crate::model::{AirSource, FeedId, Icao, Mmsi, NavStatus, Position, Span, Squawk, Text, Time, TrackId};
use crate::tracks::{Holders, Identity, Kind, Origin, RECEIPTS, Track, TrackNumber};

/// Silence after which a vessel is no longer shown, unless an alert is open on her.
const SHOWN_FOR: Span = Span::from_secs(3600);
/// Silence after which an aircraft, or what radars alone detect, is no longer shown.
const SHOWN_BRIEFLY_FOR: Span = Span::from_secs(600);

/// A track as a screen shows it.
#[derive(Clone, Debug)]
pub struct TrackView {
    /// The track.
    pub id: TrackId,
    /// First source of the track.
    pub origin: Origin,
    /// System track number of what radars found.
    pub number: Option<TrackNumber>,
    /// Label that its source gives to it.
    pub label: Option<Text<20>>,
    /// MMSI; 0 for a track that is not on AIS.
    pub mmsi: Mmsi,
    /// ICAO address of an aircraft.
    pub icao: Option<Icao>,
    /// Time of the first report of a further track of this MMSI.
    pub split_at: Option<Time>,
    /// Time of the first report.
    pub first_heard: Time,
    /// Kind of object.
    pub kind: Kind,
    /// Navigational status as last sent.
    pub nav_status: Option<NavStatus>,
    /// Time of the newest position.
    pub time: Time,
    /// Newest position.
    pub position: Position,
    /// Position accuracy flag as sent: 10 m or better.
    pub accurate: bool,
    /// Speed over ground, knots.
    pub sog_kn: Option<f64>,
    /// Course over ground, degrees true.
    pub cog_deg: Option<f64>,
    /// Heading, degrees true.
    pub heading_deg: Option<f64>,
    /// Height of an aircraft, feet.
    pub altitude_ft: Option<f64>,
    /// Mode 3/A code of an aircraft, sent within a minute.
    pub squawk: Option<Squawk>,
    /// Call sign of an aircraft.
    pub flight_call_sign: Option<Text<8>>,
    /// Whether it is a dark target.
    pub dark: bool,
    /// Whether a radar detects it.
    pub by_radar: bool,
    /// Whether it tells, or told, its identity.
    pub cooperative: bool,
    /// Whether it has been silent for longer than its reporting interval allows.
    pub lost: bool,
    /// Whether an alert is open on it.
    pub alert: bool,
    /// Source as alerts name it: `ais`, `radar`, `ais+radar`, `adsb` …
    pub source: &'static str,
    /// Static and voyage data.
    pub identity: Identity,
    /// Particulars that no rule judges.
    pub particulars: Particulars,
    /// Feeds that lately reported it, one for each station, in the order of the configuration.
    pub feeds: [Option<FeedId>; RECEIPTS],
}

impl Picture {
    /// Appends every track that a screen shows at a time.
    pub fn view(&self, now: Time, holders: &dyn Holders, out: &mut Vec<TrackView>) {
        let shown = self.ids().filter(|id| self.is_shown(*id, now, holders));
        out.extend(shown.map(|id| self.view_of(id, now, holders)));
    }

    /// Appends the tracks that a screen shows, of those that changed since this was called last or come next in the sweep over all,
    /// in the order of their slots; and the slots of which it shows no track. Returns whether it was called before: otherwise
    /// all are to be viewed.
    pub fn view_changes(
        &mut self,
        now: Time,
        holders: &dyn Holders,
        (shown, hidden): (&mut Vec<TrackView>, &mut Vec<u32>),
    ) -> bool {
        let Some(slots) = self.tracks.take_changes() else { return false };
        for (slot, id) in slots {
            match id.filter(|id| self.is_shown(*id, now, holders)) {
                Some(id) => shown.push(self.view_of(id, now, holders)),
                None => hidden.push(slot),
            }
        }
        true
    }

    fn is_shown(&self, id: TrackId, now: Time, holders: &dyn Holders) -> bool {
        let track = self.track(id);
        let is_located = track.located() && !track.tentative;
        is_located && (now - track.fix.time <= shown_for(track) || holders.has_alert(id))
    }

    fn view_of(&self, id: TrackId, now: Time, holders: &dyn Holders) -> TrackView {
        let track = self.track(id);
        let flight = self.flight(id).filter(|_| track.kind == Kind::Aircraft);
        let (dark, source) = self.source(id, now);
        let mut feeds = [None; RECEIPTS];
        for (place, heard) in feeds.iter_mut().zip(track.heard_within(SHOWN_FOR)) {
            *place = Some(heard.feed);
        }
        // Stations change places; a page is told anew only where feeds do.
        feeds.sort_unstable();
        TrackView {
            id,
            origin: track.origin,
            number: self.number(id),
            label: self.label(id),
            mmsi: track.mmsi,
            icao: track.icao,
            split_at: track.split_at,
            first_heard: track.first_heard,
            kind: track.kind,
            nav_status: track.nav_status,
            time: track.fix.time,
            position: track.fix.position,
            accurate: track.fix.accurate,
            sog_kn: track.fix.sog_kn(),
            cog_deg: track.fix.cog_deg(),
            heading_deg: track.fix.heading_deg(),
            altitude_ft: flight.and_then(|flight| flight.altitude_ft(now)),
            squawk: flight.and_then(|flight| flight.squawk_at(now)),
            flight_call_sign: flight.and_then(|flight| flight.call_sign),
            dark,
            by_radar: track.sensed > 0,
            cooperative: track.is_cooperative(),
            lost: now - track.fix.time > track.lost_after(),
            alert: holders.has_alert(id),
            source,
            identity: *self.identity(id),
            particulars: self.particulars.of(id),
            feeds,
        }
    }

    /// Returns the system track number of a live track that radars found.
    pub fn number(&self, id: TrackId) -> Option<TrackNumber> {
        self.tracks.numbers.of(id.slot())
    }

    /// Returns the label that its source gives to a live track that radars found.
    pub fn label(&self, id: TrackId) -> Option<Text<20>> {
        self.tracks.numbers.label_of(id.slot())
    }

    /// Returns whether a track is a dark target at a time, and its source: `ais`, `radar`, `ais+radar`, or that of an
    /// aircraft's position.
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

/// Returns for how long a silent track is shown.
fn shown_for(track: &Track) -> Span {
    let brief = track.kind == Kind::Aircraft || !track.is_cooperative();
    if brief { SHOWN_BRIEFLY_FOR } else { SHOWN_FOR }
}
