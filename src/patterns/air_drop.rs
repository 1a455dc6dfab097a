//! `air-drop`: an aircraft passes low over a slow craft, slows down for it or turns back to it, and goes away.

use serde::{Deserialize, Serialize};

use super::airborne::{height_words, in_flight, miles};
use super::case::{Cases, Conduct, Held, Statement, Verdict, max_silence};
use super::{Gate, Pattern, World};
use crate::geodesy::{self, NM_M};
use crate::model::{Certainty, EndReason, Limit, LimitKind, Measure, Rule, RuleId, Span, Time, TrackId};
use crate::picture::Picture;

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "air-drop",
    doc: "An aircraft passes low over or beside a slow craft, slows down there or comes back to it, and departs.",
    caution: "Search and rescue, fishery patrols and film crews do the same: put the aircraft on the centre's list. Craft inside ports and anchorages are not looked at. Where no height is known, it cannot judge.",
    limits: &[
        Limit {
            name: "max_altitude",
            kind: LimitKind::Feet,
            default: "1200 ft",
            doc: "Not above this at the pass.",
        },
        Limit {
            name: "distance",
            kind: LimitKind::Metres,
            default: "1000 m",
            doc: "The pass is within this of the craft.",
        },
        Limit {
            name: "max_craft_speed",
            kind: LimitKind::Speed,
            default: "8 kn",
            doc: "The craft is at most this fast.",
        },
        Limit {
            name: "slow_down",
            kind: LimitKind::Share,
            default: "0.25",
            doc: "At the pass it is slower by this share than it was before …",
        },
        Limit {
            name: "min_passes",
            kind: LimitKind::Count,
            default: "2",
            doc: "… or it passes the same craft so often.",
        },
        Limit {
            name: "departs",
            kind: LimitKind::NauticalMiles,
            default: "3 nm",
            doc: "Then it is at least so far away …",
        },
        Limit {
            name: "max_duration",
            kind: LimitKind::Duration,
            default: "20 min",
            doc: "… within this of the first pass.",
        },
        max_silence("10 min"),
    ],
    watch: |rule, number| Box::new(Cases::new(rule, number, AirDrop::new(rule, number))),
};

/// How fast it came is its fastest of this long before the pass.
const CAME: Span = Span::from_secs(600);
/// The craft's place is of no longer ago.
const CRAFT_FRESH: Span = Span::from_secs(180);
/// A pass is over when it is farther off than this many times the distance.
const AWAY: f64 = 2.0;
/// Once it is told, it is over after this.
const TOLD_FOR: Span = Span::from_secs(600);

struct AirDrop {
    rule: RuleId,
    max_altitude_ft: f64,
    distance_m: f64,
    max_craft_kn: f64,
    slow_down: f64,
    min_passes: u32,
    departs_m: f64,
    max_duration: Span,
}

#[derive(Serialize, Deserialize)]
struct Pass {
    #[serde(with = "crate::model::ids::track_and_number")]
    craft: TrackId,
    came_kn: f64,
    slowest_kn: f64,
    closest_m: f64,
    altitude_ft: Option<f64>,
    lowest_ft: f64,
    passes: u32,
    near: bool,
    departed: Option<Time>,
}

impl AirDrop {
    fn new(rule: &Rule, number: RuleId) -> AirDrop {
        let limits = &rule.limits;
        AirDrop {
            rule: number,
            max_altitude_ft: limits.number("max_altitude"),
            distance_m: limits.number("distance"),
            max_craft_kn: limits.number("max_craft_speed"),
            slow_down: limits.number("slow_down"),
            min_passes: limits.number("min_passes") as u32,
            departs_m: limits.number("departs") * NM_M,
            max_duration: Span::from_secs_f64(limits.number("max_duration")),
        }
    }

    /// Whether it is low, as far as its height is known.
    fn is_low(&self, id: TrackId, w: &World<'_>) -> bool {
        let flight = in_flight(w.picture, id, w.now);
        flight.is_some_and(|flight| flight.altitude_ft(w.now).is_none_or(|ft| ft <= self.max_altitude_ft))
    }

    fn to_craft_m(craft: TrackId, id: TrackId, w: &World<'_>) -> f64 {
        let there = w.picture.track(craft).fix.carried_to(w.now);
        geodesy::distance_m(there, w.picture.track(id).fix.position)
    }

    /// The slow craft that it passes, the nearest.
    fn craft(&self, id: TrackId, w: &World<'_>) -> Option<TrackId> {
        let at = w.picture.track(id).fix.position;
        let mut nearest: Option<(f64, TrackId)> = None;
        w.picture.surface_near(at, self.distance_m + 500.0, |other| {
            let track = w.picture.track(other);
            let slow = track.is_vessel()
                && w.now - track.fix.time <= CRAFT_FRESH
                && track.speed_kn().is_none_or(|kn| kn <= self.max_craft_kn)
                && w.applies(self.rule, other);
            let metres = Self::to_craft_m(other, id, w);
            if slow && metres <= self.distance_m && nearest.is_none_or(|best| (metres, other) < best) {
                nearest = Some((metres, other));
            }
            true
        });
        nearest.map(|(_, craft)| craft)
    }

    fn came_kn(id: TrackId, w: &World<'_>) -> f64 {
        let before = w.picture.history(id).since(w.now - CAME);
        before.filter_map(|point| point.sog_kn()).fold(0.0, f64::max)
    }
}

impl Conduct for AirDrop {
    type Memory = Pass;

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn doubles_from(&self) -> Span {
        self.max_duration
    }

    fn other(&self, memory: &Pass) -> Option<TrackId> {
        Some(memory.craft)
    }

    fn begins(&mut self, id: TrackId, w: &World<'_>) -> Option<Pass> {
        if !self.is_low(id, w) {
            return None;
        }
        let craft = self.craft(id, w)?;
        let altitude_ft = w.picture.altitude_ft(id, w.now);
        Some(Pass {
            craft,
            came_kn: Self::came_kn(id, w),
            slowest_kn: f64::INFINITY,
            closest_m: f64::INFINITY,
            altitude_ft,
            lowest_ft: f64::INFINITY,
            passes: 1,
            near: true,
            departed: None,
        })
    }

    fn goes_on(&mut self, id: TrackId, held: &mut Held<Pass>, w: &World<'_>) -> Verdict {
        if let Some(departed) = held.memory.departed.filter(|_| held.is_raised()) {
            return if w.now - departed > TOLD_FOR {
                Verdict::Over(EndReason::Moved)
            } else {
                Verdict::Pauses
            };
        }
        if w.now - held.since > self.max_duration {
            return Verdict::Over(EndReason::Moved);
        }
        let metres = Self::to_craft_m(held.memory.craft, id, w);
        let low = self.is_low(id, w);
        let pass = &mut held.memory;
        if low && metres <= self.distance_m {
            pass.passes += u32::from(!pass.near);
            pass.near = true;
            pass.closest_m = pass.closest_m.min(metres);
            let track = w.picture.track(id);
            pass.slowest_kn = pass.slowest_kn.min(track.speed_kn().unwrap_or(f64::INFINITY));
            pass.altitude_ft = w.picture.altitude_ft(id, w.now).or(pass.altitude_ft);
            pass.lowest_ft = pass.lowest_ft.min(pass.altitude_ft.unwrap_or(f64::INFINITY));
            return Verdict::Goes;
        }
        if metres > AWAY * self.distance_m {
            pass.near = false;
        }
        let slowed = pass.slowest_kn <= (1.0 - self.slow_down) * pass.came_kn;
        let fits = metres >= self.departs_m && (slowed || pass.passes >= self.min_passes);
        if fits {
            pass.departed = Some(w.now);
            return Verdict::Fits;
        }
        Verdict::Pauses
    }

    fn doubt(&self, _id: TrackId, held: &Held<Pass>, _w: &World<'_>) -> Option<&'static str> {
        held.memory.altitude_ft.is_none().then_some("no-height")
    }

    fn states(&self, id: TrackId, held: &Held<Pass>, picture: &Picture) -> Statement {
        let pass = &held.memory;
        let craft = picture.track(pass.craft);
        let lowest = pass.lowest_ft.is_finite().then_some(pass.lowest_ft);
        let mut did = Vec::new();
        if pass.passes >= self.min_passes {
            did.push(format!("{} times", pass.passes));
        }
        if pass.slowest_kn <= (1.0 - self.slow_down) * pass.came_kn {
            did.push(format!("slowing from {:.0} to {:.0} kn", pass.came_kn, pass.slowest_kn));
        }
        let away = geodesy::distance_m(craft.fix.position, picture.track(id).fix.position);
        let slow_down = 1.0 - pass.slowest_kn / pass.came_kn.max(1.0);
        Statement {
            position: craft.fix.position,
            certainty: Certainty::Possible,
            measured: vec![
                ("max_altitude", lowest.map_or(Measure::None, Measure::Number)),
                ("distance", Measure::Number(pass.closest_m)),
                ("slow_down", Measure::Number(slow_down.max(0.0))),
                ("min_passes", Measure::Number(f64::from(pass.passes))),
                ("departs", Measure::Number(away / NM_M)),
                ("max_duration", Measure::Number(held.lasted().secs())),
            ],
            not_judged: Vec::new(),
            deed: format!(
                "met: the aircraft passed {:.0} m from the craft{}, {}, and is {} away",
                pass.closest_m,
                height_words(lowest),
                did.join(", "),
                miles(away)
            ),
        }
    }
}
