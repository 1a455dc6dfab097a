//! Company: how many vessels lie near a place, and which of them count. An object counts only where something besides its own
//! messages supports it: one transmitter can send any number of vessels that are not there.

use super::limits::STILL_KN;
use crate::geodesy::{self, NM_M};
use crate::model::{Position, Span, Time, TrackId};
use crate::picture::Picture;

/// Age up to which a position counts as company.
const COMPANY_HEARD_WITHIN: Span = Span::from_secs(900);
/// Time for which a vessel must have been heard to count as company.
const COMPANY_KNOWN_FOR: Span = Span::from_secs(45 * 60);
/// A vessel that was seen to come counts after this.
const CAME_FOR: Span = Span::from_secs(1800);
/// Distance from which a vessel was seen to come, metres.
const CAME_M: f64 = 0.5 * NM_M;
/// Distance within which others at anchor share an anchorage, metres, and how many others it takes.
const ANCHORAGE_M: f64 = 3.0 * NM_M;
const AT_ANCHOR: usize = 2;
/// Length from which a vessel is large, metres: small craft at work are no company of hers, nor she of theirs.
const LARGE_M: f64 = 50.0;
/// Top speed of a craft at work, knots: trawlers tow at 3 kn.
const AT_WORK_KN: f64 = 4.0;
/// Time for which a craft must have been there to be at work there.
const AT_WORK_FOR: Span = Span::from_secs(900);
/// An echo within this of a place shows that radars see what is there, metres.
const SEEN_NEAR_M: f64 = NM_M;
/// Time within which that echo was seen.
const SEEN_LATELY: Span = Span::from_secs(60);
/// Top speed, in tenths of a knot, of a vessel that came.
const CAME_TENTHS: u16 = 30;

/// The vessels near a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Company {
    /// Vessels that count, the parties included.
    pub known: usize,
    /// Vessels that their own messages alone show, and not for long.
    pub unknown: usize,
}

impl Company {
    /// Counts the vessels within a distance of the first of some parties that are at most this fast, beside the parties.
    /// Stops at `enough` that count.
    pub fn near(
        picture: &Picture,
        ids: &[TrackId],
        within_m: f64,
        max_speed_kn: f64,
        enough: usize,
        now: Time,
    ) -> Company {
        let at = picture.track(ids[0]).fix.position;
        let mut company = Company { known: ids.len(), unknown: 0 };
        let support = Support::at(picture, at, now);
        picture.surface_near(at, within_m, |other| {
            let track = picture.track(other);
            let fits = !ids.contains(&other)
                && track.is_vessel()
                && now - track.fix.time <= COMPANY_HEARD_WITHIN
                && track.speed_kn().is_none_or(|kn| kn <= max_speed_kn)
                && geodesy::distance_m(at, track.fix.position) <= within_m;
            match fits.then(|| support.has(picture, other, now)) {
                Some(true) => company.known += 1,
                Some(false) => company.unknown += 1,
                None => {}
            }
            company.known < enough
        });
        company
    }

    /// Counts the small craft within a distance of a small one that are as slow as boats at work, itself included: with AIS or without.
    /// Stops at `enough`; a large vessel has none.
    pub fn at_work(picture: &Picture, id: TrackId, within_m: f64, enough: usize, now: Time) -> usize {
        let is_large =
            |id: TrackId| picture.may_be_long(id, LARGE_M) || f64::from(picture.track(id).seen_m) >= LARGE_M;
        if is_large(id) {
            return 0;
        }
        let at = picture.track(id).fix.position;
        let mut count = 1;
        picture.surface_near(at, within_m, |other| {
            let track = picture.track(other);
            let fits = other != id
                && track.is_vessel()
                && now - track.fix.time <= COMPANY_HEARD_WITHIN
                && track.speed_kn().is_none_or(|kn| kn <= AT_WORK_KN)
                && geodesy::distance_m(at, track.fix.position) <= within_m
                && !is_large(other)
                && !picture.sensors.is_fixed_object(other, now)
                && now - track.first_heard >= AT_WORK_FOR
                && Support::at(picture, track.fix.position, now).has(picture, other, now);
            count += usize::from(fits);
            count < enough
        });
        count
    }

    /// Whether vessels on AIS lie still around some parties: an anchorage that no chart shows, or ships at works at sea.
    pub fn lies_at_anchor(picture: &Picture, ids: &[TrackId], now: Time) -> bool {
        let at = picture.track(ids[0]).fix.position;
        let support = Support::at(picture, at, now);
        let mut count = 0;
        picture.surface_near(at, ANCHORAGE_M, |other| {
            let track = picture.track(other);
            let fits = !ids.contains(&other)
                && track.is_vessel()
                && track.on_ais()
                && now - track.last_heard <= COMPANY_HEARD_WITHIN
                && track.speed_kn().is_some_and(|kn| kn <= STILL_KN)
                && geodesy::distance_m(at, track.fix.position) <= ANCHORAGE_M
                && support.has(picture, other, now);
            count += usize::from(fits);
            count < AT_ANCHOR
        });
        count >= AT_ANCHOR
    }

    /// Returns a sentence about a gathering of vessels that do not count.
    pub fn in_words(self, enough: usize) -> Option<String> {
        let many = self.unknown > 0 && self.known < enough && self.known + self.unknown >= enough;
        many.then(|| {
            let unknown = self.unknown;
            format!("{unknown} more vessels are heard there, on AIS alone and not for long: they do not count as a gathering.")
        })
    }
}

/// What supports the vessels near a place, besides their own messages of the moment.
#[derive(Clone, Copy, Debug)]
pub struct Support {
    /// Whether a radar sees what is there, so that a vessel that it does not see may be none.
    by_radar: bool,
}

impl Support {
    /// Returns what supports the vessels near a place.
    pub fn at(picture: &Picture, at: Position, now: Time) -> Support {
        Support { by_radar: picture.radar_looks_at(at) && is_any_seen(picture, at, now) }
    }

    /// Whether a vessel is supported: radars see it. Where no radar looks, it was heard for long, or it was seen to come.
    pub fn has(self, picture: &Picture, id: TrackId, now: Time) -> bool {
        let track = picture.track(id);
        let heard_for = now - track.first_heard;
        let came = || {
            let first = picture.history(id).since(Time::NEVER).next();
            let from = first.map(|first| geodesy::distance_m(first.position(), track.fix.position));
            track.top_tenths >= CAME_TENTHS && from.is_some_and(|metres| metres >= CAME_M)
        };
        let is_heard = || heard_for >= COMPANY_KNOWN_FOR || heard_for >= CAME_FOR && came();
        track.sensed > 0 || !self.by_radar && is_heard()
    }
}

/// Whether radars see anything near a place just now: no headland hides it from them.
fn is_any_seen(picture: &Picture, at: Position, now: Time) -> bool {
    let mut found = false;
    picture.surface_near(at, SEEN_NEAR_M, |id| {
        let track = picture.track(id);
        found = track.sensed > 0
            && now - track.fix.time <= SEEN_LATELY
            && geodesy::distance_m(track.fix.position, at) <= SEEN_NEAR_M;
        !found
    });
    found
}
