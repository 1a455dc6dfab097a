//! Two tracks that turn out to be one craft become one track; identities that follow one another on one echo are noted.

use super::{Tracker, delete, fuse};
use crate::geodesy::{self, NM_M};
use crate::model::{Mmsi, Span, Time, TrackId};
use crate::tracks::{Signs, Tracks};

/// A vessel came on AIS while radars followed it if its AIS is no older than this.
const CAME_ON_WITHIN: Span = Span::from_secs(600);
/// A craft that goes on without its AIS goes on for this far at least, metres: an echo that lies still may be another's.
const WENT_ON_M: f64 = NM_M;
/// One that changes its MMSI under way is heard under the new one within this …
const AT_ONCE: Span = Span::from_secs(180);
/// … as near as this to where it must be by then, metres …
const TAKES_OVER_M: f64 = 400.0;
/// … and goes on for this far at least.
const WENT_ON_AT_ONCE_M: f64 = 0.4 * NM_M;
/// A vessel's last reports may come this long after her echo has separated from her.
const SEPARATES_WITHIN: Span = Span::from_secs(60);

/// Makes one track part of another one: all that it knows goes over.
pub(super) fn absorb(t: &mut Tracker<'_>, gone: TrackId, into: TrackId) {
    let members = t.sensors.members(gone).to_vec();
    if t.tracks.track(gone).is_cooperative() {
        take_over_identity(t, gone, into);
    }
    let theirs = t.sensors.fused.remove(&gone);
    for &member in &members {
        t.sensors.track_mut(member).feeds = None;
    }
    match (t.sensors.fused.get_mut(&into), theirs) {
        (Some(fused), theirs) => fused.ais = fused.ais.or(theirs.and_then(|theirs| theirs.ais)),
        (None, Some(mut theirs)) => {
            theirs.ais = theirs.ais.or(t.tracks.track(into).broadcast_fix());
            theirs.members.clear();
            t.sensors.fused.insert(into, theirs);
        }
        (None, None) => {}
    }
    for member in members {
        fuse::join(t, member, into);
    }
    delete::forget(t, gone);
}

/// Makes one track part of another one that broadcasts too, as a SAR aircraft does on AIS and ADS-B.
pub fn unite(t: &mut Tracker<'_>, gone: TrackId, into: TrackId) {
    let theirs = t.tracks.track(gone).fix;
    absorb(t, gone, into);
    let track = t.tracks.track_mut(into);
    if track.sensed == 0 && theirs.time > track.fix.time {
        track.fix = theirs;
        t.tracks.place(into, theirs, t.zones);
    }
}

/// Gives the broadcasts of a younger track to an older one that radars detected before.
fn take_over_identity(t: &mut Tracker<'_>, gone: TrackId, into: TrackId) {
    let identity = *t.tracks.identity(gone);
    *t.tracks.with_identity_mut(into).1 = identity;
    let young = t.tracks.track(gone).clone();
    if young.on_ais() {
        t.tracks.replace_in_mmsi(young.mmsi, gone, into);
    }
    if let Some(icao) = young.icao {
        t.tracks.set_icao(into, icao);
    }
    t.tracks.move_flight(gone, into);
    let ais = young.broadcast_fix();
    let formerly = t.sensors.formerly(into);
    t.tracks.track_mut(into).take_over(&young);
    let another = formerly.filter(|(mmsi, until)| *mmsi != young.mmsi && young.first_heard > *until);
    if let Some(was) = another.filter(|&was| went_on_without(t.tracks, into, was)) {
        note_mmsi_before(t.tracks, into, was);
    }
    let came_on = young.last_heard - young.first_heard <= CAME_ON_WITHIN && t.holders.has_alert(into);
    t.tracks.track_mut(into).signs.set(Signs::CAME_ON, came_on);
    t.tracks.track_mut(gone).give_up_identity();
    if let Some(fused) = t.sensors.fused.get_mut(&into) {
        (fused.ais, fused.formerly) = (ais, None);
    }
}

/// Notes that an echo goes over from a vessel whose AIS fell silent to one that was not on AIS before: it may be one vessel
/// that changed her MMSI.
pub(super) fn note_replaced(t: &mut Tracker<'_>, before: TrackId, id: TrackId, time: Time) {
    let Some(old) = t.tracks.get(before) else { return };
    let new = t.tracks.track(id);
    let silent =
        old.is_cooperative() && new.is_cooperative() && old.mmsi != new.mmsi && old.first_heard <= time;
    let was = (old.mmsi, old.last_heard);
    let went_on_m = if takes_over_at_once(t.tracks, before, id) { WENT_ON_AT_ONCE_M } else { WENT_ON_M };
    if silent && new.first_heard > old.last_heard && went_on(t.tracks, before, went_on_m) {
        note_mmsi_before(t.tracks, id, was);
    }
}

/// Returns whether radars followed a track so far away from where its AIS fell silent.
fn went_on(tracks: &Tracks, id: TrackId, least_m: f64) -> bool {
    let then = tracks.history(id).position_at(tracks.track(id).last_heard);
    then.is_some_and(|then| geodesy::distance_m(then, tracks.track(id).fix.position) >= least_m)
}

/// Returns whether an identity was first heard as another one fell silent, where that vessel must have been by then.
fn takes_over_at_once(tracks: &Tracks, before: TrackId, id: TrackId) -> bool {
    let (old, new) = (tracks.track(before), tracks.track(id));
    let first = tracks.history(id).since(Time::NEVER).next();
    let was =
        first.and_then(|first| Some((first.position(), tracks.history(before).position_at(first.time())?)));
    new.first_heard - old.last_heard <= AT_ONCE
        && was.is_some_and(|(is, was)| geodesy::distance_m(is, was) <= TAKES_OVER_M)
}

/// Returns whether a track has left the place where it separated from a vessel that has been silent since: else it may be a
/// multipath ghost, or an echo beside her.
fn went_on_without(tracks: &Tracks, id: TrackId, (mmsi, until): (Mmsi, Time)) -> bool {
    let then = tracks.history(id).since(until).next().map(|point| point.position());
    then.is_some_and(|then| geodesy::distance_m(then, tracks.track(id).fix.position) >= WENT_ON_M)
        && tracks.same_mmsi(mmsi).all(|other| tracks.track(other).last_heard <= until + SEPARATES_WITHIN)
}

fn note_mmsi_before(tracks: &mut Tracks, id: TrackId, was: (Mmsi, Time)) {
    let (track, identity) = tracks.with_identity_mut(id);
    identity.before.mmsi = Some(was);
    track.signs.set(Signs::REPLACED, true);
}
