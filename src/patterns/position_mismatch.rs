//! `position-mismatch`: AIS says that a vessel is where she cannot be: in two places, after a leap, or where radar sees nothing.

use serde::{Deserialize, Serialize};

use super::case::{Cases, Conduct, Held, Statement, Verdict};
use super::{Gate, Pattern, World};
use crate::geodesy::{self, NM_M};
use crate::model::{
    Certainty, EndReason, FeedId, Limit, LimitKind, Measure, MmsiKind, Position, Rule, Span, Time, TrackId,
};
use crate::picture::{Picture, Signs};

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "position-mismatch",
    doc: "AIS puts a vessel where she cannot be: in two places at once, where she leapt to faster than any ship, or where a radar that sees others like her sees nothing.",
    caution: "A number that many share because nobody programmed it (no form of ITU-R M.585) is not judged. Radar is only asked where it sees at least min_witnesses vessels, no longer than she is, at her bearing and as far off; under way, so that no berth or quay hides her; and where no echo lies within a mile.",
    limits: &[
        Limit {
            name: "signs",
            kind: LimitKind::SomeOf(&["two-places", "leap", "no-echo"]),
            default: "two-places, leap, no-echo",
            doc: "Which of the signs: two-places is heard from two at once, leap went on from elsewhere, no-echo is not seen by radar.",
        },
        Limit {
            name: "min_duration",
            kind: LimitKind::Duration,
            default: "10 min",
            doc: "How long it must last.",
        },
        Limit {
            name: "min_apart",
            kind: LimitKind::NauticalMiles,
            default: "2 nm",
            doc: "The two places, or both ends of the leap, are at least this far apart.",
        },
        Limit {
            name: "min_length",
            kind: LimitKind::Metres,
            default: "30 m",
            doc: "Radar is asked for vessels that claim at least this length.",
        },
        Limit {
            name: "min_speed",
            kind: LimitKind::Speed,
            default: "3 kn",
            doc: "And that claim to make at least this.",
        },
        Limit {
            name: "min_witnesses",
            kind: LimitKind::Count,
            default: "2",
            doc: "Vessels that the radar sees as far off as she is.",
        },
        Limit {
            name: "max_silence",
            kind: LimitKind::Duration,
            default: "15 min",
            doc: "Not heard for this long, it is lost; the other place likewise.",
        },
    ],
    watch: |rule, number| Box::new(Cases::new(rule, number, Mismatch::new(rule))),
};

/// Radar is asked this often.
const LOOK_EVERY: Span = Span::from_secs(30);
/// Witnesses stand within this of her bearing, and are between these shares of her range.
const SIDE_DEG: f64 = 12.0;
const AS_FAR: std::ops::RangeInclusive<f64> = 0.85..=1.6;
/// An echo within this may be hers, metres.
const HERS_M: f64 = NM_M;
/// A witness was seen within this.
const SEEN_WITHIN: Span = Span::from_secs(30);

struct Mismatch {
    two_places: bool,
    leap: bool,
    no_echo: bool,
    min_duration: Span,
    min_apart_m: f64,
    min_length_m: f64,
    min_speed_kn: f64,
    min_witnesses: usize,
    max_silence: Span,
}

#[derive(Clone, Serialize, Deserialize)]
enum Sign {
    /// Of one MMSI with another track.
    Second {
        #[serde(with = "crate::model::ids::track_and_number")]
        first: TrackId,
        last: Time,
        from: Position,
        here: Position,
    },
    /// Not seen by the radar of a feed.
    NoEcho { feed: FeedId, next_look: Time, witnesses: usize },
}

impl Mismatch {
    fn new(rule: &Rule) -> Mismatch {
        let limits = &rule.limits;
        let span = |name| Span::from_secs_f64(limits.number(name));
        Mismatch {
            two_places: limits.has_word("signs", "two-places"),
            leap: limits.has_word("signs", "leap"),
            no_echo: limits.has_word("signs", "no-echo"),
            min_duration: span("min_duration"),
            min_apart_m: limits.number("min_apart") * NM_M,
            min_length_m: limits.number("min_length"),
            min_speed_kn: limits.number("min_speed"),
            min_witnesses: limits.number("min_witnesses") as usize,
            max_silence: span("max_silence"),
        }
    }

    /// The track that had the MMSI before.
    fn second(&self, id: TrackId, picture: &Picture) -> Option<Sign> {
        let track = picture.track(id);
        if !(self.two_places || self.leap) || !track.signs.has(Signs::SECOND) {
            return None;
        }
        let before = picture.same_mmsi(track.mmsi).find(|&other| {
            let other = picture.track(other);
            !other.tentative && other.located() && other.first_heard < track.first_heard
        })?;
        let first = picture.track(before);
        let apart_m = geodesy::distance_m(first.fix.position, track.fix.position);
        (apart_m >= self.min_apart_m).then_some(Sign::Second {
            first: before,
            last: first.last_heard,
            from: first.fix.position,
            here: track.fix.position,
        })
    }

    /// The first radar that should see her and does not.
    fn unseen(&self, id: TrackId, picture: &Picture, now: Time) -> Option<Sign> {
        let is_asked = self.no_echo && picture.track(id).sensed == 0 && !picture.sensors.is_empty();
        if !is_asked {
            return None;
        }
        picture.sensors.sensors().find_map(|(feed, ..)| {
            let witnesses = self.witnesses(id, feed, picture, now)?;
            Some(Sign::NoEcho { feed, next_look: now + LOOK_EVERY, witnesses })
        })
    }

    /// How many like her a radar sees where she says that she is; `None` where it cannot be asked.
    fn witnesses(&self, id: TrackId, feed: FeedId, picture: &Picture, now: Time) -> Option<usize> {
        let (track, site) = (picture.track(id), picture.site(feed)?);
        let radar = picture.feed(feed)?.radar?;
        let own_m = picture.identity(id).length_m().filter(|&m| f64::from(m) >= self.min_length_m)?;
        let under_way = track.is_vessel() && track.fix.sog_kn().is_some_and(|kn| kn >= self.min_speed_kn);
        let at = track.fix.position;
        let (range_m, bearing_deg) = geodesy::range_and_bearing(site, at);
        let looks = radar.looks_to(bearing_deg) && range_m <= radar.reach_m;
        if !under_way || !looks || has_echo(picture, id, at) {
            return None;
        }
        let mut count = 0;
        picture.surface_near(at, range_m, |other| {
            let theirs = picture.track(other);
            let sees = theirs.on_ais()
                && theirs.sensed > 0
                && now - theirs.fix.time <= SEEN_WITHIN
                && picture.sensors.feeds_of(other).any(|by| by == feed)
                && picture.identity(other).length_m().is_some_and(|m| m <= own_m);
            if sees {
                let (range, bearing) = geodesy::range_and_bearing(site, theirs.fix.position);
                let beside = geodesy::angle_between_deg(bearing, bearing_deg) <= SIDE_DEG;
                count += usize::from(beside && AS_FAR.contains(&(range / range_m)));
            }
            count < self.min_witnesses
        });
        (count >= self.min_witnesses).then_some(count)
    }

    fn goes_on_second(&self, id: TrackId, held: &Held<Sign>, w: &World<'_>) -> Verdict {
        let Sign::Second { first, last, .. } = held.memory else { return Verdict::Pauses };
        let before = w.picture.track(first);
        let split = w.picture.track(id).first_heard;
        let goes_on = before.last_heard > split;
        let silent = w.now - before.last_heard > self.max_silence;
        if goes_on && silent {
            return Verdict::Over(EndReason::Lost);
        }
        let asked = if goes_on { self.two_places } else { self.leap && last <= split };
        let fits = asked && w.now - held.since >= self.min_duration;
        if fits { Verdict::Fits } else { Verdict::Goes }
    }
}

/// Whether an echo lies where she says that she is, or is too near to say that it is another's.
fn has_echo(picture: &Picture, id: TrackId, at: Position) -> bool {
    let mut found = false;
    picture.surface_near(at, HERS_M, |other| {
        let theirs = picture.track(other);
        found = other != id && theirs.sensed > 0 && geodesy::distance_m(theirs.fix.position, at) <= HERS_M;
        !found
    });
    found
}

impl Conduct for Mismatch {
    type Memory = Sign;

    fn gate(&self) -> Gate {
        if self.no_echo { Gate::Always } else { Gate::Signs }
    }

    fn doubles_from(&self) -> Span {
        self.min_duration
    }

    fn other(&self, sign: &Sign) -> Option<TrackId> {
        match sign {
            Sign::Second { first, .. } => Some(*first),
            Sign::NoEcho { .. } => None,
        }
    }

    fn begins(&mut self, id: TrackId, w: &World<'_>) -> Option<Sign> {
        let track = w.picture.track(id);
        // Once a look, not at each report of all that is at sea.
        if !track.is_first_in(LOOK_EVERY, track.fix.time) || !track.is_vessel() {
            return None;
        }
        self.second(id, w.picture).or_else(|| self.unseen(id, w.picture, w.now))
    }

    fn goes_on(&mut self, id: TrackId, held: &mut Held<Sign>, w: &World<'_>) -> Verdict {
        let Sign::NoEcho { feed, next_look, .. } = held.memory else {
            return self.goes_on_second(id, held, w);
        };
        if w.picture.track(id).sensed > 0 {
            return Verdict::Over(EndReason::Identified);
        }
        if w.now < next_look {
            return Verdict::Pauses;
        }
        let Some(witnesses) = self.witnesses(id, feed, w.picture, w.now) else {
            return Verdict::Over(EndReason::Moved);
        };
        held.memory = Sign::NoEcho { feed, next_look: w.now + LOOK_EVERY, witnesses };
        if w.now - held.since >= self.min_duration { Verdict::Fits } else { Verdict::Goes }
    }

    fn doubt(&self, id: TrackId, _held: &Held<Sign>, w: &World<'_>) -> Option<&'static str> {
        let kind = w.picture.track(id).mmsi.kind();
        (kind == MmsiKind::Malformed).then_some("mmsi-form")
    }

    fn states(&self, id: TrackId, held: &Held<Sign>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let lasted = held.lasted();
        let (sign, certainty, deed) = match &held.memory {
            Sign::Second { first, from, here, last, .. } => {
                let apart_nm = geodesy::distance_m(*from, *here) / NM_M;
                let split = track.first_heard;
                if picture.track(*first).last_heard > split {
                    let words = format!(
                        "have sent one MMSI from two places for {}, {apart_nm:.0} nm apart",
                        lasted.words()
                    );
                    ("two-places", Certainty::Observed, words)
                } else {
                    let minutes = (split - *last).words();
                    let words = format!(
                        "are one MMSI that leapt {apart_nm:.0} nm in {minutes}, and has gone on from there for {}",
                        lasted.words()
                    );
                    ("leap", Certainty::Observed, words)
                }
            }
            Sign::NoEcho { feed, witnesses, .. } => {
                let radar = picture.feed(*feed).map_or("radar", |feed| &feed.name);
                let words = format!(
                    "is on AIS where {radar} has seen nothing for {}, and sees {witnesses} vessels no longer than it, as far off",
                    lasted.words()
                );
                ("no-echo", Certainty::Likely, words)
            }
        };
        Statement {
            position: track.fix.position,
            certainty,
            measured: vec![
                ("signs", Measure::words([sign])),
                ("min_duration", Measure::Number(lasted.secs())),
            ],
            not_judged: Vec::new(),
            deed,
        }
    }
}
