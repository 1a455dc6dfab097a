//! `gnss-interference`: in one area several craft at once lose the integrity of their positions, or leap.

use serde::{Deserialize, Serialize};

use super::airborne::height_words;
use super::conditions::Check;
use super::life_cycle::{Behaviour, Case, LifeCycle, MOST_SUBJECTS, Statement, Subjects, Verdict};
use super::{Deadline, Gate, Pattern, Watch, World, limits};
use crate::alerts::Handle;
use crate::geodesy::{self, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Bound, Certainty, EndReason, Length, LimitKey, Position, Rule, RuleId, Span, Time, TrackId,
};
use crate::picture::{Kind, Picture, Signs};

const MIN_TRACKS: LimitKey<usize> = LimitKey::count("min_tracks", "3")
    .at_least()
    .doc("At least this many aircraft, or aircraft and ships that leapt, are affected.");
const SHARE: LimitKey<f64> = LimitKey::share("share", "0.5")
    .at_least()
    .doc("At least this share of the aircraft in the area that broadcast have lost their integrity.");
const WINDOW: LimitKey<Span> =
    LimitKey::duration("window", "10 min").at_most().doc("The losses happen within this time.");
const RADIUS: LimitKey<Length> = LimitKey::nautical_miles("radius", "60 nm")
    .at_most()
    .doc("All affected aircraft and ships are within this distance of the first one.");
const MAX_SILENCE: LimitKey<Span> = limits::MAX_SILENCE
    .with_default("10 min")
    .doc("The alert ends after this long without an affected report.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "gnss-interference",
    doc: "Several aircraft in one area report within minutes that their positions, good before, are good no more. Or several aircraft and ships leap into one area.",
    caution: "The rule raises one alert for the area. Aircraft that never reported a good position (old equipment) do not count. Of the aircraft that broadcast, those count that were heard before the first loss, or that a radar sees. One aircraft alone does not count, because its own receiver may have failed. A ship leaps where a second place is reported under her MMSI and the first one no longer: two that share a number are heard in turn, and do not count.",
    limits: &[MIN_TRACKS.limit, SHARE.limit, WINDOW.limit, RADIUS.limit, MAX_SILENCE.limit],
    needs: &[],
    watch: |rule, number| Box::new(InterferenceWatch::new(rule, number)),
};

/// Time before the loss within which a position was good.
const WAS_GOOD: Span = Span::from_secs(1800);
/// Time for which a leap counts.
const LEAPT: Span = Span::from_secs(300);
/// Age up to which a report shows that an aircraft broadcasts.
const BROADCAST_WITHIN: Span = Span::from_secs(60);
/// Number of affected tracks that are remembered.
const MOST_AFFECTED: usize = 64;

/// A rule's one area at a time. Its deadline is that of the first track that the alert names.
struct InterferenceWatch {
    life_cycle: LifeCycle<Interference>,
    area: Option<Case<Area>>,
}

/// The behaviour: several tracks of one area lose the integrity of their positions, or leap.
struct Interference {
    min_tracks: usize,
    share: f64,
    window: Span,
    radius_m: f64,
    /// Tracks affected lately.
    affected: Vec<Affected>,
    /// End of the last alert: the next begins after that.
    ended: Option<Time>,
}

/// A track whose positions are bad.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Affected {
    id: TrackId,
    since: Time,
    at: Position,
    last: Time,
    leapt: bool,
}

/// Memory of an area with interference.
#[derive(Serialize, Deserialize)]
struct Area {
    /// The tracks that the alert names: they stay the same, the rest are counted.
    ids: Vec<TrackId>,
    middle: Position,
    /// Number of tracks affected at most.
    most: usize,
    /// Number of aircraft that broadcast in the area.
    of: usize,
}

/// Time from which on two tracks of one number are heard in turn.
const IN_TURN: Span = Span::from_secs(10);

impl Interference {
    /// Returns since when a track's positions are bad, if they were good before, and whether it leapt.
    fn bad_since(id: TrackId, w: &World<'_>) -> Option<(Time, bool)> {
        let track = w.picture.track(id);
        if track.kind != Kind::Aircraft {
            let leapt = track.signs.has(Signs::SECOND)
                && w.now - track.first_heard <= LEAPT
                && !is_heard_at_both(id, w.picture);
            return leapt.then_some((track.first_heard, true));
        }
        let flight = w.picture.flight(id)?;
        let good = flight.good_until?;
        let lost = flight.bad_since.filter(|&since| since - good <= WAS_GOOD);
        let leapt = flight.jumped.map(|(_, time)| time).filter(|&time| w.now - time <= LEAPT);
        lost.map(|time| (time, false)).or(leapt.map(|time| (time, true)))
    }

    /// Returns the number of aircraft within the radius that broadcast just now and did before the first loss. Anyone can send
    /// aircraft that are not there with good positions once the interference has begun.
    fn broadcasting(&self, at: Position, since: Time, w: &World<'_>) -> usize {
        let mut count = 0;
        w.picture.aircraft_near(at, self.radius_m, |id| {
            let track = w.picture.track(id);
            let own = w.picture.flight(id).is_some_and(|flight| flight.good_until.is_some());
            let here = geodesy::distance_m(at, track.fix.position) <= self.radius_m;
            let known = track.first_heard <= since || track.sensed > 0;
            count += usize::from(own && here && known && w.now - track.last_heard <= BROADCAST_WITHIN);
            true
        });
        count
    }

    /// Notes whether a track is affected. Returns it if it is.
    fn note(&mut self, id: TrackId, applies: bool, w: &World<'_>) -> Option<Affected> {
        let (now, window) = (w.now, self.window);
        self.affected.retain(|a| now - a.last <= window && a.id != id && w.picture.get(a.id).is_some());
        let (since, leapt) = Self::bad_since(id, w).filter(|_| applies)?;
        let one = Affected { id, since, at: w.picture.track(id).fix.position, last: now, leapt };
        (self.affected.len() < MOST_AFFECTED).then(|| {
            self.affected.push(one);
            one
        })
    }

    /// Returns the area round an affected track, with the time of the first loss there, if that is all the rule asks for.
    fn area(&self, first: Affected, w: &World<'_>) -> Option<(Area, Time)> {
        let near = |a: &&Affected| geodesy::distance_m(a.at, first.at) <= self.radius_m;
        let all: Vec<Affected> = self.affected.iter().filter(near).copied().collect();
        if self.ended.is_some_and(|ended| w.now <= ended) {
            return None;
        }
        let leaps = all.iter().filter(|a| a.leapt).count();
        let began = all.iter().map(|a| a.since).min().unwrap_or(first.since);
        let of = self.broadcasting(first.at, began, w).max(all.len());
        let shared = all.len() as f64 >= self.share * of as f64;
        let mut c = w.conditions();
        c.at_least(MIN_TRACKS, self.min_tracks, || all.len());
        c.any_of(|any| {
            // Craft that leap into one area are no coincidence, however many others are there.
            any.holds(Check::Leaps, || leaps >= self.min_tracks);
            let share = all.len() as f64 / of.max(1) as f64;
            any.all_of(|c| c.compared(SHARE, Bound::AtLeast, share, self.share, shared));
        });
        if !c.decide() {
            return None;
        }
        let mean = |part: fn(Position) -> f64| all.iter().map(|a| part(a.at)).sum::<f64>() / all.len() as f64;
        let middle = Position::new(mean(Position::lon), mean(Position::lat)).unwrap_or(first.at);
        let mut ids: Vec<TrackId> = all.iter().map(|a| lasting(a.id, w.picture)).collect();
        ids.sort_by_key(|&id| w.picture.key(id));
        ids.dedup();
        ids.truncate(MOST_SUBJECTS);
        let since = if Some(began) > self.ended { began.min(w.now) } else { w.now };
        Some((Area { ids, middle, most: all.len(), of }, since))
    }
}

/// Whether a second track and the first one of its number are heard in turn: two senders share the number, and none has leapt.
fn is_heard_at_both(id: TrackId, picture: &Picture) -> bool {
    let first = lasting(id, picture);
    first != id && picture.track(first).last_heard - picture.track(id).first_heard > IN_TURN
}

/// Returns the track that lasts of an affected one. The second track of a ship that leapt goes when she is back at her place; the
/// alert names the first one, so that it does not end and come again with each that goes.
fn lasting(id: TrackId, picture: &Picture) -> TrackId {
    let track = picture.track(id);
    let own = |other: &TrackId| !picture.track(*other).tentative && picture.track(*other).located();
    picture.same_mmsi(track.mmsi).filter(|_| track.on_ais()).find(own).unwrap_or(id)
}

impl Behaviour for Interference {
    type Memory = Area;

    /// A report of an affected track.
    fn assess(&mut self, id: TrackId, case: &mut Case<Area>, w: &World<'_>) -> Verdict {
        let at = w.picture.track(id).fix.position;
        let area = &mut case.memory;
        if geodesy::distance_m(area.middle, at) > 2.0 * self.radius_m {
            return Verdict::Skipped;
        }
        area.most = area.most.max(self.affected.len());
        area.of = area.of.max(area.most);
        Verdict::Continues
    }

    fn subjects(&self, _id: TrackId, area: &Area) -> Subjects {
        Subjects::first_of(&area.ids)
    }

    fn reports(&self, _id: TrackId, case: &Case<Area>, _picture: &Picture) -> u32 {
        case.memory.most as u32
    }

    fn before_end(&mut self, _id: TrackId, case: &mut Case<Area>, _picture: &Picture) {
        self.ended = self.ended.max(Some(case.now));
    }

    fn update_base(&self) -> Span {
        self.window
    }

    fn statement(&self, _id: TrackId, case: &Case<Area>, picture: &Picture) -> Statement {
        let area = &case.memory;
        let altitude = picture.altitude_ft(area.ids[0], case.now);
        Statement {
            position: area.middle,
            certainty: Certainty::Likely,
            measured: vec![
                MIN_TRACKS.measured(area.most),
                SHARE.measured(area.most as f64 / area.of.max(1) as f64),
                WINDOW.measured(case.lasted()),
            ],
            not_judged: Vec::new(),
            deed: format!(
                "and others, {} of {} within {:.0} nm, have lost the integrity of their positions or leapt, the first{}",
                area.most,
                area.of.max(area.most),
                self.radius_m / NM_M,
                height_words(altitude)
            ),
        }
    }
}

impl InterferenceWatch {
    fn new(rule: &Rule, number: RuleId) -> InterferenceWatch {
        let limits = &rule.limits;
        let behaviour = Interference {
            min_tracks: limits.get(MIN_TRACKS),
            share: limits.get(SHARE),
            window: limits.get(WINDOW),
            radius_m: limits.get(RADIUS).m(),
            affected: Vec::new(),
            ended: None,
        };
        InterferenceWatch { life_cycle: LifeCycle::new(rule, number, behaviour), area: None }
    }

    fn names(&self, id: TrackId) -> bool {
        self.area.as_ref().is_some_and(|case| case.memory.ids.contains(&id))
    }

    /// Marks the tracks that the alert names as held by the rule, or no longer.
    fn engage(&self, case: &Case<Area>, holds: bool, w: &mut World<'_>) {
        case.memory.ids.iter().for_each(|&id| w.engage(self.life_cycle.rule, id, holds));
    }

    fn end(&mut self, reason: EndReason, w: &mut World<'_>) {
        let Some(mut case) = self.area.take() else { return };
        self.life_cycle.end(case.memory.ids[0], &mut case, reason, w);
        self.engage(&case, false, w);
    }

    fn begin(&mut self, one: Affected, w: &mut World<'_>) {
        let Some((area, since)) = self.life_cycle.behaviour.area(one, w) else { return };
        let first = area.ids[0];
        let mut case = Case::new(area, first, w);
        (case.since, case.last) = (since, w.now.max(since));
        self.life_cycle.raise(first, &mut case, w);
        if case.is_raised() {
            self.engage(&case, true, w);
            self.area = Some(case);
        }
    }

    /// Looks at a report of an affected track.
    fn report_affected(&mut self, one: Affected, w: &mut World<'_>) {
        let Some(mut case) = self.area.take() else { return self.begin(one, w) };
        self.life_cycle.report(one.id, &mut case, true, w);
        self.life_cycle.arm(case.memory.ids[0], &case, w);
        self.area = Some(case);
    }
}

impl Watch for InterferenceWatch {
    fn gate(&self) -> Gate {
        Gate::Integrity
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        let max_silence = self.life_cycle.max_silence;
        if self.area.as_ref().is_some_and(|case| w.now - case.last > max_silence) {
            self.end(EndReason::Moved, w);
        }
        let affected = self.life_cycle.behaviour.note(id, applies, w);
        w.conditions().holds(Check::Affected, || affected.is_some());
        if let Some(one) = affected {
            self.report_affected(one, w);
        }
        self.names(id)
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.life_cycle.behaviour.affected.retain(|a| a.id != id);
        if self.names(id) {
            self.end(EndReason::Identified, w);
        }
    }

    fn due(&mut self, _deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let over_at = self.life_cycle.looks_at(self.area.as_ref()?);
        if over_at > w.now {
            return Some(over_at);
        }
        self.end(EndReason::Moved, w);
        None
    }

    fn layout(&self) -> u16 {
        2
    }

    fn save(&self, out: &mut Vec<u8>) {
        let Interference { affected, ended, .. } = &self.life_cycle.behaviour;
        saved::put(&(affected, &self.area, ended), out);
    }

    fn load(&mut self, version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        let behaviour = &mut self.life_cycle.behaviour;
        behaviour.affected = saved::get(from)?;
        self.area = match version {
            1 => saved::get::<Option<AreaBefore>>(from)?.map(Case::from),
            _ => saved::get(from)?,
        };
        behaviour.ended = saved::get(from)?;
        Ok(())
    }
}

/// An area in layout 1.
#[derive(Deserialize)]
struct AreaBefore {
    handle: Handle,
    ids: Vec<TrackId>,
    middle: Position,
    since: Time,
    last: Time,
    most: usize,
    of: usize,
}

impl From<AreaBefore> for Case<Area> {
    fn from(before: AreaBefore) -> Case<Area> {
        let AreaBefore { handle, ids, middle, since, last, most, of } = before;
        Case {
            memory: Area { ids, middle, most, of },
            since,
            last,
            seen: last,
            reports: 0,
            doubt_until: Time::NEVER,
            doubted: None,
            raised: Some(handle),
            now: last,
            applies: true,
        }
    }
}
