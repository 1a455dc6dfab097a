//! Layout of a saved track before the rules' bookkeeping left it.

use serde::Deserialize;

use super::layout_2::{TrackHead, TrackInLayout2};
use super::{SENT, Stations, Track};

/// Bookkeeping of the rules for one track.
pub struct RuleMarks {
    /// Rules whose `who` the track fulfils.
    pub about: u128,
    /// Rules that hold state on the track.
    pub engaged: u128,
    /// Rules that wait for a deadline of the track.
    pub armed: u128,
    /// Whether deadlines of the track wait for a slow feed.
    pub awaited: bool,
    /// Whether `about` is up to date.
    pub assessed: bool,
}

/// A track in layout 1.
#[derive(Deserialize)]
pub struct TrackBefore {
    head: TrackHead,
    about: u128,
    engaged: u128,
    armed: u128,
    awaited: bool,
    assessed: bool,
    #[expect(dead_code, reason = "read to get past it: the alert book counts")]
    alerts: u16,
    heard: Stations,
    sent: [(u32, u32); SENT],
    sent_at: u8,
}

impl TrackBefore {
    /// Returns the track, and the bookkeeping that stood in it.
    pub fn split(self) -> (Track, RuleMarks) {
        let TrackBefore { head, about, engaged, armed, awaited, assessed, heard, sent, sent_at, .. } = self;
        let marks = RuleMarks { about, engaged, armed, awaited, assessed };
        (TrackInLayout2 { head, heard, sent, sent_at }.into(), marks)
    }
}
