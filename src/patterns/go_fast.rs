//! `go-fast`: a small craft at high speed, toward a shore or along one.

use serde::{Deserialize, Serialize};

use super::case::{Cases, Conduct, Held, Statement, Verdict, max_silence};
use super::doubt::{doubt, is_unsure};
use super::time_of_day::{TIME_OF_DAY, TimeOfDay};
use super::{Gate, Pattern, World};
use crate::geodesy::{self, KN_MS, NM_M};
use crate::model::{Certainty, EndReason, Limit, LimitKind, Measure, Position, Rule, Span, Time, TrackId};
use crate::picture::Picture;

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "go-fast",
    doc: "A craft keeps a high speed for minutes, toward a shore or along one.",
    caution: "The way it has come must agree with the speed it tells. Echoes that jump, keep station on a ship as ghosts do, or run with others (a squall) are not judged. Ferries and water taxis go as fast: put them on the centre's list; rule.who.max_length leaves out what claims to be long.",
    limits: &[
        Limit { name: "min_speed", kind: LimitKind::Speed, default: "25 kn", doc: "At least this fast." },
        Limit {
            name: "min_duration",
            kind: LimitKind::Duration,
            default: "2 min",
            doc: "For at least this long.",
        },
        Limit {
            name: "min_inbound",
            kind: LimitKind::NauticalMiles,
            default: "1 nm",
            doc: "It has come nearer to a coast by this since the run began …",
        },
        Limit {
            name: "near_coast",
            kind: LimitKind::NauticalMiles,
            default: "none",
            doc: "… or is within this of one.",
        },
        Limit {
            name: "from_coast",
            kind: LimitKind::NauticalMiles,
            default: "none",
            doc: "The run began at least this far from any coast.",
        },
        TIME_OF_DAY,
        Limit {
            name: "max_company",
            kind: LimitKind::Count,
            default: "4",
            doc: "This many echoes within 2 nm that move alike are weather: not judged.",
        },
        max_silence("5 min"),
    ],
    watch: |rule, number| Box::new(Cases::new(rule, number, GoFast::new(rule))),
};

/// A run is over when it was slower for this long: one word may be wrong.
const SLOW_FOR: Span = Span::from_secs(60);
/// The way made good, as a share of that at the lowest speed: turns cost some, a false speed all.
const MADE_GOOD: f64 = 0.75;

struct GoFast {
    min_speed_kn: f64,
    min_duration: Span,
    min_inbound_m: f64,
    near_coast_m: f64,
    begins_m: f64,
    time_of_day: TimeOfDay,
    max_company: usize,
}

#[derive(Clone, Serialize, Deserialize)]
struct Run {
    from: Position,
    from_coast_m: f64,
    top_kn: f64,
}

impl GoFast {
    fn new(rule: &Rule) -> GoFast {
        let limits = &rule.limits;
        GoFast {
            min_speed_kn: limits.number("min_speed"),
            min_duration: Span::from_secs_f64(limits.number("min_duration")),
            min_inbound_m: limits.number("min_inbound") * NM_M,
            near_coast_m: limits.optional("near_coast").unwrap_or(0.0) * NM_M,
            begins_m: limits.optional("from_coast").unwrap_or(0.0) * NM_M,
            time_of_day: TimeOfDay::of(rule),
            max_company: limits.number("max_company") as usize,
        }
    }

    /// Whether a run that has lasted is one toward a shore or along it.
    fn is_run(&self, run: &Run, since: Time, at: Position, w: &World<'_>) -> bool {
        let made_good = geodesy::distance_m(run.from, at);
        let to_coast = w.picture.zones.off_coast_m(at);
        made_good >= MADE_GOOD * self.min_speed_kn * KN_MS * (w.now - since).secs()
            && (run.from_coast_m - to_coast >= self.min_inbound_m || to_coast <= self.near_coast_m)
            && run.from_coast_m >= self.begins_m
            && self.time_of_day.is_it(at, w.now)
    }
}

impl Conduct for GoFast {
    type Memory = Run;

    fn gate(&self) -> Gate {
        Gate::Fast(libm::ceil(self.min_speed_kn * 10.0) as u16)
    }

    fn doubles_from(&self) -> Span {
        self.min_duration
    }

    fn begins(&mut self, id: TrackId, w: &World<'_>) -> Option<Run> {
        let track = w.picture.track(id);
        let speed_kn = track.speed_kn().filter(|&kn| kn >= self.min_speed_kn)?;
        let from = track.fix.position;
        let from_coast_m = w.picture.zones.off_coast_m(from);
        track.is_vessel().then_some(Run { from, from_coast_m, top_kn: speed_kn })
    }

    fn goes_on(&mut self, id: TrackId, held: &mut Held<Run>, w: &World<'_>) -> Verdict {
        let track = w.picture.track(id);
        if !track.is_vessel() {
            return Verdict::Over(EndReason::Identified);
        }
        let speed_kn = track.speed_kn().unwrap_or(0.0);
        if speed_kn < self.min_speed_kn {
            let over = w.now - held.last > SLOW_FOR;
            return if over { Verdict::Over(EndReason::Moved) } else { Verdict::Pauses };
        }
        held.memory.top_kn = held.memory.top_kn.max(speed_kn);
        let fits = w.now - held.since >= self.min_duration
            && !is_unsure(w.picture, id)
            && self.is_run(&held.memory, held.since, track.fix.position, w);
        if fits { Verdict::Fits } else { Verdict::Goes }
    }

    fn doubt(&self, id: TrackId, _held: &Held<Run>, w: &World<'_>) -> Option<&'static str> {
        doubt(w.picture, id, w.now, self.max_company)
    }

    fn states(&self, id: TrackId, held: &Held<Run>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let (run, lasted) = (&held.memory, held.lasted());
        let to_coast = picture.zones.off_coast_m(track.fix.position);
        let nearer_nm = (run.from_coast_m - to_coast) / NM_M;
        let way = match track.fix.cog_deg() {
            Some(cog) => format!(" on course {cog:03.0}°"),
            None => String::new(),
        };
        let shore = if nearer_nm >= 0.1 {
            format!(", {nearer_nm:.1} nm nearer to the coast than it was")
        } else {
            format!(", {:.1} nm off the coast", to_coast / NM_M)
        };
        Statement {
            position: track.fix.position,
            certainty: Certainty::Observed,
            measured: vec![
                ("min_speed", Measure::Number(run.top_kn)),
                ("min_duration", Measure::Number(lasted.secs())),
                ("min_inbound", Measure::Number(nearer_nm)),
                ("near_coast", Measure::Number(to_coast / NM_M)),
            ],
            not_judged: Vec::new(),
            deed: format!("has run at up to {:.0} kn for {}{way}{shore}", run.top_kn, lasted.words()),
        }
    }
}
