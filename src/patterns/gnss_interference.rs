//! `gnss-interference`: in one area several craft at once lose the integrity of their positions, or leap.

use serde::{Deserialize, Serialize};

use super::airborne::height_words;
use super::{Deadline, Gate, Pattern, Watch, World, limits};
use crate::alerts::{Elapsed, Finding, Handle};
use crate::geodesy::{self, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{Certainty, EndReason, Length, LimitKey, Position, Rule, RuleId, Span, Time, TrackId};
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
    doc: "Several aircraft in one area, whose positions were good before, report within minutes that they are not; or several aircraft and ships leap into one area.",
    caution: "The rule raises one alert for the area. Aircraft that never reported a good position (old equipment) do not count. One aircraft alone does not count, because its own receiver may have failed. A ship leaps where a second place is reported under her MMSI; two ships that share a number by mistake count too, but rarely three at once.",
    limits: &[MIN_TRACKS.limit, SHARE.limit, WINDOW.limit, RADIUS.limit, MAX_SILENCE.limit],
    watch: |rule, number| Box::new(Interference::new(rule, number)),
};

/// It was good within this before it was bad.
const WAS_GOOD: Span = Span::from_secs(1800);
/// A leap counts for this long.
const LEAPT: Span = Span::from_secs(300);
/// Who broadcasts in the area did so within this.
const FRESH: Span = Span::from_secs(60);
/// So many aircraft are kept in mind, and named as subjects.
const MOST: usize = 64;
const NAMED: usize = 4;

struct Interference {
    rule: RuleId,
    min_tracks: usize,
    share: f64,
    window: Span,
    radius_m: f64,
    max_silence: Span,
    /// Those affected lately.
    affected: Vec<Affected>,
    raised: Option<Area>,
    /// The last alert ended then: the next one begins after it.
    ended: Option<Time>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Affected {
    id: TrackId,
    since: Time,
    at: Position,
    last: Time,
    leapt: bool,
}

#[derive(Serialize, Deserialize)]
struct Area {
    handle: Handle,
    ids: Vec<TrackId>,
    middle: Position,
    since: Time,
    last: Time,
    most: usize,
    of: usize,
}

impl Interference {
    fn new(rule: &Rule, number: RuleId) -> Interference {
        let limits = &rule.limits;
        Interference {
            rule: number,
            min_tracks: limits.get(MIN_TRACKS),
            share: limits.get(SHARE),
            window: limits.get(WINDOW),
            radius_m: limits.get(RADIUS).m(),
            max_silence: limits.get(MAX_SILENCE),
            affected: Vec::new(),
            raised: None,
            ended: None,
        }
    }

    /// Since when a track's positions are bad, if they were good before; and whether it leapt.
    fn bad_since(id: TrackId, w: &World<'_>) -> Option<(Time, bool)> {
        let track = w.picture.track(id);
        if track.kind != Kind::Aircraft {
            let leapt = track.signs.has(Signs::SECOND) && w.now - track.first_heard <= LEAPT;
            return leapt.then_some((track.first_heard, true));
        }
        let flight = w.picture.flight(id)?;
        let good = flight.good_until?;
        let lost = flight.bad_since.filter(|&since| since - good <= WAS_GOOD);
        let leapt = flight.jumped.map(|(_, time)| time).filter(|&time| w.now - time <= LEAPT);
        lost.map(|time| (time, false)).or(leapt.map(|time| (time, true)))
    }

    /// All aircraft within the radius that broadcast just now.
    fn broadcasting(&self, at: Position, w: &World<'_>) -> usize {
        let mut count = 0;
        w.picture.aircraft_near(at, self.radius_m, |id| {
            let track = w.picture.track(id);
            let own = w.picture.flight(id).is_some_and(|flight| flight.good_until.is_some());
            let here = geodesy::distance_m(at, track.fix.position) <= self.radius_m;
            count += usize::from(own && here && w.now - track.last_heard <= FRESH);
            true
        });
        count
    }

    fn finding<'a>(&self, area: &'a Area, picture: &Picture, now: Time) -> Finding<'a> {
        let altitude = picture.altitude_ft(area.ids[0], now);
        let lasted = area.last - area.since;
        Finding {
            subjects: &area.ids[..area.ids.len().min(NAMED)],
            zone: None,
            onset: area.since,
            time: now,
            last: area.last,
            position: area.middle,
            certainty: Certainty::Likely,
            length: self.length(area),
            reports: area.most as u32,
            measured: vec![
                MIN_TRACKS.measured(area.most),
                SHARE.measured(area.most as f64 / area.of.max(1) as f64),
                WINDOW.measured(lasted),
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

    fn length(&self, area: &Area) -> Elapsed {
        Elapsed { duration_s: (area.last - area.since).secs(), limit_s: self.window.secs() }
    }

    fn end(&mut self, reason: EndReason, w: &mut World<'_>) {
        let Some(area) = self.raised.take() else { return };
        self.ended = self.ended.max(Some(w.now));
        let finding = self.finding(&area, w.picture, w.now);
        w.alerts.end(w.picture, area.handle, reason, &finding, w.out);
        for &id in &area.ids {
            w.engage(self.rule, id, false);
        }
    }

    fn judge(&mut self, first: Affected, w: &mut World<'_>) {
        let near = |a: &&Affected| geodesy::distance_m(a.at, first.at) <= self.radius_m;
        let all: Vec<Affected> = self.affected.iter().filter(near).copied().collect();
        if self.ended.is_some_and(|ended| w.now <= ended) {
            return;
        }
        let leaps = all.iter().filter(|a| a.leapt).count();
        let of = self.broadcasting(first.at, w).max(all.len());
        let shared = all.len() as f64 >= self.share * of as f64;
        // Craft that leap into one area are no coincidence, however many others are there.
        if all.len() < self.min_tracks || leaps < self.min_tracks && !shared {
            return;
        }
        let mean = |part: fn(Position) -> f64| all.iter().map(|a| part(a.at)).sum::<f64>() / all.len() as f64;
        let middle = Position::new(mean(Position::lon), mean(Position::lat)).unwrap_or(first.at);
        let mut ids: Vec<TrackId> = all.iter().map(|a| a.id).collect();
        ids.sort_by_key(|&id| w.picture.key(id));
        // An alert has a few subjects that stay the same: the rest are counted.
        ids.truncate(NAMED);
        let since = all.iter().map(|a| a.since).min().filter(|&since| Some(since) > self.ended);
        let since = since.map_or(w.now, |since| since.min(w.now));
        let mut area = Area {
            handle: Handle::default(),
            ids,
            middle,
            since,
            last: w.now.max(since),
            most: all.len(),
            of,
        };
        let finding = self.finding(&area, w.picture, w.now);
        let Some(handle) = w.alerts.raise(w.picture, self.rule, &finding, w.out) else { return };
        area.handle = handle;
        for &id in &area.ids {
            w.engage(self.rule, id, true);
        }
        w.arm(self.rule, area.ids[0], area.last + self.max_silence);
        self.raised = Some(area);
    }
}

impl Watch for Interference {
    fn gate(&self) -> Gate {
        Gate::Integrity
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        let now = w.now;
        if self.raised.as_ref().is_some_and(|area| now - area.last > self.max_silence) {
            self.end(EndReason::Moved, w);
        }
        let old = self.window;
        self.affected.retain(|a| now - a.last <= old && a.id != id && w.picture.get(a.id).is_some());
        let track = w.picture.track(id);
        let since = Self::bad_since(id, w).filter(|_| applies);
        if let Some((since, leapt)) = since.filter(|_| self.affected.len() < MOST) {
            let one = Affected { id, since, at: track.fix.position, last: now, leapt };
            self.affected.push(one);
            let near = |area: &Area| geodesy::distance_m(area.middle, one.at) <= 2.0 * self.radius_m;
            match self.raised.as_ref().map(near) {
                Some(true) => self.goes_on(w),
                Some(false) => {}
                None => self.judge(one, w),
            }
        }
        self.raised.as_ref().is_some_and(|area| area.ids.contains(&id))
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.affected.retain(|a| a.id != id);
        if self.raised.as_ref().is_some_and(|area| area.ids.contains(&id)) {
            self.end(EndReason::Identified, w);
        }
    }

    fn due(&mut self, _deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let area = self.raised.as_ref()?;
        let over_at = area.last + self.max_silence;
        if over_at > w.now {
            return Some(over_at);
        }
        self.end(EndReason::Moved, w);
        None
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&(&self.affected, &self.raised, &self.ended), out);
    }

    fn load(&mut self, _version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        (self.affected, self.raised, self.ended) = saved::get(from)?;
        Ok(())
    }
}

impl Interference {
    fn goes_on(&mut self, w: &mut World<'_>) {
        let now = w.now;
        let Some(area) = self.raised.as_mut() else { return };
        area.last = area.last.max(now);
        area.most = area.most.max(self.affected.len());
        area.of = area.of.max(area.most);
        let (rule, id, over_at) = (self.rule, area.ids[0], now + self.max_silence);
        w.arm(rule, id, over_at);
        let Some(area) = self.raised.as_ref() else { return };
        let finding = || self.finding(area, w.picture, now);
        w.alerts.goes_on(w.picture, area.handle, now, self.length(area), finding, w.out);
    }
}
