//! `rendezvous`: two vessels close together, away from ports and anchorages.
//!
//! A vessel that can be a party (the rule applies, slow enough, fresh) looks round twice a minute; a pair once found has its own
//! state and is judged at each report of either.

use rustc_hash::FxHashMap;

use super::conditions::Conditions;
use super::life_cycle::LifeCycle;
use super::meeting::{Meeting, Pair, PairBefore, Vessel, VesselBefore};
use super::pair_cases::{PairCases, PairId};
use super::states::{States, read_layout_1};
use super::surroundings::cells_m;
use super::{Deadline, Gate, Neighbour, Pattern, Watch, World, limits};
use crate::geodesy;
use crate::model::saved::{self, Unreadable};
use crate::model::{EndReason, Length, LimitKey, Reason, Rule, RuleId, Span, Speed, Time, TrackId, Words};
use crate::picture::{Grid, Track};

pub(super) const DISTANCE: LimitKey<Length> =
    LimitKey::metres("distance", "500 m").at_most().doc("The two vessels are not farther apart than this.");
pub(super) const MAX_SPEED: LimitKey<Option<Speed>> = LimitKey::speed("max_speed", "2 kn")
    .at_most()
    .or_none()
    .doc("Neither vessel is faster than this; \"none\" allows any speed.");
pub(super) const MAX_RELATIVE_SPEED: LimitKey<Option<Speed>> = LimitKey::speed("max_relative_speed", "none")
    .at_most()
    .or_none()
    .doc("The relative speed of the two is not higher than this.");
pub(super) const MAX_DRIFT: LimitKey<Option<Length>> =
    LimitKey::metres("max_drift", "none").at_most().or_none().doc("During min_duration the position of one vessel relative to the other changes by no more than this plus the error of the sensors. A ship that overtakes slowly changes it; a ship alongside does not.");
pub(super) const MIN_DURATION: LimitKey<Span> =
    LimitKey::duration("min_duration", "30 min").at_least().doc("The meeting lasts at least this long.");
pub(super) const CONVERGED_FROM: LimitKey<Option<Length>> =
    LimitKey::nautical_miles("converged_from", "none")
        .at_least()
        .more_than(DISTANCE, "they come closer")
        .or_none()
        .doc("The two vessels were at least this far apart within the two hours before.");
const MAX_SILENCE: LimitKey<Span> =
    limits::MAX_SILENCE.with_default("15 min").doc("A pair that could not be judged for this long is over.");
pub(super) const FROM_PORT: LimitKey<Option<Length>> = LimitKey::nautical_miles("from_port", "none")
    .at_least()
    .or_none()
    .doc("The meeting is at least this far from every zone of the kind port: pilots, tugs and tenders meet ships near one.");
pub(super) const PARTIES: LimitKey<Words> =
    LimitKey::one_of("parties", &["any", "both-on-ais", "one-on-ais", "none-on-ais"], "any")
        .doc("Number of the two that are, or were, on AIS.");
pub(super) const LARGE: LimitKey<Option<Length>> = LimitKey::metres("large", "none")
    .at_least()
    .or_none()
    .doc("One of the two is on AIS and at least this long: by its own word, by the size that a radar sees, or since it is of class A and says nothing.");
pub(super) const MAX_COMPANY: LimitKey<usize> = limits::MAX_COMPANY
    .with_default("6")
    .doc("This many vessels within 1 nm, the pair included, make a gathering, which is not judged. A vessel counts if a radar sees it. Where no radar sees anything near, it counts if it was heard for 45 min, or if it was seen to come half an hour before.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "rendezvous",
    doc: "Two vessels stay close together, away from ports and anchorages.",
    caution: "A craft that radars lost where it came to another one is taken to be beside it; the certainty is then possible. A craft without AIS counts only where radars saw it come a mile, steadily, within the two hours before. A vessel that is silent for over 3 min is not extrapolated further: the pair is not judged until the vessel is heard again, and ends after max_silence. Where max_company vessels or more lie within 1 nm, they are a gathering, which is not judged. Two vessels that were never seen under way, or that lie still within 0.25 nm of a coast, are not judged either; nor are two on AIS that come together at no more than 2.5 kn where two others on AIS lie still within 3 nm, as at an anchorage or at works. More than two vessels make one incident.",
    limits: &[
        DISTANCE.limit,
        MAX_SPEED.limit,
        MAX_RELATIVE_SPEED.limit,
        MAX_DRIFT.limit,
        MIN_DURATION.limit,
        CONVERGED_FROM.limit,
        MAX_SILENCE.limit,
        PARTIES.limit,
        LARGE.limit,
        FROM_PORT.limit,
        MAX_COMPANY.limit,
    ],
    needs: &[],
    watch: |rule, number| Box::new(Rendezvous::new(rule, number)),
};

/// Distance within which an explanation names how near the nearest vessel is, metres.
const NEAREST_WITHIN_M: f64 = 10.0 * geodesy::NM_M;
/// Number of partners of one vessel at most; beyond, it is in a crowd anyway.
const MOST_PARTNERS: usize = 16;
/// Number of partners from which on no vessel is added that its own messages alone show: they may be none.
const MOST_UNKNOWN: usize = 8;
/// Number of vessels that their own messages alone show and that one look finds at most. The others are bounded by what makes a
/// gathering.
const MOST_UNKNOWN_FOUND: usize = 64;

/// A rule's vessels and pairs.
struct Rendezvous {
    life_cycle: LifeCycle<Meeting>,
    pairs: PairCases<Pair>,
    /// List that is reused from look to look.
    found: Vec<Neighbour>,
}

impl Rendezvous {
    fn new(rule: &Rule, number: RuleId) -> Rendezvous {
        Rendezvous {
            life_cycle: LifeCycle::new(rule, number, Meeting::new(rule, number)),
            pairs: PairCases::default(),
            found: Vec::new(),
        }
    }

    fn meeting(&self) -> &Meeting {
        &self.life_cycle.behaviour
    }

    fn vessel(&mut self, id: TrackId) -> &mut Vessel {
        self.life_cycle.behaviour.vessels.make(id)
    }

    /// Looks for new partners among the vessels that are near. In a gathering it looks no further: no pair of it would be judged.
    fn look(&mut self, id: TrackId, near: &[Neighbour], w: &mut World<'_>) {
        let (rule, max_company) = (self.life_cycle.rule, self.meeting().max_company);
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        if !near.is_empty() {
            let within_m = self.meeting().reach_m().max(cells_m(w.picture, id));
            found.extend(
                near.iter().filter(|other| other.apart_m <= within_m && self.can_find(id, other.id, w)),
            );
        }
        let known = found.iter().filter(|other| other.is_supported).count();
        let crowd = known + 1 >= max_company;
        if !std::mem::replace(&mut self.vessel(id).crowded, crowd) && crowd {
            w.tally.cannot_judge(rule, Reason::Gathering);
        }
        if w.is_explained() {
            self.trace_look(id, crowd, found.is_empty(), w);
        }
        if !crowd {
            let unknown = found.len() - known;
            let mmsi = |id| Some(w.picture.track(id).mmsi).filter(|mmsi| mmsi.is_some());
            let order = |other: &Neighbour| (!other.is_supported, mmsi(other.id), other.id);
            if unknown > MOST_UNKNOWN_FOUND {
                found.sort_by_key(order);
                found.truncate(known + MOST_UNKNOWN_FOUND);
            }
            found.retain(|&Neighbour { id: other, .. }| {
                let is_new = !self.pairs.has(PairId::of(id, other));
                if is_new {
                    w.trace_case(id, Some(other), None);
                }
                is_new && self.meeting().can_meet(id, other, w)
            });
            found.sort_by_key(order);
            for other in &found {
                let most = if other.is_supported { MOST_PARTNERS } else { MOST_UNKNOWN };
                self.begin(id, other.id, most, w);
            }
        }
        self.found = found;
    }

    /// Whether a vessel near another one can be its partner, wherever they go.
    fn can_find(&self, id: TrackId, other: TrackId, w: &World<'_>) -> bool {
        let (track, theirs) = (w.picture.track(id), w.picture.track(other));
        w.now - theirs.fix.time <= self.life_cycle.max_silence
            && theirs.is_vessel()
            && !shares_mmsi(theirs, track)
            && w.applies(self.life_cycle.rule, other)
            && self.meeting().can_be_party(other, w.picture, &mut Conditions::of(None))
    }

    /// Records why a look finds no partner.
    fn trace_look(&self, id: TrackId, crowd: bool, is_alone: bool, w: &World<'_>) {
        if !crowd && !is_alone {
            return;
        }
        w.trace_case(id, None, None);
        let mut c = w.conditions();
        if crowd {
            c.can_judge(Some(Reason::Gathering));
        } else {
            let at = w.picture.track(id).fix.position;
            let mut nearest_m = f64::INFINITY;
            w.picture.surface_near(at, NEAREST_WITHIN_M, |other| {
                let theirs = w.picture.track(other);
                if other != id && theirs.is_vessel() {
                    nearest_m = nearest_m.min(geodesy::distance_m(at, theirs.fix.position));
                }
                true
            });
            c.at_most(DISTANCE, Length::from_m(self.meeting().distance_m), || Length::from_m(nearest_m));
        }
    }

    /// Begins the case of a vessel and a partner that it found, if neither has `most` partners.
    fn begin(&mut self, id: TrackId, other: TrackId, most: usize, w: &mut World<'_>) {
        if [id, other].into_iter().any(|id| self.vessel(id).partners.len() >= most) {
            return;
        }
        let pair = PairId::of(id, other);
        let case = self.meeting().begin_pair(id, other, w);
        self.pairs.begin(pair, case, &self.life_cycle, w);
        self.vessel(id).partners.push(other);
        self.vessel(other).partners.push(id);
        w.engage(self.life_cycle.rule, other, true);
    }

    /// Takes a pair through a report of one of the two. Returns whether its case goes on.
    fn report_pair(&mut self, pair: PairId, w: &mut World<'_>) -> bool {
        let Some(case) = self.pairs.of(pair) else { return true };
        let goes_on = self.life_cycle.report(pair.first, case, true, w);
        if !goes_on {
            self.pairs.take(pair);
            self.unlink(pair, w);
        }
        goes_on
    }

    /// Ends the cases of a vessel that can be no party any more.
    fn end_all(&mut self, id: TrackId, w: &mut World<'_>) {
        for other in std::mem::take(&mut self.vessel(id).partners) {
            self.end(PairId::of(id, other), EndReason::Identified, w);
        }
    }

    fn end(&mut self, pair: PairId, reason: EndReason, w: &mut World<'_>) {
        if let Some(mut case) = self.pairs.take(pair) {
            self.life_cycle.end(pair.first, &mut case, reason, w);
        }
        self.unlink(pair, w);
    }

    /// Lets the vessels of a pair be partners no longer.
    fn unlink(&mut self, pair: PairId, w: &mut World<'_>) {
        for id in pair.ids() {
            let vessel = self.vessel(id);
            vessel.partners.retain(|&p| p != pair.first && p != pair.second);
            if !vessel.is_held() {
                w.engage(self.life_cycle.rule, id, false);
            }
        }
    }
}

impl Watch for Rendezvous {
    fn gate(&self) -> Gate {
        let meeting = self.meeting();
        Gate::Near {
            within_m: meeting.reach_m(),
            slow: meeting.max_speed_kn.map(|kn| libm::ceil(kn * 10.0) as u16),
        }
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        if !w.picture.track(id).is_vessel() {
            self.end_all(id, w);
            return false;
        }
        let mut partners = std::mem::take(&mut self.vessel(id).partners);
        partners.retain(|&other| self.report_pair(PairId::of(id, other), w));
        // A vessel that has partners is judged with them, not by itself.
        let mut c = if partners.is_empty() { w.conditions() } else { Conditions::of(None) };
        let is_party = applies && self.meeting().can_be_party(id, w.picture, &mut c);
        self.vessel(id).partners = partners;
        if is_party && let Some(near) = w.near {
            self.life_cycle.behaviour.note_way(id, w);
            self.look(id, near, w);
        }
        self.vessel(id).is_held()
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.end_all(id, w);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let pair = PairId::of(deadline.parties.first(), deadline.parties.second()?);
        if let Some(case) = self.pairs.of(pair) {
            let next = self.life_cycle.deadline(pair.first, case, deadline.time, w);
            if next.is_some() {
                return next;
            }
            self.unlink(pair, w);
        }
        self.pairs.forget(pair);
        None
    }

    fn layout(&self) -> u16 {
        4
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&(&self.meeting().vessels, &self.pairs), out);
    }

    fn load(&mut self, version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        if version < 4 {
            // The rule had a grid of its own.
            saved::get::<Grid>(from)?;
        }
        self.life_cycle.behaviour.vessels = match version {
            1 => read_layout_1(from, VesselBefore::renewed)?,
            2 | 3 => saved::get::<States<VesselBefore>>(from)?.map(VesselBefore::renewed),
            _ => saved::get(from)?,
        };
        self.pairs = match version {
            1 | 2 => saved::get::<FxHashMap<PairId, PairBefore>>(from)?
                .into_iter()
                .map(|(pair, before)| (pair, before.renewed(pair)))
                .collect(),
            _ => saved::get(from)?,
        };
        Ok(())
    }
}

/// Whether two tracks share an MMSI: they are one vessel, or one of them is not who it says.
fn shares_mmsi(a: &Track, b: &Track) -> bool {
    a.on_ais() && a.mmsi == b.mmsi
}
