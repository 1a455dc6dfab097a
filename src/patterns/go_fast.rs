//! `go-fast`: a small craft at high speed, toward a shore or along one.

use super::doubt::{doubt, velocity_sigma_kn};
use super::states::States;
use super::{Deadline, Gate, Pattern, Watch, World};
use crate::alerts::{Finding, Handle, Length};
use crate::model::{Certainty, EndReason, Limit, LimitKind, Measure, Position, Rule, Span, Time};
use crate::picture::Picture;
use crate::sphere::{self, KN_MS, NM_M, sun};

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
        Limit {
            name: "time_of_day",
            kind: LimitKind::OneOf(&["any", "night", "day"]),
            default: "any",
            doc: "\"night\": between sunset and sunrise where it is.",
        },
        Limit {
            name: "max_company",
            kind: LimitKind::Count,
            default: "4",
            doc: "This many echoes within 2 nm that move alike are weather: not judged.",
        },
        Limit {
            name: "max_silence",
            kind: LimitKind::Duration,
            default: "5 min",
            doc: "Neither seen nor heard for this long, it is lost.",
        },
    ],
    watch: |rule, number| Box::new(GoFast::new(rule, number)),
};

/// A run is over when it was slower for this long: one word may be wrong.
const SLOW_FOR: Span = Span::from_secs(60);
/// The way made good, as a share of that at the lowest speed: turns cost some, a false speed all.
const MADE_GOOD: f64 = 0.75;
/// What could not be judged is looked at again after this.
const DOUBT_FOR: Span = Span::from_secs(60);
/// Nobody can say how fast an echo is whose velocity is less sure than this, knots.
const UNSURE_KN: f64 = 3.0;
/// The coast is looked for within this.
const COAST_M: f64 = 40.0 * NM_M;

struct GoFast {
    rule: u16,
    min_speed_kn: f64,
    min_duration: Span,
    min_inbound_m: f64,
    near_coast_m: f64,
    begins_m: f64,
    night: Option<bool>,
    max_company: usize,
    max_silence: Span,
    states: States<Option<Run>>,
}

#[derive(Clone, Copy)]
struct Run {
    since: Time,
    from: Position,
    from_coast_m: f64,
    reports: u32,
    last_fast: Time,
    last_report: Time,
    top_kn: f64,
    doubt_until: Time,
    told: bool,
    raised: Option<Handle>,
}

impl GoFast {
    fn new(rule: &Rule, number: u16) -> GoFast {
        let limits = &rule.limits;
        let when = |word| limits.has_word("time_of_day", word);
        GoFast {
            rule: number,
            min_speed_kn: limits.number("min_speed"),
            min_duration: Span::from_secs_f64(limits.number("min_duration")),
            min_inbound_m: limits.number("min_inbound") * NM_M,
            near_coast_m: limits.optional("near_coast").unwrap_or(0.0) * NM_M,
            begins_m: limits.optional("from_coast").unwrap_or(0.0) * NM_M,
            night: if when("any") { None } else { Some(when("night")) },
            max_company: limits.number("max_company") as usize,
            max_silence: Span::from_secs_f64(limits.number("max_silence")),
            states: States::default(),
        }
    }

    /// Whether a run that has lasted is one toward a shore or along it.
    fn is_run(&self, run: &Run, at: Position, w: &World<'_>) -> bool {
        let made_good = sphere::distance_m(run.from, at);
        let to_coast = w.picture.zones.to_coast_m(at, COAST_M).unwrap_or(COAST_M);
        made_good >= MADE_GOOD * self.min_speed_kn * KN_MS * (w.now - run.since).secs()
            && (run.from_coast_m - to_coast >= self.min_inbound_m || to_coast <= self.near_coast_m)
            && run.from_coast_m >= self.begins_m
            && self.night.is_none_or(|night| sun::is_night(at, w.now) == night)
    }

    fn consider(&mut self, slot: u32, run: &mut Run, w: &mut World<'_>) {
        let at = w.picture.track(slot).fix.position;
        let unsure = velocity_sigma_kn(w.picture, slot) > UNSURE_KN;
        if w.now < run.doubt_until || unsure || !self.is_run(run, at, w) {
            return;
        }
        if let Some(reason) = doubt(w.picture, slot, w.now, self.max_company) {
            run.doubt_until = w.now + DOUBT_FOR;
            if !std::mem::replace(&mut run.told, true) {
                w.tally.cannot_judge(self.rule, reason);
            }
            return;
        }
        let slots = [slot];
        let finding = self.finding(&slots, run, w.picture, w.now);
        run.raised = w.alerts.raise(w.picture, self.rule, &finding, w.out);
    }

    fn finding<'a>(&self, slots: &'a [u32], run: &Run, picture: &Picture, now: Time) -> Finding<'a> {
        let track = picture.track(slots[0]);
        let lasted = run.last_fast - run.since;
        let to_coast = picture.zones.to_coast_m(track.fix.position, COAST_M).unwrap_or(COAST_M);
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
        Finding {
            subjects: slots,
            zone: None,
            onset: run.since,
            time: now,
            last: run.last_fast,
            position: track.fix.position,
            certainty: Certainty::Observed,
            length: self.length(lasted),
            reports: track.reports.saturating_sub(run.reports) + 1,
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

    fn length(&self, lasted: Span) -> Length {
        Length { duration_s: lasted.secs(), limit_s: self.min_duration.secs() }
    }

    fn end(&mut self, slot: u32, reason: EndReason, w: &mut World<'_>) {
        let Some(run) = self.states.get(slot).and_then(Option::take) else { return };
        self.states.drop(slot);
        if let Some(handle) = run.raised {
            let slots = [slot];
            let finding = self.finding(&slots, &run, w.picture, w.now);
            w.alerts.end(w.picture, handle, reason, &finding, w.out);
        }
    }
}

impl Watch for GoFast {
    fn gate(&self) -> Gate {
        Gate::Fast(libm::ceil(self.min_speed_kn * 10.0) as u16)
    }

    fn report(&mut self, slot: u32, applies: bool, w: &mut World<'_>) -> bool {
        let track = w.picture.track(slot);
        let (at, speed_kn) = (track.fix.position, track.speed_kn().unwrap_or(0.0));
        let known = self.states.get(slot).copied().flatten();
        let fast = speed_kn >= self.min_speed_kn;
        if !track.is_vessel() || known.is_none() && !(fast && applies) {
            self.end(slot, EndReason::Identified, w);
            return false;
        }
        let mut run = known.unwrap_or_else(|| Run {
            since: w.now,
            from: at,
            from_coast_m: w.picture.zones.to_coast_m(at, COAST_M).unwrap_or(COAST_M),
            reports: track.reports,
            last_fast: w.now,
            last_report: w.now,
            top_kn: speed_kn,
            doubt_until: Time::NEVER,
            told: false,
            raised: None,
        });
        let silent = w.now - run.last_report > self.max_silence;
        // A track that radars part from goes back to its last word on AIS, and in time.
        run.last_report = run.last_report.max(w.now);
        if fast && !silent {
            (run.last_fast, run.top_kn) = (run.last_fast.max(w.now), run.top_kn.max(speed_kn));
        }
        *self.states.make(slot) = Some(run);
        w.arm(self.rule, slot, w.now + self.max_silence);
        if silent || w.now - run.last_fast > SLOW_FOR || !applies {
            let reason = if applies { EndReason::Moved } else { EndReason::Left };
            self.end(slot, reason, w);
            return false;
        }
        match run.raised {
            Some(handle) => {
                let slots = [slot];
                let finding = || self.finding(&slots, &run, w.picture, w.now);
                let length = self.length(run.last_fast - run.since);
                w.alerts.goes_on(w.picture, handle, w.now, length, finding, w.out);
            }
            None if fast && w.now - run.since >= self.min_duration => {
                self.consider(slot, &mut run, w);
                *self.states.make(slot) = Some(run);
            }
            None => {}
        }
        true
    }

    fn gone(&mut self, slot: u32, _into: u32, w: &mut World<'_>) {
        self.end(slot, EndReason::Identified, w);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let slot = deadline.subject.0;
        let silent_at = self.states.get(slot)?.as_ref()?.last_report + self.max_silence;
        if silent_at > deadline.time {
            return Some(silent_at);
        }
        self.end(slot, EndReason::Lost, w);
        w.engage(self.rule, slot, false);
        None
    }
}
