//! Particulars of a track that no rule judges: voyage data, the name of an aid to navigation, the height of a SAR aircraft, the
//! size that a radar sees. They are for display, and not saved: senders repeat them within minutes.

use rustc_hash::FxHashMap;

use crate::model::{Body, Eta, FixedReport, Input, Report, StaticReport, Text, TrackId};
use crate::tracks::Change;

/// Particulars of one track, each as last sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Particulars {
    /// Destination as typed in by the crew.
    pub destination: Option<Text<20>>,
    /// Estimated time of arrival at the destination.
    pub eta: Option<Eta>,
    /// Draught, metres.
    pub draught_m: Option<f32>,
    /// Name of an aid to navigation.
    pub aid_name: Option<Text<34>>,
    /// Altitude of a SAR aircraft, metres (M.1371-5 message 9).
    pub altitude_m: Option<u16>,
    /// Larger extent as a sensor sees it, metres.
    pub size_m: Option<f64>,
}

/// Particulars by slot, with the track that they are of: one entry a slot at most.
#[derive(Debug, Default)]
pub(super) struct AllParticulars(FxHashMap<u32, (TrackId, Particulars)>);

impl AllParticulars {
    /// Returns the particulars of a track.
    pub fn of(&self, id: TrackId) -> Particulars {
        let found = self.0.get(&id.slot()).filter(|(of, _)| *of == id);
        found.map_or_else(Particulars::default, |(_, particulars)| *particulars)
    }

    /// Takes up what an input says of the track that it changed.
    pub fn note(&mut self, change: Change, input: &Input) {
        let (Change::Heard(id) | Change::Moved(id) | Change::Identity(id) | Change::MovedAndIdentity(id)) =
            change
        else {
            return;
        };
        match input {
            Input::Report(Report { body: Body::Static(said) | Body::PositionAndStatic(_, said), .. }) => {
                self.note_static(id, said);
            }
            Input::Report(Report { body: Body::AidToNavigation(FixedReport { name, .. }), .. })
                if name.is_some() =>
            {
                self.entry(id).aid_name = *name;
            }
            Input::Report(Report { body: Body::Position(said), .. }) if said.altitude_m.is_some() => {
                self.entry(id).altitude_m = said.altitude_m;
            }
            Input::Contact(contact) if contact.size_m.is_some() => self.entry(id).size_m = contact.size_m,
            _ => {}
        }
    }

    fn note_static(&mut self, id: TrackId, said: &StaticReport) {
        if said.destination.is_some() || said.draught_m.is_some() || said.eta.is_some() {
            let own = self.entry(id);
            own.destination = said.destination.or(own.destination);
            own.draught_m = said.draught_m.or(own.draught_m);
            own.eta = said.eta.or(own.eta);
        }
    }

    fn entry(&mut self, id: TrackId) -> &mut Particulars {
        let entry = self.0.entry(id.slot()).or_insert_with(|| (id, Particulars::default()));
        if entry.0 != id {
            *entry = (id, Particulars::default());
        }
        &mut entry.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FeedId, Mmsi, StationId, Time};

    fn voyage(destination: &[u8]) -> Input {
        let said = StaticReport { destination: Some(Text::new(destination)), ..StaticReport::default() };
        Input::Report(Report {
            feed: FeedId(0),
            station: StationId(0),
            time: Time(0),
            transmission: 0,
            mmsi: Mmsi(314_001_000),
            body: Body::Static(said),
        })
    }

    #[test]
    fn a_slot_that_is_used_again_forgets_the_track_before() {
        let mut all = AllParticulars::default();
        let (old, new) = (TrackId::new(3, 0), TrackId::new(3, 1));
        all.note(Change::Heard(old), &voyage(b"BRIDGETOWN"));
        assert_eq!(all.of(old).destination, Some(Text::new(b"BRIDGETOWN")));
        assert_eq!(all.of(new), Particulars::default());
        all.note(Change::Moved(new), &voyage(b"CASTRIES"));
        assert_eq!((all.of(old), all.0.len()), (Particulars::default(), 1));
    }
}
