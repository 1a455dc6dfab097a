//! Association: which track each sensor track is.
//!
//! In the cycle of a sensor, its fresh sensor tracks that feed no track, or no longer surely, are compared with all tracks
//! near them, and assigned at once so that the sum of log-likelihood ratios is greatest (global nearest neighbour). A sensor
//! track feeds a track after [`FEEDS_AFTER_HITS`] cycles in a row, and no longer after [`UNASSIGNED_AFTER_MISSES`] cycles in a row outside the gate.

use super::assign::{Edge, assign};
use super::gating::{AIS_FRESH, State, log_likelihood_ratio};
use super::sensors::SensorTrack;
use super::{Decision, Mat2, Motion, Tracker, delete, fixed_objects, registration, resolution, resume};
use crate::geodesy;
use crate::model::{Contact, SensorId, SensorTrackId, Span, Time, TrackId};
use crate::tracks::{Kind, Track};

/// Interval between a sensor's association cycles.
const CYCLE_EVERY: Span = Span::from_secs(10);
/// Age up to which a sensor track takes part in a cycle.
const TAKES_PART_WITHIN: Span = Span::from_secs(15);
/// Detections after which a sensor track takes part.
const TAKES_PART_AFTER_UPDATES: u32 = 4;
/// Cycles in a row after which a sensor track feeds the track that it is assigned to.
const FEEDS_AFTER_HITS: u8 = 3;
/// Cycles in a row outside the gate after which a sensor track is unassigned.
const UNASSIGNED_AFTER_MISSES: u8 = 5;
/// Cycles that a sensor track with a candidate waits before it becomes a track of its own.
const WAITS_WITH_CANDIDATE: u8 = 6;
/// Cycles that a sensor track without a candidate waits before it becomes a track of its own.
const WAITS: u8 = 2;
/// Mean squared Mahalanobis distance of two tracks over some minutes from which on they go side by side. That of one craft is two; of one
/// whose errors stay the same all the time, one in twenty has more than this.
const SIDE_BY_SIDE: f64 = 6.0;
/// Two tracks are compared this long ago.
const COMPARED_BEFORE: [Span; 5] = [
    Span::from_secs(120),
    Span::from_secs(240),
    Span::from_secs(360),
    Span::from_secs(600),
    Span::from_secs(900),
];
/// Advantage of an existing assignment over a new one, as a log-likelihood ratio.
const STANDING: f64 = 4.0;
/// Score of an existing assignment that is unlikely by itself.
const STANDING_AT_LEAST: f64 = 0.1;
/// Score of two states with one aircraft address, which decides.
const SAME_ADDRESS: f64 = 100.0;
/// Speed from which on an echo is none of a base station or an aid to navigation, knots.
const STATION_KN: f64 = 4.0;
/// Heights of one aircraft, by two sources at two times, differ by at most this, feet.
const SAME_HEIGHT_FT: f64 = 1500.0;

/// Runs the association cycle of a contact's sensor, if it is due. Decisions are appended in the order in which they are to
/// be carried out.
pub fn run_cycle(t: &mut Tracker<'_>, contact: &Contact, decisions: &mut Vec<Decision>) {
    let Some(sensor) = t.sensors.sensor_of(contact) else { return };
    t.tracks.number_all();
    let now = contact.time;
    let state = t.sensors.sensor_mut(sensor);
    // A clock that jumped ahead and came back stops no cycle for longer than one interval.
    if now < state.next_cycle && state.next_cycle - now <= CYCLE_EVERY {
        return;
    }
    state.next_cycle = now + CYCLE_EVERY;
    delete::find_unfed(t, now, decisions);
    fixed_objects::learn(t, sensor, now);
    let live = t.sensors.sensor(sensor).live.clone();
    let mut pool: Vec<SensorTrackId> = Vec::new();
    for at in live {
        let s = t.sensors.track(at);
        if delete::is_lost(s, now) {
            decisions.push(Decision::DropSensorTrack(at));
        } else if s.updates >= TAKES_PART_AFTER_UPDATES
            && now - s.last <= TAKES_PART_WITHIN
            && is_open(t, at, decisions)
        {
            pool.push(at);
        }
    }
    assign_pool(t, sensor, pool, decisions);
}

/// Returns whether it is open which track a sensor track is; checks the one that it feeds.
fn is_open(t: &mut Tracker<'_>, at: SensorTrackId, decisions: &mut Vec<Decision>) -> bool {
    let SensorTrack { feeds, last, icao, .. } = *t.sensors.track(at);
    let Some(id) = feeds else { return true };
    resolution::update_cell(t, at);
    if icao.is_some() && t.tracks.track(id).icao == icao {
        t.sensors.track_mut(at).misses = 0;
        registration::learn(t, at, id);
        return false;
    }
    let Some(state) = state_without(t, id, at, last) else {
        return !t.tracks.track(id).is_cooperative() || t.tracks.track(id).is_dark(last);
    };
    let s = t.sensors.track(at);
    let own = with_registration_error(t, s.sensor, s.state(last));
    if log_likelihood_ratio(&own.doubled(), &state).is_some_and(|ratio| ratio > -STANDING) {
        t.sensors.track_mut(at).misses = 0;
        registration::learn(t, at, id);
        // Another sensor vouches for where it is; who it is, nobody says any more.
        let track = t.tracks.track(id);
        return leads(t, at) || track.is_cooperative() && track.is_dark(last);
    }
    let s = t.sensors.track_mut(at);
    s.misses += 1;
    if s.misses >= UNASSIGNED_AFTER_MISSES {
        decisions.push(Decision::Unassign(at));
    }
    false
}

/// Assigns a pool of open sensor tracks. One whose track another one is a candidate for is weighed again.
fn assign_pool(
    t: &mut Tracker<'_>,
    sensor: SensorId,
    mut pool: Vec<SensorTrackId>,
    decisions: &mut Vec<Decision>,
) {
    let mut edges: Vec<Edge> = Vec::new();
    let mut row = 0;
    while row < pool.len() {
        let at = pool[row];
        for (id, score) in candidates(t, at) {
            edges.push(Edge { row: row as u32, track: id, score });
            if let Some(rival) = rival(t, sensor, id).filter(|&rival| rival != at)
                && !pool.contains(&rival)
            {
                pool.push(rival);
            }
        }
        row += 1;
    }
    let pairs = assign(pool.len(), &mut edges);
    // A sensor track that must leave goes before one that comes.
    let (mut leave, mut come) = (Vec::new(), Vec::new());
    for (&at, pair) in pool.iter().zip(&pairs) {
        decide(t, at, pair.map(|edge| edge.track), &mut leave, &mut come);
    }
    for decision in &come {
        if let Decision::Assign(at, id) = *decision
            && let Some(rival) = rival(t, sensor, id)
            && rival != at
            && !leave.contains(&Decision::Unassign(rival))
        {
            leave.push(Decision::Unassign(rival));
        }
    }
    decisions.append(&mut leave);
    decisions.append(&mut come);
}

/// Counts the assignment of a sensor track in this cycle, and decides if it has been the same for long enough.
fn decide(
    t: &mut Tracker<'_>,
    at: SensorTrackId,
    assigned: Option<TrackId>,
    leave: &mut Vec<Decision>,
    come: &mut Vec<Decision>,
) {
    let leads = leads(t, at);
    let address = t.sensors.track(at).icao;
    let by_address = address.is_some() && assigned.is_some_and(|id| t.tracks.track(id).icao == address);
    let s = t.sensors.track_mut(at);
    match assigned {
        Some(id) if Some(id) == s.feeds => s.candidate = (None, 0),
        Some(id) => {
            s.candidate = match s.candidate {
                _ if by_address => (assigned, FEEDS_AFTER_HITS),
                (candidate, cycles) if candidate == assigned => (assigned, cycles + 1),
                _ => (assigned, 1),
            };
            s.waited = s.waited.saturating_add(1);
            if s.candidate.1 >= FEEDS_AFTER_HITS {
                if s.feeds.is_some() && !leads {
                    leave.push(Decision::Unassign(at));
                }
                come.push(Decision::Assign(at, id));
            } else if s.feeds.is_none() && s.waited >= WAITS_WITH_CANDIDATE {
                come.push(Decision::Initiate(at));
            }
        }
        None => {
            s.candidate = (None, 0);
            s.waited = s.waited.saturating_add(1);
            if s.feeds.is_none() && s.waited >= WAITS {
                come.push(Decision::Initiate(at));
            }
        }
    }
}

/// Returns whether a sensor track stands for all that feed a track without broadcasts: together they may turn out to be a
/// track that has them.
fn leads(t: &Tracker<'_>, at: SensorTrackId) -> bool {
    t.sensors
        .track(at)
        .feeds
        .is_some_and(|id| !t.tracks.track(id).is_cooperative() && t.sensors.members(id).first() == Some(&at))
}

/// Returns whether all that feeds a track may go over to another one: one sensor track alone to any, several to one with
/// broadcasts that none of their sensors detects already.
fn all_may_go_over(t: &Tracker<'_>, from: TrackId, to: TrackId) -> bool {
    let members = t.sensors.members(from);
    let is_free = |&at: &SensorTrackId| rival(t, t.sensors.track(at).sensor, to).is_none();
    members.len() < 2 || t.tracks.track(to).is_cooperative() && members.iter().all(is_free)
}

/// Returns the sensor track of a sensor that feeds a track.
fn rival(t: &Tracker<'_>, sensor: SensorId, id: TrackId) -> Option<SensorTrackId> {
    t.sensors.members(id).iter().copied().find(|&at| t.sensors.track(at).sensor == sensor)
}

/// Returns the tracks that a sensor track may be, by identifier, each with its log-likelihood ratio.
fn candidates(t: &Tracker<'_>, at: SensorTrackId) -> Vec<(TrackId, f64)> {
    let s = t.sensors.track(at);
    if let Some(id) = s.icao.and_then(|icao| t.tracks.by_icao(icao)) {
        return vec![(id, SAME_ADDRESS)];
    }
    let own = with_registration_error(t, s.sensor, s.state(s.last));
    let leads = leads(t, at);
    let mut found = Vec::new();
    let grid = if s.air { &t.tracks.air } else { &t.tracks.surface };
    grid.near(own.position, s.filter.motion.search, |id| {
        let track = t.tracks.track(id);
        let may_go_over =
            |own: TrackId| own != id && (!leads || all_may_go_over(t, own, id)) && may_become(t, own, track);
        if !track.tentative && can_be(t, s, id) && s.feeds.is_none_or(may_go_over) {
            let state = state_without(t, id, at, s.last);
            let ratio = state.and_then(|state| log_likelihood_ratio(&own, &state));
            let together = |state: State| {
                let variance = own.variance.plus(state.variance);
                s.feeds.is_none_or(|before| went_together(t, before, id, variance, s.last))
            };
            if let Some(ratio) = ratio.filter(|&ratio| ratio > 0.0)
                && state.is_some_and(together)
            {
                found.push((id, ratio));
            }
        }
        true
    });
    if s.feeds.is_none_or(|own| leads && t.sensors.members(own).len() == 1) {
        found.extend(resume::resumed(t, at, &own));
    }
    let is_succeeded = |own: TrackId| {
        let own = t.tracks.track(own);
        own.is_cooperative()
            && own.is_dark(s.last)
            && found.iter().any(|(other, _)| t.tracks.track(*other).is_cooperative())
    };
    if let Some(id) = s.feeds.filter(|&own| !leads && !is_succeeded(own))
        && let Some(state) = state_without(t, id, at, s.last)
    {
        let ratio = log_likelihood_ratio(&own, &state).unwrap_or(STANDING_AT_LEAST);
        found.push((id, ratio.max(STANDING_AT_LEAST) + STANDING));
    }
    found.sort_by_key(|(id, _)| *id);
    found
}

/// Returns whether a track may be what a sensor detects: by its kind, its address and its height.
fn can_be(t: &Tracker<'_>, s: &SensorTrack, id: TrackId) -> bool {
    let track = t.tracks.track(id);
    if !s.air {
        let makes_way = || s.filter.course().0.is_some_and(|kn| kn >= STATION_KN);
        return match track.kind {
            Kind::Aircraft | Kind::Distress => false,
            Kind::Fixed => !makes_way(),
            Kind::Vessel | Kind::NetBuoy => true,
        };
    }
    let altitude_ft = t.tracks.flight(id).and_then(|flight| flight.altitude_ft(s.last));
    let heights = s.altitude_ft.zip(altitude_ft);
    track.kind == Kind::Aircraft
        && (s.icao.is_none() || track.icao.is_none())
        && heights.is_none_or(|(a, b)| (a - b).abs() <= SAME_HEIGHT_FT)
}

/// Returns whether what feeds a track may turn out to be another one: a track that fell silent on AIS can only be one that
/// came up since.
fn may_become(t: &Tracker<'_>, own: TrackId, other: &Track) -> bool {
    let own = t.tracks.track(own);
    !own.is_cooperative() || other.first_heard > own.last_heard
}

/// Returns whether two tracks may have been one craft some minutes ago, as far as both reach back: if they were apart then, they are two,
/// however near they are now. So are two that radars alone detect and that have gone side by side; beside a track on AIS that says
/// nothing, as a radar's registration error and the length of a hull do not average out. `variance` is that of their distance.
fn went_together(t: &Tracker<'_>, own: TrackId, other: TrackId, variance: Mat2, now: Time) -> bool {
    let apart_m = Motion::for_track(t.tracks.track(own).kind).apart;
    let (mut sum, mut looks) = (0.0, 0.0);
    for back in COMPARED_BEFORE {
        let at = |id: TrackId| t.tracks.history(id).position_at(now - back);
        let Some((a, b)) = at(own).zip(at(other)) else { continue };
        let [east, north] = geodesy::offset_m(a.lon_lat(), b.lon_lat());
        if libm::hypot(east, north) > apart_m {
            return false;
        }
        sum += variance.distance2([east, north]);
        looks += 1.0;
    }
    t.tracks.track(other).is_cooperative() || sum <= SIDE_BY_SIDE * looks
}

/// Returns a state with the error added that a sensor's registration leaves.
fn with_registration_error(t: &Tracker<'_>, sensor: SensorId, state: State) -> State {
    let sensor = t.sensors.sensor(sensor);
    let Some(site) = t.feeds.site(sensor.feed) else { return state };
    let (range, axis) = geodesy::range_and_bearing(site, state.position);
    let [along, across] = sensor.registration.sigma_m(range);
    State { variance: state.variance.plus(Mat2::turned(along * along, across * across, axis)), ..state }
}

/// Returns the state of a track at a time by all but one sensor track: by its broadcasts, else by another sensor, else as it
/// was when it was fed last.
fn state_without(t: &Tracker<'_>, id: TrackId, at: SensorTrackId, time: Time) -> Option<State> {
    let fused = t.sensors.fused(id);
    let ais = fused.map_or_else(|| t.tracks.track(id).broadcast_fix(), |fused| fused.ais);
    if let Some(fix) = ais.filter(|fix| (time - fix.time).secs().abs() <= AIS_FRESH.secs()) {
        let motion = Motion::for_track(t.tracks.track(id).kind);
        return Some(State::of_report(&fix, motion, t.tracks.identity(id).length_m(), time));
    }
    let fused = fused?;
    let sensor = t.sensors.track(at).sensor;
    let newest = t
        .sensors
        .feeding(id)
        .filter(|s| s.sensor != sensor && time - s.last <= AIS_FRESH)
        .max_by_key(|s| s.last);
    if let Some(other) = newest {
        return Some(with_registration_error(t, other.sensor, other.state(time)));
    }
    let left = fused.members.is_empty() && time - fused.time() <= AIS_FRESH;
    left.then(|| State::of_filter(fused.estimate(), time))
}
